"""What a file holds and how to read it, before it is read in earnest: the text behind `cxkit check`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cxkit.errors import DataError, MissingPackage
from cxkit.tables.health import Health
from cxkit.tables.naming import fold, propose, written
from cxkit.tables.options import column_mapping
from cxkit.tables.reader import read
from cxkit.tables.schema import Schema, schema_of
from cxkit.tables.table import Table
from cxkit.words import count, number

_KINDS = {"id": "an id", "number": "numbers", "time": "dates and times", "text": "text", "flag": "yes or no"}


@dataclass(frozen=True)
class Check:
    """What a source holds, as one of the tables.

    Attributes
    ----------
    table, source : str
        What it was checked as, and what it is called.
    ok : bool
        Whether `read` takes it as it was called.
    health : Health or None
        The health report, if it could be read with the columns given or proposed.
    columns : mapping
        The whole mapping to read it with: the columns given, and those proposed.
    proposed : mapping
        Columns that could be ones of the table under another name; a person decides.
    missing : tuple of str
        Needed columns for which nothing was found.
    problems : tuple of str
        What stands in the way, and how to mend it.
    text : str
        All of it for a terminal.
    """

    table: str
    source: str
    ok: bool
    health: Health | None
    columns: Mapping[str, str]
    proposed: Mapping[str, str]
    missing: tuple[str, ...]
    problems: tuple[str, ...]
    text: str

    def __repr__(self) -> str:
        return self.text


def check(source: Any, as_: str, **read_options: Any) -> Check:
    """Say what a source holds as one of the nine tables, and the line that reads it.

    Parameters
    ----------
    source : str, path or frame
        As for `read`.
    as_ : str
        The table: responses, events …
    **read_options
        As for `read`.

    Returns
    -------
    Check
        Its `text` is for a terminal; it holds counts and column names, never rows.

    Raises
    ------
    UsageError
        If the table or an option is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> found = check(pd.DataFrame({"nps": [9, 3], "why": ["good", "slow"]}), "responses")
    >>> found.ok, dict(found.proposed)
    (False, {'nps': 'score', 'why': 'comment'})
    """
    schema = schema_of(as_)
    given = column_mapping(read_options.pop("columns", None))
    problems: list[str] = []
    table = _try(schema, source, given, read_options, problems)
    ok = table is not None
    names = _names(table, schema, source, read_options)
    taken = _taken(schema, names, given)
    proposed = {} if names is None else propose(schema, names, taken)
    columns = {**given, **proposed}
    missing = _missing(schema, taken, proposed)
    if table is None and proposed and not missing:
        again: list[str] = []
        table = _try(schema, source, columns, read_options, again)
        problems += [text for text in again if text not in problems]
    label = table.source if table is not None else _label(source)
    health = table.health if table is not None else None
    text = _text(schema, label, ok, health, names, columns, proposed, missing, problems, source)
    return Check(schema.name, label, ok, health, columns, proposed, missing, tuple(problems), text)


def _try(
    schema: Schema, source: Any, columns: Mapping[str, str], options: Mapping, problems: list[str]
) -> Table | None:
    try:
        return read(schema.name, source, columns=columns, **options)
    except (DataError, MissingPackage) as error:
        problems.append(str(error))
        return None


def _names(table: Table | None, schema: Schema, source: Any, options: Mapping) -> list[str] | None:
    """Their column names, as far as the source can be opened at all."""
    from cxkit.tables.opening import column_names

    if table is not None:
        return [column.theirs for column in table.health.columns]
    try:
        return column_names(schema, source, options)
    except (DataError, MissingPackage):
        return None


def _taken(schema: Schema, names: list[str] | None, given: Mapping[str, str]) -> dict[str, str]:
    """Their columns that are ones of the table already: by the mapping, or by name."""
    taken = dict(given)
    for name in names or ():
        if name not in taken and fold(name) in schema.names and fold(name) not in taken.values():
            taken[name] = fold(name)
    return taken


def _missing(schema: Schema, taken: Mapping[str, str], proposed: Mapping[str, str]) -> tuple[str, ...]:
    have = {*taken.values(), *proposed.values()}
    out = [name for name in schema.required if name not in have]
    if schema.either and not have & set(schema.either):
        out.append(" or ".join(schema.either))
    return tuple(out)


def _label(source: Any) -> str:
    return os.path.basename(os.fspath(source)) if isinstance(source, (str, os.PathLike)) else type(source).__name__


def _text(
    schema: Schema,
    label: str,
    ok: bool,
    health: Health | None,
    names: list[str] | None,
    columns: Mapping[str, str],
    proposed: Mapping[str, str],
    missing: tuple[str, ...],
    problems: list[str],
    source: Any,
) -> str:
    lines = [f"{label} as {schema.name} (one row is {schema.row})", ""]
    if health:
        lines += [line for line in (health.sentence(), health.about()) if line] + [""]
        lines += [*_columns(schema, health, proposed), ""]
        lines += [f"{'!' if note.kind == 'caution' else '-'} {note.text}" for note in health.notes]
        lines += [""] if health.notes else []
    elif names:
        lines += ["Columns: " + ", ".join(f"'{name}'" for name in names), ""]
    if problems:
        lines += ["What stands in the way:", *(f"! {problem}" for problem in problems), ""]
    if missing:
        lines += [f"No column was found for: {', '.join(missing)}.", ""]
    lines += _ending(schema, ok, health, columns, proposed, source)
    return "\n".join(lines).rstrip() + "\n"


def _ending(schema: Schema, ok: bool, health: Health | None, columns, proposed, source: Any) -> list[str]:
    where = repr(os.fspath(source)) if isinstance(source, (str, os.PathLike)) else "frame"
    call = f"cxkit.read({schema.name!r}, {where}"
    if columns:
        mapping = f'"{written(columns)}"' if not any(";" in name for name in columns) else repr(dict(columns))
        line = [f"columns={mapping}", "", f"table = {call}, columns={mapping})"]
    else:
        line = [f"table = {call})"]
    if ok and not proposed:
        return ["It can be read as it is:", line[-1]]
    if ok:
        return ["It can be read as it is. These columns could be more of the table; leave out what is wrong:", *line]
    if health:
        return ["Ready to use, if the columns are the right ones:", *line]
    return []


def _columns(schema: Schema, health: Health, proposed: Mapping[str, str]) -> list[str]:
    """One line a column: name, kind, missing, range, and what it is or could be."""
    rows = []
    for column in health.columns:
        known = schema.column(column.name)
        role = ""
        if column.theirs in proposed:
            role = f"could be '{proposed[column.theirs]}' ({schema.column(proposed[column.theirs]).description})"
        elif known:
            role = f"is '{known.name}'" if column.theirs != known.name else known.description
        missing = "" if column.missing is None else f"{count(column.missing)} missing"
        rows.append((column.theirs.replace("\n", " "), _KINDS[column.kind], missing, _range(column), role))
    widths = [min(40, max(len(row[place]) for row in rows)) for place in range(4)] if rows else []
    return ["  " + "  ".join([*(row[p].ljust(widths[p]) for p in range(4)), row[4]]).rstrip() for row in rows]


def _range(column: Any) -> str:
    if column.low is None or column.high is None:
        return f"{count(column.distinct)} different" if column.distinct is not None else ""
    if column.kind == "time":
        return f"{column.low:%Y-%m-%d} to {column.high:%Y-%m-%d}"
    whole = float(column.low).is_integer() and float(column.high).is_integer()
    return f"{number(column.low, 0 if whole else 2)} to {number(column.high, 0 if whole else 2)}"
