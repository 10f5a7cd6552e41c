"""What goes with something that some journeys have and others do not: scores, lengths, and shares by customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cxkit import frames
from cxkit.errors import DataError
from cxkit.journey.log import Log
from cxkit.periods.lengths import SECOND
from cxkit.stats.clustered import Sums
from cxkit.stats.compare import adjusted_level, holm, mean_difference

#: Scores are compared where both sides have so many answers, from so many customers: fewer, at one end of the scale,
#: seem surer than they are.
ANSWERS, CUSTOMERS = 30, 10


@dataclass(frozen=True)
class Pairs:
    """Which journey has which thing: each pair once, sorted by thing, then by journey.

    Attributes
    ----------
    journey, which : ndarray of int
    things : int
    """

    journey: np.ndarray
    which: np.ndarray
    things: int

    def blocks(self, log: Log) -> tuple[np.ndarray, np.ndarray]:
        """Where a new pair of thing and customer begins, and the thing of each."""
        customer = log.customer[self.journey]
        if not customer.size:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        fresh = np.r_[True, (self.which[1:] != self.which[:-1]) | (customer[1:] != customer[:-1])]
        begins = np.flatnonzero(fresh)
        return begins, self.which[begins]


def _by_thing(of: np.ndarray, values: np.ndarray, things: int) -> np.ndarray:
    return np.bincount(of, weights=values, minlength=things)


def _by_block(values: np.ndarray, begins: np.ndarray) -> np.ndarray:
    return np.add.reduceat(values, begins) if begins.size else np.zeros(0)


def shares(log: Log, pairs: Pairs) -> Sums:
    """Sums of "the journey has it" for each thing, over all journeys, by customer."""
    begins, of = pairs.blocks(log)
    own = np.bincount(log.customer, minlength=len(log.customers)).astype(float)
    has = _by_block(np.ones(pairs.journey.size), begins)
    who = log.customer[pairs.journey[begins]] if begins.size else np.zeros(0, dtype=np.int64)
    s = _by_thing(of, has, pairs.things)
    n = np.full(pairs.things, log.journeys)
    return Sums(
        n, s, s, np.full(pairs.things, (own**2).sum()), _by_thing(of, own[who] * has, pairs.things),
        _by_thing(of, has**2, pairs.things), np.bincount(of, minlength=pairs.things),
    )  # fmt: skip


def answers_of(log: Log, answers: Any, who: str) -> tuple[np.ndarray, np.ndarray, int]:
    """Journey and score of each answer, and how many answers belong to no journey.

    An answer belongs to the journey its touch (`touched_at`) lies in; answers that do not say when it was belong to the
    only journey of their customer. Scores are held against the mean of the same touchpoint and survey in these
    journeys, where the answers name them (and moved to the mean of all): who goes another way is asked other questions,
    and their levels differ.
    """
    frame = frames.as_frame(getattr(answers, "table", answers))
    columns = frames.column_names(frame)
    dated = "touched_at" in columns
    if log.journeys > log.people and not dated:
        raise DataError(
            f"{who}: customers have several journeys each, so the answers need a column 'touched_at' that says in which "
            "one the touch was."
        )
    asked = [name for name in ("touchpoint", "survey") if name in columns]
    needed = ["customer_id", "scaled", *(["touched_at"] if dated else []), *asked]
    table = frames.collect(frames.take(frame, needed, "answers"))
    journey = _journeys_of(log, table, dated)
    inside = (journey >= 0) & np.isfinite(table["scaled"].to_numpy(dtype=float, na_value=np.nan))
    table = table[inside]
    held = table["scaled"]
    if asked:
        held = held - table.groupby(asked, dropna=False)["scaled"].transform("mean") + held.mean()
    return journey[inside], held.to_numpy(dtype=float), int((~inside).sum())


def _journeys_of(log: Log, table: Any, dated: bool) -> np.ndarray:
    """The journey of each answer, -1 where it has none."""
    import pandas as pd

    customer = log.places_of(table["customer_id"])
    known = customer >= 0
    journey = np.full(len(table), -1, dtype=np.int64)
    if not dated:
        place = np.full(len(log.customers), -1, dtype=np.int64)
        place[log.customer] = np.arange(log.journeys)
        journey[known] = place[customer[known]]
        return journey
    when = pd.to_datetime(table["touched_at"])
    if when.dt.tz is not None:
        when = when.dt.tz_convert("UTC").dt.tz_localize(None)
    known &= when.notna().to_numpy()
    moment = when.to_numpy().astype("datetime64[us]").astype(np.int64)
    journey[known] = _journey_at(log, customer[known], moment[known])
    return journey


def _journey_at(log: Log, customer: np.ndarray, moment: np.ndarray) -> np.ndarray:
    """The journey of a customer in which a moment lies; -1 where it lies between journeys."""
    begin, last = log.time[log.starts[:-1]], log.time[log.starts[1:] - 1]
    kind = np.r_[np.zeros(begin.size, dtype=np.int8), np.ones(moment.size, dtype=np.int8)]
    order = np.lexsort((kind, np.r_[begin, moment], np.r_[log.customer, customer]))
    latest = np.maximum.accumulate(np.where(order < begin.size, order, -1))
    asked = order >= begin.size
    found = np.full(moment.size, -1, dtype=np.int64)
    found[order[asked] - begin.size] = latest[asked]
    there = (found >= 0) & (log.customer[found] == customer) & (moment <= last[found])
    return np.where(there, found, -1)


def score_columns(log: Log, pairs: Pairs, journey: np.ndarray, score: np.ndarray, confidence: float) -> dict[str, Any]:
    """Mean score with and without each thing, and their difference with limits that agree with its adjusted p."""
    n = np.bincount(journey, minlength=log.journeys).astype(float)
    s = np.bincount(journey, weights=score, minlength=log.journeys)
    q = np.bincount(journey, weights=score**2, minlength=log.journeys)
    begins, of = pairs.blocks(log)
    own_n, own_s = (_by_block(value[pairs.journey], begins) for value in (n, s))
    who = log.customer[pairs.journey[begins]] if begins.size else np.zeros(0, dtype=np.int64)
    size = len(log.customers)
    all_n, all_s = (np.bincount(log.customer, weights=value, minlength=size) for value in (n, s))

    def squares(x, y, all_x, all_y):
        """Sums over customers of x y, with the thing and without it."""
        inside = _by_thing(of, x * y, pairs.things)
        taken = _by_thing(of, all_x[who] * all_y[who] - (all_x[who] - x) * (all_y[who] - y), pairs.things)
        return inside, (all_x * all_y).sum() - taken

    nn, ns, ss = (
        squares(*pair)
        for pair in (
            (own_n, own_n, all_n, all_n), (own_n, own_s, all_n, all_s), (own_s, own_s, all_s, all_s)
        )
    )  # fmt: skip
    have = [_by_thing(pairs.which, value[pairs.journey], pairs.things) for value in (n, s, q)]
    lack = [value.sum() - part for value, part in zip((n, s, q), have, strict=True)]
    people = _by_thing(of, (own_n > 0).astype(float), pairs.things)
    others = (all_n > 0).sum() - _by_thing(of, (all_n[who] > 0) & (own_n >= all_n[who]), pairs.things)
    sides = []
    for moments, at, known in ((have, 0, people), (lack, 1, others)):
        sums = Sums(moments[0], moments[1], moments[2], nn[at], ns[at], ss[at], known)
        sides.append((*_mean(sums), sums.n))
    return _compared(sides, confidence)


def _mean(sums: Sums) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Independent answers these are worth (none where there are too few), mean and standard deviation."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums.s / sums.n
        variance = np.maximum(sums.q - sums.n * mean**2, 0) / (sums.n - 1)
    enough = (sums.n >= ANSWERS) & (sums.customers >= CUSTOMERS)
    worth = np.where(enough, sums.effective, 0.0)
    return np.nan_to_num(worth), mean, np.where(sums.n > 1, np.sqrt(variance), np.nan)


def _compared(sides: list[tuple], confidence: float) -> dict[str, Any]:
    (worth, mean, sd, n), (other_worth, other_mean, other_sd, other_n) = sides
    rows = (worth, mean, sd, other_worth, other_mean, other_sd)
    p = mean_difference(*rows, confidence=confidence).p
    p_adjusted = holm(p)
    gap = mean_difference(*rows, confidence=adjusted_level(p, p_adjusted, confidence))
    return {
        "with_n": n.round().astype(np.int64),
        "with_score": mean,
        "without_n": other_n.round().astype(np.int64),
        "without_score": other_mean,
        "difference": gap.estimate,
        "difference_low": gap.low,
        "difference_high": gap.high,
        "p": p,
        "p_adjusted": p_adjusted,
    }


def lengths(log: Log, pairs: Pairs) -> tuple[np.ndarray, np.ndarray]:
    """Median length of the journeys with and without each thing, in seconds."""
    length = (log.time[log.starts[1:] - 1] - log.time[log.starts[:-1]]) if log.journeys else np.zeros(0, dtype=np.int64)
    order = np.argsort(length, kind="stable")
    ranked, rank = length[order] / SECOND, np.empty(order.size, dtype=np.int64)
    rank[order] = np.arange(order.size)
    edges = np.searchsorted(pairs.which, np.arange(pairs.things + 1))
    have, lack = np.full(pairs.things, np.nan), np.full(pairs.things, np.nan)
    for at in range(pairs.things):
        held = np.sort(rank[pairs.journey[edges[at] : edges[at + 1]]])
        if held.size:
            have[at] = np.median(ranked[held])
        rest = order.size - held.size
        if rest:
            middle = np.array([(rest - 1) // 2, rest // 2])
            lack[at] = ranked[_skipping(held, middle)].mean()
    return have, lack


def _skipping(held: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The places-th of all numbers 0, 1, 2 ... that are not held."""
    free_before = held - np.arange(held.size)
    return place + np.searchsorted(free_before, place, side="right")
