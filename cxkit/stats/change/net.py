"""Net scores of periods with different numbers of answers, on one footing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from cxkit.errors import UsageError
from cxkit.stats.change.limits import LEAST, Limits, learnt_from, moving_spread, moving_variance, reaches

#: Periods are taken to differ by more than sampling explains where chance alone would make them differ so much so rarely.
SHOWN = 0.02


@dataclass(frozen=True)
class Standing:
    """How far each period is from the baseline, in standard deviations.

    Attributes
    ----------
    z : ndarray
        Normal scores: about mean 0 and spread 1 while nothing moves, whatever the number of answers; NaN without any.
    net : float
        Net score of the baseline, -1..1.
    variance : float
        Variance of one answer in the baseline.
    spread : float
        How much more the periods of the baseline vary than sampling alone explains; 1 unless shown to be more.
    known : bool
        Whether the spread is that of sampling, and so known, or was estimated from the periods.
    baseline : int
        Number of periods it was learnt from.
    """

    z: np.ndarray
    net: float
    variance: float
    spread: float
    known: bool
    baseline: int


@dataclass(frozen=True)
class _Base:
    """The net score of each period, and the shape of one answer in the baseline."""

    value: np.ndarray
    n: np.ndarray
    own: np.ndarray
    net: float
    variance: float
    skew: float

    def error(self) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.sqrt(self.variance / self.n)

    def lopsided(self, spread: float) -> np.ndarray:
        """Skewness of each period's score; more spread than sampling gives is like fewer answers."""
        with np.errstate(divide="ignore"):
            return self.skew * max(spread, 1.0) / np.sqrt(self.n)


def net_limits(promoters: ArrayLike, passives: ArrayLike, detractors: ArrayLike, baseline: int | None = None) -> Limits:
    """Which periods' net scores lie outside the usual, each judged by its own number of answers?

    Parameters
    ----------
    promoters, passives, detractors : array_like
        Counts of each period, in the order of time; fractions are allowed, for weighted counts. A period without answers
        is not judged.
    baseline : int, optional
        Learn the limits from the first so many periods with answers and judge later ones by wider limits. Without it
        every period is judged by limits from all of them.

    Returns
    -------
    Limits
        Net scores -1..1; `sigma` is the multiple of the sampling error.

    Raises
    ------
    UsageError
        If a count is negative or missing, or there are fewer than eight periods to learn from.

    Notes
    -----
    Laney's p' for a score of three values. With the pooled net score c and variance V of one answer of the baseline, a
    period of n answers has ``z = (net - c) / sqrt(V / n)``; sigma is the mean step between neighbouring z over 1.128. Net
    scores are lopsided where promoters are many and answers few, so z is first brought to normal scores by its own
    skewness (Wilson and Hilferty's cube root) and the limits are brought back the same way: they reach further down
    than up. Measured false alarms (promoters/passives/detractors .5/.3/.2, .3/.4/.3, .7/.2/.1; 10 to 300 answers a period;
    baselines of 12, 26 and 52): at most one in 357 points, within the error of the simulation of one in 370; without the
    skewness it was one in 90 at worst.

    **When not to use it**: rolling windows, whose neighbours share answers. Where nearly all answers are promoters
    (.9/.07/.03) and periods vary more than sampling explains, false alarms rise to one in 260. If every answer of the
    baseline is the same there are no limits.

    References
    ----------
    Laney, D. B. (2002). Improved control charts for attributes. Quality Engineering 14, 531-537.
    Wilson, E. B. and Hilferty, M. M. (1931). The distribution of chi-square. PNAS 17, 684-688.

    Examples
    --------
    >>> found = net_limits([30] * 11 + [12], [18] * 12, [12] * 11 + [30])
    >>> found.outside.tolist()
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1]
    """
    base = _base(promoters, passives, detractors, baseline, "net_limits")
    own, error = base.own, base.error()
    none = np.full(len(own), np.nan)
    middle = np.full(len(own), base.net)
    nothing = Limits(middle, none, none, np.zeros(len(own), dtype=int), 0.0, int(own.sum()))
    if base.variance <= 0:
        return nothing
    z = (base.value - base.net) / error
    raw = moving_spread(z[own])
    if raw == 0:
        return nothing
    lopsided = base.lopsided(raw)
    normal = to_normal(z / raw, lopsided)
    again = moving_spread(normal[own])
    reach = reaches(len(own), own, baseline is not None) * again
    with np.errstate(invalid="ignore"):
        outside = np.where(normal < -reach, -1, np.where(normal > reach, 1, 0))
        lower, upper = (base.net + error * raw * from_normal(side * reach, lopsided) for side in (-1, 1))
    there = base.n > 0
    lower, upper = np.where(there, np.maximum(lower, -1), np.nan), np.where(there, np.minimum(upper, 1), np.nan)
    return Limits(middle, lower, upper, np.where(there, outside, 0), raw * again, int(own.sum()))


