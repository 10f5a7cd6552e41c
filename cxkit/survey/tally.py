"""From answers to counts, from counts to estimates.

Rows are reduced on the engine that holds them to one line for each group and score. What is kept of a group can be
added up (counts at every score; or sums, for means), so the same few lines serve totals, distributions, periods and
windows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxkit import frames, words
from cxkit.errors import choice
from cxkit.periods import Period
from cxkit.periods.rows import clock
from cxkit.scales import Rule
from cxkit.stats import intervals
from cxkit.survey.answers import ROWS, VALUE, Answers, Question, answers_of, misfit, sift

DAY, WINDOW = "_cx_day", "_cx_window"

_SUM, _SQUARES, _ALONE = "_cx_sum", "_cx_squares", "_cx_alone"


@dataclass(frozen=True)
class Tally:
    """Counts of each group.

    Attributes
    ----------
    keys : DataFrame
        One row a group, sorted, missing last.
    n : ndarray of int64
        Answers that count.
    parts : ndarray
        Rule of boxes: answers at every point of the scale, one column a point. Mean: the sum, and the sum of squares,
        of score minus the middle of the scale.
    said : tuple of str
        Which answers count, and what was set aside.
    """

    keys: pd.DataFrame
    n: np.ndarray
    parts: np.ndarray
    said: tuple[str, ...]


def tally(responses: Any, question: Question, day: str = "") -> Tally:
    """Count the answers of each group.

    Parameters
    ----------
    responses : Table or frame
    question : Question
    day : str
        A column of times: its days become a further key, `DAY`.

    Returns
    -------
    Tally

    Raises
    ------
    DataError
        If a column is missing, the scores do not fit, or the survey does not occur.
    """
    answers = answers_of(responses, question, [day] if day else [])
    if day:
        answers = dated(answers, day)
    by = [*question.by, *([DAY] if day else [])]
    said: list[str] = []
    lines, answers = sift(_reduce(answers.frame, [*answers.own, *by], question.rule), answers, said)
    if question.repeats == "all":
        said.insert(0, "all answers" + _repeated(answers, _scored(lines)))
    else:
        single = _one_each(answers, by)
        said.insert(0, one_each_said(question, _scored(lines), single))
        lines = pd.concat([_groups(lines, by), single], ignore_index=True)
    return _summed(lines, by, question.rule, tuple(said))


def tally_within(responses: Any, question: Question, windows: Sequence[Period]) -> Tally:
    """Count one answer of each customer in each window; the key `WINDOW` is the window's position in the list.

    The same answer can stand for its customer in several windows, so they are counted one after the other.
    """
    answers = dated(answers_of(responses, question), question.time)
    said: list[str] = []
    lines, answers = sift(_reduce(answers.frame, [*answers.own, *question.by], question.rule), answers, said)
    parts = []
    for at, window in enumerate(windows):
        rows = answers.frame.filter((nw.col(DAY) >= _midnight(window.start)) & (nw.col(DAY) <= _midnight(window.end)))
        parts.append(_one_each(replace(answers, frame=rows), question.by).assign(**{WINDOW: at}))
    said.insert(0, f"{question.repeats} answer of each customer and period")
    lines = pd.concat([_groups(lines, question.by).assign(**{WINDOW: 0}), *parts], ignore_index=True)
    return _summed(lines, [*question.by, WINDOW], question.rule, tuple(said))


def dated(answers: Answers, time: str) -> Answers:
    """Add the day of each answer, as midnight of its own clock."""
    day = clock(answers.frame, time).cast(nw.Datetime("us")).dt.truncate("1d")
    return replace(answers, frame=answers.frame.with_columns(**{DAY: day}))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def _scored(lines: pd.DataFrame) -> int:
    """Number of answers with a score."""
    return int(lines.loc[lines[VALUE].notna(), ROWS].sum())


def _groups(lines: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """One line without answers for each group, so that a group without a score is not lost."""
    return lines[[*by]].drop_duplicates().assign(**{VALUE: np.nan, ROWS: 0})


def _reduce(frame: frames.Frame, keys: Sequence[str], rule: Rule) -> pd.DataFrame:
    """One line for each group and score (for means: each group, with its sums)."""
    if rule.kind != "mean":
        return frames.count_by(frame, [*keys, VALUE], **{ROWS: nw.len()})
    value = nw.col(VALUE)
    centred = value - (rule.low + rule.high) / 2
    state = nw.when(value.is_null() | (value == misfit(rule))).then(value).otherwise(float(rule.low))
    frame = frame.with_columns(**{_SUM: centred, _SQUARES: centred * centred, VALUE: state})
    sums = {name: nw.col(name).sum() for name in (_SUM, _SQUARES)}
    return frames.count_by(frame, [*keys, VALUE], **{ROWS: nw.len()}, **sums)


def _repeated(answers: Answers, n: int) -> str:
    """What to say about customers who answered more than once, when every answer counts."""
    customer = answers.question.customer
    if n == 0 or customer not in frames.column_names(answers.frame):
        return ""
    repeated = frames.repeated_keys(answers.counted(), customer, at_most=n)
    if repeated is True:
        return ", some customers answered more than once"
    return f", {words.plural(repeated, 'customer')} answered more than once" if repeated else ""


def _one_each(answers: Answers, by: Sequence[str]) -> pd.DataFrame:
    """Lines of the last or first answer of each customer; answers without a customer each stand for themselves.

    Of equal times the answer with the higher (for "first": lower) response id and score counts, so that every engine
    keeps the same one. An answer without a date counts only where the customer has no dated one.
    """
    question, frame = answers.question, answers.counted()
    last, known = question.repeats == "last", ~nw.col(question.customer).is_null()
    undated = nw.col(question.time).is_null()
    frame = frame.with_columns(_cx_order=nw.when(undated).then(0 if last else 1).otherwise(1 if last else 0))
    ties = [name for name in ("response_id",) if name in frames.column_names(frame)]
    order = list(dict.fromkeys(["_cx_order", question.time, *ties, VALUE, *by]))
    single = frame.filter(known).unique([question.customer], keep=question.repeats, order_by=order)
    parts = [_reduce(single, by, question.rule), _reduce(frame.filter(~known), by, question.rule)]
    return pd.concat([part.assign(**{_ALONE: alone}) for part, alone in zip(parts, (False, True), strict=True)])


def one_each_said(question: Question, n: int, single: pd.DataFrame) -> str:
    """What to say when one answer of each customer counts."""
    aside, alone = n - int(single[ROWS].sum()), int(single.loc[single[_ALONE], ROWS].sum())
    phrase = f"{question.repeats} answer of each customer"
    if aside:
        phrase += f", {words.count(aside)} {'earlier' if question.repeats == 'last' else 'later'} set aside"
    if alone:
        phrase += f", {words.count(alone)} without a customer each counted"
    return phrase


def _summed(lines: pd.DataFrame, by: Sequence[str], rule: Rule, said: tuple[str, ...]) -> Tally:
    """Add the lines of each group up."""
    if by:
        code = lines.groupby(list(by), dropna=False, sort=False, observed=True).ngroup().to_numpy()
        keys = lines[[*by]].drop_duplicates()
    else:
        code, keys = np.zeros(len(lines), dtype=int), pd.DataFrame(index=range(1))
    there = lines[VALUE].notna().to_numpy()
    code, lines = code[there], lines[there]
    rows = lines[ROWS].to_numpy(dtype=float)
    if rule.kind == "mean":
        columns = [np.bincount(code, lines[name].to_numpy(dtype=float), len(keys)) for name in (_SUM, _SQUARES)]
        parts = np.column_stack(columns)
    else:
        points = len(rule.points)
        cell = code * points + (lines[VALUE].to_numpy(dtype=float) - rule.low).astype(int)
        parts = np.bincount(cell, rows, len(keys) * points).reshape(len(keys), points).astype("int64")
    n = np.bincount(code, rows, len(keys)).astype("int64")
    order = frames.sort_keys(keys.reset_index(drop=True).assign(_cx_at=range(len(keys))), by)["_cx_at"].to_numpy()
    return Tally(keys.iloc[order].reset_index(drop=True), n[order], parts[order], said)


def box_counts(parts: np.ndarray, rule: Rule) -> tuple[np.ndarray, np.ndarray]:
    """Answers in the plus and in the minus boxes of each group."""
    points = np.array(rule.points)
    plus, minus = ((points >= ends[0]) & (points <= ends[1]) for ends in (rule.plus, rule.minus or (1, 0)))
    return parts[:, plus].sum(axis=1), parts[:, minus].sum(axis=1)


def interval_name(rule: Rule, method: str) -> tuple[str, str]:
    """The interval to use and what it is called; an empty name means the default of the rule.

    Raises
    ------
    UsageError
        If the rule has no such interval.
    """
    known = {"net": intervals.NPS_METHODS, "share": intervals.SHARE_METHODS, "mean": intervals.MEAN_METHODS}[rule.kind]
    method = method or next(iter(known))
    return method, known[choice(method, known, "method")]


def estimates(n: np.ndarray, parts: np.ndarray, rule: Rule, confidence: float, method: str) -> dict[str, np.ndarray]:
    """Estimate and limits of each group, in the unit of the metric; missing where nothing counts."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if rule.kind == "net":
            plus, minus = box_counts(parts, rule)
            low, high = intervals.nps_interval(plus, n - plus - minus, minus, confidence=confidence, method=method)
            return {"estimate": 100 * (plus - minus) / n, "low": 100 * low, "high": 100 * high}
        if rule.kind == "share":
            plus = box_counts(parts, rule)[0]
            low, high = intervals.share_interval(plus, n, confidence=confidence, method=method)
            return {"estimate": plus / n, "low": low, "high": high}
        centre = parts[:, 0] / n
        sd = np.sqrt(np.maximum(parts[:, 1] - n * centre**2, 0) / (n - 1))
    mean = (rule.low + rule.high) / 2 + centre
    low, high = intervals.mean_interval(n, mean, sd, confidence=confidence, bounds=(rule.low, rule.high))
    return {
        name: (value - rule.offset) / rule.divisor for name, value in (("estimate", mean), ("low", low), ("high", high))
    }
