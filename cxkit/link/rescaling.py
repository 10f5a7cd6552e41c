"""Scores of several surveys on one scale, -2 to +2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn

import numpy as np
import pandas as pd

from cxkit import words
from cxkit.errors import DataError, UsageError, suggest
from cxkit.link.linked import HIGH, LOW
from cxkit.scales import ends

#: The scale of a survey unless another is given.
USUAL = {"nps": "0-10", "csat": "1-5", "ces": "1-7"}


def survey_names(rows: pd.DataFrame, column: str, scales: Mapping[str, str] | None) -> pd.Series:
    """The survey of each answer, in lower case and without spaces around it; missing where none is named.

    Raises
    ------
    UsageError
        If there is no such column, and `scales` does not settle which survey it is.
    """
    if column in rows:
        names = rows[column].astype("str").str.strip().str.lower()
        return names.where(names != "")
    given = [_plain(name) for name in scales or {}]
    if len(given) == 1:
        return pd.Series(given[0], index=rows.index, dtype="str")
    raise UsageError(
        f"link: the answers have no column '{column}', so nothing says which survey they are from. "
        "Write scales={'nps': '0-10'} (as a parameter scales=nps:0-10) with the one survey and its scale."
    )


def scales_of(present: Sequence[str], scales: Mapping[str, str] | None, hard: Sequence[str]) -> dict:
    """The ends of the scale of each survey that has one.

    Raises
    ------
    UsageError
        If a scale is given for a survey that does not occur, or a scale cannot be read.
    """
    given = {_plain(name): scale for name, scale in (scales or {}).items()}
    for what, names in (("scales", given), ("hard", [_plain(name) for name in hard])):
        unknown = [name for name in names if name not in present and name not in USUAL]
        if unknown:
            raise UsageError(f"{what}: no answer is from the survey '{unknown[0]}'.{suggest(unknown[0], present)}")
    every = {**USUAL, **given}
    return {name: _ends(name, every[name]) for name in sorted(present) if name in every}


def _ends(name: str, scale: str) -> tuple[int, int]:
    try:
        return ends(scale)
    except UsageError as error:
        raise UsageError(f"scales: of the survey '{name}': {str(error).removeprefix('scale: ')}") from None


def scaled(rows: pd.DataFrame, score: str, scales: Mapping[str, tuple[int, int]], hard: Sequence[str]) -> np.ndarray:
    """Scores between -2 and +2, high is good; missing without a score or a scale.

    Parameters
    ----------
    rows : DataFrame
        Answers with `survey` and the score.
    score : str
        The column of scores.
    scales : mapping
        From `scales_of`.
    hard : sequence of str
        Surveys whose high answers are bad.

    Raises
    ------
    DataError
        If scores are no numbers or do not fit their scale.

    Notes
    -----
    ``4 (score - low) / (high - low) - 2``, turned round where high is bad.
    """
    if score not in rows:
        return np.full(len(rows), np.nan)
    values = _numbers(rows, score)
    turned = {_plain(name) for name in hard}
    out = np.full(len(rows), np.nan)
    for name, (low, high) in scales.items():
        mine = (rows["survey"] == name).to_numpy(dtype=bool, na_value=False) & ~np.isnan(values)
        wrong = mine & ((values < low) | (values > high))
        if wrong.any():
            _refuse(name, score, values, wrong, int(mine.sum()), (low, high))
        here = (HIGH - LOW) * (values[mine] - low) / (high - low) + LOW
        out[mine] = -here if name in turned else here
    return out


def _numbers(rows: pd.DataFrame, score: str) -> np.ndarray:
    column = rows[score]
    if pd.api.types.is_numeric_dtype(column) or column.isna().all():
        return column.to_numpy(dtype=float, na_value=np.nan)
    first = ", ".join(repr(value) for value in column.dropna().head(3))
    raise DataError(
        f"link: '{score}' holds no numbers in {words.plural(int(column.notna().sum()), 'row')} (first: {first}). Read "
        "the data with cxkit.read('responses', ...), which settles what the texts mean, or turn them into numbers."
    )


def _refuse(name: str, score: str, values: np.ndarray, wrong: np.ndarray, total: int, ends: tuple) -> NoReturn:
    common, counts = np.unique(values[wrong], return_counts=True)
    order = np.lexsort((common, -counts))[:3]
    shown = ", ".join(f"{common[at]:g} ({words.count(counts[at])})" for at in order)
    raise DataError(
        f"link: {words.count(int(wrong.sum()))} of {words.plural(total, 'answer')} of the survey '{name}' in '{score}' "
        f"lie outside {ends[0]}..{ends[1]} (commonest: {shown}). Give its scale, such as scales={{'{name}': '1-10'}}, "
        "or recode or drop them."
    )


def _plain(name: str) -> str:
    return str(name).strip().lower()
