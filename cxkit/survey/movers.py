"""The same customers twice: who moved from one group to another, and did their score change?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxkit import frames, words
from cxkit.periods.rows import clock
from cxkit.scales import nps_rule
from cxkit.stats.compare import paired_nps, verdicts
from cxkit.stats.intervals import critical_value, nps_interval, share_interval
from cxkit.survey.answers import ROWS, VALUE, Question, answers_of, sift
from cxkit.survey.invited import WHO

#: Groups from worst to best, as `cxkit.stats.compare.paired_nps` orders them.
ORDER = ("detractor", "passive", "promoter")

_FROM, _TO, _SAME = "_cx_from", "_cx_to", "_cx_same"


@dataclass(frozen=True)
class Movers:
    """Customers who answered twice.

    Attributes
    ----------
    groups : DataFrame
        One row a way: from, to, n (customers), share (of `base`, those who began in `from`), low, high, base, confidence.
    change : DataFrame
        One-row comparison table: NPS of these customers by their later answer (`estimate`) and their earlier one
        (`other_estimate`), the paired `difference`; `promoters_p` and `detractors_p` are McNemar's exact p.
    pairs : int
        Customers with an earlier and a later answer.
    once : int
        Customers without: who answered on one day only, or in only one of the two tables.
    aside : tuple of str
        Answers that could not be used, in words.
    method : str
    """

    groups: pd.DataFrame
    change: pd.DataFrame
    pairs: int
    once: int
    aside: tuple[str, ...]
    method: str


def movers(
    responses: Any,
    *,
    before: Any = None,
    survey: str = "nps",
    scale: str = "0-10",
    score: str = "score",
    customer: str = "customer_id",
    time: str = "responded_at",
    confidence: float = 0.95,
) -> Movers:
    """Of the customers who answered twice, who changed group, and in which direction more often?

    Parameters
    ----------
    responses : Table or frame
        The `responses` table.
    before : Table or frame, optional
        Earlier answers. Then each customer's last answer here is paired with the last answer there. Left out: the first
        and the last answer of each customer within `responses`.
    survey, scale, score : str
        As in `cxkit.survey.nps`.
    customer, time : str
        Columns of customer and date. With `before`, the dates may be missing.
    confidence : float, default 0.95

    Returns
    -------
    Movers
        Frozen; the difference is in points.

    Raises
    ------
    DataError
        If a column is missing or a score does not fit.
    UsageError
        If an option is unknown.

    Notes
    -----
    Of several answers at the same time the one with the higher response id, then score, is the later, as in
    ``nps(repeats="last")``. First and last answer must fall on different days: two answers of one day are one visit, not
    a change, and such customers are counted in `once`. Answers without a customer or, where they are needed, without a
    date are set aside and counted.

    The difference is a mean over customers (-200 to 200 points each) with its t interval. McNemar's test asks of those
    who entered or left a group whether as many entered as left.

    **When not to use it**: to see improvement in the detractors alone. Extreme answers are followed by milder ones
    whatever the company does, so of any group of detractors many move up and of any promoters many move down (regression
    to the mean). Read both directions together, which `change` does, or against customers who were treated otherwise.
    Those who answered twice are not everyone: customers who left after a bad answer are not among them. Pair answers
    about the same touchpoint, or the change of the question becomes a change of the score.

    References
    ----------
    McNemar, Q. (1947). Note on the sampling error of the difference between correlated proportions or percentages.
    Psychometrika 12, 153-157.

    Examples
    --------
    >>> answers = pd.DataFrame({"customer_id": list("aabbccd"), "score": [3, 8, 9, 10, 7, 2, 9],
    ...     "responded_at": pd.to_datetime(["2026-01-05", "2026-06-02"] * 3 + ["2026-01-05"])})
    >>> found = movers(answers)
    >>> found.pairs, found.once
    (3, 1)
    >>> found.groups.query("n > 0")[["from", "to", "n", "share"]].values.tolist()
    [['detractor', 'passive', 1, 1.0], ['passive', 'detractor', 1, 1.0], ['promoter', 'promoter', 1, 1.0]]
    """
    critical_value(confidence)
    question = Question(nps_rule(scale), survey, score, (), "all", customer, time)
    aside: list[str] = []
    if before is None:
        lines = _first_and_last(_rows(responses, question, True, aside), question)
        other, paired = "their first answer", "first and last answer of each customer"
    else:
        sides = [_rows(data, question, False, aside, name) for data, name in ((before, "before"), (responses, "now"))]
        lines = _both(*(_last_codes(side) for side in sides))
        other, paired = "their answer before", "last answer of each customer before and now"
    counts = np.zeros((3, 3))
    moved = lines[~lines[_SAME].astype(bool)]
    np.add.at(counts, (moved[_FROM].astype(int), moved[_TO].astype(int)), moved[ROWS].to_numpy(dtype=float))
    pairs = int(counts.sum())
    once = int(lines[ROWS].sum()) - pairs
    left = "who answered on one day only" if before is None else "who answered only before or only now"
    said = [question.rule.words, f"paired: {paired}", f"{words.plural(once, 'customer')} {left} left out", *aside]
    method = "; ".join(said)
    return Movers(
        _groups(counts, confidence), _change(counts, confidence, other, method), pairs, once, tuple(aside), method
    )


def _rows(responses: Any, question: Question, need_time: bool, aside: list[str], name: str = "") -> frames.Frame:
    """Answers that count, of known customers: customer, group from 0 to 2, and what puts them in order."""
    have = frames.column_names(frames.as_frame(responses))
    dated = need_time or question.time in have
    ties = [column for column in ("response_id",) if column in have]
    answers = answers_of(responses, question, [question.customer, *([question.time] if dated else []), *ties])
    gaps = {"nobody": nw.col(question.customer).is_null().cast(nw.Int64)}
    if dated:
        answers_clock = clock(answers.frame, question.time)
        gaps["undated"] = (nw.col(question.time).is_null() & ~nw.col(question.customer).is_null()).cast(nw.Int64)
    marked = answers.frame.with_columns(**{f"_cx_{name}": gap for name, gap in gaps.items()})
    sums = {name: nw.col(f"_cx_{name}").sum() for name in gaps}
    lines = frames.count_by(marked, [*answers.own, VALUE], **{ROWS: nw.len()}, **sums)
    said: list[str] = []
    lines, answers = sift(lines, answers, said)
    scored = lines[lines[VALUE].notna()]
    for column, why in (("nobody", "without a customer set aside"), ("undated", "without a date set aside")):
        if need_time or column == "nobody":
            n = int(scored[column].sum()) if column in scored else 0
            said += [f"{words.count(n)} {why}"] if n else []
    aside.extend(f"{name}: {text}" if name else text for text in said)
    plus, minus = question.rule.plus[0], question.rule.minus[1]
    group = nw.when(nw.col(VALUE) >= plus).then(2).otherwise(nw.when(nw.col(VALUE) <= minus).then(0).otherwise(1))
    frame = answers.counted().filter(~nw.col(question.customer).is_null())
    when = answers_clock.cast(nw.Datetime("us")) if dated else nw.lit(0)
    frame = frame.with_columns(_cx_when=when, _cx_group=group, **{WHO: nw.col(question.customer)})
    if need_time:
        frame = frame.filter(~nw.col("_cx_when").is_null())
    elif dated:  # an undated answer counts only where the customer has no dated one
        frame = frame.with_columns(_cx_dated=(~nw.col("_cx_when").is_null()).cast(nw.Int64))
    order = [*(["_cx_dated"] if dated and not need_time else []), "_cx_when", *ties, VALUE]
    return frame.select(WHO, "_cx_group", *order)


def _order(frame: frames.Frame) -> list[str]:
    return [name for name in frames.column_names(frame) if name not in (WHO, "_cx_group")]


def _first_and_last(frame: frames.Frame, question: Question) -> pd.DataFrame:
    """Customers by the group of their first and of their last answer, and whether both fell on one day."""
    day = nw.col("_cx_when").dt.truncate("1d")
    order = _order(frame)
    ends = {
        keep: frame.unique([WHO], keep=keep, order_by=order).select(WHO, **{to: nw.col("_cx_group"), f"{to}_day": day})
        for keep, to in (("first", _FROM), ("last", _TO))
    }
    both = ends["first"].join(ends["last"], on=WHO)
    both = both.with_columns(**{_SAME: (nw.col(f"{_FROM}_day") == nw.col(f"{_TO}_day")).cast(nw.Int64)})
    return frames.count_by(both, [_FROM, _TO, _SAME], **{ROWS: nw.len()})


def _last_codes(frame: frames.Frame) -> pd.Series:
    """The group of each customer's last answer."""
    last = frames.collect(frame.unique([WHO], keep="last", order_by=_order(frame)).select(WHO, "_cx_group"))
    return pd.Series(last["_cx_group"].to_numpy(), index=pd.Index(frames.id_texts(last[WHO])))


