"""Write the sample company: `python -m cxkit.samples OUT [--size N] [--tables a,b] [--format csv|parquet]`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from cxkit import samples
from cxkit.errors import CxkitError


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the tables and say what was written."""
    parser = argparse.ArgumentParser(prog="python -m cxkit.samples", description=main.__doc__)
    parser.add_argument("folder", metavar="OUT", help="folder to write to (made if it is not there)")
    parser.add_argument("--size", type=int, default=samples.SIZE, help="number of customers (default %(default)s)")
    parser.add_argument("--seed", type=int, default=samples.SEED, help="another seed is another company")
    parser.add_argument("--tables", default="", help="comma-separated names (default: all)")
    parser.add_argument("--format", choices=samples.FORMATS, default="csv")
    given = parser.parse_args(arguments)
    tables = [name.strip() for name in given.tables.split(",") if name.strip()] or None
    try:
        written = samples.write(given.folder, size=given.size, seed=given.seed, tables=tables, format=given.format)
    except (CxkitError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 2
    for path in written:
        print(f"{path.name}  {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
