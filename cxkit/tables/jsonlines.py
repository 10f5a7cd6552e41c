"""JSON: one object a line, or one list of objects. Every key of every object becomes a column."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cxkit import frames
from cxkit.errors import DataError
from cxkit.tables import cells, textfile
from cxkit.tables import encoding as encodings
from cxkit.tables.log import Log
from cxkit.tables.options import Options
from cxkit.tables.raw import Raw, empty_table


def load(paths: Sequence[Path], given: Options, log: Log, label: str) -> Raw:
    """Read JSON files as rows of text; nested values stay JSON text.

    Raises
    ------
    DataError
        If a file is empty or is not JSON.
    """
    import duckdb

    seen = [encodings.examine(path, given.encoding) for path in paths]
    for path, what in zip(paths, seen, strict=True):
        if not what.size:
            raise DataError(f"'{path.name}' is empty. Export it again.")
    connection, schema = textfile.store(sum(what.size for what in seen))
    connection.execute(f"CREATE TABLE {schema}objects (n BIGINT, o JSON)")
    with textfile.private_folder() as folder:
        for path, what in zip(paths, seen, strict=True):
            file = path
            if what.encoding not in ("utf-8",):
                file = folder / "text.json"
                with file.open("w", encoding="utf-8", newline="") as out:
                    out.writelines(encodings.decoded(path, what))
            done = connection.execute(f"SELECT count(*) FROM {schema}objects").fetchall()[0][0]
            try:
                connection.execute(
                    f"INSERT INTO {schema}objects SELECT row_number() OVER () + {done}, json FROM "
                    f"read_json_objects({frames.literal(textfile.verbatim(file))}, format = 'auto', "
                    "maximum_object_size = 67108864)"
                )
            except duckdb.Error as error:
                first = str(error).splitlines()[0].replace(str(file), path.name)
                raise DataError(f"'{path.name}' is not JSON throughout: {first}") from None
    return _columns(connection, schema, label, log)


def _columns(connection, schema: str, label: str, log: Log) -> Raw:
    """One column a key, in the order in which keys first appear."""
    odd = connection.execute(
        f"SELECT count(*), min(n) FROM {schema}objects WHERE json_type(o) IS DISTINCT FROM 'OBJECT'"
    ).fetchall()[0]
    if odd[0]:
        raise DataError(
            f"'{label}': {odd[0]:,} entries are not objects with named values (first at entry {odd[1]:,}). "
            'Write one object a line, such as {"score": 9}.'
        )
    found = connection.execute(
        f"SELECT key, min(n * 100000 + place) FROM (SELECT n, unnest(json_keys(o)) AS key, "
        f"generate_subscripts(json_keys(o), 1) AS place FROM {schema}objects) GROUP BY key ORDER BY 2"
    ).fetchall()
    names = [key for key, _ in found]
    table = empty_table(connection, schema, len(names))
    if names:
        values = ", ".join(cells.trimmed(f"json_extract_string(o, {frames.literal(_pointer(name))})") for name in names)
        connection.execute(f"INSERT INTO {table} SELECT n, {values} FROM {schema}objects")
    connection.execute(f"DROP TABLE {schema}objects")
    return Raw(connection, connection.table(table), names, label, log, decimal=".", schema=schema)


def _pointer(name: str) -> str:
    """A key as a JSON pointer, whatever characters it holds."""
    return "/" + name.replace("~", "~0").replace("/", "~1")
