"""Steps put together by where they go from and to ("edges"), and what is counted of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cxkit.journey.log import Log
from cxkit.journey.ordering import by_code
from cxkit.journey.own_rows import own_rows
from cxkit.journey.quantiles import MOST

#: Edges up to which they are coded as one number of two bytes.
FEW = 2**16

#: Events that are looked at in one go: few enough for the processor's cache and for memory that is at hand.
BLOCK = 2**17

#: Events and edges above which long waits are kept as they are rather than cut and looked at a second time.
LARGE, MANY = 16_000_000, 2_000


@dataclass(frozen=True)
class Edges:
    """What is counted of each edge; sorted by from and to.

    Attributes
    ----------
    a, b : ndarray of int
        Where it goes from and to.
    n, customers : ndarray of int64
        Steps, and customers who made one.
    products, squares : ndarray of float64
        Over customers: own steps of this edge times own steps out of `a`, and own steps of this edge squared. Empty
        where no limits are asked for.
    waits : ndarray of uint32 or int64
        Time of each step in units of the log's resolution, those of one edge together.
    starts : ndarray of int64
        Where each edge begins in `waits`, and the number of steps at the end.
    exact : callable or None
        Gives the waits of one edge, where `waits` is cut at `MOST`.
    """

    a: np.ndarray
    b: np.ndarray
    n: np.ndarray
    customers: np.ndarray
    products: np.ndarray
    squares: np.ndarray
    waits: np.ndarray
    starts: np.ndarray
    exact: Callable[[int], np.ndarray] | None = None


def edges_of(log: Log, *, end: int, ends: bool, limits: bool) -> Edges:
    """All edges of a log.

    Parameters
    ----------
    log : Log
    end : int
        The code for the end of a journey, above all touchpoints.
    ends : bool
        Whether steps to the end count.
    limits : bool
        Whether the sums for limits are wanted.
    """
    parts: list[Edges] = []
    without, cut = None if ends else end, len(log) <= LARGE
    for first, last in pairwise(_cuts(log)):
        steps = _steps_of(log, first, last, end, ends)
        if parts:
            parts.append(_counted(steps, without, limits, cut))
            continue
        cut = cut and np.count_nonzero(steps.waits > MOST) <= steps.waits.size / 4  # the first block decides for all
        part = _counted(steps, without, limits, cut)
        if cut and part.n.size > MANY:
            cut, part = False, _counted(steps, without, limits, False)
        parts.append(part)
    return parts[0] if len(parts) == 1 else _merged(parts, end + 1)


def edges_from(origin: int, target: np.ndarray, owner: np.ndarray, limits: bool) -> Edges:
    """Edges that all come from one place, in no time: where journeys begin."""
    steps = _Steps(np.full(target.size, origin, np.int32), target, owner, np.zeros(target.size, np.int64))
    return _counted(steps, None, limits, False)


def _cuts(log: Log) -> list[int]:
    """Journeys in blocks that part no customer."""
    at = np.searchsorted(log.starts, np.arange(BLOCK, len(log), BLOCK))
    at = np.searchsorted(log.customer, log.customer[np.minimum(at, log.journeys - 1)]) if at.size else at
    return [0, *np.unique(at[at > 0]).tolist(), log.journeys]


@dataclass(frozen=True)
class _Steps:
    """Steps one by one: from, to, whose (not falling), and how long they took."""

    origin: np.ndarray
    target: np.ndarray
    owner: np.ndarray
    waits: np.ndarray


def _steps_of(log: Log, first: int, last: int, end: int, ends: bool) -> _Steps:
    """The steps of some journeys.

    Each event is the beginning of a step. Where that to the end is not asked for, it goes from a place of its own that
    sorts last, and is left out with it.
    """
    starts = log.starts[first : last + 1]
    rows = slice(starts[0], starts[-1])
    origin, time = log.touch[rows], log.time[rows]
    closing = starts[1:] - 1 - starts[0]
    target = np.empty_like(origin)
    target[:-1] = origin[1:]
    target[closing] = end
    waits = np.empty(origin.size, dtype=np.int64)
    np.subtract(time[1:], time[:-1], out=waits[:-1])
    waits[closing] = 0
    if log.resolution > 1:
        waits //= log.resolution
    if not ends:
        origin = origin.copy()
        origin[closing] = end
    return _Steps(origin, target, np.repeat(log.customer[first:last].astype(np.int32), np.diff(starts)), waits)


def _counted(steps: _Steps, without: int | None, limits: bool, cut: bool) -> Edges:
    """The edges of some steps. Within each, the steps of one customer stand together."""
    order, starts, a, b = _ordered(steps.origin, steps.target, without)
    n = np.diff(starts)
    customers, squares = _by_customer(steps.owner.take(order), starts, n)
    products = np.empty(0)
    if not limits:
        squares = products
    elif a.size:
        pieces = [own for _, own in own_rows(steps.origin, steps.owner)]
        own = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
        products = np.add.reduceat(own.take(order), starts[:-1]).astype(float)
    common = (a, b, n, customers, products, squares)
    if cut:

        def exact(edge: int) -> np.ndarray:
            return steps.waits[order[starts[edge] : starts[edge + 1]]]

        short = np.empty(steps.waits.size, dtype=np.uint32)
        np.minimum(steps.waits, MOST, out=short, casting="unsafe")
        return Edges(*common, short.take(order), starts, exact)
    short = not steps.waits.size or int(steps.waits.max()) <= MOST
    return Edges(*common, (steps.waits.astype(np.uint32) if short else steps.waits).take(order), starts)


def _few(edge: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Steps by edges of two bytes, those of one edge in their own order; the edges there are; where each begins.

    Edge and place as one number of four bytes sort faster than counting does, where there is room.
    """
    bits = edge.size.bit_length()
    if most << bits > 2**32:
        n = np.bincount(edge)
        kinds = np.flatnonzero(n)
        return np.argsort(edge.astype(np.uint16), kind="stable"), kinds, np.append(0, np.cumsum(n[kinds]))
    key = edge.astype(np.uint32)
    key <<= bits
    key |= np.arange(edge.size, dtype=np.uint32)
    key.sort()
    order = (key & np.uint32((1 << bits) - 1)).astype(np.intp)
    key >>= bits
    first = np.append(0, np.flatnonzero(key[1:] != key[:-1]) + 1)
    return order, key[first].astype(np.int64), np.append(first, edge.size)


