"""The answers that count: of one survey, finished, with a score. The rule of the metrics, for whoever needs the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw

from cxkit import frames
from cxkit.tables.table import frame_of

#: Answers with one of these in a `status` column count, and so do those without a status.
FINISHED = ("complete", "completed")


def counted(responses: Any, columns: Sequence[str] = (), *, survey: str = "nps", score: str = "score") -> frames.Frame:
    """Which answers does a score count?

    Parameters
    ----------
    responses : Table or frame
        The `responses` table.
    columns : list of str
        Columns to keep beside the score.
    survey : str
        Where there is a `survey` column, only its answers count. Empty: every survey.
    score : str
        The column of scores.

    Returns
    -------
    narwhals frame
        The score and the columns asked for (with `survey` and `status` where they decide), only rows that count.

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"score": [9, 3, None], "status": ["complete", "partial", "complete"]})
    >>> len(counted(answers))
    1
    """
    have = frames.column_names(frames.as_frame(responses))
    by_survey = bool(survey) and "survey" in have
    by_status = "status" in have and not hasattr(responses, "health")  # for a Table the door has settled it
    own = ["survey"] * by_survey + ["status"] * by_status
    frame = frame_of("responses", responses, list(dict.fromkeys([score, *columns, *own])))
    frame = frame.filter(~nw.col(score).is_null())
    if by_survey:
        frame = frame.filter(frames.same_text("survey", survey))
    if by_status:
        status = nw.col("status").cast(nw.String).str.strip_chars().str.to_lowercase()
        frame = frame.filter(status.is_in(FINISHED) | nw.col("status").is_null())
    return frame
