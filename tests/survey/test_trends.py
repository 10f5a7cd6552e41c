"""Trends: periods that tile, windows that overlap, gaps that stay gaps."""

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from survey_answers import answers

import cxkit
from cxkit.errors import DataError, DataWarning, UsageError
from cxkit.frames import ESTIMATE
from cxkit.survey import csat, nps, trend

# May: 10 and 8 (+50); June: nobody; July: 9 and 9 (+100). The last answer is of 14 July.
DAYS = ["2026-05-04", "2026-05-20", "2026-07-01", "2026-07-14"]
FOUR = pd.DataFrame({"score": [10, 8, 9, 9], "responded_at": pd.to_datetime(DAYS)})


def test_months_by_hand():
    table = trend(FOUR)
    assert list(table.columns) == ["period", "start", "end", "complete", *ESTIMATE]
    assert table.period.tolist() == ["May 2026", "Jun 2026", "Jul 2026"]
    assert table.n.tolist() == [2, 0, 2]
    assert table.estimate.tolist()[::2] == [50, 100]
    assert math.isnan(table.estimate[1])
    assert math.isnan(table.low[1])
    assert table.complete.tolist() == [False, True, False]  # data begin on 4 May and reach to 14 July
    assert (str(table.start.dtype), str(table.end.dtype)) == ("datetime64[us]", "datetime64[us]")
    assert table.end.dt.strftime("%Y-%m-%d").tolist() == ["2026-05-31", "2026-06-30", "2026-07-31"]


def test_as_of_extends_or_cuts_and_says_so():
    longer = trend(FOUR, as_of=date(2026, 8, 31))
    assert longer.period.tolist()[-1] == "Aug 2026"
    assert longer.complete.tolist() == [False, True, True, True]
    shorter = trend(FOUR, as_of=date(2026, 7, 1))
    assert shorter.n.tolist() == [2, 0, 1]
    assert "1 after 2026-07-01 set aside" in shorter.method[0]
    with pytest.raises(DataError, match=r"every answer is later than as_of \(2026-01-01\)"):
        trend(FOUR, as_of=date(2026, 1, 1))


def test_as_of_of_a_table_is_taken():
    table = cxkit.read("responses", FOUR, as_of="2026-07-31")
    assert trend(table).complete.tolist() == [False, True, True]


def test_every_point_is_the_metric_of_its_rows():
    rows = answers()
    for unit, length in (("quarter", "Q"), ("year", "Y")):
        table = trend(rows, unit=unit, by="region").dropna(subset="region")
        for point in table.itertuples():
            inside = rows[rows.responded_at.dt.to_period(length) == pd.Timestamp(point.start).to_period(length)]
            if point.n:
                alone = nps(inside, by="region").set_index("region").loc[point.region]
                assert (point.n, point.estimate, point.low) == pytest.approx((alone.n, alone.estimate, alone.low))


def test_weeks_run_from_monday_to_sunday():
    table = trend(FOUR, unit="week")
    assert table.period.tolist()[0] == "2026-W19"
    assert table.start.dt.day_of_week.unique().tolist() == [0]
    assert table.n.sum() == 4


def test_fiscal_quarters():
    table = trend(FOUR, unit="quarter", fiscal_start=6)
    assert table.period.tolist() == ["FY2026 Q4", "FY2027 Q1"]
    assert table.n.tolist() == [2, 2]


def test_rolling_windows_overlap_and_say_so():
    table = trend(FOUR, window="3m")
    assert table.period.tolist() == ["3M to May 2026", "3M to Jun 2026", "3M to Jul 2026"]
    assert table.n.tolist() == [2, 2, 4]
    assert table.estimate.tolist() == [50, 50, 75]
    assert table.complete.tolist() == [False, False, False]  # the first answer is of 4 May, July is cut
    assert "rolling 3M windows, which overlap" in table.method[0]
    days = trend(FOUR, unit="day", window="28D")
    assert days.n.max() == 2
    assert len(days) == 72  # 4 May to 14 July


def test_the_same_period_a_year_before():
    rows = pd.concat([FOUR, FOUR.assign(score=[0, 8, 0, 0], responded_at=FOUR.responded_at - pd.DateOffset(years=1))])
    table = trend(rows, compare="year").set_index("period")
    july = table.loc["Jul 2026"]
    assert (july.n, july.estimate, july.before_n, july.before_estimate) == (2, 100, 2, -100)
    assert july.before_low < july.before_estimate + 1e-9 < july.before_high
    assert table.loc["Jul 2025", "before_n"] == 0
    assert math.isnan(table.loc["Jul 2025", "before_estimate"])
    rolling = trend(rows, window="3M", compare="year").set_index("period").loc["3M to Jul 2026"]
    assert (rolling.before_n, rolling.before_estimate) == (4, -75)


