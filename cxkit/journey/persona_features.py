"""What a customer's journey looks like in numbers, and those numbers on a common footing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxkit.journey.log import Log
from cxkit.periods.lengths import DAY

#: The commonest touchpoints (channels) that get a number of their own; the others share one.
OWN = 15

#: Shares are taken as if each customer had so many more touches, spread like those of all.
PRIOR = 3.0

OTHER = "(other)"

#: How much say goal and value have, beside 1 of each other kind: what customers do comes before what comes of it.
OUTCOME = 0.5


@dataclass(frozen=True)
class Told:
    """What is known of each customer, in the units in which it is told.

    Attributes
    ----------
    customers : ndarray of int
        Codes of the customers with a journey.
    columns : list of (str, str)
        Kind ("touchpoint", "channel", "amount" or "outcome") and name of each column.
    values : ndarray, (customers, columns)
        Shares of the customer's touches; numbers of touches and sessions; days from first to last touch; whether the goal
        was reached; value (NaN where it is not known).
    events : ndarray
        Touches of each customer.
    """

    customers: np.ndarray
    columns: list[tuple[str, str]]
    values: np.ndarray
    events: np.ndarray


def told(log: Log, sessions: Log, kind: str, code: np.ndarray, names, channel, goal: int, value, *, kept=None) -> Told:
    """What is known of each customer.

    Parameters
    ----------
    log, sessions : Log
        The events, and the same in sessions.
    kind : str
        What `code` is: "touchpoint" or the name of a column.
    code, names
        Of each event, and what the codes stand for.
    channel : (ndarray, tuple) or None
        Codes of the channels and their names.
    goal : int
        Code of the touchpoint that is the goal, or -1.
    value : ndarray or None
        Of each customer code; NaN where unknown.
    kept : list of ndarray, optional
        Codes with a number of their own, for touchpoints and channels; the commonest unless given.
    """
    owner = log.owner
    there, at = np.unique(owner, return_inverse=True)
    events = np.bincount(at).astype(float)
    columns: list[tuple[str, str]] = []
    parts = []
    sources = [(kind, code, names), *([("channel", *channel)] if channel else [])]
    for number, (what, codes, called) in enumerate(sources):
        chosen = common(codes, at, len(called)) if kept is None else kept[number]
        parts.append(_shares(codes, at, there.size, chosen, len(called)))
        columns += [(what, str(called[c])) for c in chosen]
        if parts[-1].shape[1] > len(chosen):
            columns.append((what, OTHER))
    visits = np.bincount(np.searchsorted(there, sessions.customer), minlength=there.size)
    first, last = np.full(there.size, np.iinfo(np.int64).max), np.full(there.size, np.iinfo(np.int64).min)
    np.minimum.at(first, at[log.starts[:-1]], log.time[log.starts[:-1]])
    np.maximum.at(last, at[log.starts[1:] - 1], log.time[log.starts[1:] - 1])
    parts.append(np.column_stack([events, visits, (last - first) / DAY]))
    columns += [("amount", "touches"), ("amount", "sessions"), ("amount", "days")]
    if goal >= 0:
        parts.append((np.bincount(at[log.touch == goal], minlength=there.size) > 0).astype(float)[:, None])
        columns.append(("outcome", "goal"))
    if value is not None:
        parts.append(value[there][:, None])
        columns.append(("outcome", "value"))
    return Told(there, columns, np.hstack(parts), events)


def common(code: np.ndarray, owner: np.ndarray, codes: int) -> np.ndarray:
    """The codes that most customers have."""
    known = code >= 0
    pairs = np.unique(owner[known].astype(np.int64) * codes + code[known])
    count = np.bincount(pairs % codes, minlength=codes)
    best = np.argsort(-count, kind="stable")[:OWN]
    return np.sort(best[count[best] > 0])


def _shares(code: np.ndarray, owner: np.ndarray, customers: int, chosen: np.ndarray, codes: int) -> np.ndarray:
    """Share of each customer's touches; what has no column of its own comes last, if there is any."""
    place = np.full(codes + 1, len(chosen))
    place[chosen] = np.arange(len(chosen))
    known = code >= 0
    column = place[code[known]]
    counts = np.bincount(owner[known] * (len(chosen) + 1) + column, minlength=customers * (len(chosen) + 1))
    counts = counts.reshape(customers, -1).astype(float)
    counts = counts if counts[:, -1].any() else counts[:, :-1]
    whole = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, whole, out=np.zeros_like(counts), where=whole > 0)


def scaled(known: Told) -> np.ndarray:
    """The same numbers for a distance: each kind of them has the same say, goal and value half of it.

    Shares are drawn towards those of all and their square roots taken (Hellinger distance), numbers and days on a log
    scale, value by rank. Within a kind other than shares every column has variance 1; then each kind is divided by the
    largest standard deviation that any direction in it has, as in multiple factor analysis.
    """
    blocks = []
    kinds = [kind for kind, _ in known.columns]
    for kind in dict.fromkeys(kinds):
        at = [i for i, one in enumerate(kinds) if one == kind]
        x = known.values[:, at]
        if kind == "amount":
            x = _standard(np.log1p(x))
        elif kind == "outcome":
            x = _standard(
                np.column_stack(
                    [_ranked(x[:, i]) if known.columns[j][1] == "value" else x[:, i] for i, j in enumerate(at)]
                )
            )
        else:
            n = known.events[:, None]
            usual = (x * n).sum(axis=0) / known.events.sum()
            x = np.sqrt((x * n + PRIOR * usual) / (n + PRIOR))
        x = x - x.mean(axis=0)
        largest = np.linalg.eigvalsh(x.T @ x / max(len(x), 1))[-1]
        if largest > 1e-12:
            blocks.append(x * np.sqrt((OUTCOME if kind == "outcome" else 1.0) / largest))
    return np.hstack(blocks) if blocks else np.zeros((len(known.values), 0))


def _standard(x: np.ndarray) -> np.ndarray:
    sd = x.std(axis=0)
    return (x - x.mean(axis=0)) / np.where(sd > 1e-12, sd, 1.0)


def _ranked(x: np.ndarray) -> np.ndarray:
    """Ranks from 0 to 1, equal ones shared; where nothing is known, the middle."""
    there = ~np.isnan(x)
    out = np.full(x.size, 0.5)
    if there.any():
        _, number, size = np.unique(x[there], return_inverse=True, return_counts=True)
        out[there] = ((np.cumsum(size) - (size - 1) / 2 - 0.5) / there.sum())[number]
    return out
