"""Yes and no, as exports write them."""

from __future__ import annotations

from typing import Any

from cxkit.tables.cells import texts
from cxkit.tables.raw import Raw
from cxkit.tables.refuse import unreadable
from cxkit.tables.schema import Schema

YES = ("true", "t", "yes", "y", "1", "1.0", "ja", "oui", "si", "sí", "sim", "wahr", "vrai", "x")
NO = ("false", "f", "no", "n", "0", "0.0", "nein", "non", "nao", "não", "falsch", "faux", "nee")


def flag_sql(cell: str) -> str:
    """A cell as BOOLEAN, NULL if it is neither yes nor no."""
    return f"CASE WHEN lower({cell}) IN {texts(YES)} THEN TRUE WHEN lower({cell}) IN {texts(NO)} THEN FALSE END"


def settle(raw: Raw, base: Any, place: int, name: str, theirs: str, schema: Schema, n: int) -> str:
    """The SQL of a yes-or-no column.

    Raises
    ------
    DataError
        If some values are neither.
    """
    cell = f"c{place}"
    sql = flag_sql(cell)
    if n:
        condition = f"{cell} IS NOT NULL AND ({sql}) IS NULL"
        unreadable(raw, base, schema, name, theirs, cell, condition, "yes or no")
    return sql
