"""Cutting the heaviest weights: a little bias for a good deal of precision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxkit import frames, words
from cxkit.errors import DataError, UsageError
from cxkit.survey.answers import ROWS, VALUE, WEIGHT, Answers, Question
from cxkit.survey.weights.adding import with_column
from cxkit.survey.weights.cells import ANY, Counts, counted_rows
from cxkit.survey.weights.report import spread, weight_lines

_NEW, _OVER, _UNDER = "_cx_new", "_cx_over", "_cx_under"


@dataclass(frozen=True)
class Trimmed:
    """Weights cut at a cap, their sum kept.

    Attributes
    ----------
    cap : float
        The most a weight may be now.
    factor : float
        By which the weights below the cap were multiplied, so that the sum stays.
    trimmed : int
        Answers at the cap.
    moved : float
        Share of all weight that went from them to the others (0..1).
    report : DataFrame
        `weight_report` without design_n, one row "before" and one "after" (column `weights`).
    method : str
        What was done, and what was set aside.
    """

    cap: float
    factor: float
    trimmed: int
    moved: float
    report: pd.DataFrame
    method: str
    _weight: str = field(repr=False)
    _counts: Counts = field(repr=False, compare=False)

    def add(self, responses: Any, name: str = "weight") -> Any:
        """The answers with the trimmed weights as a column.

        Parameters
        ----------
        responses : Table or frame
            The answers the weights were trimmed for.
        name : str, default "weight"
            The new column; one of that name is replaced.

        Returns
        -------
        Table or frame
            Of the kind that was given. Rows that do not count have no weight.

        Raises
        ------
        DataError
            If there is no column of weights.
        """

        def weight(frame: frames.Frame) -> tuple[frames.Frame, nw.Expr]:
            raised = nw.col(self._weight).cast(nw.Float64) * self.factor
            return frame, nw.when(raised > self.cap).then(self.cap).otherwise(raised)

        return with_column(responses, [self._weight], name, weight, self._counts)


def trim(
    responses: Any, *, weight: str = "weight", most: float = 5.0, survey: str = "nps", score: str = "score"
) -> Trimmed:
    """Which weights are too heavy, and what are all weights once these are cut?

    Parameters
    ----------
    responses : Table or frame
        The `responses` table, with weights.
    weight : str
        Column of weights.
    most : float, default 5.0
        The most a weight may be, as a multiple of the mean weight; above 1.
    survey, score : str
        The answers that count, as in `rake`.

    Returns
    -------
    Trimmed
        `.add(responses)` gives the answers their trimmed weights.

    Raises
    ------
    DataError
        If a column is missing, a weight is no number, negative or infinite, or no answer has a weight.
    UsageError
        If `most` is not above 1.

    Notes
    -----
    What is cut is spread over the answers below the cap in proportion to their weights, so the sum stays; whoever
    passes the cap by that is cut too. **When not to use it**: after raking, where the totals must still be met (they no
    longer are; `rake(limits=...)` keeps both), or to make a score look better: trim by a rule set beforehand.

    References
    ----------
    Potter, F. (1990). A study of procedures to identify and trim extreme sampling weights. Proceedings of the Survey
    Research Methods Section, ASA, 225-230.

    Examples
    --------
    >>> answers = pd.DataFrame({"score": [9, 10, 3, 8], "weight": [1, 1, 1, 5]})
    >>> cut = trim(answers, most=2)
    >>> cut.cap, cut.trimmed, cut.add(answers).weight.round(3).tolist()
    (4.0, 1, [1.333, 1.333, 1.333, 4.0])
    """
    if isinstance(most, bool) or not isinstance(most, (int, float)) or not most > 1:
        raise UsageError(f"most: {most!r} is no number above 1, such as 5 for five times the mean weight.")
    asked = Question(replace(ANY, metric="trim"), survey, score, (), "all", "", "", weight)
    said: list[str] = []
    lines, answers = weight_lines(responses, asked, said)
    lines = lines[lines[VALUE].notna()]
    n, total = int(lines[ROWS].sum()), float(lines[WEIGHT].sum())
    if not n:
        raise DataError(f"trim: no answer has a weight in '{weight}'{f' ({words.listing(said)})' if said else ''}.")
    cap = most * total / n
    mean = (lines[WEIGHT] / lines[ROWS]).to_numpy()
    near = _settled(lambda k: _sides(lines[ROWS].to_numpy(), lines[WEIGHT].to_numpy(), mean * k > cap), total, cap, 1.0)
    factor, over, under = _settled(lambda k: _sides_of_rows(answers, k, cap), total, cap, near[0])
    moved = (factor - 1) * under / total
    cut = f"weights cut at {words.number(most)} times their mean: {words.plural(over, 'answer')}, "
    method = "; ".join([cut + f"{words.percent(moved, 1)} of the weight spread over the others", *said])
    made = Trimmed(cap, factor, over, moved, pd.DataFrame(), method, weight, counted_rows(answers, responses))
    after, _ = weight_lines(made.add(responses, _NEW), replace(asked, survey="", score="", weight=_NEW), [])
    report = pd.concat([spread(lines), spread(after)], ignore_index=True)
    report.insert(0, "weights", ["before", "after"])
    return replace(made, report=report.drop(columns="design_n"))


def _settled(sides: Callable[[float], tuple[int, float]], total: float, cap: float, factor: float):
    """The factor for those below the cap that keeps the sum; how many are above, and what the others weighed."""
    over, under = sides(factor)
    while True:
        factor = (total - over * cap) / under
        before, (over, under) = over, sides(factor)
        if over == before:
            return factor, over, under


def _sides(n: np.ndarray, weight: np.ndarray, heavy: np.ndarray) -> tuple[int, float]:
    return int(n[heavy].sum()), float(weight[~heavy].sum())


def _sides_of_rows(answers: Answers, factor: float, cap: float) -> tuple[int, float]:
    """Answers above the cap, and the weight of the others, counted on the engine."""
    heavy = nw.col(WEIGHT) * factor > cap
    sides = {_OVER: heavy.cast(nw.Int64), _UNDER: nw.when(heavy).then(0.0).otherwise(nw.col(WEIGHT))}
    found = frames.count_by(answers.counted().with_columns(**sides), [], **{k: nw.col(k).sum() for k in sides})
    return int(found[_OVER].iloc[0]), float(found[_UNDER].iloc[0])
