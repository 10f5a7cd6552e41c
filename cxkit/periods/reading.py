"""Periods as a person writes them: "2026-Q3", "last full month", "FY2026-Q1"."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime

from cxkit.errors import UsageError
from cxkit.periods.calendars import MONTHS, ONE_DAY, UNITS, Period, add_months, back, period_of, previous, run

_EXAMPLES = (
    "Write for example '2026', '2026-Q3', '2026-07', '2026-W28', 'FY2026-Q1', '2026-07-01..2026-09-30', "
    "'last full month', 'last 90 days' or 'this quarter'."
)


def parse(text: str, *, as_of: date | None = None, fiscal_start: int = 1) -> Period | None:
    """Read a period as a person writes it.

    Parameters
    ----------
    text : str
        "" or "all" (every day), "2026", "2026-Q3", "2026-07", "2026-W28", "FY2026", "FY2026-Q1", "2026-07-14",
        "2026-07-01..2026-09-30", "last full month" (also week, quarter, year, fiscal quarter, fiscal year), "last 90
        days" (also weeks, months), "this month" (also week, quarter, year).
    as_of : date, optional
        The day the data reach to, counted as whole; needed by "last …" and "this …". Never today by itself.
    fiscal_start : int, default 1
        First month of the fiscal year.

    Returns
    -------
    Period or None
        None for "" and "all".

    Raises
    ------
    UsageError
        If the text cannot be read, or `as_of` is needed and not there.

    Notes
    -----
    "last 90 days" ends with `as_of`; "last full month" is the last month that was over by then (31 July makes July
    full); "this month" runs from its first day to `as_of`.

    Examples
    --------
    >>> parse("last full month", as_of=date(2026, 7, 14)).label
    'Jun 2026'
    >>> parse("last 90 days", as_of=date(2026, 7, 14)).start
    datetime.date(2026, 4, 16)
    >>> parse("FY2026-Q1", fiscal_start=7).label
    'FY2026 Q1'
    """
    wanted = " ".join(str(text).split()).lower()
    if wanted in ("", "all"):
        return None
    if wanted.startswith(("last", "this")):
        return _relative(wanted, text, as_of, fiscal_start)
    try:
        found = _absolute(wanted, fiscal_start)
    except (ValueError, OverflowError) as error:  # 30 February, month 13, week 54
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"period: {text!r} is not in the calendar. {_EXAMPLES}") from None
    if found is None:
        raise UsageError(f"period: {text!r} cannot be read. {_EXAMPLES}")
    return found


def _absolute(text: str, fiscal_start: int) -> Period | None:
    day = r"\d{4}-\d{2}-\d{2}"
    if found := re.fullmatch(rf"({day})\s*(?:\.\.|to)\s*({day})", text):
        start, end = date.fromisoformat(found[1]), date.fromisoformat(found[2])
        if end < start:
            raise UsageError(f"period: {text!r} ends before it starts. Write the earlier day first.")
        return run(start, end)
    if re.fullmatch(day, text):
        return period_of(date.fromisoformat(text), "day")
    if found := re.fullmatch(r"(\d{4})-?w(\d{1,2})", text):
        return period_of(date.fromisocalendar(int(found[1]), int(found[2]), 1), "week")
    if found := re.fullmatch(r"fy\s*(\d{4})(?:[- ]?q([1-4]))?", text):
        unit = "fiscal quarter" if found[2] else "fiscal year"
        last = period_of(date(int(found[1]) - 1, 12, 1), unit, fiscal_start)  # checks the month
        first = date(int(found[1]) - (fiscal_start > 1), fiscal_start, 1)
        return period_of(add_months(first, 3 * (int(found[2] or 1) - 1)), last.unit, fiscal_start)
    if found := re.fullmatch(r"(\d{4})[- ]?q([1-4])", text) or re.fullmatch(r"q([1-4])[- ]?(\d{4})", text):
        year, quarter = (found[1], found[2]) if len(found[1]) == 4 else (found[2], found[1])
        return period_of(date(int(year), 3 * int(quarter), 1), "quarter")
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})", text):
        return period_of(date(int(found[1]), int(found[2]), 1), "month")
    if found := re.fullmatch(r"([a-z]{3})[a-z]* (\d{4})", text):
        names = [name.lower() for name in MONTHS]
        return period_of(date(int(found[2]), names.index(found[1]) + 1, 1), "month")
    if re.fullmatch(r"\d{4}", text):
        return period_of(date(int(text), 1, 1), "year")
    return None


def _relative(wanted: str, text: str, as_of: date | None, fiscal_start: int) -> Period:
    units = "|".join(sorted(UNITS, key=len, reverse=True))
    full = re.fullmatch(rf"last full ({units})", wanted)
    this = re.fullmatch(rf"this ({units})", wanted)
    length = re.fullmatch(r"last (\d{1,4}) (day|week|month|quarter|year)s?", wanted)
    if not (full or this or length):
        raise UsageError(f"period: {text!r} cannot be read. {_EXAMPLES}")
    if as_of is None:
        raise UsageError(f"period: {text!r} needs the day the data reach to. Give as_of.")
    as_of = as_of.date() if isinstance(as_of, datetime) else as_of
    if full:
        now = period_of(as_of, full[1], fiscal_start)
        return now if now.end == as_of else previous(now)
    if this:
        now = period_of(as_of, this[1], fiscal_start)
        return now if now.end == as_of else replace(now, end=as_of, label=f"{now.label} to {_day(as_of)}")
    many, unit = int(length[1]), length[2]
    if many == 0:
        raise UsageError(f"period: {text!r} holds no day. {_EXAMPLES}")
    return run(
        back(as_of + ONE_DAY, many, unit), as_of, f"last {many} {unit}{'s' if many > 1 else ''} to {_day(as_of)}"
    )


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
