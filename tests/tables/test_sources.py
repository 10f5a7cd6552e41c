"""What may be given as a source, and files that are not what their names say."""

import zipfile

import pandas as pd
import pytest
from tables_help import said

import cxkit
from cxkit.errors import DataError, UsageError
from cxkit.tables import TABLES


def test_a_file_that_is_not_there_names_its_neighbours(put):
    path = put("score\n9\n", "survey_2025.csv")
    with pytest.raises(DataError, match=r"there is no file .*Did you mean 'survey_2025.csv'"):
        cxkit.read("responses", path.with_name("survey_2052.csv"))
    with pytest.raises(DataError, match=r"In that folder there are 'survey_2025.csv'"):
        cxkit.read("responses", path.with_name("q.csv"))
    with pytest.raises(DataError, match="There is no folder"):
        cxkit.read("responses", path.parent / "no" / "q.csv")


def test_a_folder(put, tmp_path):
    put("score\n9\n")
    with pytest.raises(DataError, match=r"is a folder.*It holds 'answers.csv'"):
        cxkit.read("responses", tmp_path)


def test_an_empty_file_and_one_of_blank_lines(taken):
    with pytest.raises(DataError, match=r"'answers.csv' is empty"):
        taken("")
    with pytest.raises(DataError, match="nothing but blank lines"):
        taken("\n\n\n")
    with pytest.raises(DataError, match="is empty"):
        taken("", name="a.jsonl")


def test_names_without_rows(taken):
    table = taken("score,comment\n")
    assert table.health.rows_in == table.health.rows_kept == 0
    assert table.to_pandas()["score"].dtype == "float64"
    assert table.health.title() == "Data health: no rows"
    assert said(table, "column names but no rows")


def test_one_row(taken):
    assert taken("score,comment\n9,a\n").to_pandas()["score"].tolist() == [9]


def test_all_scores_missing(taken):
    table = taken("score,comment\nNA,a\n,b\n")
    assert table.to_pandas()["score"].isna().all()
    assert table.to_pandas()["score"].dtype == "float64"
    assert said(table, "No row has a score")


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"<html><body><table><tr><td>1</td></tr></table></body></html>", "a.xls", "is a web page"),
        (b"\n<!DOCTYPE html><html></html>", "a.csv", "is a web page"),
        (b'<?xml version="1.0"?><Workbook/>', "a.xls", "is XML"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.xls", "old kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.csv", "old kind"),
        (b"%PDF-1.7 ...", "a.csv", "is a PDF"),
        (b"SQLite format 3\x00" + bytes(100), "a.csv", "is a database"),
        (b"\x28\xb5\x2f\xfd" + bytes(100), "a.csv.zst", "packed in a way"),
        (b"score\n9\n", "a.parquet", "not what its name says: it holds a text table"),
        (b"score\n9\n", "a.xlsx", "not what its name says: it holds a text table"),
        (b"PAR1" + bytes(20), "a.parquet", "cannot be read as Parquet"),
        (b"{oops", "a.jsonl", "is not JSON throughout"),
        (b"[1, 2]", "a.json", "not objects with named values"),
    ],
)
def test_files_that_are_not_what_they_seem(taken, content, name, words):
    with pytest.raises(DataError, match=words):
        taken(content, name=name)


def test_a_zip_and_a_workbook_and_parquet_under_the_wrong_name(tmp_path):
    path = tmp_path / "a.csv"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("b.csv", "score\n9\n")
    with pytest.raises(DataError, match="is a zip archive"):
        cxkit.read("responses", path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "")
    with pytest.raises(DataError, match=r"holds an Excel workbook. Rename it to end in .xlsx"):
        cxkit.read("responses", path)
    path.write_bytes(b"PAR1" + bytes(20))
    with pytest.raises(DataError, match=r"holds a Parquet file. Rename it to end in .parquet"):
        cxkit.read("responses", path)


