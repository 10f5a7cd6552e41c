"""Post-stratification, raking, reports and trimming: by hand, against R, over every engine, and on bad totals."""

import os
from pathlib import Path

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from r_data import read_rda
from survey_answers import answers

import cxkit
from cxkit import frames
from cxkit.errors import DataError, DataWarning, UsageError
from cxkit.survey import nps, post_stratify, rake, totals_of, trim, weight_report

# Plan a has one VIP and one other, plan b one VIP and three others.
SIX = pd.DataFrame(
    {"score": [9, 9, 3, 8, 8, 7], "plan": list("aabbbb"), "vip": [True, False, True, False, False, False]}
)
TOTALS = {"plan": {"a": 4, "b": 4}, "vip": {True: 3, False: 5}}


def weights_of(frame, name="weight"):
    """The new column as a list with None for missing, from any engine."""
    column = frames.collect(frames.as_frame(frame).select(name))[name]
    return [None if np.isnan(value) else value for value in column]


def floats(values):
    return np.array(values, dtype=float)


def test_raking_by_hand(engine):
    # cells 1 1 / 1 3 to rows 4 4 and columns 3 5: only 2 2 / 1 3 keeps the odds ratio of 3, so the factors are 2 2 / 1 1
    made = rake(engine(SIX), totals=TOTALS)
    assert weights_of(made.add(engine(SIX))) == pytest.approx([2, 2, 1, 1, 1, 1])
    assert made.cells[["n", "base", "factor", "total"]].to_numpy().tolist() == pytest.approx(
        np.array([[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 1, 3], [1, 1, 1, 1]])
    )
    assert made.method.startswith("raked to plan and vip in ")
    row = made.report.iloc[0]  # Kish (2 + 2 + 4)^2 / (4 + 4 + 4) = 64 / 12
    assert [row.n, row.kish_n, row.design_effect, row["mean"], row.least, row.most, row.ratio] == pytest.approx(
        [6, 64 / 12, 72 / 64, 8 / 6, 1, 2, 2]
    )
    assert row.top_share == pytest.approx(2 / 8)  # 1 % of six answers is one answer


def test_post_stratification_by_hand(engine):
    made = post_stratify(
        engine(SIX), totals={("a", True): 1, ("a", False): 3, ("b", True): 2, ("b", False): 6}, by="plan,vip"
    )
    assert weights_of(made.add(engine(SIX))) == pytest.approx([1, 3, 2, 2, 2, 2])
    assert made.method == "post-stratified by plan x vip"
    assert made.passes == 1
    # NPS: promoters 1 + 3, detractor 2, of 12
    assert nps(made.add(engine(SIX)), weight="weight").estimate[0] == pytest.approx(100 * 2 / 12)


def test_every_way_to_write_the_totals():
    expected = weights_of(post_stratify(SIX, totals={"a": 4, "b": 4}, by="plan").add(SIX))
    assert expected == [2, 2, 1, 1, 1, 1]
    table = pd.DataFrame({"plan": ["a", "b", None], "total": [4, 4, 9]})
    for totals in ({"plan": {"a": 4, "b": 4}}, {"a": 0.5, "b": 0.5}, table, pd.Series({"a": 1, "b": 1}).to_dict()):
        found = np.array(weights_of(post_stratify(SIX, totals=totals, by=["plan"]).add(SIX)))
        assert found / found.mean() == pytest.approx(np.array(expected) / np.mean(expected))
    crossed = {("plan", "vip"): {("a", True): 1, ("a", False): 3, ("b", True): 2, ("b", False): 6}}
    assert weights_of(rake(SIX, totals=crossed).add(SIX)) == pytest.approx([1, 3, 2, 2, 2, 2])
    series = {"plan": pd.Series({"a": 4, "b": 4}), "vip": {"True": 3, "False": 5}}
    assert weights_of(rake(SIX, totals=series).add(SIX)) == pytest.approx([2, 2, 1, 1, 1, 1])


