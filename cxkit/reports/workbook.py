"""The tables of a page as one Excel workbook: real numbers, no formulas, the same bytes for the same input."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from cxkit import sheets
from cxkit.errors import need
from cxkit.reports.cellformat import Column, columns_of
from cxkit.reports.notebook import heading_of, tags

#: Kinds of blocks in the order of their sheets; all others follow.
_ORDER = ("headline", "tiles", "figure")
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
#: Texts that a spreadsheet would otherwise take for the start of a formula when somebody edits the cell.
_LIVE = tuple("=+-@\t\r\u2212\uff1d\uff0b\uff0d\uff20")
_ESCAPED = re.compile(r"_(x[0-9A-Fa-f]{4}_)")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST = 32_767  # characters a cell can hold
_NAME = 31  # characters a sheet's name can have


@dataclass(frozen=True)
class Found:
    """A table that a page's block handed over.

    Attributes
    ----------
    kind : str
        Kind of the block.
    title : str
    section : str
        Heading under which it stands on the page: "Appendix" for what is set there.
    figure : int
        Number of the figure it belongs to; 0 for none.
    rows : int
        Rows of the whole table, of which `columns` may hold the first ones only.
    columns : list of mapping
        As `cxkit.sheets.hand_over` made them.
    by_row : bool
        Whether the column `unit` holds for all numbers of a row.
    """

    kind: str
    title: str
    section: str
    figure: int
    rows: int
    columns: Sequence[Mapping[str, Any]]
    by_row: bool = False


def available() -> None:
    """Refuse before anything runs if workbooks cannot be written.

    Raises
    ------
    MissingPackage
        If openpyxl is not installed.
    """
    if find_spec("openpyxl") is None:
        raise need("openpyxl", "excel", "write Excel workbooks (--also xlsx)")


def taken(nb: Any) -> list[Found]:
    """Take the tables out of an executed notebook, in the order of the page; they are left in none of its outputs."""
    found: list[Found] = []
    number = 0
    for index in _page_order(nb):
        for output in nb["cells"][index].get("outputs", []):
            number += _is_picture(output)
            held = output.get("data", {}).pop(sheets.MIME, [])
            for table in held if isinstance(held, list) else []:
                figure = number if table["kind"] == "figure" else 0
                section = "Appendix" if "appendix" in tags(nb["cells"][index]) else heading_of(nb, index)
                found.append(Found(section=section, figure=figure, **table))
    for cell in nb["cells"]:  # cells that the page leaves out
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(sheets.MIME, None)
    return sorted(found, key=lambda one: _ORDER.index(one.kind) if one.kind in _ORDER else len(_ORDER))


def _page_order(nb: Any) -> list[int]:
    """Positions of the code cells that the page shows, in its order: headline first, appendix last."""
    shown = [
        (index, set(tags(cell)))
        for index, cell in enumerate(nb["cells"])
        if cell["cell_type"] == "code" and not {"parameters", "injected-parameters"} & set(tags(cell))
    ]
    first = [index for index, names in shown if "headline" in names and "notebook-only" not in names]
    rest = [index for index, names in shown if not names & {"headline", "appendix", "notebook-only"}]
    return [*first, *rest, *(index for index, names in shown if "appendix" in names)]


def _is_picture(output: Mapping[str, Any]) -> bool:
    """Whether the page numbers this output as a figure."""
    data, ours = output.get("data", {}), "cxkit" in output.get("metadata", {})
    if ours and ("image/x-cxkit-figure" in data or "text/html" in data):
        return "image/x-cxkit-figure" in data
    return any(mime in data for mime in ("image/svg+xml", "image/png", "image/jpeg", "image/gif"))


def build(tables: Sequence[Found], about: Sequence[tuple[str, str]], tidy: Callable[[str], str] = str) -> bytes:
    """Write the workbook.

    Parameters
    ----------
    tables : list of Found
        In the order of their sheets.
    about : list of (name, value)
        What stands on the first sheet below the list of sheets: title first, then period, data and so on.
    tidy : callable
        Makes a text fit for readers elsewhere.

    Returns
    -------
    bytes
        An .xlsx file, the same for the same input: it bears no clock.
    """
    from openpyxl import Workbook

    book = Workbook()
    _settle(book, about)
    front = book.active
    front.title = "Contents"
    names = _names(tables)
    for name, table in zip(names, tables, strict=True):
        _fill(book.create_sheet(name), table, tidy)
    _contents(front, names, tables, about, tidy)
    stream = io.BytesIO()
    book.save(stream)
    return _timeless(stream.getvalue())


def _settle(book: Any, about: Sequence[tuple[str, str]]) -> None:
    book.properties.creator = "cxkit"
    book.properties.title = _safe(about[0][1]) if about else ""
    book.calculation = None  # there is nothing to calculate


def _names(tables: Iterable[Found]) -> list[str]:
    """A name for each sheet: short, allowed, and no two alike."""
    used, names = {"contents", "history"}, []
    for table in tables:
        lead = f"Fig {table.figure} " if table.figure else ""
        own = table.section and table.section != "Appendix"
        said = (table.section if own else f"{table.section} {table.title}") if table.figure else table.title
        whole = lead + " ".join(_FORBIDDEN.sub(" ", _safe(said)).split())
        name, copy = _cut(whole, _NAME).strip() or "Table", 1
        while name.casefold() in used:
            copy += 1
            name = f"{_cut(whole, _NAME - 5).strip() or 'Table'} ({copy})"
        used.add(name.casefold())
        names.append(name)
    return names


def _cut(text: str, most: int) -> str:
    """The text, cut between two words where it is too long."""
    if len(text) <= most:
        return text
    head = text[: most + 1].rpartition(" ")[0]
    return (head if len(head) >= most // 2 else text[:most]).rstrip(" ,;:.\u2013\u2014-")


def _safe(text: str) -> str:
    """Text that a workbook can hold: no characters that XML forbids, and no more than a cell has room for."""
    return _ESCAPED.sub(r"_x005F_\1", _ILLEGAL.sub("", text))[:_LONGEST]


def _put(sheet: Any, row: int, column: int, value: Any, **style: Any) -> Any:
    """Write one cell; a text stays a text, whatever it begins with."""
    cell = sheet.cell(row, column)
    cell.value = _safe(value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(_LIVE)
    for name, held in style.items():
        setattr(cell, name, held)
    return cell


def _fill(sheet: Any, table: Found, tidy: Callable[[str], str]) -> None:
    """One table: headings with units in the first row, the numbers below."""
    from openpyxl.styles import Alignment, Font

    columns = columns_of(table.columns, tidy, table.by_row)
    for at, column in enumerate(columns, 1):
        side = "left" if column.text else "right"
        align = Alignment(horizontal=side, vertical="bottom", wrap_text=True)
        _put(sheet, 1, at, column.heading, font=Font(bold=True), alignment=align)
        _column(sheet, at, column)
        sheet.column_dimensions[sheet.cell(1, at).column_letter].width = column.width
    sheet.freeze_panes = "B2" if columns and columns[0].text and columns[0].width <= 30 else "A2"
    if columns and columns[0].values:
        sheet.auto_filter.ref = sheet.dimensions
    sheet.sheet_properties.outlinePr = None
    sheet.page_setup.orientation = "landscape"
    sheet.oddHeader.left.text = _cut(_safe(table.title).replace("&", "&&"), 120)


def _column(sheet: Any, at: int, column: Column) -> None:
    from openpyxl.styles import Alignment

    wrapped = Alignment(vertical="top", wrap_text=True) if column.wrap else None
    for row, (value, shown) in enumerate(zip(column.values, column.formats, strict=True), 2):
        if value is None:
            continue
        cell = _put(sheet, row, at, value)
        if shown:
            cell.number_format = shown
        if wrapped:
            cell.alignment = wrapped


def _contents(front: Any, names: list[str], tables: Sequence[Found], about: Any, tidy: Callable[[str], str]) -> None:
    """The first sheet: what the report is, a link to each sheet, and where the numbers come from."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.worksheet.hyperlink import Hyperlink

    bold, top = Font(bold=True), Alignment(vertical="top", wrap_text=True)
    title = about[0][1] if about else "Report"
    _put(front, 1, 1, tidy(title), font=Font(bold=True, size=14))
    _put(front, 2, 1, _NOTE if tables else "The page has no tables.")
    row = 4
    for at, heading in enumerate(("Sheet", "What it shows", "Section of the page", "Rows"), 1):
        _put(front, row, at, heading, font=bold)
    for name, table in zip(names, tables, strict=True):
        row += 1
        cell = _put(front, row, 1, name, font=Font(color="0072B2", underline="single"), alignment=top)
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{name}'!A1", display=name)
        number = f"Figure {table.figure}. " if table.figure else ""
        _put(front, row, 2, number + tidy(table.title), alignment=top)
        _put(front, row, 3, tidy(table.section), alignment=top)
        held = len(table.columns[0]["values"]) if table.columns else 0
        rows = _put(front, row, 4, table.rows, alignment=Alignment(vertical="top"))
        rows.number_format = "#,##0"
        if held < table.rows:
            _put(front, row, 5, f"only the first {held:,} are here")
    row += 2
    for name, value in about[1:]:
        if value:
            _put(front, row, 1, name, font=bold, alignment=top)
            _put(front, row, 2, tidy(value), alignment=top)
            row += 1
    for letter, width in zip("ABCD", (32, 72, 30, 9), strict=True):
        front.column_dimensions[letter].width = width


_NOTE = (
    "The tables of the page, unrounded: cells show fewer digits than they hold. Shares are 0 to 1, shown in per cent. "
    "There are no formulas."
)


def _timeless(raw: bytes) -> bytes:
    """The same file without the clock that was put into it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"<dcterms:(created|modified)\b.*?</dcterms:\1>", b"", content)
            part = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            part.compress_type, part.create_system, part.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
            target.writestr(part, content)
    return out.getvalue()
