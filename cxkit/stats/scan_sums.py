"""Sums of a share by period, how the rows behind them hang together, and which spans have enough of them to judge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

#: A span is judged if so many of either outcome are expected inside and outside, in independent rows.
EXPECTED = 3.0


@dataclass(frozen=True)
class Series:
    """One share by period: its sums, and how its rows hang together."""

    n: np.ndarray
    k: np.ndarray
    covariance: np.ndarray  # of the sums of (hit - share), under one share for all periods
    products: np.ndarray  # sums over customers of their rows in one period times those in another

    def without(self, left: np.ndarray) -> Series:
        """The same without some of the periods."""
        both = np.outer(left, left)
        return Series(self.n * left, self.k * left, self.covariance * both, self.products * both)


class Base:
    """The rows of one group: what all its outcomes share."""

    def __init__(self, customer, period, periods: int) -> None:
        new = np.ones(customer.size, dtype=bool)
        new[1:] = (customer[1:] != customer[:-1]) | (period[1:] != period[:-1])
        self.cell = np.cumsum(new) - 1  # a cell is one customer in one period
        first = np.flatnonzero(new)
        self.rows = np.diff(np.r_[first, customer.size]).astype(float)
        self.period, owner = period[first], customer[first]
        fresh = np.ones(first.size, dtype=bool)
        fresh[1:] = owner[1:] != owner[:-1]
        self.start = np.flatnonzero(fresh)
        who = np.cumsum(fresh) - 1
        table = sparse.csr_matrix((self.rows, (who, self.period)), shape=(int(fresh.sum()), periods))
        self.products = np.asarray((table.T @ table).todense())
        self.n = np.bincount(self.period, weights=self.rows, minlength=periods)

    def series(self, hit: np.ndarray) -> Series:
        """The sums of one outcome, and their covariance from two pooled correlations."""
        hits = np.bincount(self.cell[hit], minlength=self.rows.size).astype(float)
        k = np.bincount(self.period, weights=hits, minlength=self.n.size)
        share = k.sum() / max(self.n.sum(), 1)
        one = share * (1 - share)
        over = hits - share * self.rows
        own = np.add.reduceat(over, self.start) if self.start.size else over
        within, whole = (over**2).sum(), (own**2).sum()
        same = np.diag(self.products)
        apart = self.products.sum() - same.sum()
        with np.errstate(divide="ignore", invalid="ignore"):
            near = np.nan_to_num((within / one - self.n.sum()) / (same.sum() - self.n.sum()), posinf=0, neginf=0)
            far = np.nan_to_num((whole - within) / one / apart, posinf=0, neginf=0)
        near, far = np.clip(near, 0, 1), np.clip(far, 0, 1)
        covariance = far * self.products
        np.fill_diagonal(covariance, self.n + near * (same - self.n))
        return Series(self.n, k, one * covariance, self.products)


def enough(one: Series, begin, end, customers: int) -> np.ndarray:
    """Spans with customers and expected outcomes enough on both sides."""
    n, _, other_n, _, design, worth = sums_of(one, begin, end)
    whole, hits = one.n.sum(), one.k.sum()
    if not 0 < hits < whole:
        return np.zeros(begin.size, dtype=bool)
    smaller = np.minimum(n, other_n) * min(hits, whole - hits) / whole
    return (worth >= customers) & (smaller >= EXPECTED * design)


def sums_of(one: Series, begin, end):
    """Rows and hits inside and outside each span, the design effect of their difference, and customers, in equal ones."""
    n, k = (np.r_[0, np.cumsum(x)] for x in (one.n, one.k))
    inside, hits = n[end] - n[begin], k[end] - k[begin]
    whole = max(n[-1], 1)
    share, f = k[-1] / whole, inside / whole
    plain = share * (1 - share) * n[-1] * f * (1 - f)
    with np.errstate(divide="ignore", invalid="ignore"):
        design = np.where(plain > 0, variance(one.covariance, begin, end, f) / plain, np.inf)
        worth = np.minimum(
            inside**2 / variance(one.products, begin, end, 0 * f),
            (whole - inside) ** 2 / variance(one.products, begin, end, 0 * f + 1),
        )
    return inside, hits, n[-1] - inside, k[-1] - hits, np.maximum(design, 1e-9), np.nan_to_num(worth)


def variance(covariance: np.ndarray, begin, end, f) -> np.ndarray:
    """Variance of the sum inside a span minus f times the sum of all."""
    corner = np.zeros((len(covariance) + 1,) * 2)
    corner[1:, 1:] = np.cumsum(np.cumsum(covariance, axis=0), axis=1)
    inside = corner[end, end] - corner[begin, end] - corner[end, begin] + corner[begin, begin]
    across = corner[end, -1] - corner[begin, -1]
    return np.maximum(inside - 2 * f * across + f * f * corner[-1, -1], 0)
