"""The banner table: by hand, against `nps` and the comparison functions, over every engine, and on bad input."""

from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from survey_answers import answers

from cxkit.errors import DataError, DataWarning, UsageError
from cxkit.stats.compare import adjust, mean_difference, nps_difference, share_difference
from cxkit.survey import crosstab, distribution, group_shares, nps
from cxkit.survey.banner_table import CELLS
from cxkit.survey.letters import letters_of


def made(**counts):
    """Answers from (promoters, passives, detractors) of each plan; promoters answer 10, passives 8, detractors 3."""
    rows = [
        (plan, score)
        for plan, held in counts.items()
        for score, n in zip((10, 8, 3), held, strict=True)
        for _ in range(n)
    ]
    return pd.DataFrame(rows, columns=["plan", "score"])


# a: 60 20 20 of 100, NPS 40, mean (600 + 160 + 60) / 100 = 8.2; b: 30 40 30, NPS 0, mean (300 + 320 + 90) / 100 = 7.1;
# c: 12 4 4 of 20, too few to compare. Together 102 64 54 of 220: NPS 48 / 2.2 = 21.82.
THREE = made(a=(60, 20, 20), b=(30, 40, 30), c=(12, 4, 4))


def cell(found, row, column, name="estimate"):
    table = found.table
    one = table[(table.row == row) & (table.column == column) & (table.banner == ("plan" if column else ""))]
    assert len(one) == 1
    return one.iloc[0][name]


def test_by_hand():
    found = crosstab(THREE, columns="plan")
    assert list(found.table.columns) == list(CELLS)
    assert [cell(found, "base", column) for column in ("", "a", "b", "c")] == [220, 100, 100, 20]
    assert cell(found, "promoters", "a") == pytest.approx(0.6)
    assert cell(found, "detractors", "") == pytest.approx(54 / 220)
    assert cell(found, "NPS", "") == pytest.approx(100 * 48 / 220)
    assert [cell(found, "NPS", column) for column in "abc"] == pytest.approx([40, 0, 40])
    assert [cell(found, "mean", column) for column in "ab"] == pytest.approx([8.2, 7.1])
    assert [cell(found, "NPS", column, "small") for column in ("", "a", "b", "c")] == [False, False, False, True]
    assert "effective base" not in set(found.table.kind)
    assert found.method.startswith(
        "NPS 0-10: 9-10 minus 0-6; letters: above that column at 95 % (capital) or 80 % (small)"
    )
    assert "columns under 30 answers not compared" in found.method


def test_letters_by_hand():
    """Only a and b are compared, so p stands as it is: NPS .0007, promoters .00002, passives .002, detractors .10."""
    found = crosstab(THREE, columns="plan")
    assert {
        row: cell(found, row, "a", "letters") for row in ("promoters", "passives", "detractors", "NPS", "mean")
    } == {
        "promoters": "B",
        "passives": "",
        "detractors": "",
        "NPS": "B",
        "mean": "B",
    }
    assert cell(found, "passives", "b", "letters") == "A"
    assert cell(found, "detractors", "b", "letters") == "a"  # 30 against 20 of 100: p = .104, likely
    assert float(share_difference(30, 100, 20, 100).p) == pytest.approx(0.104, abs=0.002)
    assert cell(found, "NPS", "c", "letters") == ""
    assert not crosstab(THREE, columns="plan", letters=False).table.letters.any()


def test_letters_are_those_of_holm_over_all_pairs():
    draw = np.random.default_rng(5)
    table = pd.DataFrame({"score": draw.integers(0, 11, 3000), "plan": draw.choice(list("abcde"), 3000)})
    table.loc[(table.plan == "b") & (table.score < 5), "score"] += 3
    table.loc[(table.plan == "d") & (table.score > 8) & (draw.random(3000) < 0.3), "score"] = 7
    found = crosstab(table, columns="plan")
    groups = [table.score[table.plan == plan] for plan in "abcde"]
    boxes = [((g >= 9).sum(), ((g > 6) & (g < 9)).sum(), (g <= 6).sum()) for g in groups]
    pairs = list(combinations(range(5), 2))
    p = [float(nps_difference(*boxes[i], *boxes[j]).p) for i, j in pairs]
    q = [float(mean_difference(*stats(groups[i]), *stats(groups[j])).p) for i, j in pairs]
    for row, raw, value in (
        ("NPS", p, [b[0] / sum(b) - b[2] / sum(b) for b in boxes]),
        ("mean", q, [g.mean() for g in groups]),
    ):
        expected = [""] * 5
        for (i, j), sure in zip(pairs, adjust(raw), strict=True):
            above, below = (i, j) if value[i] > value[j] else (j, i)
            expected[above] += "ABCDE"[below] if sure < 0.05 else "abcde"[below] if sure < 0.2 else ""
        said = [cell(found, row, plan, "letters") for plan in "abcde"]
        assert said == ["".join(sorted(marks, key=str.upper)) for marks in expected], row
        assert any(said)


