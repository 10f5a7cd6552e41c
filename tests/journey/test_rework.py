"""Rework: loops and returns, against counting one journey after another."""

import itertools
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxkit.errors import DataError
from cxkit.journey.rework import rework
from cxkit.stats.intervals import share_interval

COLUMNS = [
    *("touchpoint", "journeys", "repeated", "share", "low", "high", "in_a_row", "returns", "extra_seconds"),
    *("confidence", "method"),
]


def log_table(rows):
    table = pd.DataFrame(rows, columns=["customer_id", "touchpoint", "second"])
    table["occurred_at"] = pd.Timestamp("2026-03-01") + pd.to_timedelta(table["second"], unit="s")
    return table


ROWS = log_table(
    [
        *[("a", "support", 0), ("a", "support", 10), ("a", "visit", 20), ("a", "support", 100)],
        *[("b", "support", 0), ("b", "visit", 5), ("b", "support", 40)],
        *[("c", "visit", 0)],
        *[("d", "support", 9)],
    ]
)


def test_by_hand(engine):
    table = rework(engine(ROWS))
    assert list(table.columns) == COLUMNS
    assert table["touchpoint"].tolist() == ["support", "visit"]
    assert table["journeys"].tolist() == [3, 3]
    assert table["repeated"].tolist() == [2, 0]
    assert table["in_a_row"].tolist() == [1, 0]
    assert table["returns"].tolist() == [2, 0]
    assert table["extra_seconds"].tolist()[0] == 70  # of 100 and 40
    assert np.isnan(table["extra_seconds"][1])
    low, high = share_interval(2, 3)
    assert table.loc[0, ["share", "low", "high"]].tolist() == pytest.approx([2 / 3, float(low), float(high)])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz"), st.integers(0, 9)), max_size=25))
def test_equals_a_loop(rows):
    journeys = defaultdict(list)
    for customer, touch, second in sorted(rows, key=lambda r: (r[0], r[2])):
        journeys[customer].append((touch, second))
    expected = {}
    for name in "xyz":
        spans, having, in_a_row, returns = [], 0, 0, 0
        for events in journeys.values():
            at = [i for i, event in enumerate(events) if event[0] == name]
            having += bool(at)
            in_a_row += sum(b - a == 1 for a, b in itertools.pairwise(at))
            returns += sum(b - a > 1 for a, b in itertools.pairwise(at))
            if len(at) > 1:
                spans.append(events[at[-1]][1] - events[at[0]][1])
        if having:
            expected[name] = [having, len(spans), in_a_row, returns, np.median(spans) if spans else np.nan]
    table = rework(log_table(rows)).set_index("touchpoint")
    assert list(table.index) == sorted(expected, key=lambda name: (-expected[name][1], name))
    for name, values in expected.items():
        found = table.loc[name, ["journeys", "repeated", "in_a_row", "returns", "extra_seconds"]].tolist()
        assert found == pytest.approx(values, nan_ok=True)


def test_fifty_thousand_touchpoints():
    table = rework(log_table([(f"c{i // 5}", f"page {i % 50_000}", i) for i in range(60_000)]))
    assert len(table) == 50_000
    assert table["repeated"].sum() == 0


def test_nothing_to_count(engine):
    table = rework(engine(ROWS.head(0)))
    assert list(table.columns) == COLUMNS
    assert len(table) == 0


def test_a_missing_column():
    with pytest.raises(DataError, match="no column 'touch'.*Did you mean 'touchpoint'"):
        rework(ROWS, touchpoint="touch")
