"""How a score moves: periods, rolling windows, the same period a year before."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from cxkit import frames, periods, scales, words
from cxkit.errors import DataError, DataWarning, UsageError, choice
from cxkit.periods import Period
from cxkit.periods.calendars import calendar, window_before
from cxkit.periods.rows import last_day
from cxkit.scales import Rule
from cxkit.stats.intervals import critical_value
from cxkit.stats.weighted import effective_n
from cxkit.survey.answers import Question
from cxkit.survey.estimate import estimates, interval_name, methods, moments
from cxkit.survey.tally import DAY, WINDOW, Tally, customers_within, tally, tally_within

#: Columns of a trend after the `by` columns.
TREND = ("period", "start", "end", "complete", *frames.ESTIMATE)
BEFORE = ("before_n", "before_estimate", "before_low", "before_high")
METRICS = ("nps", "csat", "ces")


def trend(
    responses: Any,
    *,
    unit: str = "month",
    window: str = "",
    compare: str = "",
    metric: str = "nps",
    scale: str = "",
    rule: str = "top_box",
    boxes: int | None = None,
    high_is: str = "",
    report: str = "share",
    survey: str | None = None,
    score: str = "score",
    time: str = "responded_at",
    by: str | Sequence[str] = (),
    confidence: float = 0.95,
    method: str = "",
    repeats: str = "all",
    customer: str = "customer_id",
    weight: str = "",
    cluster: bool = False,
    fiscal_start: int = 1,
    as_of: date | None = None,
) -> pd.DataFrame:
    """How does the score move from period to period?

    Parameters
    ----------
    responses : Table or frame
        The `responses` table: one row an answer.
    unit : {"month", "week", "quarter", "year", "day", "fiscal quarter", "fiscal year"}
        One row for each of these, from the first answer to `as_of`.
    window : str
        A rolling window such as "3M" or "28D" that ends with each unit. Empty: the unit itself.
    compare : {"", "year"}
        "year" adds the same period a year before.
    metric : {"nps", "csat", "ces"}
        The score; `scale`, `rule`, `boxes`, `high_is` and `report` as in the function of that name. NPS is 0-10 unless
        said; the others have no default scale.
    survey : str, optional
        As in `nps`; the metric's name unless said.
    score, time : str
        Columns of score and date.
    by, confidence, method, customer, weight, cluster
        As in `nps`; the effective n is that of each period. `cluster` makes one query a period.
    repeats : {"all", "last", "first"}
        Which answers of one customer count within each period.
    fiscal_start : int, default 1
        First month of the fiscal year; quarters and years then follow it.
    as_of : date, optional
        The day the data reach to. Else that of the Table, else the latest date in the data; never today.

    Returns
    -------
    DataFrame
        `by` columns, period (label), start, end (first and last day), complete (False where the first answer or `as_of`
        cuts the period), metric, unit, n, estimate, low, high, confidence, method; with compare="year" also before_n,
        before_estimate, before_low, before_high. A period without answers is a row with n 0 and no estimate.

    Raises
    ------
    DataError
        If no answer has a date, or for the reasons of `nps`.
    UsageError
        If an option is unknown.

    Notes
    -----
    Every point has its own interval. **When not to use it**: to call two neighbouring points of a rolling window
    different, since they share most of their answers; to read a season from less than two years; to pick the highest
    and lowest of many points afterwards and compare only those.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.to_datetime(["2026-05-04", "2026-05-20", "2026-07-01", "2026-07-14"])
    >>> answers = pd.DataFrame({"score": [10, 8, 9, 9], "responded_at": days})
    >>> trend(answers)[["period", "complete", "n", "estimate"]]
         period  complete  n  estimate
    0  May 2026     False  2      50.0
    1  Jun 2026      True  0       NaN
    2  Jul 2026     False  2     100.0
    """
    choice(compare, ("", "year"), "compare")
    critical_value(confidence)
    chosen = _rule(metric, scale, rule, boxes, high_is, report)
    keys = frames.by_list(by, (*TREND, *BEFORE))
    survey = metric if survey is None else survey
    asked = Question(chosen, survey, score, keys, repeats, customer, time, weight, cluster and repeats == "all")
    method, named = interval_name(chosen, method)
    if fiscal_start != 1 and unit in ("quarter", "year"):
        unit = f"fiscal {unit}"
    periods.period_of(date(2000, 1, 1), unit, fiscal_start)  # refuses an unknown unit before any row is read
    daily = tally(responses, replace(asked, repeats="all"), day=time)
    span = _span(responses, daily, asked, as_of)
    shown = list(calendar(span.start, span.end, unit, fiscal_start)) if span else []
    windows = [_window(period, window) for period in shown]
    if compare:
        windows += [_window(periods.year_before(period), window) for period in shown]
    grid = _grid(responses, asked, daily, windows, span)
    said = [*grid.said, *([f"rolling {window.upper()} windows, which overlap"] if window else [])]
    out = _frame(grid.groups, keys, windows[: len(shown)], span)
    values, effective = _values(grid, slice(len(shown)), chosen, confidence, method)
    out = out.assign(metric=chosen.metric, unit=chosen.unit, **values, confidence=float(confidence))
    out = out.assign(method=methods(chosen.words, named, said, grid.allowed, effective))
    if compare:
        values, _ = _values(grid, slice(len(shown), None), chosen, confidence, method)
        out = out.assign(**{f"before_{name}": value for name, value in values.items()})
    return out.astype(dict.fromkeys(("period", "metric", "unit", "method"), "str"))


@dataclass(frozen=True)
class _Grid:
    """Answers of each group in each window: n has one row a group and one column a window, the others a layer more.

    `squares` are the sums over answers or customers that `cxkit.stats.weighted` asks for; None where n says it all.
    """

    groups: pd.DataFrame
    n: np.ndarray
    parts: np.ndarray
    squares: np.ndarray | None
    said: list[str]
    allowed: str


def _rule(metric: str, scale: str, rule: str, boxes: int | None, high_is: str, report: str) -> Rule:
    """The rule of a metric; an option of another metric is refused rather than ignored."""
    choice(metric, METRICS, "metric")
    own = {"nps": (), "csat": ("rule", "boxes"), "ces": ("high_is", "report", "boxes")}[metric]
    options = {"rule": (rule, "top_box"), "boxes": (boxes, None), "high_is": (high_is, ""), "report": (report, "share")}
    foreign = [name for name, (value, default) in options.items() if value != default and name not in own]
    if foreign:
        raise UsageError(f"{foreign[0]}: {metric} has no such option. Leave it out.")
    if metric == "nps":
        return scales.nps_rule(scale or "0-10")
    if not scale:
        raise UsageError(f"scale: {metric} has no usual scale. Say which one customers saw, such as scale='1-5'.")
    if metric == "csat":
        return scales.csat_rule(scale, rule, boxes)
    return scales.ces_rule(scale, high_is, report, boxes)


def _window(period: Period, window: str) -> Period:
    """The run of days a point stands for: the period itself, or the window that ends with it."""
    if not window:
        return period
    return replace(period, start=window_before(period.end, window), label=f"{window.upper()} to {period.label}")


def _span(responses: Any, daily: Tally, asked: Question, as_of: date | None) -> Period | None:
    """From the first dated answer with a score to the day the data reach to; None where nothing counts."""
    days = daily.keys[DAY][daily.n > 0]
    if not len(days):
        warnings.warn(f"trend: there is no {asked.rule.metric} score to count.", DataWarning, stacklevel=3)
        return None
    if days.isna().all():
        raise DataError(
            f"trend: none of {words.plural(int(daily.n.sum()), 'answer')} has a date in '{asked.time}'. "
            "Name the column of dates with time=, or map it in cxkit.read."
        )
    last = as_of or getattr(responses, "as_of", None) or last_day(responses, time=asked.time)
    last = last.date() if isinstance(last, datetime) else last
    first = days.min().date()
    if first > last:
        raise DataError(f"trend: every answer is later than as_of ({last}); the first is of {first}.")
    return Period(first, last, "")


def _grid(responses: Any, asked: Question, daily: Tally, windows: list[Period], span: Period | None) -> _Grid:
    """Add the answers up window by window."""
    by, keys = list(asked.by), daily.keys
    said = list(daily.said)
    groups = keys[by].drop_duplicates().reset_index(drop=True) if by else pd.DataFrame(index=range(1))
    if span is None:
        empty, none = np.zeros((len(groups), 0), dtype="int64"), np.zeros((len(groups), 0, daily.parts.shape[1]))
        return _Grid(groups, empty, none, None, said, "")
    dated = keys[DAY].notna().to_numpy()
    late = dated & (keys[DAY] > pd.Timestamp(span.end)).to_numpy()
    for rows, why in ((~dated, "without a date"), (late, f"after {span.end} set aside")):
        if n := int(daily.n[rows].sum()):
            said.append(f"{words.count(n)} {why}")
    ends = [replace(w, end=min(w.end, span.end)) for w in windows]
    if asked.repeats == "all":
        at, window = _members(keys[DAY], dated & ~late, windows)
        chosen = {"n": daily.n[at], "parts": daily.parts[at]}
        chosen["squares"] = None if daily.squares is None else daily.squares[at]
        counted = replace(daily, keys=keys.iloc[at].reset_index(drop=True), **chosen)
    else:
        counted = tally_within(responses, asked, ends)
        window = counted.keys[WINDOW].to_numpy()
        said[0] = counted.said[0]
    code = _codes(groups, counted.keys, by)
    shape = (len(groups), len(windows))
    cell = code * len(windows) + window

    def added(columns: np.ndarray) -> np.ndarray:
        sums = [np.bincount(cell, column, shape[0] * shape[1]).reshape(shape) for column in columns.T]
        return np.stack(sums, axis=-1)

    squares = None if counted.squares is None else added(moments(counted.squares, asked.rule))
    allowed = daily.allowed
    if asked.cluster:
        together, also = customers_within(responses, asked, ends, groups)
        squares, allowed = (squares if together is None else together), ", ".join(filter(None, (allowed, also)))
    n = added(counted.n[:, None])[..., 0].astype("int64")
    return _Grid(groups, n, added(counted.parts), squares, said, allowed)


def _members(day: pd.Series, usable: np.ndarray, windows: list[Period]) -> tuple[np.ndarray, np.ndarray]:
    """Which lines lie in which window; a line lies in every window that holds its day."""
    rows = np.flatnonzero(usable)
    rows = rows[np.argsort(day.to_numpy()[rows], kind="stable")]
    ordered = day.to_numpy()[rows].astype("datetime64[D]")
    starts = np.searchsorted(ordered, np.array([w.start for w in windows], dtype="datetime64[D]"), side="left")
    ends = np.searchsorted(ordered, np.array([w.end for w in windows], dtype="datetime64[D]"), side="right")
    at = np.concatenate([rows[low:high] for low, high in zip(starts, ends, strict=True)])
    return at, np.repeat(np.arange(len(windows)), ends - starts)


def _codes(groups: pd.DataFrame, keys: pd.DataFrame, by: list[str]) -> np.ndarray:
    """The position of each line's group."""
    if not by:
        return np.zeros(len(keys), dtype=int)
    return keys[by].merge(groups.assign(_cx_code=range(len(groups))), on=by, how="left")["_cx_code"].to_numpy()


