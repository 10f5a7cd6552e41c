"""Means, covariances and slopes of several measures when most rows lack some of them.

Every row speaks with what it has: maximum likelihood for a multivariate normal distribution over all patterns of
missing values. Rows are not dropped and nothing is filled in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from cxkit.errors import UsageError
from cxkit.stats.missing_patterns import (
    Patterns,
    by_entry,
    gradient,
    hessian,
    joined,
    log_likelihood,
    lower_triangle,
    parted,
    patterns_of,
    precision,
    slope,
)

#: A pair of columns seen together in fewer rows than this says next to nothing about how the two hang together.
TOGETHER = 10

#: Parts of the rows that are left out in turn, and the steps from the fit to all rows to the fit to the others.
_PARTS, _CHORD_STEPS = 40, 6

_EM_STEPS, _NEWTON_STEPS, _ROUNDS, _DONE = 40, 12, 25, 1e-9


@dataclass(frozen=True)
class Normal:
    """A multivariate normal distribution fitted to rows with missing values.

    Attributes
    ----------
    mean : ndarray, (d,)
    covariance : ndarray, (d, d)
        With the divisor n, as maximum likelihood has it.
    loglik : float
        Log-likelihood of the observed values.
    rows : int
        Rows with at least one value.
    together : ndarray of int, (d, d)
        Rows in which two columns are both there.
    prior : float
        Rows' worth of "these columns do not hang together" that was added.
    converged : bool
    """

    mean: np.ndarray
    covariance: np.ndarray
    loglik: float
    rows: int
    together: np.ndarray
    prior: float
    converged: bool
    _data: Patterns
    _theta: tuple[np.ndarray, np.ndarray]


def fit_normal(values: ArrayLike, *, prior: float = 0.0) -> Normal:
    """What are the means and covariances of these columns, most of whose values may be missing?

    Parameters
    ----------
    values : array_like, (n, d)
        NaN where a value is missing; rows without any value do not count.
    prior : float, default 0
        So many rows' worth of "not correlated" are added. One row settles what sparse data leave open (two columns never
        seen together) and keeps a few lucky rows from making two columns nearly the same.

    Returns
    -------
    Normal

    Raises
    ------
    UsageError
        If there is no table of numbers, a column has fewer than two values or no spread, or the prior is negative.

    Notes
    -----
    EM steps (every missing value by its expectation given the others) until they slow down, then Newton steps on the
    observed log-likelihood. With complete rows and no prior the result is the plain mean and covariance. Without a prior
    the likelihood can have no single top, where two columns are hardly seen together; `converged` is then False.
    **When not to use it**: where a value is missing because of what it would have been (only the angry answer); then
    no use of the other columns helps.

    References
    ----------
    Little, R. J. A. and Rubin, D. B. (2019). Statistical Analysis with Missing Data, 3rd ed. Wiley, chapter 11.

    Examples
    --------
    Two columns, the second missing in one row: the mean of the second follows the line through the complete rows.

    >>> found = fit_normal([[1, 1], [2, 3], [3, 2], [6, float("nan")]])
    >>> found.mean.round(4).tolist()
    [3.0, 2.5]
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 2 or not values.size:
        raise UsageError(f"fit_normal: expected rows and columns of numbers, got an array of shape {values.shape}.")
    there = np.isfinite(values)
    values, there = values[there.any(axis=1)], there[there.any(axis=1)]
    if not prior >= 0:
        raise UsageError(f"prior: {prior!r} is negative or missing.")
    few = np.flatnonzero(there.sum(axis=0) < 2)
    if few.size:
        raise UsageError(f"fit_normal: column {few[0]} has fewer than two values.")
    center, scale = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    if (scale <= 1e-12 * np.maximum(np.abs(center), 1)).any():
        raise UsageError(f"fit_normal: all values of column {np.flatnonzero(scale <= 1e-12)[:1].tolist()} are equal.")
    together = there.T.astype(np.int64) @ there.astype(np.int64)
    data = patterns_of((values - center) / scale, there, center, scale, float(prior))
    mu, sigma, converged = _fitted(data)
    loglik = log_likelihood(data, mu, sigma, 0.0) - float((there * np.log(scale)).sum())
    covariance = sigma * np.outer(scale, scale)
    return Normal(
        center + scale * mu, covariance, loglik, len(values), together, float(prior), converged, data, (mu, sigma)
    )


