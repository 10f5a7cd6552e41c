"""The map in the column of a page: 736 CSS pixels at a desk, 328 on a phone."""

from __future__ import annotations

from functools import partial
from typing import Any

from matplotlib.axes import Axes

from cxkit.charts import style
from cxkit.charts.caption import Caption, paint
from cxkit.charts.flow_canvas import WIDE
from cxkit.charts.journey_map import column_phone, column_wide
from cxkit.charts.journey_map.column_curve import goals_differ
from cxkit.charts.journey_map.column_look import COLUMN, begin, parts, say
from cxkit.charts.journey_map.facts import Facts, facts_of
from cxkit.charts.journey_map.measure import shown, tidy
from cxkit.charts.journey_map.palette import look_of
from cxkit.charts.journey_map.table import map_table, numbers
from cxkit.charts.journey_map.titles import alt_text, finding, subtitles


def plot_column(map: Any, theme: str, ax: Axes | None) -> Axes:
    """Draw the map as wide as the text of a report, anew for a desk and for a phone.

    The colours are the page's, whatever the theme, which must be one all the same. Where there are more stages than the
    column has room for side by side, they stand one below the other at a desk, too.
    """
    facts = facts_of(map)
    look_of(theme)
    words = Caption(
        title=finding(facts),
        sub=small_print(facts),
        alt=alt_text(facts),
        data=map_table(map),
        table=lambda: numbers(facts),
        draw=partial(draw, facts=facts),
        height=partial(height, facts=facts),
    )
    return paint(ax, words)


def height(width: float, *, facts: Facts) -> float:
    """Height of the whole picture for a width, in points."""
    return _layout(facts, width).tall_of(facts, width)


def draw(ax: Axes, *, facts: Facts) -> None:
    """Draw the map into axes."""
    width = style.room(ax)
    _layout(facts, width).draw(begin(ax, height(width, facts=facts)), facts, width)


def _layout(facts: Facts, width: float) -> Any:
    side_by_side = width > WIDE and width / len(facts.names) >= COLUMN
    return column_wide if side_by_side else column_phone


def small_print(facts: Facts) -> str:
    """What the finding rests on, and what the marks mean that this map has."""
    rows = [facts.row("flow", stage) for stage in facts.names]
    reached, still, left = (sum(values) for values in zip(*map(parts, rows), strict=True))
    marks = []
    if facts.scored:
        own = facts.emotion[facts.emotion.curve == facts.curves[0]]
        marks += [say(facts, "hollow", few=style.FEW)] if (own.n[own.score.notna()] < style.FEW).any() else []
        marks += [say(facts, "other", other=shown(tidy(facts.curves[1], "–")))] if len(facts.curves) > 1 else []
        marks += [say(facts, "goal")] if goals_differ(facts) else []
        marks += [say(facts, "star")] if facts.stages.moment.any() else []
    if reached:
        within = facts.within and f"{facts.within} "
        marks += [say(facts, "base", within=within)] if facts.flow.share.notna().any() else []
        marks += [say(facts, "hatched")] if left else []
        marks += [say(facts, "dotted")] if still else []
        marks += [say(facts, "side")] if facts.stages.side.any() else []
    marks += [say(facts, "pains")] if not facts.pains.empty else []
    marks += [say(facts, "proposed")] if facts.proposed else []
    legend = "; ".join(marks)
    return " ".join(filter(None, (subtitles(facts)[0], legend[:1].upper() + legend[1:] + "." if legend else "")))
