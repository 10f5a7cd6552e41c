"""Make a report: run the notebook, render the page, publish it whole, and keep the rest private."""

from __future__ import annotations

import datetime
import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cxkit.errors import CxkitError, UsageError
from cxkit.reports import companions, files
from cxkit.reports import failure as why
from cxkit.reports.notebook import heading_of
from cxkit.reports.plan import Plan, plan, withdraw
from cxkit.reports.progress import Progress


@dataclass(frozen=True)
class Outcome:
    """How a report went.

    Attributes
    ----------
    code : int
        0 done, 2 usage or parameter, 3 data, 4 a cell failed, 5 time-out, 6 kernel died.
    name : str
        Name of the report.
    html : pathlib.Path or None
        The published page; None when it was not made.
    also : tuple of pathlib.Path
        What else was asked for and published beside it.
    findings : pathlib.Path or None
        The findings as JSON, beside the page; None where the notebook has none.
    executed : pathlib.Path or None
        The executed notebook, in the private folder.
    page : pathlib.Path or None
        The failure page, in the private folder; None when all went well.
    message : str
        What went wrong, for a person; empty when all went well.
    advice : str
        What to do about it.
    """

    code: int
    name: str
    html: Path | None = None
    also: tuple[Path, ...] = ()
    findings: Path | None = None
    executed: Path | None = None
    page: Path | None = None
    message: str = ""
    advice: str = ""


def report(
    notebook: str | os.PathLike[str],
    parameters: Mapping[str, Any] | None = None,
    *,
    out: str | os.PathLike[str] = "reports",
    keep: str | os.PathLike[str] | None = None,
    name: str | None = None,
    timeout: float | None = None,
    also: str | Iterable[str] = (),
    progress: Progress | None = None,
) -> Outcome:
    """Run a notebook and publish its page.

    Parameters
    ----------
    notebook : str or path
        A shipped name ("nps_deep_dive") or the path of a notebook.
    parameters : mapping, optional
        Values by name; the rest keep the notebook's defaults.
    out : str or path
        Published folder; made if it is missing.
    keep : str or path, optional
        Private folder for the executed notebook, the run's record and a failure page; if not given, `.cxkit` beside
        `out`.
    name : str, optional
        File name of the report, without suffix.
    timeout : float, optional
        Seconds allowed for the whole notebook; no limit if not given.
    also : "xlsx" or list of str
        What to make beside the page: "xlsx", its tables as one workbook.
    progress : Progress, optional
        Where to tell how far it is.

    Returns
    -------
    Outcome
        A notebook that fails is an outcome, not an exception.

    Raises
    ------
    UsageError
        If the notebook, a parameter or a folder cannot be used; no kernel was started, and findings of an earlier run
        are taken away.
    MissingPackage
        If what is asked for beside the page takes a package that is not installed.
    """
    try:
        planned = plan(os.fspath(notebook), parameters, name)
    except CxkitError:
        withdraw(os.fspath(notebook), parameters or {}, name, out)
        raise
    return make(planned, out=out, keep=keep, timeout=timeout, also=also, progress=progress)


def make(
    planned: Plan,
    *,
    out: str | os.PathLike[str] = "reports",
    keep: str | os.PathLike[str] | None = None,
    timeout: float | None = None,
    also: str | Iterable[str] = (),
    progress: Progress | None = None,
) -> Outcome:
    """Carry out a plan; see `report`."""
    try:
        also = companions.asked(also)
        if timeout is not None and not timeout > 0:
            raise UsageError(f"timeout: {timeout:g} is not a number of seconds above zero.")
    except CxkitError:
        _targets(planned, Path(out))["findings"].unlink(missing_ok=True)
        raise
    published = files.published(out)
    private = files.private(keep, published)
    for target in _targets(planned, published).values():
        if target.is_dir():
            raise UsageError(f"{target} is a folder, so no report can be written there. Choose another --name.")
    (private / f"{planned.name}.run.json").unlink(missing_ok=True)  # an old record must not speak for this run
    started, clock = datetime.datetime.now(datetime.UTC), time.monotonic()
    outcome = None
    try:
        nb, failure, folders = _executed(planned, private, timeout, progress, bool(also))
        parts: dict[str, str | bytes] = {}
        if failure is None:
            parts, failure = _rendered(planned, nb, folders, also)
        outcome = _written(planned, nb, parts, failure, published, private)
    finally:
        if outcome is None or outcome.code:  # nobody may be alerted, or calmed, by findings of an earlier run
            _targets(planned, published)["findings"].unlink(missing_ok=True)
    _record(planned, nb, outcome, private, started, time.monotonic() - clock)
    return outcome


