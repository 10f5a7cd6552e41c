"""Each planted story is in the shipped files, found with plain arithmetic: the effect, its size, and its surroundings.

`z` below is a difference divided by its standard error; 1.96 is the usual two-sided 5 % line.
"""

from math import sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxkit import samples

FOLDER = Path(__file__).parents[2] / "data" / "samples"
TIMES = ("responded_at", "invited_at", "ordered_at", "started_at", "ended_at", "opened_at", "first_response_at",
         "handed_over_at", "resolved_at", "reopened_at", "closed_at", "acquired_at", "contacted_at", "assigned_at",
         "occurred_at")  # fmt: skip


@pytest.fixture(scope="module")
def table():
    """Reads a table of the sample once."""
    seen = {}

    def read(name):
        if name not in seen:
            frame = pd.read_csv(FOLDER / f"{name}.csv", keep_default_na=False, na_values=[""])
            for column in set(TIMES) & set(frame.columns):
                frame[column] = pd.to_datetime(frame[column])
            seen[name] = frame
        return seen[name]

    return read


@pytest.fixture(scope="module")
def nps(table):
    """Complete NPS answers, each once, as +100, 0 or -100."""
    rows = table("responses").drop_duplicates("response_id")
    rows = rows[(rows["survey"] == "nps") & (rows["status"] == "complete") & rows["score"].notna()].copy()
    rows["net"] = 100 * (rows["score"] >= 9) - 100 * (rows["score"] <= 6)
    rows["quarter"] = rows["responded_at"].dt.to_period("Q").astype(str)
    return rows


def story(name):
    """Its truth, so that the tests and the generator cannot drift apart."""
    return next(s for s in samples.STORIES if s.name == name).truth


def change(before, after):
    """Difference of two means and its z."""
    difference = after.mean() - before.mean()
    return difference, difference / sqrt(after.var() / len(after) + before.var() / len(before))


def resolution(tickets, as_of):
    """Median hours to resolution: over resolved cases only, and Kaplan-Meier with open ones as still waiting."""
    done = tickets["resolved_at"].notna()
    hours = (tickets["resolved_at"].fillna(as_of) - tickets["opened_at"]).dt.total_seconds() / 3600
    order = np.argsort(hours.to_numpy(), kind="stable")
    at_risk = np.arange(len(hours), 0, -1)
    alive = np.cumprod(1 - done.to_numpy()[order] / at_risk)
    reached = np.flatnonzero(alive <= 0.5)
    return hours[done].median(), hours.to_numpy()[order][reached[0]] if len(reached) else np.inf


def test_level_and_volume(nps):
    assert 22 < nps["net"].mean() < 38
    months = nps["responded_at"].dt.to_period("M").value_counts()
    assert len(months) == 24
    assert months.min() >= 180
    assert months.mean() >= 240
    repeats = nps["customer_id"].value_counts()
    assert (repeats > 1).mean() > 0.5


def test_the_last_quarter_falls(nps):
    q2, q3 = (nps.loc[nps["quarter"] == f"2026Q{k}", "net"] for k in (2, 3))
    difference, z = change(q2, q3)
    assert -17 < difference < -7
    assert z < -2.3


def test_delivery_turns_bad(nps, table):
    truth = story("delivery turns bad")
    sent = table("orders").set_index("order_id")["ordered_at"]
    delivery = nps[nps["touchpoint"] == "delivery"].assign(sent=lambda d: d["order_id"].map(sent))
    after, hit = delivery["sent"] >= truth["from"], delivery["region"].isin(truth["regions"])
    recent = delivery["responded_at"] >= "2026-04-01"
    bad, z = change(delivery.loc[~after & hit & recent, "net"], delivery.loc[after & hit, "net"])
    assert -90 < bad < -50
    assert z < -5
    _, z = change(delivery.loc[~after & ~hit & recent, "net"], delivery.loc[after & ~hit, "net"])
    assert abs(z) < 1.7
    orders = table("orders").dropna(subset=["delivery_days"]).merge(table("customers")[["customer_id", "region"]])
    late = (orders["ordered_at"] >= truth["from"]) & orders["region"].isin(truth["regions"])
    assert orders.loc[late, "delivery_days"].mean() > orders.loc[~late, "delivery_days"].mean() + 1.8


def test_without_the_new_carrier_the_last_quarter_does_not_fall(nps, table):
    regions = story("delivery turns bad")["regions"]
    others = nps[~nps["region"].isin(regions)]
    _, z = change(others.loc[others["quarter"] == "2026Q2", "net"], others.loc[others["quarter"] == "2026Q3", "net"])
    assert abs(z) < 1.7


