"""What an intended journey is: stages, their touchpoints, owners, goals and ideas for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from typing import Any

import numpy as np

from cxkit import words
from cxkit.errors import DataError, UsageError, suggest
from cxkit.journey.log import Log, log_of

#: So many names are told in a note; of the others only how many there are.
NAMED = 8
#: Nearest names are looked for among so many of the commonest touchpoints.
NEAR_AMONG = 300


@dataclass(frozen=True)
class Stage:
    """One stage of a journey.

    Attributes
    ----------
    name : str
    touchpoints : tuple of str
    owner : str
        Who answers for it; empty: nobody was named.
    goal : float or None
        The score aimed at, from -2 to +2.
    goal_text : str
        The goal as it was written, with its scale ("4.2 on 1-5").
    side : bool
        A stage beside the way, such as help: some customers pass it, and nobody who does not has left.
    next : tuple of str
        Stages or touchpoints that may come next; empty: the main stage that follows.
    """

    name: str
    touchpoints: tuple[str, ...] = ()
    owner: str = ""
    goal: float | None = None
    goal_text: str = ""
    side: bool = False
    next: tuple[str, ...] = ()


@dataclass(frozen=True)
class Opportunity:
    """One idea that would better a stage or a touchpoint.

    Attributes
    ----------
    stage : str
        The stage it belongs to (of its touchpoint, where only that was named).
    touchpoint : str
        Empty: the whole stage.
    idea : str
    owner : str
        Empty: nobody was named.
    due : date or None
    target : str
        What would show that it worked.
    """

    stage: str
    touchpoint: str
    idea: str
    owner: str = ""
    due: date | None = None
    target: str = ""


@dataclass(frozen=True)
class Journey:
    """Stages in order, and what a company wrote down about them.

    Attributes
    ----------
    name, scenario, expects : str
        What the journey is called, what the customer is about, and what they expect.
    stages : tuple of Stage
        In order, side stages in their place.
    opportunities : tuple of Opportunity
    source : str
        The file's name, or how the stages were found.
    proposed : bool
        Whether the stages were found from the events rather than written down.
    notes : tuple of str
        What a reader has to know: touchpoints without a stage, names that never occur.
    """

    name: str = ""
    scenario: str = ""
    expects: str = ""
    stages: tuple[Stage, ...] = ()
    opportunities: tuple[Opportunity, ...] = ()
    source: str = ""
    proposed: bool = False
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the stages, in order."""
        return tuple(stage.name for stage in self.stages)

    @property
    def main(self) -> tuple[Stage, ...]:
        """The stages on the way, in order."""
        return tuple(stage for stage in self.stages if not stage.side)

    @property
    def goals(self) -> Mapping[str, float]:
        """Goal of each stage that has one, from -2 to +2."""
        return {stage.name: stage.goal for stage in self.stages if stage.goal is not None}

    @property
    def touchpoints(self) -> tuple[str, ...]:
        """Touchpoints of all stages, in order."""
        return tuple(touchpoint for stage in self.stages for touchpoint in stage.touchpoints)

    def stage(self, name: str) -> Stage:
        """The stage of this name.

        Raises
        ------
        UsageError
            If there is none.
        """
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise UsageError(f"stage: there is no stage '{name}'.{suggest(name, self.names)}")

    def stage_of(self, touchpoint: str) -> str:
        """The stage of a touchpoint; empty where it has none."""
        at = self._places.get(touchpoint, -1)
        return self.stages[at].name if at >= 0 else ""

    def codes(self, touchpoints: Iterable[str]) -> np.ndarray:
        """Place of each touchpoint's stage in `stages`; -1 where it has none.

        >>> Journey(stages=(Stage("find", ("visit",)), Stage("buy", ("order",)))).codes(["order", "visit", "fair"]).tolist()
        [1, 0, -1]
        """
        places = self._places
        return np.array([places.get(touchpoint, -1) for touchpoint in touchpoints], dtype=np.int16)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {touchpoint: at for at, stage in enumerate(self.stages) for touchpoint in stage.touchpoints}

    def base(self, at: int) -> int:
        """Place of the nearest main stage before a stage, from which customers come to it; -1 where there is none."""
        return next((k for k in range(at - 1, -1, -1) if not self.stages[k].side), -1)


