"""The journey map as tables: everything that the picture shows, made from events, answers and the stages file.

Each row of the map is a small table of its own, so that the picture, its alternative text, the table under it and a
workbook all show the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from cxkit import words
from cxkit.errors import UsageError
from cxkit.journey import stage_channels, stage_emotion, stage_flow, stage_steps
from cxkit.journey_map.said import lens_of, quotes_of, rules_of
from cxkit.periods.lengths import SECOND, microseconds

#: The scale that all surveys are brought to, and what it is called.
COMMON, COMMON_NAME = (-2.0, 2.0), "Experience, \u22122 to +2"


@dataclass(frozen=True)
class JourneyMap:
    """The tables of a journey map.

    Attributes
    ----------
    stages : DataFrame
        stage, side, moment, slope, low, high, slope_unit: in order; `moment` marks a moment of truth with its slope.
    touchpoints, channels : DataFrame
        stage, action, share of the stage's customers; and stage, channel, share of its touches.
    flow : DataFrame
        From `cxkit.journey.stage_flow`.
    emotion : DataFrame
        curve, stage, n, score, low, high on `scale`; the first curve is the subject, a second one the comparison.
    quotes : DataFrame
        stage, score, best (the best score there is), alike (scores of the stage on the same side: the lowest or the
        highest quarter of the scale), n (scores of the stage), least, most (the ends of that side, where one survey
        speaks), text (masked), said, ref, mood (-1, 0, 1).
    pains : DataFrame
        stage, pain, customers, gap, impact, low, high, rank_low, rank_high.
    ideas : DataFrame
        stage, idea, owner, target, due.
    lens, rules : tuple
        What stands above and below the map: (label, text), and texts.
    scale : (float, float)
    score_name : str
    goal : float or None
        Where all stages share one; else see `goals`, by stage.
    change : mapping or None
        How the worst stage changed: other (name), difference, low, high, verdict.
    worst : str
        The stage of the largest pain; empty where nothing was scored.
    window_seconds : float
        How long after the first touch in a stage the next one still counts as reached from it.
    name, unit, language : str
    proposed : bool
        Whether the stages are the kit's proposal.
    confidence : float
    """

    stages: pd.DataFrame
    touchpoints: pd.DataFrame
    channels: pd.DataFrame
    flow: pd.DataFrame
    emotion: pd.DataFrame
    quotes: pd.DataFrame
    pains: pd.DataFrame
    ideas: pd.DataFrame
    lens: tuple[tuple[str, str], ...] = ()
    rules: tuple[str, ...] = ()
    scale: tuple[float, float] = COMMON
    score_name: str = COMMON_NAME
    goal: float | None = None
    goals: Mapping[str, float] = field(default_factory=dict)
    change: Mapping[str, Any] | None = None
    worst: str = ""
    window_seconds: float = np.nan
    name: str = ""
    unit: str = "customers"
    language: str = "en"
    proposed: bool = False
    confidence: float = 0.95


def journey_map(
    log: Any,
    stages: Any,
    *,
    linked: Any = None,
    before: Any = None,
    pains: pd.DataFrame | None = None,
    moments: pd.DataFrame | None = None,
    felt: pd.DataFrame | None = None,
    names: Iterable[str] = (),
    followed: Any = None,
    until: date | None = None,
    lens: Sequence[tuple[str, str]] = (),
    now_name: str = "now",
    before_name: str = "before",
    within: str = "30D",
    confidence: float = 0.95,
    language: str = "en",
) -> JourneyMap:
    """What does the journey look like, stage by stage: how many go on, what they do, how they feel, what they say?

    Parameters
    ----------
    log : Log or frame
        Events of the period.
    stages : Journey
        From `cxkit.journey.read_journey` or `propose_stages`.
    linked : Linked, optional
        Answers joined to their touches (`cxkit.link.link`); without them the map has no curve, and says so.
    before : Linked, optional
        The same for the period before: the second curve.
    pains : DataFrame, optional
        From `cxkit.journey.pain_points`.
    moments : DataFrame, optional
        From `cxkit.journey.moments_of_truth`.
    felt : DataFrame, optional
        From `cxkit.journey.emotion_change`: whether the worst stage changed.
    names : iterable of str
        Names of people to mask in quotes.
    followed : Log, optional
        The events of the period and all that came after it, so that those who began in it can be followed up.
    until : date, optional
        The last day of the period, where `followed` goes on after it.
    lens : list of (str, str)
        What stands above the map besides what is known here: ("Who", "New customers") …
    now_name, before_name : str
        How the two curves are called.
    within : str
        How long after a stage the next one still counts as reached from it.
    confidence : float
    language : {"en", "de"}
        Language of the map's own words.

    Returns
    -------
    JourneyMap

    Raises
    ------
    UsageError
        If there are fewer than two stages.

    Notes
    -----
    Where all answers come from one survey the curve stands on that survey's own scale, else all are brought to -2 to +2,
    end to end. A stage without answers is a gap. **When not to use it**: a map of means shows no single customer's way;
    read it with the paths and the funnel.

    Examples
    --------
    >>> from cxkit import read
    >>> from cxkit.journey import prepare, read_journey
    >>> log = prepare(read("events", "sample:events"), columns=["channel", "stage"])
    >>> journey_map(log, read_journey("sample:journey")).emotion.empty
    True
    """
    if len(stages.stages) < 2:
        raise UsageError("journey_map: a map needs two stages or more. Add a [[stage]] to the stages file.")
    order = [stage.name for stage in stages.stages]
    goals = {stage.name: float(stage.goal) for stage in stages.stages if stage.goal is not None}
    scale, score_name, turn = _scale(linked)
    emotion = _emotion([(now_name, linked), (before_name, before)], stages, order, turn, confidence)
    hurts = _pains(pains, stages, order)
    goals = {stage: turn(goal) for stage, goal in goals.items()}
    if not goals and pains is not None and pains.goal.nunique() == 1:  # one line for all, such as the average
        goals = dict.fromkeys(order, turn(float(pains.goal.dropna().iloc[0])))
    same = len(set(goals.values())) == 1 and len(goals) == len(order)
    worst = str(hurts.stage.iloc[0]) if len(hurts) else ""
    return JourneyMap(
        stages=_stages(stages, moments),
        touchpoints=stage_steps(log, stages).rename(columns={"touchpoint": "action"}),
        channels=stage_channels(log, stages)
        if "channel" in getattr(log, "columns", {})
        else _none("stage channel share"),
        flow=stage_flow(
            log if followed is None else followed, stages, within=within, until=until, confidence=confidence
        ),
        emotion=emotion,
        quotes=quotes_of(linked, stages, order, emotion, turn, goals, names),
        pains=hurts,
        ideas=_ideas(stages, order),
        lens=lens_of(log, stages, linked, lens, now_name),
        rules=rules_of(stages, linked, within, confidence, score_name, moments),
        scale=scale,
        score_name=score_name,
        goal=next(iter(goals.values())) if same else None,
        goals={} if same else goals,
        change=_changed(felt, worst, before_name, (scale[1] - scale[0]) / 4),
        worst=worst,
        window_seconds=microseconds(within, "within") / SECOND,
        name=stages.name,
        language=language,
        proposed=bool(stages.proposed),
        confidence=confidence,
    )


def persona_maps(log: Any, stages: Any, personas: Any, *, linked: Any = None, **more: Any) -> list[JourneyMap]:
    """What does the journey of each group of customers look like?

    Parameters
    ----------
    log : Log
        Events of the period.
    stages : Journey
    personas : Personas
        From `cxkit.journey.personas`.
    linked : Linked, optional
        Answers joined to their touches.
    **more
        As for `journey_map`.

    Returns
    -------
    list of JourneyMap
        One a group, in the order of the groups' table, named after the group.

    Raises
    ------
    UsageError
        If there are fewer than two stages.

    Examples
    --------
    >>> from cxkit import read
    >>> from cxkit.journey import prepare, read_journey
    >>> from types import SimpleNamespace
    >>> log = prepare(read("events", "sample:events"))
    >>> groups = pd.Series(np.arange(len(log.customers)) % 2, index=log.customers)
    >>> found = SimpleNamespace(table=pd.DataFrame({"persona": [0, 1], "name": ["even", "odd"]}), of=groups)
    >>> [one.name for one in persona_maps(log, read_journey("sample:journey"), found)]
    ['even', 'odd']
    """
    of = personas.of.reindex(log.customers).to_numpy()
    maps = []
    for row in personas.table.itertuples(index=False):
        inside = of == row.persona
        own = None
        if linked is not None:
            place = log.places_of(linked.table.customer_id)
            own = linked.limited(linked.table[(place >= 0) & inside[place]], f"of the group {row.name}")
        maps.append(replace(journey_map(log.keep(inside[log.owner]), stages, linked=own, **more), name=str(row.name)))
    return maps


def _none(columns: str) -> pd.DataFrame:
    return pd.DataFrame(columns=columns.split())


def _scale(linked: Any):
    """The scale of the curve, its name, and the function from -2..+2 to it: a survey's own where only one speaks."""
    surveys = [] if linked is None else sorted(linked.scales)
    if len(surveys) != 1 or surveys[0] in linked.turned:  # where high is bad its own scale would stand on its head
        return COMMON, COMMON_NAME, float
    low, high = linked.scales[surveys[0]]
    name = f"Mean {words.metric(surveys[0])}, {low:g} to {high:g}"
    return (float(low), float(high)), name, lambda value: low + (float(value) + 2) / 4 * (high - low)


