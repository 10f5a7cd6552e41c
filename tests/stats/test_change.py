"""Change: limits, the watch for drops, the moment of a change, the season."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxkit.errors import DataError, UsageError
from cxkit.stats.change import (
    change_point,
    change_points,
    cusum,
    cusum_limit,
    drop_power,
    laney_p,
    later_factor,
    net_limits,
    season,
    shown_spread,
    smallest_drop,
    standing,
    xmr,
)
from cxkit.stats.change.drops import _runs, _steps
from cxkit.stats.change.net import from_normal, to_normal

NPS = (
    np.array([30, 28, 33, 29, 31, 27, 32, 30, 29, 31]),
    np.full(10, 18),
    np.array([12, 14, 9, 13, 11, 15, 10, 12, 13, 11]),
)


def test_xmr_by_hand():
    # steps 2 4 2 4 2 4 2 4 of ten values around 10: mean of 9 steps = 28/9; sigma = 28/9/1.128; limits mean -+ 3 sigma
    x = [10, 12, 8, 10, 6, 8, 12, 10, 14, 10]
    found = xmr(x)
    sigma = (2 + 4 + 2 + 4 + 2 + 4 + 2 + 4 + 4) / 9 / 1.128
    assert found.sigma == pytest.approx(sigma)
    assert found.centre.tolist() == [10.0] * 10
    assert found.lower[0] == pytest.approx(10 - 3 * sigma)
    assert found.upper[-1] == pytest.approx(10 + 3 * sigma)
    assert found.outside.sum() == 0
    assert found.baseline == 10


def test_laney_check_value():
    # check value: pbar .2931034, sigma_z 2.4055518, first upper limit .5929740 (plain p chart .4177611)
    n, x = (120, 150, 90, 200, 170, 130, 160, 140), (30, 45, 20, 70, 40, 45, 38, 52)
    found = laney_p(x, n)
    assert found.centre[0] == pytest.approx(0.2931034, abs=5e-8)
    assert found.sigma == pytest.approx(2.4055518, abs=5e-8)
    assert found.upper[0] == pytest.approx(0.5929740, abs=5e-8)
    share = 340 / 1160
    assert share + 3 * math.sqrt(share * (1 - share) / 120) == pytest.approx(0.4177611, abs=5e-8)


def test_later_points_have_wider_limits():
    x = [10, 12, 8, 10, 6, 8, 12, 10, 14, 10]
    found = xmr([*x, 10, math.nan, 30], baseline=10)
    assert found.baseline == 10
    assert (found.upper[0] - 10) / found.sigma == pytest.approx(3)
    assert (found.upper[-1] - 10) / found.sigma == pytest.approx(later_factor(10))
    assert found.outside.tolist() == [0] * 12 + [1]


def test_later_factor_by_its_parts():
    # m = 26: relative variance (0.8264 * 26 - 1.082) / 25^2 = .0326470; chi with that has 15.55 degrees of freedom
    from scipy.stats import chi, t

    assert pytest.approx(0.0326470, abs=1e-7) == (0.8264 * 26 - 1.082) / 625
    freedom = 15.5536
    assert chi(freedom).var() / chi(freedom).mean() ** 2 == pytest.approx(0.0326470, abs=1e-6)
    by_hand = t(freedom).isf(0.0013498980) * chi(freedom).mean() / math.sqrt(freedom) * math.sqrt(1 + 1 / 26)
    assert later_factor(26) == pytest.approx(by_hand, abs=1e-3)
    assert later_factor(100_000) == pytest.approx(3, abs=1e-3)


def test_values_that_never_move_have_no_limits():
    assert np.isnan(xmr([5.0] * 9 + [7.0], baseline=9).lower).all()
    assert net_limits([10] * 9, [0] * 9, [0] * 9).outside.tolist() == [0] * 9
    assert np.isnan(net_limits([10] * 9, [5] * 9, [3] * 9).lower).all()
    assert np.isnan(laney_p([0] * 9, [50] * 9).upper).all()
    assert np.isnan(standing([10] * 9, [0] * 9, [0] * 9).z).all()


def test_net_limits_of_even_answers_are_xmr_limits():
    # promoters and detractors alike: no skewness, so limits are those of XmR on the net scores (all weeks of 60)
    p = np.array([20, 24, 18, 21, 17, 22, 19, 23, 16, 20])
    d = 40 - p
    found, plain = net_limits(p, [20] * 10, d), xmr((p - d) / 60)
    assert p.sum() == d.sum()
    assert found.lower == pytest.approx(plain.lower, abs=1e-6)
    assert found.upper == pytest.approx(plain.upper, abs=1e-6)


def test_net_limits_reach_further_where_answers_are_few_and_down_more_than_up():
    p, q, d = (np.append(each, each[0] / 4) for each in NPS)
    found = net_limits(p, q, d, baseline=10)
    assert found.upper[-1] - found.lower[-1] > 1.8 * (found.upper[0] - found.lower[0])
    assert found.centre[0] - found.lower[0] > found.upper[0] - found.centre[0]
    empty = net_limits(*(np.append(each, 0) for each in NPS), baseline=10)
    assert np.isnan(empty.lower[-1])
    assert empty.outside[-1] == 0


@given(st.floats(-4, 4), st.floats(-1, 1))
def test_normal_scores_turn_round(u, skew):
    u, skew = np.array([u]), np.array([skew])
    assert to_normal(from_normal(u, skew), skew) == pytest.approx(u, abs=1e-6)


def test_standing_is_in_sampling_errors_unless_more_is_shown():
    calm = standing(*NPS)
    assert (calm.spread, calm.known, calm.baseline) == (1.0, True, 10)
    # net = (300 - 120) / 600 = .3; variance .5 + .2 - .09 = .61; week 3: (33 - 9) / 60 = .4, +.1 = .99 errors, less the skew
    assert calm.net == pytest.approx(0.3)
    assert calm.variance == pytest.approx(0.61)
    assert calm.z[2] == pytest.approx(0.1 / math.sqrt(0.61 / 60), abs=0.05)
    wild = standing([50, 10] * 6, [6] * 12, [4, 44] * 6)
    assert not wild.known
    assert wild.spread > 4
    assert np.abs(wild.z).max() < 1.5


def test_cusum_by_hand():
    # shift 2, so each period may fall short by 1: 0, 1.5 - 1 = .5, .5 + 3 - 1 = 2.5, alarm, start again: 2 - 1 = 1
    found = cusum([1.0, -1.5, -3.0, math.nan, -2.0], 0, 2.0, arl=60)
    assert found.allowance == 1
    assert 1 < found.limit < 2.5
    assert found.values.tolist() == pytest.approx([0, 0.5, 2.5, 0, 1])
    assert found.signals.tolist() == [False, False, True, False, False]


def test_run_lengths_are_the_published_ones():
    # Lucas and Crosier (1982), two-sided, k = .5: h 4: 168 and (shift 1) 8.38; h 5: 465 and 10.4. One side alone: twice.
    for limit, calm, moved in ((4, 168, 8.38), (5, 465, 10.4)):
        runs = _runs(_steps(limit, 0.5, np.array([0.0, 1.0]), np.ones(2)))
        assert runs[0] / 2 == pytest.approx(calm, abs=0.5)
        assert runs[1] == pytest.approx(moved, abs=0.05)


def test_cusum_limit_allows_for_the_baseline():
    known, long, short = (cusum_limit(1.3, m) for m in (0, 52, 26))
    assert known < long < short < cusum_limit(1.3, 26, known_spread=False)
    assert cusum_limit(1.3, 26, 100.0) < short
    assert cusum_limit(30.0, 26) == 0.0  # a drop of thirty errors shows in one period


def test_smallest_drop_solves_its_power():
    drop = smallest_drop(100, 0.6, periods=8, power=0.7, shift=0.1)
    error = math.sqrt(0.6 / 100)
    assert drop_power(drop / error, 0.1 / error, 8, 26) == pytest.approx(0.7, abs=1e-6)
    assert smallest_drop(100, 0.6) <= smallest_drop(100, 0.6, shift=0.1) + 1e-9
    assert smallest_drop(100, 0.6) > smallest_drop(100, 0.6, periods=8) > smallest_drop(400, 0.6, periods=8)
    assert math.isnan(smallest_drop(1, 0.9, periods=1))


def test_bayes_factor_by_drawing_answers_one_by_one():
    # the chance of a series under a Dirichlet prior is a product of urn draws: (prior + seen) / (sum + number seen)
    p, q, d = [5, 1], [2, 3], [1, 4]
    whole = [6, 5, 5]
    prior = [50 * (each + 1) / 19 for each in whole]

    def urn(counts):
        chance, seen = 1.0, [0, 0, 0]
        for kind, many in enumerate(counts):
            for _ in range(many):
                chance *= (prior[kind] + seen[kind]) / (50 + sum(seen))
                seen[kind] += 1
        return chance

    found = change_point(p, q, d)
    assert found.bayes_factor == pytest.approx(urn([5, 2, 1]) * urn([1, 3, 4]) / urn(whole), rel=1e-9)
    assert found.p == pytest.approx(min(1, 1 / found.bayes_factor))
    assert found.probability == pytest.approx(found.bayes_factor / (1 + found.bayes_factor))
    assert (found.position, found.first, found.last) == (1, 1, 1)
    assert (found.before, found.after, found.difference) == pytest.approx((0.5, -3 / 8, -7 / 8))
    assert found.low < -7 / 8 < found.high


def test_a_plain_change_is_found():
    found = change_point([30] * 6 + [15] * 4, [18] * 10, [12] * 6 + [27] * 4)
    assert found.position == 6
    assert found.p < 0.001
    assert (found.before_n, found.n) == (360, 240)
    assert found.chances.sum() == pytest.approx(1)
    assert found.chances[0] == 0
    assert found.high < 0


def test_spread_makes_answers_count_for_less():
    counts = [30] * 6 + [22] * 4, [18] * 10, [12] * 6 + [20] * 4
    once, spread = change_point(*counts), change_point(*counts, spread=2)
    assert spread.p > once.p
    assert spread.difference == once.difference
    assert spread.high - spread.low > once.high - once.low


def test_several_changes():
    p, d = [30] * 8 + [15] * 8 + [36] * 8, [12] * 8 + [27] * 8 + [6] * 8
    first, second = change_points(p, [18] * 24, d)
    assert (first.position, second.position) == (8, 16)
    assert (first.after, second.before) == pytest.approx((-0.2, -0.2))
    assert second.chances.sum() == pytest.approx(1)
    assert len(second.chances) == 24
    assert change_points(*NPS) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 40)] * 3), min_size=2, max_size=12))
def test_change_point_is_never_out_of_range(counts):
    three = np.array(counts).T
    if (three.sum(axis=0) > 0).sum() < 2:
        with pytest.raises(UsageError, match="two periods with answers"):
            change_point(*three)
        return
    found = change_point(*three)
    assert 0 <= found.p <= 1
    assert 0 <= found.probability <= 1
    assert 1 <= found.first <= found.position <= found.last < len(counts)
    assert found.low <= found.difference <= found.high
    assert found.difference == pytest.approx(found.after - found.before)
    mirrored = change_point(*three[::-1])
    assert mirrored.difference == pytest.approx(-found.difference)
    assert mirrored.bayes_factor == pytest.approx(found.bayes_factor)


def test_season_is_weighted_least_squares():
    # outside witness: statsmodels' WLS with dummies for years and months, F test against years alone
    sm = pytest.importorskip("statsmodels.api")
    draw = np.random.default_rng(5)
    month = np.tile(np.arange(1, 13), 3)
    variance = draw.uniform(2, 6, 36)
    y = 30 + 4 * np.sin(month) + np.repeat([0, 3, 5], 12) + draw.normal(0, 4, 36)
    found = season(y, variance, month)
    years = np.repeat(np.eye(3), 12, axis=0)
    full = sm.WLS(y, np.hstack([years, np.eye(12)[month - 1][:, 1:]]), weights=1 / variance).fit()
    test = full.compare_f_test(sm.WLS(y, years, weights=1 / variance).fit())
    assert full.mse_resid > 1
    assert found.p == pytest.approx(test[1], rel=1e-9)
    assert found.spread**2 == pytest.approx(full.mse_resid)
    effects = np.concatenate([[0], full.params[3:]])
    assert found.effect == pytest.approx(effects - effects.mean(), abs=1e-9)
    contrast = np.concatenate([np.zeros(3), np.full(11, -1 / 12)]) + np.eye(14)[4]  # March against the mean of the year
    tested = full.t_test(contrast)
    assert found.effect[2] == pytest.approx(float(tested.effect[0]))
    assert (found.low[2], found.high[2]) == pytest.approx(tuple(tested.conf_int()[0]))


def test_a_season_takes_the_last_whole_years():
    month = np.arange(27) % 12 + 1
    y = np.where(month == 8, 10.0, 30.0)
    y[:3] = 99
    found = season(y, np.full(27, 4.0), month)
    assert found.years == 2
    assert found.effect.sum() == pytest.approx(0)
    assert found.effect[7] == pytest.approx(-20 * 11 / 12)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: xmr([1, 2, 3]), UsageError, "3 points are known, but the limits need 8"),
        (lambda: xmr(np.arange(20.0), baseline=5), UsageError, "a baseline of 5 points will not do"),
        (lambda: xmr([[1, 2]]), UsageError, "an array of 2 dimensions"),
        (lambda: laney_p([5, 6], [4, 9]), UsageError, "1 of 2 counts are negative, missing or above their total"),
        (lambda: laney_p([5], [9, 9]), UsageError, "1 counts but 2 totals"),
        (lambda: later_factor(3), UsageError, "a baseline of 3 points is too short"),
        (lambda: later_factor(26, 2), UsageError, "a rate of 2 does not lie between 0 and 1"),
        (lambda: net_limits([1, -1], [1, 1], [1, 1]), UsageError, "1 of 6 counts are negative or missing"),
        (lambda: net_limits([1], [1, 2], [1]), UsageError, "must be lists of one length"),
        (lambda: shown_spread(2.0, 3), UsageError, "3 periods are too few"),
        (lambda: cusum([0], 26, -1.0), UsageError, "a shift of -1.0 will not do"),
        (lambda: cusum([0], 3, 1.0), UsageError, "a baseline of 3 periods is too short"),
        (lambda: cusum([0], 26, 1.0, arl=1), UsageError, "one false alarm in 1 periods will not do"),
        (lambda: smallest_drop(0, 0.6), UsageError, "must be positive"),
        (lambda: smallest_drop(60, 0.6, power=80), UsageError, "a power of 80 does not lie between 0 and 1"),
        (lambda: change_point([1], [1], [1]), UsageError, "two periods with answers"),
        (lambda: change_point([1, 2], [1, 2], [1, 2], spread=0.5), UsageError, "a spread of 0.5 will not do"),
        (lambda: season([1] * 23, [1] * 23, np.arange(23) % 12 + 1), DataError, "two full years, 24 months in a row"),
        (lambda: season([1] * 24, [1] * 24, [1] * 24), UsageError, "the months do not follow each other"),
        (lambda: season([math.nan] + [1] * 23, [1] * 24, np.arange(24) % 12 + 1), DataError, "1 of 24 months"),
        (lambda: season([1, 2], [1], [1]), UsageError, "2 values, 1 variances and 1 months"),
    ],
)
def test_what_cannot_be_is_refused(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def test_inputs_stay_as_they_are():
    kept = [each.copy() for each in NPS]
    net_limits(*NPS)
    standing(*NPS)
    change_points(*NPS)
    for each, before in zip(NPS, kept, strict=True):
        assert (each == before).all()
