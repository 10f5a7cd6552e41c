"""How fast is `nps` beside hand-written SQL, on ten million answers?

Run `python benchmarks/nps_speed.py`. Each measure runs in a process of its own on the same Parquet file with the same
number of threads: one run to warm up, then the median of five. CPU seconds are user and system time of all threads;
the bars are 1.3 for `nps` on an open DuckDB relation and 1.6 with `cxkit.read` and its health report, both against the
SQL, and 1 GB of memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SEGMENTS = ["region", "plan", "channel"]
BARS = {"nps": 1.3, "read + nps": 1.6}

MAKE = """
COPY (
    SELECT 'C' || lpad((hash(i * 7) % {customers})::VARCHAR, 8, '0') AS customer_id,
        TIMESTAMP '2024-01-01' + to_seconds((i * 63072000) // {answers}) AS responded_at,
        CASE WHEN hash(i) % 100 < 3 THEN NULL ELSE (hash(i + 1) % 11)::TINYINT END AS score,
        CASE WHEN hash(i + 5) % 10 < 8 THEN 'nps' ELSE 'ces' END AS survey,
        ['north', 'south', 'east', 'west'][1 + (hash(i + 2) % 4)::INT] AS region,
        ['basic', 'plus', 'pro'][1 + (hash(i + 3) % 3)::INT] AS plan,
        ['email', 'web', 'app', 'phone'][1 + (hash(i + 4) % 4)::INT] AS channel
    FROM range({answers}) AS t(i)
) TO '{path}' (FORMAT parquet)
"""

SQL = """
SELECT region, plan, channel,
    count(*) FILTER (WHERE score >= 9) AS promoters,
    count(*) FILTER (WHERE score BETWEEN 7 AND 8) AS passives,
    count(*) FILTER (WHERE score <= 6) AS detractors,
    count(*) FILTER (WHERE score IS NULL) AS missing,
    count(*) FILTER (WHERE score NOT BETWEEN 0 AND 10) AS outside
FROM read_parquet('{path}') WHERE survey = 'nps' GROUP BY ALL
"""


def data_file(answers: int, customers: int) -> Path:
    """The file of answers, made once."""
    import duckdb

    path = HERE / "data" / f"answers_{answers}_{customers}.parquet"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        duckdb.connect().execute(MAKE.format(answers=answers, customers=customers, path=path))
    return path


def work(what: str, path: Path, threads: int):
    """The function to be timed."""
    from cxkit import frames

    connection = frames.connect(threads)
    if what == "sql":
        return lambda: connection.sql(SQL.format(path=path)).df()
    from cxkit.survey import nps

    if what == "nps":
        relation = connection.read_parquet(str(path))
        return lambda: nps(relation, by=SEGMENTS)
    import cxkit

    return lambda: nps(cxkit.read("responses", path), by=SEGMENTS)


def measure(what: str, path: Path, threads: int, runs: int = 5) -> dict[str, float]:
    """Median CPU and wall seconds of a run, and the most memory the process held."""
    function, seen = work(what, path, threads), []
    for _ in range(runs + 1):
        cpu, wall = time.process_time(), time.perf_counter()
        function()
        seen.append((time.process_time() - cpu, time.perf_counter() - wall))
    cpu, wall = (statistics.median(column) for column in zip(*seen[1:], strict=True))
    return {"cpu": cpu, "wall": wall, "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main() -> None:
    """Run every measure and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=10_000_000)
    parser.add_argument("--customers", type=int, default=3_000_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", choices=["sql", *BARS], help="one measure, in this process")
    arguments = parser.parse_args()
    path = data_file(arguments.answers, arguments.customers)
    if arguments.only:
        print(json.dumps(measure(arguments.only, path, arguments.threads)))
        return
    base = None
    print(f"{'':12}{'CPU s':>8}{'ratio':>8}{'bar':>6}{'wall s':>9}{'memory MB':>11}")
    for what in ("sql", *BARS):
        command = [sys.executable, __file__, "--only", what, *(f"--{k}={getattr(arguments, k)}" for k in _SIZES)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            print(f"{what:12}failed: {done.stderr.strip().splitlines()[-1]}")
            continue
        found = json.loads(done.stdout)
        base = base or found["cpu"]
        bar = f"{BARS[what]:.1f}" if what in BARS else ""
        cpu, wall, memory = found["cpu"], found["wall"], found["memory_mb"]
        print(f"{what:12}{cpu:8.2f}{cpu / base:8.2f}{bar:>6}{wall:9.2f}{memory:11.0f}")


_SIZES = ("answers", "customers", "threads")

if __name__ == "__main__":
    main()
