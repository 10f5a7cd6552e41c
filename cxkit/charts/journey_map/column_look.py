"""What the map in a column is made of: the page's colours, its own few words, and where the columns stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from cxkit.charts.flow_canvas import Canvas
from cxkit.charts.journey_map.curve import span
from cxkit.charts.journey_map.facts import Facts
from cxkit.charts.journey_map.keepout import Keepout
from cxkit.charts.journey_map.language import known
from cxkit.charts.journey_map.layout import Page, Sheet
from cxkit.charts.journey_map.measure import at_most, fewest, unbroken, wide, wrap
from cxkit.charts.journey_map.palette import Look
from cxkit.charts.journey_map.pen import Pen
from cxkit.charts.style import ACCENT, BETTER, EARLIER, GROUND, INK, LEADING, LINE, MUTE, WORSE, round_places

LEAST, PLAIN, NAME = 9.0, 10.0, 11.0  #: sizes at a desk; nothing is smaller than the first.
PHONE = 10.0  #: the smallest on a phone.
AIR_X = 2.0  #: from a column's edge to its text.
COLUMN = 52.0  #: a column narrower than this cannot be read: then the map is turned, as on a phone.

#: The page's colours by what they say. Only those the page knows are used, pale ones as a share of a strong one, so that
#: all of them follow dark mode. The page's orange under white is 3.9:1: nothing is written in it, words on it are ink.
PAGE = Look(
    ink=INK,
    mute=MUTE,
    line=LINE,
    bg=GROUND,
    card=LINE + "59",
    accent=ACCENT,
    accent_mid=ACCENT,
    accent_soft=ACCENT + "33",
    accent_text=ACCENT,
    bad=WORSE,
    bad_soft=WORSE + "14",
    on_bad=INK,
    bad_text=INK,
    good_text=BETTER,
    past=EARLIER,
    tints=tuple(EARLIER + share for share in ("8c", "66", "40", "26", "14")),
)
LOUD = WORSE + "80"  #: the ground of the worst stage's name, under ink.
KIND = Page("column", 552.0, 460.0, least=0.0, good=0.0, title=0.0, most=99)

WORDS = {
    "en": {
        "planned": "planned",
        "plans": "{n} planned",
        "on": "{unit} there; below the bar, share coming on, {interval}",
        "starts": "start",
        "shown": "{score_name} with {interval}",
        "hollow": "hollow: fewer than {few} answers",
        "hatched": "hatched: left",
        "dotted": "dotted: open, window not over",
        "other": "grey: {other}",
        "goal": "short dotted lines: goals",
        "star": "star: moment of truth",
        "side": "outlined: not everybody needs this stage",
        "base": "counts: all with a touch, whichever way they came; percentages: of the customers of the stage before, who "
        "came on {within}of their first touch there, where that time is over, with {interval}",
        "proposed": "stages proposed from the data",
        "pain": "Pain, {rank}",
        "pains": "pain: {unit} × points below goal",
        "moment": "★ moment of truth",
    },
    "de": {
        "planned": "geplant",
        "plans": "{n} geplant",
        "on": "{unit} dort; unter dem Balken der Anteil, der weitergeht, {interval}",
        "starts": "Beginn",
        "shown": "{score_name} mit {interval}",
        "hollow": "hohl: weniger als {few} Antworten",
        "hatched": "schraffiert: weg",
        "dotted": "gepunktet: offen, Frist läuft noch",
        "other": "grau: {other}",
        "goal": "kurze gepunktete Linien: Ziele",
        "star": "Stern: Schlüsselmoment",
        "side": "nur umrandet: nicht alle brauchen diese Phase",
        "base": "Zahlen: alle mit Kontakt, woher sie auch kamen; Prozente: wer aus der Phase davor {within}nach dem ersten "
        "Kontakt dort weiterging, wo diese Frist um ist, mit {interval}",
        "proposed": "Phasen aus den Daten vorgeschlagen",
        "pain": "Schmerz, {rank}",
        "pains": "Schmerz: {unit} × Punkte unter Ziel",
        "moment": "★ Schlüsselmoment",
    },
}


def say(facts: Facts, key: str, **more: Any) -> str:
    """One of the column's own words, in the map's language."""
    unit = facts.unit
    more = dict(interval=facts.level, score_name=facts.score_name, Unit=unit[:1].upper() + unit[1:], unit=unit) | more
    return WORDS[facts.say.language][key].format(**more)


def named(facts: Facts, row: str) -> tuple[str, str]:
    """Name of a row and how to read it."""
    name, note = facts.words[row]
    lead = f"{name}, "  # a score that is called like its row is not called so twice
    unit = facts.unit
    more = dict(interval=facts.level, unit=unit, Unit=unit[:1].upper() + unit[1:], score_name=facts.score_name)
    return name, note.format(**more).removeprefix(lead)


def scores(facts: Facts) -> tuple[float, float]:
    """The part of the score's scale that is shown."""
    return span(Sheet(facts, PAGE, KIND, KIND.width, KIND.height))


