"""The map in the column of a page: that everything fits at a desk and on a phone, is legible, and tells the truth."""

from __future__ import annotations

from math import nan
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from charts import journey_map_data as made
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from cxkit.charts import caption_of, clashes
from cxkit.charts.caption import repaint
from cxkit.charts.journey_map import faults, map_table, plot_journey_map
from cxkit.charts.journey_map.column_look import LOUD, PAGE, Grid, cells
from cxkit.charts.journey_map.palette import contrast
from cxkit.charts.save import in_palette, inline, svg
from cxkit.charts.style import TOKENS
from cxkit.errors import UsageError
from cxkit.page import show

DESK, PHONE = 552.0, 246.0
HARD = [
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "$x^2$ <b>bold</b> & \\frac{1}{2}",
    "خدمة العملاء",
    "🙂🙂 Grüße",
    "long " * 40,
    "客户服务中心",
    "Reklamation und Rück\u00adsendung",
]
#: What the page's colours are in dark mode (ground and ink first, then blue, orange and quiet text).
DARK = {"bg": "#14171a", "ink": "#e7eaed", "c1": "#56b4e9", "c2": "#f58a42", "mute": "#a4adb5", "line": "#343b42"}


def at(ax, width):
    """The picture drawn anew at a width."""
    ax.figure.set_size_inches(width / 72, caption_of(ax).height(width) / 72)
    return repaint(ax)


def wrong(picture, widths=(DESK, PHONE)):
    """Faults at the widths of a desk and of a phone."""
    ax, found = plot_journey_map(picture), []
    for width in widths:
        at(ax, width)
        found += [(width, *fault) for fault in faults(ax)]  # texts over texts and off the page among them
    return found


def texts(ax):
    return [text.get_text() for text in ax.texts]


def renamed(picture, names):
    """A map whose stages have other names."""
    turn = dict(zip(picture.stages.stage, names, strict=False))
    for name in ("stages", "touchpoints", "channels", "flow", "emotion", "quotes", "pains", "ideas"):
        table = getattr(picture, name).copy()
        for column in table.columns.intersection(["stage", "of"]):
            table[column] = table[column].map(lambda value: turn.get(value, value))
        setattr(picture, name, table)
    picture.worst = turn.get(picture.worst, picture.worst)
    return picture


# ------------------------------------------------------------------ it fits
@pytest.mark.parametrize("k", [1, 2, 3, 5, 7, 9])
def test_nothing_overlaps_for_any_number_of_stages(k):
    assert wrong(made.journey("en", max(0, 5 - k), max(0, 5 - k) + k)) == []


@pytest.mark.parametrize("first", [0, 4])
def test_nothing_overlaps_in_german(first):
    assert wrong(made.journey("de", first)) == []


def test_nothing_overlaps_without_scores_or_on_another_scale():
    assert wrong(made.events_only("en", 0, 6)) == []
    assert wrong(made.two_sided("de", 0, 6)) == []


@pytest.mark.parametrize("k", [3, 7])
def test_hostile_names_stay_on_the_page(k):
    ax = plot_journey_map(renamed(made.journey("en", 2, 2 + k), HARD))
    for width in (DESK, PHONE):
        at(ax, width)
        assert clashes(ax.figure) == []
        assert not any(text.get_parse_math() for text in ax.texts)
        assert all(text.get_fontsize() >= (9.0 if width == DESK else 10.0) - 1e-9 for text in ax.texts)


def test_long_words_everywhere_else():
    long = "Unternehmenskommunikationsabteilung " * 5
    picture = made.journey("en", 0, 7)
    picture.pains = picture.pains.assign(pain=long, customers=123_456_789.0)
    picture.ideas = picture.ideas.assign(owner=long, idea=long)
    picture.emotion = picture.emotion.assign(curve=[long if c == "Jan to Mar 2026" else long + "2" for c in
                                                    picture.emotion.curve])  # fmt: skip
    ax = plot_journey_map(SimpleNamespace(**{**vars(picture), "score_name": long}))
    for width in (DESK, PHONE):
        assert clashes(at(ax, width).figure) == []


def test_widths_between_and_axes_of_ones_own():
    assert wrong(made.journey("en", 0, 7), (405, 640)) == []
    ax = plot_journey_map(made.journey("en", 0, 12), ax=Figure(figsize=(7.6, 7)).add_axes((0, 0, 1, 1)))
    assert ax.figure.axes == [ax]
    with pytest.raises(UsageError, match="expected matplotlib axes"):
        plot_journey_map(made.journey("en"), ax=3)
    with pytest.raises(UsageError, match="not a theme"):
        plot_journey_map(made.journey("en"), theme="drak")


