"""The health report: what came in, what was put right, what was set aside and why."""

from __future__ import annotations

from calendar import month_name
from dataclasses import dataclass
from datetime import date
from typing import Any

from cxkit.markup import Block, Markup, h
from cxkit.tables.log import Note
from cxkit.words import count, listing, percent, plural

#: With more than this share of the rows set aside no table is called good.
MANY = 0.05

_KINDS = {"repaired": "Put right", "said": "Good to know", "caution": "Caution"}


@dataclass(frozen=True)
class ColumnHealth:
    """One column as it was read.

    Attributes
    ----------
    name, theirs : str
        Its name here and in the source.
    kind : str
        id, number, time, text or flag.
    missing : int or None
        Rows without a value; None where counting would have meant reading the column.
    distinct : int or None
        Different values, for small sources.
    low, high : float, datetime or None
        Least and greatest value of numbers and times.
    """

    name: str
    theirs: str
    kind: str
    missing: int | None = None
    distinct: int | None = None
    low: Any = None
    high: Any = None


@dataclass(frozen=True)
class Health:
    """What reading a source found.

    ``rows_in`` equals ``rows_kept`` plus all rows in ``set_aside``: no row is lost silently.

    Attributes
    ----------
    rows_in, rows_kept : int
        Rows of data in the source, and rows in the table.
    set_aside : tuple of (str, int)
        Causes and counts of the rows that are not in the table.
    notes : tuple of Note
        What was repaired, what should be known, what calls for caution.
    columns : tuple of ColumnHealth
        The columns of the table.
    encoding, separator : str
        In words; empty where they do not apply.
    first_date, last_date : date or None
        Of the rows kept, by the table's main time column.
    source : str
        The file's name or the kind of frame.
    as_of : date or None
        The day through which the data counts.
    table : str
        The table's name.
    """

    rows_in: int
    rows_kept: int
    set_aside: tuple[tuple[str, int], ...] = ()
    notes: tuple[Note, ...] = ()
    columns: tuple[ColumnHealth, ...] = ()
    encoding: str = ""
    separator: str = ""
    first_date: date | None = None
    last_date: date | None = None
    source: str = ""
    as_of: date | None = None
    table: str = ""

    def sentence(self) -> str:
        """One plain sentence: rows read, kept and set aside by cause.

        Examples
        --------
        >>> Health(10, 8, (("as unfinished", 2),)).sentence()
        '10 rows read, 8 kept, 2 set aside: 2 as unfinished.'
        """
        out = f"{plural(self.rows_in, 'row')} read, {count(self.rows_kept)} kept"
        if self.set_aside:
            causes = ", ".join(f"{count(n)} {cause}" for cause, n in self.set_aside)
            out += f", {count(self.rows_in - self.rows_kept)} set aside: {causes}"
        return out + "."

    def about(self) -> str:
        """Where the rows came from and which days they cover, as sentences."""
        out = []
        how = [part for part in (self.encoding, self._separated()) if part]
        if self.source:
            out.append(f"Source: {self.source}{f' ({listing(how)})' if how else ''}.")
        if self.first_date and self.last_date:
            out.append(f"Dates run from {spoken(self.first_date)} to {spoken(self.last_date)}.")
        if self.as_of:
            out.append(f"Counted as of the end of {spoken(self.as_of)}.")
        return " ".join(out)

    def _separated(self) -> str:
        if not self.separator:
            return ""
        return "one column" if self.separator.startswith("none") else f"separated by {self.separator}"

    @property
    def much_is_missing(self) -> bool:
        """Whether more than one row in twenty was set aside, so that the rest may not stand for the whole."""
        return self.rows_in - self.rows_kept > MANY * self.rows_in

    def title(self) -> str:
        """A verdict in few words: good, or what to look at."""
        cautions = sum(note.kind == "caution" for note in self.notes)
        if not self.rows_kept:
            return "Data health: no rows"
        found = [plural(cautions, "point") + " to look at"] if cautions else []
        if self.much_is_missing:
            found.append(f"{percent(1 - self.rows_kept / self.rows_in)} of the rows set aside")
        return f"Data health: {listing(found) or 'good'}"

    def block(self) -> Block:
        """The report as a note for the page. It shows counts and columns, never rows."""
        ordered = sorted(self.notes, key=lambda note: list(_KINDS)[::-1].index(note.kind))
        items = [h("li", h("b", f"{_KINDS[note.kind]}: "), note.text) for note in ordered]
        parts = [h("p", self.title(), class_="t"), h("p", self.sentence())]
        if self.about():
            parts.append(h("p", self.about()))
        if items:
            parts.append(h("ul", *items))
        html = h("div", *parts, class_=f"note {'caution' if self.much_is_missing else 'health'}", role="note")
        lines = [self.title(), self.sentence(), self.about(), *(f"- {_KINDS[n.kind]}: {n.text}" for n in ordered)]
        return Block("health", Markup(html), "\n".join(filter(None, lines)), self.facts())

    def facts(self) -> dict[str, Any]:
        """Plain values for the page's title block and the run's record."""
        return {
            "table": self.table,
            "source": self.source,
            "rows_in": self.rows_in,
            "rows_kept": self.rows_kept,
            "as_of": str(self.as_of or ""),
            "first_date": str(self.first_date or ""),
            "last_date": str(self.last_date or ""),
        }

    def __repr__(self) -> str:
        return self.block().plain

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None):
        return self.block()._repr_mimebundle_(include, exclude)


def spoken(day: date) -> str:
    """A date as a person writes it.

    >>> spoken(date(2026, 9, 30))
    '30 September 2026'
    """
    return f"{day.day} {month_name[day.month]} {day.year}"
