"""Where do customers leave on the way through the steps? Bars, with who left, who may still come, and intervals."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxkit import words
from cxkit.charts import style
from cxkit.charts.caption import Caption, paint
from cxkit.charts.flow_words import capital, confidence, first_text, names, sentence, share, short, span
from cxkit.charts.funnel_draw import Block, Funnel, Step, draw, height
from cxkit.charts.scale import need_columns
from cxkit.charts.titles import apart
from cxkit.errors import UsageError
from cxkit.stats.compare import adjust, limits_at, p_value, surest_pair, verdicts

_NEEDS = (
    "step", "touchpoint", "n", "of_all", "of_previous", "of_previous_low", "of_previous_high", "left", "open",
    "median_seconds", "q25_seconds", "q75_seconds",
)  # fmt: skip
_MOST = 6  # funnels drawn at the most; the rest stands in the table


def plot_funnel(funnel: pd.DataFrame, *, before: pd.DataFrame | None = None, ax: Axes | None = None) -> Axes:
    """Where do customers leave on the way through the steps, and how sure is that?

    Parameters
    ----------
    funnel : DataFrame
        What `cxkit.journey.funnel` returned: ``step, touchpoint, n, of_all, of_previous, of_previous_low,
        of_previous_high, left, open, median_seconds, q25_seconds, q75_seconds``, and perhaps ``entered``. Columns
        before ``step`` tell several funnels apart (``channel``): one block each, at most six, those with the most
        starters.
    before : DataFrame, optional
        The same for an earlier period: a hollow mark on each bar where it would end if as many went on as then.
    ax : Axes, optional
        Axes to draw in; new ones otherwise.

    Returns
    -------
    Axes
        With a caption attached: title by rule, alt sentence with the numbers, data table.

    Raises
    ------
    UsageError
        If a column is missing, or a step occurs twice in one funnel.

    Notes
    -----
    The bar of a step tells of all who reached the step before: who came (filled), whose time is not over (dotted) and
    who left (hatched). The dark line is the interval of the share going on, where the bar will end once nothing is
    open. The title names the largest loss in customers; it calls that step the weakest only where the interval of its
    share lies below all others. With `before` it names the step whose share changed most surely, if that is clear
    among all steps (Holm); of several funnels the surest pair of groups, if it is clear among all pairs at all steps.
    **When not to use it**: steps that may come in any order have no "from" and "to"; the way between two bars then
    tells nothing.

    Examples
    --------
    >>> table = pd.DataFrame({"step": [1, 2, 3], "touchpoint": ["basket", "address", "paid"], "n": [1240, 1021, 664],
    ...     "of_all": [1.0, .82, .54], "of_previous": [float("nan"), .85, .68], "left": [0, 187, 316],
    ...     "of_previous_low": [float("nan"), .82, .65], "of_previous_high": [float("nan"), .86, .71],
    ...     "open": [0, 32, 41], "median_seconds": [float("nan"), 120.0, 540.0],
    ...     "q25_seconds": [float("nan"), 54.0, 120.0], "q75_seconds": [float("nan"), 660.0, 86400.0]})
    >>> plot_funnel(table).cxkit_caption.title
    'The weakest step is from address to paid: 316 leave, 68\\xa0% go on'
    """
    rows = _rows(funnel, "plot_funnel")
    then = None if before is None else _rows(before, "before")
    title, pointed = _title(rows, then)
    drawn = list(rows.groupby("block", sort=False).first().n.sort_values(ascending=False, kind="stable").index[:_MOST])
    blocks = [
        Block(name, _steps(part, then, pointed)) for name, part in rows.groupby("block", sort=False) if name in drawn
    ]
    what = Funnel(blocks)
    said = Caption(
        title=title,
        sub=_sub(rows, what),
        alt=_alt(rows, then),
        data=_data(rows, then),
        table=funnel,
        draw=partial(draw, what=what),
        height=partial(height, what=what),
    )
    return paint(ax, said)


def _rows(table: pd.DataFrame, who: str) -> pd.DataFrame:
    """The table with one name a funnel, steps in order and names fit to be drawn."""
    rows = need_columns(table, _NEEDS, who)
    by = list(rows.columns[: list(rows.columns).index("step")])
    blocks = [" · ".join(names(row)) for row in rows[by].itertuples(index=False)] if by else [""] * len(rows)
    about = " and ".join(names(by)).replace("_", " ")
    if "entered" not in rows:
        rows = rows.assign(entered=0)
    rows = rows.assign(block=blocks, name=names(rows.touchpoint), about=about)
    if (twice := rows.duplicated(["block", "step"])).any():
        raise UsageError(
            f"{who}: {int(twice.sum())} of {len(rows)} rows repeat a step of the same funnel. Put the column that "
            "tells the funnels apart before 'step', or filter the table to one."
        )
    numbers = dict.fromkeys((*_NEEDS[2:], "entered"), "float64")
    order = {name: k for k, name in enumerate(dict.fromkeys(blocks))}
    rows = rows.astype(numbers).assign(order=rows.block.map(order)) if len(rows) else rows.assign(order=0)
    return rows.sort_values(["order", "step"], kind="stable").reset_index(drop=True)


def _steps(part: pd.DataFrame, then: pd.DataFrame | None, pointed: Any) -> list[Step]:
    earlier = _earlier(part, then)
    done = []
    for k, row in enumerate(part.itertuples()):
        old = earlier.get((row.block, row.name), (np.nan,) * 3)
        limits = row.of_previous, row.of_previous_low, row.of_previous_high
        time = row.median_seconds, row.q25_seconds, row.q75_seconds
        before = old if k else (np.nan,) * 3
        lost = (row.left, row.open) if k else (0.0, 0.0)
        done.append(
            Step(row.name, row.n, *lost, *limits, *time, *before, bool(k) and pointed(row), row.entered if k else 0.0)
        )
    return done


def _earlier(rows: pd.DataFrame, then: pd.DataFrame | None) -> Mapping[Any, tuple[float, float, float]]:
    """Share going on and limits in the period before, by funnel and touchpoint, at the confidence of `rows`."""
    if then is None or not len(then):
        return {}
    known = then.groupby("block", sort=False).cumcount() > 0
    other, own = confidence(then), confidence(rows)
    found = {}
    for row in then[known].itertuples():
        limits = (row.of_previous_low, row.of_previous_high)
        if other != own:
            limits = tuple(map(float, limits_at(row.of_previous, *limits, other, own)))
        found[row.block, row.name] = (row.of_previous, *limits)
    return found


def _later(rows: pd.DataFrame) -> pd.DataFrame:
    """Steps that have one before them, with its name."""
    came = rows.groupby("block", sort=False)
    rows = rows.assign(came=came.name.shift(), at=came.cumcount())
    return rows[rows["at"] > 0]


def _title(rows: pd.DataFrame, then: pd.DataFrame | None) -> tuple[str, Any]:
    """The finding by rule, and which step it names."""
    none = lambda row: False  # noqa: E731
    if rows.empty or not rows.n.max():
        return "Nobody came to the first step", none
    if rows.block.nunique() > 1:
        return _title_of_several(rows)
    steps = _later(rows)
    if steps.empty:
        return f"{words.count(rows.n.iloc[0])} came to {short(rows.name.iloc[0])}", none
    changed = _changed(rows, then)
    if changed:
        return changed
    worst = steps.loc[steps.left.idxmax()]
    if not worst.left:
        return "Nobody has left between the steps", none
    others = steps[steps.index != worst.name]
    way = f"from {short(worst.came)} to {short(worst['name'])}"
    lost = f"{words.count(worst.left)} leave, {share(worst.of_previous)} go on"
    sure = _at_95(steps)
    ends = sure.of_previous_low[others.index].fillna(-1)
    weakest = len(others) and sure.of_previous_high[worst.name] < ends.min()
    loss = (
        f"The weakest step is {way}: {lost}"
        if weakest
        else f"The largest loss is {way.replace('from', 'between', 1).replace(' to ', ' and ', 1)}: {lost}"
    )
    return loss, lambda row: row.Index == worst.name


def _at_95(steps: pd.DataFrame) -> pd.DataFrame:
    """The limits at 95 %, whatever the confidence of the table."""
    level = confidence(steps)
    if level == 0.95:
        return steps
    low, high = limits_at(steps.of_previous, steps.of_previous_low, steps.of_previous_high, level, 0.95)
    return steps.assign(of_previous_low=low, of_previous_high=high)


def _changed(rows: pd.DataFrame, then: pd.DataFrame | None) -> tuple[str, Any] | None:
    """The step whose share changed most surely, if it is clear among all steps."""
    steps, old = _later(rows), _earlier(rows, then)
    steps = steps[[(row.block, row.name) in old for row in steps.itertuples()]]
    if steps.empty:
        return None
    past = np.array([old[row.block, row.name] for row in steps.itertuples()], dtype=float)
    now = steps[["of_previous", "of_previous_low", "of_previous_high"]].to_numpy(float)
    p = p_value(*now.T, *past.T, confidence=confidence(rows))
    if np.isnan(p).all() or verdicts(adjust(p))[int(np.nanargmin(p))] != "clear":
        return None
    k = int(np.nanargmin(p))
    row, earlier = steps.iloc[k], past[k, 0]
    fewer = "Fewer" if row.of_previous < earlier else "More"
    own, other = apart(row.of_previous, earlier, "share")
    said = f"{fewer} go on from {short(row.came)} to {short(row['name'])} than before: {own} against {other}"
    return said, lambda found: found.Index == steps.index[k]


def _title_of_several(rows: pd.DataFrame) -> tuple[str, Any]:
    """The pair of funnels that differs most surely at a step, if it is clear among all pairs at all steps."""
    steps = _later(rows)
    fit = steps[steps.of_previous_low.notna() & (steps.n + steps.left >= style.FEW)]
    parts = [part for _, part in fit.groupby(["came", "name"], sort=False) if len(part) > 1]
    none, many = (lambda row: False), rows.block.nunique()
    if not parts:
        return "Too few customers to compare the funnels", none
    pairs = sum(len(part) * (len(part) - 1) // 2 for part in parts)
    level, best = confidence(rows), None
    for part in parts:
        limits = part.of_previous, part.of_previous_low, part.of_previous_high
        top, low, _, sure, _ = surest_pair(*limits, confidence=level, pairs=pairs)
        if sure > 0 and (best is None or sure > best[0]):
            best = sure, part.iloc[top], part.iloc[low]
    if best is None:
        return f"No clear difference between the {many} funnels at any step", none
    _, top, low = best
    more, less = apart(top.of_previous, low.of_previous, "share")
    way = f"from {short(low.came)} to {short(low['name'])}"
    said = f"{capital(short(low.block))}: {less} go on {way}, against {more} for {short(top.block)}"
    return said, lambda row: row.Index == low.name


def _sub(rows: pd.DataFrame, what: Funnel) -> str:
    """What is shown, and the rules in force."""
    about = rows["about"].iloc[0] if len(rows) else ""
    starters = rows.groupby("block", sort=False).n.first().sum() if len(rows) else 0
    said = [
        f"Bars: who came to each step{f', by {about}' if about else ''}, {words.count(starters)} at the first",
        "hatched: left",
    ]
    if len(rows) and _later(rows).entered.any():
        said.append("bars include who entered at the step itself, lines and shares do not")
    if rows["open"].any():
        said.append("dotted: time not over, in the shares for as long as it was followed")
    said.append(f"line at the end of a bar: {words.percent_interval(confidence(rows))} of the share going on")
    if what.one and rows.median_seconds.notna().any():
        said.append("median time from the step before, in brackets its middle half")
    if what.earlier:
        said.append("hollow: the share in the period before")
    if not what.one:
        said.append("each funnel fills the width")
    if len(what.blocks) < rows.block.nunique():
        said.append(
            f"the {len(what.blocks)} of {rows.block.nunique()} funnels with the most starters; the table has all"
        )
    return sentence(said, first_text(rows, "method"))


def _alt(rows: pd.DataFrame, then: pd.DataFrame | None) -> str:
    if rows.empty:
        return "Funnel: 0 customers."
    old, told = _earlier(rows, then), []
    for name, part in rows.groupby("block", sort=False):
        said = f"{part.name.iloc[0]} {words.count(part.n.iloc[0])}"
        for row in part.iloc[1:].itertuples():
            earlier = old.get((row.block, row.name))
            more = f", before {share(earlier[0])}" if earlier else ""
            still = f", {words.count(row.open)} still open" if row.open else ""
            said += f"; {row.name} {words.count(row.n)} ({share(row.of_previous)} go on{more}, "
            said += f"{words.count(row.left)} left{still})"
        told.append(f"{name}: {said}" if name else said)
    rest = f" {len(told) - _MOST} more funnels stand in the table." if len(told) > _MOST else ""
    return f"Funnel of {words.plural(part.step.nunique(), 'step')}: {'. '.join(told[:_MOST])}.{rest}"


def _data(rows: pd.DataFrame, then: pd.DataFrame | None) -> pd.DataFrame:
    """All steps in words."""
    ends = zip(rows.of_previous_low, rows.of_previous_high, strict=True)
    halves = zip(rows.q25_seconds, rows.q75_seconds, strict=True)
    columns = {"Funnel": rows.block} if rows.block.nunique() > 1 else {}
    columns |= {
        "Step": [f"{row.step} {row.name}" for row in rows.itertuples()],
        "n": [words.count(n) for n in rows.n],
        "Of all": [words.percent(value, 1) for value in rows.of_all],
        "Go on": [words.percent(value, 1) for value in rows.of_previous],
        "Interval": [words.interval(a, b, "share", 1) for a, b in ends],
        "Left": [words.count(n) for n in rows.left],
        "Open": [words.count(n) for n in rows["open"]],
        "Median time": [span(value) for value in rows.median_seconds],
        "Middle half": [f"{span(a)} to {span(b)}" if a == a else words.DASH for a, b in halves],
    }
    if len(rows) and _later(rows).entered.any():
        columns["Entered here"] = [words.count(n) for n in rows.entered]
    if then is not None:
        old = _earlier(rows, then)
        columns["Go on before"] = [words.percent(old.get((r.block, r.name), (None,))[0], 1) for r in rows.itertuples()]
    return pd.DataFrame(columns)
