"""How many rows of a group a customer has: what shares need that allow for several rows of one customer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

#: Rows that are looked at in one go, so that their counts stay in the processor's cache.
PIECE = 2**16


def own_rows(group: np.ndarray, owner: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Of each row: how many rows of the same group its customer has.

    Parameters
    ----------
    group : ndarray of int
        From 0 on.
    owner : ndarray of int
        Customer of each row; not falling.

    Yields
    ------
    rows : slice
        The next rows; no customer is parted.
    own : ndarray of int64

    Examples
    --------
    >>> [own.tolist() for _, own in own_rows(np.array([0, 1, 0, 0]), np.array([0, 0, 0, 1]))]
    [[2, 1, 2, 1]]
    """
    if not group.size:
        return
    width = int(group.max()) + 1
    cuts = np.unique(np.searchsorted(owner, owner[PIECE : -PIECE // 2 : PIECE], side="left"))  # where a customer begins
    for first, last in pairwise([0, *cuts[cuts > 0].tolist(), group.size]):
        place = owner[first:last].astype(np.int64)
        place -= place[0]
        place *= width
        place += group[first:last]
        if int(place[-1]) + width <= 64 * (PIECE + last - first):
            yield slice(first, last), np.bincount(place).take(place)
        else:  # so many groups that most have no row of a customer
            _, at, counts = np.unique(place, return_inverse=True, return_counts=True)
            yield slice(first, last), counts[at]
