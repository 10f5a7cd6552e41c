"""The stages of a journey map in words, its wall size, and how answers were joined to touches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cxkit import words
from cxkit.markup import Block, h, join, visible
from cxkit.page.headline import need
from cxkit.page.journeys import place_of, rows_table, share_of

if TYPE_CHECKING:
    import pandas as pd


def stage_cards(picture: Any) -> Block:
    """Show each stage of a journey map with its words: who comes, what they do, how it feels, what they say, what is planned.

    Parameters
    ----------
    picture : JourneyMap
        From `cxkit.journey_map.journey_map`.

    Returns
    -------
    Block
        Of kind "stages".

    Raises
    ------
    UsageError
        If it has no stages.

    Examples
    --------
    >>> from cxkit import read
    >>> from cxkit.journey import prepare, read_journey
    >>> from cxkit.journey_map import journey_map
    >>> log = prepare(read("events", "sample:events"), columns=["channel"])
    >>> print(str(stage_cards(journey_map(log, read_journey("sample:journey")))).splitlines()[0][:35])
    Discover. Customers 2,144. They do:
    """
    need(picture.stages, ("stage",), "stage_cards")
    items, said = [], []
    for stage in picture.stages.stage:
        facts, texts = _facts(picture, stage), _texts(picture, stage)
        dl = h("dl", *(h("div", h("dt", name), h("dd", told)) for name, told in facts))
        head = words.capital(visible(stage))
        items.append(h("li", h("h3", head), dl, *(h("p", text) for text in texts)))
        said.append(f"{head}. " + ". ".join([f"{name} {told}" for name, told in facts] + [visible(t) for t in texts]))
    return Block("stages", h("ol", join(items), class_="acts"), "\n".join(said).replace(words.THIN, " "))


def _facts(picture: Any, stage: str) -> list[tuple[str, str]]:
    facts = []
    for r in picture.flow[picture.flow.stage == stage].itertuples(index=False):
        facts.append(("Customers", words.count(r.reached)))
        if np.isfinite(r.share):
            time = f" within {words.duration(picture.window_seconds)}" if np.isfinite(picture.window_seconds) else ""
            half = f", half within {words.duration(r.median_seconds)}" if np.isfinite(r.median_seconds) else ""
            told = f"{share_of(r.share, r.low, r.high)} of {words.count(r.n)}{half}"
            facts.append((f"From {visible(r.of) if r.of else 'all'}{time}", told))
    rows = picture.emotion[picture.emotion.stage == stage]
    told = [_score(r, picture, first=k == 0) for k, r in enumerate(rows.itertuples(index=False))]
    if told:
        facts.append((picture.score_name, "; ".join(filter(None, told)) or "no answers"))
    return facts


def _score(r: Any, picture: Any, first: bool) -> str:
    """A score with its limits and n; the earlier period in short."""
    value = words.number(r.score, 1, sign=picture.scale[0] < 0)
    if not r.n:
        return "no answers" if first else ""
    return (
        f"{value} ({words.interval(r.low, r.high, 'rating', 1)}), n {words.count(r.n)}"
        if first
        else f"{visible(r.curve)} {value}"
    )


def _texts(picture: Any, stage: str) -> list[str]:
    texts = []
    does = picture.touchpoints[picture.touchpoints.stage == stage]
    if len(does):
        told = [f"{visible(r.action)} {words.percent(r.share)}" for r in does.itertuples(index=False)]
        texts.append(f"They do: {', '.join(told)}")
    for r in picture.quotes[picture.quotes.stage == stage].head(1).itertuples(index=False):
        texts.append(f"{_chosen(r)}: \u201c{visible(r.text)}\u201d ({r.score:g} of {r.best:g}, {visible(r.said)})")
    for r in picture.pains[picture.pains.stage == stage].head(2).itertuples(index=False):
        place = f", place {place_of(r, ' to ')}" if np.isfinite(r.rank_low) else ""
        gap = words.number(r.gap, 2)
        hurts = "It hurts" if r.low > 0 else "It may hurt"
        texts.append(
            f"{hurts}: {visible(r.pain)}, {words.count(r.customers)} customers \u00d7 {gap} points below the goal{place}"
        )
    for r in picture.ideas[picture.ideas.stage == stage].itertuples(index=False):
        who = visible(r.owner) if isinstance(r.owner, str) and r.owner else "no owner"
        due = f", by {day(r.due)}" if str(r.due or "") else ""
        texts.append(f"Planned: {visible(r.idea)} ({who}{due})")
    return texts


def _chosen(r: Any) -> str:
    """What a comment was chosen from: how many of the stage's scores lie on its side."""
    if not (r.mood and np.isfinite(r.alike)):
        return "They say"
    side = "low" if r.mood < 0 else "high"
    ends = f" ({r.least:g} to {r.most:g} of {r.best:g})" if np.isfinite(r.least) else ""
    verb = "is" if r.alike == 1 else "are"
    return (
        f"They say: {words.count(r.alike)} of {words.plural(r.n, 'score')} {verb} {side}{ends}; a typical one of them"
    )


