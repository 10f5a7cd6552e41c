"""Mix and rate: the exact account, its limits in closed form, and the bootstrap beside them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cxkit.stats.bridge import VALUES, mix_rate, percentiles, resampled
from cxkit.stats.bridge_limits import Chance, Spread, independent
from cxkit.stats.compare import holm, nps_difference


def cells(shares, scores, n):
    """Detractors, passives and promoters of groups with these shares of n answers and these scores in points."""
    count = np.array(shares) * n
    up = count * (1 + np.array(scores) / 100) / 2
    return np.stack([count - up, 0 * up, up], axis=-1)


def chance(before, now, confidence=0.95):
    before, now = np.asarray(before), np.asarray(now)
    return Chance(before, now, before.sum(1), now.sum(1), independent(before, now), confidence)


def test_worked_example():
    # shares .5/.3/.2 -> .4/.3/.3, scores 60/20/-10 -> 62/25/-10; totals 34.0 and .4*62 + .3*25 - .3*10 = 29.3
    # middle (34 + 29.3) / 2 = 31.65; mix: -.1 * (61 - 31.65) = -2.935, 0, .1 * (-10 - 31.65) = -4.165
    # rate: .45 * 2 = .9, .3 * 5 = 1.5, 0
    found = mix_rate(cells([0.5, 0.3, 0.2], [60, 20, -10], 1000), cells([0.4, 0.3, 0.3], [62, 25, -10], 500))
    assert 100 * found.total_before == pytest.approx(34.0)
    assert 100 * found.total == pytest.approx(29.3)
    assert (100 * found.mix).tolist() == pytest.approx([-2.935, 0, -4.165])
    assert (100 * found.rate).tolist() == pytest.approx([0.9, 1.5, 0])


COUNTS = hnp.arrays(np.int64, st.tuples(st.integers(1, 12), st.just(2), st.just(3)), elements=st.integers(0, 40))


@settings(max_examples=200, deadline=None)
@given(counts=COUNTS, weight=st.floats(1e-3, 1e3))
def test_parts_add_up_to_the_change(counts, weight):
    before, now = counts[:, 0] * weight, counts[:, 1]
    if not before.sum() or not now.sum():
        return
    found = mix_rate(before, now)
    change = now @ VALUES / 1.0
    direct = change.sum() / now.sum() - (before @ VALUES).sum() / before.sum()
    assert 100 * (found.mix + found.rate).sum() == pytest.approx(100 * direct, abs=1e-9)
    assert (found.rate[~found.both] == 0).all()


@settings(max_examples=60, deadline=None)
@given(counts=COUNTS)
def test_limits_hold_their_estimates_and_agree_with_p(counts):
    before, now = counts[:, 0], counts[:, 1]
    if not before.sum() or not now.sum():
        return
    found = chance(before, now)
    total = found.found.mix + found.found.rate
    for part, values in ((found.mix(), found.found.mix), (found.both(), total), (found.rate(), found.found.rate)):
        known = ~np.isnan(part.p)
        low, high, values, p = part.low[known], part.high[known], values[known], part.p[known]
        assert (low <= values + 1e-12).all()
        assert (values <= high + 1e-12).all()
        sure = np.abs(p - 0.05) > 1e-9
        assert (((low > 0) | (high < 0)) == (p < 0.05))[sure].all()


def test_limits_of_a_rate_are_those_of_the_two_scores_where_shares_are_sure():
    # one group only: its share is 1 in both periods without any chance, so the rate is the plain difference
    before, now = np.array([[20, 50, 30]]), np.array([[30, 20, 50]])
    gap = nps_difference(50, 20, 30, 30, 50, 20)
    part = chance(before, now).rate()
    assert (part.low[0], part.high[0], part.p[0]) == pytest.approx((float(gap.low), float(gap.high), float(gap.p)))
    assert chance(before, now).mix().low.tolist() == [0.0]
    whole = chance(before, now).change()
    assert (float(whole.low), float(whole.high)) == pytest.approx((float(gap.low), float(gap.high)))


def test_closed_form_and_bootstrap_agree_on_many_answers():
    # outside witness: 4,000 multinomial draws; their percentiles are known to about 3 % of the width
    before, now = cells([0.5, 0.3, 0.2], [60, 20, -10], 2000), cells([0.4, 0.3, 0.3], [62, 5, -10], 3000)
    before, now = np.round(before), np.round(now)
    closed, drawn = chance(before, now), resampled(before.astype(int), now.astype(int), 4000, seed=2)
    pairs = [(closed.mix(), drawn.mix), (closed.rate(), drawn.rate), (closed.both(), drawn.mix + drawn.rate)]
    pairs += [(closed.sums()[0], drawn.mix.sum(1)), (closed.sums()[1], drawn.rate.sum(1))]
    pairs += [(closed.change(), drawn.total - drawn.total_before)]
    for limits, draws in pairs:
        low, high, _ = percentiles(draws, 0.95)
        width = np.asarray(limits.high - limits.low)
        assert np.asarray(limits.low) == pytest.approx(low, abs=0.09 * width.max())
        assert np.asarray(limits.high) == pytest.approx(high, abs=0.09 * width.max())


def customers(seed=5, people=80, groups=3):
    """Weighted answers of customers who answer in several groups and in both periods."""
    draw = np.random.default_rng(seed)
    rows = 260
    who, group, later = draw.integers(0, people, rows), draw.integers(0, groups, rows), draw.random(rows) < 0.5
    y = np.where(draw.random(rows) < 0.2 + 0.6 * (who % 3 == 0), 1.0, draw.choice([-1.0, 0.0], rows))
    return who, group, later.astype(int), y, draw.uniform(0.5, 2.0, rows), groups


def sums(who, group, later, y, w, groups, people=80):
    """Counts and second moments by plain loops."""
    parts = np.zeros((2, groups, 3))
    np.add.at(parts, (later, group, (y + 1).astype(int)), w)
    x = np.zeros((people, groups, 4))
    np.add.at(x, (who, group, 2 * later), w)
    np.add.at(x, (who, group, 2 * later + 1), w * y)
    everything = x.sum(1)
    own = np.einsum("cki,ckj->kij", x, x)
    cross = np.einsum("cki,cj->kij", x, everything)
    return parts, Spread(own, cross, everything.T @ everything)


def test_linearised_variance_is_the_sum_of_squared_influences_of_customers():
    # outside witness: every customer's weight is turned up and down a little, and the result is watched
    who, group, later, y, w, groups = customers()
    parts, spread = sums(who, group, later, y, w, groups)
    n = np.array([[((later == p) & (group == k)).sum() for k in range(groups)] for p in (0, 1)])
    found = Chance(*parts, *n, spread, 0.95)

    def result(weights):
        return mix_rate(*sums(who, group, later, y, weights, groups)[0])

    squares = np.zeros((3, groups))
    for person in range(80):
        step = 1e-5 * (who == person)
        up, down = result(w * (1 + step)), result(w * (1 - step))
        for at, name in enumerate(("mix", "rate")):
            squares[at] += ((getattr(up, name) - getattr(down, name)) / 2e-5) ** 2
        squares[2] += ((up.mix + up.rate - down.mix - down.rate) / 2e-5) ** 2
    assert found._linear(found._mix()) == pytest.approx(squares[0], rel=1e-5)
    assert found._linear(found._rate()) == pytest.approx(squares[1], rel=1e-5)
    assert found._linear(found._mix() + found._rate()) == pytest.approx(squares[2], rel=1e-5)


def test_sums_of_parts_are_exact_where_each_customer_is_in_one_group():
    who, _, later, y, w, groups = customers()
    group = who % groups
    parts, spread = sums(who, group, later, y, w, groups)
    n = np.array([[((later == p) & (group == k)).sum() for k in range(groups)] for p in (0, 1)])
    found = Chance(*parts, *n, spread, 0.95)
    squares = np.zeros(2)
    for person in range(80):
        step = 1e-5 * (who == person)
        up, down = (mix_rate(*sums(who, group, later, y, w * (1 + s * step), groups)[0]) for s in (1, -1))
        squares += [((up.mix - down.mix).sum() / 2e-5) ** 2, ((up.rate - down.rate).sum() / 2e-5) ** 2]
    assert found._linear_sum(found._mix()) == pytest.approx(squares[0], rel=1e-5)
    assert found._linear_sum(found._rate()) == pytest.approx(squares[1], rel=1e-5)


def test_same_customers_in_both_periods_narrow_the_change():
    parts = np.array([[[30, 20, 50.0]], [[35, 20, 45.0]]])
    alone = independent(parts[0], parts[1])
    shared = alone.own.copy()  # nearly everyone gave the same answer in both periods
    shared[0][0, 2] = shared[0][2, 0] = 95
    shared[0][0, 3] = shared[0][3, 0] = 10
    shared[0][1, 2] = shared[0][2, 1] = 18
    shared[0][1, 3] = shared[0][3, 1] = 75
    n = np.array([100]), np.array([100])
    wide = Chance(*parts, *n, alone, 0.95).change()
    narrow = Chance(*parts, *n, Spread(shared, shared, shared[0]), 0.95).change()
    assert narrow.high - narrow.low < 0.6 * (wide.high - wide.low)


def test_all_alike_is_not_without_chance():
    # five promoters and nobody else: the bootstrap finds no chance in their score, the closed form does
    before, now = np.array([[0, 0, 5], [100, 100, 100]]), np.array([[0, 0, 5], [100, 100, 100]])
    drawn = percentiles(resampled(before, now, 500, 1).rate, 0.95)
    assert drawn[0][0] == drawn[1][0] == 0.0
    part = chance(before, now).rate()
    assert part.low[0] < -0.005
    assert part.high[0] > 0.005


def test_draws_keep_the_number_of_answers_and_repeat_with_the_seed():
    before, now = np.array([[1, 2, 3], [0, 5, 9]]), np.array([[4, 4, 4], [1, 0, 0]])
    one, other = resampled(before, now, 300, seed=7), resampled(before, now, 300, seed=7)
    assert (one.mix == other.mix).all()
    assert (one.mix != resampled(before, now, 300, seed=8).mix).any()
    assert one.share.sum(axis=1) == pytest.approx(np.ones(300))


def test_bootstrap_p():
    # 9 of 999 draws at or below zero: 2 * 10 / 1000
    draws = np.concatenate([-np.ones(9), np.ones(990)])
    assert percentiles(draws, 0.95)[2] == pytest.approx(0.02)


KINDS = {
    "a": (0.3, 0.4, 0.3),
    "b": (0.2, 0.3, 0.5),
    "c": (0.1, 0.2, 0.7),
    "d": (0.01, 0.04, 0.95),
    "e": (0.7, 0.2, 0.1),
}
SETTINGS = {
    "three groups": ([0.5, 0.3, 0.2], "abc", [0.4, 0.3, 0.3], "bbc"),
    "small groups": ([0.6, 0.2, 0.1, 0.05, 0.05], "abdda", [0.6, 0.2, 0.1, 0.05, 0.05], "abcda"),
    "turned round": ([0.6, 0.25, 0.15], "aed", [0.6, 0.25, 0.15], "ade"),
    "ten groups": ([0.1] * 10, "abcabcabcd", [0.1] * 10, "abcabcabcd"),
}


def _limits(found, part, aim):
    """Limits and truth of each number of a part."""
    if part == "sums":
        return [((float(one.low), float(one.high)), value) for one, value in zip(found.sums(), aim, strict=True)]
    limits = getattr(found, part)()
    return list(zip(zip(limits.low, limits.high, strict=True), aim, strict=True))


def _holds(limits, value):
    return limits[0] <= value + 1e-12 and value <= limits[1] + 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("answers", [60, 300])
def test_coverage_in_closed_form(name, answers):
    """800 tables each: a true coverage of .94 falls below .91 in one run of 4,000 (binomial).

    At 60 answers the mix is held to .895 (worst measured with 6,000 tables: .929), all else to .91.
    """
    s0, k0, s1, k1 = SETTINGS[name]
    truth = [np.array(s)[:, None] * np.array([KINDS[k] for k in ks]) for s, ks in ((s0, k0), (s1, k1))]
    exact = mix_rate(*truth)
    aims = {"mix": exact.mix, "rate": exact.rate, "both": exact.mix + exact.rate}
    aims["sums"] = np.array([exact.mix.sum(), exact.rate.sum()])
    draw, held, tried = np.random.default_rng(11), {}, {}
    many = 800
    for _ in range(many):
        before, now = (draw.multinomial(answers, p.ravel()).reshape(p.shape) for p in truth)
        found = chance(before, now)
        for part, aim in aims.items():
            inside = np.array([_holds(limits, value) for limits, value in _limits(found, part, aim)])
            counted = found.found.both if part == "rate" else np.ones(len(inside), dtype=bool)
            held[part] = held.get(part, 0) + (inside & counted)
            tried[part] = tried.get(part, 0) + counted
    for part, hits in held.items():
        worst = (hits / tried[part]).min()
        assert worst >= (0.895 if part != "rate" and answers < 200 else 0.91), (part, hits / tried[part])


@pytest.mark.slow
def test_coverage_of_the_bootstrap():
    """400 tables of 500 draws at 200 answers a period, percentile limits: right on average, too short in small groups.

    A true mean coverage of .93 falls below .92 of the mean over 10 limits in less than one run of 1,000.
    """
    s0, k0, s1, k1 = SETTINGS["small groups"]
    truth = [np.array(s)[:, None] * np.array([KINDS[k] for k in ks]) for s, ks in ((s0, k0), (s1, k1))]
    exact, draw = mix_rate(*truth), np.random.default_rng(3)
    held = np.zeros((2, len(s0)))
    for run in range(400):
        before, now = (draw.multinomial(200, p.ravel()).reshape(p.shape) for p in truth)
        drawn = resampled(before, now, 500, seed=run)
        for at, name in enumerate(("mix", "rate")):
            low, high, _ = percentiles(getattr(drawn, name), 0.95)
            aim = getattr(exact, name)
            held[at] += (low <= aim + 1e-12) & (aim <= high + 1e-12)
    assert 0.92 <= held.mean() / 400 <= 0.98
    assert held.min() / 400 >= 0.84


@pytest.mark.slow
def test_shuffled_periods_have_no_clear_part():
    """200 tables whose answers were dealt to the two periods by chance; at most 18 with a clear part (99 % bound on 5 %)."""
    s0, k0, *_ = SETTINGS["small groups"]
    truth = np.array(s0)[:, None] * np.array([KINDS[k] for k in k0])
    draw, false = np.random.default_rng(9), 0
    for _ in range(200):
        found = chance(*(draw.multinomial(400, truth.ravel()).reshape(truth.shape) for _ in range(2)))
        false += np.nanmin(holm([*found.rate().p, float(found.sums()[0].p)])) < 0.05
    assert false <= 18
