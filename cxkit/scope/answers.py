"""What a report is about: the period, what it is compared with, the segments, and what the data cannot show.

A notebook asks once, after reading its data; every later cell takes the answers of the period from here, and a section
that the data cannot carry says so in one sentence instead of failing or showing noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import narwhals as nw

from cxkit import frames, markup, periods, words
from cxkit.errors import DataError, suggest
from cxkit.periods import Period
from cxkit.scope.section import TRIED, Sections, absent, so_far
from cxkit.tables import counted

#: What a section would have shown if its table had been given.
_NEEDED = {
    "invitations": "How many of those asked answered cannot be shown: no invitations were given.",
    "customers": "Who answered, and whom nobody heard from, cannot be shown: no customer table was given.",
}

#: Below this many answers a page shows the score and its distribution, and stops there.
ENOUGH = 200

#: From so many answers on, a scale that none of them leaves says something.
LOOKS_SHORT = 50


@dataclass(frozen=True, kw_only=True)
class Scope(Sections):
    """The answers a page is about.

    Attributes
    ----------
    now, before : Table or frame
        Answers of the period and of the one before (None where there is none in full).
    by : tuple of str
        Segment columns.
    n : int
        Answers with a score in the period.
    scale : str
        The answer scale.
    """

    now: Any
    before: Any
    by: tuple[str, ...]
    n: int
    scale: str = "0-10"

    def lacks(self, table: str) -> markup.Block:
        """The sentence that stands where a section would that needs a further table."""
        return absent(_NEEDED[table])

    @property
    def now_name(self) -> str:
        """How the period itself is called."""
        return self.named("all answers")

    @property
    def watch(self) -> dict[str, date | None]:
        """From when to when a watch over single weeks makes sense: it learns before the period and judges the period."""
        if self.period is None:
            return {"as_of": self.as_of}
        return {"since": self.period.start, "as_of": min(self.period.end, self.as_of or self.period.end)}

    @property
    def pair(self) -> dict[str, Any]:
        """The period, the one before it and the last day that counts, for metrics that take them by name."""
        return {"now": self.period, "before": self.previous, "as_of": self.watch["as_of"]}

    @property
    def facts(self) -> dict[str, str]:
        """Period, comparison and date of the data, for the page's head."""
        facts = {"period": self.now_name}
        if self.before is not None:
            facts["compared_with"] = self.before_name
        if self.as_of:
            facts["as_of"] = self.as_of.isoformat()
        return facts


