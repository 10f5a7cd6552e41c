"""The workbook beside a page: real numbers, nothing that runs, the same bytes; and the findings for machines."""

import datetime
import io
import json
import re
import shutil
import zipfile

import nbformat
import openpyxl
import page_notebook
import pytest

from cxkit import cli, page, sheets
from cxkit.errors import MissingPackage, UsageError
from cxkit.reports import companions, run, workbook
from cxkit.reports.cellformat import columns_of
from cxkit.reports.workbook import Found, build


def found(values, name="x", kind="text", title="T", **more):
    column = {"name": name, "type": kind, "values": values}
    return Found("table", title, "Section", 0, len(values), [column], **more)


def opened(raw):
    return openpyxl.load_workbook(io.BytesIO(raw))


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    return tmp_path_factory.mktemp("workbook")


@pytest.fixture(scope="module")
def made(desk, books):
    """A report with its workbook."""
    return run.report(books / "tables.ipynb", out=desk / "reports", also="xlsx")


@pytest.fixture(scope="module")
def book(made):
    return openpyxl.load_workbook(made.also[0])


def test_it_is_published_beside_the_page(made, desk):
    assert made.code == 0
    assert sorted(path.name for path in (desk / "reports").iterdir()) == [
        "tables.findings.json",
        "tables.html",
        "tables.xlsx",
    ]
    assert made.also == (desk / "reports" / "tables.xlsx",)
    assert made.findings == desk / "reports" / "tables.findings.json"


def test_sheets_stand_in_the_order_of_importance(book):
    odd = "Odd texts a b c of a caption"
    assert book.sheetnames == [
        *("Contents", "Findings", "Key figures", "Fig 1 Where it differs", "NPS by region"),
        *(odd, "Odd texts a b c of a (2)", "Next steps"),
    ]
    assert all(len(name) <= 31 for name in book.sheetnames)


def test_the_first_sheet_names_the_report_and_leads_to_the_others(book, made):
    front = book["Contents"]
    told = {row[0].value: row[1].value for row in front.iter_rows() if row[0].value}
    assert front["A1"].value == "Tables"
    assert told["Company"] == "Larkspur & Vale"
    assert told["Period"] == "all answers"
    assert told["Data up to"] == "2026-09-30"
    assert told["Definition"].startswith("sha256 ")
    assert "pandas" in told["Versions"]
    links = {row[0].value: row[0].hyperlink.location for row in front.iter_rows(min_row=5) if row[0].hyperlink}
    assert links == {name: f"'{name}'!A1" for name in book.sheetnames[1:]}
    assert re.match(r"Figure 1\. \d+", told["Fig 1 Where it differs"])
    assert "Figure 1." in made.html.read_text()  # the same number as on the page


def test_numbers_are_numbers_unrounded_with_unit_and_format(book):
    rows = list(book["NPS by region"].iter_rows())
    head = [cell.value for cell in rows[0]]
    at = {name: place for place, name in enumerate(head)}
    assert head[0] == "region"
    assert {"estimate (points)", "low (points)", "change (points)", "before (points)", "n before"} <= set(head)
    assert head[-1] == "method"
    estimate = rows[1][at["estimate (points)"]]
    assert isinstance(estimate.value, float)
    assert estimate.value != round(estimate.value, 6)
    assert estimate.number_format == "+0.0;\u22120.0;0.0"
    assert rows[1][at["n"]].number_format == "#,##0"
    assert rows[1][at["confidence"]].number_format == "0%"
    shares = list(book["Fig 1 Where it differs"].iter_rows())
    named = {cell.value: cell for cell in shares[0]}
    assert "low (share)" in named
    assert shares[1][3].number_format == "0.0%"


