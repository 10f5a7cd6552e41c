"""Which columns can divide the answers into groups worth comparing?"""

from __future__ import annotations

from typing import Any

import narwhals as nw

from cxkit import frames
from cxkit.errors import UsageError

#: Columns that are what is measured, when, or who; never a segment.
_NEVER = {"score", "comment", "weight", "status", "survey", "question", "wave", "n"}

#: A group that holds nearly everybody leaves nothing to compare it with.
_MOST = 0.98

_LOOK = 20_000


def segment_columns(responses: Any, *, max_levels: int = 12, most: int = 4) -> list[str]:
    """Which columns are fit for `by=`?

    Parameters
    ----------
    responses : Table or frame
        The `responses` table.
    max_levels : int, default 12
        Columns with more different values are no segments (names, cities, comments).
    most : int, default 4
        At most so many columns are returned.

    Returns
    -------
    list of str
        Columns of text, categories or yes/no with 2 to `max_levels` values, in the order of the table. Columns that are
        mostly empty, or where one value holds nearly every row, are left out, and so are ids, dates and the columns
        that the survey itself uses. Numbers are never taken: whether 1, 2, 3 are groups is for a person to say.

    Raises
    ------
    UsageError
        If a limit is not a positive whole number.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"score": [9, 3, 10], "plan": ["a", "b", "a"], "comment": ["x", "y", "z"]})
    >>> segment_columns(answers)
    ['plan']
    """
    for name, value in (("max_levels", max_levels), ("most", most)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise UsageError(f"{name}: {value!r} is no positive whole number.")
    frame = frames.as_frame(responses)
    kinds = frame.collect_schema()
    found = [name for name in kinds.names() if _possible(name, kinds[name])]
    found = [
        name for name in found if _levels(frame.head(_LOOK), name, max_levels)
    ]  # a cheap look drops comments and names
    fit = []
    for name in found:
        if len(fit) == most:
            break
        counts = _levels(frame, name, max_levels)
        if counts and len(counts) > 1 and max(counts) <= _MOST * sum(counts):
            fit.append(name)
    return fit


def _possible(name: str, dtype: nw.dtypes.DType) -> bool:
    named = name.lower()
    own = named in _NEVER or named.endswith("_id") or named in frames.ESTIMATE or named.startswith("_cx_")
    return not own and dtype in (nw.String, nw.Categorical, nw.Enum, nw.Boolean)


def _levels(frame: frames.Frame, name: str, max_levels: int) -> list[int]:
    """Rows of each value; nothing where there are too many values or most rows have none."""
    lines = frames.collect(
        frame.group_by(name).agg(_cx_rows=nw.len()).sort("_cx_rows", descending=True).head(max_levels + 2)
    )
    known = lines["_cx_rows"][lines[name].notna()].tolist()
    missing = int(lines["_cx_rows"][lines[name].isna()].sum())
    return [] if not known or len(known) > max_levels or missing > sum(known) else known
