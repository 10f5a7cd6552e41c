"""How a forest plot is laid out and drawn; `cxkit.charts.segments` says what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cxkit import words
from cxkit.charts import labels, style
from cxkit.charts.labels import note
from cxkit.charts.scale import axis_name, bounds, tick_words

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
    """What is drawn: lines from top to bottom, the row of all answers, the target, and from how many answers on."""

    items: list[Item]
    metric: str
    unit: str
    whole: Any
    target: float | None
    least: int

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


@dataclass(frozen=True)
class Plan:
    """Where things stand at a width, in points: margins, the lines of every name, heights, and strips of the band."""

    wide: bool
    left: float
    right: float
    top: float
    lines: list[list[str]]
    steps: list[float]

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
    right = max((labels.length(what.value(row)) for row in what.rows), default=0) + 14 if wide else 12
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
            lines.append(labels.wrap(item.name, width - 16 - labels.length(what.brief(item.row))))
            steps.append(28.0 + _ROW * len(lines[-1]))
    named = what.whole is not None or what.target is not None
    return Plan(wide, left, right, 12 + _ROW + _ROW * named, lines, steps)


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
    known = [*what.rows, *([] if what.whole is None else [what.whole])]
    values = [value for row in known for value in (row.estimate, row.low, row.high)]
    low, high = bounds([*values, *([] if what.target is None else [what.target])], what.unit)
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
    """The band of all answers and the target, named above the rows where both names have room."""
    named, whole = [], what.whole
    if whole is not None:
        named.append((whole.estimate, f"all {words.value(whole.estimate, what.unit)}", "bold"))
    if what.target is not None:
        named.append((what.target, f"target {words.value(what.target, what.unit)}", "normal"))
    for top, bottom in at.strips(what.items):
        if whole is not None:
            box = (whole.low, top), whole.high - whole.low, bottom - top
            ax.add_patch(Rectangle(*box, color=style.EARLIER, alpha=0.2, lw=0, zorder=0, gid="overall"))
            ax.vlines(whole.estimate, top, bottom, color=style.EARLIER, lw=1.2, zorder=0.5)
        if what.target is not None:
            ax.vlines(what.target, top, bottom, color=style.MUTE, lw=1.2, ls=(0, (4, 3)), zorder=1)
    scale = 72 / ax.figure.dpi
    edge, page = ax.get_window_extent(), ax.figure.bbox.width * scale
    spots = []
    for value, said, weight in named:
        half = labels.length(said, weight=weight) / 2
        middle = ax.transData.transform((value, 0))[0] * scale
        spots.append([min(max(middle, half + 2), page - half - 2), half, said, weight])
    if len(spots) == 2 and abs(spots[0][0] - spots[1][0]) < spots[0][1] + spots[1][1] + 8:
        _apart(spots, 4.0, page - 4)
    for middle, _, said, weight in spots:
        note(ax, said, ((middle / scale - edge.x0) / edge.width, 1), (0, 9), ha="center", weight=weight)


def _apart(spots: list[list[Any]], low: float, high: float) -> None:
    """Move two names that would touch to the sides, keeping their order."""
    one, other = sorted(spots, key=lambda spot: spot[0])
    middle = (one[0] + other[0]) / 2
    one[0], other[0] = middle - one[1] - 5, middle + other[1] + 5
    shift = max(low + one[1] - one[0], 0) - max(other[0] + other[1] - high, 0)
    one[0], other[0] = one[0] + shift, other[0] + shift


def _texts(ax: Axes, row: Any, lines: list[str], top: float, step: float, at: Plan, what: Forest) -> None:
    """Name, n and value of a group: beside its interval, on a phone above it."""
    first = top + step / 2 - (len(lines) - 1) / 2 * _ROW if at.wide else top + 10
    for k, line in enumerate(lines):
        note(ax, line, (0, first + k * _ROW), (2 - at.left, 0), _DATA, color=style.INK)
    if at.wide:
        note(ax, words.count(row.n), (0, top + step / 2), (-16, 0), _DATA, "right")
    said, level = (what.value(row), top + step / 2) if at.wide else (what.brief(row), top + 10)
    note(ax, said, (1, level), (at.right - 2, 0), _DATA, "right", color=style.INK)


def _interval(ax: Axes, row: Any, level: float, what: Forest) -> None:
    few = row.n < what.least
    if np.isfinite(row.low) and np.isfinite(row.high):
        ax.hlines(level, row.low, row.high, color=style.ACCENT, lw=2.4, zorder=3, gid="interval")
    face, edge = (style.GROUND, style.ACCENT) if few else (style.ACCENT, style.GROUND)
    mark = ax.plot(
        [row.estimate], [level], "o", ms=8, mfc=face, mec=edge, mew=1.6 if few else 1.2, clip_on=False, zorder=4
    )
    mark[0].set_gid("few" if few else "estimate")
