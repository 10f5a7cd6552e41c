"""What several journey tables need: quantiles by group, shares with limits by customer, cases, finished tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from cxkit import words
from cxkit.errors import UsageError
from cxkit.journey.log import Codes, Log
from cxkit.periods.lengths import SECOND
from cxkit.stats.clustered import Sums

if TYPE_CHECKING:
    import pandas as pd

#: How limits of shares are called in a `method` column.
LIMITS = "Wilson limits that allow for several {} of one customer"


def positive(value: Any, name: str, *, most: int | None = None) -> int:
    """A positive whole number, as it is.

    Raises
    ------
    UsageError
        If it is none, or above the most there may be.
    """
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < 1 or (most is not None and value > most):
        to = f" up to {words.count(most)}" if most is not None else ""
        raise UsageError(f"{name}: {value!r} is no positive whole number{to}.")
    return int(value)


def positions(log: Log) -> np.ndarray:
    """How many events of the same journey stand before each event."""
    return np.arange(len(log)) - np.repeat(log.starts[:-1], log.lengths)


def quantiles(group: np.ndarray, value: np.ndarray, groups: int, levels: Sequence[float]) -> np.ndarray:
    """Quantiles of values by group, linear between neighbours; NaN where a group has none.

    Parameters
    ----------
    group : ndarray of int
        From 0 on.
    value : ndarray
    groups : int
    levels : sequence of float

    Returns
    -------
    ndarray, (levels, groups)

    Examples
    --------
    >>> quantiles(np.array([0, 0, 0, 0, 1]), np.array([4, 1, 2, 3, 9]), 3, [0.5, 0.25]).tolist()
    [[2.5, 9.0, nan], [1.75, 9.0, nan]]
    """
    if not len(value):
        return np.full((len(levels), groups), np.nan)
    low = value.min()
    span = int(value.max() - low) + 1 if value.dtype.kind == "i" else 0
    if span and span * groups < 2**62:  # group and value in one number: one plain sort
        ordered = np.sort(group.astype(np.int64) * span + (value - low))
        ordered = ordered % span + low
    else:
        ordered = value[np.lexsort((value, group))]
    size = np.bincount(group, minlength=groups)
    first = np.cumsum(size) - size
    there = size > 0
    out = np.full((len(levels), groups), np.nan)
    for row, level in enumerate(levels):
        rank = (size[there] - 1) * level
        below = np.floor(rank).astype(np.int64)
        above = np.minimum(below + 1, size[there] - 1)
        left, right = (ordered[first[there] + at].astype(float) for at in (below, above))
        out[row, there] = left + (right - left) * (rank - below)
    return out


def in_seconds(group: np.ndarray, length: np.ndarray, groups: int, levels: Sequence[float] = (0.5,)) -> np.ndarray:
    """Quantiles of lengths in microseconds, in seconds."""
    return quantiles(group, length, groups, levels) / SECOND


@dataclass(frozen=True)
class Parts:
    """Units (journeys, cases) of several kinds, as parts of the units they are a share of.

    Attributes
    ----------
    sums : Sums
        One entry a part: n is the units it is a share of, s those in the part. `share_limits` takes it.
    n : ndarray of int64
        Units in each part.
    customers : ndarray of int64
        Customers with a unit in the part.
    """

    sums: Sums
    n: np.ndarray
    customers: np.ndarray


def parts(
    customer: np.ndarray,
    group: np.ndarray,
    part_customer: np.ndarray,
    part: np.ndarray,
    of: np.ndarray,
    width: int,
    *,
    units: np.ndarray | None = None,
) -> Parts:
    """Units in each part, and what it takes to give the share limits that allow for several units of one customer.

    Parameters
    ----------
    customer, group : ndarray of int
        Each unit that counts in the denominators: its customer, and its group.
    part_customer, part : ndarray of int
        Each unit in a part: its customer, and its part. It must be one of the units of the part's group.
    of : ndarray of int
        Group of each part.
    width : int
        Number of customers.
    units : ndarray of int, optional
        How many units each row of `part` stands for; then a customer may have one row a part.

    Notes
    -----
    Gives what `clustered_sums` gives for one row per part and unit of its group, without making those rows.

    Examples
    --------
    >>> found = parts(*map(np.array, ([0, 0, 1], [0, 0, 0], [0, 1], [0, 0], [0])), width=2)
    >>> found.n.tolist(), found.sums.n.tolist(), found.sums.nn.tolist(), found.sums.ns.tolist()
    ([2], [3], [5.0], [3.0])
    """
    groups = int(group.max()) + 1 if group.size else 1
    key, own = np.unique(group.astype(np.int64) * width + customer, return_counts=True)
    at = key // width
    n = np.bincount(at, weights=own, minlength=groups)
    nn = np.bincount(at, weights=own.astype(float) ** 2, minlength=groups)
    clusters = np.bincount(at, minlength=groups)
    inner, held = part.astype(np.int64) * width + part_customer, units
    if held is None:
        inner, held = np.unique(inner, return_counts=True)
    label = inner // width
    whole = own[np.searchsorted(key, of[label] * np.int64(width) + inner % width)] if inner.size else held

    def total(x: np.ndarray) -> np.ndarray:
        return np.bincount(label, weights=x, minlength=of.size).astype(float)

    s = total(held)
    sums = Sums(n[of].astype(np.int64), s, s, nn[of], total(held * whole), total(held.astype(float) ** 2), clusters[of])
    return Parts(sums, s.astype(np.int64), np.bincount(label, minlength=of.size))


def by_case(log: Log, case: str, who: str) -> tuple[Log, str]:
    """Cases in place of customers: the events of one ticket, order or session as one journey.

    Events without a case are left out. A case with events of two customers is two cases.

    Parameters
    ----------
    log : Log
    case : str
        A prepared column.
    who : str
        The function that asks, for messages.

    Returns
    -------
    Log
    str
        What was left out, for a `method` column; starts with "; " or is empty.
    """
    column = log.column(case, who)
    known = np.flatnonzero(column.code >= 0)
    code, owner = column.code[known].astype(np.int64), log.owner[known]
    key = owner * max(len(column.values), 1) + code
    order = np.argsort(key, kind="stable")
    rows, key = known[order], key[order]
    begins = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if key.size else np.array([], dtype=np.int64)
    lost = len(log) - known.size
    said = f"; {words.plural(lost, 'event')} without {case} left out" if lost else ""
    shared = begins.size - np.unique(code).size
    if shared:
        said += f"; {words.plural(shared, 'case')} counted again, for a further customer"
    cases = replace(
        log,
        touch=log.touch[rows],
        time=log.time[rows],
        starts=np.r_[begins, rows.size].astype(np.int64),
        customer=log.owner[rows[begins]],
        columns=MappingProxyType({k: Codes(v.code[rows], v.values) for k, v in log.columns.items()}),
    )
    return cases, said


def unit(log: Log, what: str = "journey") -> str:
    """What a journey is, for a `method` column."""
    if log.people == log.journeys:
        return f"{words.plural(log.journeys, what)}, one a customer"
    return f"{words.plural(log.journeys, what)} of {words.plural(log.people, 'customer')}"


def finished(columns: Mapping[str, Any], confidence: float, method: str) -> pd.DataFrame:
    """A tidy table with the same dtypes whatever is in it, `confidence` and `method` last.

    Whole numbers become int64, other numbers float64, yes/no bool, everything else text.
    """
    import pandas as pd

    out = {}
    size = len(next(iter(columns.values())))
    for name, values in columns.items():
        kind = values.dtype.kind if isinstance(values, np.ndarray) else "O"
        dtype = {"i": "int64", "u": "int64", "f": "float64", "b": "bool"}.get(kind, "str")
        out[name] = pd.Series(values, dtype=dtype, index=range(size))
    out["confidence"] = pd.Series(float(confidence), dtype="float64", index=range(size))
    out["method"] = pd.Series(method, dtype="str", index=range(size))
    return pd.DataFrame(out)
