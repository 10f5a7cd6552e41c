"""How many answers a question needs, and what the answers at hand can find."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from cxkit.errors import UsageError
from cxkit.stats.intervals import critical_value


def answers_for_interval(
    half_width: ArrayLike,
    *,
    promoters: ArrayLike | None = None,
    detractors: ArrayLike | None = None,
    confidence: float = 0.95,
) -> Any:
    """How many answers make the interval of a net score so narrow?

    Parameters
    ----------
    half_width : array_like
        Wanted distance from the score to a limit on the -1..1 scale: 0.03 for 3 points.
    promoters, detractors : array_like, optional
        Expected shares, 0..1. Without them the worst case: half promoters, half detractors.
    confidence : float, default 0.95

    Returns
    -------
    int, or an ndarray of whole numbers where several widths or shares are given

    Raises
    ------
    UsageError
        If a width is not above 0, or the shares do not fit together.

    Notes
    -----
    ``n = z^2 V / m^2 - 3`` rounded up, with V = promoters + detractors - (promoters - detractors)^2; the 3 are those the
    adjusted interval adds. It counts answers of different customers, equally weighted: multiply by the design effect
    where they are not. **When not to use it**: a narrow interval does not help against those who did not answer.

    Examples
    --------
    >>> answers_for_interval(0.03, promoters=0.5, detractors=0.2), answers_for_interval(0.05)
    (2601, 1534)
    """
    m = _above_zero(half_width, "half_width")
    n = critical_value(confidence) ** 2 * _variance(promoters, detractors) / m**2 - 3
    return _whole(n)


def answers_for_difference(
    difference: ArrayLike,
    *,
    promoters: ArrayLike | None = None,
    detractors: ArrayLike | None = None,
    confidence: float = 0.95,
    power: float = 0.8,
) -> Any:
    """How many answers on each side find a difference of two net scores?

    Parameters
    ----------
    difference : array_like
        The true difference on the -2..2 scale: 0.05 for 5 points.
    promoters, detractors : array_like, optional
        Expected shares on both sides, 0..1. Without them the worst case.
    confidence : float, default 0.95
    power : float, default 0.8
        How often the difference shall be found if it is there.

    Returns
    -------
    int, or an ndarray of whole numbers
        Answers on each side.

    Raises
    ------
    UsageError
        If the difference is zero, the power is not between 0 and 1, or the shares do not fit together.

    Notes
    -----
    ``n = (z + z_power)^2 2 V / difference^2``, rounded up. For one comparison planned in advance; several need a higher
    confidence. **When not to use it**: to explain afterwards why nothing was found; look at the interval then.

    Examples
    --------
    >>> answers_for_difference(0.05, promoters=0.5, detractors=0.2)
    3831
    """
    gap = _above_zero(np.abs(np.asarray(difference, dtype=float)), "difference")
    return _whole(_reach(confidence, power) ** 2 * 2 * _variance(promoters, detractors) / gap**2)


def detectable_difference(
    n: ArrayLike,
    other_n: ArrayLike,
    *,
    promoters: ArrayLike | None = None,
    detractors: ArrayLike | None = None,
    confidence: float = 0.95,
    power: float = 0.8,
) -> Any:
    """Which difference of two net scores can so many answers find?

    Parameters
    ----------
    n, other_n : array_like
        Answers of the two sides (effective numbers where they are weighted or clustered).
    promoters, detractors : array_like, optional
        Expected shares on both sides, 0..1. Without them the worst case.
    confidence : float, default 0.95
    power : float, default 0.8

    Returns
    -------
    float, or an ndarray
        The smallest difference found with this power, on the -2..2 scale; NaN where a side is empty.

    Raises
    ------
    UsageError
        If a count is negative, the power is not between 0 and 1, or the shares do not fit together.

    Notes
    -----
    ``(z + z_power) sqrt(V / n + V / other_n)``, at most 2. **When not to use it**: as an interval. A difference smaller
    than this may still be found by luck, and one that was found may be smaller.

    Examples
    --------
    >>> round(detectable_difference(3831, 3831, promoters=0.5, detractors=0.2), 4)
    0.05
    """
    sides = [np.asarray(value, dtype=float) for value in (n, other_n)]
    if any((side < 0).any() for side in sides):
        raise UsageError("detectable_difference: a number of answers is negative.")
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(_variance(promoters, detractors) * (1 / sides[0] + 1 / sides[1]))
    found = np.where(np.isfinite(spread), np.minimum(_reach(confidence, power) * spread, 2.0), np.nan)
    return found if found.ndim else float(found)


def _reach(confidence: float, power: float) -> float:
    if not 0 < power < 1:
        hint = f" Did you mean {power / 100:g}?" if 1 < power < 100 else ""
        raise UsageError(f"power: {power!r} does not lie between 0 and 1.{hint}")
    return critical_value(confidence) + float(special.ndtri(power))


def _above_zero(value: ArrayLike, name: str) -> np.ndarray:
    array = np.asarray(value, dtype=float)
    if not (array > 0).all():
        raise UsageError(
            f"{name}: {np.min(array):g} is not above 0. Net scores run from -1 to 1 here: 0.05 is 5 points."
        )
    if (array > 2).any():
        raise UsageError(
            f"{name}: {np.max(array):g} is more than 2. Net scores run from -1 to 1 here: 0.05 is 5 points."
        )
    return array


def _variance(promoters: ArrayLike | None, detractors: ArrayLike | None) -> np.ndarray:
    """Variance of one answer (-1, 0 or 1); at worst 1."""
    if promoters is None and detractors is None:
        return np.asarray(1.0)
    if promoters is None or detractors is None:
        raise UsageError("promoters, detractors: give both expected shares, or neither for the worst case.")
    p, d = np.asarray(promoters, dtype=float), np.asarray(detractors, dtype=float)
    if not ((p >= 0) & (d >= 0) & (p + d <= 1 + 1e-12)).all():
        raise UsageError(
            f"promoters, detractors: {np.max(p):g} and {np.max(d):g} are no shares of one whole. "
            "Give shares between 0 and 1 that together are at most 1."
        )
    return p + d - (p - d) ** 2


def _whole(n: np.ndarray) -> Any:
    up = np.maximum(np.ceil(n - 1e-9), 1).astype("int64")
    return up if up.ndim else int(up)
