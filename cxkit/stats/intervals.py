"""Confidence intervals for net scores, shares and means: counts in, limits out.

Every function works on arrays, gives limits inside the possible range, and gives NaN where there is nothing to count.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from cxkit.errors import UsageError, choice

Limits = tuple[np.ndarray, np.ndarray]

#: Named intervals, with the words a `method` column uses for them.
NPS_METHODS = {
    "score": "score interval (Tango)",
    "adjusted_wald": "adjusted Wald interval (+3)",
    "wald": "Wald interval",
    "dirichlet": "Dirichlet interval (Jeffreys prior)",
}
SHARE_METHODS = {"wilson": "Wilson interval", "jeffreys": "Jeffreys interval"}
MEAN_METHODS = {"t": "t interval"}


def critical_value(confidence: ArrayLike) -> Any:
    """The normal quantile z that belongs to a two-sided confidence level.

    Parameters
    ----------
    confidence : float or array_like
        Between 0 and 1, both excluded.

    Returns
    -------
    float, or an ndarray where several levels are given

    Raises
    ------
    UsageError
        If a level is not between 0 and 1 (95 instead of 0.95 is the usual slip).

    Examples
    --------
    >>> round(critical_value(0.95), 4)
    1.96
    """
    try:
        level = np.asarray(confidence, dtype=float)
    except (TypeError, ValueError):
        level = np.asarray(np.nan)
    if bad := level[~((level > 0) & (level < 1))].tolist():
        hint = f" Did you mean {bad[0] / 100:g}?" if 1 < bad[0] < 100 else ""
        shown = repr(confidence) if level.ndim == 0 else f"{len(bad)} of {level.size} levels (first: {bad[0]:g})"
        raise UsageError(f"confidence: {shown} {'do' if len(bad) > 1 else 'does'} not lie between 0 and 1.{hint}")
    z = -special.ndtri((1 - level) / 2)
    return z if level.ndim else float(z)


def nps_interval(
    promoters: ArrayLike,
    passives: ArrayLike,
    detractors: ArrayLike,
    *,
    confidence: float = 0.95,
    method: str = "score",
) -> Limits:
    """How far could the true net score be from the one observed?

    Parameters
    ----------
    promoters, passives, detractors : array_like
        Counts of answers (fractions are allowed, for weighted counts). They broadcast against each other.
    confidence : float or array_like, default 0.95
        Share of intervals that would hold the true value if the survey were repeated; one level for all, or one each.
    method : {"score", "adjusted_wald", "wald", "dirichlet"}
        See Notes.

    Returns
    -------
    low, high : ndarray
        Limits on the -1..1 scale; NaN where there are no answers.

    Raises
    ------
    UsageError
        If a count is negative or missing, the confidence is not between 0 and 1, or the method is unknown.

    Notes
    -----
    A net score is the difference of two shares of the same answers, so an interval for paired proportions applies, with
    promoters and detractors as the two discordant cells. With P, N, D answers out of n:

    ``score`` (Tango 1998, the default) holds every value x that a score test would not reject:
    ``n (s - x)^2 <= z^2 (2q + x (1 - x))`` with ``s = (P - D) / n`` and q the most likely share of detractors given x.
    Over eight typical truths its worst coverage of a nominal 95 % is .937 at n=5, .943 at n=10 and at least .946 for
    n = 20, 30, 50 and 100; it stays sensible where everybody gives the same answer.

    ``adjusted_wald`` adds 3/4 promoters, 3/2 passives and 3/4 detractors and then takes the Wald interval (Rocks 2016;
    recommended by MeasuringU). Nearly as good; limits can pass -1 or 1 and are cut there.

    ``wald`` is ``s +- z sqrt((P/n + D/n - s^2) / n)``, what most tools print. **Do not use it below 300 answers**: its
    coverage falls to .76 at n=50 and .23 at n=5, and with equal answers it has no width.

    ``dirichlet`` is the equal-tailed interval of P - D under a Jeffreys prior (1/2 each). Use it for statements such as
    "the probability that NPS exceeds the target".

    None of them is wider for weights, for several answers of one customer, or for non-response: they answer for chance
    alone.

    References
    ----------
    Tango, T. (1998). Equivalence test and confidence interval for the difference in proportions for the paired-sample
    design. Statistics in Medicine 17, 891-908.
    Rocks, B. (2016). Interval estimation for the "Net Promoter Score". The American Statistician 70, 365-372.
    Reichheld, F. F. (2003). The one number you need to grow. Harvard Business Review 81(12), 46-54.

    Examples
    --------
    >>> low, high = nps_interval(30, 50, 20)
    >>> round(float(low), 4), round(float(high), 4)
    (-0.0391, 0.2352)
    """
    z = critical_value(confidence)
    choice(method, NPS_METHODS, "method")
    counts = (_counts(x, "answers") for x in (promoters, passives, detractors))
    p, q, d, z, level = np.broadcast_arrays(*counts, z, np.asarray(confidence, dtype=float))
    shape = p.shape
    p, q, d, z = p.ravel(), q.ravel(), d.ravel(), z.ravel()
    with np.errstate(divide="ignore", invalid="ignore"):
        if method == "score":
            low, high = _score(p, q, d, z)
        elif method == "dirichlet":
            low, high = _dirichlet(p, q, d, level.ravel())
        elif method == "adjusted_wald":
            low, high = _wald(p + 0.75, q + 1.5, d + 0.75, z)
        else:
            low, high = _wald(p, q, d, z)
    return _finish(low, high, p + q + d, -1, 1, shape)


def share_interval(k: ArrayLike, n: ArrayLike, *, confidence: float = 0.95, method: str = "wilson") -> Limits:
    """How far could the true share be from k of n?

    Parameters
    ----------
    k, n : array_like
        Favourable answers, and all answers.
    confidence : float or array_like, default 0.95
    method : {"wilson", "jeffreys"}
        Wilson (the default) inverts the score test; Jeffreys takes the quantiles of ``Beta(k + 1/2, n - k + 1/2)``,
        with limit 0 where k is 0 and limit 1 where k is n.

    Returns
    -------
    low, high : ndarray
        Limits on the 0..1 scale; NaN where n is 0.

    Raises
    ------
    UsageError
        If a count is negative or missing, k exceeds n, or an option is unknown.

    Notes
    -----
    Wilson: ``(k + z^2/2 +- z sqrt(k (n - k) / n + z^2/4)) / (n + z^2)``. The plain ``k/n +- z SE`` is not offered: it
    has no width at 0 and 100 %, and it covers too little below some hundred answers.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.
    Brown, L. D., Cai, T. T. and DasGupta, A. (2001). Interval estimation for a binomial proportion. Statistical Science
    16, 101-133.

    Examples
    --------
    >>> low, high = share_interval(8, 10)
    >>> round(float(low), 4), round(float(high), 4)
    (0.4902, 0.9433)
    """
    z = critical_value(confidence)
    choice(method, SHARE_METHODS, "method")
    k, n, z, level = np.broadcast_arrays(
        _counts(k, "favourable answers"), _counts(n, "answers"), z, np.asarray(confidence, dtype=float)
    )
    if (k > n).any():
        raise UsageError(f"share_interval: {int((k > n).sum())} of {k.size} counts exceed their total.")
    with np.errstate(divide="ignore", invalid="ignore"):
        if method == "wilson":
            middle, reach = k + z * z / 2, z * np.sqrt(k * (n - k) / n + z * z / 4)
            low, high = (middle - reach) / (n + z * z), (middle + reach) / (n + z * z)
        else:
            tail = (1 - level) / 2
            low = special.betaincinv(k + 0.5, n - k + 0.5, tail)
            high = special.betaincinv(k + 0.5, n - k + 0.5, 1 - tail)
        low, high = np.where(k == 0, 0.0, low), np.where(k == n, 1.0, high)
    return _finish(low.ravel(), high.ravel(), n.ravel(), 0, 1, n.shape)


def mean_interval(
    n: ArrayLike,
    mean: ArrayLike,
    sd: ArrayLike,
    *,
    confidence: float = 0.95,
    bounds: tuple[float, float] | None = None,
) -> Limits:
    """How far could the true mean rating be from the one observed?

    Parameters
    ----------
    n, mean, sd : array_like
        Answers, their mean, and their standard deviation (divisor n - 1).
    confidence : float or array_like, default 0.95
    bounds : (float, float), optional
        Ends of the scale; limits beyond them are cut.

    Returns
    -------
    low, high : ndarray
        Limits in the unit of the mean; NaN below two answers.

    Raises
    ------
    UsageError
        If n or sd is negative, or the confidence is not between 0 and 1.

    Notes
    -----
    ``mean +- t(n - 1) sd / sqrt(n)``. **When not to use it**: with few answers crowded at one end of the scale the
    interval is too short, and where all answers are equal it has no width at all; a share with its Wilson interval is
    then the safer report.

    Examples
    --------
    >>> low, high = mean_interval(25, 5.2, 1.5, bounds=(1, 7))
    >>> round(float(low), 3), round(float(high), 3)
    (4.581, 5.819)
    """
    critical_value(confidence)
    n, sd = _counts(n, "answers"), _counts(sd, "standard deviations", missing_ok=True)
    n, mean, sd = np.broadcast_arrays(n, np.asarray(mean, dtype=float), sd)
    known = n >= 2
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = (
            special.stdtrit(np.where(known, n - 1, 1), (1 + np.asarray(confidence, dtype=float)) / 2) * sd / np.sqrt(n)
        )
    low, high = (np.where(known, mean + sign * reach, np.nan) for sign in (-1, 1))
    if bounds is not None:
        low, high = np.clip(low, *bounds), np.clip(high, *bounds)
    return low, high


def _counts(values: ArrayLike, what: str, missing_ok: bool = False) -> np.ndarray:
    """Counts as floats; a negative or missing count is a mistake of the caller, never a NaN limit."""
    array = np.asarray(values, dtype=float)
    bad = (array < 0) | ((~np.isfinite(array)) & (not missing_ok))
    if bad.any():
        raise UsageError(f"{int(bad.sum())} of {array.size} counts of {what} are negative or missing.")
    return array


def _finish(low, high, n, least: float, most: float, shape) -> Limits:
    """Cut limits to the possible range and blank those without answers."""
    none = n == 0
    low = np.where(none, np.nan, np.clip(low, least, most))
    high = np.where(none, np.nan, np.clip(high, least, most))
    return low.reshape(shape), high.reshape(shape)


def _wald(p, q, d, z: float) -> Limits:
    n = p + q + d
    net = (p - d) / n
    reach = z * np.sqrt(np.maximum(p + d - net * net * n, 0)) / n
    return net - reach, net + reach


def _score(p, q, d, z: float) -> Limits:
    """Tango's limits. The upper one is the lower one of the mirrored answers, so one search finds both."""
    n = p + q + d
    share_p, share_d = np.concatenate([p / n, d / n]), np.concatenate([d / n, p / n])
    c = np.tile(z * z / n, 2)
    lower = _score_low(share_p, share_d, c)
    return lower[: n.size], -lower[n.size :]


