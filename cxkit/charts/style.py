"""One look for every picture: colours with a meaning, type, axes, and the context in which a picture is drawn.

A picture is drawn in the light colours. On a page its colours become the page's own (`TOKENS`), so that dark mode and
paper follow without a second drawing. Nothing here touches matplotlib's global settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator

#: Text and quiet text, hairlines, and the ground (a shade off white, so that it can be told from white).
INK, MUTE, LINE, GROUND = "#1b1f23", "#59626b", "#dde1e5", "#fefefe"
#: The subject of the picture, worse, better, and the earlier period (Okabe-Ito; apart for colour-blind readers).
ACCENT, WORSE, BETTER, EARLIER = "#0072b2", "#d55e00", "#009e73", "#7f8891"
#: What each colour is called on the page. Black and white stand in figures that were not drawn here.
TOKENS = {INK: "ink", MUTE: "mute", LINE: "line", GROUND: "bg", ACCENT: "c1", WORSE: "c2", BETTER: "c3", EARLIER: "c0"}

WIDE, NARROW = 736, 328  #: CSS pixels of a picture at a desk and on a phone 360 px wide.
SIZE = 12.0  #: points; 16 CSS px, the size of the text around the picture.
LEADING = 1.25  #: line step, in sizes.
FEW = 30  #: below so many answers a mark is hollow.
FONT = "DejaVu Sans"  #: comes with matplotlib, hence the same layout on every machine; wider than what pages use.

_RC: dict[str, Any] = {
    "font.family": FONT,
    "font.size": SIZE,
    "text.color": INK,
    "text.hinting": "none",
    "text.parse_math": False,  # "$5 to $10" is a segment's name, not a formula
    "axes.unicode_minus": True,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "savefig.edgecolor": "none",
    "lines.linewidth": 2.2,
    "lines.solid_capstyle": "round",
    "path.simplify": True,
    "svg.fonttype": "none",
    "svg.hashsalt": "cxkit",
}


@contextmanager
def context(**more: Any) -> Iterator[None]:
    """Draw in the kit's style for the time of the block; the caller's settings come back afterwards."""
    with mpl.rc_context({**_RC, **more}):
        yield


def new_axes(height: float) -> Axes:
    """Axes on a figure of its own, one column wide; pyplot does not know of it, so there is nothing to close."""
    fig = Figure(figsize=(WIDE / 96, height / 72))
    fig.set_layout_engine("none")
    fig.cxkit_own = True
    return fig.add_subplot()


def is_own(ax: Axes) -> bool:
    """Whether the axes stand alone on a figure made here, so that the picture may set its margins."""
    return bool(getattr(ax.figure, "cxkit_own", False))


def room(ax: Axes) -> float:
    """Width in points there is to draw in: the whole figure, or the given axes."""
    if is_own(ax):
        return ax.figure.get_figwidth() * 72
    return ax.get_window_extent().width * 72 / ax.figure.dpi


def margins(ax: Axes, left: float, right: float, top: float, bottom: float) -> None:
    """Set the margins around the axes, in points, where the picture owns its figure."""
    if not is_own(ax):
        return
    width, height = (72 * inches for inches in ax.figure.get_size_inches())
    ax.set_position([left / width, bottom / height, (width - left - right) / width, (height - top - bottom) / height])


def dress(ax: Axes, grid: str = "y") -> None:
    """Quiet axes: no frame but the foot, no tick marks, hairlines in one direction."""
    for side, spine in ax.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(LINE)
        spine.set_linewidth(1)
    ax.set_facecolor("none")
    ax.set_axisbelow(True)
    ax.tick_params(which="both", length=0, pad=6, labelsize=SIZE, labelcolor=MUTE, labelfontfamily=FONT, labelleft=True)
    ax.grid(False)
    ax.grid(True, axis=grid, color=LINE, linewidth=0.8)
    ax.set(xlabel="", ylabel="", title="")


def ticks(axis: Any, places: Sequence[float], words: Sequence[str]) -> None:
    """Put ticks at the places, with the words beside them, each a text of its own that is never read as a formula."""
    axis.set_major_locator(FixedLocator(list(places)))
    axis.set_major_formatter(FixedFormatter(list(words)))
    for label in axis.get_ticklabels():
        label.set_parse_math(False)


def round_places(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers from low to high, `most` steps at the most, for the ticks of an axis."""
    places = MaxNLocator(most, steps=[1, 2, 5, 10]).tick_values(low, high)
    slack = (high - low) * 1e-9
    return [float(place) for place in places if low - slack <= place <= high + slack]


def nice_range(values: Sequence[float], least: float, floor: float, ceiling: float) -> tuple[float, float]:
    """A range that holds all values with a little air, at least `least` wide, within the ends of the scale.

    Without values it is the whole scale.
    """
    known = [float(value) for value in values if value == value and value is not None]
    if not known:
        return floor, ceiling
    low, high = min(known), max(known)
    air = max(0.06 * (high - low), (least - (high - low)) / 2)
    low, high = low - air, high + air
    edge = 0.03 * (high - low)  # a mark at the very end of the scale is not cut in half
    return max(low, floor - edge), min(high, ceiling + edge)
