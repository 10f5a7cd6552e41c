"""Notes in the margin of a number: its rule, what not to conclude, what was set aside, what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from cxkit import words
from cxkit.errors import UsageError, choice
from cxkit.markup import Block, h, visible

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("method", "caution", "health", "fail")


def note(kind: str, title: str, *paragraphs: object, detail: str = "") -> Block:
    """Show a note.

    Parameters
    ----------
    kind : {"method", "caution", "health", "fail"}
        The rule of a number; what not to conclude; the state of the data; what could not be made.
    title : str
        Its first line.
    *paragraphs : str
        The rest; texts are escaped.
    detail : str
        Technical detail, folded.

    Returns
    -------
    Block
        Of kind "note".

    Raises
    ------
    UsageError
        If the kind is unknown.

    Examples
    --------
    >>> print(note("caution", "Association, not proof", "Remote parcels differ in other ways."))
    Association, not proof
    Remote parcels differ in other ways.
    """
    choice(kind, KINDS, "note")
    parts: list[Markup] = [h("p", title, class_="t"), *(h("p", paragraph) for paragraph in paragraphs)]
    if detail:
        parts.append(h("details", h("summary", "Technical detail"), h("pre", h("code", detail)), class_="fold"))
    plain = "\n".join(visible(part) for part in (title, *paragraphs))
    return Block("note", h("div", *parts, class_=f"note {kind}", role="note"), plain)


def gap_note(gap: pd.DataFrame) -> Block:
    """Say, before any comment is read, whether those who write score like those who do not.

    Parameters
    ----------
    gap : DataFrame
        From `cxkit.survey.commenter_gap`: a row for those who wrote, one for those who did not, one for the difference.

    Returns
    -------
    Block
        Of kind "note".

    Raises
    ------
    UsageError
        If the table has not these three rows.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"commented": ["wrote a comment", "wrote nothing", "difference"], "metric": "NPS",
    ...     "unit": "points", "n": [823, 1825, 2648], "estimate": [13.0, 39.0, -26.0], "low": [7.0, 36.0, -33.0],
    ...     "high": [19.0, 42.0, -20.0], "confidence": 0.95, "method": ""})
    >>> print(gap_note(rows))  # doctest: +ELLIPSIS
    Comments are not the customers
    Those who wrote a comment score +13 (n 823), those who wrote nothing +39 (n 1,825): 26 points lower ...
    """
    if "commented" not in gap.columns or len(gap) != 3:
        raise UsageError("gap_note: give it the table of cxkit.survey.commenter_gap(responses).")
    wrote, silent, gap_row = (gap.iloc[k] for k in range(3))
    if not wrote.n or not silent.n:
        who = "Nobody wrote a comment." if not wrote.n else "Everybody who answered wrote a comment."
        return note("caution", "Comments are not the customers", who)
    levels = (
        f"Those who wrote a comment score {words.value(wrote.estimate, wrote.unit)} (n {words.count(wrote.n)}), those "
        f"who wrote nothing {words.value(silent.estimate, silent.unit)} (n {words.count(silent.n)})"
    )
    limits = words.interval(gap_row.low, gap_row.high, gap_row.unit)
    if gap_row.low <= 0 <= gap_row.high:
        said = f"{levels}: no clear difference ({limits}). Read what follows as examples, not as a measure."
    else:
        side, voice = ("lower", "less happy") if gap_row.estimate < 0 else ("higher", "happier")
        size = words.points(abs(gap_row.estimate), sign=False)
        said = f"{levels}: {size} points {side} ({limits}). Read what follows as the voice of the {voice}."
    return note("caution", "Comments are not the customers", said)


def cautions(health: Any) -> Block:
    """Repeat beside the headline what the health report warns of, because few readers scroll down to it.

    Parameters
    ----------
    health : Health
        Of a table that `cxkit.read` returned.

    Returns
    -------
    Block
        Of kind "note"; empty where there is nothing to warn of.

    Raises
    ------
    UsageError
        If the object is no health report.

    Examples
    --------
    >>> from cxkit.tables import Health, Note
    >>> print(cautions(Health(2, 2, notes=(Note("caution", "No answer is 0."),))))
    Read with care
    No answer is 0.
    """
    notes = getattr(health, "notes", None)
    if notes is None:
        raise UsageError("cautions: give it the health of a table, as in cautions(responses.health).")
    told = [one.text for one in notes if one.kind == "caution"]
    return note("caution", "Read with care", *told) if told else Block("note", plain="")
