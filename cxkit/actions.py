"""What to do next: steps that follow from the findings, each with its size and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxkit import words
from cxkit.findings.segments import column, named
from cxkit.frames import key_columns
from cxkit.stats.compare import answers_for_difference, answers_for_interval


def next_steps(
    findings: pd.DataFrame,
    estimates: pd.DataFrame,
    *,
    segments: Sequence[pd.DataFrame] = (),
    distribution: pd.DataFrame | None = None,
    signals: Any = None,
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
        Tables of `cxkit.survey.versus_rest`.
    distribution : DataFrame, optional
        From `cxkit.survey.distribution`: how many detractors there are to talk to.
    signals : Signals, optional
        From `cxkit.survey.signals`: since when.
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
            _fall(findings, signals)
            + _lift(segments)
            + _talk(distribution)
            + _collect(findings, total, distribution, detect)
        )
    steps += _export(cannot or {})
    table = pd.DataFrame(steps[:most], columns=["action", "why", "size", "confidence"])
    return table.assign(owner="", by="")


def _fall(findings: pd.DataFrame, signals: Any) -> list[tuple]:
    """Where the points went and since when; the change alone where nothing more can be said."""
    change = findings[(findings.kind == "change") & (findings.estimate < 0) & (findings.verdict != "too early")]
    if change.empty:
        return []
    row, action = change.iloc[0], "Find what changed"
    told = findings[(findings.kind == "why") & (findings.estimate < 0) & (findings.verdict != "too early")]
    if len(told):
        row = told.iloc[0]
        _, _, name = row.id.removeprefix("why:").partition("=")
        column = row.id.removeprefix("why:").split("=")[0].replace("_", " ").replace("+", " and ")
        action = (
            f"Find what changed in \u201c{name}\u201d ({column})"
            if name
            else f"Find out why other customers answer ({column})"
        )
    size = f"{words.points(row.estimate)} points ({words.interval(row.low, row.high)})"
    return [(action, f"{row.sentence} {_since(signals)}", size, row.verdict)]


def _since(signals: Any) -> str:
    """What to look for, from when on where the weekly score says so."""
    turn = getattr(signals, "change", None)
    if turn is not None and len(turn) and turn.p.iloc[0] < 0.05 and turn.difference.iloc[0] < 0:
        start = pd.Timestamp(turn.start.iloc[0])
        return (
            f"The weekly score turned about {start.day} {start:%b %Y}: list what was changed for customers around then."
        )
    return "List what was changed for customers between the two periods."


def _lift(segments: Sequence[pd.DataFrame]) -> list[tuple]:
    """The segment that surely costs the total most, by the lower limit of what it costs."""
    rows = [(row, key_columns(table)) for table in segments for _, row in table[table.gain_low > 0].iterrows()]
    if not rows:
        return []
    row, by = max(rows, key=lambda one: one[0].gain_low)
    why = (
        f"{words.percent(row.share)} of the answers come from there, and they score {words.points(row.estimate)}. "
        "If they scored like the rest, the total would be higher by the size given here."
    )
    size = f"{words.points(row.gain, 1)} points ({words.interval(row.gain_low, row.gain_high, digits=1)})"
    return [(f"Start with \u201c{named(row, by)}\u201d ({column(by)})", why, size, row.verdict)]


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


def _collect(findings: pd.DataFrame, total: pd.Series, distribution: pd.DataFrame | None, detect: float) -> list[tuple]:
    """Only where something asked could not be answered."""
    if not (findings.verdict == "too early").any():
        return []
    need = _rounded_up(answers_for_difference(detect / 100, **_shares(distribution)))
    why = (
        f"To see a change of {words.number(detect, 0)} points from one period to the next takes about "
        f"{words.count(need)} answers in each; this one has {words.count(total.n)}."
    )
    return [("Collect more answers", why, f"{words.count(need)} a period", "")] if need > total.n else []


def _shares(distribution: pd.DataFrame | None) -> dict[str, float]:
    """Shares of promoters and detractors; without a distribution the planning takes the worst case."""
    if distribution is None or not distribution.base.iloc[0]:
        return {}
    share = distribution.groupby("group")["share"].sum()
    return {f"{group}s": float(share.get(group, 0.0)) for group in ("promoter", "detractor")}


def sample_needed(
    estimates: pd.DataFrame,
    *,
    distribution: pd.DataFrame | None = None,
    segments: Sequence[pd.DataFrame] = (),
    sizes: Sequence[float] = (3, 5, 10),
    most: int = 4,
) -> pd.DataFrame:
    """How many answers would settle what cannot be said yet?

    Parameters
    ----------
    estimates : DataFrame
        The NPS estimate table of the period (one row).
    distribution : DataFrame, optional
        From `cxkit.survey.distribution`: how divided the answers are. Without it the worst case is taken.
    segments : list of DataFrame
        Tables of `cxkit.survey.versus_rest`: segments whose difference is too early to say are planned for.
    sizes : list of float
        Changes in points that somebody may want to see.
    most : int
        Segments at most.

    Returns
    -------
    DataFrame
        ``question, answers_now, answers_needed, periods``: answers in one period (or segment), those needed for 80 %
        power at 5 %, and how many periods like this one that takes; 1 where this one is enough.

    Raises
    ------
    UsageError
        If a size is not above zero.

    Notes
    -----
    For a difference d between two groups of equal size n = (1.96 + 0.84)^2 2V / d^2 in each, V being the variance of one
    answer (promoters + detractors - NPS^2); for a segment against a rest k times its size V (1 + 1/k). For a single
    score within +-m points n = 1.96^2 V / m^2 - 3. A segment is planned for the difference it shows now, which is itself
    uncertain: if the true one is half as large, it takes four times as many answers.

    Examples
    --------
    >>> row = dict(metric="nps", unit="points", n=900, estimate=30.0, low=25.0, high=35.0, confidence=0.95, method="")
    >>> sample_needed(pd.DataFrame([row]), sizes=[5]).values.tolist()
    [['A change of 5 points from one period to the next', 900, 6280, 7], ['The score itself within 5 points', 900, 1534, 2]]
    """
    shares, now = _shares(distribution), int(estimates.n.iloc[0])
    rows = [
        (f"A change of {words.number(size, 0)} points from one period to the next", now,
         answers_for_difference(size / 100, **shares))
        for size in sizes
    ]  # fmt: skip
    middle = sizes[len(sizes) // 2]
    rows.append(
        (f"The score itself within {words.number(middle, 0)} points", now, answers_for_interval(middle / 100, **shares))
    )
    quiet = [
        (row, key_columns(table))
        for table in segments
        for _, row in table[
            (table.verdict == "too early") & (table.looked > 0) & (table.difference.abs() >= 3)
        ].iterrows()
    ]
    for row, by in sorted(quiet, key=lambda one: -abs(one[0].difference))[:most]:
        both = answers_for_difference(abs(row.difference) / 100, **shares)
        need = both * (1 + row.n / max(row.other_n, 1)) / 2
        asked = f"Whether \u201c{named(row, by)}\u201d ({column(by)}) differs from the rest as it seems to"
        rows.append((asked, int(row.n), need))
    table = pd.DataFrame(rows, columns=["question", "answers_now", "answers_needed"])
    table["answers_needed"] = np.ceil(table.answers_needed.astype(float)).astype("int64")
    table["periods"] = np.maximum(np.ceil(table.answers_needed / table.answers_now.clip(lower=1)), 1).astype("int64")
    return table


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
