"""The same notebooks through plain papermill and plain nbconvert."""

import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def executed(books, tmp_path_factory):
    """A fixture notebook run by plain papermill."""
    import papermill

    path = tmp_path_factory.mktemp("plain") / "ok.ipynb"
    papermill.execute_notebook(str(books / "ok.ipynb"), str(path), {"min_n": 12}, progress_bar=False, cwd=str(ROOT))
    return path


def test_plain_papermill_runs_the_notebook(executed):
    assert "'' 12 0.95 all True" in executed.read_text()


def test_plain_nbconvert_makes_the_page(executed):
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(executed.parent)}
    command = [
        sys.executable,
        "-m",
        "jupyter",
        "nbconvert",
        "--to",
        "cxkit.reports.render.ReportExporter",
        executed.name,
    ]
    done = subprocess.run(command, cwd=executed.parent, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    html = unescape(executed.with_suffix(".html").read_text())
    assert "A small report" in html
    assert "'' 12 0.95" in html
    assert "http://" not in html
    assert "https://" not in html


def test_the_exporter_is_registered_under_its_name():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["nbconvert.exporters"]["cx_report"] == "cxkit.reports.render:ReportExporter"


def test_lean_imports_leave_no_mark_behind():
    code = (
        "import sys; from cxkit.reports import lean; lean.load(); import papermill.engines as e;"
        "print(sorted(map(str, e.papermill_engines._engines)), [m for m in lean._UNUSED if m in sys.modules]);"
        "import rfc3987_syntax, entrypoints; print(entrypoints.get_group_all.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["['None', 'nbclient'] []", "get_group_all"], done.stderr
