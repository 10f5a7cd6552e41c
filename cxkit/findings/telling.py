"""Which of several tables or groups a picture should show: the one the headline speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from cxkit.errors import UsageError
from cxkit.findings.people import ALL, responding
from cxkit.frames import key_columns


def telling_parts(parts: Sequence[Any], findings: pd.DataFrame) -> Any:
    """Which decomposition shows best why the total moved?

    Parameters
    ----------
    parts : list of Decomposition
        From `cxkit.survey.mix_and_rate`, one a segment column.
    findings : DataFrame
        From `cxkit.findings.headline`.

    Returns
    -------
    Decomposition
        The one a finding of kind "why" was taken from; if there is none, the first.

    Raises
    ------
    UsageError
        If there is no decomposition.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> plan, region = (SimpleNamespace(segments=pd.DataFrame(columns=[name, "n"])) for name in ("plan", "region"))
    >>> told = pd.DataFrame({"id": ["change", "why:region=North"]})
    >>> telling_parts([plan, region], told) is region
    True
    """
    if not len(parts):
        raise UsageError("telling_parts: there is no decomposition. Make them with cxkit.survey.mix_and_rate.")
    for name in findings["id"]:
        if name.startswith("why:"):
            column = name.removeprefix("why:").split("=", 1)[0].split("+")
            found = [one for one in parts if list(one.segments.columns[: len(column)]) == column]
            if found:
                return found[0]
    return parts[0]


def telling_rate(trend: pd.DataFrame, slopes: pd.DataFrame) -> tuple[pd.DataFrame, str | None]:
    """Whose response rate moved most surely, and what is to be said of it?

    Parameters
    ----------
    trend, slopes : DataFrame
        `Respondents.trend` and `Respondents.slope` of `cxkit.survey.respondents`.

    Returns
    -------
    trend : DataFrame
        The rows of that group, without its key columns; of all together where no group moved clearly.
    title : str or None
        What is to be said of it; None where nothing moved clearly.

    Raises
    ------
    UsageError
        If the tables have no rows.

    Examples
    --------
    >>> row = dict(channel="app", metric="response rate", unit="share", n=900, estimate=0.3, other="May 2025",
    ...     other_estimate=0.5, per_year=-0.1, per_year_low=-0.12, per_year_high=-0.08, p=1e-5, p_adjusted=1e-5,
    ...     confidence=0.95, verdict="clear", method="")
    >>> trend = pd.DataFrame({"channel": ["app", "all together"], "estimate": [0.4, 0.5]})
    >>> telling_rate(trend, pd.DataFrame([row]))[1].replace("\xa0", " ").split(": ")[1]
    'from about 50 % in May 2025 to about 30 %, 10 fewer of a hundred each year'
    """
    if not len(trend) or not len(slopes):
        raise UsageError("telling_rate: the tables have no rows.")
    by = key_columns(slopes)
    sure = slopes[slopes.verdict.eq("clear")].sort_values("p", kind="stable")
    claims = [replace(claim, verdict="clear") for claim in responding(sure)] if len(sure) else []
    title = claims[0].tell(claims[0]).rstrip(".") if claims else None
    if not by:
        return trend, title
    groups = sure[sure[by[0]].ne(ALL)]
    keys = [str(key) for key in groups[by].iloc[0]] if len(groups) else [ALL] + [""] * (len(by) - 1)
    mine = trend[by].astype(str).eq(keys).all(axis=1) if claims else trend[by[0]].eq(ALL)
    return trend[mine].drop(columns=by).reset_index(drop=True), title
