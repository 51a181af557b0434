"""The graph of a page as SVG, with everything that any step shows; ``data-at`` is the step from which it is visible."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from explorer.core.autodiff.concept_trace import concept_trace
from explorer.core.autodiff.output_heading import heading_text
from explorer.core.autodiff.trace import Trace, Values
from explorer.core.autodiff.visible_steps import completed_sums
from explorer.core.expression.names import short_name
from explorer.core.graph.density import NAME_PX, NORMAL, OUTPUT_PX, SMALL_PX, SYMBOL_PX, VALUE_PX
from explorer.core.graph.edge_geometry import Point, arrow_corners, backward_line, label_side, sample_curve, trim_line
from explorer.core.graph.measure import MATH_FAMILY, SANS_FAMILY
from explorer.core.graph.picture import OUTPUT_ID, Box, Link, Picture, concept_picture
from explorer.core.graph.placement import (
    PlacedPicture,
    link_text_rect,
    link_text_size,
    name_height,
    place_picture,
)
from explorer.core.graph.value_space import is_tall
from explorer.core.graph.value_text import value_text
from explorer.core.number_format import format_value, format_value_full
from explorer.core.sharing.html_fonts import width_of
from explorer.core.sharing.html_values import array_group

MARGIN_PX = 24.0

MAX_SUM_LENGTH = 22
"""Characters of an array on the lower edge of a box; a larger one is given by its shape."""


def graph_svg(trace: Trace, values: Values, digits: int = 4) -> ET.Element:
    """Return the SVG of ``trace`` with the values of its backward pass."""
    trace = concept_trace(trace)
    picture = concept_picture(trace)
    return _Drawing(trace, values, picture, place_picture(picture, "TB", True, width_of), digits).svg()


class _Drawing:
    """One graph; its class names are those of the page's style sheet."""

    def __init__(self, trace: Trace, values: Values, picture: Picture, placed: PlacedPicture, digits: int) -> None:
        self._trace, self._values, self._picture, self._placed = trace, values, picture, placed
        self._digits = digits
        self._active: dict[str, list[int]] = {OUTPUT_ID: [0]}
        self._sums: dict[str, tuple[str, int]] = {}
        for number, step in enumerate(trace.steps, 1):
            self._active.setdefault(step.op, []).append(number)
            for tensor in completed_sums(trace, number):
                self._sums[tensor] = (trace.tensor_gradients[tensor], number)

    def svg(self) -> ET.Element:
        width, height = self._placed.size[0] + 2 * MARGIN_PX, self._placed.size[1] + 2 * MARGIN_PX
        svg = ET.Element(
            "svg",
            {
                "id": "graph",
                "role": "img",
                "aria-labelledby": "graph-title",
                "viewBox": f"{-MARGIN_PX:g} {-MARGIN_PX:g} {width:.1f} {height:.1f}",
                "style": f"--width:{width:.0f}px;--height:{height:.0f}px",
            },
        )
        trace = self._trace
        described = heading_text(trace) if trace.differentiated_by else trace.expression
        ET.SubElement(svg, "title", {"id": "graph-title"}).text = f"TensorFlow's graph of {described}"
        for link in self._picture.links:
            self._link(svg, link)
        for box in self._picture.boxes:
            self._box(svg, box)
        return svg

    def _link(self, svg: ET.Element, link: Link) -> None:
        points, label = self._placed.curves[link.key], self._placed.labels.get(link.key)
        line = sample_curve(points)
        side = label_side(line, label)
        group = ET.SubElement(svg, "g", {"class": "link"})
        ET.SubElement(group, "path", {"class": "line", "d": _curve_path(points)})
        ET.SubElement(
            group, "polygon", {"class": "head", "points": _points_text(arrow_corners(trim_line(line, 0, 1.5), 12))}
        )
        rect = link_text_rect(label, link_text_size(link, width_of)) if label is not None else None
        if rect is not None:
            left, top, width, height = rect
            # Below the gradient; the style sheet centres it until that is visible.
            named = self._text(group, "name", left, top + height - 8, short_name(link.tensor), NAME_PX, width)
            if link.gradient is not None:
                named.set("data-at", str(link.step))
                named.set("style", f"--shift:{8 - height / 2:g}px")
            else:
                named.set("transform", f"translate(0 {8 - height / 2:g})")
        if link.gradient is None:
            return
        back = ET.SubElement(group, "g", {"class": "gradient", "data-at": str(link.step)})
        beside = backward_line(line, side)
        ET.SubElement(back, "path", {"class": "line", "d": _polyline_path(trim_line(beside, 0, 10))})
        ET.SubElement(back, "polygon", {"class": "head", "points": _points_text(arrow_corners(beside, 15))})
        if rect is not None and link.gradient in self._values:
            number = self._value(back, "number", rect[0], rect[1], link.gradient, link.shape, 19)
            number.set("data-edge", link.tensor)

    def _box(self, svg: ET.Element, box: Box) -> None:
        x, y = self._placed.centres[box.id]
        width, height = self._placed.sizes[box.id]
        attributes = {"class": f"box {box.kind}", "transform": f"translate({x:.1f} {y:.1f})"}
        if box.id in self._active:
            attributes["data-active"] = " ".join(map(str, self._active[box.id]))
        group = ET.SubElement(svg, "g", attributes)
        radius = "12" if box.kind == "output" else "14"
        frame = {"x": -width / 2, "y": -height / 2, "width": width, "height": height}
        ET.SubElement(group, "rect", {"class": "frame", "rx": radius, **{k: f"{v:.1f}" for k, v in frame.items()}})
        if box.kind == "output":
            self._text(
                group, "symbol italic", 0, 0, box.symbol, OUTPUT_PX, width, MATH_FAMILY, italic=True, end="middle"
            )
            return
        italic = box.kind == "input"
        symbol = width_of(MATH_FAMILY, SYMBOL_PX, box.symbol, italic=italic)
        left, right = -width / 2 + 16, width / 2 - 14
        self._text(
            group,
            "symbol italic" if italic else "symbol",
            left,
            0,
            box.symbol,
            SYMBOL_PX,
            symbol + 2,
            MATH_FAMILY,
            italic=italic,
        )
        max_width = right - left - symbol - 10
        top = -height / 2 + NORMAL.padding_y
        name_middle = top + NAME_PX / 2 if is_tall(box.shape) else -13
        self._text(group, "name", right, name_middle, box.name, NAME_PX, max_width, end="end")
        if box.tensor is not None and box.tensor in self._values:
            top = top + name_height(NORMAL) if is_tall(box.shape) else -1.0
            self._value(group, "value", right, top, box.tensor, box.shape, VALUE_PX, max_width, right=True)
        if box.tensor in self._sums and self._sums[box.tensor][0] in self._values:
            self._sum(group, -width / 2 + 10, height / 2 + 1, *self._sums[box.tensor])

    def _sum(self, group: ET.Element, left: float, middle: float, tensor: str, step: int) -> None:
        """Draw the sum of the gradients at a fan-out, on the lower edge, as it belongs to the output of the box."""
        pill = ET.SubElement(group, "g", {"class": "sum", "data-at": str(step)})
        text = f"Σ {format_value(self._values[tensor], self._digits, MAX_SUM_LENGTH)}"
        width = width_of(SANS_FAMILY, SMALL_PX, text, bold=True) + 16
        place = {"x": left, "y": middle - 11, "width": width, "height": 22}
        ET.SubElement(pill, "rect", {"rx": "11", **{key: f"{value:.1f}" for key, value in place.items()}})
        number = self._number(pill, "number", left + width / 2, middle, tensor, SMALL_PX, end="middle")
        number.text = f"Σ {number.text}"

    def _value(
        self, parent: ET.Element, kind: str, x: float, top: float, tensor: str, shape: Sequence[int], pixels: float,
        max_width: float = 1e9, *, right: bool = False,
    ) -> ET.Element:  # fmt: skip
        """Draw a value below ``top``, with its left or right edge at ``x``."""
        value = self._values[tensor]
        written = value_text(value, self._digits)
        if is_tall(shape) and (written.cells or written.pixels is not None):
            made = array_group(written, shape, x, top, kind, right=right)
            parent.append(made)
        else:
            end = "end" if right else "start"
            made = self._text(parent, kind, x, top + 12, written.text, pixels, max_width, bold=True, end=end)
        made.set("data-tensor", tensor)
        ET.SubElement(made, "title").text = f"{tensor} = {format_value_full(value)}"
        return made

    def _number(
        self, parent: ET.Element, kind: str, x: float, y: float, tensor: str, pixels: float, max_width: float = 1e9,
        *, end: str = "start",
    ) -> ET.Element:  # fmt: skip
        value = self._values[tensor]
        shown = format_value(value, self._digits, MAX_SUM_LENGTH)
        text = self._text(parent, kind, x, y, shown, pixels, max_width, bold=True, end=end)
        text.set("data-tensor", tensor)
        ET.SubElement(text, "title").text = f"{tensor} = {format_value_full(value)}"
        return text

    def _text(
        self, parent: ET.Element, kind: str, x: float, y: float, text: str, pixels: float, max_width: float,
        family: str = SANS_FAMILY, *, bold: bool = False, italic: bool = False, end: str = "start",
    ) -> ET.Element:  # fmt: skip
        """Add a line of text centred at ``y``, smaller if it would not fit."""
        width = width_of(family, pixels, text, bold=bold, italic=italic)
        if width > max_width + 0.5:
            pixels = max(7.0, pixels * max_width / width)
        attributes = {"class": kind, "x": f"{x:.1f}", "y": f"{y:.1f}", "font-size": f"{pixels:.4g}"}
        if end != "start":
            attributes["text-anchor"] = end
        made = ET.SubElement(parent, "text", attributes)
        made.text = text
        return made


def _points_text(points: Sequence[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _polyline_path(points: Sequence[Point]) -> str:
    return f"M{_points_text(points)}"


def _curve_path(points: Sequence[Point]) -> str:
    return f"M{_points_text(points[:1])}C{_points_text(points[1:])}"
