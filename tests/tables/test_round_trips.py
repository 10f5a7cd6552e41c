"""Tables written in random dialects come back equal, or are refused with a message: never silently different."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import cxkit
from cxkit.errors import DataError
from cxkit.tables.cells import MISSING

SPACE = " \t\r\n\u00a0\u2007\u202f\u200b\ufeff"
QUIET = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

any_text = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=20)
western = st.text(st.sampled_from("abcdefgh éèàüöß€“”,;\"'|-?1 \n"), max_size=20)
scores = st.one_of(st.none(), st.integers(0, 10))


def written(rows, names, separator=",", quoting=csv.QUOTE_MINIMAL, end="\n"):
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=separator, quoting=quoting, lineterminator=end)
    writer.writerow(names)
    writer.writerows(rows)
    return file.getvalue()


def settled(text):
    """What a text becomes: trimmed, plain line ends, missing where it is a mark."""
    text = text.strip(SPACE).replace("\r\n", "\n").replace("\r", "\n")
    return None if text in MISSING else text


def plain(series):
    return [None if pd.isna(value) else value for value in series]


def is_utf_8(raw):
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def table_or_refusal(path, words, table="responses", **settle):
    """The rows as read; or, if they are refused with these words, as read with the argument that settles it."""
    try:
        return cxkit.read(table, path).to_pandas()
    except DataError as error:
        if words not in str(error):
            raise
        return cxkit.read(table, path, **settle).to_pandas()


@QUIET
@given(
    rows=st.lists(st.tuples(scores, any_text, st.sampled_from(["north", "south"])), min_size=1, max_size=12),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
)
def test_text_comes_back(tmp_path, rows, separator, quoting, end, encoding):
    path = tmp_path / "a.csv"
    path.write_bytes(written(rows, ["score", "comment", "region"], separator, quoting, end).encode(encoding))
    frame = table_or_refusal(path, "part every line equally well", separator=separator)
    assert plain(frame["score"]) == [score for score, _, _ in rows]
    expected = [settled(comment) for _, comment, _ in rows]
    assert frame["region"].tolist() == [region for _, _, region in rows]
    if frame["comment"].dtype == "str":
        assert plain(frame["comment"]) == expected


@QUIET
@given(
    rows=st.lists(st.tuples(scores, western, western), min_size=1, max_size=12),
    separator=st.sampled_from([",", ";", "\t"]),
    encoding=st.sampled_from(["cp1252", "utf-8"]),
)
def test_western_text_comes_back_from_either_encoding(tmp_path, rows, separator, encoding):
    path = tmp_path / "a.csv"
    content = written([("x", *row) for row in rows], ["product", "score", "comment", "question"], separator)
    raw = content.encode(encoding)
    assume(encoding == "utf-8" or content.isascii() or not is_utf_8(raw))  # two odd letters can look like one of UTF-8
    path.write_bytes(raw)
    frame = table_or_refusal(path, "part every line equally well", separator=separator)
    assert plain(frame["comment"]) == [settled(comment) for _, comment, _ in rows]
    assert plain(frame["question"]) == [settled(other) for _, _, other in rows]


@QUIET
@given(
    values=st.lists(st.decimals(-99999, 9999999, places=2), min_size=1, max_size=12),
    style=st.sampled_from(["1234.5", "1234,5", "1,234.5", "1.234,5", "1 234,5", "1'234.5"]),
)
def test_amounts_come_back(tmp_path, values, style):
    def text(value):
        plain_text = f"{value:,.2f}"
        thousands, mark = {"1234.5": ("", "."), "1234,5": ("", ",")}.get(style, (style[1], style[-2]))
        return plain_text.replace(",", "\0").replace(".", mark).replace("\0", thousands)

    path = tmp_path / "a.csv"
    rows = [(f"c{place}", "2025-01-31", text(value)) for place, value in enumerate(values)]
    path.write_text(written(rows, ["customer_id", "ordered_at", "amount"], ";"), encoding="utf-8")
    frame = cxkit.read("orders", path).to_pandas()
    assert frame["amount"].tolist() == [pytest.approx(float(value)) for value in values]


@QUIET
@given(
    values=st.lists(st.integers(0, 9999), min_size=1, max_size=8),
    places=st.integers(0, 4),
    mark=st.sampled_from([".", ","]),
)
def test_numbers_come_back_or_are_refused(tmp_path, values, places, mark):
    """With three decimals a number can read as thousands: then, and only then, it is refused."""
    exact = [value / 10**places for value in values]
    path = tmp_path / "a.csv"
    rows = [("c", "2025-01-31", f"{value:.{places}f}".replace(".", mark)) for value in exact]
    path.write_text(written(rows, ["customer_id", "ordered_at", "amount"], ";"), encoding="utf-8")
    if places != 3:
        frame = cxkit.read("orders", path).to_pandas()
    else:
        frame = table_or_refusal(path, "read both ways", "orders", decimal=mark)
    assert frame["amount"].tolist() == pytest.approx(exact)


@QUIET
@given(
    days=st.lists(st.datetimes(pd.Timestamp(1980, 1, 1), pd.Timestamp(2060, 1, 1)), min_size=1, max_size=8),
    style=st.sampled_from(
        ["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y %H:%M", "%m/%d/%y %I:%M %p", "%d %b %Y", "%Y-%m-%dT%H:%M:%SZ"]
    ),
)
def test_dates_come_back_or_are_refused(tmp_path, days, style):
    path = tmp_path / "a.csv"
    rows = [("c", day.strftime(style), "visit") for day in days]
    path.write_text(written(rows, ["customer_id", "occurred_at", "touchpoint"]), encoding="utf-8")
    expected = [pd.Timestamp(pd.to_datetime(day.strftime(style), format=style).replace(tzinfo=None)) for day in days]
    if any(day.day > 12 for day in days):
        frame = cxkit.read("events", path).to_pandas()
    else:
        frame = table_or_refusal(path, "read both ways", "events", day_first=style.startswith("%d"))
    assert frame["occurred_at"].tolist() == expected


@QUIET
@given(content=st.binary(max_size=120))
def test_bytes_of_any_kind_end_in_a_table_or_a_message(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_bytes(b"score,comment\n" + content)
    try:
        health = cxkit.read("responses", path).health
    except DataError:
        return
    assert health.rows_in == health.rows_kept + sum(n for _, n in health.set_aside)
