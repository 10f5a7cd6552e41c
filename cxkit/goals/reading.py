"""Read targets and benchmarks from TOML, and tell all mistakes of a file at once."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from cxkit import scales, words
from cxkit.errors import UsageError, choice, suggest
from cxkit.goals.shape import KINDS, Goal, Goals
from cxkit.toml import Toml, read_toml

#: Units by metric, the usual one first; metrics not named here state theirs.
UNITS = {"nps": ("points",), "csat": ("share", "points", "rating"), "ces": ("share", "rating")}
ALL_UNITS = ("points", "share", "rating")
#: Larger files are something else.
LIMIT_BYTES = 64_000

_NEEDED = ("name", "value", "source", "year")
_TEXTS = ("name", "metric", "unit", "source", "scale", "mode", "country", "note")


def read_goals(path: str | os.PathLike[str] = "", metric: str = "nps") -> Goals:
    """Which targets and benchmarks is a score held against?

    Parameters
    ----------
    path : str or path
        A TOML file with ``[[target]]`` and ``[[benchmark]]`` entries. ``"sample:goals"`` is the example of the fictional
        company. Empty: no goals.
    metric : str, default "nps"
        Only goals of this metric are returned; empty: all of them. Every entry is checked in any case.

    Returns
    -------
    Goals
        Targets first, then benchmarks, each group in the order of the file.

    Raises
    ------
    UsageError
        If the file cannot be read, or with all its mistakes at once: an entry that lacks its name, value, source or
        year, unknown keys, a value outside its unit, a year that is none, a scale that is none, the same name twice.

    Notes
    -----
    Each entry has ``name``, ``value``, ``source`` and ``year``; it may have ``metric`` (nps unless said), ``unit``
    ("points", "share" 0..1 or "rating"; the metric's usual one unless said), ``scale``, ``mode``, ``country`` and
    ``note``. **When not to use it**: to compare with a figure whose source and year nobody knows.

    Examples
    --------
    >>> for goal in read_goals("sample:goals"):
    ...     print(goal.kind, goal.value, goal.year)
    target 40.0 2026
    benchmark 34.0 2025
    benchmark 46.0 2024
    """
    if not str(path).strip():
        return Goals()
    toml = read_toml(path, "goals", "targets and benchmarks", LIMIT_BYTES, "goals")
    entries, mistakes = _entries(toml)
    goals = []
    for label, kind, entry in entries:
        wrong, made = _goal(kind, entry)
        mistakes += [f"{label}: {text}" for text in wrong]
        goals += [made] if made else []
    mistakes += _twice(goals)
    if mistakes:
        listed = "".join(f"\n- {text}" for text in mistakes)
        raise UsageError(f"goals: {words.plural(len(mistakes), 'mistake')} in {toml.name}.{listed}")
    wanted = metric.strip().casefold()
    chosen = [goal for goal in goals if not wanted or goal.metric == wanted]
    return Goals(tuple(sorted(chosen, key=lambda goal: KINDS.index(goal.kind))), toml.name)


def _entries(toml: Toml) -> tuple[list[tuple[str, str, Mapping[str, Any]]], list[str]]:
    """Entries with a label for messages, and what stands where no entry can."""
    entries, mistakes = [], []
    for key, held in toml.values.items():
        if key not in KINDS:
            mistakes.append(f"'{key}' is neither [[target]] nor [[benchmark]].{suggest(key, KINDS)}")
            continue
        if isinstance(held, Mapping) or not isinstance(held, list) or not all(isinstance(e, Mapping) for e in held):
            mistakes.append(f"'{key}' is no list of entries. Head each entry with [[{key}]], in double brackets.")
            continue
        for at, entry in enumerate(held, 1):
            called = entry.get("name")
            label = f"{toml.place(key, at - 1)}{key} {at}" + (
                f" ({called!r})" if isinstance(called, str) and called.strip() else ""
            )
            entries.append((label, key, entry))
    return entries, mistakes


def _goal(kind: str, entry: Mapping[str, Any]) -> tuple[list[str], Goal | None]:
    """One entry, or everything that is wrong with it."""
    keys = [field.name for field in fields(Goal) if field.name != "kind"]
    wrong = [f"there is no key '{key}'.{suggest(key, keys)}" for key in entry if key not in keys]
    wrong += [f"'{key}' is missing." for key in _NEEDED if key not in entry]
    texts = {}
    for key in _TEXTS:
        value = entry.get(key, "")
        if not isinstance(value, str):
            wrong.append(f"'{key}' is {value!r}. Put it in quotes.")
        elif key in entry and key in _NEEDED and not value.strip():
            wrong.append(f"'{key}' is empty.")
        texts[key] = " ".join(str(value).split())
    metric = texts["metric"].casefold() or "nps"
    unit, problem = _unit(metric, texts["unit"])
    wrong += problem + _value(entry, unit) + _year(entry) + _scale(texts)
    if wrong:
        return wrong, None
    value, year = float(entry["value"]), entry["year"]
    return [], Goal(**{**texts, "kind": kind, "metric": metric, "unit": unit, "value": value, "year": year})


def _unit(metric: str, unit: str) -> tuple[str, list[str]]:
    allowed = UNITS.get(metric, ALL_UNITS)
    if not unit:
        if metric in UNITS:
            return allowed[0], []
        return "", [f"'unit' is missing: the metric '{metric}' has no usual one.{suggest('', allowed)}"]
    try:
        return choice(unit, allowed, "'unit'"), []
    except UsageError as error:
        return "", [str(error)]


def _value(entry: Mapping[str, Any], unit: str) -> list[str]:
    if "value" not in entry:
        return []
    value = entry["value"]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value or abs(value) > 1e9:
        return [f"'value' is {value!r}. Write a number."]
    if unit == "points" and not -100 <= value <= 100:
        return [f"'value' is {value:g}, but points lie between -100 and 100."]
    if unit == "share" and not 0 <= value <= 1:
        near = f" Did you mean {value / 100:g}?" if 1 < value <= 100 else ""
        return [f"'value' is {value:g}, but a share lies between 0 and 1.{near}"]
    return []


def _year(entry: Mapping[str, Any]) -> list[str]:
    year = entry.get("year", 2000)
    if isinstance(year, bool) or not isinstance(year, int) or not 1950 <= year <= 2100:
        return [f"'year' is {year!r}. Write the year with four digits, such as 2026."]
    return []


def _scale(texts: dict[str, str]) -> list[str]:
    """Bring the scale into the form lowest-highest."""
    if not texts["scale"]:
        return []
    try:
        texts["scale"] = "-".join(str(end) for end in scales.ends(texts["scale"]))
    except UsageError as error:
        return [f"'scale': {str(error).removeprefix('scale: ')}"]
    return []


def _twice(goals: Sequence[Goal]) -> list[str]:
    keys = [(goal.kind, goal.metric, goal.name.casefold()) for goal in goals]
    names = {key: goal.name for key, goal in zip(keys, goals, strict=True)}
    return [
        f"{key[0]} {names[key]!r} is there {keys.count(key)} times. Keep one, or name them apart."
        for key in dict.fromkeys(keys)
        if keys.count(key) > 1
    ]
