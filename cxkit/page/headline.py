"""The first thing a reader sees: findings with the strength of their evidence, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from cxkit.errors import UsageError, suggest
from cxkit.markup import Block, h, join, visible

if TYPE_CHECKING:
    import pandas as pd

#: Class of a verdict's mark: a disc filled, half filled or open.
_CHIPS = {"clear": "clear", "likely": "likely", "too early": "early"}


def chip(verdict: object) -> Markup:
    """A verdict as a word with its mark.

    >>> chip("too early")
    Markup('<span class="chip early">too early</span>')
    """
    return h("span", str(verdict), class_=f"chip {_CHIPS.get(str(verdict), 'early')}")


def headlines(findings: pd.DataFrame) -> Block:
    """Show the findings, strongest first, each with its verdict and its numbers.

    Parameters
    ----------
    findings : DataFrame
        From `cxkit.findings.headline`: ``verdict, sentence, evidence``.

    Returns
    -------
    Block
        Of kind "headline". Its first sentence is the line under the page's title.

    Raises
    ------
    UsageError
        If a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> said = {"verdict": ["clear"], "sentence": ["NPS fell 7 points."], "evidence": ["n 2,648."]}
    >>> print(headlines(pd.DataFrame(said)))
    1. NPS fell 7 points. [clear] n 2,648.
    """
    need(findings, ("verdict", "sentence", "evidence"), "headlines")
    items, said = [], []
    for k, row in enumerate(findings.itertuples(index=False), 1):
        body = [h("p", h("strong", row.sentence))] + ([h("p", row.evidence)] if visible(row.evidence) else [])
        items.append(h("li", chip(row.verdict), *body))
        said.append(f"{k}. {visible(row.sentence)} [{visible(row.verdict)}] {visible(row.evidence)}".rstrip())
    if not items:
        return Block("headline", h("p", "There is nothing to report.", class_="mute"), "There is nothing to report.")
    first = visible(findings.sentence.iloc[0])
    return Block("headline", h("ol", join(items), class_="heads"), "\n".join(said), facts={"dek": first})


def actions(table: pd.DataFrame) -> Block:
    """Show what to do next: each step with its size, how sure it is, who does it and by when.

    Parameters
    ----------
    table : DataFrame
        ``action, why`` and any of ``size, confidence, owner, by``. Empty cells are left out; an empty owner is said.

    Returns
    -------
    Block
        Of kind "actions".

    Raises
    ------
    UsageError
        If `action` or `why` is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> print(actions(pd.DataFrame({"action": ["Call back"], "why": ["Silence hurts."], "owner": [""]})))
    1. Call back: Silence hurts. Owner: to be named
    """
    need(table, ("action", "why"), "actions")
    items, said = [], []
    for k, row in enumerate(table.to_dict("records"), 1):
        facts = _facts(row)
        told = [h("div", h("dt", name), h("dd", shown)) for name, shown, _ in facts]
        items.append(h("li", h("h3", row["action"]), h("p", row["why"]), h("dl", *told) if told else None))
        line = f"{k}. {visible(row['action'])}: {visible(row['why'])}"
        said.append(" ".join([line, *(f"{name}: {plain}" for name, _, plain in facts)]))
    if not items:
        return Block(
            "actions",
            h("p", "No step follows from these numbers.", class_="mute"),
            "No step follows from these numbers.",
        )
    return Block("actions", h("ol", join(items), class_="acts"), "\n".join(said))


def _facts(row: dict) -> list[tuple[str, object, str]]:
    """Name, what is shown and its plain text, of those facts that are known."""
    facts: list[tuple[str, object, str]] = []
    for key, name in (("size", "Size"), ("confidence", "Confidence"), ("owner", "Owner"), ("by", "By")):
        if key not in row:
            continue
        value = row[key]
        known = value is not None and value == value and visible(value).strip()
        if known:
            facts.append((name, chip(value) if key == "confidence" and str(value) in _CHIPS else value, visible(value)))
        elif key == "owner":
            facts.append((name, h("span", "to be named", class_="mute"), "to be named"))
    return facts


def need(table: pd.DataFrame, columns: tuple[str, ...], who: str) -> None:
    """Raise a `UsageError` that names the missing column and the nearest one."""
    have = [str(name) for name in getattr(table, "columns", [])]
    if not hasattr(table, "itertuples"):
        raise UsageError(f"{who}: expected a pandas table, got {type(table).__name__}.")
    for name in columns:
        if name not in have:
            raise UsageError(f"{who}: the table has no column '{name}'.{suggest(name, have)}")
