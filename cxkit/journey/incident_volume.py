"""Who came: customers of each week, whether their number broke, and what first visits do to a share of all touches."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from cxkit.journey.incident_rows import ALL, Looked
from cxkit.journey.log import Log
from cxkit.periods.calendars import calendar
from cxkit.periods.lengths import DAY
from cxkit.stats.scan import Departures

#: The number of customers breaks where medians differ by so much, with so many whole periods on both sides.
TIMES, NEAR = 1.5, 3

#: Fewer customers than this in a period are too few to speak of a break.
FEW = 30

#: Customers times periods up to which they are ticked off in a table.
TABLE = 50_000_000


def volume_of(log: Log, unit: str) -> pd.DataFrame:
    """Customers with an event in each whole period, and where their number broke.

    Parameters
    ----------
    log : Log
    unit : {"day", "week", "month"}

    Returns
    -------
    DataFrame
        ``start, customers, before, since``: the first day of each whole period, customers with an event in it, and, at
        the break alone, the median of the three periods before it and of the three from it on.

    Notes
    -----
    The break is where one median before and one since fit best (least sum of absolute deviations, on logarithms); it
    is one only if the later median is at least half again, or at most two thirds of, the earlier, and the same holds of
    the three periods on either side and of the two that adjoin, so that steady growth is none. Nothing is tested.
    """
    first, last = (_day(int(moment)) for moment in (log.time.min(), max(log.time.max(), log.end - 1)))
    whole = [period for period in calendar(first, last, unit) if first <= period.start and period.end <= last]
    days = np.array([p.start for p in whole] + [whole[-1].end + timedelta(days=1)] if whole else [], "datetime64[D]")
    edges = days.astype("datetime64[us]").astype(np.int64)
    period = np.searchsorted(edges, log.time, side="right") - 1
    inside = (period >= 0) & (period < len(whole))
    counts = _distinct(log.owner[inside], period[inside], len(log.customers), len(whole))
    table = pd.DataFrame({"start": days[: len(whole)].astype("datetime64[us]"), "customers": counts.astype("int64")})
    table["before"], table["since"] = np.nan, np.nan
    if (at := _break_of(counts)) is not None:
        table.loc[at, ["before", "since"]] = np.median(counts[at - NEAR : at]), np.median(counts[at : at + NEAR])
    return table


def _distinct(owner: np.ndarray, period: np.ndarray, people: int, periods: int) -> np.ndarray:
    """Different customers of each period: ticked off in a table, or sorted where that would be too large."""
    key = owner.astype(np.int64) * periods + period
    if people * periods > TABLE:
        return np.bincount(np.unique(key) % max(periods, 1), minlength=periods)
    seen = np.zeros(people * periods, dtype=bool)
    seen[key] = True
    return np.count_nonzero(seen.reshape(people, periods), axis=0)


def _day(moment: int) -> date:
    return date(1970, 1, 1) + timedelta(days=moment // DAY)


def _break_of(counts: np.ndarray) -> int | None:
    """Place of the first period since the number of customers broke, if it did."""
    level = np.log(np.maximum(counts, 1))
    splits = range(NEAR, counts.size - NEAR + 1)
    if not len(splits):
        return None
    apart = [sum(np.abs(part - np.median(part)).sum() for part in np.split(level, [at])) for at in splits]
    at = splits[int(np.argmin(apart))]
    pairs = [(counts[max(at - reach, 0) : at], counts[at : at + reach]) for reach in (counts.size, NEAR, 1)]
    gaps = [float(np.log(max(np.median(b), 1) / max(np.median(a), 1))) for a, b in pairs]
    large = max(np.median(part) for part in pairs[1]) >= FEW
    clear = min(map(abs, gaps)) >= np.log(TIMES) - 1e-9 and len(set(np.sign(gaps))) == 1
    return at if large and clear else None


def first_visits(log: Log, looked: Looked, found: Departures) -> np.ndarray:
    """For shares of all touches: the part of touches that are of first visits inside and outside, and what it explains.

    Returns
    -------
    ndarray, shape (3, spans)
        Share of touches that belong to a customer's first visit of the log inside the span, and in the weeks it was set
        against; and the part of the difference that goes with the two being different (Kitagawa). Missing for steps,
        and where the log is not split into visits.
    """
    told = np.full((3, found.series.size), np.nan)
    names = [looked.names[at] for at in found.series]
    if log.people == log.journeys or all(origin != ALL for _, origin, _, _ in names):
        return told
    periods = len(looked.starts) - 1
    edges = looked.starts.astype("datetime64[us]").astype(np.int64)
    first = np.r_[True, log.customer[1:] != log.customer[:-1]][log.journey]
    cell = (np.searchsorted(edges, log.time, side="right") - 1) * 2 + first
    n = np.bincount(cell, minlength=2 * periods).reshape(periods, 2).astype(float)
    for at, (_, origin, to, _) in enumerate(names):
        if origin != ALL:
            continue
        hits = cell[log.touch == log.touchpoints.index(to)]
        k = np.bincount(hits, minlength=2 * periods).reshape(periods, 2).astype(float)
        inside = np.zeros(periods, dtype=bool)
        inside[found.start[at] : found.end[at]] = True
        told[:, at] = _mix(n, k, inside, ~inside & ~found.left_out[at])
    return told


def _mix(n: np.ndarray, k: np.ndarray, inside: np.ndarray, outside: np.ndarray) -> tuple[float, float, float]:
    """Weight of first visits on both sides, and the change of weights times the mean of both sides' shares."""
    (here, there), (hits, others) = ([x[side].sum(axis=0) for side in (inside, outside)] for x in (n, k))
    with np.errstate(divide="ignore", invalid="ignore"):
        weight, other, share, usual = here / here.sum(), there / there.sum(), hits / here, others / there
    share, usual = (
        np.where(here, share, usual),
        np.where(there, usual, share),
    )  # a side without such visits tells nothing
    return weight[1], other[1], float(np.nansum((weight - other) * (share + usual) / 2))
