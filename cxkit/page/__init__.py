"""Blocks of a page: what a notebook's cell returns to be shown in JupyterLab and in a report.

Every block is HTML built with `cxkit.markup` (all data escaped) and the same numbers as plain text.
"""

from cxkit.page.banner import banner
from cxkit.page.estimate import estimate_table
from cxkit.page.figure import show
from cxkit.page.goals import goals_note
from cxkit.page.head import head
from cxkit.page.headline import actions, headlines
from cxkit.page.journeys import change_table, handover_table, moment_table, pain_table, rework_table
from cxkit.page.notes import cautions, gap_note, note
from cxkit.page.people import moved, scale_note, who_answers
from cxkit.page.plans import deviation_table, persona_table, removal_table, stage_table
from cxkit.page.quotes import quotes
from cxkit.page.stages import channel_table, link_note, stage_cards, wall
from cxkit.page.tables import safe_table
from cxkit.page.tiles import tiles

__all__ = [
    "actions",
    "banner",
    "cautions",
    "change_table",
    "channel_table",
    "deviation_table",
    "estimate_table",
    "gap_note",
    "goals_note",
    "handover_table",
    "head",
    "headlines",
    "link_note",
    "moment_table",
    "moved",
    "note",
    "pain_table",
    "persona_table",
    "quotes",
    "removal_table",
    "rework_table",
    "safe_table",
    "scale_note",
    "show",
    "stage_cards",
    "stage_table",
    "tiles",
    "wall",
    "who_answers",
]
