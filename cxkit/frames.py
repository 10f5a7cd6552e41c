"""The one module that knows dataframe engines.

Metrics reduce their rows with narwhals expressions on the engine that holds them, then collect a small pandas table.
Engines differ in what they count as missing, in dtypes and in row order; everything that makes them agree stands here:

- NaN becomes missing on entry (Polars and DuckDB rank NaN above every number, so it would count as a promoter);
- PyArrow tables go in as DuckDB relations;
- pandas times in a zone that narwhals cannot name (America/New_York) become UTC times;
- the group of missing keys is kept, and sorted last;
- results leave as pandas with documented dtypes.
"""

from __future__ import annotations

import math
import os
import tempfile
import uuid
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import narwhals as nw

from cxkit.errors import DataError, UsageError, suggest

Frame = nw.DataFrame | nw.LazyFrame

#: Columns of the estimate table after the `by` columns.
ESTIMATE = ("metric", "unit", "n", "estimate", "low", "high", "confidence", "method")

#: Columns of the comparison table after the `by` columns: an estimate, what it is compared with, and their difference.
COMPARISON = (
    *("metric", "unit", "n", "estimate", "low", "high"),
    *("other", "other_n", "other_estimate", "other_low", "other_high"),
    *("difference", "difference_low", "difference_high", "p", "p_adjusted", "looked", "verdict"),
    *("confidence", "method"),
)


