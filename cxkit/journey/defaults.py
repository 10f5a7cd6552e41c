"""What a page falls back on: the stages of a file or a proposal, and the steps of a funnel."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from cxkit.errors import UsageError, suggest
from cxkit.journey.log import Log
from cxkit.journey.proposing import propose_stages
from cxkit.journey.stages import Journey, fit_journey
from cxkit.journey.stages_reading import read_journey


def stages_for(path: str | os.PathLike[str], events: Any) -> Journey:
    """What are the stages of this journey: those of the file, or a proposal from the events?

    Parameters
    ----------
    path : str or path
        A stages file, or "sample:journey"; empty: propose them.
    events : Log, Table or frame

    Returns
    -------
    Journey
        Its `notes` say which touchpoints have no stage and which names of the file never occur, or that the stages are a
        proposal.

    Raises
    ------
    UsageError
        If the file cannot be read.
    DataError
        If none of its touchpoints occurs.

    Examples
    --------
    >>> from cxkit import read
    >>> stages_for("", read("events", "sample:events")).proposed
    True
    """
    written = read_journey(path)
    return propose_stages(events) if written is None else fit_journey(written, events)


def funnel_steps(steps: Sequence[str], stages: Journey, log: Log, *, most: int = 4) -> list[str]:
    """Which steps does a funnel take where nobody named them: the main touchpoint of each of the first main stages.

    Parameters
    ----------
    steps : list of str
        Steps that were named; they are checked and given back.
    stages : Journey
    log : Log
        Prepared events.
    most : int
        Stages at most, from the first on.

    Returns
    -------
    list of str

    Raises
    ------
    UsageError
        If a named step never occurs, or fewer than two stages have a touchpoint that occurs.

    Examples
    --------
    >>> from cxkit import read
    >>> from cxkit.journey import prepare
    >>> log = prepare(read("events", "sample:events"))
    >>> funnel_steps([], stages_for("sample:journey", log), log)
    ['visit', 'product page', 'basket', 'delivery']
    """
    if steps:
        unknown = [name for name in steps if name not in log.touchpoints]
        if unknown:
            raise UsageError(
                f"steps: the touchpoint '{unknown[0]}' never occurs.{suggest(unknown[0], log.touchpoints)}"
            )
        return list(steps)
    reached = _customers(log)
    told = [
        max(known, key=lambda name: (reached[name], name))
        for stage in stages.main
        if (known := [n for n in stage.touchpoints if n in reached])
    ]
    if len(told) < 2:
        raise UsageError(
            "steps: the stages do not give a funnel of two steps. Name them: steps=basket; checkout; order."
        )
    return told[:most]


def _customers(log: Log) -> dict[str, int]:
    """Customers who met each touchpoint."""
    pairs = np.unique(log.owner.astype(np.int64) * max(len(log.touchpoints), 1) + log.touch)
    counts = np.bincount(pairs % max(len(log.touchpoints), 1), minlength=len(log.touchpoints))
    return {name: int(n) for name, n in zip(log.touchpoints, counts, strict=True) if n}


def goals_for(stages: Journey, scores: Any) -> tuple[dict[str, float] | float, str]:
    """What are scores held against: the goals of the stages file, or the average of all answers?

    Parameters
    ----------
    stages : Journey
    scores : Linked or None
        Answers joined to their touches.

    Returns
    -------
    goals : dict or float
        By stage, or one for all, from -2 to +2.
    name : str
        What it is called in a sentence.

    Raises
    ------
    UsageError
        Never.

    Notes
    -----
    Without goals a stage is held against the mean of all linked answers: then the question is which stage is worse than
    usual, not whether it is good enough.

    Examples
    --------
    >>> from cxkit.journey import Journey
    >>> goals_for(Journey(), None)
    (0.0, 'the middle of the scale')
    """
    if stages.goals:
        return dict(stages.goals), "its goal"
    known = None if scores is None else scores.table["scaled"].dropna()
    if known is None or known.empty:
        return 0.0, "the middle of the scale"
    return float(known.mean()), "the average of all answers"
