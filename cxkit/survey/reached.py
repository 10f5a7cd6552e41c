"""What would the score be if everyone who was asked had answered alike? The weighting of the score by who answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxkit import frames, words
from cxkit.errors import DataError, UsageError, suggest
from cxkit.periods import Period, between
from cxkit.stats.intervals import critical_value, nps_interval
from cxkit.stats.raking import rake_cells
from cxkit.stats.weighted import effective_n
from cxkit.survey.answers import ROWS, VALUE, Question, answers_of, sift
from cxkit.survey.invited import WHO
from cxkit.survey.who import Cells, cells, who_columns

#: Stands for a value that is missing, as a group of its own.
UNSTATED = "not stated"

RAW = "as answered"


@dataclass(frozen=True)
class Known:
    """What is known of the customers, and which of it weights."""

    cells: Cells
    weight_by: tuple[str, ...]
    chosen: bool


def known_customers(
    customers: Any, who: str | Sequence[str], weight_by: str | Sequence[str], customer: str, people, why: dict[str, str]
) -> Known | None:
    """Put the customers into cells, or say why that cannot be."""
    who, weight_by = frames.by_list(who, ()), frames.by_list(weight_by, ())
    if customers is None:
        if who or weight_by:
            raise UsageError(
                f"{'who' if who else 'weight_by'}: its columns stand in the customers table. Give customers=."
            )
        why["who"] = "Nothing is known of the customers who were asked: no customers table was given."
        return None
    if people is None:
        why["who"] = "The invitations have no column of customers, so they cannot be looked up in the customers table."
        return None
    have = frames.column_names(frames.as_frame(customers))
    if wrong := [name for name in weight_by if name not in have]:
        raise UsageError(f"weight_by: the customers have no column '{wrong[0]}'.{suggest(wrong[0], have)}")
    columns = list(dict.fromkeys([*(who or who_columns(customers)), *weight_by]))
    if not columns:
        why["who"] = "No column of the customers table has a few values each; name some with who=."
        return None
    chosen = weight_by or who or columns
    return matched(
        Known(cells(customers, columns, customer), tuple(chosen), bool(weight_by)), people[WHO], "invitations", why
    )


def matched(known: Known, who: pd.Series, table: str, why: dict[str, str], part: str = "who") -> Known | None:
    """The same if any of some customers is known, else None and the reason.

    Raises
    ------
    DataError
        If none is, and weighting was asked for by name.
    """
    theirs = who.dropna()
    if not len(theirs) or (known.cells.of(theirs) >= 0).any():
        return known
    said = f"None of {words.plural(len(theirs), 'customer id')} of the {table} is in the customers table"
    if len(known.cells.cell):
        said += f" ({table}: {theirs.iloc[0]!r}, customers: {known.cells.cell.index[0]!r})"
    said += (
        ". Map the column that holds the same ids in all tables, such as columns='theirs:customer_id' in cxkit.read."
    )
    if known.chosen:
        raise DataError(f"weight_by: {said[0].lower()}{said[1:]}")
    why[part] = said
    return None


@dataclass(frozen=True)
class _Groups:
    """Promoters, passives and detractors of each cell, in rows; the last row holds answers of unknown customers.

    `each` has the same counts by customer, `cell` the row each customer stands in. Answers without a customer come one by
    one in `alone`, a row of `each` that is no customer. `who` names the customers, where the answers do.
    """

    counts: np.ndarray
    said: list[str]
    each: np.ndarray
    cell: np.ndarray
    alone: np.ndarray
    who: pd.Series | None = None

    def spread(self, weight: np.ndarray, values: np.ndarray) -> float:
        """Sum over customers of the square of their weighted values; `values` has a row a cell or one for all."""
        values = np.broadcast_to(values, (len(self.counts), 3))[self.cell]
        w = weight[self.cell]
        together = (w * (self.each * values).sum(axis=1)) ** 2
        apart = w**2 * (self.each * values**2).sum(axis=1)
        return float(np.where(self.alone, apart, together).sum())


def score_table(
    responses: Any,
    question: Question,
    period: Period | None,
    known: Known | None,
    people: pd.DataFrame | None,
    confidence: float,
    why: dict[str, str],
) -> pd.DataFrame | None:
    """NPS as answered, and weighted to all who were invited and to all customers."""
    if responses is None:
        why["score"] = "No answers were given, so there is no score to weight."
        return None
    groups = _groups(between(responses, period), question, known)
    counts = groups.counts
    method = "; ".join([question.rule.words, "score interval (Tango)", *groups.said])
    rows = [_row(RAW, groups, np.ones(len(counts)), confidence, method)]
    if known is None:
        why["weighting"] = why["who"]
    elif groups.who is None or matched(known, groups.who, "answers", why, "weighting") is not None:
        cell_table = known.cells.table
        bases = {"all invited": _invited(known, people), "all customers": cell_table["customers"].to_numpy(float)}
        for name, base in bases.items():
            try:
                factor, said = _weights(known, counts[:-1].sum(axis=1), base)
            except DataError as error:
                if known.chosen:
                    raise
                why["weighting"] = f"The score was not weighted to {name}: {error}"
                continue
            aside = (
                [f"{words.count(counts[-1].sum())} answers of unknown customers set aside"] if counts[-1].sum() else []
            )
            label = f"weighted to {name} by {words.listing([name.replace('_', ' ') for name in known.weight_by])}"
            rows.append(_row(label, groups, np.append(factor, 0.0), confidence, "; ".join([method, *aside, *said])))
    return _table(rows, confidence)


def _groups(responses: Any, question: Question, known: Known | None) -> _Groups:
    """Count promoters, passives and detractors by customer where the answers are, then by cell."""
    answers = answers_of(responses, question)
    said: list[str] = []
    answers = sift(frames.count_by(answers.frame, [*answers.own, VALUE], **{ROWS: nw.len()}), answers, said)[1]
    rule, frame = question.rule, answers.counted()
    inside = {
        f"_cx_{name}": ((nw.col(VALUE) >= ends[0]) & (nw.col(VALUE) <= ends[1])).cast(nw.Int64)
        for name, ends in (("plus", rule.plus), ("minus", rule.minus))
    }
    frame, sums_of = frame.with_columns(**inside), {name: nw.col(f"_cx_{name}").sum() for name in ("plus", "minus")}
    customer = question.customer if question.customer in frames.column_names(frame) else ""
    size = len(known.cells.table) if known else 0
    if not customer:
        sums = _three(frames.count_by(frame, [], n=nw.len(), **sums_of).fillna(0))
        counts = np.vstack([np.zeros((size, 3)), sums])
        return _Groups(counts, said, sums, np.array([size]), np.ones(1, dtype=bool))
    sums = frames.count_by(frame.with_columns(**{WHO: nw.col(customer)}), [WHO], n=nw.len(), **sums_of)
    cell = known.cells.of(sums[WHO]) if known else np.zeros(len(sums), dtype=int)
    cell = np.where(cell < 0, size, cell)
    each = _three(sums)
    counts = np.column_stack([np.bincount(cell, column, size + 1) for column in each.T])
    alone = sums[WHO].isna().to_numpy() if question.cluster else np.ones(len(sums), dtype=bool)
    return _Groups(counts, said, each, cell, alone, sums[WHO])


def _three(sums: pd.DataFrame) -> np.ndarray:
    """Promoters, passives, detractors."""
    plus, minus = sums["plus"].to_numpy(dtype=float), sums["minus"].to_numpy(dtype=float)
    return np.column_stack([plus, sums["n"].to_numpy(dtype=float) - plus - minus, minus])


def _invited(known: Known, people: pd.DataFrame) -> np.ndarray:
    """Invitations of each cell."""
    asked, cell = people["v0"].to_numpy(dtype=float), people["cell"].to_numpy()
    return np.bincount(cell[cell >= 0], asked[cell >= 0], len(known.cells.table))


def _weights(known: Known, answers: np.ndarray, base: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """The weight of one answer of each cell, by raking on all columns together."""
    groups = [pd.factorize(known.cells.table[name].fillna(UNSTATED))[0] for name in known.weight_by]
    rows, kept = _within_reach(groups, answers, base)
    factor = np.zeros(len(answers))
    if not rows.any():
        raise DataError("no group of customers has both invitations and answers.")
    codes, totals = [], []
    for group in groups:
        there, code = np.unique(group[rows], return_inverse=True)
        codes.append(code)
        totals.append(np.bincount(group, kept)[there])
    found = rake_cells(answers[rows], codes, totals)
    if not found.met:
        raise DataError(
            f"the answers cannot be weighted to {words.listing(list(known.weight_by))} together: some groups overlap too "
            "little. Name fewer columns with weight_by=."
        )
    factor[rows] = found.factor
    lost = 1 - kept.sum() / base.sum()
    said = f"{words.percent(lost, 1)} of them belong to groups without any answer, for which no weight can speak"
    return factor, [said] if lost > 0 else []


def _within_reach(groups: list[np.ndarray], answers: np.ndarray, base: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cells whose answers can be weighted, and the totals without groups that nobody answered for."""
    while True:
        rows = answers > 0
        for group in groups:
            rows &= np.bincount(group, base)[group] > 0
        keep = np.ones(len(base), dtype=bool)
        for group in groups:
            keep &= np.bincount(group, np.where(rows, answers, 0.0))[group] > 0
        if not (base[~keep] > 0).any():
            return rows, base
        base = np.where(keep, base, 0.0)


