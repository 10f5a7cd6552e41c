"""Parameter texts as values."""

import pytest

from cxkit.errors import UsageError
from cxkit.inputs import dated, number, yes_or_no


@pytest.mark.parametrize(("text", "value"), [("40", 40), (" +40 ", 40), ("−2.5", -2.5), ("", None), ("  ", None)])
def test_number(text, value):
    assert number(text) == value


@pytest.mark.parametrize("text", ["forty", "40 %", "nan", "inf", "1,5"])
def test_no_number(text):
    with pytest.raises(UsageError, match="target: '.*' is not a number"):
        number(text)


def test_yes_or_no():
    assert [yes_or_no(t) for t in ("Yes", "no", "TRUE", "false", "")] == [True, False, True, False, None]
    with pytest.raises(UsageError, match="neither yes nor no"):
        yes_or_no("perhaps")


def test_dated_events_are_sorted_and_keep_colons():
    marks = dated("2026-09-01:prices: new; 2026-08-03:carrier;")
    assert marks.label.tolist() == ["carrier", "prices: new"]
    assert str(marks.date.iloc[0].date()) == "2026-08-03"
    assert dated("").empty


@pytest.mark.parametrize(
    ("text", "said"), [("carrier", "has no date"), ("2026-08-03", "has no label"), ("03/08/2026:x", "no date")]
)
def test_unreadable_marks(text, said):
    with pytest.raises(UsageError, match=said):
        dated(text)
