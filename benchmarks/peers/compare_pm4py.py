"""Are our counts, starts, ends, paths, sessions and medians those of pm4py?

Run `python benchmarks/peers/compare_pm4py.py FILE.csv customer touchpoint time` (CSV, also packed with gzip).
The kit writes its tables in its own environment; this script then starts itself
again in pm4py's (made by `journey_speed.py`), reads the same file, and compares. pm4py has no sessions of its own: there each
session, cut by a plain loop, is a case of its own, and its case durations are compared.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def write(folder: Path, file: str, customer: str, touchpoint: str, time: str) -> None:
    """Our tables of a log, as Parquet."""
    from cxkit.journey import paths, prepare, sessions, transitions

    log = prepare(rows_of(file, customer, touchpoint, time))
    transitions(log, ends=True).to_parquet(folder / "transitions.parquet")
    sessions(log).to_parquet(folder / "sessions.parquet")
    paths(log, most=None).to_parquet(folder / "paths.parquet")
    print(f"{file}: {log.said}")


def rows_of(file: str, customer: str, touchpoint: str, time: str):
    """The three columns under the kit's names, times as times, customers as texts."""
    import pandas as pd

    rows = pd.read_csv(file, usecols=[customer, touchpoint, time], dtype={customer: "str", touchpoint: "str"})
    rows = rows.rename(columns={customer: "customer_id", touchpoint: "touchpoint", time: "occurred_at"})
    rows["occurred_at"] = pd.to_datetime(rows["occurred_at"], format="ISO8601").astype("datetime64[us]")
    return rows.dropna(ignore_index=True)


def compare(folder: Path, file: str, customer: str, touchpoint: str, time: str) -> None:
    """Print what was compared, and end with an error if anything differs."""
    import pandas as pd
    import pm4py

    names = {"case_id": "customer_id", "activity_key": "touchpoint", "timestamp_key": "occurred_at"}
    rows = rows_of(file, customer, touchpoint, time)
    log = pm4py.format_dataframe(rows, **names)
    counts, starts, ends = pm4py.discover_dfg(log)
    waits, _, _ = pm4py.discover_performance_dfg(log)
    table = pd.read_parquet(folder / "transitions.parquet").set_index(["from", "to"])
    inner = table[~table.index.get_level_values(0).isin(["(start)"]) & ~table.index.get_level_values(1).isin(["(end)"])]
    same("transition counts", inner["n"].to_dict(), {key: int(n) for key, n in counts.items()})
    same("starts", table.loc["(start)"]["n"].to_dict(), starts)
    same("ends", table.xs("(end)", level=1)["n"].to_dict(), ends)
    theirs = {key: value["median"] if isinstance(value, dict) else value for key, value in waits.items()}
    gaps = [abs(value - theirs[key]) for key, value in inner["median_seconds"].items()]
    told("medians", len(gaps), max(gaps) < 1e-6, f"largest difference {max(gaps):.1e} s")
    variants = {
        " → ".join(path): len(n) if hasattr(n, "__len__") else int(n) for path, n in pm4py.get_variants(log).items()
    }
    paths = pd.read_parquet(folder / "paths.parquet")
    same("paths", paths.set_index("path")["n"].to_dict(), variants)
    compare_sessions(folder, rows, names)


def compare_sessions(folder: Path, rows, names: dict) -> None:
    """Sessions cut by a loop, as cases of pm4py."""
    import pandas as pd
    import pm4py

    own = pd.read_parquet(folder / "sessions.parquet")
    ordered = rows.sort_values(["customer_id", "occurred_at"], kind="stable").reset_index(drop=True)
    number, numbers, last = 0, [], (None, None)
    for who, at in zip(ordered["customer_id"], ordered["occurred_at"], strict=True):
        number += who != last[0] or at - last[1] > pd.Timedelta("30min")
        numbers.append(f"session {number}")  # bare digits are read as dates there
        last = (who, at)
    ordered["customer_id"] = numbers
    log = pm4py.format_dataframe(ordered, **names)
    durations = pm4py.get_all_case_durations(log)
    _, starts, ends = pm4py.discover_dfg(log)
    told("sessions", len(own), len(own) == number, f"by a loop {number:,}")
    gaps = [abs(a - b) for a, b in zip(sorted(own["seconds"]), sorted(durations), strict=True)]
    told("lengths of sessions", len(gaps), max(gaps) < 1e-6, f"largest difference {max(gaps):.1e} s")
    same("first touches", own["first"].value_counts().to_dict(), starts)
    same("last touches", own["last"].value_counts().to_dict(), ends)


def same(what: str, ours: dict, theirs: dict) -> None:
    """Whether two tables of counts are equal."""
    different = [key for key in {*ours, *theirs} if int(ours.get(key, 0)) != int(theirs.get(key, 0))]
    told(what, len(ours), not different, f"{sum(map(int, ours.values())):,} in all; different: {different[:3]}")


_FAILED = []


def told(what: str, n: int, good: bool, more: str) -> None:
    """One line of the comparison."""
    print(f"  {'equal' if good else 'DIFFERENT':10}{what:22}{n:8,}   {more}")
    if not good:
        _FAILED.append(what)


def main() -> None:
    """Write in this environment, compare in pm4py's."""
    arguments = sys.argv[1:]
    if arguments[0] == "--compare":
        compare(Path(arguments[1]), *arguments[2:6])
        sys.exit(f"different: {', '.join(_FAILED)}" if _FAILED else 0)
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), *arguments[:4])
        python = HERE / "pm4py" / ".venv" / "bin" / "python"
        done = subprocess.run([python, __file__, "--compare", folder, *arguments[:4]], capture_output=True, text=True)
        print("\n".join(line for line in done.stdout.splitlines() if line.startswith("  equal") or "DIFFERENT" in line))
        if done.returncode:
            sys.exit(done.stderr.strip().splitlines()[-1])


if __name__ == "__main__":
    main()
