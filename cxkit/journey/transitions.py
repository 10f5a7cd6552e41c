"""Which touch follows which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cxkit.errors import UsageError, choice
from cxkit.journey.log import SECOND, Log, log_of
from cxkit.journey.ordering import by_code
from cxkit.journey.own_rows import own_rows
from cxkit.journey.quantiles import grouped_quantiles
from cxkit.stats.clustered import Sums, share_limits

START, END = "(start)", "(end)"

#: Kinds of steps up to which they are coded as one number of two bytes.
FEW = 2**16

#: Columns of the table.
COLUMNS = (
    *("from", "to", "n", "customers", "share", "low", "high"),
    *("median_seconds", "q25_seconds", "q75_seconds", "confidence", "method"),
)


def transitions(
    events: Any,
    *,
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
    repeats: str = "keep",
    ends: bool = False,
    confidence: float | None = 0.95,
) -> pd.DataFrame:
    """Which touchpoint follows which, how often, and after how long?

    Parameters
    ----------
    events : Table, frame or Log
        The `events` table, or a prepared `Log`. Of a log that was split, steps from one session to the next do not
        count.
    customer, touchpoint, time : str
        Columns, unless a `Log` is given.
    tiebreak : str or sequence of str, optional
        Columns that settle the order at equal times (see `prepare`).
    repeats : {"keep", "join"}
        "keep": a touch followed by one of the same touchpoint is a step like any other. "join": a run of the same
        touchpoint is one touch, at the time of its first.
    ends : bool, default False
        Add a row from "(start)" to every touchpoint that journeys begin with, and to "(end)" from those they end with.
        Shares out of a touchpoint are then of all touches, those included that nothing follows.
    confidence : float or None, default 0.95
        None leaves the limits out, which saves a third of the time.

    Returns
    -------
    pandas.DataFrame
        One row a step that occurs, the most frequent first, then by names: from, to; n (steps); customers who made it;
        share of the steps out of `from`, with low and high; median_seconds, q25_seconds, q75_seconds (time from one
        touch to the next; missing for start and end); confidence; method.

    Raises
    ------
    DataError
        If a column is not there or the times are no times.
    UsageError
        If `repeats` is unknown, or `confidence` does not lie between 0 and 1.

    Notes
    -----
    share = n / steps out of `from`. The limits are Wilson's on as many independent steps as the steps of each customer
    are worth: one customer who goes round in a loop a hundred times tells about one customer. Medians and quartiles are
    taken over all single waiting times, linear between the two in the middle, exact to the microsecond.

    **When not to use it**: a share says what came next, not what was caused. For "did they ever get there" ask `funnel`,
    since customers who come back by a detour do not show in one step. Waiting times are of those who went on; who is
    still waiting is not in them.

    References
    ----------
    van der Aalst, W. (2016). Process Mining: Data Science in Action. Springer, section 6.2 (directly-follows graph).

    Examples
    --------
    >>> events = pd.DataFrame({
    ...     "customer_id": ["a", "a", "a", "b", "b"],
    ...     "touchpoint": ["search", "basket", "order", "search", "basket"],
    ...     "occurred_at": pd.to_datetime(["2026-01-01 10:00", "2026-01-01 10:05", "2026-01-01 10:06",
    ...                                    "2026-01-02 09:00", "2026-01-02 09:15"]),
    ... })
    >>> transitions(events)[["from", "to", "n", "share", "median_seconds"]]
         from      to  n  share  median_seconds
    0  search  basket  2    1.0           600.0
    1  basket   order  1    1.0            60.0
    """
    choice(repeats, ("keep", "join"), "repeats")
    if confidence is not None and not 0 < confidence < 1:
        raise UsageError(f"confidence: {confidence!r} does not lie between 0 and 1. Use 0.95, or None for no limits.")
    log = log_of(events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak)
    said = log.said
    if repeats == "join":
        log = log.joined()
    if ends and (START in log.touchpoints or END in log.touchpoints):
        raise UsageError(f"ends: a touchpoint is itself called {START} or {END}. Rename it, or leave ends=True out.")
    names = np.array([*log.touchpoints, START, END], dtype=object)
    end = names.size - 1
    parts = [_steps(log, ends, end, confidence)]
    if ends:
        first = log.touch[log.starts[:-1]]
        origin = np.full(first.size, end - 1, np.int32)
        parts.append(_counted(_edges(origin, first), origin, first, _short(log.customer), confidence))
    return _table(parts, names, confidence, _method(repeats, ends, confidence, said))


@dataclass(frozen=True)
class _Edges:
    """Steps put together by where they go from and to.

    Attributes
    ----------
    order : ndarray of int64
        The steps, those of one kind together.
    starts : ndarray of int64
        Where each kind begins in `order`, and the number of steps at the end.
    a, b : ndarray of int
        Where each kind goes from and to.
    """

    order: np.ndarray
    starts: np.ndarray
    a: np.ndarray
    b: np.ndarray


def _steps(log: Log, ends: bool, end: int, confidence: float | None) -> dict[str, np.ndarray]:
    """The columns of all steps from touch to touch, and to the end if asked for.

    Each event is the beginning of a step. Where that to the end is not asked for, it goes from a place of its own that
    sorts last, and is left out with it.
    """
    last = log.starts[1:] - 1
    origin, target = log.touch, np.empty_like(log.touch)
    target[:-1] = origin[1:]
    target[last] = end
    waits = np.empty(len(log), dtype=np.int64)
    np.subtract(log.time[1:], log.time[:-1], out=waits[:-1])
    waits[last] = 0
    if log.resolution > 1:
        waits //= log.resolution
    if not ends:
        origin = origin.copy()
        origin[last] = end
    owner = np.repeat(_short(log.customer), log.lengths)
    edges = _edges(origin, target, None if ends else end)
    part = _counted(edges, origin, target, owner, confidence)
    found = grouped_quantiles(waits, edges.order, edges.starts, (0.5, 0.25, 0.75)) * (log.resolution / SECOND)
    found[:, edges.b == end] = np.nan
    return part | dict(zip(("median_seconds", "q25_seconds", "q75_seconds"), found, strict=True))


def _counted(
    edges: _Edges, origin: np.ndarray, target: np.ndarray, owner: np.ndarray, confidence: float | None
) -> dict[str, np.ndarray]:
    """How many steps of each kind, of how many customers, and what share of the steps out of `from`.

    Owners do not fall, so that in each kind of step the steps of one customer stand together.
    """
    order, starts, a, b = edges.order, edges.starts, edges.a, edges.b
    n, owners = np.diff(starts), owner[order]
    new = np.empty(order.size, dtype=bool)
    np.not_equal(owners[1:], owners[:-1], out=new[1:])
    new[starts[:-1]] = True
    runs = np.flatnonzero(new)  # of one customer in one kind of step
    run = np.searchsorted(runs, starts)
    base = _per(a, n)
    part = {"from": a, "to": b, "n": n, "customers": np.diff(run), "share": n / base}
    part |= {"low": np.full(n.size, np.nan), "high": np.full(n.size, np.nan)}
    if confidence is not None and n.size:
        np.subtract(runs[1:], runs[:-1], out=runs[:-1])  # from here on: how many steps each run has
        runs[-1] = order.size - runs[-1]
        runs *= runs
        squares = np.add.reduceat(runs, run[:-1]).astype(float)
        products = _products(edges, origin, target, owner)
        sums = Sums(base, n.astype(float), n.astype(float), _per(a, products), products, squares, part["customers"])
        _, part["low"], part["high"] = share_limits(sums, confidence=confidence)
    return part


def _edges(origin: np.ndarray, target: np.ndarray, without: int | None = None) -> _Edges:
    """The steps by from and to, those of one kind in their own order; without those from the last place."""
    if not origin.size:
        return _Edges(np.empty(0, np.int64), np.zeros(1, np.int64), origin, target)
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
    if without is None:
        return _Edges(order, starts, a, b)
    kept = int(np.searchsorted(a, without))
    return _Edges(order[: starts[kept]], starts[: kept + 1], a[:kept], b[:kept])


def _products(edges: _Edges, origin: np.ndarray, target: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Of each kind of step, over customers: steps of this kind times steps out of the same touchpoint."""
    width, high = int(target.max()) + 1, int(origin.max()) + 1
    if width * high > FEW:
        own = np.concatenate([piece for _, piece in own_rows(origin, owner)])
        return np.add.reduceat(own[edges.order].astype(np.int64), edges.starts[:-1]).astype(float)
    sums = np.zeros(width * high)
    for rows, own in own_rows(origin, owner):
        edge = origin[rows] * np.int64(width)
        edge += target[rows]
        sums += np.bincount(edge, weights=own, minlength=sums.size)
    return sums[edges.a * width + edges.b]


