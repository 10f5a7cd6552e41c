"""Why the total moved: the survey function on every engine, with weights, customers and bad input."""

from __future__ import annotations

import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_answers import answers

from cxkit import frames
from cxkit.errors import DataError, DataWarning, UsageError
from cxkit.scales import nps_rule
from cxkit.stats.compare import nps_difference
from cxkit.survey import Decomposition, mix_and_rate, nps
from cxkit.survey.answers import Question
from cxkit.survey.bridge import SEGMENTS
from cxkit.survey.bridge_counts import counts_of


def rows(**groups):
    """Answers: a group's promoters, passives and detractors."""
    parts = [
        pd.DataFrame({"seg": name, "score": [9] * up + [8] * level + [3] * down})
        for name, (up, level, down) in groups.items()
    ]
    return pd.concat(parts, ignore_index=True)


def split(table):
    """The earlier and the later half of dated answers."""
    middle = table.responded_at.median()
    return table[table.responded_at <= middle], table[table.responded_at > middle]


BEFORE = rows(a=(80, 0, 20), b=(36, 0, 24), c=(18, 0, 22))  # 60, 20, -10 of 100, 60 and 40
NOW = rows(a=(81, 0, 19), b=(50, 0, 25), c=(27, 0, 33))  # 62, 33.3, -10 of 100, 75 and 60


def test_by_hand():
    # shares .5 .3 .2 -> 100/235 75/235 60/235; scores 60 20 -10 -> 62 33.33 -10
    # totals 30 + 6 - 2 = 34 and (62 + 25 - 6) / 235 = 81 / 235 = 34.468; middle 34.234
    found = mix_and_rate(NOW, BEFORE, by="seg")
    table = found.segments.set_index("seg")
    assert table.mix.a == pytest.approx((100 / 235 - 0.5) * (61 - 34.23404255))
    assert table.rate.b == pytest.approx((0.3 + 75 / 235) / 2 * (100 / 3 - 20))
    assert table.rate.c == pytest.approx(0)
    assert found.totals.estimate.tolist() == pytest.approx(
        [34, table.mix.sum(), table.rate.sum(), 81 / 2.35 - 34, 81 / 2.35]
    )
    assert found.totals.n.tolist() == [200, 435, 435, 435, 235]
    assert list(found.segments.columns) == ["seg", *SEGMENTS]
    assert found.segments[["n_before", "n"]].to_numpy().tolist() == [[100, 100], [60, 75], [40, 60]]


def test_reference_example():
    # scores and shares of the published check: 34.0 to 29.3, mix -2.935 / 0 / -4.165, rate .9 / 1.5 / 0
    before = rows(x=(400, 0, 100), y=(180, 0, 120), z=(90, 0, 110))
    now = rows(x=(324, 0, 76), y=(187, 1, 112), z=(135, 0, 165))
    found = mix_and_rate(now, before, by="seg")
    assert found.segments.mix.round(3).tolist() == pytest.approx([-2.935, 0, -4.165])
    assert found.segments.rate.tolist() == pytest.approx([0.9, 1.5, 0])
    assert found.totals.estimate[[0, 4]].tolist() == pytest.approx([34.0, 29.3])


def test_totals_are_those_of_nps():
    before, now = split(answers())
    found = mix_and_rate(now, before, by="region", cluster=False)
    for part, data in (("before", before), ("now", now)):
        row = found.totals.set_index("part").loc[part]
        whole = nps(data).iloc[0]
        assert [row.n, row.estimate, row.low, row.high] == pytest.approx(
            [whole.n, whole.estimate, whole.low, whole.high]
        )
    parts = [nps(data, by="region") for data in (before, now)]
    assert found.segments.estimate.tolist() == pytest.approx(parts[1].estimate.tolist())
    assert found.segments.n_before.tolist() == parts[0].n.tolist()


CALLS = {
    "plain": dict(by="region"),
    "crossed": dict(by=["vip", "tier"], weight="w"),
    "rows alone": dict(by="tier", weight="w", cluster=False),
}


@cache
def expected(name: str):
    """The periods before and now, and what pandas says of them."""
    before, now = split(answers().assign(w=lambda t: np.random.default_rng(1).uniform(0.2, 3, len(t))))
    return before, now, mix_and_rate(now, before, **CALLS[name])


