"""Notebooks as products: check the parameters, run, render one HTML file, and say plainly what went wrong.

The parts, in the order a report passes through them:

- `notebook`: find a notebook and read what stands in it, without any heavy import;
- `parameters` and `values`: what may be set, and whether what was given fits, before a kernel starts;
- `kernel` and `engine`: our own interpreter as kernel, driven by papermill;
- `record` and `clean`: provenance, and the notebook made fit for readers elsewhere;
- `render` and `failure`: the page, or the page that says why there is none;
- `files`: names, private folders and whole-or-nothing writes;
- `run`: all of it, in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cxkit.reports.run import Outcome, report

__all__ = ["Outcome", "report"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from cxkit.reports import run

        return getattr(run, name)
    raise AttributeError(f"module 'cxkit.reports' has no attribute {name!r}")
