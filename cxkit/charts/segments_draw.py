"""How a forest plot is laid out and drawn; `cxkit.charts.segments` says what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cxkit import words
from cxkit.charts import labels, style
from cxkit.charts.labels import note
from cxkit.charts.scale import axis_name, bounds, tick_words
from cxkit.charts.trend_lines import Level, rule

#: How sure a difference is, as a mark that needs no colour.
MARKS = {"clear": "\u25cf", "likely": "\u25d0", "too early": "\u25cb"}

_UP_IS_GOOD = ("nps", "NPS", "csat", "CSAT", "promoters")
_MARK = 20.0  # room of a mark
_PIECE = 28.0  # room of a piece of a line before its name
_ROW = 15.0  # points from one line of text to the next
_FOOT = 30.0
_DATA = ("axes fraction", "data")


@dataclass(frozen=True)
class Item:
    """A line of the picture: a heading (row is None) or a group."""

    name: str
    row: Any = None


@dataclass(frozen=True)
class Forest:
    """What is drawn: lines from top to bottom, the row of all answers, target and goals, from how many answers on.

    `compared` says whether groups bear a mark for how surely they differ from all others.
    """

    items: list[Item]
    metric: str
    unit: str
    whole: Any
    lines: list[Level]
    least: int
    compared: bool = False

    def value(self, row: Any) -> str:
        """Estimate and interval."""
        return f"{words.value(row.estimate, self.unit)} ({words.interval(row.low, row.high, self.unit)})"

    def brief(self, row: Any) -> str:
        """Estimate and n, for a phone."""
        return f"{words.value(row.estimate, self.unit)}\u2002n {words.count(row.n)}"

    @property
    def rows(self) -> list[Any]:
        """The groups without the headings."""
        return [item.row for item in self.items if item.row is not None]


class Name(NamedTuple):
    """The name of the band or of a line, above the rows: where it is centred on the page, in which row, its dashes."""

    middle: float
    half: float
    row: int
    said: str
    dashes: Any = None


@dataclass(frozen=True)
class Plan:
    """Where things stand at a width, in points: margins, lines of every name, heights, and names of lines and band."""

    wide: bool
    left: float
    right: float
    top: float
    lines: list[list[str]]
    steps: list[float]
    names: list[Name]

    @property
    def tall(self) -> float:
        """Height of all lines together."""
        return max(sum(self.steps), 60.0)

    def strips(self, items: list[Item]) -> list[tuple[float, float]]:
        """Where the band is drawn: through all rows; on a phone behind each interval only, so that no text is on it."""
        if self.wide:
            return [(0.0, self.tall)]
        ends = np.cumsum(self.steps)
        return [(end - 23, end - 5) for item, end in zip(items, ends, strict=True) if item.row is not None]


def plan(width: float, what: Forest) -> Plan:
    """Lay the picture out for a width in points."""
    wide = width > 400
    values = max((labels.length(what.value(row)) for row in what.rows), default=0)
    right = values + 14 + _MARK * what.compared if wide else 12
    counts = max((labels.length(words.count(row.n)) for row in what.rows), default=0) + 14
    names = max(
        (labels.length(i.name, weight="normal" if i.row is not None else "bold") for i in what.items), default=0
    )
    left = min(names, 0.3 * width) + counts + 14 if wide else 12
    lines, steps = [], []
    for item in what.items:
        if item.row is None:
            lines.append([labels.cut(item.name, width - 8, weight="bold")])
            steps.append(26.0)
        elif wide:
            lines.append(labels.wrap(item.name, left - counts - 12))
            steps.append(12.0 + _ROW * len(lines[-1]))
        else:
            room = width - 16 - labels.length(what.brief(item.row)) - _MARK * what.compared
            lines.append(labels.wrap(item.name, room))
            steps.append(28.0 + _ROW * len(lines[-1]))
    names = _names(width, left, right, what)
    top = 12 + _ROW * (1 + max((name.row + 1 for name in names), default=0))
    return Plan(wide, left, right, top, lines, steps, names)


def _names(width: float, left: float, right: float, what: Forest) -> list[Name]:
    """Names above what they belong to, moved inwards at the edges of the page, in as few rows as they do not touch in."""
    said = [(line.value, line.said, line.dashes) for line in what.lines]
    if what.whole is not None:
        said.insert(0, (what.whole.estimate, f"all {words.value(what.whole.estimate, what.unit)}", None))
    low, high = _range(what)
    done: list[Name] = []
    for value, text, dashes in said:
        piece = 0.0 if dashes is None else _PIECE
        text = labels.cut(text, width - 4 - piece, weight="bold" if dashes is None else "normal")
        half = (labels.length(text, weight="bold" if dashes is None else "normal") + piece) / 2
        middle = left + (value - low) / (high - low) * (width - left - right)
        middle = min(max(middle, half + 2), width - half - 2)
        row = 0
        while any(other.row == row and abs(other.middle - middle) < half + other.half + 8 for other in done):
            row += 1
        done.append(Name(middle, half, row, text, dashes))
    return done


def _range(what: Forest) -> tuple[float, float]:
    """Ends of the axis: all intervals, the band and the lines are within."""
    known = [*what.rows, *([] if what.whole is None else [what.whole])]
    values = [value for row in known for value in (row.estimate, row.low, row.high)]
    return bounds([*values, *(line.value for line in what.lines)], what.unit)


def height(width: float, *, what: Forest) -> float:
    """Height of the whole picture for a width, in points."""
    at = plan(width, what)
    return at.top + at.tall + _FOOT


def draw(ax: Axes, *, what: Forest) -> None:
    """Draw the forest plot into axes."""
    width = style.room(ax)
    at = plan(width, what)
    style.dress(ax, "x")
    ax.grid(at.wide, axis="x")
    style.margins(ax, at.left, at.right, at.top, _FOOT)
    style.ticks(ax.yaxis, [], [])
    ax.set_ylim(at.tall, 0)
    _scale(ax, width - at.left - at.right, at, what)
    _levels(ax, at, what)
    top = 0.0
    for item, lines, step in zip(what.items, at.lines, at.steps, strict=True):
        if item.row is None:
            note(ax, lines[0], (0, top + step - 9), (2 - at.left, 0), _DATA, weight="bold")
        else:
            _texts(ax, item.row, lines, top, step, at, what)
            _interval(ax, item.row, top + (step / 2 if at.wide else step - 14), what)
        top += step
    name = axis_name(what.metric, what.unit)
    note(ax, name, (0, 1), (0 if at.wide else 2 - at.left, at.top - 9))
    if at.wide:
        note(ax, "n", (0, 1), (-16, at.top - 9), ha="right")
        note(ax, "interval", (1, 1), (at.right - 2, at.top - 9), ha="right")


def _scale(ax: Axes, inner: float, at: Plan, what: Forest) -> None:
    """Ends and ticks of the axis; every second tick where all would touch."""
    low, high = _range(what)
    ax.set_xlim(low, high)
    places = style.round_places(low, high, 7 if at.wide else 4)
    said = tick_words(places, what.unit)
    if max((labels.length(word) for word in said), default=0) + 6 > inner / max(len(places), 1):
        places, said = places[::2], said[::2]
    kept = [  # a label that would stick out of the page is left out
        (place, word)
        for place, word in zip(places, said, strict=True)
        if -at.left < (place - low) / (high - low) * inner - labels.length(word) / 2
        and (place - low) / (high - low) * inner + labels.length(word) / 2 < inner + at.right
    ]
    style.ticks(ax.xaxis, [place for place, _ in kept], [word for _, word in kept])


def _levels(ax: Axes, at: Plan, what: Forest) -> None:
    """The band of all answers, target and goals, each with its name above the rows."""
    whole = what.whole
    for top, bottom in at.strips(what.items):
        if whole is not None:
            box = (whole.low, top), whole.high - whole.low, bottom - top
            ax.add_patch(Rectangle(*box, color=style.EARLIER, alpha=0.2, lw=0, zorder=0, gid="overall"))
            ax.vlines(whole.estimate, top, bottom, color=style.EARLIER, lw=1.2, zorder=0.5)
        for line in what.lines:
            ax.vlines(line.value, top, bottom, color=style.MUTE, lw=1.2, ls=line.dashes, zorder=1, gid=line.kind)
    for name in at.names:
        start, rise = name.middle - name.half - at.left, 9 + _ROW * name.row
        if name.dashes is None:
            note(ax, name.said, (0, 1), (start, rise), weight="bold")
            continue
        rule(ax, (0, 1), (start, rise), (start + _PIECE - 6, rise), style.MUTE, name.dashes)
        note(ax, name.said, (0, 1), (start + _PIECE, rise))


def _texts(ax: Axes, row: Any, lines: list[str], top: float, step: float, at: Plan, what: Forest) -> None:
    """Name, n and value of a group: beside its interval, on a phone above it."""
    first = top + step / 2 - (len(lines) - 1) / 2 * _ROW if at.wide else top + 10
    for k, line in enumerate(lines):
        note(ax, line, (0, first + k * _ROW), (2 - at.left, 0), _DATA, color=style.INK)
    if at.wide:
        note(ax, words.count(row.n), (0, top + step / 2), (-16, 0), _DATA, "right")
    said, level = (what.value(row), top + step / 2) if at.wide else (what.brief(row), top + 10)
    note(ax, said, (1, level), (at.right - 2, 0), _DATA, "right", color=style.INK)
    if row.verdict and np.isfinite(row.p):
        space = at.right - 14 - _MARK if at.wide else labels.length(said)
        note(ax, MARKS[row.verdict], (1, level), (at.right - 8 - space, 0), _DATA, "right", color=_colour(row))


def _colour(row: Any) -> str:
    """Only what is clearly better or worse has a colour, and only where it is known which way is good."""
    if row.verdict != "clear":
        return style.MUTE
    if row.metric not in _UP_IS_GOOD:
        return style.INK
    return style.BETTER if row.difference > 0 else style.WORSE


def _interval(ax: Axes, row: Any, level: float, what: Forest) -> None:
    few = row.n < what.least
    if np.isfinite(row.low) and np.isfinite(row.high):
        ax.hlines(level, row.low, row.high, color=style.ACCENT, lw=2.4, zorder=3, gid="interval")
    face, edge = (style.GROUND, style.ACCENT) if few else (style.ACCENT, style.GROUND)
    mark = ax.plot(
        [row.estimate], [level], "o", ms=8, mfc=face, mec=edge, mew=1.6 if few else 1.2, clip_on=False, zorder=4
    )
    mark[0].set_gid("few" if few else "estimate")
    if np.isfinite(row.shrunken):
        ax.vlines(row.shrunken, level - 8, level + 8, color=style.INK, lw=1.6, zorder=3.5, gid="pooled")
