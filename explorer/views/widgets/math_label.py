"""A label that shows typeset formulas side by side, the current factor highlighted."""

from PySide6.QtCore import QByteArray, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPaintEngine, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.core.latex_to_svg import FONT_SIZE_PX, PLACEHOLDER_COLOUR, Formula
from explorer.views.painting.drawing_export import Drawing
from explorer.views.painting.formula_outlines import formula_path
from explorer.views.painting.typesetter import typesetter
from explorer.views.theme.theme import MATH, Theme, font
from explorer.views.widgets.positioning import QWIDGETSIZE_MAX

PART_GAP = 0.28
"""Space between two parts, in em."""

MIN_SCALE = 0.45
"""Smallest share of its size at which a wide formula is drawn whole; beyond that it ends with an ellipsis."""

CUT_OFF_SCALE = 0.75
"""Share of its size at which a formula is drawn that ends with an ellipsis: small letters would not show it all."""

ELLIPSIS, ELLIPSIS_EM = "…", 1.1
"""What ends a formula that is cut off, and its width in em."""

TEXT_SHARE = 0.8
"""Font size of plain text, as a share of that of formulas."""

LINE_EXTENT = (0.75 * FONT_SIZE_PX, 0.25 * FONT_SIZE_PX)
"""Ascent and descent of a line without formulas."""

MAX_MIN_WIDTH_EM = 9
"""Largest minimum width that a long formula asks for, in em."""


