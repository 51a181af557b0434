"""The page of keys (F1)."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QTabWidget, QVBoxLayout, QWidget

from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.positioning import resize_to_font
from explorer.views.widgets.scroll_page import make_scrollable
from explorer.views.widgets.shortcuts import Shortcut, shown

COLUMNS = 2

WIDE = 280
"""Pixels beyond which a text breaks."""


class ShortcutsDialog(QDialog):
    """All keys of the window, those of each tab under its name."""

    def __init__(self, keys: Sequence[Shortcut], tabs: QTabWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("keysDialog")
        self.setWindowTitle("Keys")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        resize_to_font(self, 1080, 640)
        row = make_scrollable(self, FlowRow(fills=True))
        row.setContentsMargins(24, 20, 24, 20)
        row.setSpacing(36)
        groups: dict[str, list[Shortcut]] = {"Everywhere": []}
        for key in keys:
            group = "Everywhere" if key.tab is None else tabs.tabText(tabs.indexOf(key.tab))
            groups.setdefault(group, []).append(key)
        columns = [QVBoxLayout() for _ in range(COLUMNS)]
        for column in columns:
            row.addLayout(column)
        lengths = [0] * COLUMNS
        for title, found in sorted(groups.items(), key=lambda group: -len(group[1])):
            shortest = lengths.index(min(lengths))
            lengths[shortest] += len(found) + 2
            columns[shortest].addWidget(self._group(title, found))
        for column in columns:
            column.addStretch(1)

    def _group(self, title: str, keys: Sequence[Shortcut]) -> QWidget:
        group = QWidget()
        group.setProperty("clear", True)
        rows = QGridLayout(group)
        rows.setContentsMargins(0, 0, 0, 12)
        rows.setHorizontalSpacing(18)
        rows.setVerticalSpacing(6)
        rows.setColumnStretch(1, 1)
        head = QLabel(title)
        head.setProperty("role", "large")
        rows.addWidget(head, 0, 0, 1, 2)
        for row, key in enumerate(keys, 1):
            name = QLabel(shown(key.keys))
            name.setProperty("role", "heading")
            says = QLabel(key.says)
            for place, label in enumerate((name, says)):
                label.setWordWrap(label.sizeHint().width() > WIDE)
                rows.addWidget(label, row, place)
        return group

    def open(self) -> None:
        """Show it beside the window; `QDialog.open` would make it modal."""
        self.show()
