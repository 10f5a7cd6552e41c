"""From every start: how far it gets, when, and whether it is over.

For each start the steps are taken as early as they can be. In a given order that is also the best that can be done: who
has come further by a moment can do all that the others can.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cxkit.journey.funnel_instants import Instants, Serving, mixed_up, subsets_of
from cxkit.journey.funnel_rules import Rules
from cxkit.stats.survival import NEVER


@dataclass(frozen=True, eq=False)
class Starts:
    """What became of starts.

    Attributes
    ----------
    instant : ndarray
        Moment of each start, ascending.
    journey : ndarray
    times : ndarray of int64, (steps, starts)
        When each step was done; `NEVER` if it was not.
    ended : ndarray of int64
        When it became impossible to go on (an excluded touchpoint, or another event in the strict order) within the
        window; `NEVER` if it did not.
    open : ndarray of bool
        Whether further steps may still come: the window is not over.
    """

    instant: np.ndarray
    journey: np.ndarray
    times: np.ndarray
    ended: np.ndarray
    open: np.ndarray

    def __len__(self) -> int:
        return int(self.instant.size)

    @property
    def depth(self) -> np.ndarray:
        """Steps done from each start."""
        return (self.times < NEVER).sum(axis=0)

    def keep(self, which: np.ndarray) -> Starts:
        """Only these starts, in this order."""
        return replace(
            self, instant=self.instant[which], journey=self.journey[which], times=self.times[:, which],
            ended=self.ended[which], open=self.open[which],
        )  # fmt: skip


def starts_of(instants: Instants, rules: Rules, order_of: Sequence[int], *, first_only: bool = False) -> Starts:
    """Every start, or the first of each journey, and what became of it.

    Parameters
    ----------
    order_of : sequence of int
        Kinds of the steps to be taken (two of them for a pair of an open funnel).
    """
    wanted = order_of if rules.order == "any" else order_of[:1]
    bits = np.uint32(sum(1 << kind for kind in set(wanted)))
    instant = np.flatnonzero(instants.kinds & bits)
    if first_only and instant.size:
        journey = instants.journey[instant]
        instant = instant[np.r_[True, journey[1:] != journey[:-1]]]
    instant = instant[instants.time[instant] < rules.until]
    run = {"ordered": _ordered, "strict": _strict, "any": _any}[rules.order]
    times, ended, alive = run(instants, rules, order_of, instant)
    begun = times[0]
    over = begun + rules.window < rules.end
    complete = times[-1] < NEVER
    ended = np.where((ended <= begun + rules.window) & ~complete, ended, NEVER)
    still = ~over & ~complete & alive if rules.within is not None else np.zeros(instant.size, dtype=bool)
    return Starts(instant, instants.journey[instant], times, ended, still)


def _limit(instants: Instants, rules: Rules, instant: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The last moment at which a step counts, and the first excluded touchpoint after each start."""
    begun = instants.time[instant]
    stopped = np.full(instant.size, NEVER)
    if instants.stop:
        found = instants.following(instants.stop, instant)
        stopped = np.where(found < len(instants), instants.time[found], NEVER)
    return np.minimum(begun + rules.window, stopped), stopped


def _ordered(instants: Instants, rules: Rules, order_of: Sequence[int], instant: np.ndarray):
    """Steps in their order, others may come between."""
    last, serving = len(order_of), Serving(instants, order_of, rules.same_time)
    limit, stopped = _limit(instants, rules, instant)
    times = np.full((last, instant.size), NEVER)
    begun = instants.time[instant]
    times[0] = begun
    done = serving.after(instant, 0)
    for k in range(1, last):
        times[k] = np.where(done > k, begun, NEVER)
    at = instant.copy()
    for k in range(1, last):
        who = np.flatnonzero(done == k)
        found = instants.following(1 << order_of[k], at[who])
        moment = instants.time[found]
        good = (found < len(instants)) & (moment <= limit[who])
        who, found, moment = who[good], found[good], moment[good]
        now = serving.after(found, k)
        for q in range(k, last):
            some = who if q == k else who[now > q]
            times[q, some] = moment if q == k else moment[now > q]
        at[who], done[who] = found, now
    return times, stopped, stopped == NEVER


def _strict(instants: Instants, rules: Rules, order_of: Sequence[int], instant: np.ndarray):
    """Steps in their order and no other event strictly between the first and the last moment.

    At its own moment a start may stand before or after the events around it, so it can have done 1, 2 ... steps when
    the moment is over; every such choice is followed, and the one that gets furthest counts.
    """
    last, serving = len(order_of), Serving(instants, order_of, rules.same_time)
    most = serving.after(instant, 0)
    times = np.full((last, instant.size), NEVER)
    ended = np.full(instant.size, NEVER)
    alive = np.zeros(instant.size, dtype=bool)
    depth = np.zeros(instant.size, dtype=np.int64)
    for choice in range(1, int(most.max(initial=0)) + 1):
        who = np.flatnonzero(most >= choice)
        own, broken, on = _chain(instants, rules, order_of, serving, instant[who], choice)
        far = (own < NEVER).sum(axis=0)
        better = far >= depth[who]  # among equals the later choice: it did the same steps earlier
        some = who[better]
        times[:, some], ended[some], depth[some] = own[:, better], broken[better], far[better]
        alive[who] |= on
    return times, np.where(alive, NEVER, ended), alive


