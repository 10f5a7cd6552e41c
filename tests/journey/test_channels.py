"""Channels that meet in one journey, against counting one journey after another."""

from collections import Counter, defaultdict
from itertools import groupby

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxkit
from cxkit.errors import DataError, UsageError
from cxkit.journey import prepare
from cxkit.journey.channels import channels
from cxkit.stats.intervals import share_interval

COLUMNS = [
    *("channels", "n", "share", "low", "high", "customers", "changes", "median_seconds"),
    *("confidence", "method"),
]


def log_table(rows):
    table = pd.DataFrame(rows, columns=["customer_id", "channel", "second", "ticket_id"])
    table["occurred_at"] = pd.Timestamp("2026-03-01") + pd.to_timedelta(table["second"], unit="s")
    return table.assign(touchpoint="support")


ROWS = log_table(
    [
        *[("a", "web", 0, None), ("a", "app", 10, "t1"), ("a", "web", 20, "t1"), ("a", "app", 50, "t2")],
        *[("b", "app", 0, "t3"), ("b", None, 5, "t3"), ("b", "web", 9, "t3")],
        *[("c", "phone", 0, "t4")],
        *[("d", None, 0, "t5")],
    ]
)


def test_by_hand(engine):
    table = channels(engine(ROWS))
    assert list(table.columns) == COLUMNS
    assert table["channels"].tolist() == ["app + web", "phone"]
    assert table["n"].tolist() == table["customers"].tolist() == [2, 1]
    assert table["changes"].tolist() == [2, 0]  # 3 and 1; the event without a channel is no change
    assert table["median_seconds"].tolist() == [29.5, 0]
    low, high = share_interval(2, 3)
    assert table.loc[0, ["share", "low", "high"]].tolist() == pytest.approx([2 / 3, float(low), float(high)])
    assert table["method"][0] == (
        "3 journeys, one a customer; 2 events without channel left out; "
        "Wilson limits that allow for several journeys of one customer; 9 events of 4 customers"
    )


def test_by_case(engine):
    table = channels(engine(ROWS), case="ticket_id")
    assert table[["channels", "n", "changes"]].values.tolist() == [["app + web", 2, 1], ["app", 1, 0], ["phone", 1, 0]]
    assert table["customers"].tolist() == [2, 1, 1]
    assert table["method"][0].startswith(
        "4 cases by ticket_id; 1 event without ticket_id left out; 2 events without channel left out; "
    )


def test_a_case_of_two_customers_is_two():
    table = channels(log_table([("a", "web", 0, "t1"), ("b", "app", 1, "t1")]), case="ticket_id")
    assert table["n"].tolist() == [1, 1]
    assert "2 cases by ticket_id; 1 case counted again, for a further customer" in table["method"][0]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.sampled_from(["x", "y", "z", None]), st.integers(0, 9), st.sampled_from("pqr")
        ),
        max_size=25,
    ),
    st.sampled_from(["", "ticket_id"]),
)
def test_equals_a_loop(rows, case):
    journeys = defaultdict(list)
    for who, channel, second, ticket in sorted(rows, key=lambda r: (r[0], r[2])):
        if channel:
            journeys[who, ticket if case else ""].append((channel, second))
    n, changes, spans = Counter(), Counter(), defaultdict(list)
    for events in journeys.values():
        used = " + ".join(sorted({channel for channel, _ in events}))
        n[used] += 1
        changes[used] += len(list(groupby(channel for channel, _ in events))) - 1
        spans[used].append(events[-1][1] - events[0][1])
    table = channels(log_table(rows), case=case)
    assert table["channels"].tolist() == sorted(n, key=lambda used: (-n[used], used))
    for row in table.itertuples():
        assert row.n == n[row.channels]
        assert row.changes == pytest.approx(changes[row.channels] / row.n)
        assert row.median_seconds == np.median(spans[row.channels])


def test_sessions():
    rows = log_table([("a", "web", 0, None), ("a", "app", 60, None), ("a", "web", 90_000, None)])
    log = prepare(rows, columns=["channel"])
    assert channels(log)["channels"].tolist() == ["app + web"]
    assert channels(log.split("1h"))["channels"].tolist() == ["app + web", "web"]


def test_unknown_columns(engine):
    with pytest.raises(DataError, match="no column 'chanel'.*Did you mean 'channel'"):
        channels(engine(ROWS), channel="chanel")
    with pytest.raises(UsageError, match="prepared without the column 'channel'"):
        channels(prepare(ROWS))


def test_a_column_that_is_no_channel():
    rows = log_table([(f"c{i // 2}", f"value {i}", i, None) for i in range(20_000)])
    assert len(channels(rows)) == 10_000


def test_nothing_to_count(engine):
    for table in (
        channels(engine(ROWS.head(0))),
        channels(ROWS.assign(channel=None)),
        channels(ROWS.head(1), case="ticket_id"),
    ):
        assert list(table.columns) == COLUMNS
        assert len(table) == 0


def test_the_sample():
    table = channels(cxkit.read("events", "sample:events"), case="ticket_id").set_index("channels")
    assert table.loc["chat + phone", "n"] == 64
    assert table.loc["chat", "n"] == 91