def ticks(facts: Facts, scale: tuple[float, float], room: float, size: float) -> tuple[list[float], list[str]]:
    """Round scores between the ends of a scale and their words: as many as stand apart along so many points."""
    for most in (4, 3, 2, 1):
        places = round_places(*scale, most)
        digits = 0 if all(float(place).is_integer() for place in places) else 1
        said = [facts.say.score(place, digits, facts.scale[0] < 0) for place in places]
        if len(places) < 2 or max(wide(words, size) for words in said) + 4 <= room / (len(places) - 1):
            break
    return places, said


def begin(ax: Axes, tall: float) -> Pen:
    """Bare axes as large as the picture, their units points from the lower left corner, and a pen for them."""
    Canvas.over(ax, tall)
    ax.set_ylim(0, tall)
    return Pen(ax, PAGE, 0.0, tall)


def spot(
    keep: Keepout, w: float, h: float, corners: Sequence[tuple[float, float]], inside: Any
) -> tuple[float, float] | None:
    """The first of the corners at which a box meets nothing at all, then taken; None where there is none."""
    x0, y0 = np.array(corners, dtype=float).T
    x1, y1 = x0 + w, y0 + h
    free = (x0 >= inside.x0) & (y0 >= inside.y0) & (x1 <= inside.x1) & (y1 <= inside.y1)
    for left, low, right, high in (box.extents for box in keep.boxes):
        free &= (x1 <= left) | (x0 >= right) | (y1 <= low) | (y0 >= high)
    for k in np.flatnonzero(free):
        box = Bbox.from_extents(x0[k], y0[k], x1[k], y1[k])
        if not any(path.intersects_bbox(box, filled=filled) for path, _, filled in keep.paths):
            keep.box(x0[k], y0[k], w, h)
            return float(x0[k]), float(y0[k])
    return None


def least_bad(
    pen: Pen, keep: Keepout, w: float, h: float, corners: Sequence[tuple[float, float]], inside: Bbox
) -> tuple[float, float]:
    """Where a label must stand though no place is free: what lies under it is made pale, so that it can be read."""
    corner = keep.best(w, h, corners, inside)
    pen.box(*corner, w, h, "ground", fc=PAGE.bg + "cc", zorder=4)
    return corner


@dataclass(frozen=True)
class Cell:
    """A short text of one cell in lines of one size."""

    lines: list[str]
    size: float
    weight: str = "normal"
    color: str = "ink"
    whole: bool = True

    @property
    def tall(self) -> float:
        """Height in points."""
        return len(self.lines) * self.size * LEADING


def cells(
    texts: Sequence[str], room: float, size: float, most: int, weight: str = "normal", floor: float = LEAST, **more: Any
) -> list[Cell]:
    """Texts of one row at one size: the largest at which no word is broken that need not be; a rest too long is cut."""
    hurt = [(text, room) for text in texts if wrap(text, room, floor, weight)[1]]
    best = unbroken([(text, room) for text in texts], size, weight)
    best = max(floor, min(best, fewest(hurt, size, weight, floor) if hurt else size))
    while best > floor and any(len(wrap(text, room, best, weight)[0]) > most for text in texts):
        best = max(floor, best - 0.25)
    done = []
    for text in texts:
        lines, whole = at_most(text, room, most, best, weight) if text else ([], True)
        done.append(Cell(lines, best, weight, whole=whole, **more))
    return done


