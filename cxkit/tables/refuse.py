"""How values that a column cannot hold are refused: what, how many, where, and what to do."""

from __future__ import annotations

from typing import Any

from cxkit.errors import DataError
from cxkit.tables.raw import Raw
from cxkit.tables.schema import Schema
from cxkit.words import count


def unreadable(
    raw: Raw, base: Any, schema: Schema, name: str, theirs: str, cell: str, condition: str, kind: str
) -> None:
    """Raise if some values of a column meet a condition; name the first and the way out.

    Raises
    ------
    DataError
        With the count, the first rows and values, and the arguments that help.
    """
    bad, total = base.aggregate(f"count(*) FILTER (WHERE {condition}), count({cell})").fetchall()[0]
    if not bad:
        return
    numbered = base if raw.numbered else base.project(f"row_number() OVER () AS n, {cell}")
    first = numbered.filter(condition).project(f"n, {cell}").limit(200).fetchall()
    rows = ", ".join(count(row) for row, _ in first[:3])
    values = list(dict.fromkeys(str(value) for _, value in first))
    shown = ", ".join(repr(value[:40]) for value in values[:3])
    marks = ", ".join(repr(value[:40]) for value in values[:3]) + ("," if len(values) == 1 else "")
    if len(values) > 3:
        marks += ", …"
    where = f"(first at row{'s' if bad > 1 else ''} {rows}: {shown})"
    ways = [f"If they mean no answer, say missing=({marks})."] if len(values) <= 20 else []
    if bad <= 2 and first[0][0] <= 2:
        ways.append("If these are headings, say header_rows=.")
    if name not in schema.required and name not in schema.either:
        ways.append(f'If the column is something else, rename it: columns="{theirs}:other name".')
    elif bad == total:
        ways.append(f"If '{name}' is another column, map it with columns=.")
    raise DataError(
        f"{schema.name}: {count(bad)} of {count(total)} values in '{theirs}' cannot be read as {kind} {where}. "
        + " ".join(ways or ["Recode them, or map another column with columns=."])
    )
