"""show: one bundle for JupyterLab and for the page, with a description that has numbers."""

from __future__ import annotations

import sys

import numpy as np
import page_notebook as made
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from matplotlib.figure import Figure

from cxkit.charts import plot_segments, plot_trend
from cxkit.errors import UsageError
from cxkit.page import show


def bundle(*args, **kwargs):
    return show(*args, **kwargs)._repr_mimebundle_()


def own(color: str = "#0072b2", points: int = 3):
    ax = Figure(figsize=(6, 4)).add_subplot()
    ax.scatter(np.arange(points), np.arange(points), color=color)
    return ax


def test_bundle_of_a_kit_chart():
    data, metadata = bundle(plot_trend(made.months(), target=40))
    assert set(data) == {"image/svg+xml", "image/x-cxkit-figure", "text/plain"}
    assert metadata["cxkit"]["kind"] == "figure"
    assert metadata["image/svg+xml"]["alt"] == data["text/plain"]
    tree = BeautifulSoup(data["image/x-cxkit-figure"], "html.parser")
    assert [svg["class"] for svg in tree.find_all("svg")] == [["wide"], ["narrow"]]
    assert {svg["aria-label"] for svg in tree.find_all("svg")} == {data["text/plain"]}
    assert tree.figcaption.b.get_text().startswith("NPS fell from")
    assert tree.figcaption.span.get_text().startswith("Figure {cxfig}. NPS by period")
    assert tree.summary.get_text() == "Data behind figure {cxfig}"
    assert len(tree.tbody.find_all("tr")) == 12


def test_same_bytes_twice():
    assert bundle(plot_trend(made.months())) == bundle(plot_trend(made.months()))


def test_own_words_win():
    data, _ = bundle(plot_trend(made.months()), title="Mine", alt="Only 3.", data=pd.DataFrame({"a": [1]}))
    assert data["text/plain"] == "Only 3."
    assert "<b>Mine</b>" in data["image/x-cxkit-figure"]


def test_hostile_names_in_a_picture():
    table = made.nps_rows({"g": list(made.HOSTILE)}, [5] * 8, [2] * 8, [60] * 8)
    data, _ = bundle(plot_segments(table))
    tree = BeautifulSoup(data["image/x-cxkit-figure"], "html.parser")
    assert not tree.find_all(["script", "img", "iframe"])
    assert len(tree.find_all("svg")) == 2
    assert not [a for tag in tree.find_all(True) for a in tag.attrs if a.startswith("on")]


def test_a_figure_of_ones_own_needs_a_description():
    with pytest.raises(UsageError, match="no sentence for readers who cannot see it"):
        show(own())
    assert "var(--c1)" in bundle(own(), alt="3 points.")[0]["image/x-cxkit-figure"]


def test_other_colours_stand_on_a_light_card():
    page = bundle(own("#123456"), alt="3 points.")[0]["image/x-cxkit-figure"]
    assert '<div class="card">' in page
    assert "var(--c1)" not in page


def test_many_marks_become_a_small_png_at_two_widths():
    data, metadata = bundle(own(points=1500), alt="1,500 points.")
    assert "image/png" in data
    assert metadata["image/png"]["alt"] == "1,500 points."
    tree = BeautifulSoup(data["image/x-cxkit-figure"], "html.parser")
    assert tree.img["alt"] == "1,500 points."
    assert tree.source["media"] == "(max-width:37.5rem)"
    assert tree.img["src"].startswith("data:image/png;base64,")
    assert len(data["image/x-cxkit-figure"]) < 120_000


def test_raster_on_demand():
    assert "image/png" in bundle(own(), alt="3 points.", raster=True)[0]


def test_pyplot_figures_are_closed():
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots()
    show(plot_trend(made.months(3), ax=ax))
    assert not plt.fignum_exists(fig.number)
    assert "matplotlib.pyplot" in sys.modules


@pytest.mark.parametrize(("thing", "match"), [("x", "got str"), (Figure(), "the figure is empty")])
def test_errors(thing, match):
    with pytest.raises(UsageError, match=match):
        show(thing, alt="1")
