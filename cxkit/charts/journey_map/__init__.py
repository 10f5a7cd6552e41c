"""The customer journey map, drawn from tables: for a wall (A3), for a slide, and for the column of a page.

A map is any object with the tables and settings of `cxkit.journey_map.JourneyMap`; every number in the picture comes
from them, and stands again in its table (`map_table`) and its sentence (`map_alt`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from cxkit.charts.journey_map import column, plot
from cxkit.charts.journey_map.check import faults
from cxkit.charts.journey_map.facts import facts_of
from cxkit.charts.journey_map.layout import PAGES
from cxkit.charts.journey_map.save import write
from cxkit.charts.journey_map.table import map_table
from cxkit.charts.journey_map.titles import alt_text
from cxkit.errors import UsageError, suggest

__all__ = ["faults", "map_alt", "map_table", "plot_journey_map", "save_journey_map"]


def plot_journey_map(map: Any, *, page: str = "column", theme: str = "light", ax: Axes | None = None) -> Axes:
    """Where on their way do customers get lost, and where is their experience good or bad?

    Parameters
    ----------
    map : JourneyMap
        Tables `stages`, `touchpoints`, `channels`, `flow`, `emotion`, `quotes`, `pains` and `ideas`, and the settings
        `lens`, `rules`, `goal`, `goals`, `scale`, `score_name`, `change`, `language`, `worst` and `unit`. Durations are
        seconds. An empty table leaves its row of the map out; without any score the map says so and gives the flow its
        room.
    page : {"column", "a3", "slide"}
        In the column of a page, or for a whole page: A3 landscape (1191 x 842 points) or a slide (960 x 540).
    theme : {"light", "dark"}
        Colours of a page that stands alone.
    ax : Axes, optional
        Axes to draw into, as large as the page; new ones on a figure of their own if not given.

    Returns
    -------
    Axes
        One unit of both axes is one point. A `Caption` with title, alt sentence and table is attached.

    Raises
    ------
    UsageError
        If the page or theme is unknown, a part of the map is missing, a table names a stage the map does not have, there
        are more stages than the page takes (A3 10, slide 8), or the axes are too small.
    DataError
        If the map has no stages, or one twice.

    Notes
    -----
    Rows take the height they need, the curve gets the rest. Where it would become too low, further pain points, comments
    and plans of a stage go first (the picture says how many more there are), then sizes down to 8.5 points, then the
    comments. Missing is shown and never bridged: no answers break line and band, fewer than 30 answers make a hollow
    point, open windows are dotted and in no share. Title and subtitle claim only what intervals and verdicts allow.
    **When not to use it**: with more than nine stages; for the shares of one funnel alone; for numbers to reckon on,
    which the map's tables hold unrounded.

    References
    ----------
    Kalbach, J. (2020). *Mapping Experiences*, 2nd ed.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> flow = pd.DataFrame({"stage": ["Look", "Buy"], "of": ["", "Look"], "reached": [400, 100], "left": [0, 300],
    ...                      "share": [float("nan"), 0.25], "low": [float("nan"), 0.21], "high": [float("nan"), 0.29]})
    >>> empty = dict.fromkeys(["touchpoints", "channels", "emotion", "quotes", "pains", "ideas"])
    >>> one = SimpleNamespace(stages=flow[["stage"]], flow=flow, lens=(), rules=(), scale=(1, 5), **empty)
    >>> ax = plot_journey_map(one, page="slide")
    >>> ax.cxkit_caption.title
    'Most customers are lost between Look and Buy: 300 of 400'
    """
    _check_page(page)
    if page == "column":
        return column.plot_column(map, theme, ax)
    return plot.plot_page(map, page, theme, ax)


def save_journey_map(map: Any, path: str | Path, *, page: str = "a3", theme: str = "light") -> Path:
    """Write the journey map to a file that stands alone: for a wall, a slide or a mail.

    Parameters
    ----------
    map : JourneyMap
        As for `plot_journey_map`.
    path : str or Path
        Where to; its ending decides: ".png" (150 dots an inch, 256 colours), ".svg" or ".pdf".
    page : {"a3", "slide"}
        Size of the page.
    theme : {"light", "dark"}
        Its colours.

    Returns
    -------
    Path
        The file, with title and alt text inside. The same map gives the same bytes.

    Raises
    ------
    UsageError
        If the ending, page or theme is unknown; and as `plot_journey_map`.

    Notes
    -----
    Letters of an SVG are paths, hence the same on every machine; in a PDF they are text that can be searched. Letters
    the bundled font lacks (Chinese, Japanese, Korean) are empty boxes. **When not to use it**: inside a report, where
    `show(plot_journey_map(map))` follows the page's width and colours.

    Examples
    --------
    >>> save_journey_map(None, "map.docx")
    Traceback (most recent call last):
    ...
    cxkit.errors.UsageError: save_journey_map: '.docx' is not a format of the map. Choose from '.pdf', '.png', '.svg'.
    """
    _check_page(page, alone=True)
    return write(lambda: plot.plot_page(map, page, theme, None), Path(path))


def map_alt(map: Any) -> str:
    """What does the map say to somebody who cannot see it?

    Parameters
    ----------
    map : JourneyMap
        As for `plot_journey_map`.

    Returns
    -------
    str
        A few sentences: the finding, who starts, the score of every stage, the largest pain point, moments of truth,
        plans without an owner. Without scores: how many reached each stage.

    Raises
    ------
    UsageError
        If a part of the map is missing.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> flow = pd.DataFrame({"stage": ["Look", "Buy"], "reached": [400, 100], "left": [0, 300]})
    >>> empty = dict.fromkeys(["touchpoints", "channels", "emotion", "quotes", "pains", "ideas"])
    >>> one = SimpleNamespace(stages=flow[["stage"]], flow=flow, lens=(), rules=(), scale=(1, 5), **empty)
    >>> map_alt(one)[:64]
    'Journey map in 2 stages. Most customers are lost between Look an'
    """
    return alt_text(facts_of(map))


def _check_page(page: str, alone: bool = False) -> None:
    pages = [*PAGES] if alone else ["column", *PAGES]
    if page not in pages:
        raise UsageError(f"page: '{page}' is not a page of the map.{suggest(str(page), pages)}")
