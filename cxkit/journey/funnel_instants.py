"""The moments a funnel looks at: which kinds of events happened there, and how many steps one moment can serve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from cxkit.errors import UsageError
from cxkit.journey.funnel_rules import MOST_SHARED, Rules
from cxkit.journey.log import Log


@dataclass(frozen=True, eq=False)
class Instants:
    """Events that matter to a funnel, those of one journey at one moment taken together.

    Attributes
    ----------
    mask : ndarray of uint32, (events,)
        Kinds of each event that matters, as bits; 0 where it only stands between.
    at : ndarray of int64, (events,)
        Its place in the log.
    first : ndarray of int64, (instants + 1,)
        Where each moment begins among these events.
    kinds : ndarray of uint32, (instants,)
        Kinds of all events of the moment.
    time, journey : ndarray, (instants + 1,)
        Of each moment; the last entry belongs to nobody.
    stop : int
        The bit of an event that ends an attempt; 0 if there is none.
    """

    mask: np.ndarray
    at: np.ndarray
    first: np.ndarray
    kinds: np.ndarray
    time: np.ndarray
    journey: np.ndarray
    stop: int
    _next: dict[int, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.kinds.size)

    @property
    def sizes(self) -> np.ndarray:
        """Events of each moment."""
        return np.diff(self.first)

    def following(self, bits: int, instant: np.ndarray) -> np.ndarray:
        """The next moment of the same journey with an event of these kinds, after each given one; else `len(self)`."""
        if bits not in self._next:
            size = len(self)
            line = np.full(size + 2, size, dtype=np.int64)
            place = np.flatnonzero(self.kinds & np.uint32(bits))
            line[place] = place
            self._next[bits] = np.minimum.accumulate(line[::-1])[::-1]
        found = self._next[bits][instant + 1]
        return np.where(self.journey[found] == self.journey[instant], found, len(self))


def instants_of(log: Log, rules: Rules) -> Instants:
    """The moments of a log that matter: with one of the steps or an excluded touchpoint, or all for the strict order."""
    bits = np.zeros(max(len(log.touchpoints), 1), dtype=np.uint32)
    for bit, codes in enumerate(rules.kinds):
        bits[list(codes)] |= np.uint32(1 << bit)
    stop = 1 << len(rules.kinds) if rules.exclude else 0
    bits[list(rules.exclude)] |= np.uint32(stop)
    mask = bits[log.touch]
    if rules.order == "strict":
        at = np.arange(len(log))
    else:
        at = np.flatnonzero(mask)
        mask = mask[at]
    journey = np.repeat(np.arange(log.journeys, dtype=np.int32), log.lengths)[at]
    time = log.time[at]
    fresh = np.ones(at.size, dtype=bool)
    fresh[1:] = (journey[1:] != journey[:-1]) | (time[1:] != time[:-1])
    first = np.flatnonzero(fresh)
    alone = first.size == at.size
    kinds = mask if alone or not at.size else np.bitwise_or.reduceat(mask, first)
    return Instants(
        mask, at, np.append(first, at.size), kinds, np.append(time[first], 0),
        np.append(journey[first], np.int32(-1)), stop,
    )  # fmt: skip


def subsets_of(together: Sequence[Sequence[int]], kind: int) -> list[tuple[int, ...]]:
    """All sets of kinds that can be mixed up with a kind, each with the kind in it.

    Parameters
    ----------
    together : sequence of sequences of int
        Groups of kinds that share touchpoints (or moments).
    """
    group = next(group for group in together if kind in group)
    others = [other for other in group if other != kind]
    return [(kind, *more) for size in range(len(others) + 1) for more in combinations(others, size)]


def mixed_up(kinds: int, masks: np.ndarray) -> list[list[int]]:
    """Groups of kinds that occur together in one of the masks, directly or through others.

    Raises
    ------
    UsageError
        If a group is so large that not all its combinations can be looked at.
    """
    group = list(range(kinds))
    for mask in np.unique(masks).tolist():
        inside = [kind for kind in range(kinds) if mask >> kind & 1]
        for kind in inside[1:]:
            old, new = group[kind], group[inside[0]]
            group = [new if one == old else one for one in group]
    found = [[kind for kind in range(kinds) if group[kind] == one] for one in sorted(set(group))]
    if (most := max(map(len, found), default=0)) > MOST_SHARED:
        raise UsageError(
            f"steps: {most} steps share touchpoints or moments, and at most {MOST_SHARED} can be told apart. "
            "Leave some steps out."
        )
    return found


class Serving:
    """How far one moment can take an attempt: the table behind events at the same time.

    With steps at different moments (`apart`) a moment serves one step. Else it serves the next steps in a row for which
    there are different events, in whichever order they stand: steps j + 1 ... q can be served if for every set of kinds
    there are at least as many events of any of them as there are such steps (Hall's condition).
    """

    def __init__(self, instants: Instants, order_of: Sequence[int], same_time: str):
        self.last = len(order_of)
        self.table = None
        if same_time == "apart" or instants.sizes.size == 0 or instants.sizes.max() == 1:
            return
        several = np.flatnonzero(instants.sizes > 1)
        self.row = np.full(len(instants) + 1, -1, dtype=np.int64)
        self.row[several] = np.arange(several.size)
        sizes = instants.sizes[several]
        begin = np.r_[0, np.cumsum(sizes)[:-1]]
        inside = np.repeat(instants.first[several] - begin, sizes) + np.arange(int(sizes.sum()))
        self.table = _serving(instants.mask[inside], begin, order_of, several.size)

    def after(self, instant: np.ndarray, step: int) -> np.ndarray:
        """Steps done after a moment that has an event for the next step, if `step` were done before."""
        done = np.full(instant.size, step + 1, dtype=np.int64)
        if self.table is not None:
            row = self.row[instant]
            done = np.where(row >= 0, self.table[row, step], done)
        return done


def _serving(mask: np.ndarray, begin: np.ndarray, order_of: Sequence[int], moments: int) -> np.ndarray:
    """For each moment and number of steps done before it: the number done after it."""
    last, kinds = len(order_of), max(order_of) + 1
    together = mixed_up(kinds, mask & np.uint32((1 << kinds) - 1))
    there: dict[tuple[int, ...], np.ndarray] = {}
    table = np.zeros((moments, last), dtype=np.int64)
    for j in range(last):
        fits = np.ones(moments, dtype=bool)
        table[:, j] = j
        for q in range(j, last):
            for kind_set in subsets_of(together, order_of[q]):
                if kind_set not in there:
                    bits = np.uint32(sum(1 << kind for kind in kind_set))
                    there[kind_set] = np.add.reduceat(((mask & bits) != 0).astype(np.int64), begin)
                fits &= there[kind_set] >= sum(kind in kind_set for kind in order_of[j : q + 1])
            table[fits, j] = q + 1
    return table
