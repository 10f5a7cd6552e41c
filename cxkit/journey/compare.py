"""Two groups or two periods: which touchpoints, steps and paths differ, and how surely?"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxkit import frames, words
from cxkit.errors import DataError, DataWarning, UsageError, choice, suggest
from cxkit.journey.compare_cells import (
    RARE,
    Cells,
    both_of,
    correlation_of,
    path_cells,
    step_cells,
    sums_of,
    touchpoint_cells,
    transition_cells,
)
from cxkit.journey.log import Log, log_of
from cxkit.journey.tallies import positive
from cxkit.periods.lengths import DAY
from cxkit.stats import compare
from cxkit.stats.clustered import Sums
from cxkit.stats.compare.many import ADJUSTMENTS
from cxkit.stats.intervals import critical_value, share_interval

#: What can be compared, and what each share is a share of.
WHAT = {
    "touchpoint": "customers who meet it",
    "transition": "steps out of it",
    "path": "journeys",
    "step": "journeys at the step before",
}


def compare_journeys(
    now: Any,
    before: Any = None,
    *,
    names: Sequence[str] | None = None,
    by: str | Mapping[Any, str] | pd.Series = "",
    what: str | Sequence[str] = ("touchpoint", "transition", "path"),
    steps: Sequence[str] | None = None,
    least: int = 50,
    paths: int = 10,
    adjust: str = "holm",
    confidence: float = 0.95,
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Which touchpoints, transitions and paths differ between two periods or two groups, and how surely?

    Parameters
    ----------
    now, before : Log, Table or frame
        The two sets of events. Without `before`, `now` is divided by `by`.
    names : (str, str), optional
        What the two are called: "now" and "before" unless said; with `by` the two groups to compare, unless said the two
        with the most journeys.
    by : str, or mapping from customer to group
        A column (prepared, if `now` is a Log) whose first value in a journey says to which group the journey belongs; or
        the group of each customer.
    what : str or list of str
        Any of "touchpoint" (share of customers who meet it), "transition" (share of the steps out of `from` that go to
        `to`; the end of a journey is "(end)") and "path" (share of journeys that follow one of the commonest variants,
        repeats joined).
    steps : list of str, optional
        Touchpoints of a funnel: also compared are the shares of journeys that, having reached one step, reach the next
        one later.
    least : int, default 50
        Rows with fewer customers, steps or journeys to take a share of, on either side, are listed but not compared.
    paths : int, default 10
        How many of the commonest variants are compared.
    adjust : {"holm", "bh", "none"}
        How p and limits allow for the number of rows looked at.
    confidence : float, default 0.95
    customer, touchpoint, time, tiebreak
        Columns of frames, as in `prepare`.

    Returns
    -------
    DataFrame
        Comparison table: what, from, to (empty for touchpoints and paths, whose name stands in `from`), metric (what it
        is a share of), unit ("share"), n, estimate, low, high, other, other_n, other_estimate, other_low, other_high,
        difference, difference_low, difference_high, p, p_adjusted, looked, verdict, confidence, method. Commonest rows
        first within each kind.

    Raises
    ------
    UsageError
        If an option is unknown, a group or a step never occurs, or it is not said what to compare with.
    DataError
        If one side has no events or a column is missing.

    Warns
    -----
    DataWarning
        If the two periods differ in length by more than a fifth: in a longer one, more customers meet any touchpoint.

    Notes
    -----
    Difference of two shares by Newcombe's interval (`cxkit.stats.compare.share_difference`) on as many independent rows
    as the rows of the customers are worth; customers on both sides give the correlation of the two shares. p comes from
    the same limits turned round, adjusted for all rows compared; limits hold at the level that agrees with the adjusted
    p. Not listed are touchpoints and transitions that come up fewer than ten times on both sides together.

    **When not to use it**: to find out when something changed, ask `incidents`. Groups that formed themselves (those who
    used the chat) differ in more than their journeys. In logs that were not split into sessions a period's last events
    count as ends although the customer may come back.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions. Statistics in
    Medicine 17, 873-890.

    Examples
    --------
    >>> def day(at, n, bought):
    ...     visits = [(f"c{i}", f"2026-0{at}-01 10:00", "visit") for i in range(n)]
    ...     rows = visits + [(f"c{i}", f"2026-0{at}-01 11:00", "order") for i in range(bought)]
    ...     table = pd.DataFrame(rows, columns=["customer_id", "occurred_at", "touchpoint"])
    ...     return table.assign(occurred_at=pd.to_datetime(table["occurred_at"]))
    >>> table = compare_journeys(day(5, 200, 80), day(4, 200, 120), what="transition")
    >>> table[["from", "to", "n", "estimate", "other_estimate", "difference", "verdict"]].round(2)
        from     to    n  estimate  other_estimate  difference    verdict
    0  order  (end)   80       1.0             1.0         0.0  too early
    1  visit  order  200       0.4             0.6        -0.2      clear
    2  visit  (end)  200       0.6             0.4         0.2      clear
    """
    critical_value(confidence)
    choice(adjust, ADJUSTMENTS, "adjust")
    kinds = [what] if isinstance(what, str) else list(what)
    for kind in kinds:
        choice(kind, [one for one in WHAT if one != "step"], "what")
    least, paths = positive(least, "least"), positive(paths, "paths")
    columns = [by] if isinstance(by, str) and by else []
    logs = [
        log_of(data, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak, columns=columns)
        for data in ([now] if before is None else [now, before])
    ]
    split = not isinstance(by, str) or bool(by)
    if before is None and not split:
        raise UsageError("compare_journeys: nothing to compare with. Give a second set of events, or by=.")
    if before is not None and split:
        raise UsageError("compare_journeys: give either a second set of events or by=, not both.")
    called, logs = _groups(logs[0], by, names) if split else (_called(names or ("now", "before")), logs)
    for name, log in zip(called, logs, strict=True):
        if not len(log):
            raise DataError(f"compare_journeys: there are no events to count in '{name}'.")
    lengths = _lengths(logs, called, warn=not split)
    both = both_of(*logs)
    made = {
        "touchpoint": lambda: touchpoint_cells(both),
        "transition": lambda: transition_cells(both, least),
        "path": lambda: path_cells(both, paths),
        "step": lambda: step_cells(both, _steps(steps)),
    }
    asked = [kind for kind in WHAT if kind in kinds or (kind == "step" and steps is not None)]
    return _table({kind: made[kind]() for kind in asked}, called, least, adjust, confidence, lengths, logs)


