"""Saved pictures: the same bytes every time, ids of their own, the page's colours and font, nothing else."""

from __future__ import annotations

import re
import xml.dom.minidom

import numpy as np
import page_notebook as made
from matplotlib.figure import Figure

from cxkit.charts import plot_distribution, plot_segments, plot_trend, save


def fragment(ax, name: str = "w") -> str:
    return save.inline(save.svg(ax.figure, name), name, 'class="wide"')


def pictures():
    return [
        plot_trend(made.months(), target=40, marks={"2026-08-01": "<new> & 'old'"}),
        plot_distribution(made.spread()),
        plot_segments(made.nps_rows({"a": ["<script>", "b"]}, [50, 40], [10, 20], [100, 100])),
    ]


def test_same_bytes_twice():
    assert [fragment(ax) for ax in pictures()] == [fragment(ax) for ax in pictures()]


def test_whole_xml_without_leftovers():
    for ax in pictures():
        body = fragment(ax)
        xml.dom.minidom.parseString(body.replace("xlink:href", "href"))
        assert not re.search(r"#[0-9a-fA-F]{6}\b|font-family|DejaVu|<metadata|<!--|<script", body)
        assert not re.search(r"20\d\d-\d\d-\d\dT", body)
        assert len(body) < 9_000


def test_ids_carry_figure_and_width():
    body = fragment(plot_trend(made.months()), "n")
    ids = re.findall(r' id="([^"]+)"', body)
    assert ids
    assert all(one.startswith("{cxfig}-n-") for one in ids)
    assert set(re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)", body)) == {
        ("", i) if "-m" in i else (i, "") for i in ids
    }


def test_words_are_kept_as_they_are():
    body = fragment(plot_trend(made.months(), marks={"2026-08-01": "a: b; c   d 1 M 2"}))
    assert "1 Aug: a: b; c d 1 M 2" in body


def test_colours_outside_the_palette_are_seen():
    fig = Figure()
    fig.add_subplot().plot([1, 2], color="#123456")
    assert not save.in_palette(save.svg(fig))
    assert save.in_palette(save.svg(plot_trend(made.months()).figure))


def test_marks_are_counted():
    fig = Figure()
    ax = fig.add_subplot()
    ax.scatter(np.arange(900), np.arange(900))
    assert save.marks(fig) == 900
    ax.plot(np.arange(200), np.arange(200), "o")
    assert save.marks(fig) == 1100


def test_png_is_small_and_the_same():
    fig = plot_distribution(made.spread()).figure
    assert save.png(fig) == save.png(fig)
    assert len(save.png(fig)) < 40_000
