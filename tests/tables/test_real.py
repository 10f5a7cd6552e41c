"""Real exports, where they are at hand: every figure of the health report against a count made another way."""

import csv
import gzip
import io

from tables_help import said

import cxkit


def test_the_french_survey(real_data):
    path = real_data("survey_fr.csv")
    with path.open(encoding="latin-1", newline="") as file:
        rows = list(csv.DictReader(file))
    table = cxkit.read("responses", path, columns="nps:score; explication:comment")
    frame = table.to_pandas()
    assert table.health.rows_in == table.health.rows_kept == len(frame) == len(rows)
    assert frame["score"].isna().sum() == sum(row["nps"] == "NA" for row in rows)
    assert frame["score"].sum() == sum(int(row["nps"]) for row in rows if row["nps"] != "NA")
    assert frame["CaTicket"].sum().round(2) == round(sum(float(row["CaTicket"]) for row in rows), 2)
    assert frame["comment"].notna().sum() == sum(row["explication"] != "NA" for row in rows)
    assert frame["id"].tolist() == [row["id"] for row in rows]
    assert table.columns[0] == "id"
    assert said(table, "Scores run from 1 to 10", "No answer is 0")
    assert said(table, "Windows-1252")
    assert said(table, "only numbers the rows")


def test_its_comments_are_french(real_data):
    table = cxkit.read("responses", real_data("survey_fr.csv"), columns="nps:score; explication:comment")
    text = "\n".join(table.to_pandas()["comment"].dropna())
    assert not [letter for letter in text if 0x80 <= ord(letter) < 0xA0]
    assert "‚" not in text
    assert text.count("é") > 2500
    assert "15€" in text


def test_the_shop_events(real_data):
    path = real_data("shop_events.csv.gz")
    with gzip.open(path) as file:
        rows = list(csv.DictReader(io.TextIOWrapper(file, encoding="utf-8", newline="")))
    table = cxkit.read(
        "events", path, columns="user_id:customer_id; event:touchpoint; timestamp:occurred_at", as_of="2020-03-31"
    )
    late = sum(row["timestamp"] >= "2020-04-01" for row in rows)
    assert table.health.rows_in == len(rows)
    assert table.health.set_aside == (("dated after 2020-03-31", late),)
    frame = table.to_pandas()
    assert frame["touchpoint"].value_counts().to_dict() == {
        name: sum(row["event"] == name and row["timestamp"] < "2020-04-01" for row in rows)
        for name in {row["event"] for row in rows if row["timestamp"] < "2020-04-01"}
    }
    assert frame["customer_id"].tolist() == [row["user_id"] for row in rows if row["timestamp"] < "2020-04-01"]
