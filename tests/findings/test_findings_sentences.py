"""Sentences regenerated from random tables: direction, size, n and verdict are read back from the words."""

import re
import warnings
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from findings_tables import row as row_of
from findings_tables import table
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cxkit import survey, words
from cxkit.findings import headline
from cxkit.findings.claims import p_of

SCORE = {"promoter": 10, "passive": 8, "detractor": 3}
COUNTS = st.tuples(*[st.integers(0, 150)] * 3)


@st.composite
def answers(draw):
    """Answers of two periods by plan, with and without comments."""
    plans = draw(st.sampled_from([("a", "b"), ("a", "b", "c"), ("a", "b", "c", "d")]))
    cells = [(period, plan, score) for period in (0, 1) for plan in plans for score in SCORE.values()]
    counts = [n for _ in range(2 * len(plans)) for n in draw(COUNTS)]
    frame = pd.DataFrame(cells, columns=["period", "plan", "score"]).loc[np.repeat(np.arange(len(cells)), counts)]
    frame = frame.reset_index(drop=True)
    return frame.assign(comment=np.where(frame.index % 3 == 0, "said something", None))


def number(text):
    return float(text.replace("−", "-").replace("+", "").replace(",", ""))


def size_of(text):
    """The size a sentence states, and by how much it may be off: half of its last digit."""
    written = re.search(r"([\d.]+) points?", text)[1]
    return float(written), 0.051 if "." in written else 0.51


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(answers())
def test_every_sentence_agrees_with_its_table(frame):
    now, before = frame[frame.period == 1], frame[frame.period == 0]
    if not len(now) or not len(before):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        change = survey.change(now, before, before_name="Q2")
        rest = survey.versus_rest(now, by="plan")
        parts = survey.mix_and_rate(now, before, by="plan", interval="delta")
        gap = survey.commenter_gap(now)
        found = headline(survey.nps(now), before=change, segments=[rest], why=[parts], commenters=gap, before_name="Q2")
    tables = {"segment": rest.set_index("plan"), "why": parts.segments.set_index("plan")}
    for row in found.itertuples(index=False):
        assert np.isfinite(row.estimate)
        if np.isfinite(row.p):
            assert (row.verdict == "clear") == (row.p_adjusted < 0.05) == (row.low > 0 or row.high < 0)
            assert (row.verdict == "likely") == (0.05 <= row.p_adjusted < 0.2)
            assert row.p_adjusted >= row.p
        assert ("probably" in row.sentence) == (row.verdict == "likely")
        CHECKS[row.kind](row, change.iloc[0], tables, gap)


def check_change(row, change, tables, gap):
    assert row.estimate == pytest.approx(change.difference)
    if row.verdict == "too early":
        assert "cannot be said yet" in row.sentence
        return
    assert ("rose" in row.sentence) == (change.difference > 0)
    size, off = size_of(row.sentence)
    assert size == pytest.approx(abs(change.difference), abs=off)
    assert f"n {change.other_n:,} and {change.n:,};" in row.evidence


def check_segment(row, change, tables, gap):
    name = re.search("“(.+?)”", row.sentence)[1]
    own = tables["segment"].loc[name]
    assert row.estimate == own.difference
    assert ("higher" in row.sentence) == (own.difference > 0)
    size, off = size_of(row.sentence)
    assert size == pytest.approx(abs(own.difference), abs=off)
    levels = re.search(r"\((.+) against (.+)\)", row.sentence)
    assert number(levels[1]) == pytest.approx(own.estimate, abs=off)
    assert number(levels[2]) == pytest.approx(own.other_estimate, abs=off)
    assert f"n {own.n:,} and {own.other_n:,};" in row.evidence


