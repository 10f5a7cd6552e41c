"""Files that stand alone: PNG, SVG and PDF with title and alt text inside, the same bytes each time."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import escape
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cxkit.charts import style
from cxkit.charts.caption import caption_of
from cxkit.charts.labels import quiet_glyphs
from cxkit.errors import UsageError, suggest

DPI, COLOURS = 150, 256  #: of a PNG; more colours of line art than this cannot be told apart.


def write(draw: Callable[[], Axes], path: Path) -> Path:
    """Draw the map and write it in the format its name asks for."""
    makers = {".png": _png, ".svg": _svg, ".pdf": _pdf}
    make = makers.get(path.suffix.lower())
    if make is None:
        raise UsageError(f"save_journey_map: '{path.suffix}' is not a format of the map.{suggest(path.suffix, makers)}")
    if not path.parent.is_dir():
        raise UsageError(f"save_journey_map: there is no folder '{path.parent}'. Make it first.")
    ax = draw()
    words = caption_of(ax)
    with style.context(**{"svg.fonttype": "path", "pdf.fonttype": 42, "path.simplify": False}), quiet_glyphs():
        path.write_bytes(make(ax.figure, words.title, words.alt, path.stem))
    return path


def _png(fig: Figure, title: str, alt: str, stem: str) -> bytes:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    raw, out = io.BytesIO(), io.BytesIO()
    fig.savefig(raw, format="png", dpi=DPI, facecolor=fig.get_facecolor(), metadata={"Software": None})
    raw.seek(0)
    flat = Image.open(raw).convert("RGB")
    flat = flat.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE)
    notes = PngInfo()
    notes.add_itxt("Title", title)
    notes.add_itxt("Description", alt)
    flat.save(out, "PNG", optimize=True, pnginfo=notes, dpi=(DPI, DPI))
    return out.getvalue()


def _svg(fig: Figure, title: str, alt: str, stem: str) -> bytes:
    """An SVG with a title and a description; their ids come from the file's name, so that two maps may share a page."""
    raw = io.StringIO()
    fig.savefig(raw, format="svg", facecolor=fig.get_facecolor(), metadata={"Date": None, "Creator": None})
    body = raw.getvalue()
    body = body[body.index("<svg") :]
    name = re.sub(r"[^A-Za-z0-9_-]", "-", stem) or "map"
    head = body.index(">") + 1
    opened = body[:head].replace("<svg ", f'<svg role="img" aria-labelledby="{name}-t {name}-d" ', 1)
    words = f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(alt)}</desc>'
    rest = re.sub(r"<metadata>.*?</metadata>\s*", "", body[head:], count=1, flags=re.S)
    return ('<?xml version="1.0" encoding="utf-8"?>\n' + opened + words + rest).encode()


def _pdf(fig: Figure, title: str, alt: str, stem: str) -> bytes:
    out = io.BytesIO()
    metadata = {"CreationDate": None, "ModDate": None, "Title": title, "Subject": alt}
    fig.savefig(out, format="pdf", facecolor=fig.get_facecolor(), metadata=metadata)
    return out.getvalue()
