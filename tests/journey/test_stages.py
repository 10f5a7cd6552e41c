"""Stages: the file's rules, all mistakes at once, how they fit the data, and stages proposed from the events."""

from dataclasses import FrozenInstanceError
from datetime import date
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest

import cxkit
from cxkit.errors import DataError, UsageError
from cxkit.journey.precedence import linear_order, natural_breaks, precedence, rising
from cxkit.journey.preparing import prepare
from cxkit.journey.proposing import propose_stages
from cxkit.journey.stages import Journey, Opportunity, Stage, fit_journey
from cxkit.journey.stages_reading import read_journey

GOOD = """
name = "Buy"
scenario = "Find it,  order it"

[[stage]]
name = "find"
touchpoints = ["visit", "search"]
goal = 4
goal_scale = "1-5"

[[stage]]
name = "help"
touchpoints = ["support"]
side = true
goal = 9.5
goal_scale = "0-10"

[[stage]]
name = "buy"
touchpoints = ["order"]
owner = "Shop"
next = ["find", "support"]
goal = -1
goal_scale = "-2..2"

[[opportunity]]
touchpoint = "order"
idea = "Fewer fields"
due = 2026-12-31

[[opportunity]]
stage = "help"
idea = "One owner a case"
owner = "Care"
due = "2027-01-31"
target = "Half the calls"
"""


@pytest.fixture(scope="module")
def sample():
    return cxkit.read("events", "sample:events")


