"""Scoring rules: each convention by its name, and nothing by guess."""

import pytest

from cxkit.errors import UsageError
from cxkit.scales import ces_rule, csat_rule, ends, nps_rule


@pytest.mark.parametrize(
    ("scale", "detractors", "promoters"),
    [
        ("0-10", (0, 6), (9, 10)),
        ("1-10", (1, 6), (9, 10)),
        ("1-7", (1, 4), (7, 7)),
        ("1-5", (1, 3), (5, 5)),
        ("1-3", (1, 1), (3, 3)),
    ],
)
def test_nps_groups(scale, detractors, promoters):
    rule = nps_rule(scale)
    assert (rule.minus, rule.plus, rule.unit) == (detractors, promoters, "points")
    groups = {rule.group(score) for score in rule.points}
    assert groups == {"detractor", "passive", "promoter"}
    assert rule.group(detractors[1] + 1) == "passive"


@pytest.mark.parametrize(
    ("scale", "plus"),
    [("0-1", 1), ("1-2", 2), ("1-3", 3), ("1-4", 3), ("1-5", 4), ("1-6", 4), ("1-7", 5), ("1-8", 6), ("1-10", 9)],
)
def test_csat_top_boxes_by_length_of_scale(scale, plus):
    assert csat_rule(scale).plus == (plus, ends(scale)[1])
    assert csat_rule(scale).unit == "share"


@pytest.mark.parametrize(
    ("rule", "unit", "words"),
    [
        ("mean", "rating", "CSAT 1-5: mean"),
        ("mean_of_max", "share", "CSAT 1-5: mean / 5"),
        ("mean_of_range", "share", "CSAT 1-5: (mean - 1) / 4"),
        ("net", "points", "CSAT 1-5: 4-5 minus 1-3"),
    ],
)
def test_other_csat_rules_say_what_they_are(rule, unit, words):
    found = csat_rule("1-5", rule)
    assert (found.unit, found.words) == (unit, words)


def test_effort_depends_on_direction():
    assert ces_rule("1-7", "easy").plus == (5, 7)
    assert ces_rule("1-7", "hard").plus == (1, 3)
    assert ces_rule("1-5", "easy").plus == (4, 5)
    assert ces_rule("1-5", "hard").plus == (1, 2)
    assert ces_rule("0-10", "hard", boxes=4).plus == (0, 3)
    assert ces_rule("1-5", "hard", "mean").words == "CES 1-5, high is hard: mean"


@pytest.mark.parametrize(
    ("text", "found"), [("0-10", (0, 10)), (" 1 – 5 ", (1, 5)), ("1 to 7", (1, 7)), ("-5-5", (-5, 5))]
)
def test_ends_of_a_scale(text, found):
    assert ends(text) == found


@pytest.mark.parametrize("text", ["", "10", "5-1", "3-3", "a-b", None, 10, "0-10-20"])
def test_what_is_no_scale(text):
    with pytest.raises(UsageError, match="is no scale"):
        ends(text)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nps_rule("0-5"), r"scale: '0-5' is not a known choice"),
        (lambda: csat_rule("0-10"), r"a scale of 0-10 has no usual number of top boxes.*boxes=2"),
        (lambda: csat_rule("1-5", boxes=5), r"boxes: 5 does not fit 1-5. Choose a whole number from 1 to 4"),
        (lambda: csat_rule("1-5", boxes=True), r"boxes: True does not fit"),
        (lambda: csat_rule("1-5", "mean", boxes=2), r"'mean' uses every answer"),
        (lambda: csat_rule("1-5", "topbox"), r"Did you mean 'top_box'"),
        (lambda: csat_rule("-2-2", "mean_of_max"), r"needs a scale without negative answers"),
        (lambda: ces_rule("1-7", "good"), r"high_is: 'good' is not a known choice.*'easy', 'hard'"),
        (lambda: ces_rule("1-10", "easy"), r"has no usual number of top boxes"),
        (lambda: ces_rule("1-7", "easy", "mean", boxes=2), r"the mean uses every answer"),
    ],
)
def test_what_cannot_be_a_rule(call, message):
    with pytest.raises(UsageError, match=message):
        call()
