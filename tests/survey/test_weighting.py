"""`weight=` and `cluster=` in the metrics: what must be equal to what, engines, and bad weights."""

import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_answers import answers

from cxkit.errors import DataError, DataWarning, UsageError
from cxkit.stats.intervals import mean_interval, nps_interval, share_interval
from cxkit.stats.weighted import effective_n
from cxkit.survey import (
    ces,
    change,
    commenter_gap,
    crosstab,
    csat,
    distribution,
    group_estimates,
    group_shares,
    mix_and_rate,
    nps,
    signals,
    trend,
    versus_rest,
)

METRICS = {
    "nps": lambda t, **k: nps(t, by="region", **k),
    "wald": lambda t, **k: nps(t, method="wald", **k),
    "last": lambda t, **k: nps(t, repeats="last", **k),
    "share": lambda t, **k: csat(t, scale="0-10", boxes=3, survey="nps", by="vip", **k),
    "mean": lambda t, **k: csat(t, scale="0-10", rule="mean_of_range", survey="nps", by="tier", **k),
    "net": lambda t, **k: csat(t, scale="0-10", rule="net", boxes=2, survey="nps", **k),
    "ces": lambda t, **k: ces(t, scale="0-10", high_is="hard", boxes=4, survey="csat", **k),
    "distribution": lambda t, **k: distribution(t, by="region", **k),
    "trend": lambda t, **k: trend(t, by="vip", compare="year", **k),
    "rolling": lambda t, **k: trend(t, unit="week", window="28D", metric="csat", scale="0-10", boxes=3, **k),
    "first in each": lambda t, **k: trend(t, unit="quarter", repeats="first", **k),
    "mean in each": lambda t, **k: trend(t, unit="quarter", metric="csat", scale="0-10", rule="mean", **k),
    "gap": lambda t, **k: commenter_gap(t, **k),
}


def table(rows=600, weights=True):
    """Answers with weights 1 to 4, and comments."""
    draw = np.random.default_rng(8)
    out = answers(rows).assign(comment=np.where(draw.random(rows) < 0.4, "so it was", None))
    return out.assign(weight=draw.integers(1, 5, rows) / 2) if weights else out


def numbers(found):
    return found.drop(columns=[c for c in ("method", "weight", "squares") if c in found])


@pytest.mark.parametrize("name", METRICS)
def test_weights_of_one_change_nothing_at_all(name):
    plain = METRICS[name](table())
    ones = METRICS[name](table().assign(weight=1), weight="weight")
    pd.testing.assert_frame_equal(numbers(ones), numbers(plain), check_exact=True)


@pytest.mark.parametrize("name", METRICS)
def test_the_scale_of_the_weights_changes_nothing(name):
    once = METRICS[name](table(), weight="weight")
    scaled = METRICS[name](table().assign(weight=lambda t: 7 * t.weight), weight="weight")
    pd.testing.assert_frame_equal(numbers(scaled), numbers(once), rtol=1e-9)
    assert scaled.method.tolist() == once.method.tolist()


@pytest.mark.parametrize("name", sorted(set(METRICS) - {"last", "first in each"}))
def test_whole_weights_estimate_what_repeated_rows_would(name):
    rows = table().assign(weight=lambda t: (2 * t.weight).astype(int))
    repeated = rows.loc[rows.index.repeat(rows.weight)].reset_index(drop=True)
    weighted, spread = METRICS[name](rows, weight="weight"), METRICS[name](repeated)
    value = "share" if "share" in weighted else "estimate"
    np.testing.assert_allclose(weighted[value], spread[value], rtol=1e-12)
    wide = (weighted.high - weighted.low) - (spread.high - spread.low)
    assert wide.dropna().ge(-1e-12).all()  # but each answer is one answer


@cache
def with_odd_weights() -> pd.DataFrame:
    rows = table()
    rows.loc[rows.index % 11 == 0, "weight"] = np.nan
    rows.loc[rows.index % 13 == 0, "weight"] = 0
    return rows


@cache
def expected(name: str, clusters: bool = False) -> pd.DataFrame:
    if clusters:
        return METRICS[name](table(), weight="weight", cluster=True)
    return METRICS[name](with_odd_weights(), weight="weight")


