"""How long do journeys take, beside retentioneering and pm4py, and beside hand-written SQL?

Run `python benchmarks/journey_speed.py` for a million events, `--ten` for ten million as well, `--larger` for a file of a
hundred million that is to stay within 4 GB. The peers get an environment each, made at the first run under
`benchmarks/peers/<peer>/.venv`. Every measure runs in a process of its own, ours and the peers' in turn; the least CPU and
the least wall clock of all rounds count. Times begin with a table in memory (pandas, unsorted) or with a Parquet file
(SQL); what is imported late is loaded before.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS = HERE / "peers"
sys.path.insert(0, str(PEERS))

from measure import Peak, answer  # noqa: E402

MAKE = """
COPY (
    SELECT 'C' || lpad(c::VARCHAR, 8, '0') AS customer_id, 'touch ' || lpad((hash(i + 5) % 20)::VARCHAR, 2, '0') AS touchpoint,
        make_timestamp(1767225600000000 + (hash(c * 3 + hash(i + 7) % 3) % 17280000000 + hash(i + 11) % 1200000)::BIGINT * 1000)
            AS occurred_at
    FROM (SELECT i, (hash(i * 7) % {customers})::BIGINT AS c FROM range({events}) AS t(i))
) TO '{path}' (FORMAT parquet)
"""

STEPS = """
WITH s AS (
    SELECT customer_id, touchpoint, lead(touchpoint) OVER w AS next,
        epoch_us(lead(occurred_at) OVER w) - epoch_us(occurred_at) AS us
    FROM read_parquet('{path}') WINDOW w AS (PARTITION BY customer_id ORDER BY occurred_at, touchpoint)
)
"""

#: The same tables in SQL, from the file. Of the limits only the sums over customers are left out.
SQL = {
    "transitions": STEPS
    + """
SELECT touchpoint, next, n, customers, n / sum(n) OVER (PARTITION BY touchpoint) AS share, q FROM (
    SELECT touchpoint, next, count(*) AS n, count(DISTINCT customer_id) AS customers, quantile_cont(us, [0.25, 0.5, 0.75]) AS q
    FROM s WHERE next IS NOT NULL GROUP BY ALL
) ORDER BY n DESC, touchpoint, next
""",
    "counts and medians": STEPS
    + "SELECT touchpoint, next, count(*) AS n, median(us) AS m FROM s WHERE next IS NOT NULL GROUP BY ALL ORDER BY n DESC",
    "sessions": """
WITH s AS (
    SELECT *, coalesce(occurred_at - lag(occurred_at) OVER w > INTERVAL 30 MINUTE, true) AS fresh FROM read_parquet('{path}')
    WINDOW w AS (PARTITION BY customer_id ORDER BY occurred_at, touchpoint)
), k AS (
    SELECT *, sum(fresh::INT) OVER (PARTITION BY customer_id ORDER BY occurred_at, touchpoint ROWS UNBOUNDED PRECEDING) AS session
    FROM s
)
SELECT customer_id, session, min(occurred_at) AS started_at, max(occurred_at) AS ended_at, count(*) AS n,
    arg_min(touchpoint, (occurred_at, touchpoint)) AS first, arg_max(touchpoint, (occurred_at, touchpoint)) AS last
FROM k GROUP BY ALL ORDER BY customer_id, session
""",
    "step_matrix": """
WITH s AS (
    SELECT touchpoint, row_number() OVER (PARTITION BY customer_id ORDER BY occurred_at, touchpoint) AS step
    FROM read_parquet('{path}') QUALIFY step <= 10
)
SELECT step, touchpoint, count(*) AS n FROM s GROUP BY ALL ORDER BY step, n DESC
""",
    "paths": """
WITH s AS (
    SELECT customer_id, string_agg(touchpoint, ' > ' ORDER BY occurred_at, touchpoint) AS path,
        max(occurred_at) - min(occurred_at) AS whole
    FROM read_parquet('{path}') GROUP BY customer_id
)
SELECT path, count(*) AS n, median(whole) AS m, min(customer_id) AS example FROM s GROUP BY path ORDER BY n DESC LIMIT 10
""",
}


def data_file(events: int) -> Path:
    """Events of a tenth as many customers in up to three sessions each, in no order; made once."""
    import duckdb

    path = HERE / "data" / f"journeys_{events}.parquet"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        duckdb.connect().execute(MAKE.format(events=events, customers=events // 10, path=path))
    return path


def python_of(peer: str) -> Path:
    """The interpreter of a peer's environment, which is made if it is not there."""
    home = PEERS / peer
    python = home / ".venv" / "bin" / "python"
    if not python.exists():
        print(f"making {home / '.venv'} ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", home / ".venv"], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", home / "requirements.txt"], check=True)
    return python


