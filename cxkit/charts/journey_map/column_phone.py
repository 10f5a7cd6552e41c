"""The map on a phone: turned by ninety degrees, the stages run downwards, a band each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from matplotlib.transforms import Bbox

from cxkit.charts.journey_map.column_curve import Track, one_goal, short_of
from cxkit.charts.journey_map.column_foot import planned
from cxkit.charts.journey_map.column_look import (
    PAGE,
    PHONE,
    Cell,
    going,
    least_bad,
    named,
    parts,
    say,
    scores,
    spot,
    ticks,
)
from cxkit.charts.journey_map.facts import Facts
from cxkit.charts.journey_map.language import known
from cxkit.charts.journey_map.measure import at_most, fit, longest, shown, tidy, wide, wrap
from cxkit.charts.journey_map.pen import Pen
from cxkit.charts.journey_map.wording import by_impact, pain_size, ranked
from cxkit.charts.style import LEADING, SIZE

EDGE, GAP, THICK, LEAST = 6.0, 12.0, 9.0, 62.0  #: to the page's edge; between words and curve; a bar; a band.
STEP = PHONE * LEADING
Line = tuple[str, float, str, str]  #: words, size, weight, colour.


@dataclass(frozen=True)
class Turned:
    """Where things stand: words on the left, the score's scale on the right; without scores words alone."""

    facts: Facts
    width: float

    @property
    def room(self) -> float:
        """Width of the words."""
        return (0.47 * self.width if self.facts.scored else self.width) - 2 * EDGE

    @property
    def left(self) -> float:
        """Where the scale begins."""
        return 0.47 * self.width + GAP

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.width - EDGE - 10

    @cached_property
    def most(self) -> float:
        """The longest bar, in customers."""
        return max((sum(parts(self.facts.row("flow", stage))) for stage in self.facts.names), default=0.0) or 1.0

    @cached_property
    def words(self) -> dict[str, list[Cell]]:
        """The words of each band from the top; an empty cell is where the bar stands."""
        return {stage: _words(self, stage) for stage in self.facts.names}

    @cached_property
    def bands(self) -> list[float]:
        """Height of each band."""
        least = LEAST if self.facts.scored else 0.0
        return [max(sum(map(_tall, self.words[stage])) + 14, least) for stage in self.facts.names]

    @cached_property
    def key(self) -> list[tuple[str, int]]:
        """What stands above the map: what is counted, what is scored, and the curves by name."""
        facts, room = self.facts, self.width - 2 * EDGE
        if not facts.scored:
            return [(line, -1) for line in wrap(f"{named(facts, 'flow')[0]}: {say(facts, 'on')}", room, PHONE)[0]]
        lines = [(line, -1) for line in at_most(say(facts, "shown"), room, 3, PHONE)[0]]
        for nth, curve in enumerate(facts.curves):
            lines.append((at_most(shown(tidy(curve, "–")), room - 24, 1, PHONE, "bold")[0][0], nth))
        return lines

    @cached_property
    def head(self) -> float:
        """Height of what stands above the bands."""
        scale = 0.0
        if self.facts.scored:
            scale = STEP + 4 + (STEP if one_goal(self.facts) is not None else 0.0)
        return len(self.key) * (STEP + 2) + scale + 4

    @cached_property
    def foot(self) -> list[str]:
        """What stands below them where there are no answers."""
        facts = self.facts
        return [] if facts.scored else wrap(facts.words["unscored_long"], self.width - 2 * EDGE, PHONE + 1)[0]


def tall_of(facts: Facts, width: float) -> float:
    """Height of the map."""
    turned = Turned(facts, width)
    foot = len(turned.foot) * (PHONE + 1) * LEADING
    return turned.head + sum(turned.bands) + (foot + 22 if foot else 6)


