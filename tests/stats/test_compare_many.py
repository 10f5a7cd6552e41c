"""Many comparisons at once, partial pooling, and planning."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.multitest import multipletests

from cxkit.errors import UsageError
from cxkit.stats.compare import (
    adjust,
    adjusted_level,
    answers_for_difference,
    answers_for_interval,
    benjamini_hochberg,
    detectable_difference,
    holm,
    nps_difference,
    shrink,
    verdicts,
)

_P = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@settings(max_examples=10, deadline=None)  # statsmodels takes its time
@given(_P)
def test_adjusted_p_against_statsmodels(p):
    # witness: statsmodels.stats.multitest.multipletests
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    assert benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])


def test_adjusted_p_by_hand():
    # three values: .01 * 3 = .03; .03 * 2 = .06; .04 * 1 = .04, but not below the one before: .06
    assert holm([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.06, 0.06])
    # .04; .03 * 3 / 2 = .045, but not above the next: .04; .01 * 3 = .03
    assert benjamini_hochberg([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.04, 0.04])


def test_missing_p_is_not_counted_and_shape_is_kept():
    p = np.array([[0.01, np.nan], [0.02, 0.9]])
    assert holm(p)[0, 0] == pytest.approx(0.03)
    assert np.isnan(holm(p)[0, 1])
    assert holm([]).tolist() == []
    assert np.isnan(adjust([np.nan])).all()
    given = p.copy()
    assert adjust(p, "none") is not p
    assert np.array_equal(adjust(p, "none"), given, equal_nan=True)
    assert np.array_equal(p, given, equal_nan=True)


_COUNTS = st.tuples(*[st.integers(0, 200)] * 6).filter(lambda c: sum(c[:3]) and sum(c[3:]))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(_COUNTS, min_size=1, max_size=12), st.sampled_from(["holm", "bh", "none"]), st.sampled_from([0.95, 0.9])
)
def test_limits_agree_with_the_adjusted_p(pairs, method, confidence):
    counts = np.array(pairs, dtype=float).T
    p = nps_difference(*counts).p
    adjusted = adjust(p, method)
    level = adjusted_level(p, adjusted, confidence)
    assert (level >= confidence - 1e-12).all()
    gap = nps_difference(*counts, confidence=level)
    sure = np.abs(adjusted - (1 - confidence)) > 1e-9
    excludes = (gap.low > 1e-12) | (gap.high < -1e-12)
    assert (excludes == (adjusted < 1 - confidence))[sure].all()


def test_level_of_a_p_too_small_for_a_float():
    level = adjusted_level([0.0, 0.5, np.nan], [0.0, 0.5, np.nan])
    assert level.tolist() == pytest.approx([1 - 0.05 / 2, 0.95, 0.95])


def test_verdicts():
    assert verdicts([0.049, 0.05, 0.199, 0.2, np.nan]) == ["clear", "likely", "likely", "too early", "too early"]
    assert verdicts([]) == []


@pytest.mark.parametrize("function", [holm, benjamini_hochberg, verdicts, adjust])
def test_values_that_are_no_p(function):
    with pytest.raises(UsageError, match=r"1 of 3 values do not lie between 0 and 1 \(first: 1.5\)"):
        function([0.1, 1.5, 0.2])


def test_unknown_adjustment():
    with pytest.raises(UsageError, match="Did you mean 'holm'"):
        adjust([0.1], "holms")


# --- partial pooling --------------------------------------------------------------------------------------------------

# BCG vaccine trials (Colditz et al. 1994), log risk ratios and variances as in R metafor's dat.bcg
_BCG = np.array(
    [-0.8893, -1.5854, -1.3481, -1.4416, -0.2175, -0.7861, -1.6209, 0.0120, -0.4694, -1.3713, -0.3394, 0.4459, -0.0173]
)
_BCG_VARIANCE = np.array(
    [0.3256, 0.1946, 0.4154, 0.0200, 0.0512, 0.0069, 0.2230, 0.0040, 0.0564, 0.0730, 0.0124, 0.5325, 0.0714]
)


def test_spread_against_statsmodels_and_metafor():
    # witness: statsmodels combine_effects(method_re="iterated"); metafor rma(method="PM"): tau^2 = .3181
    found = shrink(_BCG, np.sqrt(_BCG_VARIANCE))
    witness = combine_effects(_BCG, _BCG_VARIANCE, method_re="iterated", atol=1e-12)
    assert found.tau**2 == pytest.approx(witness.tau2, rel=1e-6)
    assert found.tau**2 == pytest.approx(0.3181, abs=2e-4)
    assert found.centre == pytest.approx(witness.mean_effect_re)


def test_pooling_by_hand():
    # se all 1, estimates -3, 0, 3: mean 0; Q(tau) = 18 / (1 + tau^2) = 2, so tau^2 = 8 and each keeps 8/9
    found = shrink([-3, 0, 3], 1)
    assert found.tau == pytest.approx(8**0.5)
    assert found.weight.tolist() == pytest.approx([8 / 9] * 3)
    assert found.estimate.tolist() == pytest.approx([-8 / 3, 0, 8 / 3])


def test_no_more_spread_than_chance_makes():
    found = shrink([1, 2, 3], [5, 5, 10])  # weights 4:4:1 give (4 + 8 + 3) / 9
    assert found.tau == 0
    assert found.estimate.tolist() == pytest.approx([15 / 9] * 3)


def test_few_and_missing_groups():
    assert shrink([7.0], [2.0]).estimate.tolist() == [7.0]
    assert shrink([], []).estimate.size == 0
    found = shrink([np.nan, 10.0, -10.0], [np.nan, 1.0, 1.0])
    assert np.isnan(found.estimate[0])
    assert np.isnan(found.weight[0])
    assert found.estimate[1] == pytest.approx(-found.estimate[2])


def test_a_standard_error_of_zero_is_refused():
    with pytest.raises(UsageError, match=r"1 of 3 standard errors are missing, zero or negative.*high - low"):
        shrink([1, 2, 3], [1, 0, 1])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(0.5, 40)), min_size=2, max_size=20))
def test_pooled_values_lie_between_their_own_and_the_centre(groups):
    y, se = np.array(groups).T
    found = shrink(y, se)
    least, most = np.minimum(y, found.centre) - 1e-9, np.maximum(y, found.centre) + 1e-9
    assert ((found.estimate >= least) & (found.estimate <= most)).all()
    assert ((found.weight >= 0) & (found.weight <= 1)).all()


def test_pooling_ranks_better_than_the_raw_values():
    """Mean squared error against the truth over 200 draws of 50 groups of very different size: at most .7 of the raw."""
    rng = np.random.default_rng(3)
    raw = pooled = 0.0
    for _ in range(200):
        truth, se = rng.normal(20, 8, 50), rng.uniform(2, 30, 50)
        seen = rng.normal(truth, se)
        raw += ((seen - truth) ** 2).mean()
        pooled += ((shrink(seen, se).estimate - truth) ** 2).mean()
    assert pooled < 0.7 * raw


# --- planning ---------------------------------------------------------------------------------------------------------

# reference table: truth P/N/D, answers for +-3, 5, 10 points; answers a side to detect 3, 5, 10 points with power .8
_TABLE = [
    ({"promoters": 0.3, "detractors": 0.3}, (2558, 919, 228), (10466, 3768, 942)),
    ({"promoters": 0.5, "detractors": 0.2}, (2601, 935, 232), (10640, 3831, 958)),
    ({"promoters": 0.7, "detractors": 0.1}, (1876, 674, 167), (7675, 2763, 691)),
    ({}, (4266, 1534, 382), (17442, 6280, 1570)),
]


@pytest.mark.parametrize(("shares", "interval", "detect"), _TABLE)
def test_sample_size_table(shares, interval, detect):
    points = np.array([0.03, 0.05, 0.10])
    assert answers_for_interval(points, **shares).tolist() == list(interval)
    assert answers_for_difference(points, **shares).tolist() == list(detect)
    assert answers_for_interval(0.05, **shares) == interval[1]
    for n, gap in zip(detect, points, strict=True):
        assert detectable_difference(n, n, **shares) == pytest.approx(gap, rel=1e-3)


def test_planned_answers_find_what_they_promise():
    """20,000 draws: the power of nps_difference at the planned n is .8 within .02."""
    rng = np.random.default_rng(8)
    n = answers_for_difference(0.10, promoters=0.5, detractors=0.2)
    # both have the variance .61 that was planned for: .65 - .2^2 and .7 - .3^2
    a, b = (rng.multinomial(n, truth, 20_000).T for truth in ((0.5, 0.3, 0.2), (0.425, 0.35, 0.225)))
    assert (nps_difference(*a, *b).p < 0.05).mean() == pytest.approx(0.8, abs=0.02)


def test_detectable_difference_edges():
    found = detectable_difference([0, 1, 100], [10, 1, 100])
    assert np.isnan(found[0])
    assert found[1] == 2.0  # no difference can be larger
    # (1.96 + .8416) * sqrt(2 / 100)
    assert found[2] == pytest.approx(2.8016 * 0.02**0.5, rel=1e-4)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: answers_for_interval(0), "not above 0"),
        (lambda: answers_for_interval(5), "0.05 is 5 points"),
        (lambda: answers_for_interval(0.05, promoters=0.5), "give both expected shares"),
        (lambda: answers_for_interval(0.05, promoters=50, detractors=20), "no shares of one whole"),
        (lambda: answers_for_difference(0), "not above 0"),
        (lambda: answers_for_difference(0.05, power=80), "Did you mean 0.8"),
        (lambda: answers_for_difference(0.05, power=0), "does not lie between 0 and 1"),
        (lambda: detectable_difference(-1, 5), "negative"),
    ],
)
def test_planning_errors(call, said):
    with pytest.raises(UsageError, match=said):
        call()
