"""Two pens that draw the same: one with a QPainter, as vectors and text, and one as SVG elements."""

from collections.abc import Sequence
from html import escape
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from explorer.core.graph.graphviz_layout import Point
from explorer.core.latex_to_svg import FONT_SIZE_PX, PLACEHOLDER_COLOUR, Formula
from explorer.views.graph.items import text_width
from explorer.views.graph.painter_paths import curve
from explorer.views.painting.formula_outlines import formula_path
from explorer.views.theme.theme import MATH, font

BASELINE_OFFSET = 0.36
"""Distance of the baseline below the middle of a line, as a share of the font size."""

FALLBACK_FONTS = {MATH: "'STIX Two Text', 'Cambria Math', 'Times New Roman', serif"}
"""Fonts for browsers that do not have ours."""


class Pen(Protocol):
    """Draws shapes and text.

    Colours are ``#rrggbb``. ``anchor`` is the part of a text that is at ``x``: ``start``, ``middle`` or ``end``; ``y``
    is the vertical middle of the text.
    """

    def rect(self, box: QRectF, radius: float, line: str, width: float, fill: str, dashed: bool = False) -> None:
        """Draw a rectangle with round corners."""

    def curve(self, points: Sequence[Point], colour: str, width: float) -> None:
        """Draw joined cubic Béziers."""

    def polygon(self, points: Sequence[Point], colour: str) -> None:
        """Fill a polygon."""

    def line(self, a: Point, b: Point, colour: str, width: float) -> None:
        """Draw a straight line."""

    def text(
        self, x: float, y: float, text: str, pixels: float, colour: str, family: str, anchor: str = "start",
        bold: bool = False, italic: bool = False,
    ) -> None:  # fmt: skip
        """Write one line."""

    def formula(self, formula: Formula, x: float, baseline: float, pixels: float, colour: str) -> None:
        """Draw a typeset formula."""


class PaintingPen:
    """Draws with a `QPainter`."""

    def __init__(self, painter: QPainter) -> None:
        self._painter = painter

    def rect(self, box: QRectF, radius: float, line: str, width: float, fill: str, dashed: bool = False) -> None:
        """Draw a rectangle with round corners."""
        pen = QPen(QColor(line), width)
        if dashed:
            pen.setDashPattern([3.0, 2.0])
        self._painter.setPen(pen)
        self._painter.setBrush(QColor(fill))
        self._painter.drawRoundedRect(box, radius, radius)

    def curve(self, points: Sequence[Point], colour: str, width: float) -> None:
        """Draw joined cubic Béziers."""
        self._painter.setPen(QPen(QColor(colour), width))
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        self._painter.drawPath(curve(points))

    def polygon(self, points: Sequence[Point], colour: str) -> None:
        """Fill a polygon."""
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(QColor(colour))
        self._painter.drawPolygon(QPolygonF([QPointF(*point) for point in points]))

    def line(self, a: Point, b: Point, colour: str, width: float) -> None:
        """Draw a straight line."""
        self._painter.setPen(QPen(QColor(colour), width))
        self._painter.drawLine(QPointF(*a), QPointF(*b))

    def text(
        self, x: float, y: float, text: str, pixels: float, colour: str, family: str, anchor: str = "start",
        bold: bool = False, italic: bool = False,
    ) -> None:  # fmt: skip
        """Write one line."""
        width = text_width(family, pixels, text, bold=bold, italic=italic)
        left = x - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
        self._painter.setFont(font(family, pixels, bold=bold, italic=italic))
        self._painter.setPen(QColor(colour))
        self._painter.drawText(QPointF(left, y + BASELINE_OFFSET * pixels), text)

    def formula(self, formula: Formula, x: float, baseline: float, pixels: float, colour: str) -> None:
        """Draw a typeset formula."""
        self._painter.save()
        self._painter.translate(x + pixels / FONT_SIZE_PX, baseline)  # the SVG has a margin of one pixel on the left
        self._painter.scale(pixels / FONT_SIZE_PX, pixels / FONT_SIZE_PX)
        self._painter.fillPath(formula_path(formula), QColor(colour))
        self._painter.restore()


