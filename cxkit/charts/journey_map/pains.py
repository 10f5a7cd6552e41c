"""The pain points: how many customers met them, how far below the goal they score, and how sure the ranking is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cxkit.charts.journey_map.language import known
from cxkit.charts.journey_map.layout import Plan, Row, Sheet
from cxkit.charts.journey_map.measure import at_most, longest, unbroken, wide
from cxkit.charts.journey_map.palette import FLOOR, SMALL
from cxkit.charts.journey_map.pen import Pen
from cxkit.charts.journey_map.wording import by_impact, pain_size, ranked
from cxkit.charts.style import LEADING

STEP = FLOOR * LEADING


def pains_row(sheet: Sheet, plan: Plan) -> Row:
    """The heaviest pain point of each stage with its bar and interval, further ones in small print below."""
    cells = Pains(sheet, plan)
    need = 6 + cells.block + cells.rest + 4
    return Row("pains", max(need, sheet.label_need("pains")), cells.draw)


@dataclass(frozen=True)
class Pains:
    """The cells of the row; bars have one scale through all columns."""

    sheet: Sheet
    plan: Plan

    @cached_property
    def rows(self) -> dict[str, list[Any]]:
        """Pain points of each stage, the heaviest first."""
        facts = self.sheet.facts
        return {stage: by_impact(facts.rows("pains", stage)) for stage in facts.names}

    @cached_property
    def size(self) -> float:
        """Size of their names."""
        first = [(own[0].pain, self.sheet.room) for own in self.rows.values() if own]
        return unbroken(first, min(self.plan.size, 10.0), "bold")

    @cached_property
    def first(self) -> float:
        """Height of the names."""
        names = [self._name(own[0])[0] for own in self.rows.values() if own]
        return max(map(len, names), default=1) * self.size * LEADING

    @cached_property
    def block(self) -> float:
        """Height of the heaviest: name, size, bar."""
        return self.first + STEP + 16

    @cached_property
    def rest(self) -> float:
        """Height of the further ones."""
        return max(sum(self._also(row)[1] for row in own[1 : self.plan.pains]) for own in self.rows.values())

    @cached_property
    def rung(self) -> int:
        """The fullest wording of a size that fits on one line in every column."""
        rows = [own[0] for own in self.rows.values() if own]
        for rung in range(3):
            if all(wide(pain_size(self.sheet.facts, row, rung), SMALL) <= self.sheet.room for row in rows):
                return rung
        return 2

    @cached_property
    def unit(self) -> float:
        """Points of a bar for one unit of impact."""
        ends = [v for own in self.rows.values() for row in own[:1] for v in (row.impact, row.high) if known(v)]
        ranks = [wide(self._rank(own), FLOOR) for own in self.rows.values() if own]
        return (self.sheet.room - max(ranks, default=0.0) - 6) / max([*ends, 1e-9])

    def _name(self, row: Any) -> tuple[list[str], bool]:
        return at_most(row.pain, self.sheet.room, 3, self.size, "bold")

    def _more(self, own: list[Any]) -> tuple[str, bool]:
        """How many are left out, in words where they fit beside the size, else as a number beside the rank."""
        left = len(own) - self.plan.pains
        if left <= 0:
            return "", False
        words = self.sheet.facts.words["more"].format(n=left)
        used = wide(pain_size(self.sheet.facts, own[0], self.rung), SMALL) + 6
        return (words, False) if used + wide(words, SMALL) <= self.sheet.room else (f"+{left}", True)

    def _rank(self, own: list[Any]) -> str:
        words, beside = self._more(own)
        return " · ".join(filter(None, (words if beside else "", ranked(self.sheet.facts, own[0]))))

    def _also(self, row: Any) -> tuple[list[str], float]:
        """A further pain point of a stage, in small print: its name and size."""
        facts, room = self.sheet.facts, self.sheet.room
        lines = [*at_most(row.pain, room, 2, SMALL)[0], longest([pain_size(facts, row, 1), ranked(facts, row)], room)]
        return lines, len(lines) * STEP + 2

    def draw(self, pen: Pen) -> None:
        """Draw all cells."""
        sheet, facts = self.sheet, self.sheet.facts
        sheet.label(pen, "pains")
        for x, stage in sheet.columns():
            own, y = self.rows[stage], pen.tall - 6
            if not own:
                pen.small(x, y, facts.words["no_pain" if facts.has_score(stage) else "not_measured"], sheet.room)
                continue
            self._heaviest(pen, x, y, own, stage == facts.worst)
            y -= self.block
            for row in own[1 : self.plan.pains]:
                lines, tall = self._also(row)
                pen.lines(x, y, lines, size=SMALL, color="mute", room=sheet.room)
                y -= tall

    def _heaviest(self, pen: Pen, x: float, y: float, own: list[Any], worst: bool) -> None:
        room, row, look = self.sheet.room, own[0], self.sheet.look
        lines, whole = self._name(row)
        color = "bad_text" if worst else "ink"
        pen.lines(x, y, lines, size=self.size, weight="bold", room=room, whole=whole, color=color)
        pen.small(x, y - self.first - 1, pain_size(self.sheet.facts, row, self.rung), room, color="ink")
        words, beside = self._more(own)
        pen.small(x + room, y - self.first - 1, "" if beside else words, ha="right")
        y -= self.first + STEP + 9
        pen.small(x + room, y, self._rank(own), ha="right", va="center", color="bad_text" if worst else "mute")
        if not known(row.impact):
            return
        pen.box(x, y - 4, self.unit * max(row.impact, 0.0), 8, fc=look.bad if worst else look.past)
        if known(row.low) and known(row.high):
            ends = [x + self.unit * max(v, 0.0) for v in (row.low, row.high)]
            pen.line(ends, [y, y], color=look.ink, lw=1.2)
