"""Hatching as strokes: parallels within the bar, on one grid through all bars, and no SVG pattern."""

from __future__ import annotations

import numpy as np
import pytest
from charts import journey_map_data as made
from hypothesis import given
from hypothesis import strategies as some

from cxkit.charts import save
from cxkit.charts.hatching import GAP, strokes
from cxkit.charts.journey_map import plot_journey_map

LENGTHS = some.floats(0.05, 300)


@given(some.floats(-500, 500), some.floats(-500, 500), LENGTHS, LENGTHS, some.booleans())
def test_strokes_are_parallels_within_the_bar(x, y, wide, high, falls):
    ends = strokes(x, y, wide, high, falls=falls).vertices.reshape(-1, 2, 2)
    run, rise = (ends[:, 1] - ends[:, 0]).T
    assert rise == pytest.approx(-run if falls else run, abs=1e-9)
    assert (ends.min(axis=(0, 1)) >= np.array([x, y]) - 1e-9).all()
    assert (ends.max(axis=(0, 1)) <= np.array([x + wide, y + high]) + 1e-9).all()
    lines = ends[:, 0, 0] + (ends[:, 0, 1] if falls else -ends[:, 0, 1])
    if run.any():
        assert lines / GAP == pytest.approx(np.round(lines / GAP), abs=1e-6)
        assert np.diff(lines) == pytest.approx(GAP)
    assert abs(len(lines) - (wide + high) / GAP) <= 1.001


def test_a_bar_of_no_size_has_no_strokes():
    for wide, high in ((0, 5), (5, 0)):
        assert np.ptp(strokes(3, 4, wide, high).vertices, axis=0).tolist() == [0, 0]


@pytest.mark.parametrize("page", ["a3", "column"])
def test_no_patterns_which_browsers_print_as_pixels(page):
    ax = plot_journey_map(made.journey("en", 0, 3), page=page)
    assert any(patch.get_gid() == "strokes" for patch in ax.patches)
    assert "<pattern" not in save.svg(ax.figure)
