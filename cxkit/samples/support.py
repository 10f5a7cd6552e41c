"""Support cases: why they start, how long they wait, who hands them on, and which come back.

`resolved` is the first resolution and `closed` the last one; both are missing while nothing has been found by the last
day of the data.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from cxkit.samples import plans
from cxkit.samples import world as w
from cxkit.samples.draws import ONE, Draws

NO_ORDER = -1
CHAT, PHONE, EMAIL, STORE = range(4)
HOUR = 3600


def build(draws: Draws, people: SimpleNamespace, orders: SimpleNamespace, subs: SimpleNamespace) -> SimpleNamespace:
    """Cases sorted by customer and time; `order` is a row of the orders or NO_ORDER."""
    owner, opened, topic, order, key = _cases(draws, people, orders, subs)
    n = people.number[owner]
    desk = draws.pick("desk", w.DESK_WEIGHTS, n, key)
    busy = opened // w.DAY >= w.BACKLOG_DAY
    wait = _wait(draws, n, key, desk, busy)
    first = opened + wait
    handed = (desk == CHAT) & draws.chance("handed over", 330, n, key)
    handed_at = np.where(handed, first + draws.between("hands over", 240, 2400, n, key), w.MISSING)
    worked = _work(draws, n, key, busy, handed)
    resolved = _past(np.where(handed, handed_at, first) + worked)
    again = draws.chance("reopens", np.where(topic == w.BILLING, 330, 65), n, key) & (resolved != w.MISSING)
    reopened = _past(np.where(again, resolved + draws.between("reopens after", 10 * HOUR, 9 * w.DAY, n, key), w.END))
    again = reopened != w.MISSING
    last = reopened + 2 * HOUR + draws.exponential("second work", n, key) * 44 * HOUR // ONE
    closed = _past(np.where(again, last, np.where(resolved == w.MISSING, w.END, resolved)))
    waits = (desk == CHAT) | (desk == PHONE)
    return SimpleNamespace(
        owner=owner,
        seq=_running(owner),
        key=key,
        order=order,
        topic=topic,
        desk=desk,
        opened=opened,
        wait=np.where(waits, wait, w.MISSING),
        first=_past(first),
        handed_at=_past(np.where(handed, handed_at, w.END)),
        handed=handed & (handed_at < w.END),
        resolved=resolved,
        reopened=reopened,
        reopens=np.where(again, 1 + draws.chance("twice", 110, n, key), 0),
        closed=closed,
        agent=draws.below("agent", len(w.AGENTS), n, key),
        priority=draws.pick("priority", (18, 66, 16), n, key),
    )


def _past(at: np.ndarray) -> np.ndarray:
    """Times after the last day have not happened yet."""
    return np.where(at < w.END, at, w.MISSING)


def _running(owner: np.ndarray) -> np.ndarray:
    """1, 2, 3 … within each customer; the owners are sorted."""
    start = np.r_[True, owner[1:] != owner[:-1]] if len(owner) else np.zeros(0, bool)
    row = np.arange(len(owner))
    return row - np.maximum.accumulate(np.where(start, row, 0)) + 1 if len(owner) else row


def _cases(draws, people, orders, subs):
    """Owner, time, topic, order and draw key of every case: after an order, or while a plan is live."""
    n = people.number[orders.owner]
    rate = np.where(orders.sent, np.where(orders.hit, 290, 175), 60)
    row = np.flatnonzero(orders.arrived & draws.chance("order case", rate, n, orders.seq))
    n, seq = n[row], orders.seq[row]
    calm = draws.pick("order topic", (30, 26, 14, 18, 12), n, seq)
    topic = np.where(orders.hit[row], draws.pick("carrier topic", (72, 12, 5, 8, 3), n, seq), calm)
    topic = np.where((topic == 0) & ~orders.sent[row], 1, topic)
    day = orders.received[row] // w.DAY + 1 + draws.below("case after", 7, n, seq)
    opened = day * w.DAY + draws.between("case time", 8 * HOUR, 20 * HOUR, n, seq)
    parts = [(orders.owner[row], opened, topic, row, seq)]
    for month in range(1, plans.MONTHS + 1):
        number = people.number[subs.owner]
        at = w.months_after(subs.start, month) + draws.below("plan case day", 28, number, subs.spell, month)
        ended = np.where(subs.ended == w.MISSING, w.LAST + 1, subs.ended)
        row = np.flatnonzero((at >= w.FIRST) & (at < ended) & draws.chance("plan case", 27, number, subs.spell, month))
        if len(row):
            number, spell = number[row], subs.spell[row]
            topic = draws.pick("plan topic", (14, 22, 46, 4, 14), number, spell, month)
            opened = at[row] * w.DAY + draws.between("plan case time", 8 * HOUR, 20 * HOUR, number, spell, month)
            nothing = np.full(len(row), NO_ORDER)
            parts.append((subs.owner[row], opened, topic, nothing, 1000 + 100 * spell + month))
    owner, opened, topic, order, key = (np.concatenate(column) for column in zip(*parts, strict=True))
    keep = opened < w.END
    owner, opened, topic, order, key = owner[keep], opened[keep], topic[keep], order[keep], key[keep]
    by = np.lexsort((key, opened, owner))
    return owner[by], opened[by], topic[by], order[by], key[by]


def _wait(draws, n, key, desk, busy) -> np.ndarray:
    """Seconds until a person answers: minutes on the phone and in chat, hours by e-mail, no time in a shop."""
    mean = np.array([140, 260, 5 * HOUR, 20])[desk]
    mean = np.where(busy, mean * 8 // 5, mean)
    least = np.array([5, 8, 300, 5])[desk]
    return least + draws.exponential("wait", n, key) * mean // ONE


def _work(draws, n, key, busy, handed) -> np.ndarray:
    """Seconds from the first answer (or the hand-over) to a solution.

    Since the backlog began, support closes easy cases faster than ever and parks the others for weeks.
    """
    usual = 900 + draws.exponential("work", n, key) * 34 * HOUR // ONE
    usual = np.where(handed, usual * 16 // 10 + 3 * HOUR, usual)
    parked = busy & draws.chance("parked", 480, n, key)
    quick = np.where(busy, usual * 55 // 100, usual)
    return np.where(parked, draws.between("parked for", 18 * w.DAY, 110 * w.DAY, n, key), quick)
