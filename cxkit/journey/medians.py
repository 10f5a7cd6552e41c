"""Medians by group and how far the true ones could be from them, by ranks alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxkit.journey.tallies import quantiles
from cxkit.stats.clustered import clustered_sums
from cxkit.stats.intervals import critical_value
from cxkit.stats.survival import kaplan_meier


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
    customer: np.ndarray,
    group: np.ndarray,
    value: np.ndarray,
    groups: int,
    *,
    open_: np.ndarray | None = None,
    confidence: float = 0.95,
) -> Medians:
    """What is the median of each group, and how far could the true one be from it?

    Parameters
    ----------
    customer, group : ndarray of int
        From 0 on.
    value : ndarray of float
        None missing.
    groups : int
    open_ : ndarray of bool, optional
        Values that are not at their end yet: the true one is larger. A group with one takes the Kaplan-Meier median.
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
    random and no shape is assumed. Below six values there are no limits at 95 %. With open values the limits are where the
    log-log limits of the Kaplan-Meier curve cross one half (Brookmeyer and Crowley), z times sqrt(d) in place of z; where a
    curve does not come down so far, there is none, and none below as many values as for ranks.

    References
    ----------
    Brookmeyer, R. and Crowley, J. (1982). A confidence interval for the median survival time. Biometrics 38, 29-41.
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
    for at in np.unique(group[open_]) if open_ is not None and open_.any() else ():
        own = group == at
        middle[at], *ends = _watched(value[own], ~open_[own], z * float(np.sqrt(worse[at])))
        low[at], high[at] = ends if known[at] else (np.nan, np.nan)
    return Medians(n, middle, low, high)


def _watched(value: np.ndarray, over: np.ndarray, z: float) -> tuple[float, float, float]:
    """The Kaplan-Meier median and its limits; NaN where a curve does not come down to one half."""
    curve = kaplan_meier(value, over)
    with np.errstate(divide="ignore", invalid="ignore"):  # log-log limits, with a z that allows for clusters
        reach = z * curve.error / curve.share / np.log(curve.share)
        lower, upper = (np.exp(-np.exp(np.log(-np.log(curve.share)) + sign * reach)) for sign in (-1, 1))
    lower = np.where(
        curve.share > 0, lower, 0.0
    )  # below the curve, which has come down to 0; of the upper one nothing is known

    def first(line: np.ndarray) -> float:
        down = np.flatnonzero(line <= 0.5)
        return float(curve.time[down[0]]) if down.size else np.nan

    half = np.flatnonzero(np.isclose(curve.share, 0.5, rtol=0, atol=1e-12))
    middle = first(curve.share)
    if half.size and half[0] + 1 < curve.time.size:  # flat at one half: the middle of the step, as for a plain median
        middle = (curve.time[half[0]] + curve.time[half[0] + 1]) / 2
    return middle, first(lower), first(upper)
