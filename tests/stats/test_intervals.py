"""Intervals: printed values of other programs, exact coverage, and properties that must hold everywhere."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special, stats

from cxkit.errors import UsageError
from cxkit.stats.intervals import NPS_METHODS, critical_value, mean_interval, nps_interval, share_interval

# Detractors, passives, promoters; then Wald, adjusted Wald (+3) and score limits. Witness: the source of the R package
# NPS 2.x run in R 4.2 (nps.ci with types "wald", "ac" and "iterative"); it leaves limits beyond -1..1, cut here.
CHECKS = [
    ((20, 50, 30), (-0.0371975, 0.2371975), (-0.0381765, 0.2323512), (-0.0391178, 0.2352218)),
    ((1, 4, 95), (0.8858255, 0.9941745), (0.8474951, 0.9777476), (0.8485115, 0.9745451)),
    ((0, 0, 10), (1, 1), (0.4750355, 1), (0.4449344, 1)),
    ((0, 3, 7), (0.4159742, 0.9840258), (0.2105395, 0.8663836), (0.2281942, 0.8922087)),
    ((7, 2, 1), (-1, -0.1888745), (-0.8526828, -0.0703941), (-0.8588583, -0.0489242)),
    ((2, 3, 5), (-0.1840754, 0.7840754), (-0.1905062, 0.6520446), (-0.2165922, 0.6752779)),
]
# Shares of promoters, passives and detractors over which coverage is judged.
TRUTHS = np.array(
    [
        (0.3, 0.4, 0.3),
        (0.34, 0.33, 0.33),
        (0.5, 0.3, 0.2),
        (0.7, 0.2, 0.1),
        (0.95, 0.04, 0.01),
        (0.1, 0.2, 0.7),
        (0.5, 0.02, 0.48),
        (0.05, 0.9, 0.05),
    ]
)


@pytest.mark.parametrize(("method", "column"), [("wald", 1), ("adjusted_wald", 2), ("score", 3)])
@pytest.mark.parametrize("row", CHECKS, ids=lambda row: "/".join(map(str, row[0])))
def test_values_of_another_program(row, method, column):
    detractors, passives, promoters = row[0]
    limits = nps_interval(promoters, passives, detractors, method=method)
    assert np.allclose(limits, row[column], rtol=0, atol=6e-8)


def _outcomes(n):
    """Every possible set of answers of n customers: promoters, passives, detractors."""
    p, q = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
    keep = p + q <= n
    return p[keep], q[keep], n - p[keep] - q[keep]


def _coverage(n, method="score"):
    """The exact probability, at each truth, that the interval holds the true score."""
    counts = _outcomes(n)
    low, high = nps_interval(*counts, method=method)
    table = np.array(counts)[:, :, None]
    ways = special.gammaln(n + 1) - special.gammaln(table + 1).sum(axis=0)
    chance = np.exp(ways + (table * np.log(TRUTHS.T[:, None, :])).sum(axis=0))
    true = TRUTHS[:, 0] - TRUTHS[:, 2]
    held = (low[:, None] <= true + 1e-12) & (high[:, None] >= true - 1e-12)
    assert np.allclose(chance.sum(axis=0), 1)
    return (chance * held).sum(axis=0)


@pytest.mark.parametrize(("n", "least"), [(5, 0.936), (10, 0.942), (20, 0.946), (30, 0.946), (50, 0.946), (100, 0.946)])
def test_exact_coverage_of_the_default(n, least):
    assert _coverage(n).min() >= least


def test_exact_coverage_holds_at_every_size_from_20_to_120():
    worst = {n: _coverage(n).min() for n in range(20, 121)}
    assert min(worst.values()) >= 0.942, min(worst.items(), key=lambda item: item[1])


def test_wald_covers_as_badly_as_its_docstring_says():
    assert round(_coverage(50, "wald").min(), 2) == 0.76
    assert _coverage(5, "wald").min() < 0.23


@pytest.mark.parametrize(("n", "published"), [(5, 0.932), (10, 0.914), (20, 0.925), (30, 0.947)])
def test_dirichlet_covers_as_enumerated_elsewhere(n, published):
    assert abs(_coverage(n, "dirichlet").min() - published) < 0.0006


def _tango_limit(promoters, passives, detractors, z=1.959963984540054):
    """The lower score limit by the textbook form and a scalar root finder: an independent way to the same number."""
    n = promoters + passives + detractors
    s = (promoters - detractors) / n

    def excess(x):
        b = -promoters - detractors + (2 * n - promoters + detractors) * x
        q = (math.sqrt(max(b * b + 8 * n * detractors * x * (1 - x), 0)) - b) / (4 * n)
        return n * (s - x) - z * math.sqrt(max(n * (2 * q + x * (1 - x)), 0))

    return optimize.brentq(excess, -1, s - 1e-13, xtol=1e-15, rtol=1e-14, maxiter=500)


def test_score_limits_by_brentq():
    rng = np.random.default_rng(7)
    counts = np.concatenate([rng.integers(0, most, (60, 3)) for most in (5, 60, 4000)]) + np.array([1, 0, 1])
    low, high = nps_interval(*counts.T)
    for (p, q, d), lower, upper in zip(counts.tolist(), low, high, strict=True):
        assert lower == pytest.approx(_tango_limit(p, q, d), abs=1e-12)
        assert upper == pytest.approx(-_tango_limit(d, q, p), abs=1e-12)


@pytest.mark.parametrize("n", [1, 2, 7, 1000, 10**9])
def test_equal_answers_have_limits_in_closed_form(n):
    # all promoters: v(x) = 1 - x^2, so (1 - x)^2 = c (1 - x)(1 + x) and x = (1 - c)/(1 + c) with c = z^2/n
    c = critical_value(0.95) ** 2 / n
    assert nps_interval(n, 0, 0)[0] == pytest.approx((1 - c) / (1 + c), abs=1e-15)
    assert nps_interval(n, 0, 0)[1] == 1
    assert nps_interval(0, 0, n) == pytest.approx((-1, -(1 - c) / (1 + c)), abs=1e-15)
    # all passives: v(x) = |x| (1 - |x|), so |x| = c / (1 + c)
    assert nps_interval(0, n, 0) == pytest.approx((-c / (1 + c), c / (1 + c)), abs=1e-15)


def test_a_billion_answers_keep_their_digits():
    n = 10**9
    low, high = nps_interval(n // 2, 0, n // 2)
    # with no passives the variance is 1 - x^2, so the limit is z / sqrt(n + z^2)
    expected = 1.959963984540054 / math.sqrt(n + 1.959963984540054**2)
    assert (low, high) == pytest.approx((-expected, expected), rel=1e-9)


@pytest.mark.parametrize("method", NPS_METHODS)
def test_nothing_to_count_has_no_limits(method):
    low, high = nps_interval([0, 3], [0, 2], [0, 1], method=method)
    assert np.isnan([low[0], high[0]]).all()
    assert np.isfinite([low[1], high[1]]).all()


_COUNT = st.integers(0, 400)


@settings(max_examples=150, deadline=None)
@given(_COUNT, _COUNT, _COUNT, st.sampled_from(sorted(NPS_METHODS)), st.sampled_from([0.5, 0.8, 0.95, 0.999]))
def test_limits_lie_in_range_around_the_score_and_mirror(p, q, d, method, confidence):
    low, high = nps_interval(p, q, d, method=method, confidence=confidence)
    if p + q + d == 0:
        return
    assert -1 <= low <= high <= 1
    if method == "score":
        assert low <= (p - d) / (p + q + d) + 1e-12
        assert high >= (p - d) / (p + q + d) - 1e-12
    mirrored = nps_interval(d, q, p, method=method, confidence=confidence)
    assert (-mirrored[1], -mirrored[0]) == pytest.approx((float(low), float(high)), abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(_COUNT, _COUNT, _COUNT)
def test_one_more_promoter_never_lowers_a_limit_and_more_confidence_never_narrows(p, q, d):
    if p + q + d == 0:
        return
    low, high = nps_interval(p, q, d)
    more = nps_interval(p + 1, q, d)
    assert more[0] >= low - 1e-12
    assert more[1] >= high - 1e-12
    wide = nps_interval(p, q, d, confidence=0.99)
    assert wide[0] <= low + 1e-12
    assert wide[1] >= high - 1e-12


def test_dirichlet_by_drawing():
    # witness: quantiles of 400,000 draws of numpy's Dirichlet(30.5, 50.5, 20.5); their error is about .0003
    draws = np.random.default_rng(1).dirichlet([30.5, 50.5, 20.5], 400_000)
    expected = np.quantile(draws[:, 0] - draws[:, 2], [0.025, 0.975])
    assert nps_interval(30, 50, 20, method="dirichlet") == pytest.approx(expected, abs=1.5e-3)


def test_many_groups_at_once_give_the_same_as_one_by_one():
    counts = np.random.default_rng(2).integers(0, 30, (50, 3)) + np.array([1, 0, 0])
    for method in NPS_METHODS:
        together = np.column_stack(nps_interval(*counts.T, method=method))
        alone = np.array([nps_interval(*row, method=method) for row in counts])
        assert np.allclose(together, alone, rtol=0, atol=1e-10)


def test_shapes_broadcast():
    low, high = nps_interval(np.ones((2, 1)), 3, np.arange(4))
    assert low.shape == high.shape == (2, 4)


@pytest.mark.parametrize(
    ("k", "n", "method", "expected"),
    [  # witness: statsmodels proportion_confint(k, n, method="wilson" / "jeffreys")
        (8, 10, "wilson", (0.490162, 0.943318)),
        (8, 10, "jeffreys", (0.497226, 0.955941)),
        (45, 50, "wilson", (0.786398, 0.956524)),
        (0, 12, "wilson", (0, 0.242494)),
        (412, 500, "wilson", (0.788186, 0.854874)),
    ],
)
def test_share_values_of_another_program(k, n, method, expected):
    assert share_interval(k, n, method=method) == pytest.approx(expected, abs=6e-7)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 300), st.integers(0, 300), st.sampled_from(["wilson", "jeffreys"]))
def test_share_limits_lie_around_the_share_and_mirror(k, rest, method):
    low, high = share_interval(k, k + rest, method=method)
    if k + rest == 0:
        assert np.isnan([low, high]).all()
        return
    assert 0 <= low <= k / (k + rest) + 1e-12
    assert k / (k + rest) - 1e-12 <= high <= 1
    mirrored = share_interval(rest, k + rest, method=method)
    assert (1 - mirrored[1], 1 - mirrored[0]) == pytest.approx((float(low), float(high)), abs=1e-9)


def test_mean_limits_by_scipy():
    low, high = mean_interval([25, 2, 1], [5.2, 3.0, 4.0], [1.5, 0.7, np.nan], confidence=0.9)
    expected = stats.t.interval(0.9, 24, loc=5.2, scale=1.5 / 5)
    assert (low[0], high[0]) == pytest.approx(expected, rel=1e-12)
    assert (low[1], high[1]) == pytest.approx(stats.t.interval(0.9, 1, loc=3, scale=0.7 / math.sqrt(2)), rel=1e-12)
    assert np.isnan([low[2], high[2]]).all()


def test_mean_limits_are_cut_at_the_scale_and_only_there():
    low, high = mean_interval([4, 100], [6.5, 4.0], [1.0, 1.0], bounds=(1, 7))
    assert high[0] == 7
    assert (low[1], high[1]) == pytest.approx([x[1] for x in mean_interval([4, 100], [6.5, 4.0], [1.0, 1.0])])


@pytest.mark.parametrize("confidence", [0, 1, 1.5, -0.1, "high", float("nan")])
def test_confidence_must_lie_between_0_and_1(confidence):
    with pytest.raises(UsageError, match="does not lie between 0 and 1"):
        nps_interval(1, 1, 1, confidence=confidence)


def test_percent_confidence_is_understood_but_not_taken():
    with pytest.raises(UsageError, match=r"Did you mean 0\.95"):
        share_interval(1, 2, confidence=95)


def test_wrong_counts_are_refused():
    with pytest.raises(UsageError, match="1 of 2 counts of answers are negative or missing"):
        nps_interval([1, -1], 1, 1)
    with pytest.raises(UsageError, match="1 of 1 counts of answers are negative or missing"):
        nps_interval(np.nan, 1, 1)
    with pytest.raises(UsageError, match="1 of 2 counts exceed their total"):
        share_interval([1, 5], 4)
    with pytest.raises(UsageError, match=r"'tango' is not a known choice"):
        nps_interval(1, 1, 1, method="tango")
