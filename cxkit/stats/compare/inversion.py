"""p values found by turning an interval of a difference round: at which z does its nearer limit touch zero?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import special

from cxkit.stats.intervals import _wald, find_root, variance_at

Squares = Callable[[np.ndarray], np.ndarray]
Sides = Sequence[np.ndarray]


def inverted(turn: Callable, gap: np.ndarray, first: Sides, second: Sides, r: np.ndarray) -> np.ndarray:
    """p of each pair: 1 where there is no difference, NaN where it is missing, else from the z that `turn` finds.

    Pairs are handed over with the higher side first and the gap above zero.
    """
    p = np.where(np.isnan(gap), np.nan, 1.0)
    for there, one, other in ((gap > 0, first, second), (gap < 0, second, first)):
        if there.any():
            z = turn(np.abs(gap[there]), [x[there] for x in one], [x[there] for x in other], r[there])
            p[there] = 2 * special.ndtr(-z)
    return p


def score_z(gap, first, second, r) -> np.ndarray:
    """z at which the difference of score limits touches zero; sides are promoters, passives, detractors."""
    (p, q, d), (op, oq, od) = first, second
    n, m = p + q + d, op + oq + od
    own, other = (p / n, d / n), (od / m, op / m)  # the second mirrored: its upper limit is a lower one
    return _touch(gap, _far(n, *own), _far(m, *other), r)


def _far(n: np.ndarray, p: np.ndarray, d: np.ndarray) -> Squares:
    """z^2 at which the lower score limit lies so far below the estimate."""

    def squares(distance):
        with np.errstate(divide="ignore", invalid="ignore"):
            z2 = n * distance**2 / variance_at(p, d, p - d - distance)
        return np.where(distance >= 1 + p - d, np.inf, z2)

    return squares


def wilson_z(gap, first, second, r) -> np.ndarray:
    """z at which the difference of Wilson limits touches zero; sides are favourable and all answers."""
    (k, n), (other_k, other_n) = first, second
    return _touch(gap, _far_share(k / n, n), _far_share(1 - other_k / other_n, other_n), r)


def _far_share(share: np.ndarray, n: np.ndarray) -> Squares:
    """z^2 at which the lower Wilson limit lies so far below the share."""

    def squares(distance):
        at = share - distance
        with np.errstate(divide="ignore", invalid="ignore"):
            z2 = n * distance**2 / (at * (1 - share + distance))
        return np.where(at <= 0, np.inf, z2)

    return squares


def _touch(gap: np.ndarray, own: Squares, other: Squares, r: np.ndarray) -> np.ndarray:
    """z at which the lower limit of the difference just touches zero.

    The distances a and b of both limits from their estimates are then two sides of a triangle whose third side is the
    gap and whose angle between them has the cosine r. One angle of that triangle is free, and there is one value of it
    for which both distances belong to the same z.
    """
    angle = np.arccos(np.clip(r, -1 + 1e-9, 1 - 1e-9))
    turn, last = np.sin(angle), np.pi - angle

    def sides(at):
        return gap * np.sin(at) / turn, gap * np.sin(angle + at) / turn

    def ahead(at):
        a, b = sides(at)
        inside = np.arctan2(own(a), other(b)) - np.pi / 4
        return np.where(at <= 0, -1.0, np.where(at >= last, 1.0, inside))  # at the ends one of the distances is 0

    at = find_root(ahead, np.zeros_like(gap), last)
    a, b = sides(at)
    return np.sqrt(np.fmin(own(a), other(b)))


def wald_z(gap, first, second, r, *, adjusted: bool) -> np.ndarray:
    """z at which the difference of Wald limits touches zero, by a search over z."""
    add = (0.75, 1.5, 0.75) if adjusted else (0, 0, 0)
    own, other = ([count + extra for count, extra in zip(side, add, strict=True)] for side in (first, second))
    x, y = ((side[0] - side[2]) / sum(side) for side in (first, second))

    def spare(z):
        a = x - np.maximum(_wald(*own, z)[0], -1)
        b = np.minimum(_wald(*other, z)[1], 1) - y
        return gap**2 * (1 - 1e-10) - (a * a + b * b - 2 * r * a * b)  # a limit cut at -1 may stay on zero for ever

    most = np.full(gap.shape, 40.0)  # p is 0 from there on
    found = find_root(spare, np.zeros_like(gap), most)
    return np.where(spare(most) > 0, np.inf, np.where(spare(np.zeros_like(gap)) <= 0, 0.0, found))
