"""A picture of thousands of lines, painted a moment at a time: all at once they would stop the window."""

from collections.abc import Callable, Generator, Iterator

from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap

from explorer.session.time_slicing import TimeSlicedTask

Stroke = Callable[[QPainter], None]
"""A small part of a picture."""


class IncrementalPixmap(QObject):
    """Keeps the last picture that was finished, until the next one is. changed: there is more to be seen.

    strokes: what is painted of a rectangle of the scene, one after another.
    """

    changed = Signal()

    def __init__(self, strokes: Callable[[QRectF], Iterator[Stroke]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._strokes = strokes
        self._finished: tuple[QPixmap, QRectF] | None = None
        self._growing: tuple[QPixmap, QRectF] | None = None
        self._work = TimeSlicedTask(self)

    @property
    def is_busy(self) -> bool:
        """Whether a picture is not finished."""
        return self._work.is_busy

    def drop(self) -> None:
        """It is of something that is not there any more."""
        self._work.stop()
        self._finished = self._growing = None

    def begin(self, size: QSize, ratio: float, ground: QColor | Qt.GlobalColor, place: QRectF, edge: int = 0) -> None:
        """Paint a rectangle of the scene on a ground of a size in pixels of the screen, within an edge of so many.

        ratio: pixels of the screen by those of the window.
        """
        picture = QPixmap(size.expandedTo(QSize(1, 1)))
        picture.fill(ground)
        self._growing = picture, place
        self.blockSignals(True)  # who begins it will look at it
        self._work.start(self._painting(picture, place, edge * ratio), lambda _none: self._finish())
        self.blockSignals(False)

    def _painting(self, picture: QPixmap, place: QRectF, edge: float) -> Generator[None, None, None]:
        inside = QRectF(picture.rect()).adjusted(edge, edge, -edge, -edge)
        for stroke in self._strokes(place):
            painter = QPainter(picture)
            painter.translate(inside.topLeft())
            painter.scale(inside.width() / place.width(), inside.height() / place.height())
            painter.translate(-place.topLeft())
            stroke(painter)
            painter.end()
            self.changed.emit()
            yield

    def _finish(self) -> None:
        self._finished, self._growing = self._growing, None
        self.changed.emit()

    def of(self, view: QRectF) -> tuple[QPixmap, QRectF]:
        """Return a picture to look at that rectangle with, and where in the scene it is.

        It is the finished one, as far as that shows all of it, or what there is of the next one.
        """
        shown = self._finished
        if shown is None or (self._growing is not None and not shown[1].contains(view)):
            shown = self._growing
        assert shown is not None
        return shown
