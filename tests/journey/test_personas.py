"""Personas: planted kinds of customers are found again, one kind is not cut in pieces, and numbers are those of a loop."""

import sys

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxkit
from cxkit.errors import DataError, MissingPackage, UsageError
from cxkit.journey import prepare
from cxkit.journey.persona_features import _ranked, scaled, told
from cxkit.journey.persona_groups import _strength
from cxkit.journey.persona_names import _phrase
from cxkit.journey.personas import Personas, personas

pytest.importorskip("sklearn", reason="pip install 'cxkit[models]'")

START = pd.Timestamp("2026-03-02")

KINDS = {
    "browser": (["visit", "page", "wishlist", "basket"], [0.5, 0.4, 0.06, 0.04], "web"),
    "buyer": (["visit", "basket", "order", "delivery"], [0.2, 0.3, 0.3, 0.2], "mobile"),
    "caller": (["visit", "support", "call", "return"], [0.1, 0.4, 0.4, 0.1], "phone"),
}


def customers(counts: dict[str, int], seed: int = 1) -> pd.DataFrame:
    """Customers of each kind, with 4 to 15 touches each over some days."""
    rng = np.random.default_rng(seed)
    rows = []
    for kind, n in counts.items():
        steps, chances, channel = KINDS[kind]
        for i in range(n):
            at = START + pd.Timedelta(minutes=int(rng.integers(100_000)))
            for _ in range(rng.integers(4, 16)):
                at += pd.Timedelta(minutes=float(rng.exponential(600)))
                where = channel if rng.random() < 0.8 else str(rng.choice(["web", "mobile", "phone"]))
                rows.append((f"{kind} {i:03d}", at, str(rng.choice(steps, p=chances)), where))
    return pd.DataFrame(rows, columns=["customer_id", "occurred_at", "touchpoint", "channel"])


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return customers({"browser": 200, "buyer": 120, "caller": 80})


@pytest.fixture(scope="module")
def found(rows) -> Personas:
    return personas(rows, goal="order", value={f"buyer {i:03d}": 100.0 + i for i in range(120)})


def test_planted_kinds_are_found(found):
    from sklearn.metrics import adjusted_rand_score

    assert found.clear
    assert found.table["persona"].tolist() == [1, 2, 3]
    kind = found.of.index.str.split(" ").str[0]
    assert adjusted_rand_score(kind, found.of) > 0.95
    assert found.table["n"].tolist() == pytest.approx([200, 120, 80], abs=4)
    row = found.stability[found.stability["chosen"]].iloc[0]
    assert (row["k"], row["agreement"] > 0.9, row["strength"] > 0.95) == (3, True, True)
    assert row["silhouette"] > max(row["cloud"], row["dealt"])
    assert "3 groups: prediction strength" in found.method


def test_columns_and_names(found):
    assert found.table.columns.tolist() == [
        *("persona", "name", "n", "share", "low", "high", "touches", "sessions", "days", "goal", "value"),
        *("touchpoints", "channels", "confidence", "method"),
    ]
    assert found.features.columns.tolist() == ["persona", "kind", "feature", "mean", "others", "score", "unit"]
    names = found.table["name"].tolist()
    assert len(set(names)) == 3
    assert "order" in names[1]
    assert "phone" in names[2] or "support" in names[2] or "call" in names[2]
    assert found.table["share"].sum() == pytest.approx(1)
    assert (found.table["low"] < found.table["share"]).all()
    assert (found.table["share"] < found.table["high"]).all()


