"""What the map is drawn from: the tables of a journey map, checked, with their texts made fit for a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cxkit import words as house_words
from cxkit.charts.journey_map.language import WORDS, Numbers, as_date, known
from cxkit.charts.journey_map.measure import tidy
from cxkit.charts.scale import need_columns
from cxkit.charts.style import FEW
from cxkit.errors import DataError, UsageError, suggest

#: Columns of each table; those after the bar may be left out.
COLUMNS = {
    "stages": "stage | side moment slope low high slope_unit",
    "touchpoints": "stage action | share",
    "channels": "stage channel share |",
    "flow": "stage reached | of n left open share low high median_seconds side",
    "emotion": "curve stage n score low high |",
    "quotes": "stage text | score best alike n least most said ref mood",
    "pains": "stage pain customers | gap impact low high rank_low rank_high",
    "ideas": "stage idea | owner target due",
}
_TEXTS = {"action", "channel", "text", "ref", "pain", "idea", "owner", "target", "slope_unit"}
_YES_NO = {"side", "moment"}
_KEYS = {"stage", "of", "curve"}


@dataclass(frozen=True)
class Facts:
    """The tables and settings of one map.

    Attributes
    ----------
    stages, touchpoints, channels, flow, emotion, quotes, pains, ideas : DataFrame
        As the map gives them: every column there, texts tidied, stage names as they came.
    lens, rules : tuple
        (label, text) pairs, and sentences.
    goal, goals : float or None, mapping
        One goal, and those of single stages.
    scale : tuple
        Both ends of the score.
    window : float
        Seconds after the first touch in a stage in which the next one counts as reached from it; missing: not said.
    """

    stages: pd.DataFrame
    touchpoints: pd.DataFrame
    channels: pd.DataFrame
    flow: pd.DataFrame
    emotion: pd.DataFrame
    quotes: pd.DataFrame
    pains: pd.DataFrame
    ideas: pd.DataFrame
    lens: tuple[tuple[str, str], ...]
    rules: tuple[str, ...]
    goal: float | None
    goals: Mapping[str, float]
    scale: tuple[float, float]
    score_name: str
    change: Mapping[str, Any] | None
    worst: str
    unit: str
    proposed: bool
    say: Numbers
    confidence: float = 0.95
    window: float = float("nan")
    _rows: dict[str, dict[str, list[Any]]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def names(self) -> list[str]:
        """Stages in order, as the tables call them."""
        return list(self.stages.stage)

    @cached_property
    def words(self) -> dict[str, Any]:
        """The words of the map's language."""
        return WORDS[self.say.language]

    @cached_property
    def curves(self) -> list[str]:
        """The subject's curve first, then the comparison; none where there are no answers."""
        return list(dict.fromkeys(self.emotion.curve))

    @cached_property
    def scored(self) -> bool:
        """Whether any stage of the subject has a score."""
        return bool(self.curves) and bool((self.emotion.score.notna() & (self.emotion.curve == self.curves[0])).any())

    @cached_property
    def digits(self) -> int:
        """Decimals of a score: one, or none where the scale is a hundred long."""
        return 1 if self.scale[1] - self.scale[0] <= 20 else 0

    @cached_property
    def level(self) -> str:
        """What the intervals are called, such as "95 % interval"."""
        said = f"{100 * self.confidence:.6g}"
        said = said.replace(".", ",") + "-%" if self.say.language == "de" else house_words.percent(self.confidence)
        return self.words["interval"].format(level=said)

    @cached_property
    def focus(self) -> str:
        """The one stage in orange: the worst, or without any answers that with the largest loss; else none."""
        if self.worst or self.scored:
            return self.worst
        lost = self.flow[~self.flow.side & (self.flow.left > 0)]
        return str(lost.stage[lost.left.idxmax()]) if len(lost) else ""

    @cached_property
    def years(self) -> set[int]:
        """Years in which comments were made; where there is one only, the picture need not repeat it."""
        return {day.year for day in map(as_date, self.quotes.said) if day is not None}

    @cached_property
    def within(self) -> str:
        """How long customers had to come on, such as "within 30 d"; empty where the map does not say."""
        return self.words["within"].format(time=self.say.time(self.window)) if known(self.window) else ""

    def name(self, stage: str) -> str:
        """A stage's name in a sentence or a table."""
        return self.label(stage).replace("\u00ad", "")

    def label(self, stage: str) -> str:
        """A stage's name in a cell, with the places where it may be broken; "use" becomes "Use"."""
        return house_words.capital(tidy(stage, "–"))

    def rows(self, table: str, stage: str) -> list[Any]:
        """The rows of a table that belong to a stage, in order."""
        if table not in self._rows:
            found: dict[str, list[Any]] = {}
            for row in getattr(self, table).itertuples(index=False):
                found.setdefault(row.stage, []).append(row)
            self._rows[table] = found
        return self._rows[table].get(stage, [])

    def row(self, table: str, stage: str) -> Any:
        """The first row of a stage, or None."""
        return next(iter(self.rows(table, stage)), None)

    def score(self, stage: str, curve: int = 0) -> Any:
        """The score of a stage on one of the curves, or None where there is no row."""
        if curve >= len(self.curves):
            return None
        return next((row for row in self.rows("emotion", stage) if row.curve == self.curves[curve]), None)

    def has_score(self, stage: str, curve: int = 0) -> bool:
        """Whether there are answers about a stage."""
        row = self.score(stage, curve)
        return row is not None and known(row.score)

    def goal_of(self, stage: str) -> float | None:
        """The goal of a stage: its own, else that of the journey."""
        goal = self.goals.get(stage, self.goal)
        return float(goal) if known(goal) else None

    def said(self, value: float, sign: bool | None = None) -> str:
        """A score in words, signed where the scale goes below zero."""
        return self.say.score(value, self.digits, self.scale[0] < 0 if sign is None else sign)

    def gap(self, value: float) -> str:
        """How far a score lies below its goal, in words."""
        return self.say.score(value, self.digits)

    def limits(self, low: float, high: float) -> str:
        """The limits of a score in words."""
        return self.say.limits(low, high, self.digits, self.scale[0] < 0)

    def few(self, row: Any) -> bool:
        """Whether a score rests on fewer answers than a reader should trust."""
        return bool(row.n < FEW)


