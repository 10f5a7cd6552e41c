"""Comparisons: differences with limits and p, many at once, partial pooling, and the answers they need.

Arrays in, numbers out; net scores run from -1 to 1. Differences are first minus second.
"""

from cxkit.stats.compare.limits import difference, limits_at, p_value
from cxkit.stats.compare.many import adjust, adjusted_level, benjamini_hochberg, holm, verdicts
from cxkit.stats.compare.paired import Paired, paired_nps
from cxkit.stats.compare.planning import answers_for_difference, answers_for_interval, detectable_difference
from cxkit.stats.compare.pooling import Shrunken, shrink
from cxkit.stats.compare.strength import VERDICTS, surest_pair, verdict
from cxkit.stats.compare.two import Comparison, mean_difference, nps_difference, share_difference

__all__ = [
    "VERDICTS",
    "Comparison",
    "Paired",
    "Shrunken",
    "adjust",
    "adjusted_level",
    "answers_for_difference",
    "answers_for_interval",
    "benjamini_hochberg",
    "detectable_difference",
    "difference",
    "holm",
    "limits_at",
    "mean_difference",
    "nps_difference",
    "p_value",
    "paired_nps",
    "share_difference",
    "shrink",
    "surest_pair",
    "verdict",
    "verdicts",
]