def test_falls_by_mix_alone(nps):
    truth = story("falls by mix alone")
    quarters = [p.replace("-", "") for p in truth["periods"]]
    before, after = (nps[nps["quarter"] == q] for q in quarters)
    total, z = change(before["net"], after["net"])
    assert total < -6
    assert z < -2
    share = [d["tenure"].value_counts(normalize=True) for d in (before, after)]
    score = [d.groupby("tenure")["net"].mean() for d in (before, after)]
    mix = sum((share[1][k] - share[0][k]) * (score[0][k] + score[1][k]) / 2 for k in share[0].index)
    rate = sum((share[1][k] + share[0][k]) / 2 * (score[1][k] - score[0][k]) for k in share[0].index)
    assert mix + rate == pytest.approx(total, abs=1e-9)
    assert mix < -7
    assert abs(rate) < 3.5
    for tenure in ("new", "established"):
        _, z = change(*(d.loc[d["tenure"] == tenure, "net"] for d in (before, after)))
        assert abs(z) < 1.3


def test_commenters_differ_from_the_silent(nps):
    gap, z = change(nps.loc[nps["comment"].isna(), "net"], nps.loc[nps["comment"].notna(), "net"])
    assert -28 < gap < -15
    assert z < -8


def test_response_rate_falls(table):
    sent = table("invitations")
    sent["answered"] = sent["response_id"].notna()
    email = sent[sent["channel"] == "email"].groupby(sent["invited_at"].dt.to_period("Q"))["answered"].mean()
    assert 0.46 < email.iloc[0] < 0.58
    assert 0.28 < email.iloc[-1] < 0.38
    assert np.corrcoef(np.arange(8), email)[0, 1] < -0.9
    rest = sent[sent["channel"] != "email"]
    first, last = rest["invited_at"] < "2025-10-01", rest["invited_at"] >= "2025-10-01"
    _, z = change(rest.loc[first, "answered"], rest.loc[last, "answered"])
    assert abs(z) < 2


def test_open_cases_make_support_look_fast(table):
    start = pd.Timestamp(story("open cases make support look fast")["from"])
    tickets = table("tickets")
    before = tickets[(tickets["opened_at"] >= "2026-01-01") & (tickets["opened_at"] < start)]
    since = tickets[tickets["opened_at"] >= start]
    as_of = pd.Timestamp("2026-10-01")
    resolved_before, true_before = resolution(before, as_of)
    resolved_since, true_since = resolution(since, as_of)
    assert resolved_since < 0.9 * resolved_before
    assert true_since > 1.3 * true_before
    assert since["resolved_at"].isna().mean() > 0.25
    assert before["resolved_at"].isna().mean() < 0.02


def test_annual_plans_leave_at_month_12(table):
    spells = table("subscriptions")
    end = spells["ended_at"].fillna(pd.Timestamp("2026-10-01"))
    months = (end.dt.year - spells["started_at"].dt.year) * 12 + end.dt.month - spells["started_at"].dt.month
    left = spells["ended_at"].notna() & (spells["end_reason"] != "plan change")
    annual = spells["plan"] == "annual"
    hazard = {m: (left & annual & (months == m)).sum() / (annual & (months >= m)).sum() for m in range(1, 23)}
    assert 0.30 < hazard[12] < 0.50
    assert max(value for month, value in hazard.items() if month != 12) < 0.05
    monthly = spells["plan"] == "monthly"
    assert (left & monthly & (months == 12)).sum() / (monthly & (months >= 12)).sum() < 0.12


def test_scores_do_not_follow_spend(nps, table):
    last = (
        nps[nps["touchpoint"] == "relationship"].sort_values("responded_at").drop_duplicates("customer_id", keep="last")
    )
    orders = table("orders")
    spend = orders[orders["amount"] > 0].groupby("customer_id")["amount"].mean()
    spend = last.set_index("customer_id")["net"].to_frame().join(spend, how="inner").groupby("net")["amount"]
    mean, error = spend.mean(), spend.sem()
    assert abs(mean[100] / mean[0] - 1) < 0.08
    assert mean[-100] / mean[0] < 0.87
    assert (mean[0] - mean[-100]) / sqrt(error[0] ** 2 + error[-100] ** 2) > 3


