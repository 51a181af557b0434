"""The choice of the network whose graph is shown: that in training, the tutorial's, Keras's, or a file."""

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from explorer.core.network_graph.sources import APPLICATIONS, CURRENT_RUN, KERAS_PREFIX
from explorer.core.training.settings import MODELS
from explorer.session.network_graph.session import NetworkGraphSession
from explorer.views.models.network_path_dialog import ask_network_path
from explorer.views.widgets.fields.choice_combo import ChoiceCombo

FILE = "file"
"""Data of the item that opens a file."""

FILE_TITLE = "A file (.keras, .h5) …"


class NetworkSourceCombo(ChoiceCombo):
    """Shows which network was requested, and requests another one; an item's data is its name on the command line."""

    def __init__(self, session: NetworkGraphSession, parent: QWidget | None = None) -> None:
        super().__init__("networkSource", parent)
        self.setAccessibleName("Which network")
        self.setToolTip("Whose training graph to show")
        self.setMinimumContentsLength(12)
        self._session = session
        self._dialog: QFileDialog | None = None
        run_tooltip = "The network of the tab Training, also while it trains"
        self._add_source("The network in training", CURRENT_RUN, run_tooltip)
        for model in MODELS:
            self._add_source(model, model, "New, as the tab Training would begin")
        for name in APPLICATIONS:
            self._add_source(name, KERAS_PREFIX + name, "From keras.applications, with random weights")
        self._add_source(FILE_TITLE, FILE, "A network in a file of Keras; no code in it is run")
        self.setCurrentIndex(-1)
        self.currentIndexChanged.connect(self._choose)
        self.activated.connect(self._activate)
        session.infoChanged.connect(self.refresh)
        session.stateChanged.connect(self.refresh)

    def _add_source(self, title: str, source: str, tooltip: str) -> None:
        self.addItem(title, source)
        self.setItemData(self.count() - 1, tooltip, Qt.ItemDataRole.ToolTipRole)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ignore the wheel: each item that it passes would be traced."""
        event.ignore()

    def _choose(self, index: int) -> None:
        source = self.itemData(index)
        if source == FILE:
            self._ask_path()
        elif source is not None:
            self._session.open(str(source))

    def _activate(self, index: int) -> None:
        """Ask for a file also if that item is chosen again."""
        if self.itemData(index) == FILE:
            self._ask_path()

    def _ask_path(self) -> None:
        if self._dialog is None:
            self._dialog = ask_network_path(self, self._session.open)
            self._dialog.finished.connect(self._handle_closed_dialog)

    def _handle_closed_dialog(self, _result: int) -> None:
        self._dialog = None
        self.refresh()

    def refresh(self) -> None:
        """Show the network that was requested."""
        source = self._session.state.requested_source
        if not source:
            return
        index, file_index = self.findData(source), self.findData(FILE)
        with QSignalBlocker(self):
            self.setItemText(file_index, FILE_TITLE if index >= 0 else Path(source).name)
            self.setCurrentIndex(index if index >= 0 else file_index)
