"""What linking gives back: answers with their touches, and what could not be linked, by cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from cxkit import words

if TYPE_CHECKING:
    import pandas as pd

#: Ends of the common scale.
LOW, HIGH = -2.0, 2.0


@dataclass(frozen=True, eq=False)
class Linked:
    """Answers with the touches they are about.

    Attributes
    ----------
    table : DataFrame
        One row an answer that found its touch, by time of the answer: customer_id, responded_at, survey, score (as
        given), scaled (-2 to 2, high is good; missing without a score), touchpoint, stage, channel, touched_at (of the
        touch), how (the column that led to it: a key, or "touchpoint"), comment, the keys the answers have, and the
        further columns asked for.
    answers : int
        Answers looked at: rows of the table plus all losses.
    losses : tuple of (str, int)
        Answers without a touch, by cause, the most frequent first.
    scales : mapping of str to (int, int)
        Ends of the scale of each survey.
    turned : tuple of str
        Surveys whose high answers are bad; their scores are turned round in `scaled`.
    rules : str
        The rules of the join in words.
    """

    table: pd.DataFrame
    answers: int
    losses: tuple[tuple[str, int], ...]
    scales: Mapping[str, tuple[int, int]]
    turned: tuple[str, ...] = ()
    rules: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "scales", MappingProxyType(dict(self.scales)))

    @property
    def said(self) -> str:
        """What was linked and what was not, for a `method` column."""
        by = self.table["how"].value_counts()
        ways = ", ".join(f"{words.count(by[way])} by {way}" for way in sorted(by.index))
        parts = [f"{words.count(len(self.table))} of {words.plural(self.answers, 'answer')} linked to a touch"]
        if ways:
            parts[0] += f" ({ways})"
        parts += [f"{words.count(n)} not: {cause}" for cause, n in self.losses]
        return "; ".join([self.rules, *parts] if self.rules else parts)

    @property
    def scaling(self) -> str:
        """How scores became points of -2 to +2, for a `method` column."""
        each = [
            f"{name} {low}-{high}" + (" (high is bad: turned round)" if name in self.turned else "")
            for name, (low, high) in sorted(self.scales.items())
        ]
        return f"scores of {words.listing(each)} rescaled to −2 to +2" if each else "no scores"
