"""Codes of Arrow texts, read from their bytes.

Ids mostly have one form: the same letters, then digits ("C00001234"). The bytes that differ are then a number of their
own, and numbers are coded many times as fast as texts, whose hash table does not fit into the processor's cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cxkit.journey.coding import whole

#: Rows that are looked at first to find out whether the ids have one form.
LOOK = 1_000


def arrow_texts(texts: Any) -> tuple[np.ndarray, pd.Index]:
    """An Arrow array of texts as codes into its sorted texts.

    Parameters
    ----------
    texts : pyarrow.StringArray or LargeStringArray

    Returns
    -------
    codes : ndarray of int32
        -1 where a text is missing.
    values : pandas.Index
        The texts, sorted by their characters.
    """
    import pyarrow

    texts = texts.cast(pyarrow.large_string())
    there = None
    if texts.null_count:
        there = texts.is_valid().to_numpy(zero_copy_only=False)
        texts = texts.drop_null()
    numbers = _as_numbers(texts)
    codes, values = _hashed(texts) if numbers is None else _by_number(texts, numbers)
    if there is not None:
        full = np.full(there.size, -1, dtype=np.int32)
        full[there] = codes
        codes = full
    return codes, values


def _hashed(texts: Any) -> tuple[np.ndarray, pd.Index]:
    import pyarrow.compute as pc

    dictionary = texts.dictionary_encode()
    order = pc.sort_indices(dictionary.dictionary).to_numpy()
    back = np.empty(order.size, dtype=np.int32)
    back[order] = np.arange(order.size, dtype=np.int32)
    return back[dictionary.indices.to_numpy()], _index(dictionary.dictionary.take(order))


def _by_number(texts: Any, numbers: np.ndarray) -> tuple[np.ndarray, pd.Index]:
    """Codes of numbers that stand for texts in the order of the texts."""
    codes, different = whole(numbers)
    row = np.empty(different.size, dtype=np.int64)
    row[codes] = np.arange(codes.size)  # one row of each text, to take the text from
    return codes, _index(texts.take(row))


def _index(texts: Any) -> pd.Index:
    """Arrow texts as a pandas index, without a Python object for each."""
    return pd.Index(pd.Series(pd.arrays.ArrowExtensionArray(texts)).astype("str"))


def _as_numbers(texts: Any) -> np.ndarray | None:
    """Numbers in the order of the texts and as different as they are, where all texts have one length and few bytes
    that differ; else None.
    """
    rows = len(texts)
    if not rows:
        return None
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + rows + 1]
    length = int(ends[1] - ends[0])
    if not 0 < length <= 64 or ends[-1] - ends[0] != rows * length or (np.diff(ends) != length).any():
        return None
    cells = np.frombuffer(data, dtype=np.uint8)[ends[0] : ends[-1]].reshape(rows, length)
    some = cells[:: max(rows // LOOK, 1)]
    if ((some != some[0]).any(axis=0)).sum() > 9:
        return None
    low = np.array([cells[:, place].min() for place in range(length)])
    high = np.array([cells[:, place].max() for place in range(length)])
    places = np.flatnonzero(low < high)
    digits = bool(((low[places] >= 48) & (high[places] <= 57)).all())
    if places.size <= 9 and digits:
        number = np.zeros(rows, dtype=np.int32 if places.size < 9 else np.int64)
        for place in places:
            number *= 10
            number += cells[:, place]
            number -= 48
        return number
    if places.size > 7:
        return None
    number = np.zeros(rows, dtype=np.int64)
    for place in places:
        number <<= 8
        number |= cells[:, place]
    return number
