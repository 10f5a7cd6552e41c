"""The words of a journey map: what customers said, what the map is made of, and the rules behind its numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxkit import privacy, words
from cxkit.link.linked import JOINED, NEVER, NOTHING_TO_GO_BY
from cxkit.periods.lengths import in_words, microseconds
from cxkit.text import typical

#: A quote on the map is between so many characters long.
SHORTEST, LONGEST = 25, 120

#: From -2 to +2 a score up to the first is low, one from the second on is high: the outer quarters of the scale.
LOW_SIDE, HIGH_SIDE = -1.0, 1.0

QUOTES = ("stage", "score", "best", "alike", "n", "least", "most", "text", "said", "ref", "mood")


def quotes_of(
    linked: Any, stages: Any, order: Sequence[str], emotion: pd.DataFrame, turn: Callable[[float], float],
    goals: Mapping[str, float], names: Iterable[str],
) -> pd.DataFrame:  # fmt: skip
    """One comment a stage: the most typical of those on the side of the goal where the stage stands.

    With each stands how many of the stage's scores lie on that side, so that a comment cannot pass for what most felt.
    """
    table = None if linked is None else linked.table
    if table is None or "comment" not in table or not len(emotion):
        return pd.DataFrame(columns=list(QUOTES))
    of = {name: stage.name for stage in stages.stages for name in stage.touchpoints}
    scored = table.assign(stage=table.touchpoint.map(of), comment=table.comment.astype("object"))
    scored = scored[scored.scaled.notna()]
    plain = scored.score.notna() & scored.survey.isin([name for name in linked.scales if name not in linked.turned])
    fits = scored.comment.map(lambda text: isinstance(text, str) and SHORTEST <= len(text.strip()) <= LONGEST)
    subject, found = emotion[emotion.curve == emotion.curve.iloc[0]].set_index("stage").score, []
    for stage in order:
        if not np.isfinite(subject.get(stage, np.nan)):
            continue
        below = subject[stage] < goals.get(stage, turn(0.0))
        here = scored.stage == stage
        side = here & (scored.scaled <= LOW_SIDE if below else scored.scaled >= HIGH_SIDE)
        part = scored[side & plain & fits]
        part = part.sort_values(["responded_at", "customer_id", "comment"], kind="stable").head(5000)
        at = typical(part.comment.tolist(), 1)
        if at:
            counts = int(side.sum()), int(here.sum()), *_ends(scored[here], linked.scales, below)
            found.append(_quote(part.iloc[at[0]], stage, linked.scales, names, counts))
    return pd.DataFrame(found, columns=list(QUOTES))


def _ends(here: pd.DataFrame, scales: Mapping[str, tuple[float, float]], below: bool) -> tuple[float, float]:
    """From which to which score a side reaches on the survey's own scale; missing where several surveys speak."""
    surveys = here.survey.unique()
    if len(surveys) != 1 or here.score.isna().any():
        return np.nan, np.nan
    low, high = map(float, scales[surveys[0]])
    whole = bool((here.score % 1 == 0).all())
    if below:
        end = low + (high - low) / 4
        return low, float(np.floor(end)) if whole else end
    end = high - (high - low) / 4
    return float(np.ceil(end)) if whole else end, high


def _quote(
    row: Any, stage: str, scales: Mapping[str, tuple[float, float]], names: Iterable[str], counts: tuple
) -> tuple:
    said = pd.Timestamp(row.responded_at)
    text = privacy.redact([" ".join(row.comment.split())], names=names).texts[0]
    ref = hashlib.sha256(str(row.customer_id).encode()).hexdigest()[:4]
    mood = -1 if row.scaled <= LOW_SIDE else 1 if row.scaled >= HIGH_SIDE else 0
    best = float(scales[row.survey][1])
    return stage, float(row.score), best, *counts, text, f"{said.day} {said:%b}", ref, mood


# ------------------------------------------------------------------ what stands above and below
def lens_of(
    log: Any, stages: Any, linked: Any, lens: Sequence[tuple[str, str]], now_name: str
) -> tuple[tuple[str, str], ...]:
    """Who, when, what was intended, and what the map is made of."""
    told = dict(lens)
    told.setdefault("When", now_name)
    if stages.scenario:
        told.setdefault("Scenario", stages.scenario)
    if stages.expects:
        told.setdefault("Expects", stages.expects)
    answers = (
        f", {words.plural(len(linked.table), 'answer')} about them" if linked is not None else ", no survey answers"
    )
    customers = words.plural(log.people, "customer")
    told.setdefault("Data", f"{customers}, {words.plural(len(log), 'event')}{answers}")
    aside = [f"{words.count(n)} events {cause}" for cause, n in log.set_aside if n]
    if linked is not None and (lost := _not_joined(linked)):
        aside.append(lost)
    if aside:
        told.setdefault("Left out", "; ".join(aside))
    return tuple(told.items())


def _not_joined(linked: Any) -> str:
    """Answers given in the map's time that are not on it, by cause; those about no touchpoint of the events apart."""
    given = linked.given or (() if linked.only else linked.became())
    elsewhere = sum(n for cause, n in given if cause in (NEVER, NOTHING_TO_GO_BY))
    lost = [(cause, n) for cause, n in given if cause not in (JOINED, NEVER, NOTHING_TO_GO_BY) and n]
    total, said = sum(n for _, n in given), []
    if elsewhere:
        said.append(f"{words.count(elsewhere)} about no touchpoint of the events")
    if lost:
        causes = ", ".join(f"{words.count(n)} {cause}" * (len(lost) > 1) or cause for cause, n in lost)
        said.append(f"{words.count(sum(n for _, n in lost))} not joined ({causes})")
    return f"of {words.plural(total, 'answer')} given in this time {' and '.join(said)}" if said else ""


def rules_of(
    stages: Any, linked: Any, within: str, confidence: float, score_name: str, moments: pd.DataFrame | None
) -> tuple[str, ...]:
    """How the numbers of a map were made, in sentences for its foot."""
    interval, window = words.percent_interval(confidence), in_words(microseconds(within, "within"))
    flow = (
        "Counts: customers with a touch in the stage in this time, whichever way they came. Going on: of the customers of "
        f"the stage before whose {window} after their first touch there are over, those who reached this stage in that "
        f"time; Wilson {interval}. Left: the others of them. Open: not come, {window} not over. So these do not add up to "
        "the count."
    )
    if stages.proposed:
        flow = f"Stages are a proposal, made from order and frequency. {flow}"
    if linked is None:
        return (flow, "This map has no survey answers about these touches, so it does not say how it felt.")
    score = (
        f"{score_name}, {interval} clustered by customer. Hollow: fewer than 30 answers; gap: no answers, nothing is filled "
        "in. Stages may be asked by different questions."
    )
    quote = (
        "Comments: the most typical one of low scores (lowest quarter of the scale) where the stage lies below its goal, "
        "else of high ones (highest quarter); beside it how many of the scores are such."
    )
    pain = "Pain: customers who met the touch times points below its goal. It ranks where to look, not what to blame."
    if moments is not None and moments.moment.any():
        slope = "adjusted slope" if np.isfinite(moments.slope).sum() > 1 else "slope"
        pain += f" Star: {slope} of the recommendation later on the score, not proof of cause."
    return (flow, score, quote, pain) if "comment" in linked.table else (flow, score, pain)
