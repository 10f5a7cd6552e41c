"""Events in order: from every engine, with every kind of column, and what is set aside."""

import itertools
from datetime import date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxkit
from cxkit import frames
from cxkit.errors import DataError, UsageError
from cxkit.journey import preparing_duckdb
from cxkit.journey.coding import coded
from cxkit.journey.log import Log, log_of
from cxkit.journey.ordering import arranged, by_code, resolution
from cxkit.journey.preparing import prepare

DUCKDB = frames.connect()


def table(rows, **columns):
    """A table of events from (customer, touchpoint, minutes after noon)."""
    start = pd.Timestamp("2026-03-01 12:00")
    customer, touch, minutes = zip(*rows, strict=True) if rows else ((), (), ())
    times = [pd.NaT if m is None else start + pd.Timedelta(minutes=m) for m in minutes]
    return pd.DataFrame(
        {"customer_id": list(customer), "touchpoint": list(touch), "occurred_at": pd.to_datetime(times), **columns}
    ).astype({"occurred_at": "datetime64[us]"})


def told(log: Log):
    """The log as (customer, touchpoint, microseconds), journey after journey."""
    names = np.array(log.touchpoints, dtype=object)
    who = log.customers.to_numpy(dtype=object)[log.owner] if len(log) else []
    return list(zip(who, names[log.touch] if len(log) else [], log.time.tolist(), strict=True))


def same(one: Log, other: Log):
    assert told(one) == told(other)
    assert one.starts.tolist() == other.starts.tolist()
    assert one.customer.tolist() == other.customer.tolist()
    assert one.customers.tolist() == other.customers.tolist()
    assert one.customers.dtype == other.customers.dtype
    assert one.touchpoints == other.touchpoints
    assert one.set_aside == other.set_aside
    assert (one.rows, one.tied, one.repeated, one.resolution) == (
        other.rows,
        other.tied,
        other.repeated,
        other.resolution,
    )
    for name in one.columns:
        assert one.columns[name].values == other.columns[name].values
        assert one.columns[name].code.tolist() == other.columns[name].code.tolist()


MESSY = [
    *[("b", "shop", 5), ("a", "order", 9), (None, "shop", 1), ("a", "shop", 2), ("c", None, 3), ("c", "chat", None)],
    *[("a", "chat", 2), (" ", "shop", 4), ("b", "  ", 6), ("b", "shop", 5), ("c", "chat", 7), ("b", "order", 5)],
]
CAUSES = (("without a customer", 2), ("without a time", 1), ("without a touchpoint", 2))


