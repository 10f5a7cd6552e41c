"""Blocks of a page: the same numbers in HTML and in text, everything escaped, what is not known not claimed."""

from __future__ import annotations

import re

import numpy as np
import page_notebook as made
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from cxkit import page
from cxkit.errors import UsageError
from cxkit.markup import LAB_STYLE

NB = "\u00a0"
NOW, THEN = made.nps_rows({}, [1351], [526], [2648]), made.nps_rows({}, [1310], [401], [2412])


def soup(block) -> BeautifulSoup:
    return BeautifulSoup(str(block.html), "html.parser")


def words_of(text: str) -> str:
    return " ".join(text.replace(NB, " ").split())


def hostile_blocks():
    bad = list(made.HOSTILE)
    frame = made.nps_rows({made.HOSTILE[1]: bad}, [5] * 8, [2] * 8, [10] * 8)
    return [
        page.safe_table(pd.DataFrame({made.HOSTILE[0]: bad}), caption=made.HOSTILE[1]),
        page.safe_table(pd.DataFrame({"n": range(8)}, index=pd.Index(bad, name=made.HOSTILE[1]))),
        page.estimate_table(frame, caption=made.HOSTILE[0], before=frame, before_name=made.HOSTILE[1], method=True),
        page.tiles(frame, before=frame, labels=bad, before_name=made.HOSTILE[3]),
        page.headlines(pd.DataFrame({"verdict": bad, "sentence": bad, "evidence": bad})),
        page.quotes(pd.DataFrame({"score": 1.0, "group": bad, "comment": bad, "about": bad})),
        page.actions(
            pd.DataFrame({"action": bad, "why": bad, "size": bad, "confidence": bad, "owner": bad, "by": bad})
        ),
        page.note("caution", *bad, detail=bad[0]),
    ]


@pytest.mark.parametrize("block", hostile_blocks(), ids=lambda block: block.kind)
def test_hostile_texts_stay_texts(block):
    tree = soup(block)
    assert not tree.find_all(["script", "img", "svg", "iframe", "form", "textarea"])
    assert not [a for tag in tree.find_all(True) for a in tag.attrs if a.startswith("on") or a in ("src", "href")]
    assert "\u202e" not in str(block.html) + block.plain
    assert "\x1b" not in str(block.html) + block.plain
    assert "alert(" in tree.get_text()


def test_bundle_is_marked_and_carries_both():
    data, metadata = page.note("method", "Rule", "9 to 10.")._repr_mimebundle_()
    assert data["text/html"].startswith(str(LAB_STYLE))
    assert data["text/plain"] == "Rule\n9 to 10."
    assert metadata["cxkit"]["kind"] == "note"


# ------------------------------------------------------------------ tiles
def test_tile_says_value_interval_change_and_n():
    # change 31.2 - 37.7 = -6.5; MOVER from the score limits, -10.9 to -2.1
    said = words_of(soup(page.tiles(NOW, before=THEN, target=40, before_name="Q2")).get_text(" "))
    assert "NPS +31 points 95 % interval +28 to +34 ▼ −7 (−11 to −2) on Q2 n 2,648; target +40" in said
    assert "ring: Q2; dotted line: target" in said


def judged(now, then, verdict="clear", **more):
    """A comparison table of two estimate tables, with the verdict somebody came to."""
    gap = now.estimate - then.estimate
    there = {"other": "Q2", "other_n": then.n, "other_estimate": then.estimate, "verdict": verdict}
    return now.assign(**there, difference=gap, difference_low=gap - 5, difference_high=gap + 5, **more)


