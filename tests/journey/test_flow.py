"""The flow through stages: who comes on, who left, who is still open; by hand, by brute force, from every engine."""

import numpy as np
import pandas as pd
import pytest

from cxkit.errors import DataError, UsageError
from cxkit.journey.flow import stage_channels, stage_flow, stage_steps
from cxkit.journey.preparing import prepare
from cxkit.journey.stages import Journey, Stage

PLAN = Journey(
    stages=(
        Stage("find", ("visit", "search")),
        Stage("buy", ("basket", "order")),
        Stage("help", ("support",), side=True),
        Stage("get", ("delivery",)),
    )
)
COLUMNS = [
    *("stage", "of", "reached", "n", "left", "open", "share", "low", "high", "median_seconds", "side"),
    *("confidence", "method"),
]

#: Days of January 2026 on which each customer touched what.
TOUCHES = {
    "a": [("visit", 1), ("order", 3), ("delivery", 6)],
    "b": [("visit", 1), ("search", 2), ("basket", 9)],  # 8 days after the first touch: too late within 7 days
    "c": [("order", 1), ("visit", 2), ("support", 3)],  # the order came before
    "d": [("visit", 20), ("order", 21)],  # window not over on the 25th
    "e": [("visit", 2), ("order", 2), ("support", 4), ("delivery", 20)],  # same moment, in order
    "f": [("support", 5)],
}


@pytest.fixture
def events():
    rows = [(who, touch, pd.Timestamp(2026, 1, day)) for who, touches in TOUCHES.items() for touch, day in touches]
    frame = pd.DataFrame(rows, columns=["customer_id", "touchpoint", "occurred_at"])
    frame["channel"] = np.where(frame["touchpoint"] == "support", "phone", "web")
    frame.loc[frame["touchpoint"] == "delivery", "channel"] = None
    return frame.astype({"occurred_at": "datetime64[us]"})


def test_by_hand(events):
    flow = stage_flow(events, PLAN, within="7D", as_of="2026-01-25")
    assert list(flow.columns) == COLUMNS
    assert flow["stage"].tolist() == ["find", "buy", "help", "get"]
    assert flow["of"].tolist() == ["", "find", "buy", "buy"]
    assert flow["reached"].tolist() == [5, 5, 3, 2]
    # find -> buy: a and e come on (2 days, 0 days), b is late, c went before, d came on before its window is over
    # buy -> help: of a, b, c, e: c (2 days) and e (2 days); d is open
    # buy -> get: a after 3 days; e after 18 days, c and b never; d is open
    assert flow["n"].tolist() == [0, 4, 4, 4]
    assert flow["left"].tolist() == [0, 2, 0, 3]
    assert flow["open"].tolist() == [0, 0, 1, 1]
    assert flow["share"].tolist()[1:] == [0.5, 0.5, 0.25]
    assert np.isnan(flow["share"][0])
    day = 86_400
    assert flow["median_seconds"].tolist()[1:] == [1.0 * day, 2.0 * day, 3.0 * day]
    # Wilson for 2 of 4: (2 + 1.9207 +- 1.96 sqrt(2 * 2 / 4 + .9604)) / (4 + 3.8415) = .1500 and .8500
    assert flow["low"][1] == pytest.approx(0.1500, abs=5e-5)
    assert flow["high"][1] == pytest.approx(0.8500, abs=5e-5)
    assert flow["side"].tolist() == [False, False, True, False]
    assert flow["method"].str.contains("within 7 d after their first touch in the stage before").all()


def test_dtypes(events):
    flow = stage_flow(events, PLAN)
    assert flow.dtypes[["reached", "n", "left", "open"]].eq("int64").all()
    assert flow.dtypes[["share", "low", "high", "median_seconds", "confidence"]].eq("float64").all()
    assert flow["side"].dtype == bool


