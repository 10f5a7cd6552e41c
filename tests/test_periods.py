"""Calendars: by hand from a printed calendar, and by properties over many days."""

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxkit.errors import DataError, UsageError
from cxkit.periods import UNITS, Period, between, parse, period_of, previous, undated, year_before
from cxkit.periods.calendars import add_months, calendar, window_before
from cxkit.periods.lengths import microseconds
from cxkit.periods.rows import last_day

AS_OF = date(2026, 7, 14)  # a Tuesday


@pytest.mark.parametrize(
    ("text", "start", "end", "label"),
    [
        ("2026", "2026-01-01", "2026-12-31", "2026"),
        ("2026-Q3", "2026-07-01", "2026-09-30", "Q3 2026"),
        ("Q3 2026", "2026-07-01", "2026-09-30", "Q3 2026"),
        ("2026-07", "2026-07-01", "2026-07-31", "Jul 2026"),
        ("July 2026", "2026-07-01", "2026-07-31", "Jul 2026"),
        ("2024-02", "2024-02-01", "2024-02-29", "Feb 2024"),
        ("2026-W28", "2026-07-06", "2026-07-12", "2026-W28"),
        ("2020-W53", "2020-12-28", "2021-01-03", "2020-W53"),
        ("FY2026", "2026-01-01", "2026-12-31", "FY2026"),
        ("2026-07-14", "2026-07-14", "2026-07-14", "2026-07-14"),
        ("2026-07-01..2026-09-30", "2026-07-01", "2026-09-30", "2026-07-01 to 2026-09-30"),
        ("last full month", "2026-06-01", "2026-06-30", "Jun 2026"),
        ("last full quarter", "2026-04-01", "2026-06-30", "Q2 2026"),
        ("Last full week", "2026-07-06", "2026-07-12", "2026-W28"),
        ("last full year", "2025-01-01", "2025-12-31", "2025"),
        ("last 90 days", "2026-04-16", "2026-07-14", "last 90 days to 14 Jul 2026"),
        ("last 1 day", "2026-07-14", "2026-07-14", "last 1 day to 14 Jul 2026"),
        ("last 3 months", "2026-04-15", "2026-07-14", "last 3 months to 14 Jul 2026"),
        ("this quarter", "2026-07-01", "2026-07-14", "Q3 2026 to 14 Jul 2026"),
    ],
)
def test_periods_in_words(text, start, end, label):
    period = parse(text, as_of=AS_OF)
    assert (str(period.start), str(period.end), period.label) == (start, end, label)


@pytest.mark.parametrize("text", ["", "all", "  "])
def test_no_period_means_every_day(text):
    assert parse(text) is None


def test_a_month_is_full_on_its_last_day():
    assert parse("last full month", as_of=date(2026, 7, 31)).label == "Jul 2026"
    assert parse("last full month", as_of=date(2026, 7, 30)).label == "Jun 2026"
    assert parse("this month", as_of=date(2026, 7, 31)).label == "Jul 2026"
    assert parse("last full month", as_of=datetime(2026, 7, 31, 12)).label == "Jul 2026"


@pytest.mark.parametrize(
    ("text", "fiscal_start", "start", "end"),
    [  # a year that starts in July is named after the year in which it ends
        ("FY2026", 7, "2025-07-01", "2026-06-30"),
        ("FY2026-Q1", 7, "2025-07-01", "2025-09-30"),
        ("FY2026 Q4", 7, "2026-04-01", "2026-06-30"),
        ("FY2026-Q1", 4, "2025-04-01", "2025-06-30"),
        ("FY2026-Q4", 12, "2026-09-01", "2026-11-30"),
        ("FY2026-Q4", 2, "2025-11-01", "2026-01-31"),
    ],
)
def test_fiscal_periods(text, fiscal_start, start, end):
    period = parse(text, fiscal_start=fiscal_start)
    assert (str(period.start), str(period.end)) == (start, end)
    assert period.label == text.replace("-", " ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2026-13", "is not in the calendar"),
        ("2026-02-30", "is not in the calendar"),
        ("2026-W54", "is not in the calendar"),
        ("Foo 2026", "is not in the calendar"),
        ("next month", "cannot be read"),
        ("last month or so", "cannot be read"),
        ("last 0 days", "holds no day"),
        ("2026-09-30..2026-07-01", "ends before it starts"),
    ],
)
def test_what_cannot_be_read(text, message):
    with pytest.raises(UsageError, match=message):
        parse(text, as_of=AS_OF)


