"""Estimate tables on the page: value, interval, bar, change, n and verdict; cards on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup
from matplotlib.ticker import MaxNLocator

from cxkit import words
from cxkit.charts.scale import bounds, tick_words
from cxkit.markup import Block, h, join, visible
from cxkit.page.change import Change, bar, compare, estimates, matching, segments_of, settled, with_change
from cxkit.page.headline import chip
from cxkit.page.tables import plain_table

if TYPE_CHECKING:
    import pandas as pd

_MOST = 60  # rows a page shows; more is for a picture or a file


def estimate_table(
    table: pd.DataFrame,
    *,
    caption: str = "",
    before: pd.DataFrame | None = None,
    target: float | None = None,
    before_name: str = "the period before",
    method: bool = False,
) -> Block:
    """Show an estimate table: one row a group, with interval, bar, change and n.

    Parameters
    ----------
    table : DataFrame
        Estimate table. The columns ``change, change_low, change_high, verdict`` are shown if they are there. Of a
        comparison table the difference and its verdict are shown; of one with an earlier period (`cxkit.survey.change`
        with the same `before_name`), as the change.
    caption : str
        What the table shows.
    before : DataFrame, optional
        The same for the earlier period, matched by metric and segment: adds change and verdict.
    target : float, optional
        Target in the metric's unit, a dotted line in the bars.
    before_name : str
        How the earlier period is called.
    method : bool
        Say below the table by which rule the numbers were made.

    Returns
    -------
    Block
        Of kind "estimates". At most 60 rows; a line says how many more there are.

    Raises
    ------
    UsageError
        If it is no estimate table.

    Notes
    -----
    Verdicts of many rows at once are many looks: of 20 groups that did not change, one is "clear" by chance.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"plan": ["basic", "plus"], "metric": "NPS", "unit": "points", "n": [1204, 96],
    ...     "estimate": [31.0, 12.0], "low": [27.0, -2.0], "high": [35.0, 26.0], "confidence": 0.95, "method": ""})
    >>> print(estimate_table(table))  # doctest: +NORMALIZE_WHITESPACE
    plan  NPS 95 % interval     n
    basic +31    +27 to +35 1,204
    plus  +12     −2 to +26    96
    """
    caption, before_name = visible(caption), visible(before_name)
    every = estimates(table, "estimate_table")
    rows, rest = every[:_MOST], max(len(every) - _MOST, 0)
    earlier = matching(estimates(before, "estimate_table: before"))
    changes = [_change(keys, row, earlier) for keys, row in rows]
    by = segments_of(table)
    several = len({str(row.metric) for _, row in rows}) > 1
    names = [_name(keys, row, several) for keys, row in rows]
    head = " and ".join(visible(name).replace("_", " ") for name in by) or "metric"
    plain = _plain(head, rows, names, changes)
    more = f"{words.plural(rest, 'more group')} not shown." if rest else ""
    html = _html(head, rows, names, changes, caption, earlier, target, before_name)
    rules = list(dict.fromkeys(visible(row.method) for _, row in every)) if method and "method" in table else []
    below = [part for part in (more, *(f"Rule: {rule}." for rule in rules)) if part]
    html = html + join(h("p", part, class_="small mute") for part in below)
    said = "\n".join(part for part in (caption, plain, *below) if part)
    sheet = partial(with_change, table, every, earlier) if earlier else table
    return Block("estimates", html, said, sheets={caption or _title(by, rows): sheet})


def _title(by: Sequence[str], rows: Sequence[Any]) -> str:
    """What the table holds, where it has no caption."""
    named = words.listing([visible(name).replace("_", " ") for name in by])
    metric = _metric(rows)[0] if rows else "Estimates"
    return f"{metric} by {named}" if named else metric


def _name(keys: Sequence[str], row: Any, several: bool) -> str:
    parts = [*keys, *([words.metric(str(row.metric))] if several or not keys else [])]
    return ", ".join(parts)


def _change(keys: tuple[str, ...], row: Any, earlier: Any) -> Change | None:
    if any(hasattr(row, name) and hasattr(row, "verdict") for name in ("change", "difference")):
        return settled(row)
    return compare(row, earlier.get((str(row.metric), *keys)))


def _then(keys: tuple[str, ...], row: Any, earlier: Any, before_name: str) -> Any:
    """What the ring of a row's bar shows: its earlier estimate, also that in a comparison with a period before."""
    then = earlier.get((str(row.metric), *keys))
    if then is None and _over_time(row, before_name) and np.isfinite(float(row.other_estimate)):
        return SimpleNamespace(estimate=float(row.other_estimate))
    return then


def _over_time(row: Any, before_name: str) -> bool:
    """Whether a row is compared with an earlier period, not with other answers of its own."""
    return hasattr(row, "other") and visible(row.other) in ("before", before_name)


