"""Texts of a notebook's parameters cell as values.

papermill hands over plain types only, so "no target" and "dated events" travel as text.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from cxkit.errors import UsageError

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


def companion(table: str, source: str, beside: Any):
    """The table that belongs to the answers: from its own file, or the sample's own where the answers are the sample's.

    Parameters
    ----------
    table : str
        Its name, such as "invitations".
    source : str
        A file, or "sample:invitations"; empty: none, except beside the sample.
    beside : Table
        The answers.

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
    if not source.strip() and str(getattr(beside, "source", "")).startswith("sample:"):
        source = f"sample:{table}"
    if not source.strip():
        return None
    from cxkit.tables import read

    return read(table, source)
