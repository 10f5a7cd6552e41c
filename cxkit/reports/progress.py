"""Say how far a run has come: one line that renews itself on a terminal, plain lines in a log."""

from __future__ import annotations

import shutil
import sys
from contextlib import suppress
from typing import TextIO

from cxkit.reports.clean import plain


class Progress:
    """Progress of one notebook on standard error.

    Parameters
    ----------
    name : str
        Name of the report.
    stream : text stream, optional
        Standard error unless given.
    """

    def __init__(self, name: str, stream: TextIO | None = None) -> None:
        self.name, self.stream = plain(name), stream or sys.stderr
        self.terminal = self.stream.isatty()
        self.last = ""

    def cell(self, number: int, total: int, heading: str) -> None:
        """A cell starts."""
        heading = plain(heading)
        if self.terminal:
            width = shutil.get_terminal_size().columns - 1
            self._write(f"\r\x1b[K{f'{self.name}  {number}/{total}  {heading}'[:width]}")
        elif heading and heading != self.last:  # a log wants a line a section, not a line a cell
            self._write(f"{self.name}: {number}/{total} {heading}\n")
        self.last = heading

    def say(self, line: str) -> None:
        """A line that stays."""
        self._write(f"\r\x1b[K{line}\n" if self.terminal else f"{line}\n")

    def done(self) -> None:
        """Clear the renewing line."""
        if self.terminal:
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        with suppress(OSError, ValueError):  # nobody is reading: no reason to lose the report
            self.stream.write(text)
            self.stream.flush()
