"""What each column holds, decided by aggregates over all rows, and the SQL that makes it so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cxkit.errors import DataError
from cxkit.tables import cells, dates, flags, numerals, ratings
from cxkit.tables.looks import Look, look
from cxkit.tables.options import Options
from cxkit.tables.raw import Raw
from cxkit.tables.refuse import unreadable
from cxkit.tables.schema import Schema
from cxkit.words import plural


@dataclass
class Settled:
    """One column as it will be.

    Attributes
    ----------
    place : int
        Its place in the source (`c<place>`).
    theirs, name : str
        Its name there and here.
    kind : str
        id, number, time, text or flag.
    sql : str
        Its value, from the cleaned cells.
    """

    place: int
    theirs: str
    name: str
    kind: str
    sql: str


def settle_text(raw: Raw, base: Any, schema: Schema, names: Mapping[int, str], given: Options) -> list[Settled]:
    """Decide columns of text.

    Parameters
    ----------
    raw : Raw
        The source; notes go to its log.
    base : DuckDBPyRelation
        Its rows with trimmed cells, NULL where missing.
    schema : Schema
        The table's rules.
    names : mapping
        Places to decide, with the names they will bear.
    given : Options
        What the caller settled.

    Raises
    ------
    DataError
        If a column of the table reads two ways, or holds what it should not.
    """
    seen = [Look(place, raw.names[place], name, schema.column(name)) for place, name in names.items()]
    look(base, seen)
    decimal = raw.decimal or _common({one.forms.mark("") for one in seen if _is_number(one)})
    orders = {one.dates.order(None) for one in seen if one.dates and not one.dates.rest}
    first = {"day": True, "month": False}.get(_common(orders - {""}))
    day_first = given.day_first if given.day_first is not None else first
    return [_decide(raw, base, one, schema, given, decimal, day_first) for one in seen]


def _common(found: set[str]) -> str:
    """What all columns that settle a question agree on, else ""."""
    clear = found - {"", "?", "!"}
    return clear.pop() if len(clear) == 1 else ""


def _is_number(one: Look) -> bool:
    return bool(one.forms and one.forms.total and not one.forms.rest and one.wants not in ("id", "text", "time"))


def _decide(raw: Raw, base: Any, one: Look, schema: Schema, given: Options, decimal: str, day_first) -> Settled:
    def made(kind: str, sql: str) -> Settled:
        return Settled(one.place, one.theirs, one.name, kind, sql)

    wants = one.wants
    if wants == "id":
        return made("id", _id(raw, one))
    if wants == "flag":
        return made("flag", flags.settle(raw, base, one.place, one.name, one.theirs, schema, one.n))
    if wants == "time":
        return made("time", _time(raw, base, one, schema, given, day_first))
    if wants == "number":
        return made("number", _number(raw, base, one, schema, given, decimal))
    if wants == "" and one.n:
        free = _free(raw, one, given, decimal, day_first)
        if free:
            return made(*free)
    return made("text", cells.plain_text(one.cell))


def _id(raw: Raw, one: Look) -> str:
    """Ids are text; a whole column of 123.0 was whole numbers before a program made them decimal."""
    if one.n and one.point_zero == one.n:
        raw.log.repaired(f"'{one.name}': the ending .0 removed from {plural(one.n, 'id')}.")
        return f"regexp_replace({one.cell}, '\\.0$', '')"
    return one.cell


def _free(raw: Raw, one: Look, given: Options, decimal: str, day_first) -> tuple[str, str] | None:
    """A column that the table does not know: a number or a date if every value is one, beyond doubt."""
    if one.forms is not None and one.forms.numbers and not one.forms.rest and not one.forms.label_like:
        mark = one.forms.mark(decimal, given.decimal)
        if mark in ("", ".", ","):
            _say_number(raw, one, mark)
            _say_marks(raw, one)
            return "number", numerals.number_sql(one.value, mark, one.forms)
        raw.log.caution(
            f"'{one.name}' is kept as text: "
            + (
                "its numbers use both a decimal point and a decimal comma."
                if mark == "!"
                else "its numbers read both ways, such as 1,234. Settle it with decimal='.' or decimal=','."
            )
        )
        return None
    if one.dates is not None and one.dates.counts and not one.dates.rest and not one.dates.numeric:
        order = one.dates.order(day_first)
        if order in ("", "day", "month"):
            _say_time(raw, one, order, given.tz)
            _say_marks(raw, one)
            return "time", dates.time_sql(one.cell, one.dates, order, given.tz)
        raw.log.caution(f"'{one.name}' is kept as text: its dates read both ways. Settle it with day_first=.")
    return None


def _number(raw: Raw, base: Any, one: Look, schema: Schema, given: Options, decimal: str) -> str:
    if not one.n or one.forms is None:
        return "CAST(NULL AS DOUBLE)"
    if one.forms.rest and one.name == "score":
        counts = base.aggregate(ratings.labels_sql(one.cell)).fetchall()[0][0] or {}
        said = ratings.labelled(counts)
        if said:
            for text in said:
                raw.log.repaired(text)
            return ratings.label_number_sql(one.cell)
    mark = one.forms.mark(decimal, given.decimal)
    sql = numerals.number_sql(one.value, mark if mark in (".", ",") else "", one.forms)
    if one.forms.rest:
        condition = f"{numerals.form_sql(one.value)} = 'rest'"
        unreadable(raw, base, schema, one.name, one.theirs, one.cell, condition, "numbers")
    if mark == "!":
        raise DataError(
            f"{schema.name}: '{one.theirs}' holds {plural(one.forms.point, 'value')} with a decimal point and "
            f"{plural(one.forms.comma, 'value')} with a decimal comma"
            + (f", against decimal={given.decimal!r}. Leave decimal= away, or" if given.decimal else ".")
            + " Bring the column to one form."
        )
    if mark == "?":
        raise DataError(
            f"{schema.name}: '{one.theirs}' holds {plural(one.forms.open, 'number')} that read both ways, "
            "such as 1,234: one thousand two hundred and thirty-four, or one and 234 thousandths. "
            "Nothing else in the source settles it. Say which with decimal='.' or decimal=','."
        )
    _say_number(raw, one, mark)
    return sql


def _say_marks(raw: Raw, one: Look) -> None:
    if one.marks:
        raw.log.repaired(f"'{one.name}': {plural(one.marks, 'word')} for no value, such as none, read as missing.")


def _say_number(raw: Raw, one: Look, mark: str) -> None:
    if one.money:
        sign, n = next(iter(one.money.items()))
        raw.log.repaired(f"'{one.name}': the sign {sign} removed from {plural(n, 'value')}.")
    if mark == "," and (one.forms.comma or one.forms.counts.get("comma?")):
        raw.log.repaired(f"'{one.name}': decimal commas read.")
    thousands = one.forms.thousands(mark)
    if thousands:
        raw.log.repaired(f"'{one.name}': thousands separators removed from {plural(thousands, 'value')}.")


def _time(raw: Raw, base: Any, one: Look, schema: Schema, given: Options, day_first: bool | None) -> str:
    if not one.n or one.dates is None:
        return "CAST(NULL AS TIMESTAMP)"
    order = one.dates.order(given.day_first if given.day_first is not None else day_first)
    if order == "!":
        raise DataError(
            f"{schema.name}: the dates in '{one.theirs}' contradict each other or day_first={given.day_first}: "
            f"{plural(one.dates.day_only, 'date')} can only be day/month (such as 25/03/2025), "
            f"{plural(one.dates.month_only, 'date')} only month/day (such as 03/25/2025). Bring them to one form."
        )
    if order == "?":
        raise DataError(
            f"{schema.name}: all {plural(one.n, 'date')} in '{one.theirs}' read both ways: 03/04/2025 is 3 April with "
            "the day first, 4 March with the month first. Say which with day_first=True or day_first=False."
        )
    if one.dates.counts.get("parted") and one.dates.counts.get("serial"):
        raise DataError(
            f"{schema.name}: '{one.theirs}' mixes {plural(one.dates.counts['parted'], 'written date')} such as "
            f"25/03/2025 with {plural(one.dates.counts['serial'], 'serial number')}: a spreadsheet has turned some "
            "dates into numbers, perhaps with day and month exchanged. Export the column again as year-month-day."
        )
    sql = dates.time_sql(one.cell, one.dates, order, given.tz)
    unreadable(
        raw, base, schema, one.name, one.theirs, one.cell, f"{one.cell} IS NOT NULL AND ({sql}) IS NULL", "dates"
    )
    _say_time(raw, one, order, given.tz)
    return sql


def _say_time(raw: Raw, one: Look, order: str, tz: str) -> None:
    seen, log = one.dates, raw.log
    if seen.counts.get("parted"):
        log.said(f"'{one.name}': dates are read with the {order} first.")
    if seen.counts.get("dotted"):
        log.said(f"'{one.name}': dates such as 25.3.2025 are read with the day first.")
    if seen.short_years:
        log.said(f"'{one.name}': {plural(seen.short_years, 'year')} of two digits read as 1970 to 2069.")
    if seen.counts.get("serial"):
        log.repaired(f"'{one.name}': {plural(seen.counts['serial'], 'Excel serial number')} read as dates.")
    for form in ("seconds", "milliseconds", "microseconds", "nanoseconds"):
        if seen.counts.get(form):
            log.repaired(f"'{one.name}': {plural(seen.counts[form], 'time')} in {form} since 1970 brought to {tz}.")
    if seen.counts.get("compact"):
        log.repaired(f"'{one.name}': {plural(seen.counts['compact'], 'date')} written as 20250325 read.")
    if seen.offsets:
        log.said(f"'{one.name}': {plural(seen.offsets, 'time')} with an offset or Z brought to {tz}.")
        if seen.clocks > seen.offsets:
            log.caution(
                f"'{one.name}': {plural(seen.clocks - seen.offsets, 'time')} without an offset stand beside them and "
                f"are taken as {tz}."
            )
    elif seen.clocks:
        log.zoneless.append(one.name)
