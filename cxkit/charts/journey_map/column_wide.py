"""The map at a desk: the stages from left to right, each row of the map below them."""

from __future__ import annotations

from typing import Any

from matplotlib.transforms import Bbox

from cxkit.charts.journey_map.column_curve import Track, goals_differ, one_goal, short_of
from cxkit.charts.journey_map.column_foot import pains_row, plans_row
from cxkit.charts.journey_map.column_look import (
    LEAST,
    LOUD,
    NAME,
    PAGE,
    PLAIN,
    Cell,
    Grid,
    cells,
    first_that_fits,
    going,
    least_bad,
    light,
    named,
    parts,
    say,
    scores,
    short_counts,
    spot,
    ticks,
)  # fmt: skip
from cxkit.charts.journey_map.facts import Facts
from cxkit.charts.journey_map.keepout import SIDES
from cxkit.charts.journey_map.language import known
from cxkit.charts.journey_map.layout import Row
from cxkit.charts.journey_map.measure import at_most, shown, tidy, wide, wrap
from cxkit.charts.journey_map.pen import GROUND, Pen
from cxkit.charts.style import LEADING

TIP, CURVE, BARS, LONE = 5.0, 118.0, 48.0, 120.0  #: a chevron's point; height of the curve, of bars, of bars alone.
STEP = LEAST * LEADING


def rows_of(facts: Facts, width: float) -> list[Row]:
    """The rows of the map, from the top."""
    grid = Grid(facts, width)
    rows = [_stages(grid)]
    if not facts.flow.empty:
        rows.append(_flow(grid))
    rows.append(_emotion(grid) if facts.scored else _unscored(grid))
    if not facts.pains.empty:
        rows.append(pains_row(grid))
    if not facts.ideas.empty:
        rows.append(plans_row(grid))
    return rows


def tall_of(facts: Facts, width: float) -> float:
    """Height of the map."""
    return sum(row.least for row in rows_of(facts, width)) + 2


def draw(pen: Pen, facts: Facts, width: float) -> None:
    """Draw the rows one below the other, the tint of the worst stage behind them."""
    grid, rows, top = Grid(facts, width), rows_of(facts, width), pen.tall - 1
    if facts.focus:
        low = 0.0 if facts.scored else sum(row.least for row in rows[rows.index(_named(rows, "emotion")) :])
        x = grid.mid(grid.names.index(facts.focus)) - grid.column / 2
        pen.box(x, low, grid.column, top - rows[0].least + 4 - low, "ground", fc=PAGE.bad_soft, zorder=-5)
    for row in rows:
        top -= row.least
        row.draw(Pen(pen.ax, pen.look, top, row.least))


def _named(rows: list[Row], name: str) -> Row:
    return next(row for row in rows if row.name == name)


# ------------------------------------------------------------------ stages
def _stages(grid: Grid) -> Row:
    """The stages as chevrons; side stages are outlined, the worst is filled in the one loud colour, its name in ink."""
    facts, k = grid.facts, len(grid.names)
    names, room = [facts.label(stage) for stage in grid.names], grid.column - 2 * TIP
    weight, most = light(names, room, 4), 3
    texts = cells(names, room, 12.0, most, weight)
    if not all(cell.whole for cell in texts):
        texts = cells(names, room, 12.0, most + 2, weight)
    tall = max(30.0, max(cell.tall for cell in texts) + 10)

    def draw(pen: Pen) -> None:
        for i, (x, stage) in enumerate(grid.columns()):
            x0, x1 = x - grid.column / 2 + (0.5 if i else 1), x + grid.column / 2 - (2.5 if i < k - 1 else TIP + 1)
            low, high = 4.0, tall + 4
            mid = (low + high) / 2
            edge = [(x0, low), (x1, low), (x1 + TIP, mid), (x1, high), (x0, high), (x0 + TIP if i else x0, mid)]
            worst, side = stage == facts.focus, bool(facts.row("stages", stage).side)
            face = LOUD if worst else "none" if side else PAGE.accent_soft
            rim = PAGE.bad if worst else PAGE.accent if side else "none"
            pen.shape(edge, GROUND, fc=face, ec=rim, lw=1.6 if worst else 1.0, joinstyle="miter", zorder=1)
            cell = texts[i]
            pen.lines(
                x + (TIP / 2 if i else 0) - (1.5 if i == k - 1 else 0), mid, cell.lines, size=cell.size,
                weight="bold" if worst else weight, ha="center", va="center",
            )  # fmt: skip

    return Row("stages", tall + 9, draw)


