"""What customers answer: the score of each survey, and the calls that follow an unhappy one.

Each answer has a *level*, the NPS that many customers in the same place would give together. The level sets the shares
of promoters and detractors; the customer's attitude and fresh chance decide which of them this customer is.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from cxkit.samples import world as w
from cxkit.samples.draws import Draws

# Parts of the level, in NPS points.
BY_TOUCHPOINT = np.array([24, 30, 26, 32, 17, 26])
BY_TENURE = np.array([-34, 11])
BY_REGION = np.array([1, -1, 0, 2, -2])
BY_PLAN = np.array([-2, 0, 3, 3])
BY_AGE = np.array([-7, -1, 3, 7])
NEW_CARRIER = -72  # a delivery by the new carrier
AFTER_CARRIER = -26  # unboxing what it brought, and the relationship in its regions
HANDED_OVER = -24
REOPENED = -14
COACH = 38  # the planting coach, beginners only
CALLED = 30  # the next answer of an unhappy customer who was reached
CALL_LASTS = 240  # days

# Scores within a group, worst first, with their weights.
NPS_SCORES = ((9, 5, 6, 10, 12, 27, 31), (42, 58), (44, 56))
CSAT_SCORES = ((42, 58), (1,), (44, 56))
CES_SCORES = ((26, 34, 40), (1,), (30, 38, 32))


def levels(people, orders, tickets, trial, answers) -> np.ndarray:
    """NPS level of each answer before any call."""
    owner = answers.owner
    level = BY_TOUCHPOINT[answers.touchpoint] + BY_TENURE[answers.tenure] + BY_REGION[people.region[owner]]
    level = level + BY_PLAN[answers.plan] + BY_AGE[people.age[owner]]
    delivery = answers.touchpoint == w.DELIVERY
    level = level + np.where(delivery & w.look(orders.hit, answers.order), NEW_CARRIER, 0)
    unboxing = (answers.touchpoint == w.UNBOXING) & w.look(orders.hit, answers.order)
    relationship = (answers.touchpoint == w.RELATIONSHIP) & w.carrier_hit(people.region[owner], answers.day - 7)
    level = level + np.where(unboxing | relationship, AFTER_CARRIER, 0)
    case = answers.touchpoint == w.SUPPORT
    level = level + np.where(case & w.look(tickets.handed, answers.ticket), HANDED_OVER, 0)
    level = level + np.where(case & (w.look(tickets.reopens, answers.ticket) > 0), REOPENED, 0)
    beginner = people.skill[owner] == 0
    coached = trial.coached[owner] & beginner & (answers.day > w.TRIAL_DAY)
    return level + np.where(coached, COACH, 0)


def feeling(draws: Draws, people, answers) -> np.ndarray:
    """Rank of the customer's feeling at this moment, 0..9999, uniform over customers.

    For the relationship survey attitude counts twice as much as the moment, for a touch both count the same. The sum of
    two even draws is not even; its distribution function is a parabola at both ends, which makes it even again.
    """
    attitude = people.attitude[answers.owner]
    moment = draws.below("moment", 10_000, people.number[answers.owner], answers.key)
    half = attitude + moment
    lower, upper = half * half // 20_000, 9_999 - (20_000 - half) ** 2 // 20_000
    touch = np.where(half < 10_000, lower, upper)
    both = 2 * attitude + moment
    low, high = both * both // 40_000, 9_999 - (30_000 - both) ** 2 // 40_000
    steady = np.where(both < 10_000, low, np.where(both < 20_000, 2_500 + (both - 10_000) // 2, high))
    return np.clip(np.where(answers.touchpoint == w.RELATIONSHIP, steady, touch), 0, 9_999)


def _score(rank: np.ndarray, low: np.ndarray, high: np.ndarray, scores: tuple, first: int) -> np.ndarray:
    """Score of a feeling: the lowest ranks fall into the low group, the highest into the high group.

    `low` and `high` are the groups' shares in ten-thousandths; within a group, scores follow their weights.
    """
    out = np.zeros(len(rank), dtype=np.int64)
    edges = ((np.zeros_like(low), low), (low, 10_000 - high), (10_000 - high, np.full_like(low, 10_000)))
    for (start, stop), weights in zip(edges, scores, strict=True):
        inside = (rank >= start) & (rank < stop)
        place = (rank - start) * sum(weights) // np.maximum(stop - start, 1)
        step = np.searchsorted(np.cumsum(weights), np.clip(place, 0, sum(weights) - 1), side="right")
        out = np.where(inside, first + step, out)
        first += len(weights)
    return out


def nps_score(rank: np.ndarray, level: np.ndarray) -> np.ndarray:
    """0..10 from a feeling and a level; promoters minus detractors is the level, in points."""
    high = np.clip(3_450 + 55 * level, 300, 9_000)
    low = np.clip(high - 100 * level, 200, 9_400)
    return _score(rank, low, np.minimum(high, 9_700 - low), NPS_SCORES, 0)


def _five_and_seven(tickets, answers, rank) -> tuple[np.ndarray, np.ndarray]:
    """CSAT (1..5, 5 is best) and CES (1..7, 7 is easy) of each answer, as if it were asked that.

    Shares in ten-thousandths: what a hand-over, a reopened case or a second of waiting takes from the satisfied.
    """
    handed, wait = w.look(tickets.handed, answers.ticket), w.look(tickets.wait, answers.ticket)
    again = np.where(w.look(tickets.reopens, answers.ticket) > 0, 1_600, 0)
    tenure = np.where(answers.tenure == 0, -500, 200)
    shift = tenure - again - np.where(handed, 3_000, 0)
    low, high = np.clip(1_000 - shift * 6 // 10, 200, 8_500), np.clip(8_000 + shift, 1_000, 9_300)
    csat = _score(rank, low, high, CSAT_SCORES, 1)
    waited = np.minimum(np.where(wait == w.MISSING, 120, wait) * 10, 6_000)
    shift = tenure - again - waited - np.where(handed, 900, 0)
    low, high = np.clip(800 - shift * 6 // 10, 200, 8_500), np.clip(8_500 + shift, 1_000, 9_300)
    return csat, _score(rank, low, high, CES_SCORES, 1)


def score(draws: Draws, people, orders, tickets, trial, answers) -> SimpleNamespace:
    """Scores of all answers, and the calls made about unhappy ones (rows of the answers, with time and outcome)."""
    rank, level = feeling(draws, people, answers), levels(people, orders, tickets, trial, answers)
    csat, ces = _five_and_seven(tickets, answers, rank)
    n, nps = people.number[answers.owner], answers.survey == w.NPS
    wanted = (answers.day >= w.LOOP_DAY) & draws.chance("called", 470, n, answers.key)
    called_at = answers.at + draws.between("call after", 4 * 3600, 6 * w.DAY, n, answers.key)
    called_at = called_at // w.DAY * w.DAY + draws.between("call time", 9 * 3600, 18 * 3600, n, answers.key)
    called_at = np.where(called_at <= answers.at, called_at + w.DAY, called_at)
    outcome = draws.pick("call outcome", (46, 30, 24), n, answers.key)
    points = np.zeros(len(n), dtype=np.int64)
    called = np.zeros(len(n), dtype=bool)
    # One answer of every customer at a time: whether the answer before led to a call decides the level of this one.
    since = np.full(len(people.number), -(10**15))
    for seq in range(1, int(answers.seq.max(initial=0)) + 1):
        row = np.flatnonzero((answers.seq == seq) & nps)
        who, at = answers.owner[row], answers.at[row]
        helped = (at > since[who]) & (at < since[who] + CALL_LASTS * w.DAY)
        points[row] = nps_score(rank[row], level[row] + np.where(helped, CALLED, 0))
        called[row] = wanted[row] & (points[row] <= 6) & (called_at[row] < w.END)
        reached = called[row] & (outcome[row] < 2)
        since[who] = np.where(reached, called_at[row], -(10**15))
    points = np.where(nps, points, np.where(answers.survey == w.CSAT, csat, ces))
    return SimpleNamespace(points=points, called=called, called_at=called_at, outcome=outcome)
