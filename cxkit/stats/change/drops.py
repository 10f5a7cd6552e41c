"""A watch for drops: small shortfalls add up until together they are more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from cxkit.errors import UsageError

_NODES = 32  # points of the quadrature between zero and the limit
_MEANS, _SCALES = 15, 9  # points of the quadrature over the baseline's errors


@dataclass(frozen=True)
class Cusum:
    """The watch, period by period.

    Attributes
    ----------
    values : ndarray
        Shortfall added up so far, in standard deviations; back to zero after an alarm. Where a period has no value the sum
        stands still.
    limit : float
        Above it there is an alarm.
    signals : ndarray of bool
        The alarms.
    allowance : float
        What each period may fall short without being added up: half the drop it is tuned to.
    """

    values: np.ndarray
    limit: float
    signals: np.ndarray
    allowance: float


def cusum(z: ArrayLike, baseline: int, shift: float, arl: float = 370.0, *, known_spread: bool = True) -> Cusum:
    """Since when do the shortfalls of one period after the other add up to more than chance?

    Parameters
    ----------
    z : array_like
        Later periods in standard deviations from the baseline's mean (see `standing`); NaN where there is no value.
    baseline : int
        Number of periods the mean was learnt from; 0 if it is known.
    shift : float
        The drop to be found soonest, in standard deviations of one period; positive.
    arl : float
        One false alarm in so many periods.
    known_spread : bool
        Whether the standard deviation is known (that of sampling) or was learnt from the baseline's periods.

    Returns
    -------
    Cusum

    Raises
    ------
    UsageError
        If shift is not positive, arl is under 2, or the baseline has fewer than eight periods.

    Notes
    -----
    ``S[t] = max(0, S[t-1] - z[t] - shift / 2)``, with an alarm and a new start where S exceeds the limit of
    `cusum_limit`. One-sided: it looks for drops alone. **When not to use it**: to say when the drop began (the sum may
    have grown by chance before; `change_point` looks for the moment), or for seasonal swings, which it takes for drops.

    References
    ----------
    Page, E. S. (1954). Continuous inspection schemes. Biometrika 41, 100-115.

    Examples
    --------
    >>> found = cusum([0.2, -1.1, -1.8, -2.0], baseline=26, shift=1.3)
    >>> found.values.round(2).tolist(), round(found.limit, 1), found.signals.tolist()
    ([0.0, 0.45, 1.6, 2.95], 3.8, [False, False, False, False])
    """
    z = np.asarray(z, dtype=float)
    limit = cusum_limit(shift, baseline, arl, known_spread=known_spread)
    values, signals, total = np.zeros(len(z)), np.zeros(len(z), dtype=bool), 0.0
    for at, value in enumerate(z):
        if np.isfinite(value):
            total = max(0.0, total - value - shift / 2)
        values[at], signals[at] = total, total > limit
        total = 0.0 if signals[at] else total
    return Cusum(values, limit, signals, shift / 2)


@lru_cache(maxsize=512)
def cusum_limit(shift: float, baseline: int, arl: float = 370.0, *, known_spread: bool = True) -> float:
    """How much shortfall may add up before it is an alarm?

    Parameters
    ----------
    shift, baseline, arl, known_spread
        As in `cusum`.

    Returns
    -------
    float
        In standard deviations of one period.

    Raises
    ------
    UsageError
        As in `cusum`.

    Notes
    -----
    The mean number of periods to a false alarm solves an integral equation in the limit (Gauss-Legendre quadrature). The
    baseline's mean is off by ``N(0, 1/m)``, its spread, where estimated, by a chi distribution with m - 1 degrees of
    freedom; the limit makes the *rate* of false alarms, averaged over these errors and with a new start after each,
    one in `arl`. This is stricter than asking for a mean run of `arl`, which a few lucky baselines would lift.

    Examples
    --------
    Known mean, drop of one standard deviation: 4.1 for one alarm in 370.

    >>> round(cusum_limit(1.0, 0), 1), round(cusum_limit(1.0, 26), 1)
    (4.1, 5.0)
    """
    _check(shift, baseline, arl)
    means, scales, weights = _errors(baseline, known_spread)

    def excess(limit: float) -> float:
        runs = _runs(_steps(limit, shift / 2, means / scales, 1 / scales))
        return float(-np.log((weights / runs).sum()) - np.log(arl))

    return _crossing(excess, 0.0, 4.0)


def drop_power(
    drop: float,
    shift: float,
    periods: int,
    baseline: int,
    arl: float = 370.0,
    *,
    known_spread: bool = True,
    stretch: float = 1.0,
) -> float:
    """How likely is a drop to be found within so many periods?

    Parameters
    ----------
    drop : float
        The true drop, in standard deviations of one period.
    shift, baseline, arl, known_spread
        As in `cusum`: the drop the watch is tuned to, and the rest.
    periods : int
        Number of periods from the drop on.
    stretch : float
        Standard deviation of a period after the drop, as a multiple of the one before.

    Returns
    -------
    float
        Probability, averaged over the errors of the baseline. The watch starts at zero with the drop, the least
        favourable moment.

    Raises
    ------
    UsageError
        As in `cusum`.

    Examples
    --------
    A 10-point drop at 300 answers a week is 2.24 standard deviations (variance .6 an answer):

    >>> round(drop_power(2.236, 2.236, 4, 26), 2)
    0.91
    """
    limit = cusum_limit(shift, baseline, arl, known_spread=known_spread)
    means, scales, weights = _errors(baseline, known_spread)
    steps = _steps(limit, shift / 2, (means + drop) / scales, stretch / scales)
    still = np.ones((*steps.shape[:2], 1))
    for _ in range(periods):
        still = steps @ still
    return float(1 - (weights * still[:, 0, 0]).sum())


def smallest_drop(
    n_per_period: float,
    variance: float,
    periods: int = 4,
    baseline: int = 26,
    power: float = 0.8,
    *,
    shift: float | None = None,
    net: float | None = None,
    arl: float = 370.0,
    known_spread: bool = True,
) -> float:
    """What is the smallest drop of a net score that would be found in time?

    Parameters
    ----------
    n_per_period : float
        Answers a period.
    variance : float
        Variance of one answer (promoters + detractors - net^2, as shares), times the square of any spread beyond
        sampling.
    periods : int, default 4
        Number of periods within which it is to be found.
    baseline : int, default 26
        Number of periods the usual level was learnt from; 0 if it is known.
    power : float, default 0.8
        How likely it is to be found in time.
    shift : float, optional
        The drop the watch is tuned to, on the -1..1 scale. Unless said, the drop itself: the best any tuning can do.
    net : float, optional
        The usual net score. If given, answers vary after the drop as they do where promoters have turned detractors
        (variance + 2 net drop - drop^2); otherwise as before.
    arl, known_spread
        As in `cusum`.

    Returns
    -------
    float
        On the -1..1 scale; NaN where even the largest possible drop (2) would be missed.

    Raises
    ------
    UsageError
        If a number is not positive, or power does not lie between 0 and 1.

    Notes
    -----
    Solves `drop_power` = power; nothing is simulated. The watch starts at zero with the drop, the least favourable
    moment. With `net` it agrees with simulated answers within a point (60 to 300 answers a week). **When not to use it**:
    as a promise about seasonal or restless scores.

    Examples
    --------
    >>> round(100 * smallest_drop(300, 0.6), 1), round(100 * smallest_drop(60, 0.6, shift=0.1), 1)
    (8.7, 21.8)
    """
    if not (n_per_period > 0 and variance > 0 and periods >= 1):
        raise UsageError(
            f"smallest_drop: answers a period ({n_per_period:g}), variance ({variance:g}) and periods ({periods}) must "
            "be positive."
        )
    if not 0 < power < 1:
        raise UsageError(f"smallest_drop: a power of {power:g} does not lie between 0 and 1.")
    error = float(np.sqrt(variance / n_per_period))

    def excess(drop: float) -> float:
        tuned = drop if shift is None else shift / error
        after = (
            variance if net is None else max(variance + 2 * net * drop * error - (drop * error) ** 2, 0.1 * variance)
        )
        stretch = float(np.sqrt(after / variance))
        return drop_power(drop, tuned, periods, baseline, arl, known_spread=known_spread, stretch=stretch) - power

    largest = 2.0 / error
    if excess(min(largest, 50.0)) < 0:
        return float("nan")
    return error * _crossing(excess, 1e-3, min(largest, 50.0))


def _check(shift: float, baseline: int, arl: float) -> None:
    if not (np.isfinite(shift) and shift > 0):
        raise UsageError(f"cusum: a shift of {shift!r} will not do. Give the size of the drop, above 0.")
    if not arl >= 2:
        raise UsageError(f"cusum: one false alarm in {arl!r} periods will not do. Give 2 or more, such as 370.")
    if baseline != 0 and baseline < 8:
        raise UsageError(f"cusum: a baseline of {baseline} periods is too short. Take 8 or more, or 0 if it is known.")


@lru_cache(maxsize=64)
def _errors(baseline: int, known_spread: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By how much the baseline's mean and spread may be off, and how likely each is."""
    if baseline == 0:
        return np.zeros(1), np.ones(1), np.ones(1)
    points, weights = np.polynomial.hermite_e.hermegauss(_MEANS)
    means, weights = points / np.sqrt(baseline), weights / weights.sum()
    if known_spread:
        return means, np.ones(_MEANS), weights
    levels, parts = np.polynomial.legendre.leggauss(_SCALES)
    half = (baseline - 1) / 2
    scales = np.sqrt(special.gammaincinv(half, (levels + 1) / 2) / half)
    grid = [each.ravel() for each in np.meshgrid(means, scales)]
    return grid[0], grid[1], np.outer(parts / 2, weights).ravel()


