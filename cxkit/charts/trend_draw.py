"""How a trend is laid out and drawn; `cxkit.charts.trend` says what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxkit import words
from cxkit.charts import labels, style
from cxkit.charts.labels import note
from cxkit.charts.scale import axis_name, bounds, tick_words
from cxkit.charts.titles import period_words
from cxkit.charts.trend_lines import (
    ROW,
    Event,
    Level,
    Spot,
    draw_events,
    draw_levels,
    frame,
    name_levels,
    needs_key,
    place_events,
)

_PLOT, _FOOT = 178.0, 3 * ROW + 12  # height of the plot itself, and of periods, years and n below it
_BEFORE = "a year before"


@dataclass(frozen=True)
class Plan:
    """Margins in points, the range shown and its ticks, rows of events above the plot, and rows of a key."""

    left: float
    right: float
    top: float
    ends: tuple[float, float]
    places: list[float]
    said: list[str]
    events: list[Spot]
    key: int


def plan(width: float, rows: pd.DataFrame, unit: str, metric: str, lines: list[Level], events: list[Event]) -> Plan:
    """Lay the picture out for a width in points."""
    values = [*rows.estimate, *rows.low, *rows.high, *(level.value for level in lines)]
    ends = bounds([*values, *rows.get("before_estimate", [])], unit)
    places = style.round_places(*ends, 5)
    said = tick_words(places, unit)
    left = max((labels.length(word) for word in said), default=0) + 12
    foot = [words.count(rows.n.iloc[-1]), period_words(labels.plain(rows.period.iloc[-1]))[0]] if len(rows) else []
    right = labels.length(_last(rows, unit), weight="bold") + 14
    right = max([right, *(labels.length(word) / 2 + 2 for word in foot)])
    names = [level.said for level in lines] + [_BEFORE] * ("before_estimate" in rows)
    key = needs_key(names, width, axis_name(metric, unit))
    spots = place_events(events, len(rows), left, width - left - right, width)
    top = 10 + ROW + ROW * key + ROW * (max((spot.row for spot in spots), default=-1) + 1) + 2 * bool(events)
    return Plan(left, right, top, ends, places, said, spots, key)


def height(
    width: float,
    *,
    rows: pd.DataFrame,
    unit: str,
    metric: str,
    lines: list[Level],
    events: list[Event],
) -> float:
    """Height of the whole picture for a width, in points."""
    return plan(width, rows, unit, metric, lines, events).top + _PLOT + _FOOT


def _last(rows: pd.DataFrame, unit: str) -> str:
    known = rows.estimate.dropna()
    return words.value(known.iloc[-1], unit) if len(known) else ""


def draw(ax: Axes, *, rows: pd.DataFrame, unit: str, metric: str, lines: list[Level], events: list[Event]) -> None:
    """Draw the trend into axes."""
    k, x = len(rows), np.arange(len(rows), dtype=float)
    at = plan(style.room(ax), rows, unit, metric, lines, events)
    style.dress(ax)
    ax.set_ylim(*at.ends)
    style.ticks(ax.yaxis, at.places, at.said)
    style.margins(ax, at.left, at.right, at.top, _FOOT)
    ax.set_xlim(-0.5, max(k, 1) - 0.5)
    _periods(ax, rows, at)
    _line(ax, rows, x)
    _names(ax, rows, x, unit, lines, events, at)
    note(ax, axis_name(metric, unit), (0, 1), (2 - at.left, at.top - 9))
    draw_events(ax, events, at.events, k, at.left, at.right)


def _line(ax: Axes, rows: pd.DataFrame, x: np.ndarray) -> None:
    """The band and the line, in pieces that break at gaps; the way to an unfinished period is dotted."""
    full, estimate = rows.complete.astype(bool).to_numpy(), rows.estimate.to_numpy(float)
    low, high = rows.low.to_numpy(float), rows.high.to_numpy(float)
    if "before_estimate" in rows:
        ax.plot(x, rows.before_estimate.to_numpy(float), color=style.EARLIER, lw=1.6, gid="before", zorder=2)
    ax.fill_between(x, low, high, color=style.ACCENT, alpha=0.17, lw=0)
    ax.plot(x, np.where(full, estimate, np.nan), color=style.ACCENT, lw=2.2, gid="line", zorder=3)
    dots = {"color": style.ACCENT, "lw": 2.2, "ls": (0, (0.6, 1.8)), "gid": "unfinished"}
    for i in range(1, len(rows)):
        if not (full[i] and full[i - 1]) and np.isfinite(estimate[i]) and np.isfinite(estimate[i - 1]):
            ax.plot(x[i - 1 : i + 1], estimate[i - 1 : i + 1], **dots)
    known = np.isfinite(estimate)
    alone = known & ~np.r_[False, known[:-1]] & ~np.r_[known[1:], False]  # no neighbour: only a mark shows it
    if alone.any():  # a band has no width at one point: its interval is a line
        ax.vlines(x[alone], low[alone], high[alone], color=style.ACCENT, alpha=0.45, lw=2.2)
    hollow = known & (~full | (rows.n.to_numpy() < style.FEW))
    filled = known & ~hollow & ((len(rows) <= 30) | alone)
    size = 6 if len(rows) <= 30 else 4
    ground, blue = style.GROUND, style.ACCENT
    ax.plot(x[filled], estimate[filled], "o", color=blue, ms=size, mec=ground, mew=1.2, gid="filled", zorder=4)
    ax.plot(x[hollow], estimate[hollow], "o", mfc=ground, mec=blue, ms=size, mew=1.6, gid="hollow", zorder=4)


def _names(ax: Axes, rows: pd.DataFrame, x, unit: str, lines: list[Level], events: list[Event], at: Plan) -> None:
    """The last value at its point; targets and earlier year beside their lines where they touch nothing, else on top."""
    taken, box = labels.Taken(ax), frame(ax)
    before = rows["before_estimate"].to_numpy(float) if "before_estimate" in rows else np.full(len(rows), np.nan)
    edges = () if lines else (rows.low, rows.high)  # a name may lie over the edge of the band, not over a line
    for values in (rows.estimate, before, *edges):
        taken.run(x, np.asarray(values, dtype=float))
    taken.runs += [[(px, box.y0), (px, box.y1)] for px, _ in (taken.point(e.place, 0) for e in events)]
    known = rows.index[rows.estimate.notna()]
    if len(known):
        end = (float(known[-1]), float(rows.estimate[known[-1]]))
        note(ax, _last(rows, unit), end, (9, 0), "data", color=style.ACCENT, weight="bold")
        px, py = taken.point(*end)
        taken.box(px + 7, py - 8, at.right, 16)
    named: list[tuple[str, Any, str, list]] = draw_levels(ax, lines, taken)
    if np.isfinite(before).any():
        spots = [taken.point(i, v) for i, v in zip(x, before, strict=True) if v == v]
        corners = [(px - labels.length(_BEFORE) / 2, py + d) for px, py in spots for d in (4, -18)]
        named.append((_BEFORE, "-", style.EARLIER, corners))
    name_levels(ax, taken, box, named, at.key, (at.left, at.right, at.top))


def _periods(ax: Axes, rows: pd.DataFrame, at: Plan) -> None:
    """Labels of the periods as closely as they fit, counted back from the last; the year where it begins; n below."""
    pairs = [period_words(labels.plain(period)) for period in rows.period]
    k = len(pairs)
    each = (style.room(ax) - at.left - at.right) / max(k, 1)
    counts = [words.count(n) for n in rows.n]
    need = max((labels.length(word) for pair in [*pairs, counts] for word in pair), default=0) + 6
    step = next((s for s in (1, 2, 3, 4, 6, 12, 13, 24, 26, 52, 104) if s * each >= need), max(k, 1))
    shown = list(range(k - 1, -1, -step))[::-1]
    style.ticks(ax.xaxis, shown, [labels.cut(pairs[i][0], max(step * each, need)) for i in shown])
    year, below = None, ("data", "axes fraction")
    for i in shown:
        if pairs[i][1] and pairs[i][1] != year:
            year = pairs[i][1]
            note(ax, year, (i, 0), (0, -6 - 1.6 * ROW), below, "center")
        note(ax, counts[i], (i, 0), (0, -6 - 2.6 * ROW), below, "center")
    if shown and at.left + (shown[0] + 0.5) * each - labels.length(counts[shown[0]]) / 2 > labels.length("n") + 8:
        note(ax, "n", (0, 0), (2 - at.left, -6 - 2.6 * ROW))
