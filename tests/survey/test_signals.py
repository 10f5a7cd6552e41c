"""Signals: the usual range, the watch for drops, changes of level and the season, from answers."""

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from survey_answers import answers

import cxkit
from cxkit.errors import DataError, DataWarning, UsageError
from cxkit.stats.change import net_limits
from cxkit.survey import nps, signals
from cxkit.survey.signal_changes import CHANGE, SEASON
from cxkit.survey.signals import TABLE


def year(weeks: int = 45, n: int = 60, drop: float = 0.0, at: int = 35, seed: int = 1, start: str = "2025-09-01"):
    """Weeks of n answers, score 9, 8 or 3 with shares .5/.3/.2; from week `at` on `drop` lower."""
    draw = np.random.default_rng(seed)
    week = np.repeat(np.arange(weeks), n)
    low = np.where(week < at, 0.0, drop / 2)
    mark = draw.random(weeks * n)
    score = np.where(mark < 0.5 - low, 9, np.where(mark < 0.8 - 2 * low, 8, 3))
    day = pd.to_datetime(start) + pd.to_timedelta(week * 7 + draw.integers(0, 7, weeks * n), unit="D")
    first = day + pd.to_timedelta(draw.integers(0, 86_400, weeks * n), unit="s")
    return pd.DataFrame({"score": score, "responded_at": first})


CALM, FALL = year(), year(drop=0.4)


def test_columns_and_parts():
    found = signals(CALM)
    assert tuple(found.table.columns) == TABLE
    assert tuple(found.change.columns) == CHANGE
    assert (found.table.part == "baseline").sum() == 26
    assert found.baseline == 26
    assert found.per_period == 60
    assert found.table.part.tolist()[:26] == ["baseline"] * 26
    assert set(found.table.part.iloc[26:-1]) == {"watched"}
    assert found.table.cusum.isna().sum() == 26
    assert found.table.cusum_limit.nunique() == 1
    assert dict(found.why_not).keys() == {"season"}
    assert "there are 10 full months" in found.why_not["season"]
    assert "one false alarm in 370" in found.method


def test_every_point_is_the_metric_of_its_week():
    found = signals(CALM).table
    for point in found.iloc[[0, 20, 44]].itertuples():
        inside = CALM[(CALM.responded_at >= point.start) & (CALM.responded_at < point.end + pd.Timedelta(days=1))]
        alone = nps(inside).iloc[0]
        assert (point.n, point.estimate) == pytest.approx((alone.n, alone.estimate))


def test_the_range_is_that_of_the_counts():
    found = signals(CALM).table
    week = (CALM.responded_at - pd.Timestamp("2025-09-01")).dt.days // 7
    three = [(CALM.score == value).groupby(week).sum().to_numpy() for value in (9, 8, 3)]
    limits = net_limits(*three, baseline=26)
    complete = found.complete.to_numpy()
    assert found.lower[complete].to_numpy() == pytest.approx(100 * limits.lower[complete])
    assert found.upper[complete].to_numpy() == pytest.approx(100 * limits.upper[complete])


def test_a_fall_is_found_three_ways():
    found = signals(FALL)
    row = found.change.iloc[0]
    assert row.period == "2026-W19"  # week 35 from 1 September 2025 begins on 4 May 2026
    assert str(row.start.date()) == "2026-05-04"
    assert row.p < 0.001
    assert row.difference == pytest.approx(row.estimate - row.before)
    assert row.difference_low < row.difference < row.difference_high < 0
    assert (row.n_before, row.n) == (35 * 60, len(FALL) - 35 * 60 - found.table.n[~found.table.complete].sum())
    later = found.table.signal[found.table.start >= row.start]
    assert later.str.contains("drop").any()
    assert later.str.contains("low").any()
    assert (found.table.signal[:35] == "").all()
    pd.testing.assert_frame_equal(found.change, found.changes.tail(1).reset_index(drop=True))


def test_since_puts_the_baseline_before_the_day():
    found = signals(FALL, since=date(2026, 5, 6), baseline=20)
    assert str(found.table.start[0].date()) == "2025-12-15"  # twenty weeks before 4 May
    assert found.table.part.tolist()[:21] == ["baseline"] * 20 + ["watched"]
    early = signals(FALL, since=date(2025, 12, 1))
    assert early.baseline == 13
    assert "learnt from 13 full weeks, not 26: there are no more before 2025-12-01" in early.why_not["baseline"]
    none = signals(FALL, since=date(2025, 9, 20))
    assert none.baseline == 0
    assert "needs 8 full weeks with answers to learn from; there are 2 full weeks" in none.why_not["limits"]
    assert none.table.lower.isna().all()
    assert len(none.change) == 1  # a change needs no baseline


