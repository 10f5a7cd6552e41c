"""Every rule of the funnel against a search through all tuples of events, on random small logs.

The search knows nothing of the kit's code. It tries every tuple of different events of a journey as step 1, 2 ... k and
keeps those that the rules, as they stand in the docstring, allow.
"""

from datetime import timedelta
from itertools import pairwise, permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxkit.journey import Log
from cxkit.journey.funnel import funnel

NAMES = ("a", "b", "c", "x", "y")


def chains(events, steps, rules):
    """All allowed tuples: (times of the steps in the order done, places of the events), grouped by their first moment."""
    found = {}
    for size in range(1, len(steps) + 1):
        for places in permutations(range(len(events)), size):
            times = tuple(events[i][0] for i in places)
            pairs = list(pairwise(times))
            if any(b < a or (b == a and rules["same_time"] == "apart") for a, b in pairs):
                continue
            if rules["within"] is not None and times[-1] - times[0] > rules["within"]:
                continue
            if rules["order"] == "any":
                done = any(
                    all(events[i][1] in s for i, s in zip(places, some, strict=True))
                    for some in permutations(steps, size)
                )
            else:
                done = all(events[i][1] in steps[k] for k, i in enumerate(places))
            if not done:
                continue
            between = [e for j, e in enumerate(events) if times[0] < e[0] < times[-1] and j not in places]
            if rules["order"] == "strict" and between:
                continue
            if any(name in rules["exclude"] for _, name in between):
                continue
            found.setdefault(times[0], []).append((times, places))
    return found


def one_start(events, moment, own, steps, rules, end):
    """The best tuple from a moment; when it ended; whether it is open."""
    best = min(own, key=lambda chain: (-len(chain[0]), chain[0]))
    whole = len(best[0]) == len(steps)
    later = [
        (t, i)
        for i, (t, name) in enumerate(events)
        if t > moment and (rules["order"] == "strict" or name in rules["exclude"])
    ]
    if rules["order"] == "strict":
        alive = any(len(places) < len(steps) and all(i in places for _, i in later) for _, places in own)
        ended = None if alive else min((t for t, i in later if i not in best[1]), default=None)
    else:
        alive = not later
        ended = min((t for t, _ in later), default=None)
    window = rules["within"]
    if whole or (window is not None and ended is not None and ended > moment + window):
        ended = None
    still = window is not None and moment + window >= end and alive and not whole
    return {"begun": moment, "times": best[0], "whole": whole, "ended": ended, "open": still}


def split_into_attempts(starts, rules):
    """Lists of starts that belong to one attempt."""

    def alive(start, moment):
        if start["whole"]:
            return moment <= start["times"][-1]
        inside = rules["within"] is None or moment <= start["begun"] + rules["within"]
        return inside and (start["ended"] is None or moment < start["ended"])

    attempts = []
    for place, start in enumerate(starts):
        belongs = False
        if attempts:
            own = attempts[-1]
            done = [one["times"][-1] for one in (own[:1] if rules["anchor"] == "first" else own) if one["whole"]]
            if done:
                belongs = start["begun"] <= min(done)
            elif rules["anchor"] == "first":
                belongs = alive(own[0], start["begun"])
            else:
                belongs = any(alive(one, start["begun"]) for one in starts[:place])
        if belongs:
            attempts[-1].append(start)
        else:
            attempts.append([start])
    return [own[:1] for own in attempts] if rules["anchor"] == "first" else attempts


def counted(journey, steps, rules, end):
    """Customers or attempts of one journey: times from the start that counts, open, watched, ended."""
    found = chains(journey, steps, rules)
    starts = [one_start(journey, moment, own, steps, rules, end) for moment, own in sorted(found.items())]
    if not starts:
        return []
    if rules["per"] == "attempt":
        runs = split_into_attempts(starts, rules)
    else:
        runs = [starts[:1]] if rules["anchor"] == "first" else [starts]
    units = []
    for run in runs:
        best = min(run, key=lambda one: (-len(one["times"]), one["begun"]))
        still = any(one["open"] for one in run) and not best["whole"]
        last, clock = run[-1], run[-1]["begun"]
        ages = []
        for k in range(1, len(best["times"])):
            ages.append(max(0, min(one["times"][k] for one in run if len(one["times"]) > k) - clock))
        watched = end - 1 - clock if still else rules["within"]
        ended = not still and not best["whole"] and last["ended"] is not None
        if ended:
            watched = max([last["ended"] - clock, *ages])
        over = rules["within"] is not None and clock + rules["within"] < end
        units.append(
            {"times": best["times"], "open": still, "ages": ages, "watched": watched, "ended": ended, "over": over}
        )
    return units


def aalen_johansen(units, levels):
    """Share that reaches each level, age by age; and the share stuck where nobody could be watched to the end."""
    waiting, share = np.zeros(levels + 1), np.zeros(levels + 1)
    waiting[0] = 1
    ages = [unit["ages"] for unit in units]
    for age in sorted({a for own in ages for a in own} | {u["watched"] for u in units if u["ended"]}):
        at_risk, moves = np.zeros(levels + 1), {}
        for own, unit in zip(ages, units, strict=True):
            before, after = sum(a < age for a in own), sum(a <= age for a in own)
            if before == levels or unit["watched"] < age:
                continue
            at_risk[before] += 1
            stops = unit["ended"] and unit["watched"] == age
            if after > before or stops:
                moves[before, after, stops] = moves.get((before, after, stops), 0) + 1
        new = waiting.copy()
        for (before, after, stops), n in moves.items():
            flow = waiting[before] * n / at_risk[before]
            new[before] -= flow
            new[after] += 0 if stops else flow
            share[before + 1 : after + 1] += flow
        waiting = new
    return share[1:]


