"""What is known of cases beyond their events: scores given about them, and how long they took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cxkit import frames, words
from cxkit.errors import DataError
from cxkit.journey.log import Log
from cxkit.periods.lengths import SECOND

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Answers:
    """Scores about cases.

    Attributes
    ----------
    case : ndarray of int64
        Journey of the log each answer is about.
    score : ndarray of float
        From -2 to +2.
    said : str
        What was taken and left out, for a `method` column.
    """

    case: np.ndarray
    score: np.ndarray
    said: str


@dataclass(frozen=True)
class Lengths:
    """How long cases took.

    Attributes
    ----------
    seconds : ndarray of float
        Of each journey of the log; NaN where it is not known.
    said : str
        Where they come from, for a `method` column.
    open_ : ndarray of bool
        Whether a journey's case is still open, so that it takes longer.
    given : bool
        False where they were found from the events: then a case of one event has none, and such cases are never those
        that were handed over.
    """

    seconds: np.ndarray
    said: str
    open_: np.ndarray
    given: bool = True


def answers_of(answers: Any, log: Log, case: str, customer: str) -> Answers:
    """Answers matched to the cases of a log, by case and customer.

    Parameters
    ----------
    answers : frame, Linked or None
        Linked answers: the case, the customer and `scaled`.
    log : Log
        Of cases (`by_case`).
    case, customer : str
        Columns.
    """
    if answers is None:
        return Answers(np.zeros(0, dtype=np.int64), np.zeros(0), "no scores given")
    table = _table(answers, [customer, case, "scaled"], "answers")
    score = _number(table, "scaled", "answers")
    about = table[case].notna().to_numpy() & table[customer].notna().to_numpy()
    usable = about & ~np.isnan(score)
    at = _cases(log, case, customer)
    found = at.get_indexer(_pairs(table[customer][usable], table[case][usable]))
    there = found >= 0
    said = f"scores from -2 to +2 of {words.plural(int(there.sum()), 'answer')}"
    lost = {
        f"without {case}": int((~about).sum()),
        "without a score": int((about & np.isnan(score)).sum()),
        "about no case here": int((~there).sum()),
    }
    said += "".join(f", {words.count(n)} {cause} left out" for cause, n in lost.items() if n)
    return Answers(found[there].astype(np.int64), score[usable][there], said)


def lengths_of(seconds: Any, log: Log, case: str) -> Lengths:
    """The length of each case: as given, or from its first to its last event.

    Parameters
    ----------
    seconds : frame or None
        The case, `seconds`, and perhaps `open` (so far: the case is not at its end).
    log : Log
        Of cases (`by_case`).
    case : str
        Column.

    Raises
    ------
    DataError
        If a length is negative, no number, or given twice for one case.
    """
    if seconds is None:
        spans = (log.time[log.starts[1:] - 1] - log.time[log.starts[:-1]]) / SECOND
        known = np.where(log.lengths > 1, spans, np.nan)
        alone = int((log.lengths == 1).sum())
        said = "length from the first to the last event"
        said += f", not known of {words.plural(alone, 'case')} of one event" if alone else ""
        return Lengths(known, said, np.zeros(known.size, dtype=bool), False)
    asked = [case, "seconds", *(["open"] if "open" in _columns(seconds) else [])]
    table = _table(seconds, asked, "seconds")
    given = _number(table, "seconds", "seconds")
    usable = table[case].notna().to_numpy() & ~np.isnan(given)
    if bad := int((given[usable] < 0).sum()):
        raise DataError(f"seconds: {words.plural(bad, 'length')} below zero. Is the end before the beginning?")
    import pandas as pd

    index, value = pd.Index(frames.id_texts(table[case][usable])), given[usable]
    if index.has_duplicates:
        twice = index[index.duplicated()][0]
        raise DataError(f"seconds: {case} '{twice}' occurs twice. Give one row a case.")
    found = index.get_indexer(_names(log, case))
    known = np.where(found >= 0, value[np.maximum(found, 0)] if value.size else np.nan, np.nan)
    missing = int(np.isnan(known).sum())
    still = np.zeros(known.size, dtype=bool)
    if "open" in table and value.size:
        flags = _flags(table["open"][usable])
        still = (found >= 0) & flags[np.maximum(found, 0)]
    said = f"length as given for {words.count(log.journeys - missing)} of {words.plural(log.journeys, 'case')}"
    if still.any():
        said += f", {words.count(still.sum())} still open and counted as long as they have been (Kaplan-Meier)"
    return Lengths(known, said, still)


def _flags(column: pd.Series) -> np.ndarray:
    """Yes and no, or 1 and 0; missing is no."""
    known = column.dropna()
    if not known.isin([True, False]).all():
        raise DataError(
            f"seconds: the column 'open' holds more than yes and no (first: {known[~known.isin([True, False])].iloc[0]!r})."
        )
    return column.fillna(0).to_numpy(dtype=float).astype(bool)


def _columns(data: Any) -> list[str]:
    inner = getattr(data, "table", None)
    return list(getattr(inner, "columns", None) or frames.column_names(frames.as_frame(data)))


def _table(data: Any, columns: list[str], name: str) -> pd.DataFrame:
    """The needed columns as pandas; the table inside linked answers where these are given."""
    import pandas as pd

    inner = getattr(data, "table", None)
    return frames.collect(frames.take(inner if isinstance(inner, pd.DataFrame) else data, columns, name))


def _number(table: pd.DataFrame, column: str, name: str) -> np.ndarray:
    kind = table[column].dtype.kind
    if kind not in "iuf" and table[column].notna().any():
        raise DataError(f"{name}: the column '{column}' holds no numbers (first: {table[column].dropna().iloc[0]!r}).")
    return table[column].to_numpy(dtype=float, na_value=np.nan) if kind in "iuf" else np.full(len(table), np.nan)


def _names(log: Log, case: str) -> list[str]:
    """Case of each journey, as text."""
    import pandas as pd

    column = log.column(case, "handovers")
    names = frames.id_texts(pd.Series(column.values, dtype=object)).to_numpy(dtype=object)
    return names[column.code[log.starts[:-1]]].tolist() if names.size else []


def _pairs(customer: pd.Series, case: pd.Series) -> pd.MultiIndex:
    import pandas as pd

    return pd.MultiIndex.from_arrays([frames.id_texts(customer), frames.id_texts(case)])


def _cases(log: Log, case: str, customer: str) -> pd.MultiIndex:
    """Customer and case of each journey."""
    import pandas as pd

    ids = frames.id_texts(log.customers).to_numpy()[log.customer]
    return pd.MultiIndex.from_arrays([ids, _names(log, case)])