def test_the_day_it_is_seen_from(events):
    """A day of as_of counts as a whole, what comes later does not count, and a window that ends then is over."""
    early = stage_flow(events, PLAN, within="7D", as_of="2026-01-08")
    assert early["reached"].tolist() == [4, 3, 3, 1]
    # first finds on the 1st (a, b) and 2nd (c, e): 7 days later is the 8th and the 9th; e has come on already
    assert early[["n", "open"]].values.tolist()[1] == [2, 1]
    late = stage_flow(events, PLAN, within="7D", as_of="2026-02-28")
    assert late["open"].sum() == 0
    assert late["left"].tolist() == [0, 2, 0, 4]
    log = prepare(events)
    assert stage_flow(log, PLAN, within="7D")["open"].tolist() == stage_flow(events, PLAN, within="7D")["open"].tolist()


def naive(events, plan, within, end):
    rows = []
    for at, stage in enumerate(plan.stages):
        base = plan.stages[plan.base(at)] if plan.base(at) >= 0 else None
        reached = n = on = still = 0
        for _, own in events.groupby("customer_id"):
            touches = list(zip(own["touchpoint"], own["occurred_at"], strict=True))
            reached += any(touch in stage.touchpoints for touch, _ in touches)
            if base is None:
                continue
            first = next((k for k, (touch, _) in enumerate(touches) if touch in base.touchpoints), None)
            if first is None:
                continue
            begin = touches[first][1]
            came = any(touch in stage.touchpoints and when <= begin + within for touch, when in touches[first + 1 :])
            if begin + within >= end:
                still += not came
                continue
            n += 1
            on += any(touch in stage.touchpoints and when <= begin + within for touch, when in touches[first + 1 :])
        rows.append([reached, n, 0 if stage.side else n - on, still])
    return rows


@pytest.mark.parametrize("seed", range(12))
def test_by_brute_force(seed):
    rng = np.random.default_rng(seed)
    n = 300
    events = pd.DataFrame(
        {
            "customer_id": np.sort(rng.integers(0, 40, n)),
            "touchpoint": rng.choice(["visit", "search", "basket", "order", "support", "delivery", "fair"], n),
            "occurred_at": pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 30, n), unit="D"),
        }
    ).sort_values(["customer_id", "occurred_at"], kind="stable")
    end = pd.Timestamp("2026-01-26")
    flow = stage_flow(events, PLAN, within="5D", as_of="2026-01-25")
    seen = events[events["occurred_at"] < end]
    expected = naive(seen, PLAN, pd.Timedelta("5D"), end)
    assert flow[["reached", "n", "left", "open"]].values.tolist() == expected


def test_the_same_from_every_engine(events, engine):
    pd.testing.assert_frame_equal(
        stage_flow(engine(events), PLAN, within="7D", tiebreak="touchpoint").drop(columns="method"),
        stage_flow(events, PLAN, within="7D", tiebreak="touchpoint").drop(columns="method"),
    )
    for function in (stage_steps, stage_channels):
        pd.testing.assert_frame_equal(
            function(engine(events), PLAN, tiebreak="touchpoint"), function(events, PLAN, tiebreak="touchpoint")
        )


def test_steps_of_a_stage(events):
    steps = stage_steps(events, PLAN, most=1)
    assert list(steps.columns) == ["stage", "touchpoint", "customers", "share", "method"]
    assert steps[["stage", "touchpoint", "customers"]].values.tolist() == [
        ["find", "visit", 5],
        ["buy", "order", 4],
        ["help", "support", 3],
        ["get", "delivery", 2],
    ]
    assert steps["share"].tolist() == [1.0, 0.8, 1.0, 1.0]
    assert stage_steps(events, PLAN)["touchpoint"].tolist() == [
        "visit",
        "search",
        "order",
        "basket",
        "support",
        "delivery",
    ]
    with pytest.raises(UsageError, match="most: 0 is not a number of touchpoints"):
        stage_steps(events, PLAN, most=0)


