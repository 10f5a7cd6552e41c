"""Which ways do customers go, touch by touch? Bands as thick as their customers, and where they end."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pandas as pd
from matplotlib.axes import Axes

from cxkit import words
from cxkit.charts.caption import Caption, paint
from cxkit.charts.flow_draw import draw, height
from cxkit.charts.flow_parts import ENDED, OTHER, Flow
from cxkit.charts.flow_words import capital, first_text, names, sentence, share, short
from cxkit.charts.labels import plain
from cxkit.charts.scale import need_columns
from cxkit.errors import UsageError, suggest

_NEEDS = ("step", "from", "to", "n")
_END = {"customer": "stop"}  # what they do at the last touch, where it is not to end


def plot_flow(steps: pd.DataFrame, *, highlight: str = "", of: str = "journey", ax: Axes | None = None) -> Axes:
    """Which ways do customers go from touch to touch, and where do they end?

    Parameters
    ----------
    steps : DataFrame
        What `cxkit.journey.flow_steps` returned: ``step, from, to, n``: how many journeys have `from` as their touch
        number `step` and `to` as the next, "(ended)" where none follows. With a column ``marked`` that many of each
        band are pointed out (those that ever meet the highlighted touchpoint).
    highlight : str
        A touchpoint to point out: bands to and from it are blue, all others grey.
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
        If a column is missing, or the highlighted touchpoint is not in the table.

    Notes
    -----
    All bands have one scale. Each step shows its commonest touchpoints (six, on a phone four) and sums the rest as
    "other"; a phone shows three steps, those around the touchpoint pointed out. The title states counts
    only. **When not to use it**: a band tells how many went from one touch to the next, not which way they had come;
    for whole ways see `plot_paths`.

    Examples
    --------
    >>> table = pd.DataFrame({"step": [1, 1, 1, 2], "from": ["search", "search", "help", "basket"],
    ...     "to": ["basket", "(ended)", "basket", "order"], "n": [60, 40, 20, 80]})
    >>> plot_flow(table).cxkit_caption.title
    'Search is the first touch of 83\\xa0% of 120 journeys; 33\\xa0% end within 2 touches'
    """
    rows = need_columns(steps, _NEEDS, "plot_flow")
    rows = rows.assign(one=names(rows["from"]), other=names(rows["to"])).astype({"step": "int64", "n": "int64"})
    highlight = plain(highlight) if highlight else ""
    known = {*rows.one, *rows.other} - {ENDED, OTHER}
    if highlight and highlight not in known:
        raise UsageError(f"highlight: there is no touchpoint '{highlight}' in the table.{suggest(highlight, known)}")
    what = _flow(rows, highlight)
    said = Caption(
        title=_title(rows, highlight, of),
        sub=_sub(rows, what, of),
        alt=_alt(rows, highlight, of),
        data=_data(rows),
        table=steps,
        draw=partial(draw, what=what),
        height=partial(height, what=what),
    )
    return paint(ax, said)


def _flow(rows: pd.DataFrame, highlight: str) -> Flow:
    bands: Counter[tuple[int, str, str]] = Counter()
    marked: Counter[tuple[int, str, str]] = Counter()
    own = rows.marked.fillna(0) if highlight and "marked" in rows else None
    for k, row in enumerate(rows.itertuples()):
        link = (int(row.step), row.one, row.other)
        bands[link] += int(row.n)
        if own is not None:
            marked[link] += int(own.iloc[k])
        elif highlight and highlight in (row.one, row.other):
            marked[link] += int(row.n)
    return Flow(bands, marked, highlight)


def _first(rows: pd.DataFrame) -> pd.Series:
    """Journeys by their first touch, the commonest first."""
    first = rows[rows.step == rows.step.min()].groupby("one", sort=False).n.sum()
    return first.sort_values(ascending=False, kind="stable")


def _title(rows: pd.DataFrame, highlight: str, of: str) -> str:
    if rows.empty or not rows.n.sum():
        return f"There are no {of}s to show"
    last = int(rows.step.max())
    if highlight:
        there = rows[rows.one == highlight]
        ended, n = int(there.n[there.other == ENDED].sum()), int(there.n.sum())
        if not n:
            return f"{capital(short(highlight))} is only met after touch {last}"
        name = capital(short(highlight))
        return f"{name} is the last touch {words.count(ended)} of {words.count(n)} times ({share(ended / n)})"
    first = _first(rows)
    told = first.drop(OTHER, errors="ignore")
    total = int(first.sum())
    ended = rows.n[rows.other == ENDED].sum() / total
    ends = f"{share(ended)} {_END.get(of, 'end')} {f'within {last} touches' if last > 1 else 'after it'}"
    if told.empty:
        ends = ends.replace("after it", "after the first touch")
        return f"Of {words.plural(total, of)}, {ends}"
    name = capital(short(str(told.index[0])))
    if told.iloc[0] == total:
        return f"{name} is the first touch of all {words.plural(total, of)}; {ends}"
    return f"{name} is the first touch of {share(told.iloc[0] / total)} of {words.plural(total, of)}; {ends}"


def _sub(rows: pd.DataFrame, what: Flow, of: str) -> str:
    said = [
        f"{words.capital(of)}s touch by touch; thickness: {of}s, one scale throughout; hatched: no touch follows in these events"
    ]
    if what.highlight:
        which = "that meet" if "marked" in rows else "to and from"
        said.append(f"blue: {f'{of}s' if 'marked' in rows else 'ways'} {which} {short(what.highlight)}")
    said.append("other: all rarer touchpoints of the step")
    steps = rows.step.nunique()
    if steps >= 3:
        said.append("a phone shows three touches")
    return sentence(said, first_text(rows, "method"))


def _alt(rows: pd.DataFrame, highlight: str, of: str) -> str:
    if rows.empty or not rows.n.sum():
        return f"Flow of {of}s touch by touch: 0 {of}s."
    first = _first(rows)
    starts = [f"{name} {words.count(n)}" for name, n in first.head(3).items()]
    top = rows[rows.other != ENDED].nlargest(4, "n")
    ways = [f"{row.one} to {row.other} {words.count(row.n)} (touch {row.step})" for row in top.itertuples()]
    ended = rows[rows.other == ENDED].groupby("step").n.sum()
    ends = [f"after touch {step} {words.count(n)}" for step, n in ended.items()]
    said = f"Flow of {words.plural(int(first.sum()), of)} touch by touch. First touches: {words.listing(starts)}."
    if ways:
        said += f" Thickest bands: {words.listing(ways)}."
    if ends:
        said += f" Ended: {words.listing(ends)}."
    if highlight:
        said += f" {_title(rows, highlight, of)}."
    return said


def _data(rows: pd.DataFrame) -> pd.DataFrame:
    """All bands in words."""
    base = rows.groupby(["step", "one"]).n.transform("sum")
    return pd.DataFrame({
        "Touch": [str(step) for step in rows.step],
        "From": rows.one.tolist(),
        "To": rows.other.tolist(),
        "n": [words.count(n) for n in rows.n],
        "Share of from": [words.percent(n / b, 1) if b else words.DASH for n, b in zip(rows.n, base, strict=True)],
    })  # fmt: skip