def test_relative_periods_never_take_today():
    with pytest.raises(UsageError, match="needs the day the data reach to"):
        parse("last full month")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("2026-01", "Dec 2025"),
        ("2026-Q1", "Q4 2025"),
        ("2026-W01", "2025-W52"),
        ("2021-W01", "2020-W53"),
        ("2026", "2025"),
        ("2026-03-01", "2026-02-28"),
        ("2026-05-01..2026-07-31", "2026-02-01 to 2026-04-30"),  # whole months: as many whole months
        ("2026-07-02..2026-07-11", "2026-06-22 to 2026-07-01"),  # ten days
        ("this quarter", "Q2 2026"),
    ],
)
def test_the_period_before(text, label):
    assert previous(parse(text, as_of=AS_OF)).label == label


def test_the_fiscal_period_before():
    assert previous(parse("FY2026-Q1", fiscal_start=7)).label == "FY2025 Q4"
    assert previous(parse("FY2026", fiscal_start=7)).start == date(2024, 7, 1)
    assert year_before(parse("FY2026-Q1", fiscal_start=7)).label == "FY2025 Q1"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("2026-07", "Jul 2025"),
        ("2024-02", "Feb 2023"),
        ("2026-W28", "2025-W28"),
        ("2020-W53", "2019-W52"),
        ("2024-02-29", "2023-02-28"),
        ("2025-03-01..2025-03-31", "2024-03-01 to 2024-03-31"),
    ],
)
def test_the_year_before(text, label):
    assert year_before(parse(text)).label == label


_DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@given(_DAYS, st.sampled_from(UNITS), st.integers(1, 12))
def test_periods_tile_the_calendar(day, unit, fiscal_start):
    period = period_of(day, unit, fiscal_start)
    assert period.start <= day <= period.end
    before = previous(period)
    assert before.end + timedelta(days=1) == period.start
    after = period_of(period.end + timedelta(days=1), unit, fiscal_start)
    assert previous(after) == period
    assert before.label != period.label


@given(_DAYS, st.integers(-60, 60))
def test_months_are_added_exactly(day, months):
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == day.day or moved.day == pd.Period(moved, "M").days_in_month < day.day


@given(_DAYS)
def test_weeks_agree_with_iso(day):
    assert period_of(day, "week").label == day.strftime("%G-W%V")


def test_labels_name_only_one_period():
    for unit in UNITS:
        labels = [period.label for period in calendar(date(2019, 3, 5), date(2027, 2, 1), unit, 4)]
        assert len(labels) == len(set(labels))


@pytest.mark.parametrize(
    ("window", "first"),
    [("28D", "2026-07-04"), ("3M", "2026-05-01"), ("8w", "2026-06-06"), ("2Q", "2026-02-01"), ("1Y", "2025-08-01")],
)
def test_rolling_windows(window, first):
    assert str(window_before(date(2026, 7, 31), window)) == first


@pytest.mark.parametrize("window", ["", "3", "0M", "M", "3 fortnights"])
def test_what_is_no_window(window):
    with pytest.raises(UsageError, match="Write a number and D, W, M, Q or Y"):
        window_before(date(2026, 7, 31), window)


def _answers():
    times = ["2026-06-30 23:59:59", "2026-07-01 00:00:00", "2026-07-31 23:59:59", "2026-08-01 00:00:00", None]
    return pd.DataFrame({"score": [1.0, 2.0, 3.0, 4.0, 5.0], "responded_at": pd.to_datetime(times)})


def test_rows_of_a_period(engine):
    from cxkit.frames import collect

    data = engine(_answers())
    july = parse("2026-07")
    assert sorted(collect(between(data, july))["score"]) == [2, 3]
    assert len(collect(between(data, None))) == 5
    assert undated(data) == 1
    assert last_day(data) == date(2026, 8, 1)


