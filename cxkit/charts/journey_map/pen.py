"""Drawing in points: texts line by line on their own baselines, and shapes that know whether text may stand on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyBboxPatch, Polygon, Rectangle

from cxkit.charts.hatching import hatch
from cxkit.charts.journey_map.measure import at_most, fit, shown, unbroken, wide, wrap
from cxkit.charts.journey_map.palette import BODY, FLOOR, SMALL, Look
from cxkit.charts.style import FONT, LEADING

GROUND, MARK, AIR = "ground", "mark", "air"  #: text may stand on it, must not touch it, may cross it (hairlines).

__all__ = ["AIR", "BODY", "FLOOR", "GROUND", "MARK", "SMALL", "Pen", "unbroken", "wide", "wrap"]


@dataclass(frozen=True)
class Pen:
    """Draws one row of the map; y is counted from the foot of the row, everything in points."""

    ax: Axes
    look: Look
    y0: float = 0.0
    tall: float = 0.0

    def colour(self, name: str) -> str:
        """A colour by its name in the palette."""
        return getattr(self.look, name)

    # ------------------------------------------------------------------ shapes
    def _add(self, artist: Any, role: str) -> Any:
        artist.cx_role = role
        artist.set_clip_on(False)
        return self.ax.add_artist(artist)  # as add_patch and add_line, without reckoning limits that are set anyway

    def box(self, x: float, y: float, w: float, h: float, role: str = MARK, **more: Any) -> None:
        """A rectangle; those without any height or width are not drawn at all."""
        if w <= 0 or h <= 0:
            return
        self._add(Rectangle((x, self.y0 + y), w, h, **{"lw": 0, **more}), role)

    def hatched(self, x: float, y: float, w: float, h: float, colour: str) -> None:
        """A hatched rectangle with a thin edge."""
        if h > 0:
            self._add(Rectangle((x, self.y0 + y), w, h, fc="none", ec=colour, lw=0.7, zorder=2), MARK)
            hatch(self.ax, x, self.y0 + y, w, h, colour, zorder=2)

    def card(self, x: float, y: float, w: float, h: float, face: str, edge: str = "none", dashed: bool = False) -> None:
        """A box with round corners, for text to stand on."""
        patch = FancyBboxPatch(
            (x, self.y0 + y),
            w,
            h,
            boxstyle="round,pad=0,rounding_size=3",
            fc=face,
            ec=edge,
            zorder=1,
            lw=0 if edge == "none" else 0.8,
            ls="--" if dashed else "-",
        )
        self._add(patch, GROUND)

    def shape(self, points: Sequence[tuple[float, float]], role: str = GROUND, **more: Any) -> None:
        """A polygon."""
        self._add(Polygon([(x, self.y0 + y) for x, y in points], closed=True, **{"lw": 0, **more}), role)

    def line(self, xs: Sequence[float], ys: Sequence[float], role: str = MARK, **more: Any) -> None:
        """A line through points; it breaks where one is missing."""
        more = {"solid_capstyle": "butt", "dash_capstyle": "butt", **more}
        self._add(Line2D(list(xs), [self.y0 + y for y in ys], **more), role)

    def point(self, x: float, y: float, marker: str, size: float, **more: Any) -> None:
        """One mark."""
        self._add(Line2D([x], [self.y0 + y], ls="", marker=marker, ms=size, **more), MARK)

    def arrow(self, x: float, top: float, tip: float, colour: str) -> None:
        """An arrow straight up or down, from `top` to `tip`."""
        back = 7 if top > tip else -7
        self.line([x, x], [top, tip + back * 0.7], color=colour, lw=1.4, zorder=2)
        self.shape([(x - 3, tip + back), (x + 3, tip + back), (x, tip)], MARK, fc=colour, zorder=2)

    def face(self, x: float, y: float, mood: float, r: float = 6.0) -> None:
        """A face whose mouth bends with the mood, 0 to 1: drawn strokes, no picture font."""
        mute = self.look.mute
        self._add(Circle((x, self.y0 + y), r, fc=self.look.bg, ec=mute, lw=0.8), MARK)
        eyes = Line2D([x - 0.35 * r, x + 0.35 * r], [self.y0 + y + 0.28 * r] * 2, ls="", marker="o", ms=1.4, color=mute)
        eyes.set_markeredgewidth(0)
        self._add(eyes, MARK)
        steps = np.linspace(-1, 1, 15)
        mouth = y - 0.38 * r + 0.63 * r * (min(max(mood, 0), 1) - 0.5) * (steps**2 - 0.5)
        self.line(x + 0.47 * r * steps, mouth, color=mute, lw=0.9)

    # ------------------------------------------------------------------ texts
    def lines(
        self,
        x: float,
        y: float,
        lines: Sequence[str],
        *,
        size: float = BODY,
        weight: str = "normal",
        color: str = "ink",
        ha: str = "left",
        va: str = "top",
        room: float | None = None,
        whole: bool = True,
        zorder: float = 5,
    ) -> float:
        """Set ready lines, hung from (x, y); returns the height used.

        Each line is an artist of its own on its own baseline: with a line spacing given, matplotlib moves a line by
        half of what hangs below it, so that columns would not stand in line.
        """
        step, tall = size * LEADING, len(lines) * size * LEADING
        first = {
            "top": y - 0.92 * size,
            "bottom": y + tall - 0.92 * size,
            "center": y + (len(lines) - 1) * step / 2 - 0.365 * size,
        }[va]
        for k, words in enumerate(lines):
            artist = self.ax.text(
                x,
                self.y0 + first - k * step,
                words,
                fontfamily=FONT,
                fontsize=size,
                fontweight=weight,
                color=to_hex(self.colour(color)),
                ha=ha,
                va="baseline",
                zorder=zorder,
                parse_math=False,
                clip_on=False,
            )
            artist.cx_whole = whole
            artist.cx_row = (self.y0, self.y0 + self.tall)
            start = x - {"left": 0.0, "center": (room or 0) / 2, "right": room or 0}[ha]
            artist.cx_room = None if room is None else (start, start + room)
        return tall

    def put(
        self,
        x: float,
        y: float,
        words: str,
        room: float | None = None,
        height: float | None = None,
        *,
        size: float = BODY,
        weight: str = "normal",
        floor: float = FLOOR,
        **more: Any,
    ) -> float:
        """Set a text in a box of `room` x `height` points, as large as it fits, at most `size`."""
        if not words:
            return 0.0
        lines, whole = [shown(words)], True
        if room is not None:
            lines, size, whole = fit(words, room, 1e9 if height is None else height, size, weight, min(floor, size))
        return self.lines(x, y, lines, size=size, weight=weight, room=room, whole=whole, **more)

    def some(self, x: float, y: float, words: str, room: float, most: int, size: float, **more: Any) -> float:
        """Set a text at one size in at most so many lines, the rest cut."""
        if not words:
            return 0.0
        lines, whole = at_most(words, room, most, size, more.get("weight", "normal"))
        return self.lines(x, y, lines, size=size, room=room, whole=whole, **more)

    def small(self, x: float, y: float, words: str, room: float | None = None, **more: Any) -> float:
        """Set a small, quiet text."""
        return self.put(x, y, words, room, **{"size": SMALL, "color": "mute", **more})
