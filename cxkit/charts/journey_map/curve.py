"""The heart of the map: how each stage was experienced, with intervals, gaps, the goal and the other curve."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.transforms import Bbox

from cxkit.charts.journey_map.keepout import Keepout, beside
from cxkit.charts.journey_map.language import known
from cxkit.charts.journey_map.layout import Row, Sheet
from cxkit.charts.journey_map.measure import shown, tidy, wide, wrap
from cxkit.charts.journey_map.palette import FLOOR, STRONG
from cxkit.charts.journey_map.pen import AIR, MARK, Pen
from cxkit.charts.journey_map.wording import slope_of
from cxkit.charts.style import round_places

FOOT, HEAD, DODGE = 31.0, 11.0, 9.0  #: below and above the scale; how far the other curve stands to the right.
FACES = 42.0  #: width of the scale with its faces.
BELOW = 44.0  #: a shortfall shorter than this many points gets no words of its own.


@dataclass
class Frame:
    """The curve's row while it is drawn: its scale in points, and what labels must keep off."""

    sheet: Sheet
    pen: Pen
    low: float
    high: float
    head: float
    keep: Keepout = field(default_factory=Keepout)

    @property
    def inside(self) -> Bbox:
        """Where labels may stand."""
        return Bbox.from_extents(self.sheet.left, 20, self.sheet.right, self.pen.tall - self.head + 8)

    def y(self, score: Any) -> Any:
        """Height of a score."""
        tall = self.pen.tall - FOOT - HEAD - self.head
        return FOOT + (np.asarray(score, float) - self.low) / (self.high - self.low) * tall


def emotion_row(sheet: Sheet) -> Row:
    """The experience curve; it takes all the height the other rows leave."""
    head = 24.0 if sheet.facts.stages.moment.any() else 16.0  # the row name stands above the first face

    def draw(pen: Pen) -> None:
        keep = _keep(sheet)
        sheet.label(pen, "emotion", keep)
        frame = Frame(sheet, pen, *span(sheet), head)
        _grid(frame, faces=keep > FACES - 1)
        _goals(frame)
        for curve in reversed(range(len(sheet.facts.curves))):
            _curve(frame, curve)
        points = [(i, stage) for i, stage in enumerate(sheet.facts.names)]
        for i, stage in points:
            _around(frame, i, stage)
        for i, stage in sorted(points, key=lambda pair: pair[1] != sheet.facts.worst):
            _point(frame, i, stage)
        for curve in range(len(sheet.facts.curves)):
            _name(frame, curve)
        _name_goals(frame)

    return Row("emotion", sheet.page.least, draw, grows=1.0)


def span(sheet: Sheet) -> tuple[float, float]:
    """The part of the scale that is shown: all intervals and goals, and half of the scale at the least."""
    facts = sheet.facts
    rows = facts.emotion
    values = [v for name in ("score", "low", "high") for v in rows[name] if known(v)]
    values += [goal for stage in facts.names if (goal := facts.goal_of(stage)) is not None]
    bottom, top = facts.scale
    step = _step(bottom, top)
    low, high = (min(values), max(values)) if values else (bottom, top)
    low, high = np.floor(low / step + 1e-9) * step, np.ceil(high / step - 1e-9) * step
    while high - low < 0.5 * (top - bottom):
        if low - step >= bottom - 1e-9 and (low - bottom) >= (top - high):
            low -= step
        elif high + step <= top + 1e-9:
            high += step
        else:
            break
    return float(low), float(high if high > low else low + step)


def _step(bottom: float, top: float) -> float:
    places = round_places(bottom, top, 5)
    return max(places[1] - places[0], 1e-9) if len(places) > 1 else (top - bottom)


def _keep(sheet: Sheet) -> float:
    """Room beside the row's name for the scale, with its faces where that breaks no word."""
    note, room = sheet.named("emotion")[1], sheet.left - sheet.margin
    return 22.0 if wrap(note, room - FACES, FLOOR)[1] else FACES


def _grid(frame: Frame, faces: bool) -> None:
    """Hairlines with their scores; a face beside each, if there is room."""
    sheet, pen, facts = frame.sheet, frame.pen, frame.sheet.facts
    bottom, top = facts.scale
    step = _step(bottom, top)
    digits = 0 if float(step).is_integer() else 1
    tall = float(frame.y(frame.low + step) - frame.y(frame.low))
    for score in np.arange(frame.low, frame.high + step / 2, step):
        y = float(frame.y(score))
        pen.line([sheet.left, sheet.right], [y, y], AIR, color=sheet.look.line, lw=0.8, zorder=0)
        said = facts.say.score(score, digits, facts.scale[0] < 0)
        pen.put(sheet.left - 6, y, said, size=9, color="mute", ha="right", va="center")
        if faces and tall >= 13.5:
            pen.face(sheet.left - 10 - wide("+2", 9) - 8, y, (score - bottom) / (top - bottom))