@pytest.mark.parametrize("name", CALLS)
def test_every_engine_gives_the_same(engine, name):
    before, now, wanted = expected(name)
    found = mix_and_rate(engine(now), engine(before), **CALLS[name])
    assert found.method == wanted.method
    for one, other in ((found.segments, wanted.segments), (found.totals, wanted.totals)):
        pd.testing.assert_frame_equal(one, other, rtol=1e-9, atol=1e-9)


def test_periods_from_different_engines_and_connections():
    before, now = split(answers())
    expected = mix_and_rate(now, before, by="tier")
    for one, other in (
        (frames.connect().from_df(now), frames.connect().from_df(before)),
        (now, frames.connect().from_df(before)),
    ):
        found = mix_and_rate(one, other, by="tier")
        pd.testing.assert_frame_equal(found.segments, expected.segments, rtol=1e-9, atol=1e-9)


CELL = st.tuples(st.sampled_from(["a", "b", "c", None]), st.integers(0, 10), st.sampled_from(["u", "v", "w", None]))


@settings(max_examples=15, deadline=None)
@given(
    before=st.lists(CELL, min_size=1, max_size=40), now=st.lists(CELL, min_size=1, max_size=40), weight=st.booleans()
)
def test_parts_always_add_up(before, now, weight):
    before, now = (pd.DataFrame(x, columns=["seg", "score", "customer_id"]) for x in (before, now))
    for part in (before, now):
        part["w"] = 1.0 + part.score / 7
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # small tables may warn
        found = mix_and_rate(now, before, by="seg", weight="w" if weight else "")
    change = found.totals.set_index("part").estimate
    assert found.segments[["mix", "rate"]].to_numpy().sum() == pytest.approx(change["now"] - change["before"], abs=1e-9)
    assert change["mix"] + change["rate"] == pytest.approx(change["change"], abs=1e-9)
    assert found.segments.n.sum() == len(now)


def test_segment_missing_in_one_period_is_mix():
    before, now = rows(a=(50, 20, 30), gone=(30, 5, 5)), rows(a=(50, 20, 30), new=(5, 5, 30))
    table = mix_and_rate(now, before, by="seg").segments.set_index("seg")
    assert table.rate[["gone", "new"]].tolist() == [0.0, 0.0]
    assert table.loc[["gone", "new"], ["rate_low", "rate_high", "rate_p"]].isna().all(axis=None)
    assert np.isnan(table.estimate["gone"])
    assert np.isnan(table.before["new"])
    # gone: share 40/140 -> 0 at 62.5; totals (20 + 25) / 140 and (20 - 25) / 140, middle 14.29
    assert table.mix["gone"] == pytest.approx(-40 / 140 * (62.5 - 100 * 20 / 140))
    assert table.mix_low["gone"] < table.mix["gone"] < table.mix_high["gone"] < 0


def test_one_segment_is_all_rate():
    found = mix_and_rate(rows(a=(50, 20, 30)), rows(a=(30, 20, 50)), by="seg")
    gap = nps_difference(50, 20, 30, 30, 20, 50)
    row = found.segments.iloc[0]
    assert [row.mix, row.rate] == pytest.approx([0, 40])
    assert [row.rate_low, row.rate_high, row.rate_p] == pytest.approx(
        [100 * float(gap.low), 100 * float(gap.high), float(gap.p)]
    )
    change = found.totals.set_index("part").loc["change"]
    assert [change.low, change.high] == pytest.approx([row.rate_low, row.rate_high])


def test_nothing_changed():
    found = mix_and_rate(BEFORE, BEFORE, by="seg")
    assert found.segments[["mix", "rate"]].to_numpy() == pytest.approx(np.zeros((3, 2)), abs=1e-12)
    assert (found.segments[["mix_p", "rate_p"]] > 0.99).all(axis=None)


def test_missing_segment_is_a_segment_of_its_own():
    before, now = split(answers())
    found = mix_and_rate(now, before, by="region").segments
    assert found.region.isna().tolist() == [False, False, False, True]
    assert found.n.sum() == nps(now).n[0]


