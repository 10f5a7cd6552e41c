"""Small TOML files that people write by hand: goals, stages, parameters. Read in one way, with the line of what is wrong."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cxkit import resources
from cxkit.errors import UsageError, suggest


class NotToml(ValueError):
    """Why some bytes are no TOML, as the rest of a sentence: "is not UTF-8 text. Save it as UTF-8."."""


@dataclass(frozen=True)
class Toml:
    """A file that was read.

    Attributes
    ----------
    name : str
        What messages call it: the file's name without its folder, or "sample:...".
    values : mapping
    lines : mapping of str to tuple of int
        Where each entry of a list of tables begins: ``{"stage": (4, 9)}``; lists whose lines cannot be told are left out.
    """

    name: str
    values: Mapping[str, Any]
    lines: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def place(self, key: str, at: int) -> str:
        """The line of the `at`-th entry of a list, as the beginning of a message.

        >>> Toml("a.toml", {}, {"stage": (4, 9)}).place("stage", 1)
        'line 9, '
        """
        known = self.lines.get(key, ())
        return f"line {known[at]}, " if at < len(known) else ""


def read_toml(path: str | os.PathLike[str], who: str, what: str, limit: int, sample: str = "") -> Toml:
    """Read a small TOML file.

    Parameters
    ----------
    path : str or path
        Ends in .toml, or is the name of the sample.
    who : str
        What messages begin with, such as "goals".
    what : str
        What is written in such files, such as "targets and benchmarks".
    limit : int
        Larger files are something else, in bytes.
    sample : str
        Name of the shipped example, such as "goals" for ``"sample:goals"``.

    Returns
    -------
    Toml

    Raises
    ------
    UsageError
        If there is no such file or sample, it is too large, not UTF-8 or no TOML (with line and column).

    Examples
    --------
    >>> read_toml("sample:goals", "goals", "goals", 64_000, "goals").name
    'sample:goals'
    """
    where = str(path).strip()
    if where.startswith("sample:"):
        if where != f"sample:{sample}":
            raise UsageError(
                f"{who}: there is no sample {where.removeprefix('sample:')!r}. The example is 'sample:{sample}'."
            )
        file, name = resources.samples() / f"{sample}.toml", where
    else:
        file = Path(where).expanduser()
        name = file.name
    if file.suffix.lower() != ".toml":
        raise UsageError(f"{who}: {name} does not end in .toml. Write {what} as TOML.")
    try:
        raw = read_bytes(file, limit)
    except OSError as error:
        beside = [f.name for f in file.parent.glob("*.toml")] if file.parent.is_dir() else []
        near = suggest(name, beside) if beside else ""
        raise UsageError(f"{who}: {name} cannot be read ({error.strerror}).{near}") from None
    except NotToml as reason:
        raise UsageError(f"{who}: {name} {reason}, so it is no file of {what}.") from None
    try:
        values = parsed(raw)
    except NotToml as reason:
        raise UsageError(f"{who}: {name} {reason}") from None
    return Toml(name, values, _lines(raw.decode("utf-8-sig"), values))


def read_bytes(file: Path, limit: int) -> bytes:
    """The bytes of a small file.

    Parameters
    ----------
    file : path
    limit : int

    Returns
    -------
    bytes

    Raises
    ------
    OSError
        If it cannot be read.
    NotToml
        If it is larger than the limit.

    Examples
    --------
    >>> len(read_bytes(resources.samples() / "goals.toml", 64_000)) > 100
    True
    """
    with file.open("rb") as stream:
        raw = stream.read(limit + 1)
    if len(raw) > limit:
        size = f"{limit // 1_000_000} MB" if limit >= 1_000_000 else f"{limit // 1_000} kB"
        raise NotToml(f"is larger than {size}")
    return raw


def parsed(raw: bytes) -> dict[str, Any]:
    """The values of TOML text.

    Parameters
    ----------
    raw : bytes
        UTF-8, with or without its mark.

    Returns
    -------
    dict

    Raises
    ------
    NotToml
        If it is not UTF-8 or not TOML.

    Examples
    --------
    >>> parsed(b"a = 1")
    {'a': 1}
    """
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise NotToml("is not UTF-8 text. Save it as UTF-8.") from None
    except RecursionError:
        raise NotToml("is no valid TOML: it is nested too deeply.") from None
    except tomllib.TOMLDecodeError as error:
        raise NotToml(f"is no valid TOML: {error}.") from None


def _lines(text: str, values: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Where entries begin; of a list only if as many headings are found as it has entries (others stand in texts)."""
    found: dict[str, list[int]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if heading := re.match(r"\s*\[\[\s*[\"']?([\w-]+)[\"']?\s*\]\]", line):
            found.setdefault(heading[1], []).append(number)
    return {
        key: tuple(numbers)
        for key, numbers in found.items()
        if isinstance(values.get(key), list) and len(values[key]) == len(numbers)
    }