def _goals(frame: Frame) -> None:
    """One dotted line where all stages share a goal, else a short one at each stage."""
    sheet, pen = frame.sheet, frame.pen
    style = dict(color=sheet.look.ink, lw=1.1, ls=(0, (1, 2)), zorder=1)
    for x0, x1, goal in goal_lines(sheet):
        y = float(frame.y(goal))
        pen.line([x0, x1], [y, y], **style)
        frame.keep.line([x0, x1], [y, y], 250)


def goal_lines(sheet: Sheet) -> list[tuple[float, float, float]]:
    """From, to and height of each goal's line."""
    goals = [sheet.facts.goal_of(stage) for stage in sheet.facts.names]
    if None not in goals and len(set(goals)) == 1:
        return [(sheet.left, sheet.right, goals[0])]
    half = 0.36 * sheet.column
    return [(sheet.mid(i) - half, sheet.mid(i) + half, goal) for i, goal in enumerate(goals) if goal is not None]


def _name_goals(frame: Frame) -> None:
    """The goal in words at the right end of its line; many goals are named below their stage instead."""
    sheet, facts = frame.sheet, frame.sheet.facts
    found = goal_lines(sheet)
    if len(found) != 1:
        return
    x0, x1, goal = found[0]
    words, y = facts.words["goal"].format(goal=facts.said(goal)), float(frame.y(goal))
    w, h = wide(words, FLOOR) + 3, FLOOR * 1.25
    corners = []
    for i in range(len(facts.names), 0, -1):  # at the right edge, else between two columns
        for x in (min(sheet.x(i), x1) - w, sheet.x(i - 1) + 2):
            corners += [(x, y + 2), (x, y - h - 2)]
    cx, cy = frame.keep.best(w, h, [c for c in corners if c[0] >= x0 - 1], frame.inside)
    frame.pen.small(cx + w - 1.5, cy + h / 2, words, color="ink", ha="right", va="center")


def _curve(frame: Frame, curve: int) -> None:
    """Line and intervals of one curve; a stage with no answers breaks both, nothing is interpolated."""
    sheet, pen, keep, look = frame.sheet, frame.pen, frame.keep, frame.sheet.look
    rows = [sheet.facts.score(stage, curve) for stage in sheet.facts.names]
    shift = DODGE if curve else 0.0
    x = np.array([sheet.mid(i) + shift for i in range(len(rows))])
    score, low, high = (
        np.array([float(frame.y(getattr(r, k))) if r is not None else np.nan for r in rows])
        for k in ("score", "low", "high")
    )
    there = ~np.isnan(score)
    limits = there & ~np.isnan(low) & ~np.isnan(high)
    for k in np.flatnonzero(limits):
        colour = look.past if curve else look.accent
        pen.line([x[k]] * 2, [low[k], high[k]], color=colour, lw=0.9 if curve else 1.2, zorder=2)
        keep.line([x[k]] * 2, [low[k], high[k]], 300)
        if curve:
            for edge in (low[k], high[k]):
                pen.line([x[k] - 2.5, x[k] + 2.5], [edge] * 2, color=colour, lw=0.9, zorder=2)
                keep.line([x[k] - 3.5, x[k] + 3.5], [edge] * 2, 300)
    for k in np.flatnonzero(there[:-1] & there[1:]):
        pair = slice(k, k + 2)
        if not curve and limits[k] and limits[k + 1]:
            edge = [*zip(x[pair], low[pair], strict=True), *reversed(list(zip(x[pair], high[pair], strict=True)))]
            pen.shape(edge, MARK, fc=look.accent, alpha=0.16, zorder=1)
            keep.area(edge, 120)
        style = dict(color=look.past, lw=1.3, ls=(0, (4, 2.5))) if curve else dict(color=look.accent, lw=2.6)
        pen.line(x[pair], score[pair], zorder=2 if curve else 3, solid_capstyle="round", **style)
        keep.line(x[pair], score[pair])
    for k in np.flatnonzero(there):
        keep.box(x[k] - 5, score[k] - 5, 10, 10)
        if curve:
            pen.point(x[k], score[k], "D", 4.5, mfc=look.bg, mec=look.past, zorder=3)


