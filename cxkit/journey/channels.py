"""Which channels meet in one journey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cxkit import words
from cxkit.journey.log import Log, log_of
from cxkit.journey.tallies import LIMITS, by_case, finished, in_seconds, parts, unit
from cxkit.journey.variants import commonest, variants
from cxkit.stats.clustered import share_limits

if TYPE_CHECKING:
    import pandas as pd


def channels(
    events: Any,
    *,
    channel: str = "channel",
    case: str = "",
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Which channels do customers use together?

    Parameters
    ----------
    events : Log, Table or frame
        The `events` table. For the channels of sessions give ``prepare(events, columns=["channel"]).split("30min")``.
    channel : str, default "channel"
        Column of the channel. Events without one are left out.
    case : str, optional
        A column that names a case (ticket_id, order_id, session_id): the events of one case are then a journey, and
        events without a case are left out.
    customer, touchpoint, time : str
        Columns of a frame; a Log knows its own.
    tiebreak : str or list of str, optional
        Columns that put events of the same moment in order.
    confidence : float, default 0.95

    Returns
    -------
    DataFrame
        One row for each set of channels, the commonest first, then by name: channels ("app + phone"), n (journeys),
        share (of the journeys with a channel), low, high, customers, changes (mean number of changes from one channel
        to another), median_seconds (from the first to the last event), confidence, method.

    Raises
    ------
    UsageError
        If a Log was prepared without the column.
    DataError
        If a column is missing.

    Notes
    -----
    A change is an event in another channel than the event before it in the same journey. Limits: Wilson on the
    effective number of journeys, customers as clusters. **When not to use it**: over a long time nearly every customer
    uses several channels; whether they meet in one errand needs `case` or sessions.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({
    ...     "customer_id": list("aaab"),
    ...     "touchpoint": "support",
    ...     "channel": ["chat", "phone", "chat", "chat"],
    ...     "occurred_at": pd.to_datetime("2026-03-01") + pd.to_timedelta([0, 60, 90, 0], unit="s"),
    ... })
    >>> channels(events)[["channels", "n", "share", "changes", "median_seconds"]]
           channels  n  share  changes  median_seconds
    0          chat  1    0.5      0.0             0.0
    1  chat + phone  1    0.5      2.0            90.0
    """
    wanted = [channel, *([case] if case else [])]
    log = log_of(events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak, columns=wanted)
    routes = routed(log, channel, case, "channels")
    log, code = routes.log, routes.channel
    names = [str(value) for value in log.column(channel, "channels").values]
    width = max(len(names), 1)
    used = np.unique(log.journey * width + code)  # each channel once a journey, in the order of their names
    starts = np.searchsorted(used, np.arange(log.journeys + 1) * width)
    found = variants(used % width, starts)
    order = commonest(found, used % width, starts, None)
    label = np.empty(order.size, dtype=np.int64)
    label[order] = np.arange(order.size)
    of = label[found.of]
    counted = parts(
        log.customer, np.zeros(log.journeys, dtype=np.int64), log.customer, of, np.zeros_like(order), len(log.customers)
    )
    share, low, high = share_limits(counted.sums, confidence=confidence)
    changed = np.zeros(len(log), dtype=bool)
    changed[:-1] = log.goes_on[:-1] & (code[1:] != code[:-1])
    changes = np.bincount(of[log.journey[changed]], minlength=order.size)
    length = log.time[log.starts[1:] - 1] - log.time[log.starts[:-1]]
    sets = [used[starts[j] : starts[j + 1]] % width for j in found.example[order]]
    columns = {
        "channels": [" + ".join(names[i] for i in each) for each in sets],
        "n": counted.n, "share": share, "low": low, "high": high, "customers": counted.customers,
        "changes": changes / counted.n, "median_seconds": in_seconds(of, length, order.size)[0],
    }  # fmt: skip
    what = f"{words.plural(log.journeys, 'case')} by {case}" if case else unit(log)
    method = f"{what}{routes.said}; {LIMITS.format('cases' if case else 'journeys')}; {routes.whole.said}"
    return finished(columns, confidence, method)


@dataclass(frozen=True)
class Routes:
    """Events with a known channel, in order, by customer or case.

    Attributes
    ----------
    log : Log
        The events that count.
    channel : ndarray of int64
        Channel of each, as a code into the values of the column.
    whole : Log
        All events there were.
    said : str
        What was left out, for a `method` column; starts with "; " or is empty.
    """

    log: Log
    channel: np.ndarray
    whole: Log
    said: str


def routed(whole: Log, channel: str, case: str, who: str) -> Routes:
    """The events of each customer or case that have a channel."""
    log, said = by_case(whole, case, who) if case else (whole, "")
    known = log.column(channel, who).code >= 0
    if not known.all():
        said += f"; {words.plural((~known).sum(), 'event')} without {channel} left out"
        log = log.keep(known)
    return Routes(log, log.column(channel, who).code.astype(np.int64), whole, said)
