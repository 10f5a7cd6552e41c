"""What may be set in a notebook, and whether what was given fits: all known before a kernel starts.

The cell tagged `parameters` is read as a syntax tree, one parameter a line::

    min_n: int = 30  # smallest group that is shown

papermill's own reader is a regular expression that misses some declarations, and papermill runs on with the defaults
when a name is mistyped. A report with a silent typo is a wrong report, so here it is refused.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cxkit.errors import DataError, UsageError, suggest
from cxkit.reports import notebook as nb
from cxkit.reports.values import NotThere, Refused, coerce, located

TYPES = {"str": str, "int": int, "float": float, "bool": bool}

_ONE_OF = re.compile(r"\bone of:\s*([^;.()]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Parameter:
    """One line of the parameters cell.

    Attributes
    ----------
    name : str
    kind : str
        "str", "int", "float" or "bool".
    default : str, int, float or bool
    help : str
        The comment that ends the line.
    choices : tuple of str
        The only values allowed, when the help lists them as "one of: a, b, c"; else empty.
    file : bool
        Whether the value names a file: the parameter is called `source`, or its help begins with "file".
    """

    name: str
    kind: str
    default: Any
    help: str = ""
    choices: tuple[str, ...] = ()
    file: bool = False


@dataclass(frozen=True)
class Declared:
    """The parameters of a notebook, and the lines of the cell that declare something which cannot be set.

    Attributes
    ----------
    notebook : str
        Name of the notebook, for messages.
    parameters : mapping of str to Parameter
        In the order of the cell.
    fixed : mapping of str to str
        Names that are assigned in the cell but cannot be set from outside, with the reason.
    """

    notebook: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)


def declared(content: nb.Notebook, name: str = "notebook") -> Declared:
    """Read the cell tagged `parameters`.

    Parameters
    ----------
    content : mapping
        A notebook as read by `notebook.read`.
    name : str
        Its name, for messages.

    Returns
    -------
    Declared
        Without parameters when no cell bears the tag.

    Raises
    ------
    UsageError
        If the cell is not plain Python, or declares a parameter twice or with a default of another type.
    """
    sources = [cell["source"] for cell in content["cells"] if "parameters" in nb.tags(cell)]
    if not sources:
        return Declared(name)
    try:
        tree, comments = ast.parse(sources[0]), _comments(sources[0])
    except (SyntaxError, ValueError, tokenize.TokenError) as error:
        line = getattr(error, "lineno", None) or 1
        raise UsageError(f"{name}: line {line} of the parameters cell is not plain Python.") from None
    found: dict[str, Parameter] = {}
    fixed: dict[str, str] = {}
    for statement in tree.body:
        for target in _names(statement):
            if target in found or target in fixed:
                raise UsageError(f"{name}: the parameters cell declares '{target}' twice.")
            try:
                found[target] = _parameter(target, statement, comments.get(statement.end_lineno or 0, ""))
            except Refused as reason:
                fixed[target] = f"line {statement.lineno}: {reason}"
    return Declared(name, found, fixed)


def _comments(source: str) -> dict[int, str]:
    """The comment that ends each line, without its hash."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("#").strip() for token in tokens if token.type == tokenize.COMMENT}


def _names(statement: ast.stmt) -> list[str]:
    """Names that a statement assigns."""
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _parameter(name: str, statement: ast.stmt, comment: str) -> Parameter:
    """One declaration; `Refused` says why it cannot be set from outside."""
    value = getattr(statement, "value", None)
    try:
        default = ast.literal_eval(value) if value is not None else None
    except (ValueError, TypeError, SyntaxError):
        raise Refused("its default is computed, not written out") from None
    if isinstance(statement, ast.AnnAssign):
        kind = ast.unparse(statement.annotation).strip("'\"")
    else:
        kind = type(default).__name__
    if kind not in TYPES:
        raise Refused(f"its type is {kind}; only {', '.join(TYPES)} can be set")
    if kind == "float" and type(default) is int:
        default = float(default)
    if type(default) is not TYPES[kind]:
        raise Refused(f"it is declared as {kind}, but its default is {default!r}")
    choices = _choices(comment)
    if choices and str(default) not in choices:
        choices = (str(default), *choices)
    is_file = kind == "str" and (name == "source" or comment.casefold().startswith("file"))
    return Parameter(name, kind, default, comment, choices, is_file)


def _choices(comment: str) -> tuple[str, ...]:
    """The vocabulary a help text lists.

    >>> _choices("which answers count, one of: all, last or first")
    ('all', 'last', 'first')
    """
    match = _ONE_OF.search(comment)
    parts = re.split(r",|\bor\b", match[1]) if match else []
    return tuple(part.strip().strip("'\"`") for part in parts if part.strip())


def checked(declared: Declared, given: Mapping[str, Any]) -> dict[str, Any]:
    """Turn what was given into values of the declared types, or say everything that is wrong with it.

    Parameters
    ----------
    declared : Declared
        From `declared`.
    given : mapping of str to value
        Texts from the command line, or typed values from a file. Relative paths in file parameters are looked up in
        the folder the caller stands in, and made absolute: the notebook runs elsewhere.

    Returns
    -------
    dict
        The given parameters only; the others keep their defaults.

    Raises
    ------
    UsageError
        If a name is unknown or a value does not fit; one line a mistake, all at once.
    DataError
        If nothing is wrong but that a named file is not there: to a scheduler that is late data, not a wrong call.
    """
    values: dict[str, Any] = {}
    mistakes: list[str] = []
    late = 0
    for name, value in given.items():
        parameter = declared.parameters.get(name)
        if parameter is None:
            mistakes.append(_unknown(declared, name))
            continue
        try:
            values[name] = _fitted(parameter, value)
        except Refused as reason:
            mistakes.append(f"{name}: {reason}")
            late += isinstance(reason, NotThere)
    if mistakes:
        lead = f"{declared.notebook}: "
        if len(mistakes) > 1:
            lead += f"{len(mistakes)} parameters cannot be used.\n  - "
        kind = DataError if late == len(mistakes) else UsageError
        raise kind(lead + "\n  - ".join(mistakes))
    return values


def _unknown(declared: Declared, name: str) -> str:
    if name in declared.fixed:
        return f"'{name}' cannot be set ({declared.fixed[name]})."
    if not declared.parameters:
        return f"there is no parameter '{name}': this notebook has no cell tagged 'parameters'."
    return f"there is no parameter '{name}'.{suggest(name, declared.parameters)}"


def _fitted(parameter: Parameter, value: Any) -> Any:
    fitted = coerce(value, parameter.kind)
    if parameter.choices and str(fitted) not in parameter.choices:
        raise Refused(f"{str(fitted)!r} is not allowed.{suggest(str(fitted), parameter.choices)}")
    return located(fitted) if parameter.file else fitted
