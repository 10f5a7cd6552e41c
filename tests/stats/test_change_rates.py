"""How often signals come where nothing happened, and how soon where something did: simulations of whole series.

Each test states its draws. A rate that must not pass 1 in 370 passes if the count of alarms is within the upper 99 %
binomial bound of that rate; a detection rate passes if it stands above its bar by its lower 99 % bound.
"""

import numpy as np
import pytest
from scipy.stats import binom

from cxkit.stats.change import (
    change_point,
    change_points,
    cusum,
    laney_p,
    later_factor,
    net_limits,
    shown_spread,
    smallest_drop,
    standing,
    xmr,
)

pytestmark = pytest.mark.slow

RATE = 1 / 370
TYPICAL, LEVEL, HIGH = (0.5, 0.3, 0.2), (0.3, 0.4, 0.3), (0.7, 0.2, 0.1)


def most(points: int) -> float:
    """Alarms in so many points that one in 370 passes in one run of a hundred only."""
    return binom.ppf(0.99, points, RATE)


def weeks(draw, runs: int, length: int, n: int, shares, drop: float = 0.0, at: int = 0, restless: float = 0.0):
    """Counts (runs, length, 3) of about n answers a week; from week `at` on the net score is lower by `drop`.

    `restless` is the sum of a Dirichlet from which each week draws its own shares: 0 means that weeks differ by chance
    alone.
    """
    size = np.maximum(draw.poisson(n, (runs, length)), 1)
    p = np.broadcast_to(np.asarray(shares), (runs, length, 3)).copy()
    if restless:
        p = draw.dirichlet(np.asarray(shares) * restless, (runs, length))
    p[:, at:, 0] -= drop / 2
    p[:, at:, 2] += drop / 2
    plus = draw.binomial(size, p[..., 0])
    minus = draw.binomial(size - plus, np.clip(p[..., 2] / (1 - p[..., 0]), 0, 1))
    return np.stack([plus, size - plus - minus, minus], axis=-1)


@pytest.mark.parametrize("baseline", [12, 25, 52])
def test_xmr_alarms_of_normal_values(baseline):
    # 200,000 points judged by limits from themselves, as many later ones by limits from a baseline of this length
    draw = np.random.default_rng(baseline)
    runs = 200_000 // baseline
    same = sum(np.abs(xmr(x).outside).sum() for x in draw.standard_normal((runs, baseline)))
    assert same <= most(runs * baseline)
    later = plain = 0
    for x in draw.standard_normal((8_000, baseline + 25)):
        found = xmr(x, baseline)
        later += np.abs(found.outside[baseline:]).sum()
        plain += (np.abs(x[baseline:] - found.centre[0]) > 3 * found.sigma).sum()
    assert later <= most(200_000)
    # unwidened: one in 52, 114 and 195 (reference, within 10 %)
    assert 200_000 / plain == pytest.approx({12: 52, 25: 114, 52: 195}[baseline], rel=0.1)


@pytest.mark.parametrize("baseline", [8, 12, 25, 52, 104])
def test_later_factor_holds_its_rate(baseline):
    # 300,000 baselines; the rate given each is known exactly, so only the baselines are drawn
    from scipy.special import ndtr

    draw = np.random.default_rng(1)
    rates = []
    for _ in range(10):
        x = draw.standard_normal((30_000, baseline))
        reach = later_factor(baseline) * np.abs(np.diff(x, axis=1)).mean(axis=1) / 1.128
        centre = x.mean(axis=1)
        rates.append((ndtr(centre - reach) + ndtr(-centre - reach)).mean())
    assert 1 / 700 < np.mean(rates) <= RATE


@pytest.mark.parametrize("shares", [TYPICAL, LEVEL, HIGH])
@pytest.mark.parametrize(
    ("n", "baseline", "restless"), [(10, 26, 0), (60, 12, 0), (60, 26, 0), (60, 52, 50), (300, 26, 50)]
)
def test_net_limits_alarms(shares, n, baseline, restless):
    # 4,000 series: `baseline` points judged by limits from themselves, 26 later ones by limits from the baseline
    draw = np.random.default_rng(n + baseline)
    same = later = 0
    for counts in weeks(draw, 4_000, baseline + 26, n, shares, restless=restless):
        same += np.abs(net_limits(*counts[:baseline].T).outside).sum()
        later += np.abs(net_limits(*counts.T, baseline).outside[baseline:]).sum()
    assert same <= most(4_000 * baseline)
    assert later <= most(4_000 * 26)


def test_laney_alarms():
    # 4,000 series of 26 + 26 weeks of 60 answers, shares .2 and .5
    draw = np.random.default_rng(4)
    for share in (0.2, 0.5):
        same = later = 0
        for x in draw.binomial(60, share, (4_000, 52)):
            same += np.abs(laney_p(x[:26], [60] * 26).outside).sum()
            later += np.abs(laney_p(x, [60] * 52, 26).outside[26:]).sum()
        assert same <= most(4_000 * 26)
        assert later <= most(4_000 * 26)


