"""Shares of groups, and those who write against those who do not."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from cxkit.errors import DataError, DataWarning, UsageError
from cxkit.stats.intervals import share_interval
from cxkit.survey import commenter_gap, distribution, group_estimates, group_shares


@pytest.fixture
def answers():
    # writers: 20 promoters, 10 passives, 20 detractors (0); silent: 60 promoters, 30 passives, 10 detractors (+50)
    scores = [10] * 20 + [8] * 10 + [2] * 20 + [9] * 60 + [7] * 30 + [5] * 10
    comments = ["said something"] * 50 + [None, "", "   "] * 33 + [None]
    return pd.DataFrame({"score": scores, "comment": comments})


def test_group_shares_are_wilson_shares_of_all_answers(answers):
    table = group_shares(distribution(answers))
    assert table.metric.tolist() == ["promoters", "passives", "detractors"]
    assert table.n.tolist() == [150] * 3
    assert table.estimate.tolist() == pytest.approx([80 / 150, 40 / 150, 30 / 150])
    low, high = share_interval(30, 150)
    assert table.iloc[2][["low", "high"]].tolist() == pytest.approx([float(low), float(high)])


def test_chosen_groups_in_the_order_asked_for(answers):
    table = group_shares(distribution(answers), groups=("detractor", "promoter"))
    assert table.metric.tolist() == ["detractors", "promoters"]
    with pytest.raises(UsageError, match="Did you mean 'detractor'"):
        group_shares(distribution(answers), groups=("detractors",))


def test_group_shares_refuse_a_table_by_segment(answers):
    with pytest.raises(DataError, match="without by="):
        group_shares(distribution(answers.assign(plan=["a", "b"] * 75), by="plan"))


def test_commenter_gap(answers):
    table = commenter_gap(answers)
    assert table.commented.tolist() == ["wrote a comment", "wrote nothing", "difference"]
    assert table.n.tolist() == [50, 100, 150]
    assert table.estimate.tolist() == pytest.approx([0, 50, -50])
    gap = table.iloc[2]
    assert gap.low < -50 < gap.high < 0


def test_everybody_silent(answers):
    table = commenter_gap(answers.assign(comment=pd.Series([None] * 150, dtype="str")))
    assert table.n.tolist() == [0, 150, 150]
    assert np.isnan(table.estimate.iloc[2])


def test_no_column_of_comments(answers):
    with pytest.raises(DataError, match="no column 'comment'"):
        commenter_gap(answers[["score"]])


def test_group_estimates_are_group_shares_where_answers_are_independent(engine):
    rows = pd.DataFrame({"score": [10, 9, 8, 7, 3, None] * 5, "weight": [1.0, 2, 1, 0, 3, 1] * 5})
    assert_frame_equal(group_estimates(engine(rows)), group_shares(distribution(rows)))
    weighted = group_estimates(engine(rows), weight="weight")
    expected = group_shares(distribution(rows, weight="weight"))
    for name in ("metric", "n", "estimate"):
        assert weighted[name].tolist() == pytest.approx(expected[name].tolist()) if name != "metric" else True
    some = group_estimates(rows, groups=["detractor", "promoter"])
    assert some.metric.tolist() == ["detractors", "promoters"]


def test_group_estimates_widen_with_the_answers_of_one_customer():
    # ten customers gave ten equal answers each, so a share of 100 answers is known as from ten
    rows = pd.DataFrame({"score": np.repeat([10, 9, 9, 8, 8, 3, 2, 10, 9, 8], 10), "customer_id": np.arange(100) // 10})
    plain, wide = group_estimates(rows), group_estimates(rows, cluster=True)
    assert wide.estimate.tolist() == plain.estimate.tolist() == [0.5, 0.3, 0.2]
    assert ((wide.low < plain.low) & (wide.high > plain.high)).all()
    ten = group_estimates(rows.iloc[::10])
    assert wide[["low", "high"]].to_numpy() == pytest.approx(ten[["low", "high"]].to_numpy(), abs=0.02)
    assert "clustered by customer (effective n" in wide.method[0]


def test_group_estimates_refuse_unknown_groups_and_warn_of_nothing():
    with pytest.raises(UsageError, match="groups: 'promotor' is not a known choice"):
        group_estimates(pd.DataFrame({"score": [9]}), groups=["promotor"])
    with pytest.warns(DataWarning, match="no score to count"):
        assert group_estimates(pd.DataFrame({"score": [np.nan]})).n.tolist() == [0, 0, 0]
