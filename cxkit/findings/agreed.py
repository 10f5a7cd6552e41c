"""One verdict for one thing: tables with the limits and verdicts that the headline gave to their rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cxkit.errors import UsageError
from cxkit.findings.journeys_agreed import journey_agreed
from cxkit.findings.segments import named
from cxkit.frames import key_columns


def agreed(result: Any, findings: pd.DataFrame) -> Any:
    """The same result, with limits and verdicts that allow for everything the headline looked at.

    Parameters
    ----------
    result : DataFrame, Decomposition, Incidents or None
        What was given to `cxkit.findings.headline`: the table of `change`, of `versus_rest`, of `commenter_gap`, or a
        decomposition of `mix_and_rate`; or what was given to `journey_headline`: pains, scores of stages against the
        period before, incidents, changed steps, hand-overs or moments of truth.
    findings : DataFrame
        From `cxkit.findings.headline` or `cxkit.findings.journey_headline`.

    Returns
    -------
    DataFrame, Decomposition, Incidents or None
        A copy. Comparison tables: difference limits, p_adjusted, looked, verdict and the limits of `gain` of the rows that
        were judged. `commenter_gap`: limits of the difference and a column `verdict`. Decompositions: limits of rates and
        of the mix total, with `rate_p_adjusted` and `p_adjusted`. Tables of journeys: limits, p_adjusted, looked and verdict,
        as far as they have them. None stays None.

    Raises
    ------
    UsageError
        If the findings are not those of `headline`, or the result has no known shape.

    Notes
    -----
    A picture that allows for its own comparisons only can call a segment clear of which the headline says that it is too
    early. Rows the headline did not look at keep what they have.

    Examples
    --------
    >>> from cxkit.findings import headline
    >>> row = dict(metric="nps", unit="points", n=900, estimate=30.0, low=25.0, high=35.0, confidence=0.95, method="")
    >>> agreed(None, headline(pd.DataFrame([row]))) is None
    True
    """
    judged = findings.attrs.get("judged")
    if judged is None:
        raise UsageError("agreed: give it the findings as cxkit.findings.headline returned them.")
    if result is None:
        return None
    if (found := journey_agreed(result, judged)) is not None:
        return found
    if hasattr(result, "segments") and hasattr(result, "totals"):
        return _decomposition(result, judged)
    if isinstance(result, pd.DataFrame) and "commented" in result:
        return _gap(result, judged.get("commenters"))
    if isinstance(result, pd.DataFrame) and "difference" in result:
        return _comparison(result, judged)
    raise UsageError("agreed: expected a comparison table, a commenter gap or a decomposition.")


def _comparison(table: pd.DataFrame, judged: dict[str, dict[str, Any]]) -> pd.DataFrame:
    by = key_columns(table)
    table = table.copy()
    for at, row in table.iterrows():
        name = named(row, by)
        found = judged.get(f"segment:{'+'.join(by)}={name}") or judged.get(f"kind:{name}" if by else "change")
        sign = 1.0
        if found is None and len(table) == 2 and "gain" in table:  # of two segments only the lower one was judged
            other = table[table.index != at].iloc[0]
            found, sign = judged.get(f"segment:{'+'.join(by)}={named(other, by)}"), -1.0
        if found is None or not np.isfinite(found["p_adjusted"]):
            continue
        low, high = sorted((sign * found["low"], sign * found["high"]))
        new = {"difference_low": low, "difference_high": high}
        new |= {name: found[name] for name in ("p_adjusted", "looked", "verdict")}
        if "gain" in table:
            new |= {"gain_low": -row["share"] * high, "gain_high": -row["share"] * low}
        for column, value in new.items():
            table.loc[at, column] = value
    return table


def _gap(gap: pd.DataFrame, found: dict[str, Any] | None) -> pd.DataFrame:
    if found is None or len(gap) != 3:
        return gap.copy()
    gap = gap.assign(verdict=["", "", found["verdict"]])
    gap.loc[gap.index[-1], ["low", "high"]] = [found["low"], found["high"]]
    return gap


def _decomposition(made: Any, judged: dict[str, dict[str, Any]]) -> Any:
    by = list(made.segments.columns[: list(made.segments.columns).index("n_before")])
    segments, totals = made.segments.assign(rate_p_adjusted=np.nan), made.totals.assign(p_adjusted=np.nan)
    for at, row in segments.iterrows():
        if found := judged.get(f"why:{'+'.join(by)}={named(row, by)}"):
            segments.loc[at, ["rate_low", "rate_high", "rate_p_adjusted"]] = [
                found["low"],
                found["high"],
                found["p_adjusted"],
            ]
    for part, key in (("mix", f"why:{'+'.join(by)}"), ("change", "change")):
        if found := judged.get(key):
            totals.loc[totals.part == part, ["low", "high", "p_adjusted"]] = [
                found["low"],
                found["high"],
                found["p_adjusted"],
            ]
    return replace(made, segments=segments, totals=totals)
