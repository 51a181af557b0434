"""Where a card stands that explains something, beside it, and how large a window of its own opens."""

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QStyle, QWidget

BASE_FONT_PX = 13
"""Pixels of letters at scale 1."""


def resize_to_font(window: QWidget, width: int, height: int) -> None:
    """Give a new window its size: these pixels at scale 1, more for larger letters, and never more than the screen."""
    window.ensurePolished()
    scale = window.fontInfo().pixelSize() / BASE_FONT_PX
    screen, title = window.screen().availableSize(), window.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)
    room = QSize(screen.width(), screen.height() - title)
    window.resize(QSize(round(width * scale), round(height * scale)).boundedTo(room))


def place_beside(target: QRect, size: QSize, room: QRect, gap: int = 12, spare: QRect | None = None) -> QRect:
    """Return the place of a card of this size, within ``room``, below ``target``, over it, or at one of its sides.

    Below and over it is at its left end, so that the middle of what is shown there can be seen. Where it cannot stand
    free of the target, it stands where it covers least of it. ``spare``: what else it should leave in sight.
    """
    across = target.left()
    down = target.center().y() - size.height() // 2
    corners = (
        QPoint(across, target.bottom() + 1 + gap),
        QPoint(across, target.top() - gap - size.height()),
        QPoint(target.right() + 1 + gap, down),
        QPoint(target.left() - gap - size.width(), down),
    )
    places = [_moved_into(QRect(corner, size), room) for corner in corners]
    return min(places, key=lambda place: [_area(place.intersected(kept)) for kept in (target, spare or QRect())])


def _moved_into(place: QRect, room: QRect) -> QRect:
    left = max(min(place.left(), room.right() + 1 - place.width()), room.left())
    top = max(min(place.top(), room.bottom() + 1 - place.height()), room.top())
    return QRect(QPoint(left, top), place.size())


def _area(rect: QRect) -> int:
    return rect.width() * rect.height() if rect.isValid() else 0
