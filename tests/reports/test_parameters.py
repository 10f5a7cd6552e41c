import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxkit.errors import DataError, UsageError
from cxkit.reports import notebook, parameters, values
from cxkit.reports.plan import plan


def cell(source):
    """A notebook that is one parameters cell."""
    return {"cells": [{"cell_type": "code", "source": source, "metadata": {"tags": ["parameters"]}}]}


def read(source):
    return parameters.declared(cell(source), "book")


def only(source):
    found = read(source)
    assert not found.fixed
    return next(iter(found.parameters.values()))


@pytest.mark.parametrize(
    ("source", "kind", "default", "help"),
    [
        ('a: str = "x"  # what it is', "str", "x", "what it is"),
        ('a: "str" = "x"', "str", "x", ""),
        ('a: str = "#1f77b4"  # a colour', "str", "#1f77b4", "a colour"),
        ('a: str = "k=v"  # with = inside', "str", "k=v", "with = inside"),
        ("a: str = 'it''s'", "str", "its", ""),
        ('a: str = ""  #no space', "str", "", "no space"),
        ("a: int = 30", "int", 30, ""),
        ("a: int = -1  # below", "int", -1, "below"),
        ("a: int = 1_000", "int", 1000, ""),
        ("a: float = 0.95", "float", 0.95, ""),
        ("a: float = 1  # whole", "float", 1.0, "whole"),
        ("a: bool = True", "bool", True, ""),
        ("a = 3  # inferred", "int", 3, "inferred"),
        ("a = 'x'", "str", "x", ""),
        ("a = False", "bool", False, ""),
        ("a = .5", "float", 0.5, ""),
        ('a: str = (\n    "x"\n)  # last line', "str", "x", "last line"),
        ("# heading\n\na: int = 1", "int", 1, ""),
        ("größe: int = 1  # Umlaut", "int", 1, "Umlaut"),
    ],
)
def test_declarations_that_can_be_set(source, kind, default, help):
    found = only(source)
    assert (found.kind, found.default, found.help) == (kind, default, help)
    assert type(found.default) is type(default)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("a: list[str] = []", "type is list[str]"),
        ("a: str | None = None", "type is str | None"),
        ("a: str = None", "declared as str, but its default is None"),
        ("a: int = True", "declared as int, but its default is True"),
        ("a: int = 0.5", "declared as int"),
        ("a: str", "declared as str, but its default is None"),
        ("a = [1, 2]", "type is list"),
        ("a = None", "type is NoneType"),
        ("a: str = f()", "computed, not written out"),
        ("a: str = x", "computed"),
        ("a: datetime.date = '2026-01-01'", "type is datetime.date"),
    ],
)
def test_declarations_that_cannot_be_set_say_why_when_they_are(source, said):
    found = read(source)
    assert not found.parameters
    with pytest.raises(UsageError, match=r"'a' cannot be set \(line 1: ") as error:
        parameters.checked(found, {"a": "1"})
    assert said in str(error.value)


def test_other_statements_are_left_alone():
    assert list(read('"""doc"""\nimport os\nprint(1)\nx.y = 1\na: int = 1').parameters) == ["a"]


def test_no_cell_and_a_broken_cell():
    empty = parameters.declared({"cells": []}, "book")
    assert parameters.checked(empty, {}) == {}
    with pytest.raises(UsageError, match="no cell tagged 'parameters'"):
        parameters.checked(empty, {"a": "1"})
    with pytest.raises(UsageError, match="book: line 2 of the parameters cell is not plain Python"):
        read("a = 1\n%matplotlib inline")
    with pytest.raises(UsageError, match="declares 'a' twice"):
        read("a = 1\na = 2")


