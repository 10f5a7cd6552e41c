"""Differences made from limits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxkit.stats.compare import difference, limits_at, p_value
from cxkit.stats.intervals import nps_interval


def _two(method):
    """Promoters/passives/detractors 50/30/20 against 30/50/20."""
    first, second = nps_interval(50, 30, 20, method=method), nps_interval(30, 50, 20, method=method)
    return 0.3, *first, 0.1, *second


def test_difference_of_score_limits():
    # witness: MOVER from score limits for 50/30/20 against 30/50/20, n = 100 each: (-.0098301, .3997882)
    gap, low, high = difference(*_two("score"))
    assert gap == pytest.approx(0.2)
    assert (low, high) == pytest.approx((-0.0098301, 0.3997882), abs=6e-8)


def test_difference_and_p_of_wald_limits():
    # witness: R NPS 1.1, nps.test: difference .2, interval (-.0055628, .4055628), p .0565303
    assert difference(*_two("wald"))[1:] == pytest.approx((-0.0055628, 0.4055628), abs=6e-8)
    assert p_value(*_two("wald")) == pytest.approx(0.0565303, abs=6e-8)


_LIMITS = st.tuples(st.floats(-1, 1), st.floats(0.01, 0.5), st.floats(0.01, 0.5)).map(
    lambda v: (v[0], v[0] - v[1], v[0] + v[2])
)


@settings(max_examples=200, deadline=None)
@given(_LIMITS, _LIMITS)
def test_p_and_interval_never_contradict_each_other(first, second):
    gap, low, high = difference(*first, *second)
    p = p_value(*first, *second)
    assert low <= gap <= high
    assert 0 <= p <= 1
    if abs(p - 0.05) > 1e-9:
        assert (p < 0.05) == (low > 0 or high < 0)
    mirrored = difference(*second, *first)
    assert mirrored[1:] == pytest.approx((-high, -low))
    assert p_value(*second, *first) == pytest.approx(float(p))


def test_other_confidence_is_exact_for_wald_and_close_for_score_limits():
    wald = nps_interval(300, 400, 300, method="wald")
    assert np.allclose(limits_at(0.0, *wald, 0.95, 0.8), nps_interval(300, 400, 300, method="wald", confidence=0.8))
    score = nps_interval(60, 25, 15)
    assert np.allclose(limits_at(0.45, *score, 0.95, 0.8), nps_interval(60, 25, 15, confidence=0.8), atol=0.01)


def test_missing_stays_missing_and_arrays_are_taken():
    gap, low, high = difference([1.0, np.nan], [0, 0], [2, 2], [0.5, 0.5], [0, 0], [1, 1])
    assert gap.tolist()[0] == 0.5
    assert np.isnan([gap[1], low[1], high[1]]).all()
    assert np.isnan(p_value(np.nan, 0, 1, 0, 0, 1))
