"""What to do next: steps that follow from the findings, each with its size and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxkit import words
from cxkit.findings import FEW
from cxkit.frames import ESTIMATE
from cxkit.stats.compare import difference, limits_at
from cxkit.stats.intervals import critical_value


def next_steps(
    findings: pd.DataFrame,
    estimates: pd.DataFrame,
    *,
    segments: Sequence[pd.DataFrame] = (),
    distribution: pd.DataFrame | None = None,
    cannot: Any = None,
    detect: float = 5.0,
    least: int = FEW,
    most: int = 4,
) -> pd.DataFrame:
    """What should be done first, and what is it worth?

    Parameters
    ----------
    findings : DataFrame
        From `cxkit.findings.headline`.
    estimates : DataFrame
        The NPS estimate table the findings were made from (one row).
    segments : list of DataFrame
        NPS estimate tables by segment.
    distribution : DataFrame, optional
        From `cxkit.survey.distribution`: how many detractors there are to talk to.
    cannot : mapping, optional
        Sections that could not be shown and why (`Scope.cannot`).
    detect : float
        Change in points that the company wants to be able to see.
    least : int
        Segments with fewer answers are not proposed.
    most : int
        Steps at most.

    Returns
    -------
    DataFrame
        ``action, why, size, confidence, owner, by``; owner and date are empty, for a person to fill in.

    Raises
    ------
    UsageError
        If `estimates` has more than one row.

    Notes
    -----
    The size of lifting a segment is its share of answers times its gap to all other answers: what the total would gain if
    the segment scored like the rest. It is arithmetic, not a forecast: segments differ for reasons that no project can
    change. Answers needed to see a difference d between two periods of equal size at 5 % and 80 % power:
    n = (1.96 + 0.84)^2 * 2V / d^2 in each, V being the variance of one answer.

    Examples
    --------
    >>> from cxkit.findings import headline
    >>> row = dict(metric="nps", unit="points", n=120, estimate=2.0, low=-12.0, high=16.0, confidence=0.95, method="")
    >>> now = pd.DataFrame([row])
    >>> next_steps(headline(now), now).action.tolist()
    ['Collect more answers']
    """
    total = estimates.iloc[0]
    steps = []
    if total.n:
        steps += (
            _fall(findings) + _lift(total, segments, least) + _talk(distribution) + _collect(findings, total, detect)
        )
    steps += _export(cannot or {})
    table = pd.DataFrame(steps[:most], columns=["action", "why", "size", "confidence"])
    return table.assign(owner="", by="")


def _fall(findings: pd.DataFrame) -> list[tuple]:
    change = findings[(findings.kind == "change") & (findings.estimate < 0) & (findings.verdict != "too early")]
    if change.empty:
        return []
    row = change.iloc[0]
    size = f"{words.points(row.estimate)} points ({words.interval(row.low, row.high)})"
    why = f"{row.sentence} List what was changed for customers between the two periods, and look where the trend turns."
    return [("Find what changed", why, size, row.verdict)]


def _lift(total: pd.Series, segments: Sequence[pd.DataFrame], least: int) -> list[tuple]:
    """The segment whose gap to the rest, times its weight, surely costs the total most (by the lower limit)."""
    looked = sum(len(table) for table in segments)
    gains = [_gains(table, least, looked) for table in segments]
    sure = [(low, at, k) for at, (_, lows, _) in enumerate(gains) for k, low in enumerate(lows) if low > 0]
    if not sure:
        return []
    _, at, k = max(sure, key=lambda one: one[0])
    row, (gain, low, high) = segments[at].iloc[k], (values[k] for values in gains[at])
    by = [name for name in segments[at].columns if name not in ESTIMATE]
    name = " and ".join(str(row[column]) for column in by)
    label = words.listing([column.replace("_", " ") for column in by])
    why = (
        f"{words.percent(row.n / total.n)} of the answers come from there, and they score {words.points(row.estimate)}. "
        "If they scored like the rest, the total would be higher by the size given here."
    )
    size = f"{words.points(gain, 1)} points ({words.interval(low, high, digits=1)})"
    return [(f"Start with \u201c{name}\u201d ({label})", why, size, "clear")]


def _gains(table: pd.DataFrame, least: int, looked: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Share times gap to all other answers of each segment, with limits; no gain for groups too small or unnamed.

    The others' limits come from adding up their variances. The level of 1 - 0.05/k allows for looking at all k segments.
    """
    by = [name for name in table.columns if name not in ESTIMATE]
    there = (table.n > 0) & table.estimate.notna()
    n, estimate = table.n.where(there, 0).to_numpy(float), table.estimate.where(there, 0).to_numpy(float)
    half = ((table.high - table.low) / 2).where(there, 0).to_numpy(float)
    rest = n.sum() - n
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = ((n * estimate).sum() - n * estimate) / rest
        spread = np.sqrt(np.maximum(((n * half) ** 2).sum() - (n * half) ** 2, 0)) / rest
        confidence = float(table.confidence.iloc[0]) if len(table) else 0.95
        level = 1 - 0.05 / max(looked, 1)
        others = limits_at(mean, mean - spread, mean + spread, confidence, level)
        own = limits_at(estimate, table.low, table.high, confidence, level)
        gap, low, high = difference(mean, *others, estimate, *own)
        share = n / n.sum()
    fit = there & (table.n >= least) & (rest >= least) & table[by].notna().all(axis=1)
    return tuple(np.where(fit, share * values, -np.inf) for values in (gap, low, high))


def _talk(distribution: pd.DataFrame | None) -> list[tuple]:
    if distribution is None:
        return []
    n = int(distribution.loc[distribution.group == "detractor", "n"].sum())
    if not n:
        return []
    why = (
        "Call a random half of them and compare at the next survey: very low answers tend to rise by themselves, so only "
        "the half that was not called shows what the calls did."
    )
    return [("Talk to the detractors", why, words.plural(n, "answer"), "")]


def _collect(findings: pd.DataFrame, total: pd.Series, detect: float) -> list[tuple]:
    """Only where something asked could not be answered."""
    if not (findings.verdict == "too early").any():
        return []
    half = (total.high - total.low) / 200
    variance = min(total.n * (half / critical_value(total.confidence)) ** 2, 1.0)
    need = _rounded_up((critical_value(0.95) + 0.8416) ** 2 * 2 * variance / (detect / 100) ** 2)
    why = (
        f"To see a change of {words.number(detect, 0)} points from one period to the next takes about "
        f"{words.count(need)} answers in each; this one has {words.count(total.n)}."
    )
    return [("Collect more answers", why, f"{words.count(need)} a period", "")] if need > total.n else []


def _rounded_up(value: float) -> int:
    """Two digits are all a planning figure is good for."""
    step = 10 ** max(len(str(math.ceil(value))) - 2, 0)
    return math.ceil(value / step) * step


def _export(cannot: Any) -> list[tuple]:
    """What to add to the export so that the page can show more."""
    lacks = {
        "trend": "the date of each answer",
        "segments": "columns such as touchpoint, channel, region or plan",
        "comments": "the comments",
    }
    asked = [what for section, what in lacks.items() if "there is no column" in cannot.get(section, "")]
    if not asked:
        return []
    why = f"The export lacks {words.listing(asked)}. With them this page shows more."
    return [("Complete the export", why, "", "")]
