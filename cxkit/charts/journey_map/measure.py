"""Text that is measured before it is drawn: where lines break, and the largest size at which a row of cells fits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from matplotlib.font_manager import findfont, get_font

from cxkit.charts.journey_map.palette import FLOOR
from cxkit.charts.labels import length, plain
from cxkit.charts.style import FONT, LEADING

SHY = "\u00ad"  #: soft hyphen: where a long word may be broken.
_GLUE = re.compile(r"(?<=\d) (?=%)| (?=→)|(?<=→) ")  # spaces at which a line is never broken
_VOWELS = "aeiouyäöüáàâéèêíîóòôúùûåæø"
_WHOLE = ("ch", "sh", "sc", "ck", "ph", "th", "qu", "gh", "wh", "rh")  # letters that stay together


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    """Letters the bundled font has."""
    return frozenset(get_font(findfont(FONT)).get_charmap())


def tidy(value: object, missing: str = "") -> str:
    """Data text fit for the map: one line, no control or direction characters, no picture signs the font lacks.

    A file that stands alone cannot borrow the reader's fonts, so an emoji would be an empty box; letters are kept.

    >>> tidy("Great \\U0001f980\\nlamp\\u202e"), tidy(float("nan")), tidy("$5_x^2$")
    ('Great lamp', '', '$5_x^2$')
    """
    if value is None or value != value or str(value) in ("<NA>", "NaT") or not str(value).strip():
        return missing
    kept = "".join(c for c in plain(value) if ord(c) in _letters() or unicodedata.category(c)[0] in "LNM")
    kept = "".join(c for c in kept if c == SHY or ord(c) in _letters() or unicodedata.category(c) not in ("Mn", "Me"))
    return re.sub(r" +", " ", kept).strip() or missing


def shown(words: str) -> str:
    """The text without its soft hyphens."""
    return words.replace(SHY, "")


@lru_cache(maxsize=8192)
def _step(letter: str, weight: str) -> float:
    """How far a letter moves the pen, in hundredths of its size."""
    return length(f"n{letter}n", 100.0, weight) - length("nn", 100.0, weight)


def wide(words: str, size: float, weight: str = "normal") -> float:
    """Width of one line in points: the sum of its letters, a hair more than drawn, and quick for thousands of tries.

    >>> 20 < wide("NPS", 12) < 35
    True
    """
    return _unit(words, weight) * size


@lru_cache(maxsize=16384)
def _unit(words: str, weight: str) -> float:
    return sum(_step(letter, weight) for letter in words if letter != SHY) / 100


def wrap(words: str, room: float, size: float, weight: str = "normal") -> tuple[list[str], bool]:
    """Break a text into lines no wider than `room` points; also say whether a word had to be broken without leave.

    >>> wrap("Sendungs\\u00adverfolgung ist da", 80, 10)
    (['Sendungs-', 'verfolgung ist', 'da'], False)
    """
    lines, broken = _wrapped(words, room, size, weight)
    return list(lines), broken


@lru_cache(maxsize=4096)
def _wrapped(words: str, room: float, size: float, weight: str) -> tuple[tuple[str, ...], bool]:
    lines: list[str] = []
    line, broken = "", False
    rest = [word for word in _GLUE.sub("\u00a0", words).split(" ") if word]
    while rest:
        word = rest.pop(0)
        lead = f"{line} " if line else ""
        if wide(lead + word, size, weight) <= room:
            line = lead + shown(word)
            continue
        if wide(word, size, weight) > room:  # too long for any line
            head, tail = _at_hyphen(word, lead, room, size, weight)
            if not head and not line:
                head, tail = _by_force(shown(word), room, size, weight)
                broken = True
            if head:
                lines.append(lead + head)
                rest.insert(0, tail)
                line = ""
                continue
        lines.append(line)
        rest.insert(0, word)
        line = ""
    return tuple([*lines, line] if line or not lines else lines), broken


def _at_hyphen(word: str, lead: str, room: float, size: float, weight: str) -> tuple[str, str]:
    """The longest beginning of a word that fits and ends where the word may be broken, and the rest."""
    best = ("", word)
    for at in (found.end() for found in re.finditer(rf"{SHY}|(?<=\w)[-/]", word)):
        head = shown(word[:at]) + ("-" if word[at - 1] == SHY else "")
        if at < len(word) and wide(lead + head, size, weight) <= room:
            best = (head, word[at:])
    return best


def _by_force(word: str, room: float, size: float, weight: str) -> tuple[str, str]:
    """A word broken where it must be: before a consonant that a vowel follows, else anywhere."""
    most = max((k for k in range(1, len(word)) if wide(word[:k] + "-", size, weight) <= room), default=1)
    most = max(1, min(most, len(word) - 3))  # never strand fewer than three letters
    low = word.casefold()
    good = [
        k
        for k in range(3, most + 1)
        if k + 1 < len(low) and low[k] not in _VOWELS and low[k + 1] in _VOWELS and low[k - 1 : k + 1] not in _WHOLE
    ]
    at = good[-1] if good and good[-1] > 0.5 * most else most
    return word[:at] + "-", word[at:]


def fit(
    words: str, room: float, height: float, size: float, weight: str = "normal", floor: float = FLOOR
) -> tuple[list[str], float, bool]:
    """The largest setting of a text inside a box: lines, size, and whether it is whole.

    Whole words come first, then broken ones, then an ellipsis.

    >>> fit("Versand und Lieferung", 90, 30, 12)[1]
    12.0
    """
    for may_break in (False, True):
        for one in _sizes(size, floor):
            lines, broken = wrap(words, room, one, weight)
            if (may_break or not broken) and len(lines) * one * LEADING <= height + 0.01:
                return lines, one, True
    lines, whole = at_most(words, room, max(1, int(height / (floor * LEADING))), floor, weight)
    return lines, floor, whole


def at_most(
    words: str, room: float, most: int, size: float, weight: str = "normal", end: str = "…"
) -> tuple[list[str], bool]:
    """The lines of a text, cut with an ellipsis after so many, and whether it is whole.

    The cut is between words, unless that would leave less than half of the line.

    >>> at_most("one two three four", 40, 1, 10)
    (['one…'], False)
    """
    lines = wrap(words, room, size, weight)[0]
    if len(lines) <= most:
        return lines, True
    last = lines[most - 1]
    while last and wide(last + end, size, weight) > room:
        last = last[:-1]
    between = last if last == lines[most - 1] or lines[most - 1][len(last)] == " " else last[: last.rfind(" ") + 1]
    last = between if wide(between, size, weight) >= room / 2 else last
    return [*lines[: most - 1], last.rstrip(" ,;") + end], False


def _sizes(size: float, floor: float) -> list[float]:
    steps = int((size - floor) / 0.25 + 1e-9)
    return [float(size - 0.25 * k) for k in range(steps + 1)]


def common(
    items: Iterable[tuple[str, float, float]], size: float, weight: str = "normal", floor: float = FLOOR
) -> float:
    """One size for a row of texts (text, width, height): the largest at which each of them fits its box."""
    return min((fit(*item, size, weight, floor)[1] for item in items), default=size)


def fewest(items: Sequence[tuple[str, float]], size: float, weight: str = "normal", floor: float = FLOOR) -> float:
    """One size for a row of texts (text, width): the largest at which they take as few lines as at the smallest."""

    def lines(one: float) -> int:
        return max((len(wrap(words, room, one, weight)[0]) for words, room in items), default=1)

    least = lines(floor)
    return next((one for one in _sizes(size, floor) if lines(one) == least), floor)


def unbroken(items: Iterable[tuple[str, float]], size: float, weight: str = "normal") -> float:
    """One size for a row of texts (text, width): the largest at which no word is broken that need not be."""
    best = size
    for words, room in items:
        if not wrap(words, room, FLOOR, weight)[1]:
            best = next((one for one in _sizes(best, FLOOR) if not wrap(words, room, one, weight)[1]), FLOOR)
    return best


def fold(parts: Sequence[str], room: float, size: float = FLOOR, glue: str = " · ") -> list[str]:
    """Short facts in as few lines as they need, several on a line where they fit.

    >>> fold(["median 14 h", "210 open"], 200)
    ['median 14 h · 210 open']
    """
    lines: list[str] = []
    for part in filter(None, parts):
        if lines and wide(lines[-1] + glue + part, size) <= room:
            lines[-1] += glue + part
        else:
            lines.append(part)
    return lines


def longest(parts: Sequence[str], room: float, size: float = FLOOR, glue: str = " · ") -> str:
    """As many leading parts as fit on one line; what is dropped stands in the table that goes with the picture."""
    kept = [part for part in parts if part]
    while len(kept) > 1 and wide(glue.join(kept), size) > room:
        kept.pop()
    return glue.join(kept)
