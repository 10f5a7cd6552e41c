"""What to do next: steps that follow from the findings, each with its size and how sure it is."""

from cxkit.actions.journey import journey_steps
from cxkit.actions.survey import next_steps, sample_needed

__all__ = ["journey_steps", "next_steps", "sample_needed"]
