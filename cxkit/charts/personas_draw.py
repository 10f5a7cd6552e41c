"""How the small maps of several groups are laid out and drawn; `cxkit.charts.personas` says what they show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from cxkit.charts import style
from cxkit.charts.flow_canvas import WIDE
from cxkit.charts.journey_map.column_curve import Track
from cxkit.charts.journey_map.column_look import LEAST, PAGE, PHONE, Cell, begin, cells, light, ticks
from cxkit.charts.journey_map.column_wide import place
from cxkit.charts.journey_map.facts import Facts
from cxkit.charts.journey_map.language import known
from cxkit.charts.journey_map.measure import fit, shown, wide, wrap
from cxkit.charts.journey_map.pen import Pen
from cxkit.charts.style import FEW, LEADING, nice_range

NAMES, BARS, CURVE, AIR, TOP = 124.0, 30.0, 56.0, 9.0, 4.0  #: room of names; heights of a row's parts.
SPAN = 0.3  #: the scale shows at least so large a part of all scores there could be.
CARD = "ground"

WORDS = {
    "en": {
        "plain": "{k} groups of {unit}, stage by stage",
        "score": "Experience clearly differs at {stage}: {a} for “{one}”, {b} for “{other}”",
        "share": "The ways clearly part at {stage}: {a} of “{one}” go on, {b} of “{other}”",
        "bars": "Bars: {unit} who reach a stage, as a part of the group's at its first (the number under its name); below "
        "them, the share going on",
        "curve": "line: {score_name} with {interval}, one scale for all",
        "few": "hollow: fewer than {few} answers",
        "unscored": "scores missing: no survey answers",
        "goal": "dotted: the goal",
        "cut": "arrowhead: the interval goes on",
        "thin": "–: fewer than {few} could go on",
        "found": "shaded: what the title speaks of",
        "alt": "Share going on and score by stage",
        "nothing": "nothing known",
        "heads": ("Group", "Stage", "Reached", "Go on", "Interval", "Score", "Interval of score", "n"),
        "gap": "no answers",
    },
    "de": {
        "plain": "{k} Gruppen von {unit}, Phase für Phase",
        "score": "Klar verschieden erlebt wird „{stage}“: {a} bei „{one}“, {b} bei „{other}“",
        "share": "Klar auseinander gehen die Wege in „{stage}“: {a} von „{one}“ gehen weiter, {b} von „{other}“",
        "bars": "Balken: {unit}, die eine Phase erreichen, als Teil derer in der ersten (die Zahl unter dem Namen); darunter "
        "der Anteil, der weitergeht",
        "curve": "Linie: {score_name} mit {interval}, eine Skala für alle",
        "few": "hohl: weniger als {few} Antworten",
        "unscored": "Bewertungen fehlen: keine Antworten",
        "goal": "gepunktet: das Ziel",
        "cut": "Pfeilspitze: Das Intervall geht weiter",
        "thin": "–: weniger als {few} konnten weitergehen",
        "found": "hinterlegt: wovon der Titel spricht",
        "alt": "Anteil, der weitergeht, und Bewertung je Phase",
        "nothing": "nichts bekannt",
        "heads": ("Gruppe", "Phase", "Erreicht", "Gehen weiter", "Intervall", "Bewertung", "Ihr Intervall", "n"),
        "gap": "ohne Antwort",
    },
}


@dataclass(frozen=True)
class Group:
    """One group: its name and what is known of its journey."""

    name: str
    facts: Facts

    @property
    def start(self) -> float:
        """Customers at the first stage; at the fullest one, where nobody was counted there."""
        row = self.facts.row("flow", self.facts.names[0])
        if row is not None and known(row.reached) and row.reached > 0:
            return row.reached
        return max((r.reached for r in self.facts.flow.itertuples(index=False) if known(r.reached)), default=0.0)

    @property
    def size(self) -> str:
        """How many they are."""
        row = self.facts.row("flow", self.facts.names[0])
        return f"{self.facts.say.count(row.reached)} {self.facts.unit}" if row is not None else "–"


@dataclass(frozen=True)
class Groups:
    """What is drawn: the groups, and the two that the title speaks of as (stage, lower, upper)."""

    groups: list[Group]
    found: tuple[str, int, int] | None

    @property
    def first(self) -> Facts:
        """The first group's facts: stages, scale and language are those of all."""
        return self.groups[0].facts

    @cached_property
    def scored(self) -> bool:
        """Whether any group was asked."""
        return any(group.facts.scored for group in self.groups)

    @cached_property
    def flows(self) -> bool:
        """Whether anything is known of the flow."""
        return any(group.start > 0 for group in self.groups)

    @cached_property
    def scale(self) -> tuple[float, float]:
        """The part of the score's scale that holds all points and goals, and the intervals of those with enough answers.

        A few answers have an interval as wide as the scale, which would press all curves flat.
        """
        values: list[float] = []
        for group in self.groups:
            facts = group.facts
            values += [goal for stage in facts.names if (goal := facts.goal_of(stage)) is not None]
            for row in map(facts.score, filter(facts.has_score, facts.names)):
                values += [row.score] if facts.few(row) else [v for v in (row.score, row.low, row.high) if known(v)]
        bottom, top = self.first.scale
        return nice_range(values, SPAN * (top - bottom), bottom, top) if self.scored else (bottom, top)

    def cut(self, group: Group) -> list[tuple[int, bool]]:
        """Where an interval of a group goes on beyond the scale: (number of the stage, whether upwards)."""
        facts, (low, high) = group.facts, self.scale
        rows = [(i, facts.score(stage)) for i, stage in enumerate(facts.names) if facts.has_score(stage)]
        rows = [(i, row) for i, row in rows if known(row.low) and known(row.high)]
        return [(i, False) for i, row in rows if row.low < low] + [(i, True) for i, row in rows if row.high > high]

    @cached_property
    def most(self) -> float:
        """The tallest bar, as a part of the first stage."""
        parts = [
            row.reached / group.start
            for group in self.groups
            for row in group.facts.flow.itertuples(index=False)
            if group.start > 0 and known(row.reached)
        ]
        return max([1.0, *parts])


