"""NPS in two sets of answers, group by group: did it change, and how surely?"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cxkit import frames, scales, words
from cxkit.errors import DataWarning, choice
from cxkit.stats import compare
from cxkit.stats.compare.many import ADJUSTMENTS
from cxkit.stats.intervals import critical_value, nps_interval
from cxkit.survey.answers import Answers, Question
from cxkit.survey.clusters import (
    MOMENTS,
    Side,
    correlated,
    customer_sums,
    has_customers,
    moments_of,
    own,
    shared,
    sifted,
)


def change(
    now: Any,
    before: Any,
    *,
    survey: str = "nps",
    scale: str = "0-10",
    score: str = "score",
    by: str | Sequence[str] = (),
    weight: str = "",
    cluster: bool = True,
    customer: str = "customer_id",
    confidence: float = 0.95,
    adjust: str = "holm",
    before_name: str = "before",
) -> pd.DataFrame:
    """Did the NPS change between two sets of answers, and where?

    Parameters
    ----------
    now, before : Table or frame
        Answers of the later and of the earlier period, as `cxkit.periods.between` gives them. They may come from
        different engines.
    survey, scale, score : str
        As in `nps`.
    by : str or list of str
        Segment columns; several are crossed. Rows with a missing segment form a group of their own, last.
    weight : str
        Column of weights. Rows without one (missing or zero) are set aside and counted.
    cluster : bool, default True
        Whether answers of one customer belong together: several answers of a customer in one period then tell less than
        as many customers would, and a customer's answers in both periods are not taken for strangers'.
    customer : str
        The column that says who answered. Without it answers are taken as independent, and `method` says so. Answers
        without a customer stand for themselves.
    confidence : float, default 0.95
    adjust : {"holm", "bh", "none"}
        How p and the limits of the differences allow for the number of groups looked at; see
        `cxkit.stats.compare.adjust`.
    before_name : str
        What the earlier period is called in `other`.

    Returns
    -------
    DataFrame
        Comparison table, one row a group of either period: `by` columns, metric ("nps"), unit ("points"), n, estimate,
        low, high (now), other (`before_name`), other_n, other_estimate, other_low, other_high (before), difference
        (now minus before) with difference_low and difference_high, p, p_adjusted, looked (groups with answers in both
        periods), verdict, confidence, method. A group without answers in one period has no difference.

    Raises
    ------
    DataError
        If a column is missing, the survey does not occur, a score does not fit its scale, or a weight is negative.
    UsageError
        If an option is unknown or a segment column bears the name of a result column.

    Warns
    -----
    DataWarning
        If one of the periods has nothing to count.

    Notes
    -----
    Difference of two net scores by MOVER from score limits (`cxkit.stats.compare.nps_difference`); with weights or
    several answers of one customer the limits are those of the effective number of answers, and customers in both
    periods give the correlation of the two scores. The limits of the difference hold at the level that agrees with the
    adjusted p, so that they exclude zero exactly when p_adjusted is below 1 - confidence.

    **When not to use it**: for those who answered both times, `movers` pairs their answers and says more. A change of
    who answered (channel, invitation, season) looks like a change of opinion: read `mix_and_rate` and `respondents`
    beside it. Two periods picked because they differ most will differ.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions. Statistics in
    Medicine 17, 873-890.

    Examples
    --------
    >>> now = pd.DataFrame({"score": [10] * 50 + [8] * 30 + [3] * 20})
    >>> before = pd.DataFrame({"score": [10] * 30 + [8] * 50 + [3] * 20})
    >>> table = change(now, before)
    >>> table[["n", "estimate", "other_estimate", "difference", "difference_low", "difference_high"]].round(1)
         n  estimate  other_estimate  difference  difference_low  difference_high
    0  100      30.0            10.0        20.0            -1.0             40.0
    >>> table.verdict[0], round(float(table.p[0]), 3)
    ('likely', 0.062)
    """
    critical_value(confidence)
    choice(adjust, ADJUSTMENTS, "adjust")
    keys = frames.by_list(by, (*frames.COMPARISON, *MOMENTS))
    asked = Question(scales.nps_rule(scale), survey, score, keys, "all", customer if cluster else "", "", weight)
    periods = [_period(data, asked) for data in (now, before)]
    groups = _groups([period.table for period in periods], keys)
    sides = [own(_aligned(period.table, groups, keys)) for period in periods]
    _warn_if_nothing(sides, before_name)
    both = _aligned(_in_both(*periods), groups, keys)
    r = correlated(*sides, *(both[name].to_numpy(dtype=float) for name in ("ww", "ws", "sw", "ss")))
    compared = _compared(*sides, r, confidence, adjust)
    return frames.comparison_table(
        groups,
        keys,
        metric="nps",
        unit="points",
        **_estimates(sides[0], confidence, ""),
        other=before_name,
        **_estimates(sides[1], confidence, "other_"),
        **compared,
        confidence=float(confidence),
        method=_methods(periods, sides, asked, int(both["customers"].sum()), adjust, cluster and customer),
    )


@dataclass(frozen=True)
class _Period:
    """The answers of one period, their sums by customer and by group, and what was set aside."""

    answers: Answers
    lines: frames.Frame
    table: pd.DataFrame
    said: list[str]


def _period(data: Any, asked: Question) -> _Period:
    said: list[str] = []
    answers = sifted(data, asked, said)
    lines = customer_sums(answers)
    return _Period(answers, lines, moments_of(answers, cross=False, lines=lines), said)


def _in_both(now: _Period, before: _Period) -> pd.DataFrame:
    return shared(now.answers, before.answers, lines=(now.lines, before.lines))


def _groups(tables: Sequence[pd.DataFrame], keys: list[str]) -> pd.DataFrame:
    """Every group of either period, sorted, the missing one last."""
    if not keys:
        return pd.DataFrame(index=range(1))
    there = [table[keys] for table in tables if len(table)] or [tables[0][keys]]
    return frames.sort_keys(pd.concat(there, ignore_index=True).drop_duplicates(), keys)


def _aligned(table: pd.DataFrame, groups: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Sums in the order of the groups; 0 where a group has none."""
    sums = [name for name in table.columns if name not in keys]
    if keys and len(table):
        found = groups.merge(table, on=keys, how="left")
    else:
        found = table.reindex(range(len(groups)))
    return found[sums].astype("float64").fillna(0.0)


