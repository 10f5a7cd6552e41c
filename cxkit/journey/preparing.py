"""From a table of events to a `Log`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxkit import frames
from cxkit.journey.log import Codes, Log
from cxkit.periods.rows import clock


def prepare(
    events: Any,
    *,
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
    columns: Sequence[str] = (),
    as_of: date | None = None,
) -> Log:
    """Events of each customer in order, sorted and coded once for all journey functions.

    (First version: plain and correct. To be made fast.)
    """
    ties = [] if tiebreak is None else [tiebreak] if isinstance(tiebreak, str) else list(tiebreak)
    frame = frames.take(events, [customer, time, touchpoint, *ties, *columns], "events")
    when = clock(frame, time, "events")
    rows = frame.with_columns(when.alias(time))
    lazy = frames.is_lazy(rows)
    native = (rows.collect() if lazy else rows).to_pandas()
    native[time] = pd.to_datetime(native[time])
    causes = {
        "without a customer": native[customer].isna(),
        "without a time": native[time].isna() & native[customer].notna(),
        "without a touchpoint": native[touchpoint].isna() & native[time].notna() & native[customer].notna(),
    }
    total = len(native)
    native = native[~np.logical_or.reduce(list(causes.values()))]
    as_of = as_of or getattr(events, "as_of", None)
    order = [customer, time, *(ties or ([touchpoint] if lazy else []))]
    native = native.sort_values(order, kind="stable")
    code, ids = pd.factorize(native[customer], sort=True)
    touch, names = pd.factorize(native[touchpoint].astype(str), sort=True)
    moments = native[time].to_numpy().astype("datetime64[us]").astype(np.int64)
    starts = np.r_[np.flatnonzero(np.r_[True, code[1:] != code[:-1]]), len(code)] if len(code) else np.array([0])
    same = (code[1:] == code[:-1]) & (moments[1:] == moments[:-1])
    further = {}
    for name in columns:
        own, values = pd.factorize(native[name], sort=True)
        further[name] = Codes(own.astype(np.int32), tuple(values.tolist()))
    end = None if as_of is None else int(np.datetime64(as_of, "D").astype("datetime64[us]").astype(np.int64)) + 86_400_000_000
    return Log(
        touch=touch.astype(np.int32),
        time=moments,
        starts=starts.astype(np.int64),
        customer=np.arange(len(ids)),
        customers=pd.Index(ids),
        touchpoints=tuple(names.tolist()),
        columns=MappingProxyType(further),
        set_aside=tuple((cause, int(which.sum())) for cause, which in causes.items()),
        rows=total,
        tied=int(same.sum()),
        ties=f"ordered by {', '.join(ties)}" if ties else "in order of their names" if lazy else "in order of the rows",
        as_of=end,
    )
