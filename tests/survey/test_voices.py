"""Shares of groups, and those who write against those who do not."""

import numpy as np
import pandas as pd
import pytest

from cxkit.errors import DataError, UsageError
from cxkit.stats.intervals import share_interval
from cxkit.survey import commenter_gap, distribution, group_shares


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
