"""Pain points: customers times gap, and who leaves."""

import numpy as np
import pandas as pd
import pytest

import cxkit
from cxkit.errors import DataError, UsageError
from cxkit.journey.log import log_of
from cxkit.journey.pains import PAINS, pain_points
from cxkit.journey.scores import touchpoint_scores
from cxkit.link import link

DAY = pd.Timestamp("2026-07-01")


def events(*rows):
    """(customer, touchpoint, day)"""
    table = pd.DataFrame(rows, columns=["customer_id", "touchpoint", "day"])
    return table.assign(occurred_at=DAY + pd.to_timedelta(table.pop("day"), unit="D"))


def scores(**values):
    """touchpoint=(n, estimate, low, high)"""
    columns = ["n", "estimate", "low", "high"]
    table = pd.DataFrame.from_dict(values, orient="index", columns=columns).rename_axis("touchpoint").reset_index()
    return table.assign(confidence=0.95)


SEEN = events(
    ("a", "order", 0), ("a", "delivery", 2), ("a", "delivery", 6),
    ("b", "order", 0), ("b", "delivery", 10),
    ("c", "order", 20), ("c", "delivery", 29),
    ("d", "order", 1), ("d", "support", 4), ("d", "visit", 30),
)  # fmt: skip


def test_impact_ranks_and_limits_by_hand():
    told = scores(order=(50, 1.0, 0.8, 1.2), delivery=(40, -0.5, -0.9, -0.1), support=(9, -1.0, -1.8, -0.2))
    table = pain_points(told, SEEN, goals=1.2)
    assert list(table.columns) == list(PAINS)
    assert table["touchpoint"].tolist() == ["delivery", "support", "order", "visit"]
    assert table["customers"].tolist() == [3, 1, 4, 1]
    assert np.allclose(table["gap"][:3], [1.7, 2.2, 0.2])
    assert np.allclose(table["impact"][:3], [5.1, 2.2, 0.8])  # 3 x 1.7, 1 x 2.2, 4 x 0.2
    assert np.allclose(table["low"][:3], [3 * 1.3, 1.4, 0.0])
    assert np.allclose(table["high"][:3], [3 * 2.1, 3.0, 1.6])
    # at 1 - .05 / 3 limits reach 1.22 times as far: delivery from 3.6, support from 1.2 to 3.2, order up to 1.8
    assert table["rank"][:3].tolist() == [1, 2, 3]
    assert table["rank_low"][:3].tolist() == [1, 2, 2]
    assert table["rank_high"][:3].tolist() == [1, 3, 3]
    last = table.iloc[3]
    assert last[["rank", "score", "impact", "low"]].isna().all()
    assert last["n"] == 0
    assert last["method"].startswith("not measured; ")


def test_goals_of_touchpoints_and_stages():
    told = scores(order=(50, 1.0, 0.8, 1.2), delivery=(40, -0.5, -0.9, -0.1))
    stages = {"order": "buy", "delivery": "get", "support": "help", "visit": "buy"}
    table = pain_points(told, SEEN, goals={"buy": 1.5, "visit": 0.5, "get": 1.0}, stages=stages).set_index("touchpoint")
    assert table.loc[["order", "visit", "delivery"], "goal"].tolist() == [1.5, 0.5, 1.0]
    assert table["stage"].to_dict() == stages
    only = pain_points(told, SEEN, goals={"delivery": 1.0}).set_index("touchpoint")
    assert only.loc["order", "method"].startswith("no goal")
    assert np.isnan(only.loc["order", "impact"])


def test_a_touchpoint_above_its_goal_is_no_pain_but_stays_in_the_list():
    told = scores(order=(50, 1.0, 0.8, 1.2), delivery=(40, 1.8, 1.7, 1.9), support=(30, 0.4, np.nan, np.nan))
    table = pain_points(told, SEEN, goals=0.5).set_index("touchpoint")
    assert (table.loc[["order", "delivery"], "impact"] < 0).all()
    assert table["rank"].dropna().to_dict() == {"support": 1, "order": 2, "delivery": 3}
    assert table.loc["support", ["rank_low", "rank_high"]].tolist() == [1, 3]  # no limits: could be anywhere


def test_who_leaves_and_how_long_they_wait_by_hand():
    """The data end after day 30, so a window of 7 days is over for touches up to day 23.

    order: a, b, d went on within 7 days? a after 2 days, b after 10, d after 3, c after 9: 2 of 4 left.
    delivery: a (day 6) and b (day 10) did nothing more, c's (day 29) is open: 2 of 2, 1 open.
    """
    table = pain_points(scores(), SEEN, goals=1.0, within="7D").set_index("touchpoint")
    assert table.loc["order", ["leaving", "leaving_n", "leaving_open"]].tolist() == [0.5, 4, 0]
    assert table.loc["delivery", ["leaving", "leaving_n", "leaving_open"]].tolist() == [1.0, 2, 1]
    assert table.loc["support", "leaving"] == 1.0  # the visit came 26 days later
    assert np.isnan(table.loc["visit", "leaving"])
    day = 86400
    assert table.loc["order", "wait_seconds"] == np.median([2, 10, 9, 3]) * day
    assert table.loc["delivery", "wait_seconds"] == 4 * day
    assert table.loc["delivery", "waited_seconds"] == np.median([2, 4, 10, 9]) * day
    assert np.isnan(table.loc["order", "waited_seconds"])


