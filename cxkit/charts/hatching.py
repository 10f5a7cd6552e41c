"""Hatching drawn as strokes: one path that every printer keeps as lines.

A hatch of matplotlib becomes an SVG pattern, and browsers print a pattern as pixels: some megabytes for a few bars. The
strokes here are ordinary lines, cut at the edge of the bar. They run through whole axes on one set of parallels, so that
bars beside each other are hatched alike.
"""

from __future__ import annotations

from math import ceil, floor
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

GAP = 4.0  #: points from stroke to stroke, along the edge
GID = "strokes"


def strokes(x: float, y: float, wide: float, high: float, gap: float = GAP, falls: bool = False) -> Path:
    """Parallels at 45 degrees within a rectangle.

    Parameters
    ----------
    x, y, wide, high : float
        Corner with the least x and y, and the size.
    gap : float
        From stroke to stroke along the edge.
    falls : bool
        Whether y shrinks where x grows: for axes that count y downwards.

    Returns
    -------
    Path
        Of separate pieces; empty when the rectangle is.

    Examples
    --------
    >>> strokes(0, 0, 4, 4).vertices.tolist()
    [[0.0, 0.0], [4.0, 4.0]]
    """
    turn = -1 if falls else 1  # a stroke is the line on which x - turn * y is constant
    ends = sorted((turn * y, turn * (y + high)))
    points: list[tuple[float, float]] = []
    for k in range(ceil((x - ends[1]) / gap), floor((x + wide - ends[0]) / gap) + 1):
        first, last = max(x, k * gap + ends[0]), min(x + wide, k * gap + ends[1])
        if last > first:
            points += [(first, turn * (first - k * gap)), (last, turn * (last - k * gap))]
    return Path(points or [(x, y), (x, y)], [Path.MOVETO, Path.LINETO] * max(len(points) // 2, 1))


def hatch(ax: Axes, x: float, y: float, wide: float, high: float, colour: str, **more: Any) -> PathPatch:
    """Hatch a rectangle of axes whose units are points; its edge is for the caller to draw."""
    path = strokes(x, y, wide, high, falls=ax.yaxis_inverted())
    more = {"lw": 0.7, "capstyle": "butt", **more}
    patch = PathPatch(path, fill=False, edgecolor=colour, gid=GID, clip_on=False, **more)
    return ax.add_artist(patch)
