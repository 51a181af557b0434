"""A typeset formula as a path: filled like letters, on the screen and in files alike.

QSvgRenderer would do for the screen, but it fills with a pen that has no brush, of which files make a line around each
letter.
"""

import re
from functools import lru_cache
from xml.etree import ElementTree as ET

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainterPath

from explorer.core.formula import Formula

_PART = re.compile(r"([MLQCZ])([^MLQCZ]*)")


@lru_cache(maxsize=256)
def formula_path(formula: Formula) -> QPainterPath:
    """Return the outlines of a formula, its baseline at y = 0; not to be changed."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for shape in ET.fromstring(formula.svg).iter():
        kind = shape.tag.rpartition("}")[2]
        if kind == "rect":
            path.addRect(*(float(shape.get(key, "0")) for key in ("x", "y", "width", "height")))
        elif kind == "path":
            for letter, numbers in _PART.findall(shape.get("d", "")):
                _add(path, letter, [float(number) for number in re.findall(r"-?[\d.]+(?:e-?\d+)?", numbers)])
    return path


def _add(path: QPainterPath, letter: str, numbers: list[float]) -> None:
    match letter:
        case "M":
            path.moveTo(*numbers)
        case "L":
            path.lineTo(*numbers)
        case "Q":
            path.quadTo(*numbers)
        case "C":
            path.cubicTo(*numbers)
        case _:
            path.closeSubpath()
