"""From answers to counts, from counts to estimates.

Rows are reduced on the engine that holds them to one line for each group and score. What is kept of a group can be
added up (counts at every score; or sums, for means), so the same few lines serve totals, distributions, periods and
windows.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxkit import frames, words
from cxkit.errors import DataWarning
from cxkit.periods import Period
from cxkit.periods.rows import clock
from cxkit.scales import Rule
from cxkit.stats.weighted import effective_n
from cxkit.survey.answers import ROWS, VALUE, WEIGHT, Answers, Question, answers_of, misfit, sift
from cxkit.survey.clusters import has_customers, moments_of
from cxkit.survey.estimate import moments, worth

DAY, WINDOW = "_cx_day", "_cx_window"

_ALONE = "_cx_alone"

#: Sums a line carries: of weights (times value, times its square) and of squared weights (times the same).
_SUMS = ("_cx_sum_0", "_cx_sum_1", "_cx_sum_2")
_SQUARES = ("_cx_square_0", "_cx_square_1", "_cx_square_2")


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
        Rule of boxes: answers at every point of the scale, one column a point. Mean: their number, and the sums of
        score minus the middle of the scale and of its square. With weights, sums of weights instead of numbers.
    said : tuple of str
        Which answers count, and what was set aside.
    counts : ndarray of int64
        Rule of boxes: answers at every point of the scale, also where `parts` are weighted.
    squares : ndarray or None
        As `parts`, with squared weights; None where every answer counts alike.
    effective : ndarray or None
        How many plain answers each group is worth; None where it is n.
    allowed : str
        What `effective` allows for, in words.
    customers : DataFrame or None
        Where answers are clustered by customer, the sums of `cxkit.survey.clusters.moments`.
    """

    keys: pd.DataFrame
    n: np.ndarray
    parts: np.ndarray
    said: tuple[str, ...]
    counts: np.ndarray
    squares: np.ndarray | None = None
    effective: np.ndarray | None = None
    allowed: str = ""
    customers: pd.DataFrame | None = None


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
    lines, answers = sift(_reduce(answers.frame, [*answers.own, *by], question), answers, said)
    if question.repeats == "all":
        said.insert(0, "all answers" + _repeated(answers, _scored(lines)))
    else:
        single = _one_each(answers, by)
        said.insert(0, one_each_said(question, _scored(lines), single))
        lines = pd.concat([_groups(lines, by), single], ignore_index=True)
    counted = _summed(lines, by, question, tuple(said))
    return _clustered(counted, answers) if question.cluster and not day else counted


def tallies(responses: Any, question: Question, rules: Sequence[Rule]) -> list[Tally]:
    """Count the answers once and say what they are worth under each of several rules of the same scale."""
    answers = answers_of(responses, question)
    said: list[str] = []
    lines, answers = sift(_reduce(answers.frame, [*answers.own, *question.by], question), answers, said)
    said.insert(0, "all answers" + _repeated(answers, _scored(lines)))
    out = []
    for rule in rules:
        asked = replace(question, rule=rule)
        counted = _summed(lines, question.by, asked, tuple(said))
        out.append(_clustered(counted, replace(answers, question=asked)) if question.cluster else counted)
    return out


def tally_each(responses: Any, question: Question, unit: str, last: date) -> Tally | None:
    """Count one answer of each customer in each period, by day; the key is `DAY`.

    Parameters
    ----------
    responses : Table or frame
    question : Question
        Which answers count; ties are settled as for `repeats="last"`.
    unit : {"week", "day", "month", "quarter"}
    last : date
        The last day whose answers count.

    Returns
    -------
    Tally or None
        None without a column of customers. Answers without a customer each count.
    """
    answers = dated(answers_of(responses, question, [question.time, *_tie(responses)]), question.time)
    if not has_customers(answers):
        return None
    states = frames.count_by(answers.frame, [*answers.own, VALUE], **{ROWS: nw.len()})
    answers = sift(states, answers, [])[1]
    inside = answers.counted().filter(~nw.col(DAY).is_null() & (nw.col(DAY) <= _midnight(last)))
    single = _last_each(inside.with_columns(_cx_period=_begin(unit)), question, [DAY], "_cx_period")
    return _summed(single, [DAY], question, ())


