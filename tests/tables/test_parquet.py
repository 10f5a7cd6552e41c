"""Parquet: lazy, typed, counted from metadata, and still by the same rules."""

import datetime as dt

import pytest
from tables_help import said

import cxkit
from cxkit import frames


def parquet(tmp_path, sql, name="a.parquet"):
    path = tmp_path / name
    frames.connect().execute(f"COPY ({sql}) TO {frames.literal(path)} (FORMAT parquet)")
    return path


def test_it_stays_lazy_and_knows_its_counts(tmp_path):
    path = parquet(
        tmp_path,
        "SELECT 'c' || i AS customer_id, (i % 11)::TINYINT AS score, "
        "DATE '2025-01-01' + (i % 90)::INT AS responded_at, nullif('r' || i % 3, 'r0') AS region FROM range(1000) t(i)",
    )
    table = cxkit.read("responses", path)
    assert frames.is_lazy(table.frame)
    assert table.health.rows_in == table.health.rows_kept == 1000
    missing = {column.name: column.missing for column in table.health.columns}
    assert missing == {"customer_id": 0, "score": 0, "responded_at": 0, "region": 334}
    assert table.as_of == dt.date(2025, 3, 31)
    assert said(table, "Scores run from 0 to 10")
    dtypes = table.to_pandas().dtypes.astype(str).to_dict()
    assert dtypes == {"customer_id": "str", "score": "float64", "responded_at": "datetime64[us]", "region": "str"}
    assert table.to_pandas(3)["customer_id"].tolist() == ["c0", "c1", "c2"]


def test_not_a_number_codes_and_fractions_are_found_without_metadata(tmp_path):
    path = parquet(tmp_path, "SELECT unnest([9.0, 'nan'::DOUBLE, 99.0, 0.0, NULL, 3.5]) AS score")
    table = cxkit.read("responses", path)
    assert [value if value == value else None for value in table.to_pandas()["score"]] == [9, None, None, 0, None, 3.5]
    score = table.health.columns[0]
    assert (score.missing, score.low, score.high) == (3, 0, 9)
    assert said(table, "1 time 99")
    assert said(table, "1 score is not whole")


def test_rows_are_set_aside_by_the_same_causes(tmp_path, health_adds_up):
    path = parquet(
        tmp_path,
        "SELECT * FROM (VALUES ('a', TIMESTAMP '2025-01-01', 'x'), (NULL, TIMESTAMP '2025-01-01', 'x'), "
        "('', TIMESTAMP '2025-01-01', 'x'), ('b', TIMESTAMP '2026-01-01 00:00:00', 'x')) "
        "t(customer_id, occurred_at, touchpoint)",
    )
    table = cxkit.read("events", path, as_of="2025-12-31")
    assert table.health.set_aside == (("without customer_id", 2), ("dated after 2025-12-31", 1))
    assert table.health.last_date == dt.date(2025, 1, 1)
    health_adds_up(table)


def test_text_scores_and_zoned_times(tmp_path):
    path = parquet(
        tmp_path,
        "SELECT * FROM (VALUES ('9 - Very likely', TIMESTAMPTZ '2025-07-01 10:00:00+00'), ('NA', NULL)) "
        "t(score, responded_at)",
    )
    table = cxkit.read("responses", path, tz="Europe/Paris")
    assert table.to_pandas()["score"].tolist()[0] == 9
    assert str(table.to_pandas()["responded_at"][0]) == "2025-07-01 12:00:00"
    assert said(table, "times with a time zone brought to Europe/Paris")


def test_several_files_by_name(tmp_path):
    parquet(tmp_path, "SELECT 9 AS score, 'a' AS region", "m1.parquet")
    parquet(tmp_path, "SELECT 'x' AS comment, 3 AS score", "m2.parquet")
    table = cxkit.read("responses", tmp_path / "m*.parquet")
    assert table.to_pandas()["score"].tolist() == [9, 3]
    assert table.columns == ["score", "region", "comment"]


def test_an_empty_file(tmp_path):
    table = cxkit.read("responses", parquet(tmp_path, "SELECT 1.0::DOUBLE AS score WHERE FALSE"))
    assert table.health.rows_in == 0


@pytest.mark.parametrize("name", ['q"uote', "new\nline", "it's", "満足", "a.b"])
def test_names_of_all_kinds(tmp_path, name):
    path = parquet(tmp_path, f"SELECT 9.0 AS score, 'x' AS {frames.quote(name)}")
    assert cxkit.read("responses", path).to_pandas()[name].tolist() == ["x"]