@pytest.fixture
def file(tmp_path):
    def write(text, name="journey.toml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def walks(*journeys, start="2026-01-01", step="1h"):
    """Events of customers 0, 1 ... that go through these touchpoints, one after the other."""
    rows = [(who, touch) for who, journey in enumerate(journeys) for touch in journey]
    frame = pd.DataFrame(rows, columns=["customer_id", "touchpoint"])
    frame["occurred_at"] = pd.date_range(start, periods=len(frame), freq=step).astype("datetime64[us]")
    return frame


def test_a_file_is_read(file):
    journey = read_journey(file(GOOD))
    assert (journey.name, journey.scenario, journey.expects) == ("Buy", "Find it, order it", "")
    assert journey.names == ("find", "help", "buy")
    assert [stage.name for stage in journey.main] == ["find", "buy"]
    assert journey.source == "journey.toml"
    assert not journey.proposed
    find, help_, buy = journey.stages
    # 4 on 1-5 is three quarters of the way up: 4 * 3/4 - 2 = 1; 9.5 on 0-10: 4 * .95 - 2 = 1.8
    assert (find.goal, find.goal_text) == (1.0, "4 on 1-5")
    assert help_.goal == pytest.approx(1.8)
    assert (buy.goal, buy.goal_text) == (-1.0, "-1 on −2 to +2")
    assert journey.goals == {"find": 1.0, "help": pytest.approx(1.8), "buy": -1.0}
    assert (help_.side, buy.side, buy.owner, buy.next) == (True, False, "Shop", ("find", "support"))
    assert journey.opportunities == (
        Opportunity("buy", "order", "Fewer fields", "", date(2026, 12, 31), ""),
        Opportunity("help", "", "One owner a case", "Care", date(2027, 1, 31), "Half the calls"),
    )


def test_what_a_journey_knows(file):
    journey = read_journey(file(GOOD))
    assert [journey.base(at) for at in range(3)] == [-1, 0, 0]
    assert journey.codes(["order", "fair", "visit"]).tolist() == [2, -1, 0]
    assert (journey.stage_of("search"), journey.stage_of("fair")) == ("find", "")
    with pytest.raises(UsageError, match="no stage 'hlep'. Did you mean 'help'"):
        journey.stage("hlep")
    with pytest.raises(FrozenInstanceError):
        journey.name = "other"


def test_no_path_is_no_journey():
    assert read_journey("") is None
    assert read_journey("  ") is None


def test_the_shipped_example_fits_the_sample_and_has_an_idea_without_an_owner(sample):
    journey = fit_journey(read_journey("sample:journey"), sample)
    assert journey.notes == ()
    assert [stage.name for stage in journey.stages if stage.side] == ["help", "renew"]
    assert [idea.stage for idea in journey.opportunities if not idea.owner] == ["help"]
    assert all(idea.due > date(2026, 9, 30) for idea in journey.opportunities if idea.due)


BAD = """
nmae = "Buy"
scenario = 3

[[stage]]
name = "find"
touchpoints = ["visit", "visit"]
goal = 7
goal_scale = "1-5"
ownr = "Shop"

[[stage]]
name = "find"
touchpoints = ["visit", "order"]
goal = 3
side = "yes"
next = ["ordr"]

[[stage]]
touchpoints = []
goal = "high"
goal_scale = "1-5"

[[stage]]
name = "last"
goal_scale = "1-5"

[[stage]]
name = "odd"
touchpoints = "order"
goal = 2
goal_scale = "five"

[[opportunity]]
idea = ""
stage = "fnd"
due = "soon"

[[opportunity]]
idea = "Mend it"

[[opportunity]]
idea = "Move it"
touchpoint = "visti"
"""


def test_all_mistakes_are_told_at_once(file):
    with pytest.raises(UsageError) as caught:
        read_journey(file(BAD))
    told = str(caught.value)
    expected = (
        "there is no key 'nmae'. Did you mean 'name'?",
        "'scenario' is 3. Put it in quotes.",
        "stage 1 ('find'): there is no key 'ownr'. Did you mean 'owner'?",
        "stage 1 ('find'): 'touchpoints' names 'visit' 2 times. Keep one.",
        "stage 1 ('find'): 'goal' is 7, but its scale runs from 1 to 5.",
        "stage 2 ('find'): 'side' is 'yes'. Write true or false.",
        "stage 2 ('find'): 'goal_scale' is missing. Write the lowest and the highest answer, such as \"1-5\".",
        "stage 3: 'name' is missing.",
        "stage 3: 'touchpoints' is empty.",
        "stage 3: 'goal' is 'high'. Write a number.",
        "stage 4 ('last'): 'touchpoints' is missing.",
        "stage 4 ('last'): 'goal_scale' is there, but no 'goal'.",
        "stage 5 ('odd'): 'touchpoints' is no list of names.",
        "stage 5 ('odd'): 'goal_scale': 'five' is no scale.",
        "the stage 'find' is there 2 times. Name them apart.",
        "the touchpoint 'visit' is in the stages 'find' and 'find'. Keep it in one.",
        "stage 'find': 'next' names 'ordr', which is no stage or touchpoint here. Did you mean 'order'?",
        "opportunity 1: 'idea' is empty.",
        "opportunity 1: there is no stage 'fnd'. Did you mean 'find'?",
        "opportunity 1: 'due' is 'soon'. Write a date, such as 2026-12-31.",
        "opportunity 2 ('Mend it'): neither 'stage' nor 'touchpoint' says where it belongs.",
        "opportunity 3 ('Move it'): no stage has the touchpoint 'visti'. Did you mean 'visit'?",
    )
    for text in expected:
        assert text in told
    assert told.startswith(f"journey: {len(expected)} mistakes in journey.toml.\n- ")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "1 mistake in journey.toml.\n- there is no stage. Write"),
        ("stage = 3", r"'stage' is no list of entries. Head each entry with \[\[stage\]\]"),
        ("[stage]\nname='a'", "'stage' is no list of entries"),
        ("[[stage]]\nname='a'\ntouchpoints=['x']\nside=true", "every stage is a side stage"),
        (
            "[[stage]]\nname='a'\ntouchpoints=['x']\n[[opportunity]]\nidea='i'\nstage='b'\ntouchpoint='x'",
            "no stage 'b'",
        ),
        (
            "[[stage]]\nname='a'\ntouchpoints=['x']\n[[stage]]\nname='b'\ntouchpoints=['y']\n"
            "[[opportunity]]\nidea='i'\nstage='b'\ntouchpoint='x'",
            "'x' is in the stage 'a', not 'b'",
        ),
        ("[[stage]\n", "no valid TOML"),
        (b"name = '\xff'", "not UTF-8"),
        (b"#" * 2_000_001, "larger than 2 MB"),
    ],
)
def test_files_that_are_no_journey(file, text, match):
    with pytest.raises(UsageError, match=match):
        read_journey(file(text))


def test_files_that_cannot_be_read(file, tmp_path):
    file(GOOD)
    with pytest.raises(UsageError, match=r"cannot be read .*Did you mean 'journey.toml'"):
        read_journey(tmp_path / "journy.toml")
    with pytest.raises(UsageError, match="does not end in .toml"):
        read_journey(tmp_path / "journey.yaml")
    with pytest.raises(UsageError, match="no sample 'jurney'. The example is 'sample:journey'"):
        read_journey("sample:jurney")


