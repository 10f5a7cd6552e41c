"""The banner table in a real browser."""

import page_notebook as made
import pandas as pd
import pytest

from cxkit import page
from cxkit.reports import render
from cxkit.survey import crosstab

pytestmark = pytest.mark.browser


def test_it_can_be_read_on_a_phone(tmp_path, page_facts, axe):
    """Large counts, long names, many letters: no sideways scroll, no number broken in two, nothing out of reach."""
    plans = {
        f"Mecklenburg-Vorpommern {k}" if k == 3 else f"relationship{k}": (900 - 90 * k, 100, 90 * k) for k in range(7)
    }
    rows = [(plan, score, ("web", "app")[k % 2]) for plan, held in plans.items()
            for score, n in zip((10, 8, 3), held, strict=True) for k in range(n)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["plan", "score", "channel"])
    blocks = [
        page.banner(crosstab(table, columns="plan,channel", rows=rows), caption="By plan") for rows in ("", "channel")
    ]
    cells = [made.text("# Banner"), made.text("## One"), *(made.cell(block, tags=("hide-input",)) for block in blocks)]
    path = tmp_path / "banner.html"
    path.write_text(render.page(made.new_notebook(cells=cells), "banner"), "utf8")
    for width in (320, 360, 1280):
        facts = page_facts(path, width, check=width == 360)
        assert facts.scroll_width <= width
        assert "7,000" in facts.texts["body"]
        assert not facts.violations
    assert facts.quiet
