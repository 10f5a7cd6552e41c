"""The same customers asked twice: did their net score change?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from cxkit.errors import UsageError
from cxkit.stats.intervals import _counts, critical_value

#: What a customer's answer counts for, in the order detractor, passive, promoter.
_VALUE = np.array([-1.0, 0.0, 1.0])


@dataclass(frozen=True)
class Paired:
    """The change of customers who answered twice, later minus earlier.

    Attributes
    ----------
    estimate, low, high : ndarray
        Change of their net score on the -2..2 scale, with limits.
    p : ndarray
        Two-sided p value of "no change".
    n : ndarray
        Customers.
    promoters_p, detractors_p : ndarray
        McNemar's exact p: did as many become promoters (detractors) as ceased to be?
    """

    estimate: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray
    n: np.ndarray
    promoters_p: np.ndarray
    detractors_p: np.ndarray


def paired_nps(counts: ArrayLike, *, confidence: ArrayLike = 0.95) -> Paired:
    """Did the net score of the same customers change between two answers?

    Parameters
    ----------
    counts : array_like, shape (..., 3, 3)
        Customers by earlier group (rows) and later group (columns), both in the order detractor, passive, promoter.
    confidence : float or array_like, default 0.95

    Returns
    -------
    Paired

    Raises
    ------
    UsageError
        If the counts do not form a 3 by 3 table, or one is negative or missing.

    Notes
    -----
    Each customer's difference is one of -2, -1, 0, 1, 2. Its mean is the change of the net score, and the t interval
    of that mean is given; its worst coverage of a nominal 95 % was .94 at 10, 20 and 50 customers. Where all customers
    moved alike there is no spread to judge by: limits and p are NaN.

    **When not to use it**: to say something about all customers. Those who answered twice are not those who answered
    once; and extreme first answers tend to be followed by milder ones, so never pair only the detractors.

    References
    ----------
    McNemar, Q. (1947). Note on the sampling error of the difference between correlated proportions or percentages.
    Psychometrika 12, 153-157.

    Examples
    --------
    >>> change = paired_nps([[12, 6, 2], [3, 20, 12], [1, 4, 40]])
    >>> round(float(change.estimate), 2), round(float(change.low), 3), round(float(change.high), 3), int(change.n)
    (0.13, 0.011, 0.249, 100)
    """
    critical_value(confidence)
    counts = _counts(counts, "customers")
    if counts.shape[-2:] != (3, 3):
        raise UsageError(
            f"paired_nps: counts have the shape {counts.shape}, not (..., 3, 3). Give earlier group by later group, each "
            "in the order detractor, passive, promoter."
        )
    level = np.asarray(confidence, dtype=float)
    moved = _VALUE[None, :] - _VALUE[:, None]
    n = counts.sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (counts * moved).sum(axis=(-2, -1)) / n
        squares = (counts * moved**2).sum(axis=(-2, -1)) - n * mean**2
        error = np.sqrt(np.where(squares > 1e-12 * n, squares, np.nan) / (n - 1) / n)
        df = np.where(n >= 2, n - 1, np.nan)
        reach = special.stdtrit(df, (1 + level) / 2) * error
        p = 2 * special.stdtr(df, -np.abs(mean) / error)
    low, high = np.maximum(mean - reach, -2), np.minimum(mean + reach, 2)
    return Paired(mean, low, high, p, n, _mcnemar(counts, 2), _mcnemar(counts, 0))


def _mcnemar(counts: np.ndarray, group: int) -> np.ndarray:
    """Exact two-sided p: of those who entered or left a group, do as many enter as leave?"""
    stay = counts[..., group, group]
    came = counts[..., :, group].sum(axis=-1) - stay
    left = counts[..., group, :].sum(axis=-1) - stay
    few, both = np.minimum(came, left), came + left
    tail = special.betainc(np.maximum(both - few, 1e-9), few + 1, 0.5)  # P(at most `few` of `both`)
    return np.where(both > 0, np.minimum(2 * tail, 1.0), 1.0)
