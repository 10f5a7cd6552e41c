"""How did it go over time? A line with its interval band, gaps left open, unfinished periods hollow and dotted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from cxkit import words
from cxkit.charts import labels, style
from cxkit.charts.caption import Caption, paint
from cxkit.charts.scale import need_columns, one_metric
from cxkit.charts.titles import trend_title
from cxkit.charts.trend_draw import draw, height
from cxkit.charts.trend_lines import MARKS, events, levels, sources
from cxkit.errors import UsageError

_NEEDS = ("period", "start", "end", "complete", "metric", "unit", "n", "estimate", "low", "high", "confidence")


def plot_trend(
    trend: pd.DataFrame,
    *,
    target: float | None = None,
    marks: pd.DataFrame | Mapping[Any, str] | None = None,
    goals: Sequence[Any] = (),
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """How did a metric go from period to period, and how sure is each point?

    Parameters
    ----------
    trend : DataFrame
        One line's rows from `cxkit.survey.trend`: ``period, start, end, complete, metric, unit, n, estimate, low, high,
        confidence``, and with ``compare="year"`` also ``before_estimate`` (drawn as a grey line).
    target : float, optional
        Target in the metric's unit (points; 0..1 for shares), a dashed line.
    marks : DataFrame or mapping, optional
        Dated events: columns ``date`` and ``label``, or {date: label}. The latest five within the picture are drawn;
        those outside it are counted below the title.
    goals : sequence of cxkit.goals.Goal
        Targets and outside benchmarks of this metric: a dashed or dotted line each, with its name, value and year. The
        sources stand below the title.
    title : str, optional
        Replaces the title by rule; the small print then no longer says which periods the rule compared.
    ax : Axes, optional
        Axes to draw in; new ones otherwise.

    Returns
    -------
    Axes
        With a caption attached: title by rule, alt sentence with the numbers, data table.

    Raises
    ------
    UsageError
        If a column is missing, the table holds several lines (filter it to one group first), or a goal is for another
        metric.

    Notes
    -----
    The line breaks at a period without answers. A point is hollow where its period is not complete or it has fewer than
    30 answers; the way to an unfinished period is dotted. The title makes one comparison by the MOVER interval: the
    last three full periods against the three before, or the last against the first where there are fewer than six; it
    says nothing about the periods between. Neighbouring points of overlapping windows (rolling three months) share
    answers and must not be compared.

    Examples
    --------
    >>> months = pd.period_range("2026-01", periods=3, freq="M")
    >>> table = pd.DataFrame({
    ...     "period": ["Jan 2026", "Feb 2026", "Mar 2026"], "start": months.start_time,
    ...     "end": months.end_time.normalize(), "complete": [True, True, False], "metric": "NPS", "unit": "points",
    ...     "n": [310, 290, 120],
    ...     "estimate": [38.0, 36.0, 25.0], "low": [31.0, 29.0, 14.0], "high": [44.0, 43.0, 35.0], "confidence": 0.95})
    >>> ax = plot_trend(table, target=40)
    >>> ax.cxkit_caption.title
    'No clear change in NPS between Jan 2026 and Feb 2026'
    """
    rows = need_columns(trend, _NEEDS, "plot_trend").reset_index(drop=True)
    metric, unit = one_metric(rows, "plot_trend")
    if rows.start.duplicated().any():
        raise UsageError(
            f"plot_trend: {rows.start.duplicated().sum()} of {len(rows)} rows repeat a period: the table holds several "
            "lines. Filter it to one group, or draw one picture a group."
        )
    shown, outside = events(marks, rows)
    lines = levels(target, goals, metric, unit, "plot_trend")
    how = {"rows": rows, "unit": unit, "metric": metric, "lines": lines, "events": shown[-MARKS:]}
    by_rule, basis = trend_title(rows)
    said = Caption(
        title=by_rule if title is None else labels.plain(title),
        sub=_sub(rows, metric, basis if title is None else "", len(shown), outside, sources(lines)),
        alt=_alt(rows, metric, unit, lines, shown),
        data=_data(rows, unit),
        table=rows,
        draw=partial(draw, **how),
        height=partial(height, **how),
    )
    return paint(ax, said)


def _sub(rows, metric: str, basis: str, many: int, outside: int, whose: str) -> str:
    if rows.empty:
        return f"{metric} by period; nothing to show."
    said = [f"{metric} by period with {words.percent_interval(rows.confidence.iloc[0])}"]
    known = rows[rows.n > 0]
    if len(known):
        low, high = words.count(known.n.min()), words.count(known.n.max())
        said.append(f"n {low}" if low == high else f"n {low} to {high} a period")
    hollow = []
    if (~rows.complete.astype(bool) & rows.estimate.notna()).any():
        hollow.append("period not complete")
    if ((rows.n < style.FEW) & rows.estimate.notna()).any():
        hollow.append(f"fewer than {style.FEW} answers")
    if hollow:
        said.append("hollow: " + " or ".join(hollow))
    if (rows.n == 0).any():
        said.append("gap: no answers")
    if many > MARKS:
        said.append(f"the latest {MARKS} of {many} events")
    if outside:
        said.append(f"{words.plural(outside, 'mark')} {'lies' if outside == 1 else 'lie'} outside")
    if basis:
        said.append(basis)
    if whose:
        said.append(whose)
    return "; ".join(said) + "."


def _alt(rows, metric: str, unit: str, lines, shown) -> str:
    known = rows[rows.estimate.notna()]
    if known.empty:
        return f"{metric} by period: 0 answers."
    first, last, top, low = (
        known.iloc[0],
        known.iloc[-1],
        known.loc[known.estimate.idxmax()],
        known.loc[known.estimate.idxmin()],
    )

    def told(row) -> str:
        return (
            f"{words.value(row.estimate, unit)} ({words.interval(row.low, row.high, unit)}, n {words.count(row.n)}) "
            f"in {labels.plain(row.period)}"
        )

    said = [f"Line of {metric} over {words.plural(len(rows), 'period')}: {told(last)}"]
    if len(known) > 1:
        said.insert(1, f"first {told(first)}")
        said.append(f"lowest {words.value(low.estimate, unit)} in {labels.plain(low.period)}")
        said.append(f"highest {words.value(top.estimate, unit)} in {labels.plain(top.period)}")
    said += [level.source or level.said for level in lines]
    said += [event.said for event in shown[-MARKS:]]
    return "; ".join(said) + "."


def _data(rows, unit: str) -> pd.DataFrame:
    """The table behind the picture, in words."""
    unfinished = ["" if complete else " (not complete)" for complete in rows.complete]
    table = pd.DataFrame(
        {
            "Period": [labels.plain(period) + more for period, more in zip(rows.period, unfinished, strict=True)],
            "n": [words.count(n) for n in rows.n],
            "Estimate": [words.value(value, unit, 1) for value in rows.estimate],
            "Interval": [words.interval(a, b, unit, 1) for a, b in zip(rows.low, rows.high, strict=True)],
        }
    )
    if "before_estimate" in rows:
        table["A year before"] = [words.value(value, unit, 1) for value in rows.before_estimate]
    return table
