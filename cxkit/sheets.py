"""The tables behind a page, handed from its blocks to whoever makes a workbook of them: whole, unrounded, as plain JSON.

They travel beside an output as a private kind of data that no page shows, and only where they are asked for: the runner
of `cxkit report --also xlsx` sets a variable in the kernel's environment. Everywhere else (JupyterLab, papermill, the
notebooks in git) an output stays as it was.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any

#: The kind of data.
MIME = "application/vnd.cxkit.tables+json"
#: Environment variable by which the tables are asked for.
ASKED = "CXKIT_TABLES"
#: Rows of a table that are handed over; the whole number of rows is told.
MOST = 20_000
#: Whole numbers beyond it lose digits in a spreadsheet, so they are kept as text.
EXACT = 10**15


def asked() -> bool:
    """Whether tables are to be handed over."""
    return os.environ.get(ASKED, "") == "1"


def hand_over(kind: str, sheets: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Tables as plain values, one entry each.

    Parameters
    ----------
    kind : str
        Kind of the block they belong to.
    sheets : mapping of str to DataFrame
        Tables by title; instead of a table there may be a function that makes it.

    Returns
    -------
    list of dict
        kind, title, rows (how many the table has), columns (each with name, type and values), and by_row where the table
        says so (`attrs`): then its column `unit` holds for all numbers of a row. Types are number, whole, day, time,
        flag and text; a missing value is None.

    Examples
    --------
    >>> import pandas as pd
    >>> [one] = hand_over("table", {"Plans": pd.DataFrame({"plan": ["basic", None], "n": [3, 4]})})
    >>> one["title"], one["rows"], [column["type"] for column in one["columns"]]
    ('Plans', 2, ['text', 'whole'])
    >>> one["columns"][0]["values"]
    ['basic', None]
    """
    found = []
    for title, table in sheets.items():
        frame = table() if callable(table) else table
        if frame is None or not frame.shape[1]:
            continue
        cut = frame.head(MOST)
        columns = [_column(str(name), cut.iloc[:, at]) for at, name in enumerate(cut.columns)]
        table = {"kind": kind, "title": str(title), "rows": len(frame), "columns": columns}
        found.append(table | ({"by_row": True} if frame.attrs.get("by_row") else {}))
    return found


def _column(name: str, series: Any) -> dict[str, Any]:
    """One column: its type by what it holds, its values without any of pandas' or numpy's own kinds."""
    import pandas as pd

    if isinstance(series.dtype, pd.DatetimeTZDtype):
        name, series = f"{name} ({series.dtype.tz})", series.dt.tz_localize(None)
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(object)
    if pd.api.types.is_timedelta64_dtype(series):
        name, series = f"{name} (days)", series.dt.total_seconds() / 86400
    if pd.api.types.is_datetime64_any_dtype(series):
        return _times(name, series)
    values = [None if _missing(value) else _plain(value) for value in series.tolist()]
    return {"name": name, "type": _type(values), "values": values}


def _times(name: str, series: Any) -> dict[str, Any]:
    """Days where every time is midnight, else times to the second."""
    known = series.dropna()
    days = bool((known == known.dt.normalize()).all())
    pattern = "%Y-%m-%d" if days else "%Y-%m-%dT%H:%M:%S"
    values = [None if value is None else value for value in series.dt.strftime(pattern).astype(object).tolist()]
    return {
        "name": name,
        "type": "day" if days else "time",
        "values": [value if isinstance(value, str) else None for value in values],
    }


def _missing(value: Any) -> bool:
    import pandas as pd

    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def _plain(value: Any) -> Any:
    """A value as JSON knows it: true or false, a number, or text."""
    import decimal

    value = value.item() if hasattr(value, "item") and not isinstance(value, (str, bytes)) else value
    if isinstance(value, decimal.Decimal):
        value = float(value)
    if isinstance(value, bool) or (isinstance(value, int) and abs(value) < EXACT):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return str(value)


def _type(values: list[Any]) -> str:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return "flag"
    if kinds == {int}:
        return "whole"
    return "number" if kinds and kinds <= {int, float} else "text"
