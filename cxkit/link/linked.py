"""What linking gives back: answers with their touches, and what could not be linked, by cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    whole : mapping of str to int
        How many answers were linked by each column, where the table holds only some of them (`limited`).
    only : str
        What the table is limited to, in words.
    """

    table: pd.DataFrame
    answers: int
    losses: tuple[tuple[str, int], ...]
    scales: Mapping[str, tuple[int, int]]
    turned: tuple[str, ...] = ()
    rules: str = ""
    whole: Mapping[str, int] | None = None
    only: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "scales", MappingProxyType(dict(self.scales)))

    def limited(self, table: pd.DataFrame, to: str) -> Linked:
        """Only some of the linked answers; what is said of the join stays that of all.

        Parameters
        ----------
        table : DataFrame
            Rows of this one.
        to : str
            Which, in words, such as "about touches of Q3 2026".
        """
        only = f"{self.only} and {to}" if self.only else to
        return replace(self, table=table.reset_index(drop=True), whole=self._ways, only=only)

    @property
    def _ways(self) -> Mapping[str, int]:
        """Linked answers by the column that led to their touch."""
        if self.whole is not None:
            return self.whole
        by = self.table["how"].value_counts()
        return {way: int(by[way]) for way in sorted(by.index)}

    @property
    def said(self) -> str:
        """What was linked and what was not, for a `method` column."""
        ways = ", ".join(f"{words.count(n)} by {way}" for way, n in self._ways.items())
        linked = sum(self._ways.values())
        parts = [f"{words.count(linked)} of {words.plural(self.answers, 'answer')} linked to a touch"]
        if ways:
            parts[0] += f" ({ways})"
        parts += [f"{words.count(n)} not: {cause}" for cause, n in self.losses]
        if self.only:
            parts.append(f"here {words.count(len(self.table))} of the {words.count(linked)}: {self.only}")
        return "; ".join([self.rules, *parts] if self.rules else parts)

    @property
    def scaling(self) -> str:
        """How scores became points of -2 to +2, for a `method` column."""
        each = [
            f"{name} {low}-{high}" + (" (high is bad: turned round)" if name in self.turned else "")
            for name, (low, high) in sorted(self.scales.items())
        ]
        return f"scores of {words.listing(each)} rescaled to −2 to +2" if each else "no scores"
