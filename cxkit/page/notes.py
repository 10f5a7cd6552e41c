"""Notes in the margin of a number: its rule, what not to conclude, what was set aside, what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from cxkit import words
from cxkit.errors import UsageError, choice
from cxkit.markup import Block, h, visible
from cxkit.stats.compare import verdict

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
        A column ``verdict`` of the difference, where there is one, is taken as judged.

    Returns
    -------
    Block
        Of kind "note".

    Raises
    ------
    UsageError
        If the table has not these three rows.

    Notes
    -----
    Without a verdict the two differ if the 95 % interval of the difference excludes zero, whatever the confidence of
    the table: the rule of the whole page.

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
    if not {"commented", "confidence"} <= set(gap.columns) or len(gap) != 3:
        raise UsageError("gap_note: give it the table of cxkit.survey.commenter_gap(responses).")
    wrote, silent, gap_row = (gap.iloc[k] for k in range(3))
    if not wrote.n or not silent.n:
        who = "Nobody wrote a comment." if not wrote.n else "Everybody who answered wrote a comment."
        return note("caution", "Comments are not the customers", who)
    # digits by which a reader who subtracts the two levels arrives at the difference that is printed
    one, other, digits = words.levels(wrote.estimate, silent.estimate, wrote.unit)
    levels = (
        f"Those who wrote a comment score {one} (n {words.count(wrote.n)}), those who wrote nothing {other} "
        f"(n {words.count(silent.n)})"
    )
    limits = words.interval(gap_row.low, gap_row.high, gap_row.unit, digits)
    if gap_row.confidence != 0.95:  # "clear" is judged at 95 %, so say where the limits are others
        limits = f"{words.percent_interval(gap_row.confidence)} {limits}"
    if _judged(gap_row) != "clear":
        said = f"{levels}: no clear difference ({limits}). Read what follows as examples, not as a measure."
    else:
        side, voice = ("lower", "less happy") if gap_row.estimate < 0 else ("higher", "happier")
        size = words.points(abs(gap_row.estimate), digits, sign=False)
        noun = "point" if size == "1" else "points"
        said = f"{levels}: {size} {noun} {side} ({limits}). Read what follows as the voice of the {voice}."
    return note("caution", "Comments are not the customers", said)


def _judged(row: Any) -> str:
    """How sure the difference is: as the table says, else by its limits."""
    said = row.get("verdict")
    if isinstance(said, str) and said:
        return said
    return verdict(row.estimate, row.low, row.high, row.confidence)


def cautions(health: Any, *more: str) -> Block:
    """Repeat beside the headline what the health report warns of, because few readers scroll down to it.

    Parameters
    ----------
    health : Health
        Of a table that `cxkit.read` returned.
    *more : str
        Further warnings, such as those of `Scope.notes`.

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
    lost = [health.sentence()] if health.much_is_missing else []
    told = [*lost, *(one.text for one in notes if one.kind == "caution"), *more]
    return note("caution", "Read with care", *told) if told else Block("note", plain="")
