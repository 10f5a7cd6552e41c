"""The command as a shell, a scheduler and a person at a terminal meet it."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import pytest

import cxkit
from cxkit import cli, resources

ROOT = Path(__file__).resolve().parents[2]


def call(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


def test_help_is_light_and_loads_nothing_heavy(shell, tmp_path):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = shell("--help", cwd=tmp_path)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0
    assert "exit codes: 0 done, 2 usage" in done.stdout
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.3
    heavy = "import sys, cxkit.cli; print([m for m in sys.modules if m in {'numpy', 'pandas', 'papermill'}])"
    done = subprocess.run([sys.executable, "-c", heavy], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_version(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"cxkit {cxkit.__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["reprot"], ["report", "--tim", "3"], ["check", "x.csv"]])
def test_wrong_usage_is_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    assert stop.value.code == 2


def test_list_names_every_shipped_notebook(capsys):
    code, out, _ = call(capsys, "list")
    assert code == 0
    for path in resources.notebooks().glob("*.ipynb"):
        assert path.stem in out


def test_describe_shows_question_parameters_and_help(books, capsys):
    code, out, _ = call(capsys, "describe", books / "ok.ipynb")
    assert code == 0
    assert out.startswith("A small report\nWhat comes in goes out.\n\nParameters")
    assert "  min_n       int    30                  smallest group shown\n" in out
    code, out, _ = call(capsys, "describe", books / "cell_error.ipynb")
    assert "It has no parameters." in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["report"], "name a notebook, or say --all"),
        (["report", "--all", "ok"], "--all already means"),
        (["report", "nps_deep_div"], "There is no notebook 'nps_deep_div'"),
        (["report", "{ok}", "-p", "min_nn=1"], "Did you mean 'min_n'"),
        (["report", "{ok}", "-p", "min_n"], "write it as name=value"),
        (["report", "{ok}", "-f", "none.toml"], "none.toml: the file cannot be read"),
        (["report", "{ok}", "{ok}"], "two notebooks would write ok.html"),
        (["report", "{ok}", "{slow}", "--name", "x"], "--name serves for one notebook only"),
        (["report", "{ok}", "--out", "{ok}"], "this is a file, not a folder"),
        (["report", "{ok}", "--out", "/proc/cxkit/x"], "Name another folder with --out"),
        (["describe", "nothing"], "There is no notebook 'nothing'"),
    ],
)
def test_mistakes_end_in_one_message_and_code_2(arguments, said, books, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {path.stem: str(path) for path in books.glob("*.ipynb")}
    code, out, err = call(capsys, *(argument.format(**names) for argument in arguments))
    assert code == 2
    assert out == ""
    assert err.startswith("cxkit: ")
    assert said in err
    assert "Traceback" not in err
    assert not list(tmp_path.rglob("*.html"))


@pytest.mark.parametrize(("ok", "code"), [(True, 0), (False, 3)])
def test_check_hands_over_its_options(ok, code, capsys, monkeypatch):
    seen = {}

    def check(source, as_, **options):
        seen.update(options, source=source, as_=as_)
        return SimpleNamespace(text="2,731 rows read", ok=ok)

    monkeypatch.setitem(sys.modules, "cxkit.tables", SimpleNamespace(check=check))
    found, out, _ = call(
        capsys, "check", "a.csv", "--as", "responses", "--columns", "note:score", "--dates", "day-first"
    )
    assert (found, out) == (code, "2,731 rows read\n")
    assert (seen["source"], seen["as_"], seen["columns"], seen["day_first"]) == (
        "a.csv",
        "responses",
        "note:score",
        True,
    )


@pytest.fixture(scope="module")
def cron(shell, books, tmp_path_factory):
    """A report made in cron's bare world, with parameters from a file."""
    desk = tmp_path_factory.mktemp("cron")
    (desk / "tmp").mkdir()
    (desk / "here").mkdir()
    (desk / "here" / "p.yaml").write_text("period: 2026-07\nmin_n: 10\n")
    env = {"PATH": "/usr/bin:/bin", "LANG": "C", "TMPDIR": str(desk / "tmp")}
    done = shell("report", books / "ok.ipynb", "-f", "p.yaml", "-p", "min_n=20", cwd=desk / "here", env=env)
    return desk, done


