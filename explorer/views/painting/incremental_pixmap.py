"""A pixmap of thousands of lines, painted in time slices: all at once would block the window."""

from collections.abc import Callable, Generator, Iterator
from typing import TypeAlias

from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap

from explorer.session.time_slicing import TimeSlicedTask

Stroke: TypeAlias = Callable[[QPainter], None]
"""Paints a small part of a picture."""


class IncrementalPixmap(QObject):
    """Keeps the latest finished pixmap until the next one is finished.

    strokes: yields what paints a rectangle of the scene. changed: there is more to be seen.
    """

    changed = Signal()

    def __init__(self, strokes: Callable[[QRectF], Iterator[Stroke]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._strokes = strokes
        self._finished: tuple[QPixmap, QRectF] | None = None
        self._unfinished: tuple[QPixmap, QRectF] | None = None
        self._task = TimeSlicedTask(self)

    @property
    def is_busy(self) -> bool:
        """Whether a pixmap is being painted."""
        return self._task.is_busy

    def clear(self) -> None:
        """Drop both pixmaps: their scene is gone."""
        self._task.stop()
        self._finished = self._unfinished = None

    def begin(self, size: QSize, ratio: float, ground: QColor | Qt.GlobalColor, area: QRectF, margin: int = 0) -> None:
        """Begin to paint a rectangle of the scene.

        Parameters
        ----------
        size : of the pixmap, in device pixels.
        ratio : device pixels for each pixel of the window.
        ground : colour behind the scene.
        area : rectangle of the scene.
        margin : free space around it, in pixels of the window.
        """
        pixmap = QPixmap(size.expandedTo(QSize(1, 1)))
        pixmap.fill(ground)
        self._unfinished = pixmap, area
        self.blockSignals(True)  # the caller paints what is there after this call
        self._task.start(self._paint(pixmap, area, margin * ratio), lambda _none: self._finish())
        self.blockSignals(False)

    def pixmap_for(self, view: QRectF) -> tuple[QPixmap, QRectF]:
        """Return the pixmap to show for a rectangle of the scene, and the rectangle that it shows.

        It is the finished one if it shows all of the rectangle, or if there is no other.
        """
        shown = self._finished
        if shown is None or (self._unfinished is not None and not shown[1].contains(view)):
            shown = self._unfinished
        assert shown is not None
        return shown

    def _paint(self, pixmap: QPixmap, area: QRectF, margin: float) -> Generator[None, None, None]:
        inside = QRectF(pixmap.rect()).adjusted(margin, margin, -margin, -margin)
        for stroke in self._strokes(area):
            painter = QPainter(pixmap)
            painter.translate(inside.topLeft())
            painter.scale(inside.width() / area.width(), inside.height() / area.height())
            painter.translate(-area.topLeft())
            stroke(painter)
            painter.end()
            self.changed.emit()
            yield

    def _finish(self) -> None:
        self._finished, self._unfinished = self._unfinished, None
        self.changed.emit()
