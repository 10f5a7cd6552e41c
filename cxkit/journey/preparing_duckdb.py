"""A `Log` from rows that DuckDB holds or reads from files.

Where pyarrow is there, up to 20 million rows come as Arrow columns and are coded and sorted like any rows in memory, which
is two to three times as fast. Else DuckDB sorts, and writes to disk what does not fit into memory; only codes and times
come back. Customers need no code to be sorted: a new one begins where the value changes.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxkit.frames import Frame, literal, quote
from cxkit.journey.coding import blanks
from cxkit.journey.log import Codes, Log
from cxkit.journey.ordering import resolution
from cxkit.journey.preparing import Wanted
from cxkit.journey.preparing_frames import NEVER, from_columns

HAS_ARROW = find_spec("pyarrow") is not None

#: Events up to which the sorted rows are fetched in one go; more are kept by DuckDB and fetched piece by piece.
AT_ONCE = 20_000_000

#: What DuckDB may keep in memory while it sorts more than that.
WHILE_SORTING = "1500MB"


def from_relation(frame: Frame, wanted: Wanted) -> Log:
    """Find names and customers, then let DuckDB sort.

    Parameters
    ----------
    frame : narwhals.LazyFrame
        The needed columns, over DuckDB.
    wanted : Wanted
    """
    relation = frame.to_native()
    view = f"cxkit_events_{id(frame):x}"

    def ask(sql: str) -> Any:
        return relation.query(view, sql)

    source = _Source(frame, wanted, view)
    if HAS_ARROW and relation.aggregate("count(*)").fetchall()[0][0] <= AT_ONCE:
        return _by_arrow(ask, source, wanted)
    names, causes, rows = source.survey(ask)
    with _Limited(ask, rows > AT_ONCE):
        customers = _customers(ask, source)
        blank = blanks(customers)
        if blank.any():
            source.blank_customers = customers[blank].tolist()
            names, causes, rows = source.survey(ask)
            customers = customers[~blank]
        listed = {name: _values(ask, source, place) for place, name in enumerate(wanted.columns)}
        found = _fetched(ask, source.ordered(), rows - sum(n for _, n in causes))
    return _log(found, names, customers, listed, causes, rows, wanted)


def _by_arrow(ask: Callable[[str], Any], source: _Source, wanted: Wanted) -> Log:
    """The needed columns as Arrow, and then as any rows in memory."""
    rows = nw.from_native(ask(source.rows(*source.more)).to_arrow_table(), eager_only=True)
    return from_columns(
        rows["c"],
        rows["p"],
        (rows["t"].fill_null(NEVER) if rows["t"].null_count() else rows["t"]).to_numpy(),
        [rows[f"k{place}"] for place in range(len(source.ties))],
        [rows[f"x{place}"] for place in range(len(source.columns))],
        wanted,
        lazy=True,
    )


class _Source:
    """The SQL of one table of events: `c` customer, `p` touchpoint, `t` microseconds, `k…` ties, `x…` columns."""

    def __init__(self, frame: Frame, wanted: Wanted, view: str):
        schema = frame.collect_schema()
        self.view, self.wanted = view, wanted
        self.blank_customers: list[str] = []
        self.blank_names: list[str] = []
        self.customer = _plain(wanted.customer, schema[wanted.customer])
        self.touch = _name(wanted.touchpoint, schema[wanted.touchpoint])
        time = quote(wanted.time)
        zoned = getattr(schema[wanted.time], "time_zone", None) is not None
        self.time = f"epoch_us({time})" if zoned else f"epoch_us(CAST({time} AS TIMESTAMP))"
        self.ties = [_plain(name, schema[name], "") for name in wanted.tiebreak]
        self.columns = [_plain(name, schema[name]) for name in wanted.columns]

    def rows(self, *more: str) -> str:
        """All rows, with what is needed of them."""
        customer = _unless(self.customer, self.blank_customers)
        parts = [f"{customer} AS c", f"{_unless(self.touch, self.blank_names)} AS p", f"{self.time} AS t", *more]
        return f"SELECT {', '.join(parts)} FROM {self.view}"

    @property
    def more(self) -> list[str]:
        """Ties and further columns."""
        ties = [f"{tie} AS k{place}" for place, tie in enumerate(self.ties)]
        return ties + [f"{column} AS x{place}" for place, column in enumerate(self.columns)]

    @property
    def counts(self) -> str:
        """Whether a row counts."""
        late = f" AND t < {self.wanted.end}" if self.wanted.later_is_aside else ""
        return f"c IS NOT NULL AND t IS NOT NULL AND p IS NOT NULL{late}"

    def survey(self, ask: Callable[[str], Any]) -> tuple[list[str], tuple[tuple[str, int], ...], int]:
        """Touchpoints that count, rows set aside by cause, and all rows."""
        late = f"t >= {self.wanted.end}" if self.wanted.later_is_aside else "FALSE"
        groups = ask(
            f"SELECT p, count(*), count(*) FILTER (WHERE c IS NULL), count(*) FILTER (WHERE c IS NOT NULL AND t IS NULL), "
            f"count(*) FILTER (WHERE c IS NOT NULL AND t IS NOT NULL AND {late}) FROM ({self.rows()}) GROUP BY p ORDER BY p"
        ).fetchall()
        there = [group for group in groups if group[0] is not None and group[0].strip()]
        self.blank_names += [group[0] for group in groups if group[0] is not None and not group[0].strip()]
        causes = [
            ("without a customer", sum(group[2] for group in groups)),
            ("without a time", sum(group[3] for group in groups)),
            (
                "without a touchpoint",
                sum(group[1] - group[2] - group[3] for group in groups if not (group[0] or "").strip()),
            ),
        ]
        if self.wanted.later_is_aside:
            causes.append(("after as_of", sum(group[4] for group in there)))
        names = [group[0] for group in there if group[1] > group[2] + group[3] + group[4]]
        return names, tuple(causes), sum(group[1] for group in groups)

    def ordered(self) -> str:
        """Codes and times of the rows that count, in order."""
        rows = f"SELECT * FROM ({self.rows(*self.more)}) WHERE {self.counts}"
        joins = [
            "JOIN (SELECT p, row_number() OVER (ORDER BY p) - 1 AS touch FROM (SELECT DISTINCT p FROM r)) USING (p)"
        ]
        codes = ["touch::INTEGER AS touch"]
        for place in range(len(self.columns)):
            joins.append(
                f"LEFT JOIN (SELECT x{place}, row_number() OVER (ORDER BY x{place}) - 1 AS code{place} FROM "
                f"(SELECT DISTINCT x{place} FROM r) WHERE {_filled(f'x{place}')}) USING (x{place})"
            )
            codes.append(f"coalesce(code{place}, -1)::INTEGER AS code{place}")
        kept = ", ".join(["c", "t", *codes])
        order = ", ".join(["c", "t", *(f"k{place} NULLS LAST" for place in range(len(self.ties))), "touch"])
        last = ", ".join(["touch", *(f"code{place}" for place in range(len(self.columns)))])
        return (
            f"WITH r AS ({rows}) SELECT {last}, t, c IS DISTINCT FROM lag(c) OVER () AS fresh "
            f"FROM (SELECT {kept} FROM r {' '.join(joins)} ORDER BY {order})"
        )


def _filled(cell: str) -> str:
    """Whether a cell holds more than spaces."""
    return f"{cell} IS NOT NULL AND NOT regexp_full_match({cell}::VARCHAR, '[\\s\\p{{Z}}]*')"


def _unless(cell: str, blank: list[str]) -> str:
    """A cell, missing where it is one of these texts."""
    if not blank:
        return cell
    return f"CASE WHEN {cell} IN ({', '.join(map(literal, blank))}) THEN NULL ELSE {cell} END"


def _plain(column: str, dtype: Any, other: str = "VARCHAR") -> str:
    """A column as a kind of value that is the same from every engine: numbers and texts as they are."""
    cell = quote(column)
    if dtype.is_float():
        return f"CASE WHEN isnan({cell}) THEN NULL ELSE {cell} END"
    if dtype.is_integer() or dtype in (nw.String, nw.Boolean) or not other:
        return f"{cell}::VARCHAR" if dtype in (nw.Enum, nw.Categorical) else cell
    return f"{cell}::VARCHAR"


def _name(column: str, dtype: Any) -> str:
    """A column as names, written as `coding.name` writes them."""
    cell = quote(column)
    if dtype == nw.String:
        return cell
    if dtype == nw.Boolean:
        return f"CASE WHEN {cell} THEN 'True' WHEN NOT {cell} THEN 'False' END"
    if dtype.is_float():
        whole = f"{cell} = floor({cell}) AND abs({cell}) < 9e15"
        return f"CASE WHEN isnan({cell}) THEN NULL WHEN {whole} THEN {cell}::BIGINT::VARCHAR ELSE {cell}::VARCHAR END"
    return f"{cell}::VARCHAR"


def _customers(ask: Callable[[str], Any], source: _Source) -> pd.Index:
    values = ask(f"SELECT DISTINCT c FROM ({source.rows()}) WHERE {source.counts} ORDER BY c").fetchnumpy()["c"]
    values = np.ma.getdata(values)
    kind = values.dtype.kind
    if (kind == "f" and (values == np.floor(values)).all()) or (kind in "iu" and values.dtype != np.uint64):
        values = values.astype(np.int64)
    return pd.Index(values, dtype="str" if values.dtype == object else None)


def _values(ask: Callable[[str], Any], source: _Source, place: int) -> tuple[Any, ...]:
    """The sorted values of a further column, over the rows that count."""
    cell = f"x{place}"
    rows = source.rows(f"{source.columns[place]} AS {cell}")
    different = f"SELECT DISTINCT {cell} FROM ({rows}) WHERE {source.counts}"
    sql = f"SELECT {cell} FROM ({different}) WHERE {_filled(cell)} ORDER BY {cell}"
    values = [value for (value,) in ask(sql).fetchall()]
    if values and all(isinstance(value, float) and value.is_integer() for value in values):
        values = [int(value) for value in values]
    return tuple(values)


class _Limited:
    """Less memory for DuckDB while it sorts many rows, so that they and what comes back fit side by side."""

    def __init__(self, ask: Callable[[str], Any], wanted: bool):
        self.ask, self.wanted, self.before = ask, wanted, ""

    def __enter__(self) -> None:
        if self.wanted:
            self.before = self.ask("SELECT current_setting('memory_limit')").fetchall()[0][0]
            self.ask(f"SET memory_limit = '{WHILE_SORTING}'")

    def __exit__(self, *error: object) -> None:
        if self.wanted:
            self.ask(f"SET memory_limit = {literal(self.before)}")


def _fetched(ask: Callable[[str], Any], sql: str, n: int) -> dict[str, np.ndarray]:
    """The sorted rows as arrays; many of them piece by piece from a temporary table that DuckDB can put on disk."""
    if n <= AT_ONCE:
        return {name: np.ma.getdata(values) for name, values in ask(sql).fetchnumpy().items()}
    table = f"cxkit_sorted_{id(ask):x}"
    ask(f"CREATE TEMP TABLE {table} AS {sql}")
    try:
        found: dict[str, np.ndarray] = {}
        for first in range(0, n, 4_000_000):
            last = min(first + 4_000_000, n)
            piece = ask(f"SELECT * FROM {table} WHERE rowid >= {first} AND rowid < {last}").fetchnumpy()
            for name, values in piece.items():
                found.setdefault(name, np.empty(n, dtype=values.dtype))[first:last] = np.ma.getdata(values)
    finally:
        ask(f"DROP TABLE {table}")
    return found


def _log(
    found: dict[str, np.ndarray],
    names: list[str],
    customers: pd.Index,
    listed: dict[str, tuple[Any, ...]],
    causes: tuple[tuple[str, int], ...],
    rows: int,
    wanted: Wanted,
) -> Log:
    touch, time, fresh = found["touch"], found["t"], found["fresh"]
    begins = np.flatnonzero(fresh)
    same = np.zeros(time.size, dtype=bool)
    same[1:] = time[1:] == time[:-1]
    same[begins] = False
    tied = int(np.count_nonzero(same))
    return Log(
        touch=touch,
        time=time,
        starts=np.append(begins, time.size),
        customer=np.arange(begins.size),
        customers=customers,
        touchpoints=tuple(names),
        columns=MappingProxyType(
            {name: Codes(found[f"code{k}"], values) for k, (name, values) in enumerate(listed.items())}
        ),
        set_aside=causes,
        rows=rows,
        tied=tied,
        ties=wanted.ties(True),
        as_of=wanted.end,
        repeated=_repeats(same, touch) if tied else 0,
        resolution=resolution(time),
    )


def _repeats(same: np.ndarray, touch: np.ndarray) -> int:
    """Events with time and touchpoint of another one before them of the same customer."""
    tied = same.copy()
    tied[:-1] |= same[1:]
    at = np.flatnonzero(tied)
    group, kind = np.cumsum(~same[at]), touch[at]
    order = np.lexsort([kind, group])
    group, kind = group[order], kind[order]
    return int(np.count_nonzero((group[1:] == group[:-1]) & (kind[1:] == kind[:-1])))
