"""Two pens that draw the same: one on a painter, with real vectors and letters, and one as the text of an SVG."""

from collections.abc import Sequence
from html import escape
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from explorer.core.graph.graphviz_layout import Point
from explorer.core.latex_to_svg import FONT_SIZE_PX, PLACEHOLDER_COLOUR, Formula
from explorer.views.graph.items import text_width
from explorer.views.graph.painter_paths import curve
from explorer.views.theme.theme import MATH, font
from explorer.views.widgets.formula_outlines import formula_path

BASELINE = 0.36
"""How far below the middle of a line its baseline is, as a share of the letters' size."""

FALLBACKS = {MATH: "'STIX Two Text', 'Cambria Math', 'Times New Roman', serif"}
"""What a browser takes that has not our fonts."""


class Pen(Protocol):
    """Colours are ``#rrggbb``; a text stands at ``x`` by its ``anchor`` (``start``, ``middle``, ``end``), its middle
    at ``y``."""

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
    """Draws with a painter."""

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
        self._painter.drawText(QPointF(left, y + BASELINE * pixels), text)

    def formula(self, formula: Formula, x: float, baseline: float, pixels: float, colour: str) -> None:
        """Draw a typeset formula."""
        self._painter.save()
        self._painter.translate(x + pixels / FONT_SIZE_PX, baseline)  # the SVG begins one pixel before its letters
        self._painter.scale(pixels / FONT_SIZE_PX, pixels / FONT_SIZE_PX)
        self._painter.fillPath(formula_path(formula), QColor(colour))
        self._painter.restore()


class SvgPen:
    """Collects the elements of an SVG: letters stay letters, so that they can be read aloud and searched."""

    def __init__(self) -> None:
        self.elements: list[str] = []

    def rect(self, box: QRectF, radius: float, line: str, width: float, fill: str, dashed: bool = False) -> None:
        """Draw a rectangle with round corners."""
        dash = f' stroke-dasharray="{_n(3 * width)} {_n(2 * width)}"' if dashed else ""
        self.elements.append(
            f'<rect x="{_n(box.x())}" y="{_n(box.y())}" width="{_n(box.width())}" height="{_n(box.height())}" '
            f'rx="{_n(radius)}" fill="{fill}" stroke="{line}" stroke-width="{_n(width)}"{dash}/>'
        )

    def curve(self, points: Sequence[Point], colour: str, width: float) -> None:
        """Draw joined cubic Béziers."""
        (x, y), rest = points[0], points[1:]
        path = f"M{_n(x)} {_n(y)}C" + " ".join(f"{_n(x)} {_n(y)}" for x, y in rest)
        self.elements.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{_n(width)}"/>')

    def polygon(self, points: Sequence[Point], colour: str) -> None:
        """Fill a polygon."""
        corners = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        self.elements.append(f'<polygon points="{corners}" fill="{colour}"/>')

    def line(self, a: Point, b: Point, colour: str, width: float) -> None:
        """Draw a straight line."""
        ends = f'x1="{_n(a[0])}" y1="{_n(a[1])}" x2="{_n(b[0])}" y2="{_n(b[1])}"'
        self.elements.append(f'<line {ends} stroke="{colour}" stroke-width="{_n(width)}"/>')

    def text(
        self, x: float, y: float, text: str, pixels: float, colour: str, family: str, anchor: str = "start",
        bold: bool = False, italic: bool = False,
    ) -> None:  # fmt: skip
        """Write one line."""
        fonts = f"{family}, {FALLBACKS.get(family, 'Helvetica, Arial, sans-serif')}"
        style = ' font-weight="bold"' * bold + ' font-style="italic"' * italic
        # Whatever font a browser has instead of ours: a text is as wide as it was measured.
        style += f' textLength="{_n(text_width(family, pixels, text, bold=bold, italic=italic))}"'
        style += ' lengthAdjust="spacingAndGlyphs"'
        style += f' text-anchor="{anchor}"' * (anchor != "start")
        self.elements.append(
            f'<text x="{_n(x)}" y="{_n(y + BASELINE * pixels)}" font-family="{fonts}" font-size="{_n(pixels)}" '
            f'fill="{colour}"{style}>{escape(text)}</text>'
        )

    def formula(self, formula: Formula, x: float, baseline: float, pixels: float, colour: str) -> None:
        """Put the formula's own SVG into this one."""
        scale = pixels / FONT_SIZE_PX
        place = (
            f'<svg x="{_n(x)}" y="{_n(baseline - formula.ascent * scale)}" width="{_n(formula.width * scale)}" '
            f'height="{_n((formula.ascent + formula.descent) * scale)}" '
        )
        inside = formula.svg.replace(PLACEHOLDER_COLOUR, colour)
        head, _, rest = inside.partition(">")
        box = head.partition('viewBox="')[2].partition('"')[0]
        self.elements.append(f'{place}viewBox="{box}">{rest}')

    def svg(self, width: float, height: float, millimetres: float, says: str) -> str:
        """Return the whole picture; ``millimetres``: of one unit on paper. says: what it is, for screen readers."""
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(says)}" '
                f'viewBox="0 0 {_n(width)} {_n(height)}" '
                f'width="{_n(width * millimetres)}mm" height="{_n(height * millimetres)}mm">',
                *self.elements,
                "</svg>",
            ]
        )


def _n(number: float) -> str:
    """A coordinate, to a hundredth."""
    return f"{round(number, 2) + 0.0:g}" if abs(number) < 1000 else f"{number:.2f}"
