"""The finding a picture of segments against all others may bear as its title."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cxkit import words
from cxkit.charts.titles import apart
from cxkit.stats.compare import adjust, verdicts


def compared_title(rows: pd.DataFrame, least: int) -> str:
    """The group that differs most surely from all others, if it is clear among all comparisons of all tables.

    Groups with fewer than `least` answers or without a stated segment are never named. Where a table has two groups
    only, each is the other's rest: that counts as one comparison, and the title names both.
    """
    known = rows[rows.estimate.notna()]
    if known.empty:
        return "There are no answers to compare"
    metric, unit = words.metric(str(known.metric.iloc[0])), str(known.unit.iloc[0])
    fit = known[known.p.notna() & known.stated.astype(bool) & (known.n >= least)]
    if fit.empty:
        return f"Too few answers to compare {metric} between groups"
    once = fit[~((fit.looked == 1) & fit.duplicated("table"))]
    once = once.assign(sure=verdicts(adjust(once.p.to_numpy())))
    clear = once[once.sure == "clear"]
    if clear.empty:
        many = f"any of the {len(once)} groups and all others" if len(once) > 1 else _both(fit)
        return f"No clear difference in {metric} between {many}"
    row = clear.loc[_surest(clear)]
    verb = "higher" if row.difference > 0 else "lower"
    own, other = apart(row.estimate, row.other_estimate, unit)
    name = str(row["name"])
    return f"{name[:1].upper() + name[1:]} scores {verb} than {_others(row, known)}: {own} against {other}"


def _surest(clear: pd.DataFrame) -> Any:
    """Smallest p; of equal ones the largest difference."""
    return clear.index[np.lexsort((-clear.difference.abs().to_numpy(), clear.p.to_numpy()))[0]]


def _others(row: Any, known: pd.DataFrame) -> str:
    """What the group was compared with, by its name where it is one group."""
    same = known[(known.table == row.table) & known.stated.astype(bool) & (known.index != row.name)]
    return str(same["name"].iloc[0]) if len(same) == 1 and row.looked == 1 else str(row.other) or "all others"


def _both(fit: pd.DataFrame) -> str:
    names = list(fit["name"])
    return words.listing(names) if len(names) == 2 else f"{names[0]} and all others"
