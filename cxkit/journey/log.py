"""Events of each customer in order, as codes: what every journey function counts on.

A table of events is sorted and coded once (`prepare`); after that each function is a few passes over whole numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from cxkit import words
from cxkit.errors import UsageError, suggest

if TYPE_CHECKING:
    import pandas as pd

SECOND = 1_000_000  #: microseconds, the unit of `Log.time`.


@dataclass(frozen=True)
class Codes:
    """A further column of the events, as codes.

    Attributes
    ----------
    code : ndarray of int32
        Of each event; -1 where the value is missing.
    values : tuple
        What each code stands for, sorted.
    """

    code: np.ndarray
    values: tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Log:
    """Events in order: journey after journey, within each by time.

    A journey is all events of one customer or, after `split`, one session of a customer.

    Attributes
    ----------
    touch : ndarray of int32
        Touchpoint of each event, as a code into `touchpoints`.
    time : ndarray of int64
        When it happened, in microseconds since 1970 (UTC, or the zone the data were read in).
    starts : ndarray of int64
        Where each journey begins in `touch` and `time`, and at the end the number of events.
    customer : ndarray of int64
        Customer of each journey, as a code into `customers`; not falling.
    customers : pandas.Index
        Customer ids.
    touchpoints : tuple of str
        Names of the touchpoints, sorted.
    columns : mapping of str to Codes
        Further columns that were asked for.
    set_aside : tuple of (str, int)
        Rows that do not count, by cause.
    rows : int
        Rows that came in.
    tied : int
        Events at the very time of the event before them in the same journey.
    ties : str
        How such events were put in order.
    as_of : int or None
        The last moment that counts, in microseconds (exclusive); what is unfinished then is censored.
    """

    touch: np.ndarray
    time: np.ndarray
    starts: np.ndarray
    customer: np.ndarray
    customers: pd.Index
    touchpoints: tuple[str, ...]
    columns: Mapping[str, Codes] = field(default_factory=lambda: MappingProxyType({}))
    set_aside: tuple[tuple[str, int], ...] = ()
    rows: int = 0
    tied: int = 0
    ties: str = ""
    as_of: int | None = None

    def __len__(self) -> int:
        return int(self.touch.size)

    @property
    def journeys(self) -> int:
        """Number of journeys."""
        return int(self.starts.size - 1)

    @property
    def lengths(self) -> np.ndarray:
        """Events of each journey."""
        return np.diff(self.starts)

    @property
    def journey(self) -> np.ndarray:
        """Journey of each event."""
        return np.repeat(np.arange(self.journeys), self.lengths)

    @property
    def owner(self) -> np.ndarray:
        """Customer of each event."""
        return np.repeat(self.customer, self.lengths)

    @property
    def goes_on(self) -> np.ndarray:
        """Whether each event is followed by another one in the same journey."""
        on = np.ones(len(self), dtype=bool)
        on[self.starts[1:] - 1] = False
        return on

    @property
    def end(self) -> int:
        """The last moment that counts: `as_of`, or just after the last event."""
        if self.as_of is not None:
            return self.as_of
        return int(self.time.max()) + 1 if len(self) else 0

    @property
    def said(self) -> str:
        """What was counted and what was set aside, for a `method` column."""
        parts = [f"{words.plural(len(self), 'event')} of {words.plural(np.unique(self.customer).size, 'customer')}"]
        parts += [f"{words.count(n)} set aside: {cause}" for cause, n in self.set_aside if n]
        if self.tied:
            parts.append(f"{words.count(self.tied)} at the time of the event before, {self.ties}")
        return "; ".join(parts)

    def column(self, name: str, who: str) -> Codes:
        """A further column, which `prepare` must have been asked for.

        Raises
        ------
        UsageError
            If it was not.
        """
        if name not in self.columns:
            raise UsageError(
                f"{who}: the events were prepared without the column '{name}'.{suggest(name, self.columns)} "
                f"Write prepare(events, columns=['{name}'])."
            )
        return self.columns[name]

    def code(self, touchpoint: str, who: str) -> int:
        """The code of a touchpoint.

        Raises
        ------
        UsageError
            If it never occurs.
        """
        names = self.touchpoints
        at = int(np.searchsorted(np.array(names, dtype=object), touchpoint)) if names else 0
        if at >= len(names) or names[at] != touchpoint:
            raise UsageError(f"{who}: the touchpoint '{touchpoint}' never occurs.{suggest(touchpoint, names)}")
        return at

    def keep(self, events: np.ndarray) -> Log:
        """Only these events, in the same order; journeys that have none left are gone.

        Parameters
        ----------
        events : ndarray of bool
        """
        kept = np.bincount(self.journey[events], minlength=self.journeys)
        there = kept > 0
        return replace(
            self,
            touch=self.touch[events],
            time=self.time[events],
            starts=np.r_[0, np.cumsum(kept[there])],
            customer=self.customer[there],
            columns=MappingProxyType({k: Codes(v.code[events], v.values) for k, v in self.columns.items()}),
        )

    def joined(self) -> Log:
        """Runs of the same touchpoint as one event each, at the time of the first."""
        first = np.ones(len(self), dtype=bool)
        first[1:] = self.touch[1:] != self.touch[:-1]
        first[self.starts[:-1]] = True
        return self if first.all() else self.keep(first)

    def between(self, start: date, end: date) -> Log:
        """The events from one day to another, both included; `as_of` becomes the end of the later day if that is earlier."""
        low, high = (int(np.datetime64(day, "D").astype("datetime64[us]").astype(np.int64)) for day in (start, end))
        high += 24 * 3600 * SECOND
        inside = self.keep((self.time >= low) & (self.time < high))
        return replace(inside, as_of=min(high, self.end))

    def split(self, gap: str | None = "30min", *, by: str = "") -> Log:
        """Sessions in place of whole customers.

        Parameters
        ----------
        gap : str
            A longer pause than this begins a new session ("30min", "2h", "1D").
        by : str
            A prepared column whose value names the session; then `gap` counts only where it is missing.
        """
        from cxkit.journey.durations import microseconds

        fresh = np.zeros(len(self), dtype=bool)
        fresh[self.starts[:-1]] = True
        pause = np.zeros(len(self), dtype=bool)
        pause[1:] = np.diff(self.time) > microseconds(gap, "gap")
        if by:
            code = self.column(by, "split").code
            known = np.zeros(len(self), dtype=bool)
            known[1:] = (code[1:] >= 0) & (code[:-1] >= 0)
            other = np.zeros(len(self), dtype=bool)
            other[1:] = code[1:] != code[:-1]
            pause = np.where(known, other, pause | other)
        begins = np.flatnonzero(fresh | pause)
        return replace(self, starts=np.r_[begins, len(self)], customer=self.owner[begins])


def log_of(
    events: Any,
    *,
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
    columns: Sequence[str] = (),
) -> Log:
    """Events as a `Log`: as they are if they have been prepared, else prepared here."""
    if isinstance(events, Log):
        for name in columns:
            events.column(name, "events")
        return events
    from cxkit.journey.preparing import prepare

    return prepare(
        events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak, columns=columns
    )