@dataclass(frozen=True)
class Plan:
    """Where things stand at a width, in points."""

    what: Groups
    width: float

    @cached_property
    def wide(self) -> bool:
        """Names at the left of the row, else above it."""
        return self.width > WIDE

    @cached_property
    def size(self) -> float:
        """The smallest text."""
        return LEAST if self.wide else PHONE

    @cached_property
    def left(self) -> float:
        """Where the first stage begins."""
        return NAMES if self.wide else 0.0

    @cached_property
    def column(self) -> float:
        """Width of a stage."""
        return (self.width - self.left) / len(self.what.first.names)

    def mid(self, i: int) -> float:
        """Middle of a stage."""
        return self.left + (i + 0.5) * self.column

    @cached_property
    def labels(self) -> list[Cell]:
        """The stages' names over their columns; their numbers, where names would be broken or cut."""
        texts = [self.what.first.label(stage) for stage in self.what.first.names]
        room = self.column - 4
        weight = light(texts, room, 3)
        done = cells(texts, room, 10.0, 3, weight, self.size)
        hurt = any(wrap(text, room, cell.size, weight)[1] for text, cell in zip(texts, done, strict=True))
        if hurt or not all(cell.whole for cell in done):
            return [Cell([str(i)], PHONE, "bold") for i in range(1, len(texts) + 1)]
        return done

    @cached_property
    def key(self) -> list[str]:
        """What the numbers stand for, in lines; none where names stand over the columns."""
        room = self.width - 4
        names = [shown(self.what.first.label(stage)) for stage in self.what.first.names]
        if [cell.lines for cell in self.labels] != [[str(i)] for i in range(1, len(names) + 1)]:
            return []
        parts = [f"{i} {name}" + (" ·" if i < len(names) else "") for i, name in enumerate(names, 1)]
        whole = [part.replace(" ", "\u00a0") if wide(part, self.size) <= room else part for part in parts]
        return wrap(" ".join(whole), room, self.size)[0]

    @cached_property
    def head(self) -> float:
        """Height above the first group."""
        key = len(self.key) * self.size * LEADING + (6 if self.key else 0)
        return 4 + key + max(cell.tall for cell in self.labels) + 4

    @cached_property
    def shares(self) -> dict[int, list[str]]:
        """The share going on by group and stage, all without a percent sign where one would not fit with it."""
        said: dict[int, list[str]] = {}
        for k, group in enumerate(self.what.groups):
            rows = [group.facts.row("flow", stage) for stage in group.facts.names]
            said[k] = [_share(group, row) for row in rows]
        if any(wide(words, self.size) > self.column - 3 for row in said.values() for words in row):
            return {k: [words.split("\u00a0")[0] for words in row] for k, row in said.items()}
        return said

    def name(self, group: Group) -> tuple[list[str], float]:
        """A group's name in lines, and their size."""
        room = self.left - 14 if self.wide else self.width - 4
        lines, size, _ = fit(
            group.name, room, 3 * 12 * LEADING if self.wide else 2 * 12 * LEADING, 12, "bold", self.size
        )
        return lines, size

    def above(self, group: Group) -> float:
        """Height of what stands above a group's bars: on a phone its name and size."""
        if self.wide:
            return 0.0
        lines, size = self.name(group)
        return len(lines) * size * LEADING + PHONE * LEADING + 4

    def tall(self, group: Group) -> float:
        """Height of a group's row."""
        bars = BARS + self.size * LEADING + 2 if self.what.flows else 0.0
        curve = CURVE + 2 * 13 if self.what.scored else 0.0
        lines, size = self.name(group)
        named = len(lines) * size * LEADING + PHONE * LEADING if self.wide else 0.0
        return max(TOP + self.above(group) + bars + curve, TOP + named) + AIR


