"""Targets and benchmarks: the file's rules, all mistakes at once, and what the warning says."""

from dataclasses import FrozenInstanceError

import pytest

from cxkit import page
from cxkit.errors import UsageError
from cxkit.goals import Goal, Goals, read_goals
from cxkit.resources import samples

GOOD = """
[[benchmark]]
name = "Panel"
value = 33.5
source = "Annual study"
year = 2025
scale = "1 to 10"
country = "Germany"

[[target]]
name = "Board target"
value = 40
source = "Board paper"
year = 2026

[[target]]
name = "Satisfied"
metric = "CSAT"
value = 0.82
source = "Board paper"
year = 2026
"""


@pytest.fixture
def file(tmp_path):
    def write(text, name="goals.toml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_targets_come_first_and_only_those_of_the_metric(file):
    goals = read_goals(file(GOOD))
    assert [goal.name for goal in goals] == ["Board target", "Panel"]
    assert goals.target == 40.0
    assert goals[1].scale == "1-10"
    assert [goal.unit for goal in goals] == ["points", "points"]
    assert goals.source == "goals.toml"
    satisfied = read_goals(file(GOOD), metric="csat")
    assert [(goal.value, goal.unit, goal.metric) for goal in satisfied] == [(0.82, "share", "csat")]
    assert len(read_goals(file(GOOD), metric="")) == 3
    assert [goal.label for goal in goals] == ["Board target +40", "Panel +34"]


def test_no_path_is_no_goals():
    assert read_goals("") == Goals()
    assert not read_goals("  ")
    assert Goals().target is None
    assert Goals().warning("0-10") == ""


def test_the_shipped_example_is_said_to_be_invented():
    goals = read_goals("sample:goals")
    assert [goal.kind for goal in goals] == ["target", "benchmark", "benchmark"]
    assert all("(invented)" in goal.source for goal in goals)
    assert "does not exist" in (samples() / "goals.toml").read_text("utf8")


def test_goals_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        read_goals("sample:goals")[0].value = 99


BAD = """
[[target]]
nmae = "Board target"
value = 140
source = ""
year = "2026"

[[target]]
name = "Satisfied"
metric = "csat"
value = 82
source = "Board paper"
year = 2026

[[benchmark]]
name = "Panel"
value = 30
unit = "share"
source = "Study"
year = 26
scale = "ten"

[[benchmark]]
name = "Twice"
value = 1
source = "Study"
year = 2025

[[benchmark]]
name = "twice"
value = 2
source = "Study"
year = 2025

[[benchmarks]]
name = "x"

[[target]]
name = "Calls"
metric = "calls"
value = true
source = "Study"
year = 2025
"""


def test_all_mistakes_of_a_file_are_told_at_once(file):
    with pytest.raises(UsageError) as told:
        read_goals(file(BAD), metric="ces")  # whatever the metric asked for
    lines = str(told.value).splitlines()
    assert lines[0] == "goals: 13 mistakes in goals.toml."
    for said in (
        "'benchmarks' is neither [[target]] nor [[benchmark]]. Did you mean 'benchmark'?",
        "target 1: there is no key 'nmae'. Did you mean 'name'?",
        "target 1: 'name' is missing.",
        "target 1: 'source' is empty.",
        "target 1: 'value' is 140, but points lie between -100 and 100.",
        "target 1: 'year' is '2026'. Write the year with four digits, such as 2026.",
        "target 2 ('Satisfied'): 'value' is 82, but a share lies between 0 and 1. Did you mean 0.82?",
        "target 3 ('Calls'): 'unit' is missing: the metric 'calls' has no usual one.",
        "target 3 ('Calls'): 'value' is True. Write a number.",
        "benchmark 1 ('Panel'): 'unit': 'share' is not a known choice. Choose from 'points'.",
        "benchmark 1 ('Panel'): 'year' is 26. Write the year",
        "benchmark 1 ('Panel'): 'scale': 'ten' is no scale.",
        "benchmark 'twice' is there 2 times. Keep one, or name them apart.",
    ):
        assert any(said in line for line in lines[1:]), said
    assert len(lines) == 14


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("[target]\nname = 'x'", "g.toml", "in double brackets"),
        ("target = 40", "g.toml", "in double brackets"),
        ("[[target]", "g.toml", "no valid TOML"),
        (b"\xff\xfe", "g.toml", "not UTF-8"),
        ("#" * 70_000, "g.toml", "larger than 64 kB"),
        ("", "g.txt", "does not end in .toml"),
        ("[[target]]\nname = 3\nvalue = nan\nsource = 's'\nyear = 2025", "g.toml", "'name' is 3. Put it in quotes"),
        ("[[target]]\nname = 'x'\nvalue = nan\nsource = 's'\nyear = 2025", "g.toml", "'value' is nan. Write a number"),
    ],
)
def test_a_file_that_cannot_serve(text, name, said, file):
    with pytest.raises(UsageError, match=said.replace("[", r"\[")):
        read_goals(file(text, name))


