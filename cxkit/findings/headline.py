"""The findings of a page: all claims judged together, the most telling ones put into sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxkit.findings import level as levels
from cxkit.findings import people
from cxkit.findings.claims import FIRST, Claim, settle
from cxkit.findings.ranking import findings_table, is_muted, judgements, muted_names
from cxkit.findings.segments import kinds as kind_claims
from cxkit.findings.segments import segments as segment_claims
from cxkit.findings.segments import undecided
from cxkit.findings.why import why as why_claims
from cxkit.stats.compare import VERDICTS

#: Segments with fewer answers than this are not compared: their intervals are too wide to rank them.
FEW = 30

#: What a sentence can be about, in the order in which sentences of the same verdict stand.
KINDS = (
    "change",
    "why",
    "target",
    "level",
    "empty",
    "segment",
    "response rate",
    "commenters",
    "turn",
    "kind",
    "spread",
)


def headline(
    estimates: pd.DataFrame,
    *,
    before: pd.DataFrame | None = None,
    target: float | None = None,
    segments: Sequence[pd.DataFrame] = (),
    why: Sequence[Any] = (),
    commenters: pd.DataFrame | None = None,
    response_rate: pd.DataFrame | None = None,
    signals: Any = None,
    kinds: pd.DataFrame | None = None,
    mute: str | Sequence[str] = (),
    before_name: str = "before",
    least: int = FEW,
    most: int = 6,
) -> pd.DataFrame:
    """What should a reader know first: did it change, why, where does it differ, who speaks, and how sure is that?

    Parameters
    ----------
    estimates : DataFrame
        Estimate table with one row: the metric over all answers of the period.
    before : DataFrame, optional
        One row: the comparison table of `cxkit.survey.change`, or the estimate table of the period before.
    target : float, optional
        Target in the metric's unit (points for NPS, 0..1 for shares).
    segments : list of DataFrame, optional
        Tables of `cxkit.survey.versus_rest`, one a segment column.
    why : list of Decomposition, optional
        From `cxkit.survey.mix_and_rate`, one a segment column.
    commenters : DataFrame, optional
        Table of `cxkit.survey.commenter_gap`.
    response_rate : DataFrame, optional
        `Respondents.slope` of `cxkit.survey.respondents`.
    signals : Signals, optional
        From `cxkit.survey.signals`.
    kinds : DataFrame, optional
        Table of `cxkit.survey.change` by the kind of survey.
    mute : str or list of str
        Findings the analyst leaves out, by id or the beginning of one ("commenters", "segment:plan"); text separates
        them by semicolons. They stay in the table, marked.
    before_name : str
        How the earlier period is called in sentences, such as "Q2 2026".
    least : int
        Segments with fewer answers are left out of the comparison.
    most : int
        Findings at most. Change, target and level always stay.

    Returns
    -------
    DataFrame
        One row a finding, strongest first, muted ones last: ``rank, id, kind, verdict, sentence, evidence, metric, unit,
        n, estimate, low, high, p, p_adjusted, looked, by, value, test, table, muted``. `estimate`, `low` and `high` are of
        what the sentence is about (the difference, or the level), in `unit`; `p` is of that comparison alone, `p_adjusted` allows
        for all `looked` comparisons made for the headline; `by` and `value` name the segment it speaks of, `test` and
        `table` where it comes from. What was judged and not told is kept in ``attrs["judged"]`` for `agreed`.

    Raises
    ------
    UsageError
        If a table has not the shape it needs, the tables speak of different metrics, the target lies outside what the
        metric can be, or `mute` names no kind of finding.

    Notes
    -----
    All comparisons are judged together (see `cxkit.findings.claims.settle`): half of the allowance for error goes to the
    change, the other half is shared by the other questions, and within each Holm's procedure is used. So, where nothing
    differs, at most one page in twenty says that anything is clear. Level and target are single comparisons that were
    settled beforehand and are judged by their own interval.

    Of many clear segments those come first that weigh most in the total. Of the parts of a change those come first that
    hold more of it than their share of the answers; a part that would be the same as the whole says nothing.

    Examples
    --------
    >>> row = dict(metric="nps", unit="points", n=2648, estimate=31.1, low=28.2, high=34.0, confidence=0.95, method="")
    >>> now, then = pd.DataFrame([row]), pd.DataFrame([{**row, "n": 2412, "estimate": 38.2, "low": 35.2, "high": 41.1}])
    >>> for said in headline(now, before=then, target=40).sentence:
    ...     print(said)
    NPS fell 7 points, from +38 to +31.
    NPS is +31, 9 points below the target of +40.
    """
    muted = muted_names(mute, KINDS)
    row = levels.one(estimates, "estimates")
    if row.n == 0 or not np.isfinite(row.estimate):
        return findings_table([levels.nothing(row)], muted, KINDS)
    told_before = before is not None and len(before)
    change = levels.changed(row, before, before_name, least) if told_before else []
    first = settle({"change": change}, share=FIRST)["change"]  # as strict as it will be beside the other questions
    moved = bool(first) and first[0].verdict != VERDICTS[-1]
    judged = settle(
        {
            "change": change,
            "why": why_claims(list(why), least, moved),
            "segments": segment_claims(list(segments), least),
            "response rate": people.responding(response_rate),
            "commenters": people.commenters(commenters),
            "turn": people.turned(signals),
            "kinds": kind_claims(kinds, least),
        }
    )
    fixed = list(judged["change"])
    if target is not None:
        fixed.append(levels.against_target(row, float(target)))
    if all(is_muted(muted)(claim) for claim in fixed):
        fixed.append(levels.level(row))
    chosen = _chosen(judged, is_muted(muted))
    spread = undecided(list(segments), judged["segments"])
    left_out = [claim for claim in [*fixed, *chosen] if is_muted(muted)(claim)]
    room = max(most - len([claim for claim in fixed if claim not in left_out]), 0)
    kept = [claim for claim in [*chosen, *spread] if claim not in left_out][:room]
    found = findings_table([*(claim for claim in fixed if claim not in left_out), *kept, *left_out], muted, KINDS)
    found.attrs["judged"] = judgements(judged)
    return found


def _chosen(judged: dict[str, list[Claim]], quiet: Any) -> list[Claim]:
    """What may be told besides change and level: the most telling of each question first, then the runners-up."""
    best, more = [], []
    for name in ("why", "segments", "response rate", "commenters", "turn", "kinds"):
        sure = [claim for claim in judged[name] if claim.verdict != VERDICTS[-1]]
        if name == "why":  # a part that pulls the other way, or no harder than its share, explains nothing
            sure = [claim for claim in sure if claim.size > 0]
        seen = {claim.about for claim in best}  # no segment twice where another one can be named
        order = sorted(
            sure, key=lambda c: (quiet(c), VERDICTS.index(c.verdict), c.about in seen and c.about != (), -c.size)
        )
        best += [claim for claim in order if not quiet(claim)][:1]
        rest = [claim for claim in order if quiet(claim) or claim not in best]
        more += [claim for claim in rest if name != "why" or quiet(claim)][:2]  # one cause is enough for a headline
    return [*best, *more]
