"""What has to be done again: loops and returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cxkit.journey.log import Log, log_of
from cxkit.journey.tallies import LIMITS, finished, in_seconds, unit
from cxkit.stats.clustered import clustered_sums, share_limits

if TYPE_CHECKING:
    import pandas as pd


def rework(
    events: Any,
    *,
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """At which touchpoints do customers come again?

    Parameters
    ----------
    events : Log, Table or frame
        The `events` table. For what comes again within a session give ``prepare(events).split("30min")``.
    customer, touchpoint, time : str
        Columns of a frame; a Log knows its own.
    tiebreak : str or list of str, optional
        Columns that put events of the same moment in order.
    confidence : float, default 0.95

    Returns
    -------
    DataFrame
        One row a touchpoint, the one with the most repeating journeys first, then by name: touchpoint, journeys (with
        it), repeated (journeys where it comes again), share (repeated / journeys), low, high, in_a_row (how many times
        it came again at once), returns (how many times it came again after something else), extra_seconds (median time
        from the first to the last occurrence, of the journeys that repeat it), confidence, method.

    Raises
    ------
    DataError
        If a column is missing.

    Notes
    -----
    ``in_a_row + returns`` is the number of occurrences less the number of journeys with the touchpoint: each occurrence
    but the first is one or the other. Limits: Wilson on the effective number of journeys, customers as clusters.
    **When not to use it**: a repeat is rework only where once would do. Coming back to a shop is the aim; contacting
    support again about the same order is not (count cases then: `handovers`, `channels` with ``case=``). The longer the
    customers have been watched, the more repeats there are, so compare equal spans.

    References
    ----------
    Dumas, M., La Rosa, M., Mendling, J. and Reijers, H. (2018). Fundamentals of Business Process Management. 2nd ed.
    Springer, section 7.1 (rework).

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({
    ...     "customer_id": list("aaaab"),
    ...     "touchpoint": ["support", "support", "visit", "support", "support"],
    ...     "occurred_at": pd.to_datetime("2026-03-01") + pd.to_timedelta([0, 60, 90, 100, 0], unit="s"),
    ... })
    >>> rework(events)[["touchpoint", "journeys", "repeated", "share", "in_a_row", "returns", "extra_seconds"]]
      touchpoint  journeys  repeated  share  in_a_row  returns  extra_seconds
    0    support         2         1    0.5         1        1          100.0
    1      visit         1         0    0.0         0        0            NaN
    """
    log = log_of(events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak)
    names = len(log.touchpoints)
    touch, journey, times, extra = _occurrences(log)
    again = times > 1
    sums = clustered_sums(log.customer[journey], touch, again, names)
    share, low, high = share_limits(sums, confidence=confidence)
    repeated = np.bincount(touch[again], minlength=names)
    total = np.bincount(touch, weights=times, minlength=names).astype(np.int64)
    in_a_row = np.bincount(log.touch[1:][_at_once(log)], minlength=names)
    there = np.flatnonzero(sums.n > 0)
    order = there[np.lexsort((there, -repeated[there]))]
    columns = {
        "touchpoint": [log.touchpoints[i] for i in order],
        "journeys": sums.n[order], "repeated": repeated[order],
        "share": share[order], "low": low[order], "high": high[order],
        "in_a_row": in_a_row[order], "returns": (total - sums.n - in_a_row)[order],
        "extra_seconds": in_seconds(touch[again], extra[again], names)[0][order],
    }  # fmt: skip
    what = "session" if log.people < log.journeys else "journey"
    method = f"comes again in the same {what}; {unit(log, what)}; {LIMITS.format(f'{what}s')}; {log.said}"
    return finished(columns, confidence, method)


def _occurrences(log: Log) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Each touchpoint of each journey once: its code, the journey, how often, and the time from first to last."""
    width = max(len(log.touchpoints), 1)
    key = log.journey * width + log.touch
    order = np.argsort(key, kind="stable")  # within a journey and touchpoint still by time
    key, time = key[order], log.time[order]
    fresh = np.r_[True, key[1:] != key[:-1]] if key.size else np.zeros(0, dtype=bool)
    first = np.flatnonzero(fresh)
    times = np.diff(np.r_[first, key.size])
    return key[first] % width, key[first] // width, times, time[first + times - 1] - time[first]


def _at_once(log: Log) -> np.ndarray:
    """Whether each event but the first repeats the touchpoint of the event before it in its journey."""
    return (log.touch[1:] == log.touch[:-1]) & log.goes_on[:-1]