def test_unfinished_and_empty_weeks_are_not_judged():
    rows = FALL[(FALL.responded_at < "2026-05-20") & (FALL.responded_at.dt.isocalendar().week != 16)]
    found = signals(rows[rows.responded_at >= "2025-09-03"]).table
    assert found.complete.tolist() == [False] + [True] * (len(found) - 2) + [False]
    assert found.part[[0, len(found) - 1]].tolist() == ["", ""]
    gap = found[found.n == 0]
    assert len(gap) == 1
    assert gap.estimate.isna().all()
    assert gap.part.tolist() == [""]
    assert gap.cusum.iloc[0] == found.cusum[gap.index[0] - 1]  # the sum stands still
    assert gap.lower.isna().all()


def test_few_weeks_are_judged_by_themselves():
    found = signals(year(weeks=15))
    assert "No full week follows the 14 full weeks" in found.why_not["watch"] or found.baseline in (14, 15)
    assert found.table.lower.notna().sum() >= 14
    assert math.isnan(found.smallest_drop)
    assert found.table.cusum.isna().all()


def test_dates_all_equal():
    found = signals(pd.DataFrame({"score": [9, 3] * 30, "responded_at": pd.Timestamp("2026-05-05 10:00")}))
    assert len(found.table) == 1
    assert found.change.empty
    assert found.changes.empty
    assert found.season is None
    assert "there are 0 full weeks" in found.why_not["change"]
    assert "there are 0 full weeks" in found.why_not["limits"]


def test_sparse_answers():
    days = pd.date_range("2025-01-06", periods=40, freq="21D")  # one answer every third week
    found = signals(pd.DataFrame({"score": [9, 8, 3, 10] * 10, "responded_at": days}))
    assert found.per_period == 1
    assert (found.table.signal == "").all()
    assert found.table.n.sum() == 40
    assert found.change.p[0] > 0.05


def test_nothing_to_count():
    with pytest.warns(DataWarning, match="there is no nps score to count"):
        found = signals(CALM.head(0))
    assert list(found.table.columns) == list(TABLE)
    assert found.change.empty
    assert set(found.why_not.values()) == {"There are no answers."}
    with pytest.raises(DataError, match="none of 2700 answers has a date|none of 2,700 answers has a date"):
        signals(CALM.assign(responded_at=pd.NaT))
    with pytest.raises(DataError, match=r"every answer is later than as_of \(2020-01-01\)"):
        signals(CALM, as_of=date(2020, 1, 1))


def test_all_answers_the_same():
    found = signals(CALM.assign(score=9))
    assert "do not differ at all" in found.why_not["limits"]
    assert found.change.p[0] > 0.05
    assert (found.table.signal == "").all()
    assert math.isnan(found.smallest_drop)


def test_season_needs_two_years_and_finds_one():
    draw = np.random.default_rng(3)
    day = pd.to_datetime("2024-01-01") + pd.to_timedelta(draw.integers(0, 731, 30_000), unit="D")
    score = np.where(draw.random(30_000) < np.where(day.month == 12, 0.3, 0.5), 9, 5)
    rows = pd.DataFrame({"score": score, "responded_at": day})
    found = signals(rows, as_of=date(2025, 12, 31)).season
    assert tuple(found.columns) == SEASON
    assert found.month.tolist() == list(range(1, 13))
    assert found.p[0] < 0.001
    assert found.effect.idxmin() == 11
    assert found.effect.sum() == pytest.approx(0, abs=1e-9)
    # December is 40 points lower, so 40 * 11/12 below the mean of its year
    assert found.low[11] < -36.7 < found.high[11]
    assert signals(rows, as_of=date(2025, 11, 30)).season is None


def test_weights_count_by_what_they_are_worth():
    even = signals(FALL.assign(w=2.5), weight="w")
    plain = signals(FALL)
    pd.testing.assert_frame_equal(even.table, plain.table, rtol=1e-9)
    pd.testing.assert_frame_equal(even.change, plain.change, rtol=1e-6)
    heavy = signals(FALL.assign(w=np.where(np.arange(len(FALL)) % 10 == 0, 20.0, 1.0)), weight="w")
    assert heavy.smallest_drop > 1.5 * plain.smallest_drop
    assert heavy.table.n.tolist() == plain.table.n.tolist()
    assert (heavy.table.upper - heavy.table.lower).mean() > 1.5 * (plain.table.upper - plain.table.lower).mean()
    # Kish: (6 * 20 + 54)^2 / (6 * 400 + 54) = 12.3 of 60
    assert "weighted by 'w'" in heavy.method


