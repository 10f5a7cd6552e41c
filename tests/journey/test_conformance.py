"""Conformance: each kind of deviation by hand, all of them by brute force, costs against other tools, and fitness."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxkit
from cxkit.errors import DataError, UsageError
from cxkit.journey.conformance import conformance, fitness
from cxkit.journey.preparing import prepare
from cxkit.journey.proposing import propose_stages
from cxkit.journey.stages import Journey, Stage

PLAN = Journey(
    stages=(
        Stage("A", ("a", "a2")),
        Stage("B", ("b",)),
        Stage("H", ("h",), side=True),
        Stage("C", ("c",)),
        Stage("D", ("d",)),
    )
)
COLUMNS = [
    *(
        "kind",
        "from",
        "to",
        "n",
        "customers",
        "share",
        "low",
        "high",
        "with_n",
        "with_score",
        "without_n",
        "without_score",
    ),
    *(
        "difference",
        "difference_low",
        "difference_high",
        "seconds_with",
        "seconds_without",
        "p",
        "p_adjusted",
        "verdict",
    ),
    *("confidence", "method"),
]


def walks(*journeys, step="1h"):
    """Events of customers 0, 1 ..., each journey a text of touchpoints with a space between."""
    rows = [(who, touch) for who, journey in enumerate(journeys) for touch in journey.split()]
    frame = pd.DataFrame(rows, columns=["customer_id", "touchpoint"])
    frame["occurred_at"] = pd.date_range("2026-01-01", periods=len(frame), freq=step).astype("datetime64[us]")
    return frame


def found(journey, plan=PLAN, **options):
    table = conformance(walks(journey), plan, **options)
    return [tuple(row) for row in table.loc[table["n"] > 0, ["kind", "from", "to"]].values.tolist()]


ON = [("on path", "", "")]


@pytest.mark.parametrize(
    ("journey", "expected"),
    [
        ("a b c d", ON),
        ("a a2 a b b c", ON),  # a stage again and again is one; stopping early is no deviation
        ("a h b h c h", ON),
        ("a b d", [("skipped", "B", "D")]),
        ("a d", [("skipped", "A", "D")]),
        ("b c", [("skipped", "(start)", "B")]),
        ("h a b", [("unexpected", "(start)", "H")]),
        ("h", [("unexpected", "(start)", "H")]),
        ("a b a b c", [("back", "B", "A")]),
        ("a b c a c d", [("back", "C", "A")]),  # up to the furthest stage any way forward is known ground
        ("a b a c", [("back", "B", "A")]),  # C follows the furthest stage, B
        ("a b a d", [("back", "B", "A"), ("skipped", "B", "D")]),
        ("a x b", [("not in the journey", "", "x")]),
        ("x", [("not in the journey", "", "x")]),
        ("a h d", [("skipped", "A", "D")]),
    ],
)
def test_each_kind_by_hand(journey, expected):
    # a journey elsewhere, so that the touchpoints of the plan occur
    table = conformance(walks("a b c d", journey), PLAN)
    own = table[(table["kind"] != "on path") & (table["n"] > 0)]
    rows = sorted(tuple(row) for row in own[["kind", "from", "to"]].values.tolist())
    assert rows == sorted(row for row in expected if row[0] != "on path")
    assert table["n"][0] == 1 + (expected == ON)


@pytest.mark.parametrize(
    ("journey", "expected"),
    [
        ("a c d", ON),  # A may go to C
        ("a b c", [("unexpected", "A", "B")]),  # and not to B, though it stands next
        ("a c a c d", ON),  # C may go back to A: a new round
        ("a c a d", [("skipped", "A", "D")]),  # which is judged by itself
        ("a c d b", [("back", "D", "B")]),
        ("a2 c", ON),
        ("a c d a2 c", ON),  # D may go to a2
        ("a c d a c", [("back", "D", "A")]),  # but not to a
    ],
)
def test_what_next_allows(journey, expected):
    a, b, h, c, d = PLAN.stages
    plan = replace(PLAN, stages=(replace(a, next=("C",)), b, h, replace(c, next=("D", "A")), replace(d, next=("a2",))))
    assert found(journey, plan) == expected


def test_touchpoints_outside_may_be_passed_over():
    assert found("a x b", outside=False) == ON
    many = walks("a b", " ".join(f"x{k}" for k in range(30)))
    table = conformance(many, PLAN)
    assert (table["kind"] == "not in the journey").sum() == 21
    assert "(other touchpoints)" in table["to"].tolist()


def test_the_table_by_hand():
    """Four customers; x twice in one journey counts once, and Wilson's limits for 2 of 4 are .1500 and .8500."""
    table = conformance(walks("a b c", "a c", "a c x x", "a b"), PLAN)
    assert list(table.columns) == COLUMNS
    assert table[["kind", "from", "to", "n", "customers", "share"]].values.tolist() == [
        ["on path", "", "", 2, 2, 0.5],
        ["skipped", "A", "C", 2, 2, 0.5],
        ["not in the journey", "", "x", 1, 1, 0.25],
    ]
    assert table["low"][0] == pytest.approx(0.1500, abs=5e-5)
    assert table["high"][0] == pytest.approx(0.8500, abs=5e-5)
    # lengths in hours: 2, 1, 3, 1
    assert (table["seconds_with"] / 3600).tolist() == [1.5, 2.0, 3.0]
    assert (table["seconds_without"] / 3600).tolist() == [2.0, 1.5, 1.0]
    assert table[["with_score", "difference", "p_adjusted"]].isna().all().all()
    assert table["verdict"].eq("").all()
    assert table.dtypes[["n", "customers", "with_n", "without_n"]].eq("int64").all()
    assert "A → B → C → D" in table["method"][0]


