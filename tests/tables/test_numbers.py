"""Numbers written as text: decimal marks, thousands, labels, codes, missing marks."""

import pytest
from tables_help import said

from cxkit.errors import DataError, UsageError


def column(values, name="amount"):
    """A table of orders with these amounts."""
    rows = "".join(f'c{place};2025-01-0{1 + place % 9};"{value}"\n' for place, value in enumerate(values))
    return f"customer_id;ordered_at;{name}\n{rows}"


def amounts(taken, values, **options):
    return taken(column(values), "orders", **options).to_pandas()["amount"].tolist()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1,5", "2,25", "1000"], [1.5, 2.25, 1000]),
        (["1.5", "2.25", ".5"], [1.5, 2.25, 0.5]),
        (["1,234.5", "99"], [1234.5, 99]),
        (["1.234,5", "99"], [1234.5, 99]),
        (["1 234,5", "99"], [1234.5, 99]),
        (["1\u202f234,5", "1\u00a0234"], [1234.5, 1234]),
        (["1'234.5", "99"], [1234.5, 99]),
        (["1,234,567", "1,234"], [1234567, 1234]),
        (["1.234.567", "1.234"], [1234567, 1234]),
        (["1 234", "12 345 678"], [1234, 12345678]),
        (["-1,5", "+2,5", "−3,5"], [-1.5, 2.5, -3.5]),
        (["1,234", "0,5"], [1.234, 0.5]),  # another value settles it: a comma is decimal
        (["1.234", "0.5"], [1.234, 0.5]),
        (["1,234", "5.25"], [1234, 5.25]),  # … or thousands
        (["1.5e3", "2E-1"], [1500, 0.2]),
        (["€ 12,50", "€ 3,00"], [12.5, 3]),
        (["12.50 $", "-$3.00"], [12.5, -3]),
        (["007", "010"], [7, 10]),
    ],
)
def test_each_way_of_writing_numbers(taken, values, expected):
    assert amounts(taken, values) == pytest.approx(expected)


@pytest.mark.parametrize("values", [["1,234", "5,678"], ["1.234", "5.678"], ["1,234", "12"]])
def test_numbers_that_read_both_ways_are_refused_and_settled(taken, values):
    with pytest.raises(DataError, match=r"'amount' holds \d numbers? that read both ways.*decimal='\.' or decimal=','"):
        amounts(taken, values)
    mark = "," if "," in values[0] else "."
    other = "." if mark == "," else ","
    assert amounts(taken, values, decimal=mark)[0] == pytest.approx(1.234)
    assert amounts(taken, values, decimal=other)[0] == 1234


def test_another_column_of_the_same_file_settles_it(taken):
    table = taken("customer_id;ordered_at;amount;margin\na;2025-01-01;1,234;0,5\n", "orders")
    assert table.to_pandas()["amount"].tolist() == [1.234]


def test_both_marks_as_decimals_are_refused(taken):
    with pytest.raises(DataError, match="1 value with a decimal point and 1 value with a decimal comma"):
        amounts(taken, ["1.5", "1,5"])
    with pytest.raises(DataError, match=r"against decimal=','"):
        amounts(taken, ["1.5", "2.5"], decimal=",")
    with pytest.raises(UsageError, match="decimal"):
        amounts(taken, ["1"], decimal=";")


def test_a_column_the_table_does_not_know_stays_text_when_it_reads_both_ways(taken):
    table = taken('score,visits\n9,"1,234"\n3,"5,678"\n')
    assert table.to_pandas()["visits"].tolist() == ["1,234", "5,678"]
    assert said(table, "'visits' is kept as text", "decimal=")


def test_currencies_are_not_mixed(taken):
    with pytest.raises(DataError, match="cannot be read as numbers"):
        amounts(taken, ["€ 1", "$ 2"])


def test_unreadable_values_are_refused_with_rows_and_the_way_out(taken):
    with pytest.raises(DataError, match=r"2 of 4 values in 'amount'.*first at rows 2, 4: 'free', 'gift'") as error:
        amounts(taken, ["1", "free", "2", "gift"])
    assert "missing=('free', 'gift')" in str(error.value)
    table = taken(column(["1", "free", "2", "gift"]), "orders", missing=("free", "gift"))
    assert table.to_pandas()["amount"].tolist() == [1, 2]
    assert table.health.set_aside == (("without amount", 2),)


def test_codes_with_leading_zeros_and_long_digits_stay_text(taken):
    table = taken("score,postcode,phone,store_id\n9,01067,4915112345678901,12\n3,10115,4915112345678902,13\n")
    frame = table.to_pandas()
    assert frame["postcode"].tolist() == ["01067", "10115"]
    assert frame["phone"].tolist() == ["4915112345678901", "4915112345678902"]
    assert frame["store_id"].tolist() == ["12", "13"]


def test_ids_that_were_made_decimal_are_whole_again(taken):
    table = taken("customer_id,score\n123.0,9\n124.0,3\n")
    assert table.to_pandas()["customer_id"].tolist() == ["123", "124"]
    assert said(table, "ending .0 removed")


