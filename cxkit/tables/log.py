"""What the door did to a source, noted as it happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cxkit.words import count, listing


@dataclass(frozen=True)
class Note:
    """One remark of the health report.

    Attributes
    ----------
    kind : {"repaired", "said", "caution"}
        Something was put right; something should be known; something may make the numbers weak.
    text : str
        One or two plain sentences, with the count.
    """

    kind: str
    text: str


@dataclass
class Log:
    """Notes and rows set aside, gathered while a source is read; `zoneless` are columns of times without a zone."""

    notes: list[Note] = field(default_factory=list)
    aside: list[tuple[str, int]] = field(default_factory=list)
    zoneless: list[str] = field(default_factory=list)

    def repaired(self, text: str) -> None:
        """Something was put right."""
        self._add("repaired", text)

    def said(self, text: str) -> None:
        """Something the reader should know."""
        self._add("said", text)

    def caution(self, text: str) -> None:
        """Something that may weaken the numbers."""
        self._add("caution", text)

    def _add(self, kind: str, text: str) -> None:
        if Note(kind, text) not in self.notes:
            self.notes.append(Note(kind, text))

    def set_aside(self, cause: str, n: int) -> None:
        """Rows that are not counted, and why; equal causes are added up."""
        if not n:
            return
        for place, (known, before) in enumerate(self.aside):
            if known == cause:
                self.aside[place] = (cause, before + n)
                return
        self.aside.append((cause, n))


def some(numbers: Sequence[int], word: str = "line") -> str:
    """The first few places where something was found.

    >>> some([4, 9, 12, 30])
    'lines 4, 9, 12 and 1 more'
    >>> some([4])
    'line 4'
    """
    shown = [count(number) for number in numbers[:3]]
    rest = len(numbers) - len(shown)
    if rest:
        return f"{word}s {', '.join(shown)} and {count(rest)} more"
    return f"{word if len(shown) == 1 else word + 's'} {listing(shown)}"
