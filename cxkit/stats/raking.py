"""Raking: factors that make weighted cells add up to known totals, margin by margin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cxkit.errors import UsageError

#: After so many passes the largest miss must have become smaller by a tenth, or it never will.
_PATIENCE = 50

_AT_MOST = 5_000


@dataclass(frozen=True)
class Raked:
    """What raking found.

    Attributes
    ----------
    factor : ndarray
        By which the base of each cell is multiplied.
    passes : int
        How often it went over all margins.
    misses : list of ndarray
        For each margin, what its sums still lack: (sum - total) / total, or the sum itself over all totals where the
        total is 0.
    met : bool
        Whether every miss is within the tolerance, and every factor within the limits.
    """

    factor: np.ndarray
    passes: int
    misses: list[np.ndarray]
    met: bool


def rake_cells(
    base: ArrayLike,
    codes: Sequence[ArrayLike],
    totals: Sequence[ArrayLike],
    *,
    limits: tuple[float, float] | None = None,
    tolerance: float = 1e-10,
) -> Raked:
    """Which factors make the cells add up to the totals of every margin?

    Parameters
    ----------
    base : array_like
        Sum of the base weights of each cell.
    codes : sequence of array_like of int
        For each margin, which of its totals each cell belongs to.
    totals : sequence of array_like
        For each margin its totals, none negative, with the same sum in every margin.
    limits : (float, float), optional
        Least and most of a factor, relative to the mean factor.
    tolerance : float, default 1e-10
        Largest relative miss of a total.

    Returns
    -------
    Raked
        Also where the totals cannot be met: look at `met`.

    Raises
    ------
    UsageError
        If the limits do not hold 1 between them, or the tolerance is not positive.

    Notes
    -----
    Iterative proportional fitting (Deming and Stephan 1940): one margin after the other is scaled to its totals, again
    and again. Of all weights that meet the totals these are the nearest to the base (in the sense of Kullback and
    Leibler). With `limits`, factors are cut to them at the end of every pass. It stops when fifty passes have brought
    less than a tenth. **When not to use it**: to force many thin margins; cells without answers cannot be weighted up,
    and what is met exactly is paid for in effective answers.

    References
    ----------
    Deming, W. E. and Stephan, F. F. (1940). On a least squares adjustment of a sampled frequency table when the expected
    marginal totals are known. Annals of Mathematical Statistics 11, 427-444.

    Examples
    --------
    >>> found = rake_cells([1, 1, 1, 3], [[0, 0, 1, 1], [0, 1, 0, 1]], [[4, 4], [3, 5]])
    >>> (found.factor * [1, 1, 1, 3]).round(3).tolist()
    [2.0, 2.0, 1.0, 3.0]
    """
    base = np.asarray(base, dtype=float)
    codes = [np.asarray(code, dtype=int) for code in codes]
    totals = [np.asarray(total, dtype=float) for total in totals]
    mean = totals[0].sum() / base.sum()
    low, high = _limits(limits, mean)
    if not tolerance > 0:
        raise UsageError(f"tolerance: {tolerance!r} is not above 0.")
    factor, best, passes = np.ones(base.shape), np.inf, 0
    while True:
        passes += 1
        for code, total in zip(codes, totals, strict=True):
            have = np.bincount(code, base * factor, len(total))
            with np.errstate(divide="ignore", invalid="ignore"):
                factor = factor * np.where(have > 0, total / have, 0.0)[code]
        factor = np.where(factor > 0, np.clip(factor, low, high), 0.0)
        misses = [_miss(np.bincount(c, base * factor, len(t)), t) for c, t in zip(codes, totals, strict=True)]
        worst = max(np.abs(miss).max() for miss in misses)
        stuck = passes % _PATIENCE == 0 and worst > 0.9 * best
        if worst <= tolerance or stuck or passes >= _AT_MOST:
            return Raked(factor, passes, misses, bool(worst <= tolerance))
        best = worst if passes % _PATIENCE == 0 else best


def _limits(limits: tuple[float, float] | None, mean: float) -> tuple[float, float]:
    if limits is None:
        return 0.0, np.inf
    try:
        low, high = (float(limit) for limit in limits)
    except (TypeError, ValueError):
        low, high = np.nan, np.nan
    if not 0 <= low < 1 < high:
        raise UsageError(
            f"limits: {limits!r} is no pair of a number below 1 and one above 1, such as (0.3, 3): the least and the "
            "most a factor may be, relative to the mean factor."
        )
    return low * mean, high * mean


def _miss(have: np.ndarray, total: np.ndarray) -> np.ndarray:
    """By how much sums miss their totals, relative to them."""
    return (have - total) / np.where(total > 0, total, total.sum())
