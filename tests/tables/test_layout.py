"""Separators, heading rows, ragged lines: what the lines of a text file are made of."""

import pytest
from tables_help import said

import cxkit
from cxkit.errors import DataError, UsageError


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_every_separator(taken, separator):
    table = taken(f"score{separator}comment\n9{separator}a\n3{separator}b\n")
    assert table.columns == ["score", "comment"]
    assert table.to_pandas()["score"].tolist() == [9, 3]


def test_a_semicolon_wins_over_decimal_commas(taken):
    table = taken("score;basket\n9;1,5\n3;2,25\n")
    assert table.to_pandas()["basket"].tolist() == [1.5, 2.25]
    assert table.health.separator == "semicolon"


def test_commas_in_text_do_not_make_columns(taken):
    table = taken("comment\ngood, but late\nfine\nwell, well, well\n")
    assert table.columns == ["comment"]
    assert table.health.rows_kept == 3
    assert table.health.separator == "none (one column)"


def test_an_excel_separator_line_is_obeyed(taken):
    table = taken("sep=|\nscore|comment\n9|a;b,c\n")
    assert table.to_pandas()["comment"].tolist() == ["a;b,c"]


def test_two_separators_that_fit_equally_are_refused_and_settled(taken, put):
    content = "score,comment;region\n9,a;b\n3,c;d\n"
    with pytest.raises(DataError, match=r"the comma \(2 columns\) and the semicolon \(2 columns\).*separator=','"):
        taken(content)
    assert taken(content, separator=",").columns == ["score", "comment;region"]
    with pytest.raises(UsageError, match="not a single character"):
        taken(content, separator="::")


def test_lines_above_the_names_are_left_out(taken):
    table = taken("Survey export\nmade on 3 May 2025\n\nscore,comment,region\n9,a,n\n3,b,s\n4,c,n\n")
    assert table.columns == ["score", "comment", "region"]
    assert table.health.rows_in == 3
    assert said(table, "2 lines above the column names")


QUALTRICS = (
    "StartDate,Q1,Q1_TEXT\n"
    '"Start Date","How likely are you\nto recommend us?",Why?\n'
    '"{""ImportId"":""startDate""}","{""ImportId"":""QID1""}","{""ImportId"":""QID1_TEXT""}"\n'
    "2025-03-04 10:00:00,9,good\n2025-03-05 11:00:00,3,bad\n"
)


def test_three_heading_rows_with_import_ids(taken):
    table = taken(QUALTRICS, columns="Q1:score; StartDate:responded_at")
    assert table.to_pandas()["score"].tolist() == [9, 3]
    assert table.health.rows_in == 2
    assert said(table, "3 heading rows")


def test_two_heading_rows_of_words(taken):
    table = taken("id,score,visits\nAnswer number,How likely?,How often?\na1,9,3\na2,4,1\na3,8,2\n")
    assert table.to_pandas()["score"].tolist() == [9, 4, 8]
    assert table.to_pandas()["visits"].tolist() == [3, 1, 2]
    assert said(table, "2 heading rows")


def test_two_heading_rows_that_complete_each_other(taken):
    content = "Respondent ID,How likely?,Which did you use?,\n,Response,Shop,Web\n1,9,yes,\n2,3,,yes\n"
    table = taken(content, columns={"How likely?": "score"})
    assert table.columns == ["Respondent ID", "score", "Which did you use? - Shop", "Which did you use? - Web"]
    assert table.health.rows_in == 2


def test_words_in_the_first_row_of_data_are_not_headings(taken):
    table = taken("score,comment\n9,good\n3,bad\n")
    assert table.health.rows_in == 2


def test_the_caller_can_say_how_many_heading_rows(taken):
    content = "Q1;Q2\nhow likely;why\n9;a\n3;b\n"
    table = taken(content, columns="Q1:score; Q2:comment", header_rows=2)
    assert table.to_pandas()["score"].tolist() == [9, 3]
    with pytest.raises(DataError, match=r"1 of 3 values in 'Q1' cannot be read as numbers.*header_rows="):
        taken(content, columns="Q1:score; Q2:comment")


def test_no_heading_row_at_all(taken):
    table = taken("9,good\n3,bad\n", header_rows=0, columns={"column 1": "score", "column 2": "comment"})
    assert table.to_pandas()["score"].tolist() == [9, 3]
    with pytest.raises(DataError, match="header_rows=0"):
        taken("9,7\n3,2\n")


