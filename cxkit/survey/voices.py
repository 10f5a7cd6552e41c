"""Who is speaking: shares of promoters and detractors, and those who write against those who do not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from cxkit import frames
from cxkit.errors import DataError, choice
from cxkit.stats.compare import difference
from cxkit.stats.intervals import share_interval
from cxkit.survey.scores import nps

#: Order in which groups are named.
GROUPS = ("promoter", "passive", "detractor")

#: Values of the `commented` column.
WROTE, SILENT, GAP = "wrote a comment", "wrote nothing", "difference"


def group_shares(distribution: pd.DataFrame, *, groups: Sequence[str] = GROUPS) -> pd.DataFrame:
    """How many of the answers come from promoters, passives and detractors?

    Parameters
    ----------
    distribution : DataFrame
        From `cxkit.survey.distribution`, without `by`.
    groups : list of str
        Which of them, in which order.

    Returns
    -------
    DataFrame
        Estimate table with a row a group: metric promoters, passives, detractors; unit share (0..1); n is the base, all
        answers; Wilson limits.

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
    counts = distribution.groupby("group")["n"].sum().reindex(list(groups), fill_value=0)
    base, confidence = int(distribution["base"].iloc[0]), float(distribution["confidence"].iloc[0])
    low, high = share_interval(counts.to_numpy(), base, confidence=confidence)
    return frames.estimate_table(
        counts,
        (),
        metric=[f"{group}s" for group in groups],
        unit="share",
        n=[base] * len(counts),
        estimate=counts.to_numpy() / base if base else float("nan"),
        low=low,
        high=high,
        confidence=confidence,
        method=distribution["method"].iloc[0],
    )


def commenter_gap(responses: Any, *, comment: str = "comment", **options: Any) -> pd.DataFrame:
    """Do those who write a comment score like those who do not?

    Parameters
    ----------
    responses : Table or frame
        The `responses` table with a column of comments.
    comment : str
        That column; a comment of spaces is none.
    **options
        As in `cxkit.survey.nps` (survey, scale, score, confidence, method, repeats).

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
    The difference has MOVER limits from the score limits of both sides. Detractors usually write more often than
    promoters, so comments read alone make a company look worse than its customers find it. The gap says nothing of those
    who did not answer at all.

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
    sides = nps(marked, by="commented", **options).set_index("commented").reindex([WROTE, SILENT])
    one, other = (sides.loc[name, ["estimate", "low", "high"]].astype("float64") for name in (WROTE, SILENT))
    gap, low, high = (float(value) for value in difference(*one, *other))
    total = sides["n"].fillna(0).astype("int64")
    there = sides.dropna(subset=["method"]).iloc[0] if sides["method"].notna().any() else sides.iloc[0]
    return frames.estimate_table(
        pd.DataFrame({"commented": [WROTE, SILENT, GAP]}),
        ["commented"],
        metric="nps",
        unit="points",
        n=[*total, total.sum()],
        estimate=[one.estimate, other.estimate, gap],
        low=[one.low, other.low, low],
        high=[one.high, other.high, high],
        confidence=float(there["confidence"]) if pd.notna(there["confidence"]) else 0.95,
        method=f"{there['method']}; difference: MOVER" if isinstance(there["method"], str) else "MOVER",
    )
