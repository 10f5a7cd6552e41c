"""The same rows as every engine the kit takes: write a test once, run it on all of them.

Use the `engine` fixture: `engine(df)` turns a pandas table into that engine's frame.
"""

from __future__ import annotations

import pandas as pd
import pytest


def _nullable(df: pd.DataFrame):
    return df.convert_dtypes(dtype_backend="numpy_nullable")


def _arrow_dtypes(df: pd.DataFrame):
    pytest.importorskip("pyarrow", reason="pip install 'cxkit[dev]'")
    return df.convert_dtypes(dtype_backend="pyarrow")


def _polars(df: pd.DataFrame):
    pl = pytest.importorskip("polars", reason="pip install 'cxkit[dev]'")
    columns = {}
    for name in df.columns:
        values = [None if missing else value for value, missing in zip(df[name].tolist(), df[name].isna(), strict=True)]
        is_time = pd.api.types.is_datetime64_any_dtype(df[name])
        columns[name] = pl.Series(name, values, dtype=pl.Datetime("us") if is_time else None)
    return pl.DataFrame(columns)


def _pyarrow(df: pd.DataFrame):
    pa = pytest.importorskip("pyarrow", reason="pip install 'cxkit[dev]'")
    return pa.Table.from_pandas(df, preserve_index=False)


def _duckdb(df: pd.DataFrame):
    from cxkit import frames

    return frames.connect().from_df(df)


def _nan(df: pd.DataFrame):
    """Polars with NaN where a number is missing, as tables from numpy often have it."""
    pl = pytest.importorskip("polars", reason="pip install 'cxkit[dev]'")
    frame = _polars(df)
    floats = [name for name, dtype in frame.schema.items() if dtype.is_float()]
    return frame.with_columns(pl.col(floats).fill_null(float("nan"))) if floats else frame


ENGINES = {
    "pandas": lambda df: df.copy(),
    "pandas nullable": _nullable,
    "pandas arrow": _arrow_dtypes,
    "polars": _polars,
    "polars lazy": lambda df: _polars(df).lazy(),
    "polars nan": _nan,
    "duckdb": _duckdb,
    "pyarrow": _pyarrow,
}


@pytest.fixture(params=list(ENGINES))
def engine(request):
    """A function that turns a pandas table into one engine's frame; the test runs once for every engine."""
    return ENGINES[request.param]
