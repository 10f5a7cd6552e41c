"""Do customers go the way a journey was meant to go, and what goes with leaving it?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cxkit import words
from cxkit.errors import DataError
from cxkit.journey.deviations import Deviations, deviations, main_runs
from cxkit.journey.log import Log, log_of
from cxkit.journey.stages import Journey, stage_codes
from cxkit.journey.with_without import ANSWERS, CUSTOMERS, Pairs, answers_of, lengths, score_columns, shares
from cxkit.stats.clustered import clustered_sums, mean_limits, share_limits
from cxkit.stats.compare import verdicts

if TYPE_CHECKING:
    import pandas as pd

ON_PATH = "on path"
_SCORES = ("with_score", "without_score", "difference", "difference_low", "difference_high", "p", "p_adjusted")


def conformance(
    events: Any,
    journey: Journey,
    *,
    answers: Any = None,
    outside: bool = True,
    confidence: float = 0.95,
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """What share of the journeys goes as intended, where do others leave the way, and what goes with it?

    Parameters
    ----------
    events : frame, Table or Log
        A Log that was split into sessions is judged session by session.
    journey : Journey
    answers : frame or Linked, optional
        Answers with customer_id and scaled (-2 to +2); with touched_at where customers have several journeys.
    outside : bool, default True
        Whether a touchpoint of no stage is a deviation; else such touches are passed over.
    confidence : float
    customer, touchpoint, time, tiebreak : str
        Columns of the events; see `cxkit.journey.prepare`.

    Returns
    -------
    pandas.DataFrame
        The first row is "on path", then deviations by n. kind: "on path", "skipped", "unexpected", "back" or "not in the
        journey"; from, to: stages ("(start)" before the first; "(other touchpoints)" for all but the commonest twenty
        outside); n: journeys with it, customers, share (of all journeys), low, high; with_n, with_score, without_n,
        without_score: answers and mean score of journeys with and without it; difference (with minus without),
        difference_low, difference_high, p, p_adjusted (Holm over the rows), verdict ("" where there is nothing to
        compare); seconds_with, seconds_without: median length of the journey; confidence, method.

    Raises
    ------
    DataError
        If no touchpoint of the journey occurs, there are no events, or an answer cannot be placed.

    Notes
    -----
    Touches of one stage in a row count as one. From a main stage the customer may go on to what its ``next`` names, or,
    where it names nothing, to the main stage that follows; up to the furthest stage reached so far any move forward is
    fine. **skipped**: a stage ahead was reached (from the furthest so far) and one between was left out; a journey that
    does not begin with the first stage skips from "(start)". **unexpected**: the stage directly ahead, though ``next``
    does not name it, or a side stage before the journey has begun. **back**: an earlier stage that ``next`` does not
    name; one that it names begins a new round. Side stages may come at any time after the first main stage. Stopping
    early is no deviation: who stops is told by `stage_flow`.

    Scores with and without a deviation are held against the mean of the same touchpoint and survey, where the answers name
    them. Answers of the whole journey count, also those from before the deviation.

    Limits of shares and of differences allow for several journeys and answers of one customer; the differences take
    both sides for independent, which makes their limits too wide rather than too narrow where customers stand on both.
    They belong to the level that agrees with p_adjusted. Scores are compared from 30 answers of 10 customers on both sides.
    Differences and lengths tell what goes together, not what causes
    what: who deviates may have had another errand. **When not to use it**: where the log begins in the middle of many
    journeys, "skipped from (start)" tells about the log; keep customers who came after its first day.

    References
    ----------
    van der Aalst, W. (2016). Process Mining: Data Science in Action, 2nd ed. Springer, chapter 8.

    Examples
    --------
    >>> import pandas as pd
    >>> from cxkit.journey.stages import Stage
    >>> events = pd.DataFrame({
    ...     "customer_id": [1, 1, 1, 2, 2], "touchpoint": ["visit", "basket", "order", "visit", "order"],
    ...     "occurred_at": pd.date_range("2026-01-01", periods=5)})
    >>> plan = Journey(stages=tuple(Stage(name, (name,)) for name in ("visit", "basket", "order")))
    >>> conformance(events, plan)[["kind", "from", "to", "n", "share"]].values.tolist()
    [['on path', '', '', 1, 0.5], ['skipped', 'visit', 'order', 1, 0.5]]
    """
    log = log_of(events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak)
    codes = stage_codes(log, journey, "conformance")
    found = deviations(log, journey, codes, outside=outside)
    pairs = _with_on_path(log, found)
    method = _method(log, journey, outside)
    columns = _share_columns(log, pairs, confidence)
    if answers is None:
        columns |= {name: np.full(pairs.things, np.nan) for name in _SCORES}
        columns |= dict.fromkeys(("with_n", "without_n"), np.zeros(pairs.things, dtype=np.int64))
        columns["verdict"] = [""] * pairs.things
    else:
        own, score, lost = answers_of(log, answers, "conformance")
        columns |= score_columns(log, pairs, own, score, confidence)
        said = verdicts(columns["p_adjusted"])
        columns["verdict"] = [
            word if np.isfinite(p) else "" for word, p in zip(said, columns["p"], strict=True)
        ]  # fmt: skip
        method += (
            f"; {words.plural(score.size, 'answer')} in these journeys, {words.count(lost)} in none; compared from "
            f"{ANSWERS} answers of {CUSTOMERS} customers on both sides"
        )
    columns["seconds_with"], columns["seconds_without"] = lengths(log, pairs)
    return _table(found, columns, confidence, method)


def _with_on_path(log: Log, found: Deviations) -> Pairs:
    """The journeys without any deviation as thing 0, before all deviations."""
    deviant = np.zeros(log.journeys, dtype=bool)
    deviant[found.journey] = True
    clean = np.flatnonzero(~deviant)
    return Pairs(
        journey=np.r_[clean, found.journey],
        which=np.r_[np.zeros(clean.size, dtype=np.int64), found.which + 1],
        things=len(found.kind) + 1,
    )


def _share_columns(log: Log, pairs: Pairs, confidence: float) -> dict[str, Any]:
    sums = shares(log, pairs)
    share, low, high = share_limits(sums, confidence=confidence)
    n = sums.s.astype(np.int64)
    return {"n": n, "customers": sums.customers.astype(np.int64), "share": share, "low": low, "high": high}


def _method(log: Log, journey: Journey, outside: bool) -> str:
    unit = "customers" if log.journeys == log.people else "journeys of customers"
    loose = "touchpoints of no stage are a deviation" if outside else "touchpoints of no stage are passed over"
    way = " → ".join(stage.name for stage in journey.main)
    return (
        f"{unit} against {way}{' (proposed)' if journey.proposed else ''}; touches of one stage in a row count once; side "
        f"stages at any time after the first main stage; stopping early is as intended; {loose}; Wilson interval clustered by "
        f"customer; scores by Welch's t with Holm over the rows, associations only; {log.said}"
    )


def _table(found: Deviations, columns: dict[str, Any], confidence: float, method: str) -> pd.DataFrame:
    import pandas as pd

    table = pd.DataFrame(
        {
            "kind": [ON_PATH, *found.kind],
            "from": ["", *found.start],
            "to": ["", *found.end],
            **{
                name: columns[name]
                for name in (
                    *("n", "customers", "share", "low", "high", "with_n", "with_score", "without_n", "without_score"),
                    *("difference", "difference_low", "difference_high", "seconds_with", "seconds_without"),
                    *("p", "p_adjusted", "verdict"),
                )
            },
        }
    )
    kinds = dict.fromkeys(("kind", "from", "to", "verdict"), "str")
    rank = np.where(table["kind"] == ON_PATH, 0, 1)
    table = table.assign(rank=rank, less=-table["n"]).sort_values(["rank", "less", "kind", "from", "to"], kind="stable")
    table = table.drop(columns=["rank", "less"]).astype(kinds).reset_index(drop=True)
    return table.assign(confidence=float(confidence), method=method).astype({"method": "str"})


def fitness(
    events: Any,
    journey: Journey,
    *,
    outside: bool = True,
    confidence: float = 0.95,
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """How well do journeys fit the plain sequence of the main stages, in the measure of process mining?

    Parameters
    ----------
    events : frame, Table or Log
    journey : Journey
    outside : bool, default True
        Whether a touch of no stage costs; else such touches are passed over.
    confidence : float
    customer, touchpoint, time, tiebreak : str
        Columns of the events; see `cxkit.journey.prepare`.

    Returns
    -------
    pandas.DataFrame
        One row. n: journeys, customers, fitness: mean over journeys (1: all fit), low, high (clustered by customer),
        log_fitness: 1 minus all costs over the worst costs, perfect: share of journeys with fitness 1, confidence, method.

    Raises
    ------
    DataError
        If no touchpoint of the journey occurs.

    Notes
    -----
    A journey is reduced to its main stages, touches of one stage in a row as one. It is aligned with the sequence of all
    main stages: each stage too many and each one missing costs 1, so with L stages in the journey, M in the sequence and
    the longest part common to both the cost is ``L + M - 2 common``, and fitness is ``1 - cost / (L + M)``. On a
    sequential model it equals alignment-based fitness. Unlike `conformance` it takes stopping early for a misfit and
    knows no ``next``. **When not to use it**: to tell anyone what to mend; it is one number for comparing logs.

    References
    ----------
    Adriansyah, A., van Dongen, B. and van der Aalst, W. (2011). Conformance checking using cost-based fitness analysis.
    IEEE EDOC, 55-64.

    Examples
    --------
    >>> import pandas as pd
    >>> from cxkit.journey.stages import Stage
    >>> events = pd.DataFrame({"customer_id": [1, 1], "touchpoint": ["visit", "order"],
    ...     "occurred_at": pd.date_range("2026-01-01", periods=2)})
    >>> plan = Journey(stages=tuple(Stage(name, (name,)) for name in ("visit", "basket", "order")))
    >>> float(fitness(events, plan)["fitness"].iloc[0])  # 2 of 2 stages fit, 1 of 3 is missing: 1 - 1 / 5
    0.8
    """
    import pandas as pd

    log = log_of(events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak)
    codes = stage_codes(log, journey, "fitness")
    if not log.journeys:
        raise DataError("fitness: there are no events.")
    on_way = [at for at, stage in enumerate(journey.stages) if not stage.side]
    order = np.full(len(journey.stages), -1, dtype=np.int64)
    order[on_way] = np.arange(len(on_way))
    runs, _ = main_runs(log, np.flatnonzero((codes >= 0) & (order[codes] >= 0)), codes)
    owner = log.journey[runs]
    length = np.bincount(owner, minlength=log.journeys)
    common = _longest_rise(order[codes[runs]], np.r_[0, np.cumsum(length)], len(on_way))
    if outside:
        length = length + np.bincount(log.journey[codes < 0], minlength=log.journeys)
    worst = length + len(on_way)
    cost = worst - 2 * common
    sums = clustered_sums(log.customer, np.zeros(log.journeys, dtype=np.int64), 1 - cost / worst, 1)
    mean, low, high = mean_limits(sums, confidence=confidence, bounds=(0.0, 1.0))
    return pd.DataFrame(
        {
            "n": sums.n,
            "customers": sums.customers,
            "fitness": mean,
            "low": low,
            "high": high,
            "log_fitness": 1 - cost.sum() / worst.sum(),
            "perfect": float((cost == 0).mean()),
            "confidence": float(confidence),
            "method": f"alignment with {' → '.join(stage.name for stage in journey.main)}, each misfit costs 1; {log.said}",
        }
    ).astype({"method": "str"})


def _longest_rise(stage: np.ndarray, starts: np.ndarray, stages: int) -> np.ndarray:
    """Length of the longest rising subsequence of stages in each journey, step by step over all journeys at once."""
    length = np.diff(starts)
    longest = np.argsort(-length, kind="stable")
    best = np.zeros((length.size, stages + 1), dtype=np.int64)  # best that ends below each stage, by rank of length
    alive = np.searchsorted(-length[longest], -np.arange(1, length.max(initial=0) + 1), side="right")
    above = np.arange(stages + 1)
    for step, many in enumerate(alive.tolist()):
        rows = longest[:many]
        here = stage[starts[rows] + step]
        reached = best[np.arange(many), here] + 1
        part = best[:many]
        np.maximum(part, np.where(above > here[:, None], reached[:, None], 0), out=part)
    found = np.zeros(length.size, dtype=np.int64)
    found[longest] = best[:, stages]
    return found
