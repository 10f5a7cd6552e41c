"""The picture of signals and the lines of goals: what is drawn, what the title may say, and that no words meet."""

from __future__ import annotations

import numpy as np
import page_notebook as made
import pandas as pd
import pytest

from cxkit.charts import caption_of, clashes, plot_signals, plot_trend
from cxkit.charts.caption import repaint
from cxkit.charts.save import in_palette, svg
from cxkit.charts.trend_lines import Event, place_events
from cxkit.errors import UsageError
from cxkit.goals import Goal, read_goals
from cxkit.survey import signals

GOALS = read_goals("sample:goals")


def weeks(n: int = 60, many: int = 40, drop: float = 0.0, at: int = 32, seed: int = 1) -> pd.DataFrame:
    """Weeks of n answers with shares .5/.3/.2, from week `at` on `drop` lower."""
    draw = np.random.default_rng(seed)
    week = np.repeat(np.arange(many), n)
    low, mark = np.where(week < at, 0.0, drop / 2), draw.random(many * n)
    score = np.where(mark < 0.5 - low, 9, np.where(mark < 0.8 - 2 * low, 8, 3))
    day = pd.to_datetime("2025-09-01") + pd.to_timedelta(week * 7 + draw.integers(0, 7, many * n), unit="D")
    return pd.DataFrame({"score": score, "responded_at": day})


CALM, FALL = signals(weeks()), signals(weeks(drop=0.3))


def by_gid(ax, gid):
    return [line for line in ax.lines if line.get_gid() == gid]


def faults(ax) -> list:
    """Clashes of a picture at the widths of a desk and of a phone."""
    found = []
    for width in (552.0, 246.0):
        ax.figure.set_size_inches(width / 72, caption_of(ax).height(width) / 72)
        repaint(ax)
        found += [(width, *clash) for clash in clashes(ax.figure)]
    return found


def test_a_fall_is_the_title():
    ax = plot_signals(FALL)
    row = FALL.change.iloc[0]
    title = caption_of(ax).title
    assert title == f"NPS fell from {row.before:+.0f} to {row.estimate:+.0f} about the week of 13 Apr 2026".replace(
        "-", "−"
    )
    assert "changed about the week of 13 Apr" in [text.get_text() for text in ax.texts]
    assert len(by_gid(ax, "level")) == 2
    assert by_gid(ax, "level")[1].get_ydata()[0] == pytest.approx(row.estimate)
    assert any(text.get_text().endswith("since") for text in ax.texts)


def test_no_change_is_said_and_the_usual_level_drawn():
    ax = plot_signals(CALM)
    assert caption_of(ax).title == "No change in NPS can be shown over these 40 weeks"
    assert len(by_gid(ax, "level")) == 1
    assert any(text.get_text().startswith("usual +") for text in ax.texts)
    assert "may well go unseen for four weeks" in caption_of(ax).sub


@pytest.mark.parametrize(("p", "title"), [(0.04, "NPS fell from"), (0.1, "NPS probably fell from"), (0.3, "No change")])
def test_the_title_claims_no_more_than_p(p, title):
    from dataclasses import replace

    calm = signals(weeks()).table.assign(signal="")
    row = FALL.change.assign(p=p)
    found = replace(FALL, table=calm, change=row, changes=row if p <= 0.05 else row.head(0))
    assert caption_of(plot_signals(found)).title.startswith(title)
    wide = replace(found, change=row.assign(difference_high=3.0))
    assert caption_of(plot_signals(wide)).title.startswith("No change")


def test_signals_without_a_change():
    from dataclasses import replace

    none = CALM.change.assign(p=0.9)
    drop = replace(CALM, change=none, table=CALM.table.assign(signal=np.where(np.arange(40) == 35, "drop", "")))
    assert caption_of(plot_signals(drop)).title == "A drop in NPS was signalled in the week of 4 May 2026"
    low = replace(CALM, change=none, table=CALM.table.assign(signal=np.where(np.arange(40) == 35, "low", "")))
    assert caption_of(plot_signals(low)).title == "NPS was below its usual range in 1 of 14 weeks"
    assert len(by_gid(plot_signals(low), "low")[0].get_xdata()) == 1
    assert len(by_gid(plot_signals(drop), "drop")[0].get_xdata()) == 1