def test_repeated_customers_widen_and_are_said():
    one = pd.concat([NOW.assign(customer_id=np.arange(len(NOW)))] * 3)  # everyone three times the same answer
    other = pd.concat([BEFORE.assign(customer_id=1000 + np.arange(len(BEFORE)))] * 3)
    clustered, plain = mix_and_rate(one, other, by="seg"), mix_and_rate(one, other, by="seg", cluster=False)
    once = mix_and_rate(NOW, BEFORE, by="seg")
    for part in ("mix", "rate", "total"):
        for end in ("low", "high"):
            name = f"{part}_{end}"
            assert clustered.segments[name].tolist() == pytest.approx(once.segments[name].tolist(), rel=0.03, abs=0.05)
    assert (
        plain.segments.rate_high - plain.segments.rate_low < 0.7 * (once.segments.rate_high - once.segments.rate_low)
    ).all()
    assert "clustered by customer, 435 answered more than once in the two periods" in clustered.method
    assert "answers taken as independent (no column 'customer_id')" in once.method


def test_customers_in_both_periods_narrow_the_limits():
    draw = np.random.default_rng(4)
    first = draw.choice([3, 8, 10], 400, p=[0.3, 0.3, 0.4])
    second = np.where(draw.random(400) < 0.9, first, draw.choice([3, 8, 10], 400))
    seg = draw.choice(["a", "b"], 400)
    before = pd.DataFrame({"score": first, "seg": seg, "customer_id": range(400)})
    now = before.assign(score=second)
    same, other = (
        mix_and_rate(now, before, by="seg"),
        mix_and_rate(now.assign(customer_id=range(400, 800)), before, by="seg"),
    )
    for table in ("segments", "totals"):
        one, two = getattr(same, table), getattr(other, table)
        ends = ("rate_low", "rate_high") if table == "segments" else ("low", "high")
        width = [(t[ends[1]] - t[ends[0]]).to_numpy() for t in (one, two)]
        keep = slice(None) if table == "segments" else slice(2, 4)
        assert (width[0][keep] < 0.6 * width[1][keep]).all()


def test_second_moments_by_plain_loops(engine):
    table = answers()
    table["w"] = np.random.default_rng(2).uniform(0.2, 3, len(table))
    before, now = split(table)
    question = Question(nps_rule(), "", "score", ["region"], "all", "customer_id", "responded_at", "w")
    kept = [
        part[part.score.notna() & (part.status.isin(["complete", "Completed"]) | part.status.isna())]
        for part in (before, now)
    ]
    people: dict[object, dict[object, np.ndarray]] = {}
    alone = 0
    for at, part in enumerate(kept):
        for row in part.itertuples():
            y = 1.0 if row.score >= 9 else -1.0 if row.score <= 6 else 0.0
            who = row.customer_id if isinstance(row.customer_id, str) else (alone := alone + 1)
            sums = people.setdefault(who, {}).setdefault(
                row.region if isinstance(row.region, str) else None, np.zeros(4)
            )
            sums[2 * at : 2 * at + 2] += row.w, row.w * y
    own, cross = {}, {}
    for groups in people.values():
        everything = sum(groups.values())
        for name, x in groups.items():
            own[name] = own.get(name, 0) + np.outer(x, x)
            cross[name] = cross.get(name, 0) + np.outer(x, everything)
    found = counts_of(engine(before), engine(now), question, True, ("b", "n"))
    names = [None if pd.isna(name) else name for name in found.keys.region]
    for at, name in enumerate(names):
        assert found.spread.own[at] == pytest.approx(own[name], rel=1e-9)
        assert found.spread.cross[at] == pytest.approx(cross[name], rel=1e-9)
    assert found.n.sum() == len(kept[1])


def test_weights_of_one_change_nothing_and_double_weights_neither():
    before, now = split(answers().assign(one=1.0, two=2.0))
    plain = mix_and_rate(now, before, by="region")
    for name in ("one", "two"):
        found = mix_and_rate(now, before, by="region", weight=name)
        pd.testing.assert_frame_equal(found.segments, plain.segments, rtol=1e-9, atol=1e-9)
        assert f"weighted by '{name}'" in found.method


