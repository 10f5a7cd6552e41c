"""The sentences of the map: its finding, what that rests on, and the map in words. Never more than was tested."""

from __future__ import annotations

from typing import Any

from cxkit.charts.journey_map.facts import Facts
from cxkit.charts.journey_map.language import known
from cxkit.charts.journey_map.measure import tidy
from cxkit.charts.style import FEW

EN = {
    "hurts": "It hurts most at {stage}: {score} against a goal of {goal}",
    "may_hurt": "It may hurt most at {stage}: {score} against a goal of {goal}",
    "few": "It may hurt most at {stage}: {score} against a goal of {goal}, from {n} answers only",
    "not_below": "No stage is clearly below its goal; {stage} weighs most, with {score} against {goal}",
    "no_goal": "The largest pain point is at {stage}, which scores {score}",
    "may_no_goal": "The largest pain point may be at {stage}, which scores {score}",
    "no_score": "The largest pain point is at {stage}: {pain}",
    "may_no_score": "The largest pain point may be at {stage}: {pain}",
    "no_pain": "{stage} weighs most; there are no answers about it",
    "all_reach": "All {k} stages with answers clearly reach their goal",
    "none_below": "No stage is clearly below its goal",
    "lowest": "Experience is lowest at {stage}: {score}",
    "no_lowest": "No stage stands out: scores lie between {low} and {high}",
    "one_score": "{stage} scores {score}",
    "loss": "Most {unit} are lost between {of} and {stage}: {left} of {base}",
    "may_loss": "One of the largest losses is between {of} and {stage}: {left} of {base} {unit}",
    "no_loss": "{n} {unit} on their way through {k} stages",
    "met": "{n} {unit} met its largest pain point",
    "met_pain": "{n} {unit} met its largest pain point, “{pain}”",
    "gap": ", {gap} points below the goal",
    "dot": ".",
    "not_asked": "There are no answers about what they felt.",
    "clear": "Its score is clearly {way} than {other}: {change}.",
    "likely": "Its score is probably {way} than {other}: {change}.",
    "too early": "Too early to say whether its score differs from {other}: {change}.",
    "lower": "lower",
    "higher": "higher",
    "go_on": "{share} come on{within}, of those whose window is over.",
    "missing": "Scores missing: the map has no survey answers.",
    "interval_of": "Its interval: {limits}, n {n}.",
    "alt": "Journey map in {k} stages.",
    "alt_start": "{n} {unit} start.",
    "alt_reached": "Reached: {list}.",
    "alt_scores": "{score_name} by stage: {list}.",
    "alt_goal": "Goal: {goal}.",
    "alt_worst": "Largest pain point: {pain} at {stage} ({size}).",
    "alt_moments": "Moments of truth: {list}.",
    "alt_orphans": "Planned without an owner: {list}.",
    "hollow": "only {n} answers",
    "not": "without answers",
}
DE = {
    "hurts": "Am meisten schmerzt „{stage}“: {score} bei einem Ziel von {goal}",
    "may_hurt": "Am meisten schmerzt vielleicht „{stage}“: {score} bei einem Ziel von {goal}",
    "few": "Am meisten schmerzt vielleicht „{stage}“: {score} bei einem Ziel von {goal}, aus nur {n} Antworten",
    "not_below": "Keine Phase liegt klar unter ihrem Ziel; am meisten wiegt „{stage}“ mit {score} bei einem Ziel von {goal}",
    "no_goal": "Der größte Schmerzpunkt liegt in „{stage}“, bewertet mit {score}",
    "may_no_goal": "Der größte Schmerzpunkt liegt vielleicht in „{stage}“, bewertet mit {score}",
    "no_score": "Der größte Schmerzpunkt liegt in „{stage}“: {pain}",
    "may_no_score": "Der größte Schmerzpunkt liegt vielleicht in „{stage}“: {pain}",
    "no_pain": "„{stage}“ wiegt am meisten; Antworten dazu fehlen",
    "all_reach": "Alle {k} Phasen mit Antworten erreichen ihr Ziel klar",
    "none_below": "Keine Phase liegt klar unter ihrem Ziel",
    "lowest": "Am schlechtesten erlebt wird „{stage}“: {score}",
    "no_lowest": "Keine Phase fällt heraus: Die Bewertungen liegen zwischen {low} und {high}",
    "one_score": "„{stage}“ wird mit {score} bewertet",
    "loss": "Größter Verlust zwischen „{of}“ und „{stage}“: {left} von {base} {unit}",
    "may_loss": "Einer der größten Verluste liegt zwischen „{of}“ und „{stage}“: {left} von {base} {unit}",
    "no_loss": "{n} {unit} auf dem Weg durch {k} Phasen",
    "met": "{n} {unit} trafen auf den größten Schmerzpunkt",
    "met_pain": "{n} {unit} trafen auf den größten Schmerzpunkt, „{pain}“",
    "gap": ", {gap} Punkte unter dem Ziel",
    "dot": ".",
    "not_asked": "Wie sie das erlebten, sagt keine Antwort.",
    "clear": "Die Bewertung ist klar {way} als {other}: {change}.",
    "likely": "Die Bewertung ist wahrscheinlich {way} als {other}: {change}.",
    "too early": "Ob die Bewertung von {other} abweicht, ist noch nicht zu sagen: {change}.",
    "lower": "niedriger",
    "higher": "höher",
    "go_on": "{share} gehen{within} weiter, von denen, deren Frist abgelaufen ist.",
    "missing": "Bewertungen fehlen: Die Karte hat keine Antworten.",
    "interval_of": "Intervall: {limits}, n {n}.",
    "alt": "Karte der Kundenreise in {k} Phasen.",
    "alt_start": "{n} {unit} beginnen.",
    "alt_reached": "Erreicht: {list}.",
    "alt_scores": "{score_name} je Phase: {list}.",
    "alt_goal": "Ziel: {goal}.",
    "alt_worst": "Größter Schmerzpunkt: {pain} in „{stage}“ ({size}).",
    "alt_moments": "Schlüsselmomente: {list}.",
    "alt_orphans": "Geplant, aber ohne Zuständige: {list}.",
    "hollow": "nur {n} Antworten",
    "not": "ohne Antworten",
}
TEXTS = {"en": EN, "de": DE}