def naive(touches, plan):
    """The rules once more, one event after the other."""
    main = [stage.name for stage in plan.main]
    of = {touch: stage for stage in plan.stages for touch in stage.touchpoints}

    def may(stage, touch):
        if not stage.next:
            at = main.index(stage.name)
            return at + 1 < len(main) and of[touch].name == main[at + 1]
        return of[touch].name in stage.next or touch in stage.next

    out, now, furthest = set(), None, None
    for touch in touches:
        stage = of.get(touch)
        if stage is None:
            out.add(("not in the journey", "", touch))
        elif stage.side:
            if now is None:
                out.add(("unexpected", "(start)", stage.name))
        elif now is None:
            if main.index(stage.name) > 0:
                out.add(("skipped", "(start)", stage.name))
            now = furthest = stage
        elif stage is not now:
            here, far = main.index(stage.name), main.index(furthest.name)
            if here < main.index(now.name):
                if may(now, touch):
                    furthest = stage
                else:
                    out.add(("back", now.name, stage.name))
            elif here > far:
                if not may(now, touch) and not may(furthest, touch):
                    jumped = here > far + 1
                    out.add(("skipped", furthest.name, stage.name) if jumped else ("unexpected", now.name, stage.name))
                furthest = stage
            now = stage
    return out or {("on path", "", "")}


@pytest.mark.parametrize("seed", range(40))
def test_by_brute_force(seed):
    rng = np.random.default_rng(seed)
    names = ["a", "a2", "b", "c", "d", "h", "x"]
    plan = PLAN
    if seed % 2:
        some = [*PLAN.names, "a", "c"]
        chosen = [tuple(rng.choice(some, rng.integers(0, 4), replace=False).tolist()) for _ in PLAN.stages]
        plan = replace(PLAN, stages=tuple(replace(s, next=n) for s, n in zip(PLAN.stages, chosen, strict=True)))
    journeys = [
        " ".join(rng.choice(names, rng.integers(1, 9), p=[0.25, 0.1, 0.2, 0.15, 0.15, 0.1, 0.05])) for _ in range(60)
    ]
    expected = pd.Series([row for journey in journeys for row in naive(journey.split(), plan)]).value_counts()
    table = conformance(walks(*journeys), plan)
    table = table[table["n"] > 0]
    assert (
        dict(zip(zip(table["kind"], table["from"], table["to"], strict=True), table["n"], strict=True))
        == expected.to_dict()
    )
    assert table["n"].tolist()[1:] == sorted(table["n"].tolist()[1:], reverse=True)


@pytest.fixture(scope="module")
def judged():
    """200 customers, every third of whom skips B, with one answer each."""
    rng = np.random.default_rng(7)
    journeys = ["a c d" if k % 3 == 0 else "a b c d" for k in range(200)]
    score = np.clip(rng.normal(1.0, 0.7, 200) - 0.6 * (np.arange(200) % 3 == 0), -2, 2)
    return walks(*journeys), pd.DataFrame({"customer_id": np.arange(200), "scaled": score})


def test_the_cost_in_score_is_welchs_t(judged):
    events, answers = judged
    table = conformance(events, PLAN, answers=answers)
    skipped = np.arange(200) % 3 == 0
    one, other = answers.loc[skipped, "scaled"], answers.loc[~skipped, "scaled"]
    told = stats.ttest_ind(one, other, equal_var=False)  # scipy is the witness
    row = table[table["kind"] == "skipped"].iloc[0]
    assert row["with_n"] == 67
    assert row["without_n"] == 133
    assert row["with_score"] == pytest.approx(one.mean())
    assert row["without_score"] == pytest.approx(other.mean())
    assert row["difference"] == pytest.approx(one.mean() - other.mean())
    assert row["p"] == pytest.approx(told.pvalue)
    # the rows "on path" and "skipped" are one comparison from both sides: Holm doubles the first
    assert row["p_adjusted"] == pytest.approx(2 * told.pvalue)
    assert row["verdict"] == "clear"
    assert row["difference_low"] < row["difference"] < row["difference_high"] < 0
    level = 1 - 0.05 / 2
    low, high = told.confidence_interval(level)
    assert (row["difference_low"], row["difference_high"]) == (pytest.approx(low), pytest.approx(high))


