"""What the pictures share about units: axis names, ticks in words, the ends of a scale, and the checks of a table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from cxkit import words
from cxkit.charts.style import nice_range
from cxkit.errors import UsageError, suggest


def need_columns(table: Any, columns: Sequence[str], who: str) -> pd.DataFrame:
    """The table, if it is one and has the columns.

    Raises
    ------
    UsageError
        Naming the missing column and the nearest one there is.
    """
    if not isinstance(table, pd.DataFrame):
        raise UsageError(
            f"{who}: expected a pandas table as the metric functions return it, got {type(table).__name__}."
        )
    for name in columns:
        if name not in table.columns:
            raise UsageError(f"{who}: the table has no column '{name}'.{suggest(name, map(str, table.columns))}")
    return table


def one_metric(rows: pd.DataFrame, who: str) -> tuple[str, str]:
    """The one metric and unit of the rows; tables of several metrics do not share an axis."""
    if rows.empty:
        return "Score", "points"
    kinds = rows[["metric", "unit"]].drop_duplicates()
    if len(kinds) > 1:
        raise UsageError(
            f"{who}: the table holds {len(kinds)} metrics ({words.listing(list(kinds.metric))}). Filter it to one."
        )
    return words.metric(str(kinds.metric.iloc[0])), str(kinds.unit.iloc[0])


def axis_name(metric: str, unit: str) -> str:
    """Axis = metric (unit).

    >>> axis_name("NPS", "points"), axis_name("CSAT", "share"), axis_name("CES", "rating")
    ('NPS (points)', 'CSAT (%)', 'CES (mean)')
    """
    return f"{metric} ({ {'points': 'points', 'share': '%', 'rating': 'mean'}.get(unit, unit) })"


def tick_words(places: Sequence[float], unit: str) -> list[str]:
    """Ticks in words, all with as many digits as their step needs."""
    scale = 100 if unit == "share" else 1
    steps = [abs(b - a) * scale for a, b in pairwise(places)] or [1.0]
    digits = 0 if all(abs(s - round(s)) < 1e-9 for s in steps) else 1 if min(steps) >= 0.1 else 2
    return [words.number(place * scale, digits, sign=unit == "points") for place in places]


def bounds(values: Sequence[float], unit: str) -> tuple[float, float]:
    """The range an axis shows: all values with air, never beyond what the metric can be."""
    if unit == "share":
        return nice_range(values, 0.1, 0.0, 1.0)
    if unit == "points":
        return nice_range(values, 10, -100, 100)
    known = [float(v) for v in values if v == v]
    return nice_range(values, 0.5, min(known, default=0) - 1e9, max(known, default=10) + 1e9) if known else (0.0, 10.0)
