"""The command line: a thin skin over `cxkit.reports` and `cxkit.tables`.

Everything heavy is imported by the sub-command that needs it, so that help comes at once.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from cxkit import __version__
from cxkit.errors import CxkitError, UsageError, suggest

EXIT_CODES = """\
exit codes: 0 done, 2 usage or parameter, 3 data, 4 a cell or the page failed, 5 time-out, 6 the kernel died;
of several reports the highest counts"""


class Stopped(KeyboardInterrupt):
    """The process was asked to end (SIGTERM or SIGHUP); treated like Ctrl-C, so that everything is tidied up."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows `cxkit`; the process's own arguments if not given.

    Returns
    -------
    int
        The exit code.
    """
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a log in a poor encoding is better than none
    try:
        return options.run(options)
    except CxkitError as error:
        print(f"cxkit: {error}", file=sys.stderr)
        return 2 if isinstance(error, (UsageError, ImportError)) else 3
    except KeyboardInterrupt as stop:
        print("cxkit: stopped before the end. Nothing was published under the report's name.", file=sys.stderr)
        return 128 + getattr(stop, "number", signal.SIGINT)
    except BrokenPipeError:  # the reader of a list has seen enough
        sys.stdout = None
        return 0
    except OSError as error:  # a disk that fills up, a folder that goes away
        print(f"cxkit: {error.filename or 'a file'}: {error.strerror or error}.", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cxkit",
        description="Customer experience analysis: notebooks, and the reports they make.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"cxkit {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_report(commands)
    listing = commands.add_parser("list", help="list the notebooks that come with the kit", allow_abbrev=False)
    listing.set_defaults(run=_list)
    describe = commands.add_parser("describe", help="show a notebook's question and its parameters", allow_abbrev=False)
    describe.add_argument("notebook", metavar="NOTEBOOK", help="name of a shipped notebook, or a path")
    describe.set_defaults(run=_describe)
    _add_check(commands)
    return parser


def _add_report(commands: Any) -> None:
    report = commands.add_parser(
        "report",
        help="run notebooks and write one HTML file each",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = report.add_argument
    add("notebooks", metavar="NOTEBOOK", nargs="*", help="name of a shipped notebook, or a path")
    add("--all", action="store_true", help="every shipped notebook except the lessons")
    add("-p", dest="pairs", metavar="NAME=VALUE", action="append", default=[], help="set a parameter; wins over -f")
    add("-f", dest="files", metavar="FILE", action="append", default=[], help="parameters from a .toml or .yaml file")
    add("--out", metavar="DIR", default="reports", help="folder for finished pages (default: reports)")
    add(
        "--keep",
        metavar="DIR",
        help="private folder for notebooks as run and failure pages (default: .cxkit beside --out)",
    )
    add("--name", metavar="NAME", help="file name of the report")
    add("--also", metavar="FORMAT", action="append", default=[], choices=["xlsx"],
        help="make beside each page: xlsx, its tables unrounded in one workbook")  # fmt: skip
    add("--timeout", metavar="SECONDS", type=float, help="time allowed for a whole notebook")
    report.set_defaults(run=_report)


def _add_check(commands: Any) -> None:
    check = commands.add_parser("check", help="say what a file holds and whether it can serve", allow_abbrev=False)
    add = check.add_argument
    add("source", metavar="FILE", help="file or pattern (CSV, TSV, Parquet, JSON lines, Excel), or sample:responses")
    add("--as", dest="table", metavar="TABLE", required=True, help="responses, events, orders, tickets …")
    add("--columns", metavar="THEIRS:OURS;…", default="", help="which of the file's columns are ours")
    add("--as-of", metavar="DATE", default="", help="the day the data was taken")
    add("--tz", metavar="ZONE", default="UTC", help="time zone of the results (default: UTC)")
    add("--dates", choices=("day-first", "month-first"), help="how to read 03/04/2025")
    add("--decimal", metavar="MARK", default="", help="decimal mark, where it cannot be told")
    add("--encoding", metavar="NAME", default="", help="text encoding, where it cannot be told")
    add("--separator", metavar="MARK", default="", help="column separator, where it cannot be told")
    add("--sheet", metavar="NAME", default="", help="sheet of an Excel file")
    check.set_defaults(run=_check)


def _stop(number: int, frame: Any) -> NoReturn:
    raise Stopped(number)


def _report(options: argparse.Namespace) -> int:
    """Check everything first, then make one report after the other; the worst exit code is the command's."""
    from cxkit.reports import notebook, values
    from cxkit.reports.plan import withdraw

    names = list(notebook.shipped()) if options.all else options.notebooks
    if options.all and options.notebooks:
        raise UsageError("report: --all already means every shipped notebook. Leave the names out, or leave --all out.")
    if not names:
        known = ", ".join(notebook.shipped()) or "none"
        raise UsageError(f"report: name a notebook, or say --all. Shipped notebooks: {known}.")
    if options.name and len(names) > 1:
        raise UsageError("report: --name serves for one notebook only.")
    given: dict[str, Any] = {}
    pairs: dict[str, Any] = {}
    try:
        for file in options.files:
            given |= values.from_file(file)
        pairs |= values.assignments(options.pairs)
        plans = _plans(names, given, pairs, options)
    except CxkitError:
        for name in names:
            withdraw(name, values.for_notebook(given, Path(name).stem) | pairs, options.name, options.out)
        raise
    with _stoppable():
        return _make(plans, options)


