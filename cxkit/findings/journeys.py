"""What a page on journeys says first: where it is felt to be worst, what changed, when something broke, what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from cxkit import words
from cxkit.findings.claims import Claim, evidence, p_of, settle, signed, size
from cxkit.findings.incidents import incident_claims, joined, steps_told
from cxkit.findings.level import level_of
from cxkit.findings.ranking import findings_table, is_muted, judgements, muted_names
from cxkit.periods.lengths import in_words, microseconds
from cxkit.stats.compare import VERDICTS

#: What a sentence can be about, in the order in which sentences of the same verdict stand.
JOURNEY_KINDS = ("worst", "felt", "incident", "handover", "moment", "path", "funnel")

ARROW = "\u2192"

#: What a step of a score is.
_STEP = "2.5 points of 0 to 10"

#: With fewer answers or steps than this nothing is concluded.
FEW = 30


def journey_headline(
    *,
    pains: pd.DataFrame | None = None,
    felt: pd.DataFrame | None = None,
    incidents: Any = None,
    changes: pd.DataFrame | None = None,
    handovers: pd.DataFrame | None = None,
    moments: pd.DataFrame | None = None,
    funnel: pd.DataFrame | None = None,
    within: str = "",
    goal_name: str = "the goal",
    before_name: str = "before",
    period: Any = None,
    mute: str | Sequence[str] = (),
    most: int = 6,
) -> pd.DataFrame:
    """What should a reader of a journey map know first, and how sure is it?

    Parameters
    ----------
    pains : DataFrame, optional
        From `cxkit.journey.pain_points`.
    felt : DataFrame, optional
        From `cxkit.journey.emotion_change`: scores of the stages against the period before.
    incidents : Incidents, optional
        From `cxkit.journey.incidents`.
    changes : DataFrame, optional
        From `cxkit.journey.compare_journeys`.
    handovers : DataFrame, optional
        From `cxkit.journey.handovers`.
    moments : DataFrame, optional
        From `cxkit.journey.moments_of_truth`.
    funnel : DataFrame, optional
        From `cxkit.journey.funnel`. Its largest loss is stated, not tested.
    within : str
        How long a customer had for it, such as "7D", to be said with it.
    goal_name : str
        What the scores are held against, in words.
    before_name : str
        How the earlier period is called.
    period : Period, optional
        What the page is about. Incidents are of the whole log; where one reaches beyond the period its evidence says so.
    mute : str or list of str
        Findings to leave out of the headline: ids or beginnings of ids, separated by semicolons.
    most : int
        Findings at most.

    Returns
    -------
    DataFrame
        The columns of `cxkit.findings.headline`, with ``judged`` in its `attrs`.

    Raises
    ------
    UsageError
        If `mute` names no kind of finding.

    Notes
    -----
    Each question (worst stage, change of scores, incidents, hand-overs, moments of truth, changed steps) gets
    the same part of the allowance for error; within a question Holm's procedure is used, except for incidents, whose p
    already allow for all series and spans looked at. Incidents of one step in the same direction that follow each other
    are told as one, by the surest of them; at the same verdict steps come before shares of all touches, which also move
    with who comes. So where nothing differs at most one page in twenty says that
    anything is clear. A changed step that is part of an incident is told once, as the incident.

    Examples
    --------
    >>> journey_headline(funnel=pd.DataFrame()).sentence.tolist()
    ['There is nothing to speak of: no two touches of a customer follow each other.']
    """
    muted = muted_names(mute, JOURNEY_KINDS)
    quiet = is_muted(muted)
    questions = {
        "worst": _below_goal(pains, goal_name),
        "felt": _felt(felt, before_name),
        "incidents": incident_claims(incidents, period),
        "handovers": _costs(handovers),
        "moments": _moments(moments),
        "changes": _changes(changes, incidents, before_name),
    }
    sought = {"worst": pains is not None, "incidents": incidents is not None}
    judged = settle(questions, together=("incidents",), looked_at=[name for name, asked in sought.items() if asked])
    chosen, more = [], []
    for claims in judged.values():
        sure = [claim for claim in claims if claim.verdict != VERDICTS[-1]]
        order = sorted(sure, key=lambda c: (VERDICTS.index(c.verdict), -c.size))
        told = joined([claim for claim in order if not quiet(claim) and claim.size >= 0])
        chosen += told[:1]
        more += told[1 : 3 if told and told[0].kind == "incident" else 2]
    stated = _largest_loss(funnel, within)
    if not chosen and not stated:
        stated = [_nothing()]
    said = [*chosen, *stated, *more]
    left_out = [
        claim for claims in judged.values() for claim in claims if quiet(claim) and claim.verdict != VERDICTS[-1]
    ]
    left_out += [claim for claim in stated if quiet(claim)]
    kept = [claim for claim in said if not quiet(claim)][:most]
    found = findings_table([*kept, *left_out], muted, (*JOURNEY_KINDS, "empty"))
    found.attrs["judged"] = judgements(judged)
    return found


def _below_goal(pains: pd.DataFrame | None, goal_name: str) -> list[Claim]:
    """The touchpoints below their goal; each against its own goal, so Holm allows for looking at all of them."""
    if pains is None:
        return []
    rows = pains[np.isfinite(pains.gap) & np.isfinite(pains.gap_low) & (pains.n >= FEW)]
    claims = []
    for row in rows.itertuples(index=False):
        gap = (-float(row.gap), -float(row.gap_high), -float(row.gap_low))
        name = row.touchpoint if isinstance(row.touchpoint, str) else row.stage
        proof = evidence(
            f"Against {goal_name}", f"n {words.count(row.n)}, {words.count(row.customers)} customers met it"
        )
        claims.append(
            Claim(
                f"worst:{name}", "worst", "experience", "rating", int(row.n), *gap, float(row.confidence),
                p_of(*gap, float(row.confidence)), partial(_tell_worst, row=row, name=name, goal_name=goal_name), proof,
                test="interval of the mean, clustered by customer", table="pain_points",
                size=float(row.impact) if gap[0] < 0 else 0.0, about=("touchpoint", name), digits=1,
            )
        )  # fmt: skip
    return [claim for claim in claims if claim.estimate < 0]


def _tell_worst(claim: Claim, row: Any, name: str, goal_name: str) -> str:
    perhaps = "probably " * (claim.verdict == "likely")
    score = f"{words.number(row.score, 1, sign=True)} on a scale of \u22122 to +2"
    return (
        f"{words.capital(name)} {perhaps}falls short of {goal_name}: {score}, "
        f"{size(claim.estimate, 'rating', 1)} below, and {words.plural(row.customers, 'customer')} met it."
    )


def _felt(felt: pd.DataFrame | None, before_name: str) -> list[Claim]:
    if felt is None:
        return []
    key = felt.columns[0]
    rows = felt[np.isfinite(felt.p) & (felt[["n", "other_n"]] >= FEW).all(axis=1)]
    claims = []
    for _, row in rows.iterrows():
        gap = (float(row.difference), float(row.difference_low), float(row.difference_high))
        proof = evidence("Change", f"n {words.count(row.other_n)} and {words.count(row.n)}")
        claims.append(
            Claim(
                f"felt:{row[key]}", "felt", "experience", "rating", int(row.n), *gap, level_of(row), float(row.p),
                partial(_tell_felt, row=row, name=str(row[key]), before_name=before_name), proof, test=str(row.method),
                table="emotion_change", size=abs(gap[0]), about=(str(key), str(row[key])), digits=1,
            )
        )  # fmt: skip
    return claims


def _tell_felt(claim: Claim, row: Any, name: str, before_name: str) -> str:
    verb, perhaps = ("better" if claim.estimate > 0 else "worse"), "probably " * (claim.verdict == "likely")
    now, then = (words.number(value, 1, sign=True) for value in (row.estimate, row.other_estimate))
    when = "before" if before_name == "before" else f"in {before_name}"
    return (
        f"{words.capital(name)} is {perhaps}felt {verb} than {when}: {now} against {then} on a scale of \u22122 to +2."
    )


def _changes(changes: pd.DataFrame | None, incidents: Any, before_name: str) -> list[Claim]:
    """Changed steps; those that an incident tells already stay in their table."""
    if changes is None or not len(changes):
        return []
    told = steps_told(incidents)
    claims = []
    for _, row in changes[np.isfinite(changes.p)].iterrows():
        gap = (float(row.difference), float(row.difference_low), float(row.difference_high))
        proof = evidence("Change", f"n {words.count(row.other_n)} and {words.count(row.n)}")
        claim = Claim(
            f"path:{row.what}:{row['from']}\u2192{row['to']}", "path", str(row.what), "share", int(row.n), *gap,
            level_of(row), float(row.p), partial(_tell_change, row=row, before_name=before_name), proof,
            test=str(row.method), table="compare_journeys", size=abs(gap[0]), about=(str(row.what), str(row["from"])),
        )  # fmt: skip
        claims.append(claim if (row["from"], row["to"]) not in told else _untold(claim))
    return claims


def _untold(claim: Claim) -> Claim:
    """The same claim, counted among those looked at but not told."""
    return replace(claim, size=-1.0)


def _tell_change(claim: Claim, row: Any, before_name: str) -> str:
    now, then = words.shares(float(row.estimate), float(row.other_estimate))
    when = "before" if before_name == "before" else f"in {before_name}"
    perhaps = ": probably more than chance" * (claim.verdict == VERDICTS[1])
    start = str(row["from"])
    if row.what == "touchpoint":
        said = f"{now} of customers meet {start}"
    elif row.what == "path":
        said = f"{now} of visits {'go ' + start if ARROW in start else 'are ' + start + ' and nothing else'}"
    else:
        said = words.step(now, start, str(row["to"]))
    return f"{words.capital(said)}, {then} {when}{perhaps}."


def _costs(table: pd.DataFrame | None) -> list[Claim]:
    """What goes with a hand-over in score."""
    if table is None or not len(table) or "p" not in table:
        return []
    claims = []
    for _, row in table[np.isfinite(table.p) & np.isfinite(table.difference)].iterrows():
        gap = (float(row.difference), float(row.difference_low), float(row.difference_high))
        n = int(row.get("with_n", row.n))
        proof = evidence("Difference", f"{words.plural(n, 'answer')} about them")
        claims.append(
            Claim(
                f"handover:{row['from']}\u2192{row['to']}", "handover", "experience", "rating", n, *gap, level_of(row),
                float(row.p), partial(_tell_cost, row=row), proof, test=str(row.method),
                table="handovers", size=abs(gap[0]) * np.sqrt(float(row.n)),
                about=("handover", f"{row['from']} to {row['to']}"), digits=1,
            )
        )  # fmt: skip
    return claims


def _tell_cost(claim: Claim, row: Any) -> str:
    side, perhaps = ("lower" if claim.estimate < 0 else "higher"), "probably " * (claim.verdict == "likely")
    scores = " against ".join(words.number(value, 1, sign=True) for value in (row.with_score, row.without_score))
    cases = f"Of all cases given, those handed over from {row['from']} to {row['to']}"
    share = f" ({words.percent(row.share)} of those with a touch in {row['from']})"
    return f"{cases}{share} {perhaps}score {size(claim.estimate, 'rating', 1)} {side} than those that stayed there: {scores}."


def _moments(moments: pd.DataFrame | None) -> list[Claim]:
    if moments is None or not len(moments):
        return []
    claims, others = [], int(np.isfinite(moments.p).sum()) > 1
    for _, row in moments[np.isfinite(moments.p)].iterrows():
        gap = (float(row.slope), float(row.low), float(row.high))
        unit = str(row.outcome_unit)
        told = f"over all answers given, n {words.plural(row.n, 'customer')} with both; a step is one of \u22122 to +2"
        proof = evidence("Slope", told if others else f"{told}; no other stage could be allowed for")
        claims.append(
            Claim(
                f"moment:{row.stage}", "moment", str(row.outcome), unit, int(row.n), *gap, level_of(row), float(row.p),
                partial(_tell_moment, row=row), proof, test=str(row.method), table="moments_of_truth",
                size=abs(gap[0]),
                about=("stage", str(row.stage)), digits=1,
            )
        )  # fmt: skip
    return claims


def _tell_moment(claim: Claim, row: Any) -> str:
    perhaps = "probably " * (claim.verdict == "likely")
    if row.outcome == "loyalty":
        more = "more" if claim.estimate > 0 else "less"
        gain = f"recommend {size(claim.estimate, claim.unit, 1)} {more} on 0 to 10"
        return f"Customers who score {row.stage} one step better ({_STEP}) {perhaps}later {gain}."
    gain = signed(claim.estimate, claim.unit, 1)
    noun = "percentage points" if claim.unit == "share" else "points"
    return f"One step better at {row.stage} ({_STEP}) {perhaps}goes with {gain} {noun} of {row.outcome} later."


def _largest_loss(funnel: pd.DataFrame | None, within: str) -> list[Claim]:
    """Where most are lost: a statement of what was counted, not a test. Shares are those of the funnel's picture."""
    if funnel is None or len(funnel) < 2 or funnel.n.iloc[0] < FEW:
        return []
    at = int(funnel.left.iloc[1:].astype(float).to_numpy().argmax()) + 1
    row, start, end, base = funnel.iloc[at], funnel.iloc[0], funnel.iloc[-1], funnel.iloc[at - 1]
    if not row.left:
        return []
    time = f" within {in_words(microseconds(within, 'within'))} of the start" if within else ""
    told = (
        f"Of {words.plural(start.n, 'customer')} who start at {start.touchpoint}, {words.percent(end.of_all)} go through "
        f"{_steps_of(funnel)}{time}; most are lost between {base.touchpoint} and "
        f"{row.touchpoint}, where {words.percent(row.of_previous)} go on."
    )
    limits = words.interval(end.of_all_low, end.of_all_high, "share")
    passed = words.interval(row.of_previous_low, row.of_previous_high, "share")
    lost = f", of those who go on to {row.touchpoint} {passed}" if at < len(funnel) - 1 else ""
    still = " Those whose time is not over count as long as they were followed." if funnel["open"].sum() else ""
    proof = (
        f"{words.percent_interval(end.confidence)} of the share that gets there {limits}{lost}; "
        f"n {words.count(start.n)}.{still}"
    )
    return [
        Claim(
            "funnel", "funnel", "conversion", "share", int(start.n), float(end.of_all), float(end.of_all_low),
            float(end.of_all_high), float(end.confidence), np.nan, lambda claim: told, lambda claim: proof,
            test=str(end.method), table="funnel", verdict="clear",
        )
    ]  # fmt: skip


def _steps_of(funnel: pd.DataFrame) -> str:
    """How many steps a funnel has, and that they count in their order only, or in any."""
    steps = "both steps" if len(funnel) == 2 else f"all {len(funnel)} steps"
    if "in any order" in str(funnel.method.iloc[0]):
        return f"{steps} in any order"
    return f"{steps}, in order, up to {funnel.touchpoint.iloc[-1]}"


def _nothing() -> Claim:
    told = "There is nothing to speak of: no two touches of a customer follow each other."
    return Claim(
        "empty", "empty", "journey", "", 0, np.nan, np.nan, np.nan, np.nan, np.nan,
        lambda claim: told, lambda claim: "n 0.", verdict="too early",
    )  # fmt: skip