class TestPrepare:
    def test_by_hand(self):
        log = prepare(table(MESSY))
        assert [(who, touch) for who, touch, _ in told(log)] == [
            *[("a", "shop"), ("a", "chat"), ("a", "order")],  # shop stands before chat in the table, at the same time
            *[("b", "shop"), ("b", "shop"), ("b", "order"), ("c", "chat")],
        ]
        assert log.starts.tolist() == [0, 3, 6, 7]
        assert log.touchpoints == ("chat", "order", "shop")
        assert log.set_aside == CAUSES
        assert log.rows == 12
        assert (log.tied, log.repeated) == (3, 1)  # a: 1; b: 2, one of them the same touch again
        assert log.resolution == 60_000_000
        assert log.ties == "in order of the rows"
        assert log.as_of is None
        assert log.end == log.time.max() + 1

    def test_said(self):
        assert prepare(table(MESSY)).said == (
            "7 events of 3 customers; 2 set aside: without a customer; 1 set aside: without a time; 2 set aside: without "
            "a touchpoint; 3 at the time of the event before, in order of the rows; 1 exact repeat counted like any other; 1 row "
            "dated before the row above of the same customer"
        )

    def test_the_same_from_every_engine(self, engine):
        rows = table(
            MESSY, place=range(12), channel=["web", None, "web", "app", "", "web", "app", "x", "y", None, "web", " "]
        )
        given = {"tiebreak": "place", "columns": ["channel", "place"]}
        log = prepare(engine(rows), **given)
        same(log, prepare(rows, **given))
        assert log.columns["channel"].values == ("app", "web")
        assert log.columns["place"].values == (0, 1, 3, 6, 9, 10, 11)
        assert log.ties == "ordered by place"
        assert log.set_aside == CAUSES

    def test_inputs_unchanged(self):
        rows = table(MESSY)
        before = rows.copy()
        prepare(rows)
        pd.testing.assert_frame_equal(rows, before)

    def test_a_lazy_frame_orders_ties_by_name(self):
        lazy = frames.connect().from_df(table(MESSY))
        log = prepare(lazy)
        assert [touch for who, touch, _ in told(log) if who == "b"] == ["order", "shop", "shop"]
        assert log.ties == "in order of their names"
        polars = pytest.importorskip("polars")
        same(prepare(polars.from_pandas(table(MESSY)).lazy()), log)

    def test_an_arrow_table_keeps_the_order_of_its_rows(self):
        arrow = pytest.importorskip("pyarrow")
        same(prepare(arrow.Table.from_pandas(table(MESSY))), prepare(table(MESSY)))

    def test_ties_by_columns_missing_last_then_by_name(self, engine):
        rows = table([("a", "x", 0), ("a", "c", 0), ("a", "b", 0), ("a", "d", 0)], order=[None, 2.5, None, -1.0])
        assert [touch for _, touch, _ in told(prepare(engine(rows), tiebreak=["order"]))] == ["d", "c", "b", "x"]

    def test_customers_keep_their_values(self, engine):
        rows = table([(10, 3, 0), (9, 2, 1), (10, 10, 2), (None, 3, 3)])
        log = prepare(engine(rows))
        assert log.customers.tolist() == [9, 10]
        assert log.customers.dtype == "int64"
        assert log.touchpoints == ("10", "2", "3")  # names: sorted as texts, without a decimal point

    def test_categories(self):
        rows = table(MESSY).astype({"customer_id": "category", "touchpoint": "category"})
        rows["touchpoint"] = rows["touchpoint"].cat.set_categories(
            ["shop", "unused", "order", "chat", "  "], ordered=True
        )
        same(prepare(rows), prepare(table(MESSY)))
        polars = pytest.importorskip("polars")
        same(prepare(polars.from_pandas(table(MESSY)).cast({"touchpoint": polars.Categorical})), prepare(table(MESSY)))

    def test_python_texts(self):
        rows = table(MESSY).astype({"customer_id": object, "touchpoint": object})
        log = prepare(rows)
        assert told(log) == told(prepare(table(MESSY)))

    def test_values_of_several_kinds(self):
        rows = table([(1, "x", 0), ("1", 5, 1), (2.5, True, 2), (1, "5", 3)])
        log = prepare(rows)
        assert log.customers.tolist() == ["1", "2.5"]  # 1 and "1" are one customer, as they are for `link`
        assert log.places_of([1.0, "1", 2.5, 2, None]).tolist() == [0, 0, 1, -1, -1]
        assert log.touchpoints == ("5", "True", "x")  # 5 and "5" are one touchpoint
        assert told(log)[1][1] == "5"

    @pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
    def test_units_of_time(self, unit):
        rows = table(MESSY)
        same(prepare(rows.astype({"occurred_at": f"datetime64[{unit}]"})), prepare(rows))

    def test_a_zone_is_read_in_utc(self, engine):
        rows = table([("a", "x", 0), ("a", "y", 90)])
        rows["occurred_at"] = rows["occurred_at"].dt.tz_localize("America/New_York")
        assert prepare(rows).time[0] == pd.Timestamp("2026-03-01 17:00").value // 1000

    def test_dates(self):
        polars = pytest.importorskip("polars")
        rows = polars.DataFrame(
            {"customer_id": ["a", "a"], "touchpoint": ["x", "y"], "occurred_at": [date(2026, 1, 2)] * 2}
        )
        log = prepare(rows)
        assert log.resolution == 86_400_000_000
        assert log.tied == 1

    def test_before_1970(self):
        rows = table([("a", "y", 0), ("a", "x", 1)])
        rows.loc[1, "occurred_at"] = pd.Timestamp("1950-05-05 05:05:05.000001")
        assert [touch for _, touch, _ in told(prepare(rows))] == ["x", "y"]

    def test_a_table_that_was_read(self):
        events = cxkit.read("events", "sample:events")
        log = prepare(events, columns=["channel", "session_id"])
        assert len(log) == 26_067
        rows = events.to_pandas()
        same(log, prepare(rows, columns=["channel", "session_id"], tiebreak="touchpoint"))
        assert log.as_of == pd.Timestamp("2026-10-01").value // 1000  # through the end of the last day
        assert (np.diff(log.time)[log.goes_on[:-1]] >= 0).all()

    def test_clock_going_backwards(self):
        rows = table([("a", "x", m) for m in [*range(20), 15, *range(20, 40)]])
        assert prepare(rows).backwards == 1
        assert "1 row dated before the row above of the same customer" in prepare(rows).said
        mixed = prepare(table([("a", "x", 39 - m) for m in range(40)]))
        assert mixed.backwards == 39
        assert "above" not in mixed.said  # such a table is in no order at all

    def test_as_of(self, engine):
        day = 24 * 60
        rows = table([("a", "x", 0), ("a", "y", day), ("b", "z", 2 * day), (None, "x", 3 * day)])
        log = prepare(engine(rows), as_of=date(2026, 3, 2))
        assert log.set_aside[-1] == ("after as_of", 1)
        assert log.set_aside[0] == ("without a customer", 1)
        assert log.touchpoints == ("x", "y")
        assert log.customers.tolist() == ["a"]
        assert log.as_of == pd.Timestamp("2026-03-03").value // 1000
        assert prepare(engine(rows), as_of="2026-03-02").as_of == log.as_of
        assert prepare(rows, as_of=datetime(2026, 3, 2, 9)).as_of == log.as_of

    def test_nothing_left(self, engine):
        log = prepare(engine(table([("a", None, 1), ("b", "x", 2)])), as_of="2020-01-01")
        assert (len(log), log.journeys, log.end) == (0, 0, 1577923200000000)
        assert log.set_aside == (
            ("without a customer", 0),
            ("without a time", 0),
            ("without a touchpoint", 1),
            ("after as_of", 1),
        )
        assert log.said.startswith("0 events of 0 customers")
        assert log.split().journeys == 0
        assert log.joined().journeys == 0

    def test_many_touchpoints_and_customers(self):
        n = 70_000
        rows = table([(f"c{i % 66_000}-{i % 7}", f"t{i % 50_000}", i % 100) for i in range(n)])
        log = prepare(rows)
        ordered = rows.sort_values(["customer_id", "occurred_at"], kind="stable")
        assert [touch for _, touch, _ in told(log)] == ordered["touchpoint"].tolist()
        assert len(log.touchpoints) == 50_000

    def test_ids_of_one_form_and_of_many(self):
        rng = np.random.default_rng(1)
        number = rng.integers(0, 3000, 5000)
        for ids in (
            [f"C{i:08d}" for i in number],  # digits that differ
            [f"x{i:04x}-y" for i in number],  # few bytes that differ
            [f"{i * 7919:032x}" for i in number],  # too many
            [str(i) for i in number],  # several lengths
            ["ü" + chr(97 + i % 26) for i in number],
        ):
            codes, names = pd.factorize(pd.Series(ids), sort=True)
            rows = table([(who, "x", 0) for who in ids])
            log = prepare(rows)
            assert log.customers.tolist() == list(names)
            assert log.lengths.tolist() == np.bincount(codes).tolist()
            with_gaps = prepare(pd.concat([table([(None, "x", 0)] * 3), rows], ignore_index=True))
            assert with_gaps.customers.tolist() == list(names)

    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(0, 6)), max_size=25),
        st.sampled_from([1, 1_000, 60_000_000]),
    )
    def test_equals_a_plain_sort(self, rows, unit):
        start = np.datetime64("2026-01-01", "us").astype(np.int64)
        frame = pd.DataFrame(rows, columns=["customer_id", "touchpoint", "m"]).astype(
            {"customer_id": "str", "touchpoint": "str"}
        )
        frame["occurred_at"] = (start + frame["m"].to_numpy(dtype=np.int64) * unit).view("datetime64[us]")
        by_row = sorted(((c, start + m * unit, i, t) for i, (c, t, m) in enumerate(rows)), key=lambda row: row[:3])
        log = prepare(frame)
        assert told(log) == [(c, t, m) for c, m, _, t in by_row]
        assert log.tied == sum(a[:2] == b[:2] for a, b in itertools.pairwise(by_row))
        assert log.repeated == len(rows) - len(set(rows))
        lazy = prepare(DUCKDB.from_df(frame))
        assert told(lazy) == [(c, t, m) for c, m, t in sorted((c, m, t) for c, m, _, t in by_row)]
        assert (lazy.tied, lazy.repeated) == (log.tied, log.repeated)

    @pytest.mark.parametrize(
        "given", [{}, {"tiebreak": "place", "columns": ["channel", "place"], "as_of": "2026-03-01"}]
    )
    def test_without_arrow_duckdb_sorts(self, monkeypatch, given):
        channel = ["web", None, "web", "app", "", "web", "app", "x", "y", None, "web", "\u00a0"]
        rows = table(MESSY, place=range(12), channel=channel)
        with_arrow = prepare(frames.connect().from_df(rows), **given)
        monkeypatch.setattr(preparing_duckdb, "HAS_ARROW", False)
        same(prepare(frames.connect().from_df(rows), **given), with_arrow)
        empty = prepare(frames.connect().from_df(rows), as_of="2020-01-01")
        assert (len(empty), empty.rows) == (0, 12)
        numbers = table([(10, 3.5, 0), (9, 2, 1), (10, 10, 2), (None, True, 3)])
        numbers["touchpoint"] = [3.5, 2, 10, 4]
        sorted_there = prepare(frames.connect().from_df(numbers))
        assert (sorted_there.customers.tolist(), sorted_there.touchpoints) == ([9, 10], ("10", "2", "3.5"))

    def test_pieces_from_disk_are_the_same(self, monkeypatch):
        rows = table([(f"c{i % 50}", f"t{i % 7}", i * 37 % 1000) for i in range(3000)])
        whole = prepare(frames.connect().from_df(rows))
        monkeypatch.setattr(preparing_duckdb, "HAS_ARROW", False)
        monkeypatch.setattr(preparing_duckdb, "AT_ONCE", 100)
        relation = frames.connect().from_df(rows)
        same(prepare(relation), whole)
        assert not relation.query("v", "SELECT * FROM duckdb_tables()").fetchall()  # nothing is left behind


