"""Lengths of time as people write them, and moments, both as whole microseconds."""

from __future__ import annotations

import re
from datetime import date, timedelta

import numpy as np

from cxkit.errors import UsageError

#: Microseconds in a second and in a day.
SECOND = 1_000_000
DAY = 86_400 * SECOND

_MINUTE, _HOUR = 60 * SECOND, 3_600 * SECOND
_UNITS = {
    "us": 1, "ms": 1_000, "s": SECOND, "S": SECOND, "m": _MINUTE, "min": _MINUTE, "h": _HOUR, "H": _HOUR, "d": DAY, "D": DAY,
    "w": 7 * DAY, "W": 7 * DAY,
}  # fmt: skip
_WORDS = {
    "sec": SECOND, "second": SECOND, "min": _MINUTE, "minute": _MINUTE, "hr": _HOUR, "hour": _HOUR, "day": DAY,
    "week": 7 * DAY,
}  # fmt: skip
#: One amount with its unit, such as 1.5h; a sum of them, such as 1D 12h; and the time of day a timedelta is printed with.
_PART = re.compile(r"\s*([0-9.]+(?:e[0-9]+)?)\s*([A-Za-z]+)\s*,?")
_SUM = re.compile(rf"([+-]?)((?:{_PART.pattern})*)\s*(?:([0-9]+):([0-5][0-9]):([0-5][0-9](?:\.[0-9]+)?))?")
_WRITE = "Write 30min, 12h, 7D or 2W"
#: Longer than any data, and still far from where whole microseconds end.
_LONGEST = 1_000 * 366 * DAY


def microseconds(length: str | timedelta, name: str) -> int:
    """A length of time in microseconds.

    Parameters
    ----------
    length : str or timedelta
        "30min", "2h", "7D", "1.5h", "90 seconds", a sum such as "1D 12h", or a timedelta (also numpy's and pandas').
    name : str
        The argument, for the message.

    Returns
    -------
    int

    Raises
    ------
    UsageError
        If it is a bare number, negative, or cannot be read. A month is no length of time: it has 28 to 31 days.

    Examples
    --------
    >>> microseconds("30min", "gap"), microseconds(timedelta(days=1), "gap")
    (1800000000, 86400000000)
    >>> microseconds("1 day 12 hours", "within") == microseconds("36h", "within")
    True
    """
    try:
        value = _parsed(length)
    except (ValueError, KeyError, OverflowError):
        raise UsageError(f"{name}: {length!r} is no length of time. {_WRITE}, with its unit.") from None
    if value is None:
        raise UsageError(f"{name}: {length!r} has no unit, so it is no length of time. {_WRITE}, or give a timedelta.")
    if value <= 0:
        raise UsageError(f"{name}: {length!r} is not longer than nothing, so it is no length of time. {_WRITE}.")
    if value > _LONGEST:
        raise UsageError(f"{name}: {length!r} is longer than a thousand years. {_WRITE}.")
    return value


def _parsed(length: object) -> int | None:
    """Whole microseconds; None where no unit is told."""
    if type(length).__name__ == "timedelta64":
        unit, _ = np.datetime_data(length.dtype)
        if unit in ("Y", "M"):
            raise ValueError("months and years differ in length")
        if unit == "generic":
            return None
        return int(length.astype("timedelta64[us]").astype("int64"))
    if hasattr(length, "total_seconds"):
        return round(length.total_seconds() * SECOND)
    if not isinstance(length, str):
        return None
    text = length.strip()
    found = _SUM.fullmatch(text)
    if not text or not found:
        float(text)  # a bare number has no unit; anything else is none
        return None
    sign, parts, clock = found[1], found[2], found.groups()[-3:]
    value = sum(round(float(amount) * _unit(unit)) for amount, unit in _PART.findall(parts))
    if clock[0] is not None:
        value += int(clock[0]) * _HOUR + int(clock[1]) * _MINUTE + round(float(clock[2]) * SECOND)
    return -value if sign == "-" else value


def _unit(name: str) -> int:
    """Microseconds of a unit; a letter for itself, words in any case and number. 1M is no minute: pandas means months."""
    return _UNITS[name] if name in _UNITS else _WORDS[name.lower().removesuffix("s")]


def written(value: float) -> str:
    """A length of time in microseconds, as one would say it in short.

    Parameters
    ----------
    value : float

    Returns
    -------
    str

    Raises
    ------
    TypeError
        If it is no number.

    Examples
    --------
    >>> written(1_800_000_000), written(86_400_000_000), written(273_000)
    ('30 min', '1 d', '0.273 s')
    """
    for unit, size in (("d", DAY), ("h", _HOUR), ("min", _MINUTE)):
        if value >= size:
            amount = value / size
            return f"{amount:.0f} {unit}" if amount == int(amount) or amount >= 10 else f"{amount:.1f} {unit}"
    return f"{value / SECOND:.3g} s"


def in_words(value: int) -> str:
    """A length of time in microseconds, in days or hours.

    Parameters
    ----------
    value : int

    Returns
    -------
    str

    Raises
    ------
    TypeError
        If it is no number.

    Examples
    --------
    >>> in_words(30 * DAY), in_words(DAY), in_words(DAY // 48)
    ('30 days', '1 day', '0.5 hours')
    """
    days = value / DAY
    return f"{days:g} days" if days > 1 else "1 day" if days == 1 else f"{value / _HOUR:g} hours"


def midnight(day: date | str) -> int:
    """The moment at which a day begins, in microseconds since 1970.

    Parameters
    ----------
    day : date or str
        Of a datetime its day counts.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If it is no day.

    Examples
    --------
    >>> midnight("1970-01-02") == midnight(date(1970, 1, 2)) == DAY
    True
    """
    return int(np.datetime64(day, "D").astype(np.int64)) * DAY
