"""The choice of the images, for the tabs Data and Training, and the state of the data."""

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from explorer.core.data.sources import SOURCES
from explorer.session.data.session import DataSession
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.fields.choice_combo import ChoiceCombo
from explorer.views.widgets.file_dialog import open_file_dialog
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label

CHOICES = {
    "auto": "MNIST or sample",
    "sample": "MNIST sample, 10,000",
    **{key: f"{source.title}, 70,000" for key, source in SOURCES.items()},
    "file": "A file (.npz) …",
}

TOOLTIPS = {
    "auto": "MNIST where Keras has it on this computer already, else the sample",
    "sample": "MNIST's first 10,000 images, which come with this program",
    **{
        key: f"70,000 images; fetched from the network ({source.size / 1e6:.0f} MB) where Keras has not got them yet"
        for key, source in SOURCES.items()
    },
    "file": "Your own images: x_train, y_train, x_test and y_test in one NumPy file",
}


class SourceCombo(ChoiceCombo):
    """Shows the data source that the session wants, and requests another one."""

    def __init__(self, session: DataSession, object_name: str, parent: QWidget | None = None) -> None:
        super().__init__(object_name, parent)
        self.setToolTip("Which images to look at and to train on")
        self.setAccessibleName("Which images")
        self._session = session
        self._dialog: QFileDialog | None = None
        for key, text in CHOICES.items():
            self.addItem(text, key)
            self.setItemData(self.count() - 1, TOOLTIPS[key], Qt.ItemDataRole.ToolTipRole)
        self.currentIndexChanged.connect(self._select)
        self.activated.connect(self._reopen_file_dialog)
        session.requestedSourceChanged.connect(lambda _source: self._show())
        self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the list instead of stepping through it, because a step might select data that is downloaded."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End):
            self.showPopup()
        elif event.text().isprintable() and event.text().strip():
            event.ignore()  # a letter would select an item that starts with it
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ignore the wheel, which might select data that is downloaded."""
        event.ignore()

    def _select(self, index: int) -> None:
        if self.itemData(index) == "file":
            self._ask_file()
        else:
            self._session.open(self.itemData(index))

    def _reopen_file_dialog(self, index: int) -> None:
        if self.itemData(index) == "file":
            self._ask_file()  # choosing "a file" again means another file
        elif self._session.message:
            self._session.open(self.itemData(index))  # its message is about another source

    def _ask_file(self) -> None:
        if self._dialog is not None:
            return
        kinds = "NumPy files (*.npz)"
        self._dialog = open_file_dialog(self, "dataDialog", "Images and labels", kinds, self._session.open)
        self._dialog.finished.connect(self._dialog_finished)

    def _dialog_finished(self, _result: int) -> None:
        self._dialog = None
        self._show()

    def _show(self) -> None:
        source = self._session.requested_source
        index, file = self.findData(source), self.findData("file")
        with QSignalBlocker(self):
            self.setItemText(file, CHOICES["file"] if index >= 0 else Path(source).name)
            self.setCurrentIndex(index if index >= 0 else file)


class SourceState(QWidget):
    """Shows how many images are in use, the progress of a download, and errors.

    named: whether to show the name of the data as well.
    prefix: of the object names of its parts: ``dataSplit``, ``dataError``, ``dataProgress``, ``dataCancelButton``.
    """

    def __init__(
        self, session: DataSession, prefix: str, *, named: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._named = named
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self._split = make_label("muted", f"{prefix}Split")
        self._split.setTextFormat(Qt.TextFormat.PlainText)
        self._split.setWordWrap(True)
        column.addWidget(self._split)
        self._download = QWidget()
        fetching = QVBoxLayout(self._download)
        fetching.setContentsMargins(0, 0, 0, 0)
        fetching.setSpacing(6)
        line = FlowRow()
        self._progress_label = make_label("", f"{prefix}Progress", wraps=True)
        tooltip = "Cancel the download; nothing of it is kept, and the images in use stay"
        line.addWidget(self._progress_label, 1)
        push_button(f"{prefix}CancelButton", "Cancel", tooltip, session.download.cancel, line)
        fetching.addLayout(line)
        self._bar = QProgressBar()
        self._bar.setObjectName(f"{prefix}Bar")
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress of the download")
        fetching.addWidget(self._bar)
        column.addWidget(self._download)
        self._error = make_label("error", f"{prefix}Error")
        self._error.setTextFormat(Qt.TextFormat.PlainText)
        self._error.setWordWrap(True)
        column.addWidget(self._error)
        session.infoChanged.connect(lambda _info: self._show())
        session.messageChanged.connect(lambda _sentence: self._show())
        session.download.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        session = self._session
        summary = session.summary if self._named else session.split_text
        self._split.setText(
            summary if session.info is not None else "The images are loaded as soon as TensorFlow has started."
        )
        self._error.setText(session.message)
        self._error.setVisible(bool(session.message))
        download = session.download
        self._download.setVisible(download.is_running)
        if download.is_running:
            megabytes = f"{download.bytes_done / 1e6:.1f} of {download.bytes_total / 1e6:.1f} MB"
            self._progress_label.setText(f"{download.title}: {megabytes}")
            self._bar.setRange(0, max(download.bytes_total, 1))
            self._bar.setValue(download.bytes_done)
