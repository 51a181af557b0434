"""The settings of the run to come: network, images, and how it learns."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from explorer.core.training import HIDDEN, LEARNING_RATES, SETTINGS
from explorer.views.setting_fields import SettingFields

NAMES = {
    "perceptron": "Perceptron",
    "logistic": "Logistic regression",
    "mlp": "MLP",
    "cnn": "CNN",
}

LABELS = {
    "model": "Network", "hidden": "Hidden units", "filters": "Filters", "activation": "Activation",
    "dropout": "Dropout", "batch_norm": "Batch norm", "optimizer": "Optimizer", "learning_rate": "Learning rate",
    "batch_size": "Batch size", "epochs": "Epochs", "l2": "L2", "seed": "Seed", "xla": "XLA",
}  # fmt: skip

SOURCES = {
    "auto": "MNIST or the sample",
    "sample": "Sample, 10,000",
    "mnist": "MNIST, 70,000",
    "file": "A file (.npz) …",
}


class RunForm(QFrame):
    """Fields for all of `core.training.SETTINGS`; those that mean nothing for a network are hidden."""

    codeAsked = Signal()
    openAsked = Signal()
    saveAsked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._file = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 8, 12)
        column.setSpacing(8)
        head = QLabel("Network and training")
        head.setProperty("role", "heading")
        column.addWidget(head)
        self._fields = SettingFields(
            SETTINGS, LABELS, {"model": NAMES, "xla": {"auto": "where it is faster", "yes": "always", "no": "never"}}
        )
        self._fields.setProperty("clear", True)
        self._source = self._make_source()
        self._fields.addField("Images", self._source, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setProperty("clear", True)
        scroll.viewport().setProperty("clear", True)
        scroll.setWidget(self._fields)
        column.addWidget(scroll, 1)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(
            self._button(
                "kerasCodeButton", "Code", "This network and its training as Keras code, to copy", self.codeAsked
            )
        )
        self.open = self._button(
            "openNetworkButton", "Open …", "Look into a network from a .keras file", self.openAsked
        )
        self.save = self._button(
            "saveNetworkButton", "Save …", "Save the network in view as a .keras file", self.saveAsked
        )
        row.addWidget(self.open)
        row.addWidget(self.save)
        column.addLayout(row)
        self._fields.changed.connect(self._follow)
        self._network = str(self._fields.value("model"))
        self._follow("model")
        self._follow("optimizer")

    def _button(self, name: str, text: str, tip: str, asked: SignalInstance) -> QPushButton:
        button = QPushButton(text, objectName=name)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda _checked=False: asked.emit())
        return button

    def _make_source(self) -> QComboBox:
        combo = QComboBox(objectName="dataCombo")
        combo.setToolTip("Which images")
        combo.setAccessibleName("Which images")
        combo.setMinimumContentsLength(9)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for key, text in SOURCES.items():
            combo.addItem(text, key)
        combo.activated.connect(self._source_chosen)
        return combo

    def settings(self) -> dict[str, Any]:
        """Return what was chosen, for `core.training.run_settings`."""
        return self._fields.values()

    def setSettings(self, settings: Mapping[str, Any]) -> None:
        """Show other settings."""
        for key in LABELS:
            if key in settings:
                self._fields.setValue(key, settings[key])

    def source(self) -> str:
        """Return the data that was chosen: ``auto``, ``mnist``, ``sample``, or the path of a file."""
        chosen = str(self._source.currentData())
        return self._file if chosen == "file" else chosen

    def _follow(self, key: str) -> None:
        """Let fields follow the network and the optimizer that were chosen."""
        fields = self._fields
        if key == "optimizer":
            fields.setValue("learning_rate", LEARNING_RATES[fields.value("optimizer")])
        if key != "model":
            return
        model = str(fields.value("model"))
        has_hidden = model != "logistic"
        for name in ("hidden", "activation", "dropout", "batch_norm"):
            fields.setShown(name, has_hidden)
        fields.setShown("filters", model == "cnn")
        # A number that was typed stays; the one that came with the network before goes with it.
        if fields.value("hidden") == HIDDEN.get(self._network, SETTINGS["hidden"].default):
            fields.setValue("hidden", HIDDEN.get(model, SETTINGS["hidden"].default))
        self._network = model

    def _source_chosen(self, index: int) -> None:
        if self._source.itemData(index) != "file":
            return
        dialog = QFileDialog(self, "Images and labels", "", "NumPy files (*.npz)")
        dialog.setObjectName("dataDialog")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._file_chosen)
        dialog.rejected.connect(lambda: self._source.setCurrentIndex(0) if not self._file else None)
        dialog.show()

    def _file_chosen(self, path: str) -> None:
        self._file = path
        self._source.setItemText(self._source.findData("file"), path.rpartition("/")[2])
