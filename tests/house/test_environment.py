"""pyproject.toml is the one list of dependencies: the conda file and the lock follow it."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]
CONDA_NAMES = {"duckdb": "python-duckdb"}


def requirements() -> dict[str, str]:
    """Every requirement, all extras included, as name -> version range."""
    extras = PROJECT["optional-dependencies"]
    lines = [*PROJECT["dependencies"], *(line for extra in extras.values() for line in extra)]
    split = [re.fullmatch(r"([\w-]+)(.*)", line) for line in lines if not line.startswith("cxkit[")]
    return {m[1]: m[2] for m in split}


def test_conda_users_get_the_same():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text("utf8"))["dependencies"]
    pip = next(entry["pip"] for entry in listed if isinstance(entry, dict))
    conda = {line for line in listed if isinstance(line, str)} | set(pip)
    wanted = {CONDA_NAMES.get(name, name) + version for name, version in requirements().items()}
    assert conda - {"pip", "--editable ."} == wanted | {"python" + PROJECT["requires-python"]}


def test_the_agreed_packages_are_there():
    assert {"jupyterlab", "pandas", "matplotlib", "seaborn", "papermill", "nbval"} <= set(requirements())


def test_the_lock_pins_and_hashes_every_requirement():
    lock = (ROOT / "requirements.lock").read_text("utf8")
    pins = re.findall(r"^([\w.-]+)==(\S+)", lock, re.M)
    assert {name for name, _ in pins} >= set(requirements())
    blocks = re.split(r"^(?=[\w.-]+==)", lock, flags=re.M)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
    assert "index" + "-url" not in lock
    assert not re.search(r"://", lock)


def test_no_core_dependency_is_copyleft():
    """Nothing GPL or AGPL is installed with the core (read from the packages' own metadata)."""
    from importlib.metadata import PackageNotFoundError, metadata

    for line in PROJECT["dependencies"]:
        name = re.match(r"[\w-]+", line)[0]
        try:
            meta = metadata(name)
        except PackageNotFoundError:
            continue
        said = " ".join([meta.get("License-Expression") or "", *(meta.get_all("Classifier") or [])])
        assert "GPL" not in said.replace("LGPL", ""), name
