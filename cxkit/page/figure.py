"""A picture on the page: the finding as its title, the picture at two widths, and the numbers behind it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from cxkit.errors import UsageError
from cxkit.markup import Block, h, join
from cxkit.page.tables import data_table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from cxkit.charts import Caption


def show(
    picture: Any,
    *,
    title: str | None = None,
    sub: str | None = None,
    alt: str | None = None,
    data: pd.DataFrame | None = None,
    raster: bool = False,
) -> Block:
    """Put a picture on the page, as the last line of a cell.

    Parameters
    ----------
    picture : Axes or Figure
        What a chart function returned, or any matplotlib figure of your own.
    title, sub, alt : str, optional
        Replace the words that came with the picture: the finding, the small print, the sentence for readers who cannot
        see it. A figure of your own needs at least `alt`.
    data : DataFrame, optional
        Replaces the table behind the picture.
    raster : bool
        PNG instead of SVG. Figures of more than 1,000 marks are PNG anyway.

    Returns
    -------
    Block
        Of kind "figure": the picture for JupyterLab, the whole figure for a report, the alt sentence as text.

    Raises
    ------
    UsageError
        If there is nothing to show, or no alt sentence.

    Notes
    -----
    The picture is saved twice, for a desk (736 px) and a phone (328 px), because a desktop picture shrunk to a phone
    cannot be read; charts of the kit are laid out anew for each, and what you added to their axes stays. Figures whose
    colours are not the kit's stand on a light card, since they cannot follow the page into dark mode.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> _ = ax.plot([1, 2], [6, 9], color="#0072b2")
    >>> show(ax, title="Returns rose", alt="Returns rose from 6 % to 9 %.")
    Returns rose from 6 % to 9 %.
    """
    from cxkit.charts import save, style

    fig, own = _figure_and_words(picture)
    words = {
        "title": own.title if title is None else title,
        "sub": own.sub if sub is None else sub,
        "alt": own.alt if alt is None else alt,
        "data": own.data if data is None else data,
    }
    whole = own.table if data is None and own.table is not None else words["data"]
    if not words["alt"].strip():
        raise UsageError(
            "show: this picture has no sentence for readers who cannot see it. Say what it shows, with its main "
            "number: show(ax, alt='Returns rose from 6 % in May to 9 % in June.')."
        )
    try:
        shown, lab = _saved(fig, words["alt"], raster or save.marks(fig) > save.MARKS)
    finally:
        _close(fig)
    page = _figure(shown, **words)
    kind = next(iter(lab))
    return Block(
        "figure",
        plain=words["alt"],
        data={**lab, "image/x-cxkit-figure": str(page)},
        meta={kind: {"alt": words["alt"]}}
        if kind != "image/png"
        else {kind: {"alt": words["alt"], "width": style.WIDE}},
        sheets={words["title"] or words["alt"]: whole} if whole is not None else {},
    )


def _figure_and_words(picture: Any) -> tuple[Figure, Caption]:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cxkit.charts import Caption, caption_of

    if isinstance(picture, Axes):
        return picture.figure, caption_of(picture)
    fig = picture if isinstance(picture, Figure) else getattr(picture, "figure", None)
    if not isinstance(fig, Figure):
        raise UsageError(f"show: expected matplotlib axes or a figure, got {type(picture).__name__}.")
    if not fig.axes:
        raise UsageError("show: the figure is empty. Draw into its axes first.")
    captions = [caption_of(ax) for ax in fig.axes if caption_of(ax).alt]
    return fig, captions[0] if len(captions) == 1 else Caption(alt=" ".join(words.alt for words in captions))


def _resize(fig: Figure, width: int) -> None:
    """Give the figure a width in CSS pixels, and draw the kit's own pictures anew for it."""
    from cxkit.charts import caption_of
    from cxkit.charts.caption import repaint

    points = width * 0.75
    height = fig.get_figheight() * 72
    if len(fig.axes) == 1 and (wanted := caption_of(fig.axes[0]).height):
        height = wanted(points)
    fig.set_size_inches(points / 72, height / 72)
    for ax in fig.axes:
        repaint(ax)


def _saved(fig: Figure, alt: str, raster: bool) -> tuple[Markup, dict[str, str]]:
    """The picture's part of the page, and what JupyterLab shows. Phone first: the figure is left at its wide size."""
    from cxkit.charts import save, style

    if raster:
        return _raster(fig, alt)
    documents = {}
    for name, width in (("narrow", style.NARROW), ("wide", style.WIDE)):
        _resize(fig, width)
        documents[name] = save.svg(fig, name)
    follows = all(save.in_palette(document) for document in documents.values())
    parts = []
    for name in ("wide", "narrow"):
        opened = str(h("svg", class_=name, role="img", aria_label=alt))[5:].split("></svg>")[0]
        parts.append(Markup(save.inline(documents[name], name[0], opened, follows)))
    shown = join(parts) if follows else h("div", *parts, class_="card")
    lab = documents["wide"][documents["wide"].index("<svg") :].replace("<svg ", '<svg style="background:#fff" ', 1)
    return shown, {"image/svg+xml": lab}


def _raster(fig: Figure, alt: str) -> tuple[Markup, dict[str, str]]:
    import base64

    from cxkit.charts import save, style

    pictures, sizes = {}, {}
    for name, width in (("narrow", style.NARROW - 16), ("wide", style.WIDE - 32)):  # the card's own padding
        _resize(fig, width)
        pictures[name] = save.png(fig)
        sizes[name] = {"width": width, "height": round(fig.get_figheight() * 96)}
    source = h("source", media="(max-width:37.5rem)", srcset=save.data_url(pictures["narrow"]), **sizes["narrow"])
    image = h("img", alt=alt, src=save.data_url(pictures["wide"]), **sizes["wide"])
    return h("div", h("picture", source, image), class_="card"), {
        "image/png": base64.b64encode(pictures["wide"]).decode()
    }


def _figure(shown: Markup, *, title: str, sub: str, alt: str, data: pd.DataFrame | None) -> Markup:
    """The whole figure; its number stands as a token that the page fills in."""
    from cxkit.charts.save import FIGURE

    small = f"Figure {FIGURE}. {sub}".rstrip()
    figure = h("figure", h("figcaption", h("b", title) if title else None, h("span", small)), shown, id=f"fig-{FIGURE}")
    if data is None:
        return figure
    fold = h("details", h("summary", f"Data behind figure {FIGURE}"), data_table(data), class_="fold data")
    return figure + fold


def _close(fig: Figure) -> None:
    """Take the figure from pyplot's list, if it is on it, so that the notebook does not show it a second time."""
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close(fig)
