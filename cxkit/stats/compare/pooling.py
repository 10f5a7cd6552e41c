"""Partial pooling: display values for a long ranked list, drawn towards the middle by how little is known of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cxkit.errors import UsageError
from cxkit.stats.intervals import find_root


@dataclass(frozen=True)
class Shrunken:
    """Partially pooled estimates.

    Attributes
    ----------
    estimate : ndarray
        Each estimate drawn towards the common mean; NaN where it was missing.
    weight : ndarray
        How much of its own estimate each keeps, 0..1.
    tau : float
        Spread (standard deviation) of the true values, chance taken out; NaN with fewer than two groups.
    centre : float
        The common mean.
    """

    estimate: np.ndarray
    weight: np.ndarray
    tau: float
    centre: float


def shrink(estimate: ArrayLike, se: ArrayLike) -> Shrunken:
    """Which values are a fair ranking of many groups of very different size?

    Parameters
    ----------
    estimate : array_like
        One estimate a group, in any unit; missing ones are left out.
    se : array_like
        Their standard errors, in the same unit and above zero. A group whose answers are all equal has a plain standard
        error of 0, which is false: take (high - low) / (2 * 1.96) of a score interval.

    Returns
    -------
    Shrunken

    Raises
    ------
    UsageError
        If a standard error is missing, zero or negative where the estimate is there.

    Notes
    -----
    Empirical Bayes under ``estimate_k ~ N(theta_k, se_k^2)``, ``theta_k ~ N(centre, tau^2)``: the display value is
    ``w_k estimate_k + (1 - w_k) centre`` with ``w_k = tau^2 / (tau^2 + se_k^2)``, tau by Paule and Mandel. The best and the
    worst of many groups look more extreme than they are, small ones above all; this takes that out. If the spread of
    the estimates is no wider than chance makes it, tau is 0 and all groups get the same value.

    **When not to use it**: for a test or an interval of one group (use its own estimate), or without saying that the
    values are pooled. Groups that differ in kind (countries and channels in one list) have no common mean.

    References
    ----------
    Paule, R. C. and Mandel, J. (1982). Consensus values and weighting factors. Journal of Research of the National Bureau
    of Standards 87, 377-385.

    Efron, B. and Morris, C. (1975). Data analysis using Stein's estimator and its generalizations. JASA 70, 311-319.

    Examples
    --------
    >>> pooled = shrink([40, 30, 22, -20], [3, 4, 5, 30])
    >>> pooled.estimate.round(1).tolist(), pooled.weight.round(2).tolist()
    ([39.5, 29.8, 22.7, 19.4], [0.96, 0.92, 0.89, 0.18])
    """
    y, se = np.broadcast_arrays(np.asarray(estimate, dtype=float), np.asarray(se, dtype=float))
    there = ~np.isnan(y)
    if (bad := there & ~(np.isfinite(se) & (se > 0))).any():
        raise UsageError(
            f"shrink: {int(bad.sum())} of {y.size} standard errors are missing, zero or negative. "
            "Take them from limits: (high - low) / (2 * 1.96)."
        )
    pooled, weight = np.full(y.shape, np.nan), np.full(y.shape, np.nan)
    if there.sum() < 2:
        pooled[there], weight[there] = y[there], 1.0
        return Shrunken(pooled, weight, float("nan"), float(y[there][0]) if there.any() else float("nan"))
    variance = se[there] ** 2
    tau2 = _spread(y[there], variance)
    centre = _middle(y[there], variance, tau2)
    weight[there] = tau2 / (tau2 + variance)
    pooled[there] = centre + weight[there] * (y[there] - centre)
    return Shrunken(pooled, weight, float(np.sqrt(tau2)), float(centre))


def _middle(y: np.ndarray, variance: np.ndarray, tau2: float) -> float:
    w = 1 / (variance + tau2)
    return float((w * y).sum() / w.sum())


def _spread(y: np.ndarray, variance: np.ndarray) -> float:
    """tau^2 at which the weighted squares around the common mean are what chance and tau explain."""

    def spare(tau2):
        w = 1 / (variance + tau2[:, None])
        middle = (w * y).sum(axis=1) / w.sum(axis=1)
        return (w * (y - middle[:, None]) ** 2).sum(axis=1) - (y.size - 1)

    if spare(np.zeros(1))[0] <= 0:
        return 0.0
    most = ((y - y.mean()) ** 2).sum() / (y.size - 1)  # from there on tau alone explains too much
    return float(find_root(spare, np.zeros(1), np.array([most * (1 + 1e-9)]))[0])