def _frame(groups: pd.DataFrame, by: list[str], windows: list[Period], span: Period | None) -> pd.DataFrame:
    """The leading columns: every group in every period."""
    many = len(windows)
    out = groups.loc[groups.index.repeat(many), by].reset_index(drop=True) if by else pd.DataFrame(index=range(many))
    whole = [w.start >= span.start and w.end <= span.end for w in windows] if span else []
    columns = {
        "period": np.array([w.label for w in windows], dtype=object),
        "start": np.array([w.start for w in windows], dtype="datetime64[us]"),
        "end": np.array([w.end for w in windows], dtype="datetime64[us]"),
        "complete": np.array(whole, dtype=bool),
    }
    return out.assign(**{name: np.tile(values, len(groups)) for name, values in columns.items()})


def _values(grid: _Grid, part: slice, rule: Rule, confidence: float, method: str):
    """Estimates of each group and window, and how many plain answers each of them is worth."""
    n = grid.n[:, part].ravel()
    parts, squares = (
        None if layers is None else layers[:, part].reshape(len(n), layers.shape[2])
        for layers in (grid.parts, grid.squares)
    )
    effective = None if squares is None else effective_n(n, moments(parts, rule), squares)
    return {"n": n, **estimates(n, parts, rule, confidence, method, effective)}, effective
