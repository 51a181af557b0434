"""The search field of a network's graph, the list of hits below it, and the buttons that go from hit to hit."""

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from explorer.core.protocol.network_graph import Hit
from explorer.session.timers import single_shot_timer
from explorer.views.widgets.buttons import tool_button
from explorer.views.widgets.fields.clear_button import ClearButton
from explorer.views.widgets.fields.hint_line_edit import HintLineEdit

MAX_VISIBLE_ROWS = 12
"""Hits that are visible without scrolling."""

DEBOUNCE_MS = 60
"""Time without typing after which the search starts."""

NAME_ROLE = Qt.ItemDataRole.UserRole
"""Role of the name in a row of the list; messages have none."""


class SearchEdit(HintLineEdit):
    """A search field with a list of hits, which lies over ``parent``.

    searchRequested: the text to search for. hitChosen: the number of a hit, from 0. nextRequested: how many hits to go
    on, or back. left: Esc was pressed.
    """

    searchRequested = Signal(str)
    hitChosen = Signal(int)
    nextRequested = Signal(int)
    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__("search", parent=parent)
        self.setObjectName("searchEdit")
        self.setAccessibleName("Search the graph")
        self.setToolTip(
            "Find groups, weights and ops by words of their name, type, shape or layer: relu 32x128, conv1/kernel. "
            "Return goes there and then on to the next (Ctrl+F)"
        )
        ClearButton(self)
        self._page = parent
        self._list = QListWidget(parent)
        self._list.setObjectName("searchList")
        self._list.setAccessibleName("Search results")
        self._list.setToolTip("Return or a click goes there")
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setProperty("popup", True)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setItemDelegate(_HitDelegate(self._list))
        self._list.hide()
        self._list.itemClicked.connect(lambda item: self._choose(self._list.row(item)))
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
            item.setToolTip(_hit_tooltip(hit))
            item.setData(NAME_ROLE, hit["name"])
            self._list.addItem(item)
        if total > len(hits):
            self._add_message(f"and {total - len(hits):,} more: type another word")
        if query and not hits:
            self._add_message(f"Nothing in this graph matches “{query}”.")
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
        needed = self._list.sizeHintForColumn(0) + self._list.verticalScrollBar().sizeHint().width() + 12
        width = min(max(self.width(), needed), parent.width() - 40)
        corner = self.mapTo(parent, QPoint(self.width() - width, self.height() + 4))
        rows = min(self._list.count(), MAX_VISIBLE_ROWS)
        around = max(self._list.height() - self._list.viewport().height(), 0)  # border and padding of the style sheet
        height = rows * max(self._list.sizeHintForRow(0), 18) + max(around, 12)
        self._list.setGeometry(max(corner.x(), 8), corner.y(), width, min(height, parent.height() - corner.y() - 8))
        self._list.raise_()

    def _request_search(self) -> None:
        self._debounce.stop()
        self.searchRequested.emit(self.text())

    def _choose(self, row: int) -> None:
        item = self._list.item(row)
        if item is not None and item.data(NAME_ROLE) is not None:
            self._list.hide()
            self.hitChosen.emit(row)

    def setPosition(self, position: int | None) -> None:
        """Mark the hit that is shown in the graph."""
        if position is not None:
            self._list.setCurrentRow(position)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose a hit with Up, Down and Return, go on from hit to hit with Return, close the list with Esc."""
        match event.key():
            case Qt.Key.Key_Down if not self._list.isVisible() and self._list.count():
                self._list.show()
                self._place_list()
            case Qt.Key.Key_Down | Qt.Key.Key_Up if self._list.isVisible():
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                self._list.setCurrentRow(min(max(self._list.currentRow() + step, 0), self._list.count() - 1))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                if self._debounce.isActive():
                    self._request_search()
                elif self._list.isVisible():
                    self._choose(self._list.currentRow())
                else:
                    is_back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                    self.nextRequested.emit(-1 if is_back else 1)
            case Qt.Key.Key_Escape if self._list.isVisible() or self.text():
                self._list.hide()
                self.clear()
                self.left.emit()
            case _:
                super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hide the list when the field loses the focus, unless the list itself is being clicked."""
        if event.type() == QEvent.Type.FocusOut and not self._list.underMouse():
            self._list.hide()
        return super().eventFilter(watched, event)


