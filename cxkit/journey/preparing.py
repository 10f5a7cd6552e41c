"""From a table of events to a `Log`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import narwhals as nw

from cxkit import frames
from cxkit.errors import DataError, UsageError
from cxkit.journey.log import Log
from cxkit.periods.lengths import DAY, midnight
from cxkit.periods.rows import clock


@dataclass(frozen=True)
class Wanted:
    """What `prepare` was asked for.

    Attributes
    ----------
    customer, touchpoint, time : str
        Columns.
    tiebreak, columns : tuple of str
        Columns that settle the order at equal times, and further columns.
    end : int or None
        The last moment that counts, in microseconds (exclusive).
    later_is_aside : bool
        Whether events from `end` on are set aside (and counted).
    """

    customer: str
    touchpoint: str
    time: str
    tiebreak: tuple[str, ...]
    columns: tuple[str, ...]
    end: int | None
    later_is_aside: bool

    @property
    def needed(self) -> list[str]:
        """Every column, each once."""
        return list(dict.fromkeys([self.customer, self.time, self.touchpoint, *self.tiebreak, *self.columns]))

    def ties(self, lazy: bool) -> str:
        """How events at equal times are put in order."""
        if self.tiebreak:
            return f"ordered by {', '.join(self.tiebreak)}"
        return "in order of their names" if lazy else "in order of the rows"


def prepare(
    events: Any,
    *,
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
    columns: Sequence[str] = (),
    as_of: date | str | None = None,
) -> Log:
    """In which order did each customer meet which touchpoints? Sorted and coded once, for all functions of journeys.

    Every function of `cxkit.journey` takes a table of events and prepares it itself. Prepare it once if more than one
    function is to be asked: that is nine tenths of the work.

    Parameters
    ----------
    events : Table or frame
        One row a touch: pandas, Polars, PyArrow, DuckDB, PySpark, Ibis, or `cxkit.read("events", ...)`.
    customer, touchpoint, time : str
        Columns. Customers keep their values; touchpoints become texts. Times with a zone are read in UTC.
    tiebreak : str or sequence of str, optional
        Columns that settle the order of one customer's events at the same time, such as a sequence number (missing
        values last, then by touchpoint). The order is then the same from every engine. Without it, events at the same
        time stay in the order of the rows; a lazy frame (DuckDB, Spark, a file, a Polars plan) has none, and they are
        ordered by the names of their touchpoints.
    columns : str or sequence of str
        Further columns that later questions need: channel, stage, session_id ...
    as_of : date or str, optional
        The day through whose end the data count. Later events are set aside. Empty: the table's own `as_of` if it has
        one, else just after the last event.

    Returns
    -------
    Log
        With every row that does not count in `set_aside`, by the first cause that applies: without a customer, without
        a time, without a touchpoint, after `as_of`. A text of nothing but spaces is no customer and no touchpoint.

    Raises
    ------
    DataError
        If a column is not there, or the times are no times: texts, numbers, or Python objects of several time zones.
    UsageError
        If `as_of` is no date, or no table was given.

    Notes
    -----
    Exact repeats (same customer, time and touchpoint) are kept, because two equal clicks in one second may be two
    clicks, and counted in `Log.repeated`; set copies aside before if you know that your export doubles rows. Times finer
    than a microsecond are cut to it. Touchpoints whose names differ in case or spaces are different ones.

    Rows in memory are coded and sorted with numpy; so are those that DuckDB holds or reads from files, up to 20 million.
    More are sorted by DuckDB, which writes what does not fit into memory to the system's temporary folder and is held to
    1.5 GB meanwhile; only codes and times come back. Of a Spark or warehouse table the needed columns are fetched whole,
    so filter such a table first.

    **When not to use it**: for a table that has one row a customer and one column a date, turn it into one row an event
    first.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({
    ...     "customer_id": ["b", "a", "a", None],
    ...     "touchpoint": ["shop", "order", "shop", "shop"],
    ...     "occurred_at": pd.to_datetime(["2026-01-05 09:10", "2026-01-03 12:00", "2026-01-02 08:30", "2026-01-01 10:00"]),
    ... })
    >>> log = prepare(events)
    >>> log.customers.tolist(), log.starts.tolist(), [log.touchpoints[code] for code in log.touch]
    (['a', 'b'], [0, 2, 3], ['shop', 'order', 'shop'])
    >>> log.said
    '3 events of 2 customers; 1 set aside: without a customer'
    """
    given = None if as_of in (None, "") else _day(as_of)
    own = given if given is not None else getattr(events, "as_of", None)
    wanted = Wanted(
        customer,
        touchpoint,
        time,
        _names(tiebreak),
        _names(columns),
        None if own is None else midnight(own) + DAY,
        given is not None,
    )
    frame = _frame(events, wanted)
    when = clock(frame, time, "events")
    if not frames.is_lazy(frame):
        from cxkit.journey.preparing_frames import from_rows

        return from_rows(frame, when, wanted, lazy=False)
    if frame.implementation is nw.Implementation.DUCKDB:
        from cxkit.journey.preparing_duckdb import from_relation

        return from_relation(frame, wanted)
    from cxkit.journey.preparing_frames import from_rows

    # Of a Polars plan, Spark or a warehouse only the needed columns come home.
    backend = "polars" if frame.implementation is nw.Implementation.POLARS else "pandas"
    here = frame.with_columns(when.alias(time)).collect(backend=backend)
    return from_rows(here, nw.col(time), wanted, lazy=True)


def _names(given: str | Sequence[str] | None) -> tuple[str, ...]:
    return () if given is None else (given,) if isinstance(given, str) else tuple(given)


def _day(value: date | str) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise UsageError(f"as_of: {value!r} is no date. Write it as 2026-06-30.") from None


def _frame(events: Any, wanted: Wanted) -> frames.Frame:
    """The needed columns; an Arrow table keeps the order of its rows, so it is not handed to DuckDB."""
    native = events.to_native() if isinstance(events, nw.DataFrame) else events
    if type(native).__module__.startswith("pyarrow") and hasattr(native, "combine_chunks"):
        frame = nw.from_native(native, eager_only=True)
        frames.need_columns(frame, wanted.needed, "events")
        frame = frame.select(*wanted.needed)
    else:
        frame = frames.take(events, wanted.needed, "events")
    _no_mixed_zones(frame, wanted.time)
    return frame


def _no_mixed_zones(frame: frames.Frame, time: str) -> None:
    """Python's own times of several zones in one column are refused with the zones they have."""
    if frames.is_lazy(frame) or frame.collect_schema()[time] != nw.Object:
        return
    values = [value for value in frame[time].to_list() if isinstance(value, datetime)]
    zones = sorted({value.strftime("%z") or "none" for value in values})
    if len(zones) > 1:
        raise DataError(
            f"events: '{time}' mixes times of several zones (offsets {', '.join(zones[:5])}). Bring them to one clock "
            f"first: pd.to_datetime(events['{time}'], utc=True), or read the data with cxkit.read('events', ..., tz=...)."
        )
    if values:
        raise DataError(
            f"events: '{time}' holds Python objects. Make it times first: pd.to_datetime(events['{time}'])."
        )