def test_the_sample_company():
    table = cxkit.read("responses", "sample:responses")
    found = signals(table, since=date(2026, 7, 1))
    row = found.change.iloc[0]
    assert row.p <= 0.05
    assert row.difference_high < 0
    assert row.first_start <= pd.Timestamp("2026-08-03") <= row.last_start  # the planted day
    assert found.table.signal[found.table.start >= "2026-08-03"].str.contains("drop").any()
    assert (found.table.signal[found.table.start < "2026-08-03"] == "").all()
    assert found.season is not None
    assert 15 < found.smallest_drop < 25
    assert len(signals(table).changes) >= 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"unit": "weeks"}, "Did you mean 'week'"),
        ({"baseline": 5}, "baseline: 5 periods will not do"),
        ({"shift": 0}, "shift: 0 points will not do"),
        ({"since": "2026"}, "since: '2026' is no date"),
        ({"confidence": 95}, "Did you mean 0.95"),
        ({"scale": "0-20"}, "scale"),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(UsageError, match=message):
        signals(CALM, **options)


CALLS = {
    "weeks": lambda t: signals(t, baseline=8),
    "months": lambda t: signals(t, unit="month", baseline=8),
    "since": lambda t: signals(t, unit="day", since=date(2025, 6, 1)),
}
EXPECTED = {name: call(answers()) for name, call in CALLS.items()}


@pytest.mark.parametrize("name", CALLS)
def test_every_engine_gives_the_same(engine, name):
    found, expected = CALLS[name](engine(answers())), EXPECTED[name]
    pd.testing.assert_frame_equal(found.table, expected.table, rtol=1e-12)
    pd.testing.assert_frame_equal(found.change, expected.change, rtol=1e-12)
    assert found.method == expected.method
    assert dict(found.why_not) == dict(expected.why_not)


def test_inputs_stay_as_they_are():
    kept = FALL.copy(deep=True)
    signals(FALL)
    pd.testing.assert_frame_equal(FALL, kept)


def test_one_customer_who_answers_often_is_no_change():
    draw = np.random.default_rng(8)
    many = pd.DataFrame({"score": draw.choice([9, 8, 3], 2600, p=[0.5, 0.3, 0.2])})
    many["responded_at"] = pd.Timestamp("2026-01-05") + pd.to_timedelta(np.arange(2600) % 273, unit="D")
    many["customer_id"] = [f"c{k}" for k in range(2600)]
    one = pd.DataFrame({"score": 0, "customer_id": "loud"}, index=range(150))
    one["responded_at"] = pd.Timestamp("2026-09-01") + pd.to_timedelta(np.arange(150) % 30 * 24, unit="h")
    rows = pd.concat([many, one], ignore_index=True)
    found = signals(rows)
    # 30 days of September touch five weeks, so five of the 150 answers count
    assert "one answer of each customer and week, 145 set aside" in found.method
    assert found.table.n.sum() == 2605
    assert len(found.changes) == 0
    every = signals(rows, cluster=False)
    assert len(every.changes) > 0
    assert every.table.n.sum() == 2750


def test_the_last_answer_of_a_customer_and_period_counts(engine):
    """Two weeks from Monday 5 January 2026; a answers on Monday and Sunday of the first, then on Monday of the second."""
    rows = pd.DataFrame(
        {
            "customer_id": ["a", "a", "a", "b", None, None],
            "responded_at": pd.to_datetime(["2026-01-05", "2026-01-11", "2026-01-12"] + ["2026-01-06"] * 3),
            "score": [9, 3, 9, 9, 9, 9],
            "w": [1.0, 2, 1, 1, 1, 1],
        }
    )
    found = signals(engine(rows), as_of=date(2026, 1, 18))
    assert found.table.n.tolist() == [4, 1]
    assert found.table.estimate.tolist() == [50, 100]  # 3 promoters, 1 detractor
    assert "one answer of each customer and week, 1 set aside" in found.method
    assert signals(engine(rows), weight="w", as_of=date(2026, 1, 18)).table.estimate.tolist() == [
        20,
        100,
    ]  # (3 - 2) / 5
    for unit, n in (("day", [1, 3, 0, 0, 0, 0, 1, 1]), ("month", [4]), ("quarter", [4])):
        assert signals(engine(rows), unit=unit, as_of=date(2026, 1, 12)).table.n.tolist() == n
    early = signals(engine(rows), as_of=date(2026, 1, 8)).table  # the last answer by then
    assert (early.n.tolist(), early.estimate.tolist()) == ([4], [100])
    alone = signals(engine(rows.drop(columns="customer_id")), as_of=date(2026, 1, 18))
    assert "answers taken as independent (no column 'customer_id')" in alone.method
