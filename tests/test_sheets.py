"""Tables that blocks hand over: only where asked for, whole, and as plain JSON."""

import datetime
import decimal
import json

import numpy as np
import pandas as pd
import pytest

from cxkit import page, sheets
from cxkit.markup import Block


@pytest.fixture
def asked(monkeypatch):
    monkeypatch.setenv(sheets.ASKED, "1")


def columns(table, **options):
    [one] = sheets.hand_over("table", {"T": table}, **options)
    return {column["name"]: (column["type"], column["values"]) for column in one["columns"]}


def test_nothing_is_handed_over_unless_asked_for(monkeypatch):
    table = pd.DataFrame({"plan": ["a"], "n": [1]})
    for value in (None, "", "0"):
        monkeypatch.delenv(sheets.ASKED, raising=False) if value is None else monkeypatch.setenv(sheets.ASKED, value)
        data, _ = page.safe_table(table)._repr_mimebundle_()
        assert set(data) == {"text/html", "text/plain"}
    monkeypatch.setenv(sheets.ASKED, "1")
    asked, _ = page.safe_table(table)._repr_mimebundle_()
    assert asked.pop(sheets.MIME)[0]["title"] == "Table"
    assert asked == data  # what is shown stays the same


def test_types_and_values():
    table = pd.DataFrame(
        {
            "text": ["=1", None],
            "cat": pd.Categorical(["x", None]),
            "whole": [1, 2],
            "number": [0.1, np.nan],
            "mixed": [1, "a"],
            "flag": [True, False],
            "day": pd.to_datetime(["2026-01-31", None]),
            "time": pd.to_datetime(["2026-01-31 12:30:15", None]),
            "zoned": pd.to_datetime(["2026-01-31 12:30", None]).tz_localize("Europe/Berlin"),
            "span": pd.to_timedelta([36, None], unit="h"),
            "huge": [10**16, 1],
            "far": [np.inf, 1.0],
            "exact": [decimal.Decimal("1.5"), None],
            "nullable": pd.array([1, None], dtype="Int64"),
            "date": [datetime.date(2026, 1, 31), None],
            "empty": [None, None],
        }
    )
    found = columns(table)
    json.dumps(found, allow_nan=False)
    assert found == {
        "text": ("text", ["=1", None]),
        "cat": ("text", ["x", None]),
        "whole": ("whole", [1, 2]),
        "number": ("number", [0.1, None]),
        "mixed": ("text", [1, "a"]),
        "flag": ("flag", [True, False]),
        "day": ("day", ["2026-01-31", None]),
        "time": ("time", ["2026-01-31T12:30:15", None]),
        "zoned (Europe/Berlin)": ("time", ["2026-01-31T12:30:00", None]),
        "span (days)": ("number", [1.5, None]),
        "huge": ("text", ["10000000000000000", 1]),
        "far": ("text", ["inf", 1.0]),
        "exact": ("number", [1.5, None]),
        "nullable": ("whole", [1, None]),
        "date": ("text", ["2026-01-31", None]),
        "empty": ("text", [None, None]),
    }


def test_long_tables_are_cut_and_the_number_of_rows_is_told(monkeypatch):
    monkeypatch.setattr(sheets, "MOST", 3)
    [one] = sheets.hand_over("table", {"T": pd.DataFrame({"n": range(5)})})
    assert (one["rows"], one["columns"][0]["values"]) == (5, [0, 1, 2])


def test_a_function_is_called_only_when_asked_for(asked):
    called = []
    block = Block("table", plain="x", sheets={"T": lambda: called.append(1) or pd.DataFrame({"n": [1]})})
    assert not called
    block._repr_mimebundle_()
    assert called == [1]
    assert sheets.hand_over("table", {"none": None, "empty": pd.DataFrame()}) == []


def rows(**changed):
    return pd.DataFrame(
        {"plan": ["a", "b"], "metric": "nps", "unit": "points", "n": [100, 90], "estimate": [30.123, 10.0],
         "low": [20.0, 0.0], "high": [40.0, 20.0], "confidence": 0.95, "method": "rule", **changed}
    )  # fmt: skip


def only(block):
    [(title, table)] = block.sheets.items()
    return title, table() if callable(table) else table


def test_estimate_tables_hand_over_their_change():
    title, table = only(page.estimate_table(rows(), before=rows(estimate=[20.0, 10.0]).head(1)))
    assert title == "NPS by plan"
    assert table.change.tolist()[0] == pytest.approx(10.123)
    assert table.before.tolist() == [20.0, None]
    assert table.n_before.tolist() == [100, None]
    assert table.verdict.tolist()[1] is None
    assert only(page.estimate_table(rows(), caption="C"))[1] is not None


def test_comparison_tables_show_their_difference():
    compared = rows(other="all others", difference=[10.0, -9.5], difference_low=[2.0, -18.0], difference_high=[18.0, -1.0],
                    p=0.01, p_adjusted=0.02, looked=2, verdict="clear", share=[0.5, 0.5], shrunken=[29.0, 11.0])  # fmt: skip
    block = page.estimate_table(compared)
    assert "Difference from all others" in block.html
    assert "+10 (+2 to +18)" in block.plain
    assert block.plain.splitlines()[0].split()[:2] == ["plan", "NPS"]  # the other columns are no segments
    assert list(only(block)[1].columns) == list(compared.columns)


def test_tiles_hand_over_one_table_even_where_names_repeat():
    title, table = only(page.tiles([rows(), rows()], target=40, before=rows(), labels=["x"] * 4))
    assert title == "Key figures"
    assert table.figure.tolist() == ["x"] * 4
    assert table.target.tolist()[0] == 40
    assert np.isnan(table.target.tolist()[1])
    assert table.change.tolist() == [0, 0, 0, 0]


def test_pictures_hand_over_the_table_they_were_drawn_from():
    from page_notebook import spread

    from cxkit.charts import caption, plot_distribution

    ax = plot_distribution(spread(), before=spread(seed=2))
    title, table = only(page.show(ax))
    assert title == "No clear change in promoters or detractors"
    assert table.share.dtype == float
    assert {"n_before", "share_before"} <= set(table.columns)
    own = caption(plot_distribution(spread()), data=pd.DataFrame({"mine": [1]}))
    assert list(only(page.show(own))[1].columns) == ["mine"]
    assert list(only(page.show(plot_distribution(spread()), data=pd.DataFrame({"ours": [1]})))[1].columns) == ["ours"]


def test_segments_of_several_columns_become_one_table():
    from cxkit.charts.caption import together

    table = together([rows(), rows().rename(columns={"plan": "region"})])
    assert table.segment.tolist() == ["plan", "plan", "region", "region"]
    assert table.group.tolist() == ["a", "b", "a", "b"]
    assert table.estimate.tolist()[0] == 30.123
    assert "plan" not in table
