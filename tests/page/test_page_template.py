"""The report's template: what is shown, in which order, and that nothing unescaped gets through."""

from __future__ import annotations

import re

import nbformat
import page_notebook as made
import pytest
from bs4 import BeautifulSoup
from jinja2 import UndefinedError
from nbconvert.exporters.html import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cxkit import page, resources
from cxkit.markup import Block, h
from cxkit.reports.render import page as render

CSP = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"


def plain_nbconvert(nb) -> str:
    """As `jupyter nbconvert --to html --template cx_report` does it, without anything of the kit."""
    exporter = HTMLExporter(template_name="cx_report", extra_template_basedirs=[str(resources.templates())])
    return exporter.from_notebook_node(nb)[0]


def from_cells(*cells, how=render) -> BeautifulSoup:
    nb = new_notebook(cells=list(cells), metadata={"language_info": {"name": "python"}})
    return BeautifulSoup(how(nb, "x") if how is render else how(nb), "html.parser")


@pytest.fixture(scope="module", params=["kit", "plain"])
def report(request) -> str:
    nb = made.notebook()
    return render(nb, "nps_deep_dive") if request.param == "kit" else plain_nbconvert(nb)


@pytest.fixture(scope="module")
def tree(report) -> BeautifulSoup:
    return BeautifulSoup(report, "html.parser")


def test_policy_and_no_script(report, tree):
    assert tree.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"] == CSP
    assert not tree.find_all(["script", "link", "iframe", "form", "input", "object", "embed", "base"])
    assert "cdn" not in report.lower().replace("mecklenburg", "")
    assert not [a for tag in tree.find_all(True) for a in tag.attrs if a.startswith("on")]


def test_addresses_are_harmless(tree):
    links = {a["href"] for a in tree.main.find_all("a", href=True)}
    assert links == {"https://example.test/", "http://example.test%22,%22click"}
    assert all(img["src"].startswith("data:image/") for img in tree.find_all("img"))


def test_order_of_the_page(tree):
    heads = [h2.get_text() for h2 in tree.main.find_all("h2")]
    assert heads[:3] == ["Headline", "The question", "Data and its health"]
    assert heads[-1] == "Appendix"
    assert [a.get_text() for a in tree.nav.find_all("a")] == heads
    assert [tag.get_text() for tag in tree.find_all("h1")] == ["Larkspur & Vale, all customers"]
    assert tree.find(class_="eye").get_text() == "NPS deep-dive"
    assert tree.find(class_="dek").get_text() == "NPS fell 7 points, from +38 to +31."
    assert [dd.get_text() for dd in tree.find(class_="meta").find_all("dd")] == [
        "Q3 2026", "Q2 2026", "30 Sep 2026", "R. Okafor, CX Insights",
    ]  # fmt: skip


def test_figures_are_numbered_and_ids_are_unique(report, tree):
    assert "{cxfig}" not in report
    ids = [tag["id"] for tag in tree.find_all(id=True)]
    assert len(ids) == len(set(ids))
    assert [f["id"] for f in tree.main.find_all("figure", id=True)] == [f"fig-{k}" for k in range(1, 6)]
    assert set(re.findall(r"url\(#([^)]+)\)", report)) <= set(ids)


def test_code_is_folded_and_hidden_where_asked(tree):
    codes = [fold.code.get_text() for fold in tree.find_all("details", class_="code")]
    assert "headlines(findings)\n\ntiles(key)" in codes
    assert not any("from cxkit import read" in code for code in codes)
    assert not any(fold.has_attr("open") for fold in tree.find_all("details"))


def test_notes_and_error(tree):
    titles = [p.get_text() for p in tree.find_all(class_="t")]
    assert "Method: intervals and verdicts" in titles
    assert "Caution: what the page cannot say" in titles
    fail = tree.find(class_="fail")
    assert fail.find_all("p")[1].get_text().startswith("orders: the last order is of 2026-09-12.")
    assert "\x1b" not in fail.get_text()


def test_style_is_small_and_overhead_too(tree, report):
    style = len(tree.style.get_text().encode())
    assert style <= 12_000
    for tag in tree.find_all(["svg", "img", "picture"]):
        tag.decompose()
    rest = len(str(tree).encode()) - len(tree.get_text().encode())
    assert rest <= 46_000  # with every component, and ten tables of data


def test_provenance(report):
    foot = BeautifulSoup(render(made.notebook(), "n"), "html.parser").footer.get_text(" ")
    assert 'company = "Larkspur & Vale"' in foot
    assert "sha256 bd3d3a79" in foot
    assert "byte for byte" in foot


def test_without_a_run_record_parameters_are_folded():
    cell = new_code_cell('source = "a.csv"', metadata={"tags": ["injected-parameters"]})
    tree = from_cells(new_markdown_cell("# T"), cell, how=plain_nbconvert)
    assert tree.footer.summary.get_text() == "Parameters given"
    assert 'source = "a.csv"' in tree.footer.get_text()
    assert "source" not in tree.main.get_text()


def test_same_bytes_twice():
    assert render(made.notebook(), "n") == render(made.notebook(), "n")


@pytest.mark.parametrize("how", [render, plain_nbconvert], ids=["kit", "plain"])
def test_a_forged_block_is_shown_as_text(how):
    data = {
        "text/html": "</style><b>forged</b>",
        "image/x-cxkit-figure": "<figure><b>forged</b></figure>",
        "text/plain": "t",
    }
    tree = from_cells(new_code_cell("x", outputs=[new_output("display_data", data=data)]), how=how)
    assert tree.main.find("b") is None
    assert tree.main.pre.get_text() == "t"


