"""What the columns of a text source look like: two or three scans over all rows, for all columns at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cxkit.tables import dates, numerals
from cxkit.tables.cells import NO_NUMBER, texts
from cxkit.tables.dates import Dates
from cxkit.tables.naming import fold
from cxkit.tables.numerals import Forms
from cxkit.tables.schema import Column

# First characters of a number or a date: + , - . / digits, currency signs, the true minus.
_NUMERIC_START = "ascii({0}) BETWEEN 43 AND 57 OR ascii({0}) IN (36, 163, 165, 8364, 8722)"


@dataclass
class Look:
    """One column of text as the scans saw it.

    Attributes
    ----------
    place : int
        Its place in the source.
    theirs, name : str
        Its name there and here.
    known : Column or None
        What the table says of it.
    n : int
        Values that are not missing.
    marks : int
        Among them, words such as none or missing, which mean nothing in a column of numbers.
    point_zero : int
        Whole numbers written as 123.0.
    forms, dates : Forms, Dates or None
        Which forms of numbers and dates the values have; None if they were not looked at.
    money : mapping or None
        The currency sign to take off, with its count.
    """

    place: int
    theirs: str
    name: str
    known: Column | None
    n: int = 0
    marks: int = 0
    point_zero: int = 0
    forms: Forms | None = None
    dates: Dates | None = None
    money: Mapping[str, int] | None = None

    @property
    def cell(self) -> str:
        """Its SQL name."""
        return f"c{self.place}"

    @property
    def value(self) -> str:
        """SQL of its value, without a currency sign."""
        return numerals.unmoneyed(self.cell) if self.money else self.cell

    @property
    def wants(self) -> str:
        """The kind that the table asks for; ids are known by their name too; "" if nothing is asked."""
        if self.known:
            return self.known.kind
        return "id" if fold(self.theirs).endswith("_id") or fold(self.theirs) == "id" else ""


def look(base: Any, columns: Sequence[Look]) -> None:
    """Fill in what the scans see."""
    if not columns:
        return
    _count(base, columns)
    _numbers(base, [one for one in columns if one.forms is not None])
    _dates(base, [one for one in columns if one.dates is not None])


def _ask(base: Any, parts: Sequence[Sequence[str]]) -> list[tuple]:
    """Aggregates in one scan, given and returned in groups."""
    values = base.aggregate(", ".join(part for group in parts for part in group)).fetchall()[0]
    out, start = [], 0
    for group in parts:
        out.append(values[start : start + len(group)])
        start += len(group)
    return out


def _count(base: Any, columns: Sequence[Look]) -> None:
    """How many values there are, and whether they can be numbers or dates at all."""
    parts = []
    for one in columns:
        group = [f"count({one.cell})"]
        if one.wants == "id":
            group.append(f"count(*) FILTER (WHERE regexp_full_match({one.cell}, '[0-9]+\\.0'))")
        elif one.wants == "":
            group.append(f"count(*) FILTER (WHERE {_NUMERIC_START.format(one.cell)})")
            group.append(f"count(*) FILTER (WHERE lower({one.cell}) IN {texts(NO_NUMBER)})")
        parts.append(group)
    for one, (n, *more) in zip(columns, _ask(base, parts), strict=True):
        one.n = n
        if one.wants == "id":
            one.point_zero = more[0]
        elif one.wants == "" and more[0] and more[0] + more[1] >= n:
            one.marks = more[1]
            one.forms, one.dates = Forms({}), Dates({})
        elif n and one.wants == "number":
            one.forms = Forms({})
        elif n and one.wants == "time":
            one.dates = Dates({})


def _numbers(base: Any, asked: Sequence[Look]) -> None:
    if not asked:
        return
    found = _ask(base, [[numerals.forms_sql(one.cell)] for one in asked])
    for one, (forms,) in zip(asked, found, strict=True):
        one.forms = Forms(forms or {})
        if one.forms.numbers and not one.forms.rest and one.wants == "":
            one.dates = None  # numbers throughout: no date unless the table says so
    odd = [one for one in asked if one.forms.rest]
    signs = _ask(base, [[numerals.money_sql(one.cell)] for one in odd]) if odd else []
    for one, (money,) in zip(odd, signs, strict=True):
        if len(money or {}) == 1:
            one.money = money
    odd = [one for one in odd if one.money]
    found = _ask(base, [[numerals.forms_sql(one.value)] for one in odd]) if odd else []
    for one, (forms,) in zip(odd, found, strict=True):
        one.forms = Forms(forms or {})


def _dates(base: Any, asked: Sequence[Look]) -> None:
    if not asked:
        return
    found = _ask(base, [dates.forms_sql(one.cell) for one in asked])
    for one, (counts, offsets, clocks) in zip(asked, found, strict=True):
        one.dates = Dates(counts or {}, offsets=offsets, clocks=clocks)
    parted = [one for one in asked if one.dates.written and (one.wants == "time" or not one.dates.rest)]
    if parted:
        details = _ask(base, [dates.parts_sql(one.cell) for one in parted])
        for one, (day, month, differing, halves, short) in zip(parted, details, strict=True):
            one.dates = replace(
                one.dates, day_only=day, month_only=month, differing=differing, halves=halves, short_years=short
            )
