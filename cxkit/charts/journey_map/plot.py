"""The journey map as a picture: put together, captioned, and written to a file."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cxkit.charts import style
from cxkit.charts.caption import Caption
from cxkit.charts.journey_map.curve import emotion_row
from cxkit.charts.journey_map.facts import Facts, facts_of
from cxkit.charts.journey_map.layout import PAGES, Page, Plan, Row, Sheet, draw, heights
from cxkit.charts.journey_map.pains import pains_row
from cxkit.charts.journey_map.palette import Look, look_of
from cxkit.charts.journey_map.rows_foot import ideas_row, quotes_row, rules_row, unscored_row
from cxkit.charts.journey_map.rows_head import flow_row, lens_row, stages_row, title_row, touch_row
from cxkit.charts.journey_map.table import map_table, numbers
from cxkit.charts.journey_map.titles import alt_text, finding, subtitles
from cxkit.charts.labels import quiet_glyphs
from cxkit.errors import UsageError


def plot_page(map: Any, page: str, theme: str, ax: Axes | None) -> Axes:
    """Draw the map for a whole page, on a figure of its own or into axes about as large as the page."""
    facts, look, kind = facts_of(map), look_of(theme), PAGES[page]
    if len(facts.names) > kind.most:
        raise UsageError(
            f"plot_journey_map: {len(facts.names)} stages do not fit on page '{page}', which takes up to {kind.most}. "
            "Split the journey into two maps, or join stages."
        )
    if ax is None:
        ax = _new_axes(kind, look)
    elif not isinstance(ax, Axes):
        raise UsageError(f"ax: expected matplotlib axes, got {type(ax).__name__}. Leave it out to get new ones.")
    sheet = _sheet(facts, look, kind, ax)
    with style.context(), quiet_glyphs():
        draw(sheet, ax, heights(sheet, rows_of))
    ax.cxkit_caption = Caption(
        title=finding(facts),
        sub=subtitles(facts)[0],
        alt=alt_text(facts),
        data=map_table(map),
        table=lambda: numbers(facts),
    )
    return ax


def rows_of(sheet: Sheet, plan: Plan) -> list[Row]:
    """The rows of a map, from the top; a table that is empty has none."""
    facts = sheet.facts
    alone = not facts.scored
    rows = [title_row(sheet)]
    if facts.lens and sheet.page.name != "slide":
        rows.append(lens_row(sheet))
    rows.append(stages_row(sheet))
    if not facts.flow.empty:
        rows.append(flow_row(sheet, plan, alone))
    if (sheet.page.name != "slide" or alone) and not (facts.touchpoints.empty and facts.channels.empty):
        rows.append(touch_row(sheet, plan, alone))
    rows.append(unscored_row(sheet) if alone else emotion_row(sheet))
    notes = []
    if not facts.quotes.empty and plan.quotes:
        rows.append(quotes_row(sheet, plan))
    elif not facts.quotes.empty:
        notes.append(facts.words["no_room"])
    if not facts.pains.empty:
        rows.append(pains_row(sheet, plan))
    if not facts.ideas.empty:
        rows.append(ideas_row(sheet, plan))
    return [*rows, rules_row(sheet, notes)]


def _new_axes(page: Page, look: Look) -> Axes:
    """Axes over the whole of a new figure, as large as the page; pyplot does not know of it."""
    fig = Figure(figsize=(page.width / 72, page.height / 72), facecolor=look.bg)
    fig.set_layout_engine("none")
    fig.cxkit_own = True
    return fig.add_axes((0, 0, 1, 1))


def _sheet(facts: Facts, look: Look, page: Page, ax: Axes) -> Sheet:
    """The sheet the axes offer: one unit of both axes is one point."""
    box = ax.get_position()
    width, height = (
        inches * part * 72 for inches, part in zip(ax.figure.get_size_inches(), (box.width, box.height), strict=True)
    )
    if width < 0.95 * page.width or height < 0.95 * page.height:
        raise UsageError(
            f"plot_journey_map: page '{page.name}' needs axes of {page.width / 72:.1f} x {page.height / 72:.1f} inches, "
            f"these have {width / 72:.1f} x {height / 72:.1f}. Leave ax out, or take a smaller page."
        )
    ax.set(xlim=(0, width), ylim=(0, height))
    ax.axis("off")
    return Sheet(facts, look, page, width, height)
