"""Stages for a journey nobody has written down: from the order and the frequency of its touchpoints."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from cxkit import frames, words
from cxkit.errors import DataError, UsageError
from cxkit.journey.distinct import distinct
from cxkit.journey.log import Log, log_of
from cxkit.journey.precedence import linear_order, natural_breaks, positions, precedence, rising
from cxkit.journey.stages import Journey, Stage

#: Touchpoints of fewer customers than this share are rare, and at most so many others are put in order.
RARE, COMMON = 0.01, 40
#: A column with more values than this holds something else than stages.
MOST_STAGES = 20
#: The fewest stages are taken that explain this share of what the most stages would.
ENOUGH = 0.995


def propose_stages(
    events: Any,
    *,
    stage: str = "stage",
    fewest: int = 4,
    most: int = 7,
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
) -> Journey:
    """Which stages would the events themselves suggest?

    Parameters
    ----------
    events : frame, Table or Log
    stage : str, default "stage"
        A column that names the stage of each event; used where it is there. Empty: it is disregarded.
    fewest, most : int, default 4 and 7
        Number of stages, where they are found from order and frequency.
    customer, touchpoint, time, tiebreak : str
        Columns of the events; see `cxkit.journey.prepare`.

    Returns
    -------
    Journey
        With ``proposed=True``, stages in order, and notes that say how they were found.

    Raises
    ------
    DataError
        If there are no events.
    UsageError
        If `fewest` and `most` are no numbers of stages.

    Notes
    -----
    **With a column of stages** each touchpoint goes to the stage it most often stands in; stages are put in order like
    touchpoints.

    **From order and frequency.** For every two touchpoints: in which share of the journeys with both does the one first
    come before the other? (Within one sitting where the two meet there, else over the whole journey.) Touchpoints are put
    into the order that agrees best with these shares; the mean share of others that come before it is a touchpoint's
    position. The order is cut where positions lie farthest apart: the sum of squares within the groups, each touchpoint
    weighted by its customers, is the smallest there is (Fisher 1958), with the fewest groups that explain 99.5 % of what
    `most` groups would. Neighbours whose names begin with the same word stay together. A touchpoint of fewer than 1 % of
    the customers goes to the stage of the touchpoints it stands next to most often. A stage is called after the word its
    names share, or its commonest touchpoint.

    **When not to use it**: as anything but a beginning. It knows no side stages (help lands where it most often comes),
    takes two things that always come together for one, and cannot know what people in the company call a stage. Write the
    stages down and read them with `read_journey`.

    References
    ----------
    Fisher, W. D. (1958). On grouping for maximum homogeneity. JASA 53, 789-798.

    Examples
    --------
    >>> import cxkit
    >>> events = cxkit.read("events", "sample:events")
    >>> propose_stages(events).names
    ('discover', 'choose', 'order', 'receive', 'use', 'help', 'renew')
    >>> propose_stages(events, stage="").stages[0].touchpoints
    ('visit',)
    """
    _check(fewest, most)
    columns = [stage] if stage and not isinstance(events, Log) and _has(events, stage) else []
    log = log_of(events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak, columns=columns)
    if not len(log):
        raise DataError("propose_stages: there are no events.")
    if stage and stage in log.columns:
        values = log.columns[stage].values
        if 1 <= len(values) <= MOST_STAGES:
            return _from_column(log, stage)
        why = "is empty" if not values else f"has {words.count(len(values))} values, too many for stages"
        return _from_order(log, fewest, most, (f"The column '{stage}' {why}; it is disregarded.",))
    return _from_order(log, fewest, most, ())


def _check(fewest: int, most: int) -> None:
    whole = all(isinstance(value, int) and not isinstance(value, bool) for value in (fewest, most))
    if not whole or not 1 <= fewest <= most <= MOST_STAGES:
        raise UsageError(
            f"fewest and most: {fewest!r} and {most!r} do not fit. Choose whole numbers from 1 to {MOST_STAGES}, "
            "fewest not above most."
        )


def _has(events: Any, column: str) -> bool:
    return column in frames.column_names(frames.as_frame(events))


def _from_column(log: Log, column: str) -> Journey:
    """Each touchpoint to its commonest stage; the stages in the order customers come to them."""
    held = log.columns[column]
    size, names = len(held.values), len(log.touchpoints)
    known = held.code >= 0
    counts = np.bincount(log.touch[known].astype(np.int64) * size + held.code[known], minlength=names * size)
    counts = counts.reshape(names, size)
    place = np.where(counts.sum(axis=1) > 0, counts.argmax(axis=1), -1)
    own = np.bincount(log.touch, minlength=names)
    used = np.unique(place[place >= 0])
    within = np.full(size, -1)
    within[used] = np.arange(used.size)
    place = np.where(place >= 0, within[place], -1)
    order = linear_order(precedence(log, place[log.touch], used.size)) if used.size > 1 else np.arange(used.size)
    stages = []
    for at in order:
        there = np.flatnonzero(place == at)
        there = there[np.argsort(-own[there], kind="stable")]
        stages.append(Stage(str(held.values[used[at]]), tuple(log.touchpoints[code] for code in there)))
    notes = [
        f"These stages are a proposal: those of the column '{column}', in the order in which customers come to them; each "
        "touchpoint is in the stage in which it stands most often."
    ]
    elsewhere = int(counts.sum() - counts.max(axis=1).sum())
    if elsewhere:
        notes.append(f"{words.plural(elsewhere, 'event')} stood in another stage than most of their touchpoint.")
    return Journey(stages=tuple(stages), source=f"the column '{column}'", proposed=True, notes=tuple(notes))


def _from_order(log: Log, fewest: int, most: int, notes: tuple[str, ...]) -> Journey:
    """Common touchpoints in order, cut where it breaks; rare ones beside those they stand next to."""
    names = len(log.touchpoints)
    customers = np.bincount(distinct(log.owner * names + log.touch) % names, minlength=names)
    ranked = np.argsort(-customers, kind="stable")
    share = customers / log.people
    size = min(max(int((share >= RARE).sum()), most), COMMON, int((customers > 0).sum()))
    common = np.sort(ranked[:size])
    group = np.full(names, -1)
    group[common] = np.arange(size)
    pairs = precedence(log, group[log.touch], size)
    order = linear_order(pairs)
    codes, weight = common[order], customers[common[order]].astype(float)
    begins = natural_breaks(
        rising(positions(pairs)[order], weight), weight, _units([log.touchpoints[code] for code in codes]), fewest, most,
        enough=ENOUGH,
    )  # fmt: skip
    place = np.full(names, -1)
    place[codes] = np.searchsorted(begins, np.arange(size), side="right") - 1
    rare = (place < 0) & (customers > 0)
    place = _beside(log, place, rare, len(begins))
    notes = (*notes, _said(size, int(rare.sum())))
    stages = _named(log, place, len(begins), customers, common)
    return Journey(stages=stages, source="order and frequency of the touchpoints", proposed=True, notes=notes)


def _said(common: int, rare: int) -> str:
    text = (
        "These stages are a proposal from order and frequency: touchpoints in the order in which customers first come to "
        "them, cut where that order breaks. Nobody has said that they are the company's stages."
    )
    if rare:
        text += f" {words.plural(rare, 'rare touchpoint')} went to the stage of those they stand next to most often."
    return text if common > 1 else "There is one touchpoint, and so one stage."


def _word(name: str) -> str:
    """The first word of a name, in lower case ('pay' of 'pay_card' and 'payCash'); the name itself if that is short."""
    found = re.match(r"\s*([^\W\d_]+)", name)
    if not found:
        return name
    text = found[1]
    camel = re.match(r"[a-zäöüß]{3,}(?=[A-Z])|[A-Z][a-zäöüß]{2,}(?=[A-Z])", text)
    word = (camel[0] if camel else text).lower()
    return word if len(word) > 2 else name


def _units(names: list[str]) -> np.ndarray:
    """Neighbours in order that begin with the same word; a word that begins most of the names tells nothing."""
    first = [_word(name) for name in names]
    often = Counter(first)
    telling = [often[word] * 2 <= max(len(names), 4) for word in first]
    fresh = [
        at == 0 or first[at] != first[at - 1] or not telling[at] for at in range(len(names))
    ]  # fmt: skip
    return np.cumsum(fresh)


def _beside(log: Log, place: np.ndarray, rare: np.ndarray, stages: int) -> np.ndarray:
    """Places with rare touchpoints put beside those they stand next to most often, else where in the journey they come."""
    if not rare.any():
        return place
    on = np.flatnonzero(log.goes_on)
    one, other = log.touch[on], log.touch[on + 1]
    counts = np.zeros(place.size * stages, dtype=np.int64)
    for own, neighbour in ((one, other), (other, one)):
        use = rare[own] & (place[neighbour] >= 0)
        counts += np.bincount(own[use].astype(np.int64) * stages + place[neighbour[use]], minlength=counts.size)
    counts = counts.reshape(-1, stages)
    placed = np.where(rare & (counts.sum(axis=1) > 0), counts.argmax(axis=1), place)
    alone = np.flatnonzero(rare & (placed < 0))
    if alone.size:
        relative = (np.arange(len(log)) - np.repeat(log.starts[:-1], log.lengths)) / np.repeat(
            np.maximum(log.lengths - 1, 1), log.lengths
        )
        seen = np.bincount(log.touch, minlength=place.size)
        mean = np.bincount(log.touch, weights=relative, minlength=place.size) / np.maximum(seen, 1)
        known = placed >= 0
        weight = np.bincount(placed[known], weights=seen[known], minlength=stages)
        centre = np.bincount(placed[known], weights=(seen * mean)[known], minlength=stages) / np.maximum(weight, 1)
        placed[alone] = np.abs(mean[alone][:, None] - centre).argmin(axis=1)
    return placed


def _named(log: Log, place: np.ndarray, size: int, customers: np.ndarray, common: np.ndarray) -> tuple[Stage, ...]:
    """Stages called after the word all their common touchpoints share, else after the commonest of them."""
    stages, taken = [], set()
    for at in range(size):
        there = np.flatnonzero((place == at) & (customers > 0))
        there = there[np.argsort(-customers[there], kind="stable")]
        touchpoints = tuple(log.touchpoints[code] for code in there)
        first = {_word(log.touchpoints[code]) for code in np.intersect1d(there, common)}
        shared = first.pop() if len(first) == 1 and len(touchpoints) > 1 else ""
        name = shared if shared and shared not in taken else touchpoints[0]
        taken.add(name)
        stages.append(Stage(name, touchpoints))
    return tuple(stages)
