"""What a target or a benchmark is, and what to mind when a score is held against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cxkit import scales, words

#: What may stand in square brackets in a file of goals; targets come first.
KINDS = ("target", "benchmark")


@dataclass(frozen=True)
class Goal:
    """One line to hold a score against.

    Attributes
    ----------
    kind : {"target", "benchmark"}
        The company's own aim, or somebody else's survey.
    name : str
        How the line is labelled.
    metric : str
        nps, csat, ces …
    value : float
        In the metric's unit: NPS in points, shares 0..1.
    unit : {"points", "share", "rating"}
    source : str
        Who set or measured it.
    year : int
        When.
    scale, mode, country : str
        The scale that was shown, how people were asked (e-mail, telephone …), and where. Empty: not stated.
    note : str
        Anything else a reader should know.
    """

    kind: str
    name: str
    metric: str
    value: float
    unit: str
    source: str
    year: int
    scale: str = ""
    mode: str = ""
    country: str = ""
    note: str = ""

    @property
    def label(self) -> str:
        """Name and value, to stand beside the line.

        >>> Goal("target", "Board target", "nps", 40.0, "points", "Board paper", 2026).label
        'Board target +40'
        """
        return f"{self.name} {words.value(self.value, self.unit)}"


@dataclass(frozen=True)
class Goals(Sequence[Goal]):
    """Targets first, then benchmarks, in the order of the file.

    Attributes
    ----------
    items : tuple of Goal
    source : str
        The file's name, without its folder.
    """

    items: tuple[Goal, ...] = ()
    source: str = ""

    def __getitem__(self, at: Any) -> Any:
        return self.items[at]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Goal]:
        return iter(self.items)

    @property
    def targets(self) -> tuple[Goal, ...]:
        """The company's own aims."""
        return tuple(goal for goal in self.items if goal.kind == "target")

    @property
    def benchmarks(self) -> tuple[Goal, ...]:
        """Other people's surveys."""
        return tuple(goal for goal in self.items if goal.kind == "benchmark")

    @property
    def target(self) -> float | None:
        """Value of the first target, for tiles and tables that draw one line; None where there is none."""
        return self.targets[0].value if self.targets else None

    def warning(self, scale: str = "", mode: str = "", country: str = "") -> str:
        """Say why an outside benchmark is no measuring stick, and what differs from the survey at hand.

        Parameters
        ----------
        scale, mode, country : str
            Of the survey at hand; what is left empty is not compared, only told.

        Returns
        -------
        str
            One or more sentences; empty where there is no benchmark.

        Raises
        ------
        UsageError
            If `scale` is no scale.

        Examples
        --------
        >>> panel = Goal("benchmark", "Panel", "nps", 33.0, "points", "Annual study", 2025, scale="1-10")
        >>> Goals((panel,)).warning("0-10")[:70]
        'Panel: asked on the scale 1-10 (here 0-10); how people were asked and '
        """
        here = {"scale": "-".join(map(str, scales.ends(scale))) if scale else "", "mode": mode, "country": country}
        said = [f"{goal.name}: {_differences(goal, here)}." for goal in self.benchmarks]
        if not said:
            return ""
        return " ".join(
            [
                *said,
                "The scale, the way of asking and the country each move a score, whatever customers think: "
                "read a benchmark as a rough mark, not as a rank.",
            ]
        )


_ASKED = {"scale": "asked on the scale {}", "mode": "asked by {}", "country": "asked in {}"}
_UNSAID = {"scale": "the scale", "mode": "how people were asked", "country": "the country"}


def _differences(goal: Goal, here: Mapping[str, str]) -> str:
    """What a benchmark did otherwise, what it did alike, and what it does not tell."""
    other, alike, unsaid = [], [], []
    for name, pattern in _ASKED.items():
        theirs, ours = getattr(goal, name), here[name]
        if not theirs:
            unsaid.append(_UNSAID[name])
        elif ours and theirs.casefold() == ours.strip().casefold():
            alike.append({"scale": "scale", "mode": "way of asking", "country": "country"}[name])
        else:
            other.append(pattern.format(theirs) + (f" (here {ours})" if ours else ""))
    parts = [", ".join(other)] if other else []
    if alike:
        parts.append(f"same {words.listing(alike)} as here")
    if unsaid:
        parts.append(f"{words.listing(unsaid)} {'is' if len(unsaid) == 1 else 'are'} not stated")
    return "; ".join(parts)
