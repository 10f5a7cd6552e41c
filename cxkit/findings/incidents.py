"""Incidents as a page tells them: when, what share of what, and spans that adjoin as one course."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pandas as pd

from cxkit import words
from cxkit.findings.claims import Claim, evidence, signed
from cxkit.stats.compare import VERDICTS

#: What stands for a touchpoint where a share is not of the steps out of one.
NOWHERE = (*words.EVERYTHING, *words.START)


@dataclass(frozen=True)
class Telling:
    """The sentence of an incident; `beside` are spans of the same step, in the same direction, that adjoin it."""

    row: Any
    unit: str = "week"
    beside: tuple[tuple[Any, str], ...] = ()

    def __call__(self, claim: Claim) -> str:
        row, lasts = self.row, pd.isna(self.row.end)
        inside, outside = words.shares(float(row.share_inside), float(row.share_outside))
        what = words.step(inside, row["from"], row["to"], _value(row), past=not lasts)
        when, through = words.when(row), words.through_firsts(row)
        if lasts:
            comma = "," if what[:1].isdigit() else ""
            told = f"{words.capital(when)}{comma} {what}, {outside} before"
        else:
            told = f"{words.capital(what)} {when}, {outside} in the other {self.unit}s"
        told += _without(row, self.unit) + f", mostly through {through}" * bool(through)
        perhaps = ": probably more than chance" if claim.verdict == VERDICTS[1] else ""
        return "; ".join([told + perhaps, *(self._course(other, sure) for other, sure in self.beside)]) + "."

    def _course(self, other: Any, sure: str) -> str:
        """What the share was in a span that adjoins."""
        share, _ = words.shares(float(other.share_inside), float(self.row.share_inside))
        perhaps = "probably " * (sure == VERDICTS[1])
        before = other.start < self.row.start
        return f"{words.when(other)} it was {perhaps}{'already' if before else 'still'} {share}"


@dataclass(frozen=True)
class Proof:
    """The evidence of an incident: that of its own span, and beside it what the spans that adjoin it show.

    `aside` is said once, after all of them.
    """

    own: Callable[[Claim], str]
    beside: tuple[Claim, ...] = ()
    aside: str = ""

    def __call__(self, claim: Claim) -> str:
        told = [f"{words.capital(words.when(other.tell.row))}: {other.proof.own(other)}" for other in self.beside]
        aside = next((proof.aside for proof in (self, *(o.proof for o in self.beside)) if proof.aside), "")
        return " ".join(filter(None, [self.own(claim), *told, aside]))


def incident_claims(found: Any, period: Any = None) -> list[Claim]:
    """One claim an incident, about its leading series, the surest first; p allow for all series and spans.

    Steps rank before shares of all touches, which also move with who comes.

    Parameters
    ----------
    found : Incidents or None
        From `cxkit.journey.incidents`.
    period : Period, optional
        What the page is about: where a span reaches beyond it the evidence says so.
    """
    table = getattr(found, "table", None)
    if table is None or not len(table):
        return []
    unit, claims = getattr(found, "unit", "week"), []
    for _, row in table.drop_duplicates("incident").iterrows():
        gap = (float(row.difference), float(row.low), float(row.high))
        proof = Proof(
            evidence("Difference", _basis(row, unit)), aside=_beyond(row, period, getattr(found, "weekly", None))
        )
        claims.append(
            Claim(
                incident_id(row), "incident", "share", "share", int(row.n_inside), *gap, float(row.confidence),
                float(row.p_adjusted), Telling(row, unit), proof, test=str(row.method), table="incidents",
                size=1 / float(row.incident) + (row["from"] not in NOWHERE), about=("touchpoint", _place(row)),
            )
        )  # fmt: skip
    return claims


def _basis(row: Any, unit: str) -> str:
    """What the difference rests on; where weeks are left out also the shares, which the sentence may not name."""
    inside, outside = (words.count(n) for n in (row.n_inside, row.n_outside))
    without, part = _without(row, unit), ""
    if words.through_firsts(row):
        part = (
            f"; {signed(float(row.from_mix), 'share')} of it through the weight of customers' first visits in the log"
        )
    if not without:
        return f"n {inside} in that time and {outside} otherwise{part}"
    share, other = words.shares(float(row.share_inside), float(row.share_outside))
    return f"{share} of {inside} in that time against {other} of {outside} otherwise{without}{part}"


def _without(row: Any, unit: str) -> str:
    """The weeks that are not in the comparison, if any."""
    without = words.left_out(row)
    return f", not counting the {unit}s {without}" if without else ""


def _beyond(row: Any, period: Any, weekly: pd.DataFrame | None) -> str:
    """That the whole log was looked at, where the span is not one of the page's period."""
    if period is None:
        return ""
    end = row.end if pd.notna(row.end) else row.start if weekly is None or weekly.empty else weekly["start"].max()
    inside = pd.Timestamp(row.start).date() >= period.start and pd.Timestamp(end).date() <= period.end
    return "" if inside else f"Looked for in the whole log, not only in {period.label}."


