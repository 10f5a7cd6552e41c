"""Each segment against all others: by hand, on every engine, adjusted, pooled, and under bad input."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_answers import answers

import cxkit
from cxkit import frames
from cxkit.errors import DataError, DataWarning, UsageError
from cxkit.periods import between, parse
from cxkit.stats.compare import adjusted_level, holm, nps_difference, shrink
from cxkit.survey import nps, versus_rest
from cxkit.survey.rest import MORE

GROUPS = {"a": (50, 30, 20), "b": (30, 50, 20), "c": (40, 20, 40), "d": (5, 5, 5)}


def rows(groups=GROUPS):
    """Answers: a group's promoters, passives and detractors."""
    parts = [pd.DataFrame({"seg": k, "score": [9] * p + [8] * q + [3] * d}) for k, (p, q, d) in groups.items()]
    return pd.concat(parts, ignore_index=True)


def test_by_hand():
    # others of a: b + c + d = 75 promoters, 75 passives, 65 detractors of 215
    table = versus_rest(rows(), by="seg").set_index("seg")
    gap = nps_difference(50, 30, 20, 75, 75, 65)
    row = table.loc["a"]
    assert [row.n, row.estimate, row.other_n, row.other_estimate] == pytest.approx([100, 30, 215, 1000 / 215])
    assert row.difference == pytest.approx(30 - 1000 / 215)
    assert row.p == pytest.approx(float(gap.p))
    others = [nps_difference(*GROUPS[k], *(np.array([125, 105, 85]) - GROUPS[k])) for k in "abc"]
    raised = holm([float(other.p) for other in others])
    assert table.p_adjusted[["a", "b", "c"]].tolist() == pytest.approx(raised.tolist())
    level = adjusted_level(float(gap.p), raised[0])
    wide = nps_difference(50, 30, 20, 75, 75, 65, confidence=level)
    assert [row.difference_low, row.difference_high] == pytest.approx([100 * float(wide.low), 100 * float(wide.high)])
    assert row.share == pytest.approx(100 / 315)
    assert row.gain == pytest.approx(-100 / 315 * row.difference)
    assert [row.gain_low, row.gain_high] == pytest.approx(
        [-row.share * row.difference_high, -row.share * row.difference_low]
    )
    assert (table.looked == 3).all()
    assert set(table.other) == {"all others"}


def test_gain_is_what_the_total_would_gain():
    # put b at the level of the others: the total then is the score of the others
    table, total = versus_rest(rows(), by="seg").set_index("seg"), nps(rows()).estimate[0]
    assert total + table.gain["b"] == pytest.approx(table.other_estimate["b"])


def test_columns_and_types():
    table = versus_rest(rows(), by="seg")
    assert list(table.columns) == ["seg", *frames.COMPARISON, *MORE]
    assert [str(table[name].dtype) for name in ("n", "other_n", "looked")] == ["int64"] * 3
    assert table.index.equals(pd.RangeIndex(len(table)))


def test_groups_under_least_are_listed_and_not_looked_at():
    table = versus_rest(rows(), by="seg", least=30).set_index("seg")
    row = table.loc["d"]
    assert row[["difference", "difference_low", "p", "p_adjusted", "gain"]].isna().all()
    assert (row.verdict, row.n) == ("too early", 15)
    assert np.isfinite(row[["estimate", "low", "other_estimate", "share", "shrunken"]].astype(float)).all()
    assert (versus_rest(rows(), by="seg", least=1).looked == 4).all()


def test_two_segments_are_one_comparison():
    table = versus_rest(rows({k: GROUPS[k] for k in "ab"}), by="seg")
    assert table.looked.tolist() == [1, 1]
    assert table.p_adjusted.tolist() == table.p.tolist()
    assert table.difference.sum() == pytest.approx(0)
    gap = nps_difference(50, 30, 20, 30, 50, 20)
    assert table.difference_low[0] == pytest.approx(100 * float(gap.low))


def test_pooled_values():
    table = versus_rest(rows(), by="seg")
    pooled = shrink(table.estimate, (table.high - table.low) / (2 * 1.959963984540054))
    assert table.shrunken.tolist() == pytest.approx(pooled.estimate.tolist())


