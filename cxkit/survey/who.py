"""Who answers: customers by what is known of them, against everyone who was asked.

Invitations, answers and customers come from different systems, perhaps on different engines, and nothing but the
customer links them. So each is reduced to one short row a customer where it is, and only those rows meet here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxkit import frames, words
from cxkit.errors import DataError
from cxkit.stats.compare import adjusted_level, share_difference
from cxkit.stats.weighted import effective_n
from cxkit.survey.invited import WHO
from cxkit.survey.response_rate import Shares, adjust_within, compared
from cxkit.survey.segments import segment_columns
from cxkit.tables.table import frame_of

#: A column with more values than this divides customers too finely to say who answers.
MOST_VALUES = 50

#: Columns taken where none are named.
MOST_COLUMNS = 6

OTHERS = "all others"


@dataclass(frozen=True)
class Cells:
    """Customers by the columns together.

    Attributes
    ----------
    table : DataFrame
        One row a combination: the columns (text; missing stays missing) and `customers`.
    cell : Series
        Row of `table` for each customer id.
    columns : tuple of str
    """

    table: pd.DataFrame
    cell: pd.Series
    columns: tuple[str, ...]

    def of(self, customers: pd.Series) -> np.ndarray:
        """The cell of each customer; -1 where the customer is not in the table."""
        place = self.cell.index.get_indexer(frames.id_texts(customers))
        return np.where(place >= 0, self.cell.to_numpy()[place], -1)


def cells(customers: Any, columns: Sequence[str], customer: str) -> Cells:
    """Put each customer into a cell.

    Raises
    ------
    DataError
        If a column is missing or has too many values, or a customer stands in several rows.
    """
    frame = frame_of("customers", customers, [customer, *columns])
    if twice := frames.repeated_keys(frame, customer):
        many = "some customers stand"
        if twice is not True:
            many = f"{words.plural(twice, 'customer')} {'stands' if twice == 1 else 'stand'}"
        raise DataError(f"customers: {many} in more than one row. Keep one row of each '{customer}'.")
    frame = frame.filter(~nw.col(customer).is_null())
    for name in columns:  # before all columns are crossed
        values = frames.row_count(frame.select(name).unique())
        if values > MOST_VALUES:
            raise DataError(
                f"who: '{name}' has {words.count(values)} values, more than {MOST_VALUES}. Group it first (towns to "
                "regions, ages to bands), or leave it out."
            )
    table = frames.count_by(frame, list(columns), customers=nw.len())
    code, known = nw.lit(0), np.zeros(len(table), dtype="int64")
    for name in columns:
        levels = table[name].dropna().unique().tolist()
        place = nw.lit(len(levels))
        for at, level in enumerate(levels):
            place = nw.when(nw.col(name) == level).then(nw.lit(at)).otherwise(place)
        code = code * (len(levels) + 1) + place
        known = known * (len(levels) + 1) + pd.Categorical(table[name], categories=levels).codes % (len(levels) + 1)
    rows = frames.collect(frame.select(nw.col(customer).alias(WHO), _cx_code=code.cast(nw.Int64)))
    order = np.argsort(known)
    cell = order[np.searchsorted(known[order], rows["_cx_code"].to_numpy())]
    for name in columns:
        table[name] = table[name].astype("object").where(table[name].notna(), None).astype("str")
    return Cells(table, pd.Series(cell, index=pd.Index(frames.id_texts(rows[WHO]))), tuple(columns))


def who_columns(customers: Any) -> list[str]:
    """The columns of customers that can say who answers, where none are named."""
    return segment_columns(customers, most=MOST_COLUMNS)


@dataclass(frozen=True)
class _Side:
    """Sums over customers of some groups: invitations, answers, and their products."""

    m: np.ndarray
    a: np.ndarray
    mm: np.ndarray
    ma: np.ndarray
    aa: np.ndarray

    @classmethod
    def joined(cls, sides: Sequence[_Side]) -> _Side:
        return cls(*(np.concatenate(parts) for parts in zip(*(vars(side).values() for side in sides), strict=True)))

    def shares(self, cluster: bool) -> Shares:
        moments = np.stack([self.m, self.a, self.a], axis=-1)
        squares = np.maximum(np.stack([self.mm, self.ma, self.aa], axis=-1), 0)
        return Shares(self.m, self.a, effective_n(self.m, moments, squares) if cluster else self.m)


def _side(code: np.ndarray, m: np.ndarray, a: np.ndarray, groups: int) -> _Side:
    return _Side(*(np.bincount(code, values, groups).astype(float) for values in (m, a, m * m, m * a, a * a)))


def who_table(
    customers: pd.DataFrame, known: Cells, confidence: float, how: str, cluster: bool, said: str
) -> tuple[pd.DataFrame, list[str]]:
    """Each value of each column against all other customers; and what was left out, in words."""
    asked, answered = customers["v0"].to_numpy(dtype=float), customers["v1"].to_numpy(dtype=float)
    cell = customers["cell"].to_numpy()
    there = (cell >= 0) & (asked > 0)
    aside = []
    if strangers := int(asked[cell < 0].sum()):
        aside.append(
            f"{words.plural(strangers, 'invitation')} of customers who are not in the customers table left out"
        )
    asked, answered, cell = asked[there], answered[there], cell[there]
    keys, one, rest, people = [], [], [], []
    for name in known.columns:
        values = known.table[name]
        levels = [*sorted(values.dropna().unique()), *([None] if values.isna().any() else [])]
        code = pd.Categorical(values, categories=[v for v in levels if v is not None]).codes
        code = np.where(code < 0, len(levels) - 1, code)
        side = _side(code[cell], asked, answered, len(levels))
        stated = np.array([v is not None for v in levels])
        others = _Side(*(np.where(stated, part[stated].sum() - part, 0.0) for part in vars(side).values()))
        keys += [{"column": name, "value": value} for value in levels]
        one.append(side)
        rest.append(others)
        people.append(np.bincount(code, known.table["customers"], len(levels)))
    one, rest = _Side.joined(one), _Side.joined(rest)
    table = _compared(pd.DataFrame(keys), one.shares(cluster), rest.shares(cluster), confidence, how, said)
    return _with_shares(table, one, np.concatenate(people), asked.sum(), answered.sum()), aside


def _compared(keys: pd.DataFrame, one: Shares, rest: Shares, confidence: float, how: str, said: str) -> pd.DataFrame:
    p = share_difference(*one.counts, *rest.counts, confidence=confidence).p
    adjusted, looked = adjust_within(p, np.zeros(len(p), dtype=int), how)
    found = share_difference(*one.counts, *rest.counts, confidence=adjusted_level(p, adjusted, confidence))
    return compared(
        keys.astype("str"), ["column", "value"], one, rest, OTHERS,
        (found.estimate, found.low, found.high), (p, adjusted, looked), confidence,
        f"answered / invited against all others; Newcombe interval of the difference; {said}",
    )  # fmt: skip


def _with_shares(table: pd.DataFrame, one: _Side, people: np.ndarray, asked: float, answered: float) -> pd.DataFrame:
    """Add what share of customers, invitations and answers each value has, and its index."""
    whole = table.groupby("column")["n"].transform("sum").to_numpy()
    owners = pd.Series(people).groupby(table["column"].to_numpy()).transform("sum").to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        invited, replied = one.m / whole, one.a / answered
        # Rate over the rate of all: with the latter as known, the index moves with the difference to the others.
        lever = (1 - invited) / (answered / asked)
        columns = {"customers_share": people / owners, "invited_share": invited, "answered_share": replied}
        columns["index"] = replied / invited
        limits = {f"index_{side}": np.maximum(1 + lever * table[f"difference_{side}"], 0) for side in ("low", "high")}
    return table.assign(**columns, **limits)
