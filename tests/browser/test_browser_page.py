"""The page in a real browser: nothing is fetched or run, nothing is out of reach, nothing sticks out."""

from __future__ import annotations

from pathlib import Path

import page_notebook
import pytest

from cxkit.reports.render import page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page(page_notebook.notebook(), "nps_deep_dive"), encoding="utf-8")
    return path


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_accessible(report, page_facts, axe, width, dark):
    assert page_facts(report, width, dark).violations == []


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_quiet_and_no_sideways_scroll(report, page_facts, width):
    facts = page_facts(report, width, check=False)
    assert facts.quiet, (facts.requests, facts.navigations, facts.dialogs, facts.console, facts.live)
    assert facts.scroll_width <= width
    assert facts.texts["body"].count("NPS") > 10


def test_the_browser_notices(tmp_path, page_facts):
    """A page that does everything wrong is seen doing it."""
    path = tmp_path / "bad.html"
    path.write_text(
        "<title>x</title><body onload=\"alert(1)\"><script>console.error('oh')</script><a href='javascript:1'>x</a>"
        "<img src='http://127.0.0.1:9/a.png'><div style='width:2000px'>wide</div>",
        encoding="utf-8",
    )
    facts = page_facts(path, 360)
    assert facts.requests == ["http://127.0.0.1:9/a.png"]
    assert facts.dialogs == ["1"]
    assert "oh" in facts.console
    assert len(facts.live) >= 4
    assert facts.scroll_width > 360
    assert facts.violations is None or any(found.startswith("image-alt") for found in facts.violations)


def test_reads_in_order(report, page_facts):
    facts = page_facts(report, check=False)
    said = facts.texts
    assert said["h1"] == ["Larkspur & Vale, all customers"]
    assert said["h2"][0] == "Headline"
    assert said["h2"] == said["contents"]
    assert said["h2"][-1] == "Appendix"
    assert said["broken"] == []
    assert said["twice"] == []
    assert "Only for the notebook" not in said["body"]


def test_every_picture_is_described_with_numbers(report, page_facts):
    alts = set(page_facts(report, check=False).texts["alts"])
    assert len(alts) == 5
    assert all(len(alt) > 15 and any(c.isdigit() for c in alt) for alt in alts)


def test_hostile_texts_are_shown_as_text(report, page_facts):
    body = page_facts(report, check=False).texts["body"]
    assert body.count("<script>alert(1)</script>") >= 6
    assert '"><img src=x onerror=alert(2)>' in body
    assert "{{ 7 * 7 }}" in body
    assert "\u202e" not in body


def test_contents_jump_works_without_script(report, chromium):
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.goto(report.as_uri())
    tab.locator(".toc a").last.click()
    assert tab.url.endswith("#appendix")
    context.close()


def test_prints_on_few_pages(report, chromium, tmp_path):
    tab = chromium.new_page()
    tab.goto(report.as_uri())
    tab.emulate_media(media="print")
    assert tab.evaluate("getComputedStyle(document.querySelector('details.code')).display") == "none"
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    made = tab.pdf(path=str(tmp_path / "report.pdf"), prefer_css_page_size=True)
    assert 4 <= made.count(b"/Type /Page\n") + made.count(b"/Type /Page ") <= 20
    tab.close()
