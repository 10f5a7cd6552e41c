"""How much of a mix or of a rate could chance have done? In closed form, for weights and repeated answers as well."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from cxkit.stats.bridge import VALUES, mix_rate
from cxkit.stats.compare import nps_difference
from cxkit.stats.intervals import critical_value
from cxkit.stats.weighted import effective_n

#: Answers as on a scale with one in four detractors and promoters, added to a group where its variance is reckoned:
#: all answers alike does not mean that there is no chance in them.
_ADDED = 1.5 * np.array([0.25, 0.5, 0.25])

#: Places of the two periods in the second moments.
BEFORE, NOW = slice(0, 2), slice(2, 4)


@dataclass(frozen=True)
class Spread:
    """Second moments over customers of four sums: weight and weighted value before, weight and weighted value now.

    Attributes
    ----------
    own : ndarray (groups, 4, 4)
        Products of what a customer gave to one group.
    cross : ndarray (groups, 4, 4)
        Products of what a customer gave to one group (rows) and to all groups (columns).
    whole : ndarray (4, 4)
        Products of what a customer gave to all groups.
    """

    own: np.ndarray
    cross: np.ndarray
    whole: np.ndarray


def independent(before: np.ndarray, now: np.ndarray) -> Spread:
    """Second moments where every answer stands for itself.

    Parameters
    ----------
    before, now : ndarray (groups, 3)
        Sums of squared weights of detractors, passives and promoters (unweighted: their counts).

    Returns
    -------
    Spread
    """
    own = np.zeros((len(before), 4, 4))
    products = np.array([[[1, y], [y, y * y]] for y in VALUES])
    for part, at in ((before, BEFORE), (now, NOW)):
        own[:, at, at] = np.einsum("kv,vij->kij", np.asarray(part, float), products)
    return Spread(own, own, own.sum(0))


@dataclass(frozen=True)
class Limits:
    """Lower and upper limit, and two-sided p."""

    low: np.ndarray
    high: np.ndarray
    p: np.ndarray


class _Side:
    """One period: sums of each group and of the whole, and how many plain answers they are worth."""

    def __init__(self, parts: np.ndarray, n: np.ndarray, at: slice, spread: Spread) -> None:
        self.parts, self.all = np.asarray(parts, float), np.asarray(parts, float).sum(0)
        self.size = effective_n(n, _moments(self.parts), _triple(spread.own[:, at, at]))
        self.size_all = effective_n(n.sum(), _moments(self.all), _triple(spread.whole[at, at]))
        self.weight = self.all.sum()

    def counts(self, of: np.ndarray | slice = slice(None)) -> list[np.ndarray]:
        """Promoters, passives and detractors of groups, scaled to their effective n."""
        parts, size = self.parts[of], self.size[of]
        return list((parts * (size / parts.sum(-1))[:, None]).T[::-1])

    def counts_all(self) -> list[np.ndarray]:
        """The same for everybody."""
        return list((self.all * (self.size_all / self.weight))[::-1])

    def variances(self) -> tuple[np.ndarray, np.ndarray]:
        """Variance of each group's net score, with a little added to its answers and without; 0 if there is none."""
        out = []
        for added in (_ADDED, 0.0):
            with np.errstate(divide="ignore", invalid="ignore"):
                counts = self.parts * (self.size / self.parts.sum(-1))[:, None] + added
                m = counts.sum(-1)
                found = ((counts @ VALUES**2) / m - ((counts @ VALUES) / m) ** 2) / m
            out.append(np.where(self.size > 0, found, 0.0))
        return out[0], out[1]


