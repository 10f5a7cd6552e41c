"""The bands of a flow: how many go from one touch to the next, touch by touch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxkit.errors import UsageError
from cxkit.journey.log import log_of

OTHER, ENDED = "(other)", "(ended)"


def flow_steps(
    events: Any,
    *,
    steps: int = 5,
    top: int = 8,
    repeats: str = "join",
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """How many go from each touch to the next, step by step from the beginning?

    Parameters
    ----------
    events : Log, Table or frame
        A Log that was split into sessions is counted session by session.
    steps : int, default 5
        Touches of a journey that are looked at.
    top : int, default 8
        The commonest touchpoints keep their names; the rest is "(other)".
    repeats : {"join", "keep"}
        Whether runs of one touchpoint count as one touch.
    customer, touchpoint, time, tiebreak : str
        Columns of the events; see `cxkit.journey.prepare`.

    Returns
    -------
    DataFrame
        step (1 for the first touch), from, to ("(ended)" where the journey ends there), n (journeys), customers, method.
        Sorted by step, then n, most first, then names.

    Raises
    ------
    UsageError
        If a number is below 1, or `repeats` is unknown.
    DataError
        If a column is missing.

    Notes
    -----
    The bands out of all touchpoints of a step add up to the journeys that have that many touches. **When not to use it**:
    a band does not say where its customers came from before; for whole ways use `paths`.

    Examples
    --------
    >>> events = pd.DataFrame({"customer_id": list("aab"), "touchpoint": ["visit", "order", "visit"],
    ...     "occurred_at": pd.date_range("2026-03-01", periods=3)})
    >>> flow_steps(events)[["step", "from", "to", "n"]].values.tolist()
    [[1, 'visit', '(ended)', 1], [1, 'visit', 'order', 1], [2, 'order', '(ended)', 1]]
    """
    for name, value in (("steps", steps), ("top", top)):
        if not isinstance(value, (int, np.integer)) or value < 1:
            raise UsageError(f"{name}: {value!r} is no whole number of 1 or more.")
    if repeats not in ("join", "keep"):
        raise UsageError(f"repeats: {repeats!r} is not a known choice. Write 'join' or 'keep'.")
    whole = log_of(events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak)
    log = whole.joined() if repeats == "join" else whole
    place = np.arange(len(log)) - np.repeat(log.starts[:-1], log.lengths)
    inside = place < steps
    names, code = _named(log, inside, top)
    follows = np.full(len(log), len(names))  # ended
    on = np.flatnonzero(log.goes_on)
    follows[on] = code[on + 1]
    width = len(names) + 1
    key = (place * width + code) * width + follows
    band, of, n = np.unique(key[inside], return_inverse=True, return_counts=True)
    customers = np.unique(of * np.int64(max(len(log.customers), 1)) + log.owner[inside]) // max(len(log.customers), 1)
    told = np.array([*names, ENDED], dtype=object)
    table = pd.DataFrame(
        {
            "step": (band // width**2 + 1).astype("int64"),
            "from": told[(band // width) % width],
            "to": told[band % width],
            "n": n.astype("int64"),
            "customers": np.bincount(customers.astype(np.int64), minlength=len(band)).astype("int64"),
        }
    ).astype({"from": "str", "to": "str"})
    runs = "runs of one touchpoint count once; " if repeats == "join" else ""
    table["method"] = f"{runs}the first {steps} touches; {whole.said}"
    order = ["step", "n", "from", "to"]
    return table.sort_values(order, ascending=[True, False, True, True], kind="stable").reset_index(drop=True)


def _named(log: Any, inside: np.ndarray, top: int) -> tuple[list[str], np.ndarray]:
    """The commonest touchpoints among the touches looked at and those that follow; all others are one."""
    counts = np.bincount(log.touch[inside], minlength=len(log.touchpoints))
    if (counts > 0).sum() <= top and len(log.touchpoints) <= top:
        return list(log.touchpoints), log.touch.astype(np.int64)
    kept = np.sort(np.argsort(-counts, kind="stable")[:top])
    anew = np.full(len(log.touchpoints), len(kept), dtype=np.int64)
    anew[kept] = np.arange(len(kept))
    return [*(log.touchpoints[i] for i in kept), OTHER], anew[log.touch]
