"""The journey map on whole pages: nothing overlaps or is cut, the words claim what was tested, the same bytes each time."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
import xml.dom.minidom
from itertools import product
from math import nan
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from charts import journey_map_data as made
from matplotlib import rcParams
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cxkit.charts.caption import caption_of
from cxkit.charts.journey_map import faults, map_alt, map_table, plot_journey_map, save_journey_map
from cxkit.charts.journey_map.facts import facts_of
from cxkit.charts.journey_map.measure import at_most
from cxkit.charts.journey_map.palette import DARK, LIGHT, contrast
from cxkit.charts.journey_map.table import numbers
from cxkit.charts.journey_map.titles import finding, subtitles
from cxkit.errors import DataError, UsageError

KINDS = {"full": made.journey, "two-sided": made.two_sided, "events": made.events_only}


def texts(ax) -> str:
    """All that is written on the map, lines joined."""
    return " ".join(text.get_text() for text in ax.texts)


def bars(ax) -> list[Rectangle]:
    """Filled and hatched rectangles that text must not touch."""
    return [patch for patch in ax.patches if isinstance(patch, Rectangle) and getattr(patch, "cx_role", "") == "mark"]


def title(journey) -> str:
    return finding(facts_of(journey))


def with_emotion(journey, stage: str, **values):
    """The map with another score of the subject at one stage."""
    emotion = journey.emotion.copy()
    here = (emotion.stage == stage) & (emotion.curve == emotion.curve.iloc[0])
    for name, value in values.items():
        emotion[name] = emotion[name].astype(float)
        emotion.loc[here, name] = value
    return SimpleNamespace(**{**vars(journey), "emotion": emotion})


# ------------------------------------------------------------------ layout
@pytest.mark.parametrize(
    ("kind", "language", "page", "theme", "first", "last"),
    [
        ("full", "en", "a3", "light", 0, 9),
        ("full", "de", "a3", "dark", 0, 9),
        ("full", "de", "slide", "light", 2, 9),
        ("full", "en", "slide", "dark", 4, 7),
        ("full", "en", "a3", "light", 5, 8),
        ("two-sided", "en", "slide", "light", 1, 8),
        ("events", "de", "a3", "light", 0, 9),
        ("events", "en", "slide", "dark", 0, 5),
    ],
)
def test_nothing_overlaps_or_is_cut(kind, language, page, theme, first, last):
    ax = plot_journey_map(KINDS[kind](language, first, last), page=page, theme=theme)
    assert faults(ax) == []


def every():
    for language, (page, most) in product(("en", "de"), (("a3", 9), ("slide", 7))):
        yield from ((language, page, a, a + k) for k in range(3, most + 1) for a in range(9 - k + 1))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_overlaps_in_any_variant(kind, theme):
    bad = {}
    for language, page, first, last in every():
        found = faults(plot_journey_map(KINDS[kind](language, first, last), page=page, theme=theme))
        if found:
            bad[language, page, first, last] = found
    assert bad == {}


def test_the_check_sees_faults():
    ax = plot_journey_map(made.journey("en", 4, 7), page="slide")
    bar = max(bars(ax), key=lambda patch: patch.get_height())
    ax.text(bar.get_x() + 9, bar.get_y() + 9, "on the bar", color="#ffffff", fontsize=6)
    ax.text(-9, 99, "outside", fontsize=9, color="#000000")
    found = {(fault[0], fault[1]) for fault in faults(ax)}
    assert {("on a mark", "on the bar"), ("too small", "on the bar"), ("faint", "on the bar")} <= found
    assert ("off the page", "outside") in found
    twice = plot_journey_map(made.journey("en", 4, 7), page="slide")
    spot = twice.texts[0]
    twice.text(*spot.get_position(), "again", color="#000000")
    assert any(fault[0] == "overlap" and "again" in fault for fault in faults(twice))


@pytest.mark.parametrize("stages", [1, 2])
def test_few_stages(stages):
    for page in ("a3", "slide"):
        assert faults(plot_journey_map(made.journey("en", 4, 4 + stages), page=page)) == []


@pytest.mark.parametrize("page", ["a3", "slide"])
@pytest.mark.parametrize("factor", [0.001, 1_000_000])
def test_tiny_and_huge_counts(page, factor):
    journey = made.journey("de", 2, 8)
    for name in ("reached", "left", "open"):
        journey.flow[name] = (journey.flow[name] * factor).round()
    journey.pains["customers"] = (journey.pains.customers * factor).round()
    ax = plot_journey_map(journey, page=page)
    assert faults(ax) == []
    assert ("Mrd." in texts(ax)) == (factor > 1)


def test_very_long_names_are_broken_and_cut_only_with_an_ellipsis():
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    journey = made.journey("de", 3, 9)
    journey.touchpoints["action"] = long
    journey.pains["pain"] = f"{long} {long}"
    journey.ideas["idea"] = long
    journey.quotes["text"] = "Das geht so nicht weiter, und das sage ich jetzt zum letzten Mal. " * 9
    journey.rules = tuple(f"Regel {k}: {long} {long}" for k in range(14))
    journey.lens = tuple((f"Nr. {k}", f"{long} und {long}") for k in range(9))
    ax = plot_journey_map(journey, page="a3")
    assert {fault[0] for fault in faults(ax)} <= {"cut"}
    assert "weitere Regeln" in texts(ax)
    assert "…" in texts(ax)


def test_more_pains_plans_and_comments_where_there_is_room_and_the_rest_is_counted():
    roomy = texts(plot_journey_map(made.journey("en", 4, 7), page="a3"))
    assert "Nobody answers where it is" in roomy
    assert "The driver rang first" in roomy
    tight = texts(plot_journey_map(made.journey("en"), page="a3"))
    assert "Nobody answers" not in tight
    assert re.search(r"and 1 more|\+1", tight)
    assert "Nobody answers where it is" in map_table(made.journey("en"))["Pain points"].iloc[4]


def test_comments_left_out_for_want_of_room_are_said_to_be():
    ax = plot_journey_map(made.journey("de", 2, 9), page="slide")
    assert "Kommentare entfallen hier" in re.sub(r"\s+", " ", texts(ax))
    assert "Urlaubstag" not in texts(ax)


# ------------------------------------------------------------------ gaps
def test_a_gap_in_the_scores_is_never_bridged():
    ax = plot_journey_map(made.journey("en"), page="a3")
    curve = [line for line in ax.lines if line.get_color() == LIGHT.accent and line.get_linewidth() == 2.6]
    assert len(curve) == 6  # nine stages, eight pieces, two of them touch "Use", about which nobody answered
    assert all(np.isfinite(line.get_xydata()).all() for line in curve)
    assert "no answers" in texts(ax)
    hollow = [line for line in ax.lines if line.get_marker() == "o" and line.get_markerfacecolor() == LIGHT.bg]
    assert len(hollow) == 1  # Choose, n 24
    assert "n 24, too few" in texts(ax)


def test_events_alone():
    journey = made.events_only("en", rules=())
    ax = plot_journey_map(journey, page="a3")
    said = texts(ax)
    assert "Scores missing: the map has no survey answers." in said
    for word in ("Pain points", "In their words", "What we do", "goal", "n 640"):
        assert word not in said
    assert caption_of(ax).title == "Most customers are lost between Use and Renew: 3,420 of 6,330"
    full = plot_journey_map(made.journey("en"), page="a3")
    assert max(bar.get_height() for bar in bars(ax)) > 3 * max(bar.get_height() for bar in bars(full))


def test_missing_tables_and_parts():
    journey = made.journey("en", 2, 8)
    journey.ideas = None
    journey.touchpoints = journey.touchpoints[journey.touchpoints.stage != "Pay"]
    journey.channels = journey.channels[journey.channels.stage != "Order"]
    journey.quotes = journey.quotes.drop(columns=["score", "best", "said", "ref", "mood"])
    journey.pains = journey.pains[["stage", "pain", "customers"]]
    journey.flow = journey.flow[journey.flow.stage != "Use"].drop(columns=["open", "median_seconds"])
    journey.lens, journey.rules, journey.goal, journey.change = (), (), None, None
    for page in ("a3", "slide"):
        ax = plot_journey_map(journey, page=page)
        assert faults(ax) == []
        assert "What we do" not in texts(ax)
        assert "nan" not in texts(ax).lower().replace("finan", "")
    assert "no steps recorded" in texts(plot_journey_map(journey, page="a3"))
    assert "nan" not in map_alt(journey) + map_table(journey).to_csv()


def test_goals_of_single_stages_are_ticks():
    one = plot_journey_map(made.journey("en", 2, 8), page="a3")
    many = plot_journey_map(made.journey("en", 2, 8, goals={"Delivery": 4.5}), page="a3")

    def dotted(ax):
        return [line for line in ax.lines if line.get_color() == LIGHT.ink and line.is_dashed()]

    assert (len(dotted(one)), len(dotted(many))) == (1, 6)
    assert "goal 4.5" in texts(many)
    assert "1.8 below" in texts(many)
    assert faults(many) == []


def test_a_scale_below_zero_is_signed_with_a_true_minus():
    ax = plot_journey_map(made.two_sided("en", 2, 9), page="a3")
    assert "−0.3" in [text.get_text() for text in ax.texts]
    assert "+1.3" in [text.get_text() for text in ax.texts]
    assert "-" not in re.sub(r"[A-Za-z]-[A-Za-z0-9]|\d-[A-Za-z]", "", texts(ax))
    assert caption_of(ax).title == "It hurts most at Delivery: −0.3 against a goal of +1.0"


def test_the_other_curve_has_its_intervals():
    ax = plot_journey_map(made.journey("en", 2, 5), page="a3")
    whiskers = [
        line
        for line in ax.lines
        if line.get_color() == LIGHT.past and line.get_linewidth() == 0.9 and np.ptp(line.get_xdata()) == 0
    ]
    assert len(whiskers) == 3


def test_a_curve_to_be_has_neither_answers_nor_intervals():
    journey = made.journey("en", 2, 6)
    own = journey.emotion[journey.emotion.curve == journey.emotion.curve.iloc[0]]
    aim = own.assign(curve="To be", score=4.5, low=nan, high=nan, n=nan)
    journey.emotion = pd.concat([own, aim], ignore_index=True)
    ax = plot_journey_map(journey, page="a3")
    assert faults(ax) == []
    assert "To be" in [text.get_text() for text in ax.texts]
    assert "To be: 4.5;" in map_table(journey).iloc[0, 4]


def test_comments_too_long_are_cut_between_words():
    lines, whole = at_most("“" + "carried the parcel upstairs " * 4 + "”", 100, 3, 10, end="…”")
    assert not whole
    assert lines[-1].endswith("…”")
    assert set(" ".join(lines).strip("“”…").split()) == {"carried", "the", "parcel", "upstairs"}
    assert at_most("Donaudampfschifffahrtselektrizitätenhauptbetriebswerk", 100, 1, 10)[0][0].startswith("Donaudampf")


def test_a_slide_says_once_that_limits_are_intervals():
    for language, word in (("en", "interval"), ("de", "Intervall")):
        ax = plot_journey_map(made.journey(language, 0, 7), page="slide")
        assert [word in text.get_text() for text in ax.texts].count(True) == 1


def test_proposed_stages_are_said_to_be():
    assert "proposed from the data" in texts(plot_journey_map(made.journey("en", 0, 5, proposed=True), page="slide"))


# ------------------------------------------------------------------ sentences
def test_the_worst_stage_is_most_only_when_that_is_sure():
    journey = made.journey("en")
    assert title(journey) == "It hurts most at Delivery: 2.7 against a goal of 4.0"
    ranks = journey.pains.assign(rank_high=[9] * len(journey.pains))
    assert title(made.journey("en", pains=ranks)).startswith("It may hurt most at Delivery")
    assert title(with_emotion(journey, "Delivery", n=24)).endswith("from 24 answers only")
    unsure = with_emotion(journey, "Delivery", low=1.0, high=4.4)
    assert title(unsure).startswith("It may hurt most")  # Get help is clearly below its goal
    none = unsure
    for stage in ("Get help", "Send back"):
        none = with_emotion(none, stage, high=4.1)
    assert title(none) == "No stage is clearly below its goal; Delivery weighs most, with 2.7 against 4.0"


def test_a_worst_stage_without_a_score():
    journey = with_emotion(made.journey("en"), "Delivery", score=nan, low=nan, high=nan, n=0)
    assert title(journey) == "The largest pain point is at Delivery: Parcel comes after the promised date"
    ax = plot_journey_map(journey, page="a3")
    assert "There are no answers about what they felt." in caption_of(ax).sub
    assert "clearly" not in caption_of(ax).sub
    assert faults(ax) == []


def test_titles_without_a_worst_stage():
    calm = made.journey("en", 2, 5, worst="", pains=None, change=None)
    assert title(calm) == "Experience is lowest at Delivery: 2.7"
    assert title(made.journey("en", 2, 4, worst="", pains=None, goal=3.0)) == (
        "All 2 stages with answers clearly reach their goal"
    )
    assert title(made.journey("en", 2, 4, worst="", pains=None, goal=4.0)) == "No stage is clearly below its goal"
    wide = with_emotion(made.journey("en", 2, 4, worst="", pains=None, goal=None), "Pay", low=3.0, high=4.4)
    assert title(wide) == "No stage stands out: scores lie between 4.0 and 4.3"


def test_a_loss_is_the_largest_only_when_it_is_apart():
    # 1,930 of 12,190 (limits 1,852 to 2,011) and 1,940 of 12,190: their limits overlap
    journey = made.events_only("en", 0, 3)
    journey.flow.loc[2, ["left", "reached"]] = [1940, 10250]
    journey.flow.loc[2, ["share", "low", "high"]] = [0.8409, 0.8342, 0.8472]
    assert title(journey).startswith("One of the largest losses is between Choose and Order")
    assert title(made.events_only("de", 0, 3)) == (
        "Größter Verlust zwischen „Aufmerksam werden“ und „Auswahl und Vergleich“: 1.930 von 12.190 Kunden"
    )


@pytest.mark.parametrize(
    ("verdict", "start"), [("clear", "clearly lower"), ("likely", "probably lower"), ("too early", "Too early to say")]
)
def test_the_change_is_as_strong_as_its_verdict(verdict, start):
    change = dict(other="last year", difference=-0.2, low=-0.5, high=0.1, verdict=verdict)
    sub = subtitles(facts_of(made.journey("en", change=change)))[0]
    assert f"{start}" in sub
    assert "−0.2 (−0.5 to +0.1)" in sub


def test_a_limit_of_the_change_never_looks_like_zero():
    change = dict(other="last year", difference=-0.28, low=-0.53, high=-0.03, verdict="clear")
    assert "−0.3 (−0.53 to −0.03)" in subtitles(facts_of(made.journey("en", change=change)))[0]


def test_alt_and_table_hold_the_numbers_of_the_frames():
    journey = made.journey("en")
    alt, table = map_alt(journey), map_table(journey)
    emotion = journey.emotion[journey.emotion.curve == journey.emotion.curve.iloc[0]].set_index("stage")
    for stage, row in zip(journey.stages.stage, table.itertuples(index=False), strict=True):
        flow = journey.flow.set_index("stage").loc[stage]
        assert row[0] == stage
        assert f"{int(flow.reached):,} with a touch" in row[1]
        score = emotion.loc[stage]
        if np.isnan(score.score):
            assert "no answers" in row[4]
            assert f"{stage} without answers" in alt
        else:
            assert f"{score.score:.1f} ({score.low:.1f}–{score.high:.1f}), n {int(score.n):,}" in row[4]
            assert f"{stage} {score.score:.1f}" in alt
    for pain in journey.pains.itertuples():
        cell = table.set_index("Stage").loc[pain.stage, "Pain points"]
        assert f"{pain.pain}: {int(pain.customers):,} customers × {pain.gap:.1f}" in cell
        assert f"impact {pain.impact:,.0f}" in cell
    assert "12,400 customers start" in alt
    assert "Parcel comes after the promised date at Delivery (4,310 customers × 1.9)" in alt
    assert "Moments of truth: Delivery, Get help." in alt
    assert "Planned without an owner: One owner for each case, to the end." in alt
    came = "84\xa0% (84–85) of 12,190 of Discover came on within 30\xa0d"
    assert table.iloc[1, 1] == f"10,260 with a touch; {came}; median 14\xa0h; 1,930 left; 210 open"
    assert "(1 of 5, one of 249 low scores (1 to 2) of 1,742, 14 Feb 2026, #e92d)" in table.iloc[4, 5]


def test_a_bar_is_never_taller_than_the_stage_it_comes_from():
    # of 624 customers 552 had time enough: 257 went on, 295 left; 72 are open, 34 of whom have arrived already
    flow = pd.DataFrame(
        {"stage": ["Look", "Buy"], "of": ["", "Look"], "reached": [624, 291], "n": [0, 552], "left": [0, 295],
         "open": [0, 72], "share": [nan, 257 / 552], "low": [nan, 0.42], "high": [nan, 0.51]}
    )  # fmt: skip
    nothing = dict.fromkeys(["touchpoints", "channels", "emotion", "quotes", "pains", "ideas"])
    journey = SimpleNamespace(stages=flow[["stage"]], flow=flow, lens=(), rules=(), scale=(-2, 2), **nothing)
    ax = plot_journey_map(journey, page="slide")
    assert title(journey) == "Most customers are lost between Look and Buy: 295 of 552"
    look, *buy = sorted(bars(ax), key=lambda bar: (bar.get_x(), bar.get_y()))
    assert sum(bar.get_height() for bar in buy) == pytest.approx(look.get_height())
    assert "72 open" in texts(ax)


def test_the_workbook_gets_the_numbers_unrounded():
    journey = made.journey("en")
    table = numbers(facts_of(journey))
    assert table.score.iloc[1] == journey.emotion.score.iloc[1]
    assert table.share.iloc[1] == journey.flow.share.iloc[1]
    assert {"other_score", "goal", "slope"} <= set(table.columns)


def test_durations_in_the_unit_a_person_would_choose():
    said = texts(plot_journey_map(made.journey("en"), page="a3"))
    for words in ("median 14\xa0h", "median 6\xa0min", "median 6.4\xa0d", "median 41\xa0d"):
        assert words in said


# ------------------------------------------------------------------ hostile text, files, errors
def test_hostile_text():
    journey = made.journey("en", 3, 6)
    bad = "$\\frac{1}{0}$ <script>\u202e x_1^2 \x00\n\n % {n} 🦀 漢字 " + "W" * 90
    for table, column in ((journey.quotes, "text"), (journey.pains, "pain"), (journey.touchpoints, "action")):
        table[column] = bad
    journey.lens = (("{stage}", bad),)
    journey.rules = (bad,)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax = plot_journey_map(journey, page="a3")
        assert {fault[0] for fault in faults(ax)} <= {"cut"}
    assert not any(text.get_parse_math() for text in ax.texts)
    assert not re.search("[\u202e\x00\n🦀]", texts(ax) + map_alt(journey))
    assert "$\\frac{1}{0}$" in texts(ax)


def test_the_same_bytes_in_two_processes(tmp_path):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import journey_map_data as made;"
        "from cxkit.charts.journey_map import save_journey_map as save;"
        "[save(made.journey('en', 3, 6), path, page='slide') for path in sys.argv[2:]]"
    )
    here = [tmp_path / f"map.{suffix}" for suffix in ("svg", "pdf", "png")]
    for path in here:
        save_journey_map(made.journey("en", 3, 6), path, page="slide")
    first = [path.read_bytes() for path in here]
    subprocess.run([sys.executable, "-c", code, str(Path(made.__file__).parent), *map(str, here)], check=True)
    assert [path.read_bytes() for path in here] == first


def test_an_svg_has_title_and_description_of_its_own(tmp_path):
    path = save_journey_map(made.journey("en", 3, 6), tmp_path / "my map.svg", page="slide", theme="dark")
    root = xml.dom.minidom.parse(str(path)).documentElement
    assert root.getElementsByTagName("title")[0].firstChild.data.startswith("It hurts most at Delivery")
    assert root.getElementsByTagName("desc")[0].firstChild.data == map_alt(made.journey("en", 3, 6))
    assert root.getAttribute("aria-labelledby") == "my-map-t my-map-d"
    assert not re.search(r"20\d\d-\d\d-\d\dT|<text|matplotlib", path.read_text("utf8"))


def test_a_png_says_what_it_shows(tmp_path):
    from PIL import Image

    path = save_journey_map(made.journey("en", 3, 6), tmp_path / "map.png", page="slide")
    with Image.open(path) as picture:
        assert picture.size == (2000, 1125)
        assert picture.text["Description"] == map_alt(made.journey("en", 3, 6))


def test_axes_in_and_out():
    fig = Figure(figsize=(13.4, 7.6))
    ax = fig.add_axes((0, 0, 1, 1))
    before = dict(rcParams)
    assert plot_journey_map(made.journey("en", 3, 6), page="slide", ax=ax) is ax
    assert dict(rcParams) == before
    assert faults(ax) == []
    with pytest.raises(UsageError, match="needs axes of 16.5 x 11.7 inches, these have 13.4 x 7.6"):
        plot_journey_map(made.journey("en", 3, 6), page="a3", ax=ax)
    with pytest.raises(UsageError, match="expected matplotlib axes, got str"):
        plot_journey_map(made.journey("en", 3, 6), page="a3", ax="here")


def test_the_map_is_left_as_it_was():
    journey = made.journey("en", 3, 6)
    before = {name: table.copy() for name, table in vars(journey).items() if isinstance(table, pd.DataFrame)}
    plot_journey_map(journey, page="a3")
    for name, table in before.items():
        pd.testing.assert_frame_equal(getattr(journey, name), table)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (dict(page="A4"), "'A4' is not a page of the map. Choose from 'a3', 'column', 'slide'"),
        (dict(theme="lihgt"), "'lihgt' is not a theme of the map. Did you mean 'light'"),
        (dict(language="fr"), "'fr' is not a language of the map"),
        (dict(worst="Delivry"), "worst stage 'Delivry' is not a stage of the map. Did you mean 'Delivery'"),
        (dict(scale=(5, 1)), r"scale must be \(low, high\)"),
        (dict(flow=pd.DataFrame({"stage": ["Pay"]})), "flow: the table has no column 'reached'"),
        (dict(ideas=pd.DataFrame({"stage": ["Payy"], "idea": ["x"]})), "names the stage 'Payy'.*Did you mean 'Pay'"),
        (dict(stages=pd.DataFrame({"stage": []})), "no stages"),
        (dict(stages=pd.DataFrame({"stage": ["Pay", "Pay"]})), "'Pay' stands twice"),
    ],
)
def test_errors_say_what_to_do(change, match):
    how = {name: change.pop(name) for name in ("page", "theme") if name in change}
    journey = SimpleNamespace(**{**vars(made.journey("en", 3, 6)), **change})
    with pytest.raises((UsageError, DataError), match=match):
        plot_journey_map(journey, **{"page": "a3", **how})


def test_too_many_stages_and_no_map():
    names = [f"Stage {k}" for k in range(11)]
    journey = made.events_only("en")
    flow = pd.DataFrame({"stage": names, "reached": range(11, 0, -1)})
    journey = SimpleNamespace(**{**vars(journey), "flow": flow, "touchpoints": None, "channels": None})
    journey.stages = pd.DataFrame({"stage": names})
    with pytest.raises(UsageError, match="11 stages do not fit on page 'a3', which takes up to 10. Split"):
        plot_journey_map(journey, page="a3")
    with pytest.raises(UsageError, match="expected a journey map, got dict"):
        map_alt({})
    with pytest.raises(UsageError, match="no folder"):
        save_journey_map(made.journey("en", 3, 6), "/nowhere/at/all/map.png")


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_colour_is_legible_where_it_stands(look):
    for ground in (look.bg, look.card, look.bad_soft):
        for name in ("ink", "mute", "bad_text", "accent_text", "good_text"):
            assert contrast(getattr(look, name), ground) >= 4.5, (name, ground)
    for ground in (*look.tints, look.accent_soft):
        assert contrast(look.ink, ground) >= 4.5
    assert contrast(look.on_bad, look.bad) >= 4.5
