"""A notebook's cells run in the process of the tests: a kernel's outputs without its start, which takes three seconds.

Everything else of a report is the real thing: parameters, the cells in order, outputs, messages, rendering, publishing.
What a kernel does differently (its environment, its death, its time) is tested in tests/reports.
"""

from __future__ import annotations

import os
import sys
import types
import warnings
from contextlib import contextmanager

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from cxkit.reports import engine


@contextmanager
def here():
    """Reports made in this block run in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "execute", execute)
        yield


def execute(nb, run):
    """As `cxkit.reports.engine.execute`, but in this process."""
    with _shell(run) as shell:
        count = 0
        for index, cell in enumerate(nb.cells):
            if cell.cell_type != "code":
                continue
            run.at, count = index, count + 1
            run.on_cell(index)
            cell.outputs, error = _run(shell, cell.source, count)
            cell.execution_count = count
            if error and "raises-exception" not in cell.metadata.tags:
                run.failed = True
                break
    return nb


@contextmanager
def _shell(run):
    """IPython with names of its own, standing in the report's empty folder."""
    here, module = os.getcwd(), types.ModuleType("notebook_in_process")
    settings = Config({"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": "nocolor"}})
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=settings, ipython_dir=str(run.room.folder), user_module=module)
    shell._showtraceback = lambda kind, value, lines: None  # nothing is printed: the lines become an output
    os.chdir(run.room.work)
    try:
        yield shell
    finally:
        os.chdir(here)
        sys.modules.pop(module.__name__, None)
        InteractiveShell.clear_instance()


def _run(shell, source: str, count: int) -> tuple[list, bool]:
    """The outputs of a cell, and whether it raised an error."""
    new, results = nbformat.v4.new_output, []

    def show(result) -> None:
        data, metadata = shell.display_formatter.format(result) if result is not None else ({}, {})
        if data:
            results.append(new("execute_result", data=data, metadata=metadata, execution_count=count))

    shell.display_trap.hook = show
    with warnings.catch_warnings(), capture_output() as said:
        warnings.simplefilter("default")
        warnings.showwarning = _to_stderr
        done = shell.run_cell(source, store_history=False)
    streams = {"stdout": said.stdout, "stderr": said.stderr}
    outputs = [new("stream", name=name, text=text) for name, text in streams.items() if text]
    outputs += [new("display_data", data=one.data, metadata=one.metadata or {}) for one in said.outputs]
    outputs += results
    error = done.error_before_exec or done.error_in_exec
    if error is not None:
        outputs.append(new("error", ename=type(error).__name__, evalue=str(error), traceback=[]))
    return [nbformat.from_dict(output) for output in outputs], error is not None


def _to_stderr(message, category, filename, lineno, file=None, line=None):
    sys.stderr.write(warnings.formatwarning(message, category, filename, lineno, line))
