"""Comparison of two sets of journeys: counts by hand, limits and p against statsmodels, and chance raises few."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

import cxkit
from cxkit import frames
from cxkit.errors import DataError, DataWarning, UsageError
from cxkit.journey import prepare
from cxkit.journey.compare import compare_journeys
from cxkit.journey.compare_cells import both_of, correlation_of, sums_of, transition_cells
from cxkit.stats.compare import holm

START = pd.Timestamp("2026-03-02")


def journeys(*paths: str, start: pd.Timestamp = START, prefix: str = "c") -> pd.DataFrame:
    """One customer a path; each letter is a touch, a minute after the one before."""
    rows = [
        (f"{prefix}{i:04d}", start + pd.Timedelta(minutes=m), letter)
        for i, path in enumerate(paths)
        for m, letter in enumerate(path)
    ]
    return pd.DataFrame(rows, columns=["customer_id", "occurred_at", "touchpoint"])


@pytest.fixture(scope="module")
def quarters():
    """The sample's third and second quarter of 2026, in sessions."""
    log = prepare(cxkit.read("events", "sample:events"), columns=["session_id", "channel"]).split(by="session_id")
    return log.between(date(2026, 7, 1), date(2026, 9, 30)), log.between(date(2026, 4, 1), date(2026, 6, 30))


def rows_of(table: pd.DataFrame, what: str) -> pd.DataFrame:
    return table[table["what"] == what].set_index(["from", "to"])


def test_counts_by_hand():
    """Now: 30 x ab, 10 x aab, 20 x a. Before: 20 x ab, 20 x ac.

    Touchpoints: b is met by 40 of 60 and by 20 of 40. Steps out of a: 70 now (30 + 2 x 10 + 20), of which 40 go to b, 10
    to a, 20 end. Paths with repeats joined: ab 40 of 60 and 20 of 40.
    """
    now = journeys(*["ab"] * 30, *["aab"] * 10, *["a"] * 20)
    before = journeys(*["ab"] * 20, *["ac"] * 20)
    table = compare_journeys(now, before, least=20, steps=["a", "b"])
    assert table.columns.tolist() == ["what", "from", "to", *frames.COMPARISON]
    assert table["what"].drop_duplicates().tolist() == ["touchpoint", "transition", "path", "step"]
    met, steps, paths, funnel = (rows_of(table, what) for what in ("touchpoint", "transition", "path", "step"))
    assert met.loc[("b", ""), ["n", "estimate", "other_n", "other_estimate"]].tolist() == pytest.approx(
        [60, 2 / 3, 40, 0.5]
    )
    assert steps.loc[("a", "b"), ["n", "estimate", "other_n", "other_estimate"]].tolist() == pytest.approx(
        [70, 4 / 7, 40, 0.5]
    )
    assert steps.loc[("a", "(end)"), ["estimate", "other_estimate"]].tolist() == pytest.approx([2 / 7, 0])
    assert steps.loc[("a", "a"), "estimate"] == pytest.approx(1 / 7)
    assert paths.loc[("a → b", ""), ["n", "estimate", "other_estimate"]].tolist() == pytest.approx([60, 2 / 3, 0.5])
    assert paths.loc[("a", ""), ["estimate", "other_estimate"]].tolist() == pytest.approx([1 / 3, 0])
    assert funnel.loc[("(start)", "a"), "estimate"] == 1
    assert funnel.loc[("a", "b"), ["n", "estimate", "other_n", "other_estimate"]].tolist() == pytest.approx(
        [60, 2 / 3, 40, 0.5]
    )
    assert (table["difference"] - (table["estimate"] - table["other_estimate"])).abs().max() < 1e-12


def test_steps_of_a_funnel_are_taken_in_order():
    """Of a-b-a-c, reached are a, then b, then c; of c-a-b only a and b; a second a counts only after b."""
    now = journeys(*["abac"] * 30, *["cab"] * 30)
    table = rows_of(compare_journeys(now, now, steps=["a", "b", "a", "c"], least=1), "step")
    assert table["estimate"].tolist() == [1, 1, 0.5, 1]
    assert table["n"].tolist() == [60, 60, 60, 30]


def test_limits_and_p_are_newcombes():
    """One step a customer and no customer on both sides: statsmodels 0.15,
    ``confint_proportions_2indep(.., method="newcomb")``."""
    sm = pytest.importorskip("statsmodels.stats.proportion")
    now = journeys(*["ab"] * 56, *["a"] * 14, prefix="n")
    before = journeys(*["ab"] * 48, *["a"] * 32, prefix="b")
    table = compare_journeys(now, before, what="touchpoint", adjust="none")
    row = rows_of(table, "touchpoint").loc[("b", "")]
    low, high = sm.confint_proportions_2indep(56, 70, 48, 80, method="newcomb", compare="diff")
    assert (row["difference_low"], row["difference_high"]) == pytest.approx((low, high), abs=1e-9)
    level = 1 - row["p"]
    low, high = sm.confint_proportions_2indep(56, 70, 48, 80, method="newcomb", compare="diff", alpha=1 - level)
    assert min(abs(low), abs(high)) < 1e-7  # p is where the limits touch zero


