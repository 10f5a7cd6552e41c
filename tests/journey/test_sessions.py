"""Sessions: by pause, by a column, and by both."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxkit
from cxkit.errors import UsageError
from cxkit.journey.preparing import prepare
from cxkit.journey.sessions import sessions
from cxkit.periods.lengths import microseconds, written

COLUMNS = ["customer_id", "session", "started_at", "ended_at", "seconds", "n", "first", "last"]


def events(rows):
    """A table of events from (customer, touchpoint, minutes, session)."""
    frame = pd.DataFrame(rows, columns=["customer_id", "touchpoint", "m", "visit"])
    minutes = frame.pop("m").to_numpy(dtype=np.int64)
    frame["occurred_at"] = pd.Timestamp("2026-03-01").as_unit("us") + pd.to_timedelta(minutes, unit="min").as_unit("us")
    frame["occurred_at"] = frame["occurred_at"].astype("datetime64[us]")
    return frame.astype({"customer_id": "str", "touchpoint": "str", "visit": "str"})


HAND = [
    *[("a", "home", 0, "v1"), ("a", "shop", 30, "v1"), ("a", "home", 61, "v2"), ("b", "call", 5, None)],
    *[("b", "home", 20, "v1"), ("b", "shop", 300, "v1")],
]


class TestByHand:
    def test_by_gap(self, engine):
        table = sessions(engine(events(HAND)), gap="30min")
        assert list(table.columns) == COLUMNS
        assert table["customer_id"].tolist() == ["a", "a", "b", "b"]
        assert table["session"].tolist() == [1, 2, 1, 2]
        assert table["seconds"].tolist() == [1800, 0, 900, 0]  # a pause of exactly the gap does not end a session
        assert table["n"].tolist() == [2, 1, 2, 1]
        assert table["first"].tolist() == ["home", "home", "call", "shop"]
        assert table["last"].tolist() == ["shop", "home", "home", "shop"]
        assert table["started_at"].tolist()[1] == pd.Timestamp("2026-03-01 01:01")
        assert table.dtypes.astype(str).tolist() == [
            *["str", "int64", "datetime64[us]", "datetime64[us]", "float64", "int64", "str", "str"]
        ]
        assert table.attrs["method"].startswith("sessions: pauses over 30min end one; 6 events of 2 customers")

    def test_by_column(self, engine):
        table = sessions(engine(events(HAND)), by="visit")
        assert table["n"].tolist() == [2, 1, 1, 2]  # b's call has no visit; v1 of b lasts on over its pause
        assert table["first"].tolist() == ["home", "home", "call", "home"]

    def test_without_a_value_the_event_goes_with_the_one_before(self):
        rows = [("a", "x", 0, None), ("a", "y", 1, "v"), ("a", "z", 5, None), ("a", "x", 50, None), ("a", "y", 55, "v")]
        table = sessions(events(rows), by="visit")
        assert table["n"].tolist() == [1, 3, 1]
        assert table["last"].tolist() == ["x", "y", "x"]  # z with v, x after the long pause alone, the second y with v
        assert sessions(events(rows), by="visit", gap=None)["n"].tolist() == [1, 4]

    def test_between_two_named_sessions(self):
        rows = [("a", "x", 0, "v"), ("a", "y", 1, None), ("a", "z", 2, "w")]
        assert sessions(events(rows), by="visit")["n"].tolist() == [2, 1]

    def test_two_devices_at_once_do_not_cut_each_other_up(self, engine):
        rows = [("a", "app 1", 0, "app"), ("a", "web 1", 1, "web"), ("a", "app 2", 2, "app"), ("a", "web 2", 3, "web")]
        table = sessions(engine(events(rows)), by="visit")
        assert table["n"].tolist() == [2, 2]
        assert table["last"].tolist() == ["app 2", "web 2"]
        log = prepare(events(rows), columns=["visit"]).split(by="visit")
        assert [log.touchpoints[code] for code in log.touch] == ["app 1", "app 2", "web 1", "web 2"]
        assert log.columns["visit"].code.tolist() == [0, 0, 1, 1]
        assert log.customer.tolist() == [0, 0]

    def test_one_name_of_two_customers(self):
        assert sessions(events([("a", "x", 0, "v"), ("b", "x", 1, "v")]), by="visit")["n"].tolist() == [1, 1]

    def test_nobody(self):
        empty = events([])
        assert sessions(empty).empty
        assert list(sessions(empty, by="visit").columns) == COLUMNS

    def test_the_sample(self):
        read = cxkit.read("events", "sample:events")
        by_visit = sessions(read, by="session_id")
        assert by_visit["n"].sum() == 26_067
        named = read.to_pandas().dropna(subset=["session_id"]).groupby(["customer_id", "session_id"]).size()
        assert len(by_visit) >= len(named)
        assert set(by_visit["n"]) >= {1}

    def test_bad_arguments(self):
        for gap in ("30", 30, "1 month", "-5min", "0s"):
            with pytest.raises(UsageError, match="gap: "):
                sessions(events(HAND), gap=gap)
        with pytest.raises(UsageError, match="without a column of sessions a gap is needed"):
            sessions(events(HAND), gap=None)
        with pytest.raises(UsageError, match="prepared without the column 'visit'"):
            sessions(prepare(events(HAND)), by="visit")


class TestBrute:
    @settings(max_examples=80, deadline=None)
    @given(
        st.lists(
            st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(0, 200)), min_size=1, max_size=30
        ),
        st.sampled_from(["1min", "30min", "2h"]),
    )
    def test_gap_equals_a_loop(self, rows, gap):
        longest = microseconds(gap, "gap") // 60_000_000
        expected = []
        for who in sorted({row[0] for row in rows}):
            own = sorted([(m, i, t) for i, (c, t, m) in enumerate(rows) if c == who])
            for m, _, touch in own:
                if not expected or expected[-1][0] != who or m - expected[-1][1] > longest:
                    expected.append([who, m, 0, touch, touch])
                expected[-1][1:3] = m, expected[-1][2] + 1
                expected[-1][4] = touch
        table = sessions(events([(*row, None) for row in rows]), gap=gap)
        assert table[["customer_id", "n", "first", "last"]].values.tolist() == [[e[0], *e[2:]] for e in expected]

    @settings(max_examples=80, deadline=None)
    @given(
        st.lists(
            st.tuples(st.sampled_from("ab"), st.integers(0, 150), st.sampled_from(["v", "w", None])),
            min_size=1,
            max_size=25,
        ),
        st.sampled_from(["10min", None]),
    )
    def test_column_equals_a_loop(self, rows, gap):
        longest = np.inf if gap is None else 10
        expected = []
        for who in sorted({row[0] for row in rows}):
            own = sorted([(m, i, v) for i, (c, m, v) in enumerate(rows) if c == who])
            groups, last, at = {}, None, -np.inf
            for m, i, visit in own:
                if visit is None:
                    visit = last if last is not None and m - at <= longest else ("own", i)
                groups.setdefault(visit, []).append(i)
                last, at = visit, m
            expected += [[who, f"t{own_rows[0]}", f"t{own_rows[-1]}", len(own_rows)] for own_rows in groups.values()]
        frame = events([(c, f"t{i}", m, v) for i, (c, m, v) in enumerate(rows)])
        table = sessions(frame, by="visit", gap=gap)
        assert table[["customer_id", "first", "last", "n"]].values.tolist() == expected


class TestDurations:
    def test_written_lengths(self):
        assert microseconds("90 min", "gap") == microseconds("1.5h", "gap") == 5_400_000_000
        assert microseconds(timedelta(seconds=1), "gap") == microseconds(np.timedelta64(1, "s"), "gap") == 1_000_000
        assert microseconds("2W", "gap") == microseconds(pd.Timedelta("14D"), "gap")
        assert written(5_400_000_000) == "1.5 h"
