"""Scores written with their labels: "9 - Very likely", "10 = extremely likely", "5 stars", "★★★★☆", "8/10"."""

from __future__ import annotations

from collections.abc import Mapping

from cxkit.frames import literal
from cxkit.words import plural

_LABEL = r"[-+]?[0-9]{1,3}(\s*[-–—=:.)\]]\s*|\s+|\s*\()[^0-9]*"
_OF = r"([0-9]{1,3})\s*(?:/|out of|of|sur|von|de|su|van|av)\s*([0-9]{1,3})"
_STARS = "[★⭐🌟✭✮\ufe0f]+[☆✩]*"

#: Codes that survey tools write for "does not apply"; read as such only where no other answer lies above 10.
NOT_APPLICABLE = (-1.0, 98.0, 99.0)


def labels_sql(name: str) -> str:
    """Aggregate: how many values are bare, labelled, out of something, stars, or none of these."""
    return (
        "histogram(CASE "
        f"WHEN {name} IS NULL THEN NULL "
        f"WHEN regexp_full_match({name}, '[-+]?[0-9]+') THEN 'bare' "
        f"WHEN regexp_full_match({name}, {literal(_OF)}, 'i') "
        f"THEN 'of ' || regexp_extract({name}, {literal(_OF)}, 2, 'i') "
        f"WHEN regexp_full_match({name}, {literal(_LABEL)}) THEN 'label' "
        f"WHEN regexp_full_match({name}, {literal(_STARS)}) THEN 'stars' ELSE 'rest' END)"
    )


def label_number_sql(name: str) -> str:
    """The number of a labelled score."""
    filled = f"length(regexp_replace({name}, '[^★⭐🌟✭✮]', '', 'g'))"
    return (
        f"CASE WHEN regexp_full_match({name}, {literal(_STARS)}) THEN CAST({filled} AS DOUBLE) "
        f"ELSE TRY_CAST(regexp_extract({name}, '^[-+]?[0-9]+') AS DOUBLE) END"
    )


def labelled(counts: Mapping[str, int]) -> list[str] | None:
    """What to say of a labelled column, or None if it is not one that reads one way only."""
    out_of = sorted(form for form in counts if form.startswith("of "))
    if counts.get("rest") or len(out_of) > 1 or (out_of and counts.get("stars")):
        return None
    said = []
    if counts.get("label"):
        said.append(f"{plural(counts['label'], 'score')} written with a label, read by the number in front.")
    if counts.get("stars"):
        said.append(f"{plural(counts['stars'], 'score')} written as stars, read as the count of filled stars.")
    if out_of:
        said.append(f"{plural(counts[out_of[0]], 'score')} written as x {out_of[0]}, read as x.")
    return said or None