def test_change_is_coloured_only_when_judged_clear_and_known():
    def tone(now, then, verdict="clear"):
        arrow = soup(page.tiles(now, change=judged(now, then, verdict))).find("span", string=re.compile("[▲▼]"))
        return arrow.parent.get("class")

    assert tone(NOW, THEN) == ["bad"]
    assert tone(THEN, NOW) == ["good"]
    assert tone(NOW, THEN, "likely") is None
    assert tone(NOW.assign(metric="CES"), THEN.assign(metric="CES")) is None  # clear, direction not ours to know
    shares = {"unit": "share", "metric": "detractors", "estimate": 0.199, "low": 0.184, "high": 0.214}
    assert tone(NOW.assign(**shares), THEN.assign(**{**shares, "estimate": 0.14, "low": 0.13, "high": 0.15})) == ["bad"]


def test_change_that_nobody_judged_has_neither_colour_nor_verdict():
    block = page.tiles(NOW, before=THEN)
    assert soup(block).find(class_="bad") is None
    assert "−7 (−11 to −2) on the period before, n 2,648" in block.plain


def test_judged_change_stands_as_it_is():
    # -6.5 -+ 5, not the -10.9 to -2.1 of the two estimates
    block = page.tiles(NOW, before=THEN, change=judged(NOW, THEN, "likely"), before_name="Q2")
    assert "−7 (−12 to −2) on Q2, likely" in block.plain
    sheet = block.sheets["Key figures"]()
    assert list(sheet.verdict) == ["likely"]
    assert sheet.n_before.iloc[0] == THEN.n.iloc[0]
    alone = page.tiles(NOW, change=judged(NOW, THEN))  # the ring is there without the earlier table
    assert "ring: the period before" in soup(alone).get_text()


def test_judged_changes_are_matched_by_segment():
    now = made.nps_rows({"g": ["a", "b"]}, [50, 40], [20, 20], [100, 100])
    then = made.nps_rows({"g": ["a", "b"]}, [60, 10], [20, 60], [100, 100])
    found = judged(now, then, ["too early", "clear"])
    items = soup(page.tiles(now, change=[found.iloc[1:], found.iloc[:1]])).find_all("li")
    assert "▼" in items[0].get_text()
    assert items[0].find(class_="bad") is None
    assert items[1].find(class_="good") is not None


def test_tiles_match_the_earlier_row_by_metric_and_segment():
    now, then = (
        made.nps_rows({"g": ["a", "b"]}, [50, 40], [20, 20], [100, 100]),
        made.nps_rows({"g": ["b"]}, [10], [60], [100]),
    )
    tiles = soup(page.tiles(now, before=then)).find_all("li")
    assert "on the period before" not in tiles[0].get_text()
    assert "on the period before" in tiles[1].get_text()


def test_tile_without_answers():
    empty = NOW.assign(n=0, estimate=np.nan, low=np.nan, high=np.nan)
    block = page.tiles(empty, before=THEN, target=40)
    assert "no answers to count" in block.plain
    assert "nan" not in str(block.html) + block.plain
    assert soup(block).find(class_="ci") is None


def test_bar_stands_where_the_numbers_are():
    style = soup(page.tiles(NOW, target=40)).find(class_="ci")["style"]
    at = {k: float(v) for k, v in re.findall(r"--(\w):([\d.]+)%", style)}
    # the bar spans 40 points around the middle of 28.2 and 40
    low, high = NOW.low.iloc[0], NOW.high.iloc[0]
    start = (low + 40) / 2 - 20
    assert at["a"] == pytest.approx((low - start) / 0.4, abs=0.06)
    assert at["b"] == pytest.approx((high - start) / 0.4, abs=0.06)
    assert at["t"] == pytest.approx((40 - start) / 0.4, abs=0.06)


def test_tile_labels():
    assert page.tiles([NOW, THEN], labels=["Now"]).plain.startswith("Now: ")
    assert page.tiles(NOW, labels={"NPS": "Net Promoter Score"}).plain.startswith("Net Promoter Score: ")
    with pytest.raises(UsageError, match="2 labels for 1 tile"):
        page.tiles(NOW, labels=["a", "b"])


