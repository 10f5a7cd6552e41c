"""How the answers are spread over the scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxkit import frames, scales
from cxkit.stats.intervals import SHARE_METHODS, critical_value, share_interval
from cxkit.stats.weighted import effective_n
from cxkit.survey.answers import Question
from cxkit.survey.estimate import methods
from cxkit.survey.tally import tally, warn_if_nothing

#: Columns of the distribution after the `by` columns, and those that weighted answers add.
SPREAD = ("score", "group", "n", "share", "low", "high", "base", "confidence", "method")
WEIGHED = ("weight", "squares")


def distribution(
    responses: Any,
    *,
    survey: str = "nps",
    scale: str = "0-10",
    score: str = "score",
    by: str | Sequence[str] = (),
    confidence: float = 0.95,
    method: str = "wilson",
    repeats: str = "all",
    customer: str = "customer_id",
    time: str = "responded_at",
    weight: str = "",
) -> pd.DataFrame:
    """How are the answers spread over the scale?

    Parameters
    ----------
    responses : Table or frame
        The `responses` table: one row an answer.
    survey, scale, score, by, confidence, repeats, customer, time, weight
        As in `nps`.
    method : {"wilson", "jeffreys"}
        The interval of each share.

    Returns
    -------
    DataFrame
        `by` columns, score (float64; every point of the scale, also where nobody chose it), group ("detractor",
        "passive", "promoter"), n (answers with this score), share (0..1 of `base`), low, high, base (answers of the
        group of rows), confidence, method. With weights n and base still count answers, and two columns follow: weight
        (sum of the weights of these answers) and squares (sum of their squares).

    Raises
    ------
    DataError, UsageError
        As in `nps`.

    Warns
    -----
    DataWarning
        If nothing is left to count.

    Notes
    -----
    Each interval is for its own share. **When not to use it**: to claim that two bars differ, since shares of the same
    answers depend on each other (if one grows another shrinks).

    Examples
    --------
    >>> import pandas as pd
    >>> spread = distribution(pd.DataFrame({"score": [10, 10, 8, 0]}))
    >>> spread.loc[[0, 8, 10], ["score", "group", "n", "share", "base"]]
        score      group  n  share  base
    0     0.0  detractor  1   0.25     4
    8     8.0    passive  1   0.25     4
    10   10.0   promoter  2   0.50     4
    """
    rule = scales.nps_rule(scale)
    keys = frames.by_list(by, (*SPREAD, *frames.ESTIMATE, *(WEIGHED if weight else ())))
    critical_value(confidence)
    counted = tally(responses, Question(rule, survey, score, keys, repeats, customer, time, weight))
    warn_if_nothing(counted, rule, 3)
    points = np.array(rule.points, dtype=float)
    share, low, high = share_limits(counted.n, counted.parts, counted.squares, confidence, method)
    table = counted.keys.loc[counted.keys.index.repeat(len(points)), keys].reset_index(drop=True)
    groups, rows = [rule.group(point) for point in points], len(counted.keys)
    said = methods(rule.words, SHARE_METHODS[method], counted.said, counted.allowed, counted.effective)
    said = said if isinstance(said, str) else np.repeat(said, len(points))
    columns = {"score": np.tile(points, rows), "group": np.tile(groups, rows), "n": counted.counts.ravel()}
    limits = {"share": share.ravel(), "low": low.ravel(), "high": high.ravel()}
    base = np.repeat(counted.n, len(points))
    table = table.assign(**columns, **limits, base=base, confidence=float(confidence), method=said)
    if counted.squares is not None:
        table = table.assign(weight=counted.parts.ravel(), squares=counted.squares.ravel())
    return table.astype({"group": "str", "method": "str"})


def share_limits(n, parts, squares, confidence: float, method: str = "wilson"):
    """Share of each part of a whole, with its limits.

    Parameters
    ----------
    n : ndarray
        Answers of each group.
    parts : ndarray, one row a group
        Answers, or their weight, in each part.
    squares : ndarray or None
        Sums of squared weights in each part; None where every answer counts alike.
    confidence : float
    method : {"wilson", "jeffreys"}

    Returns
    -------
    share, low, high : ndarray
        Of the shape of `parts`; NaN where there are no answers.

    Raises
    ------
    UsageError
        If an option is unknown.
    """
    n = np.asarray(n)[..., None]
    if squares is None:
        low, high = share_interval(parts, np.broadcast_to(n, parts.shape), confidence=confidence, method=method)
        with np.errstate(invalid="ignore"):
            return parts / n, low, high
    total, square = (np.broadcast_to(x.sum(axis=-1, keepdims=True), x.shape) for x in (parts, squares))
    base = effective_n(n, np.stack([total, parts, parts], axis=-1), np.stack([square, squares, squares], axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = parts / total
        k = np.where(total > 0, np.minimum(parts * (base / total), base), 0.0)
    low, high = share_interval(k, base, confidence=confidence, method=method)
    return share, low, high
