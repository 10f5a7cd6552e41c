"""What do `versus_rest` and `mix_and_rate` cost beyond counting the answers?

Run `python benchmarks/segments_speed.py`. A million answers of 400,000 customers in a Parquet file, read by DuckDB with
two threads. Each measure runs in a process of its own: one run to warm up, then the median of three. "Count" is the first
reduction alone (answers by segment and score, as `nps(by=...)` makes it); "beyond" is the CPU of the function less that.
The bar is 2 s beyond it. The peer does the same sum in the plain way: counts with hand-written SQL, then Wald limits
and Holm's steps in numpy for the segments, or a loop over the bootstrap draws for the change. It allows neither for
repeated customers nor for few answers.
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
BAR = 2.0

MAKE = """
COPY (
    SELECT 'C' || lpad((hash(i * 7) % {customers})::VARCHAR, 8, '0') AS customer_id,
        (hash(i) % 11)::TINYINT AS score,
        'segment ' || (hash(i + 2) % 200) AS s200,
        'segment ' || (hash(i + 3) % 10000) AS s10000,
        'segment ' || (hash(i + 4) % 50000) AS s50000,
        i % 2 = 0 AS later
    FROM range({answers}) AS t(i)
) TO '{path}' (FORMAT parquet)
"""

#: What is measured: the segment column, and the options of the function; `rest` against all others, `mix` of a change.
MEASURES = {
    "rest 10,000": ("rest", "s10000", {}),
    "rest 10,000, independent": ("rest", "s10000", {"cluster": False}),
    "rest 50,000": ("rest", "s50000", {}),
    "mix 200": ("mix", "s200", {}),
    "mix 200, bootstrap 2,000": ("mix", "s200", {"cluster": False, "interval": "bootstrap", "draws": 2000}),
    "mix 10,000": ("mix", "s10000", {}),
}


def data_file(answers: int, customers: int) -> Path:
    """The file of answers, made once."""
    import duckdb

    path = HERE / "data" / f"segments_{answers}_{customers}.parquet"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        duckdb.connect().execute(MAKE.format(answers=answers, customers=customers, path=path))
    return path


def counts(connection, path: Path, by: str, where: str = ""):
    """Promoters, passives and detractors of each segment, in hand-written SQL."""
    return connection.sql(
        f"SELECT {by}, count(*) FILTER (WHERE score >= 9) AS p, count(*) FILTER (WHERE score BETWEEN 7 AND 8) AS q, "
        f"count(*) FILTER (WHERE score <= 6) AS d FROM read_parquet('{path}') {where} GROUP BY ALL ORDER BY ALL"
    ).df()


def peer_rest(connection, path: Path, by: str):
    """Each segment against all others: Wald limits, Holm's steps."""
    import numpy as np
    from scipy.special import ndtr

    table = counts(connection, path, by)
    p, n, d = table.p.to_numpy(), table[["p", "q", "d"]].sum(axis=1).to_numpy(), table.d.to_numpy()
    op, on, od = p.sum() - p, n.sum() - n, d.sum() - d
    gap = (p - d) / n - (op - od) / on
    variance = ((p + d) / n - ((p - d) / n) ** 2) / n + ((op + od) / on - ((op - od) / on) ** 2) / on
    raw = 2 * ndtr(-np.abs(gap) / np.sqrt(variance))
    order = np.argsort(raw)
    adjusted = np.empty(len(raw))
    adjusted[order] = np.minimum(np.maximum.accumulate(raw[order] * np.arange(len(raw), 0, -1)), 1)
    return gap, adjusted


def peer_mix(connection, path: Path, by: str, draws: int = 2000):
    """Mix and rate, and a loop over bootstrap draws."""
    import numpy as np

    tables = [counts(connection, path, by, f"WHERE later = {later}") for later in ("false", "true")]
    before, now = (table[["d", "q", "p"]].to_numpy() for table in tables)

    def parts(before, now):
        s0, s1 = before.sum(1) / before.sum(), now.sum(1) / now.sum()
        r0, r1 = (before[:, 2] - before[:, 0]) / before.sum(1), (now[:, 2] - now[:, 0]) / now.sum(1)
        middle = ((s0 * r0).sum() + (s1 * r1).sum()) / 2
        return (s1 - s0) * ((r0 + r1) / 2 - middle), (s0 + s1) / 2 * (r1 - r0)

    random = np.random.default_rng(1)
    drawn = []
    for _ in range(draws):
        again = [random.multinomial(x.sum(), x.ravel() / x.sum()).reshape(x.shape) for x in (before, now)]
        drawn.append(parts(*again))
    return parts(before, now), np.quantile(np.array(drawn), [0.025, 0.975], axis=0)


def work(what: str, step: str, path: Path, threads: int):
    """The function to be timed: the whole, the count alone, or the peer."""
    from cxkit import frames
    from cxkit.survey import mix_and_rate, nps, versus_rest

    kind, by, options = MEASURES[what]
    connection = frames.connect(threads)
    answers = connection.read_parquet(str(path))
    periods = answers.filter("later"), answers.filter("NOT later")
    if step == "peer":
        peer = peer_rest if kind == "rest" else peer_mix
        return lambda: peer(connection, path, by)
    if kind == "rest":
        if step == "count":
            return lambda: nps(answers, by=by, customer="")
        return lambda: versus_rest(answers, by=by, **options)
    if step == "count":
        return lambda: [nps(period, by=by, customer="") for period in periods]
    return lambda: mix_and_rate(*periods, by=by, **options)


def measure(what: str, step: str, path: Path, threads: int, runs: int = 3) -> dict[str, float]:
    """Median CPU seconds of a run, and the most memory the process held."""
    function, seen = work(what, step, path, threads), []
    for _ in range(runs + 1):
        cpu = time.process_time()
        function()
        seen.append(time.process_time() - cpu)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu": statistics.median(seen[1:]), "memory_mb": memory}


def main() -> None:
    """Run every measure and print CPU seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int, default=400_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs=2, metavar=("MEASURE", "STEP"), help="one measure, in this process")
    arguments = parser.parse_args()
    path = data_file(arguments.answers, arguments.customers)
    if arguments.only:
        print(json.dumps(measure(*arguments.only, path, arguments.threads)))
        return
    print(f"{'':26}{'CPU s':>8}{'count':>8}{'beyond':>8}{'bar':>6}{'peer':>8}{'ratio':>8}{'memory MB':>11}")
    sizes = [f"--{name}={getattr(arguments, name)}" for name in ("answers", "customers", "threads")]
    for what in MEASURES:
        found = {}
        for step in ("whole", "count", "peer"):
            command = [sys.executable, __file__, "--only", what, step, *sizes]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                print(f"{what:26}{step} failed: {done.stderr.strip().splitlines()[-1]}")
                break
            found[step] = json.loads(done.stdout)
        else:
            whole, count, peer = (found[step]["cpu"] for step in ("whole", "count", "peer"))
            memory = found["whole"]["memory_mb"]
            print(
                f"{what:26}{whole:8.2f}{count:8.2f}{whole - count:8.2f}{BAR:6.1f}{peer:8.2f}{whole / peer:8.2f}{memory:11.0f}"
            )


if __name__ == "__main__":
    main()
