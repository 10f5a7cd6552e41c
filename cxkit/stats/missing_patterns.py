"""Rows by which of their values are there, and the likelihood of a multivariate normal distribution for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Patterns:
    """Standardised rows by which of their values are there, and sums of each such pattern.

    Attributes
    ----------
    rows : ndarray, (n, d)
        Values, 0 where they are missing.
    pattern : ndarray of int, (n,)
        Which pattern each row has.
    mask : ndarray, (patterns, d)
        1 where a value is there.
    n, s, t : ndarray
        Of each pattern: rows, sums of the values, and sums of their products.
    center, scale : ndarray, (d,)
        What was taken off the values, and by what they were divided then.
    prior : float
        Rows' worth of uncorrelated columns that are added to the likelihood.
    """

    rows: np.ndarray
    pattern: np.ndarray
    mask: np.ndarray
    n: np.ndarray
    s: np.ndarray
    t: np.ndarray
    center: np.ndarray
    scale: np.ndarray
    prior: float


def patterns_of(z: np.ndarray, there: np.ndarray, center, scale, prior: float) -> Patterns:
    """Sort standardised rows into patterns."""
    mask, pattern = np.unique(there, axis=0, return_inverse=True)
    pattern = pattern.ravel()
    z = np.where(there, z, 0.0)
    order = np.argsort(pattern, kind="stable")
    parts = np.split(z[order], np.flatnonzero(np.diff(pattern[order])) + 1)
    return Patterns(
        z,
        pattern,
        mask.astype(float),
        np.array([len(part) for part in parts], dtype=float),
        np.array([part.sum(axis=0) for part in parts]),
        np.array([part.T @ part for part in parts]),
        center,
        scale,
        prior,
    )


def lower_triangle(d: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the entries that make up a symmetric matrix."""
    return np.tril_indices(d)


def precision(data: Patterns, sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each pattern: the inverse of its part of the covariance (zero elsewhere), and that part's log-determinant."""
    d = sigma.shape[0]
    both = data.mask[:, :, None] * data.mask[:, None, :]
    padded = sigma * both + np.eye(d) * (1 - data.mask)[:, :, None]
    return np.linalg.inv(padded) * both, np.linalg.slogdet(padded)[1]


def _residuals(data: Patterns, mu: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each pattern: sums of the residuals, and of their products."""
    m = data.mask * mu
    r = data.s - data.n[:, None] * m
    cross = data.s[:, :, None] * m[:, None, :]
    return r, data.t - cross - cross.transpose(0, 2, 1) + data.n[:, None, None] * (m[:, :, None] * m[:, None, :])


def log_likelihood(data: Patterns, mu: np.ndarray, sigma: np.ndarray, prior: float) -> float:
    """Log-likelihood of what was observed, with the prior's share where one is given."""
    k, logdet = precision(data, sigma)
    _, products = _residuals(data, mu)
    constant = (data.n * data.mask.sum(axis=1)).sum() * np.log(2 * np.pi)
    out = -0.5 * (constant + (data.n * logdet).sum() + (k * products).sum())
    if prior:
        out -= 0.5 * prior * (np.linalg.slogdet(sigma)[1] + np.trace(np.linalg.inv(sigma)))
    return float(out)


def gradient(data: Patterns, mu: np.ndarray, sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Derivatives by the mean and by the covariance, every entry of it taken as free."""
    k, _ = precision(data, sigma)
    r, products = _residuals(data, mu)
    by_mean = (k @ r[:, :, None]).sum(axis=0)[:, 0]
    by_cov = 0.5 * (k @ products @ k - data.n[:, None, None] * k).sum(axis=0)
    return by_mean, by_cov


def joined(mu: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Mean and covariance as one row of parameters."""
    return np.r_[mu, sigma[lower_triangle(mu.size)]]


def parted(theta: np.ndarray, d: int) -> tuple[np.ndarray, np.ndarray]:
    """The row of parameters as mean and covariance again."""
    sigma = np.zeros((d, d))
    sigma[lower_triangle(d)] = theta[d:]
    return theta[:d], sigma + sigma.T - np.diag(np.diag(sigma))


def slope(data: Patterns, theta: np.ndarray, d: int) -> np.ndarray:
    """Derivative of the penalised log-likelihood by the mean and the lower triangle of the covariance."""
    mu, sigma = parted(theta, d)
    by_mean, by_cov = gradient(data, mu, sigma)
    if data.prior:
        inverse = np.linalg.inv(sigma)
        by_cov = by_cov + 0.5 * data.prior * (inverse @ inverse - inverse)
    return np.r_[by_mean, by_entry(by_cov)]


def by_entry(by_cov: np.ndarray) -> np.ndarray:
    """The derivative by each entry of the lower triangle, whose twin moves with it."""
    i, j = lower_triangle(by_cov.shape[-1])
    return by_cov[..., i, j] * np.where(i == j, 1.0, 2.0)


def hessian(data: Patterns, theta: np.ndarray, d: int, width: float = 1e-5) -> np.ndarray:
    """Second derivatives, as central differences of the first."""
    out = np.empty((theta.size, theta.size))
    for at in range(theta.size):
        step = np.zeros(theta.size)
        step[at] = width
        out[at] = (slope(data, theta + step, d) - slope(data, theta - step, d)) / (2 * width)
    return (out + out.T) / 2
