"""Customers' events cut into sessions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import numpy as np

from cxkit.errors import UsageError
from cxkit.journey.log import Codes, Log
from cxkit.periods.lengths import microseconds


def by_gap(log: Log, gap: str | timedelta | None) -> Log:
    """A new session after every pause longer than the gap."""
    if gap is None:
        raise UsageError("gap: without a column of sessions a gap is needed, such as 30min.")
    begins = np.flatnonzero(_pauses(log, gap))
    return replace(log, starts=np.append(begins, len(log)), customer=_owners(log, begins))


def by_column(log: Log, code: np.ndarray, gap: str | timedelta | None) -> Log:
    """One session for each value of a customer; events without a value go with the event before, or by the gap."""
    if not len(log):
        return log
    heads = _pauses(log, gap) if gap is not None else _firsts(log)
    heads |= code >= 0
    head = np.maximum.accumulate(np.where(heads, np.arange(len(log)), 0))  # the event whose session each one shares
    own = code[head]
    fresh = _firsts(log)
    fresh[1:] |= (own[1:] != own[:-1]) | ((own[1:] < 0) & (head[1:] != head[:-1]))
    runs = np.flatnonzero(fresh)
    earlier = _same_before(_owners(log, runs), own[runs])
    if (earlier == np.arange(runs.size)).all():
        return replace(log, starts=np.append(runs, len(log)), customer=_owners(log, runs))
    length = np.diff(np.append(runs, len(log)))
    order = np.argsort(np.repeat(earlier, length), kind="stable")
    sessions, at = np.unique(earlier, return_inverse=True)
    sizes = np.bincount(at, weights=length).astype(np.int64)
    columns = {name: Codes(column.code[order], column.values) for name, column in log.columns.items()}
    return replace(
        log,
        touch=log.touch[order],
        time=log.time[order],
        starts=np.append(0, np.cumsum(sizes)),
        customer=_owners(log, runs[sessions]),
        columns=MappingProxyType(columns),
    )


def _firsts(log: Log) -> np.ndarray:
    """The first event of each journey."""
    first = np.zeros(len(log), dtype=bool)
    first[log.starts[:-1]] = True
    return first


def _pauses(log: Log, gap: str | timedelta) -> np.ndarray:
    """The first event of each journey, and events after a longer pause than the gap."""
    longest = microseconds(gap, "gap")
    fresh = np.zeros(len(log), dtype=bool)
    np.greater(log.time[1:] - log.time[:-1], longest, out=fresh[1:])
    fresh[log.starts[:-1]] = True
    return fresh


def _owners(log: Log, events: np.ndarray) -> np.ndarray:
    """Customers of some events."""
    return log.customer[np.searchsorted(log.starts, events, side="right") - 1]


def _same_before(customer: np.ndarray, code: np.ndarray) -> np.ndarray:
    """Of each run of events: the first run of the same customer with the same named session, or itself."""
    earlier = np.arange(code.size)
    named = np.flatnonzero(code >= 0)
    order = named[np.lexsort([named, code[named], customer[named]])]
    new = np.ones(order.size, dtype=bool)
    new[1:] = (customer[order[1:]] != customer[order[:-1]]) | (code[order[1:]] != code[order[:-1]])
    earlier[order] = order[np.maximum.accumulate(np.where(new, np.arange(order.size), 0))]
    return earlier
