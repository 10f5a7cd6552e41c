"""Where does the journey hurt most: how many customers, how far below the goal, and what they do then?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from cxkit import frames
from cxkit.errors import DataError, UsageError, suggest
from cxkit.journey.exposure import exposure, leaving_by_score
from cxkit.journey.log import Log, log_of
from cxkit.journey.scores import touchpoint_scores
from cxkit.journey.staging import stages_of
from cxkit.link import Linked
from cxkit.link.linked import HIGH, LOW
from cxkit.periods.lengths import microseconds, written
from cxkit.stats.compare import limits_at
from cxkit.stats.intervals import critical_value


def pain_points(
    scores: Any,
    events: Any,
    *,
    goals: Mapping[str, float] | float,
    stages: Any = None,
    linked: Linked | None = None,
    within: str | timedelta = "14D",
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Which touchpoints cost most, by customers who had them times how far their score is below the goal?

    Parameters
    ----------
    scores : DataFrame or Linked
        From `touchpoint_scores` by touchpoint, or linked answers.
    events : Log, Table or frame
        The touches of the same period.
    goals : float or mapping of str to float
        The score to reach, on -2 to +2: one for all, or one for each touchpoint or stage (a touchpoint's own comes
        before its stage's).
    stages : mapping or journey, optional
        The stage of each touchpoint, as in `stage_emotion`. Without: what the linked answers or the events say.
    linked : Linked, optional
        Linked answers, to tell whether those who score low leave more often. Not needed where `scores` are linked.
    within : str or timedelta, default "14D"
        A customer without a further touch for so long has left.
    customer, touchpoint, time, tiebreak
        Columns of the events, where they are not prepared yet.
    confidence : float, default 0.95

    Returns
    -------
    DataFrame
        One row a touchpoint, the costliest first, those without a score or a goal last: rank, rank_low, rank_high,
        touchpoint, stage, customers (who had it), n (scores), score, goal, gap (goal - score) with gap_low and gap_high,
        impact (customers times gap) with low and high, leaving (share of those who had it and did nothing after within
        the window), leaving_n (customers whose window is over), leaving_open (those for whom it is not), wait_seconds
        (median time to the next touch), waited_seconds (median time from the touch before), leaving_low and leaving_high
        (shares after scores below 0, and after others), leaving_difference with _low and _high, leaving_p,
        leaving_p_adjusted, leaving_verdict, confidence, method.

    Raises
    ------
    UsageError
        If a goal is not on the scale or names what does not occur, or an option cannot be read.
    DataError
        If `scores` are no table of touchpoints, or a column of the events is missing.

    Notes
    -----
    The customers are counted, so the limits of the impact are those of the gap times their number. A negative impact
    means that the touchpoint is above its goal; in the ranking it counts as none. The range of ranks holds for all
    touchpoints together: with limits at ``1 - (1 - confidence) / k`` for k scored touchpoints, it runs from 1 plus the
    touchpoints that are surely worse to k minus those that are surely better (Klein and others). `leaving` counts each
    customer once, by the last touch whose window is over.

    **When not to use it**: as the order in which to spend money. It says where much is felt by many, not what a repair
    costs or brings; and those who leave after a touchpoint may simply have what they came for.

    References
    ----------
    Klein, M., Wright, T. and Wieczorek, J. (2020). A joint confidence region for an overall ranking of populations.
    Journal of the Royal Statistical Society C 69, 589-606.

    Examples
    --------
    >>> from cxkit import read
    >>> from cxkit.link import link
    >>> touches = read("events", "sample:events")
    >>> found = pain_points(link(read("responses", "sample:responses"), touches), touches, goals=1.5)
    >>> found.loc[:1, ["rank", "rank_low", "rank_high", "touchpoint", "customers", "gap", "impact"]].round(2)
       rank  rank_low  rank_high touchpoint  customers   gap  impact
    0   1.0       1.0        4.0   delivery        753  0.37  282.34
    1   2.0       1.0        4.0    support        344  0.66  227.95
    """
    critical_value(confidence)
    window = microseconds(within, "within")
    if isinstance(scores, Linked):
        linked = linked or scores
        scores = touchpoint_scores(scores, confidence=confidence)
    table = _scored(scores)
    names = dict(customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak)
    log = log_of(events, **names, columns=[] if isinstance(events, Log) or stages is not None else _named_stage(events))
    names = list(log.touchpoints)
    seen = exposure(log, window)
    out = pd.DataFrame({"touchpoint": pd.Series(names, dtype="str"), "customers": seen.customers.astype("int64")})
    out = out[out["customers"] > 0]
    out["stage"] = _stage(out["touchpoint"], stages, linked, log)
    out = out.merge(table, on="touchpoint", how="left")
    out["n"] = out["n"].fillna(0).astype("int64")
    out["goal"] = _goals(out, goals, stages)
    _impact(out, float(table["confidence"].iloc[0]) if len(table) else confidence, confidence)
    at = pd.Index(names).get_indexer(out["touchpoint"])
    for name, values in (
        ("leaving", seen.leaving), ("leaving_n", seen.known), ("leaving_open", seen.open),
        ("wait_seconds", seen.wait), ("waited_seconds", seen.waited),
    ):  # fmt: skip
        out[name] = values[at]
    tied = (
        leaving_by_score(log, linked, out["touchpoint"].tolist(), window, confidence) if linked else _untied(len(out))
    )
    out = out.assign(**tied).astype({"leaving_verdict": "str"})
    out["confidence"], out["method"] = float(confidence), _methods(log, window, linked, out, confidence)
    out = out.sort_values(["rank", "touchpoint"], na_position="last", kind="stable")
    return out[list(PAINS)].reset_index(drop=True)


