"""The glossary: a search field, the list of terms, and the entry of one term with links to others."""

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from explorer.core.help.glossary import LINK_SCHEME, GlossaryEntry, glossary
from explorer.views.help.markdown_view import MarkdownView
from explorer.views.theme.theme import SANS, Theme, font
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.fields.clear_button import ClearButton
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.form_dialog import FormDialog
from explorer.views.widgets.labels import make_label
from explorer.views.widgets.text_size import TEXT_SIZE_PX

WIDTH_PX, HEIGHT_PX, LIST_WIDTH_PX = 720, 470, 220
"""Size of the dialog and of its list at scale 1."""

LIST_FONT_PX = 13
"""Font size of the list at scale 1."""

LIST_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


def entry_text(entry: GlossaryEntry) -> str:
    """Return an entry as Markdown: its other names, its text, and related entries."""
    names = f"*also: {', '.join(entry.synonyms)}*\n\n" if entry.synonyms else ""
    others = [glossary().entry(key) for key in entry.related]
    return (
        f"{names}{entry.text}\n\nSee also " + ", ".join(f"[{one.term}]({LINK_SCHEME}{one.key})" for one in others) + "."
    )


class GlossaryDialog(FormDialog):
    """A dialog that is not modal. Property ``term``: key of the shown entry."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("glossaryDialog")
        self.setWindowTitle("Glossary")
        self.setModal(False)
        self._visited: list[str] = []
        self._search = QLineEdit()
        self._search.setObjectName("glossarySearch")
        self._search.setPlaceholderText("Search")
        self._search.setAccessibleName("Search the glossary")
        self._search.setToolTip("Type a word; Up and Down go through what was found, Tab goes to the entry")
        ClearButton(self._search)
        self._search.textEdited.connect(self._find)
        self._search.installEventFilter(self)
        self._list = QListWidget()
        self._list.setObjectName("glossaryList")
        self._list.setAccessibleName("Terms")
        self._list.setToolTip("Terms; the arrow keys go from one to the next")
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # else lines would be wrapped anew
        self._list.setWordWrap(True)
        self._list.setTextElideMode(Qt.TextElideMode.ElideNone)
        self._list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self._list.currentItemChanged.connect(lambda now, _before: self._chosen(now))
        self._none = make_label("muted", "glossaryNone", "No entry has these words.", wraps=True)
        self._title = make_label("large", "glossaryTitle", wraps=True)
        self._text = MarkdownView()
        self._text.setObjectName("glossaryText")
        self._text.setAccessibleName("The entry")
        self._text.setToolTip("Tab goes to the next word with dots below it, Return follows it")
        self._text.termRequested.connect(self.showTerm)
        self._back = push_button("glossaryBackButton", "Back", "The previous entry (Alt+Left)", self._go_back)
        self._back.setShortcut("Alt+Left")
        left = QVBoxLayout()
        left.addWidget(self._search)
        left.addWidget(self._none)
        left.addWidget(self._list, 1)
        head = FlowRow()  # with large fonts the button moves below the title, and the dialog fits on the screen
        head.addWidget(self._title, 1)
        head.addWidget(self._back)
        right = QVBoxLayout()
        right.addLayout(head)
        right.addWidget(self._text, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 14, 14, 14)
        row.setSpacing(14)
        row.addLayout(left, LIST_WIDTH_PX)
        row.addLayout(right, WIDTH_PX - LIST_WIDTH_PX)
        self._find("")

    def showTerm(self, key: str) -> None:
        """Show an entry; the button "Back" returns to the previous one."""
        if not any(item.data(Qt.ItemDataRole.UserRole) == key for item in self._items()):
            self._search.clear()
            self._find("")
        for item in self._items():
            if item.data(Qt.ItemDataRole.UserRole) == key:
                self._list.setCurrentItem(item)

    def open(self) -> None:
        """Show the dialog with the focus in the search field, without making it modal, as `QDialog.open` would."""
        self.show()
        self.activateWindow()
        self._search.setFocus()
        self._search.selectAll()

    def setAppearance(self, theme: Theme, scale: float) -> None:
        """Use the theme's colours, and fonts and size of this scale, at most the size of the screen."""
        self._text.setTheme(theme)
        self._text.setPixelSize(TEXT_SIZE_PX * scale)
        # Terms are wrapped between words only.
        longest = max((word for entry in glossary().entries for word in entry.term.split()), key=len)
        bar = self._list.verticalScrollBar().sizeHint().width()
        letters = QFontMetrics(font(SANS, LIST_FONT_PX * scale))  # that of the style sheet, which may be applied later
        self._list.setMinimumWidth(letters.horizontalAdvance(f"{longest}nn") + bar)
        available = (self.screen() or QApplication.primaryScreen()).availableSize()
        self.resize(
            min(round(WIDTH_PX * scale), available.width() - 40), min(round(HEIGHT_PX * scale), available.height() - 60)
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let arrow keys in the search field select in the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in LIST_KEYS:
            self._list.event(event)
            return True
        return super().eventFilter(watched, event)

    def _items(self) -> list[QListWidgetItem]:
        return [self._list.item(row) for row in range(self._list.count())]

    def _find(self, words: str) -> None:
        shown = self.property("term")
        found = glossary().search(words)
        self._list.blockSignals(True)
        self._list.clear()
        for entry in found:
            item = QListWidgetItem(entry.term)
            item.setData(Qt.ItemDataRole.UserRole, entry.key)
            self._list.addItem(item)
        self._list.blockSignals(False)
        self._none.setHidden(bool(found))
        if found:
            keys = [entry.key for entry in found]
            self._list.setCurrentRow(keys.index(shown) if not words.strip() and shown in keys else 0)

    def _chosen(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        entry = glossary().entry(item.data(Qt.ItemDataRole.UserRole))
        if (before := self.property("term")) and before != entry.key:
            self._visited.append(before)
        self._show(entry)

    def _show(self, entry: GlossaryEntry) -> None:
        self.setProperty("term", entry.key)
        self._title.setText(entry.term)
        self._text.setMarkdownText(entry_text(entry), Path(), (entry.key, *entry.related))
        self._back.setEnabled(bool(self._visited))

    def _go_back(self) -> None:
        key = self._visited.pop()
        self.setProperty("term", "")  # so that going back is not added to the visited entries
        self.showTerm(key)
        self._show(glossary().entry(key))
