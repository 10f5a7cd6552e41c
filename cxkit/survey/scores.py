"""The scores: NPS, CSAT, CES, and how the answers are spread."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxkit import frames, scales, words
from cxkit.errors import DataWarning
from cxkit.scales import Rule
from cxkit.stats.intervals import SHARE_METHODS, critical_value, share_interval
from cxkit.survey.answers import Question
from cxkit.survey.tally import Tally, estimates, interval_name, tally


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
        Columns of customer and date, for `repeats`.

    Returns
    -------
    DataFrame
        Estimate table: `by` columns, metric ("nps"), unit ("points", -100..100), n (answers with a score), estimate,
        low, high, confidence, method. A group without a score has n 0 and no estimate.

    Raises
    ------
    DataError
        If a column is missing, the survey does not occur, or a score is no number, no whole number or off the scale.
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

    **When not to use it**: the score throws away most of what was answered, so it needs about 2,500 answers for +-3
    points; a change smaller than its interval is not news. The interval speaks of chance only: it knows nothing of
    those who did not answer, nor of weights, and it is too short where the same customers answered many times
    (`repeats="last"` then).

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
    """
    asked = Question(scales.nps_rule(scale), survey, score, frames.by_list(by), repeats, customer, time)
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
    survey, score, by, confidence, repeats, customer, time
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
    found = scales.csat_rule(scale, rule, boxes)
    return _metric(
        responses, Question(found, survey, score, frames.by_list(by), repeats, customer, time), confidence, method
    )


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
    survey, score, by, confidence, repeats, customer, time
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
    rule = scales.ces_rule(scale, high_is, report, boxes)
    return _metric(
        responses, Question(rule, survey, score, frames.by_list(by), repeats, customer, time), confidence, method
    )


def distribution(
    responses: Any,
    *,
    survey: str = "nps",
    scale: str = "0-10",
    score: str = "score",
    by: str | Sequence[str] = (),
    confidence: float = 0.95,
    method: str = "wilson",
    repeats: str = "all",
    customer: str = "customer_id",
    time: str = "responded_at",
) -> pd.DataFrame:
    """How are the answers spread over the scale?

    Parameters
    ----------
    responses : Table or frame
        The `responses` table: one row an answer.
    survey, scale, score, by, confidence, repeats, customer, time
        As in `nps`.
    method : {"wilson", "jeffreys"}
        The interval of each share.

    Returns
    -------
    DataFrame
        `by` columns, score (float64; every point of the scale, also where nobody chose it), group ("detractor",
        "passive", "promoter"), n (answers with this score), share (0..1 of `base`), low, high, base (answers of the
        group of rows), confidence, method.

    Raises
    ------
    DataError, UsageError
        As in `nps`.

    Warns
    -----
    DataWarning
        If nothing is left to count.

    Notes
    -----
    Each interval is for its own share. **When not to use it**: to claim that two bars differ, since shares of the same
    answers depend on each other (if one grows another shrinks).

    Examples
    --------
    >>> import pandas as pd
    >>> spread = distribution(pd.DataFrame({"score": [10, 10, 8, 0]}))
    >>> spread.loc[[0, 8, 10], ["score", "group", "n", "share", "base"]]
        score      group  n  share  base
    0     0.0  detractor  1   0.25     4
    8     8.0    passive  1   0.25     4
    10   10.0   promoter  2   0.50     4
    """
    rule = scales.nps_rule(scale)
    keys = frames.by_list(by, (*SPREAD, *frames.ESTIMATE))
    critical_value(confidence)
    counted = tally(responses, Question(rule, survey, score, keys, repeats, customer, time))
    _warn_if_nothing(counted, rule, 3)
    points = np.array(rule.points, dtype=float)
    base = np.repeat(counted.n, len(points))
    k = counted.parts.ravel()
    low, high = share_interval(k, base, confidence=confidence, method=method)
    with np.errstate(invalid="ignore"):
        share = k / base
    table = counted.keys.loc[counted.keys.index.repeat(len(points)), keys].reset_index(drop=True)
    groups, rows = [rule.group(point) for point in points], len(counted.keys)
    said = _method(rule.words, SHARE_METHODS[method], counted)
    columns = {"score": np.tile(points, rows), "group": np.tile(groups, rows), "n": k, "share": share, "low": low}
    table = table.assign(**columns, high=high, base=base, confidence=float(confidence), method=said)
    return table.astype({"group": "str", "method": "str"})


#: Columns of the distribution after the `by` columns.
SPREAD = ("score", "group", "n", "share", "low", "high", "base", "confidence", "method")


def _metric(responses: Any, asked: Question, confidence: float, method: str) -> pd.DataFrame:
    """The estimate table of a question."""
    critical_value(confidence)
    rule = asked.rule
    method, named = interval_name(rule, method)
    counted = tally(responses, asked)
    _warn_if_nothing(counted, rule, 4)
    values = estimates(counted.n, counted.parts, rule, confidence, method)
    fixed = {"metric": rule.metric, "unit": rule.unit, "n": counted.n, "confidence": float(confidence)}
    return frames.estimate_table(counted.keys, asked.by, **fixed, **values, method=_method(rule.words, named, counted))


def _method(rule: str, interval: str, counted: Tally) -> str:
    return "; ".join([rule, interval, *counted.said])


def _warn_if_nothing(counted: Tally, rule: Rule, level: int) -> None:
    if not counted.n.sum():
        aside = f" ({words.listing(list(counted.said[1:]))})" if counted.said[1:] else ": the table has no rows"
        warnings.warn(f"{rule.metric}: there is no score to count{aside}.", DataWarning, stacklevel=level)