PAINS = (
    *("rank", "rank_low", "rank_high", "touchpoint", "stage", "customers", "n", "score", "goal"),
    *("gap", "gap_low", "gap_high", "impact", "low", "high"),
    *("leaving", "leaving_n", "leaving_open", "wait_seconds", "waited_seconds"),
    *("leaving_low", "leaving_high", "leaving_difference", "leaving_difference_low", "leaving_difference_high"),
    *("leaving_p", "leaving_p_adjusted", "leaving_verdict", "confidence", "method"),
)


def _scored(scores: Any) -> pd.DataFrame:
    """Score and limits of each touchpoint."""
    need = ["touchpoint", "n", "estimate", "low", "high", "confidence"]
    missing = [name for name in need if name not in getattr(scores, "columns", [])]
    if missing or scores["touchpoint"].duplicated().any():
        why = f"they have no '{missing[0]}'" if missing else "a touchpoint stands in several rows"
        raise DataError(f"pain_points: scores must be one row a touchpoint, but {why}. Take touchpoint_scores(linked).")
    renamed = {"estimate": "score", "low": "score_low", "high": "score_high"}
    return scores[need].rename(columns=renamed).dropna(subset=["touchpoint"])


def _named_stage(events: Any) -> list[str]:
    return ["stage"] if "stage" in frames.column_names(frames.as_frame(events)) else []


def _stage(touchpoint: pd.Series, stages: Any, linked: Linked | None, log: Log) -> pd.Series:
    """The stage of each touchpoint: as given, else the one it has most often in the answers or the events."""
    if stages is not None:
        return touchpoint.map(stages_of(stages)[0]).astype("str")
    found: dict[str, str] = {}
    if "stage" in log.columns:
        own = log.column("stage", "pain_points")
        wide = len(own.values) + 1
        counts = np.bincount(log.touch * wide + own.code + 1, minlength=len(log.touchpoints) * wide)
        counts = counts.reshape(-1, wide)[:, 1:]
        found = {t: own.values[row.argmax()] for t, row in zip(log.touchpoints, counts, strict=True) if row.sum()}
    elif linked is not None:
        rows = linked.table[["touchpoint", "stage"]].dropna().value_counts().reset_index()
        rows = rows.sort_values(["count", "stage"], ascending=[False, True], kind="stable").drop_duplicates(
            "touchpoint"
        )
        found = dict(zip(rows["touchpoint"], rows["stage"], strict=True))
    return touchpoint.map(found).astype("str")


