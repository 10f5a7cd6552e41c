"""A group and all the others, from sums over customers: estimate, effective n, standard error and correlation.

The sums are made by `cxkit.survey.clusters`; nothing here touches a row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxkit.stats import weighted

#: Columns of `moments` after the group columns; capitals are those of all groups together.
MOMENTS = (
    *("n", "w", "s", "q", "customers", "only", "ww", "ws", "ss", "wW", "wS", "sW", "sS"),
    *("N", "W", "S", "Q", "CUSTOMERS", "REPEATED", "WW", "WS", "SS"),
)


@dataclass(frozen=True)
class Side:
    """One side of a comparison, a number a group: what `cxkit.stats.weighted` needs, and what follows from it.

    Attributes
    ----------
    n, customers : ndarray
        Answers, and the customers who gave them.
    moments : ndarray, (groups, 3)
        Sums of w, of w y and of w y^2 over answers. y is 1, 0 or -1 for promoters, passives and detractors, 1 or 0 for
        a share, the score minus the middle of the scale for a mean.
    squares : ndarray, (groups, 3)
        Sums of W^2, W S and S^2 over customers, W and S being a customer's sums of w and w y.
    """

    n: np.ndarray
    customers: np.ndarray
    moments: np.ndarray
    squares: np.ndarray

    @property
    def estimate(self) -> np.ndarray:
        """Mean of y: the net score (-1..1), the share, or the centred mean; NaN where nobody answered."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.moments[:, 1] / self.moments[:, 0]

    @property
    def effective(self) -> np.ndarray:
        """How many plain answers they are worth; see `cxkit.stats.weighted.effective_n`."""
        return weighted.effective_n(self.n, self.moments, self.squares)

    @property
    def standard_error(self) -> np.ndarray:
        """Cluster-robust standard error of the estimate, with the factor m / (m - 1) for m customers."""
        return weighted.standard_error(self.moments, self.squares, self.customers)

    @property
    def boxes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Promoters, passives and detractors (favourable, other and none of a share), scaled to the effective n.

        They go as they are into `nps_interval` and `nps_difference`. Not for means.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(self.moments[:, :1] > 0, self.moments[:, 1:] / self.moments[:, :1], 0.0)
        up, down = (share[:, 1] + share[:, 0]) / 2, (share[:, 1] - share[:, 0]) / 2
        effective = self.effective
        parts = (np.clip(part, 0, 1) * effective for part in (up, 1 - share[:, 1], down))
        return tuple(parts)


def own(table: pd.DataFrame) -> Side:
    """Each group of `moments` by itself.

    Parameters
    ----------
    table : DataFrame
        From `moments`.

    Returns
    -------
    Side

    Examples
    --------
    >>> from cxkit.scales import nps_rule
    >>> from cxkit.survey.clusters import Question, moments
    >>> answers = pd.DataFrame({"score": [9, 10, 3, 8], "customer_id": list("aabc"), "plan": list("xyxy")})
    >>> asked = Question(nps_rule(), "nps", "score", ["plan"], "all", "customer_id", "responded_at")
    >>> own(moments(answers, asked)).estimate.tolist()
    [0.0, 0.5]
    """
    part = table[list(MOMENTS)].to_numpy(dtype=float).T
    at = dict(zip(MOMENTS, part, strict=True))
    return Side(at["n"], at["customers"], _three(at["w"], at["s"], at["q"]), _three(at["ww"], at["ws"], at["ss"]))


def rest(table: pd.DataFrame) -> Side:
    """All other answers, against which each group of `moments` can be compared.

    Parameters
    ----------
    table : DataFrame
        From `moments`, with every group in it.

    Returns
    -------
    Side

    Examples
    --------
    >>> from cxkit.scales import nps_rule
    >>> from cxkit.survey.clusters import Question, moments
    >>> answers = pd.DataFrame({"score": [9, 10, 3, 8], "customer_id": list("aabc"), "plan": list("xyxy")})
    >>> asked = Question(nps_rule(), "nps", "score", ["plan"], "all", "customer_id", "responded_at")
    >>> rest(moments(answers, asked)).estimate.tolist()
    [0.5, 0.0]
    """
    at = {name: table[name].to_numpy(dtype=float) for name in MOMENTS}
    sums = _three(at["W"] - at["w"], at["S"] - at["s"], at["Q"] - at["q"])
    squares = _three(
        at["WW"] - 2 * at["wW"] + at["ww"],
        at["WS"] - at["wS"] - at["sW"] + at["ws"],
        at["SS"] - 2 * at["sS"] + at["ss"],
    )
    for part in (sums, squares):  # the first and third sum are of squares: below zero is rounding
        part[:, ::2] = np.maximum(part[:, ::2], 0)
    none = at["N"] - at["n"] <= 0  # one group holds everything: what is left is rounding
    sums[none], squares[none] = 0.0, 0.0
    return Side(at["N"] - at["n"], at["CUSTOMERS"] - at["only"], sums, squares)


def correlation(table: pd.DataFrame) -> np.ndarray:
    """How far a group's estimate and that of all others go together, because the same customers stand behind both.

    Parameters
    ----------
    table : DataFrame
        From `moments`.

    Returns
    -------
    ndarray
        Between -1 and 1; 0 where nobody answered in the group and elsewhere, or nothing varies.

    Examples
    --------
    >>> from cxkit.scales import nps_rule
    >>> from cxkit.survey.clusters import Question, moments
    >>> answers = pd.DataFrame({"score": [9, 10, 3, 4], "customer_id": list("aabb"), "plan": list("xyxy")})
    >>> asked = Question(nps_rule(), "nps", "score", ["plan"], "all", "customer_id", "responded_at")
    >>> correlation(moments(answers, asked)).tolist()
    [1.0, 1.0]
    """
    at = {name: table[name].to_numpy(dtype=float) for name in MOMENTS}
    products = [at["wW"] - at["ww"], at["wS"] - at["ws"], at["sW"] - at["ws"], at["sS"] - at["ss"]]
    return correlated(own(table), rest(table), *products)


def correlated(first: Side, second: Side, ww, ws, sw, ss) -> np.ndarray:
    """Correlation of two sides from sums over customers of the first side's own sum times the second's.

    Parameters
    ----------
    first, second : Side
    ww, ws, sw, ss : ndarray
        Sums of w w', w s', s w' and s s', unprimed those of the first side.

    Returns
    -------
    ndarray
        Between -1 and 1; 0 where nothing varies.
    """
    x, y = first.estimate, second.estimate
    with np.errstate(divide="ignore", invalid="ignore"):
        together = ss - y * sw - x * ws + x * y * ww
        spread = np.sqrt(_squared(first) * _squared(second))
        found = together / spread
    return np.where(spread > 1e-12, np.clip(np.nan_to_num(found), -1, 1), 0.0)


def _squared(side: Side) -> np.ndarray:
    """Sum over customers of (S - mean W)^2."""
    ww, ws, ss = side.squares.T
    return np.maximum(ss - 2 * side.estimate * ws + side.estimate**2 * ww, 0)


def _three(*sums: np.ndarray) -> np.ndarray:
    return np.stack(sums, axis=-1)