def test_several_steps_of_a_customer_against_a_plain_sum():
    """Clustered variance and covariance of two shares, customer by customer in a loop."""
    rng = np.random.default_rng(4)
    words = ["".join(rng.choice(["a", "b"], size=rng.integers(2, 9))) for _ in range(80)]
    other = [
        "".join(rng.choice(["a", "b"], size=rng.integers(2, 9))) for _ in range(50)
    ]  # customers 0 to 49 are in both
    cells = transition_cells(both_of(prepare(journeys(*words)), prepare(journeys(*other))), 1)
    sums = sums_of(cells, 0), sums_of(cells, 1)
    at = cells.names.index(("a", "b"))

    def counted(paths):
        return np.array(
            [(path.count("a"), sum(path[i : i + 2] == "ab" for i in range(len(path)))) for path in paths], dtype=float
        )

    own = [counted(words), counted(other)]
    for side, part in zip(sums, own, strict=True):
        assert (side.n[at], side.s[at]) == tuple(part.sum(axis=0))
        assert (side.nn[at], side.ns[at], side.ss[at]) == pytest.approx(
            ((part[:, 0] ** 2).sum(), (part[:, 0] * part[:, 1]).sum(), (part[:, 1] ** 2).sum())
        )
        assert side.customers[at] == (part[:, 0] > 0).sum()
    over = [part[:, 1] - part[:, 1].sum() / part[:, 0].sum() * part[:, 0] for part in own]
    r, in_both = correlation_of(cells, sums)
    assert r[at] == pytest.approx((over[0][:50] * over[1]).sum() / np.sqrt((over[0] ** 2).sum() * (over[1] ** 2).sum()))
    assert in_both == 50


def test_the_same_customers_twice_differ_less_by_chance():
    """With the very same log on both sides every difference is 0, and its limits are far narrower than strangers'."""
    paths = [*["ab"] * 60, *["a"] * 40, *["abab"] * 30]
    log = journeys(*paths)
    table, strangers = compare_journeys(log, log), compare_journeys(log, journeys(*paths, prefix="d"))
    assert table["difference"].abs().max() == 0
    assert (table["p"] == 1).all()
    width, usual = (t["difference_high"] - t["difference_low"] for t in (table, strangers))
    varied = table["estimate"].between(0.01, 0.99)
    assert (width[varied] < 0.3 * usual[varied]).all()


def test_small_rows_are_listed_but_not_compared():
    now, before = journeys(*["ab"] * 60, *["cb"] * 30), journeys(*["ab"] * 30, *["a"] * 30, *["c"] * 5)
    table = compare_journeys(now, before, least=50)
    few = table[np.minimum(table["n"], table["other_n"]) < 50]
    assert len(few)
    assert few[["p", "p_adjusted", "difference_low", "difference_high"]].isna().all(axis=None)
    assert few["difference"].notna().all()
    assert (few["verdict"] == "too early").all()
    looked = table["p"].notna()
    assert table["looked"].unique().tolist() == [looked.sum()]
    assert table["p_adjusted"][looked].tolist() == pytest.approx(holm(table["p"][looked]).tolist())


def test_limits_agree_with_verdicts(quarters):
    table = compare_journeys(*quarters)
    excluded = (table["difference_low"] > 0) | (table["difference_high"] < 0)
    assert (excluded == (table["verdict"] == "clear")).all()
    assert excluded.any()


def test_the_planted_story_of_the_sample(quarters):
    """Fewer of those at the checkout order; those who come there more often do not make up for it."""
    table = compare_journeys(*quarters, steps=["visit", "product page", "basket", "checkout", "order"])
    row = rows_of(table, "transition").loc[("checkout", "order")]
    assert row["difference"] < -0.05
    assert row["verdict"] == "clear"
    assert rows_of(table, "step").loc[("checkout", "order"), "verdict"] == "clear"
    assert "customers on both sides" in row["method"]
    assert "92 days (now) and 91 days (before)" in row["method"]


def test_two_groups_of_one_log(quarters):
    table = compare_journeys(quarters[0], by="channel", names=("mobile", "web"))
    row = rows_of(table, "transition").loc[("checkout", "order")]
    assert row["other"] == "web"
    assert row["verdict"] == "clear"
    assert row["difference"] < 0
    frame = cxkit.read("events", "sample:events").to_pandas()
    frame = frame[(frame["occurred_at"] >= "2026-07-01") & (frame["touchpoint"] == "checkout")]
    assert row["n"] == (frame["channel"] == "mobile").sum()
    either = compare_journeys(quarters[0], by="channel")  # the two with the most journeys
    assert either["other"].iloc[0] in {"web", "mobile", "app", "courier"}