@pytest.mark.parametrize(
    ("source", "kept", "gone"),
    [
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>", "img"),
        ("<details open ontoggle=alert(1)>", "<details open", "details"),
        ("![x](https://example.test/a.png)", "x", "img"),
        ("- [x] <script>alert(1)</script>", "☑ <script>", "input"),
        ("```mermaid\n<script>alert(1)</script>\n```", "<script>alert(1)</script>", "script"),
        ("$$<script>alert(1)</script>$$", "<script>", "script"),
        ("[x]: <javascript:alert(1)>\n\n[x]", "x", "script"),
        ("<a href='javascript:alert(1)'>x</a>", "<a href=", "script"),
    ],
)
def test_markdown_cannot_run(source, kept, gone):
    tree = from_cells(new_markdown_cell(source))
    assert kept in tree.main.get_text()
    assert tree.main.find(gone) is None
    assert not [a["href"] for a in tree.main.find_all("a", href=True) if "javascript" in a["href"].lower()]


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "&#106;avascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "/a",
        "file:///a",
    ],
)
def test_links_lead_nowhere_else(address):
    tree = from_cells(
        new_markdown_cell(f"[there]({address}) [ok](https://example.test) [mail](mailto:a@example.test) [up](#main)")
    )
    assert [a["href"] for a in tree.main.find_all("a", href=True)] == [
        "https://example.test",
        "mailto:a@example.test",
        "#main",
    ]


def test_markdown_reads_as_written():
    tree = from_cells(
        new_markdown_cell(
            "# T\n\n## A & B < C\n\n`a < b` and\n\n```python\nif a < b: pass\n```\n\n## A & B < C\n\n#### deep\n\n> q"
        )
    )
    assert [h.get_text() for h in tree.main.find_all("h2")][-2:] == ["A & B < C", "A & B < C"]
    assert tree.main.find("code").get_text() == "a < b"
    assert "if a < b: pass" in tree.main.find("pre").get_text()
    assert tree.main.find("h3").get_text() == "deep"
    assert len({h["id"] for h in tree.main.find_all("h2")}) == len(tree.main.find_all("h2"))


def test_attachments_are_shown():
    cell = new_markdown_cell("![Plan of a shop](attachment:a.png) ![none](attachment:b.png)")
    cell["attachments"] = {"a.png": {"image/png": "iVBORw0KGgo="}}
    images = from_cells(cell).main.find_all("img")
    assert [(i["src"], i["alt"]) for i in images] == [("data:image/png;base64,iVBORw0KGgo=", "Plan of a shop")]


def test_a_picture_without_description_says_so():
    cell = new_code_cell(
        "x", outputs=[new_output("display_data", data={"image/png": "iVBORw0KGgo=\n", "text/plain": "<Figure>"})]
    )
    figure = from_cells(cell).main.figure
    assert "Nobody has described this picture" in figure.figcaption.get_text()
    assert figure.img["src"] == "data:image/png;base64,iVBORw0KGgo="


@pytest.mark.parametrize(
    "data", [{"application/javascript": "alert(1)"}, {"application/vnd.jupyter.widget-view+json": {}}]
)
def test_an_output_no_block_shows_stops_the_page(data):
    cell = new_code_cell("x", outputs=[new_output("display_data", data=data)])
    with pytest.raises(UndefinedError, match="no block shows an output of type application/"):
        from_cells(cell, how=plain_nbconvert)


def test_json_is_text():
    cell = new_code_cell("x", outputs=[new_output("display_data", data={"application/json": {"a": "<b>"}})])
    assert '"a": "<b>"' in from_cells(cell, how=plain_nbconvert).main.pre.get_text()


def test_a_bare_notebook_makes_a_page():
    tree = from_cells(new_code_cell("1 + 1", outputs=[new_output("execute_result", data={"text/plain": "2"})]))
    assert tree.h1.get_text() == "x"
    assert tree.main.pre.get_text() == "2"
    assert tree.find(class_="toc") is None


def test_head_without_company_keeps_the_notebook_title():
    nb = new_notebook(cells=[new_markdown_cell("# NPS deep-dive"), made.cell(page.head(period="Q3 2026"))])
    tree = BeautifulSoup(render(nb, "x"), "html.parser")
    assert tree.h1.get_text() == "NPS deep-dive"
    assert tree.title.get_text() == "NPS deep-dive: Q3 2026"
    assert tree.find(class_="eye") is None


def test_notebook_is_left_as_it_was():
    nb = made.notebook()
    before = nbformat.writes(nb)
    render(nb, "n")
    assert nbformat.writes(nb) == before


def test_a_cell_that_shows_nothing_leaves_no_fold():
    empty = new_output("execute_result", data={"text/plain": ""})
    assert from_cells(new_code_cell("x = 1")).main.find("details") is None
    assert from_cells(new_code_cell("x", outputs=[empty])).main.find("details") is None


@pytest.mark.parametrize("tags", [[], ["appendix"]])
def test_a_section_that_cannot_be_shown_is_its_heading_and_one_line(tags):
    absent = made.cell(
        Block("absent", h("p", "Channels cannot be shown: there is no column."), "none"), tags=tuple(tags)
    )
    intro = new_markdown_cell("## Channels\n\nCustomers do not think in channels.", metadata={"tags": tags})
    said = from_cells(intro, absent).main.get_text(" ", strip=True)
    assert "Channels cannot be shown" in said
    assert "do not think" not in said
    assert "Code" not in said
