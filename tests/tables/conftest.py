"""Small files, made for one test each."""

import pytest

import cxkit


@pytest.fixture
def put(tmp_path):
    """Write bytes or text to a file and return its path."""

    def put(content, name="answers.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return put


@pytest.fixture
def taken(put):
    """Write a file and read it."""

    def taken(content, table="responses", name="answers.csv", encoding="utf-8", **options):
        return cxkit.read(table, put(content, name, encoding), **options)

    return taken


@pytest.fixture
def health_adds_up():
    """Every row is in the table or set aside by a cause."""

    def check(table):
        health = table.health
        assert health.rows_in == health.rows_kept + sum(n for _, n in health.set_aside)
        assert len(table.to_pandas()) == health.rows_kept

    return check
