"""Column names: made unique, matched with the table's own, suggested where they are only near."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from cxkit.errors import DataError, suggest
from cxkit.tables.log import Log
from cxkit.tables.schema import Schema

_NOT_WORD = re.compile(r"[\W_]+")


def fold(name: str) -> str:
    """A name as compared: no case, one underscore for anything that is no letter or digit.

    >>> fold(" Customer-ID ")
    'customer_id'
    """
    return _NOT_WORD.sub("_", name.casefold()).strip("_")


@dataclass(frozen=True)
class Names:
    """The source's column names after they were made unique.

    Attributes
    ----------
    names : list of str
        One a column, unique even without regard to case.
    doubled : mapping
        Names that the source uses more than once, with what they were made into.
    unnamed : list of int
        Positions of the columns that had no name.
    """

    names: list[str]
    doubled: Mapping[str, list[str]]
    unnamed: list[int]


def unique(names: Sequence[str]) -> Names:
    """Make column names unique: a doubled name gets (1), (2) …, an unnamed column its position.

    >>> unique(["a", "", "a"]).names
    ['a (1)', 'column 2', 'a (2)']
    """
    cleaned = [str(name).strip() for name in names]
    counts: dict[str, int] = {}
    for name in cleaned:
        counts[name] = counts.get(name, 0) + 1
    out: list[str] = []
    taken = {name.casefold() for name in cleaned if name and counts[name] == 1}
    used: set[str] = set()
    doubled: dict[str, list[str]] = {}
    unnamed = [place for place, name in enumerate(cleaned) if not name]
    for place, name in enumerate(cleaned):
        wanted = name or f"column {place + 1}"
        if name and counts[name] == 1 and name.casefold() not in used:
            final = name
        else:
            number = 1 if name else 0
            final = f"{wanted} ({number})" if number else wanted
            while final.casefold() in used or final.casefold() in taken:
                number += 1
                final = f"{wanted} ({number})"
            if name and counts[name] > 1:
                doubled.setdefault(name, []).append(final)
        used.add(final.casefold())
        out.append(final)
    return Names(out, doubled, unnamed)


def resolve(schema: Schema, found: Names, columns: Mapping[str, str], log: Log) -> dict[str, str]:
    """Decide what each of their columns is called here: {theirs: ours}, in their order.

    A name is taken over when it equals one of the table's own, but for case, spaces and hyphens. What only resembles
    one is left as it is, and suggested if something is missing.

    Raises
    ------
    DataError
        If a mapped column is not there or stands there twice, or a needed column is missing.
    """
    _check_mapped(schema, found, columns)
    claimed = set(columns.values())
    chosen = dict(columns)
    free = [name for name in found.names if name not in columns]
    for name in schema.names:
        if name in claimed:
            continue
        for theirs in [other for other in free if other == name] or [other for other in free if fold(other) == name]:
            chosen[theirs] = name
            claimed.add(name)
            if theirs != name:
                log.said(f"Column '{theirs}' is read as '{name}'.")
            break
        else:
            _refuse_doubled(schema, found, name)
    final, used = {}, {ours.casefold() for ours in claimed}
    for theirs in found.names:
        ours = chosen.get(theirs, theirs)
        if theirs not in chosen:
            ours = _beside(ours, used)
            if ours != theirs:
                log.said(f"Column '{theirs}' is kept as '{ours}', because another column now bears that name.")
            used.add(ours.casefold())
        final[theirs] = ours
    _check_required(schema, found, final)
    return final


def _beside(name: str, used: set[str]) -> str:
    number, out = 1, name
    while out.casefold() in used:
        number += 1
        out = f"{name} ({number})"
    return out


def _check_mapped(schema: Schema, found: Names, columns: Mapping[str, str]) -> None:
    for theirs in columns:
        if theirs in found.doubled:
            twins = found.doubled[theirs]
            raise DataError(
                f"{schema.name}: the column '{theirs}' stands in the source {len(twins)} times, so it is not clear "
                f'which one is meant. Name one of {_quoted(twins)}, such as columns="{twins[0]}:{columns[theirs]}".'
            )
        if theirs not in found.names:
            raise DataError(
                f"{schema.name}: there is no column '{theirs}' to read as '{columns[theirs]}'."
                f"{suggest(theirs, found.names)}"
            )


def _refuse_doubled(schema: Schema, found: Names, name: str) -> None:
    """A known column that stands there twice is never picked by its place."""
    for theirs, twins in found.doubled.items():
        if fold(theirs) == name:
            raise DataError(
                f"{schema.name}: there are {len(twins)} columns called '{theirs}', and '{name}' is a column of this "
                f"table. They were numbered {_quoted(twins)}: say which one counts, such as "
                f'columns="{twins[0]}:{name}".'
            )


def _check_required(schema: Schema, found: Names, final: Mapping[str, str]) -> None:
    have = set(final.values())
    lacking = [name for name in schema.required if name not in have]
    either = schema.either and not have & set(schema.either)
    if not lacking and not either:
        return
    needs = [f"'{name}'" for name in lacking] + ([" or ".join(f"'{name}'" for name in schema.either)] if either else [])
    proposal = propose(schema, found.names, final)
    wanted = set(lacking) | (set(schema.either) if either else set())
    ready = {theirs: ours for theirs, ours in proposal.items() if ours in wanted}
    lines = [
        f"{schema.name}: no column {' and no column '.join(needs)}. One row is {schema.row}.",
        f"Found {_quoted(found.names)}.",
    ]
    if ready:
        lines.append(f'Perhaps columns="{written(ready)}"')
    elif 2 * sum(name[:1].isdigit() for name in found.names) >= len(found.names):
        lines.append("The first row looks like data: header_rows=0 calls the columns 'column 1', 'column 2' …")
    else:
        example = f"their name:{(lacking or list(schema.either))[0]}"
        lines.append(f'Say which column it is with columns="{example}", or check that this file is the right one.')
    raise DataError(" ".join(lines))


def propose(schema: Schema, names: Iterable[str], taken: Mapping[str, str]) -> dict[str, str]:
    """Which of their columns could be which of ours: {theirs: ours}, surest first, each used once.

    >>> from cxkit.tables.schema import TABLES
    >>> propose(TABLES["responses"], ["nps", "explication", "t"], {})
    {'nps': 'score', 'explication': 'comment'}
    """
    have = {ours for theirs, ours in taken.items() if ours in schema.names}
    free = {fold(name): name for name in names if taken.get(name, name) not in schema.names}
    free.pop("", None)
    out: dict[str, str] = {}
    first = [column for column in schema.columns if column.required or column.name in schema.either]
    ordered = first + [column for column in schema.columns if column not in first]
    for by_name in (True, False):  # synonyms first: a listed name is surer than a similar one
        for column in ordered:
            if column.name in have or column.name in out.values():
                continue
            if by_name:
                hit = next((other for other in column.synonyms if other in free), None)
            else:
                hit = next(iter(get_close_matches(column.name, free, n=1, cutoff=0.8)), None)
            if hit is not None:
                out[free.pop(hit)] = column.name
    return out


def written(mapping: Mapping[str, str]) -> str:
    """A mapping as the text that `columns=` takes.

    >>> written({"nps": "score", "why": "comment"})
    'nps:score; why:comment'
    """
    return "; ".join(f"{theirs}:{ours}" for theirs, ours in mapping.items())


def _quoted(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in list(names)[:20])
    return shown + (f" and {len(names) - 20} more" if len(names) > 20 else "")
