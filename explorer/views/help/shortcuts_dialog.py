"""The page of keys (F1)."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QTabWidget, QVBoxLayout, QWidget

from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label
from explorer.views.widgets.positioning import resize_to_font
from explorer.views.widgets.scroll_page import make_scrollable
from explorer.views.widgets.shortcuts import Shortcut, key_text

COLUMN_COUNT = 2

MAX_LINE_WIDTH_PX = 280
"""Wider texts are wrapped."""

GENERAL_TITLE = "Everywhere"

BARE_MARK = "*"

FOOTNOTE = (
    "* is typed where the caret is in a text field. Everything else works there, too; in fields other than the "
    "expression, Ctrl with an arrow, Home or End moves the caret."
)


class ShortcutsDialog(QDialog):
    """Lists all shortcuts of the window, those of each tab below its title."""

    def __init__(self, shortcuts: Sequence[Shortcut], tabs: QTabWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("keysDialog")
        self.setWindowTitle("Keys")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        resize_to_font(self, 1080, 640)
        row = make_scrollable(self, FlowRow(fills=True))
        row.setContentsMargins(24, 20, 24, 20)
        row.setSpacing(36)
        groups: dict[str, list[Shortcut]] = {GENERAL_TITLE: []}
        for shortcut in shortcuts:
            title = GENERAL_TITLE if shortcut.tab is None else tabs.tabText(tabs.indexOf(shortcut.tab))
            groups.setdefault(title, []).append(shortcut)
        columns = [QVBoxLayout() for _ in range(COLUMN_COUNT)]
        for column in columns:
            row.addLayout(column)
        lengths = [0] * COLUMN_COUNT
        for title, group in sorted(groups.items(), key=lambda group: -len(group[1])):
            shortest = lengths.index(min(lengths))
            lengths[shortest] += len(group) + 2
            columns[shortest].addWidget(_group_widget(title, group))
        footnote = make_label("muted", text=FOOTNOTE)
        footnote.setObjectName("keysFootnote")
        footnote.setWordWrap(True)
        columns[lengths.index(min(lengths))].addWidget(footnote)
        for column in columns:
            column.addStretch(1)

    def open(self) -> None:
        """Show the dialog without making it modal, as `QDialog.open` would."""
        self.show()


def _group_widget(title: str, shortcuts: Sequence[Shortcut]) -> QWidget:
    group = QWidget()
    group.setProperty("clear", True)
    rows = QGridLayout(group)
    rows.setContentsMargins(0, 0, 0, 12)
    rows.setHorizontalSpacing(18)
    rows.setVerticalSpacing(6)
    rows.setColumnStretch(1, 1)
    rows.addWidget(make_label("large", text=title), 0, 0, 1, 2)
    for row, shortcut in enumerate(shortcuts, 1):
        keys = (*shortcut.keys, *(key + BARE_MARK for key in shortcut.bare_keys))
        labels = make_label("heading", text=key_text(keys)), make_label("", text=shortcut.description)
        for column, label in enumerate(labels):
            label.setWordWrap(label.sizeHint().width() > MAX_LINE_WIDTH_PX)
            rows.addWidget(label, row, column)
    return group
