"""nbval runs the notebooks and compares the outputs kept in git."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


NOTEBOOKS = sorted([*(ROOT / "notebooks").rglob("*.ipynb"), *(ROOT / "templates").rglob("*.ipynb")])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_kept_outputs_are_what_the_notebook_says_today(path):
    plugins = ["no:cacheprovider", "no:xdist", *(["notebooks.conftest"] if "templates" in path.parts else [])]
    options = [part for name in plugins for part in ("-p", name)]
    command = [sys.executable, "-m", "pytest", "--nbval", str(path), "-q", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "passed" in done.stdout or "[100%]" in done.stdout
