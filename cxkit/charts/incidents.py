"""When did a step of the journey go wrong? Weekly shares, the range of usual weeks, and the weeks of each incident."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from cxkit import words
from cxkit.charts import style
from cxkit.charts.caption import Caption, paint
from cxkit.charts.flow_words import ARROW, capital, first_text, sentence, short
from cxkit.charts.incidents_draw import (
    Incident,
    broken,
    day,
    draw,
    group_of,
    height,
    name_of,
    one_of,
    otherwise,
    unit_of,
)
from cxkit.charts.labels import plain
from cxkit.charts.scale import need_columns
from cxkit.stats.compare import VERDICTS

_WEEKLY = ("incident", "start", "n", "share", "usual", "inside")
_NEEDS = (
    "incident", "from", "to", "by", "value", "start", "end", "share_inside", "share_outside", "n_inside", "difference",
    "low", "high", "p_adjusted", "verdict",
)  # fmt: skip
_VOLUME = ("start", "customers", "before", "since")
_MOST = 5
_OFTEN = {"day": "Daily", "week": "Weekly", "month": "Monthly"}


def plot_incidents(
    weekly: pd.DataFrame, incidents: pd.DataFrame, *, volume: pd.DataFrame | None = None, ax: Axes | None = None
) -> Axes:
    """When did a step of the journey go wrong, for whom, and how far from its usual share?

    Parameters
    ----------
    weekly : DataFrame
        One row a week of each incident's step: ``incident, start, n, share, usual, inside``: the week's first day, the
        touches that could go on, the share that did, the share of the weeks outside, whether the week is of the
        incident; and perhaps ``left_out``: whether it is not among those that the incident was held against.
    incidents : DataFrame
        One row an incident: ``incident, from, to, by, value, start, end, share_inside, share_outside, n_inside,
        difference, low, high, p_adjusted, verdict`` and perhaps ``what, label, others, left_out, first_inside,
        first_outside, from_mix``; no end where it goes on. The five surest are drawn: by verdict, steps before shares
        of all touches, then by p.
    volume : DataFrame, optional
        Customers of each week (``start, customers, before, since``; the last two where their number broke): a strip
        above the incidents, since shares move with who comes.
    ax : Axes, optional
        Axes to draw in; new ones otherwise.

    Returns
    -------
    Axes
        With a caption attached: title by rule, alt sentence with the numbers, data table of all incidents.

    Raises
    ------
    UsageError
        If a column is missing.

    Notes
    -----
    The grey range is where 95 % of single weeks would lie by chance if the share were the usual one (Wilson, by the n
    of the week); it does not allow for several touches of one customer. Each row has a scale of its own. Weeks with
    fewer than 30 touches are hollow. The title names an incident only where its verdict, allowing for all looked at,
    is clear. **When not to use it**: to look for incidents by eye; one week in twenty lies outside the range anyway.

    Examples
    --------
    >>> days = pd.date_range("2026-05-04", periods=8, freq="7D")
    >>> weekly = pd.DataFrame({"incident": 1, "start": days, "n": 200, "share": [.6] * 6 + [.4] * 2, "usual": .6,
    ...     "inside": [False] * 6 + [True] * 2})
    >>> row = {"incident": 1, "from": "checkout", "to": "order", "by": "channel", "value": "mobile", "start": days[6],
    ...     "end": pd.NaT, "share_inside": .4, "share_outside": .6, "n_inside": 400,
    ...     "difference": -.2, "low": -.26, "high": -.14, "p_adjusted": .001, "verdict": "clear"}
    >>> plot_incidents(weekly, pd.DataFrame([row])).cxkit_caption.title
    '40\\xa0% of touches of checkout (mobile) lead on to order since 15 Jun 2026, 60\\xa0% before'
    """
    need_columns(weekly, _WEEKLY, "weekly")
    rows = need_columns(incidents, _NEEDS, "incidents")
    volume = None if volume is None else need_columns(volume, _VOLUME, "volume")
    rows = _in_order(rows.assign(**{name: pd.to_datetime(rows[name]) for name in ("start", "end")}))
    weekly = weekly.assign(start=pd.to_datetime(weekly.start))
    what = [one_of(row, weekly[weekly.incident == row.incident]) for _, row in rows.head(_MOST).iterrows()]
    said = Caption(
        title=_title(rows),
        sub=_sub(rows, what, volume),
        alt=_alt(rows, what, volume),
        data=_data(rows),
        table=rows,
        draw=partial(draw, what=what, volume=volume),
        height=partial(height, what=what, volume=volume),
    )
    return paint(ax, said)


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """By verdict, then steps before shares of all touches, which move with who comes, then by p."""
    sure = [VERDICTS.index(verdict) if verdict in VERDICTS else len(VERDICTS) for verdict in rows.verdict]
    rows = rows.assign(_sure=sure, _all=rows["from"].isin(words.EVERYTHING))
    rows = rows.sort_values(["_sure", "_all", "p_adjusted"], kind="stable", na_position="last")
    return rows.drop(columns=["_sure", "_all"]).reset_index(drop=True)


def _title(rows: pd.DataFrame) -> str:
    """The surest incident, if it is clear."""
    clear = rows[rows.verdict == "clear"]
    if clear.empty:
        looked = f" among the {len(rows)} looked at" if len(rows) > 1 else ""
        return f"No clear incident{looked}" if len(rows) else "No incident was found"
    row = clear.iloc[0]
    inside, outside = words.shares(row.share_inside, row.share_outside)
    given = [row[name] if isinstance(row[name], str) else "" for name in ("from", "to", "value")]
    names = [short(plain(name)) if name.strip() else "" for name in given]
    told = words.step(inside, *names, past=not pd.isna(row.end))
    without = f" ({_without(row)})" if words.left_out(row) else ""
    return f"{capital(told)} {words.when(row)}, {outside} {otherwise(row)}{without}"


def _without(row: Any) -> str:
    """What is not in the comparison."""
    return f"without the time {plain(words.left_out(row))}"


def _sub(rows: pd.DataFrame, what: list[Incident], volume: pd.DataFrame | None) -> str:
    unit = unit_of(what[0].weeks.start) if what else "week"
    said = [
        f"{unit.capitalize()} by {unit} over the whole log, the share of a touchpoint's touches that lead on to the next named, "
        "or its share of all touches",
        f"diamonds on a tinted ground: the {unit}s of the incident",
        f"grey: the usual share and where 95\u00a0% of single {unit}s would lie by chance",
        "the difference in points with its interval in brackets",
    ]
    if any(each.weeks.get("left_out", pd.Series(dtype=bool)).any() for each in what):
        said.append(f"crosses without grey: {unit}s of a surer incident of the same share, not in the comparison")
    if volume is not None and len(volume):
        came = "".join(f", {words.broke(row.start, row.before, row.since, unit)}" for row in broken(volume))
        said.append(f"bars: customers with a touch in each whole {unit}{came}")
        said.append("shares move with who comes, most of all shares of all touches")
    if any((each.weeks.n < style.FEW).any() for each in what):
        said.append(f"hollow: fewer than {style.FEW} touches")
    said.append("\u25cf clear, \u25d0 likely, \u25cb too early to say, allowing for all looked at")
    if len(rows) > len(what):
        said.append(f"the {len(what)} surest of {words.count(len(rows))}; the table has all")
    return sentence(said, first_text(rows, "method"))


def _alt(rows: pd.DataFrame, what: list[Incident], volume: pd.DataFrame | None) -> str:
    if rows.empty:
        return "Shares of steps: 0 incidents."
    often = _OFTEN[unit_of(what[0].weeks.start)]
    told = [_in_words(row) for _, row in rows.head(_MOST).iterrows()]
    said = f"{often} shares of {words.plural(len(rows), 'incident')}: {'; '.join(told)}."
    if volume is None or volume.empty:
        return said
    unit = unit_of(volume.start)
    between = f"from {words.count(volume.customers.min())} to {words.count(volume.customers.max())}"
    came = [words.broke(row.start, row.before, row.since, unit) for row in broken(volume)]
    return f"{said} Customers a {unit}: {[*came, between][0]}."


def _in_words(row: Any) -> str:
    """One incident for those who cannot see it."""
    inside, outside = words.shares(row.share_inside, row.share_outside)
    base = f"of {words.count(row.n_inside)} {words.base(plain(row['from'])).removeprefix('all ')}"
    without, through = words.left_out(row), words.through_firsts(row)
    more = f" ({_without(row)})" * bool(without) + f", mostly through {through}" * bool(through)
    return f"{name_of(row)}, {words.when(row)}: {inside} ({base}) against {outside}{more}, {plain(row.verdict)}"


def _data(rows: pd.DataFrame) -> pd.DataFrame:
    """All incidents in words."""
    without = [words.left_out(row) for _, row in rows.iterrows()]
    return pd.DataFrame({
        "Step": [_step(a, b) for a, b in zip(rows["from"], rows["to"], strict=True)],
        "Where": [group_of(row).removeprefix(", ") or "everywhere" for _, row in rows.iterrows()],
        "From": [day(first) for first in rows.start],
        "To": [words.DASH if pd.isna(last) else day(last) for last in rows.end],
        "n": [words.count(n) for n in rows.n_inside],
        "Inside": [words.percent(value, 1) for value in rows.share_inside],
        "Outside": [words.percent(value, 1) for value in rows.share_outside],
        "Difference": [f"{words.points(100 * value, 1)} points" for value in rows.difference],
        "Interval": [words.interval(100 * a, 100 * b, "points", 1) for a, b in zip(rows.low, rows.high, strict=True)],
        "Verdict": [plain(value) for value in rows.verdict],
        **({"Not compared with": [plain(days) if days else words.DASH for days in without]} if any(without) else {}),
        **({"Through first visits": _firsts(rows)} if "from_mix" in rows and rows.from_mix.notna().any() else {}),
        **({"At about the same time": [plain(t) if t else words.DASH for t in rows.others]} if "others" in rows else {}),
    })  # fmt: skip


def _step(start: Any, to: Any) -> str:
    """From where to where, or what the share of all touches is of."""
    return f"{plain(to)}, of all touches" if start in words.EVERYTHING else f"{plain(start)} {ARROW} {plain(to)}"


def _firsts(rows: pd.DataFrame) -> list[str]:
    """How much of each difference goes with more or fewer touches of first visits."""
    return [words.DASH if pd.isna(part) else f"{words.points(100 * part, 1)} points" for part in rows.from_mix]
