"""Open comments: which ones stand for many, fit to be quoted."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import pandas as pd

from cxkit import frames, privacy, scales
from cxkit.errors import DataError, UsageError
from cxkit.tables import counted, read

_WORD = re.compile(r"[^\W\d_]{3,}")

#: Longest and shortest comment (in characters) that may be quoted; the most comments a group is searched for.
SHORTEST, LONGEST, SEARCHED = 30, 320, 5000


@dataclass(frozen=True)
class Quotes:
    """Comments chosen to be quoted, and what they were chosen from.

    Attributes
    ----------
    table : DataFrame
        ``group, score, comment, about``: masked comments, promoters first.
    written : int
        Comments there are with a score.
    masked : dict
        Masked pieces in the quoted comments, by kind.
    names_known : int
        Names that were looked for; 0 where there was no list of names.
    rule : str
        How they were chosen, in a sentence.
    """

    table: pd.DataFrame
    written: int
    masked: dict[str, int]
    rule: str
    names_known: int = 0


def quotes(
    responses: Any,
    *,
    survey: str = "nps",
    scale: str = "0-10",
    score: str = "score",
    comment: str = "comment",
    about: Sequence[str] = ("touchpoint", "product", "channel"),
    names: Iterable[str] = (),
    each: int = 3,
) -> Quotes:
    """In their own words: which comments are typical of promoters, passives and detractors?

    Parameters
    ----------
    responses : Table or frame
        The `responses` table with `score` and `comment`.
    survey, scale, score, comment : str
        As in `cxkit.survey.nps`; the column of comments.
    about : list of str
        Columns that say what an answer is about; those that are there are shown with the quote.
    names : list of str
        Known names of people, to be masked (see `known_names`).
    each : int
        Quotes a group.

    Returns
    -------
    Quotes
        `table` has ``group, score, comment, about``.

    Raises
    ------
    DataError
        If a column is missing.
    UsageError
        If `each` is less than one.

    Notes
    -----
    A comment is typical when its words occur in many other comments of its group; words that occur in more than a quarter
    of them say nothing, nor do words nobody else uses. Comments under 30 or over 320 characters are not quoted. A quote
    shares at most half of its words with one chosen before. The choice is the same every time. Quotes illustrate numbers;
    they are no measure of how often something is said.

    Examples
    --------
    >>> said = pd.DataFrame({"score": [2, 10], "comment": ["The parcel came late and nobody told me", "ok"]})
    >>> quotes(said).table.comment.tolist()
    ['The parcel came late and nobody told me']
    """
    if each < 1:
        raise UsageError(f"each: {each} quotes a group cannot be shown; give 1 or more.")
    have = frames.column_names(frames.as_frame(responses))
    about = [name for name in about if name in have and name not in (score, comment)]
    frame = counted(responses, [comment, *about], survey=survey, score=score)
    frame = frame.with_columns(nw.col(comment).cast(nw.String).str.strip_chars())
    length = nw.col(comment).str.len_chars()
    frame = frame.filter(length > 0)
    written = frames.row_count(frame)
    names = list(names)
    frame = frame.filter(length >= SHORTEST, length <= LONGEST).sort(score, comment, *about)
    rows = frames.collect(frame)
    rule = scales.nps_rule(scale)
    rows["group"] = [rule.group(value) for value in rows[score]]
    table, masked = _chosen(rows, score, comment, about, names, each)
    chosen = (
        f"Chosen by rule from {written:,} comments with a score: those whose words occur most often in the other "
        f"comments of their group, between {SHORTEST} and {LONGEST} characters long."
    )
    return Quotes(table, written, masked, chosen, len(names))


def _chosen(rows: pd.DataFrame, score: str, comment: str, about: list[str], names: list[str], each: int):
    picked = []
    for group in ("promoter", "passive", "detractor"):
        part = rows[rows.group == group]
        if len(part) > SEARCHED:  # an even draw over the sorted comments, the same every time
            part = part.iloc[:: math.ceil(len(part) / SEARCHED)]
        picked.append(part.iloc[typical(part[comment].tolist(), each)])
    shown = pd.concat(picked, ignore_index=True)
    redacted = privacy.redact(shown[comment].tolist(), names=names)
    said = shown[about].apply(lambda row: ", ".join(str(v) for v in row if pd.notna(v)), axis=1) if about else ""
    table = pd.DataFrame({"group": shown.group, "score": shown[score], "comment": list(redacted.texts), "about": said})
    return table, redacted.counts


def typical(comments: Sequence[str], most: int) -> list[int]:
    """Positions of the most typical comments, different from each other.

    Parameters
    ----------
    comments : list of str
        Comments of one group.
    most : int
        How many are wanted.

    Returns
    -------
    list of int
        At most `most` positions, most typical first; fewer where comments repeat each other.

    Raises
    ------
    TypeError
        If an element is no text.

    Examples
    --------
    >>> typical(["late parcel again", "my parcel was late", "nice roses"], 1)
    [0]
    """
    bags = [frozenset(_WORD.findall(text.casefold())) for text in comments]
    first: dict[frozenset[str], int] = {}  # a comment that many copied counts once
    for k, bag in enumerate(bags):
        if bag not in first or comments[k] < comments[first[bag]]:
            first[bag] = k
    occurs = Counter(word for bag in first for word in bag)
    common = max(4, len(first) // 4)
    worth = {word: math.log(n) for word, n in occurs.items() if 2 <= n <= common}
    marks = {k: sum(worth.get(word, 0.0) for word in bag) / math.sqrt(len(bag) + 4) for bag, k in first.items()}
    told = [k for k in marks if marks[k] > 0 or len(marks) <= most]
    chosen: list[int] = []
    for k in sorted(told, key=lambda k: (-marks[k], comments[k])):
        if len(chosen) < most and all(2 * len(bags[k] & bags[j]) <= len(bags[k] | bags[j]) for j in chosen):
            chosen.append(k)
    return chosen


def known_names(customers: Any, *, beside: Any = None) -> list[str]:
    """Names of people that must not be quoted, from the customer table.

    Parameters
    ----------
    customers : Table, frame or str
        The `customers` table; a path or "sample:customers" is read. Empty text: no names are known, except that the
        sample's own customers serve for the sample's answers.
    beside : Table, optional
        The answers that will be quoted.

    Returns
    -------
    list of str
        Values of the columns whose name speaks of a person's name.

    Raises
    ------
    DataError
        If the table has no such column.

    Examples
    --------
    >>> known_names(pd.DataFrame({"customer_id": ["a"], "first_name": ["Anna"], "plan": ["box"]}))
    ['Anna']
    """
    if isinstance(customers, str):
        if not customers and str(getattr(beside, "source", "")).startswith("sample:"):
            customers = "sample:customers"
        if not customers:
            return []
        customers = read("customers", customers)
    columns = [name for name in frames.column_names(frames.as_frame(customers)) if _speaks_of_names(name)]
    if not columns:
        raise DataError(
            "customers: no column holds names (such as first_name, last_name, name). Leave customers empty."
        )
    frame = frames.as_frame(customers).select(*columns).unique()
    values = frames.collect(frame).melt()["value"].dropna()
    return sorted({str(value) for value in values})


_NAMES = {"name", "names", "firstname", "lastname", "surname", "fullname", "forename", "nom", "prenom", "vorname"}
_NAMES |= {"nachname", "nombre", "apellido", "apellidos", "cognome"}
_THINGS = {"company", "plan", "product", "brand", "store", "campaign", "user", "file", "account", "segment", "team"}


def _speaks_of_names(column: str) -> bool:
    """Whether a column's own name says that it holds people's names, accents aside; names of things do not count."""
    plain = "".join(c for c in unicodedata.normalize("NFD", column.casefold()) if not unicodedata.combining(c))
    parts = set(re.split(r"[^a-z]+", plain))
    return bool(parts & _NAMES) and not parts & _THINGS
