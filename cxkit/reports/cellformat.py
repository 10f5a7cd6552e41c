"""How a table's columns stand in a spreadsheet: heading with its unit, values, number format, width."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cxkit.markup import visible

_POINTS, _SHARE, _RATING = "+0.0;\u22120.0;0.0", "0.0%", "0.00"
#: Formats by unit; differences of shares and ratings carry a sign.
_BY_UNIT = {"answers": "#,##0", "points": _POINTS, "share": _SHARE, "rating": _RATING}
_SIGNED = {"points": _POINTS, "share": "+0.0%;\u22120.0%;0.0%", "rating": "+0.00;\u22120.00;0.00"}
_WIDEST, _SENTENCE = 44, 60

#: Columns that are in the unit of the table's metric, alone or followed by _low or _high.
_LEVELS = ("estimate", "low", "high", "before", "target", "other_estimate", "other", "shrunken", "before_estimate",
           "centre", "lower", "upper", "value")  # fmt: skip
_CHANGES = ("change", "difference", "gain", "mix", "rate", "total")
_SHARES = ("share", "weight_share")


@dataclass(frozen=True)
class Column:
    """A column as a spreadsheet holds it.

    Attributes
    ----------
    heading : str
        Its name in words, with its unit where that is the same in all rows.
    values : list
        Numbers, dates, texts, or None.
    formats : list of str
        Number format of each cell; empty for none.
    text : bool
        Whether it stands on the left.
    width : float
        In characters.
    wrap : bool
        Whether its texts go over several lines.
    """

    heading: str
    values: Sequence[Any]
    formats: Sequence[str]
    text: bool
    width: float
    wrap: bool


def columns_of(
    columns: Sequence[Mapping[str, Any]], tidy: Callable[[str], str] = str, by_row: bool = False
) -> list[Column]:
    """The columns of a handed-over table, ready to be written.

    Parameters
    ----------
    columns : list of mapping
        name, type and values each, as `cxkit.sheets.hand_over` made them.
    tidy : callable
        Makes a text fit for readers elsewhere.
    by_row : bool
        Whether the column `unit` holds for all numbers of a row, whatever their column is called.

    Returns
    -------
    list of Column

    Examples
    --------
    >>> table = [{"name": "unit", "type": "text", "values": ["points"]},
    ...     {"name": "change_low", "type": "number", "values": [-11.25]}]
    >>> [(column.heading, column.formats[0]) for column in columns_of(table)]
    [('unit', ''), ('change low (points)', '+0.0;\u22120.0;0.0')]
    """
    held = {column["name"]: column for column in columns}
    units = held["unit"]["values"] if "unit" in held else None
    ordered = sorted(columns, key=lambda column: column["name"] == "method")  # the long rule does not part the numbers
    return [
        _of_rows(column, units, tidy) if by_row else _column(column, units, _implied(held), tidy) for column in ordered
    ]


def _of_rows(column: Mapping[str, Any], units: Sequence[Any] | None, tidy: Callable[[str], str]) -> Column:
    """A column of numbers of different kinds, and of texts between them."""
    made = _column({**column, "type": "text"}, None, "", tidy)
    number = [isinstance(value, (int, float)) for value in made.values]
    if not any(number):
        return made
    formats = [_BY_UNIT.get(str(unit), "") if flag else "" for unit, flag in zip(units or [], number, strict=True)]
    return Column(made.heading, made.values, formats, False, min(max(len(made.heading) + 2, 9), 18), False)


def _implied(held: Mapping[str, Any]) -> str:
    """The unit of a table that does not name one: limits beside a share are shares; parts of a change are points."""
    if "share" in held and "estimate" not in held:
        return "share"
    return "points" if {"mix", "rate", "cusum"} & set(held) else ""


def _column(column: Mapping[str, Any], units: Sequence[Any] | None, implied: str, tidy: Callable[[str], str]) -> Column:
    name, kind = column["name"], column["type"]
    values = [_value(value, kind, tidy) for value in column["values"]]
    formats, unit = _formats(name, kind, values, units, implied)
    heading = visible(tidy(name)).replace("_", " ") + (f" ({unit})" if unit else "")
    longest = max((len(str(value)) for value in values[:500] if value is not None), default=0) if kind == "text" else 9
    most = _SENTENCE if kind == "text" and longest > _WIDEST and name != "method" else _WIDEST
    width = min(max(longest, min(len(heading), 14), 7) + 2, most)
    return Column(heading, values, formats, kind == "text", width, kind == "text" and longest > most > _WIDEST)


def _value(value: Any, kind: str, tidy: Callable[[str], str]) -> Any:
    if value is None:
        return None
    if kind == "day":
        return datetime.date.fromisoformat(value)
    if kind == "time":
        return datetime.datetime.fromisoformat(value)
    return tidy(value) if isinstance(value, str) else value


def _formats(name: str, kind: str, values: Sequence[Any], units: Sequence[Any] | None, implied: str):
    """Number formats of the cells, and the unit for the heading if it is one for all."""
    none = [""] * len(values)
    if kind in ("text", "flag"):
        return none, ""
    if kind in ("day", "time"):
        return ["yyyy-mm-dd" if kind == "day" else "yyyy-mm-dd hh:mm"] * len(values), ""
    known = _BY_UNIT if _stem(name) in _LEVELS else _SIGNED if _stem(name) in _CHANGES else {}
    if name == "confidence":
        return ["0%" if round(100 * (value or 0), 6).is_integer() else "0.0%" for value in values], ""
    if name in _SHARES or name.startswith("share_") or name.endswith("_share"):
        return [_SHARE] * len(values), ""
    if known and (units or implied):
        each = [str(unit) for unit in units] if units else [implied] * len(values)
        same = set(each)
        return [known.get(unit, "0.00") for unit in each], same.pop() if len(same) == 1 else ""
    if name in ("p", "p_adjusted") or name.endswith("_p"):
        return ["0.0000"] * len(values), ""
    if kind == "whole":
        return [_whole(name)] * len(values), ""
    return [_digits(values)] * len(values), ""


def _stem(name: str) -> str:
    for end in ("_low", "_high"):
        if name.endswith(end):
            return name.removesuffix(end)
    return name


def _whole(name: str) -> str:
    """Counts have separators; ranks, years and scores do not need them and years must not have them."""
    return "0" if name in ("rank", "year", "score") else "#,##0"


def _digits(values: Sequence[Any]) -> str:
    """Three digits of the largest number, none for whole numbers."""
    known = [abs(float(value)) for value in values if isinstance(value, (int, float)) and value]
    if not known or all(value == int(value) for value in known):
        return "#,##0"
    digits = min(max(2 - math.floor(math.log10(max(known))), 1), 6)
    return "#,##0." + "0" * digits
