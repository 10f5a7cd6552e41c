"""The log of touches: web and app sessions, parcels, unboxing, support, returns, renewals.

It covers the last two quarters. A session that led to an order is built back from the order; sessions that led nowhere
stop at a step of their own.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from cxkit.samples import plans
from cxkit.samples import world as w
from cxkit.samples.draws import Draws

TOUCHES = (
    "visit", "product page", "basket", "checkout", "order", "delivery", "unboxing", "support", "return", "renewal",
    "cancel",
)  # fmt: skip
STAGES = ("discover", "choose", "order", "receive", "use", "help", "renew")
STAGE_OF = np.array([0, 1, 1, 1, 2, 3, 4, 5, 5, 6, 6])
VISIT, PAGE, BASKET, CHECKOUT, ORDER, DELIVERY, UNBOXING, SUPPORT, RETURN, RENEWAL, CANCEL = range(11)
CHANNELS = (*w.CHANNELS, "chat", "email", "courier")
WEB, MOBILE, APP, PHONE, STORE, CHAT, EMAIL, COURIER = range(8)
DESK_CHANNEL = np.array([CHAT, PHONE, EMAIL, STORE])

#: Where sessions without an order stop: at the visit, a product page, the basket, the checkout.
STOPS = (40, 34, 16, 10)
STOPS_NEW_CHECKOUT = (29, 25, 12, 34)
_NONE = -1


def build(draws: Draws, people, orders, refunds, subs, tickets) -> SimpleNamespace:
    """Touches sorted by customer and time; `session`, `order` and `ticket` are -1 where there is none."""
    parts = [
        *_with_orders(draws, people, orders),
        *_without_orders(draws, people, orders, subs),
        *_parcels(draws, people, orders, refunds),
        *_support(tickets),
        *_renewals(draws, people, subs),
    ]
    names = ("owner", "at", "touch", "channel", "session", "order", "ticket")
    columns = {name: np.concatenate(column) for name, column in zip(names, zip(*parts, strict=True), strict=True)}
    by = np.lexsort((columns["touch"], columns["at"], columns["owner"]))
    inside = (columns["at"] >= w.WEB_FIRST * w.DAY) & (columns["at"] < w.END)
    by = by[inside[by]]
    return SimpleNamespace(**{name: column[by] for name, column in columns.items()})


def _part(owner, at, touch, channel, session=_NONE, order=_NONE, ticket=_NONE) -> tuple:
    """One part of the log, every column at full length."""
    size = len(owner)
    rest = (np.broadcast_to(np.asarray(x, dtype=np.int64), size) for x in (touch, channel, session, order, ticket))
    return owner, at, *rest


def _with_orders(draws, people, orders) -> list[tuple]:
    """Orders, and the steps before those made online, built backwards."""
    row = np.flatnonzero(orders.day >= w.WEB_FIRST)
    parts = [_part(orders.owner[row], orders.ordered[row], ORDER, orders.channel[row], _session(orders, row), row)]
    row = row[orders.channel[row] < w.ONLINE]
    owner, at, seq, channel = orders.owner[row], orders.ordered[row], orders.seq[row], orders.channel[row]
    n = people.number[owner]
    steps = ((CHECKOUT, 40, 420), (BASKET, 15, 240), (PAGE, 20, 600), (PAGE, 20, 400), (VISIT, 5, 180))
    for i, (touch, low, high) in enumerate(steps):
        at = at - draws.between(f"step {i}", low, high, n, seq)
        shown = draws.chance("second page", 550, n, seq) if i == 3 else np.ones(len(row), dtype=bool)
        parts.append(_part(owner[shown], at[shown], touch, channel[shown], seq[shown]))
    return parts


def _session(orders, row) -> np.ndarray:
    """Session numbers: the order's own number, or none for phone and store."""
    return np.where(orders.channel[row] < w.ONLINE, orders.seq[row], _NONE)


