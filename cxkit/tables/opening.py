"""Sources opened, not yet settled: rows in DuckDB, or a frame."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from cxkit import frames
from cxkit.tables import sources
from cxkit.tables.log import Log
from cxkit.tables.naming import unique
from cxkit.tables.options import Options, options
from cxkit.tables.raw import Raw
from cxkit.tables.schema import Schema


def open_files(files: sources.Files, schema: Schema, given: Options, log: Log) -> Raw:
    """Bring the rows of files into DuckDB, as text or typed, nothing decided yet.

    Raises
    ------
    DataError
        If a file cannot be opened as what it is.
    MissingPackage
        If it is an Excel workbook and openpyxl is not installed.
    """
    if files.kind == "parquet":
        from cxkit.tables import parquet

        return parquet.load(files.paths, files.label, schema, log)
    if files.kind == "excel":
        from cxkit.tables import excel

        return excel.load(files.paths, given, log, files.label)
    if files.kind == "json":
        from cxkit.tables import jsonlines

        return jsonlines.load(files.paths, given, log, files.label)
    from cxkit.tables import textfile

    return textfile.load(files.paths, given, log, files.label)


def column_names(schema: Schema, source: Any, read_options: Mapping[str, Any]) -> list[str]:
    """The column names of a source that could not be read as a table."""
    if isinstance(source, (str, os.PathLike)):
        found = sources.find(source, schema.name)
        names = open_files(found, schema, options(**read_options), Log()).names
    else:
        names = frames.column_names(frames.as_frame(source))
    made = unique(names)
    return [name for place, name in enumerate(made.names) if place not in made.unnamed]
