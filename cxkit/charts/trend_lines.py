"""Lines across a picture of periods: targets and benchmarks with their names, and dated events.

A name stands at its line where it hides nothing; where there is no such place, or no room for the search, it stands in a
key above the plot, after a piece of its line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from cxkit import words
from cxkit.charts import labels, style
from cxkit.charts.labels import note
from cxkit.charts.scale import need_columns
from cxkit.errors import UsageError

ROW = 15.0  #: points from one line of text to the next.
MARKS = 5  #: dated events drawn at the most.
_TARGET, _OTHERS = (0, (4, 3)), ((0, (1, 2.2)), (0, (7, 2, 1.2, 2)), (0, (2.2, 1.6)))


@dataclass(frozen=True)
class Event:
    """A dated event: its place on the axis of periods, its words, and whether it is the subject of the picture."""

    place: float
    said: str
    bold: bool = False


@dataclass(frozen=True)
class Level:
    """A value to hold the score against: its words, what it is, and whose it is."""

    value: float
    said: str
    kind: str = "target"
    source: str = ""
    dashes: Any = _TARGET


def levels(target: float | None, goals: Sequence[Any], metric: str, unit: str, who: str) -> list[Level]:
    """A target and goals (`cxkit.goals.Goal`) as lines, those with the same value and name once.

    Raises
    ------
    UsageError
        If a goal is for another metric or unit than the picture shows.
    """
    found, others = [] if target is None else [Level(float(target), f"target {words.value(target, unit)}")], 0
    for goal in goals:
        if str(goal.metric).casefold() != metric.casefold() or goal.unit != unit:
            raise UsageError(
                f"{who}: the goal '{goal.name}' is for {words.metric(goal.metric)} in {goal.unit}, the picture shows "
                f"{metric} in {unit}. Keep only the goals of this metric: [g for g in goals if g.metric == "
                f"'{metric.lower()}']."
            )
        digits = 0 if unit != "points" or float(goal.value).is_integer() else 1
        value = words.value(goal.value, unit, digits or None)
        source = labels.plain(f"{goal.name} {value}: {goal.source}, {goal.year}")
        dashes = _TARGET if goal.kind == "target" else _OTHERS[others % len(_OTHERS)]
        others += goal.kind != "target"
        said = labels.plain(f"{goal.name} {value} ({goal.year})")
        found.append(Level(float(goal.value), said, str(goal.kind), source, dashes))
    return list(dict.fromkeys(found))


def sources(lines: Sequence[Level]) -> str:
    """Whose the lines are, for the small print; empty where nobody is named."""
    return "; ".join(level.source for level in lines if level.source)


def events(marks: Any, rows: pd.DataFrame) -> tuple[list[Event], int]:
    """Dated events within the periods shown, in the order of time, and how many marks lie outside them."""
    if marks is None or len(marks) == 0 or rows.empty:
        return [], 0
    if isinstance(marks, pd.DataFrame):
        marks = need_columns(marks, ("date", "label"), "marks")
        marks = dict(zip(marks["date"], marks["label"], strict=True))
    if not isinstance(marks, Mapping):
        raise UsageError(f"marks: expected a table or a mapping from date to label, got {type(marks).__name__}.")
    found, outside = [], 0
    for date, label in marks.items():
        day = pd.Timestamp(date)
        inside = rows[(rows.start <= day) & (day < rows.end.dt.normalize() + pd.Timedelta(days=1))]
        if len(inside):
            row = inside.iloc[0]
            length = (row.end.normalize() - row.start).days + 1
            place = float(inside.index[0]) - 0.5 + (day - row.start).days / length
            found.append(Event(place, f"{day.day} {day:%b}: {labels.plain(label)}"))
        else:
            outside += 1
    return sorted(found, key=lambda event: event.place), outside


@dataclass(frozen=True)
class Spot:
    """Where an event's words stand: their row above the plot, and from where to where, in points of the page."""

    row: int
    start: float
    end: float


