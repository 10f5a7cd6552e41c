"""The check of a drawn map: does every text stand where it should, whole, legible and on nothing it must not touch?"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from cxkit.charts.journey_map.palette import FLOOR, contrast
from cxkit.charts.journey_map.pen import GROUND, MARK
from cxkit.charts.labels import quiet_glyphs
from cxkit.charts.style import context
from cxkit.errors import UsageError

DPI, LEGIBLE = 150, 4.5


def faults(ax: Axes, slack: float = 0.7) -> list[tuple[str, ...]]:
    """What is wrong with the set text of a map?

    Parameters
    ----------
    ax : Axes
        What `plot_journey_map` returned.
    slack : float
        Points by which two boxes may touch.

    Returns
    -------
    list of tuple
        (fault, text, what it meets); empty when all is well. Faults: "overlap" with another text, "on a mark" (bar,
        curve, band, whisker, arrow, point), "off the page", "out of its box", "out of its row", "cut", "too small",
        "faint" (contrast below 4.5).

    Raises
    ------
    UsageError
        If these are no axes.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> faults(Figure().add_subplot())
    []
    """
    if not isinstance(ax, Axes):
        raise UsageError(f"faults: expected the axes of a map, got {type(ax).__name__}.")
    fig = ax.figure
    old, fig.dpi = fig.dpi, DPI
    try:
        with context(), quiet_glyphs():
            return _found(ax, slack * DPI / 72)
    finally:
        fig.dpi = old


def _found(ax: Axes, slack: float) -> list[tuple[str, ...]]:
    scale = DPI / 72
    renderer = RendererAgg(8, 8, DPI)
    texts = [text for text in ax.texts if text.get_visible() and text.get_text().strip()]
    if not texts:
        return []
    boxes = np.array([text.get_window_extent(renderer).padded(-slack).extents for text in texts])
    found: list[tuple[str, ...]] = []
    for k, box in enumerate(boxes):
        meets = k + 1 + np.flatnonzero(_overlap(box, boxes[k + 1 :]))
        found += [("overlap", texts[k].get_text(), texts[other].get_text()) for other in meets]
    marks = [_outline(artist, scale) for artist in [*ax.lines, *ax.patches] if _role(artist) == MARK]
    limits = np.array([bounds for _, _, bounds, _ in marks]).reshape(-1, 4)
    grounds = [_outline(artist, scale) for artist in ax.patches if _role(artist) == GROUND]
    faces = [(patch.get_zorder(), patch.get_facecolor()) for patch in ax.patches if _role(patch) == GROUND]
    for text, extents in zip(texts, boxes, strict=True):
        box = Bbox.from_extents(*extents)
        for k in np.flatnonzero(_overlap(extents, limits)):
            name, pieces, _, filled = marks[k]
            if any(piece.intersects_bbox(box, filled=filled) for piece in pieces):
                found.append(("on a mark", text.get_text(), name))
        found += _misplaced(ax, text, box, scale, slack)
        found += _faint(ax, text, box, grounds, faces)
    return found


def _overlap(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    return (box[0] < others[:, 2]) & (others[:, 0] < box[2]) & (box[1] < others[:, 3]) & (others[:, 1] < box[3])


def _role(artist: Any) -> str:
    return getattr(artist, "cx_role", "")


def _outline(artist: Line2D | Patch, scale: float) -> tuple[str, list[Path], np.ndarray, bool]:
    """Name, drawn pieces, bounds and whether the inside counts, in pixels."""
    if isinstance(artist, Line2D):
        points = artist.get_transform().transform(artist.get_xydata())
        if artist.get_marker() not in ("", "None", None):
            r = 0.42 * artist.get_markersize() * scale
            bounds = np.array([*(points.min(axis=0) - r), *(points.max(axis=0) + r)])
            return "point", [_rectangle(x - r, y - r, x + r, y + r) for x, y in points], bounds, True
        pieces = [Path([a, b]) for a, b in pairwise(points) if np.isfinite([*a, *b]).all()]
        return "line", pieces, np.array([*(points.min(axis=0) - 1), *(points.max(axis=0) + 1)]), False
    path = artist.get_transform().transform_path(artist.get_path())
    return type(artist).__name__.lower(), [path], path.get_extents().padded(1).extents, True


def _rectangle(x0: float, y0: float, x1: float, y1: float) -> Path:
    return Path([(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)])


def _misplaced(ax: Axes, text: Text, box: Bbox, scale: float, slack: float) -> list[tuple[str, ...]]:
    """Off the page, out of its column or row, cut, or too small to read."""
    found: list[tuple[str, ...]] = []
    words, page = text.get_text(), ax.figure.bbox
    if box.x0 < page.x0 or box.y0 < page.y0 or box.x1 > page.x1 or box.y1 > page.y1:
        found.append(("off the page", words))
    room, row = getattr(text, "cx_room", None), getattr(text, "cx_row", None)
    origin = ax.transData.transform((0, 0))
    if room is not None:
        left, right = (origin[0] + value * scale for value in room)
        if box.x0 < left - slack or box.x1 > right + slack:
            found.append(("out of its box", words))
    if row is not None and row[1] > row[0]:
        low, high = (origin[1] + value * scale for value in row)
        if box.y0 < low - slack or box.y1 > high + slack:
            found.append(("out of its row", words))
    if not getattr(text, "cx_whole", True):
        found.append(("cut", words))
    if text.get_fontsize() < FLOOR - 1e-6:
        found.append(("too small", words))
    return found


def _faint(ax: Axes, text: Text, box: Bbox, grounds: list[Any], faces: list[Any]) -> list[tuple[str, ...]]:
    """Text that does not stand out from the topmost ground under its middle."""
    middle = np.array([(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2])
    under, top = to_hex(ax.figure.get_facecolor()), float("-inf")
    for (_, (path,), bounds, _), (order, face) in zip(grounds, faces, strict=True):
        inside = (bounds[:2] <= middle).all() and (middle <= bounds[2:]).all()
        if inside and order >= top and face[3] == 1 and path.contains_point(middle):
            under, top = to_hex(face), order
    ratio = contrast(text.get_color(), under)
    return [] if ratio >= LEGIBLE else [("faint", text.get_text(), f"{ratio:.1f}")]
