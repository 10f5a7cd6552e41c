"""Rows as they came, in DuckDB, before anything is decided about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cxkit.tables.log import Log


@dataclass
class Raw:
    """A source as DuckDB sees it.

    Attributes
    ----------
    connection : DuckDBPyConnection
        Where it lives.
    relation : DuckDBPyRelation
        Columns `c0`, `c1` … in the order of `names`, and `n`, the row number from 1, if `numbered`.
    names : list of str
        Their column names, as written.
    label : str
        How the page calls the source.
    log : Log
        What was noted so far.
    encoding, separator : str
        In words; empty where they do not apply.
    decimal : str
        The decimal mark, where the source itself settles it (Excel and JSON write numbers with a point).
    text : bool
        Whether it came as text throughout, so that every column has to be decided.
    numbered : bool
        Whether column `n` is there.
    count : int, optional
        How many rows, if known without counting.
    empty : mapping
        Missing values by place, if known without counting.
    aware : set of int
        Places of columns that hold instants as UTC without saying so.
    ranges : mapping
        Least, greatest and count of the values by place, for typed numbers and times without not-a-number.
    filled : set of int
        Places of text columns that are known to hold no empty text.
    schema : str
        The database in front of table names made for it: "" or "rows.".
    """

    connection: Any
    relation: Any
    names: list[str]
    label: str
    log: Log
    encoding: str = ""
    separator: str = ""
    decimal: str = ""
    text: bool = True
    numbered: bool = True
    count: int | None = None
    empty: dict[int, int] = field(default_factory=dict)
    aware: set[int] = field(default_factory=set)
    ranges: dict[int, tuple[Any, Any, int]] = field(default_factory=dict)
    filled: set[int] = field(default_factory=set)
    schema: str = ""

    def ask(self, sql: str) -> tuple:
        """One row of aggregates over all rows."""
        return self.relation.aggregate(sql).fetchall()[0]


def empty_table(connection: Any, schema: str, width: int) -> str:
    """Make the table that text rows go into; return its name."""
    columns = "".join(f", c{place} VARCHAR" for place in range(width))
    connection.execute(f"CREATE TABLE {schema}raw (n BIGINT{columns})")
    return f"{schema}raw"
