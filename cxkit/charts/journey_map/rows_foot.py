"""The foot of the map: what customers said, what hurts, what is done about it, and the rules behind the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cxkit.charts.journey_map.facts import Facts
from cxkit.charts.journey_map.language import as_date, known
from cxkit.charts.journey_map.layout import QUOTE, Plan, Row, Sheet
from cxkit.charts.journey_map.measure import at_most, longest, unbroken, wide, wrap
from cxkit.charts.journey_map.palette import FLOOR, SMALL
from cxkit.charts.journey_map.pen import Pen
from cxkit.charts.journey_map.wording import owner_of, score_of, side_of, told
from cxkit.charts.style import FEW, LEADING

STEP = FLOOR * LEADING
MOODS = {-1: ("▼", "bad_text"), 0: ("◆", "mute"), 1: ("▲", "good_text")}


def quotes_row(sheet: Sheet, plan: Plan) -> Row:
    """Comments as they were written, each with its score in words, shape and colour."""
    facts, room = sheet.facts, sheet.room - QUOTE
    said = {
        stage: [(facts.words["quote"].format(text=row.text), row) for row in facts.rows("quotes", stage)[: plan.quotes]]
        for stage in facts.names
    }
    size = unbroken([(words, room) for rows in said.values() for words, _ in rows], plan.size)
    most = plan.lines + (plan.size <= 9)

    def tall(words: str) -> float:
        return len(_shortened(words, room, most, size)) * size * LEADING + STEP + 5

    need = max((sum(tall(words) for words, _ in rows) for rows in said.values()), default=0.0)

    def draw(pen: Pen) -> None:
        sheet.label(pen, "quotes")
        for x, stage in sheet.columns():
            y = pen.tall - 6
            if not said[stage]:
                pen.small(x, y, facts.words["no_quote"], sheet.room)
            for words, row in said[stage]:
                mark, color = MOODS[_mood(sheet, row)]
                lines = _shortened(words, room, most, size)
                used = pen.lines(x + QUOTE, y, lines, size=size, room=room)
                said_of = told(facts, row, len(facts.years) > 1)
                meta = longest([f"{mark} {score_of(facts, row)}".strip(), side_of(facts, row), *said_of], room)
                pen.some(x + QUOTE, y - used - 1, meta, room, 1, SMALL, color=color)
                pen.line([x + 1] * 2, [y - 2, y - used - STEP], color=pen.colour(color), lw=2)
                y -= used + STEP + 5

    return Row("quotes", max(need + 9, sheet.label_need("quotes")), draw)


def _shortened(words: str, room: float, most: int, size: float) -> list[str]:
    """A comment in so many lines; one too long ends in an ellipsis and its closing mark, whole in the table."""
    return at_most(words, room, most, size, end="…" + words[-1])[0]


def _mood(sheet: Sheet, row: Any) -> int:
    """-1, 0 or 1: as the table says, else by where the score stands on its scale."""
    if known(row.mood):
        return int((row.mood > 0) - (row.mood < 0))
    if not known(row.score) or not known(row.best):
        return 0
    part = row.score / row.best if row.best else 0.5
    return 1 if part >= 0.8 else -1 if part <= 0.4 else 0


# ------------------------------------------------------------------ what is done
def ideas_row(sheet: Sheet, plan: Plan) -> Row:
    """What is planned, measured by what, by whom and when; without an owner it says so."""
    facts, room = sheet.facts, sheet.room - 8
    rows = {stage: facts.rows("ideas", stage) for stage in facts.names}
    size = unbroken([(row.idea, room) for own in rows.values() for row in own], min(plan.size, 10.0), "bold")

    year = _with_year(facts, room)

    def parts(row: Any) -> tuple[list[str], list[str], list[str], bool, bool]:
        idea, whole = at_most(row.idea, room, 4, size, "bold")
        return (
            idea,
            wrap(row.target, room, SMALL)[0] if row.target else [],
            wrap(owner_of(facts, row, year), room, SMALL, "normal" if row.owner else "bold")[0],
            whole,
            (not row.owner),
        )

    def tall(row: Any) -> float:
        idea, target, owner, *_ = parts(row)
        return len(idea) * size * LEADING + (len(target) + len(owner)) * STEP + 12

    most = [max((tall(own[k]) for own in rows.values() if len(own) > k), default=0.0) for k in range(plan.ideas)]
    hidden = any(len(own) > plan.ideas for own in rows.values())
    need = sum(most) + 5 * len(most) + hidden * STEP + 5

    def draw(pen: Pen) -> None:
        sheet.label(pen, "ideas")
        for x, stage in sheet.columns():
            own, y = rows[stage], pen.tall - 5
            if not own and facts.rows("pains", stage):
                pen.small(x, y - 5, facts.words["no_idea"], sheet.room)
            for k, row in enumerate(own[: plan.ideas]):
                _card(sheet, pen, x, y, most[k] if len(own) == 1 else tall(row), size, parts(row))
                y -= (most[k] if len(own) == 1 else tall(row)) + 5
            if len(own) > plan.ideas:
                pen.small(x + 4, y, facts.words["more"].format(n=len(own) - plan.ideas), room)

    return Row("ideas", max(need, sheet.label_need("ideas")), draw)


def _card(sheet: Sheet, pen: Pen, x: float, y: float, tall: float, size: float, parts: tuple[Any, ...]) -> None:
    idea, target, owner, whole, free = parts
    look, room = sheet.look, sheet.room - 8
    face, edge = (look.bg, look.ink) if free else (look.card, look.line)
    pen.card(x - 3, y - tall, sheet.room + 6, tall, face, edge, dashed=free)
    pen.lines(x + 4, y - 4, idea, size=size, weight="bold", room=room, whole=whole)
    low = y - tall + 4
    used = pen.lines(
        x + 4, low, owner, size=SMALL, room=room, va="bottom", color="bad_text" if free else "ink",
        weight="bold" if free else "normal",
    )  # fmt: skip
    pen.lines(x + 4, low + used, target, size=SMALL, room=room, va="bottom", color="mute")


def _with_year(facts: Facts, room: float) -> bool:
    """Whether the cards name the year: only where years differ, or every owner with a whole date fits on one line."""
    years = {day.year for day in map(as_date, facts.ideas.due) if day is not None}
    rows = facts.ideas.itertuples(index=False)
    return len(years) > 1 or all(
        wide(owner_of(facts, row), SMALL, "normal" if row.owner else "bold") <= room for row in rows
    )


# ------------------------------------------------------------------ notes and rules
def unscored_row(sheet: Sheet) -> Row:
    """Where there are no answers, the map says so in the place of the curve."""
    words, room = sheet.facts.words["unscored_long"], sheet.right - sheet.left - 24
    lines = wrap(words, room, 11.0)[0]
    tall = len(lines) * 11.0 * LEADING + 16

    def draw(pen: Pen) -> None:
        name = sheet.facts.words["emotion"][0]
        pen.line([sheet.margin, sheet.right], [pen.tall] * 2, "air", color=sheet.look.line, lw=0.8, zorder=0)
        pen.put(sheet.margin, pen.tall - 10, name, size=10.5, weight="bold")
        pen.card(sheet.left, 4, sheet.right - sheet.left, tall - 4, sheet.look.card)
        pen.lines(sheet.left + 12, pen.tall - 12, lines, size=11.0, room=room)

    return Row("unscored", tall + 8, draw)


def rules_row(sheet: Sheet, notes: Sequence[str]) -> Row:
    """How the numbers were made, in up to three columns; on a slide who and when, and what the marks mean."""
    facts, wide_ = sheet.facts, sheet.right - sheet.margin
    if sheet.page.name == "slide":
        lens = "; ".join(text for _, text in facts.lens[:2])
        note = facts.words["slide_note" if facts.scored else "slide_note_events"].format(interval=facts.level, few=FEW)
        texts = [" ".join(filter(None, (lens + "." if lens else "", note, *notes)))]
        columns = [[at_most(texts[0], wide_, 3, SMALL)[0]]]
    else:
        columns = _spread(sheet, [*facts.rules, *notes])
    share = (wide_ + 18) / max(len(columns), 1)
    tall = max((sum(len(lines) * STEP + 2 for lines in column) for column in columns), default=0.0)

    def draw(pen: Pen) -> None:
        for k, column in enumerate(columns):
            y = pen.tall - 5
            for lines in column:
                y -= pen.lines(sheet.margin + k * share, y, lines, size=SMALL, color="mute", room=share - 18) + 2

    return Row("rules", tall + (9 if sheet.page.name == "slide" else 12), draw)


def _spread(sheet: Sheet, rules: Sequence[str]) -> list[list[list[str]]]:
    """Rules in order over three columns, as even as may be; whole rules that find no room are counted."""
    share = (sheet.right - sheet.margin + 18) / max(min(len(rules), 3), 1) - 18
    most = 0.11 * sheet.height / STEP
    lines = [wrap(rule, share, SMALL)[0] for rule in rules]
    kept = len(lines)
    while True:
        part = lines[:kept]
        if kept < len(lines):
            part = [*part, wrap(sheet.facts.words["more_rules"].format(n=len(lines) - kept), share, SMALL)[0]]
        for deep in range(1, 200):
            columns: list[list[list[str]]] = [[]]
            for one in part:
                if columns[-1] and sum(map(len, columns[-1])) + len(one) > deep:
                    columns.append([])
                columns[-1].append(one)
            if len(columns) <= 3:
                break
        if kept <= 1 or max(sum(map(len, column)) for column in columns) <= most:
            return [column for column in columns if column]
        kept -= 1
