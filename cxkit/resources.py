"""Where the shipped notebooks, templates and samples lie: inside an installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _folder(installed: str, checkout: str) -> Path:
    inside = _PACKAGE / "_share" / installed
    return inside if inside.is_dir() else _PACKAGE.parent / checkout


def notebooks() -> Path:
    """Folder of the shipped notebooks."""
    return _folder("notebooks", "notebooks")


def templates() -> Path:
    """Folder of the shipped templates (`cx_report` is the report's)."""
    return _folder("templates", "templates")


def samples() -> Path:
    """Folder of the sample company's tables."""
    return _folder("samples", "data/samples")
