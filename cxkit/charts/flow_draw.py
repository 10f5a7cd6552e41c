"""How a flow is laid out and drawn; `cxkit.charts.flow` says what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from cxkit import words
from cxkit.charts import labels, style
from cxkit.charts.flow_canvas import EDGE, SMALL, WIDE, Canvas
from cxkit.charts.flow_parts import ENDED, OTHER, Band, Flow, Node, bands, stack

_NODE = 9.0  # points a node is wide
_GAP = 9.0
_LINE = 13.0  # points from one line of a label to the next
_HEAD = 22.0
_SHOWN = {ENDED: "ended", OTHER: "other"}


@dataclass(frozen=True)
class Plan:
    """Where things stand at a width, in points."""

    flow: Flow
    xs: dict[int, float]
    label: float
    lines: dict[Node, list[str]]
    unit: float
    place: dict[Node, float]
    tall: float


def plan(width: float, what: Flow) -> Plan:
    """Lay the picture out for a width in points: on a phone three steps with four touchpoints each."""
    wide = width > WIDE
    room = max(2, int((width + 60) // 120)) if wide else 3
    flow = what.cut(_start(what, room), room, 6 if wide else 4)
    steps = flow.steps
    last = 100.0 if wide else 74.0
    between = (width - 2 * EDGE - last) / max(len(steps) - 1, 1)
    xs = {step: EDGE + k * between for k, step in enumerate(steps)}
    label = min(between, last) - _NODE - 8
    lines = {node: _label(node, n, label, _weight(node, what)) for node, n in flow.nodes.items()}
    most = max((sum(n for (k, _), n in flow.nodes.items() if k == step) for step in steps), default=0) or 1
    unit = (230.0 if wide else 260.0) / most
    least = {node: _LINE * len(said) for node, said in lines.items()}
    needs = [
        sum(max(n * unit, least[node]) + _GAP for node, n in flow.nodes.items() if node[0] == step) for step in steps
    ]
    tall = max([*needs, 60.0])
    return Plan(flow, xs, label, lines, unit, stack(flow, unit, least, _GAP, tall), tall)


def _start(what: Flow, room: int) -> int:
    """The first step shown: the first there is, or later where what is pointed out would not be seen."""
    steps = what.steps or [1]
    met = min((step for step, name in what.nodes if name == what.highlight), default=steps[0])
    return max(steps[0], min(met - 1, steps[-1] - room + 1) if met >= steps[0] + room else steps[0])


def _weight(node: Node, what: Flow) -> str:
    """What is pointed out is bold too."""
    return "bold" if node[1] == what.highlight else "normal"


def _label(node: Node, n: float, room: float, weight: str) -> list[str]:
    """Name and number of a node: on one line if it fits, else the number below."""
    name, count = _SHOWN.get(node[1], node[1]), words.count(n)
    if labels.length(f"{name} {count}", SMALL, weight) <= room:
        return [f"{name} {count}"]
    name = labels.wrap(name, room, 2, SMALL, weight)
    if labels.length(f"{name[-1]} {count}", SMALL, weight) <= room:
        return [*name[:-1], f"{name[-1]} {count}"]
    return [*name, count]


def height(width: float, *, what: Flow) -> float:
    """Height of the whole picture for a width, in points."""
    return _HEAD + plan(width, what).tall + 4


def draw(ax: Axes, *, what: Flow) -> None:
    """Draw the flow into axes."""
    width = style.room(ax)
    at = plan(width, what)
    canvas = Canvas.over(ax, height(width, what=what))
    for step, x in at.xs.items():
        canvas.text(x, 8, f"touch {step}", color=style.MUTE, fontsize=SMALL)
    for band in bands(at.flow, at.place, at.unit):
        _band(canvas, band, at)
    for node, n in at.flow.nodes.items():
        _node(canvas, node, n, at)


def _band(canvas: Canvas, band: Band, at: Plan) -> None:
    """A band of one thickness from node to node; what is pointed out is stronger and blue, the rest grey."""
    xa, xb = at.xs[band.step] + _NODE, at.xs[band.step + 1]
    ya, yb, mid = band.leave + _HEAD, band.arrive + _HEAD, (at.xs[band.step] + _NODE + at.xs[band.step + 1]) / 2
    thick = band.n * at.unit
    points = [(xa, ya), (mid, ya), (mid, yb), (xb, yb), (xb, yb + thick), (mid, yb + thick), (mid, ya + thick)]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    path = Path([*points, (xa, ya + thick), (xa, ya)], codes)
    grey = bool(at.flow.highlight) and not band.marked
    colour, alpha = (style.EARLIER, 0.22) if grey else (style.ACCENT, 0.4 if at.flow.highlight else 0.25)
    gid = "marked" if band.marked else "band"
    canvas.ax.add_patch(PathPatch(path, facecolor=colour, alpha=alpha, lw=0, zorder=2, clip_on=False, gid=gid))


def _node(canvas: Canvas, node: Node, n: float, at: Plan) -> None:
    """The node and its label beside it."""
    x, y, high = at.xs[node[0]], at.place[node] + _HEAD, max(n * at.unit, 1.0)
    name, lines = node[1], at.lines[node]
    own, weight = name == at.flow.highlight, _weight(node, at.flow)
    if name == ENDED:
        canvas.hatched(x + 0.5, y, _NODE - 1, high, style.MUTE, "ended", zorder=4)
    else:
        quiet = name == OTHER or (bool(at.flow.highlight) and not own)
        canvas.box(x, y, _NODE, high, style.EARLIER if quiet else style.ACCENT, "node", zorder=4)
    wide = max(labels.length(line, SMALL, weight) for line in lines)
    first = y + max(high, _LINE * len(lines)) / 2 - (len(lines) - 1) / 2 * _LINE
    canvas.box(
        x + _NODE + 1, first - _LINE / 2 - 1, wide + 6, _LINE * len(lines) + 2, style.GROUND, alpha=0.7, zorder=5
    )
    for k, line in enumerate(lines):
        colour = style.MUTE if name in _SHOWN else style.INK
        canvas.text(x + _NODE + 4, first + k * _LINE, line, fontsize=SMALL, color=colour, weight=weight)
