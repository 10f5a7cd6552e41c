"""Tables of the response rate: level, steps on the way, periods, change and slope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy import special

from cxkit import frames
from cxkit.periods import Period
from cxkit.periods.calendars import MONTHS, calendar
from cxkit.stats.compare import adjust, adjusted_level, share_difference, verdicts
from cxkit.stats.intervals import share_interval
from cxkit.stats.weighted import effective_n
from cxkit.survey.asked_sums import A0, A1, N0, N1, YEAR, A, N, Q, S, Sums, T
from cxkit.survey.invited import DAY

#: Stands in the first `by` column where all groups are taken together.
ALL = "all together"

METRIC = "response rate"

#: Customers that a slope needs before it is judged: of fewer, some lie on a line by chance and would look certain.
FOR_A_LINE = 30


@dataclass(frozen=True)
class Shares:
    """Shares of each group: k of n, worth `effective` plain cases."""

    n: np.ndarray
    k: np.ndarray
    effective: np.ndarray

    @property
    def estimate(self) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.k / self.n

    @property
    def counts(self) -> tuple[np.ndarray, np.ndarray]:
        """Favourable and all cases at the effective size; nothing where there is nothing."""
        share = np.nan_to_num(self.estimate)
        return share * self.effective, self.effective

    def limits(self, confidence: float) -> tuple[np.ndarray, np.ndarray]:
        return share_interval(*self.counts, confidence=confidence)


def shares(sums: Sums, n: int, a: int, cluster: bool = True) -> Shares:
    """The response rate of each group from its sums."""
    invited, moments, squares = sums.rate(n, a)
    effective = effective_n(invited, moments, squares) if cluster else invited
    return Shares(invited, moments[:, 1], effective)


def stacked(groups: Sums, total: Sums | None, by: Sequence[str]) -> Sums:
    """The groups with all of them together as the last row."""
    if total is None or not by:
        return groups if total is None else total
    keys = with_total(groups.keys, by)
    parts = [np.concatenate([getattr(groups, name), getattr(total, name)]) for name in ("units", "first", "second")]
    return Sums(keys, *parts)


def with_total(keys: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """The key columns with one more row, for all groups together."""
    last = pd.DataFrame([{name: ALL if place == 0 else "" for place, name in enumerate(by)}])
    text = keys[[*by]].astype("object").where(keys[[*by]].notna(), None)
    return pd.concat([text, last], ignore_index=True).astype("str")


def rate_table(sums: Sums, by: Sequence[str], n: int, a: int, confidence: float, cluster: bool, said: str):
    """The response rate of each group, as an estimate table."""
    rate = shares(sums, n, a, cluster)
    low, high = rate.limits(confidence)
    fixed = {"metric": METRIC, "unit": "share", "n": rate.n.round().astype("int64"), "confidence": float(confidence)}
    return frames.estimate_table(
        sums.keys, by, **fixed, estimate=rate.estimate, low=low, high=high, method=f"answered / invited; {said}"
    )


def step_table(lines: pd.DataFrame, by: Sequence[str], confidence: float, said: str) -> pd.DataFrame:
    """Arrived of sent, opened of arrived, answered of opened: where do answers get lost?"""
    steps = {
        "delivered": ("delivered", "delivered_n", "delivered / invited"),
        "opened": ("opened", "opened_n", "opened / delivered" if "delivered" in lines else "opened / invited"),
        "answered of opened": ("opened_answered", "opened", "answered / opened"),
    }
    out = []
    for metric, (k, n, words_) in steps.items():
        if k not in lines:
            continue
        sums = _grouped(lines, by, [k, n])
        low, high = share_interval(sums[k], sums[n], confidence=confidence)
        values = {"estimate": _ratio(sums[k], sums[n]), "low": low, "high": high, "confidence": float(confidence)}
        fixed = {"metric": metric, "unit": "share", "n": sums[n].astype("int64"), "method": f"{words_}; {said}"}
        out.append(frames.estimate_table(sums, by, **fixed, **values))
    return (
        pd.concat(out, ignore_index=True)
        if out
        else frames.estimate_table(
            lines.iloc[:0],
            by,
            metric="",
            unit="share",
            n=0,
            estimate=0.0,
            low=0.0,
            high=0.0,
            confidence=confidence,
            method="",
        )
    )


def _grouped(lines: pd.DataFrame, by: Sequence[str], columns: list[str]) -> pd.DataFrame:
    """Sums of each group, and of all together last."""
    total = lines[columns].sum().to_frame().T
    if not by:
        return total
    groups = lines.groupby(list(by), dropna=False, sort=False)[columns].sum().reset_index()
    groups = frames.sort_keys(groups, by)
    keys = with_total(groups, by)
    return pd.concat([keys, pd.concat([groups[columns], total], ignore_index=True)], axis=1)


def _ratio(k, n) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(k, dtype=float) / np.asarray(n, dtype=float)


def trend_table(
    lines: pd.DataFrame, by: Sequence[str], cut: date, unit: str, fiscal_start: int, confidence: float, said: str
) -> pd.DataFrame:
    """The response rate of each period, shaped like a trend."""
    first = lines[DAY].min().date()
    periods = list(calendar(first, cut, unit, fiscal_start))
    starts = np.array([p.start for p in periods], dtype="datetime64[us]")
    place = np.searchsorted(starts, lines[DAY].to_numpy().astype("datetime64[us]"), side="right") - 1
    rows = lines[[*by]].assign(_cx_place=place, n=lines["n"], answered=lines["answered"])
    groups, code = pd.DataFrame(index=range(1)), np.zeros(len(rows), dtype=int)
    if by:
        keys = frames.sort_keys(rows[[*by]].drop_duplicates(), by)
        code = rows.merge(keys.assign(_cx_code=range(len(keys))), on=list(by), how="left")["_cx_code"].to_numpy()
        groups = with_total(keys, by)
    counts = {}
    for name in ("n", "answered"):  # every group in every period, also where nobody was invited
        sums = np.bincount(code * len(periods) + place, rows[name].to_numpy(float), (code.max() + 1) * len(periods))
        whole = [sums.reshape(-1, len(periods)).sum(axis=0)] if by else []
        counts[name] = np.concatenate([sums, *whole])
    return _periods(groups, counts, periods, first, cut, confidence, said)


def _periods(groups: pd.DataFrame, counts, periods: list[Period], first: date, cut: date, confidence, said: str):
    """The table of a trend from counts, group after group."""
    columns = {
        "period": [p.label for p in periods],
        "start": np.array([p.start for p in periods], dtype="datetime64[us]"),
        "end": np.array([p.end for p in periods], dtype="datetime64[us]"),
        "complete": [p.start >= first and p.end <= cut for p in periods],
    }
    out = groups.loc[groups.index.repeat(len(periods))].reset_index(drop=True)
    out = out.assign(**{name: np.tile(values, len(groups)) for name, values in columns.items()})
    low, high = share_interval(counts["answered"], counts["n"], confidence=confidence)
    return out.assign(
        metric=METRIC, unit="share", n=counts["n"].round().astype("int64"), estimate=_ratio(counts["answered"], counts["n"]),
        low=low, high=high, confidence=float(confidence), method=f"answered / invited; Wilson interval; {said}",
    ).astype(dict.fromkeys(("period", "metric", "unit", "method"), "str"))  # fmt: skip


def change_table(sums: Sums, by, now: Period, before: Period, confidence: float, how: str, cluster: bool, said: str):
    """The response rate now against before, group by group and all together."""
    one, other = shares(sums, N1, A1, cluster), shares(sums, N0, A0, cluster)
    related = _related(sums, one, other) if cluster else np.zeros(len(one.n))
    family = _families(sums, by)
    options = {"correlation": related}
    p = share_difference(*one.counts, *other.counts, confidence=confidence, **options).p
    adjusted, looked = adjust_within(p, family, how)
    found = share_difference(*one.counts, *other.counts, confidence=adjusted_level(p, adjusted, confidence), **options)
    return compared(
        sums.keys, by, one, other, before.label, (found.estimate, found.low, found.high), (p, adjusted, looked), confidence,
        f"answered / invited, {now.label} against {before.label}; Newcombe interval of the difference; {said}",
    )  # fmt: skip


def compared(keys, by, one: Shares, other: Shares, name: str, difference, p, confidence: float, method: str):
    """A comparison table of shares."""
    low, high = one.limits(confidence)
    other_low, other_high = other.limits(confidence)
    return frames.comparison_table(
        keys, by, metric=METRIC, unit="share", n=one.n.round(), estimate=one.estimate, low=low, high=high,
        other=name, other_n=other.n.round(), other_estimate=other.estimate, other_low=other_low, other_high=other_high,
        difference=difference[0], difference_low=difference[1], difference_high=difference[2],
        p=p[0], p_adjusted=p[1], looked=p[2], verdict=verdicts(p[1]), confidence=float(confidence), method=method,
    )  # fmt: skip


def _families(sums: Sums, by: Sequence[str]) -> np.ndarray:
    """Which comparisons are looked at together: the groups; all together is a question of its own."""
    family = np.zeros(len(sums.units), dtype=int)
    if by and len(family):
        family[-1] = 1
    return family


def adjust_within(p: np.ndarray, family: np.ndarray, how: str) -> tuple[np.ndarray, np.ndarray]:
    """Adjusted p and the number looked at, family by family."""
    adjusted, looked = np.full(p.shape, np.nan), np.zeros(p.shape, dtype="int64")
    for name in np.unique(family):
        rows = family == name
        adjusted[rows], looked[rows] = adjust(p[rows], how), int((~np.isnan(p[rows])).sum())
    return adjusted, looked


def _related(sums: Sums, one: Shares, other: Shares) -> np.ndarray:
    """The correlation of two rates to which the same customers contribute."""
    m, p, q = sums.second, np.nan_to_num(one.estimate), np.nan_to_num(other.estimate)
    shared = m[:, A1, A0] - q * m[:, A1, N0] - p * m[:, N1, A0] + p * q * m[:, N1, N0]
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = np.sqrt(p * (1 - p) / one.effective * q * (1 - q) / other.effective)
        related = shared / (one.n * other.n) / errors
    return np.clip(np.where(np.isfinite(related), related, 0.0), -1, 1)


def slope_table(sums: Sums, lines: pd.DataFrame, by, as_of: date, confidence: float, how: str, said: str):
    """A straight line through the response rate over time: where it began, where it ended, and the change a year."""
    first, last = _reach(lines, by)
    start, end = ((days - np.datetime64(as_of)) / np.timedelta64(1, "D") / YEAR for days in (first, last))
    line = _line(sums)
    p = 2 * special.stdtr(line.df, -np.abs(line.slope) / line.error)
    adjusted, looked = adjust_within(p, _families(sums, by), how)
    reach = special.stdtrit(line.df, (1 + adjusted_level(p, adjusted, confidence)) / 2) * line.error
    low, high, years = line.slope - reach, line.slope + reach, end - start
    at_end, at_start = line.at(end, confidence), line.at(start, confidence)
    began, ended = ([_month(day) for day in days] for days in (first, last))
    spans = [f"from {one} to {other}" for one, other in zip(began, ended, strict=True)]
    table = frames.comparison_table(
        sums.keys, by, metric=METRIC, unit="share", n=line.n.round(), estimate=at_end[0], low=at_end[1], high=at_end[2],
        other=began, other_n=line.n.round(), other_estimate=at_start[0], other_low=at_start[1], other_high=at_start[2],
        difference=line.slope * years, difference_low=low * years, difference_high=high * years, p=p, p_adjusted=adjusted,
        looked=looked, verdict=verdicts(adjusted), confidence=float(confidence),
        method=[f"answered / invited; straight line {span}, t interval; {said}" for span in spans],
    )  # fmt: skip
    return table.assign(per_year=line.slope, per_year_low=low, per_year_high=high)


def _reach(lines: pd.DataFrame, by: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """First and last day of each group, and of all together last."""
    ends = [(lines[DAY].min(), lines[DAY].max())]
    if by:
        groups = frames.sort_keys(lines.groupby(list(by), dropna=False)[DAY].agg(["min", "max"]).reset_index(), by)
        ends = [*zip(groups["min"], groups["max"], strict=True), *ends]
    return tuple(np.array(days, dtype="datetime64[D]") for days in zip(*ends, strict=True))


def _month(day: np.datetime64) -> str:
    return f"{MONTHS[day.item().month - 1]} {day.item().year}"


@dataclass(frozen=True)
class _Line:
    """A least-squares line of each group; `spread` is the covariance of its middle height and its slope."""

    n: np.ndarray
    middle: np.ndarray
    height: np.ndarray
    slope: np.ndarray
    spread: np.ndarray
    df: np.ndarray

    @property
    def error(self) -> np.ndarray:
        """Standard error of the slope; missing where the points lie on the line and leave nothing to judge by."""
        return np.sqrt(np.where(self.spread[:, 1, 1] > 1e-18, self.spread[:, 1, 1], np.nan))

    def at(self, t: float, confidence: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Height of the line with limits, within 0 and 1."""
        far = t - self.middle
        variance = self.spread[:, 0, 0] + 2 * far * self.spread[:, 0, 1] + far**2 * self.spread[:, 1, 1]
        value = self.height + self.slope * far
        reach = special.stdtrit(self.df, (1 + confidence) / 2) * np.sqrt(np.maximum(variance, 0))
        return tuple(np.clip(v, 0, 1) for v in (value, value - reach, value + reach))