def _in_zone(data, zone):
    """Polars' fixture drops the zone: put it back."""
    if not type(data).__module__.startswith("polars"):
        return data
    import polars as pl

    return data.with_columns(pl.col("responded_at").dt.replace_time_zone("UTC").dt.convert_time_zone(zone))


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York"])
def test_zoned_times_are_read_in_utc(engine, zone):
    from cxkit.frames import collect

    # Paris has 05:30 and 00:30 on 1 February; New York 23:30 and 18:30 on 31 January
    times = pd.to_datetime(["2026-02-01 04:30", "2026-01-31 23:30", None], utc=True).as_unit("us")
    answers = pd.DataFrame({"score": [1.0, 2.0, 3.0], "responded_at": times.tz_convert(zone)})
    plain = answers.assign(responded_at=times.tz_localize(None))
    data = _in_zone(engine(plain if _drops_zones(engine) else answers), zone)
    assert collect(between(data, parse("2026-02")))["score"].tolist() == [1]
    assert collect(between(data, parse("2026-01")))["score"].tolist() == [2]
    assert last_day(data) == date(2026, 2, 1)
    assert undated(data) == 1
    assert str(answers.responded_at.dt.tz) == zone


def _drops_zones(engine):
    return type(engine(pd.DataFrame({"a": [1]}))).__module__.startswith("polars")


def test_plain_dates_are_taken():
    pl = pytest.importorskip("polars")
    data = pl.DataFrame({"responded_at": [date(2026, 6, 30), date(2026, 7, 1), date(2026, 7, 31), None]})
    assert len(between(data, parse("2026-07"))) == 2
    assert last_day(data) == date(2026, 7, 31)


def test_no_rows_have_no_last_day():
    assert last_day(_answers().head(0)) is None
    assert undated(_answers().head(0)) == 0


def test_texts_are_no_times():
    with pytest.raises(DataError, match=r"'responded_at' holds no times \(string\).*cxkit\.read"):
        between(pd.DataFrame({"responded_at": ["2026-07-01"]}), parse("2026-07"))
    with pytest.raises(DataError, match="there is no column 'answered'"):
        between(_answers(), parse("2026-07"), time="answered")


def test_other_runs_of_days_have_the_unit_days():
    assert parse("2026-07-02..2026-07-11").unit == parse("last 90 days", as_of=AS_OF).unit == "days"
    assert Period(AS_OF, AS_OF, "one day").unit == "days"


def test_wrong_units_and_months():
    with pytest.raises(UsageError, match="Did you mean 'month'"):
        period_of(AS_OF, "months")
    with pytest.raises(UsageError, match="fiscal_start: 13 is no month"):
        period_of(AS_OF, "fiscal year", 13)


@pytest.mark.parametrize(
    "length", ["30", 30, "a month", "1M", "-1D", "", "1e30D", "nanD", "infD", "2000000D", pd.NaT,
    "second", "1D-2h", "1D 12", "1:30", "1.2.3h", "-", np.timedelta64(1, "M"), np.timedelta64(1, "Y"), np.timedelta64(5),
    np.timedelta64("NaT")],
)  # fmt: skip
def test_what_is_no_length_of_time_says_so_under_the_name_of_its_parameter(length):
    with pytest.raises(UsageError, match=r"^session_gap: .*(no length of time|thousand years)"):
        microseconds(length, "session_gap")


def test_lengths_of_time_are_read_alike_however_they_are_written():
    day = 86_400_000_000
    for length in ("1D", "1 day", "24h", "24 hours", "1440 minutes", timedelta(days=1), np.timedelta64(1, "D")):
        assert microseconds(length, "within") == day
    assert microseconds("2 weeks", "within") == 14 * day


@pytest.mark.parametrize(
    "length",
    ["90 seconds", "90s", "90 sec", "90S", "1.5 min", "1 Minute 30 s", "1min30s", "0.025 hr", "0.025H", "90000 ms",
     "0 days 00:01:30", "0:01:30", "+90s"],
)  # fmt: skip
def test_lengths_may_be_words_and_sums(length):
    assert microseconds(length, "gap") == 90_000_000
    assert pd.Timedelta(length.replace("H", "h")) == pd.Timedelta(seconds=90)  # the witness


def test_a_length_as_pandas_and_python_print_it_is_read_back():
    for length in (timedelta(days=1, hours=12), timedelta(days=40, seconds=5, microseconds=250_000)):
        whole = round(length.total_seconds() * 1_000_000)
        assert microseconds(str(length), "gap") == microseconds(str(pd.Timedelta(length)), "gap") == whole
    assert microseconds("1D 12h", "gap") == microseconds("1 day, 12 hours", "gap") == microseconds("36h", "gap")
    assert (
        microseconds("90 secs", "gap") == microseconds("1.5 mins", "gap") == microseconds("9e1 s", "gap") == 90_000_000
    )
