"""Two periods counted group by group, and what customers with several answers have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxkit import frames, words
from cxkit.errors import DataError
from cxkit.stats.bridge_limits import Spread, independent
from cxkit.survey.answers import VALUE, WEIGHT, Answers, Question
from cxkit.survey.clusters import sifted
from cxkit.survey.estimate import box_counts
from cxkit.survey.tally import tally

#: Sums of one customer in one group: weight and weighted value before, the same two now; then answers, and the sums of
#: weighted squared values.
_X = ("_cx_x0", "_cx_x1", "_cx_x2", "_cx_x3")
_N, _Q = ("_cx_n0", "_cx_n1"), ("_cx_q0", "_cx_q1")

#: Sums of squared weights (times value, times its square) of answers without a customer, and their places in a matrix.
_ALONE = ("_cx_a0", "_cx_a1", "_cx_a2", "_cx_a3", "_cx_a4", "_cx_a5")
_PLACES = ((0, 0), (0, 1), (1, 1), (2, 2), (2, 3), (3, 3))


@dataclass(frozen=True)
class Counts:
    """Both periods, group by group in one order.

    Attributes
    ----------
    keys : DataFrame
        The group columns.
    before, now : ndarray (groups, 3)
        Weights of detractors, passives and promoters (unweighted: their numbers).
    n_before, n : ndarray of int64
        Answers.
    spread : Spread
        What chance works on.
    repeated : int
        Customers with more than one answer in both periods together; 0 where that was not asked.
    names : (str, str)
        What the periods are called.
    said : tuple of str
        Weights, customers, and which answers count, in words.
    """

    keys: pd.DataFrame
    before: np.ndarray
    now: np.ndarray
    n_before: np.ndarray
    n: np.ndarray
    spread: Spread
    repeated: int
    names: tuple[str, str]
    said: tuple[str, ...]


def counts_of(before: Any, now: Any, question: Question, cluster: bool, names: tuple[str, str]) -> Counts:
    """Count both periods on their engines.

    Parameters
    ----------
    before, now : Table or frame
    question : Question
    cluster : bool
        Whether the answers of one customer belong together.
    names : (str, str)

    Returns
    -------
    Counts

    Raises
    ------
    DataError
        If a period has no answers, a column is missing, or a score or weight does not fit.
    """
    there = [question.customer in frames.column_names(frames.as_frame(data)) for data in (before, now)]
    try:
        found = (_clustered if cluster and all(there) else _plain)(before, now, question, names)
    except TypeError:
        _refuse_unlike(before, now, question)
        raise
    if cluster and not all(there):
        alone = f"answers taken as independent (no column '{question.customer}')"
        found = replace(found, said=(alone, *found.said))
    for n, name, other in ((found.n_before, *names), (found.n, *names[::-1])):
        if not n.sum():
            raise DataError(
                f"mix_and_rate: there is no answer to count in '{name}', so there is no change from or to '{other}' "
                "to explain. Choose a period with answers."
            )
    if question.weight:
        found = replace(found, said=(f"weighted by '{question.weight}'", *found.said))
    return found


def _plain(before: Any, now: Any, question: Question, names: tuple[str, str]) -> Counts:
    """Every answer stands for itself."""
    sides = [tally(data, replace(question, customer="")) for data in (before, now)]
    keys, places = _union([side.keys for side in sides], list(question.by))
    parts = [_spread_out(_boxes(side.parts, question), at, len(keys)) for side, at in zip(sides, places, strict=True)]
    squares = [
        _spread_out(_boxes(side.parts if side.squares is None else side.squares, question), at, len(keys))
        for side, at in zip(sides, places, strict=True)
    ]
    n = [_spread_out(side.n, at, len(keys)) for side, at in zip(sides, places, strict=True)]
    some = (n[0] + n[1]) > 0
    (b, w), (sb, sw), (nb, nw_) = ([part[some] for part in pair] for pair in (parts, squares, n))
    said = tuple(f"{name}: {', '.join(side.said)}" for name, side in zip(names, sides, strict=True))
    return Counts(keys[some].reset_index(drop=True), b, w, nb, nw_, independent(sb, sw), 0, names, said)


def _boxes(parts: np.ndarray, question: Question) -> np.ndarray:
    """Detractors, passives, promoters."""
    plus, minus = box_counts(parts, question.rule)
    return np.stack([minus, np.maximum(parts.sum(axis=1) - plus - minus, 0), plus], axis=-1)


def _union(tables: list[pd.DataFrame], by: list[str]) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """The groups of two tables, sorted, and where the groups of each stand among them."""
    both = pd.concat([table[by] for table in tables], ignore_index=True)
    code = both.groupby(by, dropna=False, sort=False, observed=True).ngroup().to_numpy()
    first = both.loc[np.unique(code, return_index=True)[1]].reset_index(drop=True)
    order = frames.sort_keys(first.assign(_cx_at=range(len(first))), by)["_cx_at"].to_numpy()
    place = np.argsort(order)[code]
    return first.loc[order].reset_index(drop=True), [place[: len(tables[0])], place[len(tables[0]) :]]


def _refuse_unlike(before: Any, now: Any, question: Question) -> None:
    """Segments that are texts in one period and numbers in the other cannot be matched."""
    schemas = [frames.as_frame(data).collect_schema() for data in (before, now)]
    for name in question.by:
        kinds = ["numbers" if schema[name].is_numeric() else "texts" for schema in schemas]
        if kinds[0] != kinds[1]:
            raise DataError(
                f"mix_and_rate: the segments in '{name}' are {kinds[0]} in the earlier period and {kinds[1]} in the later, "
                "so they cannot be matched. Make them one kind in both."
            )


def _spread_out(values: np.ndarray, at: np.ndarray, size: int) -> np.ndarray:
    """Values of some groups at their places among all."""
    out = np.zeros((size, *values.shape[1:]), dtype=values.dtype)
    out[at] = values
    return out


def _clustered(before: Any, now: Any, question: Question, names: tuple[str, str]) -> Counts:
    """Sums of products over customers, made on the engine in one query over both periods."""
    aside: list[list[str]] = [[], []]
    sides = [sifted(data, question, said) for data, said in zip((before, now), aside, strict=True)]
    by, customer = list(question.by), question.customer
    rows = _stacked([_marked(side, which) for which, side in enumerate(sides)])
    kept = [name for name in rows.collect_schema().names() if name not in (*by, customer)]
    lines = rows.group_by(*by, customer, drop_null_keys=False).agg(**{name: nw.col(name).sum() for name in kept})
    every = [name for name in (*_X, *_N) if name in kept]
    totals = lines.group_by(customer, drop_null_keys=True).agg(**{f"{name}t": nw.col(name).sum() for name in every})
    made = _products(customer, bool(question.weight))
    summed = lines.join(totals, on=customer, how="left").with_columns(**made)
    sums = [*(name for name in kept if name not in _ALONE), *made]
    table = frames.count_by(summed, by, **{name: nw.col(name).sum() for name in sums})
    return _from_sums(table.fillna(dict.fromkeys(sums, 0.0)), by, names, aside)


def _products(customer: str, weighted: bool) -> dict[str, nw.Expr]:
    """Products of a customer's sums in a group with each other (o) and with its sums over all groups (c)."""
    made, somebody = {}, ~nw.col(customer).is_null()
    squares = dict(zip(_PLACES, _ALONE if weighted else (*_plain_squares(0), *_plain_squares(1)), strict=True))
    for i, j in product(range(4), repeat=2):
        name = squares.get((min(i, j), max(i, j)))
        single = nw.lit(0.0) if name is None else nw.col(name)
        if i <= j:
            made[f"_cx_o{i}{j}"] = nw.when(somebody).then(nw.col(_X[i]) * nw.col(_X[j])).otherwise(single)
        made[f"_cx_c{i}{j}"] = nw.when(somebody).then(nw.col(_X[i]) * nw.col(f"{_X[j]}t")).otherwise(single)
    one, other = _N if weighted else _X[::2]
    n, every = nw.col(one) + nw.col(other), nw.col(f"{one}t") + nw.col(f"{other}t")
    made["_cx_again"] = nw.when(somebody & (every > 1)).then(n / every).otherwise(0.0)  # adds up to 1 a customer
    return made