def slopes(fitted: Normal, outcome: int = -1) -> tuple[np.ndarray, np.ndarray]:
    """How does one column go with all others together, each adjusted for the rest?

    Parameters
    ----------
    fitted : Normal
    outcome : int, default -1
        Which column is explained; the last unless said.

    Returns
    -------
    slopes, covariance : ndarray, (d - 1,) and (d - 1, d - 1)
        In the order of the other columns, with the covariance of the slopes. The covariance is NaN where the
        likelihood is too flat to give one.

    Raises
    ------
    UsageError
        If there is no such column.

    Notes
    -----
    ``b = S_xx^-1 S_xy`` of the fitted covariance; complete rows give ordinary least squares. Its covariance is the
    sandwich ``H^-1 (sum of s s') H^-1`` of the observed-data scores s of the rows and the Hessian H, carried to the
    slopes by the delta method. It holds without normality and with unequal spreads (an outcome of 0 and 1), as long as
    rows are independent: one row a customer. With complete rows it is the HC0 covariance of White.

    References
    ----------
    White, H. (1982). Maximum likelihood estimation of misspecified models. Econometrica 50, 1-25.

    Yuan, K.-H. and Bentler, P. M. (2000). Three likelihood-based methods for mean and covariance structure analysis with
    nonnormal missing data. Sociological Methodology 30, 165-200.

    Examples
    --------
    >>> x = np.arange(12.0)
    >>> b, _ = slopes(fit_normal(np.column_stack([x, 2 * x + (-1) ** x])))
    >>> b.round(4).tolist()
    [1.958]
    """
    d = fitted.mean.size
    y, x = _columns(d, outcome)
    data, (mu, sigma) = fitted._data, fitted._theta
    b, jacobian = _regression(sigma, y, x)
    back = data.scale[y] / data.scale[x]
    return b * back, jacobian @ _sandwich(data, mu, sigma) @ jacobian.T * np.outer(back, back)


def slope_errors(fitted: Normal, outcome: int = -1) -> tuple[np.ndarray, int]:
    """How precise are the slopes, with a standard error that also holds where many values are missing?

    Parameters
    ----------
    fitted : Normal
    outcome : int, default -1

    Returns
    -------
    errors : ndarray, (d - 1,)
        Standard errors of `slopes`; NaN where the likelihood is too flat.
    df : int
        Degrees of freedom for limits.

    Raises
    ------
    UsageError
        If there is no such column.

    Notes
    -----
    Jackknife: one of 40 parts of the rows (of as many as there are rows, if fewer) is left out in turn, and the slopes
    of the others found by a few Newton steps from the fit to all. Rows of the same pattern are dealt out in turn, in the
    order given. The sandwich of `slopes` is a tenth too small where each column is there in 90 of 300 rows and each pair
    in 27. **When not to use it**: rows that belong together (several of one customer) have to be one row first.

    References
    ----------
    Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman & Hall, chapter 11.

    Examples
    --------
    >>> x = np.arange(12.0)
    >>> errors, df = slope_errors(fit_normal(np.column_stack([x, 2 * x + (-1) ** x])))
    >>> errors.round(2).tolist(), df
    ([0.1], 11)
    """
    d = fitted.mean.size
    y, x = _columns(d, outcome)
    data, (mu, sigma) = fitted._data, fitted._theta
    parts = min(_PARTS, len(data.rows))
    part = np.empty(len(data.rows), dtype=np.int64)
    part[np.argsort(data.pattern, kind="stable")] = np.arange(len(data.rows)) % parts
    try:
        inverse = np.linalg.inv(-hessian(data, joined(mu, sigma), d))
    except np.linalg.LinAlgError:
        return np.full(x.size, np.nan), parts - 1
    found = np.array([_regression(_without(data, part == k, mu, sigma, inverse), y, x)[0] for k in range(parts)])
    spread = ((found - found.mean(axis=0)) ** 2).sum(axis=0) * (parts - 1) / parts
    return np.sqrt(spread) * data.scale[y] / data.scale[x], parts - 1


