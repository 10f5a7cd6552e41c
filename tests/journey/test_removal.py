"""Removal effects: published and hand-solved chains, brute force, order, limits, and chains that are hard to solve."""

import numpy as np
import pandas as pd
import pytest

import cxkit
from cxkit.errors import DataError, UsageError
from cxkit.journey import chain
from cxkit.journey.preparing import prepare
from cxkit.journey.removal import removal_effects


def walks(*journeys):
    """Events of customers 0, 1 ..., each journey a text of touchpoints with a space between."""
    rows = [(who, touch) for who, journey in enumerate(journeys) for touch in journey.split()]
    frame = pd.DataFrame(rows, columns=["customer_id", "touchpoint"])
    frame["occurred_at"] = pd.date_range("2026-01-01", periods=len(frame), freq="1min").astype("datetime64[us]")
    return frame


def effects(table, column="effect"):
    return dict(zip(table["touchpoint"], table[column].round(12), strict=True))


def test_three_channels_by_hand():
    """Three journeys: C1 C2 C3 goal; C1; C2 C3, the usual small example of the attribution literature.

    start -> C1 2/3, C2 1/3; C1 -> C2 1/2, nothing 1/2; C2 -> C3 1; C3 -> goal 1/2, nothing 1/2.
    The goal is reached with (2/3 * 1/2 + 1/3) * 1 * 1/2 = 1/3. Without C1: 1/3 * 1/2 = 1/6, half of it is lost.
    Without C2 or C3 nothing reaches the goal.
    """
    table = removal_effects(walks("C1 C2 C3 goal", "C1", "C2 C3"), goal="goal", order=1, draws=0)
    assert effects(table) == {"C2": 1.0, "C3": 1.0, "C1": 0.5}
    assert effects(table, "rate_with") == {"C1": 0.5, "C2": 0.5, "C3": 0.5}
    assert effects(table, "rate_without") == {"C1": 0.0, "C2": 0.0, "C3": 0.0}
    assert table["customers_with"].tolist() == [2, 2, 2]
    assert table["touchpoint"].tolist() == ["C2", "C3", "C1"]


def test_a_published_example():
    """serhiipuzyrov.com, "Markov chain attribution: simple explanation of removal effect" (2019): five journeys.

    start -> ads 4/5, mail 1/5; ads -> goal 2/4, mail 1/4, nothing 1/4; mail -> goal 1. The goal: .8 (.5 + .25) + .2 = .8.
    Without mail .8 * .5 = .4: half is lost. Without ads .2: three quarters are lost.
    """
    table = removal_effects(
        walks("ads goal", "ads goal", "mail goal", "ads mail goal", "ads"), goal="goal", order=1, draws=0
    )
    assert effects(table) == {"ads": 0.75, "mail": 0.5}
    assert list(table.columns) == [
        *("touchpoint", "effect", "low", "high", "rate_with", "rate_without", "customers_with", "order"),
        *("confidence", "method"),
    ]
    assert table.dtypes[["customers_with", "order"]].eq("int64").all()
    assert "neither the effect nor the rates with and without are causal" in table["method"][0]


def test_a_loop_by_hand():
    """a b a goal; a b: start -> a 1; a -> b 2/3, goal 1/3; b -> a 1/2, nothing 1/2.

    h_a = 1/3 + 2/3 h_b, h_b = 1/2 h_a, so h_a = 1/2. Without b: 1/3, so a third is lost; without a all is.
    """
    table = removal_effects(walks("a b a goal", "a b"), goal="goal", order=1, draws=0)
    assert effects(table) == {"a": 1.0, "b": round(1 / 3, 12)}


def naive(journeys, order):
    """The chain as a dictionary; each touchpoint is removed by sending all moves to it to nothing."""
    moves, names = {}, sorted({t for j in journeys for t in j.split() if t != "goal"})
    for journey in journeys:
        state, touches = ("start",), []
        for touch in journey.split():
            if touch == "goal":
                break
            if touches and touches[-1] == touch:
                continue
            touches.append(touch)
            after = tuple((["start"] * order + touches)[-order:])
            moves.setdefault(state, {}).setdefault(after, 0)
            moves[state][after] += 1
            state = after
        end = "goal" if "goal" in journey.split() else "null"
        moves.setdefault(state, {}).setdefault(end, 0)
        moves[state][end] += 1
    states = list(moves)
    place = {state: at for at, state in enumerate(states)}

    def chance(removed=None):
        a, b = np.eye(len(states)), np.zeros(len(states))
        for state, ends in moves.items():
            total = sum(ends.values())
            for end, n in ends.items():
                if end == "goal":
                    b[place[state]] += n / total
                elif end != "null" and end[-1] != removed:
                    a[place[state], place[end]] -= n / total
        return np.linalg.solve(a, b)[place[("start",)]]

    return {name: 1 - chance(name) / chance() for name in names}


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_by_brute_force(seed, order, monkeypatch):
    monkeypatch.setattr(chain, "OFTEN", 1)
    monkeypatch.setattr(chain, "MOST_STATES", 10_000)
    rng = np.random.default_rng(seed)
    ends = ["", " goal", " goal c"]
    journeys = [" ".join(rng.choice(list("abcde"), rng.integers(1, 7))) + str(rng.choice(ends)) for _ in range(80)]
    table = removal_effects(walks(*journeys), goal="goal", order=order, draws=0)
    expected = naive(journeys, order)
    assert effects(table) == pytest.approx(expected, abs=1e-9)
    assert table["effect"].between(0, 1).all()


