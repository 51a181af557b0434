"""Small windows that open beside the main one; none of them is modal."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

KEYS = (
    ("Page Down / Page Up", "next step, step back (a clicker does this)"),
    ("Ctrl+Home / Ctrl+End", "start and end of the pass"),
    ("F5", "play or pause"),
    ("F9 or .", "reveal the next number only"),
    ("F11", "only the graph and the formula, and back"),
    ("Ctrl++ / Ctrl+− / Ctrl+0", "everything larger, smaller, as it was"),
    ("Ctrl+L", "to the expression line"),
    ("Ctrl+F", "find an op in the graph"),
    ("Ctrl+G", "show the whole graph"),
    ("Ctrl+Z / Ctrl+Shift+Z", "undo and redo what was typed"),
    ("Esc", "close details, leave F11"),
)


class CodeDialog(QDialog):
    """Texts to read and copy, one in a tab each; ``codes`` maps the tab's title to its text."""

    def __init__(self, codes: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("codeDialog")
        self.setWindowTitle("Code")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.resize(760, 520)
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        for title, text in codes.items():
            view = QPlainTextEdit(text)
            view.setReadOnly(True)
            view.setProperty("role", "code")
            view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
            view.setAccessibleName(title)
            self._tabs.addTab(view, title)
        copy = QPushButton("Copy")
        copy.setObjectName("copyCodeButton")
        copy.setToolTip("Put this text into the clipboard")
        copy.clicked.connect(self._copy)
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        self._copied = QLabel()
        self._copied.setProperty("role", "muted")
        row = QHBoxLayout()
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
        """Show it beside the window; `QDialog.open` would make it modal."""
        self.show()


class KeysDialog(QDialog):
    """All keys of the window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("keysDialog")
        self.setWindowTitle("Keys")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        grid = QGridLayout(self)
        grid.setContentsMargins(24, 20, 24, 20)
        grid.setHorizontalSpacing(28)
        grid.setVerticalSpacing(8)
        for row, (key, does) in enumerate(KEYS):
            name = QLabel(key)
            name.setProperty("role", "heading")
            grid.addWidget(name, row, 0)
            grid.addWidget(QLabel(does), row, 1)

    def open(self) -> None:
        """Show it beside the window; `QDialog.open` would make it modal."""
        self.show()


def ask_file(parent: QWidget, what: str, done: Callable[[str], None]) -> QFileDialog:
    """Ask for a file to save a picture in, without blocking, and give its path to ``done``."""
    dialog = QFileDialog(parent, f"Save the {what}", f"{what}.svg", "Pictures (*.svg *.png *.pdf)")
    dialog.setObjectName("saveDialog")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("svg")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(done)
    dialog.setModal(False)
    dialog.show()
    return dialog


def ask_network(parent: QWidget, done: Callable[[str], None], save_as: str = "") -> QFileDialog:
    """Ask for a ``.keras`` file to open, or to save under a name like ``save_as``; gives its path to ``done``."""
    title = "Save the network" if save_as else "Open a network"
    dialog = QFileDialog(parent, title, save_as, "Networks (*.keras)")
    dialog.setObjectName("networkDialog")
    saves = QFileDialog.AcceptMode.AcceptSave if save_as else QFileDialog.AcceptMode.AcceptOpen
    dialog.setAcceptMode(saves)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile if save_as else QFileDialog.FileMode.ExistingFile)
    dialog.setDefaultSuffix("keras")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(done)
    dialog.setModal(False)
    dialog.show()
    return dialog