def test_alt_and_data_have_the_numbers():
    words = caption_of(plot_signals(FALL, goals=GOALS, marks={"2026-04-13": "new prices"}))
    for part in ("difference −", "usual level +", "drop signalled", "Board paper", "13 Apr: new prices", "(n 1,920)"):
        assert part in words.alt
    assert len(words.data) == len(FALL.table)
    assert "learnt from 26 weeks (1 Sep 2025 to 1 Mar 2026)" in words.sub
    assert "n 60 a week" in words.sub


def test_unfinished_is_hollow_and_empty_breaks_the_line():
    rows = weeks()
    rows = rows[(rows.responded_at < "2026-05-20") & (rows.responded_at.dt.isocalendar().week != 16)]
    ax = plot_signals(signals(rows))
    assert len(by_gid(ax, "hollow")[0].get_xdata()) == 1
    assert np.isnan(by_gid(ax, "line")[0].get_ydata()).sum() == 2


@pytest.mark.parametrize("unit", ["week", "day", "month", "quarter"])
@pytest.mark.parametrize("drop", [0.0, 0.3])
def test_words_never_meet(unit, drop):
    many = 15 if unit == "day" else 60
    table = weeks(many=many, drop=drop, at=many - 10)
    marks = {"2025-11-05": "Neue Versandkostenregelung für alle Bestellungen", "2025-11-12": "b", "2025-11-13": "c"}
    assert faults(plot_signals(signals(table, unit=unit, baseline=8), marks=marks, goals=GOALS)) == []


@pytest.mark.parametrize("many", [1, 2, 9, 130])
def test_any_number_of_weeks(many):
    assert faults(plot_signals(signals(weeks(many=many), baseline=8), goals=GOALS)) == []


def test_no_answers():
    with pytest.warns(UserWarning, match="no nps score"):
        ax = plot_signals(signals(weeks().head(0)))
    assert caption_of(ax).title == "There are no answers in these periods"
    assert faults(ax) == []


def test_colours_are_the_pages():
    assert in_palette(svg(plot_signals(FALL, goals=GOALS).figure))


def test_goals_are_lines_with_name_and_year():
    trend = made.months(12)
    goals = [Goal("target", "Board", "nps", 38.5, "points", "Minutes", 2026), *GOALS.benchmarks]
    ax = plot_trend(trend, goals=goals)
    assert "Board +38.5 (2026)" in [text.get_text() for text in ax.texts]
    assert [line.get_ydata()[0] for line in by_gid(ax, "target") + by_gid(ax, "benchmark")] == [38.5, 34, 46]
    styles = {str(line._unscaled_dash_pattern) for line in by_gid(ax, "target") + by_gid(ax, "benchmark")}
    assert len(styles) == 3
    assert "Board +38.5: Minutes, 2026" in caption_of(ax).sub
    assert "Board +38.5: Minutes, 2026" in caption_of(ax).alt
    assert faults(ax) == []


def test_many_goals_make_a_key():
    many = [Goal("benchmark", f"Häuser und Gärten {i}", "nps", 30.0 + i, "points", "Panel", 2025) for i in range(5)]
    assert faults(plot_trend(made.months(12), target=20, goals=many)) == []
    assert faults(plot_signals(FALL, goals=many)) == []


def test_goals_of_another_metric_are_refused():
    other = Goal("target", "Board", "csat", 0.8, "share", "Minutes", 2026)
    with pytest.raises(UsageError, match="the goal 'Board' is for CSAT in share, the picture shows NPS in points"):
        plot_trend(made.months(3), goals=[other])
    with pytest.raises(UsageError, match="plot_signals: the goal 'Board' is for CSAT"):
        plot_signals(CALM, goals=[other])


def test_what_is_no_signals_is_refused():
    with pytest.raises(UsageError, match="expected what cxkit.survey.signals"):
        plot_signals(CALM.table)
    with pytest.raises(UsageError, match="marks: expected a table or a mapping"):
        plot_signals(CALM, marks=["2026-01-01"])


def test_event_names_do_not_meet_nor_cross():
    two = [Event(30, "3 Aug: new carrier"), Event(31, "changed about the week of 10 Aug", bold=True)]
    first, second = place_events(two, 40, 30, 500, 552)
    assert first.row != second.row or first.end < second.start
    higher, lower, line = (first, second, 30) if first.row > second.row else (second, first, 31)
    at = 30 + (line + 0.5) / 40 * 500
    assert not lower.start < at - 3 < lower.end - 6 or higher.row == lower.row
    apart = place_events([Event(2, "a"), Event(30, "b")], 40, 30, 500, 552)
    assert [spot.row for spot in apart] == [0, 0]
    assert place_events([], 40, 30, 500, 552) == []
