"""Sentences from tables: what may be said, how sure it is, and the numbers behind it.

A sentence is made by rule from an estimate table, never typed, and claims no more than its interval supports. The verdict
says how strong the evidence is: **clear** when the 95 % interval of the difference excludes zero, **likely** when only
the 80 % interval does, **too early** when neither does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
import pandas as pd

from cxkit import words
from cxkit.errors import UsageError
from cxkit.frames import ESTIMATE
from cxkit.stats.compare import VERDICTS, difference, surest_pair, verdict

#: Segments with fewer answers than this are not compared: their intervals are too wide to rank them.
FEW = 30


@dataclass(frozen=True)
class _Finding:
    kind: str
    verdict: str
    sentence: str
    evidence: str
    metric: str
    unit: str
    n: int
    estimate: float
    low: float
    high: float


_FIELDS = [one.name for one in fields(_Finding)]


def headline(
    estimates: pd.DataFrame,
    *,
    before: pd.DataFrame | None = None,
    target: float | None = None,
    segments: Sequence[pd.DataFrame] = (),
    before_name: str = "before",
    least: int = FEW,
    most: int = 5,
) -> pd.DataFrame:
    """What should a reader know first: the level, its change, its distance to the target, the spread between segments?

    Parameters
    ----------
    estimates : DataFrame
        Estimate table with one row: the metric over all answers of the period.
    before : DataFrame, optional
        The same for the period before.
    target : float, optional
        Target in the metric's unit (points for NPS, 0..1 for shares).
    segments : list of DataFrame, optional
        Estimate tables of the same metric, each by one or more segment columns.
    before_name : str
        How the earlier period is called in sentences, such as "Q2 2026".
    least : int
        Segments with fewer answers are left out of the comparison.
    most : int
        Findings at most. Change, target and level always stay; of the comparisons of segments the weakest are left out.

    Returns
    -------
    DataFrame
        One row a finding, strongest first: ``rank, kind, verdict, sentence, evidence, metric, unit, n, estimate, low,
        high``. `kind` is change, target, level, spread or empty; `estimate`, `low` and `high` are of what the sentence is
        about (the difference, or the level), in `unit`.

    Raises
    ------
    UsageError
        If `estimates` or `before` has more than one row, the tables speak of different metrics, or the target lies
        outside what the metric can be.

    Notes
    -----
    Differences are MOVER intervals from the limits in the tables; 80 % limits are recovered from the same limits. The
    pair of segments that is named is picked by looking (the surest gap, or the widest where none is sure), so its
    difference is judged at 1 - 0.05/m, m being the number of all pairs in all the tables given (Bonferroni). Rows are
    taken as independent: a customer who answers in both periods makes the interval of the change a little too wide or
    too narrow.

    Examples
    --------
    >>> row = dict(metric="nps", unit="points", n=2648, estimate=31.1, low=28.2, high=34.0, confidence=0.95, method="")
    >>> now, then = pd.DataFrame([row]), pd.DataFrame([{**row, "n": 2412, "estimate": 38.2, "low": 35.2, "high": 41.1}])
    >>> for said in headline(now, before=then, target=40).sentence:
    ...     print(said)
    NPS fell 7 points, from +38 to +31.
    NPS is +31, 9 points below the target of +40.
    """
    row = _one(estimates, "estimates")
    if row.n == 0 or not np.isfinite(row.estimate):
        return _table([_nothing(row)])
    found = []
    if before is not None and len(before):
        then = _one(before, "before")
        if then.metric != row.metric:
            raise UsageError(f"headline: the tables speak of different metrics, {row.metric} and {then.metric}.")
        if then.n:
            found.append(_change(row, then, before_name))
    found.append(_level(row) if target is None else _against_target(row, float(target)))
    spreads = _table(_spreads(list(segments), least))
    return _table([*found, *(_Finding(*row) for row in spreads.head(max(most - len(found), 0))[_FIELDS].values)])


def _one(estimates: pd.DataFrame, name: str):
    if len(estimates) != 1:
        raise UsageError(f"headline: {name} must have one row, it has {len(estimates)}. Call the metric without by=.")
    return estimates.iloc[0]


def _table(found: list[_Finding]) -> pd.DataFrame:
    """Rank: verdict first; within a verdict change, target, level, then the widest spread."""
    if not found:
        return pd.DataFrame(columns=["rank", *_FIELDS])
    order = {"change": 0, "target": 1, "level": 2, "empty": 2, "spread": 3}
    found = sorted(found, key=lambda f: (VERDICTS.index(f.verdict), order[f.kind], -abs(f.estimate)))
    rows = pd.DataFrame([asdict(f) for f in found])
    rows.insert(0, "rank", np.arange(1, len(rows) + 1))
    return rows


def _size(value: float, unit: str, digits: int = 0) -> str:
    """The size of a difference, without sign, in words."""
    value = abs(value)
    if unit == "share":
        value, noun = 100 * value, "percentage point"
    else:
        noun = "point"
    digits = max(digits, 0 if unit in ("points", "share") and value >= 0.5 else 1)
    text = words.number(value, digits)
    return f"{text} {noun}{'' if text in ('1', '1.0') else 's'}"


def _gap(one: tuple, other: tuple) -> tuple[float, float, float]:
    d, low, high = difference(*one, *other)
    return float(d), float(low), float(high)


def _change(row, then, before_name: str) -> _Finding:
    d, low, high = _gap(_of(row), _of(then))
    sure = verdict(d, low, high, row.confidence)
    now_text, then_text, digits = words.levels(row.estimate, then.estimate, row.unit)
    verb = "rose" if d > 0 else "fell"
    if sure == "clear":
        sentence = f"{words.metric(row.metric)} {verb} {_size(d, row.unit, digits)}, from {then_text} to {now_text}."
    elif sure == "likely":
        sentence = f"{words.metric(row.metric)} probably {verb}, by {_size(d, row.unit, digits)}, from {then_text} to {now_text}."
    else:
        sentence = f"Whether {words.metric(row.metric)} moved cannot be said yet: {then_text} in {before_name}, {now_text} now."
        if before_name == "before":
            sentence = sentence.replace(" in before", " before")
    evidence = (
        f"Change {_signed(d, row.unit)} ({_limits(low, high, row.unit)}); "
        f"n {words.count(then.n)} and {words.count(row.n)}."
    )
    return _Finding("change", sure, sentence, evidence, row.metric, row.unit, int(row.n), d, low, high)


def _signed(value: float, unit: str) -> str:
    """A difference with its sign; differences of shares are percentage points."""
    value = 100 * value if unit == "share" else value
    return words.points(value, 0 if unit == "points" and abs(value) >= 0.5 else 1)


def _limits(low: float, high: float, unit: str) -> str:
    scale = 100 if unit == "share" else 1
    return words.interval(scale * low, scale * high, "points", 0 if unit == "points" else 1)


#: What a metric can be, by its unit.
_RANGE = {"points": (-100.0, 100.0), "share": (0.0, 1.0)}


def _against_target(row, target: float) -> _Finding:
    low, high = _RANGE.get(row.unit, (-np.inf, np.inf))
    if not low <= target <= high:
        hint = f" Did you mean {target / 100:g}?" if row.unit == "share" and 1 < target <= 100 else ""
        raise UsageError(
            f"target: {target:g} cannot be reached, {words.metric(row.metric)} runs from {low:g} to {high:g}.{hint}"
        )
    sure = verdict(row.estimate, row.low, row.high, row.confidence, target)
    gap = row.estimate - target
    goal = words.value(target, row.unit, 0 if row.unit != "points" or float(target).is_integer() else 1)
    near, _, digits = words.levels(row.estimate, target, row.unit)
    level = near if sure == "clear" else words.value(row.estimate, row.unit)
    side = "above" if gap > 0 else "below"
    if sure == "clear":
        sentence = f"{words.metric(row.metric)} is {level}, {_size(gap, row.unit, digits)} {side} the target of {goal}."
    elif sure == "likely":
        sentence = f"{words.metric(row.metric)} is {level}, probably {side} the target of {goal}."
    else:
        sentence = f"{words.metric(row.metric)} is {level}; whether it meets the target of {goal} cannot be said yet."
    return _Finding("target", sure, sentence, _level_evidence(row), row.metric, row.unit, int(row.n), *_of(row))


def _of(row) -> tuple[float, float, float]:
    return float(row.estimate), float(row.low), float(row.high)


def _level_evidence(row) -> str:
    return (
        f"{words.percent_interval(row.confidence)} {words.interval(row.low, row.high, row.unit)}; "
        f"n {words.count(row.n)}."
    )


def _level(row) -> _Finding:
    """The level alone. A net score has a natural zero to be told from; a share or a mean is only stated."""
    level, sure = words.value(row.estimate, row.unit), "clear"
    if row.unit != "points":
        sentence = f"{words.metric(row.metric)} is {level}."
    else:
        sure = verdict(row.estimate, row.low, row.high, row.confidence)
        more = "promoters than detractors" if row.estimate > 0 else "detractors than promoters"
        sentence = {
            "clear": f"{words.metric(row.metric)} is {level}: there are more {more}.",
            "likely": f"{words.metric(row.metric)} is {level}: there are probably more {more}.",
            "too early": f"{words.metric(row.metric)} is {level}; which of promoters and detractors are more cannot be said yet.",
        }[sure]
    return _Finding("level", sure, sentence, _level_evidence(row), row.metric, row.unit, int(row.n), *_of(row))


def _nothing(row) -> _Finding:
    sentence = f"There are no answers to make {words.metric(row.metric)} of."
    return _Finding("empty", "too early", sentence, "n 0.", row.metric, row.unit, 0, np.nan, np.nan, np.nan)


def _spreads(tables: list[pd.DataFrame], least: int) -> list[_Finding]:
    """One pair of segments of each table, judged as a pair that was picked from all pairs."""
    kept = []
    for table in tables:
        by = [name for name in table.columns if name not in ESTIMATE]
        rows = table[(table.n >= least) & table.estimate.notna()].dropna(subset=by)
        if len(rows) >= 2:
            kept.append((by, rows))
    pairs = sum(len(rows) * (len(rows) - 1) // 2 for _, rows in kept)
    return [_spread(by, rows, pairs) for by, rows in kept]


def _spread(by: list[str], rows: pd.DataFrame, pairs: int) -> _Finding:
    """The pair whose gap is surest, or, where no gap is sure, the lowest and the highest segment."""
    one, other, d, lo, hi = surest_pair(
        rows.estimate, rows.low, rows.high, confidence=rows.confidence.iloc[0], pairs=pairs
    )
    top, low = rows.iloc[one], rows.iloc[other]
    sure = verdict(d, lo, hi, 0.95)  # the limits hold for all pairs at once: together they are a 95 % statement
    names = [" and ".join(str(row[name]) for name in by) for row in (top, low)]
    column = words.listing([name.replace("_", " ") for name in by])
    high_text, low_text, digits = words.levels(top.estimate, low.estimate, top.unit)
    if sure == "too early":
        low_text, high_text = (words.value(row.estimate, row.unit) for row in (low, top))
        sentence = f"The segments by {column} cannot be told apart yet ({low_text} to {high_text})."
    else:
        perhaps = "probably scores" if sure == "likely" else "scores"
        sentence = (
            f"By {column}, {names[1]} {perhaps} {_size(d, top.unit, digits)} lower than {names[0]} "
            f"({low_text} against {high_text})."
        )
    evidence = (
        f"Difference {_signed(d, top.unit)} ({_limits(lo, hi, top.unit)}, allowing for the pair being picked from "
        f"{words.count(pairs)}); n {words.count(low.n)} and {words.count(top.n)}."
    )
    if pairs == 1:
        evidence = evidence.replace(", allowing for the pair being picked from 1", "")
    return _Finding("spread", sure, sentence, evidence, top.metric, top.unit, int(top.n + low.n), d, lo, hi)
