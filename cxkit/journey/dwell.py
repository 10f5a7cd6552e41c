"""How long customers stay at a touchpoint, and where they leave at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cxkit import words
from cxkit.errors import UsageError
from cxkit.journey.log import Log, log_of
from cxkit.journey.tallies import LIMITS, finished, in_seconds
from cxkit.stats.clustered import clustered_sums, share_limits

if TYPE_CHECKING:
    import pandas as pd

_LEVELS = (0.5, 0.25, 0.75, 0.95)


def dwell(
    events: Any,
    *,
    gap: str | None = "30min",
    by: str = "",
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """How long do customers stay at each touchpoint, and how many leave straight after coming in by it?

    Parameters
    ----------
    events : Log, Table or frame
        The `events` table.
    gap : str or None, default "30min"
        A longer pause than this begins a new session. None takes the journeys of a Log as they are.
    by : str, optional
        A column that names the session; `gap` counts only where it is missing.
    customer, touchpoint, time : str
        Columns of a frame; a Log knows its own.
    tiebreak : str or list of str, optional
        Columns that put events of the same moment in order.
    confidence : float, default 0.95

    Returns
    -------
    DataFrame
        One row a touchpoint, the commonest first, then by name: touchpoint, n (events), known (events followed by
        another one of the same session), median_seconds, q25_seconds, q75_seconds, q95_seconds (time to that next
        event, of the known), entries (sessions that begin here), bounces (those that consist of this one event),
        bounce_share (bounces / entries), low, high, last (events that end a session: their time is not known),
        confidence, method.

    Raises
    ------
    UsageError
        If `gap` is no length of time, or None together with `by`.
    DataError
        If a column is missing.

    Notes
    -----
    The time at a touchpoint is the time to the next event of the same session. Of the last event of a session it is
    unknown: it is counted in `last` and never taken as 0 or averaged in, so ``n = known + last``. Quantiles are linear
    between neighbours. Limits of the bounce share: Wilson on the effective number of sessions, customers as clusters.

    A mean time on page, as web tools print it, is biased: some count the last page as 0 seconds, others leave it out,
    and then it speaks only for those who went on; a page left open over lunch counts like one that was read; and a cut
    at 30 minutes decides how long the longest can be. **When not to use it**: for time at touchpoints where most events
    are the last of their session (compare `last` with `n`), and as a measure of interest: a long time on a checkout
    page is trouble, on a guide it is reading.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({
    ...     "customer_id": list("aab"),
    ...     "touchpoint": ["visit", "order", "visit"],
    ...     "occurred_at": pd.to_datetime("2026-03-01") + pd.to_timedelta([0, 60, 0], unit="s"),
    ... })
    >>> dwell(events)[["touchpoint", "n", "known", "median_seconds", "entries", "bounces", "bounce_share", "last"]]
      touchpoint  n  known  median_seconds  entries  bounces  bounce_share  last
    0      visit  2      1            60.0        2        1           0.5     1
    1      order  1      0             NaN        0        0           NaN     1
    """
    if gap is None and by:
        raise UsageError("gap: None takes the journeys as they are; leave it at '30min' where by= names the session.")
    columns = [by] if by else []
    log = log_of(events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak, columns=columns)
    sessions = log if gap is None else log.split(gap, by=by)
    names = len(log.touchpoints)
    on = sessions.goes_on
    before = np.flatnonzero(on)
    spent = sessions.time[before + 1] - sessions.time[before]
    middle, q25, q75, q95 = in_seconds(sessions.touch[before], spent, names, _LEVELS)
    n = np.bincount(sessions.touch, minlength=names)
    known = np.bincount(sessions.touch[before], minlength=names)
    entry = sessions.touch[sessions.starts[:-1]]
    sums = clustered_sums(sessions.customer, entry, sessions.lengths == 1, names)
    share, low, high = share_limits(sums, confidence=confidence)
    there = np.flatnonzero(n)
    order = there[np.lexsort((there, -n[there]))]
    table = {
        "n": n, "known": known, "median_seconds": middle, "q25_seconds": q25, "q75_seconds": q75, "q95_seconds": q95,
        "entries": sums.n, "bounces": sums.s.astype(np.int64), "bounce_share": share, "low": low, "high": high,
        "last": n - known,
    }  # fmt: skip
    columns = {"touchpoint": [log.touchpoints[i] for i in order]} | {k: v[order] for k, v in table.items()}
    return finished(columns, confidence, _method(log, sessions, gap, by))


def _method(log: Log, sessions: Log, gap: str | None, by: str) -> str:
    if gap is None:
        what = "session" if sessions.people < sessions.journeys else "journey"
        rule = f"{words.plural(sessions.journeys, what)} as given"
    elif by:
        rule = f"{words.plural(sessions.journeys, 'session')} by {by}, where missing after a pause of more than {gap}"
    else:
        rule = f"{words.plural(sessions.journeys, 'session')}, a new one after a pause of more than {gap}"
    last = f"{words.count(sessions.journeys)} last events have no known time"
    return f"time to the next event; {rule}; {last}; {LIMITS.format('sessions')}; {log.said}"