class TestBadInput:
    def test_texts_are_no_times(self, engine):
        rows = table([("a", "x", 0)]).astype({"occurred_at": "str"})
        with pytest.raises(DataError, match="'occurred_at' holds no times"):
            prepare(engine(rows))

    def test_numbers_are_no_times(self, engine):
        rows = table([("a", "x", 0)]).assign(occurred_at=[1_700_000_000])
        with pytest.raises(DataError, match="'occurred_at' holds no times"):
            prepare(engine(rows))

    def test_mixed_zones(self):
        times = [datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=h))) for h in (0, 2)]
        rows = table([("a", "x", 0), ("a", "y", 0)]).assign(occurred_at=pd.Series(times, dtype=object))
        with pytest.raises(DataError, match=r"several zones \(offsets \+0000, \+0200\).*utc=True"):
            prepare(rows)

    def test_python_times(self):
        rows = table([("a", "x", 0)]).assign(occurred_at=pd.Series([datetime(2026, 1, 1)], dtype=object))
        with pytest.raises(DataError, match="Make it times first"):
            prepare(rows)

    def test_missing_column(self, engine):
        with pytest.raises(DataError, match=r"no column 'touchpont'.*Did you mean 'touchpoint'"):
            prepare(engine(table([("a", "x", 0)])), touchpoint="touchpont")

    def test_no_table(self):
        with pytest.raises(UsageError, match="expected a table"):
            prepare("events.csv")

    def test_no_date(self):
        with pytest.raises(UsageError, match="as_of: 'June' is no date"):
            prepare(table([("a", "x", 0)]), as_of="June")

    def test_unknown_names(self):
        log = prepare(table(MESSY))
        with pytest.raises(UsageError, match=r"'shopp' never occurs. Did you mean 'shop'"):
            log.code("shopp", "funnel")
        with pytest.raises(UsageError, match="never occurs"):
            log.code(5, "funnel")
        with pytest.raises(UsageError, match="prepared without the column 'channel'"):
            log.column("channel", "dwell")
        with pytest.raises(UsageError, match="prepared without the column 'channel'"):
            log_of(log, columns=["channel"])