def test_odd_texts_stay_texts(book):
    rows = list(book["Odd texts a b c of a caption"].iter_rows(min_row=2))
    cells = {cell.value: cell for (cell, *_) in rows}
    assert "abc" in cells  # direction marks and control characters are gone
    for live in ("=1+1", "+1", "-1", "@SUM(A1)", "\u22121"):
        assert (cells[live].data_type, bool(cells[live].quotePrefix)) == ("s", True), live
    for plain in ("#N/A", "true", "2026-01-01"):
        assert (cells[plain].data_type, bool(cells[plain].quotePrefix)) == ("s", False), plain
    _, share, time, day, yes, number = rows[0]
    assert share.value == 1 / 3
    assert time.value == datetime.datetime(2026, 9, 30, 12, 30)
    assert (day.value.date(), day.number_format) == (datetime.date(2026, 9, 30), "yyyy-mm-dd")
    assert yes.value is True
    assert number.value == "1" + "0" * 17  # more digits than a spreadsheet keeps


def test_there_is_nothing_that_runs_or_reaches_out(made):
    with zipfile.ZipFile(made.also[0]) as held:
        names = held.namelist()
        whole = b"".join(held.read(name) for name in names)
    assert not [name for name in names if re.search("vba|external|connections|drawing|media|activex", name, re.I)]
    assert not re.search(rb"<f\b|externalLink|ddeLink|TargetMode", whole)
    assert b"calcChain" not in whole
    assert set(re.findall(rb'<definedName name="([^"]+)"', whole)) == {b"_xlnm._FilterDatabase"}  # the filter buttons


def test_no_folder_clock_or_machine_stands_in_it(made, desk):
    with zipfile.ZipFile(made.also[0]) as held:
        assert {entry.date_time for entry in held.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        whole = b"".join(held.read(name) for name in held.namelist())
    assert str(desk).encode() not in whole
    assert not re.search(rb"dcterms:(created|modified)", whole)
    assert f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H}".encode() not in whole


def test_the_same_input_gives_the_same_bytes_and_the_page_does_not_know(made, books, tmp_path):
    again = run.report(books / "tables.ipynb", out=tmp_path / "a", also=["xlsx", "xlsx"])
    without = run.report(books / "tables.ipynb", out=tmp_path / "b")
    assert again.also[0].read_bytes() == made.also[0].read_bytes()
    assert again.findings.read_bytes() == made.findings.read_bytes() == without.findings.read_bytes()
    assert again.html.read_bytes() == made.html.read_bytes() == without.html.read_bytes()
    assert without.also == ()
    assert sheets.MIME not in made.html.read_text()
    assert sheets.MIME not in made.executed.read_text() + without.executed.read_text()


def test_the_findings_for_machines(made):
    told = json.loads(made.findings.read_text())
    assert list(told) == [
        *("schema_version", "report", "notebook", "title", "company", "segment", "period", "compared_with", "as_of"),
        *("sources", "definition", "versions", "findings"),
    ]
    assert (told["schema_version"], told["report"], told["period"]) == (1, "tables", "all answers")
    assert told["findings"] == [
        {"rank": 1, "verdict": "clear", "sentence": "NPS fell.", "n": 2648, "estimate": -7.125, "low": None}
    ]


def test_a_failure_takes_old_findings_away_and_leaves_page_and_workbook(books, tmp_path):
    (tmp_path / "out").mkdir()
    for end in ("html", "xlsx", "findings.json"):
        (tmp_path / "out" / f"cell_error.{end}").write_text("old")
    outcome = run.report(books / "cell_error.ipynb", out=tmp_path / "out", also="xlsx")
    assert outcome.code == 4
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["cell_error.html", "cell_error.xlsx"]
    assert (tmp_path / "out" / "cell_error.html").read_text() == "old"


