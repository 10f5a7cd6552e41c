"""Patterns in the use of the scale: each one planted, each one absent from an ordinary table."""

import numpy as np
import pandas as pd
import pytest
from survey_answers import answers

import cxkit
from cxkit.errors import DataError, UsageError
from cxkit.survey import scale_use
from cxkit.survey.bursts import bursts

CHECKS = ["straight lines", "same answer every time", "copied comments", "bursts", "heaps", "one answer"]
LOOK, USUAL, UNCHECKED = "worth a look", "nothing unusual", "not checked"


def ordinary(rows: int = 2000, seed: int = 4) -> pd.DataFrame:
    """Answers as they come: two years, three channels, comments of their own."""
    draw = np.random.default_rng(seed)
    shares = np.array([3, 2, 2, 3, 3, 6, 7, 14, 20, 16, 24]) / 100
    seconds = draw.integers(0, 700, rows) * 86400 + draw.integers(8 * 3600, 20 * 3600, rows)
    score = draw.choice(11, rows, p=shares)
    return pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in draw.integers(0, 900, rows)],
            "score": score,
            "ease": np.clip(score + draw.integers(-2, 3, rows), 0, 10),
            "value": np.clip(score + draw.integers(-2, 3, rows), 0, 10),
            "responded_at": pd.Timestamp("2024-10-01") + pd.to_timedelta(seconds, unit="s"),
            "channel": draw.choice(["email", "app", "sms"], rows),
            "comment": [f"a comment with the number {k} in it" if k % 3 == 0 else None for k in range(rows)],
        }
    )


def checked(rows, **options) -> pd.DataFrame:
    return scale_use(rows, **options).set_index("check")


def test_an_ordinary_table_shows_nothing():
    table = checked(ordinary(), ratings="score,ease,value")
    assert table.index.tolist() == CHECKS
    assert table.verdict.tolist() == [USUAL] * 6


def test_columns_that_are_not_there_are_said():
    table = checked(pd.DataFrame({"score": [3, 9]}))
    assert table.verdict.tolist() == [UNCHECKED] * 4 + [USUAL] * 2
    assert table.what["bursts"] == "There is no column 'responded_at'."
    assert "name them with ratings=" in table.what["straight lines"]


def test_straight_lines_by_hand():
    """Six full rows: 5 5 5, 5 5 5, 10 10 10, 3 4 5, 9 9 8, 7 7 7; one with a gap. 4 of 6 alike, 3 of them below the top."""
    rows = pd.DataFrame(
        {"score": [5, 5, 10, 3, 9, 7, 4], "b": [5, 5, 10, 4, 9, 7, 4], "c": [5, 5, 10, 5, 8, 7, np.nan]}
    )
    row = checked(rows, ratings=["score", "b", "c"]).loc["straight lines"]
    assert row[["n", "base", "verdict"]].tolist() == [4, 6, LOOK]
    assert "3 of them below the top" in row.what
    assert row.examples.startswith("5 everywhere in 2")


def test_the_same_answer_every_time_by_hand():
    """a: 7 four times; b: 10 four times; c: four answers that differ; d: 5 three times, too few to tell."""
    rows = pd.DataFrame({"customer_id": list("aaaabbbbccccddd"), "score": [7] * 4 + [10] * 4 + [1, 2, 3, 4] + [5] * 3})
    row = checked(rows).loc["same answer every time"]
    assert row[["n", "base", "verdict"]].tolist() == [2, 3, LOOK]
    # shares of scores: four of 7, four of 10, three of 5, one each of 1-4, of 15; expected sum of their fourth powers
    assert row.expected == pytest.approx((2 * 4**4 + 3**4 + 4) / 15**4)
    assert "…: 7 4 times" in row.examples


def test_copied_comments_are_counted_and_masked():
    rows = ordinary(600)
    rows.loc[:11, "comment"] = "  Great service, call me on 07911 123456 "
    rows.loc[:11, "customer_id"] = [f"x{k}" for k in range(12)]
    rows.loc[20:22, "comment"] = "the same customer said this three times"
    rows.loc[20:22, "customer_id"] = "c1"
    row = checked(rows).loc["copied comments"]
    assert row[["n", "verdict"]].tolist() == [12, LOOK]
    assert "[phone]" in row.examples
    assert "07911" not in row.examples
    short = checked(rows.assign(comment="fine")).loc["copied comments"]
    assert short[["n", "base", "verdict"]].tolist() == [0, 0, USUAL]


