"""When did the level change, and which periods are out of the usual? Points over the usual range, and the two levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from cxkit import words
from cxkit.charts import labels
from cxkit.charts.caption import Caption, paint
from cxkit.charts.scale import need_columns
from cxkit.charts.titles import apart
from cxkit.charts.trend_lines import MARKS, Event, events, levels, sources
from cxkit.charts.trend_signals_draw import Step, draw, height
from cxkit.errors import UsageError

_NEEDS = ("period", "start", "end", "complete", "part", "n", "estimate", "centre", "lower", "upper", "signal")
_CHANGE = ("period", "start", "before", "estimate", "difference", "difference_low", "difference_high", "p")


def plot_signals(
    signals: Any,
    *,
    marks: pd.DataFrame | Mapping[Any, str] | None = None,
    goals: Sequence[Any] = (),
    ax: Axes | None = None,
) -> Axes:
    """When did the level change, and which periods are out of the usual?

    Parameters
    ----------
    signals : Signals
        What `cxkit.survey.signals` returned.
    marks : DataFrame or mapping, optional
        Dated events: columns ``date`` and ``label``, or {date: label}.
    goals : sequence of cxkit.goals.Goal
        Targets and outside benchmarks of the NPS.
    ax : Axes, optional
        Axes to draw in; new ones otherwise.

    Returns
    -------
    Axes
        With a caption attached: title by rule, alt sentence with the numbers, data table.

    Raises
    ------
    UsageError
        If it is no Signals, or a goal is for another metric.

    Notes
    -----
    The title names the latest change of level where its p is .05 or less and the limits of the difference exclude zero
    ("probably" up to .20); else the first drop the watch signalled; else how many watched periods lie outside the
    usual range; else that no change can be shown. The levels between changes are drawn only where the title names one,
    otherwise the usual level. A triangle points the way a period has left its range; a ring is a drop signalled by the sum of
    several periods. Unfinished periods are hollow and judged by nothing.

    Examples
    --------
    >>> from cxkit.survey import signals
    >>> days = pd.date_range("2026-01-05", periods=84, freq="D").repeat(5)
    >>> answers = pd.DataFrame({"score": [9, 10, 3, 8, 6, 9, 7] * 60, "responded_at": days})
    >>> plot_signals(signals(answers, baseline=8)).cxkit_caption.title
    'No change in NPS can be shown over these 12 weeks'
    """
    for name in ("table", "change", "changes", "unit", "smallest_drop", "why_not"):
        if not hasattr(signals, name):
            raise UsageError(
                f"plot_signals: expected what cxkit.survey.signals(...) returned, got {type(signals).__name__}."
            )
    rows = need_columns(signals.table, _NEEDS, "plot_signals").reset_index(drop=True)
    latest = need_columns(signals.change, _CHANGE, "plot_signals")
    shown, outside = events(marks, rows)
    lines = levels(None, goals, "NPS", "points", "plot_signals")
    title, moved = _title(rows, latest, signals.unit)
    change = (signals.changes if len(signals.changes) else latest) if moved else latest.head(0)
    if moved:
        last = change.iloc[-1]
        said = f"changed about {when(last.start, signals.unit, year=False)}"
        place = int((rows.start == last.start).argmax()) - 0.5
        shown = sorted([*shown[-MARKS + 1 :], Event(place, said, bold=True)], key=lambda event: event.place)
    steps = _steps(rows, change)
    how = {"rows": rows, "steps": steps, "unit": signals.unit, "lines": lines, "events": shown[-MARKS:]}
    said = Caption(
        title=title,
        sub=_sub(signals, rows, change, lines, outside),
        alt=_alt(signals, rows, change, lines, shown),
        data=_data(rows),
        table=rows,
        draw=partial(draw, **how),
        height=partial(height, **how),
    )
    return paint(ax, said)


def when(start: Any, unit: str, year: bool = True) -> str:
    """A period by the day it begins, as a person would say it.

    >>> when(pd.Timestamp("2026-08-10"), "week"), when(pd.Timestamp("2026-08-01"), "month", year=False)
    ('the week of 10 Aug 2026', 'Aug')
    """
    day = pd.Timestamp(start)
    if unit == "quarter":
        return f"Q{day.quarter}{f' {day.year}' if year else ''}"
    if unit == "month":
        return f"{day:%b}{f' {day.year}' if year else ''}"
    said = f"{day.day} {day:%b}{f' {day.year}' if year else ''}"
    return f"the week of {said}" if unit == "week" else said


def _title(rows: pd.DataFrame, change: pd.DataFrame, unit: str) -> tuple[str, bool]:
    """The finding, and whether it is the change of level."""
    if rows.empty or not (rows.n > 0).any():
        return "There are no answers in these periods", False
    if len(change):
        row = change.iloc[0]
        if row.p <= 0.2 and not row.difference_low <= 0 <= row.difference_high:
            verb = "rose" if row.difference > 0 else "fell"
            then, now = apart(row.before, row.estimate, "points")
            maybe = "" if row.p <= 0.05 else "probably "
            return f"NPS {maybe}{verb} from {then} to {now} about {when(row.start, unit)}", True
    watched = rows[rows.part == "watched"]
    drops = watched[watched.signal.str.contains("drop")]
    if len(drops):
        return f"A drop in NPS was signalled in {when(drops.start.iloc[0], unit)}", False
    judged = watched if len(watched) else rows[rows.part == "baseline"]
    out = judged.signal.str.contains("low|high")
    if out.any():
        low, high = judged.signal.str.contains("low").sum(), judged.signal.str.contains("high").sum()
        side = "below" if not high else "above" if not low else "outside"
        return f"NPS was {side} its usual range in {out.sum()} of {words.plural(len(judged), unit)}", False
    full = int((rows.complete.astype(bool) & (rows.n > 0)).sum())
    if not full:
        return f"There is no full {unit} to judge NPS by", False
    return f"No change in NPS can be shown over {f'these {full} {unit}s' if full > 1 else f'one {unit}'}", False


def _steps(rows: pd.DataFrame, change: pd.DataFrame) -> list[Step]:
    """The levels to draw: those between the changes, or the usual one."""
    if change.empty:
        centre = rows.centre.dropna()
        if centre.empty:
            return []
        value = float(centre.iloc[0])
        return [Step(centre.index[0] - 0.5, centre.index[-1] + 0.5, value, f"usual {words.points(value)}", False)]
    full = rows.index[rows.complete.astype(bool) & (rows.n > 0)]
    turns = [int((rows.start == start).argmax()) for start in change.start]
    edges = [int(full[0]), *turns, int(full[-1]) + 1]
    values = [float(change.before.iloc[0]), *map(float, change.estimate)]
    said = [words.points(value) for value in values]
    said[-1] += " since"
    if len(values) == 2:
        said[0] += " before"
    spans = zip(edges[:-1], edges[1:], values, said, strict=True)
    return [Step(a - 0.5, b - 0.5, value, text, b == edges[-1]) for a, b, value, text in spans]


def _sub(signals: Any, rows: pd.DataFrame, change: Any, lines, outside: int) -> str:
    unit = signals.unit
    if rows.empty:
        return f"NPS by {unit}; nothing to show."
    full = rows[rows.complete.astype(bool) & (rows.n > 0)]
    said = [f"NPS by {unit}"]
    if len(full):
        low, high = words.count(full.n.min()), words.count(full.n.max())
        said.append(f"n {low if low == high else f'{low} to {high}'} a {unit}")
    base = rows[(rows.part == "baseline") & rows.lower.notna()]
    if len(base):
        first, last = (pd.Timestamp(day) for day in (base.start.iloc[0], base.end.iloc[-1]))
        said.append(
            f"shaded: the usual range, learnt from {words.plural(len(base), unit)} ({first.day} {first:%b %Y} to "
            f"{last.day} {last:%b %Y})" + (f", wider for later {unit}s" if (rows.part == "watched").any() else "")
        )
    if "limits" in signals.why_not:
        said.append(signals.why_not["limits"].rstrip("."))
    if rows.signal.str.contains("low|high").any():
        said.append("triangle: outside the range")
    if rows.signal.str.contains("drop").any():
        said.append("ring: a drop signalled by several periods together")
    if (~rows.complete.astype(bool) & rows.estimate.notna()).any():
        said.append(f"hollow: {unit} not complete")
    if len(change):
        last = change.iloc[-1]
        first, end = when(last.first_start, unit, year=False), when(last.last_start, unit)
        said.append(f"the change lies between {first} and {end}" if last.first_start != last.last_start else "")
        for row in change.iloc[:-1].itertuples():
            then, now = apart(row.before, row.estimate, "points")
            said.append(f"an earlier change about {when(row.start, unit)}, from {then} to {now}")
    if outside:
        said.append(f"{words.plural(outside, 'mark')} {'lies' if outside == 1 else 'lie'} outside")
    if whose := sources(lines):
        said.append(whose)
    text = "; ".join(filter(None, said)) + "."
    if signals.smallest_drop == signals.smallest_drop:
        size = words.number(signals.smallest_drop, 0)
        text += f" With so many answers a drop of less than {size} points may well go unseen for four {unit}s."
    return text


def _alt(signals: Any, rows: pd.DataFrame, change: Any, lines, shown) -> str:
    unit = signals.unit
    known = rows[rows.estimate.notna()]
    if known.empty:
        return f"NPS by {unit}: 0 answers."
    said = [f"Points of NPS over {words.plural(len(rows), unit)}"]
    for row in change.itertuples():
        then, now = apart(row.before, row.estimate, "points")
        said.append(
            f"{then} before {when(row.start, unit)} (n {words.count(row.n_before)}), {now} from then on "
            f"(n {words.count(row.n)}), difference {words.points(row.difference)} "
            f"({words.interval(row.difference_low, row.difference_high, 'points')})"
        )
    base = rows[(rows.part != "") & rows.lower.notna()]
    if len(base):
        row = base.iloc[-1]
        said.append(
            f"usual level {words.points(row.centre)}, usual range in the last full {unit} "
            f"{words.interval(row.lower, row.upper, 'points')}"
        )
    for row in rows[rows.signal != ""].itertuples():
        named = {"low": "below the range", "high": "above the range", "drop": "drop signalled"}
        parts = words.listing([named.get(part, part) for part in row.signal.split(" and ")])
        said.append(f"{labels.plain(row.period)} {words.points(row.estimate)}, {parts}")
    last = known.iloc[-1]
    said.append(f"last {words.points(last.estimate)} in {labels.plain(last.period)} (n {words.count(last.n)})")
    said += [level.source or level.said for level in lines]
    said += [event.said for event in shown if not event.bold]
    return "; ".join(said) + "."


def _data(rows: pd.DataFrame) -> pd.DataFrame:
    """The table behind the picture, in words."""
    unfinished = ["" if complete else " (not complete)" for complete in rows.complete]
    table = {
        "Period": [labels.plain(period) + more for period, more in zip(rows.period, unfinished, strict=True)],
        "n": [words.count(n) for n in rows.n],
        "NPS": [words.value(value, "points", 1) for value in rows.estimate],
        "Usual range": [words.interval(a, b, "points", 1) for a, b in zip(rows.lower, rows.upper, strict=True)],
        "Signal": list(rows.signal),
    }
    return pd.DataFrame(table)
