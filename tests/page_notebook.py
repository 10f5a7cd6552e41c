"""A small notebook with every component of a page and hostile texts, its outputs made by the blocks themselves."""

from __future__ import annotations

import copy
import functools
from typing import Any

import nbformat
import numpy as np
import pandas as pd
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cxkit import page
from cxkit.charts import plot_distribution, plot_segments, plot_trend
from cxkit.stats.intervals import nps_interval, share_interval

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    '=HYPERLINK("http://example.test","click")',
    "</textarea></style><svg onload=alert(3)>",
    "[click](javascript:alert(4)) ![x](http://example.test/x.png)",
    "{{ 7 * 7 }} {% raw %} \u202eevil\u202c \x07\x1b[31m",
    "' onmouseover='alert(5)",
    "<![CDATA[ ]]> &lt;b&gt; -->",
)


def nps_rows(keys: dict[str, list[Any]], p: list[int], d: list[int], n: list[int]) -> pd.DataFrame:
    """An estimate table of NPS from counts."""
    p, d, n = (np.array(counts) for counts in (p, d, n))
    low, high = nps_interval(p, n - p - d, d)
    table = pd.DataFrame(keys, index=range(len(n)))
    return table.assign(
        metric="NPS",
        unit="points",
        n=n,
        estimate=100 * (p - d) / n,
        low=100 * low,
        high=100 * high,
        confidence=0.95,
        method="NPS 0-10: 9-10 minus 0-6; score interval (Tango)",
    )


def spread(n: int = 2648, seed: int = 1) -> pd.DataFrame:
    """A distribution of answers 0 to 10."""
    weights = np.array([2, 1, 1.5, 2, 2.5, 5, 6, 11, 18, 25.6, 25.4])
    counts = np.random.default_rng(seed).multinomial(n, weights / weights.sum())
    low, high = share_interval(counts, np.full(11, max(n, 1)))
    group = ["detractor"] * 7 + ["passive"] * 2 + ["promoter"] * 2
    share = counts / n if n else np.full(11, np.nan)
    return pd.DataFrame(
        {
            "score": np.arange(11.0),
            "group": group,
            "n": counts,
            "share": share,
            "low": low,
            "high": high,
            "base": n,
            "confidence": 0.95,
            "method": "",
        }
    )


def months(k: int = 12, seed: int = 0, fall: float = 12.0) -> pd.DataFrame:
    """A trend of k months whose last two are lower."""
    rng = np.random.default_rng(seed)
    month = pd.period_range("2025-10", periods=k, freq="M")
    estimate = 38 + rng.normal(0, 2.5, k)
    estimate[-2:] -= fall
    return pd.DataFrame(
        {
            "period": [m.strftime("%b %Y") for m in month],
            "start": month.start_time,
            "end": month.end_time.normalize(),
            "complete": True,
            "metric": "NPS",
            "unit": "points",
            "n": rng.integers(742, 913, k),
            "estimate": estimate,
            "low": estimate - 5.2,
            "high": estimate + 5.1,
            "confidence": 0.95,
            "method": "",
        }
    )


def cell(block: Any, source: str = "show(result)", tags: tuple[str, ...] = ()) -> Any:
    """A code cell whose one output is the block's own."""
    data, metadata = block._repr_mimebundle_()
    out = new_output("execute_result", data=data, metadata=metadata, execution_count=1)
    return new_code_cell(source, outputs=[out], execution_count=1, metadata={"tags": list(tags)})


def findings() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "verdict": ["clear", "clear", "likely", "too early"],
            "sentence": [
                "NPS fell 7 points, from +38 to +31.",
                "By channel, phone scores 23 points lower than app (+14 against +37).",
                "Repeat buyers probably slipped, by 6 points.",
                "Whether calling detractors back wins them over cannot be said yet.",
            ],
            "evidence": [
                "Change −7 (−11 to −2); n 2,412 and 2,648.",
                "Difference −23 (−31 to −15, allowing for the pair being picked from 6); n 522 and 1,206.",
                "+42 to +36; change −6 (−13 to +0.3); n 948.",
                "48 % of called customers moved up a group, 43 % of those not called; n 118 and 143.",
            ],
        }
    )