def draw(pen: Pen, facts: Facts, width: float) -> None:
    """Draw the bands from the top, then the curve down through them."""
    turned = Turned(facts, width)
    top = pen.tall - turned.head
    tops, y = [], top
    for tall in turned.bands:
        tops.append(y)
        y -= tall
    if facts.focus:
        at = facts.names.index(facts.focus)
        pen.box(0, tops[at] - turned.bands[at], width, turned.bands[at], "ground", fc=PAGE.bad_soft, zorder=-5)
        pen.box(0, tops[at] - turned.bands[at], 3, turned.bands[at], fc=PAGE.bad, zorder=1)
    for stage, start in zip(facts.names, tops, strict=True):
        pen.line([0, width], [start, start], "air", color=PAGE.line, lw=0.8, zorder=0)
        _band(turned, pen, stage, start)
    pen.line([0, width], [y, y], "air", color=PAGE.line, lw=0.8, zorder=0)
    _key(turned, pen)
    if facts.scored:
        middles = [start - tall / 2 for start, tall in zip(tops, turned.bands, strict=True)]
        _curves(turned, pen, middles, top, y)
    elif turned.foot:
        tall = len(turned.foot) * (PHONE + 1) * LEADING
        pen.card(0, y - tall - 18, width, tall + 12, PAGE.card)
        pen.lines(EDGE, y - 12, turned.foot, size=PHONE + 1, room=width - 2 * EDGE)


# ------------------------------------------------------------------ words
def _words(turned: Turned, stage: str) -> list[Cell]:
    facts, room = turned.facts, turned.room
    lines, size, whole = fit(facts.label(stage), room, 2 * SIZE * LEADING, SIZE, "bold", PHONE)
    if not whole:
        lines, whole = at_most(facts.label(stage), room, 4, PHONE, "bold")
    done = [Cell(lines, size, "bold", whole=whole)]
    row = facts.row("flow", stage)
    if row is not None and known(row.reached):
        done += _flow_words(turned, stage, row)
    elif not facts.flow.empty:
        done.append(Cell([facts.words["no_flow"]], PHONE, color="mute"))
    if facts.row("stages", stage).moment:
        full = facts.words["moment"]
        fits = wide(full, PHONE) <= room
        done += [Cell([full if fits else full[:1]], PHONE)] if fits or not facts.has_score(stage) else []
    return done + _pain_words(turned, stage)


def _flow_words(turned: Turned, stage: str, row: Any) -> list[Cell]:
    facts, room = turned.facts, turned.room
    _, still, left = parts(row)
    gone = [facts.words[key].format(n=facts.say.count(n)) for key, n in (("left", left), ("open", still)) if n]
    done = [] if _beside(turned, stage) else [Cell([_count(turned, row)], SIZE)]
    done.append(Cell([], 0.0))
    share, limits, base = going(facts, stage)
    if share:
        said = f"{share} ({limits.removesuffix(chr(160) + '%')})" if limits else share
        one = f"{said} {base}" if base else said
        lines = wrap(one, room, PHONE)[0] if base else [said]
        done.append(Cell(at_most(one, room, 4, PHONE)[0] if len(lines) > 4 else lines, PHONE))
    elif stage == facts.names[0]:
        done.append(Cell([say(facts, "starts")], PHONE, color="mute"))
    return done + ([Cell([longest(gone, room, PHONE)], PHONE, color="mute")] if gone else [])


def _count(turned: Turned, row: Any) -> str:
    said = turned.facts.say.count(row.reached)
    return said if wide(said, SIZE) <= turned.room else turned.facts.say.count(row.reached, True)


def _beside(turned: Turned, stage: str) -> bool:
    """Whether name and count share a line."""
    row, name = turned.facts.row("flow", stage), shown(turned.facts.label(stage))
    return wide(name, SIZE, "bold") + wide(_count(turned, row), SIZE) + 8 <= turned.room


def _pain_words(turned: Turned, stage: str) -> list[Cell]:
    """Place and size of the heaviest pain point, and whether anything is planned."""
    facts, room = turned.facts, turned.room
    done = []
    rows = by_impact(facts.rows("pains", stage))
    if rows:
        weight = "bold" if stage == facts.worst else "normal"
        rank = ranked(facts, rows[0])
        size = next((s for s in (pain_size(facts, rows[0], r) for r in (1, 2)) if wide(s, PHONE, weight) <= room), "")
        size = size or pain_size(facts, rows[0], 2)
        head = say(facts, "pain", rank=rank) if rank else ""
        both = f"{head}: {size}" if head else size
        lines = [both] if wide(both, PHONE, weight) <= room else [f"{head}:", size]
        done.append(Cell(lines, PHONE, weight))
    word, who = planned(facts, stage) if not facts.ideas.empty else ("", "")
    if word:
        free = any(not row.owner for row in facts.rows("ideas", stage))
        said = at_most(f"{word}, {who}" if who else word, room, 2, PHONE, "bold" if free else "normal")[0]
        done.append(Cell(said, PHONE, "bold" if free else "normal", "ink" if free else "mute"))
    return done


