"""The level of a metric, its distance to a target, and its change."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from cxkit import words
from cxkit.errors import UsageError
from cxkit.findings.claims import Claim, evidence, p_of, size
from cxkit.stats.compare import adjusted_level, difference, verdict

#: What a metric can be, by its unit.
_RANGE = {"points": (-100.0, 100.0), "share": (0.0, 1.0)}


def changed(row: Any, before: pd.DataFrame, before_name: str, least: int) -> list[Claim]:
    """The claim that the metric moved; none where the earlier period has no answers.

    Parameters
    ----------
    row : Series
        The metric now.
    before : DataFrame
        One row: an estimate table of the earlier period, or a comparison table from `cxkit.survey.change`.
    before_name : str
        How the earlier period is called.
    least : int
        With fewer answers in one of the periods nothing is concluded from them.
    """
    then = one(before, "before")
    if then.metric != row.metric:
        raise UsageError(f"headline: the tables speak of different metrics, {row.metric} and {then.metric}.")
    if "difference" in before.columns:
        n, level, table = then.other_n, then.other_estimate, "change"
        gap = (then.difference, then.difference_low, then.difference_high)
        confidence, p, test = level_of(then), float(then.p), str(then.method)
    else:
        n, level, table = then.n, then.estimate, "estimate"
        gap = difference(*of(row), *of(then))
        confidence, p = float(row.confidence), np.nan
        test = "MOVER from the limits of both periods, taken as independent"
    if not n or not np.isfinite(level):
        return []
    gap = tuple(map(float, gap))
    p = p if np.isfinite(p) else p_of(*gap, confidence)
    p = p if min(n, row.n) >= least else np.nan
    told = partial(_tell_change, now=float(row.estimate), then=float(level), before_name=before_name)
    proof = evidence("Change", f"n {words.count(n)} and {words.count(row.n)}")
    fixed = {"test": test, "table": table, "size": abs(gap[0])}
    fixed["digits"] = words.levels(float(row.estimate), float(level), row.unit)[2]
    return [Claim("change", "change", row.metric, row.unit, int(row.n), *gap, confidence, p, told, proof, **fixed)]


def level_of(row: Any) -> float:
    """The confidence of the difference limits of a comparison table, which allow for all of its comparisons."""
    return float(adjusted_level(float(row.p), float(row.p_adjusted), float(row.confidence)))


def _tell_change(claim: Claim, now: float, then: float, before_name: str) -> str:
    name = words.metric(claim.metric)
    now_text, then_text, digits = words.levels(now, then, claim.unit)
    verb, by = "rose" if claim.estimate > 0 else "fell", size(claim.estimate, claim.unit, digits)
    if claim.verdict == "clear":
        return f"{name} {verb} {by}, from {then_text} to {now_text}."
    if claim.verdict == "likely":
        return f"{name} probably {verb}, by {by}, from {then_text} to {now_text}."
    when = "before" if before_name == "before" else f"in {before_name}"
    return f"Whether {name} moved cannot be said yet: {then_text} {when}, {now_text} now."


def against_target(row: Any, target: float) -> Claim:
    """The distance to a target, one comparison that was settled before the answers came in."""
    low, high = _RANGE.get(row.unit, (-np.inf, np.inf))
    if not low <= target <= high:
        hint = f" Did you mean {target / 100:g}?" if row.unit == "share" and 1 < target <= 100 else ""
        raise UsageError(
            f"target: {target:g} cannot be reached, {words.metric(row.metric)} runs from {low:g} to {high:g}.{hint}"
        )
    sure = verdict(row.estimate, row.low, row.high, row.confidence, target)
    return _level_claim("target", row, sure, partial(_tell_target, row=row, target=target))


def _tell_target(claim: Claim, row: Any, target: float) -> str:
    name, gap = words.metric(row.metric), row.estimate - target
    goal = words.value(target, row.unit, 0 if row.unit != "points" or float(target).is_integer() else 1)
    near, _, digits = words.levels(row.estimate, target, row.unit)
    side = "above" if gap > 0 else "below"
    if claim.verdict == "clear":
        return f"{name} is {near}, {size(gap, row.unit, digits)} {side} the target of {goal}."
    level = words.value(row.estimate, row.unit)
    if claim.verdict == "likely":
        return f"{name} is {level}, probably {side} the target of {goal}."
    return f"{name} is {level}; whether it meets the target of {goal} cannot be said yet."


def level(row: Any) -> Claim:
    """The level alone. A net score has a natural zero to be told from; a share or a mean is only stated."""
    sure = verdict(row.estimate, row.low, row.high, row.confidence) if row.unit == "points" else "clear"
    return _level_claim("level", row, sure, partial(_tell_level, row=row))


def _tell_level(claim: Claim, row: Any) -> str:
    said = f"{words.metric(row.metric)} is {words.value(row.estimate, row.unit)}"
    if row.unit != "points":
        return f"{said}."
    more = "promoters than detractors" if row.estimate > 0 else "detractors than promoters"
    return {
        "clear": f"{said}: there are more {more}.",
        "likely": f"{said}: there are probably more {more}.",
        "too early": f"{said}; whether promoters or detractors are more cannot be said yet.",
    }[claim.verdict]


def nothing(row: Any) -> Claim:
    """There is nothing to speak of."""
    return Claim(
        "empty", "empty", row.metric, row.unit, 0, np.nan, np.nan, np.nan, np.nan, np.nan,
        tell=lambda claim: f"There are no answers to make {words.metric(row.metric)} of.",
        proof=lambda claim: "n 0.", verdict="too early", table="estimate",
    )  # fmt: skip


def _level_claim(kind: str, row: Any, sure: str, tell: Any) -> Claim:
    def proof(claim: Claim) -> str:
        limits = words.interval(row.low, row.high, row.unit)
        return f"{words.percent_interval(row.confidence)} {limits}; n {words.count(row.n)}."

    fixed = {"test": str(row.method), "table": "estimate", "verdict": sure}
    return Claim(
        kind, kind, row.metric, row.unit, int(row.n), *of(row), float(row.confidence), np.nan, tell, proof, **fixed
    )


def of(row: Any) -> tuple[float, float, float]:
    """Estimate and limits."""
    return float(row.estimate), float(row.low), float(row.high)


def one(table: pd.DataFrame, name: str) -> pd.Series:
    """The only row of a table."""
    if len(table) != 1:
        raise UsageError(f"headline: {name} must have one row, it has {len(table)}. Call the metric without by=.")
    return table.iloc[0]
