"""Sentences against the tables they were made from."""

import re

import numpy as np
import pytest
from findings_tables import row, table
from hypothesis import given, settings
from hypothesis import strategies as st

from cxkit.errors import UsageError
from cxkit.findings import headline
from cxkit.stats.compare import VERDICTS, difference, verdict


def said(found, kind):
    return found[found.kind == kind].iloc[0]


def test_a_clear_fall_is_stated_with_both_levels():
    # 1,200 - 400 of 2,000 = +40; 1,000 - 500 of 2,000 = +25
    found = headline(table(row(1000, 500, 500)), before=table(row(1200, 400, 400)))
    change = said(found, "change")
    assert change.sentence == "NPS fell 15 points, from +40 to +25."
    assert change.verdict == "clear"
    assert "n 2,000 and 2,000" in change.evidence
    assert found["rank"].tolist() == list(range(1, len(found) + 1))


def test_a_weak_change_is_not_claimed():
    found = headline(table(row(50, 30, 20)), before=table(row(52, 28, 20)), before_name="Q2 2026")
    assert said(found, "change").sentence == "Whether NPS moved cannot be said yet: +32 in Q2 2026, +30 now."
    assert said(found, "change").verdict == "too early"


def test_a_likely_change_says_probably():
    found = headline(table(row(500, 300, 200)), before=table(row(530, 290, 180)))
    change = said(found, "change")
    assert change.verdict == "likely"
    assert change.sentence == "NPS probably fell, by 5 points, from +35 to +30."


def test_rounded_levels_agree_with_the_rounded_difference():
    # +38.4 and +31.6: rounded levels differ by 6, the difference is 6.8: one more digit
    now = table({**row(1000, 500, 500), "estimate": 31.6, "low": 30.0, "high": 33.2})
    then = table({**row(1000, 500, 500), "estimate": 38.4, "low": 36.8, "high": 40.0})
    assert headline(now, before=then).sentence[0] == "NPS fell 6.8 points, from +38.4 to +31.6."


@pytest.mark.parametrize(
    ("target", "sentence", "sure"),
    [
        (40, "NPS is +25, 15 points below the target of +40.", "clear"),
        (10, "NPS is +25, 15 points above the target of +10.", "clear"),
        (25, "NPS is +25; whether it meets the target of +25 cannot be said yet.", "too early"),
        (27.5, "NPS is +25, probably below the target of +27.5.", "likely"),
    ],
)
def test_against_target(target, sentence, sure):
    found = headline(table(row(1000, 500, 500)), target=target)
    assert (said(found, "target").sentence, said(found, "target").verdict) == (sentence, sure)


def test_level_without_target_is_told_from_zero():
    assert headline(table(row(60, 20, 20))).sentence[0] == "NPS is +40: there are more promoters than detractors."
    assert "cannot be said yet" in headline(table(row(5, 3, 4))).sentence[0]


def test_shares_are_in_percentage_points():
    base = dict(metric="csat", unit="share", confidence=0.95, method="Wilson")
    now = table({**base, "n": 2000, "estimate": 0.76, "low": 0.74, "high": 0.78})
    then = table({**base, "n": 2000, "estimate": 0.80, "low": 0.78, "high": 0.82})
    found = headline(now, before=then)
    assert found.sentence[0] == "CSAT fell 4 percentage points, from 80\u00a0% to 76\u00a0%."


def test_no_answers_is_a_sentence_and_not_a_crash():
    empty = table({**row(1, 1, 1), "n": 0, "estimate": np.nan, "low": np.nan, "high": np.nan})
    assert headline(empty).sentence.tolist() == ["There are no answers to make NPS of."]


def test_wrong_tables_are_refused():
    with pytest.raises(UsageError, match="must have one row, it has 2"):
        headline(table(row(1, 1, 1), row(1, 1, 1)))
    with pytest.raises(UsageError, match="different metrics, nps and csat"):
        headline(table(row(1, 1, 1)), before=table({**row(1, 1, 1), "metric": "csat"}))


counts = st.tuples(*[st.integers(0, 3000)] * 3).filter(lambda c: sum(c) > 0)


@settings(max_examples=60, deadline=None)
@given(counts, counts, st.integers(-100, 100))
def test_no_sentence_claims_more_than_its_interval(now, then, target):
    """Regenerate what each sentence may say from the counts, and read direction, size and verdict back from its words."""
    a, b = row(*now), row(*then)
    found = headline(table(a), before=table(b), target=target, least=1)
    assert set(found.verdict) <= set(VERDICTS)
    change = said(found, "change")
    d, low, high = difference(a["estimate"], a["low"], a["high"], b["estimate"], b["low"], b["high"])
    assert (change.estimate, change.low, change.high) == (d, low, high)
    assert (change.verdict == "clear") == (low > 0 or high < 0)
    if change.verdict == "too early":
        assert "cannot be said yet" in change.sentence
    else:
        assert ("rose" in change.sentence) == (d > 0)
        assert ("probably" in change.sentence) == (change.verdict == "likely")
        size = float(re.search(r"([\d.]+) points?", change.sentence)[1])
        assert size == pytest.approx(abs(d), abs=0.5)
    goal = said(found, "target")
    assert (goal.verdict == "clear") == (not a["low"] <= target <= a["high"])
    if goal.verdict != "too early":
        assert ("above" in goal.sentence) == (a["estimate"] > target)


@given(st.floats(-100, 100), st.floats(0.01, 50), st.floats(0.01, 50))
def test_verdicts_are_nested(estimate, down, up):
    """Whoever is clear at 95 % would be clear or likely from the 80 % side too."""
    sure = verdict(estimate, estimate - down, estimate + up, 0.95)
    assert (sure == "clear") == (estimate - down > 0 or estimate + up < 0)


@pytest.mark.parametrize("target", [400, -101])
def test_targets_out_of_reach_are_refused(target):
    with pytest.raises(UsageError, match="NPS runs from -100 to 100"):
        headline(table(row(50, 30, 20)), target=target)
