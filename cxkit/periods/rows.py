"""The rows of a period."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import narwhals as nw

from cxkit import frames
from cxkit.errors import DataError
from cxkit.periods.calendars import ONE_DAY, Period


def between(data: Any, period: Period | None, *, time: str = "responded_at", table: str = "responses") -> Any:
    """The rows of a period.

    Parameters
    ----------
    data : Table or frame
        Any supported table.
    period : Period or None
        None: every row, also those without a date.
    time : str
        The column of times (or dates).
    table : str
        The table's name, for messages.

    Returns
    -------
    Table or narwhals frame
        A `Table` for a `Table`, with the same health report. Rows without a date lie in no period; `undated` counts
        them.

    Raises
    ------
    DataError
        If the column is not there or holds no times.

    Examples
    --------
    >>> import pandas as pd
    >>> from cxkit.periods import parse
    >>> times = pd.to_datetime(["2026-06-30 23:59", "2026-07-01 00:00"])
    >>> answers = pd.DataFrame({"score": [9, 3], "responded_at": times})
    >>> between(answers, parse("2026-07")).to_native()["score"].tolist()
    [3]
    """
    frame = frames.as_frame(data)
    kept = frame if period is None else frame.filter(_within(frame, period, time, table))
    return data.with_frame(kept) if hasattr(data, "with_frame") else kept


def undated(data: Any, *, time: str = "responded_at", table: str = "responses") -> int:
    """How many rows have no date, and so lie in no period?

    Parameters
    ----------
    data : Table or frame
        Any supported table.
    time : str
        The column of times (or dates).
    table : str
        The table's name, for messages.

    Returns
    -------
    int

    Raises
    ------
    DataError
        If the column is not there or holds no times.

    Examples
    --------
    >>> import pandas as pd
    >>> undated(pd.DataFrame({"responded_at": pd.to_datetime(["2026-07-01", None])}))
    1
    """
    frame = frames.as_frame(data)
    clock(frame, time, table)
    return int(frames.collect(frame.select(n=nw.col(time).is_null().cast(nw.Int64).sum())).fillna(0).n.iloc[0])


def last_day(data: Any, *, time: str = "responded_at", table: str = "responses") -> date | None:
    """The latest date in the data; None where there is none.

    Examples
    --------
    >>> import pandas as pd
    >>> last_day(pd.DataFrame({"responded_at": pd.to_datetime(["2026-07-01 10:00", None])}))
    datetime.date(2026, 7, 1)
    """
    frame = frames.as_frame(data)
    latest = frames.collect(frame.select(last=clock(frame, time, table).max()))["last"].iloc[0]
    return None if latest is None or latest != latest else latest.date()


def clock(frame: frames.Frame, time: str, table: str = "responses") -> nw.Expr:
    """A time column as a narwhals expression without a time zone.

    Times that carry a zone are read in UTC, on every engine: DuckDB keeps only the instant, so no other clock could be
    the same everywhere. To count days of another zone, read the data with ``cxkit.read(..., tz=...)``.

    Raises
    ------
    DataError
        If the column is not there or holds no times.
    """
    frames.need_columns(frame, [time], table)
    dtype = frame.collect_schema()[time]
    if dtype == nw.Date:
        return nw.col(time)
    if dtype != nw.Datetime:
        raise DataError(
            f"{table}: '{time}' holds no times ({str(dtype).lower()}). "
            f"Read the data with cxkit.read('{table}', ...), which settles the reading of dates."
        )
    if getattr(dtype, "time_zone", None) is None:
        return nw.col(time)
    return nw.col(time).dt.convert_time_zone("UTC").dt.replace_time_zone(None)


def _within(frame: frames.Frame, period: Period, column: str, table: str) -> nw.Expr:
    when = clock(frame, column, table)
    if frame.collect_schema()[column] == nw.Date:
        return (when >= period.start) & (when <= period.end)
    midnight = time.min
    start, after = (datetime.combine(day, midnight) for day in (period.start, period.end + ONE_DAY))
    return (when >= start) & (when < after)
