"""How a bridge is laid out and drawn; `cxkit.charts.bridge` says what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cxkit import words
from cxkit.charts import labels, style
from cxkit.charts.bridge_parts import Block, Level, Part
from cxkit.charts.labels import note
from cxkit.charts.scale import axis_name, bounds, tick_words
from cxkit.charts.segments_draw import MARKS

_ROW = 15.0  # points from one line of text to the next
_FOOT = 30.0
_DATA = ("axes fraction", "data")


@dataclass(frozen=True)
class Bridge:
    """What is drawn: blocks of steps between two levels."""

    blocks: list[Block]
    before: Level
    now: Level
    metric: str

    def rows(self) -> list[Any]:
        """Lines from top to bottom: the level before, headings (texts) and steps, the level now."""
        many = len(self.blocks) > 1
        inner: list[Any] = []
        for block in self.blocks:
            inner += [f"By {block.by}"] * many + block.parts
        return [self.before, *inner, self.now]

    def value(self, row: Any) -> str:
        """Estimate and interval."""
        return f"{words.points(row.estimate, self.digits)} ({words.interval(row.low, row.high, 'points', self.digits)})"

    def brief(self, row: Any) -> str:
        """Estimate alone, for a phone."""
        return words.points(row.estimate, self.digits)

    @property
    def digits(self) -> int:
        """One digit more where whole points would hide the steps."""
        moved = max((abs(part.estimate) for block in self.blocks for part in block.parts), default=0)
        return 0 if moved >= 3 else 1


@dataclass(frozen=True)
class Plan:
    """Where things stand at a width, in points: margins, texts and heights of the lines."""

    wide: bool
    left: float
    right: float
    texts: list[tuple[list[str], str]]
    steps: list[float]
    top: float = 12 + _ROW

    @property
    def tall(self) -> float:
        """Height of all lines together."""
        return sum(self.steps)


def plan(width: float, what: Bridge) -> Plan:
    """Lay the picture out for a width in points."""
    wide, rows = width > 400, what.rows()
    shown = [row for row in rows if not isinstance(row, str)]
    right = max(labels.length(what.value(row)) for row in shown) + 34 if wide else 12
    names = max(max(labels.length(_name(r), weight=_weight(r)), labels.length(_detail(r))) for r in rows)
    left = min(names + 20, 0.36 * width) if wide else 12
    texts, steps = [], []
    for row in rows:
        if isinstance(row, str):
            texts.append(([labels.cut(row, width - 8, weight="bold")], ""))
            steps.append(28.0)
            continue
        room = left - 14 if wide else width - 28 - labels.length(what.brief(row), weight="bold")
        detail = labels.cut(_detail(row), left - 14 if wide else width - 8)
        if not wide and labels.length(f"{_name(row)}  {detail}", weight=_weight(row)) <= room:
            name, lines = [_name(row)], 1  # both fit into one line
        else:
            name = labels.wrap(_name(row), room, weight=_weight(row))
            lines = len(name) + bool(detail)
        texts.append((name, detail))
        steps.append(_ROW * lines + (11.0 if wide else 29.0))
    return Plan(wide, left, right, texts, steps)


def _name(row: Any) -> str:
    return row if isinstance(row, str) else row.name


def _detail(row: Any) -> str:
    if isinstance(row, Level):
        return f"n {words.count(row.n)}"
    return "" if isinstance(row, str) else row.detail


def _weight(row: Any) -> str:
    return "normal" if isinstance(row, Part) else "bold"


def height(width: float, *, what: Bridge) -> float:
    """Height of the whole picture for a width, in points."""
    at = plan(width, what)
    return at.top + at.tall + _FOOT


def draw(ax: Axes, *, what: Bridge) -> None:
    """Draw the bridge into axes."""
    width = style.room(ax)
    at = plan(width, what)
    style.dress(ax, "x")
    ax.grid(at.wide, axis="x")
    style.margins(ax, at.left, at.right, at.top, _FOOT)
    style.ticks(ax.yaxis, [], [])
    ax.set_ylim(at.tall, 0)
    _scale(ax, width - at.left - at.right, at, what)
    if len(what.blocks) > 1 and at.wide:
        for level in (what.before, what.now):
            ax.vlines(level.estimate, 0, at.tall, color=style.EARLIER, lw=1, ls=(0, (2, 3)), zorder=1, gid="guide")
    top, last = 0.0, None
    for row, texts, step in zip(what.rows(), at.texts, at.steps, strict=True):
        if isinstance(row, str):
            note(ax, texts[0][0], (0, top + step - 10), (2 - at.left, 0), _DATA, weight="bold", color=style.INK)
            last = None
        else:
            _texts(ax, row, texts, top, step, at, what)
            lane = top + (step / 2 if at.wide else step - 15)
            if last is not None:  # on a phone a stub, since texts stand between the bars
                joint = (last, lane) if at.wide else (lane - 11, lane)
                ax.vlines(_start(row), *joint, color=style.MUTE, lw=1, zorder=2, gid="joint")
            (_level if isinstance(row, Level) else _step)(ax, row, lane, what)
            last = lane
        top += step
    note(ax, axis_name(what.metric, "points"), (0, 1), (0 if at.wide else 2 - at.left, at.top - 9))
    if at.wide:
        note(ax, "points (interval)", (1, 1), (at.right - 2, at.top - 9), ha="right")


def _start(row: Any) -> float:
    return row.estimate if isinstance(row, Level) else row.start


def _scale(ax: Axes, inner: float, at: Plan, what: Bridge) -> None:
    """Ends and ticks of the axis; fewer ticks where all would touch."""
    values = []
    for row in what.rows():
        if isinstance(row, Level):
            values += [row.estimate, row.low, row.high]
        elif isinstance(row, Part):
            values += [row.start, row.start + row.estimate, row.start + row.low, row.start + row.high]
    low, high = bounds([value for value in values if np.isfinite(value)], "points")
    ax.set_xlim(low, high)
    places = style.round_places(low, high, 7 if at.wide else 4)
    said = tick_words(places, "points")
    if max((labels.length(word) for word in said), default=0) + 6 > inner / max(len(places), 1):
        places, said = places[::2], said[::2]
    style.ticks(ax.xaxis, places, said)


def _texts(ax: Axes, row: Any, texts: tuple[list[str], str], top: float, step: float, at: Plan, what: Bridge) -> None:
    """Name, detail and value: beside the bar, on a phone above it."""
    name, detail = texts
    lines = [(line, style.INK, _weight(row)) for line in name]
    beside = not at.wide and step < 2 * _ROW + 29.0 and len(name) == 1
    if detail and not beside:
        lines.append((detail, style.MUTE, "normal"))
    first = top + step / 2 - (len(lines) - 1) / 2 * _ROW if at.wide else top + 9
    for k, (line, colour, weight) in enumerate(lines):
        note(ax, line, (0, first + k * _ROW), (2 - at.left, 0), _DATA, color=colour, weight=weight)
    if detail and beside:
        note(ax, detail, (0, first), (10 - at.left + labels.length(name[0], weight=_weight(row)), 0), _DATA)
    said, level = (what.value(row), top + step / 2) if at.wide else (what.brief(row), top + 9)
    note(ax, said, (1, level), (at.right - 2, 0), _DATA, "right", color=style.INK, weight=_weight(row))
    mark = MARKS.get(row.verdict, "") if isinstance(row, Part) else ""
    if mark:
        gap = at.right - 28 if at.wide else labels.length(said) + 6
        note(ax, mark, (1, level), (at.right - 2 - gap, 0), _DATA, "right", color=_colour(row))


def _colour(part: Part) -> str:
    """Only what is clear has a colour."""
    if part.verdict != "clear":
        return style.MUTE
    return style.WORSE if part.estimate < 0 else style.BETTER


def _level(ax: Axes, row: Level, lane: float, what: Bridge) -> None:
    """A total: a ring before, a disc now, with its interval."""
    before = row is what.before
    colour = style.EARLIER if before else style.ACCENT
    ax.hlines(lane, row.low, row.high, color=colour, lw=2.4, zorder=3, gid="interval")
    face, edge, width = (style.GROUND, colour, 1.8) if before else (colour, style.GROUND, 1.2)
    mark = ax.plot([row.estimate], [lane], "o", ms=9, mfc=face, mec=edge, mew=width, clip_on=False, zorder=4)
    mark[0].set_gid("before" if before else "now")


def _step(ax: Axes, row: Part, lane: float, what: Bridge) -> None:
    """A step: a bar from where the one before ended, with a whisker at its end."""
    colour, clear = _colour(row), row.verdict == "clear"
    left, width, end = min(row.start, row.start + row.estimate), abs(row.estimate), row.start + row.estimate
    face = colour if clear else style.LINE
    bar = Rectangle((left, lane - 7), width, 14, facecolor=face, edgecolor=style.EARLIER if not clear else face, lw=1)
    bar.set_gid(f"{row.kind} {row.verdict}".strip())
    bar.set_zorder(2.5)
    ax.add_patch(bar)
    if np.isfinite(row.low) and np.isfinite(row.high):
        ax.hlines(lane, row.start + row.low, row.start + row.high, color=style.INK, lw=1.2, zorder=3, gid="whisker")
        ends = [row.start + row.low, row.start + row.high]
        ax.vlines(ends, lane - 4, lane + 4, color=style.INK, lw=1.2, zorder=3)
    ax.vlines(end, lane - 7, lane + 7, color=style.INK if clear else style.EARLIER, lw=1.6, zorder=3.5)
