"""What can go wrong, in a person's words.

Two kinds matter to whoever runs a report: a **usage error** is a wrong argument or parameter (the data may be fine), a
**data error** is a table that cannot answer the question asked of it. A scheduler sees them as exit codes 2 and 3.
Both are `ValueError`s, so code that guards a call in the usual way keeps working.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class CxkitError(Exception):
    """Base of everything the kit raises on purpose."""


class UsageError(CxkitError, ValueError):
    """An argument or parameter is wrong: an unknown name, a value out of range, a type that cannot serve."""


class DataError(CxkitError, ValueError):
    """The data cannot answer: a column is missing, values do not fit their scale, nothing is left to count."""


class MissingPackage(CxkitError, ImportError):
    """An optional package is not installed; the message names the line that installs it."""


class DataWarning(UserWarning):
    """The number is right but weak: few answers, many rows set aside, a scale that lacks one end."""


def suggest(name: str, choices: Iterable[str]) -> str:
    """Say which of the choices was probably meant, as a sentence that can follow an error message.

    >>> suggest("scor", ["score", "comment"])
    " Did you mean 'score'?"
    >>> suggest("zzz", ["score", "comment"])
    " Choose from 'comment', 'score'."
    """
    known = sorted({str(choice) for choice in choices})
    by_fold = {choice.casefold(): choice for choice in reversed(known)}
    near = get_close_matches(str(name).casefold(), by_fold, n=1, cutoff=0.6)
    if near:
        return f" Did you mean '{by_fold[near[0]]}'?"
    if not known:
        return ""
    shown = ", ".join(f"'{choice}'" for choice in known[:12])
    more = f" and {len(known) - 12} more" if len(known) > 12 else ""
    return f" Choose from {shown}{more}."


def need(package: str, extra: str, purpose: str) -> MissingPackage:
    """The error for an optional package that is not there.

    >>> str(need("openpyxl", "excel", "read Excel files"))
    "To read Excel files, install openpyxl: pip install 'cxkit[excel]'"
    """
    return MissingPackage(f"To {purpose}, install {package}: pip install 'cxkit[{extra}]'")


def choice(value: str, allowed: Iterable[str], name: str) -> str:
    """Return the value if it is allowed, else raise with the vocabulary.

    >>> choice("score", ["score", "wald"], "method")
    'score'
    """
    allowed = list(allowed)
    if value not in allowed:
        raise UsageError(f"{name}: {value!r} is not a known choice.{suggest(str(value), allowed)}")
    return value
