"""Limits of the usual: which of many points are further from the rest than chance would put them?

Only one rule gives a signal here: a point outside its limits. Each further rule (seven on one side, six in a row
rising) would bring false alarms of its own, and whoever adds them no longer knows how many.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from cxkit.errors import UsageError

#: Mean distance of two independent normal values, in standard deviations: 2 / sqrt(pi), as published charts round it.
D2 = 1.128
#: Chance that a point of an unmoved process lies beyond three standard deviations: one in 370.
FALSE_ALARM = float(2 * special.ndtr(-3.0))
#: With fewer points there is too little to learn the usual spread from.
LEAST = 8


@dataclass(frozen=True)
class Limits:
    """What is usual, point by point.

    Attributes
    ----------
    centre, lower, upper : ndarray
        The middle and the limits of each point, in the unit of the values; NaN where there are none.
    outside : ndarray of int
        -1 below the limits, 1 above, 0 within or not judged.
    sigma : float
        Spread from point to point: in the unit of the values (`xmr`), or as a multiple of what sampling alone would
        give (`laney_p`, `net_limits`).
    baseline : int
        Number of points the limits were learnt from.
    """

    centre: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    outside: np.ndarray
    sigma: float
    baseline: int


def xmr(values: ArrayLike, baseline: int | None = None) -> Limits:
    """Which values lie outside the usual spread from one point to the next?

    Parameters
    ----------
    values : array_like
        One value a period, in the order of time; NaN where there is none.
    baseline : int, optional
        Learn the limits from the first so many known values and judge the later ones by wider limits. Without it every
        value is judged by limits from all of them.

    Returns
    -------
    Limits
        In the unit of the values.

    Raises
    ------
    UsageError
        If the values are no flat list, or fewer than eight are known to learn from.

    Notes
    -----
    ``centre +- 3 sigma`` with ``sigma = mean |x[i] - x[i-1]| / 1.128``. Values next to a missing one are neighbours. At
    three sigma an unmoved normal process gives one false alarm in 370 points **only if centre and sigma are known, or
    come from the judged points themselves** (measured: one in 472 at 8 points, 386 at 25, 380 at 52). Points that come
    later are judged by `later_factor` instead of 3; with 3 the rate would be one in 53, 113 and 190 for a baseline of
    12, 25 and 52 points.

    **When not to use it**: values that follow each other closely (rolling windows, stock levels), which have small
    steps and hence limits far too narrow; periods with very different numbers of answers (`net_limits`, `laney_p`). If
    every value of the baseline is the same there are no limits.

    References
    ----------
    Wheeler, D. J. and Chambers, D. S. (1992). Understanding Statistical Process Control, 2nd ed. SPC Press.
    Cryer, J. D. and Ryan, T. P. (1990). The estimation of sigma for an X chart: MR/d2 or S/c4? Journal of Quality
    Technology 22, 187-192.

    Examples
    --------
    >>> found = xmr([32, 30, 31, 29, 33, 31, 30, 32, 31, 12])
    >>> round(float(found.lower[0]), 1), round(float(found.upper[0]), 1), found.outside.tolist()
    (19.1, 39.1, [0, 0, 0, 0, 0, 0, 0, 0, 0, -1])
    """
    x = _flat(values, "xmr")
    own = learnt_from(np.isfinite(x), baseline, "xmr")
    centre, sigma = float(x[own].mean()), moving_spread(x[own])
    reach = reaches(len(x), own, baseline is not None) * (sigma if sigma > 0 else np.nan)
    middle = np.full(len(x), centre)
    return _limits(x, middle, middle - reach, middle + reach, sigma, own)


def laney_p(x: ArrayLike, n: ArrayLike, baseline: int | None = None) -> Limits:
    """Which shares lie outside the usual, when shares vary more from period to period than sampling alone explains?

    Parameters
    ----------
    x, n : array_like
        Favourable answers and all answers of each period, in the order of time. A period with n 0 is not judged.
    baseline : int, optional
        As in `xmr`.

    Returns
    -------
    Limits
        Shares 0..1; `sigma` is the multiple of the sampling error (1: sampling alone).

    Raises
    ------
    UsageError
        If a count is negative or missing, x exceeds n, or there are fewer than eight periods to learn from.

    Notes
    -----
    Each share becomes ``z = (x/n - p) / s`` with ``s = sqrt(p (1 - p) / n)`` and p the share of all baseline answers;
    ``sigma = mean |z[i] - z[i-1]| / 1.128``, and the limits are ``p +- 3 s sigma``, cut at 0 and 1. A plain p chart (sigma 1)
    alarms all the time once thousands of answers a day make s smaller than the real differences between days. sigma is
    used as it comes, below 1 too.

    **When not to use it**: shares near 0 or 1 with few answers a period (under about five expected on either side):
    their spread is lopsided, and false alarms become several times as many on the long side.

    References
    ----------
    Laney, D. B. (2002). Improved control charts for attributes. Quality Engineering 14, 531-537.

    Examples
    --------
    >>> found = laney_p([30, 45, 20, 70, 40, 45, 38, 52], [120, 150, 90, 200, 170, 130, 160, 140])
    >>> round(float(found.centre[0]), 4), round(found.sigma, 4), round(float(found.upper[0]), 4)
    (0.2931, 2.4056, 0.593)
    """
    x, n = _flat(x, "laney_p"), _flat(n, "laney_p")
    if x.shape != n.shape:
        raise UsageError(f"laney_p: {len(x)} counts but {len(n)} totals. Give one total a count.")
    bad = ~np.isfinite(x) | ~np.isfinite(n) | (x < 0) | (x > n)
    if bad.any():
        raise UsageError(f"laney_p: {int(bad.sum())} of {len(x)} counts are negative, missing or above their total.")
    own = learnt_from(n > 0, baseline, "laney_p")
    share = float(x[own].sum() / n[own].sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        value, error = x / n, np.sqrt(share * (1 - share) / n)
        z = (value - share) / error
    sigma = moving_spread(z[own])
    reach = reaches(len(x), own, baseline is not None) * error * (sigma if sigma > 0 else np.nan)
    reach = np.where(n > 0, reach, np.nan)
    value = np.where(n > 0, value, np.nan)
    middle = np.full(len(x), share)
    with np.errstate(invalid="ignore"):
        outside = np.where(value < middle - reach, -1, np.where(value > middle + reach, 1, 0))
    return Limits(middle, np.maximum(middle - reach, 0), np.minimum(middle + reach, 1), outside, sigma, int(own.sum()))


def later_factor(baseline: int, rate: float = FALSE_ALARM) -> float:
    """How many standard deviations wide must limits be for points that come after the baseline?

    Parameters
    ----------
    baseline : int
        Number of points that centre and spread (from moving ranges) were learnt from.
    rate : float
        False alarms for each later point of an unmoved process, both sides together.

    Returns
    -------
    float

    Raises
    ------
    UsageError
        If the baseline has fewer than eight points or the rate does not lie between 0 and 1.

    Notes
    -----
    The mean of m - 1 moving ranges over 1.128 has the relative variance ``(0.8264 m - 1.082) / (m - 1)^2`` (Cryer and
    Ryan); the chi distribution with the same relative variance gives its degrees of freedom. The factor is the t
    quantile with these degrees of freedom times ``sqrt(1 + 1/m)``, because the centre is an estimate too. Measured rate
    (normal values, 400,000 baselines each): one in 592, 473, 398, 378 and 373 points for baselines of 8, 12, 25, 52 and
    104.

    Examples
    --------
    >>> [round(later_factor(m), 2) for m in (12, 25, 26, 52, 1000)]
    [4.53, 3.6, 3.57, 3.26, 3.01]
    """
    if baseline < LEAST:
        raise UsageError(f"later_factor: a baseline of {baseline} points is too short. Take {LEAST} or more.")
    if not 0 < rate < 1:
        raise UsageError(f"later_factor: a rate of {rate:g} does not lie between 0 and 1.")
    freedom = _freedom(moving_variance(baseline))
    quantile = special.stdtrit(freedom, 1 - rate / 2)
    return float(quantile * chi_mean(freedom) * np.sqrt(1 + 1 / baseline))


def chi_mean(freedom: float) -> float:
    """Mean of a standard deviation with so many degrees of freedom, where the true one is 1."""
    half = special.gammaln((freedom + 1) / 2) - special.gammaln(freedom / 2)
    return float(np.sqrt(2 / freedom) * np.exp(half))


def _freedom(variance: float) -> float:
    """Degrees of freedom of the chi distribution whose variance is so large a part of its mean's square."""
    low, high = 0.1, 1e7
    for _ in range(80):  # the relative variance falls as the degrees of freedom grow
        middle = np.sqrt(low * high)
        low, high = (middle, high) if chi_mean(middle) ** -2 - 1 > variance else (low, middle)
    return float(low)


