"""Bands of a flow against a plain loop."""

from collections import Counter
from itertools import groupby

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxkit.errors import UsageError
from cxkit.journey import flow_steps

LOGS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from("abcd")), min_size=1, max_size=25)


def frame(rows):
    times = pd.date_range("2026-01-01", periods=len(rows), freq="min")
    return pd.DataFrame({"customer_id": [c for c, _ in rows], "touchpoint": [t for _, t in rows], "occurred_at": times})


@settings(max_examples=150, deadline=None)
@given(LOGS, st.integers(1, 4), st.booleans())
def test_equals_a_loop(rows, steps, join):
    expected, people = Counter(), {}
    for customer in {c for c, _ in rows}:
        path = [t for c, t in rows if c == customer]
        path = [name for name, _ in groupby(path)] if join else path
        for k, name in enumerate(path[:steps]):
            band = (k + 1, name, path[k + 1] if k + 1 < len(path) else "(ended)")
            expected[band] += 1
            people.setdefault(band, set()).add(customer)
    found = flow_steps(frame(rows), steps=steps, top=9, repeats="join" if join else "keep")
    assert {(r.step, r[2], r.to): r.n for r in found.itertuples()} == expected
    assert {(r.step, r[2], r.to): r.customers for r in found.itertuples()} == {k: len(v) for k, v in people.items()}


def test_the_rest_is_one_touchpoint(engine):
    rows = [(1, "a"), (1, "b"), (1, "c"), (2, "a"), (2, "b"), (3, "a"), (3, "d")]
    found = flow_steps(engine(frame(rows)), steps=2, top=2)
    assert found[["step", "from", "to", "n"]].values.tolist() == [
        [1, "a", "b", 2], [1, "a", "(other)", 1], [2, "(other)", "(ended)", 1], [2, "b", "(ended)", 1], [2, "b", "(other)", 1],
    ]  # fmt: skip


def test_bands_of_many_touchpoints_stay_few():
    rows = [(k // 10, f"page {k}") for k in range(5000)]
    assert len(flow_steps(frame(rows))) <= 5 * 9 * 10


def test_wrong_numbers_are_refused():
    with pytest.raises(UsageError, match="steps: 0 is no whole number"):
        flow_steps(frame([(1, "a")]), steps=0)
    with pytest.raises(UsageError, match="repeats: 'drop'"):
        flow_steps(frame([(1, "a")]), repeats="drop")
