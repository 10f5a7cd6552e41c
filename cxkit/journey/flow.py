"""How customers go through the stages of a journey: who comes on, who is left, by which touchpoints and channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from cxkit.errors import UsageError
from cxkit.journey.distinct import distinct
from cxkit.journey.log import Log, log_of
from cxkit.journey.stages import Journey, stage_codes
from cxkit.periods.lengths import DAY, SECOND, microseconds, midnight, written
from cxkit.stats.intervals import share_interval
from cxkit.tables.options import as_date

if TYPE_CHECKING:
    import pandas as pd


def stage_flow(
    events: Any,
    journey: Journey,
    *,
    within: str | timedelta = "30D",
    until: date | str | None = None,
    as_of: date | str | None = None,
    confidence: float = 0.95,
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """How many customers reach each stage, and of those in the stage before, who comes on in time?

    Parameters
    ----------
    events : frame, Table or Log
        Sessions of a customer count together: the customer is the unit.
    journey : Journey
    within : str or timedelta, default "30D"
        The window for coming on; it begins with the customer's first touch in the stage before.
    until : date or str, optional
        The last day of the period, where the events go on after it: a first touch in the stage before must lie on it or
        before, and so must the touches counted in `reached`; coming on may be later. Unless said, every day.
    as_of : date or str, optional
        The last day that counts, as a whole; unless said, the one of the events, or their last moment.
    confidence : float
    customer, touchpoint, time, tiebreak : str
        Columns of the events; see `cxkit.journey.prepare`.

    Returns
    -------
    pandas.DataFrame
        One row a stage, in order. stage; of: the nearest main stage before it (empty for the first); reached: customers
        with any touch in it, in whatever order; n: customers of `of` whose window is over; left: those of them who did
        not come on (0 for a side stage); open: customers of `of` who have not
        come on and whose window is not over; share: of n, those who came
        on, with low and high (missing where there is no `of`); median_seconds: from the first touch in `of` to the
        first touch in the stage after it, of those who came on; side; confidence, method.

    Raises
    ------
    UsageError
        If `within` is no length of time.
    DataError
        If no touchpoint of the journey occurs.

    Notes
    -----
    A customer came on if any touch in the stage stands after the first touch in `of` and at most `within` later; touches
    at the same time count in their order. Customers whose window is not over at `as_of` are neither on nor left: they are
    open, and those among them who came on already are in no share, because the slow ones could not be. Each customer
    counts once, so the limits are Wilson's. Nobody who does without a side stage has left. **When not to use it**: where
    customers go through the journey several times only the first round is seen; take one customer's orders apart then.

    Examples
    --------
    >>> import pandas as pd
    >>> from cxkit.journey.stages import Stage
    >>> events = pd.DataFrame({
    ...     "customer_id": [1, 1, 2, 3], "touchpoint": ["visit", "order", "visit", "visit"],
    ...     "occurred_at": pd.to_datetime(["2026-01-01", "2026-01-03", "2026-01-01", "2026-01-09"])})
    >>> plan = Journey(stages=(Stage("find", ("visit",)), Stage("buy", ("order",))))
    >>> flow = stage_flow(events, plan, within="7D", as_of="2026-01-10")
    >>> flow[["stage", "of", "reached", "n", "left", "open", "share"]].values.tolist()[1]
    ['buy', 'find', 1, 2, 1, 1, 0.5]
    """
    log = log_of(events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak)
    log = _until(log, as_of)
    window = microseconds(within, "within")
    codes = stage_codes(log, journey, "stage_flow")
    last = _end(as_date(until)) if until is not None else log.end
    rows = [_coming_on(log, codes, at, journey.base(at), window, last) for at in range(len(journey.stages))]
    return _flow_table(log, journey, rows, window, confidence)


def _until(log: Log, as_of: date | str | None) -> Log:
    """The events up to the end of a day, which is then where windows are judged."""
    day = as_date(as_of)
    if day is None:
        return log
    end = _end(day)
    inside = log.time < end
    return replace(log if inside.all() else log.keep(inside), as_of=end)


def _end(day: date) -> int:
    """The moment after a day."""
    return midnight(day) + DAY


def _coming_on(
    log: Log, codes: np.ndarray, at: int, base: int, window: int, last: int
) -> tuple[int, int, int, int, float]:
    """Reached, n, came on, open and median seconds of one stage."""
    owner = log.owner
    here = np.flatnonzero(codes == at)
    reached = distinct(owner[here[log.time[here] < last]]).size
    if base < 0:
        return reached, 0, 0, 0, np.nan
    there = np.flatnonzero((codes == base) & (log.time < last))
    whose = owner[there]
    begin = there[np.r_[True, whose[1:] != whose[:-1]][: there.size]]
    who = owner[begin]
    over = log.time[begin] + window < log.end
    if not here.size:
        return reached, int(over.sum()), 0, int((~over).sum()), np.nan
    after = np.searchsorted(here, begin, side="right")
    next_one = here[np.minimum(after, here.size - 1)]
    took = log.time[next_one] - log.time[begin]
    came = (after < here.size) & (owner[next_one] == who) & (took <= window)
    on = came & over
    median = float(np.median(took[on])) / SECOND if on.any() else np.nan
    return reached, int(over.sum()), int(on.sum()), int((~over & ~came).sum()), median


def _flow_table(log: Log, journey: Journey, rows: list, window: int, confidence: float) -> pd.DataFrame:
    import pandas as pd

    reached, n, on, still_open, median = (np.array(column) for column in zip(*rows, strict=True))
    side = np.array([stage.side for stage in journey.stages])
    with np.errstate(divide="ignore", invalid="ignore"):
        share = on / n
    low, high = share_interval(on, n, confidence=confidence)
    bases = [journey.base(at) for at in range(len(journey.stages))]
    method = (
        f"customers with a touch in the stage within {written(window)} after their first touch in the stage before (ties "
        f"in order), of those whose window is over; Wilson interval; {log.said}"
    )
    return pd.DataFrame(
        {
            "stage": list(journey.names),
            "of": [journey.stages[base].name if base >= 0 else "" for base in bases],
            "reached": reached.astype(np.int64),
            "n": n.astype(np.int64),
            "left": np.where(side, 0, n - on).astype(np.int64),
            "open": still_open.astype(np.int64),
            "share": share,
            "low": low,
            "high": high,
            "median_seconds": median.astype(float),
            "side": side,
            "confidence": float(confidence),
            "method": method,
        }
    ).astype({"stage": "str", "of": "str", "method": "str"})


def stage_steps(
    events: Any,
    journey: Journey,
    *,
    most: int = 3,
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """What do customers do most in each stage?

    Parameters
    ----------
    events : frame, Table or Log
    journey : Journey
    most : int, default 3
        So many touchpoints of each stage, by customers.
    customer, touchpoint, time, tiebreak : str
        Columns of the events; see `cxkit.journey.prepare`.

    Returns
    -------
    pandas.DataFrame
        stage, touchpoint, customers, share (of the customers with a touch in the stage), method; stages in order,
        touchpoints by customers, then by name.

    Raises
    ------
    UsageError
        If `most` is below 1.
    DataError
        If no touchpoint of the journey occurs.

    Notes
    -----
    Shares of a stage may add up to more than 1: one customer uses several touchpoints. **When not to use it**: to judge
    how often a touchpoint is used; each customer counts once.

    Examples
    --------
    >>> import pandas as pd
    >>> from cxkit.journey.stages import Stage
    >>> events = pd.DataFrame({
    ...     "customer_id": [1, 1, 2], "touchpoint": ["visit", "search", "visit"],
    ...     "occurred_at": pd.to_datetime(["2026-01-01", "2026-01-03", "2026-01-01"])})
    >>> stage_steps(events, Journey(stages=(Stage("find", ("visit", "search")),)))[["touchpoint", "share"]].values.tolist()
    [['visit', 1.0], ['search', 0.5]]
    """
    import pandas as pd

    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise UsageError(f"most: {most!r} is not a number of touchpoints. Choose a whole number from 1 on.")
    log = log_of(events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak)
    codes = stage_codes(log, journey, "stage_steps")
    owner, names = log.owner, len(log.touchpoints)
    touch = distinct(owner * names + log.touch) % names
    customers = np.bincount(touch, minlength=names)
    in_stage = codes >= 0
    size = len(journey.stages)
    reached = np.bincount(distinct(owner[in_stage] * size + codes[in_stage]) % size, minlength=size)
    place = journey.codes(log.touchpoints)
    kept = []
    for at in range(size):
        there = np.flatnonzero((place == at) & (customers > 0))
        kept += there[np.argsort(-customers[there], kind="stable")][:most].tolist()
    return pd.DataFrame(
        {
            "stage": [journey.stages[place[code]].name for code in kept],
            "touchpoint": [log.touchpoints[code] for code in kept],
            "customers": customers[kept].astype(np.int64),
            "share": customers[kept] / reached[place[kept]],
            "method": f"share of the customers with a touch in the stage; {log.said}",
        }
    ).astype({"stage": "str", "touchpoint": "str", "method": "str"})


def stage_channels(
    events: Any,
    journey: Journey,
    *,
    channel: str = "channel",
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Over which channels does each stage run?

    Parameters
    ----------
    events : frame, Table or Log
        A Log must have been prepared with the column of the channel.
    journey : Journey
    channel : str, default "channel"
    customer, touchpoint, time, tiebreak : str
        Columns of the events; see `cxkit.journey.prepare`.

    Returns
    -------
    pandas.DataFrame
        stage, channel ("(unknown)" where it is missing), n (touches), share (of the touches of the stage), method; stages
        in order, channels by touches, then by name.

    Raises
    ------
    UsageError
        If a Log lacks the column.
    DataError
        If no touchpoint of the journey occurs.

    Notes
    -----
    Touches are counted, not customers: the shares of a stage add up to 1. **When not to use it**: to see which channels
    meet in one journey; that is `channels`.

    Examples
    --------
    >>> import pandas as pd
    >>> from cxkit.journey.stages import Stage
    >>> events = pd.DataFrame({
    ...     "customer_id": [1, 1, 2], "touchpoint": ["visit"] * 3, "channel": ["web", "app", "web"],
    ...     "occurred_at": pd.to_datetime(["2026-01-01", "2026-01-03", "2026-01-01"])})
    >>> stage_channels(events, Journey(stages=(Stage("find", ("visit",)),)))[["channel", "n"]].values.tolist()
    [['web', 2], ['app', 1]]
    """
    import pandas as pd

    log = log_of(
        events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak, columns=[channel]
    )  # fmt: skip
    codes = stage_codes(log, journey, "stage_channels")
    held = log.column(channel, "stage_channels")
    names = [*(str(value) for value in held.values), "(unknown)"]
    code = np.where(held.code < 0, len(held.values), held.code)
    inside = codes >= 0
    counts = np.bincount(
        codes[inside].astype(np.int64) * len(names) + code[inside], minlength=len(journey.stages) * len(names)
    )
    counts = counts.reshape(len(journey.stages), len(names))
    kept = [
        (at, which)
        for at in range(len(journey.stages))
        for which in np.argsort(-counts[at], kind="stable")
        if counts[at, which]
    ]
    n = np.array([counts[pair] for pair in kept], dtype=np.int64)
    total = np.array([counts[at].sum() for at, _ in kept])
    return pd.DataFrame(
        {
            "stage": [journey.stages[at].name for at, _ in kept],
            "channel": [names[which] for _, which in kept],
            "n": n,
            "share": n / total,
            "method": f"share of the touches of the stage; {log.said}",
        }
    ).astype({"stage": "str", "channel": "str", "method": "str"})