def test_a_burst_is_found_and_dated():
    rows = ordinary()
    script = rows.head(30).assign(responded_at=pd.Timestamp("2025-05-05 12:03"), channel="sms")
    row = checked(pd.concat([rows, script], ignore_index=True)).loc["bursts"]
    assert row[["n", "verdict"]].tolist() == [30, LOOK]
    assert row.examples.startswith("sms, 2025-05-05 12:00: 30 (usually 0.0)")


def test_a_busy_hour_is_no_burst():
    """Twenty answers every day at the same ten minutes, as a daily mailing brings them."""
    day = np.repeat(np.arange(60), 20)
    rows = pd.DataFrame({"score": 9, "channel": "email"}, index=range(len(day)))
    rows["responded_at"] = pd.Timestamp("2026-01-01 09:01") + pd.to_timedelta(
        day * 86400 + np.tile(range(20), 60), unit="s"
    )
    found = bursts(cxkit.frames.as_frame(rows), source="channel", time="responded_at", minutes=60)
    assert len(found) == 0


@pytest.mark.slow
def test_bursts_are_not_invented():
    """200 ordinary tables, at most .01 expected in each: Binomial(200, .01) stays at or below 6 in 99 of 100 runs."""
    alarms = sum(
        len(bursts(cxkit.frames.as_frame(ordinary(3000, seed)), source="channel", time="responded_at", minutes=10)) > 0
        for seed in range(200)
    )
    assert alarms <= 6


def test_a_heap_at_zero_and_one_answer():
    rows = ordinary()
    rows.loc[:399, "score"] = 0
    table = checked(rows)
    assert table.verdict["heaps"] == LOOK
    assert table.examples["heaps"].startswith("0: ")
    assert "does not apply" in table.caution["heaps"]
    assert table.verdict["one answer"] == USUAL
    rows.loc[:1399, "score"] = 0
    assert checked(rows).verdict["one answer"] == LOOK


def test_every_engine_gives_the_same(engine):
    rows = answers()
    rows["comment"] = ["this is said again and again"] * 40 + [None] * (len(rows) - 40)
    rows["channel"] = "app"
    pd.testing.assert_frame_equal(scale_use(rows), scale_use(engine(rows)))
    full = ordinary(300)
    options = {"ratings": "score,ease,value"}
    pd.testing.assert_frame_equal(scale_use(full, **options), scale_use(engine(full), **options))


def test_edges_and_errors():
    rows = ordinary(50)
    for table in (rows.head(0), rows.assign(score=np.nan), rows.head(1)):
        assert (checked(table, ratings="score,ease,value").verdict != LOOK).all()
    same = rows.assign(responded_at=pd.Timestamp("2026-01-01"), channel=None)
    assert checked(same).loc["bursts", "n"] == 50  # dates all equal: one burst of everything
    with pytest.raises(UsageError, match="minutes: 7 does not divide an hour"):
        scale_use(rows, minutes=7)
    with pytest.raises(DataError, match="'comment' holds string, not numbers"):
        scale_use(rows, ratings="score,ease,comment")
    with pytest.raises(DataError, match="no column 'eas'. Did you mean 'ease'"):
        scale_use(rows, ratings="score,eas,value")
    copy = rows.copy()
    scale_use(rows)
    pd.testing.assert_frame_equal(rows, copy)


def test_sample_has_copied_comments_and_nothing_else():
    """The sample's comments are drawn from a list of phrases, so many are word for word the same."""
    verdicts = checked(cxkit.read("responses", "sample:responses")).verdict
    assert verdicts[verdicts == LOOK].index.tolist() == ["copied comments"]


def test_real_survey(real_data):
    """Three ratings that ask nearly the same: 42 of 100 answers are straight, which of three questions says little."""
    path = real_data("survey_fr.csv")
    responses = cxkit.read("responses", path, columns="nps:score; explication:comment")
    table = checked(responses, ratings="score,satisfaction,intention")
    assert table.loc["straight lines", ["n", "base"]].tolist() == [2816, 6758]
    assert (table.verdict != LOOK).all()
    assert table.loc["copied comments", "n"] == 12
