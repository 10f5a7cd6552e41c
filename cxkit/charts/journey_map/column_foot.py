"""The foot of the map at a desk: what hurts at each stage and how much, and whether anything is planned."""

from __future__ import annotations

from typing import Any

from cxkit.charts.journey_map.column_look import LEAST, PAGE, PLAIN, Cell, Grid, cells, first_that_fits, say
from cxkit.charts.journey_map.facts import Facts
from cxkit.charts.journey_map.language import known
from cxkit.charts.journey_map.layout import Row
from cxkit.charts.journey_map.measure import at_most, wide, wrap
from cxkit.charts.journey_map.pen import Pen
from cxkit.charts.journey_map.wording import by_impact, pain_size, ranked
from cxkit.charts.style import LEADING

STEP = LEAST * LEADING
NAMED = 100.0  #: a column narrower than this has no room for the name of a pain point.


def pains_row(grid: Grid) -> Row:
    """The heaviest pain point of each stage: its name where columns are wide enough, its size, its place, a bar."""
    facts = grid.facts
    own = {stage: by_impact(facts.rows("pains", stage)) for stage in grid.names}
    names = _names(grid, own)
    rung = next((r for r in range(3) if all(_fits(grid, rows, r) for rows in own.values() if rows)), 2)
    more = {stage: _more(grid, len(rows) - 1) for stage, rows in own.items()}
    first = max((cell.tall for cell in names.values()), default=0.0)
    extra = STEP if any(more.values()) else 0.0
    most = max((row.impact for rows in own.values() for row in rows[:1] if known(row.impact)), default=0.0)
    highs = [row.high for rows in own.values() for row in rows[:1] if known(row.high)]
    unit = grid.bar / max([most, *highs, 1e-9])

    def draw(pen: Pen) -> None:
        grid.head(pen, "pains", pen.tall)
        for x, stage in grid.columns():
            y, rows = pen.tall - 21, own[stage]
            if not rows:
                word = "no_pain" if facts.has_score(stage) else "not_measured"
                grid.set(pen, x, y, Cell(wrap(facts.words[word], grid.room, LEAST)[0][:3], LEAST, color="mute"))
                continue
            worst = stage == facts.worst
            if names:
                grid.set(pen, x, y, names[stage])
                y -= first + 1
            weight = "bold" if worst else "normal"
            y -= grid.set(pen, x, y, Cell([pain_size(facts, rows[0], rung)], LEAST, weight if rung < 2 else "normal"))
            if rank := ranked(facts, rows[0]):
                grid.set(pen, x, y, Cell([rank], LEAST, weight, "ink" if worst else "mute"))
            y -= STEP + 7
            _impact(pen, x - grid.bar / 2, y, unit, rows[0], worst)
            if more[stage]:
                grid.set(pen, x, y - 7, Cell([more[stage]], LEAST, color="mute"))

    return Row("pains", 21 + first + 2 * STEP + 17 + extra, draw)


def _names(grid: Grid, own: dict[str, list[Any]]) -> dict[str, Cell]:
    if grid.column < NAMED:
        return {}
    texts = [rows[0].pain if rows else "" for rows in own.values()]
    done = cells(texts, grid.room, PLAIN, 3, "bold")
    return dict(zip(own, done, strict=True)) if all(cell.whole for cell in done) else {}


def _more(grid: Grid, n: int) -> str:
    return first_that_fits([grid.facts.words["more"].format(n=n), f"+{n}"], grid.room, LEAST) if n > 0 else ""


def _fits(grid: Grid, rows: list[Any], rung: int) -> bool:
    return wide(pain_size(grid.facts, rows[0], rung), LEAST, "bold") <= grid.room


def _impact(pen: Pen, x: float, y: float, unit: float, row: Any, worst: bool) -> None:
    """Customers times points as a bar with its interval."""
    if not known(row.impact):
        return
    pen.box(x, y - 3.5, unit * max(row.impact, 0.0), 7, fc=PAGE.bad if worst else PAGE.past)
    if known(row.low) and known(row.high):
        pen.line([x + unit * max(v, 0.0) for v in (row.low, row.high)], [y, y], color=PAGE.ink, lw=1.2)


# ------------------------------------------------------------------ what is planned
def planned(facts: Facts, stage: str) -> tuple[str, str]:
    """Whether anything is planned at a stage and by whom: the word, and the owner ("" where there is none)."""
    rows = facts.rows("ideas", stage)
    if not rows:
        return (facts.words["no_idea"], "") if facts.rows("pains", stage) else ("", "")
    owners = list(dict.fromkeys(row.owner for row in rows if row.owner))
    if any(not row.owner for row in rows):
        return facts.words["no_owner"], ""
    return (say(facts, "planned") if len(rows) == 1 else say(facts, "plans", n=len(rows))), ", ".join(owners)


def plans_row(grid: Grid) -> Row:
    """Planned and by whom, planned without an owner (dashed), or a pain without a plan."""
    facts = grid.facts
    said = {stage: planned(facts, stage) for stage in grid.names}
    room = grid.room - 4
    words = dict(zip(said, (wrap(word, room, LEAST, "bold")[0][:2] for word, _ in said.values()), strict=True))
    owners = dict(zip(said, (at_most(who, room, 2, LEAST)[0] if who else [] for _, who in said.values()), strict=True))
    tall = max(len(words[stage]) + len(owners[stage]) for stage in said) * STEP + 8

    def draw(pen: Pen) -> None:
        grid.head(pen, "ideas", pen.tall, "")
        for x, stage in grid.columns():
            if not words[stage]:
                continue
            ideas, y = facts.rows("ideas", stage), pen.tall - 19
            free = any(not row.owner for row in ideas)
            if ideas:
                face = "none" if free else PAGE.card
                pen.card(x - grid.room / 2, y - tall, grid.room, tall, PAGE.bg)
                pen.card(x - grid.room / 2, y - tall, grid.room, tall, face, PAGE.ink if free else PAGE.line, free)
            weight, color = ("bold", "ink") if ideas else ("normal", "mute")
            y -= (tall - (len(words[stage]) + len(owners[stage])) * STEP) / 2 if ideas else 4
            y -= pen.lines(x, y, words[stage], size=LEAST, weight=weight, color=color, ha="center", room=room)
            pen.lines(x, y, owners[stage], size=LEAST, color="mute", ha="center", room=room)

    return Row("ideas", 19 + tall + 4, draw)
