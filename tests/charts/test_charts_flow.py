"""The flow touch by touch: sums that stay, bands that do not cross at a node, titles, and that all of it fits."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxkit.charts import caption_of, clashes
from cxkit.charts.caption import repaint
from cxkit.charts.flow import plot_flow
from cxkit.charts.flow_parts import ENDED, OTHER, Flow, bands, stack
from cxkit.charts.flow_words import span, time_ticks
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


def steps(*journeys, last=5):
    """How many journeys go from touch k to the next: journeys are (n, touchpoint, touchpoint, ...)."""
    found: Counter = Counter()
    for n, *path in journeys:
        for k, (one, other) in enumerate(zip(path, [*path[1:], ENDED], strict=True), 1):
            if k < last:
                found[k, one, other] += n
    table = pd.DataFrame([(*link, n) for link, n in found.items()], columns=["step", "from", "to", "n"])
    return table.assign(customers=table.n, method="sessions")


def shop():
    return steps((60, "search", "basket", "order"), (40, "search"), (20, "help", "basket", "help"))


def faults(ax):
    """Clashes at the widths of a desk and of a phone."""
    found = []
    for width in (552.0, 246.0):
        ax.figure.set_size_inches(width / 72, caption_of(ax).height(width) / 72)
        repaint(ax)
        found += [(width, *clash) for clash in clashes(ax.figure)]
    return found


def title(*args, **options):
    return caption_of(plot_flow(*args, **options)).title


def test_titles_state_counts():
    # 100 of 120 begin with search; 40 end after touch 1, 60 + 20 after touch 3
    assert title(shop()) == "Search is the first touch of 83\u00a0% of 120 journeys; 100\u00a0% end within 3 touches"
    assert title(steps((9, "visit"))) == "Visit is the first touch of all 9 journeys; 100\u00a0% end after it"
    assert title(steps((9, OTHER, "a"), (1, OTHER))) == "Of 10 journeys, 100\u00a0% end within 2 touches"
    # help is touched 20 times as touch 1 and 20 times as touch 3; the latter end there
    assert title(shop(), highlight="help") == "Help is the last touch 20 of 40 times (50\u00a0%)"
    assert title(shop().head(0)) == "There are no journeys to show"
    assert (
        title(shop(), of="customer")
        == "Search is the first touch of 83\u00a0% of 120 customers; 100\u00a0% stop within 3 touches"
    )
    said = caption_of(plot_flow(shop(), of="customer"))
    assert "journey" not in said.alt
    assert said.sub.startswith("Customers touch by touch; thickness: customers")


def test_bands_are_as_thick_as_their_journeys():
    ax = plot_flow(shop())
    thick = sorted(
        round(p.get_path().vertices[4:6, 1].max() - p.get_path().vertices[0, 1] + 0, 6)
        for p in ax.patches
        if p.get_gid() == "band"
    )
    assert len(thick) == len(shop())
    heights = {round(p.get_height(), 6) for p in ax.patches if p.get_gid() in ("node", "ended")}
    unit = max(heights) / 100  # search
    assert {round(h / unit) for h in heights} == {100, 20, 80, 40, 60}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 50), st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=6)), min_size=1)
)
def test_rest_is_summed_and_nothing_is_lost(journeys):
    table = steps(*[(n, *path) for n, path in journeys], last=9)
    whole = Flow(Counter({(r.step, r[2], r[3]): r.n for r in table.itertuples()}))
    cut = whole.cut(1, 4, 3)
    for step in (1, 2, 3):
        for flow in (whole, cut):
            out = sum(n for (k, _, _), n in flow.bands.items() if k == step)
            assert out == sum(n for n, *path in [(n, *p) for n, p in journeys] if len(path) >= step)
        names = {name for k, name in cut.nodes if k == step} - {ENDED, OTHER}
        assert len(names) <= 4
        assert len(names) <= 3 or OTHER not in {name for k, name in cut.nodes if k == step}
    # no two nodes of a step at one place, and the bands of a node fill it from its upper edge without a gap
    unit, least = 1.0, dict.fromkeys(cut.nodes, 10.0)
    tall = max(sum(max(n, 10.0) + 5 for (k, _), n in cut.nodes.items() if k == step) for step in cut.steps)
    place = stack(cut, unit, least, 5.0, tall)
    for step in cut.steps:
        spans = sorted((place[node], place[node] + max(n, 10.0)) for node, n in cut.nodes.items() if node[0] == step)
        assert all(a[1] <= b[0] + 1e-6 for a, b in pairwise(spans))
        assert spans[0][0] >= -1e-6
        assert spans[-1][1] <= tall + 1e-6
    for node in {(k, one) for k, one, _ in cut.bands}:
        edges = sorted(
            (band.leave, band.leave + band.n) for band in bands(cut, place, unit) if (band.step, band.one) == node
        )
        assert edges[0][0] == pytest.approx(place[node])
        assert all(a[1] == pytest.approx(b[0]) for a, b in pairwise(edges))


def test_rare_touchpoints_are_other_and_the_end_is_hatched():
    ax = plot_flow(steps(*[(100 - k, f"t{k}", "end") for k in range(20)]))
    said = [t.get_text() for t in ax.texts]
    assert "t5 95" in said
    assert "t6 94" not in said
    assert f"other {sum(100 - k for k in range(6, 20)):,}" in said
    ended, strokes = ([p for p in ax.patches if p.get_gid() == gid] for gid in ("ended", "strokes"))
    assert all(hatched.get_path().get_extents().height > 0 for hatched in strokes)
    assert len(strokes) == len(ended) > 0


def test_highlight_is_kept_and_bold_and_its_bands_marked():
    table = steps(*[(100 - k, f"t{k}", "end") for k in range(20)])
    ax = plot_flow(table, highlight="t19")
    own = next(t for t in ax.texts if t.get_text() == "t19 81")
    assert own.get_weight() == "bold"
    assert sum(p.get_gid() == "marked" for p in ax.patches) == 1
    marked = plot_flow(shop().assign(marked=[5, 0, 0, 0, 20, 0, 0][: len(shop())]), highlight="help")
    assert sum(p.get_gid() == "marked" for p in marked.patches) == 2


def test_a_phone_shows_the_touches_around_what_is_pointed_out():
    table = steps((50, "a", "b", "c", "d", "help"), (50, "a", "b"))
    ax = plot_flow(table, highlight="help")
    ax.figure.set_size_inches(246 / 72, caption_of(ax).height(246.0) / 72)
    repaint(ax)
    said = [t.get_text() for t in ax.texts]
    assert {"touch 3", "touch 4", "touch 5"} <= set(said)
    assert "touch 1" not in said


def test_words_carry_the_numbers():
    said = caption_of(plot_flow(shop(), highlight="help"))
    assert "First touches: search 100 and help 20." in said.alt
    assert "Ended: after touch 1 40 and after touch 3 80." in said.alt
    assert said.data.iloc[0].tolist() == ["1", "search", "basket", "60", "60.0\u00a0%"]
    assert said.sub.endswith("Rules: sessions.")


@settings(max_examples=4, deadline=None)
@given(st.lists(st.lists(st.sampled_from([*HARD, "a", "b", "\n"]), min_size=1, max_size=6), min_size=1, max_size=14))
def test_hard_names_fit(paths):
    table = steps(*[(k + 1, *path) for k, path in enumerate(paths)], last=8)
    assert faults(plot_flow(table)) == []


def test_hard_names_fit_where_pointed_out():
    table = steps(*[(k + 1, name, HARD[0], HARD[k % 6]) for k, name in enumerate([*HARD, "a", "b"])])
    assert faults(plot_flow(table, highlight=HARD[0])) == []
    assert faults(plot_flow(table.head(0))) == []
    assert in_palette(svg(plot_flow(table, highlight=HARD[0]).figure))


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: plot_flow("a"), "expected a pandas table"),
        (lambda: plot_flow(shop().drop(columns="to")), "no column 'to'"),
        (lambda: plot_flow(shop(), highlight="serch"), "no touchpoint 'serch' in the table. Did you mean 'search'"),
    ],
)
def test_errors(call, match):
    with pytest.raises(UsageError, match=match):
        call()


def test_time_ticks_are_known_to_a_person_and_never_touch():
    from cxkit.charts.labels import length

    for low, high in ((1, 86400), (60, 1800), (0.01, 40 * 86400), (3, 9)):
        placed = time_ticks(low, high, 220, 10.5)
        assert placed
        assert all(low * 0.99 <= place <= high * 1.01 for place, _ in placed)
        assert sum(length(said, 10.5) for _, said in placed) < 220
    assert [span(s).replace("\u00a0", " ") for s in (0, 58, 59.6, 3599, 5400, float("nan"))] == [
        "0 s", "58 s", "1 min", "1 h", "1.5 h", "–"
    ]  # fmt: skip
