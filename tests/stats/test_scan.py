"""Spans in which a share departed: by hand, against scipy's exact tests, and how often chance alone raises one."""

import numpy as np
import pytest
from scipy import stats

from cxkit.errors import UsageError
from cxkit.stats import scan
from cxkit.stats.scan import Rows, departures, spans
from cxkit.stats.scan_sums import Base, sums_of


def rows_of(customers: int, periods: int, hit, each: int = 1) -> Rows:
    """`each` rows of every customer in every period; hit(customer, period, which) says what happened."""
    customer, period, which = (x.ravel() for x in np.indices((customers, periods, each)))
    return Rows(customer, period, np.zeros_like(period), hit(customer, period, which).astype(int), periods)


def drawn(rng, customers: int, periods: int, share: float, each: int = 1, spread: float = 0.0) -> Rows:
    """Chance alone; with a spread, customers have shares of their own."""
    own = np.clip(rng.normal(share, spread, customers), 0, 1) if spread else np.full(customers, share)
    return rows_of(customers, periods, lambda c, p, w: rng.random(c.size) < own[c], each)


def test_spans_looked_at():
    """Of six periods: to the end from the second on, and one to three long without the first: 5 + (4 + 3 + 2) = 14."""
    begin, end = spans(6)
    assert begin.size == 14
    assert set(zip(begin.tolist(), end.tolist(), strict=True)) >= {(1, 6), (1, 4), (5, 6)}
    assert (1, 5) not in set(zip(begin.tolist(), end.tolist(), strict=True))  # four of six, open at both ends
    assert not (begin == 0).any()


def test_the_planted_span_is_found_and_what_lies_outside_is_not():
    rng = np.random.default_rng(5)
    rows = rows_of(80, 20, lambda c, p, w: rng.random(c.size) < np.where((p >= 7) & (p < 10), 0.45, 0.2))
    found = departures(rows, [(0, 1)], draws=199)
    assert (found.start.tolist(), found.end.tolist()) == ([7], [10])
    inside = (rows.period >= 7) & (rows.period < 10)
    assert found.k[0] == rows.outcome[inside].sum()
    assert found.n[0] == 240
    assert (found.other_n[0], found.other_k[0]) == (80 * 17, rows.outcome[~inside].sum())
    assert found.p[0] < 0.05
    assert 0 < found.low[0] < found.k[0] / 240 - found.other_k[0] / 1360 < found.high[0]
    assert (found.looked, found.spans) == (1, spans(20)[0].size)


def test_a_second_span_is_found_in_what_the_first_leaves():
    rng = np.random.default_rng(3)
    share = np.full(24, 0.2)
    share[4:7], share[15:18] = 0.55, 0.6
    found = departures(rows_of(100, 24, lambda c, p, w: rng.random(c.size) < share[p]), [(0, 1)], draws=199)
    assert sorted(zip(found.start.tolist(), found.end.tolist(), strict=True)) == [(4, 7), (15, 18)]
    assert (np.diff(np.abs(found.statistic)) <= 0).all()
    first, second = found.left_out
    assert not first.any()
    assert np.flatnonzero(second).tolist() == list(range(found.start[0], found.end[0]))
    inside = found.end - found.start
    assert (found.n + found.other_n).tolist() == [2400, 2400 - 100 * inside[0]]  # set against what is not left out


def test_the_statistic_of_independent_rows_is_that_of_an_exact_test():
    """One row a customer: r turned into p agrees with Fisher's exact test (scipy) for tables from 3 expected hits on.

    With many customers Student's t is the normal distribution, and the design effect is 1.
    """
    for k, n, other_k, other_n in [(14, 40, 60, 1000), (0, 60, 90, 900), (300, 500, 2000, 4000), (9, 100, 20, 900)]:
        r = scan._root(*(np.array([float(x)]) for x in (n, k, other_n, other_k, 1.0, 1e9)))[0]
        tail = "greater" if k / n > other_k / other_n else "less"
        exact = stats.fisher_exact([[k, n - k], [other_k, other_n - other_k]], alternative=tail).pvalue
        assert abs(r) == pytest.approx(-stats.norm.ppf(exact), rel=0.09)