# ------------------------------------------------------------------ volume and flow
def _flow(grid: Grid) -> Row:
    """Who arrives as a bar, above it those still under way (dotted) and those who left (hatched); below it who goes on."""
    facts, alone = grid.facts, not grid.facts.scored
    bars, size = (LONE, 12.0) if alone else (BARS, NAME)
    brief = short_counts(facts, grid.room, size)
    top = {stage: _over(facts, stage, brief, size, grid.room) for stage in grid.names}
    foot = {stage: _under(grid, stage, size) for stage in grid.names}
    head = 20 + size * LEADING + max((_tall(cells[1:]) for cells in top.values()), default=0.0) + 3
    below = max(map(_tall, foot.values()), default=0.0) + 8
    most = max((sum(parts(facts.row("flow", stage))) for stage in grid.names), default=0.0) or 1.0

    def draw(pen: Pen) -> None:
        note = say(facts, "on")
        grid.head(pen, "flow", pen.tall, note)
        for x, stage in grid.columns():
            row, y = facts.row("flow", stage), pen.tall - 20
            if row is None or not known(row.reached):
                grid.set(pen, x, y, Cell(wrap(facts.words["no_flow"], grid.room, LEAST)[0], LEAST, color="mute"))
                continue
            for cell in top[stage]:
                y -= grid.set(pen, x, y, cell)
            _bar(pen, x - grid.bar / 2, grid.bar, below, bars / most, row)
            y = below - 3
            for cell in foot[stage]:
                y -= grid.set(pen, x, y, cell)

    return Row("flow", head + bars + below, draw)


def _tall(stack: list[Cell]) -> float:
    return sum(cell.tall for cell in stack)


def _over(facts: Facts, stage: str, brief: bool, size: float, room: float) -> list[Cell]:
    row = facts.row("flow", stage)
    if row is None:
        return []
    left = parts(row)[2]
    stack = [Cell([facts.say.count(row.reached, brief)], size, "bold")]
    if left:
        said = facts.words["left"].format(n=facts.say.count(left))
        said = said if wide(said, LEAST) <= room else facts.words["left"].format(n=facts.say.count(left, True))
        stack.append(Cell([said], LEAST))
    return stack


def _under(grid: Grid, stage: str, size: float) -> list[Cell]:
    """The share going on, its interval, its base where it is not the stage before, and who is still under way."""
    facts = grid.facts
    share, limits, base = going(facts, stage)
    row = facts.row("flow", stage)
    if not share:
        first = row is not None and stage == grid.names[0]
        stack = [Cell(wrap(say(facts, "starts"), grid.room, LEAST)[0], LEAST, color="mute")] if first else []
    else:
        stack = [Cell([share], size, "bold" if not facts.scored else "normal")]
        if limits:
            said = first_that_fits([limits, limits.removesuffix("\u00a0%")], grid.room, LEAST)
            stack.append(Cell(wrap(said, grid.room, LEAST)[0], LEAST, color="mute"))
        if base:
            stack.append(Cell(at_most(base, grid.room, 3, LEAST)[0], LEAST, color="mute"))
    if row is not None and (still := parts(row)[1]):
        said = facts.words["open"].format(n=facts.say.count(still))
        stack.append(Cell(wrap(said, grid.room, LEAST)[0], LEAST, color="mute"))
    return stack


def _bar(pen: Pen, x: float, room: float, low: float, unit: float, row: Any) -> None:
    reached, still, left = (part * unit for part in parts(row))
    if row.side:
        pen.box(x, low, room, reached, fc="none", ec=PAGE.accent, lw=1, zorder=2)
        return
    pen.box(x, low, room, reached + still + left, "ground", fc=PAGE.bg, zorder=1)
    pen.box(x, low, room, reached, fc=PAGE.accent_soft, zorder=2)
    pen.box(x, low + reached, room, still, fc="none", ec=PAGE.mute, lw=0.8, ls=(0, (1, 1.5)), zorder=2)
    pen.hatched(x, low + reached + still, room, left, PAGE.past)
    pen.line([x, x + room], [low + reached] * 2, color=PAGE.accent, lw=2, zorder=3)


