"""What a report is, for whom and when: facts for the page's title block."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from cxkit.errors import UsageError
from cxkit.markup import Block, visible


def head(facts: Mapping[str, Any] | None = None, **more: Any) -> Block:
    """Say what the report is about, for the page's title block; in a notebook it is one line of text.

    Parameters
    ----------
    facts : mapping, optional
        Facts made elsewhere, such as `Scope.facts`; named arguments win over them.
    **more : str
        ``title, company, segment, period, compared_with, as_of, owner``, and any other fact, which the title block
        shows under its own name. Empty ones are left out.

    Returns
    -------
    Block
        Of kind "head", with facts only.

    Raises
    ------
    UsageError
        If `facts` is not a mapping.

    Examples
    --------
    >>> head(company="Larkspur & Vale", segment="all customers", period="Q3 2026")
    Larkspur & Vale, all customers; period: Q3 2026
    """
    if facts is not None and not isinstance(facts, Mapping):
        raise UsageError(
            f"head: expected facts by name, got {type(facts).__name__}. Write head(company='…', period='…')."
        )
    known = {name: _said(value) for name, value in {**(facts or {}), **more}.items()}
    known = {name: value for name, value in known.items() if value}
    first = ", ".join(known[name] for name in ("company", "segment") if name in known) or known.get("title", "")
    rest = [
        f"{name.replace('_', ' ')}: {value}"
        for name, value in known.items()
        if name not in ("title", "company", "segment")
    ]
    return Block("head", plain="; ".join(part for part in (first, *rest) if part), facts=known)


def _said(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, date):
        return f"{value.day} {value:%b %Y}"
    return " ".join(visible(value).split())
