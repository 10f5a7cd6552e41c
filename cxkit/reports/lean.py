"""Start faster, in the command's own process.

Imports that no report needs take most of papermill's and nbconvert's start-up: grammars of web addresses and durations
(optional to jsonschema), and clients of remote file stores (optional to papermill). While they are marked as absent,
both packages are imported; then the marks are taken away again. Engines that other packages register with papermill are
left unloaded, because a report brings its own.

Only `cxkit` as a command does this: it owns its process. As a library, `cxkit.reports` imports both as anyone would.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from importlib import import_module

_UNUSED = (
    "rfc3987_syntax",
    "rfc3986_validator",
    "isoduration",
    "pyarrow",
    "pyarrow.fs",
    "boto3",
    "gcsfs",
    "github",
    "azure.datalake.store",
    "azure.storage",
)


@contextlib.contextmanager
def _absent(names: tuple[str, ...]) -> Iterator[None]:
    """Mark modules that are not loaded yet as not installed, for as long as the block runs."""
    marked = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(marked))
    try:
        yield
    finally:
        for name in marked:
            if sys.modules.get(name, ...) is None:
                del sys.modules[name]


@contextlib.contextmanager
def _no_foreign_engines() -> Iterator[None]:
    """Let papermill find no engines but its own while it is imported."""
    import entrypoints

    every = entrypoints.get_group_all
    entrypoints.get_group_all = lambda group, path=None: [] if group == "papermill.engine" else every(group, path)
    try:
        yield
    finally:
        entrypoints.get_group_all = every


def load() -> None:
    """Import papermill and nbconvert without what no report needs, and keep their chatter out of the log."""
    # Nobody's own templates decide how a report looks, and no home folder is needed to look for them.
    os.environ["JUPYTER_DATA_DIR"] = os.path.join(sys.prefix, "share", "jupyter")
    with _absent(_UNUSED), _no_foreign_engines():
        import_module("papermill.execute")
        import_module("nbconvert.exporters.html")
    for name in ("papermill", "traitlets", "nbconvert"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