def _tall(cell: Cell) -> float:
    return cell.tall if cell.lines else THICK + 5


def _band(turned: Turned, pen: Pen, stage: str, top: float) -> None:
    y, row = top - 6, turned.facts.row("flow", stage)
    if row is not None and known(row.reached) and _beside(turned, stage):
        pen.put(EDGE + turned.room, y, _count(turned, row), size=SIZE, ha="right")
    for cell in turned.words[stage]:
        if cell.lines:
            y -= pen.lines(EDGE, y, cell.lines, size=cell.size, weight=cell.weight, color=cell.color, room=turned.room)
        else:
            _bar(pen, EDGE, y - THICK - 2, turned.room / turned.most, row)
            y -= THICK + 5


def _bar(pen: Pen, x: float, y: float, unit: float, row: Any) -> None:
    reached, still, left = (part * unit for part in parts(row))
    if row.side:
        pen.box(x, y, reached, THICK, fc="none", ec=PAGE.accent, lw=1, zorder=2)
        return
    pen.box(x, y, reached + still + left, THICK, "ground", fc=PAGE.bg, zorder=1)
    pen.box(x, y, reached, THICK, fc=PAGE.accent_soft, zorder=2)
    pen.box(x + reached, y, still, THICK, fc="none", ec=PAGE.mute, lw=0.8, ls=(0, (1, 1.5)), zorder=2)
    if left > 0:
        pen.hatched(x + reached + still, y, left, THICK, PAGE.past)
    pen.line([x + reached] * 2, [y, y + THICK], color=PAGE.accent, lw=2, zorder=3)


# ------------------------------------------------------------------ curve
def _key(turned: Turned, pen: Pen) -> None:
    """What is counted and scored; each curve by its name behind its mark."""
    y = pen.tall - 2
    for words, nth in turned.key:
        if nth < 0:
            pen.lines(EDGE, y, [words], size=PHONE, color="mute", room=turned.width - 2 * EDGE)
        else:
            middle = y - 0.55 * PHONE
            style = dict(color=PAGE.past, lw=1.2, ls=(0, (4, 2.5))) if nth else dict(color=PAGE.accent, lw=2.2)
            pen.line([EDGE, EDGE + 18], [middle] * 2, zorder=2, **style)
            face, edge = (PAGE.bg, PAGE.past) if nth else (PAGE.accent, PAGE.bg)
            pen.point(EDGE + 9, middle, "D" if nth else "o", 4.5 if nth else 7, mfc=face, mec=edge, zorder=3)
            pen.put(EDGE + 24, y, words, size=PHONE, weight="bold", color="mute" if nth else "accent_text")
        y -= STEP + 2


def _curves(turned: Turned, pen: Pen, middles: list[float], top: float, low: float) -> None:
    facts = turned.facts
    track = Track(
        facts, pen, middles, scores(facts), turned.left + 10, turned.right - 6, turned=True, dodge=9.0
    )  # fmt: skip
    _scale(turned, track, top, low)
    track.goals(top, low, 20)
    for nth in reversed(range(len(facts.curves))):
        track.curve(nth)
    track.points()
    for i, stage in sorted(enumerate(facts.names), key=lambda pair: pair[1] != facts.worst):
        middle, tall = middles[i], turned.bands[i]
        inside = Bbox.from_extents(turned.left - 13, middle - tall / 2 + 2, turned.width - 1, middle + tall / 2 - 2)
        if facts.has_score(stage):
            _label(turned, track, i, inside)
        else:
            gap = [[(line, PHONE, "normal", "mute") for line in _broken(facts.words["gap"], room)] for room in (90, 48)]
            _set(track, gap, ((inside.x0 + inside.x1) / 2, middle), 0, inside)


