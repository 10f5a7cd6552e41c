"""Why there is no report: one sentence for the terminal, and a page a person can read."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from cxkit.markup import h
from cxkit.reports.clean import plain

DONE, USAGE, DATA, CELL, TIME, KERNEL = 0, 2, 3, 4, 5, 6

# The kit's own errors: their sentences need no name of the error before them.
_OURS = {"UsageError": USAGE, "DataError": DATA, "MissingPackage": CELL}

WHAT_TO_DO = {
    USAGE: "Correct the parameter and run the command again; cxkit describe lists them all.",
    DATA: "Mend or map the data and run again; cxkit check FILE --as {table} shows what a file holds.",
    CELL: "Open the executed notebook in JupyterLab, look at that cell, and run again.",
    TIME: "Allow more time with --timeout, or narrow the data.",
    KERNEL: "Most often memory ran out: narrow the data, or run where there is more.",
}

_STYLE = Markup(
    "<style>:root{color-scheme:light dark}body{font:1rem/1.6 system-ui,sans-serif;max-width:42rem;margin:3rem auto;"
    "padding:0 1rem}h1{font-size:1.75rem;line-height:1.25}pre{white-space:pre-wrap;overflow-wrap:anywhere;"
    "font-size:.875rem;border-left:4px solid #7f8891;padding-left:1rem}.what{border-left:4px solid #d55e00;"
    "padding-left:1rem;overflow-wrap:anywhere}dt{font-weight:600}dd{margin:0 0 .5rem;overflow-wrap:anywhere}</style>"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"


@dataclass(frozen=True)
class Failure:
    """What stopped a report.

    Attributes
    ----------
    code : int
        Exit code: 2 parameter, 3 data, 4 cell or page, 5 time, 6 kernel.
    where : str
        Heading of the section in which it happened; empty when it was not in a cell.
    sentence : str
        What is wrong, in the error's own words.
    source : str
        Code of the cell.
    detail : str
        Traceback, or the kernel's last words.
    table : str
        The table it is about, where that can be told.
    """

    code: int
    where: str
    sentence: str
    source: str = ""
    detail: str = ""
    table: str = ""

    @property
    def line(self) -> str:
        """For the terminal."""
        place = f"In section '{self.where}': " if self.where else ""
        return f"{place}{self.sentence}"

    @property
    def advice(self) -> str:
        """What a person can do about it."""
        return WHAT_TO_DO[self.code].format(table=self.table or "TABLE (responses, events, orders …)")


def of_cell(cell: Mapping[str, Any], where: str, parameters: Collection[str] = ()) -> Failure:
    """The failure of a cell that raised an error.

    Parameters
    ----------
    cell : mapping
    where : str
        Heading of its section.
    parameters : collection of str
        Names of the notebook's parameters.
    """
    errors = [output for output in cell["outputs"] if output["output_type"] == "error"]
    if not errors:
        return Failure(CELL, where, "A cell failed without an error message.", cell["source"])
    error = errors[-1]
    code = _OURS.get(error["ename"], CELL)
    said = plain(error["evalue"]).strip()
    if error["ename"] not in _OURS:
        said = f"{error['ename']}: {said}" if said else error["ename"]
    else:
        said = _in_their_words(said, cell["source"], parameters)
    said = said if len(said) <= 2000 else said[:2000].rstrip() + " …"
    table = _table(said, cell["source"])
    return Failure(code, where, said, cell["source"], plain("\n".join(error["traceback"])), table)


def _in_their_words(said: str, source: str, parameters: Collection[str]) -> str:
    """An argument called by the parameter that filled it: who runs a report knows no `within` of `link(within=...)`.

    >>> _in_their_words("within: '7' has no unit.", "link(answers, within=linked_within)", ["within", "linked_within"])
    "linked_within: '7' has no unit."
    """
    passed: dict[str, set[str]] = {}
    for argument, value in re.findall(r"\b([a-z_]+)=(?:[a-z_]+\()?([a-z_]+)\b", source):
        passed.setdefault(argument, set()).add(value)
    for argument, values in passed.items():
        theirs = values & set(parameters)
        if len(theirs) == 1 and argument not in theirs:
            name = theirs.pop()
            said = re.sub(rf"^{argument}(?=: )|\b{argument}(?==)", name, said)
    return said


def _table(said: str, source: str) -> str:
    """The table an error is about: it begins with its name, or the cell reads one table only."""
    from cxkit.tables.schema import TABLES

    told = said.partition(":")[0]
    named = set(re.findall(r"\b(?:read|companion)\(\s*[\"'](\w+)[\"']", source)) & set(TABLES)
    return told if told in TABLES else named.pop() if len(named) == 1 else ""


def of_time(seconds: float, where: str, source: str) -> Failure:
    """The failure of a notebook that took too long."""
    return Failure(TIME, where, f"The notebook was not done after {seconds:g} seconds.", source)


def of_kernel(exit_code: int | None, where: str, source: str, last_words: str) -> Failure:
    """The failure of a kernel whose process ended."""
    ended = "" if exit_code is None else f" (signal {-exit_code})" if exit_code < 0 else f" (exit code {exit_code})"
    return Failure(KERNEL, where, f"The notebook's kernel died{ended}.", source, last_words)


def page(failure: Failure, title: str, executed: str, parameters: Mapping[str, Any]) -> str:
    """The page that stands in for the report, in the private folder.

    Parameters
    ----------
    failure : Failure
    title : str
        Title of the report that was not made.
    executed : str
        File name of the executed notebook.
    parameters : mapping
        Values the notebook ran with.

    Returns
    -------
    str
        HTML without script or request; all text escaped.
    """
    rows = [part for name, value in parameters.items() for part in (h("dt", name), h("dd", str(value) or "(empty)"))]
    body = [
        h("h1", f"Not made: {title}"),
        h("p", "In section ", h("strong", failure.where), ":") if failure.where else None,
        h("p", failure.sentence, class_="what"),
        h("p", failure.advice),
        h("p", "Executed notebook: ", h("code", executed)) if executed else None,
        _fold("The cell that failed", h("pre", failure.source)) if failure.source else None,
        _fold("Technical detail", h("pre", failure.detail)) if failure.detail else None,
        _fold("Parameters", h("dl", *rows)) if rows else None,
    ]
    head = h(
        "head",
        Markup('<meta charset="utf-8">'),
        h("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        h("meta", name="viewport", content="width=device-width, initial-scale=1"),
        h("title", f"Not made: {title}"),
        _STYLE,
    )
    return f"<!DOCTYPE html>\n{h('html', head, h('body', h('main', *body)), lang='en')}\n"


def _fold(summary: str, content: Markup) -> Markup:
    return h("details", h("summary", summary), content)
