"""Customers: who they are, when they came, and two hidden traits that the rest of the company draws on.

*Attitude* (0..9999) is how a customer tends to feel about the shop; it moves scores, leaving and (only at its low end)
spending. *Trade* customers are the few who buy for a living.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from cxkit.samples import world as w
from cxkit.samples.draws import Draws
from cxkit.samples.names import FIRST_NAMES, LAST_NAMES

#: Of a thousand customers: carried over from the old shop, and won by the deal-site campaign.
CARRIED, WAVE = 340, 205


def build(draws: Draws, numbers: np.ndarray) -> SimpleNamespace:
    """Attributes of the customers with these numbers, as arrays of codes."""
    n = numbers
    kind = draws.below("kind of arrival", 1000, n)
    carried, wave = kind < CARRIED, (kind >= CARRIED) & (kind < CARRIED + WAVE)
    span = w.LAST - w.FIRST - 5
    acquired = w.FIRST + draws.below("acquired", span, n)
    acquired = np.where(carried, w.FIRST - 1 - draws.below("acquired before", 455, n), acquired)
    acquired = np.where(wave, w.WAVE_FIRST + draws.below("wave", w.WAVE_LAST - w.WAVE_FIRST + 1, n), acquired)
    source = draws.pick("source", w.SOURCE_WEIGHTS, n)
    source = np.where(wave, draws.pick("wave source", w.WAVE_SOURCE_WEIGHTS, n), source)
    return SimpleNamespace(
        number=n,
        carried=carried,
        acquired=acquired,
        source=source,
        deal=source == w.SOURCES.index("deal site"),
        region=draws.pick("region", w.REGION_WEIGHTS, n),
        age=draws.pick("age", w.AGE_WEIGHTS, n),
        skill=draws.pick("skill", w.SKILL_WEIGHTS, n),
        home=draws.pick("home", w.HOME_WEIGHTS, n),
        attitude=draws.below("attitude", 10_000, n),
        trade=draws.chance("trade", 8, n),
        first_name=draws.below("first name", len(FIRST_NAMES), n),
        last_name=draws.below("last name", len(LAST_NAMES), n),
    )


def ids(letter: str, numbers: np.ndarray) -> np.ndarray:
    """Customer numbers as text: C00042."""
    return np.array([f"{letter}{number:05d}" for number in numbers.tolist()], dtype=object)


def names(people: SimpleNamespace) -> tuple[np.ndarray, np.ndarray]:
    """First and last names."""
    first, last = np.array(FIRST_NAMES, dtype=object), np.array(LAST_NAMES, dtype=object)
    return first[people.first_name], last[people.last_name]