@pytest.mark.parametrize("name", ["nps", "last", "mean", "distribution", "trend"])
def test_every_engine_gives_the_same_table(engine, name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = METRICS[name](engine(with_odd_weights()), weight="weight")
    pd.testing.assert_frame_equal(found, expected(name), rtol=1e-9)


@pytest.mark.parametrize("name", ["nps", "gap"])
def test_clusters_on_every_engine(engine, name):
    found = METRICS[name](engine(table()), weight="weight", cluster=True)
    pd.testing.assert_frame_equal(found, expected(name, clusters=True), rtol=1e-9)


# Weights 1 1 2 2, scores 10 9 8 0: NPS = 100 (1 + 1 - 2) / 6 = 0, Kish n 36 / 10 = 3.6; the design has sum w y^2 = 4
# over 6, sum w^2 y^2 = 1 + 1 + 4 = 6 over 36, so its n is 4, and the smaller of both counts.
FOUR = pd.DataFrame({"score": [10, 9, 8, 0], "weight": [1, 1, 2, 2]})


def test_by_hand():
    row = nps(FOUR, weight="weight").iloc[0]
    assert (row.n, row.estimate) == (4, 0)
    low, high = nps_interval(1.2, 1.2, 1.2)  # 3.6 answers, a third each
    assert (row.low, row.high) == pytest.approx((100 * low, 100 * high))
    assert "; weighted by 'weight' (effective n 3.6); all answers" in row.method


def test_shares_and_means_by_hand():
    # top box (8 to 10): 4 of 6 by weight. y = 1: sum w^2 (y - 2/3)^2 = 6/9 + 4 * 4/9 = 22/9, sum w (y - 2/3)^2 = 4/3:
    # design n = 6 * (4/3) / (22/9) = 3.27
    share = csat(FOUR, scale="0-10", boxes=3, weight="weight").iloc[0]
    assert share.estimate == pytest.approx(4 / 6)
    assert [share.low, share.high] == pytest.approx(np.array(share_interval(4 / 6 * 36 / 11, 36 / 11)))
    # mean (10 + 9 + 16) / 6 = 35/6; variance (100 + 81 + 128) / 6 - (35/6)^2 = 51.5 - 34.0278, times 4/3
    mean = csat(FOUR, scale="0-10", rule="mean", weight="weight").iloc[0]
    assert mean.estimate == pytest.approx(35 / 6)
    y, w = FOUR.score - 5, FOUR.weight
    moments, squares = ([(v * y**k).sum() for k in range(3)] for v in (w, w**2))
    limits = mean_interval(
        effective_n(4, moments, squares), 35 / 6, np.sqrt((51.5 - (35 / 6) ** 2) * 4 / 3), bounds=(0, 10)
    )
    assert [mean.low, mean.high] == pytest.approx(np.array(limits))


def test_distribution_and_group_shares_by_hand():
    spread = distribution(FOUR, weight="weight")
    assert spread.n.sum() == 4
    assert spread.share[[0, 8, 9, 10]].tolist() == pytest.approx([2 / 6, 2 / 6, 1 / 6, 1 / 6])
    assert (spread.weight.sum(), spread.squares.sum()) == (6, 10)
    assert (spread.low <= spread.share).all()
    assert (spread.share <= spread.high).all()
    groups = group_shares(spread)
    assert groups.estimate.tolist() == pytest.approx([1 / 3] * 3)
    # promoters: sum w^2 (y - 1/3)^2 = 2 * 4/9 + 8 / 9 = 16/9, sum w (y - 1/3)^2 = 12/9: design n 4.5, cut to 4; Kish 3.6
    assert [groups.low[0], groups.high[0]] == pytest.approx(np.array(share_interval(1.2, 3.6)))


def test_each_group_and_period_has_its_own_effective_n():
    rows = pd.DataFrame({"score": [10, 0] * 4, "plan": list("aaaabbbb"), "weight": [1, 1, 1, 1, 1, 1, 1, 5]})
    said = nps(rows, by="plan", weight="weight").method
    assert "(effective n 4)" in said[0]
    assert "(effective n 2.3)" in said[1]  # 64 / 28


def test_answers_without_a_weight_are_set_aside_and_counted(engine):
    rows = table(200)
    rows.loc[0:9, ["survey", "status", "score"]] = ["nps", "complete", 10.0]
    rows.loc[[0, 1, 2], "weight"] = [np.nan, 0, 0]
    rows["status"], rows["survey"] = "complete", "nps"
    rows.loc[5, "score"] = np.nan
    rows.loc[5, "weight"] = np.nan  # counted once, as without a score
    found = nps(engine(rows), weight="weight").iloc[0]
    assert found.n == rows.drop([0, 1, 2]).score.notna().sum()
    assert "; 3 without a weight set aside" in found.method
    assert f"{rows.score.isna().sum()} without a score" in found.method


def test_a_score_off_the_scale_counts_only_with_a_weight():
    rows = pd.DataFrame({"score": [9, 11, 3], "weight": [1, 0, 1]})
    assert nps(rows, weight="weight").n[0] == 2
    with pytest.raises(DataError, match=r"1 of 3 answers in 'score' lies outside 0\.\.10 \(first at rows 1: 11\)"):
        nps(rows.assign(weight=1), weight="weight")


def test_no_weights_at_all():
    for nothing in (np.nan, None):
        with pytest.warns(DataWarning, match="no score to count .4 without a weight set aside"):
            row = nps(FOUR.assign(weight=nothing), weight="weight").iloc[0]
        assert row.n == 0
        assert np.isnan([row.estimate, row.low, row.high]).all()
    with pytest.warns(DataWarning):
        found = trend(FOUR.assign(weight=np.nan, responded_at=pd.Timestamp("2026-01-01")), weight="weight")
    assert len(found) == 0


def test_weights_that_are_all_zero_are_told_by_every_metric(engine):
    rows = FOUR.assign(w=0.0, plan=list("aabb"), responded_at=pd.Timestamp("2026-01-01"), customer_id=list("abcd"))
    rows["comment"] = "x"
    given = engine(rows)
    calls = (
        lambda: nps(given, weight="w"),
        lambda: trend(given, weight="w"),
        lambda: signals(given, weight="w"),
        lambda: change(given, given, weight="w"),
        lambda: mix_and_rate(given, given, by="plan", weight="w"),
        lambda: versus_rest(given, by="plan", weight="w"),
        lambda: crosstab(given, columns="plan", weight="w"),
        lambda: distribution(given, weight="w"),
        lambda: commenter_gap(given, weight="w"),
        lambda: group_estimates(given, weight="w"),
    )
    for call in calls:
        with pytest.raises(DataError, match=r"nps: every weight is 0 in 'w' \(4 answers\)"):
            call()
    with pytest.raises(DataError, match=r"every weight is 0 or missing in 'w' \(4 answers: 3 of them 0, 1 empty\)"):
        nps(engine(rows.assign(w=[0, 0, None, 0])), weight="w")


def test_a_group_without_weights_stays():
    rows = FOUR.assign(plan=list("aabb"), weight=[1, 1, 0, 0])
    found = nps(rows, by="plan", weight="weight")
    assert found.n.tolist() == [2, 0]
    assert np.isnan(found.estimate[1])


@pytest.mark.parametrize("bad", [-1.0, np.inf, -np.inf])
def test_weights_below_zero_or_without_end_are_refused(engine, bad):
    with pytest.raises(DataError, match=r"nps: 1 of 4 weights in 'w' is negative or infinite .*A weight says how many"):
        nps(engine(FOUR.assign(w=[1.0, bad, 1, 1])), weight="w")


def test_a_weight_too_large_is_told_as_such(engine):
    with pytest.raises(
        DataError, match=r"nps: 1 of 4 weights in 'w' is above 1e\+100 \((first at rows 1|commonest): 1e\+300"
    ):
        nps(engine(FOUR.assign(w=[1.0, 1e300, 1, 1])), weight="w")
    with pytest.raises(
        DataError, match=r"1 of 4 weights in 'w' is negative or infinite .*: -1.*; 1 more above 1e\+100"
    ):
        nps(engine(FOUR.assign(w=[1.0, 1e300, -1, 1])), weight="w")


def test_bad_weights_are_shown_where_they_are_and_only_where_they_count():
    rows = FOUR.assign(weight=[-1.0, 1, -2, np.inf])
    with pytest.raises(
        DataError, match=r"3 of 4 weights .* are negative or infinite \(first at rows 0, 2, 3: -1, -2, inf\)"
    ):
        nps(rows, weight="weight")
    elsewhere = rows.assign(survey=["csat", "nps", "csat", "csat"])
    assert nps(elsewhere, weight="weight").n[0] == 1


def test_texts_are_no_weights(engine):
    with pytest.raises(DataError, match=r"nps: 1 of 3 weights in 'weight' is no number \(first: '1,5'\)"):
        nps(engine(FOUR.assign(weight=["1,5", "2", None, "1"])), weight="weight")
    with pytest.raises(DataError, match=r"2 of 4 weights in 'weight' are no numbers \(first: 'high', 'low'\)"):
        nps(engine(FOUR.assign(weight=["1.5", "high", "low", "1"])), weight="weight")
    with pytest.raises(
        DataError, match=r"the weights in 'weight' are numbers written as text, in 3 rows \(first: '1.5'"
    ):
        nps(engine(FOUR.assign(weight=["1.5", "2", None, "1"])), weight="weight")


def test_an_unknown_weight_column_is_a_wrong_argument(engine):
    for call in (nps, distribution, group_estimates):
        with pytest.raises(UsageError, match="weight: there is no column 'gewicht'. Did you mean 'weight'"):
            call(engine(FOUR.assign(weight=1.0)), weight="gewicht")


def test_one_customer_many_answers():
    # Ten customers gave ten equal answers each: the hundred answers are worth ten.
    rows = pd.DataFrame({"customer_id": np.repeat(list("abcdefghij"), 10), "score": np.repeat([10, 0] * 5, 10)})
    plain, clustered = nps(rows).iloc[0], nps(rows, cluster=True).iloc[0]
    assert (clustered.n, clustered.estimate) == (100, 0)
    assert (clustered.low, clustered.high) == pytest.approx([100 * x for x in nps_interval(5, 0, 5)])
    assert clustered.high > 2 * plain.high
    assert (
        "; clustered by customer (effective n 10); all answers, 10 customers answered more than once"
        in clustered.method
    )


def test_clusters_of_one_change_nothing():
    rows = table().assign(customer_id=lambda t: [f"c{i}" for i in range(len(t))])
    for name in ("nps", "mean", "mean in each", "gap"):
        alike = METRICS[name](rows, cluster=True)
        pd.testing.assert_frame_equal(numbers(alike), numbers(METRICS[name](rows, cluster=False)), rtol=1e-9)


def test_without_customers_answers_are_independent_and_that_is_said():
    for name in ("nps", "mean in each", "gap"):
        found = METRICS[name](table().drop(columns="customer_id"), cluster=True)
        plain = METRICS[name](table().drop(columns="customer_id"), cluster=False)
        pd.testing.assert_frame_equal(numbers(found), numbers(plain))
        assert found.method.str.contains("answers taken as independent (no column 'customer_id')", regex=False).all()
    assert "clustered" not in nps(table(), cluster=True, repeats="last").method[0]


def test_a_trend_clusters_within_each_period():
    rows = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "a", "c", None],
            "score": [10, 10, 0, 9, 0, 0],
            "responded_at": pd.to_datetime(
                ["2026-01-03", "2026-01-20", "2026-01-30", "2026-02-02", "2026-02-03", "2026-02-04"]
            ),
        }
    )
    found = trend(rows, cluster=True)
    # January: a (two answers) and b, Kish 9 / 5 = 1.8; February: three customers, one answer each
    assert ["(effective n 1.8)" in found.method[0], "(effective n 3)" in found.method[1]] == [True, True]
    assert found.n.tolist() == [3, 3]


