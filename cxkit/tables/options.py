"""The arguments of `read`, checked before any byte is read."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cxkit.errors import UsageError, choice

_SEPARATORS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


@dataclass(frozen=True)
class Options:
    """What the caller said about the source; empty means: decide from all rows, or refuse."""

    columns: Mapping[str, str]
    as_of: date | None = None
    tz: str = "UTC"
    day_first: bool | None = None
    decimal: str = ""
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    header_rows: int | None = None
    missing: tuple[str, ...] = ()
    not_applicable: tuple[Any, ...] = ()
    keep_unfinished: bool = False


def options(
    columns: Mapping[str, str] | str | None = None,
    as_of: date | str | None = "",
    tz: str = "UTC",
    day_first: bool | None = None,
    decimal: str = "",
    encoding: str = "",
    separator: str = "",
    sheet: str = "",
    header_rows: int | None = None,
    missing: Iterable[str] = (),
    not_applicable: Iterable[Any] = (),
    keep_unfinished: bool = False,
) -> Options:
    """Check the arguments of `read` and bring each into one form.

    Raises
    ------
    UsageError
        If one of them cannot be used.

    Examples
    --------
    >>> options(columns="nps:score; explication:comment").columns
    {'nps': 'score', 'explication': 'comment'}
    """
    if decimal:
        choice(decimal, (".", ","), "decimal")
    if encoding:
        try:
            encoding = codecs.lookup(encoding).name
        except LookupError:
            raise UsageError(
                f"encoding: {encoding!r} is not known. Use for example 'utf-8', 'cp1252', 'latin-1', 'utf-16'."
            ) from None
    separator = _SEPARATORS.get(separator.lower(), separator)
    if len(separator) > 1 or separator in ('"', "\n", "\r"):
        raise UsageError(f"separator: {separator!r} is not a single character. Use for example ',', ';', 'tab' or '|'.")
    if header_rows is not None and (not isinstance(header_rows, int) or not 0 <= header_rows <= 10):
        raise UsageError(f"header_rows: {header_rows!r} is not a whole number from 0 to 10.")
    if not isinstance(tz, str) or not tz:
        raise UsageError(f"tz: {tz!r} is not the name of a time zone. Use for example 'UTC' or 'Europe/Paris'.")
    return Options(
        columns=column_mapping(columns),
        as_of=as_date(as_of),
        tz=tz,
        day_first=day_first,
        decimal=decimal,
        encoding=encoding,
        separator=separator,
        sheet=sheet,
        header_rows=header_rows,
        missing=(missing,) if isinstance(missing, str) else tuple(str(mark) for mark in missing),
        not_applicable=(not_applicable,) if isinstance(not_applicable, (str, int, float)) else tuple(not_applicable),
        keep_unfinished=bool(keep_unfinished),
    )


def as_date(value: date | str | None) -> date | None:
    """A date argument: a date, a text such as "2026-09-30", or nothing.

    >>> as_date("2026-09-30")
    datetime.date(2026, 9, 30)
    """
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise UsageError(f"as_of: {value!r} is not a date. Write year-month-day, such as '2026-09-30'.") from None


def column_mapping(columns: Mapping[str, str] | str | None) -> dict[str, str]:
    """Read `columns=`: a mapping {theirs: ours}, or the text "theirs:ours; theirs:ours".

    The last colon of a pair parts it, so that their names may hold colons.

    >>> column_mapping("Q1: how likely?:score; id:customer_id")
    {'Q1: how likely?': 'score', 'id': 'customer_id'}
    """
    if not columns:
        return {}
    if isinstance(columns, Mapping):
        pairs = [(str(theirs).strip(), str(ours).strip()) for theirs, ours in columns.items()]
    elif isinstance(columns, str):
        pairs = []
        for part in filter(None, (part.strip() for part in columns.split(";"))):
            theirs, colon, ours = part.rpartition(":")
            if not colon or not theirs.strip() or not ours.strip():
                raise UsageError(f"columns: {part!r} is not a pair. Write 'their name:score; other name:comment'.")
            pairs.append((theirs.strip(), ours.strip()))
    else:
        raise UsageError(f"columns: expected a mapping or a text, got {type(columns).__name__}.")
    for place, side in ((0, "named"), (1, "mapped to")):
        seen = [pair[place] for pair in pairs]
        twice = [name for name in dict.fromkeys(seen) if seen.count(name) > 1]
        if twice:
            raise UsageError(f"columns: '{twice[0]}' is {side} twice.")
    return dict(pairs)
