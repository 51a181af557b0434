"""One formula, typeset: LaTeX to SVG by ziamath."""

import re
from dataclasses import dataclass

PLACEHOLDER_COLOUR = "#010203"
"""The colour that stands in the SVG for "the text's colour"; it is replaced when the formula is painted."""

FONT_SIZE_PX = 24.0
"""Size in which formulas are typeset; painting scales them."""


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
    """Typeset one formula, here and now; None where ziamath cannot."""
    import ziamath

    ziamath.config.svg2 = False  # type: ignore[attr-defined]  # otherwise QtSvg draws nothing
    try:
        svg = ziamath.Latex(latex, size=FONT_SIZE_PX, color=PLACEHOLDER_COLOUR).svg()  # type: ignore[attr-defined]
        box = re.search(r'viewBox="(\S+) (\S+) (\S+) (\S+)"', svg)
        _, top, width, height = (float(part) for part in box.groups())  # type: ignore[union-attr]
    except Exception:  # a formula is an ornament: whatever ziamath trips over, the text is shown instead
        return None
    return Formula(svg, width, -top, height + top)
