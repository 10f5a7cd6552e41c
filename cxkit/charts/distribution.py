"""How are the answers spread over the scale, and how do they split? Bars, each with its share and interval."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation

from cxkit import words
from cxkit.charts import labels, style
from cxkit.charts.caption import Caption, paint
from cxkit.charts.labels import note
from cxkit.charts.scale import need_columns, tick_words
from cxkit.charts.titles import distribution_title
from cxkit.errors import UsageError

_NEEDS = ("score", "group", "n", "share", "low", "high", "base")
_COLOUR = {"detractor": style.WORSE, "passive": style.EARLIER, "promoter": style.ACCENT}
_ROW = 15.0


def plot_distribution(
    distribution: pd.DataFrame, *, before: pd.DataFrame | None = None, ax: Axes | None = None
) -> Axes:
    """How are the answers spread over the scale, and how do they split into groups?

    Parameters
    ----------
    distribution : DataFrame
        Rows of one distribution from `cxkit.survey.distribution`: ``score, group, n, share, low, high, base``.
    before : DataFrame, optional
        The same for the earlier period: a dark line across each bar.
    ax : Axes, optional
        Axes to draw in; new ones otherwise.

    Returns
    -------
    Axes
        With a caption attached: title by rule, alt sentence with the numbers, data table.

    Raises
    ------
    UsageError
        If a column is missing, or the table holds several distributions (filter it to one group first).

    Notes
    -----
    With `before`, the title names promoters or detractors only if the interval of their change excludes zero, at 97.5 %
    for looking at two groups (95 % for both at once, whatever the confidence of the thin lines). Bars of single answers
    must not be compared one by one: eleven looks find chance.

    Examples
    --------
    >>> table = pd.DataFrame({"score": [0.0, 7.0, 10.0], "group": ["detractor", "passive", "promoter"],
    ...     "n": [20, 30, 50], "share": [0.2, 0.3, 0.5], "low": [0.13, 0.22, 0.40], "high": [0.29, 0.40, 0.60],
    ...     "base": 100})
    >>> plot_distribution(table).cxkit_caption.title
    '50\\xa0% of answers are promoters, 20\\xa0% detractors'
    """
    rows = _one(distribution, "plot_distribution")
    then = None if before is None else _one(before, "before")
    base, base_then = _base(rows), 0 if then is None else _base(then)
    said = Caption(
        title=distribution_title(_groups(rows), base, None if then is None else _groups(then), base_then),
        sub=_sub(rows, base, then, base_then),
        alt=_alt(rows, base, then, base_then),
        data=_data(rows, then),
        table=rows if then is None else _beside(rows, then),
        draw=partial(_draw, rows=rows, then=then if base_then else None),
        height=lambda width: 270.0 if width > 400 else 290.0,
    )
    return paint(ax, said)


def _one(table: pd.DataFrame, who: str) -> pd.DataFrame:
    rows = need_columns(table, _NEEDS, who).sort_values("score", kind="stable").reset_index(drop=True)
    if rows.score.duplicated().any():
        raise UsageError(
            f"{who}: {rows.score.duplicated().sum()} of {len(rows)} rows repeat a score: the table holds several "
            "distributions. Filter it to one group."
        )
    return rows


def _base(rows: pd.DataFrame) -> int:
    return int(rows.base.max()) if len(rows) and rows.base.notna().any() else 0


def _groups(rows: pd.DataFrame) -> dict[str, int]:
    """Answers in each group, in the order of the scale."""
    return {str(name): int(part.n.sum()) for name, part in rows.groupby("group", sort=False)}


def _name(group: str) -> str:
    return group[:1].upper() + group[1:] + ("s" if group in _COLOUR else "")


def _draw(ax: Axes, *, rows: pd.DataFrame, then: pd.DataFrame | None) -> None:
    style.dress(ax)
    x = np.arange(len(rows), dtype=float)
    share, base = rows.share.fillna(0).to_numpy(), max(_base(rows), 1)
    tops = [*rows.high.dropna(), *share, *([] if then is None else then.share.dropna())]
    high = max([*tops, 0.05]) * 1.04
    ax.set_ylim(0, high)
    places = style.round_places(0, high, 4)
    said = tick_words(places, "share")
    left = max(labels.length(word) for word in said) + 12
    style.ticks(ax.yaxis, places, said)
    ax.set_xlim(-0.5, max(len(rows), 1) - 0.5)
    split = _groups(rows)
    each = (style.room(ax) - left - 4) / max(len(rows), 1)
    over = _fits_over(rows, split, each)
    top = (_ROW * 2 + 12 if over else _ROW * len(split) + 8) + _ROW + 4
    style.margins(ax, left, 4, top, 2 * _ROW + 14)
    _bars(ax, rows, x, share, then)
    style.ticks(ax.xaxis, x, [f"{score:g}" for score in rows.score])
    (_over if over else _listed)(ax, rows, split, base)
    ends = f"Answer, {rows.score.min():g} to {rows.score.max():g}" if len(rows) else "Answer"
    note(ax, ends, (0.5, 0), (0, -6 - 1.9 * _ROW), ha="center")
    note(ax, "Share of answers (%)", (0, 1), (2 - left, top - 8))


def _bars(ax: Axes, rows, x, share, then) -> None:
    colours = [_COLOUR.get(str(group), style.ACCENT) for group in rows.group]
    ax.bar(x, share, 0.74, color=colours, lw=0)
    known = rows.low.notna().to_numpy() & (rows.n.to_numpy() > 0)
    ax.vlines(x[known], rows.low[known], rows.high[known], color=style.INK, lw=1.2, gid="interval")
    if then is None:
        return
    earlier = dict(zip(then.score, then.share, strict=True))
    for i, score in enumerate(rows.score):
        if (level := earlier.get(score)) is not None and level == level:
            ax.plot([i - 0.42, i + 0.42], [level, level], color=style.INK, lw=2.2, solid_capstyle="butt", gid="before")


def _spans(rows: pd.DataFrame, split: dict[str, int]) -> dict[str, tuple[float, float]]:
    """First and last bar of each group."""
    return {name: (float(at.min()), float(at.max())) for name in split if len(at := rows.index[rows.group == name])}


def _fits_over(rows, split, each: float) -> bool:
    """Whether every group's name fits over its own bars."""
    return all(
        labels.length(_name(name), weight="bold") <= (b - a + 1) * each - 2
        for name, (a, b) in _spans(rows, split).items()
    )


