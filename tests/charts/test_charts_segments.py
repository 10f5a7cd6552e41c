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
    assert caption_of(ax).title == "No clear difference in NPS between the 3 groups"
    assert "hollow: fewer than 30 answers" in caption_of(ax).sub
    assert "few" not in [line.get_gid() for line in plot_segments(table, least=10).lines]


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