def asked(command: list) -> dict:
    """What a process answers on its last line."""
    environment = os.environ | {"RETENTIONEERING_NO_TRACK": "1"}
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=environment)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def ours(path: str, what: str) -> dict:
    """Our steps, on a pandas table in memory or (what begins with "file") on the Parquet file."""
    import pandas as pd

    from cxkit import frames
    from cxkit.journey import prepare
    from cxkit.journey.sessions import sessions
    from cxkit.journey.transitions import transitions

    kind, _, table = what.rpartition(" ")
    if kind == "file":
        rows = frames.connect(2).read_parquet(path)
        transitions(rows.limit(1000))
    else:
        rows = pd.read_parquet(path)
        transitions(rows.head(1000))
    made = {"transitions": transitions, "sessions": sessions, **_others()}
    steps = {"load": lambda _: prepare(rows)}
    for name in made if table == "set" else [table]:
        steps[name] = lambda log, name=name: made[name](log)
    return steps


def _others() -> dict:
    """The other tables of the standard set."""
    import cxkit.journey as journey

    found = {}
    if hasattr(journey, "funnel"):
        found["funnel"] = lambda log: journey.funnel(
            log, steps=["touch 01", "touch 02", "touch 03", "touch 04"], within="7D"
        )
    if hasattr(journey, "paths"):
        found["paths"] = journey.paths
    if hasattr(journey, "step_matrix"):
        found["step_matrix"] = journey.step_matrix
    return found


def sql(path: str, what: str) -> dict:
    """One table in hand-written SQL, from the file."""
    from cxkit import frames

    connection = frames.connect(2)
    return {"sql": lambda _: connection.sql(SQL[what].format(path=path)).df()}


def total(found: dict, kind: str, without: str = "") -> float:
    return sum(spent[kind] for name, spent in found.items() if name != without)


def least(rounds: list[dict]) -> dict:
    """The least of each measure over several processes."""
    return {step: {kind: min(each[step][kind] for each in rounds) for kind in rounds[0][step]} for step in rounds[0]}


def in_turn(commands: dict[str, list], rounds: int) -> dict[str, dict]:
    """Each process once, then each once more, so that a busy machine is busy for all."""
    seen: dict[str, list] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            seen[name].append(asked(command))
    return {name: least(found) for name, found in seen.items()}


def one_million(rounds: int) -> None:
    """Counts and exact medians from unsorted pandas, beside both peers."""
    path = data_file(1_000_000)
    me = [sys.executable, __file__, "--measure", path]
    commands = {
        "cxkit": [*me, "3", "pandas transitions"],
        **{
            peer: [python_of(peer), PEERS / peer / "run.py", path, 1, "transitions"]
            for peer in ("retentioneering", "pm4py")
        },
    }
    found = in_turn(commands, rounds)
    memory = {name: asked([*command[:-2], "memory", command[-1]])["memory_mb"] for name, command in commands.items()}
    print(
        "\n1,000,000 events, pandas in no order -> transition counts and exact medians (and our limits and quartiles)"
    )
    heads = ("CPU s", "ratio", "wall s", "ratio", "prepared CPU", "ratio", "wall", "ratio", "peak MB", "ratio")
    widths = (8, 7, 8, 7, 14, 7, 8, 7, 9, 7)
    print(" " * 18 + "".join(f"{head:>{width}}" for head, width in zip(heads, widths, strict=True)))
    mine = found["cxkit"]
    for name, own in found.items():
        cells = []
        for without in ("", "load"):
            for kind in ("cpu", "wall"):
                value, base = total(own, kind, without), total(mine, kind, without)
                cells.append((value, value / base))
        cells.append((memory[name], memory["cxkit"] / memory[name]))
        (a, ra), (b, rb), (c, rc), (d, rd), (e, re) = cells
        print(f"{name:18}{a:8.3f}{ra:7.1f}{b:8.3f}{rb:7.1f}{c:14.3f}{rc:7.1f}{d:8.3f}{rd:7.1f}{e:9.0f}{re:7.2f}")


