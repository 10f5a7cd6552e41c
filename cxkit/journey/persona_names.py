"""What personas have that others have not, and names made from it by rule."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxkit import words
from cxkit.journey.persona_features import OTHER, Told

#: A difference below so many standard deviations is not worth a name; lacks count less than what is there.
NAMED, LACK = 0.3, 0.6

_UNITS = {
    "amount": {"touches": "touches", "sessions": "sessions", "days": "days"},
    "outcome": {"goal": "share", "value": "value"},
}

#: What several phrases may begin with and is then said once.
_BEGINS = (
    *("heavy on ", "light on ", "hardly any ", "no "),
    *(f"{often} via " for often in ("mostly", "often", "seldom", "hardly ever", "never")),
)

_AMOUNTS = {
    ("touches", True): "many touches", ("touches", False): "few touches",
    ("sessions", True): "come often", ("sessions", False): "come seldom",
    ("days", True): "over a long time", ("days", False): "within a short time",
}  # fmt: skip


def features_of(known: Told, of: np.ndarray, count: int) -> pd.DataFrame:
    """Means of each persona and of all others, and their difference in standard deviations."""
    x = known.values
    there = ~np.isnan(x)
    filled = np.where(there, x, 0.0)
    sums, sizes = (
        np.stack([np.bincount(of, weights=v, minlength=count) for v in values.T]) for values in (filled, there)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums / sizes
        others = (sums.sum(axis=1, keepdims=True) - sums) / (sizes.sum(axis=1, keepdims=True) - sizes)
        whole = sums.sum(axis=1) / sizes.sum(axis=1)
        sd = np.sqrt((np.where(there, x - whole, 0.0) ** 2).sum(axis=0) / sizes.sum(axis=1))
        score = (mean - others) / sd[:, None]
    kinds = [kind for kind, _ in known.columns]
    names = [name for _, name in known.columns]
    units = [_UNITS.get(kind, {}).get(name, "share") for kind, name in known.columns]
    columns = len(names)
    return pd.DataFrame(
        {
            "persona": np.repeat(np.arange(1, count + 1), columns),
            "kind": kinds * count,
            "feature": names * count,
            "mean": mean.T.ravel(),
            "others": others.T.ravel(),
            "score": score.T.ravel(),
            "unit": units * count,
        }
    ).astype({"persona": "int64", "kind": "str", "feature": "str", "unit": "str"})


def names_of(features: pd.DataFrame, count: int, goal: str) -> list[str]:
    """A name for each persona: what sets it apart most, of different kinds; more of it until all names differ."""
    if count == 1:
        return ["All customers"]
    phrases = [_phrases(features[features["persona"] == number], goal) for number in range(1, count + 1)]
    taken = [2] * count
    for _ in range(4):
        names = [_said(one[:n]) for one, n in zip(phrases, taken, strict=True)]
        twice = [at for at, name in enumerate(names) if names.count(name) > 1]
        if not twice:
            return names
        for at in twice:
            taken[at] += 1
    return [f"{name} ({number})" if names.count(name) > 1 else name for number, name in enumerate(names, 1)]


def _said(phrases: list[str]) -> str:
    """Phrases in a row; what begins alike is said once: heavy on visit and order."""
    joined: dict[str, list[str]] = {}
    for phrase in phrases:
        begin = next((one for one in _BEGINS if phrase.startswith(one)), phrase)
        joined.setdefault(begin, []).append(phrase.removeprefix(begin))
    text = ", ".join(begin + words.listing([one for one in rest if one]) for begin, rest in joined.items())
    text = text or "like the average"
    return text[:1].upper() + text[1:]


def _phrases(rows: pd.DataFrame, goal: str) -> list[str]:
    """What sets a persona apart, the most striking first, one of each kind before a second of any."""
    weight = rows["score"].where(rows["score"] > 0, -LACK * rows["score"])
    rows = rows.assign(weight=weight)[
        (weight >= NAMED * LACK) & (rows["score"].abs() >= NAMED) & ~rows["feature"].isin([OTHER, goal])
    ]
    rows = rows.sort_values("weight", ascending=False, kind="stable")
    has = (rows["score"] > 0) & (rows["kind"] != "amount")
    if has.any():  # what a persona does says more than what it leaves
        rows = rows[has | rows["kind"].isin(["amount", "outcome"])]
    turn = rows.groupby("kind", sort=False).cumcount()
    rows = rows.assign(turn=turn).sort_values(["turn", "weight"], ascending=[True, False], kind="stable")
    said = [
        _phrase(*one, goal) for one in zip(rows["kind"], rows["feature"], rows["score"] > 0, rows["mean"], strict=True)
    ]
    return list(dict.fromkeys(said))


def _phrase(kind: str, feature: str, more: bool, mean: float, goal: str) -> str:
    if kind == "amount":
        return _AMOUNTS[feature, more]
    if kind == "outcome":
        return (
            f"{'high' if more else 'low'} value" if feature == "value" else f"{'' if more else 'seldom '}reach {goal}"
        )
    if kind == "channel":
        often = (
            "mostly"
            if mean >= 0.5
            else "often"
            if more
            else "seldom"
            if mean > 0.01
            else "hardly ever"
            if mean
            else "never"
        )
        return f"{often} via {feature}"
    return f"{'heavy on' if more else 'light on' if mean > 0.01 else 'hardly any' if mean else 'no'} {feature}"


def summaries_of(known: Told, of: np.ndarray, count: int, by: str) -> dict[str, object]:
    """Means of each persona, and its commonest touchpoints and channels."""
    kinds = np.array([kind for kind, _ in known.columns])
    names = [name for _, name in known.columns]

    def mean(kind: str, name: str) -> np.ndarray:
        at = [i for i in np.flatnonzero(kinds == kind) if names[i] == name]
        if not at:
            return np.full(count, np.nan)
        x = known.values[:, at[0]]
        there = ~np.isnan(x)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.bincount(of[there], weights=x[there], minlength=count) / np.bincount(of[there], minlength=count)

    def commonest(kind: str) -> list[str]:
        at = np.flatnonzero(kinds == kind)
        touches = known.values[:, at] * known.events[:, None]
        sums = (
            np.stack([np.bincount(of, weights=x, minlength=count) for x in touches.T])
            if at.size
            else np.zeros((0, count))
        )
        said = []
        for group in range(count):
            order = [
                i for i in np.argsort(-sums[:, group], kind="stable") if names[at[i]] != OTHER and sums[i, group] > 0
            ]
            whole = sums[:, group].sum()
            said.append(", ".join(f"{names[at[i]]} {words.percent(sums[i, group] / whole)}" for i in order[:3]))
        return said

    return {
        **{name: mean("amount", name) for name in ("touches", "sessions", "days")},
        "goal": mean("outcome", "goal"),
        "value": mean("outcome", "value"),
        "touchpoints": commonest(by),
        "channels": commonest("channel"),
    }
