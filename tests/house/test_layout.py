"""The house's rules about files and imports, checked on the source itself."""

import ast
import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "cxkit"
SOURCES = sorted(PACKAGE.rglob("*.py"))

# A module may import from its own floor's base modules and from lower floors, never from above or sideways.
FLOOR = {
    **dict.fromkeys(("errors", "words", "frames", "resources", "markup", "tables", "scales", "periods"), 0),
    **dict.fromkeys(("privacy", "link", "samples", "stats", "inputs", "goals", "sheets", "toml"), 0),
    **dict.fromkeys(("survey", "text", "support", "churn", "drivers", "experiment", "journey", "clv"), 1),
    **dict.fromkeys(("findings", "actions", "scope", "charts", "page", "journey_map"), 2),
    "reports": 3,
    "cli": 4,
    "__main__": 4,
    "__init__": 5,
}
# Metric modules do not know each other; charts know no metric module.
APART = {"survey", "text", "support", "churn", "drivers", "experiment", "journey", "clv"}


def part(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path):
    """Top-level parts of cxkit that a file imports, anywhere in it (type-checking blocks included)."""
    for node in ast.walk(ast.parse(path.read_text("utf8"))):
        if isinstance(node, ast.Import):
            yield from (n.name.split(".")[1] for n in node.names if n.name.startswith("cxkit."))
        elif isinstance(node, ast.ImportFrom) and node.module == "cxkit":
            yield from (n.name for n in node.names if n.name in FLOOR)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cxkit."):
            yield node.module.split(".")[1]


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down(path):
    here = part(path)
    assert here in FLOOR, f"{here} stands on no floor: add it to FLOOR"
    for other in set(imported(path)) - {here}:
        assert FLOOR[other] <= FLOOR[here], f"{here} (floor {FLOOR[here]}) imports {other} (floor {FLOOR[other]})"
        assert not (here in APART and other in APART), f"metric modules import sideways: {here} imports {other}"
        assert not (here == "charts" and FLOOR[other] == 1), f"charts import a metric module: {other}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_stay_small_and_validate_without_assert(path):
    source = path.read_text("utf8")
    assert source.count("\n") <= 400, "find the seam"
    tree = ast.parse(source)
    assert not [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Assert)], "assert is gone under -O; raise"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.end_lineno - node.lineno - (ast.get_docstring(node) or "").count("\n")
            assert body <= 60, f"{node.name} has {body} lines"


def offered():
    """Functions the kit offers to analysts: what packages export, and what single modules define in the open."""
    for name in sorted(FLOOR):
        if name in {
            "errors",
            "words",
            "resources",
            "markup",
            "sheets",
            "frames",
            "cli",
            "reports",
            "__main__",
            "__init__",
        }:
            continue  # inner modules
        try:
            module = import_module(f"cxkit.{name}")
        except ModuleNotFoundError:
            continue  # a floor plan may name rooms that are still to be built
        own = getattr(module, "__all__", [k for k in vars(module) if not k.startswith("_")])
        for key in own:
            value = getattr(module, key)
            if inspect.isfunction(value) and value.__module__.startswith(f"cxkit.{name}"):
                yield pytest.param(value, id=f"{name}.{key}")


@pytest.mark.parametrize("function", list(offered()))
def test_offered_functions_are_documented(function):
    """Summary, Parameters, Returns, Raises and an example that runs."""
    doc = inspect.getdoc(function) or ""
    lacks = [s for s in ("Parameters", "Returns", "Raises", "Examples") if f"{s}\n---" not in doc]
    assert not (inspect.signature(function).parameters and lacks), lacks


def test_importing_the_kit_loads_nothing_heavy():
    heavy = ("numpy", "pandas", "matplotlib", "duckdb", "scipy", "papermill")
    code = f"import sys, cxkit, cxkit.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_nothing_points_to_a_machine():
    """No absolute paths of somebody's machine and no registry address in anything that is tracked."""
    words = [b"/" + b"work/", b"/" + b"root/", b"index" + b"-url", b"/" + b"home/"]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout.split(b"\0")
    files = [ROOT / name.decode() for name in listed if name]
    for path in files:
        if path.is_file() and path.suffix not in {".png", ".parquet"} and path.name not in {"Makefile"}:
            content = path.read_bytes()
            assert not [w for w in words if w in content], path


def test_links_in_the_documents_lead_somewhere():
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "data").rglob("*.md")]:
        for link in re.findall(r"\]\(([^)#]+)", path.read_text("utf8")):
            assert link.startswith("https://") or (path.parent / link).exists(), f"{path.name}: {link}"
