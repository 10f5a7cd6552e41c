"""Steps and planning figures against the tables they follow from."""

import numpy as np
import pandas as pd
import pytest
from findings_tables import against, row, table

from cxkit.actions import next_steps, sample_needed
from cxkit.findings import headline


def spread(promoters, passives, detractors):
    n = promoters + passives + detractors
    return pd.DataFrame({
        "score": [0.0, 8.0, 10.0], "group": ["detractor", "passive", "promoter"], "n": [detractors, passives, promoters],
        "share": [detractors / n, passives / n, promoters / n], "base": n,
    })  # fmt: skip


def test_the_costliest_segment_comes_with_its_arithmetic():
    # b: 400 of 1,000 answers at -25, the rest at +40: gap 65, times .4 = 26 points
    parts = against([(("a",), (300, 240, 60), (100, 100, 200)), (("b",), (100, 100, 200), (300, 240, 60))], ["plan"])
    total = table(row(400, 340, 260))
    first = next_steps(headline(total, segments=[parts]), total, segments=[parts]).iloc[0]
    assert first.action == "Start with \u201cb\u201d (plan)"
    assert first["size"].startswith("+26 points (")
    assert first.why.startswith("40\u00a0% of the answers come from there, and they score −25.")


def test_a_fall_comes_first():
    total, then = table(row(1000, 500, 500)), table(row(1200, 400, 400))
    assert next_steps(headline(total, before=then), total).action.tolist() == ["Find what changed"]


def test_what_the_export_lacks_is_asked_for():
    total = table(row(1000, 500, 500))
    steps = next_steps(headline(total), total, cannot={"trend": "No trend: there is no column of dates."})
    assert steps.why.iloc[-1].startswith("The export lacks the date of each answer.")


def test_no_answers_no_steps():
    empty = table({**row(1, 1, 1), "n": 0, "estimate": np.nan})
    assert next_steps(headline(empty), empty).empty


def test_planning_figures():
    total = table(row(300, 400, 300))
    steps = next_steps(headline(total, before=total), total, distribution=spread(300, 400, 300))
    assert "3,800 a period" in set(steps["size"])  # n = (1.96 + 0.84)^2 * 2 * 0.6 / 0.05^2 = 3,768
    needed = sample_needed(total, distribution=spread(300, 400, 300)).set_index("question")
    assert needed.needed.tolist() == [10466, 3768, 942, 919]  # published table for .3/.4/.3
    assert needed.times.tolist() == [10.5, 3.8, 0.9, 0.9]


def test_quiet_segments_are_planned_for():
    quiet = against([(("a",), (55, 20, 25), (500, 250, 250)), (("b",), (300, 100, 100), (100, 100, 300))], ["plan"])
    needed = sample_needed(table(row(555, 270, 275)), distribution=spread(555, 270, 275), segments=[quiet])
    assert needed.question.iloc[-1] == "Whether \u201ca\u201d (plan) differs from the rest as it seems to"
    # gap 30 - 25 = 5 points; V = .75455 - .25455^2 = .68975; rest 10 times its size: 2.8016^2 * V * 1.1 / .05^2 = 2,382
    assert needed.needed.iloc[-1] == pytest.approx(2382, abs=3)
    assert not needed.question.str.contains("\u201cb\u201d").any()  # already clear


def test_what_was_muted_is_no_step():
    parts = against([(("a",), (300, 240, 60), (100, 100, 200)), (("b",), (100, 100, 200), (300, 240, 60))], ["plan"])
    total = table(row(400, 340, 260))
    found = headline(total, segments=[parts], mute="segment:plan=b")
    assert next_steps(found, total, segments=[parts]).empty


def test_two_detractors_are_no_basis_for_planning():
    needed = sample_needed(table(row(0, 0, 2)), distribution=spread(0, 0, 2))
    assert needed.needed.iloc[1] == 6280  # the worst case: (1.96 + 0.84)^2 * 2 / 0.05^2


def test_a_known_event_where_the_score_turned_comes_first():
    from types import SimpleNamespace

    total, then = table(row(1000, 500, 500)), table(row(1200, 400, 400))
    turn = pd.DataFrame([{
        **dict.fromkeys(("n_before", "n"), 500), "before": 42.0, "estimate": 20.0, "difference": -22.0, "difference_low": -30.0,
        "difference_high": -14.0, "p": 0.0001, "start": pd.Timestamp("2026-08-10"), "confidence": 0.95,
        "first_start": pd.Timestamp("2026-07-27"), "last_start": pd.Timestamp("2026-08-24"),
    }])  # fmt: skip
    signals = SimpleNamespace(change=turn)
    found = headline(total, before=then, signals=signals)
    marks = pd.DataFrame({"when": pd.to_datetime(["2026-08-03", "2026-09-10"]), "what": ["new carrier", "new prices"]})
    why = next_steps(found, total, signals=signals, marks=marks).why.iloc[0]
    assert why.endswith(
        "turned about 10 Aug 2026. Of what is known to have happened then check first 3 Aug: new carrier."
    )
