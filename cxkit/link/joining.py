"""The join of answers to touches, on DuckDB: few answers are brought to the many events, never the other way round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxkit import frames
from cxkit.periods.rows import clock
from cxkit.tables import frame_of

#: Columns of a touch, besides its keys.
TOUCH = ("t", "touchpoint", "channel", "stage", "customer")

TOUCHPOINT = "touchpoint"


class Events:
    """Touches in DuckDB, under names of our own.

    Parameters
    ----------
    events : Table or frame
        Rows without a time or a touchpoint are left out.
    columns : mapping
        Our names (t, touchpoint, customer, channel, stage, k0, k1 …) to the columns' names.
    """

    def __init__(self, events: Any, columns: Mapping[str, str]) -> None:
        frame = frame_of("events", events, list(columns.values()))
        time = columns["t"]
        frame = frame.with_columns(clock(frame, time, "events").alias(time))
        self._relation = _relation(frame)
        kinds = dict(zip(self._relation.columns, map(str, self._relation.types), strict=True))
        picked = [
            f"CAST({frames.quote(name)} AS TIMESTAMP) AS t"
            if ours == "t"
            else f"{_text(frames.quote(name), kinds[name])} AS {ours}"
            for ours, name in columns.items()
        ]
        self._from = f"SELECT {', '.join(picked)} FROM cx_events"
        self.keys = [ours for ours in columns if ours not in TOUCH]
        own = ", ".join([*(c if c in columns else f"CAST(NULL AS VARCHAR) AS {c}" for c in TOUCH), *self.keys])
        self._touches = f"(SELECT {own} FROM ({self._from}) WHERE t IS NOT NULL AND touchpoint IS NOT NULL)"

    def touchpoints(self) -> tuple[set[str], Any]:
        """Every touchpoint that occurs, and the time of the first touch (None without any)."""
        found = self._relation.query(
            "cx_events", f"SELECT touchpoint, min(t) FROM {self._touches} GROUP BY 1"
        ).fetchall()
        return {name for name, _ in found}, min((first for _, first in found), default=None)

    def by_key(self, answers: pd.DataFrame, key: str) -> pd.DataFrame:
        """For each answer whose key occurs: what its touches are.

        Parameters
        ----------
        answers : DataFrame
            i (a number), customer, t, touchpoint and the keys; only rows with this key.
        key : str
            One of `keys`.

        Returns
        -------
        DataFrame
            One row an answer whose key occurs at all: i; own (touches with the key that no other customer has), people
            (customers among them), named (those of the touchpoint of the answer), and the latest touch up to the time
            of the answer: n_ of the same touchpoint, a_ of any. A touch that has another one of the keys than the
            answer (its order, but another ticket) is about something else.
        """
        own = "(a.customer IS NULL OR e.customer IS NULL OR a.customer = e.customer)"
        about = f"{own} AND {self._fits}"
        same = f"{about} AND a.touchpoint = e.touchpoint"
        return self._query(
            answers,
            f"count(*) FILTER ({own}) AS own, count(DISTINCT e.customer) FILTER ({own}) AS people, "
            f"count(*) FILTER ({same}) AS named, {self._latest(f'{same} AND e.t <= a.t')} AS n_, "
            f"{self._latest(f'{about} AND e.t <= a.t')} AS a_",
            f"a.{key} = e.{key}",
            ("n_", "a_"),
        )

    def by_touchpoint(self, answers: pd.DataFrame, within: int) -> pd.DataFrame:
        """For each answer whose customer had its touchpoint: the latest touch within the window before it.

        Returns
        -------
        DataFrame
            One row an answer: i, earlier and later (such touches before and after the answer, whenever), and the touch
            n_. A touch that has another key than the answer is about something else and does not count.
        """
        fits = self._fits
        since = f"a.t - INTERVAL '{within} microseconds'"
        return self._query(
            answers,
            f"count(*) FILTER (e.t <= a.t AND {fits}) AS earlier, count(*) FILTER (e.t > a.t AND {fits}) AS later, "
            f"{self._latest(f'e.t <= a.t AND e.t >= {since} AND {fits}')} AS n_",
            "a.customer = e.customer AND a.touchpoint = e.touchpoint",
            ("n_",),
        )

    @property
    def _fits(self) -> str:
        """No key says that the touch is about something else than the answer."""
        each = [f"(a.{key} IS NULL OR e.{key} IS NULL OR a.{key} = e.{key})" for key in self.keys]
        return " AND ".join(each) or "TRUE"

    def _latest(self, condition: str) -> str:
        """The latest touch; of several at one moment the last by name, so that no order of rows matters."""
        fields = ", ".join(f"{name} := e.{name}" for name in (*TOUCH, *self.keys))
        return f"max(struct_pack({fields})) FILTER ({condition})"

    def _query(self, answers: pd.DataFrame, what: str, on: str, touches: Sequence[str]) -> pd.DataFrame:
        """One row an answer, with each touch taken apart into columns."""
        fields = (*TOUCH, *self.keys)
        parts = ", ".join(f"{touch}.{name} AS {touch}{name}" for touch in touches for name in fields)
        counts = "* EXCLUDE (" + ", ".join(touches) + ")"
        cx_answers = answers.astype({"t": "datetime64[us]"})  # found by its name in the query
        found = self._relation.query(
            "cx_events",
            f"SELECT {counts}, {parts} FROM (SELECT a.i, {what} FROM cx_answers AS a "
            f"JOIN {self._touches} AS e ON {on} GROUP BY a.i) ORDER BY i",
        )
        values = found.fetchnumpy()
        del cx_answers
        return pd.DataFrame({name: _series(name, column) for name, column in values.items()})


def _series(name: str, column: Any) -> pd.Series:
    if name[:2] in ("n_", "a_"):
        if name[2:] == "t":
            times = np.ma.filled(column.astype("datetime64[us]"), np.datetime64("NaT"))
            return pd.Series(times, dtype="datetime64[us]")
        missing = np.ma.getmaskarray(column)
        values = np.asarray(np.ma.getdata(column), dtype=object)
        values[missing] = None
        return pd.Series(values, dtype="str")
    return pd.Series(np.asarray(column), dtype="int64")


def _relation(frame: frames.Frame) -> Any:
    """Rows as a DuckDB relation, without a copy where there is one or Arrow can carry them."""
    if frame.implementation.is_duckdb():
        return frame.to_native()
    if frames.is_lazy(frame):
        frame = frame.collect()
    native = frame.to_native()
    if frame.implementation.is_pandas():
        return frames.connect().from_df(pd.DataFrame({name: _readable(native[name]) for name in native.columns}))
    try:
        return frames.connect().from_arrow(frame.to_arrow())
    except ModuleNotFoundError:
        return frames.connect().from_df(frames.collect(frame))


def _readable(column: pd.Series) -> pd.Series:
    """A column as DuckDB reads it: objects by their text, and no view of every other row or from the end (it fails)."""
    if column.dtype == object:
        return frames.id_texts(column)
    if isinstance(column.dtype, np.dtype):
        values = column.to_numpy()
        if values.strides != (values.itemsize,):
            return pd.Series(np.ascontiguousarray(values), index=column.index)
    return column


def _text(column: str, kind: str) -> str:
    """What `frames.id_texts` does, where the rows are."""
    if kind in ("FLOAT", "DOUBLE") or kind.startswith("DECIMAL"):
        whole = f"isfinite({column}::DOUBLE) AND abs({column}::DOUBLE) < 9e15 AND {column} = trunc({column})"
        return f"CASE WHEN {whole} THEN CAST(CAST({column} AS BIGINT) AS VARCHAR) ELSE CAST({column} AS VARCHAR) END"
    return f"NULLIF({column}, '')" if kind == "VARCHAR" else f"NULLIF(CAST({column} AS VARCHAR), '')"
