"""Weekly shares of incidents: what the title may say, the range of usual weeks, and that all of it fits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxkit.charts import caption_of, clashes
from cxkit.charts.caption import repaint
from cxkit.charts.incidents import plot_incidents
from cxkit.charts.save import in_palette, svg
from cxkit.errors import UsageError

HARD = [
    "Telefonische Kundenbetreuung und Beschwerdemanagement",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "$x^2$ <b>bold</b>",
    "خدمة العملاء",
    "🙂" * 3 + "x" * 200,
    "日本語の店舗での接客サービス全般について",
]


def made(k=1, verdict="clear", names=("checkout", "order"), weeks=26, last=None, **more):
    """Incidents from the tenth week on: 40 % in place of 60 %."""
    days = pd.date_range("2026-04-06", periods=weeks, freq="7D")
    inside = np.arange(weeks) >= min(10, weeks - 1)
    week = pd.DataFrame({"start": days, "n": 200, "share": np.where(inside, 0.4, 0.6), "usual": 0.6, "inside": inside})
    row = {"by": "channel", "value": "mobile", "start": days[inside][0], "end": last or pd.NaT, "n_inside": 3200}
    row |= {"share_inside": 0.4, "share_outside": 0.6, "difference": -0.2, "low": -0.24, "high": -0.16}
    rows = [
        {**row, "incident": i + 1, "from": names[i % len(names)], "to": names[(i + 1) % len(names)],
         "p_adjusted": 0.001 * (k - i), "verdict": verdict, "confidence": 0.95, "method": "whole weeks", **more}
        for i in range(k)
    ]  # fmt: skip
    weekly = pd.concat([week.assign(incident=i + 1) for i in range(k)], ignore_index=True)
    return weekly, pd.DataFrame(rows)


def at(ax, width):
    ax.figure.set_size_inches(width / 72, caption_of(ax).height(width) / 72)
    repaint(ax)
    return ax


def faults(ax):
    return [(width, *clash) for width in (552.0, 246.0) for clash in clashes(at(ax, width).figure)]


def title(*args, **options):
    return caption_of(plot_incidents(*made(*args, **options))).title


def test_title_names_only_what_is_clear():
    lead = "40\u00a0% of touches of checkout (mobile)"
    assert title() == f"{lead} lead on to order since 15 Jun 2026, 60\u00a0% before"
    ended = title(last=pd.Timestamp("2026-07-05"))
    assert ended == f"{lead} led on to order from 15 Jun to 5 Jul 2026, 60\u00a0% otherwise"
    assert title(verdict="likely") == "No clear incident"
    assert title(3, verdict="too early") == "No clear incident among the 3 looked at"
    weekly, rows = made()
    assert caption_of(plot_incidents(weekly.head(0), rows.head(0))).title == "No incident was found"


def test_titles_say_of_what_the_share_is():
    assert title(by="", value="").startswith("40\u00a0% of touches of checkout lead on to order")
    assert title(names=("visit", "(end)"), value="").startswith("40\u00a0% of touches of visit are followed by nothing")
    assert title(names=("(start)", "chat"), value="").startswith("40\u00a0% of visits begin with chat")
    assert title(names=("(all events)", "renewal"), value="").startswith(
        "Renewal makes up 40\u00a0% of all touches since"
    )


def test_heads_say_of_what_and_show_the_difference_in_equal_decimals():
    weekly, rows = made(names=("(all events)", "renewal"), share_inside=0.0292, share_outside=0.0189)
    texts = [t.get_text().replace("\u00a0", " ") for t in plot_incidents(weekly, rows).texts]
    assert "2.9 % of all touches, 1.9 % before" in texts


def volume_of(*customers, broke=None, days=None):
    days = pd.date_range("2026-04-06", periods=len(customers), freq="7D") if days is None else days
    table = pd.DataFrame({"start": days, "customers": customers, "before": np.nan, "since": np.nan})
    if broke:
        table.loc[broke, ["before", "since"]] = 165.0, 674.0
    return table


def test_a_strip_shows_who_came_and_where_that_broke():
    weekly, rows = made()
    ax = plot_incidents(weekly, rows, volume=volume_of(*[165] * 20, *[674] * 6, broke=20))
    said = caption_of(ax)
    bars = sorted((p for p in ax.patches if p.get_gid() == "customers"), key=lambda bar: bar.get_x())
    assert [bar.get_height() / bars[-1].get_height() for bar in bars[18:22]] == pytest.approx([165 / 674] * 2 + [1, 1])
    line = next(line for line in ax.lines if line.get_gid() == "break").get_xdata()[0]
    assert bars[19].get_x() + bars[19].get_width() < line < bars[20].get_x()
    heads = [text.get_text() for text in ax.texts]
    assert "Customers a week: about 165 just before 24 Aug 2026, about 674 just after" in heads
    broke = "about 165 in the three weeks before 24 Aug 2026, about 674 in the three from then on"
    assert f"bars: customers with a touch in each whole week, {broke}; shares move with who comes" in said.sub
    assert said.alt.endswith(f"clear. Customers a week: {broke}.")
    assert faults(ax) == []
    quiet = plot_incidents(weekly, rows, volume=volume_of(*range(300, 326)))
    assert caption_of(quiet).alt.endswith("Customers a week: from 300 to 325.")
    assert not [line for line in quiet.lines if line.get_gid() == "break"]
    assert faults(plot_incidents(weekly, rows, volume=volume_of())) == []


@pytest.mark.parametrize(("freq", "unit"), [("D", "day"), ("7D", "week"), ("MS", "month")])
def test_the_unit_is_that_of_the_periods(freq, unit):
    weekly, rows = made()
    days = pd.date_range("2026-01-01", periods=26, freq=freq)
    ax = plot_incidents(weekly.assign(start=days), rows, volume=volume_of(*[100] * 26, days=days))
    said = caption_of(ax)
    assert said.sub.startswith(f"{unit.capitalize()} by {unit} over the whole log")
    assert f"Customers a {unit}: from 100 to 100." in said.alt
    ground, bars = (
        next(p for p in ax.patches if p.get_gid() == "inside"),
        [p for p in ax.patches if p.get_gid() == "customers"],
    )
    assert ground.get_x() + ground.get_width() == pytest.approx(
        bars[-1].get_x() + bars[-1].get_width() * 9 / 8, rel=0.01
    )


def test_weeks_that_are_not_in_the_comparison_have_crosses_and_no_grey():
    weekly, rows = made(names=("(all events)", "main"), value="", by="", last=pd.Timestamp("2026-09-27"))
    weekly["left_out"] = weekly.start < weekly.start[4]
    rows = rows.assign(left_out="from 6 Apr to 3 May 2026", first_inside=0.36, first_outside=0.68, from_mix=-0.15)
    ax = plot_incidents(weekly, rows)
    crosses = [line for line in ax.lines if line.get_gid() == "left out"]
    assert sum(len(line.get_xdata()) for line in crosses) == 4
    usual = next(line for line in ax.lines if line.get_gid() == "usual share")
    assert np.isfinite(usual.get_ydata()).sum() == len(weekly) - 4
    texts, said = [text.get_text().replace("\u00a0", " ") for text in ax.texts], caption_of(ax)
    assert "Not in the comparison: the weeks from 6 Apr to 3 May 2026" in texts
    assert "−15.0 of −20.0 points go with fewer touches of first visits (36 % in place of 68 %)" in texts
    assert "crosses without grey: weeks of a surer incident of the same share" in said.sub
    assert said.title.endswith("60\u00a0% otherwise (without the time from 6 Apr to 3 May 2026)")
    assert "(without the time from 6 Apr to 3 May 2026), mostly through fewer touches" in said.alt
    assert said.data.loc[0, ["Step", "Not compared with", "Through first visits"]].tolist() == [
        "main, of all touches", "from 6 Apr to 3 May 2026", "−15.0 points",
    ]  # fmt: skip
    assert faults(ax) == []


def test_steps_come_before_shares_of_all_touches_of_the_same_verdict():
    weekly, rows = made(2, names=("(all events)", "main", "catalog"), value="", by="")
    assert title_of(weekly, rows).startswith("40\u00a0% of touches of main lead on to catalog")
    rows.loc[1:, "verdict"] = "likely"
    assert title_of(weekly, rows).startswith("Main makes up")


def title_of(weekly, rows):
    return caption_of(plot_incidents(weekly, rows)).title


def test_the_surest_five_are_drawn():
    weekly, rows = made(8, names=list("abcdefghi"))
    ax = plot_incidents(weekly, rows)
    said = [t.get_text() for t in ax.texts]
    assert "h → i, channel mobile" in said
    assert "c → d, channel mobile" not in said
    assert "the 5 surest of 8; the table has all" in caption_of(ax).sub
    assert len(caption_of(ax).data) == 8


def test_weeks_of_the_incident_are_marked_and_few_are_hollow():
    weekly, rows = made()
    weekly.loc[[0, 20], "n"] = 29
    ax = plot_incidents(weekly, rows)
    ground = next(p for p in ax.patches if p.get_gid() == "inside")
    marks = [line for line in ax.lines if line.get_gid() in ("few", "week") and line.get_marker() == "D"]
    x = sorted(place for line in marks for place in line.get_xdata())
    assert len(x) == 16
    assert ground.get_width() == pytest.approx((x[-1] - x[0]) * 16 / 15)
    assert sum(len(line.get_xdata()) for line in ax.lines if line.get_gid() == "few") == 2
    assert {line.get_marker() for line in ax.lines if line.get_gid() == "week"} == {"D", "o"}
    assert "hollow: fewer than 30 touches" in caption_of(ax).sub


def test_usual_range_is_that_of_single_weeks():
    # Wilson limits of 120 of 200 by hand, z = 1.96: (120 + 1.9208 -+ 1.96 sqrt(120 * 80 / 200 + .9604)) / 203.8416,
    # that is (121.9208 -+ 13.7145) / 203.8416 = .53083 and .66540
    ax = plot_incidents(*made())
    band = next(c for c in ax.collections if c.get_gid() == "usual").get_paths()[0].vertices[:, 1]
    line = next(line for line in ax.lines if line.get_gid() == "weeks").get_ydata()
    unit = (line.max() - line.min()) / 0.2  # points a share: 60 against 40 %
    usual = next(line for line in ax.lines if line.get_gid() == "usual share").get_ydata()[0]
    assert (band.max() - usual) / unit == pytest.approx(0.6 - 0.53083, abs=1e-4)
    assert (usual - band.min()) / unit == pytest.approx(0.66540 - 0.6, abs=1e-4)


def test_words_carry_the_numbers():
    weekly, rows = made(label="checkout → order (mobile)", others="a 1 % in place of 2 %")
    ax = plot_incidents(weekly, rows)
    said, texts = caption_of(ax), [t.get_text() for t in ax.texts]
    assert "checkout → order (mobile)" in texts
    assert "40\u00a0% of touches of checkout, 60\u00a0% before" in texts
    assert "−20 points (−24 to −16)  ● clear" in texts
    assert said.alt == (
        "Weekly shares of 1 incident: checkout → order (mobile), since 15 Jun 2026: 40\u00a0% (of 3,200 touches of checkout) "
        "against 60\u00a0%, clear."
    )
    assert said.data.iloc[0].tolist() == [
        "checkout → order", "channel mobile", "15 Jun 2026", "–", "3,200", "40.0\u00a0%", "60.0\u00a0%", "−20.0 points",
        "−24.0 to −16.0", "clear", "a 1 % in place of 2 %",
    ]  # fmt: skip


@pytest.mark.parametrize(("freq", "often"), [("D", "Daily"), ("7D", "Weekly"), ("MS", "Monthly")])
def test_alt_text_says_how_often(freq, often):
    weekly, rows = made()
    weekly["start"] = pd.date_range("2024-01-01", periods=len(weekly), freq=freq)
    alt = caption_of(plot_incidents(weekly, rows)).alt
    assert alt.startswith(f"{often} shares of 1 incident: checkout")
    assert caption_of(plot_incidents(weekly.head(0), rows.head(0))).alt == "Shares of steps: 0 incidents."


@pytest.mark.parametrize("weeks", [1, 2, 26, 110])
def test_any_number_of_weeks_and_hard_names_fit(weeks):
    weekly, rows = made(6, names=HARD, weeks=weeks)
    assert faults(plot_incidents(weekly, rows)) == []
    weekly.loc[::3, ["share", "usual"]] = np.nan
    assert faults(plot_incidents(weekly, rows)) == []


def test_nothing_to_show_fits():
    weekly, rows = made()
    assert faults(plot_incidents(weekly.head(0), rows)) == []
    assert faults(plot_incidents(weekly.head(0), rows.head(0))) == []
    assert in_palette(svg(plot_incidents(weekly, rows).figure))


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda w, r: plot_incidents(None, r), "weekly: expected a pandas table"),
        (lambda w, r: plot_incidents(w.drop(columns="usual"), r), "weekly: the table has no column 'usual'"),
        (lambda w, r: plot_incidents(w, r.drop(columns="verdict")), "incidents: the table has no column 'verdict'"),
    ],
)
def test_errors(call, match):
    with pytest.raises(UsageError, match=match):
        call(*made())
