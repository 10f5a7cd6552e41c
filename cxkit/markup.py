"""HTML that the kit built itself, and the only way it reaches a page.

Data text goes through `text()`: escaped, without control or direction-override characters. Tags are built with `h()`,
which escapes whatever is not markup already. A notebook cell returns a `Block`; its output carries a mark in the output's
metadata, and the report template shows unescaped only what carries that mark.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup, escape

from cxkit import sheets

# Control characters (all but tab and line ends) and the marks that turn the writing direction of what follows them.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_VOID = {"br", "img", "col", "source", "hr", "meta"}

# What blocks need to look decent inside JupyterLab; a report's page brings its own style and cuts this one off.
LAB_STYLE = Markup(
    "<style>.cx{font-variant-numeric:tabular-nums;max-width:46rem}.cx table{border-collapse:collapse;margin:.5rem 0}"
    ".cx th,.cx td{padding:.3rem .75rem;text-align:right;border-bottom:1px solid #8884}"
    ".cx th:first-child,.cx td:first-child{text-align:left}.cx caption{text-align:left;font-weight:600}"
    ".cx ul,.cx ol{padding-left:1.2rem}.cx .kpis{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:1.5rem}"
    ".cx .v{font-size:1.8rem;font-weight:700;margin:0}.cx p{margin:.2rem 0}.cx .ci,.cx .vh,.cx .ax{display:none}"
    ".cx .note{border-left:4px solid #7f8891;padding-left:1rem}.cx .mute,.cx .n{opacity:.75}"
    ".cx .quotes figure{margin:.75rem 0}.cx blockquote{margin:0}</style>"
)


def visible(value: object) -> str:
    """Data text without invisible control and direction characters; not escaped.

    >>> visible("5\\u202e")
    '5'
    """
    return _UNSEEN.sub("", str(value))


def text(value: object) -> Markup:
    """Data text made fit for a page: escaped, invisible control and direction characters removed.

    >>> text("<b>5\\u202e</b>")
    Markup('&lt;b&gt;5&lt;/b&gt;')
    """
    return value if isinstance(value, Markup) else escape(visible(value))


def h(tag: str, *children: object, **attributes: object) -> Markup:
    """Build one element; children that are not markup are escaped, and an attribute set to None or False is left out.

    A trailing underscore is dropped and inner ones become hyphens: `class_`, `aria_label`.

    >>> h("p", "a < b", class_="n")
    Markup('<p class="n">a &lt; b</p>')
    """
    parts = []
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        name = name.rstrip("_").replace("_", "-")
        parts.append(f" {name}" if value is True else f' {name}="{text(value)}"')
    opened = f"<{tag}{''.join(parts)}>"
    if tag in _VOID:
        return Markup(opened)
    return Markup(opened + "".join(text(child) for child in children if child is not None) + f"</{tag}>")


def join(parts: Any, glue: str = "") -> Markup:
    """Put pieces together, escaping those that are not markup."""
    return Markup(text(glue).join(text(part) for part in parts))


@dataclass(frozen=True)
class Block:
    """What a cell hands to the page.

    Attributes
    ----------
    kind : str
        What it is: tiles, table, headline, note, quotes, head, figure, health …
    html : Markup
        The fragment for the page, built with `h()`.
    plain : str
        The same numbers as text: what a terminal, a comparison of outputs or a mail shows.
    facts : mapping
        What the page's title block and the run's record take from it; plain JSON values.
    data : mapping
        Further representations by mime type (pictures), and their metadata under `meta`.
    sheets : mapping
        The tables behind it by title, unrounded (or functions that make them), for `cxkit report --also xlsx`.
    """

    kind: str
    html: Markup = Markup("")  # noqa: RUF009 (text cannot change)
    plain: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)
    sheets: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def __repr__(self) -> str:
        return self.plain or f"Block({self.kind})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, str], dict[str, Any]]:
        data = dict(self.data)
        if self.html:
            data["text/html"] = str(LAB_STYLE) + f'<div class="cx">{self.html}</div>'
        data["text/plain"] = self.plain
        if self.sheets and sheets.asked():
            data[sheets.MIME] = sheets.hand_over(self.kind, self.sheets)
        return data, {**self.meta, "cxkit": {"kind": self.kind, "facts": dict(self.facts)}}
