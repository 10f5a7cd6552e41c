"""The finding a picture may bear as its title: never more than the intervals in its table allow.

"Clear" means here what it means on the rest of the page: the 95 % interval of the difference excludes zero, whatever
the confidence of the limits in the table. Where a pair is picked by looking (one of many groups), its limits are
widened for the number of pairs it was picked from, as the findings at the head of a report do.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from cxkit import words
from cxkit.charts.labels import plain
from cxkit.stats.compare import difference, surest_pair, verdict
from cxkit.stats.intervals import share_interval


def trend_title(rows: pd.DataFrame) -> tuple[str, str]:
    """The title of a trend, and what it compares: one comparison, fixed before looking.

    With six full periods or more, the last three together against the three before; with fewer, the last against the
    first; of windows that overlap, the last against the first that shares no day with it. Periods are pooled by n,
    their limits like those of a sum of independent parts. If a period among the last six is missing or has no answers,
    nothing is compared: three and three would no longer be neighbouring runs of equal length.

    >>> row = dict(metric="NPS", unit="points", n=800, complete=True, confidence=0.95)
    >>> rows = pd.DataFrame([
    ...     {**row, "period": "Jul 2026", "estimate": 40.0, "low": 35.0, "high": 45.0},
    ...     {**row, "period": "Sep 2026", "estimate": 25.0, "low": 19.0, "high": 30.0}])
    >>> days = pd.PeriodIndex(["2026-07", "2026-09"], freq="M")
    >>> trend_title(rows.assign(start=days.start_time, end=days.end_time.normalize()))
    ('NPS fell from +40 in Jul 2026 to +25 in Sep 2026', '')
    """
    known = rows[rows.estimate.notna() & rows.low.notna() & (rows.n > 0)]
    if known.empty:
        return "There are no answers in these periods", ""
    full = known[known.complete.astype(bool)]
    metric, unit = words.metric(str(rows.metric.iloc[0])), rows.unit.iloc[0]
    last, first, basis = _sides(full)
    if first is None:
        row = (full if len(full) else known).iloc[-1]
        so_far = "" if len(full) else " so far"
        return f"{metric} was {words.value(row.estimate, unit)} in {plain(row.period)}{so_far}", ""
    change = map(float, difference(*last[1:], *first[1:]))
    if verdict(*change, float(rows.confidence.iloc[0])) != "clear":
        return f"No clear change in {_inside(metric)} between {first[0]} and {last[0]}", basis
    verb = "rose" if last[1] > first[1] else "fell"
    then, now = apart(first[1], last[1], unit)
    return f"{metric} {verb} from {then} in {first[0]} to {now} in {last[0]}", basis


def _sides(full: pd.DataFrame) -> tuple[Any, Any, str]:
    """The two sides of a trend's title as (name, estimate, low, high), and what they are in words."""
    if len(full) < 2:
        return None, None, ""
    overlap = bool((full.start.to_numpy()[1:] <= full.end.to_numpy()[:-1]).any())
    if len(full) >= 6 and not overlap:
        if not _neighbours(full.iloc[-6:]):
            return None, None, ""
        return (
            _pooled(full.iloc[-3:]),
            _pooled(full.iloc[-6:-3]),
            "title: the last three full periods against the three before",
        )
    apart_ = full[full.end < full.start.iloc[-1]]
    return _pooled(full.iloc[-1:]), _pooled(apart_.iloc[:1]) if len(apart_) else None, ""


def _neighbours(rows: pd.DataFrame) -> bool:
    """Whether every period starts on the day after the one before ended."""
    return bool((rows.start - rows.end.shift()).iloc[1:].lt(pd.Timedelta(days=2)).all())


def _pooled(rows: pd.DataFrame) -> tuple[str, float, float, float]:
    """Several periods as one: estimates weighted by n, distances to the limits added as squares."""
    weight = (rows.n / rows.n.sum()).to_numpy(float)
    middle = float((weight * rows.estimate).sum())
    down = float(np.sqrt((weight**2 * (rows.estimate - rows.low) ** 2).sum()))
    up = float(np.sqrt((weight**2 * (rows.high - rows.estimate) ** 2).sum()))
    (one, year), (other, end) = (period_words(plain(rows.period.iloc[k])) for k in (0, -1))
    name = plain(rows.period.iloc[-1])
    if len(rows) > 1:
        name = f"{one}{words.DASH}{other} {end}" if year == end else f"{one} {year}{words.DASH}{other} {end}"
    return name.strip(), middle, middle - down, middle + up


def period_words(period: str) -> tuple[str, str]:
    """A period's label in two parts: the one that changes, and its year.

    >>> period_words("Jul 2026"), period_words("2026-W28"), period_words("FY2026 Q1"), period_words("2026")
    (('Jul', '2026'), ('W28', '2026'), ('Q1', 'FY2026'), ('2026', ''))
    """
    if found := re.fullmatch(r"(\w+) ((?:FY)?\d{4})", period):
        return found[1], found[2]
    if found := re.fullmatch(r"((?:FY)?\d{4})[- ](\w+)", period):
        return found[2], found[1]
    return period, ""


