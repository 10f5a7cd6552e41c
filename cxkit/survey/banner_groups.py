"""The columns of a banner table: how many answers each group holds, at which scores, and what they are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxkit import frames, words
from cxkit.errors import DataError
from cxkit.stats.weighted import effective_n, kish_n
from cxkit.survey.answers import VALUE, WEIGHT, Answers
from cxkit.survey.clusters import has_customers, moments_of
from cxkit.survey.estimate import moments
from cxkit.survey.letters import ALPHABET

#: A row variable with more values is a list to look things up in, not a table to read.
MOST_ROWS = 50
_N, _W, _SQUARE = "_cx_n", "_cx_w", "_cx_square"


@dataclass(frozen=True)
class Groups:
    """The groups of one segment column (or the one group of the total).

    Attributes
    ----------
    banner : str
        The segment column; empty for the total.
    values : tuple
        Its values in order, None for answers without one (last).
    letters : tuple of str
        Letter of each group; empty for the total and for answers without a value.
    n : ndarray of int
        Answers.
    parts : ndarray
        Answers, or their weight, at each point of the scale.
    effective : ndarray
        How many plain answers each group is worth for its score.
    kish : ndarray
        The same whatever is measured.
    """

    banner: str
    values: tuple[Any, ...]
    letters: tuple[str, ...]
    n: np.ndarray
    parts: np.ndarray
    effective: np.ndarray
    kish: np.ndarray

    def compared(self, least: int) -> list[int]:
        """Positions of the groups that are large enough to be compared."""
        return [at for at, letter in enumerate(self.letters) if letter and self.n[at] >= least]


def groups_of(answers: Answers, columns: Sequence[str]) -> list[Groups]:
    """The total first, then each segment column.

    Parameters
    ----------
    answers : Answers
        Sifted, with all the columns.
    columns : sequence of str

    Raises
    ------
    DataError
        If a segment column has more than 26 values.
    """
    sums: dict[str, pd.DataFrame] = {}
    if answers.question.cluster and has_customers(answers):
        sums = {name: moments_of(_by(answers, [name])) for name in columns} or {"": moments_of(_by(answers, []))}
        whole = next(iter(sums.values()))  # each table also holds the sums of all groups together
        sums[""] = whole[["WW", "WS", "SS"]].head(1).set_axis(["ww", "ws", "ss"], axis=1)
    return [_groups(answers, name, sums.get(name)) for name in ("", *columns)]


def _by(answers: Answers, by: list[str]) -> Answers:
    return replace(answers, question=replace(answers.question, by=by))


def _groups(answers: Answers, name: str, customers: pd.DataFrame | None) -> Groups:
    by, rule = [name] if name else [], answers.question.rule
    lines = counted(answers, [*by, VALUE])
    if name:
        _few(lines, name, len(ALPHABET), "a banner has letters for", "columns")
    keys = frames.sort_keys(lines[by].drop_duplicates(), by) if name else pd.DataFrame(index=range(1))
    row = _places(lines, keys, by)
    at = row * len(rule.points) + (lines[VALUE].to_numpy(dtype=float) - rule.low).astype(int)

    def summed(column: str) -> np.ndarray:
        sums = np.bincount(at, lines[column].to_numpy(dtype=float), len(keys) * len(rule.points))
        return sums.reshape(len(keys), len(rule.points))

    n, parts, squares = summed(_N).sum(axis=1).astype("int64"), summed(_W), summed(_SQUARE)
    sums = moments(squares, rule)
    if customers is not None:
        found = keys.merge(customers, on=by, how="left") if name else customers
        if len(found):  # else nobody answered
            sums = found[["ww", "ws", "ss"]].to_numpy(dtype=float).reshape(-1, 3)[: len(keys)]
    values = tuple(None if pd.isna(value) else value for value in keys[name]) if name else ("",)
    known = [value is not None and bool(name) for value in values]
    letters = tuple(letter if stated else "" for letter, stated in zip(ALPHABET + " ", known, strict=False))
    effective = effective_n(n, moments(parts, rule), sums)
    kish = np.minimum(kish_n(parts.sum(axis=1), np.maximum(sums[:, 0], 0)), n)
    return Groups(name, values, letters, n, parts, effective, kish)


def counted(answers: Answers, keys: Sequence[str]) -> pd.DataFrame:
    """Answers, weights and squared weights for each combination of the keys."""
    frame, weight = answers.counted(), answers.question.weight
    own_weight = nw.col(WEIGHT).cast(nw.Float64)
    sums = {_N: nw.len()}
    if weight:
        frame = frame.with_columns(**{_W: own_weight, _SQUARE: own_weight * own_weight})
        sums |= {name: nw.col(name).sum() for name in (_W, _SQUARE)}
    lines = frames.count_by(frame, list(keys), **sums)
    return lines if weight else lines.assign(**{_W: lines[_N], _SQUARE: lines[_N]})


def shares_of(answers: Answers, groups: Groups, name: str) -> tuple[list[Any], np.ndarray]:
    """Values of a row variable, missing last, and the weight of each in every group.

    Raises
    ------
    DataError
        If it has more than 50 values.
    """
    by = [groups.banner] if groups.banner else []
    lines = counted(answers, list(dict.fromkeys([*by, name])))
    values = frames.sort_keys(lines[[name]].drop_duplicates(), [name])
    _few(lines, name, MOST_ROWS, "a banner table has room for", "rows")
    keys = pd.DataFrame({groups.banner: list(groups.values)}) if by else pd.DataFrame(index=range(1))
    at = _places(lines, keys, by) * len(values) + _places(lines, values, [name])
    weights = np.bincount(at, lines[_W].to_numpy(dtype=float), len(keys) * len(values))
    return [None if pd.isna(value) else value for value in values[name]], weights.reshape(len(keys), len(values))


def _places(lines: pd.DataFrame, keys: pd.DataFrame, by: Sequence[str]) -> np.ndarray:
    """For each line the position of its key; missing values are alike."""
    if not by:
        return np.zeros(len(lines), dtype=int)
    places = {_alike(value): at for at, value in enumerate(keys[by[0]])}
    return np.array([places[_alike(value)] for value in lines[by[0]]], dtype=int)


def _alike(value: Any) -> Any:
    return None if pd.isna(value) else value


def _few(lines: pd.DataFrame, name: str, most: int, room: str, of: str) -> None:
    values = lines[name].dropna().unique()
    if len(values) > most:
        shown = ", ".join(repr(str(value)) for value in sorted(map(str, values))[:3])
        raise DataError(
            f"crosstab: '{name}' has {words.count(len(values))} values (first: {shown}); {room} {most} {of}. "
            "Group the rare ones first, or take another column."
        )
