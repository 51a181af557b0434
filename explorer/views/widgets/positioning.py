"""Geometry of widgets, of cards that explain something and of dialogs."""

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QStyle, QWidget

QWIDGETSIZE_MAX = (1 << 24) - 1
"""Qt's maximum size of a widget, which means no limit; PySide6 does not export it."""

BASE_FONT_PX = 13
"""Font size at scale 1."""

GAP_PX = 12
"""Distance of a card from what it explains."""


def resize_to_font(window: QWidget, width: int, height: int) -> None:
    """Resize a new window: to a size in pixels at scale 1, scaled with its font, at most as large as the screen."""
    window.ensurePolished()
    scale = window.fontInfo().pixelSize() / BASE_FONT_PX
    screen, title = window.screen().availableSize(), window.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)
    available = QSize(screen.width(), screen.height() - title)
    window.resize(QSize(round(width * scale), round(height * scale)).boundedTo(available))


def place_beside(target: QRect, size: QSize, area: QRect, keep_visible: QRect | None = None) -> QRect:
    """Return the rectangle of a card within ``area``: below ``target``, above it, or at one of its sides.

    The place that covers the target least is taken, among equals the one that covers ``keep_visible`` least. Below and
    above, the card is aligned with the left edge of the target, so that it leaves the middle free.
    """
    left = target.left()
    centred_top = target.center().y() - size.height() // 2
    corners = (
        QPoint(left, target.bottom() + 1 + GAP_PX),
        QPoint(left, target.top() - GAP_PX - size.height()),
        QPoint(target.right() + 1 + GAP_PX, centred_top),
        QPoint(target.left() - GAP_PX - size.width(), centred_top),
    )
    places = [_moved_into(QRect(corner, size), area) for corner in corners]
    return min(
        places, key=lambda place: [_area(place.intersected(other)) for other in (target, keep_visible or QRect())]
    )


def _moved_into(rect: QRect, area: QRect) -> QRect:
    left = max(min(rect.left(), area.right() + 1 - rect.width()), area.left())
    top = max(min(rect.top(), area.bottom() + 1 - rect.height()), area.top())
    return QRect(QPoint(left, top), rect.size())


def _area(rect: QRect) -> int:
    return rect.width() * rect.height() if rect.isValid() else 0