def test_a_file_that_is_not_there_names_its_neighbour(file, tmp_path):
    file(GOOD, "goals.toml")
    with pytest.raises(UsageError, match=r"gaols.toml cannot be read .*Did you mean 'goals.toml'"):
        read_goals(tmp_path / "gaols.toml")
    with pytest.raises(UsageError, match="there is no sample 'goal'"):
        read_goals("sample:goal")


def test_the_warning_says_what_differs_what_is_alike_and_what_is_not_told():
    panel = Goal("benchmark", "Panel", "nps", 33.0, "points", "Study", 2025, scale="0-10", mode="telephone")
    said = Goals((panel,)).warning("0-10", mode="e-mail", country="UK")
    assert said.startswith(
        "Panel: asked by telephone (here e-mail); same scale as here; the country is not stated. The scale, the way"
    )
    assert said.endswith("read a benchmark as a rough mark, not as a rank.")
    aim = Goal("target", "Aim", "nps", 40.0, "points", "Board", 2026, scale="1-10")
    assert Goals((aim,)).warning("0-10") == ""
    with pytest.raises(UsageError, match="is no scale"):
        Goals((panel,)).warning("ten")


def test_the_note_on_the_page():
    block = page.goals_note(read_goals("sample:goals"), scale="0-10")
    assert block.kind == "note"
    assert 'class="note caution"' in block.html
    assert "Board target +40: Board paper of January 2026 (invented), 2026." in block.plain
    assert (
        "Continental shops: asked on the scale 1-10 (here 0-10), asked by telephone, asked in Germany." in block.plain
    )
    table = block.sheets["Targets and benchmarks"]()
    assert table.value.tolist() == [40.0, 34.0, 46.0]
    assert page.goals_note(()).plain == ""
    hostile = Goal("target", "<script>", "nps", 1.0, "points", "<b>", 2026)
    assert "<script" not in page.goals_note([hostile]).html
    with pytest.raises(UsageError, match="expected goals, got int"):
        page.goals_note([40])


def test_a_mistake_is_told_with_its_line(file):
    """Headings within a text are no entries: then no line is told rather than a wrong one."""
    text = "# ours\n\n[[target]]\nname = 'a'\n\n[[ target ]]\nname = 'b'\n"
    with pytest.raises(UsageError, match=r"- line 3, target 1 \('a'\): 'value' is missing(.|\n)*line 6, target 2"):
        read_goals(file(text))
    with pytest.raises(UsageError, match=r"- target 1 \('a'\): 'value' is missing"):
        read_goals(file(text + "note = '''\n[[target]]\n'''\n"))
    with pytest.raises(UsageError, match=r"no valid TOML: .*at line 2, column 8"):
        read_goals(file("[[target]]\nname = \n"))