def _per(a: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sums of values of the kinds of steps over all that go out of the same touchpoint."""
    if not a.size:
        return np.zeros(0)
    return np.bincount(a, weights=values)[a]


def _short(customer: np.ndarray) -> np.ndarray:
    return customer.astype(np.int32)


def _table(
    parts: list[dict[str, np.ndarray]], names: np.ndarray, confidence: float | None, method: str
) -> pd.DataFrame:
    """The table in its order, with names for codes."""
    nothing = np.full(sum(part["n"].size for part in parts[1:]), np.nan)
    cells = {
        name: np.concatenate(
            [*(part[name] for part in parts if name in part), *([nothing] if name not in parts[-1] else [])]
        )
        for name in COLUMNS[:-2]
    }
    rank = np.empty(names.size, dtype=np.int64)
    rank[np.argsort(names, kind="stable")] = np.arange(names.size)
    order = np.lexsort([rank[cells["to"]], rank[cells["from"]], -cells["n"]])
    table = {name: values[order] for name, values in cells.items()}
    for name in ("from", "to"):
        table[name] = pd.array(names, dtype="str").take(table[name])
    for name in ("n", "customers"):
        table[name] = table[name].astype(np.int64)
    table["confidence"] = np.full(order.size, np.nan if confidence is None else confidence)
    table["method"] = pd.array([method], dtype="str").take(np.zeros(order.size, dtype=np.int64))
    return pd.DataFrame(table, columns=list(COLUMNS))


def _method(repeats: str, ends: bool, confidence: float | None, said: str) -> str:
    parts = ["share of the steps out of each touchpoint" + (", ends included" if ends else "")]
    parts.append("runs of one touchpoint joined" if repeats == "join" else "repeats kept")
    if confidence is not None:
        parts.append("Wilson limits on the effective number of steps, several of one customer allowed for")
    return "; ".join([*parts, "exact medians", said])