def _chain(instants: Instants, rules: Rules, order_of: Sequence[int], serving: Serving, instant: np.ndarray, done: int):
    """Unbroken chains after so many steps at the first moment: times, when broken, and whether not yet broken."""
    last, sizes = len(order_of), np.append(instants.sizes, 0)
    begun = instants.time[instant]
    times = np.full((last, instant.size), NEVER)
    times[:done] = begun
    broken = np.full(instant.size, NEVER)
    alive = np.full(instant.size, done < last)
    state, at = np.full(instant.size, done), instant.copy()
    who = np.arange(instant.size) if done < last else np.zeros(0, dtype=np.int64)
    while who.size:
        found = at[who] + 1
        goes_on = instants.journey[found] == instants.journey[instant[who]]
        who, found = who[goes_on], found[goes_on]
        moment = instants.time[found]
        late = moment > begun[who] + rules.window
        alive[who[late]] = False
        who, found, moment = who[~late], found[~late], moment[~late]
        now = _served(instants, serving, order_of, found, state[who])
        for q in range(last):
            some = (state[who] <= q) & (now > q)
            times[q, who[some]] = moment[some]
        whole = now - state[who] == sizes[found]
        stops = ~whole | (now == last)
        alive[who[stops]] = False
        broken[who[stops]] = moment[stops]
        at[who], state[who] = found, now
        who = who[~stops]
    return times, broken, alive


def _served(instants: Instants, serving: Serving, order_of: Sequence[int], found: np.ndarray, state: np.ndarray):
    """Steps done after the next moments, whatever stands there."""
    now = state.copy()
    for k in np.unique(state).tolist():
        some = np.flatnonzero(state == k)
        some = some[(instants.kinds[found[some]] & np.uint32(1 << order_of[k])) != 0]
        now[some] = serving.after(found[some], k)
    return now


def _any(instants: Instants, rules: Rules, order_of: Sequence[int], instant: np.ndarray):
    """Steps in any order: the k-th step is done when k different steps have found an event (or a moment) each."""
    limit, stopped = _limit(instants, rules, instant)
    bits = np.uint32(sum(1 << kind for kind in set(order_of)))
    if rules.same_time == "apart":
        place = np.flatnonzero(instants.kinds & bits)
        mask, owner = instants.kinds[place] & bits, place
    else:
        place = np.flatnonzero(instants.mask & bits)
        mask = instants.mask[place] & bits
        owner = np.repeat(np.arange(len(instants)), instants.sizes)[place]
    line = _Line(mask, instants.time[owner], instants.journey[owner])
    begin = np.searchsorted(owner, instant)
    shared = mask & (mask - np.uint32(1)) != 0  # events that can serve several steps
    single = np.full(instant.size, True)
    if shared.any():
        hard = np.zeros(int(instants.journey.max()) + 1, dtype=bool)
        hard[line.journey[shared]] = True
        single = ~hard[instants.journey[instant]]
    times = np.full((len(order_of), instant.size), NEVER)
    kinds = max(order_of) + 1
    for which, groups in (
        (single, [[k] for k in range(kinds)]),
        (~single, mixed_up(kinds, mask) if shared.any() else []),
    ):
        if which.any():
            times[:, which] = line.ready(begin[which], order_of, groups)
    return np.where(times <= limit, times, NEVER), stopped, stopped == NEVER


class _Line:
    """Events in order, and the r-th one of some kinds after any of them."""

    def __init__(self, mask: np.ndarray, time: np.ndarray, journey: np.ndarray):
        self.mask, self.time, self.journey = mask, np.append(time, NEVER), journey
        last = np.ones(mask.size, dtype=bool)
        last[:-1] = journey[1:] != journey[:-1]
        line = np.where(last, np.arange(mask.size), mask.size)
        self.until = np.minimum.accumulate(line[::-1])[::-1] + 1  # where the journey of each event is over
        self._found: dict[tuple[int, ...], tuple[np.ndarray, np.ndarray]] = {}

    def nth(self, begin: np.ndarray, kinds: tuple[int, ...], n: int) -> np.ndarray:
        """When the n-th event of any of these kinds happens, from each beginning on; `NEVER` if not in the journey."""
        if kinds not in self._found:
            has = (self.mask & np.uint32(sum(1 << kind for kind in kinds))) != 0
            self._found[kinds] = np.flatnonzero(has), np.r_[0, np.cumsum(has)]
        place, count = self._found[kinds]
        which = count[begin] + n - 1
        there = which < count[self.until[begin]]
        return np.where(there, self.time[np.append(place, -1)[np.where(there, which, -1)]], NEVER)

    def ready(self, begin: np.ndarray, order_of: Sequence[int], groups: Sequence[Sequence[int]]) -> np.ndarray:
        """When one, two ... steps are done, whichever they are.

        Within a group of kinds that share events, r steps can be done once every set of its kinds has as many events as
        steps that cannot be done by others: for each set X the (r - steps outside X)-th event of X is there (König).
        """
        rows = []
        for group in groups:
            steps = sum(kind in group for kind in order_of)
            sets = sorted({tuple(sorted(one)) for kind in group for one in subsets_of([group], kind)})
            for r in range(1, steps + 1):
                moment = np.full(begin.size, np.iinfo(np.int64).min)
                for kinds in sets:
                    n = r - steps + sum(kind in kinds for kind in order_of)
                    if n > 0:
                        moment = np.maximum(moment, self.nth(begin, kinds, n))
                rows.append(moment)
        return np.sort(np.stack(rows), axis=0)
