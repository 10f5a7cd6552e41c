"""The journey map's page as a browser prints it: the wall map on one sheet, the rest on portrait pages, and light."""

from __future__ import annotations

import re

import page_notebook as made
import pytest
from charts import journey_map_data
from nbformat.v4 import new_notebook

from cxkit.charts import plot_journey_map
from cxkit.page import show, wall
from cxkit.reports.render import page

pytestmark = pytest.mark.browser


def test_the_wall_map_prints_on_one_sheet_and_what_follows_on_pages(chromium, tmp_path):
    journey = journey_map_data.journey("en", 0, 7)
    cells = [
        made.text("# Journey map"), made.text("## Headline\n\nThe map first."), made.cell(show(plot_journey_map(journey))),
        made.cell(wall(journey)), made.text("## How they move\n\nWhat follows what."), made.text("## Appendix\n\nRules."),
    ]  # fmt: skip
    path = tmp_path / "map.html"
    path.write_text(page(new_notebook(cells=cells), "journey_map"), encoding="utf-8")
    tab = chromium.new_page()
    tab.goto(path.as_uri())
    printed = tab.pdf(prefer_css_page_size=True, print_background=True)
    tab.close()
    sizes = [
        tuple(round(float(side)) for side in box)
        for box in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
    ]
    assert sizes == [(595, 842), (1191, 842), (595, 842)]
    assert len(printed) < 400_000  # a hatch that is printed as pixels makes megabytes
