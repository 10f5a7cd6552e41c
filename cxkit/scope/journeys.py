"""What a report on journeys is about: which events, of which customers, against which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from cxkit import frames, markup, periods, words
from cxkit.errors import DataError, UsageError, suggest
from cxkit.journey import Log, prepare
from cxkit.periods import Period
from cxkit.periods.lengths import microseconds
from cxkit.scope.journey_notes import notes_on
from cxkit.scope.section import TRIED, Sections, absent, so_far

#: Columns of the events that journey functions can use where they are there.
USEFUL = ("channel", "stage", "session_id", "order_id", "ticket_id")

#: What a section would have shown if its table had been given.
_NEEDED = {
    "loyalty": "What goes with loyalty later cannot be shown: no later recommendations of the same customers were given.",
    "map": "There is no map: the touchpoints make fewer than two stages.",
    "steps": "There are not two steps one after the other to make this of. Name them with the parameter steps.",
    "answers": "How it feels cannot be shown: no survey answers were given to this report.",
    "stages": "Nobody wrote down how the journey is meant to be (the stages are a proposal), so nothing departs from it.",
    "begun": "No journey begins in the period: no customer has the first touch of these events in it.",
}

#: Below so many customers in a period nothing is compared with it.
CUSTOMERS = 100


@dataclass(frozen=True, kw_only=True)
class JourneyScope(Sections):
    """The events a page is about.

    Attributes
    ----------
    log : Log
        All events, whatever the period.
    now, before : Log
        Those of the period, and of the one before (None where there is none in full).
    sessions : Log
        All events, cut into sessions.
    only : str
        The customers it is limited to, in words; empty: all.
    rule : str
        How sessions were made, in words.
    """

    log: Log
    now: Log
    before: Log | None = None
    sessions: Log
    only: str = ""
    rule: str = ""
    _why: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def now_name(self) -> str:
        """How the period itself is called."""
        return self.named("all events")

    @property
    def visits_before(self) -> Log | None:
        """Sessions of the period before."""
        return self.sessions.between(self.previous.start, self.previous.end) if self.before is not None else None

    @property
    def begun(self) -> Log:
        """Journeys that begin in the period: of customers whose first touch in the log lies in it, followed up.

        Of others the page would see a journey without its beginning.
        """
        if self.period is None:
            return self.log
        inside = np.zeros(len(self.log.customers), dtype=bool)
        inside[self.now.customer] = True
        if (start := self.period.start) > (day := _day(int(self.log.time.min()))):
            inside[self.log.between(day, start - timedelta(days=1)).customer] = False
        return self.followed.keep(inside[self.followed.owner])

    @property
    def until(self) -> date | None:
        """The last day of the period where the events go on after it, so that those who began in it can be followed up."""
        return self.period.end if self.period and self.as_of and self.period.end < self.as_of else None

    @property
    def followed(self) -> Log:
        """The events of the period and all that came after it."""
        return self.now if self.until is None else self.log.between(self.period.start, self.as_of)

    @property
    def names(self) -> tuple[str, str]:
        """How the two periods are called."""
        return self.now_name, self.before_name

    @property
    def customers(self) -> int:
        """Customers with an event in the period."""
        return self.now.people

    @property
    def visits(self) -> Log:
        """Sessions of the period."""
        return self.sessions if self.period is None else self.sessions.between(self.period.start, self.period.end)

    def answers(self, linked: Any) -> tuple[Any, Any]:
        """The linked answers about touches of the period, and of the one before (None where there are none)."""
        if linked is None:
            return None, None
        mine, earlier = (
            None if log is None else self._about(linked, log, period)
            for log, period in ((self.now, self.period), (self.before, self.previous))
        )
        if mine is None:
            self._why["answers"] = f"How it feels cannot be shown: {self._unheard(linked)}."
        return mine, earlier

    def _unheard(self, linked: Any) -> str:
        """Why there is no answer about a touch of the period, though answers were given."""
        if not linked.answers:
            return "the table of answers has no rows that count"
        if len(linked.table):
            joined = words.plural(len(linked.table), "answer")
            return f"0 of {joined} joined to a touch are about {self.now_name}" + (
                f" and {self.only}" if self.only else ""
            )
        cause = f" (most often: {linked.losses[0][0]})" if linked.losses else ""
        return f"0 of {words.plural(linked.answers, 'answer')} could be joined to a touch{cause}"

    def _about(self, linked: Any, log: Log, period: Period | None) -> Any:
        rows = self._mine(linked.table, log)
        if period is not None:
            days = rows["touched_at"].dt.normalize()
            rows = rows[(days >= np.datetime64(period.start)) & (days <= np.datetime64(period.end))]
        if not len(rows):
            return None
        among = (lambda ids: self._inside(ids, self.log)) if self.only else None
        spell = (period.start, period.end) if period is not None else ()
        return linked.limited(rows, self._said(period), linked.became(*spell, among=among))

    def mine(self, linked: Any) -> Any:
        """The linked answers of the customers the page is about, whatever the period."""
        if linked is None or not self.only:
            return linked
        return linked.limited(self._mine(linked.table, self.log), self._said(None))

    def _said(self, period: Period | None) -> str:
        """Which answers are left, in words."""
        of = f"of the customers with {self.only}" if self.only else "of the customers in these events"
        return f"{of}, about touches of {period.label}" if period else of

    @classmethod
    def _mine(cls, table: Any, log: Log) -> Any:
        """The rows of the customers of a log."""
        return table[cls._inside(table["customer_id"], log)]

    @staticmethod
    def _inside(ids: Any, log: Log) -> np.ndarray:
        """Which ids are of customers of a log; ids are compared as texts."""
        there = np.zeros(len(log.customers) + 1, dtype=bool)  # the last place is for those who are not in the events
        there[log.customer] = True
        return there[log.places_of(ids)]

    def lacks(self, table: str) -> markup.Block:
        """The sentence that stands where a section would that needs a further table.

        Parameters
        ----------
        table : str
            What is not there, such as "answers", "map" or "steps".

        Returns
        -------
        Block
        """
        return absent(self._why.get(table) or _NEEDED[table])

    @property
    def facts(self) -> dict[str, str]:
        """Segment, period, comparison and date of the data, for the page's head."""
        facts = {"segment": self.only} if self.only else {}
        facts["period"] = self.now_name
        if self.before is not None:
            facts["compared_with"] = self.before_name
        if self.as_of:
            facts["as_of"] = self.as_of.isoformat()
        return facts