def beside_sql(events: int, rounds: int) -> None:
    """Each table from a Parquet file, beside SQL for the same."""
    path = data_file(events)
    me = [sys.executable, __file__, "--measure", path, "1"]
    there = ["transitions", "sessions", *(name for name in _others() if name in SQL)]
    print(
        f"\n{events:,} events in a Parquet file, DuckDB with two threads: each table from the file, beside SQL for the same"
    )
    print(
        f"{'':14}{'CPU s':>8}{'wall s':>8}{'SQL CPU':>9}{'SQL wall':>10}{'ratio CPU':>11}{'wall':>7}{'once prepared':>15}"
    )
    for table in there:
        found = in_turn({"cxkit": [*me, f"file {table}"], "sql": [*me, f"sql {table}"]}, rounds)
        own, peer = found["cxkit"], found["sql"]["sql"]
        cpu, wall = total(own, "cpu"), total(own, "wall")
        prepared = own[table]["wall"] / peer["wall"]
        print(
            f"{table:14}{cpu:8.2f}{wall:8.2f}{peer['cpu']:9.2f}{peer['wall']:10.2f}{cpu / peer['cpu']:11.2f}"
            f"{wall / peer['wall']:7.2f}{prepared:15.2f}"
        )


def standard_set(events: int, rounds: int) -> None:
    """The whole standard set beside retentioneering's loading alone."""
    path = data_file(events)
    commands = {
        "cxkit": [sys.executable, __file__, "--measure", path, "1", "pandas set"],
        "retentioneering": [python_of("retentioneering"), PEERS / "retentioneering" / "run.py", path, 1, "load"],
    }
    found = in_turn(commands, rounds)
    print(f"\n{events:,} events, pandas in no order: the standard set beside retentioneering's loading alone")
    for name, own in found.items():
        parts = ", ".join(f"{step} {spent['cpu']:.2f}/{spent['wall']:.2f}" for step, spent in own.items())
        print(f"{name:18}{total(own, 'cpu'):8.2f} s CPU {total(own, 'wall'):8.2f} s wall  (CPU/wall: {parts})")


def larger(events: int) -> None:
    """A file that is larger than the memory allowed."""
    path = data_file(events)
    found = asked([sys.executable, __file__, "--measure", path, "whole", "file transitions"])
    print(f"\n{events:,} events in a Parquet file of {path.stat().st_size / 2**30:.1f} GB: prepare and transitions")
    print(f"{found['cpu']:.0f} s CPU, {found['wall']:.0f} s wall, the process held at most {found['most_mb']:.0f} MB")


def whole(steps: dict) -> dict:
    """Time and the most memory of the whole process, for one pass."""
    import time

    cpu, wall = time.process_time(), time.perf_counter()
    with Peak() as watched:
        given = None
        for step in steps.values():
            result = step(given)
            given = result if given is None else given
    return {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "most_mb": watched.most}


def main() -> None:
    """Run what was asked for and print ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sql", action="store_true", help="tables of a million events beside SQL")
    parser.add_argument("--ten", action="store_true", help="ten million events: beside SQL, and the standard set")
    parser.add_argument("--larger", action="store_true", help="a hundred million events within 4 GB")
    parser.add_argument("--measure", nargs=3, metavar=("FILE", "RUNS", "WHAT"), help="one measure, in this process")
    given = parser.parse_args()
    if given.measure:
        path, kind, what = given.measure
        steps = sql(path, what.removeprefix("sql ")) if what.startswith("sql ") else ours(path, what)
        if kind == "whole":
            print(json.dumps(whole(steps)))
            return
        sys.argv = ["", path, kind]
        answer(steps)
        return
    if not (given.ten or given.larger or given.sql):
        one_million(given.rounds)
    if given.sql:
        beside_sql(1_000_000, given.rounds)
    if given.ten:
        beside_sql(10_000_000, 2)
        standard_set(10_000_000, 2)
    if given.larger:
        larger(100_000_000)


if __name__ == "__main__":
    main()