def _begin(unit: str) -> nw.Expr:
    """The first day of the period a day lies in."""
    day = nw.col(DAY)
    if unit != "week":
        return day.dt.truncate({"day": "1d", "month": "1mo", "quarter": "1q"}[unit])
    begin = day
    for back in range(1, 7):
        begin = nw.when(day.dt.weekday() == back + 1).then(day - nw.lit(timedelta(days=back))).otherwise(begin)
    return begin


def _tie(responses: Any) -> list[str]:
    """The column that decides between answers of the same time, where there is one."""
    return [name for name in ("response_id",) if name in frames.column_names(frames.as_frame(responses))]


def tally_within(responses: Any, question: Question, windows: Sequence[Period]) -> Tally:
    """Count one answer of each customer in each window; the key `WINDOW` is the window's position in the list.

    The same answer can stand for its customer in several windows, so they are counted one after the other.
    """
    answers = dated(answers_of(responses, question), question.time)
    said: list[str] = []
    lines, answers = sift(_reduce(answers.frame, [*answers.own, *question.by], question), answers, said)
    parts = []
    for at, window in enumerate(windows):
        parts.append(_one_each(_between(answers, window), question.by).assign(**{WINDOW: at}))
    said.insert(0, f"{question.repeats} answer of each customer and period")
    lines = pd.concat([_groups(lines, question.by).assign(**{WINDOW: 0}), *parts], ignore_index=True)
    return _summed(lines, [*question.by, WINDOW], question, tuple(said))


def _clustered(counted: Tally, answers: Answers) -> Tally:
    """The same, worth less where customers answered more than once."""
    question = answers.question
    if question.repeats != "all":  # then nobody counts twice
        return counted
    allowed = ", ".join(filter(None, (counted.allowed, _clustered_words(answers))))
    if not has_customers(answers):
        return replace(counted, allowed=allowed)
    customers = moments_of(answers)
    sums = _customer_sums(counted.keys, customers, question.by)
    effective = effective_n(counted.n, moments(counted.parts, question.rule), sums)
    return replace(counted, effective=effective, allowed=allowed, customers=customers)


def _clustered_words(answers: Answers) -> str:
    missing = f"answers taken as independent (no column '{answers.question.customer}')"
    return "clustered by customer" if has_customers(answers) else missing


def _customer_sums(keys: pd.DataFrame, table: pd.DataFrame, by: Sequence[str]) -> np.ndarray:
    """Sums over the customers of each group; 0 where it has none."""
    columns = ["ww", "ws", "ss"]
    found = keys[[*by]].merge(table[[*by, *columns]], on=[*by], how="left") if by else table
    return found[columns].fillna(0.0).to_numpy(dtype=float)


def customers_within(responses: Any, question: Question, windows: Sequence[Period], keys: pd.DataFrame):
    """Sums over the customers of each group and window, one window after the other, and what to say of them.

    Customers belong to groups and windows in ways that do not add up, so each window is a query of its own.

    Parameters
    ----------
    responses : Table or frame
    question : Question
    windows : sequence of Period
    keys : DataFrame
        The groups, in order.

    Returns
    -------
    sums : ndarray or None
        (groups, windows, 3): the `squares` of `cxkit.stats.weighted`; None without a column of customers.
    said : str
    """
    answers = dated(answers_of(responses, question, [question.time]), question.time)
    said = _clustered_words(answers)
    if not has_customers(answers):
        return None, said
    _, answers = sift(_reduce(answers.frame, [*answers.own, *question.by], question), answers, [])
    frames_of = (_between(answers, window) for window in windows)
    sums = [_customer_sums(keys, moments_of(rows), question.by) for rows in frames_of]
    return np.stack(sums, axis=1), said


def _between(answers: Answers, window: Period) -> Answers:
    """The answers of one run of days."""
    inside = (nw.col(DAY) >= _midnight(window.start)) & (nw.col(DAY) <= _midnight(window.end))
    return replace(answers, frame=answers.frame.filter(inside))


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


