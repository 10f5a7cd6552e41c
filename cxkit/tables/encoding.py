"""Which bytes a text file is made of, decided over all of them, and its text without what no table should hold."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cxkit.errors import DataError
from cxkit.tables import mixed

_CHUNK = 1 << 20
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# Control characters that no table means: all but tab and line ends.
CONTROL = bytes(set(range(32)) - {9, 10, 13} | {127})
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
#: Bytes that Windows-1252 leaves undefined: a file with these is in some other encoding.
_NOT_1252 = bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D])

#: How a page calls each encoding.
SPOKEN = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "cp1252": "Windows-1252",
    "cp850": "DOS code page 850",
    "latin-1": "Latin-1",
    "iso8859-1": "Latin-1",
}


@dataclass
class Bytes:
    """What a text file is made of.

    Attributes
    ----------
    encoding : str
        The codec to read it with.
    damaged : int
        Places that its encoding cannot read; they become the replacement character.
    clean : bool
        Whether it is plain UTF-8 with regular line ends and nothing to repair, so that it can be read where it lies.
    size : int
        Bytes of text, unpacked.
    guessed : bool
        Whether the encoding is a reading of 8-bit bytes, which other 8-bit encodings would read otherwise.
    mixed : bool
        Whether letters of the DOS code page stand among those of Windows-1252.
    """

    encoding: str
    damaged: int = 0
    clean: bool = True
    size: int = 0
    guessed: bool = False
    mixed: bool = False


@contextlib.contextmanager
def opened(path: Path) -> Iterator:
    """A file's bytes, unpacked if it is gzip."""
    with path.open("rb") as probe:
        packed = probe.read(2) == b"\x1f\x8b"
    with gzip.open(path, "rb") if packed else path.open("rb") as file:
        try:
            yield file
        except (EOFError, gzip.BadGzipFile):
            raise DataError(f"'{path.name}' is a damaged gzip file: it ends too early. Fetch it again.") from None


def examine(path: Path, encoding: str = "") -> Bytes:
    """Read all bytes once and say what they are.

    Parameters
    ----------
    path : Path
        The file.
    encoding : str
        What the caller says it is; empty to decide.

    Raises
    ------
    DataError
        If no encoding fits, or the one given does not.
    """
    with opened(path) as file:
        start = file.read(1 << 16)
    found = encoding or _by_mark(start) or _by_zeros(start)
    seen = _Seen()
    decoder = codecs.getincrementaldecoder("utf-8")(errors="strict")
    valid = found in ("", "utf-8", "utf-8-sig")
    with opened(path) as file:
        while chunk := file.read(_CHUNK):
            seen.add(chunk)
            valid = valid and _decodes(decoder, chunk)
    valid = valid and _decodes(decoder, b"", final=True)
    if valid:
        return Bytes(found or "utf-8", 0, not seen.odd, seen.size)
    if found in ("utf-8", "utf-8-sig"):
        return Bytes(found, _damage(path, found)[0], False, seen.size)
    if found:
        _check(path, found, given=bool(encoding))
        return Bytes(found, 0, False, seen.size)
    damaged, whole = _damage(path, "utf-8")
    if whole >= 3 * damaged:  # far more whole UTF-8 letters than broken ones: UTF-8 that something cut
        return Bytes("utf-8", damaged, False, seen.size)
    with opened(path) as file:
        evidence = mixed.weigh(iter(lambda: file.read(_CHUNK), b""))
    if evidence.dos:
        return Bytes("cp850" if evidence.pure else "cp1252", 0, False, seen.size, True, not evidence.pure)
    high = _high_bytes(path)
    undefined = sorted(high & set(_NOT_1252))
    if undefined:
        raise DataError(
            f"'{path.name}' is neither UTF-8 nor Windows-1252 (it holds byte {undefined[0]:#04x}). "
            "Say what it is, such as encoding='mac-roman', 'cp850', 'cp1251' or 'shift-jis'."
        )
    return Bytes("cp1252" if high else "latin-1", 0, False, seen.size, guessed=True)


