"""Saying which scores and weights cannot be used: how many, where the first ones are, and what to do."""

from __future__ import annotations

from typing import NoReturn

import narwhals as nw
import pandas as pd

from cxkit import frames, words
from cxkit.errors import DataError
from cxkit.scales import Rule

#: The row number that eager frames get before rows are filtered.
ROW = "_cx_row"

_ROWS = "_cx_rows"

#: Beyond this a weight is too large: its square would pass what a number can hold.
MOST_WEIGHT = 1e100


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
    """Refuse weights below zero, without an end, or too large to be squared.

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
    value = nw.col(column).cast(nw.Float64)
    endless = (value < 0) | (value == float("inf"))
    others = frames.row_count(rows.filter(endless))
    large = wrong - others
    what = "negative or infinite" if others else f"above {MOST_WEIGHT:.0e}"
    also = f"; {words.count(large)} more above {MOST_WEIGHT:.0e}" if others and large else ""
    verb = "is" if (others or large) == 1 else "are"
    of = f"{words.count(others or large)} of {words.plural(total, 'weight')} in '{column}'"
    where = _where(rows.filter(endless) if others else rows, column)
    raise DataError(
        f"{who}: {of} {verb} {what} ({where}){also}. A weight says how many "
        "customers an answer stands for: correct these, or empty them to set the answers aside."
    )


def refuse_zeros(column: str, who: str, zeros: int, total: int) -> NoReturn:
    """Refuse weights that leave no answer to count.

    Parameters
    ----------
    column, who : str
        The column of weights, and the metric that asks.
    zeros, total : int
        Weights of zero, and all that were looked at; those between them are missing.

    Raises
    ------
    DataError
        Always.
    """
    counts = words.plural(total, "answer")
    if total > zeros:
        counts = f"{counts}: {words.count(zeros)} of them 0, {words.count(total - zeros)} empty"
    raise DataError(
        f"{who}: every weight is 0{' or missing' if total > zeros else ''} in '{column}' ({counts}), so no answer counts. "
        "A weight says how many customers an answer stands for: correct the column, or leave weight= out."
    )


def refuse_texts(frame: frames.Frame, column: str, who: str) -> None:
    """Refuse weights that are no numbers; a column in which every value is missing passes.

    Parameters
    ----------
    frame : narwhals frame
    column, who : str
        The column of weights, and the metric that asks.

    Raises
    ------
    DataError
        If there is any value.
    """
    present = frames.collect(frame.filter(~nw.col(column).is_null()).select(column))[column]
    if not len(present):
        return
    wrong = present[pd.to_numeric(present.astype("str"), errors="coerce").isna()]
    shown = ", ".join(repr(value) for value in (wrong if len(wrong) else present).drop_duplicates().head(3))
    if len(wrong):
        verb = "is no number" if len(wrong) == 1 else "are no numbers"
        raise DataError(
            f"{who}: {words.count(len(wrong))} of {words.plural(len(present), 'weight')} in '{column}' {verb} (first: "
            f"{shown}). Write every weight as a number with a decimal point, and leave it empty to set an answer aside."
        )
    raise DataError(
        f"{who}: the weights in '{column}' are numbers written as text, in {words.plural(len(present), 'row')} (first: "
        f"{shown}). Turn the column into numbers before the call."
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
