"""Blocks of a page: what a notebook's cell returns to be shown in JupyterLab and in a report.

Every block is HTML built with `cxkit.markup` (all data escaped) and the same numbers as plain text.
"""

from cxkit.page.banner import banner
from cxkit.page.estimate import estimate_table
from cxkit.page.figure import show
from cxkit.page.goals import goals_note
from cxkit.page.head import head
from cxkit.page.headline import actions, headlines
from cxkit.page.notes import cautions, gap_note, note
from cxkit.page.people import moved, scale_note, who_answers
from cxkit.page.quotes import quotes
from cxkit.page.tables import safe_table
from cxkit.page.tiles import tiles

__all__ = [
    "actions",
    "banner",
    "cautions",
    "estimate_table",
    "gap_note",
    "goals_note",
    "head",
    "headlines",
    "moved",
    "note",
    "quotes",
    "safe_table",
    "scale_note",
    "show",
    "tiles",
    "who_answers",
]
