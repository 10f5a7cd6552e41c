"""Fixture notebooks, one a behaviour, and a way to call the command as a shell would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def books() -> Path:
    """Folder of the fixture notebooks."""
    return Path(__file__).parent / "notebooks"


@pytest.fixture(scope="session")
def shell():
    """Run `cxkit …` in a process of its own."""

    def call(*arguments: object, cwd: Path, env: dict[str, str] | None = None, **options):
        env = {"PATH": os.environ["PATH"], **(env or {}), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "cxkit.cli", *map(str, arguments)]
        return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120, **options)

    return call
