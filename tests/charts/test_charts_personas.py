"""Small maps of several groups: what the title may claim, that they share one scale, and that everything fits."""

from __future__ import annotations

from math import nan

import pandas as pd
import pytest
from charts import journey_map_data as made
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from cxkit.charts import caption_of, clashes
from cxkit.charts.caption import repaint
from cxkit.charts.journey_map import faults
from cxkit.charts.journey_map.column_look import PAGE
from cxkit.charts.personas import plot_personas
from cxkit.charts.save import in_palette, svg
from cxkit.errors import UsageError
from cxkit.page import show
from cxkit.stats.intervals import share_interval

DESK, PHONE = 552.0, 246.0


def group(name, part=1.0, shift=0.0, language="en", first=0, last=7, make=made.journey, **changes):
    """A group of so large a part of the customers, whose scores are shifted."""
    one = make(language, first, last, **changes)
    one.flow = one.flow.assign(reached=(one.flow.reached * part).round(), left=(one.flow.left * part).round())
    move = {name: (one.emotion[name] + shift).clip(1, 5) for name in ("score", "low", "high")}
    one.emotion = one.emotion.assign(**move)
    one.name = name
    return one


def scored(name, **scores):
    """A group with nothing but scores by stage: (score, half of its interval, n)."""
    rows = [("now", stage, n, score, score - half, score + half) for stage, (score, half, n) in scores.items()]
    emotion = pd.DataFrame(rows, columns=["curve", "stage", "n", "score", "low", "high"])
    one = made.journey("en", 0, 2)
    empty = {key: getattr(one, key).iloc[:0] for key in ("touchpoints", "channels", "quotes", "pains", "ideas", "flow")}
    stages = pd.DataFrame({"stage": list(scores)})
    one = made.journey("en", 0, 2, **empty, emotion=emotion, stages=stages, worst="", change=None, goal=None)
    one.name = name
    return one


def shares(name, n, *going):
    """A group without scores: so many of n go on at each stage."""
    low, high = share_interval(list(going), n)
    stages = ["Look", *(f"Step {k}" for k in range(1, len(going) + 1))]
    flow = pd.DataFrame({
        "stage": stages, "of": ["", *stages[:-1]], "reached": [n, *going], "left": [0, *(n - k for k in going)],
        "share": [nan, *(k / n if n else nan for k in going)], "low": [nan, *low], "high": [nan, *high],
    })  # fmt: skip
    one = made.events_only("en", 0, 2)
    empty = {key: getattr(one, key).iloc[:0] for key in ("touchpoints", "channels")}
    one = made.events_only("en", 0, 2, flow=flow, **empty)
    one.stages, one.name = flow[["stage"]], name
    return one


def title(*maps):
    return caption_of(plot_personas(list(maps))).title


def at(ax, width):
    ax.figure.set_size_inches(width / 72, caption_of(ax).height(width) / 72)
    return repaint(ax)


def wrong(maps):
    ax, found = plot_personas(maps), []
    for width in (DESK, PHONE):
        found += [(width, *fault) for fault in [*clashes(at(ax, width).figure), *faults(ax)] if fault[0] != "on a mark"]
    return found


# ------------------------------------------------------------------ the title
def test_names_a_stage_only_where_intervals_lie_apart():
    # at b: 2.0 +- .2 against 4.0 +- .2
    ax = plot_personas([scored("x", A=(4, 0.2, 90), B=(2, 0.2, 90)), scored("y", A=(4.1, 0.2, 90), B=(4, 0.2, 90))])
    assert caption_of(ax).title == "Experience clearly differs at B: 2.0 for “x”, 4.0 for “y”"
    near = [scored("x", A=(4, 0.5, 90), B=(3.5, 0.5, 90)), scored("y", A=(4.1, 0.5, 90), B=(4, 0.5, 90))]
    assert title(*near) == "2 groups of customers, stage by stage"


def test_the_largest_of_the_clear_differences_is_named():
    three = [scored(name, A=(a, 0.1, 90), B=(b, 0.1, 90)) for name, a, b in (("x", 4, 4), ("y", 3, 2), ("z", 3.5, 3.9))]
    assert title(*three) == "Experience clearly differs at B: 2.0 for “y”, 4.0 for “x”"


