"""Customers who answer more than once: what their answers tell together.

Ten answers of one customer tell less than ten answers of ten customers. Everything that allows for it needs only sums
over customers of products of what each contributed; they are made here in one query, and no row is brought home.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from cxkit import frames, words
from cxkit.errors import DataError, UsageError
from cxkit.scales import Rule
from cxkit.survey.answers import ROWS, VALUE, WEIGHT, Answers, Question, answers_of, sift
from cxkit.survey.sides import MOMENTS, Side, correlated, correlation, own, rest

__all__ = [
    "MOMENTS",
    "Side",
    "clustered_words",
    "correlated",
    "correlation",
    "customer_sums",
    "has_customers",
    "moments",
    "moments_of",
    "own",
    "rest",
    "shared",
    "sifted",
]

#: Sums of one customer in one group: answers, weight w, weighted value s, weighted squared value q, and the products
#: ww, ws and ss of that customer's own sums (for answers without a customer: of each answer, added up).
SUMS = ("n", "w", "s", "q", "ww", "ws", "ss")


_PLUS = ("n", "w", "s", "q")  # these add up over groups as they are

#: What is added up on the engine (some engines take wW and ww for one name), and what it is called then.
_ADDED = {f"_cx_{name}": name for name in SUMS} | {
    **{"_cx_wT": "wW", "_cx_wU": "wS", "_cx_sT": "sW", "_cx_sU": "sS"},
    **{"_cx_m": "customers", "_cx_only": "only", "_cx_part": "part", "_cx_again": "again"},
}


def moments(responses: Any, question: Question, *, stated: bool = False) -> pd.DataFrame:
    """What do the customers of each group tell, allowing for those who answered more than once?

    Parameters
    ----------
    responses : Table or frame
    question : Question
        Rule, survey, columns and groups. It must count all answers (`repeats="all"`).
    stated : bool
        Leave out answers with a missing group.

    Returns
    -------
    DataFrame
        One row a group, sorted, missing last: the group columns, then

        - n, w, s, q: answers, and sums of w, w y and w y^2 (w is 1 without weights; y as in `Side`);
        - customers: those with an answer in the group; only: those with no answer elsewhere;
        - ww, ws, ss: sums over customers of the products of their own sums of w and w y in the group;
        - wW, wS, sW, sS: the same, their own sum in the group times their sum over all groups;
        - N, W, S, Q, CUSTOMERS, REPEATED, WW, WS, SS: the same over all groups, repeated in each row (REPEATED:
          customers who answered more than once).

        An answer without a customer counts as a customer of its own, and so does every answer where there is no such
        column (`has_customers` tells).

    Raises
    ------
    DataError
        If a column is missing, the survey does not occur, or a score does not fit.
    UsageError
        If the question keeps one answer of each customer, or a group column bears the name of a result column.

    Notes
    -----
    With u = (S - mean W) / (sum of w) for each customer, the variance of the mean is the sum of u^2 over customers, times
    m / (m - 1); the covariance of a group and all others is the sum of u in the group times u elsewhere. Both follow from
    these sums (`own`, `rest`, `correlation`). **When not to use it**: with few customers (below about ten) such a variance
    is itself a rough guess.

    References
    ----------
    Liang, K.-Y. and Zeger, S. L. (1986). Longitudinal data analysis using generalized linear models. Biometrika 73, 13-22.

    Examples
    --------
    >>> from cxkit.scales import nps_rule
    >>> answers = pd.DataFrame({"score": [9, 10, 3, 8], "customer_id": ["a", "a", "b", None]})
    >>> asked = Question(nps_rule(), "nps", "score", (), "all", "customer_id", "responded_at")
    >>> moments(answers, asked)[["n", "customers", "s", "ww", "ss", "REPEATED"]].astype(int).values.tolist()
    [[4, 3, 1, 6, 5, 1]]
    """
    return moments_of(sifted(responses, question, []), stated=stated)


def sifted(responses: Any, question: Question, said: list[str]) -> Answers:
    """The answers that count, checked; `said` receives what was set aside, in words.

    Raises
    ------
    DataError
        As in `moments`.
    """
    answers = answers_of(responses, question)
    lines = frames.count_by(answers.frame, [*answers.own, VALUE], **{ROWS: nw.len()})
    return sift(lines, answers, said)[1]


def has_customers(answers: Answers) -> bool:
    """Whether there is a column that says who answered."""
    return answers.question.customer in frames.column_names(answers.frame)


def clustered_words(table: pd.DataFrame, answers: Answers) -> str:
    """How the method column says that repeated answers are allowed for, or why not."""
    if not has_customers(answers):
        return f"answers taken as independent (no column '{answers.question.customer}')"
    repeated = float(table["REPEATED"].iloc[0]) if len(table) else 0
    return f"clustered by customer, {words.count(repeated)} answered more than once"


def moments_of(
    answers: Answers, *, stated: bool = False, cross: bool = True, lines: frames.Frame | None = None
) -> pd.DataFrame:
    """The same as `moments`, for answers that have been sifted already.

    Parameters
    ----------
    answers : Answers
        From `sifted`.
    stated : bool
        Leave out answers with a missing group.
    cross : bool
        Whether groups shall be compared with the rest. If not, what that takes is missing (wW to sS, only, and the
        products over all groups), REPEATED counts within the groups, and the query costs half as much.
    lines : frame, optional
        Their `customer_sums`, where they have been made already.

    Returns
    -------
    DataFrame
        As `moments`.

    Raises
    ------
    UsageError
        If the question keeps one answer of each customer, or a group column bears the name of a result column.
    """
    by = list(answers.question.by)
    if answers.question.repeats != "all":
        raise UsageError(
            f"moments: repeats={answers.question.repeats!r} keeps one answer of each customer, so there is nothing to "
            "cluster. Count all answers, or leave clustering out."
        )
    if taken := [name for name in by if name in MOMENTS]:
        raise UsageError(f"by: '{taken[0]}' is also the name of a sum that is made. Rename the column before the call.")
    lines = customer_sums(answers, stated=stated) if lines is None else lines
    added = frames.count_by(_with_cross(lines, answers, cross), by, **{name: nw.col(name).sum() for name in _ADDED})
    sums = added[list(_ADDED)].fillna(0.0).astype("float64").set_axis(list(_ADDED.values()), axis=1)
    everything = sums.sum()
    sums = sums.assign(**{name.upper(): everything[name] for name in _PLUS})
    sums = sums.assign(CUSTOMERS=round(everything["part"]), REPEATED=round(everything["again"]))
    # a customer's total squared is the sum over groups of its own part times its total
    sums = sums.assign(WW=everything["wW"], WS=everything["wS"], SS=everything["sS"])
    if by and not cross:
        sums[["only", "wW", "wS", "sW", "sS", "CUSTOMERS", "WW", "WS", "SS"]] = float("nan")
    return pd.concat([added[by], sums[list(MOMENTS)]], axis=1)


def customer_sums(answers: Answers, *, stated: bool = False) -> frames.Frame:
    """One line for each group and customer, still on the engine: the building block of everything here.

    Parameters
    ----------
    answers : Answers
        From `sifted`.
    stated : bool
        Leave out answers with a missing group.

    Returns
    -------
    narwhals frame
        The group columns, the customer (where there is such a column), and the sums `SUMS` under the names "_cx_n",
        "_cx_w" …; answers without a customer are one line a group, its products added up answer by answer.

    Examples
    --------
    >>> from cxkit.scales import nps_rule
    >>> answers = pd.DataFrame({"score": [9, 10, 3], "customer_id": ["a", "a", "b"]})
    >>> asked = Question(nps_rule(), "nps", "score", (), "all", "customer_id", "responded_at")
    >>> frames.collect(customer_sums(sifted(answers, asked, [])).sort("customer_id"))[["_cx_n", "_cx_s", "_cx_ss"]]
       _cx_n  _cx_s  _cx_ss
    0    2.0    2.0     4.0
    1    1.0   -1.0     1.0
    """
    question, known = answers.question, has_customers(answers)
    frame, keys = answers.counted(), list(dict.fromkeys([*question.by, *([question.customer] if known else [])]))
    if stated:
        for name in question.by:
            frame = frame.filter(~nw.col(name).is_null())
    value = _value(question.rule)
    frame = frame.with_columns(_cx_n=nw.lit(1.0), _cx_s=value, _cx_q=value * value)
    n, s, q = nw.col("_cx_n"), nw.col("_cx_s"), nw.col("_cx_q")
    if question.weight:
        w = nw.col(WEIGHT)
        frame = frame.with_columns(_cx_w=w, _cx_s=w * s, _cx_q=w * q, _cx_ww=w * w, _cx_ws=w * w * s, _cx_ss=w * w * q)
        wanted = {f"_cx_{name}": nw.col(f"_cx_{name}").sum() for name in SUMS}
    else:
        wanted = {"_cx_n": n.sum(), "_cx_s": s.sum(), "_cx_q": q.sum()}
    lines = frame.group_by(*keys, drop_null_keys=False).agg(**wanted) if keys else frame.select(**wanted)
    if not question.weight:
        lines = lines.with_columns(_cx_w=n, _cx_ww=n, _cx_ws=s, _cx_ss=q)
    if known:
        w, somebody = nw.col("_cx_w"), ~nw.col(question.customer).is_null()
        products = {"_cx_ww": w * w, "_cx_ws": w * s, "_cx_ss": s * s}
        lines = lines.with_columns(
            **{name: nw.when(somebody).then(product).otherwise(nw.col(name)) for name, product in products.items()}
        )
    return lines


def _value(rule: Rule) -> nw.Expr:
    """y of an answer, as in `Side`."""
    value = nw.col(VALUE)
    if rule.kind == "mean":
        return value.cast(nw.Float64) - (rule.low + rule.high) / 2
    plus = (value >= rule.plus[0]) & (value <= rule.plus[1])
    if rule.minus is None:
        return nw.when(plus).then(1.0).otherwise(0.0)
    minus = (value >= rule.minus[0]) & (value <= rule.minus[1])
    return nw.when(plus).then(1.0).otherwise(nw.when(minus).then(-1.0).otherwise(0.0))


def _with_cross(lines: frames.Frame, answers: Answers, cross: bool) -> frames.Frame:
    """Add each customer's own sums times its sums over all groups, and how it counts among the customers."""
    n, w, s = nw.col("_cx_n"), nw.col("_cx_w"), nw.col("_cx_s")
    ww, ws, ss = nw.col("_cx_ww"), nw.col("_cx_ws"), nw.col("_cx_ss")
    customer = answers.question.customer
    if not has_customers(answers):
        return lines.with_columns(
            _cx_wT=ww, _cx_wU=ws, _cx_sT=ws, _cx_sU=ss, _cx_m=n, _cx_only=n, _cx_part=n, _cx_again=0 * n
        )
    somebody = ~nw.col(customer).is_null()
    own_sums = {"_cx_on": n, "_cx_ow": w, "_cx_os": s}
    if answers.question.by and cross:  # what the same customer contributed elsewhere; without groups it is nothing
        elsewhere = {name: value.sum().over(customer) - value for name, value in own_sums.items()}
        lines = lines.with_columns(**elsewhere)
        lines = lines.with_columns(**{k: nw.when(somebody).then(nw.col(k)).otherwise(0.0) for k in own_sums})
    else:
        lines = lines.with_columns(**dict.fromkeys(own_sums, 0 * n))
    on, ow, os = (nw.col(name) for name in own_sums)
    lines = lines.with_columns(_cx_m=nw.when(somebody).then(1.0).otherwise(n))
    m, again = nw.col("_cx_m"), somebody & (n + on > 1)
    return lines.with_columns(
        **{"_cx_wT": ww + w * ow, "_cx_wU": ws + w * os, "_cx_sT": ws + s * ow, "_cx_sU": ss + s * os},
        _cx_only=nw.when(on > 0).then(0.0).otherwise(m),
        _cx_part=m * n / (n + on),
        _cx_again=nw.when(again).then(n / (n + on)).otherwise(0.0),
    )


