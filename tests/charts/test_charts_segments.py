"""The forest plot: rows, band, the choice of rows, and what its title may say."""

from __future__ import annotations

import page_notebook as made
import pandas as pd
import pytest

from cxkit.charts import caption_of, plot_segments
from cxkit.errors import UsageError

WHOLE = made.nps_rows({}, [1351], [526], [2648])


def limits(names, estimates, half, n=400, by="channel"):
    """Groups with symmetric limits."""
    table = pd.DataFrame({by: names, "metric": "NPS", "unit": "points", "n": n, "estimate": estimates})
    return table.assign(low=table.estimate - half, high=table.estimate + half, confidence=0.95, method="")


def test_title_of_a_clear_pair():
    # one pair: 37 - 14 = 23, limits 23 -+ sqrt(5^2 + 7^2)
    table = limits(["app", "phone"], [37.0, 14.0], [5.0, 7.0])
    assert caption_of(plot_segments(table)).title == "App scores higher than phone: +37 against +14"


def test_title_allows_for_picking_the_pair():
    # 9 apart, limits +-6 each: sqrt(72) = 8.5 < 9 is clear for one pair; of 15 pairs 8.5 * 2.94 / 1.96 = 12.7 is not
    assert "higher" in caption_of(plot_segments(limits(["a", "b"], [9.0, 0.0], 6.0))).title
    six = limits(list("abcdef"), [9.0, 7.0, 5.0, 4.0, 2.0, 0.0], 6.0)
    assert caption_of(plot_segments(six)).title == "No clear difference in NPS between the 6 groups"


def test_groups_of_different_columns_are_not_compared():
    one, other = limits(["a", "b"], [60.0, 58.0], 5.0), limits(["x", "y"], [1.0, 0.0], 5.0, by="region")
    assert caption_of(plot_segments([one, other])).title == "No clear difference in NPS between the 4 groups"


def test_few_answers_are_hollow_and_not_compared():
    table = limits(["a", "b", "tiny"], [30.0, 29.0, -90.0], 4.0, n=[400, 400, 29])
    ax = plot_segments(table)
    assert [line.get_gid() for line in ax.lines if line.get_gid()] == ["estimate", "estimate", "few"]
    assert caption_of(ax).title == "No clear difference in NPS between the 2 groups with 30 answers or more"
    assert "hollow: fewer than 30 answers" in caption_of(ax).sub
    assert "few" not in [line.get_gid() for line in plot_segments(table, least=10).lines]


def test_title_names_the_surest_pair_and_not_the_widest():
    # "tiny" is highest, but its limits are wide; at 1 - 0.05/3 they grow by 2.39 / 1.96 = 1.22:
    # tiny - c = 34 -+ 1.22 * sqrt(30^2 + 6^2) spans zero, b - c = 28 -+ 1.22 * sqrt(6^2 + 6^2) does not
    table = limits(["tiny", "b", "c"], [50.0, 44.0, 16.0], [30.0, 6.0, 6.0])
    assert caption_of(plot_segments(table)).title == "B scores higher than c: +44 against +16"


def test_title_of_several_tables_counts_all_their_pairs_and_names_the_surest():
    # 9 apart with limits +-6 is clear for one pair (8.5); with the 3 pairs of another table it is one of 4: 10.8
    one = limits(["a", "b"], [9.0, 0.0], 6.0)
    flat = limits(["x", "y", "z"], [1.0, 0.0, 2.0], 6.0, by="region")
    assert caption_of(plot_segments([one, flat])).title == "No clear difference in NPS between the 5 groups"
    sure = limits(["p", "q", "r"], [40.0, 20.0, 39.0], [2.0, 2.0, 9.0], by="plan")
    wide = limits(["u", "v"], [50.0, 20.0], [14.0, 14.0], by="region")  # wider apart, less sure
    assert caption_of(plot_segments([wide, sure])).title == "P scores higher than q: +40 against +20"


def test_two_tables_by_one_column_are_not_compared_with_each_other():
    title = caption_of(plot_segments([limits(["a"], [60.0], 5.0), limits(["b"], [1.0], 5.0)])).title
    assert title == "Too few answers to compare NPS between groups"