def place_events(shown: Sequence[Event], k: int, left: float, inner: float, width: float) -> list[Spot]:
    """A place for the words of each event: over its line or beside it, where they touch no others and, if that can be,
    no line of another event runs through them."""
    lines = [left + (event.place + 0.5) / max(k, 1) * inner for event in shown]
    choices = []
    for event, at in zip(shown, lines, strict=True):
        long = min(labels.length(event.said, weight=_weight(event)), width - 4)
        starts = [min(max(start, 2), width - long - 2) for start in (at - long / 2, at - long + 2, at - 2)]
        choices.append([Spot(row, start, start + long) for row in range(len(shown)) for start in starts])
    if len(shown) <= 3:  # few enough to try them all together
        return list(min(product(*choices), key=lambda spots: _clutter(lines, spots), default=()))
    spots = [each[0] for each in choices]
    for _ in range(3):  # each in turn takes its best place among the others, until they rest
        for i, each in enumerate(choices):
            others = [(lines[j], spots[j]) for j in range(len(spots)) if j != i]
            spots[i] = min(each, key=lambda spot, i=i, others=others: _cost(lines[i], spot, others))
    return spots


def _clutter(lines: list[float], spots: Sequence[Spot]) -> float:
    """How bad a set of places is as a whole."""
    pairs = list(zip(lines, spots, strict=True))
    return sum(_cost(at, spot, pairs[:i] + pairs[i + 1 :]) for i, (at, spot) in enumerate(pairs))


def _cost(at: float, spot: Spot, others: list[tuple[float, Spot]]) -> float:
    found = 0.3 * spot.row + 0.002 * abs((spot.start + spot.end) / 2 - at)
    for line, other in others:
        found += 100 * (spot.row == other.row and spot.start < other.end + 8 and other.start < spot.end + 8)
        found += other.row > spot.row and spot.start - 3 < line < spot.end + 3
        found += spot.row > other.row and other.start - 3 < at < other.end + 3
    return found


def _weight(event: Event) -> str:
    return "bold" if event.bold else "normal"


def draw_events(ax: Axes, shown: Sequence[Event], spots: Sequence[Spot], k: int, left: float, right: float) -> None:
    """Dated events: a line up to its words, which stand in rows of their own above the plot."""
    page = style.room(ax)
    inner = page - left - right
    ground = {"facecolor": style.GROUND, "edgecolor": "none", "pad": 1}
    for event, spot in zip(shown, spots, strict=True):
        across, rise = (event.place + 0.5) / max(k, 1), 4 + ROW * spot.row
        rule(ax, (across, 0), (0, 0), (0, frame(ax).height + rise), style.INK)
        said = labels.cut(event.said, page - 4, weight=_weight(event))
        middle = ((spot.start + spot.end) / 2 - left) / inner
        more = {"color": style.INK, "ha": "center", "bbox": ground, "zorder": 6, "weight": _weight(event)}
        note(ax, said, (middle, 1), (0, rise + ROW / 2), **more)


def key_rows(names: Sequence[str], width: float) -> list[tuple[int, float]]:
    """Row and left edge of each name in a key, as many names a row as fit."""
    row, start, found = 0, 0.0, []
    for said in names:
        long = labels.length(said) + 25
        if start and start + long > width - 4:
            row, start = row + 1, 0.0
        found.append((row, start))
        start += long + 15
    return found


def needs_key(names: Sequence[str], width: float, axis: str) -> int:
    """Rows a key must have; 0 where names may be tried at their lines first, with room beside the axis's name."""
    if not names:
        return 0
    short = width < 400 or (
        len(names) > 3 and sum(labels.length(said) + 40 for said in names) > width - labels.length(axis) - 20
    )
    return key_rows([cut(said, width) for said in names], width)[-1][0] + 1 if short else 0


def cut(said: str, width: float) -> str:
    """A name short enough for a row of the key."""
    return labels.cut(said, width - 34)


