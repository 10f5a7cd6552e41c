"""When did a step of the journey go wrong? Weekly shares, the range of usual weeks, and the weeks of each incident."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxkit import words
from cxkit.charts import labels, style
from cxkit.charts.caption import Caption, paint
from cxkit.charts.flow_canvas import EDGE, ROW, SMALL, WIDE, Canvas
from cxkit.charts.flow_words import ARROW, capital, first_text, sentence, share, short
from cxkit.charts.labels import plain
from cxkit.charts.scale import need_columns
from cxkit.charts.segments_draw import MARKS
from cxkit.stats.intervals import share_interval

_WEEKLY = ("incident", "start", "n", "share", "usual", "inside")
_NEEDS = (
    "incident", "from", "to", "by", "value", "start", "end", "share_inside", "share_outside", "n_inside", "difference",
    "low", "high", "p_adjusted", "verdict",
)  # fmt: skip
_MOST = 5
_PLOT, _FOOT = 58.0, 20.0
_WEEK = pd.Timedelta(days=7)


@dataclass(frozen=True)
class Incident:
    """One row: its name, its numbers in words, and its weeks with the range in which 95 % of usual weeks lie."""

    name: str
    row: Any
    weeks: pd.DataFrame

    @property
    def said(self) -> str:
        """The shares inside and outside, and what they are shares of."""
        inside, outside = words.shares(self.row.share_inside, self.row.share_outside)
        return f"{inside} of {words.base(short(plain(self.row['from']), 24))}, {outside} {_else(self.row)}"

    @property
    def gap(self) -> str:
        """The difference with its limits."""
        digits = 0 if min(abs(self.row.difference), abs(self.row.low), abs(self.row.high)) >= 0.01 else 1
        points = f"{words.points(100 * self.row.difference, digits)} points"
        limits = words.interval(100 * self.row.low, 100 * self.row.high, "points", digits)
        return f"{points} ({limits})"

    @property
    def when(self) -> str:
        """The days of the incident."""
        return _when(self.row)


def plot_incidents(weekly: pd.DataFrame, incidents: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """When did a step of the journey go wrong, for whom, and how far from its usual share?

    Parameters
    ----------
    weekly : DataFrame
        One row a week of each incident's step: ``incident, start, n, share, usual, inside``: the week's first day, the
        touches that could go on, the share that did, the share of the weeks outside, whether the week is of the
        incident.
    incidents : DataFrame
        One row an incident: ``incident, from, to, by, value, start, end, share_inside, share_outside, n_inside,
        difference, low, high, p_adjusted, verdict`` and perhaps ``what, label, others``; no end where it goes on. The
        five with the smallest adjusted p are drawn.
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
    dates = {name: pd.to_datetime(rows[name]) for name in ("start", "end")}
    rows = rows.assign(**dates).sort_values("p_adjusted", kind="stable", na_position="last").reset_index(drop=True)
    weekly = weekly.assign(start=pd.to_datetime(weekly.start))
    what = [_one(row, weekly[weekly.incident == row.incident]) for _, row in rows.head(_MOST).iterrows()]
    said = Caption(
        title=_title(rows),
        sub=_sub(rows, what),
        alt=_alt(rows),
        data=_data(rows),
        table=rows,
        draw=partial(draw, what=what),
        height=partial(height, what=what),
    )
    return paint(ax, said)


def _day(day: pd.Timestamp) -> str:
    return f"{day.day} {day:%b %Y}"


def _when(row: Any) -> str:
    """First and last day; one that goes on has no last."""
    return words.days(row.start, None if pd.isna(row.end) else row.end)


def _else(row: Any) -> str:
    """The time that the days of the incident are held against."""
    return "before" if pd.isna(row.end) else "otherwise"


def _name(row: Any) -> str:
    """What the incident is about: its label, or the step and the group."""
    given = row.get("label")
    if isinstance(given, str) and given.strip():
        return plain(given)
    return f"{plain(row['from'])} {ARROW} {plain(row['to'])}" + _group(row)


def _group(row: Any) -> str:
    by, value = row["by"], row["value"]
    stated = [plain(part).replace("_", " ") for part in (by,) if isinstance(part, str) and part.strip()]
    return f", {stated[0]} {short(plain(value))}" if stated else ""


def _one(row: Any, weeks: pd.DataFrame) -> Incident:
    weeks = weeks.sort_values("start", kind="stable").reset_index(drop=True)
    n = weeks.n.to_numpy(float)
    usual = np.where(weeks.usual.notna(), weeks.usual, 0.0).astype(float)
    low, high = share_interval(usual * n, n) if len(weeks) else (usual, usual)
    blank = weeks.usual.isna().to_numpy()
    weeks = weeks.assign(low=np.where(blank, np.nan, low), high=np.where(blank, np.nan, high))
    return Incident(_name(row), row, weeks)


