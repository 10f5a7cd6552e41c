"""Answers and the touches they are about."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import cxkit
from cxkit import frames
from cxkit.errors import DataError, UsageError
from cxkit.link import link


def at(*days):
    return pd.to_datetime([f"2026-07-{day}" if day else None for day in days]).astype("datetime64[us]")


def touches(**columns):
    base = {"customer_id": "a", "touchpoint": "delivery", "occurred_at": at("01")}
    return pd.DataFrame({**base, **columns})


def answers(**columns):
    base = {"customer_id": "a", "touchpoint": "delivery", "survey": "nps", "score": 9.0, "responded_at": at("05")}
    return pd.DataFrame({**base, **columns})


JOURNEY = touches(
    customer_id=list("aaaab"),
    touchpoint=["order", "delivery", "delivery", "support", "order"],
    occurred_at=at("01", "03", "08", "09", "01"),
    order_id=["O1", "O1", "O2", None, "O3"],
    ticket_id=[None, None, None, "T1", None],
    channel=["web", "van", "van", "phone", "web"],
    stage=["buy", "get", "get", "help", "buy"],
)


def test_the_key_comes_first_then_the_nearest_earlier_touch(engine):
    asked = answers(
        customer_id=list("aaaa"),
        touchpoint=["delivery", "delivery", "support", None],
        responded_at=at("20", "20", "20", "20"),
        order_id=["O1", None, None, "O3"],
        ticket_id=[None, None, "T1", None],
        score=[0.0, 5.0, 10.0, 10.0],
    )
    asked.loc[3, "customer_id"] = "b"
    found = link(engine(asked), engine(JOURNEY))
    table = found.table.sort_values("scaled", ignore_index=True).sort_values(
        ["scaled", "customer_id"], ignore_index=True
    )
    # O1's own delivery although a later one is nearer; without a key the nearest; the ticket; no touchpoint: the key's last
    assert table["touched_at"].dt.day.tolist() == [3, 8, 9, 1]
    assert table["how"].tolist() == ["order_id", "touchpoint", "ticket_id", "order_id"]
    assert table["scaled"].tolist() == [-2.0, 0.0, 2.0, 2.0]
    assert table["channel"].tolist() == ["van", "van", "phone", "web"]
    assert table["stage"].tolist() == ["get", "get", "help", "buy"]
    assert (found.answers, found.losses) == (4, ())


@pytest.fixture(scope="module")
def sample():
    """Answers and events of some customers of the sample, and what linking them gives."""
    both = [cxkit.read(name, f"sample:{name}").to_pandas() for name in ("responses", "events")]
    both = [frame[frame["customer_id"] < "C00400"].reset_index(drop=True) for frame in both]
    return both, link(*both)


def test_every_engine_gives_the_same_table(engine, sample):
    both, plain = sample
    found = link(*map(engine, both))
    pd.testing.assert_frame_equal(found.table, plain.table)
    assert found.losses == plain.losses
    assert found.said == plain.said


def losses(asked, seen=JOURNEY, **options):
    found = link(asked, seen, **options)
    assert found.answers == len(found.table) + sum(n for _, n in found.losses) == len(asked)
    return dict(found.losses)


@pytest.mark.parametrize(
    ("asked", "cause"),
    [
        ({"score": np.nan}, "neither score nor comment"),
        ({"responded_at": at("")}, "no time of the answer"),
        ({"survey": None}, "a score but no survey named"),
        ({"status": "partial"}, "unfinished or a preview"),
        ({"status": "Preview"}, "unfinished or a preview"),
        ({"order_id": "O9"}, "no touch with its key"),
        ({"order_id": "O3", "touchpoint": "order"}, "its key belongs to another customer"),
        ({"order_id": "O2"}, "the touch came after the answer"),
        ({"order_id": "O2", "touchpoint": "support"}, "no touch of that name with its key"),
        ({"customer_id": None}, "no key that occurs and no customer"),
        ({"touchpoint": None}, "no key and no touchpoint"),
        ({"touchpoint": "relationship"}, "its touchpoint never occurs in the events"),
        ({"touchpoint": "support"}, "the touch came after the answer"),
        ({"customer_id": "b"}, "no such touch of the customer within 30 days before"),
        ({"responded_at": pd.to_datetime(["2026-10-01"])}, "no such touch of the customer within 30 days before"),
        ({"responded_at": pd.to_datetime(["2026-06-01 12:00"])}, "given before the first event"),
    ],
)
def test_what_cannot_be_linked_is_counted_by_cause(asked, cause):
    assert losses(answers(**asked)) == {cause: 1}


def test_a_survey_without_a_known_scale_is_counted_where_others_have_one():
    asked = pd.concat([answers(), answers(survey="pulse", score=73.0)], ignore_index=True)
    assert losses(asked) == {"a score of the survey 'pulse', whose scale is not known": 1}
    assert losses(asked, scales={"Pulse": "0-100"}) == {}


def test_a_touch_after_the_answer_is_never_taken_and_one_at_its_moment_is():
    seen = touches(touchpoint=["delivery"] * 2, occurred_at=pd.to_datetime(["2026-07-04 10:00", "2026-07-05 10:00"]))
    early = pd.to_datetime(["2026-07-05 09:59:59"])
    assert link(answers(responded_at=early), seen).table["touched_at"][0].day == 4
    assert link(answers(responded_at=seen["occurred_at"][1:].to_numpy()), seen).table["touched_at"][0].day == 5


def test_the_window_reaches_to_its_very_end():
    seen = touches(occurred_at=pd.to_datetime(["2026-07-01 12:00"]))
    for seconds, n in ((0, 1), (1, 0)):
        asked = answers(responded_at=seen["occurred_at"] + pd.Timedelta(days=7, seconds=seconds))
        assert len(link(asked, seen, within="7D").table) == n


def test_an_answer_with_a_date_alone_was_given_by_the_end_of_that_day():
    seen = touches(occurred_at=pd.to_datetime(["2026-07-05 18:00"]))
    found = link(answers(), seen)
    assert len(found.table) == 1
    assert "dates only" in found.said
    assert losses(answers(responded_at=pd.to_datetime(["2026-07-05 00:01"])), seen) == {
        "given before the first event": 1
    }


def test_session_numbers_that_start_again_for_every_customer_do_not_mix_customers():
    seen = touches(customer_id=["a", "b"], occurred_at=at("01", "03"), session_id=[1, 1])
    assert link(answers(session_id=[1]), seen).table["touched_at"][0].day == 1
    assert losses(answers(session_id=[1], customer_id=None), seen) == {
        "its key is shared by customers, and it names none": 1
    }


def test_a_key_names_the_customer_where_the_answer_does_not():
    found = link(answers(customer_id=None, order_id="O1"), JOURNEY)
    assert found.table["customer_id"].tolist() == ["a"]


def test_a_further_key_decides_between_the_touches_of_the_first():
    """Two support cases about one order: the later touch belongs to the other ticket."""
    seen = touches(touchpoint=["support"] * 2, occurred_at=at("01", "03"), order_id=["O1"] * 2, ticket_id=["T1", "T2"])
    found = link(answers(touchpoint="support", order_id="O1", ticket_id="T1"), seen)
    assert found.table[["touched_at", "how"]].to_numpy().tolist() == [[at("01")[0], "order_id"]]


def test_a_touch_with_another_key_is_not_the_nearest():
    seen = touches(occurred_at=at("01", "03"), order_id=[None, "O2"])
    assert link(answers(order_id="O1"), seen).table["touched_at"][0].day == 1


def test_numeric_ids_with_missing_values_meet_whole_numbers():
    seen = touches(customer_id=[7, 8], occurred_at=at("01", "01"), order_id=[1001, 1002])
    asked = answers(customer_id=[7.0, np.nan], order_id=[1001.0, np.nan], responded_at=at("05", "05"))
    ways = [seen, seen.astype("category"), seen.assign(order_id=[Decimal("1001.00"), Decimal("1002.00")])]
    for events in ways:
        found = link(asked, events.assign(occurred_at=seen.occurred_at))
        assert found.table[["customer_id", "order_id"]].to_numpy().tolist() == [["7", "1001"]]


def test_times_in_a_zone_are_read_in_utc():
    zoned = pd.to_datetime(["2026-07-05 01:00"]).tz_localize("Europe/Berlin")  # 23:00 UTC the day before
    late = touches(occurred_at=pd.to_datetime(["2026-07-04 23:30"]))
    seen = pd.concat([touches(), late], ignore_index=True)
    assert link(answers(responded_at=zoned), seen).table["touched_at"][0].day == 1


def test_of_touches_at_one_moment_the_last_by_name_is_taken_whatever_the_order_of_rows():
    seen = touches(touchpoint=["delivery"] * 2, occurred_at=at("01", "01"), channel=["van", "bike"])
    for rows in (seen, seen[::-1]):
        assert link(answers(), rows).table["channel"].tolist() == ["van"]


def test_scores_are_brought_to_one_scale_and_hard_is_turned_round():
    asked = answers(
        survey=["nps", "CSAT ", "ces", "ces"], score=[7.5, 2.0, 7.0, 1.0], responded_at=at("05", "06", "07", "08")
    )
    # 4 * 7.5 / 10 - 2 = 1;  4 * (2 - 1) / 4 - 2 = -1;  ends of 1-7
    assert link(asked, touches()).table["scaled"].tolist() == [1.0, -1.0, 2.0, -2.0]
    turned = link(asked, touches(), hard=["ces"])
    assert turned.table["scaled"].tolist() == [1.0, -1.0, -2.0, 2.0]
    assert turned.turned == ("ces",)
    assert "high is bad" in turned.scaling
    assert dict(turned.scales) == {"ces": (1, 7), "csat": (1, 5), "nps": (0, 10)}


def test_sentiment_stands_in_where_there_is_no_score():
    asked = answers(
        score=[np.nan, 10.0],
        survey=[None, "nps"],
        comment=["late", "fine"],
        mood=[-0.5, -1.0],
        responded_at=at("05", "06"),
    )
    found = link(asked, touches(), sentiment="mood")
    assert found.table["scaled"].tolist() == [-1.0, 2.0]
    assert "'mood' stands in" in found.said
    assert link(asked, touches()).table["scaled"].isna().tolist() == [True, False]  # a comment alone is linked, too
    with pytest.raises(UsageError, match="beyond −1 to 1"):
        link(asked.assign(mood=3.0), touches(), sentiment="mood")


def test_a_period_cuts_the_answers_not_the_touches():
    asked = answers(responded_at=at("05", "20"))
    found = link(asked, touches(), period="2026-07-10..2026-07-31")
    assert found.answers == 1
    assert found.table["responded_at"].dt.day.tolist() == [20]


def test_one_survey_without_a_column_for_it():
    asked = answers().drop(columns="survey").assign(score=4.0)
    assert link(asked, touches(), scales={"csat": "1-5"}).table["scaled"].tolist() == [1.0]
    with pytest.raises(UsageError, match="nothing says which survey"):
        link(asked, touches())


def test_wrong_scores_and_options_are_refused():
    with pytest.raises(DataError, match=r"2 of 3 answers of the survey 'csat'.*outside 1\.\.5 \(commonest: 7 \(2\)\)"):
        link(answers(survey="csat", score=[7.0, 7.0, 3.0], responded_at=at("05", "05", "05")), touches())
    with pytest.raises(DataError, match="holds no numbers in 1 row"):
        link(answers(score="9"), touches())
    with pytest.raises(UsageError, match="no answer is from the survey 'nsp'. Did you mean 'nps'"):
        link(answers(), touches(), scales={"nsp": "0-10"})
    for wrong in (30, "30", "a month", "-1D"):
        with pytest.raises(UsageError, match="no length of time"):
            link(answers(), touches(), within=wrong)
    with pytest.raises(DataError, match="no column 'occurred_at'"):
        link(answers(), touches().drop(columns="occurred_at"))
    with pytest.raises(UsageError, match="expected the table 'events'"):
        link(answers(), cxkit.read("responses", "sample:responses"))


def test_nothing_to_link():
    for asked, seen in ((answers()[:0], JOURNEY), (answers(), JOURNEY[:0]), (answers()[:0], JOURNEY[:0])):
        found = link(asked, seen)
        assert len(found.table) == 0
        assert found.answers == len(asked)
        assert found.said


def test_events_without_customer_time_or_touchpoint_are_no_touches():
    seen = touches(
        customer_id=["a", None, "a"], touchpoint=["delivery", "delivery", None], occurred_at=at("", "03", "04")
    )
    assert losses(answers(), seen) == {"no such touch of the customer within 30 days before": 1}


def test_inputs_stay_as_they_are():
    asked, seen = answers(order_id="O1"), JOURNEY.copy()
    before = asked.copy(), seen.copy()
    link(asked, seen)
    pd.testing.assert_frame_equal(asked, before[0])
    pd.testing.assert_frame_equal(seen, before[1])


def test_a_relation_is_joined_on_its_own_connection():
    connection = frames.connect()
    seen = connection.from_df(JOURNEY)
    assert len(link(answers(order_id="O1"), seen).table) == 1
    assert connection.execute("SELECT 1").fetchone() == (1,)


def by_hand(answer, seen, known):
    """The touch of an answer: of its key and that name, else the nearest that no key rules out."""
    _customer, touchpoint, hour, key = answer
    keyed = [t for t in seen if key and t[3] == key]
    own = [t for t in keyed if touchpoint not in known or t[1] == touchpoint]
    before = [t[2] for t in own if t[2] <= hour]
    if before:
        return max(before), "order_id"
    if own:  # all of them came later
        return None
    fits = [t for t in seen if t[1] == touchpoint and (not key or t[3] in (key, None))]
    near = [t[2] for t in fits if hour - 3 <= t[2] <= hour]
    return (max(near), "touchpoint") if near else None


def test_the_join_equals_a_loop():
    """1,000 small journeys with keys that come again, are missing, or belong to nothing."""
    rng = np.random.default_rng(4)

    def drawn(who, names):
        return [
            (who, str(rng.choice(names)), int(rng.integers(7)), [None, f"K{who}", f"L{who}"][rng.integers(3)])
            for _ in range(rng.integers(1, 8))
        ]

    cases = [(drawn(f"c{i}", ["x", "y"]), drawn(f"c{i}", ["x", "y", "z"])) for i in range(1000)]
    names = ["customer_id", "touchpoint", "hour", "order_id"]
    start = pd.Timestamp("2026-07-01 00:30")
    right = pd.DataFrame([t for seen, _ in cases for t in seen], columns=names)
    left = pd.DataFrame([a for _, asked in cases for a in asked], columns=names)
    right["occurred_at"] = start + pd.to_timedelta(right["hour"], unit="h")
    left["responded_at"] = start + pd.to_timedelta(left["hour"], unit="h")
    left = left.assign(survey="nps", score=5.0, who=range(len(left)))
    found = link(left, right, within="3h", columns=["who"]).table
    hours = ((found["touched_at"] - start) / pd.Timedelta(hours=1)).round().astype(int)
    got = dict(zip(found["who"], zip(hours, found["how"], strict=True), strict=True))
    want = [by_hand(answer, seen, {"x", "y"}) for seen, asked in cases for answer in asked]
    assert {who: touch for who, touch in enumerate(want) if touch} == got
    assert 1000 < len(got) < len(left) - 500


def test_what_is_said_of_the_join_stays_that_of_all_answers_when_some_are_taken():
    asked = answers(customer_id=list("aab"), responded_at=at("05", "06", "07"))
    found = link(asked, touches())
    some = found.limited(found.table[:1], "of region North").limited(found.table[:1], "about touches of July")
    told = (
        "2 of 3 answers linked to a touch (2 by touchpoint); 1 not: no such touch of the customer within 30 days before"
    )
    assert found.said.endswith(told)
    assert some.said.endswith(f"{told}; here 1 of the 2: of region North and about touches of July")


def test_times_with_and_without_a_zone_are_compared_in_utc_and_it_is_said(engine):
    zoned = touches(occurred_at=at("01").tz_localize("Asia/Tokyo"))
    rule = "times of the events carry a zone and are taken in UTC, those of the answers carry none and are taken as UTC"
    assert rule in link(engine(answers()), engine(zoned)).rules
    assert "zone" not in link(engine(answers()), engine(touches())).rules
    both = answers(responded_at=at("05").tz_localize("UTC"))
    assert "zone" not in link(engine(both), engine(zoned)).rules


def test_tables_read_in_two_time_zones_are_not_compared():
    asked = cxkit.read("responses", answers(responded_at=["2026-07-05 10:00"]))
    seen = cxkit.read("events", touches(occurred_at=["2026-07-05 09:00"]), tz="Asia/Tokyo")
    with pytest.raises(
        UsageError, match=r"answers are in UTC, those of the events in Asia/Tokyo. Read both with .* tz="
    ):
        link(asked, seen)


def test_answers_set_aside_when_they_were_read_are_told():
    asked = cxkit.read("responses", answers(customer_id=list("ab"), responded_at=at("05", "20")), as_of="2026-07-10")
    assert "of 2 rows of answers set aside when read: 1 dated after 2026-07-10" in link(asked, touches()).said
