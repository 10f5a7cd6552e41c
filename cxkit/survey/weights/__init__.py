"""Weights: answers made to look like the customers they stand for, and what that costs."""

from cxkit.survey.weights.made import Weights
from cxkit.survey.weights.raking import post_stratify, rake
from cxkit.survey.weights.report import weight_report
from cxkit.survey.weights.targets import totals_of
from cxkit.survey.weights.trimming import Trimmed, trim

__all__ = ["Trimmed", "Weights", "post_stratify", "rake", "totals_of", "trim", "weight_report"]
