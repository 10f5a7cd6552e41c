"""Data sets as R saves them, read without R: numbers, texts, factors and tables of them."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
from pathlib import Path

import pandas as pd

_OPENERS = {b"\x1f\x8b": gzip.decompress, b"BZ": bz2.decompress, b"\xfd7": lzma.decompress}


def read_rda(path: Path) -> dict[str, pd.DataFrame]:
    """The tables of an .rda file by name (R's XDR format, versions 2 and 3; only what plain tables need)."""
    raw = path.read_bytes()
    content = _OPENERS[raw[:2]](raw) if raw[:2] in _OPENERS else raw
    if content[:5] not in (b"RDX2\n", b"RDX3\n") or content[5:7] != b"X\n":
        raise ValueError(f"{path} is no binary .rda file")
    reader = _Reader(content, 7)
    version = reader.ints(3)[0]
    if version == 3:
        reader.take(reader.ints(1)[0])
    return {name: _table(value, attributes) for name, (value, attributes) in reader.item()[0]}


def _table(columns: list, attributes: dict) -> pd.DataFrame:
    names = attributes["names"][0]
    return pd.DataFrame({name: _column(*column) for name, column in zip(names, columns, strict=True)})


def _column(values: list, attributes: dict) -> list:
    if "levels" not in attributes:
        return values
    levels = attributes["levels"][0]
    return [levels[value - 1] if value > 0 else None for value in values]


class _Reader:
    def __init__(self, content: bytes, at: int) -> None:
        self.content, self.at, self.symbols = content, at, []

    def take(self, size: int) -> bytes:
        self.at += size
        return self.content[self.at - size : self.at]

    def ints(self, many: int) -> tuple[int, ...]:
        return struct.unpack(f">{many}i", self.take(4 * many))

    def item(self):
        """The next value with its attributes; a pair list as (name, value) pairs."""
        flags = self.ints(1)[0]
        kind, attributed, tagged = flags & 0xFF, bool(flags & 0x200), bool(flags & 0x400)
        if kind == 254:  # nothing
            return None, {}
        if kind == 255:  # a symbol seen before
            return self.symbols[(flags >> 8) - 1], {}
        if kind == 1:  # a symbol
            self.symbols.append(self.item()[0])
            return self.symbols[-1], {}
        if kind == 9:  # one text
            size = self.ints(1)[0]
            return (None if size < 0 else self.take(size).decode("latin-1")), {}
        if kind == 2:  # a pair, and the rest of the list
            if attributed:
                self.item()
            name = self.item()[0] if tagged else ""
            value, rest = self.item(), self.item()[0]
            return [(name, value), *(rest or [])], {}
        size = self.ints(1)[0]
        if kind == 14:
            values = list(struct.unpack(f">{size}d", self.take(8 * size)))
        elif kind in (10, 13):
            values = list(self.ints(size))
        elif kind == 16:
            values = [self.item()[0] for _ in range(size)]
        elif kind == 19:
            values = [self.item() for _ in range(size)]
        else:
            raise ValueError(f"R type {kind} is not read here")
        return values, dict(self.item()[0]) if attributed else {}
