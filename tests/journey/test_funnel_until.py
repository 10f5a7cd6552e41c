"""Those who began in a period are followed up in what came after it."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxkit.journey import funnel

DAYS = [("a", "2026-01-30", "visit"), ("a", "2026-02-03", "order"), ("b", "2026-01-10", "visit"),
        ("c", "2026-02-05", "visit"), ("c", "2026-02-06", "order"), ("d", "2026-01-05", "visit"),
        ("d", "2026-02-07", "visit"), ("d", "2026-02-08", "order")]  # fmt: skip


def frame(rows):
    table = pd.DataFrame(rows, columns=["customer_id", "occurred_at", "touchpoint"])
    return table.assign(occurred_at=pd.to_datetime(table.occurred_at))


@pytest.mark.parametrize("anchor", ["any", "first"])
def test_by_hand(anchor):
    found = funnel(
        frame(DAYS), steps=["visit", "order"], within="7D", until="2026-01-31", as_of="2026-02-28", anchor=anchor
    )
    # a, b and d visited in January; a ordered within seven days, though in February; d's order belongs to a later visit
    assert found.n.tolist() == [3, 1]
    assert found.left.tolist() == [0, 2]
    assert "starts up to 2026-01-31, followed up to 2026-02-28" in found.method[0]
    everything = funnel(frame(DAYS), steps=["visit", "order"], within="7D", as_of="2026-02-28", anchor=anchor)
    assert everything.n.tolist() == [4, 3 if anchor == "any" else 2]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("xyz"), st.integers(0, 40), st.sampled_from(["s", "t"])), min_size=1, max_size=20),
       st.integers(0, 41))  # fmt: skip
def test_equals_a_loop(rows, cut):
    rows = [*rows, ("w", 0, "s"), ("w", 0, "t")]
    day0 = pd.Timestamp("2026-01-01")
    table = frame([(c, day0 + pd.Timedelta(days=d), t) for c, d, t in rows])
    until = day0 + pd.Timedelta(days=cut)
    found = funnel(table, steps=["s", "t"], within="5D", until=until.date(), as_of="2026-03-31")
    starters = {c for c, d, t in rows if t == "s" and d <= cut}
    done = {
        c
        for c, d, t in rows
        if t == "s" and d <= cut and any(o == c and u == "t" and d <= e <= d + 5 for o, e, u in rows)
    }
    assert found.n.tolist() == [len(starters), len(done)]
