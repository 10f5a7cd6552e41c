"""Weights as they come out of raking: the cells, what they cost, and the column they make."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from typing import Any

import narwhals as nw
import pandas as pd

from cxkit import frames, words
from cxkit.errors import DataWarning
from cxkit.stats.raking import Raked
from cxkit.survey.answers import Question
from cxkit.survey.weights.adding import FACTOR, with_column, with_factor
from cxkit.survey.weights.cells import ANY, Cells, Counts
from cxkit.survey.weights.report import lines_of_cells, spread, weight_lines

#: The new column, while its report is made.
_NEW = "_cx_new"

#: Columns of a table of cells after those that divide the answers.
CELL = ("n", "base", "factor", "total")

#: From this design effect on, weighting costs more than half of the answers, and that is said.
_COSTLY = 2.0


@dataclass(frozen=True)
class Weights:
    """Weights for the answers of each cell.

    Attributes
    ----------
    cells : DataFrame
        The dividing columns, n (answers), base (sum of base weights; n without any), factor (by which a base weight of
        this cell is multiplied) and total (base x factor).
    report : DataFrame
        One row, as in `weight_report` but without design_n: n, kish_n, design_effect, mean, least, most, ratio and
        top_share of the new weights.
    passes : int
        How often raking went over all margins; 1 for post-stratification.
    method : str
        What was done, and what was set aside.
    """

    cells: pd.DataFrame
    report: pd.DataFrame
    passes: int
    method: str
    _weight: str = field(repr=False)
    _counts: Counts = field(repr=False, compare=False)

    def add(self, responses: Any, name: str = "weight") -> Any:
        """The answers with the weights as a column.

        Parameters
        ----------
        responses : Table or frame
            The answers the weights were made for, or others of the same kinds.
        name : str, default "weight"
            The new column; one of that name is replaced.

        Returns
        -------
        Table or frame
            Of the kind that was given. Rows that were not weighted (another survey, no score, a cell without weights)
            have no weight, so that a weighted metric sets them aside and says so.

        Raises
        ------
        DataError
            If a column is missing.
        """
        columns = [column for column in self.cells.columns if column not in CELL]
        needed = [*columns, *([self._weight] if self._weight else [])]

        def weight(frame: frames.Frame) -> tuple[frames.Frame, nw.Expr]:
            base = nw.col(self._weight).cast(nw.Float64) if self._weight else nw.lit(1.0)
            return with_factor(frame, self.cells, columns), base * nw.col(FACTOR)

        return with_column(responses, needed, name, weight, self._counts)


def made(who: str, responses: Any, found: Cells, said: str, weight: str, raked: Raked) -> Weights:
    """Weights with their report; a warning where they cost more than half of the answers."""
    table = found.table.assign(factor=raked.factor, total=found.table["base"] * raked.factor)
    method = "; ".join([said, *([f"base weights '{weight}'"] if weight else []), *found.said])
    weights = Weights(table, pd.DataFrame(), raked.passes, method, weight, found.counts)
    if weight:
        lines, _ = weight_lines(weights.add(responses, _NEW), Question(ANY, "", "", (), "all", "", "", _NEW), [])
    else:
        lines = lines_of_cells(table["n"].to_numpy(dtype=float), raked.factor)
    report = spread(lines).drop(columns="design_n")
    row = report.iloc[0]
    if row["design_effect"] > _COSTLY:
        warnings.warn(
            f"{who}: {words.plural(row['n'], 'answer')} with these weights tell as much as {words.count(row['kish_n'])} "
            f"without; the heaviest counts {words.number(row['most'] / row['mean'])} times the mean. Weight by fewer "
            "columns, merge small kinds, or use rake(limits=...).",
            DataWarning,
            stacklevel=3,
        )
    return replace(weights, report=report)
