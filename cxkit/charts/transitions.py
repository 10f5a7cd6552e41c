"""What comes after what? A grid of shares from each touchpoint to the next; on a phone a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxkit import words
from cxkit.charts import labels, style
from cxkit.charts.caption import Caption, paint
from cxkit.charts.flow_canvas import EDGE, ROW, SMALL, WIDE, Canvas
from cxkit.charts.flow_words import confidence, first_text, names, sentence, share, short, span, with_limits
from cxkit.charts.scale import need_columns
from cxkit.errors import UsageError, suggest
from cxkit.stats.compare import limits_at

_NEEDS = ("from", "to", "n", "share", "low", "high", "median_seconds")
_START, _END = "(start)", "(end)"
_CELL, _HEAD = 24.0, 100.0
_DARKEST = 0.5  # of the accent: the number in the cell stays legible, in dark mode too
_LIST, _EACH = 8, 3  # on a phone: touchpoints, and what follows each


@dataclass(frozen=True)
class Grid:
    """What is drawn: names in order, and for every pair share and steps; steps out of each row."""

    froms: list[str]
    tos: list[str]
    share: dict[tuple[str, str], float]
    base: dict[str, float]

    def cell(self, one: str, other: str) -> str:
        """The share in percent, without its sign."""
        value = self.share.get((one, other), np.nan)
        if value != value or value <= 0:
            return ""
        return "<1" if value < 0.005 else f"{words.near(100 * value):.0f}"

    def next(self, one: str) -> list[tuple[str, float]]:
        """What follows a touchpoint, the commonest first."""
        found = [(other, value) for (name, other), value in self.share.items() if name == one and value == value]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def plot_transitions(
    transitions: pd.DataFrame, *, most: int = 12, order: Sequence[str] = (), ax: Axes | None = None
) -> Axes:
    """Which touchpoint follows which, and how often?

    Parameters
    ----------
    transitions : DataFrame
        What `cxkit.journey.transitions` returned: ``from, to, n, share, low, high, median_seconds``; with ``(start)``
        and ``(end)`` if it was asked for ends.
    most : int
        Touchpoints drawn at the most: those with the most steps. The table has all.
    order : sequence of str
        Touchpoints from first to last, such as the order of the stages; those not named follow by number of steps,
        those that do not occur are passed over.
    ax : Axes, optional
        Axes to draw in; new ones otherwise.

    Returns
    -------
    Axes
        With a caption attached: title by rule, alt sentence with the numbers, data table with intervals and median
        times.

    Raises
    ------
    UsageError
        If a column is missing, `most` is less than two, or `order` names only unknown touchpoints.

    Notes
    -----
    A number is the share, in percent, of the steps out of the touchpoint at the left that lead to the one above: rows
    add up to 100 with what is not drawn. Rows with fewer than 30 steps are outlined and not filled. A phone shows a
    list: of the eight touchpoints with the most steps the three commonest followers. The title says "most" only where
    the interval lies above one half. **When not to use it**: a row says what comes next, not what comes at last; for
    that see the funnel.

    Examples
    --------
    >>> table = pd.DataFrame({"from": ["search", "search"], "to": ["basket", "help"], "n": [790, 210],
    ...     "share": [.79, .21], "low": [.76, .19], "high": [.81, .24], "median_seconds": [40.0, 95.0]})
    >>> plot_transitions(table).cxkit_caption.title
    'Most steps that go on from search lead to basket: 79\\xa0% of 1,000'
    """
    if most < 2:
        raise UsageError(f"most: {most} touchpoints are too few for a grid. Give at least 2.")
    rows = need_columns(transitions, _NEEDS, "plot_transitions")
    rows = rows.assign(one=names(rows["from"]), other=names(rows["to"]))
    what = _grid(rows, [str(name) for name in order])
    said = Caption(
        title=_title(rows, what),
        sub=_sub(rows, what, most),
        alt=_alt(rows, what),
        data=_data(rows),
        table=transitions,
        draw=partial(draw, what=what, most=most),
        height=partial(height, what=what, most=most),
    )
    return paint(ax, said)


def _grid(rows: pd.DataFrame, order: list[str]) -> Grid:
    """Every touchpoint, in the order given and then by its steps; the start first, the end last."""
    size: dict[str, float] = {}
    for one, other, n in zip(rows.one, rows.other, rows.n, strict=True):
        for name in {one, other}:
            size[name] = size.get(name, 0) + n
    unknown = [] if not size or any(name in size for name in order) else order  # without steps nothing is known
    if unknown:
        raise UsageError(f"order: there is no touchpoint '{unknown[0]}' in the table.{suggest(unknown[0], size)}")
    place = {name: k for k, name in enumerate(order)}
    ordered = sorted(
        size, key=lambda name: (name == _END, name != _START, place.get(name, len(place)), -size[name], name)
    )
    known = rows[rows.share > 0]
    base = {name: float((part.n / part.share).max()) for name, part in known.groupby("one", sort=False)}
    pairs = {(row.one, row.other): float(row.share) for row in rows.itertuples()}
    return Grid([name for name in ordered if name in base], [n for n in ordered if n != _START], pairs, base)


def _shown(what: Grid, k: int) -> tuple[list[str], list[str]]:
    """The rows and columns drawn: the touchpoints with the most steps, in their order, and start and end."""
    inner = [name for name in dict.fromkeys([*what.froms, *what.tos]) if name not in (_START, _END)]
    came = {name: sum(what.base.get(a, 0) * s for (a, b), s in what.share.items() if b == name) for name in inner}
    by_size = sorted(inner, key=lambda name: -max(what.base.get(name, 0), came[name]))
    keep = {*by_size[:k], _START, _END}
    order = [*[n for n in what.froms if n != _START], *[n for n in what.tos if n not in what.froms]]
    inner = [name for name in _as_ordered(what, order) if name in keep]
    froms = [name for name in [_START, *inner] if name in what.base]
    return froms, [*[name for name in inner if name != _END], *[_END] * (_END in what.tos)]


def _as_ordered(what: Grid, pool: list[str]) -> list[str]:
    return [name for name in what.tos if name in pool]


@dataclass(frozen=True)
class Plan:
    """Where things stand at a width, in points; `cell` is 0 for a list."""

    left: float
    cell: float
    froms: list[str]
    tos: list[str]


def _named(name: str) -> str:
    return {_START: "start", _END: "end"}.get(name, name)


def plan(width: float, what: Grid, most: int) -> Plan:
    """Lay the picture out for a width in points."""
    if width <= WIDE:
        return Plan(EDGE, 0.0, sorted(what.base, key=lambda name: -what.base[name])[:_LIST], [])
    wide = max((labels.length(_named(name)) for name in what.froms), default=0)
    counts = max((labels.length(words.count(n), SMALL) for n in what.base.values()), default=0)
    heads = labels.length("from", SMALL) + labels.length("steps", SMALL)  # they stand over the names and the counts
    left = max(min(wide, 0.26 * width) + counts, heads) + 24
    fits = int((width - left - EDGE) / _CELL) - (_END in what.tos)
    froms, tos = _shown(what, min(most, fits))
    return Plan(left, min((width - left - EDGE) / max(len(tos), 1), 48.0), froms, tos)


def height(width: float, *, what: Grid, most: int) -> float:
    """Height of the whole picture for a width, in points."""
    at = plan(width, what, most)
    if not at.cell:
        return max(sum(26 + 19 * len(what.next(name)[:_EACH]) + 6 for name in at.froms) + 6.0, 40.0)
    return _HEAD + _CELL * max(len(at.froms), 1) + 6


def draw(ax: Axes, *, what: Grid, most: int) -> None:
    """Draw the grid, or on a phone the list, into axes."""
    width = style.room(ax)
    at, canvas = plan(width, what, most), Canvas.over(ax, height(width, what=what, most=most))
    if not at.cell:
        _list(canvas, at, what)
        return
    if not at.froms:
        return
    canvas.text(EDGE, _HEAD - 10, "from", color=style.MUTE, fontsize=SMALL)
    canvas.text(at.left - 8, _HEAD - 10, "steps", "right", color=style.MUTE, fontsize=SMALL)
    for k, name in enumerate(at.tos):
        said = labels.cut(_named(name), _HEAD - 8)
        canvas.text(at.left + (k + 0.5) * at.cell, _HEAD - 4, said, "center", va="bottom", rotation=90)
    for line, one in enumerate(at.froms):
        middle, base = _HEAD + (line + 0.5) * _CELL, what.base[one]
        counted = labels.length(words.count(base), SMALL)
        canvas.text(EDGE, middle, labels.cut(_named(one), at.left - counted - 22))
        canvas.text(at.left - 8, middle, words.count(base), "right", color=style.MUTE, fontsize=SMALL)
        for k, other in enumerate(at.tos):
            _cell(canvas, at.left + k * at.cell, middle, at.cell, what, one, other)


def _cell(canvas: Canvas, x: float, middle: float, wide: float, what: Grid, one: str, other: str) -> None:
    """A cell: the deeper the larger the share; outlined where there are few steps."""
    value, box = what.share.get((one, other), 0.0), (x + 1, middle - _CELL / 2 + 1, wide - 2, _CELL - 2)
    canvas.box(*box, style.LINE, "none", alpha=0.25)
    if not value > 0:
        return
    if what.base[one] < style.FEW:
        canvas.box(x + 1.5, box[1] + 0.5, wide - 3, _CELL - 3, "none", "few", edgecolor=style.EARLIER, lw=1)
    else:
        canvas.box(*box, style.ACCENT, "cell", alpha=round(0.05 + (_DARKEST - 0.05) * min(value, 1.0), 3))
    top = value == max(share for _, share in what.next(one))
    size = SMALL if wide < 30 else style.SIZE
    canvas.text(
        x + wide / 2, middle, what.cell(one, other), "center", fontsize=size, weight="bold" if top else "normal"
    )


def _list(canvas: Canvas, at: Plan, what: Grid) -> None:
    """On a phone: each touchpoint with the commonest that follow it."""
    y, bar = 4.0, 52.0
    for one in at.froms:
        told = f"{words.count(what.base[one])} steps"
        room = canvas.width - 2 * EDGE - labels.length(told) - 10
        canvas.text(EDGE, y + 12, labels.cut(f"After {_named(one)}", room, weight="bold"), weight="bold")
        canvas.text(canvas.width - EDGE, y + 12, told, "right", color=style.MUTE)
        y += 26
        few = what.base[one] < style.FEW
        for other, value in what.next(one)[:_EACH]:
            said = share(value)
            right = canvas.width - EDGE - 46
            canvas.text(EDGE + 8, y + ROW / 2, labels.cut(_named(other), right - bar - 18))
            canvas.bar(right - bar, y + ROW / 2, bar, value, np.nan, np.nan, style.EARLIER if few else style.ACCENT)
            canvas.text(canvas.width - EDGE, y + ROW / 2, said, "right")
            y += 19
        y += 6


def _commonest(rows: pd.DataFrame) -> Any:
    inner = rows[(rows.one != _START) & (rows.other != _END) & (rows.one != rows.other) & (rows.n > 0)]
    inner = inner if len(inner) else rows[rows.n > 0]
    return inner.loc[inner.n.idxmax()] if len(inner) else None


def _title(rows: pd.DataFrame, what: Grid) -> str:
    row = _commonest(rows)
    if row is None:
        return "There are no steps from one touchpoint to another"
    base, low = what.base[row.one], row.low
    if confidence(rows) != 0.95:
        low = float(limits_at(row.share, row.low, row.high, confidence(rows), 0.95)[0])
    one, other = short(_named(row.one)), short(_named(row.other))
    on = "" if _END in what.tos else " that go on"
    if low > 0.5:
        return f"Most steps{on} from {one} lead to {other}: {share(row.share)} of {words.count(base)}"
    return (
        f"The commonest step is from {one} to {other}: {words.count(row.n)} of {words.count(base)} steps{on} from {one}"
    )


def _sub(rows: pd.DataFrame, what: Grid, most: int) -> str:
    on = "" if _END in what.tos else ": those that go on, so a last touch has none"
    said = [
        f"Share of the steps from the touchpoint at the left that lead to the one above, in percent{on}; bold: the commonest"
    ]
    if any(base < style.FEW for base in what.base.values()):
        said.append(f"outlined, grey on a phone: fewer than {style.FEW} steps")
    inner = {*what.froms, *what.tos} - {_START, _END}
    if len(inner) > most:
        said.append(f"the {most} of {words.count(len(inner))} touchpoints with the most steps, on a phone fewer")
    said.append("intervals and median times stand in the table")
    return sentence(said, first_text(rows, "method"))


def _alt(rows: pd.DataFrame, what: Grid) -> str:
    if not len(rows) or not rows.n.sum():
        return "Shares of steps from one touchpoint to the next: 0 steps."
    top = rows.sort_values("n", ascending=False, kind="stable").head(6)
    told = [
        f"{_named(row.one)} to {_named(row.other)} {with_limits(row.share, row.low, row.high)} of "
        f"{words.count(what.base[row.one])}"
        for row in top.itertuples()
        if row.one in what.base
    ]
    on = "" if _END in what.tos else ", last touches left out"
    said = f"Shares of {words.plural(int(rows.n.sum()), 'step')} from one touchpoint to the next{on}"
    return f"{said}; the commonest: {'; '.join(told)}."


def _data(rows: pd.DataFrame) -> pd.DataFrame:
    """All pairs in words."""
    return pd.DataFrame({
        "From": [_named(name) for name in rows.one],
        "To": [_named(name) for name in rows.other],
        "n": [words.count(n) for n in rows.n],
        "Share": [words.percent(value, 1) for value in rows.share],
        "Interval": [words.interval(a, b, "share", 1) for a, b in zip(rows.low, rows.high, strict=True)],
        "Median time": [span(value) for value in rows.median_seconds],
    })  # fmt: skip
