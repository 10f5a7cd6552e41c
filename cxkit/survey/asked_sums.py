"""Sums over invitations from which every response rate, its interval and its change are made.

Each customer (or, without customers, each invitation) carries a few numbers; a group needs their sums and the sums of
their products. With them a rate, the difference of two rates that share customers and a slope over time all have
intervals that know that one customer's answers belong together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import narwhals as nw
import numpy as np
import pandas as pd

from cxkit import frames, words
from cxkit.periods import Period
from cxkit.survey.invited import ANSWERED, DAY, DELIVERED, OPENED, SURVEY, WHO, Invited, of_survey

#: Numbers of the whole time: invitations, answers; time, time where answered, time squared (in years before `as_of`).
N, A, T, S, Q = range(5)

#: Numbers of two periods: invitations and answers now, and before.
N1, A1, N0, A0 = range(4)

YEAR = 365.25

Numbers = Mapping[str, nw.Expr]


@dataclass(frozen=True)
class Sums:
    """Sums of each group.

    Attributes
    ----------
    keys : DataFrame
        One row a group, sorted, missing last.
    units : ndarray
        Customers of each group (invitations where there are no customers).
    first : ndarray, (groups, numbers)
        Sums of the numbers.
    second : ndarray, (groups, numbers, numbers)
        Sums over customers of their products.
    """

    keys: pd.DataFrame
    units: np.ndarray
    first: np.ndarray
    second: np.ndarray

    def rate(self, n: int, a: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Invitations, moments and squares as `cxkit.stats.weighted.effective_n` takes them, for one pair of numbers."""
        moments = self.first[:, [n, a, a]]
        squares = np.stack([self.second[:, n, n], self.second[:, n, a], self.second[:, a, a]], axis=-1)
        return self.first[:, n], moments, squares


def by_day(asked: Invited) -> tuple[pd.DataFrame, list[str], Invited]:
    """Count the invitations of each group and day, say which were set aside, and learn the labels of the survey.

    Returns
    -------
    lines : DataFrame
        `by` columns, DAY, n, answered, and where there are such columns delivered and delivered_n, opened, opened_n and
        opened_answered, nobody (without a customer).
    said : list of str
    asked : Invited
    """
    sums = {"n": nw.len(), "answered": nw.col(ANSWERED).sum()}
    frame, parts = asked.frame, {}
    if WHO in asked.has:
        parts["nobody"] = nw.col(WHO).is_null().cast(nw.Int64)
    arrived = nw.lit(True)
    if DELIVERED in asked.has:
        parts |= {"delivered": nw.col(DELIVERED), "delivered_n": (~nw.col(DELIVERED).is_null()).cast(nw.Int64)}
        arrived = nw.col(DELIVERED).is_null() | (nw.col(DELIVERED) > 0)
    if OPENED in asked.has:
        opened = nw.when(arrived).then(nw.col(OPENED)).otherwise(nw.lit(None, dtype=nw.Float64))
        parts |= {"opened": opened, "opened_n": (~opened.is_null()).cast(nw.Int64)}
        parts["opened_answered"] = opened * nw.col(ANSWERED)
    frame = frame.with_columns(**{f"_cx_{name}_part": part for name, part in parts.items()})
    sums |= {name: nw.col(f"_cx_{name}_part").sum() for name in parts}
    keys = list(dict.fromkeys([*([SURVEY] if SURVEY in asked.has else []), *asked.by, DAY]))
    lines = frames.count_by(frame, keys, **sums)
    said: list[str] = []
    if SURVEY in asked.has and len(lines):
        lines, labels = of_survey(lines, asked.survey, said)
        asked = replace(asked, labels=tuple(labels))
    return _old_enough(lines, asked, said).fillna(dict.fromkeys(sums, 0)).reset_index(drop=True), said, asked


