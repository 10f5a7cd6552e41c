"""CPU that a report costs outside its kernel: `cxkit report` against the `papermill` and `jupyter nbconvert` commands.

    python benchmarks/report_cpu.py [NOTEBOOK] [--rounds 3]

The kernel's work is the same for all, so it is taken off: a last cell, added to a copy of the notebook, writes down the
CPU time its process has used. What is left is start-up, messages and rendering. Rounds alternate between the two ways
and the best of each counts. The goal is a ratio of at most 0.4, and 0.3 s for `cxkit --help`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = (ROOT / "notebooks/nps_deep_dive.ipynb", ROOT / "tests/reports/notebooks/ok.ipynb")
GOAL, GOAL_HELP = 0.4, 0.3

METER = (
    "import os, resource\n"
    "_used = resource.getrusage(resource.RUSAGE_SELF)\n"
    "with open(os.environ['CXKIT_BENCH'], 'w') as _f:\n"
    "    _f.write(str(_used.ru_utime + _used.ru_stime))"
)


def metered(notebook: Path, folder: Path) -> Path:
    """A copy of the notebook that writes down its kernel's CPU time at the end."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    cell = {"cell_type": "code", "id": "meter", "metadata": {}, "source": METER, "execution_count": None, "outputs": []}
    content["cells"].append(cell)
    copy = folder / notebook.name
    copy.write_text(json.dumps(content), encoding="utf-8")
    return copy


def cpu(command: list[str], folder: Path, env: dict[str, str]) -> float:
    """CPU seconds of a command and all its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def outside(commands: list[list[str]], folder: Path, env: dict[str, str]) -> tuple[float, float]:
    """CPU outside the kernel, and in it, of commands that run the notebook once."""
    meter = folder / "kernel-cpu"
    total = sum(cpu(command, folder, env | {"CXKIT_BENCH": str(meter)}) for command in commands)
    kernel = float(meter.read_text())
    return total - kernel, kernel


def main() -> None:
    """Measure and print one line each."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("notebook", nargs="?", type=Path, default=next(path for path in NOTEBOOKS if path.exists()))
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    env = os.environ | {"PYTHONPATH": str(ROOT), "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    tools = Path(sys.executable).parent
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        book = metered(chosen.notebook.resolve(), folder)
        cxkit = [sys.executable, "-m", "cxkit.cli"]
        for _ in range(chosen.rounds):
            ours.append(outside([[*cxkit, "report", str(book)]], folder, env))
            run = [str(tools / "papermill"), str(book), "out.ipynb", "--no-progress-bar"]
            page = [str(tools / "jupyter"), "nbconvert", "--to", "html", "out.ipynb"]
            theirs.append(outside([run, page], folder, env))
        help_cpu = min(cpu([*cxkit, "--help"], folder, env) for _ in range(5))
    best, base = min(ours), min(theirs)
    print(f"notebook                     {chosen.notebook.name}, best of {chosen.rounds}")
    print(f"cxkit report                 {best[0]:.2f} s CPU outside the kernel ({best[1]:.2f} s in it)")
    print(f"papermill + nbconvert        {base[0]:.2f} s CPU outside the kernel ({base[1]:.2f} s in it)")
    print(f"ratio                        {best[0] / base[0]:.2f} (goal {GOAL})")
    print(f"cxkit --help                 {help_cpu:.2f} s CPU (goal {GOAL_HELP})")
    sys.exit(0 if best[0] <= GOAL * base[0] and help_cpu <= GOAL_HELP else 1)


if __name__ == "__main__":
    main()
