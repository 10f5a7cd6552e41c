"""What weights cost: effective answers, extremes, and how much a few answers carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxkit import frames, scales
from cxkit.stats.weighted import design_n, kish_n
from cxkit.survey.answers import ROWS, VALUE, WEIGHT, Answers, Question, answers_of, sift

#: Columns of a weight report after the `by` columns.
REPORT = ("n", "kish_n", "design_n", "design_effect", "mean", "least", "most", "ratio", "top_share")

#: Weights are counted in steps of a tenth of a percent, so that a million different ones are a few thousand lines.
_STEPS = 1_000

_STEP, _SQUARE, _LEAST, _MOST = "_cx_step", "_cx_square", "_cx_least", "_cx_most"


def weight_report(
    responses: Any,
    *,
    weight: str = "weight",
    by: str | Sequence[str] = (),
    survey: str = "nps",
    scale: str = "0-10",
    score: str = "score",
) -> pd.DataFrame:
    """What do the weights cost, and do a few answers carry too much?

    Parameters
    ----------
    responses : Table or frame
        The `responses` table, with weights.
    weight : str
        Column of weights.
    by : str or list of str
        Segment columns; several are crossed.
    survey, scale, score : str
        As in `nps`: the answers that are counted, and the score whose precision `design_n` speaks of.

    Returns
    -------
    DataFrame
        `by` columns, n (answers with a score and a weight), kish_n and design_n (effective answers, see
        `cxkit.stats.weighted`; design_n is missing where every answer counts the same), design_effect (n / kish_n),
        mean, least, most (weights), ratio (most / least), top_share (share of all weight that the heaviest 1 % of the
        answers carry, 0..1; at least one answer).

    Raises
    ------
    DataError
        If a column is missing, a weight is no number, negative or infinite, or for the reasons of `nps`.
    UsageError
        If a segment column bears the name of a result.

    Notes
    -----
    ``kish_n = (sum w)^2 / sum w^2``. Rules of thumb: above a design effect of 2 weighting throws away half of what was
    asked; where the top 1 % carry more than a tenth, look at who they are before anybody quotes the score.
    `top_share` is exact to a thousandth of itself. **When not to use it**: to prefer weights because they cost less;
    weights are there to mend who answered, and the report says at what price.

    Examples
    --------
    >>> answers = pd.DataFrame({"score": [9, 10, 3, 8], "weight": [1, 1, 1, 3]})
    >>> weight_report(answers)[["n", "kish_n", "design_effect", "ratio", "top_share"]].values.tolist()
    [[4.0, 3.0, 1.3333333333333333, 3.0, 0.5]]
    """
    rule, keys = scales.nps_rule(scale), frames.by_list(by, REPORT)
    lines, _ = weight_lines(responses, Question(rule, survey, score, keys, "all", "", "", weight), [])
    value = lines[VALUE].to_numpy(dtype=float)
    plus, minus = ((value >= ends[0]) & (value <= ends[1]) for ends in (rule.plus, rule.minus))
    return spread(lines, keys, plus.astype(float) - minus)


def weight_lines(responses: Any, asked: Question, said: list[str]) -> tuple[pd.DataFrame, Answers]:
    """Answers of nearly the same weight, group and score: their number, sums, least and most; one query.

    `said` receives what was set aside, in words.
    """
    answers = answers_of(responses, asked)
    used = nw.when(nw.col(WEIGHT) > 0).then(nw.col(WEIGHT)).otherwise(1.0)
    step = (used.log() * _STEPS).floor().cast(nw.Int64)
    frame = answers.frame.with_columns(
        **{_STEP: step, _SQUARE: nw.col(WEIGHT) * nw.col(WEIGHT), _LEAST: nw.col(WEIGHT)}
    )
    sums = {name: nw.col(name).sum() for name in (WEIGHT, _SQUARE)}
    ends = {_LEAST: nw.col(_LEAST).min(), _MOST: nw.col(WEIGHT).max()}
    lines = frames.count_by(frame, [*answers.own, *asked.by, _STEP, VALUE], **{ROWS: nw.len()}, **sums, **ends)
    return sift(lines, answers, said)


def lines_of_cells(n: np.ndarray, weight: np.ndarray) -> pd.DataFrame:
    """The same for answers that all weigh alike within their cell."""
    value = np.where(weight > 0, 0.0, np.nan)
    return pd.DataFrame(
        {VALUE: value, ROWS: n, WEIGHT: n * weight, _SQUARE: n * weight**2, _LEAST: weight, _MOST: weight}
    )


def spread(lines: pd.DataFrame, by: Sequence[str] = (), y: np.ndarray | None = None) -> pd.DataFrame:
    """The report of each group of lines; without the values y of their answers there is no design_n."""
    if by:
        code = lines.groupby(list(by), dropna=False, sort=False, observed=True).ngroup().to_numpy()
        keys = lines[[*by]].drop_duplicates().reset_index(drop=True)
    else:
        code, keys = np.zeros(len(lines), dtype=int), pd.DataFrame(index=range(1))
    there = lines[VALUE].notna().to_numpy()
    y = np.zeros(len(lines)) if y is None else y
    code, y, lines, size = code[there], y[there], lines[there], len(keys)
    n, weight, square = (lines[name].to_numpy(dtype=float) for name in (ROWS, WEIGHT, _SQUARE))

    def added(values: np.ndarray) -> np.ndarray:
        return np.bincount(code, values, size)

    count, total = added(n), added(weight)
    sums = [np.stack([added(w), added(w * y), added(w * y * y)], axis=-1) for w in (weight, square)]
    least, most = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(least, code, lines[_LEAST])
    np.maximum.at(most, code, lines[_MOST])
    with np.errstate(divide="ignore", invalid="ignore"):
        columns = {"n": count.astype("int64"), "kish_n": kish_n(total, added(square))}
        columns |= {
            "design_n": design_n(count, *sums),
            "design_effect": count / columns["kish_n"],
            "mean": total / count,
        }
        columns |= {
            "least": least,
            "most": most,
            "ratio": most / least,
            "top_share": _top(code, n, weight, count) / total,
        }
    table = keys.assign(**columns)[[*by, *REPORT]]
    table.loc[count == 0, [*REPORT[2:]]] = np.nan
    return frames.sort_keys(table, by)


def _top(code: np.ndarray, n: np.ndarray, weight: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Weight of the heaviest 1 % of the answers of each group, at least one."""
    mean = weight / n
    order = np.lexsort((-mean, code))
    code, n, mean = code[order], n[order], mean[order]
    before = np.cumsum(n) - n
    before -= np.concatenate([[0], np.cumsum(count)])[code]  # answers of the same group that are heavier
    taken = np.clip(np.maximum(1, np.ceil(count / 100))[code] - before, 0, n)
    return np.bincount(code, taken * mean, len(count))