@dataclass(frozen=True)
class Grid:
    """The columns at a desk: one a stage, over the whole width."""

    facts: Facts
    width: float

    @cached_property
    def names(self) -> list[str]:
        """Stages in order."""
        return self.facts.names

    @cached_property
    def column(self) -> float:
        """Width of a column."""
        return self.width / len(self.names)

    @cached_property
    def room(self) -> float:
        """Width of its text."""
        return self.column - 2 * AIR_X

    @cached_property
    def bar(self) -> float:
        """Width of a bar."""
        return min(self.room, 96.0)

    def mid(self, i: int) -> float:
        """Middle of a column."""
        return (i + 0.5) * self.column

    def columns(self) -> Iterator[tuple[float, str]]:
        """Middle and stage, in order."""
        for i, stage in enumerate(self.names):
            yield self.mid(i), stage

    def set(self, pen: Pen, x: float, y: float, cell: Cell) -> float:
        """Set a cell in the middle of a column, hung from y; returns its height."""
        return pen.lines(
            x, y, cell.lines, size=cell.size, weight=cell.weight, color=cell.color, ha="center", room=self.room,
            whole=True,
        )  # fmt: skip

    def head(self, pen: Pen, row: str, y: float, note: str | None = None) -> None:
        """Hairline, name and reading aid above a row."""
        name, said = named(self.facts, row)
        said = said if note is None else note
        pen.line([0, self.width], [y, y], "air", color=PAGE.line, lw=0.8, zorder=0)
        pen.put(2, y - 4, name, size=PLAIN, weight="bold")
        x = 2 + wide(name, PLAIN, "bold") + 8
        pen.some(x, y - 4.8, said, self.width - x - 2, 1, LEAST, color="mute")


def light(texts: Sequence[str], room: float, most: int) -> str:
    """Bold, unless that breaks or cuts words which would stand whole in lighter letters."""

    def harm(weight: str) -> int:
        return sum(
            wrap(text, room, LEAST, weight)[1] + 3 * (not at_most(text, room, most, LEAST, weight)[1]) for text in texts
        )

    return "normal" if harm("normal") < harm("bold") else "bold"


def parts(row: Any) -> tuple[float, float, float]:
    """Those who arrived, are still under way, have left; nobody is lost by not going to a side stage."""
    if row is None or not known(row.reached):
        return 0.0, 0.0, 0.0
    if row.side:
        return row.reached, 0.0, 0.0
    return row.reached, row.open if known(row.open) else 0.0, row.left if known(row.left) else 0.0


def going(facts: Facts, stage: str) -> tuple[str, str, str]:
    """The share that goes on to a stage, its limits, and its base where that is not the stage before."""
    row = facts.row("flow", stage)
    if row is None or not known(row.share):
        return "", "", ""
    at = facts.names.index(stage)
    limits = f"{facts.say.span(row.low, row.high)}\u00a0%" if known(row.low) and known(row.high) else ""
    other = row.of and (at == 0 or row.of != facts.names[at - 1])
    return (
        facts.say.share(row.share, row.low, row.high),
        limits,
        facts.words["of"].format(of=facts.label(row.of)) if other else "",
    )


def first_that_fits(texts: Sequence[str], room: float, size: float, weight: str = "normal") -> str:
    """The first of several wordings, from the fullest to the shortest, that fits on a line; else the last."""
    return next((text for text in texts if wide(text, size, weight) <= room), texts[-1])


def short_counts(facts: Facts, most: float, size: float) -> bool:
    """Whether counts must be written short to fit a width."""
    return any(wide(facts.say.count(row.reached), size, "bold") > most for row in facts.flow.itertuples(index=False))
