"""Matrices and images of large arrays, painted where a number would stand."""

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from explorer.core.autodiff.matrix_text import Cells
from explorer.core.graph.measure import SANS_FAMILY
from explorer.core.graph.value_space import BRACKET_PX, CAPTION_HEIGHT_PX, GRID_GAP_PX, LINE_HEIGHT
from explorer.core.graph.value_text import ValueText
from explorer.views.painting.diverging_colours import colour_limit, diverging_image
from explorer.views.theme.theme import Theme, font


@lru_cache(maxsize=2048)
def column_widths(cells: Cells, used: QFont) -> tuple[float, ...]:
    """Return the width of each column in a font."""
    metrics = QFontMetricsF(used)
    return tuple(max(metrics.horizontalAdvance(text) for text in column) for column in zip(*cells, strict=True))


def cells_size(cells: Cells, used: QFont) -> QSizeF:
    """Return the size of a matrix with its brackets."""
    widths = column_widths(cells, used)
    width = sum(widths) + GRID_GAP_PX * (len(widths) - 1) + 2 * (BRACKET_PX + 2)
    return QSizeF(width, len(cells) * LINE_HEIGHT * used.pixelSize() + 4)


def cell_at(box: QRectF, cells: Cells, used: QFont, point: QPointF, *, right: bool) -> tuple[int, int] | None:
    """Return row and column of the number at a point, for a matrix that `paint_cells` paints in ``box``."""
    size = cells_size(cells, used)
    scale = min(1.0, box.width() / size.width(), box.height() / size.height())
    left = box.right() - scale * size.width() if right else box.left()
    x = (point.x() - left) / scale - BRACKET_PX - 2 + GRID_GAP_PX / 2
    row = int((point.y() - box.center().y()) / scale + size.height() / 2 - 2) // int(LINE_HEIGHT * used.pixelSize())
    for column, width in enumerate(column_widths(cells, used)):
        if 0 <= x < width + GRID_GAP_PX and 0 <= row < len(cells):
            return row, column
        x -= width + GRID_GAP_PX
    return None


def paint_cells(painter: QPainter, box: QRectF, cells: Cells, used: QFont, colour: QColor, *, right: bool) -> None:
    """Paint a matrix in brackets, in the middle of the height of ``box``, at its right or left edge.

    It is scaled down if it does not fit.
    """
    size = cells_size(cells, used)
    scale = min(1.0, box.width() / size.width(), box.height() / size.height())
    painter.save()
    left = box.right() - scale * size.width() if right else box.left()
    painter.translate(left, box.center().y() - scale * size.height() / 2)
    painter.scale(scale, scale)
    painter.setFont(used)
    painter.setPen(colour)
    line = LINE_HEIGHT * used.pixelSize()
    x = BRACKET_PX + 2
    for column, width in enumerate(column_widths(cells, used)):
        for row, numbers in enumerate(cells):
            place = QRectF(x, 2 + row * line, width, line)
            painter.drawText(place, _RIGHT, numbers[column])
        x += width + GRID_GAP_PX
    painter.setPen(QPen(colour, 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(_bracket(0.7, size.height(), BRACKET_PX))
    painter.drawPath(_bracket(size.width() - 0.7, size.height(), -BRACKET_PX))
    painter.restore()


_RIGHT = Qt.AlignmentFlag.AlignVCenter.value | Qt.AlignmentFlag.AlignRight.value | Qt.TextFlag.TextDontClip.value


def _bracket(x: float, height: float, arm: float) -> QPainterPath:
    path = QPainterPath(QPointF(x + arm, 1))
    for point in (QPointF(x, 1), QPointF(x, height - 1), QPointF(x + arm, height - 1)):
        path.lineTo(point)
    return path


def paint_image(
    painter: QPainter, box: QRectF, value: ValueText, size: QSizeF, pixels: float, colour: QColor, theme: Theme,
    *, right: bool,
) -> None:  # fmt: skip
    """Paint the image of a large array in the signed colours, with its shape and range in ``pixels`` under it."""
    image = diverging_image(value.pixels, colour_limit(value.pixels), theme)
    scale = min(1.0, (box.height() - CAPTION_HEIGHT_PX) / size.height(), box.width() / size.width())
    width, height = scale * size.width(), scale * size.height()
    place = QRectF(box.right() - width if right else box.left(), box.top(), width, height)
    painter.drawImage(place, image)
    painter.setPen(QPen(theme.faint, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(place)
    painter.setFont(fitted_font(value.text, pixels, box.width()))
    painter.setPen(colour)
    caption = QRectF(box.left(), place.bottom(), box.width(), CAPTION_HEIGHT_PX)
    flags = _RIGHT if right else _RIGHT & ~Qt.AlignmentFlag.AlignRight.value | Qt.AlignmentFlag.AlignLeft.value
    painter.drawText(caption, flags, value.text)


@lru_cache(maxsize=1024)
def fitted_font(text: str, pixels: float, available: float) -> QFont:
    """Return the font in which a text is at most ``available`` pixels wide, but not smaller than 7 pixels."""
    width = QFontMetricsF(font(SANS_FAMILY, pixels)).horizontalAdvance(text)
    return font(SANS_FAMILY, pixels if width <= available else max(7.0, pixels * available / width))
