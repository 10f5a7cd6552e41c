"""What the answers say about their scale. Told, never assumed: the metric that counts them names its scale."""

from __future__ import annotations

from typing import Any

from cxkit.tables.log import Log
from cxkit.tables.ratings import NOT_APPLICABLE
from cxkit.words import count, plural

_STATS = (
    "count({0}), min({0}), max({0}), count(*) FILTER (WHERE {0} <> floor({0})), count(*) FILTER (WHERE {0} > 10), "
    "max(CASE WHEN {0} <= 10 THEN {0} END)"
)


def not_applicable(value: str, base: Any, asked: tuple, log: Log) -> str:
    """The score without the codes that mean "does not apply"; said with counts.

    The usual codes (98, 99, -1) count as such only where all other answers lie within 0 to 10. Codes that the caller
    names always do.

    Parameters
    ----------
    value : str
        SQL of the score.
    base : DuckDBPyRelation
        The rows that it reads from.
    asked : tuple
        The caller's codes.
    log : Log
        Takes what was done.
    """
    own = {float(code) for code in asked if _is_number(code)}
    codes = sorted(own | set(NOT_APPLICABLE))
    listed = ", ".join(repr(code) for code in codes)
    counted = [f"count(*) FILTER (WHERE ({value}) = {code!r})" for code in codes]
    rest = f"CASE WHEN ({value}) NOT IN ({listed}) THEN ({value}) END"
    low, high, *counts = base.aggregate(f"min({rest}), max({rest}), {', '.join(counted)}").fetchall()[0]
    usual = low is not None and low >= 0 and high <= 10
    found = {code: n for code, n in zip(codes, counts, strict=True) if n and (usual or code in own)}
    if not found:
        return value
    said = ", ".join(f"{count(n)} times {code:g}" for code, n in found.items()).replace("-", "−")
    log.repaired(f"Codes for 'not applicable' in 'score' read as missing: {said}.")
    return f"CASE WHEN ({value}) IN ({', '.join(repr(code) for code in found)}) THEN NULL ELSE ({value}) END"


def _is_number(code: Any) -> bool:
    try:
        float(code)
    except (TypeError, ValueError):
        return False
    return True


def describe(relation: Any, score: str, survey: str, log: Log) -> None:
    """Note which scale the answers show, for each survey if there are several.

    Parameters
    ----------
    relation : DuckDBPyRelation
        The rows kept.
    score, survey : str
        Its columns, quoted; survey empty if there is none.
    log : Log
        Takes the notes.
    """
    groups: list[tuple] = [("", *relation.aggregate(_STATS.format(score)).fetchall()[0])]
    if survey:
        found = relation.aggregate(f"{survey}, {_STATS.format(score)}", survey).fetchall()
        if 1 < len(found) <= 12:
            groups = sorted(found, key=lambda row: str(row[0]))
    for name, *stats in groups:
        _describe(f"of the survey '{name}' " if name else "", stats, log)


def _describe(whose: str, stats: list, log: Log) -> None:
    n, low, high, broken, above, within = stats
    if not n:
        return
    run = f"Scores {whose}run from {low:g} to {high:g}".replace("-", "−")
    if broken:
        log.caution(f"{plural(broken, 'score')} {whose}{'is' if broken == 1 else 'are'} not whole.")
    if above and within is not None and above < n / 10:
        log.caution(f"{run}; {count(above)} of {count(n)} lie above 10. Check them if the scale was 0 to 10.")
    elif low < 0 or high > 10:
        log.said(f"{run}: not a 0-10 scale.")
    elif low == 0 and high == 10:
        log.said(f"{run}.")
    elif low == 0:
        log.caution(f"{run}: no answer is 10. Check that the scale was 0 to 10 before counting a 0-10 NPS.")
    elif high > 7:
        log.caution(
            f"{run}. No answer is 0: if the scale was 1 to 10, this is not comparable with a 0-10 NPS "
            "(say scale='1-10')."
        )
    else:
        scale = "1-5" if high <= 5 else "1-7"
        log.said(f"{run}, as on a {scale} scale; the 0-10 rule of NPS does not apply to it.")
