"""Tables and cards of a journey page: plain words, one number a column, and no product where nothing hurts."""

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from cxkit.journey import Journey, Stage
from cxkit.page import change_table, deviation_table, pain_table, persona_table, removal_table, stage_cards


def lines(block):
    return str(block).replace("\xa0", " ").splitlines()


def pains():
    near = dict(stage="use", goal=1.0, rank_low=1.0, rank_high=4.0)
    known = [
        ("delivery", 503, 299, 0.8, 0.217, 0.08, 0.354, 109.0, 40.0, 178.0),
        ("renewal", 353, 69, 1.3, -0.3, -0.5, -0.1, -106.0, -164.0, -49.0),
    ]
    silent = [(name, n, 0, *[np.nan] * 7) for name, n in (("basket", 1029), ("visit", 1685))]
    names = ["touchpoint", "customers", "n", "score", "gap", "gap_low", "gap_high", "impact", "low", "high"]
    return pd.DataFrame(known + silent, columns=names).assign(**near)


def test_what_is_above_its_goal_is_no_pain_and_who_was_not_asked_stands_in_one_line():
    said = lines(pain_table(pains(), caption=""))
    assert len(said) == 4
    assert "0.22 below (0.08 to 0.35) 109 (40 to 178), 503 met it" in " ".join(said[1].split())
    assert "0.30 above (0.10 to 0.50) 353 met it" in " ".join(said[2].split())
    assert said[3] == "No answers about: visit (1,685 met it) and basket (1,029 met it)."


def change(what, start, to="", **more):
    row = {
        "what": what,
        "from": start,
        "to": to,
        "n": 1806,
        "estimate": 0.195,
        "other_n": 1868,
        "other_estimate": 0.131,
    }
    row |= {"difference": 0.064, "difference_low": 0.031, "difference_high": 0.097, "p": 0.001, "looked": 38}
    return row | {"verdict": "clear"} | more


def test_changes_stand_in_columns_of_the_periods_with_one_number_of_decimals():
    rows = pd.DataFrame([
        change("touchpoint", "renewal"),
        change("path", "visit", p=0.002),
        change("path", "visit → basket", p=0.003),
        change("transition", "checkout", "(end)", p=0.004),
        change("transition", "checkout", "order", p=0.005, difference=0.004, difference_low=0.0004),
    ])  # fmt: skip
    block = change_table(rows, before_name="Q2 2026", now_name="Q3 2026")
    heads = re.findall(r'<th[^>]*scope="(col|row)"[^>]*>([^<]*)', block.html)
    assert [text for scope, text in heads if scope == "col"] == [
        "What", "Q2 2026, % (n)", "Q3 2026, % (n)", "Change, points", "Verdict",
    ]  # fmt: skip
    assert [text for scope, text in heads if scope == "row"] == [
        "customers who meet renewal", "visits that are only: visit", "visits that go visit → basket",
        "stop after checkout", "go from checkout to order",
    ]  # fmt: skip
    said = lines(block)[1:]
    assert "13.1 (1,868) 19.5 (1,806) +6.4 (+3.1 to +9.7)" in " ".join(said[0].split())
    assert "+0.4 (+0.04 to +9.70)" in said[4]  # a limit that would look like zero


@pytest.mark.parametrize(
    ("kind", "start", "to", "said"),
    [
        ("on path", "", "", "as intended, as far as they went"),
        ("unexpected", "(start)", "renew", "begin at renew, not expected"),
        ("skipped", "(start)", "order", "begin at order, skipping the stages before"),
        ("skipped", "discover", "order", "go from discover to order, skipping the stages between"),
        ("back", "use", "order", "go back from use to order"),
        ("not in the journey", "", "forum", "leave the journey for forum"),
    ],
)
def test_deviations_are_told_in_plain_words(kind, start, to, said):
    row = {"kind": kind, "from": start, "to": to, "n": 50, "share": 0.33, "low": 0.26, "high": 0.41, "with_score": 0.2}
    row |= {"without_score": 0.8, "with_n": 40, "without_n": 1200, "verdict": ""}
    heads, told = lines(deviation_table(pd.DataFrame([row]), of="customer", caption=""))
    assert told.startswith(f"{said} ")
    assert "do Customers Score" in " ".join(heads.split())
    assert "+0.2 (40) +0.8 (1,200)" in " ".join(told.split())


