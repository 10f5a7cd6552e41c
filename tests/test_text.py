"""Which comments are quoted, and that nobody is named."""

import pandas as pd
import pytest

from cxkit.errors import DataError, UsageError
from cxkit.text import known_names, quotes, typical

LATE = [
    "The parcel came two days late and nobody told me about it",
    "My parcel was late again, and the box was wet when it came",
    "Late parcel, no message, and the plants had dried out in the box",
    "I waited for the parcel all day and it came late in the evening",
]
ODD = "Completely unrelated musings concerning zebras, xylophones or quartz"


@pytest.fixture
def answers():
    rows = [(2, text) for text in [*LATE, ODD]]
    rows += [(10, "Anna was lovely on the phone and wrote to me from anna@shop.example afterwards")]
    rows += [(8, "ok"), (9, None), (None, "A comment without any score is quoted by nobody at all")]
    return pd.DataFrame(rows, columns=["score", "comment"]).assign(touchpoint="delivery")


def test_typical_comments_share_words_with_the_others():
    chosen = typical([*LATE, ODD], 3)
    assert len(chosen) == 3
    assert 4 not in chosen


def test_near_copies_are_quoted_once():
    assert len(typical([LATE[0], LATE[0] + "!", LATE[0].upper()], 3)) == 1


def test_quotes_are_masked_grouped_and_counted(answers):
    said = quotes(answers, names=["Anna"], each=2)
    assert said.written == 7  # six detractor and promoter comments and "ok"; no score, no quote
    assert said.table.group.tolist() == ["promoter", "detractor", "detractor"]
    assert said.table.comment[0] == "[name] was lovely on the phone and wrote to me from [e-mail] afterwards"
    assert said.masked == {"e-mail": 1, "name": 1}
    assert said.table.about.tolist() == ["delivery"] * 3
    assert "ok" not in set(said.table.comment)  # too short to say anything


def test_order_of_rows_does_not_matter(answers):
    one = quotes(answers).table
    other = quotes(answers.sample(frac=1, random_state=3)).table
    pd.testing.assert_frame_equal(one, other)


def test_only_the_named_survey_is_quoted(answers):
    both = pd.concat([answers.assign(survey="csat"), answers.head(1).assign(survey="nps")])
    assert quotes(both).written == 1


def test_no_comments_give_an_empty_table():
    none = pd.DataFrame({"score": [1.0, 10.0], "comment": pd.Series([None, None], dtype="str")})
    said = quotes(none)
    assert said.table.empty
    assert said.written == 0


def test_wrong_calls(answers):
    with pytest.raises(DataError, match="'coment'"):
        quotes(answers, comment="coment")
    with pytest.raises(UsageError, match="each"):
        quotes(answers, each=0)


def test_names_come_from_the_columns_that_hold_them():
    people = pd.DataFrame(
        {"customer_id": ["1", "2"], "first_name": ["Anna", None], "Last Name": ["Ek", "Bo"], "plan": "x"}
    )
    assert known_names(people) == ["Anna", "Bo", "Ek"]
    assert known_names("") == []
    with pytest.raises(DataError, match="no column holds names"):
        known_names(people[["plan"]])