def test_sessions_are_put_together_again():
    whole = pain_points(scores(), log_of(SEEN), goals=1.0, within="7D")
    parts = pain_points(scores(), log_of(SEEN).split("30min"), goals=1.0, within="7D")
    pd.testing.assert_frame_equal(whole, parts)


def leavers(n=120):
    """Everybody orders; the unhappy half never comes back, the others do after five days. A last visit ends the data."""
    who = [f"c{i:03d}" for i in range(n)]
    rows = [(c, "order", i % 7) for i, c in enumerate(who)]
    rows += [(c, "visit", i % 7 + 6) for i, c in enumerate(who) if i % 2]
    seen = events(*rows, ("z", "visit", 60))
    asked = seen[seen["touchpoint"] == "order"].assign(survey="csat", score=[1.0, 5.0] * (n // 2))
    return asked.assign(responded_at=asked["occurred_at"] + pd.Timedelta(hours=5)).drop(columns="occurred_at"), seen


def test_those_who_score_low_leave_more_often():
    asked, seen = leavers()
    row = pain_points(link(asked, seen), seen, goals=1.0).set_index("touchpoint").loc["order"]
    assert (row["leaving_low"], row["leaving_high"], row["leaving_difference"]) == (1.0, 0.0, 1.0)
    assert row["leaving_difference_low"] > 0.9
    assert row["leaving_verdict"] == "clear"
    assert row["leaving"] == 0.5


def test_answers_whose_window_is_open_or_whose_customer_is_unknown_do_not_tell():
    asked, seen = leavers()
    short = seen[seen["customer_id"] != "z"]
    row = pain_points(link(asked, seen), short, goals=1.0).set_index("touchpoint").loc["order"]
    assert row[["leaving_low", "leaving_high", "leaving_p"]].isna().all()
    other = seen.assign(customer_id="x" + seen["customer_id"])
    row = pain_points(link(asked, seen), other, goals=1.0).set_index("touchpoint").loc["order"]
    assert np.isnan(row["leaving_low"])


def test_every_engine_gives_the_same_pains(engine):
    asked, seen = leavers()
    table = pain_points(link(engine(asked), engine(seen)), engine(seen), goals=1.0)
    plain = pain_points(link(asked, seen), seen, goals=1.0)
    pd.testing.assert_frame_equal(table.drop(columns="method"), plain.drop(columns="method"))


def test_the_sample():
    asked, seen = (cxkit.read(name, f"sample:{name}") for name in ("responses", "events"))
    found = link(asked, seen, period="2026-08-03..2026-09-30")
    table = pain_points(touchpoint_scores(found), seen, goals=1.5, linked=found)
    assert table["touchpoint"].iloc[0] == "delivery"  # the new carrier
    assert table["low"].iloc[0] > 0
    assert table.loc[table["touchpoint"] == "basket", "stage"].tolist() == ["choose"]


def test_wrong_arguments_are_refused():
    told = scores(order=(50, 1.0, 0.8, 1.2))
    for wrong in (9, "1", True, {"order": 3.0}):
        with pytest.raises(UsageError, match="not on the scale from −2 to"):
            pain_points(told, SEEN, goals=wrong)
    with pytest.raises(UsageError, match="no touchpoint or stage 'ordre'. Did you mean 'order'"):
        pain_points(told, SEEN, goals={"ordre": 1.0})
    with pytest.raises(UsageError, match="within"):
        pain_points(told, SEEN, goals=1.0, within=14)
    with pytest.raises(DataError, match="no 'touchpoint'"):
        pain_points(told.rename(columns={"touchpoint": "stage"}), SEEN, goals=1.0)
    with pytest.raises(DataError, match="several rows"):
        pain_points(pd.concat([told, told]), SEEN, goals=1.0)


def test_no_events():
    assert pain_points(scores(order=(50, 1.0, 0.8, 1.2)), SEEN[:0], goals=1.0).empty


@pytest.mark.slow
def test_rank_ranges_hold_for_all_touchpoints_together():
    """400 draws of six means; all true ranks lie in their ranges in at least 95 % less the 99 % bound."""
    rng = np.random.default_rng(3)
    names = list("abcdef")
    true = np.array([0.9, 0.8, 0.6, 0.6, 0.2, -0.4])
    seen = events(*[(f"c{i}", name, at) for at, name in enumerate(names) for i in range(5)])
    held = 0
    for _ in range(400):
        mean = true + 0.1 * rng.normal(size=6)
        told = scores(**{n: (200, m, m - 0.196, m + 0.196) for n, m in zip(names, mean, strict=True)})
        table = pain_points(told, seen, goals=1.5).set_index("touchpoint").loc[names]
        least = 1 + (true[None, :] < true[:, None] - 1e-9).sum(axis=1)
        most = 6 - (true[None, :] > true[:, None] + 1e-9).sum(axis=1)
        held += bool(((table["rank_low"] <= most) & (table["rank_high"] >= least)).all())
    assert held >= 0.92 * 400