CALLS = {
    "plain": dict(by="region"),
    "crossed": dict(by=["vip", "tier"], weight="w"),
    "rows alone": dict(by="tier", weight="w", cluster=False),
}


@cache
def with_weights() -> pd.DataFrame:
    return answers().assign(w=lambda t: np.random.default_rng(1).uniform(0.2, 3, len(t)))


@cache
def expected(name: str) -> pd.DataFrame:
    return versus_rest(with_weights(), least=5, **CALLS[name])


@pytest.mark.parametrize("name", CALLS)
def test_every_engine_gives_the_same(engine, name):
    found = versus_rest(engine(with_weights()), least=5, **CALLS[name])
    pd.testing.assert_frame_equal(found, expected(name), rtol=1e-7, atol=1e-9)


def test_own_side_is_that_of_nps():
    table = versus_rest(answers(), by="tier", cluster=False)
    plain = nps(answers(), by="tier")
    for name in ("n", "estimate", "low", "high"):
        assert table[name].tolist() == pytest.approx(plain[name].tolist())


def test_missing_segment_is_listed_last_and_on_no_side():
    table = answers()
    found = versus_rest(table, by="region")
    assert found.region.isna().tolist() == [False, False, False, True]
    stated = versus_rest(table[table.region.notna()], by="region")
    pd.testing.assert_frame_equal(
        found.head(3).drop(columns="method"), stated.drop(columns="method"), check_dtype=False
    )
    last = found.iloc[3]
    assert last[["share", "difference", "p", "shrunken", "gain", "other_estimate"]].isna().all()
    assert last.n == nps(table, by="region").n[3]
    assert found.share.sum() == pytest.approx(1)


def test_customers_on_both_sides_are_allowed_for():
    # everyone answers once in each segment, always the same: the two sides go together, so the gap is known better
    draw = np.random.default_rng(6)
    score = draw.choice([3, 8, 10], 300, p=[0.3, 0.3, 0.4])
    other = np.where(draw.random(300) < 0.9, score, draw.choice([3, 8, 10], 300))
    table = pd.DataFrame(
        {"score": [*score, *other], "seg": ["a"] * 300 + ["b"] * 300, "customer_id": [*range(300)] * 2}
    )
    paired, plain = versus_rest(table, by="seg").iloc[0], versus_rest(table, by="seg", cluster=False).iloc[0]
    assert paired.difference_high - paired.difference_low < 0.6 * (plain.difference_high - plain.difference_low)
    assert "clustered by customer, 300 answered more than once" in paired.method
    assert "independent" in versus_rest(table.drop(columns="customer_id"), by="seg").method[0]


def test_copies_of_answers_tell_nothing_new():
    table = rows({k: GROUPS[k] for k in "abc"})
    table["customer_id"] = np.arange(len(table))
    once, thrice = versus_rest(table, by="seg"), versus_rest(pd.concat([table] * 3), by="seg")
    assert thrice.difference_low.tolist() == pytest.approx(once.difference_low.tolist(), rel=0.03, abs=0.5)
    assert (versus_rest(pd.concat([table] * 3), by="seg", cluster=False).p < once.p).all()


def test_weights():
    table = rows().assign(w=1.0)
    pd.testing.assert_frame_equal(
        versus_rest(table, by="seg", weight="w").drop(columns="method"),
        versus_rest(table, by="seg").drop(columns="method"),
    )
    table.loc[table.index[:3], "w"] = [0.0, np.nan, 5.0]
    found = versus_rest(table, by="seg", weight="w")
    assert found.n[0] == 98
    assert "weighted by 'w'" in found.method[0]
    assert "2 without a weight set aside" in found.method[0]
    assert found.share[0] == pytest.approx((97 + 5) / (97 + 5 + 215))


SMALL = st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), st.integers(0, 10)), min_size=1, max_size=60)