def steps() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "action": ["Find what changed", "Start with phone", "Call back at random for one quarter"],
            "why": [
                "NPS fell 7 points. List what was changed for customers between the two periods.",
                "20 % of the answers come from phone, and they score +14. It costs the total most.",
                "Only a coin toss tells whether calls work.",
            ],
            "size": ["−7 points (−11 to −2)", "4.6 points (3.0 to 6.2)", ""],
            "confidence": ["clear", "clear", "too early"],
            "owner": ["R. Okafor, CX Insights", "", ""],
            "by": ["15 Oct", "", ""],
        }
    )


def said() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "score": [2.0, 4.0, 8.0, 10.0],
            "group": ["detractor", "detractor", "passive", "promoter"],
            "comment": [
                "Third parcel running that came four days late. [name] said it was in the system.",
                "Lovely lamp, but nobody told me it would be late. I rang [phone] twice and wrote to [e-mail].",
                "Good linen for the price. " + HOSTILE[0] + HOSTILE[1],
                "شكرا جزيلا، خدمة ممتازة",
            ],
            "about": ["After delivery, first order", "After delivery", HOSTILE[6], ""],
        }
    )


def notebook() -> Any:
    """The whole notebook, a copy of its own for each caller."""
    return copy.deepcopy(_made())


@functools.cache
def _made() -> Any:
    nb = new_notebook(
        cells=[*_opening(), *_headline(), *_pictures(), *_words(), *_ending()],
        metadata={"language_info": {"name": "python"}},
    )
    for k, one in enumerate(nb.cells):
        one["id"] = f"cell{k}"
    nb.metadata["cxkit"] = {
        "title": "NPS deep-dive",
        "notebook": "nps_deep_dive",
        "parameters": {"company": "Larkspur & Vale", "by": "", "n": 30},
        "versions": {"python": "3.11.2", "pandas": "3.1.1"},
        "fingerprints": {"responses.csv": "sha256 " + "bd3d3a79" * 8},
        "definition": "sha256 " + "a1" * 32,
        "as_of": "2026-09-30",
    }
    nbformat.validate(nb)
    return nb


def text(source: str, *tags: str) -> Any:
    """A markdown cell."""
    return new_markdown_cell(source, metadata={"tags": list(tags)})


def overall() -> pd.DataFrame:
    """NPS of all answers: 1,351 promoters and 526 detractors of 2,648."""
    return nps_rows({}, [1351], [526], [2648])


def _opening() -> list[Any]:
    health = "2,731 rows read, 2,648 kept, 83 set aside: 41 previews, 29 without a score."
    facts = {"company": "Larkspur & Vale", "segment": "all customers", "period": "Q3 2026", "compared_with": "Q2 2026"}
    return [
        text("# NPS deep-dive\n\nHow likely are customers to recommend us, is that changing, and what do they say?"),
        text("Only for the notebook.", "notebook-only"),
        new_code_cell('source: str = "sample:responses"  # file with the answers', metadata={"tags": ["parameters"]}),
        new_code_cell("from cxkit import read", metadata={"tags": ["hide-input"]}),
        text("## Data and its health\n\nBefore any number: `a < b` and <b>no</b> raw HTML. " + HOSTILE[0]),
        cell(page.note("health", "Data health: good", health)),
        cell(page.head(facts, as_of="2026-09-30", owner="R. Okafor, CX Insights")),
    ]


def _headline() -> list[Any]:
    shares = {"metric": ["promoters", "detractors"], "unit": "share", "confidence": 0.95, "method": ""}
    now = pd.DataFrame({**shares, "n": 2648, "estimate": [0.51, 0.199], "low": [0.491, 0.184], "high": [0.529, 0.214]})
    then = pd.DataFrame(
        {**shares, "n": 2412, "estimate": [0.543, 0.166], "low": [0.523, 0.152], "high": [0.563, 0.181]}
    )
    before = nps_rows({}, [1310], [401], [2412])
    key = page.tiles([overall(), now], before=[before, then], target=40, before_name="Q2 2026")
    return [
        text("## Headline", "headline"),
        cell(page.headlines(findings()), "headlines(findings)", ("headline",)),
        cell(key, "tiles(key)", ("headline",)),
    ]


