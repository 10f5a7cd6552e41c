"""Which touch follows which: counts, medians and limits."""

import itertools
from statistics import median

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxkit
from cxkit.errors import DataError, UsageError
from cxkit.journey import edges, quantiles
from cxkit.journey import own_rows as own
from cxkit.journey.preparing import prepare
from cxkit.journey.quantiles import grouped_quantiles
from cxkit.journey.transitions import COLUMNS, transitions
from cxkit.stats.clustered import clustered_sums, share_limits

MINUTE = 60_000_000


def events(rows):
    """A table of events from (customer, touchpoint, microseconds)."""
    start = np.datetime64("2026-03-01", "us").astype(np.int64)
    frame = pd.DataFrame(rows, columns=["customer_id", "touchpoint", "m"])
    frame["occurred_at"] = (start + frame.pop("m").to_numpy(dtype=np.int64)).view("datetime64[us]")
    return frame.astype({"customer_id": "str", "touchpoint": "str"})


#: a: s b s b o · b: s b · c: s s o
ROWS = [
    *[("a", "search", 0), ("a", "basket", 1), ("a", "search", 5), ("a", "basket", 8), ("a", "order", 9)],
    *[("b", "search", 0), ("b", "basket", 10), ("c", "search", 0), ("c", "search", 20), ("c", "order", 21)],
]
HAND = [(who, touch, minutes * MINUTE) for who, touch, minutes in ROWS]


def brute(rows, ends=False, join=False):
    """The same by a loop over customers: {(from, to): (steps, customers, waits)}."""
    out = {}
    for who in sorted({row[0] for row in rows}):
        path = [
            row[1:]
            for row in sorted(((*row, i) for i, row in enumerate(rows) if row[0] == who), key=lambda r: (r[2], r[3]))
        ]
        path = [(touch, at) for touch, at, _ in path]
        if join:
            path = [step for i, step in enumerate(path) if i == 0 or path[i - 1][0] != step[0]]
        steps = [(a, b, t2 - t1) for (a, t1), (b, t2) in itertools.pairwise(path)]
        if ends:
            steps = [("(start)", path[0][0], None), *steps, (path[-1][0], "(end)", None)]
        for a, b, wait in steps:
            n, customers, waits = out.setdefault((a, b), [0, set(), []])
            out[a, b][0] = n + 1
            customers.add(who)
            waits.append(wait)
    return out


class TestByHand:
    def test_counts_shares_medians(self, engine):
        table = transitions(engine(events(HAND)))
        assert list(table.columns) == list(COLUMNS)
        assert [tuple(row) for row in table[["from", "to", "n", "customers"]].itertuples(index=False)] == [
            ("search", "basket", 3, 2),
            ("basket", "order", 1, 1),
            ("basket", "search", 1, 1),
            ("search", "order", 1, 1),
            ("search", "search", 1, 1),
        ]
        assert table["share"].tolist() == [3 / 5, 1 / 2, 1 / 2, 1 / 5, 1 / 5]
        assert table["median_seconds"].tolist() == [180, 60, 240, 60, 1200]  # of 1, 3 and 10 minutes: 3
        assert table["q25_seconds"].tolist() == [120, 60, 240, 60, 1200]
        assert table["q75_seconds"].tolist() == [390, 60, 240, 60, 1200]
        assert table.dtypes.astype(str).tolist() == ["str", "str", "int64", "int64", *["float64"] * 7, "str"]
        assert table["method"].nunique() == 1
        assert "10 events of 3 customers" in table["method"][0]

    def test_limits_allow_for_several_steps_of_one_customer(self):
        table = transitions(events(HAND)).set_index(["from", "to"])
        # search -> basket: of the steps out of search, a made 2 of 2, b 1 of 1, c 0 of 2
        sums = clustered_sums([0, 0, 1, 2, 2], [0] * 5, [1, 1, 1, 0, 0], 1)
        _, low, high = share_limits(sums)
        assert table.loc[("search", "basket"), ["low", "high"]].tolist() == pytest.approx([low[0], high[0]], rel=1e-12)

    def test_ends(self):
        table = transitions(events(HAND), ends=True).set_index(["from", "to"])
        assert table.loc[("(start)", "search"), ["n", "customers", "share"]].tolist() == [3, 3, 1]
        assert table.loc[("order", "(end)"), ["n", "share"]].tolist() == [2, 1]
        assert table.loc[("basket", "(end)"), ["n", "share"]].tolist() == [1, 1 / 3]  # of the three touches of basket
        assert table.loc[("basket", "order"), "share"] == 1 / 3
        assert np.isnan(table.loc[("order", "(end)"), "median_seconds"])
        assert np.isnan(table.loc[("(start)", "search"), "q75_seconds"])
        assert table.loc[("search", "basket"), "median_seconds"] == 180

    def test_joined_runs(self):
        table = transitions(events(HAND), repeats="join").set_index(["from", "to"])
        assert ("search", "search") not in table.index
        assert table.loc[("search", "order"), "median_seconds"] == 21 * 60  # from the first search on
        assert "runs of one touchpoint joined" in table["method"].iloc[0]
        assert "10 events" in table["method"].iloc[0]

    def test_to_the_microsecond(self):
        table = transitions(events([("a", "x", 0), ("a", "y", 272_999), ("b", "x", 0), ("b", "y", 273_002)]))
        assert table["median_seconds"].tolist() == [0.2730005]  # half a microsecond, not 0

    def test_no_limits(self):
        table = transitions(events(HAND), confidence=None)
        assert table[["low", "high", "confidence"]].isna().all(axis=None)
        assert table["customers"].tolist() == [2, 1, 1, 1, 1]
        assert "Wilson" not in table["method"][0]

    def test_of_sessions(self):
        log = prepare(events(HAND)).split("15min")
        table = transitions(log).set_index(["from", "to"])
        assert ("search", "search") not in table.index  # 20 minutes apart

    def test_tiebreak(self, engine):
        rows = events([("a", "x", 0), ("a", "y", 0), ("a", "z", 0)]).assign(place=[3, 1, 2])
        table = transitions(engine(rows), tiebreak="place")
        assert list(zip(table["from"], table["to"], strict=True)) == [("y", "z"), ("z", "x")]
        assert "ordered by place" in table["method"][0]