class TestLog:
    def test_keep_joined_between(self):
        log = prepare(table(MESSY), columns=["touchpoint"])
        kept = log.keep(log.touch == log.code("shop", "test"))
        assert kept.lengths.tolist() == [1, 2]
        assert kept.customer.tolist() == [0, 1]
        assert kept.columns["touchpoint"].code.size == 3
        assert log.joined().lengths.tolist() == [3, 2, 1]
        assert len(log.between(date(2026, 3, 1), date(2026, 3, 1))) == 7
        assert len(log.between(date(2026, 3, 2), date(2026, 3, 9))) == 0
        assert log.between(date(2026, 2, 1), date(2026, 2, 2)).as_of == pd.Timestamp("2026-02-03").value // 1000

    def test_what_is_derived_is_kept_and_cannot_be_spoilt(self):
        log = prepare(table(MESSY))
        assert log.owner is log.owner
        assert log.owner.tolist() == [0, 0, 0, 1, 1, 1, 2]
        assert log.goes_on.tolist() == [True, True, False, True, True, False, False]
        with pytest.raises(ValueError, match="read-only"):
            log.journey[0] = 5

    def test_column(self):
        codes, values = coded(frames.as_frame(pd.DataFrame({"x": [True, None, False]}))["x"])
        assert (codes.tolist(), values.tolist()) == ([1, -1, 0], [False, True])


class TestOrder:
    def test_by_code_in_one_and_two_steps(self):
        rng = np.random.default_rng(2)
        for different in (5, 300, 70_000, 20_000_000):
            codes = rng.integers(0, different, 3000).astype(np.int32)
            assert (by_code(codes, different) == np.argsort(codes, kind="stable")).all()
        assert by_code(np.array([0, 1, 1, 4]), 5) is None

    def test_more_bits_than_a_number_has(self):
        rng = np.random.default_rng(3)
        customer = rng.integers(0, 5000, 20_000).astype(np.int32)
        time = rng.integers(0, 2**61, 20_000)  # room for two customers at once
        order = arranged(customer, time, np.zeros(20_000, np.int32), 5000)
        assert (order.rows == np.lexsort([time, customer])).all()
        assert (order.time == time[order.rows]).all()

    def test_resolution(self):
        assert resolution(np.array([0, 86_400_000_000 * 3])) == 86_400_000_000
        assert resolution(np.array([7, 1_000_007])) == 1_000_000
        assert resolution(np.array([7, 1_000_007, 8])) == 1
        assert resolution(np.array([], dtype=np.int64)) == 1
