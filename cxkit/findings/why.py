"""Why the total moved: what segments added by their own scores, and by coming in other shares than before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from cxkit import words
from cxkit.findings.claims import Claim, chance, limits, signed, size
from cxkit.findings.segments import column, named

_PARTS = (
    *("n_before", "n", "share_before", "share", "before", "estimate", "mix", "mix_low", "mix_high", "mix_p"),
    *("rate", "rate_low", "rate_high", "rate_p", "total", "total_low", "total_high"),
)


def why(decompositions: Sequence[Any], least: int, sure: bool = True, confidence: float = 0.95) -> list[Claim]:
    """Claims about the parts of a change: each segment's own score, and the mix of each segment column.

    Parameters
    ----------
    decompositions : list of Decomposition
        From `cxkit.survey.mix_and_rate`, one a segment column.
    least : int
        A segment's own change is tested with so many answers in both periods.
    sure : bool
        Whether the total itself can be said to have moved; if not, no part is told as a part of its movement.
    confidence : float
        Of the limits in them.
    """
    claims = []
    for made in decompositions:
        by = [name for name in made.segments.columns if name not in _PARTS]
        total = made.totals.set_index("part")
        fit = (made.segments[["n_before", "n"]] >= least).all(axis=1) & made.segments[by].notna().all(axis=1)
        rows = [row for _, row in made.segments[fit].iterrows()]
        if len(rows) < 2:
            continue  # one group cannot say why it moved
        moved = Moved(float(total.estimate["before"]), float(total.estimate["now"]), sure)
        rates = [_rate(row, by, moved, confidence) for row in rows]
        claims += [
            *(claim for claim in rates if np.isfinite(claim.p)),
            *_mix(made, by, rows, moved, confidence),
        ]
    return claims


@dataclass(frozen=True)
class Moved:
    """The movement of the total that is to be explained, and whether it can be told from chance at all."""

    before: float
    now: float
    sure: bool = True

    @property
    def points(self) -> float:
        return self.now - self.before

    @property
    def sign(self) -> float:
        return float(np.sign(self.points))

    @property
    def digits(self) -> int:
        """Decimals with which the change itself is written."""
        return words.levels(self.now, self.before)[2]

    def part(self, points: float) -> str:
        """How much of it a part is, in words: "7 of the 11 points the total fell"."""
        digits = self.digits
        verb = "rose" if self.points > 0 else "fell"
        told, all_of_it = size(points, "points", digits), size(self.points, "points", digits)
        if told == all_of_it:
            return f"all of the {all_of_it} the total {verb}"
        if abs(points) > abs(self.points):
            return f"{told}, more than the {all_of_it} the total {verb}"
        return f"{told.split()[0]} of the {all_of_it} the total {verb}"


def _rate(row: Any, by: Sequence[str], moved: Moved, confidence: float) -> Claim:
    """A segment's own score moved. It is told by how much more of the change it holds than its share of the answers."""
    name, share = named(row, by), (row.share + row.share_before) / 2
    more = moved.sign * (row.rate - share * moved.points)
    gap = (float(row.rate), float(row.rate_low), float(row.rate_high))
    return Claim(
        f"why:{'+'.join(by)}={name}", "why", "nps", "points", int(row.n), *gap, confidence, float(row.rate_p),
        partial(_tell_rate, row=row, by=by, moved=moved), partial(_proof, row=row),
        test="mix and rate", table="mix_and_rate", size=float(more), about=(column(by), name), digits=moved.digits,
    )  # fmt: skip


def _tell_rate(claim: Claim, row: Any, by: Sequence[str], moved: Moved) -> str:
    own = float(row.estimate - row.before)
    now, then, digits = words.levels(row.estimate, row.before, claim.unit)
    verb = "rose" if own > 0 else "fell"
    perhaps = "probably " * (claim.verdict == "likely")
    said = f"By {column(by)}, \u201c{named(row, by)}\u201d {perhaps}{verb} {size(own, claim.unit, digits)}, from {then} to {now}"
    if not moved.sure:
        return f"{said}; that the total moved cannot be said yet."
    if row.rate * moved.sign <= 0:
        return f"{said}, against the movement of the total."
    return f"{said}; that accounts for {moved.part(row.rate)}."


def _proof(claim: Claim, row: Any) -> str:
    told = f"Part of the change {signed(claim.estimate, claim.unit, claim.digits)} ({limits(claim.low, claim.high, claim.unit)})"
    return f"{told}; n {words.count(row.n_before)} and {words.count(row.n)}; {chance(claim.p_adjusted)}."


def _mix(made: Any, by: Sequence[str], rows: Sequence[Any], moved: Moved, confidence: float) -> list[Claim]:
    """Who answers changed. Told of the segment whose share moved the total most."""
    total = made.totals.set_index("part")
    one = total.loc["mix"]
    if (
        not np.isfinite(one.p) or not moved.sure
    ):  # who answers moves a total; without a movement there is nothing to say
        return []
    main = max(rows, key=lambda row: np.sign(one.estimate) * row.mix)
    gap = (float(one.estimate), float(one.low), float(one.high))
    still = not (made.segments.rate_p < 0.05).any() and abs(total.estimate["rate"]) < abs(one.estimate) / 2
    answers = made.segments[["n_before", "n"]].sum()
    return [
        Claim(
            f"why:{'+'.join(by)}", "why", "nps", "points", int(answers.n), *gap, confidence, float(one.p),
            partial(_tell_mix, row=main, by=by, moved=moved, still=still), partial(_proof, row=answers),
            test="mix and rate", table="mix_and_rate", size=float(moved.sign * one.estimate),
            about=(column(by), ""), digits=moved.digits,
        )
    ]  # fmt: skip


def _tell_mix(claim: Claim, row: Any, by: Sequence[str], moved: Moved, still: bool) -> str:
    then, now = words.percent(row.share_before), words.percent(row.share)
    if then == now:
        then, now = words.percent(row.share_before, 1), words.percent(row.share, 1)
    perhaps = "probably " * (claim.verdict == "likely")
    grew = "rose" if row.share > row.share_before else "fell"
    who = f"by {column(by)}, \u201c{named(row, by)}\u201d {grew} from {then} to {now} of the answers"
    said = f"Who answers {perhaps}accounts for {moved.part(claim.estimate)}: {who}"
    return f"{said}, while no {column(by)} group's own score clearly moved." if still else f"{said}."
