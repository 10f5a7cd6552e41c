"""Sentences regenerated from random tables: direction, size, n and verdict are read back from the words."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cxkit import survey
from cxkit.findings import headline

SCORE = {"promoter": 10, "passive": 8, "detractor": 3}
COUNTS = st.tuples(*[st.integers(0, 150)] * 3)


@st.composite
def answers(draw):
    """Answers of two periods by plan, with and without comments."""
    plans = draw(st.sampled_from([("a", "b"), ("a", "b", "c"), ("a", "b", "c", "d")]))
    rows = []
    for period in (0, 1):
        for plan in plans:
            for group, n in zip(SCORE, draw(COUNTS), strict=True):
                rows += [(period, plan, SCORE[group], k % 3 == 0) for k in range(n)]
    frame = pd.DataFrame(rows, columns=["period", "plan", "score", "wrote"])
    frame["comment"] = np.where(frame.wrote, "said something", None)
    return frame.drop(columns="wrote")


def number(text):
    return float(text.replace("−", "-").replace("+", "").replace(",", ""))


def size_of(text):
    """The size a sentence states, and by how much it may be off: half of its last digit."""
    written = re.search(r"([\d.]+) points?", text)[1]
    return float(written), 0.051 if "." in written else 0.51


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
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


CHECKS = {
    "change": check_change, "segment": check_segment, "why": check_why, "commenters": check_commenters,
    "level": check_level, "spread": check_level,
}  # fmt: skip
