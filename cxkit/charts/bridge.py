"""Why did the total move? A bridge from the earlier to the later score, a step a part, each with its interval."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxkit import words
from cxkit.charts.bridge_draw import Bridge, draw, height
from cxkit.charts.bridge_parts import RATE, Part, blocks_of, judged, judged_before, level_of, title_of
from cxkit.charts.caption import Caption, paint, together
from cxkit.charts.labels import plain
from cxkit.errors import UsageError

_NEEDS = ("segments", "totals", "by", "names", "metric", "unit", "confidence")


def plot_bridge(
    decomposition: Any,
    *,
    before_name: str = "",
    now_name: str = "",
    most: int = 6,
    ax: Axes | None = None,
) -> Axes:
    """Which part of a change comes from whose own score, and which from who answered?

    Parameters
    ----------
    decomposition : Decomposition or list of Decomposition
        From `cxkit.survey.mix_and_rate`; a list shows the same change by several segment columns, one block each.
    before_name, now_name : str
        What to call the two periods; the decomposition's own names unless said.
    most : int
        Steps drawn for each segment column, at least 3. The smaller own scores are summed as one step.
    ax : Axes, optional
        Axes to draw in; new ones otherwise.

    Returns
    -------
    Axes
        With a caption attached: title by rule, alt sentence with the numbers, data table with every part.

    Raises
    ------
    UsageError
        If it is no decomposition, `most` is below 3, or a list holds different changes.

    Notes
    -----
    A step is a segment's own score (its change, times its mean share of the answers) or the mix: the shares of all
    segments together, since one share cannot rise unless another falls. Steps add up to the change exactly. The steps
    in the direction of the change come first, the largest of them on top.

    Limits and marks, in the picture and in its table, allow for every part looked at, in all blocks (Holm). Where the
    decomposition was judged with the findings of a page (``rate_p_adjusted`` in its segments, ``p_adjusted`` in its
    totals), verdicts and limits are those, unchanged. Only clear parts are coloured. The title names the clear part that
    holds most beyond its segment's share of the answers (rate − mean share × change), and none where no part does; it
    says "most" only where a part is clearly larger than all the rest together. **When not to use it**: it splits a change
    by arithmetic and says nothing of its cause.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> rate = {"rate": [-9.0, -1.0], "rate_low": [-13.0, -4.5], "rate_high": [-5.0, 2.5], "rate_p": [0.0001, 0.8]}
    >>> segments = pd.DataFrame({"touchpoint": ["delivery", "unboxing"], "n_before": 400, "n": 400, "share_before": 0.5,
    ...     "share": 0.5, "before": [40.0, 30.0], "estimate": [22.0, 28.0], "mix": 0.0, **rate})
    >>> totals = pd.DataFrame({"part": ["before", "mix", "rate", "change", "now"], "n": [800, 1600, 1600, 1600, 800],
    ...     "estimate": [35.0, 0.0, -10.0, -10.0, 25.0], "low": [30.0, -1.0, -14.5, -14.5, 20.0],
    ...     "high": [40.0, 1.0, -5.5, -5.5, 30.0], "p": [None, 1.0, 0.001, 0.001, None]})
    >>> found = SimpleNamespace(segments=segments, totals=totals, by=("touchpoint",), names=("Q2", "Q3"), metric="nps",
    ...     unit="points", confidence=0.95)
    >>> plot_bridge(found).cxkit_caption.title
    'Delivery’s own score holds most of the fall: −9 of −10 points'
    """
    each = [decomposition] if hasattr(decomposition, "segments") else list(decomposition)
    _check(each, most)
    names = tuple(plain(name) for name in (before_name or each[0].names[0], now_name or each[0].names[1]))
    every = judged(each)
    blocks = blocks_of(each, every, most)
    shown = [_shown(one, every[every.block == k]) for k, one in enumerate(each)]
    levels = level_of(each[0], "before", names[0]), level_of(each[0], "now", names[1])
    what = Bridge(blocks, *levels, words.metric(each[0].metric))
    said = Caption(
        title=title_of(each, blocks, names),
        sub=_sub(each, every, what),
        alt=_alt(each, what),
        data=_data(each, shown),
        table=partial(together, shown, [one.by for one in each]),
        draw=partial(draw, what=what),
        height=partial(height, what=what),
    )
    return paint(ax, said)


def _check(each: list[Any], most: int) -> None:
    for one in each:
        if lacks := [name for name in _NEEDS if not hasattr(one, name)]:
            raise UsageError(
                f"plot_bridge: expected what cxkit.survey.mix_and_rate(...) returns, got {type(one).__name__} "
                f"(no '{lacks[0]}')."
            )
    if not each:
        raise UsageError("plot_bridge: there is no decomposition to draw. Give it one or more of mix_and_rate(...).")
    if not isinstance(most, int) or most < 3:
        raise UsageError(f"most: {most!r} steps are too few. Take 3 or more: one segment, all others, and the mix.")
    totals = [one.totals.set_index("part").estimate[["before", "now"]].to_numpy(float) for one in each]
    for one, total in zip(each, totals, strict=True):
        if not np.allclose(total, totals[0], atol=1e-6):
            raise UsageError(
                f"plot_bridge: the decompositions are of different changes: {_by(each[0])} from "
                f"{words.points(totals[0][0], 1)} to {words.points(totals[0][1], 1)}, {_by(one)} from "
                f"{words.points(total[0], 1)} to {words.points(total[1], 1)}. Give them the same two periods."
            )


def _by(one: Any) -> str:
    return "by " + words.listing([plain(name) for name in one.by])


def _shown(one: Any, lines: pd.DataFrame) -> pd.DataFrame:
    """The segments with the limits and verdicts of the picture."""
    own = lines[lines.kind == RATE].set_index("row").reindex(range(len(one.segments)))
    held = {"rate_low": own.low, "rate_high": own.high, "rate_p_adjusted": own.p_adjusted}
    given = one.segments.reset_index(drop=True)
    held = {name: values.fillna(given[name]) if name in given else values for name, values in held.items()}
    return given.assign(**held, rate_verdict=own.verdict.fillna(""))


def _sub(each: list[Any], every: pd.DataFrame, what: Bridge) -> str:
    interval = words.percent_interval(each[0].confidence)
    said = [
        f"Steps of {what.metric} from {what.before.name} to {what.now.name} with {interval}",
        f"\u25cf clear, \u25d0 likely, \u25cb too early to say{_allowing(each, every)}",
        "who answered: the segments\u2019 shares of the answers moved; all else: their own scores, times their share",
    ]
    gone = sum(int(one.segments.rate_p.isna().sum()) for one in each)
    if gone:
        said.append(
            f"{words.plural(gone, 'segment')} with answers in one of the periods only: all of it counts as who answered"
        )
    return "; ".join(said) + "."


def _allowing(each: list[Any], every: pd.DataFrame) -> str:
    """What the marks allow for."""
    if all(judged_before(one) for one in each):
        return ", as in the headline" + " (no mark: not looked at)" * bool((every.verdict == "").any())
    looked = int((every.p.notna() & ~every.settled).sum())
    return f", allowing for the {looked} parts looked at" if looked > 1 else ""


def _alt(each: list[Any], what: Bridge) -> str:
    change = each[0].totals.set_index("part").loc["change"]
    verb = "fell" if change.estimate < 0 else "rose" if change.estimate > 0 else "stayed"
    first, last = what.before, what.now
    ends = f"from {words.points(first.estimate)} in {first.name} (n {words.count(first.n)}) to {words.points(last.estimate)}"
    ends += f" in {last.name} (n {words.count(last.n)})"
    size = f"by {words.points(abs(change.estimate), what.digits, sign=False)} points "
    interval = words.interval(change.low, change.high, "points")
    told = []
    for block in what.blocks:
        parts = [f"{_called(part)} {what.value(part)[:-1]}, {part.verdict or 'not judged'})" for part in block.parts]
        told.append(f"By {block.by}: {'; '.join(parts)}.")
    return f"{what.metric} {verb} {size}{ends}, change {interval}. {' '.join(told)}"


def _called(part: Part) -> str:
    return f"own score of {part.name}" if part.kind == RATE else part.name


def _data(each: list[Any], shown: list[pd.DataFrame]) -> pd.DataFrame:
    """Every segment with its shares, scores and parts, in words, and the sums."""
    rows = []
    for one, segments in zip(each, shown, strict=True):
        by = list(one.by)
        for row in segments.to_dict("records"):
            name = " \u00b7 ".join(plain(row[column]) for column in by)
            rows.append(
                {
                    "Segment": f"{_by(one)[3:]}: {name}" if len(each) > 1 else name,
                    "n before, now": f"{words.count(row['n_before'])}, {words.count(row['n'])}",
                    "Share before, now": f"{words.percent(row['share_before'], 1)}, {words.percent(row['share'], 1)}",
                    f"{words.metric(one.metric)} before, now": f"{words.points(row['before'], 1)}, "
                    f"{words.points(row['estimate'], 1)}",
                    "Mix": words.points(row["mix"], 1),
                    "Own score": words.points(row["rate"], 1),
                    "Own score, interval": words.interval(row["rate_low"], row["rate_high"], "points", 1),
                }
            )
    table = pd.DataFrame(rows)
    totals = each[0].totals.set_index("part").estimate
    last = dict.fromkeys(table.columns, "")
    last |= {
        "Segment": "all",
        table.columns[3]: f"{words.points(totals['before'], 1)}, {words.points(totals['now'], 1)}",
    }
    if len(each) == 1:
        last |= {"Mix": words.points(totals["mix"], 1), "Own score": words.points(totals["rate"], 1)}
    return pd.concat([table, pd.DataFrame([last])], ignore_index=True)
