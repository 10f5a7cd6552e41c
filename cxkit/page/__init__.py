"""Blocks of a page: what a notebook's cell returns to be shown in JupyterLab and in a report.

Every block is HTML built with `cxkit.markup` (all data escaped) and the same numbers as plain text.
"""

from cxkit.page.estimate import estimate_table
from cxkit.page.figure import show
from cxkit.page.head import head
from cxkit.page.headline import actions, headlines
from cxkit.page.notes import cautions, gap_note, note
from cxkit.page.quotes import quotes
from cxkit.page.tables import safe_table
from cxkit.page.tiles import tiles

__all__ = [
    "actions",
    "cautions",
    "estimate_table",
    "gap_note",
    "head",
    "headlines",
    "note",
    "quotes",
    "safe_table",
    "show",
    "tiles",
]