def test_groups_from_a_mapping():
    rows = journeys(*["ab"] * 60, *["ac"] * 60)
    group = {f"c{i:04d}": "new" if i < 60 else "old" for i in range(119)}  # the last one has none
    expected = compare_journeys(rows, by=group, names=("old", "new"))
    assert expected["other_n"].iloc[0] == 60
    assert expected["n"].iloc[0] == 59
    pd.testing.assert_frame_equal(compare_journeys(rows, by=pd.Series(group), names=("old", "new")), expected)


def test_the_same_from_every_engine(engine):
    now, before = journeys(*["ab"] * 60, *["abc"] * 20, prefix="n"), journeys(*["ab"] * 40, *["acb"] * 30, prefix="b")
    expected = compare_journeys(now, before).drop(columns="method")
    got = compare_journeys(engine(now), engine(before)).drop(columns="method")
    pd.testing.assert_frame_equal(got, expected, check_exact=False, rtol=1e-12)


def test_periods_of_different_length_are_warned_of():
    now = pd.concat([journeys(*["ab"] * 60), journeys(*["ab"] * 60, start=START + pd.Timedelta(days=40))])
    with pytest.warns(DataWarning, match=r"41 days \(now\) and 1 day \(before\)"):
        compare_journeys(now, journeys(*["ab"] * 60))


def test_what_cannot_be_is_said():
    rows = journeys(*["ab"] * 60)
    log = prepare(rows.assign(plan="a"), columns=["plan"])
    with pytest.raises(UsageError, match="nothing to compare with"):
        compare_journeys(rows)
    with pytest.raises(UsageError, match="not both"):
        compare_journeys(rows, rows, by={"c0000": "x"})
    with pytest.raises(UsageError, match="no two groups to compare, only a"):
        compare_journeys(log, by="plan")
    with pytest.raises(UsageError, match="there is no group 'b'"):
        compare_journeys(log, by="plan", names=("a", "b"))
    with pytest.raises(UsageError, match="two different names"):
        compare_journeys(rows, rows, names=("a", "a"))
    with pytest.raises(UsageError, match="what: 'transitions' is not a known choice. Did you mean 'transition'"):
        compare_journeys(rows, rows, what="transitions")
    with pytest.raises(UsageError, match="the touchpoint 'order' never occurs"):
        compare_journeys(rows, rows, steps=["a", "order"])
    with pytest.raises(UsageError, match="list of two touchpoints"):
        compare_journeys(rows, rows, steps=["a"])
    with pytest.raises(UsageError, match="customer 'c0001' has two groups"):
        compare_journeys(rows, by=pd.Series(["x", "y"], index=["c0001", "c0001"]))
    with pytest.raises(DataError, match="no events to count in 'before'"):
        compare_journeys(rows, rows.iloc[:0])
    with pytest.raises(UsageError, match="Did you mean 0.95"):
        compare_journeys(rows, rows, confidence=95)


def test_fifty_thousand_touchpoints():
    rng = np.random.default_rng(1)
    n = 100_000
    rows = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 5000, n),
            "occurred_at": START + pd.to_timedelta(rng.integers(0, 10**6, n), unit="s"),
            "touchpoint": np.where(
                rng.random(n) < 0.5, "home", "page " + pd.Series(rng.integers(0, 50_000, n)).astype(str)
            ),
        }
    )
    table = compare_journeys(rows, by={i: "ab"[i % 2] for i in range(5000)})
    assert len(table) < 100
    assert (table["verdict"] != "clear").all()


@pytest.mark.slow
def test_chance_alone_raises_no_more_than_stated(quarters):
    """Customers of the sample dealt into two groups: at most 18 of 200 may have a clear row (99 % binomial bound)."""
    log = quarters[0]
    raised = 0
    for seed in range(200):
        coin = np.random.default_rng(seed).random(len(log.customers)) < 0.5
        group = pd.Series(np.where(coin, "a", "b"), index=log.customers)
        raised += (compare_journeys(log, by=group)["verdict"] == "clear").any()
    assert raised <= 18


@pytest.mark.slow
def test_journeys_dealt_into_two_periods_raise_no_more_than_stated(quarters):
    """Journeys dealt into two sides, so that most customers are on both: at most 18 of 200."""
    log = quarters[0]
    raised = 0
    for seed in range(200):
        coin = (np.random.default_rng(seed).random(log.journeys) < 0.5)[log.journey]
        raised += (compare_journeys(log.keep(coin), log.keep(~coin))["verdict"] == "clear").any()
    assert raised <= 18