DECLARED = """source: str = "sample:responses"  # file or sample
extra: str = ""  # file with the targets
min_n: int = 30
confidence: float = 0.95
repeats: str = "all"  # one of: all, last, first
wave: int = 1  # one of: 1, 2
quotes: bool = True
note: str = "x"
"""


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("note", "40", "40"),
        ("note", "", ""),
        ("note", "<script>\u202e", "<script>\u202e"),
        ("note", 40, "40"),
        ("min_n", "40", 40),
        ("min_n", " +40 ", 40),
        ("min_n", 40, 40),
        ("confidence", "1", 1.0),
        ("confidence", 1, 1.0),
        ("confidence", "9e-1", 0.9),
        ("quotes", "no", False),
        ("quotes", "TRUE", True),
        ("quotes", False, False),
        ("repeats", "last", "last"),
        ("wave", "2", 2),
        ("source", "sample:orders", "sample:orders"),
    ],
)
def test_values_take_the_declared_type(name, value, expected):
    found = parameters.checked(read(DECLARED), {name: value})[name]
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("min_n", "abc", "min_n: 'abc' is not a whole number"),
        ("min_n", "40.0", "not a whole number"),
        ("min_n", True, "not a whole number"),
        ("confidence", "0,95", "Write it with a point: 0.95"),
        ("confidence", "nan", "not a number"),
        ("confidence", "1e999", "not a number"),
        ("confidence", True, "not a number"),
        ("quotes", "maybe", "neither true nor false"),
        ("quotes", 1, "neither true nor false"),
        ("note", True, "Put it in quotes"),
        ("note", 1.10, "Put it in quotes"),
        ("note", "a\0b", "NUL"),
        ("repeats", "lats", "'lats' is not allowed. Did you mean 'last'"),
        ("wave", "3", "'3' is not allowed. Choose from '1', '2'"),
        ("min_nn", "1", "there is no parameter 'min_nn'. Did you mean 'min_n'"),
    ],
)
def test_values_that_do_not_fit(name, value, said):
    with pytest.raises(UsageError) as error:
        parameters.checked(read(DECLARED), {name: value})
    assert said in str(error.value)


def test_every_mistake_is_told_at_once():
    with pytest.raises(UsageError) as error:
        parameters.checked(read(DECLARED), {"min_nn": "1", "min_n": "x", "quotes": "yes", "repeats": "no"})
    assert str(error.value).startswith("book: 3 parameters cannot be used.\n  - ")
    assert str(error.value).count("\n") == 3


def test_paths_are_made_absolute_against_the_folder_of_the_caller(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my data.csv").write_text("x")
    for name in ("source", "extra"):
        found = parameters.checked(read(DECLARED), {name: "my data.csv"})
        assert found == {name: str(tmp_path / "my data.csv")}
    assert parameters.checked(read(DECLARED), {"source": "*.csv"}) == {"source": str(tmp_path / "*.csv")}
    assert parameters.checked(read(DECLARED), {"note": "my data.csv"}) == {"note": "my data.csv"}
    with pytest.raises(DataError, match=r"Did you mean 'my data\.csv'"):
        parameters.checked(read(DECLARED), {"source": "mydata.csv"})


@pytest.mark.parametrize("value", ["nowhere.csv", "*.nothing", "/nowhere/at/all.csv"])
def test_a_file_that_is_not_there_is_late_data_unless_something_else_is_wrong(value):
    with pytest.raises(DataError, match="source: there is no file"):
        parameters.checked(read(DECLARED), {"source": value})
    with pytest.raises(UsageError, match="2 parameters cannot be used"):
        parameters.checked(read(DECLARED), {"source": value, "min_n": "x"})


def test_assignments():
    assert values.assignments(["a=b=c", " d = e"]) == {"a": "b=c", "d": " e"}
    assert values.assignments(["a=1", "a=1"]) == {"a": "1"}
    with pytest.raises(UsageError, match="write it as name=value"):
        values.assignments(["a"])
    with pytest.raises(UsageError, match="given twice, as '1' and as '2'"):
        values.assignments(["a=1", "a=2"])


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_text_passes_unchanged(text):
    assert values.coerce(text, "str") == text
    assert values.assignments([f"a={text}"]) == {"a": text}


YAML = "region: NO\nwave: 010\nd: 2026-01-01\nq: 'yes'\ne:\n"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (
            "a.yaml",
            YAML,
            {"region": "NO", "wave": "010", "d": "2026-01-01", "q": "yes", "e": ""},
        ),
        ("a.yml", "", {}),
        ("a.yaml", "\ufeffn: 1", {"n": "1"}),
        ("a.toml", 'region = "NO"\nn = 3\nd = 2026-01-01\nok = true', None),
        ("a.toml", "", {}),
    ],
)
def test_parameter_files(name, content, expected, tmp_path):
    (tmp_path / name).write_text(content, encoding="utf-8")
    found = values.from_file(tmp_path / name)
    if expected is None:
        assert {key: values.coerce(value, "str") for key, value in found.items() if key != "ok"} == {
            "region": "NO",
            "n": "3",
            "d": "2026-01-01",
        }
    else:
        assert found == expected


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", "{}", "ends in .toml, .yaml or .yml"),
        ("a.yaml", BOMB, "line 1 is not 'name: value'"),
        ("a.yaml", "a: &x 1\nb: *x", "line 2 is not 'name: value'"),
        ("a.yaml", "a: {b: 1}", "line 1 is not 'name: value'"),
        ("a.yaml", "- a", "line 1 is not"),
        ("a.yaml", "just text", "one 'name: value' a line"),
        ("a.yaml", "a: 1\na: 2", "'a' is given twice"),
        ("a.yaml", "a: !!python/object/apply:os.system ['true']", "line 1 is not"),
        ("a.yaml", "a: 'x", "not valid YAML in line 1"),
        ("a.yaml", "? " * 20_000, "deep|valid|line 1"),
        ("a.yaml", "x" * 70_000, "larger than 64 kB"),
        ("a.toml", "a = ", "the file is no valid TOML"),
        ("a.toml", "a = 1\na = 2", "the file is no valid TOML"),
        ("a.toml", "[a]\nb = [1]", "'b' is not one plain value"),
        ("a.toml", "a = [1]", "'a' is not one plain value"),
        ("missing.toml", None, "cannot be read"),
    ],
)
def test_parameter_files_that_are_refused(name, content, said, tmp_path):
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(UsageError, match=said):
        values.from_file(tmp_path / name)