def test_rates_are_plain_shares():
    journeys = ["a goal", "a b", "b goal a", "c", "a c goal", "goal"]
    table = removal_effects(walks(*journeys), goal="goal", order=1, draws=0).set_index("touchpoint")
    # a before the goal: journeys 0, 1, 4 (not 2, where it comes after): 2 of 3; others: 2 of 3
    assert table.loc["a", ["rate_with", "rate_without"]].tolist() == pytest.approx([2 / 3, 2 / 3])
    assert table.loc["b", ["rate_with", "rate_without"]].tolist() == pytest.approx([1 / 2, 3 / 4])
    assert table["customers_with"].to_dict() == {"a": 3, "b": 2, "c": 2}


def second_order(n, seed):
    """After b the goal comes where a was before, and never where c was: one step back says nothing about it."""
    rng = np.random.default_rng(seed)
    return [("a b goal" if rng.random() < 0.9 else "a b") if rng.random() < 0.5 else "c b" for _ in range(n)]


def test_the_order_is_chosen_on_customers_held_out():
    longer = removal_effects(walks(*second_order(600, 1)), goal="goal", draws=0)
    assert longer["order"].tolist() == [2, 2, 2]
    # order 2 sees that c leads nowhere; order 1 gives it half of the chance of b
    assert effects(longer) == {"a": 1.0, "b": 1.0, "c": 0.0}
    one = removal_effects(walks(*second_order(600, 1)), goal="goal", order=1, draws=0)
    assert 0.4 < effects(one)["c"] < 0.6
    rng = np.random.default_rng(2)
    plain = [
        "".join(rng.choice(["a ", "b ", "c "], rng.geometric(0.3))) + ("goal" if rng.random() < 0.3 else "")
        for _ in range(400)
    ]
    assert removal_effects(walks(*plain), goal="goal", draws=0)["order"][0] in (1, 2)
    assert "chosen on customers held out" in longer["method"][0]
    assert "order 1 (as asked)" in one["method"][0]


def test_the_same_twice_and_from_every_engine(engine):
    events = walks(*second_order(80, 3))
    table = removal_effects(engine(events), goal="goal", tiebreak="touchpoint", draws=40)
    pd.testing.assert_frame_equal(table, removal_effects(events, goal="goal", tiebreak="touchpoint", draws=40))


