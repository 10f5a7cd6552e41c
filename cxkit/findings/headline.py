"""The findings of a page: all claims judged together, the most telling ones put into sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxkit.errors import UsageError, suggest
from cxkit.findings import level as levels
from cxkit.findings import people
from cxkit.findings.claims import FIRST, Claim, settle
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

_COLUMNS = {
    "rank": "int64", "id": "str", "kind": "str", "verdict": "str", "sentence": "str", "evidence": "str", "metric": "str",
    "unit": "str", "n": "int64", "estimate": "float64", "low": "float64", "high": "float64", "p": "float64",
    "p_adjusted": "float64", "looked": "int64", "by": "str", "value": "str", "test": "str", "table": "str", "muted": "bool",
}  # fmt: skip


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
    muted = _muted(mute)
    row = levels.one(estimates, "estimates")
    if row.n == 0 or not np.isfinite(row.estimate):
        return _table([levels.nothing(row)], muted)
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
    if all(_is_muted(muted)(claim) for claim in fixed):
        fixed.append(levels.level(row))
    chosen = _chosen(judged, _is_muted(muted))
    spread = undecided(list(segments), judged["segments"])
    left_out = [claim for claim in [*fixed, *chosen] if _is_muted(muted)(claim)]
    room = max(most - len([claim for claim in fixed if claim not in left_out]), 0)
    kept = [claim for claim in [*chosen, *spread] if claim not in left_out][:room]
    found = _table([*(claim for claim in fixed if claim not in left_out), *kept, *left_out], muted)
    found.attrs["judged"] = {claim.id: _judgement(claim) for claims in judged.values() for claim in claims}
    return found


def _judgement(claim: Claim) -> dict[str, Any]:
    names = ("estimate", "low", "high", "p_adjusted", "looked", "verdict")
    return {name: getattr(claim, name) for name in names}


def _chosen(judged: dict[str, list[Claim]], is_muted: Any) -> list[Claim]:
    """What may be told besides change and level: the most telling of each question first, then the runners-up."""
    best, more = [], []
    for name in ("why", "segments", "response rate", "commenters", "turn", "kinds"):
        sure = [claim for claim in judged[name] if claim.verdict != VERDICTS[-1]]
        if name == "why":  # a part that pulls the other way, or no harder than its share, explains nothing
            sure = [claim for claim in sure if claim.size > 0]
        seen = {claim.about for claim in best}  # no segment twice where another one can be named
        order = sorted(
            sure, key=lambda c: (is_muted(c), VERDICTS.index(c.verdict), c.about in seen and c.about != (), -c.size)
        )
        best += [claim for claim in order if not is_muted(claim)][:1]
        rest = [claim for claim in order if is_muted(claim) or claim not in best]
        more += [claim for claim in rest if name != "why" or is_muted(claim)][:2]  # one cause is enough for a headline
    return [*best, *more]


def _muted(mute: str | Sequence[str]) -> list[str]:
    """The names of muted findings, each checked to begin with a kind of finding."""
    names = mute.split(";") if isinstance(mute, str) else list(mute)
    names = [str(name).strip() for name in names if str(name).strip()]
    for name in names:
        kind = name.split(":", 1)[0].strip()
        if kind not in KINDS:
            raise UsageError(
                f"mute: {name!r} is no finding.{suggest(kind, KINDS)} Write the id of a finding or the beginning of one, "
                "such as commenters or segment:plan=basic."
            )
    return names


def _is_muted(names: Sequence[str]):
    def check(claim: Claim) -> bool:
        return any(claim.id == name or claim.id.startswith((f"{name}:", f"{name}=")) for name in names)

    return check


def _table(claims: Sequence[Claim], muted: Sequence[str]) -> pd.DataFrame:
    """Rank: muted ones last, the change first, then by verdict and in the order of the kinds."""
    check = _is_muted(muted)

    def order_of(c: Claim) -> tuple:
        return check(c), c.kind != "change", VERDICTS.index(c.verdict), KINDS.index(c.kind), -c.size

    order = sorted(claims, key=order_of)
    rows = [
        {
            **{name: getattr(claim, name) for name in _COLUMNS if hasattr(claim, name)},
            "rank": rank, "sentence": claim.tell(claim), "evidence": claim.proof(claim), "muted": check(claim),
            "by": claim.about[0] if claim.about else "", "value": claim.about[1] if claim.about else "",
        }
        for rank, claim in enumerate(order, 1)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)