class MathLabel(QWidget):
    """Shows LaTeX. Until it is typeset its plain text stands there; without one, the previous formulas stay."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._requested: list[tuple[str, str]] = []
        self._displayed: list[tuple[str, str]] = []
        self._parts: list[tuple[Formula | str, str]] = []
        self._line = LINE_EXTENT
        self._pixels = FONT_SIZE_PX
        self._max_height = QWIDGETSIZE_MAX
        self._theme: Theme | None = None
        self._pixmap: QPixmap | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        typesetter().formulaReady.connect(self._typeset)

    def setLatex(self, latex: str) -> None:
        """Show one formula, or nothing for an empty string."""
        self.setParts([(latex, "normal")] if latex else [])

    def setParts(self, parts: list[tuple[str, str]], text: str = "") -> None:
        """Show formulas side by side, as pairs of LaTeX and role: ``normal``, ``current`` or ``muted``.

        text: what they say in plain text, which is shown until they are typeset, in the height of the previous ones.
        """
        if parts == self._requested:
            return
        self._requested = list(parts)
        for latex, _ in self._requested:
            typesetter().request(latex)
        self._display_if_ready()
        if text and not self.is_ready:
            self._line = self._extent()[1:]
            self._parts = [(text, "normal")]
            self._displayed = []
            self._refresh()

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self._refresh()

    def setPixelSize(self, pixels: float) -> None:
        """Set the font size in pixels."""
        self._pixels = float(pixels)
        self._refresh()
        self.updateGeometry()

    def setMaxHeight(self, pixels: int) -> None:
        """Set the height into which the formulas are scaled down if they are higher."""
        if pixels == self._max_height:
            return
        self._max_height = pixels
        self._refresh()
        self.updateGeometry()

    @property
    def is_ready(self) -> bool:
        """Whether the formulas on display are those that were set last."""
        return self._requested == self._displayed

    @property
    def shown_text(self) -> str:
        """The plain text that stands for formulas that are not typeset yet; "" if formulas are on display."""
        return " ".join(part for part, _ in self._parts if isinstance(part, str))

    @property
    def is_cut_off(self) -> bool:
        """Whether the formulas are too wide even at the smallest scale, so that they end with ``…``."""
        return max(self.width() - 4, 1) < MIN_SCALE * self._natural_width()

    def sizeHint(self) -> QSize:
        """Return the natural size of the formulas, at least one line high."""
        return QSize(round(self._natural_width()) + 4, self._height(1.0))

    def heightForWidth(self, width: int) -> int:
        """Return the height at a width to which the formulas are scaled down."""
        return self._height(self._scale_in(width))

    def _scale_in(self, width: float) -> float:
        """Return the share of their size at which the formulas are drawn in a width."""
        share = (width - 4) / max(self._natural_width(), 1.0)
        return min(share, 1.0) if share >= MIN_SCALE else CUT_OFF_SCALE

    def _height(self, scale: float) -> int:
        """Return the height of the formulas at a share of their natural size, at least that of a line."""
        _, ascent, descent = self._extent()
        height = max(1.5 * self._pixels, (ascent + descent) * scale * self._pixels / FONT_SIZE_PX + 6)
        return min(round(height), self._max_height)

    def minimumSizeHint(self) -> QSize:
        """Return the size at the smallest scale; very long formulas are cut off in a narrow window."""
        width = min(MIN_SCALE * self._natural_width(), MAX_MIN_WIDTH_EM * self._pixels)
        return QSize(round(max(width, 36)) + 4, self.sizeHint().height())

    def _typeset(self, latex: str) -> None:
        if any(latex == requested for requested, _ in self._requested):
            self._display_if_ready()

    def _display_if_ready(self) -> None:
        if not all(typesetter().is_known(latex) for latex, _ in self._requested):
            return
        self._displayed = self._requested
        self._line = LINE_EXTENT
        self._parts = [(typesetter().formula(latex) or latex, role) for latex, role in self._requested]
        self._refresh()
        self.updateGeometry()

    def _refresh(self) -> None:
        self._pixmap = None
        self.update()

    def _extent(self) -> tuple[float, float, float]:
        """Return width, ascent and descent of all parts at `SIZE`, without gaps."""
        formulas = [part for part, _ in self._parts if isinstance(part, Formula)]
        return (
            sum(self._width(part) for part, _ in self._parts),
            max((part.ascent for part in formulas), default=self._line[0]),
            max((part.descent for part in formulas), default=self._line[1]),
        )

    def _width(self, part: Formula | str) -> float:
        if isinstance(part, Formula):
            return part.width
        return QFontMetricsF(font(MATH, TEXT_SHARE * FONT_SIZE_PX)).horizontalAdvance(part) + 2

    def _natural_width(self) -> float:
        width = self._extent()[0] + PART_GAP * FONT_SIZE_PX * max(0, len(self._parts) - 1)
        return width * self._pixels / FONT_SIZE_PX

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Discard the cached pixmap."""
        self._pixmap = None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the formulas, from a cached pixmap on the screen."""
        if self._theme is None or not self._parts:
            return
        painter = QPainter(self)
        if painter.paintEngine().type() is not QPaintEngine.Type.Raster:
            self._draw(painter, self._theme)  # a file gets paths instead of pixels
            painter.end()
            return
        painter.end()
        ratio = self.devicePixelRatioF()
        if self._pixmap is None or self._pixmap.devicePixelRatio() != ratio:
            self._pixmap = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
            self._pixmap.setDevicePixelRatio(ratio)
            self._pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._pixmap)
            self._draw(painter, self._theme)
            painter.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._pixmap)
        painter.end()

    def drawing(self) -> Drawing:
        """Return the formulas at their natural width; raises ValueError if there is none."""
        theme = self._theme
        if theme is None or not self._parts:
            raise ValueError("there is no formula yet")
        size = QSizeF(min(self.width(), self._natural_width() + 8), self.height())

        def draw(painter: QPainter, box: QRectF) -> None:
            painter.save()
            painter.scale(box.width() / size.width(), box.height() / size.height())
            self._draw(painter, theme)
            painter.restore()

        return Drawing(size, draw)

    def _draw(self, painter: QPainter, theme: Theme) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        available = max(self.width() - 4, 1)
        _, ascent, descent = self._extent()
        natural_height = (ascent + descent) * self._pixels / FONT_SIZE_PX
        share = min(self._scale_in(self.width()), max(self._max_height - 2, 1) / natural_height)
        scale = self._pixels / FONT_SIZE_PX * max(share, MIN_SCALE)
        baseline = self.height() / 2 + (ascent - descent) / 2 * scale
        if self.is_cut_off:  # without a sign, what is left of a formula reads as a whole one
            width = ELLIPSIS_EM * FONT_SIZE_PX * scale
            painter.setPen(theme.text)
            painter.setFont(font(MATH, FONT_SIZE_PX * scale))
            place = QRectF(available - width, baseline - FONT_SIZE_PX * scale, width, 1.25 * FONT_SIZE_PX * scale)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, ELLIPSIS)
            painter.setClipRect(QRectF(0, 0, available - width, self.height()))
        x = 2.0
        for part, role in self._parts:
            width = self._width(part) * scale
            above, below = (part.ascent, part.descent) if isinstance(part, Formula) else (ascent, descent)
            box = QRectF(x, baseline - above * scale, width, (above + below) * scale)
            if role == "current":
                _paint_highlight(painter, box.adjusted(-4, -2, 4, 2), theme)
            colour = {"muted": theme.muted, "current": theme.text}.get(role, theme.text)
            if isinstance(part, Formula):
                self._draw_formula(painter, part, colour, box, scale)
            else:
                painter.setPen(colour)
                painter.setFont(font(MATH, TEXT_SHARE * FONT_SIZE_PX * scale))
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, part)
            x += width + PART_GAP * FONT_SIZE_PX * scale

    def _draw_formula(self, painter: QPainter, formula: Formula, colour: QColor, box: QRectF, scale: float) -> None:
        if painter.paintEngine().type() is QPaintEngine.Type.Raster:
            QSvgRenderer(QByteArray(formula.svg.replace(PLACEHOLDER_COLOUR, colour.name()).encode())).render(
                painter, box
            )
            return
        painter.save()
        painter.translate(
            box.left() + scale, box.top() + formula.ascent * scale
        )  # ziamath's SVG has a margin of one pixel on the left
        painter.scale(scale, scale)
        painter.fillPath(formula_path(formula), colour)
        painter.restore()


def _paint_highlight(painter: QPainter, box: QRectF, theme: Theme) -> None:
    """Paint the background of the current factor and a line below it, so that it is not marked by colour alone."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.gradient_soft))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QPen(theme.gradient, 2.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawLine(box.bottomLeft() + QPointF(3, 0), box.bottomRight() - QPointF(3, 0))