def test_change_of_a_share_is_in_percentage_points():
    # 24.2 - 29.0 = -4.8; both limits 3.5 away: sqrt(3.5^2 + 3.5^2) = 4.9
    now = NOW.assign(unit="share", metric="promoters", estimate=0.242, low=0.207, high=0.277)
    block = page.tiles(now, before=now.assign(estimate=0.29, low=0.255, high=0.325), before_name="Q2 2026")
    assert "▼ −4.8 pts (−9.7 to +0.1) on Q2 2026" in words_of(soup(block).get_text(" "))
    assert "−4.8 percentage points (−9.7 to +0.1) on Q2 2026, n" in block.plain


def test_interval_keeps_the_digits_of_its_confidence():
    assert f"99.5{NB}% interval" in page.tiles(NOW.assign(confidence=0.995)).plain
    assert "99.5 % interval" in page.estimate_table(NOW.assign(confidence=0.995)).plain


def test_shares_have_a_decimal():
    share = NOW.assign(unit="share", metric="promoters", estimate=0.5102, low=0.4911, high=0.5292)
    assert page.tiles(share).plain == f"Promoters: 51.0{NB}%, 95{NB}% interval 49.1 to 52.9{NB}%, n 2,648"


# ------------------------------------------------------------------ tables
def test_estimate_table_has_the_same_numbers_in_text():
    table = made.nps_rows({"plan": ["basic", "plus"]}, [500, 40], [200, 30], [1000, 100])
    block = page.estimate_table(table, caption="By plan", before=table.assign(estimate=table.estimate - 20))
    tree = soup(block)
    for row in tree.find("tbody").find_all("tr"):
        for cell in row.find_all(["th", "td"]):
            if said := cell.get_text().strip():
                assert all(part in block.plain for part in said.split())
    assert [th["scope"] for th in tree.find_all("th")] == ["col"] * 6 + ["row"] * 2
    assert "+30 +25 to +35" in words_of(tree.get_text(" "))


def test_estimate_table_shows_a_comparison_that_is_there():
    table = made.nps_rows({"plan": ["basic"]}, [500], [200], [1000]).assign(
        change=-7.0, change_low=-11.0, change_high=-2.0, verdict="clear"
    )
    block = page.estimate_table(table)
    assert "−7 (−11 to −2)" in block.plain
    assert soup(block).find(class_="chip").get_text() == "clear"


def test_verdicts_follow_both_intervals():
    def verdict(half):
        now = NOW.assign(estimate=10.0, low=10 - half, high=10 + half)
        then = NOW.assign(estimate=0.0, low=-half, high=half)
        return soup(page.estimate_table(now, before=then)).find(class_="chip").get_text()

    # 95 % limits of 10 are 10 -+ 1.414 half, 80 % limits are 0.654 of that
    assert [verdict(h) for h in (7.0, 7.2, 10.7, 10.9)] == ["clear", "likely", "likely", "too early"]


def test_estimate_table_of_many_groups_is_cut_and_says_so():
    table = made.nps_rows({"g": [str(i) for i in range(70)]}, [5] * 70, [2] * 70, [10] * 70)
    block = page.estimate_table(table)
    assert block.plain.endswith("10 more groups not shown.")
    assert page.estimate_table(table.head(0)).plain == "No groups."


def test_safe_table_formats():
    frame = pd.DataFrame(
        {
            "n": [1204, -3],
            "mean": [7.3333, np.nan],
            "tiny": [0.00123, 0.0004],
            "day": [pd.Timestamp("2026-09-30"), pd.Timestamp("2026-09-30 08:15")],
            "flag": [True, False],
            "text": ["x", None],
        }
    )
    rows = [
        [cell.get_text() for cell in row.find_all(["th", "td"])]
        for row in soup(page.safe_table(frame)).tbody.find_all("tr")
    ]
    assert rows == [
        ["1,204", "7.33", "0.00123", "2026-09-30", "yes", "x"],
        ["−3", "–", "0.00040", "2026-09-30 08:15", "no", "–"],
    ]


