"""Tables for tests of sentences, made from counts with `cxkit.stats`: the sentences are tested, not the statistics."""

import math

import pandas as pd

from cxkit import frames
from cxkit.stats import compare
from cxkit.stats.intervals import nps_interval


def row(promoters, passives, detractors, **keys):
    """One row of an NPS estimate table from counts."""
    n = promoters + passives + detractors
    low, high = nps_interval(promoters, passives, detractors)
    estimate = 100 * (promoters - detractors) / n if n else math.nan
    rest = dict(confidence=0.95, method="score")
    return {
        **keys, "metric": "nps", "unit": "points", "n": n, "estimate": estimate,
        "low": 100 * float(low), "high": 100 * float(high), **rest,
    }  # fmt: skip


def table(*rows):
    return pd.DataFrame(list(rows))


def against(pairs, by, other="all others"):
    """A comparison table from pairs of counts: (names, own counts, other counts)."""
    own, rest = (table(*(row(*pair[k]) for pair in pairs)) for k in (1, 2))
    found = compare.nps_difference(
        *zip(*(pair[1] for pair in pairs), strict=True), *zip(*(pair[2] for pair in pairs), strict=True)
    )
    adjusted = compare.adjust(found.p, "holm")
    level = compare.adjusted_level(found.p, adjusted)
    again = compare.nps_difference(
        *zip(*(pair[1] for pair in pairs), strict=True),
        *zip(*(pair[2] for pair in pairs), strict=True),
        confidence=level,
    )
    keys = pd.DataFrame(
        [dict(zip(by, pair[0], strict=True)) for pair in pairs], columns=list(by), index=range(len(pairs))
    )
    made = frames.comparison_table(
        keys, by, metric="nps", unit="points", n=own.n, estimate=own.estimate, low=own.low, high=own.high, other=other,
        other_n=rest.n, other_estimate=rest.estimate, other_low=rest.low, other_high=rest.high,
        difference=100 * found.estimate, difference_low=100 * again.low, difference_high=100 * again.high, p=found.p,
        p_adjusted=adjusted, looked=len(pairs), verdict=compare.verdicts(adjusted), confidence=0.95, method="test",
    )  # fmt: skip
    n = made.n / (made.n + made.other_n)
    gains = {"gain": -n * made.difference, "gain_low": -n * made.difference_high, "gain_high": -n * made.difference_low}
    return made.assign(share=n, shrunken=made.estimate, **gains)