def _targets(planned: Plan, published: Path) -> dict[str, Path]:
    """Where the page and what belongs to it are published."""
    ends = {"html": "html", "findings": "findings.json", "xlsx": "xlsx"}
    return {part: published / f"{planned.name}.{end}" for part, end in ends.items()}


def _executed(planned: Plan, private: Path, timeout: float | None, progress: Progress | None, tables: bool):
    """Run the notebook in a room of its own; gives the notebook, the failure if any, and the folders to hide."""
    from cxkit.reports import engine
    from cxkit.reports.kernel import Room

    nb = engine.parameterized(engine.load(planned.path), planned.given)
    code = [index for index, cell in enumerate(nb.cells) if cell.cell_type == "code"]

    def tell(index: int) -> None:
        if progress and nb.cells[index].cell_type == "code":
            progress.cell(code.index(index) + 1, len(code), heading_of(nb, index))

    cache = private / "matplotlib"
    cache.mkdir(mode=0o700, exist_ok=True)
    with Room.make() as room:
        run = engine.Run(room, cache, timeout, tell, tables)
        failure = None
        try:
            engine.execute(nb, run)
        except engine.TimeUp:
            failure = why.of_time(timeout or 0, heading_of(nb, run.at), nb.cells[run.at].source)
        except engine.Died:
            source = nb.cells[run.at].source if nb.cells else ""
            failure = why.of_kernel(run.exit_code, heading_of(nb, run.at), source, room.last_words())
        if run.failed:
            failure = why.of_cell(nb.cells[run.at], heading_of(nb, run.at), planned.effective)
        if progress:
            progress.done()
        return nb, failure, [*planned.folders, str(room.folder)]


def _rendered(planned: Plan, nb: Any, folders: list[str], also: tuple[str, ...]):
    """The page and what is published beside it, or the reason why there is none."""
    from cxkit.reports import record, render, workbook
    from cxkit.reports.clean import CannotShow, plain

    tables = workbook.taken(nb) if "xlsx" in also else None
    nb.metadata["cxkit"] = record.provenance(nb, planned.path.stem, planned.shown, planned.given)
    try:
        parts = {"html": render.page(nb, planned.path.stem, folders)}
        hidden = [*folders, *render.machine_folders()]
        if said := companions.findings(nb, planned.name, hidden):
            parts["findings"] = said
        if tables is not None:
            parts["xlsx"] = workbook.build(tables, companions.about(nb), partial(plain, folders=hidden))
        return parts, None
    except CannotShow as error:
        return {}, why.Failure(why.CELL, "", str(error))
    except Exception as error:  # a fault of the template must not look like a success
        said = f"The page could not be rendered. {type(error).__name__}: {error}"
        return {}, why.Failure(why.CELL, "", said)


def _written(
    planned: Plan, nb: Any, parts: dict[str, str | bytes], failure: why.Failure | None, published: Path, private: Path
) -> Outcome:
    """Publish the page and what belongs to it, or leave the failure page; the executed notebook is kept either way."""
    import nbformat

    executed = files.write(private / f"{planned.name}.ipynb", nbformat.writes(nb) + "\n", private=True)
    page = private / f"{planned.name}.failed.html"
    if failure is None:
        targets = _targets(planned, published)
        files.write_all({targets[part]: content for part, content in parts.items()}, private=False)
        for part in targets.keys() - parts.keys():
            targets[part].unlink(missing_ok=True)  # of an earlier run: it would not belong to this page
        page.unlink(missing_ok=True)
        also = tuple(targets[part] for part in companions.FORMATS if part in parts)
        findings = targets["findings"] if "findings" in parts else None
        return Outcome(why.DONE, planned.name, targets["html"], also, findings, executed)
    files.write(page, why.page(failure, planned.title, executed.name, planned.shown), private=True)
    told = {"executed": executed, "page": page, "message": failure.line, "advice": failure.advice}
    return Outcome(failure.code, planned.name, **told)


def _record(planned: Plan, nb: Any, outcome: Outcome, private: Path, started: datetime.datetime, took: float) -> None:
    """Write down how the run went: clock times, durations, exit code, cells."""
    from cxkit.reports import record

    entry = {
        "report": planned.name,
        "notebook": str(planned.path),
        "exit_code": outcome.code,
        "message": outcome.message,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(took, 3),
        "html": str(outcome.html or ""),
        "also": [str(path) for path in outcome.also],
        "findings": str(outcome.findings or ""),
        "executed": str(outcome.executed or ""),
        "parameters": dict(planned.effective),
        "fingerprints": record.fingerprints(nb),
        "versions": record.versions(),
        "cells": record.cells(nb),
    }
    files.write(private / f"{planned.name}.run.json", json.dumps(entry, indent=1) + "\n", private=True)
