"""The scores: NPS, CSAT and CES."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from cxkit import frames, scales
from cxkit.stats.intervals import critical_value
from cxkit.survey.answers import Question
from cxkit.survey.estimate import estimates, interval_name, methods
from cxkit.survey.tally import Tally, tally, warn_if_nothing


def nps(
    responses: Any,
    *,
    survey: str = "nps",
    scale: str = "0-10",
    score: str = "score",
    by: str | Sequence[str] = (),
    confidence: float = 0.95,
    method: str = "score",
    repeats: str = "all",
    customer: str = "customer_id",
    time: str = "responded_at",
    weight: str = "",
    cluster: bool = False,
) -> pd.DataFrame:
    """How many more customers would recommend us than would not, in points?

    Parameters
    ----------
    responses : Table or frame
        The `responses` table: one row an answer.
    survey : str, default "nps"
        Where there is a `survey` column, only answers of this survey count (upper and lower case are the same); the
        others are counted as set aside. Empty: every row counts.
    scale : {"0-10", "1-10", "1-7", "1-5", "1-3"}
        The scale customers were shown. Only 0-10 is the published rule; results of other scales are not comparable
        with it.
    score : str, default "score"
        The column of scores.
    by : str or list of str
        Segment columns; several are crossed. Rows with a missing segment form a group of their own, last.
    confidence : float, default 0.95
    method : {"score", "adjusted_wald", "wald", "dirichlet"}
        The interval; see `cxkit.stats.intervals.nps_interval`.
    repeats : {"all", "last", "first"}
        Which answers of one customer count. "all" says in `method` how many customers answered more than once.
    customer, time : str
        Columns of customer and date, for `repeats` and `cluster`.
    weight : str
        Column of weights; empty: every answer counts alike. Answers with weight 0 or none are set aside and counted.
    cluster : bool, default False
        Whether the limits allow for customers who answered more than once. Without the column of customers, and with
        one answer of each, there is nothing to allow for.

    Returns
    -------
    DataFrame
        Estimate table: `by` columns, metric ("nps"), unit ("points", -100..100), n (answers with a score), estimate,
        low, high, confidence, method. A group without a score has n 0 and no estimate.

    Raises
    ------
    DataError
        If a column is missing, the survey does not occur, a score is no number, no whole number or off the scale, or a
        weight is no number, negative or infinite.
    UsageError
        If an option is unknown.

    Warns
    -----
    DataWarning
        If nothing is left to count.

    Notes
    -----
    NPS = 100 (promoters - detractors) / n, with promoters 9-10 and detractors 0-6 of 0-10. Where a `status` column
    exists in a bare frame, only complete answers (and those without a status) count.

    With weights the sums are of weights, and with `weight` or `cluster` the limits are those of as many plain answers
    as these are worth (the effective n in `method`; see `cxkit.stats.weighted.effective_n`). n still counts answers.

    **When not to use it**: the score throws away most of what was answered, so it needs about 2,500 answers for +-3
    points; a change smaller than its interval is not news. The interval speaks of chance only: it knows nothing of
    those who did not answer (see `cxkit.survey.rake`), and it is too short where the same customers answered many
    times, unless `cluster=True` or `repeats="last"`.

    References
    ----------
    Reichheld, F. F. (2003). The one number you need to grow. Harvard Business Review 81(12), 46-54.
    Tango, T. (1998). Equivalence test and confidence interval for the difference in proportions for the paired-sample
    design. Statistics in Medicine 17, 891-908.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"score": [10, 9, 9, 8, 7, 6, 3, 10], "plan": list("aaaabbbb")})
    >>> nps(answers)[["metric", "unit", "n", "estimate", "low", "high"]].round(1)
      metric    unit  n  estimate   low  high
    0    nps  points  8      25.0 -32.8  68.3
    >>> nps(answers, by="plan")[["plan", "n", "estimate"]]
      plan  n  estimate
    0    a  4      75.0
    1    b  4     -25.0
    >>> nps(answers).method[0]
    'NPS 0-10: 9-10 minus 0-6; score interval (Tango); all answers'
    >>> nps(answers.assign(weight=[1, 1, 1, 1, 1, 2, 2, 1]), weight="weight").method[0]
    "NPS 0-10: 9-10 minus 0-6; score interval (Tango); weighted by 'weight' (effective n 6.7); all answers"
    """
    rule, keys = scales.nps_rule(scale), frames.by_list(by)
    asked = Question(rule, survey, score, keys, repeats, customer, time, weight, cluster)
    return _metric(responses, asked, confidence, method)


def csat(
    responses: Any,
    *,
    scale: str,
    rule: str = "top_box",
    boxes: int | None = None,
    survey: str = "csat",
    score: str = "score",
    by: str | Sequence[str] = (),
    confidence: float = 0.95,
    method: str = "",
    repeats: str = "all",
    customer: str = "customer_id",
    time: str = "responded_at",
    weight: str = "",
    cluster: bool = False,
) -> pd.DataFrame:
    """How satisfied are those who answered?

    Parameters
    ----------
    responses : Table or frame
        The `responses` table: one row an answer.
    scale : str
        The scale customers were shown, such as "1-5". There is no default.
    rule : {"top_box", "mean", "mean_of_max", "mean_of_range", "net"}
        What the number means; see `cxkit.scales.csat_rule`. Vendors differ, so the same answers can give 50 or 80 %.
    boxes : int, optional
        How many of the highest answers count as satisfied, where the convention of the scale's length is not meant.
    survey, score, by, confidence, repeats, customer, time, weight, cluster
        As in `nps`; the survey is "csat".
    method : str
        The interval: "wilson" (default) or "jeffreys" for shares, "t" for means, those of `nps` for "net".

    Returns
    -------
    DataFrame
        Estimate table: `by` columns, metric ("csat"), unit ("share" 0..1; "rating" for the mean; "points" for "net"),
        n, estimate, low, high, confidence, method.

    Raises
    ------
    DataError
        If a column is missing, the survey does not occur, or a score does not fit. Means accept fractions, boxes do
        not.
    UsageError
        If the scale, the rule or another option is unknown.

    Warns
    -----
    DataWarning
        If nothing is left to count.

    Notes
    -----
    Top box: ``k / n`` with a Wilson interval. **When not to use it**: to compare with a figure whose rule is not
    stated; to compare scales of different length. A mean hides a divided audience; look at the spread of scores beside
    it.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"score": [5, 5, 4, 3, 1]})
    >>> csat(answers, scale="1-5")[["unit", "n", "estimate"]]
        unit  n  estimate
    0  share  5       0.6
    >>> csat(answers, scale="1-5", rule="mean")[["unit", "n", "estimate"]]
         unit  n  estimate
    0  rating  5       3.6
    >>> csat(answers, scale="1-5").method[0]
    'CSAT 1-5: share of 4-5; Wilson interval; all answers'
    """
    found, keys = scales.csat_rule(scale, rule, boxes), frames.by_list(by)
    asked = Question(found, survey, score, keys, repeats, customer, time, weight, cluster)
    return _metric(responses, asked, confidence, method)


def ces(
    responses: Any,
    *,
    scale: str,
    high_is: str,
    report: str = "share",
    boxes: int | None = None,
    survey: str = "ces",
    score: str = "score",
    by: str | Sequence[str] = (),
    confidence: float = 0.95,
    method: str = "",
    repeats: str = "all",
    customer: str = "customer_id",
    time: str = "responded_at",
    weight: str = "",
    cluster: bool = False,
) -> pd.DataFrame:
    """How easy did customers find it?

    Parameters
    ----------
    responses : Table or frame
        The `responses` table: one row an answer.
    scale : str
        The scale customers were shown, "1-7" or "1-5" by convention. There is no default.
    high_is : {"easy", "hard"}
        What the highest answer means. There is no default: both are in use, and a wrong guess turns the result round.
    report : {"share", "mean"}
        Share of answers at the easy end, or mean score (in the direction of the scale: with high_is="hard" low is
        good).
    boxes : int, optional
        How many answers at the easy end count as easy: 3 of 1-7, 2 of 1-5; other scales need it.
    survey, score, by, confidence, repeats, customer, time, weight, cluster
        As in `nps`; the survey is "ces".
    method : str
        The interval: "wilson" (default) or "jeffreys" for shares, "t" for means.

    Returns
    -------
    DataFrame
        Estimate table: `by` columns, metric ("ces"), unit ("share" 0..1, or "rating"), n, estimate, low, high,
        confidence, method.

    Raises
    ------
    DataError
        If a column is missing, the survey does not occur, or a score does not fit. Means accept fractions, boxes do
        not.
    UsageError
        If the scale, the direction or another option is unknown.

    Warns
    -----
    DataWarning
        If nothing is left to count.

    Notes
    -----
    Effort is asked about one contact, so it belongs to a touchpoint, not to the relation as a whole. **When not to use
    it**: across questions of different wording, or where easy is not the aim.

    References
    ----------
    Dixon, M., Freeman, K. and Toman, N. (2010). Stop trying to delight your customers. Harvard Business Review 88(7),
    116-122.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"score": [7, 6, 5, 4, 2]})
    >>> ces(answers, scale="1-7", high_is="easy").method[0]
    'CES 1-7, high is easy: share of 5-7; Wilson interval; all answers'
    >>> float(ces(answers, scale="1-7", high_is="hard").estimate[0])
    0.2
    """
    rule, keys = scales.ces_rule(scale, high_is, report, boxes), frames.by_list(by)
    asked = Question(rule, survey, score, keys, repeats, customer, time, weight, cluster)
    return _metric(responses, asked, confidence, method)


def _metric(responses: Any, asked: Question, confidence: float, method: str) -> pd.DataFrame:
    """The estimate table of a question."""
    critical_value(confidence)
    interval_name(asked.rule, method)  # refuses an unknown interval before any row is read
    counted = tally(responses, asked)
    warn_if_nothing(counted, asked.rule, 4)
    return estimate_table(counted, asked, confidence, method)


def estimate_table(counted: Tally, asked: Question, confidence: float, method: str) -> pd.DataFrame:
    """The estimate table of groups that have been counted."""
    rule = asked.rule
    method, named = interval_name(rule, method)
    values = estimates(counted.n, counted.parts, rule, confidence, method, counted.effective)
    said = methods(rule.words, named, counted.said, counted.allowed, counted.effective)
    fixed = {"metric": rule.metric, "unit": rule.unit, "n": counted.n, "confidence": float(confidence)}
    return frames.estimate_table(counted.keys, asked.by, **fixed, **values, method=said)