def watch(counts, baseline: int, shift: float, n: int):
    """The watch as `cxkit.survey.signals` sets it up."""
    stands = standing(*counts.T, baseline=baseline)
    usual = np.median(counts[:baseline].sum(axis=1))
    tuned = shift / np.sqrt(stands.variance / usual) / stands.spread
    return cusum(stands.z[baseline:], baseline, float(np.round(tuned, 2)), known_spread=stands.known)


@pytest.mark.parametrize(
    ("n", "shares", "baseline"), [(60, TYPICAL, 26), (100, LEVEL, 26), (300, TYPICAL, 26), (60, HIGH, 52)]
)
def test_drop_alarms_where_nothing_drops(n, shares, baseline):
    # 3,000 series of 52 watched weeks, 156,000 points
    draw = np.random.default_rng(n)
    alarms = sum(
        watch(counts, baseline, 0.1, n).signals.sum() for counts in weeks(draw, 3_000, baseline + 52, n, shares)
    )
    assert alarms <= most(3_000 * 52)


@pytest.mark.parametrize(("n", "within", "bar"), [(300, 4, 0.80), (100, 8, 0.70)])
@pytest.mark.parametrize("shares", [TYPICAL, LEVEL])
def test_a_ten_point_drop_is_found(n, within, bar, shares):
    # 6,000 series: 26 estimated weeks, then the drop in the first watched week
    draw = np.random.default_rng(n)
    series = weeks(draw, 6_000, 26 + within, n, shares, drop=0.1, at=26)
    found = np.mean([watch(counts, 26, 0.1, n).signals.any() for counts in series])
    assert found - 2.33 * np.sqrt(found * (1 - found) / 6_000) >= bar, found


@pytest.mark.parametrize(("n", "shares"), [(60, TYPICAL), (100, LEVEL), (300, TYPICAL)])
def test_smallest_drop_agrees_with_simulation(n, shares):
    # 2,000 series each, a point more and a point less: power .8 lies between them (99 % bound: .021)
    plus, _, minus = shares
    drop = smallest_drop(n, plus + minus - (plus - minus) ** 2, shift=0.1, net=plus - minus)
    draw, power = np.random.default_rng(n), []
    for size in (drop - 0.01, drop + 0.01):
        series = weeks(draw, 2_000, 30, n, shares, drop=size, at=26)
        power.append(np.mean([watch(counts, 26, 0.1, n).signals.any() for counts in series]))
    assert power[0] - 0.021 <= 0.8 <= power[1] + 0.021, power


@pytest.mark.parametrize(
    ("length", "n", "shares"), [(104, 60, TYPICAL), (26, 10, HIGH), (52, 300, LEVEL), (6, 40, TYPICAL)]
)
def test_shuffled_answers_have_no_change_point(length, n, shares):
    # 1,000 shuffles of one series of answers; p <= .05 in at most 5 % (99 % bound: 67), also of any of several moments
    draw = np.random.default_rng(length)
    answers = draw.choice(3, length * n, p=shares)
    one = several = 0
    for _ in range(1_000):
        draw.shuffle(answers)
        counts = [(answers.reshape(length, n) == kind).sum(axis=1) for kind in range(3)]
        one += change_point(*counts).p <= 0.05
        several += bool(change_points(*counts))
    assert one <= binom.ppf(0.99, 1_000, 0.05)
    assert several <= one


def test_restless_weeks_have_no_change_point():
    # 1,000 series of 52 weeks of 100 answers whose weeks differ by more than chance; unspread, 1 in 10 would be called
    draw = np.random.default_rng(8)
    found = plain = 0
    for counts in weeks(draw, 1_000, 52, 100, TYPICAL, restless=50):
        spread = shown_spread(net_limits(*counts.T).sigma, 52)
        found += change_point(*counts.T, spread=spread).p <= 0.05
        plain += change_point(*counts.T).p <= 0.05
    assert found <= binom.ppf(0.99, 1_000, 0.05)
    assert plain > found


def test_a_change_point_is_found_where_it_is():
    # 500 series of 40 weeks of 60 answers, 20 points lower from week 30 on; the 95 % range holds week 30 in >= 90 %
    draw = np.random.default_rng(9)
    found = [change_point(*counts.T) for counts in weeks(draw, 500, 40, 60, TYPICAL, drop=0.2, at=30)]
    shown = [one for one in found if one.p <= 0.05]
    assert len(shown) >= 0.75 * 500
    assert np.mean([one.first <= 30 <= one.last for one in shown]) >= 0.90
    assert np.mean([one.low <= -0.2 <= one.high for one in shown]) >= 0.90
