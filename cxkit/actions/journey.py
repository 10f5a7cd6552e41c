"""What to do next on a journey: mend what hurts most, find what broke, and ask where nothing is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cxkit import words
from cxkit.findings.incidents import incident_id

#: What touches of support cases are called.
CASES = "support"


def journey_steps(
    findings: pd.DataFrame,
    *,
    pains: pd.DataFrame | None = None,
    stages: Any = None,
    emotion: pd.DataFrame | None = None,
    incidents: Any = None,
    most: int = 5,
) -> pd.DataFrame:
    """What should be done first, how large is it, and who does it?

    Parameters
    ----------
    findings : DataFrame
        From `cxkit.findings.journey_headline`.
    pains : DataFrame, optional
        From `cxkit.journey.pain_points`: the size of what hurts.
    stages : Journey, optional
        The stages file: owners, and what is planned already.
    emotion : DataFrame, optional
        From `cxkit.journey.stage_emotion`: stages that nobody was asked about.
    incidents : Incidents, optional
        From `cxkit.journey.incidents`: what the findings about them are of, and how much of it there is.
    most : int
        Steps at most.

    Returns
    -------
    DataFrame
        ``action, why, size, confidence, owner, by``. Owner and date come from the stages file where it plans something for
        the place; else they are empty, for a person to fill in.

    Raises
    ------
    UsageError
        Never; a table that is not there is a section less.

    Notes
    -----
    The size of a pain is customers times points below the goal: it ranks, it does not forecast. That of an incident is
    the limit of its difference that is nearer to zero, times the touches of its time: how many more or fewer than at the
    share it was held against. Its time was picked because it departs most, so this too tends to be large. What the
    analyst muted is no step. The owner of a hand-over is that of the stage of its places, else of the cases (the
    touchpoint support, which is what `cxkit.journey.ticket_touches` calls them).

    Examples
    --------
    >>> from cxkit.findings import journey_headline
    >>> journey_steps(journey_headline()).action.tolist()
    ['Add survey answers']
    """
    told = findings[~findings.muted & (findings.verdict != "too early")]
    planned = _Plans(stages)
    rows = _mend(told, pains, planned) + _find(told, incidents, planned) + _handover(told, planned)
    rows += _ask(emotion, planned)
    if emotion is None or not len(emotion) or not emotion.n.sum():
        why = (
            "Events say what customers did, not how it felt. Answers with a date and a customer put a curve on the map."
        )
        rows.append(("Add survey answers", why, "", "", "", ""))
    return pd.DataFrame(rows[:most], columns=["action", "why", "size", "confidence", "owner", "by"])


class _Plans:
    """What the stages file plans, and who owns what."""

    def __init__(self, stages: Any):
        self.stages = [] if stages is None else list(stages.stages)
        self.ideas = [] if stages is None else list(stages.opportunities)

    def stage(self, touchpoint: str) -> Any:
        return next(
            (stage for stage in self.stages if touchpoint in stage.touchpoints or touchpoint == stage.name), None
        )

    def idea(self, touchpoint: str) -> Any:
        own = self.stage(touchpoint)
        exact = [idea for idea in self.ideas if idea.touchpoint == touchpoint]
        near = [idea for idea in self.ideas if own is not None and not idea.touchpoint and idea.stage == own.name]
        return next(iter(exact + near), None)

    def owner(self, touchpoint: str) -> str:
        idea, own = self.idea(touchpoint), self.stage(touchpoint)
        return (idea.owner if idea else "") or (own.owner if own else "") or ""

    def due(self, touchpoint: str) -> str:
        idea = self.idea(touchpoint)
        due = idea.due if idea else ""
        return f"{due.day} {due:%b %Y}" if hasattr(due, "strftime") else str(due or "")


def _mend(told: pd.DataFrame, pains: pd.DataFrame | None, planned: _Plans) -> list[tuple]:
    """The touchpoints below their goal, largest first."""
    rows = []
    for finding in told[told.kind == "worst"].head(2).itertuples():
        name = finding.value
        idea = planned.idea(name)
        action = idea.idea if idea else f"Mend {name}"
        why = finding.sentence if idea is None else f"{finding.sentence} It is what the stages file plans against it."
        found = None if pains is None else pains[pains.touchpoint == name]
        size = ""
        if found is not None and len(found) and np.isfinite(found.impact.iloc[0]):
            row = found.iloc[0]
            size = f"{words.plural(row.customers, 'customer')} \u00d7 {words.number(row.gap, 2)} points"
        rows.append((action, why, size, finding.verdict, planned.owner(name), planned.due(name)))
    return rows


def _find(told: pd.DataFrame, incidents: Any, planned: _Plans) -> list[tuple]:
    """What broke, and when to look; of a share of all touches, why it moved."""
    table = getattr(incidents, "table", None)
    known = {} if table is None else {incident_id(row): row for _, row in table.iterrows()}
    rows = []
    for finding in told[told.kind == "incident"].head(2).itertuples():
        row, why, size = known.get(finding.id), finding.sentence, ""
        start = pd.Timestamp(finding.id.rsplit(":", 1)[-1])
        day = f"{start.day} {start:%b %Y}"
        action = f"Find out what happened at {finding.value} about {day}"
        if row is not None:
            size = _surplus(finding, row, getattr(incidents, "unit", "week"))
            if row["from"] in words.EVERYTHING:
                verb = "makes" if pd.isna(row.end) else "made"
                side = "more" if finding.estimate > 0 else "less"
                action = f"Find out why {finding.value} {verb} up {side} of all touches {words.when(row)}"
                why += " Such a share moves with who comes: look first for new customers or a campaign at that time."
            why += _crowd(incidents, row)
        rows.append((action, why, size, finding.verdict, planned.owner(finding.value), ""))
    return rows


def _crowd(incidents: Any, row: Any) -> str:
    """That the number of customers broke when the incident began, if it did."""
    volume, unit = getattr(incidents, "volume", None), getattr(incidents, "unit", "week")
    if volume is None:
        return ""
    broke = volume[volume["start"] == row.start].dropna(subset=["before", "since"])
    told = [words.broke(one.start, one.before, one.since, unit) for one in broke.itertuples()]
    return f" Customers a {unit} changed with it ({told[0]}): look first at who came." if told else ""


def _surplus(finding: Any, row: Any, unit: str) -> str:
    """At least how many more or fewer than at the share it was held against, of what, and over which time."""
    if not (finding.low > 0 or finding.high < 0):
        return ""
    least = words.count(min(abs(float(finding.low)), abs(float(finding.high))) * float(finding.n))
    value = row.get("value") if isinstance(row.get("value"), str) else ""
    start = f"{row['from']} ({value})" if value else str(row["from"])
    if row["from"] in words.EVERYTHING:
        what = f"touches of {row['to']}"
    elif row["to"] in words.NOTHING:
        what = f"touches of {start} with nothing after them"
    else:
        what = f"steps from {start} to {row['to']}"
    usual = "before" if pd.isna(row.end) else f"of the other {unit}s"
    side = "more" if finding.estimate > 0 else "fewer"
    return f"at least {least} {side} {what} {words.when(row)} than at the share {usual}"


def _handover(told: pd.DataFrame, planned: _Plans) -> list[tuple]:
    """Cases that are felt to be worse where they are handed over; the owner is that of the stage the cases belong to."""
    rows = []
    for finding in told[(told.kind == "handover") & (told.estimate < 0)].head(1).itertuples():
        action = f"Solve cases without handing them over ({finding.value})"
        size = f"{words.number(abs(finding.estimate), 1)} points on a scale of \u22122 to +2"
        owner = next(filter(None, map(planned.owner, (*finding.value.split(" to "), CASES))), "")
        rows.append((action, finding.sentence, size, finding.verdict, owner, ""))
    return rows


def _ask(emotion: pd.DataFrame | None, planned: _Plans) -> list[tuple]:
    """Stages of the map that nobody was asked about."""
    if emotion is None or not len(emotion) or not emotion.n.sum():
        return []
    silent = [str(name) for name in emotion.stage[emotion.n == 0]]
    if not silent:
        return []
    said = words.listing(silent)
    why = f"No answer speaks of {said}: the map has a gap there, and nobody can say how it feels."
    stage = "the stage" if len(silent) == 1 else "the stages"
    return [(f"Ask how {stage} {said} felt", why, "", "", planned.owner(silent[0]) if len(silent) == 1 else "", "")]
