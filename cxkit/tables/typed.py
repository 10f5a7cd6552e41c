"""Columns that came with a type (Parquet, frames, query results): brought to the kit's kinds without reading them all.

Only the table's own columns are looked at. A column that the table does not know keeps its values; numbers become
float64.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cxkit.errors import DataError
from cxkit.tables import cells, dates
from cxkit.tables.columns import Settled, settle_text
from cxkit.tables.options import Options
from cxkit.tables.raw import Raw
from cxkit.tables.schema import Column, Schema
from cxkit.words import listing, plural

_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")


def settle_typed(raw: Raw, schema: Schema, names: Mapping[int, str], given: Options) -> tuple[Any, list[Settled]]:
    """Decide typed columns; text where the table wants numbers, times or flags is settled like a text file's.

    Returns
    -------
    tuple
        The relation that the columns' SQL reads from, and the columns in order.
    """
    types = {place: str(raw.relation.types[raw.relation.columns.index(f"c{place}")]) for place in names}
    _range(raw, schema, names, types)
    as_text = {}
    for place, name in names.items():
        known = schema.column(name)
        if known and known.kind in ("number", "time", "flag") and types[place].startswith(("VARCHAR", "ENUM")):
            as_text[place] = name
    wanted = ["n"] if raw.numbered else []
    for place, name in names.items():
        if place in as_text:
            cell = cells.given(cells.trimmed(f"CAST(c{place} AS VARCHAR)"), schema.column(name).kind, given.missing)
            wanted.append(f"{cell} AS c{place}")
        else:
            wanted.append(f"c{place}")
    if as_text:
        asked = [
            cells.marks_sql(cells.trimmed(f"CAST(c{place} AS VARCHAR)"), schema.column(name).kind, given.missing)
            for place, name in as_text.items()
        ]
        cells.say_marks(raw.log, as_text.values(), raw.ask(", ".join(asked)))
    base = raw.relation.project(", ".join(wanted))
    text = {column.place: column for column in settle_text(raw, base, schema, as_text, given)} if as_text else {}
    columns = [
        text.get(place) or _typed(raw, base, schema, place, name, types[place], given) for place, name in names.items()
    ]
    return base, columns


def _range(raw: Raw, schema: Schema, names: Mapping[int, str], types: Mapping[int, str]) -> None:
    """Least, greatest and count of the table's own numbers and times.

    Asked alone and of bare columns, so that Parquet answers from its metadata.
    """
    asked = [
        place
        for place, name in names.items()
        if schema.column(name) and (_is_number(types[place]) or types[place] in ("TIMESTAMP", "DATE"))
    ]
    if not asked:
        return
    told = {place: raw.count - raw.empty[place] for place in asked if raw.count is not None and place in raw.empty}
    counts = ", ".join(str(told[place]) if place in told else f"count(c{place})" for place in asked)
    values = raw.ask(", ".join(f"min(c{place}), max(c{place})" for place in asked) + f", {counts}")
    for index, place in enumerate(asked):
        low, high, n = values[2 * index], values[2 * index + 1], values[2 * len(asked) + index]
        if not n or (low == low and high == high):  # a not-a-number ranks above all: then the column has to be read
            raw.ranges[place] = (low, high, n)


def _typed(raw: Raw, base: Any, schema: Schema, place: int, name: str, kind: str, given: Options) -> Settled:
    known = schema.column(name)
    cell = f"c{place}"
    theirs = raw.names[place]
    wants = known.kind if known else ""
    if wants == "time":
        return Settled(place, theirs, name, "time", _as_time(raw, base, schema, known, cell, theirs, kind, given))
    if wants == "flag":
        if kind != "BOOLEAN" and not _is_number(kind):
            _refuse(schema, theirs, kind, "yes or no")
        return Settled(place, theirs, name, "flag", f"CAST({cell} AS BOOLEAN)")
    if wants == "number":
        if kind != "BOOLEAN" and not _is_number(kind):
            _refuse(schema, theirs, kind, "numbers")
        return Settled(place, theirs, name, "number", _as_number(cell, kind, place in raw.ranges))
    if wants in ("id", "text"):
        return Settled(place, theirs, name, wants, _as_text(cell, kind))
    if _is_number(kind):
        return Settled(place, theirs, name, "number", _as_number(cell, kind, place in raw.ranges))
    if kind.startswith("TIMESTAMP") or kind == "DATE":
        return Settled(place, theirs, name, "time", _naive(raw, cell, kind, given.tz))
    return Settled(place, theirs, name, "flag" if kind == "BOOLEAN" else "text", cell)


def _is_number(kind: str) -> bool:
    return kind in (*_WHOLE, "UHUGEINT", "FLOAT", "DOUBLE") or kind.startswith("DECIMAL")


def _refuse(schema: Schema, theirs: str, kind: str, wanted: str) -> None:
    raise DataError(f"{schema.name}: '{theirs}' is a column of type {kind}, but {wanted} are needed. Convert it first.")


def _as_number(cell: str, kind: str, whole: bool) -> str:
    if kind in ("FLOAT", "DOUBLE") and not whole:  # not-a-number means missing: engines rank it above every score
        return f"CASE WHEN isnan({cell}) THEN NULL ELSE CAST({cell} AS DOUBLE) END"
    return f"CAST({cell} AS DOUBLE)"


def _as_text(cell: str, kind: str) -> str:
    """Ids and texts: 123.0 was a whole number before missing values made its column decimal."""
    if kind in ("FLOAT", "DOUBLE"):
        whole = f"CAST(CAST({cell} AS BIGINT) AS VARCHAR)"
        kept = f"CASE WHEN {cell} = floor({cell}) AND abs({cell}) < 1e15 THEN {whole} ELSE CAST({cell} AS VARCHAR) END"
        return f"CASE WHEN isnan({cell}) THEN NULL ELSE {kept} END"
    return cell if kind == "VARCHAR" else f"CAST({cell} AS VARCHAR)"


def _naive(raw: Raw, cell: str, kind: str, tz: str) -> str:
    """A typed time as a naive one in the zone."""
    if kind == "TIMESTAMP WITH TIME ZONE":
        return dates.in_zone(f"timezone('UTC', {cell})", tz)
    place = int(cell[1:])
    text = cell if kind == "TIMESTAMP" else f"CAST({cell} AS TIMESTAMP)"
    return dates.in_zone(text, tz) if place in raw.aware else text


def _as_time(
    raw: Raw, base: Any, schema: Schema, known: Column, cell: str, theirs: str, kind: str, given: Options
) -> str:
    if kind.startswith("TIMESTAMP") or kind == "DATE":
        if kind == "TIMESTAMP WITH TIME ZONE" or int(cell[1:]) in raw.aware:
            raw.log.said(f"'{known.name}': times with a time zone brought to {given.tz}.")
        elif kind != "DATE":
            raw.log.zoneless.append(known.name)
        return _naive(raw, cell, kind, given.tz)
    if not _is_number(kind):
        _refuse(schema, theirs, kind, "times")
    number = f"(CASE WHEN isnan(CAST({cell} AS DOUBLE)) THEN NULL ELSE {cell} END)"
    forms = base.aggregate(dates.numeric_form_sql(number)).fetchall()[0][0] or {}
    if not forms:
        return "CAST(NULL AS TIMESTAMP)"
    if len(forms) > 1 or "rest" in forms:
        raise DataError(
            f"{schema.name}: '{theirs}' holds numbers that are no times of one kind "
            f"({listing([f'{plural(n, form)}' for form, n in forms.items()])}). Convert the column to dates first."
        )
    form = next(iter(forms))
    spoken = {"serial": "Excel serial numbers", "compact": "numbers such as 20250325"}.get(form, f"{form} since 1970")
    raw.log.repaired(f"'{known.name}': {spoken} read as times in {given.tz}.")
    return f"CASE WHEN {number} IS NULL THEN NULL ELSE {dates.numeric_time_sql(number, form, given.tz)} END"