def _scale(turned: Turned, track: Track, top: float, low: float) -> None:
    """Lines down through the bands, their scores above them, and the goal above its line."""
    facts, pen = turned.facts, track.pen
    places, words = ticks(facts, track.scale, turned.right - turned.left - 16, PHONE)
    track.grid(places, top, low)
    for place, said in zip(places, words, strict=True):
        x = float(track.over(place))
        pen.put(x, top + 4, said, size=PHONE, color="mute", ha="center", va="bottom")
    if (goal := one_goal(facts)) is not None:
        words = facts.words["goal"].format(goal=facts.said(goal))
        half = wide(words, PHONE) / 2 + 2
        x = min(max(float(track.over(goal)), turned.left + half), turned.width - half)
        pen.put(x, top + 4 + STEP, words, size=PHONE, ha="center", va="bottom")


def _label(turned: Turned, track: Track, i: int, inside: Bbox) -> None:
    """The score and what it rests on beside its point; at the worst stage how far below the goal, too."""
    facts = turned.facts
    stage = facts.names[i]
    row, worst = facts.score(stage), stage == facts.worst
    x, y = track.at(i, row.score)
    color = "ink" if worst else "accent_text"
    score = (facts.said(row.score), 16.0 if worst else SIZE, "bold", color)
    gap = short_of(facts, stage) if worst else 0.0
    few = facts.words["few" if facts.few(row) else "n"].format(n=facts.say.count(row.n))
    notes = [few.replace("n ", "n\u00a0", 1)]
    if gap:
        notes.insert(0, facts.words["below"].format(gap=facts.gap(gap)))
        _arrow(track, float(track.over(facts.goal_of(stage))), x, y)
    blocks = []
    for room in (80, 60, 48, 38):  # where the block finds no free place, its lines are broken
        looks = [("bold", "ink") if gap and not nth else ("normal", "mute") for nth in range(len(notes))]
        blocks.append([score, *(
            (line, PHONE, *look) for note, look in zip(notes, looks, strict=True)
            for line in _broken(note, room, look[0])
        )])  # fmt: skip
    _set(track, blocks, (x, y), 9 if worst else 7, inside)


def _broken(words: str, room: float, weight: str = "normal") -> list[str]:
    """A note in lines, broken between words alone."""
    return wrap(words, max([room, *(wide(word, PHONE, weight) for word in words.split(" "))]), PHONE, weight)[0]


def _arrow(track: Track, start: float, x: float, y: float) -> None:
    """An arrow from the goal to the worst point."""
    tip = x + 9
    if start - tip < 12:
        return
    track.pen.line([start, tip + 5], [y, y], color=PAGE.bad, lw=1.4, zorder=2)
    track.pen.shape([(tip + 7, y - 3), (tip + 7, y + 3), (tip, y)], "mark", fc=PAGE.bad, zorder=2)
    track.keep.line([x, start], [y, y])


def _set(track: Track, blocks: list[list[Line]], point: tuple[float, float], away: float, inside: Bbox) -> None:
    """A few lines as one block beside a point: the first block that meets nothing somewhere, else where it is least bad."""
    for last, lines in zip((False,) * (len(blocks) - 1) + (True,), blocks, strict=True):
        w, h = _size(lines)
        corners = _corners(w, h, point, away)
        corner = spot(track.keep, w, h, corners, inside) or (
            least_bad(track.pen, track.keep, w, h, corners, inside) if last else None
        )
        if corner:
            break
    top = corner[1] + h
    for words, size, weight, color in lines:
        y = top - 0.6 * size
        track.pen.put(corner[0] + w / 2, y, words, size=size, weight=weight, ha="center", va="center", color=color)
        top -= size * 1.2


def _size(lines: list[Line]) -> tuple[float, float]:
    w = max(wide(words, size, weight) for words, size, weight, _ in lines) + 6
    h = sum(size * 1.2 for _, size, _, _ in lines)
    return w, h


def _corners(w: float, h: float, point: tuple[float, float], away: float) -> list[tuple[float, float]]:
    """Lower left corners of a block around a point, from near to far."""
    x, y = point
    corners = [] if away else [(x - w / 2, y - h / 2)]
    for step in (0, 4, 8, 13, 19, 26, 34, 44):
        for dy in (0, -6, 6, -12, 12, -19, 19, -26, 26):
            corners += [(x + away + step, y - h / 2 + dy), (x - away - step - w, y - h / 2 + dy)]
        corners += [(x - w / 2 + dx, y + side) for dx in (0, -step, step) for side in (-away - h, away)]
    return corners
