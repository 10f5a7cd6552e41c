"""Scoring rules: which scores count as what, and how that is said beside the number.

Conventions disagree (a "CSAT of 80" can be a share of 4-5, a mean over a maximum, or a net score), so a rule here has a
name, and every metric prints it in its `method` column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cxkit.errors import UsageError, choice

Range = tuple[int, int]

#: Highest detractor and lowest promoter on each scale. Only 0-10 is the published NPS; the others are habits of
#: vendors.
NPS_SCALES = {"0-10": (6, 9), "1-10": (6, 9), "1-7": (4, 7), "1-5": (3, 5), "1-3": (1, 3)}

#: Top boxes by number of points on the scale.
TOP_BOXES = {2: 1, 3: 1, 4: 2, 5: 2, 6: 3, 7: 3, 8: 3, 10: 2}

#: Favourable boxes of customer effort, for the two scales that have a convention.
CES_BOXES = {"1-5": 2, "1-7": 3}

CSAT_RULES = ("top_box", "mean", "mean_of_max", "mean_of_range", "net")


@dataclass(frozen=True)
class Rule:
    """How scores become a number.

    Attributes
    ----------
    metric : str
        nps, csat or ces.
    low, high : int
        Ends of the scale, both possible answers.
    kind : {"net", "share", "mean"}
        Share of `plus` minus share of `minus`; share of `plus`; or mean.
    plus, minus : (int, int)
        Score ranges, ends included. `minus` only for net scores.
    offset, divisor : float
        A mean is reported as (mean - offset) / divisor.
    words : str
        The rule in words, for the `method` column.
    """

    metric: str
    low: int
    high: int
    kind: str
    words: str
    plus: Range | None = None
    minus: Range | None = None
    offset: float = 0.0
    divisor: float = 1.0

    @property
    def unit(self) -> str:
        """points, share or rating."""
        if self.kind == "net":
            return "points"
        return "rating" if self.kind == "mean" and self.divisor == 1 else "share"

    @property
    def points(self) -> range:
        """Every possible answer, in order."""
        return range(self.low, self.high + 1)

    def group(self, score: float) -> str:
        """The group of a score under a net rule: detractor, passive or promoter."""
        if self.plus and self.plus[0] <= score <= self.plus[1]:
            return "promoter"
        return "detractor" if self.minus and self.minus[0] <= score <= self.minus[1] else "passive"


def ends(scale: str) -> Range:
    """The ends of a scale written as text.

    Parameters
    ----------
    scale : str
        "0-10", "1-5" …

    Returns
    -------
    (int, int)

    Raises
    ------
    UsageError
        If the text is no scale.

    Examples
    --------
    >>> ends("1-7")
    (1, 7)
    """
    found = (
        re.fullmatch(r"\s*(-?\d{1,3})\s*(?:-|–|to|\.\.)\s*(-?\d{1,3})\s*", scale) if isinstance(scale, str) else None
    )
    if found:
        low, high = int(found[1]), int(found[2])
        if low < high:
            return low, high
    raise UsageError(f"scale: {scale!r} is no scale. Write its lowest and highest answer, such as '0-10' or '1-5'.")


def nps_rule(scale: str = "0-10") -> Rule:
    """The net promoter rule of a scale.

    Parameters
    ----------
    scale : {"0-10", "1-10", "1-7", "1-5", "1-3"}
        Only "0-10" is the published rule. Scores from different scales are not comparable: on 1-10 nobody can answer 0.

    Returns
    -------
    Rule

    Raises
    ------
    UsageError
        If the scale has no known rule.

    References
    ----------
    Reichheld, F. F. (2003). The one number you need to grow. Harvard Business Review 81(12), 46-54.

    Examples
    --------
    >>> nps_rule("0-10").words
    'NPS 0-10: 9-10 minus 0-6'
    >>> nps_rule("1-5").words
    'NPS 1-5: 5 minus 1-3'
    """
    scale = _written(*ends(scale))
    detractors, promoters = NPS_SCALES[choice(scale, NPS_SCALES, "scale")]
    low, high = ends(scale)
    plus, minus = (promoters, high), (low, detractors)
    return Rule("nps", low, high, "net", f"NPS {scale}: {_written(*plus)} minus {_written(*minus)}", plus, minus)


def csat_rule(scale: str, rule: str = "top_box", boxes: int | None = None) -> Rule:
    """A satisfaction rule.

    Parameters
    ----------
    scale : str
        Lowest and highest answer, such as "1-5". No default: a wrong guess changes the number silently.
    rule : {"top_box", "mean", "mean_of_max", "mean_of_range", "net"}
        ``top_box``: share of the highest `boxes` answers. ``mean``: mean score. ``mean_of_max``: sum of scores over the
        largest possible sum. ``mean_of_range``: the same after the lowest answer is set to 0, so that 0 and 1 can both
        be reached. ``net``: share of the highest `boxes` minus share of the middle and below, in points.
    boxes : int, optional
        How many of the highest answers count as satisfied. By convention 1 of 2-3 points, 2 of 4-5, 3 of 6-8, 2 on
        1-10. Other lengths have no convention and need the argument.

    Returns
    -------
    Rule

    Raises
    ------
    UsageError
        If the scale or rule is unknown, or the boxes do not fit.

    Examples
    --------
    >>> csat_rule("1-5").words
    'CSAT 1-5: share of 4-5'
    >>> csat_rule("1-10").words
    'CSAT 1-10: share of 9-10'
    >>> csat_rule("1-5", "mean_of_range").words
    'CSAT 1-5: (mean - 1) / 4'
    """
    low, high = ends(scale)
    named = f"CSAT {_written(low, high)}"
    choice(rule, CSAT_RULES, "rule")
    if rule in ("top_box", "net"):
        plus = _top(low, high, boxes, TOP_BOXES.get(high - low + 1))
        if rule == "top_box":
            return Rule("csat", low, high, "share", f"{named}: share of {_written(*plus)}", plus)
        minus = (low, min((low + high) // 2, plus[0] - 1))
        words = f"{named}: {_written(*plus)} minus {_written(*minus)}"
        return Rule("csat", low, high, "net", words, plus, minus)
    if boxes is not None:
        raise UsageError(f"boxes: rule {rule!r} uses every answer. Leave boxes out, or take rule='top_box'.")
    if rule == "mean":
        return Rule("csat", low, high, "mean", f"{named}: mean")
    if rule == "mean_of_max":
        if low < 0 or high <= 0:
            raise UsageError(f"rule: 'mean_of_max' needs a scale without negative answers, not {scale!r}.")
        return Rule("csat", low, high, "mean", f"{named}: mean / {high}", divisor=high)
    return Rule("csat", low, high, "mean", f"{named}: (mean - {low}) / {high - low}", offset=low, divisor=high - low)


def ces_rule(scale: str, high_is: str, report: str = "share", boxes: int | None = None) -> Rule:
    """A customer effort rule.

    Parameters
    ----------
    scale : str
        Lowest and highest answer, "1-7" or "1-5" by convention.
    high_is : {"easy", "hard"}
        What the highest answer means. Vendors differ, so there is no default.
    report : {"share", "mean"}
        Share of answers at the easy end, or mean score in the direction of the scale.
    boxes : int, optional
        How many answers at the easy end count as easy: 3 of 1-7 and 2 of 1-5 by convention; other scales need it.

    Returns
    -------
    Rule

    Raises
    ------
    UsageError
        If an option is unknown or the boxes do not fit.

    Examples
    --------
    >>> ces_rule("1-7", "easy").words
    'CES 1-7, high is easy: share of 5-7'
    >>> ces_rule("1-5", "hard").words
    'CES 1-5, high is hard: share of 1-2'
    """
    low, high = ends(scale)
    choice(high_is, ("easy", "hard"), "high_is")
    choice(report, ("share", "mean"), "report")
    named = f"CES {_written(low, high)}, high is {high_is}"
    if report == "mean":
        if boxes is not None:
            raise UsageError("boxes: the mean uses every answer. Leave boxes out, or take report='share'.")
        return Rule("ces", low, high, "mean", f"{named}: mean")
    top = _top(low, high, boxes, CES_BOXES.get(_written(low, high)))
    easy = top if high_is == "easy" else (low, low + high - top[0])
    return Rule("ces", low, high, "share", f"{named}: share of {_written(*easy)}", easy)


def _written(low: int, high: int) -> str:
    return f"{low}-{high}" if low != high else str(low)


def _top(low: int, high: int, boxes: int | None, usual: int | None) -> Range:
    """The highest answers that count as favourable."""
    if boxes is None:
        if usual is None:
            raise UsageError(
                f"boxes: a scale of {low}-{high} has no usual number of top boxes. Say how many answers count, "
                "such as boxes=2."
            )
        boxes = usual
    if isinstance(boxes, bool) or not isinstance(boxes, int) or not 1 <= boxes <= high - low:
        raise UsageError(f"boxes: {boxes!r} does not fit {low}-{high}. Choose a whole number from 1 to {high - low}.")
    return high - boxes + 1, high
