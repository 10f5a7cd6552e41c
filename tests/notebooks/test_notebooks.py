"""House rules for notebooks, checked on the files themselves."""

import ast
import json
import re
from pathlib import Path

import pytest
from clean_notebooks import cleaned, written

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted([*(ROOT / "notebooks").rglob("*.ipynb"), *(ROOT / "templates").rglob("*.ipynb")])
REPORTS = [path for path in NOTEBOOKS if "learn" not in path.parts]


def cells(path, kind):
    return [c for c in json.loads(path.read_text("utf8"))["cells"] if c["cell_type"] == kind]


def code(cell):
    return "".join(cell["source"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
class TestNotebook:
    def test_is_clean(self, path):
        text = path.read_text("utf8")
        assert written(cleaned(json.loads(text))) == text, "run python tools/clean_notebooks.py"
        ids = [c["id"] for c in json.loads(text)["cells"]]
        assert len(set(ids)) == len(ids)
        assert not [i for i in ids if re.fullmatch(r"\d+", i)], "ids that say nothing"

    def test_tells_and_does_not_define(self, path):
        for cell in cells(path, "code"):
            source = code(cell)
            if "parameters" in cell["metadata"].get("tags", []):
                continue
            lines = [line for line in source.splitlines() if line.strip()]
            imports = all(line.startswith(("from ", "import ")) for line in lines)
            assert imports or len(lines) <= 8, source
            kinds = (ast.FunctionDef, ast.ClassDef, ast.Lambda)
            assert not [n for n in ast.walk(ast.parse(source)) if isinstance(n, kinds)], source

    def test_is_half_prose_without_typed_numbers(self, path):
        prose, codes = cells(path, "markdown"), cells(path, "code")
        assert len(prose) >= 0.4 * (len(prose) + len(codes))
        for cell in prose:  # definitions may name scale points and confidence; results may not be typed
            text = re.sub(r"`[^`]*`|\$[^$]*\$", "", code(cell))
            assert not re.search(r"[+−]\d|\d+ points|\d+ answers", text), text


@pytest.mark.parametrize("path", REPORTS, ids=lambda p: p.stem)
class TestReport:
    def test_parameters_are_read_alike_by_papermill(self, path):
        pytest.importorskip("papermill")
        from papermill import inspect_notebook

        tagged = [c for c in cells(path, "code") if "parameters" in c["metadata"].get("tags", [])]
        assert len(tagged) == 1
        names = []
        for node in ast.parse(code(tagged[0])).body:
            assert isinstance(node, ast.AnnAssign)
            assert node.annotation.id in {"str", "int", "float", "bool"}
            assert isinstance(ast.literal_eval(node.value), str | int | float | bool)
            names.append(node.target.id)
        for line in code(tagged[0]).splitlines():
            default = line.split(":", 1)[1].split("=", 1)[1].split("  #")[0]
            assert "  # " in line
            assert not re.search(r"[|=#]", default), line
        assert list(inspect_notebook(str(path))) == names

    def test_starts_with_question_parameters_data_headline(self, path):
        listed = json.loads(path.read_text("utf8"))["cells"]
        assert listed[0]["cell_type"] == "markdown"
        assert code(listed[0]).startswith("# ")
        tags = [set(c["metadata"].get("tags", [])) for c in listed]
        order = [next(i for i, t in enumerate(tags) if tag in t) for tag in ("parameters", "headline")]
        assert order == sorted(order)
        source = next(line for line in code(listed[order[0]]).splitlines() if line.startswith("source"))
        assert '"sample:' in source
