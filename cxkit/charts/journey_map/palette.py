"""The map's own colours, for files that stand alone: named by what they say, in a light and a dark theme.

One thing is orange: the stage that hurts most. Everything else is pale blue, grey and ink. On a page the map follows
the page's colours instead (`cxkit.charts.style.TOKENS`).
"""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.colors import to_rgb

from cxkit.errors import UsageError, suggest

FLOOR, SMALL, BODY, STRONG, TITLE = 8.5, 8.5, 9.5, 12.0, 20.0  #: points; nothing is ever set smaller than FLOOR.


@dataclass(frozen=True)
class Look:
    """The colours of one theme; every `*_text` and `on_*` is legible (4.5:1) on what it stands on."""

    ink: str
    mute: str
    line: str
    bg: str
    card: str
    accent: str
    accent_mid: str
    accent_soft: str
    accent_text: str
    bad: str
    bad_soft: str
    on_bad: str
    bad_text: str
    good_text: str
    past: str
    tints: tuple[str, ...]


LIGHT = Look(
    ink="#1b1f23",
    mute="#59626b",
    line="#dde1e5",
    bg="#fefefe",
    card="#f3f5f7",
    accent="#0072b2",
    accent_mid="#8dbedd",
    accent_soft="#cfe3f0",
    accent_text="#00629b",
    bad="#c75000",
    bad_soft="#fdf1e8",
    on_bad="#ffffff",
    bad_text="#ad4600",
    good_text="#00734f",
    past="#848d95",
    tints=("#a9bccb", "#c6d3dd", "#dde5eb", "#eef2f5", "#f6f8fa"),
)
DARK = Look(
    ink="#e9ecef",
    mute="#a9b3bc",
    line="#333c45",
    bg="#14181c",
    card="#1e242a",
    accent="#56b4e9",
    accent_mid="#2b6a8f",
    accent_soft="#1f4257",
    accent_text="#7cc6f0",
    bad="#f5853f",
    bad_soft="#2a1e17",
    on_bad="#1d0e04",
    bad_text="#ff9d61",
    good_text="#4bd0ab",
    past="#8b959e",
    tints=("#4b6172", "#3c4e5c", "#303e49", "#28333c", "#222b32"),
)
THEMES = {"light": LIGHT, "dark": DARK}


def look_of(theme: str) -> Look:
    """The colours of a theme.

    >>> look_of("dark").bg
    '#14181c'
    """
    if theme not in THEMES:
        raise UsageError(f"theme: '{theme}' is not a theme of the map.{suggest(str(theme), THEMES)}")
    return THEMES[theme]


def contrast(one: object, other: object) -> float:
    """WCAG contrast of two colours, 1 to 21.

    >>> round(contrast("#ffffff", "#000000"), 1)
    21.0
    """
    a, b = sorted((_luminance(one), _luminance(other)))
    return (b + 0.05) / (a + 0.05)


def _luminance(colour: object) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))
