"""Put notebooks in the shape they have in git: `python tools/clean_notebooks.py [--check | --run] [FILES]`.

With --run they are executed first, so that the outputs to compare with are new.
Metadata goes by allow-list, cell ids stay. Cells tagged `nbval-check-output` keep their execution count and outputs, pictures
aside; all other cells keep none, so that a notebook in git holds no data and no picture.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
KEPT = "nbval-check-output"
LEFT_OUT = ("image/", "application/vnd.cxkit.")


def cleaned(notebook: dict) -> dict:
    """The notebook as it belongs in git."""
    cells = [cleaned_cell(cell) for cell in notebook["cells"]]
    return {
        "cells": cells,
        "metadata": {"kernelspec": KERNEL, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def cleaned_cell(cell: dict) -> dict:
    """One cell: its kind, id, tags and source, and outputs only where they are to be compared."""
    tags = cell.get("metadata", {}).get("tags", [])
    out = {"cell_type": cell["cell_type"]}
    if cell["cell_type"] == "code":
        keep = KEPT in tags
        out["execution_count"] = cell.get("execution_count") if keep else None
    out |= {"id": cell["id"], "metadata": {"tags": tags} if tags else {}}
    if cell["cell_type"] == "code":
        out["outputs"] = [cleaned_output(o) for o in cell.get("outputs", [])] if keep else []
    out["source"] = cell["source"]
    return out


def cleaned_output(output: dict) -> dict:
    """One output without pictures, and without tables that were handed over for a workbook."""
    out = dict(output)
    if "data" in out:
        out["data"] = {mime: value for mime, value in out["data"].items() if not mime.startswith(LEFT_OUT)}
        out["metadata"] = {}
    return out


def executed(path: Path) -> dict:
    """The notebook with new outputs, run away from the checkout so that no relative path helps it."""
    import nbclient
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        client = nbclient.NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": folder}})
        client.execute()
    return json.loads(nbformat.writes(notebook))


def written(notebook: dict) -> str:
    """The text of the file."""
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Clean the files named, or all shipped notebooks; with --check only say which are not clean."""
    check, run = "--check" in arguments, "--run" in arguments
    root = Path(__file__).resolve().parents[1]
    named = [Path(a) for a in arguments if not a.startswith("--")]
    paths = named or sorted([*(root / "notebooks").rglob("*.ipynb"), *(root / "templates").rglob("*.ipynb")])
    dirty = []
    for path in paths:
        before = path.read_text("utf8")
        after = written(cleaned(executed(path) if run else json.loads(before)))
        if after != before:
            dirty.append(path)
            if not check:
                path.write_text(after, "utf8")
    for path in dirty:
        print(f"{'not clean' if check else 'cleaned'}: {path}")
    return int(check and bool(dirty))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
