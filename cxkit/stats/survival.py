"""How many get there, and when, although some have not been watched long enough.

Who is still on the way when the watching ends is **censored**: it is known that nothing had happened until then, and
nothing is known after it. To count them as failures makes every number too low, to leave them out throws away what is
known. The estimates here use each for as long as it was watched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg.lapack import dtbtrs

from cxkit.errors import UsageError
from cxkit.stats.intervals import critical_value

NEVER = np.iinfo(np.int64).max  #: The age at which something happens that does not happen.


@dataclass(frozen=True)
class Survival:
    """A Kaplan-Meier curve: the share to whom it has not happened yet, by age.

    Attributes
    ----------
    time : ndarray
        Ages at which something happened, ascending.
    at_risk, events : ndarray of int64
        Who was still watched just before, and to how many it happened.
    share : ndarray
        To whom it had not happened after that age.
    low, high : ndarray
        Log-log limits; NaN where the share is 0.
    error : ndarray
        Greenwood's standard error; NaN where the share is 0.
    watched : float
        The longest anybody was watched; beyond it the curve says nothing unless it has come down to 0.
    """

    time: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    error: np.ndarray
    watched: float

    def at(self, age: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Share, low and high at given ages; NaN beyond what was watched. Before the first event 1, without limits."""
        age = np.asarray(age, dtype=float)
        place = np.searchsorted(self.time, age, side="right")
        known = (age <= self.watched) | ((self.share.size > 0) and self.share[-1:].sum() == 0)
        first = (1.0, np.nan, np.nan)
        found = (
            np.r_[start, line][place] for start, line in zip(first, (self.share, self.low, self.high), strict=True)
        )
        return tuple(np.where(known, line, np.nan) for line in found)


@dataclass(frozen=True)
class Incidence:
    """Cumulative incidence: the share to whom each of several exclusive things has happened, by age.

    Attributes
    ----------
    time : ndarray
        Ages at which anything happened, ascending.
    share, error : ndarray, (causes, ages)
        Share to whom cause 1, 2 ... had happened by then, and its standard error.
    """

    time: np.ndarray
    share: np.ndarray
    error: np.ndarray


@dataclass(frozen=True)
class Progress:
    """How many have come how far on a way of several levels, within a horizon.

    Attributes
    ----------
    share : ndarray, (levels,)
        Estimated share that reaches level 1, 2 ... .
    stuck : ndarray, (levels,)
        Share of which nobody could be watched to the horizon, at each level before (0 is the start): not in `share`,
        and it might have come.
    pseudo : ndarray, (levels, n)
        What each one contributes: their mean is `share`, and their spread (within and between customers) its variance.
        Without censoring they are 1 for who reached the level and 0 for who did not.
    """

    share: np.ndarray
    stuck: np.ndarray
    pseudo: np.ndarray


def kaplan_meier(
    time: ArrayLike, event: ArrayLike, *, entry: ArrayLike | None = None, confidence: float = 0.95
) -> Survival:
    """To which share has it not happened yet, by age?

    Parameters
    ----------
    time : array_like
        Age at which it happened, or up to which nothing had.
    event : array_like of bool
        Whether it happened; False is censored.
    entry : array_like, optional
        Age at which the watching began, where it was later than 0: counted from just after it.
    confidence : float, default 0.95

    Returns
    -------
    Survival

    Raises
    ------
    UsageError
        If the arrays differ in length, an age is missing or negative, or an entry is not before its time.

    Notes
    -----
    ``S(t) = prod (1 - d / n)`` over the ages up to t. Who is censored at the age of an event was still at risk for it.
    Limits: ``exp(-exp(log(-log S) +- z sqrt(sum d / (n (n - d))) / log S))``, which stay between 0 and 1.
    **When not to use it**: when something else can end the waiting (use `cumulative_incidence`: one minus this curve is
    then too high), or when who is watched for a short time differs from the others.

    References
    ----------
    Kalbfleisch, J. D. and Prentice, R. L. (2002). The Statistical Analysis of Failure Time Data. 2nd ed. Wiley, 1.4.

    Examples
    --------
    >>> curve = kaplan_meier([1, 2, 2, 4], [True, True, False, True])
    >>> curve.share.tolist()
    [0.75, 0.5, 0.0]
    """
    time, event = _ages(time, "time"), np.asarray(event).astype(bool)
    begun = None if entry is None else _ages(entry, "entry")
    if event.shape != time.shape or (begun is not None and begun.shape != time.shape):
        raise UsageError("kaplan_meier: time, event and entry differ in length.")
    if begun is not None and (begun >= time).any():
        raise UsageError(f"kaplan_meier: {int((begun >= time).sum())} entries are not before their time.")
    z = critical_value(confidence)
    ages, events = np.unique(time[event], return_counts=True)
    at_risk = time.size - np.searchsorted(np.sort(time), ages, side="left")
    if begun is not None:
        at_risk = at_risk - (time.size - np.searchsorted(np.sort(begun), ages, side="left"))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.cumprod(1 - events / at_risk)
        spread = np.sqrt(np.cumsum(events / (at_risk * (at_risk - events.astype(float)))))
        spread = np.where(share > 0, spread, np.nan)
        reach = z * spread / np.log(share)
        low, high = (np.exp(-np.exp(np.log(-np.log(share)) + sign * reach)) for sign in (-1, 1))
    watched = float(time.max()) if time.size else 0.0
    return Survival(ages, at_risk, events, share, low, high, share * spread, watched)