def _warn_if_nothing(sides: Sequence[Side], before_name: str) -> None:
    empty = [name for side, name in zip(sides, ("now", before_name), strict=True) if not side.n.sum()]
    if empty:
        where = words.listing([f"'{name}'" for name in empty])
        warnings.warn(
            f"change: there is no score to count in {where}, so there is no difference.", DataWarning, stacklevel=3
        )


def _estimates(side: Side, confidence: float, prefix: str) -> dict[str, np.ndarray]:
    low, high = nps_interval(*side.boxes, confidence=confidence)
    values = {
        "n": side.n.round().astype("int64"),
        "estimate": 100 * side.estimate,
        "low": 100 * low,
        "high": 100 * high,
    }
    return {prefix + name: value for name, value in values.items()}


def _compared(now: Side, before: Side, r: np.ndarray, confidence: float, adjust: str) -> dict[str, Any]:
    """The columns of the difference, in points, with limits that agree with the adjusted p."""
    boxes = (*now.boxes, *before.boxes)
    p = compare.nps_difference(*boxes, correlation=r).p
    adjusted = compare.adjust(p, adjust)
    level = compare.adjusted_level(p, adjusted, confidence)
    gap = compare.nps_difference(*boxes, confidence=level, correlation=r)
    return {
        "difference": 100 * gap.estimate,
        "difference_low": 100 * gap.low,
        "difference_high": 100 * gap.high,
        "p": p,
        "p_adjusted": adjusted,
        "looked": int((~np.isnan(p)).sum()),
        "verdict": compare.verdicts(adjusted),
    }


_ADJUSTED = {"holm": "allowing for {n} comparisons (Holm)", "bh": "allowing for {n} comparisons (Benjamini-Hochberg)"}


def _methods(periods, sides, asked: Question, returned: int, adjust: str, customer: str) -> list[str]:
    """What was done, for each group."""
    now, before = sides
    looked = int(((now.n > 0) & (before.n > 0)).sum())
    allowed = []
    if asked.weight:
        allowed.append(f"weighted by '{asked.weight}'")
    if customer:
        allowed.append(_clustering(periods, returned, customer))
    if adjust != "none" and looked > 1:
        allowed.append(_ADJUSTED[adjust].format(n=words.count(looked)))
    aside = [f"{name}: {said}" for name, period in zip(("now", "before"), periods, strict=True) for said in period.said]
    parts = [asked.rule.words, "MOVER from score intervals (Tango)", *allowed, *aside]
    out = []
    for n, m, e, f in zip(now.n, before.n, now.effective, before.effective, strict=True):
        less = e < n - 0.5 or f < m - 0.5
        out.append("; ".join([*parts, *([f"effective n {words.count(e)} and {words.count(f)}"] if less else [])]))
    return out


def _clustering(periods: Sequence[_Period], returned: int, customer: str) -> str:
    if not all(has_customers(period.answers) for period in periods):
        return f"answers taken as independent (no column '{customer}')"
    repeated = sum(int(period.table["REPEATED"].iloc[0]) if len(period.table) else 0 for period in periods)
    again = f", {words.count(repeated)} answered more than once in a period" if repeated else ""
    return f"clustered by customer{again}" + (f", {words.count(returned)} answered in both" if returned else "")
