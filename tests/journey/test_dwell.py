"""Time at a touchpoint and bounces, against counting one session after another."""

import itertools
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxkit.errors import UsageError
from cxkit.journey import prepare
from cxkit.journey.dwell import dwell
from cxkit.stats.intervals import share_interval

COLUMNS = [
    *("touchpoint", "n", "known", "median_seconds", "q25_seconds", "q75_seconds", "q95_seconds"),
    *("entries", "bounces", "bounce_share", "low", "high", "last", "confidence", "method"),
]


def log_table(rows):
    table = pd.DataFrame(rows, columns=["customer_id", "touchpoint", "second"])
    table["occurred_at"] = pd.Timestamp("2026-03-01") + pd.to_timedelta(table["second"], unit="s")
    return table


ROWS = log_table(
    [
        *[("a", "visit", 0), ("a", "guide", 100), ("a", "visit", 400), ("a", "order", 420)],
        *[("a", "visit", 9_000)],  # more than half an hour later: a session of one event
        *[("b", "visit", 0), ("b", "order", 40)],
        *[("c", "guide", 7)],
    ]
)


def test_by_hand(engine):
    table = dwell(engine(ROWS)).set_index("touchpoint")
    assert ["touchpoint", *table.columns] == COLUMNS
    assert table.index.tolist() == ["visit", "guide", "order"]
    assert table["n"].tolist() == [4, 2, 2]
    assert table["known"].tolist() == [3, 1, 0]
    assert table["last"].tolist() == [1, 1, 2]  # unknown, and neither 0 nor in the median
    assert table["median_seconds"].tolist()[:2] == [40, 300]  # of 100, 20, 40
    assert np.isnan(table["median_seconds"].iloc[2])
    assert table.loc["visit", ["q25_seconds", "q75_seconds", "q95_seconds"]].tolist() == [30, 70, 94]
    assert table["entries"].tolist() == [3, 1, 0]
    assert table["bounces"].tolist() == [1, 1, 0]
    assert table.loc["guide", "bounce_share"] == 1
    assert np.isnan(table.loc["order", "bounce_share"])
    assert table["method"].iloc[0] == (
        "time to the next event; 4 sessions, a new one after a pause of more than 30min; "
        "4 last events have no known time; Wilson limits that allow for several sessions of one customer; "
        "8 events of 3 customers"
    )


def test_sessions_by_name(engine):
    rows = ROWS.assign(visit_id=["s1", "s1", "s1", "s1", "s1", "s2", "s2", "s3"])
    table = dwell(engine(rows), by="visit_id").set_index("touchpoint")
    assert table.loc["order", ["known", "median_seconds"]].tolist() == [1, 8_580]
    assert table["bounces"].tolist() == [0, 1, 0]
    assert "by visit_id, where missing after a pause of more than 30min" in table["method"].iloc[0]


def test_journeys_as_they_are():
    log = prepare(ROWS)
    table = dwell(log, gap=None).set_index("touchpoint")
    assert table["known"].tolist() == [3, 1, 1]
    assert "3 journeys as given" in table["method"].iloc[0]


def test_bounces_of_one_customer_widen_the_limits():
    rows = []
    for i in range(40):  # 8 customers with 5 sessions each; those of 4 customers are bounces
        rows.append((f"c{i % 8}", "visit", i * 10_000))
        if i % 8 < 4:
            rows.append((f"c{i % 8}", "order", i * 10_000 + 10))
    table = dwell(log_table(rows)).set_index("touchpoint")
    low, high = share_interval(4, 8)
    found = table.loc["visit", ["bounce_share", "low", "high"]].tolist()
    assert found == pytest.approx([0.5, float(low), float(high)], abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(0, 30)), max_size=25))
def test_equals_a_loop(rows):
    known, last, entries, bounces = (defaultdict(list) for _ in range(4))
    sessions = []
    for customer, touch, second in sorted(rows, key=lambda r: (r[0], r[2])):
        if not sessions or sessions[-1][0] != customer or second - sessions[-1][-1][1] > 5:
            sessions.append([customer])
        sessions[-1].append((touch, second))
    for _, *events in sessions:
        entries[events[0][0]].append(1)
        if len(events) == 1:
            bounces[events[0][0]].append(1)
        last[events[-1][0]].append(1)
        for (touch, at), (_, after) in itertools.pairwise(events):
            known[touch].append(after - at)
    table = dwell(log_table(rows), gap="5s").set_index("touchpoint")
    assert set(table.index) == {touch for _, touch, _ in rows}
    for name, row in table.iterrows():
        counts = [len(x[name]) for x in (known, entries, bounces, last)]
        assert row[["known", "entries", "bounces", "last"]].tolist() == counts
        assert row["n"] == row["known"] + row["last"]
        if known[name]:
            expected = np.quantile(known[name], [0.25, 0.5, 0.75, 0.95])
            found = row[["q25_seconds", "median_seconds", "q75_seconds", "q95_seconds"]].tolist()
            assert found == pytest.approx(expected.tolist(), abs=1e-9)


def test_equal_times_are_a_known_time_of_nothing():
    table = dwell(log_table([("a", "visit", 0), ("a", "order", 0)])).set_index("touchpoint")
    assert table.loc["visit", ["known", "median_seconds"]].tolist() == [1, 0]


def test_many_touchpoints_and_none(engine):
    assert len(dwell(log_table([(f"c{i // 2}", f"page {i}", i) for i in range(50_000)]))) == 50_000
    table = dwell(engine(ROWS.head(0)))
    assert list(table.columns) == COLUMNS
    assert len(table) == 0


def test_wrong_arguments():
    with pytest.raises(UsageError, match="gap: 30 has no unit"):
        dwell(ROWS, gap=30)
    with pytest.raises(UsageError, match="gap: None takes the journeys as they are"):
        dwell(ROWS, gap=None, by="customer_id")
    with pytest.raises(UsageError, match="prepared without the column 'visit_id'"):
        dwell(prepare(ROWS), by="visit_id")