def stage_codes(log: Log, journey: Journey, who: str) -> np.ndarray:
    """Place of each event's stage in `journey.stages`; -1 where its touchpoint has none.

    Raises
    ------
    UsageError
        If there is no journey.
    DataError
        If none of its touchpoints occurs.
    """
    if not isinstance(journey, Journey):
        raise UsageError(
            f"{who}: journey is {type(journey).__name__}, not a journey. Take read_journey(path) or propose_stages(events)."
        )
    codes = journey.codes(log.touchpoints)
    if not (codes >= 0).any():
        raise DataError(_none_occurs(log, journey, who))
    return codes[log.touch]


def _none_occurs(log: Log, journey: Journey, who: str) -> str:
    if not len(log):
        return f"{who}: there are no events."
    common = ", ".join(f"'{name}'" for name in _commonest(log, 5))
    return (
        f"{who}: none of the {words.plural(len(journey.touchpoints), 'touchpoint')} of {journey.source or 'the journey'} "
        f"occurs in the events. The commonest there are {common}."
    )


def fit_journey(
    journey: Journey,
    events: Any,
    *,
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
) -> Journey:
    """Do the touchpoints of the file and those of the data fit together?

    Parameters
    ----------
    journey : Journey
    events : frame, Table or Log
    customer, touchpoint, time, tiebreak : str
        Columns of the events; see `cxkit.journey.prepare`.

    Returns
    -------
    Journey
        The same journey; its `notes` say which of its touchpoints never occur (with the nearest name) and which
        touchpoints of the data are in no stage (with their number of events).

    Raises
    ------
    DataError
        If none of its touchpoints occurs.

    Notes
    -----
    Nothing is renamed: a name that is spelled otherwise counts as another touchpoint until the file is mended.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({
    ...     "customer_id": [1, 1], "touchpoint": ["Visit", "order"], "occurred_at": pd.to_datetime(["2026-01-01"] * 2)})
    >>> plan = Journey(stages=(Stage("find", ("visit",)), Stage("buy", ("order",))), source="plan.toml")
    >>> for note in fit_journey(plan, events).notes: print(note)
    1 touchpoint of plan.toml never occurs: 'visit' (the data have 'Visit').
    1 touchpoint of the data is in no stage: 'Visit' (1 event).
    """
    log = log_of(events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak)
    stage_codes(log, journey, "journey")
    codes = journey.codes(log.touchpoints)
    counts = np.bincount(log.touch, minlength=len(log.touchpoints))
    there = {name for name, n in zip(log.touchpoints, counts, strict=True) if n}
    lost = [name for name in journey.touchpoints if name not in there]
    order = np.argsort(-counts, kind="stable")
    loose = [(log.touchpoints[at], int(counts[at])) for at in order if codes[at] < 0 and counts[at]]
    return replace(journey, notes=(*journey.notes, *_lost(lost, loose, journey.source), *_loose(loose)))


def _lost(lost: list[str], loose: list[tuple[str, int]], source: str) -> list[str]:
    """A note on touchpoints of the file that never occur."""
    if not lost:
        return []
    candidates = {name.casefold(): name for name, _ in reversed(loose[:NEAR_AMONG])}
    told = []
    for name in lost[:NAMED]:
        near = get_close_matches(name.casefold(), candidates, n=1, cutoff=0.6)
        told.append(f"'{name}'" + (f" (the data have '{candidates[near[0]]}')" if near else ""))
    verb = "never occurs" if len(lost) == 1 else "never occur"
    return [f"{words.plural(len(lost), 'touchpoint')} of {source or 'the journey'} {verb}: {_told(told, len(lost))}."]


def _loose(loose: list[tuple[str, int]]) -> list[str]:
    """A note on touchpoints of the data that are in no stage."""
    if not loose:
        return []
    told = [f"'{name}' ({words.plural(n, 'event')})" for name, n in loose[:NAMED]]
    verb = "is" if len(loose) == 1 else "are"
    more = sum(n for _, n in loose)
    tail = f"; {words.plural(more, 'event')} in all" if len(loose) > 1 else ""
    return [
        f"{words.plural(len(loose), 'touchpoint')} of the data {verb} in no stage: {_told(told, len(loose))}{tail}."
    ]


def _told(told: list[str], total: int) -> str:
    return words.listing([*told, f"{words.count(total - len(told))} more"] if total > len(told) else told)


def _commonest(log: Log, most: int) -> list[str]:
    counts = np.bincount(log.touch, minlength=len(log.touchpoints))
    return [log.touchpoints[at] for at in np.argsort(-counts, kind="stable")[:most] if counts[at]]
