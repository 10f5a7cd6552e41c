"""Giving rows a new column, in the kind of table they came in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxkit import frames

#: The factor of each row's cell, while its weight is made.
FACTOR = "_cx_factor"


def with_column(
    responses: Any,
    needed: Sequence[str],
    name: str,
    value: Callable[[frames.Frame], tuple[frames.Frame, nw.Expr]],
    counts: Callable[[frames.Frame], nw.Expr],
) -> Any:
    """The rows with one more column: the value where the row counts, missing elsewhere.

    Parameters
    ----------
    responses : Table or frame
    needed : sequence of str
        Columns that must be there.
    name : str
        The new column.
    value : callable
        Makes the expression for a frame; gives the frame with what the expression needs, and the expression.
    counts : callable
        Which rows count, as an expression.

    Returns
    -------
    Table or frame
        Of the kind that was given. Rows of frames in memory keep their order.

    Raises
    ------
    DataError
        If a column is missing.
    """
    frame = frames.as_frame(responses)
    frames.need_columns(frame, needed, "responses")
    names = frames.column_names(frame)
    wider, expression = value(frame)
    made = nw.when(counts(frame)).then(expression).otherwise(nw.lit(None, dtype=nw.Float64))
    frame = wider.with_columns(**{name: made}).select(*names, *([] if name in names else [name]))
    if hasattr(responses, "with_frame"):
        return responses.with_frame(frame)
    if isinstance(responses, (nw.DataFrame, nw.LazyFrame)):
        return frame
    native = frame.to_native()
    return native.to_arrow_table() if type(responses).__module__.startswith("pyarrow") else native


def with_factor(frame: frames.Frame, cells: pd.DataFrame, columns: Sequence[str]) -> frames.Frame:
    """The rows with the factor of their cell in `FACTOR`; missing where a row is of no cell."""
    kinds = frame.collect_schema()
    keys = [_comparable(cells[name], name, kinds[name]) for name in columns]
    simple = all(isinstance(value, (str, int, float)) for values, _ in keys for value in values)
    if frame.implementation is nw.Implementation.DUCKDB and simple:
        return _joined(frame, keys, cells["factor"])
    return frame.with_columns(**{FACTOR: _replaced(keys, cells["factor"].tolist())})


def _comparable(column: pd.Series, name: str, dtype: nw.dtypes.DType) -> tuple[list[Any], nw.Expr]:
    """The values of a column as its engine has them, and the column in a form they can be compared with."""
    expression = nw.col(name)
    if dtype == nw.Boolean:
        return [int(value) for value in column], expression.cast(nw.Int64)
    if dtype.is_integer():
        return [int(value) for value in column], expression
    if dtype in (nw.Categorical, nw.Enum):
        return column.astype("str").tolist(), expression.cast(nw.String)
    return column.tolist(), expression


def _replaced(keys: list[tuple[list[Any], nw.Expr]], factor: list[float]) -> nw.Expr:
    """The factor as an expression: no join, so rows keep their order.

    Each column becomes the position of its value, the positions together one number for each cell, and that the factor.
    """
    if len(keys) == 1:
        values, column = keys[0]
        return column.replace_strict(values, factor, default=None, return_dtype=nw.Float64)
    place, cell = nw.lit(0), np.zeros(len(factor), dtype="int64")
    for values, column in keys:
        at, different = pd.factorize(pd.Series(values))
        old, new = list(different), list(range(len(different)))
        position = column.replace_strict(old, new, default=None, return_dtype=nw.Int64)
        place, cell = place * len(old) + position, cell * len(old) + at
    return place.replace_strict(cell.tolist(), factor, default=None, return_dtype=nw.Float64)


def _joined(frame: frames.Frame, keys: list[tuple[list[Any], nw.Expr]], factor: pd.Series) -> frames.Frame:
    """The factor by a join with a small table that the same DuckDB connection makes.

    As an expression it would be written out wherever the weight is used, and planning would cost more than counting.
    """
    names = [f"_cx_key_{at}" for at in range(len(keys))]
    rows = zip(*(values for values, _ in keys), factor.tolist(), strict=True)
    listed = ", ".join(f"({', '.join(_sql(value) for value in row)})" for row in rows)
    named = ", ".join([*names, FACTOR])
    small = frame.to_native().query("_cx_rows", f"SELECT * FROM (VALUES {listed}) AS cells({named})")
    made = {name: column for name, (_, column) in zip(names, keys, strict=True)}
    return frame.with_columns(**made).join(nw.from_native(small), on=names, how="left")


def _sql(value: Any) -> str:
    """A value in SQL."""
    if isinstance(value, str):
        return frames.literal(value)
    return f"{value}::BIGINT" if isinstance(value, int) else f"{value!r}::DOUBLE"