# ------------------------------------------------------------------ experience
def _emotion(grid: Grid) -> Row:
    """The experience curve with what each score rests on below it."""
    facts = grid.facts
    low, high = scores(facts)
    notes = {stage: _note(grid, stage) for stage in grid.names}
    foot = max(cell.tall for cell in notes.values()) + 8
    stars = _stars(grid)
    head = 20 + (STEP if stars else 0) + 4

    def draw(pen: Pen) -> None:
        note = named(facts, "emotion")[1]
        starred = facts.stages.moment.any() and not stars
        grid.head(pen, "emotion", pen.tall, f"{note}; {say(facts, 'moment')}" if starred else note)
        track = Track(
            facts, pen, [grid.mid(i) for i in range(len(grid.names))], (low, high), foot + 8, foot + 8 + CURVE - 18,
            dodge=min(9.0, 0.13 * grid.column),
        )  # fmt: skip
        _scale(grid, pen, track)
        track.goals(0, grid.width, 0.36 * grid.column)
        for nth in reversed(range(len(facts.curves))):
            track.curve(nth)
        track.points()
        for i, (x, stage) in enumerate(grid.columns()):
            grid.set(pen, x, foot - 4, notes[stage])
            if stars and facts.row("stages", stage).moment:
                _star(grid, pen, track, i)
        inside = Bbox.from_extents(1, foot, grid.width - 1, pen.tall - 18)
        for i, stage in sorted(enumerate(grid.names), key=lambda pair: pair[1] != facts.worst):
            if facts.has_score(stage):
                _label(grid, track, i, inside)
        _names(grid, track, inside)

    return Row("emotion", head + CURVE + foot, draw)


def _note(grid: Grid, stage: str) -> Cell:
    """What a score rests on, its goal where goals differ; or that there are no answers."""
    facts = grid.facts
    row = facts.score(stage)
    key = "gap" if not facts.has_score(stage) else "few" if facts.few(row) else "n"
    said = facts.words[key].format(n=facts.say.count(row.n) if row is not None else "")
    if facts.row("stages", stage).moment and key == "gap" and not _stars(grid):
        said = f"★ {said}"
    lines = at_most(said, grid.room, 2, LEAST)[0]
    goal = facts.goal_of(stage)
    if goals_differ(facts) and goal is not None:
        lines = [*lines, *at_most(facts.words["goal"].format(goal=facts.said(goal)), grid.room, 2, LEAST)[0]]
    return Cell(lines, LEAST, color="mute")


def _scale(grid: Grid, pen: Pen, track: Track) -> None:
    """Hairlines with their scores standing on them at the left edge."""
    facts = grid.facts
    places, said = ticks(facts, track.scale, float("inf"), LEAST)
    track.grid(places, 0, grid.width)
    for place, words in zip(places, said, strict=True):
        y = float(track.over(place))
        pen.put(1, y + 6.5, words, size=LEAST, color="mute", va="center")
        track.keep.box(0, y + 1, wide(words, LEAST) + 3, 11)


def _stars(grid: Grid) -> bool:
    """Whether moments of truth are named in their columns; else the row's head says what the star is."""
    return grid.facts.stages.moment.any() and wide(grid.facts.words["moment"], LEAST, "bold") <= grid.room


def _star(grid: Grid, pen: Pen, track: Track, i: int) -> None:
    """That a stage is a moment of truth, in words."""
    x, y = grid.mid(i), pen.tall - 20
    pen.put(x, y, grid.facts.words["moment"], size=LEAST, weight="bold", ha="center")
    track.keep.box(x - grid.column / 2, y - STEP, grid.column, STEP + 2)


def _label(grid: Grid, track: Track, i: int, inside: Bbox) -> None:
    """The score beside its point; at the worst stage larger, with an arrow from the goal and how long it is."""
    facts, keep = grid.facts, track.keep
    stage = grid.names[i]
    row, worst = facts.score(stage), stage == facts.worst
    x, y = track.at(i, row.score)
    gap = short_of(facts, stage) if worst else 0.0
    top = float(track.over(facts.goal_of(stage))) if gap else y
    if top - y >= 22:
        track.pen.arrow(x, top, y + 9, PAGE.bad)
        keep.line([x, x], [y, top])
    size = 16.0 if worst else NAME
    first = "bottom" if gap or _valley(grid, i) else "top"
    place(
        track,
        inside,
        facts.said(row.score),
        size,
        [(x, y)],
        9 if worst else 7,
        first,
        "ink" if worst else "accent_text",
    )
    if gap:
        words = facts.words["below"].format(gap=facts.gap(gap))
        spots = [(x, y + (top - y) * part) for part in (0.5, 0.35, 0.65, 0.8)] if top - y >= 22 else [(x, y - 22)]
        tall = top - y >= 22
        place(track, inside, words, PLAIN, spots, 5, "right" if tall else "bottom", "ink")


