"""Funnel: how many go on from step to step, under rules that are named."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from cxkit.errors import DataError, UsageError
from cxkit.journey.funnel_instants import instants_of
from cxkit.journey.funnel_rules import last_moment, read_rules, sentence
from cxkit.journey.funnel_shares import COLUMNS, COUNTS, closed_rows, open_rows
from cxkit.journey.funnel_units import units_of
from cxkit.journey.log import log_of

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
    as_of: date | str | None = None,
    by: str = "",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """x"""
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
    instants = instants_of(log, rules)
    if not rules.closed and rules.order != "any":
        rows, opened = open_rows(log, instants, rules)
        return _table([rows], rules, sentence(rules, opened), log.said)
    value = log.column(by, "funnel").code if by else None
    units = units_of(instants, rules, rules.order_of, value)
    said = sentence(rules, int(units.open.sum()))
    if not by:
        return _table([closed_rows(units, log, rules)], rules, said, log.said)
    groups = np.unique(units.group)
    groups = np.r_[groups[groups >= 0], groups[groups < 0]]  # the missing value last
    parts = [closed_rows(units.of(group), log, rules) for group in groups.tolist()]
    table = _table(parts, rules, said, log.said)
    values = log.columns[by].values
    table.insert(0, by, [values[group] if group >= 0 else None for group in groups for _ in range(rules.steps)])
    return table


def _table(parts, rules, said: str, counted: str) -> pd.DataFrame:
    import pandas as pd

    rows = {name: np.concatenate([part[name] for part in parts]) if parts else np.zeros(0) for name in COLUMNS}
    rows["touchpoint"] = rules.labels * len(parts)
    table = pd.DataFrame({**rows, "confidence": rules.confidence, "method": f"{said}. {counted}"})
    kinds = {name: "int64" if name in COUNTS else "str" if name == "touchpoint" else "float64" for name in COLUMNS}
    return table.astype({**kinds, "confidence": "float64", "method": "str"})
