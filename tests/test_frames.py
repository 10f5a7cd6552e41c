"""Engines made to agree: what goes in, what comes out, and what is refused."""

import gc
import tempfile
from decimal import Decimal
from pathlib import Path

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

from cxkit import frames
from cxkit.errors import DataError, UsageError

ROWS = pd.DataFrame(
    {
        "region": ["b", "a", None, "a", None, "b"],
        "score": [9.0, np.nan, 3.0, 10.0, 7.0, 9.0],
        "visits": [1, 2, 3, 4, 5, 6],
        "vip": [True, False, True, True, False, False],
        "at": pd.to_datetime(
            ["2026-01-01", None, "2026-01-03", "2026-01-04", "2026-01-05", "2026-01-06 12:30"], format="ISO8601"
        ),
    }
)


def test_groups_keep_the_missing_one_last(engine):
    frame = frames.take(engine(ROWS), ["region", "score"])
    counts = frames.count_by(frame, ["region"], rows=nw.len(), scored=nw.col("score").count())
    assert counts.region.tolist()[:2] == ["a", "b"]
    assert pd.isna(counts.region[2])
    assert counts.rows.tolist() == [2, 2, 2]
    assert counts.scored.tolist() == [1, 2, 2]  # NaN never counts


def test_results_have_the_same_dtypes_from_every_engine(engine):
    table = frames.collect(frames.take(engine(ROWS), list(ROWS.columns)))
    expected = {"region": "str", "score": "float64", "visits": "int64", "vip": "bool", "at": "datetime64[us]"}
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == expected
    table = table.sort_values("visits", ignore_index=True)
    pd.testing.assert_frame_equal(table, ROWS.astype({"region": "str", "at": "datetime64[us]"}))


def test_missing_whole_numbers_become_floats_and_missing_flags_stay_missing(engine):
    rows = pd.DataFrame(
        {"n": pd.array([1, None, 3], dtype="Int64"), "flag": pd.array([True, None, False], dtype="boolean")}
    )
    table = frames.collect(frames.as_frame(engine(rows)))
    assert (str(table.n.dtype), str(table.flag.dtype)) == ("float64", "boolean")
    assert table.n.isna().tolist() == table.flag.isna().tolist() == [False, True, False]


def test_a_relation_outlives_the_arrow_table_it_came_from():
    pa = pytest.importorskip("pyarrow")
    frame = frames.as_frame(pa.table({"score": [9.0, float("nan")]}))
    gc.collect()
    assert frames.row_count(frame) == 2


def test_inputs_are_not_changed():
    before = ROWS.copy(deep=True)
    frames.count_by(frames.take(ROWS, ["region", "score"]), ["region"], rows=nw.len())
    pd.testing.assert_frame_equal(ROWS, before)


def test_connections_reach_for_nothing():
    settings = frames.connect().sql(
        "SELECT name, value FROM duckdb_settings() "
        "WHERE name LIKE '%known_extensions' OR name = 'allow_community_extensions'"
    )
    assert {value for _, value in settings.fetchall()} == {"false"}


def test_what_does_not_fit_into_memory_leaves_the_current_folder_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    connection = frames.connect()
    folder = Path(connection.execute("SELECT current_setting('temp_directory')").fetchone()[0])
    assert folder.parent == Path(tempfile.gettempdir())
    assert not folder.exists()
    connection.execute("SET threads = 1")
    connection.execute("SET memory_limit = '60MB'")
    connection.execute("CREATE TABLE t AS SELECT range AS a, md5(range::VARCHAR) AS b FROM range(3000000)")
    assert folder.exists()
    assert list(tmp_path.iterdir()) == []
    connection.close()
    assert not folder.exists()


@pytest.mark.parametrize("zone", ["America/New_York", "Etc/GMT+5", "Europe/Paris"])
@pytest.mark.parametrize("wrap", [lambda df: df, nw.from_native, lambda df: nw.from_native(df).lazy()])
def test_pandas_times_of_every_zone_are_times(zone, wrap):
    rows = ROWS.assign(at=ROWS["at"].dt.tz_localize("UTC").dt.tz_convert(zone))
    before = rows.copy(deep=True)
    given = wrap(rows)
    frame = frames.take(given, ["visits", "at"])
    assert frame.collect_schema()["at"] == nw.Datetime
    assert frames.is_lazy(frame) == frames.is_lazy(given)
    native = frame.to_native()
    assert (native["at"].dropna() == before["at"].dropna()).all()  # the same instants
    pd.testing.assert_frame_equal(rows, before)


def test_names_and_texts_are_quoted():
    assert frames.quote('a"; DROP') == '"a""; DROP"'
    assert frames.literal("it's") == "'it''s'"


@pytest.mark.parametrize("thing", [None, 3, {"score": [1]}, [1, 2], pd.Series([1])])
def test_what_is_no_table(thing):
    with pytest.raises(UsageError, match="expected a table"):
        frames.as_frame(thing)


