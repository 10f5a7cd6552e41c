"""Make an executed notebook fit for readers elsewhere, and the same from every run.

Taken off: terminal colours, control characters, marks that turn the writing direction, folders of the machine that ran
it, addresses in memory, clock times. Nothing else is left out: an output that the page cannot show is an error.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from cxkit.errors import CxkitError
from cxkit.markup import visible
from cxkit.reports.notebook import heading_of

#: What the report's template has a block for, best first.
SHOWN = (
    "image/x-cxkit-figure",
    "text/html",
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "image/gif",
    "text/markdown",
    "text/latex",
    "text/plain",
    "application/json",
)

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_CELL_FILE = re.compile(r"(?<![^\s\"'<>(])[^\s\"'<>(]*ipykernel_\d+[/\\]\d+\.py")  # from a word's start: else quadratic
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]{6,}")


class CannotShow(CxkitError):
    """A cell has an output that no part of the page can show."""


def plain(text: str, folders: Iterable[str] = ()) -> str:
    """Text as a reader elsewhere should see it.

    Parameters
    ----------
    text : str
    folders : iterable of str
        Folders that are cut off the front of paths.

    >>> plain("\\x1b[31mred\\x1b[0m /data/in/a.csv <obj at 0x7f00aa00>", ["/data/in"])
    'red a.csv <obj>'
    """
    text = _CELL_FILE.sub("cell", visible(_ANSI.sub("", text)))
    return _without(_ADDRESS.sub("", text), folders)


def _without(text: str, folders: Iterable[str]) -> str:
    for folder in sorted((f.rstrip("/\\") for f in folders), key=len, reverse=True):
        if len(folder) > 1:
            text = text.replace(folder + "/", "").replace(folder + "\\", "")
    return text


def for_page(nb: Any, folders: Iterable[str] = ()) -> Any:
    """A copy of the executed notebook, ready to be rendered.

    Parameters
    ----------
    nb : NotebookNode
        With its provenance in `metadata.cxkit`.
    folders : iterable of str
        Folders that are cut off the front of paths.

    Raises
    ------
    CannotShow
        If an output has only representations that the page has no block for; the message names the cell.
    """
    nb, folders = copy.deepcopy(nb), list(folders)
    nb.metadata.pop("papermill", None)
    nb.metadata.pop("widgets", None)
    for index, cell in enumerate(nb.cells):
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.source = _assigned(nb.metadata.get("cxkit", {}))
        cell.outputs = _streams_joined(cell.outputs)
        for output in cell.outputs:
            _output(output, folders, heading_of(nb, index) or f"cell {index + 1}")
    return nb


def _assigned(provenance: Mapping[str, Any]) -> str:
    """The given parameters as code, with their values as the page may show them."""
    values = provenance.get("parameters", {})
    return "\n".join(f"{name} = {values[name]!r}" for name in provenance.get("given", []) if name in values)


def _output(output: Any, folders: list[str], where: str) -> None:
    """Clean one output in place."""
    if output.output_type == "stream":
        output.text = plain(output.text, folders)
    elif output.output_type == "error":
        output.evalue = plain(output.evalue, folders)
        output.traceback = [plain(line, folders) for line in output.traceback]
    else:
        _data(output.data, output.metadata, folders, where)


def _data(data: Any, metadata: Mapping[str, Any], folders: list[str], where: str) -> None:
    ours = isinstance(metadata.get("cxkit"), Mapping)
    facts = metadata["cxkit"].get("facts", {}) if ours else {}
    facts |= {key: _without(visible(value), folders) for key, value in facts.items() if isinstance(value, str)}
    for mime, value in data.items():
        if mime == "text/html" and ours:
            data[mime] = _without(value, folders)
        elif mime.startswith("text/") and isinstance(value, str):
            data[mime] = plain(value, folders)
    if data and not any(mime in SHOWN for mime in data):
        kinds = ", ".join(sorted(data))
        raise CannotShow(
            f"Under '{where}' a cell shows {kinds}, which a report cannot show. "
            "End the cell in a table, a picture or text instead."
        )
    if "text/html" in data and not ours and "text/plain" not in data:
        data["text/plain"] = data["text/html"]  # shown as text, so it must have some


def _streams_joined(outputs: list[Any]) -> list[Any]:
    """Each run of neighbouring streams as one standard output and one error output.

    In how many pieces a cell's prints arrive, and which of two streams comes first, is a matter of milliseconds.
    """
    joined: list[Any] = []
    for stream, group in groupby(outputs, lambda output: output.output_type == "stream"):
        parts = list(group)
        if not stream:
            joined += parts
            continue
        for name in sorted({part.name for part in parts}, reverse=True):  # stdout, stderr
            same = [part for part in parts if part.name == name]
            same[0].text = _overwritten("".join(part.text for part in same))
            joined.append(same[0])
    return joined


def _overwritten(text: str) -> str:
    """What a terminal would be left with: a line that returned to its start shows what was written last."""
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
