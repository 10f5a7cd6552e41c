"""What linking gives back: answers with their touches, and what could not be linked, by cause."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from cxkit import words

if TYPE_CHECKING:
    import pandas as pd

#: Ends of the common scale.
LOW, HIGH = -2.0, 2.0

#: What became of an answer that found its touch.
JOINED = "joined"

#: Why an answer has no touch: before there were events; and where it speaks of no touchpoint of the events at all.
BEFORE_ALL = "given before the first event"
NOTHING_TO_GO_BY, NEVER = "no key and no touchpoint", "its touchpoint never occurs in the events"


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
    missed : DataFrame or None
        The answers behind the losses: customer_id, responded_at, cause.
    given : tuple of (str, int)
        Answers given in the time the table is limited to, by what became of them (`became`); empty: not counted.
    """

    table: pd.DataFrame
    answers: int
    losses: tuple[tuple[str, int], ...]
    scales: Mapping[str, tuple[int, int]]
    turned: tuple[str, ...] = ()
    rules: str = ""
    whole: Mapping[str, int] | None = None
    only: str = ""
    missed: pd.DataFrame | None = None
    given: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "scales", MappingProxyType(dict(self.scales)))

    def limited(self, table: pd.DataFrame, to: str, given: tuple[tuple[str, int], ...] = ()) -> Linked:
        """Only some of the linked answers; what is said of the join stays that of all.

        Parameters
        ----------
        table : DataFrame
            Rows of this one.
        to : str
            Which, in words, such as "about touches of Q3 2026".
        given : tuple of (str, int)
            What became of the answers given in that time, from `became`.

        Returns
        -------
        Linked
        """
        only = f"{self.only} and {to}" if self.only else to
        return replace(self, table=table.reset_index(drop=True), whole=self._ways, only=only, given=given)

    def became(
        self, first: date | None = None, last: date | None = None, among: Callable[[Any], np.ndarray] | None = None
    ) -> tuple[tuple[str, int], ...]:
        """What became of the answers given from one day to another, both included?

        Parameters
        ----------
        first, last : date, optional
            Without them all count that were not given before the first event.
        among : function, optional
            From ids of customers to whether they count; without it all do.

        Returns
        -------
        tuple of (str, int)
            "joined" first, then why others were not, the most frequent first.
        """
        joined = self.table[["customer_id", "responded_at"]].assign(cause=JOINED)
        counts: dict[str, int] = {}
        for rows in (joined, self.missed):
            if rows is None or not len(rows):
                continue
            inside = (rows["cause"] != BEFORE_ALL).to_numpy()
            if first is not None and last is not None:
                at = rows["responded_at"].to_numpy()
                inside = (at >= np.datetime64(first)) & (at < np.datetime64(last + timedelta(days=1)))
            if among is not None:
                inside = inside & among(rows["customer_id"])
            counts |= {str(cause): int(n) for cause, n in rows["cause"][inside].value_counts().items()}
        lost = sorted((pair for pair in counts.items() if pair[0] != JOINED), key=lambda pair: (-pair[1], pair[0]))
        return ((JOINED, counts.get(JOINED, 0)), *lost)

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
