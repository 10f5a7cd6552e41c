"""From columns to frames and files, a stretch of customers at a time."""

from __future__ import annotations

import csv
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from cxkit.frames import connect, literal, quote
from cxkit.samples.company import Stretch
from cxkit.samples.tables import MAKERS, Columns
from cxkit.samples.world import MISSING


def _text(kind: str, values) -> list:
    """A column as text, the same on every machine: nothing is rounded on the way."""
    if kind == "text":
        return values.tolist()
    if kind == "flag":
        return ["1" if value else "0" for value in values.tolist()]
    if kind in ("time", "date"):
        stamps = np.asarray(values, dtype=np.int64).astype("M8[s]" if kind == "time" else "M8[D]")
        texts = np.datetime_as_string(stamps).tolist()
        return ["" if text == "NaT" else text.replace("T", " ") for text in texts]
    if kind == "money":
        return [f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02d}" for value in values.tolist()]
    return ["" if value == MISSING else str(value) for value in values.tolist()]


def frame(columns: Columns):
    """A pandas frame: text empty = missing, times without zone (UTC), money in pounds."""
    import pandas as pd

    out = {}
    for name, (kind, values) in columns.items():
        if kind == "text":
            series = pd.Series(values, dtype="str")
            out[name] = series.mask(series == "")
        elif kind in ("time", "date"):
            unit = "M8[s]" if kind == "time" else "M8[D]"
            out[name] = np.asarray(values, dtype=np.int64).astype(unit).astype("M8[us]")
        elif kind == "money":
            out[name] = np.asarray(values, dtype=np.int64) / 100
        elif kind == "number":
            values = np.asarray(values, dtype=np.int64)
            out[name] = np.where(values == MISSING, np.nan, values)
        else:
            out[name] = np.asarray(values, dtype=np.int64)
    return pd.DataFrame(out)


class CsvFiles:
    """CSV files that grow stretch by stretch; they bear their names only when they are whole."""

    def __init__(self, folder: Path, tables) -> None:
        self.paths = [folder / f"{name}.csv" for name in tables]
        self._open: dict[str, object] = {}
        self._stack = ExitStack()

    def __enter__(self):
        return self

    def add(self, stretch: Stretch) -> None:
        """Append the rows of some customers."""
        for path in self.paths:
            columns = MAKERS[path.stem](stretch)
            if path not in self._open:
                part = path.with_suffix(".csv.part")
                self._open[path] = self._stack.enter_context(part.open("w", encoding="utf-8", newline=""))
                csv.writer(self._open[path], lineterminator="\n").writerow(columns)
            texts = [_text(kind, values) for kind, values in columns.values()]
            csv.writer(self._open[path], lineterminator="\n").writerows(zip(*texts, strict=True))

    def __exit__(self, kind, error, trace) -> None:
        self._stack.close()
        for path in self._open:
            part = path.with_suffix(".csv.part")
            part.unlink() if kind else os.replace(part, path)


class ParquetFiles:
    """Parquet files, gathered stretch by stretch in a database on disk beside them."""

    def __init__(self, folder: Path, tables) -> None:
        self.paths = [folder / f"{name}.parquet" for name in tables]
        self._stack = ExitStack()
        self._made: set[str] = set()

    def __enter__(self):
        place = self._stack.enter_context(tempfile.TemporaryDirectory(dir=self.paths[0].parent, prefix=".samples-"))
        self._db = connect(threads=2)
        self._stack.callback(self._db.close)
        self._db.execute("SET memory_limit = '700MB'")
        self._db.execute(f"SET temp_directory = {literal(place)}")
        self._db.execute(f"ATTACH {literal(os.path.join(place, 'rows.duckdb'))} AS store")
        return self

    def add(self, stretch: Stretch) -> None:
        """Append the rows of some customers."""
        for path in self.paths:
            rows = frame(MAKERS[path.stem](stretch))
            name = f"store.{quote(path.stem)}"
            self._db.register("rows", rows)
            if path.stem in self._made:
                self._db.execute(f"INSERT INTO {name} SELECT * FROM rows")
            else:
                self._db.execute(f"CREATE TABLE {name} AS SELECT * FROM rows")
                self._made.add(path.stem)
            self._db.unregister("rows")

    def __exit__(self, kind, error, trace) -> None:
        try:
            for path in self.paths if not kind else ():
                part = path.with_suffix(".parquet.part")
                target = f"{literal(part)} (FORMAT parquet, COMPRESSION zstd)"
                self._db.execute(f"COPY store.{quote(path.stem)} TO {target}")
                os.replace(part, path)
        finally:
            self._stack.close()
