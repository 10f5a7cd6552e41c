"""The list of paths: chips, elision, what its title may say, and that all of it fits."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxkit.charts import caption_of, clashes
from cxkit.charts.caption import repaint
from cxkit.charts.paths import plot_paths
from cxkit.charts.save import in_palette, svg
from cxkit.errors import UsageError
from cxkit.stats.intervals import share_interval

HARD = [
    "Telefonische Kundenbetreuung und Beschwerdemanagement",
    "$x^2$ <b>bold</b>",
    "خدمة العملاء",
    "🙂" * 3 + "x" * 200,
    "日本語の店舗での接客サービス全般について",
]


def made(paths, total):
    """Paths as lists of touchpoints with their n."""
    table = pd.DataFrame([(" → ".join(path), len(path), n) for n, path in paths], columns=["path", "steps", "n"])
    table = table.sort_values("n", ascending=False, kind="stable", ignore_index=True)
    low, high = share_interval(table.n, total)
    table = table.assign(rank=range(1, len(table) + 1), share=table.n / total, low=low, high=high, customers=table.n)
    return table.assign(median_seconds=300.0, example="c1", confidence=0.95, method="repeats kept")


def shop():
    return made([(600, ["search", "basket", "order"]), (300, ["search"]), (50, ["help"] * 7 + ["order"])], 1000)


def at(ax, width):
    ax.figure.set_size_inches(width / 72, caption_of(ax).height(width) / 72)
    repaint(ax)
    return ax


def faults(ax):
    return [(width, *clash) for width in (552.0, 246.0) for clash in clashes(at(ax, width).figure)]


def title(table, **options):
    return caption_of(plot_paths(table, **options)).title


def test_title_names_the_commonest_only_where_it_is_sure():
    assert title(shop()) == "60\u00a0% of 1,000 journeys go search → basket → order"
    near = made([(52, ["a"]), (48, ["b"])], 200)  # 26 (20-32) and 24 (19-30)
    assert title(near) == "No path stands out: the 2 commonest cover 50\u00a0% of 200 journeys"
    assert title(near, most=1) == "One path covers 26\u00a0% of 200 journeys"
    assert title(made([(90, ["visit"])], 100)) == "90\u00a0% of 100 journeys are visit and nothing else"
    long = made([(90, ["x" * 60, "y" * 60])], 100)
    assert title(long) == "90\u00a0% of 100 journeys take the same path of 2 touches"
    assert title(shop().head(0)) == "There are no paths to show"
    alone = made([(90, ["visit"])], 100)
    assert title(alone, of="customer") == "90\u00a0% of 100 customers meet visit and nothing else"
    assert "their share of customers" in caption_of(plot_paths(alone, of="customer")).sub


def test_repeats_are_one_chip_and_long_middles_are_counted():
    ax = plot_paths(made([(9, ["help"] * 7 + [*"abcdefghijklmnop"])], 10))
    said = [t.get_text() for t in ax.texts]
    assert "help ×7" in said
    assert "… 9 more …" in said  # of 17 chips the first four and the last four
    chips = [p for p in ax.patches if p.get_gid() == "chip"]
    assert len(chips) == 8
    assert said.count("→") == 8
    assert "×: so many times in a row; the middle of long paths is elided" in caption_of(ax).sub


def test_bars_have_one_scale_and_their_interval():
    ax = plot_paths(shop())
    bars = [p.get_width() for p in ax.patches if p.get_gid() == "share"]
    assert bars[0] / bars[1] == pytest.approx(2.0)
    lines = [line.get_xdata() for line in ax.lines if line.get_gid() == "interval"]
    start = next(p for p in ax.patches if p.get_gid() == "share").get_x()
    row = shop().iloc[0]
    assert (lines[0][1] - start) / (lines[0][0] - start) == pytest.approx(row.high / row.low)


def test_eight_are_drawn_and_the_table_has_all():
    table = made([(100 - k, [f"t{k}"]) for k in range(20)], 9999)
    ax = plot_paths(table)
    assert "t7" in [t.get_text() for t in ax.texts]
    assert "t8" not in [t.get_text() for t in ax.texts]
    assert "8 of the 20 paths in the table" in caption_of(ax).sub
    assert len(caption_of(ax).data) == 20


def test_words_carry_the_numbers():
    said = caption_of(plot_paths(shop()))
    assert "search → basket → order 60\u00a0% (57 to 63\u00a0%), n 600" in said.alt
    assert said.data.iloc[0].tolist()[:5] == ["1", "search → basket → order", "3", "600", "60.0\u00a0%"]
    assert said.sub.endswith("Rules: repeats kept.")


@settings(max_examples=3, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from([*HARD, "a", "b"]) | st.text(max_size=40), min_size=1, max_size=14), max_size=9)
)
def test_any_paths_fit(paths):
    table = made([(k + 1, path) for k, path in enumerate(paths)], 10**6)
    assert faults(plot_paths(table)) == []


def test_colours_follow_the_page():
    assert in_palette(svg(plot_paths(shop()).figure))


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: plot_paths([]), "expected a pandas table"),
        (lambda: plot_paths(shop().drop(columns="path")), "no column 'path'"),
        (lambda: plot_paths(shop(), most=0), "most: 0 paths are too few"),
    ],
)
def test_errors(call, match):
    with pytest.raises(UsageError, match=match):
        call()
