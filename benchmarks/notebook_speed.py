"""How much CPU does the whole NPS notebook take on 1,000,000 answers, against the same notebook on the sample?

    python benchmarks/notebook_speed.py [--answers 1000000]

The large tables are copies of the sample's rows under new ids, as Parquet: answers, invitations and customers. The figure
is the CPU of `cxkit report` with its kernel, user and system; the bar is 2x.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from cxkit import frames, resources

TABLES = ("responses", "invitations", "customers")
IDS = ("response_id", "customer_id", "order_id", "session_id", "ticket_id")


def enlarged(folder: Path, answers: int) -> dict[str, Path]:
    """The sample's tables, repeated under new ids until there are so many answers."""
    connection = frames.connect()
    source = {name: resources.samples() / f"{name}.csv" for name in TABLES}
    rows = {name: connection.sql(f"SELECT * FROM read_csv({frames.literal(path)})") for name, path in source.items()}
    copies = -(-answers // rows["responses"].count("*").fetchall()[0][0])
    written = {}
    for name, table in rows.items():
        ids = [column for column in IDS if column in table.columns]
        renamed = ", ".join(f"{column} || '-' || copy AS {column}" for column in ids)
        query = f"SELECT * REPLACE ({renamed}) FROM table_{name}, (SELECT range AS copy FROM range({copies}))"
        connection.register(f"table_{name}", table)
        written[name] = folder / f"{name}.parquet"
        connection.sql(query).select("* EXCLUDE (copy)").write_parquet(str(written[name]))
    return written


def cpu(parameters: dict[str, str], folder: Path) -> tuple[float, float]:
    """CPU seconds and peak megabytes of one report, kernel included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    pairs = [part for name, value in parameters.items() for part in ("-p", f"{name}={value}")]
    command = [sys.executable, "-m", "cxkit", "report", "nps_deep_dive", "--out", str(folder), *pairs]
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, after.ru_maxrss / 1024


def main() -> None:
    """Run both reports and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=1_000_000)
    asked = parser.parse_args()
    common = {"by": "touchpoint,region,tenure,plan", "target": "40", "weight_by": "age_band"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small, peak = cpu(common, folder / "small")
        print(f"sample: {small:.1f} s CPU, {peak:.0f} MB")
        files = enlarged(folder, asked.answers)
        large = {"source": files["responses"], **{k: files[k] for k in ("invitations", "customers")}}
        used, peak = cpu({**common, **{key: str(path) for key, path in large.items()}}, folder / "large")
        print(f"{asked.answers:,} answers: {used:.1f} s CPU, {peak:.0f} MB: {used / small:.2f}x (bar 2x)")


if __name__ == "__main__":
    main()
