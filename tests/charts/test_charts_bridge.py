"""The bridge: its steps, what its title may say, and that all of it fits."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxkit
from cxkit.charts import caption_of, clashes, plot_bridge
from cxkit.charts.caption import repaint
from cxkit.errors import UsageError
from cxkit.periods import between, parse
from cxkit.survey import mix_and_rate

GERMAN = ["Telefonische Kundenbetreuung und Beschwerdemanagement", "Nordrhein-Westfalen/Niedersachsen", "Filiale"]


def made(rates, mix=0.0, by="touchpoint", half=3.0, mix_half=0.5, names=None, shares=None, level=40.0, change_half=4.0):
    """A decomposition with these own scores; limits of half a width `half`, p by a normal."""
    from scipy.special import ndtr

    k, rates = len(rates), np.array(rates, dtype=float)
    s0, s1 = shares or (np.full(k, 1 / k), np.full(k, 1 / k))

    def p(value, width):
        return 2 * ndtr(-np.abs(value) / width * 1.96)

    segments = pd.DataFrame({by: names or [f"s{i}" for i in range(k)], "n_before": 100, "n": 110})
    segments = segments.assign(
        share_before=s0, share=s1, before=30.0, estimate=30 + rates * k, mix=np.r_[mix, np.zeros(k - 1)]
    )
    segments = segments.assign(rate=rates, rate_low=rates - half, rate_high=rates + half, rate_p=p(rates, half))
    moved = rates.sum() + mix
    values, widths = [level, mix, rates.sum(), moved, level + moved], [4, mix_half, change_half, change_half, 4]
    totals = pd.DataFrame({"part": ["before", "mix", "rate", "change", "now"], "n": [100 * k, 0, 0, 0, 110 * k]})
    totals = totals.assign(estimate=values, low=np.subtract(values, widths), high=np.add(values, widths))
    totals["p"] = [np.nan, p(mix, mix_half), p(rates.sum(), change_half), p(moved, change_half), np.nan]
    about = {"by": (by,), "names": ("Q2", "Q3"), "metric": "nps", "unit": "points", "confidence": 0.95}
    return SimpleNamespace(segments=segments, totals=totals, **about)


def title(*args, **options):
    return caption_of(plot_bridge(made(*args, **options))).title


def faults(ax):
    """Clashes at the widths of a desk and of a phone."""
    found = []
    for width in (552.0, 246.0):
        ax.figure.set_size_inches(width / 72, caption_of(ax).height(width) / 72)
        repaint(ax)
        found += [(width, *clash) for clash in clashes(ax.figure)]
    return found


def test_title_says_most_only_where_the_part_is_clearly_more_than_the_rest():
    # 2 * 9 - 10 = 8 > 4: most of it; 2 * 6 - 10 = 2 < 4: not surely most
    assert title([-9.0, -1.0]) == "S0\u2019s own score holds most of the fall: \u22129 of \u221210 points"
    assert title([-6.0, -4.0]) == "S0\u2019s own score fell: \u22126 of \u221210 points"
    assert title([9.0, 1.0]) == "S0\u2019s own score holds most of the rise: +9 of +10 points"
    assert title([-9.0, 1.0]) == "S0\u2019s own score holds most of the fall: \u22129 points by itself, \u22128 in all"


def test_title_of_a_change_by_mix():
    shares = [0.44, 0.56], [0.20, 0.80]
    said = title([0.2, -0.3], mix=-10.0, mix_half=2.0, shares=shares[::-1], names=["new", "old"], by="tenure")
    assert said == (
        "Who answered accounts for most of the fall, \u221210.0 of \u221210.1 points: \u201cnew\u201d went from 20\u00a0% to "
        "44\u00a0% of answers"
    )


def test_title_claims_nothing_that_is_not_clear():
    assert title([-1.0, 0.5]) == "No clear change in NPS from Q2 to Q3"
    assert title([-2.0, -2.0, -2.0, -2.0]) == "NPS fell 8 points from Q2 to Q3; no single part of it is clear"
    assert (
        title([-9.0, 8.0]) == "No clear change in NPS from Q2 to Q3, but s0\u2019s own score moved it by \u22129 points"
    )


def test_title_allows_for_all_parts_looked_at():
    # 3.2 -+ 3 has p .037: clear alone, not among three parts or thirty
    lone = made([-3.2], change_half=3.0)
    assert "No clear" not in caption_of(plot_bridge(lone)).title
    many = made([-3.2] + [0.0] * 29, change_half=3.0)
    assert caption_of(plot_bridge(many)).title == "NPS fell 3 points from Q2 to Q3; no single part of it is clear"


def test_missing_segment_is_drawn_and_never_named():
    each = made([-9.0, -1.0], names=[None, "b"])
    ax = plot_bridge(each)
    assert "not stated" in [t.get_text() for t in ax.texts]
    assert "no single part" in caption_of(ax).title


def test_names_that_end_in_s():
    assert title([-9.0, -1.0], names=["Midlands", "b"]).startswith("Midlands\u2019 own score")


def test_steps_lead_from_the_earlier_to_the_later_total():
    ax = plot_bridge(made([2.0, -9.0, -1.0], mix=-0.5))
    bars = [p for p in ax.patches if p.get_gid() and p.get_gid().split()[0] in ("rate", "mix")]
    assert [bar.get_gid() for bar in bars] == ["rate clear", "rate too early", "mix likely", "rate too early"]
    # 40 - 9 = 31, - 1 = 30, - .5 = 29.5, + 2 = 31.5
    assert [(bar.get_x(), round(bar.get_width(), 6)) for bar in bars] == [(31, 9), (30, 1), (29.5, 0.5), (29.5, 2)]
    now = next(line for line in ax.lines if line.get_gid() == "now")
    assert now.get_xdata()[0] == pytest.approx(31.5)


def test_only_clear_parts_have_a_colour():
    ax = plot_bridge(made([-9.0, 6.0, 1.0]))
    faces = {bar.get_gid(): bar.get_facecolor()[:3] for bar in ax.patches if bar.get_gid()}
    assert len({faces["rate clear"], faces["rate too early"]}) == 2
    said = [t.get_text() for t in ax.texts]
    assert said.count("\u25cf") == 2
    assert said.count("\u25cb") == 2


def test_small_parts_are_summed():
    ax = plot_bridge(made([-9.0, 1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125]), most=4)
    said = [t.get_text() for t in ax.texts]
    assert "5 others" in said
    rest = next(bar for bar in ax.patches if bar.get_gid() == "rest")
    assert rest.get_width() == pytest.approx(0.5 + 0.25 + 0.125 + 0.0625 + 0.03125)
    assert sum(line.get_gid() == "now" for line in ax.lines) == 1
    assert len(caption_of(ax).data) == 8


def test_limits_of_steps_agree_with_their_marks():
    ax = plot_bridge(made([-3.2, 0.0]))  # clear alone, likely among three
    whisker = next(c for c in ax.collections if c.get_gid() == "whisker")
    (low, _), (high, _) = whisker.get_segments()[0]
    assert low < 40 - 3.2 < 40 < high
    assert "\u25d0" in [t.get_text() for t in ax.texts]


def test_several_columns_explain_one_change():
    ax = plot_bridge([made([-9.0, -1.0]), made([-6.0, -4.0], by="plan_name")])
    said = [t.get_text() for t in ax.texts]
    assert "By touchpoint" in said
    assert "By plan name" in said
    assert "allowing for the 6 parts looked at" in caption_of(ax).sub
    assert "touchpoint: s0" in list(caption_of(ax).data.Segment)


def test_words_carry_the_numbers():
    said = caption_of(plot_bridge(made([-9.0, -1.0]), before_name="spring", now_name="summer"))
    assert (
        "NPS fell by 10 points from +40 in spring (n 200) to +30 in summer (n 220), change \u221214 to \u22126."
        in said.alt
    )
    assert "own score of s0 \u22129" in said.alt
    assert said.data.iloc[0].tolist()[0] == "s0"
    assert said.data.iloc[-1]["Own score"] == "\u221210.0"


@pytest.mark.parametrize("k", [1, 5, 30])
def test_any_number_fits(k):
    names = [f"{GERMAN[i % 3]} {i}" for i in range(k)]
    each = made(np.linspace(-4, 3, k), mix=-2.0, names=names)
    assert faults(plot_bridge(each)) == []
    assert faults(plot_bridge([each, made(np.linspace(-4, 3, k), mix=-2.0, by="Vertriebsweg und Sprache")])) == []


@settings(max_examples=6, deadline=None)
@given(
    names=st.lists(st.text(max_size=50), min_size=1, max_size=7, unique=True),
    rates=st.lists(st.floats(-60, 60), min_size=7, max_size=7),
    mix=st.floats(-30, 30),
    level=st.floats(-100, 100),
)
def test_any_names_and_numbers_fit(names, rates, mix, level):
    assert faults(plot_bridge(made(rates[: len(names)], mix=mix, names=names, level=level))) == []


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: plot_bridge([]), "no decomposition to draw"),
        (lambda: plot_bridge(pd.DataFrame()), "expected what cxkit.survey.mix_and_rate|no decomposition"),
        (lambda: plot_bridge([pd.DataFrame()]), "got DataFrame"),
        (lambda: plot_bridge(made([-1.0, 1.0]), most=2), "most: 2 steps are too few"),
        (lambda: plot_bridge([made([-9.0]), made([-3.0], by="plan")]), "are of different changes: by touchpoint from"),
    ],
)
def test_errors(call, match):
    with pytest.raises(UsageError, match=match):
        call()


@pytest.fixture(scope="module")
def sample():
    data = cxkit.read("responses", "sample:responses")

    def of(before, now, by):
        return mix_and_rate(*(between(data, parse(period)) for period in (now, before)), by=by, names=(before, now))

    return of


def test_planted_delivery_is_the_title(sample):
    ax = plot_bridge(sample("2026-Q2", "2026-Q3", "touchpoint"))
    assert caption_of(ax).title.startswith("Delivery\u2019s own score holds most of the fall")
    assert faults(ax) == []


def test_planted_mix_is_the_title(sample):
    ax = plot_bridge(sample("2025-Q2", "2025-Q3", "tenure"))
    assert caption_of(ax).title.startswith("Who answered accounts for most of the fall")
    assert "\u201cnew\u201d went from 20\u00a0% to 44\u00a0% of answers" in caption_of(ax).title


def judge(each, rate_p, mix_p=0.9, change_p=0.001):
    """The decomposition as the findings of a page leave it."""
    each.segments["rate_p_adjusted"] = rate_p
    each.totals["p_adjusted"] = [np.nan, mix_p, np.nan, change_p, np.nan]
    return each


def test_what_was_judged_elsewhere_stays():
    each = judge(made([-9.0, -1.0]), [0.1, np.nan])  # clear alone, only likely among all findings
    ax = plot_bridge(each)
    whisker = next(c for c in ax.collections if c.get_gid() == "whisker")
    assert whisker.get_segments()[0][:, 0] == pytest.approx([40 - 12, 40 - 6])
    said = [t.get_text() for t in ax.texts]
    assert said.count("\u25d0") == 1
    assert said.count("\u25cb") == 1  # the mix; the other segment was not looked at and has no mark
    assert "as in the headline (no mark: not looked at)" in caption_of(ax).sub
    assert caption_of(ax).title == "NPS fell 10 points from Q2 to Q3; no single part of it is clear"
    assert caption_of(plot_bridge(judge(made([-9.0]), [0.9], change_p=0.3))).title.startswith("No clear change")


def test_table_has_the_limits_of_the_picture():
    ax = plot_bridge(made([-3.2, 0.0]))
    whisker = next(c for c in ax.collections if c.get_gid() == "whisker")
    (low, _), (high, _) = whisker.get_segments()[0]
    interval = caption_of(ax).data["Own score, interval"].iloc[0]
    assert interval == f"\u2212{abs(low - 40):.1f} to +{high - 40:.1f}"
    assert caption_of(ax).table().rate_low.iloc[0] == pytest.approx(low - 40)


def test_a_part_no_larger_than_its_share_is_not_named():
    # nine tenths of the answers hold 9 of the 10 points: all moved alike
    alike = made([-9.0, -1.0], shares=(np.array([0.9, 0.1]), np.array([0.9, 0.1])))
    assert caption_of(plot_bridge(alike)).title == (
        "NPS fell 10 points from Q2 to Q3; no clear part holds more than its share of the answers"
    )
    # of 10 points: 6 with three fifths of the answers, 4 with a fifth
    shares = np.array([0.6, 0.2, 0.2])
    small = made([-6.0, -4.0, 0.0], half=1.0, shares=(shares, shares))
    assert caption_of(plot_bridge(small)).title == "S1\u2019s own score fell: \u22124 of \u221210 points"


def test_one_segment_alone_is_not_named():
    said = caption_of(plot_bridge(made([-9.0])))
    assert said.title == "NPS fell 9 points from Q2 to Q3"