def thin(row: Any) -> bool:
    """Whether so few customers could have gone on to a stage that their share says nothing."""
    return row is not None and known(row.share) and known(getattr(row, "n", None)) and row.n < FEW


def _share(group: Group, row: Any) -> str:
    """The share going on, a dash where too few could."""
    return "–" if thin(row) else group.facts.say.share(row.share) if row is not None and known(row.share) else ""


def height(width: float, *, what: Groups) -> float:
    """Height of the whole picture for a width, in points."""
    plan = Plan(what, width)
    return plan.head + sum(map(plan.tall, what.groups)) + 2


def draw(ax: Axes, *, what: Groups) -> None:
    """Draw the small maps into axes."""
    width = style.room(ax)
    plan = Plan(what, width)
    pen = begin(ax, height(width, what=what))
    _heads(plan, pen)
    top = pen.tall - plan.head
    for k, group in enumerate(what.groups):
        tall = plan.tall(group)
        pen.line([0, width], [top, top], "air", color=PAGE.line, lw=0.8, zorder=0)
        _row(plan, Pen(ax, PAGE, top - tall, tall), k, group)
        top -= tall


def _heads(plan: Plan, pen: Pen) -> None:
    y = pen.tall - 3
    if plan.key:
        y -= pen.lines(2, y, plan.key, size=plan.size, color="mute", room=plan.width - 4) + 6
    low = pen.tall - plan.head + 4
    for i, cell in enumerate(plan.labels):
        pen.lines(plan.mid(i), low, cell.lines, size=cell.size, weight=cell.weight, ha="center", va="bottom")


