"""Formulas of a page: typeset at export, with one outline for each letter."""

import re
from xml.etree import ElementTree as ET

from explorer.core.latex_to_svg import FONT_SIZE_PX, Formula, typeset

_NUMBER = re.compile(r"-?\d+\.?\d*(?:e-?\d+)?")


class Glyphs:
    """The formulas of one page and the outlines that they share."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, str]] = {}
        self._formulas: dict[str, Formula | None] = {}

    def formula(self, latex: str, text: str, role: str = "") -> ET.Element:
        """Return a formula as an element; if it cannot be typeset, ``text`` replaces it."""
        formula = self._typeset(latex)
        if formula is None:
            plain = ET.Element("span", {"class": f"plain {role}".strip()})
            plain.text = text or latex
            return plain
        height = formula.ascent + formula.descent
        drawn = ET.Element(
            "svg",
            {
                "class": f"math {role}".strip(),
                "viewBox": f"-1 {-formula.ascent:.2f} {formula.width:.2f} {height:.2f}",
                # In em, so that a formula grows with the text around it and stands on its baseline.
                "style": f"width:{formula.width / FONT_SIZE_PX:.3f}em;height:{height / FONT_SIZE_PX:.3f}em;"
                f"vertical-align:{-formula.descent / FONT_SIZE_PX:.3f}em",
                "aria-hidden": "true",
            },
        )
        for shape in ET.fromstring(formula.svg).iter():
            kind = shape.tag.rpartition("}")[2]
            if kind == "path":
                self._use(drawn, shape.get("d", ""))
            elif kind == "rect":
                kept = ("x", "y", "width", "height")
                ET.SubElement(drawn, "rect", {key: shape.get(key, "0") for key in kept})
        return drawn

    def width(self, latex: str) -> float:
        """Return the width of a formula in em."""
        formula = self._typeset(latex)
        return formula.width / FONT_SIZE_PX if formula is not None else 0.5 * len(latex)

    def _typeset(self, latex: str) -> Formula | None:
        if latex not in self._formulas:
            self._formulas[latex] = typeset(latex)
        return self._formulas[latex]

    def outlines(self) -> str:
        """Return the outlines of all formulas, in an element without size."""
        svg = ET.Element("svg", {"width": "0", "height": "0", "aria-hidden": "true", "class": "outlines"})
        kept = ET.SubElement(svg, "defs")
        for name, outline in self._known.values():
            ET.SubElement(kept, "path", {"id": name, "d": outline})
        return ET.tostring(svg, encoding="unicode", method="html")

    def _use(self, drawn: ET.Element, outline: str) -> None:
        """Draw an outline, given in absolute coordinates; equal letters share one outline, translated."""
        numbers = [float(number) for number in _NUMBER.findall(outline)]
        if re.search(r"[^MLQCZ\d\s.,e-]", outline) or len(numbers) < 2 or len(numbers) % 2:
            ET.SubElement(drawn, "path", {"d": outline})
            return
        x, y = numbers[0], numbers[1]
        places = iter(number - (y if index % 2 else x) for index, number in enumerate(numbers))
        moved = _NUMBER.sub(lambda _: f"{next(places):.2f}".rstrip("0").rstrip("."), outline)
        moved = re.sub(r"\s*([MLQCZ])\s*", r"\1", moved)
        key = _NUMBER.sub(lambda number: f"{round(float(number[0]), 1) + 0.0:.1f}", moved)  # + 0.0: no -0.0
        name, _ = self._known.setdefault(key, (f"g{len(self._known)}", moved))
        ET.SubElement(drawn, "use", {"href": f"#{name}", "x": f"{x:.2f}", "y": f"{y:.2f}"})
