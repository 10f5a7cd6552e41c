"""Names, folders and whole-or-nothing writes.

A published folder holds finished pages and nothing else. Executed notebooks, run records and failure pages may hold
data that the page leaves out, so they go to a private folder that only its owner can read.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import stat
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from cxkit.errors import UsageError

#: Parameters that say what a report is about; their values become part of its file name.
SELECTING = ("company", "segment", "period")

_LONGEST = 80


def slug(text: str) -> str:
    """A file name made of letters, digits and hyphens, different for texts that differ.

    Where more than spaces and case is lost, or the text is long, a few characters of its hash are added.

    >>> slug("nps_deep_dive"), slug("2026-Q3"), slug("last full month")
    ('nps_deep_dive', '2026-q3', 'last-full-month')
    >>> slug("../../etc/passwd")
    'etc-passwd-3754d6'
    """
    folded = unicodedata.normalize("NFC", text).casefold()
    kept = re.sub(r"[^\w]+", "-", folded).strip("-")
    spaced = re.sub(r"\s+", "-", folded)
    if kept == spaced and 0 < len(kept.encode()) <= _LONGEST:
        return kept
    cut = kept.encode()[: _LONGEST - 8].decode(errors="ignore").strip("-")
    mark = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:6]
    return f"{cut}-{mark}" if cut else mark


def report_name(notebook: str, parameters: Mapping[str, object]) -> str:
    """The report's file name without its suffix: the notebook, then the parameters that select.

    >>> report_name("nps_deep_dive", {"period": "2026-Q3", "min_n": 40})
    'nps_deep_dive--2026-q3'
    """
    parts = [str(parameters[key]) for key in SELECTING if str(parameters.get(key, "")).strip()]
    name = "--".join(slug(part) for part in (notebook, *parts))
    return name if len(name.encode()) <= 200 else f"{slug(notebook)}--{slug(' '.join(parts))}"


def checked_name(name: str) -> str:
    """A name given by a person for the report's file, without folders.

    Raises
    ------
    UsageError
        If it holds a folder, begins with a dot, or could not be a file name.
    """
    plain = name.removesuffix(".html")
    bad = not plain or plain.startswith(".") or re.search(r"[/\\\x00-\x1f<>:\"|?*]", plain)
    if bad or len(plain.encode()) > 200:
        raise UsageError(f"--name {name!r} cannot be a file name. Use letters, digits, hyphens; --out sets the folder.")
    return plain


def published(folder: str | os.PathLike[str]) -> Path:
    """The folder for finished pages, made if it is missing, and proved to be writable.

    Raises
    ------
    UsageError
        If it is not a folder, or nothing can be written there.
    """
    return _folder(folder, "--out", 0o777)


def private(folder: str | os.PathLike[str] | None, out: Path) -> Path:
    """The folder for executed notebooks, run records and failure pages: by default `.cxkit` beside the published one.

    A folder made here can be read by its owner only; so can every file in it, whoever made the folder.
    """
    if folder is None:
        path = _folder(out.parent / ".cxkit", "--keep", 0o700)
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) != 0o700:
            with contextlib.suppress(OSError):
                path.chmod(0o700)
    else:
        path = _folder(folder, "--keep", 0o700)
    if path == out:
        raise UsageError(f"--keep {folder}: executed notebooks must not lie in the published folder. Name another one.")
    return path


def _folder(folder: str | os.PathLike[str], option: str, mode: int) -> Path:
    path = Path(folder).expanduser()
    try:
        path.mkdir(mode=mode, parents=True, exist_ok=True)
        path = path.resolve()
        handle, probe = _beside(path / "probe", 0o600)
        os.close(handle)
        os.unlink(probe)
    except FileExistsError:
        raise UsageError(f"{option} {folder}: this is a file, not a folder.") from None
    except OSError as error:
        raise UsageError(f"{option} {folder}: {_cause(error)} Name another folder with {option}.") from None
    return path


def _cause(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "there is no room left on the disk."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "you may not write there."
    if error.errno == errno.ENOTDIR:
        return "a part of this path is a file, not a folder."
    return f"nothing can be written there ({error.strerror})."


def _beside(path: Path, mode: int) -> tuple[int, str]:
    """Open a new hidden file in the same folder; never an existing one, never through a link."""
    name = str(path.parent / f".{path.name[:40]}.{secrets.token_hex(6)}.tmp")
    return os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), mode), name


def write(path: Path, content: str | bytes, *, private: bool) -> Path:
    """Write a whole file or none; see `write_all`."""
    write_all({path: content}, private=private)
    return path


def write_all(contents: Mapping[Path, str | bytes], *, private: bool) -> None:
    """Write whole files or none: all beside their names first, then each renamed over its name.

    A link that stands under a name is replaced, not followed.

    Parameters
    ----------
    contents : mapping of path to str or bytes
        Files of one folder.
    private : bool
        Whether only the owner may read the file.

    Raises
    ------
    UsageError
        If it cannot be written; what stood there before stays as it was.
    """
    ready: dict[Path, str] = {}
    path = Path()
    try:
        for path, content in contents.items():
            handle, ready[path] = _beside(path, 0o600 if private else 0o666)
            with os.fdopen(handle, "wb") as stream:
                stream.write(content if isinstance(content, bytes) else content.encode("utf-8", errors="replace"))
                stream.flush()
                os.fsync(stream.fileno())
        for path, temporary in ready.items():
            os.replace(temporary, path)
    except OSError as error:
        raise UsageError(f"{path} was not written: {_cause(error)} What stood there before is unchanged.") from None
    finally:
        for temporary in ready.values():
            with contextlib.suppress(OSError):
                os.unlink(temporary)
    for folder in {path.parent for path in contents}:
        _settle(folder)


def _settle(folder: Path) -> None:
    """Ask the disk to keep the rename, where a folder can be synced."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
