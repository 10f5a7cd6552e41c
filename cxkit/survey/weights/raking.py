"""Weights that make the answers look like the customers: post-stratification and raking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cxkit import frames, words
from cxkit.errors import DataError, UsageError
from cxkit.stats.raking import Raked, rake_cells
from cxkit.survey.weights.cells import Cells, cells, place
from cxkit.survey.weights.made import CELL, Weights, made
from cxkit.survey.weights.targets import Margin, cells_of, margins_of

#: Totals named in a message.
_SHOWN = 3


def post_stratify(
    responses: Any,
    *,
    totals: Any,
    by: str | Sequence[str],
    weight: str = "",
    survey: str = "nps",
    score: str = "score",
    missing: str = "refuse",
) -> Weights:
    """Which weights make the answers of every cell stand for as many customers as there are?

    Parameters
    ----------
    responses : Table or frame
        The `responses` table.
    totals : mapping or DataFrame
        The total of every cell: ``{"north": 4200, "south": 3100}`` for one column, ``{("north", "pro"): 900, ...}`` for
        several, or the table of `totals_of`. Shares do as well as numbers.
    by : str or list of str
        The columns that make the cells.
    weight : str
        Column of base weights, where the answers have some already.
    survey, score : str
        Only answers of this survey with a score are weighted, as in `nps`, so that those counted are those weighted.
        Empty: every row.
    missing : {"refuse", "aside"}
        What to do with answers that lack one of the columns.

    Returns
    -------
    Weights
        `.add(responses)` gives the answers their weights; they add up to the totals.

    Raises
    ------
    DataError
        If a cell with answers has no total, a cell with a total no answers, or a column is missing or empty.
    UsageError
        If the totals are not of the form above, or a total is no number of customers.

    Warns
    -----
    DataWarning
        If the weights cost more than half of the answers.

    Notes
    -----
    Weight of an answer = total of its cell / answers in its cell (or their base weight). **When not to use it**: with
    cells of less than some ten answers (`rake` to the margins then), or with columns that have nothing to do with the
    score, which cost precision and mend nothing. Weights cannot mend that those of a cell who kept silent would have
    answered differently.

    References
    ----------
    Holt, D. and Smith, T. M. F. (1979). Post stratification. Journal of the Royal Statistical Society A 142, 33-46.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"score": [10, 9, 3], "plan": ["a", "a", "b"]})
    >>> weights = post_stratify(answers, totals={"a": 50, "b": 50}, by="plan")
    >>> weights.add(answers).weight.tolist()
    [25.0, 25.0, 50.0]
    """
    who, keys = "post_stratify", frames.by_list(by, CELL)
    if not keys:
        raise UsageError("post_stratify: name the columns that make the cells with by=, such as by='region'.")
    margin = cells_of(totals, keys, who)
    found = cells(responses, keys, who, weight, survey, score, missing)
    code, total, _ = place(found.table, margin, who)
    raked = rake_cells(found.table["base"], [code], [total])
    return made(who, responses, found, f"post-stratified by {margin.name}", weight, raked)


def rake(
    responses: Any,
    *,
    totals: Any,
    weight: str = "",
    limits: tuple[float, float] | None = None,
    tolerance: float = 1e-10,
    survey: str = "nps",
    score: str = "score",
    missing: str = "refuse",
) -> Weights:
    """Which weights make the answers look like the customers in several respects at once?

    Parameters
    ----------
    responses : Table or frame
        The `responses` table.
    totals : mapping or DataFrame
        For each column the totals of its values: ``{"region": {"north": 4200, "south": 3100}, "plan": {...}}``. A tuple
        of columns crosses them: ``{("region", "plan"): {("north", "pro"): 900, ...}}``. The table of `totals_of` stands
        for the totals of each of its columns alone. Every margin must have the same sum.
    weight : str
        Column of base weights, where the answers have some already.
    limits : (float, float), optional
        Least and most of a factor relative to the mean factor, such as (0.3, 3).
    tolerance : float, default 1e-10
        Largest relative miss of a total.
    survey, score, missing
        As in `post_stratify`.

    Returns
    -------
    Weights
        `.add(responses)` gives the answers their weights; in every margin they add up to the totals.

    Raises
    ------
    DataError
        If a value with answers has no total, a value with a total no answers, a column is missing or empty, or the
        totals cannot be met together (or not within the limits).
    UsageError
        If the totals are not of the form above or do not have the same sum, or an option cannot be used.

    Warns
    -----
    DataWarning
        If the weights cost more than half of the answers.

    Notes
    -----
    Iterative proportional fitting, see `cxkit.stats.raking.rake_cells`. **When not to use it**: to weight by everything
    there is. Each margin costs precision; take those that differ between answers and customers and that go with the
    score. The interval of a weighted score treats the weights as given, which errs to the wide side.

    References
    ----------
    Deming, W. E. and Stephan, F. F. (1940). On a least squares adjustment of a sampled frequency table when the expected
    marginal totals are known. Annals of Mathematical Statistics 11, 427-444.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"score": [9, 9, 3, 8, 8, 7], "plan": list("aabbbb"), "vip": list("ynynnn")})
    >>> weights = rake(answers, totals={"plan": {"a": 4, "b": 4}, "vip": {"y": 3, "n": 5}})
    >>> weights.add(answers).weight.round(3).tolist()
    [2.0, 2.0, 1.0, 1.0, 1.0, 1.0]
    """
    margins = margins_of(totals, "rake")
    columns = list(dict.fromkeys(name for margin in margins for name in margin.columns))
    found = cells(responses, frames.by_list(columns, CELL), "rake", weight, survey, score, missing)
    placed = [place(found.table, margin, "rake") for margin in margins]
    code, total, _ = zip(*placed, strict=True)
    raked = rake_cells(found.table["base"], code, total, limits=limits, tolerance=tolerance)
    if not raked.met:
        raise DataError(_unmet(found, margins, placed, raked, limits))
    names = words.listing([margin.name for margin in margins])
    said = f"raked to {names} in {words.plural(raked.passes, 'pass', 'passes')}"
    return made("rake", responses, found, said, weight, raked)


def _unmet(found: Cells, margins: Sequence[Margin], placed: Any, raked: Raked, limits: Any) -> str:
    """Which totals cannot be met, and how far they are off."""
    weight, off = found.table["base"].to_numpy() * raked.factor, []
    for margin, (code, total, keys), miss in zip(margins, placed, raked.misses, strict=True):
        have = np.bincount(code, weight, len(total))
        said = [
            f"'{margin.name}' = '{' x '.join(k)}' comes to {h:,.6g} instead of {t:,.6g}"
            for k, h, t in zip(keys, have, total, strict=True)
        ]
        off += sorted(zip(np.abs(miss), said, strict=True), reverse=True)[:_SHOWN]
    first = "; ".join(said for _, said in sorted(off, reverse=True)[:_SHOWN])
    within = f" within limits={limits}" if limits is not None else ""
    also = ", or widen the limits" if limits is not None else ""
    return (
        f"rake: no weights meet all totals at once{within}: after {words.plural(raked.passes, 'pass', 'passes')} {first}. "
        "Some kinds of customers have totals but too few of the answers that could stand for them: merge small kinds, "
        f"leave out a margin{also}."
    )
