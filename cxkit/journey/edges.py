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
BLOCK = 2**18

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
    owners = steps.owner[order]
    new = np.empty(order.size, dtype=bool)
    np.not_equal(owners[1:], owners[:-1], out=new[1:])
    new[starts[:-1]] = True
    runs = np.flatnonzero(new)  # of one customer in one edge
    run = np.searchsorted(runs, starts)
    products = squares = np.empty(0)
    if limits and a.size:
        np.subtract(runs[1:], runs[:-1], out=runs[:-1])  # from here on: how many steps each run has
        runs[-1] = order.size - runs[-1]
        runs *= runs
        squares = np.add.reduceat(runs, run[:-1]).astype(float)
        products = _products(steps, order, starts, a, b)
    common = (a, b, np.diff(starts), np.diff(run), products, squares)
    if cut:

        def exact(edge: int) -> np.ndarray:
            return steps.waits[order[starts[edge] : starts[edge + 1]]]

        return Edges(*common, np.minimum(steps.waits, MOST).astype(np.uint32)[order], starts, exact)
    short = not steps.waits.size or int(steps.waits.max()) <= MOST
    return Edges(*common, (steps.waits.astype(np.uint32) if short else steps.waits)[order], starts)


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
        n = np.bincount(edge, minlength=width * high)
        kinds = np.flatnonzero(n)
        order = by_code(edge, width * high)
        order = np.arange(edge.size) if order is None else order
        starts, a, b = np.append(0, np.cumsum(n[kinds])), kinds // width, kinds % width
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


def _products(steps: _Steps, order: np.ndarray, starts: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Of each edge, over customers: own steps of this edge times own steps out of the same touchpoint."""
    origin, target, owner = steps.origin, steps.target, steps.owner
    width, high = int(target.max()) + 1, int(origin.max()) + 1
    if width * high > FEW:
        own = np.concatenate([piece for _, piece in own_rows(origin, owner)])
        return np.add.reduceat(own[order], starts[:-1])
    sums = np.zeros(width * high)
    for rows, own in own_rows(origin, owner):
        edge = origin[rows] * np.int64(width)
        edge += target[rows]
        sums += np.bincount(edge, weights=own, minlength=sums.size)
    return sums[a * width + b]


def _merged(parts: list[Edges], width: int) -> Edges:
    """The edges of blocks that have no customer in common, as one."""
    keys = np.concatenate([part.a * np.int64(width) + part.b for part in parts])
    key, at = np.unique(keys, return_inverse=True)

    def total(name: str) -> np.ndarray:
        values = np.concatenate([getattr(part, name) for part in parts])
        out = np.zeros(key.size if values.size else 0, dtype=values.dtype)
        np.add.at(out, at[: values.size], values)
        return out

    n = total("n")
    starts = np.append(0, np.cumsum(n))
    waits = np.empty(int(starts[-1]), dtype=np.result_type(*(part.waits.dtype for part in parts)))
    filled, own = starts[:-1].copy(), np.split(at, np.cumsum([part.n.size for part in parts])[:-1])
    for part, edges in zip(parts, own, strict=True):
        if edges.size <= MANY:
            for edge, low, high in zip(
                filled[edges].tolist(), part.starts[:-1].tolist(), part.starts[1:].tolist(), strict=True
            ):
                waits[edge : edge + high - low] = part.waits[low:high]
        else:
            waits[np.repeat(filled[edges] - part.starts[:-1], part.n) + np.arange(part.waits.size)] = part.waits
        filled[edges] += part.n

    def exact(edge: int) -> np.ndarray:
        found = [(part, np.searchsorted(edges, edge)) for part, edges in zip(parts, own, strict=True)]
        there = [(part, k) for (part, k), edges in zip(found, own, strict=True) if k < edges.size and edges[k] == edge]
        return np.concatenate([part.exact(k) for part, k in there])

    sums = (n, total("customers"), total("products"), total("squares"))
    cut = all(part.exact for part in parts)
    return Edges(key // width, key % width, *sums, waits, starts, exact if cut else None)
