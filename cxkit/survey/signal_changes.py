"""When the level changed and whether there is a season, as tables; see `cxkit.survey.signals`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxkit import words
from cxkit.errors import DataError
from cxkit.stats import change
from cxkit.stats.change.limits import LEAST
from cxkit.survey.by_period import ByPeriod

#: Columns of `Signals.change`.
CHANGE = (
    *("period", "start", "first_start", "last_start", "n_before", "before", "n", "estimate"),
    *("difference", "difference_low", "difference_high", "probability", "bayes_factor", "p", "confidence"),
)
#: Columns of `Signals.season`.
SEASON = ("month", "effect", "low", "high", "p", "years", "confidence")
#: Fewer answers in all cannot show a change of level.
_FEW = 20


def are(many: str) -> str:
    """A count with its verb.

    >>> are("1 full week"), are("5 full weeks")
    ('is 1 full week', 'are 5 full weeks')
    """
    return f"{'is' if many.startswith('1 ') else 'are'} {many}"


def no_change() -> pd.DataFrame:
    """The table of changes without a row."""
    return pd.DataFrame(columns=list(CHANGE))


def changes_of(shown: ByPeriod, unit: str, confidence: float, why: dict[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The latest (or most likely) change of level over the full periods, and all that are shown."""
    at = np.flatnonzero(shown.known)
    counts = tuple(each[at] for each in shown.counts(shown.known))
    total = float(sum(each.sum() for each in counts))
    if len(at) < 2 or total < _FEW:
        many = words.plural(len(at), f"full {unit}")
        why["change"] = f"A change of level needs two full {unit}s and {_FEW} answers; there {are(many)} with answers."
        if len(at) >= 2:
            why["change"] = f"A change of level needs {_FEW} answers in full {unit}s; there are {words.count(total)}."
        return no_change(), no_change()
    spread = 1.0
    if len(at) >= LEAST:
        spread = change.shown_spread(change.net_limits(*counts).sigma, len(at))
    found = change.change_points(*counts, spread=spread, confidence=confidence)
    if not found:
        likeliest = change.change_point(*counts, spread=spread, confidence=confidence)
        return _rows([likeliest], shown, at, confidence), no_change()
    rows = _rows(found, shown, at, confidence)
    return rows.tail(1).reset_index(drop=True), rows


def _rows(found: list[change.ChangePoint], shown: ByPeriod, at: np.ndarray, confidence: float) -> pd.DataFrame:
    """Changes as a table; each side reaches to the neighbouring change."""
    edges = [0, *(one.position for one in found), len(at)]
    rows = []
    for one, start, end in zip(found, edges[:-2], edges[2:], strict=True):
        n = shown.n[at]
        row = {
            "period": shown.labels[at[one.position]],
            "start": shown.starts[at[one.position]],
            "first_start": shown.starts[at[one.first]],
            "last_start": shown.starts[at[one.last]],
            "n_before": int(n[start : one.position].sum()),
            "before": 100 * one.before,
            "n": int(n[one.position : end].sum()),
            "estimate": 100 * one.after,
            "difference": 100 * one.difference,
            "difference_low": 100 * one.low,
            "difference_high": 100 * one.high,
            "probability": one.probability,
            "bayes_factor": one.bayes_factor,
            "p": one.p,
            "confidence": float(confidence),
        }
        rows.append(row)
    return pd.DataFrame(rows, columns=list(CHANGE)).astype({"period": "str"})


def season_of(counted: ByPeriod, confidence: float, why: dict[str, str]) -> pd.DataFrame | None:
    """Effects of the months of the year, from the last whole years of full months."""
    months = counted.months()
    full = np.flatnonzero(months.complete)
    if len(full) < 24:
        why["season"] = f"A season needs two full years; there {are(words.plural(len(full), 'full month'))}."
        return None
    p, q, d = (each[full] for each in months.counts(months.complete))
    n = p + q + d
    net = (p.sum() - d.sum()) / n.sum()
    variance = (p.sum() + d.sum()) / n.sum() - net**2
    with np.errstate(divide="ignore", invalid="ignore"):
        values, errors = 100 * (p - d) / n, 1e4 * variance / n
    errors = np.where(np.isfinite(errors), errors, np.nan)
    numbers = pd.DatetimeIndex(months.starts[full]).month
    try:
        found = change.season(values, errors, numbers, confidence=confidence)
    except DataError as error:
        why["season"] = str(error).removeprefix("season: ")
        return None
    columns = {"month": found.months, "effect": found.effect, "low": found.low, "high": found.high}
    return pd.DataFrame({**columns, "p": found.p, "years": found.years, "confidence": float(confidence)})[list(SEASON)]
