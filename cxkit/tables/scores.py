"""What the answers say about their scale. Told, never assumed: the metric that counts them names its scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cxkit.tables.health import ColumnHealth
from cxkit.tables.log import Log
from cxkit.tables.ratings import NOT_APPLICABLE
from cxkit.words import count, plural

_ABOVE = "count(*) FILTER (WHERE score > 10), max(CASE WHEN score <= 10 THEN score END)"
_STATS = "count(score), min(score), max(score)"


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
    codes = known_codes(asked)
    counted = [f"count(*) FILTER (WHERE ({value}) = {code!r})" for code in codes]
    rest = f"CASE WHEN ({value}) NOT IN ({', '.join(map(repr, codes))}) THEN ({value}) END"
    low, high, *counts = base.aggregate(f"min({rest}), max({rest}), {', '.join(counted)}").fetchall()[0]
    found = found_codes(asked, low, high, counts, log)
    if not found:
        return value
    return f"CASE WHEN ({value}) IN ({', '.join(map(repr, found))}) THEN NULL ELSE ({value}) END"


def known_codes(asked: tuple) -> list[float]:
    """The usual codes and the caller's, in order."""
    return sorted({float(code) for code in asked if _is_number(code)} | set(NOT_APPLICABLE))


def found_codes(asked: tuple, low: float | None, high: float | None, counts: Sequence[int], log: Log) -> list[float]:
    """The codes to read as missing, given the range of all other scores and the count of each code; said."""
    own = {float(code) for code in asked if _is_number(code)}
    usual = low is not None and low >= 0 and high <= 10
    found = {code: n for code, n in zip(known_codes(asked), counts, strict=True) if n and (usual or code in own)}
    if found:
        said = ", ".join(f"{plural(n, 'time')} {code:g}" for code, n in found.items()).replace("-", "−")
        log.repaired(f"Codes for 'not applicable' in 'score' read as missing: {said}.")
    return list(found)


def _is_number(code: Any) -> bool:
    try:
        float(code)
    except (TypeError, ValueError):
        return False
    return True


def describe(relation: Any, survey: str, size: int, score: ColumnHealth, log: Log) -> None:
    """Note which scale the answers show, for each survey if there are several.

    Parameters
    ----------
    relation : DuckDBPyRelation
        The rows kept, with a column `score`.
    survey : str
        The column that names the survey, quoted; empty if there is none.
    size : int
        How many rows there are.
    score : ColumnHealth
        What is known of the scores.
    log : Log
        Takes the notes.
    """
    broken = "score <> floor(score)"
    if score.low is not None and relation.filter(broken).limit(1).fetchall():  # mostly found or ruled out at once
        n = relation.filter(broken).aggregate("count(*)").fetchall()[0][0]
        log.caution(f"{plural(n, 'score')} {'is' if n == 1 else 'are'} not whole.")
    within = score.high is None or score.high <= 10  # then nothing lies above 10, and asking would double the work
    groups: list[tuple] = []
    if survey:
        stats = _STATS if within else f"{_STATS}, {_ABOVE}"
        groups = [
            (*row, 0, row[3]) if within else row for row in relation.aggregate(f"{survey}, {stats}", survey).fetchall()
        ]
    if not 1 < len(groups) <= 12:
        above = (0, score.high) if within else relation.aggregate(_ABOVE).fetchall()[0]
        groups = [("", size - (score.missing or 0), score.low, score.high, *above)]
    for name, *stats in sorted(groups, key=lambda row: str(row[0])):
        say_scale(f"of the survey '{name}' " if name else "", stats, log)


def say_scale(whose: str, stats: Sequence, log: Log) -> None:
    """Note what a range of scores says of the scale.

    Parameters
    ----------
    whose : str
        Words for the survey, or empty.
    stats : sequence
        Count, least, greatest, count above 10, greatest up to 10.
    log : Log
        Takes the note.
    """
    n, low, high, above, within = stats
    if not n:
        return
    run = f"Scores {whose}run from {low:g} to {high:g}".replace("-", "−")
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
