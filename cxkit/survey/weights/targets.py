"""Known totals: how many customers there are of each kind, in the form that weighting needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import pandas as pd

from cxkit import frames, words
from cxkit.errors import DataError, UsageError

#: Column of totals in tables of cells.
TOTAL = "total"

#: Sums of two margins that differ by no more are the same number.
_ALIKE = 1e-6

Key = tuple[str, ...]


@dataclass(frozen=True)
class Margin:
    """Totals of one margin: columns (usually one), and the total of each of their values, as text."""

    columns: tuple[str, ...]
    totals: dict[Key, float]

    @property
    def name(self) -> str:
        """The columns in words."""
        return " x ".join(self.columns)


def as_text(value: Any) -> str:
    """A value as text, so that 1, 1.0 and "1" are the same kind."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def is_missing(value: Any) -> bool:
    """Whether a value is missing, whatever the engine calls it."""
    return value is None or value != value or value is pd.NA or value is pd.NaT


def key_of(values: Any) -> Key:
    """The values of one cell as texts."""
    return tuple(as_text(value) for value in (values if isinstance(values, tuple) else (values,)))


def totals_of(customers: Any, by: str | Sequence[str]) -> pd.DataFrame:
    """How many customers are there of each kind?

    Parameters
    ----------
    customers : Table or frame
        The `customers` table, or all who were invited: one row a person.
    by : str or list of str
        Columns; several are crossed.

    Returns
    -------
    DataFrame
        The columns of `by` and total (float64), one row a kind that occurs, for `totals` of `rake` and
        `post_stratify`. Rows with a missing value in one of the columns are left out.

    Raises
    ------
    DataError
        If a column is missing, or no row has all of them.
    UsageError
        If no column is named, or one of them is called "total".

    Notes
    -----
    **When not to use it**: for a table in which one customer has several rows; count each once first.

    Examples
    --------
    >>> totals_of(pd.DataFrame({"region": ["north", "south", "north", None]}), "region").values.tolist()
    [['north', 2.0], ['south', 1.0]]
    """
    names = frames.by_list(by, (TOTAL,))
    if not names:
        raise UsageError("totals_of: name the columns with by=, such as by='region'.")
    frame = frames.take(customers, names, "customers")
    for name in names:
        frame = frame.filter(~nw.col(name).is_null())
    counted = frames.count_by(frame, names, **{TOTAL: nw.len()})
    if not len(counted):
        raise DataError(f"totals_of: no row has a value in all of {words.listing(names)}.")
    return counted.astype({TOTAL: "float64"})


def margins_of(totals: Any, who: str) -> list[Margin]:
    """Read the totals of `rake`: a margin for each column (or tuple of columns)."""
    if isinstance(totals, pd.DataFrame):
        columns, cells = _table(totals, who)
        return [_margin((name,), cells.groupby(name)[TOTAL].sum().items(), who) for name in columns]
    if not isinstance(totals, Mapping) or not totals:
        raise UsageError(
            f"{who}: totals is no mapping of columns to totals, such as {{'region': {{'north': 4200, 'south': 3100}}}}, "
            "nor a table of cells (see totals_of)."
        )
    margins = []
    for name, inner in totals.items():
        columns = name if isinstance(name, tuple) else (name,)
        if not hasattr(inner, "items"):
            raise UsageError(f"{who}: the totals of '{' x '.join(columns)}' are no mapping of values to numbers.")
        margins.append(_margin(tuple(map(str, columns)), inner.items(), who))
    return alike(margins, who)


def cells_of(totals: Any, by: Sequence[str], who: str) -> Margin:
    """Read the totals of `post_stratify`: one total for each cell of the columns crossed."""
    if isinstance(totals, pd.DataFrame):
        columns, cells = _table(totals, who)
        if set(columns) != set(by):
            raise UsageError(
                f"{who}: the table of totals has the columns {words.listing(columns)}, but by= names "
                f"{words.listing(list(by))}."
            )
        keys = [tuple(row) for row in cells[[*by]].itertuples(index=False, name=None)]
        return _margin(tuple(by), zip(keys, cells[TOTAL], strict=True), who)
    if not isinstance(totals, Mapping) or not totals:
        raise UsageError(f"{who}: totals is no mapping of cells to totals, nor a table of cells (see totals_of).")
    inner = totals[by[0]] if len(by) == 1 and list(totals) == [by[0]] and hasattr(totals[by[0]], "items") else totals
    return _margin(tuple(by), inner.items(), who)


def alike(margins: list[Margin], who: str) -> list[Margin]:
    """Refuse margins whose totals do not have the same sum."""
    sums = [sum(margin.totals.values()) for margin in margins]
    for margin, total in zip(margins, sums, strict=True):
        if abs(total - sums[0]) > _ALIKE * sums[0]:
            raise UsageError(
                f"{who}: the totals of '{margins[0].name}' sum to {sums[0]:,.10g}, those of '{margin.name}' to "
                f"{total:,.10g}. They describe the same customers, so the sums must agree: correct them, or divide "
                "each margin by its own sum."
            )
    return margins


def _table(totals: pd.DataFrame, who: str) -> tuple[list[str], pd.DataFrame]:
    """A table of cells as its columns and its rows with text keys; rows with a missing key are left out."""
    columns = [str(name) for name in totals.columns if name != TOTAL]
    if TOTAL not in totals or not columns:
        raise UsageError(
            f"{who}: a table of totals needs a column '{TOTAL}' beside the columns that divide the customers, got "
            f"{words.listing([str(name) for name in totals.columns]) or 'no column'}."
        )
    known = totals.dropna(subset=columns)
    return columns, known.assign(**{name: [as_text(value) for value in known[name]] for name in columns})


def _margin(columns: tuple[str, ...], items: Any, who: str) -> Margin:
    """A checked margin."""
    found: dict[Key, float] = {}
    name = " x ".join(columns)
    for value, total in items:
        if any(is_missing(part) for part in (value if isinstance(value, tuple) else (value,))):
            raise UsageError(
                f"{who}: '{name}' has a total for a missing value. Leave it out and set such answers aside with "
                "missing='aside', or give them a value of their own."
            )
        key = key_of(value)
        shown = " x ".join(key)
        if len(key) != len(columns):
            raise UsageError(f"{who}: the total of '{shown}' names {len(key)} values, '{name}' has {len(columns)}.")
        if key in found:
            raise UsageError(f"{who}: the total of '{name}' = '{shown}' is given twice.")
        number = float(total) if isinstance(total, (int, float)) or hasattr(total, "__float__") else float("nan")
        if not 0 <= number < float("inf"):
            raise UsageError(f"{who}: the total of '{name}' = '{shown}' is {total!r}, no number of customers.")
        found[key] = number
    if not sum(found.values()):
        raise UsageError(f"{who}: the totals of '{name}' sum to 0.")
    return Margin(columns, found)
