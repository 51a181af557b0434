"""Typeset formulas as painter paths, for files and animations.

On the screen QSvgRenderer is used, which is five times as fast; but in files it strokes the glyphs as well, which makes
them bold.
"""

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainterPath

from explorer.core.latex_to_svg import Formula


def formula_path(formula: Formula) -> QPainterPath:
    """Return the outlines of a formula with its baseline at y = 0."""
    return svg_path(formula.svg)


def svg_path(svg: str) -> QPainterPath:
    """Return the filled area of an SVG.

    Supports what ziamath writes: rectangles, and paths of M, L, Q, C and Z; raises ValueError for anything else.
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
                    raise ValueError(f"{command} in the path of a formula is not supported")
    return path


def _attribute(attributes: str, name: str) -> str:
    found = re.search(rf'(?:^|\s){name}="([^"]*)"', attributes)
    if found is None:
        raise ValueError(f"a shape of the formula has no {name}")
    return found[1]
