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
    """Which rows may be counted, and what was done to get there? The front door for every export.

    A file or a frame goes in, a `Table` comes out: columns under the kit's names, numbers as numbers, times in one
    time zone, and a health report that says what was repaired, what was set aside and what to be careful about. No row
    leaves without being counted: ``rows_in`` is ``rows_kept`` plus everything in ``set_aside``.

    No type is guessed from the first rows. Text files are read with every column as text; types, decimal marks, day
    and month, and marks for missing values are then decided over all rows. What reads two ways is refused, with both
    readings and the argument that settles it.

    Parameters
    ----------
    table : str
        Which of the nine tables: responses, invitations, events, orders, subscriptions, tickets, customers, followups
        or assignments. `cxkit.tables.TABLES` lists their columns.
    source : str, path or frame
        A CSV, TSV, Parquet, JSON-lines or Excel file (text and JSON also packed with gzip), a glob such as
        ``"exports/2026-*.csv"`` (read as one table), ``"sample:responses"``, or a pandas, Polars, PyArrow, DuckDB,
        PySpark or Ibis frame.
    columns : mapping or str, optional
        Their names and the kit's: ``{"nps": "score"}`` or ``"nps:score; explication:comment"``. A column whose name
        differs only in case, spaces or hyphens ("Customer ID") needs no entry. All other columns are kept as they are.
    as_of : date or str, default ""
        The day through whose end the data counts, in `tz`. Later rows are set aside. Empty means the latest date in the
        table's main time column; it is never today.
    tz : str, default "UTC"
        The time zone of the result. Times that state an offset are brought to it; times that state none are taken to be
        in it. The result is naive.
    day_first : bool, optional
        For dates such as 03/04/2025: True reads 3 April, False 4 March. Only needed where every date reads both ways.
    decimal : {"", ".", ","}
        The decimal mark. Only needed where every number reads both ways, as 1,234 does.
    encoding : str, default ""
        Of text files. Empty finds UTF-8, UTF-16 and UTF-32 by their marks and bytes; other bytes are read as
        Windows-1252 or Latin-1, and the health report says so. Name it for others, such as "cp1250" or "shift-jis".
    separator : str, default ""
        Of text files: one character, or "tab". Empty finds comma, semicolon, tab or vertical bar.
    sheet : str, default ""
        Of Excel workbooks with more than one filled sheet.
    header_rows : int, optional
        Heading rows of a text file or sheet. None finds the two or three that survey tools write; 0 means that there
        are none, and columns are then called "column 1", "column 2" …
    missing : iterable of str
        More marks for "no value", beside empty, ``NA``, ``N/A``, ``n/a``, ``?``, ``-``, ``NULL``, ``None``, ``#N/A``
        and their like.
    not_applicable : iterable
        More codes in `score` that mean "does not apply". 98, 99 and -1 are read so by themselves where all other scores
        lie within 0 to 10.
    keep_unfinished : bool, default False
        Keep answers whose `status` is partial (or `finished` is no). Previews and tests are set aside in any case.

    Returns
    -------
    Table
        Frozen: `.frame` (narwhals; lazy over DuckDB for files, of the engine it came in for frames), `.health`,
        `.to_pandas(limit=)`, `.fingerprint()`. Ids and texts are text, numbers float64, times naive timestamps; a value
        is there or missing, never NaN.

    Raises
    ------
    UsageError
        If an argument cannot be used: an unknown table, time zone or encoding.
    DataError
        If the source cannot serve: not there, not what its name says, a needed column missing (with a ready
        ``columns=`` line), dates or numbers that read two ways, values that cannot be read.
    MissingPackage
        If an Excel file is given and openpyxl is not installed.

    Notes
    -----
    Rows set aside, by the first cause that applies: lines with too many or too few fields, totals at the end, empty
    rows, previews and tests, spam, unfinished answers, rows without a needed column, rows dated after `as_of`.

    A response without a score stays: the metrics leave it out and say so, because an open comment or the share that
    answered may need it. A scale that lacks one end is read, and said; only the metric that names its scale decides.

    A column that the table does not know is a number or a date only if every value is one. Codes with leading zeros and
    names ending in "_id" stay text.

    Text up to 256 MB is kept in memory as DuckDB columns, more in a private database file in the system's temporary
    folder, which is gone with the table. Parquet is never copied; of it and of frames only the table's own columns are
    settled, and other text columns are taken as they are.

    Do not use it to join or reshape: bring one row a case, as the table asks.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"nps": ["9 - Likely", "3", "NA"], "why": ["quick", "late", None]})
    >>> table = read("responses", answers, columns="nps:score; why:comment")
    >>> table.to_pandas()["score"].tolist()
    [9.0, 3.0, nan]
    >>> table.health.sentence()
    '3 rows read, 3 kept.'
    >>> read("responses", answers)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    cxkit.errors.DataError: responses: no column 'score' or 'comment'. ... Perhaps columns="nps:score; why:comment"
    """
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
    rows_in = ragged + len(settled.dropped) + total
    size = rows_in - sum(n for _, n in raw.log.aside)
    if size < total:
        cause = rows.cause_sql(settled.causes)
        raw.connection.execute(f"DELETE FROM {where}settled WHERE {cause} IS NOT NULL")
    facts = pipeline.column_health(settled.relation, settled.columns, size)
    data = settled.relation.project(
        ", ".join(f"c{column.place} AS {frames.quote(column.name)}" for column in settled.columns)
    )
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
    facts = pipeline.quick_health(kept, settled.columns, size, raw, schema, size == total)
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
        scores.describe(data, survey, size, by_name["score"], log)
        _say_scoreless(by_name["score"].missing or 0, size, log)
    if schema.key in by_name and size <= pipeline.COUNT_DISTINCT:
        pipeline.key_doubles(data, schema, schema.key, log)
    when = by_name.get(schema.time)
    if when and when.kind == "time" and 50 <= size <= pipeline.COUNT_DISTINCT:
        pipeline.far_dates(data, schema, given, log)
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
    return Table(schema.name, frame, health, raw.label, as_of, given.tz, given.as_of, given.day_first, digest)


def _say_scoreless(missing: int, size: int, log: Log) -> None:
    if missing == size:
        log.caution("No row has a score, so nothing can be counted from 'score'.")
    elif missing:
        log.said(f"{count(missing)} of {plural(size, 'row')} have no score; they stay, and metrics leave them out.")
