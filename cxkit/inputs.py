"""Texts of a notebook's parameters cell as values.

papermill hands over plain types only, so "no target" and "dated events" travel as text.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from cxkit.errors import DataError, UsageError

if TYPE_CHECKING:
    import pandas as pd


def number(text: str, name: str = "target") -> float | None:
    """A number, or nothing where the text is empty.

    Parameters
    ----------
    text : str
        Such as "40", "+40" or "-2.5".
    name : str
        The parameter, for the message.

    Returns
    -------
    float or None

    Raises
    ------
    UsageError
        If the text is no number.

    Examples
    --------
    >>> number("40"), number("")
    (40.0, None)
    """
    plain = str(text).strip().replace("\u2212", "-")
    if not plain:
        return None
    try:
        value = float(plain.replace("_", " "))
    except ValueError:
        raise UsageError(f"{name}: {text!r} is not a number. Write it like 40 or -2.5, or leave it empty.") from None
    if value - value != 0:  # infinite or not a number
        raise UsageError(f"{name}: {text!r} is not a number one can compare with.")
    return value


def yes_or_no(text: str, name: str = "day_first") -> bool | None:
    """Yes, no, or undecided where the text is empty.

    Parameters
    ----------
    text : str
        yes, no, true, false, or empty.
    name : str
        The parameter, for the message.

    Returns
    -------
    bool or None

    Raises
    ------
    UsageError
        If it is anything else.

    Examples
    --------
    >>> yes_or_no("yes"), yes_or_no("no"), yes_or_no("")
    (True, False, None)
    """
    known = {"": None, "yes": True, "true": True, "no": False, "false": False}
    plain = str(text).strip().casefold()
    if plain not in known:
        raise UsageError(f"{name}: {text!r} is neither yes nor no. Leave it empty where it does not matter.")
    return known[plain]


def dated(text: str) -> pd.DataFrame:
    """Dated events to draw on a trend.

    Parameters
    ----------
    text : str
        "2026-08-03:new carrier; 2026-09-01:new prices", or empty.

    Returns
    -------
    DataFrame
        ``date`` (datetime64) and ``label``, by date.

    Raises
    ------
    UsageError
        If a part has no date or no label.

    Examples
    --------
    >>> dated("2026-08-03:new carrier").label.tolist()
    ['new carrier']
    """
    import pandas as pd

    rows = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        day, _, label = part.partition(":")
        try:
            rows.append((pd.Timestamp(date.fromisoformat(day.strip())), label.strip()))
        except ValueError:
            raise UsageError(f"marks: {part!r} has no date. Write 2026-08-03:new carrier; 2026-09-01:…") from None
        if not label.strip():
            raise UsageError(f"marks: {part!r} has no label. Write 2026-08-03:new carrier")
    return pd.DataFrame(sorted(rows), columns=["date", "label"]).astype({"date": "datetime64[us]", "label": "str"})


def companion(table: str, source: str, beside: Any, *, columns: str = ""):
    """The table that belongs to another one: from its own file, or the sample's own where the other is the sample's.

    It is read as the other one was: up to the day that was given as `as_of`, in the same time zone, and with the day or
    the month first where dates read both ways.

    Parameters
    ----------
    table : str
        Its name, such as "invitations".
    source : str
        A file, or "sample:invitations"; empty: none, except beside the sample; "none": none beside the sample either.
    beside : Table
        The answers, the events, or whatever else the notebook reads first.
    columns : str
        How its columns are called, theirs:ours; theirs:ours.

    Returns
    -------
    Table or None

    Raises
    ------
    DataError
        If the file cannot be read as this table.

    Examples
    --------
    >>> from cxkit import read
    >>> companion("customers", "", read("responses", "sample:responses")).name
    'customers'
    """
    source = sample_file(source, table, beside)
    if not source:
        return None
    from cxkit.tables import read

    how = dict(columns=columns, as_of=getattr(beside, "cut", None), tz=getattr(beside, "tz", "UTC"))
    day_first = getattr(beside, "day_first", None)
    try:
        return read(table, source, **how, day_first=day_first)
    except DataError:
        if day_first is None:
            raise
        try:
            return read(table, source, **how)  # its own dates may settle how they read
        except DataError:
            pass
        raise


def listed(text: str) -> list[str]:
    """Names separated by semicolons, spaces around them left away.

    Parameters
    ----------
    text : str
        "basket; checkout; order", or empty.

    Returns
    -------
    list of str

    Raises
    ------
    TypeError
        If it is no text.

    Examples
    --------
    >>> listed("basket; checkout; order"), listed("")
    (['basket', 'checkout', 'order'], [])
    """
    return [name for name in (part.strip() for part in text.split(";")) if name]


def sample_file(text: str, name: str, beside: Any) -> str:
    """A file that was named, or the sample's own where none was and the data are the sample's.

    Parameters
    ----------
    text : str
        A file, "none", or empty.
    name : str
        What the sample calls its own, such as "journey".
    beside : Table
        The data it belongs to.

    Returns
    -------
    str
        Empty where there is no file.

    Raises
    ------
    TypeError
        If `text` is no text.

    Examples
    --------
    >>> from cxkit import read
    >>> sample_file("", "journey", read("events", "sample:events"))
    'sample:journey'
    """
    if text.strip().lower() == "none":
        return ""
    own = str(getattr(beside, "source", "")).startswith("sample:")
    return text.strip() or (f"sample:{name}" if own else "")


def scales_of(text: str) -> dict[str, str] | None:
    """Answer scales by survey.

    Parameters
    ----------
    text : str
        "csat:1-7; ces:1-5", or empty.

    Returns
    -------
    dict or None

    Raises
    ------
    UsageError
        If a part names no survey or no scale.

    Examples
    --------
    >>> scales_of("csat:1-7; ces:1-5")
    {'csat': '1-7', 'ces': '1-5'}
    """
    found = {}
    for part in listed(text):
        survey, _, scale = (side.strip() for side in part.partition(":"))
        if not survey or not scale:
            raise UsageError(f"scales: {part!r} cannot be read. Write survey:scale, such as csat:1-7; ces:1-5.")
        found[survey] = scale
    return found or None