def standing(promoters: ArrayLike, passives: ArrayLike, detractors: ArrayLike, baseline: int | None = None) -> Standing:
    """How many standard deviations is each period from the baseline, as `cusum` wants to know?

    Parameters
    ----------
    promoters, passives, detractors : array_like
        As in `net_limits`.
    baseline : int, optional
        Number of leading periods with answers that are the baseline; all of them unless said.

    Returns
    -------
    Standing

    Raises
    ------
    UsageError
        As in `net_limits`.

    Notes
    -----
    The spread expected of a period is that of sampling, ``sqrt(V / n)``, which thousands of answers make well known.
    Only where the baseline's periods vary more than sampling explains (chi-square test at 2 %) is it replaced by the
    spread of the periods themselves. So a watch over a calm process loses nothing to an estimated spread, and one over
    a restless process does not cry wolf. **When not to use it**: nothing can show a spread of 1.15 to 1.3 times
    sampling in 26 periods; the false alarms of `cusum` then rise to one in 180 to 220 (60 answers a week) or one in
    115 to 155 (300 answers).

    Examples
    --------
    >>> found = standing([30] * 11 + [12], [18] * 12, [12] * 11 + [30], baseline=10)
    >>> found.spread, round(float(found.z[-1]), 2)
    (1.0, -5.57)
    """
    base = _base(promoters, passives, detractors, baseline, "standing")
    own, many = base.own, int(base.own.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(base.n > 0, (base.value - base.net) / base.error(), np.nan)
    if base.variance <= 0:
        return Standing(np.full(len(own), np.nan), base.net, 0.0, 1.0, True, many)
    normal = to_normal(z, base.lopsided(1.0))
    spread = float(normal[own].std(ddof=1))
    known = bool(special.chdtrc(many - 1, spread**2 * (many - 1)) > SHOWN)
    if not known:
        normal = to_normal(z / spread, base.lopsided(spread))
    return Standing(normal, base.net, base.variance, 1.0 if known else spread, known, many)


def shown_spread(sigma: float, many: int) -> float:
    """The spread beyond sampling that so many periods show, judged from their neighbours; 1 unless it is shown.

    Parameters
    ----------
    sigma : float
        `Limits.sigma` of `net_limits`.
    many : int
        Number of periods it was learnt from, eight or more.

    Returns
    -------
    float
        sigma where it lies above the one-sided 95 % limit of an unmoved process, else 1.

    Raises
    ------
    UsageError
        If there are fewer than eight periods.

    Examples
    --------
    >>> shown_spread(1.2, 26), shown_spread(1.5, 26)
    (1.0, 1.5)
    """
    if many < LEAST:
        raise UsageError(f"shown_spread: {many} periods are too few. Take {LEAST} or more.")
    limit = 1 + 1.645 * np.sqrt(moving_variance(many))
    return float(sigma) if sigma > limit else 1.0


def _base(promoters: ArrayLike, passives: ArrayLike, detractors: ArrayLike, baseline: int | None, who: str) -> _Base:
    p, q, d = counts(promoters, passives, detractors, who)
    n = p + q + d
    own = learnt_from(n > 0, baseline, who)
    total = n[own].sum()
    plus, minus = p[own].sum() / total, d[own].sum() / total
    net = plus - minus
    variance = plus + minus - net**2
    third = plus * (1 - net) ** 3 - (1 - plus - minus) * net**3 - minus * (1 + net) ** 3
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(n > 0, (p - d) / n, np.nan)
    if variance <= 1e-12:
        return _Base(value, n, own, float(net), 0.0, 0.0)
    return _Base(value, n, own, float(net), float(variance), float(third / variance**1.5))


def counts(promoters: ArrayLike, passives: ArrayLike, detractors: ArrayLike, who: str) -> tuple[np.ndarray, ...]:
    """The three counts of each period as flat arrays of one length.

    Raises
    ------
    UsageError
        If they differ in length, or a count is negative or missing.
    """
    three = [np.asarray(one, dtype=float) for one in (promoters, passives, detractors)]
    if three[0].ndim != 1 or len({one.shape for one in three}) > 1:
        shapes = ", ".join(str(one.shape) for one in three)
        raise UsageError(f"{who}: promoters, passives and detractors must be lists of one length, got {shapes}.")
    bad = sum(int((~np.isfinite(one) | (one < 0)).sum()) for one in three)
    if bad:
        raise UsageError(f"{who}: {bad} of {3 * len(three[0])} counts are negative or missing.")
    return tuple(three)


_STRAIGHT = 1e-6  # a smaller skewness is none


def to_normal(z: np.ndarray, skew: np.ndarray) -> np.ndarray:
    """Normal scores of standardised values with a known skewness (Wilson and Hilferty)."""
    g = np.where(np.abs(skew) < _STRAIGHT, _STRAIGHT, skew)
    return np.where(np.abs(skew) < _STRAIGHT, z, 6 / g * (np.cbrt(g * z / 2 + 1) - 1) + g / 6)


def from_normal(u: np.ndarray, skew: np.ndarray) -> np.ndarray:
    """Standardised values of a known skewness that belong to normal scores: `to_normal` turned round."""
    g = np.where(np.abs(skew) < _STRAIGHT, _STRAIGHT, skew)
    return np.where(np.abs(skew) < _STRAIGHT, u, 2 / g * (((u - g / 6) * g / 6 + 1) ** 3 - 1))