def test_a_stop_takes_old_findings_away(books, tmp_path, monkeypatch):
    from cxkit.reports import engine

    def stopped(nb, run):
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "execute", stopped)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "ok.findings.json").write_text("old")
    with pytest.raises(KeyboardInterrupt):
        run.report(books / "ok.ipynb", out=tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_new_page_does_not_keep_an_old_workbook(books, tmp_path, monkeypatch):
    from cxkit.reports import engine

    monkeypatch.setattr(engine, "execute", lambda nb, run: nb)
    (tmp_path / "out").mkdir()
    for end in ("xlsx", "findings.json"):
        (tmp_path / "out" / f"ok.{end}").write_text("old")
    assert run.report(books / "ok.ipynb", out=tmp_path / "out").code == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["ok.html"]


def test_a_fault_of_the_workbook_is_no_success(books, tmp_path, monkeypatch):
    from cxkit.reports import engine

    monkeypatch.setattr(engine, "execute", lambda nb, run: nb)
    monkeypatch.setattr(workbook, "build", lambda *args: 1 / 0)
    outcome = run.report(books / "ok.ipynb", out=tmp_path / "out", also="xlsx")
    assert outcome.code == 4
    assert list((tmp_path / "out").iterdir()) == []


def test_what_cannot_be_made_is_refused_before_anything_runs(books, tmp_path, monkeypatch, capsys):
    with pytest.raises(UsageError, match=r"also: 'xslx' is not a known choice. Did you mean 'xlsx'"):
        run.report(books / "ok.ipynb", out=tmp_path / "out", also="xslx")
    monkeypatch.setattr(workbook, "find_spec", lambda name: None)
    with pytest.raises(MissingPackage, match=r"install openpyxl: pip install 'cxkit\[excel\]'"):
        run.report(books / "ok.ipynb", out=tmp_path / "out", also="xlsx")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["report", str(books / "ok.ipynb"), "--also", "xlsx"]) == 2
    assert "pip install 'cxkit[excel]'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SystemExit):
        cli.main(["report", str(books / "ok.ipynb"), "--also", "pdf"])


