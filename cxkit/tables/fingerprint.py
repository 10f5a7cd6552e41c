"""The sha256 of content: of files' bytes, or of a frame's names and values."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import narwhals as nw

from cxkit import frames


def of_files(paths: Sequence[Path]) -> str:
    """Over the bytes of files, in order; a file's name does not count."""
    digests = []
    for path in paths:
        with path.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256"))
    if len(digests) == 1:
        return digests[0].hexdigest()
    return hashlib.sha256(b"".join(digest.digest() for digest in digests)).hexdigest()


def of_frame(frame: frames.Frame) -> str:
    """Over names, then the values of each column in one form, so that equal content has equal digits on any engine."""
    columns = {name: hashlib.sha256() for name in frames.column_names(frame)}
    for part in _parts(frame):
        for name, digest in columns.items():
            digest.update(_bytes(part[name]))
    total = hashlib.sha256()
    for name, digest in columns.items():
        total.update(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest() + digest.digest())
    return total.hexdigest()


def _parts(frame: frames.Frame) -> Iterator[nw.DataFrame]:
    """The rows in order, in pieces where the engine gives pieces."""
    if not frames.is_lazy(frame):
        yield frame
    elif frame.implementation.is_duckdb():
        yield from _duckdb_parts(frame.to_native())
    else:
        yield frame.collect()


def _duckdb_parts(relation: Any) -> Iterator[nw.DataFrame]:
    """In pieces where pyarrow is there to carry them, else all at once."""
    try:
        import pyarrow as pa
    except ImportError:
        yield nw.from_native(relation.df(), eager_only=True)
        return
    for batch in relation.to_arrow_reader(100_000):
        yield nw.from_native(pa.Table.from_batches([batch]), eager_only=True)


def _bytes(series: nw.Series) -> bytes:
    import numpy as np

    dtype = series.dtype
    if dtype.is_numeric():
        values = series.cast(nw.Float64).to_numpy().astype("float64", copy=True)
        values[np.isnan(values)] = np.nan  # one form of missing
        values[values == 0] = 0.0  # and of zero
        return values.astype("<f8").tobytes()
    out = bytearray()
    for value in series.to_list():
        if _missing(value):
            out += b"-"
        else:
            text = _text(value).encode("utf-8", "surrogatepass")
            out += b"+%d:" % len(text) + text
    return bytes(out)


def _missing(value: Any) -> bool:
    return value is None or type(value).__name__ in ("NAType", "NaTType") or value != value


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
