"""The tables of the kit and the front door through which data becomes one of them.

`read` takes files and frames, `check` says what a file holds before anything is read in earnest, `frame_of` is what
every metric calls on its input, and `TABLES` describes the nine tables.
"""

from __future__ import annotations

from cxkit.tables.check import Check, check
from cxkit.tables.counted import counted
from cxkit.tables.health import ColumnHealth, Health
from cxkit.tables.log import Note
from cxkit.tables.reader import read
from cxkit.tables.schema import TABLES, Column, Schema
from cxkit.tables.table import Table, frame_of

__all__ = [
    "TABLES",
    "Check",
    "Column",
    "ColumnHealth",
    "Health",
    "Note",
    "Schema",
    "Table",
    "check",
    "counted",
    "frame_of",
    "read",
]