_VALUES = np.array([1.0, 0.0, -1.0])


def _row(label: str, groups: _Groups, weight: np.ndarray, confidence: float, method: str) -> dict:
    """One line: the score of weighted counts, with limits on their effective number."""
    counts = groups.counts
    n = counts.sum(axis=1)
    used = n[weight > 0].sum()
    row = {"weighting": label, "n": int(used), "shift": np.nan, "shift_low": np.nan, "shift_high": np.nan}
    if not used:
        return row | {"estimate": np.nan, "low": np.nan, "high": np.nan, "method": method}
    parts = weight @ counts
    sums = np.array([parts.sum(), parts @ _VALUES, parts @ np.abs(_VALUES)])
    ww, ss = groups.spread(weight, np.ones(3)), groups.spread(weight, _VALUES)
    ws = (groups.spread(weight, 1 + _VALUES) - ww - ss) / 2  # (w + s)^2 = w^2 + 2ws + s^2
    worth = float(effective_n(used, sums, np.array([ww, ws, ss])))
    low, high = nps_interval(*(parts * worth / sums[0]), confidence=confidence)
    score = sums[1] / sums[0]
    row |= {"estimate": 100 * score, "low": 100 * float(low), "high": 100 * float(high)}
    if label != RAW:
        row |= _shift(groups, weight, score, confidence)
        method = method.replace("; ", f"; weighted (effective n {words.count(worth)}); ", 1)
    return row | {"method": method}


def _shift(groups: _Groups, weight: np.ndarray, score: float, confidence: float) -> dict:
    """Weighted minus raw. Both come from the same answers, so what each customer adds to the difference is summed up."""
    whole = groups.counts
    n, w = whole.sum(), (weight * whole.sum(axis=1)).sum()
    raw = (whole * _VALUES).sum() / n
    adds = weight[:, None] * (_VALUES - score) / w - (_VALUES - raw) / n
    reach = critical_value(confidence) * np.sqrt(groups.spread(np.ones(len(whole)), adds))
    shift = score - raw
    return {"shift": 100 * shift, "shift_low": 100 * (shift - reach), "shift_high": 100 * (shift + reach)}


def _table(rows: list[dict], confidence: float) -> pd.DataFrame:
    keys = pd.DataFrame({"weighting": [row["weighting"] for row in rows]}).astype("str")
    values = {name: [row[name] for row in rows] for name in ("n", "estimate", "low", "high", "method")}
    table = frames.estimate_table(keys, ["weighting"], metric="nps", unit="points", confidence=confidence, **values)
    return table.assign(**{name: [float(row[name]) for row in rows] for name in ("shift", "shift_low", "shift_high")})