def _pictures() -> list[Any]:
    touch = nps_rows(
        {"channel": ["app", "phone", "web", HOSTILE[0]]}, [650, 220, 400, 12], [204, 147, 160, 7], [1206, 522, 880, 25]
    )
    earlier = nps_rows({"channel": ["app", "phone", "web"]}, [600, 260, 380], [190, 100, 158], [1106, 520, 800])
    places = ["Nordrhein-Westfalen", "Mecklenburg-Vorpommern und Schleswig-Holstein", None]
    region = nps_rows({"region": places}, [500, 90, 30], [220, 60, 12], [1004, 300, 90])
    branches = [f"Kundendienstzentrum Filiale {i} Niederrhein" for i in range(30)]
    many = nps_rows({"branch": branches}, list(range(20, 80, 2)), list(range(60, 30, -1)), [150] * 30)
    trend = months()
    trend.loc[11, "complete"] = False
    trend.loc[4, ["estimate", "low", "high"]] = np.nan
    trend.loc[4, "n"] = 0
    marks = {"2026-08-01": "new carrier", "2026-03-12": "Prices raised"}
    table = page.estimate_table(touch, caption="NPS by channel", before=earlier, before_name="Q2", target=40)
    return [
        text("## Where the score stands\n\nTwo companies with the same score can be very different."),
        cell(page.show(plot_distribution(spread(), before=spread(2412, 2))), "show(plot_distribution(spread))"),
        text("## How it moved\n\nThe band is the interval of each month by itself."),
        cell(page.show(plot_trend(trend, target=40, marks=marks)), "show(plot_trend(path, target=target))"),
        text("## Where it differs\n\n### By channel and region"),
        cell(page.show(plot_segments([touch, region], overall=overall(), target=40)), "show(plot_segments(segments))"),
        cell(table, "estimate_table(touch)"),
        cell(page.show(plot_segments(many, overall=overall())), "show(plot_segments(many))"),
    ]


def _words() -> list[Any]:
    gap = "Those who wrote score +13 (n 823), the others +39 (n 1,825)."
    return [
        text("## What customers say"),
        cell(page.note("caution", "Comments are not the customers", gap)),
        cell(page.quotes(said()), "quotes(said)"),
        text("## What to do next"),
        cell(page.actions(steps()), "actions(steps)"),
    ]


def _ending() -> list[Any]:
    numbers = pd.DataFrame({HOSTILE[1]: list(HOSTILE), "n": range(1000, 1008), "mean": np.linspace(1, 9, 8)})
    rule = page.estimate_table(overall(), caption="The rule behind the number", method=True)
    return [
        text(
            "## How it was measured\n\n| word | means |\n|---|---|\n| promoter | 9 or 10 |\n\n"
            "- [x] done\n- [ ] open\n\n"
            "[a link](https://example.test/) and [a bad one](javascript:alert(1)) ![far](http://example.test/a.png)\n\n"
            "> A quotation.\n\n```python\nif a < b: print('x')\n```\n\n$$NPS = 100 (P - D) / n$$"
        ),
        text("### Intervals and verdicts\n\nIntervals of NPS are score intervals (Tango).", "method"),
        text("### What the page cannot say\n\nAn NPS speaks for those who answered.", "caution"),
        hostile_outputs(),
        cell(page.safe_table(numbers, caption=HOSTILE[3]), "safe_table(hostile)"),
        cell(rule, "estimate_table(overall)", ("appendix",)),
    ]


def hostile_outputs() -> Any:
    """Outputs that no block of the kit made: streams, an error, and every other mime type, all with hostile texts."""
    bad = "\n".join(HOSTILE)
    frame = pd.DataFrame({HOSTILE[0]: HOSTILE})
    return new_code_cell(
        "print(hostile)  # " + HOSTILE[0],
        execution_count=2,
        outputs=[
            new_output("stream", name="stdout", text=bad),
            new_output("stream", name="stderr", text="DataWarning: " + bad),
            new_output(
                "display_data", data={"text/html": frame.to_html(escape=False), "text/plain": frame.to_string()}
            ),
            new_output("display_data", data={"text/html": "<script>alert(9)</script>"}),
            new_output("display_data", data={"text/markdown": bad}),
            new_output("display_data", data={"text/latex": bad}),
            new_output("display_data", data={"application/json": {"a": bad}, "text/plain": bad}),
            new_output(
                "display_data",
                data={
                    "image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 4'>"
                    "<script>alert(8)</script><rect width='9' height='4' fill='#0072b2'/></svg>"
                },
                metadata={"image/svg+xml": {"alt": "A blue box, 9 by 4."}},
            ),
            new_output(
                "error",
                ename="DataError",
                evalue="orders: the last order is of 2026-09-12. " + HOSTILE[0],
                traceback=["\x1b[31mTraceback\x1b[0m " + bad],
            ),
        ],
    )