def test_ragged_lines_are_set_aside_with_their_numbers(taken, health_adds_up):
    table = taken('score,comment,region\n9,a,n\n3,"two\nlines",s,extra\n5\n8,b,s\n')
    assert table.to_pandas()["score"].tolist() == [9, 8]
    assert table.health.set_aside == (("with too many fields", 1), ("with too few fields", 1))
    assert said(table, "too many fields", "line 3")
    assert said(table, "too few fields", "line 5")
    assert table.health.rows_in == 4
    health_adds_up(table)


def test_empty_fields_at_the_end_of_a_line_are_no_fields(taken):
    table = taken("score,comment\n9,a,,,\n3,b\n")
    assert table.health.rows_kept == 2
    assert not table.health.set_aside


def test_a_stray_quote_costs_its_own_line_only(taken, health_adds_up):
    table = taken('score,comment\n9,fine\n8,"bad\n7,ok\n6,"well"\n5,last\n')
    assert table.to_pandas()["score"].tolist() == [9, 7, 6, 5]
    assert table.health.set_aside == (("with a quotation mark out of place", 1),)
    assert said(table, "quotation mark", "line 3")
    health_adds_up(table)


def test_a_quote_that_never_closes_costs_its_own_line_only(taken, health_adds_up):
    table = taken('score,comment\n9,fine\n8,"never closed\n7,ok\n6,last\n')
    assert table.to_pandas()["score"].tolist() == [9, 7, 6]
    health_adds_up(table)


def test_quotes_escaped_with_a_backslash(taken):
    table = taken('score,comment\n9,"she said \\"great\\""\n3,plain\n')
    assert table.to_pandas()["comment"].tolist() == ['she said "great"', "plain"]
    assert said(table, "1 row with quotes escaped by a backslash")


def test_one_way_of_escaping_does_not_spoil_the_other(taken):
    table = taken('score,comment\n9,"a ""b"""\n8,"a \\"b\\", and\nmore"\n7,"ends in \\"\n3,"c"\n')
    assert table.to_pandas()["comment"].tolist() == ['a "b"', 'a "b", and\nmore', "ends in \\", "c"]


def test_quotes_within_an_unquoted_field(taken):
    table = taken('score,comment\n9,a 5" pot\n3,plain\n')
    assert table.to_pandas()["comment"].tolist() == ['a 5" pot', "plain"]


def test_a_file_whose_lines_mostly_do_not_fit_is_refused(taken):
    with pytest.raises(DataError, match=r"3 lines of 4 do not have the 2 fields.*lines 2, 3 and 4"):
        taken("score,comment\n1,a,b\n2,a,b\n3,a,b\n4,a\n", separator=",")


def test_blank_lines_are_left_out_and_rows_of_nothing_set_aside(taken, health_adds_up):
    table = taken("score,comment\n\n9,a\n\n,\n3,b\n\n")
    assert table.to_pandas()["score"].tolist() == [9, 3]
    assert table.health.set_aside == (("as empty", 1),)
    assert said(table, "3 blank lines left out")
    health_adds_up(table)


def test_row_names_without_a_heading(taken):
    table = taken('"score","comment"\n"1",9,"a"\n"2",3,"b"\n')
    assert table.columns == ["score", "comment"]
    assert table.to_pandas()["score"].tolist() == [9, 3]
    assert said(table, "one field more than there are names")


def test_an_unnamed_row_number_column_is_left_out(taken):
    table = taken(",score,comment\n1,9,a\n2,3,b\n")
    assert table.columns == ["score", "comment"]
    assert said(table, "only numbers the rows", "left out")


def test_an_unnamed_column_with_content_is_kept(taken):
    table = taken(",score\nnorth,9\nsouth,3\n")
    assert table.columns == ["column 1", "score"]
    assert said(table, "no name", "kept as 'column 1'")


def test_a_long_clean_file_and_a_careful_reading_agree(put):
    rows = "".join(f'{n % 11},"answer {n}; with ""quotes""",{n}\n' for n in range(3000))
    plain = cxkit.read("responses", put("score,comment,number\n" + rows, "plain.csv"))
    careful = cxkit.read("responses", put("score,comment,number\n\n" + rows + "\x00", "careful.csv"))
    assert plain.to_pandas().equals(careful.to_pandas())
    assert plain.to_pandas()["number"].tolist() == list(range(3000))  # the file's order
