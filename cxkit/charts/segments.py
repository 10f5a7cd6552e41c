"""Which groups stand out? A forest plot: a row a group with n, estimate and interval, over the band of all answers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxkit import words
from cxkit.charts import labels, style
from cxkit.charts.caption import Caption, paint, together
from cxkit.charts.scale import need_columns, one_metric
from cxkit.charts.segments_draw import Forest, Item, draw, height
from cxkit.charts.segments_title import compared_title
from cxkit.charts.titles import segments_title
from cxkit.charts.trend_lines import levels, sources
from cxkit.errors import UsageError

_NEEDS = ("metric", "unit", "n", "estimate", "low", "high", "confidence")
_COMPARED = ("other", "other_n", "other_estimate", "difference", "difference_low", "difference_high", "p", "looked")
_NUMBERS = (*_COMPARED[1:], "shrunken")
_OWN = (*_NEEDS, *_COMPARED, "verdict", "shrunken")
_MOST = 20  # rows drawn at the most; the rest stands in the table


def plot_segments(
    estimates: pd.DataFrame | Sequence[pd.DataFrame],
    *,
    overall: pd.DataFrame | None = None,
    target: float | None = None,
    goals: Sequence[Any] = (),
    least: int = style.FEW,
    ax: Axes | None = None,
) -> Axes:
    """Which groups score higher and lower, and how sure is each?

    Parameters
    ----------
    estimates : DataFrame or list of DataFrame
        Estimate table of one metric by one or more segment columns, or the comparison table of
        `cxkit.survey.versus_rest`; a list draws one block a table.
    overall : DataFrame, optional
        The metric over all answers (one row): a band across the picture.
    target : float, optional
        Target in the metric's unit, a dashed line.
    goals : sequence of cxkit.goals.Goal
        Targets and outside benchmarks of this metric: a dashed or dotted line each, with its name, value and year. The
        sources stand below the title.
    least : int
        Groups with fewer answers are hollow and not compared.
    ax : Axes, optional
        Axes to draw in; new ones otherwise.

    Returns
    -------
    Axes
        With a caption attached: title by rule, alt sentence with the numbers, data table with all groups.

    Raises
    ------
    UsageError
        If a column is missing, no segment column is there, the tables hold several metrics, or a goal is for another.

    Notes
    -----
    At most 20 groups are drawn: those furthest from `overall` (or from the median group), measured in widths of their
    own interval. Groups with fewer than `least` answers are hollow; neither they nor groups whose segment is missing
    are in the title. It names the pair of one table whose difference is surest, and
    only if that holds at 1 - 0.05 / (number of pairs in all tables). Whether two intervals overlap is no test: two
    groups can differ clearly though their intervals overlap a little.

    Of a comparison table each group has a mark for how sure its difference from all others is (a full, half or open
    disc, as its verdict says), and only what is clear is coloured. Where the table has pooled values, groups stand in
    their order and a tick shows each: the fair ranking of groups of different size. The groups whose difference is
    surest are drawn; the title names the surest, if it is clear among all comparisons of all tables (Holm).

    Examples
    --------
    >>> table = pd.DataFrame({"channel": ["app", "phone"], "metric": "NPS", "unit": "points", "n": [1206, 522],
    ...     "estimate": [37.0, 14.0], "low": [32.0, 7.0], "high": [42.0, 21.0], "confidence": 0.95, "method": ""})
    >>> plot_segments(table).cxkit_caption.title
    'App scores higher than phone: +37 against +14'
    """
    tables = [estimates] if isinstance(estimates, pd.DataFrame) else list(estimates)
    if not tables:
        raise UsageError("plot_segments: there is no table to draw. Give it one or more estimate tables by segment.")
    rows = pd.concat([_named(table).assign(table=k) for k, table in enumerate(tables)], ignore_index=True)
    metric, unit = one_metric(rows, "plot_segments")
    whole, compared = _whole(overall), bool(rows.p.notna().any() or (rows.looked == 0).any())
    shown = _telling(rows, whole, compared)
    lines = levels(target, goals, metric, unit, "plot_segments")
    what = Forest(_items(shown), metric, unit, whole, lines, least, compared)
    said = Caption(
        title=compared_title(rows, least) if compared else segments_title(rows, least),
        sub=_sub(rows, shown, what),
        alt=_alt(rows, what),
        data=_data(rows, what),
        table=partial(together, tables),
        draw=partial(draw, what=what),
        height=partial(height, what=what),
    )
    return paint(ax, said)


def _named(table: pd.DataFrame) -> pd.DataFrame:
    """The estimates with one name a row, the segment column it belongs to, and whether its segment is stated."""
    need_columns(table, _NEEDS, "plot_segments")
    by = list(table.columns[: list(table.columns).index("metric")])
    if not by:
        raise UsageError(
            "plot_segments: the table has no segment column. Call the metric with by='region' or the like."
        )
    values = [[labels.plain(value) for value in row] for row in table[by].itertuples(index=False)]
    names, stated = [" \u00b7 ".join(row) for row in values], [labels.MISSING not in row for row in values]
    column = " and ".join(labels.plain(name).replace("_", " ") for name in by)
    kept = table.reindex(columns=[*_OWN]).astype(dict.fromkeys(_NUMBERS, "float64"))
    kept = kept.assign(**{column: kept[column].astype("object").fillna("") for column in ("verdict", "other")})
    return kept.assign(name=names, segment=column, stated=stated).reset_index(drop=True)


def _whole(overall: pd.DataFrame | None):
    if overall is None or not len(overall):
        return None
    need_columns(overall, _NEEDS, "overall")
    if len(overall) > 1:
        raise UsageError(f"overall: expected one row, got {len(overall)}. Call the metric without by=.")
    row = overall.iloc[0]
    return row if row.n and np.isfinite(row.estimate) else None


def _telling(rows: pd.DataFrame, whole: Any, compared: bool) -> pd.DataFrame:
    """The groups to draw: all with an estimate, or the 20 that are surest to differ.

    Surest by p where groups were compared, else those furthest from the whole for the width of their interval.
    """
    known = rows[rows.estimate.notna()]
    if len(known) > _MOST and compared:
        known = known.loc[known.p.sort_values(kind="stable", na_position="last").index[:_MOST]]
    elif len(known) > _MOST:
        middle = known.estimate.median() if whole is None else whole.estimate
        half = ((known.high - known.low) / 2).clip(lower=1e-9)
        telling = (known.estimate - middle).abs() / half.fillna(np.inf)
        known = known.loc[telling.sort_values(ascending=False, kind="stable").index[:_MOST]]
    order = {name: k for k, name in enumerate(rows.segment.unique())}
    known = known.assign(order=known.segment.map(order), rank=known.shrunken.fillna(known.estimate))
    return known.sort_values(["order", "rank"], ascending=[True, False], kind="stable")


def _items(shown: pd.DataFrame) -> list[Item]:
    """Lines of the picture from top to bottom; headings only where there is more than one segment column."""
    items: list[Item] = []
    heads = shown.segment.nunique() > 1
    for segment, part in shown.groupby("segment", sort=False):
        if heads:
            items.append(Item(str(segment)[:1].upper() + str(segment)[1:]))
        items += [Item(row["name"], row) for _, row in part.iterrows()]
    return items


def _sub(rows: pd.DataFrame, shown: pd.DataFrame, what: Forest) -> str:
    interval = words.percent_interval(rows.confidence.iloc[0]) if len(rows) else "interval"
    said = [f"{what.metric} by {words.listing(list(rows.segment.unique()))} with {interval}"]
    if what.whole is not None:
        said.append(f"grey band: all answers, n {words.count(what.whole.n)}")
    if (shown.n < what.least).any():
        said.append(f"hollow: fewer than {what.least} answers")
    if what.compared:
        said.append(f"against all others{_allowing(rows)}: \u25cf clear, \u25d0 likely, \u25cb too early to say")
    if shown.shrunken.notna().any():
        said.append("tick: partly pooled with the other groups, for a fair ranking")
    known = int(rows.estimate.notna().sum())
    if len(shown) < known:
        near = "the middle" if what.whole is None else "all answers"
        which = f"furthest from {near}, measured in widths of their own interval"
        which = "surest to differ from all others" if what.compared else which
        said.append(f"the {len(shown)} of {words.count(len(rows))} groups {which}; the table below has all")
    elif known < len(rows):
        said.append(f"{words.plural(len(rows) - known, 'group')} without an estimate only in the table")
    if stated := sources(what.lines):
        said.append(stated)
    return "; ".join(said) + "."


def _allowing(rows: pd.DataFrame) -> str:
    """What the marks allow for: by number where all tables allow for as many, and those of their own column alone?"""
    compared = rows[rows.looked > 0].groupby("table")
    looked, own = compared.looked.max(), compared.size()
    if looked.empty or looked.max() < 2:
        return ""
    if (looked > own).any():  # judged together with more than its own column
        return f", allowing for {words.plural(int(looked.max()), 'comparison')}"
    if looked.nunique() > 1:
        return ", each column by itself, allowing for its comparisons"
    return f", allowing for {words.plural(int(looked.max()), 'comparison')}" + " in each column" * (len(looked) > 1)


def _alt(rows: pd.DataFrame, what: Forest) -> str:
    known = rows[rows.estimate.notna()].sort_values("estimate", ascending=False, kind="stable")
    if known.empty:
        return f"{what.metric} by group: 0 answers."
    told = [
        f"{row['name']} {what.value(row)[:-1]}, n {words.count(row.n)}{', ' + row.verdict if np.isfinite(row.p) else ''})"
        for _, row in known.iterrows()
    ]
    if len(told) > 8:
        told = [*told[:4], f"{len(told) - 8} groups between", *told[-4:]]
    said = f"{what.metric} of {words.plural(len(known), 'group')}, from high to low: {'; '.join(told)}."
    if what.whole is not None:
        said += f" All answers: {words.value(what.whole.estimate, what.unit)} (n {words.count(what.whole.n)})."
    if what.lines:
        said += f" Lines: {words.listing([line.said for line in what.lines])}."
    return said


def _data(rows: pd.DataFrame, what: Forest) -> pd.DataFrame:
    """All groups with their full names, in words."""
    many, unit = rows.segment.nunique() > 1, what.unit
    names = rows.segment + ": " + rows["name"] if many else rows["name"]
    columns = {
        "Group": names,
        "n": [words.count(n) for n in rows.n],
        "Estimate": [words.value(value, unit, 1) for value in rows.estimate],
        "Interval": [words.interval(a, b, unit, 1) for a, b in zip(rows.low, rows.high, strict=True)],
    }
    if what.compared:
        ends = zip(rows.difference_low, rows.difference_high, strict=True)
        columns |= {
            "All others": [words.value(value, unit, 1) for value in rows.other_estimate],
            "Difference": [words.value(value, unit, 1, sign=True) for value in rows.difference],
            "Interval of the difference": [words.interval(a, b, unit, 1) for a, b in ends],
            "Verdict": [said or words.DASH for said in rows.verdict.where(rows.p.notna(), "not compared")],
        }
    return pd.DataFrame(columns)
