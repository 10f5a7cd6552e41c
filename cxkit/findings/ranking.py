"""From settled claims to the table of findings: what is muted, the order, and the columns every page shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from cxkit.errors import UsageError, suggest
from cxkit.findings.claims import Claim
from cxkit.stats.compare import VERDICTS

COLUMNS = {
    "rank": "int64", "id": "str", "kind": "str", "verdict": "str", "sentence": "str", "evidence": "str", "metric": "str",
    "unit": "str", "n": "int64", "estimate": "float64", "low": "float64", "high": "float64", "p": "float64",
    "p_adjusted": "float64", "looked": "int64", "by": "str", "value": "str", "test": "str", "table": "str", "muted": "bool",
}  # fmt: skip


def muted_names(mute: str | Sequence[str], kinds: Sequence[str]) -> list[str]:
    """The names of muted findings, each checked to begin with a kind of finding.

    Raises
    ------
    UsageError
        If one does not.
    """
    names = mute.split(";") if isinstance(mute, str) else list(mute)
    names = [str(name).strip() for name in names if str(name).strip()]
    for name in names:
        kind = name.split(":", 1)[0].strip()
        if kind not in kinds:
            raise UsageError(
                f"mute: {name!r} is no finding.{suggest(kind, kinds)} Write the id of a finding or the beginning of one, "
                f"such as {kinds[0]} or segment:plan=basic."
            )
    return names


def is_muted(names: Sequence[str]) -> Callable[[Claim], bool]:
    """A test whether a claim is one of those that were muted."""

    def check(claim: Claim) -> bool:
        return any(claim.id == name or claim.id.startswith((f"{name}:", f"{name}=")) for name in names)

    return check


def judgements(judged: Mapping[str, Sequence[Claim]]) -> dict[str, dict[str, Any]]:
    """Estimate, limits and verdict of every claim that was judged, by its id."""
    names = ("estimate", "low", "high", "p_adjusted", "looked", "verdict")
    return {claim.id: {name: getattr(claim, name) for name in names} for claims in judged.values() for claim in claims}


def findings_table(claims: Sequence[Claim], muted: Sequence[str], kinds: Sequence[str]) -> pd.DataFrame:
    """The findings in order: muted ones last, the first kind first, then by verdict and in the order of the kinds."""
    check = is_muted(muted)

    def order_of(c: Claim) -> tuple:
        return check(c), c.kind != kinds[0], VERDICTS.index(c.verdict), kinds.index(c.kind), -c.size

    rows = [
        {
            **{name: getattr(claim, name) for name in COLUMNS if hasattr(claim, name)},
            "rank": rank, "sentence": claim.tell(claim), "evidence": claim.proof(claim), "muted": check(claim),
            "by": claim.about[0] if claim.about else "", "value": claim.about[1] if claim.about else "",
        }
        for rank, claim in enumerate(sorted(claims, key=order_of), 1)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
