"""Lazy frames on other engines (a Polars plan, Spark, a warehouse): settled by expressions, never collected.

Their columns must have their types already: text that should be a number or a time is refused with the way to convert
it.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw

from cxkit import frames
from cxkit.errors import DataError
from cxkit.tables import pipeline, scores
from cxkit.tables.health import ColumnHealth, Health
from cxkit.tables.log import Log
from cxkit.tables.options import Options
from cxkit.tables.raw import Raw
from cxkit.tables.rows import PARTIAL, PREVIEW, SPAM
from cxkit.tables.schema import Schema
from cxkit.tables.table import Table


def read_lazy(frame: nw.LazyFrame, schema: Schema, given: Options, label: str, log: Log) -> Table:
    """Make a lazy frame of another engine a table; two small queries count rows and ranges."""
    types = frame.collect_schema()
    raw = Raw(None, None, list(types), label, log, text=False)
    named = pipeline.name_columns(raw, schema, given)
    theirs = list(types)
    picked = [
        _settled(schema, theirs[place], name, types[theirs[place]], given, log).alias(name)
        for place, name in named.items()
    ]
    settled = frame.select(*picked)
    if schema.name == "responses" and "score" in named.values():
        settled = _applicable(settled, given, log)
    marked = settled.with_columns(_cause(schema, list(named.values()), given).alias("cause "))
    counts = frames.count_by(marked, ["cause "], n=nw.len())
    by_cause = {row[0]: int(row[1]) for row in counts.itertuples(index=False)}
    total = sum(by_cause.values())
    for cause, n in by_cause.items():
        if cause == cause and cause is not None and cause != _KEPT:
            log.set_aside(cause, n)
    size = by_cause.get(_KEPT, 0)
    kept = marked.filter(nw.col("cause ") == _KEPT).select(*named.values())
    if schema.key in named.values() and size <= pipeline.COUNT_DISTINCT:
        kept, copies = _without_copies(kept, schema)
        log.set_aside(pipeline.COPIES, copies)
        size -= copies
    facts = _facts(kept, [(theirs[place], name) for place, name in named.items()], size)
    return _table(schema, kept, facts, given, label, log, total, size)


def _without_copies(kept: nw.LazyFrame, schema: Schema) -> tuple[nw.LazyFrame, int]:
    """One of each set of rows that share the id and every other column that the table knows."""
    unnamed = nw.col(schema.key).is_null() | (nw.col(schema.key) == "")
    known = [name for name in frames.column_names(kept) if schema.column(name)]
    named = kept.filter(~unnamed)
    single = named.unique(known, keep="any")
    copies = frames.row_count(named) - frames.row_count(single)
    return (nw.concat([single, kept.filter(unnamed)]) if copies else kept), copies


_KEPT = "kept"


def _settled(schema: Schema, theirs: str, name: str, dtype: Any, given: Options, log: Log) -> nw.Expr:
    known = schema.column(name)
    column = nw.col(theirs)
    wants = known.kind if known else ""
    if dtype == nw.Unknown:  # a column without any value has no type of its own
        kind = {"number": nw.Float64(), "time": nw.Datetime("us"), "flag": nw.Boolean()}.get(wants, nw.String())
        return column.cast(kind)
    if isinstance(dtype, nw.Datetime) or dtype == nw.Date:
        if isinstance(dtype, nw.Datetime) and dtype.time_zone:
            log.said(f"'{name}': times with a time zone brought to {given.tz}.")
            return column.dt.convert_time_zone(given.tz).dt.replace_time_zone(None)
        return column if isinstance(dtype, nw.Datetime) else column.cast(nw.Datetime("us"))
    if (wants == "time") or (wants == "number" and not dtype.is_numeric() and dtype != nw.Boolean):
        raise DataError(
            f"{schema.name}: '{theirs}' is a column of type {dtype}, but {'times' if wants == 'time' else 'numbers'} "
            "are needed. Convert it on its engine, or collect the frame first so that it can be read here."
        )
    if wants in ("id", "text"):
        if dtype.is_float():  # 123.0 was a whole number before missing values made its column decimal
            column = column.fill_nan(None).cast(nw.Int64)
        return column if dtype == nw.String else column.cast(nw.String)
    if dtype.is_float():
        return column.cast(nw.Float64).fill_nan(None)
    if dtype.is_numeric() or wants == "number":
        return column.cast(nw.Float64)
    return column


def _applicable(settled: nw.LazyFrame, given: Options, log: Log) -> nw.LazyFrame:
    """Scores without the codes that mean "does not apply"."""
    score = nw.col("score")
    codes = scores.known_codes(given.not_applicable)
    rest = nw.when(~score.is_in(codes)).then(score)
    counted = {f"n{place}": (score == code).cast(nw.Int64).sum() for place, code in enumerate(codes)}
    low, high, *counts = frames.count_by(settled, [], low=rest.min(), high=rest.max(), **counted).iloc[0]
    low, high = (None if value is None or value != value else float(value) for value in (low, high))
    counts = [0 if value is None or value != value else int(value) for value in counts]
    found = scores.found_codes(given.not_applicable, low, high, counts, log)
    return settled.with_columns(score=nw.when(~score.is_in(found)).then(score)) if found else settled


def _cause(schema: Schema, names: list[str], given: Options) -> nw.Expr:
    """The cause for which a row is set aside, or "kept"; the first that applies counts."""
    rules: list[tuple[str, nw.Expr]] = []
    if schema.name == "responses" and "status" in names:
        status = nw.col("status").str.strip_chars().str.to_lowercase()
        rules.append(("as previews or tests", status.is_in(PREVIEW)))
        rules.append(("as spam or duplicates", status.is_in(SPAM)))
        if not given.keep_unfinished:
            rules.append(("as unfinished", status.is_in(PARTIAL)))
    if schema.name == "responses" and "finished" in names and not given.keep_unfinished:
        rules.append(("as unfinished", ~nw.col("finished").cast(nw.Boolean)))
    for name in schema.required:
        kind = schema.column(name).kind
        empty = nw.col(name).is_null()
        rules.append((f"without {name}", empty | (nw.col(name) == "") if kind in ("id", "text") else empty))
    if given.as_of and schema.time in names:
        from datetime import datetime, timedelta

        end = datetime.combine(given.as_of, datetime.min.time()) + timedelta(days=1)
        rules.append((f"dated after {given.as_of}", nw.col(schema.time) >= nw.lit(end)))
    out = nw.lit(_KEPT)
    for text, condition in reversed(rules):
        out = nw.when(condition.fill_null(False)).then(nw.lit(text)).otherwise(out)
    return out


def _facts(kept: nw.LazyFrame, named: list[tuple[str, str]], size: int) -> tuple[ColumnHealth, ...]:
    types = kept.collect_schema()
    asked, kinds = {}, {}
    for place, (_, name) in enumerate(named):
        dtype = types[name]
        kinds[name] = "number" if dtype.is_numeric() else "time" if isinstance(dtype, nw.Datetime) else "text"
        if kinds[name] != "text":
            column = nw.col(name)
            asked |= {f"n{place}": column.count(), f"low{place}": column.min(), f"high{place}": column.max()}
    found = frames.count_by(kept, [], **asked).iloc[0].to_dict() if asked else {}
    out = []
    for place, (theirs, name) in enumerate(named):
        n, low, high = (found.get(f"{key}{place}") for key in ("n", "low", "high"))
        low, high = (None if value is None or value != value else value for value in (low, high))
        out.append(ColumnHealth(name, theirs, kinds[name], None if n is None else size - int(n), None, low, high))
    return tuple(out)


def _table(schema, kept, facts, given: Options, label: str, log: Log, total: int, size: int) -> Table:
    when = next((column for column in facts if column.name == schema.time), None)
    first, last = (value.date() if value else None for value in (when.low, when.high)) if when else (None, None)
    score = next((column for column in facts if column.name == "score"), None)
    if score is not None and score.low is not None and schema.name == "responses":
        value = nw.col("score")
        above, within = frames.count_by(
            kept, [], above=(value > 10).cast(nw.Int64).sum(), within=nw.when(value <= 10).then(value).max()
        ).iloc[0]
        scores.say_scale("", (size - score.missing, score.low, score.high, int(above), within), log)
    as_of = given.as_of or last
    if as_of and not given.as_of:
        log.said("No as_of was given; it is the latest date in the data.")
    aside, notes = tuple(log.aside), tuple(log.notes)
    health = Health(total, size, aside, notes, facts, "", "", first, last, label, as_of, schema.name)
    return Table(schema.name, kept, health, label, as_of, given.tz, given.as_of, given.day_first)