def test_a_path_is_pointed_to_the_door():
    with pytest.raises(UsageError, match=r"got str. To read a file, use cxkit\.read"):
        frames.as_frame("answers.csv")


def test_missing_columns_are_named_with_the_nearest():
    with pytest.raises(DataError, match=r"responses: there is no column 'socre'. Did you mean 'score'\?"):
        frames.take(ROWS, ["socre"], "responses")


def test_columns_named_twice_are_refused():
    twice = pd.DataFrame([[1, 2]], columns=["score", "score"])
    with pytest.raises(DataError, match="'score' occurs twice"):
        frames.take(twice, ["score"], "responses")


@pytest.mark.parametrize(
    ("by", "names"),
    [((), []), ("", []), ("region", ["region"]), ("region, plan", ["region", "plan"]), (["a", "b"], ["a", "b"])],
)
def test_segments_as_text_or_list(by, names):
    assert frames.by_list(by) == names


def test_segments_that_cannot_be():
    with pytest.raises(UsageError, match="'n' is also the name of a result column"):
        frames.by_list(["n"])
    with pytest.raises(UsageError, match="a column is named twice"):
        frames.by_list("region,region")


@pytest.mark.parametrize("exact_up_to", [1000, 10])
def test_repeated_keys(engine, exact_up_to):
    ids = [f"c{i}" for i in range(30)]
    once = pd.DataFrame({"id": [*ids, None, None]})
    twice = pd.DataFrame({"id": [*ids, None, "c29", "c3"]})
    assert frames.repeated_keys(frames.as_frame(engine(once)), "id", exact_up_to=exact_up_to) == 0
    found = frames.repeated_keys(frames.as_frame(engine(twice)), "id", exact_up_to=exact_up_to)
    assert found is True if exact_up_to == 10 else found == 2


def test_repeats_far_from_the_leading_rows_are_found():
    # the leading key is new, and the repeat lies beyond it: only the full count can tell
    late = pd.DataFrame({"id": [*[f"c{i}" for i in range(50)], "c49"]})
    assert frames.repeated_keys(frames.as_frame(late), "id", exact_up_to=20) is True


def test_estimate_table_has_fixed_columns_and_dtypes():
    keys = pd.DataFrame({"region": ["a", None]})
    table = frames.estimate_table(
        keys, ["region"], metric="nps", unit="points", n=np.array([3, 0]), estimate=np.array([1, np.nan]),
        low=np.array([0.0, np.nan]), high=np.array([2.0, np.nan]), confidence=0.95, method="how",
    )  # fmt: skip
    assert list(table.columns) == ["region", *frames.ESTIMATE]
    kinds = {"n": "int64", "estimate": "float64", "low": "float64", "high": "float64", "confidence": "float64"}
    assert {name: str(table[name].dtype) for name in kinds} == kinds
    empty = frames.estimate_table(
        keys.head(0),
        ["region"],
        metric="nps",
        unit="points",
        n=[],
        estimate=[],
        low=[],
        high=[],
        confidence=0.95,
        method="how",
    )
    assert list(empty.columns) == ["region", *frames.ESTIMATE]
    assert len(empty) == 0


def test_ids_of_two_tables_meet_whatever_kind_of_column_holds_them():
    """Numbers, numbers with gaps, texts, objects and nullable numbers; nothing is trimmed, empty text is missing."""
    whole = pd.Series([17, 4])
    for same in (whole, whole.astype(float), whole.astype("Int64"), whole.astype("str"), pd.Index([17.0, "4"])):
        assert frames.id_texts(same).tolist() == ["17", "4"]
    assert frames.id_texts(pd.Series([17.0, None, 2.5])).isna().tolist() == [False, True, False]
    assert frames.id_texts(["007", " 7", ""]).tolist()[:2] == ["007", " 7"]
    assert frames.id_texts([]).tolist() == []


@pytest.mark.parametrize(
    ("ids", "texts"),
    [
        (pd.Series([1.0, 2.5, None, 1.0]).astype("category"), ["1", "2.5", None, "1"]),
        (pd.Series(["b", "", None, "b"]).astype("category"), ["b", None, None, "b"]),
        (pd.Series([None, None]).astype("category"), [None, None]),
        ([Decimal("17.00"), Decimal("2.50"), Decimal("NaN"), None], ["17", "2.50", None, None]),
        ([17.0, float("inf"), 1e300], ["17", "inf", "1e+300"]),
        ([1.0, "x", float("inf"), 1e300], ["1", "x", "inf", "1e+300"]),
    ],
)
def test_ids_of_categories_and_decimals_meet_those_of_plain_numbers(ids, texts):
    """As DuckDB writes whole decimals: CAST(CAST(17.00 AS BIGINT) AS VARCHAR) is 17."""
    column = pd.Series(ids)
    column.index = column.index + 5
    found = frames.id_texts(column)
    assert [None if pd.isna(value) else value for value in found] == texts
    assert found.dtype == "str"
    assert found.index.equals(column.index)
