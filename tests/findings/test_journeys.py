"""What a page on journeys says, from tables made by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from cxkit.actions import journey_steps
from cxkit.errors import UsageError
from cxkit.findings import agreed, journey_headline
from cxkit.journey.incidents import Incidents
from cxkit.periods import parse


def told(found):
    return [text.replace("\xa0", " ") for text in found.sentence]


SURE = dict(confidence=0.95, method="by hand")


def pains():
    rows = [
        dict(touchpoint="delivery", stage="receive", customers=1858, n=400, score=0.3, goal=1.0, gap=0.7, gap_low=0.55,
             gap_high=0.85, impact=1300.6, low=1021.9, high=1579.3),
        dict(touchpoint="support", stage="help", customers=400, n=90, score=0.6, goal=1.0, gap=0.4, gap_low=-0.1,
             gap_high=0.9, impact=160.0, low=-40.0, high=360.0),
        dict(touchpoint="unboxing", stage="use", customers=900, n=200, score=1.4, goal=1.0, gap=-0.4, gap_low=-0.5,
             gap_high=-0.3, impact=-360.0, low=-450.0, high=-270.0),
        dict(touchpoint="visit", stage="discover", customers=2000, n=0, score=np.nan, goal=1.0, gap=np.nan,
             gap_low=np.nan, gap_high=np.nan, impact=np.nan, low=np.nan, high=np.nan),
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(**SURE)


def felt():
    row = dict(stage="receive", metric="experience", unit="rating", n=400, estimate=0.3, low=0.2, high=0.4,
               other="Q2 2026", other_n=380, other_estimate=0.9, other_low=0.8, other_high=1.0, difference=-0.6,
               difference_low=-0.75, difference_high=-0.45, p=1e-9, p_adjusted=5e-9, looked=5, verdict="clear")  # fmt: skip
    return pd.DataFrame([row]).assign(**SURE)


def incidents(p=0.001, end=pd.NaT):
    row = dict(incident=1, to="order", by="channel", value="mobile", start=pd.Timestamp("2026-06-15"), end=end,
               n_inside=500, share_inside=0.45, n_outside=480, share_outside=0.72, difference=-0.27, low=-0.35,
               high=-0.19, p_adjusted=p, verdict="clear", others="", label="")  # fmt: skip
    table = pd.DataFrame([row | {"from": "checkout"}]).assign(**SURE)
    return SimpleNamespace(table=table)


def test_says_where_it_is_worst_what_changed_and_when_something_broke():
    found = journey_headline(pains=pains(), felt=felt(), incidents=incidents(), before_name="Q2 2026")
    assert told(found) == [
        "Delivery falls short of the goal: +0.3 on a scale of −2 to +2, 0.7 points below, and 1,858 customers met it.",
        "Receive is felt worse than in Q2 2026: +0.3 against +0.9 on a scale of −2 to +2.",
        "Since 15 Jun 2026, 45 % of touches of checkout (mobile) lead on to order, 72 % before.",
    ]
    assert set(found.verdict) == {"clear"}
    assert found.evidence[2].startswith("Difference −27.0 (")


def test_limits_and_p_allow_for_all_questions():
    alone = journey_headline(incidents=incidents(p=0.03))
    beside = journey_headline(pains=pains(), felt=felt(), incidents=incidents(p=0.03))
    assert alone.verdict.tolist() == ["clear"]
    row = beside[beside.kind == "incident"].iloc[0]
    assert row.verdict == "likely"  # three questions share the allowance: .03 x 3
    assert row.p_adjusted == pytest.approx(0.09)


def test_a_span_with_an_end_is_told_with_its_dates():
    said = told(journey_headline(incidents=incidents(end=pd.Timestamp("2026-07-05"))))[0]
    assert said == (
        "45 % of touches of checkout (mobile) led on to order from 15 Jun to 5 Jul 2026, 72 % in the other weeks."
    )
    few = told(journey_headline(incidents=incidents(p=0.1)))[0]
    assert few.endswith("72 % before: probably more than chance.")


def spans(*rows):
    """Incidents of how often main comes up, the surest first: start, end, share inside, share outside."""
    day = pd.Timestamp
    made = [
        {"incident": k + 1, "from": "(all events)", "to": "main", "by": "", "value": "", "start": day(start),
         "end": day(end) if end else pd.NaT, "n_inside": 1000, "share_inside": inside, "n_outside": 3000,
         "share_outside": outside, "difference": inside - outside, "low": inside - outside - 0.03,
         "high": inside - outside + 0.03, "p_adjusted": 0.002, "verdict": "clear"}
        for k, (start, end, inside, outside) in enumerate(rows)
    ]  # fmt: skip
    return SimpleNamespace(table=pd.DataFrame(made).assign(**SURE), unit="week")


LATER, SOONER = ("2020-01-13", "2020-03-29", 0.226, 0.157), ("2019-12-02", "2020-01-12", 0.196, 0.150)


def test_spans_that_follow_each_other_are_one_finding_and_one_step():
    found = journey_headline(incidents=spans(LATER, SOONER))
    assert told(found) == [
        "Main made up 23 % of all touches from 13 Jan to 29 Mar 2020, 16 % in the other weeks; "
        "from 2 Dec 2019 to 12 Jan 2020 it was already 20 %."
    ]
    evidence = found.evidence[0].replace("\xa0", " ")
    assert evidence.startswith("Difference +6.9 (+")  # that of the surest span
    assert " From 2 Dec 2019 to 12 Jan 2020: Difference +4.6 (+" in evidence
    steps = journey_steps(found, incidents=spans(LATER, SOONER))
    assert steps.action.tolist() == [
        "Find out why main made up more of all touches from 13 Jan to 29 Mar 2020",
        "Add survey answers",
    ]
    assert steps["size"][0] == (  # .039 of 1,000
        "at least 39 more touches of main from 13 Jan to 29 Mar 2020 than at the share of the other weeks"
    )
    assert steps.why[0].endswith(
        "Such a share moves with who comes: look first for new customers or a campaign at that time."
    )
    assert (
        journey_steps(found).action[0] == "Find out what happened at main about 13 Jan 2020"
    )  # all that findings hold


def test_a_span_says_what_it_is_not_set_against():
    found = spans(LATER, SOONER)
    found.table["left_out"] = ["", "from 13 Jan to 29 Mar 2020"]
    both = journey_headline(incidents=found).evidence[0].replace("\xa0", " ")
    assert (
        "; 20 % of 1,000 in that time against 15 % of 3,000 otherwise, not counting the weeks from 13 Jan to 29 Mar 2020; p"
        in both
    )
    alone = told(journey_headline(incidents=found, mute="incident:(all events)→main:2020-01-13"))[0]
    assert alone == (
        "Main made up 20 % of all touches from 2 Dec 2019 to 12 Jan 2020, 15 % in the other weeks, not counting the weeks from "
        "13 Jan to 29 Mar 2020."
    )


def test_a_share_of_all_touches_comes_after_steps_and_says_when_first_visits_move_it():
    found, step = spans(LATER), incidents(end=pd.Timestamp("2026-07-05")).table.assign(incident=2)
    found.table = pd.concat([found.table, step]).assign(
        first_inside=[0.36, np.nan], first_outside=[0.68, np.nan], from_mix=[0.051, np.nan]
    )
    said = journey_headline(incidents=found)
    assert told(said)[1] == (
        "Main made up 23 % of all touches from 13 Jan to 29 Mar 2020, 16 % in the other weeks, mostly through fewer touches of "
        "first visits (36 % in place of 68 %)."
    )
    assert "; +5.1 of it through the weight of customers' first visits in the log;" in said.evidence[1]
    steps = journey_steps(said, incidents=found)
    assert steps.action[0] == "Find out what happened at checkout about 15 Jun 2026"
    assert steps["size"][0] == (  # .19 of 500
        "at least 95 fewer steps from checkout (mobile) to order from 15 Jun to 5 Jul 2026 than at the share of the other weeks"
    )
    days = pd.to_datetime(["2026-06-08", "2026-06-15"])
    found.volume = pd.DataFrame(
        {"start": days, "customers": [165, 674], "before": [np.nan, 165], "since": [np.nan, 674]}
    )
    came = "about 165 in the three weeks before 15 Jun 2026, about 674 in the three from then on"
    why = journey_steps(said, incidents=found).why[0]
    assert why.endswith(f" Customers a week changed with it ({came}): look first at who came.")
    found.table.loc[found.table.incident == 1, "from_mix"] = 0.02
    assert told(journey_headline(incidents=found))[1].endswith("16 % in the other weeks.")


def test_evidence_says_where_a_span_reaches_beyond_the_period():
    third = "Looked for in the whole log, not only in Q3 2026."

    def evidence(**more):
        return journey_headline(incidents=incidents(**more), period=parse("2026-Q3")).evidence[0]

    assert evidence().endswith(third)  # since 15 June
    later = incidents(end=pd.Timestamp("2026-09-06"))
    later.table["start"] = pd.Timestamp("2026-08-03")
    assert third not in journey_headline(incidents=later, period=parse("2026-Q3")).evidence[0]
    assert third not in journey_headline(incidents=incidents()).evidence[0]
    lasting = incidents()
    lasting.table["start"], lasting.weekly = (
        pd.Timestamp("2026-08-03"),
        pd.DataFrame({"start": [pd.Timestamp("2026-10-05")]}),
    )
    assert journey_headline(incidents=lasting, period=parse("2026-Q3")).evidence[0].endswith(third)


def test_a_handover_is_for_the_owner_of_the_cases():
    row = dict(n=300, share=0.36, with_n=108, with_score=0.3, without_score=1.0, difference=-0.7, difference_low=-1.0,
               difference_high=-0.4, p=1e-5, p_adjusted=1e-5, method="by hand", confidence=0.95)  # fmt: skip
    found = journey_headline(handovers=pd.DataFrame([row | {"from": "chat", "to": "phone"}]))
    care = SimpleNamespace(name="help", touchpoints=("support", "return"), owner="Customer care")
    calls = SimpleNamespace(name="calls", touchpoints=("phone",), owner="Call centre")
    for stages, owner in (((care,), "Customer care"), ((care, calls), "Call centre"), ((), "")):
        plan = SimpleNamespace(stages=stages, opportunities=())
        assert journey_steps(found, stages=plan).owner[0] == owner
    assert journey_steps(found).owner[0] == ""


@pytest.mark.parametrize(
    "other",
    [
        ("2019-12-02", "2020-01-05", 0.196, 0.150),  # a week lies between
        ("2019-12-02", "2020-01-12", 0.110, 0.150),  # the other direction
    ],
)
def test_spans_apart_or_in_other_directions_stay_two(other):
    assert len(journey_headline(incidents=spans(LATER, other))) == 2


def test_a_muted_span_is_not_told_with_its_neighbour():
    found = journey_headline(incidents=spans(LATER, SOONER), mute="incident:(all events)→main:2019-12-02")
    assert found.muted.tolist() == [False, True]
    assert told(found)[0].endswith("16 % in the other weeks.")


def test_an_incident_is_not_told_again_as_a_changed_step():
    row = dict(what="transition", metric="share", unit="share", n=500, estimate=0.5, low=0.4, high=0.6, other="before",
               other_n=480, other_estimate=0.7, other_low=0.6, other_high=0.8, difference=-0.2, difference_low=-0.3,
               difference_high=-0.1, p=1e-5, p_adjusted=2e-5, looked=2, verdict="clear")  # fmt: skip
    changes = pd.DataFrame(
        [row | {"from": "checkout", "to": "order"}, row | {"from": "basket", "to": "(end)", "p": 1e-4}]
    ).assign(**SURE)
    found = journey_headline(incidents=incidents(), changes=changes)
    assert list(found.kind).count("path") == 1
    assert told(found[found.kind == "path"])[0] == "50 % of touches of basket are followed by nothing, 70 % before."


def test_mute_and_the_largest_loss():
    funnel = pd.DataFrame(
        dict(step=[1, 2, 3], touchpoint=["basket", "checkout", "order"], n=[100, 80, 30], of_all=[1, 0.8, 0.3],
             of_all_low=[1, 0.7, 0.2], of_all_high=[1, 0.9, 0.4], of_previous=[np.nan, 0.81, 0.375],
             of_previous_low=[np.nan, 0.7, 0.28], of_previous_high=[np.nan, 0.9, 0.49], left=[0, 18, 50], open=[0, 2, 0])
    ).assign(**SURE)  # fmt: skip
    found = journey_headline(incidents=incidents(), funnel=funnel, within="7D", mute="incident")
    assert found.muted.tolist() == [False, True]
    assert told(found)[0] == (
        "Of 100 customers who start at basket, 30 % go through all 3 steps, in order, up to order within 7 days of the start; "
        "most are lost between checkout and order, where 38 % go on."
    )
    assert found.evidence[0].endswith("Those whose time is not over count as long as they were followed.")
    pair = funnel[:2].assign(method="the steps basket and checkout in any order")
    assert told(journey_headline(funnel=pair))[0].startswith(
        "Of 100 customers who start at basket, 80 % go through both steps in any"
    )
    with pytest.raises(UsageError, match="'segment' is no finding"):
        journey_headline(mute="segment")


def test_steps_name_what_is_planned_and_who_owns_it():
    found = journey_headline(pains=pains(), incidents=incidents())
    stage = SimpleNamespace(name="receive", touchpoints=("delivery",), owner="Logistics")
    idea = SimpleNamespace(stage="", touchpoint="delivery", idea="Promise only dates the carrier confirms", owner="",
                           due="2026-12-31", target="")  # fmt: skip
    plan = SimpleNamespace(stages=(stage,), opportunities=(idea,))
    emotion = pd.DataFrame(dict(stage=["discover", "receive"], n=[0, 400]))
    steps = journey_steps(found, pains=pains(), stages=plan, emotion=emotion)
    assert steps.action.tolist() == [
        "Promise only dates the carrier confirms",
        "Find out what happened at checkout about 15 Jun 2026",
        "Ask how the stage discover felt",
    ]
    assert steps.owner.tolist() == ["Logistics", "", ""]
    assert steps.by[0] == "2026-12-31"
    assert steps["size"][0] == "1,858 customers × 0.70 points"


def test_one_difference_has_one_interval_on_a_page():
    moments = pd.DataFrame([
        dict(stage="receive", n=80, slope=1.4, low=0.2, high=2.6, p=0.02, p_adjusted=0.04, looked=1, verdict="clear",
             moment=True, outcome="loyalty", outcome_unit="rating")
    ]).assign(**SURE)  # fmt: skip
    broke = incidents(p=0.012).table
    broke = Incidents(
        table=broke,
        weekly=broke,
        members=broke,
        volume=broke.head(0),
        unit="week",
        looked=9,
        spans=99,
        method="by hand",
    )
    given = dict(pains=pains(), felt=felt(), incidents=broke, moments=moments)
    found = journey_headline(**given)
    shown = {name: agreed(table, found) for name, table in given.items()}
    by = found.set_index("kind")
    assert shown["felt"].loc[0, "difference_low"] == by.low["felt"] != felt().difference_low[0]
    assert shown["incidents"].table.loc[0, "low"] == by.low["incident"] < -0.35
    hurt = shown["pains"].iloc[0]
    assert (hurt.gap_low, hurt.gap_high) == (-by.high["worst"], -by.low["worst"])
    assert hurt.low == pytest.approx(hurt.gap_low * 1858)  # customers are counted, so the product follows
    assert shown["moments"].verdict[0] == "likely"  # four questions share the allowance: .02 x 4
    assert not shown["moments"].moment[0]
    pd.testing.assert_frame_equal(shown["pains"].iloc[2:], pains().iloc[2:])  # above the goal, not asked: not judged
    assert agreed(given["felt"].head(0), found).empty


def test_changes_and_moments_say_of_what():
    row = dict(n=500, estimate=0.451, low=0.4, high=0.5, other_n=480, other_estimate=0.378, difference=0.073,
               difference_low=0.03, difference_high=0.11, p=1e-5, p_adjusted=2e-5, looked=1, verdict="clear")  # fmt: skip

    def said(**more):
        table = pd.DataFrame([row | {"to": ""} | more]).assign(**SURE)
        return told(journey_headline(changes=table, before_name="Q2 2026"))[0]

    assert said(what="touchpoint", **{"from": "checkout"}) == "45 % of customers meet checkout, 38 % in Q2 2026."
    assert said(what="path", **{"from": "visit"}) == "45 % of visits are visit and nothing else, 38 % in Q2 2026."
    assert said(what="path", **{"from": "a → b"}) == "45 % of visits go a → b, 38 % in Q2 2026."
    assert said(what="touchpoint", p=0.1, **{"from": "a"}).endswith("in Q2 2026: probably more than chance.")
    moment = dict(
        stage="receive",
        n=80,
        slope=1.62,
        low=0.7,
        high=2.5,
        p=0.001,
        p_adjusted=0.001,
        looked=1,
        outcome="loyalty",
        outcome_unit="rating",
    )
    found = journey_headline(moments=pd.DataFrame([moment]).assign(**SURE))
    assert told(found) == [
        "Customers who score receive one step better (2.5 points of 0 to 10) later recommend 1.6 points more on 0 to 10."
    ]
    assert found.evidence[0].replace("\xa0", " ").startswith("Slope +1.6 (")
    assert "n 80 customers with both; a step is one of −2 to +2; no other stage could be allowed for" in (
        found.evidence[0].replace("\xa0", " ")
    )
    bought = moment | dict(outcome="returned", outcome_unit="share", slope=0.05, low=0.01, high=0.09)
    assert told(journey_headline(moments=pd.DataFrame([bought]).assign(**SURE)))[0] == (
        "One step better at receive (2.5 points of 0 to 10) goes with +5.0 percentage points of returned later."
    )
