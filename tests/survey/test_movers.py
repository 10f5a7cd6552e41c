"""Customers who answered twice: pairs, ways between groups, and the paired change."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_answers import answers

import cxkit
from cxkit.errors import DataError, UsageError
from cxkit.periods import between, parse
from cxkit.stats.compare import paired_nps
from cxkit.survey import movers, nps


def pairs(*scores: tuple[int, int]) -> pd.DataFrame:
    """One customer a pair of scores, answered in January and in June."""
    rows = [
        {"customer_id": f"c{k}", "score": score, "responded_at": pd.Timestamp(day)}
        for k, pair in enumerate(scores)
        for score, day in zip(pair, ("2026-01-10", "2026-06-10"), strict=True)
    ]
    return pd.DataFrame(rows)


def test_ways_and_change_by_hand():
    """3 detractors (one becomes passive, one promoter), 1 passive (becomes detractor), 1 promoter (stays).

    Earlier NPS (1 - 3) / 5 = -40, later (2 - 2) / 5 = 0; differences of the customers: 0, +1, +2, -1, 0, mean +.4.
    """
    found = movers(pairs((3, 5), (2, 7), (0, 10), (8, 6), (9, 10)))
    n = found.groups.set_index(["from", "to"]).n
    assert n[n > 0].to_dict() == {
        ("detractor", "detractor"): 1,
        ("detractor", "passive"): 1,
        ("detractor", "promoter"): 1,
        ("passive", "detractor"): 1,
        ("promoter", "promoter"): 1,
    }
    assert found.groups.base.tolist() == [3, 3, 3, 1, 1, 1, 1, 1, 1]
    row = found.change.iloc[0]
    assert row[["n", "estimate", "other_estimate"]].tolist() == [5, 0, -40]
    assert row.difference == pytest.approx(40)
    # sd of 0, 1, 2, -1, 0 = 1.140175, t(4) = 2.776445: half width 100 * 2.776445 * 1.140175 / sqrt(5) = 141.57
    assert row.difference_high - row.difference == pytest.approx(141.571, abs=1e-3)
    # promoters: one came, none left; detractors: two left, one came: McNemar exact 1 and 1
    assert row[["promoters_p", "detractors_p"]].tolist() == [1.0, 1.0]
    assert row.verdict == "too early"
    assert (found.pairs, found.once) == (5, 0)


def test_change_is_that_of_paired_nps():
    rows = answers(3000, seed=8).query("survey != 'csat'").assign(survey="nps", status="complete")
    found = movers(rows)
    counts = found.groups.n.to_numpy().reshape(3, 3)
    expected = paired_nps(counts)
    row = found.change.iloc[0]
    assert [row.difference, row.difference_low, row.difference_high] == pytest.approx(
        [100 * float(x) for x in (expected.estimate, expected.low, expected.high)]
    )
    assert row.p == float(expected.p) == row.p_adjusted
    assert found.pairs == counts.sum() == row.n


def test_the_last_answer_is_the_one_that_nps_takes():
    """With repeats="last" on the customers who are in both, the later margin is the same."""
    rows = answers(3000, seed=8).query("survey != 'csat'").assign(survey="nps", status="complete")
    rows = rows.dropna(subset=["customer_id", "responded_at", "score"])
    days = rows.responded_at.dt.normalize().groupby(rows.customer_id).nunique()
    twice = rows[rows.customer_id.isin(days[days > 1].index)]
    found = movers(rows)
    assert found.pairs == twice.customer_id.nunique()
    assert found.change.estimate[0] == pytest.approx(nps(twice, repeats="last").estimate[0])
    assert found.change.other_estimate[0] == pytest.approx(nps(twice, repeats="first").estimate[0])


def test_before_and_now_are_paired_across_tables(engine):
    now = pairs((3, 9), (9, 9), (2, 8)).assign(wave=2)
    before = pairs((0, 2), (10, 10)).assign(customer_id=["c0", "c0", "c1", "c1"])
    found = movers(engine(now.drop(columns="wave")), before=engine(before))
    assert (found.pairs, found.once) == (2, 1)  # c2 answered only now
    assert found.change.other[0] == "their answer before"
    n = found.groups.set_index(["from", "to"]).n
    assert n["detractor", "promoter"] == n["promoter", "promoter"] == 1


def test_waves_need_no_dates():
    before = pd.DataFrame({"customer_id": [1, 2, 3], "score": [2, 9, 8]})
    now = pd.DataFrame({"customer_id": ["1", "2", "4"], "score": [9, 9, 0]})
    found = movers(now, before=before)
    assert (found.pairs, found.once) == (2, 2)
    with pytest.raises(DataError, match="no column 'responded_at'"):
        movers(now)


def test_every_engine_gives_the_same(engine):
    rows = answers()
    home, there = movers(rows), movers(engine(rows))
    pd.testing.assert_frame_equal(home.groups, there.groups)
    pd.testing.assert_frame_equal(home.change, there.change)
    assert (home.once, home.aside) == (there.once, there.aside)


def test_two_answers_of_one_day_are_no_change():
    rows = pairs((3, 9), (2, 2))
    rows["responded_at"] = pd.to_datetime(
        ["2026-01-10 09:00", "2026-01-10 09:02", "2026-01-10 08:00", "2026-06-10 08:00"]
    )
    found = movers(rows)
    assert (found.pairs, found.once) == (1, 1)
    assert "1 customer who answered on one day only left out" in found.method


def test_equal_times_go_by_response_id_then_score(engine):
    rows = pd.DataFrame(
        {
            "customer_id": ["a", "a", "a", "b", "b", "b"],
            "response_id": ["r1", "r3", "r2", "s1", "s2", "s2"],
            "score": [9, 2, 10, 9, 5, 10],
            "responded_at": pd.to_datetime(["2026-01-10", "2026-06-10", "2026-06-10"] * 2),
        }
    )
    n = movers(engine(rows)).groups.set_index(["from", "to"]).n
    assert n["promoter", "detractor"] == 1  # a: r3 is the later
    assert n["promoter", "promoter"] == 1  # b: same id, the higher score is the later


def test_unusable_answers_are_counted():
    rows = pairs((3, 9), (2, 2), (5, 6))
    rows.loc[0, "customer_id"], rows.loc[2, "responded_at"] = None, pd.NaT
    found = movers(rows)
    assert found.aside == ("1 without a customer set aside", "1 without a date set aside")
    assert (found.pairs, found.once) == (1, 2)


def test_nobody_twice_and_nothing_at_all():
    for rows in (pairs((3, 9)).head(1), pairs((3, 9)).head(0)):
        found = movers(rows)
        assert found.pairs == 0
        row = found.change.iloc[0]
        assert np.isnan(row.difference)
        assert row.verdict == "too early"
        assert row.looked == 0
        assert found.groups.share.isna().all()


def test_nobody_moved_leaves_nothing_to_judge():
    row = movers(pairs((9, 10), (3, 2))).change.iloc[0]
    assert row.difference == 0
    assert np.isnan(row.p)
    assert row.verdict == "too early"


def test_bad_input():
    with pytest.raises(DataError, match="lies outside 0..10"):
        movers(pairs((3, 11)))
    with pytest.raises(DataError, match="no column 'customer'"):
        movers(pairs((3, 9)), customer="customer")
    with pytest.raises(UsageError, match="confidence"):
        movers(pairs((3, 9)), confidence=95)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10)), min_size=2, max_size=40))
def test_swapping_the_waves_swaps_the_sign(scores):
    there, back = movers(pairs(*scores)).change.iloc[0], movers(pairs(*[s[::-1] for s in scores])).change.iloc[0]
    assert there.difference == pytest.approx(-back.difference)
    assert there.difference == pytest.approx(there.estimate - there.other_estimate)
    assert there.p == pytest.approx(back.p, nan_ok=True)


def test_inputs_stay_as_they_are():
    rows = pairs((3, 9), (2, 2))
    copy = rows.copy()
    movers(rows)
    movers(rows, before=rows)
    pd.testing.assert_frame_equal(rows, copy)


def test_sample_detractors_move_up_and_promoters_down():
    """Regression to the mean is in the sample: of first detractors 62 of 100 end higher, of promoters 23 end lower."""
    responses = cxkit.read("responses", "sample:responses")
    found = movers(responses)
    share = found.groups.set_index(["from", "to"]).share
    assert 1 - share["detractor", "detractor"] == pytest.approx(0.62, abs=0.005)
    assert 1 - share["promoter", "promoter"] == pytest.approx(0.23, abs=0.005)
    quarter = movers(between(responses, parse("2026-Q3")), before=between(responses, parse("2026-Q2")))
    assert quarter.change.difference[0] < 0
