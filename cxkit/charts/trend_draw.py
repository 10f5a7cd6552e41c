"""How a trend is laid out and drawn; `cxkit.charts.trend` says what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from cxkit import words
from cxkit.charts import labels, style
from cxkit.charts.labels import note
from cxkit.charts.scale import axis_name, bounds, tick_words
from cxkit.charts.titles import period_words

ROW = 15.0  #: points from one line of text to the next.
_PLOT, _FOOT = 178.0, 3 * ROW + 12  # height of the plot itself, and of periods, years and n below it


@dataclass(frozen=True)
class Event:
    """A dated event: its place on the axis of periods, and its words."""

    place: float
    said: str


@dataclass(frozen=True)
class Plan:
    """Margins in points, the range shown and its ticks, and in which row above the plot each event is named."""

    left: float
    right: float
    top: float
    ends: tuple[float, float]
    places: list[float]
    said: list[str]
    rows: list[int]
    key: bool


def plan(width: float, rows: pd.DataFrame, unit: str, target: float | None, events: list[Event]) -> Plan:
    """Lay the picture out for a width in points."""
    values = [*rows.estimate, *rows.low, *rows.high, *([] if target is None else [target])]
    ends = bounds([*values, *rows.get("before_estimate", [])], unit)
    places = style.round_places(*ends, 5)
    said = tick_words(places, unit)
    left = max((labels.length(word) for word in said), default=0) + 12
    foot = [words.count(rows.n.iloc[-1]), period_words(labels.plain(rows.period.iloc[-1]))[0]] if len(rows) else []
    right = labels.length(_last(rows, unit), weight="bold") + 14
    right = max([right, *(labels.length(word) / 2 + 2 for word in foot)])
    key = width < 400 and (target is not None or "before_estimate" in rows)
    taken = _rows([_box(event, len(rows), left, width - left - right, width) for event in events])
    top = 10 + ROW + ROW * key + ROW * (max(taken, default=-1) + 1) + 2 * bool(events)
    return Plan(left, right, top, ends, places, said, taken, key)


def height(
    width: float, *, rows: pd.DataFrame, unit: str, target: float | None, events: list[Event], **_: Any
) -> float:
    """Height of the whole picture for a width, in points."""
    return plan(width, rows, unit, target, events).top + _PLOT + _FOOT


def _last(rows: pd.DataFrame, unit: str) -> str:
    known = rows.estimate.dropna()
    return words.value(known.iloc[-1], unit) if len(known) else ""


def _box(event: Event, k: int, left: float, inner: float, width: float) -> tuple[float, float, float]:
    """Where the event's line stands and its words begin and end: over the line, within the page."""
    at = left + (event.place + 0.5) / max(k, 1) * inner
    half = min(labels.length(event.said), width - 4) / 2
    middle = min(max(at, half + 2), width - half - 2)
    return at, middle - half, middle + half


def _rows(boxes: list[tuple[float, float, float]]) -> list[int]:
    """The row for each event in which its words touch no others and, where that can be, no line runs through words."""
    rows: list[int] = []
    for at, start, end in boxes:

        def clashes(row: int, at: float = at, start: float = start, end: float = end) -> int:
            found = 0
            for (other, s, e), r in zip(boxes, rows, strict=False):
                found += 100 * (r == row and start < e + 8 and s < end + 8)
                found += (r < row and s - 4 < at < e + 4) + (r > row and start - 4 < other < end + 4)
            return found

        rows.append(min(range(len(boxes)), key=clashes))
    return rows


def draw(ax: Axes, *, rows: pd.DataFrame, unit: str, metric: str, target: float | None, events: list[Event]) -> None:
    """Draw the trend into axes."""
    k, x = len(rows), np.arange(len(rows), dtype=float)
    at = plan(style.room(ax), rows, unit, target, events)
    style.dress(ax)
    ax.set_ylim(*at.ends)
    style.ticks(ax.yaxis, at.places, at.said)
    style.margins(ax, at.left, at.right, at.top, _FOOT)
    ax.set_xlim(-0.5, max(k, 1) - 0.5)
    _periods(ax, rows, at)
    _line(ax, rows, x)
    _names(ax, rows, x, unit, target, events, at)
    note(ax, axis_name(metric, unit), (0, 1), (2 - at.left, at.top - 9))
    _marks(ax, events, k, at)


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