def test_a_difference_must_be_clear_among_all_pairs():
    # intervals of half .2 that lie .01 apart: z = .41 / (.2/1.96 * sqrt 2) = 2.84, p = .0045.
    # One pair: clear. Six groups at nine stages are 135 pairs, each judged at .05/135 = .0004: not clear.
    one, other = dict(zip("ABCDEFGHI", [(4.0, 0.2, 90)] * 9, strict=True)), (3.59, 0.2, 90)
    assert title(scored("x", A=(4.0, 0.2, 90)), scored("y", A=other)).startswith("Experience clearly differs at A")
    six = [scored(f"g{k}", **(one if k else {**one, "A": other})) for k in range(6)]
    assert title(*six) == "6 groups of customers, stage by stage"


def test_few_answers_and_missing_scores_are_never_compared():
    few = [scored("x", A=(2, 0.2, 29)), scored("y", A=(4, 0.2, 900))]
    assert title(*few) == "2 groups of customers, stage by stage"
    gap = [scored("x", A=(nan, nan, 0)), scored("y", A=(4, 0.2, 900))]
    assert title(*gap) == "2 groups of customers, stage by stage"
    assert "no answers" in caption_of(plot_personas(gap)).data["Score"].tolist()


def test_without_scores_the_ways_are_compared():
    assert title(shares("x", 400, 300, 100), shares("y", 400, 310, 40)) == (
        "The ways clearly part at Step 2: 10\u00a0% of “y” go on, 25\u00a0% of “x”"
    )
    assert title(shares("x", 40, 30, 10), shares("y", 40, 31, 8)) == "2 groups of customers, stage by stage"


def test_groups_made_from_their_journeys_are_not_compared_by_them():
    ax = plot_personas([shares("x", 400, 300, 100), shares("y", 400, 310, 40)], from_journeys=True)
    assert ax.cxkit_caption.title == "2 groups of customers, stage by stage"


def test_scores_go_before_shares():
    maps = [group("x", 0.5), group("y", 0.3, 0.8)]
    maps[1].flow = maps[1].flow.assign(
        share=maps[1].flow.share / 2, low=maps[1].flow.low / 2, high=maps[1].flow.high / 2
    )
    assert title(*maps).startswith("Experience clearly differs at")


# ------------------------------------------------------------------ the picture
def test_one_scale_for_all():
    ax = plot_personas([group("x"), group("y", 0.5, -0.9)])
    dotted = {round(float(line.get_ydata()[0]), 3) for line in ax.lines if line.is_dashed()}
    assert len(dotted) == 2  # the goal, once a group
    points = [line for line in ax.lines if line.get_marker() == "o"]
    first, second = points[:6], points[6:]
    drop = [float(a.get_ydata()[0] - b.get_ydata()[0]) for a, b in zip(first, second, strict=True)]
    assert max(drop) == pytest.approx(min(drop), abs=1e-6)  # every score is .9 lower, hence every point as much


def test_bars_are_parts_of_the_group():
    """10,260 of 12,400 come to Choose in both groups, however small the second is."""
    ax = plot_personas([group("x"), group("y", 0.05)])
    bars = [p for p in ax.patches if to_hex(p.get_facecolor(), keep_alpha=True) == PAGE.accent_soft]
    for nth in (0, 6):
        assert bars[nth].get_height() == pytest.approx(30)
        assert bars[nth + 1].get_height() == pytest.approx(30 * 10260 / 12400, abs=0.01)


def test_hollow_where_few_and_gaps_are_not_bridged():
    ax = plot_personas([group("x", first=3), group("y", first=3)])  # Pay, Delivery, Use (no answers), Get help
    bold = [line for line in ax.lines if line.get_linewidth() == 1.8]
    assert len(bold) == 2  # Pay to Delivery in each
    full = plot_personas([group("x"), group("y")])
    hollow = [line for line in full.lines if line.get_marker() == "o" and to_hex(line.get_markerfacecolor()) == PAGE.bg]
    assert len(hollow) == 2
    assert "hollow: fewer than 30 answers" in caption_of(full).sub


def test_a_share_of_fewer_than_thirty_is_a_dash_and_never_compared():
    # of 400 20 came to Step 1; none of these 20 came to Step 2: a share of 0 says nothing about 400 customers
    few, many = shares("x", 400, 20, 0), shares("y", 400, 300, 290)
    for one in (few, many):
        one.flow["n"] = one.flow.reached.shift(fill_value=0)
    ax = plot_personas([few, many])
    said = [text.get_text() for text in ax.texts]
    assert said.count("–") == 1
    assert "0\u00a0%" not in said
    assert "fewer than 30 could go on" in caption_of(ax).sub
    assert "Step 1 5\u00a0%. y" in caption_of(ax).alt
    assert caption_of(ax).title.startswith("The ways clearly part at Step 1")


