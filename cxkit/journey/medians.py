"""Medians by group and how far the true ones could be from them, by ranks alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxkit.journey.tallies import quantiles
from cxkit.stats.clustered import clustered_sums
from cxkit.stats.intervals import critical_value


@dataclass(frozen=True)
class Medians:
    """Medians with limits; NaN where there is no value, limits also where there are too few.

    Attributes
    ----------
    n : ndarray of int64
        Values of each group.
    median, low, high : ndarray
        In the unit of the values.
    """

    n: np.ndarray
    median: np.ndarray
    low: np.ndarray
    high: np.ndarray


def medians(
    customer: np.ndarray, group: np.ndarray, value: np.ndarray, groups: int, *, confidence: float = 0.95
) -> Medians:
    """What is the median of each group, and how far could the true one be from it?

    Parameters
    ----------
    customer, group : ndarray of int
        From 0 on.
    value : ndarray of float
        None missing.
    groups : int
    confidence : float, default 0.95

    Returns
    -------
    Medians

    Notes
    -----
    The limits are the values of rank r and n + 1 - r with ``r = floor(n/2 - z/2 sqrt(n d) + 1/2)``, the sign test
    turned round (normal approximation with continuity correction; up to 59 values and 95 % it gives the exact ranks
    or limits one rank wider). d is the number of values divided by what they are worth when those of one customer are
    taken together, judged by which side of the median they lie on (Woodruff's idea for surveys). Nothing is drawn at
    random and no shape is assumed. Below six values there are no limits at 95 %.

    References
    ----------
    Conover, W. J. (1999). Practical Nonparametric Statistics. 3rd ed. Wiley, section 3.2.
    Woodruff, R. S. (1952). Confidence intervals for medians and other position measures. JASA 47, 635-646.

    Examples
    --------
    >>> found = medians(np.arange(9), np.zeros(9, int), np.arange(1.0, 10.0), 1)
    >>> found.median.tolist(), found.low.tolist(), found.high.tolist()
    ([5.0], [2.0], [8.0])
    """
    z = critical_value(confidence)
    n = np.bincount(group, minlength=groups)
    middle = quantiles(group, value, groups, [0.5])[0]
    sums = clustered_sums(customer, group, value <= middle[group], groups)
    with np.errstate(divide="ignore", invalid="ignore"):
        worse = np.where(n > 0, np.maximum(n / sums.effective, 1.0), 1.0)
    rank = np.floor(n / 2 - z / 2 * np.sqrt(n * worse) + 0.5).astype(np.int64)
    order = np.lexsort((value, group))
    first = np.cumsum(n) - n
    known = rank >= 1
    low, high = np.full(groups, np.nan), np.full(groups, np.nan)
    low[known] = value[order[(first + rank - 1)[known]]]
    high[known] = value[order[(first + n - rank)[known]]]
    return Medians(n, middle, low, high)