def _names(ax: Axes, rows: pd.DataFrame, x, unit: str, target, events: list[Event], at: Plan) -> None:
    """The last value at its point; target and earlier year beside their lines where they touch nothing, else on top."""
    taken, frame = labels.Taken(ax), _frame(ax)
    before = rows["before_estimate"].to_numpy(float) if "before_estimate" in rows else np.full(len(rows), np.nan)
    for values in (rows.estimate, rows.low, rows.high, before):
        taken.run(x, np.asarray(values, dtype=float))
    taken.runs += [[(px, frame.y0), (px, frame.y1)] for px, _ in (taken.point(e.place, 0) for e in events)]
    known = rows.index[rows.estimate.notna()]
    if len(known):
        end = (float(known[-1]), float(rows.estimate[known[-1]]))
        note(ax, _last(rows, unit), end, (9, 0), "data", color=style.ACCENT, weight="bold")
        px, py = taken.point(*end)
        taken.boxes.append(Bbox.from_bounds(px + 7, py - 8, at.right, 16))
    named = []
    if target is not None:
        ax.axhline(target, color=style.MUTE, lw=1.2, ls=(0, (4, 3)), gid="target")
        level = taken.point(0, target)[1]
        taken.runs.append([(frame.x0, level), (frame.x1, level)])
        said = f"target {words.value(target, unit)}"
        lefts = [frame.x1 - labels.length(said) - 2, *np.linspace(frame.x0 + 4, frame.x1 - labels.length(said) - 2, 9)]
        named.append((said, (0, (4, 3)), style.MUTE, [(left, level + d) for left in lefts for d in (2, -16)]))
    if np.isfinite(before).any():
        said = "a year before"
        spots = [taken.point(i, v) for i, v in zip(x, before, strict=True) if v == v]
        corners = [(px - labels.length(said) / 2, py + d) for px, py in spots for d in (4, -18)]
        named.append((said, "-", style.EARLIER, corners))
    left_over = [name for name in named if at.key or not _beside(ax, taken, frame, name[0], name[3])]
    _key(ax, left_over, at)


def _frame(ax: Axes) -> Bbox:
    """The axes' own box, in points."""
    return Bbox(ax.get_window_extent().get_points() * 72 / ax.figure.dpi)


def _beside(ax: Axes, taken: labels.Taken, frame: Bbox, said: str, corners: list[tuple[float, float]]) -> bool:
    """Set a name at the first of the places where it hides nothing; False if there is none."""
    size = (labels.length(said), 14.0)
    free = [c for c in corners if not taken.cost(Bbox.from_bounds(*c, *size), frame)]
    if not free:
        return False
    box = taken.best(*size, free[:1], frame)
    note(ax, said, ((box.x0 - frame.x0) / frame.width, (box.y0 + 7 - frame.y0) / frame.height), (0, 0))
    return True


def _key(ax: Axes, named: list[tuple], at: Plan) -> None:
    """Names that found no place at their line, each after a piece of it: on top at the right, on a phone in a row."""
    frame = _frame(ax)
    width = sum(labels.length(said) + 40 for said, *_ in named)
    start = frame.x0 - at.left + 2 if at.key else frame.x1 + at.right - width
    rise = at.top - 9 - (ROW if at.key else 0)
    for said, dashes, colour, _ in named:
        offset = start - frame.x0
        _rule(ax, (0, 1), (offset, rise), (offset + 20, rise), colour, dashes)
        note(ax, said, (0, 1), (offset + 25, rise))
        start += labels.length(said) + 40


def _rule(ax: Axes, spot: tuple[float, float], one, other, colour: str, dashes: Any = "-") -> None:
    """A line between two places given in points from a spot of the axes."""
    frame = _frame(ax)
    xs = [spot[0] + point[0] / frame.width for point in (one, other)]
    ys = [spot[1] + point[1] / frame.height for point in (one, other)]
    ax.plot(xs, ys, transform=ax.transAxes, color=colour, lw=1.2, ls=dashes, clip_on=False, scalex=False, scaley=False)


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


def _marks(ax: Axes, events: list[Event], k: int, at: Plan) -> None:
    """Dated events: a line up to its words, which stand in rows of their own above the plot."""
    page = style.room(ax)
    inner = page - at.left - at.right
    ground = {"facecolor": style.GROUND, "edgecolor": "none", "pad": 1}
    for event, row in zip(events, at.rows, strict=True):
        _, start, end = _box(event, k, at.left, inner, page)
        across, rise = (event.place + 0.5) / max(k, 1), 4 + ROW * row
        _rule(ax, (across, 0), (0, 0), (0, _frame(ax).height + rise), style.INK)
        said = labels.cut(event.said, page - 4)
        middle = ((start + end) / 2 - at.left) / inner
        note(ax, said, (middle, 1), (0, rise + ROW / 2), color=style.INK, ha="center", bbox=ground, zorder=6)
