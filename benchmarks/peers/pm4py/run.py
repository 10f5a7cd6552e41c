"""pm4py: format a log, then transition counts and median times.

Run by ../../journey_speed.py: `run.py FILE (memory | RUNS) (transitions | load)`.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pandas as pd
import pm4py
from measure import answer

NAMES = {"case_id": "customer_id", "activity_key": "touchpoint", "timestamp_key": "occurred_at"}


def main() -> None:
    rows = pd.read_parquet(sys.argv[1])
    pm4py.discover_dfg(pm4py.format_dataframe(rows.head(1000), **NAMES))
    steps = {"load": lambda _: pm4py.format_dataframe(rows, **NAMES)}
    if sys.argv[3] == "transitions":
        steps["counts"] = lambda log: pm4py.discover_dfg(log)
        steps["medians"] = lambda log: pm4py.discover_performance_dfg(log)
    answer(steps)


main()
