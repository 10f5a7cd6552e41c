"""Moments of truth, and the outcomes they are judged by."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import cxkit
from cxkit.errors import DataError, UsageError
from cxkit.journey.log import log_of
from cxkit.journey.moments import moments_of_truth
from cxkit.journey.outcomes import later_loyalty, returned
from cxkit.link import link

STAGES = ["order", "delivery", "support"]
DAY = pd.Timestamp("2026-01-01")


def people(seed=1, n=400, missing=0.6, slopes=(0.0, 1.0, 0.0), binary=False):
    """Answers about three touchpoints, mostly missing, their touches, and a later outcome with these slopes."""
    rng = np.random.default_rng(seed)
    mood = rng.normal(size=(n, 1))
    score = np.clip(np.round(7 + 1.5 * mood + 1.5 * rng.normal(size=(n, 3))), 0, 10)
    scaled = 4 * score / 10 - 2
    outcome = 5 + scaled @ np.array(slopes) + rng.normal(size=n)
    if binary:
        outcome = (rng.random(n) < np.clip(0.5 + scaled @ np.array(slopes), 0, 1)).astype(float)
    who, at = np.nonzero(rng.random((n, 3)) >= missing)
    asked = pd.DataFrame(
        {
            "customer_id": [f"c{i:04d}" for i in who],
            "touchpoint": np.array(STAGES)[at],
            "survey": "nps",
            "score": score[who, at],
            "responded_at": DAY + pd.to_timedelta(at + 1, unit="D") + pd.to_timedelta(who, unit="min"),
        }
    )
    seen = asked.assign(occurred_at=asked["responded_at"] - pd.Timedelta(hours=1), stage=asked["touchpoint"])
    later = pd.DataFrame({"customer_id": [f"c{i:04d}" for i in range(n)], "measured_at": DAY + pd.Timedelta(days=30)})
    return link(asked, seen.drop(columns=["survey", "score", "responded_at"])), later.assign(outcome=outcome), scaled


def test_the_stage_that_matters_is_found_and_the_mood_is_taken_off():
    found, later, _ = people()
    table = moments_of_truth(found, later).set_index("stage")
    assert table["moment"].to_dict() == {"delivery": True, "order": False, "support": False}
    row = table.loc["delivery"]
    assert row["low"] < 1.0 < row["high"]
    assert row["verdict"] == "clear"
    assert table["outcome"].unique().tolist() == ["outcome"]
    assert table["outcome_unit"].unique().tolist() == ["rating"]
    assert "does not mean that it causes it" in row["method"]
    assert "3 comparisons (holm)" in row["method"]


def test_complete_customers_give_ordinary_least_squares():
    found, later, scaled = people(missing=0.0)
    table = moments_of_truth(found, later, stages={name: name for name in STAGES})
    witness = np.linalg.lstsq(np.c_[np.ones(len(scaled)), scaled], later["outcome"])[0][1:]
    assert table["stage"].tolist() == STAGES
    assert np.allclose(table["slope"], witness, rtol=1e-6)
    assert table["n"].tolist() == [400] * 3


def test_a_worse_outcome_after_a_better_score_is_no_moment():
    found, later, _ = people(slopes=(0.0, -1.0, 0.0))
    table = moments_of_truth(found, later).set_index("stage")
    assert table.loc["delivery", "verdict"] == "clear"
    assert not table["moment"].any()


def test_zero_and_one_are_shares():
    found, later, _ = people(n=900, slopes=(0.0, 0.25, 0.0), binary=True)
    table = moments_of_truth(found, later).set_index("stage")
    assert table["outcome_unit"].unique().tolist() == ["share"]
    assert table["moment"].to_dict() == {"delivery": True, "order": False, "support": False}
    assert "linear probability" in table["method"].iloc[0]


def test_only_scores_before_the_outcome_and_within_the_window_count():
    found, later, _ = people()
    assert moments_of_truth(found, later.assign(measured_at=DAY + pd.Timedelta(hours=1)))["n"].tolist() == [0, 0, 0]
    third = moments_of_truth(found, later.assign(measured_at=DAY + pd.Timedelta(days=2, hours=12))).set_index("stage")
    assert third.loc["support", "n"] == 0
    assert third.loc["order", "n"] > 100
    near = moments_of_truth(found, later.assign(measured_at=DAY + pd.Timedelta(days=4)), within="36h").set_index(
        "stage"
    )
    assert near.loc["order", "n"] == 0
    assert near.loc["support", "n"] > 100


def test_a_stage_with_too_few_customers_is_not_judged():
    found, later, _ = people(n=100)
    table = moments_of_truth(found, later, stages={**{n: n for n in STAGES}, "renewal": "renewal"}, least=30)
    row = table.set_index("stage").loc["renewal"]
    assert row["n"] == 0
    assert row[["slope", "low", "high", "p", "p_adjusted"]].isna().all()
    assert row["method"].startswith("not judged: fewer than 30 customers")
    nobody = moments_of_truth(found, later, least=1000)
    assert nobody["slope"].isna().all()
    assert not nobody["moment"].any()


def test_an_outcome_that_never_varies_tells_nothing():
    found, later, _ = people()
    assert moments_of_truth(found, later.assign(outcome=1.0))["slope"].isna().all()


def test_stages_hardly_scored_together_are_named():
    found, later, _ = people(missing=0.0)
    table = found.table
    half = table["customer_id"] < "c0200"
    keep = ~(half & (table["touchpoint"] == "order")) & ~(~half & (table["touchpoint"] == "support"))
    found = replace(found, table=table[keep])
    assert "hardly told apart: order and support" in moments_of_truth(found, later)["method"].iloc[0]


def test_every_engine_gives_the_same_slopes(engine):
    found, later, _ = people(n=200)
    plain = moments_of_truth(found, later)
    pd.testing.assert_frame_equal(moments_of_truth(found, engine(later)), plain)


def test_wrong_outcomes_are_refused():
    found, later, _ = people(n=60)
    with pytest.raises(DataError, match="1 row of the outcome repeat a customer"):
        moments_of_truth(found, pd.concat([later, later[:1]]))
    with pytest.raises(DataError, match="no number"):
        moments_of_truth(found, later.assign(outcome="yes"))
    with pytest.raises(UsageError, match="say which of outcome and x"):
        moments_of_truth(found, later.assign(x=1))
    with pytest.raises(UsageError, match="not linked answers"):
        moments_of_truth(later, later)
    with pytest.raises(UsageError, match="name no stage"):
        moments_of_truth(replace(found, table=found.table.assign(stage=None)), later)
    with pytest.raises(DataError, match="no column 'when'"):
        moments_of_truth(found, later, measured_at="when", outcome_column="outcome")


def test_later_loyalty_takes_the_latest_answer(engine):
    asked = pd.DataFrame(
        {
            "customer_id": ["b", "a", "a", None, "c", "d"],
            "touchpoint": ["Relationship", "relationship", "relationship", "relationship", "delivery", "relationship"],
            "survey": ["nps", "nps", "nps", "nps", "nps", "csat"],
            "score": [10.0, 9.0, 3.0, 1.0, 1.0, 1.0],
            "responded_at": pd.to_datetime(
                ["2026-01-01", "2026-02-01", "2026-01-01", "2026-01-01", "2026-01-01", "2026-01-01"]
            ),
        }
    )
    table = later_loyalty(engine(asked))
    assert table["customer_id"].tolist() == ["a", "b"]
    assert table["loyalty"].tolist() == [9.0, 10.0]
    with pytest.raises(DataError, match="about 'relation'. Did you mean 'relationship'"):
        later_loyalty(asked.assign(touchpoint="relationship"), relational="relation")


def test_returned_by_hand(engine):
    """After 10 days, within 20: a came on day 12, b on day 5 and 40, c on day 30 exactly; e's time is not over."""
    days = {"a": [0, 12], "b": [0, 5, 40], "c": [0, 30], "d": [0, 10], "e": [25, 36]}
    rows = [(who, DAY + pd.Timedelta(days=day)) for who, own in days.items() for day in own]
    seen = pd.DataFrame(rows, columns=["customer_id", "occurred_at"]).assign(touchpoint="visit")
    table = returned(engine(seen), after="10D", within="20D")
    assert table["customer_id"].tolist() == list("abcde")
    assert table["returned"].fillna(-1).tolist() == [1, 0, 1, 0, -1]
    assert table["measured_at"].tolist()[0] == DAY + pd.Timedelta(days=10)
    parts = returned(log_of(seen).split("1h"), after="10D", within="20D")
    assert parts["returned"].fillna(-1).tolist() == [1, 0, 1, 0, -1]
    assert returned(seen[:0]).empty


def test_the_sample_runs_end_to_end():
    asked, seen = (cxkit.read(name, f"sample:{name}") for name in ("responses", "events"))
    table = moments_of_truth(link(asked, seen), later_loyalty(asked)).set_index("stage")
    assert table.loc["receive", "moment"]
    assert "adjusted for nothing" in table.loc["receive", "method"]
    assert table.drop("receive")["slope"].isna().all()


def test_nothing_linked_gives_no_stages():
    found, later, _ = people(n=60)
    table = moments_of_truth(replace(found, table=found.table[:0]), later)
    assert table.empty