def _steps(limit: float, allowance: float, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """From each state of the sum to each state, one period on; the first state is zero, the rest are quadrature points.

    A shortfall is normal with the mean and scale given. What a row lacks to one is the chance of an alarm.
    """
    points, weights = np.polynomial.legendre.leggauss(_NODES)
    states = np.concatenate([[0.0], (points + 1) / 2 * limit])
    weights = weights / 2 * limit
    mean, scale = mean[:, None, None], scale[:, None, None]
    ahead = (states[None, None, 1:] - states[None, :, None] + allowance - mean) / scale
    density = np.exp(-ahead * ahead / 2) / np.sqrt(2 * np.pi) / scale * weights
    to_zero = special.ndtr((allowance - states[None, :, None] - mean) / scale)
    return np.concatenate([to_zero, density], axis=2)


def _runs(steps: np.ndarray) -> np.ndarray:
    """Mean number of periods to an alarm from zero, for each error of the baseline."""
    size = steps.shape[1]
    nearly = steps * (1 - 1e-12)  # a run longer than this has no end that the equations could find
    runs = np.linalg.solve(np.eye(size) - nearly, np.ones((len(steps), size, 1)))[:, 0, 0]
    return np.where(runs > 0, np.minimum(runs, 1e12), 1e12)


def _crossing(function, low: float, high: float) -> float:
    """Where a rising function passes zero; the upper end moves up until it lies beyond."""
    below = function(low)
    if below >= 0:
        return low
    above = function(high)
    while above < 0 and high < 200:
        low, below, high = high, above, high * 1.5
        above = function(high)
    last = 0
    for _ in range(60):  # regula falsi; an end that stays put twice loses half its weight (Illinois)
        middle = high - above * (high - low) / (above - below)
        value = function(middle)
        if abs(value) < 1e-9 or high - low < 1e-9:
            return middle
        if value > 0:
            high, above, below = middle, value, below / (2 if last == 1 else 1)
        else:
            low, below, above = middle, value, above / (2 if last == -1 else 1)
        last = 1 if value > 0 else -1
    return high