def test_a_glob_is_one_table(put, tmp_path, health_adds_up):
    put("score;comment;region\n9;a;n\n", "m1.csv")
    put("comment,score\ndéjà,3\n", "m2.csv", "cp1252")
    table = cxkit.read("responses", tmp_path / "m*.csv")
    assert table.to_pandas()["score"].tolist() == [9, 3]
    assert table.to_pandas()["comment"].tolist() == ["a", "déjà"]
    assert table.source == "m*.csv (2 files)"
    assert said(table, "'m2.csv' has no column 'region'")
    assert table.health.separator == "comma and semicolon"
    health_adds_up(table)
    with pytest.raises(DataError, match="no file matches"):
        cxkit.read("responses", tmp_path / "x*.csv")


def test_a_glob_of_two_kinds(put, tmp_path):
    put("score\n9\n", "m1.csv")
    put('{"score": 9}\n', "m2.jsonl")
    with pytest.raises(DataError, match=r"mixes kinds of files: 'm1\.csv' is a text table, 'm2\.jsonl' is JSON"):
        cxkit.read("responses", tmp_path / "m*")


def test_a_name_full_of_pattern_characters_is_a_name(put):
    path = put("score\n9\n", "export [1] (what?) *.csv")
    assert cxkit.read("responses", path).health.rows_kept == 1
    path = path.with_suffix(".parquet")
    pd.DataFrame({"score": [9.0]}).to_parquet(path)
    assert cxkit.read("responses", path).health.rows_kept == 1


def test_nothing_of_the_path_shows(put):
    path = put("score\n9\n")
    table = cxkit.read("responses", path)
    shown = table.block()
    assert str(path.parent) not in str(shown.html) + shown.plain + str(shown.facts)


def test_json_lines(taken):
    table = taken(
        '{"score": 9, "at/x": "a", "when": "2025-01-02", "tags": ["x", 1]}\n\n{"comment": "déjà", "score": null}\n'
        '{"score": 1.5, "flag": true}\n',
        name="a.jsonl",
    )
    frame = table.to_pandas()
    assert frame["score"].tolist()[::2] == [9, 1.5]
    assert frame["comment"].tolist()[1] == "déjà"
    assert table.columns == ["score", "at/x", "when", "tags", "comment", "flag"]
    assert frame["when"][0] == pd.Timestamp("2025-01-02")
    assert frame["tags"][0] == '["x",1]'


def test_a_json_list_and_other_encodings(taken):
    assert taken('[{"score": 9}, {"score": 3}]', name="a.json").to_pandas()["score"].tolist() == [9, 3]
    table = taken('{"score": 9, "comment": "déjà"}\n', name="a.jsonl", encoding="utf-16")
    assert table.to_pandas()["comment"].tolist() == ["déjà"]


def test_json_numbers_have_a_point(taken):
    assert taken('{"score": 1.234}\n', name="a.jsonl").to_pandas()["score"].tolist() == [1.234]


@pytest.mark.parametrize("name", list(TABLES))
def test_the_samples(name):
    table = cxkit.read(name, f"sample:{name}")
    assert table.source == f"sample:{name}"
    assert table.health.rows_kept > 0


def test_a_sample_that_is_none():
    with pytest.raises(UsageError, match="Did you mean 'responses'"):
        cxkit.read("responses", "sample:response")


@pytest.mark.parametrize("source", [None, 3, [1], {"score": [1]}, ""])
def test_sources_that_are_none(source):
    with pytest.raises(UsageError):
        cxkit.read("responses", source)


def test_a_table_is_not_read_twice(taken):
    with pytest.raises(UsageError, match="read already"):
        cxkit.read("responses", taken("score\n9\n"))


def test_no_temporary_file_stays(put, tmp_path, monkeypatch):
    import tempfile

    from cxkit.tables import textfile

    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(textfile, "IN_MEMORY", 10)  # as if the file were larger than memory
    table = cxkit.read("responses", put("score,comment\n9,déjà\n3,x\n", encoding="cp1252"))
    frame = table.frame
    assert table.to_pandas()["score"].tolist() == [9, 3]
    del table
    assert frame.collect().shape == (2, 2)  # the rows live as long as anything uses them
    del frame
    import gc

    gc.collect()
    assert list(folder.iterdir()) == []
