"""Survey metrics: how customers answered, with the interval and the rule beside every number.

Each function takes the `responses` table (or any dataframe) and gives a small pandas table.
"""

from cxkit.survey.scores import ces, csat, distribution, nps
from cxkit.survey.segments import segment_columns
from cxkit.survey.trends import trend
from cxkit.survey.voices import commenter_gap, group_shares

__all__ = ["ces", "commenter_gap", "csat", "distribution", "group_shares", "nps", "segment_columns", "trend"]
