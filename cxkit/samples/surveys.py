"""Who is asked what and when, and who answers.

An ask follows a touch (an order, a delivery, a support case …) or, for the relationship survey, the calendar. The share
that answers falls over the two years for e-mail and holds for the other ways of asking.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from cxkit.samples import plans
from cxkit.samples import world as w
from cxkit.samples.draws import ONE, Draws
from cxkit.samples.support import _running

HOUR = 3600
#: Asks for every thousand touches.
ASKED = {"order": 120, "delivery": 950, "unboxing": 150, "support": 960, "renewal": 640}
RELATIONSHIP_EVERY = 175  # days between two relationship surveys to one customer


def asks(draws: Draws, people, orders, subs, tickets) -> SimpleNamespace:
    """Invitations sorted by customer and time."""
    parts = [
        *_after_orders(draws, people, orders),
        _after_cases(draws, people, tickets),
        _after_renewals(draws, people, subs),
        _relationship(draws, people, orders, subs),
    ]
    names = ("owner", "at", "touchpoint", "survey", "order", "ticket", "key")
    columns = dict(zip(names, (np.concatenate(column) for column in zip(*parts, strict=True)), strict=True))
    keep = columns["at"] < w.END
    by = np.lexsort((columns["touchpoint"], columns["at"], columns["owner"]))
    by = by[keep[by]]
    out = SimpleNamespace(**{name: column[by] for name, column in columns.items()})
    return _answered(draws, people, out)


def _rows(owner, at, touchpoint, survey=w.NPS, order=None, ticket=None, key=None):
    """One part of the asks, every column at full length."""
    none = np.full(len(owner), -1)
    full = np.full(len(owner), touchpoint)
    surveys = np.broadcast_to(np.asarray(survey, dtype=np.int64), len(owner)).copy()
    return owner, at, full, surveys, none if order is None else order, none if ticket is None else ticket, key


def _after_orders(draws, people, orders) -> list:
    """Asks about ordering, delivery and unboxing."""
    n = people.number[orders.owner]
    online = orders.channel < w.ONLINE
    times = {
        "order": (w.ORDER, online, orders.ordered + draws.between("ask order", 60, 900, n, orders.seq)),
        "delivery": (
            w.DELIVERY,
            orders.sent,
            orders.received + draws.between("ask delivery", 2, 26, n, orders.seq) * HOUR,
        ),
        "unboxing": (w.UNBOXING, orders.sent, orders.received + draws.between("ask box", 8, 14, n, orders.seq) * w.DAY),
    }
    parts = []
    for name, (code, wanted, at) in times.items():
        row = np.flatnonzero(wanted & draws.chance(f"ask {name}", ASKED[name], n, orders.seq))
        parts.append(_rows(orders.owner[row], at[row], code, order=row, key=orders.seq[row] * 10 + code))
    return parts


def _after_cases(draws, people, tickets) -> tuple:
    """Asks an hour after a case is closed: one of the three surveys each."""
    n = people.number[tickets.owner]
    asked = (tickets.closed != w.MISSING) & draws.chance("ask support", ASKED["support"], n, tickets.key)
    row = np.flatnonzero(asked)
    survey = np.array([w.CSAT, w.CES, w.NPS])[draws.pick("which survey", (42, 42, 16), n[row], tickets.key[row])]
    at = tickets.closed[row] + HOUR
    return _rows(tickets.owner[row], at, w.SUPPORT, survey, tickets.order[row], row, tickets.key[row] * 10 + w.SUPPORT)


def _after_renewals(draws, people, subs) -> tuple:
    """Asks the day after a term was renewed (monthly plans: every sixth month)."""
    owners, ats, keys = [], [], []
    n = people.number[subs.owner]
    ended = np.where(subs.ended == w.MISSING, w.LAST + 1, subs.ended)
    every = np.array([0, 6, 6, 12])[subs.plan]
    for month in range(6, plans.MONTHS, 6):
        at = w.months_after(subs.start, month) + 1
        renewed = (month % every == 0) & (at > w.FIRST) & (at < ended)
        row = np.flatnonzero(renewed & draws.chance("ask renewal", ASKED["renewal"], n, subs.spell, month))
        owners.append(subs.owner[row])
        ats.append(at[row] * w.DAY + draws.between("renewal time", 9 * HOUR, 18 * HOUR, n[row], subs.spell[row], month))
        keys.append((subs.spell[row] * 100 + month) * 10 + w.RENEWAL)
    return _rows(np.concatenate(owners), np.concatenate(ats), w.RENEWAL, key=np.concatenate(keys))


def _relationship(draws, people, orders, subs) -> tuple:
    """The relationship survey: every customer in turn, as long as they bought within a year or have a plan."""
    n, size = people.number, len(people.number)
    first = w.FIRST + draws.below("turn", RELATIONSHIP_EVERY, n)
    owners, ats, keys = [], [], []
    everyone = np.arange(size)
    for turn in range((w.LAST - w.FIRST) // RELATIONSHIP_EVERY + 1):
        day = first + turn * RELATIONSHIP_EVERY
        known = people.acquired + 21 <= day
        age = day[orders.owner] - orders.day
        bought = np.bincount(orders.owner[(age > 0) & (age < 365)], minlength=size)
        recent = (bought > 0) | (people.carried & (turn < 2))
        live = recent | (plans.plan_on(subs, everyone, day, size) > 0)
        row = np.flatnonzero(known & live & (day <= w.LAST))
        owners.append(row)
        ats.append(day[row] * w.DAY + draws.between("turn time", 9 * HOUR, 17 * HOUR, n[row], turn))
        keys.append(np.full(len(row), turn * 10 + w.RELATIONSHIP))
    return _rows(np.concatenate(owners), np.concatenate(ats), w.RELATIONSHIP, key=np.concatenate(keys))


def _answered(draws, people, asks) -> SimpleNamespace:
    """Add to the asks: how each was sent, delivered, opened, and when it was answered (or missing)."""
    n, key, support = people.number[asks.owner], asks.key, asks.touchpoint == w.SUPPORT
    asks.channel = draws.pick("ask channel", w.ASK_CHANNEL_WEIGHTS, n, key)
    asks.delivered = draws.chance("ask delivered", 968, n, key)
    age = np.clip((asks.at // w.DAY - w.FIRST) * 1000 // (w.LAST - w.FIRST), 0, 1000)
    email = asks.channel == 0
    opens = np.where(email, 720 - 200 * age // 1000, 640)
    asks.opened = asks.delivered & draws.chance("ask opened", opens, n, key)
    habit = np.array([820, 960, 1080, 1180])[people.age[asks.owner]]
    answers = np.where(email, 760 - 120 * age // 1000, 680) + np.where(support, 60, 0)
    answers = answers * habit // 1000
    delay = 120 + np.minimum(draws.exponential("answer delay", n, key) * 15 * HOUR // ONE, 10 * w.DAY)
    answered_at = asks.at + delay
    answers_it = asks.opened & draws.chance("ask answered", answers, n, key) & (answered_at < w.END)
    asks.answered = np.where(answers_it, answered_at, w.MISSING)
    return asks


def answered(people, orders, subs, tickets, asks) -> SimpleNamespace:
    """Answers sorted by customer and time, with what is known about each; `ask` points into the asks."""
    row = np.flatnonzero(asks.answered != w.MISSING)
    row = row[np.lexsort((asks.key[row], asks.answered[row], asks.owner[row]))]
    owner, at = asks.owner[row], asks.answered[row]
    day = at // w.DAY
    new = day - people.acquired[owner] < w.NEW_DAYS
    return SimpleNamespace(
        ask=row,
        owner=owner,
        seq=_running(owner),
        at=at,
        day=day,
        key=asks.key[row],
        channel=asks.channel[row],
        touchpoint=asks.touchpoint[row],
        survey=asks.survey[row],
        order=asks.order[row],
        ticket=asks.ticket[row],
        tenure=np.where(new, 0, 1),
        plan=plans.plan_on(subs, owner, day, len(people.number)),
    )
