"""The rows of a banner table: what is shown of each group, and how two groups are compared in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cxkit.scales import Rule
from cxkit.stats.compare import Comparison, mean_difference, nps_difference, share_difference
from cxkit.stats.intervals import mean_interval, nps_interval, share_interval
from cxkit.survey.answers import Answers
from cxkit.survey.banner_groups import Groups, shares_of
from cxkit.survey.estimate import box_counts

Compared = Callable[[np.ndarray, np.ndarray], Comparison]


@dataclass(frozen=True)
class Line:
    """One row in the groups of one segment column.

    Attributes
    ----------
    variable : str
        The column it belongs to; empty for the score and the bases.
    row : object
        Its name or value; None for answers without one.
    kind, unit : str
    estimate, low, high : ndarray
        A number a group; limits are NaN for bases.
    compared : callable or None
        Compares groups at some positions with groups at others.
    """

    variable: str
    row: Any
    kind: str
    unit: str
    estimate: np.ndarray
    low: np.ndarray
    high: np.ndarray
    compared: Compared | None = None


def bases(groups: Groups, worth: bool) -> list[Line]:
    """How many answers each group holds, and where it matters what they are worth."""
    none = np.full(len(groups.n), np.nan)
    lines = [Line("", "base", "base", "answers", groups.n.astype(float), none, none)]
    if worth:
        lines.append(Line("", "effective base", "effective base", "answers", groups.effective, none, none))
    return lines


def score_lines(groups: Groups, rule: Rule, confidence: float) -> list[Line]:
    """Promoters, passives, detractors, NPS and the mean score."""
    plus, minus = box_counts(groups.parts, rule)
    total, worth = groups.parts.sum(axis=1), groups.effective
    shares = _divided(np.stack([plus, total - plus - minus, minus]), total)
    boxes = [np.nan_to_num(np.clip(share, 0, 1)) * worth for share in shares]
    names = ("promoters", "passives", "detractors")
    lines = [_share("", name, share, worth, confidence) for name, share in zip(names, shares, strict=True)]
    low, high = nps_interval(*boxes, confidence=confidence)

    def net(one: np.ndarray, other: np.ndarray) -> Comparison:
        return nps_difference(*(box[one] for box in boxes), *(box[other] for box in boxes))

    estimate = 100 * (shares[0] - shares[2])
    lines.append(Line("", "NPS", "net", "points", estimate, 100 * low, 100 * high, net))
    return [*lines, _mean(groups, rule, total, confidence)]


def _mean(groups: Groups, rule: Rule, total: np.ndarray, confidence: float) -> Line:
    points, worth = np.array(rule.points, dtype=float), groups.effective
    mean = _divided(groups.parts @ points, total)
    spread = _divided((groups.parts * (points - mean[:, None]) ** 2).sum(axis=1), total)
    with np.errstate(divide="ignore", invalid="ignore"):
        sd = np.where(groups.n > 1, np.sqrt(spread * groups.n / (groups.n - 1)), np.nan)
    low, high = mean_interval(worth, mean, sd, confidence=confidence, bounds=(rule.low, rule.high))

    def compared(one: np.ndarray, other: np.ndarray) -> Comparison:
        return mean_difference(worth[one], mean[one], sd[one], worth[other], mean[other], sd[other])

    return Line("", "mean", "mean", "rating", mean, low, high, compared)


def value_lines(answers: Answers, groups: Groups, name: str, confidence: float) -> list[Line]:
    """The share of each value of a column."""
    values, weights = shares_of(answers, groups, name)
    shares = _divided(weights.T, groups.parts.sum(axis=1))
    return [_share(name, value, share, groups.kish, confidence) for value, share in zip(values, shares, strict=True)]


def _share(variable: str, row: Any, share: np.ndarray, worth: np.ndarray, confidence: float) -> Line:
    k = np.nan_to_num(np.clip(share, 0, 1)) * worth
    low, high = share_interval(k, worth, confidence=confidence)

    def compared(one: np.ndarray, other: np.ndarray) -> Comparison:
        return share_difference(k[one], worth[one], k[other], worth[other])

    return Line(variable, row, "share", "share", share, low, high, compared)


def _divided(value: np.ndarray, total: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return value / total


def aligned(blocks: Sequence[Sequence[Line]]) -> list[list[Line | None]]:
    """The same rows of all segment columns side by side: one list a row, None where a value does not occur."""
    order: dict[tuple[str, str, Any], None] = {}
    for line in max(blocks, key=len, default=()):
        order[line.variable, line.kind, line.row] = None
    for block in blocks:
        for line in block:
            order.setdefault((line.variable, line.kind, line.row), None)
    held = [{(line.variable, line.kind, line.row): line for line in block} for block in blocks]
    return [[block.get(key) for block in held] for key in order]
