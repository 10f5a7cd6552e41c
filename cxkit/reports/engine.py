"""Run a notebook through papermill, on our own kernel, with one deadline for the whole of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.parameterize import parameterize_notebook

from cxkit.errors import UsageError
from cxkit.reports.kernel import OwnKernel, Room, environment

OnCell = Callable[[int], None]


@dataclass
class Run:
    """One notebook on its way through a kernel.

    Attributes
    ----------
    room : Room
    cache : pathlib.Path
    seconds : float or None
        Time allowed for the whole notebook; None for no limit.
    on_cell : callable
        Called with the position of each cell as it starts.
    tables : bool
        Whether the page's blocks are asked to hand over their tables.
    at : int
        Position of the cell that runs, or ran last.
    failed : bool
        Whether the cell at `at` raised an error.
    exit_code : int or None
        What the kernel's process ended with, when it died.
    """

    room: Room
    cache: Path
    seconds: float | None = None
    on_cell: OnCell = lambda index: None
    tables: bool = False
    at: int = 0
    failed: bool = False
    exit_code: int | None = None
    _deadline: float = field(default=0.0, repr=False)

    def start_clock(self) -> None:
        """From now on the allowed time runs."""
        self._deadline = time.monotonic() + (self.seconds or 0)

    def left(self) -> int | None:
        """Whole seconds left, at least one; None without a limit."""
        return None if self.seconds is None else max(1, round(self._deadline - time.monotonic()))


class Died(Exception):
    """The kernel's process ended before the notebook did."""


class TimeUp(Exception):
    """The notebook took longer than allowed."""


class _Client(PapermillNotebookClient):
    """papermill's client, told which kernel to start and where, and gone at once when something is wrong."""

    def __init__(self, nb_man: Any, run: Run, **traits: Any) -> None:
        super().__init__(nb_man, km=OwnKernel(run.room), **traits)
        self.owns_km = True
        self.run = run

    def papermill_execute_cells(self) -> None:
        try:
            super().papermill_execute_cells()
        except BaseException:
            process = self.km.process if self.km else None
            self.run.exit_code = process.poll() if process else None
            self.shutdown_kernel = "immediate"
            raise

    def execute(self, **start: Any) -> Any:
        kernel = self.km
        try:
            with self.run.room.log.open("wb") as log:
                env = environment(self.run.room, self.run.cache, tables=self.run.tables)
                return super().execute(env=env, cwd=str(self.run.room.work), stdout=log, stderr=log, **start)
        finally:
            kernel.kill_now()


class Engine(NBClientEngine):
    """papermill's engine for reports."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, run: Run, **kwargs: Any) -> None:
        """Execute all cells; a cell that fails ends the run and is marked in `run`."""

        def started(cell: Any, cell_index: int) -> None:
            run.at = cell_index
            run.on_cell(cell_index)

        def failed(cell: Any, cell_index: int, execute_reply: Any) -> None:
            run.failed = "raises-exception" not in cell.metadata.get("tags", [])

        _Client(
            nb_man,
            run,
            kernel_name="python3",
            timeout_func=lambda cell: run.left(),
            startup_timeout=min(120, run.left() or 120),
            iopub_timeout=60,
            on_cell_start=started,
            on_cell_error=failed,
        ).execute()

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """Whatever the notebook names, it runs on our interpreter."""
        return "python3"

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        """Reports are written in Python."""
        return "python"


papermill_engines.register("cxkit", Engine)


def load(path: Path) -> nbformat.NotebookNode:
    """A notebook ready for papermill; cells without an id get one that is the same in every run."""
    try:
        nb = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        bare = [index for index, cell in enumerate(nb.cells) if "id" not in cell]
        nb = nbformat.v4.upgrade(nb) or nb
    except Exception as error:  # nbformat raises whatever its schema library raises
        raise UsageError(f"{path.name} is not a valid notebook: {str(error).splitlines()[0]}") from None
    for index in bare:
        nb.cells[index]["id"] = f"cell-{index}"
    nb.metadata["papermill"] = {"parameters": {}}
    for cell in nb.cells:
        cell.metadata.setdefault("tags", [])
        cell.metadata["papermill"] = {}
    return nb


def execute(nb: nbformat.NotebookNode, run: Run) -> nbformat.NotebookNode:
    """Execute a notebook in place.

    Parameters
    ----------
    nb : NotebookNode
        From `load`, with its parameters.
    run : Run
        What to run in; afterwards, how far it came.

    Returns
    -------
    NotebookNode
        With outputs. When a cell failed, `run.failed` is set and the outputs end there.

    Raises
    ------
    TimeUp, Died
    """
    run.start_clock()
    try:
        return papermill_engines.execute_notebook_with_engine(
            "cxkit", nb, "python3", progress_bar=False, output_path=None, run=run
        )
    except CellExecutionError:
        run.failed = True
        return nb
    except CellTimeoutError:
        raise TimeUp from None
    except (DeadKernelError, RuntimeError) as error:
        if run.seconds is not None and "respond" in str(error) and run.left() == 1:
            raise TimeUp from None
        raise Died(str(error)) from error


def parameterized(nb: nbformat.NotebookNode, parameters: Mapping[str, Any]) -> nbformat.NotebookNode:
    """The notebook with the given parameters in a cell after the parameters cell."""
    if not parameters:
        return nb
    nb = parameterize_notebook(nb, dict(parameters), engine_name="cxkit")
    for cell in nb.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "injected-parameters"  # papermill draws a new one each time
    return nb
