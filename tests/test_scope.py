"""What a report is about, and what it says when the data cannot carry a section."""

import pandas as pd
import pytest

from cxkit.errors import DataError, UsageError
from cxkit.scope import scope


def answers(start="2026-01-01", end="2026-09-30", per_day=3, **columns):
    days = pd.date_range(start, end, freq="D").repeat(per_day)
    return pd.DataFrame({"score": 9.0, "responded_at": days, "comment": "fine", **columns})


def test_last_full_quarter_when_it_and_the_one_before_are_covered():
    view = scope(answers())
    assert view.period.label == "Q3 2026"
    assert view.before_name == "Q2 2026"
    assert view.n == 92 * 3  # July to September have 92 days
    assert view.facts == {"period": "Q3 2026", "compared_with": "Q2 2026", "as_of": "2026-09-30"}
    assert view.can("change")
    assert view.can("trend")


def test_last_full_month_when_quarters_are_not_covered():
    view = scope(answers("2026-07-15", "2026-09-30", per_day=10))
    assert view.period.label == "Sep 2026"
    assert view.n == 300


def test_all_answers_when_no_period_holds_enough():
    view = scope(answers(per_day=1))
    assert view.period is None
    assert view.n == 273
    assert view.facts["period"] == "all answers"
    assert not view.can("change")


def test_a_first_period_has_nothing_before_it():
    view = scope(answers(), period="2026-Q1")
    assert view.before is None
    assert view.cannot["change"] == "There is no full period before this one to compare with."


def test_without_dates():
    frame = answers().drop(columns="responded_at")
    view = scope(frame)
    assert set(view.cannot) == {"change", "trend", "segments", "why", "customers", "same", "kinds"}
    assert "no column of dates" in view.why_not("trend").plain
    with pytest.raises(DataError, match="have no dates"):
        scope(frame, period="2026-Q3")


def test_kinds_of_survey_are_told_apart_by_touchpoint():
    frame = answers(touchpoint="delivery")
    assert not scope(frame).can("kinds")
    frame["touchpoint"] = ["Relationship", "delivery", None] * (len(frame) // 3)
    view = scope(frame, period="all")
    assert view.can("kinds")
    assert view.now["survey_kind"].to_list()[:2] == ["relationship", "after a contact"]
    assert view.now["survey_kind"].is_null().sum() == len(frame) // 3
    assert not scope(frame, relational="none of them").can("kinds")


def test_an_empty_period_names_the_span_of_the_data():
    with pytest.raises(DataError, match="no answer falls in Q3 2024 .*run from 2026-01-01 to 2026-09-30"):
        scope(answers(), period="2024-Q3")
    with pytest.raises(UsageError):
        scope(answers(), period="soonish")


def test_few_answers_stop_the_page():
    view = scope(answers("2026-09-01", "2026-09-30"), by="comment")
    assert view.n == 90
    assert view.cannot["trend"].startswith("No trend is shown: 90 answers")
    assert view.cannot["segments"] == "No segments are compared: 90 answers are too few to divide (it takes 200)."


def test_segments_that_are_not_there_are_named():
    view = scope(answers(), by="region,plan")
    assert view.cannot["segments"] == "No segments can be shown: there is no column region or plan."
    some = scope(answers(region="x", plan="y"), by="plan,regoin")
    assert some.by == ("plan",)
    assert some.notes == ("There is no column 'regoin' to compare segments by. Did you mean 'region'?",)


def test_only_the_named_survey_with_a_score_counts():
    frame = answers(survey="nps")
    frame.loc[frame.index[:10], "survey"] = "csat"
    frame.loc[frame.index[10:15], "score"] = None
    assert scope(frame, period="all").n == len(frame) - 15


def test_no_answers_at_all():
    with pytest.raises(DataError, match="none of 0 rows has a score in 'score'"):
        scope(answers().iloc[:0])
    with pytest.raises(DataError, match="none of 819 rows has a score"):
        scope(answers().assign(score=float("nan")))


def test_a_survey_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(DataError, match=r"no answer of the survey 'nps' .* holds 'csat' \(819\)"):
        scope(answers(survey="csat"))


def test_a_period_the_data_do_not_reach_the_end_of_is_called_by_its_days():
    view = scope(answers("2026-01-01", "2026-08-10"), period="2026-Q3")
    assert view.period.label == "Q3 2026 to 10 Aug 2026"
    assert view.before_name == "Q2 2026"


def test_a_quarter_before_with_few_answers_is_nothing_to_compare_with():
    few = pd.concat([answers("2026-01-01", "2026-01-03", 1), answers("2026-04-01", "2026-06-30", 8)])
    assert scope(few).period.label == "Jun 2026"


def test_unfinished_answers_of_a_bare_frame_do_not_count():
    frame = answers(status="complete").reset_index(drop=True)
    frame.loc[:18, "status"] = "partial"
    assert scope(frame, period="all").n == (frame.status == "complete").sum()


@pytest.mark.parametrize("top", [5, 7])
def test_a_shorter_scale_has_to_be_named(top):
    frame = answers()
    frame["score"] = [1.0 + k % top for k in range(len(frame))]
    with pytest.raises(DataError, match=f"all 819 answers lie within 1..{top}, as on a 1-{top} scale"):
        scope(frame)
    assert scope(frame, scale="0-10").scale == "0-10"
    assert scope(frame, scale=f"1-{top}").scale == f"1-{top}"
    assert scope(answers()).scale == "0-10"


def test_everything_after_as_of_is_said(tmp_path):
    from cxkit import read

    answers().to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(DataError, match="all 819 rows are dated after as_of 2020-01-01"):
        scope(read("responses", tmp_path / "a.csv", as_of="2020-01-01"))
