"""Encodings, control characters, line ends: bytes in, the same words out, and said."""

import gzip

import pytest
from tables_help import said

import cxkit
from cxkit.errors import DataError, UsageError

TEXT = "score;comment\n9;déjà vu\n3;naïve €\n"


def words(table):
    return table.to_pandas()["comment"].tolist()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"])
def test_every_encoding_gives_the_same_words(taken, encoding):
    table = taken(TEXT, encoding=encoding)
    assert words(table) == ["déjà vu", "naïve €"]
    assert table.columns == ["score", "comment"]
    assert table.to_pandas()["score"].tolist() == [9, 3]


def test_latin_1_is_told_from_windows_1252(taken):
    latin = taken("score,comment\n9,déjà\n", encoding="latin-1")
    assert words(latin) == ["déjà"]
    assert latin.health.encoding == "Latin-1"
    windows = taken(b"score,comment\n9,\x93d\xe9j\xe0\x94 15\x80\n")
    assert words(windows) == ["“déjà” 15€"]
    assert windows.health.encoding == "Windows-1252"
    assert said(windows, "not UTF-8", "Windows-1252", "encoding=")


def test_the_odd_byte_may_stand_at_the_very_end(taken):
    rows = "".join(f"{n % 11},fine\n" for n in range(60_000))  # beyond any first chunk
    table = taken(b"score,comment\n" + rows.encode() + "4,déjà\n".encode("cp1252"))
    assert table.health.rows_kept == 60_001
    assert words(table)[-1] == "déjà"


def test_letters_of_the_dos_code_page_among_windows_letters_are_put_right(taken):
    # é as DOS byte 82, è as Latin byte e8, the euro sign as Windows byte 80, quotes as 93/94
    table = taken(b"score,comment\n1,r\x82guli\xe8re\n2,\x90t\x82 \x82cole\n3,pr\x82sent\x82 15\x80 \x93ok\x94\n")
    assert words(table) == ["régulière", "Été école", "présenté 15€ “ok”"]
    assert said(table, "6 letters of the old DOS code page")


def test_a_file_wholly_in_the_dos_code_page(taken):
    table = taken("score,comment\n1,été\n2,régulière\n3,hébété\n", encoding="cp850")
    assert words(table) == ["été", "régulière", "hébété"]
    assert table.health.encoding == "DOS code page 850"


def test_utf_8_with_a_letter_cut_in_two_is_read_and_said(taken):
    table = taken("score,comment\n1,été à Noël\n2,coup".encode() + b"\xc3\n")
    assert words(table) == ["été à Noël", "coup\ufffd"]
    assert said(table, "1 place", "could not be read as UTF-8")


def test_an_encoding_that_is_neither_is_refused_with_the_way_out(put):
    with pytest.raises(DataError, match=r"neither UTF-8 nor Windows-1252 .*encoding='mac-roman'"):
        cxkit.read("responses", put(b"score,comment\n1,caf\x8d \x8f\n"))


def test_a_named_encoding_is_used(taken):
    assert words(taken("score,comment\n9,zażółć\n", encoding="cp1250", **{})) != ["zażółć"]


def test_the_callers_encoding_counts(put):
    path = put("score,comment\n9,zażółć\n", encoding="cp1250")
    table = cxkit.read("responses", path, encoding="cp1250")
    assert words(table) == ["zażółć"]
    assert not said(table, "not UTF-8")


def test_a_wrong_or_unknown_encoding_is_refused(put):
    with pytest.raises(UsageError, match="'utf-9' is not known"):
        cxkit.read("responses", put(TEXT), encoding="utf-9")
    with pytest.raises(DataError, match="cannot be read as ascii"):
        cxkit.read("responses", put(TEXT), encoding="ascii")


def test_zero_bytes_and_control_characters_are_removed_and_counted(taken):
    table = taken(b"score,comment\n9,go\x00od\n3,b\x07ad\x1b\n")
    assert words(table) == ["good", "bad"]
    assert said(table, "3 control characters removed")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end(taken, end):
    table = taken(end.join(["score,comment", "9,a", "3,b", ""]))
    assert table.to_pandas()["score"].tolist() == [9, 3]


def test_mixed_line_ends(taken):
    table = taken("score,comment\r\n9,a\n3,b\r\n")
    assert words(table) == ["a", "b"]


def test_newlines_inside_quotes_are_text(taken):
    table = taken('score,comment\n9,"two\nlines"\n3,"with\r\n\r\na gap"\n')
    assert words(table) == ["two\nlines", "with\n\na gap"]
    assert table.health.rows_in == 2


def test_gzip_by_content(put):
    table = cxkit.read("responses", put(gzip.compress(TEXT.encode("cp1252")), "answers.csv.gz"))
    assert words(table) == ["déjà vu", "naïve €"]


def test_a_cut_gzip_is_refused(put):
    with pytest.raises(DataError, match="damaged gzip"):
        cxkit.read("responses", put(gzip.compress(TEXT.encode() * 5000)[:-40], "answers.csv.gz"))
