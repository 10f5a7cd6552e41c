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
from cxkit.errors import DataError, UsageError, choice, suggest
from cxkit.scales import Rule
from cxkit.survey.refuse import MOST_WEIGHT, ROW, refuse_scores, refuse_texts, refuse_weights, refuse_zeros
from cxkit.tables.counted import FINISHED

REPEATS = ("all", "last", "first")

SURVEY, STATUS, VALUE, ROWS = "_cx_survey", "_cx_status", "_cx_value", "_cx_rows"

#: The weight of an answer (0 where it has none that can be used), and whether it has one.
WEIGHT, WEIGHED = "_cx_weight", "_cx_weighed"
USED, WITHOUT, WRONG, ZERO = 0, 1, 2, 3


def misfit(rule: Rule) -> int:
    """Stands for every score that does not fit its scale, until they are counted and reported."""
    return rule.high + 1


@dataclass(frozen=True)
class Question:
    """What is asked of the answers: the rule, the rows that count, and the groups.

    Attributes
    ----------
    rule : Rule
        A rule of kind "any" asks for no more than that there is a score.
    survey, score, customer, time : str
        Survey that counts (empty: every one), and the columns.
    by : sequence of str
        Group columns.
    repeats : {"all", "last", "first"}
        Which answers of one customer count.
    weight : str
        Column of weights; empty: every answer counts alike.
    cluster : bool
        Whether the answers of one customer belong together, so that they tell less than as many customers would.
    """

    rule: Rule
    survey: str
    score: str
    by: Sequence[str]
    repeats: str
    customer: str
    time: str
    weight: str = ""
    cluster: bool = False

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
        Which of survey, status and weight there are.
    kept : mapping
        Labels of them that count, once `sift` has seen them.
    """

    frame: frames.Frame
    question: Question
    own: tuple[str, ...]
    kept: dict[str, list[Any]]

    def counted(self) -> frames.Frame:
        """Only the rows that count: right survey, finished, with a score and, where asked for, a weight."""
        frame = self.frame.filter(~nw.col(VALUE).is_null())
        for name, labels in self.kept.items():
            frame = frame.filter(one_of(name, labels))
        return frame


def one_of(column: str, labels: Sequence[Any]) -> nw.Expr:
    """Rows that bear one of the labels; a missing one among them stands for missing."""
    known = [label for label in labels if not pd.isna(label)]
    wanted = nw.col(column).is_in(known)
    return wanted | nw.col(column).is_null() if len(known) < len(labels) else wanted


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
        If a column is missing, or scores or weights are no numbers.
    UsageError
        If there is no such column of weights.
    """
    from cxkit.tables import frame_of

    have = set(frames.column_names(frames.as_frame(responses)))
    if question.weight and question.weight not in have:
        raise UsageError(f"weight: there is no column '{question.weight}'.{suggest(question.weight, have)}")
    own = own_columns(responses, question.survey)
    weight = [question.weight] if question.weight else []
    score = [question.score] if question.score else []
    needed = [*score, *question.by, *extra, *own.values(), *weight]
    if question.repeats != "all":
        needed += [question.customer, question.time, *sorted({"response_id"} & have)]
    elif question.customer in have:
        needed.append(question.customer)
    frame = frame_of("responses", responses, list(dict.fromkeys(needed)))
    value = _any(question) if question.rule.kind == "any" else _fitting(frame, question)
    columns = {name: nw.col(column) for name, column in own.items()} | {VALUE: value}
    if question.weight:
        columns |= _weighed(frame, question.weight, question.rule.metric)
    return Answers(frame.with_columns(**columns), question, (*own, *([WEIGHED] if weight else [])), {})


def own_columns(responses: Any, survey: str) -> dict[str, str]:
    """Columns that decide whether a row counts, by the name they get here: survey, and status of a bare frame."""
    have = frames.column_names(frames.as_frame(responses))
    own = {SURVEY: "survey"} if survey and "survey" in have else {}
    if "status" in have and not hasattr(responses, "health"):  # for a Table the door has settled it
        own[STATUS] = "status"
    return own


def _fitting(frame: frames.Frame, question: Question) -> nw.Expr:
    """The score, or the marker of those that do not fit the scale."""
    value, rule = _number(frame, question.score, question.rule.metric), question.rule
    wrong = (value < rule.low) | (value > rule.high)
    if rule.kind != "mean" and not frame.collect_schema()[question.score].is_integer():
        wrong = wrong | (value > value.floor())
    return nw.when(wrong).then(misfit(rule)).otherwise(value)


def _any(question: Question) -> nw.Expr:
    """One value for every row that has a score, whatever it is; for every row, where no column of scores is named."""
    return nw.when(~nw.col(question.score).is_null()).then(0.0) if question.score else nw.lit(0.0)


