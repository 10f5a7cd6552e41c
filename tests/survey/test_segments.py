"""Which columns are fit to divide the answers."""

import pandas as pd
import pytest

from cxkit.errors import UsageError
from cxkit.survey import nps, segment_columns

ROWS = pd.DataFrame(
    {
        "response_id": [f"r{i}" for i in range(100)],
        "customer_id": [f"c{i % 50}" for i in range(100)],
        "score": [i % 11 for i in range(100)],
        "survey": ["nps", "csat"] * 50,
        "plan": ["basic", "plus", "pro", "plus"] * 25,
        "vip": [True, False] * 50,
        "comment": [f"text {i % 13}" for i in range(100)],
        "city": [f"city {i % 13}" for i in range(100)],
        "country": ["UK"] * 99 + ["FR"],
        "rarely": [None] * 80 + ["a", "b"] * 10,
        "tier": [1, 2] * 50,
        "channel": ["web", "app", None, "web"] * 25,
    }
)


def test_text_and_flags_with_a_few_levels(engine):
    assert segment_columns(engine(ROWS)) == ["plan", "vip", "channel"]
    assert segment_columns(engine(ROWS), most=1) == ["plan"]
    assert segment_columns(engine(ROWS), max_levels=13, most=9) == ["plan", "vip", "city", "channel"]


def test_what_is_found_can_be_used():
    assert len(nps(ROWS, by=segment_columns(ROWS))) > 1


def test_nothing_fits():
    assert segment_columns(ROWS[["score", "country"]]) == []
    assert segment_columns(ROWS.head(0)) == []


def test_wrong_limits():
    with pytest.raises(UsageError, match="most: 0 is no positive whole number"):
        segment_columns(ROWS, most=0)
