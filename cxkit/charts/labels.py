"""Text that is measured before it is drawn, labels in place of legends, and the check of what came out."""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.text import Text
from matplotlib.textpath import TextToPath
from matplotlib.transforms import Bbox

from cxkit.charts.style import FONT, MUTE, SIZE, context
from cxkit.errors import UsageError
from cxkit.markup import visible

MISSING = "not stated"  #: name of the group whose segment is missing.
_measure = TextToPath()


def plain(value: object) -> str:
    """Data text fit for one line of a picture: no control or direction characters, no line breaks.

    >>> plain("North\\nWest\\u202e"), plain(float("nan"))
    ('North West', 'not stated')
    """
    if value is None or value != value or str(value) == "<NA>":
        return MISSING
    return re.sub(r"\s+", " ", visible(value)).strip() or MISSING


@contextmanager
def quiet_glyphs() -> Iterator[None]:
    """Keep silent about letters the bundled font lacks: the reader's own font sets them on the page."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .*missing from")
        yield


@lru_cache(maxsize=4096)
def length(words: str, size: float = SIZE, weight: str = "normal") -> float:
    """Width of one line in points.

    >>> 20 < length("NPS") < 35
    True
    """
    wide = [c for c in words if unicodedata.east_asian_width(c) in "WF"]  # a full square each, whatever the font says
    narrow = "".join(c for c in words if c not in wide) if wide else words
    font = FontProperties(family=[FONT], size=size, weight=weight)
    with quiet_glyphs():
        width = _measure.get_text_width_height_descent(narrow, font, False)[0] if narrow else 0.0
    return float(width + len(wide) * size)


def cut(words: str, width: float, size: float = SIZE, weight: str = "normal") -> str:
    """The text, or as much of its beginning as fits, ending in an ellipsis.

    >>> cut("Kundendienst", 60)
    'Kunden…'
    """
    if length(words, size, weight) <= width:
        return words
    keep, most = 0, len(words)
    while keep < most:  # the longest beginning that fits
        middle = (keep + most + 1) // 2
        if length(words[:middle].rstrip() + "…", size, weight) <= width:
            keep = middle
        else:
            most = middle - 1
    return words[:keep].rstrip() + "…"


def wrap(words: str, width: float, lines: int = 2, size: float = SIZE, weight: str = "normal") -> list[str]:
    """Break a text into at most so many lines, at spaces and after hyphens and slashes; a rest too long is cut.

    >>> wrap("Kundinnen und Kunden in Nordrhein-Westfalen", 130)
    ['Kundinnen und', 'Kunden in Nordrhei…']
    """
    pieces = re.findall(r"[^\s/-]*(?:[/-]+|\s+|$)", words)
    done: list[str] = []
    line = ""
    for number, piece in enumerate(pieces):
        if line and length((line + piece).rstrip(), size, weight) > width:
            if len(done) == lines - 1:  # the last line takes what is left
                line += "".join(pieces[number:])
                break
            done.append(line.rstrip())
            line = ""
        line += piece
    return [cut(part, width, size, weight) for part in [*done, line.rstrip()] if part]


def note(
    ax: Axes, said: str, spot: Any, offset: Any, coords: Any = "axes fraction", ha: str = "left", **more: Any
) -> None:
    """Set a text so many points from a spot of the axes; quiet ink, centred on its height, never clipped."""
    more = {"color": MUTE, "va": "center", **more}
    ax.annotate(said, spot, offset, coords, textcoords="offset points", ha=ha, annotation_clip=False, **more)


class Taken:
    """Where labels must not stand, in points of the figure: boxes of text, and lines as runs of points."""

    def __init__(self, ax: Axes) -> None:
        self.ax = ax
        self.boxes: list[tuple[float, float, float, float]] = []  # left, low, right, high
        self.runs: list[list[tuple[float, float]]] = []

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Where a place in the data stands, in points."""
        px, py = self.ax.transData.transform((x, y))
        return px * 72 / self.ax.figure.dpi, py * 72 / self.ax.figure.dpi

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """Keep clear of a box from its lower left corner."""
        self.boxes.append((float(x), float(y), float(x + width), float(y + height)))

    def run(self, xs: Sequence[float], ys: Sequence[float]) -> None:
        """Keep clear of a line through the data; it breaks where a value is missing."""
        piece: list[tuple[float, float]] = []
        for x, y in zip(xs, ys, strict=True):
            if y == y:
                piece.append(self.point(x, y))
            else:
                self.runs.append(piece)
                piece = []
        self.runs.append(piece)

    def cost(self, box: Bbox, inside: Bbox) -> float:
        """How bad a place is: points of a line in the box, area over other labels, distance out of bounds."""
        place = left, low, right, high = tuple(map(float, box.extents))  # plain numbers: hundreds of places are tried
        out = sum(max(0.0, d) for d in (inside.x0 - left, right - inside.x1, inside.y0 - low, high - inside.y1))
        over = 0.0
        for x0, y0, x1, y1 in self.boxes:
            over += max(0.0, min(right, x1) - max(left, x0)) * max(0.0, min(high, y1) - max(low, y0))
        return 1000 * out + 20 * over + sum(_inside(run, place) for run in self.runs)

    def best(self, width: float, height: float, corners: Sequence[tuple[float, float]], inside: Bbox) -> Bbox:
        """The first of the lower left corners that costs least; its box is then taken."""
        boxes = [Bbox.from_bounds(x, y, width, height) for x, y in corners]
        box = min(boxes, key=lambda candidate: self.cost(candidate, inside))
        self.box(box.x0, box.y0, width, height)
        return box


