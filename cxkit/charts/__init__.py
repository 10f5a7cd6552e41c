"""Pictures: one function a picture. It takes a metric's table and axes, and returns the axes with a caption attached.

A cell of a notebook ends in ``show(plot_trend(table))``; `cxkit.page.show` puts the picture, its title, its sentence
for readers who cannot see it and its numbers on the page.
"""

from cxkit.charts.bridge import plot_bridge
from cxkit.charts.caption import Caption, caption, caption_of
from cxkit.charts.distribution import plot_distribution
from cxkit.charts.dwell import plot_dwell
from cxkit.charts.flow import plot_flow
from cxkit.charts.funnel import plot_funnel
from cxkit.charts.incidents import plot_incidents
from cxkit.charts.journey_map import map_alt, map_table, plot_journey_map, save_journey_map
from cxkit.charts.labels import clashes
from cxkit.charts.paths import plot_paths
from cxkit.charts.personas import plot_personas
from cxkit.charts.segments import plot_segments
from cxkit.charts.transitions import plot_transitions
from cxkit.charts.trend import plot_trend
from cxkit.charts.trend_signals import plot_signals

__all__ = [
    "Caption",
    "caption",
    "caption_of",
    "clashes",
    "map_alt",
    "map_table",
    "plot_bridge",
    "plot_distribution",
    "plot_dwell",
    "plot_flow",
    "plot_funnel",
    "plot_incidents",
    "plot_journey_map",
    "plot_paths",
    "plot_personas",
    "plot_segments",
    "plot_signals",
    "plot_transitions",
    "plot_trend",
    "save_journey_map",
]
