"""Which touch follows which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxkit.errors import UsageError, choice
from cxkit.journey.edges import Edges, edges_from, edges_of
from cxkit.journey.log import log_of
from cxkit.journey.quantiles import grouped_quantiles
from cxkit.periods.lengths import SECOND
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
        touchpoint is one touch, at the time of its first, from which the wait for the next is then counted.
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
    parts = [
        _columns(edges_of(log, end=end, ends=ends, limits=confidence is not None), end, log.resolution, confidence)
    ]
    if ends:
        begin = edges_from(end - 1, log.touch[log.starts[:-1]], log.customer, confidence is not None)
        parts.append(_columns(begin, end, 0, confidence))
    return _table(parts, names, confidence, _method(repeats, ends, log.people < log.journeys, confidence, said))


def _columns(edges: Edges, end: int, unit: int, confidence: float | None) -> dict[str, np.ndarray]:
    """The columns of the table, the names as codes; no waits where `unit` is 0."""
    a, n = edges.a, edges.n
    base = _per(a, n)
    part = {"from": a, "to": edges.b, "n": n, "customers": edges.customers, "share": n / base}
    part["low"], part["high"] = np.full((2, n.size), np.nan)
    if confidence is not None and n.size:
        s = n.astype(float)
        sums = Sums(base, s, s, _per(a, edges.products), edges.products, edges.squares, edges.customers)
        _, part["low"], part["high"] = share_limits(sums, confidence=confidence)
    waits = np.full((3, n.size), np.nan)
    if unit:
        waits = grouped_quantiles(edges.waits, edges.starts, (0.5, 0.25, 0.75), edges.exact) * (unit / SECOND)
        waits[:, edges.b == end] = np.nan
    return part | dict(zip(("median_seconds", "q25_seconds", "q75_seconds"), waits, strict=True))


def _per(a: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sums of values of the kinds of steps over all that go out of the same touchpoint."""
    if not a.size:
        return np.zeros(0)
    return np.bincount(a, weights=values)[a]


def _table(
    parts: list[dict[str, np.ndarray]], names: np.ndarray, confidence: float | None, method: str
) -> pd.DataFrame:
    """The table in its order, with names for codes."""
    cells = {name: np.concatenate([part[name] for part in parts]) for name in COLUMNS[:-2]}
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


def _method(repeats: str, ends: bool, was_split: bool, confidence: float | None, said: str) -> str:
    what = "session" if was_split else "customer"
    base = "ends included" if ends else f"the last touch of each {what} left out, as no step follows it"
    over = "" if was_split else ", also from one visit to the next"
    parts = [f"share of the steps out of each touchpoint{over}; {base}"]
    parts.append(
        "runs of one touchpoint joined, times from the first of a run" if repeats == "join" else "repeats kept"
    )
    if confidence is not None:
        parts.append("Wilson limits on the effective number of steps, several of one customer allowed for")
    return "; ".join([*parts, "exact medians", said])
