"""Hand-overs from one channel to another: how common they are, and what they cost in score and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cxkit import words
from cxkit.errors import UsageError
from cxkit.journey.case_facts import Answers, Lengths, answers_of, lengths_of
from cxkit.journey.channels import Routes, routed
from cxkit.journey.log import log_of
from cxkit.journey.medians import Medians, medians
from cxkit.journey.tallies import LIMITS, Parts, finished, in_seconds, parts
from cxkit.stats.clustered import Sums, clustered_sums, share_limits
from cxkit.stats.compare import adjusted_level, difference, holm, mean_difference, verdicts

if TYPE_CHECKING:
    import pandas as pd

#: Lengths found from events are compared where at most this share of the cases that stayed has none.
_UNKNOWN = 0.1

#: A side with fewer effective answers than this knows its own spread too roughly, and takes the wider one.
_FEW = 20


def handovers(
    events: Any,
    *,
    case: str = "ticket_id",
    channel: str = "channel",
    answers: Any = None,
    seconds: Any = None,
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """How often is a case handed over from one channel to another, and what does it cost?

    Parameters
    ----------
    events : Log, Table or frame
        The `events` table.
    case : str, default "ticket_id"
        Column that names the case: a ticket, an order, a session. Events without one are left out.
    channel : str, default "channel"
        Column of the channel. Events without one are left out.
    answers : frame, optional
        Answers to surveys that are about a case, one a row: the case, the customer and `scaled`, a score from -2 to +2
        (`cxkit.link.link(...).table`). Without it the columns of scores are empty.
    seconds : frame, optional
        How long each case took (`ticket_lengths`): the case, `seconds` from opening to solution, and perhaps `open`, true
        where it is not solved yet and `seconds` is so far. Without it a case is as long as from its first to its last
        event.
    customer, touchpoint, time : str
        Columns of a frame; a Log knows its own.
    tiebreak : str or list of str, optional
        Columns that put events of the same moment in order.
    confidence : float, default 0.95

    Returns
    -------
    DataFrame
        One row a pair of channels, the commonest first, then by name: from, to, n (cases with that hand-over), share
        (of the cases with a touch in `from`), low, high, median_seconds (from the last touch before to the first after
        it), with_n and with_score (answers to cases with the hand-over, and their mean), without_n and without_score
        (the same of cases that stayed in `from`), difference (with less without), difference_low, difference_high, p,
        p_adjusted, verdict, seconds_with and seconds_without (median length of those cases), seconds_difference,
        seconds_low, seconds_high, confidence, method.

    Raises
    ------
    UsageError
        If no case is named, or a Log was prepared without a column.
    DataError
        If a column is missing, a score is no number, or a length is negative or given twice.

    Notes
    -----
    A hand-over is two consecutive touches of one case in different channels; within one case the same hand-over counts
    once, at its first time. Cases that stayed in `from` had all their touches there.

    Share: Wilson on the effective number of cases, customers as clusters. Score: Welch's t interval on effective
    numbers of answers; a side of fewer than 20 takes the wider spread of the two, since a handful of answers crowded at
    one end of the scale knows its own too roughly (share of false alarms at 5 %, with scores that crowd at the good end
    and 60 answers on the other side: .14 at 5 answers and .09 at 10 by its own spread, below .02 by the wider one). p
    is adjusted over all pairs (Holm), and the limits are at the level that agrees with the adjusted p. Length:
    difference of medians, the rank limits of both sides joined as in `cxkit.stats.compare.difference`; not adjusted,
    and rather too wide (coverage of the nominal 95 % in three settings .975 to .994). Where cases are still open, medians
    and limits are those of the Kaplan-Meier curve: the solved ones alone are the quick ones.

    **When not to use it**: as proof that the hand-over did it. Hard cases are handed over more often, and would have
    scored lower anyway; compare cases of one topic, or try it out. From events alone the length of a case that had one
    touch is not known; where that is more than one in ten of the cases that stayed, their length is left missing: give
    `seconds` from the tickets (`ticket_lengths`).

    References
    ----------
    Dixon, M., Freeman, K. and Toman, N. (2010). Stop trying to delight your customers. Harvard Business Review 88(7/8).
    Zou, G. Y. and Donner, A. (2008). Construction of confidence limits about effect measures.
    Statistics in Medicine 27, 1693-1702.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({
    ...     "customer_id": list("aabc"), "ticket_id": ["t1", "t1", "t2", None],
    ...     "touchpoint": "support",
    ...     "channel": ["chat", "phone", "chat", "chat"],
    ...     "occurred_at": pd.to_datetime("2026-03-01") + pd.to_timedelta([0, 60, 90, 0], unit="s"),
    ... })
    >>> handovers(events)[["from", "to", "n", "share", "median_seconds", "verdict"]]
       from     to  n  share  median_seconds    verdict
    0  chat  phone  1    0.5            60.0  too early
    """
    if not case:
        raise UsageError("case: name the column that says what belongs together, such as 'ticket_id' or 'order_id'.")
    log = log_of(
        events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak, columns=[case, channel]
    )
    routes = routed(log, channel, case, "handovers")
    found = _found(routes)
    share, low, high = share_limits(found.counted.sums, confidence=confidence)
    given = answers_of(answers, routes.log, case, customer)
    length = lengths_of(seconds, routes.log, case)
    names = np.array([str(value) for value in log.column(channel, "handovers").values], dtype=object)
    columns = {
        "from": names[found.origin].tolist(), "to": names[found.target].tolist(),
        "n": found.counted.n, "share": share, "low": low, "high": high,
        "median_seconds": in_seconds(found.pair, found.wait, found.pairs)[0],
        **_scores(found, given, confidence), **_lengths(found, length, confidence),
    }  # fmt: skip
    order = np.lexsort((columns["to"], columns["from"], -found.counted.n))
    columns = {k: v[order] if isinstance(v, np.ndarray) else [v[i] for i in order] for k, v in columns.items()}
    return finished(columns, confidence, _method(routes, found, given, length, case))


@dataclass(frozen=True)
class _Found:
    """Pairs of channels with a hand-over, and the cases that had it (each case once a pair).

    Attributes
    ----------
    origin, target : ndarray
        Channels of each pair, as codes.
    pair, case, wait : ndarray of int64
        Of each hand-over: its pair, its case, and the microseconds between the two touches.
    stayed : ndarray of int64
        The channel of each case that had all its touches there, else -1.
    customer : ndarray of int64
        Of each case.
    counted : Parts
        The cases of each pair, as parts of those with a touch in its origin.
    """

    origin: np.ndarray
    target: np.ndarray
    pair: np.ndarray
    case: np.ndarray
    wait: np.ndarray
    stayed: np.ndarray
    customer: np.ndarray
    counted: Parts

    @property
    def pairs(self) -> int:
        return int(self.origin.size)


def _found(routes: Routes) -> _Found:
    """All hand-overs."""
    log, code = routes.log, routes.channel
    width = max(int(code.max()) + 1, 1) if code.size else 1
    journey = log.journey
    at = np.flatnonzero(log.goes_on[:-1] & (code[1:] != code[:-1])) if code.size else np.zeros(0, dtype=np.int64)
    key, of = np.unique(code[at] * width + code[at + 1], return_inverse=True)
    _, first = np.unique(of * max(log.journeys, 1) + journey[at], return_index=True)
    at, of = at[first], of[first]
    used = np.unique(journey * width + code)
    changed = np.zeros(log.journeys, dtype=bool)
    changed[journey[at]] = True
    counted = parts(
        log.customer[used // width], used % width, log.customer[journey[at]], of, key // width, len(log.customers)
    )
    return _Found(
        origin=key // width,
        target=key % width,
        pair=of,
        case=journey[at],
        wait=log.time[at + 1] - log.time[at],
        stayed=np.where(changed, -1, code[log.starts[:-1]]),
        customer=log.customer,
        counted=counted,
    )


def _scores(found: _Found, given: Answers, confidence: float) -> dict[str, Any]:
    """Answers to cases with each hand-over against those to cases that stayed."""
    with_pair, row = _expanded(found, given.case)
    inside = clustered_sums(found.customer[given.case[row]], with_pair, given.score[row], found.pairs)
    groups = int(max(found.stayed.max(initial=-1), found.origin.max(initial=-1))) + 1
    there = clustered_sums(found.customer[given.case], found.stayed[given.case], given.score, groups)
    (n, mean, sd), (m, other, spread) = _moments(inside), tuple(x[found.origin] for x in _moments(there))
    wider = np.maximum(sd, spread)
    sd, spread = (np.where(size < _FEW, wider, own) for size, own in ((n, sd), (m, spread)))
    p = mean_difference(n, mean, sd, m, other, spread, confidence=confidence).p
    adjusted = holm(p)
    level = adjusted_level(p, adjusted, confidence)
    gap = mean_difference(n, mean, sd, m, other, spread, confidence=level)
    return {
        "with_n": inside.n, "with_score": mean, "without_n": there.n[found.origin], "without_score": other,
        "difference": gap.estimate, "difference_low": gap.low, "difference_high": gap.high,
        "p": p, "p_adjusted": adjusted, "verdict": verdicts(adjusted),
    }  # fmt: skip


def _expanded(found: _Found, about: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pair and row of each answer to a case with a hand-over; an answer to a case with two of them comes twice."""
    order = np.argsort(about, kind="stable")
    first, last = (np.searchsorted(about[order], found.case, side=side) for side in ("left", "right"))
    many = last - first
    row = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many) + np.repeat(first, many)
    return np.repeat(found.pair, many), order[row]


