"""Rows set aside: each by one cause, every one counted."""

import pytest
from tables_help import said

from cxkit.errors import DataError


@pytest.mark.parametrize("word", ["Total", "TOTAL:", "Gesamt", "Grand total", "Summe", "Total général", "Average"])
def test_a_totals_row_at_the_end(taken, word, health_adds_up):
    content = f"customer_id;ordered_at;amount\na;2025-01-01;5,5\nb;2025-01-02;4\n{word};;9,5\n"
    table = taken(content, "orders")
    assert table.to_pandas()["amount"].tolist() == [5.5, 4]
    assert table.health.set_aside == (("as totals", 1),)
    assert str(table.to_pandas()["ordered_at"].dtype) == "datetime64[us]"
    health_adds_up(table)


def test_totals_after_blank_cells_and_several_of_them(taken):
    content = "ordered_at,customer_id,amount\n2025-01-01,a,5\n,,\n,Subtotal,5\n,Total,5\n"
    table = taken(content, "orders")
    assert table.to_pandas()["amount"].tolist() == [5]
    assert dict(table.health.set_aside) == {"as totals": 2, "as empty": 1}


def test_the_word_total_in_a_case_of_its_own_is_no_total(taken):
    content = "customer_id,ordered_at,amount,product\na,2025-01-01,5,x\nb,2025-01-02,4,Total\n"
    assert taken(content, "orders").health.rows_kept == 2
    assert taken("comment\nfine\nTotal mess\n").health.rows_kept == 2
    assert taken("score,comment\n9,fine\n3,total\n").health.rows_kept == 2


def test_previews_spam_and_unfinished_answers(taken, health_adds_up):
    content = (
        "score,status\n9,complete\n8,Complete\n7,preview\n6,Survey Preview\n5,partial\n4,In Progress\n"
        "3,Spam\n2,\n1,IP Address\n0,odd word\n"
    )
    table = taken(content)
    assert table.to_pandas()["score"].tolist() == [9, 8, 2, 1, 0]
    assert table.health.set_aside == (
        ("as previews or tests", 2),
        ("as spam or duplicates", 1),
        ("as unfinished", 2),
    )
    assert said(table, "words that are not known", "'odd word' (1)")
    kept = taken(content, keep_unfinished=True)
    assert kept.to_pandas()["score"].tolist() == [9, 8, 5, 4, 2, 1, 0]
    assert said(kept, "2 unfinished answers kept, as asked")
    health_adds_up(table)
    health_adds_up(kept)


def test_the_flag_finished(taken):
    content = "score,Finished\n9,True\n8,False\n7,\n"
    assert taken(content).to_pandas()["score"].tolist() == [9, 7]
    assert taken(content, keep_unfinished=True).to_pandas()["score"].tolist() == [9, 8, 7]


@pytest.mark.parametrize(("yes", "no"), [("yes", "no"), ("1", "0"), ("TRUE", "FALSE"), ("ja", "nein"), ("oui", "non")])
def test_flags(taken, yes, no):
    content = f"invited_at,opened\n2025-01-01,{yes}\n2025-01-01,{no}\n2025-01-01,\n"
    frame = taken(content, "invitations").to_pandas()
    assert frame["opened"].tolist()[:2] == [True, False]
    assert frame["opened"].isna().tolist() == [False, False, True]


def test_a_flag_that_is_neither(taken):
    with pytest.raises(DataError, match=r"1 of 2 values in 'opened' cannot be read as yes or no .*'maybe'"):
        taken("invited_at,opened\n2025-01-01,yes\n2025-01-01,maybe\n", "invitations")


def test_rows_without_a_needed_value(taken, health_adds_up):
    content = "customer_id,occurred_at,touchpoint\na,2025-01-01,visit\n,2025-01-01,visit\nb,NA,visit\nc,2025-01-01, \n"
    table = taken(content, "events")
    assert table.health.set_aside == (
        ("without customer_id", 1),
        ("without occurred_at", 1),
        ("without touchpoint", 1),
    )
    assert table.to_pandas()["customer_id"].tolist() == ["a"]
    health_adds_up(table)


def test_one_row_has_one_cause_the_first(taken, health_adds_up):
    table = taken(
        "score,status,responded_at\n9,preview,2030-01-01\n8,complete,2030-01-01\n7,,2025-01-01\n", as_of="2025-12-31"
    )
    assert table.health.set_aside == (("as previews or tests", 1), ("dated after 2025-12-31", 1))
    health_adds_up(table)


def test_answers_without_a_score_stay_and_are_said(taken):
    table = taken("score,comment\n9,a\n,b\n")
    assert table.health.rows_kept == 2
    assert said(table, "1 of 2 rows have no score")


def test_ids_that_repeat_are_said(taken):
    assert said(taken("response_id,score\na,1\na,2\nb,3\n"), "'response_id' should name one row each", "1 row")


def test_the_sentence_says_it_all(taken):
    table = taken("score,status\n9,complete\n8,preview\n", as_of="2025-06-30")
    assert table.health.sentence() == "2 rows read, 1 kept, 1 set aside: 1 as previews or tests."


def test_space_around_values_is_no_value(taken):
    table = taken("score, region \n 9 , north \n\u00a03,north\n")
    assert table.to_pandas()["region"].tolist() == ["north", "north"]
    assert table.to_pandas()["score"].tolist() == [9, 3]


def test_copies_of_a_row_are_set_aside_and_mere_repeats_of_an_id_are_not(taken):
    table = taken(
        "response_id,score,comment,extra\n"
        "a,9,fine,1\n"
        "a,9,fine,1\n"  # the whole row again
        "b,3,late,1\n"
        "b,4,late,1\n"  # the same id, another score
        ",8,,1\n"
        ",8,,1\n"  # no id: two people may well say the same
        "c,7,ok,1\n"
        "c,7,ok,2\n"  # the same in every column that counts
    )
    assert table.health.set_aside == (("as copies of a row before them", 2),)
    assert table.health.rows_kept == 6
    assert any(
        "repeat the id of another" in note.text and note.text.startswith("'response_id'") for note in table.health.notes
    )


def test_copies_are_found_on_every_engine(engine):
    import pandas as pd

    from cxkit import read

    rows = pd.DataFrame({"response_id": ["a", "a", "b"], "score": [9.0, 9.0, 3.0], "comment": ["x", "x", "y"]})
    table = read("responses", engine(rows))
    assert table.health.rows_kept == 2
    assert sorted(table.to_pandas().score) == [3.0, 9.0]