def _line(sums: Sums) -> _Line:
    """Least squares of answered (0 or 1) on time, with an error that allows for customers asked several times."""
    v, units = sums.first, sums.units
    n = v[:, N]
    with np.errstate(divide="ignore", invalid="ignore"):
        t, y = v[:, T] / n, v[:, A] / n
        across = v[:, Q] - v[:, T] * t
        across = np.where(across > 1e-9 * np.maximum(v[:, Q], 1e-9), across, np.nan)  # every invitation on one day
        b = (v[:, S] - v[:, T] * y) / across
        level, steep = np.zeros((2, 5, len(v)))
        level[N], level[A], level[T] = -y + b * t, 1, -b
        steep[N], steep[A], steep[T] = y * t - b * t * t, -t, -y + 2 * b * t
        steep[S], steep[Q] = 1, -b
        usable = units >= FOR_A_LINE
        factor = np.where(usable, units / (units - 1) * (n - 1) / (n - 2), np.nan)
        spread = np.empty((len(v), 2, 2))
        spread[:, 0, 0] = _through(sums.second, level, level) / n**2
        spread[:, 1, 1] = _through(sums.second, steep, steep) / across**2
        spread[:, 0, 1] = spread[:, 1, 0] = _through(sums.second, level, steep) / (n * across)
    return _Line(n, t, y, b, spread * factor[:, None, None], np.where(usable, units - 1, np.nan))


def _through(second: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """left' M right for each group; the coefficients stand one column a group."""
    return np.einsum("ig,gij,jg->g", left, second, right)