def _steps(steps: Sequence[str]) -> list[str]:
    if isinstance(steps, str) or len(steps) < 2:
        raise UsageError(f"steps: {steps!r} is no list of two touchpoints or more.")
    return [str(step) for step in steps]


def _called(names: Sequence[str]) -> tuple[str, str]:
    names = tuple(str(name) for name in names) if not isinstance(names, str) else (names,)
    if len(names) != 2 or names[0] == names[1]:
        raise UsageError(f"names: {words.listing(list(names))} will not do. Give two different names.")
    return names


def _groups(log: Log, by: Any, names: Sequence[str] | None) -> tuple[tuple[str, str], list[Log]]:
    """The two groups of journeys and what they are called."""
    if isinstance(by, str):
        column = log.column(by, "compare_journeys")
        known = np.flatnonzero(column.code >= 0)
        owner, first = np.unique(log.journey[known], return_index=True)
        group = np.full(log.journeys, -1)
        group[owner] = column.code[known[first]]
        values = [str(value) for value in column.values]
    else:
        of = pd.Series(by, dtype="object").dropna().astype(str)
        if of.index.has_duplicates:
            twice = of.index[of.index.duplicated()][0]
            raise UsageError(f"by: customer {twice!r} has two groups. Give each customer one.")
        code, known = pd.factorize(of.reindex(log.customers), sort=True)
        group, values = code[log.customer], [str(value) for value in known]
    count = np.bincount(group[group >= 0], minlength=len(values))
    if names is None:
        if len(values) < 2:
            raise UsageError(f"by: there are no two groups to compare, only {words.listing(values) or 'missing ones'}.")
        names = [values[at] for at in sorted(np.argsort(-count, kind="stable")[:2])]
    called = _called(names)
    for name in called:
        if name not in values:
            raise UsageError(f"names: there is no group '{name}'.{suggest(name, values)}")
    return called, [log.keep((group == values.index(name))[log.journey]) for name in called]