def test_totals_of_customers(engine):
    customers = pd.DataFrame(
        {"plan": ["a"] * 4 + ["b"] * 4 + [None], "vip": [True, False, False, True, True, *[False] * 4]}
    )
    totals = totals_of(engine(customers), ["plan", "vip"])
    assert totals["total"].tolist() == [2, 2, 3, 1]
    assert totals["total"].dtype == "float64"
    by_margin = rake(SIX, totals=totals)  # plan 4 4, vip 3 5
    assert weights_of(by_margin.add(SIX)) == pytest.approx([2, 2, 1, 1, 1, 1])
    by_cell = post_stratify(SIX, totals=totals, by=["vip", "plan"])
    assert weights_of(by_cell.add(SIX)) == pytest.approx([2, 2, 1, 1, 1, 1])


def test_base_weights(engine):
    # with base weights 2 1 1 1 1 1 plan a has 3 and b 4: factors 4/3 and 1
    made = post_stratify(engine(SIX.assign(w=[2, 1, 1, 1, 1, 1])), totals={"a": 4, "b": 4}, by="plan", weight="w")
    assert weights_of(made.add(engine(SIX.assign(w=[2, 1, 1, 1, 1, 1])))) == pytest.approx([8 / 3, 4 / 3, 1, 1, 1, 1])
    assert made.method == "post-stratified by plan; base weights 'w'"
    assert made.report.kish_n[0] == pytest.approx(64 / (64 / 9 + 16 / 9 + 4))
    assert made.report.top_share[0] == pytest.approx((8 / 3) / 8)


def test_only_answers_that_count_are_weighted(engine):
    rows = pd.concat(
        [
            SIX.assign(survey="nps", status="complete"),
            SIX.assign(survey="csat", status="complete"),
            SIX.assign(survey="nps", status="partial"),
            SIX.assign(survey="NPS", status=None, score=np.nan),
        ],
        ignore_index=True,
    )
    made = rake(engine(rows), totals=TOTALS)
    given = made.add(engine(rows))
    assert weights_of(given)[:6] == pytest.approx([2, 2, 1, 1, 1, 1])
    assert weights_of(given)[6:] == [None] * 18
    assert made.method.endswith("6 without a score; 6 of other surveys set aside; 6 unfinished set aside")
    assert nps(given, weight="weight").n[0] == 6
    everything = rake(engine(rows.drop(columns="status")), totals=TOTALS, survey="", score="")
    assert None not in weights_of(everything.add(engine(rows)))


def test_the_kind_of_table_that_was_given_comes_back(engine):
    frame = engine(SIX)
    made = post_stratify(frame, totals={"a": 4, "b": 4}, by="plan")
    assert type(made.add(frame)) is type(frame)
    assert isinstance(made.add(nw.from_native(SIX)), nw.DataFrame)
    table = cxkit.read("responses", SIX.assign(vip="x"))
    given = made.add(table, name="w")
    assert type(given) is type(table)
    assert given.columns[-1] == "w"
    assert weights_of(given.frame, "w") == [2, 2, 1, 1, 1, 1]
    categories = SIX.astype({"plan": "category"})
    assert weights_of(post_stratify(categories, totals={"a": 4, "b": 4}, by="plan").add(categories)) == [
        2,
        2,
        1,
        1,
        1,
        1,
    ]


def test_numbers_as_segments_match_numbers_and_texts(engine):
    rows = SIX.assign(tier=[1, 1, 2, 2, 2, None])
    for totals in ({1: 4, 2: 3}, {"1": 4, "2": 3}, {1.0: 4, 2.0: 3}):
        made = post_stratify(engine(rows), totals=totals, by="tier", missing="aside")
        assert weights_of(made.add(engine(rows))) == [2, 2, 1, 1, 1, None]
        assert made.method.endswith("1 without 'tier' set aside")


