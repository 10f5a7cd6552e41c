"""Where the columns of a text file are parted and where its headings end.

Both stand at the top of a file, so this is the one place that looks at the first rows only. What follows from it is
checked against every line: a line that does not fit is set aside and counted.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from cxkit.errors import DataError
from cxkit.tables.log import Log
from cxkit.words import plural

_CANDIDATES = (",", ";", "\t", "|")
_PEEK = 300
SPOKEN = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar", "": "none (one column)"}
_NUMBER_OR_DATE = re.compile(
    r"\s*[-+−$€£]?\s*\d[\d.,' \u00a0\u202f]*[%€$£]?\s*|\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?|\s*★+☆*\s*"
)
_IMPORT_ID = re.compile(r"""\s*\{["']ImportId["']""")
_MISSING = {"", "na", "n/a", "?", "-", "null", "none", "nan", "#n/a"}


@dataclass(frozen=True)
class Dialect:
    """How a text file is laid out.

    Attributes
    ----------
    separator : str
        Between fields; empty for a single column.
    names : tuple of str
        Column names, as written.
    lines : int
        Lines before the first row of data.
    plain : bool
        Whether the top is one line of names and nothing else.
    """

    separator: str
    names: tuple[str, ...]
    lines: int
    plain: bool

    def reader(self, lines: Iterable[str]):
        """A csv reader of these rules; it stops at a quote that is out of place."""
        return csv.reader(lines, **reading(self.separator), strict=True)


def reading(separator: str) -> dict:
    """Arguments for `csv.reader`; a lone column is read as if parted by a character that no text holds."""
    return {"delimiter": separator or "\x1f", "quotechar": '"', "skipinitialspace": True}


def find(lines: Iterable[str], name: str, separator: str, header_rows: int | None, log: Log) -> Dialect:
    """Find separator, headings and column names from the top of a file.

    Parameters
    ----------
    lines : iterable of str
        The file's lines; only the first few hundred are taken.
    name : str
        The file's name, for messages.
    separator : str
        What the caller says; empty to find it.
    header_rows : int, optional
        What the caller says; None to find it. 0 means that there are no headings.

    Raises
    ------
    DataError
        If two separators fit equally well.
    """
    top = list(islice(lines, _PEEK))
    hinted = 0
    if top and (hint := re.fullmatch(r'"?sep=(.)"?\s*', top[0].rstrip("\n") or " ")):
        separator, hinted, top = separator or hint[1], 1, top[1:]
    if not separator:
        separator = _separator(top, name)
    rows, ends = _parse(top, separator)
    if not rows:
        return Dialect(separator, (), hinted, False)
    skipped = _preamble(rows)
    if skipped:
        log.repaired(f"{plural(skipped, 'line')} above the column names left out.")
    body = rows[skipped:]
    if header_rows == 0:
        names = [f"column {place + 1}" for place in range(len(body[0]))]
        return Dialect(separator, tuple(names), hinted + (ends[skipped - 1] if skipped else 0), False)
    count = min(header_rows or _headings(body), len(body))
    names = _names(body[:count])
    names = _row_names(names, body[count:], log)
    if count > 1:
        log.repaired(f"{count} heading rows found; the column names are taken from the first.")
    before = hinted + ends[skipped + count - 1]
    return Dialect(separator, tuple(names), before, before == 1 and not hinted)


def _parse(lines: Sequence[str], separator: str) -> tuple[list[list[str]], list[int]]:
    """Records of the top that are not blank, and the line each ends on; the last may be cut and is left out."""
    rows, ends = [], []
    reader = csv.reader(lines, **reading(separator))
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(row)
                ends.append(reader.line_num)
    except csv.Error:  # a field without end: what was read so far serves
        pass
    if len(lines) >= _PEEK and len(rows) > 1:
        rows, ends = rows[:-1], ends[:-1]
    return rows, ends


def _separator(top: Sequence[str], name: str) -> str:
    """The character that parts most lines into as many fields as there are names."""
    fits: dict[str, tuple[float, int]] = {}
    for candidate in _CANDIDATES:
        rows, _ = _parse(top, candidate)
        above = _preamble(rows)
        width = len(rows[above]) if rows else 0
        if width < 2:
            continue
        like = sum(len(row) == width for row in rows[above:])
        shifted = sum(len(row) == width + 1 for row in rows[above + 1 :]) + 1  # rows with a name of their own
        fits[candidate] = (max(like, shifted) / len(rows), width)  # lines above the names count against it
    fits = {candidate: fit for candidate, fit in fits.items() if fit[0] >= 0.5}
    if not fits:
        return ""
    best = max(fits, key=lambda candidate: fits[candidate])
    equal = [candidate for candidate, (share, _) in fits.items() if share == fits[best][0]]
    if len(equal) > 1:
        said = " and ".join(f"the {SPOKEN[candidate]} ({fits[candidate][1]} columns)" for candidate in equal)
        raise DataError(
            f"'{name}': {said} part every line equally well. Say which it is, such as separator='{equal[0]}'."
        )
    return best


def _preamble(rows: Sequence[Sequence[str]]) -> int:
    """Lines above the names: a title or a date in a single cell, where the table itself is wider."""
    if len(rows) < 3:
        return 0
    width = Counter(len(row) for row in rows).most_common(1)[0][0]
    if width < 3:
        return 0
    for place, row in enumerate(rows[:10]):
        if sum(bool(cell.strip()) for cell in row) > 1:
            return place if len(row) == width else 0
    return 0


def _like_data(cell: str) -> bool:
    return bool(_NUMBER_OR_DATE.fullmatch(cell))


def _missing(cell: str) -> bool:
    return cell.strip().casefold() in _MISSING


def _headings(rows: Sequence[Sequence[str]]) -> int:
    """How many heading rows a survey tool wrote: names, question texts, import ids."""
    for count in (3, 2):
        if len(rows) >= count and any(_IMPORT_ID.match(cell) for cell in rows[count - 1]):
            return count
    if len(rows) < 2:
        return 1
    if _continued(rows[0], rows[1]):
        return 2
    for count in (3, 2):
        if all(_names_row(rows[place], rows[count : count + 30]) for place in range(1, min(count, len(rows)))):
            return count if len(rows) > count else 1
    return 1


def _continued(first: Sequence[str], second: Sequence[str]) -> bool:
    """Two rows that together name the columns: each fills what the other leaves blank."""
    if len(first) != len(second):
        return False
    blanks = [place for place, cell in enumerate(first) if not cell.strip() and place > 0]
    fills = blanks and all(second[place].strip() and not _like_data(second[place]) for place in blanks)
    gaps = any(cell.strip() and not second[place].strip() for place, cell in enumerate(first))
    return bool(fills and gaps and not any(_like_data(cell) for cell in second if cell.strip()))


def _names_row(row: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether a row is words throughout, where at least two columns of the rows below hold only numbers or dates."""
    if len(body) < 2 or any(_like_data(cell) or _missing(cell) for cell in row):
        return False
    differing = 0
    for place in range(len(row)):
        below = [other[place] for other in body if place < len(other) and not _missing(other[place])]
        differing += len(below) >= 2 and all(_like_data(cell) for cell in below)
    return differing >= 2


def _names(rows: Sequence[Sequence[str]]) -> list[str]:
    """Column names from one or more heading rows.

    Where the first row leaves a name blank, the last name before it goes on, made precise by the second row.
    """
    first = [cell.strip() for cell in rows[0]]
    if len(rows) < 2 or not _continued(rows[0], rows[1]):
        return first
    names, last = [], ""
    for place, name in enumerate(first):
        last = name or last
        part = rows[1][place].strip()
        plain = not part or part.casefold() in ("response", "open-ended response", last.casefold())
        names.append(name if name and plain else f"{last} - {part}" if last else part)
    return names


def _row_names(names: list[str], body: Sequence[Sequence[str]], log: Log) -> list[str]:
    """Some programs write row names without a heading: every row is then one field longer than the names."""
    if body and all(len(row) == len(names) + 1 for row in body) and all(row[-1].strip() for row in body[:1]):
        log.said("The rows have one field more than there are names: the first is taken as an unnamed row name.")
        return ["", *names]
    return names
