"""Funnel: how many go on from step to step, under rules that are named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from cxkit.errors import DataError
from cxkit.journey.funnel_instants import instants_of
from cxkit.journey.funnel_rules import Rules, after, last_moment, read_rules, sentence
from cxkit.journey.funnel_shares import COLUMNS, COUNTS, closed_rows, open_rows
from cxkit.journey.funnel_units import units_of
from cxkit.journey.log import Log, log_of

if TYPE_CHECKING:
    import pandas as pd


def funnel(
    events: Any,
    *,
    steps: Sequence[str | tuple[str, ...]] | str,
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
    within: str | timedelta | None = None,
    order: str = "ordered",
    anchor: str = "any",
    same_time: str = "in_order",
    per: str = "customer",
    closed: bool = True,
    exclude: Sequence[str] | str = (),
    until: date | str | None = None,
    as_of: date | str | None = None,
    by: str = "",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Where do customers leave on the way through the steps, and how sure is that?

    Parameters
    ----------
    events : any dataframe, Table or Log
        One row an event.
    steps : list, or text
        Touchpoints in their order, at least two. A tuple means any of its touchpoints: ``["cart", ("card", "cash")]``. As a
        text: ``"cart, card|cash"``. A touchpoint may stand in several steps; one event serves one of them.
    customer, touchpoint, time, tiebreak : str
        Columns. How events of one moment are ordered in the table does not matter here.
    within : str or timedelta, optional
        The window: "7D", "30min". A step counts up to and including the moment start + window. Without it a step may come
        at any time.
    order : {"ordered", "strict", "any"}
        "ordered": in this order, other events may come between. "strict": no other event of any touchpoint strictly
        between the first moment and the last; a second event of the same step is another event (give
        ``prepare(events).joined()`` to let repeats pass). "any": in any order, all within the window counted from the
        earliest of them; row k then tells who did any k of the steps.
    anchor : {"any", "first"}
        "any": each time a customer took the first step may be the start, and the one that gets furthest counts (the
        earliest among equals). "first": only the first time.
    same_time : {"in_order", "apart"}
        "in_order": events of one moment stand in the order the steps need. "apart": each step must be strictly later than
        the one before.
    per : {"customer", "attempt"}
        What is counted. An attempt begins with a first step that belongs to no earlier attempt. It lasts until its last
        step, until an excluded touchpoint (or, in the strict order, another event), or until its window is over; first
        steps until then belong to it and, with ``anchor="any"``, begin the window anew.
    closed : bool
        False also counts who enters after the first step: then each step is compared with the one before it alone, the
        window runs from one step to the next, and `of_all` is the share of all who took any of the steps. Without effect
        where the order is "any", which has no first step.
    exclude : list, or text
        Touchpoints that end an attempt: no step counts that comes strictly later than the first of them after the start.
        At the moment of the start or of a step itself they do no harm.
    until : date or str, optional
        The last day on which a start counts, where the events go on after it: those who began in a period are followed up
        in what came after.
    as_of : date or str, optional
        The events are complete to the end of this day; later ones do not count. By default the `as_of` of the table, else
        the moment of the last event.
    by : str, optional
        A column of the events: one funnel for each value it has at the start. With ``anchor="any"`` a customer stands in
        the funnel of each value it started with, so that success does not decide where it is counted.
    confidence : float, default 0.95

    Returns
    -------
    DataFrame
        One row a step (and `by` value, whose column stands first; the missing value last):

        - ``step`` (1 ...), ``touchpoint``
        - ``n`` that reached the step; ``of_all, of_all_low, of_all_high`` share of those who reached step 1;
          ``of_previous, of_previous_low, of_previous_high`` share of those who reached the step before (0..1)
        - ``left`` reached the step before and can no longer come; ``open`` reached the step before and may still come;
          ``entered`` came in at this step. Always n = n of the step before - left - open + entered
        - ``median_seconds, q25_seconds, q75_seconds`` from the step before, of those who went on
        - ``confidence, method``: method states the rules in force and what was counted

    Raises
    ------
    UsageError
        If a step or excluded touchpoint never occurs in the events, fewer than two steps are given, an argument cannot be
        read, `by` or ``per="attempt"`` meets ``closed=False``, or as_of lies after the day the events were prepared for.
    DataError
        If there are no events, or a column is missing.

    Notes
    -----
    A step that occurs, but never in turn, has n = 0. Each step is taken at the earliest event that can serve it.

    **Open windows.** Who started less than a window before `as_of` has not failed yet. Such starters are censored: the
    shares are Aalen and Johansen's estimates for the end of the window (with two steps and nothing that ends attempts the
    same as Kaplan and Meier's), so ``of_all`` can exceed n / n of step 1. Where nothing is open they are these plain
    ratios. An excluded touchpoint is a competing event, not a censoring. Where a customer has several starts, ages count
    from the last one, and what was done before it has age 0. Where no window is over yet, shares are missing; where
    nobody at a step could be watched to the end, the upper limit allows for all of them going on. Without a window
    nothing is censored: whoever has not gone on has left.

    **Limits** are Wilson's on the number of plain customers that would give the same variance (Dorey and Korn), with the
    variance from what each customer contributes to the estimate, so that several attempts of one customer are not taken
    for several customers. Without open windows and with one attempt each they are the plain Wilson limits.

    **When not to use it**: `of_all` of an open funnel is no conversion. A window much longer than the data can tell
    nothing but the upper limit. The estimate for open windows holds if recent starters are like earlier ones.

    References
    ----------
    Aalen, O. O. and Johansen, S. (1978). An empirical transition matrix for non-homogeneous Markov chains based on
    censored observations. Scandinavian Journal of Statistics 5, 141-150.
    Dorey, F. J. and Korn, E. L. (1987). Effective sample sizes for confidence intervals for survival probabilities.
    Statistics in Medicine 6, 679-687.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "ann", "bob", "bob", "cat"],
    ...     "touchpoint": ["cart", "cart", "paid", "cart", "paid", "cart"],
    ...     "occurred_at": pd.to_datetime(["2026-05-01", "2026-05-09", "2026-05-10", "2026-05-02", "2026-05-12", "2026-05-20"]),
    ... })
    >>> table = funnel(events, steps=["cart", "paid"], within="7D")
    >>> table[["touchpoint", "n", "left", "open"]].to_dict("list")
    {'touchpoint': ['cart', 'paid'], 'n': [3, 1], 'left': [0, 1], 'open': [0, 1]}
    >>> funnel(events, steps="cart, paid", within="7D", anchor="first").n.tolist()  # ann first started on 1 May
    [3, 0]
    """
    log = log_of(
        events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak, columns=[by] if by else []
    )
    if not len(log):
        raise DataError("funnel: there are no events.")
    end = last_moment(log, as_of)
    rules = read_rules(
        log, steps=steps, within=within, order=order, anchor=anchor, same_time=same_time, per=per, closed=closed,
        exclude=exclude, end=end, by=by, confidence=confidence,
    )  # fmt: skip
    if int(log.time.max()) >= end:
        log = log.keep(log.time < end)
    if until is not None:
        rules = replace(rules, until=after(until))
    instants = instants_of(log, rules)
    if not rules.closed and rules.order != "any":
        rows, opened = open_rows(log, instants, rules)
        return _table([rows], [sentence(rules, opened)], rules, log)
    units = units_of(instants, rules, rules.order_of, log.column(by, "funnel").code if by else None)
    groups = np.unique(units.group) if by else np.zeros(1, dtype=np.int64)
    groups = np.r_[groups[groups >= 0], groups[groups < 0]].tolist()  # the missing value last
    parts = [units.of(group) if by else units for group in groups]
    said = [sentence(rules, int(part.open.sum()), over=bool(part.over.any())) for part in parts]
    table = _table([closed_rows(part, log, rules) for part in parts], said, rules, log)
    if by:
        values = log.columns[by].values
        table.insert(0, by, [values[group] if group >= 0 else None for group in groups for _ in range(rules.steps)])
    return table


def _table(parts: list[dict[str, Any]], said: list[str], rules: Rules, log: Log) -> pd.DataFrame:
    """One row a step and part, with the dtypes of the docstring."""
    import pandas as pd

    rows: dict[str, Any] = {
        name: np.concatenate([part[name] for part in parts]) if parts else np.zeros(0) for name in COLUMNS
    }
    rows["touchpoint"] = rules.labels * len(parts)
    rows["confidence"] = np.full(rules.steps * len(parts), rules.confidence)
    rows["method"] = [f"{one}. {log.said}" for one in said for _ in range(rules.steps)]
    kinds = (
        dict.fromkeys(rows, "float64") | dict.fromkeys(COUNTS, "int64") | dict.fromkeys(("touchpoint", "method"), "str")
    )
    return pd.DataFrame(rows).astype(kinds)
