"""Widgets that lie over the edge of another widget, which keeps its size when they come and go."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QVBoxLayout, QWidget


class EdgeOverlay(QWidget):
    """A column of widgets over the lower edge of its host, or over the upper one."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(host)
        self.setProperty("clear", True)
        self._host = host
        self._is_at_top = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        host.installEventFilter(self)
        self._place()

    def addWidget(self, widget: QWidget) -> None:
        """Add a widget below the others."""
        self.insertWidget(self._column.count(), widget)

    def insertWidget(self, index: int, widget: QWidget) -> None:
        """Add a widget above the one at an index."""
        self._column.insertWidget(index, widget)
        widget.installEventFilter(self)

    def setAtTop(self, at_top: bool) -> None:
        """Lie over the upper edge, or over the lower one."""
        if at_top != self._is_at_top:
            self._is_at_top = at_top
            self._place()

    def needed_height(self) -> int:
        """Return the height of all widgets that are shown."""
        width, column = self._host.width(), self._column
        if column.isEmpty():
            return 0
        return column.totalHeightForWidth(width) if column.hasHeightForWidth() else column.totalSizeHint().height()

    def _place(self) -> None:
        width, height = self._host.width(), self.needed_height()
        self.setGeometry(0, 0 if self._is_at_top else self._host.height() - height, width, height)
        self.raise_()

    def event(self, event: QEvent) -> bool:
        """Follow the heights of the widgets."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._place()
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the host, and widgets that are shown or hidden."""
        kinds = QEvent.Type
        if event.type() in (kinds.Resize if watched is self._host else kinds.ShowToParent, kinds.HideToParent):
            self._place()
        return False
