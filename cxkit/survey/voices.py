"""Who is speaking: shares of promoters and detractors, and those who write against those who do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxkit import frames, scales
from cxkit.errors import DataError, choice
from cxkit.stats.compare import difference
from cxkit.stats.intervals import critical_value
from cxkit.survey.answers import Question
from cxkit.survey.clusters import correlation
from cxkit.survey.distribution import share_limits
from cxkit.survey.estimate import interval_name, methods
from cxkit.survey.scores import estimate_table
from cxkit.survey.tally import Tally, tallies, tally, warn_if_nothing

#: Order in which groups are named.
GROUPS = ("promoter", "passive", "detractor")

#: Values of the `commented` column.
WROTE, SILENT, GAP = "wrote a comment", "wrote nothing", "difference"


def group_shares(distribution: pd.DataFrame, *, groups: Sequence[str] = GROUPS) -> pd.DataFrame:
    """How many of the answers come from promoters, passives and detractors?

    Parameters
    ----------
    distribution : DataFrame
        From `cxkit.survey.distribution`, without `by`; weighted or not.
    groups : list of str
        Which of them, in which order.

    Returns
    -------
    DataFrame
        Estimate table with a row a group: metric promoters, passives, detractors; unit share (0..1); n is the base, all
        answers; Wilson limits, for weighted answers on their effective n.

    Raises
    ------
    UsageError
        If a group is unknown.
    DataError
        If the table has segment columns or no groups.

    Notes
    -----
    The three intervals hold one by one, not all together, and they move against each other: a share that rises takes
    from the others.

    Examples
    --------
    >>> from cxkit.survey import distribution
    >>> spread = distribution(pd.DataFrame({"score": [10, 9, 8, 3]}))
    >>> group_shares(spread)[["metric", "n", "estimate"]].values.tolist()
    [['promoters', 4, 0.5], ['passives', 4, 0.25], ['detractors', 4, 0.25]]
    """
    if "group" not in distribution or distribution["score"].duplicated().any():
        raise DataError("group_shares: give it the table of distribution(...) without by=.")
    for group in groups:
        choice(group, GROUPS, "groups")
    weighted = "weight" in distribution
    sums = distribution.groupby("group")[["weight", "squares"] if weighted else ["n"]].sum()
    sums = sums.reindex(list(GROUPS), fill_value=0).to_numpy().T
    base, confidence = int(distribution["base"].iloc[0]), float(distribution["confidence"].iloc[0])
    found = share_limits(np.array(base), sums[0], sums[1] if weighted else None, confidence)
    at = [GROUPS.index(group) for group in groups]
    estimate, low, high = (values[at] for values in found)
    return frames.estimate_table(
        at,
        (),
        metric=[f"{group}s" for group in groups],
        unit="share",
        n=[base] * len(at),
        estimate=estimate,
        low=low,
        high=high,
        confidence=confidence,
        method=distribution["method"].iloc[0],
    )


def group_estimates(
    responses: Any,
    *,
    groups: Sequence[str] = GROUPS,
    survey: str = "nps",
    scale: str = "0-10",
    score: str = "score",
    weight: str = "",
    cluster: bool = False,
    customer: str = "customer_id",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """How many of the answers come from promoters, passives and detractors, allowing for customers who answered often?

    Parameters
    ----------
    responses : Table or frame
        The `responses` table: one row an answer.
    groups : list of str
        Which of promoter, passive and detractor, in which order.
    survey, scale, score, weight, cluster, customer, confidence
        As in `nps`.

    Returns
    -------
    DataFrame
        Estimate table with a row a group: metric promoters, passives, detractors; unit share (0..1); n, all answers;
        Wilson limits, for weighted or clustered answers on their effective n, which each group has of its own.

    Raises
    ------
    DataError
        If a column is missing, the survey does not occur, or a score or weight does not fit.
    UsageError
        If a group or an option is unknown.

    Warns
    -----
    DataWarning
        If nothing is left to count.

    Notes
    -----
    The shares are those of `group_shares`, which is enough where every answer counts alike and comes from a customer of
    its own. The effective n is V / SE^2 with SE over customers, as for the score. **When not to use it**: to compare
    shares with each other; they move against each other.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.

    Examples
    --------
    >>> answers = pd.DataFrame({"score": [10, 9, 8, 3], "customer_id": ["a", "b", "c", "d"]})
    >>> group_estimates(answers)[["metric", "n", "estimate"]].values.tolist()
    [['promoters', 4, 0.5], ['passives', 4, 0.25], ['detractors', 4, 0.25]]
    """
    for group in groups:
        choice(group, GROUPS, "groups")
    critical_value(confidence)
    net = scales.nps_rule(scale)
    between = (net.minus[1] + 1, net.plus[0] - 1)
    boxes = {"promoter": net.plus, "passive": between, "detractor": net.minus}
    asked = Question(net, survey, score, (), "all", customer, "responded_at", weight, cluster)
    rules = [replace(net, kind="share", plus=boxes[group], minus=None) for group in groups]
    rules = [replace(rule, metric=f"{group}s") for rule, group in zip(rules, groups, strict=True)]
    counted = tallies(responses, asked, rules)
    if counted:
        warn_if_nothing(counted[0], net, 3)
    tables = [
        estimate_table(one, replace(asked, rule=rule), confidence, "") for one, rule in zip(counted, rules, strict=True)
    ]
    return pd.concat(tables, ignore_index=True)


def commenter_gap(
    responses: Any,
    *,
    comment: str = "comment",
    survey: str = "nps",
    scale: str = "0-10",
    score: str = "score",
    confidence: float = 0.95,
    method: str = "score",
    repeats: str = "all",
    customer: str = "customer_id",
    time: str = "responded_at",
    weight: str = "",
    cluster: bool = True,
) -> pd.DataFrame:
    """Do those who write a comment score like those who do not?

    Parameters
    ----------
    responses : Table or frame
        The `responses` table with a column of comments.
    comment : str
        That column; a comment of spaces is none.
    survey, scale, score, confidence, method, repeats, customer, time, weight
        As in `cxkit.survey.nps`.
    cluster : bool, default True
        Whether the limits allow for customers who answered more than once, on one side or on both.

    Returns
    -------
    DataFrame
        Estimate table by `commented`: "wrote a comment", "wrote nothing" and their "difference" (points; its n is the
        number of all answers). The difference is missing where one side is empty.

    Raises
    ------
    DataError
        If there is no column of comments, or the scores do not fit.

    Notes
    -----
    The difference has MOVER limits from the score limits of both sides, with the correlation that customers on both
    sides make. Detractors usually write more often than promoters, so comments read alone make a company look worse
    than its customers find it. The gap says nothing of those who did not answer at all.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions. Statistics in Medicine
    17, 873-890.

    Examples
    --------
    >>> answers = pd.DataFrame({"score": [2, 3, 9, 10, 10, 9], "comment": ["late", "cold", "nice", None, "", None]})
    >>> commenter_gap(answers)[["commented", "n", "estimate"]].round(1).values.tolist()
    [['wrote a comment', 3, -33.3], ['wrote nothing', 3, 100.0], ['difference', 6, -133.3]]
    """
    frame = frames.as_frame(responses)
    frames.need_columns(frame, [comment], "responses")
    wrote = (~nw.col(comment).is_null()) & (nw.col(comment).cast(nw.String).str.strip_chars().str.len_chars() > 0)
    frame = frame.with_columns(commented=nw.when(wrote).then(nw.lit(WROTE)).otherwise(nw.lit(SILENT)))
    marked = responses.with_frame(frame) if hasattr(responses, "with_frame") else frame
    asked = Question(scales.nps_rule(scale), survey, score, ("commented",), repeats, customer, time, weight, cluster)
    critical_value(confidence)
    method, named = interval_name(asked.rule, method)
    counted = tally(marked, asked)
    warn_if_nothing(counted, asked.rule, 3)
    sides = estimate_table(counted, asked, confidence, method).set_index("commented").reindex([WROTE, SILENT])
    one, other = (sides.loc[name, ["estimate", "low", "high"]].astype("float64") for name in (WROTE, SILENT))
    gap, low, high = difference(*one, *other, correlation=_together(counted))
    total = sides["n"].fillna(0).astype("int64")
    plain = methods(asked.rule.words, named, counted.said, counted.allowed, None)
    return frames.estimate_table(
        pd.DataFrame({"commented": [WROTE, SILENT, GAP]}),
        ["commented"],
        metric="nps",
        unit="points",
        n=[*total, total.sum()],
        estimate=[one.estimate, other.estimate, float(gap)],
        low=[one.low, other.low, float(low)],
        high=[one.high, other.high, float(high)],
        confidence=float(confidence),
        method=[*sides["method"].fillna(plain), f"{plain}; difference: MOVER"],
    )


def _together(counted: Tally) -> float:
    """How far the scores of both sides move together, because some customers stand on both."""
    if counted.customers is None or len(counted.customers) < 2:
        return 0.0
    return float(np.nan_to_num(correlation(counted.customers)[0]))