def _lines(what: Incident, width: float) -> list[str]:
    """The name in lines that fit beside the shares, or above them on a phone."""
    room = width - 2 * EDGE
    room -= labels.length(what.said, weight="bold") + 16 if width > WIDE else 0
    return labels.wrap(what.name, room, 2, weight="bold")


def _told_lines(what: Incident, width: float) -> list[str]:
    """The shares in lines that fit on a phone."""
    return labels.wrap(what.said, width - 2 * EDGE, 2)


def _tall(what: Incident, width: float) -> float:
    more = 1 if width > WIDE else 2 + len(_told_lines(what, width))
    return ROW * (len(_lines(what, width)) + more) + _PLOT + 20


def height(width: float, *, what: list[Incident]) -> float:
    """Height of the whole picture for a width, in points."""
    return max(sum(_tall(each, width) for each in what), 40.0) + _FOOT


def draw(ax: Axes, *, what: list[Incident]) -> None:
    """Draw the incidents into axes, all over the same weeks."""
    width = style.room(ax)
    tall = height(width, what=what)
    canvas, y = Canvas.over(ax, tall), 0.0
    starts = pd.concat([each.weeks.start for each in what]) if what else pd.Series(dtype="datetime64[us]")
    if starts.empty:
        return
    ends = starts.min(), max(starts.max(), starts.min() + _WEEK) + _WEEK
    left, room = EDGE + 4.0, width - 2 * EDGE - 8 - 40.0
    for each in what:
        _words(canvas, each, y)
        top = y + _tall(each, width) - _PLOT - 8
        _weeks(canvas, each, (left, room), (top, _PLOT), ends)
        y += _tall(each, width)
    _months(canvas, ends, (left, room), tall - 10)


def _words(canvas: Canvas, what: Incident, y: float) -> None:
    """Name, shares inside and outside, days, the difference and how sure it is."""
    lines, wide = _lines(what, canvas.width), canvas.width > WIDE
    for k, line in enumerate(lines):
        canvas.text(EDGE, y + 11 + ROW * k, line, weight="bold")
    y += 11 + ROW * len(lines)
    verdict = plain(what.row.verdict)
    sure = f"{MARKS.get(verdict, '')} {verdict}".strip()
    if wide:
        canvas.text(canvas.width - EDGE, y - ROW * len(lines), what.said, "right", weight="bold")
        canvas.text(EDGE, y, what.when, color=style.MUTE)
        canvas.text(canvas.width - EDGE, y, f"{what.gap}  {sure}", "right", color=style.MUTE)
        return
    shares = _told_lines(what, canvas.width)
    for k, line in enumerate(shares):
        canvas.text(EDGE, y + ROW * k, line)
    y += ROW * (len(shares) - 1)
    room = canvas.width - 2 * EDGE - labels.length(sure) - 8
    canvas.text(EDGE, y + ROW, labels.cut(what.gap, room), color=style.MUTE)
    canvas.text(canvas.width - EDGE, y + ROW, sure, "right", color=style.MUTE)
    canvas.text(EDGE, y + 2 * ROW, labels.cut(what.when, canvas.width - 2 * EDGE), color=style.MUTE)


def _weeks(canvas: Canvas, what: Incident, across: tuple[float, float], down: tuple[float, float], ends: Any) -> None:
    """The weekly shares over the range of usual weeks; the weeks of the incident are marked."""
    weeks, (left, room), (top, tall) = what.weeks, across, down
    values = pd.concat([weeks["share"], weeks.low, weeks.high, weeks.usual]).dropna()
    if values.empty:
        return
    low, high = values.min(), max(values.max(), values.min() + 0.02)
    x = left + room * ((weeks.start + _WEEK / 2 - ends[0]) / (ends[1] - ends[0])).to_numpy(float)
    half = room * float(_WEEK / (ends[1] - ends[0])) / 2

    def level(value: Any) -> Any:
        return top + tall * (1 - (value - low) / (high - low))

    inside = weeks.inside.astype(bool).to_numpy()
    edges = np.diff(np.r_[0, inside.astype(int), 0])
    for first, after in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
        wide = x[after - 1] - x[first] + 2 * half
        canvas.box(x[first] - half, top - 4, wide, tall + 8, style.WORSE, "inside", alpha=0.12, zorder=1)
    fill = canvas.ax.fill_between(
        x, level(weeks.low), level(weeks.high), color=style.EARLIER, alpha=0.25, lw=0, zorder=1.5
    )
    fill.set_gid("usual")
    canvas.line(x, level(weeks.usual), style.EARLIER, "usual share", lw=1.2)
    canvas.line(x, level(weeks["share"]), style.MUTE, "weeks", lw=1.4)
    known, few = weeks["share"].notna().to_numpy(), (weeks.n < style.FEW).to_numpy()
    for marked in (False, True):
        look = {"ms": 7.5, "marker": "D"} if marked else {"ms": 4.5, "marker": "o"}
        for hollow in (False, True):
            own = known & (inside == marked) & (few == hollow)
            if own.any():
                colour = style.WORSE if marked else style.MUTE
                look |= {"mew": 1.2 if hollow else 0.6, "gid": "few" if hollow else "week"}
                canvas.dot(x[own], level(weeks["share"])[own], colour, hollow, **look)
    quiet = {"color": style.MUTE, "fontsize": SMALL}
    canvas.text(canvas.width - EDGE, top + 4, share(high), "right", **quiet)
    canvas.text(canvas.width - EDGE, top + tall - 4, share(low), "right", **quiet)


