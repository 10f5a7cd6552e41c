"""Saying which scores and weights cannot be used: how many, where the first ones are, and what to do."""

from __future__ import annotations

from typing import NoReturn

import narwhals as nw

from cxkit import frames, words
from cxkit.errors import DataError
from cxkit.scales import Rule

#: The row number that eager frames get before rows are filtered.
ROW = "_cx_row"

_ROWS = "_cx_rows"


def refuse_scores(rows: frames.Frame, column: str, rule: Rule, total: int) -> NoReturn:
    """Refuse scores that do not fit their scale.

    Parameters
    ----------
    rows : narwhals frame
        The rows whose score does not fit, with `ROW` where the frame is eager.
    column : str
        The column of scores.
    rule : Rule
    total : int
        All answers that were looked at.

    Raises
    ------
    DataError
        Always.
    """
    value = nw.col(column).cast(nw.Float64)
    off_scale = (value < rule.low) | (value > rule.high)
    outside, fractional = frames.row_count(rows.filter(off_scale)), frames.row_count(rows.filter(~off_scale))
    where = _where(rows.filter(off_scale) if outside else rows, column)
    of = f"of {words.plural(total, 'answer')} in '{column}'"
    if outside:
        also = f"; {words.count(fractional)} more are not whole numbers" if fractional else ""
        verb = "lies" if outside == 1 else "lie"
        raise DataError(
            f"{rule.metric}: {words.count(outside)} {of} {verb} outside {rule.low}..{rule.high} ({where}){also}. "
            "Recode or drop them."
        )
    verb = "is not a whole number" if fractional == 1 else "are not whole numbers"
    raise DataError(
        f"{rule.metric}: {words.count(fractional)} {of} {verb} ({where}). The boxes of {rule.words} need whole scores: "
        "round them by a rule you can state, or drop them."
    )


def refuse_weights(rows: frames.Frame, column: str, who: str, wrong: int, total: int) -> NoReturn:
    """Refuse weights below zero or without an end.

    Parameters
    ----------
    rows : narwhals frame
        The rows whose weight is wrong, with `ROW` where the frame is eager.
    column, who : str
        The column of weights, and the metric that asks.
    wrong, total : int
        Such rows, and all that were looked at.

    Raises
    ------
    DataError
        Always.
    """
    verb = "is" if wrong == 1 else "are"
    raise DataError(
        f"{who}: {words.count(wrong)} of {words.plural(total, 'weight')} in '{column}' {verb} negative or infinite "
        f"({_where(rows, column)}). A weight says how many customers an answer stands for: correct these, or empty "
        "them to set the answers aside."
    )


def _where(rows: frames.Frame, column: str) -> str:
    """Where the first rows are; rows that are not here yet have no numbers, so the commonest values stand in."""
    if isinstance(rows, nw.DataFrame):
        first = frames.collect(rows.select(ROW, column).head(3))
        at = ", ".join(str(row) for row in first[ROW])
        return f"first at rows {at}: {', '.join(f'{v:g}' for v in first[column])}"
    common = rows.select(_cx_seen=nw.col(column).cast(nw.Float64)).group_by("_cx_seen").agg(**{_ROWS: nw.len()})
    common = common.sort(_ROWS, "_cx_seen", descending=[True, False]).head(3)
    first = frames.collect(common).itertuples(index=False)
    return "commonest: " + ", ".join(f"{value:g} ({words.count(rows)})" for value, rows in first)
