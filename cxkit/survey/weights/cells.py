"""The answers that are weighted, reduced to cells: how many there are of each kind, and what they weigh."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxkit import frames, words
from cxkit.errors import DataError, choice, suggest
from cxkit.scales import Rule
from cxkit.survey.answers import ROWS, VALUE, WEIGHT, Answers, Question, answers_of, one_of, own_columns, sift
from cxkit.survey.weights.targets import Key, Margin, key_of

#: Any score will do to be weighted.
ANY = Rule("weights", 0, 0, "any", "")

MISSING = ("refuse", "aside")

#: Values named in a message.
_SHOWN = 5


Counts = Callable[[frames.Frame], nw.Expr]


@dataclass(frozen=True)
class Cells:
    """Answers that are weighted, by cell.

    Attributes
    ----------
    table : DataFrame
        The dividing columns, n (answers) and base (sum of their base weights); none of the columns is missing.
    counts : callable
        Which rows of a frame of answers they are, as an expression.
    said : tuple of str
        What was set aside.
    """

    table: pd.DataFrame
    counts: Counts
    said: tuple[str, ...]


def cells(
    responses: Any, columns: Sequence[str], who: str, weight: str, survey: str, score: str, missing: str
) -> Cells:
    """Reduce the answers that count to one line for each combination of the columns."""
    choice(missing, MISSING, "missing")
    asked = Question(replace(ANY, metric=who), survey, score, tuple(columns), "all", "", "", weight)
    answers = answers_of(responses, asked)
    sums = {WEIGHT: nw.col(WEIGHT).sum()} if weight else {}
    lines = frames.count_by(answers.frame, [*answers.own, *columns, VALUE], **{ROWS: nw.len()}, **sums)
    said: list[str] = []
    lines, answers = sift(lines, answers, said)
    lines = _complete(lines[lines[VALUE].notna()], columns, who, missing, said)
    if not len(lines):
        aside = f" ({words.listing(said)})" if said else ""
        raise DataError(f"{who}: there is no answer to weight{aside}.")
    grouped = lines.groupby(list(columns), sort=True, observed=True)
    table = grouped.agg(n=(ROWS, "sum"), base=(WEIGHT if weight else ROWS, "sum")).reset_index()
    return Cells(table.astype({"n": "int64", "base": "float64"}), counted_rows(answers, responses), tuple(said))


def counted_rows(answers: Answers, responses: Any) -> Counts:
    """Which rows of the answers count, in terms of their own columns."""
    question, own = answers.question, own_columns(responses, answers.question.survey)
    labels = {own[name]: kept for name, kept in answers.kept.items() if name in own}

    def counts(frame: frames.Frame) -> nw.Expr:
        wanted = [one_of(column, kept) for column, kept in labels.items()]
        wanted += [~_known(frame, question.score).is_null()] if question.score else []
        wanted += [_known(frame, question.weight) > 0] if question.weight else []
        return nw.all_horizontal(*wanted, ignore_nulls=True) if wanted else nw.lit(True)

    return counts


def _known(frame: frames.Frame, column: str) -> nw.Expr:
    """A column with NaN as missing."""
    return nw.col(column).fill_nan(None) if frame.collect_schema()[column].is_float() else nw.col(column)


def _complete(lines: pd.DataFrame, columns: Sequence[str], who: str, missing: str, said: list[str]) -> pd.DataFrame:
    """Lines with a value in every column; the others are refused or set aside."""
    for name in columns:
        lacks = lines[name].isna()
        rows = int(lines.loc[lacks, ROWS].sum())
        if rows and missing == "refuse":
            raise DataError(
                f"{who}: {words.plural(rows, 'answer')} of {words.count(lines[ROWS].sum())} "
                f"{'has' if rows == 1 else 'have'} no '{name}'. Give them a value with a total of its own, or set them "
                "aside with missing='aside'."
            )
        if rows:
            said.append(f"{words.count(rows)} without '{name}' set aside")
        lines = lines[~lacks]
    return lines


def place(table: pd.DataFrame, margin: Margin, who: str) -> tuple[np.ndarray, np.ndarray, list[Key]]:
    """Which total of a margin each cell belongs to; the totals, and what they are of, in that order.

    Raises
    ------
    DataError
        If a cell with answers has no total, or a total above 0 no answers.
    """
    keys = [key_of(row) for row in table[[*margin.columns]].itertuples(index=False, name=None)]
    unknown = [key not in margin.totals for key in keys]
    if any(unknown):
        names = [" x ".join(key) for key, lacks in zip(keys, unknown, strict=True) if lacks]
        lost = table.loc[unknown, "n"].groupby(names).sum()
        near = suggest(lost.index[0], [" x ".join(key) for key in margin.totals])
        raise DataError(
            f"{who}: {_named(margin, lost)} {'has' if len(lost) == 1 else 'have'} answers but no total.{near} Add the "
            "total, or recode these answers."
        )
    there = set(keys)
    wanted = [key for key, total in margin.totals.items() if total > 0 or key in there]
    empty = pd.Series({" x ".join(key): margin.totals[key] for key in wanted if key not in there})
    if len(empty):
        raise DataError(
            f"{who}: {_named(margin, empty, 'total ')} {'has' if len(empty) == 1 else 'have'} a total but no answers. "
            "Nobody can be weighted up to stand for them: merge each with another kind, in the totals and in the answers."
        )
    at = {key: position for position, key in enumerate(wanted)}
    return np.array([at[key] for key in keys]), np.array([margin.totals[key] for key in wanted]), wanted


def _named(margin: Margin, numbers: pd.Series, prefix: str = "") -> str:
    """The first values of a margin, each with its number."""
    first = [f"'{name}' ({prefix}{number:,.10g})" for name, number in numbers.head(_SHOWN).items()]
    more = f" and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else ""
    return f"'{margin.name}' {', '.join(first)}{more}"