def test_safe_table_has_no_index_corner():
    plain = soup(page.safe_table(pd.DataFrame({"a": [1]}, index=[7])))
    assert all(th.get_text().strip() or th.get_text() for th in plain.find_all("th"))
    named = soup(page.safe_table(pd.DataFrame({"a": [1]}, index=pd.Index(["x"], name="key"))))
    assert [th.get_text() for th in named.find_all("th")] == ["key", "a", "x"]


def test_safe_table_cuts_and_refuses():
    assert "50 more rows not shown" in page.safe_table(pd.DataFrame({"a": range(250)})).plain
    with pytest.raises(UsageError, match="expected a pandas table, got list"):
        page.safe_table([1])


def test_inputs_stay_as_they_are():
    table = made.nps_rows({"plan": ["b", "a"]}, [500, 40], [200, 30], [1000, 100])
    kept = table.copy(deep=True)
    page.estimate_table(table, before=table)
    page.tiles(table, before=table)
    page.safe_table(table.set_index("plan"))
    pd.testing.assert_frame_equal(table, kept)


# ------------------------------------------------------------------ words
def test_headlines_give_the_dek():
    block = page.headlines(made.findings())
    assert block.facts["dek"] == "NPS fell 7 points, from +38 to +31."
    chips = [chip["class"][1] for chip in soup(block).find_all(class_="chip")]
    assert chips == ["clear", "clear", "likely", "early"]


def test_headlines_without_findings():
    assert page.headlines(made.findings().head(0)).plain == "There is nothing to report."


def test_quotes_mark_masks_and_say_score_in_words():
    tree = soup(page.quotes(made.said()))
    assert [mark.get_text() for mark in tree.find_all("mark")] == ["name", "phone", "e-mail"]
    assert tree.find("figcaption").get_text() == "Score 2, detractor. After delivery, first order."
    small = made.said().assign(about="relationship, email")
    assert soup(page.quotes(small)).find("figcaption").get_text() == "Score 2, detractor. Relationship, email."
    assert [quote["dir"] for quote in tree.find_all("blockquote")] == ["auto"] * 4


def test_quotes_say_their_rule_and_count_masks():
    class Chosen:
        table, rule, masked = made.said(), "Chosen by rule from 90 comments.", {"phone": 2, "e-mail": 1, "card": 0}

    assert page.quotes(Chosen()).plain.startswith(
        "Chosen by rule from 90 comments. Masked in them: 2 phone numbers and 1 e-mail address."
    )


def test_quotes_say_when_no_names_were_looked_for():
    class Chosen:
        table, rule, masked, names_known = made.said(), "Chosen by rule.", {}, 0

    first = page.quotes(Chosen()).plain.splitlines()[0]
    assert first == (
        "Chosen by rule. No e-mail address, phone, card or account number was found in them. "
        "Names were not looked for, since there is no customer table."
    )
    Chosen.names_known = 12
    assert (
        page.quotes(Chosen()).plain.splitlines()[0]
        == "Chosen by rule. No e-mail address, phone, card or account number was found in them."
    )
    del Chosen.names_known  # not known whether they were: nothing is claimed
    assert "Names were not" not in page.quotes(Chosen()).plain


def test_gap_note_claims_no_more_than_the_interval():
    rows = pd.DataFrame(
        {
            "commented": ["wrote", "silent", "difference"],
            "unit": "points",
            "n": [823, 1825, 2648],
            "estimate": [13.0, 39.0, -26.0],
            "low": [7.0, 36.0, -33.0],
            "high": [19.0, 42.0, -20.0],
            "confidence": 0.95,
        }
    )
    assert (
        "26 points lower (−33 to −20). Read what follows as the voice of the less happy." in page.gap_note(rows).plain
    )
    unsure = rows.assign(low=[7.0, 36.0, -33.0], high=[19.0, 42.0, 1.0])
    assert "no clear difference" in page.gap_note(unsure).plain
    assert "Nobody wrote" in page.gap_note(rows.assign(n=[0, 1825, 1825])).plain
    wide = rows.assign(high=[19.0, 42.0, -2.0], low=[7.0, 36.0, -50.0], confidence=0.8)  # 80 % limits, -26 -+ 24
    assert f"no clear difference (80{NB}% interval −50 to −2)" in page.gap_note(wide).plain


