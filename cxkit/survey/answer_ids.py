"""Whether the answers that invitations name are there, found by their ids."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import pandas as pd

from cxkit import frames, words
from cxkit.errors import DataError
from cxkit.tables.counted import FINISHED
from cxkit.tables.table import frame_of

ID = "response_id"
_KEY = "_cx_id"


def blank(frame: frames.Frame, column: str) -> nw.Expr:
    """Missing, or an empty text."""
    missing = nw.col(column).is_null()
    return missing | (nw.col(column) == "") if frame.collect_schema()[column] == nw.String else missing


def ids(column: pd.Series) -> pd.Series:
    """Ids as text, so that 7, 7.0 and "7" of two tables are the same.

    >>> ids(pd.Series([7.0, None])).tolist()
    ['7', nan]
    """
    if pd.api.types.is_float_dtype(column) and (column.dropna() % 1 == 0).all():
        column = column.astype("Int64")
    return (
        column
        if isinstance(column.dtype, pd.StringDtype)
        else column.astype("object").where(column.notna(), None).astype("str")
    )


def found_only(frame: frames.Frame, responses: Any, survey: str, said: list[str]) -> frames.Frame:
    """Empty the response ids of invitations that no answer bears.

    Parameters
    ----------
    frame : narwhals frame
        Invitations.
    responses : Table or frame
        The answers; without a column of ids nothing is checked.
    survey : str
        The survey whose invitations are counted; empty for every one.
    said : list of str
        Receives how many ids were not found.

    Returns
    -------
    narwhals frame

    Raises
    ------
    DataError
        If under half of the ids are found.

    Notes
    -----
    What is not found is brought home, and nothing else, where one engine holds both tables and the ids are of one kind;
    otherwise the different ids of both are.
    """
    have = frames.column_names(frames.as_frame(responses))
    if ID not in have:
        return frame
    answers = frame_of("responses", responses, [ID, *(["status"] if "status" in have else [])])
    if "status" in have and not hasattr(responses, "health"):
        status = nw.col("status").cast(nw.String).str.strip_chars().str.to_lowercase()
        answers = answers.filter(status.is_in(FINISHED) | nw.col("status").is_null())
    answers = answers.filter(~blank(answers, ID)).select(nw.col(ID).alias(_KEY))
    asked = frame.filter(~blank(frame, ID))
    mine = asked.filter(frames.same_text("survey", survey)) if survey else asked
    lost = _lost(asked, answers)
    if not len(lost):
        return frame
    counts = frames.count_by(mine, [ID], _cx_rows=nw.len())
    total = int(counts["_cx_rows"].sum())
    gone = counts[counts[ID].isin(lost)]
    if missing := int(gone["_cx_rows"].sum()):
        if 2 * missing > total:
            _refuse(total - missing, total, gone[ID].iloc[0], answers)
        said.append(f"{words.plural(missing, 'response id')} not among the answers, taken as not answered")
    return _without(frame, lost)


def _lost(asked: frames.Frame, answers: frames.Frame) -> pd.Series:
    """The ids of invitations that no answer bears, as they are written."""
    asked = asked.select(ID)
    one, other = asked.collect_schema()[ID], answers.collect_schema()[_KEY]
    together = frames.is_lazy(asked) == frames.is_lazy(answers) and asked.implementation is answers.implementation
    if together and (one == other or (one.is_integer() and other.is_integer())):
        try:
            return frames.collect(asked.join(answers, left_on=ID, right_on=_KEY, how="anti").unique())[ID]
        except Exception:  # two DuckDB connections cannot meet, and narwhals hands on DuckDB's own error
            if not frames.is_lazy(asked):
                raise
    theirs = frames.collect(asked.unique())[ID]
    return theirs[~ids(theirs).isin(ids(frames.collect(answers.unique())[_KEY]))]


def _without(frame: frames.Frame, lost: pd.Series) -> frames.Frame:
    """The same with these ids emptied."""
    return frame.with_columns(**{ID: nw.when(~nw.col(ID).is_in(lost.tolist())).then(nw.col(ID))})


def _refuse(found: int, total: int, lost: Any, answers: frames.Frame) -> None:
    there = frames.collect(answers.head(1))[_KEY].tolist()
    theirs = f"the answers have ids such as {there[0]!r}" if there else "the answers have no ids"
    raise DataError(
        f"invitations: only {words.count(found)} of {words.plural(total, 'response id')} are among the answers. The "
        f"invitations name {lost!r}, {theirs}. Give the answers to these invitations, all of them, and map the column "
        "that holds the same ids in both tables (columns='theirs:response_id'), or drop 'response_id' from the "
        "invitations to join on customer and date."
    )