def shared(now: Answers, before: Answers, *, lines: Sequence[frames.Frame] = ()) -> pd.DataFrame:
    """What do the customers who answered in both of two sets of answers have in common?

    Parameters
    ----------
    now, before : Answers
        From `sifted`, with the same groups.
    lines : pair of frames, optional
        Their `customer_sums`, where they have been made already.

    Returns
    -------
    DataFrame
        One row a group in which some customer answered both times: the group columns, `customers`, and the sums ww, ws,
        sw, ss over them of the products of w and s now with w and s before (for `correlated`). Empty without a column of
        customers on both sides.

    Raises
    ------
    DataError
        If customers are texts in one of them and numbers in the other.

    Notes
    -----
    The two are joined where they are if one engine holds both; else one line a customer is brought home.
    """
    by, customer = list(now.question.by), now.question.customer
    if not (has_customers(now) and has_customers(before)):
        return pd.DataFrame(columns=[*by, "customers", *_PAIRS])
    one, other = lines or [customer_sums(answers) for answers in (now, before)]
    if len({frame.collect_schema()[customer] for frame in (one, other)}) > 1:
        if not (_any(now) and _any(before)):  # an empty frame has no types to speak of
            return pd.DataFrame(columns=[*by, "customers", *_PAIRS])
        _same_kind(one, other, customer)
    groups = [name for name in by if name != customer]
    one = one.filter(~nw.col(customer).is_null()).select(customer, *groups, "_cx_w", "_cx_s")
    other = other.select(customer, *groups, "_cx_w", "_cx_s")
    other = other.rename({name: f"_cx_was_{at}" for at, name in enumerate([*groups, "_cx_w", "_cx_s"])})
    both = _joined(one, other, customer)
    for at, name in enumerate(groups):  # a missing group is a group
        mine, theirs = nw.col(name), nw.col(f"_cx_was_{at}")
        both = both.filter((mine == theirs) | (mine.is_null() & theirs.is_null()))
    w, s = nw.col("_cx_w"), nw.col("_cx_s")
    was_w, was_s = nw.col(f"_cx_was_{len(groups)}"), nw.col(f"_cx_was_{len(groups) + 1}")
    both = both.with_columns(_cx_ww=w * was_w, _cx_ws=w * was_s, _cx_sw=s * was_w, _cx_ss=s * was_s)
    sums = {f"_cx_{name}": nw.col(f"_cx_{name}").sum() for name in _PAIRS}
    found = frames.count_by(both, by, customers=nw.len(), **sums)
    return found.rename(columns={f"_cx_{name}": name for name in _PAIRS})


