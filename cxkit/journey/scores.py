"""How good is each touchpoint, and each stage of the journey, for the customers who were there?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxkit import frames, words
from cxkit.errors import UsageError, suggest
from cxkit.journey.staging import staged
from cxkit.link import Linked, link
from cxkit.link.linked import HIGH, LOW
from cxkit.stats.clustered import clustered_sums, mean_limits

#: Columns of a table of scores after its key.
SCORES = (
    *("surveys", "n", "customers", "estimate", "low", "high"),
    *("original", "few", "median_lag_seconds", "confidence", "method"),
)

#: A mean of fewer answers is marked.
FEW = 30


def touchpoint_scores(
    linked: Any,
    events: Any = None,
    *,
    by: str | Sequence[str] = "touchpoint",
    within: str = "30D",
    few: int = FEW,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """How good is each touchpoint for the customers who were asked about it?

    Parameters
    ----------
    linked : Linked, or Table or frame of answers
        From `cxkit.link.link`; answers as they are need `events`, and are linked with the usual rules.
    events : Table or frame, optional
        The touches, where `linked` is a table of answers.
    by : str or list of str, default "touchpoint"
        Columns of the linked answers; several are crossed. The group of missing values is last.
    within : str, default "30D"
        As in `link`, where answers are linked here.
    few : int, default 30
        Groups with fewer answers are marked.
    confidence : float, default 0.95

    Returns
    -------
    DataFrame
        One row a group: `by` columns, surveys ("csat, nps"), n (scores), customers, estimate with low and high (mean on
        -2 to +2), original (mean on the survey's own scale, where one survey alone speaks), few (n below `few`),
        median_lag_seconds (from the touch to the answer), confidence, method.

    Raises
    ------
    UsageError
        If answers come without events, or there is no such column.
    DataError
        As `cxkit.link.link`.

    Notes
    -----
    Each score becomes ``4 (score - low) / (high - low) - 2`` on its survey's scale; limits are a t interval on as many
    independent answers as those of the customers are worth (`cxkit.stats.clustered`), and missing where all scores are
    equal. **When not to use it**: to rank touchpoints that were asked different questions (see `surveys`): an effort
    score and a recommendation score of the same customer differ by habit.

    Examples
    --------
    >>> touches = pd.DataFrame({"customer_id": list("abc"), "touchpoint": "delivery",
    ...     "occurred_at": pd.to_datetime(["2026-07-01"] * 3)})
    >>> answers = pd.DataFrame({"customer_id": list("abc"), "touchpoint": "delivery", "survey": "csat",
    ...     "score": [2, 4, 5], "responded_at": pd.to_datetime(["2026-07-02"] * 3)})
    >>> touchpoint_scores(answers, touches)[["touchpoint", "n", "estimate", "original", "few"]].round(2)
      touchpoint  n  estimate  original   few
    0   delivery  3      0.67      3.67  True
    """
    linked = linked_of(linked, events, within)
    keys = frames.by_list(by, SCORES)
    if missing := [name for name in keys if name not in linked.table]:
        raise UsageError(f"by: the linked answers have no '{missing[0]}'.{suggest(missing[0], linked.table.columns)}")
    scored = linked.table[linked.table["scaled"].notna()]
    groups = frames.sort_keys(scored[keys].drop_duplicates(), keys)
    at = _places(scored, groups, keys)
    return _table(linked, scored, at, groups, few, confidence)


def stage_emotion(
    linked: Any,
    events: Any = None,
    *,
    stages: Any = None,
    within: str = "30D",
    few: int = FEW,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """How do customers feel in each stage of the journey?

    Parameters
    ----------
    linked, events, within, few, confidence
        As in `touchpoint_scores`.
    stages : mapping or journey, optional
        touchpoint -> stage (or stage -> touchpoints) in the order of the journey, or an object whose `stages` have a
        `name` and `touchpoints`. Without: the column `stage` of the events, in the order of the names.

    Returns
    -------
    DataFrame
        One row a stage, in the order of the stages: stage, and the columns of `touchpoint_scores`. A stage that nobody
        was asked about is a row with n 0 and a missing estimate; it is never filled in from its neighbours.

    Raises
    ------
    UsageError
        If the stages cannot be read, or there are none.
    DataError
        As `cxkit.link.link`.

    Notes
    -----
    The mean is over answers, so a stage speaks with the voice of its touchpoints that are asked about most. Answers
    about touchpoints of no stage are counted in `method`. **When not to use it**: to compare stages that were asked
    different questions; see `surveys` and the counts of each in `method`.

    Examples
    --------
    >>> touches = pd.DataFrame({"customer_id": list("abc"), "touchpoint": "delivery",
    ...     "occurred_at": pd.to_datetime(["2026-07-01"] * 3)})
    >>> answers = pd.DataFrame({"customer_id": list("abc"), "touchpoint": "delivery", "survey": "csat",
    ...     "score": [2, 4, 5], "responded_at": pd.to_datetime(["2026-07-02"] * 3)})
    >>> stage_emotion(answers, touches, stages={"checkout": "order", "delivery": "receive"})[["stage", "n", "estimate"]]
         stage  n  estimate
    0    order  0       NaN
    1  receive  3  0.666667
    """
    linked = linked_of(linked, events, within)
    stage, order = staged(linked.table, stages)
    if not order and len(linked.table):
        raise UsageError(
            "stage_emotion: the events name no stage. Give stages={'checkout': 'order', ...}, the stage of each touchpoint."
        )
    there = linked.table["scaled"].notna()
    scored = linked.table[there]
    code = pd.Index(order).get_indexer(stage[there]) if order else np.empty(0, dtype=np.int64)
    return _table(linked, scored, code, pd.DataFrame({"stage": pd.Series(order, dtype="str")}), few, confidence)


def linked_of(linked: Any, events: Any, within: str = "30D") -> Linked:
    """Linked answers as they are, or answers linked to the events here.

    Raises
    ------
    UsageError
        If answers come without events.
    """
    if isinstance(linked, Linked):
        return linked
    if events is None:
        raise UsageError(
            "scores: answers need the events they are about. Give both, or link(responses, events) from cxkit.link."
        )
    return link(linked, events, within=within)


def customer_codes(table: pd.DataFrame) -> np.ndarray:
    """Customers as numbers; answers without a customer stand for themselves."""
    code, ids = pd.factorize(table["customer_id"])
    code = code.astype(np.int64)
    alone = code < 0
    code[alone] = len(ids) + np.arange(int(alone.sum()))
    return code


def _places(rows: pd.DataFrame, groups: pd.DataFrame, keys: list[str]) -> np.ndarray:
    """The group of each row; a missing key is a key of its own."""
    numbered = groups.assign(_cx_at=np.arange(len(groups)))
    return rows[keys].merge(numbered, on=keys, how="left")["_cx_at"].to_numpy(dtype=np.int64)


def _table(linked: Linked, scored: pd.DataFrame, at: np.ndarray, keys: pd.DataFrame, few: int, confidence: float):
    """The columns after the keys."""
    many = len(keys)
    sums = clustered_sums(customer_codes(scored), at, scored["scaled"].to_numpy(dtype=float), many)
    mean, low, high = mean_limits(sums, confidence=confidence, bounds=(LOW, HIGH))
    by_survey = _by_survey(scored, at, many)
    lag = ((scored["responded_at"] - scored["touched_at"]) / pd.Timedelta(seconds=1)).clip(lower=0).to_numpy()
    single = [counts.index[0] if len(counts) == 1 else "" for counts in by_survey]
    own = scored["score"].groupby(at).mean().reindex(range(many)).to_numpy(dtype=float)
    given = scored["score"].notna().groupby(at).all().reindex(range(many), fill_value=False).to_numpy(dtype=bool)
    out = keys.reset_index(drop=True)
    out["surveys"] = pd.Series([", ".join(sorted(counts.index)) for counts in by_survey], dtype="str")
    out["n"], out["customers"] = sums.n.astype("int64"), sums.customers.astype("int64")
    out["estimate"], out["low"], out["high"] = mean, low, high
    out["original"] = np.where(np.array([bool(name) for name in single], dtype=bool) & given, own, np.nan)
    out["few"] = sums.n < few
    out["median_lag_seconds"] = pd.Series(lag).groupby(at).median().reindex(range(many)).to_numpy(dtype=float)
    out["confidence"] = float(confidence)
    out["method"] = pd.Series(_methods(linked, by_survey, int((at < 0).sum())), dtype="str")
    return out


def _by_survey(scored: pd.DataFrame, at: np.ndarray, many: int) -> list[pd.Series]:
    """Scores of each survey in each group."""
    counts = scored["survey"].fillna("comments").groupby(at).value_counts()
    return [
        counts[place] if place in counts.index.levels[0] and place >= 0 else counts.iloc[:0] for place in range(many)
    ]


def _methods(linked: Linked, by_survey: list[pd.Series], outside: int) -> list[str]:
    parts = [linked.scaling, "mean with a t interval clustered by customer"]
    if outside:
        parts.append(f"{words.plural(outside, 'score')} about touchpoints of no stage set aside")
    parts.append(linked.said)
    out = []
    for counts in by_survey:
        several = [f"{words.count(n)} {name}" for name, n in counts.sort_index().items()]
        own = [f"{words.listing(several)} answers"] if len(several) > 1 else []
        out.append("; ".join([*own, *parts]))
    return out
