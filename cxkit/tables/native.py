"""Frames that are in memory or behind an engine: the same rules, and the answer on the same engine.

A lazy DuckDB relation (or an Arrow table, which becomes one) stays lazy. Of a pandas or Polars frame the table's own
columns go through DuckDB, so that one set of rules decides; the other columns never leave their frame.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw

from cxkit import frames
from cxkit.errors import DataError
from cxkit.tables import pipeline, rows
from cxkit.tables.columns import Settled
from cxkit.tables.health import ColumnHealth
from cxkit.tables.log import Log
from cxkit.tables.options import Options
from cxkit.tables.raw import Raw
from cxkit.tables.reader import finish_lazy, make_table
from cxkit.tables.schema import Schema
from cxkit.tables.table import Table

_LABELS = {"pandas": "pandas frame", "polars": "Polars frame", "pyarrow": "Arrow table", "duckdb": "DuckDB relation"}


def read_frame(schema: Schema, source: Any, given: Options) -> Table:
    """Make a frame of any supported kind a table.

    Raises
    ------
    DataError
        If the frame cannot serve as this table.
    UsageError
        If it is no frame.
    """
    label = _label(source)
    frame = frames.as_frame(_named_pandas(source))
    if isinstance(frame, nw.DataFrame):
        return _eager(frame, schema, given, label)
    log = Log()
    if frame.implementation.is_duckdb():
        relation = frame.to_native()
        names = list(relation.columns)
        wanted = ", ".join(f"{frames.quote(name)} AS c{place}" for place, name in enumerate(names))
        raw = Raw(None, relation.project(wanted), names, label, log, text=False, numbered=False)
        return finish_lazy(raw, schema, given, None)
    from cxkit.tables import elsewhere

    return elsewhere.read_lazy(frame, schema, given, label, log)


def _label(source: Any) -> str:
    native = source.to_native() if isinstance(source, (nw.DataFrame, nw.LazyFrame)) else source
    module = type(native).__module__.split(".")[0].lstrip("_")
    return _LABELS.get(module, f"{module} frame")


def _named_pandas(source: Any) -> Any:
    """pandas allows doubled column names and names that are no text; the kit does not."""
    if not type(source).__module__.startswith("pandas") or not hasattr(source, "columns"):
        return source
    plain = [str(name) for name in source.columns]
    twice = next((name for name in plain if plain.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"the frame has {plain.count(twice)} columns called '{twice}'. Rename them before reading it.")
    if any(not isinstance(name, str) for name in source.columns):
        return source.set_axis(plain, axis=1)
    return source


def _eager(frame: nw.DataFrame, schema: Schema, given: Options, label: str) -> Table:
    log = Log()
    raw = Raw(frames.connect(), None, list(frame.columns), label, log, text=False)
    named = pipeline.name_columns(raw, schema, given)
    known = {place: name for place, name in named.items() if schema.column(name)}
    raw.relation = _relation(raw, frame, known)
    settled = pipeline.settle(raw, schema, given, known)
    pipeline.find_causes(settled, schema, given, log, raw)
    total = pipeline.count_causes(settled, log)
    kept = settled.relation
    if settled.causes:
        kept = kept.filter(f"{rows.cause_sql(settled.causes)} IS NULL")
    values = kept.order("n").fetchnumpy()
    facts = {column.name: column for column in pipeline.column_health(kept, settled.columns, len(values["n"]))}
    out = _rebuild(frame, named, settled.columns, values, given.tz)
    names = ", ".join(f"c{column.place} AS {frames.quote(column.name)}" for column in settled.columns)
    for name, column in _others(out, named, known).items():
        facts[name] = column
    ordered = tuple(facts[name] for name in named.values())
    return make_table(raw, schema, given, kept.project(names), out, ordered, total, len(values["n"]), None)


def _relation(raw: Raw, frame: nw.DataFrame, known: dict[int, str]) -> Any:
    """The table's own columns as a DuckDB relation, numbered from 1."""
    import numpy as np
    import pandas as pd

    out = {"n": np.arange(1, len(frame) + 1)}
    for place in known:
        series = frame[frame.columns[place]]
        dtype = series.dtype
        if isinstance(dtype, nw.Datetime) and dtype.time_zone:
            raw.aware.add(place)
            series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        if isinstance(dtype, (nw.Datetime, nw.Date)):
            values = series.cast(nw.Datetime("us")).to_numpy().astype("datetime64[us]")
        elif dtype == nw.Boolean and not series.is_null().any():
            values = series.to_numpy()
        elif dtype.is_float() or dtype.is_decimal():
            values = series.cast(nw.Float64).to_numpy()
        elif dtype.is_integer() and not series.is_null().any():
            values = series.to_numpy()
        else:  # text, and objects of any kind by their text
            values = np.array([None if _missing(value) else str(value) for value in series.to_list()], dtype=object)
        out[f"c{place}"] = values
    table = pd.DataFrame({name: pd.Series(values, dtype=values.dtype) for name, values in out.items()})
    relation = raw.connection.from_df(table)
    cast = [
        f"CAST({name} AS VARCHAR) AS {name}" if table[name].dtype == object else name for name in table.columns
    ]  # a column without any value has no type of its own
    return relation.project(", ".join(cast))