def test_the_same_weights_from_every_engine(engine):
    rows = answers()
    totals = {
        "region": {"a": 500, "b": 300, "c": 200},
        "vip": {True: 400, False: 600},
        "tier": {1: 300, 2: 300, 3: 400},
    }
    made, expected = (rake(frame, totals=totals, missing="aside", limits=(0.3, 3)) for frame in (engine(rows), rows))
    pd.testing.assert_frame_equal(made.cells, expected.cells, rtol=1e-9)
    pd.testing.assert_frame_equal(made.report, expected.report, rtol=1e-9)
    assert made.method == expected.method
    given = weights_of(made.add(engine(rows)))
    np.testing.assert_allclose(floats(given), floats(weights_of(expected.add(rows))), rtol=1e-9)
    known = rows.assign(weight=floats(given))
    for column, wanted in totals.items():
        assert known.groupby(column).weight.sum().to_dict() == pytest.approx(wanted, rel=1e-8)
    cut = trim(made.add(engine(rows)), most=1.2).add(made.add(engine(rows)))
    expected_cut = trim(expected.add(rows), most=1.2).add(expected.add(rows))
    np.testing.assert_allclose(floats(weights_of(cut)), floats(weights_of(expected_cut)), rtol=1e-9)


# R 4.2, survey 4.1, data(api): rake(svydesign(id = ~1, weights = ~pw, data = apistrat), list(~stype, ~sch.wide),
# list(data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018)), data.frame(sch.wide = c("No", "Yes"),
# Freq = c(1072, 5122)))): weights from 15.04027773 to 44.54256603, weighted net -.54826104, Kish n 168.58016.
# The 200 schools as type, school-wide target met, and how many scored as detractor, passive and promoter:
SCHOOLS = [
    *[("E", "No", 6, 3, 0), ("E", "Yes", 53, 26, 12), ("H", "No", 21, 3, 0)],
    *[("H", "Yes", 20, 5, 1), ("M", "No", 14, 1, 0), ("M", "Yes", 24, 8, 3)],
]
POPULATION = {"stype": {"E": 4421, "H": 755, "M": 1018}, "sch.wide": {"No": 1072, "Yes": 5122}}


def as_in_r(rows):
    made = rake(rows, totals=POPULATION, weight="pw")
    given = made.add(rows)
    assert given.weight.min() == pytest.approx(15.04027773, abs=1e-8)
    assert given.weight.max() == pytest.approx(44.54256603, abs=1e-8)
    found = nps(given, weight="weight").iloc[0]
    assert found.estimate / 100 == pytest.approx(-0.54826104, abs=1e-8)
    assert made.report.kish_n[0] == pytest.approx(168.58016, abs=5e-6)
    # the raw weights, as R prints them
    assert nps(rows, weight="pw").estimate[0] / 100 == pytest.approx(-0.54802551, abs=1e-8)
    assert weight_report(rows, weight="pw").kish_n[0] == pytest.approx(168.5813, abs=5e-5)


def test_raking_as_in_r_survey_from_the_counts():
    weight = {"E": np.float32(44.21), "H": np.float32(15.1), "M": np.float32(20.36)}
    rows = [
        {"stype": kind, "sch.wide": wide, "pw": float(weight[kind]), "score": score}
        for kind, wide, *counts in SCHOOLS
        for score, many in zip((0, 8, 10), counts, strict=True)
        for _ in range(many)
    ]
    as_in_r(pd.DataFrame(rows))


