"""How much CPU does the journey map take on 1,000,000 events and 100,000 answers?

    python benchmarks/map_speed.py [--events 1000000] [--answers 100000] [-p NAME=VALUE ...]

The files are the fictional company's, made larger (Parquet, kept under `benchmarks/data/`). Measured are the cells of the
notebook in a process of their own, up to the picture of the map and to the end, and `cxkit report` as a whole, with its
kernel and rendering. What the modules cost that were loaded by then is measured by loading them alone, in a further
process, and taken off. The bar is 10 s of CPU for the map beyond imports.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
NOTEBOOK = "journey_map"

#: The cell that ends in this draws the map.
MAP = "plot_journey_map(picture)"


def files(events: int, answers: int) -> dict[str, Path]:
    """About so many events of the company, and so many of its answers; made once."""
    from cxkit import frames, samples

    folder = HERE / "data" / f"company_{events}_{answers}"
    found = {"source": folder / "events.parquet", "answers": folder / "responses.parquet"}
    if folder.exists():
        return found
    customers = round(events * 2_000 / len(samples.generate("events", size=2_000)))
    folder.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        samples.write(name, size=customers, tables=["events", "responses"], format="parquet")
        given = frames.connect().read_parquet(str(Path(name) / "responses.parquet"))
        some = given.query("given", f"FROM given ORDER BY hash(response_id) LIMIT {answers}")
        some.write_parquet(str(Path(name) / "some.parquet"))
        folder.mkdir()
        (Path(name) / "events.parquet").rename(found["source"])
        (Path(name) / "some.parquet").rename(found["answers"])
    return found


def cells(given: dict[str, str]) -> None:
    """Run the notebook's cells here; print the CPU of each, the modules loaded at the map and at the end, and the peak."""
    from cxkit import resources

    os.environ["MPLBACKEND"] = "agg"
    book = json.loads((resources.notebooks() / f"{NOTEBOOK}.ipynb").read_text(encoding="utf-8"))
    scope: dict = {}
    spent, loaded = [], {}
    for number, cell in enumerate(book["cells"]):
        if cell["cell_type"] != "code":
            continue
        source = "".join(cell["source"])
        before = time.process_time()
        exec(compile(source, f"cell {number}", "exec"), scope)
        spent.append((number, time.process_time() - before))
        if "parameters" in cell["metadata"].get("tags", ()):
            scope.update(given)
        if MAP in source:
            loaded["map"] = (number, list(sys.modules))
    loaded["end"] = (number, list(sys.modules))
    print(json.dumps({"spent": spent, "loaded": loaded, "peak": _peak(resource.RUSAGE_SELF)}))


def imports(names: list[str]) -> None:
    """Load modules and print the CPU it took."""
    import importlib

    before = time.process_time()
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:  # a module under a second name
            continue
    print(json.dumps(time.process_time() - before))


def asked(*parts: str, given: str = "") -> object:
    """What this script answers in a process of its own."""
    from cxkit.reports.kernel import THREADS

    environment = os.environ | dict.fromkeys(THREADS, "1")  # as a report's kernel has it
    command = [sys.executable, __file__, *parts]
    done = subprocess.run(command, input=given, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.strip().splitlines()[-1])


def report(pairs: list[str]) -> tuple[float, float]:
    """CPU seconds and peak megabytes of `cxkit report`, kernel included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "cxkit", "report", NOTEBOOK, "--out", folder, *pairs]
        subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, _peak(resource.RUSAGE_CHILDREN)


def _peak(of: int) -> float:
    return resource.getrusage(of).ru_maxrss / 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--answers", type=int, default=100_000)
    parser.add_argument("-p", action="append", default=[], metavar="NAME=VALUE", help="further parameters")
    parser.add_argument("--cells", action="store_true", help="also the CPU of every cell")
    parser.add_argument("--no-report", action="store_true", help="leave the whole report out")
    parser.add_argument("--part", choices=("cells", "imports"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.part:
        (cells if chosen.part == "cells" else imports)(json.load(sys.stdin))
        return
    paths = files(chosen.events, chosen.answers)
    given = {name: str(path) for name, path in paths.items()} | dict(pair.split("=", 1) for pair in chosen.p)
    found = asked("--part", "cells", given=json.dumps(given))
    if chosen.cells:
        print(*(f"  cell {number}: {seconds:.2f} s" for number, seconds in found["spent"]), sep="\n")
    for what, (last, names) in found["loaded"].items():
        all_of = sum(seconds for number, seconds in found["spent"] if number <= last)
        loading = asked("--part", "imports", given=json.dumps(names))
        print(
            f"cells up to the {what}: {all_of:.1f} s CPU, {loading:.1f} s of it imports: {all_of - loading:.1f} s (bar 10)"
        )
    print(f"the process held at most {found['peak']:.0f} MB")
    if not chosen.no_report:
        used, peak = report([part for name, value in given.items() for part in ("-p", f"{name}={value}")])
        print(f"cxkit report: {used:.1f} s CPU, kernel, rendering and all imports included; {peak:.0f} MB")


if __name__ == "__main__":
    main()
