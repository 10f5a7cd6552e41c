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
_SCALE = "\u22122 to +2, 2.5 points of 0 to 10"  # that all scores are brought to


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
    >>> print(str(pain_table(pd.DataFrame([row]), caption="")).replace("\xa0", " "))
    Touchpoint       Score          Against the goal                   Customers × points Place
    delivery   +0.3, n 400 0.70 below (0.55 to 0.85) 1,301 (1,022 to 1,579), 1,858 met it   1–2
    """
    need(pains, ("touchpoint", "customers", "n", "score", "gap", "gap_low", "gap_high", "impact"), "pain_table")
    columns: list[tuple[str, Callable[[Any], str]]] = [
        ("Touchpoint", lambda r: visible(r.touchpoint)),
        ("Score", lambda r: f"{words.number(r.score, 1, sign=True)}, n {words.count(r.n)}"),
        ("Against the goal", _from_goal),
        ("Customers \u00d7 points", _impact),
        ("Place", lambda r: place_of(r, words.DASH)),
    ]
    asked, silent = pains[pains.n > 0], pains[pains.n == 0]
    said = f"No answers about: {_met(silent)}." if len(silent) else ""
    return rows_table(asked, columns, caption, "pains", left=1, whole=pains, below=said)


def _from_goal(r: Any) -> str:
    """How far below or above its goal a score lies; the limits are on the same side, so a minus means the other."""
    if not np.isfinite(r.gap):
        return "no goal"
    side, sign, ends = ("below", 1, (r.gap_low, r.gap_high)) if r.gap > 0 else ("above", -1, (-r.gap_high, -r.gap_low))
    return f"{words.number(sign * r.gap, 2)} {side} ({words.interval(*ends, 'rating', 2)})"


def _impact(r: Any) -> str:
    """The product that ranks a pain; what lies above its goal has none."""
    met = f"{words.count(r.customers)}\u00a0met it"
    if not np.isfinite(r.impact) or r.impact <= 0:
        return met
    return f"{words.count(r.impact)} ({words.count(r.low)} to {words.count(r.high)}), {met}"


def _met(rows: pd.DataFrame) -> str:
    """Touchpoints with the customers who met them, the most first."""
    rows = rows.sort_values(["customers", "touchpoint"], ascending=[False, True], kind="stable")
    told = [f"{visible(r.touchpoint)} ({words.count(r.customers)} met it)" for r in rows.head(_MOST).itertuples()]
    return words.listing(told + [f"{words.count(len(rows) - _MOST)} more"] * (len(rows) > _MOST))


def place_of(r: Any, between: str) -> str:
    """The range of places a pain may take."""
    if not np.isfinite(getattr(r, "rank_low", np.nan)):
        return words.DASH
    a, b = int(r.rank_low), int(r.rank_high)
    return str(a) if a == b else f"{a}{between}{b}"


def rework_table(rework: pd.DataFrame, *, of: str = "journey", caption: str = "Touchpoints that come again") -> Block:
    """Show where customers go in circles.

    Parameters
    ----------
    rework : DataFrame
        From `cxkit.journey.rework`.
    of : str
        What a journey is in it, such as "customer" or "visit".
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
        (f"{words.capital(visible(of))}s", lambda r: words.count(r.journeys)),
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
    From to                       Cases Score with and without          Difference Time with and without
    chat to phone 50: 33 % (26 to 41 %)      −0.9 against +0.8 −1.7 (−2.1 to −1.3)       2 d against 1 d
    """
    need(handovers, ("from", "to", "n", "share", "difference", "verdict"), "handover_table")
    rows = handovers.rename(columns={"from": "start"})
    columns = [
        ("From to", lambda r: f"{visible(r.start)} to {visible(r.to)}"),
        ("Cases", lambda r: f"{words.count(r.n)}: {share_of(r.share, r.low, r.high)}"),
        ("Score with and without", _scores),
        ("Difference", lambda r: with_limits(r.difference, r.difference_low, r.difference_high, "points", sign=True)),
        ("Time with and without", lambda r: against(*map(words.duration, (r.seconds_with, r.seconds_without)))),
    ]
    return rows_table(rows, columns, caption, "handovers", left=1, whole=handovers)


def _scores(r: Any) -> str:
    return against(*(words.number(value, 1, sign=True) for value in (r.with_score, r.without_score)))


def against(one: str, other: str) -> str:
    """Two values held against each other; a dash where neither is known."""
    return words.DASH if one == other == words.DASH else f"{one} against {other}"


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
    What                      before, % (n) now, % (n)       Change, points Verdict
    go from checkout to order    71.0 (650) 62.0 (700) −9.0 (−14.0 to −4.0)   clear
    All 20 comparisons are allowed for. n: customers, visits, or touches that a share is of.
    """
    need(changes, ("what", "from", "to", "estimate", "other_estimate", "difference", "p", "verdict"), "change_table")
    rows = changes[np.isfinite(changes.p)].sort_values(["p", "what", "from", "to"], kind="stable")
    rows = rows.rename(columns={"from": "start"})
    columns = [
        ("What", _what),
        (f"{visible(before_name)}, % (n)", lambda r: _level(r.other_estimate, r.other_n)),
        (f"{visible(now_name)}, % (n)", lambda r: _level(r.estimate, r.n)),
        ("Change, points", lambda r: _points(r.difference, r.difference_low, r.difference_high)),
        ("Verdict", lambda r: visible(r.verdict)),
    ]
    looked = int(changes.looked.max()) if len(changes) else 0
    said = f"All {words.count(looked)} comparisons are allowed for. " if looked > 1 else ""
    said += "n: customers, visits, or touches that a share is of."
    return rows_table(rows, columns, caption, "changes", left=1, whole=changes, below=said)