def test_channels_of_a_stage(events):
    channels = stage_channels(events, PLAN)
    assert list(channels.columns) == ["stage", "channel", "n", "share", "method"]
    assert channels[["stage", "channel", "n", "share"]].values.tolist() == [
        ["find", "web", 6, 1.0],
        ["buy", "web", 5, 1.0],
        ["help", "phone", 3, 1.0],
        ["get", "(unknown)", 2, 1.0],
    ]
    with pytest.raises(UsageError, match="prepared without the column 'channel'"):
        stage_channels(prepare(events), PLAN)


def test_a_stage_nobody_reaches_and_a_journey_of_one_stage(events):
    plan = Journey(stages=(Stage("find", ("visit",)), Stage("renew", ("renewal",))))
    flow = stage_flow(events, plan, within="7D", as_of="2026-01-25")
    assert flow[["reached", "n", "left", "open", "share"]].values.tolist()[1] == [0, 4, 4, 1, 0.0]
    assert np.isnan(flow["median_seconds"][1])
    one = stage_flow(events, Journey(stages=(Stage("find", ("visit",)),)))
    assert one[["of", "reached", "n"]].values.tolist() == [["", 5, 0]]
    # a side stage with no main stage before it has nobody it could be a share of
    first = stage_flow(events, Journey(stages=(Stage("help", ("support",), side=True), Stage("buy", ("order",)))))
    assert first["of"].tolist() == ["", ""]
    assert first["share"].isna().all()


def test_bad_input(events):
    with pytest.raises(DataError, match="none of the 1 touchpoint"):
        stage_flow(events, Journey(stages=(Stage("a", ("nowhere",)),)))
    with pytest.raises(DataError, match="there are no events"):
        stage_flow(events.iloc[:0], PLAN)
    with pytest.raises(UsageError, match="within: 30 has no unit"):
        stage_flow(events, PLAN, within=30)
    with pytest.raises(UsageError, match="as_of: 'soon' is not a date"):
        stage_flow(events, PLAN, as_of="soon")
    with pytest.raises(UsageError, match="did you mean|Did you mean"):
        stage_flow(events, PLAN, confidence=95)


def test_sessions_count_by_customer(events):
    log = prepare(events)
    assert stage_flow(log.split("1D"), PLAN)["n"].tolist() == stage_flow(log, PLAN)["n"].tolist()


def test_fifty_thousand_touchpoints():
    rng = np.random.default_rng(1)
    n = 120_000
    events = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 40_000, n),
            "touchpoint": np.arange(n) % 50_000,
            "occurred_at": pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 10**6, n), unit="s"),
        }
    )
    names = [str(k) for k in range(50_000)]
    plan = Journey(stages=(Stage("one", tuple(names[:20_000])), Stage("two", tuple(names[20_000:]))))
    flow = stage_flow(events, plan, within="2D")
    first = events["touchpoint"] < 20_000
    assert flow["reached"].tolist() == [
        events.loc[first, "customer_id"].nunique(),
        events.loc[~first, "customer_id"].nunique(),
    ]
    assert len(stage_steps(events, plan)) == 6


def test_a_period_that_is_over_is_followed_up_in_what_comes_after():
    days = ["2026-01-30", "2026-02-03", "2026-01-10", "2026-02-05", "2026-02-06"]
    rows = pd.DataFrame({
        "customer_id": [1, 1, 2, 3, 3], "touchpoint": ["visit", "order", "visit", "visit", "order"],
        "occurred_at": pd.to_datetime(days),
    })  # fmt: skip
    plan = Journey(stages=(Stage("find", ("visit",)), Stage("buy", ("order",))))
    flow = stage_flow(rows, plan, within="7D", until="2026-01-31", as_of="2026-02-28")
    # customers 1 and 2 found us in January; 1 ordered four days later, in February; 3 came in February
    assert flow[["reached", "n", "left", "open"]].values.tolist() == [[2, 0, 0, 0], [0, 2, 1, 0]]
    assert flow.share.iloc[1] == 0.5
