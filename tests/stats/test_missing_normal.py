"""Multivariate normal maximum likelihood with missing values."""

import numpy as np
import pytest
from scipy import optimize, special, stats

from cxkit.errors import UsageError
from cxkit.stats import compare
from cxkit.stats.missing_normal import fit_normal, slope_errors, slopes

NAN = float("nan")


def drawn(seed, n=200, d=4, missing=0.4):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d)) + 0.6 * rng.normal(size=(n, 1)) + np.arange(d)
    values = np.where(rng.random((n, d)) < missing, NAN, x * np.array([1.0, 5.0, 0.2, 1.0])[:d])
    return values[np.isfinite(values).any(axis=1)]


def test_complete_rows_give_ordinary_least_squares_and_its_robust_errors():
    """Witness: statsmodels 0.14, OLS(y, add_constant(x)).fit(cov_type="HC0")."""
    api = pytest.importorskip("statsmodels.api", reason="pip install 'cxkit[dev]'")
    values = drawn(1, missing=0.0)
    fitted = fit_normal(values)
    b, covariance = slopes(fitted)
    witness = api.OLS(values[:, -1], api.add_constant(values[:, :-1])).fit(cov_type="HC0")
    assert fitted.converged
    assert np.allclose(b, witness.params[1:], rtol=1e-9)
    assert np.allclose(np.sqrt(np.diag(covariance)), witness.bse[1:], rtol=1e-6)
    assert np.allclose(fitted.covariance, np.cov(values.T, bias=True), rtol=1e-9)
    error, df = slope_errors(fitted)
    assert df == 39
    assert np.allclose(error, witness.bse[1:], rtol=0.35)  # 40 groups know the error to about 11 %


def test_each_left_out_part_equals_a_fit_of_its_own():
    values = drawn(2, n=40, missing=0.0)  # 40 rows: each part is one row
    error, df = slope_errors(fit_normal(values))
    each = np.array([np.linalg.lstsq(np.c_[np.ones(39), v[:, :-1]], v[:, -1])[0][1:] for v in _without_each(values)])
    assert df == 39
    assert np.allclose(error, np.sqrt(((each - each.mean(0)) ** 2).sum(0) * 39 / 40), rtol=0.02)  # six chord steps


def _without_each(values):
    return [np.delete(values, at, axis=0) for at in range(len(values))]


def test_a_monotone_pattern_has_its_closed_form():
    """Anderson's factored likelihood: x from all rows, y given x from the complete rows.

    x = 0 1 2 3 4, y = 1 2 2 . . : slope of y on x over the first three rows is 0.5, their residual variance (divisor 3)
    is 0.0556; mean of x 2, variance 2; so mean of y = 5/3 + 0.5 (2 - 1) = 2.1667, cov = 0.5 * 2 = 1,
    var of y = 0.0556 + 0.25 * 2 = 0.5556.
    """
    fitted = fit_normal([[0, 1], [1, 2], [2, 2], [3, NAN], [4, NAN]])
    assert np.allclose(fitted.mean, [2, 13 / 6], atol=1e-8)
    assert np.allclose(fitted.covariance, [[2, 1], [1, 5 / 9]], atol=1e-7)
    assert fitted.together.tolist() == [[5, 3], [3, 3]]


@pytest.mark.parametrize("seed", [3, 4])
def test_the_likelihood_has_no_higher_point(seed):
    """Witness: scipy's BFGS on the log-likelihood of each row by scipy.stats.multivariate_normal, from another start."""
    values = drawn(seed, n=60, d=3)
    fitted = fit_normal(values)
    d = values.shape[1]

    patterns = [
        (there, values[(np.isfinite(values) == there).all(axis=1)]) for there in np.unique(np.isfinite(values), axis=0)
    ]

    def negative(theta):
        root = np.zeros((d, d))
        root[np.tril_indices(d)] = theta[d:]
        sigma = root @ root.T + 1e-12 * np.eye(d)
        return -sum(
            stats.multivariate_normal(theta[:d][there], sigma[np.ix_(there, there)]).logpdf(rows[:, there]).sum()
            for there, rows in patterns
        )

    start = np.r_[np.nanmean(values, axis=0), np.diag(np.nanstd(values, axis=0))[np.tril_indices(d)]]
    found = optimize.minimize(negative, start, method="BFGS", options={"gtol": 1e-4})
    at = np.r_[fitted.mean, np.linalg.cholesky(fitted.covariance)[np.tril_indices(d)]]
    assert np.isclose(negative(at), -fitted.loglik, atol=1e-8)
    assert np.isclose(fitted.loglik, -found.fun, atol=1e-4)
    assert np.allclose(fitted.mean, found.x[:d], rtol=1e-3, atol=1e-3)


