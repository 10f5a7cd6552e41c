"""One cell of text: trimmed, and missing where its writer meant nothing. All as SQL, so that it runs over all rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cxkit.frames import literal
from cxkit.tables.log import Log
from cxkit.words import count, plural

#: What exports write for "no value", as they write it: the word none in a text is a value, None is not.
MISSING = (
    *("", "?", "-", "--", "–", "—", "NA", "N/A", "n/a", "#N/A", "n.a.", "N.A.", "<NA>", "NaN", "nan", "null", "NULL"),
    *("Null", "(null)", "(NULL)", "None", "\\N"),
)
#: What more means "no value" among numbers, dates and flags, in any case.
NO_NUMBER = (
    *("", "?", "-", "--", "–", "—", ".", "na", "n/a", "#n/a", "n.a.", "<na>", "nan", "null", "(null)", "none", "nil"),
    *("\\n", "#null!", "#value!", "#div/0!", "#ref!", "missing", "k.a.", "k. a.", "nicht verfügbar", "nc", "n.c."),
)
#: Dates that databases write for "no date", or for "still open".
NO_DATE = (
    *("0000-00-00", "0000-00-00 00:00:00", "00/00/0000", "00.00.0000"),
    *("9999-12-31", "9999-12-31 00:00:00", "9999-12-31 23:59:59", "31/12/9999", "12/31/9999", "31.12.9999"),
)
_SPACE = " \t\r\n\u00a0\u2007\u202f\u200b\ufeff"
#: Marks are short: longer cells need not be compared with them.
_LONGEST_MARK = 40


def trimmed(name: str) -> str:
    """The text of a cell without space around it.

    Most cells have none; they are told by their first and last letters, which is many times quicker than trimming.
    """
    ends = " OR ".join(f"suffix({name}, {literal(space)})" for space in _SPACE)
    return (
        f"CASE WHEN {name} < '!' OR {name} >= '\u007f' OR {ends} THEN trim({name}, {literal(_SPACE)}) ELSE {name} END"
    )


def texts(values: Iterable[str]) -> str:
    """Text values as an SQL list."""
    return "(" + ", ".join(literal(value) for value in values) + ")"


def is_mark(text: str, kind: str, extra: Iterable[str] = ()) -> str:
    """Whether a trimmed cell is a mark for a missing value.

    Parameters
    ----------
    text : str
        SQL of the cell.
    kind : str
        What the table wants of the column; "" where it wants nothing.
    extra : iterable of str
        The caller's marks, in any case.
    """
    own = [str(mark).strip().casefold() for mark in extra]
    short = f"strlen({text}) <= {max([_LONGEST_MARK, *(len(mark.encode()) for mark in own)])}"
    if kind in ("number", "time", "flag"):
        known = f"lower({text}) IN {texts([*NO_NUMBER, *(NO_DATE if kind == 'time' else ()), *own])}"
    elif own:
        known = f"({text} IN {texts(MISSING)} OR lower({text}) IN {texts(own)})"
    else:
        known = f"{text} IN {texts(MISSING)}"
    return f"CASE WHEN {short} THEN {known} ELSE FALSE END"


def given(text: str, kind: str, extra: Iterable[str] = ()) -> str:
    """A trimmed cell, or NULL where it is missing."""
    return f"CASE WHEN {is_mark(text, kind, extra)} THEN NULL ELSE {text} END"


def plain_text(name: str) -> str:
    """A settled text: Windows line ends become plain ones."""
    return f"replace({name}, chr(13) || chr(10), chr(10))"


def marks_sql(text: str, kind: str, extra: Iterable[str] = ()) -> str:
    """Aggregate: the marks that trimmed cells are read as missing by, with counts; empty cells need no mention."""
    return f"histogram({text}) FILTER (WHERE {text} <> '' AND {is_mark(text, kind, extra)})"


def say_marks(log: Log, names: Iterable[str], marks: Iterable[Mapping[str, int] | None]) -> None:
    """Say which marks were read as missing, where and how often."""
    found: dict[str, int] = {}
    where: dict[str, list[str]] = {}
    for name, counts in zip(names, marks, strict=True):
        for mark, n in (counts or {}).items():
            found[mark] = found.get(mark, 0) + n
            where.setdefault(mark, []).append(f"'{name}' {count(n)}")
    for mark, n in sorted(found.items(), key=lambda item: (-item[1], item[0]))[:12]:
        more = f" and {plural(len(where[mark]) - 4, 'more column')}" if len(where[mark]) > 4 else ""
        log.repaired(f"{mark!r} read as missing {plural(n, 'time')} ({', '.join(where[mark][:4])}{more}).")