def scope(
    responses: Any,
    *,
    survey: str = "nps",
    scale: str = "",
    score: str = "score",
    comment: str = "comment",
    time: str = "responded_at",
    period: str = "",
    by: str | Sequence[str] = "",
    segments: Sequence[str] = (),
    relational: str | Sequence[str] = "relationship",
    enough: int = ENOUGH,
    fiscal_start: int = 1,
) -> Scope:
    """Settle what a report is about: which answers, against which, by which segments?

    Parameters
    ----------
    responses : Table
        The `responses` table.
    survey, score, comment, time : str
        Which survey counts, and the columns of score, comment and date.
    scale : str
        The answer scale as it was asked. Empty: 0-10, unless the answers look like those of a shorter scale.
    period : str
        A period as `cxkit.periods.parse` reads it. Empty: the last full quarter, if it and the quarter before are covered
        by the data and hold enough answers; else the last full month by the same rule; else all answers.
    by : str or list of str
        Segment columns. Empty: those in `segments`.
    segments : list of str
        Segment columns to fall back on, usually `cxkit.survey.segment_columns(responses)`.
    relational : str or list of str
        Touchpoints of relationship surveys, which ask about the company as a whole. Answers given there and answers given
        after a contact measure different things: a column `survey_kind` keeps them apart.
    enough : int
        Answers below which trend and segments are not shown.
    fiscal_start : int
        First month of the fiscal year.

    Returns
    -------
    Scope

    Raises
    ------
    UsageError
        If the period cannot be read.
    DataError
        If no answer has a score, if a period is asked for and there are no dates or no answers in it, or if no scale is
        named and the answers look like those of a 1-5 or 1-7 scale.

    Examples
    --------
    >>> import pandas as pd
    >>> view = scope(pd.DataFrame({"score": [9, 3, 10]}))
    >>> view.n, view.can("trend"), view.cannot["change"]
    (3, False, 'There are no dates, so nothing can be said about change.')
    """
    have = frames.column_names(frames.as_frame(responses))
    if "touchpoint" in have and KIND not in have:
        responses = _kinds(responses, frames.by_list(relational))
    answers = _Answers(responses, survey if "survey" in have else "", score, time if time in have else "")
    if not answers.n(None):
        raise DataError(answers.nothing())
    first, last = answers.span()
    as_of = getattr(responses, "as_of", None) or last
    chosen = _period(period, answers, first, as_of, enough, fiscal_start)
    previous = periods.previous(chosen) if chosen else None
    if previous is not None and (first is None or previous.start < first or not answers.n(previous)):
        previous = None
    n = answers.n(chosen)
    wanted = tuple(frames.by_list(by)) or tuple(segments)
    missing = [name for name in wanted if name not in have]
    wanted = tuple(name for name in wanted if name in have)
    notes = [f"There is no column '{name}' to compare segments by.{suggest(name, have)}" for name in missing]
    cannot = _cannot(answers, n, chosen, previous, wanted, missing, comment in have, enough)
    now = answers.within(chosen)
    cannot |= _one_kind(now, survey if "survey" in have else "", score, have)
    if "change" in cannot or "segments" in cannot:
        cannot["why"] = cannot.get("change") or cannot["segments"]
    if "customer_id" not in have or "change" in cannot:
        cannot["same"] = "Nothing can be said of customers who answered in both periods."
    if "customer_id" not in have:
        cannot["customers"] = "Nothing can be said of the same customers over time: there is no column 'customer_id'."
    return Scope(
        now=now,
        before=answers.within(previous) if previous else None,
        period=chosen,
        previous=previous,
        by=wanted,
        n=n,
        as_of=as_of,
        scale=scale or answers.default_scale(),
        cannot=cannot,
        notes=tuple(notes),
    )


#: The column that keeps relationship surveys and surveys after a contact apart, and what it holds.
KIND, RELATIONAL, TRANSACTIONAL = "survey_kind", "relationship", "after a contact"


def _kinds(responses: Any, relational: Sequence[str]) -> Any:
    """The same answers with the kind of survey they were given to; missing where the touchpoint is."""
    frame = frames.as_frame(responses)
    told = nw.col("touchpoint").cast(nw.String).str.strip_chars().str.to_lowercase()
    mine = told.is_in([name.strip().lower() for name in relational])
    kind = nw.when(mine).then(nw.lit(RELATIONAL)).otherwise(nw.lit(TRANSACTIONAL))
    frame = frame.with_columns(**{KIND: nw.when(~told.is_null()).then(kind)})
    return responses.with_frame(frame) if hasattr(responses, "with_frame") else frame


def _one_kind(now: Any, survey: str, score: str, have: Sequence[str]) -> dict[str, str]:
    """Why the two kinds of survey are not shown apart, if they are not."""
    if "touchpoint" not in have:
        return {
            "kinds": "Relationship surveys and surveys after a contact cannot be told apart: no column 'touchpoint'."
        }
    kinds = frames.count_by(counted(now, [KIND], survey=survey, score=score), [KIND], n=nw.len()).dropna()
    return {} if len(kinds) == 2 else {"kinds": "All answers come from one kind of survey."}


