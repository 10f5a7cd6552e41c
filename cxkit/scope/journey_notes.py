"""What a reader has to know of the events before reading anything into them."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from cxkit import words
from cxkit.journey import Log


def notes_on(log: Log) -> tuple[str, ...]:
    """What was set aside, what is in doubt and why, in sentences; what weighs most stands first.

    Parameters
    ----------
    log : Log

    Returns
    -------
    tuple of str

    Raises
    ------
    AttributeError
        If it is no log.

    Examples
    --------
    >>> import pandas as pd
    >>> from cxkit.journey import prepare
    >>> rows = {"customer_id": [1, 1, 2], "touchpoint": ["shop", "order", "shop"]}
    >>> hours = ["2026-03-01 09:00", "2026-03-01 09:30", "2026-03-02 11:00"]
    >>> notes_on(prepare(pd.DataFrame(rows | {"occurred_at": pd.to_datetime(hours)})))
    ()
    """
    told = [
        f"{words.count(n)} of {words.plural(log.rows, 'event')} set aside: {cause}." for cause, n in log.set_aside if n
    ]
    if log.repeated > len(log) / 100:
        told.append(
            f"{words.plural(log.repeated, 'event')} repeat another one exactly (customer, time and touchpoint). They count "
            "like any other; if your export doubles rows, take the copies out first."
        )
    tied = _tied(log)
    if log.clock is not None:
        told.insert(
            0,
            f"{_dated(log.clock)}: what happened on one day was put {log.ties or 'in order of names'}, a visit is a day, and "
            "times between touches are whole days. Read nothing into the order of steps within a day, into how long visits "
            "last, or into waits under a day. Give times of day, or a column that says the order (tiebreak).",
        )
    elif tied > len(log) / 10:
        part = words.percent(tied / len(log))
        told.insert(0, f"{part} of the events share their time with another event of the same customer, so their order is not "
                       f"known (they were put {log.ties}): read nothing into the order of steps. Give times of day, or a "
                       "column that says the order (tiebreak).")  # fmt: skip
    elif tied > len(log) / 100:
        told.append(
            f"{words.count(tied)} events happened at the very time of the event before them; they were put {log.ties}."
        )
    return tuple(told)


def _dated(clock: int) -> str:
    """That the events say no more than their day."""
    if not clock:
        return "The events carry dates without a time of day"
    return f"The events are all at one time of day ({datetime.min + timedelta(microseconds=clock):%H:%M})"


def _tied(log: Log) -> int:
    """Events at the very time of another touchpoint before them in the same journey, so that their order is not known."""
    same = (np.diff(log.time) == 0) & (np.diff(log.touch) != 0)
    same[log.starts[1:-1] - 1] = False
    return int(same.sum())