def finding(facts: Facts) -> str:
    """The map's title, by rule.

    A worst stage is named "most" only where its pain point has the first rank for sure, its score rests on enough
    answers and the interval of the score lies below the goal. Without a worst stage the title speaks of the scores,
    without scores of the largest loss between two stages; either is named the extreme one only where its interval
    lies apart from that of the next.
    """
    say = TEXTS[facts.say.language]
    if facts.worst:
        rule, more = _worst(facts)
    elif facts.scored:
        rule, more = _scores(facts)
    else:
        rule, more = _loss(facts)
    return say[rule].format(unit=facts.unit, **more)


def worst_pain(facts: Facts) -> Any:
    """The pain point that makes the worst stage the worst: the one there with the largest impact, or None."""
    rows = facts.rows("pains", facts.worst) if facts.worst else []
    return max(rows, key=lambda row: row.impact if known(row.impact) else -1.0, default=None)


def _sure(facts: Facts) -> bool:
    """Whether the worst stage's pain point has the first rank for sure."""
    pain = worst_pain(facts)
    return pain is not None and known(pain.rank_high) and pain.rank_high == 1


def clearly_below(facts: Facts, stage: str) -> bool:
    """Whether the whole interval of a stage's score lies below its goal, from answers enough."""
    row, goal = facts.score(stage), facts.goal_of(stage)
    return facts.has_score(stage) and goal is not None and not facts.few(row) and known(row.high) and row.high < goal


