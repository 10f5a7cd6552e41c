"""How strong the evidence is, in a word, and which of many pairs is the surest."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cxkit.errors import UsageError
from cxkit.stats.compare.limits import difference, limits_at

#: How strong the evidence is, strongest first.
VERDICTS = ("clear", "likely", "too early")

#: Below these p values the first two verdicts are given.
LEVELS = (0.05, 0.20)


def verdict(estimate: float, low: float, high: float, confidence: float, against: float = 0.0) -> str:
    """How strong the evidence is that a value differs from another: clear, likely or too early.

    Parameters
    ----------
    estimate, low, high, confidence : float
        The value with its interval and the confidence of that interval.
    against : float
        What it is compared with.

    Returns
    -------
    str
        "clear" if the 95 % interval excludes `against`, "likely" if the 80 % interval does, else "too early".

    Raises
    ------
    UsageError
        If `confidence` does not lie between 0 and 1.

    Notes
    -----
    This is the one rule behind every chip and every "probably" in a report. It judges one comparison: whoever picks the
    largest of many must widen the limits first.

    Examples
    --------
    >>> verdict(-7, -11, -2, 0.95), verdict(-6, -13, 0.3, 0.95), verdict(5, -7, 17, 0.95)
    ('clear', 'likely', 'too early')
    """
    for name, level in (("clear", 0.95), ("likely", 0.80)):
        lo, hi = (low, high) if confidence == level else limits_at(estimate, low, high, confidence, level)
        if against < lo or against > hi:
            return name
    return "too early"


#: How many groups are tried for each side of a pair, out of perhaps thousands.
_TRIED = 100


def surest_pair(estimate: ArrayLike, low: ArrayLike, high: ArrayLike, *, confidence: float = 0.95, pairs: int = 0):
    """Which two groups are most surely different, allowing for having looked at all pairs?

    Parameters
    ----------
    estimate, low, high : array_like
        Groups with their limits; at least two, none missing.
    confidence : float, default 0.95
        The confidence the limits have.
    pairs : int, optional
        Pairs that were looked at in all; those of these groups unless said.

    Returns
    -------
    upper, lower : int
        Positions of the two groups: the pair whose difference has the highest lower limit, or, where no limit is above
        zero, the highest and the lowest group.
    difference, low, high : float
        Upper minus lower, with limits that hold for all pairs at once at 95 %.

    Raises
    ------
    UsageError
        If there are fewer than two groups.

    Notes
    -----
    Each pair is judged at 1 - 0.05/m, m being the number of pairs (Bonferroni), so whichever pair is picked by looking, at
    most one run in twenty with no difference anywhere names one. Of thousands of groups, the hundred best candidates for
    each side are tried.

    Examples
    --------
    >>> upper, lower, gap, low, high = surest_pair([50, 44, 16], [20, 38, 10], [75, 50, 22])
    >>> (upper, lower), round(gap)
    ((1, 2), 28)
    """
    estimate = np.asarray(estimate, dtype=float)
    if len(estimate) < 2:
        raise UsageError(f"surest_pair: it takes two groups or more, got {len(estimate)}.")
    pairs = max(pairs, len(estimate) * (len(estimate) - 1) // 2)
    low, high = limits_at(estimate, low, high, confidence, 1 - 0.05 / pairs)
    sides = np.column_stack([estimate, low, high])
    above = np.argsort(-sides[:, 1], kind="stable")[:_TRIED]  # candidates for the upper side, by their lower limit
    below = np.argsort(sides[:, 2], kind="stable")[:_TRIED]
    surest = difference(*sides[above].T[:, :, None], *sides[below].T[:, None, :])[1]
    i, j = np.unravel_index(int(np.argmax(surest)), surest.shape)
    upper, lower = int(above[i]), int(below[j])
    if surest[i, j] <= 0:
        upper, lower = int(estimate.argmax()), int(estimate.argmin())
    gap, gap_low, gap_high = difference(*sides[upper], *sides[lower])
    return upper, lower, float(gap), float(gap_low), float(gap_high)
