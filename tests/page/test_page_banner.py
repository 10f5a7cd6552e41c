"""The banner table on the page: its words, letters, brackets, and its size on a phone."""

import bs4
import page_notebook as made
import pandas as pd
import pytest

from cxkit import page
from cxkit.errors import UsageError
from cxkit.survey import crosstab


def answers(**counts):
    """Answers from (promoters, passives, detractors) of each plan, half of them in each channel."""
    rows = [
        (plan, score, ("web", "app")[k % 2])
        for plan, held in counts.items()
        for score, n in zip((10, 8, 3), held, strict=True)
        for k in range(n)
    ]
    return pd.DataFrame(rows, columns=["plan", "score", "channel"])


@pytest.fixture
def block():
    found = crosstab(answers(basic=(60, 20, 20), plus=(30, 40, 30), trial=(12, 4, 4)), columns="plan")
    return page.banner(found, caption="By plan")


def test_one_line_a_group_and_letters_below_the_numbers(block):
    table = bs4.BeautifulSoup(block.html, "html.parser").table
    assert table.caption.text == "By plan"
    heads = [head.text.replace("\u00ad", "") for head in table.thead.find_all("th")]
    assert heads == ["Group", "n", "Promoters %", "Passives %", "Detractors %", "NPS", "Mean"]
    bodies = table.find_all("tbody")
    assert len(bodies) == 2  # the total, and the segment column with its name
    assert bodies[1].tr.th.text == "Plan"
    assert (bodies[1].tr.th["scope"], bodies[1].tr.th["colspan"]) == ("rowgroup", "7")
    lines = [[" ".join(cell.get_text(" ").split()) for cell in row] for row in table.find_all("tr")]
    assert lines[1] == ["All", "220", "46", "29", "25", "+22", "7.7"]
    assert lines[3] == ["basic A", "100", "60 B", "20", "20", "+40 B", "8.2 B"]
    assert lines[4] == ["plus B", "100", "30", "40 A", "30 a", "0", "7.1"]
    assert lines[5] == ["trial C", "(20)", "60", "20", "20", "+40", "8.2"]


def test_the_same_as_text_with_how_to_read_it(block):
    said = block.plain.splitlines()
    assert said[0] == "By plan"
    assert said[4].split() == ["basic", "(A)", "100", "60", "B", "20", "20", "+40", "B", "8.2", "B"]
    assert said[-2].startswith("A letter below a number: it is higher than that of the group with this letter")
    assert said[-1] == "n in brackets: fewer than 30 answers, not compared."


def test_other_columns_have_tables_of_their_own():
    found = crosstab(answers(a=(50, 30, 20), b=(40, 30, 30)), columns="plan", rows="score,channel", cluster=False)
    soup = bs4.BeautifulSoup(page.banner(found, caption="By plan").html, "html.parser")
    assert [table.caption.text for table in soup.find_all("table")] == ["By plan", "By plan: channel"]
    assert [head.text for head in soup.find_all("thead")[1].find_all("th")] == ["Group", "n", "app %", "web %"]


def test_many_values_are_split_and_many_groups_are_cut():
    rows = pd.DataFrame(
        {"score": 9, "plan": [f"p{k % 26:02d}" for k in range(780)], "week": [k % 7 for k in range(780)]}
    )
    more = rows.assign(**{f"c{k}": rows.plan for k in range(3)})
    block = page.banner(crosstab(more, columns="plan,c0,c1", rows="week"))
    soup = bs4.BeautifulSoup(block.html, "html.parser")
    captions = [table.caption.text for table in soup.find_all("table")]
    assert captions == ["Share of each: week", "Share of each: week (continued)"]
    assert "19 more groups not shown." in block.plain  # 1 and 3 times 26 less 60
    assert len(soup.table.select("tbody th[scope=row]")) == 60


def test_a_workbook_gets_the_trade_s_form_and_every_cell(block):
    sheets = {title: table() for title, table in block.sheets.items()}
    assert list(sheets) == ["By plan", "By plan, with intervals"]
    assert list(sheets["By plan"].columns)[2:] == ["Total", "plan: basic (A)", "plan: plus (B)", "plan: trial (C)"]
    assert sheets["By plan, with intervals"].method.iloc[0].startswith("NPS 0-10")


def test_hostile_names_stay_text():
    rows = pd.DataFrame({"score": [9, 3] * 30, made.HOSTILE[1]: [made.HOSTILE[0], made.HOSTILE[6]] * 30})
    block = page.banner(crosstab(rows, columns=[made.HOSTILE[1]], least=5), caption=made.HOSTILE[3])
    for live in ("<script", "<img", "<svg", "onmouseover='"):
        assert live not in block.html


def test_something_else_is_refused():
    with pytest.raises(UsageError, match="expected a banner table"):
        page.banner(pd.DataFrame({"n": [1]}))
