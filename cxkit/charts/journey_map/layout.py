"""Where everything on the map stands: the pages, the columns, and how much height each row gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from matplotlib.axes import Axes

from cxkit.charts.journey_map.facts import Facts
from cxkit.charts.journey_map.measure import wrap
from cxkit.charts.journey_map.palette import FLOOR, Look
from cxkit.charts.journey_map.pen import AIR, Pen
from cxkit.charts.style import LEADING

PAD, QUOTE = 6.0, 7.0  #: from a column's edge to its text; to a quotation.


@dataclass(frozen=True)
class Page:
    """A page the map is laid out for; lengths in points.

    Attributes
    ----------
    least, good : float
        Height of the curve below which other rows give way, and up to which rows may grow.
    title : float
        Size of the title.
    most : int
        Stages up to which everything can be read.
    """

    name: str
    width: float
    height: float
    least: float
    good: float
    title: float
    most: int


A3 = Page("a3", 1190.55, 841.89, least=150.0, good=225.0, title=24.0, most=10)
SLIDE = Page("slide", 960.0, 540.0, least=122.0, good=145.0, title=20.0, most=8)
PAGES = {"a3": A3, "slide": SLIDE}


@dataclass(frozen=True)
class Plan:
    """How much of each table is drawn: rows a stage, and the largest size of their texts."""

    steps: int = 3
    quotes: int = 1
    pains: int = 1
    ideas: int = 1
    size: float = 10.5
    lines: int = 5
    facts: int = 2


@dataclass(frozen=True)
class Row:
    """One row of the map: the height it needs, how eagerly it takes more, and how it is drawn."""

    name: str
    least: float
    draw: Callable[[Pen], None]
    grows: float = 0.0


@dataclass(frozen=True)
class Sheet:
    """What every row needs to know: the facts, the colours, and where the columns stand."""

    facts: Facts
    look: Look
    page: Page
    width: float
    height: float

    @cached_property
    def margin(self) -> float:
        """Left and right of everything."""
        return 0.024 * self.width

    @cached_property
    def left(self) -> float:
        """Where the first stage's column begins; row names stand left of it."""
        return 0.112 * self.width

    @cached_property
    def right(self) -> float:
        """Where the last column ends."""
        return self.width - self.margin

    @cached_property
    def column(self) -> float:
        """Width of a column."""
        return (self.right - self.left) / len(self.facts.names)

    @cached_property
    def room(self) -> float:
        """Width of a column's text."""
        return self.column - 2 * PAD

    def x(self, i: int) -> float:
        """Left edge of a column."""
        return self.left + i * self.column

    def mid(self, i: int) -> float:
        """Middle of a column."""
        return self.x(i) + self.column / 2

    def columns(self) -> Iterator[tuple[float, str]]:
        """Left edge of the text and stage, in order."""
        for i, stage in enumerate(self.facts.names):
            yield self.x(i) + PAD, stage

    def named(self, row: str) -> tuple[str, str]:
        """Name and reading aid of a row, in the map's language."""
        facts = self.facts
        more = dict(
            interval=facts.level,
            unit=facts.unit,
            Unit=facts.unit[:1].upper() + facts.unit[1:],
            score_name=facts.score_name,
        )
        name, note = facts.words[row]
        if self.page.name == "slide":  # its footer says that limits are intervals
            note = note.replace(", {interval}", "").replace(facts.words["with"], "")
        if row == "emotion" and facts.score_name.startswith((f"{name} ", f"{name},")):  # not the same word twice
            more["score_name"] = facts.score_name.removeprefix(name).strip(" ,:")
        return name, note.format(**more)

    def label_need(self, row: str, keep: float = 8.0) -> float:
        """Height of a row's name and reading aid."""
        name, note = self.named(row)
        room = self.left - self.margin
        tall = len(wrap(name, room - 8, 10.5, "bold")[0]) * 10.5 + len(wrap(note, room - keep, FLOOR)[0]) * FLOOR
        return tall * LEADING + 10

    def label(self, pen: Pen, row: str, keep: float = 8.0) -> None:
        """Hairline, name and reading aid of a row, in the column on the left."""
        name, note = self.named(row)
        h, room = pen.tall, self.left - self.margin
        pen.line([self.margin, self.right], [h, h], AIR, color=self.look.line, lw=0.8, zorder=0)
        used = pen.put(self.margin, h - 6, name, room - 8, size=10.5, weight="bold")
        pen.small(self.margin, h - 6 - used, note, room - keep)


def plans(facts: Facts) -> Iterator[tuple[Plan, float]]:
    """From the richest map to the barest, each with the height of the curve (1 = good, 0 = least) it must leave."""
    most = {
        name: max((len(facts.rows(name, stage)) for stage in facts.names), default=0)
        for name in ("quotes", "pains", "ideas")
    }
    seen = set()
    for quotes, pains, ideas in ((2, 3, 2), (2, 2, 2), (1, 3, 2), (1, 2, 2), (2, 2, 1), (1, 2, 1), (1, 1, 1)):
        plan = Plan(
            quotes=min(quotes, most["quotes"]), pains=min(pains, most["pains"]), ideas=min(ideas, most["ideas"])
        )
        if plan not in seen:
            seen.add(plan)
            yield plan, 1.0
    for size, left in ((10.5, 0.9), (10.0, 0.7), (9.5, 0.5), (9.0, 0.3), (8.5, 0.0)):
        yield replace(plan, size=size, facts=1), left
    small = replace(plan, size=8.5, facts=1)
    yield replace(small, steps=2), 0.0
    yield replace(small, steps=2, lines=3), 0.0
    yield replace(small, steps=2, lines=2), 0.0
    yield replace(small, steps=2, quotes=0), 0.0
    yield replace(small, steps=1, quotes=0, lines=3), 0.0


def heights(sheet: Sheet, build: Callable[[Sheet, Plan], list[Row]]) -> list[tuple[Row, float]]:
    """The rows of the richest plan that leaves the curve room to be read, and their heights, from the top."""
    rows: list[Row] = []
    for plan, eager in plans(sheet.facts):
        rows = build(sheet, plan)
        spare = sheet.height - sum(row.least for row in rows)
        if spare >= eager * (sheet.page.good - sheet.page.least):
            break
    spare = sheet.height - sum(row.least for row in rows)
    eager_all = sum(row.grows for row in rows) or 1.0
    return [(row, row.least + spare * row.grows / eager_all) for row in rows]


def draw(sheet: Sheet, ax: Axes, rows: list[tuple[Row, float]]) -> None:
    """Draw the rows one below the other, the tint of the worst stage behind them."""
    facts, top = sheet.facts, sheet.height
    if facts.focus:
        tall = {row.name: h for row, h in rows}
        high = top - tall.get("title", 0) - tall.get("lens", 0) - 6
        last = [row.name for row, _ in rows][-2:]
        low = tall.get("rules", 0) + (tall["unscored"] if "unscored" in last else 0)  # its card is not tinted
        Pen(ax, sheet.look).box(
            sheet.x(facts.names.index(facts.focus)), low, sheet.column, high - low, "ground", fc=sheet.look.bad_soft,
            zorder=-5,
        )  # fmt: skip
    for row, h in rows:
        top -= h
        row.draw(Pen(ax, sheet.look, top, h))
