"""cxkit: an analysis kit for customer experience.

`cxkit.read` is the front door; the metric modules (`cxkit.survey` …) take what it returns, or any dataframe. Nothing heavy
is imported until it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_WHERE = {
    "read": "cxkit.tables",
    "check": "cxkit.tables",
    "Table": "cxkit.tables",
    "DataError": "cxkit.errors",
    "DataWarning": "cxkit.errors",
    "UsageError": "cxkit.errors",
}

if TYPE_CHECKING:
    from cxkit.errors import DataError, DataWarning, UsageError
    from cxkit.tables import Table, check, read

__all__ = ["DataError", "DataWarning", "Table", "UsageError", "__version__", "check", "read"]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'cxkit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