def distribution_title(groups: dict[str, int], base: int, before: dict[str, int] | None, base_before: int) -> str:
    r"""The split, or which of its ends moved; two comparisons, hence limits at 97.5 %.

    >>> distribution_title({"detractor": 526, "passive": 771, "promoter": 1351}, 2648, None, 0)
    '51\xa0% of answers are promoters, 20\xa0% detractors'
    >>> distribution_title({"detractor": 526, "promoter": 1351}, 2648, {"detractor": 401, "promoter": 1310}, 2412)
    'Promoters fell from 54\xa0% to 51\xa0%, detractors rose from 17\xa0% to 20\xa0%'
    """
    if not base:
        return "There are no answers to show"
    ends = [name for name in ("promoter", "detractor") if name in groups]
    if not ends:
        name = max(groups, key=lambda key: groups[key])
        return f"{_percent(groups[name] / base)} of answers are {name}"
    if not before or not base_before:
        said = [f"{_percent(groups[name] / base)} {'of answers are ' * (not k)}{name}s" for k, name in enumerate(ends)]
        return ", ".join(said)
    moved = []
    for name in ends:
        now, then = groups[name] / base, before.get(name, 0) / base_before
        limits = [
            share_interval(k, n, confidence=0.975)
            for k, n in ((groups[name], base), (before.get(name, 0), base_before))
        ]
        change = map(float, difference(now, *map(float, limits[0]), then, *map(float, limits[1])))
        if verdict(*change, 0.95) == "clear":  # limits at 97.5 % hold for both looks at once at 95 %
            a, b = apart(then, now, "share")
            moved.append(f"{name}s {'rose' if now > then else 'fell'} from {a} to {b}")
    if not moved:
        return f"No clear change in {' or '.join(name + 's' for name in ends)}"
    said = ", ".join(moved)
    return said[0].upper() + said[1:]


def segments_title(rows: pd.DataFrame, least: int) -> str:
    """The pair of groups that differs most surely, if it is clear at 1 - 0.05 / (number of pairs looked at).

    `rows` has the columns table, name, stated, metric, unit, n, estimate, low, high, confidence. Tables hold the same
    answers, so only groups of one table are compared; pairs are counted over all tables. Groups with fewer than `least`
    answers, or whose segment is not stated, are never named.
    """
    known = rows[rows.estimate.notna()]
    if known.empty:
        return "There are no answers to compare"
    metric, unit = words.metric(str(known.metric.iloc[0])), known.unit.iloc[0]
    known = known[known.stated.astype(bool)]
    if known.empty:
        return f"No answer is in a group to compare {metric} by"
    fit = known[(known.n >= least) & known.low.notna() & known.high.notna()]
    if len(known) == len(fit) == 1:
        return f"{metric} is {words.value(fit.estimate.iloc[0], unit)} for {fit['name'].iloc[0]}"
    compared = [part for _, part in fit.groupby("table", sort=False) if len(part) > 1]
    if not compared:
        return f"Too few answers to compare {metric} between groups"
    pairs = sum(len(part) * (len(part) - 1) // 2 for part in compared)
    found = [_surest(part, pairs) for part in compared]
    clear = [pair for pair in found if pair[0]]
    if not clear:
        more = f" with {words.plural(least, 'answer')} or more" if len(fit) < len(known) else ""
        return f"No clear difference in {metric} between the {sum(map(len, compared))} groups{more}"
    _, _, top, low = max(clear, key=lambda pair: pair[1])
    high_text, low_text = apart(top.estimate, low.estimate, unit)
    name = str(top["name"])
    return f"{name[:1].upper() + name[1:]} scores higher than {low['name']}: {high_text} against {low_text}"


def _surest(rows: pd.DataFrame, pairs: int) -> tuple[bool, float, Any, Any]:
    """The surest pair of one table: whether it is clear, the lower limit of its difference, the upper and the lower."""
    top, low, gap, low_limit, high_limit = surest_pair(
        rows.estimate, rows.low, rows.high, confidence=rows.confidence.iloc[0], pairs=pairs
    )
    clear = verdict(gap, low_limit, high_limit, 0.95) == "clear"  # the limits hold for all pairs at once at 95 %
    return clear, low_limit, rows.iloc[top], rows.iloc[low]


def apart(one: float, other: float, unit: str) -> tuple[str, str]:
    """Two values with one digit more where they would else look the same."""
    for digits in (None, 1, 2):
        said = words.value(one, unit, digits), words.value(other, unit, digits)
        if said[0] != said[1]:
            break
    return said


def _percent(share: float) -> str:
    return words.percent(share)


def _inside(metric: str) -> str:
    """A metric's name inside a sentence: NPS stays, Response rate does not keep its capital."""
    return metric if metric[1:2].isupper() else metric[:1].lower() + metric[1:]
