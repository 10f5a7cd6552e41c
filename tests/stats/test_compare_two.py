"""Two net scores, shares or means; the same customers twice."""

import time

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import gammaln
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import confint_proportions_2indep

from cxkit.errors import UsageError
from cxkit.stats.compare import difference, mean_difference, nps_difference, paired_nps, share_difference
from cxkit.stats.intervals import nps_interval

ONE, OTHER = (50, 30, 20), (30, 50, 20)


def test_two_net_scores_score_limits():
    # witness: MOVER from score limits for 50/30/20 against 30/50/20, n = 100 each: (-.0098301, .3997882)
    gap = nps_difference(*ONE, *OTHER)
    assert gap.estimate == pytest.approx(0.2)
    assert (gap.low, gap.high) == pytest.approx((-0.0098301, 0.3997882), abs=6e-8)


def test_two_net_scores_wald():
    # witness: R NPS 1.1 nps.test: SE .1048809, p .0565303, interval (-.0055628, .4055628)
    gap = nps_difference(*ONE, *OTHER, method="wald")
    assert (gap.low, gap.high) == pytest.approx((-0.0055628, 0.4055628), abs=6e-8)
    assert (gap.high - gap.low) / 2 / 1.959963985 == pytest.approx(0.1048809, abs=6e-8)
    assert gap.p == pytest.approx(0.0565303, abs=6e-8)


def test_two_net_scores_with_pseudo_answers():
    # witness: R NPS 2.x, 3/4, 3/2 and 3/4 added to each side: difference .1941748, SE .1033382, p .0602415
    first, second = (np.add(side, (0.75, 1.5, 0.75)) for side in (ONE, OTHER))
    gap = nps_difference(*first, *second, method="wald")
    assert gap.estimate == pytest.approx(0.1941748, abs=6e-8)
    assert (gap.high - gap.low) / 2 / 1.959963985 == pytest.approx(0.1033382, abs=6e-8)
    assert gap.p == pytest.approx(0.0602415, abs=6e-8)


_COUNTS = st.tuples(*[st.floats(0, 500).map(lambda v: round(v, 1))] * 3).filter(lambda c: sum(c) >= 1)


@settings(max_examples=150, deadline=None)
@given(_COUNTS, _COUNTS, st.sampled_from([0.0, 0.5, -0.3]), st.sampled_from(["score", "wald"]))
def test_p_turns_the_interval_round(first, second, r, method):
    gap = nps_difference(*first, *second, correlation=r, method=method)
    assume(abs(gap.p - 0.05) > 1e-6)
    assert (gap.p < 0.05) == (gap.low > 1e-12 or gap.high < -1e-12)
    mirrored = nps_difference(*second, *first, correlation=r, method=method)
    assert (mirrored.estimate, mirrored.low, mirrored.high) == pytest.approx((-gap.estimate, -gap.high, -gap.low))
    assert mirrored.p == pytest.approx(float(gap.p), rel=1e-6)
    if 1e-6 < gap.p < 1 and gap.estimate:
        at = nps_difference(*first, *second, correlation=r, method=method, confidence=1 - gap.p)
        assert (at.low if gap.estimate > 0 else at.high) == pytest.approx(0, abs=1e-7)


def test_adjusted_wald_p_turns_its_interval_round():
    rng = np.random.default_rng(2)
    a, b = (rng.multinomial(rng.integers(5, 300, 2000), truth).T for truth in ((0.5, 0.3, 0.2), (0.4, 0.3, 0.3)))
    gap = nps_difference(*a, *b, method="adjusted_wald")
    assert ((gap.p < 0.05) == ((gap.low > 0) | (gap.high < 0))).all()


def test_edges():
    gap = nps_difference(
        [10, 0, 0, 5, 1], [0, 10, 0, 5, 0], [0, 0, 0, 0, 0], [0, 0, 3, 5, 0], [0, 10, 2, 5, 0], [10, 0, 1, 0, 1]
    )
    assert gap.estimate.tolist()[:2] == [2.0, 0.0]
    assert gap.high[0] == 2.0  # inside the possible range
    assert 0 < gap.p[0] < 1e-4  # everybody against nobody, ten answers each
    assert gap.p[[1, 3]].tolist() == [1.0, 1.0]  # no difference at all
    assert np.isnan([gap.estimate[2], gap.low[2], gap.high[2], gap.p[2]]).all()  # one side is empty
    assert gap.p[4] > 0.05  # one answer against one says little
    assert nps_difference([], [], [], [], [], []).p.shape == (0,)
    billion = nps_difference(5e8, 3e8, 2e8, 4e8, 4e8, 2e8)
    assert billion.p == 0
    assert billion.low > 0.0999


def test_a_level_for_each_pair():
    gap = nps_difference([50, 50], 30, 20, 30, 50, 20, confidence=[0.95, 0.99])
    assert gap.low[0] == pytest.approx(float(nps_difference(*ONE, *OTHER).low))
    assert gap.low[1] == pytest.approx(float(nps_difference(*ONE, *OTHER, confidence=0.99).low))
    assert gap.p[0] == gap.p[1]


