"""What a funnel counts: customers or attempts, each with the start that counts for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxkit.journey.funnel_instants import Instants
from cxkit.journey.funnel_rules import Rules
from cxkit.journey.funnel_starts import Starts, starts_of
from cxkit.stats.survival import NEVER


@dataclass(frozen=True, eq=False)
class Units:
    """Customers or attempts.

    Attributes
    ----------
    journey : ndarray
        Whose each is.
    group : ndarray of int
        Its value of the `by` column.
    times : ndarray of int64, (steps, units)
        When the start that counts did each step; `NEVER` if it did not.
    open : ndarray of bool
        Whether further steps may still come.
    ages : ndarray of int64, (steps - 1, units)
        Microseconds from the last start to when each step after the first had been done; `NEVER` if not.
    watched : ndarray of int64
        Microseconds from the last start to when the watching or the way ended.
    ended : ndarray of bool
        Whether the way ended then.
    over : ndarray of bool
        Whether the window of the last start is over.
    """

    journey: np.ndarray
    group: np.ndarray
    times: np.ndarray
    open: np.ndarray
    ages: np.ndarray
    watched: np.ndarray
    ended: np.ndarray
    over: np.ndarray

    def __len__(self) -> int:
        return int(self.journey.size)

    @property
    def depth(self) -> np.ndarray:
        """Steps done by each."""
        return (self.times < NEVER).sum(axis=0)

    def of(self, group: int) -> Units:
        """Those of one group."""
        which = np.flatnonzero(self.group == group)
        return Units(
            self.journey[which], self.group[which], self.times[:, which], self.open[which],
            self.ages[:, which], self.watched[which], self.ended[which], self.over[which],
        )  # fmt: skip


def units_of(instants: Instants, rules: Rules, order_of: tuple[int, ...], value: np.ndarray | None = None) -> Units:
    """Customers or attempts of a funnel over these steps.

    Parameters
    ----------
    value : ndarray of int, optional
        Value of the `by` column at each event of the log. A customer whose any start counts stands in the funnel of each
        value it started with, so that the outcome does not decide where it is counted.
    """
    single = rules.anchor == "first" and rules.per == "customer"
    starts = starts_of(instants, rules, order_of, first_only=single)
    group = np.zeros(len(starts), dtype=np.int64)
    if value is not None:
        group = value[_event(instants, starts, order_of if rules.order == "any" else order_of[:1])]
    if rules.per == "attempt":
        begin = attempts(starts, rules)
        if rules.anchor == "first":
            starts, group, begin = starts.keep(begin), group[begin], np.arange(begin.size)
    elif single:
        begin = np.arange(len(starts))
    else:
        if value is not None:
            order = np.lexsort((group, starts.journey))  # stable: in order of time within a customer and value
            starts, group = starts.keep(order), group[order]
        fresh = np.ones(len(starts), dtype=bool)
        fresh[1:] = (starts.journey[1:] != starts.journey[:-1]) | (group[1:] != group[:-1])
        begin = np.flatnonzero(fresh)
    return _best(starts, rules, begin, group)


def _event(instants: Instants, starts: Starts, kinds: tuple[int, ...]) -> np.ndarray:
    """Place in the log of the first event of each start's moment that can be its first step."""
    bits = np.uint32(sum(1 << kind for kind in set(kinds)))
    place = np.flatnonzero(instants.mask & bits)
    return instants.at[place[np.searchsorted(place, instants.first[starts.instant])]]


def _best(starts: Starts, rules: Rules, begin: np.ndarray, group: np.ndarray) -> Units:
    """Of each run of starts the one that gets furthest, the earliest among equals; open if any of them is.

    Ages are counted from the last start of the run, whoever gets how far: to count them from the start that got furthest
    would compare the best starts of some with the last starts of others. What was reached before has age 0.
    """
    size, steps = len(starts), starts.times.shape[0]
    best, clock, still, ended, soonest = starts, starts.times[0], starts.open, starts.ended, starts.times
    if begin.size < size:
        line, last = np.arange(size), np.append(begin[1:], size) - 1
        best = starts.keep(size - 1 - np.maximum.reduceat(starts.depth * size + (size - 1 - line), begin) % size)
        still = np.logical_or.reduceat(starts.open, begin)
        clock, ended, soonest = clock[last], ended[last], np.minimum.reduceat(starts.times, begin, axis=1)
    depth = best.depth
    still = still & (depth < steps)
    ages = np.where(soonest[1:] < NEVER, np.maximum(soonest[1:] - clock, 0), NEVER)
    furthest = np.max(np.where(ages < NEVER, ages, 0), axis=0, initial=0)
    stopped = (ended < NEVER) & ~still & (depth < steps)
    watched = np.where(still, rules.end - 1 - clock, np.where(stopped, ended - clock, rules.window))
    over = clock + rules.window < rules.end
    return Units(best.journey, group[begin], best.times, still, ages, np.maximum(watched, furthest), stopped, over)


def attempts(starts: Starts, rules: Rules) -> np.ndarray:
    """Places of the starts that begin an attempt; those up to the next one belong to it.

    An attempt begins with a start that belongs to no earlier one. Starts up to its last step belong to it; before that,
    those that come while an earlier start can still go on (with `anchor="first"`: while the attempt's own first start
    can). So with `anchor="any"` one attempt may last longer than the window, if it is begun anew within it.
    """
    size = len(starts)
    if not size:
        return np.zeros(0, dtype=np.int64)
    begun, done, line = starts.times[0], starts.times[-1], np.arange(size)
    journey_end = np.searchsorted(starts.journey, starts.journey, side="right")
    complete = done < NEVER
    lasts = np.minimum(begun + rules.window, np.where(starts.ended < NEVER, starts.ended - 1, NEVER))
    beyond = _first_after(begun, line + 1, journey_end, np.where(complete, done, lasts))
    following = beyond
    if rules.anchor == "any":
        reach = np.maximum.accumulate(beyond)  # no start reaches beyond its journey
        fresh = np.r_[True, reach[:-1] <= line[1:]]
        run_end = np.append(np.flatnonzero(fresh)[1:], size)[np.cumsum(fresh) - 1]
        ahead = np.minimum.accumulate(np.where(complete, line, size)[::-1])[::-1]  # the next start that completes
        following = np.where(ahead < run_end, beyond[np.minimum(ahead, size - 1)], run_end)
    first = np.r_[True, starts.journey[1:] != starts.journey[:-1]]
    return np.flatnonzero(_visited(following, first))


def _first_after(values: np.ndarray, low: np.ndarray, high: np.ndarray, bound: np.ndarray) -> np.ndarray:
    """In each stretch low ... high of ascending values: the first place whose value is greater than a bound, or high."""
    low, high = low.copy(), high.copy()
    while (some := np.flatnonzero(low < high)).size:
        middle = (low[some] + high[some]) // 2
        right = values[middle] <= bound[some]
        low[some[right]] = middle[right] + 1
        high[some[~right]] = middle[~right]
    return low


def _visited(following: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Which places one comes to from those already seen, going from each to its `following`, in a few doublings."""
    jump, seen, before = np.append(following, following.size), np.append(seen, False), -1
    while (known := int(seen.sum())) > before:
        before = known
        seen[jump[np.flatnonzero(seen)]] = True
        seen[-1] = False
        jump = jump[jump]
    return seen[:-1]
