"""Spans of time in which a share departed from the rest: many shares, every span, one allowance for all of them.

Arrays in, numbers out. A span is judged against all other periods; the largest of all statistics is judged by what the
largest would be if nothing had changed, drawn with one random weight a customer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from cxkit.errors import UsageError
from cxkit.stats.compare import share_difference
from cxkit.stats.intervals import critical_value
from cxkit.stats.scan_sums import Base, Series, enough, sums_of, variance

#: Customers share so many random weights at most: more change the spread of the maxima by less than their own chance.
BUNDLES = 1000


@dataclass(frozen=True)
class Rows:
    """What happened, one row a chance.

    Attributes
    ----------
    customer, period : ndarray of int
        Codes from 0 on. Within a group rows stand in the order of customers and then of periods.
    group, outcome : ndarray of int
        What the row is a chance of (shares are taken within a group), and what happened.
    periods : int
        Number of periods.
    """

    customer: np.ndarray
    period: np.ndarray
    group: np.ndarray
    outcome: np.ndarray
    periods: int


@dataclass(frozen=True)
class Departures:
    """Spans in which a series departed, the surest first.

    Attributes
    ----------
    series : ndarray of int
        Position in the series asked for.
    start, end : ndarray of int
        First period of the span, and the first after it.
    left_out : ndarray of bool
        Periods of each span that it was not set against: those of surer spans of the same series.
    n, k, other_n, other_k : ndarray
        Rows and hits inside the span, and in the periods it was set against.
    design : ndarray
        How many rows are worth one independent row.
    statistic : ndarray
        About standard normal for one span fixed beforehand, if nothing changed.
    p : ndarray
        Share of draws whose largest statistic is as large; it allows for all series and spans.
    low, high : ndarray
        Limits of the difference of the shares; all limits hold together.
    critical : float
        What the largest statistic stays below with the confidence asked for.
    looked, spans : int
        Series that could be judged, and spans of them.
    weekly : tuple of (ndarray, ndarray)
        Rows and hits of each series by period.
    """

    series: np.ndarray
    start: np.ndarray
    end: np.ndarray
    left_out: np.ndarray
    n: np.ndarray
    k: np.ndarray
    other_n: np.ndarray
    other_k: np.ndarray
    design: np.ndarray
    statistic: np.ndarray
    p: np.ndarray
    low: np.ndarray
    high: np.ndarray
    critical: float
    looked: int
    spans: int
    weekly: tuple[np.ndarray, np.ndarray]


def departures(
    rows: Rows,
    wanted: np.ndarray,
    *,
    draws: int = 999,
    seed: int = 1,
    confidence: float = 0.95,
    customers: int = 10,
    alpha: float = 0.2,
    again: int = 3,
) -> Departures:
    """In which spans of periods did which shares depart from the rest of the time?

    Parameters
    ----------
    rows : Rows
    wanted : array_like of int, shape (series, 2)
        Group and outcome of each series: the share of the group's rows that have the outcome.
    draws : int, default 999
        Draws of the largest statistic under no departure. p cannot be below 1 / (draws + 1).
    seed : int, default 1
    confidence : float, default 0.95
    customers : int, default 10
        A span whose customers inside or outside are worth fewer equally busy ones is not judged.
    alpha : float, default 0.2
        Spans with a larger p are not listed.
    again : int, default 3
        Spans of one series at most; each is looked for in what the ones before have left, and set against that.

    Returns
    -------
    Departures

    Raises
    ------
    UsageError
        If there are fewer than two periods, no draws, or the confidence is not between 0 and 1.

    Notes
    -----
    Looked at are all spans that end with the last period, and all others of at most half of the periods that do not
    begin with the first one (those are what the spans to the end leave over). For the hits k of n rows inside and K of N
    in all, ``r = sign * sqrt(2 sum O log(O / E) / d)`` over the four cells of the table, k moved towards its expectation
    by d / 2 (for k is a whole number). d, the design effect, is the variance of ``k - n K / N`` with rows of one customer
    correlated, over its variance with independent rows. It rests on two correlations, of a customer's rows within a
    period and between periods, each estimated from the whole series: a variance taken from the few customers of a short
    span would be small exactly where they happen to be alike. r is read as Student's t with m - 1 degrees of freedom, m
    being how many equally busy customers those inside (or outside, if fewer) are worth (Kish).

    The null distribution of the largest abs(r): every customer (or, beyond a thousand, bundle of customers dealt at
    random) gets one normal weight, the weighted sums of what customers add to each statistic are standardised, and the
    largest is noted. Statistics thereby keep the correlation they have, between spans, series and customers.

    **When not to use it**: for a slow drift, which is cut somewhere in its middle; and to say how large an effect is: the
    span was picked because it departs most, so its difference tends to be too large.

    References
    ----------
    Kulldorff, M. (1997). A spatial scan statistic. Communications in Statistics: Theory and Methods 26, 1481-1496.
    Chernozhukov, V., Chetverikov, D. and Kato, K. (2013). Gaussian approximations and multiplier bootstrap for maxima
    of sums of high-dimensional random vectors. Annals of Statistics 41, 2786-2819.
    Rao, J. N. K. and Scott, A. J. (1992). A simple method for the analysis of clustered binary data. Biometrics 48,
    577-585.

    Examples
    --------
    Of 40 customers each has one row a period; in periods 6 and 7 far more of them have the outcome:

    >>> customer, period = np.repeat(np.arange(40), 12), np.tile(np.arange(12), 40)
    >>> hit = np.where((period == 6) | (period == 7), customer % 2 == 0, (customer + period) % 8 == 0)
    >>> found = departures(Rows(customer, period, 0 * period, hit.astype(int), 12), [(0, 1)])
    >>> found.start.tolist(), found.end.tolist(), bool(found.p[0] < 0.05)
    ([6], [8], True)
    """
    critical_value(confidence)
    wanted = np.asarray(wanted, dtype=np.int64).reshape(-1, 2)
    if rows.periods < 2:
        raise UsageError("departures: it takes two periods to compare. Take shorter ones.")
    if draws < 19:
        raise UsageError(f"draws: {draws!r} is too few to judge by. Take 199 or more.")
    begin, end = spans(rows.periods)
    series, largest, judged = _looked_at(rows, wanted, (begin, end), draws, seed, customers)
    largest.sort()
    found = [
        (at, *one)
        for at, each in enumerate(series)
        if each is not None
        for one in _best(each, begin, end, largest, alpha, again, customers)
    ]
    found.sort(key=lambda one: -abs(one[3]))
    at, start, stop, r, p, n, k, other_n, other_k, design, out = (
        (np.array(x) for x in zip(*found, strict=True))
        if found
        else (*(np.array([], dtype=t) for t in (int, int, int, *[float] * 7)), np.zeros((0, rows.periods), dtype=bool))
    )
    above = int(
        np.ceil((1 - confidence) * (draws + 1) - 1 - 1e-9)
    )  # p is below 1 - confidence if fewer draws are larger
    critical = float(largest[-above]) if above > 0 else np.inf
    low, high = _limits(n, k, other_n, other_k, design, r, critical)
    weekly = tuple(
        np.array([np.zeros(rows.periods) if one is None else getattr(one, name) for one in series]) for name in "nk"
    )
    return Departures(
        at, start, stop, out, n, k, other_n, other_k, design, r, p, low, high, critical,
        sum(one is not None for one in series), judged, weekly,
    )  # fmt: skip


def spans(periods: int) -> tuple[np.ndarray, np.ndarray]:
    """First and last-but-one of every span looked at: to the end, or of at most half of the periods.

    >>> [x.tolist() for x in spans(4)]
    [[1, 1, 1, 2, 2, 3], [2, 3, 4, 3, 4, 4]]
    """
    begin, end = np.triu_indices(periods + 1, 1)
    kept = (begin > 0) & ((end == periods) | (end - begin <= periods // 2))
    return begin[kept], end[kept]


def _looked_at(rows: Rows, wanted, both, draws: int, seed: int, customers: int):
    """Each series with its sums, the largest statistic of each draw, and the number of spans judged."""
    rng = np.random.default_rng(seed)
    count = int(rows.customer.max()) + 1 if rows.customer.size else 0
    bundle = rng.permutation(count) % BUNDLES
    width = min(BUNDLES, max(count, 1))
    weight = rng.standard_normal((draws, width), dtype=np.float32)
    largest = np.zeros(draws)
    series: list[Series | None] = [None] * len(wanted)
    order = np.argsort(rows.group, kind="stable")
    group = rows.group[order]
    judged = 0
    for g in np.unique(wanted[:, 0]):
        here = order[np.searchsorted(group, g) : np.searchsorted(group, g, side="right")]
        customer, period, outcome = rows.customer[here], rows.period[here], rows.outcome[here]
        base = Base(customer, period, rows.periods)
        bundled = _bundled(bundle[customer], period, width, rows.periods)
        for at in np.flatnonzero(wanted[:, 0] == g):
            hit = outcome == wanted[at, 1]
            one = base.series(hit)
            series[at], fit = one, enough(one, *both, customers)
            if fit.any():
                hits = _bundled(bundle[customer[hit]], period[hit], width, rows.periods)
                share = one.k.sum() / one.n.sum()
                np.maximum(largest, _drawn(weight, hits - share * bundled, one, both, fit), out=largest)
                judged += int(fit.sum())
            else:
                series[at] = None
    return series, largest, judged


def _bundled(bundle, period, width: int, periods: int) -> np.ndarray:
    return np.bincount(bundle * periods + period, minlength=width * periods).reshape(width, periods).astype(np.float32)


def _root(n, k, other_n, other_k, design, worth) -> np.ndarray:
    """Signed root of the likelihood ratio of two shares, in independent rows, with the correction for whole numbers."""
    whole, hits = n + other_n, k + other_k
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = n * hits / whole
        gap = k - expected
        moved = np.sign(gap) * np.maximum(np.abs(gap) - design / 2, 0)
        cells = [(expected + moved, expected), (n - expected - moved, n - expected)]
        rest = hits - expected
        cells += [(rest - moved, rest), (other_n - rest + moved, other_n - rest)]
        ratio = sum(special.xlogy(np.maximum(o, 0), np.maximum(o, 0) / e) for o, e in cells)
        root = np.sqrt(np.maximum(2 * ratio / design, 0))
    tail = special.stdtr(np.maximum(worth - 1, 1), -root)
    return np.sign(gap) * np.where(tail > 0, -special.ndtri(tail), root)


def _drawn(weight: np.ndarray, added: np.ndarray, one: Series, both, fit: np.ndarray) -> np.ndarray:
    """The largest statistic of each draw over the spans of one series."""
    begin, end = (x[fit] for x in both)
    n = np.r_[0, np.cumsum(one.n)]
    f = (n[end] - n[begin]) / n[-1]
    spread = np.sqrt(variance((added.T @ added).astype(float), begin, end, f))
    known = spread > 0
    begin, end, f, spread = begin[known], end[known], f[known].astype(np.float32), spread[known].astype(np.float32)
    summed = np.zeros((added.shape[1] + 1, len(weight)), dtype=np.float32)
    np.cumsum((weight @ added).T, axis=0, out=summed[1:])
    largest, value, part = np.zeros((3, len(weight)), dtype=np.float32)
    for first, last, share, root in zip(begin, end, f, spread, strict=True):  # all draws of a span fit into the cache
        np.subtract(summed[last], summed[first], out=value)
        np.multiply(summed[-1], share, out=part)
        value -= part
        np.abs(value, out=value)
        value /= root
        np.maximum(largest, value, out=largest)
    return largest.astype(float)


def _best(one: Series, begin, end, largest: np.ndarray, alpha: float, again: int, customers: int):
    """The surest span of a series, and the surest of what it leaves over, as long as they are sure enough."""
    left = np.ones(one.n.size, dtype=bool)
    for _ in range(again):
        taken = np.r_[0, np.cumsum(~left)]
        free = taken[end] == taken[begin]
        rest = one.without(left)
        fit = enough(rest, begin, end, customers) & free
        if not fit.any():
            return
        sums = [x[fit] for x in sums_of(rest, begin, end)]
        root = _root(*sums)
        at = int(np.argmax(np.abs(root)))
        size = abs(root[at])
        p = (1 + largest.size - np.searchsorted(largest, size)) / (largest.size + 1)
        if p >= alpha:
            return
        a, b = int(begin[fit][at]), int(end[fit][at])
        yield a, b, float(root[at]), float(p), *(float(x[at]) for x in sums[:5]), ~left
        left[a:b] = False


def _limits(n, k, other_n, other_k, design, r, critical: float) -> tuple[np.ndarray, np.ndarray]:
    """Limits of the differences, so wide that they hold together and exclude zero exactly where r passes `critical`."""
    worth = [x / design for x in (k, n, other_k, other_n)]
    alone = -special.ndtri(share_difference(*worth).p / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(np.isfinite(alone) & (r != 0), alone / np.abs(r), 1.0)
    level = 1 - 2 * special.ndtr(-critical * ratio)
    gap = share_difference(*worth, confidence=np.clip(level, 0.5, 1 - 1e-15))
    return gap.low, gap.high
