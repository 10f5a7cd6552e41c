"""What the arguments of a funnel mean, as codes and as a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from cxkit import words
from cxkit.errors import UsageError, choice
from cxkit.journey.log import Log
from cxkit.periods.lengths import DAY, microseconds, midnight, written
from cxkit.stats.intervals import critical_value
from cxkit.stats.survival import NEVER

MOST_STEPS = 30  #: Kinds of events are bits of one number.
MOST_SHARED = 8  #: Steps that can be mixed up with each other are looked at in every combination.
FAR = 2**62  #: Later than any time.

ORDERS = ("ordered", "strict", "any")
ANCHORS = ("any", "first")
SAME_TIME = ("in_order", "apart")
PER = ("customer", "attempt")


@dataclass(frozen=True)
class Rules:
    """A funnel's rules, checked.

    Attributes
    ----------
    names : tuple of tuple of str
        Touchpoints of each step; any of them will do.
    kinds : tuple of tuple of int
        The different steps, as codes of their touchpoints; a step that occurs twice in the list is one kind.
    order_of : tuple of int
        Kind of each step.
    exclude : tuple of int
        Codes of the touchpoints that end an attempt.
    excluded : tuple of str
        Their names.
    within : int or None
        Microseconds from the start to the last step.
    end : int
        The last moment looked at, exclusive.
    unit : str
        What a journey is: "Customers", or "Sessions" once the log was split.
    until : int
        A start must lie before this moment.
    """

    names: tuple[tuple[str, ...], ...]
    kinds: tuple[tuple[int, ...], ...]
    order_of: tuple[int, ...]
    exclude: tuple[int, ...]
    excluded: tuple[str, ...]
    within: int | None
    end: int
    order: str
    anchor: str
    same_time: str
    per: str
    closed: bool
    confidence: float
    unit: str = "Customers"
    until: int = NEVER

    @property
    def steps(self) -> int:
        """Number of steps."""
        return len(self.order_of)

    @property
    def window(self) -> int:
        """Microseconds from the start to the last step, very many without a window."""
        return FAR // 2 if self.within is None else min(self.within, FAR // 2)

    @property
    def labels(self) -> list[str]:
        """What stands in the table for each step. In any order a step has no name: it is the second one done."""
        if self.order == "any":
            return [f"any {k} of {self.steps} steps" for k in range(1, self.steps)] + [f"all {self.steps} steps"]
        return [words.listing(list(names), "or") for names in self.names]


def read_rules(
    log: Log,
    *,
    steps: Any,
    within: str | timedelta | None,
    order: str,
    anchor: str,
    same_time: str,
    per: str,
    closed: bool,
    exclude: Any,
    end: int,
    by: str,
    confidence: float,
) -> Rules:
    """Check the arguments against the events.

    Raises
    ------
    UsageError
        If one cannot be read, contradicts another, or names a touchpoint that never occurs.
    """
    choice(order, ORDERS, "order")
    choice(anchor, ANCHORS, "anchor")
    choice(same_time, SAME_TIME, "same_time")
    choice(per, PER, "per")
    critical_value(confidence)
    if not isinstance(closed, (bool, np.bool_)):
        raise UsageError(f"closed: {closed!r} is neither True nor False.")
    if not closed and per == "attempt":
        raise UsageError("closed: an open funnel counts customers, who may enter anywhere. Leave per='customer'.")
    if not closed and by:
        raise UsageError(
            "by: an open funnel has no one start whose value could be taken. Leave closed=True, or by out."
        )
    names = read_steps(steps)
    codes = [tuple(sorted(log.code(name, "funnel: steps") for name in step)) for step in names]
    excluded = exclude.split(",") if isinstance(exclude, str) else exclude or ()
    excluded = tuple(dict.fromkeys(name for part in excluded if (name := str(part).strip())))
    stopping = tuple(log.code(name, "funnel: exclude") for name in excluded)
    if both := {name for name in excluded if any(name in step for step in names)}:
        raise UsageError(f"exclude: '{min(both)}' is also one of the steps. It cannot be both.")
    kinds = tuple(dict.fromkeys(codes))
    return Rules(
        names, kinds, tuple(kinds.index(code) for code in codes), stopping, excluded,
        None if within is None or within == "" else microseconds(within, "within"),
        end, order, anchor, same_time, per, bool(closed), confidence,
        "Sessions" if log.people < log.journeys else "Customers",
    )  # fmt: skip


def read_steps(steps: Any) -> tuple[tuple[str, ...], ...]:
    """Steps as tuples of touchpoints: a list, or a text with commas between steps and | between alternatives.

    >>> read_steps("cart, pay card|pay cash")
    (('cart',), ('pay card', 'pay cash'))
    >>> read_steps(["cart", ("pay card", "pay cash")])
    (('cart',), ('pay card', 'pay cash'))
    """
    if isinstance(steps, str):
        steps = [part.split("|") for part in steps.split(",")]
    if not isinstance(steps, Sequence):
        raise UsageError(f"steps: {steps!r} is no list of touchpoints. Write steps=['cart', 'payment'].")
    read = []
    for step in steps:
        inside = tuple(step) if isinstance(step, (list, tuple)) else (step,)
        if any(part is None or isinstance(part, (list, tuple, set, dict, float)) for part in inside):
            raise UsageError(f"steps: {step!r} is neither a touchpoint nor a tuple of touchpoints.")
        parts = tuple(dict.fromkeys(str(part).strip() for part in inside))
        if not parts or "" in parts:
            raise UsageError(f"steps: step {len(read) + 1} is empty.")
        read.append(parts)
    if len(read) < 2:
        raise UsageError(f"steps: a funnel needs at least two steps, got {len(read)}.")
    if len(read) > MOST_STEPS:
        raise UsageError(f"steps: {len(read)} steps are more than {MOST_STEPS}.")
    return tuple(read)


def last_moment(log: Log, as_of: date | str | None) -> int:
    """The end of the day up to which the events are complete, exclusive, in microseconds.

    Raises
    ------
    UsageError
        If it cannot be read, or lies after the day up to which the events were read or cut.
    """
    from cxkit.tables.options import as_date

    day = as_date(as_of)
    if day is None:
        return log.end
    given = after(day)
    if log.as_of is not None and given > log.as_of:
        last = np.datetime64(log.as_of - 1, "us").astype("datetime64[D]")
        raise UsageError(
            f"as_of: {day} lies after {last}, up to which these events reach. Read or prepare them as of {day}."
        )
    return given


def after(day: date | str) -> int:
    """The moment after a day, in microseconds."""
    from cxkit.tables.options import as_date

    return midnight(as_date(day)) + DAY


def sentence(rules: Rules, opened: int, *, over: bool = True) -> str:
    """The rules in force, in words.

    Parameters
    ----------
    opened : int
        Customers or attempts whose window is open.
    over : bool
        Whether any window is over.
    """
    parts = [_who(rules), _order(rules)]
    if rules.within is None:
        parts.append("no window, so nothing is still open: whoever has not gone on counts as left")
    elif rules.closed:
        parts.append(f"all within {written(rules.within)} of the start, its last moment included")
    else:
        parts.append(f"each within {written(rules.within)} of the step before, its last moment included")
    if rules.order == "strict" and rules.same_time == "in_order":
        parts.append("events of one moment stand in the order the steps need")
    elif rules.same_time == "in_order":
        parts.append("events of one moment count in the order the steps need")
    else:
        parts.append("each step at a later moment than the one before")
    if rules.excluded:
        names = words.listing([f"'{name}'" for name in rules.excluded], "or")
        parts.append(f"{names} after the start and before a step ends the attempt")
    if rules.until != NEVER:
        last = np.datetime64(rules.until - 1, "us").astype("datetime64[D]")
        parts.append(
            f"starts up to {last}, followed up to {np.datetime64(rules.end - 1, 'us').astype('datetime64[D]')}"
        )
    if opened:
        moment = str(np.datetime64(rules.end - 1, "us").astype("datetime64[m]")).replace("T", " ")
        parts.append(
            f"{words.plural(opened, 'window')} still open at {moment} {'is' if opened == 1 else 'are'} unknown, "
            f"not lost ({'Kaplan-Meier' if _simple(rules) else 'Aalen-Johansen'})"
        )
    if opened and not over:
        parts.append("no window is over yet, so no share is known")
    return "; ".join(parts)


def _simple(rules: Rules) -> bool:
    """Whether there is but one thing to wait for."""
    return (rules.steps == 2 or not rules.closed) and not rules.exclude and rules.order != "strict"


def _who(rules: Rules) -> str:
    first = "the first step" if rules.order != "any" else "any of the steps"
    if rules.per == "attempt":
        clock = "its first start" if rules.anchor == "first" else "whichever of its starts gets furthest"
        return f"Attempts from {first} to the last step or the end of the window, timed from {clock}"
    if not rules.closed:
        start = "the first time only" if rules.anchor == "first" else "any of the times"
        return f"{rules.unit} that may enter at any step; from each step to the next, {start} they took it"
    if rules.anchor == "first":
        return f"{rules.unit}, from the first time they took {first} only"
    return f"{rules.unit}, from whichever time they took {first} gets furthest"


def _order(rules: Rules) -> str:
    if rules.order == "strict":
        return "steps in this order with no other event between"
    if rules.order == "any":
        names = [words.listing(list(step), "or") for step in rules.names]
        return f"the steps {words.listing(names)} in any order"
    return "steps in this order, others may come between"