def _plans(names: Sequence[str], given: Mapping[str, Any], pairs: Mapping[str, Any], options: Any) -> list[Any]:
    """What is to be run, all of it checked."""
    from cxkit.reports import companions, values
    from cxkit.reports.plan import plan

    _refuse_strangers(given, [Path(name).stem for name in names])
    plans = [plan(name, values.for_notebook(given, Path(name).stem) | pairs, options.name) for name in names]
    twice = {p.name for p in plans if [q.name for q in plans].count(p.name) > 1}
    if twice:
        raise UsageError(f"report: two notebooks would write {min(twice)}.html. Run them one by one with --name.")
    companions.asked(options.also)  # before anything slow
    return plans


def _refuse_strangers(given: Mapping[str, Any], stems: Sequence[str]) -> None:
    """A table in a parameter file that belongs to no notebook of this call is a slip of the pen."""
    for name, value in given.items():
        if isinstance(value, dict) and name not in stems:
            raise UsageError(f"-f: the table [{name}] is for no notebook of this call.{suggest(name, stems)}")


@contextmanager
def _stoppable() -> Iterator[None]:
    """While reports are made, a request to end the process is treated like Ctrl-C."""
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, _stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _make(plans: list[Any], options: argparse.Namespace) -> int:
    from cxkit.reports import files, lean
    from cxkit.reports.progress import Progress

    files.private(options.keep, files.published(options.out))
    lean.load()
    from cxkit.reports.run import make

    outcomes = []
    for planned in plans:
        progress = Progress(planned.name)
        progress.say(f"{planned.name}: running {planned.path.name}")
        where = {"out": options.out, "keep": options.keep}
        outcome = make(planned, **where, timeout=options.timeout, also=options.also, progress=progress)
        outcomes.append(outcome)
        if outcome.code:
            progress.say(f"{outcome.name}: no report. {outcome.message}\n  {outcome.advice}\n  Details: {outcome.page}")
    for outcome in outcomes:
        if outcome.html:
            print(outcome.html, *outcome.also, sep="\n")
    return max(outcome.code for outcome in outcomes)


def _list(options: argparse.Namespace) -> int:
    from cxkit.reports import notebook

    found = notebook.shipped(lessons=True)
    width = max(map(len, found), default=0)
    for name, path in found.items():
        print(f"{name:<{width}}  {notebook.title(notebook.read(path))}")
    if not found:
        print("No notebooks are installed.", file=sys.stderr)
    return 0


def _describe(options: argparse.Namespace) -> int:
    from cxkit.reports import notebook, parameters

    path = notebook.find(options.notebook)
    content = notebook.read(path)
    declared = parameters.declared(content, path.stem)
    print(notebook.title(content, path.stem))
    about = notebook.summary(content)
    print(*([about] if about else []), "", sep="\n")
    if not declared.parameters:
        print("It has no parameters.")
        return 0
    shown = [(p.name, p.kind, repr(p.default), p.help) for p in declared.parameters.values()]
    widths = [max(len(row[column]) for row in shown) for column in range(3)]
    print("Parameters (set with -p name=value):")
    for row in shown:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)]
        print("  " + "  ".join([*cells, row[3]]).rstrip())
    return 0


def _check(options: argparse.Namespace) -> int:
    from cxkit.tables import check

    found = check(
        options.source,
        options.table,
        columns=options.columns or None,
        as_of=options.as_of,
        tz=options.tz,
        day_first={"day-first": True, "month-first": False}.get(options.dates),
        decimal=options.decimal,
        encoding=options.encoding,
        separator=options.separator,
        sheet=options.sheet,
    )
    print(found.text)
    return 0 if found.ok else 3


if __name__ == "__main__":
    sys.exit(main())
