"""Calls to unhappy customers, and the trial of the planting coach."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from cxkit.samples import plans
from cxkit.samples import world as w
from cxkit.samples.draws import Draws

TRIAL = "planting coach"
VARIANTS = ("control", "coach")
OUTCOMES = ("solved", "listened", "not reached")


def trial(draws: Draws, people, orders, subs) -> SimpleNamespace:
    """Who is in the trial, and who got the coach: most who bought within a year or have a plan when it starts."""
    size = len(people.number)
    past = (orders.day < w.TRIAL_DAY) & (orders.day > w.TRIAL_DAY - 365)
    live = np.bincount(orders.owner[past], minlength=size) > 0
    live = live | (plans.plan_on(subs, np.arange(size), np.full(size, w.TRIAL_DAY), size) > 0)
    enrolled = live & draws.chance("enrolled", 940, people.number)
    return SimpleNamespace(enrolled=enrolled, coached=enrolled & draws.chance("coached", 500, people.number))
