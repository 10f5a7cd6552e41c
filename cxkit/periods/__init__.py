"""Calendars: which days a report is about, in words and in dates.

Every date here is a day of the table's own clock: times have already been brought to the stated time zone by the
door (in a bare frame, times that carry a zone are read in UTC), so no day is 23 or 25 hours long and month arithmetic
is exact. Weeks are ISO weeks (Monday to Sunday, named after the year of their Thursday). A fiscal year is named after
the calendar year in which it ends.
"""

from __future__ import annotations

from cxkit.periods.calendars import UNITS, Period, period_of, previous, year_before
from cxkit.periods.reading import parse
from cxkit.periods.rows import between, undated

__all__ = ["UNITS", "Period", "between", "parse", "period_of", "previous", "undated", "year_before"]
