"""Excel workbooks: cells keep their types, sheets are named, openpyxl is optional."""

import builtins
import datetime as dt

import pytest
from tables_help import said

import cxkit
from cxkit.errors import DataError, MissingPackage

openpyxl = pytest.importorskip("openpyxl", reason="pip install 'cxkit[excel]'")


def book(tmp_path, **sheets):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    path = tmp_path / "a.xlsx"
    made.save(path)
    return path


ROWS = [
    ["Customer ID", "score", "responded_at", "amount", "ok", None],
    [123, 9, dt.datetime(2025, 3, 4, 10, 11, 12), 1.234, True, None],
    [124, "3 - Unlikely", dt.date(2025, 3, 5), 5, False, None],
    [None, None, None, None, None, None],
    [125, None, None, None, None, None],
]


def test_cells_keep_their_types(tmp_path, health_adds_up):
    table = cxkit.read("responses", book(tmp_path, Export=ROWS))
    frame = table.to_pandas()
    assert frame["customer_id"].tolist() == ["123", "124", "125"]
    assert frame["score"].tolist()[:2] == [9, 3]
    assert str(frame["responded_at"][0]) == "2025-03-04 10:11:12"
    assert frame["amount"].tolist()[:2] == [1.234, 5]  # a number in a cell never reads both ways
    assert table.health.encoding == table.health.separator == ""
    health_adds_up(table)


def test_text_numbers_and_serial_dates(tmp_path):
    path = book(tmp_path, Export=[["score", "responded_at", "basket"], ["9", 45720, "1,5"], ["7", 45721.5, "2,5"]])
    table = cxkit.read("responses", path)
    assert str(table.to_pandas()["responded_at"][1]) == "2025-03-05 12:00:00"
    assert table.to_pandas()["basket"].tolist() == [1.5, 2.5]
    assert said(table, "2 Excel serial numbers")


def test_heading_rows_and_totals(tmp_path):
    rows = [
        ["Export of May"],
        [],
        ["customer_id", "ordered_at", "amount"],
        ["a", dt.date(2025, 1, 1), 5],
        ["Total", None, 5],
    ]
    table = cxkit.read("orders", book(tmp_path, Export=rows))
    assert table.to_pandas()["amount"].tolist() == [5]
    assert table.health.set_aside == (("as totals", 1),)


def test_sheets_are_named_or_the_only_filled_one(tmp_path):
    path = book(tmp_path, Notes=[], Export=ROWS)
    assert said(cxkit.read("responses", path), "sheet 'Export', the only one")
    path = book(tmp_path, Export=ROWS, Other=ROWS)
    with pytest.raises(DataError, match=r"2 filled sheets: 'Export', 'Other'.*sheet='Export'"):
        cxkit.read("responses", path)
    assert cxkit.read("responses", path, sheet="Other").health.rows_kept == 3
    with pytest.raises(DataError, match=r"no sheet 'Others'. Did you mean 'Other'"):
        cxkit.read("responses", path, sheet="Others")


def test_a_workbook_without_rows_and_a_damaged_one(tmp_path):
    with pytest.raises(DataError, match="holds no rows"):
        cxkit.read("responses", book(tmp_path, Export=[]))
    path = tmp_path / "b.xlsx"
    path.write_bytes(b"PK\x03\x04[Content_Types].xml" + bytes(50))
    with pytest.raises(DataError, match="damaged workbook"):
        cxkit.read("responses", path)


def test_the_message_without_openpyxl(tmp_path, monkeypatch):
    path = book(tmp_path, Export=ROWS)
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name.startswith("openpyxl"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingPackage, match=r"pip install 'cxkit\[excel\]'"):
        cxkit.read("responses", path)
