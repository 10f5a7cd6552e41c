"""The parts of a change, in the order they are drawn, and the sentence they support."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cxkit import words
from cxkit.charts.labels import plain
from cxkit.charts.titles import apart
from cxkit.stats.compare import adjust, adjusted_level, limits_at, verdict, verdicts

#: What a part is: a segment's own score, who answered, or the sum of small parts.
RATE, MIX, REST = "rate", "mix", "rest"

#: What the mix is called.
WHO = "who answered"


@dataclass(frozen=True)
class Part:
    """One step from the earlier to the later total, in points.

    `low` and `high` allow for all parts that were looked at, so they agree with the verdict. `start` is where the step
    begins. `stated` is whether it may be named in a title. `share` is the segment's mean share of the answers, and with it
    what the part would be if all segments had moved alike.
    """

    kind: str
    name: str
    detail: str
    estimate: float
    low: float
    high: float
    verdict: str
    start: float = 0.0
    stated: bool = True
    share: float = 0.0

    def excess(self, moved: float) -> float:
        """How much more of a change it holds than its share of the answers, in the part's own direction."""
        more = self.estimate - self.share * moved
        return more if self.estimate > 0 else -more


@dataclass(frozen=True)
class Block:
    """The steps of one decomposition, the largest in the direction of the change first."""

    by: str
    parts: list[Part]


@dataclass(frozen=True)
class Level:
    """A total with its limits and n."""

    name: str
    n: int
    estimate: float
    low: float
    high: float


def judged_before(decomposition: Any) -> bool:
    """Whether verdicts and limits were settled elsewhere, with the findings of a page."""
    return "rate_p_adjusted" in decomposition.segments or "p_adjusted" in decomposition.totals


def judged(decompositions: Sequence[Any]) -> pd.DataFrame:
    """Every part of all decompositions, with the limits and verdicts that picture and table show.

    What was judged elsewhere stays as it is; what was not looked at there has no verdict. The rest is adjusted for all
    parts of all decompositions (Holm), and its limits are widened so that they agree.
    """
    frames = [_lines(each).assign(block=k, settled=judged_before(each)) for k, each in enumerate(decompositions)]
    every = pd.concat(frames, ignore_index=True)
    settled = every.settled.to_numpy(bool)
    raised = every.p_adjusted.to_numpy(float)
    own = np.where(settled, np.nan, every.p.to_numpy(float))
    confidence = decompositions[0].confidence
    adjusted = adjust(own)
    low, high = limits_at(every.estimate, every.low, every.high, confidence, adjusted_level(own, adjusted, confidence))
    raised = np.where(settled, raised, adjusted)
    return every.assign(
        low=np.where(settled, every.low, low),
        high=np.where(settled, every.high, high),
        p_adjusted=raised,
        verdict=np.where(settled & np.isnan(raised), "", verdicts(raised)),
    )


def blocks_of(decompositions: Sequence[Any], every: pd.DataFrame, most: int) -> list[Block]:
    """The steps of each decomposition, of the parts that `judged` returned."""
    out = []
    for k, each in enumerate(decompositions):
        totals = each.totals.set_index("part")
        lines = _few(every[every.block == k], most)
        way = -1 if totals.estimate["change"] < 0 else 1
        last = (lines.kind == REST).to_numpy()
        lines = lines.iloc[np.lexsort((-way * lines.estimate.to_numpy(), last))]
        starts = totals.estimate["before"] + np.concatenate([[0.0], lines.estimate.cumsum().to_numpy()[:-1]])
        columns = ["kind", "name", "detail", "estimate", "low", "high", "verdict"]
        parts = [
            Part(*row, start=float(start), stated=bool(stated), share=float(share))
            for row, start, stated, share in zip(
                lines[columns].itertuples(index=False, name=None), starts, lines.stated, lines.share, strict=True
            )
        ]
        out.append(Block(_column(each.by), parts))
    return out


def level_of(decomposition: Any, part: str, name: str) -> Level:
    """The total before or now."""
    row = decomposition.totals.set_index("part").loc[part]
    return Level(plain(name), int(row.n), float(row.estimate), float(row.low), float(row.high))


def _column(by: Sequence[str]) -> str:
    return words.listing([plain(name).replace("_", " ") for name in by])


def _lines(each: Any) -> pd.DataFrame:
    """Every segment's own score, and the mix of all together."""
    table, by = each.segments, list(each.by)
    values = [[plain(value) for value in row] for row in table[by].itertuples(index=False)]
    own = pd.DataFrame(
        {
            "kind": RATE,
            "name": [" \u00b7 ".join(row) for row in values],
            "detail": [_scores(row) for row in table.itertuples(index=False)],
            "stated": table[by].notna().all(axis=1).to_numpy() & [any(v.strip() for v in row) for row in values],
            "share": (table.share_before + table.share).to_numpy(float) / 2,
            "p_adjusted": table["rate_p_adjusted"].to_numpy(float) if "rate_p_adjusted" in table else np.nan,
            "row": np.arange(len(table)),
            **{new: table[old].to_numpy(float) for new, old in _TAKEN.items()},
        }
    )[table.rate_p.notna().to_numpy()]
    total = each.totals.set_index("part").loc["mix"]
    mix = {"kind": MIX, "name": WHO, "detail": _shares(table, by), "stated": True}
    mix |= {"estimate": total.estimate, "low": total.low, "high": total.high, "p": total.p, "share": 0.0, "row": -1}
    mix["p_adjusted"] = total.get("p_adjusted", total.p)
    return pd.concat([own, pd.DataFrame([mix])], ignore_index=True)


