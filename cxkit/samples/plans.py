"""Subscriptions: boxes of plants by the month, the quarter or the year.

A customer can only leave when a term ends. Most annual subscribers think again once, at month 12.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from cxkit.samples import world as w
from cxkit.samples.draws import Draws

SPELLS = 3  # a customer has at most this many spells
MONTHS = 40  # no spell is older
REASONS = ("price", "no time", "moved house", "plant quality", "delivery", "payment failed", "other", "plan change")
REASON_WEIGHTS = (30, 18, 12, 14, 8, 10, 8)
CHANGE = len(REASONS) - 1
STAYS = -1


def build(draws: Draws, people: SimpleNamespace) -> SimpleNamespace:
    """Spells sorted by customer and number; `ended` is missing while a spell is live."""
    n = people.number
    share = np.where(people.carried, 620, np.where(people.deal, 170, 470))
    owner = np.flatnonzero(draws.chance("subscribes", share, n))
    start = people.acquired[owner] + draws.below("subscribes after", 45, n[owner])
    plan = 1 + draws.pick("plan", (44, 18, 38), n[owner])
    large = draws.chance("large box", 300, n[owner])
    parts = []
    for spell in range(1, SPELLS + 1):
        keep = start <= w.LAST
        owner, start, plan, large = owner[keep], start[keep], plan[keep], large[keep]
        ended, reason = _end(draws, people, owner, start, plan, spell)
        parts.append((owner, np.full(len(owner), spell), start, ended, plan, large, reason))
        owner, start, plan, large = _next(draws, n, owner, ended, plan, large, reason, spell)
    owner, spell, start, ended, plan, large, reason = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((spell, owner))
    price = np.array(w.PRICES)[plan]
    columns = {
        "owner": owner,
        "spell": spell,
        "start": start,
        "ended": ended,
        "plan": plan,
        "mrr": np.where(large, price * 3 // 2, price),
        "reason": reason,
    }
    return SimpleNamespace(**{name: column[order] for name, column in columns.items()})


def hazard(plan: np.ndarray, month: int) -> np.ndarray:
    """Chance in thousandths to leave when the given month of a spell ends."""
    monthly = 78 if month <= 3 else 48 if month <= 9 else 34
    quarterly = (125 if month <= 3 else 90) if month % 3 == 0 else 0
    annual = (430 if month == 12 else 240) if month % 12 == 0 else 9
    return np.array((0, monthly, quarterly, annual))[plan]


def _end(draws, people, owner, start, plan, spell) -> tuple[np.ndarray, np.ndarray]:
    """Day and reason of each spell's end, month by month."""
    n, attitude = people.number[owner], people.attitude[owner]
    ended = np.full(len(owner), w.MISSING)
    reason = np.full(len(owner), STAYS)
    factor = np.where(attitude < 2000, 165, np.where(attitude < 4500, 105, 82))
    for month in range(1, MONTHS + 1):
        due = w.months_after(start, month)
        # The old shop's leavers are not in the data: a spell carried over was live on the first day.
        open_ = (ended == w.MISSING) & (due >= w.FIRST) & (due <= w.LAST)
        leaves = open_ & draws.chance("leaves plan", hazard(plan, month) * factor // 100, n, spell, month)
        why = draws.pick("why", REASON_WEIGHTS, n, spell, month)
        changes = open_ & ~leaves & (plan != 3) & draws.chance("changes plan", 9, n, spell, month)
        ended = np.where(leaves | changes, due, ended)
        reason = np.where(leaves, why, np.where(changes, CHANGE, reason))
    return ended, reason


def _next(draws, n, owner, ended, plan, large, reason, spell):
    """Who starts another spell: at once with another box, or after some months away."""
    changed = reason == CHANGE
    back = (reason >= 0) & ~changed & draws.chance("comes back", 130, n[owner], spell)
    away = draws.between("away", 40, 200, n[owner], spell)
    start = np.where(changed, ended, ended + away)
    to_annual = changed & draws.chance("to annual", 350, n[owner], spell)
    next_plan = np.where(to_annual, 3, np.where(back, 1, plan))
    next_large = np.where(changed & ~to_annual, ~large, large)
    again = changed | back
    return owner[again], start[again], next_plan[again], next_large[again]


def plan_on(subs: SimpleNamespace, owner: np.ndarray, day: np.ndarray, customers: int) -> np.ndarray:
    """Plan of each customer on a day (0 = none)."""
    plan = np.zeros(len(owner), dtype=np.int64)
    for spell in range(1, SPELLS + 1):
        rows = np.flatnonzero(subs.spell == spell)
        if not len(rows):
            break
        row_of = np.full(customers, -1)
        row_of[subs.owner[rows]] = rows
        row = row_of[owner]
        ended = np.where(subs.ended[row] == w.MISSING, w.LAST + 1, subs.ended[row])
        live = (row >= 0) & (subs.start[row] <= day) & (day < ended)
        plan = np.where(live, subs.plan[row], plan)
    return plan
