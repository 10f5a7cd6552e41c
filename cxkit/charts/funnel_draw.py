"""How a funnel is laid out and drawn; `cxkit.charts.funnel` says what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes

from cxkit import words
from cxkit.charts import labels, style
from cxkit.charts.flow_canvas import EDGE, ROW, TINT, WIDE, Canvas
from cxkit.charts.flow_words import from_to, span, with_limits

_BAR = 24.0
_HEAD = 26.0
_GAP = 16.0  # between two texts of one line


@dataclass(frozen=True)
class Step:
    """One step: who reached it, and of those who had reached the step before, who left and whose time is not over."""

    name: str
    n: float
    left: float
    open: float
    share: float
    low: float
    high: float
    median: float
    q25: float
    q75: float
    before: float
    before_low: float
    before_high: float
    named: bool = False
    entered: float = 0.0

    @property
    def base(self) -> float:
        """Who could have reached it or entered here: all of whom the bar tells."""
        return self.n + self.left + self.open

    def end(self, share: float) -> float:
        """Where the bar would end, in customers, if that share of those who reached the step before went on."""
        return self.entered + share * (self.base - self.entered)

    @property
    def going_on(self) -> str:
        """The share going on with its interval."""
        return "nobody to go on" if self.share != self.share else f"{with_limits(self.share, self.low, self.high)}"

    @property
    def gone(self) -> str:
        """Who left."""
        return f"{words.count(self.left)} left" if self.left else ""

    @property
    def waiting(self) -> str:
        """Whose time is not over."""
        return f"{words.count(self.open)} still open" if self.open else ""

    @property
    def time(self) -> str:
        """Median time from the step before, and the middle half."""
        if self.median != self.median:
            return ""
        half = from_to(self.q25, self.q75)
        return f"median {span(self.median)}" + (f" ({half})" if half else "")

    @property
    def earlier(self) -> str:
        """The share in the period before."""
        return (
            ""
            if self.before != self.before
            else f"before {with_limits(self.before, self.before_low, self.before_high)}"
        )


@dataclass(frozen=True)
class Block:
    """One funnel: its name where there are several, and its steps."""

    name: str
    steps: list[Step]

    @property
    def most(self) -> float:
        """The longest bar; each of several funnels fills the width, so that their shapes can be compared."""
        return max((step.base for step in self.steps), default=0) or 1.0


@dataclass(frozen=True)
class Funnel:
    """What is drawn."""

    blocks: list[Block]

    @property
    def one(self) -> bool:
        """One funnel is drawn in full, several in short."""
        return len(self.blocks) <= 1

    @property
    def earlier(self) -> bool:
        """Whether a period before is drawn."""
        return any(step.before == step.before for block in self.blocks for step in block.steps)


@dataclass(frozen=True)
class Plan:
    """Where things stand at a width, in points."""

    width: float
    wide: bool
    left: float
    right: float

    @property
    def room(self) -> float:
        """Length of the longest bar."""
        return self.width - self.left - self.right

    def name(self, step: Step) -> list[str]:
        """The lines of a step's name."""
        room = self.left - 14 if self.wide else self.width - 2 * EDGE
        return labels.wrap(step.name, room, weight="bold")


def plan(width: float, what: Funnel) -> Plan:
    """Lay the picture out for a width in points."""
    if width <= WIDE:
        return Plan(width, False, EDGE, EDGE + (0 if what.one else 4))
    steps = [step for block in what.blocks for step in block.steps]
    names = max((labels.length(step.name, weight="bold") for step in steps), default=0)
    said = [text for step in steps for text in ((step.gone, step.waiting) if what.one else (step.going_on,))]
    right = max((labels.length(text, weight="bold") for text in said), default=0) + 16
    return Plan(width, True, min(names, 0.27 * width) + 16, max(right, 20.0))


