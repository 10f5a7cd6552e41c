"""The trade's banner table: several segment columns side by side, with bases, net scores and column letters."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cxkit import frames, scales, words
from cxkit.errors import DataWarning, UsageError
from cxkit.stats.intervals import critical_value
from cxkit.survey.answers import Answers, Question
from cxkit.survey.banner_groups import Groups, groups_of
from cxkit.survey.banner_rows import Line, aligned, bases, score_lines, value_lines
from cxkit.survey.clusters import has_customers, sifted
from cxkit.survey.letters import letters_of

#: Columns of the table of a `Crosstab`.
CELLS = (
    *("variable", "row", "kind", "unit", "banner", "column", "letter", "n", "effective"),
    *("estimate", "low", "high", "letters", "small"),
)


@dataclass(frozen=True)
class Crosstab:
    """A banner table.

    Attributes
    ----------
    table : DataFrame
        One row a cell: variable, row, kind ("base", "effective base", "share", "net" or "mean"), unit, banner (segment
        column; empty for the total), column (its value; None where none is stated), letter, n (answers), effective (what
        they are worth), estimate, low, high, letters (of the columns this one is above), small (fewer than `least`).
    confidence : float
        Of the intervals and of capital letters.
    least : int
        Columns with fewer answers are flagged, and neither compared nor compared with.
    method : str
        Rule, letters, and what was set aside.
    """

    table: pd.DataFrame
    confidence: float
    least: int
    method: str

    def wide(self) -> pd.DataFrame:
        """The table as it is printed by the trade: a line a row, columns side by side, letters below their numbers.

        Returns
        -------
        DataFrame
            row, unit, Total, then one column a segment ("region: North (A)"). Under a row with letters stands a line of
            them, whose unit is "above".
        """
        cells = self.table
        at = cells.groupby(["banner", "letter", "column"], sort=False, dropna=False).ngroup()
        row = cells.groupby(["variable", "kind", "row"], sort=False, dropna=False).ngroup()
        heads = [_heading(one) for one in cells.loc[~at.duplicated()].itertuples()]
        lines = []
        for _, part in cells.assign(_at=at).groupby(row.to_numpy()):
            first = part.iloc[0]
            lines.append([_row_name(first), first.unit, *part.sort_values("_at").estimate])
            if part.letters.any():
                lines.append(["", "above", *(said or None for said in part.sort_values("_at").letters)])
        out = pd.DataFrame(lines, columns=["row", "unit", *heads])
        out.attrs["by_row"] = True  # the unit is that of the line, whatever the column
        return out


def _heading(cell: Any) -> str:
    if not cell.banner:
        return "Total"
    return f"{cell.banner}: {_said(cell.column)}" + (f" ({cell.letter})" if cell.letter else "")


def _row_name(cell: Any) -> str:
    return f"{cell.variable}: {_said(cell.row)}" if cell.variable else str(cell.row)


def _said(value: Any) -> str:
    return "not stated" if value is None or value != value else str(value)


def crosstab(
    responses: Any,
    *,
    columns: str | Sequence[str],
    rows: str | Sequence[str] = "",
    letters: bool = True,
    survey: str = "nps",
    scale: str = "0-10",
    score: str = "score",
    weight: str = "",
    cluster: bool = True,
    customer: str = "customer_id",
    confidence: float = 0.95,
    least: int = 30,
) -> Crosstab:
    """How does each group of several segment columns answer, beside the total, and which groups differ?

    Parameters
    ----------
    responses : Table or frame
        The `responses` table.
    columns : str or list of str
        Segment columns, side by side; at most 26 values each.
    rows : str or list of str
        What is shown of each group. The score (also if left empty): shares of promoters, passives and detractors, NPS and
        mean. Any other column: the share of each of its values, at most 50.
    letters : bool
        Compare the groups of each segment column with each other.
    survey, scale, score, weight : str
        As in `nps`.
    cluster : bool
        Allow for customers who answered more than once.
    customer : str
        Column of customers.
    confidence : float, default 0.95
        Of the intervals and of capital letters.
    least : int, default 30
        Groups with fewer answers are flagged and not compared.

    Returns
    -------
    Crosstab
        Every answer that counts is in the total and, of each segment column, in one group; answers without a stated
        segment are a group without a letter, last.

    Raises
    ------
    DataError
        If a column is missing or has too many values, the survey does not occur, or a score does not fit.
    UsageError
        If an option is unknown or a column is named twice.

    Warns
    -----
    DataWarning
        If nothing is left to count.

    Notes
    -----
    The letter of a group stands beside every group that is above it: a capital where the difference is sure at
    `confidence`, a small one where it is likely (80 %). Differences of shares are Newcombe's, of NPS MOVER on score limits,
    of means Welch's; p is adjusted by Holm for all pairs of one row and one segment column. Groups share customers only
    where one customer answered for several; they are then taken as independent, which is a little too careful.

    With weights or repeated answers each group stands for as many plain answers as it is worth: for the score, the
    effective n of `nps`; for other columns Kish's n, whatever is measured.

    **When not to use it**: to find out which segments stand out (`versus_rest` compares each with all others and asks far
    fewer questions); to look for letters in a table of many rows: each row has its own chance of a false one.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions. Statistics in
    Medicine 17, 873-890.
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> answers = pd.DataFrame({"score": [10] * 40 + [3] * 40, "plan": ["basic"] * 20 + ["plus"] * 20 + ["basic"] * 40})
    >>> found = crosstab(answers, columns="plan", least=20)
    >>> net = found.table[found.table.kind == "net"]
    >>> list(zip(net.column, net.letter, net.n, net.estimate.round(1), net.letters))
    [('', '', 80, 0.0, ''), ('basic', 'A', 60, -33.3, ''), ('plus', 'B', 20, 100.0, 'A')]
    """
    by, shown = _names(columns, rows, score)
    critical_value(confidence)
    rule = scales.nps_rule(scale)
    needed = list(dict.fromkeys([*by, *filter(None, shown)]))
    said: list[str] = []
    asked = Question(rule, survey, score, needed, "all", customer, "", weight, cluster)
    answers = sifted(responses, asked, said)
    groups = groups_of(answers, by)
    if not groups[0].n.sum():
        aside = f" ({words.listing(said)})" if said else ": the table has no rows"
        warnings.warn(f"crosstab: there is no score to count{aside}.", DataWarning, stacklevel=2)
    worth = any((one.effective < one.n - 0.5).any() for one in groups)
    blocks = []
    for one in groups:
        block = bases(one, worth)
        for name in shown:
            block += value_lines(answers, one, name, confidence) if name else score_lines(one, rule, confidence)
        blocks.append(block)
    table = _table(blocks, groups, letters, confidence, least)
    return Crosstab(table, float(confidence), int(least), _method(answers, said, letters, confidence, least))


def _names(columns: str | Sequence[str], rows: str | Sequence[str], score: str) -> tuple[list[str], list[str]]:
    """Segment columns, and row variables with an empty name for the score."""
    by = frames.by_list(columns, ())
    shown = frames.by_list(rows, ()) or [""]
    shown = ["" if name == score else name for name in shown]
    if score in by:
        raise UsageError(f"columns: '{score}' is the score itself. Name a segment column, such as 'region'.")
    return by, shown


def _table(blocks: list[list[Line]], groups: list[Groups], letters: bool, confidence: float, least: int):
    """All cells, row by row, the columns of each in order."""
    cells = []
    for lines in aligned(blocks):
        first = next(line for line in lines if line is not None)
        for line, one in zip(lines, groups, strict=True):
            marks = [""] * len(one.n)
            if line is not None and line.compared and letters:
                marks = letters_of(line.compared, one.compared(least), one.letters, confidence)
            for at, value in enumerate(one.values):
                name = (first.variable, _text(first.row), first.kind, first.unit, one.banner, _text(value))
                sums = (one.letters[at] if one.banner else "", one.n[at], one.effective[at])
                shown = (0.0, np.nan, np.nan) if line is None else (line.estimate[at], line.low[at], line.high[at])
                cells.append((*name, *sums, *shown, marks[at], bool(one.n[at] < least)))
    kinds = {"n": "int64", "small": "bool"} | dict.fromkeys(("effective", "estimate", "low", "high"), "float64")
    return pd.DataFrame(cells, columns=list(CELLS)).astype(kinds)


def _text(value: Any) -> str | None:
    """A value as the heading of a column or row; None stays None."""
    if value is None or isinstance(value, str):
        return value
    return f"{value:g}" if isinstance(value, float) else str(value)


def _method(answers: Answers, said: list[str], letters: bool, confidence: float, least: int) -> str:
    question = answers.question
    parts = [question.rule.words]
    if letters:
        parts.append(
            f"letters: above that column at {100 * confidence:g} % (capital) or 80 % (small), Holm over the pairs of one "
            f"row and one segment column; columns under {least} answers not compared"
        )
    if question.weight:
        parts.append(f"weighted by '{question.weight}'")
    if question.cluster:
        column = f" (no column '{question.customer}')"
        parts.append("clustered by customer" if has_customers(answers) else "answers taken as independent" + column)
    return "; ".join([*parts, *said])
