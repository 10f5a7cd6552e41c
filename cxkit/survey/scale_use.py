"""How was the scale used: straight lines, the same answer every time, copied comments, bursts, heaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxkit import frames, privacy, words
from cxkit.errors import DataError, UsageError
from cxkit.scales import Rule, nps_rule
from cxkit.survey.answers import ROWS, VALUE, Answers, Question, answers_of, sift
from cxkit.survey.bursts import bursts

LOOK, USUAL, UNCHECKED = "worth a look", "nothing unusual", "not checked"

#: The same answer to every question says little of two questions; and the same answer every time little of three.
LEAST_RATINGS, LEAST_ANSWERS = 3, 4

#: Straight lines below the top answer that are worth a look, as a share of the answers: from five questions on, and of
#: three or four, which often ask about the same thing. The same for customers with one answer every time.
STRAIGHT, STRAIGHT_FEW, EVERY_TIME = 0.15, 0.30, 0.10

#: Comments shorter than this are alike by chance; copied ones are worth a look from this share or so many customers on.
LEAST_LETTERS, COPIED, COPIES = 20, 0.01, 10

#: A score is a heap if it is this many times as frequent as either neighbour, beyond chance.
HEAP = 3.0

_COLUMNS = {"check": "str", "what": "str", "n": "int64", "base": "int64", "share": "float64", "expected": "float64",
            "examples": "str", "verdict": "str", "caution": "str"}  # fmt: skip


def scale_use(
    responses: Any,
    *,
    ratings: str | Sequence[str] = (),
    survey: str = "nps",
    scale: str = "0-10",
    score: str = "score",
    comment: str = "comment",
    customer: str = "customer_id",
    time: str = "responded_at",
    source: str = "channel",
    minutes: int = 10,
    names: Sequence[str] = (),
) -> pd.DataFrame:
    """Are there answers that look clicked through, copied, or sent by a machine?

    Parameters
    ----------
    responses : Table or frame
        The `responses` table.
    ratings : str or list of str
        Three or more columns of ratings on one scale, asked on one page; for straight lines.
    survey, scale, score : str
        As in `cxkit.survey.nps`; only its answers are looked at.
    comment, customer, time, source : str
        Columns; a check whose column is not there is listed as not checked. `source` may be anything that tells senders
        apart: a channel, a link, an address.
    minutes : int, default 10
        Length of the windows in which bursts are looked for.
    names : list of str
        Known names of people, masked in the comments that are shown.

    Returns
    -------
    DataFrame
        One row a check: check, what (was counted), n, base (of how many), share, expected (the share that chance alone
        would give, where that can be said), examples (masked), verdict ("worth a look", "nothing unusual", "not
        checked"), caution (the innocent reasons, and what to do).

    Raises
    ------
    DataError
        If a named rating column is missing, or a score does not fit.
    UsageError
        If an option cannot be used.

    Notes
    -----
    Nothing is dropped. Worth a look are:

    - straight lines: the same answer to all rating questions, below the top answer, in 15 % of answers or more, of three
      or four questions in 30 % (delighted customers rightly give the top answer to everything);
    - the same answer every time: customers with four answers or more, all alike and below the top, 10 % or more;
    - copied comments: the same 20 characters or more from different customers, in 1 % of comments or from 10 customers;
    - bursts: a window of ten minutes with 10 answers or more from one source, at least five times its usual number at
      that hour of the day, and too many for chance (Poisson, 0.01 expected over all windows);
    - heaps: a score three times as frequent as either neighbour, beyond chance; at the ends of the scale that is usual,
      so the lowest answer counts only against the one above it;
    - one answer: more than 60 % of all answers are one and the same.

    **When not to use it**: as proof. Each pattern has innocent causes, which `caution` names; to delete answers because
    they look wrong moves the score by a rule nobody stated. Windows do not overlap, so a burst on a border can be missed.

    References
    ----------
    Krosnick, J. A. (1991). Response strategies for coping with the cognitive demands of attitude measures in surveys.
    Applied Cognitive Psychology 5, 213-236.

    Examples
    --------
    >>> answers = pd.DataFrame({"score": [10, 9, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "customer_id": list("abcdefghijklm")})
    >>> scale_use(answers).query("verdict == 'worth a look'")[["check", "n", "base"]].values.tolist()
    [['heaps', 10, 13], ['one answer', 10, 13]]
    """
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not 1 <= minutes <= 60 or 60 % minutes:
        raise UsageError(f"minutes: {minutes!r} does not divide an hour. Take 5, 10, 15, 20, 30 or 60.")
    ratings = frames.by_list(ratings, ())
    have = frames.column_names(frames.as_frame(responses))
    extra = [name for name in (comment, customer, time, source) if name in have]
    question = Question(nps_rule(scale), survey, score, (), "all", customer, time)
    answers = answers_of(responses, question, [*ratings, *extra])
    lines, answers = sift(frames.count_by(answers.frame, [*answers.own, VALUE], **{ROWS: nw.len()}), answers, [])
    counts = np.zeros(len(question.rule.points))
    scored = lines[lines[VALUE].notna()]
    np.add.at(counts, (scored[VALUE] - question.rule.low).astype(int), scored[ROWS].astype(float))
    there = set(extra)
    rows = [
        _straight(answers, ratings),
        _every_time(answers, counts) if customer in there else _unchecked("same answer every time", customer),
        _copied(answers, comment, customer if customer in there else "", names)
        if comment in there
        else _unchecked("copied comments", comment),
        _bursts(answers, source if source in there else "", time, minutes)
        if time in there
        else _unchecked("bursts", time),
        _heaps(counts, question.rule),
        _one_answer(counts, question.rule),
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)


def _row(check: str, what: str, n: float, base: float, look: bool, caution: str, examples: str = "", expected=np.nan):
    share = n / base if base else np.nan
    return (check, what, int(n), int(base), share, expected, examples, LOOK if look else USUAL, caution)


def _unchecked(check: str, column: str, why: str = "") -> tuple:
    why = why or f"There is no column '{column}'."
    return (check, why, 0, 0, np.nan, np.nan, "", UNCHECKED, "")


def _straight(answers: Answers, ratings: Sequence[str]) -> tuple:
    """The same answer to every rating question."""
    check = "straight lines"
    if len(ratings) < LEAST_RATINGS:
        return _unchecked(check, "", f"It takes {LEAST_RATINGS} rating columns or more; name them with ratings=.")
    frame = answers.counted()
    values = [_number(frame, name) for name in ratings]
    given, same = ~values[0].is_null(), nw.lit(True)
    for value in values[1:]:
        given, same = given & ~value.is_null(), same & (value == values[0])
    flags = {"_cx_line": values[0], "_cx_same": same.cast(nw.Int8)}
    lines = frames.count_by(frame.filter(given).with_columns(**flags), ["_cx_same", "_cx_line"], n=nw.len())
    base, alike = int(lines["n"].sum()), lines[lines["_cx_same"] == 1]
    below = int(alike.loc[alike["_cx_line"] < lines["_cx_line"].max(), "n"].sum())
    most = STRAIGHT if len(ratings) > 4 else STRAIGHT_FEW
    common = alike.sort_values("n", ascending=False, kind="stable").head(3)
    examples = ", ".join(
        f"{value:g} everywhere in {words.count(n)}" for value, n in zip(common["_cx_line"], common["n"], strict=True)
    )
    what = f"answers with one and the same rating in all {len(ratings)} columns; {words.count(below)} of them below the top"
    caution = (
        "Usual where the questions ask about the same thing. Look at them beside the time taken, or turn one question "
        "round next time."
    )
    return _row(check, what, alike["n"].sum(), base, bool(base) and below >= most * base, caution, examples)


def _number(frame: frames.Frame, column: str) -> nw.Expr:
    dtype = frame.collect_schema()[column]
    if not dtype.is_numeric():
        raise DataError(
            f"scale_use: the rating column '{column}' holds {str(dtype).lower()}, not numbers. Read the data with "
            "cxkit.read('responses', ...), or name columns of numbers with ratings=."
        )
    return nw.col(column).cast(nw.Float64)


def _every_time(answers: Answers, counts: np.ndarray) -> tuple:
    """Customers who gave the same score in every one of at least four answers."""
    customer, rule = answers.question.customer, answers.question.rule
    frame = answers.counted().filter(~nw.col(customer).is_null())
    people = frame.group_by(customer).agg(
        _cx_n=nw.len(), _cx_low=nw.col(VALUE).min(), _cx_high=nw.col(VALUE).max()
    )  # fmt: skip
    people = people.filter(nw.col("_cx_n") >= LEAST_ANSWERS).with_columns(
        _cx_same=nw.when(nw.col("_cx_low") == nw.col("_cx_high")).then(nw.col("_cx_low")).otherwise(rule.low - 1)
    )
    lines = frames.count_by(people, ["_cx_n", "_cx_same"], n=nw.len())
    base, alike = int(lines["n"].sum()), lines[lines["_cx_same"] >= rule.low]
    below = int(alike.loc[alike["_cx_same"] < rule.high, "n"].sum())
    share = counts / max(counts.sum(), 1)
    expected = (lines["n"] * [(share**times).sum() for times in lines["_cx_n"]]).sum() / base if base else np.nan
    first = people.filter(nw.col("_cx_same") >= rule.low).sort("_cx_n", customer, descending=[True, False]).head(3)
    shown = frames.collect(first.select(customer, "_cx_n", "_cx_same"))
    examples = ", ".join(f"{_masked(who)}: {value:g} {n} times" for who, n, value in shown.itertuples(index=False))
    what = f"customers with {LEAST_ANSWERS} answers or more, all alike; {words.count(below)} of them below the top"
    caution = "Loyal customers may mean it. Look at their comments: praise under a 5 says that the scale was misread."
    return _row(
        "same answer every time", what, alike["n"].sum(), base, bool(base) and below >= EVERY_TIME * base, caution,
        examples, expected,
    )  # fmt: skip


def _copied(answers: Answers, comment: str, customer: str, names: Sequence[str]) -> tuple:
    """The same long comment from different customers."""
    text = nw.col(comment).cast(nw.String).str.strip_chars().str.to_lowercase()
    frame = answers.counted().filter(~nw.col(comment).is_null()).with_columns(_cx_text=text)
    frame = frame.filter(nw.col("_cx_text").str.len_chars() >= LEAST_LETTERS)
    key = nw.col(customer or "_cx_text")
    texts = frame.with_columns(_cx_who=key).group_by("_cx_text")
    texts = texts.agg(_cx_n=nw.len(), _cx_first=nw.col("_cx_who").min(), _cx_last=nw.col("_cx_who").max())
    copied = nw.col("_cx_first") != nw.col("_cx_last") if customer else nw.col("_cx_n") > 1
    texts = texts.with_columns(_cx_copied=copied.fill_null(False).cast(nw.Int64))
    sums = {"base": nw.col("_cx_n"), "n": nw.col("_cx_n") * nw.col("_cx_copied"), "many": nw.col("_cx_copied")}
    total = frames.collect(texts.select(**{name: value.sum() for name, value in sums.items()})).fillna(0)
    base, n, many = (int(total[name].iloc[0]) for name in sums)
    first = _most_copied(frame, texts.filter(nw.col("_cx_copied") == 1), customer)
    most = int(first["_cx_who"].max()) if len(first) else 0
    first = first.head(3)
    shown = privacy.redact(first["_cx_text"].tolist(), names=[n.lower() for n in names]).texts
    examples = "; ".join(
        f"“{t[:60]}{'…' * (len(t) > 60)}” from {words.count(k)}" for t, k in zip(shown, first["_cx_who"], strict=True)
    )
    by = "different customers" if customer else "different answers"
    what = f"comments of {LEAST_LETTERS} characters or more that came from {by} word for word; {words.plural(many, 'text')}"
    caution = (
        "Ready-made sentences in the form, a pasted signature or one person with many accounts. Quote each text once."
    )
    return _row("copied comments", what, n, base, bool(n) and (n >= COPIED * base or most >= COPIES), caution, examples)


def _most_copied(frame: frames.Frame, texts: frames.Frame, customer: str) -> pd.DataFrame:
    """The commonest copied texts, and from how many customers each came."""
    order = {"descending": [True, False]}
    first = frames.collect(texts.sort("_cx_n", "_cx_text", **order).select("_cx_text", "_cx_n").head(COPIES))
    if not customer or first.empty:
        return first.rename(columns={"_cx_n": "_cx_who"})
    mine = frame.filter(nw.col("_cx_text").is_in(first["_cx_text"].tolist()))
    people = frames.count_by(mine, ["_cx_text"], _cx_who=nw.col(customer).n_unique())
    return people.sort_values(["_cx_who", "_cx_text"], ascending=[False, True], kind="stable")


def _bursts(answers: Answers, source: str, time: str, minutes: int) -> tuple:
    """Windows with far more answers of one source than usual."""
    frame = answers.counted()
    found = bursts(frame, source=source, time=time, minutes=minutes)
    base = frames.row_count(frame.filter(~nw.col(time).is_null()))
    examples = "; ".join(
        f"{row.source}, {row.start:%Y-%m-%d %H:%M}: {words.count(row.n)} (usually {words.number(row.usual)})"
        for row in found.head(3).itertuples()
    )
    what = f"answers in {words.plural(len(found), 'burst')}: windows of {minutes} minutes with far more than usual"
    what += f" for their {source} and hour" if source else " for their hour"
    caution = (
        "A mailing or a shop terminal can do that; so can a script. Look at the scores and comments of these answers."
    )
    return _row("bursts", what, found["n"].sum(), base, bool(len(found)), caution, examples)


def _heaps(counts: np.ndarray, rule: Rule) -> tuple:
    """Scores far more frequent than their neighbours."""
    total, found = counts.sum(), []
    for at in range(len(counts) - 1):  # the top answer stands out on every survey
        near = [counts[k] for k in (at - 1, at + 1) if k >= 0]
        beyond = (counts[at] - max(near)) / np.sqrt(max(counts[at] + max(near), 1))
        if counts[at] >= HEAP * max(near) and beyond > 3:
            found.append(at)
    n = sum(counts[at] for at in found)
    examples = ", ".join(f"{rule.low + at}: {words.count(counts[at])}" for at in found)
    what = "answers at a score three times as frequent as its neighbours"
    caution = (
        "At the lowest score: check that it is not the code for 'does not apply' or a form's starting value. In the middle: "
        "check the wording and whether the form begins there."
    )
    return _row("heaps", what, n, total, bool(found), caution, examples)


def _one_answer(counts: np.ndarray, rule: Rule) -> tuple:
    """The share of the commonest answer, and of both ends of the scale."""
    total, at = counts.sum(), int(counts.argmax())
    ends = (counts[0] + counts[-1]) / total if total else np.nan
    what = f"answers of {rule.low + at}, the commonest; {words.percent(ends)} at one end of the scale or the other"
    caution = "Such a scale no longer tells customers apart; show how the answers are spread, not the score alone."
    return _row("one answer", what, counts[at], total, bool(total >= 10 and counts[at] > 0.6 * total), caution)


def _masked(key: object) -> str:
    """Enough of an id to find it again, not enough to know it.

    >>> _masked("C00123"), _masked("7")
    ('C…23', '…')
    """
    text = str(key)
    return f"{text[:1]}…{text[-2:]}" if len(text) > 4 else "…"
