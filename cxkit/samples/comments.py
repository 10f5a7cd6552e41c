"""Writes comments that fit a score, a touchpoint and what happened, and the first lines of support cases."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from cxkit.samples import people as _people
from cxkit.samples import phrases as p
from cxkit.samples import world as w
from cxkit.samples.draws import Draws

#: Of a thousand who answer: how many write, by group. The unhappy write more, so comments sound worse than answers are.
WRITES = np.array([560, 420, 380])
MOODS = ("bad", "fine", "good")
_BY_MOOD = {"bad": p.BAD, "fine": p.FINE, "good": p.GOOD}


def group(survey: np.ndarray, points: np.ndarray) -> np.ndarray:
    """0 unhappy, 1 neither, 2 happy, by the rule of each survey."""
    low, high = np.array([6, 2, 3])[survey], np.array([9, 4, 5])[survey]
    return np.where(points <= low, 0, np.where(points >= high, 2, 1))


def write(draws: Draws, people, orders, tickets, answers, scores) -> np.ndarray:
    """Comment of each answer; empty where nothing was written."""
    n = people.number[answers.owner]
    mood = group(answers.survey, scores.points)
    out = np.full(len(n), "", dtype=object)
    row = np.flatnonzero(draws.chance("writes", WRITES[mood], n, answers.key))
    n, key, mood = n[row], answers.key[row], mood[row]
    dice = [draws.below(f"comment {i}", 5040, n, key).tolist() for i in range(6)]
    kinds = draws.below("comment kind", 1000, n, key).tolist()
    # A parcel that came late with the new carrier, and an answer that shows it.
    carrier = (answers.touchpoint[row] == w.DELIVERY) & w.look(orders.hit, answers.order[row]) & (mood < 2)
    product = w.look(orders.product, answers.order[row])
    product = np.where(answers.order[row] >= 0, product, draws.pick("talks of", w.PRODUCT_WEIGHTS, n, key))
    agent = w.look(tickets.agent, answers.ticket[row])
    first, last = _people.names(people)
    owner = answers.owner[row].tolist()
    columns = (column.tolist() for column in (mood, answers.touchpoint[row], carrier, product, agent))
    facts = zip(*columns, owner, kinds, strict=True)
    texts = []
    for (feels, touch, by_carrier, sold, who, of, kind), *roll in zip(facts, *dice, strict=True):
        fill = _fill(w.PRODUCTS[sold], roll) | {"agent": w.AGENTS[who]}
        text = _text(MOODS[feels], w.TOUCHPOINTS[touch], by_carrier, kind, roll, fill)
        if kind >= 970:
            text = _signed(text, roll, first[of], last[of])
        texts.append(p.HOSTILE[roll[2] % len(p.HOSTILE)] if kind < 7 else text)
    out[row] = texts
    return out


def _fill(product: str, roll: list[int]) -> dict[str, str]:
    """Words for the slots of a sentence."""
    items = p.SLOTS["item"][product]
    return {
        "item": items[roll[5] % len(items)],
        "plant": p.SLOTS["plant"][roll[5] % len(p.SLOTS["plant"])],
        "place": p.SLOTS["place"][roll[4] % len(p.SLOTS["place"])],
        "days": p.SLOTS["days"][roll[4] % len(p.SLOTS["days"])],
        "minutes": p.SLOTS["minutes"][roll[4] % len(p.SLOTS["minutes"])],
        "month": p.SLOTS["month"][roll[4] % len(p.SLOTS["month"])],
    }


def _text(mood: str, touchpoint: str, carrier: bool, kind: int, roll: list[int], fill: dict[str, str]) -> str:
    """A comment: an opener, one sentence or two, a closer; or just a word or two."""
    if 880 <= kind < 970:
        return p.SHORT[mood][roll[0] % len(p.SHORT[mood])]
    bank = p.CARRIER if carrier and roll[3] % 5 else _BY_MOOD[mood][touchpoint]
    opener = p.OPENERS[mood][roll[1] % len(p.OPENERS[mood])]
    closer = p.CLOSERS[mood][roll[2] % len(p.CLOSERS[mood])].format(**fill)
    text = _sentence(bank[roll[0] % len(bank)], fill)
    if kind < 240:  # a second thought
        text += ". " + _sentence(bank[(roll[0] + 1 + roll[3] % (len(bank) - 1)) % len(bank)], fill)
    if opener.endswith(": ") and not text.startswith("I "):
        text = text[:1].lower() + text[1:]
    text = f"{opener}{text}{'' if closer == ' 🌱' else '.'}{closer}"
    return text.lower().rstrip(".") if 780 <= kind < 880 else text


def _sentence(pattern: str, fill: dict[str, str]) -> str:
    """A sentence with its slots filled and a capital at its head."""
    text = pattern.format(**fill)
    return text[:1].upper() + text[1:]


def _signed(text: str, roll: list[int], first: str, last: str) -> str:
    """A comment that gives its writer away."""
    ending = p.PRIVATE[roll[3] % len(p.PRIVATE)]
    fill = {"First": first, "Last": last, "first": first.lower(), "last": last.lower()}
    return text + ending.format(three=f"{roll[4] % 1000:03d}", two=f"{roll[5] % 90 + 10}", **fill)


def cases(draws: Draws, people: SimpleNamespace, orders, tickets) -> np.ndarray:
    """First line of each support case."""
    n = people.number[tickets.owner]
    dice = [draws.below(f"case text {i}", 5040, n, tickets.key).tolist() for i in range(3)]
    sold = np.where(tickets.order >= 0, w.look(orders.product, tickets.order), 0).tolist()
    texts = []
    for topic, product, *roll in zip(tickets.topic.tolist(), sold, *dice, strict=True):
        bank = p.TICKETS[w.TOPICS[topic]]
        fill = _fill(w.PRODUCTS[product], [0, 0, 0, 0, roll[1], roll[2]])
        texts.append(_sentence(bank[roll[0] % len(bank)], fill))
    return np.array(texts, dtype=object)