class SearchSteps(QWidget):
    """Shows which of the hits is shown, with buttons to the one before and the next; hidden without a hit.

    nextRequested: how many hits to go on, or back.
    """

    nextRequested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self._label = QLabel()
        self._label.setObjectName("searchPosition")
        self._label.setProperty("role", "muted")
        row.addWidget(self._label)
        self._buttons = [
            tool_button("searchPreviousButton", "‹", "The hit before (Shift+F3)"),
            tool_button("searchNextButton", "›", "The next hit (F3)"),
        ]
        for button, offset in zip(self._buttons, (-1, 1), strict=True):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the focus where it is
            button.clicked.connect(lambda _checked=False, offset=offset: self.nextRequested.emit(offset))
            row.addWidget(button)
        self.hide()

    @property
    def buttons(self) -> list[QWidget]:
        """The buttons, in order."""
        return list(self._buttons)

    def setPosition(self, position: int | None, count: int, total: int) -> None:
        """Show the number of a hit (from 0, None before the first) among the ``count`` that can be gone through."""
        here = f"{position + 1} of " if position is not None else ""
        more = f" ({total:,} in all)" if total > count else ""
        self._label.setText(f"{here}{count:,}{more}" if position is not None else f"{total:,} found")
        self.setVisible(count > 0)


class _HitDelegate(QStyledItemDelegate):
    """Paints the name of a hit in bold, and what it is and where beside it; texts that are too long are elided."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint a row."""
        name = index.data(NAME_ROLE)
        if name is None:
            super().paint(painter, option, index)
            return
        row = QStyleOptionViewItem(option)
        self.initStyleOption(row, index)
        rest, row.text = row.text.removeprefix(name).strip(), ""
        style = row.widget.style() if row.widget is not None else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, row, painter, row.widget)
        area = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, row, row.widget)
        margin = style.pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, None, row.widget) + 1
        width = row.widget.viewport().width() if isinstance(row.widget, QListWidget) else row.rect.width()
        area = QRect(row.rect.left() + margin, area.top(), width - 2 * margin, area.height())
        painter.save()
        painter.setPen(row.palette.text().color())  # the style sheet marks the current row by its ground and a frame
        bold = row.font
        bold.setBold(True)
        painter.setFont(bold)
        metrics = painter.fontMetrics()
        text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        area.setLeft(area.left() + metrics.horizontalAdvance(f"{text}   "))
        painter.setFont(option.font)
        text = painter.fontMetrics().elidedText(rest, Qt.TextElideMode.ElideRight, max(area.width(), 0))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the size of a row with its name in bold."""
        size, name = super().sizeHint(option, index), index.data(NAME_ROLE)
        if name is None:
            return size
        bold = QFont(option.font)
        bold.setBold(True)
        more = QFontMetrics(bold).horizontalAdvance(name) - QFontMetrics(option.font).horizontalAdvance(name)
        return size + QSize(max(more, 0), 0)


def _hit_text(hit: Hit) -> str:
    """Return the row of a hit: with group and pass, by which ops of the same name differ."""
    name = hit["name"]
    parts = [name, hit["type"] if hit["type"] != name else "", hit["shape"]]
    parts += ["backward" if hit["backward"] else "", "helper op" if hit["hidden"] else ""]
    parts += [f"in {hit['group']}" if hit["group"] else ""]
    return "   ".join(part for part in parts if part)


def _hit_tooltip(hit: Hit) -> str:
    """Return where a hit leads: ops that are not shown become boxes."""
    shown = [name for name, is_needed in (("helper", hit["hidden"]), ("backward", hit["backward"])) if is_needed]
    return f"{hit['id']}\nShows {' and '.join(shown)} ops" if shown else hit["id"]
