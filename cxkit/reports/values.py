"""Read parameter values as people write them: on a command line, in TOML, in YAML."""

from __future__ import annotations

import datetime
import glob
import math
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cxkit import toml
from cxkit.errors import UsageError, suggest

#: Parameter files larger than this are refused; a real one has a few hundred bytes.
LIMIT_BYTES = 64_000

_TRUE, _FALSE = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}


class Refused(Exception):
    """Why a value does not fit; the caller adds the parameter's name."""


class NotThere(Refused):
    """The value names a file that is not there: the call may be right and the data late."""


def assignments(pairs: Iterable[str]) -> dict[str, str]:
    """Read `-p name=value` arguments.

    >>> assignments(["min_n=40", "columns=note:score; date:responded_at"])
    {'min_n': '40', 'columns': 'note:score; date:responded_at'}
    """
    values: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        name = name.strip()
        if not sign or not name:
            raise UsageError(f"-p {pair}: write it as name=value, for example -p min_n=40.")
        if name in values and values[name] != value:
            raise UsageError(f"-p {name}: given twice, as {values[name]!r} and as {value!r}. Leave one out.")
        values[name] = value
    return values


def from_file(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read a parameter file: one `name = value` (TOML) or `name: value` (YAML) a line.

    Parameters
    ----------
    path : str or path
        Ends in .toml, .yaml or .yml; at most 64 kB.

    Returns
    -------
    dict
        TOML values keep their types; a TOML table named after a notebook is for that notebook alone. YAML values are
        all text and are read later by the parameter's declared type, so that `region: NO` stays Norway and `wave: 010`
        keeps its zero.

    Raises
    ------
    UsageError
        If the file cannot be read, or holds anything but names with plain values.
    """
    file = Path(path).expanduser()
    readers = {".toml": _toml, ".yaml": _yaml, ".yml": _yaml}
    if file.suffix.lower() not in readers:
        raise UsageError(f"-f {path}: a parameter file ends in .toml, .yaml or .yml.")
    try:
        raw = toml.read_bytes(file, LIMIT_BYTES)
    except OSError as error:
        raise UsageError(f"-f {path}: the file cannot be read ({error.strerror}).") from None
    except toml.NotToml as reason:
        raise UsageError(f"-f {path}: the file {reason}, so it is no parameter file.") from None
    try:
        return readers[file.suffix.lower()](raw)
    except Refused as reason:
        raise UsageError(f"-f {path}: {reason}") from None


def _toml(raw: bytes) -> dict[str, Any]:
    try:
        values = toml.parsed(raw)
    except toml.NotToml as reason:
        raise Refused(f"the file {reason}") from None
    for name, value in values.items():
        for inner, held in value.items() if isinstance(value, dict) else [(name, value)]:
            if isinstance(held, (dict, list)):
                raise Refused(f"'{inner}' is not one plain value.")
    return values


def for_notebook(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What a parameter file says for one notebook: what it says for all, and on top its own TOML table.

    >>> for_notebook({"owner": "Ana", "clv": {"horizon_days": 365}}, "clv")
    {'owner': 'Ana', 'horizon_days': 365}
    """
    common = {key: value for key, value in values.items() if not isinstance(value, dict)}
    own = values.get(name)
    return common | own if isinstance(own, dict) else common


def _yaml(raw: bytes) -> dict[str, Any]:
    """One level of `name: text`. The document is composed, never constructed: no tag, alias or type takes effect."""
    import yaml

    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("the file is not UTF-8 text. Save it as UTF-8.") from None
    try:
        for event in yaml.parse(text, Loader=yaml.BaseLoader):  # before nesting can cost anything
            if isinstance(event, (yaml.SequenceStartEvent, yaml.AliasEvent)) or getattr(event, "tag", None):
                raise Refused(f"line {event.start_mark.line + 1} is not 'name: value' with one plain value.")
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise Refused(f"not valid YAML{where}.") from None
    except RecursionError:
        raise Refused("nested too deeply for a parameter file.") from None
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        raise Refused("write one 'name: value' a line.")
    values: dict[str, Any] = {}
    for key, value in root.value:
        if not isinstance(key, yaml.ScalarNode) or not isinstance(value, yaml.ScalarNode):
            raise Refused(f"line {key.start_mark.line + 1} is not 'name: value' with one plain value.")
        if key.value in values:
            raise Refused(f"'{key.value}' is given twice.")
        values[key.value] = value.value
    return values


def coerce(value: Any, kind: str) -> Any:
    """Turn a given value into the declared type, or raise `Refused` with the reason.

    >>> coerce("40", "int"), coerce("40", "str"), coerce("yes", "bool"), coerce("1", "float")
    (40, '40', True, 1.0)
    """
    return {"str": _text, "int": _int, "float": _float, "bool": _bool}[kind](value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        if "\x00" in value:
            raise Refused("the text holds a NUL character.")
        return value
    if isinstance(value, (datetime.date, datetime.time)):  # TOML dates
        return value.isoformat()
    if type(value) is int:
        return str(value)
    raise Refused(f"{value!r} is not text. Put it in quotes.")


def _int(value: Any) -> int:
    if type(value) is int:
        return value
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", value):
        return int(value)
    raise Refused(f"{value!r} is not a whole number.")


def _float(value: Any) -> float:
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?[0-9]+,[0-9]+\s*", value):
        raise Refused(f"{value!r} is not a number. Write it with a point: {value.strip().replace(',', '.')}.")
    try:
        number = float(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise Refused(f"{value!r} is not a number.")
    return number


def _bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = value.strip().casefold() if isinstance(value, str) else ""
    if word in _TRUE | _FALSE:
        return word in _TRUE
    raise Refused(f"{value!r} is neither true nor false.")


def located(value: str) -> str:
    """The absolute form of a path, or `NotThere`.

    Empty values, "none" and "sample:…" name no file and stay as they are; a pattern (`exports/*.csv`) must match something.
    """
    if not value or value == "none" or value.startswith("sample:"):
        return value
    path = Path(value).expanduser()
    absolute = os.path.abspath(path)
    if path.exists() or (glob.has_magic(value) and glob.glob(absolute)):
        return absolute
    beside = [str(other) for other in path.parent.iterdir() if other.is_file()] if path.parent.is_dir() else []
    near = suggest(str(path), beside)
    hint = near if near.startswith(" Did you") else " A relative path starts in the folder you call from."
    raise NotThere(f"there is no file {value!r}.{hint}")
