"""Column names: mapped, matched, suggested, made unique."""

import pytest
from tables_help import said

import cxkit
from cxkit.errors import DataError, UsageError
from cxkit.tables import TABLES
from cxkit.tables.naming import propose, unique


def test_the_nine_tables():
    assert list(TABLES) == [
        *("responses", "invitations", "events", "orders", "subscriptions", "tickets", "customers"),
        *("followups", "assignments"),
    ]
    assert TABLES["orders"].required == ["customer_id", "ordered_at", "amount"]
    for schema in TABLES.values():
        assert len(set(schema.names)) == len(schema.names)
        assert {column.kind for column in schema.columns} <= {"id", "number", "time", "text", "flag"}
        assert all(column.description for column in schema.columns)
        if schema.time:
            assert schema.column(schema.time).kind == "time"


def test_columns_as_mapping_and_as_text_do_the_same(taken):
    content = "nps;why: in words;region\n9;a;n\n"
    table = taken(content, columns={"nps": "score", "why: in words": "comment"})
    same = taken(content, columns="nps:score; why: in words:comment")
    assert table.columns == same.columns == ["score", "comment", "region"]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ("nps=score", "not a pair"),
        ("nps:", "not a pair"),
        ("nps:score; nps:comment", "'nps' is named twice"),
        ("a:score; b:score", "'score' is mapped to twice"),
        (7, "a mapping or a text"),
    ],
)
def test_columns_that_make_no_mapping(taken, columns, words):
    with pytest.raises(UsageError, match=words):
        taken("nps\n9\n", columns=columns)


def test_names_that_differ_in_case_and_hyphens_are_taken_over_and_said(taken):
    table = taken("Customer ID,SCORE,Responded-At\n1,9,2025-01-01\n")
    assert table.columns == ["customer_id", "score", "responded_at"]
    assert said(table, "'Customer ID' is read as 'customer_id'")


def test_a_foreign_name_is_suggested_never_mapped(taken):
    with pytest.raises(DataError, match=r"no column 'score' or 'comment'.*columns=\"note:score; explication:comment\""):
        taken("note,explication\n9,a\n")


def test_every_needed_column_is_asked_for_at_once(taken):
    with pytest.raises(DataError) as error:
        taken("user_id,event,timestamp,x\n1,a,2025-01-01,2\n", "events")
    assert 'columns="user_id:customer_id; timestamp:occurred_at; event:touchpoint"' in str(error.value)
    assert "Found 'user_id', 'event', 'timestamp', 'x'" in str(error.value)


def test_nothing_near(taken):
    with pytest.raises(DataError, match="their name:customer_id"):
        taken("a,b\n1,2\n", "orders")


def test_a_mapped_column_that_is_not_there(taken):
    with pytest.raises(DataError, match=r"no column 'npss' to read as 'score'. Did you mean 'nps'"):
        taken("nps\n9\n", columns="npss:score")


def test_doubled_names_are_numbered_and_said(taken):
    table = taken("score,region,region\n9,n,s\n")
    assert table.columns == ["score", "region (1)", "region (2)"]
    assert said(table, "2 columns are called 'region'")


def test_a_needed_name_that_is_doubled_must_be_settled(taken):
    content = "score,score,comment\n9,1,a\n"
    with pytest.raises(DataError, match=r"2 columns called 'score'.*columns=\"score \(1\):score\""):
        taken(content)
    with pytest.raises(DataError, match=r"'score' stands in the source 2 times"):
        taken(content, columns="score:score")
    assert taken(content, columns="score (2):score").to_pandas()["score"].tolist() == [1]


def test_names_that_differ_only_in_case_stay_apart(taken):
    table = taken("score,Region,region\n9,n,s\n")
    assert len({name.casefold() for name in table.columns}) == 3
    assert table.to_pandas().iloc[0].tolist()[1:] == ["n", "s"]


def test_a_name_that_becomes_taken_gives_way(taken):
    table = taken("nps,score\n9,1\n", columns="nps:score")
    assert table.columns == ["score", "score (2)"]
    assert table.to_pandas()["score"].tolist() == [9]
    assert said(table, "'score' is kept as 'score (2)'")


def test_names_with_quotes_newlines_and_other_scripts(taken):
    names = ['say "hi"', "two\nlines", "o'brien", "満足度", "a;b", "x -- y", "naïve ☕", "c0", "n", "blank", "rowid"]
    header = ",".join('"' + name.replace('"', '""') + '"' for name in ["score", *names])
    table = taken(f"{header}\n9,{','.join('v' + str(place) for place in range(len(names)))}\n")
    assert table.columns == ["score", *names]
    assert table.to_pandas().iloc[0].tolist() == [9, *(f"v{place}" for place in range(len(names)))]


def test_a_name_cannot_break_out_into_sql(taken, tmp_path):
    name = 'x"; DROP TABLE data; --'
    table = taken(f'score,"{name.replace(chr(34), chr(34) * 2)}"\n9,v\n', columns={name: "region'; --"})
    assert table.to_pandas()["region'; --"].tolist() == ["v"]


def test_unique_never_repeats_a_name():
    assert unique(["a", "a", "a (1)", "", "A"]).names == ["a (2)", "a (3)", "a (1)", "column 4", "A"]


def test_proposals_use_each_column_once():
    names = ["id", "nps", "score_date", "date", "feedback", "rating"]
    found = propose(TABLES["responses"], names, {})
    assert found["nps"] == "score"
    assert found["feedback"] == "comment"
    assert found["date"] == "responded_at"
    assert len(set(found.values())) == len(found)


def test_an_unknown_table(put):
    with pytest.raises(UsageError, match="Did you mean 'responses'"):
        cxkit.read("response", put("score\n9\n"))