def _around(frame: Frame, i: int, stage: str) -> None:
    """Below a stage its n, above it why it is a moment of truth."""
    sheet, pen, facts = frame.sheet, frame.pen, frame.sheet.facts
    row, x = facts.score(stage), sheet.mid(i)
    note = "gap" if not facts.has_score(stage) else "few" if facts.few(row) else "n"
    words = facts.words[note].format(n=facts.say.count(row.n) if row is not None else "")
    goal = facts.goal_of(stage)
    if goal is not None and len(goal_lines(sheet)) != 1:
        more = f"{words} · {facts.words['goal'].format(goal=facts.said(goal))}"
        words = more if wide(more, FLOOR) <= sheet.column - 4 else words
    pen.small(x, 17, words, sheet.column - 4, ha="center")
    if goal is not None and len(goal_lines(sheet)) != 1 and "·" not in words:
        beside(
            pen, frame.keep, frame.inside, facts.said(goal), [(x + 0.36 * sheet.column, float(frame.y(goal)))], 2,
            "top", FLOOR, "ink", "normal",
        )  # fmt: skip
    star = facts.row("stages", stage)
    if star.moment:
        keep = frame.keep
        keep.box(sheet.x(i), pen.tall - 28, sheet.column, 28)
        words = next((w for w in (facts.words["moment"], "★") if wide(w, FLOOR, "bold") <= sheet.column - 2), "★")
        used = pen.small(x, pen.tall - 4, words, color="ink", weight="bold", ha="center")
        pen.small(x, pen.tall - 4 - used, _slope(sheet, star), color="ink", ha="center")


def _slope(sheet: Sheet, star: Any) -> str:
    """How much of the outcome goes with a point of the score, in the fullest wording that fits every column."""
    facts = sheet.facts
    every = [row for row in facts.stages.itertuples(index=False) if row.moment]
    for rung in range(3):
        if all(wide(slope_of(facts, row, rung), FLOOR) <= sheet.column - 4 for row in every):
            return slope_of(facts, star, rung)
    return facts.say.score(star.slope, 1, sign=True)


def _point(frame: Frame, i: int, stage: str) -> None:
    """The mark of a stage and its score; for the worst stage the shortfall, too."""
    sheet, pen, look, facts = frame.sheet, frame.pen, frame.sheet.look, frame.sheet.facts
    if not facts.has_score(stage):
        return
    row, x, worst = facts.score(stage), sheet.mid(i), stage == facts.worst
    at, moment, few = float(frame.y(row.score)), bool(facts.row("stages", stage).moment), facts.few(row)
    colour = look.bad if worst else look.accent
    size = (20 if moment else 13) if worst else 16 if moment else 9
    pen.point(
        x, at, "*" if moment else "o", size, zorder=6, mfc=look.bg if few else colour,
        mec=colour if few else look.bg, mew=1.8 if few else 1,
    )  # fmt: skip
    frame.keep.box(x - size / 2, at - size / 2, size, size)
    if worst:
        _shortfall(frame, x, at, row.score, facts.goal_of(stage))
    beside(
        pen, frame.keep, frame.inside, facts.said(row.score), [(x, at)], 12 if worst else 9,
        "bottom" if worst else "top", 19 if worst else STRONG, "bad_text" if worst else "accent_text",
    )  # fmt: skip


def _shortfall(frame: Frame, x: float, at: float, score: float, goal: float | None) -> None:
    """An arrow from the goal down to the worst point, with its length in points of the scale."""
    if goal is None or goal <= score:
        return
    top = float(frame.y(goal))
    if top - at < 24:
        return
    frame.pen.arrow(x, top, at + 10, frame.sheet.look.bad)
    frame.keep.line([x, x], [at, top])
    if top - at >= BELOW:
        facts = frame.sheet.facts
        words = facts.words["below"].format(gap=facts.gap(goal - score))
        spots = [(x, at + (top - at) * part) for part in (0.5, 0.35, 0.65, 0.8)]
        beside(frame.pen, frame.keep, frame.inside, words, spots, 7, "left", 9, "bad_text")


def _name(frame: Frame, curve: int) -> None:
    """A curve named on itself, in its colour: the subject where it starts, the other where they are furthest apart."""
    sheet, facts = frame.sheet, frame.sheet.facts
    rows = [(i, facts.score(stage, curve)) for i, stage in enumerate(facts.names) if facts.has_score(stage, curve)]
    if not rows:
        return
    if curve:

        def apart(pair: tuple[int, Any]) -> float:
            """Best where it stands alone, then where the two are furthest apart; never at the worst stage."""
            stage = pair[1].stage
            if not facts.has_score(stage):
                return -float("inf")
            return -abs(facts.score(stage).score - pair[1].score) * (stage != facts.worst)

        rows.sort(key=apart)
    points = [(sheet.mid(i) + DODGE * bool(curve), float(frame.y(row.score))) for i, row in rows]
    color = "mute" if curve else "accent_text"
    name = _named(facts.curves[curve])
    beside(frame.pen, frame.keep, frame.inside, name, points, 8 if curve else 24, "top", FLOOR, color)


def _named(curve: str) -> str:
    return shown(tidy(curve, "–"))
