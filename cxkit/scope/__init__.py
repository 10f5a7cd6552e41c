"""What a report is about: the period, what it is compared with, and what the data cannot show.

A notebook asks once, after reading its data: `scope` for a table of answers, `journey_scope` for a table of events.
"""

from cxkit.scope.answers import ENOUGH, Scope, scope
from cxkit.scope.journeys import JourneyScope, journey_scope

__all__ = ["ENOUGH", "JourneyScope", "Scope", "journey_scope", "scope"]
