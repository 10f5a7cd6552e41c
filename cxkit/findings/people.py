"""Who speaks, who is silent, and when the score turned."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from cxkit import words
from cxkit.errors import UsageError
from cxkit.findings.claims import Claim, evidence, p_of, size
from cxkit.findings.level import level_of, of
from cxkit.frames import key_columns


def commenters(gap: pd.DataFrame | None) -> list[Claim]:
    """Those who write against those who do not; none where one side is empty."""
    if gap is None or not len(gap):
        return []
    if "commented" not in gap.columns or len(gap) != 3:
        raise UsageError("headline: commenters takes the table of cxkit.survey.commenter_gap(responses).")
    wrote, silent, between = (gap.iloc[k] for k in range(3))
    if not wrote.n or not silent.n:
        return []
    p = p_of(*of(between), float(between.confidence))
    proof = evidence("Difference", f"n {words.count(wrote.n)} and {words.count(silent.n)}")
    told = partial(_tell_commenters, wrote=float(wrote.estimate), silent=float(silent.estimate))
    return [
        Claim(
            "commenters", "commenters", between.metric, between.unit, int(between.n), *of(between),
            float(between.confidence), p, told, proof, test=str(between.method), table="commenter_gap",
            size=abs(float(between.estimate)), digits=words.levels(wrote.estimate, silent.estimate, between.unit)[2],
        )
    ]  # fmt: skip


def _tell_commenters(claim: Claim, wrote: float, silent: float) -> str:
    one, other, digits = words.levels(wrote, silent, claim.unit)
    side = "lower" if claim.estimate < 0 else "higher"
    perhaps = "probably " * (claim.verdict == "likely")
    sound = "worse" if claim.estimate < 0 else "better"
    told = (
        f"Those who write a comment {perhaps}score {size(claim.estimate, claim.unit, digits)} {side} than those who do not "
        f"({one} against {other})"
    )
    return f"{told}: comments alone sound {sound} than the score." if claim.verdict == "clear" else f"{told}."


def responding(slopes: pd.DataFrame | None) -> list[Claim]:
    """The share of the invited who answer, over time, by group.

    Parameters
    ----------
    slopes : DataFrame or None
        `Respondents.slope`: change of the response rate per year, by group.
    """
    if slopes is None or not len(slopes):
        return []
    by = key_columns(slopes)
    whole = slopes[by[0]].eq(ALL) if by else pd.Series(False, index=slopes.index)
    rows = slopes if whole.all() else slopes[~whole]  # the groups say more than all of them together
    return [_slope(row, by) for _, row in rows.iterrows() if np.isfinite(row.p)]


#: Columns of the slope in a slope table, and its row for all groups.
PER_YEAR = ("per_year", "per_year_low", "per_year_high")
ALL = "all together"


def _slope(row: Any, by: list[str]) -> Claim:
    name = " and ".join(str(row[key]) for key in by if row[key] != ALL)
    gap = tuple(float(row[key]) for key in PER_YEAR)
    return Claim(
        f"response rate:{name}" if name else "response rate", "response rate", row.metric, "share", int(row.n), *gap,
        level_of(row), float(row.p), partial(_tell_slope, row=row, name=name),
        evidence("Change a year", f"n {words.count(row.n)} invitations"), test=str(row.method), table="respondents",
        size=abs(gap[0]), about=(" and ".join(by), name),
    )  # fmt: skip


def _tell_slope(claim: Claim, row: Any, name: str) -> str:
    more = "more" if claim.estimate > 0 else "fewer"
    subject = f"By {name}, {more}" if name else more.capitalize()
    perhaps = "probably " * (claim.verdict == "likely")
    then, now = words.percent(row.other_estimate), words.percent(row.estimate)
    step = words.number(abs(100 * claim.estimate), 0 if abs(claim.estimate) >= 0.02 else 1)
    return (  # "about": both are ends of a straight line through all months
        f"{subject} of those invited {perhaps}answer than before: from about {then} in {row.other} to about {now}, "
        f"{step} {more} of a hundred each year."
    )


def turned(signals: Any) -> list[Claim]:
    """The score turned at some time: from the change point of `cxkit.survey.signals`."""
    change = getattr(signals, "change", None)
    if change is None or not len(change):
        return []
    row = change.iloc[0]
    if not np.isfinite(row.p) or not np.isfinite(row.difference):
        return []
    proof = evidence("Difference", f"n {words.count(row.n_before)} and {words.count(row.n)}")
    gap = (float(row.difference), float(row.difference_low), float(row.difference_high))
    return [
        Claim(
            "turn", "turn", "nps", "points", int(row.n), *gap, float(row.get("confidence", 0.95)), float(row.p),
            partial(_tell_turn, row=row), proof, test="Bayesian change point", table="signals",
            size=abs(gap[0]), digits=words.levels(row.estimate, row.before, "points")[2],
        )
    ]  # fmt: skip


def _tell_turn(claim: Claim, row: Any) -> str:
    now, then, digits = words.levels(row.estimate, row.before, claim.unit)
    verb = ("fell" if claim.estimate < 0 else "rose") + f" {size(claim.estimate, claim.unit, digits)}"
    perhaps = "probably " * (claim.verdict == "likely")
    start = pd.Timestamp(row.start)
    return f"NPS {perhaps}{verb} about {start.day} {start:%b %Y}: {then} in the time before, {now} since."