def test_repeats_count_within_each_period():
    rows = pd.DataFrame(
        {
            "customer_id": ["a", "a", "a", "b"],
            "score": [0, 10, 9, 10],
            "responded_at": pd.to_datetime(["2026-05-02", "2026-05-30", "2026-06-02", "2026-06-03"]),
        }
    )
    table = trend(rows, repeats="last")
    assert table.n.tolist() == [1, 2]
    assert table.estimate.tolist() == [100, 100]
    assert "last answer of each customer and period" in table.method[0]
    assert trend(rows, repeats="first").estimate.tolist() == [-100, 100]
    assert trend(rows, repeats="last", window="2M").n.tolist() == [1, 2]  # b, and a once in both months together


def test_answers_without_a_date_are_counted_as_such():
    rows = pd.concat([FOUR, pd.DataFrame({"score": [3, 3], "responded_at": pd.NaT})])
    assert "2 without a date" in trend(rows).method[0]
    with pytest.raises(DataError, match="none of 4 answers has a date in 'responded_at'"):
        trend(FOUR.assign(responded_at=pd.NaT))
    with pytest.raises(DataError, match="there is no column 'responded_at'"):
        trend(FOUR[["score"]])


def test_other_metrics():
    stars = FOUR.assign(score=[5, 3, 4, 2])
    table = trend(stars, metric="csat", scale="1-5")
    assert table.estimate.tolist()[::2] == [0.5, 0.5]
    assert table.unit.unique().tolist() == ["share"]
    mean = trend(stars, metric="csat", scale="1-5", rule="mean", unit="year")
    assert mean.estimate[0] == csat(stars, scale="1-5", rule="mean").estimate[0]
    hard = trend(stars, metric="ces", scale="1-5", high_is="hard", report="mean", unit="year")
    assert hard.estimate[0] == 3.5


def test_nothing_to_count_is_an_empty_table():
    with pytest.warns(DataWarning, match="there is no nps score to count"):
        table = trend(FOUR.head(0))
    assert len(table) == 0
    assert list(table.columns) == ["period", "start", "end", "complete", *ESTIMATE]
    with pytest.warns(DataWarning, match="there is no nps score to count"):
        assert list(trend(FOUR.head(0), compare="year", repeats="all").columns)[-1] == "before_high"
    with pytest.warns(DataWarning, match="no nps score"):
        assert len(trend(FOUR.assign(score=np.nan, plan="a"), by="plan")) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"unit": "months"}, "Did you mean 'month'"),
        ({"window": "3 blue moons"}, "Write a number and D, W, M, Q or Y"),
        ({"compare": "month"}, "compare: 'month' is not a known choice"),
        ({"metric": "csat"}, "csat has no usual scale"),
        ({"high_is": "easy"}, "high_is: nps has no such option"),
        ({"metric": "csat", "scale": "1-5", "report": "mean"}, "report: csat has no such option"),
        ({"metric": "ces", "scale": "1-5"}, "high_is: '' is not a known choice"),
        ({"by": "period"}, "'period' is also the name of a result column"),
        ({"fiscal_start": 0, "unit": "quarter"}, "fiscal_start: 0 is no month"),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(UsageError, match=message):
        trend(FOUR, **options)


CALLS = {
    "months": lambda t: trend(t, by="region", compare="year"),
    "weeks": lambda t: trend(t, unit="week"),
    "rolling": lambda t: trend(t, window="3M", compare="year", by=["region", "vip"]),
    "last": lambda t: trend(t, unit="quarter", repeats="last", fiscal_start=4, by="tier"),
    "mean": lambda t: trend(t, metric="csat", scale="0-10", rule="mean", survey="nps", by="region"),
}
EXPECTED = {name: call(answers()) for name, call in CALLS.items()}


@pytest.mark.parametrize("name", CALLS)
def test_every_engine_gives_the_same_table(engine, name):
    pd.testing.assert_frame_equal(CALLS[name](engine(answers())), EXPECTED[name], rtol=1e-12)


def test_columns_come_in_documented_order():
    assert list(EXPECTED["months"].columns[-4:]) == ["before_n", "before_estimate", "before_low", "before_high"]
    assert list(EXPECTED["rolling"].columns[:6]) == ["region", "vip", "period", "start", "end", "complete"]
    assert str(EXPECTED["months"].before_n.dtype) == "int64"