def _moments(sums: Sums) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Effective n, mean and standard deviation; missing below one and two rows."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums.s / sums.n
        variance = np.maximum(sums.q - sums.n * mean**2, 0) / (sums.n - 1)
    flat = variance <= 1e-12 * np.maximum(mean**2, 1)
    return sums.effective, mean, np.where(sums.n > 1, np.where(flat, 0.0, np.sqrt(variance)), np.nan)


def _lengths(found: _Found, length: Lengths, confidence: float) -> dict[str, np.ndarray]:
    """Median length of the cases with each hand-over against those that stayed."""
    inside = ~np.isnan(length.seconds[found.case])
    case, pair = found.case[inside], found.pair[inside]
    inner = dict(open_=length.open_[case], confidence=confidence)
    own = medians(found.customer[case], pair, length.seconds[case], found.pairs, **inner)
    stayed = np.flatnonzero((found.stayed >= 0) & ~np.isnan(length.seconds))
    groups = int(max(found.stayed.max(initial=-1), found.origin.max(initial=-1))) + 1
    inner["open_"] = length.open_[stayed]
    rest = medians(found.customer[stayed], found.stayed[stayed], length.seconds[stayed], groups, **inner)
    rest = Medians(*(values[found.origin] for values in (rest.n, rest.median, rest.low, rest.high)))
    if not length.given:
        rest = _blanked(rest, found, length)
    gap, low, high = difference(own.median, own.low, own.high, rest.median, rest.low, rest.high)
    return {
        "seconds_with": own.median, "seconds_without": rest.median,
        "seconds_difference": gap, "seconds_low": low, "seconds_high": high,
    }  # fmt: skip


def _blanked(rest: Medians, found: _Found, length: Lengths) -> Medians:
    """No median where too many of the cases that stayed have no length: those left are not like the others."""
    groups = int(max(found.stayed.max(initial=-1), found.origin.max(initial=-1))) + 1
    there = found.stayed >= 0
    stayed = np.bincount(found.stayed[there], minlength=groups)[found.origin]
    enough = rest.n >= (1 - _UNKNOWN) * stayed
    return Medians(rest.n, *(np.where(enough, x, np.nan) for x in (rest.median, rest.low, rest.high)))


def _method(routes: Routes, found: _Found, given: Answers, length: Lengths, case: str) -> str:
    return "; ".join(
        [
            f"{words.plural(routes.log.journeys, 'case')} by {case}{routes.said}",
            LIMITS.format("cases"),
            given.said,
            "difference against cases that stayed in one channel, "
            f"adjusted for {words.plural(found.pairs, 'pair')} (Holm)",
            f"{length.said}, limits {'of the curve' if length.open_.any() else 'by ranks'}",
            routes.whole.said,
        ]
    )
