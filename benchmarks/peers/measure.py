"""CPU, wall clock and memory of steps in this process. Needs nothing but Python, so that every peer can use it."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path


def resident() -> float:
    """Memory the process holds now, in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20


class Peak:
    """The most memory held while something ran, above what was held before; looked at every two milliseconds."""

    def __enter__(self) -> Peak:
        self.before = self.most = resident()
        self.going = True
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        return self

    def _watch(self) -> None:
        while self.going:
            self.most = max(self.most, resident())
            time.sleep(0.002)

    def __exit__(self, *error: object) -> None:
        self.going = False
        self.thread.join()
        self.most = max(self.most, resident())

    @property
    def above(self) -> float:
        """MB above the start."""
        return self.most - self.before


def timed(steps: dict, runs: int) -> dict[str, dict[str, float]]:
    """The least CPU and wall seconds of each step. The first step hands its result to the others."""
    found: dict[str, dict[str, float]] = {}
    for _ in range(runs):
        given = None
        for name, step in steps.items():
            cpu, wall = time.process_time(), time.perf_counter()
            result = step(given)
            spent = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
            known = found.setdefault(name, spent)
            found[name] = {kind: min(known[kind], spent[kind]) for kind in spent}
            given = result if given is None else given
    return found


def peak(steps: dict) -> dict[str, float]:
    """The most memory that all steps together needed, in MB."""
    with Peak() as watched:
        given = None
        for step in steps.values():
            result = step(given)
            given = result if given is None else given
    return {"memory_mb": watched.above}


def answer(steps: dict) -> None:
    """Measure what the command line asks for (time or memory), and print it as JSON on the last line."""
    kind = sys.argv[2]
    print(json.dumps(peak(steps) if kind == "memory" else timed(steps, int(kind))))
