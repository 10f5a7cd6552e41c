"""What customers wrote, masked, with the score and what it was about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from cxkit import words
from cxkit.markup import Block, h, join, text, visible
from cxkit.page.headline import need

if TYPE_CHECKING:
    import pandas as pd

_MASK = re.compile(r"\[(e-mail|phone|card|IBAN|name)\]")
_NOUN = {"e-mail": "e-mail address", "phone": "phone number", "card": "card number", "IBAN": "bank account number"}
_EDGE = {"detractor": "score d", "promoter": "score pr"}


def quotes(comments: pd.DataFrame | Any) -> Block:
    """Show comments, each with its score and group in words.

    Parameters
    ----------
    comments : DataFrame or Quotes
        What `cxkit.text.quotes` returned (its rule and the number of masked pieces are said), or a table with
        ``score, group, comment`` and, if known, ``about`` ("After delivery, first order"). Comments are shown as they
        are: mask them first (`cxkit.privacy`). The masks ``[e-mail]``, ``[phone]``, ``[card]``, ``[IBAN]`` and
        ``[name]`` are set apart.

    Returns
    -------
    Block
        Of kind "quotes".

    Raises
    ------
    UsageError
        If a column is missing.

    Notes
    -----
    Those who write are not the customers: say how their score differs before showing what they wrote.

    Examples
    --------
    >>> import pandas as pd
    >>> print(quotes(pd.DataFrame({"score": [4.0], "group": ["detractor"], "comment": ["I rang [phone] twice."]})))
    4 (detractor): I rang [phone] twice.
    """
    table = getattr(comments, "table", comments)
    need(table, ("score", "group", "comment"), "quotes")
    items, said = [], []
    for row in table.to_dict("records"):
        score = f"{row['score']:g}" if isinstance(row["score"], (int, float)) and row["score"] == row["score"] else "–"
        group = visible(row["group"]) if row["group"] == row["group"] and row["group"] is not None else ""
        about = row.get("about")
        about = visible(about).strip().rstrip(".") if about is not None and about == about else ""
        below = ", ".join(part for part in (f"Score {score}", group) if part) + "."
        below += f" {about[:1].upper()}{about[1:]}." if about else ""
        items.append(
            h(
                "figure",
                h("span", score, class_=_EDGE.get(group, "score"), aria_hidden="true"),
                h("blockquote", _masked(row["comment"]), dir="auto"),
                h("figcaption", below),
            )
        )
        said.append(
            f"{score} ({group}): {' '.join(visible(row['comment']).split())}" + (f" ({about})" if about else "")
        )
    if not items:
        written = getattr(comments, "written", 0)
        none = "There are no comments."
        if written:
            none = f"No quote is shown: {words.plural(written, 'comment')} with a score, none of them fit to be quoted "
            none += "(long enough to say something, short enough to be read, and like others of its group)."
        return Block("quotes", h("p", none, class_="mute"), none)
    rule = _rule(comments)
    html = h("div", join(items), class_="quotes")
    if rule:
        html, said = h("p", rule) + html, [rule, *said]
    return Block("quotes", html, "\n".join(said))


def _rule(comments: Any) -> str:
    """How the quotes were chosen and what was masked in them."""
    rule = str(getattr(comments, "rule", ""))
    masked = {kind: n for kind, n in (getattr(comments, "masked", None) or {}).items() if n}
    if not rule:
        return ""
    told = words.listing([words.plural(n, _NOUN.get(kind, kind)) for kind, n in masked.items()])
    said = (
        f"{rule} Masked in them: {told}."
        if masked
        else f"{rule} No e-mail address, phone, card or account number was found in them."
    )
    if getattr(comments, "names_known", None) == 0:  # nothing masked must not read as no names there
        said += " Names were not looked for, since there is no customer table."
    return said


def _masked(comment: object) -> Markup:
    """The comment, escaped, its masks marked, its line breaks kept as spaces."""
    escaped = text(" ".join(visible(comment).split()))
    return Markup(_MASK.sub(lambda found: str(h("mark", found[1])), str(escaped)))