def incident_id(row: Any) -> str:
    """The name of the finding about an incident, for muting it."""
    name = f"{row['from']}\u2192{row['to']}" + (f"@{row.value}" if _value(row) else "")
    return f"incident:{name}:{pd.Timestamp(row.start).date().isoformat()}"


def joined(claims: Sequence[Claim]) -> list[Claim]:
    """Spans of one step that adjoin and depart in the same direction, told as one: the first claim leads its course.

    Nothing is tested anew: numbers, verdict and evidence are those of the leading claim, and the sentence and the
    evidence name the others.

    Parameters
    ----------
    claims : list of Claim
        Settled claims of incidents, the surest first. Others pass as they are.
    """
    left, told = list(claims), []
    while left:
        lead, beside = left.pop(0), []
        if isinstance(lead.tell, Telling):
            while near := next((c for c in left if any(_adjoins(c, own) for own in (lead, *beside))), None):
                left.remove(near)
                beside.append(near)
        told.append(_course(lead, beside) if beside else lead)
    return told


def _course(lead: Claim, beside: Sequence[Claim]) -> Claim:
    beside = sorted(beside, key=lambda claim: claim.tell.row.start)
    tell = replace(lead.tell, beside=tuple((claim.tell.row, claim.verdict) for claim in beside))
    return replace(lead, tell=tell, proof=replace(lead.proof, beside=tuple(beside)))


def _adjoins(claim: Claim, other: Claim) -> bool:
    """Whether two claims tell of the same step, in the same direction, one right after the other."""
    if not (isinstance(claim.tell, Telling) and isinstance(other.tell, Telling)):
        return False
    one, two = claim.tell.row, other.tell.row
    same = all(one[name] == two[name] for name in ("from", "to")) and _value(one) == _value(two)
    if not same or (claim.estimate > 0) != (other.estimate > 0):
        return False
    first, then = sorted((one, two), key=lambda row: row.start)
    return bool(pd.notna(first.end) and then.start - first.end == timedelta(days=1))


def steps_told(incidents: Any) -> set[tuple[str, str]]:
    """All steps that take part in an incident; a touchpoint that comes up more or less often as (its name, "")."""
    tables = [getattr(incidents, name, None) for name in ("table", "members")]
    found = {
        pair
        for table in tables
        if table is not None and len(table)
        for pair in zip(table["from"], table["to"], strict=True)
    }
    return found | {(to, "") for start, to in found if start in NOWHERE}


def _place(row: Any) -> str:
    """The touchpoint an incident is about."""
    return str(row["to"] if row["from"] in NOWHERE else row["from"])


def _value(row: Any) -> str:
    """The group a step is looked at in, such as a channel; empty: everybody."""
    value = row.get("value")
    return value.strip() if isinstance(value, str) else ""