def _missing(value: Any) -> bool:
    return value is None or type(value).__name__ in ("NAType", "NaTType") or value != value


_TYPES = {
    "number": nw.Float64(),
    "time": nw.Datetime("us"),
    "flag": nw.Boolean(),
    "id": nw.String(),
    "text": nw.String(),
}


def _rebuild(frame: nw.DataFrame, named: dict[int, str], settled: list[Settled], values: Any, tz: str) -> nw.DataFrame:
    """The kept rows on their own engine, the table's columns replaced by the settled ones."""
    import numpy as np

    kept = frame[np.asarray(values["n"]) - 1] if len(values["n"]) < len(frame) else frame
    by_place = {column.place: column for column in settled}
    parts = []
    for place, name in named.items():
        series = kept[frame.columns[place]]
        if place in by_place:
            kind = by_place[place].kind
            parts.append(_series(name, values[f"c{place}"], kind, frame.implementation))
            continue
        dtype = series.dtype
        if dtype.is_numeric():
            series = series.cast(nw.Float64)
            series = series.to_frame().with_columns(nw.col(series.name).fill_nan(None))[series.name]
        elif isinstance(dtype, nw.Datetime) and dtype.time_zone:
            series = series.dt.convert_time_zone(tz).dt.replace_time_zone(None)
        parts.append(series.alias(name))
    if frame.implementation.is_pandas():
        import pandas as pd

        return nw.from_native(
            pd.DataFrame({part.name: part.to_native().array for part in parts}, index=range(len(values["n"]))),
            eager_only=True,
        )
    return nw.from_dict({part.name: part for part in parts}, backend=frame.implementation)


def _series(name: str, values: Any, kind: str, implementation: Any) -> nw.Series:
    import numpy as np

    masked = np.ma.getmaskarray(values)
    data = np.ma.getdata(values)
    if implementation.is_pandas():
        import pandas as pd

        if kind == "number":
            made = pd.Series(np.where(masked, np.nan, data.astype("float64")))
        elif kind == "time":
            made = pd.Series(np.where(masked, np.datetime64("NaT"), data.astype("datetime64[us]")))
        elif kind == "flag":
            made = pd.Series(pd.arrays.BooleanArray(np.where(masked, False, data).astype(bool), masked.copy()))
        else:
            made = pd.Series([None if gone else v for gone, v in zip(masked, data, strict=True)], dtype="str")
        return nw.from_native(made.rename(name), series_only=True)
    plain = [None if gone else value for gone, value in zip(masked.tolist(), data.tolist(), strict=True)]
    return nw.new_series(name, plain, _TYPES[kind], backend=implementation)


def _others(out: nw.DataFrame, named: dict[int, str], known: dict[int, str]) -> dict[str, ColumnHealth]:
    """Health of the columns that never left their frame."""
    found = {}
    for place, name in named.items():
        if place in known:
            continue
        series = out[name]
        kind = "number" if series.dtype.is_numeric() else "time" if isinstance(series.dtype, nw.Datetime) else "text"
        missing = int(series.null_count())
        low = high = None
        if kind != "text" and missing < len(out):
            low, high = series.min(), series.max()
        found[name] = ColumnHealth(name, name, kind, missing, None, low, high)
    return found
