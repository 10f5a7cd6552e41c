"""Support tickets as touches: when a case was opened and where, and when it was handed over."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import narwhals as nw

from cxkit import frames

if TYPE_CHECKING:
    import pandas as pd


def ticket_touches(
    tickets: Any,
    *,
    case: str = "ticket_id",
    customer: str = "customer_id",
    opened: str = "opened_at",
    channel: str = "channel",
    handed_over: str = "handed_over_at",
    handed_to: str = "handed_to",
    touchpoint: str = "support",
) -> Any:
    """Which touches does a table of tickets tell of?

    Parameters
    ----------
    tickets : Table or frame
        The `tickets` table.
    case, customer, opened, channel, handed_over, handed_to : str
        Its columns: the case, whose it is, when and in which channel it was opened, when and to which channel it was
        handed over (empty where it was not).
    touchpoint : str, default "support"
        What these touches are called.

    Returns
    -------
    frame of the kind that came in
        An `events` table: customer_id, the case (under its own name), occurred_at, channel, touchpoint; one row for the
        opening of each case and one for each hand-over. `handovers` and `channels` take it. Of a table that was read
        with `as_of` hand-overs after that day are left out.

    Raises
    ------
    DataError
        If a column is missing.

    Notes
    -----
    Tickets often reach further back than the events that were kept of the web, so there is more to compare.
    **When not to use it**: beside events that hold the same touches; they would be counted twice.

    Examples
    --------
    >>> import pandas as pd
    >>> tickets = pd.DataFrame({
    ...     "ticket_id": ["t1", "t2"], "customer_id": ["a", "b"], "channel": "chat",
    ...     "opened_at": pd.to_datetime(["2026-03-01 09:00", "2026-03-01 10:00"]),
    ...     "handed_over_at": pd.to_datetime(["2026-03-01 09:20", None]), "handed_to": ["phone", None],
    ... })
    >>> ticket_touches(tickets)[["ticket_id", "channel", "occurred_at"]]
      ticket_id channel         occurred_at
    0        t1    chat 2026-03-01 09:00:00
    1        t2    chat 2026-03-01 10:00:00
    0        t1   phone 2026-03-01 09:20:00
    """
    frame = frames.take(tickets, [case, customer, opened, channel, handed_over, handed_to], "tickets")
    over = frame.filter(~nw.col(handed_over).is_null(), ~nw.col(handed_to).is_null())
    if last := getattr(tickets, "cut", None):  # what came later is not known yet on the day that counts
        over = over.filter(nw.col(handed_over) < nw.lit(datetime.combine(last + timedelta(days=1), time.min)))
    touches = [
        rows.select(
            nw.col(customer).alias("customer_id"),
            nw.col(case),
            nw.col(when).alias("occurred_at"),
            nw.col(where).alias("channel"),
            nw.lit(touchpoint).alias("touchpoint"),
        )
        for rows, when, where in ((frame, opened, channel), (over, handed_over, handed_to))
    ]
    return nw.concat(touches).to_native()


def ticket_lengths(
    tickets: Any,
    *,
    case: str = "ticket_id",
    opened: str = "opened_at",
    resolved: str = "resolved_at",
    as_of: date | str | None = None,
) -> pd.DataFrame:
    """How long did each case take, from opening to solution, and how long has it been open if it has none yet?

    Parameters
    ----------
    tickets : Table or frame
        The `tickets` table.
    case, opened, resolved : str
        Its columns.
    as_of : date or str, optional
        The last day that counts: what was resolved later is open at its end. Unless given, the day the table was read
        up to, or else the latest time in it.

    Returns
    -------
    DataFrame
        The case (under its own name), seconds (of a case still open: so far) and open (whether it is). `handovers` takes
        it as `seconds=`.

    Raises
    ------
    DataError
        If a column is missing.
    UsageError
        If `as_of` is no day.

    Notes
    -----
    Cases that are open are censored, not dropped: those solved so far are the quick ones.

    Examples
    --------
    >>> import pandas as pd
    >>> tickets = pd.DataFrame({
    ...     "ticket_id": ["t1", "t2"],
    ...     "opened_at": pd.to_datetime(["2026-03-01 09:00", "2026-03-01 10:00"]),
    ...     "resolved_at": pd.to_datetime(["2026-03-01 09:20", None]),
    ... })
    >>> ticket_lengths(tickets, as_of="2026-03-01")
      ticket_id  seconds   open
    0        t1   1200.0  False
    1        t2  50400.0   True
    """
    import pandas as pd

    from cxkit.tables.options import as_date

    day = as_date(as_of) or getattr(tickets, "cut", None)
    table = frames.collect(frames.take(tickets, [case, opened, resolved], "tickets"))
    begun, solved = (_in_utc(table[name]) for name in (opened, resolved))
    latest = max(begun.max(), solved.max()) if solved.notna().any() else begun.max()
    end = latest if day is None else pd.Timestamp(day) + pd.Timedelta(days=1)
    later = solved > end if day is None else solved >= end
    still = (solved.isna() | later) & begun.notna()
    spent = (solved.where(~still, end) - begun).dt.total_seconds().astype("float64")
    return table[[case]].assign(seconds=spent.where(~still | (spent >= 0)), open=still)


def _in_utc(column: pd.Series) -> pd.Series:
    """Times on one clock; a column without any value, whatever its type, is one without times."""
    import pandas as pd

    if column.isna().all():
        return pd.Series(pd.NaT, index=column.index, dtype="datetime64[us]")
    when = pd.to_datetime(column)
    return when if when.dt.tz is None else when.dt.tz_convert("UTC").dt.tz_localize(None)
