"""Frames of every engine: the same rules, the same table, the input left alone."""

import pandas as pd
import pytest
from tables_help import said

import cxkit
from cxkit import frames
from cxkit.errors import DataError, UsageError
from cxkit.tables import frame_of


def sample():
    return pd.DataFrame(
        {
            "Customer ID": ["a", "b", None, "d", "e"],
            "nps": [9.0, None, 3.0, 99.0, 0.0],
            "responded_at": pd.to_datetime(
                ["2025-01-01 10:00", "2025-01-02", None, "2025-01-04", "2026-01-05"], format="mixed"
            ),
            "status": ["complete", "preview", None, "complete", "complete"],
            "visits": [1.0, 2.0, None, 4.0, 5.0],
            "region": ["n", "s", None, "n", "s"],
        }
    )


def test_every_engine_gives_the_same_table(engine):
    table = cxkit.read("responses", engine(sample()), columns="nps:score", as_of="2025-12-31")
    frame = table.to_pandas()
    assert table.columns == ["customer_id", "score", "responded_at", "status", "visits", "region"]
    assert frame["score"].astype(object).where(frame["score"].notna(), None).tolist()[:2] == [9, 3]
    assert [str(value) for value in frame["responded_at"]] == ["2025-01-01 10:00:00", "NaT", "2025-01-04 00:00:00"]
    assert frame["visits"].tolist()[::2] == [1, 4]
    assert frame["customer_id"].isna().tolist() == [False, True, False]
    assert table.health.rows_in == 5
    assert table.health.set_aside == (("as previews or tests", 1), ("dated after 2025-12-31", 1))
    assert frame.dtypes.astype(str).to_dict() == {
        "customer_id": "str",
        "score": "float64",
        "responded_at": "datetime64[us]",
        "status": "str",
        "visits": "float64",
        "region": "str",
    }


def test_fingerprints_are_of_content(engine):
    table = cxkit.read("responses", engine(sample()), columns="nps:score")
    plain = cxkit.read("responses", sample(), columns="nps:score")
    assert table.fingerprint() == plain.fingerprint()
    assert table.fingerprint().startswith("sha256 ")
    other = sample()
    other.loc[4, "nps"] = 1.0
    assert cxkit.read("responses", other, columns="nps:score").fingerprint() != plain.fingerprint()


def test_the_input_is_left_alone():
    frame = sample()
    before = frame.copy(deep=True)
    cxkit.read("responses", frame, columns="nps:score", as_of="2025-12-31")
    pd.testing.assert_frame_equal(frame, before)


def test_the_answer_comes_on_the_same_engine():
    pl = pytest.importorskip("polars")
    assert isinstance(cxkit.read("responses", sample(), columns="nps:score").frame.to_native(), pd.DataFrame)
    frame = pl.DataFrame({"score": [9, 3], "tags": [["a"], []], "day": [1, 2]})
    table = cxkit.read("responses", frame)
    assert isinstance(table.frame.to_native(), pl.DataFrame)
    assert table.frame.to_native()["tags"].to_list() == [["a"], []]


def test_an_index_does_not_matter():
    frame = sample().set_index(pd.Index([5, 5, 7, 1, 0]))
    assert cxkit.read("responses", frame, columns="nps:score", as_of="2025-12-31").to_pandas().index.tolist() == [
        0,
        1,
        2,
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["9 - Very likely", "0", "NA"], [9, 0, None]),
        ([9, "3", None], [9, 3, None]),
        ([True, False, True], [1, 0, 1]),
        (pd.array([9, None, 3], dtype="Int64"), [9, None, 3]),
        (pd.Categorical(["9", "3", "9"]), [9, 3, 9]),
        ([float("nan"), 9.0, 99.0], [None, 9, None]),
        (["1,5", "2,5", "?"], [1.5, 2.5, None]),
    ],
)
def test_scores_of_every_type(values, expected):
    table = cxkit.read("responses", pd.DataFrame({"score": values, "comment": ["a", "b", "c"]}))
    got = table.to_pandas()["score"]
    assert [None if pd.isna(value) else value for value in got] == expected
    assert got.dtype == "float64"


