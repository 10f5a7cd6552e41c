"""What a journey page falls back on and refuses, in the words of its parameters."""

import numpy as np
import pandas as pd
import pytest

from cxkit import read
from cxkit.errors import DataError, UsageError
from cxkit.journey import Journey, Stage, dwell, prepare, sessions, success_of
from cxkit.link import link
from cxkit.reports.failure import of_cell
from cxkit.scope import journey_scope


def events(*walks, ids=None):
    rows = [(who, touch) for who, walk in enumerate(walks) for touch in walk]
    table = pd.DataFrame(rows, columns=["customer_id", "touchpoint"])
    table["customer_id"] = np.asarray(ids or range(len(walks)), dtype=object)[table["customer_id"]]
    return table.assign(occurred_at=pd.date_range("2026-03-01", periods=len(table), freq="h"))


TWO = events(["visit", "order"], ["visit"])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (dict(session_gap="30"), "^session_gap: '30' has no unit"),
        (dict(tiebreak="sequence"), "^tiebreak: the events have no column 'sequence'"),
        (dict(only="visit"), "^only: 'visit' cannot be read"),
    ],
)
def test_a_wrong_parameter_is_called_by_its_own_name(given, said):
    with pytest.raises(UsageError, match=said):
        journey_scope(TWO, **given)


def test_success_is_something_that_others_lead_to():
    log, plan = prepare(TWO), Journey(stages=(Stage("look", ("visit",)), Stage("buy", ("order",))))
    assert success_of("", [], plan, log) == ["order"]
    assert success_of("", ["visit", "call"], plan, log) == []  # the last step is not in this log
    with pytest.raises(UsageError, match="^success: nothing ever comes before 'visit'"):
        success_of("visit", [], plan, log)
    with pytest.raises(UsageError, match="^success: the touchpoint 'ordr' never occurs. Did you mean 'order'"):
        success_of("ordr", [], plan, log)


@pytest.mark.parametrize(("ours", "theirs"), [([7, 8], ["7", "8"]), (["7", "8"], [7, 8]), ([7, 8], [7.0, None])])
def test_customers_meet_whatever_kind_of_column_their_ids_stand_in(ours, theirs):
    people = pd.DataFrame({"customer_id": theirs, "region": ["North", "South"]})
    view = journey_scope(events(["visit", "order"], ["visit"], ids=ours), only="region:North", customers=people)
    assert view.customers == 1
    assert len(view.now) == 2


def failed(source, name, said):
    return of_cell(
        {"source": source, "outputs": [{"output_type": "error", "ename": name, "evalue": said, "traceback": []}]},
        "",
        ["within", "linked_within", "answers", "answer_columns", "columns", "source"],
    )


def test_an_argument_is_told_as_the_parameter_that_filled_it():
    cell = "linked = link(responses, events, within=linked_within, scales=scales_of(scales))"
    assert failed(cell, "UsageError", "within: '7' has no unit.").sentence == "linked_within: '7' has no unit."
    assert failed("asked = dict(within=within)", "UsageError", "within: '7' has no unit.").sentence.startswith(
        "within:"
    )
    cell = 'responses = companion("responses", answers, events, columns=answer_columns)'
    told = failed(cell, "DataError", "responses: there is no column 'score'. Map with columns='theirs:score'.")
    assert "Map with answer_columns='theirs:score'" in told.sentence


@pytest.mark.parametrize(
    ("cell", "said", "table"),
    [
        ("journey_scope(events)", "events: there is no event to report on.", "events"),
        ('events = read("events", source)', "a.csv: it holds no rows", "events"),
        ("journey_scope(events)", "period: no event falls in it", "TABLE (responses, events"),
    ],
)
def test_the_advice_names_the_table_the_error_is_about(cell, said, table):
    assert f"cxkit check FILE --as {table}" in failed(cell, "DataError", said).advice


def test_dates_without_a_time_of_day_are_told_with_what_they_mean():
    dated = TWO.assign(occurred_at=pd.to_datetime(["2026-03-01", "2026-03-01", "2026-03-04"]))
    view = journey_scope(dated)
    assert view.notes[0].startswith("The events carry dates without a time of day: what happened on one day was put in")
    assert "a visit is a day" in view.notes[0]
    assert "dates without a time of day" in dwell(dated).method[0]
    assert "dates without a time of day" in sessions(dated).attrs["method"]
    assert not any("time of day" in note for note in journey_scope(TWO).notes)