def _without(data: Patterns, left_out: np.ndarray, mu: np.ndarray, sigma: np.ndarray, inverse: np.ndarray):
    """The covariance fitted to the other rows, by steps with the Hessian of all rows."""
    rows, pattern, many = data.rows[left_out], data.pattern[left_out], len(data.n)
    gone = np.bincount(pattern, minlength=many)
    s, t = data.s.copy(), data.t.copy()
    np.subtract.at(s, pattern, rows)
    np.subtract.at(t, pattern, rows[:, :, None] * rows[:, None, :])
    others = replace(data, n=data.n - gone, s=s, t=t)
    theta, d = joined(mu, sigma), mu.size
    inverse = inverse * (data.n.sum() / others.n.sum())
    for _ in range(_CHORD_STEPS):
        step = inverse @ slope(others, theta, d)
        while np.linalg.eigvalsh(parted(theta + step, d)[1])[0] <= 1e-8 and np.abs(step).max() > 1e-12:
            step = step / 2
        theta = theta + step
    return parted(theta, d)[1]


def _columns(d: int, outcome: int) -> tuple[int, np.ndarray]:
    """The place of the outcome, and of the other columns."""
    if not -d <= outcome < d:
        raise UsageError(f"outcome: there is no column {outcome} among {d}.")
    return outcome % d, np.delete(np.arange(d), outcome % d)


def _regression(sigma: np.ndarray, y: int, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slopes of a covariance, and their derivative by the mean and the lower triangle of the covariance."""
    d = sigma.shape[0]
    inverse = np.linalg.inv(sigma[np.ix_(x, x)])
    b = inverse @ sigma[x, y]
    full = np.zeros(d)  # the change of S_xy - S_xx b with each entry
    full[x] = -b
    full[y] = 1.0
    i, j = lower_triangle(d)
    moved = np.zeros((d, i.size))
    at = np.arange(i.size)
    moved[i, at] += full[j]
    np.add.at(moved, (j, at), np.where(i == j, 0.0, full[i]))
    return b, np.hstack([np.zeros((x.size, d)), inverse @ moved[x]])


def _em(data: Patterns, mu: np.ndarray, sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One EM step, written as a step along the gradient."""
    n = data.n.sum()
    by_mean, by_cov = gradient(data, mu, sigma)
    step = sigma @ by_mean / n
    new = sigma + 2 / n * sigma @ by_cov @ sigma - np.outer(step, step)
    new = (n * new + data.prior * np.eye(mu.size)) / (n + data.prior)
    return mu + step, (new + new.T) / 2


def _fitted(data: Patterns) -> tuple[np.ndarray, np.ndarray, bool]:
    d = data.mask.shape[1]
    mu, sigma = np.zeros(d), np.eye(d)
    for _ in range(_ROUNDS):
        for _ in range(_EM_STEPS):
            mu, sigma = _em(data, mu, sigma)
        mu, sigma, converged = _newton(data, mu, sigma)
        if converged:
            return mu, sigma, True
    return mu, sigma, False


def _newton(data: Patterns, mu: np.ndarray, sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
    """Newton steps on the penalised log-likelihood; gives up, where it does not grow, with what was reached."""
    theta, n, d = joined(mu, sigma), data.n.sum(), mu.size
    best = log_likelihood(data, mu, sigma, data.prior)
    for _ in range(_NEWTON_STEPS):
        first = slope(data, theta, d)
        try:
            step = np.linalg.solve(-hessian(data, theta, d), first)
        except np.linalg.LinAlgError:
            break
        gain = float(first @ step)
        if not 0 <= gain < np.inf:
            break
        if gain < _DONE * n * 1e-3 and np.abs(step).max() < 1e-8:
            return *parted(theta, d), True
        for half in range(8):
            trial = theta + step / 2**half
            mean, cov = parted(trial, d)
            if (
                np.linalg.eigvalsh(cov)[0] > 1e-10
                and (value := log_likelihood(data, mean, cov, data.prior)) >= best - 1e-10 * n
            ):
                theta, best = trial, value
                break
        else:
            break
    return *parted(theta, d), False


def _sandwich(data: Patterns, mu: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Covariance of the fitted mean and covariance that holds without normality."""
    theta, d = joined(mu, sigma), mu.size
    k, _ = precision(data, sigma)
    own = k[data.pattern]
    u = np.einsum("nij,nj->ni", own, data.rows - data.mask[data.pattern] * mu)
    scores = np.hstack([u, by_entry(0.5 * (u[:, :, None] * u[:, None, :] - own))])
    try:
        bread = np.linalg.inv(-hessian(data, theta, d))
    except np.linalg.LinAlgError:
        return np.full((theta.size, theta.size), np.nan)
    return bread @ (scores.T @ scores) @ bread
