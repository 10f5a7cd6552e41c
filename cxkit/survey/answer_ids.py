"""Whether the answers that invitations name are there, found by their ids."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from cxkit import frames, words
from cxkit.errors import DataError
from cxkit.tables.table import frame_of

ID = "response_id"
_KEY = "_cx_id"


def blank(frame: frames.Frame, column: str) -> nw.Expr:
    """Missing, or an empty text."""
    missing = nw.col(column).is_null()
    return missing | (nw.col(column) == "") if frame.collect_schema()[column] == nw.String else missing


#: So many invitations are looked up among the answers; enough to tell a wrong column from some answers left out.
LOOKED_UP = 2_000


def check_ids(frame: frames.Frame, responses: Any, survey: str, said: list[str]) -> None:
    """See whether the answers that invitations name are there at all.

    An invitation whose id is not among the answers stays answered: unfinished answers and those the front door set aside
    were answers to it too. But where most ids are strangers, the column does not name answers, and a response rate made
    of it would be wrong.

    Parameters
    ----------
    frame : narwhals frame
        Invitations.
    responses : Table or frame
        The answers; without a column of ids nothing is checked.
    survey : str
        The survey whose invitations are counted; empty for every one.
    said : list of str
        Receives how many of the ids looked up were not found.

    Raises
    ------
    DataError
        If under half of the ids that are looked up are found.
    """
    if ID not in frames.column_names(frames.as_frame(responses)):
        return
    answers = frame_of("responses", responses, [ID]).select(nw.col(ID).alias(_KEY))
    asked = frame.filter(~blank(frame, ID))
    asked = asked.filter(frames.same_text("survey", survey)) if survey else asked
    theirs = frames.collect(asked.select(ID).head(LOOKED_UP))[ID]
    names = frames.id_texts(theirs)
    known = nw.col(_KEY).cast(nw.String)  # a float column writes 7 as 7.0
    there = set(
        frames.id_texts(frames.collect(answers.filter(known.is_in([*names, *(f"{name}.0" for name in names)])))[_KEY])
    )
    missing = names[~names.isin(there)]
    if 2 * len(missing) > len(names):
        _refuse(len(names) - len(missing), len(names), theirs[missing.index[0]], answers)
    if len(missing):
        said.append(
            f"{words.count(len(missing))} of {words.plural(len(names), 'response id')} looked up not among the answers"
        )


def _refuse(found: int, total: int, lost: Any, answers: frames.Frame) -> None:
    there = frames.collect(answers.head(1))[_KEY].tolist()
    theirs = f"the answers have ids such as {there[0]!r}" if there else "the answers have no ids"
    raise DataError(
        f"invitations: only {words.count(found)} of {words.plural(total, 'response id')} looked up are among the answers. "
        f"The invitations name {lost!r}, {theirs}. Give the answers to these invitations, all of them, and map the column "
        "that holds the same ids in both tables (columns='theirs:response_id'), or drop 'response_id' from the "
        "invitations to join on customer and date."
    )