def test_the_gap_allows_for_customers_on_both_sides():
    # The same fifty customers write once and keep silent once, with the same score: their moods cancel in the gap.
    draw = np.random.default_rng(5)
    score = np.tile(draw.choice([0, 8, 10], 50), 2)
    rows = pd.DataFrame(
        {"customer_id": [f"c{i}" for i in range(50)] * 2, "score": score, "comment": ["x"] * 50 + [""] * 50}
    )
    alone, both = commenter_gap(rows, cluster=False).iloc[2], commenter_gap(rows).iloc[2]
    assert alone.estimate == both.estimate == 0
    assert both.high - both.low < 0.2 * (alone.high - alone.low)
    assert both.method.endswith("difference: MOVER")


def test_inputs_are_not_changed():
    before, rows = table(), table()
    for name in ("nps", "last", "distribution", "gap"):
        METRICS[name](rows, weight="weight")
    pd.testing.assert_frame_equal(rows, before)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10), st.one_of(st.just(0.0), st.floats(1e-3, 1e3))), min_size=1, max_size=60))
def test_the_weighted_score_is_the_plain_sum(rows):
    score, weight = (np.array(column) for column in zip(*rows, strict=True))
    if not weight.sum():
        return
    row = nps(pd.DataFrame({"score": score, "w": weight}), weight="w").iloc[0]
    net = np.where(score >= 9, 1, np.where(score <= 6, -1, 0))
    assert row.n == (weight > 0).sum()
    assert row.estimate == pytest.approx(100 * (weight * net).sum() / weight.sum(), abs=1e-9)
    assert -100 <= row.low <= row.estimate + 1e-9 <= row.high + 2e-9 <= 100 + 2e-9