def height(width: float, *, what: Funnel) -> float:
    """Height of the whole picture for a width, in points."""
    at = plan(width, what)
    tall = sum(_tall(step, k, at, what) for block in what.blocks for k, step in enumerate(block.steps))
    heads = _HEAD * sum(bool(block.name) for block in what.blocks)
    return max(tall + heads, 40.0) + 10.0


def _between(step: Step, at: Plan) -> list[list[tuple[str, bool]]]:
    """What stands between two bars, in lines: the share going on (bold), the share before, the time it takes."""
    unit, room = words.THIN + "%", at.width - at.left - (14 if at.wide else 24)
    go_on = step.going_on if step.share != step.share else step.going_on.replace(unit, unit + " go on", 1)
    if labels.length(go_on, weight="bold") > room:
        go_on = step.going_on
    lines: list[list[tuple[str, bool]]] = [[(go_on, True)]]
    room = room if at.wide else 0.0
    for said in (step.earlier, step.time):
        if said and _used(lines[-1]) + _GAP + labels.length(said) <= room:
            lines[-1].append((said, False))
        elif said:
            lines.append([(said, False)])
    return lines


def _used(line: list[tuple[str, bool]]) -> float:
    return sum(labels.length(said, weight="bold" if bold else "normal") + _GAP for said, bold in line) - _GAP


def _tall(step: Step, k: int, at: Plan, what: Funnel) -> float:
    """Height of a step with what stands above its bar."""
    lines = len(at.name(step))
    if not what.one:
        return max(_BAR + 8, ROW * lines + 6) if at.wide else ROW * (lines + bool(k)) + 20 + 10
    above = 0.0
    if k:
        above = 12 + ROW * len(_between(step, at))
    below = 0.0 if at.wide else ROW * lines + (ROW + 2 if step.gone or step.waiting else 2)
    return above + below + (max(_BAR, ROW * lines) if at.wide else 22)


def draw(ax: Axes, *, what: Funnel) -> None:
    """Draw the funnel into axes."""
    width = style.room(ax)
    at, canvas = plan(width, what), Canvas.over(ax, height(width, what=what))
    y = 4.0
    for block in what.blocks:
        if block.name:
            canvas.text(EDGE, y + 14, labels.cut(block.name, width - 2 * EDGE, weight="bold"), weight="bold")
            y += _HEAD
        for k, step in enumerate(block.steps):
            (_full if what.one else _short)(canvas, step, k, y, at, block.most)
            y += _tall(step, k, at, what)


def _full(canvas: Canvas, step: Step, k: int, y: float, at: Plan, most: float) -> None:
    """A step of the only funnel: what stands between, name, bar, who left."""
    lines, weight = at.name(step), "bold"
    if k:
        between = _between(step, at)
        canvas.arrow(at.left + (1 if at.wide else 5), y + 3, y + 9 + ROW * len(between))
        for line, parts in enumerate(between):
            x = at.left + (12 if at.wide else 20)
            for said, bold in parts:
                look = {"weight": "bold"} if bold else {"color": style.MUTE}
                canvas.text(x, y + 6 + ROW * (line + 0.5), said, **look)
                x += _used([(said, bold)]) + _GAP
        y += 12 + ROW * len(between)
    bar = _BAR if at.wide else 22.0
    if at.wide:
        bar_y = y + (max(_BAR, ROW * len(lines)) - bar) / 2
        first = bar_y + bar / 2 - (len(lines) - 1) / 2 * ROW
    else:
        first, bar_y = y + ROW / 2, y + ROW * len(lines) + 2
    for line, said in enumerate(lines):
        canvas.text(EDGE, first + ROW * line, said, weight=weight)
    end = _bar(canvas, step, k, bar_y, bar, at, most)
    _who_left(canvas, step, end, bar_y, bar, at)


