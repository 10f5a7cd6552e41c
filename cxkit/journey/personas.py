"""Segments of customers found from their journeys and their value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cxkit import frames, words
from cxkit.errors import DataError, UsageError
from cxkit.journey.log import Log, log_of
from cxkit.journey.persona_features import PRIOR, Told, common, scaled, told
from cxkit.journey.persona_groups import PAIRS, STABLE, TRIED, WORLDS, Groups, groups, sklearn
from cxkit.journey.persona_names import features_of, names_of, summaries_of
from cxkit.stats.intervals import critical_value, share_interval

#: Fewer customers than this are one group.
FEWEST = 100


@dataclass(frozen=True, eq=False)
class Personas:
    """Segments of customers, and how sure one can be of them.

    Attributes
    ----------
    table : DataFrame
        One row a persona, the largest first: persona (1, 2 ...), name, n (customers), share, low, high, touches, sessions,
        days (means; from first to last touch), goal (share who reached it), value (mean), touchpoints and channels (the
        three commonest with the share of the persona's touches), confidence, method.
    of : Series of int
        Persona of each customer.
    stability : DataFrame
        One row a number of groups: k, strength (prediction strength: of the pairs of customers in the least stable group,
        the share that the groups of the other half of the customers keep together, 1 is all; median over halves),
        agreement (adjusted Rand index of the groups of two halves, mean), silhouette, cloud and dealt (the largest
        silhouette where there are no groups: in one normal cloud, and with all touches dealt out anew among the
        customers), chosen.
    features : DataFrame
        persona, kind, feature, mean, others (mean of all other customers), score (their difference in standard
        deviations), unit.
    clear : bool
        Whether there are clear groups; if not, all customers are one persona.
    method : str
    """

    table: pd.DataFrame
    of: pd.Series
    stability: pd.DataFrame
    features: pd.DataFrame
    clear: bool
    method: str


def personas(
    events: Any,
    *,
    value: Any = None,
    goal: str = "",
    by: str = "touchpoint",
    channel: str | None = None,
    k: tuple[int, int] = (2, 6),
    gap: str = "30min",
    seed: int = 1,
    confidence: float = 0.95,
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
) -> Personas:
    """Which kinds of customers are there, judged by their journeys and their value?

    Parameters
    ----------
    events : Log, Table or frame
    value : mapping, Series or frame, optional
        What each customer is worth, in any unit: a mapping or a Series from customer to value, or a frame with the
        columns `customer` and "value". Customers without one count as average.
    goal : str, optional
        A touchpoint; whether a customer reached it is then part of the picture.
    by : str, default "touchpoint"
        What shares are taken of: touchpoints, or a prepared column such as "stage".
    channel : str, optional
        Column of channels. Unless given, "channel" is used if it is there; "" leaves channels out.
    k : (int, int), default (2, 6)
        Fewest and most personas tried.
    gap : str, default "30min"
        A longer pause begins a new session, where the log was not split.
    seed : int
    confidence : float, default 0.95
        Of the limits of the shares.
    customer, touchpoint, time, tiebreak
        Columns of a frame, as in `prepare`.

    Returns
    -------
    Personas

    Raises
    ------
    MissingPackage
        If scikit-learn is not installed.
    UsageError
        If an option is unknown, or a column or the goal does not occur.
    DataError
        If there are no events, or the values cannot be read.

    Notes
    -----
    Of each customer: shares of touches by touchpoint (the fifteen commonest and the rest) and by channel, as if there
    had been three more average touches, as square roots; touches, sessions and days on a log scale; goal and value.
    Each kind has the same say (multiple factor analysis), goal and value together half of it: what customers do comes
    before what comes of it. k-means, fitted on at most 50,000 customers.

    The number of groups is the largest whose prediction strength is at least .85 in the median of ten pairs of halves
    (Tibshirani and Walther, who advise .8 to .9). Groups are clear if, besides, their silhouette is above those of 19 normal
    clouds of the same spread and of 19 copies of the log with touches dealt out anew among customers, who then differ by
    chance and activity alone. Otherwise there is one persona, and `clear` is False.

    **When not to use it**: personas sum up behaviour, they do not explain it, and whoever stands between two of them is
    put into one. A difference between personas is no effect of belonging to one, and a test of a difference in what they
    were made from is circular. Limits of shares allow for the chance in who is a customer, not for the groups' own edges.

    References
    ----------
    Hubert, L. and Arabie, P. (1985). Comparing partitions. Journal of Classification 2, 193-218.
    Rousseeuw, P. J. (1987). Silhouettes. Journal of Computational and Applied Mathematics 20, 53-65.
    Escofier, B. and Pagès, J. (1994). Multiple factor analysis. Computational Statistics and Data Analysis 18, 121-140.
    Tibshirani, R. and Walther, G. (2005). Cluster validation by prediction strength. Journal of Computational and Graphical
    Statistics 14, 511-528.

    Examples
    --------
    Shoppers and callers, with as many touches as chance has it:

    >>> rng = np.random.default_rng(1)
    >>> kinds = {"shopper": (120, ["visit", "basket", "order"]), "caller": (80, ["support", "call"])}
    >>> rows = [
    ...     (f"{kind} {i}", pd.Timestamp("2026-03-01") + pd.Timedelta(hours=float(rng.integers(2000))), rng.choice(steps))
    ...     for kind, (n, steps) in kinds.items() for i in range(n) for _ in range(rng.integers(3, 12))
    ... ]
    >>> found = personas(pd.DataFrame(rows, columns=["customer_id", "occurred_at", "touchpoint"]), k=(2, 3))
    >>> found.table[["name", "n", "share"]].to_dict("list")
    {'name': ['Heavy on visit and order', 'Heavy on support and call'], 'n': [120, 80], 'share': [0.6, 0.4]}
    """
    critical_value(confidence)
    least, most = _counts(k)
    sklearn()
    log, channel = _log(events, by, channel, customer, touchpoint, time, tiebreak)
    if not len(log):
        raise DataError("personas: there are no events to count.")
    sessions = log if log.people < log.journeys else log.split(gap)
    source = (by, *_coded(log, by))
    worth = None if value is None else _values(value, log.customers, customer)
    at = log.code(goal, "personas: goal") if goal else -1
    named = (channel, *_coded(log, channel))[1:] if channel else None
    known = told(log, sessions, *source, named, at, worth)
    x = scaled(known)
    if len(x) >= FEWEST and x.shape[1]:
        found = groups(x, (least, most), seed, _dealt(log, sessions, source, named, at, worth, seed))
    else:
        found = Groups(np.zeros(len(x), dtype=int), pd.DataFrame(columns=["k"]), False)
    method = _method(known, found, by, channel, goal, worth, log.said)
    return _made(log, known, found, by, goal, confidence, method)


def _counts(k: Any) -> tuple[int, int]:
    pair = tuple(k) if isinstance(k, Sequence) and not isinstance(k, str) else (k, k)
    fine = len(pair) == 2 and all(isinstance(x, int) and not isinstance(x, bool) for x in pair)
    if not fine or not 2 <= pair[0] <= pair[1] <= 12:
        raise UsageError(
            f"k: {k!r} will not do. Give the fewest and the most personas to try, such as (2, 6), up to 12."
        )
    return pair


def _log(events: Any, by: str, channel: str | None, customer, touchpoint, time, tiebreak) -> tuple[Log, str]:
    """The log, with the columns asked for, and the channel's column."""
    if channel is None:
        there = events.columns if isinstance(events, Log) else frames.column_names(frames.as_frame(events))
        channel = "channel" if "channel" in there else ""
    columns = [name for name in (by if by != "touchpoint" else "", channel) if name]
    log = log_of(events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak, columns=columns)
    return log, channel


def _coded(log: Log, name: str) -> tuple[np.ndarray, tuple]:
    if name == "touchpoint":
        return log.touch, log.touchpoints
    column = log.column(name, "personas")
    return column.code, column.values


def _values(value: Any, customers: pd.Index, customer: str) -> np.ndarray:
    """Value of each customer, NaN where it is not known."""
    if isinstance(value, (Mapping, pd.Series)):
        series = pd.Series(value, dtype="object" if not isinstance(value, pd.Series) else None)
    else:
        table = frames.collect(frames.take(value, [customer, "value"], "value")).dropna(subset=[customer])
        series = table.set_index(customer)["value"]
    series.index = pd.Index(frames.id_texts(series.index))
    series = series[series.index.notna()]
    if series.index.has_duplicates:
        twice = series.index[series.index.duplicated()][0]
        raise DataError(f"value: customer {twice!r} has more than one value. Add them up first.")
    numbers = pd.to_numeric(series, errors="coerce")
    if bad := int((numbers.isna() & series.notna()).sum()):
        first = series[numbers.isna() & series.notna()].iloc[0]
        raise DataError(f"value: {bad} of {len(series)} values are no numbers (first: {first!r}).")
    out = numbers.reindex(frames.id_texts(customers)).to_numpy(dtype=float, na_value=np.nan)
    if np.isnan(out).all():
        raise DataError("value: none of the customers of the events has a value. Are these the same customer ids?")
    return np.where(np.isfinite(out), out, np.nan)


def _dealt(log: Log, sessions: Log, source, named, goal: int, worth, seed: int):
    """A function that makes customers who differ by chance and activity alone: touches dealt out anew among them."""
    there = np.unique(log.customer)
    rng = np.random.default_rng(seed)
    some = there if there.size <= TRIED else rng.choice(there, TRIED, replace=False)
    chosen = np.zeros(len(log.customers), dtype=bool)
    chosen[some] = True
    part = chosen[log.owner]
    kind, code, names = source
    small, visits = log.keep(part), sessions.keep(chosen[sessions.owner])
    codes, channels = code[part], named[0][part] if named else None
    _, at = np.unique(small.owner, return_inverse=True)
    kept = [common(codes, at, len(names)), *([common(channels, at, len(named[1]))] if named else [])]

    def deal(draw: np.random.Generator) -> np.ndarray:
        order = draw.permutation(len(small))
        mixed = Log(small.touch[order], small.time, small.starts, small.customer, small.customers, small.touchpoints)
        passed = (channels[order], named[1]) if named else None
        return scaled(told(mixed, visits, kind, codes[order], names, passed, goal, worth, kept=kept))

    return deal


def _made(log: Log, known: Told, found: Groups, by: str, goal: str, confidence: float, method: str) -> Personas:
    count = int(found.of.max()) + 1
    n = np.bincount(found.of, minlength=count)
    low, high = share_interval(n, n.sum(), confidence=confidence)
    features = features_of(known, found.of, count)
    table = pd.DataFrame(
        {
            "persona": np.arange(1, count + 1),
            "name": names_of(features, count, goal),
            "n": n,
            "share": n / n.sum(),
            "low": low,
            "high": high,
            **summaries_of(known, found.of, count, by),
            "confidence": float(confidence),
            "method": method,
        }
    ).astype({"n": "int64", "persona": "int64", "name": "str", "method": "str"})
    of = pd.Series(found.of + 1, index=log.customers[known.customers], name="persona", dtype="int64")
    return Personas(table, of, found.stability, features, found.clear, method)


def _method(known: Told, found: Groups, by: str, channel: str, goal: str, worth, said: str) -> str:
    number = int(found.of.max()) + 1
    if found.clear:
        row = found.stability[found.stability["chosen"]].iloc[0]
        result = (
            f"{number} groups: prediction strength {row['strength']:.2f} over {PAIRS} pairs of halves, silhouette "
            f"{row['silhouette']:.2f}, at most {max(row['cloud'], row['dealt']):.2f} in {2 * WORLDS} worlds without groups"
        )
    elif len(known.customers) < FEWEST:
        result = f"one group: under {FEWEST} customers"
    else:
        result = (
            f"no clear groups: no number of them with prediction strength {STABLE} and a silhouette above those of "
            f"{2 * WORLDS} worlds without groups"
        )
    took = [f"shares of touches by {by}", *([f"by {channel}"] if channel else []), "touches, sessions, days"]
    took += [f"{goal} reached"] if goal else []
    if worth is not None:
        missing = int(np.isnan(worth[known.customers]).sum())
        took.append("value" + (f" ({words.count(missing)} customers without one count as average)" if missing else ""))
    parts = [
        f"k-means on {', '.join(took)}, each kind with the same say; shares as with {PRIOR:g} more average touches",
        result,
    ]
    return "; ".join([*parts, said])