class _Seen:
    """What the bytes showed so far."""

    def __init__(self) -> None:
        self.size, self.odd, self._tail = 0, False, b""

    def add(self, chunk: bytes) -> None:
        """Look at one more piece."""
        self.size += len(chunk)
        if not self.odd:
            joined = self._tail + chunk
            self.odd = (
                b"\n\n" in joined
                or b"\n\r\n" in joined
                or (b"\r" in joined and _odd_ends(joined))
                or len(chunk.translate(None, CONTROL)) != len(chunk)
            )
        self._tail = chunk[-3:]


def _odd_ends(data: bytes) -> bool:
    """Whether line ends are not all of the one kind, return and newline; an end cut in two is whole elsewhere."""
    data = data.removesuffix(b"\r").removeprefix(b"\n")
    return not data.count(b"\r") == data.count(b"\n") == data.count(b"\r\n")


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final=final)
    except UnicodeDecodeError:
        return False
    return True


def _high_bytes(path: Path) -> set[int]:
    """Bytes from 80 to 9f that a file holds: letters and signs in Windows-1252, nothing in Latin-1."""
    found: set[int] = set()
    with opened(path) as file:
        while chunk := file.read(_CHUNK):
            found |= set(chunk) & _HIGH
    return found


_HIGH = set(range(0x80, 0xA0))


def _by_mark(start: bytes) -> str:
    return next((name for mark, name in _MARKS if start.startswith(mark)), "")


def _by_zeros(start: bytes) -> str:
    """UTF-16 without a mark shows itself by zero bytes at every other place."""
    even, odd = start[0:64:2], start[1:64:2]  # column names are mostly plain letters, whatever the rows hold
    if len(start) < 4:
        return ""
    if odd.count(0) > 0.4 * len(odd) and even.count(0) < 0.05 * len(even):
        return "utf-16-le"
    if even.count(0) > 0.4 * len(even) and odd.count(0) < 0.05 * len(odd):
        return "utf-16-be"
    return ""


def _damage(path: Path, encoding: str) -> tuple[int, int]:
    """Broken places, and whole letters beyond ASCII, when read as this encoding."""
    broken = whole = 0
    for text in decoded(path, Bytes(encoding, clean=False), raw=True):
        marks = text.count("\ufffd")
        broken += marks
        whole += len(text) - len(text.encode("ascii", "ignore")) - marks
    return broken, whole


def _check(path: Path, encoding: str, given: bool) -> None:
    """Whether an encoding other than UTF-8 reads the file to its end."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    done = 0
    with opened(path) as file:
        try:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
                done += len(chunk)
            decoder.decode(b"", final=True)
        except (UnicodeDecodeError, UnicodeError):
            advice = "Leave encoding= away to have it found." if given else "Export it again as UTF-8."
            raise DataError(
                f"'{path.name}' cannot be read as {encoding} (after about {done:,} bytes). {advice}"
            ) from None


def decoded(path: Path, what: Bytes, raw: bool = False) -> Iterator[str]:
    """The text of a file, piece by piece; broken places become the replacement character."""
    codec = "latin-1" if what.mixed else "utf-8-sig" if what.encoding == "utf-8" else what.encoding
    decoder = codecs.getincrementaldecoder(codec)(errors="replace")
    with opened(path) as file:
        while chunk := file.read(_CHUNK):
            yield decoder.decode(chunk)
        last = decoder.decode(b"", final=True)
        if last:
            yield last


class CleanLines:
    """Lines of a text without control characters, which are counted.

    Line ends of any kind become a newline. Iterate it once; `removed` and `mended` then hold the counts.
    """

    def __init__(self, path: Path, what: Bytes) -> None:
        self._path, self._what = path, what
        self.removed = self.mended = 0

    def __iter__(self) -> Iterator[str]:
        rest = ""
        for piece in decoded(self._path, self._what):
            text, dropped = _UNSEEN.subn("", piece)
            self.removed += dropped
            text = rest + text
            held = text.endswith("\r")  # the newline of this return may stand in the next piece
            if held:
                text = text[:-1]
            if "\r" in text:
                text = text.replace("\r\n", "\n").replace("\r", "\n")
            lines = text.split("\n")
            rest = lines.pop() + ("\r" if held else "")
            for line in lines:
                yield self._mended(line) + "\n"
        rest = rest.rstrip("\r")
        if rest:
            yield self._mended(rest)

    def _mended(self, line: str) -> str:
        if self._what.mixed:
            line, found = mixed.mend(line)
            self.mended += found
        return line