def check_why(row, change, tables, gap):
    name = re.search("“(.+?)”", row.sentence)[1]
    own = tables["why"].loc[name]
    if row.sentence.startswith("Who answers"):
        mix = tables["why"].mix.sum()
        assert row.estimate == pytest.approx(mix)
        assert ("rose" in row.sentence.split("”")[1].split(" of the answers")[0]) == (own.share > own.share_before)
        told = mix
    else:
        assert row.estimate == own.rate
        assert (" rose " in row.sentence.split(";")[0]) == (own.estimate > own.before)
        size, off = size_of(row.sentence)
        assert size == pytest.approx(abs(own.estimate - own.before), abs=off)
        told = own.rate
    if "that the total moved cannot be said yet" in row.sentence:
        assert "accounts" not in row.sentence
        return
    assert told * change.difference > 0  # a part that pulls the other way explains nothing
    accounts = re.search(r"accounts for (?:all of the )?([\d.]+)", row.sentence)
    assert float(accounts[1]) == pytest.approx(abs(told), abs=0.11 if "." in accounts[1] else 0.51)


def check_commenters(row, change, tables, gap):
    assert row.estimate == gap.estimate.iloc[2]
    assert ("lower" in row.sentence) == (row.estimate < 0)
    size, off = size_of(row.sentence)
    assert size == pytest.approx(abs(row.estimate), abs=off)


def check_level(row, change, tables, gap):
    assert np.isnan(row.p)


@settings(max_examples=60, deadline=None)
@given(st.integers(-100, 100), st.integers(-100, 100), st.floats(0.5, 60), st.integers(30, 900), st.integers(30, 900))
def test_the_turn_agrees_with_its_table(now, before, half, n, n_before):
    gap = now - before
    p = p_of(gap, gap - half, gap + half, 0.95)
    row = {
        "start": pd.Timestamp("2026-08-10"), "n": n, "n_before": n_before, "estimate": float(now), "before": float(before),
        "difference": float(gap), "difference_low": gap - half, "difference_high": gap + half, "p": p, "confidence": 0.95,
    }  # fmt: skip
    told = headline(LEVEL, signals=SimpleNamespace(change=pd.DataFrame([row])), target=20)
    turn = told[told.kind == "turn"]
    assert len(turn) == (0 if p >= 0.2 else 1)
    for one in turn.itertuples():
        assert (one.verdict == "clear") == (p < 0.05) == (one.low > 0 or one.high < 0)
        assert ("fell" in one.sentence) == (gap < 0)
        assert ("probably" in one.sentence) == (one.verdict == "likely")
        size, off = size_of(one.sentence)
        assert size == pytest.approx(abs(gap), abs=off)
        assert f"n {n_before} and {n};" in one.evidence
    goal = told[told.kind == "target"].iloc[0]
    assert goal.sentence == "NPS is +56, 36 points above the target of +20."


@settings(max_examples=60, deadline=None)
@example(0.05, 0.005, 0.005859375, 100)  # the rate was 4.5 of a hundred, but for its last bit
@given(st.floats(0.05, 0.9), st.floats(-0.4, 0.4), st.floats(0.005, 0.3), st.integers(100, 90_000))
def test_the_response_rate_agrees_with_its_table(rate, slope, half, n):
    p = p_of(slope, slope - half, slope + half, 0.95)
    row = {
        "channel": "email", "metric": "response rate", "unit": "share", "n": n, "estimate": rate, "other": "Oct 2024",
        "other_estimate": min(max(rate - slope, 0.0), 1.0), "p": p, "p_adjusted": p, "confidence": 0.95, "method": "line",
        "verdict": "", "per_year": slope, "per_year_low": slope - half, "per_year_high": slope + half,
    }  # fmt: skip
    told = headline(LEVEL, response_rate=pd.DataFrame([row]))
    for one in told[told.kind == "response rate"].itertuples():
        assert (one.verdict == "clear") == (p < 0.05)
        assert ("more of those invited" in one.sentence) == (slope > 0)
        step = float(re.search(r"([\d.]+) (?:more|fewer) of a hundred", one.sentence)[1])
        assert step == pytest.approx(100 * abs(slope), abs=0.51)
        ends = [int(text) for text in re.findall(r"about (\d+)", one.sentence)]
        assert ends == [round(words.near(100 * row["other_estimate"])), round(words.near(100 * rate))]
        assert f"n {n:,} invitations" in one.evidence


LEVEL = table(row_of(600, 200, 100))
CHECKS = {
    "change": check_change, "segment": check_segment, "why": check_why, "commenters": check_commenters,
    "level": check_level, "spread": check_level,
}  # fmt: skip
