"""What the page and the terminal show of a source: counts and columns, never rows."""

import json

import cxkit
from cxkit.page import cautions
from cxkit.tables import Health, Note, check

CONTENT = "nps,why,who\n9,<script>alert(1)</script>,ada@example.com\n1,slow,bob@example.com\n"


def test_the_block_is_a_health_note(taken):
    table = taken(CONTENT, columns="nps:score; why:comment")
    block = table.block()
    assert block.kind == "health"
    assert str(block.html).startswith('<div class="note health" role="note"><p class="t">Data health: ')
    assert "2 rows read, 2 kept." in block.html
    assert block.facts["table"] == "responses"
    assert block.facts["rows_in"] == block.facts["rows_kept"] == 2
    assert block.facts["source"] == "answers.csv"
    assert block.facts["fingerprint"] == table.fingerprint()
    json.dumps(block.facts)


def test_rows_are_never_shown(taken):
    table = taken(CONTENT, columns="nps:score; why:comment")
    data, meta = table._repr_mimebundle_()
    assert "example.com" not in json.dumps([data, meta])
    assert "alert(1)" not in json.dumps([data, meta])
    assert meta["cxkit"]["kind"] == "health"
    assert "example.com" not in repr(table) + repr(table.health)


def test_hostile_names_are_escaped(taken):
    table = taken('score,"<img src=x onerror=alert(1)>","<img src=x onerror=alert(1)>"\n9,a,b\n')
    assert "<img" not in table.block().html
    assert "&lt;img" in table.block().html


def test_the_title_tells_good_from_doubtful():
    assert Health(1, 1).title() == "Data health: good"
    assert Health(1, 1, notes=(Note("caution", "x"),)).title() == "Data health: 1 point to look at"
    assert Health(0, 0).title() == "Data health: no rows"
    assert Health(100, 95).title() == "Data health: good"
    assert Health(100, 72).title() == "Data health: 28\xa0% of the rows set aside"
    doubtful = Health(100, 72, (("without a time", 28),), notes=(Note("caution", "x"),))
    assert doubtful.title() == "Data health: 1 point to look at and 28\xa0% of the rows set aside"


def test_many_rows_set_aside_are_told_beside_the_headline():
    assert str(cautions(Health(100, 72, (("without a time", 28),)))).splitlines() == [
        "Read with care",
        "100 rows read, 72 kept, 28 set aside: 28 without a time.",
    ]
    assert cautions(Health(100, 95, (("without a time", 5),))).plain == ""


def test_cautions_come_first(taken):
    plain = taken("score\n1\n10\nNA\n").block().plain
    assert plain.index("Caution") < plain.index("Good to know") < plain.index("Put right")


def test_the_fingerprint_is_of_bytes_not_of_the_path(put):
    one = cxkit.read("responses", put("score\n9\n", "a.csv"))
    two = cxkit.read("responses", put("score\n9\n", "b.csv"))
    other = cxkit.read("responses", put("score\n8\n", "c.csv"))
    # printf 'score\n9\n' | sha256sum
    assert one.fingerprint() == two.fingerprint() != other.fingerprint()
    assert len(one.fingerprint()) == len("sha256 ") + 64


def test_check_proposes_and_says_what_is_missing(put):
    path = put("user_id;note;Datum;x\n1;9;25.03.2025;a\n2;NA;26.03.2025;b\n")
    found = check(path, "responses")
    assert not found.ok
    assert dict(found.proposed) == {"note": "score", "user_id": "customer_id", "Datum": "responded_at"}
    assert 'columns="note:score; user_id:customer_id; Datum:responded_at"' in found.text
    assert f"cxkit.read('responses', '{path}', columns=" in found.text
    assert "separated by semicolon" in found.text
    assert "1 missing" in found.text
    assert found.health.rows_kept == 2
    mapped = cxkit.read("responses", path, columns=found.columns)
    assert mapped.to_pandas()["score"].tolist()[0] == 9


def test_check_of_a_file_that_is_ready(put):
    found = check(put("score,comment\n9,a\n0,b\n"), "responses")
    assert found.ok
    assert "It can be read as it is" in found.text
    assert not found.problems


def test_check_with_columns_given(put):
    found = check(put("nps,why\n9,a\n"), "responses", columns="nps:score")
    assert found.ok
    assert dict(found.columns) == {"nps": "score", "why": "comment"}
    assert "could be more of the table" in found.text


def test_check_of_what_cannot_be_read(put, tmp_path):
    found = check(tmp_path / "nothing.csv", "responses")
    assert not found.ok
    assert found.health is None
    assert "there is no file" in found.text
    found = check(put("a,b\n1,2\n"), "orders")
    assert found.missing == ("customer_id", "ordered_at", "amount")
    assert "No column was found for: customer_id, ordered_at, amount." in found.text
    ambiguous = check(put("score,responded_at\n9,03/04/2025\n"), "responses")
    assert any("day_first" in problem for problem in ambiguous.problems)


def test_check_shows_no_rows(put):
    assert "example.com" not in check(put(CONTENT), "responses").text