def _worst(facts: Facts) -> tuple[str, dict[str, Any]]:
    stage, row, pain, goal = facts.worst, facts.score(facts.worst), worst_pain(facts), facts.goal_of(facts.worst)
    sure = _sure(facts)
    more = dict(stage=facts.name(stage), pain=pain.pain.replace("\u00ad", "") if pain else "")
    if not facts.has_score(stage):
        return ("no_pain" if pain is None else "no_score" if sure else "may_no_score"), more
    more |= dict(score=facts.said(row.score), n=facts.say.count(row.n))
    if goal is None:
        return ("no_goal" if sure else "may_no_goal"), more
    more |= dict(goal=facts.said(goal))
    if facts.few(row):
        return "few", more
    if clearly_below(facts, stage):
        return ("hurts" if sure else "may_hurt"), more
    below = any(clearly_below(facts, one) for one in facts.names)
    return ("may_hurt" if below else "not_below"), more


def _scores(facts: Facts) -> tuple[str, dict[str, Any]]:
    rows = [facts.score(stage) for stage in facts.names if facts.has_score(stage)]
    goals = [facts.goal_of(row.stage) for row in rows]
    if all(goal is not None for goal in goals):
        if all(known(row.low) and row.low >= goal for row, goal in zip(rows, goals, strict=True)):
            return "all_reach", dict(k=len(rows))
        if not any(clearly_below(facts, row.stage) for row in rows):
            return "none_below", {}
    rows.sort(key=lambda row: row.score)
    first = rows[0]
    more = dict(stage=facts.name(first.stage), score=facts.said(first.score))
    if len(rows) == 1:
        return "one_score", more
    apart = all(known(row.low) and known(first.high) and first.high < row.low for row in rows[1:])
    if apart and not facts.few(first):
        return "lowest", more
    return "no_lowest", dict(low=facts.said(first.score), high=facts.said(rows[-1].score))


def losses(facts: Facts) -> list[Any]:
    """Ways into a stage on which somebody left for good, the largest loss first."""
    rows = [row for row in facts.flow.itertuples(index=False) if known(row.left) and row.left > 0 and not row.side]
    return sorted(rows, key=lambda row: -row.left)


def base_of(facts: Facts, row: Any) -> str:
    """The stage a share of the flow table is counted from."""
    at = facts.names.index(row.stage)
    return row.of or (facts.names[at - 1] if at else "")


def _loss(facts: Facts) -> tuple[str, dict[str, Any]]:
    rows = [row for row in losses(facts) if base_of(facts, row) and known(row.reached)]
    if not rows:
        first = facts.row("flow", facts.names[0])
        return "no_loss", dict(n=facts.say.count(first.reached if first else float("nan")), k=len(facts.names))
    limits = [_limits_of_loss(row) for row in rows]
    sure = all(limits[0][0] > high for _, high in limits[1:])
    row = rows[0]
    return ("loss" if sure else "may_loss"), dict(
        of=facts.name(base_of(facts, row)),
        stage=facts.name(row.stage),
        left=facts.say.count(row.left),
        base=facts.say.count(_at_risk(row)),
    )


def _at_risk(row: Any) -> float:
    """Customers a share was counted of: those of the stage before whose window is over.

    Where the table does not say, it follows from the share; those who reached a stage may be more than went on to it,
    because some came another way or later.
    """
    if known(row.n):
        return row.n
    return round(row.left / (1 - row.share)) if known(row.share) and row.share < 1 else row.reached + row.left


def _limits_of_loss(row: Any) -> tuple[float, float]:
    """Fewest and most that are lost, from the limits of the share that goes on."""
    if not (known(row.low) and known(row.high)):
        return row.left, row.left
    base = _at_risk(row)
    return base * (1 - row.high), base * (1 - row.low)


# ------------------------------------------------------------------ the line below the title
def subtitles(facts: Facts) -> list[str]:
    """What the finding rests on, from the fullest wording to the shortest."""
    say = TEXTS[facts.say.language]
    if not facts.worst and not facts.scored:
        rows = losses(facts)
        share = ""
        if rows and known(rows[0].share):
            within = f" {facts.within}" if facts.within else ""
            share = say["go_on"].format(share=_with_span(facts, rows[0]), within=within)
        return [" ".join(filter(None, (share, say["missing"]))), say["missing"]]
    tail = " ".join(filter(None, (_change(facts), "" if facts.scored else say["missing"])))
    pain = worst_pain(facts)
    if pain is None:
        return [tail]
    gap = say["gap"].format(gap=facts.gap(pain.gap)) if known(pain.gap) and pain.gap > 0 else ""
    here = "" if facts.has_score(facts.worst) else " " + say["not_asked"]
    more = dict(n=facts.say.count(pain.customers), unit=facts.unit, pain=pain.pain.replace("\u00ad", ""))
    rules = ["met_pain", "met"] if facts.has_score(facts.worst) else ["met"]
    return [f"{say[rule].format(**more)}{gap}.{here} {tail}".strip() for rule in rules]


