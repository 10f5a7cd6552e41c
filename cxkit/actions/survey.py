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
from cxkit.stats.compare import adjusted_level, answers_for_difference, answers_for_interval
from cxkit.stats.intervals import critical_value


def next_steps(
    findings: pd.DataFrame,
    estimates: pd.DataFrame,
    *,
    segments: Sequence[pd.DataFrame] = (),
    distribution: pd.DataFrame | None = None,
    signals: Any = None,
    marks: Any = None,
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
        Tables of `cxkit.survey.versus_rest`, as `cxkit.findings.agreed` returns them.
    distribution : DataFrame, optional
        From `cxkit.survey.distribution`: how many detractors there are to talk to.
    signals : Signals, optional
        From `cxkit.survey.signals`: since when.
    marks : DataFrame or mapping, optional
        Dated events, as the trend takes them: those that fall where the score turned are named.
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
    judged, muted = findings.attrs.get("judged", {}), set(findings.value[findings.muted])
    findings = findings[~findings.muted]  # what the analyst left out of the headline is no reason to act here either
    since = _since(signals, judged.get("turn", {}).get("verdict") in ("clear", "likely"), marks)
    steps = []
    if total.n:
        steps += (
            _fall(findings, since)
            + _lift(segments, muted)
            + _talk(distribution)
            + _collect(findings, total, distribution, detect)
        )
    steps += _export(cannot or {})
    table = pd.DataFrame(steps[:most], columns=["action", "why", "size", "confidence"])
    return table.assign(owner="", by="")


def _fall(findings: pd.DataFrame, since: str) -> list[tuple]:
    """Where the points went and since when; the change alone where nothing more can be said."""
    change = findings[(findings.kind == "change") & (findings.estimate < 0) & (findings.verdict != "too early")]
    if change.empty:
        return []
    row, action = change.iloc[0], "Find what changed"
    told = findings[(findings.kind == "why") & (findings.estimate < 0) & (findings.verdict != "too early")]
    if len(told):
        row = told.iloc[0]
        where = f"\u201c{row.value}\u201d ({row.by})"
        action = f"Find what changed in {where}" if row.value else f"Find out why other customers answer ({row.by})"
    size = f"{words.points(row.estimate)} points ({words.interval(row.low, row.high)})"
    return [(action, f"{row.sentence} {since}", size, row.verdict)]


def _since(signals: Any, sure: bool, marks: Any) -> str:
    """What to look for, from when on where the weekly score says so, and what is known to have happened then."""
    turn = getattr(signals, "change", None)
    if not sure or turn is None or not len(turn) or turn.difference.iloc[0] >= 0:
        return "List what was changed for customers between the two periods."
    start = pd.Timestamp(turn.start.iloc[0])
    said = f"The weekly score turned about {start.day} {start:%b %Y}"
    known = [
        f"{when.day} {when:%b}: {text}"
        for when, text in _dated(marks)
        if turn.first_start.iloc[0] <= when <= turn.last_start.iloc[0] + pd.Timedelta(days=6)
    ]
    if known:
        return f"{said}. Of what is known to have happened then check first {words.listing(known)}."
    return f"{said}: list what was changed for customers around then."


def _dated(marks: Any) -> list[tuple[pd.Timestamp, str]]:
    """Marks of a chart as dates and texts."""
    if marks is None or not len(marks):
        return []
    rows = (
        marks.items() if hasattr(marks, "items") and not hasattr(marks, "itertuples") else marks.itertuples(index=False)
    )
    return [(pd.Timestamp(row[0]), str(row[1])) for row in rows]


def _lift(segments: Sequence[pd.DataFrame], muted: set[str]) -> list[tuple]:
    """The segment that surely costs the total most, by the lower limit of what it costs."""
    rows = [
        (row, key_columns(table))
        for table in segments
        for _, row in table[(table.gain_low > 0) & (table.verdict == "clear")].iterrows()
        if named(row, key_columns(table)) not in muted
    ]
    if not rows:
        return []
    row, by = max(rows, key=lambda one: one[0].gain_low)
    why = (
        f"{words.percent(row.share)} of the answers come from there, and they score {words.points(row.estimate)}. "
        "If they scored like the rest, the total would be higher by the size given here."
    )
    size = f"{words.points(row.gain)} points ({words.interval(row.gain_low, row.gain_high)})"
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
    need = _rounded_up(answers_for_difference(detect / 100, **_shares(distribution)) * _repeats(total, distribution))
    why = (
        f"To see a change of {words.number(detect, 0)} points from one period to the next takes about "
        f"{words.count(need)} answers in each; this one has {words.count(total.n)}."
    )
    return [("Collect more answers", why, f"{words.count(need)} a period", "")] if need > total.n else []


#: With fewer answers their own shares are no basis for planning.
_ENOUGH = 30


def _shares(distribution: pd.DataFrame | None) -> dict[str, float]:
    """Shares of promoters and detractors; without enough answers the planning takes the worst case."""
    if distribution is None or distribution.base.iloc[0] < _ENOUGH:
        return {}
    share = distribution.groupby("group")["share"].sum()
    shares = {f"{group}s": float(share.get(group, 0.0)) for group in ("promoter", "detractor")}
    promoters, detractors = shares.values()
    return shares if promoters + detractors - (promoters - detractors) ** 2 > 0.01 else {}


def _repeats(total: pd.Series, distribution: pd.DataFrame | None) -> float:
    """How many answers are worth one: more than one where customers answered several times or weights differ."""
    if distribution is None or not _shares(distribution):
        return 1.0
    promoters, detractors = _shares(distribution).values()
    half = (total.high - total.low) / 200 / critical_value(total.confidence)
    worth = (promoters + detractors - (promoters - detractors) ** 2) / half**2 if half > 0 else total.n
    return float(np.clip(total.n / worth, 1.0, None)) if total.n / worth > 1.05 else 1.0


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
        ``question, now, needed, times``: answers in one period (or segment), those needed for 80 % power at 5 %, and how
        many times as many that is. Waiting does not help with a change between two periods: both must have as many.

    Raises
    ------
    UsageError
        If a size is not above zero.

    Notes
    -----
    For a difference d between two groups of equal size n = (1.96 + 0.84)^2 2V / d^2 in each, V being the variance of one
    answer (promoters + detractors - NPS^2), times what repeated answers and weights cost; for a segment against a rest k
    times its size V (1 + 1/k), at the level at which it was judged. For a single score within +-m points n = 1.96^2 V /
    m^2 - 3. A segment is planned for the difference it shows now, which is itself uncertain: if the true one is half as
    large, it takes four times as many answers.

    Examples
    --------
    >>> row = dict(metric="nps", unit="points", n=900, estimate=30.0, low=25.0, high=35.0, confidence=0.95, method="")
    >>> sample_needed(pd.DataFrame([row]), sizes=[5]).values.tolist()
    [['A change of 5 points from one period to the next', 900, 6280, 7.0], ['The score itself within 5 points', 900, 1534, 1.7]]
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
        level = float(adjusted_level(row.p, row.p_adjusted))  # as strict as it was judged
        both = answers_for_difference(abs(row.difference) / 100, confidence=level, **shares)
        need = both * (1 + row.n / max(row.other_n, 1)) / 2
        asked = f"Whether \u201c{named(row, by)}\u201d ({column(by)}) differs from the rest as it seems to"
        rows.append((asked, int(row.n), need))
    table = pd.DataFrame(rows, columns=["question", "now", "needed"])
    repeats = _repeats(estimates.iloc[0], distribution)
    table["needed"] = np.ceil(table.needed.astype(float) * repeats).astype("int64")
    return table.assign(times=(table.needed / table.now.clip(lower=1)).round(1))


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
