"""Moments of truth: which stage's score goes with what the customer does or says later?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from cxkit import frames, words
from cxkit.errors import DataError, UsageError, choice
from cxkit.journey.staging import staged
from cxkit.link import Linked
from cxkit.periods.lengths import microseconds, written
from cxkit.periods.rows import clock
from cxkit.stats import compare
from cxkit.stats.compare.many import ADJUSTMENTS
from cxkit.stats.intervals import critical_value
from cxkit.stats.missing_normal import TOGETHER, Normal, fit_normal, slope_errors, slopes


def moments_of_truth(
    linked: Linked,
    outcome: Any,
    *,
    stages: Any = None,
    outcome_column: str = "",
    measured_at: str = "measured_at",
    customer: str = "customer_id",
    within: str | timedelta = "365D",
    least: int = 50,
    confidence: float = 0.95,
    adjust: str = "holm",
) -> pd.DataFrame:
    """Which stages' scores go with later loyalty or retention, each adjusted for the others?

    Parameters
    ----------
    linked : Linked
        From `cxkit.link.link`.
    outcome : Table or frame
        One row a customer: the outcome and when it was measured, as `later_loyalty` and `returned` make it. Customers
        whose outcome is missing do not count.
    stages : mapping or journey, optional
        As in `stage_emotion`.
    outcome_column : str, optional
        The outcome: a rating, or 0 and 1. Without: the only column besides customer and time.
    measured_at, customer : str
        Columns of the outcome.
    within : str or timedelta, default "365D"
        How long before the outcome a score may lie.
    least : int, default 50
        A stage is judged if at least so many customers have both a score of it and the outcome.
    confidence : float, default 0.95
    adjust : {"holm", "bh", "none"}
        How p and limits allow for the number of stages.

    Returns
    -------
    DataFrame
        One row a stage, in the order of the stages: stage, n (customers with both), slope (of the outcome, per point of
        the scale from -2 to +2, missing where the stage is not judged) with low and high, p, p_adjusted, verdict, moment
        (clear, and better scores go with better outcomes), outcome (its column), outcome_unit ("share" where it is 0 or
        1, then a slope of 0.05 is five customers in a hundred; else "rating"), confidence, method.

    Raises
    ------
    UsageError
        If an option cannot be read, or the outcome column is not clear.
    DataError
        If a column is missing, a customer stands in several rows, or the outcome is no number.

    Notes
    -----
    Only scores given before the outcome was measured count; several of one stage are averaged for each customer. Most
    customers lack most stages, so the outcome is regressed on all stages through the means and covariances of a
    multivariate normal distribution fitted by maximum likelihood to what each customer has
    (`cxkit.stats.missing_normal`, with one customer's worth of "not correlated" where scores are missing); limits are t
    limits from a jackknife over 40 groups of customers. A 0/1 outcome
    makes it a linear probability model.

    **When not to use it**: as proof. Nothing here was drawn by chance: a customer in a good mood scores every stage
    high and stays. Adjusting for the other stages takes off the part of the mood that shows in them, and no more; with
    scores of one stage only nothing is adjusted. Where two stages are hardly ever scored by the same customer they
    cannot be told apart; `method` names them. A better score caused by a repair need not bring what the slope says.

    References
    ----------
    Little, R. J. A. and Rubin, D. B. (2019). Statistical Analysis with Missing Data, 3rd ed. Wiley, chapter 11.

    Examples
    --------
    >>> from cxkit import read
    >>> from cxkit.journey.outcomes import later_loyalty
    >>> from cxkit.link import link
    >>> answers = read("responses", "sample:responses")
    >>> linked = link(answers, read("events", "sample:events"))
    >>> found = moments_of_truth(linked, later_loyalty(answers))
    >>> found.loc[found.slope.notna(), ["stage", "n", "slope", "verdict", "outcome"]].round(2)
         stage   n  slope verdict  outcome
    2  receive  77   1.62   clear  loyalty
    """
    critical_value(confidence)
    choice(adjust, ADJUSTMENTS, "adjust")
    window = microseconds(within, "within")
    if not isinstance(linked, Linked):
        raise UsageError(f"moments_of_truth: got {type(linked).__name__}, not linked answers. Use cxkit.link.link.")
    people, column = _outcome(outcome, outcome_column, measured_at, customer)
    stage, order = staged(linked.table, stages)
    if not order and len(linked.table):
        raise UsageError(
            "moments_of_truth: the events name no stage. Give stages={'checkout': 'order', ...}, the stage of each "
            "touchpoint."
        )
    x = _stage_scores(linked.table, stage, order, people, window)
    y = people["outcome"].to_numpy(dtype=float)
    n = np.isfinite(x).sum(axis=0)
    judged = _judged(x, y, n, least)
    b, error, df, fitted = _slopes(x[:, judged], y)
    out = pd.DataFrame({"stage": pd.Series(order, dtype="str"), "n": n.astype("int64")})
    effect, se = np.full(len(order), np.nan), np.full(len(order), np.nan)
    effect[judged], se[judged] = b, error
    with np.errstate(invalid="ignore", divide="ignore"):
        p = 2 * special.stdtr(df, -np.abs(effect) / se)
        adjusted = compare.adjust(p, adjust)
        reach = special.stdtrit(df, (1 + compare.adjusted_level(p, adjusted, confidence)) / 2) * se
    out["slope"], out["low"], out["high"] = effect, effect - reach, effect + reach
    out["p"], out["p_adjusted"] = p, adjusted
    out["verdict"] = pd.Series(compare.verdicts(adjusted), dtype="str")
    out["moment"] = (out["verdict"] == "clear") & (effect > 0)
    share = bool(np.isin(y, (0.0, 1.0)).all())
    out["outcome"], out["outcome_unit"] = column, "share" if share else "rating"
    out["confidence"] = float(confidence)
    common = _method(linked, people, x, judged, order, fitted, window, share, adjust)
    lacking = f"not judged: fewer than {words.count(least)} customers have its score and the outcome"
    out["method"] = [common if known else f"{lacking}; {common}" for known in judged]
    return out.astype({"outcome": "str", "outcome_unit": "str", "method": "str"})


def _outcome(outcome: Any, column: str, measured_at: str, customer: str) -> tuple[pd.DataFrame, str]:
    """Customers with an outcome: customer, outcome, at (microseconds)."""
    have = frames.column_names(frames.as_frame(outcome))
    if not column:
        own = [name for name in have if name not in (measured_at, customer)]
        if len(own) != 1:
            raise UsageError(f"outcome_column: say which of {words.listing(own) or 'no columns'} is the outcome.")
        column = own[0]
    frame = frames.take(outcome, [customer, measured_at, column], "outcome")
    rows = frames.collect(frame.with_columns(clock(frame, measured_at, "outcome").alias(measured_at)))
    if not (pd.api.types.is_numeric_dtype(rows[column]) or rows[column].isna().all()):
        raise DataError(f"moments_of_truth: the outcome '{column}' is no number. Write 0 and 1, or a rating.")
    rows = rows.dropna(subset=[customer, measured_at, column])
    people = pd.DataFrame(
        {
            "customer": frames.id_texts(rows[customer]),
            "outcome": rows[column].astype("float64"),
            "at": rows[measured_at].astype("datetime64[us]"),
        }
    )
    if twice := int(people["customer"].duplicated().sum()):
        raise DataError(
            f"moments_of_truth: {words.plural(twice, 'row')} of the outcome repeat a customer (first: "
            f"'{people.loc[people['customer'].duplicated(), 'customer'].iloc[0]}'). Keep one row a customer."
        )
    return people.sort_values("customer", kind="stable", ignore_index=True), column


def _stage_scores(table: pd.DataFrame, stage: pd.Series, order: list[str], people: pd.DataFrame, window: int):
    """Mean score of each customer in each stage, from answers before the outcome; NaN where there is none."""
    who = pd.Index(people["customer"]).get_indexer(table["customer_id"])
    at = pd.Index(order, dtype="str").get_indexer(stage) if order else np.full(len(table), -1)
    value = table["scaled"].to_numpy(dtype=float)
    asked = table["responded_at"].to_numpy().astype("datetime64[us]")
    measured = people["at"].to_numpy().astype("datetime64[us]")
    use = (who >= 0) & (at >= 0) & np.isfinite(value)
    before = measured[who[use]] - asked[use]
    use[use] = (before > np.timedelta64(0, "us")) & (before <= np.timedelta64(window, "us"))
    key = who[use] * max(len(order), 1) + at[use]
    size = len(people) * max(len(order), 1)
    counts = np.bincount(key, minlength=size)
    sums = np.bincount(key, weights=value[use], minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(counts > 0, sums / counts, np.nan).reshape(len(people), -1)[:, : len(order)]


def _judged(x: np.ndarray, y: np.ndarray, n: np.ndarray, least: int) -> np.ndarray:
    """Stages with enough customers, and with scores and outcomes that vary."""
    enough = n >= max(least, x.shape[1] + 3)
    for at in np.flatnonzero(enough):
        there = np.isfinite(x[:, at])
        enough[at] = np.ptp(x[there, at]) > 0 and np.ptp(y[there]) > 0
    return enough


def _slopes(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, float, Normal | None]:
    """Slopes with standard errors and degrees of freedom, from customers with any of these scores."""
    if not x.shape[1]:
        return np.empty(0), np.empty(0), np.nan, None
    there = np.isfinite(x)
    some = there.any(axis=1)
    fitted = fit_normal(np.column_stack([x, y])[some], prior=0.0 if there[some].all() else 1.0)
    error, df = slope_errors(fitted)
    return slopes(fitted)[0], error, float(df), fitted


def _method(linked, people, x, judged, order, fitted: Normal | None, window: int, share: bool, adjust: str) -> str:
    rows = int(np.isfinite(x[:, judged]).any(axis=1).sum())
    what = "linear probability model" if share else "linear regression"
    parts = [
        "goes with the outcome, which does not mean that it causes it",
        f"{what} on all judged stages together by maximum likelihood over what each customer has "
        f"({words.count(rows)} of {words.plural(len(people), 'customer')} with an outcome have a score before it), "
        f"jackknife limits, one row a customer; scores up to {written(window)} before the outcome count",
    ]
    if adjust != "none" and judged.sum() > 1:
        parts.append(f"allowing for {words.count(int(judged.sum()))} comparisons ({adjust})")
    if fitted is not None:
        names = np.array(order, dtype=object)[judged]
        loose = [
            f"{names[i]} and {names[j]}"
            for i in range(len(names))
            for j in range(i + 1, len(names))
            if fitted.together[i, j] < TOGETHER
        ]
        if loose:
            parts.append(
                f"scored together by fewer than {TOGETHER} customers, so hardly told apart: {words.listing(loose)}"
            )
        if len(names) == 1:
            parts.append("a single stage: adjusted for nothing")
        if not fitted.converged:
            parts.append("the fit did not settle: take the slopes as rough")
    return "; ".join([*parts, linked.scaling, linked.said])