def _metric(rows: Sequence[Any]) -> tuple[str, str]:
    metrics = {words.metric(str(row.metric)) for _, row in rows}
    levels = {float(row.confidence) for _, row in rows}
    interval = words.percent_interval(levels.pop()) if len(levels) == 1 else "interval"
    return (metrics.pop() if len(metrics) == 1 else "Estimate"), interval


def _plain(head: str, rows, names, changes) -> str:
    metric, interval = _metric(rows)
    columns, left = [head, metric, interval, "n"], [True, False, False, False]
    lines = [
        [
            name,
            words.value(row.estimate, row.unit, _digits(row)),
            words.interval(row.low, row.high, row.unit),
            words.count(row.n),
        ]
        for name, (_, row) in zip(names, rows, strict=True)
    ]
    if any(changes):
        columns, left = [*columns, "change", "verdict"], [*left, False, True]
        lines = [
            [*line, change.sentence() if change else words.DASH, change.verdict if change else ""]
            for line, change in zip(lines, changes, strict=True)
        ]
    return plain_table(columns, lines, left) if lines else "No groups."


def _digits(row: Any) -> int | None:
    return 2 if row.unit == "rating" else None


def _against(rows: Sequence[Any], before_name: str) -> str:
    """Heading of the differences: what each row is compared with."""
    others = {visible(row.other) for _, row in rows if hasattr(row, "other")}
    if not others or all(_over_time(row, before_name) for _, row in rows):
        return f"Change on {before_name}"
    return f"Difference from {others.pop()}" if len(others) == 1 else "Difference"


def _html(head, rows, names, changes, caption, earlier, target, before_name) -> Markup:
    if not rows:
        return h("p", "No groups.", class_="mute")
    metric, interval = _metric(rows)
    same = len({str(row.unit) for _, row in rows}) == 1
    befores = [_then(keys, row, earlier, before_name) for keys, row in rows]
    values = [v for _, row in rows for v in (row.low, row.high, row.estimate)] + [
        b.estimate for b in befores if b is not None
    ]
    ends = _round_ends([*values, *([] if target is None else [target])], str(rows[0][1].unit)) if same else None
    top = [h("th", head[:1].upper() + head[1:], scope="col"), h("th", f"{metric}, {interval}", scope="col")]
    if ends:
        top.append(_axis(ends, str(rows[0][1].unit), any(b is not None for b in befores), target, before_name))
    against = _against(rows, before_name)
    if any(changes):
        top.append(h("th", against, scope="col"))
    top.append(h("th", "n", scope="col"))
    if any(changes):
        top.append(h("th", "Change is" if against.startswith("Change") else "It is", scope="col", class_="l"))
    body = [
        _row(name, row, change, then, ends, target, against.split()[0] if any(changes) else "")
        for name, (_, row), change, then in zip(names, rows, changes, befores, strict=True)
    ]
    title = h("caption", caption) if caption else None
    return h("table", title, h("thead", h("tr", *top)), h("tbody", join(body)), class_="est")


def _round_ends(values: Sequence[float], unit: str) -> tuple[float, float]:
    """Round numbers around all values, the ends of the bars' scale."""
    low, high = bounds(values, unit)
    places = MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(low, high)
    inside = (-100.0, 100.0) if unit == "points" else (0.0, 1.0) if unit == "share" else (places[0], places[-1])
    return max(float(places[0]), inside[0]), min(float(places[-1]), inside[1])


def _axis(ends: tuple[float, float], unit: str, ring: bool, target: Any, before_name: str) -> Markup:
    """The ends and the middle of the bars' scale, and in words what the bars show."""
    low, high = (
        tick_words([round(v, 3) for v in ends], unit) if unit == "rating" else (words.value(v, unit) for v in ends)
    )
    said = (
        f"Interval drawn from {low} to {high}"
        + f"; ring: {before_name}" * ring
        + "; dotted: target" * (target is not None)
    )
    scale = h("span", h("span", low), h("span", high), class_="ax", aria_hidden="true")
    return h("th", h("span", said, class_="vh"), scale, scope="col", class_="bar")


def _row(name: str, row: Any, change: Change | None, then: Any, ends: Any, target: Any, changed: str) -> Markup:
    limits = words.interval(row.low, row.high, row.unit)
    cells = [
        h("th", name, scope="row"),
        h(
            "td",
            h("b", words.value(row.estimate, row.unit, _digits(row))),
            " ",
            h("span", limits, class_="mute"),
            class_="nb",
        ),
    ]
    if ends:
        drawn = bar(row.low, row.high, row.estimate, ends, getattr(then, "estimate", None), target)
        cells.append(h("td", drawn, class_="bar"))
    if changed:
        said = change.sentence() if change else words.DASH
        cells.append(h("td", said, class_="nb", data_l=changed))
    cells.append(h("td", words.count(row.n), data_l="n"))
    if changed:
        cells.append(h("td", chip(change.verdict) if change else None, class_="l"))
    return h("tr", *cells)
