"""Columns as codes: each value a whole number, in the order of the sorted values, -1 where it is missing.

Codes make events small (4 bytes a value in place of a text) and their order cheap. The codes of a column are the same
whichever engine it came from.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

#: A column, coded: its codes (int32), and the sorted values.
Coded = tuple[np.ndarray, pd.Index]


def coded(column: nw.Series) -> Coded:
    """A column of any engine as codes into its sorted values.

    Parameters
    ----------
    column : narwhals.Series
        Texts, categories, numbers, yes or no, times, or Python objects.

    Returns
    -------
    codes : ndarray of int32
        -1 where a value is missing, NaN, or a text of nothing but spaces.
    values : pandas.Index
        What the codes stand for, sorted: texts by their characters, numbers by size. Whole numbers that an engine keeps
        as floats, because some are missing, are whole numbers again.

    Examples
    --------
    >>> codes, values = coded(nw.from_native(pd.Series(["b", None, "a", " "]), series_only=True))
    >>> codes.tolist(), values.tolist()
    ([1, -1, 0, -1], ['a', 'b'])
    """
    dtype = column.dtype
    if dtype in (nw.Categorical, nw.Enum):
        codes, values = _categories(column)
    elif dtype == nw.String:
        codes, values = _texts(column)
    elif dtype.is_integer():
        codes, values = _with_gaps(_numbers(column.fill_null(0)), column.is_null().to_numpy())
    elif dtype.is_float():
        codes, values = _floats(column)
    else:
        codes, values = _objects(column.to_list())
    return without_blanks(codes, values)


def named(codes: np.ndarray, values: Sequence[Any]) -> tuple[np.ndarray, list[str]]:
    """The same codes for values as names: every value as text, equal texts as one, sorted.

    >>> named(np.array([0, 1, -1]), [7.0, 10.0])
    (array([ 1,  0, -1], dtype=int32), ['10', '7'])
    """
    texts = [name(value) for value in values]
    names = sorted(set(texts))
    if names == texts:
        return codes, names
    at = {text: place for place, text in enumerate(names)}
    return _renumbered(codes, [at[text] for text in texts]), names


def name(value: Any) -> str:
    """A value as the name of a touchpoint: whole numbers without a decimal point.

    >>> name("shop"), name(7.0), name(True)
    ('shop', '7', 'True')
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)


def without_blanks(codes: np.ndarray, values: pd.Index) -> Coded:
    """The codes without the values that are texts of nothing but spaces; those become missing."""
    blank = blanks(values)
    if not blank.any():
        return codes, values
    return _renumbered(codes, np.where(blank, -1, np.cumsum(~blank) - 1)), values[~blank]


def blanks(values: pd.Index) -> np.ndarray:
    """Which values are texts of nothing but spaces."""
    if values.dtype == "str":
        return np.asarray((values == "") | values.str.isspace(), dtype=bool)
    if values.dtype.kind in "iufbM":
        return np.zeros(len(values), dtype=bool)
    return np.fromiter((isinstance(value, str) and not value.strip() for value in values), bool, len(values))


def used_only(codes: np.ndarray, values: pd.Index) -> Coded:
    """The codes without the values that no row has."""
    if not len(values):
        return codes, values
    there = np.zeros(len(values) + 1, dtype=bool)
    there[codes] = True  # -1 is the last place
    there = there[:-1]
    if there.all():
        return codes, values
    return _renumbered(codes, np.cumsum(there) - 1), values[there]


