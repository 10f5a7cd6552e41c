"""Survival curves, cumulative incidence, and progress over several levels, against outside witnesses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from cxkit.errors import UsageError
from cxkit.stats.survival import NEVER, cumulative_incidence, kaplan_meier, progress

# Remission of 23 patients with acute myelogenous leukaemia (`leukemia` of R's survival package), in weeks.
WEEKS = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45]
BACK = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1]


def test_kaplan_meier_equals_r():
    # summary(survfit(Surv(time, status) ~ 1, leukemia)), as its author printed it (s-news, 29 Nov 2000, Don McQueen's
    # question): at weeks 5, 8, 9: n.risk 23 21 19, n.event 2 2 1, survival .9130 .8261 .7826, std.err .0588 .0790 .0860;
    # fit$surv continues .73913043 .69565217.
    curve = kaplan_meier(WEEKS, BACK)
    assert curve.time[:3].tolist() == [5, 8, 9]
    assert curve.at_risk[:3].tolist() == [23, 21, 19]
    assert curve.events[:3].tolist() == [2, 2, 1]
    np.testing.assert_allclose(curve.share[:5], [0.91304348, 0.82608696, 0.78260870, 0.73913043, 0.69565217], atol=5e-9)
    np.testing.assert_allclose(curve.error[:3], [0.0588, 0.0790, 0.0860], atol=5e-5)
    assert curve.watched == 161


def test_log_log_limits_equal_scipy_and_the_formula():
    data = stats.CensoredData.right_censored(WEEKS, np.array(BACK) == 0)
    limits = stats.ecdf(data).sf.confidence_interval(0.95, method="log-log")
    curve = kaplan_meier(WEEKS, BACK)
    places = np.isin(limits.low.quantiles, curve.time)
    np.testing.assert_allclose(curve.low, limits.low.probabilities[places], rtol=1e-10)
    np.testing.assert_allclose(curve.high, limits.high.probabilities[places], rtol=1e-10)
    # By hand at week 5: S = 21/23, Greenwood sum 2/(23*21) = .0041408, log S = -.0909718,
    # z * .0643489 / -.0909718 = -1.386390; exp(-.0909718 * 4.0003) = .6949 and exp(-.0909718 / 4.0003) = .9775
    assert round(float(curve.low[0]), 4) == 0.6949
    assert round(float(curve.high[0]), 4) == 0.9775


@given(st.integers(0, 2**32 - 1), st.integers(2, 60))
@settings(max_examples=40, deadline=None)
def test_curves_equal_statsmodels(seed, n):
    rng = np.random.default_rng(seed)
    time, event = rng.integers(1, 15, n), rng.random(n) < 0.6
    event[0] = True
    curve, witness = kaplan_meier(time, event), SurvfuncRight(time, event)
    np.testing.assert_allclose(curve.share, witness.surv_prob, atol=1e-12)
    inner = curve.share > 1e-9
    np.testing.assert_allclose(curve.error[inner], witness.surv_prob_se[inner], rtol=1e-9)
    cause = rng.integers(0, 3, n)
    cause[:2] = 1, 2
    found, witness = cumulative_incidence(time, cause), CumIncidenceRight(time, cause)
    at = np.searchsorted(witness.times, found.time)
    for j in range(2):
        np.testing.assert_allclose(found.share[j], witness.cinc[j][at], atol=1e-12)
        known = np.isfinite(found.error[j]) & np.isfinite(witness.cinc_se[j][at])
        np.testing.assert_allclose(found.error[j][known], witness.cinc_se[j][at][known], atol=1e-9)


def test_late_entry_equals_statsmodels():
    time, event, entry = [4, 6, 7, 9, 9], [1, 1, 0, 1, 1], [0, 2, 5, 0, 6]
    witness = SurvfuncRight(np.array(time), np.array(event), entry=np.array(entry))
    np.testing.assert_allclose(kaplan_meier(time, event, entry=entry).share, witness.surv_prob, atol=1e-12)


def test_cumulative_incidence_by_hand():
    # 5 at risk, one converts at 1: .2. One is lost at 2. At 3 one of 3 is ended: S(2) = .8, ends .8/3 = .26667.
    # At 4 one of 2 converts: S(3) = .8 * 2/3 = .53333, + .26667 = .46667. One is watched to 5.
    found = cumulative_incidence([1, 2, 3, 4, 5], [1, 0, 2, 1, 0])
    np.testing.assert_allclose(found.share[0], [0.2, 0.2, 0.2 + 0.8 / 3])
    np.testing.assert_allclose(found.share[1], [0, 0.8 / 3, 0.8 / 3])


def test_at_says_nothing_beyond_what_was_watched():
    curve = kaplan_meier([1, 2, 5], [True, True, False])
    share, low, _ = curve.at([0, 1, 1.5, 5, 6])
    np.testing.assert_allclose(share, [1, 2 / 3, 2 / 3, 1 / 3, np.nan])
    assert np.isnan(low[0])
    assert kaplan_meier([1, 2], [True, True]).at(9)[0] == 0  # nobody is left: nothing more can happen


def paths(rng, n, levels, horizon):
    """Random ways: ages at which levels were reached, watched to, ended."""
    watched, ended = rng.integers(0, horizon + 1, n), rng.random(n) < 0.3
    watched[rng.random(n) < 0.4] = horizon
    reached = np.full((levels, n), NEVER)
    for m in range(n):
        age = 0
        for level in range(levels):
            age += rng.integers(0, 4)
            if age > watched[m]:
                break
            reached[level, m] = age
    ended &= reached[-1] == NEVER
    return reached, watched, ended


def moved_by_hand(reached, watched, ended, weight):
    """The same estimate age by age, with weights."""
    levels = len(reached)
    waiting, share = np.zeros(levels + 1), np.zeros(levels + 1)
    waiting[0] = 1
    for age in sorted({r for row in reached for r in row if r < NEVER} | set(watched[ended].tolist())):
        at_risk, moves = np.zeros(levels + 1), {}
        for m, w in enumerate(weight):
            before, after = (reached[:, m] < age).sum(), (reached[:, m] <= age).sum()
            if before == levels or watched[m] < age:
                continue
            at_risk[before] += w
            stop = bool(ended[m] and watched[m] == age)
            if after > before or stop:
                moves[before, after, stop] = moves.get((before, after, stop), 0) + w
        new = waiting.copy()
        for (before, after, stop), w in moves.items():
            flow = waiting[before] * w / at_risk[before]
            new[before] -= flow
            new[after] += 0 if stop else flow
            share[before + 1 : after + 1] += flow
        waiting = new
    return share[1:]


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_progress_and_contributions_equal_the_slow_way(seed, n, levels):
    reached, watched, ended = paths(np.random.default_rng(seed), n, levels, 8)
    found, plain = progress(reached, watched, ended, 8), np.ones(n)
    np.testing.assert_allclose(found.share, moved_by_hand(reached, watched, ended, plain), atol=1e-12)
    np.testing.assert_allclose(found.pseudo.mean(axis=1), found.share, atol=1e-12)
    assert (np.diff(found.share) <= 1e-12).all()
    for m in range(n):  # a contribution is the derivative by one's own weight
        step = 1e-5 * (np.arange(n) == m)
        up, down = (moved_by_hand(reached, watched, ended, plain + sign * step) for sign in (1, -1))
        np.testing.assert_allclose(found.pseudo[:, m], found.share + n * (up - down) / 2e-5, atol=1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
@settings(max_examples=30, deadline=None)
def test_progress_is_the_curve_it_generalises(seed, n):
    rng = np.random.default_rng(seed)
    reached, watched, ended = paths(rng, n, 1, 8)
    there = reached[0] < NEVER
    last = np.where(there, reached[0], watched)
    curve = kaplan_meier(last, there)
    expected = 1 - curve.share[-1] if curve.share.size else 0.0
    assert progress(reached, watched, np.zeros(n, dtype=bool), 8).share[0] == pytest.approx(expected)
    both = cumulative_incidence(last, np.where(there, 1, np.where(ended, 2, 0)))
    expected = both.share[0, -1] if there.any() else 0.0
    assert progress(reached, watched, ended, 8).share[0] == pytest.approx(expected)


def test_progress_without_censoring_counts():
    reached = np.array([[0, 2, NEVER, 5], [3, NEVER, NEVER, 5]])
    found = progress(reached, [9, 9, 9, 9], [False, False, True, False], 9)
    assert found.share.tolist() == [0.75, 0.5]
    np.testing.assert_allclose(found.pseudo, [[1, 1, 0, 1], [1, 0, 0, 1]], atol=1e-12)
    assert found.stuck.tolist() == [0, 0]


def test_who_cannot_be_known_is_stuck():
    # One of two arrives at age 1; the other is lost at 3 of 10 days: half of all may or may not come.
    found = progress([[1, NEVER]], [10, 3], [False, False], 10)
    assert found.share.tolist() == [0.5]
    assert found.stuck.tolist() == [0.5]


def test_the_spread_of_contributions_is_greenwoods():
    rng = np.random.default_rng(3)
    event, lost = rng.exponential(5, 3000), rng.exponential(8, 3000)
    time, there = np.minimum(event, lost), event <= lost
    ages = (time * 1e6).astype(np.int64)
    keep = there & (ages <= 6_000_000)
    found = progress(np.where(keep, ages, NEVER)[None, :], np.minimum(ages, 6_000_000), np.zeros(3000, bool), 6_000_000)
    greenwood = kaplan_meier(ages, there)
    place = np.searchsorted(greenwood.time, 6_000_000, side="right") - 1
    robust = np.sqrt(((found.pseudo[0] - found.share[0]) ** 2).sum()) / 3000
    assert found.share[0] == pytest.approx(1 - greenwood.share[place])
    assert robust == pytest.approx(greenwood.error[place], rel=1e-3)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: kaplan_meier([1, 2], [True]), "differ in length"),
        (lambda: kaplan_meier([1, np.nan], [True, True]), "1 of 2 ages"),
        (lambda: kaplan_meier([1, -2], [True, True]), "missing or negative"),
        (lambda: kaplan_meier(["a"], [True]), "one row of numbers"),
        (lambda: kaplan_meier([3, 2], [True, True], entry=[3, 1]), "1 entries are not before"),
        (lambda: kaplan_meier([3, 2], [True, True], confidence=95), "Did you mean 0.95"),
        (lambda: cumulative_incidence([1, 2], [1]), "differ in length"),
        (lambda: progress([[1, 2]], [3], [False], 5), "do not fit"),
    ],
)
def test_wrong_arguments(call, match):
    with pytest.raises(UsageError, match=match):
        call()


def test_nothing_at_all():
    assert kaplan_meier([], []).share.size == 0
    assert np.isnan(progress(np.zeros((2, 0)), [], [], 5).share).all()
    assert cumulative_incidence([], []).share.shape == (0, 0)