def test_the_coach_helps_beginners_only(nps, table):
    truth = story("the coach helps beginners only")
    people = table("customers").merge(table("assignments"))[["customer_id", "skill", "variant"]]
    answers = nps[nps["responded_at"] > "2026-03-03"].merge(people)
    person = answers.groupby(["customer_id", "skill", "variant"], as_index=False)["net"].mean()
    for skill in ("beginner", "keen", "expert"):
        group = person[person["skill"] == skill]
        effect, z = change(*(group.loc[group["variant"] == v, "net"] for v in ("control", "coach")))
        if skill == truth["segment"]:
            assert 18 < effect < 45
            assert z > 3
        else:
            assert abs(z) < 1.7
    counts = table("assignments")["variant"].value_counts()
    assert abs(counts["coach"] - counts["control"]) < 4 * sqrt(counts.sum()) / 2


def test_called_customers_recover_and_many_would_have_anyway(nps, table):
    called = table("followups")
    answers = nps[nps["responded_at"] >= "2025-04-01"].sort_values(["customer_id", "responded_at"]).copy()
    answers["next"] = answers.groupby("customer_id")["score"].shift(-1)
    answers["next_at"] = answers.groupby("customer_id")["responded_at"].shift(-1)
    answers = answers.merge(called[["response_id", "contacted_at", "outcome"]], how="left")
    unhappy = answers[(answers["score"] <= 6) & answers["next"].notna()]
    unhappy = unhappy[unhappy["contacted_at"].isna() | (unhappy["next_at"] > unhappy["contacted_at"])]
    up = (unhappy["next"] >= 7).astype(float)
    reached = unhappy["outcome"].isin(["solved", "listened"])
    gain, z = change(up[unhappy["outcome"].isna()], up[reached])
    assert 0.4 < up[unhappy["outcome"].isna()].mean() < 0.65
    assert 0.06 < gain < 0.25
    assert z > 2


def test_chat_to_phone_costs(table):
    chats = table("tickets").query("channel == 'chat'")
    handed = chats["handed_to"].notna()
    assert 0.25 < handed.mean() < 0.40
    hours = (chats["resolved_at"] - chats["opened_at"]).dt.total_seconds() / 3600
    calm = chats["opened_at"] < "2026-07-01"
    assert hours[handed & calm].median() > 1.3 * hours[~handed & calm].median()
    csat = table("responses").query("survey == 'csat'").dropna(subset=["score"]).merge(chats, on="ticket_id")
    top = (csat["score"] >= 4).astype(float)
    cost, z = change(top[csat["handed_to"].isna()], top[csat["handed_to"].notna()])
    assert -0.45 < cost < -0.15
    assert z < -2.5


def test_a_checkout_that_fails_on_phones(table):
    events = table("events").dropna(subset=["session_id"])
    start = pd.Timestamp(story("a checkout that fails on phones")["from"])
    sessions = events.groupby("session_id").agg(at=("occurred_at", "min"), channel=("channel", "first"))
    for step in ("checkout", "order"):
        sessions[step] = sessions.index.isin(events.loc[events["touchpoint"] == step, "session_id"])
    tried = sessions[sessions["checkout"]]
    for channel in ("mobile", "web", "app"):
        rows = tried[tried["channel"] == channel]
        difference, z = change(*(rows.loc[w, "order"].astype(float) for w in (rows["at"] < start, rows["at"] >= start)))
        if channel == "mobile":
            assert -0.35 < difference < -0.12
            assert z < -5
        else:
            assert abs(z) < 1.7


def test_billing_cases_come_back(table):
    tickets = table("tickets")
    done = tickets[tickets["resolved_at"] < "2026-09-01"]
    back = done["reopened_at"].notna().groupby(done["topic"]).mean()
    assert 0.25 < back["billing"] < 0.42
    assert back.drop("billing").max() < 0.12


def test_many_customers_little_value(table):
    customers = table("customers")
    value = table("orders").groupby("customer_id")["margin"].sum()
    customers = customers.assign(value=customers["customer_id"].map(value).fillna(0) - customers["cost_to_serve"])
    by = customers.groupby("source")["value"].agg(["size", "mean"])
    assert by["size"].idxmax() == "deal site"
    assert by.loc["deal site", "mean"] < 0.25 * by["mean"].drop("deal site").min()


def test_waiting_makes_it_hard(table):
    ces = table("responses").query("survey == 'ces'").dropna(subset=["score"]).merge(table("tickets"), on="ticket_id")
    ces = ces.dropna(subset=["wait_seconds"])
    easy, minutes = (ces["score"] >= 5).astype(float), ces["wait_seconds"] / 60
    slope, level = np.polyfit(minutes, easy, 1)
    residual = easy - slope * minutes - level
    error = residual.std() / (minutes.std() * sqrt(len(ces)))
    assert -0.07 < slope < -0.02
    assert slope / error < -3