def _valley(grid: Grid, i: int) -> bool:
    """Whether the curve dips at a stage."""
    facts = grid.facts
    own = facts.score(grid.names[i]).score
    beside = [j for j in (i - 1, i + 1) if 0 <= j < len(grid.names) and facts.has_score(grid.names[j])]
    return bool(beside) and all(facts.score(grid.names[j]).score > own for j in beside)


def place(
    track: Track, inside: Bbox, words: str, size: float, points: list[tuple[float, float]], away: float, first: str,
    color: str, weight: str = "bold", must: bool = True, far: float = 34,
) -> bool:  # fmt: skip
    """Set a label where it meets nothing, nearest to one of the points; else, if it must stand, where it is least bad."""
    keep, pen = track.keep, track.pen
    w, h = wide(words, size, weight) + 3, size * 1.2
    corners: list[tuple[float, float]] = []
    for step in (0, 4, 8, 13, 19, 26, 34):
        for x, y in points if step <= far else ():
            middle = min(max(x - w / 2, inside.x0), inside.x1 - w)
            sides = {
                "top": (middle, y + away + step),
                "bottom": (middle, y - away - h - step),
                "right": (x + away + step, y - h / 2),
                "left": (x - away - w - step, y - h / 2),
            }
            corners += [sides[first], *(sides[side] for side in SIDES if side != first)]
            if step:
                corners += [(cx + dx, cy) for cx, cy in (sides["top"], sides["bottom"]) for dx in (-step, step)]
                corners += [(cx, cy + dy) for cx, cy in (sides["right"], sides["left"]) for dy in (-step, step)]
    corner = spot(keep, w, h, corners, inside)
    if corner is None and not must:
        return False
    cx, cy = corner or least_bad(pen, keep, w, h, corners, inside)
    pen.put(cx + w / 2, cy + h / 2, words, size=size, weight=weight, ha="center", va="center", color=color)
    return True


def _names(grid: Grid, track: Track, inside: Bbox) -> None:
    """Goal and curves named on their lines where there is room; the small print names them in any case."""
    facts = grid.facts
    goal = one_goal(facts)
    if goal is not None:
        words = facts.words["goal"].format(goal=facts.said(goal))
        y = float(track.over(goal))
        w, h = wide(words, LEAST) + 3, LEAST * 1.2
        ends = [grid.width - w - 1, *(grid.mid(i) + grid.column / 2 - w / 2 for i in reversed(range(len(grid.names))))]
        corners = [(x, y + dy) for x in ends for dy in (2, -h - 2)]
        corner = spot(track.keep, w, h, corners, inside)
        if corner:
            track.pen.put(corner[0] + w / 2, corner[1] + h / 2, words, size=LEAST, ha="center", va="center")
    if len(facts.curves) < 2:
        return
    for nth, name in enumerate(facts.curves):
        points = [track.at(i, facts.score(stage, nth).score, nth) for i, stage in _apart(facts, nth)]
        words = at_most(shown(tidy(name, "–")), max(2 * grid.room, 110), 1, LEAST, "bold")[0][0]
        color = "mute" if nth else "accent_text"
        for far in (8, 19):
            if any(place(track, inside, words, LEAST, [p], 7, "top", color, must=False, far=far) for p in points):
                break


def _apart(facts: Facts, nth: int) -> list[tuple[int, str]]:
    """Stages of a curve by where it is best named: the subject where it starts, the other where it stands alone."""
    stages = [(i, stage) for i, stage in enumerate(facts.names) if facts.has_score(stage, nth) and stage != facts.worst]
    if not nth:
        return stages

    def distance(pair: tuple[int, str]) -> float:
        one, other = facts.score(pair[1]), facts.score(pair[1], nth)
        return abs(one.score - other.score) if facts.has_score(pair[1]) else float("inf")

    return sorted(stages, key=distance, reverse=True)


def _unscored(grid: Grid) -> Row:
    """Where there are no answers the map says so in place of the curve."""
    facts = grid.facts
    lines = wrap(facts.words["unscored_long"], grid.width - 16, PLAIN + 0.5)[0]
    tall = len(lines) * (PLAIN + 0.5) * LEADING + 14

    def draw(pen: Pen) -> None:
        pen.line([0, grid.width], [pen.tall] * 2, "air", color=PAGE.line, lw=0.8, zorder=0)
        pen.put(2, pen.tall - 4, facts.words["emotion"][0], size=PLAIN, weight="bold")
        pen.card(0, 3, grid.width, tall, PAGE.card)
        pen.lines(8, tall - 4, lines, size=PLAIN + 0.5, room=grid.width - 16)

    return Row("emotion", tall + 26, draw)
