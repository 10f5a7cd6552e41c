"""Days, weeks, months, quarters and years, calendar and fiscal."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from cxkit.errors import UsageError, choice

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
UNITS = ("day", "week", "month", "quarter", "year", "fiscal quarter", "fiscal year")

ONE_DAY = timedelta(days=1)
_LENGTH = {"month": 1, "quarter": 3, "year": 12, "fiscal quarter": 3, "fiscal year": 12}


@dataclass(frozen=True)
class Period:
    """A run of days.

    Attributes
    ----------
    start, end : date
        First and last day, both included.
    label : str
        "Jul 2026", "Q3 2026", "2026-W28", "FY2026 Q1", "2026" …
    unit : str
        day, week, month, quarter, year, fiscal quarter, fiscal year, or days for any other run of days.
    fiscal_start : int
        First month of the fiscal year it belongs to (1 for all other kinds).

    Examples
    --------
    >>> july = period_of(date(2026, 7, 14), "month")
    >>> july.label, str(july.start), str(july.end), july.days
    ('Jul 2026', '2026-07-01', '2026-07-31', 31)
    """

    start: date
    end: date
    label: str
    unit: str = "days"
    fiscal_start: int = 1

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.start).days + 1


def add_months(day: date, months: int) -> date:
    """The same day some months later or earlier; the last day of the month where that day does not exist.

    Examples
    --------
    >>> add_months(date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def period_of(day: date, unit: str, fiscal_start: int = 1) -> Period:
    """The period of a unit that holds a day.

    Parameters
    ----------
    day : date
    unit : {"day", "week", "month", "quarter", "year", "fiscal quarter", "fiscal year"}
    fiscal_start : int, default 1
        First month of the fiscal year.

    Returns
    -------
    Period

    Raises
    ------
    UsageError
        If the unit is unknown or the month is not 1..12.

    Examples
    --------
    >>> period_of(date(2026, 1, 2), "week").label, period_of(date(2025, 12, 29), "week").label
    ('2026-W01', '2026-W01')
    >>> period_of(date(2025, 8, 1), "fiscal quarter", fiscal_start=7).label
    'FY2026 Q1'
    """
    choice(unit, UNITS, "unit")
    if unit == "day":
        return Period(day, day, str(day), unit)
    if unit == "week":
        start = day - timedelta(days=day.weekday())
        year, week, _ = day.isocalendar()
        return Period(start, start + 6 * ONE_DAY, f"{year}-W{week:02d}", unit)
    if unit.startswith("fiscal"):
        if isinstance(fiscal_start, bool) or fiscal_start not in range(1, 13):
            raise UsageError(f"fiscal_start: {fiscal_start!r} is no month. Write 1 to 12, such as 7 for July.")
    else:
        fiscal_start = 1
    length = _LENGTH[unit]
    months = day.year * 12 + day.month - fiscal_start  # months since a fiscal year began, counted from year 0
    start = add_months(date(day.year, day.month, 1), -(months % length))
    end = add_months(start, length) - ONE_DAY
    return Period(start, end, _label(start, unit, fiscal_start), unit, fiscal_start)


def _label(start: date, unit: str, fiscal_start: int) -> str:
    if unit == "month":
        return f"{MONTHS[start.month - 1]} {start.year}"
    if unit == "quarter":
        return f"Q{(start.month + 2) // 3} {start.year}"
    if unit == "year":
        return str(start.year)
    quarter = (start.month - fiscal_start) % 12 // 3
    year = add_months(start, 11 - 3 * quarter).year
    return f"FY{year}" if unit == "fiscal year" else f"FY{year} Q{quarter + 1}"


def previous(period: Period) -> Period:
    """The period of the same kind just before.

    Parameters
    ----------
    period : Period

    Returns
    -------
    Period
        The week, month, quarter or year before; for a run of whole months as many whole months; for any other run of
        days as many days.

    Raises
    ------
    ValueError, OverflowError
        If it would begin before the year 1.

    Examples
    --------
    >>> previous(period_of(date(2026, 2, 1), "quarter")).label
    'Q4 2025'
    >>> previous(run(date(2026, 1, 1), date(2026, 2, 28))).label
    '2025-11-01 to 2025-12-31'
    """
    if period.unit in UNITS:
        return period_of(period.start - ONE_DAY, period.unit, period.fiscal_start)
    months = _whole_months(period)
    if months:
        return run(add_months(period.start, -months), period.start - ONE_DAY)
    return run(period.start - period.days * ONE_DAY, period.start - ONE_DAY)


def year_before(period: Period) -> Period:
    """The same period a year earlier.

    Parameters
    ----------
    period : Period

    Returns
    -------
    Period
        For a week the ISO week of the same number (week 53 falls back on week 52 where the year before has none); for
        other kinds the same months and days.

    Raises
    ------
    ValueError, OverflowError
        If it would begin before the year 1.

    Examples
    --------
    >>> july = date(2026, 7, 8)
    >>> year_before(period_of(july, "month")).label, year_before(period_of(july, "week")).label
    ('Jul 2025', '2025-W28')
    """
    if period.unit == "week":
        year, week, _ = period.start.isocalendar()
        last = date(year - 1, 12, 28).isocalendar().week  # 28 December always lies in the last week
        return period_of(date.fromisocalendar(year - 1, min(week, last), 1), "week")
    if period.unit in UNITS:
        return period_of(add_months(period.start, -12), period.unit, period.fiscal_start)
    start = add_months(period.start, -12)
    return run(start, add_months(period.end + ONE_DAY, -12) - ONE_DAY)


def calendar(first: date, last: date, unit: str, fiscal_start: int = 1) -> Iterator[Period]:
    """Every period of a unit from the one that holds the first day to the one that holds the last.

    Examples
    --------
    >>> [p.label for p in calendar(date(2025, 11, 30), date(2026, 1, 1), "month")]
    ['Nov 2025', 'Dec 2025', 'Jan 2026']
    """
    period = period_of(first, unit, fiscal_start)
    while period.start <= last:
        yield period
        period = period_of(period.end + ONE_DAY, unit, fiscal_start)


def window_before(end: date, window: str) -> date:
    """The first day of a window that ends with a day.

    Parameters
    ----------
    end : date
        Last day of the window.
    window : str
        "28D", "8W", "3M", "4Q" or "1Y".

    Returns
    -------
    date

    Raises
    ------
    UsageError
        If the window cannot be read.

    Examples
    --------
    >>> window_before(date(2026, 7, 31), "3M")
    datetime.date(2026, 5, 1)
    """
    found = re.fullmatch(r"\s*([1-9]\d{0,3})\s*([DWMQY])\s*", str(window).upper())
    if not found:
        raise UsageError(
            f"window: {window!r} cannot be read. Write a number and D, W, M, Q or Y, such as '28D' or '3M'."
        )
    units = {"D": "day", "W": "week", "M": "month", "Q": "quarter", "Y": "year"}
    return back(end + ONE_DAY, int(found[1]), units[found[2]])


def back(day: date, many: int, unit: str) -> date:
    """The day some units before."""
    if unit in ("day", "week"):
        return day - timedelta(days=many * (7 if unit == "week" else 1))
    return add_months(day, -many * _LENGTH[unit])


def run(start: date, end: date, label: str = "") -> Period:
    return Period(start, end, label or (f"{start} to {end}" if start != end else str(start)), "days")


def _whole_months(period: Period) -> int:
    after = period.end + ONE_DAY
    if period.start.day == 1 and after.day == 1:
        return (after.year - period.start.year) * 12 + after.month - period.start.month
    return 0