def test_notes_tell_what_does_not_fit(file):
    events = walks(["Visit", "order", "mail", "mail"], ["order"])
    journey = fit_journey(read_journey(file(GOOD)), events)
    assert journey.notes == (
        "3 touchpoints of journey.toml never occur: 'visit' (the data have 'Visit'), 'search' and 'support'.",
        "2 touchpoints of the data are in no stage: 'mail' (2 events) and 'Visit' (1 event); 3 events in all.",
    )


def test_a_file_about_other_data_is_refused(file):
    with pytest.raises(
        DataError, match="none of the 4 touchpoints of journey.toml occurs .* commonest there are 'a', 'b'"
    ):
        fit_journey(read_journey(file(GOOD)), walks(["a", "b", "a"]))
    with pytest.raises(DataError, match="there are no events"):
        fit_journey(read_journey(file(GOOD)), walks())
    with pytest.raises(UsageError, match="not a journey. Take read_journey"):
        fit_journey("journey.toml", walks(["a"]))


def test_names_are_near_among_many(file):
    events = walks([f"t{k}" for k in range(5_000)] + ["order"])
    notes = fit_journey(read_journey(file(GOOD)), events).notes
    assert "and 4,992 more; 5,000 events in all" in notes[1]


# --- Proposals


def test_the_order_of_a_plain_way_is_found_whatever_the_names():
    way = ["m", "c", "z", "a", "k"]
    rng = np.random.default_rng(5)
    events = walks(*[[t for t in way if rng.random() < 0.8] for _ in range(200)])
    log = prepare(events)
    order = linear_order(precedence(log, log.touch, len(log.touchpoints)))
    assert [log.touchpoints[at] for at in order] == way
    # each is a stage, since nobody ever turns back and there are no more than five
    assert propose_stages(events, fewest=5).names == tuple(way)


def test_pairs_are_ordered_within_a_sitting_where_they_meet_there():
    """Twelve customers look at the page before the basket, and come back next day straight for the basket and the page."""
    first = pd.concat([walks(["basket"], start=f"2026-01-0{1}").assign(customer_id=k) for k in range(12)])
    later = pd.concat(
        [walks(["page", "basket"], start="2026-02-01", step="1min").assign(customer_id=k) for k in range(12)]
    )
    log = prepare(pd.concat([first, later]))
    share = precedence(log, log.touch, 2)  # basket, page
    assert share[1, 0] == 1.0
    few = prepare(pd.concat([first, later]).query("customer_id < 3"))
    assert precedence(few, few.touch, 2)[1, 0] == 0.0  # too few sittings: the whole journey counts


def test_values_that_fall_are_pooled():
    # 3 and 1 with weights 1 and 3 pool to 1.5; scikit-learn's IsotonicRegression gives the same
    assert rising(np.array([0.0, 3.0, 1.0, 4.0]), np.array([1.0, 1.0, 3.0, 1.0])).tolist() == [0.0, 1.5, 1.5, 4.0]


def test_natural_breaks_are_the_best_of_all_cuts():
    rng = np.random.default_rng(2)
    for _ in range(30):
        size = int(rng.integers(4, 9))
        position, weight = np.sort(rng.random(size)), rng.integers(1, 50, size).astype(float)

        def spread(cuts, position=position, weight=weight, size=size):
            edges = [0, *cuts, size]
            parts = [(position[i:j], weight[i:j]) for i, j in pairwise(edges)]
            return sum((w * (p - np.average(p, weights=w)) ** 2).sum() for p, w in parts)

        best = min(spread(cuts) for cuts in combinations(range(1, size), 2))
        found = natural_breaks(position, weight, np.arange(size), 3, 3, 1.0)
        assert found[0] == 0
        assert spread(found[1:]) == pytest.approx(best)


