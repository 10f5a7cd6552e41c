"""What to do next: steps that follow from the findings, each with its size and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxkit import words
from cxkit.findings import FEW, headline
from cxkit.frames import ESTIMATE
from cxkit.stats.compare import difference

_Z = 1.959964


def next_steps(
    findings: pd.DataFrame,
    estimates: pd.DataFrame,
    *,
    segments: Sequence[pd.DataFrame] = (),
    distribution: pd.DataFrame | None = None,
    cannot: Any = None,
    detect: float = 5.0,
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
    >>> row = dict(metric="nps", unit="points", n=120, estimate=2.0, low=-12.0, high=16.0, confidence=0.95, method="")
    >>> now = pd.DataFrame([row])
    >>> next_steps(headline(now), now).action.tolist()
    ['Collect more answers']
    """
    total = estimates.iloc[0]
    steps = []
    if total.n:
        steps += _fall(findings) + _lift(total, segments) + _talk(distribution) + _collect(findings, total, detect)
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


def _lift(total: pd.Series, segments: Sequence[pd.DataFrame]) -> list[tuple]:
    """The segment whose gap to the rest, times its weight, surely costs the total most (by the lower limit)."""
    worst: tuple[float, tuple] | None = None
    for table in segments:
        by = [name for name in table.columns if name not in ESTIMATE]
        rows = table[(table.n >= FEW) & table.estimate.notna()].dropna(subset=by)
        for row in rows.itertuples(index=False):
            found = _gain(row, table)
            if found and (worst is None or found[1] > worst[0]):
                name = " and ".join(str(getattr(row, column)) for column in by)
                label = words.listing([column.replace("_", " ") for column in by])
                worst = (found[1], (name, label, row, found))
    if worst is None:
        return []
    name, label, row, (gain, low, high) = worst[1]
    why = (
        f"{words.percent(row.n / total.n)} of the answers come from {name} ({label}), and they score "
        f"{words.points(row.estimate)}. If they scored like the rest, the total would be higher by the size given here."
    )
    size = f"{words.points(gain, 1)} points ({words.interval(low, high, digits=1)})"
    return [(f"Start with {name}", why, size, "clear")]


def _gain(row: Any, table: pd.DataFrame) -> tuple[float, float, float] | None:
    """Share times gap to all other answers, with the limits of the gap; None unless the gap is surely a loss.

    The level of 1 - 0.05/k allows for looking at all k segments. The others' limits come from pooling their rows.
    """
    others = table[(table.n > 0) & table.estimate.notna() & (table.index >= 0)]
    n_rest = others.n.sum() - row.n
    if n_rest < FEW:
        return None
    rest = (float((others.n * others.estimate).sum()) - row.n * row.estimate) / n_rest
    half = np.sqrt((others.n**2 * ((others.high - others.low) / 2) ** 2).sum() - (row.n * (row.high - row.low) / 2) ** 2)
    half = half / n_rest
    widen = _widening(len(others))
    gap, low, high = difference(
        rest, rest - widen * half, rest + widen * half,
        row.estimate, row.estimate - widen * (row.estimate - row.low), row.estimate + widen * (row.high - row.estimate),
    )  # fmt: skip
    if low <= 0:
        return None
    share = row.n / (row.n + n_rest)
    return share * gap, share * low, share * high


def _widening(k: int) -> float:
    from scipy.special import ndtri

    return float(ndtri(1 - 0.025 / max(k, 1)) / _Z)


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
    variance = min(total.n * (half / _Z) ** 2, 1.0)
    need = _rounded_up((_Z + 0.8416) ** 2 * 2 * variance / (detect / 100) ** 2)
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
    lacks = {"trend": "the date of each answer", "segments": "columns such as touchpoint, channel, region or plan"}
    lacks["comments"] = "the comments"
    asked = [what for section, what in lacks.items() if "no column" in cannot.get(section, "")]
    if not asked:
        return []
    why = f"The export lacks {words.listing(asked)}. With them this page shows when the score moved and where."
    return [("Complete the export", why, "", "")]