def _by_customer(owner: np.ndarray, starts: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Customers of each edge, and the sum over them of their own steps squared.

    Looked at are only the steps that a customer makes again: the first repeat brings a square from 1 to 4, the second
    to 9, and so on.
    """
    again = np.equal(owner[1:], owner[:-1])
    again[starts[1:-1] - 1] = False
    again = np.flatnonzero(again)
    within = np.searchsorted(again, starts)
    within[1:] = np.searchsorted(again, starts[1:] - 1)
    customers = n - np.diff(within)
    place = np.arange(again.size)
    first = np.where(np.append(True, again[1:] != again[:-1] + 1)[: again.size], place, 0)
    more = np.append(0, np.cumsum(2 * (place - np.maximum.accumulate(first)) + 2))
    return customers, (n + np.diff(more[within])).astype(float)


def _ordered(
    origin: np.ndarray, target: np.ndarray, without: int | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The steps by from and to, those of one edge in their own order; where each edge begins; its from and to."""
    if not origin.size:
        return np.empty(0, np.int64), np.zeros(1, np.int64), origin, target
    width, high = int(target.max()) + 1, int(origin.max()) + 1
    if width * high <= FEW:
        edge = origin * np.int32(width)
        edge += target
        order, kinds, starts = _few(edge, width * high)
        a, b = kinds // width, kinds % width
    else:
        order = by_code(target, width)
        order = np.arange(target.size) if order is None else order
        second = by_code(origin[order], high)
        order = order if second is None else order[second]
        a, b = origin[order], target[order]
        first = np.append(0, np.flatnonzero((a[1:] != a[:-1]) | (b[1:] != b[:-1])) + 1)
        starts, a, b = np.append(first, order.size), a[first], b[first]
    kept = a.size if without is None else int(np.searchsorted(a, without))
    return order[: starts[kept]], starts[: kept + 1], a[:kept], b[:kept]


def _merged(parts: list[Edges], width: int) -> Edges:
    """The edges of blocks that have no customer in common, as one."""
    keys = np.concatenate([part.a * np.int64(width) + part.b for part in parts])
    order = np.argsort(keys, kind="stable")  # the blocks of one edge in their own order
    keys = keys[order]
    first = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])[: keys.size])
    key = keys[first]

    def total(name: str) -> np.ndarray:
        values = np.concatenate([getattr(part, name) for part in parts])
        return np.add.reduceat(values[order], first) if values.size else values

    n = total("n")
    waits = _joined([(part.waits, part.starts) for part in parts], order)
    sums = (n, total("customers"), total("products"), total("squares"))
    starts, exact = np.append(0, np.cumsum(n)), None
    if all(part.exact for part in parts):
        block = np.repeat(np.arange(len(parts)), [part.n.size for part in parts])[order]
        own = np.concatenate([np.arange(part.n.size) for part in parts])[order]
        last = np.append(first, keys.size)

        def exact(edge: int) -> np.ndarray:
            there = slice(last[edge], last[edge + 1])
            return np.concatenate([parts[k].exact(i) for k, i in zip(block[there], own[there], strict=True)])

    return Edges(key // width, key % width, *sums, waits, starts, exact)


def _joined(parts: list[tuple[np.ndarray, np.ndarray]], order: np.ndarray) -> np.ndarray:
    """The values of all parts, piece by piece; `order` numbers the pieces through all parts."""
    if order.size <= MANY * len(parts):
        pieces = [
            values[low:high]
            for values, starts in parts
            for low, high in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
        ]
        return np.concatenate([pieces[k] for k in order.tolist()]) if pieces else parts[0][0]
    sizes = np.concatenate([np.diff(starts) for _, starts in parts])[order]
    begins = np.cumsum([0, *(values.size for values, _ in parts[:-1])])
    from_ = np.concatenate([starts[:-1] + begin for (_, starts), begin in zip(parts, begins, strict=True)])[order]
    values = np.concatenate([values for values, _ in parts])
    return values.take(np.repeat(from_ - (np.cumsum(sizes) - sizes), sizes) + np.arange(values.size))
