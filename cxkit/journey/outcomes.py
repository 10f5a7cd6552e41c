"""Outcomes that come after the journey: a later relationship score, or that the customer came back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxkit import frames
from cxkit.errors import DataError, suggest
from cxkit.journey.log import log_of
from cxkit.periods.lengths import microseconds
from cxkit.periods.rows import clock
from cxkit.tables import counted


def later_loyalty(
    responses: Any,
    *,
    survey: str = "nps",
    relational: str = "relationship",
    score: str = "score",
    touchpoint: str = "touchpoint",
    customer: str = "customer_id",
    answered: str = "responded_at",
) -> pd.DataFrame:
    """What did each customer last answer when asked about the relationship as a whole?

    Parameters
    ----------
    responses : Table or frame
    survey : str, default "nps"
        Which survey; empty: any.
    relational : str, default "relationship"
        What the touchpoint is called when the relationship as a whole was asked about.
    score, touchpoint, customer, answered : str
        Columns.

    Returns
    -------
    DataFrame
        One row a customer: customer_id, measured_at (when the latest such answer was given), loyalty (its score).

    Raises
    ------
    DataError
        If a column is missing, or no answer is about the relationship.

    Notes
    -----
    The latest answer has the longest past to be explained from. **When not to use it**: where hardly anybody answers
    both a relationship survey and one after a contact; then `returned` says more.

    Examples
    --------
    >>> answers = pd.DataFrame({"customer_id": ["a", "a", "b"], "touchpoint": "relationship", "survey": "nps",
    ...     "score": [3, 9, 10], "responded_at": pd.to_datetime(["2026-01-01", "2026-07-01", "2026-07-02"])})
    >>> later_loyalty(answers)[["customer_id", "loyalty"]]
      customer_id  loyalty
    0           a      9.0
    1           b     10.0
    """
    wanted = [customer, touchpoint, answered]
    frame = counted(responses, wanted, survey=survey, score=score)
    when = clock(frame, answered, "responses")
    mine = frame.filter(frames.same_text(touchpoint, relational)).with_columns(when.alias(answered))
    rows = frames.collect(mine.select(customer, answered, score)).dropna()
    if not len(rows):
        there = frames.collect(frame.select(nw.col(touchpoint).cast(nw.String)).unique())[touchpoint].dropna()
        raise DataError(
            f"later_loyalty: no answer of '{survey}' is about '{relational}'.{suggest(relational, there)} "
            "Name the touchpoint of the relationship survey with relational=."
        )
    rows = rows.sort_values([customer, answered, score], kind="stable").drop_duplicates(customer, keep="last")
    return pd.DataFrame(
        {
            "customer_id": rows[customer],
            "measured_at": rows[answered].astype("datetime64[us]"),
            "loyalty": rows[score].astype("float64"),
        }
    ).reset_index(drop=True)


def returned(
    events: Any,
    *,
    after: str | timedelta = "30D",
    within: str | timedelta = "90D",
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Did each customer come back after the first weeks?

    Parameters
    ----------
    events : Log, Table or frame
    after : str or timedelta, default "30D"
        The first weeks, from the customer's first touch in the events; what was scored in them can explain the rest.
    within : str or timedelta, default "90D"
        How long after that the customer has to come back.
    customer, touchpoint, time, tiebreak
        Columns of the events, where they are not prepared yet.

    Returns
    -------
    DataFrame
        One row a customer: customer_id, measured_at (first touch plus `after`), returned (1 if there was a touch later
        than that and within the time, 0 if not, missing where the events end before that is known).

    Raises
    ------
    UsageError
        If a length of time cannot be read.
    DataError
        If a column of the events is missing.

    Notes
    -----
    Every customer is judged from the same distance, so those who stayed longer had no more chances to be asked. A
    customer whose time is not over is missing even if already back: to count those alone would look like loyalty.
    **When not to use it**: where the first touch in the events is not the first of the customer, "the first weeks" are
    only the first in the data.

    Examples
    --------
    >>> touches = pd.DataFrame({"customer_id": ["a", "a", "b", "c"], "touchpoint": "visit",
    ...     "occurred_at": pd.to_datetime(["2026-01-01", "2026-03-01", "2026-01-05", "2026-06-01"])})
    >>> returned(touches)[["customer_id", "returned"]]
      customer_id  returned
    0           a       1.0
    1           b       0.0
    2           c       NaN
    """
    wait, window = microseconds(after, "after"), microseconds(within, "within")
    log = log_of(events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak)
    owner = log.owner
    begins = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]) if len(log) else np.zeros(0, dtype=np.int64)
    people = owner[begins]
    landmark = log.time[begins] + wait
    at = np.cumsum(np.r_[False, owner[1:] != owner[:-1]]) if len(log) else owner
    late = (log.time > landmark[at]) & (log.time <= landmark[at] + window)
    back = np.bincount(at[late], minlength=people.size) > 0
    over = landmark + window <= log.end - 1
    names = log.customers[people]
    return pd.DataFrame(
        {
            "customer_id": frames.id_texts(names),
            "measured_at": landmark.astype("datetime64[us]"),
            "returned": np.where(over, back.astype(float), np.nan),
        }
    )
