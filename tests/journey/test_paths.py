"""Paths: which there are, how common each is, against counting one journey after another."""

import itertools
from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxkit.errors import DataError, UsageError
from cxkit.journey import prepare
from cxkit.journey import variants as module
from cxkit.journey.paths import paths
from cxkit.journey.tallies import parts, quantiles
from cxkit.journey.variants import variants
from cxkit.stats.clustered import clustered_sums

COLUMNS = [
    *("rank", "path", "steps", "n", "share", "low", "high", "customers", "median_seconds", "example"),
    *("confidence", "method"),
]


def log_table(rows):
    """(customer, touchpoint, second) of each event."""
    table = pd.DataFrame(rows, columns=["customer_id", "touchpoint", "second"])
    table["occurred_at"] = pd.Timestamp("2026-03-01") + pd.to_timedelta(table["second"], unit="s")
    return table


SHOP = log_table(
    [
        *[("a", "visit", 0), ("a", "order", 60)],
        *[("b", "visit", 5), ("b", "order", 95)],
        *[("c", "visit", 0), ("c", "visit", 10), ("c", "order", 20)],
        ("d", "support", 3),
    ]
)


def test_by_hand(engine):
    table = paths(engine(SHOP))
    assert list(table.columns) == COLUMNS
    assert table["path"].tolist() == ["visit → order", "support", "visit → visit → order"]
    assert table["rank"].tolist() == [1, 2, 3]
    assert table["n"].tolist() == table["customers"].tolist() == [2, 1, 1]
    assert table["steps"].tolist() == [2, 1, 3]
    assert table["share"].tolist() == [0.5, 0.25, 0.25]
    assert table["median_seconds"].tolist() == [75, 0, 20]
    assert table["example"].tolist() == ["a", "d", "c"]
    assert [round(float(x), 4) for x in table.loc[0, ["low", "high"]]] == [0.15, 0.85]  # Wilson, 2 of 4
    kinds = [
        "int64",
        "str",
        "int64",
        "int64",
        "float64",
        "float64",
        "float64",
        "int64",
        "float64",
        "str",
        "float64",
        "str",
    ]
    assert table.dtypes.astype(str).tolist() == kinds
    assert table["method"][0] == (
        "3 of 3 paths, 100.0\u00a0% of 4 journeys, one a customer; repeats kept; "
        "Wilson limits that allow for several journeys of one customer; 8 events of 4 customers"
    )


def test_joined_and_cut():
    joined = paths(SHOP, repeats="join")
    assert joined[["path", "n", "median_seconds"]].values.tolist() == [["visit → order", 3, 60.0], ["support", 1, 0.0]]
    cut = paths(SHOP, longest=2)
    assert cut["path"].tolist() == ["visit → order", "support", "visit → visit → …"]
    assert cut["steps"].tolist() == [2, 1, 2]
    assert cut["median_seconds"].tolist() == [75, 0, 10]  # up to the last step shown
    both = paths(SHOP, longest=1, repeats="join")
    assert both[["path", "n", "median_seconds"]].values.tolist() == [["visit → …", 3, 0.0], ["support", 1, 0.0]]
    assert "cut after 1 step;" in both["method"][0]


def test_most_keeps_the_first_of_equally_common_ones():
    table = paths(SHOP, most=2)
    assert table["path"].tolist() == ["visit → order", "support"]
    assert table["method"][0].startswith("2 of 3 paths, 75.0\u00a0% of 4 journeys")
    assert len(paths(SHOP, most=None)) == 3


def test_journeys_of_one_customer_widen_the_limits():
    rows = [(f"c{i % 5}", "visit" if i % 5 < 3 else "order", i * 86_400) for i in range(50)]
    log = prepare(log_table(rows))
    table = paths(log.split("1h"))
    assert table["n"].tolist() == [30, 20]
    assert table["customers"].tolist() == [3, 2]
    assert "50 journeys of 5 customers" in table["method"][0]
    from cxkit.stats.intervals import share_interval

    low, high = share_interval(3, 5)  # ten like journeys of a customer tell what one does
    assert table.loc[0, "low"] == pytest.approx(float(low), abs=1e-12)
    assert table.loc[0, "high"] == pytest.approx(float(high), abs=1e-12)


EVENTS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz"), st.integers(0, 9)), max_size=25)


@settings(max_examples=80, deadline=None)
@given(EVENTS, st.sampled_from(["keep", "join"]), st.sampled_from([None, 1, 2, 4]))
def test_equals_a_loop(rows, repeats, longest):
    journeys = defaultdict(list)
    for customer, touch, second in sorted(rows, key=lambda r: (r[0], r[2])):
        journeys[customer].append((touch, second))
    n, spans = Counter(), defaultdict(list)
    for events in journeys.values():
        steps, end = [], events[0][1]
        for touch, second in events:
            if repeats == "keep" or not steps or steps[-1] != touch:
                if longest and len(steps) == longest:
                    steps.append("…")
                    break
                steps.append(touch)
            end = second
        n[tuple(steps)] += 1
        spans[tuple(steps)].append(end - events[0][1])
    expected = sorted(n, key=lambda path: (-n[path], [" " if step == "…" else step for step in path]))
    table = paths(log_table(rows), most=None, repeats=repeats, longest=longest)
    assert table["path"].tolist() == [" → ".join(path) for path in expected]
    assert table["n"].tolist() == [n[path] for path in expected]
    assert table["median_seconds"].tolist() == [np.median(spans[path]) for path in expected]