def _level(share: float, n: float) -> str:
    """A share in percent without its sign, which stands in the head, and what it is of."""
    return f"{words.number(100 * share, 1)} ({words.count(n)})"


def _points(value: float, low: float, high: float) -> str:
    """A difference of shares in percentage points, all with one decimal."""
    return f"{words.points(100 * value, 1)} ({words.interval(100 * low, 100 * high, 'points', 1)})"


def _what(r: Any) -> str:
    """What customers do, as one would say it: of customers, of visits, or of the touches of the touchpoint it goes out from."""
    start, to = visible(r.start), visible(r.to)
    if r.what == "touchpoint":
        return f"customers who meet {start}"
    if r.what == "path":
        return f"visits that go {start}" if "\u2192" in start else f"visits that are only: {start}"
    return step_words(start, to)


def step_words(start: str, to: str) -> str:
    """A step of the journey, or an end of it, as a thing to do.

    >>> step_words("checkout", "order"), step_words("(start)", "renew"), step_words("visit", "(end)")
    ('go from checkout to order', 'begin at renew', 'stop after visit')
    """
    if start in words.START:
        return f"begin at {to}"
    return f"stop after {start}" if to in words.NOTHING else f"go from {start} to {to}"


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
    Stage     n  NPS score per step Verdict
    receive 400 +1.4 (+1.0 to +1.8)   clear
    n: customers who scored the stage and have the outcome later. A step is one of the scale from −2 to +2, 2.5 points of 0 to 10.
    """
    need(moments, ("stage", "n", "slope", "low", "high", "verdict", "outcome", "outcome_unit"), "moment_table")
    outcome = visible(moments.outcome.iloc[0]) if len(moments) else "Outcome"
    outcome = "Recommendation later (0 to 10)" if outcome == "loyalty" else outcome
    fixed = ", others held fixed" if int(np.isfinite(moments.slope.astype(float)).sum()) > 1 else ""
    columns = [
        ("Stage", lambda r: visible(r.stage)),
        ("n", lambda r: words.count(r.n)),
        (f"{outcome} per step{fixed}", _slope),
        ("Verdict", lambda r: visible(r.verdict) if np.isfinite(r.p) else "not judged"),
    ]
    later = "said later whether they recommend" if outcome.startswith("Recommendation") else "have the outcome later"
    said = f"n: customers who scored the stage and {later}. A step is one of the scale from {_SCALE}."
    return rows_table(moments, columns, caption, "moments", left=1, below=said)


def _slope(r: Any) -> str:
    if r.outcome_unit == "share":
        return f"{_points(r.slope, r.low, r.high)} points"
    return with_limits(r.slope, r.low, r.high, "points", sign=True)


def share_of(value: float, low: float, high: float) -> str:
    """A share with its limits, where it has some; a digit more where it would look like nothing or like everything."""
    if not np.isfinite(value):
        return words.DASH
    value, low, high = (round(float(each), 6) for each in (value, low, high))  # 1 less the last bit is 1
    digits = 1 if 0 < value < 0.005 or 0.995 <= value < 1 else 0
    limits = words.interval(low, high, "share", digits)
    return words.percent(value, digits) + (f" ({limits})" if limits != words.DASH else "")


def with_limits(value: float, low: float, high: float, unit: str, sign: bool = False) -> str:
    if not np.isfinite(value):
        return words.DASH
    return f"{words.number(value, 1, sign)} ({words.interval(low, high, unit, 1)})"


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
