"""Codes of Arrow texts, read from their bytes.

Ids mostly have one form: the same letters, then digits ("C00001234"). The bytes that differ are then a number of their
own, and numbers are coded many times as fast as texts, whose hash table does not fit into the processor's cache.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cxkit.journey.coding import whole

#: Rows that are looked at first to find out whether the ids have one form.
LOOK = 1_000

#: Rows that are looked at in one go: their bytes stay in the processor's cache.
PIECE = 2**16


@dataclass(frozen=True)
class _Form:
    """What texts have in common: the bytes of the first, the places that differ, and whether those hold digits alone."""

    first: np.ndarray
    places: np.ndarray
    digits: bool


def arrow_texts(texts: Any) -> tuple[np.ndarray, pd.Index]:
    """Arrow texts as codes into the sorted texts.

    Parameters
    ----------
    texts : pyarrow.Array or ChunkedArray

    Returns
    -------
    codes : ndarray of int32
        -1 where a text is missing.
    values : pandas.Index
        The texts, sorted by their characters.
    """
    import pyarrow

    if texts.type not in (pyarrow.string(), pyarrow.large_string()):
        texts = texts.cast(pyarrow.large_string())
    there = None
    if texts.null_count:
        there = texts.is_valid().to_numpy(zero_copy_only=False)
        texts = texts.drop_null()
    found = _as_numbers(texts)
    codes, values = _hashed(texts) if found is None else _by_number(*found)
    if there is not None:
        full = np.full(there.size, -1, dtype=np.int32)
        full[there] = codes
        codes = full
    return codes, values


def _hashed(texts: Any) -> tuple[np.ndarray, pd.Index]:
    import pyarrow
    import pyarrow.compute as pc

    texts = texts.cast(pyarrow.large_string())
    texts = texts.combine_chunks() if hasattr(texts, "combine_chunks") else texts
    dictionary = texts.dictionary_encode()
    order = pc.sort_indices(dictionary.dictionary).to_numpy()
    back = np.empty(order.size, dtype=np.int32)
    back[order] = np.arange(order.size, dtype=np.int32)
    return back[dictionary.indices.to_numpy()], _index(dictionary.dictionary.take(order))


def _by_number(numbers: np.ndarray, form: _Form) -> tuple[np.ndarray, pd.Index]:
    """Codes of numbers that stand for texts in the order of the texts; the texts are written from the numbers."""
    import pyarrow

    codes, different = whole(numbers)
    cells, rest = np.tile(form.first, (different.size, 1)), different
    for place in form.places[::-1]:
        rest, last = np.divmod(rest, 10 if form.digits else 256)
        cells[:, place] = last + 48 if form.digits else last
    ends = np.arange(different.size + 1, dtype=np.int64) * form.first.size
    buffers = (pyarrow.py_buffer(ends), pyarrow.py_buffer(cells))
    return codes, _index(pyarrow.LargeStringArray.from_buffers(different.size, *buffers))


def _index(texts: Any) -> pd.Index:
    """Arrow texts as a pandas index, without a Python object for each."""
    return pd.Index(pd.Series(pd.arrays.ArrowExtensionArray(texts)).astype("str"))


def _as_numbers(texts: Any) -> tuple[np.ndarray, _Form] | None:
    """Numbers in the order of the texts and as different as they are, where all texts have one length and few bytes
    that differ; else None.
    """
    parts = [_cells(chunk) for chunk in getattr(texts, "chunks", [texts]) if len(chunk)]
    if not parts or any(part is None or part.shape[1] != parts[0].shape[1] for part in parts):
        return None
    some = np.concatenate([part[:: max(len(part) // LOOK, 1)] for part in parts])
    if ((some != some[0]).any(axis=0)).sum() > 9:
        return None
    pieces = [part[at : at + PIECE] for part in parts for at in range(0, len(part), PIECE)]
    bounds = [[(piece[:, at].min(), piece[:, at].max()) for at in range(piece.shape[1])] for piece in pieces]
    low, high = np.min(bounds, axis=0)[:, 0], np.max(bounds, axis=0)[:, 1]
    places = np.flatnonzero(low < high)
    digits = bool(((low[places] >= 48) & (high[places] <= 57)).all())
    if places.size > (9 if digits else 7):
        return None
    numbers = np.zeros(len(texts), dtype=np.int32 if digits and places.size < 9 else np.int64)
    first, base = 0, 10 if digits else 256
    zeros = 48 * sum(base**at for at in range(places.size)) if digits else 0
    for piece in pieces:
        part = numbers[first : first + len(piece)]
        for place in places:
            part *= base
            part += piece[:, place]
        part -= zeros
        first += len(piece)
    return numbers, _Form(parts[0][0], places, digits)


def _cells(texts: Any) -> np.ndarray | None:
    """The bytes of texts of one length, a row each; None if they differ in length."""
    _, offsets, data = texts.buffers()
    kind = np.int64 if str(texts.type).startswith("large") else np.int32
    ends = np.frombuffer(offsets, dtype=kind)[texts.offset : texts.offset + len(texts) + 1]
    length = int(ends[1] - ends[0])
    if not 0 < length <= 64 or ends[-1] - ends[0] != len(texts) * length:
        return None
    pieces = (ends[at : at + PIECE + 1] for at in range(0, len(texts), PIECE))
    if not all((piece[1:] - piece[:-1] == length).all() for piece in pieces):
        return None
    return np.frombuffer(data, dtype=np.uint8)[ends[0] : ends[-1]].reshape(len(texts), length)
