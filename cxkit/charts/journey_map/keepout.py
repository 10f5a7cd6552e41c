"""Labels in place of a legend: each stands beside what it names, where it touches neither line nor label."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.path import Path
from matplotlib.transforms import Bbox

from cxkit.charts.journey_map.measure import wide
from cxkit.charts.journey_map.pen import Pen

SIDES = ("top", "bottom", "right", "left")


class Keepout:
    """What a label must not touch: boxes, lines and bands, all in points from the foot of one row."""

    def __init__(self) -> None:
        self.boxes: list[Bbox] = []
        self.paths: list[tuple[Path, float, bool]] = []

    def line(self, xs: Sequence[float], ys: Sequence[float], dislike: float = 500.0) -> None:
        """Keep off a line; lines that break must be given piece by piece."""
        self.paths.append((Path(list(zip(xs, ys, strict=True))), dislike, False))

    def area(self, points: Sequence[tuple[float, float]], dislike: float = 400.0) -> None:
        """Keep off a band."""
        self.paths.append((Path([*points, points[0]]), dislike, True))

    def box(self, x: float, y: float, w: float, h: float) -> None:
        """Keep off a box."""
        self.boxes.append(Bbox.from_bounds(x, y, w, h))

    def cost(self, box: Bbox, inside: Bbox) -> float:
        """How bad a place is: lines and bands it meets, area over other boxes, points it reaches outside."""
        hits = sum(dislike for path, dislike, filled in self.paths if path.intersects_bbox(box, filled=filled))
        over = sum(_area(Bbox.intersection(box, other)) for other in self.boxes)
        out = max(0.0, inside.x0 - box.x0, box.x1 - inside.x1, inside.y0 - box.y0, box.y1 - inside.y1)
        return hits + 300.0 * (over > 0) + 5 * over + 1000 * out

    def best(self, w: float, h: float, corners: Sequence[tuple[float, float]], inside: Bbox) -> tuple[float, float]:
        """The first lower left corner whose box costs least; the box is then taken."""
        low, chosen = float("inf"), corners[0]
        for nth, corner in enumerate(corners):
            cost = self.cost(Bbox.from_bounds(*corner, w, h), inside) + 0.5 * nth
            if cost < low:
                low, chosen = cost, corner
            if cost <= 0.5 * nth:
                break
        self.box(*chosen, w, h)
        return chosen


def _area(box: Bbox | None) -> float:
    return 0.0 if box is None else box.width * box.height


def beside(
    pen: Pen,
    keep: Keepout,
    inside: Bbox,
    words: str,
    points: Sequence[tuple[float, float]],
    away: float,
    first: str,
    size: float,
    color: str,
    weight: str = "bold",
) -> None:
    """Set a label beside one of the points, in order of liking, where it is free or else least in the way."""
    w, h = wide(words, size, weight) + 3, size * 1.2
    near: list[tuple[float, float]] = []
    far: list[tuple[float, float]] = []
    for x, y in points:
        sides = {
            "top": (x - w / 2, y + away),
            "bottom": (x - w / 2, y - away - h),
            "right": (x + away, y - h / 2),
            "left": (x - away - w, y - h / 2),
        }
        near += [sides[first], *(sides[side] for side in SIDES if side != first)]
        for step in (6, 12, 18, 26, 36):
            far += [(cx + dx, cy) for cx, cy in (sides["top"], sides["bottom"]) for dx in (-step, step)]
            far += [(cx, cy + step) for cx, cy in sides.values()] + [(cx, cy - step) for cx, cy in sides.values()]
            far += [(cx + dx, cy + dy) for cx, cy in sides.values() for dx in (-step, step) for dy in (-step, step)]
    cx, cy = keep.best(w, h, near + far, inside)
    pen.put(cx + w / 2, cy + h / 2, words, size=size, weight=weight, ha="center", va="center", color=color)
