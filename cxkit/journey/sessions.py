"""Sessions: events of a customer with no long pause between them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from cxkit.journey.log import log_of
from cxkit.periods.lengths import SECOND


def sessions(
    events: Any,
    *,
    gap: str | timedelta | None = "30min",
    by: str = "",
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """When did each customer come, for how long, and with which first and last touch?

    Parameters
    ----------
    events : Table, frame or Log
        The `events` table, or a prepared `Log` (with the column `by`, if that is given).
    gap : str or timedelta, optional
        A longer pause than this begins a new session: "30min", "2h", "1D". None, only with `by`: no pause does.
    by : str
        A column whose value names the session. All events of one customer with the same value are one session; an event
        without a value belongs to the session of the event before it, unless the pause is longer than `gap`.
    customer, touchpoint, time : str
        Columns, unless a `Log` is given.
    tiebreak : str or sequence of str, optional
        Columns that settle the order at equal times (see `prepare`).

    Returns
    -------
    pandas.DataFrame
        One row a session, by customer and time: customer_id; session (1, 2 ... of each customer); started_at, ended_at;
        seconds (from first to last touch; 0 with one touch); n (events); first, last (touchpoints). The rules stand in
        ``.attrs["method"]``, since a column of them would be larger than the table.

    Raises
    ------
    UsageError
        If the gap is no length of time, has no unit, or is missing without `by`.
    DataError
        If a column is not there or the times are no times.

    Notes
    -----
    A pause of exactly the gap does not end a session. `seconds` leaves out the time spent on the last touch, which no
    event ends; a session of one event has 0 seconds, whatever was done.

    **When not to use it**: for touches that are days apart by nature (orders, letters, calls); there the customer's whole
    path is the journey.

    Examples
    --------
    >>> events = pd.DataFrame({
    ...     "customer_id": ["a", "a", "a"],
    ...     "touchpoint": ["search", "basket", "search"],
    ...     "occurred_at": pd.to_datetime(["2026-01-01 10:00", "2026-01-01 10:05", "2026-01-01 12:00"]),
    ... })
    >>> sessions(events)[["customer_id", "session", "seconds", "n", "first", "last"]]
      customer_id  session  seconds  n   first    last
    0           a        1    300.0  2  search  basket
    1           a        2      0.0  1  search  search
    """
    columns = (by,) if by else ()
    log = log_of(events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak, columns=columns)
    split = log.split(gap, by=by)
    first, last = split.starts[:-1], split.starts[1:] - 1
    begins = np.ones(first.size, dtype=bool)
    begins[1:] = split.customer[1:] != split.customer[:-1]
    number = np.arange(first.size)
    number -= np.maximum.accumulate(np.where(begins, number, 0))
    start, end = split.time[first], split.time[last]
    names = pd.array(list(split.touchpoints), dtype="str")
    table = pd.DataFrame(
        {
            "customer_id": split.customers.take(split.customer),
            "session": number + 1,
            "started_at": start.view("datetime64[us]"),
            "ended_at": end.view("datetime64[us]"),
            "seconds": (end - start) / SECOND,
            "n": split.lengths,
            "first": names.take(split.touch[first]),
            "last": names.take(split.touch[last]),
        }
    )
    rule = (
        f"by '{by}'" + (f", else pauses over {gap}" if gap is not None else "") if by else f"pauses over {gap} end one"
    )
    table.attrs["method"] = f"sessions: {rule}; {log.said}"
    return table