def moving_spread(x: np.ndarray) -> float:
    """Standard deviation from the mean step between neighbours; a change of level hardly enlarges it."""
    return float(np.abs(np.diff(x)).mean() / D2)


def moving_variance(many: int) -> float:
    """Variance of `moving_spread` over so many independent normal values of spread 1 (Cryer and Ryan)."""
    return (0.8264 * many - 1.082) / (many - 1) ** 2


def learnt_from(known: np.ndarray, baseline: int | None, who: str) -> np.ndarray:
    """Which points the limits are learnt from: all known ones, or the first so many of them."""
    if baseline is not None and (isinstance(baseline, bool) or int(baseline) != baseline or baseline < LEAST):
        raise UsageError(f"{who}: a baseline of {baseline!r} points will not do. Take {LEAST} or more.")
    wanted = LEAST if baseline is None else int(baseline)
    if known.sum() < wanted:
        raise UsageError(f"{who}: {int(known.sum())} points are known, but the limits need {wanted} to learn from.")
    return known if baseline is None else known & (np.cumsum(known) <= wanted)


def reaches(size: int, own: np.ndarray, later: bool) -> np.ndarray:
    """Width of the limits in standard deviations: 3 for points they were learnt from, more for those that come later."""
    return np.where(own, 3.0, later_factor(int(own.sum()))) if later else np.full(size, 3.0)


def _flat(values: ArrayLike, who: str) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    if array.ndim != 1:
        raise UsageError(f"{who}: expected one list of numbers, got an array of {array.ndim} dimensions.")
    return array


def _limits(x, middle, lower, upper, sigma: float, own: np.ndarray) -> Limits:
    with np.errstate(invalid="ignore"):
        outside = np.where(x < lower, -1, np.where(x > upper, 1, 0))
    return Limits(middle, lower, upper, outside, sigma, int(own.sum()))
