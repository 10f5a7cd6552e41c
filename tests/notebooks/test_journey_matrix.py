"""The journey notebook through the command, over the inputs it will meet: the right page, or a message that helps."""

import re

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from cxkit.cli import main


@pytest.fixture
def run(tmp_path, capsys, in_process):
    """Make the report; gives exit code, page (or None) and what was said."""

    def run(source="sample:events", **parameters):
        pairs = [f"source={source}", *(f"{name}={value}" for name, value in parameters.items())]
        arguments = ["report", "journey_map", "--out", str(tmp_path / "out")]
        code = main([*arguments, *(part for pair in pairs for part in ("-p", pair))])
        pages = sorted((tmp_path / "out").glob("*.html"))
        said = capsys.readouterr()
        return code, (BeautifulSoup(pages[-1].read_text("utf8"), "html.parser") if pages else None), said.err

    return run


def text(page) -> str:
    return re.sub(r"\s+", " ", page.get_text(" "))


def heads(page) -> list[str]:
    return [re.sub(r"\s+", " ", li.get_text(" ")) for li in page.select(".heads li")]


def shop(tmp_path, customers=400, seed=1, **more):
    """A web shop's log without any story: visit, product, basket, order; some come back."""
    draw = np.random.default_rng(seed)
    rows = []
    for c in range(customers):
        start = pd.Timestamp("2026-01-01") + pd.Timedelta(minutes=int(draw.integers(0, 180 * 1440)))
        for touch in ("visit", "product", "basket", "order"):
            rows.append((f"c{c}", start, touch))
            start += pd.Timedelta(seconds=int(draw.integers(20, 600)))
            if draw.random() < 0.35:
                break
    table = pd.DataFrame(rows, columns=["customer_id", "occurred_at", "touchpoint"]).assign(**more)
    path = tmp_path / "events.csv"
    table.to_csv(path, index=False)
    return path


def test_the_sample_finds_its_planted_stories(run):
    code, page, _ = run(steps="basket; checkout; order", success="order")
    assert code == 0
    said = heads(page)
    mobile = next(line for line in said if "mobile" in line)
    assert "15 Jun 2026" in mobile and "checkout" in mobile and "clear" in mobile  # noqa: PT018 (one sentence)
    assert any("those handed over from chat to phone" in line and "clear" in line for line in said)
    assert any("felt worse" in line and "eceive" in line and "clear" in line for line in said)  # the new carrier
    assert "Spent each" in text(page)  # the sample's own orders, for the groups of customers
    figures = page.select("figure svg.wide")
    alts = [svg["aria-label"] for svg in figures]
    assert len(set(alts)) == len(alts) >= 7
    assert all(re.search(r"\d", alt) for alt in alts)
    for listing in page.find_all("pre"):
        listing.decompose()
    assert not re.search(r"\bnan\b|\bNone\b|NaT|<NA>", text(page))


def test_events_alone_make_a_map_that_says_what_is_missing(run, tmp_path):
    code, page, _ = run(shop(tmp_path))
    assert code == 0
    told = text(page)
    assert "Scores missing" in told
    assert "Spent each" not in told
    assert "How it feels cannot be shown: no survey answers were given to this report." in told
    assert "Channels cannot be shown" in told
    assert "These stages are a proposal" in told
    assert not any(re.search(r"share goes|part of all touches|share of visits", line) for line in heads(page))