def _weighed(frame: frames.Frame, column: str, who: str) -> dict[str, nw.Expr]:
    """The weight where it can be used, and whether it can: zero and missing are none, below zero and infinite wrong."""
    dtype = frame.collect_schema()[column]
    if not dtype.is_numeric():
        refuse_texts(frame, column, who)
    weight = nw.col(column).cast(nw.Float64) if dtype.is_numeric() else nw.lit(None, dtype=nw.Float64)
    wrong = (weight < 0) | (weight > MOST_WEIGHT)
    state = nw.when(weight == 0).then(ZERO).otherwise(nw.when(wrong).then(WRONG).otherwise(USED))
    state = nw.when(weight.is_null()).then(WITHOUT).otherwise(state)
    return {WEIGHT: nw.when(state == USED).then(weight).otherwise(0.0), WEIGHED: state}


def _number(frame: frames.Frame, column: str, who: str) -> nw.Expr:
    """A column as numbers; anything else is refused, except where every value is missing."""
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
        f"{who}: '{column}' holds {str(dtype).lower()} in {words.plural(total, 'row')}, not numbers "
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
    who = answers.question.rule.metric
    if SURVEY in answers.own and len(lines):
        lines, kept[SURVEY] = _of_survey(lines, answers.question.survey, who, aside)
    if STATUS in answers.own and len(lines):
        lines, kept[STATUS] = _finished(lines, who, aside)
    answers = replace(answers, kept=kept)
    missing = int(lines.loc[lines[VALUE].isna(), ROWS].sum())
    total = int(lines[ROWS].sum())
    if WEIGHED in answers.own and len(lines):
        lines = _weighted_only(lines, answers, aside)
        kept[WEIGHED] = [USED]
    if (lines[VALUE] == misfit(answers.question.rule)).any():
        wrong = _numbered(answers).filter(nw.col(VALUE) == misfit(answers.question.rule))
        refuse_scores(wrong, answers.question.score, answers.question.rule, total)
    if missing:
        said.append(f"{words.count(missing)} without a score")
    said.extend(aside)
    return lines, answers


def _numbered(answers: Answers) -> frames.Frame:
    """The rows that count, with the number each has in the frame that was given, where rows have numbers."""
    if isinstance(answers.frame, nw.DataFrame):
        answers = replace(answers, frame=answers.frame.with_row_index(ROW))
    return answers.counted()


def _weighted_only(lines: pd.DataFrame, answers: Answers, aside: list[str]) -> pd.DataFrame:
    """Blank the scores of lines without a weight, so that their groups are not lost; refuse weights that cannot be."""
    scored = lines[VALUE].notna()
    if wrong := int(lines.loc[scored & (lines[WEIGHED] == WRONG), ROWS].sum()):
        rows = _numbered(answers).filter(nw.col(WEIGHED) == WRONG)
        question, total = answers.question, int(lines.loc[scored, ROWS].sum())
        refuse_weights(rows, question.weight, question.rule.metric, wrong, total)
    zero = lines[WEIGHED] == ZERO
    without = zero | (lines[WEIGHED] == WITHOUT)
    if zeros := int(lines.loc[scored & zero, ROWS].sum()) if without[scored].all() else 0:
        refuse_zeros(answers.question.weight, answers.question.rule.metric, zeros, int(lines.loc[scored, ROWS].sum()))
    if rows := int(lines.loc[scored & without, ROWS].sum()):
        aside.append(f"{words.count(rows)} without a weight set aside")
    return lines.assign(**{VALUE: lines[VALUE].where(~without)})


def _rows_by(lines: pd.DataFrame, name: str) -> pd.Series:
    """Rows of each label, most frequent first."""
    return lines.groupby(name, dropna=True)[ROWS].sum().sort_values(ascending=False, kind="stable")


def _of_survey(lines: pd.DataFrame, survey: str, who: str, aside: list[str]) -> tuple[pd.DataFrame, list[Any]]:
    asked = survey.strip().casefold()
    labels = [label for label in lines[SURVEY].dropna().unique() if str(label).strip().casefold() == asked]
    if not labels:
        there = _rows_by(lines, SURVEY)
        holds = ", ".join(f"'{label}' ({words.count(n)})" for label, n in there.head(8).items())
        raise DataError(
            f"{who}: no answer belongs to the survey '{survey}'; "
            + (f"'survey' holds {holds}." if holds else "the column 'survey' is empty.")
            + (suggest(survey, there.index) if len(there) else "")
            + " Name one with survey=, or count every row with survey=''."
        )
    mine = lines[SURVEY].isin(labels)
    others = int(lines.loc[~mine, ROWS].sum())
    if others:
        aside.append(f"{words.count(others)} of other surveys set aside")
    return lines[mine], labels


def _finished(lines: pd.DataFrame, who: str, aside: list[str]) -> tuple[pd.DataFrame, list[Any]]:
    done = lines[STATUS].astype("str").str.strip().str.casefold().isin(FINISHED)
    mine = done | lines[STATUS].isna()
    if not done.any() and not mine.all():
        holds = ", ".join(f"'{label}' ({words.count(n)})" for label, n in _rows_by(lines, STATUS).head(8).items())
        raise DataError(
            f"{who}: no answer is 'complete'; 'status' holds {holds}. "
            "Write 'complete' for finished answers, or drop the column to count every row."
        )
    unfinished = int(lines.loc[~mine, ROWS].sum())
    if unfinished:
        aside.append(f"{words.count(unfinished)} unfinished set aside")
    return lines[mine], lines.loc[mine, STATUS].drop_duplicates().tolist()
