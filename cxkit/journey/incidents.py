"""Spans of weeks in which the journey departed from the rest of the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cxkit import words
from cxkit.errors import UsageError
from cxkit.journey.incident_rows import Looked, looked_at
from cxkit.journey.incident_tables import members_of, table_of, weekly_of
from cxkit.journey.incident_volume import volume_of
from cxkit.journey.log import log_of
from cxkit.stats.intervals import critical_value
from cxkit.stats.scan import Departures, departures
from cxkit.stats.scan_sums import EXPECTED

#: A span with fewer customers than this is not judged.
CUSTOMERS = 10


@dataclass(frozen=True, eq=False)
class Incidents:
    """What was found, and what was looked at.

    Attributes
    ----------
    table : DataFrame
        One row an incident, the surest first: incident (1, 2 ...), what ("transition" or "touchpoint"), from, to, by,
        value, start, end (days, both included; end missing where it lasts to the end of the log), n_inside,
        share_inside, n_outside, share_outside, left_out (the days, in words, of surer spans of the same share, which are
        not among those outside; mostly empty), difference, low, high, first_inside, first_outside, from_mix (of a share of
        all touches: the part of touches that are of first visits, and how much of the difference goes with it; else
        missing), p_adjusted, verdict, others, label, confidence, method.
    weekly : DataFrame
        The share behind each incident, period by period: incident, start, n, share, usual (share outside the span),
        inside, left_out.
    members : DataFrame
        Every share that departed, with the number of the incident it belongs to; columns as in `table` without others.
    volume : DataFrame
        Customers with an event in each whole period of the log: start, customers; before, since where their number
        broke (medians of the three periods before and of the three from then on).
    unit : str
        "week", "day" or "month": what the spans are made of.
    looked : int
        Shares looked at.
    spans : int
        Spans of them that were judged.
    method : str
        The rules in force; also where nothing was found.
    """

    table: pd.DataFrame
    weekly: pd.DataFrame
    members: pd.DataFrame
    volume: pd.DataFrame
    unit: str
    looked: int
    spans: int
    method: str

    @property
    def notes(self) -> tuple[str, ...]:
        """What has to be known of the whole log before any of its shares is read: a break in the number of customers."""
        broke = [
            words.broke(row.start, row.before, row.since, self.unit)
            for row in self.volume.dropna(subset=["before", "since"]).itertuples()
        ]
        moves = "A share moves with who comes, most of all a share of all touches."
        return tuple(f"Customers a {self.unit}: {told}. {moves}" for told in broke)


def incidents(
    events: Any,
    *,
    unit: str = "week",
    by: str = "",
    least: int = 200,
    within: str = "7D",
    most: int = 20,
    draws: int = 999,
    seed: int = 1,
    confidence: float = 0.95,
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
) -> Incidents:
    """When did something happen to the journey that the rest of the log does not show?

    Parameters
    ----------
    events : Log, Table or frame
        Where the log was split into sessions, a step is one within a session and may be its end.
    unit : {"week", "day", "month"}
        What spans are made of. Logs of fewer than five weeks are looked at by day, of more than eighty by month; `method`
        says so.
    by : str, optional
        A column (prepared, if `events` is a Log) such as "channel": each share is also looked at within each of its
        values, the one of the event that the step goes out from.
    least : int, default 200
        Touchpoints (and values of `by`) with fewer steps are not looked at.
    within : str, default "7D"
        Where the log was not split: the next touch counts if it comes within this time, else the step is "(end)"; events
        whose window is still open at the end of the log are set aside.
    most : int, default 20
        Incidents listed at most.
    draws, seed : int
        Of the null distribution.
    confidence : float, default 0.95
        Of the limits, which hold together.
    customer, touchpoint, time : str
        Columns of a frame.
    tiebreak : str or list of str, optional
        Columns that put events of the same time in order.

    Returns
    -------
    Incidents

    Raises
    ------
    UsageError
        If an option is unknown or `by` was not prepared.
    DataError
        If there are no events, they all lie in one period, or a column is missing.

    Notes
    -----
    Looked at are: of each touchpoint with enough steps, where they go; how often each touchpoint comes up among all
    events, so that a new or a vanished one is seen; and with `by` the same within each value. Of each share every span
    of whole weeks is set against all other weeks (`cxkit.stats.scan.departures`); a second or third span of one share
    against those that the surer ones leave (`left_out`). p_adjusted and the limits allow for
    all shares and all spans at once, with customers as the units, so the chance of even one false incident is about 1 -
    confidence. Shares that depart at the same time (spans that share four fifths of what they cover together), or at about
    the same time (two fifths) in the same places, are one incident; the surest leads.

    A share of all touches also moves when other customers come, and when they come again: a page that is read on second
    visits is more of all touches when fewer touches are of first ones. `from_mix` says how much of the difference goes
    with that (Kitagawa: the change of the weight of first visits times the mean of both times' shares). A first visit is
    the first of the log, so that at its beginning old customers count as new.

    **When not to use it**: a slow drift is cut somewhere in its middle, a season looks like an incident, and what lasts
    two days among thirty ordinary ones is not seen by the week. A span was picked because it departs most: its
    difference tends to be too large. Spans at the very beginning of the log cannot be told from a change afterwards,
    and are reported as "since".

    References
    ----------
    Kitagawa, E. M. (1955). Components of a difference between two rates. Journal of the American Statistical
    Association 50, 1168-1194.
    Kulldorff, M. (1997). A spatial scan statistic. Communications in Statistics: Theory and Methods 26, 1481-1496.

    Examples
    --------
    Sixty customers visit every week; from 16 February to 8 March half of the visits end in an error:

    >>> days = pd.date_range("2026-01-05", periods=16, freq="7D")
    >>> rows = [
    ...     (f"c{c}", day + pd.Timedelta(minutes=m), what)
    ...     for c in range(60) for w, day in enumerate(days) for m, what in enumerate(
    ...         ("visit", "error" if (c + w) % 2 and 6 <= w < 9 else "order" if (c * 7 + w) % 3 else "look"))
    ... ]
    >>> found = incidents(pd.DataFrame(rows, columns=["customer_id", "occurred_at", "touchpoint"]), draws=199)
    >>> row = found.table.iloc[0]
    >>> row["label"], str(row["start"].date()), str(row["end"].date()), row["verdict"]
    ('visit → error', '2026-02-16', '2026-03-08', 'clear')
    """
    critical_value(confidence)
    for name, value in (("least", least), ("most", most)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise UsageError(f"{name}: {value!r} is no number of {'steps' if name == 'least' else 'incidents'}.")
    log = log_of(
        events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak, columns=[by] if by else []
    )
    looked = looked_at(log, unit, by, least, within)
    found = departures(looked.rows, looked.wanted, draws=draws, seed=seed, confidence=confidence, customers=CUSTOMERS)
    method = _method(looked, found, least, draws, log.said)
    members, places = members_of(log, looked, found, by, confidence, method)
    table = table_of(members, most)
    leads = places[~members["incident"].duplicated()][: len(table)]
    weekly = weekly_of(table, leads, looked, found)
    members = members[members["incident"] <= most].reset_index(drop=True)
    volume = volume_of(log, looked.unit)
    return Incidents(table, weekly, members, volume, looked.unit, found.looked, found.spans, method)


def _method(looked: Looked, found: Departures, least: int, draws: int, said: str) -> str:
    shares = words.plural(found.looked, "share")
    parts = [
        f"every span of whole {looked.unit}s against all other {looked.unit}s (further spans of one share: without those of "
        f"the surer ones), for {shares} with {words.count(least)} "
        f"steps or more ({words.plural(found.spans, 'span')})",
        f"allowing for all of them, customers as units (multiplier bootstrap of the largest likelihood ratio, "
        f"{words.count(draws)} draws)",
        f"not judged: spans with under {CUSTOMERS} customers or {EXPECTED:g} expected of either outcome",
        looked.said,
        said,
    ]
    return "; ".join(part for part in parts if part)
