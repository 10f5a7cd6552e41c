"""Did the score move, and when: limits of the usual, a watch for drops, the most likely moment of a change, the season.

Each tool answers another question. `xmr`, `laney_p` and `net_limits` ask of one period whether it is out of the usual;
`cusum` adds small shortfalls up until together they are more than chance; `change_point` looks back over all periods
for the moment at which the level changed; `season` compares the months of the year; `smallest_drop` says what could have
been found at all.
"""

from cxkit.stats.change.drops import Cusum, cusum, cusum_limit, drop_power, smallest_drop
from cxkit.stats.change.limits import Limits, laney_p, later_factor, xmr
from cxkit.stats.change.moment import ChangePoint, change_point, change_points
from cxkit.stats.change.net import Standing, net_limits, shown_spread, standing
from cxkit.stats.change.seasons import Season, season

__all__ = [
    "ChangePoint",
    "Cusum",
    "Limits",
    "Season",
    "Standing",
    "change_point",
    "change_points",
    "cusum",
    "cusum_limit",
    "drop_power",
    "laney_p",
    "later_factor",
    "net_limits",
    "season",
    "shown_spread",
    "smallest_drop",
    "standing",
    "xmr",
]