def test_correlation_narrows_and_means_what_it_says():
    # x = .3 (.1 to .45), y = .1 (-.05 to .2), r = .5: low = .2 - sqrt(.2^2 + .1^2 - 2 * .5 * .2 * .1) = .2 - sqrt(.03)
    _, low, high = difference(0.3, 0.1, 0.45, 0.1, -0.05, 0.2, correlation=0.5)
    assert (low, high) == pytest.approx((0.2 - 0.03**0.5, 0.2 + (0.15**2 + 0.15**2 - 0.15**2) ** 0.5))
    p = [float(nps_difference(*ONE, *OTHER, correlation=r).p) for r in (-0.5, 0, 0.5, 0.99)]
    assert p == sorted(p, reverse=True)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: nps_difference(-1, 0, 0, 1, 1, 1), "counts of answers are negative"),
        (lambda: nps_difference(1, 0, 0, 1, 1, 1, method="scor"), "Did you mean 'score'"),
        (lambda: nps_difference(1, 0, 0, 1, 1, 1, method="dirichlet"), "not a known choice"),
        (lambda: nps_difference(1, 0, 0, 1, 1, 1, confidence=95), "Did you mean 0.95"),
        (lambda: nps_difference(1, 0, 0, 1, 1, 1, confidence=[0.95, 1.0]), r"1 of 2 levels \(first: 1\)"),
        (lambda: nps_difference(1, 0, 0, 1, 1, 1, correlation=1.5), "1.5 does not lie between -1 and 1"),
        (lambda: share_difference(5, 4, 1, 2), "exceed their total"),
        (lambda: mean_difference(5, 4, -1, 5, 4, 1), "standard deviations"),
        (lambda: paired_nps([[1, 2], [3, 4]]), r"shape \(2, 2\)"),
        (lambda: paired_nps(-np.eye(3)), "customers are negative"),
    ],
)
def test_errors(call, said):
    with pytest.raises(UsageError, match=said):
        call()