def test_the_command_names_both_files(books, tmp_path, shell):
    shutil.copy(books / "ok.ipynb", tmp_path)
    done = shell("report", "ok.ipynb", "--also", "xlsx", "-p", "period=", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [f"{tmp_path}/reports/ok.html", f"{tmp_path}/reports/ok.xlsx"]
    front = openpyxl.load_workbook(tmp_path / "reports" / "ok.xlsx")["Contents"]
    assert front["A2"].value == "The page has no tables."


def test_tables_of_a_notebook_run_elsewhere_are_not_shown(monkeypatch):
    """Somebody may set the variable for JupyterLab: page, notebook in git and comparison stay the same."""
    from cxkit.reports import render

    monkeypatch.setenv(sheets.ASKED, "1")

    def small():
        blocks = (page.tiles(page_notebook.overall()), page.headlines(page_notebook.findings()))
        cells = [page_notebook.text("# T"), *map(page_notebook.cell, blocks)]
        return page_notebook.new_notebook(cells=[{**one, "id": f"c{k}"} for k, one in enumerate(cells)])

    asked = nbformat.from_dict(small())
    monkeypatch.delenv(sheets.ASKED)
    bare = render.page(nbformat.from_dict(small()), "x")
    assert sheets.MIME in nbformat.writes(asked)
    assert render.page(asked, "x") == bare
    from clean_notebooks import cleaned

    kept = json.loads(nbformat.writes(asked))
    for cell in kept["cells"]:
        cell["metadata"] = {"tags": ["nbval-check-output"]}
    assert sheets.MIME not in json.dumps(cleaned(kept))


# -- parts


def test_names_of_sheets_are_allowed_and_never_alike():
    titles = ["", "x" * 40, "X" * 40, "a/b", "A B", "History", "contents", "'quoted'", "word " * 20, "word " * 20]
    raw = build([found(["v"], title=title) for title in titles], [("Report", "R")])
    names = opened(raw).sheetnames
    assert names[0] == "Contents"
    assert len({name.casefold() for name in names}) == len(names) == len(titles) + 1
    assert not [name for name in names if re.search(r"[\[\]:*?/\\']", name) or len(name) > 31]
    assert "History" not in names
    assert "word word word word word word" in names


@pytest.mark.parametrize("text", ["\ufffe\x00a", "\ud800", "x" * 40_000, "_x0041_", " =1", "\n=1", "\u202e"])
def test_no_text_breaks_the_file(text):
    sheet = opened(build([found([text, "end"], title=text)], [("Report", text)])).worksheets[1]
    assert sheet["A3"].value == "end"
    assert len(sheet["A2"].value or "") <= 32_767


def test_mixed_units_have_their_format_in_each_row():
    table = [
        {"name": "metric", "type": "text", "values": ["nps", "promoters", "csat"]},
        {"name": "unit", "type": "text", "values": ["points", "share", "rating"]},
        {"name": "estimate", "type": "number", "values": [31.0, 0.51, 4.2]},
        {"name": "change", "type": "number", "values": [-7.0, None, 0.1]},
        {"name": "p_adjusted", "type": "number", "values": [0.04, None, 1.0]},
    ]
    columns = {column.heading: list(column.formats) for column in columns_of(table)}
    assert columns["estimate"] == ["+0.0;\u22120.0;0.0", "0.0%", "0.00"]
    assert columns["change"][1:] == ["+0.0%;\u22120.0%;0.0%", "+0.00;\u22120.00;0.00"]
    assert columns["p adjusted"] == ["0.0000"] * 3


def test_a_unit_can_hold_for_all_numbers_of_a_row():
    table = [
        {"name": "unit", "type": "text", "values": ["answers", "share", "above"]},
        {"name": "Total", "type": "text", "values": [10, 0.5, "B"]},
    ]
    total = columns_of(table, by_row=True)[1]
    assert list(total.formats) == ["#,##0", "0.0%", ""]
    assert not total.text


def test_a_cut_table_says_so():
    table = Found("table", "T", "S", 0, 50_000, [{"name": "n", "type": "whole", "values": [1, 2]}])
    front = opened(build([table], [("Report", "R")]))["Contents"]
    assert (front["D5"].value, front["E5"].value) == (50_000, "only the first 2 are here")


def test_findings_of_several_blocks_are_joined_and_cleaned():
    def cell(kind, facts):
        output = {"output_type": "display_data", "metadata": {"cxkit": {"kind": kind, "facts": facts}}, "data": {}}
        return {"cell_type": "code", "outputs": [output], "metadata": {}, "source": ""}

    first = {"sentence": "From /data/in/a.csv\u202e", "p": float("nan"), "by": ["region"], "n": 3}
    cells = [
        cell("headline", {"findings": [first]}),
        cell("headline", {"findings": [{"n": 4}]}),
        cell("other", {"findings": [1]}),
    ]
    told = json.loads(companions.findings({"cells": cells, "metadata": {}}, "r", ["/data/in"]))
    assert told["findings"] == [{"sentence": "From a.csv", "p": None, "by": ["region"], "n": 3}, {"n": 4}]
    assert companions.findings({"cells": cells[2:], "metadata": {}}, "r") == ""


def test_tables_of_the_appendix_are_named_after_it():
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

    def figure(tags):
        held = {"kind": "figure", "title": "Twelve months, and more", "rows": 0, "columns": []}
        data = {"image/x-cxkit-figure": "<figure></figure>", sheets.MIME: [held]}
        out = new_output("display_data", data=data, metadata={"cxkit": {"kind": "figure"}})
        return new_code_cell("x", outputs=[out], metadata={"tags": tags})

    cells = [new_markdown_cell("## What the page cannot say"), figure([]), figure(["appendix"])]
    found = workbook.taken(new_notebook(cells=cells))
    assert [one.section for one in found] == ["What the page cannot say", "Appendix"]
    assert workbook._names(found)[1] == "Fig 2 Appendix Twelve months"
