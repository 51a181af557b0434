"""The search field of a network's graph, and the list of hits below it."""

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QWidget

from explorer.core.protocol.network_graph import Hit
from explorer.session.timers import single_shot_timer
from explorer.views.widgets.fields.clear_button import ClearButton
from explorer.views.widgets.fields.hint_line_edit import HintLineEdit

MAX_VISIBLE_ROWS = 12
"""Hits that are visible without scrolling."""

DEBOUNCE_MS = 60
"""Time without typing after which the search starts."""


class SearchEdit(HintLineEdit):
    """A search field with a list of hits, which lies over ``parent``.

    searchRequested: the text to search for. hitChosen: the id of a hit, and the innermost group around it.
    """

    searchRequested = Signal(str)
    hitChosen = Signal(str, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__("search", parent=parent)
        self.setObjectName("searchEdit")
        self.setAccessibleName("Search the graph")
        self.setToolTip("Find ops and groups by name, type or shape, such as 32x128; Return goes there (Ctrl+F)")
        ClearButton(self)
        self._page = parent
        self._list = QListWidget(parent)
        self._list.setObjectName("searchList")
        self._list.setAccessibleName("Search results")
        self._list.setToolTip("Return or a click goes there")
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setProperty("popup", True)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.hide()
        self._list.itemClicked.connect(self._choose)
        self._debounce = single_shot_timer(self, self._request_search, DEBOUNCE_MS)
        self.textChanged.connect(lambda _text: self._debounce.start())
        self.installEventFilter(self)

    @property
    def hits(self) -> QListWidget:
        """The list of hits."""
        return self._list

    def setHits(self, query: str, hits: list[Hit], total: int) -> None:
        """Show the hits for a text, which are the first of ``total``."""
        query = query.strip()
        self._list.clear()
        for hit in hits:
            item = QListWidgetItem(_hit_text(hit))
            item.setToolTip(hit["id"])
            item.setData(Qt.ItemDataRole.UserRole, (hit["id"], hit["group"]))
            self._list.addItem(item)
        if total > len(hits):
            self._add_message(f"and {total - len(hits):,} more: type more of the name")
        if query and not hits:
            self._add_message(f"Nothing in this graph is called “{query}”.")
        if hits:
            self._list.setCurrentRow(0)
        is_visible = bool(query) and self.hasFocus()
        self._list.setVisible(is_visible)
        if is_visible:
            self._place_list()

    def _add_message(self, message: str) -> None:
        item = QListWidgetItem(message)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        self._list.addItem(item)

    def _place_list(self) -> None:
        parent = self._page
        width = min(max(self.width(), round(36 * self.fontMetrics().averageCharWidth() * 1.6)), parent.width() - 40)
        corner = self.mapTo(parent, QPoint(self.width() - width, self.height() + 4))
        rows = min(self._list.count(), MAX_VISIBLE_ROWS)
        height = rows * max(self._list.sizeHintForRow(0), 18) + 12
        self._list.setGeometry(max(corner.x(), 8), corner.y(), width, min(height, parent.height() - corner.y() - 8))
        self._list.raise_()

    def _request_search(self) -> None:
        self._debounce.stop()
        self.searchRequested.emit(self.text())

    def _choose(self, item: QListWidgetItem | None) -> None:
        data = item.data(Qt.ItemDataRole.UserRole) if item is not None else None
        if data is not None:
            self._list.hide()
            self.hitChosen.emit(*data)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step through the hits with Up and Down, choose one with Return, close the list with Esc."""
        match event.key():
            case Qt.Key.Key_Down | Qt.Key.Key_Up if self._list.isVisible():
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                self._list.setCurrentRow(min(max(self._list.currentRow() + step, 0), self._list.count() - 1))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                if self._debounce.isActive():
                    self._request_search()
                else:
                    self._choose(self._list.currentItem())
            case Qt.Key.Key_Escape if self._list.isVisible() or self.text():
                self._list.hide()
                self.clear()
            case _:
                super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hide the list when the field loses the focus, unless the list itself is being clicked."""
        if event.type() == QEvent.Type.FocusOut and not self._list.underMouse():
            self._list.hide()
        return super().eventFilter(watched, event)


def _hit_text(hit: Hit) -> str:
    """Return the row of a hit: with group and pass, by which ops of the same name differ."""
    name = hit["id"].rpartition("/")[2]
    parts = [name, hit["type"] if hit["type"] != name else "", hit["shape"]]
    parts += ["backward" if hit["backward"] else "", f"in {hit['group']}" if hit["group"] else ""]
    return "   ".join(part for part in parts if part)
