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
        parts.append(_counted(np.full(first.size, end - 1, np.int32), first, _short(log.customer), confidence).part)
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
    part : dict of str to ndarray
        Columns of the table, the names as codes.
    """

    order: np.ndarray
    starts: np.ndarray
    part: dict[str, np.ndarray]


def _steps(log: Log, ends: bool, end: int, confidence: float | None) -> dict[str, np.ndarray]:
    """The columns of all steps from touch to touch, and to the end if asked for."""
    last = log.starts[1:] - 1
    target = np.empty_like(log.touch)
    target[:-1] = log.touch[1:]
    target[last] = end
    owner = np.repeat(_short(log.customer), log.lengths)
    waits = np.zeros(len(log), dtype=np.int64)
    np.subtract(log.time[1:], log.time[:-1], out=waits[:-1])
    if ends:
        waits[last] = 0
        origin = log.touch
    else:
        on = log.goes_on
        origin, target, owner, waits = log.touch[on], target[on], owner[on], waits[on]
    unit = log.resolution
    if unit > 1:
        waits //= unit
    edges = _counted(origin, target, owner, confidence)
    found = grouped_quantiles(waits, edges.order, edges.starts, (0.5, 0.25, 0.75)) * (unit / SECOND)
    found[:, edges.part["to"] == end] = np.nan
    return edges.part | dict(zip(("median_seconds", "q25_seconds", "q75_seconds"), found, strict=True))


def _counted(origin: np.ndarray, target: np.ndarray, owner: np.ndarray, confidence: float | None) -> _Edges:
    """Steps by from and to: how many, of how many customers, and what share of the steps out of `from`.

    Owners must not fall, so that in each kind of step the steps of one customer stand together.
    """
    order, starts, a, b = _by_edge(origin, target)
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
        own = np.diff(runs, append=order.size)
        own *= own
        ss = np.add.reduceat(own, run[:-1]).astype(float)
        ns = np.add.reduceat(own_rows(origin, owner)[order].astype(np.int64), starts[:-1]).astype(float)
        sums = Sums(base, n.astype(float), n.astype(float), _per(a, ns), ns, ss, part["customers"])
        _, part["low"], part["high"] = share_limits(sums, confidence=confidence)
    return _Edges(order, starts, part)


def _by_edge(origin: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The steps by from and to, those of one kind in their own order; where each kind begins; its from and to."""
    if not origin.size:
        return np.empty(0, np.int64), np.zeros(1, np.int64), origin, target
    width, high = int(target.max()) + 1, int(origin.max()) + 1
    if width * high <= 2**16:
        edge = origin * np.int32(width)
        edge += target
        n = np.bincount(edge, minlength=width * high)
        kinds = np.flatnonzero(n)
        order = by_code(edge, width * high)
        order = np.arange(edge.size) if order is None else order
        return order, np.append(0, np.cumsum(n[kinds])), kinds // width, kinds % width
    order = by_code(target, width)
    order = np.arange(target.size) if order is None else order
    second = by_code(origin[order], high)
    order = order if second is None else order[second]
    a, b = origin[order], target[order]
    first = np.append(0, np.flatnonzero((a[1:] != a[:-1]) | (b[1:] != b[:-1])) + 1)
    return order, np.append(first, order.size), a[first], b[first]


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
        name: np.concatenate([*(part[name] for part in parts if name in part), *([nothing] if name not in parts[-1] else [])])
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