def journey_scope(
    events: Any,
    *,
    period: str = "",
    only: str = "",
    customers: Any = None,
    session_gap: str = "30min",
    tiebreak: str | Sequence[str] | None = None,
    enough: int = CUSTOMERS,
    fiscal_start: int = 1,
) -> JourneyScope:
    """Settle what a report on journeys is about: which events, of which customers, against which period?

    Parameters
    ----------
    events : Table or frame
        The `events` table.
    period : str
        A period as `cxkit.periods.parse` reads it; "all": every event. Empty: the last full quarter, if it and the quarter
        before are covered by the data and have enough customers; else the last full month by the same rule; else all.
    only : str
        Limit to customers with an attribute, such as "region:North" (from `customers`), or to events with a value, such as
        "channel:app" (a column of the events). Empty: everybody.
    customers : Table or frame, optional
        The `customers` table, for `only`.
    session_gap : str
        A longer pause begins a new session, where the events name none.
    tiebreak : str or list of str, optional
        Columns that put events of one customer at the same time in order.
    enough : int
        Customers a period must have to be compared.
    fiscal_start : int
        First month of the fiscal year.

    Returns
    -------
    JourneyScope

    Raises
    ------
    UsageError
        If `period`, `only` or `session_gap` cannot be read, or there is no such column as `tiebreak`.
    DataError
        If no event is left, or none falls in the period that was asked for.

    Examples
    --------
    >>> from cxkit import read
    >>> view = journey_scope(read("events", "sample:events"))
    >>> view.now_name, view.before_name
    ('Q3 2026', 'Q2 2026')
    """
    have = frames.column_names(frames.as_frame(events))
    microseconds(session_gap, "session_gap")
    name, value = _wanted(only)
    for column in [tiebreak] if isinstance(tiebreak, str) else tiebreak or ():
        if column and column not in have:
            raise UsageError(f"tiebreak: the events have no column '{column}'.{suggest(column, have)}")
    extra = [column for column in USEFUL if column in have] + ([name] if name in have and name not in USEFUL else [])
    log = prepare(
        events, columns=list(dict.fromkeys(extra)), tiebreak=tiebreak or None, as_of=getattr(events, "as_of", None)
    )
    if only:
        log = _limited(log, name, value, customers, have)
    if not len(log):
        raise DataError(_nothing(events, log))
    first, last = _day(int(log.time.min())), _day(int(log.time.max()))
    as_of = getattr(events, "as_of", None) or last
    chosen, previous = _periods(period, log, first, as_of, enough, fiscal_start)
    now = log if chosen is None else log.between(chosen.start, chosen.end)
    before = log.between(previous.start, previous.end) if previous else None
    by = "session_id" if "session_id" in log.columns and _named(log) else ""
    rule = f"a pause of more than {session_gap} begins a new session"
    rule = f"by session_id; where it is missing {rule}" if by else rule
    return JourneyScope(
        log=log, now=now, before=before, sessions=log.split(session_gap, by=by), only=f"{name}: {value}" if only else "",
        rule=rule, period=chosen, previous=previous, as_of=as_of, cannot=_cannot(log, now, chosen, previous),
        notes=notes_on(log),
    )  # fmt: skip


