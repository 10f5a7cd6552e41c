"""What stands around a picture: the finding as its title, the small print, a sentence for those who cannot see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes

from cxkit.charts import style
from cxkit.charts.labels import plain, quiet_glyphs
from cxkit.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Caption:
    """What a picture says in words, and how to draw it anew at another width.

    Attributes
    ----------
    title : str
        The finding, in one sentence without a full stop.
    sub : str
        What is shown: metric, unit, interval, n, what hollow and dotted mean.
    alt : str
        One or two sentences with the numbers, for readers who cannot see the picture.
    data : pandas.DataFrame or None
        The numbers behind it, ready to be read: columns with plain names.
    table : pandas.DataFrame, callable or None
        The same unrounded, for a workbook; or a function that puts it together.
    draw : callable or None
        Draws the picture into axes that are `room(ax)` points wide.
    height : callable or None
        Height of the whole picture in points for a width in points.
    made : tuple
        What the last drawing added to the axes.
    """

    title: str = ""
    sub: str = ""
    alt: str = ""
    data: pd.DataFrame | None = None
    table: pd.DataFrame | Callable[[], pd.DataFrame] | None = None
    draw: Callable[[Axes], None] | None = None
    height: Callable[[float], float] | None = None
    made: tuple[Any, ...] = field(default=(), repr=False)


def caption(ax: Axes, *, title: str = "", sub: str = "", alt: str = "", data: pd.DataFrame | None = None) -> Axes:
    """Attach a title, small print, alt sentence and data table to axes; what is left empty keeps its words.

    Parameters
    ----------
    ax : Axes
        Axes of any matplotlib figure.
    title : str
        The finding, as one sentence.
    sub : str
        What is shown, with n.
    alt : str
        A sentence with the main numbers.
    data : pandas.DataFrame, optional
        The numbers behind the picture.

    Returns
    -------
    Axes
        The same axes.

    Raises
    ------
    UsageError
        If `ax` is not matplotlib axes.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = caption(Figure().add_subplot(), title="Returns rose to 9 %", alt="Returns rose from 6 % to 9 %.")
    >>> caption_of(ax).title
    'Returns rose to 9 %'
    """
    if not isinstance(ax, Axes):
        raise UsageError(f"caption: expected matplotlib axes, got {type(ax).__name__}.")
    given = {
        k: v
        for k, v in {"title": title, "sub": sub, "alt": alt, "data": data}.items()
        if v is not None and not (isinstance(v, str) and v == "")
    }
    if data is not None:
        given["table"] = None  # what was drawn no longer stands for these numbers
    ax.cxkit_caption = replace(caption_of(ax), **given)
    return ax


def caption_of(ax: Axes) -> Caption:
    """What do the words around a picture say?

    Parameters
    ----------
    ax : Axes
        What a chart function returned, or any matplotlib axes.

    Returns
    -------
    Caption
        An empty one where none is attached.

    Raises
    ------
    UsageError
        If `ax` is not matplotlib axes.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> caption_of(Figure().add_subplot()).title
    ''
    """
    if not isinstance(ax, Axes):
        raise UsageError(f"caption_of: expected matplotlib axes, got {type(ax).__name__}.")
    return getattr(ax, "cxkit_caption", Caption())


def together(tables: Sequence[pd.DataFrame], by: Sequence[Sequence[str]] = ()) -> pd.DataFrame:
    """Tables by different segment columns as one: the column, its value, then everything else.

    Parameters
    ----------
    tables : list of DataFrame
    by : list of list of str
        Segment columns of each; those before `metric` if not given.

    Returns
    -------
    DataFrame
        segment, group, and all other columns, unrounded.
    """
    import pandas as pd

    parts = []
    for at, table in enumerate(tables):
        names = list(by[at]) if by else list(table.columns[: list(table.columns).index("metric")])
        groups = [" \u00b7 ".join(plain(value) for value in row) for row in table[names].itertuples(index=False)]
        part = table.drop(columns=names).reset_index(drop=True)
        part.insert(0, "group", pd.Series(groups, dtype="str"))
        part.insert(0, "segment", " and ".join(plain(name) for name in names))
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def paint(ax: Axes | None, words: Caption) -> Axes:
    """Draw a picture for the first time and attach its caption."""
    if ax is None:
        ax = style.new_axes(words.height(style.WIDE * 0.75) if words.height else 260)
    elif not isinstance(ax, Axes):
        raise UsageError(f"ax: expected matplotlib axes, got {type(ax).__name__}. Leave it out to get new ones.")
    ax.cxkit_caption = words
    return repaint(ax)


def repaint(ax: Axes) -> Axes:
    """Draw the picture again for the width the axes have now; what the user added to the axes stays."""
    words = caption_of(ax)
    if words.draw is None:
        return ax
    for artist in words.made:
        if artist.axes is ax:
            artist.remove()
    before = set(map(id, ax.get_children()))
    with style.context(), quiet_glyphs():
        words.draw(ax)
    made = tuple(artist for artist in ax.get_children() if id(artist) not in before)
    ax.cxkit_caption = replace(words, made=made)
    return ax