def facts_of(map: Any) -> Facts:
    """Read a journey map, whatever its class, and check that its parts belong together.

    Raises
    ------
    UsageError
        If a part or a column is missing, or a table names a stage the map does not have.
    DataError
        If the map has no stages, or a stage twice.
    """
    who = "plot_journey_map"
    lacking = [name for name in (*COLUMNS, "lens", "rules", "scale") if not hasattr(map, name)]
    if lacking:
        raise UsageError(f"{who}: expected a journey map, got {type(map).__name__} without '{lacking[0]}'.")
    tables = {name: _table(getattr(map, name), name, who) for name in COLUMNS}
    _check_stages(tables, who)
    low, high = (float(v) for v in map.scale)
    if not low < high:
        raise UsageError(f"{who}: scale must be (low, high) with low < high, got ({low:g}, {high:g}).")
    worst = str(getattr(map, "worst", "") or "")
    names = list(tables["stages"].stage)
    if worst and worst not in names:
        raise UsageError(f"{who}: worst stage '{worst}' is not a stage of the map.{suggest(worst, names)}")
    language = str(getattr(map, "language", "en") or "en")
    say = Numbers(language)
    unit = tidy(getattr(map, "unit", "") or "customers")
    return Facts(
        **tables,
        lens=tuple((tidy(head), tidy(text)) for head, text in map.lens if tidy(text)),
        rules=tuple(filter(None, (tidy(rule) for rule in map.rules))),
        goal=getattr(map, "goal", None),
        goals={str(k): v for k, v in (getattr(map, "goals", None) or {}).items()},
        scale=(low, high),
        score_name=tidy(getattr(map, "score_name", "")) or WORDS[language]["emotion"][0],
        change=getattr(map, "change", None) or None,
        worst=worst,
        unit=WORDS[language]["units"].get(unit, unit),
        proposed=bool(getattr(map, "proposed", False)),
        say=say,
        confidence=float(getattr(map, "confidence", 0.95) or 0.95),
        window=float(getattr(map, "window_seconds", float("nan"))),
    )


def _table(table: Any, name: str, who: str) -> pd.DataFrame:
    """One table with all its columns, whatever was left out missing; texts tidied."""
    needed, optional = (part.split() for part in COLUMNS[name].split("|"))
    if table is None:
        table = pd.DataFrame(columns=[*needed, *optional])
    table = need_columns(table, needed, f"{who}, {name}").reset_index(drop=True)
    done = {}
    for column in (*needed, *optional):
        values = table[column] if column in table else pd.Series([None] * len(table), dtype=object)
        if column in _TEXTS:
            done[column] = [tidy(value) for value in values]
        elif column in _KEYS:
            done[column] = ["" if value is None or value != value else str(value) for value in values]
        elif column in _YES_NO:
            done[column] = [bool(value) and value == value for value in values]
        elif column in ("said", "due"):
            done[column] = list(values)
        else:
            done[column] = pd.to_numeric(values, errors="coerce").astype(float).replace([np.inf, -np.inf], np.nan)
    return pd.DataFrame(done)


def _check_stages(tables: dict[str, pd.DataFrame], who: str) -> None:
    names = list(tables["stages"].stage)
    if not names:
        raise DataError(f"{who}: the map has no stages. Give it a stages table with at least one row.")
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise DataError(f"{who}: stage '{twice[0]}' stands twice in the stages table. Names must differ.")
    for name, table in tables.items():
        strange = [stage for stage in table.stage if stage not in names]
        if strange:
            raise UsageError(
                f"{who}: the {name} table names the stage '{strange[0]}', which the stages table does not have."
                f"{suggest(strange[0], names)}"
            )
    curves = list(dict.fromkeys(tables["emotion"].curve))
    if len(curves) > 2:
        raise UsageError(f"{who}: the emotion table has {len(curves)} curves; the map shows a subject and one other.")
