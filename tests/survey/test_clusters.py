"""Sums over customers, and what follows from them."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_answers import answers

from cxkit import scales
from cxkit.errors import DataError, UsageError
from cxkit.stats.compare import nps_difference
from cxkit.stats.intervals import nps_interval
from cxkit.survey.answers import Question
from cxkit.survey.clusters import (
    MOMENTS,
    clustered_words,
    correlated,
    correlation,
    has_customers,
    moments,
    moments_of,
    own,
    rest,
    shared,
    sifted,
)
from cxkit.survey.sides import Side


def asked(by=(), weight="", survey="nps", customer="customer_id", rule=None, repeats="all"):
    return Question(rule or scales.nps_rule(), survey, "score", list(by), repeats, customer, "responded_at", weight)


def counted(table):
    """Rows that count, found without the package, with y and w."""
    kept = table[table["survey"].str.lower().eq("nps") & table["score"].notna()]
    kept = kept[kept["status"].isna() | kept["status"].str.lower().isin(["complete", "completed"])]
    y = np.where(kept["score"] >= 9, 1.0, np.where(kept["score"] <= 6, -1.0, 0.0))
    who = [f"alone {i}" if pd.isna(name) else name for i, name in enumerate(kept["customer_id"])]
    return kept.assign(y=y, who=who)


def by_hand(table, by, weight=""):
    """The sums, customer by customer, in plain Python."""
    rows = counted(table)
    w = rows[weight] if weight else pd.Series(1.0, rows.index)
    rows = rows.assign(w=w, wy=w * rows["y"], wq=w * rows["y"] ** 2)
    total = rows.groupby("who")[["w", "wy"]].sum()
    out = []
    for key, group in rows.groupby(by, dropna=False) if by else [((), rows)]:
        mine = group.groupby("who")[["w", "wy"]].sum()
        every = total.loc[mine.index]
        pairs = [(mine["w"], mine["w"]), (mine["w"], mine["wy"]), (mine["wy"], mine["wy"])]
        pairs += [
            (mine["w"], every["w"]),
            (mine["w"], every["wy"]),
            (mine["wy"], every["w"]),
            (mine["wy"], every["wy"]),
        ]
        elsewhere = set(rows.loc[~rows.index.isin(group.index), "who"])
        only = len(set(group["who"]) - elsewhere)
        sums = [len(group), group["w"].sum(), group["wy"].sum(), group["wq"].sum(), len(mine), only]
        out.append([*key, *sums, *((a * b).sum() for a, b in pairs)])
    whole = [len(rows), rows["w"].sum(), rows["wy"].sum(), rows["wq"].sum(), len(total)]
    whole += [(rows["who"].value_counts() > 1).sum()]
    whole += [(total["w"] ** 2).sum(), (total["w"] * total["wy"]).sum(), (total["wy"] ** 2).sum()]
    return pd.DataFrame([[*line, *whole] for line in out], columns=[*by, *MOMENTS])


def with_weights(table):
    return table.assign(weight=np.random.default_rng(1).uniform(0.2, 3, len(table)).round(2))


@cache
def summed_by_hand(by, weight):
    table = with_weights(answers())
    return table, by_hand(table, list(by), weight)


@pytest.mark.parametrize("by", [[], ["region"], ["region", "vip"]])
@pytest.mark.parametrize("weight", ["", "weight"])
def test_sums_from_every_engine(engine, by, weight):
    table, wanted = summed_by_hand(tuple(by), weight)
    found = moments(engine(table), asked(by, weight))
    pd.testing.assert_frame_equal(
        found[[*MOMENTS]], wanted[[*MOMENTS]].astype("float64"), check_dtype=False, rtol=1e-12
    )
    for name in by:
        assert found[name].astype("object").where(found[name].notna(), None).tolist() == [
            None if pd.isna(value) else value for value in wanted[name]
        ]


def test_inputs_stay_as_they_were():
    table = answers()
    before = table.copy()
    moments(table, asked(["region"]))
    pd.testing.assert_frame_equal(table, before)


def test_standard_error_against_statsmodels():
    # witness: OLS of y on a constant, cov_type="cluster": CR0 times m/(m-1) (the factor (N-1)/(N-K) is 1 for K = 1)
    table = answers()
    rows = counted(table)
    fit = sm.OLS(rows["y"], np.ones(len(rows))).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(rows["who"])[0]}
    )
    side = own(moments(table, asked()))
    assert side.estimate[0] == pytest.approx(fit.params.iloc[0])
    assert side.standard_error[0] == pytest.approx(fit.bse.iloc[0], rel=1e-10)


def test_weighted_standard_error_against_statsmodels():
    table = with_weights(answers())
    rows = counted(table)
    fit = sm.WLS(rows["y"], np.ones(len(rows)), weights=rows["weight"]).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(rows["who"])[0]}
    )
    side = own(moments(table, asked(weight="weight")))
    assert side.estimate[0] == pytest.approx(fit.params.iloc[0])
    assert side.standard_error[0] == pytest.approx(fit.bse.iloc[0], rel=1e-10)


def test_group_against_the_rest_against_statsmodels():
    # witness: OLS of y on a constant and "in the group", clustered by customer; use_correction=False is plain CR0
    table = answers()
    rows = counted(table)
    rows = rows[rows["region"].notna()]
    found = moments(table, asked(["region"]), stated=True)
    assert found["region"].tolist() == ["a", "b", "c"]
    one, other, r = own(found), rest(found), correlation(found)
    for at, region in enumerate("abc"):
        inside = (rows["region"] == region).to_numpy(dtype=float)
        design = np.column_stack([inside, 1 - inside])
        fit = sm.OLS(rows["y"], design).fit(
            cov_type="cluster", cov_kwds={"groups": pd.factorize(rows["who"])[0], "use_correction": False}
        )
        cov = fit.cov_params().to_numpy()
        assert (one.estimate[at], other.estimate[at]) == pytest.approx(fit.params.to_numpy())
        assert r[at] == pytest.approx(cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1]))
        for side, variance in ((one, cov[0, 0]), (other, cov[1, 1])):
            m = side.customers[at]
            assert side.standard_error[at] ** 2 * (m - 1) / m == pytest.approx(variance)
        assert other.customers[at] == rows.loc[inside == 0, "who"].nunique()


def test_by_hand():
    # customer a: 9 and 10 (+1 +1); b: 3 (-1); an answer of nobody: 8 (0). Sums S: 2, -1, 0; W: 2, 1, 1
    table = pd.DataFrame({"score": [9, 10, 3, 8], "customer_id": ["a", "a", "b", None]})
    found = moments(table, asked())
    assert found[["n", "customers", "w", "s", "q", "ww", "ws", "ss"]].iloc[0].tolist() == [4, 3, 4, 1, 3, 6, 3, 5]
    side = own(found)
    assert side.estimate[0] == 0.25
    # u = S - .25 W: 1.5, -1.25, -.25; squares 2.25 + 1.5625 + .0625 = 3.875; times 3/2, over 4^2
    assert side.standard_error[0] == pytest.approx((3.875 * 1.5) ** 0.5 / 4)
    assert side.effective[0] == pytest.approx(16 / 6)  # Kish: 4^2 / (2^2 + 1 + 1)
    p, passive, d = (box[0] for box in side.boxes)
    assert (p, passive, d) == pytest.approx(np.array([2, 1, 1]) / 4 * 16 / 6)


def test_one_answer_each_is_worth_itself():
    table = pd.DataFrame({"score": [10] * 50 + [8] * 30 + [3] * 20, "customer_id": range(100)})
    side = own(moments(table, asked()))
    assert side.effective[0] == 100
    assert np.array(side.boxes)[:, 0].tolist() == pytest.approx([50, 30, 20])
    found = moments(table.assign(plan=["a", "b"] * 50), asked(["plan"]))
    assert correlation(found).tolist() == [0.0, 0.0]


def test_every_answer_given_twice_is_worth_half():
    table = pd.DataFrame({"score": ([10] * 50 + [8] * 30 + [3] * 20) * 2, "customer_id": [*range(100), *range(100)]})
    assert own(moments(table, asked())).effective[0] == pytest.approx(100)


def test_no_column_of_customers():
    table = pd.DataFrame({"score": [10, 9, 3], "plan": ["a", "a", "b"]})
    known = sifted(table, asked(["plan"]), [])
    found = moments_of(known)
    assert not has_customers(known)
    assert found["customers"].tolist() == [2, 1]
    assert own(found).effective.tolist() == [2, 1]
    assert correlation(found).tolist() == [0, 0]
    assert clustered_words(found, known) == "answers taken as independent (no column 'customer_id')"
    twice = sifted(table.assign(customer_id=["x", "x", "y"]), asked(["plan"]), [])
    assert clustered_words(moments_of(twice), twice) == "clustered by customer, 1 answered more than once"


def test_without_what_a_comparison_with_the_rest_takes():
    question = asked(["region"])
    full, half = moments(answers(), question), moments_of(sifted(answers(), question, []), cross=False)
    same = ["region", "n", "w", "s", "q", "customers", "ww", "ws", "ss", "N", "W", "S", "Q"]
    pd.testing.assert_frame_equal(half[same], full[same])
    assert half[["wW", "sS", "WW", "only"]].isna().all(axis=None)
    with pytest.raises(UsageError, match="missing"):
        _ = rest(half).effective


def test_a_rest_of_tiny_weights():
    """What is left after the subtraction may be rounding; it never becomes an error or more than its answers."""
    table = pd.DataFrame({"score": [10, 3, 9, 8], "customer_id": list("abca"), "plan": list("xxxy")})
    found = moments(table.assign(weight=[1e6, 3e5 / 7, 1e6 / 3, 1e-9]), asked(["plan"], "weight"))
    assert 0 <= rest(found).effective[0] <= 1


def test_shares_and_means():
    table = pd.DataFrame({"score": [5, 4, 1, 2], "customer_id": ["a", "a", "b", None]})
    share = own(moments(table, asked(rule=scales.csat_rule("1-5", "top_box"), survey="csat")))
    assert share.estimate[0] == 0.5
    assert np.array(share.boxes).sum() == pytest.approx(share.effective[0])
    assert share.boxes[0][0] == pytest.approx(share.effective[0] / 2)
    mean = own(moments(table, asked(rule=scales.csat_rule("1-5", "mean"), survey="csat")))
    assert mean.estimate[0] == pytest.approx(0)  # 12 / 4 is the middle of 1-5


def test_edges():
    nothing = moments(pd.DataFrame({"score": [], "customer_id": []}), asked())
    assert nothing["n"].tolist() == [0]
    assert np.isnan(own(nothing).estimate[0])
    missing = moments(pd.DataFrame({"score": [None, None], "customer_id": ["a", "b"]}), asked())
    assert missing["n"].tolist() == [0]
    single = moments(pd.DataFrame({"score": [9], "customer_id": ["a"], "plan": ["x"]}), asked(["plan"]))
    assert np.isnan(own(single).standard_error[0])
    assert np.isnan(rest(single).estimate[0])  # one group holds everything
    assert rest(single).customers.tolist() == [0]
    assert correlation(single).tolist() == [0]


def test_errors():
    with pytest.raises(UsageError, match="'ws' is also the name of a sum"):
        moments(pd.DataFrame({"score": [9], "ws": ["x"]}), asked(["ws"]))
    with pytest.raises(UsageError, match="repeats"):
        moments(answers(), asked(repeats="last"))
    with pytest.raises(DataError, match="outside 0..10"):
        moments(pd.DataFrame({"score": [11], "customer_id": ["a"]}), asked())


def test_those_who_answered_in_both(engine):
    table = answers()
    now, before = table.iloc[::2].reset_index(drop=True), table.iloc[1::2].reset_index(drop=True)
    found = shared(*(sifted(engine(part), asked(["region"]), []) for part in (now, before)))
    sums = [counted(part).dropna(subset=["customer_id"]) for part in (now, before)]
    sums = [s.assign(w=1.0, region=s["region"].fillna("-")).groupby(["region", "who"])[["w", "y"]].sum() for s in sums]
    both = sums[0].join(sums[1].add_suffix("_was"), how="inner").reset_index()
    assert len(both) == 10
    for name, one, other in (("ww", "w", "w_was"), ("ws", "w", "y_was"), ("sw", "y", "w_was"), ("ss", "y", "y_was")):
        wanted = (both[one] * both[other]).groupby(both["region"]).sum()
        assert dict(zip(found["region"].fillna("-"), found[name], strict=True)) == pytest.approx(wanted.to_dict())
    assert found["customers"].sum() == len(both)


def test_two_engines_meet():
    pl = pytest.importorskip("polars")
    from cxkit import frames

    table = answers()
    now, before = table.iloc[::2], table.iloc[1::2]
    plain = shared(*(sifted(part, asked(["region"]), []) for part in (now, before)))
    clean = before[["customer_id", "score", "region", "survey", "status"]].astype(object)
    clean = clean.where(clean.notna(), None)
    columns = {name: clean[name].tolist() for name in clean.columns}
    other = shared(sifted(now, asked(["region"]), []), sifted(pl.DataFrame(columns), asked(["region"]), []))
    pd.testing.assert_frame_equal(plain, other)
    ducks = [frames.connect().from_df(part.reset_index(drop=True)) for part in (now, before)]  # two connections
    pd.testing.assert_frame_equal(plain, shared(*(sifted(part, asked(["region"]), []) for part in ducks)))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 6), st.sampled_from("xyz")), min_size=2, max_size=60))
def test_group_and_rest_make_the_whole(rows):
    table = pd.DataFrame(rows, columns=["score", "customer_id", "plan"])
    found, whole = moments(table, asked(["plan"])), own(moments(table, asked()))
    one, other = own(found), rest(found)
    assert np.allclose(one.moments + other.moments, whole.moments)
    assert ((one.effective <= one.n + 1e-9) & (other.effective <= other.n + 1e-9)).all()
    assert (np.abs(correlation(found)) <= 1).all()
    # variance of the whole = share^2 own + rest share^2 rest + twice the covariance, all around the common mean
    assert np.allclose(found["wW"].sum(), found["WW"])


# --- coverage ---------------------------------------------------------------------------------------------------------


def draw(rng, runs, customers, truth):
    """Answers of customers who answer 1 to 4 times; answers of one customer have the correlation .5."""
    value, ends = np.array([1.0, 0.0, -1.0]), np.cumsum(truth)[:2]
    own_view = value[np.searchsorted(ends, rng.random((runs, customers, 1)), side="right")]
    moment = value[np.searchsorted(ends, rng.random((runs, customers, 4)), side="right")]
    y = np.where(rng.random(moment.shape) < 0.5**0.5, own_view, moment)
    return y, np.arange(4) < rng.integers(1, 5, (runs, customers, 1))


@pytest.mark.slow
@pytest.mark.parametrize("customers", [20, 80, 300, 600])
def test_coverage_where_a_few_customers_answer_most(customers):
    """Up to 30 answers of a customer (Pareto 1.2), correlation .5, 6,000 draws: none significantly below .935.

    The design's effective n alone would cover .84 with 20 such customers and .92 with 150: it is why Kish's rules there.
    """
    rng, truth, covered = np.random.default_rng(customers), (0.7, 0.2, 0.1), []
    value, ends = np.array([1.0, 0.0, -1.0]), np.cumsum(truth)[:2]
    for _ in range(6):
        view, fresh = (value[np.searchsorted(ends, rng.random((1000, customers, k)), side="right")] for k in (1, 30))
        y = np.where(rng.random(fresh.shape) < 0.5**0.5, view, fresh)
        there = np.arange(30) < 1 + np.floor(rng.pareto(1.2, (1000, customers, 1)))
        low, high = nps_interval(*side_of(*totals(y, there)).boxes)
        covered.append(((low <= 0.6) & (high >= 0.6)).mean())
    assert np.mean(covered) >= 0.935 - 3.09 * (0.935 * 0.065 / 6000) ** 0.5


def totals(y, there):
    return there.sum(-1).astype(float), (y * there).sum(-1), (y * y * there).sum(-1)


def side_of(w, s, q):
    squares = np.stack([(w * w).sum(1), (w * s).sum(1), (s * s).sum(1)], -1)
    return Side(w.sum(1), (w > 0).sum(1), np.stack([w.sum(1), s.sum(1), q.sum(1)], -1), squares)


@pytest.mark.slow
@pytest.mark.parametrize("truth", [(0.5, 0.3, 0.2), (0.7, 0.2, 0.1), (0.95, 0.04, 0.01)])
@pytest.mark.parametrize("customers", [10, 25, 50, 100, 300])
def test_coverage_with_several_answers_of_a_customer(truth, customers):
    """Interval, difference and group against rest, 10,000 draws each: none significantly below .94 (99.9 % bound .9327).

    Taken for independent, the same intervals cover .83.
    """
    rng, runs, least = np.random.default_rng(customers), 5000, 0.94 - 3.09 * (0.94 * 0.06 / 10_000) ** 0.5
    covered = {"interval": [], "difference": [], "rest": [], "independent": []}
    for _ in range(2):
        one, other = (side_of(*totals(*draw(rng, runs, customers, truth))) for _ in range(2))
        y, there = draw(rng, runs, customers, truth)
        inside = rng.random(there.shape) < 0.4
        a, b = totals(y, there & inside), totals(y, there & ~inside)
        group, others = side_of(*a), side_of(*b)
        r = correlated(group, others, *((a[i] * b[j]).sum(1) for i, j in ((0, 0), (0, 1), (1, 0), (1, 1))))
        net = truth[0] - truth[2]
        n, (w, s, q) = one.n, one.moments.T
        plain = nps_interval((q + s) / 2, w - q, (q - s) / 2)
        for name, (low, high), true in (
            ("interval", nps_interval(*one.boxes), net),
            ("independent", plain, net),
            ("difference", _limits(nps_difference(*one.boxes, *other.boxes)), 0),
            ("rest", _limits(nps_difference(*group.boxes, *others.boxes, correlation=r)), 0),
        ):
            known = ~np.isnan(low)
            covered[name].append(((low <= true) & (high >= true))[known].mean())
        assert n.mean() == pytest.approx(2.5 * customers, rel=0.02)
    found = {name: np.mean(values) for name, values in covered.items()}
    assert min(found["interval"], found["difference"], found["rest"]) >= least, found
    assert found["independent"] < 0.92


def _limits(gap):
    return gap.low, gap.high
