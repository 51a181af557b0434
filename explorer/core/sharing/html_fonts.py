"""The fonts of a page: widths of texts, and subsets with only the letters of the page."""

import base64
import io
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from explorer.core.graph.measure import MATH_FAMILY, SANS_FAMILY
from explorer.core.resources import resource_path

FONT_FILES = {
    (SANS_FAMILY, False, False): "Inter-Regular.otf",
    (SANS_FAMILY, True, False): "Inter-Bold.otf",
    (MATH_FAMILY, False, False): "STIXGeneral-Regular.otf",
    (MATH_FAMILY, False, True): "STIXGeneral-Italic.otf",
}
"""Font files by family, bold and italic."""


@lru_cache(maxsize=4096)
def width_of(family: str, pixels: float, text: str, *, bold: bool = False, italic: bool = False) -> float:
    """Return the width of a text in pixels; a letter that the font lacks counts as half an em."""
    letters, widths, em = _font_metrics(FONT_FILES[family, bold, italic])
    return sum(widths[letters[ord(letter)]][0] if ord(letter) in letters else em / 2 for letter in text) * pixels / em


def font_faces(texts: Iterable[str]) -> str:
    """Return CSS with the embedded fonts, reduced to the letters of ``texts``."""
    letters = "".join(sorted(set("".join(texts))))
    faces = []
    for (family, bold, italic), name in FONT_FILES.items():
        data = base64.b64encode(_subset(name, letters)).decode()
        faces.append(
            f'@font-face{{font-family:"{family}";font-weight:{700 if bold else 400};'
            f"font-style:{'italic' if italic else 'normal'};src:url(data:font/woff;base64,{data})format('woff')}}"
        )
    return "\n".join(faces)


@lru_cache(maxsize=8)
def _font_metrics(name: str) -> tuple[dict[int, str], Any, int]:
    """Return glyph by code point, metrics by glyph (advance width first), and units per em."""
    from fontTools.ttLib import TTFont

    with TTFont(resource_path("fonts") / name, lazy=True) as font:
        return dict(font.getBestCmap()), dict(font["hmtx"].metrics), int(font["head"].unitsPerEm)


@lru_cache(maxsize=16)
def _subset(name: str, letters: str) -> bytes:
    from fontTools.subset import Options, Subsetter, load_font, save_font

    options = Options(flavor="woff", hinting=False, layout_features=["kern"], desubroutinize=True, notdef_outline=True)
    options.drop_tables += ["FFTM"]  # written by FontForge, and of no use here
    font = load_font(str(resource_path("fonts") / name), options)
    subsetter = Subsetter(options)
    subsetter.populate(text=letters)
    subsetter.subset(font)
    made = io.BytesIO()
    save_font(font, made, options)
    font.close()
    return made.getvalue()
