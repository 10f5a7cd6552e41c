"""Fixtures that every test can use."""

import os
from pathlib import Path

import pytest

# Before numpy comes: small matrices on several threads take many times the CPU, spent in waiting for each other.
for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

from engines import engine  # noqa: E402
from sample_page import sample_page  # noqa: E402

__all__ = ["engine", "sample_page"]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Several processes share the tests as `scheduling.py` says."""
    if config.getvalue("dist") != "loadfile":
        return None
    from scheduling import Scheduling

    return Scheduling(config, log)


@pytest.fixture
def in_process():
    """Reports of this test run in its own process; see `in_process.py`."""
    from in_process import here

    with here():
        yield


@pytest.fixture
def real_data():
    """A function from a file's name to its path, for real exports that are not part of the repository.

    They are looked for in the folder that CXKIT_REAL_DATA names, or else beside the checkout.
    """
    folder = Path(os.environ.get("CXKIT_REAL_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")

    def find(name: str) -> Path:
        path = folder / name
        if not path.is_file():
            pytest.skip(f"{name} is not here; set CXKIT_REAL_DATA to the folder that holds it")
        return path

    return find