def _without_orders(draws, people, orders, subs) -> list[tuple]:
    """Sessions that led nowhere, of customers who bought within a year or have a plan."""
    size = len(people.number)
    parts = []
    for month in range(6):
        first = int(w.months_after(np.array([w.WEB_FIRST]), month)[0])
        past = (orders.day < first) & (orders.day > first - 365)
        live = (np.bincount(orders.owner[past], minlength=size) > 0) | (
            plans.plan_on(subs, np.arange(size), np.full(size, first), size) > 0
        )
        for visit in range(3):
            owner = np.flatnonzero(live & draws.chance("looks around", 170, people.number, month, visit))
            n = people.number[owner]
            day = first + draws.below("looks on", 30, n, month, visit)
            at = day * w.DAY + draws.clock("looks at", n, month, visit)
            channel = draws.pick("looks with", w.CHANNEL_WEIGHTS[: w.ONLINE], n, month, visit)
            usual = draws.pick("stops", STOPS, n, month, visit)
            broken = draws.pick("stops on a phone", STOPS_NEW_CHECKOUT, n, month, visit)
            depth = np.where((channel == MOBILE) & (day >= w.CHECKOUT_DAY), broken, usual)
            for step in range(CHECKOUT + 1):
                goes = depth >= step
                session = np.full(int(goes.sum()), 500 + 10 * month + visit)
                parts.append(_part(owner[goes], at[goes], step, channel[goes], session))
                at = at + draws.between(f"moves on {step}", 8, 300, n, month, visit)
    return parts


def _parcels(draws, people, orders, refunds) -> list[tuple]:
    """Deliveries, boxes opened with the care guide in the app, and returns."""
    row = np.flatnonzero(orders.sent & orders.arrived)
    n = people.number[orders.owner[row]]
    parts = [_part(orders.owner[row], orders.received[row], DELIVERY, COURIER, order=row)]
    opens = draws.chance("unboxes", np.where(orders.hit[row], 380, 560), n, orders.seq[row])
    at = orders.received[row] + draws.between("unboxes after", 600, 2 * w.DAY, n, orders.seq[row])
    parts.append(_part(orders.owner[row[opens]], at[opens], UNBOXING, APP, order=row[opens]))
    back = refunds.order
    where = np.where(orders.sent[back], WEB, STORE)
    parts.append(_part(orders.owner[back], refunds.at - 2 * 3600, RETURN, where, order=back))
    return parts


def _support(tickets) -> list[tuple]:
    """First contacts, hand-overs to the phone, and reopened cases."""
    row = np.arange(len(tickets.owner))
    channel = DESK_CHANNEL[tickets.desk]
    parts = [_part(tickets.owner, tickets.opened, SUPPORT, channel, _NONE, tickets.order, row)]
    for happens, at, where in (
        (tickets.handed, tickets.handed_at, np.full(len(row), PHONE)),
        (tickets.reopened != w.MISSING, tickets.reopened, np.where(tickets.handed, PHONE, channel)),
    ):
        k = np.flatnonzero(happens)
        parts.append(_part(tickets.owner[k], at[k], SUPPORT, where[k], _NONE, tickets.order[k], k))
    return parts


def _renewals(draws, people, subs) -> list[tuple]:
    """Terms renewed (of monthly plans every sixth month) and plans left."""
    n = people.number[subs.owner]
    every = np.array([0, 6, 3, 12])[subs.plan]
    ended = np.where(subs.ended == w.MISSING, w.LAST + 1, subs.ended)
    parts = []
    for month in range(3, plans.MONTHS, 3):
        at = w.months_after(subs.start, month)
        k = np.flatnonzero((month % every == 0) & (at < ended))
        time = at[k] * w.DAY + 6 * 3600
        parts.append(_part(subs.owner[k], time, RENEWAL, EMAIL))
    k = np.flatnonzero((subs.reason >= 0) & (subs.reason != plans.CHANGE))
    how = np.array([WEB, MOBILE, APP, PHONE])[draws.pick("cancels by", (34, 22, 20, 24), n[k], subs.spell[k])]
    time = subs.ended[k] * w.DAY + draws.between("cancels at", 9 * 3600, 20 * 3600, n[k], subs.spell[k])
    parts.append(_part(subs.owner[k], time, CANCEL, how))
    return parts
