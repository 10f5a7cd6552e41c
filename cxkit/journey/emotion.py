"""Did the mood of a stage change between two periods, or differ between two groups of customers?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from cxkit import frames, words
from cxkit.errors import UsageError, choice
from cxkit.journey.scores import customer_codes
from cxkit.journey.staging import staged
from cxkit.link import Linked
from cxkit.link.linked import HIGH, LOW
from cxkit.stats import compare
from cxkit.stats.clustered import Sums, clustered_sums, mean_limits
from cxkit.stats.compare.many import ADJUSTMENTS
from cxkit.stats.intervals import critical_value


def emotion_change(
    now: Linked,
    before: Linked,
    *,
    stages: Any = None,
    by: str = "stage",
    confidence: float = 0.95,
    adjust: str = "holm",
    before_name: str = "before",
) -> pd.DataFrame:
    """In which stages did the mood change between two periods?

    Parameters
    ----------
    now, before : Linked
        Linked answers of the later and the earlier period, or of a group of customers and another one.
    stages : mapping or journey, optional
        As in `stage_emotion`.
    by : {"stage", "touchpoint"}
        What a row is.
    confidence : float, default 0.95
    adjust : {"holm", "bh", "none"}
        How p and the limits of the differences allow for the number of stages; see `cxkit.stats.compare.adjust`.
    before_name : str
        What the earlier period is called in `other`.

    Returns
    -------
    DataFrame
        Comparison table, one row a stage of either side, in the order of the stages: stage (or touchpoint), metric
        ("emotion"), unit ("rating"), n, estimate, low, high (now), other, other_n, other_estimate, other_low, other_high
        (before), difference with difference_low and difference_high, p, p_adjusted, looked, verdict, confidence, method.
        A stage without answers on one side has no difference.

    Raises
    ------
    UsageError
        If a side is not linked, or an option is unknown.

    Notes
    -----
    Welch's t interval on as many independent answers as those of the customers are worth. Customers who answered on
    both sides make the two means hang together; the covariance of the customers' sums is taken off the variance of the
    difference. **When not to use it**: where a stage was asked another question than before; `method` says so.

    Examples
    --------
    >>> from cxkit import read
    >>> from cxkit.link import link
    >>> answers, touches = read("responses", "sample:responses"), read("events", "sample:events")
    >>> change = emotion_change(link(answers, touches, period="2026-08-03..2026-09-30"),
    ...     link(answers, touches, period="2026-04-01..2026-08-02"))
    >>> change.loc[change.stage == "receive", ["n", "other_n", "difference", "verdict"]].round(2)
         n  other_n  difference verdict
    2  182      421       -0.41   clear
    """
    critical_value(confidence)
    choice(adjust, ADJUSTMENTS, "adjust")
    choice(by, ("stage", "touchpoint"), "by")
    for side in (now, before):
        if not isinstance(side, Linked):
            raise UsageError(
                f"emotion_change: got {type(side).__name__}, not linked answers. Write link(responses, events), from "
                "cxkit.link, for each side."
            )
    names, codes = _groups(now, before, stages, by)
    people = _people(now, before)
    sides = [_side(s, c, p, len(names)) for s, c, p in zip((now, before), codes, people, strict=True)]
    own, other = (mean_limits(side.sums, confidence=confidence, bounds=(LOW, HIGH)) for side in sides)
    compared = _compared(*sides, confidence, adjust)
    return frames.comparison_table(
        pd.DataFrame({by: pd.Series(names, dtype="str")}),
        [by],
        metric="emotion",
        unit="rating",
        n=sides[0].sums.n,
        estimate=own[0],
        low=own[1],
        high=own[2],
        other=before_name,
        other_n=sides[1].sums.n,
        other_estimate=other[0],
        other_low=other[1],
        other_high=other[2],
        **compared,
        confidence=float(confidence),
        method=_methods(now, before, codes, len(names), compared["looked"], adjust, before_name),
    )


@dataclass(frozen=True)
class _Side:
    """The scores of one side: sums by group, and each customer's residual sum in each group."""

    sums: Sums
    residuals: pd.Series

    @property
    def spread(self) -> tuple[np.ndarray, np.ndarray]:
        """Variance of each mean, and the effective number of answers behind it."""
        s, worth = self.sums, self.sums.effective
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = np.maximum(s.q - s.s**2 / s.n, 0) / (s.n - 1)
            return np.where((s.n > 1) & (worth >= 2), variance / worth, np.nan), worth