def test_the_design_effect_by_hand():
    """Ten rows of each customer in one period only, all alike: a row is worth a tenth.

    40 customers in 4 periods, half of each period's have the outcome: within = sum (10 * .5)^2 = 40 * 25 = 1000 over
    p q = .25 is 4000; 400 rows, sum of squared rows 4000: correlation (4000 - 400) / (4000 - 400) = 1, design 10.
    """
    customer = np.repeat(np.arange(40), 10)
    rows = Rows(customer, customer // 10, 0 * customer, customer % 2, 4)
    base = Base(rows.customer, rows.period, 4)
    *_, design, worth = sums_of(base.series(rows.outcome == 1), *spans(4))
    assert design == pytest.approx(10)
    assert worth.min() == pytest.approx(10)  # a span of one period has ten equally busy customers


def test_maxima_of_one_span_are_those_of_a_normal():
    """Two periods, one span: the 95 % point of abs(normal) is 1.96; 3,999 draws of it have a standard error of .034."""
    rows = drawn(np.random.default_rng(2), 300, 2, 0.4)
    found = departures(rows, [(0, 1)], draws=3999)
    assert found.spans == 1
    assert found.critical == pytest.approx(1.96, abs=0.12)


def test_limits_exclude_zero_exactly_where_p_is_small():
    rng = np.random.default_rng(11)
    seen = set()
    for strength in np.linspace(0.05, 0.25, 9):
        rows = rows_of(60, 12, lambda c, p, w, s=strength: rng.random(c.size) < np.where(p >= 8, 0.3 + s, 0.3))
        found = departures(rows, [(0, 1), (0, 0)], draws=199, alpha=1.0, again=1)
        excluded = (found.low > 0) | (found.high < 0)
        assert (excluded == (found.p < 0.05)).all()
        seen |= set(excluded.tolist())
    assert seen == {True, False}


def test_one_busy_customer_is_no_incident():
    """A thousand hits of one customer in one week among 50 customers: not judged, or not surprising."""
    rng = np.random.default_rng(1)
    base = drawn(rng, 50, 10, 0.3, each=2)
    extra = np.ones(1000, dtype=int)
    parts = [
        np.r_[a, b * extra]
        for a, b in zip((base.customer, base.period, base.group, base.outcome), (50, 6, 0, 1), strict=True)
    ]
    assert departures(Rows(*parts, 10), [(0, 1)], draws=199, alpha=0.05).series.size == 0


def test_few_customers_are_not_judged():
    rows = rows_of(9, 12, lambda c, p, w: p >= 6, each=20)
    found = departures(rows, [(0, 1)], draws=99)
    assert (found.looked, found.spans, found.series.size) == (0, 0, 0)


def test_the_same_seed_gives_the_same_and_rows_are_unchanged():
    rows = drawn(np.random.default_rng(4), 1500, 8, 0.3)  # more customers than bundles
    kept = [x.copy() for x in (rows.customer, rows.period, rows.group, rows.outcome)]
    one, two = (departures(rows, [(0, 1)], draws=99, alpha=1.0) for _ in range(2))
    assert one.p.tolist() == two.p.tolist()
    assert one.critical == two.critical
    assert all(
        (a == b).all() for a, b in zip(kept, (rows.customer, rows.period, rows.group, rows.outcome), strict=True)
    )


def test_nothing_to_look_at():
    rows = rows_of(30, 6, lambda c, p, w: c >= 0)
    assert departures(rows, np.empty((0, 2)), draws=19).looked == 0
    assert departures(rows, [(0, 1)], draws=19).looked == 0  # every row is a hit
    assert departures(rows, [(0, 7)], draws=19).looked == 0  # never happens


def test_what_cannot_be_is_said():
    rows = rows_of(30, 6, lambda c, p, w: c > 9)
    with pytest.raises(UsageError, match=r"draws: 5 is too few"):
        departures(rows, [(0, 1)], draws=5)
    with pytest.raises(UsageError, match="two periods"):
        departures(rows_of(30, 1, lambda c, p, w: c > 9), [(0, 1)])
    with pytest.raises(UsageError, match="Did you mean 0.95"):
        departures(rows, [(0, 1)], confidence=95)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("customers", "each", "share", "spread"), [(60, 1, 0.5, 0.0), (150, 2, 0.05, 0.0), (100, 3, 0.3, 0.3)]
)
def test_chance_alone_raises_no_more_than_stated(customers, each, share, spread):
    """At most 18 of 200 at 5 % (99 % binomial bound), with customers alike and with customers of their own habits."""
    raised = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        rows = drawn(rng, customers, 20, share, each, spread)
        kept = rng.random(rows.customer.size) < 0.6
        rows = Rows(*(x[kept] for x in (rows.customer, rows.period, rows.group, rows.outcome)), 20)
        raised += departures(rows, [(0, 1)], draws=199, seed=seed, alpha=0.05).series.size > 0
    assert raised <= 18


@pytest.mark.slow
def test_a_fall_of_twenty_points_is_found():
    """One of 12 shares with 75 rows a week falls from 70 to 50 % for 4 of 26 weeks: found in at least 27 of 30 logs."""
    found = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        customer = np.sort(rng.integers(0, 2000, 26 * 75 * 12))
        period = rng.integers(0, 26, customer.size)
        period = period[np.lexsort((period, customer))]
        group = rng.integers(0, 12, customer.size)
        share = np.where((group == 0) & (period >= 10) & (period < 14), 0.5, 0.7)
        rows = Rows(customer, period, group, (rng.random(customer.size) < share).astype(int), 26)
        raised = departures(rows, [(g, 1) for g in range(12)], draws=199, seed=seed, alpha=0.05)
        found += bool(raised.series.size) and raised.series[0] == 0
    assert found >= 27
