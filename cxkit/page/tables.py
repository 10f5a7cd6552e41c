"""Tables of any shape, escaped and formatted, with row headers and no index corner."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from cxkit import words
from cxkit.errors import UsageError
from cxkit.markup import Block, h, join, visible

if TYPE_CHECKING:
    import pandas as pd

_MOST = 200  # rows a page shows


def safe_table(table: pd.DataFrame, *, caption: str = "") -> Block:
    """Show a table on the page: every text escaped, every number readable.

    Parameters
    ----------
    table : DataFrame
        Any table; five or six short columns fit a page. A named index becomes columns.
    caption : str
        What the table shows.

    Returns
    -------
    Block
        Of kind "table". Headings are the columns' names with spaces for underscores. Whole numbers carry thousands
        separators, other numbers three significant digits, missing values a dash; the first column heads the rows; after
        200 rows a line says how many are left out.

    Raises
    ------
    UsageError
        If it is no pandas table.

    Examples
    --------
    >>> import pandas as pd
    >>> print(safe_table(pd.DataFrame({"plan": ["basic", "plus"], "n": [1204, 96], "mean": [7.3333, 8.0]})))
    plan      n mean
    basic 1,204 7.33
    plus     96 8.00
    """
    caption, frame = visible(caption), as_columns(table, "safe_table")
    rest = max(len(frame) - _MOST, 0)
    columns, rows, left = cells(frame.head(_MOST))
    more = f"{words.plural(rest, 'more row')} not shown." if rest else ""
    html = html_table(columns, rows, left, caption=caption)
    if more:
        html = html + h("p", more, class_="small mute")
    plain = "\n".join(part for part in (caption, plain_table(columns, rows, left), more) if part)
    return Block("table", html, plain, sheets={caption or "Table": frame})


def as_columns(table: Any, who: str) -> pd.DataFrame:
    """A pandas table whose index, if it says something, has become columns, and whose headings are texts."""
    import pandas as pd

    if isinstance(table, pd.Series):
        table = table.to_frame()
    if not isinstance(table, pd.DataFrame):
        raise UsageError(f"{who}: expected a pandas table, got {type(table).__name__}. Use .to_pandas() first.")
    if not isinstance(table.index, pd.RangeIndex):
        keys = [name if name is not None else "" for name in table.index.names]
        taken = [name for name in keys if name in table.columns]
        table = (
            table.reset_index(drop=True)
            if taken
            else table.rename_axis(keys if len(keys) > 1 else keys[0]).reset_index()
        )
    headings = [
        " ".join(str(part) for part in name) if isinstance(name, tuple) else str(name) for name in table.columns
    ]
    return table.set_axis(headings, axis=1)


def cells(frame: pd.DataFrame) -> tuple[list[str], list[list[str]], list[bool]]:
    """Headings, rows of texts, and which columns are text (set to the left)."""
    import pandas as pd

    formatted, left = [], []
    for place in range(frame.shape[1]):
        series = frame.iloc[:, place]
        number = pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series)
        date = pd.api.types.is_datetime64_any_dtype(series)
        if not number and not date:
            known = [value for value in series if isinstance(value, str) and value]
            left.append(not known or not all(_numeric(value) for value in known))
        else:
            left.append(False)
        digits = _digits(series) if number else 0
        formatted.append([_cell(value, digits) for value in series])
    headings = [visible(name).replace("_", " ") for name in frame.columns]
    return headings, [list(row) for row in zip(*formatted, strict=True)] if formatted else [], left


def _numeric(value: str) -> bool:
    """Whether a text was a number before it was written out: it goes to the right."""
    return not value or value[0] in f"{words.MINUS}{words.DASH}+0123456789"


def _digits(series: Any) -> int:
    """Decimals that give the largest value three significant digits; none for whole numbers."""
    known = [
        abs(float(value)) for value in series if value == value and value is not None and math.isfinite(float(value))
    ]
    if not known or all(value == int(value) for value in known):
        return 0
    top = max(known)
    return min(max(2 - math.floor(math.log10(top)), 0), 6) if top else 0


def _cell(value: Any, digits: int) -> str:
    import pandas as pd

    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return words.DASH
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, (bool,)) or type(value).__name__ in ("bool", "bool_"):
        return "yes" if value else "no"
    if isinstance(value, (int, float)) or hasattr(value, "dtype"):
        try:
            return words.number(float(value), digits)
        except (TypeError, ValueError):
            return visible(value)
    return visible(value)


def html_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[bool], *, caption: str = ""
) -> Markup:
    """The table as HTML: headings with scope, the first cell of a row its header."""
    side = ["l" if flag else None for flag in left]
    head = h("tr", *(h("th", name or " ", scope="col", class_=s) for name, s in zip(columns, side, strict=True)))
    body = []
    for row in rows:
        first = h("th", row[0], scope="row", class_=side[0]) if row else None
        body.append(h("tr", first, *(h("td", cell, class_=s) for cell, s in zip(row[1:], side[1:], strict=True))))
    return h(
        "table", h("caption", caption) if caption else None, h("thead", head), h("tbody", join(body)), class_="wrap"
    )


def data_table(table: pd.DataFrame, most: int = 500) -> Markup:
    """The table behind a picture."""
    frame = as_columns(table, "show")
    html = html_table(*cells(frame.head(most)))
    if len(frame) > most:
        html = html + h("p", f"{words.plural(len(frame) - most, 'more row')} not shown.", class_="small mute")
    return html


def width(value: str) -> int:
    """Columns a text takes in a terminal."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in value)


def plain_table(columns: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[bool]) -> str:
    """The same table as text, in straight columns.

    >>> print(plain_table(["plan", "n"], [["basic", "1,204"], ["plus", "96"]], [True, False]))
    plan      n
    basic 1,204
    plus     96
    """
    lines = [list(columns), *rows]
    flat = [[" ".join(str(cell).split()) for cell in line] for line in lines]
    wide = [max(width(line[k]) for line in flat) for k in range(len(columns))]
    said = []
    for line in flat:
        pads = [" " * (w - width(cell)) for w, cell in zip(wide, line, strict=True)]
        parts = [cell + pad if flag else pad + cell for cell, pad, flag in zip(line, pads, left, strict=True)]
        said.append(" ".join(parts).rstrip())
    return "\n".join(said)