@pytest.mark.parametrize(
    ("counts", "limits"),
    [
        # witness: Newcombe 1998, table II, method 10, contrasts (a) to (h)
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((6, 7, 2, 7), (0.0582, 0.8062)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
        ((0, 10, 0, 20), (-0.1611, 0.2775)),
        ((0, 10, 0, 10), (-0.2775, 0.2775)),
        ((10, 10, 0, 20), (0.6791, 1.0)),
        ((10, 10, 0, 10), (0.6075, 1.0)),
    ],
)
def test_two_shares(counts, limits):
    gap = share_difference(*counts)
    assert (gap.low, gap.high) == pytest.approx(limits, abs=5.1e-5)
    low, high = confint_proportions_2indep(*counts, method="newcomb", compare="diff")  # a second witness
    assert (gap.low, gap.high) == pytest.approx((low, high))
    assert (gap.p < 0.05) == (gap.low > 0 or gap.high < 0)
    assert gap.p > 0
    if gap.p < 1:
        assert share_difference(*counts, confidence=1 - gap.p).low == pytest.approx(0, abs=1e-9)


def test_two_means():
    # witness: scipy.stats.ttest_ind (Welch) on the answers themselves
    rng = np.random.default_rng(4)
    a, b = rng.integers(1, 8, 40), rng.integers(2, 8, 25)
    gap = mean_difference(40, a.mean(), a.std(ddof=1), 25, b.mean(), b.std(ddof=1))
    test = stats.ttest_ind(a, b, equal_var=False)
    interval = test.confidence_interval(0.95)
    assert (gap.low, gap.high, gap.p) == pytest.approx((interval.low, interval.high, test.pvalue))


def test_two_means_edges():
    gap = mean_difference([1, 5, 5, 0], 4, [0, 0, 1, 0], 5, [3, 3, 3, 3], [1, 0, 0, 1])
    assert np.isnan(gap.p[[0, 1, 3]]).all()  # one answer; no spread on either side; nobody
    assert np.isnan(gap.low[[0, 1, 3]]).all()
    # spread on one side only: 1 / sqrt(5) = .4472, 4 degrees of freedom, t = 2.236
    assert gap.p[2] == pytest.approx(2 * stats.t.sf(5**0.5, 4))


def test_paired_against_each_customer():
    # witness: scipy ttest_rel on the customers one by one; statsmodels mcnemar(exact=True)
    counts = np.array([[12, 6, 2], [3, 20, 12], [1, 4, 40]])
    before, after = (np.repeat(np.indices((3, 3))[axis].ravel() - 1, counts.ravel()) for axis in (0, 1))
    test = stats.ttest_rel(after, before)
    found = paired_nps(counts)
    assert (found.low, found.high) == pytest.approx(tuple(test.confidence_interval(0.95)))
    assert (float(found.estimate), float(found.p)) == pytest.approx((0.13, test.pvalue))
    came, left = 14, 5  # became promoters: 2 + 12; ceased to be: 1 + 4
    assert found.promoters_p == pytest.approx(mcnemar([[0, came], [left, 0]], exact=True).pvalue)
    came, left = 4, 8  # became detractors: 3 + 1; ceased to be: 6 + 2
    assert found.detractors_p == pytest.approx(mcnemar([[0, came], [left, 0]], exact=True).pvalue)


def test_paired_edges():
    still = paired_nps(np.diag([5, 3, 9]))
    assert still.estimate == 0
    assert np.isnan([still.low, still.high, still.p]).all()  # nobody moved: nothing to judge by
    assert (still.promoters_p, still.detractors_p) == (1, 1)
    assert np.isnan(paired_nps(np.zeros((3, 3))).estimate)
    many = paired_nps(np.stack([np.diag([5, 3, 9]), np.ones((3, 3))]))
    assert many.n.tolist() == [17, 9]
    assert many.low[1] == pytest.approx(-many.high[1])
    one_moved = paired_nps([[2, 0, 2], [0, 0, 0], [0, 0, 0]])  # differences 0, 0, 2, 2
    assert one_moved.high == 2  # cut at the most that is possible


# --- coverage ---------------------------------------------------------------------------------------------------------

_ALIKE = [(0.3, 0.4, 0.3), (0.5, 0.3, 0.2), (0.7, 0.2, 0.1), (0.95, 0.04, 0.01)]
TRUTHS = [
    *((one, one) for one in _ALIKE),
    ((0.5, 0.3, 0.2), (0.7, 0.2, 0.1)),
    ((0.95, 0.04, 0.01), (0.7, 0.2, 0.1)),
    ((0.1, 0.2, 0.7), (0.7, 0.2, 0.1)),
]
SIZES = [(10, 10), (20, 20), (50, 50), (100, 100), (300, 300), (20, 200), (10, 100)]


def _outcomes(n, truth):
    """All outcomes of n answers with their probability, but for the unlikeliest that together have 1e-7."""
    p, q = (axis.ravel() for axis in np.indices((n + 1, n + 1)))
    p, q = p[p + q <= n], q[p + q <= n]
    d = n - p - q
    logs = sum(k * np.log(share) - gammaln(k + 1) for k, share in zip((p, q, d), truth, strict=True))
    weight = np.exp(gammaln(n + 1) + logs)
    order = np.argsort(-weight)
    kept = order[: np.searchsorted(np.cumsum(weight[order]), 1 - 1e-7) + 1]
    return p[kept], q[kept], d[kept], weight[kept]


def _coverage(n, first, m, second):
    a, b = _outcomes(n, first), _outcomes(m, second)
    truth = first[0] - first[2] - second[0] + second[2]
    x, y = (a[0] - a[2]) / n, (b[0] - b[2]) / m
    (lx, ux), (ly, uy) = nps_interval(*a[:3]), nps_interval(*b[:3])
    covered = 0.0
    for start in range(0, len(x), 1000):
        s = slice(start, start + 1000)
        _, low, high = difference(*(v[s, None] for v in (x, lx, ux)), y, ly, uy)
        covered += a[3][s] @ ((low <= truth + 1e-12) & (high >= truth - 1e-12)) @ b[3]
    return covered / a[3].sum() / b[3].sum()


@pytest.mark.slow
def test_coverage_of_the_difference():
    """Exact, by enumeration, in 49 settings: worst .9488, mean .9589, rms error .0165 (Wald .62, .92, .070)."""
    found = np.array([_coverage(n, one, m, other) for n, m in SIZES for one, other in TRUTHS])
    assert len(found) == 49
    assert found.min() >= 0.948
    assert 0.955 <= found.mean() <= 0.963
    assert np.sqrt(np.mean((found - 0.95) ** 2)) <= 0.0168


def test_coverage_of_the_difference_of_small_samples():
    """The same for up to 20 answers a side, on every run."""
    assert min(_coverage(n, one, n, other) for n in (10, 20) for one, other in TRUTHS) >= 0.948


def test_coverage_of_the_paired_interval():
    """20,000 draws each, three margins, half of the customers answering as before; 99.9 % binomial bound below .94."""
    rng = np.random.default_rng(9)
    for truth in ((0.3, 0.4, 0.3), (0.5, 0.3, 0.2), (0.7, 0.2, 0.1)):
        joint = 0.5 * np.diag(truth) + 0.5 * np.outer(truth, truth)
        for n in (10, 20, 50):
            counts = rng.multinomial(n, joint.ravel(), size=20_000).reshape(-1, 3, 3)
            found = paired_nps(counts)
            covered = np.where(np.isnan(found.low), True, (found.low <= 0) & (found.high >= 0)).mean()
            assert covered >= 0.94 - 3.09 * (0.94 * 0.06 / 20_000) ** 0.5, (truth, n)


def test_ten_thousand_pairs_take_well_under_a_second():
    rng = np.random.default_rng(1)
    a, b = (rng.multinomial(rng.integers(1, 400, 10_000), truth).T for truth in ((0.5, 0.3, 0.2), (0.4, 0.3, 0.3)))
    start = time.process_time()
    nps_difference(*a, *b, correlation=0.2)
    assert time.process_time() - start < 0.8  # about .06 on a desktop of 2024
