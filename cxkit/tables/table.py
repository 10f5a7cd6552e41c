"""A table that has passed the front door, and the check that every metric makes of its input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from cxkit import frames
from cxkit.errors import UsageError
from cxkit.markup import Block
from cxkit.tables.health import Health
from cxkit.tables.schema import schema_of


@dataclass(frozen=True)
class Table:
    """Rows of one of the nine tables, ready for the metrics, with the report of how they were read.

    Attributes
    ----------
    name : str
        Which table it is: responses, events …
    frame : narwhals.LazyFrame or narwhals.DataFrame
        The rows: lazy over DuckDB for files, of the engine they came in for frames. Numbers are float64, times naive in
        `tz`, ids and texts text; a value is there or missing, never NaN.
    health : Health
        Rows in, kept and set aside, and everything that was repaired.
    source : str
        The file's name without its folder, or the kind of frame.
    as_of : date or None
        The day through whose end the data counts; None if the table has no dates.
    tz : str
        The time zone of the times.
    cut : date or None
        The day that was given as `as_of`, so that later rows were set aside; None where it was found from the data.
    day_first : bool or None
        How dates that read both ways were said to be read.
    """

    name: str
    frame: frames.Frame
    health: Health
    source: str = ""
    as_of: date | None = None
    tz: str = "UTC"
    cut: date | None = None
    day_first: bool | None = None
    _digest: Callable[[], str] | None = field(default=None, repr=False, compare=False)

    @property
    def columns(self) -> list[str]:
        """Names of the columns, in order."""
        return frames.column_names(self.frame)

    def to_pandas(self, limit: int | None = None):
        """Bring the rows home as a pandas DataFrame.

        Parameters
        ----------
        limit : int, optional
            At most so many rows, from the top. None brings all of them into memory.

        Returns
        -------
        pandas.DataFrame
        """
        return frames.collect(self.frame if limit is None else self.frame.head(limit))

    def fingerprint(self) -> str:
        """The sha256 of the content as it was read.

        Of files it is taken over their bytes, of frames over names and values; neither path nor date goes into it.

        Returns
        -------
        str
            "sha256 " and 64 hexadecimal digits.
        """
        from cxkit.tables.fingerprint import of_frame

        return f"sha256 {self._digest() if self._digest else of_frame(self.frame)}"

    def with_frame(self, frame: Any) -> Table:
        """The same table with other rows or columns; health, source and dates stay."""
        return replace(self, frame=frames.as_frame(frame))

    def block(self) -> Block:
        """What a notebook shows of it: its health. Rows are left out, because they can hold personal data."""
        block = self.health.block()
        far = self._digest is None and frames.is_lazy(self.frame)  # looking at a table never fetches rows from afar
        facts = {**block.facts, "fingerprint": "" if far else self.fingerprint()}
        plain = f"{self.name} from {self.source}\n{block.plain}"
        return replace(block, facts=facts, plain=plain)

    def __repr__(self) -> str:
        return f"{self.name} from {self.source}: {self.health.sentence()}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None):
        return self.block()._repr_mimebundle_(include, exclude)


def frame_of(table_name: str, data: Any, columns: Sequence[str]) -> frames.Frame:
    """Take what a metric was given, and check that it can serve.

    Parameters
    ----------
    table_name : str
        Which of the nine tables the metric works on.
    data : Table or any supported frame
        A `Table` must be of that name. A bare frame is taken as it is.
    columns : sequence of str
        The columns the metric needs.

    Returns
    -------
    narwhals frame
        These columns only, with NaN turned into missing.

    Raises
    ------
    UsageError
        If a table of another kind, or no table at all, was given.
    DataError
        If a column is not there.

    Examples
    --------
    >>> import pandas as pd
    >>> frame_of("responses", pd.DataFrame({"score": [9.0], "region": ["north"]}), ["score"]).columns
    ['score']
    """
    schema = schema_of(table_name)
    if isinstance(data, Table) and data.name != schema.name:
        raise UsageError(
            f"expected the table '{schema.name}' (one row is {schema.row}), got '{data.name}' from {data.source}. "
            f"Read it with cxkit.read('{schema.name}', ...)."
        )
    return frames.take(data, columns, schema.name)