class _Answers:
    """The answers with a score, and how many of them fall in a period."""

    def __init__(self, responses: Any, survey: str, score: str, time: str):
        self.responses, self.time, self.score, self.survey = responses, time, score, survey
        self.frame = counted(responses, [time] if time else [], survey=survey, score=score)

    def nothing(self) -> str:
        """Why there is nothing to count."""
        rows = frames.row_count(frames.as_frame(self.responses))
        late = sum(
            n
            for cause, n in getattr(getattr(self.responses, "health", None), "set_aside", ())
            if "dated after" in cause
        )
        if late and not rows:
            return (
                f"responses: all {words.plural(late, 'row')} are dated after as_of {self.responses.as_of}. "
                "Name a later day, or leave as_of empty."
            )
        if self.survey and rows:
            every = frames.take(self.responses, ["survey"], "responses")
            there = frames.count_by(every, ["survey"], rows=nw.len()).dropna().sort_values("rows", ascending=False)
            shown = words.listing([f"'{r.survey}' ({words.count(r.rows)})" for r in there.head(8).itertuples()])
            return (
                f"responses: no answer of the survey '{self.survey}' has a score; "
                f"the column 'survey' holds {shown or 'nothing'}. Name one of them with survey=."
            )
        return (
            f"responses: none of {words.plural(rows, 'row')} has a score in '{self.score}', so there is nothing to report. "
            "Was the export empty, or is the score in another column?"
        )

    def default_scale(self) -> str:
        """0-10, unless fifty answers or more run from 1 to exactly 5 or 7: then somebody has to say what was asked."""
        score = nw.col(self.score).cast(nw.Float64)
        ends = frames.collect(self.frame.select(low=score.min(), high=score.max(), n=score.count())).iloc[0]
        if ends.n >= LOOKS_SHORT and ends.low >= 1 and ends.high in (5, 7):
            raise DataError(
                f"responses: all {words.count(ends.n)} answers lie within {ends.low:g}..{ends.high:g}, as on a "
                f"1-{ends.high:g} scale. Say which scale was asked: scale=1-{ends.high:g}, or scale=0-10 if it really was."
            )
        return "0-10"

    def span(self) -> tuple[date | None, date | None]:
        if not self.time:
            return None, None
        ends = frames.collect(self.frame.select(first=nw.col(self.time).min(), last=nw.col(self.time).max()))
        first, last = ends["first"].iloc[0], ends["last"].iloc[0]
        return (None, None) if first is None or first != first else (first.date(), last.date())

    def within(self, period: Period | None) -> Any:
        return periods.between(self.responses, period, time=self.time) if period else self.responses

    def n(self, period: Period | None) -> int:
        frame = self.frame if period is None else frames.as_frame(periods.between(self.frame, period, time=self.time))
        return frames.row_count(frame)


def _period(asked: str, answers: _Answers, first, as_of, enough: int, fiscal_start: int) -> Period | None:
    if asked.strip() == "all":
        return None
    if asked.strip():
        if as_of is None:
            raise DataError(
                f"period: {asked!r} was asked for, but the answers have no dates ('{answers.time or 'responded_at'}'). "
                "Map the date column, or leave the period empty."
            )
        chosen = so_far(periods.parse(asked, as_of=as_of, fiscal_start=fiscal_start), as_of)
        if not answers.n(chosen):
            raise DataError(
                f"period: no answer falls in {chosen.label} ({chosen.start} to {chosen.end}); "
                f"the answers run from {first} to {as_of}."
            )
        return chosen
    if first is None or as_of is None:
        return None
    for name in TRIED:
        chosen = periods.parse(name, as_of=as_of, fiscal_start=fiscal_start)
        before = periods.previous(chosen)
        if before.start >= first and min(answers.n(chosen), answers.n(before)) >= enough:
            return chosen
    return None


def _cannot(answers, n, chosen, previous, by, missing, comments, enough) -> dict[str, str]:
    cannot = {}
    all_n = answers.n(None)
    few = f"{words.plural(n, 'answer')} {'is' if n == 1 else 'are'} too few"
    if not answers.time:
        cannot["change"] = "There are no dates, so nothing can be said about change."
        cannot["trend"] = "No trend can be shown: there is no column of dates (responded_at)."
    elif previous is None:
        cannot["change"] = (
            "There is no full period before this one to compare with."
            if chosen
            else "All answers are taken together, so there is nothing to compare with."
        )
    if all_n < enough and "trend" not in cannot:
        cannot["trend"] = f"No trend is shown: {words.plural(all_n, 'answer')} would show noise (it takes {enough})."
    if n < enough:
        cannot["segments"] = f"No segments are compared: {few} to divide (it takes {enough})."
    elif missing and not by:
        cannot["segments"] = f"No segments can be shown: there is no column {words.listing(missing, 'or')}."
    elif not by:
        cannot["segments"] = (
            "No segments can be shown: no column has between two and twelve different texts. Name one with the parameter by."
        )
    if not comments:
        cannot["comments"] = "No comments can be shown: there is no column of comments."
    return cannot
