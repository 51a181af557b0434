"""The field to search in a training graph, and what was found below it."""

from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QWidget

from explorer.views.widgets.clear_button import ClearButton
from explorer.views.widgets.hint_line_edit import HintLineEdit

ROWS = 12
"""Found things that are seen at once."""

PAUSE = 60
"""Milliseconds without a key after which it is searched."""


def _row(hit: dict[str, Any]) -> str:
    """Return what is said of a found thing: ops that are called alike differ in where they are, and in the pass."""
    name = hit["id"].rpartition("/")[2]
    parts = [name, hit["type"] if hit["type"] != name else "", hit["shape"]]
    parts += ["backward" if hit["backward"] else "", f"in {hit['group']}" if hit["group"] else ""]
    return "   ".join(part for part in parts if part)


class SearchEdit(HintLineEdit):
    """Asks for what is typed and offers what was found; found(id, group) when one is chosen."""

    asked = Signal(str)
    found = Signal(str, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__("search", parent=parent)
        self.setObjectName("searchEdit")
        self.setAccessibleName("Search the graph")
        self.setToolTip("Find ops and groups by name, type or shape, such as 32x128; Return goes there (Ctrl+F)")
        ClearButton(self)
        self._list = QListWidget(parent)
        self._list.setObjectName("searchList")
        self._list.setAccessibleName("What was found")
        self._list.setToolTip("Return or a click goes there")
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setProperty("popup", True)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.hide()
        self._list.itemClicked.connect(self._choose)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._pause.timeout.connect(lambda: self.asked.emit(self.text()))
        self.textChanged.connect(lambda _text: self._pause.start())
        self.installEventFilter(self)

    def setHits(self, hits: list[dict[str, Any]], total: int) -> None:
        """Show what was found, and of how many that is."""
        self._list.clear()
        for hit in hits:
            item = QListWidgetItem(_row(hit))
            item.setToolTip(hit["id"])
            item.setData(Qt.ItemDataRole.UserRole, (hit["id"], hit["group"]))
            self._list.addItem(item)
        if total > len(hits):
            more = QListWidgetItem(f"and {total - len(hits):,} more: type more of the name")
            more.setFlags(Qt.ItemFlag.NoItemFlags)
            self._list.addItem(more)
        if not hits and self.text().strip():
            none = QListWidgetItem(f"Nothing in this graph is called “{self.text().strip()}”.")
            none.setFlags(Qt.ItemFlag.NoItemFlags)
            self._list.addItem(none)
        if hits:
            self._list.setCurrentRow(0)
        shown = bool(self.text().strip()) and self.hasFocus()
        self._list.setVisible(shown)
        if shown:
            self._place()

    @property
    def hits(self) -> QListWidget:
        """The list of what was found."""
        return self._list

    def _place(self) -> None:
        parent = self._list.parentWidget()
        width = min(max(self.width(), round(36 * self.fontMetrics().averageCharWidth() * 1.6)), parent.width() - 40)
        corner = self.mapTo(parent, QPoint(self.width() - width, self.height() + 4))
        rows = min(self._list.count(), ROWS)
        height = rows * max(self._list.sizeHintForRow(0), 18) + 12
        self._list.setGeometry(max(corner.x(), 8), corner.y(), width, min(height, parent.height() - corner.y() - 8))
        self._list.raise_()

    def _choose(self, item: QListWidgetItem | None) -> None:
        data = item.data(Qt.ItemDataRole.UserRole) if item is not None else None
        if data is not None:
            self._list.hide()
            self.found.emit(*data)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down walk through what was found, Return goes there, Esc gives it up."""
        match event.key():
            case Qt.Key.Key_Down | Qt.Key.Key_Up if self._list.isVisible():
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                self._list.setCurrentRow(min(max(self._list.currentRow() + step, 0), self._list.count() - 1))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                if self._pause.isActive():
                    self._pause.stop()
                    self.asked.emit(self.text())
                else:
                    self._choose(self._list.currentItem())
            case Qt.Key.Key_Escape if self._list.isVisible() or self.text():
                self._list.hide()
                self.clear()
            case _:
                super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Put the list away with the focus."""
        if event.type() == QEvent.Type.FocusOut and not self._list.underMouse():
            self._list.hide()
        return super().eventFilter(watched, event)
