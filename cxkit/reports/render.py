"""The report's page: nbconvert with the kit's own template, and nothing else of the machine it runs on."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbconvert
from nbconvert.exporters.html import HTMLExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.highlight import Highlight2HTML
from traitlets import List, default
from traitlets.config import Config

from cxkit import resources
from cxkit.reports import clean, record


class ReportExporter(HTMLExporter):
    """Turns an executed notebook into one offline page with the template `cx_report`.

    Registered with nbconvert, so that `jupyter nbconvert --to cx_report` makes the same page from a notebook that was
    run in JupyterLab or by plain papermill. Unlike its parent it does not parse the finished page again: that costs as
    much as rendering, and would put a filler text where a picture lacks its description.
    """

    export_from_notebook = "CX report"

    #: Folders whose names are cut off paths in outputs.
    folders = List(help="Folders cut off the front of paths in texts.")

    default_preprocessors = List([])

    @default("template_name")
    def _template_name_default(self) -> str:
        return "cx_report"

    @default("extra_template_basedirs")
    def _own_templates(self) -> list[str]:
        return [str(resources.templates())]

    @property
    def default_config(self) -> Config:
        """The order in which representations of an output are preferred."""
        ours = Config({"NbConvertBase": {"display_data_priority": list(clean.SHOWN)}})
        ours_last = super().default_config.copy()
        ours_last.merge(ours)
        return ours_last

    def get_prefix_root_dirs(self) -> list[str]:
        """nbconvert's base templates, from where nbconvert itself is installed before anywhere else."""
        own = os.path.join(sys.prefix, "share", "jupyter")
        return [own, *(folder for folder in super().get_prefix_root_dirs() if folder != own)]

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> tuple[str, Any]:
        """Render one notebook; `CannotShow` when it holds an output without a block."""
        name = (resources or {}).get("metadata", {}).get("name", "notebook")
        page = clean.for_page(record.stamped(nb, name), [*self.folders, *machine_folders()])
        language = page.metadata.get("language_info", {})
        lexer = language.get("pygments_lexer", language.get("name", "python"))
        resources = self._init_resources(resources)
        self.register_filter("highlight_code", Highlight2HTML(pygments_lexer=lexer, parent=self))
        self.register_filter("filter_data_type", best)
        return TemplateExporter.from_notebook_node(self, page, resources, **kw)


def best(data: Any) -> list[str]:
    """The one representation of an output that is shown."""
    return [mime for mime in clean.SHOWN if mime in data][:1]


def machine_folders() -> list[str]:
    """Folders of this installation, which mean nothing to a reader elsewhere."""
    return [str(Path(__file__).resolve().parents[2]), str(Path(nbconvert.__file__).resolve().parents[1])]


def page(nb: Any, name: str, folders: Iterable[str] = ()) -> str:
    """Render an executed notebook.

    Parameters
    ----------
    nb : NotebookNode
        With its provenance in `metadata.cxkit`.
    name : str
        Name of the notebook.
    folders : iterable of str
        Folders cut off the front of paths in texts.

    Returns
    -------
    str
        The whole HTML page.

    Raises
    ------
    CannotShow
        If an output has no block.
    """
    exporter = ReportExporter(folders=list(folders))
    html, _ = exporter.from_notebook_node(nb, {"metadata": {"name": name}})
    return html if html.endswith("\n") else html + "\n"
