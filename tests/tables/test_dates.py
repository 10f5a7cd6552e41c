"""Dates and times: which part is the day, which zone, which epoch."""

import datetime as dt

import pytest
from tables_help import said

from cxkit.errors import DataError, UsageError


def times(taken, values, **options):
    rows = "".join(f'"{value}";9\n' for value in values)
    return read_times(taken, f"responded_at;score\n{rows}", **options)


def read_times(taken, content, **options):
    frame = taken(content, **options).to_pandas()
    assert str(frame["responded_at"].dtype) == "datetime64[us]"
    return [str(value) for value in frame["responded_at"]]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2025-03-04"], "2025-03-04 00:00:00"),
        (["2025/3/4"], "2025-03-04 00:00:00"),
        (["2025.03.04 7:05"], "2025-03-04 07:05:00"),
        (["2025-03-04T10:11:12"], "2025-03-04 10:11:12"),
        (["2025-03-04 10:11:12.5"], "2025-03-04 10:11:12.500000"),
        (["2025-03-04 10:11:12,5"], "2025-03-04 10:11:12.500000"),
        (["2025-03-04T10:11:12Z"], "2025-03-04 10:11:12"),
        (["2025-03-04T10:11:12+02:00"], "2025-03-04 08:11:12"),
        (["2025-03-04 10:11:12 -0530"], "2025-03-04 15:41:12"),
        (["2025-03-04 10:11:12+02"], "2025-03-04 08:11:12"),
        (["2025-03-04 10:11 UTC"], "2025-03-04 10:11:00"),
        (["04/03/2025", "25/03/2025"], "2025-03-04 00:00:00"),
        (["03/04/2025", "03/25/2025"], "2025-03-04 00:00:00"),
        (["4-3-2025 10:11", "25-3-2025 10:11"], "2025-03-04 10:11:00"),
        (["03/04/2025 1:05 PM", "03/25/2025 12:00 AM"], "2025-03-04 13:05:00"),
        (["03/04/2025, 12:30:15 p.m.", "12/31/2024, 1:00 am"], "2025-03-04 12:30:15"),
        (["4.3.2025"], "2025-03-04 00:00:00"),
        (["04.03.2025 10:11:12"], "2025-03-04 10:11:12"),
        (["4 Mar 2025"], "2025-03-04 00:00:00"),
        (["04-MAR-25"], "2025-03-04 00:00:00"),
        (["4th March 2025 10:11"], "2025-03-04 10:11:00"),
        (["Mar 4, 2025"], "2025-03-04 00:00:00"),
        (["March 4, 2025 10:11 PM"], "2025-03-04 22:11:00"),
        (["04/03/25", "25/03/25"], "2025-03-04 00:00:00"),
        (["20250304"], "2025-03-04 00:00:00"),
        (["1741083072"], "2025-03-04 10:11:12"),
        (["1741083072000"], "2025-03-04 10:11:12"),
        (["1741083072500000"], "2025-03-04 10:11:12.500000"),
        (["45720"], "2025-03-04 00:00:00"),
        (["45720.5"], "2025-03-04 12:00:00"),
        (["45720,5"], "2025-03-04 12:00:00"),
    ],
)
def test_each_way_of_writing_a_date(taken, values, expected):
    assert times(taken, values)[0] == expected


def test_dates_that_all_read_both_ways_are_refused_and_settled(taken):
    values = ["03/04/2025", "05/06/2025"]
    with pytest.raises(DataError, match=r"all 2 dates in 'responded_at' read both ways: .*3 April.*4 March") as error:
        times(taken, values)
    assert "day_first=True or day_first=False" in str(error.value)
    assert times(taken, values, day_first=True)[0].startswith("2025-04-03")
    assert times(taken, values, day_first=False)[0].startswith("2025-03-04")


def test_one_date_far_down_settles_all(taken):
    values = ["03/04/2025"] * 5000 + ["25/04/2025"]
    assert times(taken, values)[0].startswith("2025-04-03")


def test_the_same_day_and_month_reads_one_way(taken):
    assert times(taken, ["03/03/2025", "04/04/2025"])[0].startswith("2025-03-03")


def test_another_column_of_dates_settles_it(taken):
    content = "responded_at,sent,score\n03/04/2025,25/03/2025,9\n05/06/2025,26/05/2025,3\n"
    assert read_times(taken, content)[0].startswith("2025-04-03")


def test_dates_that_contradict_each_other_or_the_caller_are_refused(taken):
    with pytest.raises(DataError, match=r"1 date can only be day/month .* 1 date only month/day"):
        times(taken, ["25/03/2025", "03/25/2025"])
    with pytest.raises(DataError, match="contradict each other or day_first=False"):
        times(taken, ["25/03/2025"], day_first=False)


def test_a_spreadsheet_that_turned_some_dates_into_numbers_is_refused(taken):
    with pytest.raises(DataError, match="spreadsheet has turned some dates into numbers"):
        times(taken, ["25/03/2025", "45720"])