def _both(before: pd.Series, now: pd.Series) -> pd.DataFrame:
    """Customers by their group before and now. The two tables may live on different engines, so they meet here."""
    place = before.index.get_indexer(now.index)
    there = place >= 0
    table = pd.DataFrame({_FROM: before.to_numpy()[place[there]], _TO: now.to_numpy()[there], _SAME: 0})
    lines = table.groupby([_FROM, _TO, _SAME]).size().rename(ROWS).reset_index()
    alone = len(before) + len(now) - 2 * int(there.sum())
    return pd.concat([lines, pd.DataFrame({_FROM: [0], _TO: [0], _SAME: [1], ROWS: [alone]})], ignore_index=True)


def _groups(counts: np.ndarray, confidence: float) -> pd.DataFrame:
    """Every way from group to group."""
    n, base = counts.ravel(), np.repeat(counts.sum(axis=1), 3)
    low, high = share_interval(n, base, confidence=confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = n / base
    table = pd.DataFrame({"from": np.repeat(ORDER, 3), "to": np.tile(ORDER, 3), "n": n.astype("int64")})
    table = table.assign(share=share, low=low, high=high, base=base.astype("int64"), confidence=float(confidence))
    return table.astype({"from": "str", "to": "str"})


def _change(counts: np.ndarray, confidence: float, other: str, method: str) -> pd.DataFrame:
    """Their score then and now."""
    found = paired_nps(counts, confidence=confidence)
    levels, n = [], counts.sum()
    for margin in (counts.sum(axis=0), counts.sum(axis=1)):
        low, high = nps_interval(margin[2], margin[1], margin[0], confidence=confidence)
        levels.append([100 * (margin[2] - margin[0]) / n if n else np.nan, 100 * float(low), 100 * float(high)])
    p = float(found.p)
    table = frames.comparison_table(
        range(1), (), metric="nps", unit="points", n=int(n), estimate=levels[0][0], low=levels[0][1], high=levels[0][2],
        other=other, other_n=int(n), other_estimate=levels[1][0], other_low=levels[1][1], other_high=levels[1][2],
        difference=100 * float(found.estimate), difference_low=100 * float(found.low),
        difference_high=100 * float(found.high), p=p, p_adjusted=p, looked=int(not np.isnan(p)), verdict=verdicts([p]),
        confidence=float(confidence), method=f"paired t interval; {method}",
    )  # fmt: skip
    some = n > 0
    return table.assign(
        promoters_p=float(found.promoters_p) if some else np.nan,
        detractors_p=float(found.detractors_p) if some else np.nan,
    )