def stats(group):
    return len(group), group.mean(), group.std(ddof=1)


@pytest.mark.parametrize("options", [{}, {"cluster": True}, {"weight": "tier"}, {"weight": "tier", "cluster": True}])
def test_net_scores_are_those_of_nps(options):
    table = answers()
    found = crosstab(table, columns="region,vip", **{"cluster": False, **options}).table
    for by in ("region", "vip", ""):
        one = found[(found.banner == by) & (found.kind == "net")].reset_index(drop=True)
        told = nps(table, by=by, **options)
        told = told[told.n > 0].reset_index(drop=True)
        assert one.n.tolist() == told.n.tolist()
        for name in ("estimate", "low", "high"):
            np.testing.assert_allclose(one[name], told[name], rtol=1e-12, err_msg=f"{by} {name}")


def test_shares_are_those_of_the_distribution():
    table = answers()
    found = crosstab(table, columns="", cluster=False).table
    told = group_shares(distribution(table))
    assert set(found.banner) == {""}
    for metric, row in zip(told.metric, told.itertuples(), strict=True):
        one = found[found.row == metric].iloc[0]
        assert (one.estimate, one.low, one.high) == pytest.approx((row.estimate, row.low, row.high))


def test_every_answer_is_in_one_group_and_the_missing_come_last():
    found = crosstab(answers(), columns=["region", "vip"], cluster=False).table
    base = found[found.kind == "base"]
    assert base.groupby("banner").n.sum().nunique() == 1
    region = base[base.banner == "region"]
    assert region.column.tolist()[:-1] == ["a", "b", "c"]
    assert region.column.isna().tolist() == [False, False, False, True]
    assert region.letter.tolist() == ["A", "B", "C", ""]
    assert base[base.banner == "vip"].column.tolist() == ["False", "True"]
    assert not found[found.column.isna()].letters.any()


def test_rows_of_another_column_are_shares_of_all_answers():
    table = answers()
    found = crosstab(table, columns="vip", rows="region,score", cluster=False).table
    shares = found[found.variable == "region"]
    assert [row if isinstance(row, str) else None for row in shares.row[::3]] == ["a", "b", "c", None]
    assert shares.groupby(["banner", "column"]).estimate.sum().tolist() == pytest.approx([1, 1, 1])
    counted = table[table.score.notna() & table.survey.str.lower().eq("nps") & ~table.status.isin(["partial"])]
    one = shares[(shares.row == "b") & (shares.column == "True")].iloc[0]
    mine = counted[counted.vip]
    assert one.estimate == pytest.approx((mine.region == "b").mean())
    assert one.n == len(mine)
    assert list(dict.fromkeys(found.kind)) == ["base", "share", "net", "mean"]


def test_weights_of_one_change_nothing_and_their_size_does_not_matter():
    table = answers().assign(one=1.0, seven=7.0)
    plain = crosstab(table, columns="region", cluster=False).table
    for weight in ("one", "seven"):
        weighted = crosstab(table, columns="region", weight=weight, cluster=False).table
        pd.testing.assert_frame_equal(weighted, plain, rtol=1e-9)
    uneven = crosstab(table.assign(w=np.where(table.vip, 5.0, 1.0)), columns="region", weight="w")
    bases = uneven.table[uneven.table.kind.isin(["base", "effective base"])]
    assert (bases.effective <= bases.n + 1e-9).all()
    assert "weighted by 'w'; clustered by customer" in uneven.method


def test_repeated_answers_of_one_customer_get_no_capital():
    """Two customers with 50 answers each are two voices, not a hundred: what was sure is only likely."""
    table = pd.DataFrame({"score": [10] * 50 + [0] * 50, "plan": ["a"] * 50 + ["b"] * 50})
    assert cell(crosstab(table, columns="plan"), "NPS", "a", "letters") == "B"
    said = crosstab(table.assign(customer_id=table.plan), columns="plan")
    assert cell(said, "effective base", "a") == pytest.approx(1)
    assert cell(said, "NPS", "a", "letters") == "b"


def test_all_engines_agree(engine):
    table = answers()
    expected = crosstab(table, columns=["region", "vip"], rows=["score", "region"], weight="tier").table
    found = crosstab(engine(table), columns=["region", "vip"], rows=["score", "region"], weight="tier").table
    vip = found.banner == "vip"
    found.loc[vip, "column"] = found.loc[vip, "column"].replace({"0": "False", "1": "True"})
    pd.testing.assert_frame_equal(found, expected, rtol=1e-12)


