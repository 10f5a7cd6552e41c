"""Where a report comes from, and how its run went.

Provenance stands on the page, so it holds nothing that differs between two builds of the same input: no clock, no
duration, no machine, no folder. All of that is in the run's record, which stays in the private folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from importlib import metadata
from typing import Any

import cxkit
from cxkit.markup import visible
from cxkit.reports import notebook as nbs

_PACKAGES = ("pandas", "numpy", "matplotlib", "duckdb", "narwhals", "nbconvert")


def versions() -> dict[str, str]:
    """Versions of what made the numbers and the page."""
    found = {"python": platform.python_version(), "cxkit": cxkit.__version__}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def facts(nb: Mapping[str, Any]) -> dict[str, Any]:
    """Facts that the cells' blocks carry, merged in the order of the page; of two the later counts, unless empty."""
    merged: dict[str, Any] = {}
    for found in marked(nb):
        merged |= {key: value for key, value in found.items() if value not in ("", None)}
    return merged


def marked(nb: Mapping[str, Any], kind: str = "") -> list[Mapping[str, Any]]:
    """The facts of each block, in the order of the cells; of one kind only, if it is named."""
    found = []
    for cell in nb["cells"]:
        for output in cell.get("outputs", []):
            mark = output.get("metadata", {}).get("cxkit", {})
            if isinstance(mark, Mapping) and isinstance(mark.get("facts"), Mapping) and kind in ("", mark.get("kind")):
                found.append(mark["facts"])
    return found


def fingerprints(nb: Mapping[str, Any]) -> dict[str, str]:
    """Fingerprint of each source the notebook read, by its label."""
    found: dict[str, str] = {}
    for part in marked(nb):
        if isinstance(part.get("fingerprints"), Mapping):
            found |= {str(label): str(value) for label, value in part["fingerprints"].items()}
        if part.get("fingerprint"):
            found[str(part.get("source") or part.get("table") or "data")] = str(part["fingerprint"])
    return found


def definition(nb: Mapping[str, Any]) -> str:
    """A hash of what the notebook says and does: its cells' kinds, texts and tags, not its outputs."""
    cells = [
        [cell["cell_type"], cell["source"], sorted(nbs.tags(cell))]
        for cell in nb["cells"]
        if "injected-parameters" not in nbs.tags(cell)
    ]
    return "sha256 " + hashlib.sha256(json.dumps(cells, ensure_ascii=True).encode()).hexdigest()


def provenance(nb: Mapping[str, Any], name: str, shown: Mapping[str, Any], given: Any = ()) -> dict[str, Any]:
    """What the page's footer tells, the same for the same input.

    Parameters
    ----------
    nb : mapping
        The executed notebook.
    name : str
        Name of the notebook.
    shown : mapping
        Values of all parameters, without folders.
    given : iterable of str
        Names of those that were given; the rest are defaults.

    Returns
    -------
    dict
        title, notebook, parameters, given, versions, fingerprints, definition, as_of.
    """
    merged = facts(nb)
    return {
        "title": str(merged.get("title") or nbs.title(nb, name)),
        "notebook": name,
        "parameters": dict(shown),
        "given": sorted(given),
        "versions": versions(),
        "fingerprints": fingerprints(nb),
        "definition": definition(nb),
        "as_of": str(merged.get("as_of") or ""),
    }


def short(value: Any) -> Any:
    """A parameter's value as a page may show it: a path is reduced to its file name, invisible characters go."""
    if not isinstance(value, str):
        return value
    return visible(os.path.basename(value) if os.path.isabs(value) else value)


def stamped(nb: Any, name: str) -> Any:
    """The notebook with its provenance: as the runner put it there, else as plain papermill left it behind."""
    if "cxkit" in nb.metadata:
        return nb
    given = nb.metadata.get("papermill", {}).get("parameters", {})
    stamped = nb.copy()
    stamped["metadata"] = nb.metadata.copy()
    stamped["metadata"]["cxkit"] = provenance(nb, name, {key: short(value) for key, value in given.items()}, given)
    return stamped


def cells(nb: Mapping[str, Any]) -> list[dict[str, Any]]:
    """How long each code cell took and how it ended, for the run's record."""
    found = []
    for index, cell in enumerate(nb["cells"]):
        if cell["cell_type"] != "code":
            continue
        timing = cell.get("metadata", {}).get("papermill", {})
        row = {"cell": index, "heading": nbs.heading_of(nb, index)}
        found.append(row | {"seconds": timing.get("duration"), "status": timing.get("status")})
    return found
