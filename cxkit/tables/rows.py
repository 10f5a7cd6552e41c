"""Rows that are not counted, each by one cause: the first that applies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cxkit.frames import literal
from cxkit.tables.cells import texts
from cxkit.tables.log import Log
from cxkit.tables.options import Options
from cxkit.tables.raw import Raw
from cxkit.tables.schema import Schema
from cxkit.words import plural

#: Words that mark a row of totals; the same pattern serves Python and DuckDB.
TOTAL = (
    r"\s*(grand |sub|sub-)?(total|totals|gesamt|gesamtsumme|gesamtergebnis|summe|insgesamt|total g[ée]n[ée]ral|totale|"
    r"somme|suma|total general|totaal|average|mean|durchschnitt|mittelwert|moyenne)\s*:?\s*"
)
_TOTAL = re.compile(TOTAL, re.IGNORECASE)
PREVIEW = ("preview", "survey preview", "test", "survey test", "previewed", "vorschau", "aperçu", "spam preview")
SPAM = ("spam", "bot", "duplicate", "fraud")
PARTIAL = (
    *("partial", "partially complete", "partially completed", "incomplete", "in progress", "in-progress", "started"),
    *("not finished", "unfinished", "not complete", "not completed", "abandoned", "dropout", "drop-out", "open"),
    *("screened out", "screenout", "disqualified", "quota full", "unvollständig", "partiel", "incomplet", "parcial"),
)
_COMPLETE = (
    *("complete", "completed", "finished", "full", "done", "submitted", "ip address", "imported", "offline", "closed"),
    *(
        "valid",
        "ok",
        "vollständig",
        "abgeschlossen",
        "complet",
        "complète",
        "terminé",
        "completo",
        "answered",
    ),
)


@dataclass(frozen=True)
class Cause:
    """Why rows are set aside: words for a person, and which rows."""

    text: str
    condition: str


def totals(raw: Raw, names: Mapping[int, str], schema: Schema) -> list[int]:
    """Numbers of the last rows that hold totals rather than a case: a word for total, and neither id nor date.

    Only the last three rows are looked at.
    """
    if not raw.count:
        return []
    wanted = ", ".join(f"c{place}" for place in range(len(raw.names)))
    last = raw.relation.filter(f"n > {raw.count - 3}").project(f"n, {wanted}").fetchall()
    keyed = [place for place, name in names.items() if (known := schema.column(name)) and known.kind in ("id", "time")]
    found = []
    for number, *cells in sorted(last, reverse=True):
        cells = [(cell or "").strip() for cell in cells]
        words = [index for index, cell in enumerate(cells) if _TOTAL.fullmatch(cell)]
        if not any(cells):
            continue
        keys = [cells[index] for index in keyed if cells[index] and index not in words]
        first = next((index for index, cell in enumerate(cells) if cell), -1)
        if not words or keys or (not keyed and first not in words):
            break
        found.append(number)
    return found


def causes(
    schema: Schema, columns: Mapping[str, str], given: Options, kinds: Mapping[str, str], log: Log, ask: Any
) -> list[Cause]:
    """Conditions that set rows aside, in order.

    Parameters
    ----------
    schema : Schema
        The table's rules.
    columns : mapping
        Name here to the column of the relation that holds it.
    given : Options
        `as_of` and `keep_unfinished` count here.
    kinds : mapping
        Name here to kind.
    log : Log
        Takes what the status column holds beyond the known words.
    ask : callable
        SQL aggregates to one row of values.
    """
    out = []
    if "status" in columns and schema.name == "responses":
        out += _status(columns["status"], given, log, ask)
    if "finished" in columns and schema.name == "responses" and not given.keep_unfinished:
        out.append(Cause("as unfinished", f"{columns['finished']} = FALSE"))
    for name in schema.required:
        if name in columns:
            empty = f" OR {columns[name]} = ''" if kinds[name] in ("id", "text") else ""
            out.append(Cause(f"without {name}", f"({columns[name]} IS NULL{empty})"))
    if given.as_of and schema.time in columns:
        end = after(given.as_of)
        out.append(Cause(f"dated after {given.as_of}", f"{columns[schema.time]} >= {end}"))
    return out


def after(day: date) -> str:
    """The first instant after a day, in SQL."""
    return f"TIMESTAMP {literal(f'{day + timedelta(days=1)} 00:00:00')}"


def _status(cell: str, given: Options, log: Log, ask: Any) -> list[Cause]:
    counts = ask(f"histogram(lower(trim({cell})))")[0] or {}
    out = []
    for text, words in (("as previews or tests", PREVIEW), ("as spam or duplicates", SPAM)):
        if any(word in counts for word in words):
            out.append(Cause(text, f"lower(trim({cell})) IN {texts(words)}"))
    partial = sum(counts.get(word, 0) for word in PARTIAL)
    if partial and given.keep_unfinished:
        log.said(f"{plural(partial, 'unfinished answer')} kept, as asked.")
    elif partial:
        out.append(Cause("as unfinished", f"lower(trim({cell})) IN {texts(PARTIAL)}"))
    other = {word: n for word, n in counts.items() if word not in (*PREVIEW, *SPAM, *PARTIAL, *_COMPLETE)}
    if other:
        shown = ", ".join(f"'{word[:30]}' ({n:,})" for word, n in sorted(other.items(), key=lambda item: -item[1])[:5])
        log.caution(f"'status' holds words that are not known, and their rows are kept: {shown}.")
    return out


def cause_sql(found: Sequence[Cause]) -> str:
    """The first cause that applies to a row, by its place from 0; NULL for a row that is kept."""
    if not found:
        return "CAST(NULL AS TINYINT)"
    whens = " ".join(f"WHEN {cause.condition} THEN {place}" for place, cause in enumerate(found))
    return f"CAST(CASE {whens} END AS TINYINT)"
