"""The season: do some months of the year lie above or below the rest, year after year?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from cxkit.errors import DataError, UsageError
from cxkit.stats.intervals import critical_value


@dataclass(frozen=True)
class Season:
    """How far each month of the year lies from its year.

    Attributes
    ----------
    months : ndarray of int
        1 to 12.
    effect, low, high : ndarray
        Distance from the mean of the year with limits, in the unit of the values; the twelve add up to zero.
    p : float
        How surprising effects like these would be without a season.
    years : int
        Whole years compared.
    spread : float
        How much more the months vary about year and season than sampling explains; at least 1.
    """

    months: np.ndarray
    effect: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: float
    years: int
    spread: float


def season(values: ArrayLike, variances: ArrayLike, months: ArrayLike, *, confidence: float = 0.95) -> Season:
    """Do some months of the year score higher or lower than the rest, year after year?

    Parameters
    ----------
    values : array_like
        One value for each whole month, in the order of time without gaps; of these the last whole years count.
    variances : array_like
        Squared standard error of each value (for a net score, variance of one answer over n).
    months : array_like of int
        The month of the year of each value, 1 to 12.
    confidence : float, default 0.95

    Returns
    -------
    Season

    Raises
    ------
    DataError
        If there are fewer than 24 months in a row, or one of them has no value: a season seen once is no season.
    UsageError
        If the lists differ in length or the months do not follow each other.

    Notes
    -----
    Weighted least squares with a level for each run of twelve months and an effect for each month of the year, effects
    adding up to zero. The F test compares the effects with what is left over, or with sampling alone where that is more
    (so it does not believe in a calm it has seen only eleven times); limits are t limits on the same scale, each for
    its own month. **When not to use it**: to say which of the twelve stands out without allowing for having looked at
    twelve; across a year in which something else changed, whose step is shared out among the months.

    References
    ----------
    Draper, N. R. and Smith, H. (1998). Applied Regression Analysis, 3rd ed. Wiley, chapters 9 and 14.

    Examples
    --------
    >>> year = [30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 18, 12]
    >>> found = season(year + [v + 5 for v in year], [4.0] * 24, list(range(1, 13)) * 2)
    >>> found.effect.round(1)[-3:].tolist(), found.p < 0.001
    ([2.5, -9.5, -15.5], True)
    """
    y, v, m = (np.asarray(each, dtype=float) for each in (values, variances, months))
    if not y.shape == v.shape == m.shape or y.ndim != 1:
        raise UsageError(f"season: {y.size} values, {v.size} variances and {m.size} months. Give one of each a month.")
    if len(m) > 1 and ((m[1:] - m[:-1]) % 12 != 1).any():
        raise UsageError("season: the months do not follow each other. Give every month in the order of time, 1 to 12.")
    years = len(y) // 12
    if years < 2:
        raise DataError(
            f"season: {len(y)} whole months are too few. A season needs two full years, 24 months in a row."
        )
    y, v, m = y[-12 * years :], v[-12 * years :], m[-12 * years :].astype(int)
    if not (np.isfinite(y) & (v > 0)).all():
        raise DataError(
            f"season: {int((~np.isfinite(y) | ~(v > 0)).sum())} of {len(y)} months have no value or no spread. "
            "A season needs answers in every month of two full years."
        )
    return _fit(y, 1 / v, m, years, confidence)


def _fit(y: np.ndarray, weight: np.ndarray, m: np.ndarray, years: int, confidence: float) -> Season:
    """Least squares: a column a year, then eleven columns for the months; December is minus the sum of the others."""
    critical_value(confidence)
    month = np.vstack([np.eye(11), -np.ones(11)])
    level = np.repeat(np.eye(years), 12, axis=0)
    design = np.hstack([level, month[m - 1]])
    root = np.sqrt(weight)
    inverse = np.linalg.inv(design.T @ (weight[:, None] * design))
    found = inverse @ design.T @ (weight * y)
    flat = np.linalg.lstsq(root[:, None] * level, root * y, rcond=None)[0]
    rest = float((weight * (y - design @ found) ** 2).sum())
    gain = max(float((weight * (y - level @ flat) ** 2).sum()) - rest, 0.0)
    freedom = 11 * (years - 1)
    scale = max(rest / freedom, 1.0)
    effect = month @ found[years:]
    error = np.sqrt(np.einsum("ij,jk,ik->i", month, inverse[years:, years:], month) * scale)
    reach = special.stdtrit(freedom, (1 + confidence) / 2) * error
    p = float(special.fdtrc(11, freedom, gain / 11 / scale))
    return Season(np.arange(1, 13), effect, effect - reach, effect + reach, p, years, float(np.sqrt(scale)))
