"""The banner table on the page: groups run down, what is shown of them across, so that a phone can show it, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from markupsafe import Markup

from cxkit import words
from cxkit.charts.labels import plain as named
from cxkit.errors import UsageError
from cxkit.markup import Block, h, join, text, visible
from cxkit.page.tables import plain_table, width

if TYPE_CHECKING:
    from cxkit.survey import Crosstab

Row = tuple[str, dict[Any, Any]]  # a heading, and the cell of each group

_ACROSS = 5  # columns of one table beside the name and n
_MOST = 60  # groups a page shows
_SHORT = 12  # width of a word that is never broken
#: Long headings in the pieces into which a phone may part them.
_PARTED = {"Promoters %": ("Pro", "mot", "ers"), "Passives %": ("Pas", "sives"), "Detractors %": ("De", "trac", "tors")}


def banner(crosstab: Crosstab, *, caption: str = "") -> Block:
    """Show a banner table: one line a group, the total first, letters below the numbers.

    Parameters
    ----------
    crosstab : Crosstab
        From `cxkit.survey.crosstab`.
    caption : str
        What the table shows.

    Returns
    -------
    Block
        Of kind "banner". At most 60 groups; a line says how many more there are. A workbook gets the table as it is
        printed by the trade, and every cell with its interval.

    Raises
    ------
    UsageError
        If it is no banner table.

    Notes
    -----
    The trade prints groups side by side, which needs a page a metre wide. Here they stand below each other, so that the
    eye runs down one number; several tables follow each other where there is more to show of a group than fits.

    Examples
    --------
    >>> from cxkit.survey import crosstab
    >>> answers = pd.DataFrame({"score": [10] * 40 + [3] * 40, "plan": ["basic"] * 20 + ["plus"] * 20 + ["basic"] * 40})
    >>> print(banner(crosstab(answers, columns="plan", least=20)))  # doctest: +NORMALIZE_WHITESPACE, +ELLIPSIS
               n Promoters % Passives % Detractors %    NPS Mean
    All       80          50          0           50      0    6.5
    Plan
    basic (A) 60          33          0         67 B    −33    5.3
    plus (B)  20       100 A          0            0 +100 A 10.0 A
    A letter below a number: ...
    """
    cells = getattr(crosstab, "table", None)
    if not isinstance(cells, pd.DataFrame) or "letters" not in cells:
        raise UsageError("banner: expected a banner table. Give it what cxkit.survey.crosstab(...) returned.")
    caption = visible(caption)
    groups = _groups(cells)
    rows = _rows(cells)
    rest = max(int((cells.kind == "base").sum()) - _MOST, 0)
    parts, said = [], [caption] if caption else []
    for title, across in _tables(rows, caption):
        parts.append(_html(groups, across, title))
        said.append(_plain(groups, across))
    notes = [*([f"{words.plural(rest, 'more group')} not shown."] if rest else []), *_notes(crosstab, cells)]
    html = join([*parts, *(h("p", note, class_="small mute") for note in notes)])
    title = caption or "Banner table"
    sheets = {title: crosstab.wide, f"{title}, with intervals": lambda: cells.assign(method=crosstab.method)}
    return Block("banner", html, "\n".join([*said, *notes]), sheets=sheets)


def _rows(cells: pd.DataFrame) -> dict[str, list[Row]]:
    """What is shown of a group, by variable: the heading, and the cell of each group by its banner and column."""
    found: dict[str, list[Row]] = {}
    shown = cells[~cells.kind.isin(["base", "effective base"])]
    for (variable, kind, row), part in shown.groupby(["variable", "kind", "row"], sort=False, dropna=False):
        heading = named(row)
        heading = heading if variable else heading[:1].upper() + heading[1:]
        cell_of = {_key(cell): cell for cell in part.itertuples(index=False)}
        found.setdefault(variable, []).append((heading + (" %" if kind == "share" else ""), cell_of))
    return found


def _tables(rows: dict[str, list[Row]], caption: str) -> Iterator[tuple[str, list[Row]]]:
    """Captions, and what stands across in each table: no table has two variables, or more columns than fit."""
    for variable, shown in (rows or {"": []}).items():
        title = f"{caption or 'Share of each'}: {named(variable).replace('_', ' ')}" if variable else caption
        for start in range(0, max(len(shown), 1), _ACROSS):
            yield f"{title} (continued)" if start else title, shown[start : start + _ACROSS]


def _groups(cells: pd.DataFrame) -> list[tuple[str, list[Any]]]:
    """Segment columns with the cells of their bases, the total first."""
    bases = cells[cells.kind == "base"].head(_MOST)
    return [
        (name, list(part.itertuples(index=False))) for name, part in bases.groupby("banner", sort=False, dropna=False)
    ]


def _key(cell: Any) -> tuple[str, str]:
    return str(cell.banner), named(cell.column)


def _name(cell: Any) -> tuple[str, str]:
    """Name and letter of a group."""
    return (named(cell.column), str(cell.letter)) if cell.banner else ("All", "")


def _count(cell: Any) -> str:
    """How many answers; in brackets where they are too few to be compared."""
    return f"({words.count(cell.n)})" if cell.small else words.count(cell.n)


def _number(cell: Any) -> str:
    if cell.kind == "share":
        return words.number(100 * cell.estimate, 0)
    return words.value(cell.estimate, cell.unit)


def _html(groups: Sequence[tuple[str, list[Any]]], rows: Sequence[Row], caption: str) -> Markup:
    heads = [h("th", "Group", scope="col", class_="nb"), h("th", "n", scope="col")]
    heads += [h("th", _parted(heading), scope="col", class_=_class(heading)) for heading, _ in rows]
    bodies = []
    for banner_name, cells in groups:
        lines = []
        if banner_name:
            title = named(banner_name).replace("_", " ")
            lines.append(h("tr", h("th", title[:1].upper() + title[1:], colspan=len(heads), scope="rowgroup")))
        lines += [_line(cell, rows) for cell in cells]
        bodies.append(h("tbody", join(lines)))
    title = h("caption", caption) if caption else None
    return h("table", title, h("thead", h("tr", *heads)), *bodies, class_="wrap")


def _line(base: Any, rows: Sequence[Row]) -> Markup:
    name, letter = _name(base)
    first = h("th", _whole(name), *([" ", h("span", letter, class_="mute")] if letter else []), scope="row")
    cells = [h("td", _count(base), class_="nb")]
    for heading, held in rows:
        cell = held[_key(base)]
        marks = [h("br"), h("span", cell.letters, class_="mute")] if cell.letters else []
        cells.append(h("td", h("span", _number(cell), class_="nb"), *marks, class_=_class(heading)))
    return h("tr", first, *cells)


def _whole(name: str) -> Markup:
    """A name whose short words stay whole on a phone; long ones may break anywhere."""
    return join([h("span", word, class_="nb") if width(word) <= _SHORT else word for word in name.split(" ")], " ")


def _class(heading: str) -> str | None:
    """Passives are what the others leave: a phone goes without them."""
    return "xs" if heading == "Passives %" else None


def _parted(heading: str) -> Markup:
    """A heading that is parted only where it is told to be."""
    if heading in _PARTED:
        return join([h("span", part, class_="nb") for part in _PARTED[heading]], "\u00ad") + " %"
    return h("span", heading, class_="nb") if len(heading) <= 4 else text(heading)


def _plain(groups: Sequence[tuple[str, list[Any]]], rows: Sequence[Row]) -> str:
    lines = []
    for banner_name, cells in groups:
        if banner_name:
            title = named(banner_name).replace("_", " ")
            lines.append([title[:1].upper() + title[1:], *[""] * (len(rows) + 1)])
        for base in cells:
            name, letter = _name(base)
            shown = (held[_key(base)] for _, held in rows)
            numbers = [" ".join(filter(None, (_number(cell), cell.letters))) for cell in shown]
            lines.append([f"{name} ({letter})" if letter else name, _count(base), *numbers])
    heads = ["", "n", *(heading for heading, _ in rows)]
    return plain_table(heads, lines, [True] + [False] * (len(rows) + 1))


def _notes(crosstab: Crosstab, cells: pd.DataFrame) -> list[str]:
    """How to read letters and brackets, where there are any."""
    notes = []
    if (cells.letters != "").any():
        sure = 100 * crosstab.confidence
        notes.append(
            f"A letter below a number: it is higher than that of the group with this letter in the same list; capital: "
            f"sure at {sure:g}\u00a0%, small: likely (80\u00a0%), allowing for all pairs of the list."
        )
    if (cells.small & (cells.kind == "base")).any():
        notes.append(f"n in brackets: fewer than {crosstab.least} answers, not compared.")
    if "effective base" in set(cells.kind):
        notes.append("Comparisons allow for weights and for customers who answered more than once.")
    return notes
