"""The experience curve of the column: from left to right at a desk, downwards on a phone, small beside a persona."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from cxkit.charts.journey_map.facts import Facts
from cxkit.charts.journey_map.keepout import Keepout
from cxkit.charts.journey_map.language import known
from cxkit.charts.journey_map.pen import AIR, MARK, Pen


@dataclass
class Track:
    """Where a curve runs: stages stand `along` one axis, scores from `start` to `end` on the other, all in points.

    With `cut`, what lies beyond the scale ends at its edge.
    """

    facts: Facts
    pen: Pen
    along: Sequence[float]
    scale: tuple[float, float]
    start: float
    end: float
    turned: bool = False
    dodge: float = 7.0
    cut: bool = False
    keep: Keepout = field(default_factory=Keepout)

    def over(self, score: Any) -> Any:
        """Where a score stands on its axis."""
        low, high = self.scale
        score = np.clip(np.asarray(score, float), *self.scale) if self.cut else np.asarray(score, float)
        return self.start + (score - low) / (high - low) * (self.end - self.start)

    def at(self, i: int, score: float, curve: int = 0) -> tuple[float, float]:
        """The point of a stage's score."""
        along = self.along[i] + (self.dodge if not self.turned else -self.dodge) * bool(curve)
        across = float(self.over(score))
        return (across, along) if self.turned else (along, across)

    def line(self, points: Sequence[tuple[float, float]], dislike: float | None, **more: Any) -> None:
        """A line through points; labels keep off it as much as they dislike it."""
        xs, ys = zip(*points, strict=True)
        self.pen.line(xs, ys, AIR if dislike is None else MARK, **more)
        if dislike:
            self.keep.line(xs, ys, dislike)

    # ------------------------------------------------------------------ what is drawn
    def grid(self, places: Sequence[float], first: float, last: float) -> None:
        """Hairlines at scores, from one end of the stages to the other."""
        for place in places:
            value = float(self.over(place))
            ends = [(value, first), (value, last)] if self.turned else [(first, value), (last, value)]
            self.line(ends, None, color=self.pen.look.line, lw=0.8, zorder=0)

    def goals(self, first: float, last: float, half: float) -> None:
        """One dotted line where all stages share a goal, else a short one at each stage."""
        style = dict(color=self.pen.look.ink, lw=1.1, ls=(0, (1, 2)), zorder=1)
        if (goal := one_goal(self.facts)) is not None:
            value = float(self.over(goal))
            self.line([(value, first), (value, last)] if self.turned else [(first, value), (last, value)], 60, **style)
            return
        for i, stage in enumerate(self.facts.names):
            goal = self.facts.goal_of(stage)
            if goal is not None:
                x, y = self.at(i, goal)
                ends = [(x, y - half), (x, y + half)] if self.turned else [(x - half, y), (x + half, y)]
                self.line(ends, 60, **style)

    def curve(self, nth: int, lw: float = 2.4) -> None:
        """Line and intervals of a curve; a stage with no answers breaks both, nothing is bridged."""
        look = self.pen.look
        for i, row in self._rows(nth):
            if known(row.low) and known(row.high):
                ends = [self.at(i, row.low, nth), self.at(i, row.high, nth)]
                self.line(ends, 300, color=look.past if nth else look.accent, lw=0.9 if nth else 1.2, zorder=2)
        for (i, one), (j, two) in pairwise(self._rows(nth)):
            if j != i + 1:
                continue
            limits = [one.low, one.high, two.low, two.high]
            if not nth and all(map(known, limits)):
                edge = [self.at(i, one.low), self.at(j, two.low), self.at(j, two.high), self.at(i, one.high)]
                self.pen.shape(edge, MARK, fc=look.accent, alpha=0.16, zorder=1)
                self.keep.area(edge, 30)
            style = dict(color=look.past, lw=1.2, ls=(0, (4, 2.5))) if nth else dict(color=look.accent, lw=lw)
            ends = [self.at(i, one.score, nth), self.at(j, two.score, nth)]
            self.line(ends, 200 if nth else 500, zorder=2 if nth else 3, solid_capstyle="round", **style)
        if nth:
            for i, row in self._rows(nth):
                x, y = self.at(i, row.score, nth)
                self.pen.point(x, y, "D", 4.5, mfc=look.bg, mec=look.past, zorder=3)
                self.keep.box(x - 4, y - 4, 8, 8)

    def points(self, small: bool = False) -> None:
        """The marks of the subject: hollow below thirty answers, a star at a moment of truth, orange at the worst."""
        look, facts = self.pen.look, self.facts
        for i, row in self._rows(0):
            stage = facts.names[i]
            star, few, worst = bool(facts.row("stages", stage).moment), facts.few(row), stage == facts.worst
            size = (5.5 if few else 5.0) if small else (17 if star else 12) if worst else 14 if star else 8
            colour = look.bad if worst else look.accent
            x, y = self.at(i, row.score)
            self.pen.point(
                x, y, "*" if star and not small else "o", size, zorder=6, mfc=look.bg if few else colour,
                mec=colour if few else look.bg, mew=(1.2 if few else 0.6) if small else 1.8 if few else 1,
            )  # fmt: skip
            reach = size / 2 + 0.5
            self.keep.box(x - reach, y - reach, 2 * reach, 2 * reach)

    def _rows(self, nth: int) -> list[tuple[int, Any]]:
        facts = self.facts
        return [(i, facts.score(name, nth)) for i, name in enumerate(facts.names) if facts.has_score(name, nth)]


def one_goal(facts: Facts) -> float | None:
    """The goal that all stages share, or None."""
    goals = {facts.goal_of(stage) for stage in facts.names}
    return goals.pop() if len(goals) == 1 else None


def goals_differ(facts: Facts) -> bool:
    """Whether stages have goals of their own."""
    return one_goal(facts) is None and any(facts.goal_of(stage) is not None for stage in facts.names)


def short_of(facts: Facts, stage: str) -> float:
    """How far the worst stage's score lies below its goal; 0 where it does not."""
    row, goal = facts.score(stage), facts.goal_of(stage)
    return goal - row.score if facts.has_score(stage) and goal is not None and goal > row.score else 0.0