def _over(ax: Axes, rows, split, base: int) -> None:
    """Name and share of each group over its bars, with a bracket in its colour."""
    for name, (a, b) in _spans(rows, split).items():
        colour = _COLOUR.get(name, style.ACCENT)
        ax.plot([a - 0.37, b + 0.37], [1, 1], color=colour, lw=3, solid_capstyle="butt", clip_on=False, gid="bracket",
                transform=_lifted(ax, 6))  # fmt: skip
        for line, said in enumerate((words.percent(split[name] / base), _name(name))):
            rise = (0, 16 + line * _ROW)
            note(ax, said, ((a + b) / 2, 1), rise, ("data", "axes fraction"), "center", weight="bold", color=style.INK)


def _lifted(ax: Axes, rise: float):
    return ax.get_xaxis_transform() + ScaledTranslation(0, rise / 72, ax.figure.dpi_scale_trans)


def _listed(ax: Axes, rows, split, base: int) -> None:
    """On a phone: one line a group, with a square in its colour."""
    for line, name in enumerate(split):
        rise = 8 + (len(split) - 1 - line) * _ROW + _ROW / 2 - 4
        scores = rows.score[rows.group == name]
        span = f"{scores.min():g}" if len(scores) == 1 else f"{scores.min():g} to {scores.max():g}"
        ax.plot([0.02], [1], "s", color=_COLOUR.get(name, style.ACCENT), ms=9, mew=0, clip_on=False, gid="key",
                transform=_at_left(ax, rise))  # fmt: skip
        said = f"{_name(name)}, {span}: {words.percent(split[name] / base)}"
        note(ax, said, (0, 1), (18, rise), weight="bold", color=style.INK)


def _at_left(ax: Axes, rise: float):
    return ax.transAxes + ScaledTranslation(4 / 72, rise / 72, ax.figure.dpi_scale_trans)


def _sub(rows, base: int, then, base_then: int) -> str:
    said = [f"Share of each answer, n {words.count(base)}"]
    if "confidence" in rows and len(rows) and base:
        said.append(f"thin lines: {words.percent_interval(rows.confidence.iloc[0])}")
    if then is not None:
        said.append(f"bars across: the period before, n {words.count(base_then)}")
    spans = [
        f"{_name(name).lower()} {rows.score[a]:g}" + ("" if a == b else f" to {rows.score[b]:g}")
        for name, (a, b) in _spans(rows, _groups(rows)).items()
    ]
    return "; ".join(said) + (f". Groups: {words.listing(spans)}." if spans else ".")


def _alt(rows, base: int, then, base_then: int) -> str:
    if not base:
        return "Bars of the answers by score: 0 answers."
    split = [
        f"{_name(name).lower()} {words.percent(n / base)} (n {words.count(n)})" for name, n in _groups(rows).items()
    ]
    top = rows.loc[rows.n.idxmax()]
    said = f"Bars of {words.plural(base, 'answer')} by score: {words.listing(split)}; "
    said += f"the most frequent answer is {top.score:g} ({words.percent(top.share)})."
    if then is not None and base_then:
        earlier = [f"{_name(name).lower()} {words.percent(n / base_then)}" for name, n in _groups(then).items()]
        said += f" The period before: {words.listing(earlier)} (n {words.count(base_then)})."
    return said


def _beside(rows: pd.DataFrame, then: pd.DataFrame) -> pd.DataFrame:
    """The distribution with n and share of the period before."""
    earlier = then[["score", "n", "share"]].rename(columns={"n": "n_before", "share": "share_before"})
    return rows.merge(earlier, on="score", how="left")


def _data(rows, then) -> pd.DataFrame:
    table = pd.DataFrame({
        "Answer": [f"{score:g}" for score in rows.score],
        "n": [words.count(n) for n in rows.n],
        "Share": [words.percent(share, 1) for share in rows.share],
        "Interval": [words.interval(a, b, "share", 1) for a, b in zip(rows.low, rows.high, strict=True)],
    })  # fmt: skip
    if then is not None:
        n, share = (dict(zip(then.score, then[name], strict=True)) for name in ("n", "share"))
        table["n before"] = [words.count(n.get(score)) for score in rows.score]
        table["Share before"] = [words.percent(share.get(score), 1) for score in rows.score]
    return table
