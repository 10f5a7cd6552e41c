"""retentioneering: load a log, then transition counts and median times, or sessions.

Run by ../../journey_speed.py: `run.py FILE (memory | RUNS) (transitions | load | sessions)`.
"""

import os
import sys
from pathlib import Path

os.environ["RETENTIONEERING_NO_TRACK"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pandas as pd
from measure import answer
from retentioneering import Eventstream

SCHEMA = {"path_cols": ["customer_id"], "event_col": "touchpoint", "timestamp_col": "occurred_at"}


def main() -> None:
    rows = pd.read_parquet(sys.argv[1])
    Eventstream(rows.head(1000), SCHEMA).transition_graph_data(edge_weight="count")  # what is loaded late is loaded now
    steps = {"load": lambda _: Eventstream(rows, SCHEMA)}
    if sys.argv[3] == "transitions":
        steps["counts"] = lambda stream: stream.transition_graph_data(edge_weight="count")
        steps["medians"] = lambda stream: stream.transition_graph_data(edge_weight="time_median")
    elif sys.argv[3] == "sessions":
        steps["sessions"] = lambda stream: stream.split_sessions(timeout="30m")
    answer(steps)


main()
