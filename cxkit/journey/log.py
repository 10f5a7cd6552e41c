"""Events of each customer in order, as codes: what every journey function counts on.

A table of events is sorted and coded once (`prepare`); after that each function is a few passes over whole numbers.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from cxkit import frames, words
from cxkit.errors import UsageError, suggest
from cxkit.periods.lengths import DAY, midnight

if TYPE_CHECKING:
    import pandas as pd


#: Events up to which what is derived from a log (`journey`, `owner`, `goes_on`) is kept for the next function.
KEPT_UP_TO = 20_000_000


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
        Touchpoint of each event, as a code into `touchpoints`. Widen it before you multiply.
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
    repeated : int
        Events with customer, time and touchpoint of another one before them. They count like any other.
    backwards : int
        Rows dated before the row above them of the same customer, where rows have an order.
    resolution : int
        Microseconds that every difference of times is a multiple of: 1,000,000 where times are whole seconds.
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
    repeated: int = 0
    backwards: int = 0
    resolution: int = 1

    def __len__(self) -> int:
        return int(self.touch.size)

    @property
    def journeys(self) -> int:
        """Number of journeys."""
        return int(self.starts.size - 1)

    @property
    def people(self) -> int:
        """Number of customers who have a journey."""
        return int(np.count_nonzero(self.customer[1:] != self.customer[:-1])) + bool(self.journeys)

    @property
    def lengths(self) -> np.ndarray:
        """Events of each journey."""
        return np.diff(self.starts)

    @property
    def journey(self) -> np.ndarray:
        """Journey of each event."""
        return self._kept("journey", lambda: np.repeat(np.arange(self.journeys), self.lengths))

    @property
    def owner(self) -> np.ndarray:
        """Customer of each event."""
        return self._kept("owner", lambda: np.repeat(self.customer, self.lengths))

    @property
    def goes_on(self) -> np.ndarray:
        """Whether each event is followed by another one in the same journey."""

        def made() -> np.ndarray:
            on = np.ones(len(self), dtype=bool)
            on[self.starts[1:] - 1] = False
            return on

        return self._kept("goes_on", made)

    def _kept(self, name: str, made: Callable[[], np.ndarray]) -> np.ndarray:
        """What follows from the events: made once and kept, unless there are so many that memory is dearer than time.

        What is kept cannot be written to.
        """
        known = self.__dict__.get(f"_{name}")
        if known is None:
            known = made()
            known.flags.writeable = False
            if len(self) <= KEPT_UP_TO:
                self.__dict__[f"_{name}"] = known
        return known

    @property
    def end(self) -> int:
        """The last moment that counts: `as_of`, or just after the last event."""
        if self.as_of is not None:
            return self.as_of
        return int(self.time.max()) + 1 if len(self) else 0

    @property
    def said(self) -> str:
        """What was counted and what was set aside, for a `method` column."""
        here = f"{words.plural(len(self), 'event')} of {words.plural(self.people, 'customer')}"
        parts = [f"{words.count(n)} set aside: {cause}" for cause, n in self.set_aside if n]
        if self.clock is not None:
            parts.append("dates without a time of day" if self.whole_days else "all at one time of day")
        if self.tied:
            parts.append(f"{words.count(self.tied)} at the time of the event before, {self.ties}")
        if self.repeated:
            parts.append(f"{words.plural(self.repeated, 'exact repeat')} counted like any other")
        if 0 < self.backwards < self.rows / 10:  # more: the rows are in no order at all
            parts.append(f"{words.plural(self.backwards, 'row')} dated before the row above of the same customer")
        if parts and len(self) < self.rows - sum(n for _, n in self.set_aside):  # a part of what came in
            parts[0] = f"in all {words.plural(self.rows, 'row')}: {parts[0]}"
        return "; ".join([here, *parts])

    @property
    def whole_days(self) -> bool:
        """Whether the events carry dates without a time of day: then a sitting is a day, and its order is not known."""
        return self.clock == 0

    @property
    def clock(self) -> int | None:
        """The time of day of all events, in microseconds since midnight; None where they have several, or one moment.

        What is exported once a night has one too: like dates, it says nothing of the order within a day. That all is of
        one moment says so only at midnight.
        """
        if len(self) < 2 or self.resolution % DAY:
            return None
        first = int(self.time[0]) % DAY
        return first if not first or self.time.min() < self.time.max() else None

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
        at = bisect_left(names, touchpoint) if isinstance(touchpoint, str) else len(names)
        if at >= len(names) or names[at] != touchpoint:
            raise UsageError(f"{who}: the touchpoint '{touchpoint}' never occurs.{suggest(touchpoint, names)}")
        return at

    def places_of(self, ids: Any) -> np.ndarray:
        """Place of each id in `customers`; ids are compared as texts (`frames.id_texts`).

        Parameters
        ----------
        ids : Series, Index or list

        Returns
        -------
        ndarray of int64
            -1 where an id is missing or not among the customers.
        """
        import pandas as pd

        own, asked = pd.Index(frames.id_texts(self.customers)), frames.id_texts(ids)
        place = own.get_indexer(asked).astype(np.int64)
        place[asked.isna().to_numpy()] = -1
        return place

    def keep(self, events: np.ndarray) -> Log:
        """Only these events, in the same order; journeys that have none left are gone.

        Parameters
        ----------
        events : ndarray of bool
        """
        kept = np.add.reduceat(events, self.starts[:-1], dtype=np.int64) if self.journeys else np.empty(0, np.int64)
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
        low, high = midnight(start), midnight(end) + DAY
        inside = self.keep((self.time >= low) & (self.time < high))
        return replace(inside, as_of=min(high, self.end))

    def split(self, gap: str | timedelta | None = "30min", *, by: str = "") -> Log:
        """Sessions in place of whole customers.

        Parameters
        ----------
        gap : str or timedelta, optional
            A longer pause than this begins a new session ("30min", "2h", "1D"). None, only with `by`: no pause does.
        by : str
            A prepared column whose value names the session. All events of one customer with the same value are one
            session, whatever lies between them, so that two sessions on two devices do not cut each other up. An event
            without a value belongs to the session of the customer's event before it, unless the pause is longer than
            `gap`; then it begins a session of its own. Then also the order of the events is by session, by the time
            each began.

        Returns
        -------
        Log
            Its journeys are sessions; `customer` still says whose.
        """
        from cxkit.journey.splitting import by_column, by_gap

        if by:
            return by_column(self, self.column(by, "split").code, gap)
        return by_gap(self, gap)


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

    return prepare(events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak, columns=columns)