def _months(canvas: Canvas, ends: Any, across: tuple[float, float], y: float) -> None:
    """Names of months below the last row, as many as fit."""
    left, room = across
    reach = -100.0
    months = pd.date_range(ends[0].normalize(), ends[1], freq="MS")
    months = months if len(months) else pd.DatetimeIndex([ends[0]])
    for k, month in enumerate(months):
        said = f"{month:%b %Y}" if k == 0 or month.month == 1 else f"{month:%b}"
        said = _day(month) if month.day > 1 else said
        x = left + room * float((month - ends[0]) / (ends[1] - ends[0]))
        if x < reach + 8 or x + labels.length(said, SMALL) > canvas.width - EDGE:
            continue
        canvas.line([x, x], [y - 14, y - 10], style.EARLIER, lw=1)
        canvas.text(x, y, said, color=style.MUTE, fontsize=SMALL)
        reach = x + labels.length(said, SMALL)


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
    return f"{capital(told)} {_when(row)}, {outside} {_else(row)}"


def _sub(rows: pd.DataFrame, what: list[Incident]) -> str:
    said = [
        "Week by week, the share of a touchpoint's touches that lead on to the next named, or its share of all touches",
        "diamonds on a tinted ground: the weeks of the incident",
        "grey: the usual share and where 95\u00a0% of single weeks would lie by chance",
        "the difference in points with its interval in brackets",
    ]
    if any((each.weeks.n < style.FEW).any() for each in what):
        said.append(f"hollow: fewer than {style.FEW} touches")
    said.append("\u25cf clear, \u25d0 likely, \u25cb too early to say, allowing for all looked at")
    if len(rows) > len(what):
        said.append(f"the {len(what)} surest of {words.count(len(rows))}; the table has all")
    return sentence(said, first_text(rows, "method"))


def _alt(rows: pd.DataFrame) -> str:
    if rows.empty:
        return "Weekly shares of steps: 0 incidents."
    told = [_in_words(row) for _, row in rows.head(_MOST).iterrows()]
    return f"Weekly shares of {words.plural(len(rows), 'incident')}: {'; '.join(told)}."


def _in_words(row: Any) -> str:
    """One incident for those who cannot see it."""
    inside, outside = words.shares(row.share_inside, row.share_outside)
    base = f"of {words.count(row.n_inside)} {words.base(plain(row['from'])).removeprefix('all ')}"
    return f"{_name(row)}, {_when(row)}: {inside} ({base}) against {outside}, {plain(row.verdict)}"


def _data(rows: pd.DataFrame) -> pd.DataFrame:
    """All incidents in words."""
    return pd.DataFrame({
        "Step": [f"{plain(a)} {ARROW} {plain(b)}" for a, b in zip(rows["from"], rows["to"], strict=True)],
        "Where": [_group(row).removeprefix(", ") or "everywhere" for _, row in rows.iterrows()],
        "From": [_day(day) for day in rows.start],
        "To": [words.DASH if pd.isna(day) else _day(day) for day in rows.end],
        "n": [words.count(n) for n in rows.n_inside],
        "Inside": [words.percent(value, 1) for value in rows.share_inside],
        "Outside": [words.percent(value, 1) for value in rows.share_outside],
        "Difference": [f"{words.points(100 * value, 1)} points" for value in rows.difference],
        "Interval": [words.interval(100 * a, 100 * b, "points", 1) for a, b in zip(rows.low, rows.high, strict=True)],
        "Verdict": [plain(value) for value in rows.verdict],
        **({"At the same time": [plain(t) if t else words.DASH for t in rows.others]} if "others" in rows else {}),
    })  # fmt: skip
