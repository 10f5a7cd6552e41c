"""The journeys of several groups of customers in small, one below the other on the same scales."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from cxkit.charts.caption import Caption, paint
from cxkit.charts.flow_words import short
from cxkit.charts.journey_map.facts import Facts, facts_of
from cxkit.charts.journey_map.language import known
from cxkit.charts.journey_map.measure import tidy
from cxkit.charts.journey_map.table import numbers
from cxkit.charts.personas_draw import WORDS, Group, Groups, draw, height, thin
from cxkit.charts.style import FEW
from cxkit.errors import UsageError
from cxkit.stats.compare import surest_pair

FEWEST, MOST = 2, 6  #: groups that can be compared at a glance.


def plot_personas(maps: Sequence[Any], *, from_journeys: bool = False, ax: Axes | None = None) -> Axes:
    """How do the journeys of several groups of customers differ, stage by stage?

    Parameters
    ----------
    maps : list of JourneyMap
        One a group, two to six, each with a `name` and the same stages in the same order; as for `plot_journey_map`.
    from_journeys : bool
        Whether the groups were made from the journeys themselves (`cxkit.journey.personas`): then their shares differ by
        construction, and only scores are compared.
    ax : Axes, optional
        Axes to draw in; new ones otherwise.

    Returns
    -------
    Axes
        With a caption attached: title by rule, alt sentence with the numbers, a table with one row a group and stage.

    Raises
    ------
    UsageError
        If there are fewer than two maps or more than six, a part of a map is missing, or the maps differ in their stages,
        scale or language.

    Notes
    -----
    A bar is the customers who reach a stage, as a part of those of the group at its first stage, so that small groups
    can be seen; below it stands the share going on, a dash where fewer than 30 could go on. Scores share one scale,
    which holds all points; a point is hollow below 30 answers and its interval may be cut; a stage without answers is
    a gap. The title names two groups and a stage only where their intervals lie apart and the difference is clear
    among all pairs of groups at all stages, in score and in share (Bonferroni); scores go first.
    **When not to use it**: as proof that the groups differ in their ways. Groups that were found from their journeys
    differ in them by construction; what they score is news, how they go is a description.

    References
    ----------
    Tufte, E. (1990). *Envisioning Information*, chapter 4 (small multiples).

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> def group(name, n):
    ...     flow = pd.DataFrame({"stage": ["Look", "Buy"], "of": ["", "Look"], "reached": [400, n], "left": [0, 400 - n],
    ...                          "share": [float("nan"), n / 400], "low": [float("nan"), n / 400 - 0.05],
    ...                          "high": [float("nan"), n / 400 + 0.05]})
    ...     empty = dict.fromkeys(["touchpoints", "channels", "emotion", "quotes", "pains", "ideas"])
    ...     return SimpleNamespace(name=name, stages=flow[["stage"]], flow=flow, lens=(), rules=(), scale=(1, 5), **empty)
    >>> plot_personas([group("loyal", 300), group("new", 100)]).cxkit_caption.title
    'The ways clearly part at Buy: 25\\xa0% of “new” go on, 75\\xa0% of “loyal”'
    """
    groups = _groups(maps)
    rule, found = _apart(groups, ("score",) if from_journeys else ("score", "share"))
    what = Groups(groups, found)
    words = Caption(
        title=_title(what, rule),
        sub=_sub(what),
        alt=_alt(what, rule),
        data=_data(what),
        table=partial(_table, what),
        draw=partial(draw, what=what),
        height=partial(height, what=what),
    )
    return paint(ax, words)


def _groups(maps: Sequence[Any]) -> list[Group]:
    """The groups, checked to be comparable."""
    maps = list(maps) if isinstance(maps, (list, tuple)) else []
    if not FEWEST <= len(maps) <= MOST:
        raise UsageError(
            f"plot_personas: expected a list of {FEWEST} to {MOST} journey maps, got {len(maps)}. "
            "Give one map a group, as `cxkit.journey_map.persona_maps` makes them."
        )
    groups = [Group(tidy(getattr(one, "name", ""), f"{k}"), facts_of(one)) for k, one in enumerate(maps, 1)]
    first = groups[0].facts
    for group in groups[1:]:
        for what, one, other in (
            ("stages", first.names, group.facts.names),
            ("scale", first.scale, group.facts.scale),
            ("language", first.say.language, group.facts.say.language),
        ):
            if one != other:
                raise UsageError(
                    f"plot_personas: '{group.name}' and '{groups[0].name}' differ in their {what} ({other} and {one}). "
                    "Make all maps from one stages file, on one scale."
                )
    return groups


# ------------------------------------------------------------------ words
def _comparable(facts: Facts, stage: str) -> dict[str, Any]:
    """The score and the share of a stage where each may be compared."""
    done = {}
    score, flow = facts.score(stage), facts.row("flow", stage)
    if facts.has_score(stage) and not facts.few(score) and known(score.low) and known(score.high):
        done["score"] = (score.score, score.low, score.high)
    if flow is not None and not thin(flow) and all(map(known, (flow.share, flow.low, flow.high))):
        done["share"] = (flow.share, flow.low, flow.high)
    return done


def _apart(groups: list[Group], rules: Sequence[str]) -> tuple[str, tuple[str, int, int] | None]:
    """What differs clearly, and where: score or share, and (stage, lower group, upper group); nothing is ("", None)."""
    first = groups[0].facts
    cells: dict[tuple[str, str], list[tuple[int, Any]]] = {}
    for stage in first.names:
        for k, group in enumerate(groups):
            for rule, values in _comparable(group.facts, stage).items():
                if rule not in rules:
                    continue
                cells.setdefault((rule, stage), []).append((k, values))
    cells = {key: rows for key, rows in cells.items() if len(rows) > 1}
    pairs = sum(len(rows) * (len(rows) - 1) // 2 for rows in cells.values())
    best: dict[str, tuple[float, tuple[str, int, int]]] = {}
    for (rule, stage), rows in cells.items():
        estimate, low, high = zip(*(values for _, values in rows), strict=True)
        upper, lower, gap, sure, _ = surest_pair(estimate, low, high, confidence=first.confidence, pairs=pairs)
        if sure > 0 and low[upper] > high[lower] and gap > best.get(rule, (0.0,))[0]:
            best[rule] = (gap, (stage, rows[lower][0], rows[upper][0]))
    for rule in rules:
        if rule in best:
            return rule, best[rule][1]
    return "", None


def _title(what: Groups, rule: str) -> str:
    say = WORDS[what.first.say.language]
    if what.found is None:
        return say["plain"].format(k=len(what.groups), unit=what.first.unit)
    stage, lower, upper = what.found
    values = [_said(what.groups[k].facts, stage, rule) for k in (lower, upper)]
    return say[rule].format(
        stage=what.first.name(stage), a=values[0], one=short(what.groups[lower].name), b=values[1],
        other=short(what.groups[upper].name),
    )  # fmt: skip


def _said(facts: Facts, stage: str, rule: str) -> str:
    if rule == "score":
        return facts.said(facts.score(stage).score)
    row = facts.row("flow", stage)
    return facts.say.share(row.share, row.low, row.high)


def _sub(what: Groups) -> str:
    """What the marks mean that these maps have."""
    first = what.first
    say = WORDS[first.say.language]
    parts = [say["bars"].format(unit=first.unit)] if what.flows else []
    scant = any(thin(group.facts.row("flow", stage)) for group in what.groups for stage in first.names)
    parts += [say["thin"].format(few=FEW)] if scant else []
    if what.scored:
        parts.append(say["curve"].format(score_name=first.score_name, interval=first.level))
        few = any(
            group.facts.has_score(stage) and group.facts.few(group.facts.score(stage))
            for group in what.groups for stage in first.names
        )  # fmt: skip
        parts += [say["few"].format(few=FEW)] if few else []
        aims = any(group.facts.goal_of(stage) is not None for group in what.groups for stage in first.names)
        parts += [say["goal"]] if aims else []
        parts += [say["cut"]] if any(map(what.cut, what.groups)) else []
    else:
        parts.append(say["unscored"])
    parts += [say["found"]] if what.found else []
    return "; ".join(parts) + "."


def _alt(what: Groups, rule: str) -> str:
    say, told = WORDS[what.first.say.language], []
    for group in what.groups:
        facts, parts = group.facts, []
        for stage in facts.names:
            row, said = facts.row("flow", stage), []
            if row is not None and known(row.share) and not thin(row):
                said.append(facts.say.share(row.share, row.low, row.high))
            if facts.has_score(stage):
                said.append(facts.said(facts.score(stage).score))
            parts += [f"{facts.name(stage)} {', '.join(said)}"] if said else []
        told.append(f"{group.name} ({group.size}): {'; '.join(parts) or say['nothing']}")
    return f"{_title(what, rule)}. {say['alt']}: {'. '.join(told)}."


def _data(what: Groups) -> pd.DataFrame:
    """One row a group and stage, in words."""
    say, rows = WORDS[what.first.say.language], []
    for group in what.groups:
        facts = group.facts
        for stage in facts.names:
            flow, score, asked = facts.row("flow", stage), facts.score(stage), facts.has_score(stage)
            share = flow is not None and known(flow.share)
            rows.append((
                group.name,
                facts.name(stage),
                facts.say.count(flow.reached) if flow is not None else "–",
                facts.say.share(flow.share, flow.low, flow.high) if share else "–",
                facts.say.span(flow.low, flow.high) + "\u00a0%" if share and known(flow.low) and known(flow.high) else "–",
                facts.said(score.score) if asked else facts.words["gap"],
                facts.limits(score.low, score.high) if asked and known(score.low) and known(score.high) else "–",
                facts.say.count(score.n) if asked else "–",
            ))  # fmt: skip
    return pd.DataFrame(rows, columns=list(say["heads"]))


def _table(what: Groups) -> pd.DataFrame:
    """The same unrounded."""
    tables = []
    for group in what.groups:
        table = numbers(group.facts)
        table.insert(0, "group", group.name)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)