def test_bootstrap_is_near_the_closed_form_and_repeats():
    one, other = (mix_and_rate(NOW, BEFORE, by="seg", interval="bootstrap", draws=2000, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(one.segments, other.segments)
    closed = mix_and_rate(NOW, BEFORE, by="seg").segments
    for name in ("mix_low", "mix_high", "rate_low", "rate_high", "total_low", "total_high"):
        assert one.segments[name].tolist() == pytest.approx(closed[name].tolist(), abs=1.2)
    assert "multinomial bootstrap percentiles" in one.method


def test_many_segments():
    draw = np.random.default_rng(1)
    table = pd.DataFrame({"score": draw.integers(0, 11, 200_000), "seg": draw.integers(0, 50_000, 200_000)})
    with pytest.warns(DataWarning, match="segments by seg have fewer than 5 answers in one of the periods"):
        found = mix_and_rate(table[:100_000], table[100_000:], by="seg")
    assert len(found.segments) > 48_000
    change = found.totals.set_index("part").estimate
    assert found.segments[["mix", "rate"]].to_numpy().sum() == pytest.approx(change["change"], abs=1e-9)


def test_dates_do_not_matter():
    table = answers()
    before, now = split(table)
    same = [part.assign(responded_at=pd.Timestamp("2025-01-01")) for part in (now, before)]
    pd.testing.assert_frame_equal(
        mix_and_rate(*same, by="region").segments, mix_and_rate(now, before, by="region").segments
    )


def test_inputs_stay_as_they_are():
    before, now = split(answers())
    copies = before.copy(), now.copy()
    mix_and_rate(now, before, by=["region", "vip"])
    pd.testing.assert_frame_equal(before, copies[0])
    pd.testing.assert_frame_equal(now, copies[1])


def test_a_frozen_record():
    found = mix_and_rate(NOW, BEFORE, by="seg", names=("Q2", "Q3"))
    assert isinstance(found, Decomposition)
    assert (found.by, found.names, found.metric, found.unit, found.confidence) == (
        ("seg",),
        ("Q2", "Q3"),
        "nps",
        "points",
        0.95,
    )
    assert "; Q2: all answers; Q3: all answers" in found.method
    with pytest.raises(AttributeError):
        found.method = ""


TWICE = pd.concat([NOW.assign(customer_id=np.arange(len(NOW)))] * 2)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: mix_and_rate(NOW, BEFORE, by=""), UsageError, "name the segment columns"),
        (lambda: mix_and_rate(NOW, BEFORE, by="mix"), UsageError, "'mix' is also the name of a result column"),
        (lambda: mix_and_rate(NOW, BEFORE, by="sag"), DataError, "no column 'sag'.*Did you mean 'seg'"),
        (lambda: mix_and_rate(NOW, BEFORE, by="seg", interval="boot"), UsageError, "'boot' is not a known choice"),
        (lambda: mix_and_rate(NOW, BEFORE, by="seg", confidence=95), UsageError, "Did you mean 0.95"),
        (
            lambda: mix_and_rate(NOW, BEFORE, by="seg", interval="bootstrap", draws=10),
            UsageError,
            "draws: 10 is too few",
        ),
        (
            lambda: mix_and_rate(TWICE, BEFORE.assign(customer_id=-1), by="seg", interval="bootstrap"),
            UsageError,
            r"236 customers answered more than once. Use 'delta', or cluster=False",
        ),
        (
            lambda: mix_and_rate(NOW.assign(w=1.0), BEFORE.assign(w=1.0), by="seg", weight="w", interval="bootstrap"),
            UsageError,
            "takes no weight. Use 'delta'",
        ),
        (
            lambda: mix_and_rate(NOW, BEFORE.head(0), by="seg", names=("Q2 2026", "Q3 2026")),
            DataError,
            "no answer to count in 'Q2 2026', so there is no change from or to 'Q3 2026'",
        ),
        (lambda: mix_and_rate(NOW.assign(score=np.nan), BEFORE, by="seg"), DataError, "no answer to count in 'now'"),
        (lambda: mix_and_rate(NOW.assign(score=11), BEFORE, by="seg"), DataError, "outside 0..10"),
        (lambda: mix_and_rate(NOW.assign(w=-1.0), BEFORE.assign(w=1.0), by="seg", weight="w"), DataError, "weight"),
        (
            lambda: mix_and_rate(NOW.assign(w=0.0), BEFORE.assign(w=1.0), by="seg", weight="w"),
            DataError,
            "every weight is 0",
        ),
        (
            lambda: mix_and_rate(NOW.assign(seg=1), BEFORE, by="seg"),
            DataError,
            "segments in 'seg' are texts in the earlier period and numbers in the later",
        ),
    ],
)
def test_bad_input(call, error, match):
    with pytest.raises(error, match=match):
        call()


def test_bad_input_of_unlike_segments_with_customers():
    one, other = NOW.assign(seg=1, customer_id="a"), BEFORE.assign(customer_id="b")
    with pytest.raises(DataError, match="segments in 'seg' are texts in the earlier period and numbers in the later"):
        mix_and_rate(one, other, by="seg")
