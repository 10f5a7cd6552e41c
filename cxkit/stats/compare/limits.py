"""Differences made from limits alone: no counts are needed.

The distance from an estimate to its limit stands for its standard error on that side (MOVER, the method of variance
estimates recovery), so two rows of an estimate table are enough for a comparison.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from cxkit.errors import UsageError
from cxkit.stats.intervals import critical_value


def difference(
    x: ArrayLike,
    lx: ArrayLike,
    ux: ArrayLike,
    y: ArrayLike,
    ly: ArrayLike,
    uy: ArrayLike,
    *,
    correlation: ArrayLike = 0.0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How far apart are two estimates, and between which limits?

    Parameters
    ----------
    x, lx, ux : array_like
        First estimate with its lower and upper limit.
    y, ly, uy : array_like
        Second estimate with its limits, at the same confidence and in the same unit.
    correlation : array_like, default 0
        Correlation of the two estimates, between -1 and 1: 0 where they come from different customers, above 0 where
        some of the same customers stand behind both.

    Returns
    -------
    difference, low, high : ndarray
        x - y and its limits, in the unit and at the confidence of the inputs; NaN where an input is missing.

    Raises
    ------
    UsageError
        If a correlation does not lie between -1 and 1.

    Notes
    -----
    ``low = (x - y) - sqrt(a^2 + b^2 - 2 r a b)`` with ``a = x - lx``, ``b = uy - y`` and the correlation r; ``high =
    (x - y) + sqrt(...)`` likewise with ``a = ux - x``, ``b = y - ly``. From score limits of two net scores its worst
    coverage of a nominal 95 % over 49 settings was .949. **When not to use it**: two waves of the same respondents are
    paired, and their differences person by person say more (`paired_nps`); a segment against a total that contains it
    overlaps, so compare it with the rest.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions. Statistics in
    Medicine 17, 873-890.

    Zou, G. Y. and Donner, A. (2008). Construction of confidence limits about effect measures.
    Statistics in Medicine 27, 1693-1702.

    Examples
    --------
    NPS +30 (17 to 42) against +10 (-4 to 24):

    >>> gap, low, high = difference(30, 17, 42, 10, -4, 24)
    >>> round(float(gap)), round(float(low), 1), round(float(high), 1)
    (20, 0.9, 38.4)
    """
    x, lx, ux, y, ly, uy = (np.asarray(value, dtype=float) for value in (x, lx, ux, y, ly, uy))
    r = known_correlation(correlation)
    gap = x - y
    return gap, gap - _reach(x - lx, uy - y, r), gap + _reach(ux - x, y - ly, r)


def _reach(a: np.ndarray, b: np.ndarray, r: np.ndarray) -> np.ndarray:
    """The third side of a triangle whose sides a and b meet at the angle with cosine r."""
    return np.sqrt(np.maximum(a * a + b * b - 2 * r * a * b, 0))


def known_correlation(correlation: ArrayLike) -> np.ndarray:
    """Correlations as floats; those a rounding error beyond 1 are cut, a missing one is taken as none."""
    r = np.nan_to_num(np.asarray(correlation, dtype=float), nan=0.0)
    if (bad := r[np.abs(r) > 1 + 1e-9]).size:
        raise UsageError(f"correlation: {bad.flat[0]:g} does not lie between -1 and 1.")
    return np.clip(r, -1, 1)


def limits_at(estimate: ArrayLike, low: ArrayLike, high: ArrayLike, confidence: float, other: float):
    """What would the limits be at another confidence, judged from the ones at hand?

    Parameters
    ----------
    estimate, low, high : array_like
        An estimate and its limits.
    confidence, other : float
        The confidence the limits have, and the one wanted.

    Returns
    -------
    low, high : ndarray

    Notes
    -----
    The distance to each limit is scaled by the ratio of normal quantiles: ``low' = estimate - (estimate - low) z'/z``.
    This is the step on which the difference above rests (a limit is z standard errors away on its side), used once
    more. It is exact for Wald limits and close for others between 80 and 99 %; where the counts are at hand, ask the
    interval function for the other confidence instead.

    Examples
    --------
    >>> low, high = limits_at(30, 17, 42, 0.95, 0.80)
    >>> round(float(low), 1), round(float(high), 1)
    (21.5, 37.8)
    """
    ratio = critical_value(other) / critical_value(confidence)
    estimate, low, high = (np.asarray(value, dtype=float) for value in (estimate, low, high))
    return estimate - (estimate - low) * ratio, estimate + (high - estimate) * ratio


def p_value(x, lx, ux, y, ly, uy, *, confidence: float = 0.95) -> np.ndarray:
    """How surprising would this difference be if there were none (two-sided)?

    Parameters
    ----------
    x, lx, ux, y, ly, uy : array_like
        As in `difference`.
    confidence : float, default 0.95
        The confidence the limits have.

    Returns
    -------
    ndarray
        Between 0 and 1; NaN where an input is missing.

    Notes
    -----
    The interval of `difference` is turned round: p is 1 minus the confidence at which its nearer limit touches zero,
    with limits rescaled as in `limits_at`. So p is below 1 minus the confidence exactly when that interval excludes
    zero, and the two never contradict each other. A verdict in a report rests on the interval; p says less.

    Examples
    --------
    >>> round(float(p_value(30, 17, 42, 10, -4, 24)), 3)
    0.04
    """
    gap, low, high = difference(x, lx, ux, y, ly, uy)
    reach = np.where(gap > 0, gap - low, high - gap)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(gap == 0, 0.0, np.abs(gap) / reach * critical_value(confidence))
    return np.where(np.isnan(reach), np.nan, 2 * special.ndtr(-z))
