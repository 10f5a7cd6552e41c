"""The page of the NPS notebook on the sample company, made once by the command for every test that reads it."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def sample_page(tmp_path_factory):
    """Path of the page; tests that use it stand together in `scheduling.py`, so that one process makes it."""
    from cxkit.cli import main

    folder = tmp_path_factory.mktemp("sample") / "out"
    given = ["company=Larkspur & Vale", "target=40", "marks=2026-08-03:new carrier", "by=touchpoint,region,tenure"]
    pairs = [part for pair in given for part in ("-p", pair)]
    assert main(["report", "nps_deep_dive", "--name", "sample", "--out", str(folder), *pairs]) == 0
    return folder / "sample.html"
