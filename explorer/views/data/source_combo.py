"""Which images to use: a choice that both tabs show, and that belongs to the session."""

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from explorer.core.data.sources import SOURCES
from explorer.session.data.session import DataSession
from explorer.views.widgets.choice_combo import ChoiceCombo
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
    """Shows what the session wants, and asks it for other data."""

    def __init__(self, session: DataSession, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.setToolTip("Which images to look at and to train on")
        self.setAccessibleName("Which images")
        self._session = session
        self._dialog: QFileDialog | None = None
        for key, text in CHOICES.items():
            self.addItem(text, key)
            self.setItemData(self.count() - 1, TOOLTIPS[key], Qt.ItemDataRole.ToolTipRole)
        self.currentIndexChanged.connect(self._chosen)
        self.activated.connect(self._activated)
        session.wantedChanged.connect(lambda _wanted: self._show())
        self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the list instead of walking through it unseen: on the way lies what would be downloaded."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End):
            self.showPopup()
        elif event.text().isprintable() and event.text().strip():
            event.ignore()  # a letter would choose what begins with it
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to what scrolls: a turn of it must not download anything."""
        event.ignore()

    def _chosen(self, index: int) -> None:
        if self.itemData(index) == "file":
            self._ask_file()
        else:
            self._session.open(self.itemData(index))

    def _activated(self, index: int) -> None:
        if self.itemData(index) == "file":
            self._ask_file()  # also when a file is chosen already: then it is to be another one

    def _ask_file(self) -> None:
        if self._dialog is not None:
            return
        kinds = "NumPy files (*.npz)"
        self._dialog = open_file_dialog(self, "dataDialog", "Images and labels", kinds, self._session.open)
        self._dialog.finished.connect(self._asked)

    def _asked(self, _result: int) -> None:
        self._dialog = None
        self._show()

    def _show(self) -> None:
        wanted = self._session.wanted
        index, file = self.findData(wanted), self.findData("file")
        with QSignalBlocker(self):
            self.setItemText(file, CHOICES["file"] if index >= 0 else Path(wanted).name)
            self.setCurrentIndex(index if index >= 0 else file)


class SourceState(QWidget):
    """How many images are in use, how far a download is, and what went wrong with other data.

    named: say what they are called too, where nothing beside it does.
    ``prefix`` begins the names of its parts: ``dataSplit``, ``dataError``, ``dataProgress``, ``dataCancelButton``.
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
        self._fetching = QWidget()
        fetching = QVBoxLayout(self._fetching)
        fetching.setContentsMargins(0, 0, 0, 0)
        fetching.setSpacing(6)
        line = FlowRow()
        self._how_far = make_label("", f"{prefix}Progress", wraps=True)
        cancel = QPushButton("Cancel")
        cancel.setObjectName(f"{prefix}CancelButton")
        cancel.setToolTip("End the download; nothing of it is kept, and the images in use stay")
        cancel.setAccessibleName("Cancel the download")
        cancel.clicked.connect(lambda _checked=False: session.download.cancel())
        line.addWidget(self._how_far, 1)
        line.addWidget(cancel)
        fetching.addLayout(line)
        self._bar = QProgressBar()
        self._bar.setObjectName(f"{prefix}Bar")
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress of the download")
        fetching.addWidget(self._bar)
        column.addWidget(self._fetching)
        self._error = make_label("error", f"{prefix}Error")
        self._error.setTextFormat(Qt.TextFormat.PlainText)
        self._error.setWordWrap(True)
        column.addWidget(self._error)
        session.infoChanged.connect(lambda _info: self._show())
        session.sentenceChanged.connect(lambda _sentence: self._show())
        session.download.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        session = self._session
        told = session.told if self._named else session.split
        self._split.setText(told if session.info is not None else "The images follow when TensorFlow has started.")
        self._error.setText(session.sentence)
        self._error.setVisible(bool(session.sentence))
        download = session.download
        self._fetching.setVisible(download.is_under_way)
        if download.is_under_way:
            megabytes = f"{download.done / 1e6:.1f} of {download.total / 1e6:.1f} MB"
            self._how_far.setText(f"{download.title}: {megabytes}")
            self._bar.setRange(0, max(download.total, 1))
            self._bar.setValue(download.done)
