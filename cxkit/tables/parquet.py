"""Parquet files: a lazy scan; counts come from the files' own metadata."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cxkit import frames
from cxkit.errors import DataError
from cxkit.tables.log import Log
from cxkit.tables.raw import Raw
from cxkit.tables.schema import Schema
from cxkit.tables.textfile import verbatim


def load(paths: Sequence[Path], label: str, schema: Schema, log: Log) -> Raw:
    """Open Parquet files as one relation, columns in the order of the first file.

    Raises
    ------
    DataError
        If a file is damaged.
    """
    import duckdb

    connection = frames.connect()
    listed = "[" + ", ".join(frames.literal(verbatim(path.absolute())) for path in paths) + "]"
    try:
        scan = connection.sql(f"SELECT * FROM read_parquet({listed}, union_by_name = {len(paths) > 1})")
        names = list(scan.columns)
        stated = connection.execute(
            "SELECT path_in_schema, sum(num_values)::BIGINT, sum(stats_null_count)::BIGINT, count(stats_null_count), "
            f"count(*), min(stats_min_value), count(stats_min_value) FROM parquet_metadata({listed}) GROUP BY ALL"
        ).fetchall()
        total = connection.execute(f"SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata({listed})").fetchall()
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        raise DataError(f"{schema.name}: '{label}' cannot be read as Parquet: {first}. Export it again.") from None
    relation = scan.project(", ".join(f"{frames.quote(name)} AS c{place}" for place, name in enumerate(names)))
    rows = total[0][0] or 0
    by_name = {name: (values, nulls) for name, values, nulls, known, parts, _, _ in stated if known == parts}
    filled = {name for name, _, _, _, parts, least, known in stated if known == parts and least != ""}
    empty = {
        place: by_name[name][1] + rows - by_name[name][0]
        for place, name in enumerate(names)
        if name in by_name and by_name[name][1] is not None
    }
    return Raw(
        connection,
        relation,
        names,
        label,
        log,
        text=False,
        numbered=False,
        count=rows,
        empty=empty,
        filled={place for place, name in enumerate(names) if name in filled},
    )
