"""Which touch is each answer about?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxkit import frames, words
from cxkit.errors import UsageError
from cxkit.frames import id_texts
from cxkit.link.joining import TOUCHPOINT, Events
from cxkit.link.linked import BEFORE_ALL, NEVER, NOTHING_TO_GO_BY, Linked
from cxkit.link.rescaling import scaled, scales_of, survey_names
from cxkit.periods import Period, between, parse
from cxkit.periods.lengths import in_words, microseconds
from cxkit.periods.rows import clock, last_day
from cxkit.tables import frame_of
from cxkit.tables.counted import FINISHED

KEYS = ("session_id", "order_id", "ticket_id")

#: Why an answer has no touch.
UNFINISHED, NOTHING_SAID, UNDATED = "unfinished or a preview", "neither score nor comment", "no time of the answer"
NO_SURVEY, NO_SCALE = "a score but no survey named", "a score of the survey '{}', whose scale is not known"
OTHERS_KEY, SHARED_KEY = "its key belongs to another customer", "its key is shared by customers, and it names none"
LATE, NOT_AMONG = "the touch came after the answer", "no touch of that name with its key"
NO_SUCH_KEY, NO_CUSTOMER = "no touch with its key", "no key that occurs and no customer"
TOO_EARLY = "no such touch of the customer within {} before"


def link(
    responses: Any,
    events: Any,
    *,
    within: str | timedelta = "30D",
    keys: Sequence[str] = KEYS,
    customer: str = "customer_id",
    time: str = "occurred_at",
    answered: str = "responded_at",
    touchpoint: str = "touchpoint",
    score: str = "score",
    survey: str = "survey",
    sentiment: str = "",
    scales: Mapping[str, str] | None = None,
    hard: Sequence[str] = (),
    period: Period | str | None = None,
    columns: Sequence[str] = (),
) -> Linked:
    """Which touch is each answer about, and how good was it on one scale from -2 to +2?

    Parameters
    ----------
    responses, events : Table or frame
        Answers, and the touches of customers. They may come from different engines; neither is changed.
    within : str or timedelta, default "30D"
        How long before an answer a touch may lie that is found by its touchpoint alone.
    keys : sequence of str
        Columns that say what an answer is about, the first that leads to a touch counts. Those that one of the tables
        lacks are passed over.
    customer, touchpoint : str
        These columns in both tables. Answers without them can be linked by a key only.
    time, answered : str
        When a touch happened, and when an answer was given. An answer with a date alone was given by the end of that
        day.
    score, survey : str
        The score, and which survey it is from.
    sentiment : str, optional
        A column between -1 (bad) and 1 (good) that stands in where an answer has a comment but no score.
    scales : mapping of str to str, optional
        Scales of surveys, such as ``{"csat": "1-7"}``. Without: nps 0-10, csat 1-5, ces 1-7.
    hard : sequence of str
        Surveys whose high answers are bad (an effort score where 7 is very hard): they are turned round.
    period : Period or str, optional
        Only answers of this period. Touches may lie before it.
    columns : sequence of str
        Further columns of the answers to keep.

    Returns
    -------
    Linked
        `table` (one row a linked answer), `answers`, `losses` by cause, and the rules in words.

    Raises
    ------
    DataError
        If a column is missing, or scores do not fit the scale of their survey.
    UsageError
        If an option cannot be read, nothing says which survey the answers are from, or the two tables were read in
        different time zones.

    Notes
    -----
    An answer is joined by the first key that leads to a touch of its customer: to the latest touch with that key and
    the touchpoint it names; where it names none, or one that never occurs in the events, to the latest touch with that
    key. Otherwise it is joined to the nearest earlier touch of the same customer and touchpoint within the window,
    unless that touch has another key than the answer. A touch after the answer is never what it is about. Each answer
    has one touch; several answers can be about the same one. Of touches at the same moment the last by name is taken.
    Times that carry a zone are compared in UTC, and times without one beside them are taken as UTC; `rules` says so.

    Scores become ``4 (score - low) / (high - low) - 2``. **When not to use it**: to compare an NPS answer with a CSAT
    answer point by point; the ends of two questions are not equally hard to reach, so a stage that is asked another
    question than the others can look better or worse for that alone.

    Examples
    --------
    >>> touches = pd.DataFrame({"customer_id": ["a", "a"], "touchpoint": ["order", "delivery"], "order_id": "O1",
    ...     "occurred_at": pd.to_datetime(["2026-07-01", "2026-07-04"])})
    >>> answers = pd.DataFrame({"customer_id": ["a"], "touchpoint": ["delivery"], "order_id": ["O1"], "survey": "nps",
    ...     "score": [2], "responded_at": pd.to_datetime(["2026-07-05"])})
    >>> link(answers, touches).table[["touchpoint", "touched_at", "how", "scaled"]]
      touchpoint touched_at       how  scaled
    0   delivery 2026-07-04  order_id    -1.2
    """
    window = microseconds(within, "within")
    told = _clocks(("answers", responses, answered), ("events", events, time)) + _aside(responses)
    have = (frames.column_names(frames.as_frame(responses)), frames.column_names(frames.as_frame(events)))
    shared = [key for key in dict.fromkeys(keys) if key in have[0] and key in have[1]]
    named = {"customer": customer, "t": answered, "touchpoint": touchpoint, "comment": "comment"}
    named |= {f"k{place}": key for place, key in enumerate(shared)}
    extra = [*([sentiment] if sentiment else []), *columns]
    rows = _answers(responses, named, have[0], [score, survey], extra, answered, period)
    causes = pd.Series(None, index=rows.index, dtype="object")
    rows["survey"] = survey_names(rows, survey, scales)
    known = scales_of(sorted(rows["survey"].dropna().unique()), scales, hard)
    _set_aside(rows, score, sentiment, named["comment"], known, causes)
    rows["scaled"] = _stand_in(rows, scaled(rows, score, known, hard), sentiment)
    plain, whole_days = _plain(rows, named, causes.isna().to_numpy())
    theirs = {"t": time, "touchpoint": touchpoint, "customer": customer, "channel": "channel", "stage": "stage"}
    theirs = {ours: name for ours, name in theirs.items() if name in have[1] or ours in ("t", "touchpoint")}
    touches = Events(events, theirs | {f"k{place}": key for place, key in enumerate(shared)})
    found = _join(plain, touches, shared, window, causes)
    table = _table(rows, found, named, shared, score, extra)
    lost = causes.dropna().value_counts()
    losses = tuple(sorted(((str(cause), int(n)) for cause, n in lost.items()), key=lambda loss: (-loss[1], loss[0])))
    used = {name: known[name] for name in sorted(table["survey"].dropna().unique()) if name in known}
    turned = tuple(sorted(name for name in {str(h).strip().lower() for h in hard} if name in used))
    rules = "; ".join([_rules(shared, window, whole_days, sentiment), *told])
    missed = _missed(rows, causes, customer, answered)
    return Linked(table, len(rows), losses, used, turned, rules, missed=missed)


def _missed(rows: pd.DataFrame, causes: pd.Series, customer: str, answered: str) -> pd.DataFrame:
    """The answers without a touch: whose, when, and why they have none."""
    lost = causes.notna().to_numpy()
    own = rows[lost]
    who = id_texts(own[customer]) if customer in own else pd.Series(None, index=own.index, dtype="str")
    when = own[answered].astype("datetime64[us]")
    return pd.DataFrame({"customer_id": who, "responded_at": when, "cause": causes[lost]}).reset_index(drop=True)


def _clocks(*sides: tuple[str, Any, str]) -> list[str]:
    """What has to be said of the clocks of both tables; refuses to compare times of two time zones.

    Times that carry a zone are compared in UTC; those that carry none are on the clock their table was read in, UTC
    unless it says another.
    """
    zones, carry = {}, {}
    for name, data, column in sides:
        dtype = frames.as_frame(data).collect_schema().get(column)
        carry[name] = getattr(dtype, "time_zone", None) is not None
        zones[name] = "UTC" if carry[name] else getattr(data, "tz", None)
    (one, first), (other, second) = zones.items()
    if first and second and first != second:
        raise UsageError(
            f"link: the times of the {one} are in {first}, those of the {other} in {second}. Read both with the same tz=, "
            "so that earlier and later mean the same."
        )
    if carry[one] == carry[other]:
        return []
    zoned, plain = (one, other) if carry[one] else (other, one)
    return [
        f"times of the {zoned} carry a zone and are taken in UTC, those of the {plain} carry none and are taken as UTC"
    ]


def _aside(responses: Any) -> list[str]:
    """Answers that were set aside when they were read."""
    health = getattr(responses, "health", None)
    causes = ", ".join(f"{words.count(n)} {cause}" for cause, n in health.set_aside if n) if health else ""
    return [f"of {words.plural(health.rows_in, 'row')} of answers set aside when read: {causes}"] if causes else []


def _answers(
    responses: Any, named: Mapping, have: Sequence[str], own: Sequence, extra: Sequence, answered: str, period
):
    """The rows of the period with the columns that are needed, here."""
    if isinstance(period, str):
        period = parse(period, as_of=getattr(responses, "as_of", None) or last_day(responses, time=answered))
    rows = between(responses, period, time=answered)
    own = [*own, *([] if hasattr(responses, "health") else ["status"]), "response_id"]
    needed = [answered, *(name for name in (*named.values(), *own) if name in have), *extra]
    frame = frame_of("responses", rows, list(dict.fromkeys(needed)))
    day = frame.collect_schema()[answered] == nw.Date
    out = frames.collect(frame.with_columns(clock(frame, answered, "responses").alias(answered)))
    out.attrs["dates"] = day
    return out


def _set_aside(rows: pd.DataFrame, score: str, sentiment: str, comment: str, known: Mapping, causes: pd.Series) -> None:
    """Answers that cannot be about any touch; the first cause that applies counts."""
    nothing = pd.Series(False, index=rows.index)
    scored = rows[score].notna() if score in rows else nothing
    told = rows[comment].notna() if comment in rows else nothing
    told = told | (rows[sentiment].notna() if sentiment else nothing)
    if "status" in rows:
        done = rows["status"].astype("str").str.strip().str.lower().isin(FINISHED)
        causes[~done & rows["status"].notna()] = UNFINISHED
    unnamed, unknown = rows["survey"].isna(), ~rows["survey"].isin(list(known))
    rules = [(NOTHING_SAID, ~scored & ~told), (NO_SURVEY, scored & unnamed)]
    for name in sorted(rows.loc[scored & unknown & ~unnamed, "survey"].unique()):
        rules.append((NO_SCALE.format(name), scored & (rows["survey"] == name)))
    for cause, which in rules:
        causes[which & causes.isna()] = cause


def _stand_in(rows: pd.DataFrame, values: np.ndarray, sentiment: str) -> np.ndarray:
    """The sentiment of the comment where there is no score."""
    if not sentiment:
        return values
    mood = rows[sentiment].to_numpy(dtype=float, na_value=np.nan)
    if (np.abs(mood) > 1).any():
        raise UsageError(f"sentiment: '{sentiment}' has values beyond −1 to 1. Divide it by its largest value.")
    return np.where(np.isnan(values), 2 * mood, values)


def _plain(rows: pd.DataFrame, named: Mapping[str, str], wanted: np.ndarray) -> tuple[pd.DataFrame, bool]:
    """What the join needs of the answers that can be linked, and whether they carry dates without a time of day."""
    times = rows[named["t"]].astype("datetime64[us]")
    there = times.dropna()
    whole_days = bool(len(there)) and (rows.attrs.get("dates", False) or bool((there == there.dt.normalize()).all()))
    out = {"i": np.arange(len(rows)), "t": times + pd.Timedelta(days=1, microseconds=-1) if whole_days else times}
    for ours, name in named.items():
        if ours not in ("t", "comment"):
            out[ours] = id_texts(rows[name]) if name in rows else pd.Series(None, index=rows.index, dtype="str")
    return pd.DataFrame(out)[wanted], whole_days


def _join(plain: pd.DataFrame, touches: Events, shared: Sequence[str], window: int, causes: pd.Series) -> pd.DataFrame:
    """The touch of each answer, by one key after the other, then by its touchpoint; notes why an answer has none."""
    causes.iloc[plain.loc[plain["t"].isna(), "i"]] = UNDATED
    known, first = touches.touchpoints()
    if first is not None:
        causes.iloc[plain.loc[plain["t"] < first, "i"]] = BEFORE_ALL
    left = plain[plain["t"].notna() & (plain["t"] >= (pd.Timestamp.min if first is None else first))]
    names_one = left.set_index("i")["touchpoint"].isin(known)
    found, why = [], pd.Series(None, index=left["i"], dtype="object")
    settled: set[int] = set()
    for place, key in enumerate(shared):
        mine = left[left[f"k{place}"].notna() & ~left["i"].isin(settled)]
        if not len(mine):
            continue
        seen = touches.by_key(mine, f"k{place}").set_index("i")
        named = names_one.loc[seen.index].to_numpy()
        no_customer = left.set_index("i").loc[seen.index, "customer"].isna().to_numpy()
        cause = np.select(
            [
                seen["own"] == 0,
                no_customer & (seen["people"] > 1),
                np.where(named, (seen["named"] > 0) & seen["n_t"].isna(), seen["a_t"].isna()),
                named & (seen["named"] == 0),
            ],
            [OTHERS_KEY, SHARED_KEY, LATE, NOT_AMONG],
            "",
        )
        for prefix, which in (("n_", (cause == "") & named), ("a_", (cause == "") & ~named)):
            found.append(_touch(seen[which], prefix, key))
        settled |= set(seen.index[(cause == "") | (cause == LATE)])
        fresh = seen.index[(cause != "") & why.loc[seen.index].isna().to_numpy()]
        why.loc[fresh] = pd.Series(cause, index=seen.index).loc[fresh]
    rest = left[~left["i"].isin(settled)]
    nearest = rest[rest["customer"].notna() & names_one.loc[rest["i"]].to_numpy()]
    if len(nearest) or not found:
        seen = touches.by_touchpoint(nearest, window).set_index("i")
        found.append(_touch(seen[seen["n_t"].notna()], "n_", TOUCHPOINT))
    else:
        seen = pd.DataFrame({"earlier": [], "later": []})
    out = pd.concat(found)
    _reasons(left[~left["i"].isin(out.index)], seen, why, known, shared, window, causes)
    return out


def _touch(seen: pd.DataFrame, prefix: str, how: str) -> pd.DataFrame:
    names = ("t", "touchpoint", "channel", "stage", "customer")
    return seen[[prefix + name for name in names]].set_axis(list(names), axis=1).assign(how=how)


def _reasons(left: pd.DataFrame, seen: pd.DataFrame, why: pd.Series, known: set, shared, window: int, causes) -> None:
    """Why each of these answers has no touch."""
    at = left["i"]
    keyed = np.zeros(len(left), dtype=bool)
    for place in range(len(shared)):
        keyed |= left[f"k{place}"].notna().to_numpy()
    near = seen.reindex(at)
    late = (near["later"] > 0).to_numpy() & (near["earlier"] == 0).to_numpy()
    named, customer = left["touchpoint"].notna().to_numpy(), left["customer"].notna().to_numpy()
    by_key = why.loc[at].to_numpy()
    told = pd.notna(by_key)
    rules = [told, keyed, ~named, ~left["touchpoint"].isin(known).to_numpy(), ~customer, late]
    texts = [np.where(told, by_key, ""), NO_SUCH_KEY, NOTHING_TO_GO_BY, NEVER, NO_CUSTOMER, LATE]
    causes.iloc[at] = np.select(rules, [np.asarray(t, dtype=object) for t in texts], TOO_EARLY.format(in_words(window)))


def _table(rows: pd.DataFrame, found: pd.DataFrame, named: Mapping, shared, score: str, extra) -> pd.DataFrame:
    """One row a linked answer, by time of the answer."""
    found = found.sort_index()
    own = rows.iloc[found.index].reset_index(drop=True)
    touch = found.reset_index(drop=True)
    nobody = pd.Series(None, index=own.index, dtype="str")
    customers = id_texts(own[named["customer"]]) if named["customer"] in own else nobody
    out = {
        "customer_id": customers.fillna(touch["customer"]),
        "responded_at": own[named["t"]].astype("datetime64[us]"),
        "survey": own["survey"],
        "score": own[score].astype("float64") if score in own else np.nan,
        "scaled": own["scaled"],
        "touchpoint": touch["touchpoint"],
        "stage": touch["stage"],
        "channel": touch["channel"],
        "touched_at": touch["t"],
        "how": touch["how"].astype("str"),
        "comment": own.get("comment", nobody),
    }
    out |= {key: id_texts(own[key]) for key in shared}
    out |= {name: own[name] for name in (*extra, "response_id") if name in own and name not in out}
    table = pd.DataFrame(out)
    order = [n for n in ("responded_at", "customer_id", "response_id", "survey", "touchpoint", "score") if n in table]
    return _in_order(table, [*order, *shared, "comment"])


def _in_order(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Rows by these columns; only those of one moment, the first column, are compared by the others."""
    time = table[columns[0]].to_numpy()
    rows = np.argsort(time, kind="stable")
    same = time[rows[1:]] == time[rows[:-1]]
    tied = np.append(same, False) | np.append(False, same)
    if tied.any():
        at = rows[tied]
        among = table[list(columns)].iloc[at].reset_index(drop=True)
        rows[tied] = at[among.sort_values(list(columns), kind="stable").index]
    return table.iloc[rows].reset_index(drop=True)


def _rules(shared: Sequence[str], window: int, whole_days: bool, sentiment: str) -> str:
    by = f"by {words.listing(list(shared), 'or')}, else " if shared else ""
    parts = [f"answers linked {by}to the nearest touch of that name within {in_words(window)} before"]
    if whole_days:
        parts.append("answers carry dates only and are taken as given by the end of the day")
    if sentiment:
        parts.append(f"'{sentiment}' stands in where there is no score")
    return "; ".join(parts)