def _lengths(logs: Sequence[Log], called: Sequence[str], warn: bool) -> str:
    """How many days the two sets cover; a warning where two periods differ much."""
    days = [int(log.time.max() // DAY - log.time.min() // DAY) + 1 for log in logs]
    said = " and ".join(f"{words.plural(n, 'day')} ({name})" for n, name in zip(days, called, strict=True))
    if warn and max(days) > 1.2 * min(days):
        warnings.warn(
            f"compare_journeys: the two periods differ in length: {said}. In a longer one more customers meet any "
            "touchpoint, and journeys have more time to go on.",
            DataWarning,
            stacklevel=3,
        )
    return said


def _table(
    kinds: dict[str, Cells], called, least: int, adjust: str, confidence: float, lengths: str, logs
) -> pd.DataFrame:
    parts = [(kind, cells, (sums_of(cells, 0), sums_of(cells, 1))) for kind, cells in kinds.items()]
    joined = [
        Sums(*(np.concatenate([getattr(s[i], name) for *_, s in parts]) for name in Sums.__dataclass_fields__))
        for i in (0, 1)
    ]
    tied = [correlation_of(cells, sums) for _, cells, sums in parts]
    r, in_both = np.concatenate([one for one, _ in tied]), max((n for _, n in tied), default=0)
    keys = pd.DataFrame(
        [(kind, *name) for kind, cells, _ in parts for name in cells.names], columns=["what", "from", "to"], dtype="str"
    )
    compared, looked = _compared(joined, r, least, adjust, confidence)
    return frames.comparison_table(
        keys,
        ["what", "from", "to"],
        metric=keys["what"].map(WHAT),
        unit="share",
        **_estimates(joined[0], confidence, ""),
        other=called[1],
        **_estimates(joined[1], confidence, "other_"),
        **compared,
        looked=looked,
        confidence=float(confidence),
        method=_method(called, least, adjust, looked, in_both, lengths, logs),
    )


def _worth(sums: Sums) -> tuple[np.ndarray, np.ndarray]:
    """Hits and rows in independent ones."""
    worth = sums.effective
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sums.n > 0, worth * (sums.s / sums.n), 0.0), worth


def _estimates(sums: Sums, confidence: float, prefix: str) -> dict[str, np.ndarray]:
    low, high = share_interval(*_worth(sums), confidence=confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = {"n": sums.n, "estimate": sums.s / sums.n, "low": low, "high": high}
    return {prefix + name: value for name, value in values.items()}


def _compared(sums: Sequence[Sums], r: np.ndarray, least: int, adjust: str, confidence: float):
    """The columns of the difference, with limits that agree with the adjusted p."""
    counts = (*_worth(sums[0]), *_worth(sums[1]))
    fits = np.minimum(sums[0].n, sums[1].n) >= least
    p = np.where(fits, compare.share_difference(*counts, correlation=r).p, np.nan)
    adjusted = compare.adjust(p, adjust)
    level = compare.adjusted_level(p, adjusted, confidence)
    gap = compare.share_difference(*counts, confidence=level, correlation=r)
    columns = {
        "difference": gap.estimate,
        "difference_low": np.where(fits, gap.low, np.nan),
        "difference_high": np.where(fits, gap.high, np.nan),
        "p": p,
        "p_adjusted": adjusted,
        "verdict": compare.verdicts(adjusted),
    }
    return columns, int((~np.isnan(p)).sum())


_ADJUSTED = {"holm": "Holm", "bh": "Benjamini-Hochberg"}


def _method(called, least: int, adjust: str, looked: int, in_both: int, lengths: str, logs: Sequence[Log]) -> str:
    allowed = (
        f"allowing for {words.plural(looked, 'comparison')} ({_ADJUSTED[adjust]})"
        if adjust != "none"
        else "not adjusted"
    )
    parts = [
        f"{called[0]} minus {called[1]}; difference of shares by MOVER from Wilson limits, clustered by customer",
        f"{words.plural(in_both, 'customer')} on both sides" if in_both else "no customer on both sides",
        allowed,
        f"not compared: under {words.count(least)} on a side; not listed: under {RARE} on both together",
        lengths,
        *(f"{name}: {log.said}" for name, log in zip(called, logs, strict=True)),
    ]
    return "; ".join(parts)
