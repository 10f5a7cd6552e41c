"""Tables of a journey page: what hurts, what is repeated, what was handed over, what changed; each row with its n."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cxkit import words
from cxkit.markup import Block, h, visible
from cxkit.page.headline import need
from cxkit.page.tables import html_table, plain_table

if TYPE_CHECKING:
    import pandas as pd

_MOST = 12  # rows a page shows; a workbook gets all


def pain_table(pains: pd.DataFrame, *, caption: str = "What hurts most") -> Block:
    """Show the pain points: how many met each, how far below the goal it is, and the place it may take.

    Parameters
    ----------
    pains : DataFrame
        From `cxkit.journey.pain_points`.
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
    >>> row = dict(rank=1, rank_low=1, rank_high=2, touchpoint="delivery", stage="receive", customers=1858, n=400,
    ...     score=0.3, goal=1.0, gap=0.7, gap_low=0.55, gap_high=0.85, impact=1300.6, low=1022.0, high=1579.0)
    >>> print(pain_table(pd.DataFrame([row]), caption=""))
    Touchpoint       Score   Below the goal                  Customers × points Place
    delivery   +0.3, n 400 0.7 (0.6 to 0.8) 1,858 × 0.7: 1,301 (1,022 to 1,579)   1–2
    """
    need(pains, ("touchpoint", "customers", "n", "score", "gap", "gap_low", "gap_high", "impact"), "pain_table")
    columns: list[tuple[str, Callable[[Any], str]]] = [
        ("Touchpoint", lambda r: visible(r.touchpoint)),
        ("Score", lambda r: f"{words.number(r.score, 1, sign=True)}, n {words.count(r.n)}" if r.n else "not asked"),
        ("Below the goal", lambda r: with_limits(r.gap, r.gap_low, r.gap_high, "rating") if r.n else words.DASH),
        ("Customers \u00d7 points", _impact),
        ("Place", _place),
    ]
    return rows_table(pains, columns, caption, "pains", left=1)


def _impact(r: Any) -> str:
    if not np.isfinite(r.impact):
        return f"{words.count(r.customers)} met it"
    product = f"{words.count(r.customers)} \u00d7 {words.number(r.gap, 1)}: {words.count(r.impact)}"
    return f"{product} ({words.count(r.low)} to {words.count(r.high)})"


def _place(r: Any) -> str:
    if not np.isfinite(getattr(r, "rank_low", np.nan)):
        return words.DASH
    a, b = int(r.rank_low), int(r.rank_high)
    return str(a) if a == b else f"{a}\u2013{b}"


def rework_table(rework: pd.DataFrame, *, caption: str = "Touchpoints that come again") -> Block:
    """Show where customers go in circles.

    Parameters
    ----------
    rework : DataFrame
        From `cxkit.journey.rework`.
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
    >>> row = dict(touchpoint="basket", journeys=200, repeated=50, share=.25, low=.19, high=.31, in_a_row=20, returns=35,
    ...     extra_seconds=5400.0)
    >>> print(str(rework_table(pd.DataFrame([row]), caption="")).replace("\xa0", " "))
    Touchpoint Journeys       Comes again            How often First to last
    basket          200 25 % (19 to 31 %) 20 at once, 35 later         1.5 h
    """
    need(rework, ("touchpoint", "journeys", "repeated", "share", "low", "high"), "rework_table")
    columns = [
        ("Touchpoint", lambda r: visible(r.touchpoint)),
        ("Journeys", lambda r: words.count(r.journeys)),
        ("Comes again", lambda r: share_of(r.share, r.low, r.high)),
        ("How often", lambda r: f"{words.count(r.in_a_row)} at once, {words.count(r.returns)} later"),
        ("First to last", lambda r: words.duration(r.extra_seconds)),
    ]
    rows = rework[rework.repeated > 0].sort_values(["repeated", "touchpoint"], ascending=[False, True], kind="stable")
    return rows_table(rows, columns, caption, "rework", left=1, whole=rework)


def handover_table(handovers: pd.DataFrame, *, caption: str = "Cases handed over between channels") -> Block:
    """Show what a hand-over costs in score and in time.

    Parameters
    ----------
    handovers : DataFrame
        From `cxkit.journey.handovers`.
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
    >>> row = {"from": "chat", "to": "phone", "n": 50, "share": .33, "low": .26, "high": .41, "with_score": -.9, "with_n": 40,
    ...     "without_score": .8, "without_n": 80, "difference": -1.7, "difference_low": -2.1, "difference_high": -1.3,
    ...     "seconds_with": 172800.0, "seconds_without": 86400.0, "verdict": "clear"}
    >>> print(str(handover_table(pd.DataFrame([row]), caption="")).replace("\xa0", " "))
    From to                       Cases Score with, without          Difference Time with, without
    chat to phone 50: 33 % (26 to 41 %)          −0.9, +0.8 −1.7 (−2.1 to −1.3)           2 d, 1 d
    """
    need(handovers, ("from", "to", "n", "share", "difference", "verdict"), "handover_table")
    rows = handovers.rename(columns={"from": "start"})
    columns = [
        ("From to", lambda r: f"{visible(r.start)} to {visible(r.to)}"),
        ("Cases", lambda r: f"{words.count(r.n)}: {share_of(r.share, r.low, r.high)}"),
        ("Score with, without", lambda r: pair_of(r.with_score, r.without_score)),
        ("Difference", lambda r: with_limits(r.difference, r.difference_low, r.difference_high, "points", sign=True)),
        ("Time with, without", lambda r: f"{words.duration(r.seconds_with)}, {words.duration(r.seconds_without)}"),
    ]
    return rows_table(rows, columns, caption, "handovers", left=1, whole=handovers)


def change_table(
    changes: pd.DataFrame, *, before_name: str = "before", now_name: str = "now", caption: str = ""
) -> Block:
    """Show which touchpoints, steps and paths differ from the period before, surest first.

    Parameters
    ----------
    changes : DataFrame
        From `cxkit.journey.compare_journeys`.
    before_name, now_name : str
        How the two sides are called.
    caption : str

    Returns
    -------
    Block
        Of kind "table": the twelve that differ most surely, with how many were looked at.

    Raises
    ------
    UsageError
        If a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"what": "transition", "from": "checkout", "to": "order", "n": 700, "estimate": .62, "other_n": 650,
    ...     "other_estimate": .71, "difference": -.09, "difference_low": -.14, "difference_high": -.04, "p": .001,
    ...     "p_adjusted": .02, "looked": 20, "verdict": "clear"}
    >>> print(str(change_table(pd.DataFrame([row]), caption="")).replace("\xa0", " "))
    What                    n before, now                Change Verdict
    checkout → order 650, 700  71 %, 62 % −9 (−14 to −4) points   clear
    All 20 comparisons are allowed for.
    """
    need(changes, ("what", "from", "to", "estimate", "other_estimate", "difference", "p", "verdict"), "change_table")
    rows = changes[np.isfinite(changes.p)].sort_values(["p", "what", "from", "to"], kind="stable")
    rows = rows.rename(columns={"from": "start"})
    columns = [
        ("What", _what),
        ("n", lambda r: f"{words.count(r.other_n)}, {words.count(r.n)}"),
        (
            f"{visible(before_name)}, {visible(now_name)}",
            _levels,
        ),
        ("Change", lambda r: _points(r.difference, r.difference_low, r.difference_high)),
        ("Verdict", lambda r: visible(r.verdict)),
    ]
    looked = int(changes.looked.max()) if len(changes) else 0
    said = f"All {words.count(looked)} comparisons are allowed for." if looked > 1 else ""
    return rows_table(rows, columns, caption, "changes", left=1, whole=changes, below=said)


def _levels(r: Any) -> str:
    return ", ".join(words.levels(r.other_estimate, r.estimate, "share")[:2])


def _what(r: Any) -> str:
    start, to = visible(r.start), visible(r.to)
    if r.what == "touchpoint":
        return f"meets {start}"
    if r.what == "path" or not to:
        return start if "\u2192" in start else f"only {start}"
    return f"{start}: stop there" if to == "(end)" else f"{start} \u2192 {to}"


def moment_table(moments: pd.DataFrame, *, caption: str = "What goes with loyalty later") -> Block:
    """Show how much a better score at each stage goes with loyalty later.

    Parameters
    ----------
    moments : DataFrame
        From `cxkit.journey.moments_of_truth`.
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
    >>> row = dict(stage="receive", n=400, slope=1.4, low=1.0, high=1.8, verdict="clear", moment=True, outcome="NPS score",
    ...     outcome_unit="rating", p=.001)
    >>> print(str(moment_table(pd.DataFrame([row]), caption="")))
    Stage     n NPS score per point Verdict
    receive 400 +1.4 (+1.0 to +1.8)   clear
    """
    need(moments, ("stage", "n", "slope", "low", "high", "verdict", "outcome", "outcome_unit"), "moment_table")
    outcome = visible(moments.outcome.iloc[0]) if len(moments) else "Outcome"
    outcome = "Recommendation later (0 to 10)" if outcome == "loyalty" else outcome
    fixed = ", others held fixed" if int(np.isfinite(moments.slope.astype(float)).sum()) > 1 else ""
    columns = [
        ("Stage", lambda r: visible(r.stage)),
        ("n", lambda r: words.count(r.n)),
        (f"{outcome} per point{fixed}", _slope),
        ("Verdict", lambda r: visible(r.verdict) if np.isfinite(r.p) else "not judged"),
    ]
    return rows_table(moments, columns, caption, "moments", left=1)


def _slope(r: Any) -> str:
    if r.outcome_unit == "share":
        return _points(r.slope, r.low, r.high)
    return with_limits(r.slope, r.low, r.high, "points", sign=True)


def share_of(value: float, low: float, high: float) -> str:
    """A share with its limits; a digit more where it would look like nothing or like everything."""
    if not np.isfinite(value):
        return words.DASH
    digits = 1 if 0 < value < 0.005 or 0.995 <= value < 1 else 0
    return f"{words.percent(value, digits)} ({words.interval(low, high, 'share', digits)})"


def _points(value: float, low: float, high: float) -> str:
    """A difference of shares in percentage points."""
    digits = 0 if abs(value) >= 0.01 else 1
    return f"{words.points(100 * value, digits)} ({words.interval(100 * low, 100 * high, 'points', digits)}) points"


def with_limits(value: float, low: float, high: float, unit: str, sign: bool = False) -> str:
    if not np.isfinite(value):
        return words.DASH
    return f"{words.number(value, 1, sign)} ({words.interval(low, high, unit, 1)})"


def pair_of(one: float, other: float) -> str:
    return ", ".join(words.number(value, 1, sign=True) for value in (one, other))


def rows_table(
    frame: pd.DataFrame,
    columns: Sequence[tuple[str, Callable[[Any], str]]],
    caption: str,
    kind: str,
    *,
    left: int = 1,
    whole: pd.DataFrame | None = None,
    below: str = "",
    most: int = _MOST,
) -> Block:
    """Rows as a page shows them; the workbook gets the whole table, unrounded."""
    caption = visible(caption)
    shown = [[make(row) for _, make in columns] for row in frame.head(most).itertuples(index=False)]
    heads, side = [name for name, _ in columns], [k < left for k in range(len(columns))]
    rest = len(frame) - len(shown)
    said = " ".join(filter(None, [f"{words.plural(rest, 'more row')} not shown." if rest > 0 else "", below]))
    if not shown:
        return Block(
            "absent", h("p", "There is nothing to show here.", class_="mute"), "There is nothing to show here."
        )
    html = html_table(heads, shown, side, caption=caption)
    html = html + h("p", said, class_="small mute") if said else html
    plain = "\n".join(part for part in (caption, plain_table(heads, shown, side), said) if part)
    return Block("table", html, plain, sheets={caption or kind: frame if whole is None else whole})
