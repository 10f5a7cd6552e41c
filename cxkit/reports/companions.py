"""What is published beside a page: its findings for machines, and its tables for a spreadsheet."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cxkit.errors import UsageError, choice
from cxkit.reports import record
from cxkit.reports.clean import plain

#: Version of the findings file's layout; it changes when a key changes its meaning or goes away.
SCHEMA = 1
#: What can be made beside a page when it is asked for.
FORMATS = ("xlsx",)
#: Facts of the title block that say what the findings are about.
_ABOUT = ("company", "segment", "period", "compared_with", "as_of")


def asked(also: str | Iterable[str]) -> tuple[str, ...]:
    """What is to be made beside the page, checked before anything runs.

    >>> asked(["xlsx", "xlsx"])
    ('xlsx',)

    Raises
    ------
    UsageError
        If it cannot be made by the kit.
    MissingPackage
        If it takes a package that is not installed.
    """
    names = tuple(dict.fromkeys([also] if isinstance(also, str) else also))
    for name in names:
        if not isinstance(name, str):
            raise UsageError(f"also: {name!r} is not a name. Choose from {', '.join(FORMATS)}.")
        choice(name, FORMATS, "also")
    if names:
        from cxkit.reports import workbook

        workbook.available()
    return names


def findings(nb: Mapping[str, Any], name: str, folders: Iterable[str] = ()) -> str:
    """The findings of a page as JSON, for alerts and other machines.

    Parameters
    ----------
    nb : mapping
        The executed notebook with its provenance. Blocks of kind "headline" carry the findings in their facts.
    name : str
        Name of the report.
    folders : iterable of str
        Folders cut off the front of paths in texts.

    Returns
    -------
    str
        One JSON object: schema_version, report, notebook, title, company, segment, period, compared_with, as_of, sources
        (fingerprint of each), definition (of the notebook), versions, findings. Empty where the notebook has no block
        of findings.
    """
    blocks = [facts["findings"] for facts in record.marked(nb, "headline") if isinstance(facts.get("findings"), list)]
    if not blocks:
        return ""
    stamp, head = nb["metadata"].get("cxkit", {}), record.facts(nb)
    told = {
        "schema_version": SCHEMA,
        "report": name,
        **{key: stamp.get(key, "") for key in ("notebook", "title")},
        **{key: str(head.get(key) or "") for key in _ABOUT},
        "sources": stamp.get("fingerprints", {}),
        **{key: stamp.get(key, "") for key in ("definition", "versions")},
        "findings": [one for block in blocks for one in block],
    }
    return json.dumps(_tidied(told, list(folders)), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _tidied(value: Any, folders: Sequence[str]) -> Any:
    """The same with texts fit for readers elsewhere, and null for numbers that JSON does not know."""
    if isinstance(value, Mapping):
        return {str(key): _tidied(held, folders) for key, held in value.items()}
    if isinstance(value, (list, tuple)):
        return [_tidied(held, folders) for held in value]
    if isinstance(value, str):
        return plain(value, folders)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def about(nb: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the first sheet of a workbook tells: the title first, then what the page's head and footer tell."""
    stamp, head = nb["metadata"].get("cxkit", {}), record.facts(nb)
    names = {"company": "Company", "segment": "Segment", "period": "Period", "compared_with": "Compared with"}
    told = [("Report", str(stamp.get("title", "")))]
    told += [(name, str(head.get(key) or "")) for key, name in names.items()]
    told += [("Data up to", str(stamp.get("as_of", ""))), ("Notebook", str(stamp.get("notebook", "")))]
    told.append(("Parameters", _pairs(stamp.get("parameters", {}), " = ", "; ")))
    told.append(("Data", _pairs(stamp.get("fingerprints", {}), ": ", "\n")))
    told += [
        ("Definition", str(stamp.get("definition", ""))),
        ("Versions", _pairs(stamp.get("versions", {}), " ", ", ")),
    ]
    return told


def _pairs(values: Mapping[str, Any], between: str, after: str) -> str:
    return after.join(f"{key}{between}{value}" for key, value in values.items() if value not in ("", None))