def searched(journeys, steps, rules, end):
    """The columns of the funnel, by search."""
    if not rules["closed"] and rules["order"] != "any":
        return searched_open(journeys, steps, rules, end)
    units = [unit for journey in journeys for unit in counted(journey, steps, rules, end)]
    rows = []
    depth = [len(unit["times"]) for unit in units]
    shares = np.r_[1.0, np.full(len(steps) - 1, np.nan)] if units else np.full(len(steps), np.nan)
    if any(unit["open"] for unit in units):
        if any(unit["over"] for unit in units):
            shares[1:] = aalen_johansen(units, len(steps) - 1)
    elif units:
        shares[1:] = [sum(d > k for d in depth) / len(units) for k in range(1, len(steps))]
    for k in range(len(steps)):
        n = sum(d > k for d in depth)
        still = sum(u["open"] for u, d in zip(units, depth, strict=True) if d == k) if k else 0
        taken = [u["times"][k] - u["times"][k - 1] for u, d in zip(units, depth, strict=True) if d > k] if k else []
        previous = shares[k] / shares[k - 1] if k and shares[k - 1] > 0 else np.nan
        left = rows[-1]["n"] - n - still if k else 0
        rows.append({"n": n, "left": left, "open": still, "entered": 0 if k else n, "of_all": shares[k],
                     "of_previous": previous, "median_seconds": np.median(taken) / 1e6 if taken else np.nan})  # fmt: skip
    return pd.DataFrame(rows)


def searched_open(journeys, steps, rules, end):
    """An open funnel: who did each step at all, and the closed funnel of each step with the next."""
    rows = []
    took_part = sum(any(name in step for _, name in journey for step in steps) for journey in journeys)
    for k, step in enumerate(steps):
        n = sum(any(name in step for _, name in journey) for journey in journeys)
        row = {"n": n, "left": 0, "open": 0, "entered": n, "of_all": n / took_part if took_part else np.nan}
        if k:
            pair = searched(journeys, steps[k - 1 : k + 1], {**rules, "closed": True}, end).iloc[1]
            row |= {"left": pair["left"], "open": pair["open"], "entered": n - pair["n"],
                    "of_previous": pair["of_previous"], "median_seconds": pair["median_seconds"]}  # fmt: skip
        rows.append(row)
    return pd.DataFrame(rows)


@st.composite
def examples(draw):
    sizes = draw(st.lists(st.integers(1, 6), min_size=1, max_size=3))
    moments = draw(st.sampled_from([4, 9]))
    journeys = []
    for size in sizes:
        event = st.tuples(st.integers(0, moments), st.sampled_from(NAMES))
        journeys.append(sorted(draw(st.lists(event, min_size=size, max_size=size)), key=lambda e: e[0]))
    step = st.sampled_from([("a",), ("b",), ("c",), ("a", "b"), ("b", "c")])
    steps = draw(st.lists(step, min_size=2, max_size=3 if max(sizes) > 5 else 4))
    rules = {
        "within": draw(st.sampled_from([None, 1, 2, 3, 5])),
        "order": draw(st.sampled_from(["ordered", "strict", "any"])),
        "anchor": draw(st.sampled_from(["any", "first"])),
        "same_time": draw(st.sampled_from(["in_order", "apart"])),
        "per": draw(st.sampled_from(["customer", "attempt"])),
        "exclude": draw(st.sampled_from([(), ("x",), ("x", "y")])),
    }
    rules["closed"] = rules["per"] == "attempt" or draw(st.sampled_from([True, True, False]))
    later = draw(st.sampled_from([0, 0, 1, 3, 20]))
    return journeys, steps, rules, later


def as_log(journeys, end):
    sizes = [len(journey) for journey in journeys]
    events = [event for journey in journeys for event in journey]
    return Log(
        touch=np.array([NAMES.index(name) for _, name in events], dtype=np.int32),
        time=np.array([t for t, _ in events], dtype=np.int64),
        starts=np.r_[0, np.cumsum(sizes)].astype(np.int64),
        customer=np.arange(len(sizes)) // 2,
        customers=pd.Index(range(len(sizes))),
        touchpoints=NAMES,
        as_of=end,
    )


def agree(example):
    journeys, steps, rules, later = example
    end = max(t for journey in journeys for t, _ in journey) + 1 + later
    within = None if rules["within"] is None else timedelta(microseconds=rules["within"])
    found = funnel(as_log(journeys, end), steps=steps, **{**rules, "within": within})
    expected = searched(journeys, steps, rules, end)
    for name in ("n", "left", "open", "entered"):
        assert found[name].tolist() == expected[name].tolist(), name
    for name in ("of_all", "of_previous", "median_seconds"):
        np.testing.assert_allclose(found[name], expected[name].astype(float), rtol=1e-9, atol=1e-12, err_msg=name)
    before = found.n.shift(1, fill_value=0)
    assert (found.n == before - found.left - found.open + found.entered).all()
    for share in ("of_all", "of_previous"):
        low, high = found[share + "_low"], found[share + "_high"]
        there = found[share].notna() & low.notna()
        assert ((low <= found[share] + 1e-12) & (found[share] <= high + 1e-12) & (high <= 1))[there].all()


@settings(max_examples=200, deadline=None)
@given(examples())
def test_every_rule_equals_the_search(example):
    agree(example)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(examples())
def test_every_rule_equals_the_search_on_ten_thousand_logs(example):
    agree(example)
