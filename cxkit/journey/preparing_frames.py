"""A `Log` from rows in memory."""

from __future__ import annotations

from types import MappingProxyType

import narwhals as nw
import numpy as np

from cxkit.journey.coding import Coded, coded, named, used_only
from cxkit.journey.log import Codes, Log
from cxkit.journey.ordering import arranged
from cxkit.journey.preparing import Wanted

NEVER = np.iinfo(np.int64).min  #: numpy's mark of a missing time.


def from_rows(frame: nw.DataFrame, when: nw.Expr, wanted: Wanted, *, lazy: bool) -> Log:
    """A log from the needed columns.

    Parameters
    ----------
    frame : narwhals.DataFrame
        The needed columns.
    when : narwhals.Expr
        Time without a zone.
    wanted : Wanted
    lazy : bool
        Whether the rows came from a lazy frame and so have no order of their own.
    """
    return from_columns(
        frame[wanted.customer],
        frame[wanted.touchpoint],
        microseconds(frame.select(when.alias("time"))["time"]),
        [frame[name] for name in wanted.tiebreak],
        [frame[name] for name in wanted.columns],
        wanted,
        lazy,
    )


def from_columns(
    customer: nw.Series,
    touchpoint: nw.Series,
    time: np.ndarray,
    ties: list[nw.Series],
    further: list[nw.Series],
    wanted: Wanted,
    lazy: bool,
) -> Log:
    """Code, count what is set aside, sort. `time` in microseconds, the lowest number where it is missing."""
    who, customers = coded(customer)
    touch, names = named(*coded(touchpoint))
    rows = time.size
    causes, kept = _aside(who, time, touch, wanted)
    if kept is not None:
        who, touch, time = who[kept], touch[kept], time[kept]
        who, customers = used_only(who, customers)
        touch, names = _used_names(touch, names)

    def column(series: nw.Series) -> Coded:
        codes, values = coded(series)
        return (codes, values) if kept is None else used_only(codes[kept], values)

    ranks = [column(series)[0] for series in ties]
    order = arranged(who, time, touch, len(customers), [*ranks, touch] if ranks or lazy else [])
    columns = {}
    for name, series in zip(wanted.columns, further, strict=True):
        codes, values = column(series)
        columns[name] = Codes(codes[order.rows], tuple(values.tolist()))
    return Log(
        touch=touch[order.rows],
        time=order.time,
        starts=order.starts,
        customer=np.arange(len(customers)),
        customers=customers,
        touchpoints=tuple(names),
        columns=MappingProxyType(columns),
        set_aside=causes,
        rows=rows,
        tied=order.tied,
        ties=wanted.ties(lazy),
        as_of=wanted.end,
        repeated=order.repeated,
        backwards=0 if lazy else order.backwards,
        resolution=order.resolution,
    )


def microseconds(times: nw.Series) -> np.ndarray:
    """Times as whole microseconds since 1970; the lowest number where one is missing."""
    values = times.to_numpy()
    if values.dtype.kind != "M":
        values = times.cast(nw.Datetime("us")).to_numpy()
    return values.astype("datetime64[us]").astype(np.int64)


def _aside(
    customer: np.ndarray, time: np.ndarray, touch: np.ndarray, wanted: Wanted
) -> tuple[tuple[tuple[str, int], ...], np.ndarray | None]:
    """Rows that do not count, by the first cause that applies, and those that are kept (None: all)."""
    masks = [
        ("without a customer", customer < 0),
        ("without a time", time == NEVER),
        ("without a touchpoint", touch < 0),
    ]
    if wanted.later_is_aside:
        masks.append(("after as_of", time >= wanted.end))
    kept, causes = None, []
    for cause, mask in masks:
        if kept is not None:
            mask &= kept
        n = int(np.count_nonzero(mask))
        causes.append((cause, n))
        if n:
            kept = ~mask if kept is None else kept & ~mask
    return tuple(causes), kept


def _used_names(touch: np.ndarray, names: list[str]) -> tuple[np.ndarray, list[str]]:
    there = np.bincount(touch, minlength=len(names)) > 0
    if there.all():
        return touch, names
    return (np.cumsum(there, dtype=np.int32) - 1)[touch], [
        name for name, used in zip(names, there, strict=True) if used
    ]
