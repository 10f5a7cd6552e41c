"""Where it differs: segments against all other answers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from cxkit import words
from cxkit.errors import UsageError
from cxkit.findings.claims import Claim, evidence, signed, size
from cxkit.findings.level import level_of
from cxkit.frames import key_columns


def named(row: Any, by: Sequence[str]) -> str:
    """A segment as a reader knows it."""
    return " and ".join(_plain(row[name]) for name in by)


def _plain(value: Any) -> str:
    """A value as it was probably written: a whole number without decimals."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def column(by: Sequence[str]) -> str:
    """Segment columns in words."""
    return words.listing([str(name).replace("_", " ") for name in by])


def segments(tables: Sequence[pd.DataFrame], least: int) -> list[Claim]:
    """A claim for each segment that was compared with the rest.

    Raises
    ------
    UsageError
        If a table is no comparison with the rest.
    """
    claims = []
    for table in tables:
        if "difference" not in table.columns:
            raise UsageError(
                "headline: segments takes the tables of cxkit.survey.versus_rest(responses, by=...), one a segment column."
            )
        by = key_columns(table)
        rows = table[np.isfinite(table.p) & (table.n >= least)]
        if len(table) == len(rows) == 2:  # two segments are one comparison, told of the lower one
            rows = rows[rows.difference < 0] if (rows.difference < 0).any() else rows.head(1)
        claims += [_claim(row, by) for _, row in rows.iterrows()]
    return claims


def _claim(row: Any, by: Sequence[str]) -> Claim:
    name = named(row, by)
    proof = evidence("Difference", f"n {words.count(row.n)} and {words.count(row.other_n)}")
    gap = (float(row.difference), float(row.difference_low), float(row.difference_high))
    gain = float(row.get("gain", -gap[0]))  # what it would be worth to the total, not its distance alone, ranks it
    weight = gain if gain > 0 else -gain / 1000  # a segment above the rest comes after those below it
    return Claim(
        f"segment:{'+'.join(by)}={name}", "segment", row.metric, row.unit, int(row.n), *gap, level_of(row),
        float(row.p), partial(_tell, row=row, by=by), proof, test=str(row.method), table="versus_rest",
        size=weight if np.isfinite(weight) else 0.0,
        about=(column(by), name), digits=words.levels(row.estimate, row.other_estimate, row.unit)[2],
    )  # fmt: skip


def _tell(claim: Claim, row: Any, by: Sequence[str]) -> str:
    own, rest, digits = words.levels(row.estimate, row.other_estimate, claim.unit)
    side, perhaps = ("higher" if claim.estimate > 0 else "lower"), "probably " * (claim.verdict == "likely")
    return (
        f"By {column(by)}, \u201c{named(row, by)}\u201d {perhaps}scores {size(claim.estimate, claim.unit, digits)} {side} than "
        f"the rest ({own} against {rest})."
    )


def kinds(table: pd.DataFrame | None, least: int) -> list[Claim]:
    """A claim for each kind of survey, about its own change; from `cxkit.survey.change` by one column."""
    if table is None:
        return []
    by = key_columns(table)
    enough = (table[["n", "other_n"]] >= least).all(axis=1) & np.isfinite(table.p) & table[by].notna().all(axis=1)
    claims = []
    for _, row in table[enough].iterrows():
        name = named(row, by)
        gap = (float(row.difference), float(row.difference_low), float(row.difference_high))
        claims.append(
            Claim(
                f"kind:{name}", "kind", row.metric, row.unit, int(row.n), *gap, level_of(row), float(row.p),
                partial(_tell_kind, row=row, by=by), evidence("Change", f"n {words.count(row.other_n)} and {words.count(row.n)}"),
                test=str(row.method), table="change", size=abs(gap[0]), about=(column(by), name),
                digits=words.levels(row.estimate, row.other_estimate, row.unit)[2],
            )
        )  # fmt: skip
    return claims


def _tell_kind(claim: Claim, row: Any, by: Sequence[str]) -> str:
    now, then, digits = words.levels(row.estimate, row.other_estimate, claim.unit)
    verb, perhaps = ("rose" if claim.estimate > 0 else "fell"), "probably " * (claim.verdict == "likely")
    size_of = size(claim.estimate, claim.unit, digits)
    return f"By {column(by)}, \u201c{named(row, by)}\u201d {perhaps}{verb} {size_of}, from {then} to {now}."


def undecided(tables: Sequence[pd.DataFrame], claims: Sequence[Claim]) -> list[Claim]:
    """One line for the segment columns in which nothing can be told apart."""
    told = {claim.about[0] for claim in claims if claim.verdict != "too early"}
    quiet = [table for table in tables if column(key_columns(table)) not in told and np.isfinite(table.p).sum() >= 2]
    if not quiet:
        return []
    names = words.listing([column(key_columns(table)) for table in quiet])
    widest = max((row for table in quiet for _, row in table.iterrows() if np.isfinite(row.p)), key=_distance)
    fixed = {"test": str(widest.method), "table": "versus_rest", "verdict": "too early"}
    gap = (float(widest.difference), float(widest.difference_low), float(widest.difference_high))
    return [
        Claim(
            "spread", "spread", widest.metric, widest.unit, int(widest.n + widest.other_n), *gap, level_of(widest),
            np.nan, lambda claim: f"Segments by {names} cannot be told apart yet.", partial(_widest, row=widest), **fixed,
        )
    ]  # fmt: skip


def _distance(row: Any) -> float:
    return abs(float(row.difference))


def _widest(claim: Claim, row: Any) -> str:
    return (
        f"Widest difference from the rest {signed(row.difference, claim.unit)}; n {words.count(row.n)} and "
        f"{words.count(row.other_n)}."
    )
