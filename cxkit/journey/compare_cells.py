"""What a comparison of two sets of journeys counts: for each customer, chances and hits of each row of the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from cxkit.errors import UsageError, suggest
from cxkit.journey.log import Log
from cxkit.journey.variants import commonest, variants
from cxkit.stats.clustered import Sums

#: Where a journey begins and where it ends.
START, END = "(start)", "(end)"

#: Transitions and touchpoints that come up less often than this on both sides together are not listed.
RARE = 10


@dataclass(frozen=True)
class Both:
    """Two logs with common codes of customers and touchpoints."""

    logs: tuple[Log, Log]
    touch: tuple[np.ndarray, np.ndarray]
    customer: tuple[np.ndarray, np.ndarray]  # of each journey
    touchpoints: tuple[str, ...]
    customers: int


@dataclass(frozen=True)
class Cells:
    """One kind of rows: their names, and customers by chances and by hits on both sides.

    Attributes
    ----------
    names : list of (str, str)
        From and to of each row.
    base : ndarray of int
        Which column of `chances` each row is a share of.
    chances, hits : pair of sparse matrices
        Customers by bases, and customers by rows.
    """

    names: list[tuple[str, str]]
    base: np.ndarray
    chances: tuple[sparse.csc_array, sparse.csc_array]
    hits: tuple[sparse.csc_array, sparse.csc_array]


def both_of(now: Log, before: Log) -> Both:
    """The two logs with common codes."""
    names = tuple(sorted({*now.touchpoints, *before.touchpoints}))
    at = {name: code for code, name in enumerate(names)}
    touch = tuple(np.array([at[name] for name in log.touchpoints], dtype=np.int64)[log.touch] for log in (now, before))
    ids = pd.Index(pd.concat([pd.Series(log.customers, dtype="object") for log in (now, before)]).unique())
    customer = tuple(ids.get_indexer(pd.Index(log.customers, dtype="object"))[log.customer] for log in (now, before))
    return Both((now, before), touch, customer, names, len(ids))


def touchpoint_cells(both: Both) -> Cells:
    """Customers who meet each touchpoint."""
    chances, hits = [], []
    for log, touch, customer in zip(both.logs, both.touch, both.customer, strict=True):
        chances.append(_matrix(np.unique(customer), 0, both.customers, 1))
        met = _matrix(np.repeat(customer, log.lengths), touch, both.customers, len(both.touchpoints))
        met.data[:] = 1
        hits.append(met)
    count = sum(np.asarray(met.sum(axis=0)) for met in hits)
    often = np.argsort(-count, kind="stable")
    often = often[count[often] >= RARE]
    names = [(both.touchpoints[at], "") for at in often]
    return Cells(names, np.zeros(len(names), dtype=int), tuple(chances), tuple(met[:, often] for met in hits))


def transition_cells(both: Both, least: int) -> Cells:
    """Steps out of each touchpoint and where they go, the end of the journey included."""
    touches = len(both.touchpoints)
    steps = []
    for log, touch, customer in zip(both.logs, both.touch, both.customer, strict=True):
        to = np.full(len(log), touches)
        on = np.flatnonzero(log.goes_on)
        to[on] = touch[on + 1]
        steps.append((np.repeat(customer, log.lengths), touch, to))
    out = [np.bincount(origin, minlength=touches) for _, origin, _ in steps]
    keys = [origin * (touches + 1) + to for _, origin, to in steps]
    pair, n = np.unique(np.concatenate(keys), return_counts=True)
    kept = (n >= RARE) & (np.maximum(*out)[pair // (touches + 1)] >= least)
    pair = pair[kept][np.argsort(-n[kept], kind="stable")]
    origins, base = np.unique(pair // (touches + 1), return_inverse=True)
    rank = np.argsort(pair)
    chances, hits = [], []
    for (owner, origin, _), key in zip(steps, keys, strict=True):
        column = np.searchsorted(origins, origin).clip(max=max(len(origins) - 1, 0))
        there = origins[column] == origin if len(origins) else np.zeros(origin.size, dtype=bool)
        chances.append(_matrix(owner[there], column[there], both.customers, len(origins)))
        place = np.searchsorted(pair, key, sorter=rank).clip(max=max(len(pair) - 1, 0))
        row = rank[place] if len(pair) else place
        there = pair[row] == key if len(pair) else np.zeros(key.size, dtype=bool)
        hits.append(_matrix(owner[there], row[there], both.customers, len(pair)))
    text = [*both.touchpoints, END]
    names = [(text[key // (touches + 1)], text[key % (touches + 1)]) for key in pair]
    return Cells(names, base.reshape(-1), tuple(chances), tuple(hits))


def path_cells(both: Both, most: int) -> Cells:
    """Journeys that follow each of the commonest variants, repeats joined."""
    codes, starts, owners, sides = [], [np.zeros(1, dtype=np.int64)], [], []
    after = 0
    for side, (log, touch, customer) in enumerate(zip(both.logs, both.touch, both.customer, strict=True)):
        first = np.ones(len(log), dtype=bool)
        first[1:] = touch[1:] != touch[:-1]
        first[log.starts[:-1]] = True
        codes.append(touch[first])
        starts.append(after + np.cumsum(np.bincount(log.journey[first], minlength=log.journeys)))
        after += int(first.sum())
        owners.append(customer)
        sides.append(np.full(log.journeys, side))
    code, begin, owner, side = (np.concatenate(x) for x in (codes, starts, owners, sides))
    found = variants(code, begin)
    best = commonest(found, code, begin, most)
    row = np.full(found.n.size, -1)
    row[best] = np.arange(best.size)
    chances = tuple(_matrix(owner[side == i], 0, both.customers, 1) for i in (0, 1))
    inside = row[found.of] >= 0
    hits = tuple(
        _matrix(owner[inside & (side == i)], row[found.of][inside & (side == i)], both.customers, best.size)
        for i in (0, 1)
    )
    paths = [code[begin[at] : begin[at + 1]] for at in found.example[best]]
    names = [(" → ".join(both.touchpoints[c] for c in path), "") for path in paths]
    return Cells(names, np.zeros(best.size, dtype=int), chances, hits)


def step_cells(both: Both, steps: Sequence[str]) -> Cells:
    """Journeys that reach each step of those that reached the one before, in order."""
    for name in steps:
        if name not in both.touchpoints:
            raise UsageError(f"steps: the touchpoint '{name}' never occurs.{suggest(name, both.touchpoints)}")
    codes = [both.touchpoints.index(name) for name in steps]
    chances, hits = [], []
    for log, touch, customer in zip(both.logs, both.touch, both.customer, strict=True):
        at = log.starts[:-1] - 1  # the event at which each journey reached the step before; -1 before its first
        reached = np.ones(log.journeys, dtype=bool)
        base, hit = [], []
        for number, code in enumerate(codes):
            base.append((customer[reached], number))
            events = np.flatnonzero(touch == code)
            place = np.searchsorted(events, at, side="right")
            there = place < events.size
            following = (
                np.where(there, events[np.minimum(place, max(events.size - 1, 0))], len(log))
                if events.size
                else (np.full(at.size, len(log)))
            )
            reached = reached & (following < log.starts[1:])
            at = np.where(reached, following, at)
            hit.append((customer[reached], number))
        chances.append(_stacked(base, both.customers, len(codes)))
        hits.append(_stacked(hit, both.customers, len(codes)))
    names = list(zip([START, *steps[:-1]], steps, strict=True))
    return Cells(names, np.arange(len(codes)), tuple(chances), tuple(hits))


def _stacked(parts, customers: int, columns: int) -> sparse.csc_array:
    column = np.concatenate([np.full(owner.size, number) for owner, number in parts])
    return _matrix(np.concatenate([owner for owner, _ in parts]), column, customers, columns)


def _matrix(owner: np.ndarray, column: np.ndarray | int, customers: int, columns: int) -> sparse.csc_array:
    """How often each customer has each column."""
    column = np.broadcast_to(column, owner.shape)
    return sparse.csc_array((np.ones(owner.size), (owner, column)), shape=(customers, columns))


def sums_of(cells: Cells, side: int) -> Sums:
    """Sums of each row, and over customers of the products of their own."""
    chances, hits = cells.chances[side], cells.hits[side]
    n, nn = (np.asarray(x.sum(axis=0))[cells.base] for x in (chances, chances**2))
    s, ss = (np.asarray(x.sum(axis=0)) for x in (hits, hits**2))
    ns = _products(chances, hits, cells.base)
    customers = np.diff(chances.indptr)[cells.base]
    return Sums(n.astype(np.int64), s, s, nn, ns, ss, customers)


def correlation_of(cells: Cells, sums: tuple[Sums, Sums]) -> tuple[np.ndarray, int]:
    """Correlation of the two shares of each row, by customers on both sides, and the number of those customers."""
    (first, second), (one, other) = cells.chances, cells.hits
    with np.errstate(divide="ignore", invalid="ignore"):
        p, q = (each.s / each.n for each in sums)
        across = np.asarray(one.multiply(other).sum(axis=0)) - q * _products(second, one, cells.base)
        across += p * (
            q * np.asarray(first.multiply(second).sum(axis=0))[cells.base] - _products(first, other, cells.base)
        )
        spread = [each.ss - 2 * x * each.ns + x * x * each.nn for each, x in zip(sums, (p, q), strict=True)]
        r = across / np.sqrt(spread[0] * spread[1])
    in_both = np.count_nonzero((first.sum(axis=1) > 0) & (second.sum(axis=1) > 0))
    return np.clip(np.nan_to_num(r, posinf=0, neginf=0), -1, 1), in_both


def _products(chances: sparse.csc_array, hits: sparse.csc_array, base: np.ndarray) -> np.ndarray:
    """Sum over customers of their chances times their hits, of each row."""
    out = np.zeros(base.size)
    for column in np.unique(base):
        rows = np.flatnonzero(base == column)
        out[rows] = hits[:, rows].T @ chances[:, [column]].toarray().ravel()
    return out