def test_answers_of_one_customer_are_not_worth_more(judged):
    """Every answer ten times over: the same means, and limits as wide as before."""
    events, answers = judged
    once = conformance(events, PLAN, answers=answers)
    often = conformance(events, PLAN, answers=pd.concat([answers] * 10))
    assert often["with_n"].tolist() == (10 * once["with_n"]).tolist()
    assert often["difference"].tolist() == pytest.approx(once["difference"].tolist())
    wide, wider = (table["difference_high"] - table["difference_low"] for table in (once, often))
    assert wider.tolist() == pytest.approx(wide.tolist(), rel=0.05)


def test_answers_that_belong_nowhere_are_counted(judged):
    events, answers = judged
    more = pd.concat([answers, pd.DataFrame({"customer_id": [999, 1], "scaled": [1.0, None]})])
    table = conformance(events, PLAN, answers=more)
    assert "200 answers in these journeys, 2 in none" in table["method"][0]
    nothing = conformance(events, PLAN, answers=answers.iloc[:0])
    assert nothing["verdict"].eq("").all()
    assert nothing["with_n"].eq(0).all()


def test_answers_about_an_earlier_touch_are_not_of_this_journey(judged):
    """One journey a customer, and answers of customers 0 to 9 about a touch of the year before."""
    events, answers = judged
    dated = answers.merge(events.groupby("customer_id")["occurred_at"].max().rename("touched_at"), on="customer_id")
    dated.loc[:9, "touched_at"] -= pd.Timedelta("365D")
    table = conformance(events, PLAN, answers=dated)
    assert "190 answers in these journeys, 10 in none" in table["method"][0]
    pd.testing.assert_frame_equal(
        table.drop(columns="method"), conformance(events, PLAN, answers=answers.iloc[10:]).drop(columns="method")
    )


def test_few_answers_are_not_compared(judged):
    events, answers = judged
    table = conformance(events, PLAN, answers=answers[answers["customer_id"] < 60])  # 20 of them skipped
    assert table["with_n"].tolist() == [40, 20]
    assert table["difference"].notna().all()
    assert table["p"].isna().all()
    assert table["verdict"].eq("").all()


def test_answers_find_their_session():
    """Customer 0 has two sessions; the answer about the second, which skips B, is put there."""
    events = walks("a b c")
    later = walks("a c").assign(occurred_at=pd.date_range("2026-02-01", periods=2, freq="1h").astype("datetime64[us]"))
    log = prepare(pd.concat([events, later])).split("1D")
    answers = pd.DataFrame(
        {
            "customer_id": [0, 0, 0],
            "scaled": [2.0, -1.0, 1.0],
            "touched_at": pd.to_datetime(["2026-01-01 02:00", "2026-02-01 00:00", "2026-01-15 00:00"]),
        }
    )
    table = conformance(log, PLAN, answers=answers)
    assert table[["kind", "n", "customers", "with_n", "with_score"]].values.tolist() == [
        ["on path", 1, 1, 1, 2.0],
        ["skipped", 1, 1, 1, -1.0],
    ]
    assert "2 answers in these journeys, 1 in none" in table["method"][0]
    with pytest.raises(DataError, match="need a column 'touched_at'"):
        conformance(log, PLAN, answers=answers[["customer_id", "scaled"]])


def test_sessions_of_one_customer_are_not_worth_more():
    """Twenty customers with ten equal sessions each: 200 sessions tell as much as 20."""
    days = pd.date_range("2026-01-01", periods=10, freq="7D")
    rows = [
        (who, touch, day + pd.Timedelta(hours=k))
        for who in range(20)
        for day in days
        for k, touch in enumerate(["a", "b" if who % 2 else "c"])
    ]
    log = prepare(pd.DataFrame(rows, columns=["customer_id", "touchpoint", "occurred_at"])).split("1D")
    first = conformance(log, PLAN).iloc[0]
    assert (first["n"], first["customers"], first["share"]) == (100, 10, 0.5)
    assert first["low"] == pytest.approx(0.2993, abs=2e-3)  # Wilson for 10 of 20: .2993 to .7007
    assert first["high"] == pytest.approx(0.7007, abs=2e-3)


