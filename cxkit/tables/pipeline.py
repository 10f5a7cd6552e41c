"""From raw rows to settled ones: names, types, rows set aside, and the facts for the health report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cxkit.frames import literal, quote
from cxkit.tables import cells, rows, scores
from cxkit.tables.columns import Settled, settle_text
from cxkit.tables.health import ColumnHealth
from cxkit.tables.log import Log
from cxkit.tables.naming import Names, resolve, unique
from cxkit.tables.options import Options
from cxkit.tables.raw import Raw
from cxkit.tables.schema import Schema
from cxkit.tables.typed import settle_typed
from cxkit.words import count, listing, plural

#: Rows up to which different values are counted and keys are checked for doubles.
COUNT_DISTINCT = 1_000_000

#: Why copies are set aside.
COPIES = "as copies of a row before them"


@dataclass
class Settlement:
    """Settled rows and what was found on the way.

    Attributes
    ----------
    relation : DuckDBPyRelation
        All rows: settled cells `c<place>`; `n` if numbered; `blank` (no cell holds anything) if they came as text.
    columns : list of Settled
        In the order of the source.
    causes : list of Cause
        Why rows may be set aside.
    dropped : list of int
        Numbers of rows set aside before types were decided (totals).
    """

    relation: Any
    columns: list[Settled]
    causes: list[rows.Cause]
    dropped: list[int] = field(default_factory=list)


def settle(raw: Raw, schema: Schema, given: Options, names: dict[int, str] | None = None) -> Settlement:
    """Decide names (unless given) and types; nothing is copied yet.

    Raises
    ------
    DataError
        If the source cannot serve as this table.
    """
    names = name_columns(raw, schema, given) if names is None else names
    if raw.text:
        raw.count = raw.ask("count(*)")[0]
    dropped = rows.totals(raw, names, schema) if raw.text else []
    if dropped:
        raw.log.set_aside("as totals", len(dropped))
        raw.relation = raw.relation.filter(f"n NOT IN ({', '.join(map(str, dropped))})")
    if raw.text:
        base = _clean(raw, schema, names, given)
        columns = settle_text(raw, base, schema, names, given)
    else:
        base, columns = settle_typed(raw, schema, names, given)
    for column in columns:
        if column.name == "score" and schema.name == "responses":
            low, high, _ = raw.ranges.get(column.place, (None, None, 0))
            if given.not_applicable or low is None or low < 0 or high > 10:
                column.sql = scores.not_applicable(column.sql, base, given.not_applicable, raw.log)
    kept = "n, blank, " if raw.text else "n, " if raw.numbered else ""
    relation = base.project(kept + ", ".join(f"{column.sql} AS c{column.place}" for column in columns))
    return Settlement(relation, columns, [], dropped)


def name_columns(raw: Raw, schema: Schema, given: Options) -> dict[int, str]:
    """Places of the columns that are read, with the names they bear here."""
    found = unique(raw.names)
    for theirs, twins in found.doubled.items():
        raw.log.repaired(
            f"{count(len(twins))} columns are called '{theirs}'; they are numbered "
            f"{listing([f'{twin!r}' for twin in twins])}."
        )
    skipped = _unnamed(raw, found)
    places = [place for place in range(len(raw.names)) if place not in skipped]
    left = Names([found.names[place] for place in places], found.doubled, [])
    final = resolve(schema, left, given.columns, raw.log)
    raw.names = found.names
    return {place: final[found.names[place]] for place in places}


def _unnamed(raw: Raw, found: Names) -> list[int]:
    """Columns without a name that hold nothing, or only row numbers: they are left out, and said."""
    maybe = list(found.unnamed)
    maybe += [place for place, name in enumerate(found.names) if name.startswith("Unnamed: ")]
    if not raw.text or not maybe:
        return []
    parts = []
    for place in maybe:
        cell = f"c{place}"
        whole = f"regexp_full_match({cell}, '[0-9]+')"
        total = f"regexp_full_match({cell}, {literal(rows.TOTAL)}, 'i')"
        parts += [
            f"count(nullif({cell}, '')) - count(*) FILTER (WHERE {total})",
            f"count(*) FILTER (WHERE {whole})",
            f"count(DISTINCT CASE WHEN {whole} THEN {cell} END)",
        ]
    values = raw.ask(", ".join(parts))
    out = []
    for index, place in enumerate(maybe):
        filled, whole, different = values[3 * index : 3 * index + 3]
        if not filled:
            raw.log.repaired(f"Column {place + 1}, without name and values, left out.")
        elif whole == filled == different:
            raw.log.repaired(f"Column {place + 1}, which only numbers the rows and has no name, left out.")
        else:
            raw.log.said(f"Column {place + 1} has no name; it is kept as '{found.names[place]}'.")
            continue
        out.append(place)
    return out


def _clean(raw: Raw, schema: Schema, names: Mapping[int, str], given: Options) -> Any:
    """A table of cells, NULL where missing, in place of the raw one; says which marks were read as missing."""
    wanted, marks = [], []
    for place, name in names.items():
        known = schema.column(name)
        extra = list(given.missing)
        if name == "score":
            extra += [code for code in given.not_applicable if isinstance(code, str)]
        kind = known.kind if known else ""
        wanted.append(f"{cells.given(f'c{place}', kind, extra)} AS c{place}")
        marks.append(cells.marks_sql(f"c{place}", kind, extra))
    cells.say_marks(raw.log, names.values(), raw.ask(", ".join(marks)))
    blank = " AND ".join(f"coalesce(c{place}, '') = ''" for place in names) or "FALSE"
    cleaned = raw.relation.project(", ".join([f"n, {blank} AS blank", *wanted])).sql_query()
    raw.connection.execute(f"CREATE TABLE {raw.schema}clean AS {cleaned}")
    raw.connection.execute(f"DROP TABLE {raw.schema}raw")
    return raw.connection.table(f"{raw.schema}clean")


def find_causes(settled: Settlement, schema: Schema, given: Options, log: Log, raw: Raw) -> None:
    """Work out which causes can apply."""
    at = {column.name: f"c{column.place}" for column in settled.columns}
    kinds = {column.name: column.kind for column in settled.columns}
    found = [rows.Cause("as empty", "blank")] if raw.text else []
    relation = settled.relation
    found += rows.causes(schema, at, given, kinds, log, lambda sql: relation.aggregate(sql).fetchall()[0])
    settled.causes = [cause for cause in found if cause.text not in _cannot(settled, schema, given, raw)]
    if schema.key in at:
        _copies(settled, schema, at, raw)


def _copies(settled: Settlement, schema: Schema, at: Mapping[str, str], raw: Raw) -> None:
    """Rows that repeat an earlier one: the same id, and the same in every column that the table knows.

    Looked for in up to a million rows. A row that shares only the id stays: it may be news about the same case.
    """
    key, relation = at[schema.key], settled.relation
    n = raw.count if raw.count is not None else relation.aggregate("count(*)").fetchall()[0][0]
    if n > COUNT_DISTINCT or not relation.aggregate(f"count({key}) > count(DISTINCT {key})").fetchall()[0][0]:
        return
    known = ", ".join(cell for name, cell in at.items() if schema.column(name))
    if raw.numbered:
        numbered = relation.filter(f"{key} IS NOT NULL AND {key} <> ''").project(
            f"n, row_number() OVER (PARTITION BY {known} ORDER BY n) AS copy"
        )
        numbers = [str(number) for (number,) in numbered.filter("copy > 1").project("n").fetchall()]
        condition = f"n IN ({', '.join(numbers)})"
    else:
        settled.relation = relation.project(f"*, row_number() OVER (PARTITION BY {known}) AS copy")
        numbers = settled.relation.filter(f"copy > 1 AND {key} <> ''").limit(1).fetchall()
        condition = f"copy > 1 AND {key} <> ''"
    if numbers:
        settled.causes.append(rows.Cause(COPIES, condition))
    else:
        settled.relation = relation


def _cannot(settled: Settlement, schema: Schema, given: Options, raw: Raw) -> set[str]:
    """Causes that no row can have, by what is known of the columns without reading them."""
    out = set()
    for column in settled.columns:
        _, high, n = raw.ranges.get(column.place, (None, None, None))
        none_missing = n == raw.count if n is not None else raw.empty.get(column.place) == 0
        textual = column.kind in ("id", "text") and n is None
        if raw.count is not None and none_missing and (not textual or column.place in raw.filled):
            out.add(f"without {column.name}")
        naive = isinstance(high, datetime) and high.tzinfo is None and column.place not in raw.aware
        if column.name == schema.time and given.as_of and naive and high.date() <= given.as_of:
            out.add(f"dated after {given.as_of}")
    return out


def count_causes(settled: Settlement, log: Log, known: int | None = None) -> int:
    """Count rows by cause into the log; return how many are in the relation."""
    if not settled.causes:
        return settled.relation.aggregate("count(*)").fetchall()[0][0] if known is None else known
    total, counts = settled.relation.aggregate(f"count(*), histogram({rows.cause_sql(settled.causes)})").fetchall()[0]
    for place, cause in enumerate(settled.causes):
        log.set_aside(cause.text, (counts or {}).get(place, 0))
    return total


def column_health(relation: Any, columns: list[Settled], size: int) -> tuple[ColumnHealth, ...]:
    """Missing, least and greatest of each column, over the rows kept (columns `c<place>`), in one scan."""
    asked: list[tuple[int, str, str]] = []
    for column in columns:
        cell = f"c{column.place}"
        asked.append((column.place, "n", f"count({cell})"))
        if column.kind in ("number", "time"):
            asked += [(column.place, "low", f"min({cell})"), (column.place, "high", f"max({cell})")]
        elif size <= COUNT_DISTINCT:
            asked.append((column.place, "distinct", f"count(DISTINCT {cell})"))
    values = relation.aggregate(", ".join(sql for _, _, sql in asked)).fetchall()[0] if asked else ()
    found: dict[int, dict[str, Any]] = {}
    for (place, what, _), value in zip(asked, values, strict=True):
        found.setdefault(place, {})[what] = value
    out = []
    for column in columns:
        facts = found[column.place]
        missing = size - facts.pop("n")
        out.append(ColumnHealth(column.name, column.theirs, column.kind, missing, **facts))
    return tuple(out)


def quick_health(
    relation: Any, columns: list[Settled], size: int, raw: Raw, schema: Schema, whole: bool
) -> tuple[ColumnHealth, ...]:
    """The same of rows that stay where they are: the table's own numbers and times, and what metadata says of the rest.

    Parameters
    ----------
    relation : DuckDBPyRelation
        The rows kept.
    columns : list of Settled
        What they are.
    size : int
        How many rows there are.
    raw : Raw
        What is known without reading.
    schema : Schema
        The table's rules.
    whole : bool
        Whether all rows were kept, so that what is known of the source holds for the table.
    """
    known: dict[int, ColumnHealth] = {}
    read: list[Settled] = []
    for column in columns:
        own = schema.column(column.name) is not None
        bare = whole and column.place in raw.ranges and column.sql in (f"c{column.place}", _double(column.place))
        if bare:
            low, high, n = raw.ranges[column.place]
            if isinstance(low, (int, Decimal)):
                low, high = float(low), float(high)
            known[column.place] = ColumnHealth(column.name, column.theirs, column.kind, size - n, None, low, high)
        elif own and column.kind in ("number", "time"):
            read.append(column)
        else:
            missing = raw.empty.get(column.place) if whole else None
            known[column.place] = ColumnHealth(column.name, column.theirs, column.kind, missing)
    if read:
        found = column_health(relation, read, size)
        known |= {column.place: health for column, health in zip(read, found, strict=True)}
    return tuple(known[column.place] for column in columns)


def _double(place: int) -> str:
    return f"CAST(c{place} AS DOUBLE)"


def key_doubles(relation: Any, schema: Schema, name: str, log: Log) -> None:
    """Say when an id that should name one row names several."""
    key = quote(name)
    doubled = relation.aggregate(f"count({key}) - count(DISTINCT {key})").fetchall()[0][0]
    if doubled:
        log.caution(
            f"'{name}' should name one row each, but {plural(doubled, 'row')} repeat the id of another with other values. "
            "All are counted; check which of them should be."
        )


def far_dates(relation: Any, schema: Schema, given: Options, log: Log) -> None:
    """Warn of a few dates long after all others: one slip of the pen would move the day up to which the data count."""
    if given.as_of:
        return
    when = quote(schema.time)
    most, last = relation.aggregate(f"quantile_disc({when}, 0.99), max({when})").fetchall()[0]
    if most is None or (last - most).days <= 365:
        return
    far = relation.filter(f"{when} > TIMESTAMP {literal(str(most + timedelta(days=365)))}")
    n = far.aggregate("count(*)").fetchall()[0][0]
    log.caution(
        f"{plural(n, 'date')} in '{schema.time}' {'lies' if n == 1 else 'lie'} far after the rest: 99 % are up to "
        f"{most.date()}, the latest is {last.date()}, and the data count as of the latest. "
        f"If it is a slip, say as_of='{most.date()}' or the like."
    )
