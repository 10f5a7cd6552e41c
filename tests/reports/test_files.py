import errno
import os
import resource
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxkit.errors import UsageError
from cxkit.reports import files
from cxkit.reports.kernel import Room, environment

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300)


@given(TEXT)
def test_a_slug_is_always_one_plain_file_name(text):
    slug = files.slug(text)
    assert slug
    assert len(slug.encode()) <= 90
    assert not slug.startswith((".", "-"))
    assert not set(slug) & set('/\\:*?"<>|\0\n\t .')


@pytest.mark.parametrize(("a", "b"), [("a/b", "a-b"), ("a b", "a&b"), ("x" * 100, "x" * 101), ("..", "..."), ("", " ")])
def test_different_texts_get_different_slugs(a, b):
    assert files.slug(a) != files.slug(b)


def test_a_report_is_named_by_notebook_and_selection():
    given = {"segment": "../../x", "period": "", "company": "Larkspur & Vale", "min_n": 3}
    name = files.report_name("nps_deep_dive", given)
    assert name.startswith("nps_deep_dive--larkspur-vale-")
    assert "/" not in name
    assert ".." not in name
    assert len(files.report_name("n" * 90, dict.fromkeys(files.SELECTING, "é" * 500)).encode()) < 250


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "..", "a\\b", "a\nb", "x" * 300, ".html"])
def test_names_that_cannot_be_used(name):
    with pytest.raises(UsageError, match="cannot be a file name"):
        files.checked_name(name)


def test_a_name_may_carry_its_suffix():
    assert files.checked_name("Q3 2026.html") == "Q3 2026"


def test_a_folder_is_made_and_left_empty(tmp_path):
    made = files.published(tmp_path / "a" / "b")
    assert made.is_dir()
    assert list(made.iterdir()) == []


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(UsageError, match=r"--out .*out: this is a file, not a folder"):
        files.published(tmp_path / "out")
    with pytest.raises(UsageError, match="a part of this path is a file"):
        files.published(tmp_path / "out" / "deeper")


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_a_folder_that_may_not_be_written(code, tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(UsageError, match=r"you may not write there\. Name another folder with --out"):
        files.published(tmp_path)


def test_the_private_folder_lies_beside_the_published_one(tmp_path):
    out = files.published(tmp_path / "reports")
    (tmp_path / ".cxkit").mkdir(mode=0o755)
    kept = files.private(None, out)
    assert kept == tmp_path / ".cxkit"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    with pytest.raises(UsageError, match="must not lie in the published folder"):
        files.private(out, out)


@pytest.mark.parametrize(("private", "mode"), [(True, 0o600), (False, 0o644)])
def test_a_file_is_written_whole_with_its_mode(private, mode, tmp_path):
    before = os.umask(0o022)
    try:
        path = files.write(tmp_path / "a.html", "é\n", private=private)
    finally:
        os.umask(before)
    assert path.read_bytes() == b"\xc3\xa9\n"
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert [p.name for p in tmp_path.iterdir()] == ["a.html"]


def test_a_link_is_replaced_not_followed(tmp_path):
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.html").symlink_to(tmp_path / "precious")
    files.write(tmp_path / "out" / "a.html", "page", private=False)
    assert (tmp_path / "precious").read_text() == "mine"
    assert not (tmp_path / "out" / "a.html").is_symlink()


def test_a_full_disk_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.html"
    path.write_text("old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))  # the kernel refuses the 1,001st byte, as a full disk does
    try:
        with pytest.raises(UsageError, match=r"no room left on the disk\. What stood there before is unchanged"):
            files.write(path, "x" * 2000, private=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.html"]


def test_one_thread_for_sums_unless_asked_otherwise(tmp_path):
    env = environment(Room(tmp_path), tmp_path, {"OMP_NUM_THREADS": "4"})
    assert (env["OPENBLAS_NUM_THREADS"], env["OMP_NUM_THREADS"]) == ("1", "4")
