"""Every picture at both widths, with little and with much to show: no text on another, none off the page."""

from __future__ import annotations

import page_notebook as made
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from cxkit.charts import caption_of, clashes, plot_distribution, plot_segments, plot_trend
from cxkit.charts.caption import repaint

GERMAN = [
    "Telefonische Kundenbetreuung und Beschwerdemanagement",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "Nordrhein-Westfalen/Niedersachsen",
    "Filiale",
]


def faults(ax) -> list:
    """Clashes of a picture at the widths of a desk and of a phone."""
    found = []
    for width in (552.0, 246.0):
        ax.figure.set_size_inches(width / 72, caption_of(ax).height(width) / 72)
        repaint(ax)
        found += [(width, *clash) for clash in clashes(ax.figure)]
    return found


def segments(names: list, n: list[int]) -> pd.DataFrame:
    return made.nps_rows({"group": names}, [k * 5 // 10 for k in n], [k * 2 // 10 for k in n], n)


@pytest.mark.parametrize("k", [1, 2, 3, 12, 25, 60])
def test_trend_of_any_length(k):
    trend = made.months(k, fall=0) if k > 1 else made.months(2).head(1)
    marks = {"2025-10-14": "Neue Versandkostenregelung für alle Bestellungen", "2025-11-20": "b", "2025-11-21": "c"}
    trend = trend.assign(before_estimate=trend.estimate + 6)
    assert faults(plot_trend(trend, target=40, marks=marks)) == []


def test_trend_without_answers():
    empty = made.months(3).assign(n=0, estimate=float("nan"), low=float("nan"), high=float("nan"))
    ax = plot_trend(empty, target=40)
    assert faults(ax) == []
    assert caption_of(ax).title == "There are no answers in these periods"
    assert faults(plot_trend(empty.head(0))) == []


@pytest.mark.parametrize("low", [-100.0, 95.0])
def test_trend_at_the_ends_of_the_scale(low):
    trend = made.months(4).assign(estimate=low + 2, low=low, high=min(low + 9, 100))
    assert faults(plot_trend(trend)) == []


@pytest.mark.parametrize("n", [0, 1, 40, 2_000_000])
def test_distribution_of_any_size(n):
    ax = plot_distribution(made.spread(n), before=made.spread(500, 3))
    assert faults(ax) == []


@pytest.mark.parametrize("points", [5, 7, 10])
def test_distribution_of_other_scales(points):
    score = [float(k) for k in range(1, points + 1)]
    group = ["detractor"] * (points - 2) + ["passive", "promoter"]
    table = pd.DataFrame(
        {"score": score, "group": group, "n": 20, "share": 1 / points, "low": 0.5 / points, "high": 1.6 / points}
    ).assign(base=20 * points)
    assert faults(plot_distribution(table)) == []


@pytest.mark.parametrize("k", [1, 2, 4, 15, 30])
def test_segments_of_any_number(k):
    names = [f"{GERMAN[i % 4]} {i}" for i in range(k)]
    ax = plot_segments(
        segments(names, [40 + 37 * i for i in range(k)]), overall=made.nps_rows({}, [500], [200], [1000])
    )
    assert faults(ax) == []


def test_segments_with_target_beside_the_band():
    whole = made.nps_rows({}, [500], [200], [1000])
    for target in (-100, 29, 30, 31, 100):
        assert faults(plot_segments(segments(["a", "b"], [90, 120]), overall=whole, target=target)) == []


def test_letters_the_font_lacks():
    table = segments(
        ["日本語の店舗での接客サービス全般について", "خدمة العملاء", "🙂🙂🙂", "$5 to $10"], [90, 80, 70, 60]
    )
    ax = plot_segments(table)
    assert faults(ax) == []
    assert "$5 to $10" in [t.get_text() for t in ax.texts]


@settings(max_examples=12, deadline=None)
@given(
    names=st.lists(st.text(min_size=0, max_size=60), min_size=1, max_size=8, unique=True),
    n=st.lists(st.integers(1, 10**6), min_size=8, max_size=8),
)
def test_any_names_fit(names, n):
    assert faults(plot_segments(segments(names, n[: len(names)]))) == []


def test_clashes_sees_faults():
    fig = Figure(figsize=(3, 2))
    ax = fig.add_subplot()
    ax.text(0.5, 0.5, "one")
    ax.text(0.51, 0.5, "other")
    ax.text(1.4, 0.5, "outside")
    kinds = {clash[0] for clash in clashes(fig)}
    assert kinds == {"overlap", "off the page"}
