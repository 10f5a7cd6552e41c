"""Effective answers and standard errors from sums: by hand, against R, and what must hold for all."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxkit.errors import UsageError
from cxkit.stats.weighted import DESIGN_FROM, design_n, effective_n, kish_n, standard_error


def sums(y, w, unit=None):
    """Moments over answers and squares over units, the plain way."""
    y, w = np.asarray(y, float), np.asarray(w, float)
    unit = np.arange(len(y)) if unit is None else np.unique(unit, return_inverse=True)[1]
    weight, value = np.bincount(unit, w), np.bincount(unit, w * y)
    return [w.sum(), (w * y).sum(), (w * y * y).sum()], [
        (weight**2).sum(),
        (weight * value).sum(),
        (value**2).sum(),
    ]


def test_by_hand():
    # weights 1 1 2, values 1 0 -1: mean (1 - 2) / 4 = -1/4; sum w (y - mean)^2 = 25/16 + 1/16 + 2 * 9/16 = 44/16;
    # sum w^2 (y - mean)^2 = 25/16 + 1/16 + 4 * 9/16 = 62/16
    moments, squares = sums([1, 0, -1], [1, 1, 2])
    assert float(kish_n(4, 6)) == pytest.approx(16 / 6)
    assert float(design_n(3, moments, squares)) == pytest.approx(4 * 44 / 62)
    assert float(standard_error(moments, squares, 3)) == pytest.approx(np.sqrt(62 / 16 * 3 / 2) / 4)
    assert float(effective_n(3, moments, squares)) == pytest.approx(16 / 6)  # the smaller of 2.667 and 2.839


def test_customers_by_hand():
    # one customer answers 1 1, another 0, a third -1: mean 1/4, sum (y - mean)^2 = 2 * 9/16 + 1/16 + 25/16 = 44/16;
    # over customers (2 - 2/4)^2 + 1/16 + 25/16 = 36/16 + 26/16 = 62/16, Kish 16 / (4 + 1 + 1)
    moments, squares = sums([1, 1, 0, -1], [1] * 4, ["a", "a", "b", "c"])
    assert float(design_n(4, moments, squares)) == pytest.approx(4 * 44 / 62)
    assert float(effective_n(4, moments, squares)) == pytest.approx(16 / 6)


# R 4.2, survey 4.1: data(api); d <- svydesign(id = ~1, weights = ~pw, data = apistrat);
# r <- pmin(pmax(floor((api00 - 300) / 60), 0), 10); net 1 if r >= 9, -1 if r <= 6, else 0; svymean(~net, d)
# gives -.54802551 with SE .05297; sum(pw)^2 / sum(pw^2) = 168.5813. Weight and counts of 1, 0 and -1 by type of school
# (R keeps these weights in single precision):
SCHOOLS = {"E": (44.21, 12, 29, 59), "H": (15.1, 1, 8, 41), "M": (20.36, 3, 9, 38)}


def schools():
    y = np.concatenate([np.repeat([1, 0, -1], counts) for _, *counts in SCHOOLS.values()])
    w = np.concatenate([np.full(sum(counts), np.float32(weight), dtype=float) for weight, *counts in SCHOOLS.values()])
    return y, w


def test_as_in_r_survey():
    y, w = schools()
    moments, squares = sums(y, w)
    assert moments[1] / moments[0] == pytest.approx(-0.54802551, abs=5e-9)
    assert float(standard_error(moments, squares, 200)) == pytest.approx(0.05297, abs=5e-6)
    assert float(kish_n(moments[0], squares[0])) == pytest.approx(168.5813, abs=5e-5)


answers = st.lists(
    st.tuples(st.sampled_from([-1.0, 0.0, 1.0]), st.floats(0.01, 50), st.integers(0, 8)), min_size=1, max_size=120
)


@settings(max_examples=150, deadline=None)
@given(answers)
def test_never_more_than_the_answers_and_never_less_than_nothing(rows):
    y, w, unit = zip(*rows, strict=True)
    for squares in (sums(y, w)[1], sums(y, w, unit)[1]):
        found = float(effective_n(len(y), sums(y, w)[0], squares))
        assert 0 < found <= len(y)


@settings(max_examples=100, deadline=None)
@given(answers, st.floats(1e-6, 1e6))
def test_the_scale_of_the_weights_does_not_matter(rows, scale):
    y, w, unit = (np.array(column) for column in zip(*rows, strict=True))
    once, scaled = sums(y, w, unit), sums(y, w * scale, unit)
    assert float(effective_n(len(y), *scaled)) == pytest.approx(float(effective_n(len(y), *once)), rel=1e-7)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=300))
def test_equal_weights_give_n_exactly(y):
    assert float(effective_n(len(y), *sums(y, np.ones(len(y))))) == len(y)
    assert float(kish_n(len(y), len(y))) == len(y)


def test_large_samples_follow_the_design():
    draw = np.random.default_rng(4)
    y, w = draw.integers(-1, 2, 2_000), draw.choice([1.0, 4.0], 2_000)
    moments, squares = sums(y, w)
    assert float(kish_n(moments[0], squares[0])) > DESIGN_FROM
    assert float(effective_n(2_000, moments, squares)) == float(design_n(2_000, moments, squares))


def test_edges():
    assert float(effective_n(0, [0, 0, 0], [0, 0, 0])) == 0
    assert float(effective_n(1, [3, 3, 3], [9, 9, 9])) == 1
    assert np.isnan(design_n(5, *sums([1] * 5, [1, 2, 3, 4, 5])))  # nothing differs, so nothing is known of spread
    assert float(effective_n(5, *sums([1] * 5, [1, 2, 3, 4, 5]))) == pytest.approx(225 / 55)
    assert np.isnan(standard_error([1, 1, 1], [1, 1, 1], 1))
    many = effective_n([3, 0], [[3, 1, 1], [0, 0, 0]], [[3, 1, 1], [0, 0, 0]])
    assert many.tolist() == [3, 0]


def test_errors():
    with pytest.raises(UsageError, match="kish_n: total: 1 of 2 sums are negative, infinite or missing"):
        kish_n([1, -1], [1, 1])
    with pytest.raises(UsageError, match="three sums"):
        design_n(3, [1, 2], [1, 2])
