"""Pictures: one function a picture. It takes a metric's table and axes, and returns the axes with a caption attached.

A cell of a notebook ends in ``show(plot_trend(table))``; `cxkit.page.show` puts the picture, its title, its sentence
for readers who cannot see it and its numbers on the page.
"""

from cxkit.charts.bridge import plot_bridge
from cxkit.charts.caption import Caption, caption, caption_of
from cxkit.charts.distribution import plot_distribution
from cxkit.charts.labels import clashes
from cxkit.charts.segments import plot_segments
from cxkit.charts.trend import plot_trend
from cxkit.charts.trend_signals import plot_signals

__all__ = [
    "Caption",
    "caption",
    "caption_of",
    "clashes",
    "plot_bridge",
    "plot_distribution",
    "plot_segments",
    "plot_signals",
    "plot_trend",
]
