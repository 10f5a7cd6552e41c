"""Lengths of time as people write them, and moments, both as whole microseconds."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from cxkit.errors import UsageError

#: Microseconds in a second and in a day.
SECOND = 1_000_000
DAY = 86_400 * SECOND

_MINUTE, _HOUR = 60 * SECOND, 3_600 * SECOND
_UNITS = {"us": 1, "ms": 1_000, "s": SECOND, "min": _MINUTE, "h": _HOUR, "D": DAY, "d": DAY, "W": 7 * DAY, "w": 7 * DAY}
_WORDS = {
    "m": "min", "minute": "min", "minutes": "min", "hour": "h", "hours": "h", "day": "D", "days": "D",
    "week": "W", "weeks": "W",
}  # fmt: skip
_WRITE = "Write 30min, 12h, 7D or 2W"
#: Longer than any data, and still far from where whole microseconds end.
_LONGEST = 1_000 * 366 * DAY


def microseconds(length: str | timedelta, name: str) -> int:
    """A length of time in microseconds.

    Parameters
    ----------
    length : str or timedelta
        "30min", "2h", "7D", "1.5h", or a timedelta (also numpy's and pandas').
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
        return int(length.astype("timedelta64[us]").astype("int64"))
    if hasattr(length, "total_seconds"):
        return round(length.total_seconds() * SECOND)
    if not isinstance(length, str):
        return None
    text = length.strip().replace(" ", "")
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    unit = text[len(digits) :]
    if digits and not unit:
        float(digits)
        return None
    return round(float(digits) * _UNITS[_WORDS.get(unit, unit)])


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