class SvgPen:
    """Collects SVG elements. Text remains text, so that it can be searched and read aloud."""

    def __init__(self) -> None:
        self.elements: list[str] = []

    def rect(self, box: QRectF, radius: float, line: str, width: float, fill: str, dashed: bool = False) -> None:
        """Draw a rectangle with round corners."""
        dash = f' stroke-dasharray="{_num(3 * width)} {_num(2 * width)}"' if dashed else ""
        self.elements.append(
            f'<rect x="{_num(box.x())}" y="{_num(box.y())}" width="{_num(box.width())}" height="{_num(box.height())}" '
            f'rx="{_num(radius)}" fill="{fill}" stroke="{line}" stroke-width="{_num(width)}"{dash}/>'
        )

    def curve(self, points: Sequence[Point], colour: str, width: float) -> None:
        """Draw joined cubic Béziers."""
        (x, y), rest = points[0], points[1:]
        path = f"M{_num(x)} {_num(y)}C" + " ".join(f"{_num(x)} {_num(y)}" for x, y in rest)
        self.elements.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{_num(width)}"/>')

    def polygon(self, points: Sequence[Point], colour: str) -> None:
        """Fill a polygon."""
        corners = " ".join(f"{_num(x)},{_num(y)}" for x, y in points)
        self.elements.append(f'<polygon points="{corners}" fill="{colour}"/>')

    def line(self, a: Point, b: Point, colour: str, width: float) -> None:
        """Draw a straight line."""
        ends = f'x1="{_num(a[0])}" y1="{_num(a[1])}" x2="{_num(b[0])}" y2="{_num(b[1])}"'
        self.elements.append(f'<line {ends} stroke="{colour}" stroke-width="{_num(width)}"/>')

    def text(
        self, x: float, y: float, text: str, pixels: float, colour: str, family: str, anchor: str = "start",
        bold: bool = False, italic: bool = False,
    ) -> None:  # fmt: skip
        """Write one line."""
        fonts = f"{family}, {FALLBACK_FONTS.get(family, 'Helvetica, Arial, sans-serif')}"
        style = ' font-weight="bold"' * bold + ' font-style="italic"' * italic
        # With another font the browser stretches the text to the width that was measured.
        style += f' textLength="{_num(text_width(family, pixels, text, bold=bold, italic=italic))}"'
        style += ' lengthAdjust="spacingAndGlyphs"'
        style += f' text-anchor="{anchor}"' * (anchor != "start")
        self.elements.append(
            f'<text x="{_num(x)}" y="{_num(y + BASELINE_OFFSET * pixels)}" font-family="{fonts}" '
            f'font-size="{_num(pixels)}" fill="{colour}"{style}>{escape(text)}</text>'
        )

    def formula(self, formula: Formula, x: float, baseline: float, pixels: float, colour: str) -> None:
        """Embed the formula's SVG."""
        scale = pixels / FONT_SIZE_PX
        opening_tag = (
            f'<svg x="{_num(x)}" y="{_num(baseline - formula.ascent * scale)}" width="{_num(formula.width * scale)}" '
            f'height="{_num((formula.ascent + formula.descent) * scale)}" '
        )
        inside = formula.svg.replace(PLACEHOLDER_COLOUR, colour)
        head, _, rest = inside.partition(">")
        box = head.partition('viewBox="')[2].partition('"')[0]
        self.elements.append(f'{opening_tag}viewBox="{box}">{rest}')

    def svg(self, width: float, height: float, millimetres: float, accessible_name: str) -> str:
        """Return the SVG document.

        millimetres: size of a unit on paper. accessible_name: description for screen readers.
        """
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(accessible_name)}" '
                f'viewBox="0 0 {_num(width)} {_num(height)}" '
                f'width="{_num(width * millimetres)}mm" height="{_num(height * millimetres)}mm">',
                *self.elements,
                "</svg>",
            ]
        )


def _num(number: float) -> str:
    """Return a number as text, rounded to hundredths."""
    return f"{round(number, 2) + 0.0:g}" if abs(number) < 1000 else f"{number:.2f}"