def day(value: Any) -> str:
    """A date as one writes it; anything else as it is."""
    return f"{value.day} {value:%b %Y}" if hasattr(value, "strftime") else visible(value)


def channel_table(met: pd.DataFrame, *, caption: str = "Channels that meet in one customer's journey") -> Block:
    """Show which channels customers use together.

    Parameters
    ----------
    met : DataFrame
        From `cxkit.journey.channels`.
    caption : str

    Returns
    -------
    Block
        Of kind "table".

    Raises
    ------
    UsageError
        If a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> row = dict(channels="app + phone", n=120, share=.1, low=.08, high=.12, changes=2.4)
    >>> print(str(channel_table(pd.DataFrame([row]), caption="")).replace("\\xa0", " ").splitlines()[1])
    app + phone       120 10 % (8 to 12 %)                2.4
    """
    need(met, ("channels", "n", "share", "low", "high", "changes"), "channel_table")
    columns = [
        ("Channels", lambda r: visible(r.channels)),
        ("Customers", lambda r: words.count(r.n)),
        ("Share", lambda r: share_of(r.share, r.low, r.high)),
        ("Changes of channel", lambda r: words.number(r.changes, 1)),
    ]
    return rows_table(met, columns, caption, "channels", left=1)


def link_note(linked: Any) -> Block:
    """Say how many answers were joined to a touch, and what became of the others.

    Parameters
    ----------
    linked : Linked
        From `cxkit.link.link`.

    Returns
    -------
    Block
        Of kind "table".

    Raises
    ------
    UsageError
        If it is nothing that was linked.

    Examples
    --------
    >>> import pandas as pd
    >>> from types import SimpleNamespace
    >>> found = SimpleNamespace(table=pd.DataFrame({"how": ["order_id"]}), losses=(("no customer", 2),), rules="", scaling="")
    >>> print(link_note(found))
    How all answers given were joined to touches
    Answers                 n
    joined by order_id      1
    not joined: no customer 2
    """
    import pandas as pd

    by = linked.table["how"].value_counts()
    rows = [(f"joined by {name}", int(n)) for name, n in by.items()]
    rows += [(f"not joined: {cause}", int(n)) for cause, n in linked.losses]
    table = pd.DataFrame(rows, columns=["answers", "n"])
    columns = [("Answers", lambda r: visible(r.answers)), ("n", lambda r: words.count(r.n))]
    said = ". ".join(part for part in (linked.rules, linked.scaling) if part)
    return rows_table(
        table, columns, "How all answers given were joined to touches", "linked", left=1, below=said, most=99
    )


def wall(picture: Any) -> Block:
    """The whole map on one sheet: folded on the screen, on a page of its own in print.

    Parameters
    ----------
    picture : JourneyMap

    Returns
    -------
    Block
        Of kind "figure": an SVG of A3 size in the light colours, on a card.

    Raises
    ------
    UsageError
        If the map has more stages than a sheet takes.

    Examples
    --------
    >>> from cxkit import read
    >>> from cxkit.journey import prepare, read_journey
    >>> from cxkit.journey_map import journey_map
    >>> log = prepare(read("events", "sample:events"), columns=["channel"])
    >>> wall(journey_map(log, read_journey("sample:journey"))).kind
    'figure'
    """
    from cxkit.charts import caption_of, plot_journey_map, save

    ax = plot_journey_map(picture, page="a3")
    alt = caption_of(ax).alt
    document = save.svg(ax.figure, "wall", transparent=False)
    opened = str(h("svg", role="img", aria_label=alt))[5:].split("></svg>")[0]
    drawn = save.inline(document, "wall", opened, page_colours=False)
    from markupsafe import Markup

    sheet = h("div", Markup(drawn), class_="card wall", tabindex="0")
    page = h("details", h("summary", "Open the whole map (A3)"), sheet, class_="fold sheet")
    lab = document[document.index("<svg") :]
    return Block(
        "figure",
        plain=alt,
        data={"image/svg+xml": lab, "image/x-cxkit-figure": str(page)},
        meta={"image/svg+xml": {"alt": alt}},
    )