@pytest.mark.parametrize("seed", range(5))
def test_lengths_with_and_without_are_plain_medians(seed):
    rng = np.random.default_rng(seed)
    journeys = [" ".join(rng.choice(["a", "b", "c", "d"], rng.integers(1, 7))) for _ in range(25 + seed)]
    events = walks(*journeys).assign(
        occurred_at=lambda d: d["occurred_at"] + pd.to_timedelta(rng.integers(0, 3600, len(d)), "s")
    )
    table = conformance(events, PLAN)
    length = events.groupby("customer_id")["occurred_at"].agg(lambda t: (t.max() - t.min()).total_seconds()).to_numpy()
    for _, row in table.iterrows():
        has = np.array([(row["kind"], row["from"], row["to"]) in naive(journey.split(), PLAN) for journey in journeys])
        for name, which in (("seconds_with", has), ("seconds_without", ~has)):
            assert row[name] == pytest.approx(np.median(length[which]) if which.any() else np.nan, nan_ok=True)


def test_the_same_from_every_engine(engine, judged):
    events, answers = judged
    events, answers = events.head(120), answers.head(40)
    table = conformance(engine(events), PLAN, answers=engine(answers), tiebreak="touchpoint")
    pd.testing.assert_frame_equal(table, conformance(events, PLAN, answers=answers, tiebreak="touchpoint"))
    pd.testing.assert_frame_equal(
        fitness(engine(events), PLAN, tiebreak="touchpoint"), fitness(events, PLAN, tiebreak="touchpoint")
    )


def test_bad_input():
    with pytest.raises(DataError, match="none of the 1 touchpoint"):
        conformance(walks("a"), Journey(stages=(Stage("A", ("z",)),)))
    with pytest.raises(DataError, match="there are no events"):
        conformance(walks(), PLAN)
    with pytest.raises(UsageError, match="not a journey"):
        conformance(walks("a"), None)
    with pytest.raises(DataError, match="no column 'scaled'"):
        conformance(walks("a"), PLAN, answers=pd.DataFrame({"customer_id": [0]}))
    one = conformance(walks("a a", "x"), Journey(stages=(Stage("A", ("a",)),)))
    assert one["n"].tolist() == [1, 1]


# --- Fitness


@pytest.mark.parametrize(
    ("journey", "expected"),
    [
        ("a b c d", 1.0),
        ("a b c", 1 - 1 / 7),  # one of 3 + 4 missing
        ("a d", 1 - 2 / 6),
        ("a b a b c d", 1 - 2 / 10),  # A and B again
        ("d c b a", 1 - 6 / 8),  # one stays, three too many, three missing
        ("a x b c d", 1 - 1 / 9),
        ("h a h b c d", 1.0),
        ("h", 1 - 4 / 4),
    ],
)
def test_fitness_by_hand(journey, expected):
    events = pd.concat([walks(journey), walks("a").assign(customer_id=1)])
    first = fitness(events[events["customer_id"] == 0], PLAN) if "a" in journey else fitness(events, PLAN)
    # beside a journey of a alone, which has 1 - 3 / 5
    assert first["fitness"][0] == pytest.approx(expected if "a" in journey else (expected + 0.4) / 2)


def test_fitness_by_brute_force():
    @cache
    def common(one, other):
        if not one or not other:
            return 0
        if one[0] == other[0]:
            return 1 + common(one[1:], other[1:])
        return max(common(one[1:], other), common(one, other[1:]))

    rng = np.random.default_rng(4)
    journeys = [rng.choice(list("abcd"), rng.integers(1, 12)).tolist() for _ in range(300)]
    table = fitness(walks(*(" ".join(journey) for journey in journeys)), PLAN)
    runs = ["".join(t for k, t in enumerate(j) if k == 0 or t != j[k - 1]) for j in journeys]
    cost = np.array([len(run) + 4 - 2 * common(run, "abcd") for run in runs])
    worst = np.array([len(run) + 4 for run in runs])
    assert table["fitness"][0] == pytest.approx((1 - cost / worst).mean(), rel=1e-12)
    assert table["log_fitness"][0] == pytest.approx(1 - cost.sum() / worst.sum(), rel=1e-12)
    assert table["perfect"][0] == (cost == 0).mean()
    assert table["n"][0] == 300


def test_fitness_of_the_real_shop_equals_alignments(real_data):
    """pm4py 2.7.23.11, fitness_alignments on the sequential net catalog, product, cart, delivery, payment and the stages
    of each customer (runs as one): averageFitness .5383951526275853, log_fitness .5537358976512416, 3.2258 % fit; it
    took 2.3 s of CPU, this 0.012 s."""
    events = cxkit.read(
        "events", real_data("shop_events.csv.gz"), columns="user_id:customer_id;event:touchpoint;timestamp:occurred_at"
    )
    log = prepare(events)
    table = fitness(log, propose_stages(log))
    assert table["fitness"][0] == pytest.approx(0.5383951526275853, rel=1e-12)
    assert table["log_fitness"][0] == pytest.approx(0.5537358976512416, rel=1e-12)
    assert table["perfect"][0] == pytest.approx(0.03225806451612903)
