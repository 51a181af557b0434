"""LaTeX to SVG by ziamath."""

import re
from dataclasses import dataclass

PLACEHOLDER_COLOUR = "#010203"
"""Stands in the SVG for the colour of the text and is replaced when the formula is painted."""

FONT_SIZE_PX = 24.0
"""Font size of typeset formulas; painting scales them."""


@dataclass(frozen=True)
class Formula:
    """A typeset formula.

    svg: its picture, in `PLACEHOLDER_COLOUR`. width; ascent, descent: extent above and below the baseline. Pixels.
    """

    svg: str
    width: float
    ascent: float
    descent: float


def typeset(latex: str) -> Formula | None:
    """Return the typeset formula, or None if ziamath cannot typeset it. Takes about 10 ms."""
    import ziamath

    ziamath.config.svg2 = False  # type: ignore[attr-defined]  # otherwise QtSvg draws nothing
    try:
        svg = ziamath.Latex(latex, size=FONT_SIZE_PX, color=PLACEHOLDER_COLOUR).svg()  # type: ignore[attr-defined]
        box = re.search(r'viewBox="(\S+) (\S+) (\S+) (\S+)"', svg)
        _, top, width, height = (float(part) for part in box.groups())  # type: ignore[union-attr]
    except Exception:  # whatever ziamath fails on, plain text is shown instead
        return None
    return Formula(svg, width, -top, height + top)
