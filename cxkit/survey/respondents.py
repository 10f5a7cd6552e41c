"""Who speaks and who is silent: how many of those invited answer, whether that changes, and who they are."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pandas as pd

from cxkit import frames, periods, words
from cxkit.errors import DataError, DataWarning, UsageError, choice
from cxkit.periods import Period
from cxkit.scales import nps_rule
from cxkit.stats.compare.many import ADJUSTMENTS
from cxkit.stats.intervals import critical_value
from cxkit.survey import asked_sums, response_rate
from cxkit.survey.answers import Question
from cxkit.survey.asked_sums import A1, N1, A, N, Sums
from cxkit.survey.invited import DAY, WHO, Invited, invited
from cxkit.survey.reached import known_customers, score_table
from cxkit.survey.who import who_table

#: Names that no `by` column may bear.
_RESERVED = (*frames.COMPARISON, "period", "start", "end", "complete", "per_year", "per_year_low", "per_year_high")

#: Windows in which the number of invitations to one customer is counted, in days.
ASKED_WITHIN = (90, 365)

#: So many invitations and more are one line of the table of customers by invitations.
OFTEN = 6


@dataclass(frozen=True)
class Respondents:
    """Response rates and what lies behind them.

    Attributes
    ----------
    rate : DataFrame
        Estimate table of the response rate by group, and for all groups together as the last row.
    steps : DataFrame
        Estimate table of the steps: "delivered" (of invited), "opened" (of delivered), "answered of opened".
    trend : DataFrame
        The response rate of each period: `by` columns, period, start, end, complete and an estimate table, as
        `cxkit.charts.plot_trend` draws it for one group.
    change : DataFrame or None
        Comparison table: now against before.
    slope : DataFrame
        Comparison table: the two ends of a straight line through time, and `per_year`, `per_year_low`, `per_year_high`.
    who : DataFrame or None
        Comparison table by `column` and `value`: each group of customers against all others, with `customers_share`,
        `invited_share`, `answered_share` and `index`, `index_low`, `index_high` (answered over invited share).
    score : DataFrame or None
        Estimate table of NPS by `weighting`, with `shift`, `shift_low`, `shift_high`: what weighting does to it.
    asked : DataFrame or None
        Customers by how often they were asked for any survey: days, times, label, customers, share, complete.
    n, answered : int
        Invitations that count, and those of them that were answered.
    period : Period or None
        What `rate`, `steps`, `who` and `score` are about; None: all invitations.
    now, before : Period
        What `change` compares.
    as_of, cut : date
        The day the data reach to, and the last day whose invitations have had time to be answered.
    method : str
        Which invitations count, and how it is known what was answered.
    why_not : mapping
        Why a table is missing, by its name.
    """

    rate: pd.DataFrame
    steps: pd.DataFrame
    trend: pd.DataFrame
    change: pd.DataFrame | None
    slope: pd.DataFrame
    who: pd.DataFrame | None
    score: pd.DataFrame | None
    asked: pd.DataFrame | None
    n: int
    answered: int
    period: Period | None
    now: Period
    before: Period
    as_of: date
    cut: date
    method: str
    why_not: Mapping[str, str] = field(default_factory=dict)


def respondents(
    invitations: Any,
    responses: Any = None,
    customers: Any = None,
    *,
    survey: str = "nps",
    by: str | Sequence[str] | None = None,
    now: Period | str | None = None,
    before: Period | str | None = None,
    unit: str = "month",
    fiscal_start: int = 1,
    who: str | Sequence[str] = (),
    weight_by: str | Sequence[str] = (),
    scale: str = "0-10",
    score: str = "score",
    customer: str = "customer_id",
    time: str = "invited_at",
    wait: str = "14D",
    as_of: date | None = None,
    cluster: bool = True,
    confidence: float = 0.95,
    adjust: str = "holm",
) -> Respondents:
    """Of those we ask, how many answer, is that changing, and who stays silent?

    Parameters
    ----------
    invitations : Table or frame
        The `invitations` table: one row a request to answer. A reminder is not an invitation: leave it out.
    responses : Table or frame, optional
        The `responses` table, for the weighted score; and to find out who answered where the invitations do not say.
    customers : Table or frame, optional
        The `customers` table, one row a customer: who answers, and what weighting would change.
    survey : str, default "nps"
        The survey that counts, in both tables. Empty: every one. The table `asked` counts all surveys.
    by : str or list of str, optional
        Columns of the invitations; several are crossed. Left out: the channel, where there is such a column. "": none.
    now, before : Period or str, optional
        What to compare, by the day of the invitation. Left out: the last full quarter and the one before it for
        `change`, and all invitations for `rate`, `steps`, `who` and `score`, which otherwise are about `now`.
    unit, fiscal_start : str, int
        Periods of `trend`, as in `cxkit.survey.trend`.
    who : str or list of str
        Columns of customers. Empty: up to six that have a few values each.
    weight_by : str or list of str
        Of these, the columns the score is weighted by. Empty: all of them.
    scale, score, customer : str
        As in `cxkit.survey.nps`.
    time : str, default "invited_at"
        The column of the invitations' dates.
    wait : str, default "14D"
        How long an answer may take, in days (D) or weeks (W). Younger invitations are set aside, answered or not.
    as_of : date, optional
        The day the data reach to. Else that of the tables, else the latest date; never today.
    cluster : bool, default True
        Whether intervals allow for customers who were invited several times.
    confidence : float, default 0.95
    adjust : {"holm", "bh", "none"}
        How p values allow for the number of groups looked at. All groups together are a question of their own.

    Returns
    -------
    Respondents
        Frozen; tables that the data do not allow are None, and `why_not` says why.

    Raises
    ------
    DataError
        If a column is missing, nothing tells which invitations were answered, no invitation counts, a customer stands in
        several rows of `customers`, or a score does not fit.
    UsageError
        If an option is unknown or cannot be read.

    Warns
    -----
    DataWarning
        If not one invitation was answered.

    Notes
    -----
    The rate is answered / invited, never / customers, and invitations that did not arrive stay in it; `steps` shows where
    answers are lost. An invitation was answered if it has a `response_id` (one that is among the finished answers, where
    `responses` has such a column; `method` counts the others); else by its column `answered`, or a
    `responded_at` within `wait`; else each answer is given to the nearest earlier invitation of the same customer (and
    survey) within `wait`, and what finds none is counted in `method`.

    Intervals: Wilson on the effective number of invitations, V / SE^2 with SE over customers; differences by Newcombe's
    method with the correlation that comes from customers on both sides; the slope by least squares on the day of the
    invitation with errors clustered by customer. The score is raked to those invited and to all customers, on the
    columns together (see `cxkit.survey.rake`); the limits of `shift` take the weights as fixed.

    **When not to use it**: a low rate is no proof of a biased score, nor a high one of a fair one; `who` and `score` show
    only what is known of customers, and people who differ in other ways stay silent unseen. A fall of the rate says
    nothing of its cause; look at `steps` and at `asked` first. A straight line describes the whole span, not its last
    month, and a group of fewer than 30 customers has no limits around it. With customers, one short row for each of
    them is brought into memory.

    References
    ----------
    AAPOR (2023). Standard Definitions: Final Dispositions of Case Codes and Outcome Rates for Surveys, 10th edition.

    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions. Statistics in
    Medicine 17, 873-890.

    Examples
    --------
    >>> import cxkit
    >>> tables = [cxkit.read(name, f"sample:{name}") for name in ("invitations", "responses", "customers")]
    >>> found = respondents(*tables)
    >>> found.slope.loc[[1], ["channel", "other_estimate", "estimate", "verdict"]].round(2)
      channel  other_estimate  estimate verdict
    1   email            0.53      0.32   clear
    >>> found.score["estimate"].round(1).tolist()  # as answered; weighted to all invited; to all customers
    [30.6, 30.0, 28.9]
    """
    critical_value(confidence)
    choice(adjust, ADJUSTMENTS, "adjust")
    if by is None:
        by = "channel" if "channel" in frames.column_names(frames.as_frame(invitations)) else ()
    keys = frames.by_list(by, _RESERVED)
    asked = invited(
        invitations, responses, survey=survey, by=keys, customer=customer, time=time, wait=wait, as_of=as_of
    )
    look = _look(asked, keys, now, before, fiscal_start, cluster, confidence, adjust)
    why: dict[str, str] = {}
    known = known_customers(customers, who, weight_by, customer, look.people, why)
    table, aside = None, []
    if known is not None:
        look.people["cell"] = known.cells.of(look.people[WHO])
        table, aside = who_table(look.people, known.cells, confidence, adjust, look.cluster, look.noted)
    question = Question(nps_rule(scale), survey, score, (), "all", customer, "responded_at", cluster=cluster)
    shown = look.shown
    return Respondents(
        **_rates(look, unit, fiscal_start, why),
        who=table,
        score=score_table(responses, question, look.period, known, look.people, confidence, why),
        asked=_asked_table(look, why),
        n=int(shown["n"].sum()),
        answered=int(shown["answered"].sum()),
        period=look.period,
        now=look.now,
        before=look.before,
        as_of=asked.as_of,
        cut=asked.cut,
        method="; ".join([look.method, *aside]),
        why_not=why,
    )


@dataclass(frozen=True)
class _Look:
    """Everything that was counted, and what it is counted for."""

    asked: Invited
    lines: pd.DataFrame
    keys: list[str]
    people: pd.DataFrame | None
    whole: Sums
    pair: Sums
    period: Period | None
    now: Period
    before: Period
    cluster: bool
    confidence: float
    adjust: str
    method: str

    @property
    def shown(self) -> pd.DataFrame:
        """Counts of the period that level and score are about."""
        return self.lines if self.period is None else self.lines[_inside(self.lines, self.period)]

    @property
    def level(self) -> tuple[Sums, int, int]:
        """The sums the level is made of, and which of their numbers are its invitations and answers."""
        return (self.whole, N, A) if self.period is None else (self.pair, N1, A1)

    @property
    def noted(self) -> str:
        """The method with what the intervals allow for."""
        if not self.cluster:
            return f"{self.method}; invitations taken as independent"
        often = int((self.people["v0"] > 1).sum())
        return f"{self.method}; clustered by customer, {words.count(often)} invited more than once"


def _look(asked: Invited, keys, now, before, fiscal_start: int, cluster: bool, confidence: float, adjust: str) -> _Look:
    """Count everything once: by day, by customer, and by group."""
    period = _period(now, asked.as_of, fiscal_start, "now")
    now = period or periods.parse("last full quarter", as_of=asked.as_of)
    before = _period(before, asked.as_of, fiscal_start, "before") or periods.previous(now)
    if before.end >= now.start and now.end >= before.start:
        raise UsageError(f"before: {before.label} and now ({now.label}) share days. Name two periods apart.")
    lines, said, asked = asked_sums.by_day(asked)
    _check(lines, said, asked, period)
    nobody = bool(lines["nobody"].sum()) if "nobody" in lines else False
    pair, people = asked_sums.pair_sums(asked, keys, now, before, nobody), None
    if WHO in asked.has:
        people = asked_sums.customer_sums(asked, period)
    if people is not None and period is None:
        total = asked_sums.total_of(people, asked_sums.nobody_sums(asked) if nobody else None)
    else:
        total = asked_sums.whole_sums(asked, (), nobody)
    whole = total
    if keys:
        whole = asked_sums.whole_sums(asked, keys, nobody)
        pair = asked_sums.matched(pair, whole.keys, keys)
        pair = response_rate.stacked(pair, asked_sums.pair_sums(asked, (), now, before, nobody), keys)
        whole = response_rate.stacked(whole, total, keys)
    cluster, method = cluster and people is not None, "; ".join([asked.how, *asked.said, *said])
    return _Look(asked, lines, keys, people, whole, pair, period, now, before, cluster, confidence, adjust, method)


def _period(given: Period | str | None, as_of: date, fiscal_start: int, name: str) -> Period | None:
    """A period as given, or as written."""
    if given is None or isinstance(given, Period):
        return given
    if isinstance(given, str):
        return periods.parse(given, as_of=as_of, fiscal_start=fiscal_start)
    raise UsageError(f"{name}: expected a period such as '2026-Q3' or cxkit.periods.parse('2026-Q3'), got {given!r}.")


def _inside(lines: pd.DataFrame, period: Period) -> pd.Series:
    return (lines[DAY] >= pd.Timestamp(period.start)) & (lines[DAY] <= pd.Timestamp(period.end))


def _check(lines: pd.DataFrame, said: list[str], asked: Invited, period: Period | None) -> None:
    """Refuse what leaves nothing to count, with the reason."""
    aside = f" ({words.listing(said)})" if said else ": the table has no rows"
    if not len(lines):
        raise DataError(f"respondents: there is no invitation to count{aside}.")
    if period is not None and not _inside(lines, period).any():
        first, last = lines[DAY].min().date(), lines[DAY].max().date()
        young = f" Invitations after {asked.cut} are too young to judge; a shorter wait= would count them."
        raise DataError(
            f"respondents: no invitation of {period.label} can be counted; those that count run from {first} to {last}."
            + (young if period.end > asked.cut else "")
        )
    if not lines["answered"].sum():
        warnings.warn("respondents: not one invitation was answered.", DataWarning, stacklevel=4)


def _rates(look: _Look, unit: str, fiscal_start: int, why: dict[str, str]) -> dict[str, pd.DataFrame | None]:
    """The tables of the rate."""
    level, noted, keys = look.confidence, look.noted, look.keys
    change = None
    for period in (look.now, look.before):
        if not _inside(look.lines, period).any():
            why["change"] = f"No invitation of {period.label} can be counted, so the response rate has no comparison."
    if "change" not in why:
        change = response_rate.change_table(
            look.pair, keys, look.now, look.before, level, look.adjust, look.cluster, noted
        )
    return {
        "rate": response_rate.rate_table(look.level[0], keys, *look.level[1:], level, look.cluster, noted),
        "steps": response_rate.step_table(look.shown, keys, level, look.method),
        "trend": response_rate.trend_table(look.lines, keys, look.asked.cut, unit, fiscal_start, level, look.method),
        "change": change,
        "slope": response_rate.slope_table(look.whole, look.lines, keys, look.asked.as_of, level, look.adjust, noted),
    }


def _asked_table(look: _Look, why: dict[str, str]) -> pd.DataFrame | None:
    """How many customers were asked once, twice, ... within some days."""
    if look.people is None:
        why["asked"] = "The invitations have no column of customers, so nobody knows how often the same one was asked."
        return None
    end = min(look.period.end, look.asked.as_of) if look.period else look.asked.as_of
    windows = {f"_cx_asked{days}": (end - timedelta(days=days - 1), end) for days in ASKED_WITHIN}
    people, first, out = asked_sums.asked_often(look.asked, windows), look.lines[DAY].min().date(), []
    for days, (name, (begin, _)) in zip(ASKED_WITHIN, windows.items(), strict=True):
        there = people[people[name] > 0]
        counts = (
            there.groupby(there[name].clip(upper=OFTEN))["customers"].sum().reindex(range(1, OFTEN + 1), fill_value=0)
        )
        table = pd.DataFrame(
            {"days": days, "times": counts.index.astype("int64"), "customers": counts.to_numpy("int64")}
        )
        out.append(table.assign(share=counts.to_numpy() / max(int(counts.sum()), 1), complete=first <= begin))
    table = pd.concat(out, ignore_index=True)
    label = [f"{n} or more" if n == OFTEN else str(n) for n in table["times"]]
    table.insert(2, "label", pd.Series(label, dtype="str"))
    return table
