"""Segments against all others: marks, the tick of pooled values, goals, and what the title may say."""

from __future__ import annotations

import numpy as np
import page_notebook as made
import pandas as pd
import pytest

from cxkit import frames
from cxkit.charts import caption_of, clashes, plot_segments
from cxkit.charts.caption import repaint
from cxkit.errors import UsageError
from cxkit.goals import Goal
from cxkit.stats.compare import holm, verdicts
from cxkit.survey import versus_rest

TARGET = Goal("target", "Board target", "nps", 40.0, "points", "Board paper", 2026)
PANEL = Goal("benchmark", "Garden panel", "nps", 31.0, "points", "Fictional panel", 2025)


def compared(names, estimates, p, by="channel", n=400, pooled=True, looked=None):
    """A comparison table with these p values."""
    k, p, estimates = len(names), np.array(p, dtype=float), np.array(estimates, dtype=float)
    raised = p if looked == 1 else holm(p)
    gap = estimates - 20
    fixed = {"metric": "nps", "unit": "points", "other": "all others", "confidence": 0.95, "method": ""}
    table = frames.comparison_table(
        pd.DataFrame({by: names}), [by], **fixed, n=n if isinstance(n, list) else [n] * k, estimate=estimates,
        low=estimates - 5, high=estimates + 5, other_n=[900] * k, other_estimate=[20.0] * k, other_low=[18.0] * k,
        other_high=[22.0] * k, difference=gap, difference_low=gap - 6, difference_high=gap + 6, p=p, p_adjusted=raised,
        looked=looked or int(np.isfinite(p).sum()), verdict=verdicts(raised),
    )  # fmt: skip
    return table.assign(share=1 / k, shrunken=20 + gap / 2) if pooled else table


def title(*tables):
    return caption_of(plot_segments(list(tables))).title


def faults(ax):
    """Clashes at the widths of a desk and of a phone."""
    found = []
    for width in (552.0, 246.0):
        ax.figure.set_size_inches(width / 72, caption_of(ax).height(width) / 72)
        repaint(ax)
        found += [(width, *clash) for clash in clashes(ax.figure)]
    return found


def test_title_names_the_surest_against_all_others():
    table = compared(["app", "web", "shop"], [40, 21, 5], [0.001, 0.8, 0.0001])
    assert title(table) == "Shop scores lower than all others: +5 against +20"


def test_title_allows_for_the_comparisons_of_all_tables():
    one = compared(["app", "web", "shop"], [40, 21, 19], [0.012, 0.8, 0.9])
    assert title(one) == "App scores higher than all others: +40 against +20"  # 3 * .012 = .036
    flat = compared(["a", "b", "c"], [20, 21, 22], [0.5, 0.6, 0.7], by="plan")
    assert title(one, flat) == "No clear difference in NPS between any of the 6 groups and all others"  # 6 * .012


def test_two_groups_are_one_comparison():
    table = compared(["old", "new"], [40, 0], [0.03, 0.03], looked=1)
    assert title(table) == "Old scores higher than new: +40 against +20"
    assert (
        title(compared(["old", "new"], [22, 18], [0.6, 0.6], looked=1))
        == "No clear difference in NPS between old and new"
    )


def test_title_leaves_out_small_and_missing_groups():
    table = compared(["app", None, "tiny"], [21, -50, -60], [0.5, 0.0001, np.nan], n=[400, 400, 9])
    assert title(table) == "No clear difference in NPS between app and all others"
    assert title(compared(["a", "b"], [1, 2], [np.nan, np.nan], n=9)) == "Too few answers to compare NPS between groups"


def test_marks_follow_the_verdicts():
    table = compared(["app", "web", "shop", "tiny"], [40, 26, 5, 0], [0.001, 0.05, 0.4, np.nan], n=[400, 400, 400, 9])
    ax = plot_segments(table)
    said = [t for t in ax.texts if t.get_text() in "\u25cf\u25d0\u25cb"]
    assert [t.get_text() for t in said] == ["\u25cf", "\u25d0", "\u25cb"]
    assert len({t.get_color() for t in said}) == 2  # only what is clear has a colour
    assert "allowing for 3 comparisons: \u25cf clear, \u25d0 likely, \u25cb too early to say" in caption_of(ax).sub
    assert list(caption_of(ax).data.Verdict) == ["clear", "likely", "too early", "not compared"]
    assert "app +40 (+35 to +45, n 400, clear)" in caption_of(ax).alt