def connect(threads: int | None = None):
    """A DuckDB connection that reaches for nothing: no extension is installed or loaded on its own.

    What does not fit into memory goes to the system's temporary folder, never to the current one, which a scheduler may
    not let us write to. Each connection has a folder of its own there, so that another user's cannot be in the way;
    DuckDB makes it when it first spills and removes it at the end.
    """
    import duckdb

    config: dict[str, Any] = {
        "temp_directory": os.path.join(tempfile.gettempdir(), f"cxkit-duckdb-{uuid.uuid4().hex}"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
    }
    if threads:
        config["threads"] = threads
    connection = duckdb.connect(":memory:", config=config)
    if connection.execute("SELECT current_setting('enable_progress_bar')").fetchone()[0]:
        # Only where it is on: in a notebook without ipywidgets it is off, and to set it at all is an error there.
        connection.execute("SET enable_progress_bar = false")
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def quote(name: str) -> str:
    """A column or table name, quoted for SQL."""
    return '"' + str(name).replace('"', '""') + '"'


def literal(value: object) -> str:
    """A text value, quoted for SQL where it cannot be bound (table functions and views)."""
    return "'" + str(value).replace("'", "''") + "'"


def is_lazy(frame: object) -> bool:
    """Whether rows are still where they came from (DuckDB, Spark, a warehouse, a Polars plan)."""
    return isinstance(frame, nw.LazyFrame)


def as_frame(data: Any) -> Frame:
    """Take any supported frame as a narwhals frame, without copying or collecting it.

    The frame given is never changed.

    Parameters
    ----------
    data : pandas, Polars, PyArrow, DuckDB, PySpark or Ibis frame, a narwhals frame, or a cxkit Table

    Returns
    -------
    narwhals.DataFrame or narwhals.LazyFrame

    Raises
    ------
    UsageError
        If the object is no frame.
    DataError
        If a column name occurs twice.
    """
    frame = getattr(data, "frame", None)
    if isinstance(frame, (nw.DataFrame, nw.LazyFrame)):  # a Table
        return frame
    if isinstance(data, (nw.DataFrame, nw.LazyFrame)):
        native = data.to_native()
    else:
        native = data
    if type(native).__module__.startswith("pyarrow"):
        return nw.from_native(connect().from_arrow(native))
    if isinstance(data, (nw.DataFrame, nw.LazyFrame)):
        return _known_zones(data)
    names = (
        [str(name) for name in native.columns]
        if type(native).__module__.startswith("pandas") and hasattr(native, "columns")
        else []
    )
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DataError(f"the table has columns of the same name: '{twice[0]}' occurs twice. Rename one of them.")
    try:
        return _known_zones(nw.from_native(native))
    except TypeError:
        hint = " To read a file, use cxkit.read(table, path)." if isinstance(data, (str, os.PathLike)) else ""
        raise UsageError(
            f"expected a table (pandas, Polars, PyArrow, DuckDB, PySpark, Ibis or cxkit.read(...)), "
            f"got {type(data).__name__}.{hint}"
        ) from None


def _known_zones(frame: Frame) -> Frame:
    """The same frame, with UTC for time zones that narwhals does not know.

    It reads pandas' names of dtypes, and a zone with an underscore or a digit (America/New_York, Etc/GMT+5) leaves it
    with a column of unknown kind. The instants stay the same.
    """
    if frame.implementation is not nw.Implementation.PANDAS:
        return frame
    unknown = [name for name, dtype in frame.collect_schema().items() if dtype == nw.Unknown]
    native = frame.to_native()
    zoned = [name for name in unknown if getattr(native[name].dtype, "tz", None) is not None]
    if not zoned:
        return frame
    native = native.copy(deep=False)
    for name in zoned:
        native[name] = native[name].dt.tz_convert("UTC")
    renewed = nw.from_native(native)
    return renewed.lazy() if isinstance(frame, nw.LazyFrame) else renewed


def column_names(frame: Frame) -> list[str]:
    """Names of the columns, in order."""
    return list(frame.collect_schema().names())


def need_columns(frame: Frame, columns: Iterable[str], table: str) -> None:
    """Raise a `DataError` that names the missing columns and the nearest ones there are."""
    have = column_names(frame)
    missing = [name for name in columns if name not in have]
    if missing:
        lines = [f"{table}: there is no column '{name}'.{suggest(name, have)}" for name in missing]
        lines.append(f"Map your own names with columns='theirs:{missing[0]}'.")
        raise DataError(" ".join(lines))


def take(data: Any, columns: Sequence[str], table: str = "table") -> Frame:
    """Select the needed columns (each once) and turn NaN into missing.

    Raises
    ------
    DataError
        If a column is not there.
    """
    frame = as_frame(data)
    wanted = list(dict.fromkeys(columns))
    need_columns(frame, wanted, table)
    frame = frame.select(*wanted)
    floats = [name for name, dtype in frame.collect_schema().items() if dtype.is_float()]
    if floats:
        frame = frame.with_columns(nw.col(*floats).fill_nan(None))
    return frame


def collect(frame: Frame):
    """Bring a small result home as a pandas DataFrame with a plain index and the same dtypes from every engine.

    Text and categories become pandas text, whole numbers int64 (float64 where values are missing), other numbers
    float64, yes/no bool (nullable where values are missing), times datetime64[us].
    """
    import pandas as pd

    if isinstance(frame, nw.LazyFrame):
        duck = frame.implementation in (nw.Implementation.DUCKDB, nw.Implementation.IBIS)
        frame = frame.collect(backend="pandas") if duck else frame.collect()
    native = frame.to_native()
    if not isinstance(native, pd.DataFrame):  # column by column through Python: no Arrow needed
        native = pd.DataFrame({name: pd.Series(frame[name].to_list(), dtype="object") for name in frame.columns})
    columns = {name: native[name].astype(_dtype(dtype, native[name])) for name, dtype in frame.schema.items()}
    return pd.DataFrame(columns, index=native.index).reset_index(drop=True)


def _dtype(dtype: nw.dtypes.DType, column: Any) -> str:
    """The pandas dtype of a collected column."""
    missing = bool(column.isna().any())
    if dtype.is_integer():
        return "float64" if missing else "int64"
    if dtype.is_numeric():  # floats and decimals
        return "float64"
    if dtype == nw.Boolean:
        return "boolean" if missing else "bool"
    if dtype in (nw.String, nw.Categorical, nw.Enum):
        return "str"
    if dtype in (nw.Date, nw.Datetime) and not getattr(dtype, "time_zone", None):
        return "datetime64[us]"
    return column.dtype


def row_count(frame: Frame) -> int:
    """Number of rows, counted where they are."""
    return int(collect(frame.select(rows=nw.len()))["rows"].iloc[0])


def repeated_keys(frame: Frame, key: str, *, at_most: int | None = None, exact_up_to: int = 1_000_000) -> int | bool:
    """Does a key occur in more than one row?

    Parameters
    ----------
    frame : narwhals frame
    key : str
        Rows without a key do not count.
    at_most : int, optional
        A number of rows known not to be exceeded; saves counting them.
    exact_up_to : int
        Up to so many rows the repeated keys are counted. Beyond, an exact count would cost more than the metric that
        asks.

    Returns
    -------
    int or bool
        The number of keys with more than one row. For a large table only True (there are some) or 0: the keys of the
        leading rows are compared with each other, then with all rows; only if neither finds a repeat are all keys
        counted.

    Examples
    --------
    >>> import pandas as pd
    >>> repeated_keys(as_frame(pd.DataFrame({"customer_id": ["a", "b", "a", None, None]})), "customer_id")
    1
    """
    keys = frame.select(key).filter(~nw.col(key).is_null())
    rows = row_count(keys) if at_most is None else at_most
    if rows <= exact_up_to:
        return row_count(keys.group_by(key).agg(rows=nw.len()).filter(nw.col("rows") > 1))
    leading = exact_up_to // 10
    some = keys.head(leading).unique()
    distinct = row_count(some)
    if distinct < min(leading, rows) and distinct < row_count(keys.head(leading)):
        return True
    if row_count(keys.join(some, on=key, how="semi")) > distinct:
        return True
    return row_count(keys.unique()) < row_count(keys) or 0


def sort_keys(table, by: Sequence[str]):
    """Sort a pandas table by its key columns, the missing group last, with a plain index."""
    if not by:
        return table.reset_index(drop=True)
    return table.sort_values(list(by), na_position="last", kind="stable").reset_index(drop=True)


def count_by(frame: Frame, by: Sequence[str], **expressions: nw.Expr):
    """Reduce rows to one row a group (or one row in all) and bring the result home, sorted.

    Rows whose key is missing form a group of their own.
    """
    if by:
        reduced = frame.group_by(*by, drop_null_keys=False).agg(**expressions)
    else:
        reduced = frame.select(**expressions)
    return sort_keys(collect(reduced), by)


def by_list(by: str | Sequence[str], reserved: Iterable[str] = ESTIMATE) -> list[str]:
    """Read a `by=` argument: one name, a comma-separated text, or a list.

    Raises
    ------
    UsageError
        If a segment column bears the name of a result column, or is named twice.
    """
    names = [part.strip() for part in by.split(",")] if isinstance(by, str) else [str(name) for name in by]
    names = [name for name in names if name]
    taken = [name for name in names if name in set(reserved)]
    if taken:
        raise UsageError(f"by: '{taken[0]}' is also the name of a result column. Rename the column before the call.")
    if len(set(names)) < len(names):
        raise UsageError(f"by: a column is named twice in {', '.join(names)}.")
    return names


def estimate_table(keys, by: Sequence[str], **values: Any):
    """Put an estimate table together: key columns, then the fixed columns with their fixed dtypes."""
    import pandas as pd

    size = len(keys)
    out = {name: keys[name] for name in by}
    for name in ESTIMATE:
        value = values[name]
        out[name] = [value] * size if isinstance(value, (str, int, float)) else value
    table = pd.DataFrame(out, index=range(size))
    kinds: Mapping[str, str] = {"n": "int64"} | dict.fromkeys(("estimate", "low", "high", "confidence"), "float64")
    return table.astype({**kinds, "metric": "str", "unit": "str", "method": "str"}).reset_index(drop=True)


def comparison_table(keys, by: Sequence[str], **values: Any):
    """Put a comparison table together: key columns, then the fixed columns with their fixed dtypes.

    A comparison table is an estimate table that also says what each estimate is compared with (`other` names it), the
    difference with limits that allow for the number of comparisons `looked` at, p alone and adjusted, and the verdict.
    """
    import pandas as pd

    size = len(keys)
    out = {name: keys[name] for name in by}
    for name in COMPARISON:
        value = values[name]
        out[name] = [value] * size if isinstance(value, (str, int, float)) else value
    kinds = dict.fromkeys(("n", "other_n", "looked"), "int64")
    kinds |= dict.fromkeys(("metric", "unit", "other", "verdict", "method"), "str")
    kinds |= {name: "float64" for name in COMPARISON if name not in kinds}
    return pd.DataFrame(out, index=range(size)).astype(kinds).reset_index(drop=True)


def key_columns(table) -> list[str]:
    """The `by` columns of an estimate or comparison table: they stand before its metric."""
    names = list(table.columns)
    return names[: names.index("metric")] if "metric" in names else names


def same_text(column: str, value: str) -> nw.Expr:
    """Rows whose text equals a value, whatever its case and the spaces around it."""
    return nw.col(column).cast(nw.String).str.strip_chars().str.to_lowercase() == value.strip().lower()


def id_texts(ids: Any) -> Any:
    """Ids as texts, so that those of two tables can meet: 17, 17.0 and "17" are the same, empty text is missing.

    A whole number turns into 17.0 where a column that lacks some values is read as numbers, and into 17.00 where a
    database keeps it with decimals. Spaces and leading zeros are left as they are: "007" and "7" can be two customers.

    Parameters
    ----------
    ids : Series, Index or list
        Of any kind: numbers, decimals, texts, categories, or a mixture.

    Returns
    -------
    Series of str
        With the index of the ids; missing where they are.

    Examples
    --------
    >>> import pandas as pd
    >>> id_texts(pd.Series([17.0, None, 2.5])).tolist(), id_texts([17, "17", 17.0, ""]).tolist()
    (['17', nan, '2.5'], ['17', '17', '17', nan])
    """
    import numpy as np
    import pandas as pd

    column = pd.Series(ids)
    if isinstance(column.dtype, pd.CategoricalDtype):
        names = id_texts(column.cat.categories).array
        return pd.Series(names.take(column.cat.codes.to_numpy(), allow_fill=True), index=column.index, name=column.name)
    if pd.api.types.is_float_dtype(column):
        values = column.to_numpy(dtype=float, na_value=np.nan)
        whole = np.isfinite(values) & (values == np.floor(values)) & (np.abs(values) < 9e15)
        out = column.astype("str")
        out[whole] = pd.Series(values[whole].astype(np.int64), index=out.index[whole]).astype("str")
    elif column.dtype.type is Decimal or (column.dtype == object and pd.api.types.infer_dtype(column) != "string"):
        values = [_unbroken(v) if isinstance(v, (float, np.floating, Decimal)) else v for v in column]
        out = pd.Series(values, index=column.index, dtype=object).astype("str")
    else:
        out = column.astype("str")
    return out.where(out != "")


def _unbroken(number: float | Decimal) -> float | Decimal | int:
    """A whole number as an integer; others as they are."""
    return int(number) if math.isfinite(number) and abs(number) < 9e15 and number == int(number) else number
