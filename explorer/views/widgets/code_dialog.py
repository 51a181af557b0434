"""General dialogs, none of them modal."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QPlainTextEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from explorer.views.widgets.file_dialog import open_file_dialog
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label
from explorer.views.widgets.positioning import resize_to_font


class CodeDialog(QDialog):
    """Shows source code to copy, one text per tab; ``codes`` maps the title of each tab to its text."""

    def __init__(self, codes: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("codeDialog")
        self.setWindowTitle("Code")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        resize_to_font(self, 760, 520)
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        for title, text in codes.items():
            view = QPlainTextEdit(text)
            view.setReadOnly(True)
            view.setProperty("role", "code")
            view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
            view.setAccessibleName(title)
            view.setToolTip("Ctrl+A and Ctrl+C copy it, as the button does")
            view.setTabChangesFocus(True)  # the text is read-only
            self._tabs.addTab(view, title)
        copy = QPushButton("Copy")
        copy.setObjectName("copyCodeButton")
        copy.setToolTip("Put this text into the clipboard")
        copy.clicked.connect(self._copy)
        close = QPushButton("Close")
        close.setObjectName("closeCodeButton")
        close.setToolTip("Close this window (Esc)")
        close.clicked.connect(self.close)
        self._copied = make_label("muted")
        row = FlowRow()
        row.addWidget(self._copied, 1)
        row.addWidget(copy)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.addWidget(self._tabs)
        column.addLayout(row)

    def _copy(self) -> None:
        view = self._tabs.currentWidget()
        if isinstance(view, QPlainTextEdit):
            QGuiApplication.clipboard().setText(view.toPlainText())
            self._copied.setText("Copied.")

    def open(self) -> None:
        """Show the dialog without blocking; `QDialog.open` would make it modal."""
        self.show()


def ask_save_path(
    parent: QWidget, subject: str, on_accept: Callable[[str], None], *suffixes: str, kind: str = "Pictures"
) -> QFileDialog:
    """Ask for the path of a new file, without blocking, and pass it to ``on_accept``.

    subject: what is saved, for the title and the proposed name. suffixes: allowed ones, by default those of pictures.
    kind: name of the file type.
    """
    allowed = suffixes or ("svg", "png", "pdf")
    patterns = " ".join(f"*.{suffix}" for suffix in allowed)
    name = f"{subject}.{allowed[0]}"
    return open_file_dialog(
        parent, "saveDialog", f"Save the {subject}", f"{kind} ({patterns})", on_accept, save_as=name
    )