def _emotion(curves, stages: Any, order: list[str], turn: Any, confidence: float) -> pd.DataFrame:
    parts = []
    for curve, linked in curves:
        if linked is None or not len(linked.table):
            continue
        felt = stage_emotion(linked, stages=stages, confidence=confidence).set_index("stage").reindex(order)
        part = pd.DataFrame({"curve": curve, "stage": order, "n": felt.n.fillna(0).astype("int64").to_numpy()})
        for name, column in (("score", "estimate"), ("low", "low"), ("high", "high")):
            part[name] = [turn(value) for value in felt[column].astype(float)]
        parts.append(part)
    return pd.concat(parts, ignore_index=True) if parts else _none("curve stage n score low high")


def _stages(stages: Any, moments: pd.DataFrame | None) -> pd.DataFrame:
    table = pd.DataFrame({"stage": [s.name for s in stages.stages], "side": [bool(s.side) for s in stages.stages]})
    told = None if moments is None else moments[moments.moment].set_index("stage")
    for column in ("slope", "low", "high"):
        table[column] = np.nan if told is None else table.stage.map(told[column]).astype(float)
    table.insert(2, "moment", table.slope.notna())
    table["slope_unit"] = "" if told is None or told.empty else str(told.outcome.iloc[0])
    return table


def _pains(pains: pd.DataFrame | None, stages: Any, order: list[str]) -> pd.DataFrame:
    """The touchpoints that cost most, worst first; those at or above their goal are no pain."""
    columns = ["stage", "pain", "customers", "gap", "impact", "low", "high", "rank_low", "rank_high"]
    if pains is None:
        return _none(" ".join(columns))
    rows = pains[np.isfinite(pains.impact) & (pains.gap > 0) & pains.stage.isin(order)]
    rows = rows.sort_values("impact", ascending=False, kind="stable").reset_index(drop=True)
    told = {idea.touchpoint: idea.pain for idea in stages.opportunities if getattr(idea, "pain", "")}
    named = [told.get(name, words.capital(str(name))) for name in rows.touchpoint]
    return rows.assign(pain=named)[columns]


def _ideas(stages: Any, order: list[str]) -> pd.DataFrame:
    of = {name: stage.name for stage in stages.stages for name in stage.touchpoints}
    rows = [
        (idea.stage or of.get(idea.touchpoint, ""), idea.idea, idea.owner or None, idea.target or "", idea.due or "")
        for idea in stages.opportunities
    ]
    table = pd.DataFrame(rows, columns=["stage", "idea", "owner", "target", "due"])
    return table[table.stage.isin(order)].reset_index(drop=True)


def _changed(felt: pd.DataFrame | None, worst: str, before_name: str, factor: float) -> dict[str, Any] | None:
    if felt is None or not worst:
        return None
    rows = felt[
        (felt[felt.columns[0]] == worst) & np.isfinite(felt.difference) & (felt[["n", "other_n"]].min(axis=1) >= 30)
    ]
    if rows.empty:
        return None
    row = rows.iloc[0]
    ends = {"difference": row.difference, "low": row.difference_low, "high": row.difference_high}
    return {"other": before_name, "verdict": str(row.verdict), **{k: float(v) * factor for k, v in ends.items()}}
