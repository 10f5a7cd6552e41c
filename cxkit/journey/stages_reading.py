"""Read an intended journey from TOML, and tell all mistakes of a file at once."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from cxkit import scales, words
from cxkit.errors import UsageError, suggest
from cxkit.journey.stages import Journey, Opportunity, Stage
from cxkit.toml import Toml, read_toml

#: Larger files are something else.
LIMIT_BYTES = 2_000_000

_TEXTS = ("name", "scenario", "expects")
_LISTS = ("stage", "opportunity")
_STAGE = ("name", "touchpoints", "owner", "goal", "goal_scale", "side", "next")
_OPPORTUNITY = tuple(field.name for field in fields(Opportunity))


def read_journey(path: str | os.PathLike[str] = "") -> Journey | None:
    """Which stages does a journey have, with which touchpoints, owners, goals and ideas?

    Parameters
    ----------
    path : str or path
        A TOML file with one ``[[stage]]`` a stage, in order, and ``[[opportunity]]`` entries. ``"sample:journey"`` is the
        example of the fictional company. Empty: no file.

    Returns
    -------
    Journey or None
        None without a file: then `propose_stages` finds stages from the events.

    Raises
    ------
    UsageError
        If the file cannot be read, or with all its mistakes at once: no stage, a stage without a name or touchpoints, a
        touchpoint in two stages, a goal without its scale or outside it, an unknown name in ``next``, unknown keys.

    Notes
    -----
    The file may begin with ``name``, ``scenario`` and ``expects``. A stage has ``name`` and ``touchpoints``; it may have
    ``owner``, ``goal`` with ``goal_scale`` ("0-10", "1-5", "1-7", "-2..2"; the highest is best), ``side = true`` for a
    stage beside the way such as help, and ``next``, the stages or touchpoints that may follow (unless said, the next
    stage on the way). A goal is brought to -2..+2 by ``4 (goal - lowest) / (highest - lowest) - 2``. An opportunity has
    ``idea`` and ``stage`` or ``touchpoint``; it may have ``owner``, ``due`` (a date) and ``target``. **When not to use
    it**: stages that nobody in the company knows are no help; write down the ones people speak of.

    Examples
    --------
    >>> journey = read_journey("sample:journey")
    >>> [stage.name for stage in journey.main]
    ['discover', 'choose', 'order', 'receive', 'use']
    >>> journey.stage("receive").goal_text
    '8 on 0-10'
    """
    if not str(path).strip():
        return None
    toml = read_toml(path, "journey", "the stages", LIMIT_BYTES, "journey")
    mistakes = _unknown(toml.values, (*_TEXTS, *_LISTS))
    texts = {key: _text(toml.values, key, mistakes) for key in _TEXTS}
    entries = {key: _entries(toml, key, mistakes) for key in _LISTS}
    stages = [_stage(label, entry, mistakes) for label, entry in entries["stage"]]
    if not entries["stage"] and not any("'stage'" in text for text in mistakes):
        mistakes.append("there is no stage. Write [[stage]] with a name and touchpoints for each, in order.")
    mistakes += _together(stages)
    ideas = [_opportunity(label, entry, stages, mistakes) for label, entry in entries["opportunity"]]
    if mistakes:
        listed = "".join(f"\n- {text}" for text in mistakes)
        raise UsageError(f"journey: {words.plural(len(mistakes), 'mistake')} in {toml.name}.{listed}")
    return Journey(**texts, stages=tuple(stages), opportunities=tuple(ideas), source=toml.name)


def _unknown(entry: Mapping[str, Any], known: tuple[str, ...], label: str = "") -> list[str]:
    return [f"{label}there is no key '{key}'.{suggest(key, known)}" for key in entry if key not in known]


def _entries(toml: Toml, key: str, mistakes: list[str]) -> list[tuple[str, Mapping[str, Any]]]:
    """Entries with a label for messages."""
    held = toml.values.get(key, [])
    if not isinstance(held, list) or not all(isinstance(entry, Mapping) for entry in held):
        mistakes.append(f"'{key}' is no list of entries. Head each entry with [[{key}]], in double brackets.")
        return []
    labelled = []
    for at, entry in enumerate(held, 1):
        called = entry.get("name" if key == "stage" else "idea")
        named = f" ({' '.join(called.split())[:40]!r})" if isinstance(called, str) and called.strip() else ""
        labelled.append((f"{toml.place(key, at - 1)}{key} {at}{named}: ", entry))
    return labelled


def _text(entry: Mapping[str, Any], key: str, mistakes: list[str], label: str = "", needed: bool = False) -> str:
    """A text without needless spaces."""
    value = entry.get(key, "")
    if not isinstance(value, str):
        mistakes.append(f"{label}'{key}' is {value!r}. Put it in quotes.")
        return ""
    if needed and key not in entry:
        mistakes.append(f"{label}'{key}' is missing.")
    elif needed and not value.strip():
        mistakes.append(f"{label}'{key}' is empty.")
    return " ".join(value.split())


def _names(entry: Mapping[str, Any], key: str, mistakes: list[str], label: str) -> tuple[str, ...]:
    """A list of names, as they are in the data: nothing is trimmed."""
    held = entry.get(key, [])
    if not isinstance(held, list) or not all(isinstance(name, str) and name.strip() for name in held):
        mistakes.append(f'{label}\'{key}\' is no list of names. Write {key} = ["one", "another"].')
        return ()
    for name, n in Counter(held).items():
        if n > 1:
            mistakes.append(f"{label}'{key}' names {name!r} {n} times. Keep one.")
    return tuple(held)


def _stage(label: str, entry: Mapping[str, Any], mistakes: list[str]) -> Stage:
    """One stage; what is wrong with it is added to the mistakes."""
    mistakes += _unknown(entry, _STAGE, label)
    name = _text(entry, "name", mistakes, label, needed=True)
    before = len(mistakes)
    touchpoints = _names(entry, "touchpoints", mistakes, label)
    if not touchpoints and len(mistakes) == before:
        mistakes.append(f"{label}'touchpoints' is {'empty' if 'touchpoints' in entry else 'missing'}.")
    side = entry.get("side", False)
    if not isinstance(side, bool):
        mistakes.append(f"{label}'side' is {side!r}. Write true or false.")
    goal, goal_text = _goal(label, entry, mistakes)
    return Stage(
        name=name,
        touchpoints=touchpoints,
        owner=_text(entry, "owner", mistakes, label),
        goal=goal,
        goal_text=goal_text,
        side=side is True,
        next=_names(entry, "next", mistakes, label),
    )


def _goal(label: str, entry: Mapping[str, Any], mistakes: list[str]) -> tuple[float | None, str]:
    """A goal from -2 to +2, and as it was written."""
    goal, scale = entry.get("goal"), entry.get("goal_scale")
    if goal is None and scale is None:
        return None, ""
    if goal is None:
        mistakes.append(f"{label}'goal_scale' is there, but no 'goal'.")
        return None, ""
    if isinstance(goal, bool) or not isinstance(goal, (int, float)) or not math.isfinite(goal):
        mistakes.append(f"{label}'goal' is {goal!r}. Write a number.")
        return None, ""
    if scale is None:
        mistakes.append(f"{label}'goal_scale' is missing. Write the lowest and the highest answer, such as \"1-5\".")
        return None, ""
    try:
        low, high = scales.ends(scale)
    except UsageError as error:
        mistakes.append(f"{label}'goal_scale': {str(error).removeprefix('scale: ')}")
        return None, ""
    if not low <= goal <= high:
        mistakes.append(f"{label}'goal' is {goal:g}, but its scale runs from {low} to {high}.")
        return None, ""
    written = f"{low}-{high}" if low >= 0 else f"{low} to +{high}".replace("-", words.MINUS)
    return 4 * (goal - low) / (high - low) - 2, f"{goal:g} on {written}"


def _together(stages: list[Stage]) -> list[str]:
    """What is wrong between the stages: names twice, touchpoints in two of them, unknown names in `next`."""
    wrong = [
        f"the stage {name!r} is there {n} times. Name them apart."
        for name, n in Counter(stage.name for stage in stages if stage.name).items()
        if n > 1
    ]
    holders: dict[str, list[str]] = {}
    for stage in stages:
        for touchpoint in dict.fromkeys(stage.touchpoints):
            holders.setdefault(touchpoint, []).append(stage.name)
    for touchpoint, names in holders.items():
        if len(names) > 1:
            listed = words.listing([repr(name) for name in names])
            wrong.append(f"the touchpoint {touchpoint!r} is in the stages {listed}. Keep it in one.")
    known = [*(stage.name for stage in stages), *holders]
    for stage in stages:
        for name in stage.next:
            if name not in known:
                near = suggest(name, known)
                wrong.append(
                    f"stage {stage.name!r}: 'next' names {name!r}, which is no stage or touchpoint here.{near}"
                )
    if stages and all(stage.side for stage in stages):
        wrong.append("every stage is a side stage. Leave out side = true where the stage is on the way.")
    return wrong


def _opportunity(label: str, entry: Mapping[str, Any], stages: list[Stage], mistakes: list[str]) -> Opportunity:
    """One idea; what is wrong with it is added to the mistakes."""
    mistakes += _unknown(entry, _OPPORTUNITY, label)
    idea = _text(entry, "idea", mistakes, label, needed=True)
    stage, touchpoint = (_text(entry, key, mistakes, label) for key in ("stage", "touchpoint"))
    holders = {name: held.name for held in stages for name in held.touchpoints}
    names = [held.name for held in stages]
    if not stage and not touchpoint:
        mistakes.append(f"{label}neither 'stage' nor 'touchpoint' says where it belongs.")
    if stage and stage not in names:
        mistakes.append(f"{label}there is no stage {stage!r}.{suggest(stage, names)}")
    if touchpoint and touchpoint not in holders:
        mistakes.append(f"{label}no stage has the touchpoint {touchpoint!r}.{suggest(touchpoint, holders)}")
    elif touchpoint and stage in names and holders[touchpoint] != stage:
        mistakes.append(f"{label}the touchpoint {touchpoint!r} is in the stage {holders[touchpoint]!r}, not {stage!r}.")
    due = entry.get("due")
    if isinstance(due, str):
        due = _date(due)
    if isinstance(due, datetime):
        due = due.date()
    if entry.get("due", "") != "" and not isinstance(due, date):
        mistakes.append(f"{label}'due' is {entry['due']!r}. Write a date, such as 2026-12-31.")
    return Opportunity(
        stage=stage or holders.get(touchpoint, ""),
        touchpoint=touchpoint,
        idea=idea,
        owner=_text(entry, "owner", mistakes, label),
        due=due if isinstance(due, date) else None,
        target=_text(entry, "target", mistakes, label),
    )


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
