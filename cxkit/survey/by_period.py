"""Promoters, passives and detractors of each calendar period, added up from daily counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from cxkit import words
from cxkit.errors import DataError
from cxkit.periods import Period
from cxkit.periods.calendars import calendar
from cxkit.periods.rows import last_day
from cxkit.survey.answers import Question
from cxkit.survey.estimate import box_counts
from cxkit.survey.tally import DAY, tally, tally_each


@dataclass(frozen=True)
class ByPeriod:
    """Counts of each period from the first answer to the day the data reach to.

    Attributes
    ----------
    labels, starts, ends : ndarray
        Name, first and last day of each period.
    complete : ndarray of bool
        False where the first answer or the end of the data cuts the period.
    n : ndarray of int64
        Answers.
    sums : ndarray
        Promoters, passives and detractors; sums of weights where there are any.
    worth : ndarray
        How many unweighted answers each period is worth (Kish); n without weights.
    said : tuple of str
        Which answers count, and what was set aside.
    """

    labels: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    complete: np.ndarray
    n: np.ndarray
    sums: np.ndarray
    worth: np.ndarray
    said: tuple[str, ...]
    days: _Days

    @property
    def known(self) -> np.ndarray:
        """Full periods with answers."""
        return self.complete & (self.worth > 0)

    def cut(self, begin: int) -> ByPeriod:
        """The periods from one on."""
        names = ("labels", "starts", "ends", "complete", "n", "sums", "worth")
        return replace(self, **{name: getattr(self, name)[begin:] for name in names})

    def counts(self, which: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Promoters, passives and detractors that add up to what the period is worth; 0 for periods not asked for."""
        total = self.sums.sum(axis=1)
        scale = np.where(which & (total > 0), self.worth / np.where(total > 0, total, 1), 0.0)
        return tuple((self.sums * scale[:, None]).T)

    def table(self) -> pd.DataFrame:
        """The leading columns of a result: periods, n and the score in points."""
        total = self.sums.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            score = np.where(total > 0, 100 * (self.sums[:, 0] - self.sums[:, 2]) / total, np.nan)
        columns = {"period": self.labels, "start": self.starts, "end": self.ends, "complete": self.complete}
        return pd.DataFrame({**columns, "n": self.n, "estimate": score})

    def months(self) -> ByPeriod:
        """The same answers by month."""
        return _added(self.days, "month")


@dataclass(frozen=True)
class _Days:
    """Daily counts within the span of the data."""

    first: date
    last: date
    day: np.ndarray
    n: np.ndarray
    sums: np.ndarray
    squares: np.ndarray | None
    said: tuple[str, ...]


def by_period(responses: Any, asked: Question, unit: str, as_of: date | None) -> ByPeriod | None:
    """Count the answers of each period.

    Parameters
    ----------
    responses : Table or frame
    asked : Question
        A net score, without groups.
    unit : str
    as_of : date, optional

    Returns
    -------
    ByPeriod or None
        None where nothing counts.

    Raises
    ------
    DataError
        If no answer has a date, or every answer is later than `as_of`.
    """
    alone = replace(asked, customer="") if asked.cluster else asked
    daily = tally(responses, alone, day=asked.time)
    there = daily.n > 0
    if not there.any():
        return None
    days = daily.keys[DAY].to_numpy().astype("datetime64[D]")
    dated = there & ~np.isnat(days)
    if not dated.any():
        raise DataError(
            f"signals: none of {words.plural(int(daily.n.sum()), 'answer')} has a date in '{asked.time}'. "
            "Name the column of dates with time=, or map it in cxkit.read."
        )
    last = as_of or getattr(responses, "as_of", None) or last_day(responses, time=asked.time)
    last = last.date() if isinstance(last, datetime) else last
    first = days[dated].min().astype(object)
    if first > last:
        raise DataError(f"signals: every answer is later than as_of ({last}); the first is of {first}.")
    said = list(daily.said)
    late = dated & (days > np.datetime64(last, "D"))
    for rows, why in ((there & ~dated, "without a date"), (late, f"after {last} set aside")):
        if n := int(daily.n[rows].sum()):
            said.append(f"{words.count(n)} {why}")
    if daily.allowed:
        said.append(daily.allowed)
    kept = dated & ~late
    if asked.cluster and kept.any():
        daily, days, kept = _one_each(responses, asked, unit, last, (daily, days, kept), said)
    squares = None if daily.squares is None else daily.squares[kept].sum(axis=1)
    sums = _groups(daily.parts[kept], asked)
    return _added(_Days(first, last, days[kept], daily.n[kept], sums, squares, tuple(said)), unit)


def _one_each(responses: Any, asked: Question, unit: str, last: date, every: tuple, said: list[str]) -> tuple:
    """The same with one answer of each customer and period, and what is said of it."""
    daily, _, kept = every
    single = tally_each(responses, asked, unit, last)
    if single is None:
        said.append(f"answers taken as independent (no column '{asked.customer}')")
        return every
    aside = int(daily.n[kept].sum() - single.n.sum())
    said[0] = f"one answer of each customer and {unit}" + (f", {words.count(aside)} set aside" if aside else "")
    return single, single.keys[DAY].to_numpy().astype("datetime64[D]"), single.n > 0


def _groups(parts: np.ndarray, asked: Question) -> np.ndarray:
    plus, minus = box_counts(parts, asked.rule)
    return np.column_stack([plus, parts.sum(axis=1) - plus - minus, minus]).astype(float)


def _added(days: _Days, unit: str) -> ByPeriod:
    """Add days up to the periods of a unit."""
    periods = list(calendar(days.first, days.last, unit))
    starts = _as_days([period.start for period in periods])
    at, size = np.searchsorted(starts, days.day, side="right") - 1, len(periods)
    n = np.bincount(at, days.n, size).astype("int64")
    sums = np.column_stack([np.bincount(at, column, size) for column in days.sums.T])
    worth = n.astype(float)
    if days.squares is not None:
        squares = np.bincount(at, days.squares, size)
        worth = np.minimum(np.where(squares > 0, sums.sum(axis=1) ** 2 / np.where(squares > 0, squares, 1), 0.0), n)
    return ByPeriod(
        labels=np.array([period.label for period in periods], dtype=object),
        starts=starts.astype("datetime64[us]"),
        ends=_as_days([period.end for period in periods]).astype("datetime64[us]"),
        complete=np.array([_whole(period, days) for period in periods], dtype=bool),
        n=n,
        sums=sums,
        worth=worth,
        said=days.said,
        days=days,
    )


def _as_days(dates: Sequence[date]) -> np.ndarray:
    return np.array(dates, dtype="datetime64[D]")


def _whole(period: Period, days: _Days) -> bool:
    return period.start >= days.first and period.end <= days.last
