"""Single facts in words, said alike in the picture and in the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cxkit.charts.journey_map.facts import Facts
from cxkit.charts.journey_map.language import NBSP, known
from cxkit.charts.journey_map.measure import tidy


def score_of(facts: Facts, row: Any) -> str:
    """The score a comment came with, such as "2 of 5"."""
    if not known(row.score):
        return ""
    score = facts.say.score(row.score, 0 if float(row.score).is_integer() else 1)
    if not known(row.best):
        return score
    return facts.words["best"].format(score=score, best=facts.say.score(row.best, 0))


def side_of(facts: Facts, row: Any, whole: bool = False) -> str:
    """How many of the stage's scores lie on the side a comment was chosen from, such as "16 of 299 low"."""
    if not (known(row.alike) and known(row.n) and known(row.mood) and row.mood):
        return ""
    side, ends = "low" if row.mood < 0 else "high", ""
    if whole and known(row.least) and known(row.most):
        least, most = (facts.say.score(v, 0 if float(v).is_integer() else 1) for v in (row.least, row.most))
        ends = facts.words["ends"].format(least=least, most=most)
    words = facts.words[f"{side}_long" if whole else side]
    return words.format(k=facts.say.count(row.alike), n=facts.say.count(row.n), ends=ends)


def told(facts: Facts, row: Any, year: bool = True) -> list[str]:
    """When a comment was made, and its mark."""
    return [tidy(facts.say.date(row.said, year)), f"#{row.ref}" if row.ref else ""]


def by_impact(rows: Sequence[Any]) -> list[Any]:
    """Pain points of a stage, the heaviest first."""
    return sorted(rows, key=lambda row: -row.impact if known(row.impact) else 1.0)


def ranked(facts: Facts, row: Any) -> str:
    """The rank of a pain point in words, a range where it is not sure."""
    if not (known(row.rank_low) and known(row.rank_high)):
        return ""
    a, b = sorted((int(row.rank_low), int(row.rank_high)))
    return facts.words["rank" if a == b else "ranks"].format(a=a, b=b)


def pain_size(facts: Facts, row: Any, rung: int) -> str:
    """How many met a pain point times how far below the goal they score; higher rungs are shorter."""
    words = facts.words["pain" if known(row.gap) else "pain_n"][min(rung, 1)]
    gap = facts.gap(row.gap) if known(row.gap) else ""
    return words.format(n=facts.say.count(row.customers, rung >= 2), unit=facts.unit, gap=gap)


def owner_of(facts: Facts, row: Any, year: bool = True) -> str:
    """Who does it by when; without an owner that is said."""
    due = tidy(facts.say.date(row.due, year)).replace(" ", NBSP)
    return ", ".join(filter(None, (row.owner or facts.words["no_owner"], due)))


def slope_of(facts: Facts, row: Any, rung: int = 0) -> str:
    """How much of the outcome goes with a point of the score, with its limits; higher rungs are shorter."""
    if not known(row.slope):
        return ""
    size = max(abs(value) for value in (row.slope, row.low, row.high) if known(value))
    digits = 1 if size >= 1 else 2
    slope = facts.say.score(row.slope, digits, sign=True)
    if not (known(row.low) and known(row.high)):
        return f"{row.slope_unit} {slope}".strip()
    span = facts.say.limits(row.low, row.high, digits)
    return facts.words["slope"][rung].format(unit=row.slope_unit, slope=slope, span=span).strip()
