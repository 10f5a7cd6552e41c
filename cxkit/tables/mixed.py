"""Text in which two generations of 8-bit letters stand side by side.

Old shop and mail systems wrote accents in the DOS code page (850): é is byte 0x82. Passed through Windows, some letters
were converted and some were not, so that one word can hold both. Read as Windows-1252 alone, "régulière" becomes
"r‚gulière". Those bytes mean low quotes, dashes or nothing at all in Windows-1252, none of which stands inside a word.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass

_LETTER = "A-Za-zÀ-ÖØ-öø-ÿ"
# 0x82 (é) within a word, seen as Latin-1; and anything that only the other code page has.
_INSIDE = re.compile(f"(?<=[{_LETTER}])\x82|\x82(?=[a-zà-öø-ÿ])")
_LATIN = re.compile("[a-z][àâçèéêëîïôùûüöäñ]|[àâçèéêëîïôùûüöäñ][a-z]")
#: Bytes that are DOS letters next to any letter, only between two small letters, and only after a small letter.
_BESIDE = "\x81\x82\x83\x84\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x90\x9d"
_BETWEEN = "\x85\x93\x94\x95"
_AFTER = "\x96\x97"  # û and ù, which also end words
_NEAR = re.compile(
    f"(?<=[{_LETTER}{_BESIDE}])[{_BESIDE}]|[{_BESIDE}](?=[{_LETTER}{_BESIDE}])|(?<=[a-zà-ÿ])[{_BETWEEN}](?=[a-zà-ÿ])"
    f"|(?<=[a-zà-ÿ])[{_AFTER}]"
)


@dataclass(frozen=True)
class Evidence:
    """What 8-bit text shows: DOS letters inside words, other uses of that byte, and Latin letters inside words."""

    inside: int
    outside: int
    latin: int

    @property
    def dos(self) -> bool:
        """Whether DOS letters are there beyond doubt."""
        return self.inside >= 3 and self.inside >= 9 * self.outside

    @property
    def pure(self) -> bool:
        """Whether there are no others."""
        return self.dos and self.latin * 20 < self.inside


def weigh(pieces: Iterable[bytes]) -> Evidence:
    """Count over all bytes.

    >>> weigh([b"r\\x82guli\\xe8re, r\\x82p\\x82t\\x82"])
    Evidence(inside=4, outside=0, latin=1)
    """
    inside = total = latin = 0
    for piece in pieces:
        text = piece.decode("latin-1")
        inside += len(_INSIDE.findall(text))
        total += text.count("\x82")
        latin += len(_LATIN.findall(text))
    return Evidence(inside, total - inside, latin)


def mend(line: str) -> tuple[str, int]:
    """Turn one line, read as Latin-1, into text: DOS letters inside words, Windows-1252 otherwise.

    >>> mend("r\\x82guli\\xe8re, 15\\x80 ou \\x93 rien \\x94")
    ('régulière, 15€ ou “ rien ”', 1)
    """
    line, found = _NEAR.subn(lambda byte: _DOS[byte[0]], line)
    return line.translate(_WINDOWS), found


_DOS = {chr(byte): bytes([byte]).decode("cp850") for byte in range(0x80, 0xA0)}
_WINDOWS = {byte: codecs.decode(bytes([byte]), "cp1252", "ignore") or _DOS[chr(byte)] for byte in range(0x80, 0xA0)}
