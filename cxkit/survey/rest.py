"""Which segments stand out: each against all other answers, allowing for how many were looked at."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxkit import frames, scales, words
from cxkit.errors import DataWarning, UsageError, choice
from cxkit.stats import compare
from cxkit.stats.compare.many import ADJUSTMENTS
from cxkit.stats.intervals import critical_value, nps_interval
from cxkit.survey import clusters
from cxkit.survey.answers import Answers, Question
from cxkit.survey.clusters import Side

#: Columns beyond those of a comparison table.
MORE = ("share", "shrunken", "gain", "gain_low", "gain_high")

#: What a segment is compared with.
OTHERS = "all others"

_ADJUSTED = {"holm": "Holm", "bh": "Benjamini-Hochberg", "none": "not adjusted"}


def versus_rest(
    responses: Any,
    *,
    by: str | Sequence[str],
    survey: str = "nps",
    scale: str = "0-10",
    score: str = "score",
    weight: str = "",
    cluster: bool = True,
    customer: str = "customer_id",
    confidence: float = 0.95,
    adjust: str = "holm",
    least: int = 30,
) -> pd.DataFrame:
    """Which segments score higher or lower than all other customers, and what is that worth?

    Parameters
    ----------
    responses : Table or frame
        The `responses` table: one row an answer.
    by : str or list of str
        Segment columns; several are crossed.
    survey, scale, score : str
        As in `nps`.
    weight : str
        A column of weights. Empty: every answer counts alike.
    cluster : bool, default True
        Allow for customers who answered more than once, also for those who stand on both sides of a comparison.
    customer : str
        The column that says who answered. Without it answers are taken as independent, and `method` says so.
    confidence : float, default 0.95
    adjust : {"holm", "bh", "none"}
        How p and limits allow for the number of segments; see `cxkit.stats.compare.adjust`.
    least : int, default 30
        Segments with fewer answers, or with fewer on the other side, are listed but not compared.

    Returns
    -------
    DataFrame
        Comparison table, one row a segment: `by` columns, metric, unit (points), n, estimate, low, high, other ("all
        others"), other_n, other_estimate, other_low, other_high, difference, difference_low, difference_high, p,
        p_adjusted, looked, verdict, confidence, method. Then share (0..1 of the answers with a stated segment, or of
        their weight), shrunken (the NPS partly pooled with the other segments, for a fair ranking) and gain, gain_low,
        gain_high (points by which the total would rise if the segment scored like the others). Answers with a missing
        segment are listed last and stand on neither side.

    Raises
    ------
    DataError
        If a column is missing, the survey does not occur, or a score or weight does not fit.
    UsageError
        If no segment column is named or an option is unknown.

    Warns
    -----
    DataWarning
        If there are answers, but no two segments to compare.

    Notes
    -----
    A segment is part of the total, so it is set against the answers outside it: nobody is on both sides. The difference
    has MOVER limits from the score limits of both sides (at their effective n, with the correlation that customers on
    both sides bring). p turns that interval round; p_adjusted allows for all `looked` segments, and the limits of the
    difference are widened until they exclude zero exactly where p_adjusted < 1 - confidence. ``gain = share * (rest -
    own)``. Of two segments each is the other's rest: that is one comparison.

    **When not to use it**: `gain` is arithmetic, not a forecast: nothing says that the segment can be brought to the
    level of the others. Two segments that differ from the rest need not differ from each other. `shrunken` is for
    ranking and display, never for a test. Segments chosen after looking at the scores make p meaningless.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions. Statistics in
    Medicine 17, 873-890.

    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> answers = pd.DataFrame({"score": [9] * 70 + [3] * 30 + [9] * 40 + [3] * 60, "plan": ["a"] * 100 + ["b"] * 100})
    >>> found = versus_rest(answers, by="plan")
    >>> found[["plan", "n", "estimate", "other_estimate", "difference", "verdict", "share", "gain"]].round(1)
      plan    n  estimate  other_estimate  difference verdict  share  gain
    0    a  100      40.0           -20.0        60.0   clear    0.5 -30.0
    1    b  100     -20.0            40.0       -60.0   clear    0.5  30.0
    """
    keys = frames.by_list(by, (*frames.COMPARISON, *MORE))
    if not keys:
        raise UsageError("versus_rest: name the segment columns, such as by='region'.")
    critical_value(confidence)
    choice(adjust, ADJUSTMENTS, "adjust")
    rule, said = scales.nps_rule(scale), []
    question = Question(rule, survey, score, keys, "all", customer if cluster else "", "responded_at", weight)
    answers = clusters.sifted(responses, question, said)
    sums = clusters.moments_of(answers, stated=True)
    sums = sums[sums.n > 0].reset_index(drop=True)
    found = _compared(sums, confidence, adjust, least)
    if len(sums) and not found.looked:
        _warn_not_compared(sums, keys, least)
    method = [rule.words, "score interval (Tango)", _said(found.looked, adjust, least)]
    method += [f"weighted by '{weight}'"] if weight else []
    method += [clusters.clustered_words(sums, answers)] if cluster else []
    fixed = {"metric": rule.metric, "unit": rule.unit, "looked": found.looked, "confidence": float(confidence)}
    table = _table(sums[keys], keys, found.columns, **fixed, method="; ".join([*method, "all answers", *said]))
    return _with_missing(table, answers, keys, fixed, confidence)


@dataclass(frozen=True)
class _Found:
    """Columns of the result, on the scale of points, and how many segments were compared."""

    columns: dict[str, np.ndarray]
    looked: int


def _compared(sums: pd.DataFrame, confidence: float, adjust: str, least: int) -> _Found:
    own, rest = clusters.own(sums), clusters.rest(sums)
    fit = (own.n >= least) & (rest.n >= least)
    one, other = ([box[fit] for box in side.boxes] for side in (own, rest))
    shared = clusters.correlation(sums)[fit]
    p = compare.nps_difference(*one, *other, confidence=confidence, correlation=shared).p
    pair = len(sums) == 2  # two segments are each other's rest: one comparison, seen from both sides
    adjusted = p if pair else compare.adjust(p, adjust)
    levels = compare.adjusted_level(p, adjusted, confidence)
    sides = [nps_interval(*boxes, confidence=levels) for boxes in (one, other)]
    x, y = own.estimate[fit], rest.estimate[fit]
    difference = compare.difference(x, *sides[0], y, *sides[1], correlation=shared)

    def everywhere(values: Any) -> np.ndarray:
        out = np.full(len(sums), np.nan)
        out[fit] = values
        return out

    share = own.moments[:, 0] / own.moments[:, 0].sum() if len(sums) else np.zeros(0)
    columns = _limits(own, confidence) | {f"other_{name}": value for name, value in _limits(rest, confidence).items()}
    for name, value in zip(("difference", "difference_low", "difference_high"), difference, strict=True):
        columns[name] = 100 * everywhere(value)
    columns |= {"p": everywhere(p), "p_adjusted": everywhere(adjusted), "share": share}
    columns["shrunken"] = _shrunken(columns, confidence)
    columns |= {"gain": -share * columns["difference"], "gain_low": -share * columns["difference_high"]}
    columns["gain_high"] = -share * columns["difference_low"]
    return _Found(columns, 1 if pair and fit.any() else int(fit.sum()))


def _limits(side: Side, confidence: float) -> dict[str, np.ndarray]:
    """n, estimate and limits of one side, in points."""
    low, high = nps_interval(*side.boxes, confidence=confidence)
    return {"n": side.n, "estimate": 100 * side.estimate, "low": 100 * low, "high": 100 * high}


def _shrunken(columns: dict[str, np.ndarray], confidence: float) -> np.ndarray:
    """Estimates drawn towards the common mean by how little is known of each; se from the score limits, never 0."""
    se = (columns["high"] - columns["low"]) / (2 * critical_value(confidence))
    return compare.shrink(columns["estimate"], se).estimate if len(se) else np.zeros(0)


def _said(looked: int, adjust: str, least: int) -> str:
    """How segments were compared, in words."""
    how = "not adjusted" if adjust == "none" else f"{_ADJUSTED[adjust]} over {words.plural(looked, 'comparison')}"
    return f"against all other answers with a stated segment: MOVER, {how}; under {least} answers not compared"


def _table(keys: pd.DataFrame, by: list[str], columns: dict[str, np.ndarray], **fixed: Any) -> pd.DataFrame:
    """The comparison table with the further columns at its end."""
    values = {**columns, **fixed, "other": OTHERS, "verdict": compare.verdicts(columns["p_adjusted"])}
    table = frames.comparison_table(keys, by, **{name: values[name] for name in frames.COMPARISON})
    return table.assign(**{name: values[name] for name in MORE})


def _with_missing(table: pd.DataFrame, answers: Answers, by: list[str], fixed: dict[str, Any], confidence: float):
    """Add the answers whose segment is missing: listed, on neither side of any comparison."""
    missing = nw.col(by[0]).is_null()
    for name in by[1:]:
        missing = missing | nw.col(name).is_null()
    rows = replace(answers, frame=answers.frame.filter(missing))
    if not frames.row_count(rows.counted()):
        return table
    sums = clusters.moments_of(rows)
    sums = sums[sums.n > 0].reset_index(drop=True)
    none = np.full(len(sums), np.nan)
    columns = dict.fromkeys((*frames.COMPARISON, *MORE), none) | _limits(clusters.own(sums), confidence)
    columns["other_n"] = np.zeros(len(sums))
    method = table.method.iloc[0] if len(table) else f"{answers.question.rule.words}; no answer has a stated segment"
    listed = _table(sums[by], by, {**columns, "p_adjusted": none}, **fixed, method=method)
    both = pd.concat([table, listed], ignore_index=True) if len(table) else listed
    return frames.sort_keys(both, by)


def _warn_not_compared(sums: pd.DataFrame, by: list[str], least: int) -> None:
    held = "all answers are in one segment" if len(sums) == 1 else f"no two sides have {least} answers or more"
    warnings.warn(
        f"versus_rest: nothing was compared by {words.listing(by)}: {held}. Choose another segment column"
        + (" or a smaller least=." if len(sums) > 1 else "."),
        DataWarning,
        stacklevel=3,
    )
