"""The step matrix, against counting one journey after another."""

from collections import Counter, defaultdict

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxkit.errors import UsageError
from cxkit.journey import prepare
from cxkit.journey.steps import step_matrix
from cxkit.stats.intervals import share_interval

COLUMNS = ["step", "touchpoint", "n", "share", "low", "high", "confidence", "method"]


def log_table(rows):
    table = pd.DataFrame(rows, columns=["customer_id", "touchpoint", "second"])
    table["occurred_at"] = pd.Timestamp("2026-03-01") + pd.to_timedelta(table["second"], unit="s")
    return table


ROWS = log_table(
    [
        *[("a", "visit", 0), ("a", "basket", 10), ("a", "order", 20)],
        *[("b", "visit", 0), ("b", "order", 5)],
        *[("c", "basket", 0)],
        *[("d", "visit", 9)],
    ]
)


def cells(table):
    return list(table[["step", "touchpoint", "n"]].itertuples(index=False, name=None))


def test_by_hand(engine):
    table = step_matrix(engine(ROWS), steps=4)
    assert list(table.columns) == COLUMNS
    assert cells(table) == [
        *[(1, "visit", 3), (1, "basket", 1)],
        *[(2, "basket", 1), (2, "order", 1), (2, "(ended)", 2)],
        *[(3, "order", 1), (3, "(ended)", 3)],
        (4, "(ended)", 4),
    ]
    low, high = share_interval(3, 4)
    assert table.loc[0, ["share", "low", "high"]].tolist() == pytest.approx([0.75, float(low), float(high)])


def test_from_a_touchpoint(engine):
    table = step_matrix(engine(ROWS), steps=1, align="basket")
    assert cells(table) == [
        *[(-1, "visit", 1), (-1, "(not begun)", 1)],
        (0, "basket", 2),
        *[(1, "order", 1), (1, "(ended)", 1)],
    ]
    assert table["method"][0].startswith("steps from the first basket; 2 with it of 4 journeys, one a customer;")
    assert table["method"][0].endswith("7 events of 4 customers")


def test_the_commonest_touchpoints():
    table = step_matrix(ROWS, steps=2, top=1)
    assert cells(table) == [(1, "visit", 3), (1, "(other)", 1), (2, "(other)", 2), (2, "(ended)", 2)]
    assert (table.groupby("step")["share"].sum() == 1).all()


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz"), st.integers(0, 9)), max_size=25),
    st.sampled_from(["start", "x"]),
)
def test_equals_a_loop(rows, align):
    if align == "x" and not any(touch == "x" for _, touch, _ in rows):
        return
    journeys = defaultdict(list)
    for customer, touch, _ in sorted(rows, key=lambda r: (r[0], r[2])):
        journeys[customer].append(touch)
    n = Counter()
    for events in journeys.values():
        if align == "x" and "x" not in events:
            continue
        zero = 1 if align == "start" else -events.index("x")
        for step in range(1 if align == "start" else -3, 4):
            at = step - zero
            n[step, "(not begun)" if at < 0 else "(ended)" if at >= len(events) else events[at]] += 1
    assert {(step, name): count for step, name, count in cells(step_matrix(log_table(rows), steps=3, align=align))} == n


def test_steps_of_sessions():
    log = prepare(log_table([("a", "visit", 0), ("a", "order", 5), ("a", "visit", 90_000), ("b", "visit", 0)]))
    assert cells(step_matrix(log.split("1h"), steps=2)) == [(1, "visit", 3), (2, "order", 1), (2, "(ended)", 2)]


def test_fifty_thousand_touchpoints():
    table = step_matrix(log_table([(f"c{i // 2}", f"page {i}", i) for i in range(50_000)]), steps=2)
    assert len(table) == 50_000
    assert len(step_matrix(log_table([("a", f"page {i}", i) for i in range(5)]), steps=2, top=3)) == 2


def test_nothing_to_count(engine):
    table = step_matrix(engine(ROWS.head(0)))
    assert list(table.columns) == COLUMNS
    assert len(table) == 0


def test_wrong_arguments():
    with pytest.raises(UsageError, match="align: the touchpoint 'baskets' never occurs. Did you mean 'basket'"):
        step_matrix(ROWS, align="baskets")
    with pytest.raises(UsageError, match="align: 3 is no text"):
        step_matrix(ROWS, align=3)
    with pytest.raises(UsageError, match="steps: 5000 is no positive whole number up to 1,000"):
        step_matrix(ROWS, steps=5000)
    with pytest.raises(UsageError, match="top: True is no positive"):
        step_matrix(ROWS, top=True)
