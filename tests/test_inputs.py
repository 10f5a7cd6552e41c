"""Parameter texts as values."""

import pytest

from cxkit import read
from cxkit.errors import UsageError
from cxkit.inputs import companion, dated, number, yes_or_no


@pytest.mark.parametrize(("text", "value"), [("40", 40), (" +40 ", 40), ("−2.5", -2.5), ("", None), ("  ", None)])
def test_number(text, value):
    assert number(text) == value


@pytest.mark.parametrize("text", ["forty", "40 %", "nan", "inf", "1,5"])
def test_no_number(text):
    with pytest.raises(UsageError, match="target: '.*' is not a number"):
        number(text)


def test_yes_or_no():
    assert [yes_or_no(t) for t in ("Yes", "no", "TRUE", "false", "")] == [True, False, True, False, None]
    with pytest.raises(UsageError, match="neither yes nor no"):
        yes_or_no("perhaps")


def test_dated_events_are_sorted_and_keep_colons():
    marks = dated("2026-09-01:prices: new; 2026-08-03:carrier;")
    assert marks.label.tolist() == ["carrier", "prices: new"]
    assert str(marks.date.iloc[0].date()) == "2026-08-03"
    assert dated("").empty


@pytest.mark.parametrize(
    ("text", "said"), [("carrier", "has no date"), ("2026-08-03", "has no label"), ("03/08/2026:x", "no date")]
)
def test_unreadable_marks(text, said):
    with pytest.raises(UsageError, match=said):
        dated(text)


@pytest.fixture
def beside(tmp_path):
    """Events up to 10 July, day first, and a folder for what belongs to them."""
    events = tmp_path / "events.csv"
    events.write_text("customer_id,touchpoint,occurred_at\na,order,03/07/2026 10:00\na,order,05/07/2026 10:00\n")

    def read_beside(rows, **options):
        answers = tmp_path / "answers.csv"
        answers.write_text("customer_id,survey,score,responded_at\n" + rows)
        return companion("responses", str(answers), read("events", events, **options)).to_pandas()

    return read_beside


def test_what_belongs_to_a_table_is_read_like_it(beside):
    rows = "a,nps,9,04/07/2026 10:00\na,nps,8,06/08/2026 10:00\n"
    assert beside(rows, day_first=True).responded_at.dt.month.tolist() == [7, 8]
    assert beside(rows, day_first=False).responded_at.dt.month.tolist() == [4, 6]
    assert beside(rows, day_first=True, as_of="2026-07-31").score.tolist() == [9]  # not what came after the day


def test_dates_that_read_one_way_only_settle_it_for_their_own_file(beside):
    rows = "a,nps,9,07/25/2026 10:00\na,nps,8,08/06/2026 10:00\n"
    assert beside(rows, day_first=True).responded_at.dt.day.tolist() == [25, 6]


def test_without_a_day_given_later_rows_of_what_belongs_to_a_table_stay(beside):
    assert len(beside("a,nps,9,2026-07-04\na,nps,8,2026-12-24\n", day_first=True)) == 2