def test_stages_of_the_real_shop(real_data):
    events = cxkit.read(
        "events", real_data("shop_events.csv.gz"), columns="user_id:customer_id;event:touchpoint;timestamp:occurred_at"
    )
    journey = propose_stages(events)
    assert journey.proposed
    assert [(stage.name, stage.touchpoints) for stage in journey.stages] == [
        ("catalog", ("catalog", "main")),
        ("product", ("product2", "product1")),
        ("cart", ("cart",)),
        ("delivery", ("delivery_choice", "delivery_courier", "delivery_pickup")),
        ("payment", ("payment_choice", "payment_done", "payment_card", "payment_cash")),
    ]
    assert "are a proposal" in journey.notes[0]


def test_a_column_of_stages_is_taken(sample):
    journey = propose_stages(sample)
    assert journey.names == ("discover", "choose", "order", "receive", "use", "help", "renew")
    assert journey.stage("choose").touchpoints == ("product page", "basket", "checkout")
    assert not any(stage.side for stage in journey.stages)  # not guessed
    assert propose_stages(prepare(sample, columns=["stage"])).stages == journey.stages
    without = propose_stages(sample, stage="")
    assert without.names[:4] == ("visit", "product page", "basket", "checkout")
    assert propose_stages(prepare(sample)).stages == without.stages


def test_a_touchpoint_goes_to_its_commonest_stage_and_a_strange_column_is_left():
    events = walks(["visit", "order", "order", "order"], ["visit", "fair"])
    events["stage"] = ["find", "buy", "buy", "find", "find", None]
    journey = propose_stages(events)
    assert [(stage.name, stage.touchpoints) for stage in journey.stages] == [("find", ("visit",)), ("buy", ("order",))]
    assert "1 event stood in another stage" in journey.notes[1]
    events["stage"] = None
    assert "is empty; it is disregarded" in propose_stages(events).notes[0]
    many = walks([f"t{k}" for k in range(40)]).assign(stage=[f"s{k}" for k in range(40)])
    assert "has 40 values, too many for stages" in propose_stages(many).notes[0]


def test_the_proposal_is_the_same_from_every_engine(engine):
    events = walks(*[["visit", "search", "order", "pay_card"], ["visit", "order", "pay_cash"]] * 20)
    assert propose_stages(engine(events)).stages == propose_stages(events).stages
    events["stage"] = events["touchpoint"].str[:2]
    assert propose_stages(engine(events)).stages == propose_stages(events).stages


def test_names_that_begin_alike_stay_together():
    ways = [
        ["visit", "basket", "pay_open", "pay_done"],
        ["visit", "basket", "pay_open"],
        ["visit", "basket"],
        ["visit"],
    ]
    journey = propose_stages(walks(*ways * 10), fewest=3)
    assert [(stage.name, stage.touchpoints) for stage in journey.stages] == [
        ("visit", ("visit",)),
        ("basket", ("basket",)),
        ("pay", ("pay_open", "pay_done")),
    ]


def test_few_touchpoints_one_customer_and_nothing():
    assert propose_stages(walks(["visit"])).names == ("visit",)
    assert propose_stages(walks(["visit", "order"])).names == ("visit", "order")
    with pytest.raises(DataError, match="there are no events"):
        propose_stages(walks())
    with pytest.raises(UsageError, match="fewest and most: 5 and 4 do not fit"):
        propose_stages(walks(["visit"]), fewest=5, most=4)


def test_fifty_thousand_touchpoints():
    rng = np.random.default_rng(3)
    n = 100_000
    events = pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(n // 5), 5),
            "touchpoint": np.where(np.arange(n) % 5 < 3, np.tile(["visit", "search", "order", "", ""], n // 5), ""),
            "occurred_at": pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(n), unit="s"),
        }
    )
    rare = events["touchpoint"] == ""
    events.loc[rare, "touchpoint"] = np.char.add(
        "page ", np.arange(50_000)[rng.integers(0, 50_000, rare.sum())].astype(str)
    )
    journey = propose_stages(events)
    assert 4 <= len(journey.stages) <= 7
    assert len(journey.touchpoints) == events["touchpoint"].nunique()
    assert [journey.stage_of(name) for name in ("visit", "search", "order")] == ["visit", "search", "order"]
    # rare pages stand after the order
    pages = journey.codes(events.loc[rare, "touchpoint"])
    assert np.mean(pages >= journey.names.index("order")) > 0.95


def test_inputs_stay_as_they_were():
    events = walks(["visit", "order"])
    before = events.copy()
    propose_stages(events)
    fit_journey(Journey(stages=(Stage("a", ("visit",)),)), events)
    pd.testing.assert_frame_equal(events, before)
