"""Exact medians and quartiles of many groups at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

#: Rows from which a group is sorted by itself; smaller ones are sorted together.
ALONE = 256

_MOST = np.iinfo(np.uint32).max


def grouped_quantiles(
    values: np.ndarray, order: np.ndarray, starts: np.ndarray, shares: Sequence[float]
) -> np.ndarray:
    """Quantiles of the values of each group.

    Parameters
    ----------
    values : ndarray of int64
        Not negative.
    order : ndarray of int64
        Their rows, so that the values of one group stand together.
    starts : ndarray of int64
        Where each group begins in `order`, and the number of values at the end; no group is empty.
    shares : sequence of float
        .5 for the median.

    Returns
    -------
    ndarray, (len(shares), groups)
        Linear between the two nearest values, as numpy and pm4py have it; exact in whole and half numbers.

    Notes
    -----
    Numbers of four bytes sort twice as fast. Values beyond them are cut for a first pass; a group whose quantile is one
    of those cut is sorted again as it was.

    Examples
    --------
    >>> grouped_quantiles(np.array([5, 9, 1, 7, 2]), np.array([0, 2, 4, 1, 3]), np.array([0, 3, 5]), [0.5])
    array([[2., 8.]])
    """
    if starts.size < 2:
        return np.empty((len(shares), 0))
    short = np.minimum(values, _MOST).astype(np.uint32)
    if np.count_nonzero(short == _MOST) > values.size / 4:
        return _picked(_sorted(values[order], starts), starts, shares)[0]
    found, highest = _picked(_sorted(short[order], starts), starts, shares)
    for group in np.flatnonzero(highest == _MOST):
        own = np.sort(values[order[starts[group] : starts[group + 1]]])
        found[:, group] = _picked(own, np.array([0, own.size]), shares)[0][:, 0]
    return found


def _sorted(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The values, sorted within each group (in place)."""
    sizes = np.diff(starts)
    large = sizes >= ALONE
    for group in np.flatnonzero(large):
        values[starts[group] : starts[group + 1]].sort()
    if large.all():
        return values
    inside = np.repeat(~large, sizes)
    small = values[inside].astype(np.int64)
    group = np.repeat(np.flatnonzero(~large), sizes[~large])
    bits = int(small.max()).bit_length()
    if bits + int(group[-1]).bit_length() < 63:
        key = group << bits
        key |= small
        key.sort()
        values[inside] = key & ((1 << bits) - 1)
    else:
        values[inside] = small[np.lexsort([small, group])]
    return values


def _picked(values: np.ndarray, starts: np.ndarray, shares: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles of sorted groups, and the highest value that went into each group's."""
    first, sizes = starts[:-1], np.diff(starts)
    found, highest = np.empty((len(shares), first.size)), np.zeros(first.size, dtype=np.int64)
    for row, share in enumerate(shares):
        place = (sizes - 1) * share
        below = np.floor(place).astype(np.int64)
        lower = values[first + below].astype(np.int64)
        upper = values[first + np.minimum(below + 1, sizes - 1)].astype(np.int64)
        found[row] = lower + (upper - lower) * (place - below)
        highest = np.maximum(highest, np.where(place > below, upper, lower))
    return found, highest
