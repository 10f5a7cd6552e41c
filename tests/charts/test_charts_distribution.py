"""The distribution picture: bars, split, and what its title may say."""

from __future__ import annotations

import page_notebook as made
import pandas as pd
import pytest

from cxkit.charts import caption_of, plot_distribution
from cxkit.charts import style as kit
from cxkit.errors import UsageError

NB = "\u00a0"


def counts(detractors: int, passives: int, promoters: int) -> pd.DataFrame:
    n = detractors + passives + promoters
    table = pd.DataFrame(
        {
            "score": [3.0, 8.0, 10.0],
            "group": ["detractor", "passive", "promoter"],
            "n": [detractors, passives, promoters],
        }
    )
    share = table.n / n
    return table.assign(share=share, low=(share - 0.02).clip(0), high=share + 0.02, base=n, confidence=0.95)


def test_bars_are_the_shares_in_the_colours_of_their_groups():
    table = made.spread()
    ax = plot_distribution(table)
    assert [bar.get_height() for bar in ax.patches] == pytest.approx(list(table.share))
    colours = [kit.WORSE] * 7 + [kit.EARLIER] * 2 + [kit.ACCENT] * 2
    assert [mpl_hex(bar) for bar in ax.patches] == colours
    assert ax.get_ylim()[0] == 0


def mpl_hex(bar) -> str:
    from matplotlib.colors import to_hex

    return to_hex(bar.get_facecolor())


def test_every_bar_has_its_interval():
    table = made.spread()
    ax = plot_distribution(table)
    lines = next(c for c in ax.collections if c.get_gid() == "interval").get_segments()
    assert [float(line[1][1]) for line in lines] == pytest.approx(list(table.high))


def test_split_is_written():
    # 526, 771 and 1351 of 2648 are 19.9, 29.1 and 51.0 %
    said = [t.get_text() for t in plot_distribution(counts(526, 771, 1351)).texts]
    assert [f"20{NB}%", "Detractors", f"29{NB}%", "Passives", f"51{NB}%", "Promoters"] == [
        t for t in said if t not in ("Answer, 3 to 10", "Share of answers (%)")
    ]


def test_earlier_period_is_a_line_across():
    now, then = made.spread(), made.spread(2412, 2)
    ax = plot_distribution(now, before=then)
    levels = [line.get_ydata()[0] for line in ax.lines if line.get_gid() == "before"]
    assert levels == pytest.approx(list(then.share))
    assert "the period before, n 2,412" in caption_of(ax).sub


def test_title_without_earlier_period():
    assert caption_of(plot_distribution(counts(526, 771, 1351))).title == (
        f"51{NB}% of answers are promoters, 20{NB}% detractors"
    )


def test_title_names_what_moved_clearly():
    # detractors 401 of 2412 (16.6 %) to 526 of 2648 (19.9 %): +3.2, Wilson and MOVER at 97.5 %: about +0.8 to +5.7
    title = caption_of(plot_distribution(counts(526, 771, 1351), before=counts(401, 740, 1271))).title
    assert title == f"Detractors rose from 17{NB}% to 20{NB}%"


def test_title_has_one_rule_at_any_confidence():
    now, then = counts(526, 771, 1351), counts(401, 740, 1271)
    at = [plot_distribution(now.assign(confidence=c), before=then.assign(confidence=c)) for c in (0.5, 0.95, 0.995)]
    assert len({caption_of(ax).title for ax in at}) == 1
    assert f"thin lines: 99.5{NB}% interval" in caption_of(at[2]).sub


def test_title_claims_nothing_unsure():
    title = caption_of(plot_distribution(counts(20, 30, 50), before=counts(16, 30, 54))).title
    assert title == "No clear change in promoters or detractors"


def test_no_answers():
    said = caption_of(plot_distribution(made.spread(0)))
    assert said.title == "There are no answers to show"
    assert said.alt == "Bars of the answers by score: 0 answers."


def test_alt_and_data_have_the_numbers():
    said = caption_of(plot_distribution(counts(526, 771, 1351)))
    assert "2,648 answers" in said.alt
    assert f"promoters 51{NB}% (n 1,351)" in said.alt
    assert list(said.data.n) == ["526", "771", "1,351"]


@pytest.mark.parametrize(
    ("table", "match"),
    [
        (made.spread().drop(columns="group"), "no column 'group'"),
        (pd.concat([made.spread(), made.spread()]), "11 of 22 rows repeat a score"),
    ],
)
def test_errors(table, match):
    with pytest.raises(UsageError, match=match):
        plot_distribution(table)