def _plain_squares(which: int) -> tuple[str, str, str]:
    """Without weights 1 * 1, 1 * y and y * y add up to the answers, the sum of y and that of its square."""
    return _X[2 * which], _X[2 * which + 1], _Q[which]


def _marked(side: Answers, which: int) -> frames.Frame:
    """The answers of one period: weight and value under the names of that period, zero under those of the other."""
    question, rule, value = side.question, side.question.rule, nw.col(VALUE)
    plus = (value >= rule.plus[0]) & (value <= rule.plus[1])
    minus = (value >= rule.minus[0]) & (value <= rule.minus[1])
    y = nw.when(plus).then(1.0).otherwise(nw.when(minus).then(-1.0).otherwise(0.0))
    rows = side.counted().with_columns(_cx_y=y, _cx_one=nw.lit(1.0))
    y, w = nw.col("_cx_y"), nw.col(WEIGHT if question.weight else "_cx_one")
    made = dict.fromkeys((*_X, *_Q, *((*_N, *_ALONE) if question.weight else ())), nw.lit(0.0))
    made |= {_X[2 * which]: w, _X[2 * which + 1]: w * y, _Q[which]: w * y * y}
    if question.weight:  # without weights x counts the answers
        made[_N[which]] = nw.col("_cx_one")
        made |= dict(zip(_ALONE[3 * which : 3 * which + 3], (w * w, w * w * y, w * w * y * y), strict=True))
    return rows.select(*question.by, question.customer, *(column.alias(name) for name, column in made.items()))


