"""The shipped files: the same bytes from the seed, small, whole, and in an order of time that can be."""

import hashlib
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxkit import samples
from cxkit.samples import messy

FOLDER = Path(__file__).parents[2] / "data" / "samples"
FIRST, END = pd.Timestamp("2024-10-01"), pd.Timestamp("2026-10-01")


def read(name):
    return pd.read_csv(FOLDER / f"{name}.csv", keep_default_na=False, na_values=[""])


def times(frame, *columns):
    return frame.assign(**{column: pd.to_datetime(frame[column]) for column in columns})


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_rebuilding_gives_the_same_bytes(tmp_path):
    written = samples.write(tmp_path)
    assert sorted(path.name for path in written) == sorted(path.name for path in FOLDER.glob("*.csv"))
    assert {path.name: digest(path) for path in written} == {path.name: digest(path) for path in FOLDER.glob("*.csv")}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in written)


def test_together_under_six_megabytes():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 6_000_000


def test_the_data_dictionary_names_every_column_and_story():
    said = (FOLDER / "README.md").read_text("utf8")
    for name in samples.TABLES:
        section = said.split(f"### {name}.csv")[1].split("\n### ")[0]
        assert set(re.findall(r"^\| `(\w+)`", section, re.M)) == set(read(name).columns), name
    for story in samples.STORIES:
        assert f"**{story.name}**" in said
        assert story.name in samples.__doc__
        assert f"`{story.notebook}`" in said
        assert set(story.tables) <= set(samples.TABLES)


def test_ids_are_unique_and_point_at_something():
    tables = {name: read(name) for name in samples.TABLES}
    customers, orders, tickets = tables["customers"], tables["orders"], tables["tickets"]
    responses = tables["responses"].drop_duplicates()
    for frame, key in ((customers, "customer_id"), (orders, "order_id"), (tickets, "ticket_id")):
        assert frame[key].is_unique
    assert responses["response_id"].is_unique
    assert 5 <= len(tables["responses"]) - len(responses) <= 40  # the tool sent a few twice
    for name, frame in tables.items():
        assert frame["customer_id"].isin(customers["customer_id"]).all(), name
    for name in ("responses", "tickets", "events"):
        owner = tables[name].dropna(subset=["order_id"]).merge(orders[["order_id", "customer_id"]], on="order_id")
        assert len(owner) == tables[name]["order_id"].notna().sum()
        assert (owner["customer_id_x"] == owner["customer_id_y"]).all()
    for name in ("responses", "events"):
        owner = tables[name].dropna(subset=["ticket_id"]).merge(tickets[["ticket_id", "customer_id"]], on="ticket_id")
        assert len(owner) == tables[name]["ticket_id"].notna().sum()
        assert (owner["customer_id_x"] == owner["customer_id_y"]).all()
    asked = tables["invitations"].dropna(subset=["response_id"])
    assert sorted(asked["response_id"]) == sorted(responses["response_id"])
    assert asked["opened"].all()
    assert (tables["invitations"]["delivered"] >= tables["invitations"]["opened"]).all()
    assert tables["followups"]["response_id"].isin(responses["response_id"]).all()
    refunds = orders.loc[orders["amount"] < 0, "order_id"]
    assert refunds.str.endswith("R").all()
    assert refunds.str[:-1].isin(orders["order_id"]).all()
    logged = responses[responses["session_id"].notna() & (responses["responded_at"] > "2026-04-02")]
    assert logged["session_id"].isin(tables["events"]["session_id"]).all()


def test_nothing_is_answered_before_it_happened():
    responses = times(read("responses"), "responded_at")
    invitations = times(read("invitations"), "invited_at")
    orders = times(read("orders"), "ordered_at").set_index("order_id")
    steps = ["opened_at", "first_response_at", "handed_over_at", "resolved_at", "reopened_at", "closed_at"]
    tickets = times(read("tickets"), *steps)
    both = responses.merge(invitations[["response_id", "invited_at"]])
    assert (both["responded_at"] > both["invited_at"]).all()
    about = responses.dropna(subset=["order_id"])
    ordered = about["order_id"].map(orders["ordered_at"])
    assert (about["responded_at"] > ordered).all()
    delivery = about[about["touchpoint"] == "delivery"]
    days = (delivery["responded_at"] - ordered[delivery.index]).dt.total_seconds() / 86400
    assert (days > delivery["order_id"].map(orders["delivery_days"]) - 1).all()
    cases = responses.dropna(subset=["ticket_id"])
    assert (cases["responded_at"] > cases["ticket_id"].map(tickets.set_index("ticket_id")["closed_at"])).all()
    for earlier, later in pairwise(steps):
        known = tickets[[earlier, later]].dropna()
        assert (known[earlier] <= known[later]).all(), (earlier, later)
    assert (tickets["closed_at"].isna() | tickets["resolved_at"].notna()).all()
    assert (tickets["reopened_at"].notna() == (tickets["reopens"] > 0)).all()
    calls = times(read("followups"), "contacted_at").merge(responses.drop_duplicates("response_id"), on="response_id")
    assert (calls["contacted_at"] > calls["responded_at"]).all()
    assert (calls["score"].isna() | (calls["score"] <= 6)).all()


