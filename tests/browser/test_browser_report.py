"""The NPS report itself in a real browser, on the sample company and on answers that attack the page."""

from __future__ import annotations

import pytest

from cxkit.cli import main

pytestmark = pytest.mark.browser

_ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><foreignObject><iframe srcdoc='<script>alert(1)</script>'>",
    "<details open ontoggle=alert(1)>",
    "</style><style>*{display:none}</style>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>",
    "<form action=http://127.0.0.1:9/><input name=q></form><base href=http://127.0.0.1:9/>",
    "![x](http://127.0.0.1:9/x.png) [click](javascript:alert(1))",
    '=HYPERLINK("http://127.0.0.1:9/","win")',
    "{{ 7*7 }} {% raw %} {cxfig}",
    "\u202egnissim si txet \u2066bidi",
    "a" * 3000,
]


@pytest.fixture(scope="module")
def reports(tmp_path_factory, sample_page):
    """Pages by name: the sample, and one where every text column, title and segment name is hostile."""
    from in_process import here

    folder = tmp_path_factory.mktemp("reports")
    rows = ["score,comment,region,touchpoint,responded_at"]
    for k in range(720):
        attack = _ATTACKS[k % 12].replace('"', '""')
        said = f"The parcel number {k % 40} came late {attack} and nobody told me why"
        rows.append(f'{(10, 9, 3, 8, 6)[k % 5]},"{said}","{attack[:60]}","{attack[:30]} b",2026-0{4 + k % 6}-11')
    (folder / "hostile.csv").write_text("\n".join(rows), encoding="utf-8")
    given = [
        *(f"source={folder / 'hostile.csv'}", f"company={_ATTACKS[0]}", f"owner={_ATTACKS[5]}"),
        *("by=region,touchpoint", f"marks=2026-08-03:{_ATTACKS[1]}"),
    ]
    pairs = [part for pair in given for part in ("-p", pair)]
    with here():
        assert main(["report", "nps_deep_dive", "--name", "hostile", "--out", str(folder / "out"), *pairs]) == 0
    return {"sample": sample_page, "hostile": folder / "out" / "hostile.html"}


PICTURES = {"sample": 6, "hostile": 4}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("name", ["sample", "hostile"])
def test_quiet_accessible_and_within_the_screen(reports, page_facts, axe, name, width, dark):
    facts = page_facts(reports[name], width, dark)
    assert facts.quiet, (facts.requests, facts.navigations, facts.dialogs, facts.console, facts.live)
    assert facts.violations == []
    assert facts.scroll_width <= width
    assert not facts.texts["broken"]
    assert not facts.texts["twice"]
    assert len(set(facts.texts["alts"])) == len(facts.texts["alts"]) // 2 == PICTURES[name]  # each at two widths