def test_cards_begin_with_a_capital_and_give_places_as_whole_numbers():
    none = pd.DataFrame({"stage": pd.Series(dtype=str)})
    hurts = dict(stage="product page", pain="Photos", customers=353, gap=0.4, low=90.0, rank_low=1.0, rank_high=4.0)
    picture = SimpleNamespace(
        stages=pd.DataFrame({"stage": ["product page"]}), pains=pd.DataFrame([hurts]), flow=none, emotion=none,
        touchpoints=none, quotes=none, ideas=none,
    )  # fmt: skip
    block = stage_cards(picture)
    assert "<h3>Product page</h3>" in block.html
    assert lines(block)[0].endswith("It hurts: Photos, 353 customers × 0.40 points below the goal, place 1 to 4")


def test_cards_say_may_where_it_is_not_sure_and_how_many_scores_a_comment_stands_for():
    none = pd.DataFrame({"stage": pd.Series(dtype=str)})
    hurts = dict(stage="help", pain="Support", customers=199, gap=0.1, low=-41.0, rank_low=1.0, rank_high=5.0)
    said = dict(
        stage="help", score=0.0, best=10.0, alike=15, n=299, least=0.0, most=2.0, text="Wet.", said="3 Jul", mood=-1
    )
    came = dict(
        stage="help", of="use", reached=238, n=236, share=0.33, low=0.27, high=0.39, median_seconds=60.0, side=True
    )
    picture = SimpleNamespace(
        stages=none.reindex([0]).assign(stage="help"), pains=pd.DataFrame([hurts]), flow=pd.DataFrame([came]),
        emotion=none, touchpoints=none, quotes=pd.DataFrame([said]), ideas=none, window_seconds=30 * 86400.0,
    )  # fmt: skip
    told = " ".join(lines(stage_cards(picture))[0].split())
    assert "From use within 30 d 33 % (27 to 39 %) of 236, half within 1 min" in told
    assert "15 of 299 scores are low (0 to 2 of 10); a typical one of them: “Wet.” (0 of 10, 3 Jul)" in told
    assert "It may hurt: Support, 199 customers" in told


def effects(**more):
    row = dict(touchpoint="cart", effect=1.0, low=np.nan, high=np.nan, rate_with=0.46, rate_without=0.0)
    return pd.DataFrame([row | {"customers_with": 259} | more])


def test_a_share_of_everything_has_no_decimals_from_the_last_bit():
    assert "100 % (100 to 100 %)" in lines(removal_table(effects(effect=1 - 2e-16, low=1 - 4e-16, high=1.0)))[2]


def test_a_share_without_limits_has_no_brackets_and_a_small_one_is_not_nothing():
    said = lines(removal_table(effects(rate_without=0.0046)))
    assert " ".join(said[2].split()) == "cart 259 100 % 46 % 0.5 %"
    assert "No interval: no sample of the customers has another share." in said[3]
    assert "No interval" not in lines(removal_table(effects(low=0.9, high=1.0)))[3]


def test_ways_are_named_by_all_that_counts_as_the_goal():
    pay = ["payment_choice", "payment_card", "payment_cash"]
    plan = Journey(stages=(Stage("cart", ("cart",)), Stage("payment", (*pay, "payment_done"))))
    for goal, said in (
        (pay, "payment (any of payment_choice, payment_card or payment_cash)"),
        (["payment_cash"], "payment_cash"),
        (["cart", "payment_cash"], "cart or payment_cash"),
        (list("abcdefgh"), "a, b, c, d, e, f or 2 more"),
    ):
        assert (
            lines(removal_table(effects(), goal=goal, stages=plan))[0] == f"Ways to {said}, by the touchpoints on them"
        )


def test_groups_show_what_they_spent_only_where_it_is_known():
    row = dict(persona=1, name="Often via app", n=120, share=0.1, low=0.08, high=0.12, touches=3.4, sessions=1.2)
    for value, heads, strength, kept in (
        (np.nan, "Touches each", 0.93, "at least 93 % of the"),
        (1234.5, "Touches each Spent each", 1.0, "all"),
    ):
        tried = pd.DataFrame({"k": [2], "strength": [strength], "chosen": [True]})
        found = SimpleNamespace(table=pd.DataFrame([row | {"value": value}]), stability=tried)
        said = lines(persona_table(found, caption=""))
        assert " ".join(said[0].split()) == f"Group Customers {heads}"
        assert "3.4 in 1.2 visits" in said[1]
        assert ("1,234" in said[1]) == (value > 0)
        assert said[2].endswith(f"keep together {kept} pairs of customers in each group of the other half.")
