"""Which survey answers count: the right survey, finished, with a score that fits its scale.

Everything stays an expression on the engine that holds the rows. The columns made here bear names of our own, so that a
user's columns may be called anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import pandas as pd

from cxkit import frames, words
from cxkit.errors import DataError, choice, suggest
from cxkit.scales import Rule
from cxkit.tables.counted import FINISHED

REPEATS = ("all", "last", "first")

SURVEY, STATUS, VALUE, ROWS = "_cx_survey", "_cx_status", "_cx_value", "_cx_rows"


def misfit(rule: Rule) -> int:
    """Stands for every score that does not fit its scale, until they are counted and reported."""
    return rule.high + 1


@dataclass(frozen=True)
class Question:
    """What is asked of the answers: the rule, the rows that count, and the groups.

    Attributes
    ----------
    rule : Rule
    survey, score, customer, time : str
        Survey that counts (empty: every one), and the columns.
    by : sequence of str
        Group columns.
    repeats : {"all", "last", "first"}
        Which answers of one customer count.
    """

    rule: Rule
    survey: str
    score: str
    by: Sequence[str]
    repeats: str
    customer: str
    time: str

    def __post_init__(self) -> None:
        choice(self.repeats, REPEATS, "repeats")


@dataclass(frozen=True)
class Answers:
    """The rows of one question, not yet reduced.

    Attributes
    ----------
    frame : narwhals frame
        The needed columns, with survey, status and value under names of our own.
    question : Question
    own : tuple of str
        Which of survey and status there are.
    kept : mapping
        Labels of survey and status that count, once `sift` has seen them.
    """

    frame: frames.Frame
    question: Question
    own: tuple[str, ...]
    kept: dict[str, list[Any]]

    def counted(self) -> frames.Frame:
        """Only the rows that count: right survey, finished, with a score."""
        frame = self.frame.filter(~nw.col(VALUE).is_null())
        for name, labels in self.kept.items():
            known = [label for label in labels if not pd.isna(label)]
            wanted = nw.col(name).is_in(known)
            frame = frame.filter(wanted | nw.col(name).is_null() if len(known) < len(labels) else wanted)
        return frame


def answers_of(responses: Any, question: Question, extra: Sequence[str] = ()) -> Answers:
    """Take the columns a question needs and mark what each row is.

    Parameters
    ----------
    responses : Table or frame
    question : Question
    extra : sequence of str
        Further columns to keep.

    Returns
    -------
    Answers

    Raises
    ------
    DataError
        If a column is missing or the scores are no numbers.
    """
    from cxkit.tables import frame_of

    have = set(frames.column_names(frames.as_frame(responses)))
    own = {}
    if question.survey and "survey" in have:
        own[SURVEY] = "survey"
    if "status" in have and not hasattr(responses, "health"):  # for a Table the door has settled it
        own[STATUS] = "status"
    needed = [question.score, *question.by, *extra, *own.values()]
    if question.repeats != "all":
        needed += [question.customer, question.time, *sorted({"response_id"} & have)]
    elif question.customer in have:
        needed.append(question.customer)
    frame = frame_of("responses", responses, list(dict.fromkeys(needed)))
    value, rule = _number(frame, question), question.rule
    wrong = (value < rule.low) | (value > rule.high)
    if rule.kind != "mean" and not frame.collect_schema()[question.score].is_integer():
        wrong = wrong | (value > value.floor())
    value = nw.when(wrong).then(misfit(rule)).otherwise(value)
    frame = frame.with_columns(**{name: nw.col(column) for name, column in own.items()}, **{VALUE: value})
    return Answers(frame, question, tuple(own), {})


def _number(frame: frames.Frame, question: Question) -> nw.Expr:
    """The score as a number; anything else is refused, except where every score is missing."""
    column = question.score
    dtype = frame.collect_schema()[column]
    if dtype.is_integer():
        return nw.col(column)
    if dtype.is_numeric():
        return nw.col(column).cast(nw.Float64)
    present = frame.filter(~nw.col(column).is_null()).select(column)
    first = frames.collect(present.head(3))[column].tolist()
    if not first:
        return nw.lit(None, dtype=nw.Float64)
    total = frames.row_count(present)
    shown = ", ".join(repr(value) for value in first)
    raise DataError(
        f"{question.rule.metric}: '{column}' holds {str(dtype).lower()} in {words.plural(total, 'row')}, not numbers "
        f"(first: {shown}). Read the data with cxkit.read('responses', ...), which settles what the texts mean, "
        "or turn them into numbers."
    )


def sift(lines: pd.DataFrame, answers: Answers, said: list[str]) -> tuple[pd.DataFrame, Answers]:
    """Keep the lines that count, say how many rows were set aside, and refuse scores that do not fit.

    Parameters
    ----------
    lines : DataFrame
        One line for each survey, status, group and value, with the number of rows.
    answers : Answers
    said : list of str
        Receives what was set aside, in words.

    Returns
    -------
    lines : DataFrame
        Lines of counted answers; those without a score stay, so that their groups are not lost.
    answers : Answers
        The same, knowing which labels count.
    """
    aside: list[str] = []
    kept: dict[str, list[Any]] = {}
    if SURVEY in answers.own and len(lines):
        lines, kept[SURVEY] = _of_survey(lines, answers.question, aside)
    if STATUS in answers.own and len(lines):
        lines, kept[STATUS] = _finished(lines, answers.question, aside)
    answers = replace(answers, kept=kept)
    if (lines[VALUE] == misfit(answers.question.rule)).any():
        _refuse(answers, int(lines[ROWS].sum()))
    missing = int(lines.loc[lines[VALUE].isna(), ROWS].sum())
    if missing:
        said.append(f"{words.count(missing)} without a score")
    said.extend(aside)
    return lines, answers


def _rows_by(lines: pd.DataFrame, name: str) -> pd.Series:
    """Rows of each label, most frequent first."""
    return lines.groupby(name, dropna=True)[ROWS].sum().sort_values(ascending=False, kind="stable")


def _of_survey(lines: pd.DataFrame, question: Question, aside: list[str]):
    asked = question.survey.strip().casefold()
    labels = [label for label in lines[SURVEY].dropna().unique() if str(label).strip().casefold() == asked]
    if not labels:
        there = _rows_by(lines, SURVEY)
        holds = ", ".join(f"'{label}' ({words.count(n)})" for label, n in there.head(8).items())
        raise DataError(
            f"{question.rule.metric}: no answer belongs to the survey '{question.survey}'; "
            + (f"'survey' holds {holds}." if holds else "the column 'survey' is empty.")
            + (suggest(question.survey, there.index) if len(there) else "")
            + " Name one with survey=, or count every row with survey=''."
        )
    mine = lines[SURVEY].isin(labels)
    others = int(lines.loc[~mine, ROWS].sum())
    if others:
        aside.append(f"{words.count(others)} of other surveys set aside")
    return lines[mine], labels


def _finished(lines: pd.DataFrame, question: Question, aside: list[str]):
    done = lines[STATUS].astype("str").str.strip().str.casefold().isin(FINISHED)
    mine = done | lines[STATUS].isna()
    if not done.any() and not mine.all():
        holds = ", ".join(f"'{label}' ({words.count(n)})" for label, n in _rows_by(lines, STATUS).head(8).items())
        raise DataError(
            f"{question.rule.metric}: no answer is 'complete'; 'status' holds {holds}. "
            "Write 'complete' for finished answers, or drop the column to count every row."
        )
    unfinished = int(lines.loc[~mine, ROWS].sum())
    if unfinished:
        aside.append(f"{words.count(unfinished)} unfinished set aside")
    return lines[mine], lines.loc[mine, STATUS].drop_duplicates().tolist()


def _refuse(answers: Answers, total: int) -> None:
    """Say how many scores do not fit, where the first ones are, and what to do."""
    question, rule = answers.question, answers.question.rule
    column, value = question.score, nw.col(question.score).cast(nw.Float64)
    frame = answers.frame
    if isinstance(frame, nw.DataFrame):
        answers = replace(answers, frame=frame.with_row_index("_cx_row"))
    wrong = answers.counted().filter(nw.col(VALUE) == misfit(rule))
    off_scale = (value < rule.low) | (value > rule.high)
    outside, fractional = frames.row_count(wrong.filter(off_scale)), frames.row_count(wrong.filter(~off_scale))
    shown = wrong.filter(off_scale) if outside else wrong
    if isinstance(frame, nw.DataFrame):
        first = frames.collect(shown.select("_cx_row", column).head(3))
        rows = ", ".join(str(row) for row in first["_cx_row"])
        where = f"first at rows {rows}: {', '.join(f'{v:g}' for v in first[column])}"
    else:  # rows have no numbers before they are collected, so the commonest values stand in
        common = shown.select(_cx_score=value).group_by("_cx_score").agg(**{ROWS: nw.len()})
        common = common.sort(ROWS, "_cx_score", descending=[True, False]).head(3)
        first = frames.collect(common).itertuples(index=False)
        where = "commonest: " + ", ".join(f"{value:g} ({words.count(rows)})" for value, rows in first)
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
