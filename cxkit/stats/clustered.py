"""Shares and means of rows that belong to customers: what a customer's rows tell together.

Ten touches of one customer tell less than one touch each of ten. All limits made here come from sums over customers, so
that it does not matter how many rows a customer has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cxkit.stats.intervals import mean_interval, share_interval
from cxkit.stats.weighted import effective_n


@dataclass(frozen=True)
class Sums:
    """Sums of one value by group, and over customers of the products of their own sums.

    Attributes
    ----------
    n, s, q : ndarray
        Rows, and sums of y and y squared of each group.
    nn, ns, ss : ndarray
        Sums over customers of (own rows) squared, own rows times own sum of y, and (own sum of y) squared.
    customers : ndarray
        Customers with a row in the group.
    """

    n: np.ndarray
    s: np.ndarray
    q: np.ndarray
    nn: np.ndarray
    ns: np.ndarray
    ss: np.ndarray
    customers: np.ndarray

    @property
    def effective(self) -> np.ndarray:
        """How many independent rows the rows of each group are worth."""
        moments = np.stack([self.n, self.s, self.q], axis=-1).astype(float)
        squares = np.stack([self.nn, self.ns, self.ss], axis=-1).astype(float)
        return effective_n(self.n, moments, squares)


def clustered_sums(customer: ArrayLike, group: ArrayLike, value: ArrayLike, groups: int) -> Sums:
    """Sums by group, with what it takes to allow for several rows of one customer.

    Parameters
    ----------
    customer, group : array_like of int
        Codes from 0 on; rows with a negative group are left out.
    value : array_like
        y of each row: 0 or 1 for a share, a score for a mean.
    groups : int
        Number of groups.

    Returns
    -------
    Sums

    Examples
    --------
    >>> sums = clustered_sums([0, 0, 1], [0, 0, 0], [1, 1, 0], 1)
    >>> sums.n.tolist(), sums.s.tolist(), sums.nn.tolist(), sums.ss.tolist(), sums.customers.tolist()
    ([3], [2.0], [5.0], [4.0], [2])
    """
    customer, group = np.asarray(customer, dtype=np.int64), np.asarray(group, dtype=np.int64)
    value = np.asarray(value, dtype=float)
    inside = group >= 0
    if not inside.all():
        customer, group, value = customer[inside], group[inside], value[inside]
    if not group.size:
        nothing = np.zeros(groups)
        return Sums(nothing.astype(np.int64), *(nothing.copy() for _ in range(5)), nothing.astype(np.int64))
    width = int(customer.max()) + 1
    key = group * width + customer
    order = np.argsort(key, kind="stable")
    key, value = key[order], value[order]
    first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    own_n = np.diff(np.r_[first, key.size]).astype(float)
    own_s, own_q = np.add.reduceat(value, first), np.add.reduceat(value * value, first)
    at = key[first] // width

    def total(x: np.ndarray) -> np.ndarray:
        return np.bincount(at, weights=x, minlength=groups)

    counted = np.bincount(at, minlength=groups)
    return Sums(
        total(own_n).astype(np.int64), total(own_s), total(own_q),
        total(own_n**2), total(own_n * own_s), total(own_s**2), counted,
    )  # fmt: skip


def share_limits(sums: Sums, *, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is the share of each group, and how far could the true one be from it?

    Parameters
    ----------
    sums : Sums
        Of a value that is 0 or 1.
    confidence : float

    Returns
    -------
    estimate, low, high : ndarray
        NaN where a group has no rows.

    Notes
    -----
    A Wilson interval on as many independent rows as the rows of the customers are worth (`effective_n`).
    **When not to use it**: with fewer than about ten customers in a group the allowance is itself a rough guess.

    Examples
    --------
    >>> each = clustered_sums(range(10), [0] * 10, [1] * 5 + [0] * 5, 1)
    >>> [float(v.round(3)[0]) for v in share_limits(each)]
    [0.5, 0.237, 0.763]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = sums.s / sums.n
    worth = sums.effective
    low, high = share_interval(np.where(sums.n > 0, share * worth, 0.0), worth, confidence=confidence)
    return share, low, high


def mean_limits(
    sums: Sums, *, confidence: float = 0.95, bounds: tuple[float, float] | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is the mean of each group, and how far could the true one be from it?

    Parameters
    ----------
    sums : Sums
    confidence : float
    bounds : (float, float), optional
        Ends of the scale; limits beyond them are cut.

    Returns
    -------
    estimate, low, high : ndarray
        The mean is NaN without rows; the limits below two effective rows, and where all rows are equal.

    Examples
    --------
    >>> each = clustered_sums(range(4), [0] * 4, [1, 2, 3, 4], 1)
    >>> [float(v.round(2)[0]) for v in mean_limits(each)]
    [2.5, 0.45, 4.55]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums.s / sums.n
        variance = np.maximum(sums.q - sums.n * mean**2, 0) / (sums.n - 1)
    sd = np.where(sums.n > 1, np.sqrt(variance), np.nan)
    low, high = mean_interval(
        sums.effective, np.where(sums.n > 0, mean, np.nan), sd, confidence=confidence, bounds=bounds
    )
    flat = ~(sd > 0)
    return mean, np.where(flat, np.nan, low), np.where(flat, np.nan, high)