def test_means_are_those_of_a_plain_count(rows, found):
    """From the rows: touches, sessions (a pause of more than 30 minutes), days and shares of each customer."""
    rows = rows.sort_values(["customer_id", "occurred_at"])
    own = rows.groupby("customer_id")
    pause = own["occurred_at"].diff() > pd.Timedelta("30min")
    known = pd.DataFrame(
        {
            "touches": own.size(),
            "sessions": pause.groupby(rows["customer_id"]).sum() + 1,
            "days": (own["occurred_at"].max() - own["occurred_at"].min()) / pd.Timedelta("1D"),
            "goal": own["touchpoint"].agg(lambda x: float((x == "order").any())),
            "support": own["touchpoint"].agg(lambda x: (x == "support").mean()),
            "phone": own["channel"].agg(lambda x: (x == "phone").mean()),
        }
    )
    means = known.groupby(found.of).mean()
    for name in ("touches", "sessions", "days", "goal"):
        assert found.table[name].tolist() == pytest.approx(means[name].tolist())
    for kind, name in (("touchpoint", "support"), ("channel", "phone")):
        part = found.features[(found.features["kind"] == kind) & (found.features["feature"] == name)]
        assert part["mean"].tolist() == pytest.approx(means[name].tolist())
        others = [known.loc[found.of[found.of != p].index, name].mean() for p in (1, 2, 3)]
        assert part["others"].tolist() == pytest.approx(others)
        assert part["score"].tolist() == pytest.approx(((means[name] - others) / known[name].std(ddof=0)).tolist())


def test_one_kind_of_customers_is_one_persona():
    found = personas(customers({"browser": 300}, seed=3))
    assert not found.clear
    assert found.table["name"].tolist() == ["All customers"]
    assert found.table["n"].tolist() == [300]
    assert (found.of == 1).all()
    assert "no clear groups" in found.method
    assert not found.stability["chosen"].any()


def test_the_same_each_time_and_rows_are_unchanged(rows, found):
    kept = rows.copy()
    again = personas(rows, goal="order", value={f"buyer {i:03d}": 100.0 + i for i in range(120)})
    pd.testing.assert_frame_equal(rows, kept)
    pd.testing.assert_series_equal(again.of, found.of)
    pd.testing.assert_frame_equal(again.stability, found.stability)


def test_each_kind_has_the_same_say(rows):
    """The largest variance of any direction within a block is 1, and half that for what comes of it."""
    log = prepare(rows, columns=["channel"])
    channel = (log.column("channel", "test").code, log.column("channel", "test").values)
    known = told(log, log.split(), "touchpoint", log.touch, log.touchpoints, channel, log.code("order", "test"), None)
    x = scaled(known)
    kinds = np.array([kind for kind, _ in known.columns])
    for kind, largest in (("touchpoint", 1), ("channel", 1), ("amount", 1), ("outcome", 0.5)):
        block = x[:, kinds == kind]
        assert np.linalg.svd(block, compute_uv=False)[0] ** 2 / len(block) == pytest.approx(largest)


def test_ranks_are_scipys():
    x = np.array([3.0, 1, np.nan, 3, 7, 1, 1])
    there = ~np.isnan(x)
    assert _ranked(x)[there] == pytest.approx((stats.rankdata(x[there]) - 0.5) / there.sum())
    assert _ranked(x)[2] == 0.5


def test_value_as_mapping_series_and_frame(rows):
    value = {f"browser {i:03d}": float(i) for i in range(150)}
    one = personas(rows, value=value, k=(3, 3))
    two = personas(rows, value=pd.Series(value), k=(3, 3))
    three = personas(rows, value=pd.DataFrame({"customer_id": value.keys(), "value": value.values()}), k=(3, 3))
    for other in (two, three):
        pd.testing.assert_frame_equal(one.table, other.table)
    assert "value (250 customers without one count as average)" in one.method
    browsers = one.table.loc[one.table["n"].idxmax(), "value"]
    assert browsers == pytest.approx(np.mean(range(150)), abs=3)


@pytest.fixture(scope="module")
def few():
    """A handful of customers, and what pandas says of them."""
    some = customers({"buyer": 70, "caller": 60}, seed=5)
    return some, personas(some, k=(2, 2))


def test_the_same_from_every_engine(engine, few):
    some, expected = few
    got = personas(engine(some), k=(2, 2))
    pd.testing.assert_frame_equal(got.table.drop(columns="method"), expected.table.drop(columns="method"), rtol=1e-9)
    assert got.of.tolist() == expected.of.tolist()


