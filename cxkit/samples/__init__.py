"""Larkspur & Vale: a home and garden shop that does not exist, with stories planted in its data.

The same seed gives the same bytes on every machine and with every version of the libraries used: draws are hashed
counters (no random generator whose stream may change), money is pence, time is seconds, and nothing is rounded.
Customers do not depend on each other, so the first thousand customers of a million are the thousand.

The stories, and the notebook that should find each (`STORIES` holds their numbers):

- delivery turns bad (nps_deep_dive): a new carrier in three regions on 3 August 2026;
- falls by mix alone (nps_deep_dive): more new customers in the third quarter of 2025, no segment moves;
- commenters differ from the silent (nps_deep_dive): about 20 points lower;
- response rate falls (nps_deep_dive): by e-mail, over two years;
- open cases make support look fast (support): parked cases since 6 July 2026;
- annual plans leave at month 12 (churn_cohort);
- scores do not follow spend (clv): only detractors spend less;
- the coach helps beginners only (experiment): a trial since 2 March 2026;
- called customers recover, many would have anyway (close_the_loop);
- chat to phone costs (journey_map): in score and time;
- a checkout that fails on phones (journey_map): since 15 June 2026;
- billing cases come back (support);
- many customers, little value (clv): the deal site;
- waiting makes it hard (support): CES by waiting time.

Nothing else is planted: no season, no weekday, no trend in any other place.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from cxkit.errors import UsageError, choice
from cxkit.samples.stories import ORDER_MODEL, STORIES, Story

__all__ = ["FORMATS", "ORDER_MODEL", "SEED", "SIZE", "STORIES", "TABLES", "Story", "generate", "write"]

#: Customers and seed of the shipped sample.
SIZE: Final = 2800
SEED: Final = 14
TABLES: Final = (
    "responses", "invitations", "events", "orders", "subscriptions", "tickets", "customers", "followups", "assignments",
)  # fmt: skip
FORMATS: Final = ("csv", "parquet")
#: Customers that are in memory at a time.
STRETCH: Final = 20_000


def _stretches(size: int, seed: int):
    """The company, a stretch of customers at a time."""
    from cxkit.samples.company import Stretch

    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise UsageError(f"size: {size!r} is not a number of customers (1 or more).")
    for first in range(1, size + 1, STRETCH):
        yield Stretch(seed, first, min(first + STRETCH - 1, size))


def generate(table: str, *, size: int = SIZE, seed: int = SEED):
    """One table of the sample company as a pandas DataFrame.

    Parameters
    ----------
    table : str
        One of `TABLES`.
    size : int
        Number of customers; the other tables grow with it (about 2.5 answers and 4 orders a customer).
    seed : int
        Another seed is another company under the same rules.

    Returns
    -------
    pandas.DataFrame
        Columns as in the data dictionary beside the shipped files. Text with missing values, times without a zone
        (UTC), money in pounds. Rows are ordered by customer and time.

    Raises
    ------
    UsageError
        If there is no such table, or the size is not a positive whole number.

    Notes
    -----
    The frame is built in memory. For sizes beyond some hundred thousand customers use `write`, which streams.

    Examples
    --------
    >>> from cxkit import samples
    >>> customers = samples.generate("customers", size=3)
    >>> customers["customer_id"].to_list()
    ['C00001', 'C00002', 'C00003']
    """
    import pandas as pd

    from cxkit.samples import files
    from cxkit.samples.tables import MAKERS

    choice(table, TABLES, "table")
    parts = [files.frame(MAKERS[table](stretch)) for stretch in _stretches(size, seed)]
    return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)


def write(
    folder: str | os.PathLike[str],
    *,
    size: int = SIZE,
    seed: int = SEED,
    tables: Iterable[str] | None = None,
    format: str = "csv",
) -> list[Path]:
    """Write tables of the sample company to a folder, one file each, with memory that does not grow with the size.

    Parameters
    ----------
    folder : str or path
        Made if it is not there; files of the same names are replaced.
    size, seed : int
        As in `generate`.
    tables : iterable of str, optional
        Some of `TABLES`; all of them unless said. With all tables as CSV the messy survey export is written, too.
    format : {"csv", "parquet"}
        CSV is UTF-8, with commas and line feeds.

    Returns
    -------
    list of pathlib.Path
        The files written.

    Raises
    ------
    UsageError
        If a table or format is unknown, or the size is not a positive whole number.

    Examples
    --------
    >>> import tempfile
    >>> from cxkit import samples
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in samples.write(folder, size=5, tables=["customers", "orders"])]
    ['customers.csv', 'orders.csv']
    """
    from cxkit.samples import files, messy

    choice(format, FORMATS, "format")
    wanted: Sequence[str] = TABLES if tables is None else tuple(dict.fromkeys(tables))
    for name in wanted:
        choice(name, TABLES, "tables")
    stretches = _stretches(size, seed)
    first = next(stretches)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    writer = files.CsvFiles if format == "csv" else files.ParquetFiles
    with writer(folder, wanted) as out:
        out.add(first)
        for stretch in stretches:
            out.add(stretch)
    written = list(out.paths)
    if tables is None and format == "csv":
        written.append(messy.write(folder, seed))
    return written