def _old_enough(lines: pd.DataFrame, asked: Invited, said: list[str]) -> pd.DataFrame:
    """The lines with a date that had time to be answered."""
    day, cut, reach = lines[DAY], pd.Timestamp(asked.cut), pd.Timestamp(asked.as_of)
    days = words.plural((asked.as_of - asked.cut).days, "day")
    aside = {
        "without a date": day.isna(),
        f"after {asked.as_of}": day > reach,
        f"of the last {days}, too young to judge,": (day > cut) & (day <= reach),
    }
    for why, rows in aside.items():
        if n := int(lines.loc[rows, "n"].sum()):
            said.append(f"{words.count(n)} {why} set aside")
    return lines[day <= cut]


def whole_sums(asked: Invited, by: Sequence[str], nobody: bool) -> Sums:
    """Sums of the five numbers of the whole time.

    Parameters
    ----------
    asked : Invited
    by : sequence of str
    nobody : bool
        Whether there are invitations without a customer; each counts as a customer of its own.
    """
    frame, numbers = _whole(asked)
    return _grouped(frame, asked, numbers, by, nobody)


def pair_sums(asked: Invited, by: Sequence[str], now: Period, before: Period, nobody: bool) -> Sums:
    """Sums of the four numbers of two periods; as `whole_sums`."""
    frame = _counted(asked).filter(_within(now) | _within(before))
    inside = {f"_cx_in{k}": _within(period).cast(nw.Int8).cast(nw.Float64) for k, period in enumerate((now, before))}
    frame = frame.with_columns(**inside)
    numbers = {}
    for k in range(2):
        numbers |= {f"_cx_v{2 * k}": nw.col(f"_cx_in{k}"), f"_cx_v{2 * k + 1}": nw.col(f"_cx_in{k}") * nw.col(ANSWERED)}
    return _grouped(frame, asked, numbers, by, nobody)


def customer_sums(asked: Invited, period: Period | None = None) -> pd.DataFrame:
    """The five numbers of each customer, `v0` to `v4`, brought home; of one period, or the whole time."""
    frame, numbers = _whole(asked)
    frame = frame.filter(~nw.col(WHO).is_null())
    if period is not None:
        frame = frame.filter(_within(period))
    reduced = frame.with_columns(**numbers).group_by(WHO).agg(*(nw.col(name).sum() for name in numbers))
    return frames.collect(reduced).rename(columns={name: name.removeprefix("_cx_") for name in numbers})


def total_of(customers: pd.DataFrame, others: Sums | None) -> Sums:
    """The sums over all customers, and over the invitations without one."""
    values = customers[[f"v{k}" for k in range(5)]].to_numpy(dtype=float)
    first, second, units = values.sum(axis=0)[None], (values.T @ values)[None], np.array([len(values)], dtype=float)
    if others is not None:
        first, second, units = first + others.first, second + others.second, units + others.units
    return Sums(pd.DataFrame(index=range(1)), units, first, second)


def nobody_sums(asked: Invited) -> Sums:
    """The five sums over invitations without a customer."""
    frame, numbers = _whole(asked)
    return _unpacked(_products(frame.filter(nw.col(WHO).is_null()).with_columns(**numbers), numbers, ()), ())


def asked_often(asked: Invited, windows: Mapping[str, tuple[date, date]]) -> pd.DataFrame:
    """Customers by how often they were asked, for any survey, in each window of days: names of windows, and `customers`."""
    first, last = min(w[0] for w in windows.values()), max(w[1] for w in windows.values())
    frame = asked.frame.filter(~nw.col(WHO).is_null() & _days(first, last))
    frame = frame.with_columns(**{name: _days(*window).cast(nw.Int64) for name, window in windows.items()})
    people = frame.group_by(WHO).agg(*(nw.col(name).sum() for name in windows))
    return frames.count_by(people, list(windows), customers=nw.len())


def _counted(asked: Invited) -> frames.Frame:
    """The invitations that count: of the survey, dated, old enough."""
    frame = asked.frame.filter(nw.col(DAY) <= _midnight(asked.cut))
    return frame.filter(nw.col(SURVEY).is_in(list(asked.labels))) if SURVEY in asked.has else frame


