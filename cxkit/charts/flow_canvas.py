"""Axes whose units are points, from the upper left corner down: boxes, lines and texts share one measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Rectangle

from cxkit.charts import style
from cxkit.charts.hatching import hatch

WIDE = 400.0  #: from so many points on a picture is laid out for a desk, else for a phone.
ROW = 15.0  #: points from one line of text to the next
SMALL = 10.5  #: the smallest text
EDGE = 2.0  #: points between a text and the edge of the page
TINT = 0.4  #: of a colour under text: the text stays legible, also in dark mode


@dataclass(frozen=True)
class Canvas:
    """Axes to draw in, with their width in points.

    Attributes
    ----------
    ax : Axes
    width, tall : float
        Points there are; `tall` is what the picture asked for.
    """

    ax: Axes
    width: float
    tall: float

    @classmethod
    def over(cls, ax: Axes, tall: float) -> Canvas:
        """Make the axes as large as the figure (where it is the kit's own) and their units points."""
        width = style.room(ax)
        style.dress(ax)
        ax.grid(False)
        for spine in ax.spines.values():
            spine.set_visible(False)
        style.ticks(ax.xaxis, [], [])
        style.ticks(ax.yaxis, [], [])
        style.margins(ax, 0, 0, 0, 0)
        ax.set_xlim(0, width)
        ax.set_ylim(tall, 0)
        return cls(ax, width, tall)

    def text(self, x: float, y: float, said: str, ha: str = "left", **more: Any) -> None:
        """A text, centred on its height; ink unless said."""
        if said:
            more = {"color": style.INK, "va": "center", "fontsize": style.SIZE, "zorder": 6, **more}
            self.ax.text(x, y, said, ha=ha, clip_on=False, **more)

    def box(self, x: float, y: float, wide: float, high: float, face: str = "none", gid: str = "", **more: Any) -> None:
        """A rectangle; without an edge unless said."""
        if wide > 0 and high > 0:
            more = {"lw": 0, "zorder": 2, **more}
            self.ax.add_patch(Rectangle((x, y), wide, high, facecolor=face, gid=gid, clip_on=False, **more))

    def hatched(self, x: float, y: float, wide: float, high: float, colour: str, gid: str = "", **more: Any) -> None:
        """A hatched rectangle with a thin edge."""
        if wide > 0 and high > 0:
            self.box(x, y, wide, high, "none", gid, edgecolor=colour, lw=1, **more)
            hatch(self.ax, x, y, wide, high, colour, **{"lw": 0.8, "zorder": 2, **more})

    def chip(self, x: float, y: float, wide: float, high: float, face: str, gid: str = "", **more: Any) -> None:
        """A box with round corners."""
        shape = f"round,pad=0,rounding_size={min(5.0, high / 2, wide / 2):.1f}"
        more = {"lw": 0, "zorder": 2, **more}
        self.ax.add_patch(FancyBboxPatch((x, y), wide, high, shape, facecolor=face, gid=gid, clip_on=False, **more))

    def line(self, xs: Sequence[float], ys: Sequence[float], colour: str, gid: str = "", **more: Any) -> None:
        """A line through points."""
        more = {"lw": 1.2, "zorder": 3, "solid_capstyle": "butt", **more}
        self.ax.plot(list(xs), list(ys), color=colour, clip_on=False, gid=gid, **more)

    def dot(self, x: Any, y: Any, colour: str, hollow: bool = False, gid: str = "", **more: Any) -> None:
        """A mark, or several of one look: full, or hollow."""
        face, edge = (style.GROUND, colour) if hollow else (colour, style.GROUND)
        more = {"marker": "o", "ms": 8, "mew": 1.6 if hollow else 1.2, "zorder": 4, **more}
        self.ax.plot(np.atleast_1d(x), np.atleast_1d(y), mfc=face, mec=edge, ls="none", clip_on=False, gid=gid, **more)

    def arrow(self, x: float, top: float, bottom: float) -> None:
        """A thin arrow downwards."""
        self.line([x, x], [top, bottom - 4], style.MUTE, lw=1, zorder=2)
        self.dot(x, bottom - 3, style.MUTE, marker="v", ms=6, mew=0, zorder=2)

    def bar(self, x: float, y: float, wide: float, share: float, low: float, high: float, colour: str) -> None:
        """A share as a small bar on a track, with its interval: y is its middle."""
        self.box(x, y - 5, wide, 10, style.LINE, alpha=0.6, zorder=1.5)
        if share == share:
            self.box(x, y - 5, wide * min(share, 1), 10, colour, "share", zorder=2)
        if low == low and high == high:
            self.line([x + wide * low, x + wide * high], [y, y], style.INK, "interval", lw=1.6)
