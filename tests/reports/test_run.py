"""Whole reports, one kernel a behaviour."""

import json
import os
import shutil
import stat
from html import unescape

import pytest

from cxkit.errors import UsageError
from cxkit.reports import files, run


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder from which reports are called, with a file of data."""
    desk = tmp_path_factory.mktemp("desk with späces")
    (desk / "in").mkdir()
    (desk / "in" / "answers é.csv").write_text("score\n9\n")
    return desk


@pytest.fixture(scope="module")
def make(desk, books):
    """Make a report of a fixture notebook, seen from the desk."""

    def call(book, parameters=None, out=None, **options):
        before = os.getcwd()
        os.chdir(desk)
        try:
            return run.report(str(books / f"{book}.ipynb"), parameters, out=out or desk / "reports", **options)
        finally:
            os.chdir(before)

    return call


@pytest.fixture(scope="module")
def good(make):
    return make("ok", {"source": "in/answers é.csv", "min_n": "40", "period": "<script>alert(1)</script>"})


def test_a_report_is_made(good, desk):
    assert (good.code, good.message) == (0, "")
    assert good.html.parent == desk / "reports"
    assert good.html.name.startswith("ok--script-alert-1-script")
    html = good.html.read_text()
    assert "A small report" in html
    assert " 40 0.95 all True" in html


def test_the_page_holds_no_folder_clock_or_live_parameter(good, desk):
    html = good.html.read_text()
    record = json.loads((desk / ".cxkit" / f"{good.name}.run.json").read_text())
    assert "answers é.csv" in html
    for secret in (str(desk), "ipykernel_", "/tmp/", os.uname().nodename, record["started"][:16], "<script>alert"):
        assert secret not in html, secret


def test_the_notebook_stood_in_an_empty_folder_in_utc(good):
    assert "[] UTC <object object>" in unescape(good.html.read_text())


def test_executed_notebook_and_record_are_private(good, desk):
    kept = desk / ".cxkit"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    for suffix in (".ipynb", ".run.json"):
        assert stat.S_IMODE((kept / f"{good.name}{suffix}").stat().st_mode) == 0o600
    record = json.loads((kept / f"{good.name}.run.json").read_text())
    assert record["exit_code"] == 0
    assert record["parameters"]["min_n"] == 40
    assert record["fingerprints"] == {"answers é.csv": "sha256 00ff"}
    assert [cell["status"] for cell in record["cells"]] == ["completed"] * len(record["cells"])
    assert sorted(path.suffix for path in (desk / "reports").iterdir()) == [".html"] * len(
        list((desk / "reports").iterdir())
    )


def test_two_builds_of_the_same_input_have_the_same_bytes(good, make, desk, tmp_path):
    shutil.copytree(desk / "in", tmp_path / "elsewhere")
    given = {
        "source": str(tmp_path / "elsewhere" / "answers é.csv"),
        "min_n": 40,
        "period": "<script>alert(1)</script>",
    }
    again = make("ok", given, out=tmp_path / "out")
    assert again.html.read_bytes() == good.html.read_bytes()


@pytest.mark.parametrize(
    ("book", "code", "said"),
    [
        ("data_error", 3, "In section 'Trend by month': nps: 78 of 400 answers"),
        ("usage_error", 2, "period: '2026-Q5' is no period"),
        ("cell_error", 4, "In section 'Sums': ZeroDivisionError: division by zero"),
        ("dies", 6, "In section 'The last straw': The notebook's kernel died (exit code 7)"),
        ("unshowable", 4, "Under 'A widget' a cell shows application/javascript"),
    ],
)
def test_a_failure_has_its_code_and_leaves_the_old_report(book, code, said, make, desk):
    old = files.write(files.published(desk / "reports") / f"{book}.html", "the old report", private=False)
    outcome = make(book)
    assert outcome.code == code
    assert said in outcome.message
    assert outcome.advice
    assert "Traceback" not in outcome.message
    assert old.read_text() == "the old report"
    assert outcome.page.parent == outcome.executed.parent == desk / ".cxkit"
    assert stat.S_IMODE(outcome.page.stat().st_mode) == stat.S_IMODE(outcome.executed.stat().st_mode) == 0o600
    page = outcome.page.read_text()
    assert page.startswith("<!DOCTYPE html>\n<html")
    assert "default-src &#39;none&#39;" in page
    assert "\x1b" not in page
    assert "<b>." not in page
    assert json.loads((desk / ".cxkit" / f"{book}.run.json").read_text())["exit_code"] == code


def test_a_success_takes_an_old_failure_page_away(make, desk):
    stale = files.write(files.private(None, desk / "reports") / "allowed_error.failed.html", "old", private=True)
    outcome = make("allowed_error")  # its first cell raises on purpose and says so by its tag
    assert outcome.code == 0
    assert not stale.exists()
    assert "went on" in outcome.html.read_text()


def test_a_slow_notebook_is_ended_in_time(make):
    outcome = make("slow", timeout=2)
    assert outcome.code == 5
    assert outcome.message == "In section 'Wait here': The notebook was not done after 2 seconds."
    assert "--timeout" in outcome.advice


def test_noise_is_shown_and_harmless(make):
    outcome = make("noisy")
    html = outcome.html.read_text()
    assert outcome.code == 0
    assert "x" * 2_000_000 in html
    for kept in ("red &lt;script&gt;alert(1)&lt;/script&gt;", "written below Python", "a warning"):
        assert kept in html
    assert not {"\x1b", "\u202e"} & set(html)


def test_another_kernel_in_the_notebook_does_not_matter(make):
    import sys

    outcome = make("other_kernel")
    assert outcome.code == 0
    assert json.loads(outcome.executed.read_text())["cells"][1]["outputs"][0]["data"]["text/plain"] == [
        repr(sys.executable)
    ]


HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> [a](javascript:alert(3)) \u202e\x07 =HYPERLINK(1) {{ 7*7 }}"
)


def test_hostile_text_stays_text(make):
    outcome = make("hostile", {"segment": HOSTILE})
    assert outcome.code == 0
    html = outcome.html.read_text()
    for live in ("<script", "<img src=x", 'href="javascript', "\u202e", "\x07"):
        assert live not in html.casefold(), live
    assert "{{ 7*7 }}" in html


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"parameters": {"min_nn": 1}}, "Did you mean 'min_n'"),
        ({"parameters": {"min_n": "abc"}}, "not a whole number"),
        ({"name": "../x"}, "cannot be a file name"),
        ({"timeout": 0}, "not a number of seconds"),
        ({"timeout": float("nan")}, "not a number of seconds"),
    ],
)
def test_what_cannot_be_used_is_refused_before_a_kernel_starts(options, said, make, monkeypatch):
    from cxkit.reports import engine

    monkeypatch.setattr(engine, "execute", lambda *args: pytest.fail("a kernel started"))
    with pytest.raises(UsageError, match=said):
        make("ok", **options)


def test_a_full_disk_at_the_end_keeps_the_old_report(good, make, monkeypatch):
    import errno

    from cxkit.reports import engine

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    before = good.html.read_bytes()
    monkeypatch.setattr(engine, "execute", lambda nb, run: nb)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match="no room left on the disk"):
        make("ok", name=good.html.stem)
    assert good.html.read_bytes() == before
    assert not [path for path in good.html.parent.iterdir() if path.suffix == ".tmp"]


def test_a_fault_of_the_template_is_no_success(make, monkeypatch):
    from cxkit.reports import engine, render

    monkeypatch.setattr(engine, "execute", lambda nb, run: nb)
    monkeypatch.setattr(render, "page", lambda *args: 1 / 0)
    outcome = make("ok", name="broken")
    assert outcome.code == 4
    assert "could not be rendered. ZeroDivisionError" in outcome.message


@pytest.mark.parametrize("wrong", [{"min_n": "many"}, {"nonsense": "1"}])
def test_a_refused_run_takes_old_findings_away(books, tmp_path, wrong):
    old = files.write(tmp_path / "ok--2026-q3.findings.json", "old", private=False)
    other = files.write(tmp_path / "ok.findings.json", "of another report", private=False)
    with pytest.raises(UsageError):
        run.report(books / "ok.ipynb", {"period": "2026-Q3", **wrong}, out=tmp_path)
    assert not old.exists()
    assert other.exists()
    with pytest.raises(UsageError):
        run.report(books / "ok.ipynb", {"min_n": "many"}, out=tmp_path, name="ok")
    assert not other.exists()
