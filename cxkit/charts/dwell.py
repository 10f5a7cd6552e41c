"""How long until the next touch, and who leaves at once? Medians and spread on a log scale, with bounce shares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from cxkit import words
from cxkit.charts import labels, style
from cxkit.charts.caption import Caption, paint
from cxkit.charts.flow_canvas import EDGE, ROW, SMALL, WIDE, Canvas
from cxkit.charts.flow_words import (
    confidence,
    first_text,
    from_to,
    names,
    sentence,
    share,
    short,
    span,
    time_ticks,
    with_limits,
)  # fmt: skip
from cxkit.charts.scale import need_columns
from cxkit.errors import UsageError

_NEEDS = (
    "touchpoint", "n", "known", "median_seconds", "q25_seconds", "q75_seconds", "q95_seconds", "entries", "bounces",
    "bounce_share", "low", "high",
)  # fmt: skip
_STEP, _TALL = 28.0, 58.0  # height of a row at a desk and on a phone
_HEAD, _FOOT = 24.0, 22.0
_PHONE = 8  # rows on a phone
_BOUNCE = 132.0  # room of the bounce shares at a desk
_TIMES = "known times"


@dataclass(frozen=True)
class Dwell:
    """What is drawn: rows from long to short, ends of the time axis in seconds, whether any session begins here."""

    rows: list[Any]
    low: float
    high: float
    bounces: bool

    def shown(self, width: float) -> list[Any]:
        """The rows drawn at a width: on a phone the eight with the most events."""
        if width > WIDE or len(self.rows) <= _PHONE:
            return self.rows
        least = sorted((row.n for row in self.rows), reverse=True)[_PHONE - 1]
        return [row for row in self.rows if row.n >= least][:_PHONE]

    def at(self, seconds: float) -> float:
        """Where a time stands between the ends, 0 to 1; shorter ones stand at the lower end."""
        value = min(max(seconds, self.low), self.high)
        return math.log(value / self.low) / math.log(self.high / self.low)


def plot_dwell(dwell: pd.DataFrame, *, most: int = 15, ax: Axes | None = None) -> Axes:
    """How long do customers stay at each touchpoint, and how many who begin there go no further?

    Parameters
    ----------
    dwell : DataFrame
        What `cxkit.journey.dwell` returned: ``touchpoint, n, known, median_seconds, q25_seconds, q75_seconds,
        q95_seconds, entries, bounces, bounce_share, low, high``.
    most : int
        Touchpoints drawn at the most, those with the most events. The table has all.
    ax : Axes, optional
        Axes to draw in; new ones otherwise.

    Returns
    -------
    Axes
        With a caption attached: title by rule, alt sentence with the numbers, data table.

    Raises
    ------
    UsageError
        If a column is missing, or `most` is less than one.

    Notes
    -----
    The time at a touchpoint is the time to the next touch of the session; the last touch of a session has none. Times
    are on a logarithmic axis, because they spread over seconds to days: the same distance is the same factor. The mark
    is the median, hollow below 30 known times; the thick bar the middle half; the thin line reaches to the time that
    95 % stay below. Beside a median stands how many times it is of, and of how many touches. The title names the longest
    median of 30 known times or more as a fact about these events, not as a trouble. **When not to
    use it**: a long time may mean interest, trouble or a tab left open; without scores beside it the picture does not tell which.

    Examples
    --------
    >>> table = pd.DataFrame({"touchpoint": ["search", "help"], "n": [900, 400], "known": [700, 300],
    ...     "median_seconds": [40.0, 240.0], "q25_seconds": [12.0, 60.0], "q75_seconds": [95.0, 700.0],
    ...     "q95_seconds": [400.0, 1700.0], "entries": [600, 30], "bounces": [120, 9], "bounce_share": [.2, .3],
    ...     "low": [.17, .16], "high": [.23, .48]})
    >>> plot_dwell(table).cxkit_caption.title
    'The next touch takes longest to come after help: 4\\xa0min (median)'
    """
    if most < 1:
        raise UsageError(f"most: {most} touchpoints are too few to draw. Give at least 1.")
    table = need_columns(dwell, _NEEDS, "plot_dwell")
    rows = table.assign(name=names(table.touchpoint)).astype(dict.fromkeys(_NEEDS[1:], "float64"))
    what = _what(rows, most)
    said = Caption(
        title=_title(rows),
        sub=_sub(rows, what),
        alt=_alt(rows),
        data=_data(rows),
        table=dwell,
        draw=partial(draw, what=what),
        height=partial(height, what=what),
    )
    return paint(ax, said)


def _what(rows: pd.DataFrame, most: int) -> Dwell:
    shown = rows.nlargest(most, "n", keep="first").sort_values(
        "median_seconds", ascending=False, kind="stable", na_position="last"
    )
    times = shown[["median_seconds", "q25_seconds", "q75_seconds", "q95_seconds"]].to_numpy().ravel()
    known = [float(value) for value in times if value == value and value > 0]
    low, high = (max(min(known), 1e-3), max(known)) if known else (1.0, 3600.0)
    if high < low * 10:
        low, high = low / 3, high * 3
    return Dwell(list(shown.itertuples()), low * 0.9, high * 1.1, bool(shown.entries.sum()))


@dataclass(frozen=True)
class Plan:
    """Where things stand at a width, in points: the time axis from `x`, so wide; the bounce shares behind it."""

    wide: bool
    x: float
    time: float
    said: float


def plan(width: float, what: Dwell) -> Plan:
    """Lay the picture out for a width in points."""
    if width <= WIDE:
        return Plan(False, EDGE + 6, width - 2 * EDGE - 12, 0.0)
    name = max((labels.length(row.name) for row in what.rows), default=0)
    counts = max([*(labels.length(_known(row), SMALL) for row in what.rows), labels.length(_TIMES, SMALL)], default=0)
    said = max((labels.length(span(row.median_seconds)) for row in what.rows), default=0)
    x = min(name, 0.26 * width) + counts + 30
    return Plan(True, x, width - x - said - 22 - (_BOUNCE if what.bounces else EDGE), said)


def height(width: float, *, what: Dwell) -> float:
    """Height of the whole picture for a width, in points."""
    step = _STEP if width > WIDE else _TALL + (ROW if what.bounces else 0)
    return (_HEAD if width > WIDE else 4) + max(step * len(what.shown(width)), 30.0) + _FOOT


def draw(ax: Axes, *, what: Dwell) -> None:
    """Draw the times into axes."""
    width = style.room(ax)
    tall = height(width, what=what)
    at, canvas = plan(width, what), Canvas.over(ax, tall)
    top, foot = (_HEAD if at.wide else 4.0), tall - _FOOT
    if not what.rows:
        return
    for place, said in time_ticks(what.low, what.high, at.time, SMALL):
        x = at.x + at.time * what.at(place)
        canvas.line([x, x], [top, foot], style.LINE, lw=0.8, zorder=1)
        half = labels.length(said, SMALL) / 2
        canvas.text(
            min(max(x, half + EDGE), width - half - EDGE), foot + 11, said, "center", color=style.MUTE, fontsize=SMALL
        )
    if at.wide:
        _heads(canvas, at, what)
    for k, row in enumerate(what.shown(width)):
        if at.wide:
            _wide(canvas, row, top + (k + 0.5) * _STEP, at, what)
        else:
            _narrow(canvas, row, top + k * (_TALL + (ROW if what.bounces else 0)), at, what)


def _heads(canvas: Canvas, at: Plan, what: Dwell) -> None:
    quiet = {"color": style.MUTE, "fontsize": SMALL}
    canvas.text(at.x - 12, 10, _TIMES, "right", **quiet)
    canvas.text(at.x, 10, "time to next touch", **quiet)
    canvas.text(at.x + at.time + 14 + at.said, 10, "median", "right", **quiet)
    if what.bounces:
        canvas.text(canvas.width - EDGE, 10, "begin and end here", "right", **quiet)


def _wide(canvas: Canvas, row: Any, y: float, at: Plan, what: Dwell) -> None:
    counts = labels.length(_known(row), SMALL)
    canvas.text(EDGE, y, labels.cut(row.name, at.x - counts - 26))
    canvas.text(at.x - 12, y, _known(row), "right", color=style.MUTE, fontsize=SMALL)
    _time(canvas, row, y, at, what)
    canvas.text(at.x + at.time + 14 + at.said, y, span(row.median_seconds), "right")
    if what.bounces and row.entries:
        x = canvas.width - EDGE - 104
        canvas.bar(x, y, 58, row.bounce_share, row.low, row.high, _colour(row.entries))
        canvas.text(canvas.width - EDGE, y, share(row.bounce_share), "right")


def _narrow(canvas: Canvas, row: Any, y: float, at: Plan, what: Dwell) -> None:
    said = f"median {span(row.median_seconds)}"
    canvas.text(
        EDGE,
        y + 10,
        labels.cut(row.name, canvas.width - 2 * EDGE - labels.length(said) - 10, weight="bold"),
        weight="bold",
    )
    canvas.text(canvas.width - EDGE, y + 10, said, "right")
    half = from_to(row.q25_seconds, row.q75_seconds)
    tried = [
        f"n {_known(row)}, middle half {half}",
        f"n {_known(row)}, half {half}",
        f"n {words.count(row.known)}, half {half}",
    ]
    fits = [one for one in tried if labels.length(one) <= canvas.width - 2 * EDGE]
    told = [*fits, tried[-1]][0] if half else f"n {_known(row)}"
    canvas.text(EDGE, y + 10 + ROW, labels.cut(told, canvas.width - 2 * EDGE), color=style.MUTE)
    if what.bounces:
        went = (
            f"{with_limits(row.bounce_share, row.low, row.high)} of starts end here"
            if row.entries
            else "no session begins here"
        )
        canvas.text(EDGE, y + 10 + 2 * ROW, labels.cut(went, canvas.width - 2 * EDGE), color=style.MUTE)
        y += ROW
    _time(canvas, row, y + 10 + ROW + 18, at, what)


def _known(row: Any) -> str:
    """How many times are known, and of how many touches."""
    return f"{words.count(row.known)} of {words.count(row.n)}"


def _colour(n: float) -> str:
    return style.EARLIER if n < style.FEW else style.ACCENT


def _time(canvas: Canvas, row: Any, y: float, at: Plan, what: Dwell) -> None:
    """Median, middle half and the reach of 95 %."""
    if row.median_seconds != row.median_seconds:
        return

    def place(seconds: float) -> float:
        return at.x + at.time * what.at(seconds)

    low, high, far = (place(value) for value in (row.q25_seconds, row.q75_seconds, row.q95_seconds))
    colour = _colour(row.known)
    canvas.line([high, far], [y, y], colour, "reach", lw=1.4)
    canvas.line([far, far], [y - 4, y + 4], colour, "q95", lw=1.4)
    canvas.box(low, y - 5, max(high - low, 1.0), 10, colour, "half", alpha=0.35)
    few = row.known < style.FEW
    canvas.dot(place(row.median_seconds), y, colour, hollow=few, gid="few" if few else "median")


def _title(rows: pd.DataFrame) -> str:
    if rows.empty or not rows.n.sum():
        return "There are no events to show"
    known = rows[rows.median_seconds.notna() & (rows.known >= style.FEW)]
    if known.empty:
        return "Too few touches are followed by another to tell how long they take"
    long = known.loc[known.median_seconds.idxmax()]
    if len(known) == 1 or span(long.median_seconds) == span(known.median_seconds.min()):
        where = f" after {short(long['name'])}" if len(known) == 1 else ""
        return f"The median time to the next touch{where} is {span(long.median_seconds)}"
    left_out = bool((rows.median_seconds.notna() & (rows.known < style.FEW)).any())
    among = f", of {style.FEW} times or more" * left_out
    return (
        f"The next touch takes longest to come after {short(long['name'])}: {span(long.median_seconds)} (median{among})"
    )


def _sub(rows: pd.DataFrame, what: Dwell) -> str:
    said = [
        "Time to the next touch of the same session on a logarithmic axis: mark median, bar middle half",
        "line to the time that 95\u00a0% stay below",
    ]
    if (rows.known < style.FEW).any():
        said.append(f"hollow and grey: fewer than {style.FEW} known times, which the title passes over")
    said.append("n: known times of all touches; the last touch of a session has none")
    if what.bounces:
        interval = words.percent_interval(confidence(rows))
        said.append(f"beside it: of the sessions that begin there, the share without another touch, with {interval}")
    if len(what.rows) < len(rows):
        said.append(
            f"the {len(what.rows)} of {words.count(len(rows))} touchpoints with the most events; the table has all"
        )
    if len(what.rows) > _PHONE:
        said.append(f"a phone shows {_PHONE}")
    return sentence(said, first_text(rows, "method"))


def _alt(rows: pd.DataFrame) -> str:
    if rows.empty or not rows.n.sum():
        return "Times at touchpoints: 0 events."
    told = []
    for row in rows.nlargest(6, "n").itertuples():
        bounce = (
            f", {with_limits(row.bounce_share, row.low, row.high)} of {words.count(row.entries)} bounce"
            if row.entries
            else ""
        )
        half = from_to(row.q25_seconds, row.q75_seconds)
        told.append(f"{row.name} median {span(row.median_seconds)}{f' ({half})' * bool(half)}, n {_known(row)}{bounce}")
    at = words.plural(len(rows), "touchpoint")
    return f"Time to the next touch at {at} (n: known times of all touches): {'; '.join(told)}."


def _data(rows: pd.DataFrame) -> pd.DataFrame:
    """All touchpoints in words."""
    return pd.DataFrame({
        "Touchpoint": rows.name,
        "n": [words.count(n) for n in rows.n],
        "Known times": [words.count(n) for n in rows.known],
        "Median": [span(value) for value in rows.median_seconds],
        "Middle half": [from_to(a, b) or words.DASH for a, b in zip(rows.q25_seconds, rows.q75_seconds, strict=True)],
        "95 % below": [span(value) for value in rows.q95_seconds],
        "Begin": [words.count(n) for n in rows.entries],
        "Bounce": [words.percent(value, 1) for value in rows.bounce_share],
        "Interval": [words.interval(a, b, "share", 1) for a, b in zip(rows.low, rows.high, strict=True)],
    })  # fmt: skip