def test_more_stages_than_columns_turn_the_map():
    names = [f"Stage {k}" for k in range(14)]
    flow = pd.DataFrame({"stage": names, "reached": range(1400, 0, -100), "left": 0})
    empty = dict.fromkeys(["touchpoints", "channels", "emotion", "quotes", "pains", "ideas"])
    picture = SimpleNamespace(stages=flow[["stage"]], flow=flow, lens=(), rules=(), scale=(1, 5), **empty)
    assert wrong(picture) == []
    rows = [text.get_position()[1] for text in plot_journey_map(picture).texts if text.get_text().startswith("Stage ")]
    assert len(rows) == 14
    assert rows == sorted(rows, reverse=True)


# ------------------------------------------------------------------ it is the same on the page
def test_follows_the_page_in_the_dark_and_is_the_same_each_time():
    ax = plot_journey_map(made.journey("en"))
    first = svg(at(ax, PHONE).figure)
    assert in_palette(first)
    assert in_palette(svg(at(ax, DESK).figure))
    assert svg(at(ax, PHONE).figure) == first
    assert "var(--c2)" in inline(first, "n")
    page = str(show(plot_journey_map(made.journey("en"))).data["image/x-cxkit-figure"])
    assert 'class="card"' not in page
    assert page.count("<svg") == 2


def mixed(over, share, ground):
    return to_hex([share * a + (1 - share) * b for a, b in zip(to_rgb(over), to_rgb(ground), strict=True)])


def test_words_on_every_ground_are_legible_in_light_and_dark():
    light = {token: colour for colour, token in TOKENS.items()}
    for colours in (light, {**light, **DARK}):
        for face in (LOUD, PAGE.bad_soft, PAGE.accent_soft, PAGE.card):
            token, share = TOKENS[face[:7]], int(face[7:], 16) / 255
            assert contrast(colours["ink"], mixed(colours[token], share, colours["bg"])) >= 4.5, face
        tint = mixed(colours["c2"], int(PAGE.bad_soft[7:], 16) / 255, colours["bg"])
        assert min(contrast(colours[token], tint) for token in ("mute", "c1")) >= 4.5


def test_nothing_is_written_in_orange():
    for width in (DESK, PHONE):
        ax = at(plot_journey_map(made.journey("en")), width)
        assert {TOKENS[to_hex(text.get_color())] for text in ax.texts} <= {"ink", "mute", "c1"}


# ------------------------------------------------------------------ it tells the truth
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_every_number_of_the_flow_and_the_scores_is_there(width):
    picture = made.journey("en", 0, 7)
    said = " ".join(texts(at(plot_journey_map(picture), width)))
    for reached in picture.flow.reached:
        assert f"{reached:,.0f}" in said
    for part in (
        "99.1\u00a0%",
        "28\u00a0%",
        "1,930 left",
        "2.7",
        "3.7",
        "1.3 below",
        "no answers",
        "No owner",
        "rank 1",
    ):
        assert part in said
    assert "of Delivery" in said.replace("28\u00a0% (27–29) of", "of")  # a side stage names its base


def test_the_curve_is_never_bridged():
    picture = made.journey("en", 3, 7)  # Pay, Delivery, Use (no answers), Get help
    for width in (DESK, PHONE):
        ax = at(plot_journey_map(picture), width)
        bold = [line for line in ax.lines if line.get_linewidth() == 2.4]
        assert len(bold) == 1  # Pay to Delivery alone
        dashed = [line for line in ax.lines if line.get_linewidth() == 1.2 and line.is_dashed()]
        assert len(dashed) == 3 + (width == PHONE)  # the other curve was asked everywhere; on a phone its key


def test_few_answers_are_hollow_and_a_moment_is_a_star():
    ax = plot_journey_map(made.journey("en", 0, 7))
    marks = {line.get_marker(): [] for line in ax.lines}
    for line in ax.lines:
        marks[line.get_marker()].append(line)
    assert [to_hex(line.get_markerfacecolor()) for line in marks["o"]].count(PAGE.bg) == 1  # Choose, 24 answers
    assert len(marks["*"]) == 2
    assert len(marks["D"]) == 7


