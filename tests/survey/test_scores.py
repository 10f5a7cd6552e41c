"""NPS, CSAT, CES and the distribution: by hand, over every engine, and on bad input."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_answers import answers

import cxkit
from cxkit.errors import DataError, DataWarning, UsageError
from cxkit.frames import ESTIMATE
from cxkit.stats.intervals import mean_interval, nps_interval, share_interval
from cxkit.survey import ces, csat, distribution, nps

# Ten answers: promoters 10 10 9 9, passives 8 7, detractors 6 5 0 0. NPS = (4 - 4) / 10 = 0; in plan a (first five)
# there are four promoters and one passive: (4 - 0) / 5 = 80; in plan b one passive and four detractors: -80.
TEN = pd.DataFrame({"score": [10.0, 10, 9, 9, 8, 7, 6, 5, 0, 0], "plan": list("aaaaabbbbb")})


def test_nps_by_hand():
    row = nps(TEN).iloc[0]
    low, high = nps_interval(4, 2, 4)
    assert (row.metric, row.unit, row.n, row.estimate, row.confidence) == ("nps", "points", 10, 0.0, 0.95)
    assert (row.low, row.high) == (100 * low, 100 * high)


def test_nps_by_segment_by_hand():
    table = nps(TEN, by="plan")
    assert list(table.columns) == ["plan", *ESTIMATE]
    assert table.plan.tolist() == ["a", "b"]
    assert table.estimate.tolist() == [80, -80]
    assert table.n.tolist() == [5, 5]
    assert isinstance(table.index, pd.RangeIndex)


def test_scales_of_their_own():
    stars = pd.DataFrame({"score": [5, 5, 4, 3, 1]})  # 2 promoters (5), 1 passive (4), 2 detractors (1-3)
    row = nps(stars, scale="1-5").iloc[0]
    assert row.estimate == 0
    assert row.method.startswith("NPS 1-5: 5 minus 1-3; ")


def test_csat_rules_by_hand():
    stars = pd.DataFrame({"score": [5, 5, 4, 3, 1]})
    # top box 3 of 5; mean 18/5; sum over maximum 18/25; after a zero base (3.6 - 1)/4; net (3 - 2)/5
    expected = {"top_box": 0.6, "mean": 3.6, "mean_of_max": 0.72, "mean_of_range": 0.65, "net": 20.0}
    units = {"top_box": "share", "mean": "rating", "mean_of_max": "share", "mean_of_range": "share", "net": "points"}
    for rule, value in expected.items():
        row = csat(stars, scale="1-5", rule=rule).iloc[0]
        assert row.estimate == pytest.approx(value), rule
        assert row.unit == units[rule]
    assert csat(stars, scale="1-5", boxes=1).estimate[0] == pytest.approx(0.4)


def test_csat_limits_come_from_the_named_interval():
    stars = pd.DataFrame({"score": [5, 5, 4, 3, 1]})
    row = csat(stars, scale="1-5").iloc[0]
    assert (row.low, row.high) == share_interval(3, 5)
    assert csat(stars, scale="1-5", method="jeffreys").low[0] == share_interval(3, 5, method="jeffreys")[0]
    # variance of 5 5 4 3 1 around 3.6: (1.96 + 1.96 + .16 + .36 + 6.76) / 4 = 2.8
    low, high = mean_interval(5, 3.6, math.sqrt(2.8), bounds=(1, 5))
    mean = csat(stars, scale="1-5", rule="mean").iloc[0]
    assert (mean.low, mean.high) == pytest.approx((float(low), float(high)))
    scaled = csat(stars, scale="1-5", rule="mean_of_range").iloc[0]
    assert (scaled.low, scaled.high) == pytest.approx(((float(low) - 1) / 4, (float(high) - 1) / 4))


def test_ces_direction_decides():
    effort = pd.DataFrame({"score": [7, 6, 5, 4, 2]})
    assert ces(effort, scale="1-7", high_is="easy").estimate[0] == pytest.approx(0.6)
    assert ces(effort, scale="1-7", high_is="hard").estimate[0] == pytest.approx(0.2)
    mean = ces(effort, scale="1-7", high_is="hard", report="mean").iloc[0]
    assert (mean.estimate, mean.unit) == (pytest.approx(4.8), "rating")
    assert "high is hard" in mean.method


def test_scale_and_direction_have_no_default():
    with pytest.raises(TypeError, match="scale"):
        csat(TEN)
    with pytest.raises(TypeError, match="high_is"):
        ces(TEN, scale="1-7")


def test_means_take_fractions_and_boxes_do_not():
    halves = pd.DataFrame({"score": [4.5, 3.5]})
    assert csat(halves, scale="1-5", rule="mean").estimate[0] == 4
    with pytest.raises(DataError, match="2 of 2 answers in 'score' are not whole numbers"):
        csat(halves, scale="1-5")


def test_only_the_named_survey_counts_and_the_rest_is_said():
    table = TEN.assign(survey=["nps"] * 4 + ["NPS "] + ["csat"] * 4 + [None])
    row = nps(table).iloc[0]
    assert row.n == 5
    assert "5 of other surveys set aside" in row.method
    assert nps(table, survey="").n[0] == 10


def test_a_survey_that_does_not_occur_is_an_error_with_those_that_do():
    table = TEN.assign(survey=["csat"] * 7 + ["ces"] * 3)
    with pytest.raises(
        DataError, match=r"no answer belongs to the survey 'nps'; 'survey' holds 'csat' \(7\), 'ces' \(3\)"
    ):
        nps(table)
    with pytest.raises(DataError, match="the column 'survey' is empty"):
        nps(TEN.assign(survey=None))


def test_only_finished_answers_of_a_bare_frame_count():
    table = TEN.assign(status=["Complete", "completed", None, "partial", "preview", *["complete"] * 5])
    row = nps(table).iloc[0]
    assert row.n == 8
    assert "2 unfinished set aside" in row.method
    with pytest.raises(DataError, match=r"no answer is 'complete'; 'status' holds 'Finished' \(10\)"):
        nps(TEN.assign(status="Finished"))


def test_a_table_has_met_the_door_already():
    table = cxkit.read("responses", TEN.assign(status=["partial"] * 2 + ["complete"] * 8), keep_unfinished=True)
    assert nps(table).n[0] == 10


def test_scores_off_the_scale_are_counted_and_shown():
    wrong = pd.DataFrame({"score": [11.0, 3, 11, *[9] * 396, 11]})
    message = (
        r"nps: 3 of 400 answers in 'score' lie outside 0\.\.10 \(first at rows 0, 2, 399: 11, 11, 11\)\. Recode or drop"
    )
    with pytest.raises(DataError, match=message):
        nps(wrong)


def test_scores_off_the_scale_on_every_engine(engine):
    wrong = pd.DataFrame({"score": [11.0, -1.0, 7.5, 9.0, np.nan]})
    with pytest.raises(
        DataError, match=r"nps: 2 of 5 answers in 'score' lie outside 0\.\.10 .*11.*1 more are not whole numbers"
    ):
        nps(engine(wrong))
    with pytest.raises(DataError, match=r"nps: 1 of 4 answers in 'score' is not a whole number .*7\.5.*9-10 minus 0-6"):
        nps(engine(wrong.assign(score=[7.5, 9.0, 8.0, np.nan, np.nan]).head(4)))


def test_scores_of_other_surveys_may_lie_anywhere():
    table = pd.DataFrame({"score": [9, 10, 80, 100], "survey": ["nps", "nps", "effort", "effort"]})
    assert nps(table).estimate[0] == 100


def test_whole_numbers_and_infinities():
    assert nps(pd.DataFrame({"score": np.array([9, 10, 6], dtype="uint8")})).n[0] == 3
    with pytest.raises(DataError, match=r"outside 0\.\.10 \(first at rows 1, 2: inf, -inf\)"):
        nps(pd.DataFrame({"score": [9, np.inf, -np.inf]}))


def test_texts_are_no_scores(engine):
    text = pd.DataFrame({"score": ["9 - Very likely", "8", None]})
    with pytest.raises(
        DataError, match=r"'score' holds string in 2 rows, not numbers \(first: '9 - Very likely', '8'\).*cxkit\.read"
    ):
        nps(engine(text))
    with pytest.raises(DataError, match="'score' holds boolean"):
        nps(engine(pd.DataFrame({"score": [True, False]})))


@pytest.mark.parametrize("metric", [nps, lambda t, **k: csat(t, scale="1-5", rule="mean", **k), distribution])
def test_nothing_to_count_is_said_and_has_no_estimate(metric):
    with pytest.warns(DataWarning, match="there is no score to count: the table has no rows"):
        table = metric(TEN.head(0))
    assert table.n.sum() == 0
    with pytest.warns(DataWarning, match="there is no score to count"):
        table = metric(TEN.assign(score=np.nan))
    assert table.n.sum() == 0
    assert "10 without a score" in table.method[0]
    assert table.low.isna().all()
    with pytest.warns(DataWarning, match="no score"):
        assert len(metric(TEN.head(0), by="plan")) == 0


def test_a_column_without_any_score_in_it_counts_nothing(engine):
    with pytest.warns(DataWarning, match="there is no score to count"):
        row = nps(engine(pd.DataFrame({"score": [None, None]}))).iloc[0]
    assert row.n == 0
    assert math.isnan(row.estimate)


def test_one_answer():
    row = nps(pd.DataFrame({"score": [9]})).iloc[0]
    assert (row.n, row.estimate, row.high) == (1, 100, 100)
    assert row.low == pytest.approx(-58.69, abs=0.01)  # (1 - c)/(1 + c) with c = 3.8415
    assert math.isnan(csat(pd.DataFrame({"score": [4]}), scale="1-5", rule="mean").low[0])


def test_missing_segments_are_a_group_of_their_own_last_and_groups_without_scores_stay():
    table = pd.DataFrame({"score": [9, 3, None, 10], "plan": ["b", None, "a", "b"]})
    found = nps(table, by="plan")
    assert found.plan.tolist()[:2] == ["a", "b"]
    assert pd.isna(found.plan[2])
    assert found.n.tolist() == [0, 2, 1]
    assert found.estimate.tolist()[1:] == [100, -100]
    assert math.isnan(found.estimate[0])


def test_segments_cross_and_a_member_can_be_alone():
    found = nps(TEN.assign(vip=[True] + [False] * 9), by="plan,vip")
    assert found[["plan", "vip", "n"]].to_numpy().tolist() == [["a", False, 4], ["a", True, 1], ["b", False, 5]]


def test_ten_thousand_segments():
    draw = np.random.default_rng(1)
    table = pd.DataFrame({"score": draw.integers(0, 11, 60_000), "shop": [f"s{i % 10_000:05d}" for i in range(60_000)]})
    found = nps(table, by="shop")
    assert len(found) == 10_000
    assert found.n.tolist() == [6] * 10_000
    assert found.low.le(found.estimate).all()


# Customer a answers 0 then 10, b once, c twice at the same time, two answers have no customer, d's first has no date.
REPEATS = pd.DataFrame(
    {
        "customer_id": ["a", "a", "b", "c", "c", None, None, "d", "d"],
        "score": [0, 10, 9, 5, 8, 10, 10, 2, 9],
        "responded_at": pd.to_datetime(
            [
                "2026-01-01",
                "2026-02-01",
                "2026-01-05",
                "2026-01-07",
                "2026-01-07",
                "2026-01-08",
                None,
                None,
                "2026-01-02",
            ]
        ),
    }
)


def test_repeats(engine):
    every = nps(engine(REPEATS)).iloc[0]
    assert every.n == 9
    assert every.method.endswith("all answers, 3 customers answered more than once")
    # last: a 10, b 9, c 8 (of equal times the higher score), d 9 (the dated one), and both without a customer
    last = nps(engine(REPEATS), repeats="last").iloc[0]
    assert (last.n, last.estimate) == (6, pytest.approx(100 * 5 / 6))
    assert last.method.endswith("last answer of each customer, 3 earlier set aside, 2 without a customer each counted")
    # first: a 0, b 9, c 5, d 9, and both without a customer: 4 promoters, 2 detractors
    first = nps(engine(REPEATS), repeats="first").iloc[0]
    assert (first.n, first.estimate) == (6, pytest.approx(100 * 2 / 6))


def test_equal_times_follow_the_response_id():
    table = pd.DataFrame({"customer_id": ["a", "a"], "score": [9, 3], "responded_at": pd.Timestamp("2026-01-01")})
    assert nps(table.assign(response_id=["r1", "r2"]), repeats="last").estimate[0] == -100
    assert nps(table.assign(response_id=["r2", "r1"]), repeats="last").estimate[0] == 100


def test_a_blank_answer_does_not_displace_a_scored_one():
    table = pd.DataFrame(
        {"customer_id": ["a", "a"], "score": [9, None], "responded_at": pd.to_datetime(["2026-01-01", "2026-02-01"])}
    )
    assert nps(table, repeats="last").n[0] == 1


def test_one_answer_each_needs_customer_and_date():
    with pytest.raises(DataError, match="there is no column 'customer_id'"):
        nps(TEN, repeats="last")
    with pytest.raises(UsageError, match="repeats: 'latest' is not a known choice"):
        nps(TEN, repeats="latest")


def test_distribution_by_hand():
    spread = distribution(TEN)
    assert spread.score.tolist() == list(range(11))
    assert spread.n.tolist() == [2, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2]
    assert spread.group.tolist() == ["detractor"] * 7 + ["passive"] * 2 + ["promoter"] * 2
    assert spread.base.tolist() == [10] * 11
    assert (spread.low[0], spread.high[0]) == share_interval(2, 10)


def test_distribution_agrees_with_the_score():
    by = (
        distribution(answers(), by="region")
        .groupby(["region", "group"], dropna=False, sort=False)["share"]
        .sum()
        .unstack()
    )
    score = nps(answers(), by="region")
    assert np.allclose(100 * (by["promoter"] - by["detractor"]), score.estimate)


CALLS = {
    "nps": lambda t: nps(t),
    "by three": lambda t: nps(t, by=["region", "vip", "tier"]),
    "last": lambda t: nps(t, by="region", repeats="last"),
    "first": lambda t: nps(t, repeats="first"),
    "distribution": lambda t: distribution(t, by="region"),
    "share": lambda t: csat(t, scale="0-10", boxes=3, survey="nps", by="vip"),
    "mean": lambda t: csat(t, scale="0-10", rule="mean", survey="nps", by="tier"),
    "ces": lambda t: ces(t, scale="0-10", high_is="hard", boxes=4, survey="csat", repeats="last"),
}
EXPECTED = {name: call(answers()) for name, call in CALLS.items()}


@pytest.mark.parametrize("name", CALLS)
def test_every_engine_gives_the_same_table(engine, name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = CALLS[name](engine(answers()))
    pd.testing.assert_frame_equal(found, EXPECTED[name], rtol=1e-12)


def test_a_table_from_the_door_gives_the_same():
    rows = answers().drop(columns="status")
    pd.testing.assert_frame_equal(nps(cxkit.read("responses", rows), by="region"), nps(rows, by="region"), rtol=1e-12)


def test_inputs_are_not_changed():
    before, table = answers(), answers()
    for call in CALLS.values():
        call(table)
    pd.testing.assert_frame_equal(table, before)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(0, 10)), min_size=1, max_size=60))
def test_the_score_is_the_plain_sum(scores):
    known = [score for score in scores if score is not None]
    if not known:
        return
    row = nps(pd.DataFrame({"score": pd.array(scores, dtype="Int64")})).iloc[0]
    net = sum(score >= 9 for score in known) - sum(score <= 6 for score in known)
    assert row.n == len(known)
    assert row.estimate == pytest.approx(100 * net / len(known))
    assert -100 <= row.low <= row.estimate + 1e-9 <= row.high + 2e-9 <= 100 + 2e-9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nps(TEN, scale="0-5"), "scale: '0-5' is not a known choice"),
        (lambda: nps(TEN, method="tango"), "method: 'tango' is not a known choice"),
        (
            lambda: csat(TEN, scale="0-10", boxes=2, method="score"),
            "method: 'score' is not a known choice.*'jeffreys', 'wilson'",
        ),
        (lambda: distribution(TEN, method="wald"), "method: 'wald' is not a known choice"),
        (lambda: nps(TEN, confidence=95), "Did you mean 0.95"),
        (lambda: nps(TEN, by="n"), "'n' is also the name of a result column"),
        (lambda: distribution(TEN, by="score"), "'score' is also the name of a result column"),
        (lambda: nps("answers.csv"), r"cxkit\.read"),
    ],
)
def test_wrong_arguments(call, message):
    with pytest.raises(UsageError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nps(TEN, score="rating"), "responses: there is no column 'rating'"),
        (lambda: nps(TEN, by="plam"), "there is no column 'plam'. Did you mean 'plan'"),
    ],
)
def test_missing_columns(call, message):
    with pytest.raises(DataError, match=message):
        call()
