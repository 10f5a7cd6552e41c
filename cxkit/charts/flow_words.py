"""Lengths of time, shares and names as the pictures of journeys write them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from cxkit import words
from cxkit.charts.labels import length, plain

#: Places of a time axis by how readily a person knows them; one of a later row stands only where there is room.
_LADDER = (
    (1, 60, 3600, 86400),
    (30 * 86400, 365 * 86400),
    (7 * 86400,),
    (1e-3, 0.1, 10, 600, 6 * 3600),
    (1e-2, 30, 300, 1800, 12 * 3600, 2 * 86400),
    (2, 5, 20, 120, 1200, 7200, 3 * 3600),
)
ARROW = "\u2192"
span = words.duration  #: a length of time, as one would say it
capital = words.capital  #: a name at the head of a sentence


def from_to(low: float, high: float) -> str:
    """Two lengths of time.

    >>> from_to(54, 660)
    '54\\xa0s to 11\\xa0min'
    """
    return f"{span(low)} to {span(high)}" if low == low and high == high else ""


def share(value: float) -> str:
    """A share in percent, with a digit more where it would look like nothing or like everything.

    >>> share(0.68), share(0.997), share(1.0), share(0.004)
    ('68\\xa0%', '99.7\\xa0%', '100\\xa0%', '0.4\\xa0%')
    """
    rounded = round(100 * value) if value == value else 0
    close = (rounded == 100 and value < 1) or (rounded == 0 and value > 0)
    return words.percent(value, 1 if close else 0)


def with_limits(value: float, low: float, high: float) -> str:
    """A share with its interval in brackets.

    >>> with_limits(0.68, 0.65, 0.71)
    '68\\xa0% (65 to 71\\xa0%)'
    """
    limits = words.interval(low, high, "share")
    return share(value) + (f" ({limits})" if limits != words.DASH else "")


def time_ticks(low: float, high: float, most: float, size: float) -> list[tuple[float, str]]:
    """Places of a logarithmic time axis that a person knows, as many as fit.

    Parameters
    ----------
    low, high : float
        Ends of the axis in seconds.
    most : float
        Points the axis is wide.
    size : float
        Size of the words.

    Returns
    -------
    list of (seconds, words)

    >>> [said.replace("\\xa0", " ") for _, said in time_ticks(1, 86_400, 200, 12)]
    ['1 s', '5 s', '1 min', '1 h', '1 d']
    """
    width = math.log(high / low)
    kept: list[tuple[float, float, float]] = []
    for place in (place for row in _LADDER for place in row if low * 0.999 <= place <= high * 1.001):
        middle, half = math.log(place / low) / width * most, length(_tick(place), size) / 2 + 5
        if all(abs(middle - other) > half + reach for _, other, reach in kept):
            kept.append((place, middle, half))
    return [(place, _tick(place)) for place, _, _ in sorted(kept)]


def _tick(place: float) -> str:
    return f"1{words.THIN}y" if place == 365 * 86400 else span(place)


def first_text(table: pd.DataFrame, column: str) -> str:
    """The text of the first row, if the table has the column."""
    return plain(table[column].iloc[0]) if column in table and len(table) and str(table[column].iloc[0]).strip() else ""


def confidence(table: pd.DataFrame) -> float:
    """The confidence of the table's limits; 95 % where it does not say."""
    return float(table.confidence.iloc[0]) if "confidence" in table and len(table) else 0.95


def sentence(parts: Sequence[str], rule: str = "") -> str:
    """Small print: parts with semicolons, then the rules in force as a sentence of their own."""
    said = "; ".join(part for part in parts if part) + "."
    rule = rule.strip().rstrip(".")
    return f"{said} Rules: {rule}." if rule else said


def short(name: str, most: int = 40) -> str:
    """A name fit for a title: very long ones end in an ellipsis.

    >>> short("a" * 50, 5)
    'aaaa…'
    """
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


def names(values: Any) -> list[str]:
    """Names of touchpoints as they stand in a picture."""
    return [plain(value) for value in values]
