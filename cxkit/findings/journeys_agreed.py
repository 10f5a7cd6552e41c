"""Tables of a journey page with the limits and verdicts that its headline gave to their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cxkit.findings.incidents import incident_id

#: Limits of a difference, as most tables name them.
ENDS = ("difference_low", "difference_high")


def journey_agreed(result: Any, judged: Mapping[str, Mapping[str, Any]]) -> Any:
    """The same result as judged by `cxkit.findings.journey_headline`; None where it is no table of journeys.

    Parameters
    ----------
    result : DataFrame or Incidents
        What was given to `journey_headline`.
    judged : mapping
        Limits and verdicts by the id of a finding.
    """
    if hasattr(result, "weekly") and hasattr(result, "members"):
        table = result.table
        ids = [incident_id(row) for _, row in table.iterrows()]
        return replace(result, table=_settled(table, ids, judged, ("low", "high")))
    if not isinstance(result, pd.DataFrame):
        return None
    columns = set(result.columns)
    if {"gap_low", "gap_high", "impact"} <= columns:
        return _pains(result, judged)
    if {"stage", "slope", "outcome"} <= columns:
        table = _settled(result, [f"moment:{name}" for name in result.stage], judged, ("low", "high"))
        return table.assign(moment=table["moment"] & (table["verdict"] == "clear")) if "moment" in table else table
    if {"from", "to"} <= columns:
        steps = [f"{start}\u2192{to}" for start, to in zip(result["from"], result["to"], strict=True)]
        if "what" in columns:
            return _settled(result, [f"path:{w}:{s}" for w, s in zip(result.what, steps, strict=True)], judged, ENDS)
        return _settled(result, [f"handover:{step}" for step in steps], judged, ENDS)
    if "difference" in columns:  # a comparison by stage or touchpoint may also be one of survey answers
        ids = [f"felt:{name}" for name in result.iloc[:, 0]]
        return _settled(result, ids, judged, ENDS) if any(name in judged for name in ids) else None
    return None


def _settled(
    table: pd.DataFrame,
    ids: Sequence[str],
    judged: Mapping[str, Mapping[str, Any]],
    ends: tuple[str, str],
    sign: int = 1,
) -> pd.DataFrame:
    """A copy with the limits, adjusted p and verdicts of the rows that were judged."""
    table = table.copy()
    for at, name in zip(table.index, ids, strict=True):
        found = judged.get(name)
        if found is None or not np.isfinite(found["p_adjusted"]):
            continue
        new = dict(zip(ends, sorted((sign * found["low"], sign * found["high"])), strict=True))
        new |= {column: found[column] for column in ("p_adjusted", "looked", "verdict") if column in table}
        for column, value in new.items():
            table.loc[at, column] = value
    return table


def _pains(pains: pd.DataFrame, judged: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """The findings speak of how far a score lies from its goal upwards, the table of how far below; customers are counted."""
    names = pains.touchpoint.where(pains.touchpoint.notna(), pains.stage)
    table = _settled(pains, [f"worst:{name}" for name in names], judged, ("gap_low", "gap_high"), sign=-1)
    changed = (table.gap_low != pains.gap_low) & table.gap_low.notna()
    for end in ("low", "high"):
        table[end] = table[end].where(~changed, table.customers * table[f"gap_{end}"])
    return table