def test_estimate_tables_have_no_marks():
    ax = plot_segments(made.nps_rows({"channel": ["app", "web"]}, [50, 20], [20, 20], [100, 90]))
    assert not [t for t in ax.texts if t.get_text() in "\u25cf\u25d0\u25cb"]
    assert "Verdict" not in caption_of(ax).data


def test_groups_stand_in_the_order_of_pooled_values_and_show_them():
    table = compared(["few", "many"], [60, 50], [0.2, 0.001]).assign(shrunken=[30.0, 45.0])
    ax = plot_segments(table)
    said = [t.get_text() for t in ax.texts]
    assert said.index("many") < said.index("few")
    ticks = [c.get_segments()[0][0][0] for c in ax.collections if c.get_gid() == "pooled"]
    assert ticks == [45.0, 30.0]
    assert "tick: partly pooled" in caption_of(ax).sub
    plain = plot_segments(compared(["few", "many"], [60, 50], [0.2, 0.001], pooled=False))
    assert not [c for c in plain.collections if c.get_gid() == "pooled"]


def test_of_many_groups_the_surest_are_drawn():
    p = [0.5] * 28 + [0.0001, 0.4]
    ax = plot_segments(compared([f"g{i}" for i in range(30)], [20.5] * 28 + [5, 60], p))
    said = [t.get_text() for t in ax.texts]
    assert {"g28", "g29"} <= set(said)
    assert sum(line.get_gid() == "estimate" for line in ax.lines) == 20
    assert "the 20 of 30 groups surest to differ from all others" in caption_of(ax).sub


def test_goals_are_lines_with_names_and_sources():
    ax = plot_segments(compared(["app", "web"], [40, 20], [0.01, 0.5], looked=1), goals=[TARGET, PANEL])
    said = [t.get_text() for t in ax.texts]
    assert {"Board target +40 (2026)", "Garden panel +31 (2025)"} <= set(said)
    assert {"target", "benchmark"} <= {c.get_gid() for c in ax.collections}
    assert "Board target +40: Board paper, 2026" in caption_of(ax).sub
    assert "Lines: Board target +40 (2026) and Garden panel +31 (2025)." in caption_of(ax).alt


def test_goals_of_another_metric_are_refused():
    other = Goal("target", "Share", "csat", 0.8, "share", "Board paper", 2026)
    with pytest.raises(UsageError, match="the goal 'Share' is for CSAT in share"):
        plot_segments(compared(["a", "b"], [1, 2], [0.5, 0.5]), goals=[other])


@pytest.mark.parametrize("values", [(30.0, 30.5, 31.0), (-90.0, 0.0, 95.0), (40.0,), ()])
def test_goals_fit(values):
    goals = [
        Goal("benchmark", f"Ein recht langer Name {k}", "nps", v, "points", "x", 2020) for k, v in enumerate(values)
    ]
    whole = made.nps_rows({}, [500], [200], [1000])
    table = compared(["Telefonische Kundenbetreuung und Beschwerdemanagement", "b"], [31, 40], [0.5, 0.01])
    assert (
        faults(plot_segments([table, table.rename(columns={"channel": "plan"})], overall=whole, goals=goals, target=30))
        == []
    )


def test_a_real_table():
    # others of a: 40 promoters and 60 detractors
    table = pd.DataFrame(
        {"region": ["a"] * 100 + ["b"] * 60 + ["c"] * 40, "score": [9] * 80 + [3] * 20 + [9, 9, 3, 3, 3] * 20}
    )
    ax = plot_segments(versus_rest(table, by="region"))
    assert faults(ax) == []
    assert caption_of(ax).title == "A scores higher than all others: +60 against \u221220"


def test_caption_says_what_the_marks_allow_for():
    three = compared(["a", "b", "c"], [20, 21, 22], [0.5, 0.6, 0.7])
    five = compared(list("vwxyz"), [20] * 5, [0.5] * 5, by="plan")
    assert "others, allowing for 3 comparisons: " in caption_of(plot_segments(three)).sub
    assert "allowing for 3 comparisons in each column: " in caption_of(plot_segments([three, three])).sub
    assert "each column by itself, allowing for its comparisons: " in caption_of(plot_segments([three, five])).sub
    both = [table.assign(looked=8) for table in (three, five)]  # judged together
    assert "others, allowing for 8 comparisons: " in caption_of(plot_segments(both)).sub
