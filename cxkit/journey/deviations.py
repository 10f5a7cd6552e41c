"""Where journeys leave the intended one: every deviation of every journey, as codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxkit.journey.distinct import coded, distinct
from cxkit.journey.log import Log
from cxkit.journey.stages import Journey

#: Kinds of deviations, in the order of their codes.
SKIPPED, UNEXPECTED, BACK, OUTSIDE = range(4)
KINDS = ("skipped", "unexpected", "back", "not in the journey")
#: So many touchpoints of no stage have a row of their own.
NAMED = 20
START, OTHERS = "(start)", "(other touchpoints)"


@dataclass(frozen=True)
class Deviations:
    """Which journey has which deviation, each once, sorted by deviation, then by journey.

    Attributes
    ----------
    journey, which : ndarray of int
        Journey, and place of the deviation in `kind`.
    kind, start, end : list of str
        Of each deviation: its kind, and from where to where.
    """

    journey: np.ndarray
    which: np.ndarray
    kind: list[str]
    start: list[str]
    end: list[str]


def deviations(log: Log, journey: Journey, codes: np.ndarray, *, outside: bool) -> Deviations:
    """All deviations of a log, found in a few passes over its events.

    Parameters
    ----------
    log : Log
    journey : Journey
    codes : ndarray
        Stage of each event; -1 where its touchpoint has none.
    outside : bool
        Whether touchpoints of no stage are a deviation.
    """
    size = len(journey.stages)
    side = np.array([stage.side for stage in journey.stages])
    main = np.flatnonzero((codes >= 0) & ~side[codes])
    found = [_first_of(log, codes, main, side), _moves(log, journey, codes, main)]
    names = [*journey.names, START]
    if outside:
        rows, extra = _outside(log, codes, size + 1)
        found.append(rows)
        names += extra
    owner, kind, start, end = (np.concatenate(column) for column in zip(*found, strict=True))
    width = len(names) + 1  # the last code: from wherever
    key = (kind * width + start) * width + end
    pair = distinct(key * log.journeys + owner)
    used, which = coded(pair // max(log.journeys, 1), len(KINDS) * width * width)
    names.append("")
    return Deviations(
        journey=pair % max(log.journeys, 1),
        which=which,
        kind=[KINDS[k] for k in (used // width // width).tolist()],
        start=[names[k] for k in (used // width % width).tolist()],
        end=[names[k] for k in (used % width).tolist()],
    )


def main_runs(log: Log, main: np.ndarray, stage: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of the events in main stages: which begin a run of one stage, and which of these begin a journey."""
    owner = log.journey[main]
    first = np.r_[True, owner[1:] != owner[:-1]] if main.size else np.zeros(0, dtype=bool)
    fresh = first.copy()
    fresh[1:] |= stage[main[1:]] != stage[main[:-1]]
    return main[fresh], first[fresh]


def _rows(owner: np.ndarray, kind, start, end) -> tuple[np.ndarray, ...]:
    columns = (owner, *(np.broadcast_to(value, owner.shape) for value in (kind, start, end)))
    return tuple(np.asarray(column, dtype=np.int64) for column in columns)


def _first_of(log: Log, codes: np.ndarray, main: np.ndarray, side: np.ndarray) -> tuple[np.ndarray, ...]:
    """Side stages that come before the journey has begun."""
    begun = np.full(log.journeys, len(log), dtype=np.int64)
    owner = log.journey
    np.minimum.at(begun, owner[main], main)
    beside = np.flatnonzero((codes >= 0) & side[codes])
    early = beside[beside < begun[owner[beside]]]
    return _rows(owner[early], UNEXPECTED, side.size, codes[early])


def allowed_moves(log: Log, journey: Journey) -> np.ndarray:
    """Whether a touchpoint (column) may follow a stage (row): by the stage's `next`, else by the next main stage."""
    place = journey.codes(log.touchpoints)
    allowed = np.zeros((len(journey.stages), len(log.touchpoints)), dtype=bool)
    at_name = {name: at for at, name in enumerate(journey.names)}
    touch_of = {name: at for at, name in enumerate(log.touchpoints)}
    for at, stage in enumerate(journey.stages):
        if not stage.next:
            follows = next((k for k in range(at + 1, len(journey.stages)) if not journey.stages[k].side), -2)
            allowed[at] = place == follows
        for name in stage.next:
            if name in at_name:
                allowed[at] |= place == at_name[name]
            elif name in touch_of:
                allowed[at, touch_of[name]] = True
    return allowed


def _moves(log: Log, journey: Journey, codes: np.ndarray, main: np.ndarray) -> tuple[np.ndarray, ...]:
    """Skipped, unexpected and backward moves between main stages."""
    runs, first = main_runs(log, main, codes)
    if not runs.size:
        return _rows(runs, 0, 0, 0)
    allowed = allowed_moves(log, journey)
    here, owner, touch = codes[runs].astype(np.int64), log.journey[runs], log.touch[runs]
    came = np.r_[-1, here[:-1]]
    fine = np.zeros(runs.size, dtype=bool)
    fine[1:] = allowed[came[1:], touch[1:]]
    backward = ~first & (here < came)
    again = first | (backward & fine)  # a round of its own begins
    size = len(journey.stages)
    rounds = np.cumsum(again) * size
    so_far = np.maximum.accumulate(rounds + here) - rounds
    furthest = np.r_[-1, so_far[:-1]]
    ahead = ~again & (here > furthest)
    fine[1:] |= ahead[1:] & allowed[np.maximum(furthest[1:], 0), touch[1:]]
    order = np.full(size, -1, dtype=np.int64)  # place among the main stages
    on_way = [at for at, stage in enumerate(journey.stages) if not stage.side]
    order[on_way] = np.arange(len(on_way))
    late = first & (order[here] > 0)
    jumped = ahead & ~fine & (order[here] > order[np.maximum(furthest, 0)] + 1)
    strange = ahead & ~fine & ~jumped
    back = backward & ~fine
    parts = [
        _rows(owner[late], SKIPPED, size, here[late]),
        _rows(owner[jumped], SKIPPED, furthest[jumped], here[jumped]),
        _rows(owner[strange], UNEXPECTED, came[strange], here[strange]),
        _rows(owner[back], BACK, came[back], here[back]),
    ]
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def _outside(log: Log, codes: np.ndarray, first_code: int) -> tuple[tuple[np.ndarray, ...], list[str]]:
    """Touches of no stage: the commonest touchpoints by name, the others together."""
    loose = np.flatnonzero(codes < 0)
    counts = np.bincount(log.touch[loose], minlength=len(log.touchpoints))
    ranked = [int(code) for code in np.argsort(-counts, kind="stable")[: NAMED + 1] if counts[code]]
    named = ranked if len(ranked) <= NAMED else ranked[:NAMED]
    to = np.full(len(log.touchpoints), first_code + len(named), dtype=np.int64)
    to[named] = first_code + np.arange(len(named))
    names = [log.touchpoints[code] for code in named] + ([OTHERS] if len(ranked) > NAMED else [])
    wherever = first_code + len(names)
    return _rows(log.journey[loose], OUTSIDE, wherever, to[log.touch[loose]]), names
