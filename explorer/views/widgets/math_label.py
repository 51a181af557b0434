"""A label that shows typeset formulas side by side, the current factor on a coloured ground."""

from PySide6.QtCore import QByteArray, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QPaintEngine, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.core.latex_to_svg import INK, SIZE, Formula
from explorer.views.theme.theme import MATH, Theme, font
from explorer.views.widgets.formula_outlines import formula_path
from explorer.views.widgets.typesetter import typesetter
from explorer.views.widgets.vector_export import Drawing

PART_GAP = 0.28
"""Room between two parts, as a share of the size."""

MIN_SCALE = 0.45
"""A formula that is too wide is drawn smaller, down to this share; beyond that it is cut."""

MAX_MIN_WIDTH_EM = 9
"""Width, in letters' heights, that a long formula asks for at least."""


class MathLabel(QWidget):
    """Shows LaTeX. Until it is typeset what was there before stays, so that nothing flickers while somebody types."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wanted: list[tuple[str, str]] = []
        self._taken: list[tuple[str, str]] = []
        self._shown: list[tuple[Formula | str, str]] = []
        self._pixels = SIZE
        self._theme: Theme | None = None
        self._pixmap: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        typesetter().formulaReady.connect(self._typeset)

    def setLatex(self, latex: str) -> None:
        """Show one formula, "" for none."""
        self.setParts([(latex, "normal")] if latex else [])

    def setParts(self, parts: list[tuple[str, str]]) -> None:
        """Show formulas side by side, each with its role: ``normal``, ``current`` or ``muted``."""
        if parts == self._wanted:
            return
        self._wanted = list(parts)
        for latex, _ in self._wanted:
            typesetter().request(latex)
        self._take_if_ready()

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self._refresh()

    def setPixelSize(self, pixels: float) -> None:
        """Set the height of the letters' em."""
        self._pixels = float(pixels)
        self._refresh()
        self.updateGeometry()

    @property
    def is_ready(self) -> bool:
        """Whether what was wanted is what is shown."""
        return self._wanted == self._taken

    def sizeHint(self) -> QSize:
        """Return the size of the formula as it is, at least one line."""
        _, ascent, descent = self._extent()
        height = max(1.5 * self._pixels, (ascent + descent) * self._pixels / SIZE + 6)
        return QSize(round(self._natural_width()) + 4, round(height))

    def minimumSizeHint(self) -> QSize:
        """Return the width at which it is drawn smallest, or less: a very long one is cut in a narrow window."""
        width = min(MIN_SCALE * self._natural_width(), MAX_MIN_WIDTH_EM * self._pixels)
        return QSize(round(max(width, 36)) + 4, self.sizeHint().height())

    def _typeset(self, latex: str) -> None:
        if any(latex == wanted for wanted, _ in self._wanted):
            self._take_if_ready()

    def _take_if_ready(self) -> None:
        if not all(typesetter().is_known(latex) for latex, _ in self._wanted):
            return
        self._taken = self._wanted
        self._shown = [(typesetter().formula(latex) or latex, role) for latex, role in self._wanted]
        self._refresh()
        self.updateGeometry()

    def _refresh(self) -> None:
        self._pixmap = None
        self.update()

    def _extent(self) -> tuple[float, float, float]:
        """Width, ascent and descent of all parts at `SIZE`, without gaps."""
        formulas = [part for part, _ in self._shown if isinstance(part, Formula)]
        return (
            sum(self._width(part) for part, _ in self._shown),
            max((part.ascent for part in formulas), default=0.75 * SIZE),
            max((part.descent for part in formulas), default=0.25 * SIZE),
        )

    def _width(self, part: Formula | str) -> float:
        return part.width if isinstance(part, Formula) else 0.5 * SIZE * len(part)

    def _natural_width(self) -> float:
        width = self._extent()[0] + PART_GAP * SIZE * max(0, len(self._shown) - 1)
        return width * self._pixels / SIZE

    def resizeEvent(self, event: object) -> None:
        """Forget the picture, which was made for another size."""
        self._pixmap = None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the formulas, from a picture that is kept."""
        if self._theme is None or not self._shown:
            return
        painter = QPainter(self)
        if painter.paintEngine().type() is not QPaintEngine.Type.Raster:
            self._draw(painter, self._theme)  # into a file: lines and not dots
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
        """Return the formula as it is, in its own width; raises ValueError where there is none."""
        theme = self._theme
        if theme is None or not self._shown:
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
        room = max(self.width() - 4, 1)
        natural = max(self._natural_width(), 1.0)
        scale = self._pixels / SIZE * min(1.0, max(room / natural, MIN_SCALE))
        _, ascent, descent = self._extent()
        baseline = self.height() / 2 + (ascent - descent) / 2 * scale
        x = 2.0
        for part, role in self._shown:
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
                painter.setFont(font(MATH, self._pixels * 0.8))
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, part)
            x += width + PART_GAP * SIZE * scale

    def _draw_formula(self, painter: QPainter, formula: Formula, colour: QColor, box: QRectF, scale: float) -> None:
        if painter.paintEngine().type() is QPaintEngine.Type.Raster:
            QSvgRenderer(QByteArray(formula.svg.replace(INK, colour.name()).encode())).render(painter, box)
            return
        painter.save()
        painter.translate(box.left() + scale, box.top() + formula.ascent * scale)  # the SVG begins a pixel before
        painter.scale(scale, scale)
        painter.fillPath(formula_path(formula), colour)
        painter.restore()


def _paint_highlight(painter: QPainter, box: QRectF, theme: Theme) -> None:
    """The current factor: a soft ground and a line under it, so that it is not told by colour alone."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.gradient_soft))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QPen(theme.gradient, 2.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawLine(box.bottomLeft() + QRectF(3, 0, 0, 0).topLeft(), box.bottomRight() - QRectF(3, 0, 0, 0).topLeft())
