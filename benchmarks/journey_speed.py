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

#: A tenth as many answers: about one touch in ten, given up to twenty days later.
ANSWERS = """
COPY (
    SELECT customer_id, touchpoint, occurred_at + to_seconds((hash(n) % 1728000)::BIGINT) AS responded_at,
        CASE WHEN touchpoint < 'touch 10' THEN 'csat' ELSE 'ces' END AS survey,
        (1 + hash(n + 3) % CASE WHEN touchpoint < 'touch 10' THEN 5 ELSE 7 END)::INT AS score
    FROM (SELECT *, row_number() OVER () AS n FROM read_parquet('{events}'))
    WHERE hash(n * 13) % 10 = 0
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
    # Of each step: the latest start, within seven days, that leads to it by the steps before, in order.
    "funnel": """
WITH one AS (
    SELECT customer_id, touchpoint, occurred_at AS t, CASE WHEN touchpoint = 'touch 01' THEN t END AS s1
    FROM read_parquet('{path}') WHERE touchpoint IN ('touch 01', 'touch 02', 'touch 03', 'touch 04')
), two AS (
    SELECT *, max(s1) OVER w AS m1, CASE WHEN touchpoint = 'touch 02' AND t - m1 <= INTERVAL 7 DAY THEN m1 END AS s2
    FROM one WINDOW w AS (PARTITION BY customer_id ORDER BY t, touchpoint ROWS UNBOUNDED PRECEDING)
), three AS (
    SELECT *, max(s2) OVER w AS m2, CASE WHEN touchpoint = 'touch 03' AND t - m2 <= INTERVAL 7 DAY THEN m2 END AS s3
    FROM two WINDOW w AS (PARTITION BY customer_id ORDER BY t, touchpoint ROWS UNBOUNDED PRECEDING)
), four AS (
    SELECT *, max(s3) OVER w AS m3, CASE WHEN touchpoint = 'touch 04' AND t - m3 <= INTERVAL 7 DAY THEN m3 END AS s4
    FROM three WINDOW w AS (PARTITION BY customer_id ORDER BY t, touchpoint ROWS UNBOUNDED PRECEDING)
)
SELECT count(DISTINCT customer_id) FILTER (s1 IS NOT NULL) AS n1, count(DISTINCT customer_id) FILTER (s2 IS NOT NULL) AS n2,
    count(DISTINCT customer_id) FILTER (s3 IS NOT NULL) AS n3, count(DISTINCT customer_id) FILTER (s4 IS NOT NULL) AS n4,
    median(t - s2) AS w2, median(t - s3) AS w3, median(t - s4) AS w4
FROM four
""",
    # Limits that allow for several answers of a customer are left out; so are losses by cause.
    "touchpoint_scores": """
WITH j AS (
    SELECT a.*, e.occurred_at, CASE survey WHEN 'csat' THEN score - 3 ELSE (score - 4) / 1.5 END AS scaled
    FROM read_parquet('{answers}') AS a ASOF JOIN read_parquet('{path}') AS e
    ON a.customer_id = e.customer_id AND a.touchpoint = e.touchpoint AND a.responded_at >= e.occurred_at
    WHERE a.responded_at - e.occurred_at <= INTERVAL 30 DAY
)
SELECT touchpoint, any_value(survey) AS survey, count(*) AS n, count(DISTINCT customer_id) AS customers, avg(scaled) AS estimate,
    stddev(scaled) AS sd, avg(score) AS original, median(epoch_us(responded_at) - epoch_us(occurred_at)) / 1e6 AS lag
FROM j GROUP BY touchpoint ORDER BY touchpoint
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


def answers_file(events: Path) -> Path:
    """Answers about some of the events; made once."""
    import duckdb

    path = events.with_name(events.name.replace("journeys", "answers"))
    if not path.exists():
        connection = duckdb.connect()
        connection.execute("SET threads = 1")  # so that the rows keep their numbers
        connection.execute(ANSWERS.format(events=events, path=path))
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
    from cxkit.journey import prepare, touchpoint_scores

    kind, _, table = what.rpartition(" ")
    answers, made = answers_file(Path(path)), _tables()
    if kind == "file":
        read = frames.connect(2).read_parquet
        rows = read(path)
        made["transitions"](rows.limit(1000))
    else:
        read = pd.read_parquet
        rows = read(path)
        made["transitions"](rows.head(1000))
    scores = {"touchpoint_scores": lambda _: touchpoint_scores(given, rows)}
    if table in ("set", "touchpoint_scores"):
        given = read(str(answers))
        touchpoint_scores(
            given.head(1000) if kind != "file" else given.limit(1000),
            rows.head(10) if kind != "file" else rows.limit(10),
        )
    if table == "touchpoint_scores":
        return scores
    steps = {"load": lambda _: prepare(rows)}
    for name in made if table == "set" else [table]:
        steps[name] = lambda log, name=name: made[name](log)
    return steps | (scores if table == "set" else {})


def _tables() -> dict:
    """The tables of the standard set that are made from a prepared log."""
    import cxkit.journey as journey

    return {
        "transitions": journey.transitions,
        "sessions": journey.sessions,
        "funnel": lambda log: journey.funnel(log, steps=[f"touch 0{k}" for k in (1, 2, 3, 4)], within="7D"),
        "paths": journey.paths,
        "step_matrix": journey.step_matrix,
    }


def sql(path: str, what: str) -> dict:
    """One table in hand-written SQL, from the file."""
    from cxkit import frames

    connection, answers = frames.connect(2), answers_file(Path(path))
    return {"sql": lambda _: connection.sql(SQL[what].format(path=path, answers=answers)).df()}


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
    there = ["transitions", "sessions", "funnel", "paths", "step_matrix", "touchpoint_scores"]
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
