"""What every scope has: the sections that the data cannot carry, and how its periods are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from cxkit import markup
from cxkit.periods import Period

#: Calendar periods tried, longest first, when no period is asked for.
TRIED = ("last full quarter", "last full month")


@dataclass(frozen=True, kw_only=True)
class Sections:
    """A period, the one before it, and why some sections are not shown.

    Attributes
    ----------
    period, previous : Period or None
        None: all rows, whatever their date.
    as_of : date or None
        Last day that counts.
    cannot : mapping
        Why a section is not shown, by section.
    notes : tuple of str
        What a reader of the headline should know of the choice.
    """

    period: Period | None = None
    previous: Period | None = None
    as_of: date | None = None
    cannot: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def can(self, section: str) -> bool:
        """Whether the data carry the section."""
        return section not in self.cannot

    def why_not(self, section: str) -> markup.Block:
        """The sentence that stands where the section would."""
        return absent(self.cannot[section])

    @property
    def before_name(self) -> str:
        """How the earlier period is called in a sentence."""
        return self.previous.label if self.previous else "before"

    def named(self, everything: str) -> str:
        """How the period itself is called."""
        return self.period.label if self.period else everything


def absent(said: str) -> markup.Block:
    """A sentence that stands where a section would."""
    return markup.Block("absent", markup.h("p", said, class_="mute"), said)


def so_far(period: Period, as_of: date) -> Period:
    """A period that the data do not reach the end of is called by its days."""
    if not period.start <= as_of < period.end:
        return period
    return replace(period, end=as_of, label=f"{period.label} to {as_of.day} {as_of:%b %Y}")
