"""Journeys: from events and scores to where loyalty is won and lost.

Every function takes the `events` table (any dataframe) or a prepared `Log` and returns small tidy tables.
"""

from cxkit.journey.log import Log
from cxkit.journey.preparing import prepare

__all__ = ["Log", "prepare"]
