"""How signals are laid out and drawn; `cxkit.charts.trend_signals` says what they show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from cxkit.charts import labels, style
from cxkit.charts.labels import note
from cxkit.charts.scale import axis_name, bounds, tick_words
from cxkit.charts.titles import period_words
from cxkit.charts.trend_lines import (
    ROW,
    VEIL,
    Event,
    Level,
    Spot,
    beside,
    draw_events,
    draw_levels,
    frame,
    name_levels,
    needs_key,
    place_events,
    put,
)

_PLOT, _FOOT = 190.0, 2 * ROW + 10  # height of the plot itself, and of months and years below it


@dataclass(frozen=True)
class Step:
    """A level that held for a run of periods: first and last place on the axis, value, words, and whether it is new."""

    first: float
    last: float
    value: float
    said: str
    bold: bool


@dataclass(frozen=True)
class Plan:
    """Margins in points, the range shown and its ticks, places of events above the plot, and rows of a key."""

    left: float
    right: float
    top: float
    ends: tuple[float, float]
    places: list[float]
    said: list[str]
    events: list[Spot]
    key: int


def plan(width: float, rows: pd.DataFrame, steps: list[Step], lines: list[Level], events: list[Event]) -> Plan:
    """Lay the picture out for a width in points."""
    values = [*rows.estimate, *rows.lower, *rows.upper, *(s.value for s in steps), *(level.value for level in lines)]
    known = [value for value in values if value == value]
    air = 0.12 * (max(known) - min(known)) if known else 0.0  # room for words under the lowest point
    ends = bounds([*known, min(known) - air] if known else [], "points")
    places = style.round_places(*ends, 5)
    said = tick_words(places, "points")
    left = max((labels.length(word) for word in said), default=0) + 12
    right = 14.0
    key = needs_key([level.said for level in lines], width, axis_name("NPS", "points"))
    spots = place_events(events, len(rows), left, width - left - right, width)
    top = 10 + ROW + ROW * key + ROW * (max((spot.row for spot in spots), default=-1) + 1) + 2 * bool(events)
    return Plan(left, right, top, ends, places, said, spots, key)


def height(
    width: float, *, rows: pd.DataFrame, steps: list[Step], lines: list[Level], events: list[Event], **_: Any
) -> float:
    """Height of the whole picture for a width, in points."""
    return plan(width, rows, steps, lines, events).top + _PLOT + _FOOT


def draw(
    ax: Axes, *, rows: pd.DataFrame, steps: list[Step], unit: str, lines: list[Level], events: list[Event]
) -> None:
    """Draw the signals into axes."""
    k, x = len(rows), np.arange(len(rows), dtype=float)
    at = plan(style.room(ax), rows, steps, lines, events)
    style.dress(ax)
    ax.set_ylim(*at.ends)
    style.ticks(ax.yaxis, at.places, at.said)
    style.margins(ax, at.left, at.right, at.top, _FOOT)
    ax.set_xlim(-0.5, max(k, 1) - 0.5)
    _dates(ax, rows, unit, at)
    box, taken = frame(ax), labels.Taken(ax)
    dense = box.width / max(k, 1) < 8
    _points(ax, rows, x, dense)
    for each in np.flatnonzero(rows.signal.astype(str).ne("")):
        px, py = taken.point(float(each), float(rows.estimate[each]))
        taken.box(px - 7, py - 7, 14, 14)
    taken.runs += [[(px, box.y0), (px, box.y1)] for px, _ in (taken.point(e.place, 0) for e in events)]
    for step in steps:
        colour, width = (style.ACCENT, 3.4) if step.bold else (style.INK, 1.8)
        ends = [step.first, step.last]
        ax.plot(ends, [step.value] * 2, color=colour, lw=width, gid="level", zorder=5, solid_capstyle="butt")
        taken.runs.append([taken.point(end, step.value) for end in ends])
    named = draw_levels(ax, lines, taken)
    soft = labels.Taken(ax)
    soft.run(x, rows.estimate.to_numpy(float))
    dots = labels.Taken(ax)
    for each in np.flatnonzero(rows.estimate.notna()):
        px, py = taken.point(float(each), float(rows.estimate[each]))
        dots.box(px - 2.5, py - 2.5, 5, 5)
    for step in sorted(steps, key=lambda step: not step.bold):
        _name_step(ax, (taken, dots, soft), box, step)
    _name_signals(ax, taken, soft, box, rows)
    name_levels(ax, _both(taken, soft), box, named, at.key, (at.left, at.right, at.top))
    _name_range(ax, _both(taken, soft), box, rows)
    note(ax, axis_name("NPS", "points"), (0, 1), (2 - at.left, at.top - 9))
    draw_events(ax, events, at.events, k, at.left, at.right)


def _both(taken: labels.Taken, soft: labels.Taken) -> labels.Taken:
    """What no word may hide and what it had better not hide, together."""
    both = labels.Taken(taken.ax)
    both.boxes, both.runs = taken.boxes, [*taken.runs, *soft.runs]  # one list of boxes: what is set here counts there
    return both


def _points(ax: Axes, rows: pd.DataFrame, x: np.ndarray, dense: bool) -> None:
    """The usual range, the periods as small points on a thin line, and the shapes of signals."""
    lower, upper, value = (rows[name].to_numpy(float) for name in ("lower", "upper", "estimate"))
    ax.fill_between(x, lower, upper, color=style.EARLIER, alpha=0.18, lw=0, step="mid", gid="range")
    full = rows.complete.to_numpy(bool) & np.isfinite(value)
    ax.plot(x, np.where(full, value, np.nan), color=style.ACCENT, lw=0.9, alpha=0.45, gid="line", zorder=2)
    small, ground = 3.4 if dense else 5, style.GROUND
    signal = rows.signal.astype(str)
    low, high, drop = (signal.str.contains(word).to_numpy(bool) for word in ("low", "high", "drop"))
    plain, hollow = full & ~low & ~high, np.isfinite(value) & ~full
    ax.plot(x[plain], value[plain], "o", color=style.ACCENT, ms=small, mec=ground, mew=0.5, gid="points", zorder=3)
    ax.plot(x[hollow], value[hollow], "o", mfc=ground, mec=style.ACCENT, ms=small, mew=1.2, gid="hollow", zorder=3)
    for which, shape, colour, gid in ((low, "v", style.WORSE, "low"), (high, "^", style.BETTER, "high")):
        ax.plot(x[which], value[which], shape, color=colour, ms=8 if dense else 10, mec=ground, gid=gid, zorder=6)
    size = 9 if dense else 12
    ax.plot(x[drop], value[drop], "o", mfc="none", mec=style.WORSE, ms=size, mew=1.8, gid="drop", zorder=6)


def _name_step(ax: Axes, marks: tuple[labels.Taken, labels.Taken, labels.Taken], box: Bbox, step: Step) -> None:
    """The words of a level over or under its line, free of signals and points; on a light ground only if they are."""
    taken, _, soft = marks
    long = labels.length(step.said, weight="bold")
    (x0, y), (x1, _) = taken.point(step.first, step.value), taken.point(step.last, step.value)
    ends = sorted((x0 + 3, x1 - long - 3))
    lefts = np.clip(np.linspace(*ends, 25), box.x0 + 2, box.x1 - long - 1)
    lefts = lefts[::-1] if step.bold else lefts
    spots = [(float(left), y + rise) for rise in _RISES for left in lefts]
    free = [
        spot for spot in spots if not any(each.cost(Bbox.from_bounds(*spot, long, 14.0), box) for each in marks[:2])
    ]
    more = {"color": style.ACCENT if step.bold else style.INK, "weight": "bold", "zorder": 7}
    if free:
        near = [spot for spot in free if abs(spot[1] + 7 - y) <= abs(free[0][1] + 7 - y) + 1]
        put(ax, taken, box, step.said, _cheapest(taken, soft, box, (long, 14.0), near), bbox=VEIL, **more)
    else:
        spots = _cheapest(taken, soft, box, (long, 14.0), spots[: 2 * len(lefts)])
        put(ax, taken, box, step.said, spots, **more)


#: How far above (or below) its line the words of a level may stand, in points; near places first.
_RISES = (4, -18, 9, -23, 15, -29, 21, -35, 28, -42, 36, -50)


def _cheapest(taken: labels.Taken, soft: labels.Taken, box: Bbox, size: tuple[float, float], corners: list) -> list:
    """The place that hides least of what must be seen, then least of the thin line."""
    boxes = [Bbox.from_bounds(*corner, *size) for corner in corners]
    costs = [(taken.cost(each, box), soft.cost(each, box)) for each in boxes]
    return [corners[min(range(len(costs)), key=costs.__getitem__)]]


def _name_signals(ax: Axes, taken: labels.Taken, soft: labels.Taken, box: Bbox, rows: pd.DataFrame) -> None:
    """Words beside the first signal of each kind, if there is room right beside it; the small print names the shapes."""
    for word, said in (("low", "below usual"), ("high", "above usual"), ("drop", "drop signalled")):
        found = np.flatnonzero(rows.signal.astype(str).str.contains(word))
        if not len(found):
            continue
        px, py = taken.point(float(found[0]), float(rows.estimate[found[0]]))
        long = labels.length(said)
        corners = [(px + 10, py - 7), (px - 10 - long, py - 7)]
        corners += [(px - long * part, py + d) for d in (-23, 9) for part in (0.5, 0.15, 0.85, 0.0, 1.0)]
        free = [c for c in corners if not taken.cost(Bbox.from_bounds(*c, long, 14.0), box)]
        if free:
            put(
                ax,
                taken,
                box,
                said,
                _cheapest(taken, soft, box, (long, 14.0), free),
                color=style.INK,
                zorder=7,
                bbox=VEIL,
            )


def _name_range(ax: Axes, taken: labels.Taken, box: Bbox, rows: pd.DataFrame) -> None:
    """What the shaded band is, in the band, where nothing else stands."""
    known = np.flatnonzero(rows.upper.notna())
    if not len(known):
        return
    said = "usual range"
    end = taken.point(float(known[-1]) + 0.5, 0)[0] - labels.length(said)
    corners = []
    for at in known[:: max(1, len(known) // 30)]:
        (px, low), (_, top) = taken.point(float(at), rows.lower[at]), taken.point(float(at), rows.upper[at])
        corners += [(px, min(top, box.y1) - 17), (px, max(low, box.y0) + 3)] if px <= end else []
    beside(ax, taken, box, said, corners)


def _dates(ax: Axes, rows: pd.DataFrame, unit: str, at: Plan) -> None:
    """Months where they begin, or the periods' own names, as closely as they fit; the year where it begins."""
    k = len(rows)
    inner = style.room(ax) - at.left - at.right
    places: list[float] = []
    pairs: list[tuple[str, str]] = []
    for i, row in enumerate(rows.itertuples()):
        start, end = pd.Timestamp(row.start), pd.Timestamp(row.end)
        if unit in ("month", "quarter"):
            places.append(float(i))
            pairs.append(period_words(labels.plain(row.period)))
        elif start.day == 1 or end.month != start.month:
            first = start if start.day == 1 else end.replace(day=1)
            places.append(i - 0.5 + (first - start).days / ((end - start).days + 1))
            pairs.append((f"{first:%b}", str(first.year)))
    if not places and k:
        places, pairs = [0.0], [(f"{rows.start[0].day} {rows.start[0]:%b}", str(rows.start[0].year))]
    need = max((labels.length(word) for pair in pairs for word in pair), default=0) + 6
    apart = inner / max(k, 1) * (places[1] - places[0] if len(places) > 1 else k)
    step = next((s for s in (1, 2, 3, 4, 6, 12, 24) if s * apart >= need), max(len(places), 1))
    shown = [i for i in range(len(places) - 1, -1, -step) if _fits(places[i], pairs[i], k, at, inner)][::-1]
    style.ticks(ax.xaxis, [places[i] for i in shown], [pairs[i][0] for i in shown])
    year = None
    for i in shown:
        if pairs[i][1] and pairs[i][1] != year:
            year = pairs[i][1]
            note(ax, year, (places[i], 0), (0, -6 - 1.6 * ROW), ("data", "axes fraction"), "center")


def _fits(place: float, pair: tuple[str, str], k: int, at: Plan, inner: float) -> bool:
    """Whether the words below a place lie within the page."""
    middle = at.left + (place + 0.5) / max(k, 1) * inner
    half = max(labels.length(word) for word in pair) / 2
    return middle - half >= 0 and middle + half <= at.left + inner + at.right