def _goals(out: pd.DataFrame, goals: Mapping[str, float] | float, stages: Any) -> np.ndarray:
    if isinstance(goals, Mapping):
        order = stages_of(stages)[1] if stages is not None else []
        known = {*out["touchpoint"], *out["stage"].dropna(), *order}
        for name, goal in goals.items():
            if name not in known:
                raise UsageError(f"goals: there is no touchpoint or stage '{name}'.{suggest(name, known)}")
            _on_scale(goal, f" for '{name}'")
        stage = out["stage"].map(goals)
        return out["touchpoint"].map(goals).fillna(stage).to_numpy(dtype=float, na_value=np.nan)
    _on_scale(goals, "")
    return np.full(len(out), float(goals))


def _on_scale(goal: Any, of: str) -> None:
    if isinstance(goal, bool) or not isinstance(goal, int | float | np.number) or not LOW <= goal <= HIGH:
        raise UsageError(f"goals: {goal!r}{of} is not on the scale from −2 to +2.")


def _impact(out: pd.DataFrame, had: float, confidence: float) -> None:
    """Gap, impact and rank, each with its limits."""
    score, low, high = (out[name].to_numpy(dtype=float) for name in ("score", "score_low", "score_high"))
    goal, many = out["goal"].to_numpy(dtype=float), out["customers"].to_numpy(dtype=float)
    if had != confidence:
        low, high = limits_at(score, low, high, had, confidence)
    out["gap"], out["gap_low"], out["gap_high"] = goal - score, goal - high, goal - low
    out["impact"], out["low"], out["high"] = (many * out[name] for name in ("gap", "gap_low", "gap_high"))
    ranked = out["impact"].notna().to_numpy()
    k = int(ranked.sum())
    wide = limits_at(score, low, high, confidence, 1 - (1 - confidence) / max(k, 1))
    unknown = np.isnan(low)
    floor = np.maximum(many * (goal - np.where(unknown, HIGH, np.minimum(wide[1], HIGH))), 0)[ranked]
    ceiling = np.maximum(many * (goal - np.where(unknown, LOW, np.maximum(wide[0], LOW))), 0)[ranked]
    felt = np.maximum(out["impact"].to_numpy(dtype=float)[ranked], 0)
    order = np.lexsort((out["touchpoint"].to_numpy(dtype=object)[ranked].astype(str), -out["gap"][ranked], -felt))
    rank = np.empty(k)
    rank[order] = np.arange(1, k + 1)
    for name, values in (
        ("rank", rank),
        ("rank_low", 1.0 + (floor[None, :] > ceiling[:, None]).sum(axis=1)),
        ("rank_high", float(k) - (ceiling[None, :] < floor[:, None]).sum(axis=1)),
    ):
        out[name] = np.nan
        out.loc[ranked, name] = values


def _untied(rows: int) -> dict[str, Any]:
    """The columns of the tie between score and leaving, where no answers are linked."""
    names = [name for name in PAINS if name.startswith("leaving_") and name not in ("leaving_n", "leaving_open")]
    return dict.fromkeys(names, np.full(rows, np.nan)) | {"leaving_verdict": np.full(rows, "too early", dtype=object)}


def _methods(log: Log, window: int, linked: Linked | None, out: pd.DataFrame, confidence: float) -> list[str]:
    parts = [
        "customers who had it times (goal − score), limits those of the score; ranks from limits that hold for all "
        "touchpoints together",
        f"leaving: no touch of the customer within {written(window)} after the last one whose window is over",
    ]
    if linked is not None:
        parts.append("leaving_low and leaving_high from the answer on, scores below 0 against the others, Holm")
        parts.append(linked.said)
    parts.append(log.said)
    without = np.where(out["n"] == 0, "not measured", np.where(out["goal"].isna(), "no goal", ""))
    return ["; ".join([note, *parts] if note else parts) for note in without]
