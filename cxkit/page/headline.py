"""The first thing a reader sees: findings with the strength of their evidence, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from cxkit import words
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


def headlines(findings: pd.DataFrame, *, note: str = "", first: pd.DataFrame | None = None) -> Block:
    """Show the findings, strongest first, each with its verdict and its numbers.

    Parameters
    ----------
    findings : DataFrame
        From `cxkit.findings.headline`: ``verdict, sentence, evidence``; rows marked `muted` are left to the footer.
    note : str
        The analyst's own words, shown above the findings and marked as such.
    first : DataFrame, optional
        From `cxkit.actions.next_steps`: its first step is named below the findings, for readers who stop there.

    Returns
    -------
    Block
        Of kind "headline". Its first sentence is the line under the page's title; its facts hold all findings for the
        file beside the report, and the muted ones for the footer.

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
    muted = findings["muted"].astype(bool) if "muted" in findings else findings["verdict"].isna()
    told = findings[~muted]
    items, said = [], []
    for k, row in enumerate(told.itertuples(index=False), 1):
        body = [h("p", h("strong", row.sentence))] + ([h("p", row.evidence)] if visible(row.evidence) else [])
        items.append(h("li", chip(row.verdict), *body))
        said.append(f"{k}. {visible(row.sentence)} [{visible(row.verdict)}] {visible(row.evidence)}".rstrip())
    html, plain = h("ol", join(items), class_="heads"), "\n".join(said)
    if not items:
        plain = "There is nothing to report."
        html = h("p", plain, class_="mute")
    if first is not None and len(first):
        step, why = visible(first.action.iloc[0]), visible(first["size"].iloc[0] if "size" in first else "")
        worth = f", {why}" if why.strip() else ""
        html, plain = html + h("p", "Do first: ", h("strong", step), worth + "."), f"{plain}\nDo first: {step}{worth}."
    if looked := _looked(told):
        html, plain = html + h("p", looked, class_="small mute key"), f"{plain}\n{looked}"
    if note := " ".join(visible(note).split()):
        own = h("div", h("p", "The analyst's note", class_="t"), h("p", note), class_="note method", role="note")
        html, plain = own + html, f"The analyst's note: {note}\n{plain}"
    facts = {"findings": _records(findings), "muted": [visible(one) for one in findings.loc[muted, "sentence"]]}
    if items:
        facts["dek"] = visible(told.sentence.iloc[0])
    return Block("headline", html, plain, facts=facts, sheets={"Findings": findings} if len(findings) else {})


def _looked(findings: pd.DataFrame) -> str:
    """How many comparisons the limits allow for, where that is more than one."""
    most = int(findings["looked"].max()) if "looked" in findings and len(findings) else 0
    return (
        f"Limits and p of these findings allow for all {words.count(most)} comparisons made for them."
        if most > 1
        else ""
    )


def _records(findings: pd.DataFrame) -> list[dict[str, object]]:
    """The findings as plain values: missing numbers as None, others to twelve digits.

    Sums of decimals differ in their last digits with the order in which an engine adds them up; twelve digits are what two
    runs on the same data have in common.
    """
    plain = findings.astype(object).where(findings.notna(), None)
    return [{str(name): _value(value) for name, value in row.items()} for row in plain.to_dict("records")]


def _value(value: object) -> object:
    value = value.item() if hasattr(value, "item") else value
    return float(f"{value:.12g}") if isinstance(value, float) else value


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
    return Block("actions", h("ol", join(items), class_="acts"), "\n".join(said), sheets={"Next steps": table})


def _facts(row: dict) -> list[tuple[str, object, str]]:
    """Name, what is shown and its plain text, of those facts that are known."""
    facts: list[tuple[str, object, str]] = []
    for key, name in (("size", "Size"), ("confidence", "The finding is"), ("owner", "Owner"), ("by", "By")):
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
