"""Survey metrics: how customers answered, with the interval and the rule beside every number.

Each function takes the `responses` table (or any dataframe) and gives a small pandas table.
"""

from cxkit.survey.banner_table import Crosstab, crosstab
from cxkit.survey.bridge import Decomposition, mix_and_rate
from cxkit.survey.changes import change
from cxkit.survey.distribution import distribution
from cxkit.survey.movers import Movers, movers
from cxkit.survey.respondents import Respondents, respondents
from cxkit.survey.rest import versus_rest
from cxkit.survey.scale_use import scale_use
from cxkit.survey.scores import ces, csat, nps
from cxkit.survey.segments import segment_columns
from cxkit.survey.signals import Signals, signals
from cxkit.survey.trends import trend
from cxkit.survey.voices import commenter_gap, group_estimates, group_shares
from cxkit.survey.weights import Trimmed, Weights, post_stratify, rake, totals_of, trim, weight_report

__all__ = [
    "Crosstab",
    "Decomposition",
    "Movers",
    "Respondents",
    "Signals",
    "Trimmed",
    "Weights",
    "ces",
    "change",
    "commenter_gap",
    "crosstab",
    "csat",
    "distribution",
    "group_estimates",
    "group_shares",
    "mix_and_rate",
    "movers",
    "nps",
    "post_stratify",
    "rake",
    "respondents",
    "scale_use",
    "segment_columns",
    "signals",
    "totals_of",
    "trend",
    "trim",
    "versus_rest",
    "weight_report",
]
