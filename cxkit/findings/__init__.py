"""Sentences from tables: what may be said, how sure it is, and the numbers behind it.

A sentence is made by rule from an estimate or comparison table, never typed, and claims no more than its interval
supports. The verdict says how strong the evidence is, allowing for everything the headline looked at: **clear** when the 95 %
interval of the difference excludes zero, **likely** when only the 80 % interval does, **too early** when neither does.
"""

from cxkit.findings.agreed import agreed
from cxkit.findings.headline import FEW, headline
from cxkit.findings.journeys import journey_headline
from cxkit.findings.telling import telling_parts, telling_rate

__all__ = ["FEW", "agreed", "headline", "journey_headline", "telling_parts", "telling_rate"]