_TAKEN = {"estimate": "rate", "low": "rate_low", "high": "rate_high", "p": "rate_p"}


def _scores(row: Any) -> str:
    """The segment's own score before and now."""
    return "scored {} \u2192 {}".format(*apart(float(row.before), float(row.estimate), "points"))


def _shares(table: pd.DataFrame, by: Sequence[str]) -> str:
    """The segment whose change of share did most, and its shares."""
    row = table.iloc[int(np.argmax(table.mix.abs().to_numpy()))] if len(table) else None
    if row is None:
        return ""
    name = " \u00b7 ".join(plain(row[column]) for column in by)
    return "{}: {} \u2192 {}".format(name, *apart(float(row.share_before), float(row.share), "share"))


def _few(lines: pd.DataFrame, most: int) -> pd.DataFrame:
    """The largest own scores, the mix, and what is left as one line; its limits are those of a sum of separate parts."""
    own = lines[lines.kind == RATE]
    own = own.loc[own.estimate.abs().sort_values(ascending=False, kind="stable").index]
    if len(own) + 1 <= most:
        return lines
    kept, small = own.iloc[: most - 2], own.iloc[most - 2 :]
    total = float(small.estimate.sum())
    down, up = np.sqrt(((small.estimate - small.low) ** 2).sum()), np.sqrt(((small.high - small.estimate) ** 2).sum())
    rest = {"kind": REST, "name": f"{words.count(len(small))} others", "detail": "their own scores, summed"}
    rest |= {"estimate": total, "low": total - down, "high": total + up, "stated": False, "verdict": "", "share": 0.0}
    return pd.concat([kept, lines[lines.kind == MIX], pd.DataFrame([rest])], ignore_index=True)


def title_of(decompositions: Sequence[Any], blocks: Sequence[Block], names: tuple[str, str]) -> str:
    """The finding: which part holds the change, and only as much as its limits and those of the change support.

    A part is named only where it holds more of the change than its segment's share of the answers: if all segments
    move alike, the largest has done nothing that the others have not. "Most" is said where a part is clearly larger
    than all that is left together. Part and remainder come from different answers, so their difference has as much
    chance in it as their sum, the change: twice the part minus the change has to lie further from zero than the change
    from its limit.
    """
    each = decompositions[0]
    change = each.totals.set_index("part").loc["change"]
    metric, moved = words.metric(each.metric), float(change.estimate)
    clear = [part for block in blocks for part in block.parts if part.stated and part.verdict == "clear"]
    parts = [part for part in clear if part.excess(moved) > 1e-9]
    if not _is_clear(change, each.confidence):
        said = f"No clear change in {metric} from {names[0]} to {names[1]}"
        if not parts:
            return said
        return f"{said}, but {_moved(max(parts, key=lambda part: part.excess(moved)))}"
    verb, noun = ("fell", "fall") if moved < 0 else ("rose", "rise")
    parts = [part for part in parts if part.estimate * moved > 0]
    if not parts:
        said = f"{metric} {verb} {words.points(abs(moved), sign=False)} points from {names[0]} to {names[1]}"
        if all(sum(part.kind == RATE for part in block.parts) < 2 for block in blocks):
            return said  # one group only: nothing to tell apart
        alike = any(part.kind == RATE and part.estimate * moved > 0 for part in clear)
        return f"{said}; {'no clear part holds more than its share of the answers' if alike else 'no single part of it is clear'}"
    first = max(parts, key=lambda part: part.excess(moved))
    reach = moved - float(change.low) if moved > 0 else float(change.high) - moved
    most = (2 * first.estimate - moved) * np.sign(moved) > reach
    of = _of(first.estimate, moved)
    if first.kind == MIX:
        name, _, shares = first.detail.rpartition(": ")
        then, _, now = shares.partition(" \u2192 ")
        how = f"\u201c{name}\u201d went from {then} to {now} of answers"
        return f"Who answered accounts for {'most' if most else 'part'} of the {noun}, {of}: {how}"
    if most:
        return f"{_upper(_own(first))} holds most of the {noun}: {of}"
    return f"{_upper(_own(first))} {verb}: {of}"


def _is_clear(change: Any, confidence: float) -> bool:
    """Whether the change itself is clear: as judged elsewhere, else by its limits."""
    settled = float(change.get("p_adjusted", np.nan))
    if np.isfinite(settled):
        return verdicts([settled])[0] == "clear"
    return verdict(float(change.estimate), float(change.low), float(change.high), confidence) == "clear"


def _moved(part: Part) -> str:
    """A clear part of a change that is not clear."""
    size = words.points(part.estimate)
    if part.kind == MIX:
        return f"{WHO} moved it by {size} points"
    return f"{_own(part)} moved it by {size} points"


def _own(part: Part) -> str:
    return f"{part.name}\u2019{'' if part.name.endswith('s') else 's'} own score"


def _of(part: float, whole: float) -> str:
    """A part of a whole, with a digit more where rounding would make them the same."""
    digits = 1 if round(part) == round(whole) and round(part, 1) != round(whole, 1) else 0
    one, all_of = words.points(part, digits), words.points(whole, digits)
    return f"{one} of {all_of} points" if abs(part) <= abs(whole) else f"{one} points by itself, {all_of} in all"


def _upper(name: str) -> str:
    return name[:1].upper() + name[1:]
