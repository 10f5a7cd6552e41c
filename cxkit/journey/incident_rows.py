"""What the search for incidents looks at: steps and touches of each period, by what they are a share of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from cxkit import words
from cxkit.errors import DataError, UsageError, choice
from cxkit.journey.distinct import coded
from cxkit.journey.log import Log
from cxkit.periods.calendars import calendar
from cxkit.periods.lengths import DAY, microseconds, written
from cxkit.stats.scan import Rows

UNITS = ("day", "week", "month")

#: Fewer weeks than this become days, more than that become months.
SHORT, LONG = 5, 80

#: Shares looked at, at most: those with the most to tell.
MOST = 400

#: Names of a step's last place and of the touches of all customers.
END, ALL = "(end)", "(all events)"


@dataclass(frozen=True)
class Looked:
    """Rows for the search, the shares to look at, and what they are called.

    Attributes
    ----------
    rows : Rows
    wanted : ndarray
        Group and outcome of each share.
    names : list of (str, str, str, str)
        What ("transition" or "touchpoint"), from, to, value of `by`.
    starts : ndarray of datetime64[D]
        First day of each period, and at the end the day after the last.
    unit : str
        "week", "day" or "month".
    said : str
        Rules in force.
    """

    rows: Rows
    wanted: np.ndarray
    names: list[tuple[str, str, str, str]]
    starts: np.ndarray
    unit: str
    said: str


def looked_at(log: Log, unit: str, by: str, least: int, within: str) -> Looked:
    """The rows and the shares that `incidents` looks at."""
    if not len(log):
        raise DataError("incidents: there are no events to count.")
    starts, unit, cut = periods_of(log, unit)
    if len(starts) < 3:
        raise DataError("incidents: all events lie in one period. Look at a longer log, or take unit='day'.")
    step, said = _steps(log, within)
    period = (np.searchsorted(starts.astype("datetime64[us]").astype(np.int64), log.time, side="right") - 1).astype(
        np.int32
    )
    owner = log.owner.astype(np.int32)
    touches = len(log.touchpoints)
    taken = np.flatnonzero(step >= 0)
    parts = [(taken, log.touch[taken], step[taken]), (np.arange(len(log)), np.full(len(log), touches), log.touch)]
    values: tuple = ()
    if by:
        column = log.column(by, "incidents")
        values = column.values
        known = taken[column.code[taken] >= 0]
        group = touches + 1 + column.code[known].astype(np.int64) * touches + log.touch[known]
        parts.append((known, group, step[known]))
    at, group, outcome = (np.concatenate([part[i] for part in parts]) for i in range(3))
    wanted, kept, group = _wanted(group, outcome, least, touches)
    rows = Rows(owner[at[kept]], period[at[kept]], group, outcome[kept].astype(np.int32), len(starts) - 1)
    names = [_name(g, o, log.touchpoints, values) for g, o in wanted]
    numbers = np.unique(wanted[:, 0], return_inverse=True)[1].reshape(-1)
    return Looked(rows, np.column_stack([numbers, wanted[:, 1]]), names, starts, unit, "; ".join([said, *cut]))


def _steps(log: Log, within: str) -> tuple[np.ndarray, str]:
    """What each event is followed by (len(touchpoints) for the end, -1 where that cannot be known), and the rule."""
    touches = len(log.touchpoints)
    step = np.full(len(log), touches, dtype=np.int64)
    on = np.flatnonzero(log.goes_on)
    step[on] = log.touch[on + 1]
    if log.people < log.journeys:
        return step, "steps within a session, its end included"
    window = microseconds(within, "within")
    late = on[log.time[on + 1] - log.time[on] > window]
    step[late] = touches
    open_ = (step == touches) & (log.time >= log.end - window)
    unknown = log.time >= log.end - window
    step[unknown] = -1
    aside = f", {words.count(int(unknown.sum()))} set aside: window still open" if open_.any() else ""
    return step, f"the next touch within {written(window)}, else (end){aside}"


def periods_of(log: Log, unit: str) -> tuple[np.ndarray, str, list[str]]:
    """First days of the periods, and the day after the last; short ones at the ends are part of their neighbours.

    Parameters
    ----------
    log : Log
    unit : {"week", "day", "month"}

    Returns
    -------
    starts : ndarray of datetime64[D]
    unit : str
        The unit taken: days in place of fewer than five weeks, months in place of more than eighty.
    said : list of str
    """
    choice(unit, UNITS, "unit")
    first = date(1970, 1, 1) + timedelta(days=int(log.time.min() // DAY))
    last = date(1970, 1, 1) + timedelta(days=int(max(log.time.max(), log.end - 1) // DAY))
    weeks = ((last - first).days + 1) / 7
    said = []
    if unit == "week" and (weeks < SHORT or weeks > LONG):
        unit = "day" if weeks < SHORT else "month"
        said = [f"{unit}s in place of weeks, as the log is {weeks:.0f} weeks long"]
    elif unit == "day" and weeks * 7 > 2 * LONG:
        raise UsageError(f"unit: {weeks * 7:.0f} days are too many to look at every span of. Take unit='week'.")
    there = list(calendar(first, last, unit))
    starts = [period.start for period in there]
    partial = []
    if len(there) > 2 and there[-1].end > last:
        partial.append("last")
        del starts[-1]
    if len(there) > 2 and there[0].start < first:
        partial.append("first")
        del starts[1]
    if unit != "day" and partial:
        said.append(f"the {words.listing(partial)} {unit} of the log is not whole: taken with its neighbour")
    starts[0] = first
    return np.array([*starts, last + timedelta(days=1)], dtype="datetime64[D]"), unit, said


def _wanted(group: np.ndarray, outcome: np.ndarray, least: int, touches: int):
    """The shares to look at (group, outcome), the rows that belong to their groups, and those rows' groups, renumbered."""
    each, number = coded(group, int(group.max()) + 1)
    size = np.bincount(number)
    fits = size >= least
    pooled = dict(zip(each.tolist(), size.tolist(), strict=True))
    for i in np.flatnonzero(fits & (each > touches)):  # a value that is nearly all of the touchpoint tells nothing new
        fits[i] = size[i] < 0.95 * pooled[int((each[i] - touches - 1) % touches)]
    inside = fits[number]
    pair, place = coded(number[inside] * (touches + 1) + outcome[inside], each.size * (touches + 1))
    count = np.bincount(place, minlength=pair.size)
    g, o = np.divmod(pair, touches + 1)
    rarer = np.minimum(count, size[g] - count)
    best = np.argsort(-rarer, kind="stable")[:MOST]
    best = np.sort(best[rarer[best] >= 10])
    wanted = np.column_stack([each[g[best]], o[best]])
    there = np.unique(wanted[:, 0])
    kept = np.flatnonzero(np.isin(group, there)) if len(there) else np.array([], dtype=int)
    return wanted, kept, np.searchsorted(there, group[kept]).astype(np.int32)


def _name(group: int, outcome: int, touchpoints: tuple[str, ...], values: tuple) -> tuple[str, str, str, str]:
    touches = len(touchpoints)
    to = END if outcome == touches else touchpoints[outcome]
    if group == touches:
        return "touchpoint", ALL, to, ""
    if group < touches:
        return "transition", touchpoints[group], to, ""
    value, origin = divmod(group - touches - 1, touches)
    return "transition", touchpoints[origin], to, str(values[value])