@pytest.mark.parametrize("none", [None, float("nan"), pd.NA, " "])
def test_missing_segment_is_never_in_the_title(none):
    table = limits(["a", "b", none], [30.0, 29.0, -90.0], 4.0)
    assert caption_of(plot_segments(table)).title == "No clear difference in NPS between the 2 groups"
    assert caption_of(plot_segments(table.iloc[[0, 2]])).title == "NPS is +30 for a"
    assert caption_of(plot_segments(table.iloc[[2]])).title == "No answer is in a group to compare NPS by"


def test_title_obeys_least():
    table = limits(["a", "b", "c"], [60.0, 30.0, 0.0], 4.0, n=[90, 400, 400])
    assert caption_of(plot_segments(table)).title == "A scores higher than c: +60 against 0"
    assert caption_of(plot_segments(table, least=100)).title == "B scores higher than c: +30 against 0"
    assert caption_of(plot_segments(table.head(2), least=100)).title == "Too few answers to compare NPS between groups"
    assert caption_of(plot_segments(table.head(1), least=100)).title == "Too few answers to compare NPS between groups"


def test_title_has_one_rule_at_any_confidence():
    # 9 -+ 8.5 at 95 %; the same limits called 99 % are narrower at 95 %, called 80 % they are wider
    table = limits(["a", "b"], [9.0, 0.0], 6.0)
    assert "higher" in caption_of(plot_segments(table.assign(confidence=0.995))).title
    assert "No clear" in caption_of(plot_segments(table.assign(confidence=0.8))).title
    assert "with 99.5\u00a0% interval" in caption_of(plot_segments(table.assign(confidence=0.995))).sub


def test_rows_stand_from_high_to_low_with_n_and_value():
    ax = plot_segments(limits(["low", "high"], [10.0, 20.0], 3.0, n=[1206, 522]))
    said = [t.get_text() for t in ax.texts]
    assert said.index("high") < said.index("low")
    assert "1,206" in said
    assert "+20 (+17 to +23)" in said


def test_blocks_have_headings():
    said = [
        t.get_text()
        for t in plot_segments([limits(["a"], [1.0], 5.0), limits(["x"], [2.0], 5.0, by="plan_name")]).texts
    ]
    assert "Channel" in said
    assert "Plan name" in said


def test_missing_group_is_named_and_last_column_kept():
    table = made.nps_rows({"region": ["North", None]}, [50, 20], [20, 20], [100, 90])
    assert "not stated" in [t.get_text() for t in plot_segments(table).texts]


def test_most_telling_groups_are_drawn_and_the_rest_counted():
    table = limits([f"g{i}" for i in range(30)], [31.0] * 28 + [60.0, 0.0], 5.0)
    ax = plot_segments(table, overall=WHOLE)
    names = [t.get_text() for t in ax.texts]
    assert "g28" in names
    assert "g29" in names
    assert sum(line.get_gid() == "estimate" for line in ax.lines) == 20
    assert "the 20 of 30 groups furthest from all answers" in caption_of(ax).sub
    assert len(caption_of(ax).data) == 30


def test_full_names_stand_in_the_table():
    name = "Telefonische Kundenbetreuung und Beschwerdemanagement der Niederlassung Mecklenburg-Vorpommern Südwest"
    ax = plot_segments(limits([name, "b"], [1.0, 2.0], 5.0))
    assert name not in [t.get_text() for t in ax.texts]
    assert name in list(caption_of(ax).data.Group)


def test_band_is_the_interval_of_all_answers():
    ax = plot_segments(limits(["a"], [1.0], 5.0), overall=WHOLE)
    band = next(p for p in ax.patches if p.get_gid() == "overall")
    assert band.get_x() == pytest.approx(WHOLE.low.iloc[0])
    assert band.get_x() + band.get_width() == pytest.approx(WHOLE.high.iloc[0])


def test_groups_without_estimate_stand_only_in_the_table():
    table = limits(["a", "b"], [1.0, float("nan")], 5.0, n=[100, 0])
    said = caption_of(plot_segments(table))
    assert "1 group without an estimate only in the table" in said.sub
    assert list(said.data.Estimate) == ["+1.0", "–"]


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: plot_segments(WHOLE), "no segment column"),
        (lambda: plot_segments([]), "no table"),
        (lambda: plot_segments(limits(["a"], [1.0], 5.0).drop(columns="n")), "no column 'n'"),
        (
            lambda: plot_segments(limits(["a"], [1.0], 5.0), overall=limits(["a", "b"], [1, 2], 5)),
            "expected one row, got 2",
        ),
    ],
)
def test_errors(call, match):
    with pytest.raises(UsageError, match=match):
        call()
