"""One-off orders: who buys when, for how much, and what comes back.

Buying follows the rules that customer value models assume: while a customer stays, gaps between orders are exponential
with a rate that is gamma distributed over customers; after each order, the first included, a customer leaves for good
with a probability that is beta distributed over customers (the modified BG/NBD model); amounts are gamma-gamma. Times
within the day are added afterwards.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from cxkit.samples import world as w
from cxkit.samples.draws import ONE, Draws

MEAN_GAP = 50  # days between orders of the average customer who stays
MAX_ORDERS = 120
#: Spending by attitude, lowest tenth first, in per cent: only the unhappy spend less.
SPEND_BY_ATTITUDE = np.array([60, 62, 104, 126, 126, 112, 100, 98, 96, 96])


def build(draws: Draws, people: SimpleNamespace) -> SimpleNamespace:
    """Orders sorted by customer and day; `owner` points into the people, `seq` counts from 1."""
    owner, seq, day = _days(draws, people)
    n = people.number[owner]
    region, deal = people.region[owner], people.deal[owner]
    channel = draws.pick("order channel", w.CHANNEL_WEIGHTS, n, seq)
    sent = channel < w.CHANNELS.index("store")
    hit = sent & w.carrier_hit(region, day)
    delivery_days = 1 + draws.pick("delivery days", (10, 34, 30, 14, 8, 4), n, seq)
    delivery_days = delivery_days + np.where(hit, draws.pick("late days", (12, 22, 26, 22, 12, 6), n, seq), 0)
    amount = _amount(draws, people, owner, seq)
    share = draws.between("margin", 38, 50, n, seq) - np.where(deal, 14, 0)
    margin = amount * share // 100 - np.where(sent, 320, 0)
    ordered = day * w.DAY + draws.clock("order time", n, seq)
    delivered = (day + delivery_days) * w.DAY + draws.between("delivery time", 8 * 3600, 18 * 3600, n, seq)
    return SimpleNamespace(
        owner=owner,
        seq=seq,
        day=day,
        ordered=ordered,
        amount=amount,
        margin=margin,
        channel=channel,
        product=draws.pick("product", w.PRODUCT_WEIGHTS, n, seq),
        sent=sent,
        hit=hit,
        delivery_days=np.where(sent, delivery_days, w.MISSING),
        received=np.where(sent, delivered, ordered),
        arrived=np.where(sent, delivered, ordered) < w.END,
    )


def _days(draws: Draws, people: SimpleNamespace) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Owner, number and day of every order: the buying process, one order of everybody at a time."""
    n = people.number
    rate = np.maximum(draws.exponential("order rate", n), 8)
    rate = np.where(people.trade, ONE * draws.between("trade rate", 4, 8, n), rate)
    leave = np.minimum.reduce([draws.below(f"leave {i}", 10_000, n) for i in range(3)])
    leave = np.where(people.deal, np.maximum(draws.below("deal leave", 10_000, n), 2500), leave)
    leave = np.where(people.attitude < 2000, leave + (10_000 - leave) * 12 // 100, leave)
    leave = np.where(people.trade, 30, leave)
    # A carried-over customer's wait for the next order starts with the data: waiting has no memory.
    wait = _gap(draws, n, rate, 0)
    at = np.where(people.carried, w.FIRST + wait, people.acquired)
    live = np.flatnonzero(at <= w.LAST)
    nobody = np.zeros(0, dtype=np.int64)
    owners, seqs, days = [nobody], [nobody], [nobody]
    for seq in range(1, MAX_ORDERS + 1):
        if not len(live):
            break
        owners.append(live)
        seqs.append(np.full(len(live), seq))
        days.append(at[live])
        stays = draws.below("leaves now", 10_000, n[live], seq) >= leave[live]
        live = live[stays]
        at[live] += 1 + _gap(draws, n[live], rate[live], seq)
        live = live[at[live] <= w.LAST]
    owner, number, day = np.concatenate(owners), np.concatenate(seqs), np.concatenate(days)
    order = np.lexsort((number, owner))
    return owner[order], number[order], day[order]


def _gap(draws: Draws, number: np.ndarray, rate: np.ndarray, seq: int) -> np.ndarray:
    """Days until the next order."""
    return np.minimum(draws.exponential("gap", number, seq) * MEAN_GAP // rate, 5000)


def _amount(draws: Draws, people: SimpleNamespace, owner: np.ndarray, seq: np.ndarray) -> np.ndarray:
    """Pence of each order: gamma (shape 6) within a customer, inverse gamma (shape 4) between customers."""
    level = draws.gamma("spend level", 4, people.number)
    spread = draws.gamma("spend", 6, people.number[owner], seq)
    amount = spread * 2250 // np.maximum(level[owner], ONE // 4)
    amount = amount * SPEND_BY_ATTITUDE[people.attitude[owner] // 1000] // 100
    amount = np.where(people.deal[owner], amount * 72 // 100, amount)
    return np.clip(amount // 5 * 5, 490, 400_000)


def refunds(draws: Draws, people: SimpleNamespace, orders: SimpleNamespace) -> SimpleNamespace:
    """What comes back: rows that point at their order, with negative money."""
    n = people.number[orders.owner]
    rate = np.where(people.deal[orders.owner], 95, 45) + np.where(orders.hit, 60, 0)
    at = orders.received + draws.between("refund after", 4 * w.DAY, 20 * w.DAY, n, orders.seq)
    row = np.flatnonzero(draws.chance("refund", rate, n, orders.seq) & (at < w.END))
    whole = draws.chance("whole refund", 700, n[row], orders.seq[row])
    return SimpleNamespace(
        order=row,
        at=at[row],
        amount=-np.where(whole, orders.amount[row], orders.amount[row] // 2),
        margin=-np.where(whole, orders.margin[row] + 350, orders.margin[row] // 2 + 350),
    )
