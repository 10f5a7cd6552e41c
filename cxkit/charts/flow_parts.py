"""A flow step by step as nodes and bands: what is drawn, the rest summed, and where each stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

ENDED, OTHER = "(ended)", "(other)"  #: names of the table: no touch after, and touchpoints too rare to be told apart
Node = tuple[int, str]


@dataclass(frozen=True)
class Flow:
    """What is drawn.

    Attributes
    ----------
    bands : Counter of (step, from, to)
        How many went from a touchpoint of a step to one of the next, or ended.
    marked : Counter of (step, from, to)
        How many of them belong to what is pointed out.
    highlight : str
        The touchpoint pointed out; empty for none.
    """

    bands: Counter[tuple[int, str, str]]
    marked: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    highlight: str = ""

    @cached_property
    def nodes(self) -> Counter[Node]:
        """How many are at a touchpoint at a step; what ends stands one step later."""
        came: Counter[Node] = Counter()
        left: Counter[Node] = Counter()
        for (step, one, other), n in self.bands.items():
            left[step, one] += n
            came[step + 1, other] += n
        seen = dict.fromkeys([*came, *left])  # in the order of the bands: a set would draw in another order each time
        return Counter({node: max(came[node], left[node]) for node in seen})

    @property
    def steps(self) -> list[int]:
        """The steps from the first to the last."""
        return sorted({step for step, _ in self.nodes})

    def cut(self, first: int, steps: int, top: int) -> Flow:
        """So many steps from the first on, at each only the commonest touchpoints; the rest is summed as "(other)"."""
        nodes, kept = self.nodes, set()
        for step in range(first, first + steps):
            here = [(name != self.highlight, -n, name) for (k, name), n in nodes.items() if k == step]
            here = sorted(place for place in here if place[2] not in (ENDED, OTHER))
            fits = here[:top] if len(here) > top + (OTHER not in {name for k, name in nodes if k == step}) else here
            kept |= {(step, name) for _, _, name in fits}

        def named(step: int, name: str) -> str:
            return name if name == ENDED or (step, name) in kept else OTHER

        sums: list[Counter[tuple[int, str, str]]] = []
        for counts in (self.bands, self.marked):
            summed: Counter[tuple[int, str, str]] = Counter()
            for (step, one, other), n in counts.items():
                if first <= step < first + steps - 1:
                    summed[step, named(step, one), named(step + 1, other)] += n
            sums.append(summed)
        return Flow(sums[0], sums[1], self.highlight)


def stack(flow: Flow, unit: float, least: Mapping[Node, float], gap: float, tall: float) -> dict[Node, float]:
    """Upper edge of every node, in points from the top: near where its customers come from, never two at one place.

    Parameters
    ----------
    flow : Flow
    unit : float
        Points a customer.
    least : mapping
        Height each node needs for its label.
    gap : float
        Points between two nodes.
    tall : float
        Points there are.

    Returns
    -------
    dict
        Who ended stands lowest, the rest of the touchpoints above it.
    """
    nodes, place = flow.nodes, {}
    for step in flow.steps:
        here = [name for k, name in nodes if k == step]
        wish = {name: _wish(flow, step, name, place, unit) for name in here}
        last = {ENDED: 2, OTHER: 1}
        here.sort(key=lambda name: (last.get(name, 0), wish[name], -nodes[step, name], name))
        needs = [max(nodes[step, name] * unit, least[step, name]) for name in here]
        top, tops = 0.0, []
        for name, need in zip(here, needs, strict=True):  # as near to the wish as the ones above allow
            top = max(top, wish[name] - need / 2) if place else top
            tops.append(top)
            top += need + gap
        floor = tall
        for k in range(len(here) - 1, -1, -1):  # and pushed up again where the page ends
            tops[k] = min(tops[k], floor - needs[k])
            floor = tops[k] - gap
        place |= {(step, name): top for name, top in zip(here, tops, strict=True)}
    return place


def _wish(flow: Flow, step: int, name: str, place: Mapping[Node, float], unit: float) -> float:
    """The middle of where a node's customers come from; at the first step the commonest stands highest."""
    nodes = flow.nodes
    came = [(one, n) for (k, one, other), n in flow.bands.items() if (k + 1, other) == (step, name) and n]
    known = [(place[step - 1, one] + nodes[step - 1, one] * unit / 2, n) for one, n in came if (step - 1, one) in place]
    if not known:
        return -float(nodes[step, name])
    return sum(middle * n for middle, n in known) / sum(n for _, n in known)


@dataclass(frozen=True)
class Band:
    """One band: its ends, how many, and whether it is pointed out."""

    step: int
    one: str
    other: str
    n: float
    marked: bool
    leave: float
    arrive: float


def bands(flow: Flow, place: Mapping[Node, float], unit: float) -> list[Band]:
    """Where bands leave and arrive, so that those of one node do not cross; marked parts are bands of their own."""
    parts = {}
    for link, n in flow.bands.items():
        marked = min(flow.marked[link], n)
        parts |= {(*link, True): marked, (*link, False): n - marked}
    parts = {link: n for link, n in parts.items() if n > 0}
    leave, arrive = {}, {}
    for ends, own, far in ((leave, 0, 1), (arrive, 1, 0)):
        used: Counter[Node] = Counter()
        sides = {link: ((link[0], link[1]), (link[0] + 1, link[2])) for link in parts}
        for link in sorted(parts, key=lambda k: (sides[k][own], place[sides[k][far]], not k[3])):
            node = sides[link][own]
            ends[link] = place[node] + used[node]
            used[node] += parts[link] * unit
    return [Band(*link[:3], n, link[3], leave[link], arrive[link]) for link, n in parts.items()]