def test_columns_never_seen_together_are_settled_by_the_prior():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(400, 2))
    y = x @ [0.5, 0.0] + rng.normal(size=400)
    x[:200, 0], x[200:, 1] = NAN, NAN
    fitted = fit_normal(np.column_stack([x, y]), prior=1.0)
    assert fitted.converged
    assert fitted.together[0, 1] == 0
    b, _ = slopes(fitted)
    error, _ = slope_errors(fitted)
    assert abs(b[0] - 0.5) < 3 * error[0]
    assert abs(b[1]) < 3 * error[1]


def test_the_order_of_rows_and_the_units_do_not_matter():
    values = drawn(6)
    b, covariance = slopes(fit_normal(values))
    again, same = slopes(fit_normal(values[::-1] * 10))
    assert np.allclose(b, again, atol=1e-7)
    assert np.allclose(covariance, same, rtol=1e-4)


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(UsageError, match="rows and columns"):
        fit_normal([1.0, 2.0])
    with pytest.raises(UsageError, match="column 1 has fewer than two values"):
        fit_normal([[1, 2], [2, NAN]])
    with pytest.raises(UsageError, match=r"column \[0\] are equal"):
        fit_normal([[1, 2], [1, 3]])
    with pytest.raises(UsageError, match="negative"):
        fit_normal([[1, 2], [2, 3]], prior=-1)
    with pytest.raises(UsageError, match="no column 7"):
        slopes(fit_normal(drawn(1)), 7)


SETTINGS = {  # customers, stages, share missing, rating or 0/1, slopes of the first two stages
    "a rating, slopes": (300, 5, 0.70, False, (0.5, 0.3)),
    "a rating, nothing": (300, 5, 0.70, False, (0.0, 0.0)),
    "0 or 1, nothing": (300, 5, 0.70, True, (0.0, 0.0)),
    "sparse, slopes": (600, 6, 0.85, False, (0.5, 0.3)),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
def test_limits_hold_and_false_alarms_stay_at_their_rate(name):
    """200 draws of scores in half points with a mood shared by all stages; 99 % bounds for 5 % and for 95 %."""
    rows, d, missing, binary, true = SETTINGS[name]
    true = np.r_[true, np.zeros(d - 2)]
    rng = np.random.default_rng(5)
    covered, alarms = [], 0
    for _ in range(200):
        x = 0.5 * rng.normal(size=(rows, 1)) + np.sqrt(0.75) * rng.normal(size=(rows, d))
        x = np.clip(np.round((x + 0.8) * 2) / 2, -2, 2)
        y = (rng.random(rows) < 0.6).astype(float) if binary else x @ true + rng.normal(size=rows)
        x = np.where(rng.random((rows, d)) < missing, NAN, x)
        some = np.isfinite(x).any(axis=1)
        fitted = fit_normal(np.column_stack([x, y])[some], prior=1.0)
        b, (error, df) = slopes(fitted)[0], slope_errors(fitted)
        covered.append(np.abs(b - true) <= special.stdtrit(df, 0.975) * error)
        alarms += compare.holm(2 * special.stdtr(df, -np.abs(b) / error)).min() < 0.05
    assert np.mean(covered) > 0.935
    assert np.mean(covered, axis=0).min() > 0.905
    if not true.any():
        assert alarms <= 18
