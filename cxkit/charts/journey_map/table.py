"""The map as a table: what the picture shows, in words for a reader and unrounded for a workbook."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxkit.charts.journey_map.facts import Facts, facts_of
from cxkit.charts.journey_map.language import known
from cxkit.charts.journey_map.measure import shown, tidy
from cxkit.charts.journey_map.titles import base_of
from cxkit.charts.journey_map.wording import by_impact, owner_of, pain_size, ranked, score_of, side_of, slope_of, told

HEADS = {
    "en": ("Stage", "Volume and flow", "Steps", "Channels", "Experience", "Comments", "Pain points", "What we do"),
    "de": ("Phase", "Menge und Übergang", "Schritte", "Kanäle", "Erleben", "Kommentare", "Schmerzpunkte", "Maßnahmen"),
}
SAYS = {
    "en": {"reached": "{n} with a touch", "on": "{share} of {of} came on", "impact": "impact {impact}"},
    "de": {"reached": "{n} mit Kontakt", "on": "{share} von {of} gingen weiter", "impact": "Gewicht {impact}"},
}


def map_table(map: Any) -> pd.DataFrame:
    """The journey map as a table to be read: a row a stage, a column a row of the picture.

    It is what stands under the picture, is read out by a screen reader, and holds what the picture had no room for.

    Parameters
    ----------
    map : JourneyMap
        The map, as for `plot_journey_map`.

    Returns
    -------
    DataFrame
        Text columns Stage, Volume and flow, Steps, Channels, Experience, Comments, Pain points, What we do; those with
        nothing in any stage are left out. Names are in the map's language.

    Raises
    ------
    UsageError
        If a part of the map is missing, or a table names a stage the map does not have.

    Notes
    -----
    Numbers are rounded as in the picture. **When not to use it**: for sums of your own take the map's tables, which are
    unrounded.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> flow = pd.DataFrame({"stage": ["Look", "Buy"], "of": ["", "Look"], "reached": [400, 100], "left": [0, 300],
    ...                      "share": [float("nan"), 0.25], "low": [float("nan"), 0.21], "high": [float("nan"), 0.29]})
    >>> empty = dict.fromkeys(["touchpoints", "channels", "emotion", "quotes", "pains", "ideas"])
    >>> one = SimpleNamespace(stages=flow[["stage"]], flow=flow, lens=(), rules=(), scale=(1, 5), **empty)
    >>> map_table(one)["Volume and flow"].tolist()
    ['400 with a touch', '100 with a touch; 25\\xa0% (21–29) of Look came on; 300 left']
    """
    facts = facts_of(map)
    heads = HEADS[facts.say.language]
    makers = (_flow, _steps, _channels, _experience, _quotes, _pains, _ideas)
    columns = {heads[0]: [facts.name(stage) for stage in facts.names]}
    for head, make in zip(heads[1:], makers, strict=True):
        cells = [make(facts, stage) for stage in facts.names]
        if any(cells):
            columns[head] = [cell or "–" for cell in cells]
    return pd.DataFrame(columns)


def numbers(facts: Facts) -> pd.DataFrame:
    """Flow and scores of each stage, unrounded: a row a stage."""
    table = facts.stages.rename(columns={"low": "slope_low", "high": "slope_high"})
    flow = facts.flow.drop(columns="side").rename(columns={"low": "share_low", "high": "share_high"})
    table = table.merge(flow, on="stage", how="left")
    for k, curve in enumerate(facts.curves):
        own = facts.emotion[facts.emotion.curve == curve].drop(columns="curve")
        prefix = "" if k == 0 else "other_"
        own = own.rename(columns={c: f"{prefix}score_{c}" if c != "score" else f"{prefix}score" for c in own})
        table = table.merge(own.rename(columns={f"{prefix}score_stage": "stage"}), on="stage", how="left")
    table["goal"] = [facts.goal_of(stage) for stage in facts.names]
    return table


def _flow(facts: Facts, stage: str) -> str:
    row, say = facts.row("flow", stage), SAYS[facts.say.language]
    if row is None:
        return ""
    parts = [say["reached"].format(n=facts.say.count(row.reached))]
    if known(row.share):
        share = facts.say.share(row.share, row.low, row.high)
        share += f" ({facts.say.span(row.low, row.high)})" if known(row.low) and known(row.high) else ""
        of = facts.name(base_of(facts, row))
        of = f"{facts.say.count(row.n)} {facts.words['of'].format(of=of)}" if known(row.n) else of
        parts.append(" ".join(filter(None, (say["on"].format(share=share, of=of), facts.within))))
    if known(row.median_seconds):
        parts.append(facts.words["median"].format(time=facts.say.time(row.median_seconds)))
    for name in ("left", "open"):
        value = getattr(row, name)
        if known(value) and value and not row.side:
            parts.append(facts.words[name].format(n=facts.say.count(value)))
    return "; ".join(parts)


def _steps(facts: Facts, stage: str) -> str:
    return _shares(facts, [(row.action, row.share) for row in facts.rows("touchpoints", stage)])


def _channels(facts: Facts, stage: str) -> str:
    return _shares(facts, [(row.channel, row.share) for row in facts.rows("channels", stage)])


def _shares(facts: Facts, pairs: list[tuple[str, float]]) -> str:
    return "; ".join(
        f"{shown(name)} {facts.say.share(share)}" if known(share) else shown(name) for name, share in pairs
    )


def _experience(facts: Facts, stage: str) -> str:
    parts = []
    for k, curve in enumerate(facts.curves):
        row = facts.score(stage, k)
        if row is None or not known(row.score):
            said = facts.words["gap"]
        else:
            limits = f" ({facts.limits(row.low, row.high)})" if known(row.low) and known(row.high) else ""
            said = f"{facts.said(row.score)}{limits}" + (f", n {facts.say.count(row.n)}" if known(row.n) else "")
        parts.append(f"{shown(tidy(curve))}: {said}" if k else said)
    goal, star = facts.goal_of(stage), facts.row("stages", stage)
    if parts and goal is not None:
        parts.append(facts.words["goal"].format(goal=facts.said(goal)))
    if star.moment:
        parts.append(facts.words["moment"])
        if known(star.slope):
            parts[-1] += f": {slope_of(facts, star)}"
    return "; ".join(parts)


def _quotes(facts: Facts, stage: str) -> str:
    done = []
    for row in facts.rows("quotes", stage):
        meta = ", ".join(filter(None, (score_of(facts, row), side_of(facts, row, whole=True), *told(facts, row))))
        said = facts.words["quote"].format(text=shown(row.text))
        done.append(f"{said} ({meta})" if meta else said)
    return " ".join(done)


def _pains(facts: Facts, stage: str) -> str:
    done, say = [], SAYS[facts.say.language]
    for row in by_impact(facts.rows("pains", stage)):
        parts = [f"{shown(row.pain)}: {pain_size(facts, row, 0)}"]
        if known(row.impact):
            said = facts.say.count(row.impact)
            said += f" ({facts.say.limits(row.low, row.high, 0)})" if known(row.low) and known(row.high) else ""
            parts.append(say["impact"].format(impact=said))
        done.append(", ".join(filter(None, (*parts, ranked(facts, row)))))
    return "; ".join(done)


def _ideas(facts: Facts, stage: str) -> str:
    return "; ".join(
        ". ".join(filter(None, (shown(row.idea), shown(row.target), shown(owner_of(facts, row)))))
        for row in facts.rows("ideas", stage)
    )
