"""The rows of a funnel from its customers or attempts: counts, shares with limits, times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cxkit.journey.funnel_instants import Instants
from cxkit.journey.funnel_rules import Rules
from cxkit.journey.funnel_units import Units, units_of
from cxkit.journey.log import Log
from cxkit.periods.lengths import SECOND
from cxkit.stats.clustered import Sums
from cxkit.stats.intervals import share_interval
from cxkit.stats.survival import NEVER, progress

SHARES = ("of_all", "of_previous")
COUNTS = ("step", "n", "left", "open", "entered")
COLUMNS = (
    "step", "touchpoint", "n", "of_all", "of_all_low", "of_all_high", "of_previous", "of_previous_low",
    "of_previous_high", "left", "open", "entered", "median_seconds", "q25_seconds", "q75_seconds",
)  # fmt: skip
_TINY = 1e-12


def closed_rows(units: Units, log: Log, rules: Rules) -> dict[str, Any]:
    """Columns of a funnel all of whose customers or attempts begin with its first step."""
    depth, steps, some = units.depth, units.times.shape[0], len(units) > 0
    rows = _blank(steps)
    rows["n"] = np.array([int((depth > k).sum()) for k in range(steps)], dtype=np.int64)
    rows["open"] = np.array([int((units.open & (depth == k)).sum()) for k in range(steps)], dtype=np.int64)
    rows["open"][0] = 0
    rows["left"] = np.r_[0, rows["n"][:-1] - rows["n"][1:] - rows["open"][1:]]
    rows["entered"][0] = rows["n"][0]
    if not some:
        return rows
    for name in ("of_all", "of_all_low", "of_all_high"):
        rows[name][0] = 1.0
    parts = Contributions.of(units, log, rules)
    for k in range(1, steps):
        waiting = rows["open"][1 : k + 1].sum() / rows["n"][0], rows["open"][k] / max(rows["n"][k - 1], 1)
        for name, base, still in zip(SHARES, (0, k - 1), waiting, strict=True):
            for ending, value in zip(("", "_low", "_high"), parts.share(k, base, still, rules.confidence), strict=True):
                rows[name + ending][k] = value
        gone_on = depth > k
        _times(rows, k, (units.times[k] - units.times[k - 1])[gone_on])
    return rows


def open_rows(log: Log, instants: Instants, rules: Rules) -> tuple[dict[str, Any], int]:
    """Columns of a funnel that may be entered at any step, and how many windows are open: each step with the next."""
    rows, opened = _blank(rules.steps), 0
    bits = [np.uint32(1 << kind) for kind in rules.order_of]
    journeys = [np.unique(instants.journey[:-1][(instants.kinds & bit) != 0]) for bit in bits]
    taking_part = np.unique(np.concatenate(journeys))
    for k, there in enumerate(journeys):
        rows["n"][k] = rows["entered"][k] = there.size
        parts = Contributions.counted(np.isin(taking_part, there)[None, :], log.customer[taking_part])
        if taking_part.size:
            for ending, value in zip(("", "_low", "_high"), parts.share(1, 0, 0.0, rules.confidence), strict=True):
                rows["of_all" + ending][k] = value
        if k:
            pair = closed_rows(units_of(instants, rules, rules.order_of[k - 1 : k + 1]), log, rules)
            rows["entered"][k] -= pair["n"][1]
            opened += int(pair["open"][1])
            for name in (
                *(c for c in COLUMNS if c.startswith("of_previous") or c.endswith("_seconds")),
                "left",
                "open",
            ):
                rows[name][k] = pair[name][1]
    return rows, opened


def _blank(steps: int) -> dict[str, Any]:
    rows: dict[str, Any] = {name: np.full(steps, np.nan) for name in COLUMNS}
    rows |= {name: np.zeros(steps, dtype=np.int64) for name in COUNTS}
    rows["step"] = np.arange(1, steps + 1)
    return rows


def _times(rows: dict[str, Any], k: int, taken: np.ndarray) -> None:
    if taken.size:
        found = np.quantile(taken, (0.5, 0.25, 0.75)) / SECOND
        rows["median_seconds"][k], rows["q25_seconds"][k], rows["q75_seconds"][k] = found


@dataclass(frozen=True)
class Contributions:
    """What each customer adds to the number that reaches each step.

    Attributes
    ----------
    own : ndarray, (steps, customers)
        Without open windows the customer's attempts that reached the step; with them the sum of what `progress` says
        each of them contributes.
    stuck : ndarray, (steps,)
        Share that waits at each step and that nobody could be watched for to the end of the window.
    known : bool
        Whether anybody could be watched to the end of the window.
    """

    own: np.ndarray
    stuck: np.ndarray
    known: bool = True

    @classmethod
    def counted(cls, reached: np.ndarray, customer: np.ndarray) -> Contributions:
        """Where everything is known: who reached each step after the first."""
        reached = np.vstack([np.ones((1, customer.size)), reached])
        return cls(_sum_by_customer(reached, customer), np.zeros(reached.shape[0]))

    @classmethod
    def of(cls, units: Units, log: Log, rules: Rules) -> Contributions:
        """From customers or attempts, some of which may be open."""
        customer = log.customer[units.journey]
        if not units.open.any():
            return cls.counted(units.times[1:] < NEVER, customer)
        found = progress(units.ages, units.watched, units.ended, rules.window)
        own = _sum_by_customer(np.vstack([np.ones((1, len(units))), found.pseudo]), customer)
        return cls(own, np.append(found.stuck, 0.0), bool(units.over.any()))

    def share(self, step: int, base: int, waiting: float, confidence: float) -> tuple[float, float, float]:
        """Share of those who reached one step that reaches another, with limits.

        Parameters
        ----------
        step, base : int
            From 0 on.
        waiting : float
            Share of those at the base that is still open.

        Notes
        -----
        Wilson's interval on as many plain customers as have the variance found (Dorey and Korn's effective number). The
        upper limit also allows for those for whom nobody could be watched to the end.
        """
        above, below = self.own[step], self.own[base]
        n = float(below.sum())
        if not self.known or n <= _TINY:
            return np.nan, np.nan, np.nan
        s = float(np.clip(above.sum(), 0, n))
        sums = Sums(n, s, s, (below**2).sum(), (below * above).sum(), (above**2).sum(), below.size)
        share, worth = s / n, float(sums.effective)
        if not _TINY < share < 1 - _TINY:  # all alike: only those whose window is over tell anything
            share, worth = round(share), worth * (1 - waiting)
        low, high = share_interval(share * worth, worth, confidence=confidence)
        stuck = self.stuck[base:step].sum() * float(self.own[0].sum()) / n
        return share, float(low), float(min(high + stuck, 1.0))


def _sum_by_customer(values: np.ndarray, customer: np.ndarray) -> np.ndarray:
    """Sums over the attempts of each customer, whose rows stand together."""
    first = np.flatnonzero(np.r_[True, customer[1:] != customer[:-1]]) if customer.size else np.zeros(0, dtype=np.int64)
    return values if first.size == customer.size else np.add.reduceat(values, first, axis=1)
