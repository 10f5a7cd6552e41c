"""Targets and benchmarks on the page: who set them, when, and what to mind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from cxkit.errors import UsageError
from cxkit.goals import Goal, Goals
from cxkit.markup import Block, visible
from cxkit.page.notes import note

if TYPE_CHECKING:
    import pandas as pd


def goals_note(goals: Sequence[Goal], *, scale: str = "", mode: str = "", country: str = "") -> Block:
    """Say where the lines come from that the score is held against, and why a benchmark is no measuring stick.

    Parameters
    ----------
    goals : Goals or list of Goal
        From `cxkit.goals.read_goals`.
    scale, mode, country : str
        Of the survey at hand, as in `Goals.warning`.

    Returns
    -------
    Block
        Of kind "note"; empty where there are no goals.

    Raises
    ------
    UsageError
        If something is no goal.

    Examples
    --------
    >>> aim = Goal("target", "Board target", "nps", 40.0, "points", "Board paper", 2026)
    >>> print(goals_note([aim]))
    Targets and benchmarks
    Board target +40: Board paper, 2026.
    """
    held = goals if isinstance(goals, Goals) else Goals(tuple(goals))
    for goal in held:
        if not isinstance(goal, Goal):
            raise UsageError(f"goals_note: expected goals, got {type(goal).__name__}. Use cxkit.goals.read_goals(...).")
    if not len(held):
        return Block("note", plain="")
    lines = [_said(goal) for goal in held]
    warning = held.warning(scale, mode, country)
    block = note("caution" if warning else "method", "Targets and benchmarks", *lines, *([warning] if warning else []))
    return Block(block.kind, block.html, block.plain, sheets={"Targets and benchmarks": partial(_table, held)})


def _said(goal: Goal) -> str:
    more = f" {visible(goal.note).rstrip('.')}." if goal.note else ""
    return f"{visible(goal.label)}: {visible(goal.source).rstrip('.')}, {goal.year}.{more}"


def _table(goals: Goals) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([asdict(goal) for goal in goals])