def test_it_runs_without_home_zone_and_locale(cron):
    desk, done = cron
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{desk}/here/reports/ok--2026-07.html\n"
    html = unescape((desk / "here/reports/ok--2026-07.html").read_text())
    assert "'2026-07' 20 0.95" in html


def test_a_log_has_plain_lines_and_no_noise(cron):
    _, done = cron
    lines = done.stderr.splitlines()
    assert lines[0] == "ok--2026-07: running ok.ipynb"
    assert all(line.startswith("ok--2026-07: ") for line in lines), done.stderr
    assert "\x1b" not in done.stderr


def test_nothing_is_written_elsewhere(cron):
    desk, _ = cron
    assert list((desk / "tmp").iterdir()) == []
    assert sorted(path.name for path in (desk / "here").iterdir()) == [".cxkit", "p.yaml", "reports"]
    assert [path.name for path in (desk / "here/reports").iterdir()] == ["ok--2026-07.html"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stop_ends_the_kernel_and_tidies_up(number, code, books, tmp_path):
    (tmp_path / "tmp").mkdir()
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path / "tmp")}
    command = [sys.executable, "-m", "cxkit.cli", "report", str(books / "slow.ipynb")]
    running = subprocess.Popen(command, cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True)
    said = ""
    while "Wait here" not in said:
        said = running.stderr.readline()
    time.sleep(0.5)
    running.send_signal(number)
    _, err = running.communicate(timeout=20)
    assert running.returncode == code
    assert err == "cxkit: stopped before the end. Nothing was published under the report's name.\n"
    assert list((tmp_path / "tmp").iterdir()) == []
    assert list((tmp_path / "reports").iterdir()) == []
    alive = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(tmp_path) not in alive


def test_several_at_once_go_on_after_a_failure_and_the_worst_code_counts(books, tmp_path, monkeypatch, capsys):
    for name in ("cell_error", "other_kernel"):
        (tmp_path / f"{name}.ipynb").write_bytes((books / f"{name}.ipynb").read_bytes())
    (tmp_path / "learn").mkdir()
    (tmp_path / "learn" / "lesson.ipynb").write_bytes((books / "ok.ipynb").read_bytes())
    monkeypatch.setattr(resources, "notebooks", lambda: tmp_path)
    monkeypatch.chdir(tmp_path)
    code, out, err = call(capsys, "report", "--all", "--out", "pages")
    assert code == 4
    assert out == f"{tmp_path}/pages/other_kernel.html\n"
    assert "cell_error: no report. In section 'Sums': ZeroDivisionError" in err
    assert "Details: " in err
    assert "lesson" not in err


def test_a_terminal_sees_one_line_that_renews_itself():
    from io import StringIO

    from cxkit.reports.progress import Progress

    class Terminal(StringIO):
        def isatty(self):
            return True

    screen = Terminal()
    progress = Progress("nps", screen)
    progress.cell(1, 3, "Data")
    progress.cell(2, 3, "\x1b[2JTrend " * 40)
    progress.done()
    assert screen.getvalue().count("\n") == 0
    assert "\r\x1b[Knps  1/3  Data\r\x1b[Knps  2/3  Trend" in screen.getvalue()
    assert "\x1b[2J" not in screen.getvalue()
    assert all(len(line) < 200 for line in screen.getvalue().split("\r\x1b[K"))
    gone = open(os.devnull)  # noqa: SIM115
    gone.close()
    Progress.__init__(progress, "nps", Terminal())
    progress.stream = gone
    progress.say("nobody reads this")


def test_a_disk_that_fails_is_told_in_one_line(capsys, monkeypatch):
    def fail(**options):
        raise OSError(28, "No space left on device", "/x/y")

    monkeypatch.setattr("cxkit.reports.notebook.shipped", fail)
    assert call(capsys, "list") == (2, "", "cxkit: /x/y: No space left on device.\n")


def test_without_a_passwd_entry_or_home_it_still_runs(books, tmp_path):
    """Containers often run as a user that no list knows."""
    unshare = ["unshare", "--user", "--map-user=12345"]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs user namespaces (unshare --user)")
    command = [*unshare, "env", "-i", f"PYTHONPATH={ROOT}", sys.executable, "-m", "cxkit.cli", "report"]
    done = subprocess.run(
        [*command, str(books / "other_kernel.ipynb")], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / ".cxkit/other_kernel.run.json").read_text())["exit_code"] == 0
