"""The grid of transitions: its title, its cells, the list on a phone, and that all of it fits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cxkit.charts import caption_of, clashes
from cxkit.charts.caption import repaint
from cxkit.charts.save import in_palette, svg
from cxkit.charts.transitions import plot_transitions
from cxkit.errors import UsageError
from cxkit.stats.intervals import share_interval

HARD = [
    "Telefonische Kundenbetreuung und Beschwerdemanagement",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "$x^2$ <b>bold</b>",
    "x" * 200,
    "Nordrhein-Westfalen/Niedersachsen",
]


def made(pairs):
    """Shares of {(from, to): n} with Wilson limits."""
    table = pd.DataFrame([(*pair, n) for pair, n in pairs.items()], columns=["from", "to", "n"])
    base = table.groupby("from").n.transform("sum")
    low, high = share_interval(table.n, base)
    table = table.assign(customers=table.n, share=table.n / base, low=low, high=high, confidence=0.95)
    return table.assign(median_seconds=90.0, method="repeats kept").sort_values("n", ascending=False, ignore_index=True)


def shop():
    return made({("search", "basket"): 790, ("search", "help"): 210, ("basket", "order"): 400, ("basket", "search"): 390,
                 ("help", "search"): 12, ("(start)", "search"): 900, ("order", "(end)"): 400})  # fmt: skip


def at(ax, width):
    ax.figure.set_size_inches(width / 72, caption_of(ax).height(width) / 72)
    repaint(ax)
    return ax


def faults(ax):
    return [(width, *clash) for width in (552.0, 246.0) for clash in clashes(at(ax, width).figure)]


def title(table, **options):
    return caption_of(plot_transitions(table, **options)).title


def test_title_says_most_only_where_the_interval_is_above_one_half():
    assert title(shop()) == "Most steps from search lead to basket: 79\u00a0% of 1,000"
    half = made({("a", "b"): 52, ("a", "c"): 48})  # 42 to 62 %
    assert title(half) == "The commonest step is from a to b: 52 of 100 steps that go on from a"
    sure = made({("a", "b"): 600, ("a", "c"): 490})  # 55 %: 52 to 58 %
    assert title(sure).startswith("Most steps that go on from a lead to b: ")
    assert title(sure.assign(confidence=0.5)).startswith("The commonest")
    assert title(shop().head(0)) == "There are no steps from one touchpoint to another"
    assert title(shop().head(0), order=["search"]) == "There are no steps from one touchpoint to another"


def test_repeats_starts_and_ends_are_not_the_finding():
    table = made({("a", "a"): 900, ("a", "b"): 80, ("a", "(end)"): 300, ("(start)", "a"): 999})
    assert title(table) == "The commonest step is from a to b: 80 of 1,280 steps from a"


def test_words_say_whether_last_touches_are_steps():
    onward = made({("a", "b"): 600, ("b", "c"): 490})
    said = caption_of(plot_transitions(onward))
    assert "in percent: those that go on, so a last touch has none" in said.sub
    assert "one touchpoint to the next, last touches left out;" in said.alt
    said = caption_of(plot_transitions(shop()))
    assert "in percent; bold" in said.sub
    assert "left out" not in said.alt


def test_cells_bear_shares_of_their_row():
    ax = at(plot_transitions(shop()), 552.0)
    said = [t.get_text() for t in ax.texts]
    assert {"79", "21", "51", "49", "100"} <= set(said)
    assert {"1,000", "790", "900"} <= set(said)
    cells = [p for p in ax.patches if p.get_gid() == "cell"]
    assert max(p.get_alpha() for p in cells) == pytest.approx(0.5)  # deeper would hide the number in dark mode
    assert sum(p.get_gid() == "few" for p in ax.patches) == 1  # 12 steps from help
    bold = {t.get_text() for t in ax.texts if t.get_weight() == "bold"}
    assert "79" in bold
    assert "21" not in bold


def test_start_is_first_end_is_last_and_order_is_obeyed():
    ax = at(plot_transitions(shop(), order=["help", "basket"]), 552.0)
    names = [t.get_text() for t in ax.texts if t.get_rotation() == 90]
    assert names == ["help", "basket", "search", "order", "end"]
    rows = [t.get_text() for t in ax.texts if t.get_rotation() == 0 and t.get_ha() == "left"]
    assert rows == ["from", "start", "help", "basket", "search", "order"]


def test_those_with_most_steps_are_drawn():
    table = made({(f"t{k}", "hub"): 100 - k for k in range(30)})
    ax = at(plot_transitions(table, most=5), 552.0)
    said = [t.get_text() for t in ax.texts]
    assert "t3" in said
    assert "t4" not in said
    assert "the 5 of 31 touchpoints with the most steps" in caption_of(ax).sub
    assert len(caption_of(ax).data) == 30


def test_a_phone_shows_a_list():
    said = [t.get_text() for t in at(plot_transitions(shop()), 246.0).texts]
    assert said[:4] == ["After search", "1,000 steps", "basket", "79\u00a0%"]


def test_words_carry_the_numbers():
    said = caption_of(plot_transitions(shop()))
    assert "search to basket 79\u00a0% (76 to 81\u00a0%) of 1,000" in said.alt
    assert said.data.iloc[1].tolist() == [
        "search",
        "basket",
        "790",
        "79.0\u00a0%",
        "76.4 to 81.4\u00a0%",
        "1.5\u00a0min",
    ]
    assert said.sub.endswith("Rules: repeats kept.")


@pytest.mark.parametrize("k", [1, 2, 9, 40])
def test_any_number_of_hard_names_fits(k):
    names = [f"{HARD[i % 5]} {i}" for i in range(k)]
    rng = np.random.default_rng(k)
    table = made({(a, b): int(rng.integers(1, 10**7)) for a in names for b in names[:12]})
    assert faults(plot_transitions(table)) == []


@settings(max_examples=4, deadline=None)
@example({("<", ""): 1})  # names narrower than the headings over them
@given(
    st.dictionaries(
        st.tuples(st.text("abc $<\n", max_size=30), st.text("abc $<\n", max_size=30)), st.integers(1, 10**6)
    )
)
def test_any_names_fit(pairs):
    assert faults(plot_transitions(made(pairs))) == []


def test_colours_follow_the_page():
    assert in_palette(svg(at(plot_transitions(shop()), 552.0).figure))


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: plot_transitions(None), "expected a pandas table"),
        (lambda: plot_transitions(shop().drop(columns="share")), "no column 'share'"),
        (lambda: plot_transitions(shop(), most=1), "most: 1 touchpoints are too few"),
        (
            lambda: plot_transitions(shop(), order=["serch"]),
            "no touchpoint 'serch' in the table. Did you mean 'search'",
        ),
    ],
)
def test_errors(call, match):
    with pytest.raises(UsageError, match=match):
        call()
