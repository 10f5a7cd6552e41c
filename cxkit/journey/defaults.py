"""What a page falls back on: the stages of a file or a proposal, and the steps of a funnel."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from cxkit import frames
from cxkit.errors import DataError, UsageError, suggest
from cxkit.journey.funnel import funnel
from cxkit.journey.log import Log
from cxkit.journey.outcomes import later_loyalty
from cxkit.journey.proposing import propose_stages
from cxkit.journey.stages import Journey, fit_journey
from cxkit.journey.stages_reading import read_journey
from cxkit.journey.ticket_touches import ticket_lengths, ticket_touches


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


def stage_funnel(steps: Sequence[str], stages: Journey, log: Log, **rules: Any) -> Any:
    """Where do customers leave on the way through named steps or, where none are named, through the main stages?

    Parameters
    ----------
    steps : list of str
        Touchpoints that were named; empty: the main stages, each reached by any of its touchpoints.
    stages : Journey
    log : Log
        Prepared events.
    **rules
        As for `funnel`.

    Returns
    -------
    DataFrame or None
        As `funnel`; a stage's name stands for its touchpoints. None where fewer than two steps occur.

    Raises
    ------
    UsageError
        If a named step never occurs, or there is only one.

    Examples
    --------
    >>> from cxkit import read
    >>> from cxkit.journey import prepare
    >>> log = prepare(read("events", "sample:events"))
    >>> stage_funnel([], stages_for("sample:journey", log), log).touchpoint.tolist()
    ['discover', 'choose', 'order', 'receive', 'use']
    """
    if steps:
        return funnel(log, steps=list(steps), **rules)
    known = set(_occurring(log))
    told = [(stage.name, tuple(n for n in stage.touchpoints if n in known)) for stage in stages.main]
    told = [(name, touchpoints) for name, touchpoints in told if touchpoints]
    if len(told) < 2:
        return None
    table = funnel(log, steps=[touchpoints for _, touchpoints in told], **rules)
    table["touchpoint"] = [name for name, _ in told]
    return table


def success_of(named: str, steps: Sequence[str], stages: Journey, log: Log) -> list[str]:
    """Which touchpoints count as success: the one that was named, else the last step, else those of the last main stage.

    Parameters
    ----------
    named : str
    steps : list of str
    stages : Journey
    log : Log

    Returns
    -------
    list of str
        Empty where there is nothing to succeed at: no two stages, or nothing that comes before it in this log.

    Raises
    ------
    UsageError
        If the named touchpoint never occurs, or nothing ever comes before it.

    Examples
    --------
    >>> from cxkit import read
    >>> from cxkit.journey import prepare
    >>> log = prepare(read("events", "sample:events"))
    >>> success_of("", [], stages_for("sample:journey", log), log)
    ['unboxing']
    """
    known = _occurring(log)
    if named and named not in known:
        raise UsageError(f"success: the touchpoint '{named}' never occurs.{suggest(named, known)}")
    if named and not _led_to(log, [named]):
        raise UsageError(
            f"success: nothing ever comes before '{named}', so nothing leads to it. Name a touchpoint that comes later."
        )
    if named:
        return [named]
    told = [[n for n in stage.touchpoints if n in known] for stage in stages.main]
    told = [touchpoints for touchpoints in told if touchpoints]
    last = [name for name in steps[-1:] if name in known] if steps else told[-1] if len(told) > 1 else []
    return last if last and _led_to(log, last) else []


def _led_to(log: Log, names: Sequence[str]) -> bool:
    """Whether some customer has one of these touchpoints after another one."""
    goal = np.isin(log.touch, [log.touchpoints.index(name) for name in names])
    begins = log.starts[:-1]
    return bool((np.add.reduceat(goal, begins, dtype=np.int64)[~goal[begins]] > 0).any()) if len(log) else False


def loyalty_for(responses: Any, relational: str) -> Any:
    """The recommendation customers gave later, or None where the answers have no relationship survey.

    Parameters
    ----------
    responses : Table, frame or None
    relational : str
        Touchpoint of the relationship survey; empty: there is none.

    Returns
    -------
    DataFrame or None
        As `later_loyalty`.

    Raises
    ------
    UsageError
        Never: what is missing leaves the section out.

    Examples
    --------
    >>> loyalty_for(None, "relationship") is None
    True
    """
    if responses is None or not relational.strip():
        return None
    try:
        return later_loyalty(responses, relational=relational)
    except DataError:
        return None


def cases_of(tickets: Any) -> tuple[Any, Any]:
    """What a table of tickets tells of hand-overs, as far as it has the columns for it.

    Parameters
    ----------
    tickets : Table, frame or None

    Returns
    -------
    touches : frame or None
        As `ticket_touches`; None where the table does not say when, from where and to where a case was handed over.
    lengths : DataFrame or None
        As `ticket_lengths`; None where it does not say when cases were resolved.

    Raises
    ------
    UsageError
        If it is no table.

    Examples
    --------
    >>> import pandas as pd
    >>> cases_of(pd.DataFrame({"ticket_id": ["t1"], "opened_at": pd.to_datetime(["2026-03-01"])}))
    (None, None)
    """
    have = set() if tickets is None else set(frames.column_names(frames.as_frame(tickets)))
    told = {"ticket_id", "customer_id", "opened_at", "channel", "handed_over_at", "handed_to"} <= have
    timed = {"ticket_id", "opened_at", "resolved_at"} <= have
    return ticket_touches(tickets) if told else None, ticket_lengths(tickets) if timed else None


def _occurring(log: Log) -> list[str]:
    """Touchpoints that occur in this log, which may be a part of the one they were coded for."""
    return [log.touchpoints[k] for k in np.unique(log.touch)]


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
