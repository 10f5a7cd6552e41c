"""From counts to estimates: the value of each group and its limits, and what the interval is called."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cxkit import words
from cxkit.errors import choice
from cxkit.scales import Rule
from cxkit.stats import intervals
from cxkit.stats.weighted import effective_n


def box_counts(parts: np.ndarray, rule: Rule) -> tuple[np.ndarray, np.ndarray]:
    """Answers (or their weight) in the plus and in the minus boxes of each group."""
    points = np.array(rule.points)
    plus, minus = ((points >= ends[0]) & (points <= ends[1]) for ends in (rule.plus, rule.minus or (1, 0)))
    return parts[:, plus].sum(axis=1), parts[:, minus].sum(axis=1)


def moments(parts: np.ndarray, rule: Rule) -> np.ndarray:
    """Sums of w, of w y and of w y^2 of each group; y is 1, 0 or -1 by boxes, or the centred score of a mean.

    Given squared weights, the sums of squares that `cxkit.stats.weighted` asks for.
    """
    if rule.kind == "mean":
        return np.asarray(parts, dtype=float)
    plus, minus = box_counts(parts, rule)
    return np.stack([parts.sum(axis=1), plus - minus, plus + minus], axis=-1).astype(float)


def worth(n: np.ndarray, parts: np.ndarray, squares: np.ndarray | None, rule: Rule) -> np.ndarray | None:
    """How many plain answers each group is worth; None where every answer counts alike."""
    return None if squares is None else effective_n(n, moments(parts, rule), moments(squares, rule))


def interval_name(rule: Rule, method: str) -> tuple[str, str]:
    """The interval to use and what it is called; an empty name means the default of the rule.

    Raises
    ------
    UsageError
        If the rule has no such interval.
    """
    known = {"net": intervals.NPS_METHODS, "share": intervals.SHARE_METHODS, "mean": intervals.MEAN_METHODS}[rule.kind]
    method = method or next(iter(known))
    return method, known[choice(method, known, "method")]


def estimates(
    n: np.ndarray,
    parts: np.ndarray,
    rule: Rule,
    confidence: float,
    method: str,
    effective: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Estimate and limits of each group, in the unit of the metric; missing where nothing counts.

    The estimate is that of the weighted answers; the limits are those of as many plain answers as they are worth.
    """
    if rule.kind == "mean":
        return _mean(n, parts, rule, confidence, effective)
    plus, minus = box_counts(parts, rule)
    total = n if effective is None else parts.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 1 if effective is None else np.where(total > 0, effective / total, 0.0)
        if rule.kind == "net":
            counts = plus * scale, np.maximum(total - plus - minus, 0) * scale, minus * scale
            low, high = intervals.nps_interval(*counts, confidence=confidence, method=method)
            return {"estimate": 100 * (plus - minus) / total, "low": 100 * low, "high": 100 * high}
        base = n if effective is None else effective
        low, high = intervals.share_interval(np.minimum(plus * scale, base), base, confidence=confidence, method=method)
        return {"estimate": plus / total, "low": low, "high": high}


def _mean(n: np.ndarray, parts: np.ndarray, rule: Rule, confidence: float, effective: np.ndarray | None):
    """Estimate and limits of a mean, on the scale the rule reports."""
    total = parts[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = parts[:, 1] / total
        sd = np.sqrt(np.maximum(parts[:, 2] - total * centre**2, 0) * (n / total) / (n - 1))
    mean = (rule.low + rule.high) / 2 + centre
    base = n if effective is None else effective
    low, high = intervals.mean_interval(base, mean, sd, confidence=confidence, bounds=(rule.low, rule.high))
    return {
        name: (value - rule.offset) / rule.divisor for name, value in (("estimate", mean), ("low", low), ("high", high))
    }


def methods(rule: str, interval: str, said: Sequence[str], allowed: str, effective: np.ndarray | None):
    """What the `method` column says: the same for every group, but for the number of answers each is worth.

    Parameters
    ----------
    rule, interval : str
        Words of the rule and of the interval.
    said : sequence of str
        Which answers count, and what was set aside.
    allowed : str
        What the limits allow for, such as "weighted by 'weight'"; empty if nothing.
    effective : ndarray or None

    Returns
    -------
    str or list of str
    """
    rest = "; ".join(["", *said]) if said else ""
    if effective is None:
        return f"{rule}; {interval}{f'; {allowed}' if allowed else ''}{rest}"
    return [f"{rule}; {interval}; {allowed} (effective n {_worth(value)}){rest}" for value in effective.ravel()]


def _worth(effective: float) -> str:
    return words.count(effective) if effective >= 10 or effective == int(effective) else words.number(effective)