def _whole(asked: Invited) -> tuple[frames.Frame, Numbers]:
    """The invitations that count, with their time, and the five numbers of each."""
    time = (nw.col(DAY) - nw.lit(_midnight(asked.as_of))).dt.total_minutes() / (YEAR * 24 * 60)
    t, answered = nw.col("_cx_t"), nw.col(ANSWERED)
    values = (nw.lit(1.0), answered, t, t * answered, t * t)
    return _counted(asked).with_columns(_cx_t=time.cast(nw.Float64)), {f"_cx_v{k}": v for k, v in enumerate(values)}


def _within(period: Period) -> nw.Expr:
    return _days(period.start, period.end)


def _days(first: date, last: date) -> nw.Expr:
    return (nw.col(DAY) >= _midnight(first)) & (nw.col(DAY) <= _midnight(last))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def _grouped(frame: frames.Frame, asked: Invited, numbers: Numbers, by: Sequence[str], nobody: bool) -> Sums:
    """Reduce to customers first, then to groups, where the rows are."""
    rows = frame.with_columns(**numbers)
    if WHO not in asked.has:
        return _unpacked(_products(rows, numbers, by), by)
    known = rows.filter(~nw.col(WHO).is_null()).group_by(WHO, *by, drop_null_keys=False)
    parts = [_products(known.agg(*(nw.col(name).sum() for name in numbers)), numbers, by)]
    if nobody:
        parts.append(_products(rows.filter(nw.col(WHO).is_null()), numbers, by))
    lines = pd.concat(parts, ignore_index=True)
    if len(parts) > 1:
        lines = (
            lines.groupby(list(by), dropna=False, sort=False).sum().reset_index() if by else lines.sum().to_frame().T
        )
    return _unpacked(frames.sort_keys(lines, by), by)


def _products(frame: frames.Frame, numbers: Numbers, by: Sequence[str]) -> pd.DataFrame:
    """Sums and sums of products of each group."""
    names = list(numbers)
    products = {f"{a}x{b}": nw.col(a) * nw.col(b) for k, a in enumerate(names) for b in names[k:]}
    wanted = {name: nw.col(name).sum() for name in (*names, *products)}
    lines = frames.count_by(frame.with_columns(**products), list(by), _cx_units=nw.len(), **wanted)
    return lines.fillna(dict.fromkeys(wanted, 0.0))


def _unpacked(lines: pd.DataFrame, by: Sequence[str]) -> Sums:
    many = sum(name.startswith("_cx_v") and "x_" not in name[4:] for name in lines)
    second = np.zeros((len(lines), many, many))
    for i in range(many):
        for j in range(i, many):
            second[:, i, j] = second[:, j, i] = lines[f"_cx_v{i}x_cx_v{j}"].to_numpy(dtype=float)
    keys = lines[[*by]] if by else pd.DataFrame(index=range(len(lines)))
    first = lines[[f"_cx_v{k}" for k in range(many)]].to_numpy(dtype=float)
    return Sums(keys, lines["_cx_units"].to_numpy(dtype=float), first, second)


def matched(sums: Sums, keys: pd.DataFrame, by: Sequence[str]) -> Sums:
    """The same sums in the order of other groups; zeros where a group has none."""
    if not by:
        return sums
    found = keys[[*by]].merge(sums.keys.assign(_cx_at=range(len(sums.keys))), on=list(by), how="left")["_cx_at"]
    there, at = found.notna().to_numpy(), found.fillna(0).astype(int).to_numpy()
    parts = []
    for array in (sums.units, sums.first, sums.second):
        blank = np.zeros((1, *array.shape[1:])) if not len(array) else array
        chosen = blank[at]
        parts.append(np.where(there.reshape(-1, *[1] * (array.ndim - 1)), chosen, 0.0))
    return Sums(keys, *parts)