def test_limits_hold_the_effect_and_narrow_with_customers():
    few, many = (removal_effects(walks(*second_order(n, 5) + ["d goal"] * (n // 4)), goal="goal") for n in (120, 2_000))
    for table in (few, many):
        never = table["touchpoint"] == "c"  # nobody with it gets there, in no sample either: no limits from them
        assert table.loc[never, ["effect", "low", "high"]].isna().values.tolist() == [[False, True, True]]
        sampled = table[~never]
        assert (sampled["low"] <= sampled["effect"] + 1e-12).all()
        assert (sampled["effect"] <= sampled["high"] + 1e-12).all()
        assert sampled[["low", "high"]].stack().between(0, 1).all()
    width = {n: (t["high"] - t["low"]).max() for n, t in (("few", few), ("many", many))}
    assert width["many"] < 0.5 * width["few"]


@pytest.mark.slow
def test_limits_cover_the_truth():
    """start -> a or b (1/2 each); a -> b 1/2, goal 1/4, nothing 1/4; b -> goal 1/2, nothing 1/2.

    P = 1/2 (1/4 + 1/2 * 1/2) + 1/2 * 1/2 = 1/2; without b 1/8, so b has 3/4; without a 1/4, so a has 1/2. Of 100
    samples of 150 customers the 95 % limits shall hold the truth in at least 87 (99.9 % binomial bound).
    """
    rng = np.random.default_rng(8)
    held = {"a": 0, "b": 0}
    for _ in range(100):
        journeys = []
        for _ in range(150):
            path, at = [], "a" if rng.random() < 0.5 else "b"
            while at in "ab":
                path.append(at)
                u = rng.random()
                if at == "a":
                    at = "b" if u < 0.5 else "goal" if u < 0.75 else "null"
                else:
                    at = "goal" if u < 0.5 else "null"
            journeys.append(" ".join(path + (["goal"] if at == "goal" else [])))
        table = removal_effects(walks(*journeys), goal="goal", order=1).set_index("touchpoint")
        for name, truth in (("a", 0.5), ("b", 0.75)):
            held[name] += table.loc[name, "low"] <= truth <= table.loc[name, "high"]
    assert min(held.values()) >= 87


def test_hard_chains():
    # a loop that nobody leaves but by the end of the log, and a goal everybody reaches at once
    loop = removal_effects(walks("a b a b a b", "c goal"), goal="goal", order=1, draws=0)
    assert effects(loop) == {"c": 1.0, "a": 0.0, "b": 0.0}
    sure = removal_effects(walks("a goal", "a goal", "goal"), goal="goal", order=1, draws=0)
    assert effects(sure) == {"a": round(2 / 3, 12)}
    assert sure["rate_without"][0] == 1.0
    all_have = removal_effects(walks("a goal", "a"), goal="goal", draws=0)
    assert np.isnan(all_have["rate_without"][0])  # nobody is without: missing, not 0
    # one customer of 40 reaches the goal: many samples have none, so there are no limits
    rare = removal_effects(walks("a goal", *["a"] * 3), goal="goal", draws=100)
    assert rare["effect"].tolist() == [1.0]
    assert rare[["low", "high"]].isna().all().all()


def test_samples_that_all_agree_give_no_limits():
    table = removal_effects(walks(*["a goal"] * 60, *["a b goal"] * 60, *["a"] * 30), goal="goal", order=1, draws=40)
    assert effects(table) == {"a": 1.0, "b": 0.5}  # all 120 who get there come by a, 60 of them by b
    assert table[["low", "high"]].notna().all(axis=1).tolist() == [False, True]
    assert "none where all of these agree" in table["method"][0]


def test_several_goals():
    table = removal_effects(walks("a order", "b renew", "a", "b"), goal=["order", "renew"], order=1, draws=0)
    assert effects(table) == {"a": 0.5, "b": 0.5}


def test_bad_input():
    events = walks("a goal", "a")
    with pytest.raises(UsageError, match="'gaol' never occurs. Did you mean 'goal'"):
        removal_effects(events, goal="gaol")
    with pytest.raises(UsageError, match="no touchpoint is named"):
        removal_effects(events, goal=[])
    with pytest.raises(UsageError, match="order: 4 does not fit. Choose a whole number from 1 to 3"):
        removal_effects(events, goal="goal", order=4)
    with pytest.raises(UsageError, match="draws: -1 does not fit"):
        removal_effects(events, goal="goal", draws=-1)
    with pytest.raises(UsageError, match="confidence: 95 does not lie between 0 and 1"):
        removal_effects(events, goal="goal", confidence=95)
    with pytest.raises(DataError, match="there are no events"):
        removal_effects(walks(), goal="goal")
    with pytest.raises(DataError, match="nothing ever comes before goal"):
        removal_effects(walks("goal", "goal a"), goal="goal")


def test_fifty_thousand_touchpoints():
    rng = np.random.default_rng(6)
    n = 150_000
    events = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 15_000, n),
            "touchpoint": np.char.add("t", rng.integers(0, 50_000, n).astype(str)),
            "occurred_at": pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 10**6, n), unit="s"),
        }
    )
    events.loc[::3, "touchpoint"] = "visit"
    events.loc[::50, "touchpoint"] = "goal"
    table = removal_effects(events, goal="goal", most=20, draws=20)
    assert len(table) == 20
    assert table["touchpoint"][0] == "visit"
    assert "rarer touchpoints beyond the 20 commonest as one state" in table["method"][0]


def test_sessions_and_the_real_shop(real_data):
    events = cxkit.read(
        "events", real_data("shop_events.csv.gz"), columns="user_id:customer_id;event:touchpoint;timestamp:occurred_at"
    )
    log = prepare(events)
    table = removal_effects(log, goal="payment_done").set_index("touchpoint")
    # nobody pays without these four: 653 customers paid, all of them by way of cart, delivery and payment
    sure = ["cart", "catalog", "delivery_choice", "payment_choice"]
    assert table.loc[sure, "effect"].tolist() == pytest.approx([1.0] * 4)
    assert table.loc[sure, "rate_without"].eq(0).all()
    assert (table["rate_with"] * table["customers_with"]).loc["cart"] == pytest.approx(653)
    assert len(removal_effects(log.split("30min"), goal="payment_done", draws=20)) == 11
