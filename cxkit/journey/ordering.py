"""Rows of events in order: customer after customer, each by time.

Nothing is compared that need not be. Rows are put to their customers by counting, which keeps the order of the rows, and
then only the few events of one customer are sorted by time; where a log comes in order already, that is one look at it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cxkit.periods.lengths import DAY, SECOND

#: Steps that times are looked at for, in microseconds: days, minutes, seconds, milliseconds.
STEPS = (DAY, 60 * SECOND, SECOND, SECOND // 1_000)

#: Events that are looked at in one go.
PIECE = 2**16


@dataclass(frozen=True)
class Order:
    """Events in order.

    Attributes
    ----------
    rows : ndarray of int64
        The row of each event.
    time : ndarray of int64
        Its time, in microseconds.
    starts : ndarray of int64
        Where each customer begins, and the number of events at the end.
    tied : int
        Events at the very time of the event before them.
    repeated : int
        Events that have time and touchpoint of an earlier one of the same customer.
    backwards : int
        Rows dated before the row above them of the same customer.
    resolution : int
        Microseconds that all differences of times are multiples of.
    """

    rows: np.ndarray
    time: np.ndarray
    starts: np.ndarray
    tied: int
    repeated: int
    backwards: int
    resolution: int


def arranged(
    customer: np.ndarray, time: np.ndarray, touch: np.ndarray, customers: int, ranks: Sequence[np.ndarray] = ()
) -> Order:
    """Put events in order.

    Parameters
    ----------
    customer : ndarray of int32
        Code of each row's customer.
    time : ndarray of int64
        In microseconds.
    touch : ndarray of int32
        Code of each row's touchpoint; only to count repeats.
    customers : int
        Number of customers.
    ranks : sequence of ndarray of int32
        What settles the order of events of one customer at one time, the first before the second; missing (-1) last.
        What they do not settle stays in the order of the rows.

    Returns
    -------
    Order
    """
    starts = np.append(0, np.cumsum(np.bincount(customer, minlength=customers))).astype(np.int64)
    step, low = resolution(time), int(time.min()) if time.size else 0
    time = _counted(time, low, step)
    rows = by_code(customer, customers)
    time = time if rows is None else time[rows]
    back = time[1:] < time[:-1]
    back[starts[1:-1] - 1] = False
    backwards = int(np.count_nonzero(back))
    if backwards:
        inner = _by_time(time, starts)
        time, rows = time[inner], inner if rows is None else rows[inner]
    if rows is None:
        rows = np.arange(time.size)
    same = time[1:] == time[:-1]
    same[starts[1:-1] - 1] = False
    tied, repeated = int(np.count_nonzero(same)), 0
    if tied:
        repeated = _settle(rows, same, touch, ranks)
    time = time.astype(np.int64)
    if step > 1:
        time *= step
    if low:
        time += low
    return Order(rows, time, starts, tied, repeated, backwards, step)


def resolution(time: np.ndarray) -> int:
    """The largest step from days to microseconds that all differences of times are multiples of."""
    if not time.size:
        return 1
    low = time[0]
    some = time[:: max(time.size // 1000, 1)] - low
    for step in STEPS:
        if not (some % step).any() and not any(((piece - low) % step).any() for piece in _pieces(time)):
            return step
    return 1


def _pieces(values: np.ndarray) -> Iterator[np.ndarray]:
    """Views of a few values each, which stay in the processor's cache while they are worked on."""
    return (values[at : at + PIECE] for at in range(0, values.size, PIECE))


def _counted(time: np.ndarray, low: int, step: int) -> np.ndarray:
    """Times as steps since the first, in four bytes where those are enough."""
    if not time.size:
        return time
    small = (int(time.max()) - low) // step < 2**31
    if not (small or low or step > 1):
        return time
    out = np.empty(time.size, dtype=np.int32 if small else np.int64)
    for piece, place in zip(_pieces(time), _pieces(out), strict=True):
        place[:] = (piece - low) // step if step > 1 else piece - low
    return out


def by_code(codes: np.ndarray, different: int) -> np.ndarray | None:
    """Rows by their codes, rows of one code in their own order; None if they are so already.

    Numbers of two bytes are sorted by counting, so codes are taken two bytes at a time, the lower ones first.
    """
    if not (codes[1:] < codes[:-1]).any():
        return None
    if different <= 2**16:
        return np.argsort(codes.astype(np.uint8 if different <= 2**8 else np.uint16), kind="stable")
    rows = np.argsort((codes & 0xFFFF).astype(np.uint16), kind="stable")
    upper = (codes >> 16).astype(np.uint8 if different <= 2**24 else np.uint16)
    return rows[np.argsort(upper[rows], kind="stable")]


def _by_time(time: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Events by time within each customer, equal times in their own order.

    Customer and time make one whole number. Since customers are in order, the sort meets rows that are nearly so. As
    many customers are taken at once as such a number has room for.
    """
    customers = starts.size - 1
    bits = max(int(time.max()).bit_length(), 1)
    room = min(2 ** (63 - bits), customers)
    rows = np.empty(time.size, dtype=np.int64)
    for first in range(0, customers, room):
        last = min(first + room, customers)
        a, b = starts[first], starts[last]
        key = np.repeat(np.arange(last - first, dtype=np.int64) << bits, np.diff(starts[first : last + 1]))
        key |= time[a:b]
        rows[a:b] = np.argsort(key, kind="stable")
        if a:
            rows[a:b] += a
    return rows


def _settle(rows: np.ndarray, same: np.ndarray, touch: np.ndarray, ranks: Sequence[np.ndarray]) -> int:
    """Put events of one customer at one time in the order of their ranks (in place); count repeats."""
    tied = np.zeros(rows.size, dtype=bool)
    tied[1:] = same
    tied[:-1] |= same
    at = np.flatnonzero(tied)
    group = np.cumsum(~np.append(False, same)[at])
    if ranks:
        own = [np.where(rank[rows[at]] < 0, np.iinfo(np.int32).max, rank[rows[at]]) for rank in ranks]
        rows[at] = rows[at[np.lexsort([*own[::-1], group])]]
    kind = touch[rows[at]]
    order = np.lexsort([kind, group])
    group, kind = group[order], kind[order]
    return int(np.count_nonzero((group[1:] == group[:-1]) & (kind[1:] == kind[:-1])))
