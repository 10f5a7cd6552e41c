"""Which whole ways are the commonest? A row a path: its touchpoints as chips, its share with interval and n."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import groupby

import pandas as pd
from matplotlib.axes import Axes

from cxkit import words
from cxkit.charts import labels, style
from cxkit.charts.caption import Caption, paint
from cxkit.charts.flow_canvas import EDGE, SMALL, WIDE, Canvas
from cxkit.charts.flow_words import ARROW, confidence, first_text, sentence, share, short, span, with_limits
from cxkit.charts.labels import plain
from cxkit.charts.scale import need_columns
from cxkit.errors import UsageError

_NEEDS = ("rank", "path", "steps", "n", "share", "low", "high", "median_seconds")
_CHIP, _LINE, _GAP, _PAD = 20.0, 24.0, 16.0, 7.0
_SIDE = 168.0  # room of share, bar and n at a desk
_PIECE = 130.0  # a chip is never wider
_MOST = 9  # chips a path; the middle of a longer one is elided


@dataclass(frozen=True)
class Way:
    """One path: its touchpoints with how often each comes in a row, and its numbers."""

    chips: list[str]
    n: float
    share: float
    low: float
    high: float

    @property
    def shown(self) -> list[str]:
        """The chips drawn: the middle of a long path is one chip that counts what it stands for."""
        if len(self.chips) <= _MOST:
            return self.chips
        first = _MOST // 2
        last = _MOST - first - 1
        return [*self.chips[:first], f"\u2026 {len(self.chips) - first - last} more \u2026", *self.chips[-last:]]

    @property
    def said(self) -> str:
        """The path in a sentence."""
        return f" {ARROW} ".join(self.shown)


def plot_paths(paths: pd.DataFrame, *, most: int = 8, of: str = "journey", ax: Axes | None = None) -> Axes:
    """Which whole ways do customers go most often, and how common is each?

    Parameters
    ----------
    paths : DataFrame
        What `cxkit.journey.paths` returned: ``rank, path, steps, n, share, low, high, median_seconds``; a path is text,
        its touchpoints joined by an arrow with a space at each side.
    most : int
        Paths drawn at the most, the commonest. The table has all.
    of : str
        What a journey is, such as "customer" where the log was not split, or "visit" where it was.
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
    Repeats of one touchpoint in a row are one chip with their number; of more than nine chips the middle is elided and
    counted. Bars have one scale, so that lengths can be compared. The title names the commonest path only where its
    interval lies above that of the second; else it says how much the paths shown cover together. **When not to use
    it**: where nearly every journey is a way of its own, as with many touchpoints and no joining of repeats; the
    picture then shows the short ones, and short is not typical.

    Examples
    --------
    >>> table = pd.DataFrame({"rank": [1, 2], "path": ["search → basket → order", "search"], "steps": [3, 1],
    ...     "n": [600, 400], "share": [.6, .4], "low": [.57, .37], "high": [.63, .43], "median_seconds": [300.0, 0.0]})
    >>> plot_paths(table).cxkit_caption.title
    '60\\xa0% of 1,000 journeys go search → basket → order'
    """
    if most < 1:
        raise UsageError(f"most: {most} paths are too few to draw. Give at least 1.")
    rows = need_columns(paths, _NEEDS, "plot_paths").sort_values("rank", kind="stable").reset_index(drop=True)
    ways = [_way(row) for row in rows.head(most).itertuples()]
    said = Caption(
        title=_title(rows, ways, of),
        sub=_sub(rows, ways, of),
        alt=_alt(rows, ways, of),
        data=_data(rows),
        table=paths,
        draw=partial(draw, ways=ways),
        height=partial(height, ways=ways),
    )
    return paint(ax, said)


def _way(row) -> Way:
    chips = []
    for name, run in groupby(plain(part) for part in str(row.path).split(f" {ARROW} ")):
        times = len(list(run))
        chips.append(name if times == 1 else f"{name} \u00d7{times}")
    return Way(chips, float(row.n), float(row.share), float(row.low), float(row.high))


def _lines(way: Way, width: float) -> list[list[str]]:
    """The chips in lines that fit."""
    room = width - 2 * EDGE - (_SIDE if width > WIDE else 0.0)
    lines: list[list[str]] = [[]]
    used = 0.0
    for chip in way.shown:
        said = _cut(chip, min(_PIECE, room) - 2 * _PAD)
        wide = labels.length(said) + 2 * _PAD + (_GAP if used or len(lines) > 1 else 0)
        if used and used + wide > room - 10:
            lines.append([])
            used = 0.0
        lines[-1].append(said)
        used += wide
    return lines


def _cut(chip: str, room: float) -> str:
    """A chip's text, cut before the number of its repeats."""
    name, times, number = chip.rpartition(" \u00d7")
    if not times or not number.isdigit():
        return labels.cut(chip, room)
    return labels.cut(name, room - labels.length(f" \u00d7{number}")) + f" \u00d7{number}"


def _tall(way: Way, width: float) -> float:
    return _LINE * len(_lines(way, width)) + (12.0 if width > WIDE else 34.0)


