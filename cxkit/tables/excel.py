"""Excel workbooks, through openpyxl (an extra). Cells keep their type on the way: a date in a cell is a date."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from cxkit.errors import DataError, need, suggest
from cxkit.tables import textfile
from cxkit.tables.log import Log
from cxkit.tables.options import Options
from cxkit.tables.raw import Raw


def load(paths: Sequence[Path], given: Options, log: Log, label: str) -> Raw:
    """Read one sheet of each workbook as rows of text.

    Raises
    ------
    MissingPackage
        If openpyxl is not installed.
    DataError
        If a workbook is damaged, or it has several filled sheets and none is named.
    """
    with textfile.private_folder() as folder:
        written = []
        for number, path in enumerate(paths):
            target = folder / f"{number}.csv"
            _write(path, given, target, log)
            written.append(target)
        plain = Options({}, header_rows=given.header_rows, separator=",", encoding="utf-8")
        raw = textfile.load(written, plain, log, label, [path.name for path in paths])
    raw.encoding = raw.separator = ""
    raw.decimal = given.decimal or "."
    return raw


def _write(path: Path, given: Options, target: Path, log: Log) -> None:
    try:
        import openpyxl
    except ImportError:
        raise need("openpyxl", "excel", "read Excel files") from None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl lets zip, XML and key errors through
        raise DataError(f"'{path.name}' is a damaged workbook ({type(error).__name__}). Save it again.") from None
    try:
        sheet = _sheet(book, path.name, given.sheet, log)
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
            writer.writerows(_rows(sheet, given.decimal))
    finally:
        book.close()


def _sheet(book: Any, name: str, wanted: str, log: Log) -> Any:
    """The sheet that is named, or the only one that holds anything."""
    titles = [sheet.title for sheet in book.worksheets]
    if wanted:
        if wanted not in titles:
            raise DataError(f"'{name}' has no sheet '{wanted}'.{suggest(wanted, titles)}")
        return book[wanted]
    filled = [sheet for sheet in book.worksheets if next(_rows(sheet, ""), None)]
    if not filled:
        raise DataError(f"'{name}' holds no rows in any sheet.")
    if len(filled) > 1:
        listed = ", ".join(f"'{sheet.title}'" for sheet in filled)
        raise DataError(
            f"'{name}' has {len(filled)} filled sheets: {listed}. Say which with sheet='{filled[0].title}'."
        )
    if len(titles) > 1:
        log.said(f"Read from the sheet '{filled[0].title}', the only one that holds rows.")
    return filled[0]


def _rows(sheet: Any, decimal: str) -> Iterator[list[str]]:
    """Rows as text, as wide as the first that holds anything; wholly empty ones are left out."""
    sheet.reset_dimensions()
    width = 0
    for row in sheet.iter_rows(values_only=True):
        cells = [_text(value, decimal) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        width = width or len(cells)
        yield cells + [""] * (width - len(cells))


def _text(value: Any, decimal: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        text = str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        return text.replace(".", ",") if decimal == "," else text
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)
