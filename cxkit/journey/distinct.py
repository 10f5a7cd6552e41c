"""Distinct whole numbers, quickly."""

from __future__ import annotations

import numpy as np

#: Keys below this are counted in a table; above, they are sorted.
_TABLE = 20_000_000


def distinct(keys: np.ndarray) -> np.ndarray:
    """The different keys, sorted.

    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    if keys.size < 2:
        return keys.copy()
    ranked = np.sort(keys)
    return ranked[np.r_[True, ranked[1:] != ranked[:-1]]]


def coded(keys: np.ndarray, below: int) -> tuple[np.ndarray, np.ndarray]:
    """The different keys, sorted, and the place of each key among them.

    Parameters
    ----------
    keys : ndarray of int
        From 0 on.
    below : int
        A number no key reaches.

    Examples
    --------
    >>> values, place = coded(np.array([7, 2, 7]), 8)
    >>> values.tolist(), place.tolist()
    ([2, 7], [1, 0, 1])
    """
    if below > min(_TABLE, 50 * keys.size + 1_000):
        return np.unique(keys, return_inverse=True)
    there = np.bincount(keys, minlength=below) > 0
    return np.flatnonzero(there), (np.cumsum(there) - 1)[keys]