def _with_span(facts: Facts, row: Any) -> str:
    said = facts.say.share(row.share, row.low, row.high)
    return f"{said} ({facts.say.span(row.low, row.high)})" if known(row.low) and known(row.high) else said


def _change(facts: Facts) -> str:
    """The difference from the other curve at the worst stage, as strong as its verdict."""
    change, say = facts.change, TEXTS[facts.say.language]
    if not change or not facts.has_score(facts.worst) or not known(change.get("difference")):
        return ""
    rule = str(change.get("verdict") or "too early")
    rule = rule if rule in ("clear", "likely") else "too early"
    said = facts.say.score(change["difference"], facts.digits, sign=True)
    ends = [float(change[name]) for name in ("low", "high") if known(change.get(name))]
    if len(ends) == 2:  # a limit that would look like zero takes a digit more, so that it agrees with the verdict
        digits = facts.digits + any(end and not round(end, facts.digits) for end in ends)
        said += f" ({facts.say.limits(*ends, digits, sign=True)})"
    way = say["lower" if change["difference"] < 0 else "higher"]
    return say[rule].format(way=way, other=_text(change.get("other")), change=said)


def _text(value: object) -> str:
    return tidy(value).replace("\u00ad", "")


# ------------------------------------------------------------------ the map in words
def alt_text(facts: Facts) -> str:
    """The map in a few sentences, from the same tables."""
    say = TEXTS[facts.say.language]
    first = facts.row("flow", facts.names[0])
    parts = [say["alt"].format(k=len(facts.names)), finding(facts) + "."]
    if facts.scored:
        if first is not None and known(first.reached):
            parts.append(say["alt_start"].format(n=facts.say.count(first.reached), unit=facts.unit))
        parts.append(say["alt_scores"].format(score_name=facts.score_name, list=", ".join(_scored(facts))))
        goals = {facts.goal_of(stage) for stage in facts.names}
        if len(goals) == 1 and None not in goals:
            parts.append(say["alt_goal"].format(goal=facts.said(goals.pop())))
    else:
        reached = [
            f"{facts.name(row.stage)} {facts.say.count(row.reached)}" for row in facts.flow.itertuples(index=False)
        ]
        parts += [say["alt_reached"].format(list=", ".join(reached))] if reached else []
        parts.append(say["missing"])
    pain = worst_pain(facts)
    if pain is not None:
        size = f"{facts.say.count(pain.customers)} {facts.unit}"
        size += f" × {facts.gap(pain.gap)}" if known(pain.gap) else ""
        more = dict(pain=_text(pain.pain), stage=facts.name(facts.worst), size=size)
        parts.append(say["alt_worst"].format(**more))
    moments = [facts.name(row.stage) for row in facts.stages.itertuples(index=False) if row.moment]
    orphans = [_text(row.idea) for row in facts.ideas.itertuples(index=False) if not row.owner]
    parts += [say["alt_moments"].format(list=", ".join(moments))] if moments else []
    parts += [say["alt_orphans"].format(list=", ".join(orphans))] if orphans else []
    return " ".join(parts)


def _scored(facts: Facts) -> list[str]:
    """Each stage with its score, or that there are no answers about it."""
    say, done = TEXTS[facts.say.language], []
    for stage in facts.names:
        row, name = facts.score(stage), facts.name(stage)
        if not facts.has_score(stage):
            done.append(f"{name} {say['not']}")
        else:
            few = f" ({say['hollow'].format(n=facts.say.count(row.n))})" if row.n < FEW else ""
            done.append(f"{name} {facts.said(row.score)}{few}")
    return done