class TestEdges:
    @pytest.mark.parametrize("ends", [False, True])
    def test_nobody_and_one_event(self, ends, engine):
        assert transitions(prepare(events([])), ends=ends).empty
        table = transitions(engine(events([("a", "x", 0)])), ends=ends)
        assert len(table) == (2 if ends else 0)
        assert table.dtypes.astype(str).tolist() == ["str", "str", "int64", "int64", *["float64"] * 7, "str"]

    def test_fifty_thousand_touchpoints(self):
        rng = np.random.default_rng(1)
        n = 120_000
        rows = pd.DataFrame(
            {
                "customer_id": rng.integers(0, 900, n),
                "touchpoint": [f"page {i}" for i in np.append(np.arange(50_000), rng.integers(0, 50_000, n - 50_000))],
                "occurred_at": (rng.integers(0, 10**15, n)).view("datetime64[us]"),
            }
        )
        table = transitions(rows)
        assert table["n"].sum() == n - 900
        ordered = rows.sort_values(["customer_id", "occurred_at"], kind="stable")
        following = ordered.groupby("customer_id")["touchpoint"].shift(-1)
        plain = ordered[following.notna()].assign(to=following.dropna()).groupby(["touchpoint", "to"]).size()
        assert table.set_index(["from", "to"])["n"].to_dict() == plain.to_dict()
        of_each = table.groupby("from")["share"].sum()
        assert np.allclose(of_each, 1)
        assert table["low"].notna().all()

    @pytest.mark.parametrize("touchpoints", [3, 400])
    @pytest.mark.parametrize("longest", [10**6, 2**40])
    @pytest.mark.parametrize("ends", [False, True])
    def test_in_blocks(self, monkeypatch, touchpoints, longest, ends):
        rng = np.random.default_rng(7)
        cells = (rng.integers(0, 60, 900), rng.integers(0, touchpoints, 900), rng.integers(0, longest, 900))
        log = prepare(events([(f"c{who}", f"t{touch}", at) for who, touch, at in zip(*cells, strict=True)]))
        for one in (log, log.split("1s")):
            whole = transitions(one, ends=ends)
            with monkeypatch.context() as patch:
                patch.setattr(edges, "BLOCK", 100)
                pd.testing.assert_frame_equal(transitions(one, ends=ends), whole)
                patch.setattr(edges, "FEW", 20)
                pd.testing.assert_frame_equal(transitions(one, ends=ends), whole)
                patch.setattr(edges, "MOST", min(longest // 2, 2**30))  # so that quartiles are looked at again
                patch.setattr(quantiles, "MOST", min(longest // 2, 2**30))
                pd.testing.assert_frame_equal(transitions(one, ends=ends), whole)
                patch.setattr(edges, "MANY", 2)
                pd.testing.assert_frame_equal(transitions(one, ends=ends), whole)
                patch.setattr(edges, "LARGE", 2)
                pd.testing.assert_frame_equal(transitions(one, ends=ends), whole)

    @pytest.mark.parametrize("kinds", [400, 2**16])  # the second leaves no room for the place in four bytes
    def test_order_of_few_edges(self, kinds):
        edge = np.random.default_rng(2).integers(0, kinds, 70_000).astype(np.int32)
        order, there, starts = edges._few(edge, kinds)
        assert (order == np.argsort(edge, kind="stable")).all()
        expected, n = np.unique(edge, return_counts=True)
        assert (there == expected).all()
        assert (np.diff(starts) == n).all()

    def test_one_customer_with_all_events(self):
        rng = np.random.default_rng(5)
        n = own.PIECE + 500
        rows = [("a", f"t{t}", m) for t, m in zip(rng.integers(0, 3, n), range(n), strict=True)]
        table = transitions(events([*rows, ("b", "t0", 0), ("b", "t1", 1)]))
        assert table["n"].sum() == n
        assert (table["high"] - table["low"]).min() > 0.5  # thousands of steps, but nearly all of one customer

    def test_bad_arguments(self):
        with pytest.raises(UsageError, match=r"repeats: 'joined' is not a known choice. Did you mean 'join'"):
            transitions(events(HAND), repeats="joined")
        with pytest.raises(UsageError, match="confidence: 95 does not lie between 0 and 1"):
            transitions(events(HAND), confidence=95)
        with pytest.raises(UsageError, match=r"touchpoint is itself called"):
            transitions(events([("a", "(end)", 0)]), ends=True)
        with pytest.raises(DataError, match="no column 'occurred_at'"):
            transitions(events(HAND).rename(columns={"occurred_at": "at"}))

    def test_the_sample(self):
        read = cxkit.read("events", "sample:events")
        pd.testing.assert_frame_equal(
            transitions(read, tiebreak=["channel"]), transitions(read.to_pandas(), tiebreak=["channel"])
        )


class TestBrute:
    @settings(max_examples=80, deadline=None)
    @given(
        st.lists(
            st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz"), st.integers(0, 8)), min_size=1, max_size=30
        ),
        st.booleans(),
        st.booleans(),
        st.sampled_from([1, 1_000_000, 3_600_000_000, 10**14]),
    )
    def test_equals_a_loop(self, rows, ends, join, unit):
        rows = [(who, touch, at * unit) for who, touch, at in rows]
        expected = brute(rows, ends, join)
        table = transitions(events(rows), ends=ends, repeats="join" if join else "keep")
        assert {(row[0], row[1]): row[2] for row in table.itertuples(index=False)} == {
            k: v[0] for k, v in expected.items()
        }
        assert (np.diff(table["n"]) <= 0).all()
        for _, row in table.iterrows():
            steps, customers, waits = expected[row["from"], row["to"]]
            assert row["customers"] == len(customers)
            assert row["share"] == steps / sum(v[0] for k, v in expected.items() if k[0] == row["from"])
            assert 0 <= row["low"] <= row["share"] <= row["high"] <= 1
            if waits[0] is None:
                assert np.isnan(row["median_seconds"])
            else:
                assert row["median_seconds"] == pytest.approx(median(waits) / 1e6, rel=1e-15)
                assert row["q25_seconds"] == pytest.approx(np.quantile(waits, 0.25) / 1e6, rel=1e-12)

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=40))
    def test_limits_equal_the_general_sums(self, rows):
        rows = [(f"c{who}", f"t{touch}", at * MINUTE) for who, touch, at in rows]
        log = prepare(events(rows))
        table = transitions(log)
        on = log.goes_on
        origin, target = log.touch[on], log.touch[1:][on[:-1]]
        for _, row in table.iterrows():
            a, b = log.code(row["from"], "test"), log.code(row["to"], "test")
            out = origin == a
            sums = clustered_sums(log.owner[on][out], np.zeros(out.sum(), int), target[out] == b, 1)
            _, low, high = share_limits(sums)
            assert row[["low", "high"]].tolist() == pytest.approx([low[0], high[0]], rel=1e-9, abs=1e-12)


class TestQuantiles:
    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2**34)), min_size=1, max_size=60),
        st.sampled_from([2, 256]),
    )
    def test_equal_numpy(self, rows, alone):
        group, values = np.array(rows).T
        order = np.argsort(group, kind="stable")
        different, starts = np.unique(group[order], return_index=True)
        bounds = np.append(starts, group.size)
        short = np.minimum(values, 2**32 - 1).astype(np.uint32)[order]
        found = grouped_quantiles(short, bounds, (0.5, 0.25, 0.95), lambda g: values[order[bounds[g] : bounds[g + 1]]])
        for column, code in enumerate(different):
            assert found[:, column].tolist() == pytest.approx(
                np.quantile(values[group == code], [0.5, 0.25, 0.95]), rel=1e-15
            )

    def test_large_groups_and_long_waits(self):
        rng = np.random.default_rng(4)
        group = np.repeat(np.arange(300), rng.integers(1, 900, 300))
        for most in (1000, 2**33, 2**52):
            values = rng.integers(0, most, group.size)
            starts = np.append(0, np.cumsum(np.bincount(group)))
            found = grouped_quantiles(values.copy(), starts, [0.5])[0]
            assert (found == [np.median(values[group == g]) for g in range(300)]).all()


def own_rows(group, owner):
    return [int(n) for _, piece in own.own_rows(group, owner) for n in piece]


class TestOwnRows:
    def test_many_groups(self, monkeypatch):
        rng = np.random.default_rng(6)
        owner, group = np.sort(rng.integers(0, 40, 800)), rng.integers(0, 50_000, 800)
        group[::3] = 7
        monkeypatch.setattr(own, "PIECE", 64)
        plain = [int(((owner == o) & (group == g)).sum()) for o, g in zip(owner, group, strict=True)]
        assert own_rows(group, owner) == plain
        assert own_rows(group % 3, owner) == [
            int(((owner == o) & (group % 3 == g % 3)).sum()) for o, g in zip(owner, group, strict=True)
        ]
