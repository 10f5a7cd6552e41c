"""What changed between two rows of estimate tables, how sure it is, and whether it is for the better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from cxkit import words
from cxkit.charts.labels import plain
from cxkit.errors import UsageError, suggest
from cxkit.frames import COMPARISON
from cxkit.markup import visible
from cxkit.stats.compare import difference, verdict

#: Whether more is better, by metric. A change of any other metric is not coloured: its direction is not ours to know.
MORE_IS_BETTER = {"nps": True, "csat": True, "promoters": True, "detractors": False, "response rate": True}
_NEEDS = ("metric", "unit", "n", "estimate", "low", "high", "confidence")


@dataclass(frozen=True)
class Change:
    """A difference with its interval and the strength of its evidence."""

    size: float
    low: float
    high: float
    verdict: str
    unit: str

    def sentence(self, noun: str = "") -> str:
        """The difference, the name of its unit if one is given, and its limits; of shares, in percentage points.

        >>> Change(-7.1, -11.2, -2.4, "clear", "points").sentence()
        '\u22127 (\u221211 to \u22122)'
        >>> Change(-0.048, -0.097, 0.001, "likely", "share").sentence("pts")
        '\u22124.8 pts (\u22129.7 to +0.1)'
        """
        scale = 100 if self.unit == "share" else 1
        digits = 0 if self.unit == "points" else 1
        size = f"{words.points(scale * self.size, digits)} {noun}".rstrip()
        return f"{size} ({words.interval(scale * self.low, scale * self.high, 'points', digits)})"

    @property
    def arrow(self) -> str:
        """Up or down, for the eye."""
        return "▲" if self.size > 0 else "▼" if self.size < 0 else ""

    def tone(self, metric: str) -> str | None:
        """Class of the colour: good or bad where the change is clear and the metric's direction is known."""
        better = MORE_IS_BETTER.get(metric.casefold())
        if self.verdict != "clear" or better is None or not self.size:
            return None
        return "good" if (self.size > 0) == better else "bad"


def compare(now: Any, then: Any) -> Change | None:
    """One row against its earlier one; None where either has no estimate."""
    if then is None or not all(np.isfinite(float(v)) for r in (now, then) for v in (r.estimate, r.low, r.high)):
        return None
    size, low, high = map(float, difference(now.estimate, now.low, now.high, then.estimate, then.low, then.high))
    return Change(size, low, high, verdict(size, low, high, now.confidence), str(now.unit))


def settled(row: Any) -> Change | None:
    """The change of a row that bears it with its verdict (of a comparison table, say); None where it has none."""
    for name in ("change", "difference"):
        if hasattr(row, name) and hasattr(row, "verdict"):
            size, low, high = (float(getattr(row, name + end, np.nan)) for end in ("", "_low", "_high"))
            return Change(size, low, high, visible(row.verdict), str(row.unit)) if np.isfinite(size) else None
    return None


def estimates(tables: Any, who: str) -> list[tuple[tuple[str, ...], Any]]:
    """Rows of one or several estimate tables as (segment values, row), in order.

    Raises
    ------
    UsageError
        If something is no estimate table.
    """
    if tables is None:
        return []
    tables = [tables] if isinstance(tables, pd.DataFrame) else list(tables)
    rows = []
    for table in tables:
        if not isinstance(table, pd.DataFrame):
            raise UsageError(f"{who}: expected estimate tables (pandas), got {type(table).__name__}.")
        missing = [name for name in _NEEDS if name not in table.columns]
        if missing:
            hint = suggest(missing[0], map(str, table.columns))
            raise UsageError(f"{who}: an estimate table needs the column '{missing[0]}'.{hint}")
        by = segments_of(table)
        for keys, row in zip(table[by].itertuples(index=False), table.itertuples(index=False), strict=True):
            rows.append((tuple(plain(key) for key in keys), row))
    return rows


#: Columns a comparison adds to an estimate table; they are no segments.
EXTRA = ("change", "change_low", "change_high", "verdict")


def segments_of(table: pd.DataFrame) -> list[str]:
    """The segment columns of an estimate or comparison table; numbers that follow the results are no segments."""
    places = {name: at for at, name in enumerate(table.columns)}
    return [
        name
        for name, at in places.items()
        if name not in COMPARISON
        and name not in EXTRA
        and (at < places.get("metric", at) or not pd.api.types.is_float_dtype(table[name]))
    ]


def with_change(
    table: pd.DataFrame,
    rows: Any,
    earlier: Mapping[tuple[str, ...], Any],
    judged: Mapping[tuple[str, ...], Any] | None = None,
) -> pd.DataFrame:
    """An estimate table with its earlier estimates and n, the changes and their verdicts, all unrounded.

    A change in `judged` (rows of comparison tables) stands as it is; others have no verdict where `judged` is given.
    """
    found: dict[str, list[Any]] = {name: [] for name in ("before", "n_before", *EXTRA)}
    for keys, row in rows:
        key = (str(row.metric), *keys)
        then, sure = earlier.get(key), (judged or {}).get(key)
        change = settled(sure) if sure is not None else compare(row, then)
        if change and judged is not None and sure is None:
            change = replace(change, verdict="")
        known = (then.estimate, then.n) if then is not None else (None, None)
        if then is None and sure is not None:
            known = (sure.other_estimate, sure.other_n)
        sized = (change.size, change.low, change.high, change.verdict) if change else (None, None, None, None)
        for name, value in zip(found, (*known, *sized), strict=True):
            found[name].append(value)
    return table.assign(**{name: pd.Series(values, table.index, object) for name, values in found.items()})


def matching(rows: Sequence[tuple[tuple[str, ...], Any]]) -> Mapping[tuple[str, ...], Any]:
    """Rows by metric and segment, to find the earlier one of each."""
    return {(str(row.metric), *keys): row for keys, row in rows}


def bar(low: float, high: float, estimate: float, ends: tuple[float, float], before: Any = None, target: Any = None):
    """The interval bar beside a number: decoration for the eye, the numbers stand in the text."""
    from cxkit.markup import h

    def place(value: float) -> str:
        at = 100 * (float(value) - ends[0]) / ((ends[1] - ends[0]) or 1)
        return f"{min(max(at, 0), 100):.1f}%"

    marks = {"a": low, "b": high, "x": estimate, "p": before, "t": target}
    known = {k: v for k, v in marks.items() if v is not None and np.isfinite(float(v))}
    if not {"a", "b", "x"} <= set(known):
        return None
    style = ";".join(f"--{k}:{place(v)}" for k, v in known.items())
    drawn = [h("i", class_=name) for name in ("r", "p", "x", "t") if name in ("r", *known)]
    return h("span", *drawn, class_="ci", aria_hidden="true", style=style)