class Chance:
    """Limits of mix and rate.

    Parameters
    ----------
    before, now : ndarray (groups, 3)
        Weights (or counts) of detractors, passives and promoters.
    n_before, n : ndarray (groups,)
        Answers.
    spread : Spread
        Second moments over customers, or over answers where each stands for itself.
    confidence : float

    Notes
    -----
    **Rate**: limits of r1 - r0 (MOVER on the score limits of both scores, at their effective n, with the correlation
    that customers in both periods bring), times the mean share; then widened for the chance in that share by the rule
    for a product, with the width taken at the limit itself. So they exclude zero exactly when those of r1 - r0 do.
    **Mix, and sums**: the linearised variance (what each customer's answers did to the result, squared and added up),
    plus the variance of the product of two uncertain factors, plus what a group whose answers are all alike lacks.

    References
    ----------
    Zou, G. Y., Huang, W. and Zhang, X. (2009). A note on confidence interval estimation for a linear function of
    binomial proportions. Computational Statistics and Data Analysis 53, 1080-1085.
    """

    def __init__(self, before, now, n_before, n, spread: Spread, confidence: float) -> None:
        self.found, self.spread = mix_rate(before, now), spread
        self.confidence, self.z = confidence, critical_value(confidence)
        self.before, self.now = _Side(before, n_before, BEFORE, spread), _Side(now, n, NOW, spread)
        found = self.found
        self.half = (found.share - found.share_before) / 2
        self.mean = np.where(found.both, (found.share + found.share_before) / 2, 0.0)
        self.gap = np.where(found.both, found.net - found.net_before, 0.0)

        old, new = self.before.variances(), self.now.variances()
        self.lacking = [np.maximum(more - plain, 0) for more, plain in (old, new)]
        net = np.where(found.both, (old[0] + new[0]) / 4, old[0] + new[0])  # of the mean score
        self.product = self._linear(self._of_share(-1.0, 1.0)) * net

    def mix(self) -> Limits:
        """Limits of each group's mix."""
        slopes = self._mix()
        return self._normal(self.found.mix, self._linear(slopes) + self._more(slopes))

    def both(self) -> Limits:
        """Limits of each group's mix and rate together."""
        slopes = self._mix() + self._rate()
        return self._normal(self.found.mix + self.found.rate, self._linear(slopes) + self._more(slopes, 2.0))

    def sums(self) -> tuple[Limits, Limits]:
        """Limits of the sum of all mixes, and of the sum of all rates."""
        mix, rate = (
            self._normal(parts.sum(), self._linear_sum(slopes) + self._more(slopes).sum())
            for parts, slopes in ((self.found.mix, self._mix()), (self.found.rate, self._rate()))
        )
        return mix, rate

    def rate(self) -> Limits:
        """Limits of each group's rate; missing where the group is in one period only."""
        both = self.found.both
        shared = _correlation(self.spread.own[both], self.found.net_before[both], self.found.net[both])
        sides = [*self.now.counts(both), *self.before.counts(both)]
        gap = nps_difference(*sides, confidence=self.confidence, correlation=shared)
        mean, middle = self.mean[both], self.gap[both]
        chance = self.z * np.sqrt(self._linear(self._of_share(0.5, 0.5))[both])
        low, high, p = (np.full(both.shape, np.nan) for _ in range(3))
        low[both] = mean * middle - np.hypot(mean * (middle - gap.low), chance * gap.low)
        high[both] = mean * middle + np.hypot(mean * (gap.high - middle), chance * gap.high)
        p[both] = gap.p
        return Limits(low, high, p)

    def change(self) -> Limits:
        """Limits of the change of the whole."""
        shared = _correlation(self.spread.whole, self.found.total_before, self.found.total)
        sides = [*self.now.counts_all(), *self.before.counts_all()]
        diff = nps_difference(*sides, confidence=self.confidence, correlation=shared)
        return Limits(diff.low, diff.high, diff.p)

    # Slopes of a result, (groups, 6): by share, own score and total score before; by the same three now.

    def _mix(self) -> np.ndarray:
        found, half = self.found, self.half
        above = (found.net_before + found.net) / 2 - (found.total_before + found.total) / 2
        here, there = found.share_before > 0, found.share > 0
        old = np.where(there, half, 2 * half) * here  # a group missing now has all its score from before
        new = np.where(here, half, 2 * half) * there
        return np.stack([-above, old, -half, above, new, -half], axis=-1)

    def _rate(self) -> np.ndarray:
        none = np.zeros_like(self.gap)
        return np.stack([self.gap / 2, -self.mean, none, self.gap / 2, self.mean, none], axis=-1)

    def _of_share(self, before: float, now: float) -> np.ndarray:
        """Slopes of so many times each share."""
        slopes = np.zeros((len(self.gap), 6))
        slopes[:, 0], slopes[:, 3] = before, now
        return slopes

    def _influence(self, slopes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What a customer's sums in the group (first) and in all groups (second) did to each result, (groups, 4)."""
        own, every, found = [], [], self.found
        sides = ((self.before, found.share_before, found.net_before, found.total_before, slopes[:, :3]),
                 (self.now, found.share, found.net, found.total, slopes[:, 3:]))  # fmt: skip
        for side, share, net, total, (by_share, by_net, by_total) in ((*s[:4], s[4].T) for s in sides):
            with np.errstate(divide="ignore", invalid="ignore"):
                each = np.where(share > 0, by_net / share, 0.0)
            own += [(by_share - each * net) / side.weight, each / side.weight]
            every += [(-by_share * share - by_total * total) / side.weight, by_total / side.weight]
        return np.stack(own, axis=-1), np.stack(every, axis=-1)

    def _linear(self, slopes: np.ndarray) -> np.ndarray:
        """Linearised variance of each result."""
        own, every = self._influence(slopes)
        found = np.einsum("ki,kij,kj->k", own, self.spread.own, own)
        found += 2 * np.einsum("ki,kij,kj->k", own, self.spread.cross, every)
        return np.maximum(found + np.einsum("ki,ij,kj->k", every, self.spread.whole, every), 0)

    def _linear_sum(self, slopes: np.ndarray) -> float:
        """Linearised variance of the sum of all results.

        Products of one customer's sums in two different groups are not kept; the change of the whole, whose variance
        is known with and without them, says how much they matter.
        """
        own, every = self._influence(slopes)
        one = own + every.sum(0)
        plain = np.einsum("ki,kij,kj->", one, self.spread.own, one)
        found = self.found
        old, new = 1 / self.before.weight, 1 / self.now.weight
        whole = np.array([found.total_before * old, -old, -found.total * new, new])
        within, all_in = np.einsum("i,kij,j->", whole, self.spread.own, whole), whole @ self.spread.whole @ whole
        return max(plain, 0.0) * (all_in / within if within > 0 else 1.0)

    def _more(self, slopes: np.ndarray, products: float = 1.0) -> np.ndarray:
        """What the linearised variance lacks: the product of two chances, and groups whose answers are all alike."""
        alike = slopes[:, 1] ** 2 * self.lacking[0] + slopes[:, 4] ** 2 * self.lacking[1]
        return alike + products * self.product * (slopes[:, [1, 4]] != 0).any(axis=1)

    def _normal(self, estimate: np.ndarray, variance: np.ndarray) -> Limits:
        se = np.sqrt(variance)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.where(np.abs(estimate) > 0, np.abs(estimate) / se, 0.0)
        return Limits(estimate - self.z * se, estimate + self.z * se, 2 * special.ndtr(-z))


def _moments(parts: np.ndarray) -> np.ndarray:
    """Sums of weight, of weighted value, of weighted squared value."""
    return np.stack([parts.sum(-1), parts @ VALUES, parts @ VALUES**2], axis=-1)


def _triple(matrix: np.ndarray) -> np.ndarray:
    """Squares of the weight, its product with the weighted value, and the square of that."""
    return np.stack([matrix[..., 0, 0], matrix[..., 0, 1], matrix[..., 1, 1]], axis=-1)


def _correlation(moments: np.ndarray, before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Correlation of the two periods' net scores, which customers with answers in both bring about."""
    one, none = np.ones_like(before), np.zeros_like(before)
    old, new = np.stack([-before, one, none, none], axis=-1), np.stack([none, none, -now, one], axis=-1)
    joint, first, second = (
        np.einsum("...i,...ij,...j->...", a, moments, b) for a, b in ((old, new), (old, old), (new, new))
    )
    size = first * second
    return np.where(size > 0, np.clip(joint / np.sqrt(np.where(size > 0, size, 1.0)), -1, 1), 0.0)
