"""Times at touchpoints and bounce shares: what the title may say, where marks stand, and that all of it fits."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxkit.charts import caption_of, clashes
from cxkit.charts.caption import repaint
from cxkit.charts.dwell import plot_dwell
from cxkit.charts.save import in_palette, svg
from cxkit.errors import UsageError
from cxkit.stats.intervals import share_interval

HARD = [
    "Telefonische Kundenbetreuung und Beschwerdemanagement",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "$x^2$ <b>bold</b>",
    "خدمة العملاء",
    "🙂" * 3 + "x" * 200,
    "日本語の店舗での接客サービス全般について",
]


def made(names, medians, entries=None, bounces=None, known=700):
    """Middle half from a quarter to four times the median, 95 % below ten times."""
    median = np.array(medians, dtype=float)
    entries = np.zeros(len(names)) if entries is None else np.array(entries, dtype=float)
    bounces = entries * 0 if bounces is None else np.array(bounces, dtype=float)
    low, high = share_interval(bounces, entries)
    with np.errstate(invalid="ignore"):
        share = bounces / entries
    table = pd.DataFrame({"touchpoint": names, "n": 900, "known": known, "median_seconds": median})
    table = table.assign(q25_seconds=median / 4, q75_seconds=median * 4, q95_seconds=median * 10, entries=entries)
    table = table.assign(bounces=bounces, bounce_share=share, low=low, high=high, last=200)
    return table.assign(confidence=0.95, method="gap 30 min")


def shop():
    return made(["search", "help", "order"], [40, 240, 5], [600, 40, 0], [120, 20, 0])


def at(ax, width):
    ax.figure.set_size_inches(width / 72, caption_of(ax).height(width) / 72)
    repaint(ax)
    return ax


def faults(ax):
    return [(width, *clash) for width in (552.0, 246.0) for clash in clashes(at(ax, width).figure)]


def title(table, **options):
    return caption_of(plot_dwell(table, **options)).title


def test_title_names_the_longest_median_and_nothing_more():
    assert title(shop()) == "The next touch takes longest to come after help: 4\u00a0min (median)"


def test_few_known_times_are_hollow_and_not_named():
    table = made(["a", "b", "c"], [40, 240, 9], known=[700, 29, 700])
    assert title(table) == "The next touch takes longest to come after a: 40\u00a0s (median, of 30 times or more)"
    gids = [line.get_gid() for line in plot_dwell(table).lines]
    assert gids.count("few") == 1
    assert gids.count("median") == 2
    assert title(table.iloc[[1]]) == "Too few touches are followed by another to tell how long they take"
    assert title(table.iloc[[0]]) == "The median time to the next touch after a is 40\u00a0s"
    assert title(made(["a", "b"], [40, 40])) == "The median time to the next touch is 40\u00a0s"
    assert title(table.head(0)) == "There are no events to show"


def test_a_median_stands_beside_the_times_it_is_of():
    table = made(["order", "help"], [900, 240], known=[3, 700]).assign(n=[1087, 900])
    for width, said in ((552.0, "3 of 1,087"), (246.0, "n 3 of 1,087, middle half 3.8\u00a0min to 1\u00a0h")):
        assert said in [t.get_text() for t in at(plot_dwell(table), width).texts]


def test_marks_stand_on_a_logarithmic_axis():
    ax = at(plot_dwell(made(["a", "b", "c"], [10, 100, 1000])), 552.0)
    x = [float(line.get_xdata()[0]) for line in ax.lines if line.get_gid() == "median"]
    assert x[0] - x[1] == pytest.approx(x[1] - x[2])
    half = next(p for p in ax.patches if p.get_gid() == "half")
    unit = (x[0] - x[1]) / math.log(10)
    assert half.get_width() == pytest.approx(unit * math.log(16))
    assert {"1\u00a0min", "1\u00a0h"} <= {t.get_text() for t in ax.texts}


def test_bounces_have_bar_and_interval_only_where_sessions_begin():
    ax = at(plot_dwell(shop()), 552.0)
    assert [round(p.get_width() / 58, 3) for p in ax.patches if p.get_gid() == "share"] == [0.5, 0.2]
    assert "begin and end here" in [t.get_text() for t in ax.texts]
    none = at(plot_dwell(made(["a", "b"], [40, 240])), 552.0)
    assert "begin and end here" not in [t.get_text() for t in none.texts]
    phone = [t.get_text() for t in at(plot_dwell(shop()), 246.0).texts]
    assert "50\u00a0% (35 to 65\u00a0%) of starts end here" in phone
    assert "no session begins here" in phone


def test_those_with_most_events_are_drawn():
    table = made([f"t{k}" for k in range(30)], range(10, 40)).assign(n=range(1000, 1030))
    ax = at(plot_dwell(table), 552.0)
    assert "t15" in [t.get_text() for t in ax.texts]
    assert "t14" not in [t.get_text() for t in ax.texts]
    assert "the 15 of 30 touchpoints" in caption_of(ax).sub
    assert len([line for line in at(ax, 246.0).lines if line.get_gid() == "median"]) == 8
    assert len(caption_of(ax).data) == 30


def test_words_carry_the_numbers():
    said = caption_of(plot_dwell(shop()))
    search = (
        "search median 40\u00a0s (10\u00a0s to 2.7\u00a0min), n 700 of 900, 20\u00a0% (17 to 23\u00a0%) of 600 bounce"
    )
    assert search in said.alt
    assert "(n: known times of all touches)" in said.alt
    assert said.data.iloc[0].tolist()[:4] == ["search", "900", "700", "40\u00a0s"]
    assert said.sub.endswith("Rules: gap 30 min.")


@pytest.mark.parametrize("medians", [[0.0] * 6, [np.nan] * 6, [0, 1e-4, 5, 1e4, 1e7, 4e8], [60.0] * 6])
def test_hard_names_and_times_fit(medians):
    table = made(HARD, medians, [0, 10**6, 40, 7, 1, 0], [0, 999_999, 40, 0, 1, 0])
    assert faults(plot_dwell(table)) == []
    assert faults(plot_dwell(table.head(0))) == []


@settings(max_examples=3, deadline=None)
@given(
    names=st.lists(st.text(max_size=50), min_size=1, max_size=7, unique=True),
    medians=st.lists(st.floats(0, 1e9), min_size=7, max_size=7),
)
def test_any_names_and_times_fit(names, medians):
    assert faults(plot_dwell(made(names, medians[: len(names)], [99] * len(names), [9] * len(names)))) == []


def test_colours_follow_the_page():
    assert in_palette(svg(plot_dwell(shop()).figure))


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: plot_dwell({}), "expected a pandas table"),
        (lambda: plot_dwell(shop().drop(columns="q95_seconds")), "no column 'q95_seconds'"),
        (lambda: plot_dwell(shop(), most=0), "most: 0 touchpoints are too few"),
    ],
)
def test_errors(call, match):
    with pytest.raises(UsageError, match=match):
        call()