def test_events_of_a_nightly_export_are_not_said_to_be_dates():
    nightly = TWO.assign(occurred_at=pd.to_datetime(["2026-03-01 06:00", "2026-03-01 06:00", "2026-03-04 06:00"]))
    view = journey_scope(nightly)
    assert view.notes[0].startswith(
        "The events are all at one time of day (06:00): what happened on one day was put in"
    )
    assert view.log.said.startswith("3 events of 2 customers; all at one time of day")
    assert not view.log.whole_days


@pytest.mark.parametrize(("moment", "said"), [("2026-03-01 12:34:56", False), ("2026-03-01", True)])
def test_events_of_one_moment_say_nothing_of_times_of_day_unless_it_is_midnight(moment, said):
    log = prepare(TWO.assign(occurred_at=pd.Timestamp(moment)))
    assert ("time of day" in log.said) == said
    assert log.keep(np.zeros(3, dtype=bool)).clock is None


def test_exact_repeats_are_told_and_do_not_make_the_order_unknown():
    view = journey_scope(pd.concat([TWO, TWO]))
    assert [note.split(" (")[0] for note in view.notes] == ["3 events repeat another one exactly"]


def test_what_is_said_of_a_part_of_the_log_names_the_base_of_each_count():
    log = prepare(pd.concat([TWO, TWO.assign(customer_id=None)]))
    assert log.said == "3 events of 2 customers; 3 set aside: without a customer"
    assert log.keep(log.touch == 1).said == "2 events of 2 customers; in all 6 rows: 3 set aside: without a customer"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", "0 rows read, 0 kept"),
        (",visit,2026-03-01\n,visit,2026-03-02\n", "2 rows read, 0 kept, 2 set aside: 2 without customer_id"),
    ],
)
def test_nothing_to_report_on_says_what_became_of_every_row(tmp_path, rows, said):
    file = tmp_path / "events.csv"
    file.write_text("customer_id,touchpoint,occurred_at\n" + rows)
    with pytest.raises(DataError, match=f"^events: there is no event to report on. {said}"):
        journey_scope(read("events", file))
    with pytest.raises(DataError, match=r"3 rows came in, of which set aside: 3 without a customer"):
        journey_scope(TWO.assign(customer_id=None))


def test_journeys_begin_with_the_first_touch_of_the_log():
    days = [
        ("old", "2026-01-10"),
        ("old", "2026-04-05"),
        ("new", "2026-04-02"),
        ("new", "2026-05-03"),
        ("late", "2026-05-01"),
    ]
    table = pd.DataFrame(days, columns=["customer_id", "occurred_at"]).assign(touchpoint="visit")
    view = journey_scope(table.assign(occurred_at=pd.to_datetime(table.occurred_at)), period="2026-04")
    begun = view.begun  # old came months before, though not in the thirty days before; late begins after the period
    assert [begun.customers[k] for k in begun.customer] == ["new"]
    assert len(begun) == 2  # followed up after the period
    whole = journey_scope(table.assign(occurred_at=pd.to_datetime(table.occurred_at)), period="2026-01")
    assert [whole.begun.customers[k] for k in whole.begun.customer] == ["old"]
    assert "No journey begins in the period" in view.lacks("begun").plain


def answered(**columns):
    base = {"customer_id": [0], "touchpoint": "order", "survey": "csat", "score": 4.0}
    return pd.DataFrame({**base, "responded_at": pd.to_datetime(["2026-03-02"]), **columns})


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (
            answered(customer_id=["nobody"]),
            "0 of 1 answer could be joined to a touch (most often: no such touch",
        ),
        (answered()[:0], "the table of answers has no rows that count"),
        (answered(), "0 of 1 answer joined to a touch are about Apr 2026"),
    ],
)
def test_answers_that_were_given_but_tell_nothing_are_not_called_missing(answers, said):
    later = TWO.assign(occurred_at=TWO.occurred_at + pd.Timedelta(days=40))
    both = pd.concat([TWO, later])
    view = journey_scope(both, period="2026-04")
    assert view.lacks("answers").plain.endswith("no survey answers were given to this report.")
    assert view.answers(link(answers, both)) == (None, None)
    assert said in view.lacks("answers").plain