def test_the_calendar():
    spells = times(read("subscriptions"), "started_at", "ended_at")
    ended = spells.dropna(subset=["ended_at"])
    assert (ended["ended_at"] > ended["started_at"]).all()
    assert ended["ended_at"].min() >= FIRST  # the old shop's leavers are not in the data
    assert (spells["end_reason"].isna() == spells["ended_at"].isna()).all()
    assert (spells["started_at"] < FIRST).any()
    following = spells.groupby("customer_id")["started_at"].shift(-1)
    assert (following.isna() | (following >= spells["ended_at"])).all()
    for name, column in (("responses", "responded_at"), ("orders", "ordered_at"), ("tickets", "opened_at")):
        at = pd.to_datetime(read(name)[column])
        assert at.min() >= FIRST, name
        assert FIRST < at.max() < END, name
    touches = pd.to_datetime(read("events")["occurred_at"])
    assert touches.min() >= pd.Timestamp("2026-04-01")
    assert touches.max() < END
    bought = read("orders").groupby("customer_id")["ordered_at"].min()
    acquired = read("customers").set_index("customer_id")["acquired_at"]
    assert (bought.str[:10] >= acquired[bought.index]).all()


def test_steps_of_a_session_follow_each_other():
    events = times(read("events"), "occurred_at").dropna(subset=["session_id"])
    rank = events["touchpoint"].map({"visit": 0, "product page": 1, "basket": 2, "checkout": 3, "order": 4})
    assert rank.notna().all()
    same = events["session_id"].eq(events["session_id"].shift())
    assert (rank.diff()[same] >= 0).all()
    assert (events["occurred_at"].diff()[same] > pd.Timedelta(0)).all()
    assert events.groupby("session_id")["channel"].nunique().max() == 1


def test_scores_fit_their_surveys():
    responses = read("responses")
    span = responses.groupby("survey")["score"].agg(["min", "max"])
    assert span.to_dict("index") == {
        "nps": {"min": 0, "max": 10},
        "csat": {"min": 1, "max": 5},
        "ces": {"min": 1, "max": 7},
    }
    assert set(responses["status"]) == {"complete", "partial", "preview"}
    assert responses.loc[responses["score"].isna(), "status"].eq("partial").all()


def test_comments_put_a_report_to_the_test():
    comments = read("responses")["comment"].dropna()
    assert comments.nunique() > 0.7 * len(comments)
    for trap in ("<script>", "=HYPERLINK(", "\u202e", "\n", '"', "@SUM"):
        assert 1 <= comments.str.contains(trap, regex=False).sum() <= 25, trap
    assert 10 < comments.str.contains("@example").sum() < 60
    assert 10 < comments.str.contains("7700 ?900|07700").sum() < 60
    assert not comments.str.contains(r"\{\w+\}").any()


def test_the_messy_export_holds_what_is_said_of_it():
    """Counted here with nothing but the csv module and string rules, from the bytes on disk."""
    import csv

    raw = (FOLDER / messy.NAME).read_bytes()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf8")
    rows = list(csv.reader(raw.decode("cp1252").splitlines(keepends=True), delimiter=";"))
    truth = messy.TRUTH
    head, *_ = rows
    assert head[0] == ""
    assert head.count("Region") == 2
    assert rows[-1][0] == "Total"
    body = [dict(zip(head, row, strict=True)) for row in rows[truth["heading_rows"] : -1]]
    assert len(body) == truth["answer_rows"]
    previews = [row for row in body if row["Status"] == "Survey Preview"]
    unfinished = [row for row in body if row["Finished"] == "False"]
    kept = [row for row in body if row not in previews and row not in unfinished]
    assert (len(previews), len(unfinished), len(kept)) == (truth["previews"], truth["unfinished"], truth["kept"])
    answers = [row["Q1"].split(" - ")[0] for row in kept]
    assert answers.count("99") == truth["not_applicable"]
    assert sum(answer in ("NA", "?", "-", "") for answer in answers) == truth["marked_missing"]
    scores = np.array([int(answer) for answer in answers if answer.isdigit() and answer != "99"])
    assert len(scores) == truth["scored"]
    counts = (int((scores >= 9).sum()), int(((scores >= 7) & (scores <= 8)).sum()), int((scores <= 6).sum()))
    assert counts == (truth["promoters"], truth["passives"], truth["detractors"])
    assert any("’" in row["Q1_Comment"] for row in body)
    assert any("€" in row["Q1_Comment"] for row in body)
    assert all(re.fullmatch(r"(\d{1,3}\.)*\d{1,3},\d\d", row["BasketValue"]) for row in body)
    assert any(row["RecordedDate"].startswith("31/") for row in body)