@settings(max_examples=20, deadline=None)
@given(made=SMALL, confidence=st.sampled_from([0.8, 0.95, 0.99]), adjust=st.sampled_from(["holm", "bh", "none"]))
def test_limits_agree_with_adjusted_p(made, confidence, adjust):
    import warnings

    table = pd.DataFrame(made, columns=["seg", "score"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        found = versus_rest(table, by="seg", least=1, confidence=confidence, adjust=adjust)
    known = found[found.p.notna() & ((found.p_adjusted - (1 - confidence)).abs() > 1e-6)]
    outside = (known.difference_low > 0) | (known.difference_high < 0)
    assert (outside == (known.p_adjusted < 1 - confidence)).all()
    assert (found.p_adjusted.dropna() >= found.p.dropna() - 1e-12).all()
    assert found.n.sum() == len(table)
    total = nps(table[table.seg.notna()]).estimate[0] if table.seg.notna().any() else np.nan
    stated = found[found.share.notna()]
    assert (stated.share * stated.estimate).sum() == pytest.approx(total, abs=1e-9, nan_ok=True) or stated.empty


def test_all_answers_in_one_segment():
    with pytest.warns(DataWarning, match="nothing was compared by seg: all answers are in one segment"):
        found = versus_rest(rows({"a": (50, 30, 20)}), by="seg")
    row = found.iloc[0]
    assert (row.n, row.other_n, row.looked, row.verdict, row.share) == (100, 0, 0, "too early", 1.0)
    assert np.isnan(row.difference)


def test_too_few_answers_on_either_side():
    with pytest.warns(DataWarning, match="no two sides have 30 answers or more"):
        found = versus_rest(rows({"a": (50, 30, 20), "b": (2, 2, 2)}), by="seg")
    assert found.p.isna().all()


def test_no_stated_segment():
    found = versus_rest(rows().assign(seg=None), by="seg")
    assert len(found) == 1
    assert found.n[0] == 315
    assert "no answer has a stated segment" in found.method[0]


def test_no_answers():
    assert len(versus_rest(rows().head(0), by="seg")) == 0


def test_fifty_thousand_segments():
    draw = np.random.default_rng(1)
    table = pd.DataFrame({"score": draw.integers(0, 11, 300_000), "seg": draw.integers(0, 50_000, 300_000)})
    table.loc[:999, "seg"] = -1
    found = versus_rest(table, by="seg")
    assert len(found) > 49_000
    assert found.looked[0] == 1
    assert found.p.notna().sum() == 1
    ten = versus_rest(table, by="seg", least=5)
    assert ten.looked[0] == ten.p.notna().sum() > 30_000


def test_inputs_stay_as_they_are():
    table = answers()
    copy = table.copy()
    versus_rest(table, by=["region", "vip"])
    pd.testing.assert_frame_equal(table, copy)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: versus_rest(rows(), by=""), UsageError, "name the segment columns"),
        (lambda: versus_rest(rows(), by="gain"), UsageError, "'gain' is also the name of a result column"),
        (lambda: versus_rest(rows(), by="sag"), DataError, "no column 'sag'.*Did you mean 'seg'"),
        (lambda: versus_rest(rows(), by="seg", adjust="hlm"), UsageError, "adjust: 'hlm'.*Did you mean 'holm'"),
        (lambda: versus_rest(rows(), by="seg", confidence=95), UsageError, "Did you mean 0.95"),
        (lambda: versus_rest(rows().assign(score=11), by="seg"), DataError, "outside 0..10"),
        (lambda: versus_rest(rows().assign(w=-1.0), by="seg", weight="w"), DataError, "'w'"),
    ],
)
def test_bad_input(call, error, match):
    with pytest.raises(error, match=match):
        call()


@pytest.fixture(scope="module")
def quarter():
    """NPS answers of one quarter of the sample."""
    data = between(cxkit.read("responses", "sample:responses"), parse("2026-Q3"))
    return data.to_pandas().query("survey == 'nps'").reset_index(drop=True)


def test_planted_touchpoint_is_found(quarter):
    found = versus_rest(quarter, by="touchpoint").set_index("touchpoint")
    assert found.verdict["delivery"] == "clear"
    assert found.difference["delivery"] < -10
    assert found.gain["delivery"] > 3


@pytest.mark.slow
def test_shuffled_scores_have_no_clear_segment(quarter):
    """200 shuffled copies; at most 18 tables with a clear segment (99 % binomial bound on 5 %)."""
    draw, false = np.random.default_rng(20), 0
    for _ in range(200):
        shuffled = quarter.assign(score=draw.permutation(quarter.score))
        false += (versus_rest(shuffled, by="touchpoint").verdict == "clear").any()
    assert false <= 18
