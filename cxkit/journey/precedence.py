"""What comes before what: a linear order of touchpoints, and where to cut it into stages."""

from __future__ import annotations

import numpy as np

from cxkit.journey.log import Log

#: Customers looked at for the order; more would change nothing that can be seen.
ENOUGH = 50_000
#: Pairs are ordered within sittings where so many sittings hold both, and at least this share of the journeys with both.
SITTINGS, SITTING_SHARE = 10, 0.1
_NEVER = np.iinfo(np.int32).max


def firsts(log: Log, group: np.ndarray, groups: int) -> np.ndarray:
    """Place of the first event of each group in each journey, (journeys, groups); a very large number where none is.

    Parameters
    ----------
    log : Log
    group : ndarray of int
        Of each event; negative: does not count.
    groups : int
    """
    inside = np.flatnonzero(group >= 0)
    key = log.journey[inside] * groups + group[inside]
    seen, first = np.unique(key, return_index=True)
    place = np.full((log.journeys, groups), _NEVER, dtype=np.int32)
    place[seen // groups, seen % groups] = (inside - log.starts[log.journey[inside]])[first]
    return place


def before(place: np.ndarray, rows: int = 4_000) -> np.ndarray:
    """In how many journeys does each group (row) first come before each other one (column), of those that have both?"""
    groups = place.shape[1]
    counts = np.zeros((groups, groups), dtype=np.int64)
    for start in range(0, place.shape[0], rows):
        part = place[start : start + rows]
        earlier = (part[:, :, None] < part[:, None, :]) & (part[:, None, :] != _NEVER)
        counts += earlier.sum(axis=0)
    return counts


def precedence(log: Log, group: np.ndarray, groups: int) -> np.ndarray:
    """Share of the journeys with both groups in which the row's first touch comes before the column's.

    Pairs that meet within one sitting (no pause above 30 minutes) are compared there: what comes first on a second visit
    says nothing about the way. Others, such as order and delivery, are compared over the whole journey. NaN where two
    groups never meet, and on the diagonal.
    """
    if log.journeys > ENOUGH:  # every so many-th customer
        step = -(-log.journeys // ENOUGH)
        chosen = np.repeat(np.arange(log.journeys) % step == 0, log.lengths)
        log, group = log.keep(chosen), group[chosen]
    whole = before(firsts(log, group, groups))
    sitting = before(firsts(log.split("30min"), group, groups))
    close = (sitting + sitting.T) >= np.maximum(SITTINGS, SITTING_SHARE * (whole + whole.T))
    counts = np.where(close, sitting, whole)
    both = counts + counts.T
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(both > 0, counts / both, np.nan)
    np.fill_diagonal(share, np.nan)
    return share


def positions(share: np.ndarray) -> np.ndarray:
    """How early is each group: 1 minus the mean share of others it comes before (0 first, 1 last)."""
    known = np.isfinite(share)
    counted = known.sum(axis=1)
    total = np.where(known, share, 0.0).sum(axis=1)
    return np.where(counted > 0, 1 - total / np.maximum(counted, 1), 0.5)


def linear_order(share: np.ndarray) -> np.ndarray:
    """An order of the groups that agrees with as many pairwise shares as moving single groups can reach.

    It begins with the mean shares (Borda) and takes out one group after the other to put it where the sum of (share - 1/2)
    over all pairs in order is largest, until nothing moves.
    """
    gain = np.nan_to_num(share - 0.5, nan=0.0)
    order = np.argsort(positions(share), kind="stable").tolist()
    for _ in range(len(order)):
        moved = False
        for item in list(order):
            rest = [other for other in order if other != item]
            ahead, behind = gain[rest, item], gain[item, rest]
            worth = np.r_[0, np.cumsum(ahead)] + np.r_[np.cumsum(behind[::-1])[::-1], 0]
            now = order.index(item)
            best = int(np.argmax(worth))
            if worth[best] > worth[now] + 1e-9:
                rest.insert(best, item)
                order, moved = rest, True
        if not moved:
            break
    return np.array(order, dtype=np.int64)


def rising(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The nearest values that never fall along the order (isotonic regression by pooling neighbours)."""
    blocks: list[list[float]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        blocks.append([value, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            v, w, k = blocks.pop()
            u, x, m = blocks.pop()
            blocks.append([(u * x + v * w) / (x + w), x + w, m + k])
    return np.repeat([block[0] for block in blocks], [int(block[2]) for block in blocks])


def natural_breaks(position: np.ndarray, weight: np.ndarray, unit: np.ndarray, fewest: int, most: int, enough: float):
    """Where to cut an order into groups whose members lie as close together as can be (Fisher 1958).

    Parameters
    ----------
    position, weight : ndarray
        Of each touchpoint in order.
    unit : ndarray of int
        Neighbours of the same unit stay together.
    fewest, most : int
        Number of groups.
    enough : float
        The smallest number of groups is taken that explains this share of what the largest would.

    Returns
    -------
    list of int
        Where each group begins.
    """
    edges = np.r_[np.flatnonzero(np.r_[True, unit[1:] != unit[:-1]]), unit.size]
    sums = [np.r_[0, np.cumsum(weight * position**power)] for power in range(3)]
    size = edges.size - 1
    cost = np.full((size, size + 1), np.inf)
    for i in range(size):
        w, s, q = (total[edges[i + 1 :]] - total[edges[i]] for total in sums)
        cost[i, i + 1 :] = np.maximum(q - s * s / w, 0)
    most = min(most, size)
    value = np.full((most + 1, size + 1), np.inf)
    back = np.zeros((most + 1, size + 1), dtype=np.int64)
    value[0, 0] = 0
    for k in range(1, most + 1):
        for j in range(1, size + 1):
            choices = value[k - 1, :j] + cost[:j, j]
            back[k, j] = int(np.argmin(choices))
            value[k, j] = choices[back[k, j]]
    spread = cost[0, size] - value[1:, size]  # explained by 1, 2 ... groups
    groups = next((k for k in range(min(fewest, most), most) if spread[k - 1] >= enough * spread[-1]), most)
    begins, j = [], size
    for k in range(groups, 0, -1):
        j = int(back[k, j])
        begins.append(int(edges[j]))
    return begins[::-1]
