"""From a path or glob to files whose content is what their name says."""

from __future__ import annotations

import glob as globbing
import os
from dataclasses import dataclass
from pathlib import Path

from cxkit import resources
from cxkit.errors import DataError, UsageError, choice
from cxkit.tables.schema import TABLES

#: Endings (without .gz) and what they hold.
_ENDINGS = {
    ".csv": "text",
    ".tsv": "text",
    ".tab": "text",
    ".txt": "text",
    ".psv": "text",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "json",
    ".xlsx": "excel",
    ".xlsm": "excel",
}
_SAVE = "Open it in a spreadsheet program and save it as CSV UTF-8."
_WORDS = {"text": "a text table", "parquet": "a Parquet file", "json": "JSON", "excel": "an Excel workbook"}


@dataclass(frozen=True)
class Files:
    """Files to be read as one table.

    Attributes
    ----------
    paths : tuple of Path
        In the order of their names.
    kind : {"text", "parquet", "json", "excel"}
        What they hold.
    label : str
        How the page calls them: a name without its folder.
    """

    paths: tuple[Path, ...]
    kind: str
    label: str


def find(source: str | os.PathLike[str], table: str) -> Files:
    """Find the files that a path, a glob or "sample:..." names, and what they hold.

    Raises
    ------
    DataError
        If nothing is there, or the content is not what the name says.
    """
    given = os.fspath(source)
    if not given:
        raise UsageError(f"{table}: the source is empty. Give a file, a glob such as 'exports/*.csv', or a dataframe.")
    if given.startswith("sample:"):
        return _sample(given)
    path = Path(given).expanduser()
    if not path.exists() and globbing.has_magic(given):
        paths = sorted(Path(found) for found in globbing.glob(str(path), recursive=True))
        paths = [found for found in paths if found.is_file()]
        if not paths:
            raise DataError(f"{table}: no file matches '{given}'.{_near(path)}")
    else:
        paths = [path]
    kinds = [_kind(found, table) for found in paths]
    if len(set(kinds)) > 1:
        other = next(found for found, kind in zip(paths, kinds, strict=True) if kind != kinds[0])
        raise DataError(
            f"{table}: '{given}' mixes kinds of files: '{paths[0].name}' is {_WORDS[kinds[0]]}, "
            f"'{other.name}' is {_WORDS[_kind(other, table)]}. Read them one by one."
        )
    label = paths[0].name if len(paths) == 1 else f"{path.name} ({len(paths)} files)"
    return Files(tuple(paths), kinds[0], label)


def _sample(given: str) -> Files:
    name = choice(given.removeprefix("sample:").strip(), TABLES, "sample")
    path = resources.samples() / f"{name}.csv"
    if not path.is_file():
        raise DataError(f"the sample table '{name}' is not installed: there is no {path.name} among the samples.")
    return Files((path,), "text", f"sample:{name}")


def _near(path: Path) -> str:
    """Files in the same folder that were perhaps meant."""
    from difflib import get_close_matches

    folder = path.parent
    if not folder.is_dir():
        return f" There is no folder '{folder}'."
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file() and not entry.name.startswith("."))
    near = get_close_matches(path.name, names, n=3, cutoff=0.5)
    if near:
        return f" Did you mean {' or '.join(repr(name) for name in near)}?"
    shown = [name for name in names if "".join(Path(name.removesuffix(".gz")).suffixes[-1:]).lower() in _ENDINGS][:6]
    return f" In that folder there are {', '.join(repr(name) for name in shown)}." if shown else ""


def _kind(path: Path, table: str) -> str:
    """What a file holds, by its ending, once its first bytes agree."""
    if path.is_dir():
        hint = _near(path / "?").replace(" In that folder there are", " It holds")
        raise DataError(f"{table}: '{path}' is a folder. Name a file in it, or '{path / '*.csv'}' for all.{hint}")
    if not path.exists():
        raise DataError(f"{table}: there is no file '{path}'.{_near(path)}")
    try:
        start = head(path)
    except PermissionError:
        raise DataError(f"{table}: '{path.name}' may not be read. Ask its owner for the right to read it.") from None
    name = path.name.lower()
    said = _ENDINGS.get(Path(name.removesuffix(".gz")).suffix, "")
    found = _content(start, path.name, table)
    if not start and said in ("", "text", "json"):
        return said or "text"
    if not said:
        said = "text" if found == "" else found
    if (found or "text") != said and not (found == "" and said == "json"):
        advice = "Rename it" if found else "Export it again, or rename it to .csv if it is a text table"
        ending = {"parquet": " to end in .parquet", "excel": " to end in .xlsx"}.get(found, "")
        raise DataError(
            f"{table}: '{path.name}' is not what its name says: it holds {_WORDS[found or 'text']}. {advice}{ending}."
        )
    if name.endswith(".gz") and said in ("excel", "parquet"):
        raise DataError(f"{table}: '{path.name}' is packed. Unpack it first.")
    return said


def head(path: Path, size: int = 4096) -> bytes:
    """The first bytes of a file, unpacked if it is gzip."""
    import gzip

    with path.open("rb") as file:
        start = file.read(size)
    if start[:2] != b"\x1f\x8b":
        return start
    try:
        with gzip.open(path, "rb") as file:
            return file.read(size)
    except (OSError, EOFError):
        raise DataError(f"'{path.name}' is a damaged gzip file. Fetch it again.") from None


def _content(start: bytes, name: str, table: str) -> str:
    """Kind by first bytes; empty for text. Refuses what cannot be read at all."""
    refused = ""
    if start[:4] == b"PAR1":
        return "parquet"
    if start[:4] == b"PK\x03\x04":
        if b"[Content_Types].xml" in start or b"xl/" in start or b"_rels/" in start:
            return "excel"
        refused = "is a zip archive. Unpack it and read the file inside"
    elif start[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        refused = "is an Excel workbook of the old kind (.xls). Save it as .xlsx or as CSV UTF-8"
    elif start[:4] == b"%PDF":
        refused = "is a PDF. Export the table itself, as CSV"
    elif start[:4] == b"\x28\xb5\x2f\xfd" or start[:3] == b"BZh" or start[:6] == b"\xfd7zXZ\x00":
        refused = "is packed in a way that is not read here. Unpack it first, or pack it with gzip"
    elif start[:16] == b"SQLite format 3\x00" or start[8:12] == b"DUCK":
        refused = "is a database. Query it and hand over the resulting frame"
    elif start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        first = start.lower()
        if any(mark in first for mark in (b"<html", b"<!doctype", b"<table", b"<body")):
            refused = f"is a web page (HTML), not a table. {_SAVE[:-1]}"
        elif b"<?xml" in first:
            refused = f"is XML, not a table. {_SAVE[:-1]}"
    if refused:
        raise DataError(f"{table}: '{name}' {refused}.")
    return ""
