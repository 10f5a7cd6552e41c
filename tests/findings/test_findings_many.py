"""Many claims on one page: judged together, chosen, muted."""

import numpy as np
import pandas as pd
import pytest
from findings_tables import against, row, table

from cxkit.errors import UsageError
from cxkit.findings import headline
from cxkit.findings.claims import Claim, settle


def claim(p, name="x", estimate=-5.0):
    """A claim whose 95 % limits agree with its p (normal theory)."""
    from scipy import special

    half = abs(estimate) / max(-special.ndtri(p / 2), 1e-9) * 1.959964
    return Claim(name, "segment", "nps", "points", 100, estimate, estimate - half, estimate + half, 0.95, p, str, str)


def test_half_of_the_allowance_goes_to_the_first_question():
    # main question: .02 / .5 = .04; two others share the rest: .01 / .25 = .04 and .01 * 2 / .25 = .08 (Holm of two)
    found = settle({"change": [claim(0.02)], "why": [claim(0.01)], "where": [claim(0.01), claim(0.5)]})
    assert [round(one.p_adjusted, 6) for name in found for one in found[name]] == [0.04, 0.04, 0.08, 1.0]
    assert [one.verdict for name in found for one in found[name]] == ["clear", "clear", "likely", "too early"]
    assert {one.looked for name in found for one in found[name]} == {4}


def test_a_question_that_was_not_asked_costs_nothing():
    assert settle({"change": [claim(0.04)], "why": []})["change"][0].p_adjusted == pytest.approx(0.04)
    alone = settle({"change": [], "where": [claim(0.02), claim(0.9)]})["where"]  # Holm of two and nothing else
    assert [one.p_adjusted for one in alone] == pytest.approx([0.04, 0.9])


def test_a_question_that_was_looked_at_keeps_its_part_without_a_claim():
    # incidents hand on only what stood out: that nothing did must not make the other questions easier
    found = settle({"felt": [claim(0.02)], "incidents": []}, looked_at=["incidents"])
    assert found["felt"][0].p_adjusted == pytest.approx(0.04)


@pytest.mark.parametrize("p", [0.0, 1e-12, 0.004, 0.00499, 0.00501, 0.2, 1.0])
def test_limits_exclude_zero_exactly_where_the_claim_is_clear(p):
    found = settle({"change": [claim(0.5)], "where": [claim(p), *(claim(0.9) for _ in range(4))]})["where"][0]
    assert (found.low > 0 or found.high < 0) == (found.verdict == "clear") == (found.p_adjusted < 0.05)
    assert found.low <= found.estimate <= found.high


def test_segments_against_the_rest():
    plans = against(
        [(("basic",), (100, 100, 300), (300, 100, 100)), (("plus",), (300, 100, 100), (100, 100, 300))], ["plan"]
    )
    found = headline(table(row(400, 200, 400)), segments=[plans])
    first = found[found.kind == "segment"].iloc[0]
    assert first.sentence == "By plan, \u201cbasic\u201d scores 80 points lower than the rest (\u221240 against +40)."
    assert first.verdict == "clear"
    assert first.id == "segment:plan=basic"
    assert first.evidence.endswith("n 500 and 500; p < 0.001.")


def test_segments_that_cannot_be_told_apart_are_one_line():
    quiet = against([((f"r{k}",), (30 + k % 2, 10, 10), (300, 100, 100)) for k in range(8)], ["region"])
    found = headline(table(row(300, 100, 100)), segments=[quiet])
    assert found.kind.tolist() == ["level", "spread"]
    assert found.sentence.iloc[1] == "Segments by region cannot be told apart yet."


def test_estimates_by_segment_are_refused_with_the_function_to_use():
    with pytest.raises(UsageError, match="versus_rest"):
        headline(table(row(300, 100, 100)), segments=[table(row(30, 10, 10, plan="a"))])


def test_commenters():
    gap = pd.DataFrame([
        {**row(100, 50, 150), "commented": "wrote a comment"}, {**row(300, 100, 100), "commented": "wrote nothing"},
        {**row(1, 1, 1), "commented": "difference", "n": 800, "estimate": -56.7, "low": -67.0, "high": -46.0},
    ])  # fmt: skip
    found = headline(table(row(400, 150, 250)), commenters=gap)
    assert found[found.kind == "commenters"].sentence.iloc[0] == (
        "Those who write a comment score 57 points lower than those who do not (\u221217 against +40): "
        "comments alone sound worse than the score."
    )


def test_muted_findings_stay_in_the_table_but_not_in_front():
    then = table(row(1200, 400, 400))
    plans = against(
        [(("basic",), (100, 100, 300), (300, 100, 100)), (("plus",), (300, 100, 100), (100, 100, 300))], ["plan"]
    )
    told = headline(table(row(400, 200, 400)), before=then, segments=[plans], mute="change; segment:plan=basic")
    assert told.loc[told.muted, "kind"].tolist() == ["change", "segment"]
    assert told.loc[~told.muted, "id"].tolist() == ["level"]  # two plans are one comparison; what stays is the level
    with pytest.raises(UsageError, match="Did you mean 'commenters'"):
        headline(table(row(400, 200, 400)), mute="comenters")


def test_tables_agree_with_what_the_headline_said():
    from cxkit.findings import agreed

    regions = against([((f"r{k}",), (30 + k % 2, 10, 10), (300, 100, 100)) for k in range(8)], ["region"])
    plans = against(
        [(("basic",), (190, 100, 210), (230, 100, 170)), (("plus",), (230, 100, 170), (190, 100, 210))], ["plan"]
    )
    assert plans.verdict.tolist() == ["clear", "clear"]  # by itself
    found = headline(table(row(300, 100, 100)), before=table(row(300, 100, 100)), segments=[regions, plans])
    told = agreed(plans, found)
    judged = found.attrs["judged"]["segment:plan=basic"]
    assert told.verdict.tolist() == [judged["verdict"]] * 2 == ["likely"] * 2
    assert told.difference_low.tolist() == [judged["low"], -judged["high"]]
    assert told.gain_high.iloc[0] == pytest.approx(-judged["low"] / 2)
    assert plans.verdict.tolist() == ["clear", "clear"]  # the input is as it was
    with pytest.raises(UsageError, match="as cxkit.findings.headline returned them"):
        agreed(plans, pd.DataFrame())


def test_one_answer_changes_nothing():
    found = headline(table(row(1, 0, 0)), before=table(row(300, 800, 1500)))
    assert found.verdict.iloc[0] == "too early"
    assert "cannot be said yet" in found.sentence.iloc[0]


def test_change_and_target_are_never_crowded_out():
    tables = [
        against([(("a",), (300, 100, 100), (100, 100, 300)), (("b",), (100, 100, 300), (300, 100, 100))], [f"s{k}"])
        for k in range(6)
    ]
    total = table(row(400, 200, 400))
    found = headline(total, before=total, target=0, segments=tables, most=4)
    assert {"change", "target"} <= set(found.kind)
    assert len(found) == 4


def test_shape_is_fixed_and_plain():
    found = headline(table(row(50, 30, 20)), before=table(row(52, 28, 20)))
    assert list(found)[:6] == ["rank", "id", "kind", "verdict", "sentence", "evidence"]
    assert isinstance(found.index, pd.RangeIndex)
    assert found.p.dtype == np.float64
    assert not found.muted.any()
