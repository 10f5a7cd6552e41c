"""Which invitations count, and which of them were answered.

An invitation counts once it has had time to be answered: a young one without an answer is unknown, not unanswered, and
to keep only the young ones that were answered would flatter the latest weeks. So all invitations of the last days
(`wait`) are set aside, answered or not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import narwhals as nw
import pandas as pd

from cxkit import frames, words
from cxkit.errors import DataError, UsageError, suggest
from cxkit.periods.rows import clock, last_day
from cxkit.survey.answer_ids import blank, check_ids
from cxkit.tables.counted import FINISHED
from cxkit.tables.table import frame_of

DAY, SURVEY, ANSWERED, WHO = "_cx_day", "_cx_survey", "_cx_answered", "_cx_customer"

#: Steps on the way to an answer. Each flag has a column that says whether it is known.
DELIVERED, OPENED = "_cx_delivered", "_cx_opened"


@dataclass(frozen=True)
class Invited:
    """Invitations, not yet reduced.

    Attributes
    ----------
    frame : narwhals frame
        The `by` columns; DAY, ANSWERED (0 or 1); WHO, SURVEY, DELIVERED and OPENED where there are such columns.
    by : tuple of str
    survey : str
        The survey that counts; empty for every one.
    has : frozenset of str
        Which of WHO, SURVEY, DELIVERED and OPENED there are.
    as_of, cut : date
        Last day of the data, and the last day whose invitations have had time to be answered.
    how : str
        How it is known what was answered.
    said : tuple of str
        What was lost on the way, in words.
    labels : tuple of str
        How the survey that counts is written, once that is known.
    """

    frame: frames.Frame
    by: tuple[str, ...]
    survey: str
    has: frozenset[str]
    as_of: date
    cut: date
    how: str
    said: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


def invited(
    invitations: Any,
    responses: Any,
    *,
    survey: str,
    by: Sequence[str],
    customer: str,
    time: str,
    wait: str,
    as_of: date | None,
) -> Invited:
    """Take the columns a response rate needs and mark what was answered.

    Raises
    ------
    DataError
        If a column is missing, or nothing tells which invitations were answered.
    UsageError
        If `wait` cannot be read.
    """
    days = wait_days(wait)
    have = set(frames.column_names(frames.as_frame(invitations)))
    own = {WHO: customer, DELIVERED: "delivered", OPENED: "opened"} | ({SURVEY: "survey"} if survey else {})
    own = {name: column for name, column in own.items() if column in have}
    links = [name for name in ("response_id", "answered", "responded_at") if name in have]
    if links == ["response_id"] and responses is not None and WHO in own and not _any(invitations, "response_id"):
        links = []  # the column is there and was never filled
    frame = frame_of("invitations", invitations, list(dict.fromkeys([time, *by, *own.values(), *links])))
    reach = as_of or _last(invitations, responses, time)
    if reach is None:
        raise DataError(
            f"invitations: no row has a date in '{time}'. Name the column with time=, or map it in cxkit.read."
        )
    reach = reach.date() if isinstance(reach, datetime) else reach
    said: list[str] = []
    if links:
        if links[0] == "response_id" and responses is not None:
            check_ids(frame, responses, survey if SURVEY in own else "", said)
        answered, how = _linked(frame, links, time, days)
        frame = frame.with_columns(**{ANSWERED: answered})
    else:
        frame, how = _joined(frame, responses, own, survey, time, days, said), f"answers joined on '{customer}'"
    flags = {name: _flag(frame, own[name]) for name in (DELIVERED, OPENED) if name in own}
    day = clock(frame, time, "invitations").cast(nw.Datetime("us")).dt.truncate("1d")
    copies = {name: nw.col(own[name]) for name in (WHO, SURVEY) if name in own}
    frame = frame.with_columns(**{DAY: day}, **copies, **flags)
    kept = list(dict.fromkeys([*by, DAY, ANSWERED, *own]))
    cut = reach - timedelta(days=days)
    return Invited(frame.select(*kept), tuple(by), survey, frozenset(own), reach, cut, how, tuple(said))


def wait_days(wait: str) -> int:
    """Days of a text such as "14D" or "2W".

    Examples
    --------
    >>> wait_days("14D"), wait_days("2W"), wait_days("0D")
    (14, 14, 0)
    """
    found = re.fullmatch(r"\s*(\d{1,3})\s*([DW])\s*", str(wait).upper())
    if not found:
        raise UsageError(f"wait: {wait!r} cannot be read. Write a number and D or W, such as '14D' or '2W'.")
    return int(found[1]) * (7 if found[2] == "W" else 1)


def _last(invitations: Any, responses: Any, time: str) -> date | None:
    """The day the data reach to, by either table."""
    days = [getattr(invitations, "as_of", None) or last_day(invitations, time=time, table="invitations")]
    if responses is not None:
        days.append(getattr(responses, "as_of", None))
    return max((day for day in days if day), default=None)


def _linked(frame: frames.Frame, links: Sequence[str], time: str, days: int) -> tuple[nw.Expr, str]:
    """1 where the invitation itself says that it was answered (in time, where the time is known), else 0."""
    if "response_id" in links:
        answered, how = ~blank(frame, "response_id"), "answered: those with a response_id"
    elif "answered" in links:
        answered, how = _flag(frame, "answered").fill_null(0.0) > 0, "answered: by the column 'answered'"
    else:
        answered, how = ~nw.col("responded_at").is_null(), "answered: those with a responded_at"
    if "responded_at" in links:
        late = clock(frame, "responded_at", "invitations") > clock(frame, time, "invitations") + nw.lit(
            timedelta(days=days)
        )
        answered = answered & ~(late & ~nw.col("responded_at").is_null()).fill_null(False)
        how += f" within {words.plural(days, 'day')}"
    return answered.cast(nw.Int8).cast(nw.Float64), how


def _any(invitations: Any, column: str) -> bool:
    """Whether a column holds anything."""
    frame = frame_of("invitations", invitations, [column])
    return bool(len(frames.collect(frame.filter(~blank(frame, column)).head(1))))


def _flag(frame: frames.Frame, column: str) -> nw.Expr:
    """A yes-or-no column as 1, 0 or missing."""
    dtype = frame.collect_schema()[column]
    if dtype == nw.Boolean:
        return nw.col(column).cast(nw.Int8).cast(nw.Float64)
    if dtype.is_numeric():
        return (
            nw.when(nw.col(column).is_null())
            .then(nw.lit(None, dtype=nw.Float64))
            .otherwise(nw.when(nw.col(column) > 0).then(nw.lit(1.0)).otherwise(nw.lit(0.0)))
        )
    first = frames.collect(frame.filter(~nw.col(column).is_null()).select(column).head(3))[column].tolist()
    if not first:
        return nw.lit(None, dtype=nw.Float64)
    raise DataError(
        f"invitations: '{column}' holds {str(dtype).lower()}, not yes or no (first: {', '.join(map(repr, first))}). "
        "Read the data with cxkit.read('invitations', ...), which settles what they mean, or turn them into 0 and 1."
    )


def _joined(frame, responses: Any, own: dict[str, str], survey: str, time: str, days: int, said: list[str]):
    """Give each answer to the nearest earlier invitation of its customer, and mark that one as answered.

    The two tables may live on different engines and nothing links their rows, so here alone they are brought home.
    """
    customer = own.get(WHO, "")
    if responses is None or not customer:
        lacks = "the answers (responses=...)" if responses is None else "a column of customers"
        raise DataError(
            "invitations: nothing says which were answered. There is no column 'response_id', 'answered' or "
            f"'responded_at', and {lacks} to join on {'are' if responses is None else 'is'} missing. Map the column that "
            "names the answer with columns='theirs:response_id', or give the answers with customer and date."
        )
    at = clock(frame, time, "invitations").cast(nw.Datetime("us"))  # whatever zone it was written in
    asked, answers = frames.collect(frame.with_columns(_cx_at=at)), _answers(responses, customer, survey)
    by = [customer] + (["survey"] if survey and SURVEY in own and "survey" in answers else [])
    for table in (asked, answers):
        table[customer] = frames.id_texts(table[customer])
        if len(by) > 1:
            table["survey"] = table["survey"].astype("str").str.strip().str.casefold()
    asked["_cx_row"] = range(len(asked))
    usable = asked[asked[customer].notna() & asked["_cx_at"].notna()].sort_values("_cx_at", kind="stable")
    answers = answers[answers[customer].notna() & answers["_cx_at"].notna()].sort_values("_cx_at", kind="stable")
    found = pd.merge_asof(
        answers, usable[[*by, "_cx_at", "_cx_row"]], on="_cx_at", by=by, tolerance=pd.Timedelta(days=days)
    )["_cx_row"].dropna()
    asked[ANSWERED] = asked["_cx_row"].isin(found.unique()).astype("float64")
    alone, shared = len(answers) - len(found), len(found) - found.nunique()
    said.append(
        f"{words.count(len(found))} of {words.plural(len(answers), 'answer')} found an invitation of the same customer in "
        f"the {words.plural(days, 'day')} before"
        + (f", {words.count(shared)} of them one that was answered already" if shared else "")
        + (f"; {words.count(alone)} found none" if alone else "")
    )
    return nw.from_native(asked.drop(columns=["_cx_at", "_cx_row"]))


def _answers(responses: Any, customer: str, survey: str) -> pd.DataFrame:
    """Finished answers with customer and time."""
    have = frames.column_names(frames.as_frame(responses))
    time = "responded_at"
    extra = [name for name in ("survey", "status") if name in have]
    frame = frame_of("responses", responses, [customer, time, *extra])
    at = clock(frame, time).cast(nw.Datetime("us"))
    frame = frame.with_columns(_cx_at=at)
    if "status" in extra and not hasattr(responses, "health"):
        status = nw.col("status").cast(nw.String).str.strip_chars().str.to_lowercase()
        frame = frame.filter(status.is_in(FINISHED) | nw.col("status").is_null())
    if survey and "survey" in extra:
        frame = frame.filter(frames.same_text("survey", survey))
    return frames.collect(
        frame.select(*dict.fromkeys([customer, "_cx_at", *(["survey"] if "survey" in extra else [])]))
    )


def of_survey(lines: pd.DataFrame, survey: str, aside: list[str]) -> tuple[pd.DataFrame, list[str]]:
    """The lines of one survey and how it is written; the others are counted as set aside."""
    asked = survey.strip().casefold()
    labels = [label for label in lines[SURVEY].dropna().unique() if str(label).strip().casefold() == asked]
    if not labels:
        there = lines.groupby(SURVEY)["n"].sum().sort_values(ascending=False, kind="stable")
        holds = ", ".join(f"'{label}' ({words.count(n)})" for label, n in there.head(8).items())
        raise DataError(
            f"respondents: no invitation belongs to the survey '{survey}'; "
            + (f"'survey' holds {holds}." if holds else "the column 'survey' is empty.")
            + (suggest(survey, there.index) if len(there) else "")
            + " Name one with survey=, or count every invitation with survey=''."
        )
    mine = lines[SURVEY].isin(labels)
    if others := int(lines.loc[~mine, "n"].sum()):
        aside.append(f"{words.count(others)} of other surveys set aside")
    return lines[mine], labels
