"""`read`: the front door."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import narwhals as nw

from cxkit import frames
from cxkit.errors import DataError, UsageError
from cxkit.tables import fingerprint, pipeline, rows, scores, sources
from cxkit.tables.health import Health
from cxkit.tables.log import Log
from cxkit.tables.opening import open_files
from cxkit.tables.options import Options, options
from cxkit.tables.raw import Raw
from cxkit.tables.schema import Schema, schema_of
from cxkit.tables.table import Table
from cxkit.words import count, listing, plural


def read(
    table: str,
    source: Any,
    *,
    columns: Mapping[str, str] | str | None = None,
    as_of: date | str | None = "",
    tz: str = "UTC",
    day_first: bool | None = None,
    decimal: str = "",
    encoding: str = "",
    separator: str = "",
    sheet: str = "",
    header_rows: int | None = None,
    missing: Iterable[str] = (),
    not_applicable: Iterable[Any] = (),
    keep_unfinished: bool = False,
) -> Table:
    """DOC"""
    schema = schema_of(table)
    given = options(
        columns=columns,
        as_of=as_of,
        tz=tz,
        day_first=day_first,
        decimal=decimal,
        encoding=encoding,
        separator=separator,
        sheet=sheet,
        header_rows=header_rows,
        missing=missing,
        not_applicable=not_applicable,
        keep_unfinished=keep_unfinished,
    )
    check_zone(given.tz)
    if isinstance(source, Table):
        raise UsageError(f"{table}: the source has been read already; use it as it is.")
    if isinstance(source, (str, os.PathLike)):
        return _read_files(schema, sources.find(source, schema.name), given)
    from cxkit.tables import native

    return native.read_frame(schema, source, given)


def check_zone(tz: str) -> None:
    """Whether a time zone is known, before any row is read."""
    if tz == "UTC":
        return
    from cxkit.errors import suggest

    known = {name for (name,) in frames.connect().execute("SELECT name FROM pg_timezone_names()").fetchall()}
    if tz not in known:
        hint = suggest(tz, known)
        hint = hint if hint.startswith(" Did") else " Use a name such as 'Europe/Paris'."
        raise UsageError(f"tz: {tz!r} is not a known time zone.{hint}")


def _read_files(schema: Schema, files: sources.Files, given: Options) -> Table:
    log = Log()

    def digest() -> str:
        return fingerprint.of_files(files.paths)

    raw = open_files(files, schema, given, log)
    return (_finish_text if raw.text else finish_lazy)(raw, schema, given, digest)


def _finish_text(raw: Raw, schema: Schema, given: Options, digest: Any) -> Table:
    """Rows of text: settle them into a table of their own, so that no metric parses them again."""
    ragged = sum(n for _, n in raw.log.aside)
    settled = pipeline.settle(raw, schema, given)
    where = raw.schema
    raw.connection.execute(f"CREATE TABLE {where}settled AS {settled.relation.sql_query()}")
    raw.connection.execute(f"DROP TABLE {where}clean")
    settled.relation = raw.connection.table(f"{where}settled")
    pipeline.find_causes(settled, schema, given, raw.log, raw)
    total = pipeline.count_causes(settled, raw.log)
    kept = settled.relation
    if settled.causes:
        kept = kept.filter(f"{rows.cause_sql(settled.causes)} IS NULL")
    names = ", ".join(f"c{column.place} AS {frames.quote(column.name)}" for column in settled.columns)
    raw.connection.execute(f"CREATE TABLE {where}data AS {kept.project(names).sql_query()}")
    size = raw.connection.execute(f"SELECT count(*) FROM {where}data").fetchall()[0][0]
    facts = pipeline.column_health(kept, settled.columns, size)
    raw.connection.execute(f"DROP TABLE {where}settled")
    data = raw.connection.table(f"{where}data")
    rows_in = ragged + len(settled.dropped) + total
    return make_table(raw, schema, given, data, nw.from_native(data), facts, rows_in, size, digest)


def finish_lazy(raw: Raw, schema: Schema, given: Options, digest: Any) -> Table:
    """Typed rows that stay where they are: a view with the settled columns, and a filter only if it drops something."""
    settled = pipeline.settle(raw, schema, given)
    pipeline.find_causes(settled, schema, given, raw.log, raw)
    total = pipeline.count_causes(settled, raw.log, raw.count)
    kept = settled.relation
    size = total - sum(n for _, n in raw.log.aside)
    if size < total:
        kept = kept.filter(f"{rows.cause_sql(settled.causes)} IS NULL")
    facts = pipeline.column_health(kept, settled.columns, size, raw.empty, quick=True)
    data = kept.project(", ".join(f"c{column.place} AS {frames.quote(column.name)}" for column in settled.columns))
    return make_table(raw, schema, given, data, nw.from_native(data), facts, total, size, digest)


def make_table(
    raw: Raw,
    schema: Schema,
    given: Options,
    data: Any,
    frame: frames.Frame,
    facts: tuple,
    rows_in: int,
    size: int,
    digest: Any,
) -> Table:
    """The last remarks, and the table."""
    log = raw.log
    by_name = {column.name: column for column in facts}
    if not size:
        log.caution("There are no rows left to count." if rows_in else "The source has column names but no rows.")
    if size and "score" in by_name and schema.name == "responses":
        survey = frames.quote("survey") if "survey" in by_name and size <= pipeline.COUNT_DISTINCT else ""
        scores.describe(data, frames.quote("score"), survey, log)
        _say_scoreless(by_name["score"].missing or 0, size, log)
    if schema.key in by_name and size <= pipeline.COUNT_DISTINCT:
        pipeline.key_doubles(data, schema, schema.key, log)
    when = by_name.get(schema.time)
    first, last = (value.date() if value else None for value in (when.low, when.high)) if when else (None, None)
    if when and when.missing and schema.time not in schema.required:
        log.said(f"{plural(when.missing, 'row')} without '{schema.time}' kept; no period counts them.")
    if log.zoneless:
        listed = listing([f"'{name}'" for name in log.zoneless])
        log.said(f"Times in {listed} state no time zone and are taken as {given.tz}.")
    as_of = given.as_of or last
    if as_of and not given.as_of:
        log.said("No as_of was given; it is the latest date in the data.")
    health = Health(
        rows_in,
        size,
        tuple(log.aside),
        tuple(log.notes),
        facts,
        raw.encoding,
        raw.separator,
        first,
        last,
        raw.label,
        as_of,
        schema.name,
    )
    if rows_in != size + sum(n for _, n in log.aside):
        raise DataError(
            f"{schema.name}: rows were lost while reading {raw.label}: {count(rows_in)} in, {count(size)} kept, "
            f"{count(sum(n for _, n in log.aside))} set aside. Please report this with a small example."
        )
    return Table(schema.name, frame, health, raw.label, as_of, given.tz, digest)


def _say_scoreless(missing: int, size: int, log: Log) -> None:
    if missing == size:
        log.caution("No row has a score, so nothing can be counted from 'score'.")
    elif missing:
        log.said(f"{count(missing)} of {plural(size, 'row')} have no score; they stay, and metrics leave them out.")