def test_bars_measure_customers():
    """10,260 came to Choose, 210 may still come, 1,930 left: 12,400 in all, as tall as the bar of Discover."""
    ax = plot_journey_map(made.journey("en", 0, 3))
    x = Grid(SimpleNamespace(names=[1, 2, 3]), DESK).mid(1)
    own = [p for p in ax.patches if p.__class__.__name__ == "Rectangle" and abs(p.get_x() + p.get_width() / 2 - x) < 1]
    dotted = next(p for p in own if p.get_linestyle() not in ("-", "solid") and p.get_height() < 5)
    strokes = next(p for p in ax.patches if p.get_gid() == "strokes").get_path().get_extents()
    hatched = next(p for p in own if p.get_y() == pytest.approx(strokes.y0))
    assert hatched.get_bbox().bounds == pytest.approx(strokes.bounds)
    assert hatched.get_height() / dotted.get_height() == pytest.approx(1930 / 210)
    assert hatched.get_height() == pytest.approx(48 * 1930 / 12400)


def test_a_side_stage_has_no_leavers_and_the_caption_names_only_what_is_drawn():
    ax = plot_journey_map(made.journey("en", 6, 8))
    assert not any("left" in text for text in texts(ax))
    said = caption_of(ax).sub
    assert "hatched" not in said
    assert "outlined" in said
    assert "hollow" not in said
    full = caption_of(plot_journey_map(made.journey("en", 0, 7))).sub
    assert (
        "counts: all with a touch, whichever way they came; percentages: of the customers of the stage before" in full
    )
    assert (
        "who came on within 30\xa0d of their first touch there, where that time is over, with 95\xa0% interval" in full
    )
    for mark in (
        "hollow: fewer than 30 answers",
        "star: moment of truth",
        "hatched: left",
        "dotted: open, window not over",
    ):
        assert mark in full.replace("Hollow", "hollow")


def test_goals_of_their_own_stand_under_their_stage():
    goals = {"Discover": 4.2, "Delivery": 3.5}
    ax = plot_journey_map(made.journey("en", 0, 7, goal=None, goals=goals))
    said = texts(ax)
    assert "goal 4.2" in said
    assert "goal 3.5" in said
    assert "goal 4.0" not in said
    assert "0.8 below" in said
    assert wrong(made.journey("en", 0, 7, goal=None, goals=goals)) == []


def test_at_or_above_the_goal_nothing_is_below():
    picture = made.journey("en", 0, 7, goal=2.0)
    assert not any(
        "below" in text for text in texts(plot_journey_map(picture)) if "goal" not in text and "bar" not in text
    )
    assert wrong(picture) == []


def test_events_alone_say_so_and_mark_the_largest_loss():
    ax = plot_journey_map(made.events_only("en", 0, 6))
    assert any("Scores missing" in text for text in texts(ax))
    assert caption_of(ax).title.startswith("Most customers are lost between Discover and Choose")
    assert caption_of(ax).data.equals(map_table(made.events_only("en", 0, 6)))


def test_missing_limits_and_empty_tables():
    picture = made.journey("en", 0, 5)
    picture.emotion = picture.emotion.assign(low=nan, high=nan)
    picture.flow = picture.flow.assign(low=nan, high=nan)
    picture.pains = picture.pains.assign(low=nan, high=nan, rank_low=nan, rank_high=nan)
    assert wrong(picture) == []
    bare = {name: getattr(picture, name).iloc[:0] for name in ("flow", "pains", "ideas")}
    assert wrong(made.journey("en", 0, 5, **bare)) == []
    alone = made.journey("en", 0, 5, emotion=picture.emotion.iloc[:0], worst="", pains=picture.pains.iloc[:0])
    assert wrong(alone) == []


def test_words_of_a_row_share_one_size_and_are_broken_last():
    found = cells(["Pay", "Verpackungsmaterial"], 60, 12, 3)
    assert found[0].size == found[1].size
    assert len(found[1].lines) == 2  # as few lines as at the smallest size
    assert cells(["Pay", "Use"], 60, 12, 3)[0].size == 12
    assert cells([""], 60, 12, 3)[0].lines == []


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 25))])
def test_random_scores_with_gaps_never_overlap(seed):
    rng = np.random.default_rng(seed)
    picture = made.journey("de" if rng.random() < 0.5 else "en", 0, int(rng.integers(4, 10)))
    score = rng.uniform(1.2, 4.8, len(picture.emotion))
    half = rng.uniform(0.02, 0.6, len(score))
    score[rng.random(len(score)) < 0.2] = nan
    low, high = np.clip(score - half, 1, 5), np.clip(score + half, 1, 5)
    picture.emotion = picture.emotion.assign(score=score, low=low, high=high)
    ax = plot_journey_map(picture)
    for width in (DESK, PHONE):
        assert clashes(at(ax, width).figure) == []
