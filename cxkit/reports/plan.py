"""What is to be run: decided and checked for every notebook of a command before the first kernel starts."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxkit.errors import CxkitError
from cxkit.reports import files, notebook, parameters


@dataclass(frozen=True)
class Plan:
    """One report to be made.

    Attributes
    ----------
    path : pathlib.Path
        The notebook.
    name : str
        Name of the report's files, without suffix.
    title : str
        The notebook's first heading.
    given : mapping
        Checked values of the parameters that were given.
    effective : mapping
        Values of all parameters, the defaults among them.
    """

    path: Path
    name: str
    title: str
    given: Mapping[str, Any]
    effective: Mapping[str, Any]

    @property
    def shown(self) -> dict[str, Any]:
        """The effective values as a page may show them: paths reduced to file names."""
        from cxkit.reports.record import short

        return {key: short(value) for key, value in self.effective.items()}

    @property
    def folders(self) -> list[str]:
        """Folders that the values name; no page shows them."""
        paths = [v for v in self.effective.values() if isinstance(v, str) and os.path.isabs(v)]
        return [os.path.dirname(path) for path in paths]


def plan(name: str, given: Mapping[str, Any] | None = None, report_name: str | None = None) -> Plan:
    """Find a notebook and check what was given for it.

    Parameters
    ----------
    name : str
        A shipped name or the path of a notebook.
    given : mapping, optional
        Parameter values, as texts or typed.
    report_name : str, optional
        Name for the report's files; by default made from the notebook and the parameters that select.

    Returns
    -------
    Plan

    Raises
    ------
    UsageError
        If the notebook, a parameter or the name cannot be used.
    """
    path = notebook.find(name)
    content = notebook.read(path)
    declared = parameters.declared(content, path.stem)
    values = parameters.checked(declared, given or {})
    effective = {key: parameter.default for key, parameter in declared.parameters.items()} | values
    chosen = files.checked_name(report_name) if report_name else files.report_name(path.stem, effective)
    return Plan(path, chosen, notebook.title(content, path.stem), values, effective)


def withdraw(name: str, given: Mapping[str, Any], report_name: str | None, out: str | os.PathLike[str]) -> None:
    """Take away the findings of an earlier run of a report that was refused before it started.

    Nobody is to be alerted, or calmed, by yesterday's findings. Nothing happens where the report's name cannot be told:
    of an unknown notebook, or where a parameter that makes the name was refused.

    Parameters
    ----------
    name : str
        A shipped name or the path of a notebook.
    given : mapping
        Parameter values, as texts or typed.
    report_name : str or None
        Name given for the report's files.
    out : str or path
        Published folder.
    """
    with contextlib.suppress(CxkitError, OSError):
        if report_name:
            chosen = files.checked_name(report_name)
        else:
            path = notebook.find(name)
            declared = parameters.declared(notebook.read(path), path.stem)
            naming = {key: value for key, value in given.items() if key in files.SELECTING}
            values = {key: one.default for key, one in declared.parameters.items()} | parameters.checked(
                declared, naming
            )
            chosen = files.report_name(path.stem, values)
        (Path(out) / f"{chosen}.findings.json").unlink(missing_ok=True)