def _groups(now: Linked, before: Linked, stages: Any, by: str) -> tuple[list[str], list[np.ndarray]]:
    """Names of the groups, and the group of each scored answer of both sides (-1: none)."""
    found = []
    for side in (now, before):
        values, order = staged(side.table, stages) if by == "stage" else (side.table["touchpoint"].astype("str"), None)
        found.append((values[side.table["scaled"].notna()], order))
    if by == "stage" and stages is not None:
        names = found[0][1]
    else:
        names = sorted(set().union(*(values.dropna().unique() for values, _ in found)))
    at = pd.Index(names, dtype="str")
    return names, [at.get_indexer(values).astype(np.int64) for values, _ in found]


def _people(now: Linked, before: Linked) -> list[np.ndarray]:
    """Customers of both sides under the same numbers."""
    tables = [side.table.loc[side.table["scaled"].notna(), ["customer_id"]] for side in (now, before)]
    code = customer_codes(pd.concat(tables, ignore_index=True))
    return [code[: len(tables[0])], code[len(tables[0]) :]]


def _side(linked: Linked, at: np.ndarray, people: np.ndarray, groups: int) -> _Side:
    values = linked.table["scaled"].dropna().to_numpy(dtype=float)
    sums = clustered_sums(people, at, values, groups)
    inside = at >= 0
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = values[inside] - (sums.s / sums.n)[at[inside]]
    rows = pd.DataFrame({"group": at[inside], "who": people[inside], "rest": rest})
    return _Side(sums, rows.groupby(["group", "who"])["rest"].sum())


def _compared(now: _Side, before: _Side, confidence: float, adjust: str) -> dict[str, Any]:
    """The columns of the difference, with limits that agree with the adjusted p."""
    v, n = now.spread
    w, m = before.spread
    gap = now.sums.s / np.where(now.sums.n, now.sums.n, np.nan) - before.sums.s / np.where(
        before.sums.n, before.sums.n, np.nan
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        df = (v + w) ** 2 / (v**2 / (n - 1) + w**2 / (m - 1))
        error = np.sqrt(np.maximum(v + w - 2 * _correlation(now, before) * np.sqrt(v * w), 0))
        p = np.where(error > 0, 2 * special.stdtr(df, -np.abs(gap) / error), np.nan)
    adjusted = compare.adjust(p, adjust)
    level = compare.adjusted_level(p, adjusted, confidence)
    with np.errstate(invalid="ignore"):
        reach = special.stdtrit(df, (1 + level) / 2) * np.where(error > 0, error, np.nan)
    return {
        "difference": gap,
        "difference_low": gap - reach,
        "difference_high": gap + reach,
        "p": p,
        "p_adjusted": adjusted,
        "looked": int((~np.isnan(p)).sum()),
        "verdict": compare.verdicts(adjusted),
    }


def _correlation(now: _Side, before: _Side) -> np.ndarray:
    """Correlation of the two means of each group, from the customers who stand behind both."""
    groups = now.sums.n.size
    products = (now.residuals * before.residuals).dropna()  # customers in both
    sums = [
        np.bincount(s.index.get_level_values(0), weights=s.to_numpy(), minlength=groups)
        for s in (products, now.residuals**2, before.residuals**2)
    ]
    with np.errstate(divide="ignore", invalid="ignore"):
        r = sums[0] / np.sqrt(sums[1] * sums[2])
    return np.where(np.isfinite(r), np.clip(r, -1, 1), 0.0)


def _methods(now, before, codes, groups: int, looked: int, adjust: str, before_name: str) -> list[str]:
    named = {"holm": "Holm", "bh": "Benjamini-Hochberg"}
    parts = ["Welch's t interval of the two means, clustered by customer"]
    if adjust != "none" and looked > 1:
        parts.append(f"allowing for {words.count(looked)} comparisons ({named[adjust]})")
    parts += [now.scaling, f"now: {now.said}", f"{before_name}: {before.said}"]
    asked = []
    for side, at in zip((now, before), codes, strict=True):
        surveys = side.table.loc[side.table["scaled"].notna(), "survey"].fillna("comments").to_numpy(dtype=object)
        asked.append([sorted(set(surveys[at == group])) for group in range(groups)])
    out = []
    for own, other in zip(*asked, strict=True):
        changed = own and other and own != other
        note = [f"asked by {words.listing(own)} now and by {words.listing(other)} {before_name}"] if changed else []
        out.append("; ".join([*note, *parts]))
    return out