def test_a_handful_of_customers_gets_a_short_true_page(run, tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("customer_id,occurred_at,touchpoint\na,2026-01-01,visit\na,2026-01-02,order\nb,2026-01-01,visit\n")
    code, page, _ = run(path)
    assert code == 0
    assert "2 customers" in text(page)


def test_customers_with_one_event_each_have_no_flow(run, tmp_path):
    path = tmp_path / "events.csv"
    rows = [f"c{k},2026-01-{1 + k % 28:02d},{'visit' if k % 2 else 'call'}" for k in range(60)]
    path.write_text("\n".join(["customer_id,occurred_at,touchpoint", *rows]) + "\n")
    code, page, said = run(path)
    assert code == 0, said
    assert "No flow can be shown" in text(page)


@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        (dict(steps="basket; chekout; order"), 2, "Did you mean 'checkout'"),
        (dict(period="2031-Q1"), 3, "no event falls in"),
        (dict(only="chanel:app"), 2, "Did you mean 'channel'"),
        (dict(within="7"), 2, "no length of time"),
        (dict(order="sorted"), 2, "order"),
        (dict(mute="segment"), 2, "'segment' is no finding"),
        (dict(scales="csat"), 2, "survey:scale"),
    ],
)
def test_wrong_parameters_are_told(run, parameters, code, message):
    found, page, said = run(**parameters)
    assert found == code, said
    assert page is None
    assert message in said


def test_customers_who_only_repeat_one_touchpoint_have_no_steps(run, tmp_path):
    path = tmp_path / "events.csv"
    rows = [f"c{k},2026-01-{day:02d},{'visit' if k % 2 else 'call'}" for k in range(40) for day in (3, 9, 21)]
    path.write_text("\n".join(["customer_id,occurred_at,touchpoint", *rows]) + "\n")
    code, page, said = run(path)
    assert code == 0, said
    assert "There are no steps from one touchpoint to another" in text(page)


def test_a_stages_file_that_names_unknown_touchpoints(run, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text(
        '[[stage]]\nname = "look"\ntouchpoints = ["visit", "window shopping"]\n\n'
        '[[stage]]\nname = "buy"\ntouchpoints = ["order"]\n'
    )
    code, page, said = run(shop(tmp_path), stages=plan)
    assert code == 0, said
    assert "window shopping" in text(page)


def test_stages_come_from_the_file_whatever_the_events_call_them(run, tmp_path):
    events = shop(tmp_path, stage="other")
    seen = pd.read_csv(events)
    orders = seen[seen.touchpoint == "order"].head(60)
    answers = pd.DataFrame({
        "customer_id": orders.customer_id, "survey": "csat", "score": 4, "touchpoint": "order",
        "responded_at": pd.to_datetime(orders.occurred_at) + pd.Timedelta(hours=1),
    })  # fmt: skip
    answers.to_csv(tmp_path / "answers.csv", index=False)
    plan = tmp_path / "plan.toml"
    plan.write_text('[[stage]]\nname = "look"\ntouchpoints = ["visit", "product"]\n\n'
                    '[[stage]]\nname = "buy"\ntouchpoints = ["basket", "order"]\n')  # fmt: skip
    code, page, said = run(events, stages=plan, answers=tmp_path / "answers.csv", period="all")
    assert code == 0, said
    assert "n 60" in text(page)
    assert "no later recommendations of the same customers were given" in text(page)


def test_one_day_and_cases_without_a_channel(run, tmp_path):
    path = tmp_path / "events.csv"
    rows = [f"c{k},2026-01-05 {k % 24:02d}:{m:02d},{t},T{k}" for k in range(80) for m, t in ((1, "visit"), (9, "call"))]
    path.write_text("\n".join(["customer_id,occurred_at,touchpoint,ticket_id", *rows]) + "\n")
    code, page, said = run(path)
    assert code == 0, said
    assert "all events are of one day" in text(page)
    assert "Hand-overs cannot be shown" in text(page)


def test_tickets_that_do_not_tell_of_hand_overs(run, tmp_path):
    (tmp_path / "tickets.csv").write_text("ticket_id,customer_id,opened_at\nt1,c1,2026-01-05\nt2,c2,2026-01-06\n")
    code, page, said = run(shop(tmp_path), tickets=tmp_path / "tickets.csv")
    assert code == 0, said
    assert "Hand-overs cannot be shown" in text(page)