def test_a_file_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "a.yaml").write_bytes("a: é".encode("latin-1"))
    with pytest.raises(UsageError, match="not UTF-8"):
        values.from_file(tmp_path / "a.yaml")


def test_a_plan_knows_the_name_and_hides_folders(tmp_path, books):
    (tmp_path / "x.csv").write_text("")
    found = plan(str(books / "ok.ipynb"), {"source": str(tmp_path / "x.csv"), "period": "2026-Q3"})
    assert found.name == "ok--2026-q3"
    assert found.shown["source"] == "x.csv"
    assert found.folders == [str(tmp_path)]
    assert found.effective["min_n"] == 30
    assert set(found.given) == {"source", "period"}


@pytest.mark.parametrize("path", notebook.shipped(lessons=True).values(), ids=lambda path: path.stem)
def test_papermill_reads_the_same_parameters_of_shipped_notebooks(path):
    import papermill

    declared = parameters.declared(notebook.read(path), path.stem)
    theirs = papermill.inspect_notebook(str(path))
    assert not declared.fixed
    assert list(theirs) == list(declared.parameters)
    for name, parameter in declared.parameters.items():
        assert theirs[name]["inferred_type_name"] == parameter.kind
        assert theirs[name]["help"].strip() == parameter.help
        assert parameter.help, f"{name} has no help"


def test_fixture_notebooks_are_valid(books):
    import nbformat

    for path in sorted(books.glob("*.ipynb")):
        nbformat.validate(json.loads(path.read_text()))


def test_a_table_of_the_file_is_for_its_notebook_alone(tmp_path):
    from cxkit.reports.values import for_notebook, from_file

    file = tmp_path / "p.toml"
    file.write_text('owner = "Ana"\n[clv]\nhorizon_days = 365\n[nps]\ntarget = "40"\n', "utf8")
    given = from_file(file)
    assert for_notebook(given, "clv") == {"owner": "Ana", "horizon_days": 365}
    assert for_notebook(given, "journey") == {"owner": "Ana"}


def test_a_table_for_no_notebook_is_refused(tmp_path, capsys):
    from cxkit.cli import main

    file = tmp_path / "p.toml"
    file.write_text('[nps_deepdive]\ntarget = "40"\n', "utf8")
    assert main(["report", "nps_deep_dive", "-f", str(file), "--out", str(tmp_path / "out")]) == 2
    assert "Did you mean 'nps_deep_dive'?" in capsys.readouterr().err
