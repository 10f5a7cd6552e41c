"""Numbers written as text: which mark is the decimal one, decided over all rows of a column.

Every value is sorted into a form by one scan. `1.5` proves a decimal point and `1.234,5` a decimal comma; `1,234` alone
proves nothing. A column that holds only such values is read by what other columns of the same file prove, or refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cxkit.frames import literal
from cxkit.tables.cells import NO_NUMBER, texts

_S = "[-+−]?"
_GAP = "[ \u00a0\u202f'’]"
_MONEY = "[$€£¥]"

#: Forms in the order they are tried: name, pattern, and which decimal mark the form can go with ("." "," or both).
_FORMS: tuple[tuple[str, str, str], ...] = (
    ("padded", f"{_S}0[0-9]+", ".,"),
    ("whole", f"{_S}[0-9]{{1,15}}", ".,"),
    ("long", f"{_S}[0-9]{{16,}}", ".,"),
    ("point?", rf"{_S}[1-9][0-9]{{0,2}}\.[0-9]{{3}}", ".,"),
    ("comma?", rf"{_S}[1-9][0-9]{{0,2}},[0-9]{{3}}", ".,"),
    ("point", rf"{_S}([0-9]+\.[0-9]*|\.[0-9]+)", "."),
    ("comma", rf"{_S}([0-9]+,[0-9]*|,[0-9]+)", ","),
    ("point+", rf"{_S}[0-9]{{1,3}}((,[0-9]{{3}})+\.[0-9]*|(,[0-9]{{3}}){{2,}})", "."),
    ("comma+", rf"{_S}[0-9]{{1,3}}((\.[0-9]{{3}})+,[0-9]*|(\.[0-9]{{3}}){{2,}})", ","),
    ("gaps", rf"{_S}[0-9]{{1,3}}({_GAP}[0-9]{{3}})+", ".,"),
    ("point+", rf"{_S}[0-9]{{1,3}}({_GAP}[0-9]{{3}})+\.[0-9]*", "."),
    ("comma+", rf"{_S}[0-9]{{1,3}}({_GAP}[0-9]{{3}})+,[0-9]*", ","),
    ("whole", rf"{_S}[0-9]+[eE][-+]?[0-9]+", ".,"),
    ("point", rf"{_S}[0-9]+\.[0-9]*[eE][-+]?[0-9]+", "."),
    ("comma", rf"{_S}[0-9]+,[0-9]*[eE][-+]?[0-9]+", ","),
)


@dataclass(frozen=True)
class Forms:
    """How many values of a column have which form."""

    counts: Mapping[str, int]

    def _sum(self, *names: str) -> int:
        return sum(self.counts.get(name, 0) for name in names)

    @property
    def total(self) -> int:
        """Values in all."""
        return sum(self.counts.values())

    @property
    def numbers(self) -> int:
        """Values that are numbers in some reading."""
        return self.total - self.rest

    @property
    def rest(self) -> int:
        """Values that are no number in any reading."""
        return self._sum("rest")

    @property
    def point(self) -> int:
        """Values that prove a decimal point."""
        return self._sum("point", "point+")

    @property
    def comma(self) -> int:
        """Values that prove a decimal comma."""
        return self._sum("comma", "comma+")

    @property
    def open(self) -> int:
        """Values such as 1,234 or 1.234 that read both ways."""
        return self._sum("point?", "comma?")

    @property
    def grouped(self) -> int:
        """Values that can hold thousands separators."""
        return self._sum("gaps", "point?", "comma?", "point+", "comma+")

    def thousands(self, mark: str) -> int:
        """Values that hold thousands separators, once the decimal mark is settled."""
        return self._sum("gaps", "point+", "comma+", "comma?" if mark == "." else "point?" if mark == "," else "gaps?")

    @property
    def label_like(self) -> bool:
        """Whether digits here are names rather than amounts: leading zeros, or more digits than a number keeps."""
        return self._sum("padded", "long") > 0

    def mark(self, known: str, asked: str = "") -> str:
        """The decimal mark of this column: "." or ",", "" if either will do, "?" if open, "!" if it contradicts itself.

        Parameters
        ----------
        known : str
            What the kind of file or the file's other columns suggest; "" if nothing does.
        asked : str
            What the caller says; a column that proves otherwise contradicts it.
        """
        if self.point and self.comma:
            return "!"
        own = "." if self.point else "," if self.comma else ""
        if own and asked and own != asked:
            return "!"
        if own or asked or known:
            return own or asked or known
        return "?" if self.open else ""


def forms_sql(name: str) -> str:
    """Aggregate that counts the forms of a column's values."""
    return f"histogram({form_sql(name)})"


def form_sql(name: str) -> str:
    """The form of one value."""
    whens = " ".join(f"WHEN regexp_full_match({name}, {literal(pattern)}) THEN '{form}'" for form, pattern, _ in _FORMS)
    mark = f"WHEN lower({name}) IN {texts(NO_NUMBER)} THEN NULL"
    return f"CASE WHEN {name} IS NULL THEN NULL {whens} {mark} ELSE 'rest' END"


def unmoneyed(name: str) -> str:
    """A value without a currency sign before or after it."""
    pattern = rf"^({_S})\s*{_MONEY}\s*({_S})|[\s\x{{a0}}\x{{202f}}]*{_MONEY}$"
    return f"regexp_replace({name}, {literal(pattern)}, '\\1\\2', 'g')"


def money_sql(name: str) -> str:
    """Aggregate: the currency signs that stand in a column, with counts."""
    sign = f"nullif(regexp_extract({name}, {literal(_MONEY)}), '')"
    return f"histogram({sign})"


def number_sql(name: str, mark: str, forms: Forms) -> str:
    """The value as a DOUBLE, for a column whose decimal mark is settled; NULL for what is no number."""
    text = f"replace({name}, '−', '-')"
    if forms.grouped or forms.point or forms.comma:
        dropped = {",": "[. \u00a0\u202f'’]", ".": "[, \u00a0\u202f'’]"}.get(mark, _GAP)
        text = f"regexp_replace({text}, {literal(dropped)}, '', 'g')"
    if mark == ",":
        text = f"replace({text}, ',', '.')"
    return f"TRY_CAST({text} AS DOUBLE)"