def height(width: float, *, ways: list[Way]) -> float:
    """Height of the whole picture for a width, in points."""
    return max(sum(_tall(way, width) for way in ways), 40.0) + 4


def draw(ax: Axes, *, ways: list[Way]) -> None:
    """Draw the paths into axes."""
    width = style.room(ax)
    canvas, y = Canvas.over(ax, height(width, ways=ways)), 2.0
    most = max((way.high if way.high == way.high else way.share for way in ways), default=1.0) or 1.0
    for k, way in enumerate(ways):
        tall = _tall(way, width)
        if k:
            canvas.line([EDGE, width - EDGE], [y, y], style.LINE, lw=0.8, zorder=1)
        _chips(canvas, way, y + 6 + _LINE / 2)
        if width > WIDE:
            _numbers(canvas, way, width - EDGE - _SIDE + 12, _SIDE - 12, y + tall / 2, most)
        else:
            _numbers(canvas, way, EDGE, width - 2 * EDGE, y + tall - 16, most)
        y += tall


def _chips(canvas: Canvas, way: Way, y: float) -> None:
    """The touchpoints with arrows between; a line that goes on begins with an arrow."""
    for number, line in enumerate(_lines(way, canvas.width)):
        x = EDGE
        for k, said in enumerate(line):
            if number or k:
                canvas.text(x + _GAP / 2, y, ARROW, "center", color=style.MUTE)
                x += _GAP
            wide = labels.length(said) + 2 * _PAD
            if said.startswith("\u2026 "):
                canvas.text(x + wide / 2, y, said, "center", color=style.MUTE)
            else:
                canvas.chip(x, y - _CHIP / 2, wide, _CHIP, style.ACCENT, "chip", alpha=0.16)
                canvas.text(x + wide / 2, y, said, "center")
            x += wide
        y += _LINE


def _numbers(canvas: Canvas, way: Way, x: float, room: float, y: float, most: float) -> None:
    """Share, bar with interval, n."""
    said, n = words.percent(way.share, 1 if way.share < 0.0995 else 0), f"n {words.count(way.n)}"
    counts = max(labels.length(n, SMALL), 46.0)
    bar = max(room - 52 - counts - 10, 20.0)
    canvas.text(x + 46, y, said, "right", weight="bold")
    canvas.bar(x + 52, y, bar, way.share / most, way.low / most, way.high / most, style.ACCENT)
    canvas.text(x + room, y, n, "right", color=style.MUTE, fontsize=SMALL)


def _total(rows: pd.DataFrame) -> float:
    known = rows[rows.share > 0]
    return round(float((known.n / known.share).max())) if len(known) else 0.0


def _title(rows: pd.DataFrame, ways: list[Way], of: str) -> str:
    if not ways or not ways[0].n:
        return "There are no paths to show"
    total = words.plural(_total(rows), of)
    first = ways[0]
    if len(rows) == 1 or first.low > rows.high.iloc[1:].max():
        if len(first.chips) == 1:
            verb = "meet" if of == "customer" else "are"
            return f"{share(first.share)} of {total} {verb} {short(first.chips[0])} and nothing else"
        if len(first.said) <= 70:
            return f"{share(first.share)} of {total} go {first.said}"
        return f"{share(first.share)} of {total} take the same path of {words.count(rows.steps.iloc[0])} touches"
    covered = float(rows.share.head(len(ways)).sum())
    if len(ways) == 1:
        return f"One path covers {share(covered)} of {total}"
    return f"No path stands out: the {len(ways)} commonest cover {share(covered)} of {total}"


def _sub(rows: pd.DataFrame, ways: list[Way], of: str) -> str:
    said = [
        f"Paths from the commonest down with their share of {of}s, {words.percent_interval(confidence(rows))} and n"
    ]
    if any("\u00d7" in chip for way in ways for chip in way.chips):
        said.append("\u00d7: so many times in a row")
    if any(len(way.chips) > _MOST for way in ways):
        said.append("the middle of long paths is elided")
    if len(rows) > len(ways):
        said.append(f"{len(ways)} of the {words.count(len(rows))} paths in the table")
    return sentence(said, first_text(rows, "method"))


def _alt(rows: pd.DataFrame, ways: list[Way], of: str) -> str:
    if not ways:
        return f"List of paths: 0 {of}s."
    told = [f"{way.said} {with_limits(way.share, way.low, way.high)}, n {words.count(way.n)}" for way in ways[:6]]
    return f"The commonest paths of {words.plural(_total(rows), of)}: {'; '.join(told)}."


def _data(rows: pd.DataFrame) -> pd.DataFrame:
    """All paths in words."""
    return pd.DataFrame({
        "Rank": [str(rank) for rank in rows["rank"]],
        "Path": [plain(path) for path in rows.path],
        "Touches": [words.count(n) for n in rows.steps],
        "n": [words.count(n) for n in rows.n],
        "Share": [words.percent(value, 1) for value in rows.share],
        "Interval": [words.interval(a, b, "share", 1) for a, b in zip(rows.low, rows.high, strict=True)],
        "Median time": [span(value) for value in rows.median_seconds],
    })  # fmt: skip
