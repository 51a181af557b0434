"""A typeset formula as a path, filled like letters: for files and animations.

QSvgRenderer, five times as fast, does for the screen; but it fills with a pen that has no brush, of which files make a
line around each letter, and fatten them.
"""

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainterPath

from explorer.core.latex_to_svg import Formula


def formula_path(formula: Formula) -> QPainterPath:
    """Return the outlines of a formula, its baseline at y = 0."""
    return svg_path(formula.svg)


def svg_path(svg: str) -> QPainterPath:
    """Return all that a typeset formula fills.

    Of SVG it knows what ziamath writes: rectangles, and paths of M, L, Q, C and Z. Raises ValueError for anything else.
    """
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for kind, attributes in re.findall(r"<(path|rect) ([^>]*)>", svg):
        if kind == "rect":
            path.addRect(*(float(_attribute(attributes, name)) for name in ("x", "y", "width", "height")))
            continue
        for command, numbers in re.findall(r"([A-DF-Za-df-z])([^A-DF-Za-df-z]*)", _attribute(attributes, "d")):
            match command, [float(number) for number in re.findall(r"-?[\d.]+(?:e-?\d+)?", numbers)]:
                case "M", [x, y]:
                    path.moveTo(x, y)
                case "L", [x, y]:
                    path.lineTo(x, y)
                case "Q", [cx, cy, x, y]:
                    path.quadTo(cx, cy, x, y)
                case "C", [ax, ay, bx, by, x, y]:
                    path.cubicTo(ax, ay, bx, by, x, y)
                case "Z", []:
                    path.closeSubpath()
                case _:
                    raise ValueError(f"{command} in a formula's path is not known here")
    return path


def _attribute(attributes: str, name: str) -> str:
    found = re.search(rf'(?:^|\s){name}="([^"]*)"', attributes)
    if found is None:
        raise ValueError(f"a formula's shape has no {name}")
    return found[1]
