"""The careful reader: every line of a text file becomes a row, or is set aside with its number.

It is used when a file cannot be read where it lies (another encoding, control characters, several heading rows, lines
that do not fit). It streams: rows go to a private file, never into memory.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cxkit.errors import DataError
from cxkit.tables.dialect import SPOKEN, Dialect
from cxkit.tables.log import Log, some
from cxkit.words import plural

#: Past this many lines with broken quotes a file is refused rather than read in pieces.
_MOST_BROKEN = 1000


@dataclass
class Lines:
    """Lines that can be gone back over, so that one broken record does not swallow those after it."""

    source: Iterator[str]
    number: int = 0
    _held: list[str] = field(default_factory=list)
    _again: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self.source)
        self.number += 1
        self._held.append(line)
        return line

    def done(self) -> None:
        """The record is read: forget its lines."""
        self._held.clear()

    def back(self, keep: int = 0) -> None:
        """Return to the start of the record, or past so many of its lines."""
        self._again.extend(reversed(self._held[keep:]))
        self.number -= len(self._held) - keep
        self._held.clear()


@dataclass
class Ragged:
    """What did not fit, by line number."""

    long: list[int] = field(default_factory=list)
    short: list[int] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    blank: int = 0
    escaped: int = 0
    rows: int = 0


def rows(lines: Iterable[str], dialect: Dialect, ragged: Ragged, name: str) -> Iterator[list[str]]:
    """Rows of data as wide as the names, once the headings are past; what does not fit is noted in `ragged`."""
    source = Lines(iter(lines))
    for _ in range(dialect.lines):
        next(source, None)
    source.done()
    width = len(dialect.names)
    reader = dialect.reader(source)
    while True:
        first = source.number + 1
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error:
            row = _otherwise(source, dialect)
            reader = dialect.reader(source)
            if row is None:
                ragged.broken.append(first)
                if len(ragged.broken) > _MOST_BROKEN:
                    _refuse_quotes(ragged, name)
                continue
            ragged.escaped += 1
        source.done()
        if not row and width > 1:
            ragged.blank += 1
            continue
        if len(row) != width:
            if any(cell.strip() for cell in row[width:]):
                ragged.long.append(first)
                continue
            if len(row) < width and any(cell.strip() for cell in row):
                ragged.short.append(first)
                continue
            row = (row + [""] * width)[:width]
        ragged.rows += 1
        yield row


def _otherwise(source: Lines, dialect: Dialect) -> list[str] | None:
    """A record that broke, read with its quotes escaped by a backslash; None, one line on, if that fails too."""
    source.back()
    try:
        row = next(dialect.reader(line.replace('\\"', '""') for line in source))
    except (csv.Error, StopIteration):
        row = []
    if len(row) == len(dialect.names):
        return row
    source.back(keep=1)
    return None


def _refuse_quotes(ragged: Ragged, name: str) -> None:
    raise DataError(
        f"'{name}': quotation marks are out of place in more than {_MOST_BROKEN:,} lines "
        f"({some(ragged.broken)}). Export it again with quotes doubled inside quoted fields, or as tab-separated text."
    )


def rewrite(lines: Iterable[str], dialect: Dialect, name: str, target: Path, log: Log) -> int:
    """Write the rows of a file as regular CSV; return how many, and note what was left out.

    Raises
    ------
    DataError
        If most lines do not fit the column names.
    """
    ragged = Ragged()
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows(rows(lines, dialect, ragged, name))
    lost = len(ragged.long) + len(ragged.short) + len(ragged.broken)
    if lost > ragged.rows:
        worst = ragged.long or ragged.short or ragged.broken
        raise DataError(
            f"'{name}': {plural(lost, 'line')} of {lost + ragged.rows:,} do not have the "
            f"{plural(len(dialect.names), 'field')} that the column names promise ({some(worst)}; separator: "
            f"{SPOKEN.get(dialect.separator, dialect.separator)}). Check separator= and header_rows=."
        )
    for cause, numbers in (
        ("too many fields", ragged.long),
        ("too few fields", ragged.short),
        ("a quotation mark out of place", ragged.broken),
    ):
        if numbers:
            log.set_aside(f"with {cause}", len(numbers))
            log.caution(f"{plural(len(numbers), 'line')} of '{name}' set aside for {cause}: {some(numbers)}.")
    if ragged.escaped:
        log.repaired(f"{plural(ragged.escaped, 'row')} with quotes escaped by a backslash read.")
    if ragged.blank:
        log.repaired(f"{plural(ragged.blank, 'blank line')} left out.")
    return ragged.rows