def test_inputs_stay_as_they_are():
    table = answers()
    before = table.copy()
    crosstab(table, columns="region", rows="vip", weight="tier")
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize(
    ("change", "options", "error", "said"),
    [
        ({}, {"columns": "regoin"}, DataError, "regoin"),
        ({}, {"columns": "region,region"}, UsageError, "a column is named twice"),
        ({}, {"columns": "score"}, UsageError, "'score' is the score itself"),
        ({}, {"columns": "region", "survey": "nsp"}, DataError, "no answer belongs to the survey 'nsp'"),
        ({}, {"columns": "region", "confidence": 95}, UsageError, "confidence"),
        ({}, {"columns": "region", "scale": "0-9"}, UsageError, "scale"),
        ({}, {"columns": "city"}, DataError, "'city' has 398 values .*letters for 26 columns"),
        ({}, {"columns": "region", "rows": "city"}, DataError, "'city' has 398 values .*room for 50 rows"),
        ({"tier": -1.0}, {"columns": "region", "weight": "tier"}, DataError, "tier"),
    ],
)
def test_what_cannot_be_answered_is_said(change, options, error, said):
    table = answers(3000).assign(city=[f"town {k % 400}" for k in range(3000)], **change)
    with pytest.raises(error, match=said):
        crosstab(table, **options)


@pytest.mark.parametrize("scores", [[], [None, None]])
def test_nothing_to_count_is_said(scores):
    table = pd.DataFrame(
        {"score": pd.Series(scores, dtype=float), "plan": pd.Series(["a", "b"][: len(scores)], dtype=str)}
    )
    with pytest.warns(DataWarning, match="there is no score to count"):
        found = crosstab(table, columns="plan")
    assert found.table[found.table.kind == "base"].n.tolist() == [0]
    assert found.table[found.table.kind == "net"].estimate.isna().all()


def test_one_answer_and_one_group():
    found = crosstab(pd.DataFrame({"score": [9], "plan": ["a"]}), columns="plan", least=0)
    assert found.table.letters.eq("").all()
    assert cell(found, "NPS", "a") == 100


def test_the_wide_table_is_the_trade_s():
    wide = crosstab(THREE, columns="plan").wide()
    assert list(wide.columns) == ["row", "unit", "Total", "plan: a (A)", "plan: b (B)", "plan: c (C)"]
    assert wide.row.tolist() == ["base", "promoters", "", "passives", "", "detractors", "", "NPS", "", "mean", ""]
    assert wide.unit.tolist()[:4] == ["answers", "share", "above", "share"]
    assert wide["plan: a (A)"].tolist()[2] == "B"
    assert pd.isna(wide["Total"].tolist()[2])
    odd = crosstab(answers(), columns="region", cluster=False).wide()
    assert list(odd.columns)[-1] == "region: not stated"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 60)] * 3), min_size=2, max_size=6))
def test_letters_point_down_and_never_both_ways(counts):
    boxes = [np.array(part, dtype=float) for part in zip(*counts, strict=True)]
    names = "ABCDEF"[: len(counts)]

    def compared(one, other):
        return nps_difference(*(box[one] for box in boxes), *(box[other] for box in boxes))

    found = letters_of(compared, range(len(counts)), names, 0.95)
    n = sum(boxes)
    with np.errstate(invalid="ignore"):
        score = (boxes[0] - boxes[2]) / n
    for at, marks in enumerate(found):
        assert marks == "".join(sorted(marks, key=str.upper))
        for letter in marks.upper():
            below = names.index(letter)
            assert score[at] > score[below]
            assert names[at] not in found[below].upper()


@pytest.mark.slow
def test_of_tables_without_a_difference_one_in_twenty_has_a_capital():
    """400 tables of five groups of 120 alike: a capital in the row of NPS in at most 30 (99 % bound of 5 %)."""
    draw, hits, rounds = np.random.default_rng(11), 0, 400
    names = "ABCDE"
    for _ in range(rounds):
        boxes = draw.multinomial(120, [0.5, 0.3, 0.2], 5).T.astype(float)
        compared = partial(_nets, boxes)
        hits += any(mark.isupper() for marks in letters_of(compared, range(5), names, 0.95) for mark in marks)
    assert hits <= binom.ppf(0.99, rounds, 0.05)


def _nets(boxes, one, other):
    return nps_difference(*(box[one] for box in boxes), *(box[other] for box in boxes))


@pytest.mark.parametrize("cluster", [True, False])
def test_a_frame_without_answers_is_an_empty_table(cluster):
    rows = pd.DataFrame({"score": [], "customer_id": [], "region": []})
    with pytest.warns(DataWarning, match="crosstab: there is no score to count: the table has no rows"):
        found = crosstab(rows, columns="region", cluster=cluster).table
    assert set(found.banner) == {""}
    assert found.n.sum() == 0
    assert found[["low", "high"]].isna().all(axis=None)
