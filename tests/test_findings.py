"""Sentences against the tables they were made from."""

import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxkit.actions import next_steps
from cxkit.errors import UsageError
from cxkit.findings import headline
from cxkit.stats.compare import VERDICTS, difference, verdict
from cxkit.stats.intervals import nps_interval


def row(promoters, passives, detractors, **keys):
    """One row of an NPS estimate table from counts."""
    n = promoters + passives + detractors
    low, high = nps_interval(promoters, passives, detractors)
    estimate = 100 * (promoters - detractors) / n if n else math.nan
    rest = dict(confidence=0.95, method="score")
    return {
        **keys, "metric": "nps", "unit": "points", "n": n, "estimate": estimate,
        "low": 100 * float(low), "high": 100 * float(high), **rest,
    }  # fmt: skip


def table(*rows):
    return pd.DataFrame(list(rows))


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


def test_segments_are_judged_as_a_picked_pair():
    parts = table(*(row(30 + k % 2, 10, 10, region=f"r{k}") for k in range(20)))
    assert said(headline(table(row(600, 200, 200)), segments=[parts]), "spread").verdict == "too early"
    wide = table(row(300, 100, 100, plan="Annual"), row(150, 150, 200, plan="Monthly"))
    spread = said(headline(table(row(450, 250, 300)), segments=[wide]), "spread")
    assert spread.sentence == "By plan, Monthly scores 50 points lower than Annual (−10 against +40)."
    assert spread.verdict == "clear"


def test_small_and_nameless_segments_stay_out():
    parts = table(row(10, 0, 0, plan="tiny"), row(300, 100, 100, plan="a"), row(0, 0, 300, plan=None))
    assert "spread" not in set(headline(table(row(300, 100, 100)), segments=[parts]).kind)


def test_no_answers_is_a_sentence_and_not_a_crash():
    empty = table({**row(1, 1, 1), "n": 0, "estimate": np.nan, "low": np.nan, "high": np.nan})
    assert headline(empty).sentence.tolist() == ["There are no answers to make NPS of."]


def test_wrong_tables_are_refused():
    with pytest.raises(UsageError, match="must have one row, it has 2"):
        headline(table(row(1, 1, 1), row(1, 1, 1)))
    with pytest.raises(UsageError, match="different metrics, nps and csat"):
        headline(table(row(1, 1, 1)), before=table({**row(1, 1, 1), "metric": "csat"}))


counts = st.tuples(*[st.integers(0, 3000)] * 3).filter(lambda c: sum(c) > 0)


@settings(max_examples=200, deadline=None)
@given(counts, counts, st.integers(-100, 100))
def test_no_sentence_claims_more_than_its_interval(now, then, target):
    """Regenerate what each sentence may say from the counts, and read direction, size and verdict back from its words."""
    a, b = row(*now), row(*then)
    found = headline(table(a), before=table(b), target=target)
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


class TestNextSteps:
    def test_the_costliest_segment_comes_with_its_arithmetic(self):
        # b: 400 of 1,000 answers at -25, the rest at +40: gap 65, times .4 = 26 points
        parts = table(row(300, 240, 60, plan="a"), row(100, 100, 200, plan="b"))
        total = table(row(400, 340, 260))
        steps = next_steps(headline(total, segments=[parts]), total, segments=[parts])
        first = steps.iloc[0]
        assert first.action == "Start with \u201cb\u201d (plan)"
        assert first["size"].startswith("+26.0 points (")
        assert first.why.startswith("40\u00a0% of the answers come from there, and they score −25.")

    def test_a_fall_comes_first(self):
        total, then = table(row(1000, 500, 500)), table(row(1200, 400, 400))
        steps = next_steps(headline(total, before=then), total)
        assert steps.action.tolist() == ["Find what changed"]

    def test_what_the_export_lacks_is_asked_for(self):
        total = table(row(1000, 500, 500))
        steps = next_steps(headline(total), total, cannot={"trend": "No trend: there is no column of dates."})
        assert steps.why.iloc[-1].startswith("The export lacks the date of each answer.")

    def test_no_answers_no_steps(self):
        empty = table({**row(1, 1, 1), "n": 0, "estimate": np.nan})
        assert next_steps(headline(empty), empty).empty

    def test_planning_figures_do_not_depend_on_the_confidence_of_the_page(self):
        at = {}
        for confidence in (0.8, 0.95, 0.99):
            low, high = nps_interval(300, 400, 300, confidence=confidence)
            one = {**row(300, 400, 300), "low": 100 * low, "high": 100 * high, "confidence": confidence}
            steps = next_steps(headline(table(one), before=table(one)), table(one))
            at[confidence] = steps["size"].iloc[-1]
        assert set(at.values()) == {"3,800 a period"}  # n = (1.96 + 0.84)^2 * 2 * 0.6 / 0.05^2 = 3,767

    @pytest.mark.slow
    def test_looking_at_many_tables_is_paid_for(self):
        rng = np.random.default_rng(5)
        named = 0
        for _ in range(200):
            scores = rng.choice([1, 0, -1], size=1000, p=[0.5, 0.3, 0.2])
            tables = []
            for k in (4, 5, 6, 4, 5, 6):
                groups = rng.integers(0, k, 1000)
                cells = [[int((scores[groups == g] == v).sum()) for v in (1, 0, -1)] for g in range(k)]
                tables.append(table(*(row(*cell, seg=str(g)) for g, cell in enumerate(cells))))
            total = table(row(*[int((scores == v).sum()) for v in (1, 0, -1)]))
            steps = next_steps(headline(total), total, segments=tables)
            named += steps.action.str.startswith("Start with").any()
        assert named <= 18  # 99 % binomial bound on 5 % of 200


def test_change_and_target_are_never_crowded_out():
    wide = [table(row(300, 100, 100, **{f"s{k}": "a"}), row(100, 100, 300, **{f"s{k}": "b"})) for k in range(6)]
    total = table(row(400, 200, 400))
    found = headline(total, before=total, target=0, segments=wide)
    assert {"change", "target"} <= set(found.kind)
    assert len(found) == 5


@pytest.mark.parametrize("target", [400, -101])
def test_targets_out_of_reach_are_refused(target):
    with pytest.raises(UsageError, match="NPS runs from -100 to 100"):
        headline(table(row(50, 30, 20)), target=target)