def draw_key(ax: Axes, named: Sequence[tuple[str, Any, str]], rows: int, left: float, right: float, top: float) -> None:
    """Names (with dashes and colour) after a piece of their line: on top at the right, or in rows of their own."""
    box = frame(ax)
    page = box.width + left + right
    named = [(cut(said, page), dashes, colour) for said, dashes, colour in named]
    if rows:
        spots = [(2 - left + start, top - 9 - ROW * (1 + row)) for row, start in key_rows([n[0] for n in named], page)]
    else:
        at, spots = box.width + right - sum(labels.length(said) + 40 for said, *_ in named), []
        for said, *_ in named:
            spots.append((at, top - 9))
            at += labels.length(said) + 40
    for (said, dashes, colour), (offset, rise) in zip(named, spots, strict=True):
        rule(ax, (0, 1), (offset, rise), (offset + 20, rise), colour, dashes)
        note(ax, said, (0, 1), (offset + 25, rise))


def draw_levels(ax: Axes, lines: Sequence[Level], taken: labels.Taken) -> list[tuple[str, Any, str, list]]:
    """The lines themselves; what is returned are their names, dashes, colour and places where a name may stand."""
    box, named = frame(ax), []
    for level in lines:
        ax.axhline(level.value, color=style.MUTE, lw=1.2, ls=level.dashes, gid=level.kind)
        height = taken.point(0, level.value)[1]
        taken.runs.append([(box.x0, height), (box.x1, height)])
        end = box.x1 - labels.length(level.said) - 2
        lefts = [end, *[box.x0 + 4 + (end - box.x0 - 4) * step / 8 for step in range(9)]]
        named.append((level.said, level.dashes, style.MUTE, [(x, height + d) for x in lefts for d in (2, -16)]))
    return named


def frame(ax: Axes) -> Bbox:
    """The axes' own box, in points."""
    return Bbox(ax.get_window_extent().get_points() * 72 / ax.figure.dpi)


def beside(
    ax: Axes, taken: labels.Taken, box: Bbox, said: str, corners: list[tuple[float, float]], **more: Any
) -> bool:
    """Set a name at the first of the places where it hides nothing; False if there is none."""
    size = (labels.length(said, weight=more.get("weight", "normal")), 14.0)
    free = [c for c in corners if not taken.cost(Bbox.from_bounds(*c, *size), box)]
    if free:
        put(ax, taken, box, said, free[:1], **more)
    return bool(free)


def put(ax: Axes, taken: labels.Taken, box: Bbox, said: str, corners: list[tuple[float, float]], **more: Any) -> None:
    """Set a name at the first of the places where it hides least."""
    size = (labels.length(said, weight=more.get("weight", "normal")), 14.0)
    spot = taken.best(*size, corners, box)
    note(ax, said, ((spot.x0 - box.x0) / box.width, (spot.y0 + 7 - box.y0) / box.height), (0, 0), **more)


#: The ground behind a name that may stand on a line: light, so that what is behind still shows.
VEIL = {"facecolor": style.GROUND, "edgecolor": "none", "pad": 0.5, "alpha": 0.8}


def name_levels(ax: Axes, taken: labels.Taken, box: Bbox, named: Sequence[tuple], key: int, top: tuple) -> None:
    """Names at their lines where there is room, else in the key; several left over stand where they hide least."""
    if key:
        draw_key(ax, [name[:3] for name in named], key, *top)
        return
    left_over = [name for name in named if not beside(ax, taken, box, name[0], name[3])]
    if sum(labels.length(name[0]) + 40 for name in left_over) < box.width * 0.7:
        draw_key(ax, [name[:3] for name in left_over], 0, *top)
        return
    for name in left_over:
        put(ax, taken, box, name[0], name[3], bbox=VEIL)


def rule(ax: Axes, spot: tuple[float, float], one, other, colour: str, dashes: Any = "-") -> None:
    """A line between two places given in points from a spot of the axes."""
    box = frame(ax)
    xs = [spot[0] + point[0] / box.width for point in (one, other)]
    ys = [spot[1] + point[1] / box.height for point in (one, other)]
    ax.plot(xs, ys, transform=ax.transAxes, color=colour, lw=1.2, ls=dashes, clip_on=False, scalex=False, scaley=False)
