"""Draws incidents week by week, one below the other over the same weeks, under a strip of the customers who came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxkit import words
from cxkit.charts import labels, style
from cxkit.charts.flow_canvas import EDGE, ROW, SMALL, WIDE, Canvas
from cxkit.charts.flow_words import ARROW, share, short
from cxkit.charts.labels import plain
from cxkit.charts.segments_draw import MARKS
from cxkit.stats.intervals import share_interval

_PLOT, _STRIP, _FOOT = 58.0, 34.0, 20.0


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
        return f"{inside} of {words.base(short(plain(self.row['from']), 24))}, {outside} {otherwise(self.row)}"

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
        return words.when(self.row)

    @property
    def more(self) -> list[str]:
        """What else has to be known of its comparison: weeks that are not in it, and what comes of who came."""
        without, through = words.left_out(self.row), words.through_firsts(self.row)
        said = [f"Not in the comparison: the {unit_of(self.weeks.start)}s {plain(without)}" if without else ""]
        if through:
            part = f"{words.points(100 * self.row.from_mix, 1)} of {words.points(100 * self.row.difference, 1)} points"
            said.append(f"{part} go with {through}")
        return [one for one in said if one]


def one_of(row: Any, weeks: pd.DataFrame) -> Incident:
    """An incident with its weeks and the range of usual ones; there is none where weeks are not in the comparison."""
    weeks = weeks.sort_values("start", kind="stable").reset_index(drop=True)
    n = weeks.n.to_numpy(float)
    usual = np.where(weeks.usual.notna(), weeks.usual, 0.0).astype(float)
    low, high = share_interval(usual * n, n) if len(weeks) else (usual, usual)
    blank = (weeks.usual.isna() | weeks.get("left_out", False)).to_numpy(bool)
    weeks = weeks.assign(low=np.where(blank, np.nan, low), high=np.where(blank, np.nan, high))
    return Incident(name_of(row), row, weeks)


def _lines(what: Incident, width: float) -> list[str]:
    """The name in lines that fit beside the shares, or above them on a phone."""
    room = width - 2 * EDGE
    room -= labels.length(what.said, weight="bold") + 16 if width > WIDE else 0
    return labels.wrap(what.name, room, 2, weight="bold")


def _told_lines(what: Incident, width: float) -> list[str]:
    """The shares in lines that fit on a phone."""
    return labels.wrap(what.said, width - 2 * EDGE, 2)


def _more_lines(what: Incident, width: float) -> list[str]:
    """What else has to be known, in lines."""
    return [line for said in what.more for line in labels.wrap(said, width - 2 * EDGE, 3)]


def _tall(what: Incident, width: float) -> float:
    more = 1 if width > WIDE else 2 + len(_told_lines(what, width))
    return ROW * (len(_lines(what, width)) + more + len(_more_lines(what, width))) + _PLOT + 20


def _head(volume: pd.DataFrame, width: float) -> list[str]:
    """What the strip of customers shows, and their break: in one line at a desk, in more on a phone."""
    said = f"Customers a {unit_of(volume.start)}"
    broke = [
        f"about {words.count(row.before)} just before {day(row.start)}, about {words.count(row.since)} just after"
        for row in broken(volume)
    ]
    if width > WIDE:
        return [": ".join([said, *broke])]
    return [said, *(line for one in broke for line in labels.wrap(one, width - 2 * EDGE, 3))]


def _strip(volume: pd.DataFrame | None, width: float) -> float:
    """Height of the strip of customers."""
    return 0.0 if volume is None or volume.empty else ROW * len(_head(volume, width)) + _STRIP + 18


def height(width: float, *, what: list[Incident], volume: pd.DataFrame | None = None) -> float:
    """Height of the whole picture for a width, in points."""
    return max(_strip(volume, width) + sum(_tall(each, width) for each in what), 40.0) + _FOOT


def draw(ax: Axes, *, what: list[Incident], volume: pd.DataFrame | None = None) -> None:
    """Draw the incidents into axes, all over the same weeks, under the customers of each week."""
    width = style.room(ax)
    tall = height(width, what=what, volume=volume)
    canvas, y = Canvas.over(ax, tall), 0.0
    starts = pd.concat([each.weeks.start for each in what]) if what else pd.Series(dtype="datetime64[us]")
    if starts.empty:
        return
    ends = starts.min(), max(starts.max(), starts.min() + _step(starts)) + _step(starts)
    left, room = EDGE + 4.0, width - 2 * EDGE - 8 - 40.0
    if volume is not None and len(volume):
        _customers(canvas, volume, (left, room), ends)
        y += _strip(volume, width)
    for each in what:
        _words(canvas, each, y)
        top = y + _tall(each, width) - _PLOT - 8
        _weeks(canvas, each, (left, room), (top, _PLOT), ends)
        y += _tall(each, width)
    _months(canvas, ends, (left, room), tall - 10)


def _customers(canvas: Canvas, volume: pd.DataFrame, across: tuple[float, float], ends: Any) -> None:
    """A bar a week, from nothing up; a line where the number of customers broke."""
    (left, room), lines = across, _head(volume, canvas.width)
    for k, line in enumerate(lines):
        canvas.text(EDGE, 11 + ROW * k, line, weight="bold" if k == 0 else "normal")
    foot, most = ROW * len(lines) + 8 + _STRIP, max(float(volume.customers.max()), 1.0)
    x = left + room * ((volume.start - ends[0]) / (ends[1] - ends[0])).to_numpy(float)
    wide = np.diff(np.r_[x, min(x[-1] + room * float(_step(volume.start) / (ends[1] - ends[0])), left + room)])
    for at, span, n in zip(x, wide, volume.customers, strict=True):
        canvas.box(at + 0.1 * span, foot - _STRIP * n / most, 0.8 * span, _STRIP * n / most, style.EARLIER, "customers")
    canvas.line([left, left + room], [foot, foot], style.LINE, lw=1)
    for row in broken(volume):
        at = left + room * float((row.start - ends[0]) / (ends[1] - ends[0]))
        canvas.line([at, at], [foot - _STRIP - 2, foot], style.INK, "break", lw=1.4)
    quiet = {"color": style.MUTE, "fontsize": SMALL}
    canvas.text(canvas.width - EDGE, foot - _STRIP + 4, words.count(most), "right", **quiet)
    canvas.text(canvas.width - EDGE, foot - 4, "0", "right", **quiet)


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
    else:
        shares = _told_lines(what, canvas.width)
        for k, line in enumerate(shares):
            canvas.text(EDGE, y + ROW * k, line)
        y += ROW * len(shares)
        room = canvas.width - 2 * EDGE - labels.length(sure) - 8
        canvas.text(EDGE, y, labels.cut(what.gap, room), color=style.MUTE)
        canvas.text(canvas.width - EDGE, y, sure, "right", color=style.MUTE)
        y += ROW
        canvas.text(EDGE, y, labels.cut(what.when, canvas.width - 2 * EDGE), color=style.MUTE)
    for k, line in enumerate(_more_lines(what, canvas.width), 1):
        canvas.text(EDGE, y + ROW * k, line, color=style.MUTE)


def _weeks(canvas: Canvas, what: Incident, across: tuple[float, float], down: tuple[float, float], ends: Any) -> None:
    """The weekly shares over the range of usual weeks; the weeks of the incident are marked."""
    weeks, (left, room), (top, tall) = what.weeks, across, down
    values = pd.concat([weeks["share"], weeks.low, weeks.high, weeks.usual]).dropna()
    if values.empty:
        return
    low, high = values.min(), max(values.max(), values.min() + 0.02)
    step = _step(weeks.start)
    x = left + room * ((weeks.start + step / 2 - ends[0]) / (ends[1] - ends[0])).to_numpy(float)
    half = room * float(step / (ends[1] - ends[0])) / 2

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
    apart = np.zeros(len(weeks), dtype=bool) | np.asarray(weeks.get("left_out", False), dtype=bool)
    canvas.line(x, level(weeks.usual.where(~apart)), style.EARLIER, "usual share", lw=1.2)
    canvas.line(x, level(weeks["share"]), style.MUTE, "weeks", lw=1.4)
    known, few = weeks["share"].notna().to_numpy(), (weeks.n < style.FEW).to_numpy()
    for marked in (False, True):
        look = {"ms": 7.5, "marker": "D"} if marked else {"ms": 4.5, "marker": "o"}
        for hollow in (False, True):
            own = known & ~apart & (inside == marked) & (few == hollow)
            if own.any():
                colour = style.WORSE if marked else style.MUTE
                look |= {"mew": 1.2 if hollow else 0.6, "gid": "few" if hollow else "week"}
                canvas.dot(x[own], level(weeks["share"])[own], colour, hollow, **look)
    if (known & apart).any():
        look = {"marker": "x", "ms": 5, "mew": 1.2, "gid": "left out"}
        canvas.dot(x[known & apart], level(weeks["share"])[known & apart], style.MUTE, True, **look)
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
        said = day(month) if month.day > 1 else said
        x = left + room * float((month - ends[0]) / (ends[1] - ends[0]))
        if x < reach + 8 or x + labels.length(said, SMALL) > canvas.width - EDGE:
            continue
        canvas.line([x, x], [y - 14, y - 10], style.EARLIER, lw=1)
        canvas.text(x, y, said, color=style.MUTE, fontsize=SMALL)
        reach = x + labels.length(said, SMALL)


def day(when: pd.Timestamp) -> str:
    """A day as it is written."""
    return f"{when.day} {when:%b %Y}"


def otherwise(row: Any) -> str:
    """The time that the days of the incident are held against."""
    return "before" if pd.isna(row.end) else "otherwise"


def name_of(row: Any) -> str:
    """What the incident is about: its label, or the step and the group."""
    given = row.get("label")
    if isinstance(given, str) and given.strip():
        return plain(given)
    return f"{plain(row['from'])} {ARROW} {plain(row['to'])}" + group_of(row)


def group_of(row: Any) -> str:
    """The group an incident is looked at in; empty: everybody."""
    by, value = row["by"], row["value"]
    stated = [plain(part).replace("_", " ") for part in (by,) if isinstance(part, str) and part.strip()]
    return f", {stated[0]} {short(plain(value))}" if stated else ""


def _step(starts: pd.Series) -> pd.Timedelta:
    """From one period to the next."""
    apart = starts.drop_duplicates().sort_values().diff().median()
    return apart if pd.notna(apart) else pd.Timedelta(days=7)


def unit_of(starts: pd.Series) -> str:
    """What the picture goes by, from the days on which its periods begin."""
    days = _step(starts) / pd.Timedelta(days=1)
    return "day" if days < 4 else "week" if days < 20 else "month"


def broken(volume: pd.DataFrame) -> list[Any]:
    """The row at which the number of customers broke, if it did."""
    return list(volume.dropna(subset=["before", "since"]).itertuples())
