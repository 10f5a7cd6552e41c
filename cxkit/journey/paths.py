"""The ways customers take: which sequences of touchpoints there are, and how common each is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cxkit import words
from cxkit.errors import choice
from cxkit.journey.log import Log, log_of
from cxkit.journey.tallies import LIMITS, finished, in_seconds, parts, positive, unit
from cxkit.journey.variants import commonest, variants
from cxkit.stats.clustered import share_limits

if TYPE_CHECKING:
    import pandas as pd

#: What may be done with the same touchpoint several times in a row.
REPEATS = ("keep", "join")


def paths(
    events: Any,
    *,
    most: int | None = 10,
    repeats: str = "keep",
    longest: int | None = None,
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Which ways do customers take, and how common is each?

    Parameters
    ----------
    events : Log, Table or frame
        The `events` table. A path is everything one customer did, in order; for paths of sessions give
        ``prepare(events).split("30min")``.
    most : int or None, default 10
        How many paths to show; None for all.
    repeats : {"keep", "join"}
        "join" counts the same touchpoint several times in a row as one step.
    longest : int, optional
        Longer paths are cut after so many steps and end in "…"; they are told apart from those that end there.
    customer, touchpoint, time : str
        Columns of a frame; a Log knows its own.
    tiebreak : str or list of str, optional
        Columns that put events of the same moment in order.
    confidence : float, default 0.95

    Returns
    -------
    DataFrame
        One row a path, the commonest first; equally common ones by the names of their steps, one step after the other:
        rank, path (its steps, joined by " → "), steps, n (journeys), share (of all journeys), low, high, customers,
        median_seconds (from the first to the last event of the path), example (the first customer who took it),
        confidence, method. `method` says how many paths there are and what share of journeys the rows cover.

    Raises
    ------
    UsageError
        If a limit is no positive whole number or `repeats` is unknown.
    DataError
        If a column is missing.

    Notes
    -----
    Exact: journeys are sorted into paths by a 64-bit number made from their steps, then compared step by step. Limits:
    Wilson on the effective number of journeys, with customers as clusters. **When not to use it**: where nearly every
    customer has a path of their own (long logs, many touchpoints) the top paths are the short ones and say little; look
    at `transitions` and `step_matrix`, or cut with `longest`. Paths end at the last event there is: a customer who came
    yesterday has not finished.

    References
    ----------
    van der Aalst, W. (2016). Process Mining: Data Science in Action. 2nd ed. Springer, ch. 9 (trace variants).

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({
    ...     "customer_id": list("aabbcc"),
    ...     "touchpoint": ["visit", "order", "visit", "order", "visit", "support"],
    ...     "occurred_at": pd.to_datetime("2026-03-01") + pd.to_timedelta([0, 60, 0, 90, 0, 30], unit="s"),
    ... })
    >>> paths(events)[["rank", "path", "n", "median_seconds", "example"]]
       rank             path  n  median_seconds example
    0     1    visit → order  2            75.0       a
    1     2  visit → support  1            30.0       c
    """
    choice(repeats, REPEATS, "repeats")
    most = None if most is None else positive(most, "most")
    longest = None if longest is None else positive(longest, "longest")
    log = log_of(events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak)
    walked, code, length, cut = _steps(log, repeats, longest)
    found = variants(code, walked.starts)
    shown = commonest(found, code, walked.starts, most)
    label = np.full(found.n.size, -1, dtype=np.int64)
    label[shown] = np.arange(shown.size)
    of = label[found.of]
    inside = of >= 0
    counted = parts(
        walked.customer, np.zeros(walked.journeys, dtype=np.int64), walked.customer[inside], of[inside],
        np.zeros(shown.size, dtype=np.int64), len(walked.customers),
    )  # fmt: skip
    share, low, high = share_limits(counted.sums, confidence=confidence)
    example = found.example[shown]
    written, steps = _written(walked, example, cut)
    columns = {
        "rank": np.arange(1, shown.size + 1), "path": written, "steps": steps,
        "n": counted.n, "share": share, "low": low, "high": high, "customers": counted.customers,
        "median_seconds": in_seconds(of[inside], length[inside], shown.size)[0],
        "example": [str(log.customers[i]) for i in walked.customer[example]],
    }  # fmt: skip
    return finished(columns, confidence, _method(log, found.n, shown, repeats, longest))


def _steps(log: Log, repeats: str, longest: int | None) -> tuple[Log, np.ndarray, np.ndarray, np.ndarray]:
    """The steps that count, their codes, the time they take, and which journeys were cut.

    The last step of a cut journey is one too many: it has code 0 and marks that the path goes on.
    """
    last = log.starts[1:] - 1
    if longest is None:
        walked = log.joined() if repeats == "join" else log
        length = log.time[last] - log.time[log.starts[:-1]]
        return walked, walked.touch + 1, length, np.zeros(log.journeys, dtype=bool)
    fresh = np.ones(len(log), dtype=bool)
    if repeats == "join":
        fresh[1:] = log.touch[1:] != log.touch[:-1]
    fresh[log.starts[:-1]] = True
    step = np.cumsum(fresh)
    step = step - np.repeat(step[log.starts[:-1]], log.lengths)  # 0, 1, ...
    cut = step[last] >= longest
    within = log.keep(step < longest)
    length = within.time[within.starts[1:] - 1] - log.time[log.starts[:-1]]
    walked = log.keep(fresh & (step <= longest))
    code = walked.touch + 1
    code[walked.starts[1:][cut] - 1] = 0
    return walked, code, length, cut


def _written(log: Log, journeys: np.ndarray, cut: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Path and number of steps of each journey; the mark of a cut path is written "…" and is no step."""
    names = np.array(log.touchpoints, dtype=object)
    written = []
    for begin, end, goes_on in zip(log.starts[journeys], log.starts[journeys + 1], cut[journeys], strict=True):
        steps = names[log.touch[begin : end - goes_on]].tolist()
        written.append(" → ".join([*steps, "…"] if goes_on else steps))
    return written, log.lengths[journeys] - cut[journeys]


def _method(log: Log, n: np.ndarray, shown: np.ndarray, repeats: str, longest: int | None) -> str:
    covered = words.percent(n[shown].sum() / log.journeys, 1) if log.journeys else words.DASH
    parts_said = [
        f"{words.count(shown.size)} of {words.plural(n.size, 'path')}, {covered} of {unit(log)}",
        "the same touchpoint in a row is one step" if repeats == "join" else "repeats kept",
        f"cut after {words.plural(longest, 'step')}" if longest else "",
        LIMITS.format("journeys"),
        log.said,
    ]
    return "; ".join(part for part in parts_said if part)