@pytest.mark.parametrize("mark", ["NA", "?", "-", "n/a", "N/A", "null", "NULL", "#N/A", "None", "", " ", "NaN"])
def test_every_mark_for_missing_even_late_in_the_file(taken, mark):
    rows = "".join(f"{n % 11};c{n};3,5\n" for n in range(500))
    table = taken(f"score;comment;other\n{rows}{mark};{mark};{mark}\n0;x;1,5\n")
    frame = table.to_pandas()
    assert table.health.rows_in == 502
    assert frame["score"].tolist()[-1] == 0
    assert frame["other"].dtype == "float64"
    if mark.strip():  # a row of marks is an answer without content, a row of nothing is no row
        assert frame.loc[500].isna().all()
    else:
        assert table.health.set_aside == (("as empty", 1),)


def test_marks_are_said_with_their_counts(taken):
    table = taken("score,comment\nNA,fine\n?,NA\n7,ok\nNA,x\n")
    assert said(table, "'NA' read as missing 3 times", "'score' 2", "'comment' 1")
    assert said(table, "'?' read as missing 1 time")


def test_the_word_none_is_a_value_in_text_and_missing_among_numbers(taken):
    table = taken("score,plan,visits\n9,none,3\nnone,basic,none\n")
    frame = table.to_pandas()
    assert frame["plan"].tolist() == ["none", "basic"]
    assert frame["score"].isna().tolist() == [False, True]
    assert frame["visits"].isna().tolist() == [False, True]
    assert said(table, "'visits': 1 word for no value")


def test_more_marks_for_missing(taken):
    table = taken("score,region\n9,north\nrefused,REFUSED\n", missing="refused")
    assert table.to_pandas().isna().sum().tolist() == [1, 1]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["9 - Very likely", "0 - Not at all likely", "7"], [9, 0, 7]),
        (["10 = extremely likely", "5 = neutral"], [10, 5]),
        (["5 stars", "1 star"], [5, 1]),
        (["★★★★☆", "★", "⭐⭐⭐"], [4, 1, 3]),
        (["8/10", "10/10"], [8, 10]),
        (["8 out of 10", "3 out of 10"], [8, 3]),
        (["8 sur 10", "3 sur 10"], [8, 3]),
        (["10 (sehr wahrscheinlich)", "0 (gar nicht)"], [10, 0]),
    ],
)
def test_scores_written_with_labels(taken, values, expected):
    table = taken("score;comment\n" + "".join(f"{value};x\n" for value in values))
    assert table.to_pandas()["score"].tolist() == expected
    assert any(note.kind == "repaired" and "written" in note.text for note in table.health.notes)


@pytest.mark.parametrize("values", [["9 - 10", "3"], ["8/10", "4/5"], ["very likely", "unlikely"], ["10%", "20%"]])
def test_labels_that_do_not_name_one_number_are_refused(taken, values):
    with pytest.raises(DataError, match="cannot be read as numbers"):
        taken("score;comment\n" + "".join(f"{value};x\n" for value in values))


def test_codes_for_not_applicable_are_missing_and_said(taken):
    table = taken("score\n9\n98\n99\n99\n-1\n0\n")
    assert table.to_pandas()["score"].dropna().tolist() == [9, 0]
    assert said(table, "not applicable", "1 time −1", "1 time 98", "2 times 99")
    assert table.health.rows_kept == 6


def test_on_a_scale_to_a_hundred_they_are_scores(taken):
    table = taken("score\n50\n98\n99\n0\n")
    assert table.to_pandas()["score"].tolist() == [50, 98, 99, 0]


def test_the_callers_codes_count_always(taken):
    table = taken("score\n5\n9\n88\nDK\n", not_applicable=(88, "DK"))
    assert table.to_pandas()["score"].dropna().tolist() == [5, 9]


@pytest.mark.parametrize(
    ("values", "kind", "words"),
    [
        ([0, 5, 10], "said", "Scores run from 0 to 10."),
        ([1, 5, 10], "caution", "No answer is 0: if the scale was 1 to 10"),
        ([0, 5, 9], "caution", "no answer is 10"),
        ([1, 3, 5], "said", "as on a 1-5 scale"),
        ([1, 3, 7], "said", "as on a 1-7 scale"),
        ([0, *[5] * 20, 10, 11], "caution", "1 of 23 lie above 10"),
        ([7, 7.5, 0, 10], "caution", "1 score is not whole"),
        ([0, 50, 100], "said", "not a 0-10 scale"),
    ],
)
def test_the_scale_that_the_answers_show_is_said(taken, values, kind, words):
    table = taken("score\n" + "".join(f"{value}\n" for value in values))
    assert any(note.kind == kind and words in note.text for note in table.health.notes)


def test_scales_are_said_for_each_survey(taken):
    table = taken("survey,score\nnps,0\nnps,10\ncsat,1\ncsat,5\n")
    assert said(table, "of the survey 'csat' run from 1 to 5")
    assert said(table, "of the survey 'nps' run from 0 to 10")
