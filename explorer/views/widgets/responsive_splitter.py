"""A splitter that turns from horizontal to vertical where large text leaves no room side by side."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSplitter, QWidget

from explorer.views.widgets.cards import MIN_CARD_HEIGHT_PX

MIN_HORIZONTAL_WIDTH_PX = 660
"""Width at scale 1 that two parts need side by side: that of a tab beside a lesson in a window of 1024 pixels."""


class ResponsiveSplitter(QSplitter):
    """Is vertical in a narrow width, for the given scale; its parts then have their minimum heights."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._scale = 1.0

    def setScale(self, scale: float) -> None:
        """Scale the width below which the splitter is vertical."""
        self._scale = scale
        self._fit()

    @property
    def is_stacked(self) -> bool:
        """Whether the splitter is vertical."""
        return self.orientation() == Qt.Orientation.Vertical

    def hasHeightForWidth(self) -> bool:
        """Return whether the splitter is vertical: then its height is that of its parts."""
        return self.is_stacked

    def heightForWidth(self, width: int) -> int:
        """Return the minimum height of all parts together."""
        shown = [part for part in self._parts() if not part.isHidden()]
        return sum(self._minimum_height(part, width) for part in shown) + self.handleWidth() * max(len(shown) - 1, 0)

    def _parts(self) -> list[QWidget]:
        return [part for index in range(self.count()) if (part := self.widget(index)) is not None]

    def _minimum_height(self, part: QWidget, width: int) -> int:
        content = part.widget() if isinstance(part, QScrollArea) else part
        layout = content.layout() if content is not None else None
        if layout is None:
            needed = 0
        elif layout.hasHeightForWidth():
            needed = layout.totalMinimumHeightForWidth(width)
        else:
            needed = layout.totalMinimumSize().height()
        return max(needed, round(MIN_CARD_HEIGHT_PX * self._scale))

    def _fit(self) -> None:
        is_stacked = self.width() < MIN_HORIZONTAL_WIDTH_PX * self._scale
        if is_stacked != self.is_stacked:
            self.setOrientation(Qt.Orientation.Vertical if is_stacked else Qt.Orientation.Horizontal)
            self.updateGeometry()
        for part in self._parts():
            minimum = self._minimum_height(part, self.width()) if is_stacked else 0
            if part.minimumHeight() != minimum:
                part.setMinimumHeight(minimum)
                self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the orientation for the new width."""
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        """Update the minimum heights when the layout of a part changes."""
        if event.type() == QEvent.Type.LayoutRequest and self.is_stacked:
            self._fit()
        return super().event(event)
