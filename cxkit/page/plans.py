"""Tables about the intended journey and about who the customers are: stages, deviations, removal effects, personas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cxkit import words
from cxkit.markup import Block, visible
from cxkit.page.headline import need
from cxkit.page.journeys import rows_table, share_of, step_words

if TYPE_CHECKING:
    import pandas as pd

_NAMED = 6  # touchpoints of a goal that a caption names


def stage_table(stages: Any, *, caption: str = "") -> Block:
    """Show the stages: their touchpoints, who owns them, and what is aimed at.

    Parameters
    ----------
    stages : Journey
        From `cxkit.journey.stages_for`.
    caption : str
        Empty: where the stages are from.

    Returns
    -------
    Block
        Of kind "table".

    Raises
    ------
    UsageError
        If it is no journey.

    Examples
    --------
    >>> from cxkit.journey import read_journey
    >>> print(str(stage_table(read_journey("sample:journey"))).splitlines()[2])
    discover               visit                          Marketing     not set
    """
    import pandas as pd

    rows = pd.DataFrame(
        [
            (
                s.name,
                ", ".join(s.touchpoints),
                s.owner or "nobody",
                s.goal_text or "not set",
                "beside the way" if s.side else "",
            )
            for s in stages.stages
        ],
        columns=["stage", "touchpoints", "owner", "goal", "place"],
    )
    columns = [
        ("Stage", lambda r: visible(r.stage) + f" ({r.place})" * bool(r.place)),
        ("Touchpoints", lambda r: visible(r.touchpoints)),
        ("Owner", lambda r: visible(r.owner)),
        ("Goal", lambda r: visible(r.goal)),
    ]
    where = f"Stages as in {stages.source}" if not stages.proposed else f"Stages as proposed: {stages.source}"
    return rows_table(rows, columns, caption or where, "stages", left=4)


def deviation_table(found: pd.DataFrame, *, of: str = "journey", caption: str = "As intended, and where not") -> Block:
    """Show how many go as intended, where others leave the way, and what goes with it.

    Parameters
    ----------
    found : DataFrame
        From `cxkit.journey.conformance`.
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
    >>> row = {"kind": "skipped", "from": "visit", "to": "order", "n": 50, "share": .33, "low": .26, "high": .41,
    ...     "with_score": .2, "with_n": 40, "without_score": .8, "without_n": 80, "difference": -.6, "difference_low": -.9,
    ...     "difference_high": -.3, "seconds_with": 172800.0, "seconds_without": 86400.0, "verdict": "clear"}
    >>> print(str(deviation_table(pd.DataFrame([row]), caption="")).replace("\\xa0", " ").splitlines()[1])
    go from visit to order, skipping the stages between 50: 33 % (26 to 41 %)      +0.2 (40)         +0.8 (80)   clear
    """
    scores = ("with_score", "with_n", "without_score", "without_n")
    need(found, ("kind", "from", "to", "n", "share", *scores, "verdict"), "deviation_table")
    rows = found.rename(columns={"from": "start"})
    columns = [
        ("What they do", _deviation),
        (f"{words.capital(visible(of))}s", lambda r: f"{words.count(r.n)}: {share_of(r.share, r.low, r.high)}"),
        ("Score with (n)", lambda r: _score(r.with_score, r.with_n)),
        ("Score without (n)", lambda r: _score(r.without_score, r.without_n)),
        ("Differs", lambda r: visible(r.verdict) or words.DASH),
    ]
    return rows_table(rows, columns, caption, "conformance", left=1, whole=found)


def _score(value: float, n: float) -> str:
    """A mean score and how many answers it is of."""
    return f"{words.number(value, 1, sign=True)} ({words.count(n)})" if n and np.isfinite(value) else words.DASH


def _deviation(r: Any) -> str:
    """What customers do in place of what was intended, as one would say it."""
    start, to = (visible(place) if isinstance(place, str) else "" for place in (r.start, r.to))
    if r.kind == "on path":
        return "as intended, as far as they went"
    if r.kind == "not in the journey":
        return f"leave the journey for {to or start}"
    if r.kind == "back":
        return f"go back from {start} to {to}"
    before = "before" if start in words.START else "between"
    return step_words(start, to) + (f", skipping the stages {before}" if r.kind == "skipped" else ", not expected")


def removal_table(effects: pd.DataFrame, *, goal: Sequence[str] = (), stages: Any = None, caption: str = "") -> Block:
    """Show the removal effects beside the plain rates.

    Parameters
    ----------
    effects : DataFrame
        From `cxkit.journey.removal_effects`.
    goal : sequence of str
        The touchpoints that were its goal, to be named.
    stages : Journey, optional
        From `cxkit.journey.stages_for`: where the goal is a whole stage, it is called by the stage's name too.
    caption : str
        Empty: what the goal is.

    Returns
    -------
    Block
        Of kind "table", with the sentence that neither is causal.

    Raises
    ------
    UsageError
        If a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> row = dict(touchpoint="basket", effect=.6, low=.5, high=.7, rate_with=.4, rate_without=.1, customers_with=900)
    >>> print(str(removal_table(pd.DataFrame([row]), goal=["card", "cash"])).replace("\\xa0", " "))
    Ways to card or cash, by the touchpoints on them
    Touchpoint Met it before Success through it With it Without
    basket               900  60 % (50 to 70 %)    40 %    10 %
    Met it before: customers who met it before the goal. No column is a cause: customers who meet it differ from others.
    """
    need(
        effects, ("touchpoint", "effect", "low", "high", "rate_with", "rate_without", "customers_with"), "removal_table"
    )
    columns = [
        ("Touchpoint", lambda r: visible(r.touchpoint)),
        ("Met it before", lambda r: words.count(r.customers_with)),
        ("Success through it", lambda r: share_of(r.effect, r.low, r.high)),
        ("With it", lambda r: share_of(r.rate_with, np.nan, np.nan)),
        ("Without", lambda r: share_of(r.rate_without, np.nan, np.nan)),
    ]
    said = [
        "Met it before: customers who met it before the goal.",
        "No interval: no sample of the customers has another share." if effects.low.isna().any() else "",
        "No column is a cause: customers who meet it differ from others.",
    ]
    caption = caption or _ways(list(goal), stages)
    return rows_table(effects, columns, caption, "removal effects", left=1, below=" ".join(filter(None, said)))


def _ways(goal: list[str], stages: Any) -> str:
    """What the ways lead to: all touchpoints that count as the goal, by the name of their stage where they are one."""
    if not goal:
        return "What runs through each touchpoint"
    named, rest = [visible(name) for name in goal[:_NAMED]], len(goal) - _NAMED
    told = words.listing(named + [f"{words.count(rest)} more"] * (rest > 0), "or")
    own = [stage.name for stage in getattr(stages, "stages", ()) if len(goal) > 1 and {*goal} <= {*stage.touchpoints}]
    whole = f"{visible(own[0])} (any of {told})" if own else told
    return f"Ways to {whole}, by the touchpoints on them"


def persona_table(
    personas: Any, *, worth: str = "Spent each", caption: str = "Groups of customers by their journeys"
) -> Block:
    """Show the groups of customers that their journeys suggest, and how stable they are.

    Parameters
    ----------
    personas : Personas
        From `cxkit.journey.personas`.
    worth : str
        How the value is called, where customers have one.
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
    >>> from types import SimpleNamespace
    >>> row = dict(persona=1, name="Those who call", n=120, share=.1, low=.08, high=.12)
    >>> tried = pd.DataFrame({"k": [2], "strength": [0.93], "chosen": [True]})
    >>> found = SimpleNamespace(table=pd.DataFrame([row]), stability=tried)
    >>> print(str(persona_table(found, caption="")).replace("\\xa0", " ").splitlines()[1])
    Those who call 120: 10 % (8 to 12 %)
    """
    table = personas.table
    need(table, ("name", "n", "share", "low", "high"), "persona_table")
    columns = [
        ("Group", lambda r: visible(r.name)),
        ("Customers", lambda r: f"{words.count(r.n)}: {share_of(r.share, r.low, r.high)}"),
    ]
    if "touches" in table and "sessions" in table:
        columns.append(("Touches each", lambda r: f"{words.number(r.touches)} in {words.number(r.sessions)} visits"))
    if "value" in table and table["value"].notna().any():
        columns.append((visible(worth), lambda r: words.number(r.value, 0)))
    if "touchpoints" in table:
        columns.insert(1, ("Most touches", lambda r: visible(r.touchpoints)))
    tried = personas.stability
    chosen = tried[tried.chosen] if hasattr(tried, "chosen") else None
    strength = float(chosen.strength.iloc[0]) if chosen is not None and len(chosen) else float("nan")
    kept = "all" if strength > 1 - 1e-9 else f"at least {share_of(strength, np.nan, np.nan)} of the"
    anew = "Found anew in one half of the customers, the groups"
    said = f"{anew} keep together {kept} pairs of customers in each group of the other half."
    said = said if np.isfinite(strength) else ""
    return rows_table(table, columns, caption, "personas", left=2 if "touchpoints" in table else 1, below=said)
