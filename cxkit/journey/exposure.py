"""Who had a touchpoint, how long they waited, and who did nothing after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxkit.journey.log import Log
from cxkit.link import Linked
from cxkit.periods.lengths import SECOND
from cxkit.stats import compare
from cxkit.stats.clustered import clustered_sums, share_limits


@dataclass(frozen=True)
class Exposure:
    """One number a touchpoint, in the order of `Log.touchpoints`.

    Attributes
    ----------
    customers : ndarray
        Customers who had it.
    leaving : ndarray
        Share of those whose window is over who had no further touch within it; NaN without any.
    known, open : ndarray
        Customers whose window is over, and those for whom it is not.
    wait, waited : ndarray
        Median time to the next touch, and from the touch before, in seconds.
    """

    customers: np.ndarray
    leaving: np.ndarray
    known: np.ndarray
    open: np.ndarray
    wait: np.ndarray
    waited: np.ndarray


def exposure(log: Log, within: int) -> Exposure:
    """What each touchpoint is followed by, customer by customer.

    Parameters
    ----------
    log : Log
        Sessions of a customer are put together again: the next touch is the customer's next one.
    within : int
        The window in microseconds.

    Notes
    -----
    Of each customer the last touch of a touchpoint whose window is over counts, so that a customer with many touches
    counts once.
    """
    many, owner = len(log.touchpoints), log.owner
    follows = np.r_[owner[1:] == owner[:-1], False] if len(log) else np.zeros(0, dtype=bool)
    gap = np.diff(log.time, append=log.time[-1:])
    over = log.time <= log.end - 1 - within
    stays = follows & (gap <= within)
    pair = owner * many + log.touch
    exposed = _last_of(pair, np.ones(len(log), dtype=bool))
    judged = _last_of(pair, over)
    count = np.bincount(log.touch[exposed], minlength=many)
    known = np.bincount(log.touch[judged], minlength=many)
    left = np.bincount(log.touch[judged], weights=~stays[judged], minlength=many)
    with np.errstate(divide="ignore", invalid="ignore"):
        leaving = left / known
    wait = _medians(log.touch[follows], gap[follows], many)
    waited = _medians(log.touch[1:][follows[:-1]], gap[follows], many) if len(log) else wait
    return Exposure(count, leaving, known, count - known, wait, waited)


def _last_of(pair: np.ndarray, which: np.ndarray) -> np.ndarray:
    """The last event of each customer and touchpoint among some events, as places; events are in order of time."""
    at = np.flatnonzero(which)[::-1]
    return at[np.unique(pair[at], return_index=True)[1]]


def _medians(touch: np.ndarray, gap: np.ndarray, many: int) -> np.ndarray:
    found = pd.Series(gap).groupby(touch).median().reindex(range(many)).to_numpy(dtype=float)
    return found / SECOND


def leaving_by_score(
    log: Log, linked: Linked, names: list[str], within: int, confidence: float
) -> dict[str, np.ndarray]:
    """Do those who score low leave more often than the others?

    Parameters
    ----------
    log : Log
    linked : Linked
    names : list of str
        Touchpoints, in the order of the result.
    within : int
        The window after the answer, in microseconds.
    confidence : float

    Returns
    -------
    dict
        leaving_low and leaving_high (shares of the answers below 0, and of the others, after which the customer had no
        touch within the window), leaving_difference with _low and _high, leaving_p, leaving_p_adjusted (Holm),
        leaving_verdict.

    Notes
    -----
    The window begins with the answer, so that the score comes first. Answers whose window is not over are left out, and
    so are customers who are not in the events.
    """
    table = linked.table[linked.table["scaled"].notna() & linked.table["customer_id"].notna()]
    who = log.places_of(table["customer_id"])
    asked = table["responded_at"].to_numpy().astype("datetime64[us]").astype(np.int64)
    inside = (who >= 0) & (asked <= log.end - 1 - within)
    who, asked = who[inside], asked[inside]
    touch = pd.Index(names, dtype="str").get_indexer(table["touchpoint"][inside]).astype(np.int64)
    left = (_next_after(log, who, asked) - asked > within).astype(float)
    low = table["scaled"].to_numpy(dtype=float)[inside] < 0
    sides, worth = [], []
    for mine in (low, ~low):
        sums = clustered_sums(who, np.where(mine, touch, -1), left, len(names))
        sides.append(share_limits(sums, confidence=confidence)[0])
        worth.append(sums.effective)
    pairs = (np.nan_to_num(sides[0]) * worth[0], worth[0], np.nan_to_num(sides[1]) * worth[1], worth[1])
    p = compare.share_difference(*pairs).p
    adjusted = compare.holm(p)
    gap = compare.share_difference(*pairs, confidence=compare.adjusted_level(p, adjusted, confidence))
    return {
        "leaving_low": sides[0],
        "leaving_high": sides[1],
        "leaving_difference": gap.estimate,
        "leaving_difference_low": gap.low,
        "leaving_difference_high": gap.high,
        "leaving_p": p,
        "leaving_p_adjusted": adjusted,
        "leaving_verdict": np.array(compare.verdicts(adjusted), dtype=object),
    }


def _next_after(log: Log, who: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """When each customer's first touch after a moment was; far in the future where there is none.

    A binary search among the events of each customer, for all answers at once.
    """
    at = np.searchsorted(log.customer, who, side="left"), np.searchsorted(log.customer, who, side="right")
    low, high = log.starts[at[0]], log.starts[at[1]]
    end = high.copy()
    while (low < high).any():
        middle = (low + high) // 2
        later = (low < high) & (log.time[np.minimum(middle, len(log) - 1)] <= asked)
        low = np.where(later, middle + 1, low)
        high = np.where(later | (low >= high), high, middle)
    there = low < end
    return np.where(there, log.time[np.minimum(low, max(len(log) - 1, 0))], np.iinfo(np.int64).max // 2)