def _who_left(canvas: Canvas, step: Step, end: float, y: float, bar: float, at: Plan) -> None:
    """Who left and whose time is not over: beside the bar, on a phone below it."""
    said = [(text, look) for text, look in ((step.gone, {}), (step.waiting, {"color": style.MUTE})) if text]
    if at.wide:
        for line, (text, look) in enumerate(said):
            level = y + bar / 2 + (line - (len(said) - 1) / 2) * (ROW - 1)
            weight = "bold" if step.named and not look else "normal"
            canvas.text(end + 8, level, text, weight=weight, **look)
        return
    x = at.left
    for text, look in said:
        weight = "bold" if step.named and not look else "normal"
        canvas.text(x, y + bar + 10, text, weight=weight, **look)
        x += labels.length(text, weight="bold") + 10


def _short(canvas: Canvas, step: Step, k: int, y: float, at: Plan, most: float) -> None:
    """A step of one of several funnels: name, bar, share going on in one row; on a phone in two."""
    lines = at.name(step)
    said = step.going_on if k else ""
    weight = "bold" if step.named else "normal"
    bar = _BAR if at.wide else 20.0
    if at.wide:
        middle = y + max(_BAR + 8, ROW * len(lines) + 6) / 2
        for line, text in enumerate(lines):
            canvas.text(EDGE, middle + (line - (len(lines) - 1) / 2) * ROW, text, weight=weight)
        _bar(canvas, step, k, middle - bar / 2, bar, at, most)
        canvas.text(at.width - EDGE, middle, said, "right", weight=weight)
        return
    for line, text in enumerate(lines):
        canvas.text(EDGE, y + ROW * (line + 0.5), text, weight=weight)
    canvas.text(EDGE, y + ROW * (len(lines) + 0.5), said, weight=weight)
    _bar(canvas, step, k, y + ROW * (len(lines) + bool(k)) + 2, bar, at, most)


def _bar(canvas: Canvas, step: Step, k: int, y: float, bar: float, at: Plan, most: float) -> float:
    """The bar with its open (dotted) and left (hatched) part, the interval and the earlier share; returns its end."""
    unit = at.room / most
    reached, still, end = (at.left + value * unit for value in (step.n, step.n + step.open, step.base))
    canvas.box(at.left, y, reached - at.left, bar, style.ACCENT, "reached", alpha=TINT)
    canvas.box(reached, y + 0.5, still - reached, bar - 1, "none", "open", edgecolor=style.MUTE, lw=1, ls=(0, (1, 2)))
    edge = style.WORSE if step.named and not step.share > step.before else style.EARLIER
    canvas.hatched(still, y + 0.5, end - still, bar - 1, edge, "left")
    end = _count(canvas, step, y + bar / 2, (at.left, reached, end), at.left + step.end(step.high) * unit)
    if not k or not 0 <= step.low <= step.high <= 1:
        return end
    low, high = (at.left + step.end(value) * unit for value in (step.low, step.high))
    canvas.line([low, high], [y + bar / 2] * 2, style.INK, "interval", lw=1.8, zorder=4)
    if step.before == step.before:
        x = at.left + step.end(min(step.before, 1)) * unit
        canvas.dot(x, y + bar / 2, style.INK, hollow=True, gid="before", marker="D", ms=6.5, zorder=5)
    return end


def _count(canvas: Canvas, step: Step, middle: float, ends: tuple[float, float, float], mark: float) -> float:
    """How many reached the step: in the bar, or where it is too short beside it; returns where the row then ends."""
    start, reached, end = ends
    said = words.count(step.n)
    wide = labels.length(said, weight="bold")
    if reached - start >= wide + 12:
        canvas.text(start + 6, middle, said, weight="bold")
        return end
    spot = (max(reached, mark) if mark == mark else reached) + 9
    inside = spot + wide + 6 <= end
    spot = spot if inside else max(end + 8, spot)
    canvas.box(spot - 3, middle - 8, wide + 6, 16, style.GROUND if inside else "none", zorder=3.5)
    canvas.text(spot, middle, said, weight="bold")
    return end if inside else spot + wide + 2
