"""Targets and outside benchmarks: the lines a score is held against, each with its source and year.

A target is the company's own; a benchmark is somebody else's survey. Both are read from a small TOML file, so that a line
on a chart always says who drew it and when.
"""

from cxkit.goals.reading import read_goals
from cxkit.goals.shape import Goal, Goals

__all__ = ["Goal", "Goals", "read_goals"]
