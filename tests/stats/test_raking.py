"""Raking of cells: by hand, what must hold for all, and totals that cannot be met."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxkit.errors import UsageError
from cxkit.stats.raking import rake_cells


def test_by_hand():
    # Cells 1 1 / 1 3 to rows 4 and 4, columns 3 and 5. Raking keeps the odds ratio, 1 * 3 / (1 * 1) = 3, and with the
    # totals only a 2 2 / 1 3 has it: (2 * 3) / (2 * 1) = 3.
    found = rake_cells([1, 1, 1, 3], [[0, 0, 1, 1], [0, 1, 0, 1]], [[4, 4], [3, 5]])
    assert found.met
    assert (found.factor * [1, 1, 1, 3]) == pytest.approx([2, 2, 1, 3], rel=1e-9)


def test_the_first_pass_by_hand():
    # 10 20 / 30 40 to rows 60 and 40, columns 50 and 50, one margin after the other: rows times 2 and 4/7 give
    # 20 40 / 17.142857 22.857143; columns 37.142857 and 62.857143 become 50: times 1.3461538 and .7954545
    found = rake_cells([10, 20, 30, 40], [[0, 0, 1, 1], [0, 1, 0, 1]], [[60, 40], [50, 50]], tolerance=0.5)
    assert found.passes == 1
    assert (found.factor * [10, 20, 30, 40]) == pytest.approx([26.923077, 31.818182, 23.076923, 18.181818], rel=1e-7)


def test_one_margin_takes_one_pass_and_is_exact():
    found = rake_cells([2, 3, 5], [[0, 1, 2]], [[10, 30, 60]])
    assert (found.passes, found.factor.tolist()) == (1, [5, 10, 12])


cells = st.integers(2, 4).flatmap(
    lambda rows: st.integers(2, 4).flatmap(
        lambda columns: st.tuples(
            st.lists(st.integers(1, 50), min_size=rows * columns, max_size=rows * columns),
            st.lists(st.integers(1, 50), min_size=rows * columns, max_size=rows * columns),
            st.just((rows, columns)),
        )
    )
)


@settings(max_examples=60, deadline=None)
@given(cells)
def test_totals_are_met_and_odds_ratios_kept(drawn):
    base, wanted, (rows, columns) = np.array(drawn[0], float), np.array(drawn[1], float), drawn[2]
    code = np.divmod(np.arange(rows * columns), columns)
    totals = [np.bincount(c, wanted) for c in code]
    found = rake_cells(base, code, totals)
    assert found.met
    weight = base * found.factor
    for c, total in zip(code, totals, strict=True):
        assert np.bincount(c, weight) == pytest.approx(total, rel=1e-9)
    log = np.log(found.factor).reshape(rows, columns)  # row and column factors alone: no interaction is added
    assert log - log[:1] - log[:, :1] + log[0, 0] == pytest.approx(np.zeros((rows, columns)), abs=1e-9)


def test_limits_are_kept_together_with_the_totals():
    draw = np.random.default_rng(1)
    base = draw.integers(1, 40, 12).astype(float)
    code = np.divmod(np.arange(12), 4)
    totals = [np.array([500, 300, 200.0]), np.array([400, 300, 200, 100.0])]
    free = rake_cells(base, code, totals)
    mean = 1000 / base.sum()
    assert free.factor.max() > 6 * mean
    bound = rake_cells(base, code, totals, limits=(0.05, 4))
    assert bound.met
    assert bound.factor.min() >= 0.05 * mean
    assert bound.factor.max() <= 4 * mean
    for c, total in zip(code, totals, strict=True):
        assert np.bincount(c, base * bound.factor) == pytest.approx(total, rel=1e-9)
    assert not rake_cells(base, code, totals, limits=(0.9, 1.1)).met


@pytest.mark.parametrize("seed", range(25))
def test_limits_are_met_exactly_where_linear_programming_finds_them_possible(seed):
    """Witness: scipy's linprog says whether any factors within the limits meet the totals."""
    from scipy.optimize import linprog

    draw = np.random.default_rng(seed)
    base, wanted = (draw.integers(1, 40, 12).astype(float) for _ in range(2))
    code = np.divmod(np.arange(12), 4)
    totals = [np.bincount(c, wanted) for c in code]
    mean = wanted.sum() / base.sum()
    free = rake_cells(base, code, totals).factor / mean
    limits = max(0.05, min(0.95, 1.2 * free.min())), max(1.05, 0.85 * free.max())
    sums = np.vstack([np.where(c == k, base, 0) for c in code for k in range(c.max() + 1)])
    ends = [(limits[0] * mean, limits[1] * mean)] * 12
    possible = linprog(np.zeros(12), A_eq=sums, b_eq=np.concatenate(totals), bounds=ends).status == 0
    assert rake_cells(base, code, totals, limits=limits).met == possible


def test_totals_that_no_weights_can_meet():
    # a occurs only with x, b only with y: then x and a must have the same total
    found = rake_cells([5, 5], [[0, 1], [0, 1]], [[60, 40], [50, 50]])
    assert not found.met
    assert found.passes <= 100


def test_a_total_of_zero_gives_no_weight():
    found = rake_cells([5, 5, 5], [[0, 1, 1], [0, 0, 1]], [[0, 10], [4, 6]])
    assert found.met
    assert found.factor.tolist() == [0, pytest.approx(0.8), pytest.approx(1.2)]


@pytest.mark.parametrize("limits", [(1.2, 3), (0.3, 0.9), (3, 0.3), (0.3,), "x", (-1, 2), (np.nan, 2)])
def test_limits_that_cannot_be(limits):
    with pytest.raises(UsageError, match="limits: .* is no pair of a number below 1 and one above 1"):
        rake_cells([1, 1], [[0, 1]], [[1, 1]], limits=limits)


def test_a_tolerance_that_cannot_be():
    with pytest.raises(UsageError, match="tolerance: 0 is not above 0"):
        rake_cells([1, 1], [[0, 1]], [[1, 1]], tolerance=0)