def test_the_scale_is_of_the_points_and_wide_intervals_of_few_answers_are_cut():
    wide = scored("x", A=(3.0, 1.9, 3), B=(3.2, 0.1, 400), C=(2.8, 0.1, 400))
    ax = plot_personas([wide, scored("y", A=(3.1, 0.1, 400), B=(3.0, 0.1, 400), C=(2.9, 0.1, 400))])
    tips = {line.get_marker() for line in ax.lines} & {"v", "^"}
    assert tips == {"v", "^"}  # from 1.1 to 4.9, on a scale of about 1.2 points
    assert "arrowhead: the interval goes on" in caption_of(ax).sub
    assert "arrowhead" not in caption_of(plot_personas([group("x"), group("y")])).sub
    heights = [float(line.get_ydata()[0]) for line in ax.lines if line.get_marker() == "o"]
    assert max(heights[:3]) - min(heights[:3]) == pytest.approx(56 * 0.4 / 1.2)


def test_the_two_groups_of_the_title_are_shaded():
    ax = plot_personas([group("x"), group("y", 0.5, 0.9), group("z", 0.5, 0.1)])
    shaded = [p for p in ax.patches if to_hex(p.get_facecolor(), keep_alpha=True) == PAGE.card]
    assert len(shaded) == 2
    assert "shaded" in caption_of(ax).sub


def test_data_and_table_hold_every_group_and_stage():
    ax = plot_personas([group("x"), group("y", 0.5)])
    data, table = caption_of(ax).data, caption_of(ax).table()
    assert len(data) == len(table) == 14
    row = data[(data.Group == "y") & (data.Stage == "Choose")].iloc[0]
    assert (row.Reached, row["Go on"], row.Score, row.n) == ("5,130", "84\u00a0%", "3.7", "24")
    assert table[table.group == "x"].reached.tolist() == made.journey("en", 0, 7).flow.reached.tolist()
    assert "x (12,400 customers)" in caption_of(ax).alt


HARD = ["Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft", "$x^2$ <b>", "خدمة", "l " * 99,
        "客户", ""]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("k", "first", "last"), [(2, 0, 3), (6, 0, 9), (3, 2, 7)])
def test_nothing_overlaps(language, k, first, last):
    maps = [group(HARD[i], 0.9**i, 0.2 * i - 0.4, language, first, last) for i in range(k)]
    assert wrong(maps) == []


def test_nothing_overlaps_without_scores_or_on_a_signed_scale():
    assert wrong([group(name, 0.5, 0, "de", 0, 9, made.events_only) for name in ("a", "b")]) == []
    two = [made.two_sided("en", 0, 9) for _ in range(3)]
    for one in two:
        one.name = "group"
    assert wrong(two) == []
    assert wrong([shares("nobody", 0, 0, 0), shares("y", 400, 310, 40)]) == []


def test_stages_with_long_names_are_numbered():
    ax = at(plot_personas([group("x", language="de", last=9), group("y", language="de", last=9)]), PHONE)
    said = [text.get_text() for text in ax.texts]
    assert said.count("9") == 1
    key = " ".join(said[:8]).replace("\u00a0", " ")
    assert "9 Wiederkauf und Weiterempfehlung" in key


def test_follows_the_page_and_is_the_same_each_time():
    maps = [group("x"), group("y", 0.5, 0.9)]
    ax = plot_personas(maps)
    first = svg(at(ax, PHONE).figure)
    assert in_palette(first)
    assert svg(at(ax, PHONE).figure) == first
    assert 'class="card"' not in str(show(plot_personas(maps)).data["image/x-cxkit-figure"])


# ------------------------------------------------------------------ bad input
def test_groups_that_cannot_be_compared():
    with pytest.raises(UsageError, match="2 to 6 journey maps, got 1"):
        plot_personas([group("x")])
    with pytest.raises(UsageError, match="got 7"):
        plot_personas([group("x")] * 7)
    with pytest.raises(UsageError, match="got 0"):
        plot_personas(group("x"))
    with pytest.raises(UsageError, match="differ in their stages"):
        plot_personas([group("x"), group("y", last=6)])
    with pytest.raises(UsageError, match="differ in their scale"):
        plot_personas([group("x"), group("y", scale=(-2, 2))])
    with pytest.raises(UsageError, match="expected matplotlib axes"):
        plot_personas([group("x"), group("y")], ax="ax")
    ax = Figure(figsize=(7.6, 5)).add_axes((0, 0, 1, 1))
    assert plot_personas([group("x"), group("y")], ax=ax) is ax