def _stacked(parts: list[frames.Frame]) -> frames.Frame:
    """Both periods one under the other: on their engine where they share one, else at home."""
    one, other = parts
    alike = type(one) is type(other) and one.implementation is other.implementation
    if alike and one.collect_schema() == other.collect_schema():
        try:
            return nw.concat(parts, how="vertical")
        except Exception as fault:  # two connections of one engine do not see each other's rows
            if "connection" not in str(fault).lower():
                raise
    return nw.from_native(pd.concat([frames.collect(part) for part in parts], ignore_index=True))


def _from_sums(table: pd.DataFrame, by: list[str], names: tuple[str, str], aside: list[list[str]]) -> Counts:
    """Counts and second moments of each group from the collected sums."""
    places = _N if _N[0] in table else _X[::2]
    table = table[(table[places[0]] + table[places[1]]) > 0].reset_index(drop=True)
    at = {name: table[name].to_numpy(dtype=float) for name in table.columns if name not in by}
    own, cross = np.zeros((len(table), 4, 4)), np.zeros((len(table), 4, 4))
    for i, j in product(range(4), repeat=2):
        own[:, i, j] = at[f"_cx_o{min(i, j)}{max(i, j)}"]
        cross[:, i, j] = at[f"_cx_c{i}{j}"]
    parts = []
    for which in (0, 1):
        w, s, q = at[_X[2 * which]], at[_X[2 * which + 1]], at[_Q[which]]
        parts.append(np.maximum(np.stack([(q - s) / 2, w - q, (q + s) / 2], axis=-1), 0))
    repeated = round(at["_cx_again"].sum())
    clustered = f"clustered by customer, {words.count(repeated)} answered more than once in the two periods"
    said = (
        clustered,
        *(f"{name}: {', '.join(['all answers', *also])}" for name, also in zip(names, aside, strict=True)),
    )
    n = [np.round(at[name]).astype("int64") for name in places]
    spread = Spread(own, cross, cross.sum(axis=0))
    return Counts(table[by].copy(), *parts, *n, spread, repeated, names, said)
