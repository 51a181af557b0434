"""A strip under the graph with details of the selected op or tensor."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.core.help.glossary import LINK_SCHEME, glossary
from explorer.views.theme.icons import icon
from explorer.views.theme.theme import Theme

MAX_TABLE_LINES = 6
"""Lines of the numbers of an array that are seen at once."""


class DetailsStrip(QFrame):
    """A title, a text and a button to close; hidden without details.

    prefix: beginning of the object names of its parts. termRequested: key of an entry of the glossary.
    """

    closed = Signal()
    termRequested = Signal(str)

    def __init__(self, parent: QWidget | None = None, *, prefix: str = "") -> None:
        super().__init__(parent)

        def named(name: str) -> str:
            return f"{prefix}{name[0].upper()}{name[1:]}" if prefix else name

        self.setObjectName(named("detailsStrip"))
        self.setProperty("strip", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 8, 6)
        column = QVBoxLayout()
        column.setSpacing(2)
        self._title = QLabel()
        self._title.setObjectName(named("detailsTitle"))
        self._title.setProperty("role", "code")
        self._body = QLabel()
        self._body.setObjectName(named("detailsBody"))
        self._body.setProperty("role", "muted")
        for label in (self._title, self._body):
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(label)
        links = Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        self._body.setTextInteractionFlags(self._body.textInteractionFlags() | links)
        self._body.linkActivated.connect(lambda address: self.termRequested.emit(address.removeprefix(LINK_SCHEME)))
        self._table = QPlainTextEdit()
        self._table.setObjectName(named("detailsTable"))
        self._table.setAccessibleName("All numbers of the selected array")
        self._table.setReadOnly(True)
        self._table.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._table.setTabChangesFocus(True)
        self._table.hide()
        column.addWidget(self._table)
        row.addLayout(column, 1)
        self._close = QToolButton()
        self._close.setObjectName(named("detailsCloseButton"))
        self._close.setToolTip("Close the details (Esc)")
        self._close.setAccessibleName("Close the details")
        self._close.clicked.connect(self.closed)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def setDetails(self, title: str, body: str, table: str = "") -> None:
        """Show a title, as TensorFlow prints the op or tensor, and a text; hide the strip if both are empty.

        table: all numbers of an array, line by line, which can be scrolled; "" for none.
        """
        self._title.setText(title)
        self._body.setText(glossary().add_html_links(body).replace("\n", "<br>") if body else "")
        if table != self._table.toPlainText():
            self._table.setPlainText(table)
            lines = min(table.count("\n") + 1, MAX_TABLE_LINES) + 1.6  # and a scroll bar
            self._table.setFixedHeight(round(lines * self._table.fontMetrics().lineSpacing()))
        self._table.setVisible(bool(table))
        self.setVisible(bool(title or body))

    def setTheme(self, theme: Theme) -> None:
        """Set the colours of icon and links."""
        self._close.setIcon(icon("close", theme.muted.name(), theme.disabled.name()))
        text = self._body.text()
        self._body.clear()
        self._body.setText(text)  # links keep the colour of the time when the text was set
