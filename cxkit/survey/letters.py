"""Column letters: which groups of a banner differ, as tables of survey houses have said it for decades."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np

from cxkit.stats.compare import Comparison, adjust

#: Adjusted p below which a small letter is given; a capital takes 1 - confidence.
LIKELY = 0.20
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def letters_of(
    compared: Callable[[np.ndarray, np.ndarray], Comparison],
    eligible: Sequence[int],
    names: Sequence[str],
    level: float,
) -> list[str]:
    """What stands beside each column: the letters of the columns it is surely (capital) or probably (small) above.

    Parameters
    ----------
    compared : callable
        Compares the columns at some positions with those at others.
    eligible : sequence of int
        Positions of the columns that are compared, each with each.
    names : sequence of str
        Letter of every column; empty for columns without.
    level : float
        Confidence of a capital.

    Returns
    -------
    list of str
        One text a column, letters in order: "Ac" is surely above A and probably above C.
    """
    found = [""] * len(names)
    pairs = np.array(list(combinations(eligible, 2)), dtype=int).reshape(-1, 2)
    if not len(pairs):
        return found
    gaps = compared(pairs[:, 0], pairs[:, 1])
    sure = adjust(gaps.p, "holm")
    held: list[list[str]] = [[] for _ in names]
    for (one, other), gap, p in zip(pairs, gaps.estimate, sure, strict=True):
        if not p < max(LIKELY, 1 - level) or not gap:
            continue
        above, below = (one, other) if gap > 0 else (other, one)
        held[above].append(names[below] if p < 1 - level else names[below].lower())
    return ["".join(sorted(marks, key=str.upper)) for marks in held]
