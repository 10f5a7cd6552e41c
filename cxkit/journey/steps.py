"""Where journeys are, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cxkit import words
from cxkit.errors import UsageError
from cxkit.journey.log import Log, log_of
from cxkit.journey.tallies import LIMITS, finished, parts, positions, positive, unit
from cxkit.stats.clustered import Sums, share_limits

if TYPE_CHECKING:
    import pandas as pd

ENDED, BEFORE, OTHER = "(ended)", "(not begun)", "(other)"

#: More steps than this are not looked at.
MOST_STEPS = 1_000


def step_matrix(
    events: Any,
    *,
    steps: int = 10,
    align: str = "start",
    top: int | None = None,
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Where are journeys at their first, second, third step?

    Parameters
    ----------
    events : Log, Table or frame
        The `events` table. For the steps of sessions give ``prepare(events).split("30min")``.
    steps : int, default 10
        How many steps, up to 1,000.
    align : str, default "start"
        "start" counts steps from the beginning of each journey (1, 2, ...). A touchpoint's name counts from its first
        occurrence: that is step 0, the steps before are negative, those after positive, and only journeys with this
        touchpoint count.
    top : int, optional
        Keep so many touchpoints, those with the most places in the matrix, and pool the others as "(other)".
    customer, touchpoint, time : str
        Columns of a frame; a Log knows its own.
    tiebreak : str or list of str, optional
        Columns that put events of the same moment in order.
    confidence : float, default 0.95

    Returns
    -------
    DataFrame
        step, touchpoint, n (journeys there at that step), share (of all journeys looked at), low, high, confidence,
        method. Sorted by step, then n, most first, then name; "(other)", "(not begun)" and "(ended)" stand last. What
        never occurs has no row. The shares of a step add up to 1.

    Raises
    ------
    UsageError
        If a number is out of range, or no touchpoint has the name given for `align`.
    DataError
        If a column is missing.

    Notes
    -----
    "(ended)" means: nothing more until the last moment that counts. The table is as long as what occurs, so 50,000
    touchpoints need no 50,000 columns. Limits: Wilson on the effective number of journeys, customers as clusters.
    **When not to use it**: late steps hold few journeys and mix those who move fast with those who take many steps; for
    whether customers arrive at all, whatever the number of steps, use `funnel`.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({
    ...     "customer_id": list("aab"),
    ...     "touchpoint": ["visit", "order", "visit"],
    ...     "occurred_at": pd.to_datetime("2026-03-01") + pd.to_timedelta([0, 60, 0], unit="s"),
    ... })
    >>> step_matrix(events, steps=2)[["step", "touchpoint", "n", "share"]]
       step touchpoint  n  share
    0     1      visit  2    1.0
    1     2      order  1    0.5
    2     2    (ended)  1    0.5
    """
    steps = positive(steps, "steps", most=MOST_STEPS)
    top = None if top is None else positive(top, "top")
    log = whole = log_of(events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak)
    aligned = align != "start"
    if aligned:
        log, anchor = _aligned(log, align)
        first, last = -steps, steps
    else:
        anchor, first, last = np.zeros(log.journeys, dtype=np.int64), 1, steps
    at = positions(log) - np.repeat(anchor, log.lengths) + (0 if aligned else 1)
    inside = (at >= first) & (at <= last)
    names, code = _pooled(log, log.touch[inside].astype(np.int64), top)
    within = (at[inside] - first) * len(names) + code
    if (np.diff(log.customer) > 0).all():  # one journey a customer: nothing to allow for
        counts = np.bincount(within, minlength=(last - first + 1) * len(names))
        for cell, n in _ended(log, anchor, aligned, range(first, last + 1), len(names)):
            counts[cell] = n
        return _rows(names, first, *_alone(counts, log.journeys), confidence, _method(log, whole, align, top))
    cell, owner, units = _outside(log, anchor, aligned, range(first, last + 1), len(names))
    width = max(len(log.customers), 1)
    key, many = np.unique(within * width + log.owner[inside], return_counts=True)
    cell, owner, units = (np.concatenate(pair) for pair in ((key // width, cell), (key % width, owner), (many, units)))
    return _table(log, names, first, (cell, owner, units), confidence, _method(log, whole, align, top))


def _aligned(log: Log, align: str) -> tuple[Log, np.ndarray]:
    """The journeys with a touchpoint, and the place of its first occurrence in each."""
    if not isinstance(align, str):
        raise UsageError(f"align: {align!r} is no text. Write 'start' or the name of a touchpoint.")
    there = np.flatnonzero(log.touch == log.code(align, "align"))
    journeys, first = np.unique(log.journey[there], return_index=True)
    anchor = there[first] - log.starts[journeys]
    wanted = np.zeros(log.journeys, dtype=bool)
    wanted[journeys] = True
    return log.keep(np.repeat(wanted, log.lengths)), anchor


def _pooled(log: Log, code: np.ndarray, top: int | None) -> tuple[list[str], np.ndarray]:
    """Names and codes with all but the `top` commonest touchpoints as one; the ends of a journey get the last two."""
    names = list(log.touchpoints)
    if top is not None and np.unique(code).size > top:
        counts = np.bincount(code, minlength=len(names))
        kept = np.sort(np.argsort(-counts, kind="stable")[:top])
        anew = np.full(len(names), top, dtype=np.int64)
        anew[kept] = np.arange(top)
        names, code = [names[i] for i in kept] + [OTHER], anew[code]
    return [*names, BEFORE, ENDED], code


def _outside(log: Log, anchor: np.ndarray, aligned: bool, steps: range, names: int):
    """Journeys that have not begun or have ended at each step: cell, customer and number."""
    begins = -anchor if aligned else np.ones_like(anchor)
    ends = begins + log.lengths - 1
    found = []
    for row, step in enumerate(steps):
        for code, out in ((names - 2, step < begins), (names - 1, step > ends)):
            many = np.bincount(log.customer[out], minlength=1)
            there = np.flatnonzero(many)
            found.append((np.full(there.size, row * names + code), there, many[there]))
    return (np.concatenate(part) for part in zip(*found, strict=True))


def _ended(log: Log, anchor: np.ndarray, aligned: bool, steps: range, names: int):
    """How many journeys have not begun or have ended at each step, by cell."""
    begins = -anchor if aligned else np.ones_like(anchor)
    ends = begins + log.lengths - 1
    for row, step in enumerate(steps):
        yield row * names + names - 2, int((step < begins).sum())
        yield row * names + names - 1, int((step > ends).sum())


def _alone(counts: np.ndarray, journeys: int) -> tuple[np.ndarray, Sums]:
    """The cells that occur, and their sums where every customer has one journey."""
    key = np.flatnonzero(counts)
    n = counts[key].astype(float)
    whole = np.full(key.size, journeys)
    return key, Sums(whole, n, n, whole.astype(float), n, n, counts[key])


def _table(log: Log, names: list[str], first: int, counts: tuple, confidence: float, method: str) -> pd.DataFrame:
    """The finished table from cell (step and name), customer and number of journeys."""
    cell, owner, units = counts
    key, of = np.unique(cell, return_inverse=True)
    counted = parts(
        log.customer, np.zeros(log.journeys, dtype=np.int64), owner, of,
        np.zeros(key.size, dtype=np.int64), len(log.customers), units=units,
    )  # fmt: skip
    return _rows(names, first, key, counted.sums, confidence, method)


def _rows(names: list[str], first: int, key: np.ndarray, sums: Sums, confidence: float, method: str) -> pd.DataFrame:
    share, low, high = share_limits(sums, confidence=confidence)
    n = sums.s.astype(np.int64)
    own, label = key // len(names) + first, key % len(names)
    pooled = label >= len(names) - (3 if OTHER in names[-3:] else 2)
    order = np.lexsort((label, np.where(pooled, 0, -n), pooled, own))
    columns = {
        "step": own[order], "touchpoint": [names[i] for i in label[order]], "n": n[order],
        "share": share[order], "low": low[order], "high": high[order],
    }  # fmt: skip
    return finished(columns, confidence, method)


def _method(log: Log, whole: Log, align: str, top: int | None) -> str:
    with_it = f"{words.count(log.journeys)} with it of {unit(whole)}"
    said = [
        f"steps from the beginning; {unit(whole)}" if align == "start" else f"steps from the first {align}; {with_it}",
        f"{words.plural(top, 'touchpoint')} kept" if top is not None else "",
        "ended: nothing more until the data end",
        LIMITS.format("journeys"),
        whole.said,
    ]
    return "; ".join(part for part in said if part)
