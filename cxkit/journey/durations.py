"""Lengths of time as people write them."""

from __future__ import annotations

from datetime import timedelta

from cxkit.errors import UsageError

_UNITS = {
    "us": 1, "ms": 1_000, "s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000, "D": 86_400_000_000,
    "d": 86_400_000_000, "W": 7 * 86_400_000_000, "w": 7 * 86_400_000_000,
}  # fmt: skip


def microseconds(length: str | timedelta, name: str) -> int:
    """A length of time in microseconds.

    Parameters
    ----------
    length : str or timedelta
        "30min", "2h", "7D", "1.5h", or a timedelta (also numpy's and pandas').
    name : str
        The argument, for the message.

    Raises
    ------
    UsageError
        If it is a bare number, negative, or cannot be read. A month is no length of time: it has 28 to 31 days.

    Examples
    --------
    >>> microseconds("30min", "gap"), microseconds(timedelta(days=1), "gap")
    (1800000000, 86400000000)
    """
    if hasattr(length, "total_seconds"):
        value = round(length.total_seconds() * 1_000_000)
    elif type(length).__name__ == "timedelta64":
        value = int(length.astype("timedelta64[us]").astype("int64"))
    elif isinstance(length, str):
        text = length.strip().replace(" ", "")
        digits = text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
        unit = text[len(digits) :]
        unit = {"day": "D", "days": "D", "hour": "h", "hours": "h", "minutes": "min", "m": "min"}.get(unit, unit)
        try:
            value = round(float(digits) * _UNITS[unit])
        except (ValueError, KeyError, OverflowError):
            raise UsageError(
                f"{name}: {length!r} is no length of time. Write 30min, 12h, 7D or 2W, with its unit."
            ) from None
    else:
        raise UsageError(f"{name}: {length!r} has no unit. Write 30min, 12h, 7D or 2W, or give a timedelta.")
    if value <= 0:
        raise UsageError(f"{name}: {length!r} is not longer than nothing.")
    return value


def written(value: float) -> str:
    """A length of time in microseconds, as one would say it.

    >>> written(1_800_000_000), written(86_400_000_000), written(273_000)
    ('30 min', '1 d', '0.273 s')
    """
    for unit, size in (("d", 86_400_000_000), ("h", 3_600_000_000), ("min", 60_000_000)):
        if value >= size:
            amount = value / size
            return f"{amount:.0f} {unit}" if amount == int(amount) or amount >= 10 else f"{amount:.1f} {unit}"
    return f"{value / 1_000_000:.3g} s"
