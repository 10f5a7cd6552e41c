"""The trend picture: what is drawn, and what its title may say."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import page_notebook as made
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cxkit.charts import caption_of, plot_trend
from cxkit.charts.caption import repaint
from cxkit.charts.trend_lines import Event
from cxkit.errors import UsageError


def by_gid(ax, gid):
    return [line for line in ax.lines if line.get_gid() == gid]


def two(first, last, **more):
    """Two months with estimate, low and high."""
    rows = made.months(2).assign(**more)
    rows[["estimate", "low", "high"]] = np.array([first, last], dtype=float)
    return rows


def test_title_of_a_clear_fall():
    # +40 (35 to 45) to +25 (19 to 30): -15, limits -15 -+ sqrt(6^2 + 5^2), sqrt(5^2 + 5^2) = -22.8 to -7.9
    ax = plot_trend(two((40, 35, 45), (25, 19, 30)))
    assert caption_of(ax).title == "NPS fell from +40 in Oct 2025 to +25 in Nov 2025"


def test_title_claims_no_more_than_the_interval():
    # +40 (35 to 45) to +34 (29 to 39): -6, upper limit -6 + sqrt(5^2 + 5^2) = +1.1
    ax = plot_trend(two((40, 35, 45), (34, 29, 39)))
    assert caption_of(ax).title == "No clear change in NPS between Oct 2025 and Nov 2025"


def test_title_of_many_periods_pools_three_and_three():
    # months of equal n, limits +-5.2 and +-5.1: means 38 and 30, each with 5.15 / sqrt(3) = 3; -8 -+ 4.2 is clear
    rows = made.months(7).assign(n=800, estimate=[0.0, 37, 38, 39, 29, 30, 31])
    rows = rows.assign(low=rows.estimate - 5.2, high=rows.estimate + 5.1)
    assert caption_of(plot_trend(rows)).title == "NPS fell from +38 in Nov 2025–Jan 2026 to +30 in Feb–Apr 2026"
    assert "the last three full periods against the three before" in caption_of(plot_trend(rows)).sub
    near = rows.assign(estimate=[0.0, 37, 38, 39, 34, 35, 36])
    near = near.assign(low=near.estimate - 5.2, high=near.estimate + 5.1)
    assert caption_of(plot_trend(near)).title.startswith(
        "No clear change in NPS between Nov 2025–Jan 2026 and Feb–Apr 2026"
    )


def test_title_has_one_rule_at_any_confidence():
    # -6 (-13.1 to +1.1) called 99.5 % is -6 -+ 4.9 at 95 %; -15 (-22.8 to -7.9) called 50 % reaches past zero at 95 %
    sure = plot_trend(two((40, 35, 45), (34, 29, 39), confidence=0.995))
    assert caption_of(sure).title == "NPS fell from +40 in Oct 2025 to +34 in Nov 2025"
    assert caption_of(sure).sub.startswith("NPS by period with 99.5\u00a0% interval;")
    unsure = plot_trend(two((40, 35, 45), (25, 19, 30), confidence=0.5))
    assert caption_of(unsure).title == "No clear change in NPS between Oct 2025 and Nov 2025"


def test_periods_with_a_gap_are_not_pooled():
    rows = made.months(8).assign(n=800, estimate=[0.0, 60, 60, 60, 60, 20, 20, 20])
    rows = rows.assign(low=rows.estimate - 5, high=rows.estimate + 5)
    assert "fell" in caption_of(plot_trend(rows)).title
    empty = rows.copy()
    empty.loc[6, ["estimate", "low", "high"]] = np.nan
    empty.loc[6, "n"] = 0
    assert caption_of(plot_trend(empty)).title == "NPS was +20 in May 2026"
    assert "title:" not in caption_of(plot_trend(empty)).sub
    assert caption_of(plot_trend(rows.drop(6))).title == "NPS was +20 in May 2026"  # the row itself is left out
    old = rows.copy()  # a gap before the last six is no matter
    old.loc[1, ["estimate", "low", "high"]] = np.nan
    old.loc[1, "n"] = 0
    assert "fell" in caption_of(plot_trend(old)).title


def test_overlapping_windows_are_not_pooled():
    rows = made.months(8, fall=0)
    rolling = rows.assign(start=rows.start - pd.DateOffset(months=2), estimate=np.linspace(60, 0, 8))
    rolling = rolling.assign(low=rolling.estimate - 5, high=rolling.estimate + 5)
    assert caption_of(plot_trend(rolling)).title == "NPS fell from +60 in Oct 2025 to 0 in May 2026"
    assert caption_of(plot_trend(rolling.tail(3))).title == "NPS was 0 in May 2026"


def test_title_leaves_unfinished_periods_out():
    ax = plot_trend(two((40, 35, 45), (5, 1, 9), complete=[True, False]))
    assert caption_of(ax).title == "NPS was +40 in Oct 2025"
    assert "hollow: period not complete" in caption_of(ax).sub


def test_gap_is_not_bridged():
    trend = made.months(5)
    trend.loc[2, ["estimate", "low", "high"]] = np.nan
    trend.loc[2, "n"] = 0
    ax = plot_trend(trend)
    assert np.isnan(by_gid(ax, "line")[0].get_ydata()[2])
    assert len(ax.collections[0].get_paths()) == 2  # the band is in two pieces
    assert "gap: no answers" in caption_of(ax).sub


def test_unfinished_is_dotted_and_hollow():
    trend = made.months(4)
    trend.loc[3, "complete"] = False
    ax = plot_trend(trend)
    assert by_gid(ax, "line")[0].get_ydata()[3] != by_gid(ax, "line")[0].get_ydata()[3]
    assert len(by_gid(ax, "unfinished")) == 1
    hollow = by_gid(ax, "hollow")[0]
    assert list(hollow.get_xdata()) == [3]
    assert hollow.get_markerfacecolor() != hollow.get_markeredgecolor()


def test_few_answers_are_hollow():
    trend = made.months(4)
    trend.loc[1, "n"] = 29
    ax = plot_trend(trend)
    assert list(by_gid(ax, "hollow")[0].get_xdata()) == [1]
    assert "fewer than 30 answers" in caption_of(ax).sub


def test_last_value_target_and_n_are_written():
    trend = made.months(4)
    said = [t.get_text() for t in plot_trend(trend, target=40).texts]
    assert f"{trend.estimate.iloc[-1]:+.0f}" in said
    assert "target +40" in said
    assert {str(n) for n in trend.n} <= set(said)
    assert "NPS (points)" in said


def test_events_stand_at_their_day():
    # 16 of the 31 days of October are over on the 17th: 0 - 0.5 + 16 / 31
    ax = plot_trend(made.months(3), marks=pd.DataFrame({"date": ["2025-10-17", "2030-01-01"], "label": ["x", "far"]}))
    event = caption_of(ax).draw.keywords["events"]
    assert event == [Event(-0.5 + 16 / 31, "17 Oct: x")]
    assert "17 Oct: x" in caption_of(ax).alt


def test_events_outside_are_counted():
    marks = {"2025-10-17": "x", "2030-01-01": "far"}
    assert "; 1 mark lies outside" in caption_of(plot_trend(made.months(3), marks=marks)).sub
    assert "; 2 marks lie outside" in caption_of(plot_trend(made.months(3), marks={**marks, "2020-01-01": "y"})).sub
    assert "outside" not in caption_of(plot_trend(made.months(3), marks={"2025-10-17": "x"})).sub


def test_more_events_than_fit_are_counted():
    days = {f"2025-1{m}-0{d}": "e" for m in (0, 1) for d in (1, 3, 5, 7)}
    assert "the latest 5 of 8 events" in caption_of(plot_trend(made.months(3), marks=days)).sub


def test_alt_has_the_numbers():
    trend = made.months(12)
    alt = caption_of(plot_trend(trend, target=40)).alt
    assert alt.startswith("Line of NPS over 12 periods: ")
    for word in ("lowest", "highest", "target +40", f"n {trend.n.iloc[-1]}"):
        assert word in alt


def test_data_table_has_every_period():
    trend = made.months(12)
    trend.loc[11, "complete"] = False
    data = caption_of(plot_trend(trend)).data
    assert len(data) == 12
    assert data.Period.iloc[-1] == "Sep 2026 (not complete)"


def test_own_axes_keep_what_was_added():
    ax = Figure(figsize=(8, 4)).add_subplot()
    assert plot_trend(made.months(4), ax=ax) is ax
    own = ax.text(0.5, 0.5, "mine")
    count = len(ax.texts)
    repaint(ax)
    assert own in ax.texts
    assert len(ax.texts) == count


def test_nothing_global_changes():
    trend, before = made.months(12), dict(mpl.rcParams)
    kept = trend.copy(deep=True)
    plot_trend(trend, target=40)
    assert dict(mpl.rcParams) == before
    pd.testing.assert_frame_equal(trend, kept)


@pytest.mark.parametrize(
    ("table", "match"),
    [
        (made.months(2).drop(columns="complete"), "no column 'complete'"),
        (pd.concat([made.months(2), made.months(2)]), "2 of 4 rows repeat a period"),
        (made.months(2).assign(metric=["NPS", "CSAT"]), "2 metrics"),
        ([1, 2], "expected a pandas table"),
    ],
)
def test_errors(table, match):
    with pytest.raises(UsageError, match=match):
        plot_trend(table)


def test_axes_of_another_kind():
    with pytest.raises(UsageError, match="expected matplotlib axes, got str"):
        plot_trend(made.months(2), ax="here")


def test_a_title_of_ones_own_takes_the_rule_s_small_print_away():
    rows = made.months()
    assert "title: the last three" in caption_of(plot_trend(rows)).sub
    said = caption_of(plot_trend(rows, title="Mine"))
    assert said.title == "Mine"
    assert "title:" not in said.sub
    assert "title:" not in caption_of(plot_trend(rows.head(1))).sub
