"""A figure as the page needs it: SVG whose colours and type come from the page, or PNG where there are too many marks.

The same figure always gives the same bytes. Ids carry `FIGURE`, which the page replaces by the figure's number, so that
two pictures on one page never share one.
"""

from __future__ import annotations

import base64
import io
import re

from matplotlib.collections import Collection, PathCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cxkit.charts import style
from cxkit.charts.labels import quiet_glyphs

FIGURE = "{cxfig}"  #: stands for the figure's number until the page is put together.
MARKS = 1000  #: more marks than this make an SVG too heavy.
_HEX = re.compile(r"#[0-9a-fA-F]{6}\b")
_PAGE = {**style.TOKENS, "#000000": "ink", "#ffffff": "bg"}


def marks(fig: Figure) -> int:
    """How many marks a figure holds: points of scatters, markers of lines, patches, vertices of long lines."""
    count = 0
    for ax in fig.axes:
        for artist in ax.get_children():
            if isinstance(artist, PathCollection):
                count += len(artist.get_offsets())
            elif isinstance(artist, Collection):
                count += len(artist.get_paths())
            elif isinstance(artist, Line2D):
                points = len(artist.get_xdata(orig=False))
                count += points if artist.get_marker() not in ("", "None", " ", None) else points // 20
        count += len(ax.patches)
    return count


def svg(fig: Figure, name: str = "", *, transparent: bool = True) -> str:
    """The figure as a whole SVG document in the light colours, as JupyterLab shows it."""
    buffer = io.StringIO()
    with style.context(**{"svg.hashsalt": f"cxkit{name}"}), quiet_glyphs():
        fig.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, transparent=transparent)
    return buffer.getvalue()


def in_palette(document: str) -> bool:
    """Whether every colour of an SVG is one the page knows, so that it can follow dark mode."""
    body = document[document.index("<svg") :]
    return all(colour.lower() in _PAGE for colour in _HEX.findall(body))


def inline(document: str, name: str, attributes: str = "", page_colours: bool = True) -> str:
    """An SVG document as a fragment for the page.

    Parameters
    ----------
    document : str
        What `svg` returned.
    name : str
        Short name of the width; ids become ``FIGURE-name-id``.
    attributes : str
        Attributes of the root, already escaped, such as ``class="wide"``.
    page_colours : bool
        Replace the palette by the page's variables.

    Returns
    -------
    str
    """
    body = document[document.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<style type.*?</style>", "", body, flags=re.S)
    if page_colours:
        body = _HEX.sub(lambda found: _variable(found[0]), body)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', body))
    body = re.sub(r' id="([^"]*)"', lambda m: f' id="{FIGURE}-{name}-{m[1]}"' if m[1] in used else "", body)
    body = re.sub(r'(href="#|url\(#)', rf"\g<1>{FIGURE}-{name}-", body)
    box = re.search(r'viewBox="([^"]+)"', body)
    body = body[body.index(">") + 1 :]
    attributes = f" {attributes}" if attributes else ""
    return f'<svg viewBox="{_rounded(box[1]) if box else ""}"{attributes}>{_tidy(body)}'


def _variable(colour: str) -> str:
    token = _PAGE.get(colour.lower())
    return f"var(--{token})" if token else colour


def _rounded(numbers: str) -> str:
    """Numbers to a tenth of a point."""

    def tenth(found: re.Match[str]) -> str:
        said = f"{float(found[0]):.1f}".removesuffix(".0")
        return "0" if said == "-0" else said

    return re.sub(r"-?\d+\.\d+", tenth, numbers)


def _tidy(body: str) -> str:
    """Fewer bytes for the same picture: tenths of points, the page's font, no groups and styles that say nothing."""
    body = re.sub(r"<[a-zA-Z][^>]*>", _tag, re.sub(r">\s+<", "><", body))
    body = re.sub(r'<path d="[^"]*"(?: clip-path="[^"]*")? style="fill:none"/>', "", body)
    return _no_empty_groups(body).strip()


def _tag(found: re.Match[str]) -> str:
    """One opening tag with shorter attributes; the words of the picture are never touched."""
    name = re.match(r"<\w+", found[0])[0]
    parts = [name]
    for key, value in re.findall(r'([\w:-]+)="([^"]*)"', found[0]):
        value = _attribute(key, " ".join(value.split()))
        if value:
            parts.append(f'{key}="{value}"')
    return " ".join(parts) + ("/>" if found[0].endswith("/>") else ">")


def _attribute(key: str, value: str) -> str:
    if key == "style":
        value = value.replace("; ", ";").replace(": ", ":")
        value = re.sub(r"font-family:[^;]*;?|font-size:12px;?|text-anchor:start;?", "", value)
        return re.sub(r"stroke-linejoin:miter;?|stroke-dashoffset:0;?", "", value).rstrip(";")
    if key == "transform" and re.match(r"rotate\(-?0 ", value):
        return ""
    if key in ("d", "x", "y", "x1", "x2", "y1", "y2", "transform", "width", "height"):
        value = _rounded(value)
    return re.sub(r" ?([MLHVCQz]) ?", r"\1", value) if key == "d" else value


def _no_empty_groups(body: str) -> str:
    """Drop `<g>` tags without attributes, keeping what stands in them, and groups and definitions that hold nothing."""
    kept: list[bool] = []
    out = []
    for piece in re.split(r"(<g>|<g [^>]*>|</g>|<g/>)", body):
        if piece.startswith("<g") and not piece.endswith("/>"):
            kept.append(piece != "<g>")
            out.append(piece if kept[-1] else "")
        elif piece == "</g>":
            out.append(piece if kept.pop() else "")
        elif piece != "<g/>":
            out.append(piece)
    body = "".join(out)
    for _ in range(2):
        body = re.sub(r"<g [^>]*></g>|<defs></defs>", "", body)
    return body


def png(fig: Figure, scale: float = 2.0, colours: int = 48) -> bytes:
    """The figure as a PNG of twice the size on screen, in few colours, on white."""
    from PIL import Image

    buffer = io.BytesIO()
    with style.context(), quiet_glyphs():
        fig.savefig(buffer, format="png", dpi=96 * scale, facecolor="white", metadata={"Software": None})
    buffer.seek(0)
    picture = Image.open(buffer).convert("RGB")
    picture = picture.quantize(colours, Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def data_url(picture: bytes) -> str:
    """A PNG as the address of an image that needs no file."""
    return "data:image/png;base64," + base64.b64encode(picture).decode()