_PAIRS = ("ww", "ws", "sw", "ss")


def _any(answers: Answers) -> bool:
    """Whether any answer counts."""
    return bool(len(frames.collect(answers.counted().select(VALUE).head(1))))


def _same_kind(one: frames.Frame, other: frames.Frame, customer: str) -> None:
    kinds = [frame.collect_schema()[customer].is_numeric() for frame in (one, other)]
    if kinds[0] != kinds[1]:
        now, before = ("numbers" if numeric else "texts" for numeric in kinds)
        raise DataError(
            f"'{customer}' holds {now} in the answers of now and {before} in those before, so nobody can be found in both. "
            "Read both with cxkit.read('responses', ...), or name no customer column."
        )


def _joined(one: frames.Frame, other: frames.Frame, customer: str) -> frames.Frame:
    """Customers of both, joined on their engine if it is one and the same."""
    if frames.is_lazy(one) == frames.is_lazy(other) and one.implementation is other.implementation:
        try:
            return one.join(other, on=customer, how="inner")
        except Exception:  # two DuckDB connections cannot meet, and narwhals hands on DuckDB's own error
            if not frames.is_lazy(one):
                raise
    home = [nw.from_native(frames.collect(side)) for side in (one, other)]
    return home[0].join(home[1], on=customer, how="inner")