def test_not_a_number_is_missing_on_lazy_engines_too():
    relation = frames.connect().sql("SELECT * FROM (VALUES (9.0::DOUBLE, 1), ('nan'::DOUBLE, 2), (3.0, 3)) t(score, n)")
    table = cxkit.read("responses", relation)
    column = next(column for column in table.health.columns if column.name == "score")
    assert (column.missing, column.low, column.high) == (1, 3, 9)
    assert table.to_pandas()["score"].isna().tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("values", "first"),
    [
        (["2025-03-04T10:00:00Z", "2025-03-05"], "2025-03-04 11:00:00"),
        (pd.to_datetime(["2025-03-04T10:00:00Z", "2025-03-05T00:00:00Z"]), "2025-03-04 11:00:00"),
        (pd.to_datetime(["2025-03-04T10:00:00", "2025-03-05T00:00:00"]), "2025-03-04 10:00:00"),
        ([1741083072, 1741083073], "2025-03-04 11:11:12"),
        ([1741083072000.0, None], "2025-03-04 11:11:12"),
        ([20250304, 20250305], "2025-03-04 00:00:00"),
        ([45720.5, 45721], "2025-03-04 12:00:00"),
        ([pd.Timestamp("2025-03-04").date(), None], "2025-03-04 00:00:00"),
    ],
)
def test_times_of_every_type(values, first):
    table = cxkit.read("responses", pd.DataFrame({"responded_at": values, "score": [9, 3]}), tz="Europe/Paris")
    assert str(table.to_pandas()["responded_at"][0]) == first


def test_numbers_that_are_no_times():
    with pytest.raises(DataError, match="numbers that are no times of one kind"):
        cxkit.read("responses", pd.DataFrame({"responded_at": [5, 20250304], "score": [9, 3]}))


def test_whole_ids_stay_whole():
    table = cxkit.read("responses", pd.DataFrame({"customer_id": [1.0, None, 3.0], "score": [9, 3, 1]}))
    assert table.to_pandas()["customer_id"].tolist()[::2] == ["1", "3"]


def test_ambiguity_is_refused_for_frames_as_well():
    frame = pd.DataFrame({"responded_at": ["03/04/2025", "05/06/2025"], "score": [9, 3]})
    with pytest.raises(DataError, match="day_first"):
        cxkit.read("responses", frame)
    assert cxkit.read("responses", frame, day_first=False).to_pandas()["responded_at"][0] == pd.Timestamp("2025-03-04")


def test_doubled_and_numeric_names_of_pandas():
    with pytest.raises(DataError, match="2 columns called 'a'"):
        cxkit.read("responses", pd.DataFrame([[1, 2, 3]], columns=["a", "a", "score"]))
    assert cxkit.read("responses", pd.DataFrame([[1, 9]], columns=[0, "score"])).columns == ["0", "score"]


def test_empty_frames(engine):
    frame = sample().head(0).astype({"Customer ID": "str", "status": "str", "region": "str"})
    table = cxkit.read("responses", engine(frame), columns="nps:score")
    assert table.health.rows_in == 0
    assert len(table.to_pandas()) == 0


def test_lazy_polars_stays_lazy():
    pl = pytest.importorskip("polars")
    frame = sample().rename(columns={"Customer ID": "customer_id", "nps": "score"})
    plan = pl.DataFrame({name: [None if pd.isna(v) else v for v in frame[name]] for name in frame}).lazy()
    table = cxkit.read("responses", plan, as_of="2025-12-31")
    assert isinstance(table.frame.to_native(), pl.LazyFrame)
    assert table.health.set_aside == (("as previews or tests", 1), ("dated after 2025-12-31", 1))
    assert table.health.rows_kept == 3
    with pytest.raises(DataError, match="Convert it on its engine"):
        cxkit.read("responses", pl.DataFrame({"score": ["9"]}).lazy())


def test_frame_of_takes_tables_and_frames(engine):
    table = cxkit.read("responses", sample(), columns="nps:score")
    assert frame_of("responses", table, ["score", "region"]).columns == ["score", "region"]
    frame = engine(sample())
    assert frames.column_names(frame_of("responses", frame, ["nps"])) == ["nps"]


def test_frame_of_refuses_other_tables_and_missing_columns(taken):
    table = taken("customer_id\na\n", "customers")
    with pytest.raises(UsageError, match=r"expected the table 'responses' .*, got 'customers' from answers.csv"):
        frame_of("responses", table, ["score"])
    with pytest.raises(DataError, match=r"no column 'score'. Did you mean 'scores'"):
        frame_of("responses", pd.DataFrame({"scores": [1]}), ["score"])
    with pytest.raises(UsageError, match="is not a known choice"):
        frame_of("answers", table, ["score"])


def test_with_frame_keeps_what_is_known():
    table = cxkit.read("responses", sample(), columns="nps:score")
    fewer = table.with_frame(table.to_pandas(2))
    assert (fewer.name, fewer.health, fewer.as_of) == (table.name, table.health, table.as_of)
    assert len(fewer.to_pandas()) == 2
    with pytest.raises(AttributeError):
        table.name = "other"


def test_marks_in_text_scores_are_said():
    table = cxkit.read("responses", pd.DataFrame({"score": ["9", "?", "?"]}))
    assert said(table, "'?' read as missing 2 times")
