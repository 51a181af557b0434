"""Values of tensors in the graph of a page: a line of text, a matrix in brackets, or the image of a large array."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

import numpy as np

from explorer.core.graph.density import NAME_PX, NORMAL
from explorer.core.graph.measure import SANS_FAMILY
from explorer.core.graph.value_space import BRACKET_PX, GRID_GAP_PX, LINE_HEIGHT, grid_pixels, image_size
from explorer.core.graph.value_text import ValueText, largest_of_blocks
from explorer.core.sharing.html_fonts import width_of

MAX_BLOCKS = 24
"""Rows and columns of the image of an array in a page."""


def array_group(value: ValueText, shape: Sequence[int], x: float, top: float, kind: str, *, right: bool) -> ET.Element:
    """Return the SVG of a matrix or a large array, whose left or right edge is at ``x``."""
    return _matrix(value, x, top, kind, right=right) if value.cells else _image(value, shape, x, top, kind, right=right)


def _matrix(value: ValueText, x: float, top: float, kind: str, *, right: bool) -> ET.Element:
    pixels = grid_pixels(NORMAL)
    line = LINE_HEIGHT * pixels
    columns = [
        max(width_of(SANS_FAMILY, pixels, text, bold=True) for text in column)
        for column in zip(*value.cells, strict=True)
    ]
    width = sum(columns) + GRID_GAP_PX * (len(columns) - 1) + 2 * (BRACKET_PX + 2)
    height = len(value.cells) * line + 4
    left = x - width if right else x
    group = ET.Element("g", {"class": f"matrix {kind}"})
    edge = left + BRACKET_PX + 2
    for number, column in enumerate(columns):
        edge += column
        for row, texts in enumerate(value.cells):
            middle = top + 2 + (row + 0.5) * line
            attributes = {"x": f"{edge:.1f}", "y": f"{middle:.1f}", "font-size": f"{pixels:g}", "text-anchor": "end"}
            ET.SubElement(group, "text", {"class": kind, **attributes}).text = texts[number]
        edge += GRID_GAP_PX
    for outer, arm in ((left + 0.7, BRACKET_PX), (left + width - 0.7, -BRACKET_PX)):
        corners = f"M{outer + arm:.1f},{top + 1:.1f}H{outer:.1f}V{top + height - 1:.1f}H{outer + arm:.1f}"
        ET.SubElement(group, "path", {"class": "bracket", "d": corners})
    return group


def _image(value: ValueText, shape: Sequence[int], x: float, top: float, kind: str, *, right: bool) -> ET.Element:
    numbers = largest_of_blocks(value.pixels, MAX_BLOCKS)
    finite = np.abs(numbers[np.isfinite(numbers)])
    limit = float(finite.max()) if finite.size and finite.max() > 0 else 1.0
    width, height = image_size(shape)
    left = x - width if right else x
    group = ET.Element("g", {"class": f"heat {kind}"})
    frame = {"x": f"{left:.1f}", "y": f"{top:.1f}", "width": f"{width:.1f}", "height": f"{height:.1f}"}
    ET.SubElement(group, "rect", {"class": "frame", **frame})
    across, down = width / numbers.shape[1], height / numbers.shape[0]
    for (row, column), number in np.ndenumerate(numbers):
        if number != 0:
            sign = "invalid" if not np.isfinite(number) else "positive" if number > 0 else "negative"
            place = {"x": f"{left + column * across:.2f}", "y": f"{top + row * down:.2f}"}
            size = {"width": f"{across:.2f}", "height": f"{down:.2f}"}
            opacity = f"{abs(number) / limit:.2f}" if sign != "invalid" else "1"
            ET.SubElement(group, "rect", {"class": sign, **place, **size, "opacity": opacity})
    caption = {"x": f"{x:.1f}", "y": f"{top + height + 9:.1f}", "font-size": f"{NAME_PX:g}"}
    anchor = {"text-anchor": "end"} if right else {}
    ET.SubElement(group, "text", {"class": "name", **caption, **anchor}).text = value.text
    return group
