import json

import pytest

from cxkit.errors import UsageError
from cxkit.reports import notebook


def book(*cells):
    """Cells as ("markdown" or "code", source)."""
    return {"cells": [{"cell_type": kind, "source": source, "metadata": {}} for kind, source in cells]}


def test_headings_of_fenced_code_are_not_headings():
    assert notebook.headings("# A `b` *c*\n```\n# no\n```\n## [D](e) #") == [(1, "A b c"), (2, "D")]


def test_title_and_summary():
    found = book(("code", "# no"), ("markdown", "# NPS in depth\n\n| a |\n\nHow do\ncustomers **feel**?\n\nMore."))
    assert notebook.title(found) == "NPS in depth"
    assert notebook.summary(found) == "How do customers feel?"
    assert notebook.title(book(), "fallback") == "fallback"
    assert notebook.summary(book()) == ""


def test_a_cell_stands_under_the_last_heading_before_it():
    found = book(("code", ""), ("markdown", "# A\n## B"), ("code", ""), ("markdown", "prose"), ("code", ""))
    assert [notebook.heading_of(found, index) for index in range(5)] == ["", "B", "B", "B", "B"]


def test_a_shipped_name_is_found_with_and_without_its_suffix():
    for name, path in notebook.shipped(lessons=True).items():
        assert notebook.find(name) == path
        assert notebook.find(f"{name}.ipynb") == path


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nps_deep_div", "Did you mean 'nps_deep_dive'"),
        ("folder", "is a folder"),
        ("notes.txt", "is not a notebook: its name"),
        ("ab.ipynb", r"Did you mean 'abc\.ipynb'"),
    ],
)
def test_a_name_that_leads_nowhere(name, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "abc.ipynb").write_text("{}")
    with pytest.raises(UsageError, match=said):
        notebook.find(name)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "does not hold JSON"),
        (b"\xff\xfe\x00", "does not hold JSON"),
        (b"[1]", "format 4"),
        (b'{"a": 1}', "format 4"),
    ],
)
def test_a_file_that_is_not_what_its_name_says(content, said, tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=said):
        notebook.read(path)


def test_sources_are_read_as_one_text(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "code", "source": ["a\n", "b"], "metadata": {}}]}))
    assert notebook.read(path)["cells"][0]["source"] == "a\nb"