def cumulative_incidence(time: ArrayLike, cause: ArrayLike) -> Incidence:
    """To which share has each of several things happened by an age, when the first of them ends the waiting?

    Parameters
    ----------
    time : array_like
        Age at which the first of them happened, or up to which none had.
    cause : array_like of int
        0 censored, 1, 2 ... what happened.

    Returns
    -------
    Incidence

    Raises
    ------
    UsageError
        If the arrays differ in length, or an age is missing or negative.

    Notes
    -----
    Aalen and Johansen: ``F_j(t) = sum S(u-) d_j(u) / n(u)`` over ages u up to t, with S the Kaplan-Meier curve of any of
    them. Their sum is 1 - S. The standard error is the delta method's (Marubini and Valsecchi). **When not to use it**:
    to say what would happen if one cause were removed; nothing in the data tells.

    References
    ----------
    Aalen, O. O. and Johansen, S. (1978). An empirical transition matrix for non-homogeneous Markov chains based on
    censored observations. Scandinavian Journal of Statistics 5, 141-150.
    Marubini, E. and Valsecchi, M. G. (1995). Analysing Survival Data from Clinical Trials. Wiley, chapter 10.

    Examples
    --------
    >>> curves = cumulative_incidence([1, 2, 3, 4], [1, 2, 0, 1])
    >>> curves.share.tolist()
    [[0.25, 0.25, 0.75], [0.0, 0.25, 0.25]]
    """
    time, cause = _ages(time, "time"), np.asarray(cause).astype(np.int64)
    if cause.shape != time.shape:
        raise UsageError("cumulative_incidence: time and cause differ in length.")
    causes = int(cause.max(initial=0))
    ages, place = np.unique(time[cause > 0], return_inverse=True)
    n = (time.size - np.searchsorted(np.sort(time), ages, side="left")).astype(float)
    key = place + (cause[cause > 0] - 1) * ages.size
    d = np.bincount(key, minlength=causes * ages.size).reshape(causes, ages.size).astype(float)
    total = d.sum(axis=0)
    before = np.r_[1.0, np.cumprod(1 - total / n)[:-1]] if ages.size else np.zeros(0)
    share = np.cumsum(before * d / n, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(n > total, total / (n * (n - total)), np.nan)
        a = np.cumsum(hazard), np.cumsum(share * hazard, axis=1), np.cumsum(share**2 * hazard, axis=1)
        own = before * d / n**2
        variance = share**2 * a[0] - 2 * share * a[1] + a[2] + np.cumsum(before**2 * d * (n - d) / n**3, axis=1)
        variance = variance - 2 * share * np.cumsum(own, axis=1) + 2 * np.cumsum(share * own, axis=1)
    return Incidence(ages, share, np.sqrt(np.maximum(variance, 0)))


def progress(reached: ArrayLike, watched: ArrayLike, ended: ArrayLike, horizon: int) -> Progress:
    """Which share reaches each level of a way, when some are still on it and some ways end early?

    Parameters
    ----------
    reached : array_like of int64, (levels, n)
        Age at which each reached level 1, 2 ... (not falling from level to level); `NEVER` if not.
    watched : array_like of int64, (n,)
        Age up to which each was watched, or at which its way ended.
    ended : array_like of bool, (n,)
        Whether the way ended then: no further level can follow. False means no longer watched.
    horizon : int
        Age up to which levels count; whoever was watched that long is known.

    Returns
    -------
    Progress

    Raises
    ------
    UsageError
        If the shapes do not fit each other.

    Notes
    -----
    Aalen and Johansen's estimate for a way of several states. At every age the mass that waits at a level is moved on in
    the proportion of those watched there who move on then. With one level and no ends it is one minus Kaplan and Meier's
    curve; with one level and ends it is the cumulative incidence. Unlike a curve for each level alone, the share that
    reaches a level never exceeds the share that reached the one before. It holds although a level may depend on how long
    the one before took (Datta and Satten), as long as how long one is watched has nothing to do with how one fares.

    `pseudo` is ``share + n`` times the derivative of the share by the weight of each one (infinitesimal jackknife).

    References
    ----------
    Datta, S. and Satten, G. A. (2001). Validity of the Aalen-Johansen estimators of stage occupation probabilities and
    Nelson-Aalen estimators of integrated transition hazards for non-Markov models. Statistics and Probability Letters
    55, 403-411.
    Jaeckel, L. A. (1972). The infinitesimal jackknife. Bell Laboratories memorandum MM 72-1215-11.

    Examples
    --------
    >>> watched_to = [10, 3, 10]  # the second one for 3 of 10 days only
    >>> done = progress([[1, NEVER, NEVER], [5, NEVER, NEVER]], watched_to, [False] * 3, 10)
    >>> done.share.round(3).tolist()
    [0.333, 0.333]
    """
    reached, watched = np.atleast_2d(np.asarray(reached, dtype=np.int64)), np.asarray(watched, dtype=np.int64)
    ended = np.asarray(ended).astype(bool)
    if reached.shape[1:] != watched.shape or ended.shape != watched.shape:
        raise UsageError(f"progress: shapes {reached.shape}, {watched.shape} and {ended.shape} do not fit each other.")
    reached = np.where(reached <= horizon, reached, NEVER)
    if not watched.size:
        levels = reached.shape[0]
        return Progress(np.full(levels, np.nan), np.zeros(levels), np.zeros(reached.shape))
    moves = _moves(reached, watched, ended & (watched <= horizon))
    share, mass, end = _forward(moves)
    level = np.where(ended | (watched < horizon), -1, (reached < NEVER).sum(axis=0))
    known = np.bincount(level[level >= 0], minlength=moves.levels + 1)[: moves.levels] > 0
    stuck = np.where(known, 0.0, end)
    return Progress(share, stuck, np.stack([_pseudo(moves, mass, k, share[k - 1]) for k in range(1, share.size + 1)]))


@dataclass(frozen=True)
class _Moves:
    """Moves between levels on the grid of ages at which anything moves.

    `enter` and `leave` say from which place of the grid (inclusive) to which (exclusive) each one is watched at a level;
    `events` holds, for each pair of levels and whether the way goes on, who moves and where on the grid.
    """

    levels: int
    size: int
    enter: np.ndarray
    leave: np.ndarray
    at_risk: np.ndarray
    events: tuple[tuple[int, int, bool, np.ndarray, np.ndarray], ...]


def _moves(reached: np.ndarray, watched: np.ndarray, ended: np.ndarray) -> _Moves:
    levels, n = reached.shape
    grid = np.unique(np.concatenate([reached[reached < NEVER], watched[ended]]))
    place = np.searchsorted(grid, reached)  # NEVER stands at the end of the grid
    last = np.searchsorted(grid, watched, side="right")
    enter = np.vstack([np.zeros((1, n), dtype=np.int64), np.where(reached < NEVER, place + 1, grid.size + 1)])[:levels]
    there = np.vstack([np.full((1, n), -1), reached[:-1]]) < NEVER
    leave = np.where(reached < NEVER, place + 1, last)
    leave = np.where(there, np.maximum(leave, enter), enter)
    at_risk = np.zeros((levels, grid.size))
    for level in range(levels):
        inside = leave[level] > enter[level]
        change = np.bincount(enter[level][inside], minlength=grid.size + 2).astype(float)
        change -= np.bincount(leave[level][inside], minlength=grid.size + 2)
        at_risk[level] = np.cumsum(change)[: grid.size]
    events = []
    depth = (reached < NEVER).sum(axis=0)
    stops = np.where(ended, last - 1, -1)
    for i in range(levels):
        at = np.where(leave[i] > enter[i], leave[i] - 1, -1)  # the last place where one is watched at this level
        to = np.where(at >= 0, ((place <= at) & (reached < NEVER)).sum(axis=0), i)
        over = (depth == to) & (stops == at) & (at >= 0)
        for j in range(i, levels + 1):
            for on in (True, False):
                who = np.flatnonzero((to == j) & (over != on) & (at >= 0) & ((j > i) | (not on)))
                if who.size:
                    events.append((i, j, on, who, at[who]))
    return _Moves(levels, grid.size, enter, leave, at_risk, tuple(events))


def _hazards(moves: _Moves) -> tuple[np.ndarray, list[tuple[int, int, bool, np.ndarray]]]:
    """Share of those watched at each level who leave it, in all and by where they go."""
    leaving, parts = np.zeros((moves.levels, moves.size)), []
    for i, j, on, _, at in moves.events:
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = np.bincount(at, minlength=moves.size) / moves.at_risk[i]
        rate = np.nan_to_num(rate)
        leaving[i] += rate
        parts.append((i, j, on, rate))
    return np.minimum(leaving, 1.0), parts


def _forward(moves: _Moves) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Share that reaches each level, the mass that waits at each level before each age, and what is stuck at the end."""
    leaving, parts = _hazards(moves)
    share, mass = np.zeros(moves.levels), np.zeros((moves.levels, moves.size))
    inflow, end = np.zeros((moves.levels, moves.size)), np.zeros(moves.levels)
    for i in range(moves.levels):
        after = _run(1 - leaving[i], inflow[i], 1.0 if i == 0 else 0.0)
        mass[i] = np.r_[1.0 if i == 0 else 0.0, after][: moves.size]
        end[i] = after[-1] if moves.size else float(i == 0)
        for _, j, on, rate in (part for part in parts if part[0] == i):
            share[i:j] += float(mass[i] @ rate)
            if on and i < j < moves.levels:
                inflow[j] += mass[i] * rate
    return np.clip(share, 0, 1), mass, end


def _pseudo(moves: _Moves, mass: np.ndarray, target: int, share: float) -> np.ndarray:
    """What each one contributes to the share that reaches the target level."""
    n = moves.enter.shape[1]
    leaving, parts = _hazards(moves)
    coming = np.zeros((moves.levels, moves.size + 1))  # of mass that waits at a level: the share that will come, by age
    for i in reversed(range(target)):
        gain = np.zeros(moves.size)
        for _, j, on, rate in (part for part in parts if part[0] == i):
            gain += rate if j >= target else rate * coming[j, 1:] if on and j > i else 0.0
        coming[i, :-1] = _run(1 - leaving[i][::-1], gain[::-1], 0.0)[::-1]
    out = np.full(n, float(share))
    for i in range(target):
        with np.errstate(divide="ignore", invalid="ignore"):
            each = np.where(moves.at_risk[i] > 0, mass[i] / moves.at_risk[i], 0.0)
        expected = np.r_[0.0, np.cumsum(each * (coming[i, :-1] - coming[i, 1:]))]
        stay = np.maximum(moves.leave[i], moves.enter[i])
        out -= n * (expected[np.minimum(stay, moves.size)] - expected[np.minimum(moves.enter[i], moves.size)])
        for _, j, on, who, at in (event for event in moves.events if event[0] == i):
            value = 1.0 if j >= target else coming[j, at + 1] if on else 0.0
            out[who] += n * each[at] * (value - coming[i, at + 1])
    return out


def _run(keep: np.ndarray, add: np.ndarray, start: float) -> np.ndarray:
    """x after each step of ``x = keep * x + add``, from a start."""
    if not keep.size:
        return np.zeros(0)
    right = np.array(add, dtype=float)
    right[0] += keep[0] * start
    band = np.ones((2, keep.size))
    band[1, :-1] = -keep[1:]
    found, _ = dtbtrs(band, right[:, None], uplo="L")
    return found[:, 0]


def _ages(values: ArrayLike, name: str) -> np.ndarray:
    array: Any = np.asarray(values)
    if array.ndim != 1 or not np.issubdtype(array.dtype, np.number):
        raise UsageError(f"{name}: expected one row of numbers.")
    if bad := int((~np.isfinite(array) | (array < 0)).sum()):
        raise UsageError(f"{name}: {bad} of {array.size} ages are missing or negative.")
    return array
