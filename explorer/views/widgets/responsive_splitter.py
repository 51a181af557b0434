"""A splitter whose parts stand side by side, or, where letters are too large for that, below each other."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSplitter, QWidget

from explorer.views.widgets.cards import MIN_CARD_HEIGHT_PX

MIN_HORIZONTAL_WIDTH_PX = 660
"""Width, in pixels at scale 1, that two parts need side by side: what a tab has beside a lesson at 1024 pixels."""


class ResponsiveSplitter(QSplitter):
    """Turns by its width and the size of letters; below each other its parts are as high as they must be."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._scale = 1.0

    def setScale(self, scale: float) -> None:
        """Letters have another size."""
        self._scale = scale
        self._fit()

    @property
    def is_stacked(self) -> bool:
        """Whether the parts stand below each other."""
        return self.orientation() == Qt.Orientation.Vertical

    def hasHeightForWidth(self) -> bool:
        """Below each other the parts say how high they must be."""
        return self.is_stacked

    def heightForWidth(self, width: int) -> int:
        """Return the height of all parts."""
        shown = [part for part in self._parts() if not part.isHidden()]
        return sum(self._least(part, width) for part in shown) + self.handleWidth() * max(len(shown) - 1, 0)

    def _parts(self) -> list[QWidget]:
        return [self.widget(number) for number in range(self.count())]

    def _least(self, part: QWidget, width: int) -> int:
        inner = part.widget() if isinstance(part, QScrollArea) else part
        layout = inner.layout()
        needed = (
            layout.totalMinimumHeightForWidth(width)
            if layout.hasHeightForWidth()
            else layout.totalMinimumSize().height()
        )
        return max(needed, round(MIN_CARD_HEIGHT_PX * self._scale))

    def _fit(self) -> None:
        turned = self.width() < MIN_HORIZONTAL_WIDTH_PX * self._scale
        if turned != self.is_stacked:
            self.setOrientation(Qt.Orientation.Vertical if turned else Qt.Orientation.Horizontal)
            self.updateGeometry()
        for part in self._parts():
            least = self._least(part, self.width()) if turned else 0
            if part.minimumHeight() != least:
                part.setMinimumHeight(least)
                self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Turn where it must."""
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        """Follow parts that need more or less than before."""
        if event.type() == QEvent.Type.LayoutRequest and self.is_stacked:
            self._fit()
        return super().event(event)
