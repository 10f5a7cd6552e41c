"""Find a notebook and read what stands in it.

Nothing here needs nbformat: `cxkit list`, `cxkit describe` and the check of parameters come before anything heavy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cxkit import resources
from cxkit.errors import UsageError, suggest

Notebook = Mapping[str, Any]

_HEADING = re.compile(r"^\s{0,3}(#{1,6})\s+(.+?)\s*#*\s*$")


def shipped(lessons: bool = False) -> dict[str, Path]:
    """Notebooks that come with the kit, by name.

    Parameters
    ----------
    lessons : bool
        Whether the lessons (folder `learn`) are listed too, as `learn/name`.

    Returns
    -------
    dict of str to pathlib.Path
        Sorted by name, lessons last.
    """
    folder = resources.notebooks()
    found = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    if lessons:
        found |= {f"learn/{path.stem}": path for path in sorted((folder / "learn").glob("*.ipynb"))}
    return found


def find(name: str) -> Path:
    """The notebook that a person named: a shipped name, or the path of a file.

    Parameters
    ----------
    name : str
        "nps_deep_dive", "learn/…", or a path that ends in `.ipynb`.

    Returns
    -------
    pathlib.Path
        Absolute path.

    Raises
    ------
    UsageError
        If there is no such notebook; the nearest name is suggested.
    """
    known = shipped(lessons=True)
    stem = name.removesuffix(".ipynb")
    path = Path(name).expanduser()
    if path.suffix == ".ipynb" and path.is_file():
        return path.resolve()
    if stem in known:
        return known[stem]
    if path.is_dir():
        raise UsageError(f"{name} is a folder. Name one notebook in it.")
    near = [str(other.with_suffix(".ipynb")) for other in path.parent.glob("*.ipynb")] if path.parent.is_dir() else []
    if path.is_file():
        raise UsageError(f"{name} is not a notebook: its name does not end in .ipynb.")
    raise UsageError(f"There is no notebook '{name}'.{suggest(name, [*known, *near])}")


def read(path: Path) -> dict[str, Any]:
    """The notebook's content as plain JSON values, every `source` as one text.

    Raises
    ------
    UsageError
        If the file cannot be read, or is no notebook of format 4.
    """
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise UsageError(f"{path.name} is not a notebook: it does not hold JSON ({error}).") from None
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list):
        raise UsageError(f"{path.name} is not a notebook of format 4. Open and save it in JupyterLab to convert it.")
    for cell in cells:
        source = cell.get("source", "")
        cell["source"] = "".join(source) if isinstance(source, list) else source
    return content


def tags(cell: Mapping[str, Any]) -> list[str]:
    """Tags of a cell."""
    return list(cell.get("metadata", {}).get("tags", []))


def headings(source: str) -> list[tuple[int, str]]:
    """Headings of a markdown cell as (level, text), those inside fenced code left out.

    >>> headings("# NPS\\ntext\\n## Trend ##")
    [(1, 'NPS'), (2, 'Trend')]
    """
    found, fenced = [], False
    for line in source.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        match = None if fenced else _HEADING.match(line)
        if match:
            found.append((len(match[1]), _plain(match[2])))
    return found


def _plain(text: str) -> str:
    """Markdown emphasis, code marks and links taken off a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"[*`]", "", text).strip()


def _markdown(notebook: Notebook) -> list[str]:
    return [cell["source"] for cell in notebook["cells"] if cell.get("cell_type") == "markdown"]


def title(notebook: Notebook, fallback: str = "") -> str:
    """The notebook's first heading."""
    for source in _markdown(notebook):
        for _, text in headings(source):
            return text
    return fallback


def summary(notebook: Notebook) -> str:
    """The first paragraph of prose, on one line: what the notebook answers."""
    for source in _markdown(notebook):
        for paragraph in re.split(r"\n\s*\n", source.strip()):
            lines = [line.strip() for line in paragraph.splitlines() if not _HEADING.match(line)]
            if lines and not lines[0].startswith(("|", "-", "*", ">", "```", "<")):
                return _plain(" ".join(lines))
    return ""


def heading_of(notebook: Notebook, index: int) -> str:
    """The heading under which a cell stands, as a reader of the notebook would name the place.

    Parameters
    ----------
    notebook : mapping
        A notebook's content, or a notebook node.
    index : int
        Position of the cell.

    Returns
    -------
    str
        Empty when no heading comes before the cell.
    """
    for cell in reversed(notebook["cells"][: index + 1]):
        if cell.get("cell_type") == "markdown":
            found = headings(cell["source"])
            if found:
                return found[-1][1]
    return ""
