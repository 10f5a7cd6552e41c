"""Key figures: value, interval, change and n, one tile each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from cxkit import words
from cxkit.errors import UsageError
from cxkit.frames import ESTIMATE
from cxkit.markup import Block, h, join, visible
from cxkit.page.change import Change, bar, compare, estimates, matching, settled, with_change

if TYPE_CHECKING:
    import pandas as pd

_SPAN = {"points": 40.0, "share": 0.2, "rating": 1.0}  # a bar shows at least this much of the scale
_ENDS = {"points": (-100.0, 100.0), "share": (0.0, 1.0)}


def tiles(
    figures: pd.DataFrame | Sequence[pd.DataFrame],
    *,
    before: pd.DataFrame | Sequence[pd.DataFrame] | None = None,
    change: pd.DataFrame | Sequence[pd.DataFrame] | None = None,
    target: float | Mapping[str, float] | None = None,
    labels: Sequence[str] | Mapping[str, str] | None = None,
    before_name: str = "the period before",
) -> Block:
    """Show key figures side by side.

    Parameters
    ----------
    figures : DataFrame or list of DataFrame
        Estimate tables; each row is a tile.
    before : DataFrame or list of DataFrame, optional
        The same for the earlier period; rows are matched by metric and segment.
    change : DataFrame or list of DataFrame, optional
        Comparison tables of the same figures (`cxkit.survey.change` and its like), matched by metric and segment: the
        difference, its limits and its verdict are those of the table.
    target : float or mapping, optional
        Target in the metric's unit, for the first tile; or targets by metric.
    labels : list or mapping, optional
        Names of the tiles in order, or by metric. Otherwise the metric and its segment.
    before_name : str
        How the earlier period is called.

    Returns
    -------
    Block
        Of kind "tiles".

    Raises
    ------
    UsageError
        If a table is no estimate table, `change` no comparison table, or there are more labels than tiles.

    Notes
    -----
    A change is coloured only when it was judged with all others of the page (`change`), is clear, and the metric's good
    direction is known (NPS, CSAT, promoters, response rate: up; detractors: down). A figure that has only an earlier
    estimate shows its change with a MOVER interval, without verdict and colour. Changes of shares are percentage points
    ("pts").

    Examples
    --------
    >>> import pandas as pd
    >>> row = dict(metric="NPS", unit="points", n=2648, estimate=31.1, low=28.2, high=34.0, confidence=0.95, method="")
    >>> print(tiles(pd.DataFrame([row]), target=40))
    NPS: +31, 95\xa0% interval +28 to +34, n 2,648, target +40
    """
    before_name = visible(before_name)
    rows = estimates(figures, "tiles")
    earlier, judged = matching(estimates(before, "tiles: before")), _judged(change)
    if labels is not None and not isinstance(labels, Mapping) and len(labels) > len(rows):
        raise UsageError(f"tiles: {len(labels)} labels for {words.plural(len(rows), 'tile')}. Give one label a row.")
    items, said, facts, ring, dotted = [], [], {}, False, False
    named: list[tuple[str, float | None]] = []
    for k, (keys, row) in enumerate(rows):
        key = (str(row.metric), *keys)
        then, moved = _moved(row, earlier.get(key), judged.get(key))
        goal = target.get(str(row.metric)) if isinstance(target, Mapping) else target if k == 0 else None
        name = _label(labels, k, keys, row)
        tile, line = _tile(name, row, then, moved, goal, before_name)
        items.append(tile)
        named.append((name, goal))
        said.append(line)
        ring, dotted = ring or then is not None, dotted or goal is not None
        facts[name] = words.value(row.estimate, row.unit)
    html = h("ul", join(items), class_="kpis", aria_label="Key figures") + _key(rows, ring, dotted, before_name)
    sheet = {"Key figures": partial(_sheet, rows, earlier, judged, named)} if rows else {}
    return Block("tiles", html, "\n".join(said) or "No key figures.", facts={"figures": facts}, sheets=sheet)


def _judged(change: Any) -> Mapping[tuple[str, ...], Any]:
    """Rows of comparison tables by metric and segment."""
    rows = estimates(change, "tiles: change")
    if any(not hasattr(row, "difference") or not hasattr(row, "verdict") for _, row in rows):
        raise UsageError(
            "tiles: change must be comparison tables, with 'difference' and 'verdict', as cxkit.survey.change(now, before) "
            "returns them. Estimates of the earlier period are given as before=."
        )
    return matching(rows)


def _moved(row: Any, then: Any, sure: Any) -> tuple[Any, Change | None]:
    """The earlier estimate, and the change: as it was judged, else from the limits of both and without a verdict."""
    if sure is None:
        change = compare(row, then)
        return then, replace(change, verdict="") if change else None
    if then is None and np.isfinite(float(sure.other_estimate)):
        then = SimpleNamespace(estimate=float(sure.other_estimate))
    return then, settled(sure)


def _sheet(rows: Any, earlier: Any, judged: Any, named: Sequence[tuple[str, float | None]]) -> pd.DataFrame:
    """The key figures as one table: a row a tile, with its change and target."""
    import pandas as pd

    table = pd.DataFrame([{name: getattr(row, name, None) for name in ESTIMATE} for _, row in rows])
    table.insert(0, "figure", [name for name, _ in named])
    if any(goal is not None for _, goal in named):
        table["target"] = pd.Series([goal for _, goal in named], dtype="float64")
    return with_change(table, rows, earlier, judged) if earlier or judged else table


def _label(labels: Any, k: int, keys: Sequence[str], row: Any) -> str:
    if isinstance(labels, Mapping) and str(row.metric) in labels:
        return visible(labels[str(row.metric)])
    if labels is not None and not isinstance(labels, Mapping) and k < len(labels):
        return visible(labels[k])
    return ", ".join([words.metric(str(row.metric)), *keys])


def _ends(row: Any, then: Any, goal: float | None) -> tuple[float, float]:
    """What part of the scale the bar shows: all that is on it in its middle, with air."""
    values = [row.low, row.high, row.estimate, goal, getattr(then, "estimate", None)]
    known = [float(v) for v in values if v is not None and np.isfinite(float(v))]
    if not known:
        return 0.0, 1.0
    low, high = min(known), max(known)
    span = max(_SPAN.get(row.unit, 1.0), 1.5 * (high - low))
    low, high = (low + high - span) / 2, (low + high + span) / 2
    floor, ceiling = _ENDS.get(row.unit, (-np.inf, np.inf))
    return max(low, floor), min(high, ceiling)


def _tile(name: str, row: Any, then: Any, change: Change | None, goal: float | None, before_name: str):
    unit = str(row.unit)
    value, small = _value(row.estimate, unit)
    digits = 1 if unit == "share" else None
    limits = words.interval(row.low, row.high, unit, digits)
    notes = [f"n {words.count(row.n)}"] + ([f"target {words.value(goal, unit)}"] if goal is not None else [])
    lines = [
        h("p", name, class_="k"),
        h("p", value, h("small", small) if small else None, class_="v"),
        bar(row.low, row.high, row.estimate, _ends(row, then, goal), getattr(then, "estimate", None), goal),
        h("p", f"{words.percent_interval(row.confidence)} {limits}") if np.isfinite(float(row.estimate)) else None,
    ]
    said = [f"{value}{small}" if unit != "points" else value]
    if np.isfinite(float(row.estimate)):
        said.append(f"{words.percent_interval(row.confidence)} {limits}")
    else:
        notes.insert(0, "no answers to count")
    if change:
        short, long = ("pts", "percentage points") if unit == "share" else ("", "")
        arrow = h("span", change.arrow + " ", aria_hidden="true") if change.arrow else None
        lines.append(h("p", arrow, f"{change.sentence(short)} on {before_name}", class_=change.tone(str(row.metric))))
        said.append(", ".join(filter(None, [f"{change.sentence(long)} on {before_name}", change.verdict])))
    lines.append(h("p", "; ".join(notes), class_="n"))
    return h("li", *lines), f"{name}: {', '.join(said + notes)}"


def _value(estimate: float, unit: str) -> tuple[str, str]:
    """The value and its unit, to be set apart."""
    if not np.isfinite(float(estimate)):
        return words.DASH, ""
    if unit == "points":
        return words.points(estimate), " points"
    if unit == "share":
        return words.number(100 * estimate, 1), f"{words.THIN}%"
    return words.number(estimate, 2), ""


def _key(rows: Sequence[Any], ring: bool, dotted: bool, before_name: str):
    """What the bars show, once, below the tiles."""
    if not rows:
        return h("p", "No key figures.", class_="mute")
    levels = sorted({float(row.confidence) for _, row in rows})
    level = words.percent_interval(levels[0]) if len(levels) == 1 else "interval"
    said = f"Bars: {level} with the estimate"
    said += f"; ring: {before_name}" * ring + "; dotted line: target" * dotted
    return h("p", said + ".", class_="small mute key")
