"""Whose graph to show: the network in training, the tutorial's, those of Keras, or a file."""

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from explorer.core.network_graph.sources import APPLICATIONS, CURRENT_RUN, KERAS_PREFIX
from explorer.core.training.settings import MODELS
from explorer.session.network_graph.session import NetworkGraphSession
from explorer.views.models.network_path_dialog import ask_network_path
from explorer.views.widgets.choice_combo import ChoiceCombo

FILE = "file"

SAYS = {
    CURRENT_RUN: "The network of the tab Training, also while it trains",
    FILE: "A network in a .keras file; no code in it is run",
}


class NetworkSourceCombo(ChoiceCombo):
    """Shows whose graph is wanted, and asks for another one. The data of an item is the name on the command line."""

    def __init__(self, session: NetworkGraphSession, parent: QWidget | None = None) -> None:
        super().__init__("networkSource", parent)
        self.setAccessibleName("Which network")
        self.setToolTip("Whose training graph to show")
        self.setMinimumContentsLength(12)
        self._session = session
        self._dialog: QFileDialog | None = None
        self.addItem("The network in training", CURRENT_RUN)
        for model in MODELS:
            self.addItem(model, model)
            self.setItemData(self.count() - 1, "New, as the tab Training would begin", Qt.ItemDataRole.ToolTipRole)
        for name in APPLICATIONS:
            self.addItem(name, KERAS_PREFIX + name)
            self.setItemData(self.count() - 1, "Of keras.applications, weights at random", Qt.ItemDataRole.ToolTipRole)
        self.addItem("A file (.keras) …", FILE)
        for key, text in SAYS.items():
            self.setItemData(self.findData(key), text, Qt.ItemDataRole.ToolTipRole)
        self.setCurrentIndex(-1)
        self.currentIndexChanged.connect(self._chosen)
        self.activated.connect(self._activated)
        session.infoChanged.connect(self.refresh)
        session.stateChanged.connect(self.refresh)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel alone: a turn of it must not trace ten networks."""
        event.ignore()

    def _chosen(self, index: int) -> None:
        data = self.itemData(index)
        if data == FILE:
            self._ask_file()
        elif data is not None:
            self._session.open(str(data))

    def _activated(self, index: int) -> None:
        if self.itemData(index) == FILE:
            self._ask_file()

    def _ask_file(self) -> None:
        if self._dialog is not None:
            return
        self._dialog = ask_network_path(self, self._session.open)
        self._dialog.finished.connect(self._asked)

    def _asked(self, _result: int) -> None:
        self._dialog = None
        self.refresh()

    def refresh(self) -> None:
        """Show whose graph is wanted."""
        wanted = self._session.state.requested_source
        index, file = self.findData(wanted), self.findData(FILE)
        if not wanted:
            return
        with QSignalBlocker(self):
            self.setItemText(file, "A file (.keras) …" if index >= 0 else Path(wanted).name)
            self.setCurrentIndex(index if index >= 0 else file)