def test_dates_that_are_none_are_refused(taken):
    with pytest.raises(DataError, match=r"2 of 3 values in 'responded_at' cannot be read as dates .*'2025-02-30', 's"):
        times(taken, ["2025-02-28", "2025-02-30", "soon"])


def test_no_date_as_databases_write_it(taken):
    assert times(taken, ["2025-02-28", "0000-00-00", "9999-12-31"])[1:] == ["NaT", "NaT"]


def test_times_are_brought_to_the_zone(taken):
    values = ["2025-07-01T10:00:00Z", "2025-01-01T10:00:00Z", "2025-07-01T10:00:00+02:00", "2025-07-01 10:00:00"]
    assert times(taken, values, tz="Europe/Paris") == [
        "2025-07-01 12:00:00",  # summer: two hours ahead
        "2025-01-01 11:00:00",  # winter: one
        "2025-07-01 10:00:00",
        "2025-07-01 10:00:00",  # stated no zone: it is in Paris already
    ]
    table = taken("responded_at;score\n" + "".join(f"{value};9\n" for value in values), tz="Europe/Paris")
    assert said(table, "3 times with an offset or Z brought to Europe/Paris")
    assert said(table, "1 time without an offset", "taken as Europe/Paris")


def test_epoch_is_utc_and_excel_dates_are_local(taken):
    assert times(taken, ["1741083072"], tz="Asia/Tokyo") == ["2025-03-04 19:11:12"]
    assert times(taken, ["45720.5"], tz="Asia/Tokyo") == ["2025-03-04 12:00:00"]


def test_an_unknown_zone_is_refused(taken):
    with pytest.raises(UsageError, match="Did you mean 'Europe/Paris'"):
        times(taken, ["2025-01-01"], tz="Europe/Pari")
    with pytest.raises(UsageError, match="tz"):
        times(taken, ["2025-01-01"], tz="nowhere at all")


def test_as_of_means_through_the_end_of_that_day(taken, health_adds_up):
    content = "responded_at,score\n2025-06-30 23:59:59,9\n2025-07-01 00:00:00,3\n2025-06-01,8\n,5\n"
    table = taken(content, as_of="2025-06-30")
    assert table.to_pandas()["score"].tolist() == [9, 8, 5]
    assert table.health.set_aside == (("dated after 2025-06-30", 1),)
    assert table.as_of == dt.date(2025, 6, 30)
    assert table.health.last_date == dt.date(2025, 6, 30)
    assert said(table, "1 row without 'responded_at' kept")
    health_adds_up(table)


def test_as_of_counts_in_the_stated_zone(taken):
    content = "responded_at,score\n2025-06-30T22:30:00Z,9\n2025-06-30T10:00:00Z,8\n"  # 00:30 on 1 July in Paris
    assert taken(content, as_of="2025-06-30", tz="Europe/Paris").health.rows_kept == 1
    assert taken(content, as_of="2025-06-30").health.rows_kept == 2


def test_without_as_of_it_is_the_latest_date_kept(taken):
    content = "responded_at,score,status\n2025-06-30,9,complete\n2025-07-09,3,preview\n"
    table = taken(content)
    assert table.as_of == dt.date(2025, 6, 30)
    assert said(table, "No as_of was given")


@pytest.mark.parametrize("given", [dt.date(2025, 6, 30), dt.datetime(2025, 6, 30, 12), "2025-06-30"])
def test_as_of_as_date_or_text(taken, given):
    assert taken("responded_at,score\n2025-06-30,9\n", as_of=given).as_of == dt.date(2025, 6, 30)


def test_as_of_that_is_no_date(taken):
    with pytest.raises(UsageError, match=r"as_of: .30\.6\.2025. is not a date"):
        taken("score\n9\n", as_of="30.6.2025")


def test_a_table_without_dates_holds_the_as_of_it_was_given(taken):
    assert taken("score\n9\n").as_of is None
    assert taken("score\n9\n", as_of="2025-06-30").as_of == dt.date(2025, 6, 30)


def test_an_unknown_column_is_a_date_only_if_every_value_is_one(taken):
    table = taken("score,first,second,third\n9,2025-01-01,2025-01-01,03/04/2025\n3,2025-01-02,later,05/06/2025\n")
    dtypes = table.to_pandas().dtypes.astype(str)
    assert dtypes["first"] == "datetime64[us]"
    assert dtypes["second"] == dtypes["third"] == "str"
    assert said(table, "'third' is kept as text", "day_first=")


def test_a_slip_of_the_pen_in_the_future_is_pointed_out(taken):
    days = "".join(f"9,2026-0{1 + k % 9}-11\n" for k in range(120))
    table = taken("score,responded_at\n" + days + "8,2099-01-01\n")
    said = [note.text for note in table.health.notes if note.kind == "caution"]
    assert any(
        "1 date in 'responded_at' lies far after the rest" in text and "as_of='2026-09-11'" in text for text in said
    )
    assert not any("far after" in note.text for note in taken("score,responded_at\n" + days).health.notes)