def test_gap_note_adds_up():
    # 37.6 - 59.4 = -21.8: "+38, +59, 22 lower" would not add up for a reader
    rows = pd.DataFrame({"commented": ["wrote", "silent", "difference"], "unit": "points", "n": [823, 1825, 2648]})
    rows = rows.assign(estimate=[37.6, 59.4, -21.8], low=[31, 56, -28.5], high=[43, 62, -15.2], confidence=0.95)
    said = page.gap_note(rows).plain
    assert "+37.6 (n 823), those who wrote nothing +59.4 (n 1,825): 21.8 points lower (−28.5 to −15.2)" in said
    assert (
        ": 1 point lower"
        in page.gap_note(
            rows.assign(estimate=[38.0, 39.0, -1.0], low=[37.8, 38.8, -1.3], high=[38.2, 39.2, -0.7])
        ).plain
    )


def test_actions_name_what_is_missing():
    block = page.actions(made.steps())
    assert "Owner: to be named" in block.plain
    assert "By: 15 Oct" in block.plain
    assert len(soup(block).find_all("dt")) == 4 + 3 + 2


def test_head_is_facts():
    block = page.head({"period": "Q3 2026", "as_of": None}, company="A", owner="", note_of="B")
    assert block.facts == {"period": "Q3 2026", "company": "A", "note_of": "B"}
    assert "text/html" not in block._repr_mimebundle_()[0]


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: page.headlines(pd.DataFrame({"sentance": []})), "no column 'verdict'"),
        (lambda: page.quotes(pd.DataFrame({"score": []})), "no column 'group'"),
        (lambda: page.actions([1]), "expected a pandas table"),
        (lambda: page.note("warning", "x"), "'warning' is not a known choice"),
        (lambda: page.tiles([1]), "expected estimate tables"),
        (lambda: page.tiles(NOW, change=THEN), "change must be comparison tables"),
        (lambda: page.estimate_table(pd.DataFrame({"metric": []})), "needs the column 'unit'"),
        (lambda: page.gap_note(NOW), "commenter_gap"),
    ],
)
def test_errors(call, match):
    with pytest.raises(UsageError, match=match):
        call()


def test_comparison_with_an_earlier_period_is_shown_as_the_change():
    now = made.nps_rows({"kind": ["relationship", "contact"]}, [50, 40], [20, 20], [100, 100])
    then = made.nps_rows({"kind": ["relationship", "contact"]}, [60, 10], [20, 60], [100, 100])
    tree = soup(page.estimate_table(judged(now, then, ["likely", "clear"]), before_name="Q2"))
    assert [th.get_text() for th in tree.thead.find_all("th")][-3:] == ["Change on Q2", "n", "Change is"]
    assert [chip.get_text() for chip in tree.find_all(class_="chip")] == ["likely", "clear"]
    assert tree.find("td", attrs={"data-l": "Change"}).get_text() == "−10 (−15 to −5)"
    assert tree.find("i", class_="p") is not None
    other = soup(page.estimate_table(judged(now, then), before_name="Q1"))
    assert "Difference from Q2" in other.thead.get_text()


def test_gap_note_takes_a_verdict_as_judged():
    rows = pd.DataFrame(
        {
            "commented": ["wrote a comment", "wrote nothing", "difference"], "metric": "NPS", "unit": "points",
            "n": [823, 1825, 2648], "estimate": [13.0, 39.0, -26.0], "low": [7.0, 36.0, -33.0],
            "high": [19.0, 42.0, -20.0], "confidence": 0.95, "method": "",
        }
    )  # fmt: skip
    assert "26 points lower" in page.gap_note(rows).plain
    assert "no clear difference" in page.gap_note(rows.assign(verdict=["", "", "likely"])).plain