def test_journeys_with_the_same_number_are_told_apart(monkeypatch):
    rng = np.random.default_rng(5)
    code = rng.integers(0, 3, 400).astype(np.int32)
    starts = np.r_[0, np.sort(rng.choice(np.arange(1, 400), 119, replace=False)), 400]
    right = variants(code, starts)
    loop = Counter(tuple(code[b:e]) for b, e in itertools.pairwise(starts))
    assert sorted(right.n) == sorted(loop.values())
    monkeypatch.setattr(module, "mixed", lambda code, place: np.zeros(code.size, dtype=np.uint64))
    clash = variants(code, starts)
    assert (clash.of == right.of).all()
    assert (clash.example == right.example).all()


def test_parts_are_the_sums_over_all_rows():
    rng = np.random.default_rng(3)
    customer, group = rng.integers(0, 20, 200), rng.integers(0, 3, 200)
    of = np.array([0, 1, 2, 2])
    part = np.where(group < 2, group, 2 + rng.integers(0, 2, 200))
    inside = rng.random(200) < 0.6
    found = parts(customer, group, customer[inside], part[inside], of, 20)
    for label in range(4):
        rows = group == of[label]
        sums = clustered_sums(customer[rows], np.zeros(rows.sum(), int), (inside & (part == label))[rows], 1)
        for name in ("n", "s", "q", "nn", "ns", "ss", "customers"):
            assert getattr(found.sums, name)[label] == getattr(sums, name)[0], name


def test_quantiles_are_numpys():
    rng = np.random.default_rng(1)
    group, value = rng.integers(0, 7, 300), rng.integers(0, 10**12, 300)
    levels = [0.5, 0.25, 0.95]
    for wide in (value, value * 10**6, value / 7):  # packed into one number, too wide for that, and no whole numbers
        found = quantiles(group, wide, 7, levels)
        for i in range(7):
            assert found[:, i] == pytest.approx(np.quantile(wide[group == i].astype(float), levels), rel=1e-14)


def test_fifty_thousand_touchpoints():
    rows = [(f"c{i // 2}", f"page {i}", i) for i in range(50_000)]
    table = paths(log_table(rows), most=3)
    assert table["path"].tolist()[0] == "page 0 → page 1"
    assert "3 of 25,000 paths" in table["method"][0]


def test_nothing_to_count(engine):
    rows = SHOP.copy()
    rows["customer_id"] = pd.Series([None] * len(rows), dtype="str")
    table = paths(rows)
    assert list(table.columns) == COLUMNS
    assert len(table) == 0
    assert len(paths(engine(SHOP.head(0)))) == 0
    assert len(paths(SHOP.head(0), longest=2, repeats="join")) == 0


def test_equal_times_follow_the_tiebreak(engine):
    rows = SHOP.assign(occurred_at=pd.Timestamp("2026-03-01"), place=range(len(SHOP), 0, -1))
    table = paths(engine(rows), tiebreak="place", most=1)
    assert table["path"].tolist() == ["order → visit"]
    assert "4 at the time of the event before, ordered by place" in table["method"][0]


def test_wrong_arguments():
    with pytest.raises(UsageError, match="most: 0 is no positive whole number"):
        paths(SHOP, most=0)
    with pytest.raises(UsageError, match="longest: 1.5 is no positive"):
        paths(SHOP, longest=1.5)
    with pytest.raises(UsageError, match="repeats: 'joined'.*Did you mean 'join'"):
        paths(SHOP, repeats="joined")
    with pytest.raises(UsageError, match="confidence: 95 .*Did you mean 0.95"):
        paths(SHOP, confidence=95)
    with pytest.raises(DataError, match="no column 'customer'.*Did you mean 'customer_id'"):
        paths(SHOP, customer="customer")


def test_the_shop(real_data):
    import cxkit

    source = real_data("shop_events.csv.gz")
    events = cxkit.read("events", str(source), columns="user_id:customer_id;event:touchpoint;timestamp:occurred_at")
    log = prepare(events)
    table = paths(log, most=5)
    steps = [tuple(log.touch[b:e]) for b, e in zip(log.starts, log.starts[1:], strict=False)]
    loop = Counter(steps)
    assert table["n"].tolist() == sorted(loop.values(), reverse=True)[:5]
    assert f"5 of {len(loop):,} paths" in table["method"][0]
