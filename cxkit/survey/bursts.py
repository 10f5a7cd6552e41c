"""Many answers from one source within minutes: more than its usual pace at that hour can explain."""

from __future__ import annotations

from datetime import datetime, timedelta

import narwhals as nw
import numpy as np
import pandas as pd
from scipy import special

from cxkit import frames
from cxkit.periods.rows import clock

#: A burst has at least so many answers, and at least so many times the usual number for that hour of the day.
LEAST, TIMES = 10, 5

#: Of all windows looked at, fewer than this many may pass by chance.
BY_CHANCE = 0.01

_EPOCH = datetime(2000, 1, 1)

_NOTHING = pd.DataFrame(
    {"source": pd.Series(dtype="str"), "start": pd.Series(dtype="datetime64[us]"), "n": pd.Series(dtype="int64"),
     "usual": pd.Series(dtype="float64")}
)  # fmt: skip

_SOURCE, _SLOT, _HOUR, _DAY, _N = "_cx_source", "_cx_slot", "_cx_hour", "_cx_day", "_cx_n"


def bursts(frame: frames.Frame, *, source: str, time: str, minutes: int) -> pd.DataFrame:
    """Windows of some minutes in which one source sent far more answers than usual.

    Parameters
    ----------
    frame : narwhals frame
    source : str
        Column of sources; empty: all answers are one source.
    time : str
        Column of times; answers without one are left out.
    minutes : int
        Length of a window; windows follow each other without overlap.

    Returns
    -------
    DataFrame
        source, start, n (answers in the window), usual (answers expected there), worst first.
    """
    when = clock(frame, time).cast(nw.Datetime("us"))
    since = (when - nw.lit(_EPOCH)).dt.total_minutes()
    named = nw.col(source).cast(nw.String) if source else nw.lit("all answers")
    frame = frame.filter(~nw.col(time).is_null()).with_columns(
        **{_SOURCE: named, _SLOT: since // minutes, _HOUR: when.dt.hour(), _DAY: when.dt.truncate("1d")}
    )
    full = frames.count_by(
        frame.group_by(_SOURCE, _SLOT, drop_null_keys=False).agg(**{_N: nw.len()}).filter(nw.col(_N) >= LEAST),
        [_SOURCE, _SLOT], **{"n": nw.col(_N).sum()},
    )  # fmt: skip
    if full.empty:
        return _NOTHING.copy()
    some = full[_SOURCE].dropna().unique().tolist()
    mine = nw.col(_SOURCE).is_in(some) | (nw.col(_SOURCE).is_null() if full[_SOURCE].isna().any() else nw.lit(False))
    frame = frame.filter(mine)
    hours = frames.count_by(frame, [_SOURCE, _HOUR], rows=nw.len())
    days = frames.count_by(frame, [_SOURCE], first=nw.col(_DAY).min(), last=nw.col(_DAY).max())
    usual, found = _judged(full, hours, days, minutes)
    start = [_EPOCH + timedelta(minutes=int(slot) * minutes) for slot in full[_SLOT]]
    table = pd.DataFrame({"source": full[_SOURCE], "start": start, "n": full["n"], "usual": usual})
    table = table[found].sort_values(["n", "start"], ascending=[False, True], kind="stable").reset_index(drop=True)
    return table.astype(_NOTHING.dtypes.to_dict())


def _judged(full: pd.DataFrame, hours: pd.DataFrame, days: pd.DataFrame, minutes: int):
    """What is usual for each window, and whether it is a burst."""
    span = ((days["last"] - days["first"]).dt.days + 1).rename("days")
    slots = 60 / minutes * span  # windows of one hour of the day
    full = full.assign(**{_HOUR: (full[_SLOT] * minutes // 60 % 24).astype("int64")})
    full = full.merge(hours, on=[_SOURCE, _HOUR], how="left").merge(days.assign(slots=slots), on=_SOURCE, how="left")
    # The window itself is left out of what is usual, or one burst would hide itself in a short table.
    usual = ((full["rows"] - full["n"]) / (full["slots"] - 1).clip(lower=1)).to_numpy()
    n = full["n"].to_numpy(dtype=float)
    chance = np.where(usual > 0, special.gammainc(n, np.maximum(usual, 1e-12)), 0.0)  # P(Poisson >= n)
    looked = float((24 * slots).sum())
    return usual, (n >= TIMES * usual) & (chance * looked < BY_CHANCE)
