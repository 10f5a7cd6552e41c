"""Which journeys are the same, touch by touch: exact, without comparing each with each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_ODD = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True)
class Variants:
    """Journeys sorted into variants: journeys of one variant have the same steps.

    Attributes
    ----------
    of : ndarray of int64
        Variant of each journey.
    example : ndarray of int64
        The first journey of each variant.
    n : ndarray of int64
        Journeys of each variant.
    """

    of: np.ndarray
    example: np.ndarray
    n: np.ndarray


def variants(code: np.ndarray, starts: np.ndarray) -> Variants:
    """Which journeys have the same codes in the same order?

    Parameters
    ----------
    code : ndarray of int
        Of each event, journey after journey.
    starts : ndarray of int64
        Where each journey begins, and at the end the number of events.

    Notes
    -----
    Each journey gets a 64-bit number; journeys with the same number are then compared event by event with the first of
    them. Should two different ones share a number (with a million variants the chance is 1 in 37 million), the journeys
    concerned are told apart by their codes themselves, so the result is exact in any case.

    Examples
    --------
    >>> found = variants(np.array([1, 2, 2, 1, 1, 2]), np.array([0, 2, 4, 6]))
    >>> found.of.tolist(), found.example.tolist(), found.n.tolist()
    ([0, 1, 0], [0, 1], [2, 1])
    """
    lengths = np.diff(starts)
    if not lengths.size:
        nothing = np.zeros(0, dtype=np.int64)
        return Variants(nothing, nothing, nothing)
    place = np.arange(code.size) - np.repeat(starts[:-1], lengths)
    keys = np.add.reduceat(mixed(code, place), starts[:-1])
    _, example, of = np.unique(keys, return_index=True, return_inverse=True)
    like = example[of]  # the journey each one is compared with
    differs = lengths != lengths[like]
    twin = np.repeat(starts[:-1][like], lengths) + place
    other = code[np.minimum(twin, code.size - 1)] != code
    differs |= np.logical_or.reduceat(other, starts[:-1])
    if differs.any():
        of = _apart(code, starts, of, np.isin(of, of[differs]))
    _, example, of = np.unique(of, return_index=True, return_inverse=True)
    rank = np.empty(example.size, dtype=np.int64)  # in the order of their first journeys
    rank[np.argsort(example)] = np.arange(example.size)
    of = rank[of]
    return Variants(of, np.sort(example), np.bincount(of))


def mixed(code: np.ndarray, place: np.ndarray) -> np.ndarray:
    """A 64-bit number for each code at its place; their sum over a journey stands for the journey."""
    x = (place.astype(np.uint64) << np.uint64(32)) + code.astype(np.uint64) + np.uint64(1)
    x *= _ODD
    for shift, factor in zip((30, 27), _MIX, strict=True):
        x ^= x >> np.uint64(shift)
        x *= factor
    x ^= x >> np.uint64(31)
    return x


def _apart(code: np.ndarray, starts: np.ndarray, of: np.ndarray, doubtful: np.ndarray) -> np.ndarray:
    """Variants anew for journeys that share their number with a different one: by the codes themselves."""
    of = of.astype(np.int64)
    fresh: dict[bytes, int] = {}
    after = int(of.max()) + 1
    for journey in np.flatnonzero(doubtful).tolist():
        steps = code[starts[journey] : starts[journey + 1]].tobytes()
        of[journey] = fresh.setdefault(steps, after + len(fresh))
    return of


def commonest(found: Variants, code: np.ndarray, starts: np.ndarray, most: int | None) -> np.ndarray:
    """The variants with the most journeys, most first; equal ones in the order of their codes, step by step."""
    most = found.n.size if most is None else min(most, found.n.size)
    if not most:
        return np.zeros(0, dtype=np.int64)
    limit = np.partition(found.n, found.n.size - most)[found.n.size - most]
    candidates = np.flatnonzero(found.n >= limit)
    data = code.astype(">u4").tobytes()  # big-endian bytes sort as the codes do, and a beginning before the whole
    begin, end = (starts[found.example[candidates] + i] * 4 for i in (0, 1))
    spans = zip(candidates.tolist(), begin.tolist(), end.tolist(), (-found.n[candidates]).tolist(), strict=True)
    keyed = sorted((minus, data[b:e], variant) for variant, b, e, minus in spans)
    return np.array([variant for _, _, variant in keyed[:most]], dtype=np.int64)
