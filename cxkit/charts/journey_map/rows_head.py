"""The top of the map: the finding, the lens, the stages, how many come and go on, and by which steps and channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cxkit.charts.journey_map.facts import Facts
from cxkit.charts.journey_map.language import known
from cxkit.charts.journey_map.layout import Plan, Row, Sheet
from cxkit.charts.journey_map.measure import fewest, fit, fold, unbroken, wide, wrap
from cxkit.charts.journey_map.palette import FLOOR, STRONG
from cxkit.charts.journey_map.pen import GROUND, Pen
from cxkit.charts.journey_map.titles import base_of, finding, subtitles
from cxkit.charts.style import LEADING

LENS, TIP = 9.0, 8.0  #: size of the lens; how far a stage points into the next.


def title_row(sheet: Sheet) -> Row:
    """The finding in one sentence, and what it rests on."""
    facts, page, room = sheet.facts, sheet.page, sheet.right - sheet.margin
    lines, size, whole = fit(finding(facts), room, page.title * 1.3, page.title, "bold", 0.75 * page.title)
    if not whole:  # too long for one line: two of them
        lines, size, whole = fit(finding(facts), room, 2 * page.title, 0.75 * page.title, "bold", 12.0)
    ladder = subtitles(facts)
    sub = next((words for words in ladder if wide(words, 10.5) <= room), ladder[-1])
    below = wrap(sub, room, 10.5)[0][:2] if sub else []
    top = 10.0 if page.name == "slide" else 13.0
    tall = top + len(lines) * size * LEADING + len(below) * 10.5 * LEADING + (5 if page.name == "slide" else 7)

    def draw(pen: Pen) -> None:
        y = pen.tall - top
        y -= pen.lines(sheet.margin, y, lines, size=size, weight="bold", room=room, whole=whole) + 1
        pen.lines(sheet.margin, y, below, size=10.5, color="mute", room=room)

    return Row("title", tall, draw)


def lens_row(sheet: Sheet) -> Row:
    """Who, when, which scenario, from which data: read down the columns."""
    lens = sheet.facts.lens
    deep = -(-len(lens) // 3)
    columns = [lens[k : k + deep] for k in range(0, len(lens), deep)]
    share = (sheet.right - sheet.margin - 12) / len(columns)
    leads = [max(wide(head, LENS, "bold") for head, _ in column) + 8 for column in columns]
    cells = [
        [wrap(text, share - lead - 14, LENS)[0] for _, text in column]
        for column, lead in zip(columns, leads, strict=True)
    ]
    steps = [max(len(column[k]) if k < len(column) else 1 for column in cells) for k in range(deep)]
    tall = sum(steps) * LENS * LEADING + 3 * (deep - 1) + 10

    def draw(pen: Pen) -> None:
        pen.card(sheet.margin, 7, sheet.right - sheet.margin, tall, sheet.look.card)
        for c, (column, lead) in enumerate(zip(columns, leads, strict=True)):
            y = pen.tall - 6
            for k, (head, _) in enumerate(column):
                x = sheet.margin + 10 + c * share
                pen.put(x, y, head, size=LENS, weight="bold", color="mute")
                pen.lines(x + lead, y, cells[c][k], size=LENS, room=share - lead - 14)
                y -= steps[k] * LENS * LEADING + 3

    return Row("lens", tall + 8, draw)


def stages_row(sheet: Sheet) -> Row:
    """The stages as chevrons; side stages are outlined, the worst is the one filled in orange."""
    facts, room = sheet.facts, sheet.column - 26
    names = [facts.label(stage) for stage in facts.names]
    items = [(name, room) for name in names]
    size = min(fewest(items, STRONG, "bold", 9.5), unbroken(items, STRONG, "bold"))
    most = min(3, max(len(wrap(name, room, size, "bold")[0]) for name in names))
    tall = max(30.0 if sheet.page.name == "slide" else 34.0, most * size * LEADING + 10)
    tall = max(tall, sheet.label_need("stages") - 8) if facts.proposed else tall

    def draw(pen: Pen) -> None:
        look, last, mid = sheet.look, len(names) - 1, tall / 2 + 2
        for i, stage in enumerate(facts.names):
            x, x1 = sheet.x(i) + (1 if i else 0), sheet.x(i + 1) - (3 if i < last else TIP)
            edge = [(x, 2), (x1, 2), (x1 + TIP, mid), (x1, tall + 2), (x, tall + 2), (x + TIP if i else x, mid)]
            worst, side = stage == facts.focus, bool(facts.row("stages", stage).side)
            face = look.bad if worst else look.bg if side else look.accent_soft
            pen.shape(edge, GROUND, fc=face, ec=look.accent_mid if side and not worst else "none", lw=1.0)
            pen.put(
                sheet.mid(i) + (4 if i else 0), mid, names[i], room, tall - 4, size=size, weight="bold",
                color="on_bad" if worst else "ink", ha="center", va="center",
            )  # fmt: skip
        if facts.proposed:
            name, note = facts.words["stages"]
            used = pen.put(sheet.margin, tall - 2, name, size=10.5, weight="bold")
            pen.small(sheet.margin, tall - 2 - used, note, sheet.left - sheet.margin - 8)

    return Row("stages", tall + 6, draw)


# ------------------------------------------------------------------ volume and flow
@dataclass(frozen=True)
class Type:
    """Sizes in the row of volume and flow: who arrived, who left, the share going on, what else is known."""

    count: float
    left: float
    share: float
    rest: float


#: With scores; without any, when the row is the map; and that on a wall.
_TYPES = (Type(STRONG, 9.0, 9.0, FLOOR), Type(STRONG, 9.0, 11.0, FLOOR), Type(18.0, 12.0, 15.0, 11.0))


def flow_row(sheet: Sheet, plan: Plan, alone: bool) -> Row:
    """A bar for those who arrive; above it those still under way (dotted) and those who left (hatched)."""
    facts, room, type_ = sheet.facts, sheet.room, _TYPES[alone + (alone and sheet.page.name == "a3")]
    going = {stage: _going(sheet, stage) for stage in facts.names}
    weight = "bold" if alone else "normal"
    size = fewest([(words, room) for words, _ in going.values()], type_.share, weight)
    most = 1 if sheet.page.name == "slide" else plan.facts
    lines = {
        s: (wrap(words, room, size, weight)[0], fold(more, room, type_.rest)[:most])
        for s, (words, more) in going.items()
    }
    foot = max((len(a) * size + len(b) * type_.rest) * LEADING for a, b in lines.values()) + 7
    heads, two = _heads(sheet, type_)
    head = type_.count * 1.25 + 7 + (type_.left * 1.35 if two else 0.0)
    least = max(head + foot + (26.0 if sheet.page.name == "slide" else 32.0), sheet.label_need("flow"))
    top = max((sum(_parts(facts, facts.row("flow", stage))) for stage in facts.names), default=0.0) or 1.0

    def draw(pen: Pen) -> None:
        sheet.label(pen, "flow")
        unit = (pen.tall - head - foot - 2) / top
        for x, stage in sheet.columns():
            row = facts.row("flow", stage)
            if row is None or not known(row.reached):
                pen.small(x, pen.tall - 6, facts.words["no_flow"])
                continue
            _bar(sheet, pen, x, foot, unit, row)
            reached, left = heads[stage]
            pen.put(x, pen.tall - 6, reached, size=type_.count, weight="bold")
            below = pen.tall - 6 - type_.count * 1.25
            beside = pen.tall - 6 - 0.92 * (type_.count - type_.left)  # on one baseline
            place = dict(x=x, y=below) if two else dict(x=x + room, y=beside, ha="right")
            pen.put(words=left, size=type_.left, color="bad_text", **place)
            used = pen.lines(x, foot - 3, lines[stage][0], size=size, room=room, weight=weight)
            pen.lines(x, foot - 3 - used, lines[stage][1], size=type_.rest, color="mute", room=room)

    return Row("flow", least, draw, grows=6.0 if alone else 0.16)


def _parts(facts: Facts, row: Any) -> tuple[float, float, float]:
    """Those who arrived, are still under way, have left; nobody is lost by not going to a side stage.

    Of those whose window is not over some have arrived already, so that only the rest of the stage before is drawn.
    """
    if row is None or not known(row.reached):
        return 0.0, 0.0, 0.0
    if row.side:
        return row.reached, 0.0, 0.0
    still, left = (value if known(value) else 0.0 for value in (row.open, row.left))
    base = facts.row("flow", base_of(facts, row)) if base_of(facts, row) else None
    if base is not None and known(base.reached):
        still = min(still, max(base.reached - row.reached - left, 0.0))
    return row.reached, still, left


def _bar(sheet: Sheet, pen: Pen, x: float, low: float, unit: float, row: Any) -> None:
    look, room = sheet.look, sheet.room
    reached, still, left = (part * unit for part in _parts(sheet.facts, row))
    if row.side:
        pen.box(x, low, room, reached, fc="none", ec=look.accent, lw=1, zorder=2)
        return
    pen.box(x, low, room, reached, fc=look.accent_soft, zorder=2)
    pen.box(x, low + reached, room, still, fc="none", ec=look.mute, lw=0.7, ls=":", zorder=2)
    pen.hatched(x, low + reached + still, room, left, look.bad)
    pen.line([x, x + room], [low + reached] * 2, color=look.accent, lw=2, zorder=3)


def _heads(sheet: Sheet, type_: Type) -> tuple[dict[str, tuple[str, str]], bool]:
    """What stands over the bars: who arrived and who left; short counts, or two lines, if one column needs it."""
    facts = sheet.facts
    said: dict[str, tuple[str, str]] = {}
    for short, two in ((False, False), (True, False), (False, True), (True, True)):
        for stage in facts.names:
            row = facts.row("flow", stage)
            if row is None:
                said[stage] = ("", "")
                continue
            left = _parts(facts, row)[2]
            gone = facts.words["left"].format(n=facts.say.count(left, short)) if left else ""
            said[stage] = (facts.say.count(row.reached, short), gone)
        used = [
            max(a, b) if two else a + b + 6 * (b > 0)
            for a, b in ((wide(a, type_.count, "bold"), wide(b, type_.left)) for a, b in said.values())
        ]
        if max(used) <= sheet.room:
            break
    return said, two


def _going(sheet: Sheet, stage: str) -> tuple[str, list[str]]:
    """The share that goes on to a stage, and what else is known of the way there."""
    facts = sheet.facts
    row = facts.row("flow", stage)
    if row is None:
        return "", []
    at = facts.names.index(stage)
    rest = [facts.words["median"].format(time=facts.say.time(row.median_seconds))] if known(row.median_seconds) else []
    if known(row.open) and row.open and not row.side:
        rest.append(facts.words["open"].format(n=facts.say.count(row.open)))
    if not known(row.share):
        return facts.words["start"] if at == 0 else "", rest
    going = facts.say.share(row.share, row.low, row.high)
    if known(row.low) and known(row.high):
        going += f" ({facts.say.span(row.low, row.high)})"
    if row.of and (at == 0 or row.of != facts.names[at - 1]):  # name the base where it is not the column before
        going += " " + facts.words["of"].format(of=facts.label(row.of))
    return going, rest


# ------------------------------------------------------------------ steps and channels
def touch_row(sheet: Sheet, plan: Plan, alone: bool) -> Row:
    """The steps most customers take at a stage, and the mix of channels as a strip."""
    facts = sheet.facts
    steps, strip = not facts.touchpoints.empty, not facts.channels.empty
    name = "touch" if steps and strip else "steps" if steps else "channels"
    most_size = (9.5, 10.5, 13.0)[alone + (alone and sheet.page.name == "a3")]
    percent = wide(facts.say.share(1.0), most_size) + 4
    most = {stage: _most(facts.rows("touchpoints", stage), plan.steps + 3 * alone) for stage in facts.names}
    size = unbroken([(row.action, sheet.room - percent) for rows in most.values() for row in rows], most_size)
    cells = {
        stage: [wrap(row.action, sheet.room - percent, size)[0][:2] for row in rows] for stage, rows in most.items()
    }
    deep = max(map(len, cells.values()))
    tall = [max((len(lines[k]) for lines in cells.values() if k < len(lines)), default=1) for k in range(deep)]
    need = sum(tall) * size * LEADING + 3 * deep + 6
    least = max(need + (22 if strip else 2), sheet.label_need(name))

    def draw(pen: Pen) -> None:
        sheet.label(pen, name)
        gap = min(14.0 if alone else 8.0, 3 + (pen.tall - least) / max(deep, 1))
        for x, stage in sheet.columns():
            y = pen.tall - 6
            if steps and not cells[stage]:
                pen.small(x, y, facts.words["no_steps"], sheet.room)
            for k, (row, lines) in enumerate(zip(most[stage], cells[stage], strict=True)):
                pen.lines(x, y, lines, size=size, room=sheet.room - percent)
                if known(row.share):
                    said = facts.say.share(row.share)
                    pen.put(x + sheet.room, y, said, size=size, color="mute", ha="right")
                y -= tall[k] * size * LEADING + gap
        if strip:
            drawn = sum(tall) * size * LEADING + gap * deep + 6
            _strips(sheet, pen, pen.tall - drawn - 17)

    return Row("touch", least, draw, grows=0.5 if alone else 0.04)


def _most(rows: list[Any], most: int) -> list[Any]:
    """The most frequent rows, those without a share last."""
    return sorted(rows, key=lambda row: -row.share if known(row.share) else 1.0)[:most]


def _strips(sheet: Sheet, pen: Pen, y: float) -> None:
    """Channel mix of each stage; a channel has the same tint everywhere, and its name where that fits."""
    facts, look = sheet.facts, sheet.look
    total = facts.channels.groupby("channel").share.sum().sort_values(ascending=False, kind="stable")
    tint = {name: look.tints[min(k, len(look.tints) - 1)] for k, name in enumerate(total.index)}
    for x, stage in sheet.columns():
        parts = {row.channel: row.share for row in facts.rows("channels", stage) if known(row.share) and row.share > 0}
        whole, start = sum(parts.values()), x
        for name in (name for name in total.index if name in parts):
            part = sheet.room * parts[name] / whole
            pen.box(start, y, part, 15, GROUND, fc=tint[name], ec=look.bg, lw=1)
            share = facts.say.share(parts[name] / whole)
            words = next((w for w in (f"{name} {share}", name, share) if wide(w, FLOOR) + 5 <= part), "")
            pen.small(start + part / 2, y + 7.5, words, color="ink", ha="center", va="center")
            start += part