def _row(plan: Plan, pen: Pen, k: int, group: Group) -> None:
    """One group: name and size, bars, curve."""
    lines, size = plan.name(group)
    y = pen.tall - TOP
    named = y - pen.lines(2, y, lines, size=size, weight="bold", room=plan.left - 8 if plan.wide else plan.width - 4)
    room = plan.left - 10 if plan.wide else plan.width - 4
    pen.put(2, named, group.size, room, plan.size * 2.6, size=PHONE, color="mute", floor=plan.size)
    y -= plan.above(group)
    found = plan.what.found
    if found and k in found[1:]:
        i = plan.what.first.names.index(found[0])
        pen.box(plan.left + i * plan.column, 2, plan.column, y - 1, CARD, fc=PAGE.card, zorder=-5)
    if plan.what.flows:
        _bars(plan, pen, k, group, y - BARS - 3)
        y -= BARS + plan.size * LEADING + 5
    if group.facts.scored:
        _curve(plan, pen, group, y - 14 - CURVE, y - 14)
    elif plan.what.scored:
        pen.put(
            plan.left + 4, y - 26, WORDS[group.facts.say.language]["gap"], size=plan.size, color="mute", va="center"
        )


def _bars(plan: Plan, pen: Pen, k: int, group: Group, low: float) -> None:
    """Who reaches each stage, of those at the first; side stages are outlined; below each the share going on."""
    wide_ = min(plan.column - 6, 44.0)
    for i, stage in enumerate(group.facts.names):
        row, x = group.facts.row("flow", stage), plan.mid(i)
        if row is not None and known(row.reached) and group.start > 0:
            tall = BARS * row.reached / group.start / plan.what.most
            side = dict(fc="none", ec=PAGE.accent, lw=1)
            pen.box(x - wide_ / 2, low, wide_, tall, **(side if row.side else dict(fc=PAGE.accent_soft)))
            if not row.side:
                pen.line([x - wide_ / 2, x + wide_ / 2], [low + tall] * 2, color=PAGE.accent, lw=1.6, zorder=3)
        pen.put(x, low - 2, plan.shares[k][i], size=plan.size, ha="center")


def _curve(plan: Plan, pen: Pen, group: Group, low: float, high: float) -> None:
    """The experience curve with its scores; where columns are too narrow for all, the lowest and the highest."""
    facts = group.facts
    along = [plan.mid(i) for i in range(len(facts.names))]
    track = Track(facts, pen, along, plan.what.scale, low, high, cut=True)
    _scale(plan, track)
    track.goals(plan.left, plan.width, 0.36 * plan.column)
    track.curve(0, lw=1.8)
    for i, up in plan.what.cut(group):
        x, y = along[i], high - 1 if up else low + 1
        pen.point(x, y, "^" if up else "v", 5, color=PAGE.accent, mew=0, zorder=4)
        track.keep.box(x - 3, y - 3, 6, 6)
    track.points(small=True)
    asked = [(i, facts.score(stage)) for i, stage in enumerate(facts.names) if facts.has_score(stage)]
    if any(wide(facts.said(row.score), plan.size, "bold") > plan.column - 3 for _, row in asked):
        asked = sorted({min(asked, key=lambda p: p[1].score), max(asked, key=lambda p: p[1].score)}, key=lambda p: p[0])
    inside = Bbox.from_extents(plan.left, 0, plan.width, high + 14)
    for i, row in asked:
        color = "ink" if facts.names[i] == facts.worst else "accent_text"
        first = "bottom" if row.score < sum(plan.what.scale) / 2 or facts.names[i] == facts.worst else "top"
        place(track, inside, facts.said(row.score), plan.size, [track.at(i, row.score)], 4, first, color)


def _scale(plan: Plan, track: Track) -> None:
    """Hairlines at round scores, each named at the left edge."""
    places, said = ticks(plan.what.first, track.scale, float("inf"), plan.size)
    track.grid(places, plan.left, plan.width)
    for place_, words in zip(places, said, strict=True):
        y = float(track.over(place_))
        track.pen.put(plan.left + 1, y + 0.6 * plan.size, words, size=plan.size, color="mute", va="center")
        track.keep.box(plan.left, y + 1, wide(words, plan.size) + 3, 1.1 * plan.size)