def _reduce(frame: frames.Frame, keys: Sequence[str], question: Question) -> pd.DataFrame:
    """One line for each group and score (for means: each group, with its sums)."""
    rule, sums, weight = question.rule, {}, nw.col(WEIGHT)
    if rule.kind == "mean":
        value = nw.col(VALUE)
        centred = value - (rule.low + rule.high) / 2
        state = nw.when(value.is_null() | (value == misfit(rule))).then(value).otherwise(float(rule.low))
        powers = [centred, centred * centred]
        sums = dict(zip(_SUMS[1:], powers, strict=True))
        if question.weight:
            powers = [weight, *(weight * power for power in powers)]
            sums = dict(zip(_SUMS + _SQUARES, [*powers, *(weight * power for power in powers)], strict=True))
        frame = frame.with_columns(**sums, **{VALUE: state})
    elif question.weight:
        sums = {_SUMS[0]: weight, _SQUARES[0]: weight * weight}
        frame = frame.with_columns(**sums)
    return frames.count_by(frame, [*keys, VALUE], **{ROWS: nw.len()}, **{name: nw.col(name).sum() for name in sums})


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
    """Lines of the last or first answer of each customer; see `_last_each`."""
    return _last_each(answers.counted(), answers.question, by)


def _last_each(frame: frames.Frame, question: Question, by: Sequence[str], within: str = "") -> pd.DataFrame:
    """Lines of the last or first answer of each customer; answers without a customer each stand for themselves.

    `within` names a column: one answer for each of its values then.

    Of equal times the answer with the higher (for "first": lower) response id and score counts, so that every engine
    keeps the same one. An answer without a date counts only where the customer has no dated one.
    """
    last, known = question.repeats != "first", ~nw.col(question.customer).is_null()
    undated = nw.col(question.time).is_null()
    frame = frame.with_columns(_cx_order=nw.when(undated).then(0 if last else 1).otherwise(1 if last else 0))
    ties = [name for name in ("response_id",) if name in frames.column_names(frame)]
    order = list(dict.fromkeys(["_cx_order", question.time, *ties, VALUE, *([WEIGHT] if question.weight else []), *by]))
    subset = [question.customer, *([within] if within else [])]
    single = frame.filter(known).unique(subset, keep="last" if last else "first", order_by=order)
    parts = [_reduce(single, by, question), _reduce(frame.filter(~known), by, question)]
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


def _summed(lines: pd.DataFrame, by: Sequence[str], question: Question, said: tuple[str, ...]) -> Tally:
    """Add the lines of each group up."""
    rule = question.rule
    if by:
        code = lines.groupby(list(by), dropna=False, sort=False, observed=True).ngroup().to_numpy()
        keys = lines[[*by]].drop_duplicates()
    else:
        code, keys = np.zeros(len(lines), dtype=int), pd.DataFrame(index=range(1))
    there = lines[VALUE].notna().to_numpy()
    code, lines = code[there], lines[there]
    order = frames.sort_keys(keys.reset_index(drop=True).assign(_cx_at=range(len(keys))), by)["_cx_at"].to_numpy()
    points = 1 if rule.kind == "mean" else len(rule.points)
    at = (lines[VALUE].to_numpy(dtype=float) - rule.low).astype(int)  # of a mean, every line bears the lowest value
    cell = code * points + at

    def added(names: Sequence[str]) -> np.ndarray:
        columns = [np.bincount(cell, lines[name].to_numpy(dtype=float), len(keys) * points) for name in names]
        return np.stack(columns, axis=-1).reshape(len(keys), points * len(names))[order]

    many = 3 if rule.kind == "mean" else 1
    counts = added([ROWS]).astype("int64")
    n = counts.sum(axis=1)
    parts = added([ROWS, *_SUMS[1:]]) if rule.kind == "mean" else counts
    squares = None
    if question.weight:
        parts, squares = added(_SUMS[:many]), added(_SQUARES[:many])
    keys = keys.iloc[order].reset_index(drop=True)
    allowed = f"weighted by '{question.weight}'" if question.weight else ""
    return Tally(keys, n, parts, said, counts, squares, worth(n, parts, squares, rule), allowed)


def warn_if_nothing(counted: Tally, rule: Rule, level: int) -> None:
    """Warn that no score is left to count, and why; `level` is the distance to the caller's line."""
    if not counted.n.sum():
        aside = f" ({words.listing(list(counted.said[1:]))})" if counted.said[1:] else ": the table has no rows"
        warnings.warn(f"{rule.metric}: there is no score to count{aside}.", DataWarning, stacklevel=level)