def whole(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers as codes: the codes (int32), and the sorted numbers.

    Numbers that lie close together are coded with a table over their range, others with a hash table.
    """
    if not values.size:
        return np.empty(0, np.int32), values
    low, high = int(values.min()), int(values.max())
    if high - low <= 4 * values.size + 1_000_000:
        place = values - values.dtype.type(low)
        there = np.zeros(high - low + 1, dtype=bool)
        there[place] = True
        look = np.cumsum(there, dtype=np.int32)
        look -= 1
        return look[place], np.flatnonzero(there).astype(values.dtype) + values.dtype.type(low)
    codes, numbers = pd.factorize(values)
    order = np.argsort(numbers)
    return _renumbered(codes, np.argsort(order)), numbers[order]


def _renumbered(codes: np.ndarray, to: Any) -> np.ndarray:
    """Codes by a table of new ones; missing stays missing."""
    return np.append(np.asarray(to, dtype=np.int32), np.int32(-1))[codes]


def _numbers(column: nw.Series) -> np.ndarray:
    values = column.to_numpy()
    if (
        values.dtype.kind == "u"
        and values.dtype.itemsize == 8
        and values.size
        and values.max() > np.iinfo(np.int64).max
    ):
        return values
    return values.astype(np.int64, copy=False)


def _with_gaps(values: np.ndarray, missing: np.ndarray) -> Coded:
    """Codes of numbers some of which are missing."""
    if not missing.any():
        codes, numbers = whole(values)
        return codes, pd.Index(numbers)
    codes = np.full(values.size, -1, dtype=np.int32)
    codes[~missing], numbers = whole(values[~missing])
    return codes, pd.Index(numbers)


def _floats(column: nw.Series) -> Coded:
    values = column.cast(nw.Float64).fill_null(math.nan).to_numpy().astype(float, copy=False)
    missing = np.isnan(values)
    there = values[~missing]
    if (np.abs(there) < 2**53).all() and (there == np.floor(there)).all():
        return _with_gaps(np.where(missing, 0, values).astype(np.int64), missing)
    codes, numbers = pd.factorize(values)
    order = np.argsort(numbers)
    return _renumbered(codes, np.argsort(order)), pd.Index(numbers[order])


def _objects(values: list[Any]) -> Coded:
    """Python objects: sorted by themselves; those of several kinds are taken as texts."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    codes, different = pd.factorize(array)
    listed = list(different)
    try:
        order = sorted(range(len(listed)), key=listed.__getitem__)
    except TypeError:  # texts beside numbers: 17 and "17" are the same
        codes, names = named(codes, listed)
        return codes, pd.Index(names, dtype="str")
    back = np.empty(len(order), dtype=np.int32)
    back[order] = np.arange(len(order), dtype=np.int32)
    return _renumbered(codes, back), pd.Index([listed[at] for at in order])


def _categories(column: nw.Series) -> Coded:
    """Categories have codes already; they only have to be put in the order of their values."""
    native = column.to_native()
    if type(native).__module__.startswith("polars"):
        return _texts(column.cast(nw.String))
    if type(native).__module__.startswith("pandas") and hasattr(native, "cat"):
        codes, listed = native.cat.codes.to_numpy(), native.cat.categories
    else:  # an Arrow dictionary
        arrow = _arrow(native)
        arrow = arrow.combine_chunks() if hasattr(arrow, "combine_chunks") else arrow
        codes = arrow.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        listed = arrow.dictionary.to_pylist()
    place, values = _objects(list(listed))
    return used_only(_renumbered(codes.astype(np.int32), place), values)


def _texts(column: nw.Series) -> Coded:
    native = column.to_native()
    arrow = _arrow(native)
    if arrow is None:
        return _polars_texts(native) if type(native).__module__.startswith("polars") else _objects(column.to_list())
    from cxkit.journey.coding_texts import arrow_texts

    return arrow_texts(arrow)


def _polars_texts(native: Any) -> Coded:
    import polars as pl

    different = native.drop_nulls().unique().sort()
    codes = native.cast(pl.Enum(different)).to_physical().cast(pl.Int32).fill_null(-1).to_numpy()
    return codes, pd.Index(different.to_list(), dtype="str")


def _arrow(native: Any) -> Any:
    """A column as Arrow has it, in chunks or in one; None without pyarrow, and for Python objects that are not all texts."""
    try:
        import pyarrow
    except ImportError:
        return None
    if type(native).__module__.startswith("polars"):
        native = native.to_arrow()
    elif type(native).__module__.startswith("pandas"):
        try:
            native = pyarrow.array(native, from_pandas=True)
        except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError):
            return None
    return native
