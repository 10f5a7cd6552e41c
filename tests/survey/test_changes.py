"""NPS in two sets of answers."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from survey_answers import answers

from cxkit import frames
from cxkit.errors import DataError, DataWarning, UsageError
from cxkit.stats.compare import holm, nps_difference
from cxkit.survey import change, nps


def scores(promoters, passives, detractors, **columns):
    table = pd.DataFrame({"score": [10] * promoters + [8] * passives + [3] * detractors})
    return table.assign(**columns)


def halves(table):
    return table.iloc[::2].reset_index(drop=True), table.iloc[1::2].reset_index(drop=True)


def test_by_hand():
    # witness: MOVER from score limits for 50/30/20 against 30/50/20: (-.0098301, .3997882)
    table = change(scores(50, 30, 20), scores(30, 50, 20), before_name="Q2 2026")
    row = table.iloc[0]
    assert list(table.columns) == list(frames.COMPARISON)
    assert (row.n, row.other_n, row.looked, row.other) == (100, 100, 1, "Q2 2026")
    assert (row.estimate, row.other_estimate, row.difference) == pytest.approx((30, 10, 20))
    assert (row.difference_low, row.difference_high) == pytest.approx((-0.98301, 39.97882), abs=6e-6)
    assert row.p == row.p_adjusted == pytest.approx(float(nps_difference(50, 30, 20, 30, 50, 20).p))
    assert row.verdict == "likely"
    assert row.method == (
        "NPS 0-10: 9-10 minus 0-6; MOVER from score intervals (Tango); "
        "answers taken as independent (no column 'customer_id')"
    )


def test_both_sides_are_what_nps_says():
    now, before = halves(answers())
    table = change(now, before, by="region", cluster=False)
    for side, prefix in ((now, ""), (before, "other_")):
        alone = nps(side, by="region")
        for name in ("n", "estimate", "low", "high"):
            assert table[prefix + name].tolist() == pytest.approx(alone[name].tolist())
    assert table["region"].tolist()[:3] == ["a", "b", "c"]
    assert pd.isna(table["region"].iloc[3])
    assert "independent" not in table.method[0]  # nobody asked for clustering


def test_limits_allow_for_the_number_of_groups():
    now = pd.concat([scores(70, 20, 10, plan="a"), scores(45, 30, 25, plan="b"), scores(40, 30, 30, plan="c")])
    before = pd.concat([scores(40, 30, 30, plan=name) for name in "abc"])
    table = change(now, before, by="plan")
    p = nps_difference([70, 45, 40], [20, 30, 30], [10, 25, 30], 40, 30, 30).p
    assert table.p.tolist() == pytest.approx(p.tolist())
    assert table.p_adjusted.tolist() == pytest.approx(holm(p).tolist())
    assert table.looked.tolist() == [3, 3, 3]
    assert table.verdict.tolist() == ["clear", "too early", "too early"]
    assert "allowing for 3 comparisons (Holm)" in table.method[0]
    alone = change(now, before, by="plan", adjust="none")
    assert (table.difference_high - table.difference_low)[0] > (alone.difference_high - alone.difference_low)[0]
    assert ((table.difference_low > 0) | (table.difference_high < 0)).tolist() == (table.p_adjusted < 0.05).tolist()
    assert "Benjamini" in change(now, before, by="plan", adjust="bh").method[0]


def test_group_missing_on_one_side():
    now = pd.concat([scores(5, 3, 2, plan="a"), scores(5, 3, 2, plan=None)])
    before = pd.concat([scores(4, 3, 3, plan="a"), scores(5, 3, 2, plan="old")])
    table = change(now, before, by="plan")
    assert table["plan"].tolist()[:2] == ["a", "old"]
    assert table.n.tolist() == [10, 0, 10]
    assert table.other_n.tolist() == [10, 10, 0]
    assert table.difference.isna().tolist() == [False, True, True]
    assert table.p.isna().tolist() == table.p_adjusted.isna().tolist() == [False, True, True]
    assert table.verdict.tolist()[1:] == ["too early", "too early"]
    assert table.looked.tolist() == [1, 1, 1]
    assert not np.isnan(table.estimate[2])


@cache
def with_weights():
    """Two periods and what pandas says of them, plain and weighted."""
    table = answers().assign(weight=lambda t: np.random.default_rng(2).uniform(0.5, 2, len(t)).round(2))
    now, before = halves(table)
    calls = ({}, {"by": ["region", "vip"], "weight": "weight"})
    return now, before, [(options, change(now, before, **options)) for options in calls]


def test_same_table_from_every_engine(engine):
    now, before, expected = with_weights()
    for options, wanted in expected:
        pd.testing.assert_frame_equal(change(engine(now), engine(before), **options), wanted, rtol=1e-12)


def test_engines_may_differ():
    now, before = halves(answers())
    found = change(frames.connect().from_df(now), frames.connect().from_df(before), by="region")
    pd.testing.assert_frame_equal(found, change(now, before, by="region"), rtol=1e-12)
    pd.testing.assert_frame_equal(change(now, frames.connect().from_df(before)), change(now, before), rtol=1e-12)


def test_customers_in_both_narrow_the_difference():
    """The same 200 customers, most of whom answer alike both times."""
    rng = np.random.default_rng(3)
    first = rng.choice([10, 8, 3], 200, p=[0.5, 0.3, 0.2])
    again = np.where(rng.random(200) < 0.8, first, rng.choice([10, 8, 3], 200, p=[0.5, 0.3, 0.2]))
    before, now = (pd.DataFrame({"score": s, "customer_id": range(200)}) for s in (first, again))
    paired, strangers = change(now, before), change(now, before, cluster=False)
    assert paired.difference[0] == pytest.approx(strangers.difference[0])
    width = [float(t.difference_high[0] - t.difference_low[0]) for t in (paired, strangers)]
    # standard error of a paired difference: sd of the 200 differences / sqrt(200)
    y = [np.where(s >= 9, 1, np.where(s <= 6, -1, 0)) for s in (again, first)]
    se = 100 * (y[0] - y[1]).std(ddof=1) / 200**0.5
    assert width[0] == pytest.approx(2 * 1.96 * se, rel=0.06)
    assert width[1] > 1.5 * width[0]
    assert "200 answered in both" in paired.method[0]


def test_answers_given_three_times_are_no_news():
    now, before = scores(50, 30, 20), scores(30, 50, 20)
    for table in (now, before):
        table["customer_id"] = [f"{id(table)}-{i}" for i in range(100)]
    once = change(now, before)
    thrice = change(pd.concat([now] * 3), pd.concat([before] * 3))
    assert thrice.n[0] == 300
    assert thrice.difference_low[0] == pytest.approx(once.difference_low[0])
    assert "200 answered more than once in a period; effective n 100 and 100" in thrice.method[0]
    assert change(pd.concat([now] * 3), pd.concat([before] * 3), cluster=False).difference_low[0] > 0


def test_weights():
    # a promoter of weight 3 among 1 passive and 1 detractor of weight 1: (3 - 1) / 5
    now = pd.DataFrame({"score": [10, 8, 3, 9, 9], "weight": [3.0, 1.0, 1.0, 0.0, None]})
    table = change(now, now, weight="weight")
    assert table.estimate[0] == pytest.approx(40)
    assert table.n[0] == 3
    assert "weighted by 'weight'" in table.method[0]
    assert "now: 2 without a weight set aside" in table.method[0]
    with pytest.raises(DataError, match="weight"):
        change(now.assign(weight=-1.0), now, weight="weight")
    same = change(scores(50, 30, 20, weight=2.0), scores(30, 50, 20, weight=5.0), weight="weight")
    assert same.difference_low[0] == pytest.approx(-0.98301, abs=6e-6)


def test_the_same_answers_twice():
    table = scores(50, 30, 20, customer_id=range(100))
    found = change(table, table)
    assert (found.difference[0], found.p[0], found.verdict[0]) == (0, 1, "too early")


def test_a_period_without_answers():
    with pytest.warns(DataWarning, match="no score to count in 'before'"):
        table = change(scores(5, 3, 2), scores(0, 0, 0))
    assert table.n.tolist() == [10]
    assert table.other_n.tolist() == [0]
    assert np.isnan(table.difference[0])
    assert table.verdict.tolist() == ["too early"]
    with pytest.warns(DataWarning, match="'now'"):
        table = change(scores(0, 0, 0, plan="a"), scores(5, 3, 2, plan="a"), by="plan")
    assert table.n.tolist() == [0]
    with pytest.warns(DataWarning, match="'now' and 'last'"):
        table = change(scores(0, 0, 0, plan="a"), scores(0, 0, 0, plan="a"), by="plan", before_name="last")
    assert len(table) == 0
    assert list(table.columns) == ["plan", *frames.COMPARISON]


def test_one_group_and_one_answer():
    table = change(scores(1, 0, 0, plan="a"), scores(0, 0, 1, plan="a"), by="plan")
    assert table.difference.tolist() == [200]
    assert table.verdict.tolist() != ["clear"]
    assert table.difference_high[0] <= 200


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"by": "difference"}, "also the name of a result column"),
        ({"by": "ww"}, "also the name of a result column"),
        ({"adjust": "holmes"}, "Did you mean 'holm'"),
        ({"confidence": 95}, "Did you mean 0.95"),
        ({"scale": "1-4"}, "scale"),
    ],
)
def test_wrong_options(options, said):
    with pytest.raises(UsageError, match=said):
        change(scores(5, 3, 2), scores(5, 3, 2), **options)


def test_customers_of_two_kinds():
    now, before = scores(5, 3, 2, customer_id=range(10)), scores(5, 3, 2, customer_id=list("abcdefghij"))
    with pytest.raises(DataError, match="'customer_id' holds numbers in the answers of now and texts in those before"):
        change(now, before)
    assert change(now, before, cluster=False).difference[0] == 0


def test_every_customer_a_group_of_their_own():
    table = pd.DataFrame({"score": [9, 10, 3], "customer_id": ["a", "a", "b"]})
    assert change(table, table, by="customer_id").difference.tolist() == [0, 0]


def test_inputs_stay_as_they_were():
    now, before = halves(answers())
    kept = now.copy(), before.copy()
    change(now, before, by="region")
    pd.testing.assert_frame_equal(now, kept[0])
    pd.testing.assert_frame_equal(before, kept[1])


def unchanged(rng, runs, returning, most):
    """Two periods of 300 customers each who answer 1 to `most` times with the correlation .5; some are in both."""
    view = rng.choice([10, 8, 3], (runs, 600), p=[0.5, 0.3, 0.2])
    for first in (0, 300 - returning):
        run, who = (axis.ravel() for axis in np.meshgrid(np.arange(runs), np.arange(first, first + 300), indexing="ij"))
        times = rng.integers(1, most + 1, len(who))
        run, who = np.repeat(run, times), np.repeat(who, times)
        fresh = rng.choice([10, 8, 3], len(who), p=[0.5, 0.3, 0.2])
        score = np.where(rng.random(len(who)) < 0.5**0.5, view[run, who], fresh)
        yield pd.DataFrame({"score": score, "run": run, "customer_id": run * 1000 + who})


@pytest.mark.parametrize(
    ("returning", "most", "independent"),
    [(0, 3, (80, 400)), (200, 3, (0, 1000)), (300, 1, (0, 20))],
    ids=["nobody returns", "200 of 300 return", "all return once"],
)
def test_no_change_is_rarely_called_one(returning, most, independent):
    """1,000 runs each: at most 67 clear (99 % binomial bound on 5 %) and at least 34 (the same from below).

    Taken for independent, repeated answers give far too many, and returning customers far too few.
    """
    tables = list(unchanged(np.random.default_rng(11), 1000, returning, most))
    clear = (change(*tables, by="run", adjust="none").verdict == "clear").sum()
    assert 34 <= clear <= 67
    naive = (change(*tables, by="run", adjust="none", cluster=False).verdict == "clear").sum()
    assert independent[0] <= naive <= independent[1]


def test_an_empty_frame_is_told_as_such_whatever_its_types():
    rows = pd.DataFrame({"score": [9, 3], "customer_id": ["a", "b"]})
    empty = pd.DataFrame({"score": [], "customer_id": []})
    for now, before, name in ((rows, empty, "before"), (empty, rows, "now")):
        with pytest.warns(DataWarning, match=f"change: there is no score to count in '{name}'"):
            assert change(now, before).difference.isna().all()