def _inside(run: Sequence[tuple[float, float]], place: tuple[float, float, float, float]) -> float:
    """Length of a line inside a place (left, low, right, high), roughly: how many of 24 steps a piece lie in it."""
    left, low, right, high = place
    hits = 0
    for (x0, y0), (x1, y1) in pairwise(run):
        if max(x0, x1) < left or min(x0, x1) > right or max(y0, y1) < low or min(y0, y1) > high:
            continue
        steps = [(x0 + (x1 - x0) * k / 24, y0 + (y1 - y0) * k / 24) for k in range(25)]
        hits += sum(left <= x <= right and low <= y <= high for x, y in steps)
    return float(hits)


def clashes(fig: Figure, slack: float = 0.8) -> list[tuple[str, ...]]:
    """Faults of the set text: one text over another, or text off the page.

    Parameters
    ----------
    fig : Figure
        The figure, as large as it will be shown.
    slack : float
        Points by which two boxes may touch.

    Returns
    -------
    list of tuple
        ("overlap", one text, other text) or ("off the page", text); empty when all is well.

    Raises
    ------
    UsageError
        If it is no figure.

    Examples
    --------
    >>> fig = Figure(figsize=(3, 2))
    >>> _ = fig.text(0.5, 0.5, "one"), fig.text(0.5, 0.5, "other")
    >>> clashes(fig)
    [('overlap', 'one', 'other')]
    """
    if not isinstance(fig, Figure):
        raise UsageError(f"clashes: expected a matplotlib figure, got {type(fig).__name__}.")
    scale = fig.dpi / 72
    renderer = RendererAgg(int(fig.bbox.width) + 1, int(fig.bbox.height) + 1, fig.dpi)
    with context(), quiet_glyphs():
        fig.draw(renderer)
        shown = [t for t in fig.findobj(Text) if t.get_visible() and t.get_text().strip() and _drawn(t)]
        boxes = [(t.get_text(), _extent(t, renderer, scale).padded(-slack * scale)) for t in shown]
    found: list[tuple[str, ...]] = [
        ("overlap", one, other) for (one, a), (other, b) in combinations(boxes, 2) if a.overlaps(b)
    ]
    page = fig.bbox
    for words, box in boxes:
        if box.x0 < page.x0 or box.y0 < page.y0 or box.x1 > page.x1 or box.y1 > page.y1:
            found.append(("off the page", words))
    return found


@lru_cache(maxsize=1)
def _known() -> frozenset[int]:
    """Letters the bundled font has."""
    return frozenset(get_font(findfont(FONT)).get_charmap())


def _extent(label: Text, renderer: RendererAgg, scale: float) -> Bbox:
    """The box of a text; where letters are missing, as wide as they are reckoned to be in the reader's font."""
    box = label.get_window_extent(renderer)
    if all(ord(letter) in _known() for letter in label.get_text()):
        return box
    width = length(label.get_text(), label.get_fontsize(), str(label.get_fontweight())) * scale
    start = {"left": box.x0, "right": box.x1 - width}.get(label.get_ha(), (box.x0 + box.x1 - width) / 2)
    return Bbox.from_bounds(start, box.y0, width, box.height)


def _drawn(label: Text) -> bool:
    """Tick labels beyond the limits of their axis exist, but are not drawn."""
    ax = label.axes
    if ax is None:
        return True
    for axis in (ax.xaxis, ax.yaxis):
        ticks = axis.get_major_ticks() + axis.get_minor_ticks()
        if any(label in (tick.label1, tick.label2) for tick in ticks):
            low, high = sorted(axis.get_view_interval())
            place = label.get_position()[0 if axis is ax.xaxis else 1]
            return axis.get_visible() and low - 1e-9 <= place <= high + 1e-9
    return True
