"""Scores of touchpoints and stages, and their change."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxkit
from cxkit.errors import UsageError
from cxkit.frames import COMPARISON
from cxkit.journey.emotion import emotion_change
from cxkit.journey.scores import SCORES, stage_emotion, touchpoint_scores
from cxkit.link import Linked, link

STAGES = {"order": "buy", "delivery": "receive", "support": "help"}


def both(scores, touchpoint="delivery", survey="csat", customers=None, day=0):
    """One touch and one answer a score, a day apart."""
    n = len(scores)
    customers = [f"c{i}" for i in range(n)] if customers is None else customers
    seen = pd.DataFrame(
        {
            "customer_id": customers,
            "touchpoint": touchpoint,
            "occurred_at": pd.Timestamp("2026-07-01") + pd.to_timedelta(np.arange(n) + day, unit="h"),
            "order_id": [f"{touchpoint}{day}-{i}" for i in range(n)],
        }
    )
    asked = seen.drop(columns="occurred_at").assign(
        survey=survey, score=np.asarray(scores, dtype=float), responded_at=seen["occurred_at"] + pd.Timedelta(days=1)
    )
    return asked, seen


def linked(*parts):
    return link(*(pd.concat(tables, ignore_index=True) for tables in zip(*parts, strict=True)))


@pytest.fixture(scope="module")
def sample():
    return [cxkit.read(name, f"sample:{name}") for name in ("responses", "events")]


def test_the_mean_by_hand():
    """csat 2 4 5 become -1 1 2: mean 2/3, sd 1.5275, t(2) = 4.3027, so +- 3.7947, cut at the ends."""
    table = touchpoint_scores(linked(both([2, 4, 5])))
    assert list(table.columns) == ["touchpoint", *SCORES]
    row = table.iloc[0]
    assert (row["surveys"], row["n"], row["customers"], row["few"]) == ("csat", 3, 3, True)
    assert np.allclose(row[["estimate", "low", "high", "original"]].astype(float), [2 / 3, -2, 2, 11 / 3])
    assert row["median_lag_seconds"] == 86400
    many = touchpoint_scores(linked(both([2, 4, 5] * 20))).iloc[0]
    values = np.array([-1, 1, 2] * 20)
    assert np.allclose(
        many[["low", "high"]].astype(float), stats.t.interval(0.95, 59, values.mean(), stats.sem(values))
    )
    assert not many["few"]


def test_answers_of_one_customer_tell_less():
    scores = [1, 5] * 30
    apart = touchpoint_scores(linked(both(scores))).iloc[0]
    same = touchpoint_scores(linked(both(scores, customers=[f"c{i % 2}" for i in range(60)]))).iloc[0]
    assert same["n"] == apart["n"]
    assert same["customers"] == 2
    assert not same["high"] - same["low"] < 2 * (apart["high"] - apart["low"])


def test_stages_come_in_order_and_an_unasked_one_is_a_gap():
    data = linked(both([2, 4, 5]), both([0, 10], touchpoint="order", survey="nps", day=100), both([3], "chat", day=200))
    table = stage_emotion(data, stages=STAGES)
    assert table["stage"].tolist() == ["buy", "receive", "help"]
    assert table["n"].tolist() == [2, 3, 0]
    assert table["estimate"].isna().tolist() == [False, False, True]
    assert table.loc[2, ["low", "high", "original", "median_lag_seconds"]].isna().all()
    assert table["surveys"].tolist() == ["nps", "csat", ""]
    assert table["few"].all()
    assert "1 score about touchpoints of no stage" in table["method"][0]
    journey = SimpleNamespace(
        stages=[SimpleNamespace(name=n, touchpoints=(t,)) for t, n in STAGES.items()],
    )
    pd.testing.assert_frame_equal(stage_emotion(data, stages=journey), table)
    pd.testing.assert_frame_equal(stage_emotion(data, stages={n: [t] for t, n in STAGES.items()}), table)


def test_several_surveys_in_one_stage_are_named_with_their_counts():
    row = touchpoint_scores(linked(both([2, 4, 5]), both([0, 10], survey="nps", day=100))).iloc[0]
    assert row["surveys"] == "csat, nps"
    assert np.isnan(row["original"])
    assert row["method"].startswith("3 csat and 2 nps answers")


def test_other_groups_and_the_missing_one_last():
    data = linked(both([2, 4, 5]))
    data.table["channel"] = ["web", None, "app"]
    table = touchpoint_scores(data, by="touchpoint,channel")
    assert table["channel"].fillna("-").tolist() == ["app", "web", "-"]
    assert table["n"].tolist() == [1, 1, 1]


@pytest.fixture(scope="module")
def small(sample):
    """A part of the sample, and what pandas says of it."""
    tables = [t.to_pandas().query("customer_id < 'C00300'") for t in sample]
    return tables, stage_emotion(*tables)


def test_every_engine_gives_the_same_scores(engine, small):
    tables, plain = small
    assert plain["n"].sum() > 100
    pd.testing.assert_frame_equal(stage_emotion(*map(engine, tables)), plain)


def test_no_answers_and_only_comments():
    for data in (linked(both([])), linked(both([np.nan, np.nan]))):
        data.table["comment"] = "late"
        assert touchpoint_scores(data).empty
        table = stage_emotion(data, stages=STAGES)
        assert table["n"].tolist() == [0, 0, 0]
        assert table["estimate"].isna().all()


def test_wrong_arguments_are_refused():
    asked, seen = both([2, 4])
    with pytest.raises(UsageError, match="answers need the events"):
        touchpoint_scores(asked)
    with pytest.raises(UsageError, match="no 'chanel'. Did you mean 'channel'"):
        touchpoint_scores(asked, seen, by="chanel")
    with pytest.raises(UsageError, match="name no stage"):
        stage_emotion(asked, seen)
    with pytest.raises(UsageError, match="stands in the stages 'a' and 'b'"):
        stage_emotion(asked, seen, stages={"a": ["delivery"], "b": ["delivery"]})
    with pytest.raises(UsageError, match="says no stages"):
        stage_emotion(asked, seen, stages=["a"])


def test_a_change_between_strangers_is_welch():
    """Witness: scipy.stats.ttest_ind(now, before, equal_var=False)."""
    now, before = [1, 2, 3, 4, 5] * 8, [3, 4, 5, 5] * 9
    table = emotion_change(
        linked(both(now)), linked(both(before, customers=[f"o{i}" for i in range(36)])), by="touchpoint"
    )
    assert list(table.columns) == ["touchpoint", *COMPARISON]
    witness = stats.ttest_ind(now, before, equal_var=False)
    assert np.isclose(table["p"][0], witness.pvalue)
    assert np.isclose(table["difference"][0], np.mean(now) - np.mean(before))  # csat: a point is a point
    low, high = witness.confidence_interval()
    assert np.allclose(table.loc[0, ["difference_low", "difference_high"]].astype(float), [low, high])


def test_customers_on_both_sides_make_the_difference_surer():
    """The same people, each one point lower: close to the paired t test."""
    before = np.tile([2, 3, 4, 5], 15)
    now = np.clip(before - (np.arange(60) % 3 > 0), 1, 5)
    table = emotion_change(linked(both(now)), linked(both(before)), by="touchpoint")
    witness = stats.ttest_rel(now, before)
    low, high = witness.confidence_interval()
    assert np.allclose(table.loc[0, ["difference_low", "difference_high"]].astype(float), [low, high], atol=0.01)


def test_many_stages_are_allowed_for_and_a_new_question_is_said():
    rng = np.random.default_rng(1)

    def side(survey):
        return linked(
            *(both(rng.integers(1, 6, 40), t, s) for t, s in zip(STAGES, ["csat", "csat", survey], strict=True))
        )

    table = emotion_change(side("ces"), side("csat"), stages={**STAGES, "renewal": "renew"})
    assert table["stage"].tolist() == ["buy", "receive", "help", "renew"]
    assert table["looked"].tolist() == [3] * 4
    assert (table["p_adjusted"].dropna() >= table["p"].dropna()).all()
    assert np.isnan(table["difference"][3])
    assert table["method"].str.contains("asked by ces now and by csat before").tolist() == [False, False, True, False]
    with pytest.raises(UsageError, match="not linked answers"):
        emotion_change(side("csat"), table)


def test_the_sample_tells_its_stories(sample):
    """After 3 August 2026 a new carrier spoils delivery; support is low throughout."""
    asked, seen = sample
    table = emotion_change(
        link(asked, seen, period="2026-08-03..2026-09-30"), link(asked, seen, period="2026-04-01..2026-08-02")
    )
    assert table.loc[table["verdict"] == "clear", "stage"].tolist() == ["receive"]
    assert table.set_index("stage").loc["receive", "difference_high"] < 0
    scores = touchpoint_scores(asked, seen).sort_values("estimate")
    assert scores["touchpoint"].iloc[0] == "support"


@pytest.mark.slow
def test_limits_hold_for_customers_who_answer_in_both_periods():
    """400 draws, 60 customers with 1 to 4 answers a period and a mood of their own; 99 % bounds around 95 %."""
    rng, covered = np.random.default_rng(2), []
    for _ in range(400):
        sides = []
        mood = rng.normal(size=60)
        for _ in range(2):
            who = np.repeat(np.arange(60), rng.integers(1, 5, 60))
            score = np.clip(np.round(3 + 0.7 * mood[who] + 0.7 * rng.normal(size=who.size)), 1, 5)
            table = {
                "customer_id": [f"c{i}" for i in who],
                "touchpoint": "delivery",
                "survey": "csat",
                "how": "order_id",
            }
            sides.append(Linked(pd.DataFrame({**table, "scaled": score - 3}), who.size, (), {"csat": (1, 5)}))
        row = emotion_change(*sides, by="touchpoint").iloc[0]
        covered.append(row["difference_low"] <= 0 <= row["difference_high"])
    assert (
        0.92 <= np.mean(covered) <= 0.995
    )  # 0.985: with few customers the effective number is chosen on the safe side
