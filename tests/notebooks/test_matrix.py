"""The NPS notebook through the command, over the inputs it will meet: the right page, or a message that helps."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from cxkit.cli import main

HOSTILE = [
    "<script>alert(1)</script> and the parcel came late again this week",
    '"><img src=x onerror=alert(1)> the parcel came late again this week',
    '=HYPERLINK("http://example.org","win") the parcel came late again',
    "[click](javascript:alert(1)) **bold** the parcel came late again this week",
    "bell \x07 and \u202eesrever\u202c the parcel came late again this week",
]


def csv(path: Path, rows: list[str], header: str = "score,comment,region,responded_at") -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf8")
    return path


def many(n: int, comment: str = "", region: str = "north") -> list[str]:
    """n answers over two quarters: 3 promoters, 1 passive, 1 detractor in five."""
    scores = [10, 9, 9, 8, 3]
    return [f'{scores[k % 5]},"{comment}",{region},2026-{4 + k % 6:02d}-{1 + k % 28:02d}' for k in range(n)]


@pytest.fixture
def run(tmp_path, capsys, in_process):
    """Make the report; gives exit code, page (or None) and what was said."""

    def run(source="sample:responses", *more, **parameters):
        pairs = [f"source={source}", *(f"{name}={value}" for name, value in parameters.items())]
        arguments = ["report", "nps_deep_dive", "--out", str(tmp_path / "out"), *more]
        code = main([*arguments, *(part for pair in pairs for part in ("-p", pair))])
        pages = sorted((tmp_path / "out").glob("*.html"))
        said = capsys.readouterr()
        return code, (BeautifulSoup(pages[-1].read_text("utf8"), "html.parser") if pages else None), said.err

    return run


def text(page) -> str:
    return re.sub(r"\s+", " ", page.get_text(" "))


def test_the_sample_finds_its_planted_stories(sample_page):
    page = BeautifulSoup(sample_page.read_text("utf8"), "html.parser")
    assert page.h1.get_text() == "Larkspur & Vale"
    heads = [li.get_text(" ") for li in page.select(".heads li")]
    assert any("NPS fell" in line and "clear" in line for line in heads)
    assert any("below the target of +40" in line for line in heads)
    assert any(
        "\u201cdelivery\u201d fell" in line and "clear" in line for line in heads
    )  # the touchpoint that went bad
    assert any("fewer of those invited answer" in line for line in heads)  # the response rate falls
    assert any("Those who write a comment score" in line for line in heads)  # commenters differ from the silent
    assert "Find what changed in \u201cdelivery\u201d" in text(page.select_one(".acts"))
    assert "Comments are not the customers" in text(page)
    figures = page.select("figure svg.wide")
    assert len(figures) == 6
    alts = [svg["aria-label"] for svg in figures]
    assert len(set(alts)) == 6
    assert all(len(alt) > 20 and re.search(r"\d", alt) for alt in alts)
    for listing in page.find_all("pre"):
        listing.decompose()
    assert not re.search(r"\bnan\b|\bNone\b|NaT", text(page))


def test_a_fall_by_mix_alone_is_told_as_one(run):
    code, page, _ = run(period="2025-Q3", by="touchpoint,region,tenure")
    assert code == 0
    heads = [li.get_text(" ") for li in page.select(".heads li")]
    assert any("NPS fell" in line for line in heads)
    mix = next(line for line in heads if "Who answers accounts for" in line)
    assert "by tenure, \u201cnew\u201d rose from 20" in mix
    assert "no tenure group's own score clearly moved" in mix


def test_the_analyst_keeps_the_last_word(run, tmp_path):
    (tmp_path / "goals.toml").write_text(
        '[[target]]\nname = "Plan"\nvalue = 55\nsource = "Board"\nyear = 2026\n'
        '[[benchmark]]\nname = "Panel <b>"\nvalue = 20\nsource = "Somebody"\nyear = 2024\nscale = "1-10"\n'
    )
    code, page, _ = run(
        headline_note="The carrier was <b>replaced</b> in October.", mute="commenters; response rate",
        goals=tmp_path / "goals.toml", weight_by="age_band",
    )  # fmt: skip
    assert code == 0
    heads = text(page.select_one(".heads"))
    assert "Those who write" not in heads
    assert "below the target of +55" in heads
    footer = text(page.select_one(".prov"))
    assert "Left out of the headline by the analyst" in footer
    assert "Those who write a comment score" in footer
    assert "The carrier was <b>replaced</b> in October." in text(page)
    assert "Panel <b>" in text(page)
    assert "weighted to all customers by age band" in text(page)


def test_unicode_names_and_a_small_segment(run, tmp_path):
    rows = [*many(300, region="Île-de-France"), *many(200, region="東京"), "9,ok,Einzelstück,2026-07-01"]
    code, page, _ = run(csv(tmp_path / "antworten für 東京.csv", rows), company="Ünïcødé «Läden»", period="all")
    assert code == 0
    assert page.h1.get_text() == "Ünïcødé «Läden»"
    assert "東京" in text(page)
    assert "Einzelstück" in text(page)  # one member: shown with its interval, never in a comparison
    assert not any("Einzelstück" in li.get_text() for li in page.select(".heads li"))


def test_few_answers_stop_at_what_can_be_said(run, tmp_path):
    code, page, _ = run(csv(tmp_path / "few.csv", many(60, "the box was late and nobody told me about it")))
    assert code == 0
    assert len(page.select("figure svg.wide")) == 1  # the distribution
    assert "No trend is shown: 60 answers would show noise" in text(page)
    assert "60 answers are too few to divide" in text(page)


def test_one_row(run, tmp_path):
    code, page, _ = run(csv(tmp_path / "one.csv", ["9,fine,north,2026-07-01"]))
    assert code == 0
    assert "cannot be said yet" in text(page.select_one(".heads"))


def test_score_alone_is_enough(run, tmp_path):
    code, page, _ = run(csv(tmp_path / "bare.csv", [str(k % 11) for k in range(300)], header="score"))
    assert code == 0
    for said in ("there is no column of dates", "No segments can be shown", "there is no column of comments"):
        assert said in text(page)
    assert "The band is the interval" not in text(page)  # nothing is said of a picture that is not there
    assert len(page.select("h2#how-it-moved")) == 1


def test_hostile_comments_stay_text(run, tmp_path):
    quoted = [comment.replace('"', '""') for comment in HOSTILE]
    rows = [
        f'{score},"{quoted[k % 5]}",<b>north</b>,2026-0{4 + k % 6}-11' for k, score in enumerate([9, 3, 8, 2, 5] * 60)
    ]
    code, page, _ = run(csv(tmp_path / "hostile.csv", rows), company="<script>alert(2)</script>", period="all")
    assert code == 0
    assert not page.find_all("script")
    assert not [tag for tag in page.find_all(True) if any(name.startswith("on") for name in tag.attrs)]
    assert not [a for a in page.find_all("a") if not a["href"].startswith("#")]
    assert "<script>alert(2)</script>" in page.h1.get_text()
    assert "\u202e" not in page.get_text()
    assert "\x07" not in page.get_text()
    assert any("<script>alert(1)</script>" in quote.get_text() for quote in page.find_all("blockquote"))


def test_ten_thousand_segments(run, tmp_path):
    rows = [f"{(9, 10, 3)[k % 3]},,s{k % 10_000},2026-07-01" for k in range(20_000)]
    code, page, _ = run(csv(tmp_path / "wide.csv", rows), by="region")
    assert code == 0
    assert len(page.encode()) < 2_000_000


@pytest.mark.parametrize(
    ("rows", "parameters", "exit_code", "said"),
    [
        ([], {}, 3, "none of 0 rows has a score"),
        (["NA,x,north,2026-07-01"] * 5, {}, 3, "none of 5 rows has a score"),
        (["11,x,north,2026-07-01", "9,x,north,2026-07-01"], {}, 3, "1 of 2 answers in 'score' lies outside 0..10"),
        (["very good,x,north,2026-07-01"] * 3, {}, 3, "score"),
        (["9,x,north,2026-07-01"], {"columns": "nsp:score"}, 3, "nsp"),
        (["9,x,north,2026-07-01"], {"period": "2025-Q1"}, 3, "no answer falls in Q1 2025"),
        (["9,x,north,2026-07-01"], {"period": "soonish"}, 2, "soonish"),
        (["9,x,north,2026-07-01"], {"target": "forty"}, 2, "'forty' is not a number"),
        (["9,x,north,2026-07-01"], {"confidense": "0.9"}, 2, "Did you mean 'confidence'?"),
        (["9,x,north,2026-07-01"], {"confidence": "high"}, 2, "confidence"),
        (["9,x,north,2026-07-01"], {"confidence": "95"}, 2, "confidence"),
        (["9,x,north,2026-07-01"], {"scale": "0-100"}, 2, "scale"),
        (["9,x,north,2026-07-01"], {"mute": "comenters"}, 2, "Did you mean 'commenters'?"),
        (["9,x,north,2026-07-01"], {"goals": "nowhere.toml"}, 3, "nowhere.toml"),
        (["9,x,north,2026-07-01"], {"weight": "wieght"}, 2, "wieght"),
    ],
)
def test_what_cannot_be_done_is_said(run, tmp_path, rows, parameters, exit_code, said):
    code, page, err = run(csv(tmp_path / "answers.csv", rows), **parameters)
    assert code == exit_code, err
    assert said in err
    assert "Traceback" not in err
    assert page is None


def test_empty_file_and_false_names(run, tmp_path):
    (tmp_path / "empty.csv").write_bytes(b"")
    code, page, err = run(tmp_path / "empty.csv")
    assert (code, page) == (3, None)
    assert "empty" in err
    (tmp_path / "table.csv").write_bytes(b"PK\x03\x04" + bytes(200))
    code, page, err = run(tmp_path / "table.csv")
    assert (code, page) == (3, None)
    code, page, err = run(tmp_path / "nowhere.csv")
    assert (code, page) == (3, None)
    assert "nowhere.csv" in err
