"""Text files: bytes to rows of text in DuckDB, nothing decided yet about what they mean."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path

from cxkit import frames
from cxkit.errors import DataError
from cxkit.tables import cells, records
from cxkit.tables import dialect as dialects
from cxkit.tables import encoding as encodings
from cxkit.tables.log import Log
from cxkit.tables.options import Options
from cxkit.tables.raw import Raw, empty_table
from cxkit.words import listing, plural

#: Text up to this size is kept in memory (as DuckDB columns); more goes to a private database file.
IN_MEMORY = 256 << 20


@contextmanager
def private_folder():
    """A folder that only this user can look into, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="cxkit-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def load(paths: Sequence[Path], given: Options, log: Log, label: str, called: Sequence[str] | None = None) -> Raw:
    """Read text files of the same table into one DuckDB table, every column as text.

    `called` gives the names that messages use, where they are not the files' own.

    Raises
    ------
    DataError
        If a file is empty, or its bytes or lines cannot be made out.
    """
    seen, layouts = [], []
    called = list(called or [path.name for path in paths])
    for path, name in zip(paths, called, strict=True):
        what = encodings.examine(path, given.encoding)
        if not what.size:
            raise DataError(f"'{name}' is empty. Export it again.")
        lines = encodings.CleanLines(path, what)
        layout = dialects.find(lines, name, given.separator, given.header_rows, log)
        if not layout.names:
            raise DataError(f"'{name}' holds nothing but blank lines. Export it again.")
        seen.append(what)
        layouts.append(layout)
    names, places = _together(called, layouts, log)
    connection, schema = store(sum(what.size for what in seen))
    table = empty_table(connection, schema, len(names))
    with private_folder() as folder:
        for path, name, what, layout, place in zip(paths, called, seen, layouts, places, strict=True):
            target = f"{table} (n, {', '.join(f'c{index}' for index in place)})"
            _insert(connection, table, target, path, name, what, layout, folder, log)
    _say_encoding(called, seen, log)
    return Raw(
        connection,
        connection.table(table),
        names,
        label,
        log,
        encoding=listing(sorted({encodings.SPOKEN.get(what.encoding, what.encoding) for what in seen})),
        separator=listing(sorted({dialects.SPOKEN.get(layout.separator, layout.separator) for layout in layouts})),
        schema=schema,
    )


def store(size: int):
    """A connection with room for the rows: memory for small files, a private database file for larger ones.

    The file goes when the connection goes; rows that are still in use then stay readable where the system allows it.
    """
    connection = frames.connect()
    if size <= IN_MEMORY:
        return connection, ""
    import weakref

    folder = Path(tempfile.mkdtemp(prefix="cxkit-"))
    connection.execute(f"ATTACH {frames.literal(folder / 'rows.duckdb')} AS rows")
    connection.execute(f"SET temp_directory = {frames.literal(tempfile.gettempdir())}")
    weakref.finalize(connection, shutil.rmtree, folder, ignore_errors=True)
    return connection, "rows."


def _together(called, layouts, log: Log) -> tuple[list[str], list[list[int]]]:
    """Columns of several files by name, and where each file's columns go.

    A name that stands twice in one file keeps its two places.
    """
    names: list[str] = []
    places: list[list[int]] = []
    for layout in layouts:
        free = list(range(len(names)))
        place = []
        for name in layout.names:
            same = next((index for index in free if names[index] == name), None)
            if same is None:
                same = len(names)
                names.append(name)
            else:
                free.remove(same)
            place.append(same)
        places.append(place)
    for name, place in zip(called, places, strict=True):
        lacking = [f"'{names[index]}'" for index in range(len(names)) if index not in place]
        if lacking:
            log.caution(f"'{name}' has no column {listing(lacking[:5], 'or')}: missing there.")
    return names, places


def _insert(connection, table, columns, path, name, what, layout, folder, log: Log) -> None:
    """Add one file's rows: straight from where it lies if it is regular, else through the careful reader."""
    before = connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
    if what.clean and layout.plain and layout.separator:
        try:
            connection.execute("BEGIN")
            connection.execute(f"INSERT INTO {columns} {_scan(path, layout, 1, before)}")
            connection.execute("COMMIT")
            return
        except Exception as error:
            connection.execute("ROLLBACK")
            if not _about_lines(error):
                raise
    lines = encodings.CleanLines(path, what)
    target = folder / "careful.csv"
    written = records.rewrite(lines, layout, name, target, log)
    if lines.removed:
        log.repaired(f"{plural(lines.removed, 'control character')} removed from the text.")
    if lines.mended:
        log.repaired(
            f"{plural(lines.mended, 'letter')} of the old DOS code page among the Windows-1252 text put right "
            "(é stood there as ‚)."
        )
    if written:
        clean = dialects.Dialect(",", layout.names, 0, True)
        connection.execute(f"INSERT INTO {columns} {_scan(target, clean, 0, before)}")
    os.unlink(target)


def _scan(path: Path, layout: dialects.Dialect, skip: int, before: int) -> str:
    """The SELECT that reads a regular file: all text, trimmed, nothing sniffed."""
    fields = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(layout.names)))
    wanted = ", ".join(cells.trimmed(f"c{index}") for index in range(len(layout.names)))
    return (
        f"SELECT row_number() OVER () + {before}, {wanted} "
        f"FROM read_csv({frames.literal(verbatim(path))}, columns = {{{fields}}}, "
        f"auto_detect = false, header = false, skip = {skip}, delim = {frames.literal(layout.separator)}, "
        f"quote = '\"', escape = '\"', encoding = 'UTF-8', max_line_size = 16777216)"
    )


def verbatim(path: Path) -> str:
    """A path in which DuckDB reads `*`, `?` and `[` as themselves, not as a pattern."""
    return re.sub(r"[*?\[]", lambda found: f"[{found[0]}]", str(path))


def _about_lines(error: Exception) -> bool:
    """Whether DuckDB stumbled over the text itself (then the careful reader takes over) or over something else."""
    import duckdb

    return isinstance(error, (duckdb.InvalidInputException, duckdb.ConversionException))


def _say_encoding(called, seen, log: Log) -> None:
    for name, what in zip(called, seen, strict=True):
        spoken = encodings.SPOKEN.get(what.encoding, what.encoding)
        if what.guessed:
            log.said(
                f"'{name}' is not UTF-8; it is read as {spoken}. If letters look wrong, say what it is, "
                "such as encoding='cp1250' or 'mac-roman'."
            )
        if what.damaged:
            log.caution(
                f"{plural(what.damaged, 'place')} in '{name}' could not be read as {spoken}; "
                "each shows as a replacement character."
            )