def _nothing(events: Any, log: Log) -> str:
    """Why there is nothing to report on: every row that came in, by what became of it."""
    late, health = getattr(events, "as_of", None), getattr(events, "health", None)
    said = f"events: there is no event{f' up to {late}' if late else ''} to report on."
    if health is not None and not health.rows_kept:
        return f"{said} {health.sentence()} Look at the file and at as_of."
    causes = ", ".join(f"{words.count(n)} {cause}" for cause, n in log.set_aside if n)
    aside = f" {words.plural(log.rows, 'row')} came in, of which set aside: {causes}." if causes else ""
    return f"{said}{aside} Look at the file, at as_of and at only."


def _wanted(only: str) -> tuple[str, str]:
    """Column and value of "region:North"."""
    if not only.strip():
        return "", ""
    name, sign, value = only.partition(":")
    if not sign or not name.strip() or not value.strip():
        raise UsageError(f"only: {only!r} cannot be read. Write column:value, such as region:North.")
    return name.strip(), value.strip()


def _limited(log: Log, name: str, value: str, customers: Any, have: Sequence[str]) -> Log:
    """Only the customers, or the events, with this value."""
    if name in log.columns:
        codes = log.columns[name]
        known = {str(one): k for k, one in enumerate(codes.values)}
        if value not in known:
            raise UsageError(f"only: no event has '{value}' in '{name}'.{suggest(value, known)}")
        return log.keep(codes.code == known[value])
    table = None if customers is None else frames.as_frame(customers)
    columns = [] if table is None else frames.column_names(table)
    if name not in columns:
        raise UsageError(
            f"only: neither the events nor the customer table has a column '{name}'.{suggest(name, [*have, *columns])}"
        )
    rows = frames.collect(table.filter(frames.same_text(name, value)).select("customer_id"))
    place = log.places_of(rows["customer_id"])
    inside = np.zeros(len(log.customers), dtype=bool)
    inside[place[place >= 0]] = True
    if not inside.any():
        raise UsageError(f"only: no customer with events has {name}:{value}.")
    return log.keep(inside[log.owner])


def _named(log: Log) -> bool:
    """Whether any event names its session."""
    return bool((log.columns["session_id"].code >= 0).any())


def _day(moment: int) -> date:
    return (datetime(1970, 1, 1) + timedelta(microseconds=moment)).date()


def _periods(asked: str, log: Log, first: date, as_of: date, enough: int, fiscal_start: int):
    """The period and the one before it; None for all events and for none that is covered."""

    def n(period: Period) -> int:
        return log.between(period.start, period.end).people

    if asked.strip() == "all":
        return None, None
    if asked.strip():
        chosen = so_far(periods.parse(asked, as_of=as_of, fiscal_start=fiscal_start), as_of)
        if not n(chosen):
            raise DataError(
                f"period: no event falls in {chosen.label} ({chosen.start} to {chosen.end}); "
                f"the events run from {first} to {as_of}."
            )
        before = periods.previous(chosen)
        return chosen, before if before.start >= first and n(before) >= enough else None
    for name in TRIED:
        chosen = periods.parse(name, as_of=as_of, fiscal_start=fiscal_start)
        before = periods.previous(chosen)
        if before.start >= first and min(n(chosen), n(before)) >= enough:
            return chosen, before
    return None, None


def _cannot(log: Log, now: Log, chosen: Period | None, previous: Period | None) -> dict[str, str]:
    cannot = {}
    if previous is None:
        cannot["change"] = (
            "There is no full period before this one, with enough customers, to compare with."
            if chosen
            else "All events are taken together, so there is nothing to compare with."
        )
    if "channel" not in now.columns or (now.columns["channel"].code < 0).all():
        cannot["channels"] = "Channels cannot be shown: the events have no column 'channel'."
    if len(now.touchpoints) < 2 or not now.goes_on.any():
        cannot["flow"] = "No flow can be shown: no customer has two events in the period."
    if "channels" in cannot or "ticket_id" not in log.columns or not (log.columns["ticket_id"].code >= 0).any():
        cannot["handovers"] = "Hand-overs cannot be shown: the events name no case (ticket_id) with its channel."
    if _day(int(log.time.min())) == _day(int(log.time.max())):
        cannot["incidents"] = "Nothing can be said of when something broke: all events are of one day."
    return cannot