def test_stages_in_place_of_touchpoints(rows):
    stages = rows.assign(stage=np.where(rows["touchpoint"].isin(["support", "call", "return"]), "help", "shop"))
    found = personas(prepare(stages, columns=["stage"]), by="stage", k=(2, 3))
    assert set(found.features["kind"]) == {"stage", "amount"}
    assert "shares of touches by stage" in found.method
    assert found.table["channels"].eq("").all()


def test_few_customers_and_customers_of_one_event():
    few = personas(customers({"buyer": 40, "caller": 40}))
    assert (few.clear, few.table["n"].tolist()) == (False, [80])
    assert "under 100 customers" in few.method
    lone = pd.DataFrame({"customer_id": range(150), "occurred_at": START, "touchpoint": "visit"})
    same = personas(lone)
    assert (same.clear, same.table["n"].tolist(), same.table["days"].tolist()) == (False, [150], [0.0])


def test_fifty_thousand_touchpoints():
    rng = np.random.default_rng(1)
    n = 60_000
    rows = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 3000, n),
            "occurred_at": START + pd.to_timedelta(rng.integers(0, 10**7, n), unit="s"),
            "touchpoint": [f"page {i}" for i in rng.integers(0, 50_000, n)],
        }
    )
    found = personas(rows, k=(2, 3))
    assert len(found.features["feature"].unique()) == 15 + 1 + 3  # the commonest, the rest, and the amounts


def test_what_cannot_be_is_said(rows, monkeypatch):
    log = prepare(rows)
    with pytest.raises(UsageError, match="k: 1 will not do"):
        personas(log, k=1)
    with pytest.raises(UsageError, match=r"k: \(4, 3\) will not do"):
        personas(log, k=(4, 3))
    with pytest.raises(UsageError, match="the touchpoint 'orders' never occurs. Did you mean 'order'"):
        personas(log, goal="orders")
    with pytest.raises(UsageError, match="prepared without the column 'stage'"):
        personas(log, by="stage")
    with pytest.raises(DataError, match="no events"):
        personas(rows.iloc[:0])
    with pytest.raises(DataError, match="1 of 2 values are no numbers"):
        personas(log, value={"buyer 001": "12", "buyer 002": "much"})
    with pytest.raises(DataError, match="none of the customers"):
        personas(log, value={"nobody": 1.0})
    with pytest.raises(DataError, match="'buyer 001' has more than one value"):
        personas(log, value=pd.Series([1.0, 2.0], index=["buyer 001", "buyer 001"]))
    monkeypatch.setitem(sys.modules, "sklearn.cluster", None)
    with pytest.raises(MissingPackage, match=r"install scikit-learn: pip install 'cxkit\[models\]'"):
        personas(log)


def test_on_the_sample():
    found = personas(cxkit.read("events", "sample:events"), k=(2, 3))
    assert found.table["n"].sum() == len(found.of) == 2192
    assert found.table["method"].str.contains("by channel").all()


def test_strength_is_that_of_the_worst_group():
    """By hand: of the group of four, 2 of 6 pairs are together in the other half's groups (2 + 2); of the pair, all."""
    own = np.array([0, 0, 0, 0, 1, 1])
    assert _strength(own, np.array([0, 0, 1, 1, 1, 1]), 2) == pytest.approx(2 / 6)
    assert _strength(own, own[::-1].copy() * 0, 2) == 1.0  # all in one group: no pair is parted
    assert _strength(np.array([0, 0, 1]), np.array([0, 0, 1]), 2) == 0.0  # a group of one has no pair to keep


def test_few_are_not_none():
    assert _phrase("touchpoint", "delivery", False, 0.0, "") == "no delivery"
    assert _phrase("touchpoint", "delivery", False, 0.001, "") == "hardly any delivery"
    assert _phrase("channel", "courier", False, 0.001, "") == "hardly ever via courier"


@pytest.mark.slow
def test_one_kind_is_seldom_cut_in_pieces():
    """60 logs of one kind of customers: at most 8 may be called clear (99 % binomial bound on 5 %)."""
    kinds = list(KINDS)
    assert sum(personas(customers({kinds[seed % 3]: 200}, seed=seed), k=(2, 4)).clear for seed in range(60)) <= 8
