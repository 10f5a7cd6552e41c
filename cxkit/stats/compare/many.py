"""Many comparisons at once: p values and limits that allow for the number looked at."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cxkit.errors import UsageError, choice
from cxkit.stats.compare.strength import LEVELS, VERDICTS
from cxkit.stats.intervals import critical_value

#: Ways to allow for many comparisons.
ADJUSTMENTS = ("holm", "bh", "none")


def holm(p: ArrayLike) -> np.ndarray:
    """Which of many p values stand when all are claims?

    Parameters
    ----------
    p : array_like
        p values; missing ones stay missing and are not counted as looked at.

    Returns
    -------
    ndarray
        Adjusted p values.

    Raises
    ------
    UsageError
        If a value does not lie between 0 and 1.

    Notes
    -----
    The smallest of m is multiplied by m, the next by m - 1 and so on, and none may fall below one before it. The chance
    of even one false claim stays below the level, however the comparisons hang together. **When not to use it**: for a
    long list that is only a place to look next, `benjamini_hochberg` finds more.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    flat, there, order = _sorted(p)
    m = order.size
    raised = np.maximum.accumulate(flat[there][order] * np.arange(m, 0, -1))
    return _back(p, flat, there, order, raised)


def benjamini_hochberg(p: ArrayLike) -> np.ndarray:
    """Which of many p values stand when a stated share of false finds is acceptable?

    Parameters
    ----------
    p : array_like
        p values; missing ones stay missing and are not counted as looked at.

    Returns
    -------
    ndarray
        Adjusted p values: of all findings with an adjusted p below .05, at most one in twenty is expected to be false.

    Raises
    ------
    UsageError
        If a value does not lie between 0 and 1.

    Notes
    -----
    ``min over j >= i of p_(j) m / j``. Valid for independent and for positively dependent comparisons. **When not to
    use it**: where each finding is acted on by itself; use `holm`.

    References
    ----------
    Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B 57, 289-300.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    flat, there, order = _sorted(p)
    m = order.size
    raised = flat[there][order] * m / np.arange(1, m + 1)
    return _back(p, flat, there, order, np.minimum.accumulate(raised[::-1])[::-1])


def adjust(p: ArrayLike, method: str = "holm") -> np.ndarray:
    """Allow for the number of comparisons looked at.

    Parameters
    ----------
    p : array_like
        p values; missing ones stay missing and are not counted.
    method : {"holm", "bh", "none"}
        See `holm` and `benjamini_hochberg`; "none" gives the values back.

    Returns
    -------
    ndarray

    Raises
    ------
    UsageError
        If the method is unknown or a value does not lie between 0 and 1.

    Examples
    --------
    >>> adjust([0.02, float("nan"), 0.5]).tolist()
    [0.04, nan, 0.5]
    """
    choice(method, ADJUSTMENTS, "adjust")
    if method == "none":
        return _sorted(p)[0].reshape(np.shape(p)).copy()
    return holm(p) if method == "holm" else benjamini_hochberg(p)


def adjusted_level(p: ArrayLike, p_adjusted: ArrayLike, confidence: float = 0.95) -> np.ndarray:
    """At which confidence do the limits of each comparison agree with its adjusted p?

    Parameters
    ----------
    p, p_adjusted : array_like
        p of each comparison alone, and adjusted.
    confidence : float, default 0.95
        The confidence all comparisons together shall have.

    Returns
    -------
    ndarray
        A level for each comparison, at least `confidence`; `confidence` where p is missing.

    Raises
    ------
    UsageError
        If the confidence is not between 0 and 1.

    Notes
    -----
    ``1 - (1 - confidence) p / p_adjusted``. An interval at this level excludes zero exactly when p_adjusted lies below 1
    - confidence, so that a table never shows limits that contradict its verdict. The limits are made for that agreement
    and are shortest for the surest finding; they are not a joint confidence region.

    Examples
    --------
    >>> adjusted_level([0.01, 0.04, 0.5], [0.03, 0.08, 0.5]).round(4).tolist()
    [0.9833, 0.975, 0.95]
    """
    critical_value(confidence)
    p, p_adjusted = np.broadcast_arrays(np.asarray(p, dtype=float), np.asarray(p_adjusted, dtype=float))
    known = ~np.isnan(p)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = p / p_adjusted
    ratio = np.where(p_adjusted == 0, 1 / max(known.sum(), 1), ratio)  # too small for a float: as for the surest of all
    return np.where(known, 1 - (1 - confidence) * np.minimum(ratio, 1.0), confidence)


def verdicts(p_adjusted: ArrayLike) -> list[str]:
    """How strong is the evidence of each comparison, in a word?

    Parameters
    ----------
    p_adjusted : array_like
        p values that allow for the number of comparisons.

    Returns
    -------
    list of str
        "clear" below .05, "likely" below .20, else "too early"; a missing p is "too early".

    Raises
    ------
    UsageError
        If a value does not lie between 0 and 1.

    Examples
    --------
    >>> verdicts([0.01, 0.1, 0.7, float("nan")])
    ['clear', 'likely', 'too early', 'too early']
    """
    flat = _sorted(p_adjusted)[0]
    clear, likely = (flat < level for level in LEVELS)
    return np.select([clear, likely], VERDICTS[:2], VERDICTS[2]).tolist()


def _sorted(p: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The values in a row, which are there, and the order of those."""
    flat = np.asarray(p, dtype=float).ravel()
    there = ~np.isnan(flat)
    if (bad := flat[there & ~((flat >= 0) & (flat <= 1))]).size:
        raise UsageError(f"p: {bad.size} of {flat.size} values do not lie between 0 and 1 (first: {bad[0]:g}).")
    return flat, there, np.argsort(flat[there], kind="stable")


def _back(p: ArrayLike, flat, there, order, raised) -> np.ndarray:
    out = np.full(flat.shape, np.nan)
    values = np.empty(order.size)
    values[order] = np.minimum(raised, 1.0)
    out[there] = values
    return out.reshape(np.shape(p))