def test_raking_as_in_r_survey_from_its_own_data():
    path = Path(os.environ.get("CXKIT_R_SURVEY_API", "/usr/lib/R/site-library/survey/data/api.rda"))
    if not path.exists():
        pytest.skip("needs api.rda of R's survey package (Debian: r-cran-survey), or CXKIT_R_SURVEY_API naming it")
    schools = read_rda(path)["apistrat"]
    as_in_r(schools.assign(score=np.clip((schools.api00 - 300) // 60, 0, 10)))


def test_a_value_without_a_total():
    with pytest.raises(DataError, match=r"rake: 'plan' 'b' \(4\) has answers but no total\. Choose from 'a', 'c'\."):
        rake(SIX, totals={"plan": {"a": 4, "c": 4}})
    with pytest.raises(DataError, match=r"post_stratify: 'plan' 'a' \(2\), 'b' \(4\) have answers but no total"):
        post_stratify(SIX, totals={"x": 4}, by="plan")
    with pytest.raises(DataError, match=r"'plan x vip' 'b x True' \(1\) has answers but no total"):
        post_stratify(SIX, totals={("a", True): 1, ("a", False): 1, ("b", False): 1}, by="plan,vip")


def test_a_total_without_answers():
    with pytest.raises(DataError, match=r"rake: 'plan' 'c' \(total 1,200\) has a total but no answers\. Nobody can be"):
        rake(SIX, totals={"plan": {"a": 4, "b": 4, "c": 1200}})
    assert weights_of(rake(SIX, totals={"plan": {"a": 4, "b": 4, "c": 0}}).add(SIX)) == [2, 2, 1, 1, 1, 1]


def test_a_total_of_zero_sets_its_answers_aside():
    given = rake(SIX, totals={"plan": {"a": 4, "b": 0}}).add(SIX)
    assert weights_of(given) == [2, 2, 0, 0, 0, 0]
    assert "4 without a weight set aside" in nps(given, weight="weight").method[0]


def test_missing_segments():
    rows = SIX.assign(plan=["a", "a", "b", "b", None, None])
    with pytest.raises(DataError, match=r"rake: 2 answers of 6 have no 'plan'\. .*missing='aside'"):
        rake(rows, totals=TOTALS)
    made = rake(rows, totals=TOTALS, missing="aside")
    assert weights_of(made.add(rows))[4:] == [None, None]
    with pytest.raises(UsageError, match="missing: 'drop' is not a known choice"):
        rake(rows, totals=TOTALS, missing="drop")
    with pytest.raises(DataError, match=r"rake: there is no answer to weight \(6 without 'plan' set aside\)"):
        rake(SIX.assign(plan=None), totals=TOTALS, missing="aside")
    with pytest.raises(DataError, match="no answer to weight"):
        rake(SIX.head(0), totals=TOTALS)


def test_totals_that_do_not_sum_alike():
    with pytest.raises(UsageError, match=r"rake: the totals of 'plan' sum to 8, those of 'vip' to 9\. They describe"):
        rake(SIX, totals={"plan": {"a": 4, "b": 4}, "vip": {True: 3, False: 6}})
    thirds = {"plan": {"a": 0.3333333, "b": 0.6666667}, "vip": {True: 1 / 3, False: 2 / 3}}
    assert sum(weights_of(rake(SIX, totals=thirds).add(SIX))) == pytest.approx(1)


def test_totals_that_cannot_be_met_together():
    # all VIPs have plan a and nobody else has: the totals of both margins would have to agree
    rows = SIX.assign(vip=[True, True, False, False, False, False])
    message = (
        r"rake: no weights meet all totals at once: after .* passes '(plan|vip)' = '\w+' comes to .* instead of \d"
    )
    with pytest.raises(DataError, match=message):
        rake(rows, totals=TOTALS)
    with pytest.raises(DataError, match=r"at once within limits=\(0\.9, 1\.1\).* or widen the limits"):
        rake(SIX, totals=TOTALS, limits=(0.9, 1.1))
    with pytest.raises(UsageError, match="limits"):
        rake(SIX, totals=TOTALS, limits=(2, 3))


@pytest.mark.parametrize(
    ("totals", "message"),
    [
        ({}, "totals is no mapping of columns to totals"),
        ([1, 2], "totals is no mapping of columns to totals"),
        ({"plan": 4}, "the totals of 'plan' are no mapping of values to numbers"),
        ({"plan": {"a": -4, "b": 4}}, "the total of 'plan' = 'a' is -4, no number of customers"),
        ({"plan": {"a": np.nan, "b": 4}}, "the total of 'plan' = 'a' is nan"),
        ({"plan": {"a": np.inf, "b": 4}}, "the total of 'plan' = 'a' is inf"),
        ({"plan": {"a": "many", "b": 4}}, "the total of 'plan' = 'a' is 'many'"),
        ({"plan": {"a": 1, None: 1}}, "'plan' has a total for a missing value. Leave it out"),
        ({"plan": {"a": 1, np.nan: 1}}, "'plan' has a total for a missing value"),
        ({"plan": {"a": 0, "b": 0}}, "the totals of 'plan' sum to 0"),
        ({"plan": {1: 2, "1": 3}}, "the total of 'plan' = '1' is given twice"),
        ({("plan", "vip"): {"a": 3}}, "the total of 'a' names 1 values, 'plan x vip' has 2"),
        (pd.DataFrame({"plan": ["a"]}), "needs a column 'total'"),
        (pd.DataFrame({"total": [1]}), "needs a column 'total' beside the columns that divide"),
    ],
)
def test_totals_that_are_none(totals, message):
    with pytest.raises(UsageError, match=message):
        rake(SIX, totals=totals)


def test_other_wrong_arguments():
    with pytest.raises(UsageError, match="name the columns that make the cells"):
        post_stratify(SIX, totals={"a": 1}, by="")
    with pytest.raises(UsageError, match="the table of totals has the columns plan, but by= names vip"):
        post_stratify(SIX, totals=pd.DataFrame({"plan": ["a"], "total": [1]}), by="vip")
    with pytest.raises(UsageError, match="'n' is also the name of a result column"):
        post_stratify(SIX.rename(columns={"plan": "n"}), totals={"a": 1}, by="n")
    with pytest.raises(DataError, match="there is no column 'plam'. Did you mean 'plan'"):
        rake(SIX, totals={"plam": {"a": 1}})
    with pytest.raises(DataError, match="there is no column 'score'"):
        rake(SIX.drop(columns="score"), totals=TOTALS)
    with pytest.raises(DataError, match="rake: no answer belongs to the survey 'csat'"):
        rake(SIX.assign(survey="nps"), totals=TOTALS, survey="csat")
    with pytest.raises(DataError, match="rake: 1 of 6 weights in 'w' is negative or infinite"):
        rake(SIX.assign(w=[1, -1, 1, 1, 1, 1]), totals=TOTALS, weight="w")
    with pytest.raises(DataError, match=r"totals_of: no row has a value in all of plan"):
        totals_of(SIX.assign(plan=None), "plan")
    with pytest.raises(UsageError, match="totals_of: name the columns"):
        totals_of(SIX, "")


def test_weights_that_cost_half_of_the_answers_are_said():
    rows = pd.DataFrame({"score": [9] * 100, "plan": ["a"] * 95 + ["b"] * 5})
    with pytest.warns(
        DataWarning, match=r"rake: 100 answers with these weights tell as much as 6 without; the heaviest"
    ):
        rake(rows, totals={"plan": {"a": 5, "b": 95}})


def test_fifty_thousand_values():
    draw = np.random.default_rng(2)
    rows = pd.DataFrame({"score": draw.integers(0, 11, 150_000), "shop": np.arange(150_000) % 50_000})
    made = post_stratify(rows, totals=dict.fromkeys(range(50_000), 6), by="shop")
    assert set(weights_of(made.add(rows))) == {2.0}


def test_the_weight_report_by_hand(engine):
    # 200 answers: two weigh 10, the others 1: Kish (198 + 20)^2 / (198 + 200) = 119.4; the heaviest 1 % are those two
    rows = pd.DataFrame({"score": [10, 0] * 100, "w": [10.0, 10.0] + [1.0] * 198, "plan": ["a"] * 2 + ["b"] * 198})
    row = weight_report(engine(rows), weight="w").iloc[0]
    assert [row.n, row.kish_n, row.design_effect, row["mean"], row.least, row.most, row.ratio] == pytest.approx(
        [200, 218**2 / 398, 200 * 398 / 218**2, 1.09, 1, 10, 10]
    )
    assert row.top_share == pytest.approx(20 / 218)
    assert row.design_n == pytest.approx(218**2 / 398)  # mean 0, y^2 = 1: the design sees what Kish sees
    by = weight_report(engine(rows), weight="w", by="plan")
    assert by.plan.tolist() == ["a", "b"]
    assert by.kish_n.tolist() == [2, 198]
    assert by.top_share.tolist() == pytest.approx([0.5, 2 / 198])


def test_the_weight_report_counts_only_what_counts():
    rows = pd.DataFrame({"score": [10, None, 3, 9], "weight": [1.0, 5, 0, None], "plan": ["a", "a", "b", "b"]})
    found = weight_report(rows, by="plan")
    assert found.n.tolist() == [1, 0]
    assert np.isnan(found.ratio[1])
    assert np.isnan(found.design_n[0])
    with pytest.raises(UsageError, match="'ratio' is also the name of a result column"):
        weight_report(rows.assign(ratio=1), by="ratio")
    with pytest.raises(UsageError, match="there is no column 'w'"):
        weight_report(rows, weight="w")


def test_the_share_of_the_top_percent_is_close_for_weights_that_all_differ():
    draw = np.random.default_rng(3)
    rows = pd.DataFrame({"score": draw.integers(0, 11, 30_000), "weight": draw.lognormal(0, 1, 30_000)})
    exact = np.sort(rows.weight)[-300:].sum() / rows.weight.sum()
    assert weight_report(rows).top_share[0] == pytest.approx(exact, rel=1e-3)


def test_trimming_by_hand(engine):
    # weights 1 1 1 1 2 6, mean 2, cap 4: 2 go to the others, which have 6, so they grow by 8/6
    rows = SIX.assign(w=[1.0, 1, 1, 1, 2, 6])
    cut = trim(engine(rows), weight="w", most=2)
    assert (cut.cap, cut.trimmed) == (4, 1)
    assert cut.factor == pytest.approx(8 / 6)
    assert cut.moved == pytest.approx(2 / 12)
    assert weights_of(cut.add(engine(rows), "cut"), "cut") == pytest.approx([4 / 3] * 4 + [8 / 3, 4])
    assert cut.method.startswith("weights cut at 2.0 times their mean: 1 answer, 16.7\xa0% of the weight")
    assert cut.report.weights.tolist() == ["before", "after"]
    assert cut.report.most.tolist() == [6, 4]
    assert cut.report["mean"].tolist() == pytest.approx([2, 2])


def test_trimming_cuts_those_too_that_pass_the_cap_by_it():
    # weights 1 1 1 1 3.6 8.4, mean 16/6, cap 4: 4.4 to the others (7.6) lifts 3.6 to 5.68, so it is cut too and the
    # four share 16 - 8 = 8
    cut = trim(SIX.assign(w=[1, 1, 1, 1, 3.6, 8.4]), weight="w", most=1.5)
    assert weights_of(cut.add(SIX.assign(w=[1, 1, 1, 1, 3.6, 8.4]))) == pytest.approx([2, 2, 2, 2, 4, 4])


def test_nothing_to_trim_and_nothing_at_all():
    rows = SIX.assign(weight=1.0)
    cut = trim(rows)
    assert (cut.trimmed, cut.moved, cut.factor) == (0, 0, 1)
    assert weights_of(cut.add(rows)) == [1] * 6
    with pytest.raises(DataError, match=r"trim: no answer has a weight in 'weight' \(6 without a weight set aside\)"):
        trim(rows.assign(weight=np.nan))
    with pytest.raises(DataError, match=r"trim: every weight is 0 in 'weight' \(6 answers\)"):
        trim(rows.assign(weight=0))
    for most in (1, 0, True, "5", np.nan):
        with pytest.raises(UsageError, match="is no number above 1"):
            trim(rows, most=most)
    with pytest.raises(DataError, match="trim: 1 of 6 weights"):
        trim(rows.assign(weight=[1, 1, 1, 1, 1, -1]))


def test_inputs_are_not_changed():
    before, rows, totals = answers(), answers(), {"region": {"a": 1, "b": 1, "c": 1}}
    made = rake(rows, totals=totals, missing="aside")
    trim(made.add(rows)).add(made.add(rows))
    weight_report(made.add(rows))
    pd.testing.assert_frame_equal(rows, before)
    assert totals == {"region": {"a": 1, "b": 1, "c": 1}}