def _score_low(p, d, c):
    """The lower limit x < s where (s - x)^2 = c (2q + x (1 - x)), for shares p, d and c = z^2 / n.

    The variance 2q + x (1 - x) never exceeds 1 - x^2, which gives a point known to lie below the limit; s itself lies
    above it. The search is over the distance s - x, so that limits keep their digits for a billion answers too.
    """
    net = p - d
    far = net - (net - np.sqrt(c * (1 + c - net * net))) / (1 + c)
    same = (p + d - net * net) <= 0  # every answer in one group: the limit is known in closed form

    def excess(distance):
        return distance * distance - c * variance_at(p, d, net - distance)

    found = find_root(excess, np.zeros_like(net), np.minimum(far * (1 + 1e-9), 1 + net))
    limit = net - found
    closed = np.where(p >= 1, (1 - c) / (1 + c), np.where(d >= 1, -1.0, -c / (1 + c)))
    return np.where(same, closed, limit)


def variance_at(p, d, x):
    """The variance of one answer if the true net score were x, for shares p and d of promoters and detractors.

    It is 2q + x (1 - x), with q the most likely share of detractors under that condition.
    """
    half = (d - p + 2) * x - (p + d)
    root = np.sqrt(np.maximum(half * half + 8 * d * x * (1 - x), 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        small = 2 * d * x * (1 - x) / (half + root)  # the same root without cancellation, where half > 0
    q = np.where(half > 0, small, (root - half) / 4)
    return np.maximum(2 * q + x * (1 - x), 0)


def find_root(function, low, high, steps: int = 100, digits: float = 4e-15):
    """Where a function changes sign between low and high, element by element (Chandrupatla 1997).

    Each step takes the inverse quadratic through the last three points where that is safe and halves the bracket where
    it is not, so it never leaves the bracket and needs about ten steps.
    """
    a, b = np.array(high, dtype=float), np.array(low, dtype=float)
    fa, fb = function(a), function(b)
    t = np.full(a.shape, 0.5)
    for _ in range(steps):
        x = a + t * (b - a)
        f = function(x)
        same = np.sign(f) == np.sign(
            fa
        )  # then the sign changes between x and b; x replaces a, and a is remembered as c
        c, fc = np.where(same, a, b), np.where(same, fa, fb)
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = x, f
        best = np.where(np.abs(fa) < np.abs(fb), a, b)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            tolerance = digits * np.abs(best) / np.abs(b - a)
            if not ((tolerance <= 0.5) & (fa != 0) & (fb != 0)).any():
                break
            ratio, height = (a - b) / (c - b), (fa - fb) / (fc - fb)
            safe = (height**2 < ratio) & ((1 - height) ** 2 < 1 - ratio)
            t = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
        t = np.where(safe & np.isfinite(t), t, 0.5)
        tolerance = np.where(np.isfinite(tolerance), np.minimum(tolerance, 0.5), 0.5)
        t = np.clip(t, tolerance, 1 - tolerance)
    return best


def _dirichlet(p, q, d, confidence: float, nodes: int = 40) -> Limits:
    """Quantiles of the difference of promoters and detractors under a Jeffreys prior.

    Promoters and detractors together are S ~ Beta(P + D + 1, N + 1/2); promoters among them are R ~ Beta(P + 1/2, D +
    1/2), independent of S. The difference is S (2R - 1), so its distribution is the mean over S of R's, taken by
    quadrature.
    """
    points, weights = np.polynomial.legendre.leggauss(nodes)
    both = special.betaincinv(p + d + 1, q + 0.5, ((points + 1) / 2)[:, None])
    weights = (weights / 2)[:, None]

    def quantile(level):
        def excess(x):
            return (weights * special.betainc(p + 0.5, d + 0.5, np.clip((1 + x / both) / 2, 0, 1))).sum(axis=0) - level

        return find_root(excess, np.full(p.shape, -1.0), np.full(p.shape, 1.0), digits=1e-12)

    tail = (1 - confidence) / 2
    return quantile(tail), quantile(1 - tail)
