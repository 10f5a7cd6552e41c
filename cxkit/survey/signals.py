"""Signals: which weeks are out of the usual, whether a drop has set in, when the level changed, and the season."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from cxkit import scales, words
from cxkit.errors import DataWarning, UsageError, choice
from cxkit.stats import change
from cxkit.stats.change.limits import LEAST
from cxkit.survey.answers import Question
from cxkit.survey.by_period import ByPeriod, by_period
from cxkit.survey.signal_changes import are, changes_of, no_change, season_of

UNITS = ("week", "day", "month", "quarter")
#: Columns of `Signals.table`.
TABLE = (
    *("period", "start", "end", "complete", "part", "n", "estimate"),
    *("centre", "lower", "upper", "cusum", "cusum_limit", "signal"),
)


@dataclass(frozen=True)
class Signals:
    """What the periods say about change; see `signals`.

    Attributes
    ----------
    table : DataFrame
        One row a period.
    change : DataFrame
        The latest change of level, or where none is shown the most likely one; no row where none could be looked for.
    changes : DataFrame
        Every change of level that is shown (p <= .05), in the order of time.
    season : DataFrame or None
        Twelve rows, or None.
    smallest_drop : float
        The smallest drop in points that four periods would show in four cases of five; NaN where nothing is watched.
    per_period : float
        Median number of answers of a full period.
    unit : str
        week, day, month or quarter.
    baseline : int
        Periods the usual was learnt from; 0 where there is none.
    shift : float
        The drop in points the watch is tuned to.
    spread : float
        How much more the baseline's periods vary than sampling explains; 1 unless shown to be more.
    why_not : mapping
        What could not be done as asked ("limits", "baseline", "watch", "change", "season") and why, in a sentence.
    method : str
        The rules behind the numbers.
    """

    table: pd.DataFrame
    change: pd.DataFrame
    changes: pd.DataFrame
    season: pd.DataFrame | None
    smallest_drop: float
    per_period: float
    unit: str
    baseline: int
    shift: float
    spread: float
    why_not: Mapping[str, str]
    method: str


def signals(
    responses: Any,
    *,
    unit: str = "week",
    survey: str = "nps",
    scale: str = "0-10",
    score: str = "score",
    time: str = "responded_at",
    weight: str = "",
    as_of: date | None = None,
    since: date | None = None,
    baseline: int = 26,
    shift: float = 10.0,
    confidence: float = 0.95,
    customer: str = "customer_id",
    cluster: bool = True,
) -> Signals:
    """Has the score left its usual range, has a drop set in, and when did the level change?

    Parameters
    ----------
    responses : Table or frame
        The `responses` table: one row an answer.
    unit : {"week", "day", "month", "quarter"}
    survey, scale, score, time, weight
        As in `nps`.
    as_of : date, optional
        The day the data reach to. Else that of the Table, else the latest date in the data; never today.
    since : date, optional
        Watch from this day on: the baseline is the last full periods before it, and nothing earlier is looked at. Unless
        said, the baseline is the first full periods there are.
    baseline : int, default 26
        Full periods with answers the usual range is learnt from.
    shift : float, default 10
        The drop in points the watch is tuned to.
    confidence : float, default 0.95
        Of the limits of the change and of the season.
    customer : str, default "customer_id"
        The column that says who answered. Without it answers are taken as independent, and `method` says so.
    cluster : bool, default True
        Whether each customer counts once a period, by the last answer in it; answers without a customer each count. Else
        every answer counts, and one customer who answers very often in a short time looks like a change.

    Returns
    -------
    Signals
        ``table``: period, start, end, complete, part ("baseline", "watched" or ""), n, estimate, centre, lower, upper (the
        usual range), cusum and cusum_limit (the watch for drops, in standard deviations), signal ("", "low", "high",
        "drop", or two joined by "and"). ``change`` and ``changes``: the moment (period, start; first_start to last_start hold
        it), n_before, before, n, estimate, difference with limits, probability of a change, bayes_factor, p. ``season``:
        month (1-12), effect with limits, p of all twelve, years. Scores and differences in points.

    Raises
    ------
    DataError
        If no answer has a date, every answer is later than `as_of`, or for the reasons of `nps`.
    UsageError
        If an option is unknown, the baseline has fewer than eight periods, or the shift is not positive.

    Warns
    -----
    DataWarning
        If nothing is left to count.

    Notes
    -----
    Only full periods with answers are judged. The usual range is that of `cxkit.stats.change.net_limits`; the watch for
    drops is `cusum` over the watched periods, with a new start after an alarm. Each of the two gives at most one false
    alarm in 370 periods, so both together at most one in 185. Changes are `change_points` over baseline and watched
    periods, with the answers counting for less where neighbouring periods differ by more than sampling explains. Weights
    enter by Kish's effective n of each period.

    **When not to use it**: rolling windows; answers of a few customers who answer every week (what one customer says in
    different periods is taken as independent); to find the cause. A range learnt in one season raises alarms in the
    next: look at `season` or take a baseline of 52 weeks. What could not be done is in `why_not`, not silently missing.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> draw, at = np.random.default_rng(2), np.arange(2800)
    >>> days = pd.date_range("2025-09-01", periods=280, freq="D").repeat(10)
    >>> score = np.where(draw.random(2800) < np.where(at < 2100, 0.6, 0.3), 9, 6)
    >>> found = signals(pd.DataFrame({"score": score, "responded_at": days}))
    >>> found.change[["period", "before", "estimate"]].round(0).values.tolist()
    [['2026-W14', 19.0, -43.0]]
    >>> found.table.signal[found.table.signal != ""].iloc[0]
    'low'
    """
    choice(unit, UNITS, "unit")
    if isinstance(baseline, bool) or int(baseline) != baseline or baseline < LEAST:
        raise UsageError(f"baseline: {baseline!r} periods will not do. Take {LEAST} or more, such as 26 weeks.")
    if since is not None and not isinstance(since, date):
        raise UsageError(f"since: {since!r} is no date. Write one, such as datetime.date(2026, 7, 1).")
    if not (np.isfinite(shift) and 0 < shift <= 200):
        raise UsageError(f"shift: {shift!r} points will not do. Write the size of the drop, such as 10.")
    rule = scales.nps_rule(scale)
    asked = Question(rule, survey, score, (), "all", customer, time, weight, cluster)
    counted = by_period(responses, asked, unit, as_of)
    why: dict[str, str] = {}
    if counted is None:
        warnings.warn("signals: there is no nps score to count.", DataWarning, stacklevel=2)
        empty = pd.DataFrame(columns=list(TABLE))
        why = dict.fromkeys(("limits", "watch", "change", "season"), "There are no answers.")
        none = float("nan")
        return Signals(
            empty, no_change(), no_change(), None, none, none, unit, 0, shift, 1.0, MappingProxyType(why), rule.words
        )
    season = season_of(counted, confidence, why)
    shown, part = _parts(counted, unit, since, int(baseline), why)
    table, watched = _table(shown, part, shift, why)
    known = shown.known
    latest, changes = changes_of(shown, unit, confidence, why)
    return Signals(
        table=table,
        change=latest,
        changes=changes,
        season=season,
        smallest_drop=watched.smallest,
        per_period=float(np.median(shown.n[known])) if known.any() else float("nan"),
        unit=unit,
        baseline=int((part == "baseline").sum()),
        shift=float(shift),
        spread=watched.spread,
        why_not=MappingProxyType(why),
        method=_method(rule.words, counted, unit, part, shift, watched),
    )


@dataclass(frozen=True)
class _Watch:
    """What the watch for drops was told and can do."""

    smallest: float = float("nan")
    spread: float = 1.0
    limit: float = float("nan")


def _parts(counted: ByPeriod, unit: str, since: date | None, baseline: int, why: dict[str, str]):
    """The periods to show and what each is for: baseline, watched, or neither (unfinished, or without answers)."""
    known = counted.known
    begin = 0
    before = known
    if since is not None:
        day = np.datetime64(since, "us")
        early = counted.ends < day
        candidates = np.flatnonzero(known & early)
        before = known & early
        begin = int(candidates[-baseline]) if len(candidates) >= baseline else 0
    places = np.flatnonzero(before & (np.arange(len(known)) >= begin))[:baseline]
    part = np.full(len(known), "", dtype=object)
    part[known] = "watched"
    part[places] = "baseline"
    many = words.plural(len(places), f"full {unit}")
    if len(places) < LEAST:
        why["limits"] = f"The usual range needs {LEAST} full {unit}s with answers to learn from; there {are(many)}."
        part[:] = ""
    elif not (part == "watched").any():
        why["watch"] = f"No full {unit} follows the {many} the usual range is learnt from, so none could be watched."
    elif len(places) < baseline:
        why["baseline"] = f"The usual range was learnt from {many}, not {baseline}: there are no more before {since}."
    return counted.cut(begin), part[begin:]


def _table(shown: ByPeriod, part: np.ndarray, shift: float, why: dict[str, str]) -> tuple[pd.DataFrame, _Watch]:
    """One row a period with its usual range, the watch and the signals."""
    size = len(shown.n)
    none = np.full(size, np.nan)
    centre, lower, upper, sums, limit = none, none, none, none, float("nan")
    signal, watch = [[] for _ in range(size)], _Watch()
    judged = part != ""
    if judged.any():
        counts = shown.counts(judged)
        many, later = int((part == "baseline").sum()), bool((part == "watched").any())
        found = change.net_limits(*counts, baseline=many if later else None)
        if np.isfinite(found.lower).any():
            centre = np.where(judged, 100 * found.centre, np.nan)
            lower, upper = 100 * found.lower, 100 * found.upper
            for at in np.flatnonzero(found.outside):
                signal[at].append("low" if found.outside[at] < 0 else "high")
        else:
            why["limits"] = "The periods of the baseline do not differ at all, so nothing is known of the usual range."
            why.setdefault("watch", why["limits"])
        if later and "watch" not in why:
            sums, limit, watch = _watched(counts, part, shift)
            for at in np.flatnonzero(sums > limit):
                signal[at].append("drop")
    elif "limits" in why:
        why.setdefault("watch", why["limits"])
    table = shown.table().assign(part=part, centre=centre, lower=lower, upper=upper, cusum=sums, cusum_limit=limit)
    table = table.assign(signal=[" and ".join(each) for each in signal])
    return table[list(TABLE)].astype(dict.fromkeys(("period", "part", "signal"), "str")), watch


def _watched(counts: tuple[np.ndarray, ...], part: np.ndarray, shift: float) -> tuple[np.ndarray, float, _Watch]:
    """The sum of shortfalls over the watched periods, its limit, and what it can find."""
    many = int((part == "baseline").sum())
    stands = change.standing(*counts, baseline=many)
    usual = float(np.median(sum(counts)[part == "baseline"]))
    error = np.sqrt(stands.variance / usual) * stands.spread
    later = np.flatnonzero(part == "watched")
    first = int(later[0])
    z = np.where(part == "watched", stands.z, np.nan)[first:]
    tuned = float(shift / 100 / error)
    found = change.cusum(z, many, tuned, known_spread=stands.known)
    sums = np.concatenate([np.full(first, np.nan), found.values])
    spread = {"shift": shift / 100, "net": stands.net, "known_spread": stands.known}
    smallest = change.smallest_drop(usual / stands.spread**2, stands.variance, baseline=many, **spread)
    return sums, found.limit, _Watch(100 * smallest, stands.spread, found.limit)


def _method(rule: str, counted: ByPeriod, unit: str, part: np.ndarray, shift: float, watch: _Watch) -> str:
    many = int((part == "baseline").sum())
    said = [rule, *counted.said]
    if many:
        said.append(f"usual range from {words.plural(many, f'full {unit}')}, one false alarm in 370")
    if np.isfinite(watch.limit):
        said.append(f"watch for drops tuned to {words.number(shift, 0)} points, one false alarm in 370")
    if watch.spread > 1:
        said.append(f"{unit}s vary {words.number(watch.spread)} times as much as sampling explains")
    return "; ".join(said)
