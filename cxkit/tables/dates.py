"""Dates written as text or numbers: which part is the day, decided over all rows of a column.

A column whose every date reads both ways (03/04/2025 …) is settled by the argument `day_first`, or by the file's other
date columns, or refused with both readings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cxkit.frames import literal
from cxkit.tables.cells import NO_DATE, NO_NUMBER, texts

_CLOCK = (
    r"(?:[T ,]+\s*[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?(?:\s*[AaPp]\.?[Mm]\.?)?"
    r"(?:\s*(?:Z|UTC|GMT|[-+][0-9]{2}(?::?[0-9]{2})?))?)?"
)
_YEAR = "([0-9]{4}|[0-9]{2})"
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"

#: Forms of a date: name and pattern. The first that fits counts.
_FORMS: tuple[tuple[str, str], ...] = (
    ("iso", rf"[0-9]{{4}}[-/.][0-9]{{1,2}}[-/.][0-9]{{1,2}}{_CLOCK}"),
    ("parted", rf"[0-9]{{1,2}}[-/][0-9]{{1,2}}[-/]{_YEAR}{_CLOCK}"),
    ("dotted", rf"[0-9]{{1,2}}\.\s?[0-9]{{1,2}}\.\s?{_YEAR}{_CLOCK}"),
    ("named", rf"[0-9]{{1,2}}(?:st|nd|rd|th)?[-. /]*{_MONTH}\.?[-., /]*{_YEAR}{_CLOCK}"),
    ("english", rf"{_MONTH}\.?\s+[0-9]{{1,2}}(?:st|nd|rd|th)?,?\s+[0-9]{{4}}{_CLOCK}"),
    ("compact", "(?:19|20)[0-9]{6}"),
    ("serial", "[2-7][0-9]{4}(?:[.,][0-9]+)?"),
    ("seconds", r"[0-9]{9,10}(?:\.[0-9]+)?"),
    ("milliseconds", r"[0-9]{12,13}(?:\.[0-9]+)?"),
    ("microseconds", "[0-9]{15,16}"),
    ("nanoseconds", "[0-9]{18,19}"),
)
#: Forms that are plain numbers: dates only where the column is known to hold times.
NUMERIC = ("compact", "serial", "seconds", "milliseconds", "microseconds", "nanoseconds")
_OFFSET = r":[0-9]{2}[^A-Za-z]*?\s*(Z|UTC|GMT|[-+][0-9]{2}(?::?[0-9]{2})?)$"
_ISO_DATE = r"^([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})"
_SMALL_DATE = r"^([0-9]{1,2})[-/.]\s?([0-9]{1,2})[-/.]\s?([0-9]{4}|[0-9]{2})"


@dataclass(frozen=True)
class Dates:
    """What one scan says about a column of dates.

    Attributes
    ----------
    counts : mapping
        Values by form; "rest" are no dates.
    day_only, month_only, differing : int
        Values as 25/03/2025 (only day first), as 03/25/2025 (only month first), and those that are not as 03/03/2025.
    offsets : int
        Values that state their distance to UTC.
    clocks : int
        Values with a time of day.
    halves : int
        Values with AM or PM.
    short_years : int
        Values with a year of two digits.
    """

    counts: Mapping[str, int]
    day_only: int = 0
    month_only: int = 0
    differing: int = 0
    offsets: int = 0
    clocks: int = 0
    halves: int = 0
    short_years: int = 0

    @property
    def rest(self) -> int:
        """Values that are no date in any reading."""
        return self.counts.get("rest", 0)

    @property
    def written(self) -> int:
        """Values whose day, month or year needs a closer look."""
        return sum(self.counts.get(form, 0) for form in ("parted", "dotted", "named", "english"))

    @property
    def numeric(self) -> int:
        """Values that are dates only if the column is one of times."""
        return sum(self.counts.get(form, 0) for form in NUMERIC)

    def order(self, known: bool | None) -> str:
        """Which part comes first: "day", "month", "" if it does not matter, "?" if open, "!" if contradicted."""
        if not self.counts.get("parted"):
            return ""
        if self.day_only and self.month_only:
            return "!"
        own = "day" if self.day_only else "month" if self.month_only else ""
        asked = {True: "day", False: "month", None: ""}[known]
        if own and asked and own != asked:
            return "!"
        return own or asked or ("?" if self.differing else "day")


def forms_sql(name: str) -> list[str]:
    """Aggregates: forms, values with an offset, values with a time of day."""
    whens = " ".join(
        f"WHEN regexp_full_match({name}, {literal(pattern)}, 'i') THEN '{form}'" for form, pattern in _FORMS
    )
    mark = f"WHEN lower({name}) IN {texts([*NO_NUMBER, *NO_DATE])} THEN NULL"
    return [
        f"histogram(CASE WHEN {name} IS NULL THEN NULL {whens} {mark} ELSE 'rest' END)",
        f"count(*) FILTER (WHERE regexp_matches({name}, {literal(_OFFSET)}))",
        f"count(*) FILTER (WHERE {name} LIKE '%:%')",
    ]


def parts_sql(name: str) -> list[str]:
    """Aggregates about day and month: only day first, only month first, differing, AM or PM, short years."""
    parted = f"regexp_full_match({name}, {literal(dict(_FORMS)['parted'])}, 'i')"
    first, second = (f"TRY_CAST(regexp_extract({name}, {literal(_SMALL_DATE)}, {place}) AS INT)" for place in (1, 2))

    def times(condition: str) -> str:
        return f"count(*) FILTER (WHERE {condition})"

    return [
        times(f"{parted} AND {first} > 12"),
        times(f"{parted} AND {second} > 12"),
        times(f"{parted} AND {first} <> {second}"),
        times(f"regexp_matches({name}, '[0-9]\\s*[AaPp]\\.?[Mm]\\.?')"),
        times(f"length(regexp_extract({name}, {literal(_SMALL_DATE)}, 3)) = 2"),
    ]


def time_sql(name: str, dates: Dates, order: str, tz: str) -> str:
    """The value as a naive TIMESTAMP in the stated zone; NULL for what is no date."""
    plain = set(dates.counts) <= {"iso"} and not dates.offsets and not dates.halves
    if plain:
        text = f"regexp_replace({name}, {literal(_ISO_DATE)}, '\\1-\\2-\\3')"
        if dates.clocks:  # "2025-03-04, 10:00:00,5" and the like
            text = f"replace(regexp_replace({text}, '[T ,]+([0-9]{{1,2}}:)', ' \\1'), ',', '.')"
        return f"TRY_CAST({text} AS TIMESTAMP)"
    whens = [
        f"WHEN regexp_full_match({name}, {literal(dict(_FORMS)[form])}, 'i') THEN {_FROM[form](name, order)}"
        for form in dict(_FORMS)
        if dates.counts.get(form) and form not in NUMERIC
    ]
    local = "NULL"
    if whens:
        local = f"TRY_CAST((CASE {' '.join(whens)} END) || ' ' || {_clock(name, dates)} AS TIMESTAMP)"
        if dates.offsets:
            local = _shifted(name, local, tz)
    numbers = [
        f"WHEN regexp_full_match({name}, {literal(dict(_FORMS)[form])}) THEN {_number_time(name, form, tz)}"
        for form in NUMERIC
        if dates.counts.get(form)
    ]
    return f"CASE {' '.join(numbers)} ELSE {local} END" if numbers else local


def _clock(name: str, dates: Dates) -> str:
    """The time of day as HH:MM:SS, midnight if there is none."""
    clock = r"([0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?)"
    text = f"replace(regexp_extract({name}, {literal(clock)}, 1), ',', '.')"
    whole = f"coalesce(nullif({text}, ''), '00:00')"
    if not dates.halves:
        return whole
    half = f"lower(regexp_extract({name}, '[0-9]\\s*([AaPp])\\.?[Mm]\\.?', 1))"
    hour = f"TRY_CAST(split_part({text}, ':', 1) AS INT)"
    turned = f"({hour} % 12 + CASE WHEN {half} = 'p' THEN 12 ELSE 0 END)::VARCHAR"
    tail = f"substr({text}, length(split_part({text}, ':', 1)) + 1)"
    return f"CASE WHEN {half} <> '' AND {hour} BETWEEN 1 AND 12 THEN {turned} || {tail} ELSE {whole} END"


def _full_year(name: str, pattern: str, place: int) -> str:
    """Two digits mean 1970 to 2069."""
    year = f"regexp_extract({name}, {literal(pattern)}, {place}, 'i')"
    century = f"CASE WHEN length({year}) = 4 THEN '' WHEN {year} >= '70' THEN '19' ELSE '20' END"
    return f"({century}) || {year}"


def _iso(name: str, order: str) -> str:
    parts = [f"regexp_extract({name}, {literal(_ISO_DATE)}, {place})" for place in (1, 2, 3)]
    return " || '-' || ".join(parts)


def _small(name: str, order: str) -> str:
    day, month = (2, 1) if order == "month" else (1, 2)
    parts = [f"regexp_extract({name}, {literal(_SMALL_DATE)}, {place})" for place in (month, day)]
    return f"({_full_year(name, _SMALL_DATE, 3)}) || '-' || {parts[0]} || '-' || {parts[1]}"


def _month_number(name: str, pattern: str, place: int) -> str:
    month = f"lower(regexp_extract({name}, {literal(pattern)}, {place}, 'i'))"
    return f"((instr('janfebmaraprmayjunjulaugsepoctnovdec', {month}) + 2) // 3)::VARCHAR"


def _named(name: str, order: str) -> str:
    pattern = rf"^([0-9]{{1,2}})(?:st|nd|rd|th)?[-. /]*([a-z]{{3}})[a-z]*\.?[-., /]*{_YEAR}"
    day = f"regexp_extract({name}, {literal(pattern)}, 1, 'i')"
    return f"({_full_year(name, pattern, 3)}) || '-' || {_month_number(name, pattern, 2)} || '-' || {day}"


def _english(name: str, order: str) -> str:
    pattern = r"^([a-z]{3})[a-z]*\.?\s+([0-9]{1,2})(?:st|nd|rd|th)?,?\s+([0-9]{4})"
    day, year = (f"regexp_extract({name}, {literal(pattern)}, {place}, 'i')" for place in (2, 3))
    return f"{year} || '-' || {_month_number(name, pattern, 1)} || '-' || {day}"


_FROM = {
    "iso": _iso,
    "parted": _small,
    "dotted": lambda name, order: _small(name, "day"),
    "named": _named,
    "english": _english,
}


def _shifted(name: str, local: str, tz: str) -> str:
    """Times that state their offset, brought to the zone; the others are in it already."""
    offset = f"regexp_extract({name}, {literal(_OFFSET)}, 1)"
    digits = f"regexp_replace({offset}, '[^0-9]', '', 'g')"
    sign = f"CASE WHEN {offset} LIKE '-%' THEN -1 ELSE 1 END"
    hours, rest = (f"coalesce(TRY_CAST(substr({digits}, {place}, 2) AS INT), 0)" for place in (1, 3))
    minutes = f"({sign}) * ({hours} * 60 + {rest})"
    return f"CASE WHEN {offset} = '' THEN {local} ELSE {in_zone(f'{local} - to_minutes({minutes})', tz)} END"


def in_zone(utc: str, tz: str) -> str:
    """A naive time in UTC as a naive time in the zone."""
    return utc if tz == "UTC" else f"timezone({literal(tz)}, timezone('UTC', {utc}))"


_EPOCH = {"seconds": 1_000_000.0, "milliseconds": 1000.0, "microseconds": 1.0, "nanoseconds": 0.001}


def _number_time(name: str, form: str, tz: str) -> str:
    if form == "compact":
        return f"CAST(TRY_STRPTIME({name}, '%Y%m%d') AS TIMESTAMP)"
    if form == "serial":  # days since 30 December 1899, in local time, to the second
        number = f"CAST(replace(CAST({name} AS VARCHAR), ',', '.') AS DOUBLE)"
        seconds = f"CAST(round({number} * 86400) AS BIGINT)"
        return f"TIMESTAMP '1899-12-30' + to_seconds({seconds})"
    micros = f"CAST(round(CAST({name} AS DOUBLE) * {_EPOCH[form]}) AS BIGINT)"
    return in_zone(f"make_timestamp({micros})", tz)


def numeric_time_sql(name: str, form: str, tz: str) -> str:
    """A column of numbers that hold times (epoch, Excel serial), as naive times in the zone."""
    text = f"CAST(CAST({name} AS BIGINT) AS VARCHAR)" if form == "compact" else name
    return _number_time(text, form, tz)


def numeric_form_sql(name: str) -> str:
    """Aggregate: which forms of time a column of numbers holds."""
    return (
        f"histogram(CASE WHEN {name} IS NULL THEN NULL WHEN {name} BETWEEN 19000101 AND 20991231 THEN 'compact' "
        f"WHEN {name} BETWEEN 20000 AND 79999 THEN 'serial' WHEN {name} BETWEEN 1e8 AND 9.9e9 THEN 'seconds' "
        f"WHEN {name} BETWEEN 1e11 AND 9.9e12 THEN 'milliseconds' "
        f"WHEN {name} BETWEEN 1e14 AND 9.9e15 THEN 'microseconds' "
        f"WHEN {name} BETWEEN 1e17 AND 9.2e18 THEN 'nanoseconds' ELSE 'rest' END)"
    )
